/* episode_event.c - one reader for each kind of event. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/episode_read.h"
#include "core/clock.h"

/* A name in documents/. */
static const char *
event_file(struct tcs_episode_reader *r, const json_t *object,
    const char *member, bool is_required)
{
	const char *file = tcs_episode_text(r, object, member, is_required);

	if (file != NULL && (strchr(file, '/') != NULL || file[0] == '.'))
		tcs_episode_fault(r, member, "is a name in documents/");
	return file;
}

/* ---- documents ---- */

static bool
event_is_header(const char *name, const char *value)
{
	/* What the server says itself. */
	static const char own[] = "connection content-length content-type "
	                          "date transfer-encoding";
	char lower[40];
	size_t n = strlen(name);

	if (n == 0 || n >= sizeof(lower) ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                 "0123456789-") != n)
		return false;
	for (size_t i = 0; i <= n; i++)
		lower[i] = (char)tolower((unsigned char)name[i]);
	for (const char *p = value; *p != '\0'; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	}
	return !tcs_episode_is_one_of(lower, own);
}

static void
event_read_headers(struct tcs_episode_reader *r, const json_t *object,
    struct tcs_episode_event *event)
{
	json_t *headers = json_object_get(object, "headers");
	const char *name;
	json_t *value;

	if (headers == NULL)
		return;
	if (!json_is_object(headers) ||
	    json_object_size(headers) > TCS_EPISODE_HEADERS_MAX)
		tcs_episode_fault(
		    r, "headers", "an object of at most 16 texts is needed");
	json_object_foreach(headers, name, value)
	{
		const char *text = json_string_value(value);
		if (text == NULL ||
		    json_string_length(value) > TCS_EPISODE_HEADER_MAX ||
		    !event_is_header(name, text))
			tcs_episode_fault(r, "headers",
			    "has one that cannot be sent, or that the player "
			    "sends itself (type is a member)");
	}
	event->headers = headers;
}

static void
event_read_status(struct tcs_episode_reader *r, const json_t *object,
    struct tcs_episode_event *event)
{
	int64_t status = tcs_json_i64(object, "status", 200);

	event->status = 200;
	if (status < 200 || status > 599)
		tcs_episode_fault(r, "status", "is 200 to 599");
	else
		event->status = (int)status;
}

static void
event_read_fail(struct tcs_episode_reader *r, const json_t *object,
    struct tcs_episode_event *event)
{
	static const struct {
		const char *word;
		enum tcs_episode_fail fail;
	} words[] = {{"close", TCS_EPISODE_FAIL_CLOSE},
	    {"hang", TCS_EPISODE_FAIL_HANG}, {"tls", TCS_EPISODE_FAIL_TLS}};
	const char *text = tcs_episode_text(r, object, "fail", false);

	for (size_t i = 0; text != NULL && i < 3; i++) {
		if (strcmp(text, words[i].word) == 0)
			event->fail = words[i].fail;
	}
	if (text != NULL && event->fail == TCS_EPISODE_FAIL_NONE)
		tcs_episode_fault(r, "fail", "is close, hang or tls");
}

static void
event_read_document(struct tcs_episode_reader *r, const json_t *object,
    struct tcs_episode_event *event)
{
	const char *path = tcs_json_str(r->episode->root, "path", NULL);
	bool has_answer = json_object_get(object, "file") != NULL ||
	                  json_object_get(object, "status") != NULL;

	event->path = json_object_get(object, "path") == NULL
	                  ? path
	                  : tcs_episode_text(r, object, "path", true);
	if (event->path == NULL || event->path[0] != '/')
		tcs_episode_fault(
		    r, "path", "begins with / (here, or at the top)");
	event->file = event_file(r, object, "file", false);
	event_read_status(r, object, event);
	event->type = tcs_episode_text(r, object, "type", false);
	if (event->type != NULL && !event_is_header("x", event->type))
		tcs_episode_fault(r, "type", "is a media type");
	event_read_headers(r, object, event);
	event_read_fail(r, object, event);
	event->is_away = tcs_json_bool(object, "away", false);
	event->is_once = tcs_json_bool(object, "once", false);
	if (has_answer + event->is_away +
	        (event->fail != TCS_EPISODE_FAIL_NONE) !=
	    1)
		tcs_episode_fault(r, "file",
		    "one of these is needed: file or status; fail; away");
}

/* ---- people ---- */

static void
event_read_resume(struct tcs_episode_reader *r, const json_t *object,
    struct tcs_episode_event *event)
{
	event->feed = tcs_episode_text(r, object, "feed", true);
}

static void
event_read_decision(struct tcs_episode_reader *r, const json_t *object,
    struct tcs_episode_event *event)
{
	event->zone = tcs_episode_text(r, object, "zone", true);
	event->nature = tcs_episode_text(r, object, "nature", true);
	event->verdict = tcs_episode_text(r, object, "verdict", true);
	event->authority = tcs_episode_text(r, object, "authority", true);
	event->how = tcs_episode_text(r, object, "how", true);
	event->reason = tcs_episode_text(r, object, "reason", true);
	event->basis = tcs_episode_text(r, object, "basis", false);
	event->asked_ms = event->answered_ms = TCS_NO_TIME;
	if (json_object_get(object, "asked") != NULL)
		event->asked_ms = tcs_episode_time(r, object, "asked");
	if (json_object_get(object, "answered") != NULL)
		event->answered_ms = tcs_episode_time(r, object, "answered");
	if (event->verdict != NULL &&
	    !tcs_episode_is_one_of(event->verdict, "approve reject wait"))
		tcs_episode_fault(r, "verdict", "is approve, reject or wait");
}

/* An earlier one of this label; lists are in the order of their times. */
static void
event_check_label(
    struct tcs_episode_reader *r, const char *member, const char *label)
{
	const json_t *list = json_object_get(r->episode->root, r->list);

	for (size_t i = 0; label != NULL && i < r->i; i++) {
		const char *other =
		    tcs_json_str(json_array_get(list, i), "label", "");
		bool is_same = strcmp(other, label) == 0;
		if (is_same && strcmp(member, "label") == 0)
			tcs_episode_fault(r, member, "is another one's");
		if (is_same)
			return;
	}
	if (label != NULL && strcmp(member, "label") != 0)
		tcs_episode_fault(r, member,
		    "is the label of a report that stands before this one");
}

/* What `tocsin report` asks for is left to it: it says it when it is played. */
static void
event_read_report(struct tcs_episode_reader *r, const json_t *object,
    struct tcs_episode_event *event)
{
	event->label = tcs_episode_text(r, object, "label", false);
	event->correct = tcs_episode_text(r, object, "correct", false);
	event->end = tcs_episode_text(r, object, "end", false);
	event->where = tcs_episode_text(r, object, "where", false);
	event->commune = tcs_episode_text(r, object, "commune", false);
	event->departement = tcs_episode_text(r, object, "departement", false);
	event->what = tcs_episode_text(r, object, "what", false);
	event->from = tcs_episode_text(r, object, "from", false);
	event->phenomenon = tcs_episode_text(r, object, "phenomenon", false);
	event->level = tcs_episode_text(r, object, "level", false);
	event->certainty = tcs_episode_text(r, object, "certainty", false);
	event->contact = tcs_episode_text(r, object, "contact", false);
	event->file = event_file(r, object, "photo", false);
	event->fact_ms = TCS_NO_TIME;
	if (json_object_get(object, "fact") != NULL)
		event->fact_ms = tcs_episode_time(r, object, "fact");
	event_check_label(r, "label", event->label);
	event_check_label(r, "correct", event->correct);
	event_check_label(r, "end", event->end);
	if (event->correct == NULL && event->end == NULL) {
		(void)tcs_episode_text(r, object, "where", true);
		(void)tcs_episode_text(r, object, "what", true);
		(void)tcs_episode_text(r, object, "from", true);
	}
}

/* ---- the rest ---- */

static void
event_read_mail(struct tcs_episode_reader *r, const json_t *object,
    struct tcs_episode_event *event)
{
	event->file = event_file(r, object, "file", true);
	if (json_object_get(
	        json_object_get(r->episode->root, "addresses"), "imap") == NULL)
		tcs_episode_fault(
		    r, "file", "needs addresses.imap: where the mailbox is");
}

static void
event_read_restart(struct tcs_episode_reader *r, const json_t *object,
    struct tcs_episode_event *event)
{
	event->feed = tcs_episode_text(r, object, "feed", true);
	event->loses = tcs_json_bool(object, "lose", false);
}

const struct tcs_episode_list tcs_episode_lists[] = {
    {"documents", TCS_EPISODE_DOCUMENT,
        "path file status type headers fail away once", event_read_document},
    {"mails", TCS_EPISODE_MAIL, "file", event_read_mail},
    {"restart", TCS_EPISODE_RESTART, "feed lose", event_read_restart},
    {"reports", TCS_EPISODE_REPORT,
        "label correct end where commune departement what from phenomenon "
        "level certainty contact photo fact",
        event_read_report},
    {"resume", TCS_EPISODE_RESUME, "feed", event_read_resume},
    {"decisions", TCS_EPISODE_DECISION,
        "zone nature verdict authority how basis reason asked answered",
        event_read_decision},
    {0},
};

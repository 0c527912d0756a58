#include "cli/episode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/file.h"

enum { EPISODE_TEXT_MAX = 400, EPISODE_NAME_MAX = 30 };

/* What is being read, for findings. */
struct episode_reader {
	const char *file;
	struct tcs_diag *diag;
	struct tcs_episode *episode;
	const char *list; /* "documents"; NULL at the top */
	size_t i;
	size_t faults;
};

static void
episode_fault(struct episode_reader *r, const char *member, const char *text)
{
	r->faults++;
	if (r->list == NULL)
		(void)tcs_diag_add(
		    r->diag, TCS_EPARSE, r->file, 0, "%s: %s", member, text);
	else
		(void)tcs_diag_add(r->diag, TCS_EPARSE, r->file, 0,
		    "%s[%zu].%s: %s", r->list, r->i, member, text);
}

/* A text of a bounded length; NULL when absent and allowed to be. */
static const char *
episode_text(struct episode_reader *r, const json_t *object, const char *member,
    bool is_required)
{
	const json_t *value = json_object_get(object, member);
	const char *text = json_string_value(value);

	if (value == NULL && !is_required)
		return NULL;
	if (text != NULL && text[0] != '\0' &&
	    json_string_length(value) <= EPISODE_TEXT_MAX)
		return text;
	episode_fault(r, member, "a text of 1 to 400 characters is needed");
	return NULL;
}

static int64_t
episode_time(struct episode_reader *r, const json_t *object, const char *member)
{
	const char *text = tcs_json_str(object, member, "");
	int64_t ms = 0;

	if (tcs_time_parse(tcs_slice_str(text), &ms) != TCS_OK)
		episode_fault(r, member,
		    "a time like 2027-01-12T08:00:00+01:00 is needed");
	return ms;
}

/* `text` is one of the blank-separated `words`. */
static bool
episode_is_one_of(const char *text, const char *words)
{
	struct tcs_slice rest = tcs_slice_str(words);

	while (rest.p != NULL) {
		if (tcs_slice_is(tcs_slice_cut(rest, ' ', &rest), text))
			return true;
	}
	return false;
}

static void
episode_read_document(struct episode_reader *r, const json_t *object,
    struct tcs_episode_event *event)
{
	const char *path = tcs_json_str(r->episode->root, "path", NULL);
	bool has_status = json_object_get(object, "status") != NULL;

	event->path = tcs_json_str(object, "path", path);
	if (event->path == NULL || event->path[0] != '/')
		episode_fault(r, "path", "begins with / (here, or at the top)");
	event->file = episode_text(r, object, "file", false);
	if (event->file != NULL &&
	    (strchr(event->file, '/') != NULL || event->file[0] == '.'))
		episode_fault(r, "file", "is a name in documents/");
	event->is_away = tcs_json_bool(object, "away", false);
	event->status = 200;
	if (has_status) {
		int64_t status = tcs_json_i64(object, "status", 0);
		if (status < 200 || status > 599)
			episode_fault(r, "status", "is 200 to 599");
		else
			event->status = (int)status;
	}
	if ((event->file != NULL) + has_status + event->is_away != 1)
		episode_fault(
		    r, "file", "one of file, status and away is needed");
}

static void
episode_read_resume(struct episode_reader *r, const json_t *object,
    struct tcs_episode_event *event)
{
	event->feed = episode_text(r, object, "feed", true);
}

static void
episode_read_decision(struct episode_reader *r, const json_t *object,
    struct tcs_episode_event *event)
{
	event->zone = episode_text(r, object, "zone", true);
	event->nature = episode_text(r, object, "nature", true);
	event->verdict = episode_text(r, object, "verdict", true);
	event->authority = episode_text(r, object, "authority", true);
	event->how = episode_text(r, object, "how", true);
	event->reason = episode_text(r, object, "reason", true);
	event->basis = episode_text(r, object, "basis", false);
	event->asked_ms = event->answered_ms = TCS_NO_TIME;
	if (json_object_get(object, "asked") != NULL)
		event->asked_ms = episode_time(r, object, "asked");
	if (json_object_get(object, "answered") != NULL)
		event->answered_ms = episode_time(r, object, "answered");
	if (event->verdict != NULL &&
	    !episode_is_one_of(event->verdict, "approve reject wait"))
		episode_fault(r, "verdict", "is approve, reject or wait");
}

/* One row a list of events. */
static const struct {
	const char *name;
	enum tcs_episode_kind kind;
	void (*read)(struct episode_reader *r, const json_t *object,
	    struct tcs_episode_event *event);
} episode_lists[] = {
    {"documents", TCS_EPISODE_DOCUMENT, episode_read_document},
    {"resume", TCS_EPISODE_RESUME, episode_read_resume},
    {"decisions", TCS_EPISODE_DECISION, episode_read_decision},
};

enum { EPISODE_LISTS = sizeof(episode_lists) / sizeof(episode_lists[0]) };

/* After those of the same time: insertion keeps the order as written. */
static void
episode_insert(
    struct tcs_episode *episode, const struct tcs_episode_event *event)
{
	size_t i = episode->events_n++;

	for (; i > 0 && episode->events[i - 1].at_ms > event->at_ms; i--)
		episode->events[i] = episode->events[i - 1];
	episode->events[i] = *event;
}

static void
episode_read_event(struct episode_reader *r, size_t list, const json_t *object)
{
	struct tcs_episode *episode = r->episode;
	struct tcs_episode_event event = {.kind = episode_lists[list].kind};

	event.at_ms = episode_time(r, object, "at");
	event.note = episode_text(r, object, "note", false);
	if (event.at_ms < episode->start_ms || event.at_ms > episode->end_ms)
		episode_fault(r, "at", "is between start and end");
	episode_lists[list].read(r, object, &event);
	episode_insert(episode, &event);
}

static enum tcs_err
episode_read_events(struct episode_reader *r)
{
	struct tcs_episode *episode = r->episode;
	size_t n = 0;

	for (size_t k = 0; k < EPISODE_LISTS; k++)
		n += json_array_size(
		    json_object_get(episode->root, episode_lists[k].name));
	if (n > TCS_EPISODE_EVENTS_MAX)
		return tcs_diag_add(r->diag, TCS_ELIMIT, r->file, 0,
		    "%zu events, more than %d", n, TCS_EPISODE_EVENTS_MAX);
	episode->events = calloc(n + 1, sizeof(*episode->events));
	if (episode->events == NULL)
		return TCS_ENOMEM;
	for (size_t k = 0; k < EPISODE_LISTS; k++) {
		const json_t *list =
		    json_object_get(episode->root, episode_lists[k].name);
		r->list = episode_lists[k].name;
		for (r->i = 0; r->i < json_array_size(list); r->i++)
			episode_read_event(r, k, json_array_get(list, r->i));
	}
	r->list = NULL;
	return TCS_OK;
}

/* Every member is a list of texts. */
static void
episode_check_expected(struct episode_reader *r)
{
	json_t *expected = json_object_get(r->episode->root, "expected");
	const char *name;
	json_t *list, *line;
	size_t i;

	if (!json_is_object(expected))
		episode_fault(r, "expected", "lists of lines are needed");
	json_object_foreach(expected, name, list)
	{
		if (!json_is_array(list))
			episode_fault(r, name, "a list of lines is needed");
		json_array_foreach(list, i, line)
		{
			if (!json_is_string(line))
				episode_fault(r, name, "has what is no text");
		}
	}
	r->episode->expected = expected;
}

static void
episode_read_head(struct episode_reader *r)
{
	struct tcs_episode *episode = r->episode;
	const json_t *addresses = json_object_get(episode->root, "addresses");

	if (tcs_json_i64(episode->root, "v", 0) != 1)
		episode_fault(r, "v", "is 1");
	episode->name = episode_text(r, episode->root, "name", true);
	if (episode->name != NULL &&
	    (strlen(episode->name) > EPISODE_NAME_MAX ||
	        strspn(
	            episode->name, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
	            strlen(episode->name)))
		episode_fault(r, "name", "is 1 to 30 of a-z, 0-9 and -");
	episode->title = episode_text(r, episode->root, "title", true);
	episode->start_ms = episode_time(r, episode->root, "start");
	episode->end_ms = episode_time(r, episode->root, "end");
	if (episode->end_ms < episode->start_ms ||
	    episode->end_ms - episode->start_ms > TCS_DAYS(60))
		episode_fault(r, "end", "is within 60 days after start");
	r->list = "addresses";
	episode->source = episode_text(r, addresses, "source", true);
	episode->smtp = episode_text(r, addresses, "smtp", true);
	episode->http = episode_text(r, addresses, "http", true);
	r->list = NULL;
}

enum tcs_err
tcs_episode_parse(struct tcs_slice text, const char *file,
    struct tcs_episode **ret_episode, struct tcs_diag *diag)
{
	struct tcs_episode *episode = calloc(1, sizeof(*episode));
	struct episode_reader r = {
	    .file = file, .diag = diag, .episode = episode};

	if (episode == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = tcs_json_parse(text, &episode->root, NULL, diag);
	if (err == TCS_OK && !json_is_object(episode->root))
		err = tcs_diag_add(
		    diag, TCS_EPARSE, file, 0, "an object is needed");
	if (err != TCS_OK)
		goto out;
	episode_read_head(&r);
	err = episode_read_events(&r);
	if (err != TCS_OK)
		goto out;
	episode_check_expected(&r);
	if (r.faults > 0) {
		err = TCS_EPARSE;
		goto out;
	}
	*ret_episode = episode;
	episode = NULL;
out:
	tcs_episode_free(&episode);
	return err;
}

enum tcs_err
tcs_episode_load(
    const char *dir, struct tcs_episode **ret_episode, struct tcs_diag *diag)
{
	struct tcs_buf text;
	char *path = NULL;

	if (asprintf(&path, "%s/episode.json", dir) < 0)
		return TCS_ENOMEM;
	tcs_buf_init(&text, TCS_EPISODE_MAX);
	enum tcs_err err = tcs_file_read(path, &text, diag);
	if (err == TCS_OK)
		err = tcs_episode_parse(
		    tcs_buf_view(&text), path, ret_episode, diag);
	tcs_buf_fini(&text);
	free(path);
	return err;
}

void
tcs_episode_free(struct tcs_episode **episode)
{
	if (*episode == NULL)
		return;
	json_decref((*episode)->root);
	free((*episode)->events);
	free(*episode);
	*episode = NULL;
}

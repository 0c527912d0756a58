/* cap.c - CAP messages: documents, indexes of documents in Atom or RSS,
 * MeteoAlarm's JSON and Atom. Also how one Tocsin follows another.
 *
 * Every form becomes the message that CAP 1.2 is read into, and is checked as
 * such: what is faulty, and used, is told from what is invalid. One bad message
 * spoils no other. A message of a test or an exercise elsewhere is never one of
 * ours. */
#include "collectors/feeds/cap/cap.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collectors/feed.h"
#include "collectors/syndication.h"
#include "core/charset.h"
#include "core/clock.h"

enum { CAP_ARENA_MAX = 48 << 20, CAP_HEAD_MAX = 2048, CAP_BODY_MAX = 16 << 20 };

/* A source that has nothing to say says nothing. */
#define CAP_QUIET_MS TCS_DAYS(366)

static const struct tcs_option cap_options[] = {
    {.name = "senders",
        .kind = TCS_OPTION_LIST,
        .offset = offsetof(struct cap_options, senders),
        .help = "senders whose messages are taken; default: all",
        .example = "{\"vigilance@meteo.fr\"}"},
    {.name = "hosts",
        .kind = TCS_OPTION_LIST,
        .offset = offsetof(struct cap_options, hosts),
        .help = "hosts, beside its own, from which the documents of an index "
                "are asked for",
        .example = "{\"cap.partner.example\"}"},
    TCS_OPT_DURATION("expires", struct cap_options, lasts_ms, "24 h",
        TCS_MINUTES(1), TCS_DAYS(366),
        "how long a message holds that names no end"),
    TCS_OPT_BOOL("accepts_test", struct cap_options, accepts_test, "no",
        "take messages of tests and exercises too, marked as such"),
    TCS_OPT_END,
};

/* ---- messages ---- */

static bool
cap_is_sender(const struct cap_options *options, const char *sender)
{
	for (size_t i = 0; i < options->senders.n; i++) {
		if (strcasecmp(options->senders.items[i], sender) == 0)
			return true;
	}
	return options->senders.n == 0;
}

/* Acknowledgements, errors, drafts and what a system says of itself are no
 * messages to us. */
static bool
cap_is_taken(struct cap_run *run, const struct tcs_cap *cap)
{
	bool is_test = strcmp(cap->status, "Test") == 0 ||
	               strcmp(cap->status, "Exercise") == 0;

	if (strcmp(cap->msg_type, "Ack") == 0 ||
	    strcmp(cap->msg_type, "Error") == 0)
		return false;
	if (strcmp(cap->status, "Actual") != 0 &&
	    !(is_test && run->options->accepts_test))
		return false;
	if (!cap_is_sender(run->options, cap->sender)) {
		run->foreign++;
		return false;
	}
	return true;
}

static enum tcs_err
cap_add(struct cap_run *run, struct tcs_cap **cap)
{
	if (run->n == CAP_ALERTS_MAX) {
		run->is_over = true;
		return TCS_OK;
	}
	if (run->n == run->cap) {
		size_t room = run->cap == 0 ? 64 : 2 * run->cap;
		struct cap_alert *grown =
		    realloc(run->alerts, room * sizeof(*grown));
		if (grown == NULL)
			return TCS_ENOMEM;
		run->alerts = grown;
		run->cap = room;
	}
	run->alerts[run->n] = (struct cap_alert){.cap = *cap, .at = run->n};
	run->n++;
	*cap = NULL;
	return TCS_OK;
}

enum tcs_err
tcs_cf_judge(struct cap_run *run, enum tcs_err verdict, struct tcs_cap **cap,
    struct tcs_diag *diag)
{
	enum tcs_err err = verdict;

	if (err == TCS_EPARSE || err == TCS_ELIMIT) {
		if (run->invalid++ == 0) {
			run->why = *diag;
			*diag = (struct tcs_diag){0};
		}
		err = TCS_OK;
	} else if (err == TCS_OK && *cap != NULL) {
		run->faulty += diag->n > 0;
		if (cap_is_taken(run, *cap))
			err = cap_add(run, cap);
	}
	tcs_diag_fini(diag);
	tcs_cap_free(cap);
	return err;
}

enum tcs_err
tcs_cf_take(struct cap_run *run, struct tcs_slice text)
{
	struct tcs_cap *cap = NULL;
	struct tcs_diag diag = {0};
	enum tcs_err err = tcs_cap_read(tcs_slice_trim(text), &cap, &diag);

	return tcs_cf_judge(run, err, &cap, &diag);
}

/* ---- bodies ---- */

/* The root element is <alert>, with or without a prefix. */
static bool
cap_is_document(struct tcs_slice body)
{
	struct tcs_buf head;
	bool is_wrong, is_document = false;

	if (body.n > CAP_HEAD_MAX)
		body.n = CAP_HEAD_MAX;
	tcs_buf_init(&head, (size_t)4 * CAP_HEAD_MAX);
	/* Tags are the same bytes in every encoding but the wide ones. */
	bool is_wide = body.n > 0 && memchr(body.p, '\0', body.n) != NULL;
	if (is_wide)
		tcs_charset_utf8(body, NULL, &head, &is_wrong);
	struct tcs_slice rest = is_wide ? tcs_buf_view(&head) : body;
	while (rest.p != NULL) {
		const char *mark = memchr(rest.p, '<', rest.n);
		if (mark == NULL)
			break;
		rest = tcs_slice(mark, rest.n - (size_t)(mark - rest.p));
		bool is_comment = tcs_slice_starts(rest, "<!--");
		if (rest.n > 1 && (rest.p[1] == '?' || rest.p[1] == '!')) {
			const char *end = is_comment
			                      ? memmem(rest.p, rest.n, "-->", 3)
			                      : memchr(rest.p, '>', rest.n);
			if (end == NULL)
				break;
			rest = tcs_slice(end, rest.n - (size_t)(end - rest.p));
			continue;
		}
		size_t n = 1;
		while (n < rest.n && strchr(" \t\r\n/>", rest.p[n]) == NULL)
			n++;
		struct tcs_slice name = tcs_slice(rest.p + 1, n - 1), local;
		(void)tcs_slice_cut(name, ':', &local);
		is_document =
		    tcs_slice_is(local.p == NULL ? name : local, "alert");
		break;
	}
	tcs_buf_fini(&head);
	return is_document;
}

static enum tcs_err
cap_body(struct cap_run *run, const struct tcs_answers *answers, size_t i,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	struct tcs_slice body = answers->items[i].body;

	if (tcs_cf_is_json(body))
		return tcs_cf_take_json(run, body, ret_refusal, diag);
	if (cap_is_document(body))
		return tcs_cf_take(run, body);
	return tcs_cf_take_index(run, answers, i, ret_refusal, diag);
}

/* The first body refuses all; of those that it led to, each only itself. */
static enum tcs_err
cap_bodies(struct cap_run *run, const struct tcs_answers *answers,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; err == TCS_OK && i < answers->n; i++) {
		struct tcs_diag why = {0};
		enum tcs_refusal refusal = TCS_REFUSAL_NONE;
		err = cap_body(run, answers, i, i == 0 ? ret_refusal : &refusal,
		    i == 0 ? diag : &why);
		if (err == TCS_EPARSE && i > 0) {
			run->invalid++;
			err = TCS_OK;
		}
		tcs_diag_fini(&why);
	}
	return err;
}

/* Nothing of it is valid: why the first is not. */
static enum tcs_err
cap_refuse(const struct cap_run *run, struct tcs_slice body,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	const struct tcs_finding *first =
	    run->why.n > 0 ? &run->why.items[0] : NULL;
	struct tcs_slice end = tcs_slice_trim(body);
	bool is_whole =
	    end.n > 6 && memcmp(end.p + end.n - 6, "alert>", 6) == 0;

	*ret_refusal = cap_is_document(body) && !is_whole
	                   ? TCS_REFUSAL_TRUNCATED
	                   : TCS_REFUSAL_RESHAPED;
	return tcs_diag_add(diag, TCS_EPARSE, NULL,
	    first == NULL ? 0 : first->line, "no valid CAP message: %s",
	    first == NULL ? "unreadable" : first->text);
}

/* ---- the document ---- */

static void
cap_note(const struct cap_run *run, char note[TCS_NOTE_MAX])
{
	const struct {
		bool is_said;
		const char *text;
	} parts[] = {
	    {run->note[0] != '\0', run->note},
	    {run->invalid > 0, "Messages CAP invalides, non lus."},
	    {run->missing > 0, "Documents de l'index non lus."},
	    {run->foreign > 0, "Messages d'émetteurs non admis, non lus."},
	    {run->orphans > 0,
	        "Annulation d'un message inconnu, sans zone : à vérifier."},
	    {run->is_over, "Plus de messages que ce qui est lu."},
	    {run->faulty > 0, "Messages CAP non conformes, lus malgré tout."},
	};
	struct tcs_buf buf;

	tcs_buf_init(&buf, TCS_NOTE_MAX - 1);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i].is_said &&
		    buf.n + strlen(parts[i].text) + 1 < TCS_NOTE_MAX)
			tcs_buf_printf(
			    &buf, "%s%s", buf.n == 0 ? "" : " ", parts[i].text);
	}
	if (buf.n > 0)
		memcpy(note, buf.p, buf.n);
	note[buf.n] = '\0';
	tcs_buf_fini(&buf);
}

static enum tcs_err
cap_read_all(struct cap_run *run, const struct tcs_answers *answers,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	if (answers->items[0].body.n > CAP_BODY_MAX) {
		*ret_refusal = TCS_REFUSAL_RESHAPED;
		return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "more than the 16 MB that a body may have");
	}
	enum tcs_err err = cap_bodies(run, answers, ret_refusal, diag);
	if (err == TCS_OK && run->invalid > 0 && run->n == 0 &&
	    cap_is_document(answers->items[0].body))
		err =
		    cap_refuse(run, answers->items[0].body, ret_refusal, diag);
	if (err == TCS_OK)
		err = tcs_cf_states(run);
	if (err == TCS_ENOMEM && run->arena != NULL &&
	    tcs_arena_used(run->arena) > CAP_ARENA_MAX / 2) {
		*ret_refusal = TCS_REFUSAL_RESHAPED;
		err = tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "more text than messages may have");
	}
	return err;
}

static enum tcs_err
cap_parse(void *st, const struct tcs_answers *answers,
    struct tcs_document *ret_document, struct tcs_reading_sink *out,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	struct cap_run run = {.options = st,
	    .arena = tcs_arena_new(CAP_ARENA_MAX),
	    .out = out,
	    .fetched_ms = answers->items[0].fetched_ms};
	enum tcs_err err = run.arena == NULL
	                       ? TCS_ENOMEM
	                       : cap_read_all(&run, answers, ret_refusal, diag);

	if (err == TCS_OK) {
		struct tcs_document document = {
		    .issued_ms = TCS_NO_TIME,
		    .next_issue_ms = TCS_NO_TIME,
		    .expires_ms = run.fetched_ms + CAP_QUIET_MS,
		    .frozen_ms = TCS_NO_TIME,
		    .is_complete = !run.is_cut && !run.is_over &&
		                   run.missing == 0 && run.invalid == 0,
		};
		cap_note(&run, document.note);
		*ret_document = document;
	}
	for (size_t i = 0; i < run.n; i++)
		tcs_cap_free(&run.alerts[i].cap);
	free(run.alerts);
	tcs_diag_fini(&run.why);
	tcs_arena_free(&run.arena);
	return err;
}

static const char *const cap_stamps[] = {"lastBuildDate", NULL};

const struct tcs_feed_ops tcs_feed_cap = {
    .name = "cap",
    .about = "CAP messages: documents, indexes, MeteoAlarm, another Tocsin",
    .source = "cap",
    .source_name = "Flux CAP",
    .zone_scheme = "CAP:EVENT",
    .zone_word = "message",
    .every_ms = TCS_MINUTES(2),
    .state_size = sizeof(struct cap_options),
    .options = cap_options,
    .stamps = cap_stamps,
    .ask = tcs_cf_ask,
    .parse = cap_parse,
};

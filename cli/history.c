#include "cli/history.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/cap.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/signal.h"

enum { HISTORY_MAX = 20000, HISTORY_TEXT_MAX = 2048, HISTORY_FEED_MAX = 64 };

/* Room between two stages taken, for what is found later and stands there. */
enum { HISTORY_STEP = 4 };

/* When a feed's document was fetched: what links a signal to it. */
struct history_fetch {
	char feed[HISTORY_FEED_MAX];
	int64_t at_ms;
	size_t order; /* of the stage "fetched" */
};

struct tcs_history {
	char *id;
	char trace[17];
	struct tcs_history_item *items; /* owned, n of them */
	size_t n;
	struct history_fetch *fetches; /* owned */
	size_t fetches_n;
	bool is_cut;      /* there were more */
	enum tcs_err err; /* of the first record that could not be taken */
};

struct tcs_history *
tcs_history_new(const char *id)
{
	struct tcs_history *history = calloc(1, sizeof(*history));

	if (history == NULL)
		return NULL;
	history->id = strdup(id);
	if (history->id == NULL)
		tcs_history_free(&history);
	return history;
}

void
tcs_history_free(struct tcs_history **history)
{
	if (history == NULL || *history == NULL)
		return;
	for (size_t i = 0; i < (*history)->n; i++)
		free((*history)->items[i].text);
	free((*history)->items);
	free((*history)->fetches);
	free((*history)->id);
	free(*history);
	*history = NULL;
}

const char *
tcs_history_trace(const struct tcs_history *history)
{
	return history->trace;
}

size_t
tcs_history_count(const struct tcs_history *history)
{
	return history->n;
}

const struct tcs_history_item *
tcs_history_at(const struct tcs_history *history, size_t i)
{
	return &history->items[i];
}

/* Finding the trace */

/* A JSON record names it in one of its members: a delivery's key, an alert. */
static bool
history_json_names(const struct tcs_record *record, const char *id)
{
	json_t *value = NULL;
	const char *member;
	json_t *one;
	bool is_named = false;

	if (tcs_json_parse(record->value, &value, NULL, NULL) != TCS_OK)
		return false;
	json_object_foreach(value, member, one)
	{
		const char *text = json_string_value(one);
		is_named = is_named || (text != NULL && strcmp(text, id) == 0);
	}
	json_decref(value);
	return is_named;
}

bool
tcs_history_identify(
    struct tcs_history *history, const struct tcs_record *record)
{
	struct tcs_slice trace = tcs_record_header(record, "trace");
	bool is_json = record->value.n > 0 && record->value.p[0] == '{';

	if (trace.n != 16)
		return false;
	if (!tcs_slice_is(trace, history->id) &&
	    !tcs_slice_is(tcs_record_header(record, "id"), history->id) &&
	    !(is_json && history_json_names(record, history->id)))
		return false;
	memcpy(history->trace, trace.p, 16);
	return true;
}

/* Taking stages */

static enum tcs_err
history_add(struct tcs_history *history, int64_t at_ms, struct tcs_buf *text)
{
	struct tcs_history_item stage = {.at_ms = at_ms,
	    .sort_ms = at_ms,
	    .order = history->n * HISTORY_STEP};

	if (history->n == HISTORY_MAX) {
		history->is_cut = true;
		tcs_buf_reset(text);
		return TCS_OK;
	}
	enum tcs_err err = tcs_buf_steal(text, &stage.text);
	if (err != TCS_OK)
		return err;
	struct tcs_history_item *items = reallocarray(
	    history->items, history->n + 1, sizeof(*history->items));
	if (items == NULL) {
		free(stage.text);
		return TCS_ENOMEM;
	}
	history->items = items;
	history->items[history->n++] = stage;
	return TCS_OK;
}

/* The same, of a time that is written in whole seconds and is not before
 * `after_ms`. */
static enum tcs_err
history_add_coarse(struct tcs_history *history, int64_t at_ms, int64_t after_ms,
    struct tcs_buf *text)
{
	size_t n = history->n;
	enum tcs_err err = history_add(history, at_ms, text);

	if (history->n > n) {
		history->items[n].is_coarse = true;
		if (after_ms > at_ms)
			history->items[n].sort_ms = after_ms;
	}
	return err;
}

/* A header that is a time in ms. */
static bool
history_time(
    const struct tcs_record *record, const char *header, int64_t *ret_ms)
{
	return tcs_slice_i64(tcs_record_header(record, header), 0,
	           INT64_MAX / 2, ret_ms) == TCS_OK;
}

/* The stage of that name, if the record knows its time. */
static enum tcs_err
history_add_header(struct tcs_history *history, const struct tcs_record *record,
    const char *header, struct tcs_slice what, struct tcs_buf *text)
{
	int64_t at_ms;

	if (!history_time(record, header, &at_ms))
		return TCS_OK;
	tcs_buf_printf(text, "%s", header);
	if (what.n > 0) {
		tcs_buf_char(text, ' ');
		tcs_buf_slice(text, what);
	}
	return history_add(history, at_ms, text);
}

static enum tcs_err
history_note_fetch(struct tcs_history *history, const char *feed, int64_t at_ms)
{
	if (feed == NULL || strlen(feed) >= HISTORY_FEED_MAX ||
	    history->fetches_n == HISTORY_MAX)
		return TCS_OK;
	struct history_fetch *fetches = reallocarray(history->fetches,
	    history->fetches_n + 1, sizeof(*history->fetches));
	if (fetches == NULL)
		return TCS_ENOMEM;
	history->fetches = fetches;
	struct history_fetch *fetch = &fetches[history->fetches_n++];
	memcpy(fetch->feed, feed, strlen(feed) + 1);
	fetch->at_ms = at_ms;
	fetch->order = (history->n - 1) * HISTORY_STEP;
	return TCS_OK;
}

/* CAP's times are whole seconds: the header's is better, where it is. */
static enum tcs_err
history_add_signalled(struct tcs_history *history,
    const struct tcs_record *record, const struct tcs_signal *signal,
    struct tcs_buf *text)
{
	int64_t at_ms = signal->sent_ms;
	struct tcs_slice id = tcs_record_header(record, "id");

	(void)history_time(record, "signalled", &at_ms);
	tcs_buf_printf(text, "signalled %s %s %.*s", signal->zone,
	    signal->level, TCS_SLICE_ARG(id));
	return history_add(history, at_ms, text);
}

/* What the CAP of a signal says: level, zone, and which document it is of. */
static enum tcs_err
history_take_signal(struct tcs_history *history,
    const struct tcs_record *record, struct tcs_buf *text)
{
	struct tcs_cap *cap = NULL;
	struct tcs_signal signal;
	struct tcs_diag diag = {0};
	struct tcs_slice id = tcs_record_header(record, "id");
	enum tcs_err err = tcs_cap_read(record->value, &cap, &diag);

	if (err == TCS_OK)
		err = tcs_signal_from_cap(cap, &signal, &diag);
	tcs_diag_fini(&diag);
	if (err != TCS_OK) { /* it is shown nevertheless */
		tcs_cap_free(&cap);
		return history_add_header(
		    history, record, "signalled", id, text);
	}
	err = history_add_header(
	    history, record, "issued", tcs_slice(NULL, 0), text);
	int64_t fetched_ms;
	if (err == TCS_OK && history_time(record, "fetched", &fetched_ms)) {
		tcs_buf_str(text, "fetched");
		err = history_add(history, fetched_ms, text);
		if (err == TCS_OK)
			err = history_note_fetch(
			    history, signal.feed, fetched_ms);
	}
	if (err == TCS_OK)
		err = history_add_signalled(history, record, &signal, text);
	tcs_cap_free(&cap);
	return err;
}

/* The alert's own time is CAP's sent; it follows the stages that it names. */
static enum tcs_err
history_take_alert(struct tcs_history *history, const struct tcs_record *record,
    struct tcs_buf *text)
{
	struct tcs_cap *cap = NULL;
	struct tcs_diag diag = {0};
	int64_t after_ms = 0;
	enum tcs_err err = tcs_cap_read(record->value, &cap, &diag);

	(void)history_time(record, "proposed", &after_ms);
	(void)history_time(record, "decided", &after_ms);
	if (err == TCS_OK) {
		tcs_buf_printf(text, "alert %s", cap->identifier);
		err = history_add_coarse(history, cap->sent_ms, after_ms, text);
	} else if (err == TCS_EPARSE) {
		err = TCS_OK; /* nobody has its time */
	}
	tcs_cap_free(&cap);
	tcs_diag_fini(&diag);
	return err;
}

/* Members in that order, as far as they are there. */
static void
history_append_members(
    const json_t *value, const char *const *members, struct tcs_buf *text)
{
	for (; *members != NULL; members++) {
		const char *member = tcs_json_str(value, *members, "");
		if (member[0] != '\0')
			tcs_buf_printf(text, " %s", member);
	}
}

/* At the time of the member `time`; nothing without it. */
static enum tcs_err
history_take_json(struct tcs_history *history, const json_t *value,
    const char *time, const char *const *members, struct tcs_buf *text)
{
	const char *at = tcs_json_str(value, time, "");
	int64_t at_ms;

	if (tcs_time_parse(tcs_slice_str(at), &at_ms) != TCS_OK) {
		tcs_buf_reset(text);
		return TCS_OK;
	}
	history_append_members(value, members, text);
	return history_add_coarse(history, at_ms, at_ms, text);
}

static enum tcs_err
history_take_receipt(
    struct tcs_history *history, const json_t *value, struct tcs_buf *text)
{
	static const char *const members[] = {"state", "outcome", "contact",
	    "channel", "key", "proposal", "decision", "reason", NULL};
	int64_t at_ms = tcs_json_i64(value, "at_ms", TCS_NO_TIME);

	tcs_buf_str(text, tcs_json_str(value, "kind", "receipt"));
	if (at_ms == TCS_NO_TIME)
		return history_take_json(history, value, "at", members, text);
	history_append_members(value, members, text);
	return history_add(history, at_ms, text);
}

static enum tcs_err
history_take_decision(struct tcs_history *history,
    const struct tcs_record *record, const json_t *value, struct tcs_buf *text)
{
	static const char *const members[] = {
	    "verdict", "authority", "how", "typed_by", "id", NULL};
	static const struct {
		const char *member, *stage;
	} asked[] = {
	    {"asked", "authority asked"}, {"answered", "authority answered"}};
	static const char *const none[] = {NULL};
	enum tcs_err err = TCS_OK;
	int64_t at_ms;

	for (size_t i = 0; err == TCS_OK && i < 2; i++) {
		tcs_buf_str(text, asked[i].stage);
		err = history_take_json(
		    history, value, asked[i].member, none, text);
	}
	if (err != TCS_OK || !history_time(record, "decided", &at_ms))
		return err;
	tcs_buf_str(text, "decided");
	history_append_members(value, members, text);
	return history_add(history, at_ms, text);
}

/* When it happened, and when it was said. */
static enum tcs_err
history_take_report(struct tcs_history *history,
    const struct tcs_record *record, const json_t *value, struct tcs_buf *text)
{
	static const char *const members[] = {
	    "kind", "from", "typed_by", "id", NULL};
	int64_t at_ms;
	enum tcs_err err = history_add_header(
	    history, record, "fact", tcs_slice(NULL, 0), text);

	if (err != TCS_OK || !history_time(record, "reported", &at_ms))
		return err;
	tcs_buf_str(text, "reported");
	history_append_members(value, members, text);
	return history_add(history, at_ms, text);
}

static enum tcs_err
history_take_document(
    struct tcs_history *history, const json_t *value, struct tcs_buf *text)
{
	static const char *const members[] = {"outcome", "hash", "url", NULL};
	const char *feed = tcs_json_str(value, "feed", "");
	int64_t at_ms;

	if (tcs_time_parse(tcs_slice_str(tcs_json_str(value, "fetched", "")),
	        &at_ms) != TCS_OK)
		return TCS_OK;
	for (size_t i = 0; i < history->fetches_n; i++) {
		const struct history_fetch *fetch = &history->fetches[i];
		if (fetch->at_ms / 1000 != at_ms / 1000 ||
		    strcmp(fetch->feed, feed) != 0)
			continue;
		tcs_buf_str(text, "document");
		history_append_members(value, members, text);
		enum tcs_err err = history_add(history, fetch->at_ms, text);
		if (err == TCS_OK)
			history->items[history->n - 1].order = fetch->order + 1;
		return err;
	}
	return TCS_OK;
}

static enum tcs_err
history_take_value(struct tcs_history *history, const struct tcs_record *record,
    struct tcs_buf *text)
{
	json_t *value = NULL;
	enum tcs_err err = tcs_json_parse(record->value, &value, NULL, NULL);

	if (err == TCS_EPARSE)
		return TCS_OK; /* whoever reads it sets it aside */
	if (err != TCS_OK)
		return err;
	if (strcmp(record->topic, "receipts") == 0)
		err = history_take_receipt(history, value, text);
	else if (strcmp(record->topic, "decisions") == 0)
		err = history_take_decision(history, record, value, text);
	else if (strcmp(record->topic, "reports") == 0)
		err = history_take_report(history, record, value, text);
	else
		err = history_take_document(history, value, text);
	json_decref(value);
	return err;
}

enum tcs_err
tcs_history_take(struct tcs_history *history, const struct tcs_record *record)
{
	bool is_document = strcmp(record->topic, "documents") == 0;
	struct tcs_buf text;
	enum tcs_err err;

	if (!is_document &&
	    !tcs_slice_is(tcs_record_header(record, "trace"), history->trace))
		return TCS_OK;
	tcs_buf_init(&text, HISTORY_TEXT_MAX);
	if (strcmp(record->topic, "signals") == 0)
		err = history_take_signal(history, record, &text);
	else if (strcmp(record->topic, "alerts") == 0)
		err = history_take_alert(history, record, &text);
	else if (strcmp(record->topic, "proposals") == 0)
		err = history_add_header(history, record, "proposed",
		    tcs_record_header(record, "id"), &text);
	else
		err = history_take_value(history, record, &text);
	tcs_buf_fini(&text);
	history->err = history->err == TCS_OK ? err : history->err;
	return err;
}

/* At one time what was published first stands first, topic after topic. */
static int
history_compare(const void *a, const void *b)
{
	const struct tcs_history_item *x = a, *y = b;

	if (x->sort_ms != y->sort_ms)
		return x->sort_ms < y->sort_ms ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

/* Several signals of one document were issued and fetched at once. */
static bool
history_has(const struct tcs_history *history, size_t n,
    const struct tcs_history_item *item)
{
	for (size_t i = n; i-- > 0;) {
		const struct tcs_history_item *one = &history->items[i];
		if (one->sort_ms != item->sort_ms)
			return false;
		if (strcmp(one->text, item->text) == 0)
			return true;
	}
	return false;
}

enum tcs_err
tcs_history_finish(struct tcs_history *history, struct tcs_diag *diag)
{
	size_t n = 0;

	if (history->n > 0)
		qsort(history->items, history->n, sizeof(*history->items),
		    history_compare);
	for (size_t i = 0; i < history->n; i++) {
		if (history_has(history, n, &history->items[i]))
			free(history->items[i].text);
		else
			history->items[n++] = history->items[i];
	}
	history->n = n;
	if (history->err != TCS_OK)
		return history->err;
	if (history->is_cut)
		return tcs_diag_add(diag, TCS_ELIMIT, NULL, 0,
		    "more than %d history: the rest is not shown", HISTORY_MAX);
	return TCS_OK;
}

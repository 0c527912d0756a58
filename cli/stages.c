#include "cli/stages.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/cap.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/signal.h"

enum { STAGES_MAX = 20000, STAGES_TEXT_MAX = 2048, STAGES_FEED_MAX = 64 };

/* When a feed's document was fetched: what links a signal to it. */
struct stages_fetch {
	char feed[STAGES_FEED_MAX];
	int64_t at_s;
};

struct tcs_stages {
	char *id;
	char trace[17];
	struct tcs_stage *items; /* owned, n of them */
	size_t n;
	struct stages_fetch *fetches; /* owned */
	size_t fetches_n;
	bool is_cut;      /* there were more */
	enum tcs_err err; /* of the first record that could not be taken */
};

struct tcs_stages *
tcs_stages_new(const char *id)
{
	struct tcs_stages *stages = calloc(1, sizeof(*stages));

	if (stages == NULL)
		return NULL;
	stages->id = strdup(id);
	if (stages->id == NULL)
		tcs_stages_free(&stages);
	return stages;
}

void
tcs_stages_free(struct tcs_stages **stages)
{
	if (stages == NULL || *stages == NULL)
		return;
	for (size_t i = 0; i < (*stages)->n; i++)
		free((*stages)->items[i].text);
	free((*stages)->items);
	free((*stages)->fetches);
	free((*stages)->id);
	free(*stages);
	*stages = NULL;
}

const char *
tcs_stages_trace(const struct tcs_stages *stages)
{
	return stages->trace;
}

size_t
tcs_stages_count(const struct tcs_stages *stages)
{
	return stages->n;
}

const struct tcs_stage *
tcs_stages_at(const struct tcs_stages *stages, size_t i)
{
	return &stages->items[i];
}

/* Finding the trace */

/* A JSON record names it in one of its members: a delivery's key, an alert. */
static bool
stages_json_names(const struct tcs_record *record, const char *id)
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
tcs_stages_identify(struct tcs_stages *stages, const struct tcs_record *record)
{
	struct tcs_slice trace = tcs_record_header(record, "trace");
	bool is_json = record->value.n > 0 && record->value.p[0] == '{';

	if (trace.n != 16)
		return false;
	if (!tcs_slice_is(trace, stages->id) &&
	    !tcs_slice_is(tcs_record_header(record, "id"), stages->id) &&
	    !(is_json && stages_json_names(record, stages->id)))
		return false;
	memcpy(stages->trace, trace.p, 16);
	return true;
}

/* Taking stages */

static enum tcs_err
stages_add(struct tcs_stages *stages, int64_t at_ms, struct tcs_buf *text)
{
	struct tcs_stage stage = {.at_ms = at_ms, .order = stages->n};

	if (stages->n == STAGES_MAX) {
		stages->is_cut = true;
		tcs_buf_reset(text);
		return TCS_OK;
	}
	enum tcs_err err = tcs_buf_steal(text, &stage.text);
	if (err != TCS_OK)
		return err;
	struct tcs_stage *items =
	    reallocarray(stages->items, stages->n + 1, sizeof(*stages->items));
	if (items == NULL) {
		free(stage.text);
		return TCS_ENOMEM;
	}
	stages->items = items;
	stages->items[stages->n++] = stage;
	return TCS_OK;
}

/* A header that is a time in ms. */
static bool
stages_time(
    const struct tcs_record *record, const char *header, int64_t *ret_ms)
{
	return tcs_slice_i64(tcs_record_header(record, header), 0,
	           INT64_MAX / 2, ret_ms) == TCS_OK;
}

/* The stage of that name, if the record knows its time. */
static enum tcs_err
stages_add_header(struct tcs_stages *stages, const struct tcs_record *record,
    const char *header, struct tcs_slice what, struct tcs_buf *text)
{
	int64_t at_ms;

	if (!stages_time(record, header, &at_ms))
		return TCS_OK;
	tcs_buf_printf(text, "%s", header);
	if (what.n > 0) {
		tcs_buf_char(text, ' ');
		tcs_buf_slice(text, what);
	}
	return stages_add(stages, at_ms, text);
}

static enum tcs_err
stages_note_fetch(struct tcs_stages *stages, const char *feed, int64_t at_ms)
{
	if (feed == NULL || strlen(feed) >= STAGES_FEED_MAX ||
	    stages->fetches_n == STAGES_MAX)
		return TCS_OK;
	struct stages_fetch *fetches = reallocarray(
	    stages->fetches, stages->fetches_n + 1, sizeof(*stages->fetches));
	if (fetches == NULL)
		return TCS_ENOMEM;
	stages->fetches = fetches;
	struct stages_fetch *fetch = &fetches[stages->fetches_n++];
	memcpy(fetch->feed, feed, strlen(feed) + 1);
	fetch->at_s = at_ms / 1000;
	return TCS_OK;
}

/* What the CAP of a signal says: level, zone, and which document it is of. */
static enum tcs_err
stages_take_signal(struct tcs_stages *stages, const struct tcs_record *record,
    struct tcs_buf *text)
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
		return stages_add_header(stages, record, "signalled", id, text);
	}
	err = stages_note_fetch(stages, signal.feed, signal.fetched_ms);
	if (err == TCS_OK)
		err = stages_add_header(
		    stages, record, "issued", tcs_slice(NULL, 0), text);
	if (err == TCS_OK)
		err = stages_add_header(
		    stages, record, "fetched", tcs_slice(NULL, 0), text);
	if (err == TCS_OK) {
		tcs_buf_printf(text, "signalled %s %s %.*s", signal.zone,
		    signal.level, TCS_SLICE_ARG(id));
		err = stages_add(stages, signal.sent_ms, text);
	}
	tcs_cap_free(&cap);
	return err;
}

/* The alert's own time is CAP's sent. */
static enum tcs_err
stages_take_alert(struct tcs_stages *stages, const struct tcs_record *record,
    struct tcs_buf *text)
{
	struct tcs_cap *cap = NULL;
	struct tcs_diag diag = {0};
	enum tcs_err err = tcs_cap_read(record->value, &cap, &diag);

	if (err == TCS_OK) {
		tcs_buf_printf(text, "alert %s", cap->identifier);
		err = stages_add(stages, cap->sent_ms, text);
	} else if (err == TCS_EPARSE) {
		err = TCS_OK; /* nobody has its time */
	}
	tcs_cap_free(&cap);
	tcs_diag_fini(&diag);
	return err;
}

/* `what`, then the members in that order, as far as they are there. */
static enum tcs_err
stages_take_json(struct tcs_stages *stages, const json_t *value,
    const char *time, const char *const *members, struct tcs_buf *text)
{
	const char *at = tcs_json_str(value, time, "");
	int64_t at_ms;

	if (tcs_time_parse(tcs_slice_str(at), &at_ms) != TCS_OK) {
		tcs_buf_reset(text);
		return TCS_OK;
	}
	for (; *members != NULL; members++) {
		const char *member = tcs_json_str(value, *members, NULL);
		if (member != NULL && member[0] != '\0')
			tcs_buf_printf(text, " %s", member);
	}
	return stages_add(stages, at_ms, text);
}

static enum tcs_err
stages_take_receipt(
    struct tcs_stages *stages, const json_t *value, struct tcs_buf *text)
{
	static const char *const members[] = {"state", "outcome", "contact",
	    "channel", "key", "proposal", "decision", "reason", NULL};

	tcs_buf_str(text, tcs_json_str(value, "kind", "receipt"));
	return stages_take_json(stages, value, "at", members, text);
}

static enum tcs_err
stages_take_decision(
    struct tcs_stages *stages, const json_t *value, struct tcs_buf *text)
{
	static const char *const members[] = {
	    "verdict", "authority", "how", "typed_by", "id", NULL};
	static const struct {
		const char *member, *stage;
	} asked[] = {
	    {"asked", "authority asked"}, {"answered", "authority answered"}};
	static const char *const none[] = {NULL};
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; err == TCS_OK && i < 2; i++) {
		tcs_buf_str(text, asked[i].stage);
		err = stages_take_json(
		    stages, value, asked[i].member, none, text);
	}
	if (err != TCS_OK)
		return err;
	tcs_buf_str(text, "decided");
	return stages_take_json(stages, value, "at", members, text);
}

static enum tcs_err
stages_take_document(
    struct tcs_stages *stages, const json_t *value, struct tcs_buf *text)
{
	static const char *const members[] = {"outcome", "hash", "url", NULL};
	const char *feed = tcs_json_str(value, "feed", "");
	int64_t at_ms;

	if (tcs_time_parse(tcs_slice_str(tcs_json_str(value, "fetched", "")),
	        &at_ms) != TCS_OK)
		return TCS_OK;
	for (size_t i = 0; i < stages->fetches_n; i++) {
		if (stages->fetches[i].at_s != at_ms / 1000 ||
		    strcmp(stages->fetches[i].feed, feed) != 0)
			continue;
		tcs_buf_str(text, "document");
		return stages_take_json(
		    stages, value, "fetched", members, text);
	}
	return TCS_OK;
}

static enum tcs_err
stages_take_value(struct tcs_stages *stages, const struct tcs_record *record,
    struct tcs_buf *text)
{
	json_t *value = NULL;
	enum tcs_err err = tcs_json_parse(record->value, &value, NULL, NULL);

	if (err == TCS_EPARSE)
		return TCS_OK; /* whoever reads it sets it aside */
	if (err != TCS_OK)
		return err;
	if (strcmp(record->topic, "receipts") == 0)
		err = stages_take_receipt(stages, value, text);
	else if (strcmp(record->topic, "decisions") == 0)
		err = stages_take_decision(stages, value, text);
	else
		err = stages_take_document(stages, value, text);
	json_decref(value);
	return err;
}

enum tcs_err
tcs_stages_take(struct tcs_stages *stages, const struct tcs_record *record)
{
	bool is_document = strcmp(record->topic, "documents") == 0;
	struct tcs_buf text;
	enum tcs_err err;

	if (!is_document &&
	    !tcs_slice_is(tcs_record_header(record, "trace"), stages->trace))
		return TCS_OK;
	tcs_buf_init(&text, STAGES_TEXT_MAX);
	if (strcmp(record->topic, "signals") == 0)
		err = stages_take_signal(stages, record, &text);
	else if (strcmp(record->topic, "alerts") == 0)
		err = stages_take_alert(stages, record, &text);
	else if (strcmp(record->topic, "proposals") == 0)
		err = stages_add_header(stages, record, "proposed",
		    tcs_record_header(record, "id"), &text);
	else
		err = stages_take_value(stages, record, &text);
	tcs_buf_fini(&text);
	stages->err = stages->err == TCS_OK ? err : stages->err;
	return err;
}

/* Those of one instant stay in the order of their topics. */
static int
stages_compare(const void *a, const void *b)
{
	const struct tcs_stage *x = a, *y = b;

	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static bool
stages_has(
    const struct tcs_stages *stages, size_t n, const struct tcs_stage *stage)
{
	for (size_t i = n; i-- > 0 && stages->items[i].at_ms == stage->at_ms;) {
		if (strcmp(stages->items[i].text, stage->text) == 0)
			return true;
	}
	return false;
}

enum tcs_err
tcs_stages_finish(struct tcs_stages *stages, struct tcs_diag *diag)
{
	size_t n = 0;

	if (stages->n > 0)
		qsort(stages->items, stages->n, sizeof(*stages->items),
		    stages_compare);
	for (size_t i = 0; i < stages->n; i++) {
		if (stages_has(stages, n, &stages->items[i]))
			free(stages->items[i].text);
		else
			stages->items[n++] = stages->items[i];
	}
	stages->n = n;
	if (stages->err != TCS_OK)
		return stages->err;
	if (stages->is_cut)
		return tcs_diag_add(diag, TCS_ELIMIT, NULL, 0,
		    "more than %d stages: the rest is not shown", STAGES_MAX);
	return TCS_OK;
}

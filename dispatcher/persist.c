#include "dispatcher/persist.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/step.h"
#include "core/worker.h"

enum { PERSIST_MAX = 4 * 1024 * 1024, PERSIST_NAME_MAX = 1000 };

/* "<home>|[<kind>/]<rest>" */
static char *
persist_name(const char *home, const char *kind, const char *rest)
{
	struct tcs_buf buf;
	char *name = NULL;

	tcs_buf_init(&buf, PERSIST_NAME_MAX);
	tcs_buf_printf(
	    &buf, "%s|%s%s%s", home, kind, kind[0] == '\0' ? "" : "/", rest);
	tcs_must(tcs_buf_steal(&buf, &name) == TCS_OK);
	return name;
}

/* Takes `value`. */
static void
persist_text(json_t *value, struct tcs_buf *buf)
{
	tcs_buf_init(buf, PERSIST_MAX);
	tcs_json_write(buf, tcs_need(value));
	json_decref(value);
	tcs_assert(buf->err == TCS_OK);
}

/* Empties `buf`. */
static void
persist_field(struct tcs_ledger *ledger, const char *hash, const char *home,
    const char *rest, struct tcs_buf *buf)
{
	char *field = persist_name(home, "", rest);

	tcs_step_hset(ledger->step, hash, field, tcs_buf_view(buf));
	tcs_buf_fini(buf);
	free(field);
}

void
tcs_persist_json(struct tcs_ledger *ledger, const char *hash, const char *home,
    const char *rest, json_t *value)
{
	struct tcs_buf buf;

	persist_text(value, &buf);
	persist_field(ledger, hash, home, rest, &buf);
}

void
tcs_persist_timer(struct tcs_ledger *ledger, const char *home, const char *kind,
    const char *rest, int64_t due_ms)
{
	char *name = persist_name(home, kind, rest);

	tcs_worker_timer_set(ledger->unit, ledger->step, name, due_ms);
	free(name);
}

void
tcs_persist_timer_clear(struct tcs_ledger *ledger, const char *home,
    const char *kind, const char *rest)
{
	char *name = persist_name(home, kind, rest);

	tcs_worker_timer_clear(ledger->unit, ledger->step, name);
	free(name);
}

static bool
persist_bool(json_t *object, const char *name, bool value)
{
	return !value || json_object_set_new(object, name, json_true()) == 0;
}

static json_t *
persist_series_json(const struct tcs_series *series)
{
	json_t *value = tcs_need(json_object());

	tcs_must(tcs_json_set_str(value, "raise", series->raise) &&
	         tcs_json_set_str(value, "nature", series->nature) &&
	         tcs_json_set_i64(value, "number", series->number) &&
	         tcs_json_set_i64(value, "version", series->version) &&
	         tcs_json_set_str(value, "alert", series->alert) &&
	         tcs_json_set_str(value, "reference", series->reference) &&
	         persist_bool(value, "is_lifted", series->is_lifted) &&
	         tcs_json_set_i64(value, "expires_ms", series->expires_ms));
	return value;
}

void
tcs_persist_thread(struct tcs_ledger *ledger, const struct tcs_thread *thread)
{
	json_t *value = tcs_need(json_object());
	json_t *raises = tcs_need(json_array());

	for (unsigned i = 0; i < thread->series_n; i++)
		tcs_must(json_array_append_new(raises,
		             persist_series_json(thread->series[i])) == 0);
	tcs_must(tcs_json_set_str(value, "thread", thread->hash) &&
	         tcs_json_set_str(value, "code", thread->code) &&
	         tcs_json_set_str(value, "trace", thread->trace) &&
	         tcs_json_set_i64(value, "expires_ms", thread->expires_ms) &&
	         json_object_set_new(value, "raises", raises) == 0);
	tcs_persist_json(
	    ledger, TCS_LEDGER_THREADS, thread->home, thread->hash, value);
}

static void
persist_version_cursor(json_t *value, const struct tcs_version *version)
{
	tcs_must(
	    tcs_json_set_i64(
	        value, "recipients", (int64_t)version->recipients) &&
	    persist_bool(value, "is_expanded", version->is_expanded) &&
	    tcs_json_set_str(value, "cursor", version->cursor) &&
	    tcs_json_set_i64(value, "cursor_urgency", version->cursor_urgency));
}

static json_t *
persist_version_json(const struct tcs_version *version)
{
	const struct tcs_thread *thread = version->thread;
	const struct tcs_series *series = version->series;
	json_t *value = tcs_need(json_object());

	tcs_must(
	    tcs_json_set_str(value, "id", version->id) &&
	    tcs_json_set_str(value, "thread", thread->hash) &&
	    tcs_json_set_str(value, "code", thread->code) &&
	    tcs_json_set_str(value, "raise", series->raise) &&
	    tcs_json_set_str(value, "nature", series->nature) &&
	    tcs_json_set_i64(value, "version", version->number) &&
	    tcs_json_set_str(value, "feed", version->feed) &&
	    persist_bool(value, "is_first_sight", version->is_first_sight) &&
	    persist_bool(value, "is_automatic", version->is_automatic) &&
	    tcs_json_set_i64(value, "sent_ms", version->sent_ms) &&
	    tcs_json_set_i64(value, "fetched_ms", version->fetched_ms) &&
	    tcs_json_set_i64(value, "expires_ms", version->expires_ms) &&
	    tcs_json_set_str(value, "trace", thread->trace));
	persist_version_cursor(value, version);
	tcs_must(json_object_set_new(value, "stages",
	             tcs_stages_to_json(&version->stages)) == 0);
	return value;
}

/* Its document is by far the longest member. */
static void
persist_version_text(const struct tcs_version *version, struct tcs_buf *buf)
{
	const struct tcs_letter *letter = version->letter;

	persist_text(persist_version_json(version), buf);
	tcs_json_add_text(buf, "cap", tcs_slice(letter->cap, letter->cap_n));
	tcs_assert(buf->err == TCS_OK);
}

void
tcs_persist_version(struct tcs_version *version)
{
	struct tcs_buf buf;

	version->is_stored = true;
	version->written = version->ledger->turn_number;
	persist_version_text(version, &buf);
	persist_field(version->ledger, TCS_LEDGER_ALERTS, version->thread->home,
	    version->id, &buf);
}

void
tcs_persist_version_guard(const struct tcs_version *version)
{
	/* What this step writes itself is not there yet when it compares. */
	if (!version->is_stored ||
	    version->written == version->ledger->turn_number)
		return;
	char *field = persist_name(version->thread->home, "", version->id);
	struct tcs_buf buf;

	persist_version_text(version, &buf);
	tcs_step_guard_field(version->ledger->step, TCS_LEDGER_ALERTS, field,
	    tcs_buf_view(&buf));
	tcs_buf_fini(&buf);
	free(field);
}

void
tcs_persist_booked(struct tcs_ledger *ledger, const struct tcs_thread *thread,
    const struct tcs_booked *booked)
{
	json_t *value = tcs_need(json_object());

	tcs_must(tcs_json_set_str(value, "id", booked->id) &&
	         tcs_json_set_str(value, "code", thread->code) &&
	         tcs_json_set_str(value, "hash", booked->hash) &&
	         tcs_json_set_str(value, "thread", thread->hash) &&
	         tcs_json_set_str(value, "rule", booked->rule) &&
	         tcs_json_set_str(value, "raise", booked->raise) &&
	         tcs_json_set_str(value, "nature", booked->nature) &&
	         tcs_json_set_str(value, "action", booked->action) &&
	         tcs_json_set_str(
	             value, "state", tcs_book_state_name(booked->state)) &&
	         persist_bool(value, "is_open", booked->is_open) &&
	         tcs_json_set_i64(value, "number", booked->number) &&
	         tcs_json_set_str(value, "level", booked->level) &&
	         tcs_json_set_str(value, "departement", booked->departement) &&
	         tcs_json_set_i64(value, "expires_ms", booked->expires_ms) &&
	         tcs_json_set_i64(value, "proposed_ms", booked->proposed_ms) &&
	         tcs_json_set_str(value, "trace", thread->trace) &&
	         json_object_set_new(value, "stages",
	             tcs_stages_to_json(&booked->stages)) == 0 &&
	         tcs_json_set_str(value, "headline", booked->headline) &&
	         tcs_json_set_slice(
	             value, "cap", tcs_slice(booked->cap, booked->cap_n)));
	tcs_persist_json(
	    ledger, TCS_LEDGER_PROPOSALS, thread->home, booked->id, value);
}

void
tcs_persist_booked_timer(struct tcs_ledger *ledger,
    const struct tcs_thread *thread, const struct tcs_booked *booked,
    int64_t due_ms)
{
	struct tcs_buf rest;

	tcs_buf_init(&rest, PERSIST_NAME_MAX);
	tcs_buf_printf(&rest, "%s/%s", thread->hash, booked->id);
	tcs_must(rest.err == TCS_OK);
	if (due_ms == TCS_NO_TIME)
		tcs_persist_timer_clear(
		    ledger, thread->home, TCS_TIMER_PROPOSAL, rest.p);
	else
		tcs_persist_timer(
		    ledger, thread->home, TCS_TIMER_PROPOSAL, rest.p, due_ms);
	tcs_buf_fini(&rest);
}

void
tcs_persist_feed(struct tcs_ledger *ledger, const char *home,
    const struct tcs_feed_hold *feed)
{
	json_t *value = tcs_need(json_object());

	tcs_must(tcs_json_set_str(value, "feed", feed->name) &&
	         tcs_json_set_i64(value, "released_ms", feed->released_ms));
	tcs_persist_json(ledger, TCS_LEDGER_FEEDS, home, feed->name, value);
}

char *
tcs_persist_row_text(const struct tcs_row *row)
{
	const struct tcs_delivery_about about = tcs_row_about(row);
	struct tcs_buf buf;
	char *text = NULL;

	tcs_buf_init(&buf, PERSIST_MAX);
	tcs_delivery_to_json(&row->d, &about, &buf);
	tcs_must(tcs_buf_steal(&buf, &text) == TCS_OK);
	return text;
}

static void
persist_row_timer(struct tcs_row *row, const char *home)
{
	struct tcs_ledger *ledger = row->version->ledger;
	int64_t due = tcs_delivery_due_ms(&row->d);

	if (due != TCS_NO_TIME)
		tcs_persist_timer(ledger, home, TCS_TIMER_ROW, row->d.key, due);
	else if (row->has_timer)
		tcs_persist_timer_clear(
		    ledger, home, TCS_TIMER_ROW, row->d.key);
	row->has_timer = due != TCS_NO_TIME;
}

void
tcs_persist_row(struct tcs_row *row)
{
	struct tcs_ledger *ledger = row->version->ledger;
	const char *home = row->lane->thread->home;
	char *field = persist_name(home, "", row->d.key);
	char *text = tcs_persist_row_text(row);

	if (row->stored != NULL)
		tcs_step_guard_field(ledger->step, TCS_LEDGER_ROWS, field,
		    tcs_slice_str(row->stored));
	free(row->stored);
	row->stored = NULL;
	tcs_step_hset(
	    ledger->step, TCS_LEDGER_ROWS, field, tcs_slice_str(text));
	persist_row_timer(row, home);
	free(text);
	free(field);
}

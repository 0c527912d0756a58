#include "dispatcher/persist.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/step.h"
#include "core/worker.h"

enum {
	PERSIST_MAX = 4 * 1024 * 1024,
	PERSIST_ROW = 1000, /* bytes of most, without a document */
	PERSIST_NAME_MAX = 1000,
	PERSIST_NAME = 120, /* bytes of most */
};

/* "<home>|[<kind>/]<rest>" */
static char *
persist_name(const char *home, const char *kind, const char *rest)
{
	struct tcs_buf buf;
	char *name = NULL;

	tcs_buf_init(&buf, PERSIST_NAME_MAX);
	tcs_buf_expect(&buf, PERSIST_NAME);
	tcs_buf_str(&buf, home);
	tcs_buf_char(&buf, '|');
	tcs_buf_str(&buf, kind);
	if (kind[0] != '\0')
		tcs_buf_char(&buf, '/');
	tcs_buf_str(&buf, rest);
	tcs_must(tcs_buf_steal(&buf, &name) == TCS_OK);
	return name;
}

void
tcs_persist_open(struct tcs_buf *buf)
{
	tcs_buf_init(buf, PERSIST_MAX);
	tcs_buf_expect(buf, PERSIST_ROW);
	tcs_json_open(buf, NULL, '{');
}

void
tcs_persist_close(struct tcs_ledger *ledger, const char *hash, const char *home,
    const char *rest, struct tcs_buf *buf)
{
	char *field = persist_name(home, "", rest);

	tcs_json_close(buf, '}');
	tcs_assert(buf->err == TCS_OK);
	tcs_step_hset(ledger->step, hash, field, tcs_buf_view(buf));
	tcs_buf_fini(buf);
	free(field);
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

static void
persist_write_series(const struct tcs_series *series, struct tcs_buf *buf)
{
	tcs_json_open(buf, NULL, '{');
	tcs_json_put_str(buf, "raise", series->raise);
	tcs_json_put_str(buf, "nature", series->nature);
	tcs_json_put_i64(buf, "number", series->number);
	tcs_json_put_i64(buf, "version", series->version);
	tcs_json_put_str(buf, "alert", series->alert);
	tcs_json_put_str(buf, "reference", series->reference);
	tcs_json_put_flag(buf, "is_lifted", series->is_lifted);
	tcs_json_put_i64(buf, "expires_ms", series->expires_ms);
	tcs_json_close(buf, '}');
}

void
tcs_persist_thread(struct tcs_ledger *ledger, const struct tcs_thread *thread)
{
	struct tcs_buf buf;

	tcs_persist_open(&buf);
	tcs_json_put_str(&buf, "thread", thread->hash);
	tcs_json_put_str(&buf, "code", thread->code);
	tcs_json_put_str(&buf, "trace", thread->trace);
	tcs_json_put_i64(&buf, "expires_ms", thread->expires_ms);
	tcs_json_open(&buf, "raises", '[');
	for (unsigned i = 0; i < thread->series_n; i++)
		persist_write_series(thread->series[i], &buf);
	tcs_json_close(&buf, ']');
	tcs_persist_close(
	    ledger, TCS_LEDGER_THREADS, thread->home, thread->hash, &buf);
}

/* All but the brace that ends it. */
static void
persist_write_version(const struct tcs_version *version, struct tcs_buf *buf)
{
	const struct tcs_thread *thread = version->thread;
	const struct tcs_series *series = version->series;

	tcs_persist_open(buf);
	tcs_json_put_str(buf, "id", version->id);
	tcs_json_put_str(buf, "thread", thread->hash);
	tcs_json_put_str(buf, "code", thread->code);
	tcs_json_put_str(buf, "raise", series->raise);
	tcs_json_put_str(buf, "nature", series->nature);
	tcs_json_put_i64(buf, "version", version->number);
	tcs_json_put_str(buf, "feed", version->feed);
	tcs_json_put_flag(buf, "is_first_sight", version->is_first_sight);
	tcs_json_put_flag(buf, "is_automatic", version->is_automatic);
	tcs_json_put_i64(buf, "sent_ms", version->sent_ms);
	tcs_json_put_i64(buf, "fetched_ms", version->fetched_ms);
	tcs_json_put_i64(buf, "expires_ms", version->expires_ms);
	tcs_json_put_str(buf, "trace", thread->trace);
	tcs_json_put_i64(buf, "recipients", (int64_t)version->recipients);
	tcs_json_put_flag(buf, "is_expanded", version->is_expanded);
	tcs_json_put_str(buf, "cursor", version->cursor);
	tcs_json_put_i64(buf, "cursor_urgency", version->cursor_urgency);
	tcs_stages_write(&version->stages, buf);
}

static void
persist_cap(struct tcs_version *version)
{
	const struct tcs_letter *letter = version->letter;
	char *field = persist_name(version->thread->home, "", version->id);

	tcs_step_hset(version->ledger->step, TCS_LEDGER_CAPS, field,
	    tcs_slice(letter->cap, letter->cap_n));
	free(field);
}

void
tcs_persist_version(struct tcs_version *version)
{
	struct tcs_buf buf;

	if (!version->is_stored)
		persist_cap(version);
	version->is_stored = true;
	version->written = version->ledger->turn_number;
	persist_write_version(version, &buf);
	tcs_persist_close(version->ledger, TCS_LEDGER_ALERTS,
	    version->thread->home, version->id, &buf);
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

	persist_write_version(version, &buf);
	tcs_json_close(&buf, '}');
	tcs_assert(buf.err == TCS_OK);
	tcs_step_guard_field(version->ledger->step, TCS_LEDGER_ALERTS, field,
	    tcs_buf_view(&buf));
	tcs_buf_fini(&buf);
	free(field);
}

void
tcs_persist_booked(struct tcs_ledger *ledger, const struct tcs_thread *thread,
    const struct tcs_booked *booked)
{
	struct tcs_buf buf;

	tcs_persist_open(&buf);
	tcs_json_put_str(&buf, "id", booked->id);
	tcs_json_put_str(&buf, "code", thread->code);
	tcs_json_put_str(&buf, "hash", booked->hash);
	tcs_json_put_str(&buf, "thread", thread->hash);
	tcs_json_put_str(&buf, "rule", booked->rule);
	tcs_json_put_str(&buf, "raise", booked->raise);
	tcs_json_put_str(&buf, "nature", booked->nature);
	tcs_json_put_str(&buf, "action", booked->action);
	tcs_json_put_str(&buf, "state", tcs_book_state_name(booked->state));
	tcs_json_put_flag(&buf, "is_open", booked->is_open);
	tcs_json_put_i64(&buf, "number", booked->number);
	tcs_json_put_str(&buf, "level", booked->level);
	tcs_json_put_str(&buf, "departement", booked->departement);
	tcs_json_put_i64(&buf, "expires_ms", booked->expires_ms);
	tcs_json_put_i64(&buf, "proposed_ms", booked->proposed_ms);
	tcs_json_put_str(&buf, "trace", thread->trace);
	tcs_stages_write(&booked->stages, &buf);
	tcs_json_put_str(&buf, "headline", booked->headline);
	tcs_json_put_slice(&buf, "cap", tcs_slice(booked->cap, booked->cap_n));
	tcs_persist_close(
	    ledger, TCS_LEDGER_PROPOSALS, thread->home, booked->id, &buf);
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
	struct tcs_buf buf;

	tcs_persist_open(&buf);
	tcs_json_put_str(&buf, "feed", feed->name);
	tcs_json_put_i64(&buf, "released_ms", feed->released_ms);
	tcs_persist_close(ledger, TCS_LEDGER_FEEDS, home, feed->name, &buf);
}

char *
tcs_persist_row_text(const struct tcs_row *row)
{
	const struct tcs_delivery_about about = tcs_row_about(row);
	struct tcs_buf buf;
	char *text = NULL;

	tcs_buf_init(&buf, PERSIST_MAX);
	tcs_buf_expect(&buf, PERSIST_ROW);
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

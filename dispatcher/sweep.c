#include "dispatcher/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "core/bus.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/log.h"
#include "core/step.h"
#include "core/store.h"
#include "dispatcher/dispatch.h"
#include "dispatcher/persist.h"
#include "dispatcher/turn.h"

enum { SWEEP_EVERY_MS = 3600 * 1000, SWEEP_PAGE = 200 };

static const char *const sweep_hashes[] = {TCS_LEDGER_ROWS, TCS_LEDGER_ALERTS,
    TCS_LEDGER_PROPOSALS, TCS_LEDGER_OUTCOMES};
enum { SWEEP_HASHES = sizeof(sweep_hashes) / sizeof(sweep_hashes[0]) };

struct tcs_sweep {
	struct tcs_dispatch *dispatch; /* NULL: it is gone */
	int64_t next_boot_ms;
	bool is_asking; /* a page is on its way */
	size_t hash;    /* of the walk under way */
	size_t removed;
};

struct tcs_sweep *
tcs_sweep_new(struct tcs_dispatch *dispatch)
{
	struct tcs_sweep *sweep = tcs_need(calloc(1, sizeof(*sweep)));

	sweep->dispatch = dispatch;
	sweep->next_boot_ms = tcs_clock_boot_ms() + SWEEP_EVERY_MS;
	return sweep;
}

void
tcs_sweep_free(struct tcs_sweep **sweep)
{
	if (*sweep == NULL)
		return;
	(*sweep)->dispatch = NULL;
	if (!(*sweep)->is_asking)
		free(*sweep);
	*sweep = NULL;
}

/* What is over */

static bool
sweep_is_row_over(const struct tcs_ledger *ledger, const char *rest)
{
	/* All that are not final are in memory. */
	return tcs_map_get(&ledger->rows, rest) == NULL;
}

static int64_t
sweep_keep_until(const json_t *value, const char *hash)
{
	if (strcmp(hash, TCS_LEDGER_OUTCOMES) == 0)
		return tcs_json_i64(value, "read_ms", INT64_MAX / 2) +
		       TCS_PARK_MS + TCS_KEEP_MS;
	return tcs_json_i64(value, "expires_ms", INT64_MAX / 2) + TCS_KEEP_MS;
}

static bool
sweep_is_done_with(const struct tcs_ledger *ledger, const char *hash,
    const char *rest, const json_t *value)
{
	if (strcmp(hash, TCS_LEDGER_ROWS) == 0)
		return sweep_is_row_over(ledger, rest);
	if (strcmp(hash, TCS_LEDGER_ALERTS) == 0)
		return tcs_map_get(&ledger->versions, rest) == NULL;
	if (strcmp(hash, TCS_LEDGER_PROPOSALS) == 0)
		return !tcs_json_bool(value, "is_open", false);
	return json_object_get(value, "record") == NULL;
}

bool
tcs_sweep_is_over(const struct tcs_ledger *ledger, const char *hash,
    const char *rest, struct tcs_slice text, int64_t now_ms)
{
	json_t *value = NULL;

	if (tcs_json_parse(text, &value, NULL, NULL) != TCS_OK)
		return false;
	bool is_over = sweep_is_done_with(ledger, hash, rest, value) &&
	               sweep_keep_until(value, hash) <= now_ms;
	json_decref(value);
	return is_over;
}

static bool
sweep_is_thread_over(const struct tcs_thread *thread, int64_t now_ms)
{
	const struct tcs_lane *lane;

	if (thread->expires_ms + TCS_KEEP_MS > now_ms)
		return false;
	for (unsigned i = 0; i < thread->series_n; i++) {
		if (thread->series[i]->current != NULL ||
		    tcs_book_open_of(&thread->book, thread->series[i]->raise) !=
		        NULL)
			return false;
	}
	TAILQ_FOREACH(lane, &thread->lanes, next)
	{
		if (!TAILQ_EMPTY(&lane->rows))
			return false;
	}
	return true;
}

void
tcs_sweep_threads(struct tcs_ledger *ledger, int64_t now_ms)
{
	struct tcs_thread *thread;
	struct tcs_buf field;
	size_t at = 0;

	tcs_buf_init(&field, 200);
	while (tcs_turn_budget(ledger) > 0 &&
	       (thread = tcs_map_next(&ledger->threads, &at)) != NULL) {
		if (!sweep_is_thread_over(thread, now_ms))
			continue;
		tcs_buf_reset(&field);
		tcs_buf_printf(&field, "%s|%s", thread->home, thread->hash);
		tcs_must(field.err == TCS_OK);
		tcs_step_hdel(ledger->step, TCS_LEDGER_THREADS, field.p);
		tcs_turn_spend(ledger, 1);
		tcs_ledger_drop_thread(ledger, thread);
		at = 0; /* the table moved */
	}
	tcs_buf_fini(&field);
}

/* The walk */

static void sweep_ask(struct tcs_sweep *sweep, const char *cursor);

static void
sweep_field(struct tcs_sweep *sweep, struct tcs_ledger *ledger,
    struct tcs_slice field, struct tcs_slice value, int64_t now_ms)
{
	const char *hash = sweep_hashes[sweep->hash];
	struct tcs_slice rest, home = tcs_slice_cut(field, '|', &rest);

	if (rest.p == NULL || !tcs_unit_has_key(ledger->unit, home))
		return;
	char *name = tcs_need(tcs_slice_dup(field));
	char *id = name + home.n + 1;
	if (tcs_sweep_is_over(ledger, hash, id, value, now_ms)) {
		struct tcs_ruling *ruling = NULL;
		if (strcmp(hash, TCS_LEDGER_OUTCOMES) == 0)
			ruling = tcs_map_get(&ledger->rulings, id);
		tcs_step_hdel(ledger->step, hash, name);
		if (strcmp(hash, TCS_LEDGER_ALERTS) == 0)
			tcs_step_hdel(ledger->step, TCS_LEDGER_CAPS, name);
		if (ruling != NULL)
			tcs_ledger_drop_ruling(ledger, ruling);
		sweep->removed++;
	}
	free(name);
}

static void
sweep_next(struct tcs_sweep *sweep, struct tcs_slice cursor)
{
	if (!tcs_slice_is(cursor, "0")) {
		char *text = tcs_need(tcs_slice_dup(cursor));
		sweep_ask(sweep, text);
		free(text);
		return;
	}
	sweep->hash++;
	if (sweep->hash < SWEEP_HASHES)
		sweep_ask(sweep, "0");
	else
		tcs_log(TCS_LOG_DEBUG, "ledger.swept", "removed=%zu",
		    sweep->removed);
}

/* One step a unit for what of a page is its own. */
static void
sweep_page(struct tcs_sweep *sweep, const struct tcs_reply *fields)
{
	struct tcs_ledger *ledger;
	int64_t now = tcs_clock_now_ms();

	TAILQ_FOREACH(ledger, &sweep->dispatch->ledgers, next)
	{
		if (!ledger->is_ready)
			continue;
		tcs_turn_begin(ledger, NULL);
		for (size_t i = 0; i + 1 < tcs_reply_count(fields); i += 2)
			sweep_field(sweep, ledger,
			    tcs_reply_slice(tcs_reply_at(fields, i)),
			    tcs_reply_slice(tcs_reply_at(fields, i + 1)), now);
		tcs_turn_end(ledger);
	}
}

static void
sweep_answered(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct tcs_sweep *sweep = arg;

	sweep->is_asking = false;
	if (sweep->dispatch == NULL) {
		free(sweep);
		return;
	}
	/* The store is away: the next walk finds what this one does not. */
	if (err != TCS_OK || tcs_reply_count(reply) != 2 ||
	    sweep->dispatch->is_draining)
		return;
	sweep_page(sweep, tcs_reply_at(reply, 1));
	sweep_next(sweep, tcs_reply_slice(tcs_reply_at(reply, 0)));
}

static void
sweep_ask(struct tcs_sweep *sweep, const char *cursor)
{
	struct tcs_dispatch *dispatch = sweep->dispatch;
	struct tcs_buf key, count;

	tcs_buf_init(&key, 200);
	tcs_buf_init(&count, 20);
	tcs_buf_printf(&key, "%s%s", tcs_store_realm(dispatch->store),
	    sweep_hashes[sweep->hash]);
	tcs_buf_printf(&count, "%d", SWEEP_PAGE);
	tcs_must(key.err == TCS_OK && count.err == TCS_OK);
	sweep->is_asking = true;
	tcs_store_send(dispatch->store, sweep_answered, sweep, "HSCAN", key.p,
	    cursor, "COUNT", count.p, NULL);
	tcs_buf_fini(&key);
	tcs_buf_fini(&count);
}

void
tcs_sweep_start(struct tcs_sweep *sweep)
{
	struct tcs_dispatch *dispatch = sweep->dispatch;
	struct tcs_ledger *ledger;

	if (sweep->is_asking || dispatch->clock.is_halted ||
	    dispatch->is_draining)
		return;
	TAILQ_FOREACH(ledger, &dispatch->ledgers, next)
	{
		if (!ledger->is_ready)
			continue;
		tcs_turn_begin(ledger, NULL);
		tcs_sweep_threads(ledger, tcs_clock_now_ms());
		tcs_turn_end(ledger);
	}
	sweep->hash = 0;
	sweep->removed = 0;
	if (dispatch->store != NULL)
		sweep_ask(sweep, "0");
}

void
tcs_sweep_tick(struct tcs_sweep *sweep)
{
	int64_t boot = tcs_clock_boot_ms();

	if (boot < sweep->next_boot_ms)
		return;
	sweep->next_boot_ms = boot + SWEEP_EVERY_MS;
	tcs_sweep_start(sweep);
}

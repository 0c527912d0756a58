#include "dispatcher/dispatch.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/loop.h"
#include "dispatcher/decide.h"
#include "dispatcher/intake.h"
#include "dispatcher/outlet.h"
#include "dispatcher/persist.h"
#include "dispatcher/restore.h"
#include "dispatcher/send.h"
#include "dispatcher/sweep.h"
#include "dispatcher/timers.h"
#include "dispatcher/turn.h"

enum {
	DISPATCH_TICK_MS = 1000,
	DISPATCH_DRAIN_MS = 5000,    /* then attempts are given up */
	DISPATCH_FAREWELL_MS = 7000, /* then we go without their answers */
	DISPATCH_TRIM_TICKS = 30,    /* between two looks at idle memory */
};

/* The clock */

/* A wait of hours may come of a clock that was set back: it is over. */
static void
dispatch_wake(struct tcs_ledger *ledger)
{
	struct tcs_row *row;
	int64_t latest = tcs_clock_now_ms() + TCS_HOURS(1);
	size_t at = 0;

	while ((row = tcs_map_next(&ledger->rows, &at)) != NULL)
		row->is_due =
		    row->is_due || (row->d.state == TCS_DELIVERY_WAITING &&
		                       row->d.next_ms > latest);
}

static void
dispatch_offer_all(struct tcs_dispatch *dispatch)
{
	struct tcs_ledger *ledger;

	TAILQ_FOREACH(ledger, &dispatch->ledgers, next)
	{
		struct tcs_lane *lane;
		size_t at = 0;
		dispatch_wake(ledger);
		while ((lane = tcs_map_next(&ledger->lanes, &at)) != NULL)
			tcs_outlet_offer(lane, dispatch);
	}
	tcs_outlet_forgive(dispatch);
	tcs_outlet_pump(dispatch);
}

static void
dispatch_clock_changed(struct tcs_dispatch *dispatch)
{
	const struct tcs_clockwatch *clock = &dispatch->clock;

	if (clock->is_early)
		tcs_log(TCS_LOG_ERROR, "clock.early",
		    "reason=\"the clock is before this program was built: "
		    "nothing expires and no information leaves until it is "
		    "set\"");
	else if (clock->is_halted)
		tcs_log(TCS_LOG_ERROR, "clock.jumped",
		    "by_s=%lld reason=\"nothing expires and no information "
		    "leaves until a person checks the clock and sends SIGHUP "
		    "(systemctl reload tocsin-dispatcher)\"",
		    (long long)(clock->jump_ms / 1000));
	else
		tcs_log(TCS_LOG_WARNING, "clock.trusted",
		    "reason=\"messages expire and leave again\"");
	dispatch_offer_all(dispatch);
}

/* An exercise's clock is the player's. */
static void
dispatch_look_at_clock(struct tcs_dispatch *dispatch)
{
	if (!tcs_clock_is_held() &&
	    tcs_clockwatch_look(&dispatch->clock, tcs_clock_wall_ms(),
	        tcs_clock_boot_ms(), tcs_clockwatch_built_ms()))
		dispatch_clock_changed(dispatch);
}

/* Life of the dispatch */

static void
dispatch_reap(struct tcs_dispatch *dispatch)
{
	size_t kept = 0;

	for (size_t i = 0; i < dispatch->retired_n; i++) {
		if (dispatch->retired[i]->refs == 1)
			tcs_setup_unref(&dispatch->retired[i]);
		else
			dispatch->retired[kept++] = dispatch->retired[i];
	}
	dispatch->retired_n = kept;
}

static void
dispatch_drain_tick(struct tcs_dispatch *dispatch)
{
	int64_t since = tcs_clock_boot_ms() - dispatch->drain_boot_ms;

	if (dispatch->drained == NULL)
		return;
	if (since >= DISPATCH_DRAIN_MS)
		tcs_send_cancel_all(dispatch);
	if (dispatch->flights > 0 && since < DISPATCH_FAREWELL_MS)
		return;
	void (*drained)(void *) = dispatch->drained;
	dispatch->drained = NULL;
	drained(dispatch->drained_arg);
}

/* The memory of a burst is given back once it is over. */
static void
dispatch_trim(struct tcs_dispatch *dispatch)
{
	const struct tcs_ledger *ledger;
	size_t rows = 0;

	TAILQ_FOREACH(ledger, &dispatch->ledgers, next)
	{
		rows += ledger->rows.n;
	}
	if (rows > 0)
		dispatch->is_trimmed = false;
	if (rows > 0 || dispatch->is_trimmed ||
	    ++dispatch->ticks % DISPATCH_TRIM_TICKS != 0)
		return;
	dispatch->is_trimmed = true;
	(void)malloc_trim(0);
}

static void
dispatch_tick(void *arg)
{
	struct tcs_dispatch *dispatch = arg;

	dispatch_trim(dispatch);
	dispatch_look_at_clock(dispatch);
	dispatch_reap(dispatch);
	tcs_sweep_tick(dispatch->sweep);
	tcs_timer_start(
	    dispatch->tick, dispatch->drained == NULL ? DISPATCH_TICK_MS : 20);
	dispatch_drain_tick(dispatch);
}

struct tcs_dispatch *
tcs_dispatch_new(struct tcs_loop *loop, struct tcs_store *store,
    const char *realm, struct tcs_setup *setup)
{
	struct tcs_dispatch *dispatch = calloc(1, sizeof(*dispatch));

	if (dispatch == NULL)
		return NULL;
	dispatch->tick = tcs_timer_new(loop, dispatch_tick, dispatch);
	if (dispatch->tick == NULL) {
		free(dispatch);
		return NULL;
	}
	dispatch->loop = loop;
	dispatch->store = store;
	dispatch->realm = realm;
	dispatch->setup = setup;
	TAILQ_INIT(&dispatch->ledgers);
	TAILQ_INIT(&dispatch->in_flight);
	dispatch->sweep = tcs_sweep_new(dispatch);
	tcs_outlet_configure(dispatch);
	dispatch_tick(dispatch);
	return dispatch;
}

void
tcs_dispatch_free(struct tcs_dispatch **dispatch_ptr)
{
	struct tcs_dispatch *dispatch = *dispatch_ptr;

	if (dispatch == NULL)
		return;
	tcs_assert(TAILQ_EMPTY(&dispatch->ledgers));
	/* Attempts that never answered hold on to it: we leave with them. */
	if (dispatch->flights > 0)
		return;
	tcs_sweep_free(&dispatch->sweep);
	tcs_outlet_fini(dispatch);
	tcs_timer_free(&dispatch->tick);
	dispatch_reap(dispatch);
	tcs_assert(dispatch->retired_n == 0);
	tcs_setup_unref(&dispatch->setup);
	free(dispatch);
	*dispatch_ptr = NULL;
}

bool
tcs_dispatch_reload(struct tcs_dispatch *dispatch, struct tcs_setup *setup)
{
	size_t max = sizeof(dispatch->retired) / sizeof(dispatch->retired[0]);

	dispatch_reap(dispatch);
	if (dispatch->retired_n == max)
		return false;
	dispatch->retired[dispatch->retired_n++] = dispatch->setup;
	dispatch->setup = setup;
	tcs_outlet_configure(dispatch);
	if (!tcs_clock_is_held() &&
	    tcs_clockwatch_confirm(&dispatch->clock, tcs_clock_wall_ms(),
	        tcs_clock_boot_ms(), tcs_clockwatch_built_ms()))
		dispatch_clock_changed(dispatch);
	return true;
}

void
tcs_dispatch_drain(
    struct tcs_dispatch *dispatch, void (*drained)(void *arg), void *arg)
{
	dispatch->is_draining = true;
	dispatch->drained = drained;
	dispatch->drained_arg = arg;
	dispatch->drain_boot_ms = tcs_clock_boot_ms();
	tcs_timer_start(dispatch->tick, 0);
}

/* The worker's handlers */

static enum tcs_err
dispatch_open(void *arg, struct tcs_unit *unit)
{
	struct tcs_dispatch *dispatch = arg;
	struct tcs_ledger *ledger = tcs_ledger_new(dispatch, unit);

	TAILQ_INSERT_TAIL(&dispatch->ledgers, ledger, next);
	tcs_unit_set_data(unit, ledger);
	return TCS_OK;
}

static enum tcs_err
dispatch_restore(void *arg, struct tcs_unit *unit, const char *hash,
    struct tcs_slice field, struct tcs_slice value, struct tcs_diag *diag)
{
	(void)arg;
	(void)diag;
	tcs_restore_field(tcs_unit_data(unit), hash, field, value);
	return TCS_OK;
}

static enum tcs_err
dispatch_ready(void *arg, struct tcs_unit *unit, bool is_clean)
{
	(void)arg;
	tcs_restore_ready(tcs_unit_data(unit), is_clean);
	return TCS_OK;
}

static enum tcs_err
dispatch_record(void *arg, struct tcs_unit *unit,
    const struct tcs_record *record, struct tcs_step *step,
    struct tcs_diag *diag)
{
	struct tcs_ledger *ledger = tcs_unit_data(unit);

	dispatch_look_at_clock(arg);
	if (strcmp(record->topic, "decisions") == 0)
		return tcs_decide_record(ledger, record, step, diag);
	return tcs_intake_proposal(ledger, record, step, diag);
}

static enum tcs_err
dispatch_timer(void *arg, struct tcs_unit *unit, const char *name,
    int64_t due_ms, struct tcs_step *step)
{
	(void)due_ms;
	dispatch_look_at_clock(arg);
	tcs_timers_fire(tcs_unit_data(unit), name, step);
	return TCS_OK;
}

static void
dispatch_close(void *arg, struct tcs_unit *unit)
{
	struct tcs_dispatch *dispatch = arg;
	struct tcs_ledger *ledger = tcs_unit_data(unit);
	struct tcs_row *row;
	size_t at = 0;

	if (ledger == NULL)
		return;
	tcs_unit_set_data(unit, NULL);
	TAILQ_REMOVE(&dispatch->ledgers, ledger, next);
	tcs_turn_forget(ledger);
	/* What is given up may free slots: not for those that go too. */
	dispatch->is_pumping = true;
	while ((row = tcs_map_next(&ledger->rows, &at)) != NULL)
		tcs_send_forget(row);
	dispatch->is_pumping = false;
	tcs_outlet_forgive(dispatch);
	tcs_ledger_free(&ledger);
	tcs_outlet_pump(dispatch);
}

static const char *const dispatch_topics[] = {"proposals", "decisions", NULL};
static const char *const dispatch_publishes[] = {"alerts", "receipts", NULL};

const struct tcs_worker_ops tcs_dispatch_ops = {
    .group = "dispatcher",
    .topics = dispatch_topics,
    .publishes = dispatch_publishes,
    .hashes = tcs_restore_hashes,
    .due = TCS_LEDGER_DUE,
    .open = dispatch_open,
    .restore = dispatch_restore,
    .ready = dispatch_ready,
    .record = dispatch_record,
    .timer = dispatch_timer,
    .close = dispatch_close,
};

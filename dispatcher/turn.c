#include "dispatcher/turn.h"

#include <stdlib.h>

#include "core/bus.h"
#include "core/failpoint.h"
#include "dispatcher/expand.h"
#include "dispatcher/outlet.h"
#include "dispatcher/persist.h"
#include "dispatcher/receipt.h"
#include "dispatcher/send.h"

void
tcs_turn_begin(struct tcs_ledger *ledger, struct tcs_step *step)
{
	tcs_assert(ledger->depth == 0 || step == NULL);
	if (ledger->depth++ > 0)
		return;
	ledger->is_own_step = step == NULL;
	ledger->step =
	    step != NULL ? step : tcs_need(tcs_unit_step(ledger->unit));
	ledger->budget = TCS_CHUNK;
	ledger->turn_number++;
	ledger->turn = tcs_need(calloc(1, sizeof(*ledger->turn)));
	ledger->turn->ledger = ledger;
	TAILQ_INIT(&ledger->turn->starting);
}

static void
turn_free(struct tcs_turn *turn)
{
	struct tcs_row *row;

	while ((row = TAILQ_FIRST(&turn->starting)) != NULL) {
		TAILQ_REMOVE(&turn->starting, row, in_turn);
		row->turn = NULL;
	}
	free(turn);
}

static void
turn_failpoint(enum tcs_turn_kind kind)
{
	switch (kind) {
	case TCS_TURN_PROPOSAL:
	case TCS_TURN_CHUNK:
		tcs_failpoint("dispatcher.committed");
		break;
	case TCS_TURN_DECISION:
		tcs_failpoint("dispatcher.decided");
		break;
	case TCS_TURN_VERDICT:
		tcs_failpoint("dispatcher.verdict-committed");
		break;
	case TCS_TURN_OTHER:
		break;
	}
}

/* The step is in the store: now the bytes may leave. */
static void
turn_committed(void *arg)
{
	struct tcs_turn *turn = arg;
	struct tcs_ledger *ledger = turn->ledger;
	struct tcs_row *row;

	tcs_assert(ledger->magic == TCS_LEDGER_MAGIC);
	turn_failpoint(turn->kind);
	TAILQ_REMOVE(&ledger->turns, turn, next);
	bool is_work = turn->is_work;
	while ((row = TAILQ_FIRST(&turn->starting)) != NULL) {
		TAILQ_REMOVE(&turn->starting, row, in_turn);
		row->turn = NULL;
		tcs_send_start(row);
	}
	turn_free(turn);
	if (!is_work)
		return;
	ledger->is_working = false;
	tcs_turn_begin(ledger, NULL);
	tcs_turn_mark(ledger, TCS_TURN_CHUNK);
	tcs_turn_end(ledger);
}

/* Rows that changed, each once, however often it did. */
static void
turn_flush(struct tcs_ledger *ledger)
{
	struct tcs_row *row;

	while ((row = TAILQ_FIRST(&ledger->dirty)) != NULL) {
		TAILQ_REMOVE(&ledger->dirty, row, in_dirty);
		row->is_dirty = false;
		tcs_persist_row(row);
		tcs_receipt_delivery(row);
		if (tcs_delivery_is_final(row->d.state))
			tcs_ledger_drop_row(row);
	}
}

/* Versions that have no row left, and need none, leave memory. */
static void
turn_settle(struct tcs_ledger *ledger)
{
	struct tcs_version *version;

	while ((version = TAILQ_FIRST(&ledger->settling)) != NULL) {
		TAILQ_REMOVE(&ledger->settling, version, settling);
		version->is_settling = false;
		if (version->rows_n > 0 || !version->is_expanded)
			continue;
		tcs_persist_timer_clear(ledger, version->thread->home,
		    TCS_TIMER_ALERT, version->id);
		tcs_ledger_drop_version(version);
	}
}

static void
turn_finish(struct tcs_ledger *ledger)
{
	struct tcs_turn *turn = ledger->turn;
	struct tcs_step *step = ledger->step;
	bool is_own = ledger->is_own_step;

	turn->is_work = !ledger->is_working && tcs_has_work(ledger);
	ledger->is_working = ledger->is_working || turn->is_work;
	ledger->turn = NULL;
	ledger->step = NULL;
	bool has_rest = turn->is_work || !TAILQ_EMPTY(&turn->starting);
	if (is_own && tcs_step_count(step) == 0 && !has_rest) {
		tcs_step_free(&step);
		turn_free(turn);
		return;
	}
	TAILQ_INSERT_TAIL(&ledger->turns, turn, next);
	if (is_own)
		tcs_unit_commit(ledger->unit, step, turn_committed, turn);
	else
		tcs_step_on_commit(step, turn_committed, turn);
}

void
tcs_turn_end(struct tcs_ledger *ledger)
{
	tcs_assert(ledger->depth > 0);
	if (ledger->depth > 1) {
		ledger->depth--;
		return;
	}
	tcs_work(ledger);
	tcs_outlet_pump(ledger->dispatch);
	turn_flush(ledger);
	turn_settle(ledger);
	ledger->depth = 0;
	turn_finish(ledger);
}

void
tcs_turn_mark(struct tcs_ledger *ledger, enum tcs_turn_kind kind)
{
	ledger->turn->kind = kind;
}

void
tcs_turn_touch(struct tcs_row *row)
{
	struct tcs_ledger *ledger = row->version->ledger;

	tcs_assert(ledger->depth > 0);
	if (row->is_dirty)
		return;
	row->is_dirty = true;
	TAILQ_INSERT_TAIL(&ledger->dirty, row, in_dirty);
}

void
tcs_turn_move(
    struct tcs_row *row, enum tcs_delivery_state to, const char *reason)
{
	const struct tcs_delivery_about about = tcs_row_about(row);

	row->d.expires_ms = row->version->expires_ms;
	tcs_delivery_move(&row->d, &about, to, reason);
	tcs_turn_touch(row);
}

void
tcs_turn_guard(struct tcs_row *row)
{
	if (!row->is_dirty && row->stored == NULL)
		row->stored = tcs_persist_row_text(row);
}

void
tcs_turn_start(struct tcs_row *row)
{
	struct tcs_turn *turn = row->version->ledger->turn;
	struct tcs_row *before = TAILQ_LAST(&turn->starting, tcs_starting_list);

	row->turn = turn;
	/* The most urgent first, whatever their channels. */
	while (before != NULL && before->d.urgency > row->d.urgency)
		before = TAILQ_PREV(before, tcs_starting_list, in_turn);
	if (before == NULL)
		TAILQ_INSERT_HEAD(&turn->starting, row, in_turn);
	else
		TAILQ_INSERT_AFTER(&turn->starting, before, row, in_turn);
}

size_t
tcs_turn_budget(const struct tcs_ledger *ledger)
{
	return ledger->budget;
}

void
tcs_turn_spend(struct tcs_ledger *ledger, size_t rows)
{
	ledger->budget -= rows < ledger->budget ? rows : ledger->budget;
}

void
tcs_turn_forget(struct tcs_ledger *ledger)
{
	struct tcs_turn *turn;

	while ((turn = TAILQ_FIRST(&ledger->turns)) != NULL) {
		TAILQ_REMOVE(&ledger->turns, turn, next);
		turn_free(turn);
	}
}

/* turn.h - one step of the dispatcher: what changed in the ledger goes into it,
 * with a receipt for each change of state, and what may only be done once it is
 * committed waits for that: no byte of a delivery leaves before its row says
 * SENDING in the store.
 *
 * Turns nest; the outermost ends the step. At its end free slots are filled:
 * the SENDING marks are part of the same step. What is too much for one step
 * goes on in the next, after the answer, so that others get their turn. */
#ifndef TOCSIN_DISPATCHER_TURN_H
#define TOCSIN_DISPATCHER_TURN_H

#include "core/step.h"
#include "dispatcher/ledger.h"

/* What a step is for; each has a failpoint of its own behind its commit. */
enum tcs_turn_kind {
	TCS_TURN_OTHER,
	TCS_TURN_PROPOSAL,
	TCS_TURN_DECISION,
	TCS_TURN_VERDICT,
	TCS_TURN_CHUNK,
};

struct tcs_turn {
	struct tcs_ledger *ledger;
	TAILQ_HEAD(tcs_starting_list, tcs_row) starting; /* marked SENDING */
	enum tcs_turn_kind kind; /* reached once it is committed */
	bool is_work;
	TAILQ_ENTRY(tcs_turn) next;
};

/* `step` is the worker's, which commits it; NULL: one of our own. */
void tcs_turn_begin(struct tcs_ledger *ledger, struct tcs_step *step);
/* The outermost of our own commits. */
void tcs_turn_end(struct tcs_ledger *ledger);
void tcs_turn_mark(struct tcs_ledger *ledger, enum tcs_turn_kind kind);

/* The row's state changed: it is stored with this step, with its receipt. */
void tcs_turn_touch(struct tcs_row *row);
/* Change a row's state, and store it with this step. */
void tcs_turn_move(
    struct tcs_row *row, enum tcs_delivery_state to, const char *reason);
/* The row must be, in the store, what it is in memory now. */
void tcs_turn_guard(struct tcs_row *row);
/* Start its attempt once this step is committed. */
void tcs_turn_start(struct tcs_row *row);

/* How many more rows this step may change. */
size_t tcs_turn_budget(const struct tcs_ledger *ledger);
void tcs_turn_spend(struct tcs_ledger *ledger, size_t rows);

/* Forget the turns under way: the unit is no longer ours. */
void tcs_turn_forget(struct tcs_ledger *ledger);

#endif

/* decide.h - what a decision does when it is read: it holds for the text that
 * waits, is refused, or waits itself for its proposal. Each has an outcome,
 * kept in the store and said on `receipts`. */
#ifndef TOCSIN_DISPATCHER_DECIDE_H
#define TOCSIN_DISPATCHER_DECIDE_H

#include "core/bus.h"
#include "dispatcher/ledger.h"

enum tcs_err tcs_decide_record(struct tcs_ledger *ledger,
    const struct tcs_record *record, struct tcs_step *step,
    struct tcs_diag *diag) TCS_MUST_USE;
/* In the turn under way: a proposal of `thread` has come; decisions that were
 * read before it may be about it. */
void tcs_decide_parked(
    struct tcs_ledger *ledger, const struct tcs_thread *thread);
/* In the turn under way: the time a parked decision may wait is over. */
void tcs_decide_overdue(struct tcs_ledger *ledger, const char *decision);

#endif

/* intake.h - what a proposal does when it is read: leaves as an information,
 * waits for a decision, prolongs, or withdraws. */
#ifndef TOCSIN_DISPATCHER_INTAKE_H
#define TOCSIN_DISPATCHER_INTAKE_H

#include "core/bus.h"
#include "dispatcher/ledger.h"

/* All that can be wrong with the record is found before anything changes. */
enum tcs_err tcs_intake_proposal(struct tcs_ledger *ledger,
    const struct tcs_record *record, struct tcs_step *step,
    struct tcs_diag *diag) TCS_MUST_USE;
/* Close a proposal that waits: stored, with its receipt. */
void tcs_intake_close(struct tcs_ledger *ledger,
    const struct tcs_thread *thread, struct tcs_booked *booked,
    enum tcs_book_state state, const char *reason);

#endif

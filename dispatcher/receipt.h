/* receipt.h - what became of something, said on `receipts` in the step that
 * stores it. The members are in docs/wire-format.md. */
#ifndef TOCSIN_DISPATCHER_RECEIPT_H
#define TOCSIN_DISPATCHER_RECEIPT_H

#include "core/proposal.h"
#include "dispatcher/ledger.h"

void tcs_receipt_delivery(const struct tcs_row *row);
/* An alert that nobody is to receive, or that could not be sent to all. */
void tcs_receipt_alert(const struct tcs_version *version, const char *reason);

struct tcs_receipt_proposal {
	const char *id, *nature, *state, *reason;
};
void tcs_receipt_proposal(struct tcs_ledger *ledger,
    const struct tcs_thread *thread,
    const struct tcs_receipt_proposal *receipt);

struct tcs_receipt_decision {
	const char *decision, *outcome, *reason;
	const char *proposal, *alert; /* or NULL */
	const char *trace;            /* or NULL */
};
void tcs_receipt_decision(struct tcs_ledger *ledger, const char *home,
    const struct tcs_receipt_decision *receipt);

#endif

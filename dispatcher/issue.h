/* issue.h - an alert version is made of a proposal, and of a decision where one
 * is needed: first drafted, which may fail and changes nothing, then issued. */
#ifndef TOCSIN_DISPATCHER_ISSUE_H
#define TOCSIN_DISPATCHER_ISSUE_H

#include "core/proposal.h"
#include "dispatcher/ledger.h"

/* What makes an alert of a proposal. */
struct tcs_order {
	const char *decision;  /* for the alert's parameter, or NULL */
	const char *authority; /* who orders, or NULL: it relays its source */
	struct tcs_stages stages;
};

struct tcs_draft {
	char id[TCS_ID_MAX];
	unsigned version;
	char *reference; /* by which the next version will refer to it */
	struct tcs_letter *letter;
};

/* The caller owns *ret_draft (tcs_draft_fini). `thread` and `series` may be
 * NULL: the first of its kind. TCS_EINVAL, TCS_ELIMIT: it makes no alert. */
enum tcs_err tcs_draft_make(const struct tcs_series *series,
    const struct tcs_proposal *proposal, const struct tcs_order *order,
    struct tcs_draft *ret_draft, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_draft_fini(struct tcs_draft *draft);

/* In the turn under way: publish it, store it, supersede the version before
 * it, make the first rows. Takes the draft. */
void tcs_issue(struct tcs_ledger *ledger, struct tcs_series *series,
    struct tcs_thread *thread, const struct tcs_proposal *proposal,
    const struct tcs_order *order, struct tcs_draft *draft);

#endif

/* proposal_cap.h - how a proposal becomes CAP and comes back, shared with the
 * alert that is made of it. For core/proposal.c and core/alert.c only. */
#ifndef TOCSIN_CORE_PROPOSAL_CAP_H
#define TOCSIN_CORE_PROPOSAL_CAP_H

#include "core/proposal.h"

/* The texts of the info, which an alert marks with ESSAI and its nature. */
struct tcs_proposal_texts {
	const char *sender_name, *headline, *description, *instruction;
};

/* Everything but status and msgType, into an empty message. */
enum tcs_err tcs_proposal_fill(struct tcs_cap *cap,
    const struct tcs_proposal *proposal, const struct tcs_proposal_texts *texts,
    struct tcs_diag *diag) TCS_MUST_USE;
/* Everything back, whatever the status. */
enum tcs_err tcs_proposal_scan(struct tcs_cap *cap,
    struct tcs_proposal *ret_proposal, struct tcs_diag *diag) TCS_MUST_USE;
/* <observatory>.<thread hash>.<raise>.<version><number>-<6 of content>. */
void tcs_proposal_print_id(const struct tcs_proposal *proposal, char version,
    unsigned number, const char *content, char id[TCS_ID_MAX]);

#endif

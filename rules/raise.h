/* raise.h - what a rule's raise has to say after a move of its thread: a
 * proposal, or nothing. */
#ifndef TOCSIN_RULES_RAISE_H
#define TOCSIN_RULES_RAISE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/proposal.h"
#include "rules/rule.h"
#include "rules/thread.h"

struct tcs_arena;
struct tcs_lists;

/* What a proposal is made of, beside the raise itself. */
struct tcs_raise_context {
	const struct tcs_rule *rule;
	struct tcs_thread *thread; /* the move was made */
	enum tcs_move move;
	const struct tcs_signal *signal;
	const char *signal_reference; /* "sender,identifier,sent" */
	const char *observatory, *sender, *status; /* what it is meant for */
	int64_t now_ms;
	struct tcs_lists *lists;
	struct tcs_arena *arena; /* for what is built */
	struct tcs_diag *notes;  /* of lists that could not be used */
};

/* Fills *ret_proposal, which borrows from all of the context, and notes it in
 * the thread; *ret_has is false when there is nothing to say. Until the bytes
 * of the thread and of the proposal are in one step, nothing has happened. */
enum tcs_err tcs_raise_propose(const struct tcs_raise_context *context,
    const struct tcs_raise *raise, struct tcs_proposal *ret_proposal,
    bool *ret_has) TCS_MUST_USE;

#endif

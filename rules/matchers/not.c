/* not.c - <not>: the one condition in it does not hold. */
#include "rules/matcher.h"

static enum tcs_err
not_check(const struct tcs_cond *cond, struct tcs_compile *compile)
{
	if (cond->child != NULL && cond->child->next == NULL)
		return TCS_OK;
	return tcs_diag_add(compile->diag, TCS_EINVAL, compile->file,
	    cond->line, "<not> takes one condition; put several in <any>");
}

static enum tcs_match
not_join(enum tcs_match so_far, enum tcs_match next)
{
	(void)so_far; /* there is one condition only */
	if (next == TCS_UNKNOWN)
		return TCS_UNKNOWN;
	return next == TCS_YES ? TCS_NO : TCS_YES;
}

const struct tcs_matcher_ops tcs_matcher_not = {
    .name = "not",
    .about = "the condition in it does not hold",
    .check = not_check,
    .is_negation = true,
    .start = TCS_UNKNOWN,
    .join = not_join,
};

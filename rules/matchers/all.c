/* all.c - <all>: every condition in it holds. */
#include "rules/matcher.h"

static enum tcs_err
all_check(const struct tcs_cond *cond, struct tcs_compile *compile)
{
	if (cond->child != NULL)
		return TCS_OK;
	return tcs_diag_add(compile->diag, TCS_EINVAL, compile->file,
	    cond->line, "no condition in it: it would match everything");
}

static enum tcs_match
all_join(enum tcs_match so_far, enum tcs_match next)
{
	if (so_far == TCS_NO || next == TCS_NO)
		return TCS_NO;
	return so_far == TCS_YES ? next : TCS_UNKNOWN;
}

const struct tcs_matcher_ops tcs_matcher_all = {
    .name = "all",
    .about = "every condition in it holds",
    .check = all_check,
    .start = TCS_YES,
    .join = all_join,
};

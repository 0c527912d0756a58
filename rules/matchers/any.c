/* any.c - <any>: at least one condition in it holds. */
#include "rules/matcher.h"

static enum tcs_err
any_check(const struct tcs_cond *cond, struct tcs_compile *compile)
{
	if (cond->child != NULL)
		return TCS_OK;
	return tcs_diag_add(compile->diag, TCS_EINVAL, compile->file,
	    cond->line, "no condition in it: it would match nothing");
}

static enum tcs_match
any_join(enum tcs_match so_far, enum tcs_match next)
{
	if (so_far == TCS_YES || next == TCS_YES)
		return TCS_YES;
	return so_far == TCS_NO ? next : TCS_UNKNOWN;
}

const struct tcs_matcher_ops tcs_matcher_any = {
    .name = "any",
    .about = "at least one condition in it holds",
    .check = any_check,
    .start = TCS_NO,
    .join = any_join,
};

/* possible.h - can a condition ever be met? Found by trying it on every
 * combination of the values on which its answer turns. */
#ifndef TOCSIN_RULES_POSSIBLE_H
#define TOCSIN_RULES_POSSIBLE_H

#include <stddef.h>

#include "core/err.h"
#include "rules/matcher.h"

enum {
	TCS_TRIAL_SOURCES_MAX = 32,
	TCS_TRIAL_ZONES_MAX = 512,
	TCS_TRIAL_LEVELS_MAX = 24,
};

struct tcs_trial_values {
	const char **items; /* borrowed names; the arena's array */
	size_t n, max;
};

/* Values that the leaves of one rule speak of. */
struct tcs_trial {
	struct tcs_trial_values sources, zones, levels;
};

/* For a matcher's `trial`. TCS_ELIMIT when a rule names too many. */
enum tcs_err tcs_trial_add(
    struct tcs_trial_values *values, const char *name) TCS_MUST_USE;

/* TCS_EINVAL with a finding: no signal can meet `when`; or a test of texts is
 * negated where the source has levels, so that a word would decide what a
 * level says. */
enum tcs_err tcs_possible_check(
    const struct tcs_cond *when, struct tcs_compile *compile) TCS_MUST_USE;

#endif

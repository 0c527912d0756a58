/* compare_run.h - what the two halves of a comparison share; private to it. */
#ifndef TOCSIN_COLLECTORS_COMPARE_RUN_H
#define TOCSIN_COLLECTORS_COMPARE_RUN_H

#include "collectors/compare.h"

/* One comparison under way. */
struct tcs_compare_run {
	const struct tcs_compare_in *in;
	struct tcs_compare_out *out; /* its picture and signals grow */
	bool is_new_issue;           /* not a correction of the one held */
};

/* One zone: added to the new picture, and to the signals what it changes.
 * `before` NULL: never seen; `reading` NULL: missing; not both. */
enum tcs_err tcs_compare_zone(struct tcs_compare_run *run,
    const struct tcs_zone *before,
    const struct tcs_reading *reading) TCS_MUST_USE;
/* Above green, or unknown: a state that is to be told. */
bool tcs_level_is_standing(const char *level);

#endif

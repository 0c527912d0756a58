/* matcher.h - one thing that a rule can test, or one way to join tests.
 *
 * A leaf has `compile` and `match`; a group has `join`. `check`, at load,
 * refuses what can never match; `match`, at run time, touches its arguments
 * only: it does not block, log, allocate or read the clock. */
#ifndef TOCSIN_RULES_MATCHER_H
#define TOCSIN_RULES_MATCHER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "rules/rule.h"

struct tcs_arena;
struct tcs_trial;
struct tcs_xml_node;

/* What is looked at. */
struct tcs_subject {
	const struct tcs_signal *signal;
	const char *text;  /* headline and description, folded; NULL: neither */
	bool is_trendless; /* answer as if no trend were asked for */
};

/* While a rule is being read. */
struct tcs_compile {
	struct tcs_arena *arena; /* the rule's */
	const char *file;
	struct tcs_diag *diag;
};

struct tcs_matcher_ops {
	const char *name;  /* of the element */
	const char *about; /* one line */
	size_t state_size; /* zeroed block passed as `st` */
	bool is_text;      /* looks into texts: its answer cannot be foreseen */

	/* Read the element's attributes into `st`. The schema has seen them. */
	enum tcs_err (*compile)(void *st, const struct tcs_xml_node *node,
	    struct tcs_compile *compile);
	/* TCS_EINVAL with a finding: can never match, or says nothing. Called
	 * when the element and all below it were read. May be NULL. */
	enum tcs_err (*check)(
	    const struct tcs_cond *cond, struct tcs_compile *compile);
	/* Name the values on which the answer turns (possible.h). */
	enum tcs_err (*trial)(const void *st, struct tcs_trial *trial);
	enum tcs_match (*match)(
	    const void *st, const struct tcs_subject *subject);

	/* A group: its answer before any element of it was looked at, and with
	 * one more. */
	bool is_negation; /* what is below it is turned round */
	enum tcs_match start;
	enum tcs_match (*join)(enum tcs_match so_far, enum tcs_match next);
};

extern const struct tcs_matcher_ops *const tcs_matcher_registry[];
const struct tcs_matcher_ops *tcs_matcher_find(const char *name); /* or NULL */

#endif

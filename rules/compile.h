/* compile.h - from a file of rules.d/ to a rule: the schema first, then what
 * no schema can say. */
#ifndef TOCSIN_RULES_COMPILE_H
#define TOCSIN_RULES_COMPILE_H

#include <stdint.h>

#include "core/err.h"
#include "core/slice.h"
#include "rules/rule.h"

struct tcs_xml_schema;

enum { TCS_RULE_BYTES_MAX = 256 * 1024 };

/* Where a rule's text comes from, and what it is held against; borrowed. */
struct tcs_rule_origin {
	const char *file; /* in findings */
	const struct tcs_xml_schema *schema;
	int64_t now_ms; /* what its review date is compared with */
};

/* Borrows its arguments. On TCS_OK the caller owns *ret_rule, and findings in
 * `diag` are warnings (they begin "warning: "): a review date that is past,
 * no example. On error *ret_rule is untouched; `diag` has file, line and
 * what to write instead, of each fault. The rule's examples are not run. */
enum tcs_err tcs_rule_compile(struct tcs_slice text,
    const struct tcs_rule_origin *origin, struct tcs_rule **ret_rule,
    struct tcs_diag *diag) TCS_MUST_USE;

#endif

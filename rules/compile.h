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

/* Borrows its arguments. On TCS_OK the caller owns *ret_rule, and findings in
 * `diag` are warnings (they begin "warning: "): a review date before `now_ms`,
 * no example. On error *ret_rule is untouched; `diag` has `file`, line and
 * what to write instead, of each fault. The rule's examples are not run. */
enum tcs_err tcs_rule_compile(struct tcs_slice text, const char *file,
    const struct tcs_xml_schema *schema, int64_t now_ms,
    struct tcs_rule **ret_rule, struct tcs_diag *diag) TCS_MUST_USE;

#endif

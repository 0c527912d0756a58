/* ruleset.h - all rules of a folder: loaded whole, or not at all. */
#ifndef TOCSIN_RULES_RULESET_H
#define TOCSIN_RULES_RULESET_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/slice.h"
#include "rules/compile.h"
#include "rules/rule.h"

enum { TCS_RULES_MAX = 1000 }; /* files in one folder */

struct tcs_ruleset {
	struct tcs_rule **rules; /* owned, in the order of their files */
	size_t n;
};

/* Read every *.xml of `folder`, run the examples they carry. Files and this
 * folder only; blocks for the time of the disk. `schema`: path of rules.xsd;
 * NULL: the one this program was built with. `now_ms`: what review dates are
 * compared with.
 *
 * On TCS_OK the caller owns *ret_rules, and findings in `diag`, if any, are
 * warnings: their text begins "warning: ". On error nothing is returned and
 * `diag` has file, line and reason of every fault found. A folder without a
 * rule is an error: an observatory that watches nothing is a mistake. */
enum tcs_err tcs_ruleset_load(const char *folder, const char *schema,
    int64_t now_ms, struct tcs_ruleset **ret_rules,
    struct tcs_diag *diag) TCS_MUST_USE;
void tcs_ruleset_free(struct tcs_ruleset **rules); /* NULL-safe */

/* One rule with its examples run; else as tcs_rule_compile(). */
enum tcs_err tcs_rule_load(struct tcs_slice text,
    const struct tcs_rule_origin *origin, struct tcs_rule **ret_rule,
    struct tcs_diag *diag) TCS_MUST_USE;

#endif

/* match.h - does a signal meet a condition? Three answers, joined as Kleene
 * did: what is unknown stays unknown unless the rest decides without it. */
#ifndef TOCSIN_RULES_MATCH_H
#define TOCSIN_RULES_MATCH_H

#include "core/buf.h"
#include "rules/matcher.h"
#include "rules/rule.h"

/* What a rule says of a signal. */
struct tcs_verdict {
	enum tcs_match opens; /* the condition */
	enum tcs_match holds; /* the condition without its trends */
};

/* Borrows `signal`; its texts are folded once, into `buf`, which the subject
 * borrows too. TCS_ELIMIT, TCS_ENOMEM. */
enum tcs_err tcs_subject_init(struct tcs_subject *subject,
    const struct tcs_signal *signal, struct tcs_buf *buf) TCS_MUST_USE;
enum tcs_match tcs_cond_match(
    const struct tcs_cond *cond, const struct tcs_subject *subject);
struct tcs_verdict tcs_rule_match(
    const struct tcs_rule *rule, const struct tcs_subject *subject);
/* "no", "yes", "unknown". */
const char *tcs_match_name(enum tcs_match match);

/* Did the source say no level that we could read? */
bool tcs_signal_is_unknown(const struct tcs_signal *signal);

#endif

#include "rules/match.h"

#include <string.h>

#include "core/fold.h"
#include "core/level.h"

const struct tcs_matcher_ops *
tcs_matcher_find(const char *name)
{
	for (size_t i = 0; tcs_matcher_registry[i] != NULL; i++) {
		if (strcmp(tcs_matcher_registry[i]->name, name) == 0)
			return tcs_matcher_registry[i];
	}
	return NULL;
}

const char *
tcs_match_name(enum tcs_match match)
{
	static const char *const names[] = {"no", "yes", "unknown"};

	return names[match];
}

bool
tcs_signal_is_unknown(const struct tcs_signal *signal)
{
	return signal->level == NULL ||
	       strcmp(signal->level, TCS_LEVEL_UNKNOWN) == 0;
}

enum tcs_err
tcs_subject_init(struct tcs_subject *subject, const struct tcs_signal *signal,
    struct tcs_buf *buf)
{
	struct tcs_subject made = {.signal = signal};

	tcs_buf_reset(buf);
	if (signal->headline != NULL)
		tcs_fold(tcs_slice_str(signal->headline), buf);
	if (signal->description != NULL)
		tcs_fold(tcs_slice_str(signal->description), buf);
	if (buf->err != TCS_OK)
		return buf->err;
	if (buf->n > 1)
		made.text = buf->p;
	*subject = made;
	return TCS_OK;
}

enum tcs_match
tcs_cond_match(const struct tcs_cond *cond, const struct tcs_subject *subject)
{
	if (cond->ops->join == NULL)
		return cond->ops->match(cond->state, subject);

	enum tcs_match answer = cond->ops->start;
	for (const struct tcs_cond *c = cond->child; c != NULL; c = c->next)
		answer = cond->ops->join(answer, tcs_cond_match(c, subject));
	return answer;
}

struct tcs_verdict
tcs_rule_match(const struct tcs_rule *rule, const struct tcs_subject *subject)
{
	struct tcs_subject trendless = *subject;

	trendless.is_trendless = true;
	return (struct tcs_verdict){
	    .opens = tcs_cond_match(rule->when, subject),
	    .holds = tcs_cond_match(rule->when, &trendless),
	};
}

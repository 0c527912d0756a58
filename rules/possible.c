#include "rules/possible.h"

#include <string.h>

#include "core/arena.h"
#include "core/level.h"

/* Stands for every value that the rule does not name. No feed, zone or level
 * is called that. */
static const char possible_other[] = "\x01";

/* Sources whose signals carry a level of vigilance. A rule that names no
 * source concerns them too. */
static const char *const possible_levelled[] = {
    "vigicrues", "meteofrance", possible_other};

enum { POSSIBLE_ARENA_MAX = 64 * 1024 };
enum { CAN_BE_ANYTHING = 1 << TCS_NO | 1 << TCS_YES | 1 << TCS_UNKNOWN };

enum tcs_err
tcs_trial_add(struct tcs_trial_values *values, const char *name)
{
	for (size_t i = 0; i < values->n; i++) {
		if (strcmp(values->items[i], name) == 0)
			return TCS_OK;
	}
	if (values->n == values->max)
		return TCS_ELIMIT;
	values->items[values->n++] = name;
	return TCS_OK;
}

/* The answers that `cond` can give to `subject`, as bits 1 << TCS_...; tests
 * of texts can give any. Tests of one text are taken as independent, so that a
 * possible answer is never missed. */
static unsigned
possible_answers(const struct tcs_cond *cond, const struct tcs_subject *subject)
{
	const struct tcs_matcher_ops *ops = cond->ops;

	if (ops->is_text)
		return CAN_BE_ANYTHING;
	if (ops->join == NULL)
		return 1u << ops->match(cond->state, subject);

	unsigned answers = 1u << ops->start;
	for (const struct tcs_cond *c = cond->child; c != NULL; c = c->next) {
		unsigned next = possible_answers(c, subject);
		unsigned joined = 0;
		for (unsigned bits = 0; bits < 9; bits++) {
			enum tcs_match a = (enum tcs_match)(bits / 3);
			enum tcs_match b = (enum tcs_match)(bits % 3);
			if ((answers & 1u << a) != 0 && (next & 1u << b) != 0)
				joined |= 1u << ops->join(a, b);
		}
		answers = joined;
	}
	return answers;
}

/* Some combination with this source answers yes. */
static bool
possible_with_source(const struct tcs_cond *when, const struct tcs_trial *trial,
    const char *source)
{
	struct tcs_signal signal = {.source = source};
	struct tcs_subject subject = {.signal = &signal};
	const struct tcs_trial_values *levels = &trial->levels;

	for (size_t z = 0; z < trial->zones.n; z++) {
		signal.zone = trial->zones.items[z];
		for (size_t i = 0; i < levels->n * levels->n; i++) {
			signal.level = levels->items[i / levels->n];
			signal.previous_level = levels->items[i % levels->n];
			unsigned answers = possible_answers(when, &subject);
			if ((answers & 1u << TCS_YES) != 0)
				return true;
		}
	}
	return false;
}

static enum tcs_err
possible_gather(const struct tcs_cond *cond, struct tcs_trial *trial)
{
	enum tcs_err err = TCS_OK;

	if (cond->ops->trial != NULL)
		err = cond->ops->trial(cond->state, trial);
	for (const struct tcs_cond *c = cond->child; c != NULL && err == TCS_OK;
	     c = c->next)
		err = possible_gather(c, trial);
	return err;
}

static enum tcs_err
possible_values_init(
    struct tcs_trial_values *values, size_t max, struct tcs_arena *arena)
{
	values->items = tcs_arena_alloc(arena, max * sizeof(*values->items));
	values->max = max;
	values->n = 0;
	if (values->items == NULL)
		return TCS_ENOMEM;
	return tcs_trial_add(values, possible_other);
}

static enum tcs_err
possible_trial_init(struct tcs_trial *trial, struct tcs_arena *arena)
{
	enum tcs_err err =
	    possible_values_init(&trial->sources, TCS_TRIAL_SOURCES_MAX, arena);

	if (err == TCS_OK)
		err = possible_values_init(
		    &trial->zones, TCS_TRIAL_ZONES_MAX, arena);
	if (err == TCS_OK)
		err = possible_values_init(
		    &trial->levels, TCS_TRIAL_LEVELS_MAX, arena);
	return err;
}

/* The first negated test of texts in `cond`, NULL when there is none. */
static const struct tcs_cond *
possible_negated_text(const struct tcs_cond *cond)
{
	if (cond->ops->is_text && cond->is_negated)
		return cond;
	for (const struct tcs_cond *c = cond->child; c != NULL; c = c->next) {
		const struct tcs_cond *found = possible_negated_text(c);
		if (found != NULL)
			return found;
	}
	return NULL;
}

static enum tcs_err
possible_check_negation(const struct tcs_cond *when,
    const struct tcs_trial *trial, struct tcs_compile *compile)
{
	const struct tcs_cond *text = possible_negated_text(when);
	size_t n = sizeof(possible_levelled) / sizeof(possible_levelled[0]);

	for (size_t i = 0; text != NULL && i < n; i++) {
		if (!possible_with_source(when, trial, possible_levelled[i]))
			continue;
		return tcs_diag_add(compile->diag, TCS_EINVAL, compile->file,
		    text->line,
		    "<%s> under <not> on a source that has levels: a word "
		    "would "
		    "hide what the level says; test <level>, or restrict "
		    "<source> to one without levels",
		    text->ops->name);
	}
	return TCS_OK;
}

static enum tcs_err
possible_check_some(const struct tcs_cond *when, const struct tcs_trial *trial,
    struct tcs_compile *compile)
{
	for (size_t i = 0; i < trial->sources.n; i++) {
		if (possible_with_source(when, trial, trial->sources.items[i]))
			return TCS_OK;
	}
	return tcs_diag_add(compile->diag, TCS_EINVAL, compile->file,
	    when->line,
	    "this condition can never be met: its tests contradict each other");
}

enum tcs_err
tcs_possible_check(const struct tcs_cond *when, struct tcs_compile *compile)
{
	struct tcs_trial trial;
	struct tcs_arena *arena = tcs_arena_new(POSSIBLE_ARENA_MAX);

	if (arena == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = possible_trial_init(&trial, arena);
	if (err == TCS_OK)
		err = possible_gather(when, &trial);
	if (err == TCS_ELIMIT) {
		tcs_diag_add(compile->diag, err, compile->file, when->line,
		    "more than %d sources, %d zones or %d levels named in one "
		    "rule: divide it",
		    TCS_TRIAL_SOURCES_MAX - 1, TCS_TRIAL_ZONES_MAX - 1,
		    TCS_TRIAL_LEVELS_MAX - 1);
	}
	if (err == TCS_OK)
		err = possible_check_some(when, &trial, compile);
	if (err == TCS_OK)
		err = possible_check_negation(when, &trial, compile);
	tcs_arena_free(&arena);
	return err;
}

/* level.c - <level is="jaune" at-least="orange" at-most="rouge" trend="rise"/>:
 * the level, and which way it went.
 *
 * A level that the source did not say, or that is of no scale we know, is
 * below and above nothing: the answer is unknown. So is a fall from a level
 * that was not known; a rise from there counts as a rise, because missing one
 * costs more than a message too many. */
#include "core/level.h"

#include <string.h>

#include "core/xml.h"
#include "rules/match.h"
#include "rules/matcher.h"
#include "rules/possible.h"
#include "rules/tokens.h"

enum level_trend { TREND_ANY, TREND_RISE, TREND_FALL, TREND_CHANGE };

enum { RANK_LOWEST = 1 }; /* vert: nothing rises to it */

struct level {
	struct tcs_tokens is;
	bool has_min, has_max; /* at-least, at-most are there */
	int rank_min, rank_max;
	bool has_ranked_name; /* some name in `is` is of a scale */
	enum level_trend trend;
};

static int
level_rank(const char *name)
{
	return name == NULL ? TCS_RANK_UNKNOWN : tcs_level_rank(name);
}

static enum tcs_err
level_bound(const struct tcs_xml_node *node, const char *attribute, int *rank,
    struct tcs_compile *compile)
{
	const char *name = tcs_xml_attr(node, attribute);

	*rank = level_rank(name);
	if (name == NULL || *rank != TCS_RANK_UNKNOWN)
		return TCS_OK;
	return tcs_diag_add(compile->diag, TCS_EINVAL, compile->file,
	    tcs_xml_line(node),
	    "%s=\"%.40s\" is no level: vert, jaune, orange, rouge or violet",
	    attribute, name);
}

static enum level_trend
level_trend(const char *name)
{
	static const char *const names[] = {"any", "rise", "fall", "change"};

	for (size_t i = 0; name != NULL && i < 4; i++) {
		if (strcmp(names[i], name) == 0)
			return (enum level_trend)i;
	}
	return TREND_ANY;
}

static enum tcs_err
level_compile(
    void *st, const struct tcs_xml_node *node, struct tcs_compile *compile)
{
	struct level *level = st;

	level->has_min = tcs_xml_attr(node, "at-least") != NULL;
	level->has_max = tcs_xml_attr(node, "at-most") != NULL;
	level->trend = level_trend(tcs_xml_attr(node, "trend"));
	enum tcs_err err =
	    level_bound(node, "at-least", &level->rank_min, compile);
	if (err == TCS_OK)
		err = level_bound(node, "at-most", &level->rank_max, compile);
	if (err == TCS_OK)
		err = tcs_tokens_read(compile->arena, tcs_xml_attr(node, "is"),
		    TCS_TRIAL_LEVELS_MAX - 8, &level->is);
	for (size_t i = 0; i < level->is.n; i++) {
		if (tcs_level_rank(level->is.items[i]) != TCS_RANK_UNKNOWN)
			level->has_ranked_name = true;
	}
	return err;
}

static enum tcs_err
level_refuse(const struct tcs_cond *cond, struct tcs_compile *compile,
    const char *reason)
{
	return tcs_diag_add(
	    compile->diag, TCS_EINVAL, compile->file, cond->line, "%s", reason);
}

static enum tcs_err
level_check(const struct tcs_cond *cond, struct tcs_compile *compile)
{
	const struct level *level = cond->state;
	bool has_bound = level->has_min || level->has_max;

	if (level->is.n > 0 && has_bound)
		return level_refuse(cond, compile,
		    "is=\"…\" beside at-least or at-most: write one or the "
		    "other");
	if (level->is.n == 0 && !has_bound && level->trend == TREND_ANY)
		return level_refuse(cond, compile,
		    "no level: write is=\"…\", at-least=\"…\", at-most=\"…\" "
		    "or trend=\"…\"");
	if (level->has_min && level->has_max &&
	    level->rank_min > level->rank_max)
		return level_refuse(cond, compile,
		    "at-least is above at-most: it can never match");
	if (level->trend != TREND_ANY && cond->is_negated)
		return level_refuse(cond, compile,
		    "trend under <not>: what ends it would be undefined; write "
		    "the opposite trend outside of <not>");
	return TCS_OK;
}

static enum tcs_err
level_trial(const void *st, struct tcs_trial *trial)
{
	static const char *const scale[] = {TCS_LEVEL_UNKNOWN, "vert", "jaune",
	    "orange", "rouge", "violet", NULL};
	const struct level *level = st;
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; scale[i] != NULL && err == TCS_OK; i++)
		err = tcs_trial_add(&trial->levels, scale[i]);
	for (size_t i = 0; i < level->is.n && err == TCS_OK; i++)
		err = tcs_trial_add(&trial->levels, level->is.items[i]);
	return err;
}

static enum tcs_match
level_match_value(const struct level *level, const struct tcs_signal *signal)
{
	int rank = level_rank(signal->level);

	if (level->is.n > 0) {
		if (tcs_tokens_has(&level->is, signal->level))
			return TCS_YES;
		if (tcs_signal_is_unknown(signal))
			return TCS_UNKNOWN;
		/* A name of no scale among names that are of one. */
		return rank == TCS_RANK_UNKNOWN && level->has_ranked_name
		           ? TCS_UNKNOWN
		           : TCS_NO;
	}
	if (!level->has_min && !level->has_max)
		return TCS_YES;
	if (rank == TCS_RANK_UNKNOWN)
		return TCS_UNKNOWN;
	if (level->has_min && rank < level->rank_min)
		return TCS_NO;
	return level->has_max && rank > level->rank_max ? TCS_NO : TCS_YES;
}

static enum tcs_match
level_match_trend(const struct level *level, const struct tcs_signal *signal)
{
	int now = level_rank(signal->level);
	int before = level_rank(signal->previous_level);

	if (now == TCS_RANK_UNKNOWN)
		return TCS_UNKNOWN;
	if (before == TCS_RANK_UNKNOWN) {
		if (level->trend == TREND_FALL)
			return TCS_UNKNOWN;
		return level->trend == TREND_CHANGE || now > RANK_LOWEST
		           ? TCS_YES
		           : TCS_NO;
	}
	bool is_met = level->trend == TREND_RISE   ? now > before
	              : level->trend == TREND_FALL ? now < before
	                                           : now != before;
	return is_met ? TCS_YES : TCS_NO;
}

static enum tcs_match
level_match(const void *st, const struct tcs_subject *subject)
{
	const struct level *level = st;
	enum tcs_match value = level_match_value(level, subject->signal);

	if (value == TCS_NO || level->trend == TREND_ANY ||
	    subject->is_trendless)
		return value;
	enum tcs_match trend = level_match_trend(level, subject->signal);
	if (trend == TCS_NO)
		return TCS_NO;
	return value == TCS_YES ? trend : TCS_UNKNOWN;
}

const struct tcs_matcher_ops tcs_matcher_level = {
    .name = "level",
    .about = "the level and which way it went: is, at-least, at-most, trend",
    .state_size = sizeof(struct level),
    .compile = level_compile,
    .check = level_check,
    .trial = level_trial,
    .match = level_match,
};

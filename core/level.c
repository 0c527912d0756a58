#include "core/level.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *level, *severity;
} level_scale[] = {
    {"none", "Unknown"}, /* 0: no level at all */
    {"vert", "Minor"},
    {"jaune", "Moderate"},
    {"orange", "Severe"},
    {"rouge", "Extreme"},
    {"violet", "Extreme"},
};
enum { LEVEL_SCALE_N = sizeof(level_scale) / sizeof(level_scale[0]) };

/* Scales of other authors: their words, and the rank that routes them. */
static const struct {
	const char *level, *severity, *words;
	int rank;
} level_others[] = {
    /* Avalanche hazard, faible to très fort. */
    {"1", "Minor", "niveau 1", 1},
    {"2", "Moderate", "niveau 2", 2},
    {"3", "Moderate", "niveau 3", 3},
    {"4", "Severe", "niveau 4", 4},
    {"5", "Extreme", "niveau 5", 5},
    /* CAP's severity, of a message that has no scale of its own. */
    {"minor", "Minor", "gravité mineure", 1},
    {"moderate", "Moderate", "gravité modérée", 2},
    {"severe", "Severe", "gravité forte", 3},
    {"extreme", "Extreme", "gravité extrême", 4},
};

int
tcs_level_rank(const char *level)
{
	if (level == NULL)
		return TCS_RANK_UNKNOWN;
	const char *colon = strrchr(level, ':');
	if (colon != NULL)
		level = colon + 1;
	for (size_t i = 0; i < LEVEL_SCALE_N; i++) {
		if (strcmp(level, level_scale[i].level) == 0)
			return (int)i;
	}
	for (size_t i = 0; i < sizeof(level_others) / sizeof(level_others[0]);
	     i++) {
		if (strcmp(level, level_others[i].level) == 0)
			return level_others[i].rank;
	}
	return TCS_RANK_UNKNOWN;
}

bool
tcs_level_is_colour(const char *level)
{
	const char *colon = level == NULL ? NULL : strrchr(level, ':');
	const char *word = colon == NULL ? level : colon + 1;

	for (size_t i = 1; word != NULL && i < LEVEL_SCALE_N; i++) {
		if (strcmp(word, level_scale[i].level) == 0)
			return true;
	}
	return false;
}

const char *
tcs_level_severity(const char *level)
{
	const char *colon = level == NULL ? NULL : strrchr(level, ':');
	const char *word = colon == NULL ? level : colon + 1;
	int rank = tcs_level_rank(level);

	for (size_t i = 0;
	     word != NULL && i < sizeof(level_others) / sizeof(level_others[0]);
	     i++) {
		if (strcmp(word, level_others[i].level) == 0)
			return level_others[i].severity;
	}
	return rank < 0 ? "Unknown" : level_scale[rank].severity;
}

const char *
tcs_level_adjective(const char *level)
{
	static const struct {
		const char *level, *adjective;
	} feminine[] = {{"vert", "verte"}, {"violet", "violette"}};

	for (size_t i = 0; i < sizeof(feminine) / sizeof(feminine[0]); i++) {
		if (level != NULL && strcmp(level, feminine[i].level) == 0)
			return feminine[i].adjective;
	}
	return level;
}

const char *
tcs_level_words(const char *level)
{
	for (size_t i = 0; level != NULL &&
	                   i < sizeof(level_others) / sizeof(level_others[0]);
	     i++) {
		if (strcmp(level, level_others[i].level) == 0)
			return level_others[i].words;
	}
	if (tcs_level_rank(level) == TCS_RANK_UNKNOWN)
		return "niveau inconnu";
	return tcs_level_rank(level) == 0 ? "sans niveau" : level;
}

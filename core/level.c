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

int
tcs_level_rank(const char *level)
{
	if (level == NULL)
		return TCS_RANK_UNKNOWN;
	const char *colon = strrchr(level, ':');
	if (colon != NULL)
		level = colon + 1;
	for (size_t i = 0; i < sizeof(level_scale) / sizeof(level_scale[0]);
	     i++) {
		if (strcmp(level, level_scale[i].level) == 0)
			return (int)i;
	}
	return TCS_RANK_UNKNOWN;
}

const char *
tcs_level_severity(const char *level)
{
	int rank = tcs_level_rank(level);

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

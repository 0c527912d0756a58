#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collectors/feeds/cap/cap.h"

/* MeteoAlarm's awareness types, by number and by English words; the first that
 * is found counts. The words are those of the driver meteofrance. */
static const struct {
	int number;
	const char *english, *french;
} words_types[] = {
    {13, "rain-flood", "pluie-inondation"},
    {12, "flood", "crues"},
    {3, "thunderstorm", "orages"},
    {2, "snow", "neige-verglas"},
    {2, "ice", "neige-verglas"},
    {4, "fog", "brouillard"},
    {5, "high-temp", "canicule"},
    {5, "high temp", "canicule"},
    {6, "low-temp", "grand-froid"},
    {6, "low temp", "grand-froid"},
    {7, "coastal", "vagues-submersion"},
    {8, "fire", "feux"},
    {9, "avalanche", "avalanches"},
    {10, "rain", "pluie-inondation"},
    {1, "wind", "vent"},
};
enum { WORDS_TYPES_N = sizeof(words_types) / sizeof(words_types[0]) };

const char *
tcs_cf_phenomenon(const char *awareness_type)
{
	if (awareness_type == NULL)
		return NULL;
	const char *at = awareness_type + strspn(awareness_type, " ");
	int number = 0;
	while (isdigit((unsigned char)*at) && number < 1000)
		number = number * 10 + (*at++ - '0');
	for (size_t i = 0; i < WORDS_TYPES_N; i++) {
		if (number > 0 ? number == words_types[i].number
		               : strcasestr(awareness_type,
		                     words_types[i].english) != NULL)
			return words_types[i].french;
	}
	return NULL;
}

static const struct {
	const char *english, *french;
} words_colours[] = {{"", ""}, {"green", "vert"}, {"yellow", "jaune"},
    {"orange", "orange"}, {"red", "rouge"}};

/* The colour's word counts where number and word differ. */
const char *
tcs_cf_colour(const char *awareness_level)
{
	if (awareness_level == NULL)
		return NULL;
	for (int i = 1; i <= 4; i++) {
		if (strcasestr(awareness_level, words_colours[i].english) !=
		    NULL)
			return words_colours[i].french;
	}
	const char *at = awareness_level + strspn(awareness_level, " ");
	bool is_number =
	    *at >= '1' && *at <= '4' && !isdigit((unsigned char)at[1]);
	return is_number ? words_colours[*at - '0'].french : NULL;
}

int
tcs_cf_title_colour(const char *title)
{
	for (int i = 1; i <= 4; i++) {
		size_t n = strlen(words_colours[i].english);
		if (strncasecmp(title, words_colours[i].english, n) == 0 &&
		    title[n] == ' ')
			return i;
	}
	return 0;
}

static const char *
words_one_of(const char *word, const char *const *words)
{
	while (*words != NULL && (word == NULL || strcmp(*words, word) != 0))
		words++;
	return *words;
}

const char *
tcs_cf_urgency(const char *word)
{
	static const char *const words[] = {
	    "Immediate", "Expected", "Future", "Past", "Unknown", NULL};

	return words_one_of(word, words);
}

const char *
tcs_cf_certainty(const char *word)
{
	static const char *const words[] = {
	    "Observed", "Likely", "Possible", "Unlikely", "Unknown", NULL};

	return words_one_of(word, words);
}

const char *
tcs_cf_severity(const char *word)
{
	static const char *const words[] = {
	    "Extreme", "Severe", "Moderate", "Minor", "Unknown", NULL};

	return words_one_of(word, words);
}

const char *
tcs_cf_category(const char *word)
{
	static const char *const words[] = {"Geo", "Met", "Safety", "Security",
	    "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE",
	    "Other", NULL};

	return words_one_of(word, words);
}

const char *
tcs_cf_value(const struct tcs_cap_value *list, const char *name)
{
	while (list != NULL && strcasecmp(list->name, name) != 0)
		list = list->next;
	return list == NULL ? NULL : list->value;
}

bool
tcs_cf_has_response(const struct tcs_cap_info *info, const char *response)
{
	const struct tcs_cap_text *at = info->response_types;

	while (at != NULL && strcasecmp(at->text, response) != 0)
		at = at->next;
	return at != NULL;
}

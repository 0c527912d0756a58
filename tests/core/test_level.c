#include "core/level.h"
#include "tests/support/check.h"

static void
levels_have_a_rank_and_a_severity_whatever_the_scale(void **state)
{
	static const struct {
		const char *level;
		int rank;
		const char *severity;
	} cases[] = {
	    {"vert", 1, "Minor"},
	    {"jaune", 2, "Moderate"},
	    {"orange", 3, "Severe"},
	    {"rouge", 4, "Extreme"},
	    {"violet", 5, "Extreme"},
	    {"none", 0, "Unknown"},
	    {"vigicrues:orange", 3, "Severe"},
	    {"a:b:rouge", 4, "Extreme"},
	    {TCS_LEVEL_UNKNOWN, TCS_RANK_UNKNOWN, "Unknown"},
	    {"vigicrues:" TCS_LEVEL_UNKNOWN, TCS_RANK_UNKNOWN, "Unknown"},
	    {"Vert", TCS_RANK_UNKNOWN, "Unknown"},
	    {"vert ", TCS_RANK_UNKNOWN, "Unknown"},
	    {"vert:", TCS_RANK_UNKNOWN, "Unknown"},
	    {"", TCS_RANK_UNKNOWN, "Unknown"},
	    {NULL, TCS_RANK_UNKNOWN, "Unknown"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(tcs_level_rank(cases[i].level), cases[i].rank);
		check_text(
		    tcs_level_severity(cases[i].level), cases[i].severity);
	}
}

static void
a_level_agrees_with_vigilance(void **state)
{
	(void)state;
	check_text(tcs_level_adjective("vert"), "verte");
	check_text(tcs_level_adjective("violet"), "violette");
	check_text(tcs_level_adjective("orange"), "orange");
	check_text(tcs_level_adjective("inconnu"), "inconnu");
}

static void
a_level_stands_alone_in_french_whatever_the_scale(void **state)
{
	(void)state;
	check_text(tcs_level_words("orange"), "orange");
	check_text(tcs_level_words("4"), "niveau 4");
	check_text(tcs_level_words("severe"), "gravité forte");
	check_text(tcs_level_words("none"), "sans niveau");
	check_text(tcs_level_words("inconnu"), "niveau inconnu");
	check_text(tcs_level_words("mauve"), "niveau inconnu");
	check_text(tcs_level_words(NULL), "niveau inconnu");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        levels_have_a_rank_and_a_severity_whatever_the_scale),
	    cmocka_unit_test(a_level_agrees_with_vigilance),
	    cmocka_unit_test(a_level_stands_alone_in_french_whatever_the_scale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

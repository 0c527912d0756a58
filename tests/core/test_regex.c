#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/regex.h"
#include "tests/support/check.h"

static struct tcs_regex *
compiled(const char *pattern, unsigned flags)
{
	struct tcs_regex *regex = NULL;
	struct tcs_diag diag = {0};

	check_ok(
	    tcs_regex_compile(tcs_slice_str(pattern), flags, &regex, &diag),
	    &diag);
	return regex;
}

static void
a_pattern_is_found_or_not(void **state)
{
	static const struct {
		const char *pattern;
		unsigned flags;
		const char *text;
		enum tcs_match answer;
	} cases[] = {
	    {"crue", 0, "une crue", TCS_YES}, {"crue", 0, "", TCS_NO},
	    {"^$", 0, "", TCS_YES}, {"ÉVACUATION", 0, "évacuation", TCS_NO},
	    {"ÉVACUATION", TCS_REGEX_CASELESS, "évacuation", TCS_YES},
	    {"^b", 0, "a\nb", TCS_NO},
	    {"^b", TCS_REGEX_MULTILINE, "a\nb", TCS_YES},
	    {"a$", TCS_REGEX_MULTILINE, "a\r\nb", TCS_YES},
	    {"a.b", 0, "a\nb", TCS_NO},
	    {"a.b", TCS_REGEX_DOTALL, "a\nb", TCS_YES},
	    {"a # c\n b", TCS_REGEX_EXTENDED, "ab", TCS_YES},
	    {"\\bété\\b", 0, "l'été.", TCS_YES}, {"\\w{3}", 0, "été", TCS_YES},
	    {"x", 0, "\xe9", TCS_UNKNOWN}, /* not UTF-8 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_regex *regex =
		    compiled(cases[i].pattern, cases[i].flags);
		if (tcs_regex_search(regex, tcs_slice_str(cases[i].text),
		        NULL) != cases[i].answer)
			fail_msg("%s in %s", cases[i].pattern, cases[i].text);
		tcs_regex_free(&regex);
		assert_null(regex);
	}
}

static void
groups_have_names(void **state)
{
	struct tcs_regex *regex = compiled(
	    "(?<level>orange|rouge)(?: sur (?<zone>\\w+))?|(?<level>verte)", 0);
	struct tcs_regex_match match;

	(void)state;
	assert_true(tcs_regex_has_group(regex, "zone"));
	assert_false(tcs_regex_has_group(regex, "zones"));
	assert_int_equal(
	    tcs_regex_search(regex, tcs_slice_str("rouge sur Aa."), &match),
	    TCS_YES);
	assert_true(
	    tcs_slice_is(tcs_regex_group(regex, &match, "level"), "rouge"));
	assert_true(tcs_slice_is(tcs_regex_group(regex, &match, "zone"), "Aa"));
	assert_true(tcs_slice_is(match.groups[0], "rouge sur Aa"));
	assert_int_equal(
	    tcs_regex_search(regex, tcs_slice_str("verte"), &match), TCS_YES);
	assert_true(
	    tcs_slice_is(tcs_regex_group(regex, &match, "level"), "verte"));
	assert_null(tcs_regex_group(regex, &match, "zone").p);
	assert_null(tcs_regex_group(regex, &match, "else").p);
	tcs_regex_free(&regex);
}

static void
wrong_patterns_are_refused_with_the_place(void **state)
{
	static const struct {
		const char *pattern, *says;
	} cases[] = {
	    {"a(b", "at byte 3: missing closing parenthesis"},
	    {"a)", "at byte 1: unmatched closing parenthesis"},
	    {"[z-a]", "at byte 3: range out of order"},
	    {"\xe9", "at byte 0: UTF-8 error"},
	    {"a\\Cb", "at byte 3: using \\C is disabled"},
	    {"(?<a>x)(?P=b)", "at byte 11: reference to non-existent"},
	    {"(()()()()()()()()()()()()()()()()()()()()()()()()()()()()()()()()"
	     ")",
	        "more than 32"},
	};
	struct tcs_regex *regex = NULL;
	char *deep = malloc(401);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_diag diag = {0};
		assert_int_not_equal(
		    tcs_regex_compile(
		        tcs_slice_str(cases[i].pattern), 0, &regex, &diag),
		    TCS_OK);
		assert_int_equal(diag.n, 1);
		if (strstr(tcs_diag_text(&diag), cases[i].says) == NULL)
			fail_msg(
			    "%s: %s", cases[i].pattern, tcs_diag_text(&diag));
		tcs_diag_fini(&diag);
	}
	assert_non_null(deep);
	memset(deep, '(', 200);
	memset(deep + 200, ')', 200);
	assert_int_equal(
	    tcs_regex_compile(tcs_slice(deep, 400), 0, &regex, NULL),
	    TCS_EPARSE);
	free(deep);
	char *longest = calloc(1, TCS_REGEX_PATTERN_MAX + 1);
	assert_non_null(longest);
	memset(longest, 'a', TCS_REGEX_PATTERN_MAX + 1);
	assert_int_equal(
	    tcs_regex_compile(
	        tcs_slice(longest, TCS_REGEX_PATTERN_MAX + 1), 0, &regex, NULL),
	    TCS_ELIMIT);
	free(longest);
	assert_null(regex);
}

static void
a_pattern_that_would_never_end_gives_no_answer(void **state)
{
	static const char *const patterns[] = {
	    "^(a+)+$",
	    "^(a|aa)+$",
	    "^(\\w+\\s?)*$",
	    "(?:a(?=(a*)))*b\\1c",
	};
	char *text = malloc(60001);

	(void)state;
	assert_non_null(text);
	memset(text, 'a', 60000);
	text[59999] = '!';
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		struct tcs_regex *regex = compiled(patterns[i], 0);
		enum tcs_match answer =
		    tcs_regex_search(regex, tcs_slice(text, 60000), NULL);
		if (answer == TCS_YES || (i < 3 && answer == TCS_NO))
			fail_msg("%s", patterns[i]);
		/* And the next search is not worse for it. */
		assert_int_not_equal(
		    tcs_regex_search(regex, tcs_slice_str("!"), NULL),
		    TCS_UNKNOWN);
		tcs_regex_free(&regex);
	}
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_pattern_is_found_or_not),
	    cmocka_unit_test(groups_have_names),
	    cmocka_unit_test(wrong_patterns_are_refused_with_the_place),
	    cmocka_unit_test(a_pattern_that_would_never_end_gives_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

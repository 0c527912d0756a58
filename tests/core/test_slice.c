#include <stdlib.h>

#include "core/slice.h"
#include "tests/support/check.h"

static void
check_slice(struct tcs_slice got, const char *want)
{
	if (!tcs_slice_is(got, want))
		print_error("\"%.*s\"\n", TCS_SLICE_ARG(got));
	assert_true(tcs_slice_is(got, want));
}

static void
slices_compare_by_bytes_and_length(void **state)
{
	struct tcs_slice abc = tcs_slice_str("abc");

	(void)state;
	assert_true(tcs_slice_equal(abc, tcs_slice("abcd", 3)));
	assert_false(tcs_slice_equal(abc, tcs_slice_str("abd")));
	assert_false(tcs_slice_equal(abc, tcs_slice_str("abcd")));
	assert_true(tcs_slice_equal(tcs_slice_str(NULL), tcs_slice_str("")));
	assert_true(tcs_slice_is(tcs_slice_str(NULL), ""));
	assert_true(tcs_slice_starts(abc, "ab"));
	assert_true(tcs_slice_starts(abc, ""));
	assert_false(tcs_slice_starts(abc, "abcd"));
	assert_false(tcs_slice_starts(abc, "b"));
}

static void
trimming_takes_blanks_of_both_ends_only(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {" a b\t", "a b"}, {"\r\n\t x", "x"}, {"   ", ""}, {"", ""},
	    {"x", "x"}, {"\xc2\xa0x", "\xc2\xa0x"}, /* NBSP is text */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_slice(tcs_slice_trim(tcs_slice_str(cases[i].text)),
		    cases[i].want);
}

static void
cutting_tells_an_empty_rest_from_none(void **state)
{
	struct tcs_slice rest = tcs_slice_str("a,,b,");

	(void)state;
	check_slice(tcs_slice_cut(rest, ',', &rest), "a");
	check_slice(tcs_slice_cut(rest, ',', &rest), "");
	check_slice(tcs_slice_cut(rest, ',', &rest), "b");
	assert_non_null(rest.p);
	assert_int_equal(rest.n, 0);
	check_slice(tcs_slice_cut(rest, ',', &rest), "");
	assert_null(rest.p);
	check_slice(tcs_slice_cut(rest, ',', &rest), "");
	assert_null(rest.p);
}

static void
unsigned_numbers_are_whole_decimal_and_bounded(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		enum tcs_err want;
		uint64_t value;
	} cases[] = {
	    {"0", 0, TCS_OK, 0},
	    {"0042", 100, TCS_OK, 42},
	    {"101", 100, TCS_ELIMIT, 0},
	    {"18446744073709551615", UINT64_MAX, TCS_OK, UINT64_MAX},
	    {"18446744073709551616", UINT64_MAX, TCS_ELIMIT, 0},
	    {"99999999999999999999", UINT64_MAX, TCS_ELIMIT, 0},
	    {"", 9, TCS_EPARSE, 0},
	    {" 1", 9, TCS_EPARSE, 0},
	    {"1 ", 9, TCS_EPARSE, 0},
	    {"+1", 9, TCS_EPARSE, 0},
	    {"-1", 9, TCS_EPARSE, 0},
	    {"0x1", 9, TCS_EPARSE, 0},
	    {"1.0", 9, TCS_EPARSE, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t value = 77;
		enum tcs_err err = tcs_slice_u64(
		    tcs_slice_str(cases[i].text), cases[i].max, &value);
		assert_int_equal(err, cases[i].want);
		assert_true(
		    value == (err == TCS_OK ? cases[i].value : (uint64_t)77));
	}
}

static void
signed_numbers_reach_their_bounds_and_no_further(void **state)
{
	static const struct {
		const char *text;
		int64_t min, max;
		enum tcs_err want;
		int64_t value;
	} cases[] = {
	    {"-5", -5, 5, TCS_OK, -5},
	    {"-6", -5, 5, TCS_ELIMIT, 0},
	    {"6", -5, 5, TCS_ELIMIT, 0},
	    {"-0", -5, 5, TCS_OK, 0},
	    {"9223372036854775807", INT64_MIN, INT64_MAX, TCS_OK, INT64_MAX},
	    {"9223372036854775808", INT64_MIN, INT64_MAX, TCS_ELIMIT, 0},
	    {"-9223372036854775807", INT64_MIN, INT64_MAX, TCS_OK, -INT64_MAX},
	    {"--1", -5, 5, TCS_EPARSE, 0},
	    {"-", -5, 5, TCS_EPARSE, 0},
	    {"+1", -5, 5, TCS_EPARSE, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t value = 77;
		enum tcs_err err = tcs_slice_i64(tcs_slice_str(cases[i].text),
		    cases[i].min, cases[i].max, &value);
		assert_int_equal(err, cases[i].want);
		assert_true(value == (err == TCS_OK ? cases[i].value : 77));
	}
}

static void
utf8_is_checked_to_the_letter(void **state)
{
	static const struct {
		const char *bytes;
		bool want;
	} cases[] = {
	    {"", true}, {"abc", true}, {"\xc3\xa9", true},
	    {"\xe2\x82\xac", true}, {"\xf0\x9f\x8c\x8a", true},
	    {"\xf4\x8f\xbf\xbf", true}, {"\xe9", false}, /* Latin-1 */
	    {"\xc3", false},                             /* cut */
	    {"\xe2\x82", false},                         /* cut */
	    {"\xc0\x80", false},                         /* overlong NUL */
	    {"\xc1\xbf", false},                         /* overlong */
	    {"\xe0\x9f\xbf", false},                     /* overlong */
	    {"\xf0\x8f\xbf\xbf", false},                 /* overlong */
	    {"\xed\xa0\x80", false},                     /* surrogate */
	    {"\xf4\x90\x80\x80", false},                 /* past U+10FFFF */
	    {"\xf5\x80\x80\x80", false},                 /* no such lead */
	    {"\x80", false},                             /* lone continuation */
	    {"\xe2\x28\xa1", false},     /* not a continuation */
	    {"\xf0\x9f\x28\x8a", false}, /* not a continuation */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
		    tcs_slice_is_utf8(tcs_slice_str(cases[i].bytes)),
		    cases[i].want);
	assert_false(tcs_slice_is_utf8(tcs_slice("a\0b", 3)));
}

static void
a_copy_ends_with_nul(void **state)
{
	char *copy = tcs_slice_dup(tcs_slice("abcd", 2));

	(void)state;
	check_text(copy, "ab");
	free(copy);
	copy = tcs_slice_dup(tcs_slice(NULL, 0));
	check_text(copy, "");
	free(copy);
}

static void
decimals_reach_the_bounds_of_their_type(void **state)
{
	char text[TCS_SLICE_DECIMAL];

	(void)state;
	assert_true(tcs_slice_is(tcs_slice_decimal(0, text), "0"));
	struct tcs_slice seven = tcs_slice_decimal(-7, text);
	assert_int_equal(seven.n, 2);
	check_text(seven.p, "-7"); /* with its NUL */
	assert_true(tcs_slice_is(
	    tcs_slice_decimal(INT64_MAX, text), "9223372036854775807"));
	struct tcs_slice least = tcs_slice_decimal(INT64_MIN, text);
	assert_int_equal(least.n, 20);
	check_text(least.p, "-9223372036854775808");
}

static void
joining_cuts_what_has_no_room(void **state)
{
	const struct tcs_slice parts[] = {tcs_slice_str("pos:"),
	    tcs_slice(NULL, 0), tcs_slice("rulesX", 5), tcs_slice_str(".3")};
	char text[32], small[8], none[1];

	(void)state;
	assert_true(tcs_slice_is(
	    tcs_slice_join(text, sizeof(text), parts, 4), "pos:rules.3"));
	check_text(text, "pos:rules.3");
	assert_true(tcs_slice_is(
	    tcs_slice_join(small, sizeof(small), parts, 4), "pos:rul"));
	check_text(small, "pos:rul");
	assert_true(tcs_slice_is(tcs_slice_join(none, 1, parts, 4), ""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(slices_compare_by_bytes_and_length),
	    cmocka_unit_test(trimming_takes_blanks_of_both_ends_only),
	    cmocka_unit_test(cutting_tells_an_empty_rest_from_none),
	    cmocka_unit_test(unsigned_numbers_are_whole_decimal_and_bounded),
	    cmocka_unit_test(signed_numbers_reach_their_bounds_and_no_further),
	    cmocka_unit_test(utf8_is_checked_to_the_letter),
	    cmocka_unit_test(a_copy_ends_with_nul),
	    cmocka_unit_test(decimals_reach_the_bounds_of_their_type),
	    cmocka_unit_test(joining_cuts_what_has_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

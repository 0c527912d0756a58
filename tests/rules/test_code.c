#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/code.h"

static void
a_code_comes_from_the_hash(void **state)
{
	(void)state;
	static const struct {
		const char *hash, *code;
	} cases[] = {{"00000000", "222"}, {"00000001", "223"},
	    {"0000001d", "22Z"}, {"0000001e", "232"}, {"00006977", "ZZZ"},
	    {"00006978", "222"}, {"ffffffff", "VWH"}};
	struct tcs_codes codes = {{0}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char code[4];
		assert_int_equal(
		    tcs_codes_propose(&codes, cases[i].hash, code), TCS_OK);
		assert_string_equal(code, cases[i].code);
	}
}

static void
a_code_in_use_gives_the_next_one(void **state)
{
	(void)state;
	struct tcs_codes codes = {{0}};
	char code[4];

	assert_int_equal(tcs_codes_take(&codes, tcs_slice_str("ZZZ")), TCS_OK);
	assert_int_equal(tcs_codes_take(&codes, tcs_slice_str("222")), TCS_OK);
	assert_int_equal(tcs_codes_propose(&codes, "00006977", code), TCS_OK);
	assert_string_equal(code, "223");
	tcs_codes_give(&codes, tcs_slice_str("222"));
	assert_int_equal(tcs_codes_propose(&codes, "00006977", code), TCS_OK);
	assert_string_equal(code, "222");
}

static void
when_all_are_in_use_there_is_none(void **state)
{
	(void)state;
	struct tcs_codes codes;
	char code[4] = "";

	memset(&codes, 0xff, sizeof(codes));
	assert_int_equal(
	    tcs_codes_propose(&codes, "12345678", code), TCS_ELIMIT);
	assert_string_equal(code, "");
	tcs_codes_give(&codes, tcs_slice_str("K7P"));
	assert_int_equal(tcs_codes_propose(&codes, "12345678", code), TCS_OK);
	assert_string_equal(code, "K7P");
}

static void
what_is_no_code_is_refused(void **state)
{
	(void)state;
	static const char *const words[] = {
	    "", "22", "2222", "2I2", "2O2", "2U2", "012", "abc", "2 2"};
	struct tcs_codes codes = {{0}}, none = {{0}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_int_equal(
		    tcs_codes_take(&codes, tcs_slice_str(words[i])),
		    TCS_EPARSE);
	assert_memory_equal(&codes, &none, sizeof(codes));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_code_comes_from_the_hash),
	    cmocka_unit_test(a_code_in_use_gives_the_next_one),
	    cmocka_unit_test(when_all_are_in_use_there_is_none),
	    cmocka_unit_test(what_is_no_code_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

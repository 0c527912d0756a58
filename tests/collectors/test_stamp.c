#include "collectors/stamp.h"
#include "tests/support/check.h"

static void
stamps_are_no_part_of_the_content(void **state)
{
	static const char *const stamps[] = {"made", "lastBuildDate", NULL};
	static const struct {
		const char *a, *b;
		bool is_same;
	} cases[] = {
	    {"{\"made\":\"1\",\"x\":1}", "{\"made\":\"2\",\"x\":1}", true},
	    {"{\"made\" : \"1\"}", "{\"made\" : \"22\"}", true},
	    {"{\"x\":1,\"made\":\"1\"}", "{\"x\":2,\"made\":\"1\"}", false},
	    {"<lastBuildDate>a</lastBuildDate><i/>",
	        "<lastBuildDate>b</lastBuildDate><i/>", true},
	    {"<lastBuildDate>a</lastBuildDate><i/>",
	        "<lastBuildDate>a</lastBuildDate><j/>", false},
	    {"{\"unmade\":\"1\"}", "{\"unmade\":\"2\"}", false},
	    {"made", "made ", false},
	    {"{\"made\":1}", "{\"made\":2}", false},
	    {"{\"made\":\"", "{\"made\":\"2", false},
	};
	char a[TCS_DIGEST_HEX], b[TCS_DIGEST_HEX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)tcs_stamp_digest(tcs_slice_str(cases[i].a), stamps, a);
		(void)tcs_stamp_digest(tcs_slice_str(cases[i].b), stamps, b);
		assert_int_equal(strcmp(a, b) == 0, cases[i].is_same);
	}
	assert_string_equal(tcs_stamp_digest(tcs_slice_str("x"), stamps, a),
	    tcs_digest(tcs_slice_str("x"), b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(stamps_are_no_part_of_the_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/json.h"

static void
arrays_of_that_name_are_read_as_null(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {"{\"c\":[1,2]}", "{\"c\":null}"},
	    {"{\"c\" : \n [[1,[2]],[3]] , \"d\":[4]}",
	        "{\"c\":null,\"d\":[4]}"},
	    {"{\"c\":[\"]\",\"\\\"]\",\"\\\\\"],\"d\":1}",
	        "{\"c\":null,\"d\":1}"},
	    {"{\"c\":[],\"d\":{\"c\":[1]}}", "{\"c\":null,\"d\":{\"c\":null}}"},
	    {"{\"c\":\"x\",\"d\":\"c\"}", "{\"c\":\"x\",\"d\":\"c\"}"},
	    {"{\"cc\":[1],\"C\":[2]}", "{\"cc\":[1],\"C\":[2]}"},
	    {"{\"d\":\"\\\"c\\\":[1]\"}", "{\"d\":\"\\\"c\\\":[1]\"}"},
	    {"[\"c\",[1]]", "[\"c\",[1]]"},
	    {"[]", "[]"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *value = NULL;
		struct tcs_buf buf;
		tcs_buf_init(&buf, 4096);
		assert_int_equal(
		    tcs_json_parse_without(
		        tcs_slice_str(cases[i].text), "c", &value, NULL, NULL),
		    TCS_OK);
		tcs_json_write(&buf, value);
		assert_string_equal(buf.p, cases[i].want);
		tcs_buf_fini(&buf);
		json_decref(value);
	}
}

static void
cut_anywhere_it_is_refused(void **state)
{
	static const char text[] =
	    "{\"a\":[{\"c\":[[1.5,\"]\\\"\"],[2]],\"b\":\"\\u00e9\"}],\"e\":1}";

	(void)state;
	for (size_t n = 0; n + 1 < sizeof(text); n++) {
		char *copy = malloc(n + 1); /* exact, for the sanitizer */
		json_t *value = NULL;
		bool is_truncated = false;
		assert_non_null(copy);
		memcpy(copy, text, n);
		assert_int_equal(tcs_json_parse_without(tcs_slice(copy, n), "c",
		                     &value, &is_truncated, NULL),
		    TCS_EPARSE);
		assert_true(is_truncated);
		free(copy);
	}
}

static void
what_is_not_json_stays_refused(void **state)
{
	static const char *const texts[] = {"{\"c\":[1]]}", "{\"c\":[1}",
	    "[\"c\":[1]]", "{\"c\":[1],\"c\":2}", "{\"c\"[1]}", "\"c",
	    "{\"c\":", "<html>\"c\":[1]</html>", "{\"a\":nul}", "\\"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_t *value = NULL;
		assert_int_equal(tcs_json_parse_without(tcs_slice_str(texts[i]),
		                     "c", &value, NULL, NULL),
		    TCS_EPARSE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(arrays_of_that_name_are_read_as_null),
	    cmocka_unit_test(cut_anywhere_it_is_refused),
	    cmocka_unit_test(what_is_not_json_stays_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

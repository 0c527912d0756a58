#include <stdlib.h>

#include "core/json.h"
#include "tests/support/check.h"

static enum tcs_err
parse(const char *text, bool *ret_truncated, struct tcs_diag *diag)
{
	json_t *value = NULL;
	enum tcs_err err =
	    tcs_json_parse(tcs_slice_str(text), &value, ret_truncated, diag);

	assert_true((value != NULL) == (err == TCS_OK));
	json_decref(value);
	return err;
}

static void
a_document_that_ends_too_early_is_told_from_a_broken_one(void **state)
{
	static const struct {
		const char *text;
		enum tcs_err want;
		bool is_truncated;
	} cases[] = {
	    {"{\"a\":[1,2,{\"b\":null}]}", TCS_OK, false},
	    {" 12 ", TCS_OK, false},
	    {"", TCS_EPARSE, true},
	    {"{", TCS_EPARSE, true},
	    {"{\"a\":[1,2", TCS_EPARSE, true},
	    {"{\"a\":\"tex", TCS_EPARSE, true},
	    {"{\"a\":tru", TCS_EPARSE, true},
	    {"{\"a\" 1}", TCS_EPARSE, false},
	    {"<html>error</html>", TCS_EPARSE, false},
	    {"{\"a\":1}}", TCS_EPARSE, false},
	    {"{\"a\":1,\"a\":2}", TCS_EPARSE, false},
	    {"{\"a\":\"\xe9\"}", TCS_EPARSE, false},
	    {"{\"a\":NaN}", TCS_EPARSE, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_diag diag = {0};
		bool is_truncated = false;
		enum tcs_err err = parse(cases[i].text, &is_truncated, &diag);
		if (err != cases[i].want ||
		    is_truncated != cases[i].is_truncated)
			print_error("%s\n", cases[i].text);
		assert_int_equal(err, cases[i].want);
		assert_int_equal(is_truncated, cases[i].is_truncated);
		assert_int_equal(diag.n, err != TCS_OK);
		tcs_diag_fini(&diag);
	}
}

static void
a_cut_document_is_truncated_wherever_it_is_cut(void **state)
{
	static const char text[] =
	    "{\"a\": [1, -2.5e3, true, null, {}], \"b\": \"c\\u00e9\\\"\"}";

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		json_t *value = NULL;
		bool is_truncated = false;
		assert_int_equal(tcs_json_parse(tcs_slice(text, n), &value,
		                     &is_truncated, NULL),
		    TCS_EPARSE);
		if (!is_truncated)
			print_error("%.*s\n", (int)n, text);
		assert_true(is_truncated);
	}
}

static void
a_fault_is_found_at_its_line(void **state)
{
	struct tcs_diag diag = {0};

	(void)state;
	assert_int_equal(
	    parse("{\n\"a\": 1,\n\"b\" 2}", NULL, &diag), TCS_EPARSE);
	check_finding(&diag, 3, "JSON");
	tcs_diag_fini(&diag);
}

static void
size_and_depth_are_bounded(void **state)
{
	struct tcs_diag diag = {0};
	json_t *value = NULL;
	size_t n = TCS_JSON_MAX + 1;
	char *big = malloc(n);

	(void)state;
	assert_non_null(big);
	memset(big, ' ', n);
	assert_int_equal(
	    tcs_json_parse(tcs_slice(big, n), &value, NULL, &diag), TCS_ELIMIT);
	check_finding(&diag, 0, "more than");
	tcs_diag_fini(&diag);
	memset(big, '[', 100000);
	assert_int_not_equal(
	    tcs_json_parse(tcs_slice(big, 100000), &value, NULL, &diag),
	    TCS_OK);
	assert_null(value);
	tcs_diag_fini(&diag);
	free(big);
}

static void
members_have_a_fallback_for_absent_and_for_another_type(void **state)
{
	json_t *object = NULL;

	(void)state;
	assert_int_equal(
	    tcs_json_parse(tcs_slice_str("{\"s\":\"x\",\"i\":7,\"b\":true,"
	                                 "\"n\":null}"),
	        &object, NULL, NULL),
	    TCS_OK);
	check_text(tcs_json_str(object, "s", "-"), "x");
	check_text(tcs_json_str(object, "i", "-"), "-");
	check_text(tcs_json_str(object, "absent", NULL), NULL);
	assert_int_equal(tcs_json_i64(object, "i", -1), 7);
	assert_int_equal(tcs_json_i64(object, "s", -1), -1);
	assert_int_equal(tcs_json_i64(object, "n", -1), -1);
	assert_true(tcs_json_bool(object, "b", false));
	assert_true(tcs_json_bool(object, "n", true));
	assert_false(tcs_json_bool(object, "i", false));
	check_text(tcs_json_str(NULL, "s", "-"), "-");
	json_decref(object);
}

static void
what_is_set_is_written_compactly_in_order(void **state)
{
	json_t *object = json_object();
	struct tcs_buf buf;

	(void)state;
	tcs_buf_init(&buf, 1000);
	assert_true(tcs_json_set_str(object, "z", "é\""));
	assert_true(tcs_json_set_i64(object, "a", INT64_MIN));
	assert_true(tcs_json_set_slice(object, "m", tcs_slice("xyz", 2)));
	assert_true(tcs_json_set_str(object, "none", NULL));
	assert_true(tcs_json_set_slice(object, "none", tcs_slice(NULL, 0)));
	assert_false(tcs_json_set_str(object, "bad", "\xe9"));
	tcs_json_write(&buf, object);
	check_text(
	    buf.p, "{\"z\":\"é\\\"\",\"a\":-9223372036854775808,\"m\":\"xy\"}");
	tcs_buf_reset(&buf);
	buf.max = 5;
	tcs_json_write(&buf, object);
	assert_int_equal(buf.err, TCS_ELIMIT);
	tcs_buf_fini(&buf);
	json_decref(object);
}

/* jansson writes it the other way. */
static void
a_string_is_written_alone_as_it_is_in_an_object(void **state)
{
	(void)state;
	char all[128 + 2];

	for (char c = 1; c > 0 && c < 127; c++)
		all[c - 1] = c;
	memcpy(all + 126, "\x7f\xc3\xa9", 4);
	const char *const texts[] = {"", "a", "\"", "a\\", "\n\n", all};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct tcs_buf alone, whole;
		json_t *value = json_string(texts[i]);
		tcs_buf_init(&alone, 1000);
		tcs_buf_init(&whole, 1000);
		tcs_json_write_text(&alone, tcs_slice_str(texts[i]));
		tcs_json_write(&whole, value);
		assert_string_equal(alone.p, whole.p);
		json_decref(value);
		tcs_buf_fini(&alone);
		tcs_buf_fini(&whole);
	}
}

static void
a_long_text_is_added_as_if_it_had_been_set_last(void **state)
{
	(void)state;
	const char *const text = "<a>\n\"é\"\t</a>\n";
	struct tcs_buf added, whole;
	json_t *object = json_object();

	tcs_buf_init(&added, 1000);
	tcs_buf_init(&whole, 1000);
	assert_true(tcs_json_set_str(object, "id", "x"));
	tcs_json_write(&added, object);
	tcs_json_add_text(&added, "cap", tcs_slice_str(text));
	assert_true(tcs_json_set_str(object, "cap", text));
	tcs_json_write(&whole, object);
	assert_string_equal(added.p, whole.p);
	tcs_buf_fini(&added);
	tcs_buf_init(&added, 20);
	tcs_buf_str(&added, "{\"id\":\"x\"}");
	tcs_json_add_text(&added, "cap", tcs_slice_str(text));
	assert_int_equal(added.err, TCS_ELIMIT);
	tcs_json_add_text(&added, "cap", tcs_slice_str(text));
	assert_int_equal(added.err, TCS_ELIMIT);
	tcs_buf_fini(&added);
	tcs_buf_fini(&whole);
	json_decref(object);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        a_document_that_ends_too_early_is_told_from_a_broken_one),
	    cmocka_unit_test(a_cut_document_is_truncated_wherever_it_is_cut),
	    cmocka_unit_test(a_fault_is_found_at_its_line),
	    cmocka_unit_test(size_and_depth_are_bounded),
	    cmocka_unit_test(
	        members_have_a_fallback_for_absent_and_for_another_type),
	    cmocka_unit_test(what_is_set_is_written_compactly_in_order),
	    cmocka_unit_test(a_string_is_written_alone_as_it_is_in_an_object),
	    cmocka_unit_test(a_long_text_is_added_as_if_it_had_been_set_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

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

static void
put_as_jansson(struct tcs_slice text)
{
	struct tcs_buf direct, whole;
	json_t *value = json_stringn(text.p, text.n);

	tcs_buf_init(&direct, 1000);
	tcs_buf_init(&whole, 1000);
	tcs_json_put_slice(&direct, NULL, text);
	tcs_json_write(&whole, value);
	assert_string_equal(direct.p, whole.p);
	json_decref(value);
	tcs_buf_fini(&direct);
	tcs_buf_fini(&whole);
}

static void
a_text_is_written_directly_as_it_is_from_an_object(void **state)
{
	static const char *const texts[] = {"", "a", "\"", "a\\", "\n\n",
	    "1234567", "12345678", "1234567\"", "12345678\n",
	    "1234567\xc3\xa9(1234567)", "\xf0\x9f\x8c\x8a\xe2\x82\xac",
	    "<a b=\"c\">\r\n\t</a>/", "\x7f"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		put_as_jansson(tcs_slice_str(texts[i]));
}

/* Each at each place of the eight that are looked at at once. */
static void
no_byte_is_missed_wherever_it_stands(void **state)
{
	(void)state;
	for (unsigned char c = 0; c < 0x80; c++) {
		for (size_t at = 0; at < 20; at++) {
			char text[] = "abcdefghijklmnopqrst";
			text[at] = (char)c;
			put_as_jansson(tcs_slice(text, 20));
		}
	}
}

static json_t *
put_by_jansson(void)
{
	json_t *object = json_object(), *list = json_array();
	json_t *inner = json_object();

	assert_true(tcs_json_set_str(object, "id", "x\"\x01\xc3\xa9"));
	assert_true(tcs_json_set_str(object, "empty", ""));
	assert_true(tcs_json_set_i64(object, "n", 0));
	assert_true(tcs_json_set_i64(object, "low", INT64_MIN));
	assert_int_equal(json_object_set_new(object, "yes", json_true()), 0);
	assert_int_equal(json_array_append_new(list, json_string("{")), 0);
	assert_int_equal(json_array_append_new(list, json_string("[")), 0);
	assert_true(tcs_json_set_i64(inner, "high", INT64_MAX));
	assert_int_equal(json_array_append_new(list, inner), 0);
	assert_int_equal(json_object_set_new(object, "list", list), 0);
	assert_int_equal(json_object_set_new(object, "no", json_array()), 0);
	assert_int_equal(json_object_set_new(object, "nor", json_object()), 0);
	assert_true(tcs_json_set_slice(object, "cut", tcs_slice("xyz", 2)));
	return object;
}

static void
put_directly(struct tcs_buf *buf)
{
	tcs_json_open(buf, NULL, '{');
	tcs_json_put_str(buf, "absent", NULL);
	tcs_json_put_str(buf, "id", "x\"\x01\xc3\xa9");
	tcs_json_put_str(buf, "empty", "");
	tcs_json_put_i64(buf, "n", 0);
	tcs_json_put_i64(buf, "low", INT64_MIN);
	tcs_json_put_flag(buf, "yes", true);
	tcs_json_put_flag(buf, "absent", false);
	tcs_json_open(buf, "list", '[');
	tcs_json_put_str(buf, NULL, "{");
	tcs_json_put_str(buf, NULL, "[");
	tcs_json_open(buf, NULL, '{');
	tcs_json_put_i64(buf, "high", INT64_MAX);
	tcs_json_close(buf, '}');
	tcs_json_close(buf, ']');
	tcs_json_open(buf, "no", '[');
	tcs_json_close(buf, ']');
	tcs_json_open(buf, "nor", '{');
	tcs_json_close(buf, '}');
	tcs_json_put_slice(buf, "cut", tcs_slice("xyz", 2));
	tcs_json_put_slice(buf, "absent", tcs_slice(NULL, 0));
	tcs_json_close(buf, '}');
}

static void
members_are_written_directly_as_they_are_from_an_object(void **state)
{
	(void)state;
	struct tcs_buf direct, whole;
	json_t *object = put_by_jansson(), *read = NULL;

	tcs_buf_init(&direct, 1000);
	tcs_buf_init(&whole, 1000);
	put_directly(&direct);
	assert_int_equal(direct.err, TCS_OK);
	tcs_json_write(&whole, object);
	assert_string_equal(direct.p, whole.p);
	assert_int_equal(
	    tcs_json_parse(tcs_buf_view(&direct), &read, NULL, NULL), TCS_OK);
	assert_true(json_equal(read, object));
	json_decref(read);
	json_decref(object);
	tcs_buf_fini(&whole);
	tcs_buf_fini(&direct);
}

static void
what_cannot_be_written_is_an_error_that_stays(void **state)
{
	static const char *const texts[] = {"\xe9", "1234567\xc3",
	    "\xed\xa0\x80", "\xc0\x80", "12345678\xff(1234)"};
	struct tcs_buf buf;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		tcs_buf_init(&buf, 1000);
		tcs_json_open(&buf, NULL, '{');
		tcs_json_put_str(&buf, "bad", texts[i]);
		tcs_json_put_str(&buf, "good", "x");
		tcs_json_close(&buf, '}');
		assert_int_equal(buf.err, TCS_EINVAL);
		tcs_buf_fini(&buf);
	}
	tcs_buf_init(&buf, 20);
	put_directly(&buf);
	assert_int_equal(buf.err, TCS_ELIMIT);
	tcs_buf_fini(&buf);
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
	    cmocka_unit_test(
	        a_text_is_written_directly_as_it_is_from_an_object),
	    cmocka_unit_test(no_byte_is_missed_wherever_it_stands),
	    cmocka_unit_test(
	        members_are_written_directly_as_they_are_from_an_object),
	    cmocka_unit_test(what_cannot_be_written_is_an_error_that_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/look.h"
#include "core/clock.h"
#include "core/json.h"

/* 2026-11-23T17:00:00+01:00 */
static const int64_t now = 1795449600000;

static void
an_age_or_a_time_says_since_when(void **state)
{
	static const struct {
		const char *text;
		int64_t before_ms;
	} cases[] = {{"0 s", 0}, {"90 s", TCS_SECONDS(90)},
	    {"30min", TCS_MINUTES(30)}, {"2 h", TCS_HOURS(2)},
	    {"7d", TCS_DAYS(7)}, {"16:30", TCS_MINUTES(30)},
	    {"2026-11-23T15:00:00Z", TCS_HOURS(1)}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ms = 0;
		assert_int_equal(
		    tcs_look_read_since(cases[i].text, now, &ms), TCS_OK);
		assert_int_equal(ms, now - cases[i].before_ms);
	}
}

static void
what_is_neither_is_refused(void **state)
{
	static const char *const cases[] = {"", "2", "h", "-2 h", "2 hours",
	    "2 ms", "9999999 d", "yesterday", "2 h 3 min"};
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
		    tcs_look_read_since(cases[i], now, &ms), TCS_EPARSE);
}

static void
key_and_time_choose(void **state)
{
	const struct tcs_record record = {.topic = "signals",
	    .position = "1-0",
	    .at_ms = now,
	    .key = tcs_slice_str("62")};
	struct tcs_record timeless = record;

	(void)state;
	timeless.at_ms = 0;
	const struct {
		struct tcs_look look;
		bool want, want_timeless;
	} cases[] = {{{.since_ms = TCS_NO_TIME}, true, true},
	    {{.since_ms = now}, true, true},
	    {{.since_ms = now + 1}, false, true},
	    {{.since_ms = TCS_NO_TIME, .key = "62"}, true, true},
	    {{.since_ms = TCS_NO_TIME, .key = "6"}, false, false}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    tcs_look_wants(&cases[i].look, &record), cases[i].want);
		assert_int_equal(tcs_look_wants(&cases[i].look, &timeless),
		    cases[i].want_timeless);
	}
}

/* To be given back to tcs_buf_fini(). */
static struct tcs_buf
shown(const char *value, size_t n, enum tcs_look_format format)
{
	const struct tcs_header headers[] = {
	    {tcs_slice_str("id"), tcs_slice_str("a\x1b[1m")},
	    {tcs_slice_str("trace"), tcs_slice_str("0123456789abcdef")}};
	const struct tcs_record record = {.topic = "signals",
	    .partition = 3,
	    .position = "1795449600000-7",
	    .at_ms = now + 7,
	    .key = tcs_slice_str("62"),
	    .value = tcs_slice(value, n),
	    .headers = headers,
	    .headers_n = 2};
	struct tcs_buf buf;

	tcs_buf_init(&buf, 100000);
	tcs_look_append(&buf, &record, format);
	assert_int_equal(buf.err, TCS_OK);
	return buf;
}

static void
a_row_has_all_but_most_of_the_value(void **state)
{
	struct tcs_buf buf = shown("{\"v\":1}\n", 8, TCS_LOOK_TABLE);

	(void)state;
	assert_string_equal(buf.p,
	    "2026-11-23T17:00:00.007+01:00  3/1795449600000-7  62  a?[1m  8 B  "
	    "{\"v\":1}?\n");
	tcs_buf_fini(&buf);
}

static void
a_long_value_is_cut_between_two_characters(void **state)
{
	/* The 60th byte is the first of two. */
	static const char value[] =
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "é and more";

	(void)state;
	struct tcs_buf buf = shown(value, sizeof(value) - 1, TCS_LOOK_TABLE);
	assert_non_null(strstr(buf.p, "  70 B  xxxx"));
	assert_non_null(strstr(buf.p, "x…\n"));
	assert_null(strstr(buf.p, "x?"));
	tcs_buf_fini(&buf);
}

static void
json_is_one_line_and_the_same_value(void **state)
{
	static const char value[] = "a\x1b\n\x7f \xc2\x9b \xe2\x80\xae é";
	struct tcs_buf buf = shown(value, sizeof(value) - 1, TCS_LOOK_JSON);
	json_t *root = NULL;

	(void)state;
	assert_ptr_equal(strchr(buf.p, '\n'), buf.p + buf.n - 1);
	assert_null(strchr(buf.p, '\x7f'));
	assert_null(strstr(buf.p, "\xc2\x9b"));
	assert_null(strstr(buf.p, "\xe2\x80\xae"));
	assert_non_null(strstr(buf.p, "\\u202e é"));
	assert_int_equal(
	    tcs_json_parse(tcs_buf_view(&buf), &root, NULL, NULL), TCS_OK);
	assert_string_equal(tcs_json_str(root, "value", ""), value);
	assert_string_equal(tcs_json_str(root, "topic", ""), "signals");
	assert_int_equal(tcs_json_i64(root, "partition", 0), 3);
	assert_string_equal(
	    tcs_json_str(root, "at", ""), "2026-11-23T17:00:00.007+01:00");
	assert_string_equal(
	    tcs_json_str(json_object_get(root, "headers"), "id", ""),
	    "a\x1b[1m");
	json_decref(root);
	tcs_buf_fini(&buf);
}

static void
bytes_that_are_no_text_are_counted_in_json(void **state)
{
	struct tcs_buf buf = shown("\xff\0", 2, TCS_LOOK_JSON);

	(void)state;
	assert_non_null(strstr(buf.p, "\"value_size\":2}"));
	tcs_buf_fini(&buf);
}

static void
the_value_alone_ends_its_line(void **state)
{
	struct tcs_buf buf = shown("<alert>\n\x1b</alert>", 17, TCS_LOOK_VALUE);

	(void)state;
	assert_string_equal(buf.p, "<alert>\n?</alert>\n");
	tcs_buf_fini(&buf);
}

static void
formats_have_names(void **state)
{
	enum tcs_look_format format = TCS_LOOK_TABLE;

	(void)state;
	assert_true(tcs_look_read_format("value", &format));
	assert_int_equal(format, TCS_LOOK_VALUE);
	assert_false(tcs_look_read_format("xml", &format));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_age_or_a_time_says_since_when),
	    cmocka_unit_test(what_is_neither_is_refused),
	    cmocka_unit_test(key_and_time_choose),
	    cmocka_unit_test(a_row_has_all_but_most_of_the_value),
	    cmocka_unit_test(a_long_value_is_cut_between_two_characters),
	    cmocka_unit_test(json_is_one_line_and_the_same_value),
	    cmocka_unit_test(bytes_that_are_no_text_are_counted_in_json),
	    cmocka_unit_test(the_value_alone_ends_its_line),
	    cmocka_unit_test(formats_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/outcome.h"
#include "core/clock.h"

static json_t *
lists(const char *text)
{
	json_t *value = NULL;

	assert_int_equal(
	    tcs_json_parse(tcs_slice_str(text), &value, NULL, NULL), TCS_OK);
	return value;
}

static void
lists_are_compared_as_bags(void **state)
{
	(void)state;
	static const struct {
		const char *expected, *seen;
		size_t differences;
		const char *text; /* that must be shown, or NULL */
	} cases[] = {
	    {"{\"signals\":[\"a\",\"b\"]}", "{\"signals\":[\"b\",\"a\"]}", 0,
	        "signals     2 expected, 2 seen"},
	    {"{\"signals\":[\"a\"]}", "{\"signals\":[]}", 1, "- not seen: a"},
	    {"{\"signals\":[]}", "{\"signals\":[\"a\"]}", 1,
	        "+ not expected: a"},
	    {"{\"signals\":[\"a\"]}", "{\"signals\":[\"a\",\"a\"]}", 1,
	        "+ not expected: a"},
	    {"{\"signals\":[\"a\",\"c\"]}", "{\"signals\":[\"b\",\"c\"]}", 2,
	        "- not seen: a"},
	    {"{\"alerts\":[\"a\"]}", "{}", 1, "- not seen: a"},
	    {"{}", "{\"signals\":[\"a\"]}", 0, NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_buf buf;
		json_t *expected = lists(cases[i].expected);
		json_t *seen = lists(cases[i].seen);
		tcs_buf_init(&buf, 4096);
		assert_int_equal(tcs_outcome_compare(expected, seen, &buf),
		    cases[i].differences);
		if (cases[i].text != NULL)
			assert_non_null(strstr(buf.p, cases[i].text));
		else
			assert_int_equal(buf.n, 0);
		tcs_buf_fini(&buf);
		json_decref(expected);
		json_decref(seen);
	}
}

static void
lines_say_what_matters_and_no_time_of_ours(void **state)
{
	(void)state;
	struct tcs_buf buf;
	struct tcs_signal signal = {.zone = "AP5",
	    .level = "jaune",
	    .previous_level = "vert",
	    .msg_type = "Update",
	    .issued_ms = 1799744184000,
	    .fetched_ms = 1799744700000};
	struct tcs_alert alert = {.msg_type = "Update",
	    .version = 2,
	    .base = {.zone = "AP5",
	        .rule = "crues",
	        .raise = "alerte",
	        .number = 3,
	        .action = "lift",
	        .level = "jaune"}};

	tcs_buf_init(&buf, 4096);
	tcs_outcome_signal(&signal, &buf);
	assert_string_equal(buf.p, "12/01/2027 09:56 AP5 vert→jaune Update");
	tcs_buf_reset(&buf);
	signal.previous_level = NULL;
	signal.issued_ms = TCS_NO_TIME;
	signal.is_first_sight = signal.is_end = true;
	tcs_outcome_signal(&signal, &buf);
	assert_string_equal(buf.p, "- AP5 -→jaune Update first-sight end");
	tcs_buf_reset(&buf);
	tcs_outcome_proposal(&alert.base, &buf);
	assert_string_equal(buf.p, "AP5 crues/alerte p3 lift jaune");
	tcs_buf_reset(&buf);
	tcs_outcome_alert(&alert, &buf);
	assert_string_equal(buf.p, "AP5 crues/alerte v2 Update jaune lift");
	tcs_buf_fini(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lists_are_compared_as_bags),
	    cmocka_unit_test(lines_say_what_matters_and_no_time_of_ours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

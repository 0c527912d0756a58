#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/summary.h"
#include "core/clock.h"

/* 23/11/2026 16:00 and 16:02, Paris. */
#define ISSUED "\"issued_ms\":1795446000000"
#define FETCHED "\"fetched_ms\":1795446120000"
#define LEVELS "\"levels\":{\"vert\":330,\"jaune\":5,\"orange\":2}"

static void
check_line(const char *json, const char *want)
{
	struct tcs_source source;
	struct tcs_buf buf;
	json_t *value = NULL;

	if (json != NULL)
		assert_int_equal(
		    tcs_json_parse(tcs_slice_str(json), &value, NULL, NULL),
		    TCS_OK);
	tcs_source_read("vigicrues", value, &source);
	tcs_buf_init(&buf, 4096);
	tcs_source_line(&buf, &source);
	assert_string_equal(buf.p, want);
	tcs_buf_fini(&buf);
	json_decref(value);
}

static void
a_fresh_source_shows_times_and_levels_gravest_first(void **state)
{
	(void)state;
	check_line("{\"state\":\"fresh\"," ISSUED "," FETCHED "," LEVELS "}",
	    "vigicrues: fresh · émis 23/11/2026 16:00 · lu 23/11/2026 16:02 · "
	    "2 orange, 5 jaune, 330 vert");
}

static void
a_level_that_was_not_read_is_shown_as_such(void **state)
{
	(void)state;
	check_line("{\"state\":\"fresh\"," ISSUED "," FETCHED
	           ",\"levels\":{\"inconnu\":3,\"rouge\":1,\"vert\":0}}",
	    "vigicrues: fresh · émis 23/11/2026 16:00 · lu 23/11/2026 16:02 · "
	    "1 rouge, 3 inconnu");
}

static void
a_late_source_shows_no_green(void **state)
{
	(void)state;
	check_line("{\"state\":\"late\"," ISSUED "," FETCHED "," LEVELS "}",
	    "vigicrues: late · émis 23/11/2026 16:00 · lu 23/11/2026 16:02 · "
	    "dernier état connu : 2 orange, 5 jaune, 330 à confirmer");
}

static void
a_source_whose_state_is_not_known_shows_no_level(void **state)
{
	static const char *const states[] = {
	    "silent", "frozen", "expired", "reshaped", "limited", "starting"};

	(void)state;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		json_t *value = json_pack("{s:s, s:{s:i, s:i}}", "state",
		    states[i], "levels", "vert", 330, "orange", 2);
		struct tcs_source source;
		struct tcs_buf buf;

		tcs_source_read("vigicrues", value, &source);
		tcs_buf_init(&buf, 4096);
		tcs_source_levels(&buf, &source);
		assert_string_equal(buf.p, "niveau inconnu");
		tcs_buf_fini(&buf);
		json_decref(value);
	}
}

static void
without_internet_the_reason_is_shown_and_no_colour(void **state)
{
	(void)state;
	check_line("{\"state\":\"silent\",\"reason\":\"Could not resolve "
	           "host: vigicrues.example\",\"issued_ms\":null}",
	    "vigicrues: silent (Could not resolve host: vigicrues.example) · "
	    "émis — · lu — · niveau inconnu");
}

static void
a_source_that_nobody_wrote_of_is_starting(void **state)
{
	(void)state;
	check_line(
	    NULL, "vigicrues: starting · émis — · lu — · niveau inconnu");
}

static void
what_left_is_counted_in_words(void **state)
{
	static const struct {
		struct tcs_left left;
		const char *want;
	} cases[] = {
	    {{0}, "aucun message à envoyer"},
	    {{.accepted = 1}, "1 message parti"},
	    {{.accepted = 4, .waiting = 1},
	        "4 messages partis, 1 proposition à décider"},
	    {{.failed = 1, .waiting = 3}, "1 échec, 3 propositions à décider"},
	};
	struct tcs_buf buf;

	(void)state;
	tcs_buf_init(&buf, 4096);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tcs_buf_reset(&buf);
		tcs_left_line(&buf, &cases[i].left);
		assert_string_equal(buf.p, cases[i].want);
	}
	tcs_buf_fini(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        a_fresh_source_shows_times_and_levels_gravest_first),
	    cmocka_unit_test(a_level_that_was_not_read_is_shown_as_such),
	    cmocka_unit_test(a_late_source_shows_no_green),
	    cmocka_unit_test(a_source_whose_state_is_not_known_shows_no_level),
	    cmocka_unit_test(
	        without_internet_the_reason_is_shown_and_no_colour),
	    cmocka_unit_test(a_source_that_nobody_wrote_of_is_starting),
	    cmocka_unit_test(what_left_is_counted_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

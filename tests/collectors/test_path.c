#include <stdbool.h>

#include "collectors/path.h"
#include "collectors/readings.h"
#include "tests/support/check.h"

static void
a_path_is_closed_where_it_has_been(void **state)
{
	static const struct {
		const char *path;
		bool is_closed;
	} cases[] = {
	    {"", false},
	    {" ", false},
	    {"sidpc62", true},
	    {"sidpc59 sidpc62", true},
	    {"sidpc62 sidpc59", true},
	    {"SIDPC62", true},
	    {"sidpc59,sidpc62", true},
	    {"sidpc59 sidpc80", false},
	    {"sidpc620 xsidpc62", false},
	    {"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", false},
	    {"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (tcs_path_is_closed(cases[i].path, "sidpc62") !=
		    cases[i].is_closed)
			fail_msg("\"%s\"", cases[i].path);
	}
}

static void
readings_that_were_here_are_dropped(void **state)
{
	static const struct tcs_pair here[] = {
	    {"cap:sender", "x"}, {"tocsin:path", "sidpc59 sidpc62"}};
	static const struct tcs_pair elsewhere[] = {
	    {"tocsin:path", "sidpc59"}, {"other", "sidpc62"}};
	struct tcs_reading items[] = {
	    {.zone = "a", .params = here, .params_n = 2},
	    {.zone = "b", .params = elsewhere, .params_n = 2}, {.zone = "c"},
	    {.zone = "d", .params = here, .params_n = 2}};
	struct tcs_readings readings = {.items = items, .n = 4};

	(void)state;
	assert_int_equal(tcs_path_cut(&readings, "sidpc62"), 2);
	assert_int_equal(readings.n, 2);
	check_text(readings.items[0].zone, "b");
	check_text(readings.items[1].zone, "c");
	assert_int_equal(tcs_path_cut(&readings, "sidpc62"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_path_is_closed_where_it_has_been),
	    cmocka_unit_test(readings_that_were_here_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

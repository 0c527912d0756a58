#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dispatcher/retry.h"

static void
wait_grows_then_stops_at_the_cap(void **state)
{
	static const struct {
		unsigned attempt;
		int64_t want_ms;
	} cases[] = {{1, 500}, {2, 1000}, {3, 2000}, {7, 32000}, {8, 60000},
	    {100, 60000}, {4000000000U, 60000}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
		    tcs_retry_wait_ms(cases[i].attempt, 500, 60000, 0),
		    cases[i].want_ms);
}

static void
jitter_takes_off_up_to_a_half(void **state)
{
	(void)state;
	assert_int_equal(tcs_retry_wait_ms(2, 500, 60000, 0xffff), 500);
	assert_int_equal(tcs_retry_wait_ms(2, 500, 60000, UINT32_MAX), 500);
	for (uint32_t random = 0; random < 70000; random += 97) {
		int64_t wait = tcs_retry_wait_ms(2, 500, 60000, random);
		assert_in_range(wait, 500, 1000);
	}
}

static void
odd_bounds_never_give_less_than_one_ms(void **state)
{
	(void)state;
	assert_int_equal(tcs_retry_wait_ms(1, 0, 0, 0xffff), 1);
	assert_int_equal(tcs_retry_wait_ms(1, 5000, 100, 0), 100);
	assert_int_equal(tcs_retry_wait_ms(0, 500, 60000, 0), 500);
	assert_int_equal(
	    tcs_retry_wait_ms(70, INT64_MAX / 2, INT64_MAX, 0), INT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wait_grows_then_stops_at_the_cap),
	    cmocka_unit_test(jitter_takes_off_up_to_a_half),
	    cmocka_unit_test(odd_bounds_never_give_less_than_one_ms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collectors/poll.h"
#include "core/clock.h"

#define NOW INT64_C(1800000000000)

static void
failures_double_the_wait_up_to_a_cap(void **state)
{
	static const struct {
		int64_t every_ms;
		unsigned failures;
		int64_t want_ms;
	} cases[] = {{TCS_MINUTES(2), 0, TCS_MINUTES(2)},
	    {TCS_MINUTES(2), 1, TCS_MINUTES(2)},
	    {TCS_MINUTES(2), 2, TCS_MINUTES(4)},
	    {TCS_MINUTES(2), 3, TCS_MINUTES(8)},
	    {TCS_MINUTES(2), 4, TCS_MINUTES(10)},
	    {TCS_MINUTES(2), 4000000000U, TCS_MINUTES(10)},
	    {TCS_HOURS(1), 9, TCS_HOURS(4)}, {TCS_SECONDS(1), 0, 1000}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tcs_poll poll = {.feed = "f",
		    .every_ms = cases[i].every_ms,
		    .failures = cases[i].failures,
		    .retry_after_ms = -1};
		int64_t wait_ms = tcs_poll_next_ms(&poll, NOW) - NOW;
		assert_true(wait_ms >= cases[i].want_ms);
		assert_true(
		    wait_ms < cases[i].want_ms + cases[i].every_ms / 20 + 1);
	}
}

static void
what_the_source_asks_for_is_obeyed_within_a_day(void **state)
{
	static const struct {
		int64_t retry_after_ms, least_ms, most_ms;
	} cases[] = {{0, TCS_MINUTES(2), TCS_SECONDS(126)},
	    {TCS_SECONDS(10), TCS_MINUTES(2), TCS_SECONDS(126)},
	    {TCS_HOURS(3), TCS_HOURS(3), TCS_HOURS(3)},
	    {TCS_DAYS(400), TCS_DAYS(1), TCS_DAYS(1)}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tcs_poll poll = {.feed = "f",
		    .every_ms = TCS_MINUTES(2),
		    .retry_after_ms = cases[i].retry_after_ms};
		int64_t wait_ms = tcs_poll_next_ms(&poll, NOW) - NOW;
		assert_true(wait_ms >= cases[i].least_ms);
		assert_true(wait_ms <= cases[i].most_ms);
	}
}

static void
the_same_instant_gives_the_same_poll_and_feeds_are_spread(void **state)
{
	struct tcs_poll poll = {
	    .feed = "a", .every_ms = TCS_MINUTES(2), .retry_after_ms = -1};
	int64_t a_ms = tcs_poll_next_ms(&poll, NOW);

	(void)state;
	assert_int_equal(tcs_poll_next_ms(&poll, NOW), a_ms);
	poll.feed = "b";
	assert_int_not_equal(tcs_poll_next_ms(&poll, NOW), a_ms);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(failures_double_the_wait_up_to_a_cap),
	    cmocka_unit_test(what_the_source_asks_for_is_obeyed_within_a_day),
	    cmocka_unit_test(
	        the_same_instant_gives_the_same_poll_and_feeds_are_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dispatcher/clockwatch.h"

static const int64_t BUILT = 1000000000, MINUTE = 60000;

static void
a_jump_halts_until_a_person_confirms(void **state)
{
	const int64_t jumps[] = {
	    TCS_CLOCK_JUMP_MS, -TCS_CLOCK_JUMP_MS, 1000 * MINUTE};

	(void)state;
	for (size_t i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
		struct tcs_clockwatch watch = {0};
		int64_t wall = 2 * BUILT, boot = 1000;
		assert_false(tcs_clockwatch_look(&watch, wall, boot, BUILT));
		wall += jumps[i] + MINUTE;
		boot += MINUTE;
		assert_true(tcs_clockwatch_look(&watch, wall, boot, BUILT));
		assert_true(watch.is_halted);
		assert_int_equal(watch.jump_ms, jumps[i]);
		/* Not over by itself. */
		assert_false(tcs_clockwatch_look(
		    &watch, wall + MINUTE, boot + MINUTE, BUILT));
		assert_true(watch.is_halted);
		assert_true(tcs_clockwatch_confirm(
		    &watch, wall + MINUTE, boot + MINUTE, BUILT));
		assert_false(watch.is_halted);
		assert_false(tcs_clockwatch_look(
		    &watch, wall + 2 * MINUTE, boot + 2 * MINUTE, BUILT));
		assert_false(watch.is_halted);
	}
}

static void
adjustments_and_a_long_sleep_are_no_jump(void **state)
{
	struct tcs_clockwatch watch = {0};
	int64_t wall = 2 * BUILT, boot = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_false(tcs_clockwatch_look(&watch, wall, boot, BUILT));
		boot += MINUTE;
		wall += MINUTE + 500; /* slewed */
	}
	/* CLOCK_BOOTTIME counts while the machine sleeps. */
	assert_false(tcs_clockwatch_look(
	    &watch, wall + 600 * MINUTE, boot + 600 * MINUTE, BUILT));
}

static void
before_the_build_it_is_not_trusted_whoever_says_so(void **state)
{
	struct tcs_clockwatch watch = {0};

	(void)state;
	assert_true(tcs_clockwatch_look(&watch, 5, 5, BUILT));
	assert_true(watch.is_halted && watch.is_early);
	assert_false(tcs_clockwatch_confirm(&watch, 6, 6, BUILT));
	assert_true(watch.is_halted);
	/* Set at last, by however much. */
	assert_true(tcs_clockwatch_look(&watch, 2 * BUILT, 7, BUILT));
	assert_false(watch.is_halted);
}

static void
the_program_was_built_before_now(void **state)
{
	(void)state;
	assert_true(tcs_clockwatch_built_ms() > INT64_C(1700000000000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_jump_halts_until_a_person_confirms),
	    cmocka_unit_test(adjustments_and_a_long_sleep_are_no_jump),
	    cmocka_unit_test(
	        before_the_build_it_is_not_trusted_whoever_says_so),
	    cmocka_unit_test(the_program_was_built_before_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

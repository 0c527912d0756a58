#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/watch.h"
#include "core/clock.h"

/* Minutes; times are minutes too. Asked first at 0, each 2, answered at 10;
 * the document says: next at 60, expires at 180, frozen at 120. */
static struct tcs_watch_facts
facts(void)
{
	return (struct tcs_watch_facts){.started_ms = 0,
	    .answered_ms = TCS_MINUTES(10),
	    .every_ms = TCS_MINUTES(2),
	    .late_after_ms = TCS_MINUTES(30),
	    .has_document = true,
	    .document = {.issued_ms = 0,
	        .next_issue_ms = TCS_MINUTES(60),
	        .expires_ms = TCS_MINUTES(180),
	        .frozen_ms = TCS_MINUTES(120)}};
}

static const char *
state_at(const struct tcs_watch_facts *f, int minutes, int ms)
{
	return tcs_source_word(tcs_watch_state(f, TCS_MINUTES(minutes) + ms));
}

static void
what_the_document_says_makes_it_late_frozen_expired(void **state)
{
	static const struct {
		int minutes, ms;
		const char *want;
	} cases[] = {{11, 0, "fresh"}, {60, 1, "fresh"}, {90, 0, "fresh"},
	    {90, 1, "late"}, {120, 0, "late"}, {120, 1, "frozen"},
	    {180, 0, "frozen"}, {180, 1, "expired"}};
	struct tcs_watch_facts f = facts();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f.answered_ms = TCS_MINUTES(cases[i].minutes);
		assert_string_equal(
		    state_at(&f, cases[i].minutes, cases[i].ms), cases[i].want);
	}
}

static void
three_periods_without_an_answer_are_silence(void **state)
{
	struct tcs_watch_facts f = facts();

	(void)state;
	f.has_failed = true;
	assert_string_equal(state_at(&f, 16, 0), "fresh");
	assert_string_equal(state_at(&f, 16, 1), "silent");
}

/* The second one comes two periods after the last answer; sooner after a
 * start, which proves nothing. */
static void
two_failures_in_a_row_are_silence(void **state)
{
	struct tcs_watch_facts f = facts();

	(void)state;
	f.has_failed = true;
	f.failures = 1;
	assert_string_equal(state_at(&f, 14, 0), "fresh");
	f.failures = 2;
	assert_string_equal(state_at(&f, 12, 0), "fresh");
	assert_string_equal(state_at(&f, 14, 0), "silent");
	f.has_failed = false; /* of a process before this one */
	assert_string_equal(state_at(&f, 14, 0), "fresh");
}

static void
one_that_never_answered_is_silent_at_the_first_failure(void **state)
{
	struct tcs_watch_facts f = facts();

	(void)state;
	f.answered_ms = TCS_NO_TIME;
	f.has_document = false;
	assert_string_equal(state_at(&f, 1, 0), "starting");
	assert_string_equal(state_at(&f, 6, 1), "silent");
	f.has_failed = true;
	assert_string_equal(state_at(&f, 0, 1), "silent");
}

static void
time_when_nobody_asked_is_not_the_source_s_silence(void **state)
{
	struct tcs_watch_facts f = facts();

	(void)state;
	f.started_ms = TCS_MINUTES(40); /* the answer was another process's */
	assert_string_equal(state_at(&f, 41, 0), "starting");
	f.has_failed =
	    true; /* and it fails now, 30 minutes after that answer */
	assert_string_equal(state_at(&f, 41, 0), "silent");
}

static void
the_gravest_is_shown(void **state)
{
	static const char *const want[] = {
	    "limited", "silent", "expired", "reshaped", "frozen", "late"};
	struct tcs_watch_facts f = facts();

	(void)state;
	f.is_limited = true;
	f.has_failed = true;
	f.refusal = TCS_REFUSAL_RESHAPED;
	assert_string_equal(state_at(&f, 200, 0), want[0]);
	f.is_limited = false;
	assert_string_equal(state_at(&f, 200, 0), want[1]);
	f.answered_ms = TCS_MINUTES(200);
	assert_string_equal(state_at(&f, 200, 0), want[2]);
	f.document.expires_ms = TCS_NO_TIME;
	assert_string_equal(state_at(&f, 200, 0), want[3]);
	f.refusal = TCS_REFUSAL_TRUNCATED; /* no word of the source */
	assert_string_equal(state_at(&f, 200, 0), want[4]);
	f.document.frozen_ms = TCS_NO_TIME;
	assert_string_equal(state_at(&f, 200, 0), want[5]);
}

static void
an_error_under_http_200_is_reshaped_too(void **state)
{
	struct tcs_watch_facts f = facts();

	(void)state;
	f.refusal = TCS_REFUSAL_ERROR;
	assert_string_equal(state_at(&f, 11, 0), "reshaped");
}

/* From one "next" to the following, no state is missed. */
static void
the_next_look_is_when_the_state_may_change(void **state)
{
	struct tcs_watch_facts f = facts();
	int64_t at_ms = TCS_MINUTES(11), next_ms;
	unsigned looks = 0;

	(void)state;
	f.has_failed = true;
	while ((next_ms = tcs_watch_next(&f, at_ms)) != TCS_NO_TIME) {
		enum tcs_source_state before = tcs_watch_state(&f, at_ms);
		assert_true(next_ms > at_ms);
		for (int64_t t = at_ms; t < next_ms; t += TCS_SECONDS(7))
			assert_int_equal(tcs_watch_state(&f, t), before);
		assert_int_equal(tcs_watch_state(&f, next_ms - 1), before);
		at_ms = next_ms;
		assert_true(++looks < 10);
	}
	assert_int_equal(looks, 4);
}

static void
words_are_read_back(void **state)
{
	enum tcs_source_state found = TCS_SOURCE_FRESH;

	(void)state;
	for (int i = TCS_SOURCE_FRESH; i <= TCS_SOURCE_LIMITED; i++) {
		assert_true(tcs_source_parse(
		    tcs_source_word((enum tcs_source_state)i), &found));
		assert_int_equal(found, i);
	}
	assert_false(tcs_source_parse("green", &found));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        what_the_document_says_makes_it_late_frozen_expired),
	    cmocka_unit_test(three_periods_without_an_answer_are_silence),
	    cmocka_unit_test(two_failures_in_a_row_are_silence),
	    cmocka_unit_test(
	        one_that_never_answered_is_silent_at_the_first_failure),
	    cmocka_unit_test(
	        time_when_nobody_asked_is_not_the_source_s_silence),
	    cmocka_unit_test(the_gravest_is_shown),
	    cmocka_unit_test(an_error_under_http_200_is_reshaped_too),
	    cmocka_unit_test(the_next_look_is_when_the_state_may_change),
	    cmocka_unit_test(words_are_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

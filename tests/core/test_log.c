#include "core/clock.h"
#include "core/log.h"
#include "tests/support/check.h"
#include "tests/support/logcatch.h"

static char last[5000];

static void
keep_last(void *arg, enum tcs_log_level level, const char *line)
{
	(void)level;
	(*(int *)arg)++;
	size_t n = strlen(line);
	assert_true(n < sizeof(last));
	memcpy(last, line, n + 1);
}

static void
an_event_is_one_line_whatever_its_values_hold(void **state)
{
	int lines = 0;

	(void)state;
	tcs_log_set_sink(keep_last, &lines);
	tcs_log(TCS_LOG_INFO, "feed.polled", "feed=%s n=%d", "vigicrues", 3);
	check_text(last, "feed.polled feed=vigicrues n=3");
	tcs_log(TCS_LOG_INFO, "feed.polled", "reason=\"%s\"",
	    "a\nerror forged\r\x1b[31m\x7f\xc3\xa9");
	check_text(last, "feed.polled reason=\"a?error forged??[31m?é\"");
	assert_int_equal(lines, 2);
	tcs_log_set_sink(NULL, NULL);
}

static void
a_long_event_is_cut_and_nothing_else(void **state)
{
	char value[8000];
	int lines = 0;

	(void)state;
	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	tcs_log_set_sink(keep_last, &lines);
	tcs_log(TCS_LOG_ERROR, "event", "v=%s", value);
	assert_int_equal(lines, 1);
	assert_int_equal(strlen(last), 4095);
	assert_memory_equal(last, "event v=xxx", 11);
	tcs_log_set_sink(NULL, NULL);
}

static void
what_is_below_the_level_is_not_written(void **state)
{
	(void)state;
	logcatch_start();
	tcs_log_set_level(TCS_LOG_WARNING);
	tcs_log(TCS_LOG_ERROR, "one", "a=%d", 1);
	tcs_log(TCS_LOG_WARNING, "two", "a=%d", 1);
	tcs_log(TCS_LOG_INFO, "three", "a=%d", 1);
	tcs_log(TCS_LOG_DEBUG, "four", "a=%d", 1);
	assert_true(logcatch_has("one a=1"));
	assert_true(logcatch_has("two"));
	assert_false(logcatch_has("three"));
	assert_false(logcatch_has("four"));
	tcs_log_set_level(TCS_LOG_DEBUG);
	tcs_log(TCS_LOG_DEBUG, "four", "a=%d", 1);
	assert_true(logcatch_has("four"));
	tcs_log_set_level(TCS_LOG_INFO);
	logcatch_stop();
}

static void
a_lasting_fault_is_said_ever_more_rarely(void **state)
{
	struct tcs_complaint c = {0};
	int64_t said[16];
	size_t n = 0;

	(void)state;
	/* One occurrence a second for five hours. */
	for (int64_t now = 0; now < TCS_HOURS(5); now += TCS_SECONDS(1)) {
		if (!tcs_complain(&c, now))
			continue;
		assert_true(n < 16);
		said[n++] = now / TCS_MINUTES(1);
	}
	static const int64_t want[] = {0, 1, 3, 7, 15, 31, 63, 123, 183, 243};
	assert_int_equal(n, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < n; i++)
		assert_int_equal(said[i], want[i]);
	assert_int_equal(c.count, 5 * 3600);
}

static void
the_end_of_a_fault_is_said_once_and_the_next_one_at_once(void **state)
{
	struct tcs_complaint c = {0};

	(void)state;
	assert_false(tcs_complaint_over(&c));
	assert_true(tcs_complain(&c, 1000));
	assert_false(tcs_complain(&c, 1001));
	assert_true(tcs_complaint_over(&c));
	assert_false(tcs_complaint_over(&c));
	assert_true(tcs_complain(&c, 1002));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_event_is_one_line_whatever_its_values_hold),
	    cmocka_unit_test(a_long_event_is_cut_and_nothing_else),
	    cmocka_unit_test(what_is_below_the_level_is_not_written),
	    cmocka_unit_test(a_lasting_fault_is_said_ever_more_rarely),
	    cmocka_unit_test(
	        the_end_of_a_fault_is_said_once_and_the_next_one_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

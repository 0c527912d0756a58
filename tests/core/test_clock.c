#include "core/clock.h"
#include "tests/support/check.h"

#define at(text) at(text)

static int64_t
at(const char *text)
{
	int64_t ms;

	assert_int_equal(tcs_time_parse(tcs_slice_str(text), &ms), TCS_OK);
	return ms;
}

static void
times_are_read_with_any_numeric_offset(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds; /* since 1970 */
	} cases[] = {
	    {"1970-01-01T00:00:00Z", 0},
	    {"1970-01-01T00:00:00z", 0},
	    {"1970-01-01T01:00:00+01:00", 0},
	    {"1970-01-01T00:00:00+14:00", -50400},
	    {"2026-11-23T16:00:00+01:00", 1795446000},
	    {"2026-11-23T16:00:00+0100", 1795446000},
	    {"2026-11-23T15:00:00-00:00", 1795446000},
	    {"2026-11-23T09:30:00-05:30", 1795446000},
	    {"2026-11-23 15:00:00Z", 1795446000},
	    {"2026-11-23T15:00:00.987654Z", 1795446000},
	    {"2024-02-29T00:00:00Z", 1709164800},
	    {"2016-12-31T23:59:60Z", 1483228800}, /* leap second */
	    {"9999-12-31T23:59:59Z", INT64_C(253402300799)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ms = 1;
		assert_int_equal(
		    tcs_time_parse(tcs_slice_str(cases[i].text), &ms), TCS_OK);
		assert_int_equal(ms, cases[i].seconds * 1000);
	}
}

static void
what_is_no_time_is_refused(void **state)
{
	static const char *const cases[] = {"", "2026-11-23",
	    "2026-11-23T16:00:00", "2026-11-23T16:00Z", "2026-13-23T16:00:00Z",
	    "2026-00-23T16:00:00Z", "2026-04-31T16:00:00Z",
	    "2025-02-29T16:00:00Z", "2026-11-23T24:00:00Z",
	    "2026-11-23T16:60:00Z", "2026-11-23T16:00:61Z",
	    "2026-11-23T16:00:00+1:00", "2026-11-23T16:00:00+15:00",
	    "2026-11-23T16:00:00+01:60", "2026-11-23T16:00:00 +01:00",
	    "2026-11-23T16:00:00Zx", "2026-11-23T16:00:00CET",
	    "2026-11-23t16:00:00Z", "1969-12-31T23:59:59Z", "20261123T160000Z",
	    "x026-11-23T16:00:00Z", "2026-11-23T16:00:00.Zx",
	    " 2026-11-23T16:00:00Z"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ms = 77;
		enum tcs_err err = tcs_time_parse(tcs_slice_str(cases[i]), &ms);
		if (err != TCS_EPARSE)
			print_error("%s\n", cases[i]);
		assert_int_equal(err, TCS_EPARSE);
		assert_int_equal(ms, 77);
	}
}

static void
a_time_is_cut_anywhere_without_harm(void **state)
{
	static const char text[] = "2026-11-23T16:00:00.5+01:00";
	int64_t ms;

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++)
		assert_int_equal(
		    tcs_time_parse(tcs_slice(text, n), &ms), TCS_EPARSE);
}

static void
times_are_written_in_legal_time_with_offset(void **state)
{
	static const struct {
		const char *utc, *iso, *compact, *french;
	} cases[] = {
	    {"2026-11-23T15:00:00Z", "2026-11-23T16:00:00+01:00",
	        "20261123T150000Z", "23/11/2026 16:00"},
	    {"2026-07-14T15:00:00Z", "2026-07-14T17:00:00+02:00",
	        "20260714T150000Z", "14/07/2026 17:00"},
	    {"2026-12-31T23:30:00Z", "2027-01-01T00:30:00+01:00",
	        "20261231T233000Z", "01/01/2027 00:30"},
	    /* The night of 25 October 2026 has two hours called 02. */
	    {"2026-10-25T00:30:00Z", "2026-10-25T02:30:00+02:00",
	        "20261025T003000Z", "25/10/2026 02:30 CEST"},
	    {"2026-10-25T01:30:00Z", "2026-10-25T02:30:00+01:00",
	        "20261025T013000Z", "25/10/2026 02:30 CET"},
	    {"2026-10-24T23:59:59Z", "2026-10-25T01:59:59+02:00",
	        "20261024T235959Z", "25/10/2026 01:59"},
	    {"2026-10-25T02:00:00Z", "2026-10-25T03:00:00+01:00",
	        "20261025T020000Z", "25/10/2026 03:00"},
	    /* The night of 29 March 2026 has no hour called 02. */
	    {"2026-03-29T00:59:59Z", "2026-03-29T01:59:59+01:00",
	        "20260329T005959Z", "29/03/2026 01:59"},
	    {"2026-03-29T01:00:00Z", "2026-03-29T03:00:00+02:00",
	        "20260329T010000Z", "29/03/2026 03:00"},
	};
	char text[TCS_TIME_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ms = at(cases[i].utc);
		check_text(tcs_time_iso(ms, text), cases[i].iso);
		assert_int_equal(at(text), ms);
		check_text(tcs_time_compact(ms, text), cases[i].compact);
		check_text(tcs_time_french(ms, text), cases[i].french);
	}
}

static void
the_date_of_a_mail_is_in_english_and_legal_time(void **state)
{
	char text[TCS_TIME_TEXT];

	(void)state;
	check_text(tcs_time_mail(at("2026-11-23T15:00:00Z"), text),
	    "Mon, 23 Nov 2026 16:00:00 +0100");
	check_text(tcs_time_mail(at("2026-06-07T08:05:09Z"), text),
	    "Sun, 7 Jun 2026 10:05:09 +0200");
}

static void
the_next_daily_hour_is_after_now_and_legal(void **state)
{
	static const struct {
		const char *now;
		int minutes;
		const char *want;
	} cases[] = {
	    {"2026-11-23T09:59:59+01:00", 600, "2026-11-23T10:00:00+01:00"},
	    {"2026-11-23T10:00:00+01:00", 600, "2026-11-24T10:00:00+01:00"},
	    {"2026-11-23T10:00:01+01:00", 960, "2026-11-23T16:00:00+01:00"},
	    {"2026-12-31T16:00:00+01:00", 960, "2027-01-01T16:00:00+01:00"},
	    {"2026-11-23T23:59:59+01:00", 0, "2026-11-24T00:00:00+01:00"},
	    /* Into summer and into winter: 23 and 25 hours later. */
	    {"2026-03-28T10:00:00+01:00", 600, "2026-03-29T10:00:00+02:00"},
	    {"2026-10-24T10:00:00+02:00", 600, "2026-10-25T10:00:00+01:00"},
	    {"2026-10-25T02:30:00+02:00", 600, "2026-10-25T10:00:00+01:00"},
	    /* An hour that does not exist is read as the next. */
	    {"2026-03-28T12:00:00+01:00", 150, "2026-03-29T03:30:00+02:00"},
	};
	char text[TCS_TIME_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t next =
		    tcs_time_next_daily(at(cases[i].now), cases[i].minutes);
		check_text(tcs_time_iso(next, text), cases[i].want);
	}
}

static void
every_next_daily_of_the_doubled_hour_moves_on(void **state)
{
	int64_t now = at("2026-10-25T00:00:00+02:00");
	int64_t end = at("2026-10-26T00:00:00+01:00");

	(void)state;
	for (; now < end; now += TCS_MINUTES(10)) {
		int64_t next = tcs_time_next_daily(now, 150);
		assert_true(next > now);
		assert_true(next - now <= TCS_HOURS(25));
	}
}

static void
a_held_clock_stands_until_released(void **state)
{
	(void)state;
	assert_false(tcs_clock_is_held());
	tcs_clock_hold(42);
	assert_true(tcs_clock_is_held());
	assert_int_equal(tcs_clock_now_ms(), 42);
	assert_true(tcs_clock_wall_ms() > INT64_C(1700000000000));
	int64_t boot = tcs_clock_boot_ms();
	assert_true(boot > 0);
	tcs_clock_hold(43);
	assert_int_equal(tcs_clock_now_ms(), 43);
	assert_true(tcs_clock_boot_ms() >= boot);
	tcs_clock_release();
	assert_true(tcs_clock_now_ms() > INT64_C(1700000000000));
}

static void
an_unknown_zone_is_refused_and_a_known_one_is_legal_time(void **state)
{
	static const char *const bad[] = {
	    "", "Europe/Nulle-Part", "../../../etc/passwd"};
	char text[TCS_TIME_TEXT], longest[200];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(tcs_clock_set_zone(bad[i]), TCS_EINVAL);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(tcs_clock_set_zone(longest), TCS_EINVAL);

	assert_int_equal(tcs_clock_set_zone("America/Martinique"), TCS_OK);
	check_text(tcs_time_iso(at("2026-11-23T15:00:00Z"), text),
	    "2026-11-23T11:00:00-04:00");
	assert_int_equal(tcs_clock_set_zone("Europe/Paris"), TCS_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(times_are_read_with_any_numeric_offset),
	    cmocka_unit_test(what_is_no_time_is_refused),
	    cmocka_unit_test(a_time_is_cut_anywhere_without_harm),
	    cmocka_unit_test(times_are_written_in_legal_time_with_offset),
	    cmocka_unit_test(the_date_of_a_mail_is_in_english_and_legal_time),
	    cmocka_unit_test(the_next_daily_hour_is_after_now_and_legal),
	    cmocka_unit_test(every_next_daily_of_the_doubled_hour_moves_on),
	    cmocka_unit_test(a_held_clock_stands_until_released),
	    cmocka_unit_test(
	        an_unknown_zone_is_refused_and_a_known_one_is_legal_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

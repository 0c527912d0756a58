#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "dispatcher/delivery.h"
#include "tests/support/check.h"
#include "tests/support/logcatch.h"

enum { NOW = 1000000, EXPIRES = 2000000 };

static const struct tcs_delivery_about about = {
    .alert = "sidpc62.1a2b3c4d.alerte.v2-abcdef",
    .thread = "1a2b3c4d",
    .code = "K7P",
    .raise = "alerte",
    .nature = "alerte",
    .version = 2,
    .contact = "mairie-a",
    .channel = "webhook",
    .trace = "0123456789abcdef",
};
static const struct tcs_retry_policy policy = {500, 60000, 5, 0};

static struct tcs_delivery
sending(unsigned attempt)
{
	return (struct tcs_delivery){
	    .key = "00112233445566aa",
	    .state = TCS_DELIVERY_SENDING,
	    .attempt = attempt,
	    .expires_ms = EXPIRES,
	};
}

static void
each_verdict_leads_to_its_state(void **state)
{
	static const struct {
		enum tcs_verdict verdict;
		unsigned attempt;
		bool is_superseded;
		int64_t now_ms;
		enum tcs_delivery_state want;
		bool want_may_have_had;
	} cases[] = {
#define CASE(v, attempt, is_superseded, now, want, had)                        \
	{TCS_VERDICT_##v, attempt, is_superseded, now, TCS_DELIVERY_##want, had}
	    CASE(ACCEPTED, 1, false, NOW, ACCEPTED, false),
	    CASE(ACCEPTED, 1, true, EXPIRES, ACCEPTED, false),
	    CASE(REFUSED, 1, false, NOW, FAILED, false),
	    CASE(REFUSED, 1, true, NOW, FAILED, false),
	    CASE(LATER, 1, false, NOW, WAITING, false),
	    CASE(LATER, 1, true, NOW, SUPERSEDED, false),
	    CASE(LATER, 1, false, EXPIRES, EXPIRED, false),
	    CASE(LATER, 5, false, NOW, FAILED, false),
	    CASE(LATER, 4, false, NOW, WAITING, false),
	    CASE(UNKNOWN, 1, false, NOW, WAITING, true),
	    CASE(UNKNOWN, 1, true, NOW, SUPERSEDED, true),
	    CASE(UNKNOWN, 1, false, EXPIRES + 1, EXPIRED, true),
	    CASE(UNKNOWN, 5, false, NOW, FAILED, true),
	    CASE(DOWN, 1, false, NOW, WAITING, false),
	    CASE(DOWN, 1, true, NOW, SUPERSEDED, false),
	    CASE(DOWN, 5, false, NOW, WAITING, false),
#undef CASE
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_delivery d = sending(cases[i].attempt);
		d.unclean = 3;
		struct tcs_attempt_end end = {.verdict = cases[i].verdict,
		    .reason = "why",
		    .retry_after_ms = -1,
		    .now_ms = cases[i].now_ms,
		    .probe_ms = NOW + 7,
		    .is_superseded = cases[i].is_superseded};
		tcs_delivery_conclude(&d, &about, &end, &policy);
		assert_string_equal(tcs_delivery_state_name(d.state),
		    tcs_delivery_state_name(cases[i].want));
		assert_int_equal(d.may_have_had, cases[i].want_may_have_had);
		assert_int_equal(d.unclean, 0);
		tcs_delivery_fini(&d);
	}
}

static void
a_retry_waits_by_back_off_or_as_the_far_side_asks(void **state)
{
	static const struct {
		enum tcs_verdict verdict;
		unsigned attempt;
		bool is_ours;
		int64_t asked, want;
	} cases[] = {
	    {TCS_VERDICT_LATER, 1, false, -1, NOW + 500},
	    {TCS_VERDICT_LATER, 3, false, -1, NOW + 2000},
	    {TCS_VERDICT_LATER, 3, false, 100, NOW + 2000},
	    {TCS_VERDICT_LATER, 3, false, 9000, NOW + 9000},
	    {TCS_VERDICT_LATER, 1, false, INT64_MAX, NOW + TCS_HOURS(1)},
	    {TCS_VERDICT_UNKNOWN, 1, false, -1, NOW + 500},
	    {TCS_VERDICT_DOWN, 1, false, -1, NOW + 7},
	    {TCS_VERDICT_LATER, 4, true, -1, NOW + 1000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_delivery d = sending(cases[i].attempt);
		struct tcs_attempt_end end = {.verdict = cases[i].verdict,
		    .retry_after_ms = cases[i].asked,
		    .now_ms = NOW,
		    .probe_ms = NOW + 7,
		    .is_ours = cases[i].is_ours};
		tcs_delivery_conclude(&d, &about, &end, &policy);
		assert_int_equal(d.state, TCS_DELIVERY_WAITING);
		assert_int_equal(d.next_ms, cases[i].want);
		tcs_delivery_fini(&d);
	}
}

static void
a_channel_that_is_down_uses_up_no_attempt(void **state)
{
	struct tcs_delivery d = sending(0);
	struct tcs_attempt_end end = {.verdict = TCS_VERDICT_DOWN,
	    .retry_after_ms = -1,
	    .now_ms = NOW,
	    .probe_ms = NOW + 7};

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		d.state = TCS_DELIVERY_SENDING;
		d.attempt++;
		tcs_delivery_conclude(&d, &about, &end, &policy);
		assert_int_equal(d.state, TCS_DELIVERY_WAITING);
	}
	assert_int_equal(d.attempt, 100);
	assert_int_equal(d.excused, 100);
	tcs_delivery_fini(&d);
}

static void
an_untrusted_clock_expires_nothing(void **state)
{
	struct tcs_delivery d = sending(1);
	struct tcs_attempt_end end = {.verdict = TCS_VERDICT_LATER,
	    .retry_after_ms = -1,
	    .now_ms = EXPIRES + 1,
	    .is_expiry_halted = true};

	(void)state;
	tcs_delivery_conclude(&d, &about, &end, &policy);
	assert_int_equal(d.state, TCS_DELIVERY_WAITING);
	tcs_delivery_fini(&d);
}

static void
an_interrupted_attempt_is_unknown_and_tried_again_at_once(void **state)
{
	struct tcs_delivery d = sending(1);

	(void)state;
	tcs_delivery_interrupted(&d, &about, true, NOW);
	assert_int_equal(d.state, TCS_DELIVERY_WAITING);
	assert_true(d.may_have_had);
	assert_int_equal(d.next_ms, NOW);
	assert_int_equal(d.unclean, 0);
	assert_int_equal(d.attempt - d.excused, 0);
	tcs_delivery_fini(&d);
}

static void
the_fifth_attempt_that_dies_with_the_process_is_the_last(void **state)
{
	struct tcs_delivery d = sending(0);

	(void)state;
	for (unsigned i = 1; i <= 5; i++) {
		d.state = TCS_DELIVERY_SENDING;
		d.attempt++;
		tcs_delivery_interrupted(&d, &about, false, NOW);
		assert_int_equal(d.state,
		    i < 5 ? TCS_DELIVERY_WAITING : TCS_DELIVERY_FAILED);
	}
	tcs_delivery_fini(&d);
}

static void
only_a_retry_before_the_expiry_needs_a_timer(void **state)
{
	static const struct {
		enum tcs_delivery_state state;
		int64_t next_ms, want;
	} cases[] = {
	    {TCS_DELIVERY_QUEUED, 0, TCS_NO_TIME},
	    {TCS_DELIVERY_HELD, 0, TCS_NO_TIME},
	    {TCS_DELIVERY_SENDING, 0, TCS_NO_TIME},
	    {TCS_DELIVERY_WAITING, NOW + 5, NOW + 5},
	    {TCS_DELIVERY_WAITING, EXPIRES, TCS_NO_TIME},
	    {TCS_DELIVERY_ACCEPTED, 0, TCS_NO_TIME},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_delivery d = sending(1);
		d.state = cases[i].state;
		d.next_ms = cases[i].next_ms;
		assert_int_equal(tcs_delivery_due_ms(&d), cases[i].want);
	}
}

static void
a_row_reads_back_as_it_was_written(void **state)
{
	struct tcs_delivery d = sending(4), back;
	struct tcs_delivery_about back_about;
	struct tcs_buf one, two;
	json_t *value = NULL;
	char reason[] = "refused \xc3\xa9t\xc3\xa9 \"x\"";

	(void)state;
	d.reason = reason;
	d.excused = 1;
	d.may_have_had = true;
	d.urgency = TCS_URGENCY_ACTS;
	memcpy(d.thread_key, "ffeeddccbbaa0099", TCS_DELIVERY_KEY);
	tcs_buf_init(&one, 4096);
	tcs_buf_init(&two, 4096);
	tcs_delivery_to_json(&d, &about, &one);
	assert_int_equal(one.err, TCS_OK);
	check_json(tcs_buf_view(&one));
	assert_int_equal(
	    tcs_json_parse(tcs_buf_view(&one), &value, NULL, NULL), TCS_OK);
	assert_int_equal(
	    tcs_delivery_from_json(value, &back, &back_about, NULL), TCS_OK);
	tcs_delivery_to_json(&back, &back_about, &two);
	assert_string_equal(one.p, two.p);
	assert_int_equal(back.attempt, 4);
	assert_string_equal(back.thread_key, "ffeeddccbbaa0099");
	assert_int_equal(back.urgency, TCS_URGENCY_ACTS);
	tcs_delivery_fini(&back);
	json_decref(value);
	tcs_buf_fini(&one);
	tcs_buf_fini(&two);
}

static void
what_is_no_row_is_refused(void **state)
{
	static const char *const cases[] = {"{}", "[]", "3",
	    "{\"key\":\"short\",\"state\":\"QUEUED\"}",
	    ("{\"key\":\"00112233445566aa\",\"state\":\"LOST\","
	     "\"alert\":\"a\",\"thread\":\"t\",\"code\":\"c\","
	     "\"raise\":\"r\",\"nature\":\"n\",\"contact\":\"c\","
	     "\"channel\":\"c\",\"trace\":\"t\"}")};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_delivery d;
		struct tcs_delivery_about a;
		json_t *value = NULL;
		assert_int_equal(
		    tcs_json_parse(tcs_slice_str(cases[i]), &value, NULL, NULL),
		    TCS_OK);
		assert_int_equal(
		    tcs_delivery_from_json(value, &d, &a, NULL), TCS_EPARSE);
		json_decref(value);
	}
}

static void
a_reason_is_cut_between_characters(void **state)
{
	struct tcs_delivery d = sending(1);
	char reason[400] = "x";
	struct tcs_attempt_end end = {.verdict = TCS_VERDICT_REFUSED,
	    .reason = reason,
	    .retry_after_ms = -1,
	    .now_ms = NOW};

	(void)state;
	for (size_t i = 1; i + 2 < sizeof(reason); i += 2) {
		reason[i] = '\xc3';
		reason[i + 1] = '\xa9';
	}
	tcs_delivery_conclude(&d, &about, &end, &policy);
	assert_non_null(d.reason);
	assert_int_equal(strlen(d.reason), 299);
	assert_true(tcs_slice_is_utf8(tcs_slice_str(d.reason)));
	tcs_delivery_fini(&d);
}

static void
a_change_of_state_is_logged_without_the_address(void **state)
{
	struct tcs_delivery d = sending(2);
	struct tcs_attempt_end end = {.verdict = TCS_VERDICT_REFUSED,
	    .reason = "550 no such box",
	    .retry_after_ms = -1,
	    .now_ms = NOW};

	(void)state;
	logcatch_start();
	tcs_delivery_conclude(&d, &about, &end, &policy);
	assert_true(logcatch_has("delivery.state from=SENDING to=FAILED"));
	assert_true(logcatch_has("contact=mairie-a channel=webhook"));
	assert_true(logcatch_has("trace=0123456789abcdef"));
	logcatch_stop();
	tcs_delivery_fini(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_verdict_leads_to_its_state),
	    cmocka_unit_test(a_retry_waits_by_back_off_or_as_the_far_side_asks),
	    cmocka_unit_test(a_channel_that_is_down_uses_up_no_attempt),
	    cmocka_unit_test(an_untrusted_clock_expires_nothing),
	    cmocka_unit_test(
	        an_interrupted_attempt_is_unknown_and_tried_again_at_once),
	    cmocka_unit_test(
	        the_fifth_attempt_that_dies_with_the_process_is_the_last),
	    cmocka_unit_test(only_a_retry_before_the_expiry_needs_a_timer),
	    cmocka_unit_test(a_row_reads_back_as_it_was_written),
	    cmocka_unit_test(what_is_no_row_is_refused),
	    cmocka_unit_test(a_reason_is_cut_between_characters),
	    cmocka_unit_test(a_change_of_state_is_logged_without_the_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/typed.h"
#include "core/clock.h"

/* 24/11/2026 04:30, Paris. */
static const int64_t now_ms = 1795491000000;

static struct tcs_typed
some_typed(void)
{
	return (struct tcs_typed){.code = "K7M",
	    .hash = "1a2b3c",
	    .verdict = "approve",
	    .authority = "Mme Exemple, sous-préfète de permanence",
	    .how = "verbal par téléphone",
	    .reason = "montée confirmée",
	    .asked_ms = TCS_NO_TIME,
	    .answered_ms = TCS_NO_TIME,
	    .typed_by = "mdurand",
	    .at_ms = now_ms};
}

static void
a_reference_is_read_in_any_case(void **state)
{
	struct tcs_typed typed = {0};

	(void)state;
	assert_int_equal(
	    tcs_typed_read_ref("k7m-1A2b3C", &typed, NULL), TCS_OK);
	assert_string_equal(typed.code, "K7M");
	assert_string_equal(typed.hash, "1a2b3c");
}

static void
what_is_no_reference_is_refused_with_what_to_write(void **state)
{
	static const char *const cases[] = {"", "K7M", "K7M-", "K7M-1a2b3",
	    "K7M-1a2b3cd", "K7M_1a2b3c", "KOM-1a2b3c", "K1M-1a2b3c",
	    "K7M-1a2b3g", "K7M-1a2\n3c", "\xc3\xa9M-1a2b3c"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_typed typed = {.code = "AAA"};
		struct tcs_diag diag = {0};
		assert_int_equal(
		    tcs_typed_read_ref(cases[i], &typed, &diag), TCS_EPARSE);
		assert_string_equal(typed.code, "AAA");
		assert_non_null(strstr(tcs_diag_text(&diag), "CODE-hhhhhh"));
		tcs_diag_fini(&diag);
	}
}

static void
a_time_of_day_is_the_last_one(void **state)
{
	static const struct {
		const char *text;
		int64_t want_ms;
	} cases[] = {
	    {"04:30", now_ms},
	    {"04:29", now_ms - TCS_MINUTES(1)},
	    {"04:31", now_ms + TCS_MINUTES(1) - TCS_DAYS(1)},
	    {"00:00", now_ms - TCS_MINUTES(4 * 60 + 30)},
	    {"2026-11-24T04:00:00+01:00", now_ms - TCS_MINUTES(30)},
	};

	(void)state;
	assert_int_equal(tcs_clock_set_zone("Europe/Paris"), TCS_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t got = 0;
		assert_int_equal(
		    tcs_typed_read_time(cases[i].text, now_ms, &got), TCS_OK);
		assert_int_equal(got, cases[i].want_ms);
	}
}

static void
what_is_no_time_is_refused(void **state)
{
	static const char *const cases[] = {
	    "", "4:30", "24:00", "12:60", "-1:00", "12h30", "yesterday"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t got = 7;
		assert_int_equal(
		    tcs_typed_read_time(cases[i], now_ms, &got), TCS_EPARSE);
		assert_int_equal(got, 7);
	}
}

static void
what_must_be_said_is_named(void **state)
{
	static char long_text[600];
	const struct {
		size_t offset;
		const char *value, *want;
	} cases[] = {
	    {offsetof(struct tcs_typed, authority), NULL, "--authority"},
	    {offsetof(struct tcs_typed, authority), "  ", "--authority"},
	    {offsetof(struct tcs_typed, how), NULL, "--how"},
	    {offsetof(struct tcs_typed, reason), "", "--reason"},
	    {offsetof(struct tcs_typed, reason), "a\nb", "--reason"},
	    {offsetof(struct tcs_typed, reason), "\xff", "--reason"},
	    {offsetof(struct tcs_typed, basis), long_text, "--basis"},
	    {offsetof(struct tcs_typed, verdict), "yes", "approve"},
	};

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_typed typed = some_typed();
		struct tcs_diag diag = {0};
		memcpy((char *)&typed + cases[i].offset, &cases[i].value,
		    sizeof(cases[i].value));
		assert_int_not_equal(tcs_typed_check(&typed, &diag), TCS_OK);
		assert_non_null(strstr(tcs_diag_text(&diag), cases[i].want));
		tcs_diag_fini(&diag);
	}
}

static void
an_answer_follows_its_question_and_is_not_to_come(void **state)
{
	struct tcs_typed typed = some_typed();

	(void)state;
	assert_int_equal(tcs_typed_check(&typed, NULL), TCS_OK);
	typed.asked_ms = now_ms - 2;
	typed.answered_ms = now_ms - 1;
	assert_int_equal(tcs_typed_check(&typed, NULL), TCS_OK);
	typed.asked_ms = now_ms;
	assert_int_equal(tcs_typed_check(&typed, NULL), TCS_EINVAL);
	typed.asked_ms = TCS_NO_TIME;
	typed.answered_ms = now_ms + 1;
	assert_int_equal(tcs_typed_check(&typed, NULL), TCS_EINVAL);
}

/* One row of the docket, without its text. */
static void
add_row(struct tcs_docket *docket, const char *id, const char *state,
    const char *hash, int number)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
	    "{\"id\":\"%s\",\"code\":\"K7M\",\"hash\":\"%s"
	    "00000000000000000000000000000000000000000000000000000000"
	    "00\",\"thread\":\"12345678\",\"raise\":\"alerte\",\"nature\":"
	    "\"alerte\",\"action\":\"raise\",\"state\":\"%s\",\"level\":"
	    "\"orange\",\"proposed_ms\":%d,\"headline\":\"x\"}",
	    id, hash, state, number);
	assert_int_equal(tcs_docket_add(docket, tcs_slice_str("62|x"),
	                     tcs_slice_str(text), NULL),
	    TCS_OK);
}

static void
a_decision_finds_its_text_or_what_took_its_place(void **state)
{
	static const struct {
		const char *code, *hash;
		enum tcs_typed_fit want;
		const char *want_id;
	} cases[] = {
	    {"K7M", "cccccc", TCS_FIT_WAITS, "p3"},
	    {"K7M", "bbbbbb", TCS_FIT_REPLACED, "p3"},
	    {"K7M", "ffffff", TCS_FIT_OTHER, "p3"},
	    {"AAA", "cccccc", TCS_FIT_UNKNOWN, NULL},
	};
	struct tcs_docket docket = {0};

	(void)state;
	add_row(&docket, "p2", "superseded", "bbbbbb", 2);
	add_row(&docket, "p3", "waiting", "cccccc", 3);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tcs_docket_row *row = NULL;
		struct tcs_typed typed = {0};
		memcpy(typed.code, cases[i].code, 4);
		memcpy(typed.hash, cases[i].hash, 7);
		assert_int_equal(
		    tcs_typed_fit(&typed, &docket, &row), cases[i].want);
		if (cases[i].want_id == NULL)
			assert_null(row);
		else
			assert_string_equal(row->id, cases[i].want_id);
	}
	tcs_docket_fini(&docket);
}

static void
a_text_that_was_decided_does_not_wait_any_more(void **state)
{
	static const char *const states[] = {
	    "approved", "rejected", "withdrawn", "expired"};

	(void)state;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		struct tcs_docket docket = {0};
		const struct tcs_docket_row *row = NULL;
		struct tcs_typed typed = {.code = "K7M", .hash = "aaaaaa"};
		add_row(&docket, "p1", states[i], "aaaaaa", 1);
		assert_int_equal(
		    tcs_typed_fit(&typed, &docket, &row), TCS_FIT_ENDED);
		assert_string_equal(row->id, "p1");
		tcs_docket_fini(&docket);
	}
}

static void
the_record_has_what_was_typed_and_nothing_that_was_not(void **state)
{
	struct tcs_typed typed = some_typed();
	char id[TCS_TYPED_ID];
	struct tcs_buf buf;

	(void)state;
	typed.answered_ms = now_ms - TCS_MINUTES(5);
	tcs_typed_identify("sidpc62", typed.at_ms, "0a1b2c3d", id);
	assert_string_equal(id, "sidpc62.decision.20261124T033000Z-0a1b2c3d");
	tcs_buf_init(&buf, 4096);
	assert_int_equal(tcs_typed_write(&typed, id, &buf), TCS_OK);
	assert_string_equal(buf.p,
	    "{\"v\":1,\"id\":\"sidpc62.decision.20261124T033000Z-0a1b2c3d\","
	    "\"kind\":\"decide\",\"at\":\"2026-11-24T04:30:00+01:00\","
	    "\"typed_by\":\"mdurand\",\"code\":\"K7M\",\"hash\":\"1a2b3c\","
	    "\"verdict\":\"approve\",\"authority\":\"Mme Exemple, sous-préfète "
	    "de permanence\",\"how\":\"verbal par téléphone\",\"reason\":"
	    "\"montée confirmée\",\"answered\":\"2026-11-24T04:25:00+01:00\"}");
	tcs_buf_fini(&buf);
}

static void
a_row_that_is_not_one_is_refused(void **state)
{
	static const char *const cases[] = {"", "[]", "{\"id\":\"p\"}",
	    "{\"code\":\"K7M\",\"hash\":\"short\"}"};
	struct tcs_docket docket = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(tcs_docket_add(&docket, tcs_slice_str("62|p"),
		                     tcs_slice_str(cases[i]), NULL),
		    TCS_EPARSE);
	assert_int_equal(docket.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_reference_is_read_in_any_case),
	    cmocka_unit_test(
	        what_is_no_reference_is_refused_with_what_to_write),
	    cmocka_unit_test(a_time_of_day_is_the_last_one),
	    cmocka_unit_test(what_is_no_time_is_refused),
	    cmocka_unit_test(what_must_be_said_is_named),
	    cmocka_unit_test(an_answer_follows_its_question_and_is_not_to_come),
	    cmocka_unit_test(a_decision_finds_its_text_or_what_took_its_place),
	    cmocka_unit_test(a_text_that_was_decided_does_not_wait_any_more),
	    cmocka_unit_test(
	        the_record_has_what_was_typed_and_nothing_that_was_not),
	    cmocka_unit_test(a_row_that_is_not_one_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

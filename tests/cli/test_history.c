#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/history.h"
#include "core/buf.h"
#include "core/cap.h"
#include "core/clock.h"
#include "core/signal.h"

#define TRACE "0123456789abcdef"
#define OTHER "fedcba9876543210"
#define ID "sidpc62.vigicrues.AP5.crues.20261123T150000Z.orange-1a2b3c"

/* 23/11/2026 16:00, Paris. */
static const int64_t issued_ms = 1795446000000;

static int
setup(void **state)
{
	assert_int_equal(tcs_clock_set_zone("Europe/Paris"), TCS_OK);
	*state = tcs_history_new(ID);
	return *state == NULL;
}

static int
teardown(void **state)
{
	struct tcs_history *history = *state;

	tcs_history_free(&history);
	return 0;
}

struct some {
	const char *topic, *trace, *id, *value;
	int64_t issued_ms, fetched_ms, at_ms; /* header of its stage */
	const char *stage;
};

static bool
give(struct tcs_history *history, const struct some *some)
{
	char issued[24], fetched[24], at[24];

	(void)snprintf(
	    issued, sizeof(issued), "%lld", (long long)some->issued_ms);
	(void)snprintf(
	    fetched, sizeof(fetched), "%lld", (long long)some->fetched_ms);
	(void)snprintf(at, sizeof(at), "%lld", (long long)some->at_ms);
	const struct tcs_header headers[] = {
	    {tcs_slice_str("trace"), tcs_slice_str(some->trace)},
	    {tcs_slice_str("id"), tcs_slice_str(some->id)},
	    {tcs_slice_str("issued"), tcs_slice_str(issued)},
	    {tcs_slice_str("fetched"), tcs_slice_str(fetched)},
	    {tcs_slice_str(some->stage), tcs_slice_str(at)}};
	const struct tcs_record record = {.topic = some->topic,
	    .position = "1-0",
	    .value = tcs_slice_str(some->value),
	    .headers = headers,
	    .headers_n = some->stage == NULL ? 2 : 5};
	if (tcs_history_trace(history)[0] == '\0')
		return tcs_history_identify(history, &record);
	assert_int_equal(tcs_history_take(history, &record), TCS_OK);
	return true;
}

/* The signal's CAP. */
static const char *
signal_text(void)
{
	static struct tcs_buf buf;
	const struct tcs_signal signal = {.identifier = ID,
	    .sender = "sidpc62@prefecture.example",
	    .sent_ms = issued_ms + 120000,
	    .status = "Test",
	    .msg_type = "Alert",
	    .observatory = "sidpc62",
	    .source = "vigicrues",
	    .feed = "crues",
	    .source_name = "Vigicrues",
	    .zone = "AP5",
	    .zone_name = "Aa",
	    .zone_scheme = "VIGICRUES",
	    .phenomenon = "crues",
	    .level = "orange",
	    .issued_ms = issued_ms,
	    .fetched_ms = issued_ms + 120000,
	    .expires_ms = issued_ms + TCS_HOURS(20),
	    .departement = "62",
	    .headline = "Vigilance crues orange : Aa",
	    .description = "Vigicrues place le tronçon en vigilance."};
	struct tcs_cap *cap = NULL;

	if (buf.p != NULL)
		return buf.p;
	tcs_buf_init(&buf, TCS_CAP_MAX);
	assert_int_equal(tcs_signal_to_cap(&signal, &cap, NULL), TCS_OK);
	assert_int_equal(tcs_cap_write(cap, &buf, NULL), TCS_OK);
	tcs_cap_free(&cap);
	return buf.p;
}

static struct some
some_signal(void)
{
	return (struct some){"signals", TRACE, ID, signal_text(), issued_ms,
	    issued_ms + 120500, issued_ms + 120505, "signalled"};
}

/* Every stage, a line each. */
static const char *
lines(struct tcs_history *history)
{
	static char text[4096];
	size_t n = 0;

	assert_int_equal(tcs_history_finish(history, NULL), TCS_OK);
	text[0] = '\0';
	for (size_t i = 0; i < tcs_history_count(history); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\n",
		    tcs_history_at(history, i)->text);
	return text;
}

static void
an_event_is_found_by_any_name_it_has(void **state)
{
	static const struct some cases[] = {
	    {"signals", TRACE, ID, "<alert/>", 0, 0, 0, NULL},
	    {"proposals", ID, "other", "<alert/>", 0, 0, 0, NULL},
	    {"receipts", TRACE, "other", "{\"key\":\"" ID "\"}", 0, 0, 0, NULL},
	};
	static const struct some not_it = {
	    "signals", OTHER, "another", "{\"key\":\"x\"}", 0, 0, 0, NULL};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_history *history = tcs_history_new(ID);
		struct some some = cases[i];
		if (strcmp(some.trace, ID) == 0) {
			tcs_history_free(&history);
			history = tcs_history_new(TRACE);
			some.trace = TRACE;
		}
		assert_false(give(history, &not_it));
		assert_true(give(history, &some));
		assert_string_equal(tcs_history_trace(history), TRACE);
		tcs_history_free(&history);
	}
}

static void
stages_stand_in_the_order_of_time_with_the_document(void **state)
{
	struct some signal = some_signal();
	const struct some others[] = {
	    {"proposals", TRACE, "p1", "<alert/>", 0, 0, issued_ms + 120510,
	        "proposed"},
	    {"decisions", TRACE, "d1",
	        "{\"verdict\":\"approve\",\"authority\":\"Mme Exemple\","
	        "\"asked\":\"2026-11-23T16:04:00+01:00\",\"answered\":"
	        "\"2026-11-23T16:05:00+01:00\",\"id\":\"d1\"}",
	        0, 0, issued_ms + 330000, "decided"},
	    {"receipts", TRACE, "k1",
	        "{\"kind\":\"delivery\",\"state\":\"ACCEPTED\",\"contact\":"
	        "\"astreinte\",\"at_ms\":1795446331000}",
	        0, 0, 0, NULL},
	    {"documents", NULL, NULL,
	        "{\"feed\":\"crues\",\"outcome\":\"read\",\"fetched\":"
	        "\"2026-11-23T16:02:00+01:00\",\"hash\":\"abc\"}",
	        0, 0, 0, NULL},
	    {"documents", NULL, NULL,
	        "{\"feed\":\"other\",\"outcome\":\"read\",\"fetched\":"
	        "\"2026-11-23T16:02:00+01:00\",\"hash\":\"def\"}",
	        0, 0, 0, NULL},
	};

	assert_true(give(*state, &signal));
	assert_true(give(*state, &signal));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_true(give(*state, &others[i]));
	assert_string_equal(lines(*state),
	    "issued\nfetched\ndocument read abc\nsignalled AP5 orange " ID
	    "\nproposed p1\nauthority asked\nauthority answered\n"
	    "decided approve Mme Exemple d1\ndelivery ACCEPTED astreinte\n");
	assert_int_equal(tcs_history_at(*state, 3)->at_ms, issued_ms + 120505);
}

static void
another_event_and_what_cannot_be_read_are_left_out(void **state)
{
	struct some signal = some_signal();
	const struct some others[] = {
	    {"proposals", OTHER, "p9", "<alert/>", 0, 0, issued_ms, "proposed"},
	    {"receipts", TRACE, "r", "not JSON", 0, 0, 0, NULL},
	    {"receipts", TRACE, "r", "{\"kind\":\"delivery\"}", 0, 0, 0, NULL},
	    {"alerts", TRACE, "a", "not XML", 0, 0, 0, NULL},
	    {"decisions", TRACE, "d", "[]", 0, 0, 0, NULL},
	};

	assert_true(give(*state, &signal));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_true(give(*state, &others[i]));
	assert_string_equal(lines(*state), "");
}

static void
what_came_twice_stands_once(void **state)
{
	struct some signal = some_signal();

	for (size_t i = 0; i < 4; i++)
		assert_true(give(*state, &signal));
	assert_string_equal(
	    lines(*state), "issued\nfetched\nsignalled AP5 orange " ID "\n");
}

static void
a_report_tells_the_fact_before_it(void **state)
{
	static const char value[] =
	    "{\"kind\":\"report\",\"from\":\"SDIS 62\",\"typed_by\":"
	    "\"mdurand\",\"id\":\"r1\",\"contact\":\"06 39 98 00 01\"}";
	const struct some fact = {
	    "reports", TRACE, ID, value, 0, 0, issued_ms - 300000, "fact"};
	const struct some reported = {
	    "reports", TRACE, ID, value, 0, 0, issued_ms, "reported"};

	assert_true(give(*state, &reported));
	assert_true(give(*state, &reported));
	assert_true(give(*state, &fact));
	assert_string_equal(
	    lines(*state), "fact\nreported report SDIS 62 mdurand r1\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_event_is_found_by_any_name_it_has),
	    TEST(stages_stand_in_the_order_of_time_with_the_document),
	    TEST(another_event_and_what_cannot_be_read_are_left_out),
	    TEST(what_came_twice_stands_once),
	    TEST(a_report_tells_the_fact_before_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

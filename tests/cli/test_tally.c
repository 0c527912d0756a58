#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/tally.h"

static const struct tcs_source vigicrues = {
    .feed = "crues", .source = "vigicrues"};
static const struct tcs_source meteo = {.feed = "meteo", .source = "meteo"};

static enum tcs_err
give(struct tcs_tally *tally,
    enum tcs_err (*to)(struct tcs_tally *, const json_t *), const char *text)
{
	json_t *value;

	assert_int_equal(
	    tcs_json_parse(tcs_slice_str(text), &value, NULL, NULL), TCS_OK);
	enum tcs_err err = to(tally, value);
	json_decref(value);
	return err;
}

static int
setup(void **state)
{
	struct tcs_tally *tally = tcs_tally_new();

	*state = tally;
	assert_int_equal(give(tally, tcs_tally_thread,
	                     "{\"code\":\"AB2\",\"source\":\"vigicrues\","
	                     "\"zone\":\"AP5\"}"),
	    TCS_OK);
	return 0;
}

static int
teardown(void **state)
{
	struct tcs_tally *tally = *state;

	tcs_tally_free(&tally);
	return 0;
}

static void
receipt(struct tcs_tally *tally, const char *text)
{
	assert_int_equal(give(tally, tcs_tally_receipt, text), TCS_OK);
}

static void
what_was_accepted_counts_for_its_source_once(void **state)
{
	receipt(*state, "{\"kind\":\"delivery\",\"code\":\"AB2\",\"key\":\"1\","
	                "\"state\":\"SENDING\"}");
	receipt(*state, "{\"kind\":\"delivery\",\"code\":\"AB2\",\"key\":\"1\","
	                "\"state\":\"ACCEPTED\"}");
	receipt(*state, "{\"kind\":\"delivery\",\"code\":\"AB2\",\"key\":\"1\","
	                "\"state\":\"DELIVERED\"}");
	receipt(*state, "{\"kind\":\"delivery\",\"code\":\"AB2\",\"key\":\"2\","
	                "\"state\":\"FAILED\"}");
	struct tcs_left left = tcs_tally_left(*state, &vigicrues);
	assert_int_equal(left.accepted, 1);
	assert_int_equal(left.failed, 1);
	assert_int_equal(tcs_tally_left(*state, &meteo).accepted, 0);
}

static void
a_proposal_waits_until_it_is_decided(void **state)
{
	receipt(*state, "{\"kind\":\"proposal\",\"code\":\"AB2\",\"proposal\":"
	                "\"p1\",\"state\":\"waiting\"}");
	receipt(*state, "{\"kind\":\"proposal\",\"code\":\"AB2\",\"proposal\":"
	                "\"p1\",\"state\":\"wait\"}");
	receipt(*state, "{\"kind\":\"proposal\",\"code\":\"AB2\",\"proposal\":"
	                "\"p2\",\"state\":\"waiting\"}");
	assert_int_equal(tcs_tally_left(*state, &vigicrues).waiting, 2);
	receipt(*state, "{\"kind\":\"proposal\",\"code\":\"AB2\",\"proposal\":"
	                "\"p1\",\"state\":\"approved\"}");
	receipt(*state, "{\"kind\":\"proposal\",\"code\":\"AB2\",\"proposal\":"
	                "\"p1\",\"state\":\"approved\"}");
	assert_int_equal(tcs_tally_left(*state, &vigicrues).waiting, 1);
}

static void
a_proposal_seen_in_the_store_and_on_the_topic_counts_once(void **state)
{
	static const char text[] =
	    "{\"kind\":\"proposal\",\"code\":\"AB2\",\"id\":\"p1\","
	    "\"proposal\":\"p1\",\"state\":\"waiting\"}";

	assert_int_equal(give(*state, tcs_tally_proposal, text), TCS_OK);
	receipt(*state, text);
	assert_int_equal(tcs_tally_left(*state, &vigicrues).waiting, 1);
}

static void
a_code_that_is_not_known_counts_once_its_thread_is(void **state)
{
	assert_false(tcs_tally_wants_threads(*state));
	receipt(*state, "{\"kind\":\"delivery\",\"code\":\"CD3\","
	                "\"state\":\"ACCEPTED\"}");
	assert_true(tcs_tally_wants_threads(*state));
	assert_false(tcs_tally_wants_threads(*state));
	assert_int_equal(tcs_tally_left(*state, &meteo).accepted, 0);
	assert_int_equal(give(*state, tcs_tally_thread,
	                     "{\"code\":\"CD3\",\"source\":\"meteo\"}"),
	    TCS_OK);
	assert_int_equal(tcs_tally_left(*state, &meteo).accepted, 1);
}

static void
the_source_watch_counts_for_the_feed_it_watches(void **state)
{
	assert_int_equal(give(*state, tcs_tally_thread,
	                     "{\"code\":\"EF4\",\"source\":\"tocsin\","
	                     "\"zone\":\"crues\"}"),
	    TCS_OK);
	receipt(*state, "{\"kind\":\"delivery\",\"code\":\"EF4\","
	                "\"state\":\"ACCEPTED\"}");
	assert_int_equal(tcs_tally_left(*state, &vigicrues).accepted, 1);
	assert_int_equal(tcs_tally_left(*state, &meteo).accepted, 0);
}

static void
what_is_not_a_code_is_refused_and_other_kinds_are_passed_over(void **state)
{
	assert_int_equal(give(*state, tcs_tally_receipt,
	                     "{\"kind\":\"delivery\",\"code\":\"12345678\","
	                     "\"state\":\"ACCEPTED\"}"),
	    TCS_EPARSE);
	assert_int_equal(
	    give(*state, tcs_tally_receipt, "{\"kind\":\"delivery\"}"),
	    TCS_EPARSE);
	receipt(*state, "{\"kind\":\"decision\",\"outcome\":\"accepted\"}");
	receipt(*state, "[]");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_was_accepted_counts_for_its_source_once),
	    TEST(a_proposal_waits_until_it_is_decided),
	    TEST(a_proposal_seen_in_the_store_and_on_the_topic_counts_once),
	    TEST(a_code_that_is_not_known_counts_once_its_thread_is),
	    TEST(the_source_watch_counts_for_the_feed_it_watches),
	    TEST(what_is_not_a_code_is_refused_and_other_kinds_are_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "tests/dispatcher/world.h"
#include "tests/support/logcatch.h"
#include "tests/support/samples.h"

static struct tcs_proposal
information(unsigned number)
{
	struct tcs_proposal p = sample_information();

	p.number = number;
	p.references = NULL;
	p.intended_status = "Test";
	return p;
}

static int
begin(void **state)
{
	(void)state;
	logcatch_start();
	world_open("tocsin.", NULL);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	assert_int_equal(world.revocations, 0);
	world_close();
	logcatch_stop();
	return 0;
}

static void
it_leaves_at_once_to_whom_it_concerns(void **state)
{
	struct tcs_proposal p = information(1);

	(void)state;
	world.is_auto = true;
	world_propose(&p);
	world_settle();
	assert_int_equal(world_published("alerts", "Vigilance crues", NULL), 1);
	assert_int_equal(world_rows("ACCEPTED", NULL), 3);
	assert_int_equal(world_rows("ACCEPTED", "mairie-a"), 1);
	assert_int_equal(world.tries_n, 3);
	assert_string_equal(world.tries[0].target, "duty@sidpc.example");
	assert_true(strncmp(world.tries[0].subject, "ESSAI", 5) == 0);
	assert_int_equal(
	    world_published("receipts", "\"state\":\"SENDING\"", NULL), 3);
	assert_int_equal(
	    world_published("receipts", "\"state\":\"ACCEPTED\"", NULL), 3);
	assert_int_equal(world_timers(), 0);
}

static void
not_a_byte_leaves_before_the_row_says_sending(void **state)
{
	struct tcs_proposal p = information(1);

	(void)state;
	world_propose(&p);
	assert_int_equal(world_waiting(), 1); /* one step for all of it */
	assert_int_equal(world.tries_n, 0);
	assert_int_equal(world_rows("SENDING", NULL), 0);
	world_commit();
	assert_int_equal(world.tries_n, 3);
	assert_int_equal(world_rows("SENDING", NULL), 3);
	assert_int_equal(world_published("alerts", NULL, NULL), 1);
}

static void
the_same_proposal_read_twice_gives_nothing_new(void **state)
{
	struct tcs_proposal p = information(1);

	(void)state;
	world.is_auto = true;
	world_propose(&p);
	world_settle();
	world_propose(&p);
	world_settle();
	world_restart(true);
	world_propose(&p);
	world_settle();
	assert_int_equal(world.tries_n, 3);
	assert_int_equal(world_published("alerts", NULL, NULL), 1);
}

static void
a_newer_version_updates_and_refers_to_the_one_before(void **state)
{
	struct tcs_proposal p = information(1);
	char first[17];

	(void)state;
	world.is_auto = true;
	world_propose(&p);
	world_settle();
	memcpy(first, world.tries[0].key, 17);
	p = information(2);
	p.level = "rouge";
	p.headline = "Vigilance crues rouge : Aa";
	world_propose(&p);
	world_settle();
	assert_int_equal(world_published("alerts", ".v2-", ".v1-"), 1);
	assert_int_equal(world_published("alerts", "<msgType>Update", NULL), 1);
	assert_int_equal(world.tries_n, 6);
	assert_string_equal(world.tries[0].thread_key, "");
	assert_string_equal(world.tries[3].thread_key, first);
	/* Also when the first was forgotten by a restart. */
	world_restart(true);
	p = information(3);
	p.level = "orange";
	world_propose(&p);
	world_settle();
	assert_string_equal(world.tries[6].thread_key, first);
}

static void
past_its_expiry_nothing_of_it_leaves(void **state)
{
	struct tcs_proposal p = information(1);

	(void)state;
	p.expires_ms = WORLD_START_MS;
	world_propose(&p);
	world_settle();
	assert_int_equal(world.tries_n, 0);
	assert_int_equal(world_published("alerts", NULL, NULL), 0);
	assert_int_equal(
	    world_published("receipts", "\"state\":\"expired\"", NULL), 1);
}

static void
what_has_not_left_by_its_expiry_does_not(void **state)
{
	struct tcs_proposal p = information(1);

	(void)state;
	p.expires_ms = WORLD_START_MS + TCS_MINUTES(2);
	world.is_auto = true;
	world.verdict = TCS_VERDICT_LATER;
	world_propose(&p);
	world_settle();
	assert_int_equal(world_rows("WAITING", NULL), 3);
	world_advance(TCS_MINUTES(2));
	assert_int_equal(world_rows("EXPIRED", NULL), 3);
	size_t tries = world.tries_n;
	world_advance(TCS_HOURS(1));
	assert_int_equal(world.tries_n, tries);
	assert_int_equal(world_timers(), 0);
	assert_int_equal(world_published("receipts", "\"state\":\"EXPIRED\"",
	                     "not sent: expired"),
	    3);
}

static void
prolonging_moves_the_expiry_and_sends_nothing(void **state)
{
	struct tcs_proposal p = information(1);

	(void)state;
	p.expires_ms = WORLD_START_MS + TCS_MINUTES(2);
	world.is_auto = true;
	world.verdict = TCS_VERDICT_DOWN;
	world_propose(&p);
	world_settle();
	p.number = 2;
	p.action = TCS_ACTION_PROLONG;
	p.expires_ms = WORLD_START_MS + TCS_HOURS(2);
	world_propose(&p);
	world_settle();
	assert_int_equal(world_published("alerts", NULL, NULL), 1);
	world_advance(TCS_MINUTES(10));
	assert_int_equal(world_rows("EXPIRED", NULL), 0);
	world.verdict = TCS_VERDICT_ACCEPTED;
	world_advance(TCS_MINUTES(10));
	assert_int_equal(world_rows("ACCEPTED", NULL), 3);
}

static void
prolonging_survives_a_restart(void **state)
{
	struct tcs_proposal p = information(1);

	(void)state;
	p.expires_ms = WORLD_START_MS + TCS_MINUTES(2);
	world.is_auto = true;
	world.verdict = TCS_VERDICT_LATER;
	world_propose(&p);
	world_settle();
	p.number = 2;
	p.action = TCS_ACTION_PROLONG;
	p.expires_ms = WORLD_START_MS + TCS_HOURS(2);
	world_propose(&p);
	world_settle();
	world_restart(false);
	world.verdict = TCS_VERDICT_ACCEPTED;
	world_advance(TCS_MINUTES(3));
	assert_int_equal(world_rows("ACCEPTED", NULL), 3);
}

static void
nobody_to_receive_it_is_said(void **state)
{
	struct tcs_proposal p = information(1);

	(void)state;
	p.audience = "ars";
	world_propose(&p);
	world_settle();
	assert_int_equal(world_published("alerts", NULL, NULL), 1);
	assert_int_equal(world_published("receipts", "\"kind\":\"alert\"",
	                     "\"recipients\":0"),
	    1);
	assert_true(logcatch_has("alert.nobody"));
	assert_string_equal(
	    world_member("ledger:alerts", ".v1-", "recipients"), "0");
	assert_int_equal(world_timers(), 0);
}

static void
the_end_of_a_source_that_told_nothing_is_not_told(void **state)
{
	struct tcs_proposal p = information(1);

	(void)state;
	p.action = TCS_ACTION_LIFT;
	p.is_end = true;
	world_propose(&p);
	world_settle();
	assert_int_equal(world.tries_n, 0);
	assert_int_equal(
	    world_published("receipts", "\"state\":\"withdrawn\"", NULL), 1);
}

static void
who_had_it_is_told_also_when_the_territory_shrinks(void **state)
{
	static const char *const one[] = {"62765"};
	struct tcs_proposal p = information(1);

	(void)state;
	world.is_auto = true;
	world_propose(&p);
	world_settle();
	p = information(2);
	p.insee = one;
	p.insee_n = 1;
	world_propose(&p);
	world_settle();
	assert_int_equal(world_rows("ACCEPTED", "mairie-b"), 2);
}

static void
records_that_are_no_proposals_are_refused_and_change_nothing(void **state)
{
	static const char *const cases[] = {"", "<alert/>", "{}",
	    "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"></alert>"};
	struct tcs_proposal p = information(1);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true(world_record("proposals", "62",
		                tcs_slice_str(cases[i])) != TCS_OK);
	assert_true(
	    world_record("proposals", "", tcs_slice_str("<alert/>")) != TCS_OK);
	assert_int_equal(world_count("ledger:threads"), 0);
	world.is_auto = true;
	world_propose(&p);
	world_settle();
	assert_int_equal(world_rows("ACCEPTED", NULL), 3);
}

static void
stage_times_go_with_what_comes_of_it(void **state)
{
	struct tcs_proposal p = information(1);
	size_t seen = 0;

	(void)state;
	world.is_auto = true;
	world_propose(&p);
	world_settle();
	for (size_t i = 0; i < world.records_n; i++) {
		const char *headers = world.records[i].headers;
		assert_non_null(strstr(headers, "trace=00112233445566aa\n"));
		assert_non_null(strstr(headers, "issued=1795446000000\n"));
		assert_non_null(strstr(headers, "proposed=1795446180123\n"));
		assert_string_equal(world.records[i].key, "62");
		seen += strstr(headers, "accepted=1795449600000\n") != NULL;
	}
	assert_int_equal(seen, 3);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
	    TEST(it_leaves_at_once_to_whom_it_concerns),
	    TEST(not_a_byte_leaves_before_the_row_says_sending),
	    TEST(the_same_proposal_read_twice_gives_nothing_new),
	    TEST(a_newer_version_updates_and_refers_to_the_one_before),
	    TEST(past_its_expiry_nothing_of_it_leaves),
	    TEST(what_has_not_left_by_its_expiry_does_not),
	    TEST(prolonging_moves_the_expiry_and_sends_nothing),
	    TEST(prolonging_survives_a_restart),
	    TEST(nobody_to_receive_it_is_said),
	    TEST(the_end_of_a_source_that_told_nothing_is_not_told),
	    TEST(who_had_it_is_told_also_when_the_territory_shrinks),
	    TEST(records_that_are_no_proposals_are_refused_and_change_nothing),
	    TEST(stage_times_go_with_what_comes_of_it),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}

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
alerte(unsigned number)
{
	struct tcs_proposal p = sample_alerte();

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
	world.is_auto = true;
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
propose(const struct tcs_proposal *p)
{
	world_propose(p);
	world_settle();
}

static void
decide(const char *id, const char *hash, const char *verdict)
{
	world_decide(id, "7KQ", hash, verdict);
	world_settle();
}

#define OUTCOME(id) world_member("ledger:outcomes", id, "outcome")

static void
it_never_leaves_without_a_decision(void **state)
{
	struct tcs_proposal p = alerte(1);

	(void)state;
	/* Whatever its mode says. */
	p.decision_mode = "none";
	propose(&p);
	world_advance(TCS_HOURS(10));
	assert_int_equal(world_published("alerts", NULL, NULL), 0);
	assert_int_equal(world.tries_n, 0);
	assert_string_equal(
	    world_member("ledger:proposals", ".p1-", "state"), "waiting");
	assert_int_equal(
	    world_published("receipts", "\"state\":\"waiting\"", NULL), 1);
}

static void
approved_it_leaves_with_who_decided_in_it(void **state)
{
	struct tcs_proposal p = alerte(1);

	(void)state;
	propose(&p);
	decide("d-1", world_hash(&p), "approve");
	assert_int_equal(world_published("alerts", "id=d-1", "how=verbal"), 1);
	assert_int_equal(
	    world_published("alerts", "<senderName>Camille Fictive", NULL), 1);
	assert_int_equal(world_rows("ACCEPTED", NULL), 2);
	assert_string_equal(OUTCOME("d-1"), "accepted");
	assert_string_equal(
	    world_member("ledger:proposals", ".p1-", "state"), "approved");
	assert_int_equal(world_published("receipts", "\"kind\":\"decision\"",
	                     "\"outcome\":\"accepted\""),
	    1);
	assert_int_equal(world_timers(), 0);
	for (size_t i = 0; i < world.records_n; i++) {
		if (strcmp(world.records[i].topic, "alerts") == 0) {
			assert_non_null(strstr(
			    world.records[i].headers, "decided=1795449600000"));
			assert_non_null(strstr(world.records[i].headers,
			    "proposed=1795446180123"));
		}
	}
}

static void
a_decision_read_twice_counts_once(void **state)
{
	struct tcs_proposal p = alerte(1);

	(void)state;
	propose(&p);
	decide("d-1", world_hash(&p), "approve");
	decide("d-1", world_hash(&p), "approve");
	world_restart(true);
	decide("d-1", world_hash(&p), "reject");
	assert_int_equal(world_published("alerts", NULL, NULL), 1);
	assert_string_equal(OUTCOME("d-1"), "accepted");
	decide("d-2", world_hash(&p), "approve");
	assert_string_equal(OUTCOME("d-2"), "refused");
	assert_int_equal(world_published("alerts", NULL, NULL), 1);
}

static void
rejecting_and_waiting_send_nothing_and_can_be_thought_over(void **state)
{
	struct tcs_proposal p = alerte(1);

	(void)state;
	propose(&p);
	decide("d-1", world_hash(&p), "wait");
	assert_string_equal(
	    world_member("ledger:proposals", ".p1-", "state"), "wait");
	decide("d-2", world_hash(&p), "reject");
	assert_string_equal(
	    world_member("ledger:proposals", ".p1-", "state"), "rejected");
	assert_int_equal(world_published("alerts", NULL, NULL), 0);
	world_restart(false);
	decide("d-3", world_hash(&p), "approve");
	assert_string_equal(OUTCOME("d-3"), "accepted");
	assert_int_equal(world_published("alerts", NULL, NULL), 1);
}

static void
a_text_that_asks_more_is_refused_and_the_new_one_shown(void **state)
{
	struct tcs_proposal p = alerte(1), q = alerte(2);
	char old[65], now[7];

	(void)state;
	memcpy(old, world_hash(&p), 65);
	propose(&p);
	q.level = "rouge";
	q.headline = "Vigilance crues rouge : Aa";
	propose(&q);
	assert_int_equal(
	    world_published("receipts", "\"state\":\"superseded\"", NULL), 1);
	memcpy(now, world_hash(&q), 6);
	now[6] = '\0';
	decide("d-1", old, "approve");
	assert_string_equal(OUTCOME("d-1"), "refused");
	const char *reason = world_member("ledger:outcomes", "d-1", "reason");
	assert_non_null(strstr(reason, "level is higher"));
	assert_non_null(strstr(reason, "7KQ-"));
	assert_non_null(strstr(reason, now));
	assert_int_equal(world_published("alerts", NULL, NULL), 0);
	decide("d-2", now, "approve");
	assert_string_equal(OUTCOME("d-2"), "accepted");
	assert_int_equal(world_published("alerts", "rouge", NULL), 1);
}

static void
a_text_that_asks_no_more_is_held_for_the_current_one(void **state)
{
	struct tcs_proposal p = alerte(1), q = alerte(2);
	char old[65], now[7];

	(void)state;
	memcpy(old, world_hash(&p), 65);
	propose(&p);
	q.level = "jaune";
	q.headline = "Vigilance crues jaune : Aa";
	propose(&q);
	memcpy(now, world_hash(&q), 6);
	now[6] = '\0';
	world_restart(false); /* an old hash is found after one, too */
	decide("d-1", old, "approve");
	assert_string_equal(OUTCOME("d-1"), "accepted");
	assert_string_equal(
	    world_member("ledger:outcomes", "d-1", "bound"), now);
	assert_int_equal(world_published("alerts", "crues jaune", now), 1);
}

static void
a_decision_read_before_its_proposal_waits_for_it(void **state)
{
	struct tcs_proposal p = alerte(1), q = alerte(2);

	(void)state;
	decide("d-1", world_hash(&p), "approve");
	assert_string_equal(OUTCOME("d-1"), "parked");
	world_restart(false);
	q.number = 1;
	q.thread = "other.signal/rule";
	q.code = "222";
	propose(&q);
	assert_string_equal(OUTCOME("d-1"), "parked");
	propose(&p);
	assert_string_equal(OUTCOME("d-1"), "accepted");
	assert_int_equal(world_published("alerts", NULL, NULL), 1);
	assert_false(world_has_timer("decision/"));
}

static void
after_a_day_it_waits_no_longer(void **state)
{
	struct tcs_proposal p = alerte(1);

	(void)state;
	decide("d-1", world_hash(&p), "approve");
	world_advance(TCS_HOURS(24) - 1);
	assert_string_equal(OUTCOME("d-1"), "parked");
	world_advance(1);
	assert_string_equal(OUTCOME("d-1"), "refused");
	p.expires_ms = WORLD_START_MS + TCS_HOURS(40);
	propose(&p);
	assert_int_equal(world_published("alerts", NULL, NULL), 0);
}

static void
undecided_at_its_expiry_it_is_an_incident(void **state)
{
	struct tcs_proposal p = alerte(1);

	(void)state;
	propose(&p);
	world_advance(TCS_HOURS(20));
	assert_string_equal(
	    world_member("ledger:proposals", ".p1-", "state"), "expired");
	assert_int_equal(
	    world_published("receipts", "\"state\":\"expired\"", "undecided"),
	    1);
	assert_true(logcatch_has("proposal.expired"));
	decide("d-1", world_hash(&p), "approve");
	assert_string_equal(OUTCOME("d-1"), "refused");
	assert_int_equal(world_timers(), 0);
}

static void
prolonged_it_can_be_decided_longer_and_says_so(void **state)
{
	struct tcs_proposal p = alerte(1), q;

	(void)state;
	propose(&p);
	q = p;
	q.number = 2;
	q.action = TCS_ACTION_PROLONG;
	q.expires_ms += TCS_HOURS(12);
	propose(&q);
	world_restart(true);
	world_advance(TCS_HOURS(21));
	decide("d-1", world_hash(&p), "approve");
	assert_string_equal(OUTCOME("d-1"), "accepted");
	assert_int_equal(world_published("alerts",
	                     "<expires>2026-11-25T00:00:00+01:00", NULL),
	    1);
	assert_int_equal(world_rows("ACCEPTED", NULL), 2);
}

static void
nothing_sent_is_nothing_to_lift(void **state)
{
	struct tcs_proposal p = alerte(1), q = alerte(2);

	(void)state;
	propose(&p);
	q.action = TCS_ACTION_LIFT;
	propose(&q);
	assert_string_equal(
	    world_member("ledger:proposals", ".p1-", "state"), "withdrawn");
	assert_int_equal(
	    world_published("receipts", "\"state\":\"withdrawn\"", NULL), 2);
	assert_int_equal(world_count("ledger:proposals"), 1);
	assert_int_equal(world_timers(), 0);
	decide("d-1", world_hash(&p), "approve");
	assert_string_equal(OUTCOME("d-1"), "refused");
}

static void
a_person_decides_the_lift_of_what_was_sent(void **state)
{
	struct tcs_proposal p = alerte(1), q = alerte(2), r = alerte(3);

	(void)state;
	propose(&p);
	decide("d-1", world_hash(&p), "approve");
	q.action = TCS_ACTION_LIFT;
	propose(&q);
	assert_int_equal(world_published("alerts", NULL, NULL), 1);
	decide("d-2", world_hash(&q), "approve");
	assert_int_equal(world_published("alerts", "AllClear", ".v2-"), 1);
	assert_int_equal(world_rows("ACCEPTED", NULL), 4);
	/* Lifted: there is nothing more to lift. */
	r.action = TCS_ACTION_LIFT;
	propose(&r);
	assert_int_equal(
	    world_published("receipts", "\"state\":\"withdrawn\"", NULL), 1);
}

static void
a_condition_that_holds_again_takes_the_place_of_the_lift(void **state)
{
	struct tcs_proposal p = alerte(1), q = alerte(2), r = alerte(3);

	(void)state;
	propose(&p);
	decide("d-1", world_hash(&p), "approve");
	q.action = TCS_ACTION_LIFT;
	propose(&q);
	r.level = "rouge";
	propose(&r);
	decide("d-2", world_hash(&q), "approve");
	assert_string_equal(OUTCOME("d-2"), "refused");
	decide("d-3", world_hash(&r), "approve");
	assert_string_equal(OUTCOME("d-3"), "accepted");
}

static void
raises_of_one_thread_go_their_own_ways(void **state)
{
	struct tcs_proposal i = sample_information(), p = alerte(1);

	(void)state;
	i.number = 1;
	i.references = NULL;
	i.intended_status = "Test";
	propose(&i);
	propose(&p);
	assert_int_equal(world_rows("ACCEPTED", NULL), 3);
	decide("d-1", world_hash(&p), "approve");
	assert_int_equal(world_rows("ACCEPTED", NULL), 5);
	assert_int_equal(world_rows("SUPERSEDED", NULL), 0);
	assert_int_equal(world_published("alerts", ".v1-", NULL), 2);
}

static void
what_is_no_decision_is_refused(void **state)
{
	(void)state;
	assert_int_equal(
	    world_record("decisions", "62", tcs_slice_str("{\"v\":1}")),
	    TCS_EPARSE);
	assert_int_equal(
	    world_record("decisions", "6|2", tcs_slice_str("{}")), TCS_EINVAL);
	assert_int_equal(world_count("ledger:outcomes"), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
	    TEST(it_never_leaves_without_a_decision),
	    TEST(approved_it_leaves_with_who_decided_in_it),
	    TEST(a_decision_read_twice_counts_once),
	    TEST(rejecting_and_waiting_send_nothing_and_can_be_thought_over),
	    TEST(a_text_that_asks_more_is_refused_and_the_new_one_shown),
	    TEST(a_text_that_asks_no_more_is_held_for_the_current_one),
	    TEST(a_decision_read_before_its_proposal_waits_for_it),
	    TEST(after_a_day_it_waits_no_longer),
	    TEST(undecided_at_its_expiry_it_is_an_incident),
	    TEST(prolonged_it_can_be_decided_longer_and_says_so),
	    TEST(nothing_sent_is_nothing_to_lift),
	    TEST(a_person_decides_the_lift_of_what_was_sent),
	    TEST(a_condition_that_holds_again_takes_the_place_of_the_lift),
	    TEST(raises_of_one_thread_go_their_own_ways),
	    TEST(what_is_no_decision_is_refused),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}

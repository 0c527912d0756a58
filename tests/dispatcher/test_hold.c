#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"
#include "tests/dispatcher/world.h"
#include "tests/support/logcatch.h"
#include "tests/support/samples.h"

static struct tcs_proposal
first_sight(unsigned number)
{
	struct tcs_proposal p = sample_information();

	p.number = number;
	p.references = NULL;
	p.intended_status = "Test";
	p.is_first_sight = true;
	p.fetched_ms = WORLD_START_MS;
	p.expires_ms = WORLD_START_MS + TCS_HOURS(20);
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
resume(const char *id)
{
	world_resume(id, "vigicrues");
	world_settle();
}

static void
a_first_state_is_held_until_its_feed_is_resumed(void **state)
{
	struct tcs_proposal p = first_sight(1);

	(void)state;
	propose(&p);
	world_advance(TCS_HOURS(1));
	assert_int_equal(world.tries_n, 0);
	assert_int_equal(world_rows("HELD", NULL), 3);
	world_resume("r-0", "meteofrance");
	world_settle();
	assert_int_equal(world.tries_n, 0);
	resume("r-1");
	assert_int_equal(world_rows("ACCEPTED", NULL), 3);
	assert_string_equal(
	    world_member("ledger:outcomes", "r-1", "outcome"), "accepted");
}

static void
only_the_current_version_is_released(void **state)
{
	struct tcs_proposal p = first_sight(1), q = first_sight(2);

	(void)state;
	propose(&p);
	q.level = "rouge";
	propose(&q);
	assert_int_equal(world_rows("HELD", NULL), 3);
	assert_int_equal(world_rows("SUPERSEDED", NULL), 3);
	resume("r-1");
	assert_int_equal(world.tries_n, 3);
	assert_int_equal(world_rows("ACCEPTED", NULL), 3);
}

static void
an_ordinary_change_of_a_held_thread_leaves(void **state)
{
	struct tcs_proposal p = first_sight(1), q = first_sight(2);

	(void)state;
	propose(&p);
	q.is_first_sight = false;
	q.level = "rouge";
	propose(&q);
	assert_int_equal(world_rows("ACCEPTED", NULL), 3);
	assert_int_equal(world_rows("SUPERSEDED", NULL), 3);
	resume("r-1");
	assert_int_equal(world.tries_n, 3);
}

static void
a_resume_read_before_its_proposals_holds_for_them(void **state)
{
	struct tcs_proposal p = first_sight(1), q = first_sight(1);

	(void)state;
	resume("r-1");
	world_restart(false);
	propose(&p);
	assert_int_equal(world_rows("ACCEPTED", NULL), 3);
	/* A first state that is fetched later is held again. */
	q.thread = "other.signal/vigilance-crues";
	q.code = "222";
	q.fetched_ms = WORLD_START_MS + TCS_SECONDS(1);
	propose(&q);
	assert_int_equal(world_rows("HELD", NULL), 3);
}

static void
a_hold_survives_a_restart_and_so_does_a_release(void **state)
{
	struct tcs_proposal p = first_sight(1);

	(void)state;
	propose(&p);
	world_restart(false);
	world_settle();
	assert_int_equal(world_rows("HELD", NULL), 3);
	/* Dies between the resume's step and the release of the rows. */
	world_resume("r-1", "vigicrues");
	world_lose(1);
	world_take(false);
	world_settle();
	assert_int_equal(world_rows("ACCEPTED", NULL), 3);
}

static void
what_is_held_past_its_expiry_is_not_sent(void **state)
{
	struct tcs_proposal p = first_sight(1);

	(void)state;
	propose(&p);
	world_advance(TCS_HOURS(20));
	assert_int_equal(world_rows("EXPIRED", NULL), 3);
	resume("r-1");
	assert_int_equal(world.tries_n, 0);
}

static void
an_alerte_of_a_first_state_waits_for_its_decision_alone(void **state)
{
	struct tcs_proposal p = sample_alerte();

	(void)state;
	p.number = 1;
	p.references = NULL;
	p.intended_status = "Test";
	p.is_first_sight = true;
	propose(&p);
	world_decide("d-1", "7KQ", world_hash(&p), "approve");
	world_settle();
	assert_int_equal(world_rows("ACCEPTED", NULL), 2);
	assert_int_equal(world_rows("HELD", NULL), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
	    TEST(a_first_state_is_held_until_its_feed_is_resumed),
	    TEST(only_the_current_version_is_released),
	    TEST(an_ordinary_change_of_a_held_thread_leaves),
	    TEST(a_resume_read_before_its_proposals_holds_for_them),
	    TEST(a_hold_survives_a_restart_and_so_does_a_release),
	    TEST(what_is_held_past_its_expiry_is_not_sent),
	    TEST(an_alerte_of_a_first_state_waits_for_its_decision_alone),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/loop.h"
#include "tests/dispatcher/world.h"
#include "tests/support/logcatch.h"
#include "tests/support/samples.h"

#define CHANNEL                                                                \
	"channel webhook { slots = 4\n retry_base = \"1 s\"\n"                 \
	" retry_cap = \"1 min\"\n attempts_max = 3 }\n"
#define MAIRIE(name, url)                                                      \
	"contact " name " { function = \"f\"\n audiences = {\"communes\"}\n"   \
	" departements = {\"62\"}\n webhook = \"" url "\" }\n"

static const char one_contact[] = CHANNEL MAIRIE("mairie", "http://a.example/");

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
	world_open("tocsin.", one_contact);
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
propose(unsigned number)
{
	struct tcs_proposal p = information(number);

	world_propose(&p);
	world_settle();
}

static void
a_refusal_is_final_and_shown(void **state)
{
	(void)state;
	propose(1);
	world_answer(world_last(), TCS_VERDICT_REFUSED);
	world_settle();
	assert_int_equal(world_rows("FAILED", "mairie"), 1);
	assert_int_equal(world_published("receipts", "\"state\":\"FAILED\"",
	                     "as the test says"),
	    1);
	world_advance(TCS_HOURS(10));
	assert_int_equal(world.tries_n, 1);
	assert_true(logcatch_has("to=FAILED"));
}

static void
a_timeout_is_unknown_and_tried_again_under_the_same_key(void **state)
{
	(void)state;
	propose(1);
	world_answer(world_last(), TCS_VERDICT_UNKNOWN);
	world_settle();
	assert_int_equal(world_rows("WAITING", "mairie"), 1);
	assert_true(world_has_timer("row/"));
	world_advance(TCS_SECONDS(1));
	assert_int_equal(world.tries_n, 2);
	assert_string_equal(world.tries[0].key, world.tries[1].key);
	world_answer(world_last(), TCS_VERDICT_ACCEPTED);
	world_settle();
	assert_int_equal(world_rows("ACCEPTED", "mairie"), 1);
	assert_string_equal(
	    world_member("ledger:rows", "mairie", "may_have_had"), "true");
	assert_int_equal(world_timers(), 0);
}

static void
out_of_attempts_it_has_failed(void **state)
{
	(void)state;
	world.is_auto = true;
	world.verdict = TCS_VERDICT_LATER;
	propose(1);
	world_advance(TCS_MINUTES(1));
	world_advance(TCS_MINUTES(1));
	assert_int_equal(world.tries_n, 3);
	assert_int_equal(world_rows("FAILED", "mairie"), 1);
}

static void
an_attempt_is_over_only_when_its_verdict_is_stored(void **state)
{
	(void)state;
	propose(1);
	world_answer(world_last(), TCS_VERDICT_ACCEPTED);
	assert_int_equal(world_rows("SENDING", NULL), 1);
	assert_int_equal(world_waiting(), 1);
	world_commit();
	assert_int_equal(world_rows("ACCEPTED", NULL), 1);
}

static void
a_row_that_someone_else_changed_takes_no_verdict(void **state)
{
	(void)state;
	propose(1);
	world_forget_field("ledger:rows", world_last()->key);
	world_answer(world_last(), TCS_VERDICT_ACCEPTED);
	world_settle();
	assert_int_equal(world.revocations, 1);
	assert_int_equal(world_rows("ACCEPTED", NULL), 0);
	world.revocations = 0;
}

static void
a_newer_version_cancels_what_has_not_left(void **state)
{
	(void)state;
	propose(1);
	propose(2);
	assert_true(world.tries[0].is_cancelled);
	assert_int_equal(world_rows("SUPERSEDED", NULL), 1);
	assert_int_equal(world.tries_n, 2);
	assert_non_null(strstr(world_last()->alert, ".v2-"));
	world_answer(world_last(), TCS_VERDICT_ACCEPTED);
	world_settle();
	assert_int_equal(world_rows("ACCEPTED", NULL), 1);
}

static void
a_newer_version_waits_for_what_may_have_left(void **state)
{
	struct world_try *first;

	(void)state;
	propose(1);
	first = world_last();
	assert_true(world_may_commit(first));
	propose(2);
	assert_false(first->is_cancelled);
	assert_int_equal(world.tries_n, 1);
	assert_int_equal(world_rows("QUEUED", NULL), 1);
	world_answer(first, TCS_VERDICT_UNKNOWN);
	world_settle();
	assert_int_equal(world_rows("SUPERSEDED", NULL), 1);
	assert_string_equal(
	    world_member("ledger:rows", ".v1-", "may_have_had"), "true");
	assert_int_equal(world.tries_n, 2);
	assert_non_null(strstr(world_last()->alert, ".v2-"));
}

static void
after_an_outage_only_the_current_version_leaves(void **state)
{
	(void)state;
	world.is_auto = true;
	world.verdict = TCS_VERDICT_DOWN;
	for (unsigned i = 1; i <= 5; i++)
		propose(i);
	world.verdict = TCS_VERDICT_ACCEPTED;
	size_t before = world.tries_n;
	world_advance(TCS_MINUTES(2));
	assert_int_equal(world.tries_n, before + 1);
	assert_non_null(strstr(world_last()->alert, ".v5-"));
	assert_int_equal(world_rows("SUPERSEDED", NULL), 4);
	assert_int_equal(world_rows("ACCEPTED", NULL), 1);
}

static void
a_channel_that_is_down_keeps_its_rows_and_is_probed(void **state)
{
	(void)state;
	world.is_auto = true;
	world.verdict = TCS_VERDICT_DOWN;
	propose(1);
	for (int i = 0; i < 20; i++)
		world_advance(TCS_MINUTES(1));
	assert_int_equal(world_rows("WAITING", NULL), 1);
	assert_true(world_has_timer("channel/webhook"));
	world.verdict = TCS_VERDICT_ACCEPTED;
	world_advance(TCS_MINUTES(1));
	assert_int_equal(world_rows("ACCEPTED", NULL), 1);
}

static void
nothing_is_committed_when_the_lease_may_be_lost(void **state)
{
	(void)state;
	propose(1);
	world.lease_age_ms = 4000;
	assert_false(world_may_commit(world_last()));
	world_answer(world_last(), TCS_VERDICT_ACCEPTED);
	world_settle();
	assert_int_equal(world_rows("WAITING", NULL), 1);
	world.lease_age_ms = 3999;
	world_advance(TCS_SECONDS(1));
	assert_true(world_may_commit(world_last()));
}

static void
an_attempt_of_a_lost_unit_may_not_commit(void **state)
{
	(void)state;
	propose(1);
	struct world_try *orphan = world_last();
	world_restart(false);
	assert_true(orphan->is_cancelled);
	assert_false(world_may_commit(orphan));
	world_settle();
	/* The slot came back, and the row goes on under its key. */
	assert_true(orphan->is_over);
	assert_int_equal(world.tries_n, 2);
	assert_string_equal(world.tries[1].key, orphan->key);
}

static void
expiry_is_checked_before_the_last_byte(void **state)
{
	struct tcs_proposal p = information(1);

	(void)state;
	p.expires_ms = WORLD_START_MS + TCS_MINUTES(1);
	world_propose(&p);
	world_settle();
	tcs_clock_hold(WORLD_START_MS + TCS_MINUTES(1));
	assert_false(world_may_commit(world_last()));
	world_answer(world_last(), TCS_VERDICT_ACCEPTED);
	world_settle();
	assert_int_equal(world_rows("EXPIRED", NULL), 1);
}

static void
what_the_guard_refuses_has_failed_loudly(void **state)
{
	struct tcs_proposal p = information(1);

	(void)state;
	p.intended_status = "Actual"; /* and the observatory is not live */
	world_propose(&p);
	world_settle();
	assert_int_equal(world.tries_n, 0);
	assert_int_equal(world_rows("FAILED", NULL), 1);
	assert_true(logcatch_has("error delivery.guarded") ||
	            logcatch_has("delivery.guarded"));
}

static void
an_exercise_sends_nothing_real(void **state)
{
	struct tcs_proposal p = information(1), q = information(2);

	(void)state;
	world_close();
	world_open("x-flood.", one_contact);
	world_propose(&p);
	world_settle();
	assert_int_equal(world.tries_n, 0);
	assert_int_equal(world_rows("FAILED", NULL), 1);
	q.intended_status = "Exercise";
	world_propose(&q);
	world_settle();
	assert_int_equal(world.tries_n, 1);
	assert_true(strncmp(world_last()->subject, "EXERCICE", 8) == 0);
}

static void
a_contact_taken_out_of_the_configuration_gets_nothing(void **state)
{
	(void)state;
	world.is_auto = true;
	world.verdict = TCS_VERDICT_LATER;
	propose(1);
	world_reload(CHANNEL MAIRIE("other", "http://b.example/"));
	world_advance(TCS_MINUTES(1));
	assert_int_equal(world.tries_n, 1);
	assert_int_equal(world_rows("FAILED", "mairie"), 1);
}

static void
a_target_that_cannot_be_used_is_refused_without_an_attempt(void **state)
{
	(void)state;
	world_reload(CHANNEL MAIRIE("mairie", "http://refused.example/"));
	propose(1);
	assert_int_equal(world.tries_n, 0);
	assert_int_equal(world_rows("FAILED", "mairie"), 1);
}

static void
a_reload_reaches_what_waits_and_spares_what_is_on_its_way(void **state)
{
	(void)state;
	propose(1);
	struct world_try *before = world_last();
	world_reload(CHANNEL MAIRIE("mairie", "http://new.example/"));
	/* Still the old target: the guard knows it, and its setup is kept. */
	assert_true(world_may_commit(before));
	world_answer(before, TCS_VERDICT_LATER);
	world_settle();
	world_advance(TCS_SECONDS(1));
	assert_string_equal(world_last()->target, "http://new.example/");
}

static void
while_the_clock_is_not_trusted_no_information_leaves(void **state)
{
	struct tcs_proposal p = information(1), q = sample_alerte();

	(void)state;
	world.is_auto = true;
	world.dispatch->clock.is_halted = true;
	p.expires_ms = WORLD_START_MS + TCS_MINUTES(1);
	world_propose(&p);
	world_settle();
	world_advance(TCS_HOURS(1));
	assert_int_equal(world.tries_n, 0);
	assert_int_equal(world_rows("QUEUED", NULL), 1);
	assert_int_equal(world_rows("EXPIRED", NULL), 0);
	/* What a person ordered does. */
	q.number = 1;
	q.references = NULL;
	q.intended_status = "Test";
	world_propose(&q);
	world_settle();
	world_decide("d-1", "7KQ", world_hash(&q), "approve");
	world_settle();
	assert_int_equal(world_rows("ACCEPTED", NULL), 1);
}

/* Draining: what is on its way ends, nothing starts. */
static void
note_drained(void *arg)
{
	*(bool *)arg = true;
}

static void
draining_starts_nothing_more(void **state)
{
	bool is_drained = false;

	(void)state;
	propose(1);
	tcs_dispatch_drain(world.dispatch, note_drained, &is_drained);
	propose(2);
	assert_int_equal(world.tries_n, 1);
	assert_false(is_drained);
	if (!world.tries[0].is_over)
		world_answer(&world.tries[0], TCS_VERDICT_ACCEPTED);
	world_settle();
	for (int i = 0; i < 100 && !is_drained; i++)
		tcs_loop_once(world.loop);
	assert_true(is_drained);
	assert_int_equal(world.tries_n, 1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
	    TEST(a_refusal_is_final_and_shown),
	    TEST(a_timeout_is_unknown_and_tried_again_under_the_same_key),
	    TEST(out_of_attempts_it_has_failed),
	    TEST(an_attempt_is_over_only_when_its_verdict_is_stored),
	    TEST(a_row_that_someone_else_changed_takes_no_verdict),
	    TEST(a_newer_version_cancels_what_has_not_left),
	    TEST(a_newer_version_waits_for_what_may_have_left),
	    TEST(after_an_outage_only_the_current_version_leaves),
	    TEST(a_channel_that_is_down_keeps_its_rows_and_is_probed),
	    TEST(nothing_is_committed_when_the_lease_may_be_lost),
	    TEST(an_attempt_of_a_lost_unit_may_not_commit),
	    TEST(expiry_is_checked_before_the_last_byte),
	    TEST(what_the_guard_refuses_has_failed_loudly),
	    TEST(an_exercise_sends_nothing_real),
	    TEST(a_contact_taken_out_of_the_configuration_gets_nothing),
	    TEST(a_target_that_cannot_be_used_is_refused_without_an_attempt),
	    TEST(a_reload_reaches_what_waits_and_spares_what_is_on_its_way),
	    TEST(while_the_clock_is_not_trusted_no_information_leaves),
	    TEST(draining_starts_nothing_more),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}

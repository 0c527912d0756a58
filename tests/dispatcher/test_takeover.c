#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "dispatcher/sweep.h"
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
killed_before_the_commit_nothing_has_happened(void **state)
{
	struct tcs_proposal p = information(1);

	(void)state;
	world.is_auto = true;
	world_propose(&p);
	world_restart(false);
	assert_int_equal(world_count("ledger:threads"), 0);
	world_propose(&p); /* the record comes again */
	world_settle();
	assert_int_equal(world_rows("ACCEPTED", NULL), 3);
	assert_int_equal(world.tries_n, 3);
	assert_int_equal(world_published("alerts", NULL, NULL), 1);
}

static void
killed_after_the_commit_it_is_sent_without_the_record(void **state)
{
	struct tcs_proposal p = information(1);

	(void)state;
	world.is_auto = true;
	world_propose(&p);
	world_lose(1);
	world_take(false);
	world_settle();
	assert_int_equal(world_rows("ACCEPTED", NULL), 3);
	assert_int_equal(world_published("alerts", NULL, NULL), 1);
}

static void
killed_before_the_verdict_is_stored_it_is_sent_again(void **state)
{
	struct tcs_proposal p = information(1);

	(void)state;
	world_propose(&p);
	world_settle();
	for (size_t i = 0; i < 3; i++)
		world_answer(&world.tries[i], TCS_VERDICT_ACCEPTED);
	world_restart(false);
	world.is_auto = true;
	world_settle();
	assert_int_equal(world_rows("ACCEPTED", NULL), 3);
	assert_int_equal(world.tries_n, 6);
	for (size_t i = 0; i < 3; i++) {
		size_t same = 0;
		for (size_t j = 3; j < 6; j++)
			same +=
			    strcmp(world.tries[i].key, world.tries[j].key) == 0;
		assert_int_equal(same, 1);
	}
	assert_string_equal(
	    world_member("ledger:rows", world.tries[0].key, "may_have_had"),
	    "true");
}

static void
one_attempt_that_kills_the_process_is_set_aside(void **state)
{
	struct tcs_proposal p = information(1);

	(void)state;
	p.audience = "sidpc";
	world_propose(&p);
	world_settle();
	for (int i = 0; i < 4; i++) {
		world_restart(false);
		world_settle();
		assert_int_equal(world_rows("SENDING", "duty"), 1);
	}
	world_restart(false);
	world_settle();
	assert_int_equal(world_rows("FAILED", "duty"), 1);
	assert_int_equal(world_published("receipts", "FAILED", "set aside"), 1);
}

static void
clean_restarts_are_nobodys_fault(void **state)
{
	struct tcs_proposal p = information(1);

	(void)state;
	p.audience = "sidpc";
	world_propose(&p);
	world_settle();
	for (int i = 0; i < 10; i++) {
		world_restart(true);
		world_settle();
	}
	assert_int_equal(world_rows("SENDING", "duty"), 1);
}

static void
a_retry_is_not_forgotten(void **state)
{
	struct tcs_proposal p = information(1);

	(void)state;
	world.is_auto = true;
	world.verdict = TCS_VERDICT_LATER;
	world_propose(&p);
	world_settle();
	assert_int_equal(world_rows("WAITING", NULL), 3);
	world_restart(false);
	world.verdict = TCS_VERDICT_ACCEPTED;
	world_settle();
	assert_int_equal(world.tries_n, 3); /* not before its time */
	world_advance(TCS_SECONDS(1));
	assert_int_equal(world_rows("ACCEPTED", NULL), 3);
	assert_int_equal(world_timers(), 0);
}

static void
a_channel_found_down_is_probed_although_the_step_was_lost(void **state)
{
	struct tcs_proposal p = information(1), q = information(1);

	(void)state;
	p.audience = "sidpc";
	world_propose(&p);
	world_settle();
	world_answer(world_last(), TCS_VERDICT_DOWN);
	world_restart(true); /* the verdict's step, and its timer, are lost */
	q.thread = "other.signal/vigilance-crues";
	q.code = "222";
	q.audience = "sidpc";
	world.is_auto = true;
	world_propose(&q);
	world_settle();
	assert_int_equal(world_rows("ACCEPTED", "duty"), 2);
}

/* Of two alerts one has lost what the store had of it in `hash`. */
static void
lose(const char *hash)
{
	struct tcs_proposal p = information(1), q = information(1);

	world.is_auto = true;
	world.verdict = TCS_VERDICT_LATER;
	world_propose(&p);
	q.thread = "other.signal/vigilance-crues";
	q.code = "222";
	world_propose(&q);
	world_settle();
	world_forget_field(hash, world_member("ledger:rows", "7KQ", "thread"));
	world_restart(false);
	world.verdict = TCS_VERDICT_ACCEPTED;
	world_advance(TCS_SECONDS(1));
	assert_true(logcatch_has("alert.lost"));
	assert_int_equal(world_rows("ACCEPTED", NULL), 3);
	assert_int_equal(world_rows("FAILED", NULL), 3);
}

static void
an_alert_that_is_not_in_the_store_holds_back_no_other(void **state)
{
	(void)state;
	lose("ledger:alerts");
}

static void
an_alert_without_its_text_holds_back_no_other(void **state)
{
	(void)state;
	lose("ledger:caps");
}

static void
sweep(void)
{
	tcs_sweep_start(world.dispatch->sweep);
	world_settle();
}

static size_t
fields(void)
{
	return world_count("ledger:threads") + world_count("ledger:rows") +
	       world_count("ledger:alerts") + world_count("ledger:caps") +
	       world_count("ledger:proposals") + world_count("ledger:outcomes");
}

static void
what_is_over_is_forgotten_after_two_days(void **state)
{
	struct tcs_proposal p = information(1), a = sample_alerte();

	(void)state;
	world.is_auto = true;
	p.expires_ms = WORLD_START_MS + TCS_HOURS(10);
	world_propose(&p);
	a.number = 1;
	a.references = NULL;
	a.intended_status = "Test";
	a.expires_ms = p.expires_ms;
	world_propose(&a);
	world_settle();
	world_decide("d-1", "7KQ", world_hash(&a), "approve");
	world_settle();
	size_t before = fields();
	assert_int_equal(before, 1 + 5 + 2 + 2 + 1 + 1);
	world_advance(TCS_HOURS(58) - 1);
	sweep();
	assert_int_equal(fields(), before);
	world_advance(1);
	sweep();
	/* The decision was read at the start: 24 h and 48 h are not over. */
	assert_int_equal(fields(), 1);
	world_advance(TCS_HOURS(14));
	sweep();
	assert_int_equal(fields(), 0);
	world_restart(false);
	assert_int_equal(world_timers(), 0);
}

static void
what_is_not_over_is_never_forgotten(void **state)
{
	struct tcs_proposal p = information(1), a = sample_alerte();
	enum { ZONES = 30 };
	char thread[32];

	(void)state;
	/* Undecided, unsent, parked; and of each many, over several pages. */
	world.dispatch->clock.is_halted = true;
	for (int i = 0; i < ZONES; i++) {
		(void)snprintf(thread, sizeof(thread), "s%d/r", i);
		p.thread = thread;
		p.expires_ms = WORLD_START_MS + TCS_HOURS(1);
		world_propose(&p);
		world_settle();
	}
	a.number = 1;
	a.references = NULL;
	a.intended_status = "Test";
	world_propose(&a);
	world_decide("d-1", "333", "abcdef", "approve");
	world_settle();
	size_t before = fields();
	/* Long past every expiry, but the clock was not trusted. */
	world_advance(TCS_HOURS(70));
	world.dispatch->clock.is_halted = false;
	tcs_sweep_start(world.dispatch->sweep);
	world.dispatch->clock.is_halted = true;
	world_settle();
	assert_int_equal(fields(), before);
	assert_int_equal(world_rows("QUEUED", NULL), 3 * ZONES);
	/* A field that cannot be read is left for a person to look at. */
	struct tcs_ledger *ledger = TAILQ_FIRST(&world.dispatch->ledgers);
	assert_false(tcs_sweep_is_over(
	    ledger, "ledger:rows", "00", tcs_slice_str("{"), INT64_MAX / 4));
	assert_false(tcs_sweep_is_over(
	    ledger, "ledger:rows", "00", tcs_slice_str("{}"), INT64_MAX / 4));
}

/* Whatever happens in whatever order, at any time killed: nothing is lost,
 * nothing leaves after its expiry, none before a newer one of its thread. */

enum { THREADS = 3, ROUNDS = 300 };

struct course {
	unsigned numbers[THREADS];
	size_t checked; /* tries looked at */
	struct {
		char target[128];
		char thread[9];
		unsigned version;
	} newest[64];
	size_t newest_n;
};

static void
course_propose(struct course *course, bool is_last)
{
	static const char *const threads[] = {"s1/r", "s2/r", "s3/r"};
	static const char *const codes[] = {"222", "333", "444"};
	static const char *const levels[] = {"jaune", "orange", "rouge"};

	for (int i = 0; i < THREADS; i++) {
		if (!is_last && rand() % THREADS != 0)
			continue;
		struct tcs_proposal p = information(++course->numbers[i]);
		p.thread = threads[i];
		p.code = codes[i];
		p.level = levels[rand() % 3];
		p.is_first_sight = !is_last && rand() % 4 == 0;
		p.fetched_ms = tcs_clock_now_ms();
		p.expires_ms =
		    tcs_clock_now_ms() +
		    (is_last ? TCS_HOURS(30) : TCS_SECONDS(rand() % 900 + 1));
		world_propose(&p);
	}
}

static void
course_commit(struct course *course, struct world_try *try)
{
	char thread[9] = "";
	unsigned version = 0;
	const char *v = strstr(try->alert, ".v");
	size_t i = 0;

	assert_int_equal(sscanf(try->alert, "sidpc62.%8[0-9a-f]", thread), 1);
	assert_non_null(v);
	assert_int_equal(sscanf(v, ".v%u-", &version), 1);
	for (; i < course->newest_n; i++) {
		if (strcmp(course->newest[i].target, try->target) == 0 &&
		    strcmp(course->newest[i].thread, thread) == 0)
			break;
	}
	if (i == course->newest_n) {
		assert_true(course->newest_n++ < 64);
		memcpy(
		    course->newest[i].target, try->target, sizeof(try->target));
		memcpy(course->newest[i].thread, thread, sizeof(thread));
	}
	assert_true(version >= course->newest[i].version);
	course->newest[i].version = version;
	long long expires =
	    atoll(world_member("ledger:alerts", try->alert, "expires_ms"));
	assert_true(tcs_clock_now_ms() < expires);
}

static void
course_answer(struct course *course)
{
	static const enum tcs_verdict verdicts[] = {TCS_VERDICT_ACCEPTED,
	    TCS_VERDICT_ACCEPTED, TCS_VERDICT_LATER, TCS_VERDICT_UNKNOWN,
	    TCS_VERDICT_DOWN};

	for (size_t i = course->checked; i < world.tries_n; i++) {
		struct world_try *try = &world.tries[i];
		if (try->is_over || rand() % 2 == 0)
			continue;
		if (world_may_commit(try))
			course_commit(course, try);
		if (rand() % 2 == 0)
			world_answer(try, verdicts[rand() % 5]);
	}
}

static void
course_step(struct course *course)
{
	char id[32];

	switch (rand() % 8) {
	case 0:
		course_propose(course, false);
		break;
	case 1:
		(void)snprintf(id, sizeof(id), "r-%d", rand());
		world_resume(id, "vigicrues");
		break;
	case 2:
		world_lose((size_t)(rand() % 3));
		world_take(rand() % 4 == 0);
		break;
	case 3:
		tcs_clock_hold(tcs_clock_now_ms() + TCS_SECONDS(rand() % 60));
		break;
	case 4:
	case 5:
		course_answer(course);
		break;
	default:
		for (int i = rand() % 4; i >= 0 && world_waiting() > 0; i--)
			world_commit();
		break;
	}
}

static void
course_run(unsigned seed)
{
	struct course course = {0};

	srand(seed);
	for (int i = 0; i < ROUNDS; i++)
		course_step(&course);
	/* Now all is well again, and the last version of each goes out. */
	world.is_auto = true;
	world.verdict = TCS_VERDICT_ACCEPTED;
	world_settle();
	course_propose(&course, true);
	world_settle();
	world_resume("r-end", "vigicrues");
	world_settle();
	world_advance(TCS_HOURS(1));
	for (size_t i = 0; i < world.records_n; i++)
		assert_null(strstr(world.records[i].value, "unreadable"));
	assert_int_equal(world_rows("QUEUED", NULL), 0);
	assert_int_equal(world_rows("SENDING", NULL), 0);
	assert_int_equal(world_rows("WAITING", NULL), 0);
	assert_int_equal(world_rows("HELD", NULL), 0);
	assert_int_equal(world_timers(), 0);
	assert_int_equal(world_open_tries(), 0);
	/* One row of the last version for each contact and thread. */
	size_t last = 0;
	for (size_t i = world.tries_n - 9; i < world.tries_n; i++)
		last += strcmp(world_member(
		                   "ledger:rows", world.tries[i].key, "state"),
		            "ACCEPTED") == 0;
	assert_int_equal(last, 9);
}

static void
whatever_is_killed_when_nothing_is_lost_stale_or_overtaken(void **state)
{
	const char *given = getenv("TOCSIN_SEED");
	unsigned first = given == NULL ? 1 : (unsigned)strtoul(given, NULL, 10);
	unsigned n = given == NULL ? 40 : 1;

	for (unsigned seed = first; seed < first + n; seed++) {
		print_message("seed %u\n", seed);
		course_run(seed);
		(void)end(state);
		(void)begin(state);
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
	    TEST(killed_before_the_commit_nothing_has_happened),
	    TEST(killed_after_the_commit_it_is_sent_without_the_record),
	    TEST(killed_before_the_verdict_is_stored_it_is_sent_again),
	    TEST(one_attempt_that_kills_the_process_is_set_aside),
	    TEST(clean_restarts_are_nobodys_fault),
	    TEST(a_retry_is_not_forgotten),
	    TEST(a_channel_found_down_is_probed_although_the_step_was_lost),
	    TEST(an_alert_that_is_not_in_the_store_holds_back_no_other),
	    TEST(an_alert_without_its_text_holds_back_no_other),
	    TEST(what_is_over_is_forgotten_after_two_days),
	    TEST(what_is_not_over_is_never_forgotten),
	    TEST(whatever_is_killed_when_nothing_is_lost_stale_or_overtaken),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/clock.h"
#include "tests/dispatcher/world.h"
#include "tests/support/logcatch.h"
#include "tests/support/samples.h"

enum { MANY = 1200 };

static struct tcs_proposal
information(unsigned number)
{
	struct tcs_proposal p = sample_information();

	p.number = number;
	p.references = NULL;
	p.intended_status = "Test";
	p.audience = "epci sdis sidpc";
	return p;
}

/* MANY contacts: an epci each, and among them one sdis and one sidpc. */
static int
begin(void **state)
{
	struct tcs_buf conf;

	(void)state;
	logcatch_start();
	tcs_buf_init(&conf, 4000000);
	tcs_buf_str(&conf,
	    "channel webhook { slots = 4\n retry_base = \"1 s\"\n"
	    " retry_cap = \"1 min\" }\n");
	for (int i = 0; i < MANY; i++)
		tcs_buf_printf(&conf,
		    "contact c%04d { function = \"f\"\n audiences = {\"%s\"}\n"
		    " departements = {\"62\"}\n webhook = "
		    "\"http://c%04d.example/\" }\n",
		    i,
		    i == 700   ? "sidpc"
		    : i == 600 ? "sdis"
		               : "epci",
		    i);
	world_open("tocsin.", conf.p);
	tcs_buf_fini(&conf);
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
it_goes_in_chunks_most_urgent_first(void **state)
{
	struct tcs_proposal p = information(1);

	(void)state;
	world_propose(&p);
	world_commit();
	assert_int_equal(world_count("ledger:rows"), 500);
	assert_int_equal(world.tries_n, 4); /* as many as there are slots */
	assert_string_equal(world.tries[0].target, "http://c0700.example/");
	assert_string_equal(world.tries[1].target, "http://c0600.example/");
	assert_string_equal(
	    world_member("ledger:alerts", ".v1-", "is_expanded"), "");
	world_commit();
	assert_int_equal(world_count("ledger:rows"), 1000);
	world_commit();
	assert_int_equal(world_count("ledger:rows"), MANY);
	assert_string_equal(
	    world_member("ledger:alerts", ".v1-", "is_expanded"), "true");
	world.is_auto = true;
	world_settle();
	assert_int_equal(world_rows("ACCEPTED", NULL), MANY);
	assert_int_equal(world.tries_n, MANY);
	assert_int_equal(world_timers(), 0);
}

static void
the_next_alert_is_not_held_up_by_a_large_one(void **state)
{
	struct tcs_proposal p = information(1), q = information(1);

	(void)state;
	world_propose(&p);
	q.thread = "other.signal/vigilance-crues";
	q.code = "222";
	q.audience = "sidpc";
	world_propose(&q);
	world_commit();
	world_commit();
	assert_int_equal(world_published("alerts", NULL, NULL), 2);
	assert_int_equal(
	    world_rows("SENDING", "c0700") + world_rows("QUEUED", "c0700"), 2);
	world.is_auto = true;
	world_settle();
	assert_int_equal(world_rows("ACCEPTED", NULL), MANY + 1);
}

static void
killed_in_the_middle_it_goes_on_where_it_was(void **state)
{
	struct tcs_proposal p = information(1);

	(void)state;
	world.is_auto = true;
	world_propose(&p);
	world_commit();
	world_lose(1);
	world_take(false);
	world_settle();
	assert_int_equal(world_count("ledger:rows"), MANY);
	assert_int_equal(world_rows("ACCEPTED", NULL), MANY);
	/* Twice at most those that were on their way. */
	assert_in_range(world.tries_n, MANY, MANY + 4);
	for (size_t i = 0; i < world.records_n; i++)
		assert_true(
		    strcmp(world.records[i].topic, "alerts") != 0 || i < 10);
}

static void
a_newer_version_ends_the_expansion_of_the_older(void **state)
{
	struct tcs_proposal p = information(1), q = information(2);

	(void)state;
	world_propose(&p);
	world_commit();
	q.level = "rouge";
	world_propose(&q);
	world.is_auto = true;
	world_settle();
	assert_int_equal(world_rows("ACCEPTED", NULL), MANY);
	assert_int_equal(
	    world_count("ledger:rows") - world_rows("SUPERSEDED", NULL), MANY);
	for (size_t i = 4; i < world.tries_n; i++)
		assert_non_null(strstr(world.tries[i].alert, ".v2-"));
}

static void
what_expires_before_it_is_expanded_is_accounted_for(void **state)
{
	struct tcs_proposal p = information(1);

	(void)state;
	p.expires_ms = WORLD_START_MS + TCS_MINUTES(1);
	world_propose(&p);
	world_commit();
	tcs_clock_hold(WORLD_START_MS + TCS_MINUTES(1));
	for (size_t i = 0; i < world.tries_n; i++)
		world_answer(&world.tries[i], TCS_VERDICT_ACCEPTED);
	world_settle();
	assert_int_equal(world_rows("EXPIRED", NULL), MANY);
	assert_int_equal(world_timers(), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
	    TEST(it_goes_in_chunks_most_urgent_first),
	    TEST(the_next_alert_is_not_held_up_by_a_large_one),
	    TEST(killed_in_the_middle_it_goes_on_where_it_was),
	    TEST(a_newer_version_ends_the_expansion_of_the_older),
	    TEST(what_expires_before_it_is_expanded_is_accounted_for),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}

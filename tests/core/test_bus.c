/* test_bus.c - the Redis driver: what every driver promises, and what is its
 * own: trimming, and the durability that it asks of the server. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/digest.h"
#include "core/loop.h"
#include "core/step.h"
#include "core/store.h"
#include "tests/support/bus_suite.h"
#include "tests/support/redisd.h"

static struct redisd server;

static void
start(void)
{
	redisd_start(&server, "always");
}

static void
stop(void)
{
	redisd_stop(&server);
}

static const char *
address(void)
{
	return server.address;
}

static const char *
realm(void)
{
	return "tocsin.";
}

static const char *
url(void)
{
	return "redis:";
}

static void
topics(unsigned partitions)
{
	(void)partitions; /* a stream is made by its first record */
}

static void
send_signal(int signum)
{
	redisd_signal(&server, signum);
}

static void
restart(void)
{
	redisd_kill(&server);
	redisd_again(&server, "always");
}

/* One member that acknowledges all it reads. */
struct reader {
	struct tcs_store *store;
	struct tcs_bus *bus;
	struct tcs_bus_member *member;
	unsigned count, committed;
};

static struct tcs_loop *loop;

static void
reader_open(struct reader *reader)
{
	const struct tcs_store_conf conf = {
	    .address = server.address, .realm = "tocsin."};
	const struct tcs_bus_conf bus = {.url = "redis:", .partitions = 1};

	reader->store = tcs_store_new(loop, &conf, NULL, NULL);
	assert_int_equal(
	    tcs_bus_new(loop, reader->store, &bus, &reader->bus, NULL), TCS_OK);
	assert_int_equal(tcs_store_wait(reader->store, 10000, NULL), TCS_OK);
}

static void
reader_close(struct reader *reader)
{
	tcs_bus_member_free(&reader->member);
	tcs_store_free(&reader->store);
	tcs_bus_free(&reader->bus);
}

static void
reader_assigned(void *arg, struct tcs_unit *unit, bool is_clean)
{
	(void)arg;
	(void)is_clean;
	tcs_bus_read(unit);
}

static void
reader_revoked(void *arg, struct tcs_unit *unit, const char *reason)
{
	(void)arg;
	(void)unit;
	fail_msg("revoked: %s", reason);
}

static void
reader_record(void *arg, struct tcs_unit *unit, const struct tcs_record *record)
{
	struct reader *reader = arg;
	struct tcs_step *step = tcs_unit_step(unit);

	reader->count++;
	tcs_step_input_record(step, unit, record);
	tcs_unit_commit(unit, step, NULL, NULL);
}

static void
reader_join(struct reader *reader)
{
	static const char *const one_topic[] = {"signals", NULL};
	static const struct tcs_bus_member_ops ops = {
	    .assigned = reader_assigned,
	    .revoked = reader_revoked,
	    .record = reader_record};
	const struct tcs_bus_member_conf conf = {.group = "rules",
	    .instance = "a",
	    .topics = one_topic,
	    .window = 16};

	reader->member = tcs_bus_join(reader->bus, &conf, &ops, reader);
	assert_non_null(reader->member);
}

static void
reader_until(const unsigned *count, unsigned want)
{
	int64_t end = tcs_clock_boot_ms() + 20000;

	while (*count < want) {
		assert_true(tcs_clock_boot_ms() < end);
		tcs_loop_once(loop);
	}
}

static void
reader_await(struct reader *reader, unsigned want)
{
	reader_until(&reader->count, want);
}

static void
reader_committed(void *arg, enum tcs_err err, const char *reason)
{
	struct reader *reader = arg;

	(void)reason;
	assert_int_equal(err, TCS_OK);
	reader->committed++;
}

static void
reader_publish(struct reader *reader, unsigned n)
{
	const struct tcs_outgoing record = {.topic = "signals",
	    .key = tcs_slice_str("62"),
	    .value = tcs_slice_str("new")};

	reader->committed = 0;
	for (unsigned i = 0; i < n; i++) {
		struct tcs_step *step = tcs_step_new(reader->bus);
		tcs_step_publish(step, &record);
		tcs_step_commit(step, reader_committed, reader);
	}
	reader_until(&reader->committed, n);
}

static int
setup(void **state)
{
	(void)state;
	assert_int_equal(tcs_digest_startup(), TCS_OK);
	start();
	loop = tcs_loop_new();
	return loop == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	tcs_loop_free(&loop);
	stop();
	return 0;
}

static void
what_every_group_has_read_is_trimmed_past_its_retention(void **state)
{
	struct reader reader = {0};
	struct tcs_reply *reply = NULL;

	(void)state;
	reader_open(&reader);
	/* Entries of 1970: older than any retention. */
	for (int i = 1; i <= 300; i++) {
		char id[16];
		(void)snprintf(id, sizeof(id), "%d-1", i);
		assert_int_equal(
		    tcs_store_call(reader.store, &reply, "XADD",
		        "tocsin.signals.0", id, "k", "62", "v", "old", NULL),
		    TCS_OK);
		tcs_reply_free(&reply);
	}
	/* A group that is registered and has read nothing holds all of it. */
	assert_int_equal(tcs_store_call(reader.store, &reply, "SADD",
	                     "tocsin.groups", "slow signals", NULL),
	    TCS_OK);
	tcs_reply_free(&reply);
	reader_join(&reader);
	reader_await(&reader, 300);
	reader_publish(&reader, 1000);
	assert_int_equal(tcs_store_call(reader.store, &reply, "XLEN",
	                     "tocsin.signals.0", NULL),
	    TCS_OK);
	assert_int_equal(tcs_reply_int(reply), 1300);
	tcs_reply_free(&reply);
	/* Once it has read too, the old ones go (the server trims by nodes of
	 * 100 entries). */
	assert_int_equal(
	    tcs_store_call(reader.store, &reply, "SET",
	        "tocsin.pos:slow:signals.0", "9999999999999-0", NULL),
	    TCS_OK);
	tcs_reply_free(&reply);
	reader_await(&reader, 1300);
	reader_publish(&reader, 2000);
	assert_int_equal(tcs_store_call(reader.store, &reply, "XLEN",
	                     "tocsin.signals.0", NULL),
	    TCS_OK);
	assert_in_range(tcs_reply_int(reply), 3000, 3100);
	tcs_reply_free(&reply);
	reader_close(&reader);
}

static void
a_store_with_weaker_durability_is_refused(void **state)
{
	struct tcs_diag diag = {0};
	const struct tcs_store_conf conf = {
	    .address = server.address, .realm = "tocsin."};

	(void)state;
	redisd_kill(&server);
	redisd_again(&server, "everysec");
	struct tcs_store *store = tcs_store_new(loop, &conf, NULL, NULL);
	assert_int_equal(tcs_store_wait(store, 500, &diag), TCS_EUNAVAIL);
	assert_non_null(strstr(tcs_diag_text(&diag), "appendfsync always"));
	tcs_diag_fini(&diag);
	tcs_store_free(&store);
}

int
main(void)
{
	static const struct bus_under_test redis = {.name = "redis",
	    .start = start,
	    .stop = stop,
	    .store = address,
	    .realm = realm,
	    .url = url,
	    .topics = topics,
	    .signal = send_signal,
	    .restart = restart,
	    .takeover_ms = 7000,
	    .release_ms = 1000};
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
	        what_every_group_has_read_is_trimmed_past_its_retention, setup,
	        teardown),
	    cmocka_unit_test_setup_teardown(
	        a_store_with_weaker_durability_is_refused, setup, teardown),
	};

	return bus_suite(&redis) + cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_bus_kafka.c - the Kafka driver: what every driver promises, and what is
 * its own: the outbox. One real broker serves all; each test has a realm. */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/bus/kafka.h"
#include "core/bus_topics.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/loop.h"
#include "core/step.h"
#include "core/store.h"
#include "tests/support/bus_suite.h"
#include "tests/support/kafkad.h"
#include "tests/support/logcatch.h"
#include "tests/support/redisd.h"

static struct redisd store;
static struct kafkad broker;
static char realm_name[32];
static unsigned realms;

static void
start(void)
{
	redisd_start(&store, "always");
	(void)snprintf(realm_name, sizeof(realm_name), "x-t%u.", ++realms);
}

static void
stop(void)
{
	redisd_stop(&store);
}

static const char *
address(void)
{
	return store.address;
}

static const char *
realm(void)
{
	return realm_name;
}

static const char *
url(void)
{
	return broker.url;
}

static void
say(void *arg, const char *line)
{
	(void)arg;
	(void)line;
}

static void
topics(unsigned partitions)
{
	const struct tcs_bus_conf conf = {
	    .url = broker.url, .partitions = partitions};
	const struct tcs_bus_topics wanted = {
	    .realm = realm_name, .replication = 1};
	struct tcs_diag diag = {0};

	if (tcs_bus_topics_init(&conf, &wanted, say, NULL, &diag) != TCS_OK)
		fail_msg("no topics: %s", tcs_diag_text(&diag));
	tcs_diag_fini(&diag);
}

/* The store is part of the bus: nothing is acknowledged without it. */
static void
send_signal(int signum)
{
	kafkad_signal(&broker, signum);
	redisd_signal(&store, signum);
}

static void
restart(void)
{
	kafkad_kill(&broker);
	kafkad_again(&broker);
}

/* What is this driver's alone. */

/* The rule engine's member: what it reads of `signals`, it publishes to
 * `proposals`. */
static struct {
	struct tcs_store *store;
	struct tcs_bus *bus;
	struct tcs_bus_member *member;
	struct tcs_unit *unit; /* NULL unless owned */
	struct tcs_buf read;   /* values, each with a blank behind it */
	unsigned count, done, assigned, revoked;
	void (*on_done)(void);
} mine;

static struct tcs_loop *loop;
static struct tcs_timer *pulse; /* so that one round is a short one */

static void
beat(void *arg)
{
	(void)arg;
}

static void
once(void)
{
	tcs_timer_start(pulse, 20);
	tcs_loop_once(loop);
}

static void
await(const unsigned *count, unsigned want, int64_t limit_ms)
{
	int64_t end = tcs_clock_boot_ms() + limit_ms;

	while (*count < want) {
		if (tcs_clock_boot_ms() > end)
			fail_msg("waited %lld ms: %u of %u",
			    (long long)limit_ms, *count, want);
		once();
	}
}

static void
run_for(int64_t ms)
{
	int64_t end = tcs_clock_boot_ms() + ms;

	while (tcs_clock_boot_ms() < end)
		once();
}

static void
mine_assigned(void *arg, struct tcs_unit *unit, bool is_clean)
{
	(void)arg;
	(void)is_clean;
	mine.unit = unit;
	mine.assigned++;
	tcs_bus_read(unit);
}

static void
mine_revoked(void *arg, struct tcs_unit *unit, const char *reason)
{
	(void)arg;
	(void)unit;
	(void)reason;
	mine.unit = NULL;
	mine.revoked++;
}

static void
mine_done(void *arg)
{
	(void)arg;
	mine.done++;
	if (mine.on_done != NULL)
		mine.on_done();
}

static void
mine_record(void *arg, struct tcs_unit *unit, const struct tcs_record *record)
{
	struct tcs_step *step = tcs_unit_step(unit);
	const struct tcs_outgoing out = {
	    .topic = "proposals", .key = record->key, .value = record->value};

	(void)arg;
	tcs_buf_slice(&mine.read, record->value);
	tcs_buf_char(&mine.read, ' ');
	mine.count++;
	tcs_step_publish(step, &out);
	tcs_step_input_record(step, unit, record);
	tcs_unit_commit(unit, step, mine_done, NULL);
}

static void
mine_open(const struct tcs_bus_property *properties, size_t n)
{
	const struct tcs_store_conf conf = {
	    .address = store.address, .realm = realm_name};
	const struct tcs_bus_conf bus = {.url = broker.url,
	    .partitions = 1,
	    .properties = properties,
	    .properties_n = n};

	mine.store = tcs_store_new(loop, &conf, NULL, NULL);
	assert_non_null(mine.store);
	assert_int_equal(
	    tcs_bus_new(loop, mine.store, &bus, &mine.bus, NULL), TCS_OK);
	assert_int_equal(tcs_store_wait(mine.store, 10000, NULL), TCS_OK);
}

static void
mine_join(void)
{
	static const char *const one_topic[] = {"signals", NULL};
	static const struct tcs_bus_member_ops ops = {.assigned = mine_assigned,
	    .revoked = mine_revoked,
	    .record = mine_record};
	const struct tcs_bus_member_conf conf = {.group = "rules",
	    .instance = "a",
	    .topics = one_topic,
	    .window = 16};

	mine.member = tcs_bus_join(mine.bus, &conf, &ops, NULL);
	assert_non_null(mine.member);
}

static int
setup(void **state)
{
	(void)state;
	start();
	topics(1);
	memset(&mine, 0, sizeof(mine));
	tcs_buf_init(&mine.read, 1 << 20);
	loop = tcs_loop_new();
	pulse = tcs_timer_new(loop, beat, NULL);
	return pulse == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	tcs_bus_member_free(&mine.member);
	tcs_store_free(&mine.store);
	tcs_bus_free(&mine.bus);
	tcs_buf_fini(&mine.read);
	tcs_timer_free(&pulse);
	tcs_loop_free(&loop);
	stop();
	return 0;
}

static struct {
	unsigned done;
	enum tcs_err err;
} sent;

static void
on_sent(void *arg, enum tcs_err err, const char *reason)
{
	(void)arg;
	(void)reason;
	sent.done++;
	sent.err = err;
}

static enum tcs_err
send_record(const struct tcs_outgoing *record)
{
	struct tcs_step *step = tcs_step_new(mine.bus);

	memset(&sent, 0, sizeof(sent));
	tcs_step_publish(step, record);
	tcs_step_commit(step, on_sent, NULL);
	await(&sent.done, 1, 10000);
	return sent.err;
}

static void
send_signal_record(const char *value)
{
	const struct tcs_outgoing record = {.topic = "signals",
	    .key = tcs_slice_str("62"),
	    .value = tcs_slice_str(value)};

	assert_int_equal(send_record(&record), TCS_OK);
}

/* A key of the realm in the store. */
static void
put(const char *key, const char *value)
{
	struct tcs_reply *reply = NULL;
	char full[128];

	(void)snprintf(full, sizeof(full), "%s%s", realm_name, key);
	assert_int_equal(
	    tcs_store_call(mine.store, &reply, "SET", full, value, NULL),
	    TCS_OK);
	tcs_reply_free(&reply);
}

static void
assert_key(const char *key, const char *value)
{
	struct tcs_reply *reply = NULL;
	char full[128];

	(void)snprintf(full, sizeof(full), "%s%s", realm_name, key);
	assert_int_equal(
	    tcs_store_call(mine.store, &reply, "GET", full, NULL), TCS_OK);
	assert_true(tcs_slice_is(tcs_reply_slice(reply), value));
	tcs_reply_free(&reply);
}

static int64_t
outbox_entries(void)
{
	struct tcs_reply *reply = NULL;
	char full[128];

	(void)snprintf(full, sizeof(full), "%soutbox:rules:0", realm_name);
	assert_int_equal(
	    tcs_store_call(mine.store, &reply, "HLEN", full, NULL), TCS_OK);
	int64_t n = tcs_reply_int(reply);
	tcs_reply_free(&reply);
	return n;
}

/* An entry as a former owner left it: one record for `proposals`. */
static void
plant(const char *field, const char *value)
{
	const struct tcs_outgoing record = {.topic = "proposals",
	    .key = tcs_slice_str("62"),
	    .value = tcs_slice_str(value)};
	struct tcs_reply *reply = NULL;
	struct tcs_buf bytes;
	char full[128];

	tcs_buf_init(&bytes, 4096);
	tcs_kafka_write_record(&bytes, &record);
	(void)snprintf(full, sizeof(full), "%soutbox:rules:0", realm_name);
	assert_int_equal(tcs_store_call(mine.store, &reply, "HSET", full, field,
	                     bytes.p, NULL),
	    TCS_OK);
	tcs_reply_free(&reply);
	tcs_buf_fini(&bytes);
}

/* A client of the broker that is none of the driver's. */
static rd_kafka_t *
outsider(const char *group)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char reason[200];

	tcs_kafka_set(
	    conf, "bootstrap.servers", broker.url + strlen("kafka://"));
	tcs_kafka_set(conf, "group.id", group);
	rd_kafka_t *rk =
	    rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof(reason));
	assert_non_null(rk);
	return rk;
}

static rd_kafka_topic_partition_list_t *
place(const char *topic, int64_t offset)
{
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new(1);
	char name[96];

	(void)snprintf(name, sizeof(name), "%s%s", realm_name, topic);
	rd_kafka_topic_partition_list_add(list, name, 0)->offset = offset;
	return list;
}

/* The first `n` values of a topic, each with a blank behind it, are these. */
static void
assert_topic(const char *topic, unsigned n, const char *want)
{
	rd_kafka_t *rk = outsider("outsider");
	rd_kafka_topic_partition_list_t *list =
	    place(topic, RD_KAFKA_OFFSET_BEGINNING);
	int64_t end = tcs_clock_boot_ms() + 10000;
	struct tcs_buf values;

	tcs_buf_init(&values, 1 << 20);
	assert_int_equal(rd_kafka_assign(rk, list), 0);
	for (unsigned got = 0; got < n;) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 0);
		if (m != NULL && m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
			tcs_buf_slice(&values, tcs_slice(m->payload, m->len));
			tcs_buf_char(&values, ' ');
			got++;
		}
		if (m != NULL)
			rd_kafka_message_destroy(m);
		if (tcs_clock_boot_ms() > end)
			fail_msg("%s has only: %s", topic, values.p);
		once();
	}
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_destroy(rk);
	assert_string_equal(values.p, want);
	tcs_buf_fini(&values);
}

/* What the broker would give the group's next member; below 0: nothing yet. */
static int64_t
committed(void)
{
	char group[64];

	(void)snprintf(group, sizeof(group), "%srules", realm_name);
	rd_kafka_t *rk = outsider(group);
	rd_kafka_topic_partition_list_t *list =
	    place("signals", RD_KAFKA_OFFSET_INVALID);
	assert_int_equal(rd_kafka_committed(rk, list, 10000), 0);
	int64_t offset = list->elems[0].offset;
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_destroy(rk);
	return offset;
}

static void
await_committed(int64_t want)
{
	int64_t end = tcs_clock_boot_ms() + 10000;
	int64_t offset;

	while ((offset = committed()) != want) {
		if (tcs_clock_boot_ms() > end)
			fail_msg("the group is at %lld", (long long)offset);
		run_for(100);
	}
}

/* As if the store had died after its answer. */
static void
stop_the_store(void)
{
	redisd_signal(&store, SIGSTOP);
	mine.on_done = NULL;
}

/* The lease lasts 5 s: all of this is shorter. */
static void
the_groups_offset_moves_only_behind_an_empty_outbox(void **state)
{
	(void)state;
	mine_open(NULL, 0);
	send_signal_record("one");
	mine_join();
	await(&mine.done, 1, 10000);
	await_committed(1);
	mine.on_done = stop_the_store;
	const struct tcs_outgoing second = {.topic = "signals",
	    .key = tcs_slice_str("62"),
	    .value = tcs_slice_str("two")};
	struct tcs_step *step = tcs_step_new(mine.bus);
	tcs_step_publish(step, &second);
	tcs_step_commit(step, on_sent, NULL);
	await(&mine.done, 2, 10000);
	/* It is on its topic, but the store cannot say that its entry went. */
	assert_topic("proposals", 2, "one two ");
	run_for(2000);
	int64_t offset = committed();
	redisd_signal(&store, SIGCONT);
	assert_int_equal(offset, 1);
	await_committed(2);
	assert_int_equal(outbox_entries(), 0);
}

static void
what_a_former_owner_left_is_sent_before_anything_newer(void **state)
{
	(void)state;
	mine_open(NULL, 0);
	send_signal_record("one");
	send_signal_record("two");
	plant("7", "left");
	mine_join();
	await(&mine.done, 2, 10000);
	assert_topic("proposals", 3, "left one two ");
}

static void
what_a_former_owner_left_is_sent_in_order_and_removed(void **state)
{
	int64_t end = tcs_clock_boot_ms() + 10000;

	(void)state;
	mine_open(NULL, 0);
	plant("10", "third");
	plant("9", "second");
	plant("8", "first");
	mine_join();
	assert_topic("proposals", 3, "first second third ");
	while (outbox_entries() > 0) {
		assert_true(tcs_clock_boot_ms() < end);
		once();
	}
	assert_int_equal(mine.revoked, 0);
	assert_int_equal(mine.count, 0);
}

static void
an_outbox_that_cannot_be_read_stops_its_unit(void **state)
{
	struct tcs_reply *reply = NULL;
	char full[128];

	(void)state;
	mine_open(NULL, 0);
	send_signal_record("one");
	(void)snprintf(full, sizeof(full), "%soutbox:rules:0", realm_name);
	assert_int_equal(tcs_store_call(mine.store, &reply, "HSET", full, "1",
	                     "9:proposals,", NULL),
	    TCS_OK);
	tcs_reply_free(&reply);
	mine_join();
	run_for(8000);
	/* Taken again after 0.1, 0.2, 0.4 … s. */
	(void)snprintf(full, sizeof(full), "%sfence:rules:0", realm_name);
	assert_int_equal(
	    tcs_store_call(mine.store, &reply, "GET", full, NULL), TCS_OK);
	assert_in_range(strtoul(tcs_reply_slice(reply).p, NULL, 10), 2, 10);
	tcs_reply_free(&reply);
	assert_int_equal(mine.assigned, 0);
	assert_int_equal(mine.count, 0);
	assert_int_equal(outbox_entries(), 1);
}

static void
positions_of_the_other_bus_count_as_none_and_guard_all_the_same(void **state)
{
	(void)state;
	mine_open(NULL, 0);
	put("pos:rules:signals.0", "1795-0");
	mine_join();
	await(&mine.assigned, 1, 10000);
	/* Another changes what this owner has loaded. */
	put("pos:rules:signals.0", "1796-0");
	send_signal_record("one");
	await(&mine.done, 1, 10000);
	assert_int_equal(mine.revoked, 1);
	assert_string_equal(mine.read.p, "one one ");
	assert_key("pos:rules:signals.0", "0");
	assert_topic("proposals", 1, "one ");
}

static void
what_the_stored_position_has_is_passed_over(void **state)
{
	(void)state;
	mine_open(NULL, 0);
	for (unsigned i = 0; i < 6; i++) {
		char value[] = {(char)('0' + i), '\0'};
		send_signal_record(value);
	}
	put("pos:rules:signals.0", "3");
	mine_join();
	await(&mine.done, 2, 10000);
	run_for(500);
	assert_string_equal(mine.read.p, "4 5 ");
	assert_key("pos:rules:signals.0", "5");
}

static void
a_record_too_large_with_its_headers_is_refused(void **state)
{
	static const struct {
		size_t header;
		enum tcs_err want;
	} cases[] = {{40000 - 2 - 4, TCS_OK}, {40000 - 2 - 3, TCS_ELIMIT}};
	char *bytes = malloc(TCS_RECORD_MAX);

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', TCS_RECORD_MAX);
	mine_open(NULL, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tcs_header header = {
		    tcs_slice_str("name"), tcs_slice(bytes, cases[i].header)};
		const struct tcs_outgoing record = {.topic = "signals",
		    .key = tcs_slice_str("62"),
		    .value = tcs_slice(bytes, TCS_RECORD_MAX),
		    .headers = &header,
		    .headers_n = 1};
		assert_int_equal(send_record(&record), cases[i].want);
	}
	free(bytes);
}

static void
a_quiet_topic_costs_no_membership(void **state)
{
	static const struct tcs_bus_property properties[] = {
	    {.name = "max.poll.interval.ms", .value = "7000"}};

	(void)state;
	mine_open(properties, 1);
	send_signal_record("one");
	mine_join();
	await(&mine.done, 1, 10000);
	run_for(9000);
	send_signal_record("two");
	await(&mine.done, 2, 2000);
	assert_string_equal(mine.read.p, "one two ");
	assert_int_equal(mine.assigned, 1);
	assert_int_equal(mine.revoked, 0);
}

/* What is done but not committed when the broker dies is committed by
 * librdkafka in the name of nobody once the session is over: here before the
 * process, which was busy, has heard of it. */
static void
a_session_that_ended_while_the_broker_was_away_begins_anew(void **state)
{
	(void)state;
	mine_open(NULL, 0);
	send_signal_record("one");
	mine_join();
	await(&mine.done, 1, 10000);
	await_committed(1);
	send_signal_record("two");
	await(&mine.done, 2, 10000);
	while (outbox_entries() > 0)
		once();
	run_for(20);
	kafkad_kill(&broker);
	(void)poll(NULL, 0, 6500);
	kafkad_again(&broker);
	(void)poll(NULL, 0, 2500);
	send_signal_record("three");
	await(&mine.done, 3, 20000);
	assert_true(mine.revoked >= 1);
	await_committed(3);
}

/* The same name twice: the newer one goes on, the older one says so. */
static void
of_two_with_one_name_the_older_stays_out(void **state)
{
	static const char *const one_topic[] = {"signals", NULL};
	static const struct tcs_bus_member_ops ops = {.assigned = mine_assigned,
	    .revoked = mine_revoked,
	    .record = mine_record};
	const struct tcs_bus_member_conf conf = {.group = "rules",
	    .instance = "a",
	    .topics = one_topic,
	    .window = 16};
	int64_t end = tcs_clock_boot_ms() + 20000;

	(void)state;
	mine_open(NULL, 0);
	mine_join();
	await(&mine.assigned, 1, 10000);
	logcatch_start();
	struct tcs_bus_member *newer =
	    tcs_bus_join(mine.bus, &conf, &ops, NULL);
	while (!logcatch_has("bus.instance-twice")) {
		assert_true(tcs_clock_boot_ms() < end);
		once();
	}
	await(&mine.assigned, 2, 10000);
	run_for(3000);
	logcatch_stop();
	assert_int_equal(mine.assigned, 2);
	assert_int_equal(mine.revoked, 1);
	send_signal_record("one");
	await(&mine.done, 1, 10000);
	tcs_bus_member_free(&newer);
}

static int
own_tests(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(the_groups_offset_moves_only_behind_an_empty_outbox),
	    T(what_a_former_owner_left_is_sent_before_anything_newer),
	    T(what_a_former_owner_left_is_sent_in_order_and_removed),
	    T(an_outbox_that_cannot_be_read_stops_its_unit),
	    T(positions_of_the_other_bus_count_as_none_and_guard_all_the_same),
	    T(what_the_stored_position_has_is_passed_over),
	    T(a_record_too_large_with_its_headers_is_refused),
	    T(a_quiet_topic_costs_no_membership),
	    T(a_session_that_ended_while_the_broker_was_away_begins_anew),
	    T(of_two_with_one_name_the_older_stays_out),
	};
#undef T
	return cmocka_run_group_tests_name("kafka alone", tests, NULL, NULL);
}

int
main(void)
{
	static const struct bus_under_test kafka = {.name = "kafka",
	    .start = start,
	    .stop = stop,
	    .store = address,
	    .realm = realm,
	    .url = url,
	    .topics = topics,
	    .signal = send_signal,
	    .restart = restart,
	    .takeover_ms = 10000,
	    .release_ms = 10000};

	if (!kafkad_is_there()) {
		printf(
		    "skipped: no Kafka, TOCSIN_KAFKA_JARS names no folder\n");
		return 77;
	}
	kafkad_start(&broker);
	int failed = bus_suite(&kafka);
	failed += own_tests();
	kafkad_stop(&broker);
	return failed;
}

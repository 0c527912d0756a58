#include "tests/support/bus_suite.h"

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
#include "core/clock.h"
#include "core/digest.h"
#include "core/loop.h"
#include "core/step.h"
#include "core/store.h"
static const char *const one_topic[] = {"signals", NULL};

static const struct bus_under_test *under_test;

/* One process' view: a loop is shared, so that all members run in one test. */
struct node {
	struct tcs_store *store;
	struct tcs_bus *bus;
	struct tcs_bus_member *member;
	struct tcs_unit *unit; /* NULL unless owned */
	struct tcs_buf seen;   /* values, a line each */
	unsigned count, assigned, revoked;
	bool was_clean, is_lazy; /* lazy: records are not acknowledged */
	char last_reason[200];
};

static struct tcs_loop *loop;

static void
node_open(struct node *node, unsigned partitions)
{
	const struct tcs_store_conf conf = {
	    .address = under_test->store(), .realm = under_test->realm()};
	const struct tcs_bus_conf bus = {
	    .url = under_test->url(), .partitions = partitions};

	under_test->topics(partitions);
	memset(node, 0, sizeof(*node));
	tcs_buf_init(&node->seen, 64 << 20);
	node->store = tcs_store_new(loop, &conf, NULL, NULL);
	assert_non_null(node->store);
	assert_int_equal(
	    tcs_bus_new(loop, node->store, &bus, &node->bus, NULL), TCS_OK);
	assert_int_equal(tcs_store_wait(node->store, 10000, NULL), TCS_OK);
}

static void
node_close(struct node *node)
{
	tcs_bus_member_free(&node->member);
	tcs_store_free(&node->store);
	tcs_bus_free(&node->bus);
	tcs_buf_fini(&node->seen);
}

static void
node_assigned(void *arg, struct tcs_unit *unit, bool is_clean)
{
	struct node *node = arg;

	node->unit = unit;
	node->assigned++;
	node->was_clean = is_clean;
	tcs_bus_read(unit);
}

static void
node_revoked(void *arg, struct tcs_unit *unit, const char *reason)
{
	struct node *node = arg;

	(void)unit;
	node->unit = NULL;
	node->revoked++;
	(void)snprintf(
	    node->last_reason, sizeof(node->last_reason), "%s", reason);
}

static void
node_record(void *arg, struct tcs_unit *unit, const struct tcs_record *record)
{
	struct node *node = arg;

	assert_true(record->at_ms > 0);
	assert_true(record->at_ms < tcs_clock_wall_ms() + TCS_MINUTES(1));
	tcs_buf_slice(&node->seen, record->value);
	tcs_buf_char(&node->seen, '\n');
	node->count++;
	if (node->is_lazy)
		return;
	struct tcs_step *step = tcs_unit_step(unit);
	tcs_step_input_record(step, unit, record);
	tcs_unit_commit(unit, step, NULL, NULL);
}

static const struct tcs_bus_member_ops node_ops = {
    .assigned = node_assigned,
    .revoked = node_revoked,
    .record = node_record,
};

static void
node_join(struct node *node, const char *instance)
{
	const struct tcs_bus_member_conf conf = {.group = "rules",
	    .instance = instance,
	    .topics = one_topic,
	    .window = 16};

	node->member = tcs_bus_join(node->bus, &conf, &node_ops, node);
	assert_non_null(node->member);
}

/* Run the loop until `*flag` is at least `want`; a bounded wait. */
static void
await(const unsigned *flag, unsigned want, int64_t limit_ms)
{
	int64_t end = tcs_clock_boot_ms() + limit_ms;

	while (*flag < want) {
		if (tcs_clock_boot_ms() > end)
			fail_msg("waited %lld ms: %u of %u",
			    (long long)limit_ms, *flag, want);
		tcs_loop_once(loop);
	}
}

struct outcome {
	enum tcs_err err;
	unsigned done;
	uint64_t records;
	char reason[200];
};

static void
step_done(void *arg, enum tcs_err err, const char *reason)
{
	struct outcome *outcome = arg;

	outcome->err = err;
	outcome->done++;
	(void)snprintf(outcome->reason, sizeof(outcome->reason), "%s", reason);
}

static void
publish(struct node *node, const char *key, const char *value)
{
	struct outcome outcome = {0};
	struct tcs_step *step = tcs_step_new(node->bus);
	const struct tcs_outgoing record = {.topic = "signals",
	    .key = tcs_slice_str(key),
	    .value = tcs_slice_str(value)};

	tcs_step_publish(step, &record);
	tcs_step_commit(step, step_done, &outcome);
	await(&outcome.done, 1, 10000);
	assert_int_equal(outcome.err, TCS_OK);
}

static void
publish_many(struct node *node, unsigned from, unsigned to)
{
	struct outcome outcome = {0};
	char value[32];

	for (unsigned i = from; i < to; i++) {
		struct tcs_step *step = tcs_step_new(node->bus);
		(void)snprintf(value, sizeof(value), "%u", i);
		const struct tcs_outgoing record = {.topic = "signals",
		    .key = tcs_slice_str("62"),
		    .value = tcs_slice_str(value)};
		tcs_step_publish(step, &record);
		tcs_step_commit(step, step_done, &outcome);
	}
	await(&outcome.done, to - from, 30000);
	assert_int_equal(outcome.err, TCS_OK);
}

static void
counted(void *arg, enum tcs_err err, uint64_t records)
{
	struct outcome *outcome = arg;

	outcome->err = err;
	outcome->done = 1;
	outcome->records = records;
}

/* Records of the topic that a group has not done. */
static uint64_t
lag(struct node *node, const char *group)
{
	struct outcome outcome = {0};

	tcs_bus_lag(node->bus, group, "signals", counted, &outcome);
	await(&outcome.done, 1, 10000);
	assert_int_equal(outcome.err, TCS_OK);
	return outcome.records;
}

/* The store's key with the realm. */
static struct tcs_reply *
ask(struct node *node, const char *command, const char *key, const char *field)
{
	struct tcs_reply *reply = NULL;
	char full[128];

	(void)snprintf(full, sizeof(full), "%s%s", under_test->realm(), key);
	assert_int_equal(
	    tcs_store_call(node->store, &reply, command, full, field, NULL),
	    TCS_OK);
	return reply;
}

static int
setup(void **state)
{
	(void)state;
	assert_int_equal(tcs_digest_startup(), TCS_OK);
	under_test->start();
	loop = tcs_loop_new();
	return loop == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	tcs_loop_free(&loop);
	under_test->stop();
	return 0;
}

static void
murmur2_is_kafkas(void **state)
{
	/* Signed values of Kafka's own tests, their sign bit cleared. */
	static const struct {
		const char *key;
		int32_t want;
	} cases[] = {{"21", -973932308}, {"foobar", -790332482},
	    {"a-little-bit-long-string", -985981536},
	    {"a-little-bit-longer-string", -1486304829},
	    {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
	    {"abc", 479470107}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(tcs_murmur2(tcs_slice_str(cases[i].key)),
		    (uint32_t)cases[i].want & 0x7fffffffU);
	}
}

static void
records_of_a_key_are_read_in_order(void **state)
{
	struct node node;

	(void)state;
	node_open(&node, 1);
	publish_many(&node, 0, 500);
	node_join(&node, "a");
	await(&node.count, 500, 10000);
	const char *at = node.seen.p;
	for (unsigned i = 0; i < 500; i++) {
		char *end;
		assert_int_equal(strtoul(at, &end, 10), i);
		at = end + 1;
	}
	node_close(&node);
}

static struct {
	unsigned n;
	char text[256];
	size_t length;
} headers_seen;

static void
headers_record(
    void *arg, struct tcs_unit *unit, const struct tcs_record *record)
{
	(void)arg;
	(void)unit;
	headers_seen.length = 0;
	for (size_t i = 0; i < record->headers_n; i++) {
		const struct tcs_header *h = &record->headers[i];
		memcpy(headers_seen.text + headers_seen.length, h->name.p,
		    h->name.n);
		headers_seen.length += h->name.n;
		memcpy(headers_seen.text + headers_seen.length, h->value.p,
		    h->value.n);
		headers_seen.length += h->value.n;
	}
	headers_seen.n++;
}

static void
headers_come_back_byte_for_byte(void **state)
{
	static const struct tcs_bus_member_ops ops = {.assigned = node_assigned,
	    .revoked = node_revoked,
	    .record = headers_record};
	const struct tcs_header headers[] = {
	    {tcs_slice_str("id"), tcs_slice("a\0b\xff\r\n", 6)},
	    {tcs_slice_str("id"), tcs_slice("", 0)},
	    {tcs_slice_str("trace"), tcs_slice_str("0123")}};
	const struct tcs_bus_member_conf conf = {.group = "journal",
	    .instance = "h",
	    .topics = one_topic,
	    .window = 4};
	const struct tcs_outgoing record = {.topic = "signals",
	    .key = tcs_slice_str("62"),
	    .value = tcs_slice("\0value", 6),
	    .headers = headers,
	    .headers_n = 3};
	struct outcome outcome = {0};
	struct node node;

	(void)state;
	node_open(&node, 1);
	struct tcs_step *step = tcs_step_new(node.bus);
	tcs_step_publish(step, &record);
	tcs_step_commit(step, step_done, &outcome);
	node.member = tcs_bus_join(node.bus, &conf, &ops, &node);
	await(&headers_seen.n, 1, 10000);
	assert_int_equal(headers_seen.length, 2 + 6 + 2 + 5 + 4);
	assert_memory_equal(headers_seen.text, "ida\0b\xff\r\nidtrace0123", 19);
	node_close(&node);
}

static void
one_instance_owns_a_partition_and_another_takes_over(void **state)
{
	struct node a, b;

	(void)state;
	node_open(&a, 1);
	node_open(&b, 1);
	publish_many(&a, 0, 10);
	node_join(&a, "a");
	await(&a.count, 10, 10000);
	node_join(&b, "b");
	publish_many(&a, 10, 20);
	await(&a.count, 20, 10000);
	assert_int_equal(b.assigned, 0);
	/* Let the last acknowledgements arrive, then die without a word. What
	 * is asked of the store is answered behind them. */
	publish_many(&a, 20, 21);
	await(&a.count, 21, 10000);
	struct tcs_reply *reply = ask(&a, "GET", "pos:rules:signals.0", NULL);
	tcs_reply_free(&reply);
	publish(&a, "99", "unread");
	await(&a.count, 22, 10000);
	int64_t died = tcs_clock_boot_ms();
	node_close(&a);
	await(&b.assigned, 1, under_test->takeover_ms);
	assert_true(tcs_clock_boot_ms() - died < under_test->takeover_ms);
	assert_false(b.was_clean);
	publish_many(&b, 22, 24);
	await(&b.count, 2, 10000);
	/* Records acknowledged by the first owner are not read again; the last
	 * one's acknowledgement may have been on its way. */
	assert_true(b.count <= 3);
	node_close(&b);
}

static void
a_restarted_instance_goes_on_at_once(void **state)
{
	struct node a, again;

	(void)state;
	node_open(&a, 1);
	node_join(&a, "same");
	await(&a.assigned, 1, 10000);
	node_close(&a);
	node_open(&again, 1);
	int64_t start = tcs_clock_boot_ms();
	node_join(&again, "same");
	await(&again.assigned, 1, 1000);
	assert_true(tcs_clock_boot_ms() - start < 1000);
	assert_false(again.was_clean);
	node_close(&again);
}

static unsigned left_count;

static void
left(void *arg)
{
	(void)arg;
	left_count++;
}

static void
a_clean_leave_frees_the_partition_at_once(void **state)
{
	struct node a, b;

	(void)state;
	left_count = 0;
	node_open(&a, 1);
	node_open(&b, 1);
	node_join(&a, "a");
	await(&a.assigned, 1, 10000);
	tcs_bus_leave(a.member, left, NULL);
	await(&left_count, 1, 5000);
	node_join(&b, "b");
	await(&b.assigned, 1, under_test->release_ms);
	assert_true(b.was_clean);
	node_close(&a);
	node_close(&b);
}

static void
who_goes_before_the_release_is_answered_is_told_nothing(void **state)
{
	struct node a;

	(void)state;
	left_count = 0;
	node_open(&a, 1);
	node_join(&a, "a");
	await(&a.assigned, 1, 10000);
	tcs_bus_leave(a.member, left, NULL);
	node_close(&a);
	assert_int_equal(left_count, 0);
}

static void
the_fence_stops_the_step_of_a_former_owner(void **state)
{
	struct outcome outcome = {0};
	struct node a, b;

	(void)state;
	node_open(&a, 1);
	node_open(&b, 1);
	node_join(&a, "same");
	await(&a.assigned, 1, 10000);
	struct tcs_step *late = tcs_unit_step(a.unit);
	tcs_step_hset(late, "rule:threads", "62|x", tcs_slice_str("stale"));
	node_join(&b, "same");
	await(&b.assigned, 1, 5000);
	tcs_step_commit(late, step_done, &outcome);
	await(&outcome.done, 1, 5000);
	assert_int_equal(outcome.err, TCS_EFENCED);
	struct tcs_reply *reply = ask(&b, "HGET", "rule:threads", "62|x");
	assert_int_equal(tcs_reply_kind(reply), TCS_REPLY_NIL);
	tcs_reply_free(&reply);
	node_close(&a);
	node_close(&b);
}

static void
a_guard_that_is_not_met_writes_nothing(void **state)
{
	static const struct {
		const char *what;
		int kind;
		enum tcs_err want;
	} cases[] = {{"key differs", 0, TCS_EGUARD},
	    {"field differs", 1, TCS_EGUARD}, {"score differs", 2, TCS_EGUARD},
	    {"field must be absent", 3, TCS_EGUARD}, {"all met", 4, TCS_OK}};
	struct node node;

	(void)state;
	node_open(&node, 1);
	struct outcome first = {0};
	struct tcs_step *step = tcs_step_new(node.bus);
	tcs_step_set(step, "src:k", tcs_slice_str("1"));
	tcs_step_hset(step, "src:h", "f", tcs_slice_str("1"));
	tcs_step_zadd(step, "src:z", "m", 1700000000123);
	tcs_step_commit(step, step_done, &first);
	await(&first.done, 1, 5000);
	for (size_t i = 0; i < 5; i++) {
		struct outcome outcome = {0};
		const char *key = cases[i].kind == 0 ? "2" : "1";
		const char *field = cases[i].kind == 1 ? "2" : "1";
		step = tcs_step_new(node.bus);
		tcs_step_guard_key(step, "src:k", tcs_slice_str(key));
		tcs_step_guard_field(step, "src:h", "f",
		    cases[i].kind == 3 ? tcs_slice(NULL, 0)
		                       : tcs_slice_str(field));
		tcs_step_guard_score(
		    step, "src:z", "m", cases[i].kind == 2 ? 1 : 1700000000123);
		const struct tcs_outgoing record = {.topic = "signals",
		    .key = tcs_slice_str("62"),
		    .value = tcs_slice_str("published")};
		tcs_step_publish(step, &record);
		tcs_step_hset(
		    step, "src:out", cases[i].what, tcs_slice_str("written"));
		tcs_step_commit(step, step_done, &outcome);
		await(&outcome.done, 1, 5000);
		assert_int_equal(outcome.err, cases[i].want);
		assert_int_equal(
		    lag(&node, "nobody"), cases[i].want == TCS_OK ? 1 : 0);
		struct tcs_reply *reply =
		    ask(&node, "HEXISTS", "src:out", cases[i].what);
		assert_int_equal(
		    tcs_reply_int(reply), cases[i].want == TCS_OK ? 1 : 0);
		tcs_reply_free(&reply);
	}
	node_close(&node);
}

static void
a_key_of_another_kind_refuses_the_whole_step(void **state)
{
	struct outcome outcome = {0};
	struct node node;

	(void)state;
	node_open(&node, 1);
	struct tcs_reply *reply = ask(&node, "SET", "src:odd", "text");
	tcs_reply_free(&reply);
	struct tcs_step *step = tcs_step_new(node.bus);
	tcs_step_hset(step, "src:before", "f", tcs_slice_str("v"));
	tcs_step_hset(step, "src:odd", "f", tcs_slice_str("v"));
	tcs_step_commit(step, step_done, &outcome);
	await(&outcome.done, 1, 5000);
	assert_int_equal(outcome.err, TCS_EINVAL);
	assert_non_null(strstr(outcome.reason, "src:odd"));
	reply = ask(&node, "EXISTS", "src:before", NULL);
	assert_int_equal(tcs_reply_int(reply), 0);
	tcs_reply_free(&reply);
	node_close(&node);
}

/* On Redis the script has it once; what comes of it is the same on both. */
static void
a_text_that_a_step_carries_twice_is_whole_in_both_places(void **state)
{
	struct outcome outcome = {0};
	struct node node;
	char text[2000];

	(void)state;
	memset(text, 'x', sizeof(text));
	const struct tcs_slice value = tcs_slice(text, sizeof(text));
	node_open(&node, 1);
	struct tcs_step *step = tcs_step_new(node.bus);
	tcs_step_hset(step, "src:h", "other", tcs_slice(text, 1999));
	const struct tcs_outgoing record = {
	    .topic = "signals", .key = tcs_slice_str("62"), .value = value};
	tcs_step_publish(step, &record);
	tcs_step_hset(step, "src:h", "one", value);
	tcs_step_zadd(step, "src:z", "m", 1);
	tcs_step_hset(step, "src:h", "two", value);
	tcs_step_commit(step, step_done, &outcome);
	await(&outcome.done, 1, 5000);
	assert_int_equal(outcome.err, TCS_OK);
	const char *fields[] = {"one", "two", "other"};
	for (size_t i = 0; i < 3; i++) {
		struct tcs_reply *reply =
		    ask(&node, "HGET", "src:h", fields[i]);
		struct tcs_slice got = tcs_reply_slice(reply);
		assert_int_equal(got.n, i == 2 ? 1999 : sizeof(text));
		assert_memory_equal(got.p, text, got.n);
		tcs_reply_free(&reply);
	}
	node_close(&node);
}

static void
a_value_above_the_limit_is_refused_before_it_leaves(void **state)
{
	struct outcome outcome = {0};
	struct node node;
	char *big = calloc(1, TCS_RECORD_MAX + 1);

	(void)state;
	assert_non_null(big);
	node_open(&node, 1);
	struct tcs_step *step = tcs_step_new(node.bus);
	const struct tcs_outgoing record = {.topic = "signals",
	    .key = tcs_slice_str("62"),
	    .value = tcs_slice(big, TCS_RECORD_MAX + 1)};
	tcs_step_publish(step, &record);
	tcs_step_commit(step, step_done, &outcome);
	await(&outcome.done, 1, 5000);
	assert_int_equal(outcome.err, TCS_ELIMIT);
	assert_non_null(strstr(outcome.reason, "at most 1 000 000 bytes"));
	node_close(&node);
	free(big);
}

static void
lag_is_what_the_group_has_not_done(void **state)
{
	struct node node;

	(void)state;
	node_open(&node, 2);
	publish(&node, "62", "a");
	publish(&node, "67", "b");
	publish(&node, "FR", "c");
	assert_int_equal(lag(&node, "rules"), 3);
	node_join(&node, "a");
	await(&node.count, 3, 10000);
	node_close(&node);
}

static void
node_looked(void *arg, const struct tcs_record *record)
{
	struct node *node = arg;

	assert_true(tcs_slice_is(record->key, "62"));
	tcs_buf_slice(&node->seen, record->value);
	tcs_buf_char(&node->seen, '\n');
	node->count++;
}

static struct tcs_bus_tail *
tail_open(struct node *node)
{
	struct tcs_bus_tail *tail =
	    tcs_bus_tail_new(node->bus, "signals", node_looked, node);

	assert_non_null(tail);
	assert_false(tcs_bus_tail_is_open(node->bus, tail));
	for (unsigned i = 0; !tcs_bus_tail_is_open(node->bus, tail); i++) {
		assert_true(i < 100000);
		tcs_loop_once(loop);
	}
	return tail;
}

static void
a_tail_gives_what_comes_after_it_in_order(void **state)
{
	struct node node;

	(void)state;
	node_open(&node, 3);
	publish_many(&node, 0, 5);
	struct tcs_bus_tail *tail = tail_open(&node);
	publish_many(&node, 5, 705);
	await(&node.count, 700, 10000);
	assert_true(
	    tcs_slice_starts(tcs_buf_view(&node.seen), "5\n6\n7\n8\n9\n10\n"));
	assert_int_equal(node.seen.n, 5 * 2 + 90 * 3 + 605 * 4);
	tcs_bus_tail_free(node.bus, &tail);
	node_close(&node);
}

static void
a_closed_tail_gives_nothing_more(void **state)
{
	struct node closed, other;

	(void)state;
	node_open(&closed, 1);
	node_open(&other, 1);
	struct tcs_bus_tail *tail = tail_open(&closed);
	struct tcs_bus_tail *stays = tail_open(&other);
	tcs_bus_tail_free(closed.bus, &tail);
	assert_null(tail);
	publish(&other, "62", "last");
	await(&other.count, 1, 10000);
	assert_int_equal(closed.count, 0);
	tcs_bus_tail_free(other.bus, &stays);
	node_close(&closed);
	node_close(&other);
}

static void
a_paused_server_loses_nothing_and_memory_is_bounded(void **state)
{
	struct node node;

	(void)state;
	node_open(&node, 1);
	publish_many(&node, 0, 200);
	node_join(&node, "a");
	await(&node.count, 50, 10000);
	under_test->signal(SIGSTOP);
	unsigned at_stop = node.count;
	/* Longer than any deadline. Nothing is answered: at most a window and
	 * one batch are handled. */
	int64_t end = tcs_clock_boot_ms() + 30000;
	struct tcs_timer *timer = tcs_timer_new(loop, left, NULL);
	while (tcs_clock_boot_ms() < end) {
		tcs_timer_start(timer, 50);
		tcs_loop_once(loop);
	}
	tcs_timer_free(&timer);
	assert_true(node.count <= at_stop + 32);
	under_test->signal(SIGCONT);
	await(&node.count, 200, 60000);
	node_close(&node);
}

static void
nothing_is_lost_when_the_server_is_killed(void **state)
{
	struct node node;

	(void)state;
	node_open(&node, 1);
	publish_many(&node, 0, 100);
	node_join(&node, "a");
	await(&node.count, 20, 10000);
	under_test->restart();
	/* Each value is seen at least once: the last one comes last. */
	int64_t end = tcs_clock_boot_ms() + 60000;
	while (strstr(node.seen.p, "\n99\n") == NULL) {
		assert_true(tcs_clock_boot_ms() < end);
		tcs_loop_once(loop);
	}
	for (unsigned i = 0; i < 100; i++) {
		char line[16];
		(void)snprintf(
		    line, sizeof(line), "%s%u\n", i == 0 ? "" : "\n", i);
		assert_non_null(strstr(node.seen.p, line));
	}
	node_close(&node);
}

int
bus_suite(const struct bus_under_test *given)
{
	under_test = given;
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(murmur2_is_kafkas),
	    T(records_of_a_key_are_read_in_order),
	    T(headers_come_back_byte_for_byte),
	    T(one_instance_owns_a_partition_and_another_takes_over),
	    T(a_restarted_instance_goes_on_at_once),
	    T(a_clean_leave_frees_the_partition_at_once),
	    T(who_goes_before_the_release_is_answered_is_told_nothing),
	    T(the_fence_stops_the_step_of_a_former_owner),
	    T(a_guard_that_is_not_met_writes_nothing),
	    T(a_key_of_another_kind_refuses_the_whole_step),
	    T(a_text_that_a_step_carries_twice_is_whole_in_both_places),
	    T(a_value_above_the_limit_is_refused_before_it_leaves),
	    T(lag_is_what_the_group_has_not_done),
	    T(a_tail_gives_what_comes_after_it_in_order),
	    T(a_closed_tail_gives_nothing_more),
	    T(a_paused_server_loses_nothing_and_memory_is_bounded),
	    T(nothing_is_lost_when_the_server_is_killed),
	};
#undef T
	/* One test alone: its name, or a pattern. */
	cmocka_set_test_filter(getenv("TOCSIN_TEST"));
	return cmocka_run_group_tests_name(given->name, tests, NULL, NULL);
}

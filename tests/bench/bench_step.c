/* bench_step.c - what a step costs beside a bare XADD of the same record:
 * both durable (appendfsync always), one after the other on one connection,
 * taken in turn so that a slow moment of the machine falls on both.
 *
 *   bench_step ADDRESS [ROUNDS] */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bus.h"
#include "core/bus/driver.h"
#include "core/digest.h"
#include "core/loop.h"
#include "core/step.h"
#include "core/store.h"
#include "tests/bench/stats.h"

enum { VALUE_BYTES = 3000 };

static struct {
	struct tcs_loop *loop;
	struct tcs_store *store;
	struct tcs_bus *bus;
	struct tcs_unit *unit;
	struct tcs_record record;
	bool has_record, is_done;
	char value[VALUE_BYTES], position[TCS_POSITION_MAX];
} bench;

static void
bench_assigned(void *arg, struct tcs_unit *unit, bool is_clean)
{
	(void)arg;
	(void)is_clean;
	bench.unit = unit;
	tcs_bus_read(unit);
}

static void
bench_revoked(void *arg, struct tcs_unit *unit, const char *reason)
{
	(void)arg;
	(void)unit;
	fprintf(stderr, "revoked: %s\n", reason);
	exit(1);
}

static void
bench_record(void *arg, struct tcs_unit *unit, const struct tcs_record *record)
{
	(void)arg;
	(void)snprintf(
	    bench.position, sizeof(bench.position), "%s", record->position);
	bench.record = (struct tcs_record){.topic = "signals",
	    .partition = record->partition,
	    .position = bench.position};
	bench.has_record = true;
	tcs_bus_pause(unit);
}

static void
bench_step_done(void *arg)
{
	(void)arg;
	bench.is_done = true;
}

static void
bench_added(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	(void)arg;
	(void)reply;
	if (err != TCS_OK)
		exit(1);
	bench.is_done = true;
}

static int64_t
bench_wait(int64_t start)
{
	while (!bench.is_done)
		tcs_loop_once(bench.loop);
	bench.is_done = false;
	return stats_now_ns() - start;
}

static int64_t
bench_xadd(const char *stream)
{
	const struct tcs_slice words[] = {tcs_slice_str("XADD"),
	    tcs_slice_str(stream), tcs_slice_str("*"), tcs_slice_str("k"),
	    tcs_slice_str("62"), tcs_slice_str("v"),
	    tcs_slice(bench.value, VALUE_BYTES)};
	int64_t start = stats_now_ns();

	tcs_store_command(bench.store, words, 7, bench_added, NULL);
	return bench_wait(start);
}

/* A rule's step: fence, position guarded and moved, one field of state, one
 * record published. */
static int64_t
bench_one_step(void)
{
	const struct tcs_outgoing out = {.topic = "proposals",
	    .key = tcs_slice_str("62"),
	    .value = tcs_slice(bench.value, VALUE_BYTES)};
	int64_t start = stats_now_ns();
	struct tcs_step *step = tcs_unit_step(bench.unit);

	tcs_step_hset(
	    step, "rule:threads", "62|0123abcd", tcs_slice(bench.value, 400));
	tcs_step_publish(step, &out);
	tcs_step_input_record(step, bench.unit, &bench.record);
	tcs_unit_commit(bench.unit, step, bench_step_done, NULL);
	return bench_wait(start);
}

static void
bench_next_record(void)
{
	bench.has_record = false;
	tcs_bus_read(bench.unit);
	while (!bench.has_record)
		tcs_loop_once(bench.loop);
}

static void
bench_open(const char *address)
{
	static const char *const topics[] = {"signals", NULL};
	static const struct tcs_bus_member_ops ops = {
	    .assigned = bench_assigned,
	    .revoked = bench_revoked,
	    .record = bench_record};
	const struct tcs_store_conf store = {
	    .address = address, .realm = "tocsin."};
	const struct tcs_bus_conf bus = {.url = "redis:", .partitions = 1};
	const struct tcs_bus_member_conf member = {.group = "rules",
	    .instance = "bench",
	    .topics = topics,
	    .window = 1};

	memset(bench.value, 'x', sizeof(bench.value));
	bench.loop = tcs_loop_new();
	bench.store = tcs_store_new(bench.loop, &store, NULL, NULL);
	if (tcs_digest_startup() != TCS_OK ||
	    tcs_bus_new(bench.loop, bench.store, &bus, &bench.bus, NULL) !=
	        TCS_OK ||
	    tcs_store_wait(bench.store, 5000, NULL) != TCS_OK)
		exit(1);
	(void)tcs_bus_join(bench.bus, &member, &ops, NULL);
	while (bench.unit == NULL)
		tcs_loop_once(bench.loop);
}

static void
bench_report(int64_t *step, int64_t *bare, size_t n)
{
	static const unsigned marks[] = {500, 990};

	for (size_t i = 0; i < 2; i++) {
		double s = stats_percentile(step, n, marks[i]);
		double b = stats_percentile(bare, n, marks[i]);
		printf("step p%u %.0f us, bare XADD p%u %.0f us, ratio %.2f\n",
		    marks[i] / 10, s / 1000, marks[i] / 10, b / 1000, s / b);
	}
}

int
main(int argc, char **argv)
{
	size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 2000;
	int64_t *step = calloc(n, sizeof(*step));
	int64_t *bare = calloc(n, sizeof(*bare));

	if (argc < 2 || n == 0 || step == NULL || bare == NULL) {
		fprintf(stderr, "usage: bench_step ADDRESS [ROUNDS]\n");
		exit(2);
	}
	bench_open(argv[1]);
	for (size_t i = 0; i < n; i++) {
		(void)bench_xadd("tocsin.signals.0");
		bench_next_record();
		step[i] = bench_one_step();
		bare[i] = bench_xadd("bench.bare");
	}
	bench_report(step, bare, n);
	return 0;
}

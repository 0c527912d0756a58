/* bench_map.c - a full map of Vigicrues with one change, from its bytes in
 * memory to the commit of its step (hashed, kept, read, compared, published),
 * beside the bare JSON parse of the same bytes, taken in turn.
 *
 *   bench_map ADDRESS FOLDER [ROUNDS] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/collector.h"
#include "collectors/document.h"
#include "core/bus.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/store.h"
#include "tests/bench/bare_parse.h"
#include "tests/bench/fullmap.h"
#include "tests/bench/stats.h"

enum { MAP_MAX = 8 << 20, CHANGING_ZONE = 4 /* AP5 */ };

static struct {
	struct tcs_loop *loop;
	struct tcs_store *store;
	struct tcs_bus *bus;
	struct tcs_unit *unit;
	struct tcs_feed feed;
	void *driver;
	const char *folder;
	int64_t start_ms;
	bool is_done;
} bench;

static void
bench_assigned(void *arg, struct tcs_unit *unit, bool is_clean)
{
	(void)arg;
	(void)is_clean;
	bench.unit = unit;
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
bench_committed(void *arg)
{
	(void)arg;
	bench.is_done = true;
}

static void
bench_check(enum tcs_err err, const char *what)
{
	if (err == TCS_OK)
		return;
	fprintf(stderr, "%s: %s\n", what, tcs_strerror(err));
	exit(1);
}

static void
bench_open(const char *address)
{
	static const char *const topics[] = {NULL};
	static const char *const names[] = {"vigicrues", NULL};
	static const struct tcs_bus_member_ops ops = {
	    .assigned = bench_assigned, .revoked = bench_revoked};
	const struct tcs_store_conf store = {
	    .address = address, .realm = "tocsin."};
	const struct tcs_bus_conf bus = {.url = "redis:", .partitions = 1};
	const struct tcs_bus_member_conf member = {.group = "collector",
	    .instance = "bench",
	    .topics = topics,
	    .names = names,
	    .window = 1};

	bench.loop = tcs_loop_new();
	bench_check(tcs_digest_startup(), "random numbers");
	bench.store = tcs_store_new(bench.loop, &store, NULL, NULL);
	bench_check(
	    tcs_bus_new(bench.loop, bench.store, &bus, &bench.bus, NULL),
	    "bus");
	bench_check(tcs_store_wait(bench.store, 5000, NULL), "store");
	(void)tcs_bus_join(bench.bus, &member, &ops, NULL);
	while (bench.unit == NULL)
		tcs_loop_once(bench.loop);
}

/* What tocsin-collector holds of a feed, as far as a body needs it. */
static void
bench_feed(void)
{
	static char name[] = "vigicrues";
	static struct tcs_conf_feed conf = {.name = name};
	static struct tcs_conf all;
	static struct tcs_collector collector = {.conf = &all};
	const struct tcs_feed_ops *ops = tcs_feed_find("vigicrues");

	bench.driver = calloc(1, ops->state_size);
	bench_check(ops->init(bench.driver, NULL), "driver");
	conf.state = bench.driver;
	bench.feed = (struct tcs_feed){.unit = bench.unit,
	    .collector = &collector,
	    .conf = &conf,
	    .ops = ops,
	    .url = ops->url,
	    .every_ms = ops->every_ms,
	    .picture = tcs_picture_new(),
	    .origin = {.observatory = "bench",
	        .sender = "bench@tocsin.example",
	        .status = "Test",
	        .feed = "vigicrues",
	        .source = ops->source,
	        .source_name = ops->source_name,
	        .ops = ops}};
	tcs_feed_state_init(&bench.feed.state);
}

static int64_t
bench_take(struct tcs_slice body, int64_t fetched_ms)
{
	int64_t start = stats_now_ns();
	const struct tcs_fetch fetch = {.url = "http://source.example/",
	    .status = 200,
	    .body = body,
	    .fetched_ms = fetched_ms};
	struct tcs_gather_mark mark = {0};
	struct tcs_gathered got = {
	    .reason = "", .items = &fetch, .marks = &mark, .n = 1};

	(void)tcs_digest(body, mark.hash);
	memcpy(mark.content, mark.hash, sizeof(mark.content));
	memcpy(got.hash, mark.hash, sizeof(got.hash));
	bench_check(
	    tcs_document_keep(bench.folder, mark.hash, body, NULL), "keep");
	bench.feed.step = tcs_unit_step(bench.unit);
	bench_check(tcs_feed_take(&bench.feed, &got), "take");
	bench.is_done = false;
	tcs_unit_commit(bench.unit, bench.feed.step, bench_committed, NULL);
	while (!bench.is_done)
		tcs_loop_once(bench.loop);
	return stats_now_ns() - start;
}

static int64_t
bench_parse(struct tcs_slice body)
{
	int64_t start = stats_now_ns();
	bool is_json = bare_json_parse(body);
	int64_t ns = stats_now_ns() - start;

	bench_check(is_json ? TCS_OK : TCS_EPARSE, "parse");
	return ns;
}

static void
bench_round(unsigned round, int64_t *took, int64_t *bare)
{
	int64_t issued_ms = bench.start_ms + TCS_SECONDS(round);
	struct tcs_buf map;

	tcs_buf_init(&map, MAP_MAX);
	fullmap_write(&map, issued_ms, CHANGING_ZONE, 2 + round % 2);
	*took = bench_take(tcs_buf_view(&map), issued_ms + 1000);
	*bare = bench_parse(tcs_buf_view(&map));
	if (round == 0)
		printf(
		    "map %zu bytes, %zu zones\n", map.n, bench.feed.picture->n);
	tcs_buf_fini(&map);
}

static void
bench_report(int64_t *took, int64_t *bare, size_t n)
{
	static const unsigned marks[] = {500, 990};

	for (size_t i = 0; i < 2; i++) {
		double t = stats_percentile(took, n, marks[i]);
		double b = stats_percentile(bare, n, marks[i]);
		printf("map with one change p%u %.1f ms, bare JSON parse p%u "
		       "%.1f ms, ratio %.2f\n",
		    marks[i] / 10, t / 1e6, marks[i] / 10, b / 1e6, t / b);
	}
}

int
main(int argc, char **argv)
{
	size_t n = argc > 3 ? strtoul(argv[3], NULL, 10) : 60;
	int64_t *took = calloc(n + 1, sizeof(*took));
	int64_t *bare = calloc(n + 1, sizeof(*bare));

	if (argc < 3 || n == 0 || took == NULL || bare == NULL) {
		fprintf(stderr, "usage: bench_map ADDRESS FOLDER [ROUNDS]\n");
		exit(2);
	}
	tcs_log_set_level(TCS_LOG_WARNING);
	bench.folder = argv[2];
	bench.start_ms = tcs_clock_wall_ms() - TCS_HOURS(1);
	bench_open(argv[1]);
	bench_feed();
	/* The first state is another matter, and warms up. */
	bench_round(0, &took[n], &bare[n]);
	for (unsigned i = 0; i < n; i++)
		bench_round(i + 1, &took[i], &bare[i]);
	bench_report(took, bare, n);
	return 0;
}

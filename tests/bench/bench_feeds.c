/* bench_feeds - from the bodies of a poll to signals, beside the bare parse of
 * the same bodies by the same library.
 *
 *   bench_feeds DRIVER LIBRARY ROUNDS KEY=VALUE… BEFORE… -- NOW…
 *
 * The bodies BEFORE are what is held, NOW what is measured: read by the driver,
 * compared, made into CAP. LIBRARY is what parses them alone, see bare_parse.h:
 * json, xml, html (XML with HTML in it) or mail. Prints one line: medians,
 * MB/s, the ratio. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/compare.h"
#include "collectors/driver.h"
#include "collectors/readings.h"
#include "core/clock.h"
#include "core/file.h"
#include "tests/bench/bare_parse.h"
#include "tests/bench/stats.h"

enum { BODIES_MAX = 400, ROUNDS_MAX = 1000, BODY_MAX = 64 << 20 };

struct bodies {
	struct tcs_buf bufs[BODIES_MAX];
	struct tcs_fetch fetches[BODIES_MAX];
	size_t n, bytes;
};

static const struct tcs_feed_ops *ops;
static void *driver;
static bool (*parse_bare)(struct tcs_slice body);

static void
check(enum tcs_err err, const char *what, const struct tcs_diag *diag)
{
	if (err == TCS_OK)
		return;
	fprintf(stderr, "bench_feeds: %s: %s %s\n", what, tcs_strerror(err),
	    diag == NULL ? "" : tcs_diag_text(diag));
	exit(1);
}

static void
add_body(struct bodies *b, const char *path)
{
	struct tcs_diag diag = {0};
	size_t i = b->n++;

	if (i >= BODIES_MAX)
		check(TCS_ELIMIT, path, NULL);
	tcs_buf_init(&b->bufs[i], BODY_MAX);
	check(tcs_file_read(path, &b->bufs[i], &diag), path, &diag);
	b->fetches[i] = (struct tcs_fetch){.url = "http://source.example/",
	    .status = 200,
	    .body = tcs_buf_view(&b->bufs[i]),
	    .fetched_ms = tcs_clock_wall_ms()};
	b->bytes += b->bufs[i].n;
}

static struct tcs_readings *
read_bodies(const struct bodies *b)
{
	const struct tcs_answers answers = {.items = b->fetches, .n = b->n};
	struct tcs_readings *readings = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag diag = {0};

	check(tcs_readings_read(
	          ops, driver, &answers, &readings, &refusal, &diag),
	    ops->name, &diag);
	tcs_diag_fini(&diag);
	return readings;
}

/* The signals that `b` gives after `held`; *ret_picture (may be NULL) is what
 * is held then. */
static size_t
take(const struct bodies *b, const struct tcs_picture *held,
    struct tcs_picture **ret_picture)
{
	static const struct tcs_origin blank = {.observatory = "bench",
	    .sender = "bench@tocsin.example",
	    .status = "Test",
	    .feed = "bench"};
	struct tcs_origin origin = blank;
	struct tcs_readings *readings = read_bodies(b);
	struct tcs_compare_out out;
	struct tcs_diag diag = {0};

	origin.ops = ops;
	origin.source = ops->source;
	origin.source_name = ops->source_name;
	int64_t issued_ms = readings->document.issued_ms;
	const struct tcs_compare_in in = {.origin = &origin,
	    .held = held,
	    .readings = readings,
	    .hash = "0123456789012345678901234567890123456789"
	            "012345678901234567890123",
	    .answered_ms = TCS_NO_TIME,
	    .fetched_ms = b->fetches[0].fetched_ms,
	    .now_ms = issued_ms == TCS_NO_TIME ? b->fetches[0].fetched_ms
	                                       : issued_ms};
	check(tcs_compare(&in, &out), "compare", NULL);
	check(tcs_signals_pack(&out.signals, &diag), "pack", &diag);
	size_t n = out.signals.n;
	if (ret_picture != NULL) {
		*ret_picture = out.picture;
		out.picture = NULL;
	}
	tcs_compare_fini(&out);
	tcs_readings_free(&readings);
	tcs_diag_fini(&diag);
	return n;
}

/* ---- the bare parse ---- */

static const struct {
	const char *library;
	bool (*parse)(struct tcs_slice body);
} bare_parses[] = {
    {"json", bare_json_parse},
    {"xml", bare_xml_parse},
    {"html", bare_rss_parse},
    {"mail", bare_mail_parse},
};

static void
choose_bare(const char *name)
{
	for (size_t i = 0; i < sizeof(bare_parses) / sizeof(bare_parses[0]);
	     i++) {
		if (strcmp(bare_parses[i].library, name) == 0)
			parse_bare = bare_parses[i].parse;
	}
}

static int64_t
time_bare(const struct bodies *b)
{
	int64_t start = stats_now_ns();

	for (size_t i = 0; i < b->n; i++)
		check(parse_bare(b->fetches[i].body) ? TCS_OK : TCS_EPARSE,
		    "the bare parse", NULL);
	return stats_now_ns() - start;
}

/* ---- the run ---- */

static void
measure(const struct bodies *before, const struct bodies *now, size_t rounds)
{
	static int64_t ours[ROUNDS_MAX], bare[ROUNDS_MAX];
	struct tcs_picture *nothing = tcs_picture_new(), *held = NULL;
	size_t signals = 0;

	(void)take(before, nothing, &held);
	for (size_t i = 0; i < rounds; i++) {
		bare[i] = time_bare(now);
		int64_t start = stats_now_ns();
		signals = take(now, held, NULL);
		ours[i] = stats_now_ns() - start;
	}
	double us = stats_percentile(ours, rounds, 500) / 1000;
	double bare_us = stats_percentile(bare, rounds, 500) / 1000;
	printf("feeds %s: %zu bodies, %zu bytes, %zu signals: %.0f us, %.1f "
	       "MB/s; the bare parse %.0f us; ours/it %.2f\n",
	    ops->name, now->n, now->bytes, signals, us, (double)now->bytes / us,
	    bare_us, us / bare_us);
	tcs_picture_free(&held);
	tcs_picture_free(&nothing);
}

int
main(int argc, char **argv)
{
	static struct bodies before, now;
	struct tcs_option_text options[8];
	const char *values[8];
	size_t n = 0, rounds = 0;
	struct bodies *to = &before;
	struct tcs_diag diag = {0};

	if (argc < 7 || tcs_clock_set_zone("Europe/Paris") != TCS_OK)
		return 2;
	ops = tcs_feed_find(argv[1]);
	choose_bare(argv[2]);
	rounds = strtoul(argv[3], NULL, 10);
	if (ops == NULL || parse_bare == NULL || rounds == 0 ||
	    rounds > ROUNDS_MAX)
		return 2;
	for (int i = 4; i < argc; i++) {
		char *value = strchr(argv[i], '=');
		if (strcmp(argv[i], "--") == 0) {
			to = &now;
		} else if (value == NULL) {
			add_body(to, argv[i]);
		} else if (n < 8) {
			*value = '\0';
			values[n] = value + 1;
			options[n] = (struct tcs_option_text){
			    .key = argv[i], .values = &values[n], .n = 1};
			n++;
		}
	}
	check(tcs_driver_open(ops, options, n, &driver, &diag), "open", &diag);
	measure(&before, &now, rounds);
	tcs_driver_close(ops, &driver);
	return 0;
}

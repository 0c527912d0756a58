/* Any bytes as an answer of Vigicrues, alone and beside a map, whatever the
 * feed watches: read, compared with a map that is held, and made into CAP. What
 * is accepted has zones in order, each once, of levels that exist. */
#include <stdlib.h>
#include <string.h>

#include "collectors/compare.h"
#include "collectors/driver.h"
#include "collectors/feed.h"
#include "core/clock.h"
#include "core/level.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const char fuzz_held[] =
    "{\"features\":[{\"properties\":{\"CdEntCru\":\"AP5\",\"lbentcru\":\"Aa\","
    "\"NivInfViCr\":3}},{\"properties\":{\"CdEntCru\":\"AP6\",\"lbentcru\":"
    "\"Liane\",\"NivInfViCr\":1}}],\"DtHrInfoVigiCru\":"
    "\"2026-11-23T08:55:00+00:00\"}";

/* The driver as it is configured for each watch; FUZZ_NOW_MS is the day of the
 * seeds. */
enum { FUZZ_WATCHES = 4 };

#define FUZZ_NOW_MS INT64_C(1800000000000)

static void *fuzz_drivers[FUZZ_WATCHES];

static void
fuzz_open(void)
{
	static const char *const watches[FUZZ_WATCHES][1] = {
	    {"map"}, {"rss"}, {"observations"}, {"forecasts"}};
	static const char *const territory[] = {"29"};
	static const char *const troncons[] = {"AP5", "AP6"};
	static const char *const stations[] = {"E351122001"};
	static const char *const quantities[] = {"H", "Q"};

	for (size_t i = 0; i < FUZZ_WATCHES; i++) {
		const struct tcs_option_text texts[] = {
		    {.key = "watch", .values = watches[i], .n = 1},
		    {.key = "bulletins", .values = territory, .n = 1},
		    {.key = "troncons_suivis", .values = troncons, .n = 2},
		    {.key = "stations", .values = stations, .n = 1},
		    {.key = "grandeurs", .values = quantities, .n = 2},
		};
		tcs_assert(tcs_driver_open(tcs_feed_find("vigicrues"), texts, 5,
		               &fuzz_drivers[i], NULL) == TCS_OK);
	}
}

static struct tcs_readings *
fuzz_read(void *st, const struct tcs_slice *bodies, size_t n)
{
	const struct tcs_feed_ops *ops = tcs_feed_find("vigicrues");
	struct tcs_fetch fetches[2];
	const struct tcs_answers answers = {.items = fetches, .n = n};
	struct tcs_readings *readings = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag diag = {0};

	for (size_t i = 0; i < n; i++)
		fetches[i] =
		    (struct tcs_fetch){.url = "http://source.example/?"
		                              "CdEntVigiCru=E351122001",
		        .body = bodies[i],
		        .fetched_ms = FUZZ_NOW_MS};
	enum tcs_err err =
	    tcs_readings_read(ops, st, &answers, &readings, &refusal, &diag);

	tcs_assert(err == TCS_OK || err == TCS_EPARSE);
	tcs_assert((err == TCS_OK) == (refusal == TCS_REFUSAL_NONE));
	tcs_assert((err == TCS_OK) == (diag.n == 0));
	tcs_assert(err != TCS_OK || readings->document.expires_ms != 0);
	tcs_diag_fini(&diag);
	return readings;
}

static void
fuzz_check(const struct tcs_readings *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct tcs_reading *x = &r->items[i];
		tcs_assert(strcmp(x->level, TCS_LEVEL_UNKNOWN) == 0 ||
		           tcs_level_rank(x->level) != TCS_RANK_UNKNOWN);
		tcs_assert(i == 0 || tcs_zone_compare(r->items[i - 1].zone,
		                         r->items[i - 1].phenomenon, x->zone,
		                         x->phenomenon) < 0);
	}
}

static struct tcs_picture *
fuzz_take(const struct tcs_picture *held, const struct tcs_readings *readings,
    int64_t now_ms)
{
	const struct tcs_origin origin = {.observatory = "fuzz",
	    .sender = "fuzz@tocsin.example",
	    .status = "Test",
	    .feed = "vigicrues",
	    .source = "vigicrues",
	    .source_name = "Vigicrues",
	    .ops = tcs_feed_find("vigicrues")};
	char hash[TCS_DIGEST_HEX];
	const struct tcs_compare_in in = {.origin = &origin,
	    .held = held,
	    .readings = readings,
	    .hash = tcs_digest(tcs_slice_str("fuzz"), hash),
	    .now_ms = now_ms,
	    .fetched_ms = now_ms};
	struct tcs_compare_out out;

	tcs_assert(tcs_compare(&in, &out) == TCS_OK);
	tcs_assert(tcs_signals_pack(&out.signals, NULL) == TCS_OK);
	struct tcs_picture *picture = out.picture;
	out.picture = NULL;
	tcs_compare_fini(&out);
	return picture;
}

static void
fuzz_follow(const struct tcs_readings *first, const struct tcs_readings *r)
{
	int64_t now_ms = first->document.issued_ms;
	struct tcs_picture *empty = tcs_picture_new();
	struct tcs_picture *held = fuzz_take(empty, first, now_ms);
	struct tcs_picture *next = fuzz_take(held, r, now_ms + 1);

	tcs_picture_free(&next);
	tcs_picture_free(&held);
	tcs_picture_free(&empty);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const struct tcs_slice map = tcs_slice_str(fuzz_held);
	const struct tcs_slice both[] = {map, tcs_slice(data, size)};

	if (fuzz_drivers[0] == NULL) {
		tcs_assert(tcs_clock_set_zone("Europe/Paris") == TCS_OK);
		fuzz_open();
	}
	struct tcs_readings *first = fuzz_read(fuzz_drivers[0], &map, 1);
	for (size_t i = 0; i < FUZZ_WATCHES; i++) {
		struct tcs_readings *alone =
		    fuzz_read(fuzz_drivers[i], &both[1], 1);
		if (alone != NULL) {
			fuzz_check(alone);
			fuzz_follow(first, alone);
		}
		tcs_readings_free(&alone);
	}
	/* Beside a sound map nothing takes its levels away. */
	struct tcs_readings *joined = fuzz_read(fuzz_drivers[0], both, 2);
	if (joined != NULL) {
		fuzz_check(joined);
		tcs_assert(joined->n == first->n);
		fuzz_follow(first, joined);
	}
	tcs_readings_free(&joined);
	tcs_readings_free(&first);
	return 0;
}

/* Any bytes as what Météo-France answers, alone and beside a map: read,
 * compared with a map that is held, and made into CAP; and as the archive's
 * index. What is accepted has states in order, each once, none of another
 * scale. */
#include <stdlib.h>
#include <string.h>

#include "collectors/compare.h"
#include "collectors/driver.h"
#include "collectors/feed.h"
#include "core/clock.h"
#include "core/level.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define FUZZ_FETCHED_MS INT64_C(1800000000000)

static const char fuzz_held[] =
    "{\"product\":{\"update_time\":\"2027-01-15T05:00:09Z\",\"periods\":[{"
    "\"begin_validity_time\":\"2027-01-15T05:00:00Z\",\"end_validity_time\":"
    "\"2027-01-15T23:00:00Z\",\"timelaps\":{\"domain_ids\":[{\"domain_id\":"
    "\"62\",\"phenomenon_items\":[{\"phenomenon_id\":\"1\","
    "\"phenomenon_max_color_id\":3,\"timelaps_items\":[]}]},{\"domain_id\":"
    "\"6210\",\"phenomenon_items\":[{\"phenomenon_id\":\"9\","
    "\"phenomenon_max_color_id\":1,\"timelaps_items\":[]}]}]}}]}}";

static struct tcs_readings *
fuzz_read(void *st, const struct tcs_fetch *fetches, size_t n)
{
	const struct tcs_answers answers = {.items = fetches, .n = n};
	struct tcs_readings *readings = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag diag = {0};
	enum tcs_err err = tcs_readings_read(tcs_feed_find("meteofrance"), st,
	    &answers, &readings, &refusal, &diag);

	tcs_assert(err == TCS_OK || err == TCS_EPARSE);
	tcs_assert((err == TCS_OK) == (refusal == TCS_REFUSAL_NONE));
	tcs_assert((err == TCS_OK) == (diag.n == 0));
	tcs_diag_fini(&diag);
	return readings;
}

static void
fuzz_check(const struct tcs_readings *r)
{
	tcs_assert(r->document.issued_ms != TCS_NO_TIME);
	tcs_assert(r->document.next_issue_ms > r->document.issued_ms);
	for (size_t i = 0; i < r->n; i++) {
		const struct tcs_reading *x = &r->items[i];
		int rank = tcs_level_rank(x->level);
		/* An item has no level, a state none but a colour. */
		tcs_assert(x->kind == TCS_READING_ITEM
		               ? rank == 0
		               : rank == TCS_RANK_UNKNOWN || rank > 0);
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
	    .feed = "meteofrance",
	    .source = "meteofrance",
	    .source_name = "Météo-France",
	    .ops = tcs_feed_find("meteofrance")};
	char hash[TCS_DIGEST_HEX];
	const struct tcs_compare_in in = {.origin = &origin,
	    .held = held,
	    .readings = readings,
	    .hash = tcs_digest(tcs_slice_str("fuzz"), hash),
	    .now_ms = now_ms,
	    .answered_ms = now_ms,
	    .fetched_ms = now_ms};
	struct tcs_compare_out out;

	tcs_assert(tcs_compare(&in, &out) == TCS_OK);
	tcs_assert(tcs_signals_pack(&out.signals, NULL) == TCS_OK);
	struct tcs_picture *picture = out.picture;
	out.picture = NULL;
	tcs_compare_fini(&out);
	return picture;
}

static enum tcs_err
fuzz_asked(void *arg, const struct tcs_ask *ask)
{
	size_t *n = arg;

	tcs_assert(ask->url != NULL && strlen(ask->url) < 2000);
	(*n)++;
	return TCS_OK;
}

/* Whatever the index says, few requests follow, of this archive. */
static void
fuzz_index(void *st, const struct tcs_fetch *index)
{
	size_t n = 0;
	struct tcs_ask_sink out = {.arg = &n, .ask = fuzz_asked};
	const struct tcs_asking asking = {.url = "http://api.example",
	    .is_fallback = true,
	    .got = {.items = index, .n = 1},
	    .now_ms = FUZZ_FETCHED_MS};
	enum tcs_err err =
	    tcs_feed_find("meteofrance")->ask(st, &asking, &out, NULL);

	tcs_assert(err == TCS_OK || err == TCS_EPARSE);
	tcs_assert(n <= 2 && (err == TCS_OK) == (n > 0));
}

static void
fuzz_compare(const struct tcs_readings *first, const struct tcs_readings *next)
{
	int64_t now_ms = first->document.issued_ms;
	struct tcs_picture *empty = tcs_picture_new();
	struct tcs_picture *held = fuzz_take(empty, first, now_ms);
	struct tcs_picture *picture = fuzz_take(held, next, now_ms + 1);

	tcs_picture_free(&picture);
	tcs_picture_free(&held);
	tcs_picture_free(&empty);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static void *st;
	const struct tcs_fetch fetches[] = {{.url = "http://source.example/",
	                                        .tag = "index",
	                                        .status = 200,
	                                        .body = tcs_slice(data, size),
	                                        .fetched_ms = FUZZ_FETCHED_MS},
	    {.url = "http://source.example/",
	        .status = 200,
	        .body = tcs_slice_str(fuzz_held),
	        .fetched_ms = FUZZ_FETCHED_MS}};

	if (st == NULL) {
		tcs_assert(tcs_driver_open(tcs_feed_find("meteofrance"), NULL,
		               0, &st, NULL) == TCS_OK);
		tcs_assert(tcs_clock_set_zone("Europe/Paris") == TCS_OK);
	}
	struct tcs_readings *first = fuzz_read(st, fetches + 1, 1);
	struct tcs_readings *r = fuzz_read(st, fetches, 1);
	if (r != NULL) {
		fuzz_check(r);
		fuzz_compare(first, r);
	}
	tcs_readings_free(&r);
	/* The map is read whatever comes beside it. */
	r = fuzz_read(st, fetches, 2);
	tcs_assert(r != NULL);
	fuzz_check(r);
	tcs_readings_free(&r);
	tcs_readings_free(&first);
	fuzz_index(st, fetches);
	return 0;
}

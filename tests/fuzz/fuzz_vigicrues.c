/* Any bytes as the map of Vigicrues: read, compared with a map that is held,
 * and made into CAP. What is accepted has zones in order, each once, of levels
 * that exist. */
#include <stdlib.h>
#include <string.h>

#include "collectors/compare.h"
#include "collectors/feed.h"
#include "core/clock.h"
#include "core/level.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const char fuzz_held[] =
    "{\"features\":[{\"properties\":{\"CdEntCru\":\"AP5\",\"lbentcru\":\"Aa\","
    "\"NivInfViCr\":3}},{\"properties\":{\"CdEntCru\":\"AP6\",\"lbentcru\":"
    "\"Liane\",\"NivInfViCr\":1}}],\"DtHrInfoVigiCru\":"
    "\"2026-11-23T08:55:00+00:00\"}";

static struct tcs_readings *
fuzz_read(void *st, struct tcs_slice body)
{
	const struct tcs_feed_ops *ops = tcs_feed_find("vigicrues");
	const struct tcs_fetch fetch = {.url = "http://source.example/",
	    .body = body,
	    .fetched_ms = INT64_C(1800000000000)};
	const struct tcs_answers answers = {.items = &fetch, .n = 1};
	struct tcs_readings *readings = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag diag = {0};
	enum tcs_err err =
	    tcs_readings_read(ops, st, &answers, &readings, &refusal, &diag);

	tcs_assert(err == TCS_OK || err == TCS_EPARSE);
	tcs_assert((err == TCS_OK) == (refusal == TCS_REFUSAL_NONE));
	tcs_assert((err == TCS_OK) == (diag.n == 0));
	tcs_diag_fini(&diag);
	return readings;
}

static void
fuzz_check(const struct tcs_readings *r)
{
	tcs_assert(r->n > 0);
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

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static void *st;

	if (st == NULL) {
		st = calloc(1, tcs_feed_find("vigicrues")->state_size);
		tcs_assert(
		    st != NULL &&
		    tcs_feed_find("vigicrues")->init(st, NULL) == TCS_OK);
		tcs_assert(tcs_clock_set_zone("Europe/Paris") == TCS_OK);
	}
	struct tcs_readings *r = fuzz_read(st, tcs_slice(data, size));
	if (r == NULL)
		return 0;
	fuzz_check(r);
	struct tcs_readings *first = fuzz_read(st, tcs_slice_str(fuzz_held));
	struct tcs_picture *empty = tcs_picture_new();
	struct tcs_picture *held =
	    fuzz_take(empty, first, first->document.issued_ms);
	struct tcs_picture *next =
	    fuzz_take(held, r, first->document.issued_ms + 1);
	tcs_picture_free(&next);
	tcs_picture_free(&held);
	tcs_picture_free(&empty);
	tcs_readings_free(&first);
	tcs_readings_free(&r);
	return 0;
}

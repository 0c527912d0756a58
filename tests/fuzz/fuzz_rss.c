/* Any bytes as a feed of publications: read, compared with one that is held,
 * and made into CAP. What is accepted has items in order, each once. */
#include <stdlib.h>
#include <string.h>

#include "collectors/compare.h"
#include "collectors/driver.h"
#include "collectors/feed.h"
#include "core/clock.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define FUZZ_NOW INT64_C(1800000000000)

static const char fuzz_held[] =
    "<rss><channel><item><title>Crue</title><link>https://site.example/a"
    "</link><description>x</description></item></channel></rss>";

static struct tcs_readings *
fuzz_read(void *st, struct tcs_slice body)
{
	const struct tcs_fetch fetch = {.url = "http://source.example/",
	    .body = body,
	    .fetched_ms = FUZZ_NOW};
	const struct tcs_answers answers = {.items = &fetch, .n = 1};
	struct tcs_readings *readings = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag diag = {0};
	enum tcs_err err = tcs_readings_read(
	    tcs_feed_find("rss"), st, &answers, &readings, &refusal, &diag);

	tcs_assert(err == TCS_OK || err == TCS_EPARSE);
	tcs_assert((err == TCS_OK) == (refusal == TCS_REFUSAL_NONE));
	tcs_assert((err == TCS_OK) == (diag.n == 0));
	tcs_diag_fini(&diag);
	return readings;
}

static void
fuzz_check(const struct tcs_readings *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct tcs_reading *x = &r->items[i];
		tcs_assert(strlen(x->zone) == 16 && x->zone_name[0] != '\0');
		tcs_assert(strcmp(x->level, "none") == 0);
		tcs_assert(i == 0 || strcmp(r->items[i - 1].zone, x->zone) < 0);
		tcs_assert(tcs_slice_is_utf8(tcs_slice_str(x->headline)));
		tcs_assert(x->text == NULL ||
		           tcs_slice_is_utf8(tcs_slice_str(x->text)));
	}
}

static struct tcs_picture *
fuzz_take(const struct tcs_picture *held, const struct tcs_readings *readings,
    int64_t now_ms)
{
	const struct tcs_origin origin = {.observatory = "fuzz",
	    .sender = "fuzz@tocsin.example",
	    .status = "Test",
	    .feed = "rss",
	    .source = "rss",
	    .source_name = "Flux",
	    .ops = tcs_feed_find("rss")};
	char hash[TCS_DIGEST_HEX];
	const struct tcs_compare_in in = {.origin = &origin,
	    .held = held,
	    .readings = readings,
	    .hash = tcs_digest(tcs_slice_str("fuzz"), hash),
	    .answered_ms = now_ms,
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
		tcs_assert(tcs_driver_open(tcs_feed_find("rss"), NULL, 0, &st,
		               NULL) == TCS_OK);
		tcs_assert(tcs_clock_set_zone("Europe/Paris") == TCS_OK);
	}
	struct tcs_readings *r = fuzz_read(st, tcs_slice(data, size));
	if (r == NULL)
		return 0;
	fuzz_check(r);
	struct tcs_readings *first = fuzz_read(st, tcs_slice_str(fuzz_held));
	struct tcs_picture *empty = tcs_picture_new();
	struct tcs_picture *held = fuzz_take(empty, first, FUZZ_NOW);
	struct tcs_picture *next = fuzz_take(held, r, FUZZ_NOW + 1);
	tcs_picture_free(&next);
	tcs_picture_free(&held);
	tcs_picture_free(&empty);
	tcs_readings_free(&first);
	tcs_readings_free(&r);
	return 0;
}

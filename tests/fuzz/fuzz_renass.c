/* Any bytes as events of BCSF-Rénass: read, compared with nothing held, and
 * made into CAP. What is accepted are items that are named, dated and said,
 * each once. */
#include <string.h>

#include "collectors/compare.h"
#include "collectors/driver.h"
#include "collectors/feed.h"
#include "core/clock.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define FUZZ_NOW_MS INT64_C(1800000000000)

static struct tcs_readings *
fuzz_read(void *st, struct tcs_slice body)
{
	const struct tcs_fetch fetch = {.url = "https://source.example/",
	    .status = 200,
	    .body = body,
	    .fetched_ms = FUZZ_NOW_MS};
	const struct tcs_answers answers = {.items = &fetch, .n = 1};
	struct tcs_readings *readings = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag diag = {0};
	enum tcs_err err = tcs_readings_read(
	    tcs_feed_find("renass"), st, &answers, &readings, &refusal, &diag);

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
		tcs_assert(x->kind == TCS_READING_ITEM && x->is_national);
		tcs_assert(x->headline != NULL && x->text != NULL);
		tcs_assert(x->expires_ms == x->issued_ms + TCS_DAYS(1));
		tcs_assert(i == 0 || strcmp(r->items[i - 1].zone, x->zone) < 0);
	}
}

static void
fuzz_compare(const struct tcs_readings *readings)
{
	const struct tcs_origin origin = {.observatory = "fuzz",
	    .sender = "fuzz@tocsin.example",
	    .status = "Test",
	    .feed = "renass",
	    .source = "renass",
	    .source_name = "BCSF-Rénass",
	    .ops = tcs_feed_find("renass")};
	char hash[TCS_DIGEST_HEX];
	struct tcs_picture *empty = tcs_picture_new();
	const struct tcs_compare_in in = {.origin = &origin,
	    .held = empty,
	    .readings = readings,
	    .hash = tcs_digest(tcs_slice_str("fuzz"), hash),
	    .answered_ms = TCS_NO_TIME,
	    .now_ms = FUZZ_NOW_MS,
	    .fetched_ms = FUZZ_NOW_MS};
	struct tcs_compare_out out;

	tcs_assert(tcs_compare(&in, &out) == TCS_OK);
	tcs_assert(tcs_signals_pack(&out.signals, NULL) == TCS_OK);
	tcs_compare_fini(&out);
	tcs_picture_free(&empty);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static void *st;

	if (st == NULL) {
		tcs_assert(tcs_driver_open(tcs_feed_find("renass"), NULL, 0,
		               &st, NULL) == TCS_OK);
		tcs_assert(tcs_clock_set_zone("Europe/Paris") == TCS_OK);
	}
	struct tcs_readings *r = fuzz_read(st, tcs_slice(data, size));
	if (r == NULL)
		return 0;
	fuzz_check(r);
	fuzz_compare(r);
	tcs_readings_free(&r);
	return 0;
}

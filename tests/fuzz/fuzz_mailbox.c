/* Any bytes as a mail of the mailbox: read with the shipped recognisers and
 * made into CAP. Whatever is a mail is one item; its level exists, or is none,
 * or unknown. */
#include <stdlib.h>
#include <string.h>

#include "collectors/compare.h"
#include "collectors/driver.h"
#include "collectors/feed.h"
#include "core/clock.h"
#include "core/level.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

enum { FUZZ_NOW_S = 1800000000 };

static void *
fuzz_open(const struct tcs_feed_ops *ops)
{
	static const char *const path = "config/default/recognisers.xml";
	const struct tcs_option_text option = {
	    .key = "recognisers", .values = &path, .n = 1};
	void *st = NULL;

	tcs_assert(tcs_clock_set_zone("Europe/Paris") == TCS_OK);
	tcs_assert(tcs_driver_open(ops, &option, 1, &st, NULL) == TCS_OK);
	return st;
}

static void
fuzz_compare(
    const struct tcs_feed_ops *ops, const struct tcs_readings *readings)
{
	const struct tcs_origin origin = {.observatory = "fuzz",
	    .sender = "fuzz@tocsin.example",
	    .status = "Test",
	    .feed = ops->name,
	    .source = ops->source,
	    .source_name = ops->source_name,
	    .ops = ops};
	struct tcs_picture *empty = tcs_picture_new();
	char hash[TCS_DIGEST_HEX];
	const struct tcs_compare_in in = {.origin = &origin,
	    .held = empty,
	    .readings = readings,
	    .hash = tcs_digest(tcs_slice_str("fuzz"), hash),
	    .answered_ms = TCS_SECONDS(FUZZ_NOW_S) - 1000,
	    .now_ms = TCS_SECONDS(FUZZ_NOW_S),
	    .fetched_ms = TCS_SECONDS(FUZZ_NOW_S)};
	struct tcs_compare_out out;

	tcs_assert(empty != NULL && tcs_compare(&in, &out) == TCS_OK);
	tcs_assert(tcs_signals_pack(&out.signals, NULL) == TCS_OK);
	tcs_compare_fini(&out);
	tcs_picture_free(&empty);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static void *st;
	const struct tcs_feed_ops *ops = tcs_feed_find("mailbox");
	const struct tcs_fetch fetch = {.body = tcs_slice(data, size),
	    .status = 200,
	    .fetched_ms = TCS_SECONDS(FUZZ_NOW_S)};
	const struct tcs_answers answers = {.items = &fetch, .n = 1};
	struct tcs_readings *readings = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag diag = {0};

	if (st == NULL)
		st = fuzz_open(ops);
	enum tcs_err err =
	    tcs_readings_read(ops, st, &answers, &readings, &refusal, &diag);
	tcs_assert(err == TCS_OK || err == TCS_EPARSE);
	tcs_assert((err == TCS_OK) == (refusal == TCS_REFUSAL_NONE));
	tcs_assert((err == TCS_OK) == (diag.n == 0));
	tcs_diag_fini(&diag);
	if (readings == NULL)
		return 0;
	tcs_assert(readings->n == 1);
	const struct tcs_reading *r = &readings->items[0];
	tcs_assert(strlen(r->zone) == 16);
	tcs_assert(strcmp(r->level, TCS_LEVEL_UNKNOWN) == 0 ||
	           tcs_level_rank(r->level) != TCS_RANK_UNKNOWN);
	fuzz_compare(ops, readings);
	tcs_readings_free(&readings);
	return 0;
}

/* Any bytes as a feed of CAP messages: asked for what it leads to, read alone
 * and beside an index, compared with a message that is held, and made into
 * CAP. What is accepted has zones in order, each once. */
#include <stdlib.h>
#include <string.h>

#include "collectors/compare.h"
#include "collectors/driver.h"
#include "collectors/feed.h"
#include "collectors/path.h"
#include "core/clock.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define FUZZ_NOW INT64_C(1800000000000)
#define FUZZ_URL "https://source.example/f"

static const char fuzz_held[] =
    "{\"warnings\":[{\"alert\":{\"identifier\":\"a\",\"sent\":"
    "\"2027-01-15T08:00:00+01:00\",\"info\":{\"event\":\"x\",\"expires\":"
    "\"2027-01-16T08:00:00+01:00\",\"area\":{\"areaDesc\":\"Var\"},"
    "\"parameter\":{\"awareness_level\":\"3; orange; Severe\","
    "\"awareness_type\":\"1; Wind\"}}}}]}";
static const char fuzz_index[] =
    "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>a</id><title>x"
    "</title><link href='a.cap'/></entry></feed>";

static enum tcs_err
fuzz_on_ask(void *arg, const struct tcs_ask *ask)
{
	(void)arg;
	/* Never to another host, never without TLS. */
	tcs_assert(strncmp(ask->url, "https://source.example", 22) == 0);
	return TCS_OK;
}

static void
fuzz_ask(void *st, const struct tcs_fetch *fetch)
{
	const struct tcs_asking asking = {.url = FUZZ_URL,
	    .got = {.items = fetch, .n = 1},
	    .now_ms = FUZZ_NOW};
	struct tcs_ask_sink out = {.ask = fuzz_on_ask};

	tcs_assert(
	    tcs_feed_find("cap")->ask(st, &asking, &out, NULL) == TCS_OK);
}

static struct tcs_readings *
fuzz_read(void *st, const struct tcs_fetch *fetches, size_t n)
{
	const struct tcs_answers answers = {.items = fetches, .n = n};
	struct tcs_readings *readings = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag diag = {0};
	enum tcs_err err = tcs_readings_read(
	    tcs_feed_find("cap"), st, &answers, &readings, &refusal, &diag);

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
		tcs_assert(x->zone[0] != '\0' && x->level[0] != '\0');
		tcs_assert(x->expires_ms != 0 || x->lasts_ms > 0);
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
	    .feed = "cap",
	    .source = "cap",
	    .source_name = "Flux",
	    .ops = tcs_feed_find("cap")};
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

static struct tcs_fetch
fuzz_fetch(struct tcs_slice body)
{
	return (struct tcs_fetch){
	    .url = FUZZ_URL, .body = body, .fetched_ms = FUZZ_NOW};
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static void *st;

	if (st == NULL) {
		tcs_assert(tcs_driver_open(tcs_feed_find("cap"), NULL, 0, &st,
		               NULL) == TCS_OK);
		tcs_assert(tcs_clock_set_zone("Europe/Paris") == TCS_OK);
	}
	const struct tcs_fetch held_body = fuzz_fetch(tcs_slice_str(fuzz_held));
	const struct tcs_fetch both[] = {fuzz_fetch(tcs_slice_str(fuzz_index)),
	    fuzz_fetch(tcs_slice(data, size))};
	fuzz_ask(st, &both[1]);
	struct tcs_readings *beside = fuzz_read(st, both, 2);
	tcs_assert(beside != NULL);
	fuzz_check(beside);
	tcs_readings_free(&beside);
	struct tcs_readings *r = fuzz_read(st, &both[1], 1);
	if (r == NULL)
		return 0;
	(void)tcs_path_cut(r, "fuzz");
	fuzz_check(r);
	struct tcs_readings *first = fuzz_read(st, &held_body, 1);
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

/* Any bytes as a body of the avalanche bulletins: alone, and beside a list of
 * massifs; compared with nothing held, and made into CAP. What is accepted has
 * massifs in order, each once, of levels 1 to 5 or unknown, with words. As the
 * list it asks for massifs of the same base only. */
#include <string.h>

#include "collectors/compare.h"
#include "collectors/driver.h"
#include "collectors/feed.h"
#include "core/clock.h"
#include "core/level.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define FUZZ_BASE "https://api.example/DPBRA/v1"
#define FUZZ_NOW_MS INT64_C(1800000000000)

static const char fuzz_list[] =
    "{\"features\":[{\"properties\":{\"code\":66,\"title\":\"Haute-Bigorre\","
    "\"Departemen\":\"Hautes-Pyrenees\"}}]}";

static void *fuzz_state;

static struct tcs_readings *
fuzz_read(const struct tcs_slice *bodies, size_t n)
{
	struct tcs_fetch fetches[2] = {{0}};
	const struct tcs_answers answers = {.items = fetches, .n = n};
	struct tcs_readings *readings = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag diag = {0};

	for (size_t i = 0; i < n; i++)
		fetches[i] = (struct tcs_fetch){.url = FUZZ_BASE,
		    .status = 200,
		    .body = bodies[i],
		    .fetched_ms = FUZZ_NOW_MS};
	enum tcs_err err = tcs_readings_read(tcs_feed_find("avalanche"),
	    fuzz_state, &answers, &readings, &refusal, &diag);
	tcs_assert(err == TCS_OK || err == TCS_EPARSE);
	tcs_assert((err == TCS_OK) == (refusal == TCS_REFUSAL_NONE));
	tcs_assert((err == TCS_OK) == (diag.n == 0));
	tcs_diag_fini(&diag);
	return readings;
}

static void
fuzz_check(const struct tcs_readings *r)
{
	tcs_assert(r->document.expires_ms != TCS_NO_TIME);
	for (size_t i = 0; i < r->n; i++) {
		const struct tcs_reading *x = &r->items[i];
		int rank = tcs_level_rank(x->level);
		tcs_assert(strcmp(x->level, TCS_LEVEL_UNKNOWN) == 0 ||
		           (rank >= 1 && rank <= 5));
		tcs_assert(x->headline != NULL && x->text != NULL);
		tcs_assert(x->expires_ms > r->document.issued_ms);
		tcs_assert(i == 0 || tcs_zone_compare(r->items[i - 1].zone,
		                         r->items[i - 1].phenomenon, x->zone,
		                         x->phenomenon) < 0);
	}
}

static void
fuzz_compare(const struct tcs_readings *readings)
{
	const struct tcs_origin origin = {.observatory = "fuzz",
	    .sender = "fuzz@tocsin.example",
	    .status = "Test",
	    .feed = "avalanche",
	    .source = "bra",
	    .source_name = "BRA",
	    .ops = tcs_feed_find("avalanche")};
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

static enum tcs_err
fuzz_asked(void *arg, const struct tcs_ask *ask)
{
	(void)arg;
	tcs_assert(strncmp(ask->url, FUZZ_BASE "/massif/BRA?id-massif=",
	               strlen(FUZZ_BASE "/massif/BRA?id-massif=")) == 0);
	tcs_assert(strlen(ask->tag) <= 3);
	return TCS_OK;
}

static void
fuzz_ask(struct tcs_slice body)
{
	const struct tcs_fetch got = {.url = FUZZ_BASE, .body = body};
	const struct tcs_asking asking = {
	    .url = FUZZ_BASE, .got = {.items = &got, .n = 1}};
	struct tcs_ask_sink out = {.ask = fuzz_asked};
	struct tcs_diag diag = {0};
	enum tcs_err err =
	    tcs_feed_find("avalanche")->ask(fuzz_state, &asking, &out, &diag);

	tcs_assert(err == TCS_OK || err == TCS_EPARSE);
	tcs_diag_fini(&diag);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const struct tcs_slice bodies[] = {
	    tcs_slice(data, size), tcs_slice_str(fuzz_list)};

	if (fuzz_state == NULL) {
		tcs_assert(tcs_driver_open(tcs_feed_find("avalanche"), NULL, 0,
		               &fuzz_state, NULL) == TCS_OK);
		tcs_assert(tcs_clock_set_zone("Europe/Paris") == TCS_OK);
	}
	fuzz_ask(bodies[0]);
	struct tcs_readings *both = fuzz_read(bodies, 2);
	if (both != NULL)
		fuzz_check(both);
	tcs_readings_free(&both);
	struct tcs_readings *r = fuzz_read(bodies, 1);
	if (r == NULL)
		return 0;
	fuzz_check(r);
	fuzz_compare(r);
	tcs_readings_free(&r);
	return 0;
}

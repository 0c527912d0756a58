/* Any bytes as a page of Hub'Eau: read alone and beside a good page, compared
 * with what is held, and made into CAP. What is accepted are numbers that are
 * finite, with their time, each station and quantity once; what is asked next
 * goes to the same host. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "collectors/compare.h"
#include "collectors/driver.h"
#include "collectors/feed.h"
#include "core/clock.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define FUZZ_HOST "https://hubeau.example/"
#define FUZZ_URL FUZZ_HOST "api/v2/hydrometrie/observations_tr"

static const char fuzz_page[] =
    "{\"next\":null,\"data\":[{\"code_station\":\"E351122001\","
    "\"grandeur_hydro\":\"H\",\"date_obs\":\"2026-11-23T13:05:00Z\","
    "\"resultat_obs\":2310}]}";

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
		fetches[i] = (struct tcs_fetch){.url = FUZZ_URL,
		    .status = 200,
		    .body = bodies[i],
		    .fetched_ms = INT64_C(1800000000000)};
	enum tcs_err err = tcs_readings_read(tcs_feed_find("hubeau"),
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
	for (size_t i = 0; i < r->n; i++) {
		const struct tcs_reading *x = &r->items[i];
		tcs_assert(x->kind == TCS_READING_MEASURE);
		tcs_assert(isfinite(x->value) && fabs(x->value) <= 1e6);
		tcs_assert(x->step > 0 && x->text != NULL);
		tcs_assert(x->issued_ms <= r->document.issued_ms);
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
	    .feed = "hubeau",
	    .source = "hubeau",
	    .source_name = "Hub'Eau",
	    .ops = tcs_feed_find("hubeau")};
	char hash[TCS_DIGEST_HEX];
	struct tcs_picture *empty = tcs_picture_new();
	const struct tcs_compare_in in = {.origin = &origin,
	    .held = empty,
	    .readings = readings,
	    .hash = tcs_digest(tcs_slice_str("fuzz"), hash),
	    .answered_ms = TCS_NO_TIME,
	    .now_ms = INT64_C(1800000000000),
	    .fetched_ms = INT64_C(1800000000000)};
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
	tcs_assert(strncasecmp(ask->url, FUZZ_HOST, strlen(FUZZ_HOST)) == 0);
	return TCS_OK;
}

static void
fuzz_ask(struct tcs_slice body)
{
	const struct tcs_fetch got = {
	    .url = FUZZ_URL, .tag = "observations.0.0", .body = body};
	const struct tcs_asking asking = {
	    .url = FUZZ_URL, .got = {.items = &got, .n = 1}};
	struct tcs_ask_sink out = {.ask = fuzz_asked};
	struct tcs_diag diag = {0};
	enum tcs_err err =
	    tcs_feed_find("hubeau")->ask(fuzz_state, &asking, &out, &diag);

	tcs_assert(err == TCS_OK || err == TCS_EPARSE);
	tcs_diag_fini(&diag);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const struct tcs_slice bodies[] = {
	    tcs_slice(data, size), tcs_slice_str(fuzz_page)};

	if (fuzz_state == NULL) {
		static const char *const stations[] = {"E3*"};
		const struct tcs_option_text text = {
		    .key = "stations", .values = stations, .n = 1};
		tcs_assert(tcs_driver_open(tcs_feed_find("hubeau"), &text, 1,
		               &fuzz_state, NULL) == TCS_OK);
		tcs_assert(tcs_clock_set_zone("Europe/Paris") == TCS_OK);
	}
	fuzz_ask(bodies[0]);
	struct tcs_readings *both = fuzz_read(bodies, 2);
	tcs_readings_free(&both);
	struct tcs_readings *r = fuzz_read(bodies, 1);
	if (r == NULL)
		return 0;
	fuzz_check(r);
	fuzz_compare(r);
	tcs_readings_free(&r);
	return 0;
}

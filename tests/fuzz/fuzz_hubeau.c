/* Any bytes as a page of Hub'Eau: read alone and beside a good page, compared
 * with what is held, and made into CAP. What is accepted are numbers that are
 * finite, with their time, each station and quantity once; what is asked next
 * goes to the same host. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "tests/support/feedkit.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define FUZZ_HOST "https://hubeau.example/"
#define FUZZ_URL FUZZ_HOST "api/v2/hydrometrie/observations_tr"

static const char fuzz_page[] =
    "{\"next\":null,\"data\":[{\"code_station\":\"E351122001\","
    "\"grandeur_hydro\":\"H\",\"date_obs\":\"2026-11-23T13:05:00Z\","
    "\"resultat_obs\":2310}]}";
static const char *const fuzz_options[] = {"stations", "E3*", NULL};

static void
fuzz_check(const struct tcs_readings *r)
{
	feedkit_check_order(r);
	for (size_t i = 0; i < r->n; i++) {
		const struct tcs_reading *x = &r->items[i];
		tcs_assert(x->kind == TCS_READING_MEASURE);
		tcs_assert(isfinite(x->value) && fabs(x->value) <= 1e6);
		tcs_assert(x->step > 0 && x->text != NULL);
		tcs_assert(x->issued_ms <= r->document.issued_ms);
	}
}

static void
fuzz_ask(struct feedkit *kit, struct tcs_slice body)
{
	const struct tcs_fetch got = {
	    .url = FUZZ_URL, .tag = "observations.0.0", .body = body};
	const struct tcs_asking asking = {
	    .url = FUZZ_URL, .got = {.items = &got, .n = 1}};
	enum tcs_err err = feedkit_ask(kit, &asking);

	tcs_assert(err == TCS_OK || err == TCS_EPARSE);
	for (size_t i = 0; i < kit->asks_n; i++)
		tcs_assert(strncasecmp(kit->asks[i].url, FUZZ_HOST,
		               strlen(FUZZ_HOST)) == 0);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static struct feedkit *kit;

	if (kit == NULL) {
		kit = feedkit_open(tcs_feed_find("hubeau"), fuzz_options);
		kit->url = FUZZ_URL;
	}
	fuzz_ask(kit, tcs_slice(data, size));
	feedkit_first(kit, tcs_slice(data, size), fuzz_check);
	(void)feedkit_add(kit, tcs_slice_str(fuzz_page));
	(void)feedkit_try(kit);
	return 0;
}

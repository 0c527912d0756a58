/* Any bytes as a body of the avalanche bulletins: alone, and beside a list of
 * massifs; compared with nothing held, and made into CAP. What is accepted has
 * massifs in order, each once, of levels 1 to 5 or unknown, with words. As the
 * list it asks for massifs of the same base only. */
#include <string.h>

#include "core/clock.h"
#include "core/level.h"
#include "tests/support/feedkit.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define FUZZ_BASE "https://api.example/DPBRA/v1"
#define FUZZ_MASSIF FUZZ_BASE "/massif/BRA?id-massif="

static const char fuzz_list[] =
    "{\"features\":[{\"properties\":{\"code\":66,\"title\":\"Haute-Bigorre\","
    "\"Departemen\":\"Hautes-Pyrenees\"}}]}";

static void
fuzz_check(const struct tcs_readings *r)
{
	tcs_assert(r->document.expires_ms != TCS_NO_TIME);
	feedkit_check_order(r);
	for (size_t i = 0; i < r->n; i++) {
		const struct tcs_reading *x = &r->items[i];
		int rank = tcs_level_rank(x->level);
		tcs_assert(strcmp(x->level, TCS_LEVEL_UNKNOWN) == 0 ||
		           (rank >= 1 && rank <= 5));
		tcs_assert(x->headline != NULL && x->text != NULL);
		tcs_assert(x->expires_ms > r->document.issued_ms);
	}
}

static void
fuzz_ask(struct feedkit *kit, struct tcs_slice body)
{
	const struct tcs_fetch got = {.url = FUZZ_BASE, .body = body};
	const struct tcs_asking asking = {
	    .url = FUZZ_BASE, .got = {.items = &got, .n = 1}};
	enum tcs_err err = feedkit_ask(kit, &asking);

	tcs_assert(err == TCS_OK || err == TCS_EPARSE);
	for (size_t i = 0; i < kit->asks_n; i++) {
		tcs_assert(strncmp(kit->asks[i].url, FUZZ_MASSIF,
		               strlen(FUZZ_MASSIF)) == 0);
		tcs_assert(strlen(kit->asks[i].tag) <= 3);
	}
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static struct feedkit *kit;

	if (kit == NULL) {
		kit = feedkit_open(tcs_feed_find("avalanche"), NULL);
		kit->url = FUZZ_BASE;
	}
	fuzz_ask(kit, tcs_slice(data, size));
	feedkit_first(kit, tcs_slice(data, size), fuzz_check);
	(void)feedkit_add(kit, tcs_slice_str(fuzz_list));
	const struct tcs_readings *r = feedkit_try(kit);
	if (r != NULL)
		fuzz_check(r);
	return 0;
}

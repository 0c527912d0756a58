/* Any bytes as a feed of CAP messages: asked for what it leads to, read alone
 * and beside an index, compared with a message that is held, and made into
 * CAP. What is accepted has zones in order, each once. */
#include <string.h>

#include "collectors/path.h"
#include "tests/support/feedkit.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define FUZZ_HOST "https://source.example"
#define FUZZ_URL FUZZ_HOST "/f"

static const char fuzz_held[] =
    "{\"warnings\":[{\"alert\":{\"identifier\":\"a\",\"sent\":"
    "\"2027-01-15T08:00:00+01:00\",\"info\":{\"event\":\"x\",\"expires\":"
    "\"2027-01-16T08:00:00+01:00\",\"area\":{\"areaDesc\":\"Var\"},"
    "\"parameter\":{\"awareness_level\":\"3; orange; Severe\","
    "\"awareness_type\":\"1; Wind\"}}}}]}";
static const char fuzz_index[] =
    "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>a</id><title>x"
    "</title><link href='a.cap'/></entry></feed>";

static void
fuzz_check(const struct tcs_readings *r)
{
	feedkit_check_order(r);
	for (size_t i = 0; i < r->n; i++) {
		const struct tcs_reading *x = &r->items[i];
		tcs_assert(x->zone[0] != '\0' && x->level[0] != '\0');
		tcs_assert(x->expires_ms != 0 || x->lasts_ms > 0);
	}
}

static void
fuzz_ask(struct feedkit *kit, struct tcs_slice body)
{
	const struct tcs_fetch got = {.url = FUZZ_URL, .body = body};
	const struct tcs_asking asking = {.url = FUZZ_URL,
	    .got = {.items = &got, .n = 1},
	    .now_ms = FEEDKIT_NOW_MS};

	tcs_assert(feedkit_ask(kit, &asking) == TCS_OK);
	/* Never to another host, never without TLS. */
	for (size_t i = 0; i < kit->asks_n; i++)
		tcs_assert(strncmp(kit->asks[i].url, FUZZ_HOST,
		               strlen(FUZZ_HOST)) == 0);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static struct feedkit *kit;

	if (kit == NULL) {
		kit = feedkit_open(tcs_feed_find("cap"), NULL);
		kit->url = FUZZ_URL;
	}
	fuzz_ask(kit, tcs_slice(data, size));
	feedkit_drop(kit);
	feedkit_forget(kit);
	(void)feedkit_add(kit, tcs_slice_str(fuzz_index));
	(void)feedkit_add(kit, tcs_slice(data, size));
	fuzz_check(feedkit_read(kit));
	(void)feedkit_take(
	    kit, feedkit_read_text(kit, fuzz_held), FEEDKIT_NOW_MS);
	feedkit_drop(kit);
	(void)feedkit_add(kit, tcs_slice(data, size));
	struct tcs_readings *r = feedkit_try(kit);
	if (r == NULL)
		return 0;
	(void)tcs_path_cut(r, "fuzz");
	fuzz_check(r);
	(void)feedkit_take(kit, r, FEEDKIT_NOW_MS + 1);
	return 0;
}

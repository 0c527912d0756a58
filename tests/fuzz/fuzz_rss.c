/* Any bytes as a feed of publications: read, compared with one that is held,
 * and made into CAP. What is accepted has items in order, each once. */
#include <string.h>

#include "tests/support/feedkit.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const char fuzz_held[] =
    "<rss><channel><item><title>Crue</title><link>https://site.example/a"
    "</link><description>x</description></item></channel></rss>";

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

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static struct feedkit *kit;

	if (kit == NULL)
		kit = feedkit_open(tcs_feed_find("rss"), NULL);
	feedkit_forget(kit);
	(void)feedkit_take(
	    kit, feedkit_read_text(kit, fuzz_held), FEEDKIT_NOW_MS);
	feedkit_drop(kit);
	(void)feedkit_add(kit, tcs_slice(data, size));
	const struct tcs_readings *r = feedkit_try(kit);
	if (r == NULL)
		return 0;
	fuzz_check(r);
	(void)feedkit_take(kit, r, FEEDKIT_NOW_MS + 1);
	return 0;
}

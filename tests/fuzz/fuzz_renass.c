/* Any bytes as events of BCSF-Rénass: read, compared with nothing held, and
 * made into CAP. What is accepted are items that are named, dated and said,
 * each once. */
#include <string.h>

#include "core/clock.h"
#include "tests/support/feedkit.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

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

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static struct feedkit *kit;

	if (kit == NULL)
		kit = feedkit_open(tcs_feed_find("renass"), NULL);
	feedkit_first(kit, tcs_slice(data, size), fuzz_check);
	return 0;
}

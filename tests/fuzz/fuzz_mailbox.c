/* Any bytes as a mail of the mailbox: read with the shipped recognisers and
 * made into CAP. Whatever is a mail is one item; its level exists, or is none,
 * or unknown. */
#include <string.h>

#include "core/level.h"
#include "tests/support/feedkit.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const char *const fuzz_options[] = {
    "recognisers", "config/default/recognisers.xml", NULL};

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static struct feedkit *kit;

	if (kit == NULL)
		kit = feedkit_open(tcs_feed_find("mailbox"), fuzz_options);
	feedkit_drop(kit);
	feedkit_forget(kit);
	feedkit_add(kit, tcs_slice(data, size))->url = NULL;
	const struct tcs_readings *readings = feedkit_try(kit);
	if (readings == NULL)
		return 0;
	tcs_assert(readings->n == 1);
	const struct tcs_reading *r = &readings->items[0];
	tcs_assert(strlen(r->zone) == 16);
	tcs_assert(strcmp(r->level, TCS_LEVEL_UNKNOWN) == 0 ||
	           tcs_level_rank(r->level) != TCS_RANK_UNKNOWN);
	/* Mails were read a second ago: this one is news. */
	kit->answered_ms = FEEDKIT_NOW_MS - 1000;
	(void)feedkit_take(kit, readings, FEEDKIT_NOW_MS);
	return 0;
}

/* Any bytes as what Météo-France answers, alone and beside a map: read,
 * compared with a map that is held, and made into CAP; and as the archive's
 * index. What is accepted has states in order, each once, none of another
 * scale. */
#include <string.h>

#include "core/clock.h"
#include "core/level.h"
#include "tests/support/feedkit.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const char fuzz_held[] =
    "{\"product\":{\"update_time\":\"2027-01-15T05:00:09Z\",\"periods\":[{"
    "\"begin_validity_time\":\"2027-01-15T05:00:00Z\",\"end_validity_time\":"
    "\"2027-01-15T23:00:00Z\",\"timelaps\":{\"domain_ids\":[{\"domain_id\":"
    "\"62\",\"phenomenon_items\":[{\"phenomenon_id\":\"1\","
    "\"phenomenon_max_color_id\":3,\"timelaps_items\":[]}]},{\"domain_id\":"
    "\"6210\",\"phenomenon_items\":[{\"phenomenon_id\":\"9\","
    "\"phenomenon_max_color_id\":1,\"timelaps_items\":[]}]}]}}]}}";

static void
fuzz_check(const struct tcs_readings *r)
{
	tcs_assert(r->document.issued_ms != TCS_NO_TIME);
	tcs_assert(r->document.next_issue_ms > r->document.issued_ms);
	feedkit_check_order(r);
	for (size_t i = 0; i < r->n; i++) {
		const struct tcs_reading *x = &r->items[i];
		int rank = tcs_level_rank(x->level);
		/* An item has no level, a state none but a colour. */
		tcs_assert(x->kind == TCS_READING_ITEM
		               ? rank == 0
		               : rank == TCS_RANK_UNKNOWN || rank > 0);
	}
}

/* Whatever the index says, few requests follow, of this archive. */
static void
fuzz_ask(struct feedkit *kit, struct tcs_slice body)
{
	const struct tcs_fetch index = {.url = kit->url,
	    .tag = "index",
	    .status = 200,
	    .body = body,
	    .fetched_ms = FEEDKIT_NOW_MS};
	const struct tcs_asking asking = {.url = "http://api.example",
	    .is_fallback = true,
	    .got = {.items = &index, .n = 1},
	    .now_ms = FEEDKIT_NOW_MS};
	enum tcs_err err = feedkit_ask(kit, &asking);

	tcs_assert(err == TCS_OK || err == TCS_EPARSE);
	tcs_assert(kit->asks_n <= 2 && (err == TCS_OK) == (kit->asks_n > 0));
	for (size_t i = 0; i < kit->asks_n; i++)
		tcs_assert(strlen(kit->asks[i].url) < 2000);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static struct feedkit *kit;

	if (kit == NULL)
		kit = feedkit_open(tcs_feed_find("meteofrance"), NULL);
	feedkit_forget(kit);
	const struct tcs_readings *r = feedkit_read_text(kit, fuzz_held);
	int64_t now_ms = r->document.issued_ms;
	(void)feedkit_take(kit, r, now_ms);
	feedkit_drop(kit);
	feedkit_add(kit, tcs_slice(data, size))->tag = "index";
	r = feedkit_try(kit);
	if (r != NULL) {
		fuzz_check(r);
		(void)feedkit_take(kit, r, now_ms + 1);
	}
	/* The map is read whatever comes beside it. */
	(void)feedkit_add(kit, tcs_slice_str(fuzz_held));
	fuzz_check(feedkit_read(kit));
	fuzz_ask(kit, tcs_slice(data, size));
	return 0;
}

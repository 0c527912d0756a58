/* Any bytes as an answer of Vigicrues, alone and beside a map, whatever the
 * feed watches: read, compared with a map that is held, and made into CAP. What
 * is accepted has zones in order, each once, of levels that exist. */
#include <string.h>

#include "core/level.h"
#include "tests/support/feedkit.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const char fuzz_held[] =
    "{\"features\":[{\"properties\":{\"CdEntCru\":\"AP5\",\"lbentcru\":\"Aa\","
    "\"NivInfViCr\":3}},{\"properties\":{\"CdEntCru\":\"AP6\",\"lbentcru\":"
    "\"Liane\",\"NivInfViCr\":1}}],\"DtHrInfoVigiCru\":"
    "\"2026-11-23T08:55:00+00:00\"}";

/* The driver as it is configured for each watch. */
enum { FUZZ_WATCHES = 4 };

static struct feedkit *fuzz_kits[FUZZ_WATCHES];

static void
fuzz_open(void)
{
	static const char *const watches[FUZZ_WATCHES] = {
	    "map", "rss", "observations", "forecasts"};

	for (size_t i = 0; i < FUZZ_WATCHES; i++) {
		const char *const options[] = {"watch", watches[i], "bulletins",
		    "29", "troncons_suivis", "AP5", "troncons_suivis", "AP6",
		    "stations", "E351122001", "grandeurs", "H", "grandeurs",
		    "Q", NULL};
		fuzz_kits[i] =
		    feedkit_open(tcs_feed_find("vigicrues"), options);
		fuzz_kits[i]->url =
		    "http://source.example/?CdEntVigiCru=E351122001";
	}
}

static void
fuzz_check(const struct tcs_readings *r)
{
	tcs_assert(r->document.expires_ms != 0);
	feedkit_check_order(r);
	for (size_t i = 0; i < r->n; i++) {
		const struct tcs_reading *x = &r->items[i];
		tcs_assert(strcmp(x->level, TCS_LEVEL_UNKNOWN) == 0 ||
		           tcs_level_rank(x->level) != TCS_RANK_UNKNOWN);
	}
}

/* After the map that is held; returns how many zones it has. */
static size_t
fuzz_hold(struct feedkit *kit)
{
	const struct tcs_readings *first =
	    feedkit_read_text(fuzz_kits[0], fuzz_held);

	feedkit_forget(kit);
	(void)feedkit_take(kit, first, first->document.issued_ms);
	return first->n;
}

static void
fuzz_follow(struct feedkit *kit, const struct tcs_readings *r)
{
	fuzz_check(r);
	(void)feedkit_take(kit, r, kit->answered_ms + 1);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	if (fuzz_kits[0] == NULL)
		fuzz_open();
	for (size_t i = 0; i < FUZZ_WATCHES; i++) {
		struct feedkit *kit = fuzz_kits[i];
		(void)fuzz_hold(kit);
		feedkit_drop(kit);
		(void)feedkit_add(kit, tcs_slice(data, size));
		const struct tcs_readings *alone = feedkit_try(kit);
		if (alone != NULL)
			fuzz_follow(kit, alone);
	}
	/* Beside a sound map nothing takes its levels away. */
	size_t n = fuzz_hold(fuzz_kits[0]);
	(void)feedkit_add(fuzz_kits[0], tcs_slice(data, size));
	const struct tcs_readings *joined = feedkit_try(fuzz_kits[0]);
	if (joined != NULL) {
		tcs_assert(joined->n == n);
		fuzz_follow(fuzz_kits[0], joined);
	}
	return 0;
}

/* avalanche.h - what the parts of the driver share. */
#ifndef TOCSIN_COLLECTORS_FEEDS_AVALANCHE_AVALANCHE_H
#define TOCSIN_COLLECTORS_FEEDS_AVALANCHE_AVALANCHE_H

#include "collectors/feed.h"
#include "collectors/feeds/avalanche/bulletin.h"
#include "collectors/feeds/avalanche/massifs.h"
#include "territory/zonetable.h"

enum {
	AVALANCHE_BODIES_MAX = AVALANCHE_MASSIFS_MAX + 1,
	AVALANCHE_ARENA_MAX = 24 << 20,
	AVALANCHE_HOUR = 16 * 60, /* minutes of the day, Paris */
};

/* The list, beside the base of the API. */
#define AVALANCHE_LIST "/liste-massifs"

struct avalanche {
	char *api; /* NULL: as the feed's URL says */
	struct tcs_strings massifs, departements;
	char *table_path;
	struct tcs_zonetable *table;
};

/* One parse: the bodies and what they say. All texts are of the arena. */
struct avalanche_run {
	const struct avalanche *st;
	const struct tcs_answers *answers;
	struct tcs_arena *arena;
	struct avalanche_massifs massifs; /* of the list; n is 0 without */
	struct avalanche_bulletin bulletins[AVALANCHE_BULLETINS_MAX];
	size_t n;
	const char *absent[AVALANCHE_BODIES_MAX]; /* massifs, by number */
	size_t absent_n;
	const char *message; /* of the source, in place of a bulletin */
	size_t stale;        /* bulletins that a newer issue left behind */
	unsigned skipped;
	enum tcs_refusal *ret_refusal;
	struct tcs_diag *diag;
};

/* The driver's `ask`: the list, then each chosen massif. */
enum tcs_err tcs_avalanche_ask(void *st, const struct tcs_asking *asking,
    struct tcs_ask_sink *out, struct tcs_diag *diag);
/* Emit a reading a bulletin; the document's times are theirs. */
enum tcs_err tcs_avalanche_readings(struct avalanche_run *run,
    struct tcs_document *document, struct tcs_reading_sink *out);

#endif

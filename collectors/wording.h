/* wording.h - the French texts of signals. All live in the arena; NULL when
 * out of memory. */
#ifndef TOCSIN_COLLECTORS_WORDING_H
#define TOCSIN_COLLECTORS_WORDING_H

#include <stddef.h>

#include "collectors/feed.h"
#include "collectors/picture.h"

struct tcs_arena;
struct tcs_origin;

enum tcs_change {
	TCS_CHANGE_LEVEL,      /* a level that was read */
	TCS_CHANGE_UNREADABLE, /* a level that was not */
	TCS_CHANGE_VANISHED,   /* missing from two issues in a row */
	TCS_CHANGE_END,        /* back to green */
	TCS_CHANGE_MOVED,      /* no longer of that département */
};

/* What a text is made of; borrowed. */
struct tcs_wording {
	const char *source_name;
	const char *zone_word;
	const struct tcs_zone *zone;       /* as it is now */
	const struct tcs_reading *reading; /* NULL: the zone is missing */
	enum tcs_change change;
};

/* "Vigilance crues orange : Aa" */
const char *tcs_word_headline(
    struct tcs_arena *arena, const struct tcs_wording *wording);
/* Neither times nor the level before: those travel beside it, and with them an
 * issue that says the same again would read as news. */
const char *tcs_word_description(
    struct tcs_arena *arena, const struct tcs_wording *wording);

/* Of the source watch: "Vigicrues"; "Vigicrues (delettes)" when the feed bears
 * another name than its driver, for several read one source. One that the
 * configuration names says enough. */
const char *tcs_word_feed(
    struct tcs_arena *arena, const struct tcs_origin *origin);
/* The zones that bear one of `notes`, gravest first, one a line; past `max`
 * those left out are counted. */
const char *tcs_word_zones(struct tcs_arena *arena,
    const struct tcs_picture *picture, unsigned notes, size_t max);
/* "Publié le 23/11/2026 15:56. Source : © Vigicrues." */
const char *tcs_word_source(
    struct tcs_arena *arena, const char *source_name, int64_t issued_ms);

#endif

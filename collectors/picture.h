/* picture.h - what the last document that was taken said: its zones, and the
 * last signal of each. Built once by a comparison or from the store, then only
 * read; the next comparison builds another. */
#ifndef TOCSIN_COLLECTORS_PICTURE_H
#define TOCSIN_COLLECTORS_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/feed.h"
#include "core/digest.h"
#include "core/err.h"
#include "core/json.h"

struct tcs_arena;

enum { TCS_PICTURE_ZONES_MAX = 30000 };

/* The last signal about a zone in one département. */
struct tcs_last {
	const char *departement; /* "62", "FR" */
	const char *identifier;
	const char *reference; /* "sender,identifier,sent" */
	const char *trace;     /* of the signal that opened the event */
	int64_t expires_ms;
	bool is_end; /* the event is over: the next signal opens another */
};

struct tcs_zone {
	enum tcs_reading_kind kind;
	const char *zone, *phenomenon, *name;
	const char *level;
	double value;          /* MEASURE: as the last signal said it */
	const char *text_hash; /* 16 hex digits; NULL: no text */
	const char *const *departements; /* NULL-terminated; empty: unknown */
	struct tcs_last *lasts;
	size_t lasts_n;
	unsigned absent; /* issues in a row that did not have it */
	int64_t seen_ms; /* issue time of the last that had it */
	/* Of the comparison that made it, not kept: */
	bool is_changed; /* differs from what the store holds */
	unsigned notes;  /* TCS_NOTE_… */
};

enum {
	TCS_NOTE_UNREADABLE = 1, /* its level just became unreadable */
	TCS_NOTE_VANISHED = 2,   /* just missing from two issues */
	TCS_NOTE_UNMAPPED = 4,   /* new, and of no département that we know */
	TCS_NOTE_STANDING = 8,   /* above green, or unknown */
	TCS_NOTE_ENDED = 16,     /* what stood has just ended */
};

struct tcs_picture {
	struct tcs_arena *arena;      /* holds all of it */
	struct tcs_document document; /* meaningless while `hash` is empty */
	char hash[TCS_DIGEST_HEX];    /* of the body; "" when nothing is held */
	int64_t fetched_ms;           /* when that body came first */
	struct tcs_zone *zones;       /* in the order of tcs_zone_compare() */
	size_t n;
};

/* An empty picture; NULL when out of memory. */
struct tcs_picture *tcs_picture_new(void);
void tcs_picture_free(struct tcs_picture **picture); /* NULL-safe */
bool tcs_picture_is_empty(const struct tcs_picture *picture);
/* NULL when there is none. Needs tcs_picture_sort() before. */
const struct tcs_zone *tcs_picture_find(const struct tcs_picture *picture,
    const char *zone, const char *phenomenon);
/* Add a zeroed zone at the end; its strings are to live in the arena. NULL
 * when out of memory or past the limit. */
struct tcs_zone *tcs_picture_add(struct tcs_picture *picture);
void tcs_picture_sort(struct tcs_picture *picture);

/* {"vert": 330, "jaune": 7}; NULL when out of memory. The caller owns it. */
json_t *tcs_picture_levels(const struct tcs_picture *picture);

/* Everything but the zones, as members of `json`, and back. */
bool tcs_picture_head_to_json(const struct tcs_picture *picture, json_t *json);
void tcs_picture_head_from_json(
    struct tcs_picture *picture, const json_t *json);
/* A signal that is remembered, and back: its texts in `arena`. False: not such
 * a thing, or out of memory. */
json_t *tcs_last_to_json(const struct tcs_last *last);
bool tcs_last_from_json(
    struct tcs_arena *arena, const json_t *json, struct tcs_last *ret_last);
/* One zone as the store keeps it, and back: added to `picture`. NULL when out
 * of memory. TCS_EPARSE: not such a zone. */
json_t *tcs_zone_to_json(const struct tcs_zone *zone);
enum tcs_err tcs_zone_from_json(struct tcs_picture *picture, const json_t *json,
    struct tcs_diag *diag) TCS_MUST_USE;

#endif

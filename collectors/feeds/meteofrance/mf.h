/* mf.h - what the parts of the Météo-France driver share; private to it. */
#ifndef TOCSIN_COLLECTORS_FEEDS_METEOFRANCE_MF_H
#define TOCSIN_COLLECTORS_FEEDS_METEOFRANCE_MF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/feed.h"
#include "config/option.h"
#include "core/arena.h"
#include "core/json.h"
#include "territory/codes.h"

enum {
	MF_ITEMS_MAX = 6000, /* phenomena of all domains and periods */
	MF_TEXTS_MAX = 2000,
	MF_SPANS_MAX = 48, /* of one phenomenon in one period */
	MF_DOMAIN_MAX = 24,
	MF_TEXT_MAX = 8000,        /* bytes of one text */
	MF_JOINED_MAX = 16000,     /* of all that is one reading's */
	MF_BUFFER_MAX = 32000,     /* while they are put together */
	MF_TEXTS_BYTES = 12 << 20, /* of all readings of a document */
	MF_ARENA_MAX = 48 << 20,   /* what one document is read into */
	MF_PERIODS_MAX = 8,
};

/* The driver's block: its options. */
struct mf {
	char *archive;              /* base URL, keyless */
	struct tcs_strings domains; /* followed; none: all */
	bool has_texts;
};

/* A colour from one instant to another. */
struct mf_span {
	int64_t begin_ms, end_ms;
	const char *level;
};

/* What one period says of one phenomenon in one domain. */
struct mf_item {
	const char *domain;
	const char *name; /* as the product says, or NULL */
	const char *phenomenon;
	const char *level; /* the period's maximum as declared, or NULL */
	int64_t begin_ms, end_ms; /* of the period */
	struct mf_span *spans;
	size_t spans_n;
	const char *instruction; /* or NULL */
	size_t order;            /* of appearance */
	uint64_t keys[2];        /* of domain and phenomenon, to sort by */
};

/* One product, whatever its dialect. */
struct mf_map {
	struct tcs_arena *arena; /* borrowed: holds all of it */
	struct mf_item *items;   /* owned */
	size_t n, cap;
	int64_t issued_ms;   /* TCS_NO_TIME: not read */
	int64_t expires_ms;  /* the latest end of a period */
	unsigned skipped;    /* parts that name nothing */
	bool is_partial;     /* not the whole country */
	const char *comment; /* of the map, national; NULL: none */
	size_t emitted;      /* states of domains that are followed */
};

/* One text of the bulletins. */
struct mf_text {
	const char *domain, *name; /* "62", "FRA", "ZDF_NORD" */
	const char *phenomenon;    /* NULL: all */
	const char *hazard;        /* its name there, or NULL */
	const char *text;
	int64_t begin_ms, end_ms; /* TCS_NO_TIME: not said */
	bool is_aggravation;      /* a higher colour may come */
	bool is_told;             /* emitted, alone or with a state */
};

struct mf_texts {
	struct tcs_arena *arena; /* borrowed */
	struct mf_text *items;   /* owned */
	size_t n, cap;
	int64_t issued_ms; /* TCS_NO_TIME: none was read */
};

/* What refuses a body, to be told if nothing else can be read. */
struct mf_refusal {
	enum tcs_refusal *kind;
	struct tcs_diag *diag;
};

/* ---- words.c: codes, colours, days ---- */

/* "vent"; of an unknown id "phenomene-10"; NULL when there is no id. */
const char *tcs_mf_phenomenon(struct tcs_arena *arena, const json_t *id);
const char *tcs_mf_phenomenon_of(int64_t id); /* 1 to 9, else NULL */
/* "orange"; what is unknown as it was read, TCS_LEVEL_UNKNOWN when it says
 * nothing (0, -1, grey, no colour at all). */
const char *tcs_mf_level(struct tcs_arena *arena, const json_t *color);
/* Green below unknown below every colour. */
int tcs_mf_gravity(const char *level);
bool tcs_mf_is_above_green(const char *level);
/* "dimanche 4 octobre", legal time. */
void tcs_mf_day(int64_t ms, struct tcs_buf *buf);
/* "6 h", "16 h 30"; as an end, midnight is "24 h" of the day before. */
void tcs_mf_hour(int64_t ms, bool is_end, struct tcs_buf *buf);

/* Letters, digits, '_' and '-', not too many: it goes into identifiers. */
bool tcs_mf_is_domain(const char *domain);

/* A domain as it is followed, and where it lies. */
struct mf_place {
	enum tcs_domain_kind kind;
	const char *name, *word;     /* "Pas-de-Calais", "littoral" */
	const char *departements[2]; /* NULL-ended */
	bool is_national;            /* of no département by right */
};

/* `name` is the source's own, or NULL. */
struct mf_place tcs_mf_place(const char *domain, const char *name);
/* By the option: a département brings its coast along. */
bool tcs_mf_is_followed(const struct mf *mf, const char *domain);

/* ---- json.c: one or many, text or number ---- */

/* Members of an array; any other value is one; NULL and null are none. */
size_t tcs_mf_count(const json_t *value);
json_t *tcs_mf_at(json_t *value, size_t i);
/* Text of a string or an integer; NULL else. */
const char *tcs_mf_text(struct tcs_arena *arena, const json_t *value);
bool tcs_mf_integer(const json_t *value, int64_t *ret_number);
/* An ISO date and time, UTC when it names no offset, or epoch seconds. */
bool tcs_mf_time(const json_t *value, int64_t *ret_ms);
enum tcs_err tcs_mf_refuse(const struct mf_refusal *refusal,
    enum tcs_refusal kind, const char *fmt, ...) TCS_PRINTF(3, 4);

/* ---- the dialects ---- */

/* A new item at the end of the map; NULL when there are too many. */
struct mf_item *tcs_mf_map_add(struct mf_map *map);
void tcs_mf_map_fini(struct mf_map *map);
void tcs_mf_texts_fini(struct mf_texts *texts);

bool tcs_mf_is_carte(json_t *root);
enum tcs_err tcs_mf_carte(
    json_t *root, struct mf_map *map, const struct mf_refusal *refusal);
bool tcs_mf_is_textes(json_t *root);
enum tcs_err tcs_mf_textes(
    json_t *root, struct mf_texts *texts, const struct mf_refusal *refusal);
bool tcs_mf_is_webservice(json_t *root);
enum tcs_err tcs_mf_webservice(json_t *root, int64_t fetched_ms,
    struct mf_map *map, const struct mf_refusal *refusal);
enum tcs_err tcs_mf_xml(struct tcs_slice body, struct mf_map *map,
    const struct mf_refusal *refusal);

/* ---- bodies.c ---- */

/* One poll under way of being read. */
struct mf_poll {
	struct tcs_arena *arena;
	struct mf_map map;     /* issued_ms TCS_NO_TIME: none yet */
	struct mf_texts texts; /* likewise */
	bool has_none;         /* "no matching blob": no bulletin */
	bool has_index;
	bool is_full; /* a map or bulletins had more than there may be */
	/* The first body that was refused. */
	struct tcs_diag why;
	enum tcs_refusal refusal;
};

/* Read them all. Bodies that make no sense are forgiven when there is a map
 * without them: only `refusal` and `why` tell. */
enum tcs_err tcs_mf_bodies(
    struct mf_poll *poll, const struct tcs_answers *answers);

/* ---- chronicle.c: what the periods of one phenomenon come to ---- */

struct mf_state {
	const char *level;
	int64_t onset_ms; /* when it is first reached */
	bool is_ahead;    /* ... which is later than the issue */
	const char *text; /* the colours in their order, or NULL */
};

/* `items` are all of one domain and phenomenon; `issued_ms` divides what is
 * past from what is ahead. */
enum tcs_err tcs_mf_state(struct tcs_arena *arena, const struct mf_item *items,
    size_t n, int64_t issued_ms, struct mf_state *ret_state);

/* ---- emit.c ---- */

enum tcs_err tcs_mf_emit(const struct mf *mf, struct mf_map *map,
    struct mf_texts *texts, struct tcs_reading_sink *out);

/* ---- meteofrance.c ---- */

/* `ask`, with its URL: `path` below `base`. */
enum tcs_err tcs_mf_ask(const char *base, const char *path, struct tcs_ask ask,
    struct tcs_ask_sink *out) TCS_MUST_USE;

/* ---- archive.c ---- */

bool tcs_mf_is_index(json_t *root);
/* What the keyless archive is asked for next. */
enum tcs_err tcs_mf_archive_ask(const struct mf *mf,
    const struct tcs_asking *asking, struct tcs_ask_sink *out,
    struct tcs_diag *diag);

#endif

/* vigicrues.h - what the parts of the driver of Vigicrues share; private to it.
 *
 * Each body is told by its content: the services answer in two dialects, with
 * errors under HTTP 200, and recorded bodies come without a URL. One poll may
 * bring several; what is only about a station or a territory is joined to the
 * readings of the others. */
#ifndef TOCSIN_COLLECTORS_FEEDS_VIGICRUES_VIGICRUES_H
#define TOCSIN_COLLECTORS_FEEDS_VIGICRUES_VIGICRUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/feed.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/json.h"

struct tcs_arena;
struct tcs_zonetable;

enum {
	VIGICRUES_TRONCONS_MAX = 2000, /* 337 in 2026 */
	VIGICRUES_ENTITIES_MAX = 4000, /* of one bulletin, all levels */
	VIGICRUES_POINTS_MAX = 200000, /* of one series: 14 000 in 2 months */
	VIGICRUES_STATIONS_MAX = 200,  /* followed by one feed */
	VIGICRUES_CODE_MAX = 16,
	VIGICRUES_NAME_MAX = 160,
};

/* What was said at a nominal hour holds as long after the next one. */
#define VIGICRUES_GRACE_MS TCS_HOURS(2)
/* An observation as old says nothing of now. */
#define VIGICRUES_STALE_MS TCS_HOURS(2)
#define VIGICRUES_WEB "https://www.vigicrues.gouv.fr/"

enum vigicrues_watch {
	VIGICRUES_WATCH_MAP,
	VIGICRUES_WATCH_RSS,
	VIGICRUES_WATCH_OBSERVATIONS,
	VIGICRUES_WATCH_FORECASTS,
};

struct vigicrues {
	char *troncons; /* option: CSV in place of the built-in table */
	struct tcs_zonetable *table;
	char *watch; /* option */
	enum vigicrues_watch what;
	struct tcs_strings bulletins;       /* territories: "29" */
	struct tcs_strings troncons_suivis; /* "AP5" */
	struct tcs_strings stations;        /* "E351122001" */
	struct tcs_strings grandeurs;       /* "H", "Q" */
	bool has_departements;
	int64_t height_step_cm, flow_step_percent;
};

enum vigicrues_kind {
	VIGICRUES_UNKNOWN,       /* JSON, of no kind that we know */
	VIGICRUES_MAP,           /* InfoVigiCru.geojson */
	VIGICRUES_BULLETIN,      /* InfoVigiCru of some entity */
	VIGICRUES_SERIES,        /* observations of a station */
	VIGICRUES_STATION,       /* what a station is */
	VIGICRUES_FORECAST,      /* of a station */
	VIGICRUES_FORECAST_LIST, /* stations that have one */
	VIGICRUES_NO_FORECAST,   /* the service says that there is none */
	VIGICRUES_RSS,
	VIGICRUES_REFERENCE, /* names and codes, no level and no value */
	VIGICRUES_INDEX,     /* when each station was last heard */
	VIGICRUES_ERROR,     /* an error under HTTP 200 */
	VIGICRUES_UNREAD,    /* no JSON, or cut */
};

struct vigicrues_body {
	enum vigicrues_kind kind;
	const struct tcs_fetch *fetch;
	json_t *root; /* owned; NULL: no JSON, or a series that was read */
	struct vigicrues_series
	    *series; /* of SERIES, n of them; in the arena */
	size_t series_n;
	enum tcs_refusal refusal; /* of what gives no reading alone */
	const char *why;          /* ... in the arena */
	unsigned line;            /* ... or 0 */
};

/* One call of parse(). */
struct vigicrues_run {
	const struct vigicrues *v;
	struct vigicrues_body *bodies;
	size_t n;
	struct tcs_arena *arena; /* texts, until all is emitted */
	size_t emitted;          /* readings of bulletins */
	struct tcs_document *document;
	struct tcs_reading_sink *out;
	enum tcs_refusal *ret_refusal;
	struct tcs_diag *diag;
};

/* ---- body.c: JSON as Vigicrues writes it ---- */

/* The member of that name, whatever its case and its prefix: "vic:", "vic.". */
json_t *tcs_vigicrues_get(json_t *object, const char *name);
/* An array has so many; any other value that is there is one. */
size_t tcs_vigicrues_count(json_t *value);
json_t *tcs_vigicrues_at(json_t *value, size_t i);
/* A code, a name, a text: a string that is not empty nor a placeholder ("A
 * renseigner"), or a whole number; else NULL. Lives as long as the body. */
const char *tcs_vigicrues_text(struct vigicrues_run *run, json_t *value);
const char *tcs_vigicrues_code(struct vigicrues_run *run, json_t *value);
bool tcs_vigicrues_is_code(const char *code);
/* Two letters and one to three digits. */
bool tcs_vigicrues_is_troncon(const char *code);
bool tcs_vigicrues_number(json_t *value, double *ret_value);
/* ISO 8601 with its offset, or milliseconds (or seconds) since 1970. */
bool tcs_vigicrues_time(json_t *value, int64_t *ret_ms);
/* "vert" … "rouge", or unknown. */
const char *tcs_vigicrues_level(json_t *value);
/* The value of `name` in the query or the tag of what was asked; in the arena,
 * NULL when none. */
const char *tcs_vigicrues_asked(struct vigicrues_run *run,
    const struct vigicrues_body *body, const char *name);
/* Parse and tell each of `answers`. */
enum tcs_err tcs_vigicrues_bodies(
    struct vigicrues_run *run, const struct tcs_answers *answers) TCS_MUST_USE;
void tcs_vigicrues_bodies_fini(struct vigicrues_run *run);
enum tcs_err tcs_vigicrues_refuse(struct vigicrues_run *run,
    enum tcs_refusal refusal, const char *why) TCS_MUST_USE;
/* Add to what is said of the document as a whole. */
void tcs_vigicrues_note(struct vigicrues_run *run, const char *fmt, ...)
    TCS_PRINTF(2, 3);

/* ---- nominal.c: when Vigicrues speaks ---- */

/* The nominal hour after `ms`, 10:00 or 16:00. */
int64_t tcs_vigicrues_nominal_after(int64_t ms);
/* ... after that for which what was issued then stands; `ref` is its
 * RefInfoVigiCru, or NULL. */
int64_t tcs_vigicrues_next_issue(int64_t issued_ms, json_t *ref);

/* ---- map.c ---- */

enum tcs_err tcs_vigicrues_map(
    struct vigicrues_run *run, json_t *root) TCS_MUST_USE;

/* ---- bulletin.c: InfoVigiCru of territories and other entities ---- */

struct vigicrues_bulletin {
	json_t *info;     /* borrowed */
	const char *code; /* of its entity, or NULL */
	int type;         /* TypEntVigiCru; 0: not said */
	const char *level;
	int64_t issued_ms, next_ms, expires_ms;
	int status; /* StInfoVigiCru; 0: not said */
	const char *text, *instruction;
};

/* A tronçon that a bulletin lists. */
struct vigicrues_listed {
	const char *troncon;
	const struct vigicrues_bulletin *bulletin;
};

struct vigicrues_bulletins {
	struct vigicrues_bulletin *items; /* all in the arena */
	size_t n;
	struct vigicrues_listed *listed; /* once they are indexed */
	size_t listed_n;
};

/* An entity within a bulletin. */
struct vigicrues_entity {
	const char *code; /* or NULL */
	const char *name; /* or NULL */
	int type;
	const char *level;
	json_t *parts; /* what it is the synthesis of, or NULL */
};

struct vigicrues_entity tcs_vigicrues_entity(
    struct vigicrues_run *run, json_t *part);
/* Those of all bodies. TCS_EPARSE: one of a single body has no issue time. */
enum tcs_err tcs_vigicrues_bulletins_read(struct vigicrues_run *run,
    struct vigicrues_bulletins *ret_bulletins) TCS_MUST_USE;
/* Note which tronçons each lists, for tcs_vigicrues_bulletin_of(). */
enum tcs_err tcs_vigicrues_bulletins_index(struct vigicrues_run *run,
    struct vigicrues_bulletins *bulletins) TCS_MUST_USE;
/* The one that speaks of a tronçon: it lists it, else it is of the territory
 * `parent` (may be NULL). NULL: none. */
const struct vigicrues_bulletin *tcs_vigicrues_bulletin_of(
    const struct vigicrues_bulletins *bulletins, const char *troncon,
    const char *parent);
/* Bulletins alone: levels of what they are about. */
enum tcs_err tcs_vigicrues_bulletins_emit(struct vigicrues_run *run,
    const struct vigicrues_bulletins *bulletins) TCS_MUST_USE;
/* French, for a note: what is wrong with it at that time, or NULL. */
const char *tcs_vigicrues_bulletin_fault(
    const struct vigicrues_bulletin *bulletin, int64_t at_ms);

/* ---- observations.c, station.c, forecast.c ---- */

/* What is known of one series, without its points. */
struct vigicrues_series {
	const char *station, *label; /* label may be NULL */
	char quantity;               /* 'H', 'Q'; '\0': not said */
	size_t points;               /* that can be read */
	bool is_last_refused; /* a newer one is absurd or cannot be read */
	int64_t last_ms;
	double last;
	bool has_rate;
	double rate; /* per hour, over the last one */
};

/* Read "Serie" of a body, whose points are many, and let go of them. */
enum tcs_err tcs_vigicrues_series_read(
    struct vigicrues_run *run, struct vigicrues_body *body) TCS_MUST_USE;
enum tcs_err tcs_vigicrues_observations(struct vigicrues_run *run) TCS_MUST_USE;
enum tcs_err tcs_vigicrues_forecasts(struct vigicrues_run *run) TCS_MUST_USE;
/* A list of forecasts that came names the station. */
bool tcs_vigicrues_is_listed(
    struct vigicrues_run *run, const char *station, char quantity);

/* A followed quantity of a station, named for people and machines. */
struct vigicrues_quantity {
	char code;              /* 'H', 'Q' */
	const char *word;       /* "Hauteur" */
	const char *phenomenon; /* "hauteur" */
	const char *forecast;   /* "prevision-hauteur" */
	const char *unit;       /* "m" */
	double max;             /* beyond it, either sign, it is absurd */
};
/* NULL: neither H nor Q. */
const struct vigicrues_quantity *tcs_vigicrues_quantity(char code);
/* The quantity that GrdSerie or GrdSimul names, else what was asked, else H,
 * which is the service's default; '\0' for any other. */
char tcs_vigicrues_quantity_of(struct vigicrues_run *run,
    const struct vigicrues_body *body, json_t *value, const char *name);
/* "2,31 m"; "34,5 m³/s". */
void tcs_vigicrues_value(struct tcs_buf *buf,
    const struct vigicrues_quantity *quantity, double value);
/* "le 23/11/2026 à 14 h 05". */
void tcs_vigicrues_when(struct tcs_buf *buf, int64_t ms);
/* How far a value must move to be news. */
double tcs_vigicrues_step(
    const struct vigicrues *v, char quantity, double value);
/* The text of `buf` in the arena, and `buf` freed; NULL: out of memory. */
const char *tcs_vigicrues_steal(struct vigicrues_run *run, struct tcs_buf *buf);

/* What the bodies say of a station; NULL members are not known. */
struct vigicrues_place {
	const char *name;
	const char *departements[2]; /* NULL-ended */
	json_t *floods;              /* CruesHistoriques */
};
struct vigicrues_place tcs_vigicrues_place(
    struct vigicrues_run *run, const char *station);
/* Of the station that a body of kind STATION is about; NULL: not said. */
const char *tcs_vigicrues_station_code(struct vigicrues_run *run, json_t *root);

/* The historic floods around a value. */
struct vigicrues_floods {
	size_t n;                  /* with a usable value */
	size_t rank;               /* 1: above all */
	const char *below, *above; /* names of the nearest, or NULL */
	double below_value, above_value;
};
struct vigicrues_floods tcs_vigicrues_floods_read(
    struct vigicrues_run *run, json_t *floods, char quantity, double value);

/* ---- rss.c, ask.c ---- */

enum tcs_err tcs_vigicrues_rss(
    struct vigicrues_run *run, const struct vigicrues_body *body) TCS_MUST_USE;
enum tcs_err tcs_vigicrues_ask(void *st, const struct tcs_asking *asking,
    struct tcs_ask_sink *out, struct tcs_diag *diag) TCS_MUST_USE;

#endif

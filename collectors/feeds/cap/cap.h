/* cap.h - what the files of the driver cap share. */
#ifndef TOCSIN_COLLECTORS_FEEDS_CAP_CAP_H
#define TOCSIN_COLLECTORS_FEEDS_CAP_CAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/feed.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/cap.h"
#include "core/json.h"

struct tcs_syndication_item;

enum {
	CAP_ALERTS_MAX = 2000,  /* messages of one poll */
	CAP_STATES_MAX = 10000, /* of them, in all their places */
	CAP_ASKS_MAX = 300,     /* documents of one index */
	CAP_KEY_MAX = 1024,
};

/* The driver's block. */
struct cap_options {
	struct tcs_strings senders; /* whose messages are taken; none: all */
	struct tcs_strings hosts;   /* where else an index may send us */
	int64_t lasts_ms;           /* of a message that says no end */
	bool accepts_test;
};

/* One message. */
struct cap_alert {
	struct tcs_cap *cap; /* owned */
	size_t at;           /* as it came */
	const char *root;    /* identifier of the first of its chain */
	bool is_passed; /* something newer is in the chain, or refers to it */
	bool is_cancelled; /* ... and it says that this was wrong */
	bool is_linked;    /* what it refers to is here */
};

/* What one poll brought. */
struct cap_run {
	const struct cap_options *options;
	struct tcs_arena *arena; /* of keys and texts */
	struct tcs_reading_sink *out;
	int64_t fetched_ms;
	struct cap_alert *alerts; /* owned, n of them */
	size_t n, cap;
	unsigned invalid, faulty; /* messages */
	unsigned foreign;         /* of senders that are not admitted */
	unsigned missing;         /* documents of the index not here */
	unsigned orphans;         /* cancel what is not here, and where */
	bool is_over;             /* more than the limits */
	bool is_cut;              /* the index ends too early */
	char note[TCS_NOTE_MAX];  /* of the index */
	struct tcs_diag why;      /* of the first that is invalid */
};

/* ---- messages (cap.c) ---- */

/* Read one CAP document. What is wrong with it is counted, never an error;
 * TCS_ENOMEM alone is. */
enum tcs_err tcs_cf_take(struct cap_run *run, struct tcs_slice text);
/* A message that was checked, with what tcs_cap_read() returns of such a one
 * and its findings; takes both over. */
enum tcs_err tcs_cf_judge(struct cap_run *run, enum tcs_err verdict,
    struct tcs_cap **cap, struct tcs_diag *diag);

/* ---- other forms (json.c, entry.c) ---- */

bool tcs_cf_is_json(struct tcs_slice body);
/* MeteoAlarm's {"warnings": [{"alert": …}]}, a list of alerts, or one. */
enum tcs_err tcs_cf_take_json(struct cap_run *run, struct tcs_slice body,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag);
/* An entry of an index that says enough by itself: its cap: elements. */
bool tcs_cf_entry_is_enough(const struct tcs_syndication_item *item);
enum tcs_err tcs_cf_take_entry(
    struct cap_run *run, const struct tcs_syndication_item *item);
/* The time in an identifier of Météo-France, "…FR.20251119160107.266025";
 * TCS_NO_TIME: none. */
int64_t tcs_cf_identifier_ms(const char *identifier);

/* ---- an index (index.c) ---- */

/* A feed of CAP documents: take its entries, and count those whose documents
 * are not among the `n` answers. */
enum tcs_err tcs_cf_take_index(struct cap_run *run,
    const struct tcs_answers *answers, size_t at, enum tcs_refusal *ret_refusal,
    struct tcs_diag *diag);
enum tcs_err tcs_cf_ask(void *st, const struct tcs_asking *asking,
    struct tcs_ask_sink *out, struct tcs_diag *diag);

/* ---- words (words.c) ---- */

/* The French word of an awareness_type, "3; Thunderstorm" or the words of an
 * English title; NULL: none of them. */
const char *tcs_cf_phenomenon(const char *awareness_type);
/* "2; yellow; Moderate" is "jaune"; NULL: not readable. */
const char *tcs_cf_colour(const char *awareness_level);
/* The colour's number in a title, "Yellow … Warning issued for …"; 0: none. */
int tcs_cf_title_colour(const char *title);
/* `word`, if CAP allows it there; else NULL. */
const char *tcs_cf_urgency(const char *word);
const char *tcs_cf_certainty(const char *word);
const char *tcs_cf_severity(const char *word);
const char *tcs_cf_category(const char *word);
/* Value of the parameter `name`; NULL: none. */
const char *tcs_cf_value(const struct tcs_cap_value *list, const char *name);
bool tcs_cf_has_response(const struct tcs_cap_info *info, const char *response);

/* ---- places (place.c) ---- */

struct cap_place {
	const char *departement; /* of the table; NULL: none known */
	const char *name;        /* areaDesc of the first area there */
	bool is_national;
};
/* The places of an area, one a département; at most `max`. */
size_t tcs_cf_places(
    const struct tcs_cap_area *area, struct cap_place *places, size_t max);

/* The département that a geocode is of; NULL: of none. */
const char *tcs_cf_geocode_departement(const struct tcs_cap_value *geocode);

/* ---- states (chain.c, state.c, emit.c) ---- */

/* Fill the messages' roots, and whether something newer follows them. */
enum tcs_err tcs_cf_chain(struct cap_run *run);

/* What one message says of one place, in the info of our language. */
struct cap_state {
	const struct cap_alert *alert;
	const struct tcs_cap_info *info;
	const struct tcs_cap_area *area; /* NULL: a message without any */
	struct cap_state *also;          /* more of its areas there */
	struct cap_place place;
	size_t order;     /* as it came */
	const char *zone; /* what it is about, and where */
	const char *phenomenon, *level;
	int64_t from_ms, to_ms; /* onset and expiry, or TCS_NO_TIME */
	bool is_end, is_cancel;
	bool is_period;   /* one of several in time: MeteoAlarm's */
	bool is_severity; /* its level is CAP's severity */
};

/* All messages to readings. */
enum tcs_err tcs_cf_states(struct cap_run *run);
/* One reading: `state`, and the periods that hold with it, by time, when there
 * are several. */
enum tcs_err tcs_cf_emit(struct cap_run *run, const struct cap_state *state,
    const struct cap_state *const *periods, size_t periods_n);

#endif

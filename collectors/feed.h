/* feed.h - a feed driver: what to ask of a source, how to read its answer.
 *
 * The framework owns timer, transfers, size limits, rates, credentials, retry,
 * comparison, step and source state. Nothing in a driver blocks, logs or reads
 * the clock. */
#ifndef TOCSIN_COLLECTORS_FEED_H
#define TOCSIN_COLLECTORS_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/option.h"
#include "core/err.h"
#include "core/signal.h"
#include "core/slice.h"

struct tcs_mail_conf;

enum { TCS_NOTE_MAX = 240 };

/* What kind of thing a reading is: when it is news, and how it ends. */
enum tcs_reading_kind {
	/* The state of a zone on a scale. News when level or text changes; it
	 * ends at the lowest level; absent from a complete set twice it is
	 * unknown. */
	TCS_READING_LEVEL,
	/* A text that was published: news when it first appears and when it
	 * is revised. Absence ends nothing: only `is_end` or its expiry. */
	TCS_READING_ITEM,
	/* A number: news when it moves by `step` or its level changes; absent
	 * from a complete set twice it is unknown. */
	TCS_READING_MEASURE,
};

/* Content that came with a reading: an attachment, a photo. Kept as a file
 * under its SHA-256, never opened. */
struct tcs_reading_file {
	const char *name, *type; /* as the source says; type: MIME, or NULL */
	struct tcs_slice content;
};

/* What a driver reads of one zone; everything is borrowed until emit returns.
 * What is NULL or 0 is as the driver's table, or the document, says. */
struct tcs_reading {
	enum tcs_reading_kind kind;
	const char *zone;        /* "AP5": stable key of the source */
	const char *zone_name;   /* "Aa" */
	const char *zone_word;   /* "littoral": in place of the table's */
	const char *zone_scheme; /* geocode name, in place of the table's */
	const char *phenomenon;  /* "crues" */
	const char *level;       /* "orange", "none", or TCS_LEVEL_UNKNOWN */
	const char *headline;    /* in place of the framework's wording */
	const char *text;        /* description, or NULL */
	/* LEVEL: headline and text say it all, without our sentence of who
	 * places what "en vigilance". For scales that are none. */
	bool is_worded;
	const char *instruction; /* what the source advises, or NULL */
	const char *web;         /* page for people, or NULL */
	/* Départements concerned, NULL-terminated; empty or NULL: unknown to
	 * our table, the signal's key is FR. */
	const char *const *departements;
	bool is_national; /* FR is right: not an unknown zone */

	/* Of this reading alone. 0: the document's. TCS_NO_TIME for `issued`:
	 * the source does not say, the first sight counts and is flagged. */
	int64_t issued_ms, onset_ms, expires_ms;
	/* Of an ITEM whose expiry the source does not say: it holds so long
	 * from its first sight or its last revision, and from its issue when
	 * it is older than the watch. Beside it, `expires_ms` is 0. */
	int64_t lasts_ms;
	bool is_end;    /* the source itself says that it is over */
	bool is_cancel; /* ... that it was wrong */

	double value, step; /* MEASURE, in the unit that its text names */

	/* CAP members, in place of what the level gives; NULL: that. */
	const char *category, *event, *severity, *urgency, *certainty;
	const struct tcs_pair *params; /* more <parameter>, "tocsin:…" */
	size_t params_n;
	const struct tcs_pair *geocodes; /* more <geocode> */
	size_t geocodes_n;
	const char *const *polygons; /* "lat,lon lat,lon …", NULL-ended */
	const struct tcs_reading_file *files;
	size_t files_n;
};

/* One answer of the source, whole and below the limit. Borrowed. */
struct tcs_fetch {
	const char *url;          /* after redirects */
	const char *tag;          /* as it was asked for; NULL: not known */
	const char *content_type; /* or NULL */
	long status;              /* 200, or one that the driver accepts */
	struct tcs_slice body;
	/* Also of what an earlier poll brought and this one uses: now. */
	int64_t fetched_ms;
};

/* What one poll brought. A driver tells a body by its content; the tag only
 * helps, for recorded bodies come without. */
struct tcs_answers {
	const struct tcs_fetch *items;
	size_t n;
};

/* What the answers of one poll say as a whole; the driver fills it. */
struct tcs_document {
	int64_t issued_ms;     /* TCS_NO_TIME: the source does not say */
	int64_t next_issue_ms; /* when the source should speak again */
	int64_t expires_ms;    /* what it says holds until then */
	int64_t frozen_ms;     /* still the newest then: the source is stuck */
	bool is_complete;      /* zones that are absent are missing */
	unsigned skipped;      /* parts of it that name no zone */
	/* What is wrong with it though it was read, in French; "": nothing.
	 * Said once, as an event of the source watch. */
	char note[TCS_NOTE_MAX];
};

/* Where readings go: the framework's, a test's or the CLI's. */
struct tcs_reading_sink {
	void *arg;
	enum tcs_err (*emit)(void *arg, const struct tcs_reading *reading);
};

/* Why a body was refused, for the source's state. */
enum tcs_refusal {
	TCS_REFUSAL_NONE,
	TCS_REFUSAL_TRUNCATED, /* ends too early: a transfer cut short */
	TCS_REFUSAL_ERROR,     /* an error body under HTTP 200 */
	TCS_REFUSAL_RESHAPED,  /* parses, not as known */
	TCS_REFUSAL_STALE,     /* over when it came: nothing of now in it */
};

/* One request of a poll. Borrowed until ask returns. */
struct tcs_ask {
	const char *url;
	const char *tag;  /* comes back with the answer; may be NULL */
	bool accepts_404; /* no content there, not a failure */
	/* Its failure leaves the rest usable; what it said last is used. */
	bool is_optional;
	bool is_fixed; /* what this URL says never changes */
	/* Unchanged (304, or the bytes held), the whole poll is. Only of the
	 * first request. */
	bool is_head;
};

struct tcs_ask_sink {
	void *arg;
	enum tcs_err (*ask)(void *arg, const struct tcs_ask *ask);
};

/* What `ask` may look at. */
struct tcs_asking {
	const char *url;        /* of the feed */
	bool is_fallback;       /* the ordinary way failed: the other one */
	struct tcs_answers got; /* in the order of asking; n is 0 at first */
	int64_t now_ms;
};

struct tcs_feed_ops {
	const char *name;        /* as written in tocsin.conf */
	const char *about;       /* one line for `tocsin feeds drivers` */
	const char *source;      /* "vigicrues", in identifiers and rules */
	const char *source_name; /* "Vigicrues", in texts */
	const char *zone_scheme; /* geocode name: "VIGICRUES" */
	const char *zone_word;   /* "tronçon", masculine, in texts */
	const char *url;         /* default; NULL: the configuration must */
	bool has_no_url;         /* neither: its documents are records */
	int64_t every_ms;        /* default rhythm */
	int64_t late_after_ms;   /* after next_issue_ms it is late */
	size_t state_size; /* zeroed block passed as `st`, options filled */
	const struct tcs_option *options;
	/* Members (JSON) or elements (XML) that change at each fetch and say
	 * nothing: not part of the content. NULL-ended; may be NULL. */
	const char *const *stamps;
	const char *key_header; /* where `key_file` goes: "apikey"; or NULL */
	bool has_fallback;      /* `ask` knows another way */
	/* Zones come and go at the lowest level (canicule in winter): one that
	 * is missing there is forgotten; above it, it becomes unknown. */
	bool has_seasons;
	/* A mailbox in place of URLs: fill in where it is, borrowed from `st`;
	 * authorities, size and time are those of every feed.
	 * True: be told of new mail too. NULL: URLs. */
	bool (*mail)(const void *st, struct tcs_mail_conf *ret_conf);
	/* Once, when the options are filled in: read tables. May be NULL. */
	enum tcs_err (*init)(void *st, struct tcs_diag *diag);
	/* What to ask for: at the start of a poll, and again each time that
	 * all that was asked has come, until it asks nothing. Touches its
	 * arguments only. NULL: one GET of the feed's URL. TCS_EPARSE: what
	 * came so far makes no sense, the poll is read as it is. */
	enum tcs_err (*ask)(void *st, const struct tcs_asking *asking,
	    struct tcs_ask_sink *out, struct tcs_diag *diag);
	/* Read what a poll brought, one body or several, each also alone.
	 * TCS_EPARSE refuses all of it: *ret_refusal and `diag` say why, and
	 * nothing that was emitted counts. Touches its arguments only. */
	enum tcs_err (*parse)(void *st, const struct tcs_answers *answers,
	    struct tcs_document *ret_document, struct tcs_reading_sink *out,
	    enum tcs_refusal *ret_refusal, struct tcs_diag *diag);
	void (*fini)(void *st); /* once, also after errors; may be NULL */
};

extern const struct tcs_feed_ops *const tcs_feed_registry[]; /* NULL-ended */
const struct tcs_feed_ops *tcs_feed_find(const char *name);  /* or NULL */
/* It asks URLs and has none of its own. */
bool tcs_feed_needs_url(const struct tcs_feed_ops *ops);

#endif

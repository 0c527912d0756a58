/* feed.h - a feed driver: what to ask of a source, how to read its answer.
 *
 * The framework owns timer, transfer, size limit, retry, comparison, step and
 * source state. Nothing in a driver blocks, logs or reads the clock. */
#ifndef TOCSIN_COLLECTORS_FEED_H
#define TOCSIN_COLLECTORS_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/option.h"
#include "core/err.h"
#include "core/http.h"
#include "core/slice.h"

/* What a driver reads of one zone; everything is borrowed until emit returns.
 */
struct tcs_reading {
	const char *zone;       /* "AP5": stable key of the source */
	const char *zone_name;  /* "Aa" */
	const char *phenomenon; /* "crues" */
	const char *level;      /* "orange", or TCS_LEVEL_UNKNOWN */
	const char *text;       /* description, or NULL */
	const char *web;        /* page for people, or NULL */
	/* Départements concerned, NULL-terminated; empty or NULL: unknown to
	 * our table, the signal's key is FR. */
	const char *const *departements;
};

/* One answer of the source, whole and below the limit. Borrowed. */
struct tcs_fetch {
	const char *url;          /* after redirects */
	const char *content_type; /* or NULL */
	struct tcs_slice body;
	int64_t fetched_ms;
};

/* What one document says as a whole; the driver fills it. */
struct tcs_document {
	int64_t issued_ms;     /* TCS_NO_TIME: the source does not say */
	int64_t next_issue_ms; /* when the source should speak again */
	int64_t expires_ms;    /* what it says holds until then */
	int64_t frozen_ms;     /* still the newest then: the source is stuck */
	bool is_complete;      /* zones that are absent are missing */
	unsigned skipped;      /* parts of it that name no zone */
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
};

struct tcs_feed_ops {
	const char *name;        /* as written in tocsin.conf */
	const char *about;       /* one line for `tocsin feeds list` */
	const char *source;      /* "vigicrues", in identifiers and rules */
	const char *source_name; /* "Vigicrues", in texts */
	const char *zone_scheme; /* geocode name: "VIGICRUES" */
	const char *zone_word;   /* "tronçon", masculine, in texts */
	const char *url;         /* default */
	int64_t every_ms;        /* default rhythm */
	int64_t late_after_ms;   /* after next_issue_ms it is late */
	size_t state_size; /* zeroed block passed as `st`, options filled */
	const struct tcs_option *options;
	/* Once, when the options are filled in: read tables. May be NULL. */
	enum tcs_err (*init)(void *st, struct tcs_diag *diag);
	/* Fill in the next request: URL and headers are preset. May be NULL. */
	enum tcs_err (*request)(void *st, struct tcs_http_request *rq);
	/* Read one whole body. TCS_EPARSE refuses it whole: *ret_refusal and
	 * `diag` say why, and nothing that was emitted counts. */
	enum tcs_err (*parse)(void *st, const struct tcs_fetch *fetch,
	    struct tcs_document *ret_document, struct tcs_reading_sink *out,
	    enum tcs_refusal *ret_refusal, struct tcs_diag *diag);
	void (*fini)(void *st); /* once, also after errors; may be NULL */
};

extern const struct tcs_feed_ops *const tcs_feed_registry[]; /* NULL-ended */
const struct tcs_feed_ops *tcs_feed_find(const char *name);  /* or NULL */

#endif

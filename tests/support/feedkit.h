/* feedkit.h - one feed as fuzz targets, tests and benches use it: its driver
 * opened, bodies read, what is asked noted, readings compared with what is held
 * and made into CAP. What must never happen is checked here, and ends in
 * feedkit_fail(). */
#ifndef TOCSIN_TESTS_SUPPORT_FEEDKIT_H
#define TOCSIN_TESTS_SUPPORT_FEEDKIT_H

#include <stddef.h>
#include <stdint.h>

#include "collectors/compare.h"
#include "collectors/feed.h"
#include "collectors/readings.h"
#include "core/buf.h"
#include "core/err.h"

struct tcs_arena;

/* As many bodies as a poll of each département has, and more. */
enum { FEEDKIT_BODIES_MAX = 400, FEEDKIT_ASKS_MAX = 400 };

/* When bodies come, if nobody says otherwise: 2027-01-15T08:00:00Z. */
#define FEEDKIT_NOW_MS INT64_C(1800000000000)

struct feedkit {
	const struct tcs_feed_ops *ops;
	void *st;          /* the driver's block */
	const char *about; /* what is read, when it fails; or NULL */

	/* The poll: its bodies, and of the next one its address and time. */
	struct tcs_fetch fetches[FEEDKIT_BODIES_MAX];
	struct tcs_buf files[FEEDKIT_BODIES_MAX]; /* empty: not ours */
	size_t n;
	const char *url;
	int64_t fetched_ms;

	/* What the last read said, until the next one; or why it was refused.
	 */
	struct tcs_readings *readings;
	enum tcs_refusal refusal;
	struct tcs_diag diag;

	/* What was asked for last, until the next time. */
	struct tcs_arena *arena;
	struct tcs_ask asks[FEEDKIT_ASKS_MAX];
	size_t asks_n;

	/* In whose name signals are made; and what is held from one poll to
	 * the next. */
	struct tcs_origin origin;
	const char *hash; /* of the next bodies */
	struct tcs_picture *held;
	struct tcs_pending pending;
	int64_t answered_ms;        /* or TCS_NO_TIME */
	struct tcs_compare_out out; /* of the last comparison */
	struct tcs_buf told;
};

/* Each program's own way to fail: cmocka's, or an abort. */
__attribute__((noreturn)) void feedkit_fail(const char *text);

/* The driver with its options, "key", "value", …, NULL; of one that is a list,
 * the key again before each value. NULL: none. Sets the legal time's zone. */
struct feedkit *feedkit_open(
    const struct tcs_feed_ops *ops, const char *const *options);
void feedkit_close(struct feedkit **kit);
/* The options alone: what opening the driver with them gives. */
enum tcs_err feedkit_options(const struct tcs_feed_ops *ops,
    const char *const *options, struct tcs_diag *diag);

/* One more body of the poll; it is borrowed. */
struct tcs_fetch *feedkit_add(struct feedkit *kit, struct tcs_slice body);
/* "a.json+b.json": files of the driver's folder in tests/data/feeds. */
void feedkit_add_files(struct feedkit *kit, const char *names);
void feedkit_drop(struct feedkit *kit); /* all bodies: another poll */

/* What the poll says. Refused, with a reason and a finding, it is NULL; it is
 * never both, nor neither. */
struct tcs_readings *feedkit_try(struct feedkit *kit);
/* The same of what must be read. */
struct tcs_readings *feedkit_read(struct feedkit *kit);
/* ... of another poll, of these files or this body alone. */
struct tcs_readings *feedkit_read_files(struct feedkit *kit, const char *names);
struct tcs_readings *feedkit_read_text(struct feedkit *kit, const char *body);
/* Zones are in order, each once. */
void feedkit_check_order(const struct tcs_readings *readings);
/* The reading of that zone, and of that phenomenon (NULL: any). */
const struct tcs_reading *feedkit_find(
    const struct feedkit *kit, const char *zone, const char *phenomenon);
/* Of pairs, and of a reading's parameters; NULL: not there. */
const char *feedkit_value(
    const struct tcs_pair *pairs, size_t n, const char *name);
const char *feedkit_param(const struct tcs_reading *reading, const char *name);

/* Asks the driver; what it asks for is in `asks`. It fails with a finding in
 * `diag`, or not at all. */
enum tcs_err feedkit_ask(struct feedkit *kit, const struct tcs_asking *asking);
/* The same of that address, after the bodies of the poll. */
enum tcs_err feedkit_ask_next(struct feedkit *kit, const char *url);
/* What was asked for, as `append` writes each; or "". */
const char *feedkit_tell_asks(struct feedkit *kit,
    void (*append)(struct tcs_buf *buf, const struct tcs_ask *ask));

/* Compares with what is held and makes CAP of it; *out has the picture too,
 * until the next comparison. Both succeed. */
const struct tcs_compare_out *feedkit_compare(
    struct feedkit *kit, const struct tcs_readings *readings, int64_t now_ms);
/* The same, and the picture is held from then on. */
const struct tcs_compare_out *feedkit_take(
    struct feedkit *kit, const struct tcs_readings *readings, int64_t now_ms);
void feedkit_forget(struct feedkit *kit); /* nothing is held */
/* A first poll of this body alone: what it says, if it is read, is given to
 * `check` and taken. The body stays the first of the poll. */
void feedkit_first(struct feedkit *kit, struct tcs_slice body,
    void (*check)(const struct tcs_readings *readings));
/* The signals of the last comparison as `append` writes each; or "". */
const char *feedkit_tell(struct feedkit *kit,
    void (*append)(struct tcs_buf *buf, const struct tcs_new_signal *added));

#endif

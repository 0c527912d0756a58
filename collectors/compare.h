/* compare.h - what a new document changes: signals to publish and the picture
 * to hold from now on. Pure: no store, no clock, no network.
 *
 * The life of a zone, per département:
 *
 *            above green, or unknown
 *    (none) ------------------------> standing --.  other level, text, or
 *       ^        Alert                   ^   |   |  validity: Update
 *       |                                |   '---'
 *       |   green: Update, AllClear      |
 *       '-----------------------------(standing)
 *
 * A zone that is missing is kept as it was for one issue and then unknown; it
 * is never green. An item (TCS_READING_ITEM) stands from its first sight, is
 * updated when its text is, and ends only when the source says so; missing it
 * is forgotten in the end, without a word. A number (TCS_READING_MEASURE)
 * stands as long as it is published. */
#ifndef TOCSIN_COLLECTORS_COMPARE_H
#define TOCSIN_COLLECTORS_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/feed.h"
#include "collectors/picture.h"
#include "collectors/readings.h"
#include "collectors/signals.h"
#include "core/err.h"

/* A document that changed too much at once waits for the next one. */
struct tcs_pending {
	bool is_set;
	int64_t issued_ms;
};

struct tcs_compare_in {
	const struct tcs_origin *origin;
	const struct tcs_picture *held; /* may be empty */
	struct tcs_pending pending;
	const struct tcs_readings *readings;
	const char *hash;    /* of the body */
	int64_t now_ms;      /* for the age of what is held */
	int64_t answered_ms; /* last usable answer before; or TCS_NO_TIME */
	int64_t fetched_ms;
};

enum tcs_comparison {
	TCS_COMPARE_TAKEN,   /* the picture is new */
	TCS_COMPARE_SAME,    /* same issue, same readings */
	TCS_COMPARE_OLDER,   /* issued before the one held: ignored */
	TCS_COMPARE_WAITING, /* too much at once: the next poll decides */
};

struct tcs_compare_out {
	enum tcs_comparison comparison;
	bool is_first;               /* a first state */
	bool has_standing;           /* something is above green, or unknown */
	bool has_ended;              /* something that stood has ended */
	struct tcs_picture *picture; /* TAKEN and SAME: owned; else NULL */
	struct tcs_pending pending;
	struct tcs_signals signals;
};

/* TCS_ENOMEM, TCS_ELIMIT. Call tcs_compare_fini() in every case. */
enum tcs_err tcs_compare(
    const struct tcs_compare_in *in, struct tcs_compare_out *out) TCS_MUST_USE;
void tcs_compare_fini(struct tcs_compare_out *out);

#endif

/* state.h - what is kept of a feed besides its picture: how polling goes, what
 * the source's state is, and what was said of it. */
#ifndef TOCSIN_COLLECTORS_STATE_H
#define TOCSIN_COLLECTORS_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/compare.h"
#include "collectors/feed.h"
#include "collectors/picture.h"
#include "collectors/watch.h"
#include "core/err.h"
#include "core/json.h"

/* Texts are owned. All zero, then tcs_feed_state_init(). */
struct tcs_feed_state {
	enum tcs_source_state state;
	char *reason;                    /* of the last failure, NULL: none */
	char *cause;                     /* the same for people, NULL: none */
	enum tcs_source_state announced; /* last state that a signal said */
	struct tcs_last announced_last; /* that signal; identifier NULL: none */
	int64_t since_ms;               /* when `state` began, or TCS_NO_TIME */
	/* Départements told that their source is not to be believed. */
	struct tcs_last *alarms;
	size_t alarms_n;
	enum tcs_source_state alarmed; /* the state that was told last */

	int64_t fetched_ms;   /* last answer of any kind, or TCS_NO_TIME */
	int64_t answered_ms;  /* last usable one, or TCS_NO_TIME */
	int64_t next_poll_ms; /* or TCS_NO_TIME */
	unsigned failures;    /* in a row */
	unsigned older;       /* documents older than the one held, ever */
	bool is_limited;
	enum tcs_refusal refusal;       /* of the last body */
	char *etag, *last_modified;     /* of the body held; NULL: none */
	char head_hash[TCS_DIGEST_HEX]; /* of its first body, or "" */
	char aside[TCS_DIGEST_HEX]; /* last body that was not taken, or "" */
	enum tcs_refusal aside_refusal; /* why; NONE: it was older */
	struct tcs_pending pending;
	bool is_held; /* the last document taken was a first state */
	char *cursor; /* of a mailbox: how far it was read; NULL: not yet */
};

void tcs_feed_state_init(struct tcs_feed_state *state);
void tcs_feed_state_fini(struct tcs_feed_state *state);
/* Replace an owned text; NULL, or out of memory, leaves none. Texts longer
 * than `max` are not kept. */
void tcs_feed_state_text(char **text, const char *value, size_t max);
/* Why the last poll failed, in words from anywhere: bounded and cleaned. NULL:
 * it did not. */
void tcs_feed_state_reason(struct tcs_feed_state *state, const char *reason);
/* Remember the signal that said `announced`; NULL: none stands. */
enum tcs_err tcs_feed_state_announce(struct tcs_feed_state *state,
    enum tcs_source_state announced,
    const struct tcs_new_signal *signal) TCS_MUST_USE;

/* The signal that told `departement`, borrowed; NULL: none stands. */
const struct tcs_last *tcs_feed_state_alarmed(
    const struct tcs_feed_state *state, const char *departement);
/* Remember it; NULL: it has ended. */
enum tcs_err tcs_feed_state_alarm(struct tcs_feed_state *state,
    const char *departement, const struct tcs_new_signal *signal) TCS_MUST_USE;

/* src:feeds `<feed>|state`, and back. NULL when out of memory. The picture's
 * own members go with it. */
json_t *tcs_feed_state_to_json(const struct tcs_feed_state *state,
    const struct tcs_feed_ops *ops, const char *url,
    const struct tcs_picture *picture);
enum tcs_err tcs_feed_state_from_json(struct tcs_feed_state *state,
    struct tcs_picture *picture, const json_t *json) TCS_MUST_USE;

#endif

/* signals.h - signals on their way to be published: identified, linked to the
 * one they follow, with all their texts in one arena. */
#ifndef TOCSIN_COLLECTORS_SIGNALS_H
#define TOCSIN_COLLECTORS_SIGNALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/feed.h"
#include "collectors/picture.h"
#include "core/err.h"
#include "core/signal.h"

struct tcs_arena;

/* In whose name signals are made; borrowed. */
struct tcs_origin {
	const char *observatory;          /* "sidpc62" */
	const char *sender;               /* "sidpc62@prefecture.example" */
	const char *status;               /* Actual, Test, Exercise */
	const char *feed;                 /* its name in tocsin.conf */
	const char *source, *source_name; /* the driver's, or configured */
	const struct tcs_feed_ops *ops;
};

struct tcs_new_signal {
	struct tcs_signal signal;
	char trace[17];
	bool is_prolonged;    /* only its validity moved */
	struct tcs_slice cap; /* see tcs_signals_pack() */
};

struct tcs_signals {
	struct tcs_arena *arena; /* of their texts */
	struct tcs_new_signal *items;
	size_t n;
};

enum tcs_err tcs_signals_init(struct tcs_signals *signals) TCS_MUST_USE;
void tcs_signals_fini(struct tcs_signals *signals);

/* Add `draft`, whose texts must live as long as `signals`. Identifier, type,
 * references, trace, sender and observatory are filled in here. `follows`
 * (NULL: it opens an event) is the signal it updates. *ret_added (may be NULL)
 * is valid until the next call. */
enum tcs_err tcs_signals_add(struct tcs_signals *signals,
    const struct tcs_origin *origin, const struct tcs_signal *draft,
    const struct tcs_last *follows,
    struct tcs_new_signal **ret_added) TCS_MUST_USE;
/* The signals from index `from` on are about one zone in several
 * départements: each names the others as incidents. */
enum tcs_err tcs_signals_link(
    struct tcs_signals *signals, size_t from) TCS_MUST_USE;

/* A signal about Tocsin itself, for every département: status System, source
 * "tocsin", zone the feed. */
struct tcs_system_text {
	const char *departement; /* NULL: every one, FR */
	const char *phenomenon;  /* "recap" */
	const char *level;
	const char *previous_level; /* or NULL */
	const char *headline, *description;
	int64_t issued_ms, fetched_ms, expires_ms;
	bool is_end;
};
enum tcs_err tcs_signals_add_system(struct tcs_signals *signals,
    const struct tcs_origin *origin, const struct tcs_system_text *text,
    const struct tcs_last *follows,
    struct tcs_new_signal **ret_added) TCS_MUST_USE;

/* Write each signal's CAP document into its `cap`. TCS_EINVAL: one of them is
 * none that CAP allows, and `diag` says why. */
enum tcs_err tcs_signals_pack(
    struct tcs_signals *signals, struct tcs_diag *diag) TCS_MUST_USE;
/* What is to be remembered of a signal, copied into `arena`. */
enum tcs_err tcs_signal_to_last(struct tcs_arena *arena,
    const struct tcs_new_signal *signal,
    struct tcs_last *ret_last) TCS_MUST_USE;

#endif

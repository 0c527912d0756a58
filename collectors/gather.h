/* gather.h - what one poll brings: the requests that a driver asks for, one
 * after the other, with the host's rate and the feed's credential.
 *
 *   ask -> [rate] -> [token] -> request -> answer -> … -> ask … nothing more
 *                       ^           |
 *                       '--- 401 ---'  once
 *
 * When the ordinary way fails and the driver knows another (has_fallback), all
 * begins anew with that one. */
#ifndef TOCSIN_COLLECTORS_GATHER_H
#define TOCSIN_COLLECTORS_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/feed.h"
#include "core/digest.h"
#include "core/err.h"

struct tcs_conf_feed;
struct tcs_credential;
struct tcs_gather; /* opaque */
struct tcs_hosts;
struct tcs_http;
struct tcs_loop;

/* All borrowed until the gather is freed. */
struct tcs_gather_conf {
	struct tcs_loop *loop;
	struct tcs_http *http;
	struct tcs_hosts *hosts;
	struct tcs_credential *credential; /* or NULL */
	const struct tcs_feed_ops *ops;
	const struct tcs_conf_feed *feed;
	const char *url; /* the feed's; NULL only if the driver asks its own */
	/* Of the head that is held; NULL, "": none. */
	const char *etag, *last_modified, *head_hash;
	/* Why the ordinary way is not to be asked now (Retry-After); only of a
	 * driver with another. NULL: it is. Copied. */
	const char *resting;
};

enum tcs_gather_outcome {
	TCS_GATHER_BODIES,
	TCS_GATHER_UNCHANGED, /* what is held still holds */
	TCS_GATHER_FAILED,    /* `reason` says why */
};

/* Beside each fetch: its hashes. */
struct tcs_gather_mark {
	char hash[TCS_DIGEST_HEX];    /* of the bytes: the evidence's name */
	char content[TCS_DIGEST_HEX]; /* without stamps */
};

struct tcs_gathered {
	enum tcs_gather_outcome outcome;
	bool has_answered;      /* some answer came, of any status */
	bool is_limited;        /* something said 401, 403 or 429 */
	int64_t retry_after_ms; /* -1: not asked for */
	/* Why it failed; of bodies by the other way: why the ordinary one
	 * did; of bodies of which some are missing: why. "": nothing. */
	const char *reason;
	const char *cause; /* the same for people; never "" beside a reason */
	bool is_fallback, is_partial;
	const struct tcs_fetch *items;
	const struct tcs_gather_mark *marks;
	size_t n;
	const char *etag, *last_modified; /* of the head; NULL: none */
	char hash[TCS_DIGEST_HEX];        /* of all contents in order */
};

/* `gathered` lives as long as the gather does. */
typedef void tcs_gather_cb(void *arg, const struct tcs_gathered *gathered);

/* Begin; `cb` follows from the loop, once. `previous` (may be NULL) is the
 * gather of the poll before: its fixed bodies are taken over, and it is freed.
 * NULL when out of memory; `previous` is freed all the same. */
struct tcs_gather *tcs_gather_start(const struct tcs_gather_conf *conf,
    struct tcs_gather *previous, tcs_gather_cb *cb, void *arg);
/* What a fixed URL said, and an optional one, is kept for the next poll; the
 * rest is given back. */
void tcs_gather_settle(struct tcs_gather *gather);
/* Cancels; no callback follows. NULL-safe. */
void tcs_gather_free(struct tcs_gather **gather);

#endif

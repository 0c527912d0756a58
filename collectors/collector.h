/* collector.h - the daemon: one driver, the feeds that use it, each a unit of
 * the group "collector".
 *
 *   timer <feed>|poll -> request -> answer -> body kept -> read -> compare
 *        ^                                                           |
 *        '--- one step: signals, documents, health, state, timers <--'
 *
 * The step is the timer's: taken when the request starts, committed when what
 * came of it is known. */
#ifndef TOCSIN_COLLECTORS_COLLECTOR_H
#define TOCSIN_COLLECTORS_COLLECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/feed.h"
#include "collectors/picture.h"
#include "collectors/signals.h"
#include "collectors/state.h"
#include "config/conf.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/worker.h"

struct tcs_http;
struct tcs_http_transfer;
struct tcs_loop;

enum { TCS_HOSTS_MAX = 32 };

/* When a host was asked last, by any feed of this process. */
struct tcs_host {
	struct tcs_slice name; /* borrowed from the configuration */
	int64_t asked_ms;
};

/* The daemon; all borrowed. The argument of tcs_collector_ops. */
struct tcs_collector {
	struct tcs_loop *loop;
	const struct tcs_conf *conf;
	const struct tcs_feed_ops *ops;
	const char *status; /* of its signals: Actual, Test, Exercise */
	int64_t pruned_ms;  /* when old bodies were removed last */
	struct tcs_host hosts[TCS_HOSTS_MAX];
};

extern const struct tcs_worker_ops tcs_collector_ops;

/* What was in hand when a reader died. */
struct tcs_hand {
	char hash[TCS_DIGEST_HEX];
	unsigned count; /* unclean starts that found it */
};

/* One feed that this process owns. */
struct tcs_feed {
	struct tcs_collector *collector;
	struct tcs_unit *unit;
	const struct tcs_conf_feed *conf;
	const struct tcs_feed_ops *ops;
	struct tcs_origin origin;
	const char *url;
	int64_t every_ms;
	struct tcs_http *http;

	struct tcs_feed_state state;
	struct tcs_picture *picture; /* what is held */
	char *held;         /* field "<feed>|held" as stored, or NULL */
	int64_t started_ms; /* first poll by this owner, or TCS_NO_TIME */
	bool has_failed;    /* the last attempt, by this owner */
	bool is_careful;    /* the last owner died: mark what is in hand */
	struct tcs_hand hand;

	struct tcs_step *step; /* of the poll under way, or NULL */
	struct tcs_http_transfer *transfer;
	struct tcs_answer *waiting; /* while its mark is made durable */
};

/* A body that came with HTTP 200; in `waiting` its texts are owned. */
struct tcs_answer {
	struct tcs_slice body;
	const char *url, *content_type, *etag, *last_modified;
	long status;
	int64_t fetched_ms;
	char hash[TCS_DIGEST_HEX];
};

/* poll: ask; tcs_feed_finish() follows from the loop, once. */
enum tcs_err tcs_feed_poll(struct tcs_feed *feed) TCS_MUST_USE;
void tcs_feed_cancel(struct tcs_feed *feed);

/* take: what a body changes, added to feed->step. Memory follows. */
enum tcs_err tcs_feed_take(
    struct tcs_feed *feed, const struct tcs_answer *answer) TCS_MUST_USE;

/* settle: the source's state and the timers go into the step. */
enum tcs_err tcs_feed_settle(
    struct tcs_feed *feed, struct tcs_step *step, int64_t now_ms) TCS_MUST_USE;

#endif

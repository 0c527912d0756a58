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
#include "collectors/gather.h"
#include "collectors/picture.h"
#include "collectors/signals.h"
#include "collectors/state.h"
#include "collectors/turns.h"
#include "config/conf.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/worker.h"

struct tcs_credential;
struct tcs_hosts;
struct tcs_http;
struct tcs_letters;
struct tcs_loop;

/* The daemon; all borrowed. The argument of tcs_collector_ops. */
struct tcs_collector {
	struct tcs_loop *loop;
	const struct tcs_conf *conf;
	const struct tcs_feed_ops *ops;
	const char *status; /* of its signals: Actual, Test, Exercise */
	int64_t pruned_ms;  /* when old bodies were removed last */
	struct tcs_hosts *hosts;
	struct tcs_turns *turns; /* documents are read one a turn */
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
	struct tcs_credential *credential; /* or NULL */
	struct tcs_letters *letters;       /* a mailbox's, or NULL */
	bool is_hurried; /* more is there: the next poll is at once */
	/* Until then the ordinary way asked not to be asked; why. */
	int64_t rest_until_ms;
	char resting[64];

	struct tcs_feed_state state;
	struct tcs_picture *picture; /* what is held */
	char *held;         /* field "<feed>|held" as stored, or NULL */
	int64_t started_ms; /* first poll by this owner, or TCS_NO_TIME */
	bool has_failed;    /* the last attempt, by this owner */
	bool is_careful;    /* the last owner died: mark what is in hand */
	bool is_ready;      /* its state is loaded */
	bool has_access;    /* key and mailbox are open */
	struct tcs_hand hand;

	struct tcs_step *step;     /* of the poll under way, or NULL */
	struct tcs_gather *gather; /* the poll's, or the last one's rest */
	/* What it brought, until it is read: while it waits for its turn, or
	 * while its mark is made durable. */
	const struct tcs_gathered *waiting;
	struct tcs_turn turn;
	/* Bodies that are evidence already, as far as this owner knows. */
	struct tcs_gather_mark *known;
	size_t known_n;
};

/* What it takes to ask the source: key, token, mailbox. Anew after an error. */
enum tcs_err tcs_feed_access(
    struct tcs_feed *feed, struct tcs_diag *diag) TCS_MUST_USE;

/* poll: ask; tcs_feed_finish() follows from the loop, once. */
enum tcs_err tcs_feed_poll(struct tcs_feed *feed) TCS_MUST_USE;
void tcs_feed_cancel(struct tcs_feed *feed);

/* take: what a poll's bodies change, added to feed->step. Memory follows. */
enum tcs_err tcs_feed_take(
    struct tcs_feed *feed, const struct tcs_gathered *got) TCS_MUST_USE;

/* It answers, for the first time, that there is nothing: that is a state, and
 * what comes later is news. */
enum tcs_err tcs_feed_take_nothing(struct tcs_feed *feed) TCS_MUST_USE;

/* That body is kept and published already. */
bool tcs_feed_is_known(
    const struct tcs_feed *feed, const struct tcs_gather_mark *mark);

/* settle: the source's state and the timers go into the step. */
enum tcs_err tcs_feed_settle(
    struct tcs_feed *feed, struct tcs_step *step, int64_t now_ms) TCS_MUST_USE;

#endif

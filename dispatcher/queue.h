/* queue.h - what of one channel is ready to be sent, and what may go next.
 *
 * Each target has a queue of its own, by urgency. The channel has a number of
 * slots. A healthy target has at most half of them; one whose last attempt
 * failed, one; and all those together never hold more than half of the slots,
 * so that what hangs slows nobody else. While the channel
 * is down one attempt at a time probes it. Nothing here reads a clock. */
#ifndef TOCSIN_DISPATCHER_QUEUE_H
#define TOCSIN_DISPATCHER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/err.h"
#include "core/map.h"
#include "dispatcher/recipients.h"

struct tcs_target; /* opaque */

/* Lives in what is queued. All zero: not queued. */
struct tcs_queued {
	TAILQ_ENTRY(tcs_queued) next;
	struct tcs_target *target; /* while queued or in flight */
	void *arg;                 /* the caller's */
	enum tcs_urgency urgency;
	bool is_ready;  /* in its target's queue */
	bool is_flying; /* taken, and not yet released */
};
TAILQ_HEAD(tcs_queued_list, tcs_queued);
TAILQ_HEAD(tcs_target_list, tcs_target);

struct tcs_queue {
	size_t slots;
	size_t flying, flying_suspects;
	struct tcs_map targets;
	/* Targets that may send, by the urgency of their first. */
	struct tcs_target_list healthy[TCS_URGENCIES], suspect[TCS_URGENCIES];
	unsigned downs; /* verdicts DOWN in a row; 0: the channel is up */
	int64_t probe_ms;
	size_t ready;
};

void tcs_queue_init(struct tcs_queue *queue, size_t slots);
void tcs_queue_fini(struct tcs_queue *queue); /* nothing is queued any more */
/* `target` is copied. The item stays where it is until it is removed, or
 * taken and released. */
enum tcs_err tcs_queue_push(struct tcs_queue *queue, const char *target,
    enum tcs_urgency urgency, struct tcs_queued *item) TCS_MUST_USE;
/* Ready ones only; not queued is fine. */
void tcs_queue_remove(struct tcs_queue *queue, struct tcs_queued *item);
/* The most urgent that may go now: it is in flight from here on. NULL: none.
 */
struct tcs_queued *tcs_queue_take(struct tcs_queue *queue, int64_t now_ms);

enum tcs_flight_end {
	TCS_FLIGHT_LANDED,  /* the target took it, or refused it */
	TCS_FLIGHT_FAILED,  /* later or unknown */
	TCS_FLIGHT_DOWN,    /* the channel is down until `probe_ms` */
	TCS_FLIGHT_NOTHING, /* says nothing: it was given up by us */
};
void tcs_queue_release(struct tcs_queue *queue, struct tcs_queued *item,
    enum tcs_flight_end end, int64_t probe_ms);

#endif

/* outlet.h - one channel's queue, whatever the configuration: which delivery of
 * a lane goes next, and which of all lanes as soon as a slot is free. */
#ifndef TOCSIN_DISPATCHER_OUTLET_H
#define TOCSIN_DISPATCHER_OUTLET_H

#include "dispatcher/dispatch.h"

struct tcs_outlet {
	char *name; /* the channel's */
	struct tcs_queue queue;
};

/* Made when it is asked for the first time. */
struct tcs_outlet *tcs_outlet_of(
    struct tcs_dispatch *dispatch, const char *channel);
/* Slots follow the configuration. */
void tcs_outlet_configure(struct tcs_dispatch *dispatch);
void tcs_outlet_fini(struct tcs_dispatch *dispatch);

/* Take every channel for up: the timer that would have it probed may have been
 * part of a step that failed. */
void tcs_outlet_forgive(struct tcs_dispatch *dispatch);

/* Put what the lane should send next into its channel's queue, if its turn has
 * come: an alerte before an information, one in flight at a time. */
void tcs_outlet_offer(struct tcs_lane *lane, struct tcs_dispatch *dispatch);
/* Out of the queue; one in flight stays. */
void tcs_outlet_withdraw(struct tcs_row *row);
/* Fill the free slots: marks rows SENDING, in the steps under way or in steps
 * of their own. */
void tcs_outlet_pump(struct tcs_dispatch *dispatch);
/* Give a slot back. Takes `queued`. */
void tcs_outlet_release(struct tcs_outlet *outlet, struct tcs_queued *queued,
    enum tcs_flight_end end, int64_t probe_ms);

#endif

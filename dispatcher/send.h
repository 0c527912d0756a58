/* send.h - attempts: which delivery goes next, what is checked before its first
 * byte and its last, and what its verdict makes of it. */
#ifndef TOCSIN_DISPATCHER_SEND_H
#define TOCSIN_DISPATCHER_SEND_H

#include "dispatcher/dispatch.h"

/* Put what the lane should send next into its channel's queue, if its turn has
 * come: an alerte before an information, one in flight at a time. */
void tcs_send_offer(struct tcs_lane *lane, struct tcs_dispatch *dispatch);
/* Out of the queue; one in flight stays. */
void tcs_send_withdraw(struct tcs_row *row);
/* Fill the free slots: marks rows SENDING, in the steps under way or in steps
 * of their own. */
void tcs_send_pump(struct tcs_dispatch *dispatch);
/* The row says SENDING in the store: start the attempt. */
void tcs_send_start(struct tcs_row *row);
/* A newer version is there: end the attempt, if nothing of it is committed. */
void tcs_send_cancel(struct tcs_row *row);
/* The row goes with its unit; its attempt ends on its own. */
void tcs_send_forget(struct tcs_row *row);
/* End all attempts. */
void tcs_send_cancel_all(struct tcs_dispatch *dispatch);

/* Slots follow the configuration. */
void tcs_send_configure(struct tcs_dispatch *dispatch);
void tcs_send_fini(struct tcs_dispatch *dispatch);

#endif

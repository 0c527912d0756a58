/* send.h - attempts: what is checked before the first byte and the last, and
 * what a verdict makes of its delivery. */
#ifndef TOCSIN_DISPATCHER_SEND_H
#define TOCSIN_DISPATCHER_SEND_H

#include "dispatcher/dispatch.h"

/* The row says SENDING in the store: start the attempt. */
void tcs_send_start(struct tcs_row *row);
/* A newer version is there: end the attempt, if nothing of it is committed. */
void tcs_send_cancel(struct tcs_row *row);
/* The row goes with its unit; its attempt ends on its own. */
void tcs_send_forget(struct tcs_row *row);
/* End all attempts. */
void tcs_send_cancel_all(struct tcs_dispatch *dispatch);

#endif

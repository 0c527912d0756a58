/* loop.h - the one event loop of a daemon: timers, signals, descriptors.
 *
 * One thread, one loop. Nothing called from it may block. Callbacks run from
 * tcs_loop_run() only, never from inside the call that armed them. */
#ifndef TOCSIN_CORE_LOOP_H
#define TOCSIN_CORE_LOOP_H

#include <stdint.h>

#include "core/err.h"

struct event_base; /* libevent's, for the adapters in core */
struct tcs_loop;   /* opaque */
struct tcs_timer;  /* opaque */
struct tcs_watch;  /* opaque */

typedef void tcs_loop_cb(void *arg);

/* NULL when out of memory or descriptors. */
struct tcs_loop *tcs_loop_new(void);
void tcs_loop_free(struct tcs_loop **loop); /* NULL-safe, sets it to NULL */
struct event_base *tcs_loop_base(struct tcs_loop *loop);
void tcs_loop_run(struct tcs_loop *loop); /* until tcs_loop_stop() */
/* One round: waits for and runs what is ready. For tests. */
void tcs_loop_once(struct tcs_loop *loop);
void tcs_loop_stop(struct tcs_loop *loop);
/* Call `cb` when `signum` arrives; kept until the loop is freed. */
enum tcs_err tcs_loop_on_signal(
    struct tcs_loop *loop, int signum, tcs_loop_cb *cb, void *arg) TCS_MUST_USE;

/* No more calls with this `arg`, whose owner goes. */
void tcs_loop_forget_signals(struct tcs_loop *loop, const void *arg);

/* A one-shot timer on the monotonic clock. NULL when out of memory. */
struct tcs_timer *tcs_timer_new(
    struct tcs_loop *loop, tcs_loop_cb *cb, void *arg);
/* The same, but when it is due it waits for a moment in which nothing else is:
 * for work that may take long. With much to do that moment may not come. */
struct tcs_timer *tcs_timer_new_idle(
    struct tcs_loop *loop, tcs_loop_cb *cb, void *arg);
void tcs_timer_free(struct tcs_timer **timer); /* NULL-safe */
/* (Re)arm; negative counts as 0. */
void tcs_timer_start(struct tcs_timer *timer, int64_t after_ms);
void tcs_timer_stop(struct tcs_timer *timer);

/* Call `cb` each time `fd` is readable, until freed. Does not own `fd`. */
struct tcs_watch *tcs_watch_new(
    struct tcs_loop *loop, int fd, tcs_loop_cb *cb, void *arg);
void tcs_watch_free(struct tcs_watch **watch); /* NULL-safe */

#endif

/* dispatch.h - the dispatcher as a whole: its units, its channels, and the
 * handlers that core/worker calls. */
#ifndef TOCSIN_DISPATCHER_DISPATCH_H
#define TOCSIN_DISPATCHER_DISPATCH_H

#include <stdbool.h>
#include <sys/queue.h>

#include "core/log.h"
#include "core/map.h"
#include "core/worker.h"
#include "dispatcher/clockwatch.h"
#include "dispatcher/ledger.h"
#include "dispatcher/setup.h"

struct tcs_loop;
struct tcs_store;
struct tcs_sweep;
struct tcs_timer;

struct tcs_dispatch {
	struct tcs_loop *loop;
	const char *realm;       /* "tocsin." */
	struct tcs_store *store; /* for what is swept; NULL: nothing is */
	struct tcs_setup *setup; /* owned; replaced by tcs_dispatch_reload() */
	/* Setups that were replaced: given up at the next turn of the loop. */
	struct tcs_setup *retired[8];
	size_t retired_n;
	struct tcs_map outlets; /* by channel: its queue */
	TAILQ_HEAD(, tcs_ledger) ledgers;
	struct tcs_clockwatch clock;
	bool is_pumping;
	TAILQ_HEAD(, tcs_flight) in_flight;
	size_t flights;   /* of them: attempts without the channel's answer */
	bool is_draining; /* nothing starts any more */
	void (*drained)(void *arg);
	void *drained_arg;
	bool is_trimmed; /* idle, and its memory given back */
	unsigned ticks;
	struct tcs_timer *tick; /* clock, retired setups, draining, sweep */
	int64_t drain_boot_ms;
	struct tcs_sweep *sweep;
};

/* Takes `setup` on success. Borrows the rest. NULL when out of memory. */
struct tcs_dispatch *tcs_dispatch_new(struct tcs_loop *loop,
    struct tcs_store *store, const char *realm, struct tcs_setup *setup);
/* After the worker is gone. */
void tcs_dispatch_free(struct tcs_dispatch **dispatch);
/* Takes `setup` and returns true: it is used from the next attempt on. False:
 * too many old ones are still in use. A person did this, who thereby also says
 * that the clock is right. */
bool tcs_dispatch_reload(
    struct tcs_dispatch *dispatch, struct tcs_setup *setup);
/* Start nothing more; call `drained` when nothing is in flight, or at the
 * latest after some seconds, with what is left given up. */
void tcs_dispatch_drain(
    struct tcs_dispatch *dispatch, void (*drained)(void *arg), void *arg);

/* For tcs_worker_new(), with the dispatch as its argument. */
extern const struct tcs_worker_ops tcs_dispatch_ops;

#endif

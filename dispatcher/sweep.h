/* sweep.h - what is over, and older than anyone asks for, leaves the store: an
 * hourly walk over the ledger's hashes, a page at a time. */
#ifndef TOCSIN_DISPATCHER_SWEEP_H
#define TOCSIN_DISPATCHER_SWEEP_H

#include "core/slice.h"
#include "dispatcher/ledger.h"

struct tcs_sweep; /* opaque */

struct tcs_sweep *tcs_sweep_new(struct tcs_dispatch *dispatch);
/* An answer that is still to come finds nobody. */
void tcs_sweep_free(struct tcs_sweep **sweep);
/* Called each second; starts a walk when it is time. */
void tcs_sweep_tick(struct tcs_sweep *sweep);

/* Start one, unless one is under way. */
void tcs_sweep_start(struct tcs_sweep *sweep);

/* May this field go? `rest` is its name without the home. */
bool tcs_sweep_is_over(const struct tcs_ledger *ledger, const char *hash,
    const char *rest, struct tcs_slice value, int64_t now_ms);
/* In the turn under way: forget the threads that are over. */
void tcs_sweep_threads(struct tcs_ledger *ledger, int64_t now_ms);

#endif

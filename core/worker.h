/* worker.h - a daemon's frame: owns units, loads their state, feeds them
 * records and timers, commits their steps, counts what crashes its reader.
 *
 * State lives in hashes of the store. A field is "<home>|<rest>": home is the
 * record's key (département, "FR") for a group of partitions, the unit's name
 * for named units; a unit is given only what is its own. A timer's name has
 * the same form. */
#ifndef TOCSIN_CORE_WORKER_H
#define TOCSIN_CORE_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/bus.h"
#include "core/err.h"
#include "core/step.h"

struct tcs_worker; /* opaque */

/* All are called from the loop. `step` belongs to the worker; a handler adds
 * to it. A handler that fails with TCS_EPARSE, TCS_EINVAL or TCS_ELIMIT has its
 * step emptied and the record is published to `rejected` with the diagnostic;
 * any other error revokes the unit, which is then taken again. Memory may run
 * ahead of commits: whatever fails revokes the unit and loads it anew. */
struct tcs_worker_ops {
	const char *group;            /* "rules" */
	const char *const *topics;    /* NULL-terminated, may be empty */
	const char *const *publishes; /* NULL-terminated, or NULL */
	const char *const *hashes;    /* state to load: "rule:threads", ... */
	const char *due;              /* sorted set of timers: "rule:due" */
	int64_t rest_ms; /* between two readings: tcs_bus_member_conf */

	/* Ownership began: make what tcs_unit_data() will hold. */
	enum tcs_err (*open)(void *arg, struct tcs_unit *unit);
	/* One field of one of `hashes`, before `ready`. An error is logged and
	 * revokes. NULL when `hashes` is empty. */
	enum tcs_err (*restore)(void *arg, struct tcs_unit *unit,
	    const char *hash, struct tcs_slice field, struct tcs_slice value,
	    struct tcs_diag *diag);
	/* All is loaded; records and timers follow. May be NULL. */
	enum tcs_err (*ready)(void *arg, struct tcs_unit *unit, bool is_clean);
	enum tcs_err (*record)(void *arg, struct tcs_unit *unit,
	    const struct tcs_record *record, struct tcs_step *step,
	    struct tcs_diag *diag);
	/* For a daemon whose handlers write outside the store: make that
	 * durable now, and add to the step what says how far it is. One step
	 * then stands for all records (64 at most) of 10 ms, or of the time
	 * that the step before it took. NULL: each record has a step, sent at
	 * once. */
	enum tcs_err (*sync)(void *arg, struct tcs_unit *unit,
	    struct tcs_step *step, struct tcs_diag *diag);
	/* `name` is due (realm's clock). The step is guarded by the stored due
	 * time and removes the timer, unless it is set again in the handler. A
	 * handler may keep the step: tcs_worker_take_step(). */
	enum tcs_err (*timer)(void *arg, struct tcs_unit *unit,
	    const char *name, int64_t due_ms, struct tcs_step *step);
	/* Ownership is over: free what `open` made, cancel what is on its way.
	 * Also after a failed open, restore or ready. */
	void (*close)(void *arg, struct tcs_unit *unit);
};

struct tcs_worker_conf {
	const char *instance;     /* NULL: "<host>.<group>" */
	const char *const *names; /* named units, or NULL for partitions */
};

/* Borrows loop and bus. NULL when out of memory. */
struct tcs_worker *tcs_worker_new(struct tcs_loop *loop, struct tcs_bus *bus,
    const struct tcs_worker_conf *conf, const struct tcs_worker_ops *ops,
    void *arg);
/* Release all units cleanly, then stop the loop. For SIGTERM. */
void tcs_worker_stop(struct tcs_worker *worker);
void tcs_worker_free(struct tcs_worker **worker); /* NULL-safe */

/* Set (or move) a timer as part of a step; due now or in the past fires at the
 * next turn after the commit. */
void tcs_worker_timer_set(struct tcs_unit *unit, struct tcs_step *step,
    const char *name, int64_t due_ms);
void tcs_worker_timer_clear(
    struct tcs_unit *unit, struct tcs_step *step, const char *name);
/* Inside a timer handler: the handler keeps the step, whose guard and removal
 * of the timer are in it already, and commits it with tcs_unit_commit() later.
 * Until then the timer stays due in the store and does not fire again. */
struct tcs_step *tcs_worker_take_step(struct tcs_unit *unit);
/* Free a taken step without committing it: the timer fires again after
 * `again_ms`. */
void tcs_worker_drop_step(
    struct tcs_unit *unit, struct tcs_step *step, int64_t again_ms);

#endif

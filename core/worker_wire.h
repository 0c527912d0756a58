/* worker_wire.h - the inside of a worker, for its files only: worker.c
 * (ownership, timers), worker_load.c (state), worker_record.c (records, and
 * what crashes its reader). */
#ifndef TOCSIN_CORE_WORKER_WIRE_H
#define TOCSIN_CORE_WORKER_WIRE_H

#include "core/worker.h"

struct tcs_due;
struct tcs_loop;
struct tcs_timer;

enum {
	WORKER_WINDOW = 64,
	WORKER_TICK_MAX_MS = 1000,
	WORKER_TICK_HELD_MS = 10,
	WORKER_TICK_FULL_MS = 100, /* while the outbox is at its bound */
};

enum { WORKER_LOADS = 24 }; /* questions that one unit waits for */

/* One question to the store, for all units that want its answer. */
struct worker_load {
	size_t hash; /* index in ops->hashes; then timers; then the hand */
	size_t n;
	struct worker_unit *units[]; /* NULL: the unit went meanwhile */
};

/* A record kept while its mark is made durable. */
struct worker_kept {
	struct tcs_record record; /* strings owned */
	struct tcs_header *headers;
};

/* What the worker knows of one owned unit; its own data hangs beside it. */
struct worker_unit {
	struct tcs_worker *worker;
	struct tcs_unit *unit;
	struct worker_unit *next;
	struct tcs_due *due;
	bool is_clean, is_open, is_ready, is_failed;
	bool is_waiting; /* for its questions to be asked */
	struct worker_load *loads[WORKER_LOADS]; /* not answered yet */
	size_t loads_n;
	struct tcs_step *taken; /* by the handler that runs */
	bool is_taken;
	/* Careful mode */
	bool is_careful;
	char mark[192];   /* topic and position found in the store */
	unsigned crashes; /* starts that found that mark */
	struct worker_kept *kept;
	/* With ops->sync: the step of the records not yet made durable. */
	struct tcs_step *batch;
	size_t batch_n;
	bool is_batch_out; /* the one before it is not yet answered */
};

struct tcs_worker {
	struct tcs_loop *loop;
	struct tcs_bus *bus;
	const struct tcs_worker_ops *ops;
	void *arg;
	struct tcs_bus_member *member;
	struct worker_unit *units;
	struct tcs_timer *tick, *leave, *sync, *load;
	bool is_stopping;
};

/* "hand:<group>:<unit>", without the realm. */
void tcs_worker_hand_key(const struct worker_unit *wu, char key[192]);
/* The unit cannot go on: it is revoked, and taken again. */
void tcs_worker_give_up(struct worker_unit *wu, const char *why);
/* Ask the store for everything the unit needs; then it is ready. Units that
 * are taken together are loaded together: what is theirs lies in the same
 * hashes, which are asked for once. */
void tcs_worker_load(struct worker_unit *wu);
void tcs_worker_load_waiting(void *arg); /* the timer `load` */
/* Free the unit's memory; answers still to come find nothing. */
void tcs_worker_unit_fini(struct worker_unit *wu);
void tcs_worker_on_record(
    void *arg, struct tcs_unit *unit, const struct tcs_record *record);
struct worker_unit *tcs_worker_find(
    struct tcs_worker *worker, const struct tcs_unit *unit);
/* Make durable what the handlers wrote outside, then send the held steps. */
void tcs_worker_flush(struct worker_unit *wu);
void tcs_worker_kept_free(struct worker_kept **kept);

#endif

/* worker_load.c - what a new owner reads before its first record: its hashes,
 * its timers, and what the last owner had in hand. */
#include <stdio.h>
#include <stdlib.h>

#include "core/due.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/store.h"
#include "core/worker_wire.h"

/* Neither waits for the other any more. */
static void
worker_load_leave(struct worker_load *load, struct worker_unit *wu)
{
	size_t at = 0;

	while (at < wu->loads_n && wu->loads[at] != load)
		at++;
	tcs_assert(at < wu->loads_n);
	wu->loads[at] = wu->loads[--wu->loads_n];
	for (size_t i = 0; i < load->n; i++) {
		if (load->units[i] == wu)
			load->units[i] = NULL;
	}
}

void
tcs_worker_unit_fini(struct worker_unit *wu)
{
	while (wu->loads_n > 0)
		worker_load_leave(wu->loads[0], wu);
	tcs_step_free(&wu->batch);
	tcs_due_free(&wu->due);
	tcs_worker_kept_free(&wu->kept);
	free(wu);
}

/* "<home>|<rest>": is home this unit's? Without '|' it is everyone's. */
static bool
worker_is_mine(const struct worker_unit *wu, struct tcs_slice field)
{
	struct tcs_slice rest;
	struct tcs_slice home = tcs_slice_cut(field, '|', &rest);

	return rest.p == NULL || tcs_unit_has_key(wu->unit, home);
}

static enum tcs_err
worker_restore(struct worker_unit *wu, const char *hash,
    const struct tcs_reply *reply, struct tcs_diag *diag)
{
	const struct tcs_worker_ops *ops = wu->worker->ops;

	for (size_t i = 0; i + 1 < tcs_reply_count(reply); i += 2) {
		struct tcs_slice field =
		    tcs_reply_slice(tcs_reply_at(reply, i));
		if (!worker_is_mine(wu, field))
			continue;
		enum tcs_err err = ops->restore(wu->worker->arg, wu->unit, hash,
		    field, tcs_reply_slice(tcs_reply_at(reply, i + 1)), diag);
		if (err != TCS_OK)
			return err;
	}
	return TCS_OK;
}

static enum tcs_err
worker_restore_timers(struct worker_unit *wu, const struct tcs_reply *reply)
{
	for (size_t i = 0; i + 1 < tcs_reply_count(reply); i += 2) {
		struct tcs_slice name = tcs_reply_slice(tcs_reply_at(reply, i));
		int64_t due_ms;
		if (!worker_is_mine(wu, name))
			continue;
		if (tcs_slice_i64(tcs_reply_slice(tcs_reply_at(reply, i + 1)),
		        INT64_MIN, INT64_MAX, &due_ms) != TCS_OK)
			return TCS_EPARSE;
		char *copy = tcs_slice_dup(name);
		enum tcs_err err =
		    copy == NULL ? TCS_ENOMEM
		                 : tcs_due_set(wu->due, copy, due_ms, due_ms);
		free(copy);
		if (err != TCS_OK)
			return err;
	}
	return TCS_OK;
}

static void
worker_restore_hand(struct worker_unit *wu, const struct tcs_reply *reply)
{
	struct tcs_slice mark = tcs_reply_slice(tcs_reply_at(reply, 0));
	struct tcs_slice count = tcs_reply_slice(tcs_reply_at(reply, 1));
	uint64_t crashes = 0;

	if (mark.n == 0 && wu->is_clean)
		return;
	wu->is_careful = true;
	(void)snprintf(wu->mark, sizeof(wu->mark), "%.*s", TCS_SLICE_ARG(mark));
	if (tcs_slice_u64(count, 1000000, &crashes) != TCS_OK)
		crashes = 0;
	wu->crashes = (unsigned)crashes;
	if (wu->is_clean && wu->crashes > 0)
		wu->crashes--; /* this start did not crash */
	tcs_log(TCS_LOG_WARNING, "unit.careful",
	    "group=%s unit=%s found=\"%s\" crashes=%u", wu->worker->ops->group,
	    tcs_unit_name(wu->unit), wu->mark, wu->crashes);
}

static void
worker_loaded_all(struct worker_unit *wu)
{
	const struct tcs_worker_ops *ops = wu->worker->ops;
	enum tcs_err err = TCS_OK;

	if (ops->ready != NULL)
		err = ops->ready(wu->worker->arg, wu->unit, wu->is_clean);
	if (err != TCS_OK) {
		tcs_worker_give_up(wu, tcs_strerror(err));
		return;
	}
	wu->is_ready = true;
	tcs_log(TCS_LOG_INFO, "unit.ready", "group=%s unit=%s timers=%zu",
	    ops->group, tcs_unit_name(wu->unit), tcs_due_count(wu->due));
	tcs_bus_read(wu->unit);
	tcs_timer_start(wu->worker->tick, 0);
}

static enum tcs_err
worker_load_take(const struct worker_load *load, struct worker_unit *wu,
    const struct tcs_reply *reply, struct tcs_diag *diag)
{
	const char *const *names = wu->worker->ops->hashes;
	size_t hashes = 0;

	while (names[hashes] != NULL)
		hashes++;
	if (load->hash < hashes)
		return worker_restore(wu, names[load->hash], reply, diag);
	if (load->hash == hashes)
		return worker_restore_timers(wu, reply);
	worker_restore_hand(wu, reply);
	return TCS_OK;
}

static void
worker_loaded(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct worker_load *load = arg;

	for (size_t i = 0; i < load->n; i++) {
		struct worker_unit *wu = load->units[i];
		struct tcs_diag diag = {0};
		enum tcs_err taken = err;
		if (wu == NULL)
			continue;
		worker_load_leave(load, wu);
		if (err == TCS_OK)
			taken = worker_load_take(load, wu, reply, &diag);
		if (taken != TCS_OK && !wu->is_failed)
			tcs_worker_give_up(wu, diag.n == 0
			                           ? tcs_strerror(taken)
			                           : tcs_diag_text(&diag));
		tcs_diag_fini(&diag);
		if (wu->loads_n == 0 && !wu->is_failed)
			worker_loaded_all(wu);
	}
	free(load);
}

static void
worker_load_add(struct worker_load *load, struct worker_unit *wu)
{
	tcs_assert(wu->loads_n < WORKER_LOADS);
	load->units[load->n++] = wu;
	wu->loads[wu->loads_n++] = load;
}

static struct worker_load *
worker_load_new(size_t hash, size_t units)
{
	struct worker_load *load =
	    calloc(1, sizeof(*load) + units * sizeof(struct worker_unit *));

	tcs_assert(load != NULL);
	load->hash = hash;
	return load;
}

/* For all units that wait. */
static struct worker_load *
worker_load_all(struct tcs_worker *worker, size_t hash)
{
	size_t n = 0;

	for (struct worker_unit *wu = worker->units; wu != NULL; wu = wu->next)
		n += wu->is_waiting;
	struct worker_load *load = worker_load_new(hash, n);
	for (struct worker_unit *wu = worker->units; wu != NULL;
	     wu = wu->next) {
		if (wu->is_waiting)
			worker_load_add(load, wu);
	}
	return load;
}

static void
worker_load_hand(struct worker_unit *wu, size_t hash)
{
	struct tcs_store *store = tcs_bus_store(wu->worker->bus);
	struct worker_load *load = worker_load_new(hash, 1);
	char key[256], hand[192];

	worker_load_add(load, wu);
	tcs_worker_hand_key(wu, hand);
	(void)snprintf(key, sizeof(key), "%s%s", tcs_store_realm(store), hand);
	tcs_store_send(
	    store, worker_loaded, load, "HMGET", key, "mark", "count", NULL);
}

void
tcs_worker_load_waiting(void *arg)
{
	struct tcs_worker *worker = arg;
	struct tcs_store *store = tcs_bus_store(worker->bus);
	const char *realm = tcs_store_realm(store);
	const char *const *names = worker->ops->hashes;
	char key[256];
	size_t i = 0;
	bool is_any = false;

	for (struct worker_unit *wu = worker->units; wu != NULL; wu = wu->next)
		is_any = is_any || wu->is_waiting;
	for (; is_any && names[i] != NULL; i++) {
		(void)snprintf(key, sizeof(key), "%s%s", realm, names[i]);
		tcs_store_send(store, worker_loaded, worker_load_all(worker, i),
		    "HGETALL", key, NULL);
	}
	if (!is_any)
		return;
	(void)snprintf(key, sizeof(key), "%s%s", realm, worker->ops->due);
	tcs_store_send(store, worker_loaded, worker_load_all(worker, i),
	    "ZRANGE", key, "0", "-1", "WITHSCORES", NULL);
	for (struct worker_unit *wu = worker->units; wu != NULL;
	     wu = wu->next) {
		if (wu->is_waiting)
			worker_load_hand(wu, i + 1);
		wu->is_waiting = false;
	}
}

void
tcs_worker_load(struct worker_unit *wu)
{
	wu->is_waiting = true;
	tcs_timer_start(wu->worker->load, 0);
}

/* worker_load.c - what a new owner reads before its first record: its hashes,
 * its timers, and what the last owner had in hand. */
#include <stdio.h>
#include <stdlib.h>

#include "core/due.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/store.h"
#include "core/worker_wire.h"

void
tcs_worker_unit_fini(struct worker_unit *wu)
{
	/* One that is still to be answered is freed by its answer. */
	for (size_t i = 0; i < wu->loads_n; i++) {
		if (wu->loads[i]->is_done)
			free(wu->loads[i]);
		else
			wu->loads[i]->unit = NULL;
	}
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

static void
worker_loaded(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct worker_load *load = arg;
	struct worker_unit *wu = load->unit;
	struct tcs_diag diag = {0};
	size_t hashes = 0;

	if (wu == NULL) {
		free(load);
		return;
	}
	load->is_done = true;
	const char *const *names = wu->worker->ops->hashes;
	while (names[hashes] != NULL)
		hashes++;
	if (err == TCS_OK && load->hash < hashes)
		err = worker_restore(wu, names[load->hash], reply, &diag);
	else if (err == TCS_OK && load->hash == hashes)
		err = worker_restore_timers(wu, reply);
	else if (err == TCS_OK)
		worker_restore_hand(wu, reply);
	wu->loading--;
	if (err != TCS_OK && !wu->is_failed)
		tcs_worker_give_up(
		    wu, diag.n == 0 ? tcs_strerror(err) : tcs_diag_text(&diag));
	tcs_diag_fini(&diag);
	if (wu->loading == 0 && !wu->is_failed)
		worker_loaded_all(wu);
}

static struct worker_load *
worker_load_new(struct worker_unit *wu, size_t hash)
{
	struct worker_load *load = calloc(1, sizeof(*load));

	tcs_assert(load != NULL && wu->loads_n < 24);
	load->unit = wu;
	load->hash = hash;
	wu->loads[wu->loads_n++] = load;
	wu->loading++;
	return load;
}

void
tcs_worker_load(struct worker_unit *wu)
{
	struct tcs_store *store = tcs_bus_store(wu->worker->bus);
	const char *realm = tcs_store_realm(store);
	const char *const *names = wu->worker->ops->hashes;
	char key[256], hand[192];
	size_t i = 0;

	for (; names[i] != NULL; i++) {
		(void)snprintf(key, sizeof(key), "%s%s", realm, names[i]);
		tcs_store_send(store, worker_loaded, worker_load_new(wu, i),
		    "HGETALL", key, NULL);
	}
	(void)snprintf(key, sizeof(key), "%s%s", realm, wu->worker->ops->due);
	tcs_store_send(store, worker_loaded, worker_load_new(wu, i), "ZRANGE",
	    key, "0", "-1", "WITHSCORES", NULL);
	tcs_worker_hand_key(wu, hand);
	(void)snprintf(key, sizeof(key), "%s%s", realm, hand);
	tcs_store_send(store, worker_loaded, worker_load_new(wu, i + 1),
	    "HMGET", key, "mark", "count", NULL);
}

/* worker.c - see worker.h.
 *
 *   assigned -> open -> HGETALL of each hash, timers, hand -> restore ...
 *            -> ready -> records and timers -> revoked -> close
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/due.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/step_wire.h"
#include "core/worker_wire.h"

struct worker_unit *
tcs_worker_find(struct tcs_worker *worker, const struct tcs_unit *unit)
{
	struct worker_unit *wu = worker->units;

	while (wu != NULL && wu->unit != unit)
		wu = wu->next;
	return wu;
}

/* Timers find their worker through the unit. One worker a process. */
static struct tcs_worker *worker_only;

void
tcs_worker_hand_key(const struct worker_unit *wu, char key[192])
{
	(void)snprintf(key, 192, "hand:%s:%s", wu->worker->ops->group,
	    tcs_unit_name(wu->unit));
}

/* The unit cannot go on: a step that must fail makes the bus revoke it, so
 * that there is one way out. */
void
tcs_worker_give_up(struct worker_unit *wu, const char *why)
{
	struct tcs_step *step = tcs_unit_step(wu->unit);

	tcs_log(TCS_LOG_ERROR, "unit.failed", "group=%s unit=%s reason=\"%s\"",
	    wu->worker->ops->group, tcs_unit_name(wu->unit), why);
	wu->is_failed = true;
	tcs_bus_pause(wu->unit);
	tcs_assert(step != NULL);
	char key[192];
	tcs_worker_hand_key(wu, key);
	tcs_step_guard_field(step, key, "given-up", tcs_slice_str("never"));
	tcs_unit_commit(wu->unit, step, NULL, NULL);
}

/* Timers */

void
tcs_worker_timer_set(struct tcs_unit *unit, struct tcs_step *step,
    const char *name, int64_t due_ms)
{
	struct worker_unit *wu = tcs_worker_find(worker_only, unit);

	tcs_assert(wu != NULL);
	tcs_step_zadd(step, wu->worker->ops->due, name, due_ms);
	tcs_assert(tcs_due_set(wu->due, name, due_ms, due_ms) == TCS_OK);
	tcs_timer_start(wu->worker->tick, 0);
}

void
tcs_worker_timer_clear(
    struct tcs_unit *unit, struct tcs_step *step, const char *name)
{
	struct worker_unit *wu = tcs_worker_find(worker_only, unit);

	tcs_assert(wu != NULL);
	tcs_step_zrem(step, wu->worker->ops->due, name);
	tcs_due_clear(wu->due, name);
}

struct tcs_step *
tcs_worker_take_step(struct tcs_unit *unit)
{
	struct worker_unit *wu = tcs_worker_find(worker_only, unit);

	tcs_assert(wu != NULL && wu->taken != NULL && !wu->is_taken);
	wu->is_taken = true;
	return wu->taken;
}

void
tcs_worker_drop_step(
    struct tcs_unit *unit, struct tcs_step *step, int64_t again_ms)
{
	struct worker_unit *wu = tcs_worker_find(worker_only, unit);
	int64_t due_ms;
	const char *name = tcs_step_note(step, &due_ms);

	tcs_assert(wu != NULL && name != NULL);
	tcs_assert(tcs_due_set(wu->due, name, tcs_clock_now_ms() + again_ms,
	               due_ms) == TCS_OK);
	tcs_step_free(&step);
	tcs_timer_start(wu->worker->tick, again_ms);
}

static void
worker_fire(struct worker_unit *wu, const char *name, int64_t due_ms)
{
	const struct tcs_worker_ops *ops = wu->worker->ops;
	struct tcs_step *step = tcs_unit_step(wu->unit);

	tcs_assert(step != NULL);
	tcs_step_guard_score(step, ops->due, name, due_ms);
	tcs_step_zrem(step, ops->due, name);
	tcs_step_set_note(step, name, due_ms);
	wu->taken = step;
	wu->is_taken = false;
	enum tcs_err err =
	    ops->timer(wu->worker->arg, wu->unit, name, due_ms, step);
	bool is_taken = wu->is_taken;
	wu->taken = NULL;
	wu->is_taken = false;
	if (is_taken)
		return;
	if (err != TCS_OK) {
		tcs_step_free(&step);
		tcs_worker_give_up(wu, tcs_strerror(err));
		return;
	}
	tcs_unit_commit(wu->unit, step, NULL, NULL);
}

/* What is due now; at most a batch, so that records get their turn. */
static void
worker_fire_due(struct worker_unit *wu)
{
	char *name;
	int64_t due_ms;

	for (int i = 0; i < WORKER_WINDOW; i++) {
		if (!wu->is_ready || wu->is_failed ||
		    tcs_unit_is_full(wu->unit) ||
		    !tcs_due_pop(wu->due, tcs_clock_now_ms(), &name, &due_ms))
			return;
		worker_fire(wu, name, due_ms);
		free(name);
	}
}

/* At least each second, so that a wall clock that was set is noticed. */
static void
worker_tick(void *arg)
{
	struct tcs_worker *worker = arg;
	int64_t wait =
	    tcs_clock_is_held() ? WORKER_TICK_HELD_MS : WORKER_TICK_MAX_MS;

	if (worker->is_stopping)
		return;
	for (struct worker_unit *wu = worker->units; wu != NULL; wu = wu->next)
		worker_fire_due(wu);
	for (struct worker_unit *wu = worker->units; wu != NULL;
	     wu = wu->next) {
		int64_t next = tcs_due_next(wu->due);
		bool is_idle = next == INT64_MAX || !wu->is_ready;
		int64_t left = is_idle ? wait : next - tcs_clock_now_ms();
		if (!is_idle && left < WORKER_TICK_FULL_MS &&
		    tcs_unit_is_full(wu->unit))
			left = WORKER_TICK_FULL_MS;
		if (left < wait)
			wait = left < 0 ? 0 : left;
	}
	tcs_timer_start(worker->tick, wait);
}

/* Ownership */

static void
worker_assigned(void *arg, struct tcs_unit *unit, bool is_clean)
{
	struct tcs_worker *worker = arg;
	struct worker_unit *wu = calloc(1, sizeof(*wu));

	tcs_assert(wu != NULL);
	wu->worker = worker;
	wu->unit = unit;
	wu->is_clean = is_clean;
	wu->due = tcs_due_new();
	tcs_assert(wu->due != NULL);
	wu->next = worker->units;
	worker->units = wu;
	tcs_log(TCS_LOG_INFO, "unit.taken", "group=%s unit=%s clean=%s",
	    worker->ops->group, tcs_unit_name(unit), is_clean ? "yes" : "no");
	enum tcs_err err = worker->ops->open(worker->arg, unit);
	wu->is_open = true;
	if (err != TCS_OK) {
		tcs_worker_give_up(wu, tcs_strerror(err));
		return;
	}
	tcs_worker_load(wu);
}

static void
worker_revoked(void *arg, struct tcs_unit *unit, const char *reason)
{
	struct tcs_worker *worker = arg;
	struct worker_unit **at = &worker->units;

	while (*at != NULL && (*at)->unit != unit)
		at = &(*at)->next;
	tcs_assert(*at != NULL);
	struct worker_unit *wu = *at;
	tcs_log(worker->is_stopping ? TCS_LOG_INFO : TCS_LOG_WARNING,
	    "unit.revoked", "group=%s unit=%s reason=\"%s\"",
	    worker->ops->group, tcs_unit_name(unit), reason);
	if (wu->is_open)
		worker->ops->close(worker->arg, unit);
	*at = wu->next;
	tcs_worker_unit_fini(wu);
}

static const struct tcs_bus_member_ops worker_member_ops = {
    .assigned = worker_assigned,
    .revoked = worker_revoked,
    .record = tcs_worker_on_record,
};

static void
worker_left(void *arg)
{
	struct tcs_worker *worker = arg;

	tcs_loop_stop(worker->loop);
}

static void
worker_sync(void *arg)
{
	struct tcs_worker *worker = arg;

	for (struct worker_unit *wu = worker->units; wu != NULL; wu = wu->next)
		tcs_worker_flush(wu);
}

struct tcs_worker *
tcs_worker_new(struct tcs_loop *loop, struct tcs_bus *bus,
    const struct tcs_worker_conf *conf, const struct tcs_worker_ops *ops,
    void *arg)
{
	struct tcs_worker *worker = calloc(1, sizeof(*worker));
	char host[64] = "localhost", instance[96];

	if (worker == NULL)
		return NULL;
	worker->loop = loop;
	worker->bus = bus;
	worker->ops = ops;
	worker->arg = arg;
	(void)gethostname(host, sizeof(host) - 1);
	(void)snprintf(
	    instance, sizeof(instance), "%.60s.%.30s", host, ops->group);
	const struct tcs_bus_member_conf member = {.group = ops->group,
	    .instance = conf->instance == NULL ? instance : conf->instance,
	    .topics = ops->topics,
	    .publishes = ops->publishes,
	    .names = conf->names,
	    .window = WORKER_WINDOW,
	    .rest_ms = ops->rest_ms};
	worker->tick = tcs_timer_new(loop, worker_tick, worker);
	worker->leave = tcs_timer_new(loop, worker_left, worker);
	worker->sync = tcs_timer_new(loop, worker_sync, worker);
	worker->load = tcs_timer_new(loop, tcs_worker_load_waiting, worker);
	worker->member = tcs_bus_join(bus, &member, &worker_member_ops, worker);
	worker_only = worker;
	if (worker->tick == NULL || worker->leave == NULL ||
	    worker->sync == NULL || worker->load == NULL ||
	    worker->member == NULL)
		tcs_worker_free(&worker);
	return worker;
}

void
tcs_worker_stop(struct tcs_worker *worker)
{
	if (worker->is_stopping)
		return;
	worker_sync(worker);
	worker->is_stopping = true;
	tcs_timer_start(worker->leave, TCS_SECONDS(3)); /* store away */
	tcs_bus_leave(worker->member, worker_left, worker);
}

void
tcs_worker_free(struct tcs_worker **worker)
{
	if (worker == NULL || *worker == NULL)
		return;
	struct tcs_worker *w = *worker;
	while (w->units != NULL) {
		struct worker_unit *wu = w->units;
		w->units = wu->next;
		if (wu->is_open)
			w->ops->close(w->arg, wu->unit);
		tcs_worker_unit_fini(wu);
	}
	tcs_bus_member_free(&w->member);
	tcs_timer_free(&w->tick);
	tcs_timer_free(&w->leave);
	tcs_timer_free(&w->sync);
	tcs_timer_free(&w->load);
	worker_only = NULL;
	free(w);
	*worker = NULL;
}

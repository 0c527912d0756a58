/* worker.c - see worker.h.
 *
 *   assigned -> open -> HGETALL of each hash, timers, hand -> restore ...
 *            -> ready -> records and timers -> revoked -> close
 *
 * A record that crashes its reader: after an unclean start the unit is
 * *careful*: it marks each record in the store before it handles it, one at a
 * time, and counts the starts that find the same mark. The fifth start sets
 * the record aside. The first marked record that is done ends it. */
#include "core/worker.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/due.h"
#include "core/failpoint.h"
#include "core/json.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/step_wire.h"
#include "core/store.h"

enum {
	WORKER_WINDOW = 64,
	WORKER_CRASHES_MAX = 5,
	WORKER_TICK_MAX_MS = 1000,
	WORKER_TICK_HELD_MS = 10,
};

struct worker_load {
	struct worker_unit *unit; /* NULL: the unit went meanwhile */
	size_t hash;              /* index in ops->hashes */
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
	size_t loading; /* answers still to come */
	struct worker_load *loads[24];
	size_t loads_n;
	struct tcs_step *taken; /* by the handler that runs */
	bool is_taken;
	/* Careful mode */
	bool is_careful;
	char mark[192];   /* topic and position found in the store */
	unsigned crashes; /* starts that found that mark */
	struct worker_kept *kept;
};

struct tcs_worker {
	struct tcs_loop *loop;
	struct tcs_bus *bus;
	const struct tcs_worker_ops *ops;
	void *arg;
	struct tcs_bus_member *member;
	struct worker_unit *units;
	struct tcs_timer *tick, *leave;
	bool is_stopping;
};

static void worker_handle(
    struct worker_unit *wu, const struct tcs_record *record);
static void worker_tick(void *arg);

static struct worker_unit *
worker_find(struct tcs_worker *worker, const struct tcs_unit *unit)
{
	struct worker_unit *wu = worker->units;

	while (wu != NULL && wu->unit != unit)
		wu = wu->next;
	return wu;
}

/* Timers find their worker through the unit. One worker a process. */
static struct tcs_worker *worker_only;

static void
worker_hand_key(const struct worker_unit *wu, char key[192])
{
	(void)snprintf(key, 192, "hand:%s:%s", wu->worker->ops->group,
	    tcs_unit_name(wu->unit));
}

/* The unit cannot go on: a step that must fail makes the bus revoke it, so
 * that there is one way out. */
static void
worker_give_up(struct worker_unit *wu, const char *why)
{
	struct tcs_step *step = tcs_unit_step(wu->unit);

	tcs_log(TCS_LOG_ERROR, "unit.failed", "group=%s unit=%s reason=\"%s\"",
	    wu->worker->ops->group, tcs_unit_name(wu->unit), why);
	wu->is_failed = true;
	tcs_bus_pause(wu->unit);
	tcs_assert(step != NULL);
	char key[192];
	worker_hand_key(wu, key);
	tcs_step_guard_field(step, key, "given-up", tcs_slice_str("never"));
	tcs_unit_commit(wu->unit, step, NULL, NULL);
}

/* Records */

static void
worker_kept_free(struct worker_kept **kept)
{
	if (*kept == NULL)
		return;
	struct tcs_record *record = &(*kept)->record;
	for (size_t i = 0; i < record->headers_n; i++) {
		free((void *)(uintptr_t)(*kept)->headers[i].name.p);
		free((void *)(uintptr_t)(*kept)->headers[i].value.p);
	}
	free((*kept)->headers);
	free((void *)(uintptr_t)record->topic);
	free((void *)(uintptr_t)record->position);
	free((void *)(uintptr_t)record->key.p);
	free((void *)(uintptr_t)record->value.p);
	free(*kept);
	*kept = NULL;
}

static struct tcs_slice
worker_copy(struct tcs_slice s)
{
	char *copy = tcs_slice_dup(s);

	tcs_assert(copy != NULL);
	return tcs_slice(copy, s.n);
}

static struct worker_kept *
worker_keep(const struct tcs_record *record)
{
	struct worker_kept *kept = calloc(1, sizeof(*kept));

	tcs_assert(kept != NULL);
	kept->headers = calloc(record->headers_n + 1, sizeof(*kept->headers));
	tcs_assert(kept->headers != NULL);
	for (size_t i = 0; i < record->headers_n; i++) {
		kept->headers[i].name = worker_copy(record->headers[i].name);
		kept->headers[i].value = worker_copy(record->headers[i].value);
	}
	kept->record = (struct tcs_record){
	    .topic = worker_copy(tcs_slice_str(record->topic)).p,
	    .partition = record->partition,
	    .position = worker_copy(tcs_slice_str(record->position)).p,
	    .key = worker_copy(record->key),
	    .value = worker_copy(record->value),
	    .headers = kept->headers,
	    .headers_n = record->headers_n};
	return kept;
}

static void
worker_rejected_json(const struct worker_unit *wu,
    const struct tcs_record *record, const char *reason, struct tcs_buf *buf)
{
	json_t *root = json_object();

	tcs_assert(root != NULL);
	(void)tcs_json_set_i64(root, "v", 1);
	(void)tcs_json_set_str(root, "by", wu->worker->ops->group);
	(void)tcs_json_set_str(root, "topic", record->topic);
	(void)tcs_json_set_i64(root, "partition", record->partition);
	(void)tcs_json_set_str(root, "position", record->position);
	(void)tcs_json_set_slice(root, "key", record->key);
	(void)tcs_json_set_str(root, "reason", reason);
	/* Room for the other members within the record's limit. */
	if (record->value.n < TCS_RECORD_MAX / 2 &&
	    tcs_slice_is_utf8(record->value))
		(void)tcs_json_set_slice(root, "value", record->value);
	else
		(void)tcs_json_set_i64(
		    root, "value_size", (int64_t)record->value.n);
	tcs_json_write(buf, root);
	json_decref(root);
}

static void
worker_reject(struct worker_unit *wu, const struct tcs_record *record,
    struct tcs_step *step, const char *reason)
{
	struct tcs_buf buf;
	char id[256];

	tcs_log(TCS_LOG_ERROR, "record.rejected",
	    "group=%s topic=%s position=%s reason=\"%s\"",
	    wu->worker->ops->group, record->topic, record->position, reason);
	tcs_buf_init(&buf, TCS_RECORD_MAX);
	worker_rejected_json(wu, record, reason, &buf);
	(void)snprintf(id, sizeof(id), "%s.%u/%s", record->topic,
	    record->partition, record->position);
	const struct tcs_header header = {
	    tcs_slice_str("id"), tcs_slice_str(id)};
	const struct tcs_outgoing out = {.topic = "rejected",
	    .key = record->key,
	    .value = tcs_buf_view(&buf),
	    .headers = &header,
	    .headers_n = 1};
	tcs_step_publish(step, &out);
	tcs_buf_fini(&buf);
}

static void
worker_marked_done(void *arg)
{
	struct worker_unit *wu = arg;

	wu->is_careful = false;
	wu->mark[0] = '\0';
	wu->crashes = 0;
	tcs_log(TCS_LOG_INFO, "unit.careful-over", "group=%s unit=%s",
	    wu->worker->ops->group, tcs_unit_name(wu->unit));
	worker_kept_free(&wu->kept);
	tcs_bus_read(wu->unit);
}

static bool
worker_is_rejection(enum tcs_err err)
{
	return err == TCS_EPARSE || err == TCS_EINVAL || err == TCS_ELIMIT;
}

static void
worker_handle(struct worker_unit *wu, const struct tcs_record *record)
{
	struct tcs_diag diag = {0};
	const struct tcs_worker_ops *ops = wu->worker->ops;
	struct tcs_step *step = tcs_unit_step(wu->unit);
	bool is_poison = wu->is_careful && wu->crashes >= WORKER_CRASHES_MAX;
	enum tcs_err err = TCS_EINVAL;

	tcs_assert(step != NULL);
	if (is_poison)
		(void)tcs_diag_add(&diag, err, NULL, 0,
		    "its reader crashed on it %u times", wu->crashes);
	else
		err =
		    ops->record(wu->worker->arg, wu->unit, record, step, &diag);
	if (worker_is_rejection(err)) {
		tcs_step_clear(step);
		worker_reject(wu, record, step,
		    diag.n == 0 ? tcs_strerror(err) : tcs_diag_text(&diag));
		err = TCS_OK;
	}
	if (err != TCS_OK) {
		tcs_step_free(&step);
		worker_give_up(
		    wu, diag.n == 0 ? tcs_strerror(err) : tcs_diag_text(&diag));
		tcs_diag_fini(&diag);
		return;
	}
	tcs_diag_fini(&diag);
	tcs_step_input_record(step, wu->unit, record);
	bool was_careful = wu->is_careful;
	if (was_careful) {
		char key[192];
		worker_hand_key(wu, key);
		tcs_step_hdel(step, key, "mark");
		tcs_step_hdel(step, key, "count");
	}
	tcs_unit_commit(
	    wu->unit, step, was_careful ? worker_marked_done : NULL, wu);
}

static void
worker_mark_made(void *arg)
{
	struct worker_unit *wu = arg;

	tcs_failpoint("worker.marked");
	worker_handle(wu, &wu->kept->record);
}

/* Make the record's mark durable, then handle the copy of it. */
static void
worker_mark(struct worker_unit *wu, const struct tcs_record *record)
{
	char key[192], mark[192], count[16];
	struct tcs_step *step = tcs_unit_step(wu->unit);

	tcs_assert(step != NULL);
	tcs_bus_pause(wu->unit);
	worker_kept_free(&wu->kept);
	wu->kept = worker_keep(record);
	(void)snprintf(
	    mark, sizeof(mark), "%s %s", record->topic, record->position);
	wu->crashes = strcmp(mark, wu->mark) == 0 ? wu->crashes + 1 : 1;
	(void)snprintf(count, sizeof(count), "%u", wu->crashes);
	worker_hand_key(wu, key);
	tcs_step_hset(step, key, "mark", tcs_slice_str(mark));
	tcs_step_hset(step, key, "count", tcs_slice_str(count));
	tcs_unit_commit(wu->unit, step, worker_mark_made, wu);
}

static void
worker_record(void *arg, struct tcs_unit *unit, const struct tcs_record *record)
{
	struct worker_unit *wu = worker_find(arg, unit);

	tcs_assert(wu != NULL && wu->is_ready);
	if (wu->is_failed)
		return;
	tcs_failpoint("worker.record");
	if (wu->is_careful)
		worker_mark(wu, record);
	else
		worker_handle(wu, record);
}

/* Timers */

void
tcs_worker_timer_set(struct tcs_unit *unit, struct tcs_step *step,
    const char *name, int64_t due_ms)
{
	struct worker_unit *wu = worker_find(worker_only, unit);

	tcs_assert(wu != NULL);
	tcs_step_zadd(step, wu->worker->ops->due, name, due_ms);
	tcs_assert(tcs_due_set(wu->due, name, due_ms, due_ms) == TCS_OK);
	tcs_timer_start(wu->worker->tick, 0);
}

void
tcs_worker_timer_clear(
    struct tcs_unit *unit, struct tcs_step *step, const char *name)
{
	struct worker_unit *wu = worker_find(worker_only, unit);

	tcs_assert(wu != NULL);
	tcs_step_zrem(step, wu->worker->ops->due, name);
	tcs_due_clear(wu->due, name);
}

struct tcs_step *
tcs_worker_take_step(struct tcs_unit *unit)
{
	struct worker_unit *wu = worker_find(worker_only, unit);

	tcs_assert(wu != NULL && wu->taken != NULL && !wu->is_taken);
	wu->is_taken = true;
	return wu->taken;
}

void
tcs_worker_drop_step(
    struct tcs_unit *unit, struct tcs_step *step, int64_t again_ms)
{
	struct worker_unit *wu = worker_find(worker_only, unit);
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
		worker_give_up(wu, tcs_strerror(err));
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
		int64_t left = next == INT64_MAX || !wu->is_ready
		                   ? wait
		                   : next - tcs_clock_now_ms();
		if (left < wait)
			wait = left < 0 ? 0 : left;
	}
	tcs_timer_start(worker->tick, wait);
}

/* Loading */

static void
worker_unit_fini(struct worker_unit *wu)
{
	for (size_t i = 0; i < wu->loads_n; i++)
		wu->loads[i]->unit = NULL;
	tcs_due_free(&wu->due);
	worker_kept_free(&wu->kept);
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
		worker_give_up(wu, tcs_strerror(err));
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
		worker_give_up(
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

static void
worker_load_all(struct worker_unit *wu)
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
	worker_hand_key(wu, hand);
	(void)snprintf(key, sizeof(key), "%s%s", realm, hand);
	tcs_store_send(store, worker_loaded, worker_load_new(wu, i + 1),
	    "HMGET", key, "mark", "count", NULL);
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
		worker_give_up(wu, tcs_strerror(err));
		return;
	}
	worker_load_all(wu);
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
	worker_unit_fini(wu);
}

static const struct tcs_bus_member_ops worker_member_ops = {
    .assigned = worker_assigned,
    .revoked = worker_revoked,
    .record = worker_record,
};

static void
worker_left(void *arg)
{
	struct tcs_worker *worker = arg;

	tcs_loop_stop(worker->loop);
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
	    .names = conf->names,
	    .window = WORKER_WINDOW};
	worker->tick = tcs_timer_new(loop, worker_tick, worker);
	worker->leave = tcs_timer_new(loop, worker_left, worker);
	worker->member = tcs_bus_join(bus, &member, &worker_member_ops, worker);
	worker_only = worker;
	if (worker->tick == NULL || worker->leave == NULL ||
	    worker->member == NULL)
		tcs_worker_free(&worker);
	return worker;
}

void
tcs_worker_stop(struct tcs_worker *worker)
{
	if (worker->is_stopping)
		return;
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
		worker_unit_fini(wu);
	}
	tcs_bus_member_free(&w->member);
	tcs_timer_free(&w->tick);
	tcs_timer_free(&w->leave);
	worker_only = NULL;
	free(w);
	*worker = NULL;
}

/* worker_record.c - one record, one step; and what crashes its reader: after an
 * unclean start the unit is *careful*: it marks each record in the store
 * before it handles it, one at a time, and counts the starts that find the
 * same mark. The fifth start sets the record aside. The first marked record
 * that is done ends it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/failpoint.h"
#include "core/json.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/step_wire.h"
#include "core/worker_wire.h"

enum {
	WORKER_CRASHES_MAX = 5,
	WORKER_SYNC_MS = 10,
	WORKER_HEADERS_MAX = 100000, /* bytes, of a record set aside */
	WORKER_HEADER_NAME_MAX = 256
};

static void worker_handle(
    struct worker_unit *wu, const struct tcs_record *record);

void
tcs_worker_kept_free(struct worker_kept **kept)
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
	    .at_ms = record->at_ms,
	    .key = worker_copy(record->key),
	    .value = worker_copy(record->value),
	    .headers = kept->headers,
	    .headers_n = record->headers_n};
	return kept;
}

/* {name: value}, or NULL when an object cannot be the same: bytes that are no
 * text, a name that comes twice, too many bytes. */
static json_t *
worker_headers_json(const struct tcs_record *record)
{
	json_t *headers = json_object();
	char name[WORKER_HEADER_NAME_MAX];
	size_t size = 0;

	tcs_assert(headers != NULL);
	for (size_t i = 0; i < record->headers_n; i++) {
		const struct tcs_header *h = &record->headers[i];
		size += h->name.n + h->value.n;
		if (!tcs_slice_is_utf8(h->name) || h->name.n >= sizeof(name) ||
		    size > WORKER_HEADERS_MAX)
			goto other;
		(void)snprintf(
		    name, sizeof(name), "%.*s", TCS_SLICE_ARG(h->name));
		if (json_object_get(headers, name) != NULL ||
		    !tcs_json_set_slice(headers, name, h->value))
			goto other;
	}
	return headers;
other:
	json_decref(headers);
	return NULL;
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
	json_t *headers = worker_headers_json(record);
	if (headers != NULL)
		(void)json_object_set_new(root, "headers", headers);
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
	tcs_worker_kept_free(&wu->kept);
	tcs_bus_read(wu->unit);
}

/* The batch is committed: what came meanwhile follows at once. */
static void
worker_batch_done(void *arg)
{
	struct worker_unit *wu = arg;

	wu->is_batch_out = false;
	if (wu->is_careful)
		worker_marked_done(wu);
	else
		tcs_bus_read(wu->unit);
	tcs_worker_flush(wu);
}

void
tcs_worker_flush(struct worker_unit *wu)
{
	struct tcs_diag diag = {0};

	if (wu->batch_n == 0 || wu->is_batch_out || wu->is_failed)
		return;
	enum tcs_err err =
	    wu->worker->ops->sync(wu->worker->arg, wu->unit, wu->batch, &diag);
	if (err != TCS_OK) {
		tcs_worker_give_up(
		    wu, diag.n == 0 ? tcs_strerror(err) : tcs_diag_text(&diag));
		tcs_diag_fini(&diag);
		return;
	}
	tcs_diag_fini(&diag);
	struct tcs_step *step = wu->batch;
	wu->batch = NULL;
	wu->batch_n = 0;
	wu->is_batch_out = true;
	tcs_unit_commit(wu->unit, step, worker_batch_done, wu);
}

/* At once, or after what the handlers wrote outside is durable. */
static void
worker_send(struct worker_unit *wu, struct tcs_step *step)
{
	if (wu->worker->ops->sync == NULL) {
		tcs_unit_commit(wu->unit, step,
		    wu->is_careful ? worker_marked_done : NULL, wu);
		return;
	}
	wu->batch = step;
	wu->batch_n++;
	if (wu->batch_n == WORKER_WINDOW)
		tcs_bus_pause(wu->unit);
	if (wu->is_careful || wu->batch_n == WORKER_WINDOW)
		tcs_worker_flush(wu);
	else if (wu->batch_n == 1)
		tcs_timer_start(wu->worker->sync, WORKER_SYNC_MS);
}

static bool
worker_is_rejection(enum tcs_err err)
{
	return err == TCS_EPARSE || err == TCS_EINVAL || err == TCS_ELIMIT;
}

/* A realm's clock reaches each process in its own time. What a record says was
 * done at an instant is not read before it: else the same episode has other
 * times, and other identifiers, whenever a process lags behind. */
static void
worker_follow_clock(const struct tcs_record *record)
{
	static const char *const stages[] = {
	    "reported", "signalled", "proposed", "decided"};
	int64_t at_ms;

	if (!tcs_clock_is_held())
		return;
	for (size_t i = 0; i < record->headers_n; i++) {
		const struct tcs_header *header = &record->headers[i];
		for (size_t k = 0; k < sizeof(stages) / sizeof(stages[0]);
		     k++) {
			if (tcs_slice_is(header->name, stages[k]) &&
			    tcs_slice_i64(header->value, 0, INT64_MAX / 2,
			        &at_ms) == TCS_OK &&
			    at_ms > tcs_clock_now_ms())
				tcs_clock_hold(at_ms);
		}
	}
}

static void
worker_handle(struct worker_unit *wu, const struct tcs_record *record)
{
	struct tcs_diag diag = {0};
	const struct tcs_worker_ops *ops = wu->worker->ops;
	struct tcs_step *step =
	    wu->batch == NULL ? tcs_unit_step(wu->unit) : wu->batch;
	bool is_poison = wu->is_careful && wu->crashes >= WORKER_CRASHES_MAX;
	enum tcs_err err = TCS_EINVAL;

	worker_follow_clock(record);
	tcs_assert(step != NULL);
	struct tcs_step_mark mark = tcs_step_mark(step);
	if (is_poison)
		(void)tcs_diag_add(&diag, err, NULL, 0,
		    "its reader crashed on it %u times", wu->crashes);
	else
		err =
		    ops->record(wu->worker->arg, wu->unit, record, step, &diag);
	if (worker_is_rejection(err)) {
		tcs_step_rewind(step, mark);
		worker_reject(wu, record, step,
		    diag.n == 0 ? tcs_strerror(err) : tcs_diag_text(&diag));
		err = TCS_OK;
	}
	if (err != TCS_OK) {
		wu->batch = NULL;
		wu->batch_n = 0;
		tcs_step_free(&step);
		tcs_worker_give_up(
		    wu, diag.n == 0 ? tcs_strerror(err) : tcs_diag_text(&diag));
		tcs_diag_fini(&diag);
		return;
	}
	tcs_diag_fini(&diag);
	tcs_step_input_record(step, wu->unit, record);
	if (wu->is_careful) {
		char key[192];
		tcs_worker_hand_key(wu, key);
		tcs_step_hdel(step, key, "mark");
		tcs_step_hdel(step, key, "count");
	}
	worker_send(wu, step);
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
	tcs_worker_kept_free(&wu->kept);
	wu->kept = worker_keep(record);
	(void)snprintf(
	    mark, sizeof(mark), "%s %s", record->topic, record->position);
	wu->crashes = strcmp(mark, wu->mark) == 0 ? wu->crashes + 1 : 1;
	(void)snprintf(count, sizeof(count), "%u", wu->crashes);
	tcs_worker_hand_key(wu, key);
	tcs_step_hset(step, key, "mark", tcs_slice_str(mark));
	tcs_step_hset(step, key, "count", tcs_slice_str(count));
	tcs_unit_commit(wu->unit, step, worker_mark_made, wu);
}

void
tcs_worker_on_record(
    void *arg, struct tcs_unit *unit, const struct tcs_record *record)
{
	struct worker_unit *wu = tcs_worker_find(arg, unit);

	tcs_assert(wu != NULL && wu->is_ready);
	if (wu->is_failed)
		return;
	tcs_failpoint("worker.record");
	if (wu->is_careful)
		worker_mark(wu, record);
	else
		worker_handle(wu, record);
}

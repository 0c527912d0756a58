/* kafka_outbox.c - what a step publishes, from its commit to the group's
 * offset: see kafka.h.
 *
 *   prepared --script: yes--> produced --all acknowledged--> acked
 *     |                                        |               |
 *     '--no--> nothing was stored              '-- a refusal:  | entry removed
 *                                                  revoked,    v
 *                                                  sent anew  cleared, offset
 *                                                             stored in order
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bus/kafka.h"
#include "core/bus/position.h"
#include "core/clock.h"
#include "core/failpoint.h"
#include "core/store.h"

enum { OUTBOX_CLEAR_MAX = 64 };

static struct kafka_unit *
outbox_unit(struct tcs_unit *unit)
{
	return (struct kafka_unit *)unit;
}

static void
outbox_key(const struct kafka_unit *unit, char key[192])
{
	(void)snprintf(
	    key, 192, "outbox:%s:%s", unit->m.base.group, unit->m.base.name);
}

static bool
outbox_has_inputs(const int64_t inputs[TCS_STEP_INPUTS])
{
	for (size_t i = 0; i < TCS_STEP_INPUTS; i++) {
		if (inputs[i] >= 0)
			return true;
	}
	return false;
}

void *
tcs_kafka_prepare(struct tcs_unit *base, struct tcs_step *step)
{
	struct kafka_unit *unit = outbox_unit(base);
	struct tcs_step_beside *beside = tcs_step_beside(step);
	char key[192], field[24];

	beside->is_prepared = true;
	if (beside->records_n == 0 && !outbox_has_inputs(beside->inputs))
		return NULL;
	struct kafka_sending *sending = tcs_kafka_sending_new(
	    base->bus->data, tcs_buf_view(&beside->records), beside->records_n);
	memcpy(sending->inputs, beside->inputs, sizeof(sending->inputs));
	if (sending->records_n > 0) {
		sending->seq = ++unit->seq;
		outbox_key(unit, key);
		(void)snprintf(field, sizeof(field), "%" PRIu64, sending->seq);
		tcs_step_hset(
		    step, key, field, tcs_slice(sending->bytes, sending->n));
	}
	return sending;
}

/* After the store */

struct outbox_clear {
	struct kafka_unit *unit;
	uint64_t epoch, last;
};

static void outbox_go_on(struct kafka_unit *unit);

static void
outbox_cleared(void *arg, enum tcs_err err, const char *reason)
{
	struct outbox_clear *clear = arg;
	struct kafka_unit *unit = clear->unit;
	struct tcs_unit *base = &unit->m.base;
	bool is_current = base->is_owned && base->epoch == clear->epoch;
	struct kafka_sending *sending;

	base->in_flight--;
	if (is_current && err == TCS_OK) {
		tcs_failpoint("outbox.cleared");
		unit->is_clearing = false;
		TAILQ_FOREACH(sending, &unit->sendings, next)
		{
			if (sending->records_n > 0 &&
			    sending->seq <= clear->last)
				sending->is_cleared = true;
		}
		outbox_go_on(unit);
	} else if (is_current) {
		tcs_member_failed(base, reason);
	}
	free(clear);
	tcs_kafka_answered(base);
}

/* Remove the entries at the front that are acknowledged, fenced. */
static void
outbox_clear(struct kafka_unit *unit)
{
	struct kafka_sending *sending;
	struct tcs_step *step = NULL;
	char key[192], field[24];
	uint64_t last = 0;
	int n = 0;

	outbox_key(unit, key);
	TAILQ_FOREACH(sending, &unit->sendings, next)
	{
		if (sending->records_n == 0 || sending->is_cleared)
			continue;
		if (!sending->is_acked || n++ == OUTBOX_CLEAR_MAX)
			break;
		if (step == NULL)
			step = tcs_unit_step(&unit->m.base);
		tcs_assert(step != NULL);
		(void)snprintf(field, sizeof(field), "%" PRIu64, sending->seq);
		tcs_step_hdel(step, key, field);
		last = sending->seq;
	}
	if (step == NULL)
		return;
	struct outbox_clear *clear = calloc(1, sizeof(*clear));
	tcs_assert(clear != NULL);
	clear->unit = unit;
	clear->epoch = unit->m.base.epoch;
	clear->last = last;
	unit->is_clearing = true;
	unit->m.base.in_flight++;
	tcs_step_commit(step, outbox_cleared, clear);
}

/* Offsets are stored in order, behind what was made of them. */
static void
outbox_go_on(struct kafka_unit *unit)
{
	struct kafka_sending *sending;

	while ((sending = TAILQ_FIRST(&unit->sendings)) != NULL &&
	       (sending->records_n == 0 || sending->is_cleared)) {
		tcs_kafka_store_offsets(unit, sending->inputs);
		if (sending->records_n > 0)
			tcs_failpoint("outbox.offset-stored");
		TAILQ_REMOVE(&unit->sendings, sending, next);
		tcs_kafka_sending_free(sending);
	}
	if (!unit->is_clearing)
		outbox_clear(unit);
}

void
tcs_kafka_stored(struct tcs_unit *base, void *prepared, bool is_ours)
{
	struct kafka_unit *unit = outbox_unit(base);
	struct kafka_sending *sending = prepared;

	if (sending == NULL)
		return;
	/* Stored by a former owner, or not surely: whoever takes the unit finds
	 * it in the store. */
	if (!is_ours) {
		tcs_kafka_sending_free(sending);
		return;
	}
	sending->unit = unit;
	TAILQ_INSERT_TAIL(&unit->sendings, sending, next);
	if (sending->records_n > 0) {
		tcs_failpoint("outbox.stored");
		tcs_kafka_produce(sending);
		tcs_failpoint("outbox.produced");
	} else {
		outbox_go_on(unit);
	}
}

void
tcs_kafka_outbox_acked(struct kafka_sending *sending)
{
	struct kafka_unit *unit = sending->unit;

	if (sending->failure != RD_KAFKA_RESP_ERR_NO_ERROR) {
		char reason[160];
		(void)snprintf(reason, sizeof(reason), "the bus refused: %s",
		    rd_kafka_err2str(sending->failure));
		tcs_member_failed(&unit->m.base, reason);
		return;
	}
	tcs_failpoint("outbox.acked");
	sending->is_acked = true;
	outbox_go_on(unit);
}

void
tcs_kafka_outbox_drop(struct kafka_unit *unit)
{
	struct kafka_sending *sending;

	while ((sending = TAILQ_FIRST(&unit->sendings)) != NULL) {
		TAILQ_REMOVE(&unit->sendings, sending, next);
		sending->unit = NULL;
		/* The others go with their last acknowledgement. */
		if (sending->unacked == 0)
			tcs_kafka_sending_free(sending);
	}
	unit->is_clearing = false;
}

/* A new owner */

struct outbox_load {
	struct kafka_unit *unit;
	uint64_t epoch;
	int topic; /* whose position; -1: the outbox */
};

static int
outbox_compare(const void *a, const void *b)
{
	const struct kafka_sending *const *x = a, *const *y = b;

	return (*x)->seq < (*y)->seq ? -1 : (*x)->seq > (*y)->seq;
}

/* One entry as it was stored. NULL: it is none of ours. */
static struct kafka_sending *
outbox_restore(
    struct kafka_unit *unit, struct tcs_slice field, struct tcs_slice bytes)
{
	struct tcs_slice rest = bytes;
	struct tcs_outgoing record;
	struct tcs_header headers[KAFKA_HEADERS];
	char topic[64];
	uint64_t seq;
	size_t n = 0;

	if (tcs_slice_u64(field, UINT64_MAX / 2, &seq) != TCS_OK)
		return NULL;
	for (; rest.n > 0; n++) {
		if (tcs_kafka_next_record(&rest, &record, topic, headers) !=
		    TCS_OK)
			return NULL;
	}
	struct kafka_sending *sending =
	    tcs_kafka_sending_new(unit->m.base.bus->data, bytes, n);
	for (size_t i = 0; i < TCS_STEP_INPUTS; i++)
		sending->inputs[i] = -1;
	sending->seq = seq;
	sending->unit = unit;
	return sending;
}

/* In the order in which they were stored, before anything newer. */
static bool
outbox_send_found(struct kafka_unit *unit, const struct tcs_reply *reply)
{
	size_t n = tcs_reply_count(reply) / 2;
	struct kafka_sending **found =
	    calloc(n + 1, sizeof(struct kafka_sending *));
	bool is_whole = true;

	tcs_assert(found != NULL);
	for (size_t i = 0; i < n && is_whole; i++) {
		found[i] = outbox_restore(unit,
		    tcs_reply_slice(tcs_reply_at(reply, 2 * i)),
		    tcs_reply_slice(tcs_reply_at(reply, 2 * i + 1)));
		is_whole = found[i] != NULL;
	}
	for (size_t i = 0; i < n && !is_whole; i++)
		tcs_kafka_sending_free(found[i]);
	if (is_whole)
		qsort(found, n, sizeof(struct kafka_sending *), outbox_compare);
	for (size_t i = 0; i < n && is_whole; i++) {
		unit->seq = found[i]->seq;
		TAILQ_INSERT_TAIL(&unit->sendings, found[i], next);
	}
	for (size_t i = 0; i < n && is_whole; i++)
		tcs_kafka_produce(found[i]);
	if (n > 0)
		tcs_log(is_whole ? TCS_LOG_INFO : TCS_LOG_ERROR,
		    is_whole ? "outbox.sent" : "outbox.unreadable",
		    "group=%s unit=%s entries=%zu", unit->m.base.group,
		    unit->m.base.name, n);
	free(found);
	return is_whole;
}

/* What a position of this bus is: an offset. Of another bus: none. */
static int64_t
outbox_offset(struct tcs_slice position)
{
	int64_t offset;

	if (tcs_slice_i64(position, 0, INT64_MAX - 1, &offset) != TCS_OK)
		return -1;
	return offset;
}

/* All is here that precedes the first record. */
static void
outbox_load_one_less(struct kafka_unit *unit)
{
	if (--unit->loading == 0 && unit->m.base.is_owned)
		tcs_member_assign(&unit->m);
}

/* No success yet: the wait before the next try goes on growing. */
static void
outbox_load_answered(struct kafka_unit *unit)
{
	if (unit->m.member == NULL)
		(void)tcs_member_answered(&unit->m);
}

/* The position that this bus had before the other one was used. */
static void
outbox_changed(void *arg, enum tcs_err err, const char *position)
{
	struct outbox_load *load = arg;
	struct kafka_unit *unit = load->unit;
	struct tcs_unit *base = &unit->m.base;
	bool is_mine = base->is_owned && base->epoch == load->epoch;
	int topic = load->topic;

	free(load);
	outbox_load_answered(unit);
	if (!is_mine)
		return;
	if (err != TCS_OK) {
		tcs_member_failed(base, "cannot change the position");
		return;
	}
	int64_t offset = outbox_offset(tcs_slice_str(position));
	(void)snprintf(
	    unit->topics[topic].stepped, TCS_POSITION_MAX, "%s", position);
	unit->topics[topic].next = offset < 0 ? -1 : offset + 1;
	outbox_load_one_less(unit);
}

static void
outbox_change(struct kafka_unit *unit, struct outbox_load *load)
{
	const struct tcs_position_change change = {.unit = &unit->m.base,
	    .topic = unit->m.member->topics[load->topic],
	    .found = unit->topics[load->topic].stepped,
	    .here = "kafka",
	    .there = "redis"};

	tcs_position_change(&change, outbox_changed, load);
}

/* A realm that was on the other bus: what its group has not read there would
 * never be read. `reply` has the next record, or nothing. */
static void
outbox_former_read(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct outbox_load *load = arg;
	struct kafka_unit *unit = load->unit;
	struct tcs_unit *base = &unit->m.base;
	bool is_mine = base->is_owned && base->epoch == load->epoch;
	const char *topic =
	    unit->m.member == NULL ? "" : unit->m.member->topics[load->topic];

	base->in_flight--;
	outbox_load_answered(unit);
	if (!is_mine) {
		free(load);
		return;
	}
	if (err == TCS_OK && tcs_reply_count(reply) == 0 &&
	    unit->topics[load->topic].stepped[0] != '\0') {
		outbox_change(unit, load);
		return;
	}
	free(load);
	if (err != TCS_OK) {
		tcs_member_failed(base, "cannot read the former bus");
	} else if (tcs_reply_count(reply) > 0) {
		tcs_log(TCS_LOG_ERROR, "bus.unread",
		    "group=%s topic=%s partition=%u reason=\"the store still "
		    "has records of it that were published on redis: and not "
		    "read; write: bus { url = redis: } until tocsin bus lag "
		    "says 0 everywhere\"",
		    base->group, topic, base->partition);
		tcs_member_failed(base, "records on the former bus are unread");
	} else {
		outbox_load_one_less(unit);
	}
}

static void
outbox_ask_former(struct kafka_unit *unit, int topic, struct tcs_slice position)
{
	struct tcs_unit *base = &unit->m.base;
	struct tcs_store *store = base->bus->store;
	struct outbox_load *load = calloc(1, sizeof(*load));
	char stream[256], after[TCS_POSITION_MAX];

	tcs_assert(load != NULL);
	load->unit = unit;
	load->epoch = base->epoch;
	load->topic = topic;
	base->in_flight++;
	(void)snprintf(stream, sizeof(stream), "%s%s.%u",
	    tcs_store_realm(store), unit->m.member->topics[topic],
	    base->partition);
	(void)snprintf(after, sizeof(after), "%.*s", TCS_SLICE_ARG(position));
	tcs_store_send(store, outbox_former_read, load, "XREAD", "COUNT", "1",
	    "STREAMS", stream, after[0] == '\0' ? "0-0" : after, NULL);
}

static void
outbox_former_position(
    void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct outbox_load *load = arg;
	struct kafka_unit *unit = load->unit;
	struct tcs_unit *base = &unit->m.base;
	bool is_mine = base->is_owned && base->epoch == load->epoch;
	int topic = load->topic;

	free(load);
	base->in_flight--;
	outbox_load_answered(unit);
	if (!is_mine)
		return;
	if (err == TCS_OK)
		outbox_ask_former(unit, topic, tcs_reply_slice(reply));
	else
		tcs_member_failed(base, "cannot read the former position");
}

/* Nothing was read of the topic on this bus: it may have been on the other. */
static void
outbox_ask_former_position(struct kafka_unit *unit, int topic)
{
	struct tcs_unit *base = &unit->m.base;
	struct tcs_store *store = base->bus->store;
	struct outbox_load *load = calloc(1, sizeof(*load));
	char key[256];

	tcs_assert(load != NULL);
	load->unit = unit;
	load->epoch = base->epoch;
	load->topic = topic;
	base->in_flight++;
	(void)snprintf(key, sizeof(key), "%spos:%s:%s.%u@redis",
	    tcs_store_realm(store), base->group, unit->m.member->topics[topic],
	    base->partition);
	tcs_store_send(store, outbox_former_position, load, "GET", key, NULL);
}

static void
outbox_loaded(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct outbox_load *load = arg;
	struct kafka_unit *unit = load->unit;
	struct tcs_unit *base = &unit->m.base;
	bool is_mine = base->is_owned && base->epoch == load->epoch;
	int topic = load->topic;

	free(load);
	base->in_flight--;
	/* No success yet: the wait before the next try goes on growing. */
	if (unit->m.member == NULL)
		(void)tcs_member_answered(&unit->m);
	if (!is_mine)
		return;
	if (err == TCS_OK && topic < 0 && !outbox_send_found(unit, reply))
		err = TCS_EPARSE;
	if (err != TCS_OK) {
		tcs_member_failed(base, "cannot read outbox and positions");
		return;
	}
	if (topic >= 0) {
		struct tcs_slice text = tcs_reply_slice(reply);
		int64_t offset = outbox_offset(text);
		(void)snprintf(unit->topics[topic].stepped, TCS_POSITION_MAX,
		    "%.*s", TCS_SLICE_ARG(text));
		unit->topics[topic].next = offset < 0 ? -1 : offset + 1;
		if (text.n == 0) {
			outbox_ask_former_position(unit, topic);
			return;
		}
		if (offset < 0) {
			outbox_ask_former(unit, topic, text);
			return;
		}
	}
	outbox_load_one_less(unit);
}

static void
outbox_ask(struct kafka_unit *unit, int topic)
{
	struct tcs_unit *base = &unit->m.base;
	struct tcs_store *store = base->bus->store;
	struct outbox_load *load = calloc(1, sizeof(*load));
	char key[256], name[192];

	tcs_assert(load != NULL);
	load->unit = unit;
	load->epoch = base->epoch;
	load->topic = topic;
	base->in_flight++;
	unit->loading++;
	if (topic < 0)
		outbox_key(unit, name);
	else
		(void)snprintf(name, sizeof(name), "pos:%s:%s.%u", base->group,
		    unit->m.member->topics[topic], base->partition);
	(void)snprintf(key, sizeof(key), "%s%s", tcs_store_realm(store), name);
	tcs_store_send(store, outbox_loaded, load,
	    topic < 0 ? "HGETALL" : "GET", key, NULL);
}

void
tcs_kafka_load(struct tcs_member_unit *m)
{
	struct kafka_unit *unit = (struct kafka_unit *)m;

	unit->loading = 0;
	unit->seq = 0;
	outbox_ask(unit, -1);
	for (size_t i = 0; i < m->member->topics_n; i++)
		outbox_ask(unit, (int)i);
}

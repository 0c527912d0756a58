/* redis_read.c - the bus on Redis Streams: reading.
 *
 * The owner of a unit reads its streams from the stored positions on, by XREAD
 * on a connection of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bus/member.h"
#include "core/bus/position.h"
#include "core/bus/redis.h"
#include "core/loop.h"
#include "core/step_wire.h"
#include "core/store.h"

enum { REDIS_BATCH = 64, REDIS_BLOCK_MS = 1000 };

struct redis_unit {
	struct tcs_member_unit m; /* first: a unit is cast to it */
	struct tcs_store *reader; /* its own connection; blocks in XREAD */
	struct tcs_timer *rest;   /* until the next reading */
	bool is_resting;
	bool is_waiting;    /* XREAD is out */
	bool is_wanted;     /* to be read */
	bool is_positioned; /* positions are known */
	size_t positions_n; /* known so far */
	uint64_t wait_epoch;
	/* Per topic: last handed over, last in a step. "" is the beginning. */
	char handed[MEMBER_TOPICS][TCS_POSITION_MAX];
	char stepped[MEMBER_TOPICS][TCS_POSITION_MAX];
};

static void redis_read_more(struct redis_unit *unit);

static struct redis_unit *
redis_of(struct tcs_unit *unit)
{
	return (struct redis_unit *)unit;
}

static bool
redis_record(struct redis_unit *unit, size_t topic, const char *id,
    const struct tcs_reply *fields)
{
	struct tcs_header headers[TCS_REDIS_HEADERS];
	struct tcs_record record = {.topic = unit->m.member->topics[topic],
	    .partition = unit->m.base.partition,
	    .position = id,
	    .at_ms = tcs_redis_id_ms(id)};

	tcs_redis_read_fields(fields, &record, headers);
	uint64_t epoch = unit->m.base.epoch;
	unit->m.member->ops->record(
	    unit->m.member->arg, &unit->m.base, &record);
	return unit->m.base.is_owned && unit->m.base.epoch == epoch;
}

/* The topic of a stream's name "<realm><topic>.<p>", or -1. */
static int
redis_topic_of(const struct redis_unit *unit, struct tcs_slice stream)
{
	const char *realm = tcs_store_realm(unit->m.base.bus->store);
	char name[TCS_REDIS_STREAM];

	for (size_t i = 0; i < unit->m.member->topics_n; i++) {
		(void)tcs_redis_stream(realm, unit->m.member->topics[i],
		    unit->m.base.partition, name);
		if (tcs_slice_is(stream, name))
			return (int)i;
	}
	return -1;
}

static void
redis_hand_over(struct redis_unit *unit, const struct tcs_reply *reply)
{
	for (size_t s = 0; s < tcs_reply_count(reply); s++) {
		const struct tcs_reply *one = tcs_reply_at(reply, s);
		const struct tcs_reply *entries = tcs_reply_at(one, 1);
		int topic =
		    redis_topic_of(unit, tcs_reply_slice(tcs_reply_at(one, 0)));
		for (size_t i = 0; topic >= 0 && i < tcs_reply_count(entries);
		     i++) {
			const struct tcs_reply *entry =
			    tcs_reply_at(entries, i);
			char *handed = unit->handed[topic];
			if (!unit->is_wanted)
				return;
			const struct tcs_slice id =
			    tcs_reply_slice(tcs_reply_at(entry, 0));
			(void)tcs_slice_join(handed, TCS_POSITION_MAX, &id, 1);
			if (!redis_record(unit, (size_t)topic, handed,
			        tcs_reply_at(entry, 1)))
				return;
		}
	}
}

static void
redis_rest(struct redis_unit *unit, int64_t ms)
{
	unit->is_resting = true;
	tcs_timer_start(unit->rest, ms);
}

static void
redis_woke(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct redis_unit *unit = arg;

	if (err == TCS_ECANCELED)
		return;
	unit->is_waiting = false;
	bool is_mine =
	    unit->m.base.is_owned && unit->wait_epoch == unit->m.base.epoch;
	if (err == TCS_OK && is_mine)
		redis_hand_over(unit, reply);
	if (unit->m.member->rest_ms > 0 && tcs_reply_count(reply) > 0)
		redis_rest(unit, unit->m.member->rest_ms);
	/* The store answers one after the other: a reading that went out with
	 * the steps of these records would only delay them. Their answers are
	 * what it waits for. */
	if (unit->m.base.in_flight == 0)
		redis_read_more(unit);
}

static void
redis_rested(void *arg)
{
	struct redis_unit *unit = arg;

	unit->is_resting = false;
	redis_read_more(unit);
}

static void
redis_read_more(struct redis_unit *unit)
{
	struct tcs_bus_member *member = unit->m.member;
	struct tcs_slice argv[6 + 2 * MEMBER_TOPICS];
	const char *realm = tcs_store_realm(unit->m.base.bus->store);
	char streams[MEMBER_TOPICS][TCS_REDIS_STREAM];
	char count[TCS_SLICE_DECIMAL], block[TCS_SLICE_DECIMAL];
	size_t n = 0, in_flight = unit->m.base.in_flight;

	if (member == NULL || !unit->is_wanted || !unit->is_positioned ||
	    unit->is_waiting || unit->is_resting ||
	    in_flight >= member->window || !tcs_store_is_ready(unit->reader))
		return;
	size_t room = member->window - in_flight;
	argv[n++] = tcs_slice_str("XREAD");
	argv[n++] = tcs_slice_str("COUNT");
	argv[n++] = tcs_slice_decimal(
	    room > REDIS_BATCH ? REDIS_BATCH : (int64_t)room, count);
	argv[n++] = tcs_slice_str("BLOCK");
	argv[n++] = tcs_slice_decimal(REDIS_BLOCK_MS, block);
	argv[n++] = tcs_slice_str("STREAMS");
	for (size_t i = 0; i < member->topics_n; i++)
		argv[n++] = tcs_slice_str(tcs_redis_stream(realm,
		    member->topics[i], unit->m.base.partition, streams[i]));
	for (size_t i = 0; i < member->topics_n; i++)
		argv[n++] = tcs_slice_str(
		    unit->handed[i][0] == '\0' ? "0" : unit->handed[i]);
	unit->is_waiting = true;
	unit->wait_epoch = unit->m.base.epoch;
	tcs_store_command(unit->reader, argv, n, redis_woke, unit);
}

void
tcs_redis_answered(struct tcs_unit *unit)
{
	struct redis_unit *u = redis_of(unit);

	if (!tcs_member_answered(&u->m) || u->m.member == NULL)
		return;
	/* After what its owner does now that the step is stored. */
	if (u->is_wanted && !u->is_waiting && !u->is_resting)
		redis_rest(u, 0);
}

struct redis_position {
	struct redis_unit *unit;
	uint64_t epoch;
	size_t topic;
};

static void
redis_begin_at(struct redis_unit *unit, size_t topic, const char *position)
{
	(void)snprintf(unit->handed[topic], TCS_POSITION_MAX, "%s", position);
	memcpy(unit->stepped[topic], unit->handed[topic], TCS_POSITION_MAX);
	if (++unit->positions_n == unit->m.member->topics_n)
		unit->is_positioned = true;
	redis_read_more(unit);
}

static void
redis_changed(void *arg, enum tcs_err err, const char *text)
{
	struct redis_position *position = arg;
	struct redis_unit *unit = position->unit;
	size_t topic = position->topic;
	bool is_mine =
	    unit->m.base.is_owned && unit->m.base.epoch == position->epoch;

	free(position);
	if (!tcs_member_answered(&unit->m) || !is_mine)
		return;
	if (err == TCS_OK)
		redis_begin_at(unit, topic, text);
	else
		tcs_member_failed(&unit->m.base, "cannot change the position");
}

/* The realm was on Kafka: the position that it had here before. */
static void
redis_change(struct redis_unit *unit, size_t topic, const char *found)
{
	struct redis_position *position = calloc(1, sizeof(*position));
	const struct tcs_position_change change = {.unit = &unit->m.base,
	    .topic = unit->m.member->topics[topic],
	    .found = found,
	    .here = "redis",
	    .there = "kafka"};

	tcs_assert(position != NULL);
	*position = (struct redis_position){unit, unit->m.base.epoch, topic};
	tcs_position_change(&change, redis_changed, position);
}

static void
redis_positioned(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct redis_position *position = arg;
	struct redis_unit *unit = position->unit;
	size_t topic = position->topic;
	bool is_mine =
	    unit->m.base.is_owned && unit->m.base.epoch == position->epoch;

	free(position);
	unit->m.base.in_flight--;
	if (!tcs_member_answered(&unit->m) || !is_mine)
		return;
	if (err != TCS_OK) {
		tcs_member_revoke(
		    &unit->m, "cannot read the position", MEMBER_TICK_MS);
		return;
	}
	char text[TCS_POSITION_MAX];
	(void)snprintf(
	    text, sizeof(text), "%.*s", TCS_SLICE_ARG(tcs_reply_slice(reply)));
	if (text[0] == '\0' || tcs_position_is_of(text, "redis"))
		redis_begin_at(unit, topic, text);
	else
		redis_change(unit, topic, text);
}

void
tcs_redis_read(struct tcs_unit *base)
{
	struct redis_unit *unit = redis_of(base);
	struct tcs_bus_member *member = unit->m.member;
	char key[256];

	if (member->topics_n == 0 || !base->is_owned)
		return;
	bool is_known = unit->is_wanted || unit->is_positioned;
	unit->is_wanted = true;
	if (!is_known)
		unit->positions_n = 0;
	for (size_t i = 0; !is_known && i < member->topics_n; i++) {
		struct redis_position *position = calloc(1, sizeof(*position));
		tcs_assert(position != NULL);
		position->unit = unit;
		position->epoch = base->epoch;
		position->topic = i;
		base->in_flight++;
		(void)snprintf(key, sizeof(key), "%spos:%s:%s.%u",
		    tcs_store_realm(base->bus->store), base->group,
		    member->topics[i], base->partition);
		tcs_store_send(base->bus->store, redis_positioned, position,
		    "GET", key, NULL);
	}
	redis_read_more(unit);
}

void
tcs_redis_pause(struct tcs_unit *unit)
{
	redis_of(unit)->is_wanted = false;
}

void
tcs_redis_input(struct tcs_step *step, struct tcs_unit *base,
    const struct tcs_record *record)
{
	struct redis_unit *unit = redis_of(base);
	size_t topic = tcs_member_topic(unit->m.member, record->topic);

	tcs_member_move(step, base, record, unit->stepped[topic]);
}

/* Joining */

static void
redis_reader_state(void *arg, enum tcs_store_state state, const char *reason)
{
	struct redis_unit *unit = arg;

	(void)reason;
	if (state == TCS_STORE_READY)
		redis_read_more(unit);
}

static bool
redis_unit_init(struct tcs_member_unit *m)
{
	struct redis_unit *unit = (struct redis_unit *)m;
	struct tcs_bus *bus = m->base.bus;

	m->is_eligible = true;
	if (m->member->topics_n == 0)
		return true;
	unit->reader = tcs_store_clone(bus->store, redis_reader_state, unit);
	unit->rest = tcs_timer_new(bus->loop, redis_rested, unit);
	return unit->reader != NULL && unit->rest != NULL;
}

static void
redis_unit_fini(struct tcs_member_unit *m)
{
	struct redis_unit *unit = (struct redis_unit *)m;

	tcs_store_free(&unit->reader);
	tcs_timer_free(&unit->rest);
}

static void
redis_lost(struct tcs_member_unit *m)
{
	struct redis_unit *unit = (struct redis_unit *)m;

	unit->is_wanted = unit->is_positioned = false;
}

static const struct tcs_member_ops redis_member_ops = {
    .unit_size = sizeof(struct redis_unit),
    .unit_init = redis_unit_init,
    .unit_fini = redis_unit_fini,
    .taken = tcs_member_assign,
    .lost = redis_lost,
};

struct tcs_bus_member *
tcs_redis_join(struct tcs_bus *bus, const struct tcs_bus_member_conf *conf,
    const struct tcs_bus_member_ops *ops, void *arg)
{
	return tcs_member_new(bus, conf, &redis_member_ops, ops, arg);
}

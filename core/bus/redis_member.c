/* redis_member.c - the bus on Redis Streams: who owns a partition, and reading.
 *
 * Ownership is a lease of 5 s, renewed each second; a new owner raises the
 * fence before it reads.
 *
 *   free --lease is free, or was this instance's--> owned --step failed,
 *    ^                                                |     lease lost--.
 *    '------------------------------------------------'<----------------'
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bus/redis.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/loop.h"
#include "core/step_wire.h"
#include "core/store.h"

enum {
	REDIS_TOPICS = 16,
	REDIS_UNITS = 64,
	REDIS_BATCH = 64,
	REDIS_LEASE_MS = 5000,
	REDIS_RENEW_MS = 1000,
	REDIS_TICK_MS = 250,
	REDIS_BLOCK_MS = 1000,
	REDIS_RETRY_MAX_MS = 5000,
};

/* ARGV: lease, fence, hand, groups, owner, instance (or ''), ms, members… */
const char tcs_redis_acquire[] =
    "#!lua\n"
    "local lease, fence, hand, groups = ARGV[1], ARGV[2], ARGV[3], ARGV[4]\n"
    "local owner, instance = ARGV[5], ARGV[6]\n"
    "local held = redis.call('GET', lease)\n"
    "if held and held ~= owner then\n"
    "  local same = instance ~= '' and\n"
    "    string.sub(held, 1, #instance + 1) == instance .. '/'\n"
    "  if not same then return {'HELD', held} end\n"
    "end\n"
    "local last = redis.call('HGET', hand, 'owner')\n"
    "local clean = (not last or last == owner) and 1 or 0\n"
    "local number = redis.call('INCR', fence)\n"
    "redis.call('SET', lease, owner, 'PX', ARGV[7])\n"
    "redis.call('HSET', hand, 'owner', owner)\n"
    "for i = 8, #ARGV do redis.call('SADD', groups, ARGV[i]) end\n"
    "return {'OK', number, clean}\n";

/* ARGV: lease, owner, ms */
const char tcs_redis_renew[] =
    "#!lua\n"
    "if redis.call('GET', ARGV[1]) ~= ARGV[2] then return 0 end\n"
    "return redis.call('PEXPIRE', ARGV[1], ARGV[3])\n";

/* ARGV: lease, hand, owner */
const char tcs_redis_release[] =
    "#!lua\n"
    "if redis.call('GET', ARGV[1]) ~= ARGV[3] then return 0 end\n"
    "redis.call('HDEL', ARGV[2], 'owner')\n"
    "return redis.call('DEL', ARGV[1])\n";

struct redis_topic {
	char name[64];
};

struct redis_unit {
	struct tcs_unit base; /* first: a unit is cast to it */
	struct redis_member *member;
	struct tcs_store *reader; /* its own connection; blocks in XREAD */
	struct tcs_timer *rest;   /* NULL unless readings are spaced out */
	bool is_resting;
	char owner[128]; /* instance/nonce */
	bool was_owned;  /* this process held it before */
	bool is_acquiring, is_renewing, is_waiting; /* XREAD is out */
	bool is_wanted;                             /* to be read */
	bool is_positioned;                         /* positions are known */
	uint64_t wait_epoch;
	int64_t renew_sent_ms, retry_at_ms, retry_ms;
	/* Per topic: last handed over, last in a step. "" is the beginning. */
	char handed[REDIS_TOPICS][TCS_POSITION_MAX];
	char stepped[REDIS_TOPICS][TCS_POSITION_MAX];
};

struct redis_member {
	struct tcs_bus_member base;
	const struct tcs_bus_member_ops *ops;
	void *arg;
	char group[64], instance[96];
	struct redis_topic topics[REDIS_TOPICS];
	size_t topics_n, window;
	int64_t rest_ms;
	struct redis_unit *units[REDIS_UNITS];
	size_t units_n;
	struct tcs_timer *tick;
	bool is_leaving, is_dead;
	size_t releasing;
	void (*left)(void *);
	void *left_arg;
};

static void redis_read_more(struct redis_unit *unit);

static struct redis_unit *
redis_of(struct tcs_unit *unit)
{
	return (struct redis_unit *)unit;
}

/* "<realm><kind>:<group>:<unit>" */
static void
redis_key(const struct redis_unit *unit, const char *kind, char key[256])
{
	(void)snprintf(key, 256, "%s%s:%s:%s",
	    tcs_store_realm(unit->base.bus->store), kind, unit->base.group,
	    unit->base.name);
}

/* Ownership */

static void
redis_revoke(struct redis_unit *unit, const char *reason, int64_t again_ms)
{
	if (!unit->base.is_owned)
		return;
	unit->base.is_owned = false;
	unit->base.epoch++;
	unit->is_wanted = unit->is_positioned = false;
	unit->retry_at_ms = tcs_clock_boot_ms() + again_ms;
	unit->member->ops->revoked(unit->member->arg, &unit->base, reason);
}

void
tcs_redis_failed(struct tcs_unit *unit, const char *reason)
{
	struct redis_unit *u = redis_of(unit);

	u->retry_ms = u->retry_ms * 2 > REDIS_RETRY_MAX_MS ? REDIS_RETRY_MAX_MS
	                                                   : u->retry_ms * 2;
	redis_revoke(u, reason, u->retry_ms);
}

static void
redis_unit_release_memory(struct redis_unit *unit)
{
	if (unit->member != NULL || unit->base.in_flight > 0 ||
	    unit->is_acquiring || unit->is_renewing)
		return;
	free(unit);
}

static void
redis_acquired(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct redis_unit *unit = arg;

	unit->is_acquiring = false;
	if (unit->member == NULL) {
		redis_unit_release_memory(unit);
		return;
	}
	unit->retry_at_ms = tcs_clock_boot_ms() + REDIS_TICK_MS;
	if (err != TCS_OK || unit->member->is_leaving ||
	    !tcs_slice_is(tcs_reply_slice(tcs_reply_at(reply, 0)), "OK"))
		return;
	unit->base.fence = (uint64_t)tcs_reply_int(tcs_reply_at(reply, 1));
	unit->base.renewed_ms = unit->renew_sent_ms;
	unit->base.is_owned = true;
	unit->base.epoch++;
	unit->was_owned = true;
	unit->member->ops->assigned(unit->member->arg, &unit->base,
	    tcs_reply_int(tcs_reply_at(reply, 2)) == 1);
}

static void
redis_acquire_unit(struct redis_unit *unit)
{
	struct redis_member *member = unit->member;
	struct redis_bus *data = unit->base.bus->data;
	char lease[256], fence[256], hand[256], groups[128], ms[16];
	char texts[REDIS_TOPICS][160];
	struct tcs_slice argv[7 + REDIS_TOPICS];
	size_t n = 0;

	redis_key(unit, "lease", lease);
	redis_key(unit, "fence", fence);
	redis_key(unit, "hand", hand);
	(void)snprintf(groups, sizeof(groups), "%sgroups",
	    tcs_store_realm(unit->base.bus->store));
	(void)snprintf(ms, sizeof(ms), "%d", REDIS_LEASE_MS);
	argv[n++] = tcs_slice_str(lease);
	argv[n++] = tcs_slice_str(fence);
	argv[n++] = tcs_slice_str(hand);
	argv[n++] = tcs_slice_str(groups);
	argv[n++] = tcs_slice_str(unit->owner);
	/* At its first try a restarted instance takes its own lease at once;
	 * later it must not take it back from its successor. */
	argv[n++] = tcs_slice_str(unit->was_owned ? "" : member->instance);
	argv[n++] = tcs_slice_str(ms);
	for (size_t i = 0; i < member->topics_n; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]), "%s %s",
		    member->group, member->topics[i].name);
		argv[n++] = tcs_slice_str(texts[i]);
	}
	unit->is_acquiring = true;
	unit->renew_sent_ms = tcs_clock_boot_ms();
	tcs_store_eval(unit->base.bus->store, data->acquire, argv, n,
	    redis_acquired, unit);
}

static void
redis_renewed(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct redis_unit *unit = arg;

	unit->is_renewing = false;
	if (unit->member == NULL) {
		redis_unit_release_memory(unit);
		return;
	}
	if (err != TCS_OK)
		return;
	if (tcs_reply_int(reply) == 1)
		unit->base.renewed_ms = unit->renew_sent_ms;
	else
		redis_revoke(unit, "the lease is another's", REDIS_TICK_MS);
}

static void
redis_renew_unit(struct redis_unit *unit)
{
	struct redis_bus *data = unit->base.bus->data;
	char lease[256], ms[16];

	redis_key(unit, "lease", lease);
	(void)snprintf(ms, sizeof(ms), "%d", REDIS_LEASE_MS);
	const struct tcs_slice argv[] = {tcs_slice_str(lease),
	    tcs_slice_str(unit->owner), tcs_slice_str(ms)};
	unit->is_renewing = true;
	unit->renew_sent_ms = tcs_clock_boot_ms();
	tcs_store_eval(
	    unit->base.bus->store, data->renew, argv, 3, redis_renewed, unit);
}

static void
redis_tick_unit(struct redis_unit *unit)
{
	int64_t now = tcs_clock_boot_ms();
	bool is_ready = tcs_store_is_ready(unit->base.bus->store);

	if (unit->base.is_owned &&
	    now - unit->base.renewed_ms >= REDIS_LEASE_MS)
		redis_revoke(unit, "the lease ran out", 0);
	if (!is_ready)
		return;
	if (unit->base.is_owned) {
		if (!unit->is_renewing &&
		    now - unit->base.renewed_ms >= REDIS_RENEW_MS)
			redis_renew_unit(unit);
	} else if (!unit->is_acquiring && now >= unit->retry_at_ms) {
		redis_acquire_unit(unit);
	}
}

static void
redis_tick(void *arg)
{
	struct redis_member *member = arg;

	if (member->is_leaving)
		return;
	for (size_t i = 0; i < member->units_n; i++)
		redis_tick_unit(member->units[i]);
	/* Quick while something is still to be had, calm after. */
	bool is_all = true;
	for (size_t i = 0; i < member->units_n; i++)
		is_all = is_all && member->units[i]->base.is_owned;
	tcs_timer_start(member->tick, is_all ? REDIS_TICK_MS : 20);
}

/* Reading */

static bool
redis_record(struct redis_unit *unit, size_t topic, const char *id,
    const struct tcs_reply *fields)
{
	struct tcs_header headers[TCS_REDIS_HEADERS];
	struct tcs_record record = {.topic = unit->member->topics[topic].name,
	    .partition = unit->base.partition,
	    .position = id,
	    .at_ms = tcs_redis_id_ms(id)};

	tcs_redis_read_fields(fields, &record, headers);
	uint64_t epoch = unit->base.epoch;
	unit->member->ops->record(unit->member->arg, &unit->base, &record);
	return unit->base.is_owned && unit->base.epoch == epoch;
}

/* The topic of a stream's name "<realm><topic>.<p>", or -1. */
static int
redis_topic_of(const struct redis_unit *unit, struct tcs_slice stream)
{
	char name[192];

	for (size_t i = 0; i < unit->member->topics_n; i++) {
		(void)snprintf(name, sizeof(name), "%s%s.%u",
		    tcs_store_realm(unit->base.bus->store),
		    unit->member->topics[i].name, unit->base.partition);
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
			(void)snprintf(handed, TCS_POSITION_MAX, "%.*s",
			    TCS_SLICE_ARG(
			        tcs_reply_slice(tcs_reply_at(entry, 0))));
			if (!redis_record(unit, (size_t)topic, handed,
			        tcs_reply_at(entry, 1)))
				return;
		}
	}
}

static void
redis_woke(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct redis_unit *unit = arg;

	if (err == TCS_ECANCELED)
		return;
	unit->is_waiting = false;
	bool is_mine =
	    unit->base.is_owned && unit->wait_epoch == unit->base.epoch;
	if (err == TCS_OK && is_mine)
		redis_hand_over(unit, reply);
	if (unit->rest != NULL && tcs_reply_count(reply) > 0) {
		unit->is_resting = true;
		tcs_timer_start(unit->rest, unit->member->rest_ms);
	}
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
	struct redis_member *member = unit->member;
	struct tcs_slice argv[6 + 2 * REDIS_TOPICS];
	char streams[REDIS_TOPICS][192], count[16], block[16];
	size_t n = 0, in_flight = unit->base.in_flight;

	if (member == NULL || !unit->is_wanted || !unit->is_positioned ||
	    unit->is_waiting || unit->is_resting ||
	    in_flight >= member->window || !tcs_store_is_ready(unit->reader))
		return;
	size_t room = member->window - in_flight;
	(void)snprintf(count, sizeof(count), "%zu",
	    room > REDIS_BATCH ? (size_t)REDIS_BATCH : room);
	(void)snprintf(block, sizeof(block), "%d", REDIS_BLOCK_MS);
	argv[n++] = tcs_slice_str("XREAD");
	argv[n++] = tcs_slice_str("COUNT");
	argv[n++] = tcs_slice_str(count);
	argv[n++] = tcs_slice_str("BLOCK");
	argv[n++] = tcs_slice_str(block);
	argv[n++] = tcs_slice_str("STREAMS");
	for (size_t i = 0; i < member->topics_n; i++) {
		(void)snprintf(streams[i], sizeof(streams[i]), "%s%s.%u",
		    tcs_store_realm(unit->base.bus->store),
		    member->topics[i].name, unit->base.partition);
		argv[n++] = tcs_slice_str(streams[i]);
	}
	for (size_t i = 0; i < member->topics_n; i++)
		argv[n++] = tcs_slice_str(
		    unit->handed[i][0] == '\0' ? "0" : unit->handed[i]);
	unit->is_waiting = true;
	unit->wait_epoch = unit->base.epoch;
	tcs_store_command(unit->reader, argv, n, redis_woke, unit);
}

void
tcs_redis_answered(struct tcs_unit *unit)
{
	struct redis_unit *u = redis_of(unit);

	if (u->member == NULL) {
		redis_unit_release_memory(u);
		return;
	}
	if (u->base.is_owned)
		u->retry_ms = 50;
	redis_read_more(u);
}

struct redis_position {
	struct redis_unit *unit;
	uint64_t epoch;
	size_t topic;
};

static void
redis_positioned(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct redis_position *position = arg;
	struct redis_unit *unit = position->unit;
	size_t topic = position->topic;
	bool is_mine =
	    unit->base.is_owned && unit->base.epoch == position->epoch;

	free(position);
	unit->base.in_flight--;
	if (unit->member == NULL) {
		redis_unit_release_memory(unit);
		return;
	}
	if (!is_mine)
		return;
	if (err != TCS_OK) {
		redis_revoke(unit, "cannot read the position", REDIS_TICK_MS);
		return;
	}
	struct tcs_slice text = tcs_reply_slice(reply);
	(void)snprintf(
	    unit->handed[topic], TCS_POSITION_MAX, "%.*s", TCS_SLICE_ARG(text));
	memcpy(unit->stepped[topic], unit->handed[topic], TCS_POSITION_MAX);
	if (topic + 1 == unit->member->topics_n)
		unit->is_positioned = true;
	redis_read_more(unit);
}

void
tcs_redis_read(struct tcs_unit *base)
{
	struct redis_unit *unit = redis_of(base);
	struct redis_member *member = unit->member;
	char key[256];

	if (member->topics_n == 0 || !base->is_owned)
		return;
	bool is_known = unit->is_wanted || unit->is_positioned;
	unit->is_wanted = true;
	for (size_t i = 0; !is_known && i < member->topics_n; i++) {
		struct redis_position *position = calloc(1, sizeof(*position));
		tcs_assert(position != NULL);
		position->unit = unit;
		position->epoch = base->epoch;
		position->topic = i;
		base->in_flight++;
		(void)snprintf(key, sizeof(key), "%spos:%s:%s.%u",
		    tcs_store_realm(base->bus->store), base->group,
		    member->topics[i].name, base->partition);
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
	char key[192];
	size_t topic = 0;

	while (strcmp(unit->member->topics[topic].name, record->topic) != 0) {
		topic++;
		tcs_assert(topic < unit->member->topics_n);
	}
	(void)snprintf(key, sizeof(key), "pos:%s:%s.%u", base->group,
	    record->topic, record->partition);
	char *stepped = unit->stepped[topic];
	/* Of several records in one step the first one's is the position. */
	if (!tcs_step_has_guard_key(step, key))
		tcs_step_guard_key(step, key,
		    stepped[0] == '\0' ? tcs_slice(NULL, 0)
		                       : tcs_slice_str(stepped));
	tcs_step_set(step, key, tcs_slice_str(record->position));
	(void)snprintf(stepped, TCS_POSITION_MAX, "%s", record->position);
}

/* Joining and leaving */

static void
redis_reader_state(void *arg, enum tcs_store_state state, const char *reason)
{
	struct redis_unit *unit = arg;

	(void)reason;
	if (state == TCS_STORE_READY)
		redis_read_more(unit);
}

static struct redis_unit *
redis_unit_new(struct redis_member *member, const char *name, unsigned p)
{
	struct redis_unit *unit = calloc(1, sizeof(*unit));
	char nonce[13];

	if (unit == NULL)
		return NULL;
	unit->member = member;
	unit->base.bus = member->base.bus;
	unit->base.group = member->group;
	unit->base.partition = p;
	unit->base.is_named = name != NULL;
	unit->retry_ms = 50;
	if (name != NULL)
		(void)snprintf(
		    unit->base.name, sizeof(unit->base.name), "%s", name);
	else
		(void)snprintf(
		    unit->base.name, sizeof(unit->base.name), "%u", p);
	tcs_random_hex(nonce, 12);
	(void)snprintf(
	    unit->owner, sizeof(unit->owner), "%s/%s", member->instance, nonce);
	if (member->topics_n > 0) {
		unit->reader = tcs_store_clone(
		    member->base.bus->store, redis_reader_state, unit);
		if (unit->reader == NULL) {
			free(unit);
			return NULL;
		}
		if (member->rest_ms > 0) {
			unit->rest = tcs_timer_new(
			    member->base.bus->loop, redis_rested, unit);
			tcs_assert(unit->rest != NULL);
		}
	}
	return unit;
}

void
tcs_redis_member_free(struct tcs_bus_member *base)
{
	struct redis_member *member = (struct redis_member *)base;

	tcs_timer_free(&member->tick);
	for (size_t i = 0; i < member->units_n; i++) {
		struct redis_unit *unit = member->units[i];
		unit->base.is_owned = false;
		tcs_store_free(&unit->reader);
		tcs_timer_free(&unit->rest);
		unit->member = NULL;
		redis_unit_release_memory(unit);
	}
	free(member);
}

struct tcs_bus_member *
tcs_redis_join(struct tcs_bus *bus, const struct tcs_bus_member_conf *conf,
    const struct tcs_bus_member_ops *ops, void *arg)
{
	struct redis_member *member = calloc(1, sizeof(*member));

	if (member == NULL)
		return NULL;
	member->base.bus = bus;
	member->ops = ops;
	member->arg = arg;
	member->window = conf->window == 0 ? 1 : conf->window;
	member->rest_ms = conf->rest_ms;
	(void)snprintf(member->group, sizeof(member->group), "%s", conf->group);
	(void)snprintf(
	    member->instance, sizeof(member->instance), "%s", conf->instance);
	for (; conf->topics[member->topics_n] != NULL; member->topics_n++) {
		tcs_assert(member->topics_n < REDIS_TOPICS);
		(void)snprintf(member->topics[member->topics_n].name, 64, "%s",
		    conf->topics[member->topics_n]);
	}
	for (unsigned i = 0; i < REDIS_UNITS; i++) {
		bool is_end = conf->names == NULL ? i == bus->partitions
		                                  : conf->names[i] == NULL;
		if (is_end)
			break;
		struct redis_unit *unit = redis_unit_new(
		    member, conf->names == NULL ? NULL : conf->names[i], i);
		if (unit == NULL)
			break;
		member->units[member->units_n++] = unit;
	}
	member->tick = tcs_timer_new(bus->loop, redis_tick, member);
	if (member->tick == NULL || member->units_n == 0) {
		tcs_redis_member_free(&member->base);
		return NULL;
	}
	tcs_timer_start(member->tick, 0);
	return &member->base;
}

static void
redis_left(struct redis_member *member)
{
	if (--member->releasing == 0)
		member->left(member->left_arg);
}

static void
redis_released(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	(void)err; /* unreleased, the lease runs out by itself */
	(void)reply;
	redis_left(arg);
}

/* The release follows the steps already sent, on the same connection. */
void
tcs_redis_leave(struct tcs_bus_member *base, void (*cb)(void *), void *arg)
{
	struct redis_member *member = (struct redis_member *)base;
	struct redis_bus *data = base->bus->data;
	char lease[256], hand[256];

	member->is_leaving = true;
	member->left = cb;
	member->left_arg = arg;
	member->releasing = 1;
	for (size_t i = 0; i < member->units_n; i++) {
		struct redis_unit *unit = member->units[i];
		if (!unit->base.is_owned)
			continue;
		redis_revoke(unit, "leaving", 0);
		redis_key(unit, "lease", lease);
		redis_key(unit, "hand", hand);
		const struct tcs_slice argv[] = {tcs_slice_str(lease),
		    tcs_slice_str(hand), tcs_slice_str(unit->owner)};
		member->releasing++;
		tcs_store_eval(base->bus->store, data->release, argv, 3,
		    redis_released, member);
	}
	redis_left(member);
}

#include "core/bus/member.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/digest.h"
#include "core/loop.h"
#include "core/step_wire.h"
#include "core/store.h"

enum {
	MEMBER_RENEW_MS = 1000,
	MEMBER_RETRY_MS = 50,
	MEMBER_RETRY_MAX_MS = 5000
};

/* ARGV: lease, fence, hand, groups, owner, instance (or ''), ms, members… */
const char tcs_lease_acquire[] =
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
const char tcs_lease_renew[] =
    "#!lua\n"
    "if redis.call('GET', ARGV[1]) ~= ARGV[2] then return 0 end\n"
    "return redis.call('PEXPIRE', ARGV[1], ARGV[3])\n";

/* ARGV: lease, hand, owner */
const char tcs_lease_release[] =
    "#!lua\n"
    "if redis.call('GET', ARGV[1]) ~= ARGV[3] then return 0 end\n"
    "redis.call('HDEL', ARGV[2], 'owner')\n"
    "return redis.call('DEL', ARGV[1])\n";

/* "<realm><kind>:<group>:<unit>" */
static void
member_key(const struct tcs_member_unit *unit, const char *kind, char key[256])
{
	(void)snprintf(key, 256, "%s%s:%s:%s",
	    tcs_store_realm(unit->base.bus->store), kind, unit->base.group,
	    unit->base.name);
}

/* With the last answer, once the member went. */
static bool
member_unit_is_kept(struct tcs_member_unit *unit)
{
	if (unit->member != NULL || unit->base.in_flight > 0 ||
	    unit->is_acquiring || unit->is_renewing || unit->is_releasing)
		return true;
	free(unit);
	return false;
}

void
tcs_member_assign(struct tcs_member_unit *unit)
{
	unit->is_assigned = true;
	unit->member->ops->assigned(
	    unit->member->arg, &unit->base, unit->is_clean);
}

void
tcs_member_revoke(
    struct tcs_member_unit *unit, const char *reason, int64_t again_ms)
{
	bool was_assigned = unit->is_assigned;

	if (!unit->base.is_owned)
		return;
	unit->base.is_owned = unit->is_assigned = false;
	unit->base.epoch++;
	unit->retry_at_ms = tcs_clock_boot_ms() + again_ms;
	unit->member->driver_ops->lost(unit);
	if (was_assigned)
		unit->member->ops->revoked(
		    unit->member->arg, &unit->base, reason);
}

void
tcs_member_failed(struct tcs_unit *base, const char *reason)
{
	struct tcs_member_unit *unit = (struct tcs_member_unit *)base;

	unit->retry_ms = unit->retry_ms * 2 > MEMBER_RETRY_MAX_MS
	                     ? MEMBER_RETRY_MAX_MS
	                     : unit->retry_ms * 2;
	tcs_member_revoke(unit, reason, unit->retry_ms);
}

bool
tcs_member_answered(struct tcs_member_unit *unit)
{
	if (unit->member == NULL)
		return member_unit_is_kept(unit);
	if (unit->base.is_owned)
		unit->retry_ms = MEMBER_RETRY_MS;
	return true;
}

size_t
tcs_member_topic(const struct tcs_bus_member *member, const char *topic)
{
	size_t i = 0;

	while (strcmp(member->topics[i], topic) != 0) {
		i++;
		tcs_assert(i < member->topics_n);
	}
	return i;
}

void
tcs_member_move(struct tcs_step *step, const struct tcs_unit *unit,
    const struct tcs_record *record, char stepped[TCS_POSITION_MAX])
{
	char key[192], number[TCS_SLICE_DECIMAL];
	const struct tcs_slice parts[] = {tcs_slice_str("pos:"),
	    tcs_slice_str(unit->group), tcs_slice_str(":"),
	    tcs_slice_str(record->topic), tcs_slice_str("."),
	    tcs_slice_decimal(record->partition, number)};
	const struct tcs_slice position = tcs_slice_str(record->position);

	(void)tcs_slice_join(key, sizeof(key), parts, 6);
	/* Of several records in one step the first one's is the position. */
	if (!tcs_step_has_guard_key(step, key))
		tcs_step_guard_key(step, key,
		    stepped[0] == '\0' ? tcs_slice(NULL, 0)
		                       : tcs_slice_str(stepped));
	tcs_step_set(step, key, position);
	(void)tcs_slice_join(stepped, TCS_POSITION_MAX, &position, 1);
}

/* The lease */

static void
member_acquired(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct tcs_member_unit *unit = arg;

	unit->is_acquiring = false;
	if (unit->member == NULL) {
		(void)member_unit_is_kept(unit);
		return;
	}
	unit->retry_at_ms = tcs_clock_boot_ms() + MEMBER_TICK_MS;
	if (err != TCS_OK || unit->member->is_leaving || !unit->is_eligible ||
	    !tcs_slice_is(tcs_reply_slice(tcs_reply_at(reply, 0)), "OK"))
		return;
	unit->base.fence = (uint64_t)tcs_reply_int(tcs_reply_at(reply, 1));
	unit->is_clean = tcs_reply_int(tcs_reply_at(reply, 2)) == 1;
	unit->base.renewed_ms = unit->renew_sent_ms;
	unit->base.is_owned = true;
	unit->base.epoch++;
	unit->was_owned = true;
	unit->member->driver_ops->taken(unit);
}

static void
member_acquire(struct tcs_member_unit *unit)
{
	struct tcs_bus_member *member = unit->member;
	struct tcs_bus *bus = member->bus;
	char lease[256], fence[256], hand[256], groups[128], ms[16];
	char texts[MEMBER_TOPICS][160];
	struct tcs_slice argv[7 + MEMBER_TOPICS];
	size_t n = 0;

	member_key(unit, "lease", lease);
	member_key(unit, "fence", fence);
	member_key(unit, "hand", hand);
	(void)snprintf(
	    groups, sizeof(groups), "%sgroups", tcs_store_realm(bus->store));
	(void)snprintf(ms, sizeof(ms), "%d", MEMBER_LEASE_MS);
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
		    member->group, member->topics[i]);
		argv[n++] = tcs_slice_str(texts[i]);
	}
	unit->is_acquiring = true;
	unit->renew_sent_ms = tcs_clock_boot_ms();
	tcs_store_eval(
	    bus->store, bus->lease_acquire, argv, n, member_acquired, unit);
}

static void
member_renewed(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct tcs_member_unit *unit = arg;

	unit->is_renewing = false;
	if (unit->member == NULL) {
		(void)member_unit_is_kept(unit);
		return;
	}
	if (err != TCS_OK)
		return;
	if (tcs_reply_int(reply) == 1)
		unit->base.renewed_ms = unit->renew_sent_ms;
	else
		tcs_member_revoke(
		    unit, "the lease is another's", MEMBER_TICK_MS);
}

static void
member_renew(struct tcs_member_unit *unit)
{
	struct tcs_bus *bus = unit->base.bus;
	char lease[256], ms[16];

	member_key(unit, "lease", lease);
	(void)snprintf(ms, sizeof(ms), "%d", MEMBER_LEASE_MS);
	const struct tcs_slice argv[] = {tcs_slice_str(lease),
	    tcs_slice_str(unit->owner), tcs_slice_str(ms)};
	unit->is_renewing = true;
	unit->renew_sent_ms = tcs_clock_boot_ms();
	tcs_store_eval(
	    bus->store, bus->lease_renew, argv, 3, member_renewed, unit);
}

static void
member_tick_unit(struct tcs_member_unit *unit)
{
	int64_t now = tcs_clock_boot_ms();
	bool is_ready = tcs_store_is_ready(unit->base.bus->store);

	if (unit->base.is_owned &&
	    now - unit->base.renewed_ms >= MEMBER_LEASE_MS)
		tcs_member_revoke(unit, "the lease ran out", 0);
	if (!is_ready)
		return;
	if (unit->base.is_owned) {
		if (!unit->is_renewing &&
		    now - unit->base.renewed_ms >= MEMBER_RENEW_MS)
			member_renew(unit);
	} else if (unit->is_eligible && !unit->is_acquiring &&
	           now >= unit->retry_at_ms) {
		member_acquire(unit);
	}
}

static void
member_tick(void *arg)
{
	struct tcs_bus_member *member = arg;

	if (member->is_leaving)
		return;
	for (size_t i = 0; i < member->units_n; i++)
		member_tick_unit(member->units[i]);
	/* Quick while something is still to be had, calm after. */
	bool is_all = true;
	for (size_t i = 0; i < member->units_n; i++)
		is_all = is_all && (member->units[i]->base.is_owned ||
		                       !member->units[i]->is_eligible);
	tcs_timer_start(member->tick, is_all ? MEMBER_TICK_MS : 20);
}

/* The release follows the steps already sent, on the same connection. */
static void
member_release(struct tcs_member_unit *unit, tcs_store_cb *cb)
{
	struct tcs_bus *bus = unit->base.bus;
	char lease[256], hand[256];

	member_key(unit, "lease", lease);
	member_key(unit, "hand", hand);
	const struct tcs_slice argv[] = {tcs_slice_str(lease),
	    tcs_slice_str(hand), tcs_slice_str(unit->owner)};
	tcs_store_eval(bus->store, bus->lease_release, argv, 3, cb, unit);
}

void
tcs_member_allow(struct tcs_member_unit *unit)
{
	unit->is_eligible = true;
	if (unit->member->tick != NULL)
		tcs_timer_start(unit->member->tick, 0);
}

void
tcs_member_forbid(struct tcs_member_unit *unit, const char *reason)
{
	bool was_owned = unit->base.is_owned;

	unit->is_eligible = false;
	tcs_member_revoke(unit, reason, 0);
	if (was_owned)
		member_release(unit, NULL);
}

/* Joining and leaving */

static struct tcs_member_unit *
member_unit_new(struct tcs_bus_member *member, const char *name, unsigned p)
{
	struct tcs_member_unit *unit = calloc(1, member->driver_ops->unit_size);
	char nonce[13];

	if (unit == NULL)
		return NULL;
	unit->member = member;
	unit->base.bus = member->bus;
	unit->base.group = member->group;
	unit->base.partition = p;
	unit->base.is_named = name != NULL;
	unit->retry_ms = MEMBER_RETRY_MS;
	if (name != NULL)
		(void)snprintf(
		    unit->base.name, sizeof(unit->base.name), "%s", name);
	else
		(void)snprintf(
		    unit->base.name, sizeof(unit->base.name), "%u", p);
	tcs_random_hex(nonce, 12);
	(void)snprintf(
	    unit->owner, sizeof(unit->owner), "%s/%s", member->instance, nonce);
	if (!member->driver_ops->unit_init(unit)) {
		member->driver_ops->unit_fini(unit);
		free(unit);
		return NULL;
	}
	return unit;
}

void
tcs_member_free(struct tcs_bus_member *member)
{
	tcs_timer_free(&member->tick);
	for (size_t i = 0; i < member->units_n; i++) {
		struct tcs_member_unit *unit = member->units[i];
		unit->base.is_owned = false;
		member->driver_ops->unit_fini(unit);
		unit->member = NULL;
		(void)member_unit_is_kept(unit);
	}
	free(member);
}

static void
member_copy_conf(
    struct tcs_bus_member *member, const struct tcs_bus_member_conf *conf)
{
	member->window = conf->window == 0 ? 1 : conf->window;
	member->rest_ms = conf->rest_ms;
	member->is_named = conf->names != NULL;
	(void)snprintf(member->group, sizeof(member->group), "%s", conf->group);
	(void)snprintf(
	    member->instance, sizeof(member->instance), "%s", conf->instance);
	for (; conf->topics[member->topics_n] != NULL; member->topics_n++) {
		tcs_assert(member->topics_n < MEMBER_TOPICS);
		(void)snprintf(member->topics[member->topics_n], 64, "%s",
		    conf->topics[member->topics_n]);
	}
}

/* All of them or none: one that is left out would never be polled or read. */
static enum tcs_err
member_units(struct tcs_bus_member *member, const char *const *names)
{
	for (unsigned i = 0;
	     names == NULL ? i < member->bus->partitions : names[i] != NULL;
	     i++) {
		struct tcs_member_unit *unit =
		    i == MEMBER_UNITS ? NULL
		                      : member_unit_new(member,
		                            names == NULL ? NULL : names[i], i);
		if (unit == NULL)
			return TCS_ENOMEM;
		member->units[member->units_n++] = unit;
	}
	return TCS_OK;
}

struct tcs_bus_member *
tcs_member_new(struct tcs_bus *bus, const struct tcs_bus_member_conf *conf,
    const struct tcs_member_ops *driver_ops,
    const struct tcs_bus_member_ops *ops, void *arg)
{
	struct tcs_bus_member *member = calloc(1, sizeof(*member));

	if (member == NULL)
		return NULL;
	member->bus = bus;
	member->driver_ops = driver_ops;
	member->ops = ops;
	member->arg = arg;
	member_copy_conf(member, conf);
	enum tcs_err err = member_units(member, conf->names);
	member->tick = tcs_timer_new(bus->loop, member_tick, member);
	if (err != TCS_OK || member->tick == NULL || member->units_n == 0) {
		tcs_member_free(member);
		return NULL;
	}
	tcs_timer_start(member->tick, 0);
	return member;
}

static void
member_left(struct tcs_bus_member *member)
{
	if (--member->releasing == 0)
		member->left(member->left_arg);
}

static void
member_released(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct tcs_member_unit *unit = arg;

	(void)err; /* unreleased, the lease runs out by itself */
	(void)reply;
	unit->is_releasing = false;
	if (unit->member == NULL)
		(void)member_unit_is_kept(unit);
	else
		member_left(unit->member);
}

void
tcs_member_leave(struct tcs_bus_member *member, void (*cb)(void *), void *arg)
{
	member->is_leaving = true;
	member->left = cb;
	member->left_arg = arg;
	member->releasing = 1;
	for (size_t i = 0; i < member->units_n; i++) {
		struct tcs_member_unit *unit = member->units[i];
		if (!unit->base.is_owned)
			continue;
		tcs_member_revoke(unit, "leaving", 0);
		member->releasing++;
		unit->is_releasing = true;
		member_release(unit, member_released);
	}
	member_left(member);
}

#include "core/bus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bus/driver.h"
#include "core/bus/member.h"
#include "core/bus_url.h"
#include "core/clock.h"
#include "core/loop.h"
#include "core/step_wire.h"
#include "core/store.h"

static const struct tcs_bus_driver *const bus_drivers[] = {
    &tcs_bus_redis, &tcs_bus_kafka};

struct tcs_slice
tcs_record_header(const struct tcs_record *record, const char *name)
{
	for (size_t i = 0; i < record->headers_n; i++) {
		if (tcs_slice_is(record->headers[i].name, name))
			return record->headers[i].value;
	}
	return tcs_slice(NULL, 0);
}

/* MurmurHash2 as Kafka's clients use it to choose a partition: seed
 * 0x9747b28c, little-endian words. */
uint32_t
tcs_murmur2(struct tcs_slice key)
{
	const uint32_t m = 0x5bd1e995;
	const unsigned char *p = (const unsigned char *)key.p;
	uint32_t h = 0x9747b28cU ^ (uint32_t)key.n;
	size_t n = key.n;

	for (; n >= 4; n -= 4, p += 4) {
		uint32_t k = (uint32_t)p[0] | (uint32_t)p[1] << 8 |
		             (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
		k *= m;
		k ^= k >> 24;
		k *= m;
		h *= m;
		h ^= k;
	}
	if (n >= 3)
		h ^= (uint32_t)p[2] << 16;
	if (n >= 2)
		h ^= (uint32_t)p[1] << 8;
	if (n >= 1) {
		h ^= p[0];
		h *= m;
	}
	h ^= h >> 13;
	h *= m;
	h ^= h >> 15;
	return h & 0x7fffffffU;
}

enum tcs_err
tcs_bus_check(const struct tcs_bus_conf *conf, struct tcs_diag *diag)
{
	const char *fault = tcs_bus_url_fault(conf->url);

	if (fault != NULL)
		return tcs_diag_add(diag, TCS_ECONFIG, conf->file, 0,
		    "bus: \"%.200s\" %s", conf->url, fault);
	return tcs_bus_url_is_kafka(conf->url)
	           ? tcs_kafka_conf_check(conf, diag)
	           : TCS_OK;
}

enum tcs_err
tcs_bus_new(struct tcs_loop *loop, struct tcs_store *store,
    const struct tcs_bus_conf *conf, struct tcs_bus **ret_bus,
    struct tcs_diag *diag)
{
	const struct tcs_bus_driver *driver = NULL;

	for (size_t i = 0; i < sizeof(bus_drivers) / sizeof(bus_drivers[0]);
	     i++) {
		if (tcs_slice_starts(
		        tcs_slice_str(conf->url), bus_drivers[i]->scheme))
			driver = bus_drivers[i];
	}
	if (driver == NULL || conf->partitions < 1 || conf->partitions > 64) {
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "no bus \"%s\" with %u partitions: write \"redis:\" or "
		    "\"kafka://host:9092\", and 1 to 64",
		    conf->url, conf->partitions);
	}
	struct tcs_bus *bus = calloc(1, sizeof(*bus));
	if (bus == NULL)
		return TCS_ENOMEM;
	bus->driver = driver;
	bus->loop = loop;
	bus->store = store;
	bus->partitions = conf->partitions;
	bus->step_script = tcs_store_script(store, tcs_step_script);
	bus->lease_acquire = tcs_store_script(store, tcs_lease_acquire);
	bus->lease_renew = tcs_store_script(store, tcs_lease_renew);
	bus->lease_release = tcs_store_script(store, tcs_lease_release);
	enum tcs_err err = driver->open(bus, conf, diag);
	if (err != TCS_OK) {
		free(bus);
		return err;
	}
	*ret_bus = bus;
	return TCS_OK;
}

void
tcs_bus_free(struct tcs_bus **bus)
{
	if (bus == NULL || *bus == NULL)
		return;
	(*bus)->driver->close(*bus);
	free(*bus);
	*bus = NULL;
}

struct tcs_store *
tcs_bus_store(struct tcs_bus *bus)
{
	return bus->store;
}

unsigned
tcs_bus_partitions(const struct tcs_bus *bus)
{
	return bus->partitions;
}

unsigned
tcs_bus_partition_of(const struct tcs_bus *bus, struct tcs_slice key)
{
	return tcs_murmur2(key) % bus->partitions;
}

struct tcs_bus_member *
tcs_bus_join(struct tcs_bus *bus, const struct tcs_bus_member_conf *conf,
    const struct tcs_bus_member_ops *ops, void *arg)
{
	return bus->driver->join(bus, conf, ops, arg);
}

/* The unit */

const char *
tcs_unit_name(const struct tcs_unit *unit)
{
	return unit->name;
}

bool
tcs_unit_has_key(const struct tcs_unit *unit, struct tcs_slice key)
{
	if (unit->is_named)
		return tcs_slice_is(key, unit->name);
	return tcs_bus_partition_of(unit->bus, key) == unit->partition;
}

int64_t
tcs_unit_lease_age_ms(const struct tcs_unit *unit)
{
	if (!unit->is_owned)
		return INT64_MAX;
	return tcs_clock_boot_ms() - unit->renewed_ms;
}

void *
tcs_unit_data(const struct tcs_unit *unit)
{
	return unit->data;
}

void
tcs_unit_set_data(struct tcs_unit *unit, void *data)
{
	unit->data = data;
}

void
tcs_bus_read(struct tcs_unit *unit)
{
	unit->bus->driver->read(unit);
}

void
tcs_bus_pause(struct tcs_unit *unit)
{
	unit->bus->driver->pause(unit);
}

/* Steps of a unit */

bool
tcs_unit_is_full(const struct tcs_unit *unit)
{
	return unit->bus->driver->is_full != NULL &&
	       unit->bus->driver->is_full(unit);
}

struct tcs_step *
tcs_unit_step(struct tcs_unit *unit)
{
	struct tcs_step *step = tcs_step_new(unit->bus);

	if (step != NULL)
		tcs_step_fence(step, unit->group, unit->name, unit->fence);
	return step;
}

void
tcs_step_input_record(struct tcs_step *step, struct tcs_unit *unit,
    const struct tcs_record *record)
{
	unit->bus->driver->input(step, unit, record);
}

struct unit_commit {
	struct tcs_unit *unit;
	void *prepared; /* the driver's */
	uint64_t epoch;
	void (*done)(void *);
	void *done_arg;
	void (*on_commit)(void *);
	void *on_commit_arg;
};

static void
unit_committed(void *arg, enum tcs_err err, const char *reason)
{
	struct unit_commit *commit = arg;
	struct tcs_unit *unit = commit->unit;
	const struct tcs_bus_driver *driver = unit->bus->driver;
	bool is_current = unit->is_owned && unit->epoch == commit->epoch;

	unit->in_flight--;
	if (driver->stored != NULL)
		driver->stored(
		    unit, commit->prepared, is_current && err == TCS_OK);
	/* What it sent may have failed at once, and revoked the unit. */
	is_current = is_current && unit->epoch == commit->epoch;
	if (is_current && err != TCS_OK)
		tcs_member_failed(unit, reason);
	if (is_current && err == TCS_OK && commit->on_commit != NULL)
		commit->on_commit(commit->on_commit_arg);
	if (is_current && err == TCS_OK && commit->done != NULL)
		commit->done(commit->done_arg);
	free(commit);
	driver->answered(unit);
}

void
tcs_unit_commit(struct tcs_unit *unit, struct tcs_step *step,
    void (*done)(void *done_arg), void *done_arg)
{
	struct unit_commit *commit = calloc(1, sizeof(*commit));

	tcs_assert(commit != NULL);
	commit->unit = unit;
	commit->epoch = unit->epoch;
	commit->done = done;
	commit->done_arg = done_arg;
	/* An answer that comes after a revocation is nobody's. */
	tcs_step_take_on_commit(
	    step, &commit->on_commit, &commit->on_commit_arg);
	unit->in_flight++;
	if (unit->bus->driver->prepare != NULL)
		commit->prepared = unit->bus->driver->prepare(unit, step);
	tcs_step_commit(step, unit_committed, commit);
}

void
tcs_bus_leave(struct tcs_bus_member *member, void (*cb)(void *), void *arg)
{
	member->bus->driver->leave(member, cb, arg);
}

void
tcs_bus_member_free(struct tcs_bus_member **member)
{
	if (member == NULL || *member == NULL)
		return;
	(*member)->bus->driver->member_free(*member);
	*member = NULL;
}

void
tcs_bus_lag(struct tcs_bus *bus, const char *group, const char *topic,
    tcs_bus_lag_cb *cb, void *arg)
{
	bus->driver->lag(bus, group, topic, cb, arg);
}

const char *
tcs_bus_reason(const struct tcs_bus *bus)
{
	return bus->reason;
}

struct tcs_bus_tail *
tcs_bus_tail_new(
    struct tcs_bus *bus, const char *topic, tcs_bus_tail_cb *cb, void *arg)
{
	return bus->driver->tail_open(bus, topic, cb, arg);
}

bool
tcs_bus_tail_is_open(struct tcs_bus *bus, const struct tcs_bus_tail *tail)
{
	return bus->driver->tail_is_open(tail);
}

void
tcs_bus_tail_free(struct tcs_bus *bus, struct tcs_bus_tail **tail)
{
	if (tail == NULL || *tail == NULL)
		return;
	bus->driver->tail_close(*tail);
	*tail = NULL;
}

void
tcs_bus_scan(struct tcs_bus *bus, const char *topic, tcs_bus_scan_cb *cb,
    void (*done)(void *arg, enum tcs_err err), void *arg)
{
	bus->driver->scan(bus, topic, cb, done, arg);
}

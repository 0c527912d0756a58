/* bus.h - topics of keyed records, with one owner per (group, partition).
 *
 * A topic has P partitions; partition = murmur2(key) mod P on every driver.
 * Records of one key are read in the order they were published. Publishing is
 * done by a step (core/step), acknowledging too: the position of (group,
 * topic, partition) is part of it. The URL's scheme names the driver, a file
 * in bus/. */
#ifndef TOCSIN_CORE_BUS_H
#define TOCSIN_CORE_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/slice.h"
#include "core/step.h"

struct tcs_loop;
struct tcs_store;
struct tcs_bus;  /* opaque */
struct tcs_unit; /* what is owned: (group, partition) or (group, name) */

enum { TCS_POSITION_MAX = 48, TCS_RECORD_MAX = 1000000 };

struct tcs_record {
	const char *topic; /* without the realm */
	unsigned partition;
	const char *position; /* opaque text, ordered by the driver */
	int64_t at_ms; /* when the bus took it, by its own clock; 0: unknown */
	struct tcs_slice key, value;
	const struct tcs_header *headers;
	size_t headers_n;
};

/* First header of that name; p NULL when absent. */
struct tcs_slice tcs_record_header(
    const struct tcs_record *record, const char *name);

/* One of librdkafka's, by the name that it has there. `value` NULL: it is a
 * secret that could not be read; for tcs_bus_check() only. */
struct tcs_bus_property {
	const char *name, *value;
	unsigned line; /* where it is written in the conf's file; 0: nowhere */
};

struct tcs_bus_conf {
	/* "redis:" (the store's server) or "kafka://host:9092,other:9092" */
	const char *url;
	unsigned partitions;                       /* P, 1 to 64 */
	const struct tcs_bus_property *properties; /* of Kafka's clients */
	size_t properties_n;
	const char *file; /* for findings, or NULL */
};

/* What the driver of that URL would refuse, offline: one finding a fault. */
enum tcs_err tcs_bus_check(
    const struct tcs_bus_conf *conf, struct tcs_diag *diag) TCS_MUST_USE;
/* Borrows `loop` and `store`. TCS_EINVAL: no driver for that URL. */
enum tcs_err tcs_bus_new(struct tcs_loop *loop, struct tcs_store *store,
    const struct tcs_bus_conf *conf, struct tcs_bus **ret_bus,
    struct tcs_diag *diag) TCS_MUST_USE;
void tcs_bus_free(struct tcs_bus **bus); /* NULL-safe, sets it to NULL */
struct tcs_store *tcs_bus_store(struct tcs_bus *bus);
unsigned tcs_bus_partitions(const struct tcs_bus *bus);
unsigned tcs_bus_partition_of(const struct tcs_bus *bus, struct tcs_slice key);
/* Kafka's murmur2 with its sign bit cleared. */
uint32_t tcs_murmur2(struct tcs_slice key);

/* What a member of a group is told, from the loop. */
struct tcs_bus_member_ops {
	/* Ownership begins: the fence is raised, nothing is read yet. The
	 * member loads its state, then calls tcs_bus_read(). `is_clean`: the
	 * last owner released it. */
	void (*assigned)(void *arg, struct tcs_unit *unit, bool is_clean);
	/* Ownership is over, or must be taken again because a step failed:
	 * forget everything about the unit, which is invalid after this. */
	void (*revoked)(void *arg, struct tcs_unit *unit, const char *reason);
	/* One record; it and its strings are borrowed during the call. The
	 * member answers with one step that has this record as its input. */
	void (*record)(
	    void *arg, struct tcs_unit *unit, const struct tcs_record *record);
};

struct tcs_bus_member_conf {
	const char *group;    /* "rules" */
	const char *instance; /* name of this process, stable over restarts */
	const char *const *topics; /* NULL-terminated; empty: only ownership */
	/* What it will publish, NULL-terminated, or NULL: a driver makes itself
	 * ready for it, so that the first record waits for nothing. */
	const char *const *publishes;
	/* NULL: the partitions; else named units (a collector's feeds), NULL-
	 * terminated. */
	const char *const *names;
	size_t window; /* steps in flight per unit before reading pauses */
	/* Rest between two readings, for a reader whom nobody waits for: more
	 * records then come in each. 0: none. */
	int64_t rest_ms;
};

struct tcs_bus_member; /* opaque */
struct tcs_bus_member *tcs_bus_join(struct tcs_bus *bus,
    const struct tcs_bus_member_conf *conf,
    const struct tcs_bus_member_ops *ops, void *arg);
/* Release what is owned, cleanly, then `cb`; then tcs_bus_member_free(). */
void tcs_bus_leave(
    struct tcs_bus_member *member, void (*cb)(void *), void *arg);
void tcs_bus_member_free(struct tcs_bus_member **member);

/* The unit. */
const char *tcs_unit_name(const struct tcs_unit *unit); /* "0", "vigicrues" */
bool tcs_unit_has_key(const struct tcs_unit *unit, struct tcs_slice key);
/* Milliseconds (CLOCK_BOOTTIME) since the lease was last known renewed; a
 * caller that is about to do what cannot be undone asks that it is < 4 s. */
int64_t tcs_unit_lease_age_ms(const struct tcs_unit *unit);
void *tcs_unit_data(const struct tcs_unit *unit);
void tcs_unit_set_data(struct tcs_unit *unit, void *data);
/* What was committed and waits for the bus is at its bound (10 000 records or
 * 64 MB): reading has paused; begin nothing new. */
bool tcs_unit_is_full(const struct tcs_unit *unit);
/* Start, or go on, handing over records after the stored positions. */
void tcs_bus_read(struct tcs_unit *unit);
void tcs_bus_pause(struct tcs_unit *unit);
/* A step fenced by this unit. With a record, or several in the order in which
 * they were handed over: guarded by the unit's position before the first, and
 * moving the position to the last. Steps of a unit are committed in
 * the order of tcs_unit_commit(), several in flight. */
struct tcs_step *tcs_unit_step(struct tcs_unit *unit);
void tcs_step_input_record(struct tcs_step *step, struct tcs_unit *unit,
    const struct tcs_record *record);
/* Takes `step`. `done` (may be NULL) is called only when it succeeded; if it
 * failed for whatever reason the unit is revoked instead, and `done_arg` is
 * to be freed there. */
void tcs_unit_commit(struct tcs_unit *unit, struct tcs_step *step,
    void (*done)(void *done_arg), void *done_arg);

/* Records of a topic not yet acknowledged by a group, all partitions. */
typedef void tcs_bus_lag_cb(void *arg, enum tcs_err err, uint64_t records);
void tcs_bus_lag(struct tcs_bus *bus, const char *group, const char *topic,
    tcs_bus_lag_cb *cb, void *arg);

/* What a bus beside the store last said of why it does not answer, or of what
 * it refused; "": nothing, and always when the store is the bus. */
const char *tcs_bus_reason(const struct tcs_bus *bus);

/* Records of a topic, oldest first, one partition after the other; return
 * false from `cb` to stop. `done` is called last. */
typedef bool tcs_bus_scan_cb(void *arg, const struct tcs_record *record);
void tcs_bus_scan(struct tcs_bus *bus, const char *topic, tcs_bus_scan_cb *cb,
    void (*done)(void *arg, enum tcs_err err), void *arg);

/* Records of a topic published from now on, within a second, in order per
 * partition; what stays of an outage comes after it. For whoever looks: no
 * group, no position. NULL when out of memory. Close it before the bus. */
struct tcs_bus_tail; /* opaque */
typedef void tcs_bus_tail_cb(void *arg, const struct tcs_record *record);
struct tcs_bus_tail *tcs_bus_tail_new(
    struct tcs_bus *bus, const char *topic, tcs_bus_tail_cb *cb, void *arg);
/* It knows where the topic ended: all that is published after this is seen. */
bool tcs_bus_tail_is_open(struct tcs_bus *bus, const struct tcs_bus_tail *tail);
/* NULL-safe, sets it to NULL; `cb` is not called any more. */
void tcs_bus_tail_free(struct tcs_bus *bus, struct tcs_bus_tail **tail);

#endif

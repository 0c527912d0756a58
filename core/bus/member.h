/* member.h - what the members of every driver have in common: units that are
 * owned by a lease in the store.
 *
 * The lease lasts 5 s and is renewed each second; it is taken when it has run
 * out or was released, or at once by the instance that held it and started
 * anew. A new owner raises the fence before it reads.
 *
 *   free --lease is free, or was this instance's--> taken --driver is ready--.
 *    ^                                                |                      |
 *    |                                 lease lost ----|---- step failed      v
 *    '------------------------------------------------'<----------------
 * assigned
 */
#ifndef TOCSIN_CORE_BUS_MEMBER_H
#define TOCSIN_CORE_BUS_MEMBER_H

#include "core/bus/driver.h"

struct tcs_timer;

enum {
	MEMBER_TOPICS = 16,
	MEMBER_UNITS = 512, /* partitions, or feeds of one driver */
	MEMBER_LEASE_MS = 5000,
	MEMBER_TICK_MS = 250,
};

struct tcs_member_unit {
	struct tcs_unit base; /* first: a unit is cast to it */
	struct tcs_bus_member *member;
	char owner[128];  /* instance/nonce */
	bool is_eligible; /* may be taken; the driver says */
	bool is_assigned; /* the member was told */
	bool is_clean;    /* the owner before released it */
	bool was_owned;   /* this process held it before */
	bool is_acquiring, is_renewing, is_releasing; /* answers awaited */
	int64_t renew_sent_ms, retry_at_ms, retry_ms;
};

/* What a driver does of its own. */
struct tcs_member_ops {
	size_t unit_size; /* of the struct that begins with tcs_member_unit */
	/* Make what the unit reads with; false: out of memory. */
	bool (*unit_init)(struct tcs_member_unit *unit);
	void (*unit_fini)(struct tcs_member_unit *unit);
	/* The lease is ours. Once whatever must precede it is done, call
	 * tcs_member_assign(). */
	void (*taken)(struct tcs_member_unit *unit);
	/* It is over: forget what was read ahead. */
	void (*lost)(struct tcs_member_unit *unit);
};

struct tcs_bus_member {
	struct tcs_bus *bus;
	const struct tcs_member_ops *driver_ops;
	const struct tcs_bus_member_ops *ops;
	void *arg;
	char group[64], instance[96];
	char topics[MEMBER_TOPICS][64];
	size_t topics_n, window;
	bool is_named;
	int64_t rest_ms;
	struct tcs_member_unit *units[MEMBER_UNITS];
	size_t units_n;
	struct tcs_timer *tick;
	bool is_leaving;
	size_t releasing;
	void (*left)(void *);
	void *left_arg;
	void *data; /* the driver's */
};

/* NULL when out of memory. Units are not eligible yet. */
struct tcs_bus_member *tcs_member_new(struct tcs_bus *bus,
    const struct tcs_bus_member_conf *conf,
    const struct tcs_member_ops *driver_ops,
    const struct tcs_bus_member_ops *ops, void *arg);
void tcs_member_free(struct tcs_bus_member *member);
/* Release what is owned, behind the steps already sent, then `cb`. */
void tcs_member_leave(
    struct tcs_bus_member *member, void (*cb)(void *), void *arg);

/* May be taken from now on. */
void tcs_member_allow(struct tcs_member_unit *unit);
/* Not any more: revoked, and released for the next one. */
void tcs_member_forbid(struct tcs_member_unit *unit, const char *reason);
/* Tell the member that it owns the unit. */
void tcs_member_assign(struct tcs_member_unit *unit);
/* Ownership ends here; it is tried again after `again_ms`. */
void tcs_member_revoke(
    struct tcs_member_unit *unit, const char *reason, int64_t again_ms);
/* A step of the unit failed: the same, after a wait that grows. */
void tcs_member_failed(struct tcs_unit *unit, const char *reason);
/* A step was answered. False: the unit is gone with it. */
bool tcs_member_answered(struct tcs_member_unit *unit);
/* The step's input is this record: guarded by the position before it, which is
 * in `stepped` and becomes the record's. */
void tcs_member_move(struct tcs_step *step, const struct tcs_unit *unit,
    const struct tcs_record *record, char stepped[TCS_POSITION_MAX]);
/* Index of a topic, which is one of the member's. */
size_t tcs_member_topic(const struct tcs_bus_member *member, const char *topic);

#endif

/* driver.h - what a bus driver supplies; seen by bus.c, step.c and the drivers
 * only. */
#ifndef TOCSIN_CORE_BUS_DRIVER_H
#define TOCSIN_CORE_BUS_DRIVER_H

#include "core/bus.h"

struct tcs_bus_driver {
	const char *scheme; /* "redis:" */
	enum tcs_err (*open)(struct tcs_bus *bus,
	    const struct tcs_bus_conf *conf, struct tcs_diag *diag);
	void (*close)(struct tcs_bus *bus);
	/* Add one record to a step, which is sent to the store as a whole. */
	void (*publish)(struct tcs_bus *bus, struct tcs_step *step,
	    const struct tcs_outgoing *record);
	/* For a bus beside the store; all NULL when the store is the bus. The
	 * step is about to be sent: put what it publishes into it too, and
	 * return what `stored` will get. */
	void *(*prepare)(struct tcs_unit *unit, struct tcs_step *step);
	/* The store took it (`is_ours`: for the owner it was sent by), or not.
	 * Takes `prepared`. */
	void (*stored)(struct tcs_unit *unit, void *prepared, bool is_ours);
	/* A step without owner, after the store took it. */
	void (*send)(struct tcs_bus *bus, struct tcs_slice records,
	    tcs_step_cb *cb, void *arg);
	/* What was stored and has not yet left is at its bound. */
	bool (*is_full)(const struct tcs_unit *unit);
	struct tcs_bus_member *(*join)(struct tcs_bus *bus,
	    const struct tcs_bus_member_conf *conf,
	    const struct tcs_bus_member_ops *ops, void *arg);
	void (*leave)(
	    struct tcs_bus_member *member, void (*cb)(void *), void *arg);
	void (*member_free)(struct tcs_bus_member *member);
	void (*read)(struct tcs_unit *unit);
	void (*pause)(struct tcs_unit *unit);
	void (*input)(struct tcs_step *step, struct tcs_unit *unit,
	    const struct tcs_record *record);
	void (*answered)(struct tcs_unit *unit); /* a step of it */
	void (*lag)(struct tcs_bus *bus, const char *group, const char *topic,
	    tcs_bus_lag_cb *cb, void *arg);
	void (*scan)(struct tcs_bus *bus, const char *topic,
	    tcs_bus_scan_cb *cb, void (*done)(void *arg, enum tcs_err err),
	    void *arg);
	struct tcs_bus_tail *(*tail_open)(struct tcs_bus *bus,
	    const char *topic, tcs_bus_tail_cb *cb, void *arg);
	bool (*tail_is_open)(const struct tcs_bus_tail *tail);
	void (*tail_close)(struct tcs_bus_tail *tail);
};

struct tcs_bus {
	const struct tcs_bus_driver *driver;
	struct tcs_loop *loop;
	struct tcs_store *store;
	unsigned partitions;
	/* Numbers for tcs_store_eval(). */
	int step_script, lease_acquire, lease_renew, lease_release;
	char reason[256]; /* why it does not answer; "" while it does */
	void *data;       /* the driver's */
};

/* What is owned; the driver embeds it. */
struct tcs_unit {
	struct tcs_bus *bus;
	const char *group;
	char name[64];
	unsigned partition; /* unless is_named */
	bool is_named;
	bool is_owned;
	uint64_t epoch; /* raised at each change of owner: old answers show */
	uint64_t fence;
	int64_t renewed_ms; /* CLOCK_BOOTTIME of the last sure renewal */
	size_t in_flight;   /* steps sent, unanswered; keeps it allocated */
	void *data;         /* the member's */
};

extern const struct tcs_bus_driver tcs_bus_redis, tcs_bus_kafka;

extern const char tcs_lease_acquire[], tcs_lease_renew[], tcs_lease_release[];

/* Servers and properties of a kafka:// bus, without opening it. */
enum tcs_err tcs_kafka_conf_check(
    const struct tcs_bus_conf *conf, struct tcs_diag *diag) TCS_MUST_USE;

#endif

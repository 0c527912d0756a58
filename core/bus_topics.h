/* bus_topics.h - the topics of a realm on a kafka:// bus, made, corrected and,
 * an exercise's, removed: nothing makes them by itself. For the CLI: it waits
 * for the servers, at most half a minute a request. */
#ifndef TOCSIN_CORE_BUS_TOPICS_H
#define TOCSIN_CORE_BUS_TOPICS_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/bus.h"
#include "core/err.h"

struct tcs_bus_topics {
	const char *realm;
	/* Copies of each partition; 0: 3, or as many as there are servers. Of a
	 * topic that is there it can only be compared. */
	int replication;
	/* Copies that must have a record before it counts as published; 0: one
	 * less than there are, and what a topic has already. */
	int min_insync;
	bool is_dry;    /* say what would be done, and do nothing */
	bool is_forced; /* add partitions to a topic that has records */
};

/* One line of text a topic, what was done or not. Borrowed in the call. */
typedef void tcs_bus_topics_cb(void *arg, const char *line);

/* Each topic of core/topics.h as `conf` wants it. TCS_EGUARD: something was
 * refused, and nothing was changed. TCS_EIO: a server refused what a line
 * says, the other lines hold. TCS_EUNAVAIL, TCS_ECONFIG with findings. */
enum tcs_err tcs_bus_topics_init(const struct tcs_bus_conf *conf,
    const struct tcs_bus_topics *wanted, tcs_bus_topics_cb *say, void *arg,
    struct tcs_diag *diag) TCS_MUST_USE;
/* Append the names of those that are not there to `missing`, after a blank
 * each. TCS_EUNAVAIL with a finding: no server answers within 2 s. */
enum tcs_err tcs_bus_topics_missing(const struct tcs_bus_conf *conf,
    const char *realm, struct tcs_buf *missing,
    struct tcs_diag *diag) TCS_MUST_USE;

/* Remove each of them that is there, with all it holds, and wait until none is
 * any more: they can be made anew then. `realm` is an exercise's. */
enum tcs_err tcs_bus_topics_drop(const struct tcs_bus_conf *conf,
    const char *realm, struct tcs_diag *diag) TCS_MUST_USE;

#endif

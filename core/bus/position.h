/* position.h - a realm that changes its bus: each bus' position of a topic is
 * kept while the other one is in use.
 *
 * The position in use is `pos:<group>:<topic>.<partition>`; a dash tells a
 * stream's from an offset. Beside it, with "@redis" or "@kafka" at its end, is
 * the last one of the bus that is not in use. */
#ifndef TOCSIN_CORE_BUS_POSITION_H
#define TOCSIN_CORE_BUS_POSITION_H

#include "core/bus/driver.h"

/* `position`: of the bus in use, "" for none; borrowed in the call. */
typedef void tcs_position_cb(void *arg, enum tcs_err err, const char *position);

struct tcs_position_change {
	struct tcs_unit *unit;
	const char *topic;
	const char *found;        /* what is stored; of the other bus */
	const char *here, *there; /* "redis", "kafka" */
};

/* Is it one of the bus `here`? */
bool tcs_position_is_of(const char *position, const char *here);
/* Store what is found as the other bus' and put the one that this bus had in
 * its place, fenced. The unit has one more in flight until `cb` is called. */
void tcs_position_change(
    const struct tcs_position_change *change, tcs_position_cb *cb, void *arg);

#endif

/* guard.h - the second wall between an exercise and the world: the one
 * function that everything which leaves has passed, whatever made it.
 *
 * In a realm "x-…" only exercises leave, marked first and last; in the real
 * realm never an exercise, and as long as the observatory is not live, only
 * tests. */
#ifndef TOCSIN_DISPATCHER_GUARD_H
#define TOCSIN_DISPATCHER_GUARD_H

#include <stdbool.h>

struct tcs_guard {
	const char *realm; /* "tocsin.", "x-flood." */
	bool is_live;      /* observatory.live = yes */
};

/* What is about to leave; borrowed. `headline` is that of the CAP document. */
struct tcs_outbound {
	const char *status; /* of the CAP document: "Actual", … */
	const char *subject, *text, *headline;
	bool is_contact_known; /* the target is this configuration's */
};

/* NULL: it may leave. Else why not, one line. */
const char *tcs_guard_refuse(
    const struct tcs_guard *guard, const struct tcs_outbound *outbound);

#endif

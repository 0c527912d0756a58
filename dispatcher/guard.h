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

/* What people may come to read of a message: its subject and text, and of its
 * CAP document the texts that a reader shows. */
#define TCS_OUTBOUND_PARTS(X)                                                  \
	X(SUBJECT, "subject")                                                  \
	X(TEXT, "text")                                                        \
	X(HEADLINE, "headline")                                                \
	X(DESCRIPTION, "description")                                          \
	X(INSTRUCTION, "instruction")

#define TCS_OUTBOUND_ENUM(name, word) TCS_OUTBOUND_##name,
enum { TCS_OUTBOUND_PARTS(TCS_OUTBOUND_ENUM) TCS_OUTBOUND_PART_COUNT };
#undef TCS_OUTBOUND_ENUM

/* What is about to leave; borrowed. */
struct tcs_outbound {
	const char *status; /* of the CAP document: "Actual", … */
	/* The first three have to be there; NULL: there is no such part. */
	const char *parts[TCS_OUTBOUND_PART_COUNT];
	bool is_contact_known; /* the target is this configuration's */
};

/* NULL: it may leave. Else why not, one line. */
const char *tcs_guard_refuse(
    const struct tcs_guard *guard, const struct tcs_outbound *outbound);

#endif

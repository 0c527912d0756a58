/* step.h - the only code that makes anything durable.
 *
 * A step is one input, the state it changes, the records it publishes, and one
 * commit. The server compares fence and guards before it writes anything; a
 * guard that is not met, or a newer owner, means that nothing was written.
 * Keys are given without the realm's prefix: the step adds it. */
#ifndef TOCSIN_CORE_STEP_H
#define TOCSIN_CORE_STEP_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/slice.h"

struct tcs_bus;
struct tcs_step; /* opaque */

struct tcs_header {
	struct tcs_slice name, value; /* bytes; names may repeat */
};

/* A record to publish; everything is copied by tcs_step_publish(). */
struct tcs_outgoing {
	const char *topic;      /* "signals", without the realm */
	struct tcs_slice key;   /* decides the partition */
	struct tcs_slice value; /* at most 1 000 000 bytes */
	const struct tcs_header *headers;
	size_t headers_n;
};

/* err: TCS_OK; TCS_EFENCED; TCS_EGUARD; TCS_EUNAVAIL (outcome unknown);
 * TCS_EDENIED or TCS_EINVAL (refused whole; a defect: see `reason`). */
typedef void tcs_step_cb(void *arg, enum tcs_err err, const char *reason);

/* A step of its own, without owner: what a person does by the CLI. Daemons get
 * theirs from core/worker. NULL when out of memory. */
struct tcs_step *tcs_step_new(struct tcs_bus *bus);
void tcs_step_free(struct tcs_step **step); /* not after tcs_step_commit() */

/* Guards. `expected` with p NULL: the key or field must be absent. */
void tcs_step_guard_key(
    struct tcs_step *step, const char *key, struct tcs_slice expected);
void tcs_step_guard_field(struct tcs_step *step, const char *key,
    const char *field, struct tcs_slice expected);
/* The member of a sorted set must have this score (ms). */
void tcs_step_guard_score(
    struct tcs_step *step, const char *key, const char *member, int64_t score);

/* Changes, made in this order. Arguments are copied; a failure to copy is
 * sticky and fails the commit with TCS_ENOMEM. */
void tcs_step_set(struct tcs_step *step, const char *key, struct tcs_slice v);
void tcs_step_del(struct tcs_step *step, const char *key);
void tcs_step_hset(struct tcs_step *step, const char *key, const char *field,
    struct tcs_slice value);
void tcs_step_hdel(struct tcs_step *step, const char *key, const char *field);
void tcs_step_zadd(
    struct tcs_step *step, const char *key, const char *member, int64_t score);
void tcs_step_zrem(struct tcs_step *step, const char *key, const char *member);
/* Bounded by the step's 4 MiB; a value above 1 000 000 bytes makes the commit
 * fail with TCS_ELIMIT before anything leaves. */
void tcs_step_publish(struct tcs_step *step, const struct tcs_outgoing *record);

/* Call `cb` once the step is committed, before the committer's own callback,
 * and on no other outcome: whoever owns the unit is revoked then. At most one
 * a step. For who adds to a step that someone else commits. */
void tcs_step_on_commit(
    struct tcs_step *step, void (*cb)(void *arg), void *arg);

/* Number of changes and records so far. */
size_t tcs_step_count(const struct tcs_step *step);

/* Takes `step`. `cb` is called exactly once, from the loop. */
void tcs_step_commit(struct tcs_step *step, tcs_step_cb *cb, void *arg);

#endif

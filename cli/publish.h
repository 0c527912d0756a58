/* publish.h - what a person does by the CLI: records of `decisions`, and what
 * the dispatcher says became of them. */
#ifndef TOCSIN_CLI_PUBLISH_H
#define TOCSIN_CLI_PUBLISH_H

#include "core/err.h"
#include "core/json.h"
#include "core/program.h"
#include "core/slice.h"
#include "core/step.h"

enum { TCS_PUBLISH_KEY = 16 };

/* A key that falls into that partition: what every owner has to be told, as
 * that a feed is resumed, is published once for each. */
void tcs_publish_key(
    const struct tcs_bus *bus, unsigned partition, char key[TCS_PUBLISH_KEY]);

/* Records of one step; waits until all of them are stored. When that is not
 * sure `diag` says so of `what`, and `then`, what to do. */
enum tcs_err tcs_publish_records(struct tcs_program *program,
    const struct tcs_outgoing *records, size_t n, const char *what,
    const char *then, struct tcs_diag *diag) TCS_MUST_USE;

/* One decision. `trace` may be NULL. */
struct tcs_published {
	const char *id;    /* of the decision */
	const char *key;   /* of the record: a département */
	const char *trace; /* 16 hex, or NULL */
	int64_t at_ms;
	struct tcs_slice value;
};
enum tcs_err tcs_publish_decision(struct tcs_program *program,
    const struct tcs_published *record, struct tcs_diag *diag) TCS_MUST_USE;
/* What ledger:outcomes has of it, waited for at most `wait_ms`. The caller owns
 * *ret_outcome. TCS_ETIMEOUT: no dispatcher has read it yet. */
enum tcs_err tcs_await_outcome(struct tcs_program *program,
    const struct tcs_published *record, int64_t wait_ms, json_t **ret_outcome,
    struct tcs_diag *diag) TCS_MUST_USE;
/* The realm's clock is known: with --realm-clock it has to be read once. */
enum tcs_err tcs_await_clock(
    struct tcs_program *program, struct tcs_diag *diag) TCS_MUST_USE;

#endif

/* aside.h - records that were set aside, and what a person did with each: given
 * back to its topic (retry), or dropped. The topic `events` says so. */
#ifndef TOCSIN_CLI_ASIDE_H
#define TOCSIN_CLI_ASIDE_H

#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/json.h"
#include "core/program.h"
#include "core/slice.h"
#include "core/step.h"

#define TCS_ASIDE_RETRY "rejected-retry"
#define TCS_ASIDE_DROP "rejected-drop"

enum { TCS_ASIDE_HEADERS = 32, TCS_ASIDE_HANDLED_MAX = 100000 };

struct tcs_aside; /* opaque: what was done so far */

struct tcs_aside *tcs_aside_new(void);         /* NULL when out of memory */
void tcs_aside_free(struct tcs_aside **aside); /* NULL-safe */
/* Take the value of one record of `events`; other kinds are passed over.
 * TCS_ELIMIT: too many. */
enum tcs_err tcs_aside_take(
    struct tcs_aside *aside, struct tcs_slice event) TCS_MUST_USE;
/* All of `events`. Runs the loop. */
enum tcs_err tcs_aside_load(struct tcs_program *program,
    struct tcs_aside *aside, struct tcs_diag *diag) TCS_MUST_USE;
/* "retried by mdurand, 2026-11-23T17:00:00+01:00", borrowed; NULL: it is still
 * to be dealt with. `id` is the header of the record in `rejected`. */
const char *tcs_aside_done(const struct tcs_aside *aside, struct tcs_slice id);

/* What is done with a record that was set aside. */
struct tcs_aside_act {
	const char *kind;   /* TCS_ASIDE_RETRY, TCS_ASIDE_DROP */
	const char *id;     /* what was set aside */
	const char *by;     /* login */
	const char *reason; /* or NULL */
	int64_t at_ms;
};
/* The event's value. */
enum tcs_err tcs_aside_write(
    const struct tcs_aside_act *act, struct tcs_buf *buf) TCS_MUST_USE;
/* The record again, as it was published: borrows from `value`, the value of the
 * record in `rejected`, and fills `headers`. TCS_EINVAL with the reason why it
 * cannot be given back. */
enum tcs_err tcs_aside_original(const json_t *value,
    struct tcs_header headers[TCS_ASIDE_HEADERS],
    struct tcs_outgoing *ret_record, struct tcs_diag *diag) TCS_MUST_USE;

#endif

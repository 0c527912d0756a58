/* due.h - a set of names, each due at a time; the earliest is found at once. */
#ifndef TOCSIN_CORE_DUE_H
#define TOCSIN_CORE_DUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct tcs_due; /* opaque */

struct tcs_due *tcs_due_new(void); /* NULL when out of memory */
void tcs_due_free(struct tcs_due **due);
/* Add `name` (copied), or move it: due at `at_ms`, with a value kept beside. */
enum tcs_err tcs_due_set(struct tcs_due *due, const char *name, int64_t at_ms,
    int64_t value) TCS_MUST_USE;
void tcs_due_clear(struct tcs_due *due, const char *name); /* absent is fine */
/* The earliest time, INT64_MAX when empty. */
int64_t tcs_due_next(const struct tcs_due *due);
/* Take the earliest out if it is due at `now_ms`; the caller owns *ret_name.
 * False when none is. */
bool tcs_due_pop(
    struct tcs_due *due, int64_t now_ms, char **ret_name, int64_t *ret_value);
size_t tcs_due_count(const struct tcs_due *due);

#endif

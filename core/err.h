/* err.h - what can go wrong, and the words to say it.
 *
 * A function that can fail returns enum tcs_err. Text for a human goes into a
 * struct tcs_diag, a bounded list of findings with the place of each. */
#ifndef TOCSIN_CORE_ERR_H
#define TOCSIN_CORE_ERR_H

#include <stddef.h>

#define TCS_ERRORS(X)                                                          \
	X(OK, "ok")                                                            \
	X(ENOMEM, "out of memory")                                             \
	X(EINVAL, "invalid argument or value")                                 \
	X(EPARSE, "not in the expected format")                                \
	X(ELIMIT, "larger than allowed")                                       \
	X(EIO, "input/output error")                                           \
	X(ENOTFOUND, "not found")                                              \
	X(EEXISTS, "exists already")                                           \
	X(ETIMEOUT, "timed out")                                               \
	X(EUNAVAIL, "store or bus not reachable")                              \
	X(EFENCED, "owned by another process since")                           \
	X(EGUARD, "the state is no longer what this step expected")            \
	X(EDENIED, "permission denied")                                        \
	X(ECONFIG, "configuration refused")                                    \
	X(EEXPIRED, "past its expiry")                                         \
	X(ECANCELED, "cancelled")

#define TCS_ERROR_ENUM(name, text) TCS_##name,
enum tcs_err { TCS_ERRORS(TCS_ERROR_ENUM) TCS_ERR_COUNT };
#undef TCS_ERROR_ENUM

/* Never NULL, also for a value out of range. */
const char *tcs_strerror(enum tcs_err err);

#define TCS_MUST_USE __attribute__((warn_unused_result))
#define TCS_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* A broken promise between two of our own functions. Never compiled out;
 * prints expression and place, then aborts. */
#define tcs_assert(expr)                                                       \
	((expr) ? (void)0 : tcs_assert_fail(#expr, __FILE__, __LINE__))
__attribute__((noreturn)) void tcs_assert_fail(
    const char *expr, const char *file, int line);

enum { TCS_DIAG_MAX = 64 };

/* One finding. `file` may be NULL, `line` 0: then they are not known. */
struct tcs_finding {
	char *file;
	unsigned line;
	char *text;
};

/* Findings in the order they were made. All zero is an empty list. The first
 * TCS_DIAG_MAX are kept, the others counted. */
struct tcs_diag {
	struct tcs_finding items[TCS_DIAG_MAX];
	size_t n;
	size_t dropped;
};

/* Add a finding and return `err`, so that `return tcs_diag_add(...)` reads
 * well. `diag` may be NULL. `file` is copied. */
enum tcs_err tcs_diag_add(struct tcs_diag *diag, enum tcs_err err,
    const char *file, unsigned line, const char *fmt, ...) TCS_PRINTF(5, 6);
/* The first finding's text, "" when there is none. Borrowed. */
const char *tcs_diag_text(const struct tcs_diag *diag);
void tcs_diag_fini(struct tcs_diag *diag); /* NULL-safe; leaves it empty */

#endif

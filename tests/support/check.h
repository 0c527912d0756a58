/* check.h - what cmocka lacks for our values. */
#ifndef TOCSIN_TESTS_SUPPORT_CHECK_H
#define TOCSIN_TESTS_SUPPORT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/err.h"
#include "core/slice.h"

/* Two texts, either of which may be NULL. */
#define check_text(got, want) check_text_at(got, want, #got, __FILE__, __LINE__)
void check_text_at(const char *got, const char *want, const char *what,
    const char *file, int line);
/* A time as tcs_time_iso() writes it; NULL: none. */
#define check_time(ms, want) check_time_at(ms, want, #ms, __FILE__, __LINE__)
void check_time_at(
    int64_t ms, const char *want, const char *what, const char *file, int line);
/* What was written member by member is JSON, the same bytes as jansson writes
 * of what it reads there. */
#define check_json(text) check_json_at(text, __FILE__, __LINE__)
void check_json_at(struct tcs_slice text, const char *file, int line);
/* TCS_OK, or fail with the diagnostic; empties `diag`. */
#define check_ok(err, diag) check_err_at(err, TCS_OK, diag, __FILE__, __LINE__)
#define check_err(err, want, diag)                                             \
	check_err_at(err, want, diag, __FILE__, __LINE__)
void check_err_at(enum tcs_err err, enum tcs_err want, struct tcs_diag *diag,
    const char *file, int line);
/* Some finding has this line and holds this text. */
#define check_finding(diag, line, text)                                        \
	check_finding_at(diag, line, text, __FILE__, __LINE__)
void check_finding_at(const struct tcs_diag *diag, unsigned at,
    const char *text, const char *file, int line);

#endif

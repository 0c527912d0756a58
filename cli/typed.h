/* typed.h - a decision as a person types it: read from the command line, held
 * against what waits, and written as a record of `decisions`. Nothing here
 * speaks to the store; the dispatcher says what becomes of it. */
#ifndef TOCSIN_CLI_TYPED_H
#define TOCSIN_CLI_TYPED_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/docket.h"
#include "core/buf.h"
#include "core/err.h"

enum { TCS_TYPED_ID = 128 };

struct tcs_typed {
	char code[4], hash[7];
	const char *verdict;   /* "approve", "reject", "wait" */
	const char *authority; /* who ordered, with quality */
	const char *how;       /* written, verbal by telephone, … */
	const char *basis;     /* or NULL */
	const char *reason;
	int64_t asked_ms, answered_ms; /* or TCS_NO_TIME */
	const char *typed_by;
	int64_t at_ms;
};

/* "K7M-1a2b3c" into code and hash; any case. TCS_EPARSE with what to write. */
enum tcs_err tcs_typed_read_ref(const char *text, struct tcs_typed *typed,
    struct tcs_diag *diag) TCS_MUST_USE;
/* A time typed by a person: RFC 3339, or "HH:MM", which is the last one before
 * `now_ms`. TCS_EPARSE. */
enum tcs_err tcs_typed_read_time(
    const char *text, int64_t now_ms, int64_t *ret_ms) TCS_MUST_USE;
/* All that has to be there is, short enough, and one line of text. */
enum tcs_err tcs_typed_check(
    const struct tcs_typed *typed, struct tcs_diag *diag) TCS_MUST_USE;

/* How it stands to what the docket has. */
enum tcs_typed_fit {
	TCS_FIT_WAITS,    /* that text waits */
	TCS_FIT_REPLACED, /* another one of its thread and raise waits now */
	TCS_FIT_ENDED,    /* decided, withdrawn or expired */
	TCS_FIT_OTHER,    /* that code has texts, not this one */
	TCS_FIT_UNKNOWN,  /* nothing has that code (yet) */
};
/* *ret_row: the text that waits, else the one it is about; NULL: none. */
enum tcs_typed_fit tcs_typed_fit(const struct tcs_typed *typed,
    const struct tcs_docket *docket, const struct tcs_docket_row **ret_row);

/* "<observatory>.decision.<UTC>-<8 hex>". */
void tcs_typed_identify(const char *observatory, int64_t at_ms,
    const char *random, char id[TCS_TYPED_ID]);
/* The record's value. */
enum tcs_err tcs_typed_write(const struct tcs_typed *typed, const char *id,
    struct tcs_buf *buf) TCS_MUST_USE;
/* The value of a record that releases a feed held since its first state. */
enum tcs_err tcs_typed_write_resume(const char *id, const char *feed,
    const char *typed_by, int64_t at_ms, struct tcs_buf *buf) TCS_MUST_USE;

#endif

/* docket.h - the proposals that the dispatcher keeps, as the CLI shows them. */
#ifndef TOCSIN_CLI_DOCKET_H
#define TOCSIN_CLI_DOCKET_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/cap.h"
#include "core/err.h"
#include "core/json.h"
#include "core/proposal.h"

struct tcs_store;

enum { TCS_DOCKET_MAX = 20000 };

/* One row of ledger:proposals. */
struct tcs_docket_row {
	json_t *value;       /* owned */
	struct tcs_cap *cap; /* owned */
	char *key;           /* owned: the record's key, its département */
	const char *id;      /* these borrow from value */
	const char *code;    /* "K7M" */
	const char *hash;    /* 64 hex; people see the first 6 */
	const char *state;   /* "waiting", … */
	const char *thread;  /* 8 hex */
	const char *trace;   /* 16 hex, or NULL */
	const char *raise, *nature, *action, *level;
	int64_t proposed_ms, expires_ms;
	/* Borrows from cap; all zero once the text is not kept any more. */
	struct tcs_proposal proposal;
};

/* All zero is empty. */
struct tcs_docket {
	struct tcs_docket_row *rows; /* owned, n of them, oldest first */
	size_t n;
};

/* Read all rows. One that cannot be read is a finding, and left out. */
enum tcs_err tcs_docket_load(struct tcs_store *store,
    struct tcs_docket *ret_docket, struct tcs_diag *diag) TCS_MUST_USE;
/* The same from one field and its text. */
enum tcs_err tcs_docket_add(struct tcs_docket *docket, struct tcs_slice field,
    struct tcs_slice text, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_docket_fini(struct tcs_docket *docket); /* NULL-safe */

/* A decision is still to be had: "waiting", or "wait" was decided. */
bool tcs_docket_is_waiting(const struct tcs_docket_row *row);
/* The French text that would leave, each line after `indent`; its headline
 * alone when no more is kept. */
void tcs_docket_text(
    const struct tcs_docket_row *row, const char *indent, struct tcs_buf *buf);
/* "K7M-1a2b3c". */
void tcs_docket_ref(const struct tcs_docket_row *row, struct tcs_buf *buf);

#endif

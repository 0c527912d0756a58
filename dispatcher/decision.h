/* decision.h - what a person decided, as read from `decisions`. */
#ifndef TOCSIN_DISPATCHER_DECISION_H
#define TOCSIN_DISPATCHER_DECISION_H

#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/json.h"

enum tcs_decision_kind {
	TCS_DECISION_DECIDE, /* on one text */
	TCS_DECISION_RESUME, /* release what a feed's first state holds */
};

enum tcs_decision_verdict {
	TCS_DECISION_APPROVE,
	TCS_DECISION_REJECT,
	TCS_DECISION_WAIT, /* "not now": it stays open, and who said so is kept
	                    */
};

enum { TCS_CODE_LEN = 3, TCS_HASH_SEEN = 6 };
/* No character that is read for another. */
#define TCS_CODE_ALPHABET "23456789ABCDEFGHJKMNPQRSTVWXYZ"

struct tcs_decision {
	json_t *json; /* owned: the record, of which all below is borrowed */
	const char *id;
	enum tcs_decision_kind kind;
	int64_t at_ms;
	const char *typed_by;
	/* decide */
	const char *code; /* 3 characters */
	const char *hash; /* 6 hex digits of the text read */
	enum tcs_decision_verdict verdict;
	const char *authority, *how, *basis, *reason; /* basis may be NULL */
	const char *asked, *answered; /* times as written, or NULL */
	/* resume */
	const char *feed;
};

/* The caller owns *ret_decision (tcs_decision_fini). TCS_EPARSE names the
 * member that is missing or wrong. */
enum tcs_err tcs_decision_parse(struct tcs_slice text,
    struct tcs_decision *ret_decision, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_decision_fini(struct tcs_decision *decision); /* NULL-safe */
/* For the alert: "id=… authority=… how=… at=…", and between the first two
 * read=, bound= (the hash of the text that left), basis=, asked=,
 * answered= as known. Appends. */
void tcs_decision_describe(const struct tcs_decision *decision,
    const char *bound, struct tcs_buf *buf);

#endif

/* line.h - one line of the journal: made of a record, and read back.
 *
 *   {"v":1,"n":7,"topic":…,"value":…,"at":…,"prev":"<64 hex>","hash":"<64
 * hex>"}
 *
 * `n` counts the lines of a partition from 1. `prev` is the hash of the line
 * before (64 zeros before the first), `hash` SHA-256 of the line's bytes up to
 * `,"hash"`: so each line holds the one before it in place, and any tool can
 * compute it. A value of more than 64 kB, or that is not text, is in the line
 * by its SHA-256 only. */
#ifndef TOCSIN_JOURNAL_LINE_H
#define TOCSIN_JOURNAL_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/bus.h"
#include "core/digest.h"
#include "core/err.h"

enum {
	TCS_JOURNAL_VALUE_MAX = 65536,
	TCS_JOURNAL_HEADERS_MAX = 16384, /* all names and values */
	TCS_JOURNAL_LINE_MAX = 1024 * 1024,
};

/* Where a chain is: its last line's number and hash. */
struct tcs_journal_mark {
	uint64_t n;
	char hash[TCS_DIGEST_HEX];
};

/* Before the first line: number 0, 64 zeros. */
void tcs_journal_mark_start(struct tcs_journal_mark *mark);

/* Append the line of `record`, which follows `last`, with its line end; *mark
 * is then its own. TCS_EINVAL, TCS_ELIMIT: it cannot be said in one line. */
enum tcs_err tcs_journal_line_write(struct tcs_buf *buf,
    const struct tcs_record *record, int64_t at_ms,
    const struct tcs_journal_mark *last, struct tcs_journal_mark *mark,
    struct tcs_diag *diag) TCS_MUST_USE;

/* What the chain needs of a line; `prev` borrows from it. */
struct tcs_journal_line {
	struct tcs_slice prev;
	struct tcs_journal_mark mark; /* the hash is as written there */
	bool is_true;                 /* ... and is the one of its bytes */
};

/* `text` without its line end. TCS_EPARSE: not a line of the journal. */
enum tcs_err tcs_journal_line_read(
    struct tcs_slice text, struct tcs_journal_line *ret_line) TCS_MUST_USE;
/* "topic.partition position" of a line, which names its record; the caller
 * owns it. TCS_EPARSE: not JSON, or without these. */
enum tcs_err tcs_journal_line_record(
    struct tcs_slice text, char **ret_name) TCS_MUST_USE;
/* The same of a record; NULL when out of memory. */
char *tcs_journal_record_name(const struct tcs_record *record);

#endif

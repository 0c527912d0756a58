/* reader.h - the lines of one file of the journal, from a place on, in memory
 * that does not grow with the file. */
#ifndef TOCSIN_JOURNAL_READER_H
#define TOCSIN_JOURNAL_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/slice.h"

struct tcs_reader; /* opaque */

/* Reads `path` from byte `offset`. `diag` has the system's reason. */
enum tcs_err tcs_reader_open(const char *path, uint64_t offset,
    struct tcs_reader **ret_reader, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_reader_close(struct tcs_reader **reader); /* NULL-safe */

struct tcs_reader_line {
	struct tcs_slice text; /* without line end; borrowed until the next */
	uint64_t offset;       /* of its first byte in the file */
	uint64_t end;          /* of the byte after its line end */
	unsigned number;       /* 1 for the first that was read */
	bool is_unfinished;    /* the file ends without a line end */
	bool is_too_long;      /* more than a line may have: no `text` */
};

/* TCS_ENOTFOUND at the end of the file. */
enum tcs_err tcs_reader_next(struct tcs_reader *reader,
    struct tcs_reader_line *ret_line, struct tcs_diag *diag) TCS_MUST_USE;

#endif

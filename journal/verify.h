/* verify.h - reads the journal from its first line to its last and says what
 * is not as it was written. */
#ifndef TOCSIN_JOURNAL_VERIFY_H
#define TOCSIN_JOURNAL_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "journal/head.h"

enum { TCS_JOURNAL_PARTITIONS = 64 };

/* What was seen of one partition. */
struct tcs_verified {
	uint64_t files, lines;
	struct tcs_journal_mark end; /* of the last line that counts */
	uint64_t beyond; /* lines after the stored head: not acknowledged */
	bool is_proven;  /* the stored head is among the lines */
};

/* One partition. `head` is what the store holds (with n 0: holds none), or NULL
 * without the store. A finding in `diag` is one line changed, removed, inserted
 * or cut, with file and line number; TCS_EINVAL when there is any. With `head`
 * an unfinished line behind it is no finding: it is being written, or is what a
 * crash left and the next start sets aside. TCS_EIO: it cannot be read. */
enum tcs_err tcs_journal_verify(const char *dir, unsigned partition,
    const struct tcs_journal_head *head, struct tcs_verified *ret_verified,
    struct tcs_diag *diag) TCS_MUST_USE;

#endif

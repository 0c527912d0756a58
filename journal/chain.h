/* chain.h - the end of one partition's journal, where lines are added.
 *
 * Opening compares the files with the head that the store holds:
 *
 *   ... | head's line | whole lines that chain | anything else
 *        <- proven ->  <- ahead: recognised ->  <- set aside in *.partial
 *
 * A file that no longer holds the head's line is a loss: it is refused, unless
 * the administrator accepts it; the chain then goes on in a new file, and the
 * gap stays visible to `tocsin journal verify`.
 *
 * Appending checks that the file ends where this process left it: one that was
 * stopped, lost its partition and goes on may add a line behind the new owner's
 * back. The new owner sees that, and opens again. */
#ifndef TOCSIN_JOURNAL_CHAIN_H
#define TOCSIN_JOURNAL_CHAIN_H

#include <stdbool.h>

#include "core/bus.h"
#include "core/err.h"
#include "journal/head.h"

struct tcs_chain; /* opaque */

struct tcs_chain_conf {
	const char *dir; /* borrowed while the chain is open */
	unsigned partition;
	uint64_t file_max; /* bytes after which a new file begins */
	bool accepts_loss;
};

/* What was found at the end, for the log. */
struct tcs_chain_found {
	size_t ahead;         /* lines recognised beyond the head */
	uint64_t aside_bytes; /* set aside; 0: nothing */
	bool is_adopted; /* no head, or one set back: the files' end holds */
	bool is_loss;    /* accepted: the chain goes on in a new file */
};

/* `stored` NULL: the store holds no head. Its content is taken on TCS_OK.
 * TCS_EGUARD: a loss, `diag` says which and what to do. TCS_EIO. */
enum tcs_err tcs_chain_open(const struct tcs_chain_conf *conf,
    struct tcs_journal_head *stored, struct tcs_chain **ret_chain,
    struct tcs_chain_found *ret_found, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_chain_close(struct tcs_chain **chain); /* NULL-safe */

/* TCS_OK: the record's line is in the file, or was already; it is on the disk
 * after tcs_chain_sync(). TCS_EIO (full, failing), TCS_EGUARD (another wrote to
 * the file): nothing is known to be there; close and open again. TCS_EINVAL,
 * TCS_ELIMIT: the record cannot be a line. */
enum tcs_err tcs_chain_append(struct tcs_chain *chain,
    const struct tcs_record *record, struct tcs_diag *diag) TCS_MUST_USE;
/* Blocks for the disk: every line is on it on TCS_OK. TCS_EIO as above. */
enum tcs_err tcs_chain_sync(
    struct tcs_chain *chain, struct tcs_diag *diag) TCS_MUST_USE;
/* To be stored with the record's position. Borrowed. */
const struct tcs_journal_head *tcs_chain_head(const struct tcs_chain *chain);

#endif

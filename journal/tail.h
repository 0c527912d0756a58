/* tail.h - compares the end of a partition's files with the stored head, and
 * sets aside what is not of the chain. Used when a partition is taken over. */
#ifndef TOCSIN_JOURNAL_TAIL_H
#define TOCSIN_JOURNAL_TAIL_H

#include "core/err.h"
#include "journal/chain.h"

struct tcs_tail {
	const struct tcs_chain_conf *conf;
	struct tcs_chain_found found;
	struct tcs_journal_head head; /* the end that lines follow */
	uint64_t number;              /* of the last file, 0: there is none */
};

/* Borrows `stored`, which may be NULL. On error tail->head may hold memory, to
 * be freed with tcs_journal_head_fini(). Errors as tcs_chain_open(). */
enum tcs_err tcs_tail_find(struct tcs_tail *tail,
    const struct tcs_journal_head *stored, struct tcs_diag *diag) TCS_MUST_USE;

#endif

/* journal.h - the journal as a worker: every topic in, one line a record out.
 *
 * A record's line is on the disk before the step that moves position and head
 * is sent; one fdatasync serves the records of a moment. What cannot be written
 * is not acknowledged: the partition is given up and taken again, until the
 * disk has room. */
#ifndef TOCSIN_JOURNAL_JOURNAL_H
#define TOCSIN_JOURNAL_JOURNAL_H

#include <stdbool.h>

#include "core/log.h"
#include "core/worker.h"

struct tcs_journal {
	const char *dir;   /* where the files are; borrowed */
	bool accepts_loss; /* see chain.h */
	struct tcs_complaint complaint;
};

/* Its handlers' `arg` is a struct tcs_journal. */
extern const struct tcs_worker_ops tcs_journal_ops;

#endif

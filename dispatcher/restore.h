/* restore.h - the ledger read from the store when a unit is taken over. */
#ifndef TOCSIN_DISPATCHER_RESTORE_H
#define TOCSIN_DISPATCHER_RESTORE_H

#include "dispatcher/ledger.h"

/* In this order: a row finds its thread, an alert the rows that need it. */
extern const char *const tcs_restore_hashes[];
/* One field. What cannot be read is said and passed over: the rest of the
 * ledger is not held back by it. */
void tcs_restore_field(struct tcs_ledger *ledger, const char *hash,
    struct tcs_slice field, struct tcs_slice value);
/* All is read: put each delivery where it belongs, and go on. */
void tcs_restore_ready(struct tcs_ledger *ledger, bool is_clean);

#endif

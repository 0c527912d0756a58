/* expand.h - from an alert version to its deliveries, in resumable chunks, most
 * urgent first. */
#ifndef TOCSIN_DISPATCHER_EXPAND_H
#define TOCSIN_DISPATCHER_EXPAND_H

#include "dispatcher/ledger.h"

/* Who receives it: those addressed, and those who may have had an earlier
 * version of the same series and are no longer: they have to know. */
enum tcs_err tcs_expand_plan(struct tcs_version *version,
    const struct tcs_address *address) TCS_MUST_USE;
/* Make rows, as many as this step still may, and store how far it came. The
 * plan is made anew if it is not there. Goes on in later steps. */
void tcs_expand_chunk(struct tcs_version *version);

/* Put off a change of rows; see tcs_work(). */
void tcs_put_off(struct tcs_row *row, enum tcs_todo todo);
/* A newer version is there: what of this one has not left does not. */
void tcs_supersede(struct tcs_version *version);
/* It is past its expiry. */
void tcs_expire(struct tcs_version *version);
/* Its held deliveries may leave; returns how many there are. */
size_t tcs_release(struct tcs_version *version);
/* Do what was put off, and expand, as much as this step still may. */
void tcs_work(struct tcs_ledger *ledger);
bool tcs_has_work(const struct tcs_ledger *ledger);

#endif

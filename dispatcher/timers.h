/* timers.h - what is due: "<home>|<kind>/<rest>", the kinds as persist.h names
 * them. */
#ifndef TOCSIN_DISPATCHER_TIMERS_H
#define TOCSIN_DISPATCHER_TIMERS_H

#include "dispatcher/ledger.h"

/* In a turn of its own over the worker's step. A name that means nothing is
 * gone with that step. */
void tcs_timers_fire(
    struct tcs_ledger *ledger, const char *name, struct tcs_step *step);

#endif

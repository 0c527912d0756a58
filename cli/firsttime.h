/* firsttime.h - an empty store beside a bus that is not: everything on it would
 * be read as new, and sent again. */
#ifndef TOCSIN_CLI_FIRSTTIME_H
#define TOCSIN_CLI_FIRSTTIME_H

#include "core/err.h"
#include "core/program.h"

/* TCS_EGUARD with a finding: no daemon has ever written to this store, and a
 * topic has records. Runs the loop. Where the store is the bus both are empty
 * or none. */
enum tcs_err tcs_firsttime_check(
    struct tcs_program *program, struct tcs_diag *diag) TCS_MUST_USE;

#endif

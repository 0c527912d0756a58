/* gather.h - reads what came of an episode, from the bus, the ledger and the
 * sink. */
#ifndef TOCSIN_CLI_GATHER_H
#define TOCSIN_CLI_GATHER_H

#include "core/err.h"
#include "core/json.h"
#include "core/program.h"

/* The lists of outcome.h; runs the loop. The caller owns *ret_lists
 * (json_decref). */
enum tcs_err tcs_gather_outcome(struct tcs_program *program,
    const char *sink_file, json_t **ret_lists,
    struct tcs_diag *diag) TCS_MUST_USE;

#endif

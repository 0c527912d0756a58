/* sources.h - what the store holds of a feed. */
#ifndef TOCSIN_CLI_SOURCES_H
#define TOCSIN_CLI_SOURCES_H

#include "cli/cli.h"
#include "core/err.h"
#include "core/json.h"

/* The caller owns *ret_value; NULL: no daemon has written of it yet. */
enum tcs_err tcs_source_load(struct tcs_cli *cli, const char *feed,
    json_t **ret_value, struct tcs_diag *diag) TCS_MUST_USE;

#endif

/* cli.h - what the commands share. */
#ifndef TOCSIN_CLI_CLI_H
#define TOCSIN_CLI_CLI_H

#include "config/args.h"
#include "config/conf.h"
#include "core/err.h"
#include "core/program.h"

struct tcs_command_ops;

/* tcs_args_parse() with the command's usage and about; `options` are its own.
 */
struct tcs_cli_spec {
	const struct tcs_command_ops *command;
	const char *details; /* more for --help, or NULL */
	const struct tcs_args_option *options;
	int operands_min, operands_max;
	bool is_offline;
	bool has_daemons; /* starts some: they get --instance */
};
int tcs_cli_parse(struct tcs_args *args, const struct tcs_cli_spec *spec,
    int argc, char **argv) TCS_MUST_USE;

/* All drivers of feeds and channels that this program has. Static. */
const struct tcs_conf_drivers *tcs_cli_drivers(void);

/* The configuration and the store, as the user `cli` of the realm. */
struct tcs_cli {
	struct tcs_conf *conf;
	struct tcs_program program;
};

/* Load the configuration, connect to the store and wait until it is ready, at
 * most 5 s: findings say what to do. */
enum tcs_err tcs_cli_open(const struct tcs_args *args, struct tcs_cli *ret_cli,
    struct tcs_diag *diag) TCS_MUST_USE;
void tcs_cli_close(struct tcs_cli *cli); /* also of one that is all zero */

/* May who sits here decide? As tcs_session_may_decide(). */
enum tcs_err tcs_cli_may_decide(const struct tcs_cli *cli,
    const struct tcs_args *args, struct tcs_diag *diag) TCS_MUST_USE;

/* Print the findings, or the error's own words, to stderr, empty `diag` and
 * return the exit status: 0 for TCS_OK. */
int tcs_cli_report(enum tcs_err err, struct tcs_diag *diag);

#endif

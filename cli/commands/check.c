/* check - is this configuration one that could start? Offline. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "core/clock.h"

extern const struct tcs_command_ops tcs_command_check;

/* The system must know the legal time of the territory. */
static enum tcs_err
check_timezone(const struct tcs_conf *conf, struct tcs_diag *diag)
{
	if (tcs_clock_set_zone(conf->observatory.timezone) == TCS_OK)
		return TCS_OK;
	return tcs_diag_add(diag, TCS_ECONFIG, conf->path, 0,
	    "timezone: this system does not know %s; write: timezone = "
	    "\"Europe/Paris\"",
	    conf->observatory.timezone);
}

static int
check_run(int argc, char **argv)
{
	const struct tcs_cli_spec spec = {.command = &tcs_command_check,
	    .details = "Each fault is a line `file:line: what; write: what "
	               "instead`. Exit status 0: none.",
	    .is_offline = true};
	struct tcs_diag diag = {0};
	struct tcs_conf *conf = NULL;
	struct tcs_args args;
	int status = tcs_cli_parse(&args, &spec, argc, argv);

	if (status != TCS_ARGS_GO)
		return status;
	enum tcs_err err =
	    tcs_conf_load(args.config, tcs_cli_drivers(), &conf, &diag);
	if (err == TCS_OK)
		err = check_timezone(conf, &diag);
	if (err == TCS_OK)
		printf("%s: %zu feeds, %zu contacts, %zu channels\n",
		    conf->path, conf->feeds_n, conf->contacts_n,
		    conf->channels_n);
	tcs_conf_free(&conf);
	return tcs_cli_report(err, &diag);
}

const struct tcs_command_ops tcs_command_check = {
    .name = "check",
    .usage = "check [--config FILE]",
    .about = "configuration and rules, offline: each fault, its line, and "
             "what to write instead",
    .run = check_run,
};

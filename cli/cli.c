#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/command.h"

int
tcs_cli_parse(struct tcs_args *args, const struct tcs_cli_spec *spec, int argc,
    char **argv)
{
	char *usage = NULL, *about = NULL;
	int status = TCS_EXIT_FAILURE;

	if (asprintf(&usage, "tocsin %s", spec->command->usage) < 0)
		usage = NULL;
	if (asprintf(&about, "%s%s%s", spec->command->about,
	        spec->details == NULL ? "" : "\n\n",
	        spec->details == NULL ? "" : spec->details) < 0)
		about = NULL;
	if (usage != NULL && about != NULL) {
		struct tcs_args_usage whole = {.usage = usage,
		    .about = about,
		    .options = spec->options,
		    .operands_min = spec->operands_min,
		    .operands_max = spec->operands_max,
		    .is_offline = spec->is_offline};
		status = tcs_args_parse(args, &whole, argc, argv);
	}
	free(usage);
	free(about);
	return status;
}

const struct tcs_conf_drivers *
tcs_cli_drivers(void)
{
	static const struct tcs_conf_drivers drivers = {0};

	return &drivers;
}

int
tcs_cli_report(enum tcs_err err, struct tcs_diag *diag)
{
	if (diag->n > 0)
		tcs_args_print(diag);
	else if (err != TCS_OK)
		fprintf(stderr, "tocsin: %s\n", tcs_strerror(err));
	tcs_diag_fini(diag);
	return err == TCS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

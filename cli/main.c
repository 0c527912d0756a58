/* tocsin - the command line: finds the command and runs it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "config/conf.h"

static int
main_help(void)
{
	printf("usage: tocsin COMMAND [OPTION…]\n\n"
	       "Watches official feeds, and puts what they say in the hands of "
	       "those who must know.\n\n");
	for (const struct tcs_command_ops *const *c = tcs_command_registry;
	     *c != NULL; c++)
		printf("  %-10s %s\n", (*c)->name, (*c)->about);
	printf("\n  tocsin COMMAND --help   what a command takes\n"
	       "  tocsin --help-config    sections and keys of tocsin.conf\n");
	return EXIT_SUCCESS;
}

static int
main_help_config(void)
{
	struct tcs_buf buf;
	int status = EXIT_FAILURE;

	tcs_buf_init(&buf, 1 << 20);
	tcs_conf_help(tcs_cli_drivers(), &buf);
	if (buf.err == TCS_OK && fputs(buf.p, stdout) >= 0)
		status = EXIT_SUCCESS;
	tcs_buf_fini(&buf);
	return status;
}

static int
main_version(void)
{
	return puts("tocsin " TOCSIN_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int
main_run(int argc, char **argv)
{
	for (const struct tcs_command_ops *const *c = tcs_command_registry;
	     *c != NULL; c++)
		if (strcmp((*c)->name, argv[0]) == 0)
			return (*c)->run(argc, argv);
	fprintf(stderr,
	    "tocsin: there is no command \"%.40s\"; write: one of "
	    "those of tocsin --help\n",
	    argv[0]);
	return TCS_EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *word;
		int (*run)(void);
	} alone[] = {{"--help", main_help}, {"help", main_help},
	    {"--help-config", main_help_config}, {"--version", main_version}};

	if (argc < 2) {
		fprintf(stderr, "usage: tocsin COMMAND [OPTION…]\n"
		                "tocsin --help shows the commands\n");
		return TCS_EXIT_USAGE;
	}
	for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
		if (strcmp(alone[i].word, argv[1]) == 0)
			return alone[i].run();
	return main_run(argc - 1, argv + 1);
}

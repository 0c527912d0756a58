/* command.h - one command of the program `tocsin`: one file in commands/, its
 * table last, its name in the list of the folder's CMakeLists.txt. */
#ifndef TOCSIN_CLI_COMMAND_H
#define TOCSIN_CLI_COMMAND_H

struct tcs_command_ops {
	const char *name; /* first word: "journal" of `tocsin journal verify` */
	const char *usage; /* what follows `tocsin`: "check [--config FILE]" */
	const char *about; /* one line for `tocsin --help` */
	/* argv[0] is the name. Handles --help itself (cli/cli.h). Returns the
	 * exit status: 0 done, 1 not done, 2 asked wrongly. */
	int (*run)(int argc, char **argv);
};

extern const struct tcs_command_ops
    *const tcs_command_registry[]; /* NULL-ended */

#endif

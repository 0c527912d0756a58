/* args.h - the command line that every program has: which configuration, which
 * realm, and what overrides the file. Writes to stdout and stderr. */
#ifndef TOCSIN_CONFIG_ARGS_H
#define TOCSIN_CONFIG_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "config/conf.h"
#include "core/err.h"
#include "core/log.h"
#include "core/program.h"

/* All are borrowed from argv. */
struct tcs_args {
	const char *config;    /* --config, $TOCSIN_CONFIG, the default */
	const char *realm;     /* --realm; "tocsin." */
	const char *instance;  /* --instance; NULL */
	const char *store;     /* --store ADDRESS; NULL: the file's */
	const char *bus;       /* --bus URL; NULL: the file's */
	const char *secrets;   /* --secrets DIR; NULL: the file's */
	const char *state_dir; /* --state DIR; NULL: the file's */
	bool has_realm_clock;  /* --realm-clock */
	enum tcs_log_level log_level; /* --log-level, set in core/log too */
	char **operands;              /* what is no option, in order */
	int operands_n;
};

/* An option of one program: "--name VALUE" puts VALUE in *ret_value, "--name"
 * sets *ret_flag. One of both is NULL. */
struct tcs_args_option {
	const char *name;
	const char *value; /* "FILE" in the help; NULL: a flag */
	const char *help;
	const char **ret_value;
	bool *ret_flag;
};

/* What a program is. */
struct tcs_args_usage {
	const char *usage; /* "tocsin-collector DRIVER [OPTION…]" */
	const char *about; /* paragraphs for --help */
	const struct tcs_args_option
	    *options; /* name NULL at the end; or NULL */
	int operands_min, operands_max;
	bool is_offline; /* nothing of store and bus, realm, folders, clock */
	bool is_visitor; /* owns no unit: no instance */
};

enum {
	TCS_ARGS_GO = -1, /* arguments are read: go on */
	TCS_EXIT_FAILURE = 1,
	TCS_EXIT_USAGE = 2,
};

#define TCS_CONFIG_DEFAULT "/etc/tocsin/tocsin.conf"
#define TCS_REALM_DEFAULT "tocsin."

/* TCS_ARGS_GO, or the status to exit with: 0 after --help, TCS_EXIT_USAGE
 * after what was wrong is on stderr. Options and operands may be mixed. */
int tcs_args_parse(struct tcs_args *args, const struct tcs_args_usage *usage,
    int argc, char **argv) TCS_MUST_USE;
/* Load the configuration and apply what overrides it; relative paths of the
 * command line are beside the current folder. */
enum tcs_err tcs_args_load(const struct tcs_args *args,
    const struct tcs_conf_drivers *drivers, struct tcs_conf **ret_conf,
    struct tcs_diag *diag) TCS_MUST_USE;
/* What tcs_program_open() wants; borrows from both. */
void tcs_args_program(const struct tcs_args *args, const struct tcs_conf *conf,
    const char *role, struct tcs_program_conf *ret_program);
/* `file:line: text`, one line a finding, on stderr. */
void tcs_args_print(const struct tcs_diag *diag);

#endif

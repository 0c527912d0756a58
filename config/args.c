#include "config/args.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/schema.h"
#include "core/bus_url.h"
#include "core/file.h"

enum {
	ARGS_OPTIONS_MAX = 32,
	ARGS_FIRST_CODE = 256, /* above every character */
};

/* getopt's table beside ours: row i has code ARGS_FIRST_CODE + i. */
struct args_table {
	struct tcs_args_option rows[ARGS_OPTIONS_MAX];
	struct option options[ARGS_OPTIONS_MAX + 1];
	size_t n;
};

static void
args_add(struct args_table *table, const struct tcs_args_option *row)
{
	tcs_assert(table->n < ARGS_OPTIONS_MAX);
	table->rows[table->n] = *row;
	table->options[table->n] = (struct option){.name = row->name,
	    .has_arg = row->value == NULL ? no_argument : required_argument,
	    .val = ARGS_FIRST_CODE + (int)table->n};
	table->n++;
}

static void
args_make_table(struct args_table *table, struct tcs_args *args,
    const struct tcs_args_usage *usage, const char **level, bool *is_help)
{
	const struct tcs_args_option common[] = {
	    {"config", "FILE",
	        "configuration; default $TOCSIN_CONFIG, "
	        "else " TCS_CONFIG_DEFAULT,
	        &args->config, NULL},
	    {"log-level", "LEVEL", "error, warning, info or debug", level,
	        NULL},
	    {"help", NULL, "show this", NULL, is_help},
	};
	const struct tcs_args_option online[] = {
	    {"realm", "PREFIX",
	        "\"" TCS_REALM_DEFAULT "\", or \"x-NAME.\" for an exercise",
	        &args->realm, NULL},
	    {"realm-clock", NULL, "the store's clock is the time", NULL,
	        &args->has_realm_clock},
	    {"instance", "NAME", "name under which units are owned",
	        &args->instance, NULL},
	    {"store", "ADDRESS", "unix:PATH or 127.0.0.1:PORT", &args->store,
	        NULL},
	    {"bus", "URL", "redis: or kafka://HOST:PORT", &args->bus, NULL},
	    {"secrets", "DIR", "folder of the store's passwords",
	        &args->secrets, NULL},
	    {"state", "DIR", "folder of documents/ and journal/",
	        &args->state_dir, NULL},
	};

	for (const struct tcs_args_option *o = usage->options;
	     o != NULL && o->name != NULL; o++)
		args_add(table, o);
	for (size_t i = 0;
	     i < sizeof(online) / sizeof(online[0]) && !usage->is_offline;
	     i++) {
		if (!usage->is_visitor ||
		    online[i].ret_value != &args->instance)
			args_add(table, &online[i]);
	}
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		args_add(table, &common[i]);
}

static void
args_print_help(
    const struct tcs_args_usage *usage, const struct args_table *table)
{
	printf("usage: %s\n\n%s\n\n", usage->usage, usage->about);
	for (size_t i = 0; i < table->n; i++) {
		const struct tcs_args_option *o = &table->rows[i];
		char left[64];
		(void)snprintf(left, sizeof(left), "--%s%s%s", o->name,
		    o->value == NULL ? "" : " ",
		    o->value == NULL ? "" : o->value);
		printf("  %-20s %s\n", left, o->help);
	}
}

static int
args_refuse(
    const struct tcs_args_usage *usage, const char *what, const char *instead)
{
	fprintf(stderr, "%s%s%s\nusage: %s\n", what,
	    instead == NULL ? "" : "; write: ", instead == NULL ? "" : instead,
	    usage->usage);
	return TCS_EXIT_USAGE;
}

static int
args_read_options(const struct args_table *table,
    const struct tcs_args_usage *usage, int argc, char **argv)
{
	int code;

	optind = 0; /* start anew: a command is parsed after its program */
	opterr = 1; /* getopt names what it does not know */
	while (
	    (code = getopt_long(argc, argv, "", table->options, NULL)) != -1) {
		size_t i = (size_t)(code - ARGS_FIRST_CODE);
		if (code < ARGS_FIRST_CODE || i >= table->n) {
			fprintf(stderr, "usage: %s\n", usage->usage);
			return TCS_EXIT_USAGE;
		}
		if (table->rows[i].ret_flag != NULL)
			*table->rows[i].ret_flag = true;
		else
			*table->rows[i].ret_value = optarg;
	}
	return TCS_ARGS_GO;
}

static bool
args_read_level(const char *text, enum tcs_log_level *ret_level)
{
	static const char *const words[] = {[TCS_LOG_ERROR] = "error",
	    [TCS_LOG_WARNING] = "warning",
	    [TCS_LOG_INFO] = "info",
	    [TCS_LOG_DEBUG] = "debug"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i], text) == 0) {
			*ret_level = (enum tcs_log_level)i;
			return true;
		}
	}
	return false;
}

/* "tocsin." or "x-<name>.", which ends every name of a topic and a key. */
static bool
args_is_realm(const char *realm)
{
	size_t n = strlen(realm);

	if (strcmp(realm, TCS_REALM_DEFAULT) == 0)
		return true;
	return n > 3 && n <= 40 && strncmp(realm, "x-", 2) == 0 &&
	       strspn(realm, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
	           n - 1 &&
	       realm[n - 1] == '.';
}

static int
args_settle(struct tcs_args *args, const struct tcs_args_usage *usage,
    const char *level, int argc, char **argv)
{
	if (!args_is_realm(args->realm))
		return args_refuse(usage, "--realm: no realm has this name",
		    "--realm " TCS_REALM_DEFAULT ", or --realm x-NAME.");
	if (level != NULL && !args_read_level(level, &args->log_level))
		return args_refuse(usage, "--log-level: no such level",
		    "error, warning, info or debug");
	args->operands = argv + optind;
	args->operands_n = argc - optind;
	if (args->operands_n < usage->operands_min)
		return args_refuse(usage, "an argument is missing", NULL);
	if (args->operands_n > usage->operands_max)
		return args_refuse(usage, "too many arguments", NULL);
	tcs_log_set_level(args->log_level);
	return TCS_ARGS_GO;
}

int
tcs_args_parse(struct tcs_args *args, const struct tcs_args_usage *usage,
    int argc, char **argv)
{
	struct args_table table = {.n = 0};
	const char *level = NULL, *from_env = getenv("TOCSIN_CONFIG");
	bool is_help = false;

	*args = (struct tcs_args){.realm = TCS_REALM_DEFAULT,
	    .config = from_env != NULL && from_env[0] != '\0'
	                  ? from_env
	                  : TCS_CONFIG_DEFAULT,
	    .log_level = TCS_LOG_INFO};
	args_make_table(&table, args, usage, &level, &is_help);
	int status = args_read_options(&table, usage, argc, argv);
	if (status != TCS_ARGS_GO)
		return status;
	if (is_help) {
		args_print_help(usage, &table);
		return EXIT_SUCCESS;
	}
	return args_settle(args, usage, level, argc, argv);
}

/* Put `text`, made absolute after the first `skip` bytes, in *slot. */
static enum tcs_err
args_override(char **slot, const char *text, size_t skip)
{
	char *path, *whole = NULL;

	if (text == NULL)
		return TCS_OK;
	path = tcs_path_absolute(text + skip);
	if (path == NULL ||
	    asprintf(&whole, "%.*s%s", (int)skip, text, path) < 0)
		whole = NULL;
	free(path);
	if (whole == NULL)
		return TCS_ENOMEM;
	free(*slot);
	*slot = whole;
	return TCS_OK;
}

static enum tcs_err
args_override_store(
    const struct tcs_args *args, struct tcs_conf *conf, struct tcs_diag *diag)
{
	const struct tcs_option *option =
	    tcs_option_find(tcs_schemas[TCS_SCHEMA_STORE].options, "address");
	const char *why =
	    args->store == NULL ? NULL : option->check(args->store);
	bool is_unix =
	    args->store != NULL && strncmp(args->store, "unix:", 5) == 0;
	char *copy = NULL;

	if (why != NULL)
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "--store: %s; write: %s", why, option->fallback);
	if (args->store == NULL || is_unix)
		return args_override(&conf->store.address, args->store, 5);
	copy = strdup(args->store);
	if (copy == NULL)
		return TCS_ENOMEM;
	free(conf->store.address);
	conf->store.address = copy;
	return TCS_OK;
}

static enum tcs_err
args_override_bus(
    const struct tcs_args *args, struct tcs_conf *conf, struct tcs_diag *diag)
{
	if (args->bus == NULL)
		return TCS_OK;
	const char *why = tcs_bus_url_fault(args->bus);
	if (why != NULL)
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "--bus %.200s: %s", args->bus, why);
	char *copy = strdup(args->bus);
	if (copy == NULL)
		return TCS_ENOMEM;
	free(conf->bus.url);
	conf->bus.url = copy;
	return TCS_OK;
}

enum tcs_err
tcs_args_load(const struct tcs_args *args,
    const struct tcs_conf_drivers *drivers, struct tcs_conf **ret_conf,
    struct tcs_diag *diag)
{
	struct tcs_conf *conf = NULL;
	enum tcs_err err = tcs_conf_load(args->config, drivers, &conf, diag);

	/* Which secrets are read depends on the bus. */
	if (err == TCS_OK)
		err = args_override_bus(args, conf, diag);
	if (err == TCS_OK)
		err = tcs_conf_read_secrets(conf, diag);
	if (err == TCS_OK)
		err = args_override_store(args, conf, diag);
	if (err == TCS_OK)
		err = args_override(&conf->store.secrets, args->secrets, 0);
	if (err == TCS_OK && args->state_dir != NULL) {
		char *folder = tcs_path_absolute(args->state_dir);
		err = folder == NULL ? TCS_ENOMEM
		                     : tcs_conf_set_state(conf, folder);
		free(folder);
	}
	if (err != TCS_OK) {
		tcs_conf_free(&conf);
		return err;
	}
	*ret_conf = conf;
	return TCS_OK;
}

void
tcs_args_program(const struct tcs_args *args, const struct tcs_conf *conf,
    const char *role, struct tcs_program_conf *ret_program)
{
	*ret_program = (struct tcs_program_conf){.role = role,
	    .realm = args->realm,
	    .store = conf->store.address,
	    .secrets = conf->store.secrets,
	    .timezone = conf->observatory.timezone,
	    .has_realm_clock = args->has_realm_clock};
	tcs_conf_bus(conf, &ret_program->bus);
}

void
tcs_args_print(const struct tcs_diag *diag)
{
	for (size_t i = 0; i < diag->n; i++) {
		const struct tcs_finding *f = &diag->items[i];
		if (f->file != NULL && f->line > 0)
			fprintf(
			    stderr, "%s:%u: %s\n", f->file, f->line, f->text);
		else if (f->file != NULL)
			fprintf(stderr, "%s: %s\n", f->file, f->text);
		else
			fprintf(stderr, "%s\n", f->text);
	}
	if (diag->dropped > 0)
		fprintf(stderr, "and %zu more\n", diag->dropped);
}

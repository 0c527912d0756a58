#include "cli/daemons.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/supervise.h"

enum { DAEMONS_WORDS_MAX = 24 };

struct daemons_words {
	const char *items[DAEMONS_WORDS_MAX + 1]; /* borrowed; NULL-ended */
	size_t n;
};

static void
daemons_add(struct daemons_words *words, const char *word)
{
	tcs_assert(words->n < DAEMONS_WORDS_MAX);
	words->items[words->n++] = word;
	words->items[words->n] = NULL;
}

/* Nothing for a value that was not given. */
static void
daemons_add_option(
    struct daemons_words *words, const char *option, const char *value)
{
	if (value == NULL)
		return;
	daemons_add(words, option);
	daemons_add(words, value);
}

static void
daemons_add_common(struct daemons_words *words, const struct tcs_args *args)
{
	static const char *const levels[] = {[TCS_LOG_ERROR] = "error",
	    [TCS_LOG_WARNING] = "warning",
	    [TCS_LOG_INFO] = "info",
	    [TCS_LOG_DEBUG] = "debug"};

	daemons_add_option(words, "--config", args->config);
	daemons_add_option(words, "--realm", args->realm);
	daemons_add_option(words, "--instance", args->instance);
	daemons_add_option(words, "--store", args->store);
	daemons_add_option(words, "--bus", args->bus);
	daemons_add_option(words, "--secrets", args->secrets);
	daemons_add_option(words, "--state", args->state_dir);
	daemons_add_option(words, "--log-level", levels[args->log_level]);
	if (args->has_realm_clock)
		daemons_add(words, "--realm-clock");
}

/* The folder of this program, with its final '/'. */
static enum tcs_err
daemons_folder(char path[PATH_MAX], struct tcs_diag *diag)
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);

	if (n < 0)
		return tcs_diag_add(
		    diag, TCS_EIO, "/proc/self/exe", 0, "%s", strerror(errno));
	path[n] = '\0';
	strrchr(path, '/')[1] = '\0';
	return TCS_OK;
}

static void
daemons_name(
    const char *program, const char *driver, char name[TCS_DAEMONS_NAME])
{
	(void)snprintf(name, TCS_DAEMONS_NAME, "%s%s%s", program,
	    driver == NULL ? "" : " ", driver == NULL ? "" : driver);
}

void
tcs_daemons_collector(const char *driver, char name[TCS_DAEMONS_NAME])
{
	daemons_name("tocsin-collector", driver, name);
}

/* `driver` NULL: a daemon that is there once. */
static enum tcs_err
daemons_start_one(struct tcs_supervisor *supervisor, const char *folder,
    const char *program, const char *driver, const struct tcs_args *args,
    struct tcs_diag *diag)
{
	struct daemons_words words = {.n = 0};
	char path[PATH_MAX + 32], name[TCS_DAEMONS_NAME];

	(void)snprintf(path, sizeof(path), "%s%s", folder, program);
	daemons_name(program, driver, name);
	daemons_add(&words, path);
	if (driver != NULL)
		daemons_add(&words, driver);
	daemons_add_common(&words, args);
	return tcs_supervisor_add(supervisor, name, words.items, diag);
}

/* Feeds with the same driver share one collector: the first one counts. */
static bool
daemons_is_first_of_driver(const struct tcs_conf *conf, size_t feed)
{
	for (size_t i = 0; i < feed; i++) {
		if (strcmp(conf->feeds[i].driver, conf->feeds[feed].driver) ==
		    0)
			return false;
	}
	return true;
}

enum tcs_err
tcs_daemons_start(struct tcs_supervisor *supervisor,
    const struct tcs_args *args, const struct tcs_conf *conf,
    struct tcs_diag *diag)
{
	static const char *const once[] = {
	    "tocsin-rules", "tocsin-dispatcher", "tocsin-journal"};
	char folder[PATH_MAX];
	enum tcs_err err = daemons_folder(folder, diag);

	for (size_t i = 0; err == TCS_OK && i < sizeof(once) / sizeof(once[0]);
	     i++)
		err = daemons_start_one(
		    supervisor, folder, once[i], NULL, args, diag);
	for (size_t i = 0; err == TCS_OK && i < conf->feeds_n; i++) {
		if (daemons_is_first_of_driver(conf, i))
			err = daemons_start_one(supervisor, folder,
			    "tocsin-collector", conf->feeds[i].driver, args,
			    diag);
	}
	return err;
}

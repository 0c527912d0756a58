/* check - is this configuration one that could start, and would it reach
 * somebody? Offline: files of this machine only. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/reads.h"
#include "collectors/feed.h"
#include "collectors/report/signal.h"
#include "core/bus_url.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/xml.h"
#include "rules/rule.h"
#include "rules/ruleset.h"
#include "territory/list.h"

extern const struct tcs_command_ops tcs_command_check;

/* One run. */
struct check {
	struct tcs_conf *conf;
	struct tcs_ruleset *rules;
	size_t lists_n;
	struct tcs_diag diag;
	enum tcs_err err; /* the first */
};

static void
check_note(struct check *check, enum tcs_err err)
{
	if (check->err == TCS_OK)
		check->err = err;
}

/* A file that a driver will open. Another user may be the one who can. */
static void
check_file(struct check *check, const char *path, unsigned line)
{
	if (path != NULL && access(path, R_OK) != 0)
		(void)tcs_diag_add(&check->diag, TCS_OK, check->conf->path,
		    line, "warning: cannot read %s: %s", path, strerror(errno));
}

/* The system must know the legal time of the territory. */
static void
check_timezone(struct check *check)
{
	const struct tcs_conf *conf = check->conf;

	if (tcs_clock_set_zone(conf->observatory.timezone) != TCS_OK)
		check_note(check,
		    tcs_diag_add(&check->diag, TCS_ECONFIG, conf->path, 0,
		        "timezone: this system does not know \"%s\"; write: "
		        "timezone = \"Europe/Paris\"",
		        conf->observatory.timezone));
}

static void
check_files(struct check *check, const struct tcs_option *table,
    const void *block, unsigned line)
{
	for (; table != NULL && block != NULL && table->name != NULL; table++) {
		const char *const *path =
		    (const void *)((const char *)block + table->offset);
		if (table->kind == TCS_OPTION_PATH)
			check_file(check, *path, line);
	}
}

/* What a feed's driver will read at its start, as its tables. */
static void
check_feed(struct check *check, const struct tcs_conf_feed *feed)
{
	const struct tcs_feed_ops *ops = tcs_feed_find(feed->driver);

	if (ops == NULL || ops->init == NULL || feed->state == NULL)
		return;
	enum tcs_err err = ops->init(feed->state, &check->diag);
	if (err != TCS_OK)
		check_note(check, err);
	else if (ops->fini != NULL)
		ops->fini(feed->state);
}

/* One feed reads the reports, and is given nothing that means nothing. */
static void
check_reports(struct check *check)
{
	if (tcs_reads_reports(check->conf) &&
	    tcs_report_feed(check->conf, &check->diag) == NULL)
		check_note(check, TCS_ECONFIG);
}

static void
check_drivers(struct check *check)
{
	const struct tcs_conf *conf = check->conf;

	for (size_t i = 0; i < conf->feeds_n; i++) {
		const struct tcs_conf_feed *feed = &conf->feeds[i];
		check_files(check, feed->options, feed->state, feed->line);
		check_file(check, feed->ca_file, feed->line);
		check_feed(check, feed);
	}
	for (size_t i = 0; i < conf->channels_n; i++)
		check_files(check, conf->channels[i].options,
		    conf->channels[i].state, conf->channels[i].line);
}

/* What the bus' driver is given. A secret that this user cannot read is passed
 * by: its property's name is still looked at. */
static void
check_bus(struct check *check)
{
	struct tcs_conf *conf = check->conf;
	const struct tcs_conf_kafka *kafka = &conf->kafka;
	struct tcs_bus_conf bus;
	bool is_kafka = tcs_bus_url_is_kafka(conf->bus.url), is_read = true;

	if (kafka->line > 0 && !is_kafka)
		(void)tcs_diag_add(&check->diag, TCS_OK, conf->path,
		    kafka->line,
		    "warning: kafka { } is for a kafka:// bus, and the bus is "
		    "%s",
		    conf->bus.url);
	for (size_t i = 0; i < kafka->n && is_kafka; i++) {
		const char *path = kafka->files[i];
		check_file(check, path, kafka->properties[i].line);
		is_read = is_read && (path == NULL || access(path, R_OK) == 0);
	}
	if (is_read)
		check_note(check, tcs_conf_read_secrets(conf, &check->diag));
	tcs_conf_bus(conf, &bus);
	check_note(check, tcs_bus_check(&bus, &check->diag));
}

static bool
check_has_audience(const struct tcs_conf *conf, struct tcs_slice name)
{
	for (size_t i = 0; i < conf->contacts_n; i++) {
		const struct tcs_strings *own = &conf->contacts[i].audiences;
		for (size_t k = 0; k < own->n; k++)
			if (tcs_slice_is(name, own->items[k]))
				return true;
	}
	return false;
}

/* An audience that nobody has is a message that nobody gets. */
static void
check_audiences(struct check *check, const struct tcs_rule *rule)
{
	for (const struct tcs_raise *r = rule->raises; r != NULL; r = r->next) {
		struct tcs_slice rest = tcs_slice_str(r->audience);
		while (rest.n > 0) {
			struct tcs_slice one = tcs_slice_cut(rest, ' ', &rest);
			if (check_has_audience(check->conf, one))
				continue;
			(void)tcs_diag_add(&check->diag, TCS_OK, rule->file,
			    r->line,
			    "warning: no contact has the audience \"%.*s\"; "
			    "write: audiences = {\"%.*s\"} in a contact of %s",
			    TCS_SLICE_ARG(one), TCS_SLICE_ARG(one),
			    check->conf->path);
		}
	}
}

static void
check_rules(struct check *check)
{
	const struct tcs_conf *conf = check->conf;

	if (access(conf->paths.rules, F_OK) != 0) {
		check_note(check,
		    tcs_diag_add(&check->diag, TCS_ECONFIG, conf->path, 0,
		        "there are no rules in %s: %s; write: paths { rules = "
		        "\"rules.d\" }, and a rule there",
		        conf->paths.rules, strerror(errno)));
		return;
	}
	check_note(check, tcs_ruleset_load(conf->paths.rules, NULL,
	                      tcs_clock_now_ms(), &check->rules, &check->diag));
	for (size_t i = 0; check->rules != NULL && i < check->rules->n; i++)
		check_audiences(check, check->rules->rules[i]);
}

/* "crues/AP5" of "crues" and "AP5.csv". */
static void
check_list(struct check *check, const char *group, const char *file)
{
	struct tcs_list *list = NULL;
	char *name = NULL;
	int n = (int)strlen(file) - 4;

	if (asprintf(&name, "%s%s%.*s", group, group[0] == '\0' ? "" : "/", n,
	        file) < 0) {
		check_note(check, TCS_ENOMEM);
		return;
	}
	check_note(check,
	    tcs_list_load(check->conf->paths.lists, name, &list, &check->diag));
	check->lists_n++;
	tcs_list_free(&list);
	free(name);
}

static bool
check_is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Every *.csv of the folder `group` of the lists ("": the folder itself), and
 * of the folders in it, which are one level deep. */
static void
check_lists_of(struct check *check, const char *group)
{
	const char *folder = check->conf->paths.lists;
	char **names = NULL, *path = NULL;
	size_t names_n = 0;
	enum tcs_err err = TCS_ENOMEM;

	if (asprintf(&path, "%s/%s", folder, group) < 0)
		path = NULL;
	if (path != NULL)
		err = tcs_dir_list(path, "", &names, &names_n, &check->diag);
	check_note(check, err);
	for (size_t i = 0; i < names_n; i++) {
		size_t n = strlen(names[i]);
		char *inner = NULL;
		if (n > 4 && strcmp(names[i] + n - 4, ".csv") == 0)
			check_list(check, group, names[i]);
		else if (group[0] == '\0' &&
		         asprintf(&inner, "%s/%s", folder, names[i]) >= 0 &&
		         check_is_folder(inner))
			check_lists_of(check, names[i]);
		free(inner);
	}
	tcs_names_free(names, names_n);
	free(path);
}

static void
check_lists(struct check *check)
{
	const struct tcs_conf *conf = check->conf;

	if (access(conf->paths.lists, F_OK) == 0)
		check_lists_of(check, "");
	else
		(void)tcs_diag_add(&check->diag, TCS_OK, conf->path, 0,
		    "warning: there are no lists in %s, every territory will "
		    "be estimated",
		    conf->paths.lists);
}

static void
check_say(const struct check *check)
{
	const struct tcs_conf *conf = check->conf;

	printf("%s: %zu feed%s, %zu contact%s, %zu channel%s, %zu rule%s, "
	       "%zu list%s\n",
	    conf->path, conf->feeds_n, conf->feeds_n == 1 ? "" : "s",
	    conf->contacts_n, conf->contacts_n == 1 ? "" : "s",
	    conf->channels_n, conf->channels_n == 1 ? "" : "s", check->rules->n,
	    check->rules->n == 1 ? "" : "s", check->lists_n,
	    check->lists_n == 1 ? "" : "s");
}

static int
check_run(int argc, char **argv)
{
	const struct tcs_cli_spec spec = {.command = &tcs_command_check,
	    .details = "Each fault is a line `file:line: what; write: what "
	               "instead`. Exit status 0: none.\nRules are read with "
	               "the examples they carry, lists one by one. A line "
	               "with `warning:` is no fault.",
	    .is_offline = true};
	struct check check = {0};
	struct tcs_args args;
	int status = tcs_cli_parse(&args, &spec, argc, argv);

	if (status != TCS_ARGS_GO)
		return status;
	tcs_xml_startup();
	check.err = tcs_conf_load(
	    args.config, tcs_cli_drivers(), &check.conf, &check.diag);
	if (check.conf != NULL) {
		check_timezone(&check);
		check_bus(&check);
		check_drivers(&check);
		check_reports(&check);
		check_rules(&check);
		check_lists(&check);
		if (check.err == TCS_OK)
			check_say(&check);
	}
	tcs_ruleset_free(&check.rules);
	tcs_conf_free(&check.conf);
	tcs_xml_cleanup();
	return tcs_cli_report(check.err, &check.diag);
}

const struct tcs_command_ops tcs_command_check = {
    .name = "check",
    .usage = "check [--config FILE]",
    .about = "configuration and rules, offline: each fault, its line, and "
             "what to write instead",
    .run = check_run,
};

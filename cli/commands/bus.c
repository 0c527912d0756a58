/* bus - its topics: made on a Kafka, what is still to be read, what is there.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/look.h"
#include "cli/reads.h"
#include "core/bus_topics.h"
#include "core/bus_url.h"
#include "core/clock.h"
#include "core/topics.h"

extern const struct tcs_command_ops tcs_command_bus;

enum { BUS_COPIES_MAX = 100, BUS_PARTITIONS_MAX = 64 };

/* As it was asked. */
struct bus {
	struct tcs_args args;
	const char *partitions, *replication, *min_insync; /* init */
	bool is_dry, is_forced;
	const char *since, *key, *limit, *format; /* scan */
	struct tcs_diag diag;
};

/* Is something written that is another action's? */
static bool
bus_has_init(const struct bus *b)
{
	return b->partitions != NULL || b->replication != NULL ||
	       b->min_insync != NULL || b->is_dry || b->is_forced;
}

static bool
bus_has_scan(const struct bus *b)
{
	return b->since != NULL || b->key != NULL || b->limit != NULL ||
	       b->format != NULL;
}

static enum tcs_err
bus_read_number(struct bus *b, const char *name, const char *text, int64_t max,
    int64_t *ret_value)
{
	if (text == NULL ||
	    tcs_slice_i64(tcs_slice_str(text), 1, max, ret_value) == TCS_OK)
		return TCS_OK;
	return tcs_diag_add(&b->diag, TCS_EINVAL, NULL, 0,
	    "--%s: not a number from 1 to %" PRId64, name, max);
}

/* init */

static void
bus_say(void *arg, const char *line)
{
	(void)arg;
	(void)puts(line);
	(void)fflush(stdout);
}

/* The programs have it from the file: another number is of no use. */
static enum tcs_err
bus_check_partitions(struct bus *b, const struct tcs_conf *conf)
{
	int64_t n = conf->bus.partitions;
	enum tcs_err err = bus_read_number(
	    b, "partitions", b->partitions, BUS_PARTITIONS_MAX, &n);

	if (err != TCS_OK || n == conf->bus.partitions)
		return err;
	return tcs_diag_add(&b->diag, TCS_ECONFIG, conf->path, 0,
	    "the bus has %" PRId64 " partition%s here; write: bus { partitions "
	    "= %" PRId64 " }",
	    conf->bus.partitions, conf->bus.partitions == 1 ? "" : "s", n);
}

static enum tcs_err
bus_init_topics(struct bus *b, const struct tcs_conf *conf)
{
	struct tcs_bus_topics wanted = {.realm = b->args.realm,
	    .is_dry = b->is_dry,
	    .is_forced = b->is_forced};
	int64_t replication = 0, min_insync = 0;
	struct tcs_bus_conf bus;
	enum tcs_err err = bus_check_partitions(b, conf);

	if (err == TCS_OK)
		err = bus_read_number(b, "replication", b->replication,
		    BUS_COPIES_MAX, &replication);
	if (err == TCS_OK)
		err = bus_read_number(b, "min-insync", b->min_insync,
		    BUS_COPIES_MAX, &min_insync);
	if (err != TCS_OK)
		return err;
	if (!tcs_bus_url_is_kafka(conf->bus.url)) {
		(void)puts("nothing to make: on redis: a stream is there with "
		           "its first record");
		return TCS_OK;
	}
	wanted.replication = (int)replication;
	wanted.min_insync = (int)min_insync;
	tcs_conf_bus(conf, &bus);
	return tcs_bus_topics_init(&bus, &wanted, bus_say, NULL, &b->diag);
}

/* Neither the store nor the bus' clients: topics may not be there yet. */
static enum tcs_err
bus_init(struct bus *b)
{
	struct tcs_conf *conf = NULL;
	enum tcs_err err =
	    tcs_args_load(&b->args, tcs_cli_drivers(), &conf, &b->diag);

	if (err == TCS_OK)
		err = bus_init_topics(b, conf);
	tcs_conf_free(&conf);
	return err;
}

/* lag */

static enum tcs_err
bus_lag(struct bus *b)
{
	struct tcs_cli cli = {0};
	enum tcs_err err = tcs_cli_open(&b->args, &cli, &b->diag);

	for (const struct tcs_read *read = tcs_reads;
	     err == TCS_OK && read->group != NULL; read++) {
		uint64_t records = 0;
		err = tcs_reads_lag(&cli.program, read, &records);
		if (err == TCS_OK)
			(void)printf("%-10s  %-9s  %" PRIu64 "\n", read->group,
			    read->topic, records);
	}
	tcs_cli_close(&cli);
	return err;
}

/* scan */

static enum tcs_err
bus_refuse_topic(struct bus *b, const char *topic)
{
	struct tcs_buf names;

	tcs_buf_init(&names, 1000);
	for (const struct tcs_topic *t = tcs_topics; t->name != NULL; t++)
		tcs_buf_printf(&names, " %s", t->name);
	enum tcs_err err = tcs_diag_add(&b->diag, TCS_ENOTFOUND, NULL, 0,
	    "there is no topic %.64s; write: one of%s", topic,
	    names.p == NULL ? "" : names.p);
	tcs_buf_fini(&names);
	return err;
}

static enum tcs_err
bus_read_look(struct bus *b, struct tcs_look *look)
{
	int64_t limit = TCS_LOOK_LIMIT;

	look->topic = b->args.operands[1];
	look->key = b->key;
	look->since_ms = TCS_NO_TIME;
	if (tcs_topic_find(look->topic) == NULL)
		return bus_refuse_topic(b, look->topic);
	enum tcs_err err =
	    bus_read_number(b, "limit", b->limit, TCS_LOOK_LIMIT_MAX, &limit);
	look->limit = (uint64_t)limit;
	if (err == TCS_OK && b->format != NULL &&
	    !tcs_look_read_format(b->format, &look->format))
		err = tcs_diag_add(&b->diag, TCS_EINVAL, NULL, 0,
		    "--format: no such form; write: table, json or value");
	return err;
}

static enum tcs_err
bus_scan(struct bus *b)
{
	struct tcs_look look = {0};
	struct tcs_cli cli = {0};
	bool is_more = false;
	enum tcs_err err = bus_read_look(b, &look);

	if (err == TCS_OK)
		err = tcs_cli_open(&b->args, &cli, &b->diag);
	/* Once the territory's legal time is known. */
	if (err == TCS_OK && b->since != NULL &&
	    tcs_look_read_since(
	        b->since, tcs_clock_wall_ms(), &look.since_ms) != TCS_OK)
		err = tcs_diag_add(&b->diag, TCS_EINVAL, NULL, 0,
		    "--since: neither an age nor a time; write: \"2 h\", "
		    "\"7 d\", 04:15 or 2026-11-23T04:15:00+01:00");
	if (err == TCS_OK)
		err = tcs_look_print(&cli.program, &look, &is_more, &b->diag);
	if (err == TCS_OK && is_more)
		(void)fprintf(stderr,
		    "there are more than %" PRIu64 "; write: --limit, --since "
		    "or --key\n",
		    look.limit);
	tcs_cli_close(&cli);
	return err;
}

typedef enum tcs_err bus_action(struct bus *b);

/* What was asked for; NULL: nothing that can be done in these words. */
static bus_action *
bus_find(const struct bus *b)
{
	static const struct {
		const char *name;
		int operands;
		bool has_init, has_scan;
		bus_action *run;
	} actions[] = {{"init", 1, true, false, bus_init},
	    {"lag", 1, false, false, bus_lag},
	    {"scan", 2, false, true, bus_scan}};

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (strcmp(b->args.operands[0], actions[i].name) == 0 &&
		    b->args.operands_n == actions[i].operands &&
		    (actions[i].has_init || !bus_has_init(b)) &&
		    (actions[i].has_scan || !bus_has_scan(b)))
			return actions[i].run;
	}
	return NULL;
}

static int
bus_run(int argc, char **argv)
{
	struct bus b = {0};
	const struct tcs_args_option options[] = {
	    {"partitions", "N", "init: must be the configuration's",
	        &b.partitions, NULL},
	    {"replication", "N", "init: copies of each partition (3)",
	        &b.replication, NULL},
	    {"min-insync", "N",
	        "init: copies that a record must have (one less)",
	        &b.min_insync, NULL},
	    {"dry-run", NULL, "init: say what would be done", NULL, &b.is_dry},
	    {"force", NULL, "init: add partitions to a topic that is there",
	        NULL, &b.is_forced},
	    {"since", "TIME", "scan: an age (\"2 h\", \"7 d\") or a time",
	        &b.since, NULL},
	    {"key", "KEY", "scan: records of that key", &b.key, NULL},
	    {"limit", "N", "scan: so many at most (1000)", &b.limit, NULL},
	    {"format", "WORD", "scan: table, json or value", &b.format, NULL},
	    {0}};
	const struct tcs_cli_spec spec = {.command = &tcs_command_bus,
	    .details =
	        "init   makes the realm's topics on a kafka:// bus, or "
	        "corrects them, a line each\nlag    records that each group "
	        "has still to read of each topic\nscan   records of a topic, "
	        "oldest first, by partition; times are the bus' own clock",
	    .options = options,
	    .operands_min = 1,
	    .operands_max = 2};
	int status = tcs_cli_parse(&b.args, &spec, argc, argv);

	if (status != TCS_ARGS_GO)
		return status;
	bus_action *run = bus_find(&b);
	if (run != NULL)
		return tcs_cli_report(run(&b), &b.diag);
	(void)fprintf(stderr,
	    "write: tocsin bus init [--partitions N] [--replication N] "
	    "[--min-insync N]\n                       [--dry-run] [--force],\n"
	    "       tocsin bus lag, or\n"
	    "       tocsin bus scan TOPIC [--since TIME] [--key KEY] "
	    "[--limit N] [--format WORD]\n");
	return TCS_EXIT_USAGE;
}

const struct tcs_command_ops tcs_command_bus = {
    .name = "bus",
    .usage = "bus init | lag | scan TOPIC [OPTION…]",
    .about = "topics: made on a Kafka, still to be read, shown",
    .run = bus_run,
};

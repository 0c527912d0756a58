/* tables - the tables that are built in, and whether that of the tronçons
 * agrees with what Météo-France shows. Offline. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/crosscheck.h"
#include "collectors/driver.h"
#include "core/clock.h"
#include "core/file.h"

extern const struct tcs_command_ops tcs_command_tables;

enum { TABLES_BODY_MAX = 64 << 20, TABLES_OUTPUT_MAX = 4 << 20 };

/* One call of `tables check`. */
struct tables_check {
	const char *map, *carte; /* files */
	const char *troncons;    /* file, or NULL: the table built in */
	struct tcs_buf map_body, carte_body, out;
	struct tcs_readings *readings;
	struct tcs_zonetable *table;
	struct tcs_crosscheck count;
};

static int
tables_wrong(const char *what, const char *value, const char *instead)
{
	fprintf(stderr, "tocsin tables: %s \"%.80s\"; write: %s\n", what, value,
	    instead);
	return TCS_EXIT_USAGE;
}

static int
tables_show(const char *name)
{
	struct tcs_slice text = tcs_zonetable_shipped(name);

	if (text.p == NULL)
		return tables_wrong(
		    "there is no table", name, "troncons or massifs");
	return fwrite(text.p, 1, text.n, stdout) == text.n ? EXIT_SUCCESS
	                                                   : TCS_EXIT_FAILURE;
}

/* As the collector reads it. */
static enum tcs_err
tables_map(struct tables_check *t, struct tcs_diag *diag)
{
	const struct tcs_feed_ops *ops = tcs_feed_find("vigicrues");
	const struct tcs_fetch fetch = {.url = t->map,
	    .status = 200,
	    .body = tcs_buf_view(&t->map_body),
	    .fetched_ms = tcs_clock_now_ms()};
	const struct tcs_answers answers = {.items = &fetch, .n = 1};
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag why = {0};
	void *st = NULL;

	enum tcs_err err = tcs_driver_open(ops, NULL, 0, &st, diag);
	if (err == TCS_OK)
		err = tcs_readings_read(
		    ops, st, &answers, &t->readings, &refusal, &why);
	if (err == TCS_EPARSE)
		err = tcs_diag_add(
		    diag, err, t->map, 0, "%s", tcs_diag_text(&why));
	tcs_driver_close(ops, &st);
	tcs_diag_fini(&why);
	return err;
}

static enum tcs_err
tables_compare(struct tables_check *t, struct tcs_diag *diag)
{
	struct tcs_diag why = {0};
	enum tcs_err err = tcs_file_read(t->map, &t->map_body, diag);

	if (err == TCS_OK)
		err = tcs_file_read(t->carte, &t->carte_body, diag);
	if (err == TCS_OK)
		err = tcs_zonetable_open(
		    t->troncons, "troncons", &t->table, diag);
	if (err == TCS_OK)
		err = tables_map(t, diag);
	if (err != TCS_OK)
		return err;
	const struct tcs_crosscheck_in in = {.map = t->readings,
	    .carte = tcs_buf_view(&t->carte_body),
	    .table = t->table};
	err = tcs_crosscheck(&in, &t->out, &t->count, &why);
	if (err == TCS_EPARSE)
		err = tcs_diag_add(
		    diag, err, t->carte, 0, "%s", tcs_diag_text(&why));
	tcs_diag_fini(&why);
	return err;
}

static int
tables_check(struct tables_check *t)
{
	struct tcs_diag diag = {0};

	tcs_buf_init(&t->map_body, TABLES_BODY_MAX);
	tcs_buf_init(&t->carte_body, TABLES_BODY_MAX);
	tcs_buf_init(&t->out, TABLES_OUTPUT_MAX);
	enum tcs_err err = tables_compare(t, &diag);
	if (err == TCS_OK && fwrite(t->out.p, 1, t->out.n, stdout) != t->out.n)
		err = tcs_diag_add(&diag, TCS_EIO, "stdout", 0, "cannot write");
	int status = tcs_cli_report(err, &diag);
	tcs_buf_fini(&t->map_body);
	tcs_buf_fini(&t->carte_body);
	tcs_buf_fini(&t->out);
	tcs_readings_free(&t->readings);
	tcs_zonetable_free(&t->table);
	return status == EXIT_SUCCESS && t->count.differ > 0 ? TCS_EXIT_FAILURE
	                                                     : status;
}

static int
tables_run(int argc, char **argv)
{
	struct tables_check t = {0};
	const struct tcs_args_option options[] = {
	    {.name = "troncons",
	        .value = "FILE",
	        .help = "the table to check, in place of the one built in",
	        .ret_value = &t.troncons},
	    {0}};
	const struct tcs_cli_spec spec = {.command = &tcs_command_tables,
	    .details =
	        "`show` prints a table that is built in, to be corrected "
	        "and named in tocsin.conf. `check` takes a map of "
	        "Vigicrues (InfoVigiCru.geojson) and a map of "
	        "Météo-France (cartevigilance) of about the same time: a "
	        "département's floods are the highest of its tronçons. "
	        "Where they are not, the rows concerned are printed, and "
	        "the exit status is 1.",
	    .options = options,
	    .operands_min = 1,
	    .operands_max = 3,
	    .is_offline = true};
	struct tcs_args args;
	int status = tcs_cli_parse(&args, &spec, argc, argv);

	if (status != TCS_ARGS_GO)
		return status;
	if (strcmp(args.operands[0], "show") == 0 && args.operands_n == 2)
		return tables_show(args.operands[1]);
	if (strcmp(args.operands[0], "check") != 0 || args.operands_n != 3)
		return tables_wrong("cannot do", args.operands[0],
		    "tables show NAME, or tables check MAP CARTE");
	t.map = args.operands[1];
	t.carte = args.operands[2];
	return tables_check(&t);
}

const struct tcs_command_ops tcs_command_tables = {
    .name = "tables",
    .usage = "tables show troncons|massifs | tables check [--troncons FILE] "
             "MAP CARTE",
    .about = "tables of zones and départements, and whether they are right",
    .run = tables_run,
};

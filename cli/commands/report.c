/* report - somebody in the field says what happens: typed in by whoever takes
 * the call, a signal within a second. Corrected and ended by its author. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/publish.h"
#include "cli/reporting.h"
#include "cli/reports.h"
#include "cli/session.h"
#include "collectors/report/signal.h"
#include "core/clock.h"
#include "core/digest.h"
#include "territory/communes.h"

extern const struct tcs_command_ops tcs_command_report;

enum { REPORT_OUTPUT_MAX = 16 << 20 };

struct report {
	struct tcs_args args;
	struct tcs_cli cli;
	struct tcs_diag diag;
	struct tcs_report_words words;
	struct tcs_communes *communes; /* NULL: their names are not known */
};

static enum tcs_err
report_list(struct report *r)
{
	struct tcs_report_book *book = NULL;
	struct tcs_buf buf;

	if (tcs_report_feed(r->cli.conf, &r->diag) == NULL)
		return TCS_ECONFIG;
	enum tcs_err err =
	    tcs_reports_load(r->cli.program.store, &book, &r->diag);
	if (err != TCS_OK)
		return err;
	tcs_buf_init(&buf, REPORT_OUTPUT_MAX);
	size_t n = tcs_reports_append(book, tcs_clock_now_ms(), &buf);
	err = buf.err;
	if (err == TCS_OK)
		(void)fputs(n == 0 ? "no report is open\n" : buf.p, stdout);
	tcs_buf_fini(&buf);
	tcs_report_book_free(&book);
	return err;
}

/* A table that is absent or broken is no reason not to take a report. */
static void
report_load_communes(struct report *r)
{
	struct tcs_diag diag = {0};
	enum tcs_err err = tcs_communes_load(NULL, &r->communes, &diag);

	if (err != TCS_OK && err != TCS_ENOTFOUND)
		tcs_args_print(&diag);
	tcs_diag_fini(&diag);
}

static enum tcs_err
report_send(struct report *r)
{
	char random[9], typed_by[TCS_SESSION_NAME], id[TCS_REPORT_ID_MAX];
	const struct tcs_reporting reporting = {.program = &r->cli.program,
	    .conf = r->cli.conf,
	    .realm = r->args.realm,
	    .communes = r->communes,
	    .typed_by = typed_by,
	    .random = random};
	struct tcs_buf text;

	tcs_random_hex(random, 8);
	tcs_session_name(typed_by);
	tcs_buf_init(&text, REPORT_OUTPUT_MAX);
	enum tcs_err err =
	    tcs_reporting_send(&reporting, &r->words, &text, id, &r->diag);
	if (err == TCS_OK && text.err == TCS_OK)
		(void)fputs(text.p, stdout);
	tcs_buf_fini(&text);
	return err;
}

static int
report_execute(struct report *r, bool is_list)
{
	if (!is_list && tcs_reporting_check(&r->words, &r->diag) != TCS_OK) {
		(void)tcs_cli_report(TCS_EINVAL, &r->diag);
		return TCS_EXIT_USAGE;
	}
	if (r->words.place.where != NULL)
		report_load_communes(r);
	enum tcs_err err = tcs_cli_open(&r->args, &r->cli, &r->diag);
	if (err == TCS_OK)
		err = tcs_await_clock(&r->cli.program, &r->diag);
	if (err == TCS_OK)
		err = is_list ? report_list(r) : report_send(r);
	tcs_communes_free(&r->communes);
	tcs_cli_close(&r->cli);
	return tcs_cli_report(err, &r->diag);
}

static int
report_run(int argc, char **argv)
{
	struct report r = {.communes = NULL};
	struct tcs_report_words *w = &r.words;
	const struct tcs_args_option options[] = {
	    {"where", "PLACE",
	        "the commune, by name or INSEE code, or free text",
	        &w->place.where, NULL},
	    {"commune", "INSEE", "commune in which the free text is",
	        &w->place.commune, NULL},
	    {"departement", "CODE", "or its département; default: the only one",
	        &w->place.departement, NULL},
	    {"what", "TEXT", "what happens, in a line", &w->what, NULL},
	    {"from", "WHO", "who saw it: a function, no person", &w->from,
	        NULL},
	    {"phenomenon", "WORD",
	        "crue, route-coupee, incendie, …; default: terrain",
	        &w->phenomenon, NULL},
	    {"level", "LEVEL", "vert … violet; default: none", &w->level, NULL},
	    {"certainty", "WORD",
	        "observed (default), likely, possible, unlikely, unknown",
	        &w->certainty, NULL},
	    {"at", "TIME", "when it happened: 04:15, or in full; default: now",
	        &w->at, NULL},
	    {"photo", "FILE", "a JPEG or PNG of 10 MB at most", &w->photo,
	        NULL},
	    {"contact", "NUMBER", "who can be called back: in the record alone",
	        &w->contact, NULL},
	    {"correct", "ID", "what is given replaces what was said",
	        &w->correct, NULL},
	    {"end", "ID", "it is over", &w->end, NULL}, {0}};
	const struct tcs_cli_spec spec = {.command = &tcs_command_report,
	    .details =
	        "A report is a signal within a second, ahead of every feed. "
	        "Its author alone corrects and\nends it: the same --from, or "
	        "the same login. `report list` shows those that are open.\n"
	        "Exit status: 0 stored on the bus, 1 not, 2 asked wrongly.",
	    .options = options,
	    .operands_max = 1};
	int status = tcs_cli_parse(&r.args, &spec, argc, argv);

	if (status != TCS_ARGS_GO)
		return status;
	bool is_list =
	    r.args.operands_n == 1 && strcmp(r.args.operands[0], "list") == 0;
	if (r.args.operands_n == 1 && !is_list) {
		(void)fprintf(stderr,
		    "tocsin report: cannot do \"%.40s\"; write: report list, "
		    "or report --where … --what … --from …\n",
		    r.args.operands[0]);
		return TCS_EXIT_USAGE;
	}
	return report_execute(&r, is_list);
}

const struct tcs_command_ops tcs_command_report = {
    .name = "report",
    .usage = "report --where PLACE --what TEXT --from WHO [OPTION…] | report "
             "--correct ID … | report --end ID … | report list",
    .about = "says what somebody in the field saw",
    .run = report_run,
};

/* trace - one event through every stage: what was issued, fetched, signalled,
 * proposed, decided, sent, and what became of it, with the time between. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/history.h"
#include "cli/scan.h"
#include "cli/term.h"
#include "core/clock.h"

extern const struct tcs_command_ops tcs_command_trace;

enum { TRACE_TEXT_MAX = 4 * 1024 * 1024 };

/* Documents last: which ones is known from the signals. */
static const char *const trace_topics[] = {"reports", "signals", "proposals",
    "decisions", "alerts", "receipts", "documents"};

enum { TRACE_TOPICS = sizeof(trace_topics) / sizeof(trace_topics[0]) };

static bool
trace_find(void *arg, const struct tcs_record *record)
{
	return !tcs_history_identify(arg, record);
}

static bool
trace_take(void *arg, const struct tcs_record *record)
{
	return tcs_history_take(arg, record) == TCS_OK;
}

static enum tcs_err
trace_read(struct tcs_program *program, struct tcs_history *history,
    struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; err == TCS_OK && i < TRACE_TOPICS &&
	                   tcs_history_trace(history)[0] == '\0';
	     i++)
		err = tcs_scan_topic(
		    program, trace_topics[i], trace_find, history, diag);
	if (err == TCS_OK && tcs_history_trace(history)[0] == '\0')
		return tcs_diag_add(diag, TCS_ENOTFOUND, NULL, 0,
		    "nothing on the bus has this identifier; write: that of a "
		    "signal, proposal or alert, a delivery's key, or a trace");
	for (size_t i = 0; err == TCS_OK && i < TRACE_TOPICS; i++)
		err = tcs_scan_topic(
		    program, trace_topics[i], trace_take, history, diag);
	return err == TCS_OK ? tcs_history_finish(history, diag) : err;
}

/* "2026-11-23T17:00:00.120+01:00  +0.120 s  "; of what is known to the second
 * only neither the milliseconds nor the time between. */
static void
trace_append(struct tcs_buf *buf, const struct tcs_history_item *item,
    const struct tcs_history_item *before)
{
	enum { SECONDS = sizeof("2026-11-23T17:00:00") - 1 };
	char time[TCS_TIME_TEXT];
	int64_t gap_ms = before == NULL ? 0 : item->at_ms - before->at_ms;

	(void)tcs_time_iso(item->at_ms, time);
	tcs_buf_printf(buf, "%.*s", (int)SECONDS, time);
	if (item->is_coarse && gap_ms < 1000)
		tcs_buf_printf(buf, "    %s  %12s", time + SECONDS, "");
	else
		tcs_buf_printf(buf, ".%03d%s  +%6" PRId64 ".%03d s",
		    (int)(item->at_ms % 1000), time + SECONDS, gap_ms / 1000,
		    (int)(gap_ms % 1000));
	tcs_buf_str(buf, "  ");
	tcs_term_line(buf, tcs_slice_str(item->text));
	tcs_buf_char(buf, '\n');
}

static void
trace_print(const struct tcs_history *history)
{
	size_t n = tcs_history_count(history);
	struct tcs_buf buf;

	tcs_buf_init(&buf, TRACE_TEXT_MAX);
	tcs_buf_printf(&buf, "trace %s\n", tcs_history_trace(history));
	const struct tcs_history_item *before = NULL;
	for (size_t i = 0; i < n; i++) {
		const struct tcs_history_item *item =
		    tcs_history_at(history, i);
		trace_append(&buf, item, before);
		if (before == NULL || item->at_ms > before->at_ms)
			before = item;
	}
	if (buf.p != NULL)
		(void)fputs(buf.p, stdout);
	tcs_buf_fini(&buf);
}

static int
trace_run(int argc, char **argv)
{
	const struct tcs_cli_spec spec = {.command = &tcs_command_trace,
	    .details = "Each line: when, how long after the line before, what.",
	    .operands_min = 1,
	    .operands_max = 1};
	struct tcs_history *history = NULL;
	struct tcs_diag diag = {0};
	struct tcs_cli cli = {0};
	struct tcs_args args;
	int status = tcs_cli_parse(&args, &spec, argc, argv);

	if (status != TCS_ARGS_GO)
		return status;
	enum tcs_err err = tcs_cli_open(&args, &cli, &diag);
	if (err == TCS_OK) {
		history = tcs_history_new(args.operands[0]);
		err = history == NULL ? TCS_ENOMEM : TCS_OK;
	}
	if (err == TCS_OK)
		err = trace_read(&cli.program, history, &diag);
	if (err == TCS_OK || (err == TCS_ELIMIT && history != NULL))
		trace_print(history);
	tcs_history_free(&history);
	tcs_cli_close(&cli);
	return tcs_cli_report(err, &diag);
}

const struct tcs_command_ops tcs_command_trace = {
    .name = "trace",
    .usage = "trace ID [OPTION…]",
    .about = "one event through every stage, with the times",
    .run = trace_run,
};

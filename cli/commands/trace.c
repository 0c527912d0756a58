/* trace - one event through every stage: what was issued, fetched, signalled,
 * proposed, decided, sent, and what became of it, with the time between. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/scan.h"
#include "cli/stages.h"
#include "cli/term.h"
#include "core/clock.h"

extern const struct tcs_command_ops tcs_command_trace;

enum { TRACE_TEXT_MAX = 4 * 1024 * 1024 };

/* Documents last: which ones is known from the signals. */
static const char *const trace_topics[] = {
    "signals", "proposals", "decisions", "alerts", "receipts", "documents"};

enum { TRACE_TOPICS = sizeof(trace_topics) / sizeof(trace_topics[0]) };

static bool
trace_find(void *arg, const struct tcs_record *record)
{
	return !tcs_stages_identify(arg, record);
}

static bool
trace_take(void *arg, const struct tcs_record *record)
{
	return tcs_stages_take(arg, record) == TCS_OK;
}

static enum tcs_err
trace_read(struct tcs_program *program, struct tcs_stages *stages,
    struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; err == TCS_OK && i < TRACE_TOPICS &&
	                   tcs_stages_trace(stages)[0] == '\0';
	     i++)
		err = tcs_scan_topic(
		    program, trace_topics[i], trace_find, stages, diag);
	if (err == TCS_OK && tcs_stages_trace(stages)[0] == '\0')
		return tcs_diag_add(diag, TCS_ENOTFOUND, NULL, 0,
		    "nothing on the bus has this identifier; write: that of a "
		    "signal, proposal or alert, a delivery's key, or a trace");
	for (size_t i = 0; err == TCS_OK && i < TRACE_TOPICS; i++)
		err = tcs_scan_topic(
		    program, trace_topics[i], trace_take, stages, diag);
	return err == TCS_OK ? tcs_stages_finish(stages, diag) : err;
}

/* "+0.120 s": after the stage before. */
static void
trace_append(struct tcs_buf *buf, const struct tcs_stage *stage,
    const struct tcs_stage *before)
{
	char time[TCS_TIME_TEXT];
	int64_t gap_ms = before == NULL ? 0 : stage->at_ms - before->at_ms;

	tcs_buf_printf(buf, "%s.%03d  +%" PRId64 ".%03d s  ",
	    tcs_time_iso(stage->at_ms, time), (int)(stage->at_ms % 1000),
	    gap_ms / 1000, (int)(gap_ms % 1000));
	tcs_term_line(buf, tcs_slice_str(stage->text));
	tcs_buf_char(buf, '\n');
}

static void
trace_print(const struct tcs_stages *stages)
{
	size_t n = tcs_stages_count(stages);
	struct tcs_buf buf;

	tcs_buf_init(&buf, TRACE_TEXT_MAX);
	tcs_buf_printf(&buf, "trace %s\n", tcs_stages_trace(stages));
	for (size_t i = 0; i < n; i++)
		trace_append(&buf, tcs_stages_at(stages, i),
		    i == 0 ? NULL : tcs_stages_at(stages, i - 1));
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
	struct tcs_stages *stages = NULL;
	struct tcs_diag diag = {0};
	struct tcs_cli cli = {0};
	struct tcs_args args;
	int status = tcs_cli_parse(&args, &spec, argc, argv);

	if (status != TCS_ARGS_GO)
		return status;
	enum tcs_err err = tcs_cli_open(&args, &cli, &diag);
	if (err == TCS_OK) {
		stages = tcs_stages_new(args.operands[0]);
		err = stages == NULL ? TCS_ENOMEM : TCS_OK;
	}
	if (err == TCS_OK)
		err = trace_read(&cli.program, stages, &diag);
	if (err == TCS_OK || (err == TCS_ELIMIT && stages != NULL))
		trace_print(stages);
	tcs_stages_free(&stages);
	tcs_cli_close(&cli);
	return tcs_cli_report(err, &diag);
}

const struct tcs_command_ops tcs_command_trace = {
    .name = "trace",
    .usage = "trace ID [OPTION…]",
    .about = "one event through every stage, with the times",
    .run = trace_run,
};

/* feeds - the drivers of feeds there are, the feeds that are polled and how
 * they do, what a source answers now, and what recorded bodies say. */
#include "cli/feeds.h"

#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "core/clock.h"

extern const struct tcs_command_ops tcs_command_feeds;

static int
feeds_do(const struct tcs_feeds_call *call)
{
	const char *verb = call->args->operands[0];
	int n = call->args->operands_n;

	if (strcmp(verb, "drivers") == 0 && n == 1)
		return tcs_feeds_drivers();
	if (strcmp(verb, "list") == 0 && n == 1)
		return tcs_feeds_list(call);
	if (strcmp(verb, "test") == 0)
		return tcs_feeds_test(call);
	if (strcmp(verb, "read") == 0)
		return tcs_feeds_read(call);
	return tcs_feeds_wrong("cannot do", verb,
	    "feeds drivers, feeds list, feeds test NAME|URL, or feeds read "
	    "DRIVER|NAME FILE…");
}

static int
feeds_run(int argc, char **argv)
{
	const char *at = NULL, *state = NULL, *format = "table";
	const struct tcs_args_option options[] = {
	    {.name = "at",
	        .value = "TIME",
	        .help = "read: when the first body was fetched, "
	                "2026-11-23T16:00:00+01:00; default: now",
	        .ret_value = &at},
	    {.name = "state",
	        .value = "FILE",
	        .help = "read: keep the last state there between two calls",
	        .ret_value = &state},
	    {.name = "format",
	        .value = "table|readings|json|cap",
	        .help = "read: signals, or what was read; json: one object a "
	                "line",
	        .ret_value = &format},
	    {0}};
	const struct tcs_cli_spec spec = {.command = &tcs_command_feeds,
	    .details =
	        "`list` shows each feed of tocsin.conf with its state. `test` "
	        "asks a source once and prints what of its answer was "
	        "understood; nothing is kept or sent. `read` takes recorded "
	        "bodies in order, offline, and prints the signals they give; "
	        "a.json+b.json are the bodies of one poll. A body that is "
	        "refused is named on stderr; the others are still read, and "
	        "the exit status is 1.",
	    .options = options,
	    .operands_min = 1,
	    .operands_max = 10000};
	struct tcs_args args;
	struct tcs_feeds_call call = {.args = &args, .at_ms = TCS_NO_TIME};
	int status = tcs_cli_parse(&args, &spec, argc, argv);

	if (status != TCS_ARGS_GO)
		return status;
	call.state = state;
	call.print = tcs_feed_printer_find(format);
	if (call.print == NULL)
		return tcs_feeds_wrong(
		    "no format", format, "table, readings, json or cap");
	if (at != NULL &&
	    tcs_time_parse(tcs_slice_str(at), &call.at_ms) != TCS_OK)
		return tcs_feeds_wrong(
		    "not a time", at, "--at 2026-11-23T16:00:00+01:00");
	return feeds_do(&call);
}

const struct tcs_command_ops tcs_command_feeds = {
    .name = "feeds",
    .usage = "feeds drivers | list | test NAME|URL | read DRIVER|NAME "
             "[--at TIME] [--state FILE] [--format table|readings|json|cap] "
             "FILE…",
    .about = "feeds and their drivers: states, a test, recorded bodies",
    .run = feeds_run,
};

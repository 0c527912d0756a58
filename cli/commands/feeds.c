/* feeds - the drivers of feeds there are, and what recorded bodies say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/feed_print.h"
#include "cli/feed_state.h"
#include "collectors/compare.h"
#include "collectors/driver.h"
#include "collectors/feed.h"
#include "collectors/readings.h"
#include "core/clock.h"
#include "core/file.h"

extern const struct tcs_command_ops tcs_command_feeds;

enum {
	FEEDS_BODY_MAX = 64 << 20,
	FEEDS_OUTPUT_MAX = 64 << 20,
	FEEDS_BODIES_MAX = 64
};

/* One call of `feeds read`. */
struct feeds_read {
	const struct tcs_feed_ops *ops;
	void *st;
	tcs_feed_printer *print;
	struct tcs_picture *picture;
	struct tcs_pending pending;
	int64_t at_ms; /* --at, or TCS_NO_TIME */
	int64_t fetched_ms;
	bool has_refused;
};

static int
feeds_list(void)
{
	for (size_t i = 0; tcs_feed_registry[i] != NULL; i++) {
		const struct tcs_feed_ops *ops = tcs_feed_registry[i];
		printf("%-12s %s\n%-12s every %lld s from %s\n", ops->name,
		    ops->about, "", (long long)(ops->every_ms / 1000),
		    ops->url);
	}
	return EXIT_SUCCESS;
}

/* What is wrong with one document: where, what, why. The others go on. */
static void
feeds_refused(struct feeds_read *r, const char *file, enum tcs_refusal refusal,
    const struct tcs_diag *diag)
{
	unsigned line = diag->n > 0 ? diag->items[0].line : 0;

	fprintf(stderr, "%s:", file);
	if (line > 0)
		fprintf(stderr, "%u:", line);
	fprintf(stderr, " refused (%s): %s\n", tcs_refusal_word(refusal),
	    tcs_diag_text(diag));
	r->has_refused = true;
}

static enum tcs_err
feeds_compare(struct feeds_read *r, const char *file,
    const struct tcs_readings *readings, struct tcs_slice body,
    struct tcs_diag *diag)
{
	static const char sender[] = "tocsin@localhost";
	const struct tcs_origin origin = {.observatory = "tocsin",
	    .sender = sender,
	    .status = "Test",
	    .feed = r->ops->name,
	    .source = r->ops->source,
	    .source_name = r->ops->source_name,
	    .ops = r->ops};
	char hash[TCS_DIGEST_HEX];
	int64_t issued_ms = readings->document.issued_ms;
	struct tcs_compare_in in = {.origin = &origin,
	    .held = r->picture,
	    .pending = r->pending,
	    .readings = readings,
	    .hash = tcs_digest(body, hash),
	    .fetched_ms = r->fetched_ms,
	    .answered_ms = TCS_NO_TIME,
	    .now_ms = r->fetched_ms};
	struct tcs_compare_out out;
	struct tcs_buf buf;

	/* Recorded long ago and read now is no gap between two documents. */
	if (r->at_ms == TCS_NO_TIME && issued_ms != TCS_NO_TIME)
		in.now_ms = issued_ms;
	enum tcs_err err = tcs_compare(&in, &out);
	tcs_buf_init(&buf, FEEDS_OUTPUT_MAX);
	if (err == TCS_OK)
		err = r->print(file, readings, &out, &buf, diag);
	if (err == TCS_OK && buf.n > 0 &&
	    fwrite(buf.p, 1, buf.n, stdout) != buf.n)
		err = tcs_diag_add(diag, TCS_EIO, "stdout", 0, "cannot write");
	if (err == TCS_OK && out.picture != NULL) {
		tcs_picture_free(&r->picture);
		r->picture = out.picture;
		out.picture = NULL;
	}
	r->pending = out.pending;
	tcs_buf_fini(&buf);
	tcs_compare_fini(&out);
	return err;
}

static enum tcs_err
feeds_bodies(struct feeds_read *r, const char *files,
    const struct tcs_answers *answers, struct tcs_diag *diag)
{
	struct tcs_readings *readings = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag why = {0};
	enum tcs_err err = tcs_readings_read(
	    r->ops, r->st, answers, &readings, &refusal, &why);

	if (err == TCS_EPARSE) {
		feeds_refused(r, files, refusal, &why);
		err = TCS_OK;
	} else if (err == TCS_OK) {
		int64_t issued_ms = readings->document.issued_ms;
		if (issued_ms != TCS_NO_TIME && issued_ms > r->fetched_ms)
			r->fetched_ms = issued_ms;
		err = feeds_compare(
		    r, files, readings, answers->items[0].body, diag);
	}
	tcs_readings_free(&readings);
	tcs_diag_fini(&why);
	return err;
}

/* "a.json", or "a.json+b.json": the bodies of one poll. */
static enum tcs_err
feeds_poll(struct feeds_read *r, const char *files, struct tcs_diag *diag)
{
	struct tcs_buf bodies[FEEDS_BODIES_MAX];
	struct tcs_fetch fetches[FEEDS_BODIES_MAX];
	struct tcs_answers answers = {.items = fetches};
	struct tcs_diag why = {0};
	enum tcs_err err = TCS_OK;

	for (struct tcs_slice rest = tcs_slice_str(files);
	     rest.p != NULL && err == TCS_OK && answers.n < FEEDS_BODIES_MAX;) {
		char *name = tcs_slice_dup(tcs_slice_cut(rest, '+', &rest));
		size_t i = answers.n++;
		tcs_buf_init(&bodies[i], FEEDS_BODY_MAX);
		err = name == NULL ? TCS_ENOMEM
		                   : tcs_file_read(name, &bodies[i], &why);
		fetches[i] = (struct tcs_fetch){.url = files,
		    .status = 200,
		    .body = tcs_buf_view(&bodies[i]),
		    .fetched_ms = r->fetched_ms};
		free(name);
	}
	if (err == TCS_OK) {
		err = feeds_bodies(r, files, &answers, diag);
	} else if (err != TCS_ENOMEM) {
		fprintf(stderr, "%s: %s\n", files, tcs_diag_text(&why));
		r->has_refused = true;
		err = TCS_OK;
	}
	for (size_t i = 0; i < answers.n; i++)
		tcs_buf_fini(&bodies[i]);
	tcs_diag_fini(&why);
	return err;
}

static enum tcs_err
feeds_files(struct feeds_read *r, char **files, int n, const char *state,
    struct tcs_diag *diag)
{
	enum tcs_err err = tcs_feed_state_load(
	    state, r->ops->name, &r->picture, &r->pending, diag);

	if (err == TCS_OK)
		err = tcs_driver_open(r->ops, NULL, 0, &r->st, diag);
	for (int i = 0; err == TCS_OK && i < n; i++)
		err = feeds_poll(r, files[i], diag);
	if (err == TCS_OK && state != NULL)
		err = tcs_feed_state_save(
		    state, r->ops->name, r->picture, &r->pending, diag);
	tcs_picture_free(&r->picture);
	tcs_driver_close(r->ops, &r->st);
	return err;
}

static int
feeds_wrong(const char *what, const char *value, const char *instead)
{
	fprintf(stderr, "tocsin feeds: %s \"%.80s\"; write: %s\n", what, value,
	    instead);
	return TCS_EXIT_USAGE;
}

static int
feeds_read_all(
    struct feeds_read *r, const struct tcs_args *args, const char *state)
{
	struct tcs_diag diag = {0};

	enum tcs_err err = feeds_files(
	    r, args->operands + 2, args->operands_n - 2, state, &diag);
	int status = tcs_cli_report(err, &diag);
	return status == EXIT_SUCCESS && r->has_refused ? TCS_EXIT_FAILURE
	                                                : status;
}

static int
feeds_run(int argc, char **argv)
{
	const char *at = NULL, *state = NULL, *format = "table";
	const struct tcs_args_option options[] = {
	    {.name = "at",
	        .value = "TIME",
	        .help = "when the first body was fetched, "
	                "2026-11-23T16:00:00+01:00; default: now",
	        .ret_value = &at},
	    {.name = "state",
	        .value = "FILE",
	        .help = "keep the last state there between two calls",
	        .ret_value = &state},
	    {.name = "format",
	        .value = "table|json|cap",
	        .help = "json: one object a line",
	        .ret_value = &format},
	    {0}};
	const struct tcs_cli_spec spec = {.command = &tcs_command_feeds,
	    .details = "`read` takes recorded bodies in order, offline, and "
	               "prints the signals they give; a.json+b.json are the "
	               "bodies of one poll. A body that is refused "
	               "is named on stderr; the others are still read, and "
	               "the exit status is 1.",
	    .options = options,
	    .operands_min = 1,
	    .operands_max = 10000,
	    .is_offline = true};
	struct feeds_read r = {.at_ms = TCS_NO_TIME};
	struct tcs_args args;
	int status = tcs_cli_parse(&args, &spec, argc, argv);

	if (status != TCS_ARGS_GO)
		return status;
	if (strcmp(args.operands[0], "list") == 0 && args.operands_n == 1)
		return feeds_list();
	if (strcmp(args.operands[0], "read") != 0 || args.operands_n < 3)
		return feeds_wrong("cannot do", args.operands[0],
		    "feeds list, or feeds read DRIVER FILE…");
	r.ops = tcs_feed_find(args.operands[1]);
	if (r.ops == NULL)
		return feeds_wrong("there is no driver", args.operands[1],
		    "one of those of tocsin feeds list");
	r.print = tcs_feed_printer_find(format);
	if (r.print == NULL)
		return feeds_wrong("no format", format, "table, json or cap");
	if (at != NULL && tcs_time_parse(tcs_slice_str(at), &r.at_ms) != TCS_OK)
		return feeds_wrong(
		    "not a time", at, "--at 2026-11-23T16:00:00+01:00");
	r.fetched_ms = at != NULL ? r.at_ms : tcs_clock_now_ms();
	return feeds_read_all(&r, &args, state);
}

const struct tcs_command_ops tcs_command_feeds = {
    .name = "feeds",
    .usage = "feeds list | feeds read DRIVER [--at TIME] [--state FILE] "
             "[--format table|json|cap] FILE…",
    .about = "drivers of feeds, and the signals that recorded bodies give",
    .run = feeds_run,
};

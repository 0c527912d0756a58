/* feeds_read.c - `tocsin feeds read`: what recorded bodies say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/feed_print.h"
#include "cli/feed_state.h"
#include "cli/feeds.h"
#include "collectors/compare.h"
#include "collectors/driver.h"
#include "collectors/readings.h"
#include "core/clock.h"
#include "core/file.h"

enum {
	READ_BODY_MAX = 64 << 20,
	READ_OUTPUT_MAX = 64 << 20,
	READ_BODIES_MAX = 64,
};

/* One call. */
struct read_run {
	const struct tcs_feed_ops *ops;
	void *st;
	tcs_feed_printer *print;
	struct tcs_picture *picture;
	struct tcs_pending pending;
	int64_t at_ms; /* --at, or TCS_NO_TIME */
	int64_t fetched_ms;
	bool has_refused;
};

/* What is wrong with one document: where, what, why. The others go on. */
static void
read_refused(struct read_run *r, const char *file, enum tcs_refusal refusal,
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

/* When the document was new, as far as it says. */
static int64_t
read_time(const struct read_run *r, const struct tcs_readings *readings)
{
	int64_t newest_ms = readings->document.issued_ms;

	for (size_t i = 0; i < readings->n; i++) {
		int64_t issued_ms = readings->items[i].issued_ms;
		if (issued_ms != 0 && issued_ms > newest_ms)
			newest_ms = issued_ms;
	}
	return newest_ms == TCS_NO_TIME ? r->fetched_ms : newest_ms;
}

static enum tcs_err
read_compare(struct read_run *r, const char *file,
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
	if (r->at_ms == TCS_NO_TIME)
		in.now_ms = in.fetched_ms = read_time(r, readings);
	enum tcs_err err = tcs_compare(&in, &out);
	tcs_buf_init(&buf, READ_OUTPUT_MAX);
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
read_bodies(struct read_run *r, const char *files,
    const struct tcs_answers *answers, struct tcs_diag *diag)
{
	struct tcs_readings *readings = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag why = {0};
	enum tcs_err err = tcs_readings_read(
	    r->ops, r->st, answers, &readings, &refusal, &why);

	if (err == TCS_EPARSE) {
		read_refused(r, files, refusal, &why);
		err = TCS_OK;
	} else if (err == TCS_OK) {
		int64_t newest_ms = read_time(r, readings);
		if (newest_ms > r->fetched_ms)
			r->fetched_ms = newest_ms;
		err = read_compare(
		    r, files, readings, answers->items[0].body, diag);
	}
	tcs_readings_free(&readings);
	tcs_diag_fini(&why);
	return err;
}

/* "a.json", or "a.json+b.json": the bodies of one poll. */
static enum tcs_err
read_poll(struct read_run *r, const char *files, struct tcs_diag *diag)
{
	struct tcs_buf bodies[READ_BODIES_MAX];
	struct tcs_fetch fetches[READ_BODIES_MAX];
	struct tcs_answers answers = {.items = fetches};
	struct tcs_diag why = {0};
	enum tcs_err err = TCS_OK;

	for (struct tcs_slice rest = tcs_slice_str(files);
	     rest.p != NULL && err == TCS_OK && answers.n < READ_BODIES_MAX;) {
		char *name = tcs_slice_dup(tcs_slice_cut(rest, '+', &rest));
		size_t i = answers.n++;
		tcs_buf_init(&bodies[i], READ_BODY_MAX);
		err = name == NULL ? TCS_ENOMEM
		                   : tcs_file_read(name, &bodies[i], &why);
		fetches[i] = (struct tcs_fetch){.url = files,
		    .status = 200,
		    .body = tcs_buf_view(&bodies[i]),
		    .fetched_ms = r->fetched_ms};
		free(name);
	}
	if (err == TCS_OK) {
		err = read_bodies(r, files, &answers, diag);
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
read_files(struct read_run *r, const struct tcs_feeds_call *call,
    struct tcs_diag *diag)
{
	enum tcs_err err = tcs_feed_state_load(
	    call->state, r->ops->name, &r->picture, &r->pending, diag);

	for (int i = 2; err == TCS_OK && i < call->args->operands_n; i++)
		err = read_poll(r, call->args->operands[i], diag);
	if (err == TCS_OK && call->state != NULL)
		err = tcs_feed_state_save(
		    call->state, r->ops->name, r->picture, &r->pending, diag);
	tcs_picture_free(&r->picture);
	return err;
}

int
tcs_feeds_read(const struct tcs_feeds_call *call)
{
	struct read_run r = {.at_ms = call->at_ms, .print = call->print};
	struct tcs_feeds_driver driver = {0};
	struct tcs_diag diag = {0};

	if (call->args->operands_n < 3)
		return tcs_feeds_wrong(
		    "cannot do", "read", "feeds read DRIVER|NAME FILE…");
	r.fetched_ms =
	    call->at_ms != TCS_NO_TIME ? call->at_ms : tcs_clock_now_ms();
	enum tcs_err err =
	    tcs_feeds_open(call, call->args->operands[1], &driver, &diag);
	if (err == TCS_ENOTFOUND) {
		tcs_diag_fini(&diag);
		return tcs_feeds_wrong("there is no driver",
		    call->args->operands[1],
		    "one of those of tocsin feeds drivers, or a feed of "
		    "tocsin.conf");
	}
	r.ops = driver.ops;
	r.st = driver.st;
	if (err == TCS_OK)
		err = read_files(&r, call, &diag);
	tcs_feeds_close(&driver);
	int status = tcs_cli_report(err, &diag);
	return status == EXIT_SUCCESS && r.has_refused ? TCS_EXIT_FAILURE
	                                               : status;
}

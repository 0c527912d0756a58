/* decide - what an authority decided about one text, typed in by whoever
 * answers for it. The dispatcher has the last word: it binds the decision to
 * the text, refuses it, or parks it until it knows the text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/docket.h"
#include "cli/publish.h"
#include "cli/session.h"
#include "cli/term.h"
#include "cli/typed.h"
#include "core/clock.h"
#include "core/digest.h"

extern const struct tcs_command_ops tcs_command_decide;

enum {
	DECIDE_NOT_YET = 3, /* exit: parked, or not read yet */
	DECIDE_WAIT_MS = 5000,
	DECIDE_VALUE_MAX = 16 * 1024,
	DECIDE_TEXT_MAX = 512 * 1024
};

struct decide {
	struct tcs_args args;
	struct tcs_cli cli;
	struct tcs_typed typed;
	const char *asked, *answered; /* as typed, or NULL */
	struct tcs_docket docket;
	struct tcs_diag diag;
	char typed_by[TCS_SESSION_NAME];
};

static enum tcs_err
decide_read_time(
    struct decide *d, const char *option, const char *text, int64_t *ret_ms)
{
	*ret_ms = TCS_NO_TIME;
	if (text == NULL ||
	    tcs_typed_read_time(text, d->typed.at_ms, ret_ms) == TCS_OK)
		return TCS_OK;
	return tcs_diag_add(&d->diag, TCS_EPARSE, NULL, 0,
	    "%s: \"%.40s\" is no time; write: 04:15, or "
	    "2026-11-23T04:15:00+01:00",
	    option, text);
}

/* The words themselves, before anything is opened. */
static enum tcs_err
decide_read_words(struct decide *d)
{
	struct tcs_typed *typed = &d->typed;

	typed->verdict = d->args.operands[1];
	typed->at_ms = tcs_clock_wall_ms();
	typed->asked_ms = typed->answered_ms = TCS_NO_TIME;
	tcs_session_name(d->typed_by);
	typed->typed_by = d->typed_by;
	enum tcs_err err =
	    tcs_typed_read_ref(d->args.operands[0], typed, &d->diag);
	return err == TCS_OK ? tcs_typed_check(typed, &d->diag) : err;
}

/* The times, once the realm's clock and legal time are known. */
static enum tcs_err
decide_read_times(struct decide *d)
{
	struct tcs_typed *typed = &d->typed;

	typed->at_ms = tcs_clock_now_ms();
	enum tcs_err err =
	    decide_read_time(d, "--asked", d->asked, &typed->asked_ms);
	if (err == TCS_OK)
		err = decide_read_time(
		    d, "--answered", d->answered, &typed->answered_ms);
	return err == TCS_OK ? tcs_typed_check(typed, &d->diag) : err;
}

static void
decide_show(const struct tcs_docket_row *row)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, DECIDE_TEXT_MAX);
	tcs_docket_ref(row, &buf);
	tcs_buf_char(&buf, '\n');
	tcs_docket_text(row, "    ", &buf);
	if (buf.err == TCS_OK)
		(void)fputs(buf.p, stdout);
	(void)fflush(stdout);
	tcs_buf_fini(&buf);
}

/* What the docket says before anything is published: a mistyped hash is
 * refused here, the rest is for the dispatcher. */
static enum tcs_err
decide_hold_against(struct decide *d, const struct tcs_docket_row **ret_row)
{
	const struct tcs_typed *typed = &d->typed;
	enum tcs_typed_fit fit = tcs_typed_fit(typed, &d->docket, ret_row);
	const struct tcs_docket_row *row = *ret_row;

	tcs_assert(row != NULL || fit == TCS_FIT_UNKNOWN);
	if (row != NULL)
		decide_show(row);
	switch (fit) {
	case TCS_FIT_OTHER:
		return tcs_diag_add(&d->diag, TCS_EGUARD, NULL, 0,
		    "refused: %s has no text %s; the last one is above",
		    typed->code, typed->hash);
	case TCS_FIT_REPLACED:
		(void)printf("The text above has taken the place of %s-%s.\n",
		    typed->code, typed->hash);
		return TCS_OK;
	case TCS_FIT_ENDED:
		(void)printf("The text above is %s.\n", row->state);
		return TCS_OK;
	case TCS_FIT_UNKNOWN:
		(void)printf("No text has the code %s yet.\n", typed->code);
		return TCS_OK;
	case TCS_FIT_WAITS:
	default:
		return TCS_OK;
	}
}

/* A text that came while we asked: it was not shown yet. */
static enum tcs_err
decide_show_current(struct decide *d, const struct tcs_docket_row *shown)
{
	struct tcs_docket now = {0};
	const struct tcs_docket_row *row = NULL;
	enum tcs_err err =
	    tcs_docket_load(d->cli.program.store, &now, &d->diag);

	if (err != TCS_OK)
		return err;
	(void)tcs_typed_fit(&d->typed, &now, &row);
	if (row != NULL && tcs_docket_is_waiting(row) &&
	    (shown == NULL || strcmp(shown->hash, row->hash) != 0)) {
		(void)puts("What waits now:");
		decide_show(row);
	}
	tcs_docket_fini(&now);
	return TCS_OK;
}

/* Exit status of an outcome, which is printed. */
static int
decide_conclude(const json_t *outcome)
{
	const char *word = tcs_json_str(outcome, "outcome", "");
	const char *reason = tcs_json_str(outcome, "reason", "");
	const char *alert = tcs_json_str(outcome, "alert", "");
	struct tcs_buf line;

	tcs_buf_init(&line, 4096);
	tcs_term_line(&line, tcs_slice_str(word));
	if (reason[0] != '\0') {
		tcs_buf_str(&line, ": ");
		tcs_term_line(&line, tcs_slice_str(reason));
	}
	if (alert[0] != '\0') {
		tcs_buf_str(&line, "; alert ");
		tcs_term_line(&line, tcs_slice_str(alert));
	}
	(void)puts(line.err == TCS_OK && line.p != NULL ? line.p : word);
	tcs_buf_fini(&line);
	if (strcmp(word, "accepted") == 0)
		return EXIT_SUCCESS;
	return strcmp(word, "parked") == 0 ? DECIDE_NOT_YET : EXIT_FAILURE;
}

/* What became of it, as far as is known within some seconds. */
static enum tcs_err
decide_learn(struct decide *d, const struct tcs_published *record,
    const struct tcs_docket_row *shown, int *ret_status)
{
	json_t *outcome = NULL;
	enum tcs_err err = tcs_await_outcome(
	    &d->cli.program, record, DECIDE_WAIT_MS, &outcome, &d->diag);

	if (err == TCS_ETIMEOUT) {
		(void)puts("stored; no dispatcher has read it yet");
		*ret_status = DECIDE_NOT_YET;
		return TCS_OK;
	}
	if (err == TCS_OK) {
		*ret_status = decide_conclude(outcome);
		if (*ret_status == EXIT_FAILURE)
			err = decide_show_current(d, shown);
	}
	json_decref(outcome);
	return err;
}

static enum tcs_err
decide_publish(
    struct decide *d, const struct tcs_docket_row *row, int *ret_status)
{
	const struct tcs_conf_observatory *observatory =
	    &d->cli.conf->observatory;
	char id[TCS_TYPED_ID], random[9];
	struct tcs_published record = {.id = id,
	    .key = row != NULL ? row->key : observatory->departements.items[0],
	    .trace = row == NULL ? NULL : row->trace,
	    .at_ms = d->typed.at_ms};
	struct tcs_buf value;

	tcs_random_hex(random, 8);
	tcs_typed_identify(observatory->name, record.at_ms, random, id);
	tcs_buf_init(&value, DECIDE_VALUE_MAX);
	enum tcs_err err = tcs_typed_write(&d->typed, id, &value);
	record.value = tcs_buf_view(&value);
	if (err == TCS_OK)
		err = tcs_publish_decision(&d->cli.program, &record, &d->diag);
	if (err == TCS_OK)
		err = decide_learn(d, &record, row, ret_status);
	tcs_buf_fini(&value);
	return err;
}

static int
decide_execute(struct decide *d)
{
	const struct tcs_docket_row *row = NULL;
	int status = EXIT_FAILURE;
	enum tcs_err err = decide_read_words(d);

	if (err != TCS_OK) {
		(void)tcs_cli_report(err, &d->diag);
		return TCS_EXIT_USAGE;
	}
	err = tcs_cli_open(&d->args, &d->cli, &d->diag);
	if (err == TCS_OK)
		err = tcs_await_clock(&d->cli.program, &d->diag);
	if (err == TCS_OK)
		err = decide_read_times(d);
	if (err == TCS_OK)
		err = tcs_cli_may_decide(&d->cli, &d->args, &d->diag);
	if (err == TCS_OK)
		err =
		    tcs_docket_load(d->cli.program.store, &d->docket, &d->diag);
	if (err == TCS_OK)
		err = decide_hold_against(d, &row);
	if (err == TCS_OK)
		err = decide_publish(d, row, &status);
	tcs_docket_fini(&d->docket);
	tcs_cli_close(&d->cli);
	int reported = tcs_cli_report(err, &d->diag);
	return err == TCS_OK ? status : reported;
}

static int
decide_run(int argc, char **argv)
{
	struct decide d = {0};
	struct tcs_typed *o = &d.typed;
	const struct tcs_args_option options[] = {
	    {"authority", "TEXT", "who ordered, with quality", &o->authority,
	        NULL},
	    {"how", "TEXT", "written, verbal by telephone, standing order n° …",
	        &o->how, NULL},
	    {"basis", "TEXT", "the plan or order it rests on", &o->basis, NULL},
	    {"reason", "TEXT", "why so", &o->reason, NULL},
	    {"asked", "TIME", "when the authority was asked: 04:15, or in full",
	        &d.asked, NULL},
	    {"answered", "TIME", "when the authority answered", &d.answered,
	        NULL},
	    {0}};
	const struct tcs_cli_spec spec = {.command = &tcs_command_decide,
	    .details =
	        "Binds the text that CODE-hhhhhh names, and no other. It is "
	        "refused, and the new text\nshown, if that changed to a higher "
	        "level, a larger territory or a new action.\nExit status: 0 "
	        "accepted, 1 refused, 2 asked wrongly, 3 not yet known what "
	        "becomes of it.",
	    .options = options,
	    .operands_min = 2,
	    .operands_max = 2};
	int status = tcs_cli_parse(&d.args, &spec, argc, argv);

	return status == TCS_ARGS_GO ? decide_execute(&d) : status;
}

const struct tcs_command_ops tcs_command_decide = {
    .name = "decide",
    .usage = "decide CODE-hhhhhh approve|reject|wait --authority TEXT --how "
             "TEXT [--basis TEXT] --reason TEXT [OPTION…]",
    .about = "records what an authority decided about one text",
    .run = decide_run,
};

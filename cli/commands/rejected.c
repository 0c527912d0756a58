/* rejected - records that a daemon could not read and set aside, with why, and
 * what a person does with them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/aside.h"
#include "cli/cli.h"
#include "cli/command.h"
#include "cli/publish.h"
#include "cli/scan.h"
#include "cli/session.h"
#include "cli/term.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/json.h"

extern const struct tcs_command_ops tcs_command_rejected;

enum { REJECTED_TEXT_MAX = 4 * 1024 * 1024, REJECTED_ID = 160 };

enum rejected_action {
	REJECTED_LIST,
	REJECTED_SHOW,
	REJECTED_RETRY,
	REJECTED_DROP,
};

struct rejected {
	struct tcs_args args;
	enum rejected_action action;
	const char *id; /* NULL: list */
	const char *reason;
	struct tcs_cli cli;
	struct tcs_aside *aside; /* what was done so far */
	size_t shown;
	/* The record of that id, kept for retry and drop. */
	bool is_found;
	json_t *value; /* NULL: it cannot be read */
	char *key;
	struct tcs_diag diag;
};

/* list, show */

/* One line: what, by whom, why. */
static void
rejected_append_line(
    struct tcs_buf *buf, struct tcs_slice id, const json_t *value)
{
	tcs_term_line(buf, id);
	tcs_buf_str(buf, "  ");
	tcs_term_line(buf, tcs_slice_str(tcs_json_str(value, "by", "?")));
	tcs_buf_str(buf, ": ");
	tcs_term_line(buf, tcs_slice_str(tcs_json_str(value, "reason", "?")));
	tcs_buf_char(buf, '\n');
}

static void
rejected_append_whole(
    struct tcs_buf *buf, struct tcs_slice id, const json_t *value)
{
	const char *text = tcs_json_str(value, "value", NULL);

	rejected_append_line(buf, id, value);
	tcs_buf_str(buf, "key: ");
	tcs_term_line(buf, tcs_slice_str(tcs_json_str(value, "key", "")));
	tcs_buf_char(buf, '\n');
	if (text != NULL)
		tcs_term_block(buf, tcs_slice_str(text), "    ");
	else
		tcs_buf_printf(buf,
		    "(%lld bytes that are not text, or too many: in the "
		    "journal)\n",
		    (long long)tcs_json_i64(value, "value_size", 0));
}

static void
rejected_print(const struct rejected *r, struct tcs_slice id,
    const json_t *value, const char *done)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, REJECTED_TEXT_MAX);
	if (r->action == REJECTED_LIST)
		rejected_append_line(&buf, id, value);
	else
		rejected_append_whole(&buf, id, value);
	if (done != NULL) {
		tcs_term_line(&buf, tcs_slice_str(done));
		tcs_buf_char(&buf, '\n');
	}
	if (buf.err == TCS_OK)
		(void)fputs(buf.p, stdout);
	tcs_buf_fini(&buf);
}

static bool
rejected_on_record(void *arg, const struct tcs_record *record)
{
	struct rejected *r = arg;
	struct tcs_slice id = tcs_record_header(record, "id");
	const char *done = tcs_aside_done(r->aside, id);
	bool is_list = r->action == REJECTED_LIST;
	json_t *value = NULL;

	if (is_list ? done != NULL : !tcs_slice_is(id, r->id))
		return true;
	if (tcs_json_parse(record->value, &value, NULL, NULL) != TCS_OK)
		value = NULL; /* shown with its id and question marks */
	if (is_list || r->action == REJECTED_SHOW) {
		rejected_print(r, id, value, done);
		r->shown++;
	}
	r->is_found = true;
	if (!is_list) {
		r->value = json_incref(value);
		r->key = tcs_slice_dup(record->key);
	}
	json_decref(value);
	return is_list;
}

/* retry, drop */

static enum tcs_err
rejected_publish(struct rejected *r, const struct tcs_outgoing *original,
    const struct tcs_aside_act *act)
{
	char id[REJECTED_ID], random[9], at[TCS_TIME_TEXT];
	struct tcs_outgoing records[2] = {*original};
	struct tcs_buf event;
	size_t n = original->topic == NULL ? 0 : 1;

	tcs_random_hex(random, 8);
	(void)snprintf(id, sizeof(id), "%s.event.%s-%s",
	    r->cli.conf->observatory.name, tcs_time_compact(act->at_ms, at),
	    random);
	const struct tcs_header header = {
	    tcs_slice_str("id"), tcs_slice_str(id)};
	tcs_buf_init(&event, TCS_RECORD_MAX);
	enum tcs_err err = tcs_aside_write(act, &event);
	records[n++] = (struct tcs_outgoing){.topic = "events",
	    .key = tcs_slice_str(r->key),
	    .value = tcs_buf_view(&event),
	    .headers = &header,
	    .headers_n = 1};
	if (err == TCS_OK)
		err = tcs_publish_records(&r->cli.program, records, n,
		    "what you did",
		    "see `tocsin rejected list` before you do "
		    "it again",
		    &r->diag);
	tcs_buf_fini(&event);
	return err;
}

static enum tcs_err
rejected_act(struct rejected *r)
{
	bool is_retry = r->action == REJECTED_RETRY;
	const char *done = tcs_aside_done(r->aside, tcs_slice_str(r->id));
	struct tcs_header headers[TCS_ASIDE_HEADERS];
	struct tcs_outgoing original = {0};
	char by[TCS_SESSION_NAME];
	enum tcs_err err = TCS_OK;

	if (done != NULL)
		return tcs_diag_add(&r->diag, TCS_EEXISTS, NULL, 0,
		    "%.100s was %s; set aside again, it would have another "
		    "number",
		    r->id, done);
	if (is_retry)
		err =
		    tcs_aside_original(r->value, headers, &original, &r->diag);
	if (err != TCS_OK)
		return err;
	tcs_session_name(by);
	const struct tcs_aside_act act = {
	    .kind = is_retry ? TCS_ASIDE_RETRY : TCS_ASIDE_DROP,
	    .id = r->id,
	    .by = by,
	    .reason = r->reason,
	    .at_ms = tcs_clock_now_ms()};
	err = rejected_publish(r, &original, &act);
	if (err == TCS_OK && is_retry)
		(void)printf("%s: given back to %s\n", r->id, original.topic);
	else if (err == TCS_OK)
		(void)printf("%s: dropped\n", r->id);
	return err;
}

/* The command */

static enum tcs_err
rejected_find(struct rejected *r)
{
	enum tcs_err err = tcs_aside_load(&r->cli.program, r->aside, &r->diag);

	if (err == TCS_OK)
		err = tcs_scan_topic(&r->cli.program, "rejected",
		    rejected_on_record, r, &r->diag);
	if (err != TCS_OK)
		return err;
	if (r->id != NULL && !r->is_found)
		return tcs_diag_add(&r->diag, TCS_ENOTFOUND, NULL, 0,
		    "nothing was set aside as %.100s; write: one of those of "
		    "`tocsin rejected list`",
		    r->id);
	if (r->id == NULL && r->shown == 0)
		(void)puts("nothing was set aside");
	return TCS_OK;
}

static enum tcs_err
rejected_execute(struct rejected *r)
{
	bool is_act = r->action == REJECTED_RETRY || r->action == REJECTED_DROP;
	enum tcs_err err = tcs_cli_open(&r->args, &r->cli, &r->diag);

	if (err == TCS_OK && is_act)
		err = tcs_await_clock(&r->cli.program, &r->diag);
	if (err == TCS_OK && is_act)
		err = tcs_cli_may_decide(&r->cli, &r->args, &r->diag);
	r->aside = tcs_aside_new();
	if (err == TCS_OK && r->aside == NULL)
		err = TCS_ENOMEM;
	if (err == TCS_OK)
		err = rejected_find(r);
	if (err == TCS_OK && is_act)
		err = rejected_act(r);
	json_decref(r->value);
	free(r->key);
	tcs_aside_free(&r->aside);
	tcs_cli_close(&r->cli);
	return err;
}

static bool
rejected_read_action(struct rejected *r)
{
	static const char *const names[] = {[REJECTED_LIST] = "list",
	    [REJECTED_SHOW] = "show",
	    [REJECTED_RETRY] = "retry",
	    [REJECTED_DROP] = "drop"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(r->args.operands[0], names[i]) != 0)
			continue;
		r->action = (enum rejected_action)i;
		r->id = i == REJECTED_LIST ? NULL : r->args.operands[1];
		return r->args.operands_n == (i == REJECTED_LIST ? 1 : 2) &&
		       (r->reason == NULL || i >= REJECTED_RETRY);
	}
	return false;
}

static int
rejected_run(int argc, char **argv)
{
	struct rejected r = {0};
	const struct tcs_args_option options[] = {
	    {"reason", "TEXT", "retry, drop: why, for the journal", &r.reason,
	        NULL},
	    {0}};
	const struct tcs_cli_spec spec = {.command = &tcs_command_rejected,
	    .details =
	        "list    what is still to be dealt with, a line each\n"
	        "show    one of them, whole\n"
	        "retry   gives it back to its topic, the same bytes, for who "
	        "reads that to take\n        again: once what made it be "
	        "refused is repaired\ndrop    takes it off the list\nRetry "
	        "and drop want the right to decide, and are written into the "
	        "journal.",
	    .options = options,
	    .operands_min = 1,
	    .operands_max = 2};
	int status = tcs_cli_parse(&r.args, &spec, argc, argv);

	if (status != TCS_ARGS_GO)
		return status;
	if (rejected_read_action(&r))
		return tcs_cli_report(rejected_execute(&r), &r.diag);
	(void)fprintf(stderr,
	    "write: tocsin rejected list, show ID, or retry ID or drop ID "
	    "[--reason TEXT]\n");
	return TCS_EXIT_USAGE;
}

const struct tcs_command_ops tcs_command_rejected = {
    .name = "rejected",
    .usage = "rejected list | show ID | retry ID | drop ID [OPTION…]",
    .about = "records that were set aside: shown, given back, or dropped",
    .run = rejected_run,
};

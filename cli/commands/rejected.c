/* rejected - records that a daemon could not read and set aside, with why. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/scan.h"
#include "cli/term.h"
#include "core/json.h"

extern const struct tcs_command_ops tcs_command_rejected;

enum { REJECTED_TEXT_MAX = 4 * 1024 * 1024 };

struct rejected {
	const char *id; /* to show; NULL: list */
	size_t shown;
};

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

static bool
rejected_on_record(void *arg, const struct tcs_record *record)
{
	struct rejected *r = arg;
	struct tcs_slice id = tcs_record_header(record, "id");
	json_t *value = NULL;
	struct tcs_buf buf;

	if (r->id != NULL && !tcs_slice_is(id, r->id))
		return true;
	if (tcs_json_parse(record->value, &value, NULL, NULL) != TCS_OK)
		value = NULL; /* shown with its id and question marks */
	tcs_buf_init(&buf, REJECTED_TEXT_MAX);
	if (r->id == NULL)
		rejected_append_line(&buf, id, value);
	else
		rejected_append_whole(&buf, id, value);
	if (buf.err == TCS_OK)
		(void)fputs(buf.p, stdout);
	tcs_buf_fini(&buf);
	json_decref(value);
	r->shown++;
	return r->id == NULL;
}

static enum tcs_err
rejected_execute(
    const struct tcs_args *args, struct rejected *r, struct tcs_diag *diag)
{
	struct tcs_cli cli = {0};
	enum tcs_err err = tcs_cli_open(args, &cli, diag);

	if (err == TCS_OK)
		err = tcs_scan_topic(
		    &cli.program, "rejected", rejected_on_record, r, diag);
	tcs_cli_close(&cli);
	if (err == TCS_OK && r->id != NULL && r->shown == 0)
		return tcs_diag_add(diag, TCS_ENOTFOUND, NULL, 0,
		    "nothing was set aside as %.100s; write: one of those of "
		    "`tocsin rejected list`",
		    r->id);
	if (err == TCS_OK && r->shown == 0)
		(void)puts("nothing was set aside");
	return err;
}

static int
rejected_run(int argc, char **argv)
{
	const struct tcs_cli_spec spec = {.command = &tcs_command_rejected,
	    .operands_min = 1,
	    .operands_max = 2};
	struct tcs_diag diag = {0};
	struct rejected r = {0};
	struct tcs_args args;
	int status = tcs_cli_parse(&args, &spec, argc, argv);

	if (status != TCS_ARGS_GO)
		return status;
	bool is_list =
	    strcmp(args.operands[0], "list") == 0 && args.operands_n == 1;
	bool is_show =
	    strcmp(args.operands[0], "show") == 0 && args.operands_n == 2;
	if (!is_list && !is_show) {
		(void)fprintf(stderr,
		    "write: tocsin rejected list, or tocsin rejected "
		    "show ID\n");
		return TCS_EXIT_USAGE;
	}
	r.id = is_show ? args.operands[1] : NULL;
	return tcs_cli_report(rejected_execute(&args, &r, &diag), &diag);
}

const struct tcs_command_ops tcs_command_rejected = {
    .name = "rejected",
    .usage = "rejected list | show ID [OPTION…]",
    .about = "records that could not be read and were set aside",
    .run = rejected_run,
};

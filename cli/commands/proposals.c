/* proposals - what waits for a decision: each text in full, and what to type
 * to decide about it. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/docket.h"
#include "cli/term.h"
#include "core/clock.h"

extern const struct tcs_command_ops tcs_command_proposals;

enum { PROPOSALS_TEXT_MAX = 8 * 1024 * 1024 };

static void
proposals_append(struct tcs_buf *buf, const struct tcs_docket_row *row)
{
	char expires[TCS_TIME_TEXT];
	int64_t age_ms = tcs_clock_now_ms() - row->proposed_ms;

	tcs_docket_ref(row, buf);
	tcs_buf_printf(buf, "  %s, %s, attend depuis %lld min, expire le %s\n",
	    row->nature, row->action, (long long)(age_ms / TCS_MINUTES(1)),
	    tcs_time_french(row->expires_ms, expires));
	tcs_docket_text(row, "    ", buf);
	tcs_buf_str(buf, "  décider : tocsin decide ");
	tcs_docket_ref(row, buf);
	tcs_buf_str(buf, " approve|reject|wait --authority \"…\" --how \"…\" "
	                 "--reason \"…\"\n\n");
}

static void
proposals_print(const struct tcs_docket *docket)
{
	struct tcs_buf buf;
	size_t waiting = 0;

	for (size_t i = 0; i < docket->n; i++) {
		if (!tcs_docket_is_waiting(&docket->rows[i]))
			continue;
		waiting++;
		tcs_buf_init(&buf, PROPOSALS_TEXT_MAX);
		proposals_append(&buf, &docket->rows[i]);
		if (buf.err == TCS_OK)
			(void)fputs(buf.p, stdout);
		tcs_buf_fini(&buf);
	}
	if (waiting == 0)
		(void)puts("aucune proposition n'attend de décision");
}

static int
proposals_run(int argc, char **argv)
{
	const struct tcs_cli_spec spec = {.command = &tcs_command_proposals,
	    .details = "Each text begins with CODE-hhhhhh, which names it: a "
	               "decision binds this text\nand no other."};
	struct tcs_docket docket = {0};
	struct tcs_diag diag = {0};
	struct tcs_cli cli = {0};
	struct tcs_args args;
	int status = tcs_cli_parse(&args, &spec, argc, argv);

	if (status != TCS_ARGS_GO)
		return status;
	enum tcs_err err = tcs_cli_open(&args, &cli, &diag);
	if (err == TCS_OK)
		err = tcs_docket_load(cli.program.store, &docket, &diag);
	if (err == TCS_OK)
		proposals_print(&docket);
	tcs_docket_fini(&docket);
	tcs_cli_close(&cli);
	return tcs_cli_report(err, &diag);
}

const struct tcs_command_ops tcs_command_proposals = {
    .name = "proposals",
    .usage = "proposals [OPTION…]",
    .about = "the texts that wait for a decision, and how to decide",
    .run = proposals_run,
};

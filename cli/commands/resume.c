/* resume - lets leave what a source's first state held back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/publish.h"
#include "cli/session.h"
#include "cli/typed.h"
#include "core/bus.h"
#include "core/clock.h"
#include "core/digest.h"

extern const struct tcs_command_ops tcs_command_resume;

enum { RESUME_NOT_YET = 3, RESUME_WAIT_MS = 5000, RESUME_VALUE_MAX = 4096 };

static enum tcs_err
resume_check(const struct tcs_cli *cli, const struct tcs_args *args,
    struct tcs_diag *diag)
{
	const struct tcs_conf *conf = cli->conf;
	bool is_feed = false;

	for (size_t i = 0; i < conf->feeds_n; i++)
		is_feed = is_feed ||
		          strcmp(conf->feeds[i].name, args->operands[0]) == 0;
	if (!is_feed)
		return tcs_diag_add(diag, TCS_ENOTFOUND, conf->path, 0,
		    "there is no feed %.64s; write: one of those of "
		    "`tocsin status`",
		    args->operands[0]);
	return tcs_cli_may_decide(cli, args, diag);
}

/* Each owner of a partition has to be told. */
static enum tcs_err
resume_one(struct tcs_cli *cli, const char *feed, unsigned partition,
    bool *ret_done, struct tcs_diag *diag)
{
	char id[TCS_TYPED_ID], random[9], key[TCS_PUBLISH_KEY],
	    name[TCS_SESSION_NAME];
	struct tcs_published record = {
	    .id = id, .key = key, .at_ms = tcs_clock_now_ms()};
	json_t *outcome = NULL;
	struct tcs_buf value;

	tcs_random_hex(random, 8);
	tcs_session_name(name);
	tcs_publish_key(cli->program.bus, partition, key);
	tcs_typed_identify(
	    cli->conf->observatory.name, record.at_ms, random, id);
	tcs_buf_init(&value, RESUME_VALUE_MAX);
	enum tcs_err err =
	    tcs_typed_write_resume(id, feed, name, record.at_ms, &value);
	record.value = tcs_buf_view(&value);
	if (err == TCS_OK)
		err = tcs_publish_decision(&cli->program, &record, diag);
	if (err == TCS_OK)
		err = tcs_await_outcome(
		    &cli->program, &record, RESUME_WAIT_MS, &outcome, diag);
	*ret_done = err == TCS_OK;
	if (err == TCS_OK &&
	    strcmp(tcs_json_str(outcome, "outcome", ""), "accepted") != 0)
		err = tcs_diag_add(diag, TCS_EGUARD, NULL, 0, "%s",
		    tcs_json_str(outcome, "reason", "refused"));
	json_decref(outcome);
	tcs_buf_fini(&value);
	return err == TCS_ETIMEOUT ? TCS_OK : err;
}

static int
resume_run(int argc, char **argv)
{
	const struct tcs_cli_spec spec = {.command = &tcs_command_resume,
	    .details = "What is sent is the state as it is now, once. Later "
	               "changes leave by themselves.\nExit status: 0 done, 1 "
	               "not done, 2 asked wrongly, 3 stored, not read yet.",
	    .operands_min = 1,
	    .operands_max = 1};
	struct tcs_diag diag = {0};
	struct tcs_cli cli = {0};
	struct tcs_args args;
	bool is_all = true;
	int status = tcs_cli_parse(&args, &spec, argc, argv);

	if (status != TCS_ARGS_GO)
		return status;
	enum tcs_err err = tcs_cli_open(&args, &cli, &diag);
	if (err == TCS_OK)
		err = tcs_await_clock(&cli.program, &diag);
	if (err == TCS_OK)
		err = resume_check(&cli, &args, &diag);
	for (unsigned p = 0;
	     err == TCS_OK && p < tcs_bus_partitions(cli.program.bus); p++) {
		bool is_done = false;
		err = resume_one(&cli, args.operands[0], p, &is_done, &diag);
		is_all = is_all && is_done;
	}
	if (err == TCS_OK)
		(void)printf("%s: %s\n", args.operands[0],
		    is_all ? "released"
		           : "stored; no dispatcher has read it yet");
	tcs_cli_close(&cli);
	if (err == TCS_OK && !is_all)
		return RESUME_NOT_YET;
	return tcs_cli_report(err, &diag);
}

const struct tcs_command_ops tcs_command_resume = {
    .name = "resume",
    .usage = "resume FEED [OPTION…]",
    .about = "lets leave what the first state of a source held back",
    .run = resume_run,
};

#include "cli/cli.h"
#include "cli/session.h"
#include "core/buf.h"
#include "core/store.h"

enum { OPEN_WAIT_MS = 5000, OPEN_PATH_MAX = 4096 };

enum tcs_err
tcs_cli_open(
    const struct tcs_args *args, struct tcs_cli *ret_cli, struct tcs_diag *diag)
{
	struct tcs_cli cli = {0};
	struct tcs_program_conf program;
	enum tcs_err err =
	    tcs_args_load(args, tcs_cli_drivers(), &cli.conf, diag);

	if (err == TCS_OK) {
		tcs_args_program(args, cli.conf, "cli", &program);
		err = tcs_program_open(&program, &cli.program, diag);
	}
	if (err == TCS_OK)
		err = tcs_store_wait(cli.program.store, OPEN_WAIT_MS, diag);
	if (err != TCS_OK) {
		tcs_cli_close(&cli);
		return err;
	}
	*ret_cli = cli;
	return TCS_OK;
}

void
tcs_cli_close(struct tcs_cli *cli)
{
	tcs_program_close(&cli->program);
	tcs_conf_free(&cli->conf);
}

enum tcs_err
tcs_cli_may_decide(const struct tcs_cli *cli, const struct tcs_args *args,
    struct tcs_diag *diag)
{
	const struct tcs_conf *conf = cli->conf;
	struct tcs_buf secret;

	tcs_buf_init(&secret, OPEN_PATH_MAX);
	tcs_buf_printf(&secret, "%s/%scli", conf->store.secrets, args->realm);
	enum tcs_err err = secret.err;
	if (err == TCS_OK)
		err = tcs_session_may_decide(conf->cli.group, secret.p, diag);
	tcs_buf_fini(&secret);
	return err;
}

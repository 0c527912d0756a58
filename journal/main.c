/* tocsin-journal - every record of the bus as a line of a hash chain. */
#include <signal.h>
#include <stdlib.h>

#include "config/args.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/program.h"
#include "core/worker.h"
#include "journal/journal.h"

struct daemon {
	struct tcs_args args;
	struct tcs_conf *conf;
	struct tcs_program program;
	struct tcs_worker *worker;
	struct tcs_journal journal;
};

static void
main_stop(void *arg)
{
	struct daemon *d = arg;

	tcs_worker_stop(d->worker);
}

static enum tcs_err
main_open(struct daemon *d, struct tcs_diag *diag)
{
	struct tcs_program_conf program;
	const struct tcs_conf_drivers drivers = {0};

	enum tcs_err err = tcs_args_load(&d->args, &drivers, &d->conf, diag);
	if (err != TCS_OK)
		return err;
	d->journal.dir = d->conf->paths.journal;
	tcs_args_program(&d->args, d->conf, "journal", &program);
	err = tcs_program_open(&program, &d->program, diag);
	if (err != TCS_OK)
		return err;
	const struct tcs_worker_conf worker = {.instance = d->args.instance};
	d->worker = tcs_worker_new(d->program.loop, d->program.bus, &worker,
	    &tcs_journal_ops, &d->journal);
	if (d->worker == NULL)
		return TCS_ENOMEM;
	/* Nothing of it is read anew; `run` passes SIGHUP to everyone. */
	(void)signal(SIGHUP, SIG_IGN);
	err = tcs_loop_on_signal(d->program.loop, SIGTERM, main_stop, d);
	if (err == TCS_OK)
		err = tcs_loop_on_signal(d->program.loop, SIGINT, main_stop, d);
	return err;
}

int
main(int argc, char **argv)
{
	struct daemon d = {0};
	struct tcs_diag diag = {0};
	const struct tcs_args_option options[] = {
	    {"accept-loss", NULL,
	        "go on in a new file although lines that the store knows are "
	        "gone",
	        NULL, &d.journal.accepts_loss},
	    {0}};
	const struct tcs_args_usage usage = {
	    .usage = "tocsin-journal [OPTION…]",
	    .about =
	        "Writes each record of every topic as one line of files that "
	        "are chained by hashes.\n`tocsin journal verify` reads them.",
	    .options = options};
	int status = tcs_args_parse(&d.args, &usage, argc, argv);

	if (status != TCS_ARGS_GO)
		return status;
	enum tcs_err err = main_open(&d, &diag);
	if (err == TCS_OK) {
		tcs_log(TCS_LOG_INFO, "journal.started", "realm=%s dir=\"%s\"",
		    d.args.realm, d.journal.dir);
		tcs_loop_run(d.program.loop);
		tcs_log(
		    TCS_LOG_INFO, "journal.stopped", "realm=%s", d.args.realm);
	} else if (diag.n == 0) {
		(void)tcs_diag_add(
		    &diag, err, NULL, 0, "%s", tcs_strerror(err));
	}
	tcs_args_print(&diag);
	tcs_worker_free(&d.worker);
	tcs_program_close(&d.program);
	tcs_conf_free(&d.conf);
	tcs_diag_fini(&diag);
	return err == TCS_OK ? EXIT_SUCCESS : TCS_EXIT_FAILURE;
}

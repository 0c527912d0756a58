/* main.c - tocsin-rules: signals in, proposals out. */
#include <signal.h>
#include <stdlib.h>

#include "config/args.h"
#include "core/log.h"
#include "core/program.h"
#include "core/worker.h"
#include "core/xml.h"
#include "rules/engine.h"

static const struct tcs_args_usage rules_usage = {
    .usage = "tocsin-rules [OPTION…]",
    .about = "Match signals against the rules of rules.d and raise proposals.\n"
             "SIGHUP loads the rules anew; with a fault the old ones stay.\n"
             "`tocsin check` tells the faults offline.",
};

static void
rules_on_stop(void *arg)
{
	tcs_worker_stop(arg);
}

static void
rules_on_hangup(void *arg)
{
	tcs_engine_reload(arg);
}

static enum tcs_err
rules_on_signals(struct tcs_program *program, struct tcs_worker *worker,
    struct tcs_engine *engine)
{
	enum tcs_err err =
	    tcs_loop_on_signal(program->loop, SIGTERM, rules_on_stop, worker);

	if (err == TCS_OK)
		err = tcs_loop_on_signal(
		    program->loop, SIGINT, rules_on_stop, worker);
	if (err == TCS_OK)
		err = tcs_loop_on_signal(
		    program->loop, SIGHUP, rules_on_hangup, engine);
	return err;
}

static enum tcs_err
rules_serve(struct tcs_program *program, const struct tcs_args *args,
    struct tcs_engine *engine)
{
	const struct tcs_worker_conf conf = {.instance = args->instance};
	struct tcs_worker *worker = tcs_worker_new(
	    program->loop, program->bus, &conf, &tcs_engine_ops, engine);

	if (worker == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = rules_on_signals(program, worker, engine);
	if (err == TCS_OK)
		tcs_loop_run(program->loop);
	tcs_worker_free(&worker);
	return err;
}

static enum tcs_err
rules_run(const struct tcs_args *args, const struct tcs_conf *conf,
    struct tcs_diag *diag)
{
	struct tcs_program_conf program_conf;
	struct tcs_program program = {0};
	struct tcs_engine *engine = NULL;
	enum tcs_err err = tcs_engine_new(conf, args->realm, &engine, diag);

	if (err != TCS_OK)
		return err;
	/* Warnings were logged. */
	tcs_diag_fini(diag);
	tcs_args_program(args, conf, "rules", &program_conf);
	err = tcs_program_open(&program_conf, &program, diag);
	if (err == TCS_OK) {
		err = rules_serve(&program, args, engine);
		tcs_program_close(&program);
	}
	tcs_engine_free(&engine);
	return err;
}

int
main(int argc, char **argv)
{
	struct tcs_args args;
	struct tcs_conf *conf = NULL;
	struct tcs_diag diag = {0};
	int status = tcs_args_parse(&args, &rules_usage, argc, argv);

	if (status != TCS_ARGS_GO)
		return status;
	enum tcs_err err = tcs_args_load(&args, NULL, &conf, &diag);
	if (err == TCS_OK)
		err = rules_run(&args, conf, &diag);
	if (err != TCS_OK) {
		tcs_args_print(&diag);
		tcs_log(TCS_LOG_ERROR, "program.stopped", "err=\"%s\"",
		    tcs_strerror(err));
	}
	tcs_diag_fini(&diag);
	tcs_conf_free(&conf);
	tcs_xml_cleanup();
	return err == TCS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

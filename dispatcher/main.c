/* tocsin-dispatcher - proposals and decisions become alerts, and alerts become
 * deliveries. */
#include <signal.h>
#include <stdlib.h>

#include "config/args.h"
#include "core/http.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/program.h"
#include "dispatcher/dispatch.h"

struct daemon {
	struct tcs_args args;
	struct tcs_program program;
	struct tcs_http *http;
	struct tcs_channel_env env;
	struct tcs_dispatch *dispatch;
	struct tcs_worker *worker;
};

static enum tcs_err
main_load(struct daemon *d, struct tcs_conf **ret_conf, struct tcs_diag *diag)
{
	struct tcs_conf_driver channels[TCS_CHANNELS_MAX];
	const struct tcs_conf_drivers drivers = {.channels = channels,
	    .channels_n = tcs_setup_drivers(tcs_channel_registry, channels)};

	return tcs_args_load(&d->args, &drivers, ret_conf, diag);
}

static void
main_drained(void *arg)
{
	struct daemon *d = arg;

	tcs_worker_stop(d->worker);
}

static void
main_stop(void *arg)
{
	struct daemon *d = arg;

	tcs_dispatch_drain(d->dispatch, main_drained, d);
}

/* SIGHUP: contacts and channels anew; a bad file keeps the old ones. */
static void
main_reload(void *arg)
{
	struct daemon *d = arg;
	struct tcs_diag diag = {0};
	struct tcs_conf *conf = NULL;
	struct tcs_setup *setup = NULL;

	enum tcs_err err = main_load(d, &conf, &diag);
	if (err == TCS_OK)
		err = tcs_setup_new(
		    &conf, tcs_channel_registry, &d->env, &setup, &diag);
	if (err == TCS_OK && !tcs_dispatch_reload(d->dispatch, setup)) {
		tcs_setup_unref(&setup);
		err = tcs_diag_add(&diag, TCS_EUNAVAIL, NULL, 0,
		    "attempts still use older ones: try again");
	}
	if (err == TCS_OK)
		tcs_log(
		    TCS_LOG_INFO, "config.reloaded", "realm=%s", d->args.realm);
	else
		tcs_log(TCS_LOG_ERROR, "config.refused",
		    "reason=\"%s\" kept=\"the configuration in use\"",
		    diag.n == 0 ? tcs_strerror(err) : tcs_diag_text(&diag));
	tcs_args_print(&diag);
	tcs_conf_free(&conf);
	tcs_diag_fini(&diag);
}

static enum tcs_err
main_signals(struct daemon *d)
{
	struct tcs_loop *loop = d->program.loop;

	enum tcs_err err = tcs_loop_on_signal(loop, SIGTERM, main_stop, d);
	if (err == TCS_OK)
		err = tcs_loop_on_signal(loop, SIGINT, main_stop, d);
	if (err == TCS_OK)
		err = tcs_loop_on_signal(loop, SIGHUP, main_reload, d);
	return err;
}

static enum tcs_err
main_open(struct daemon *d, struct tcs_diag *diag)
{
	struct tcs_conf *conf = NULL;
	struct tcs_program_conf program;
	struct tcs_setup *setup = NULL;
	const struct tcs_worker_conf worker = {.instance = d->args.instance};

	enum tcs_err err = main_load(d, &conf, diag);
	if (err != TCS_OK)
		return err;
	tcs_args_program(&d->args, conf, "dispatcher", &program);
	err = tcs_program_open(&program, &d->program, diag);
	if (err != TCS_OK)
		goto out;
	const struct tcs_http_options options = {0};
	d->http = tcs_http_new(d->program.loop, &options);
	d->env = (struct tcs_channel_env){d->program.loop, d->http};
	err = d->http == NULL ? TCS_ENOMEM
	                      : tcs_setup_new(&conf, tcs_channel_registry,
	                            &d->env, &setup, diag);
	if (err != TCS_OK)
		goto out;
	d->dispatch = tcs_dispatch_new(
	    d->program.loop, d->program.store, d->args.realm, setup);
	if (d->dispatch == NULL) {
		tcs_setup_unref(&setup);
		err = TCS_ENOMEM;
		goto out;
	}
	d->worker = tcs_worker_new(d->program.loop, d->program.bus, &worker,
	    &tcs_dispatch_ops, d->dispatch);
	err = d->worker == NULL ? TCS_ENOMEM : main_signals(d);
out:
	tcs_conf_free(&conf);
	return err;
}

int
main(int argc, char **argv)
{
	struct daemon d = {0};
	struct tcs_diag diag = {0};
	const struct tcs_args_usage usage = {
	    .usage = "tocsin-dispatcher [OPTION…]",
	    .about = "Reads proposals and decisions, makes alerts of them and "
	             "delivers these to the contacts.\nSIGHUP reads contacts "
	             "and channels again."};
	int status = tcs_args_parse(&d.args, &usage, argc, argv);

	if (status != TCS_ARGS_GO)
		return status;
	enum tcs_err err = main_open(&d, &diag);
	if (err == TCS_OK) {
		tcs_log(TCS_LOG_INFO, "dispatcher.started", "realm=%s",
		    d.args.realm);
		tcs_loop_run(d.program.loop);
		tcs_log(TCS_LOG_INFO, "dispatcher.stopped", "realm=%s",
		    d.args.realm);
	} else if (diag.n == 0) {
		(void)tcs_diag_add(
		    &diag, err, NULL, 0, "%s", tcs_strerror(err));
	}
	tcs_args_print(&diag);
	tcs_worker_free(&d.worker);
	tcs_dispatch_free(&d.dispatch);
	tcs_http_free(&d.http);
	tcs_program_close(&d.program);
	tcs_diag_fini(&diag);
	return err == TCS_OK ? EXIT_SUCCESS : TCS_EXIT_FAILURE;
}

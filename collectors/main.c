/* main.c - tocsin-collector: one driver, from its source to signals. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/collector.h"
#include "collectors/hosts.h"
#include "collectors/report/reader.h"
#include "config/args.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/program.h"
#include "core/worker.h"

enum { MAIN_FEEDS_MAX = 512, MAIN_DRIVERS_MAX = 64 };

static const struct tcs_args_usage main_usage = {
    .usage = "tocsin-collector DRIVER [OPTION…]",
    .about =
        "Polls the feeds of tocsin.conf that use DRIVER and publishes "
        "what changes as signals.\n`tocsin feeds drivers` names the drivers.",
    .operands_min = 1,
    .operands_max = 1,
};

struct daemon {
	struct tcs_args args;
	struct tcs_conf *conf;
	struct tcs_program program;
	struct tcs_collector collector;
	struct tcs_report_reader reader;       /* of the driver "report" */
	const char *names[MAIN_FEEDS_MAX + 1]; /* feeds of this driver */
	size_t inited;                         /* of conf->feeds */
};

static void
main_stop(void *arg)
{
	tcs_worker_stop(arg);
}

/* All drivers are known here, as the file may use others than this one. */
static void
main_drivers(struct tcs_conf_driver rows[MAIN_DRIVERS_MAX],
    struct tcs_conf_drivers *ret_drivers)
{
	size_t n = 0;

	for (; tcs_feed_registry[n] != NULL; n++) {
		tcs_assert(n < MAIN_DRIVERS_MAX);
		rows[n] =
		    (struct tcs_conf_driver){.name = tcs_feed_registry[n]->name,
		        .options = tcs_feed_registry[n]->options,
		        .state_size = tcs_feed_registry[n]->state_size,
		        .needs_url = tcs_feed_needs_url(tcs_feed_registry[n])};
	}
	*ret_drivers = (struct tcs_conf_drivers){.feeds = rows, .feeds_n = n};
}

static enum tcs_err
main_load(struct daemon *d, struct tcs_diag *diag)
{
	const struct tcs_feed_ops *ops = tcs_feed_find(d->args.operands[0]);
	struct tcs_conf_driver rows[MAIN_DRIVERS_MAX];
	struct tcs_conf_drivers drivers;

	if (ops == NULL)
		return tcs_diag_add(diag, TCS_ENOTFOUND, NULL, 0,
		    "there is no driver \"%.40s\"; write: one of those of "
		    "tocsin feeds drivers",
		    d->args.operands[0]);
	main_drivers(rows, &drivers);
	d->collector.ops = ops;
	return tcs_args_load(&d->args, &drivers, &d->conf, diag);
}

static bool
main_is_mine(const struct daemon *d, const struct tcs_conf_feed *feed)
{
	return strcmp(feed->driver, d->collector.ops->name) == 0;
}

static enum tcs_err
main_feeds(struct daemon *d, struct tcs_diag *diag)
{
	const struct tcs_feed_ops *ops = d->collector.ops;
	size_t n = 0;

	for (; d->inited < d->conf->feeds_n; d->inited++) {
		struct tcs_conf_feed *feed = &d->conf->feeds[d->inited];
		if (!main_is_mine(d, feed))
			continue;
		if (n == MAIN_FEEDS_MAX)
			return tcs_diag_add(diag, TCS_ELIMIT, d->conf->path,
			    feed->line, "more than %d feeds of one driver",
			    MAIN_FEEDS_MAX);
		d->names[n++] = feed->name;
		enum tcs_err err =
		    ops->init == NULL ? TCS_OK : ops->init(feed->state, diag);
		if (err != TCS_OK)
			return err;
	}
	return n > 0 ? TCS_OK
	             : tcs_diag_add(diag, TCS_ECONFIG, d->conf->path, 0,
	                   "no feed has driver = \"%s\"", ops->name);
}

static bool
main_reads_reports(const struct daemon *d)
{
	return tcs_report_is_driver(d->collector.ops->name);
}

/* Feeds are polled; reports are read, from partitions. */
static struct tcs_worker *
main_worker(struct daemon *d)
{
	bool is_reader = main_reads_reports(d);
	const struct tcs_worker_conf conf = {
	    .instance = d->args.instance, .names = is_reader ? NULL : d->names};

	if (is_reader)
		return tcs_worker_new(d->program.loop, d->program.bus, &conf,
		    &tcs_report_ops, &d->reader);
	return tcs_worker_new(d->program.loop, d->program.bus, &conf,
	    &tcs_collector_ops, &d->collector);
}

static enum tcs_err
main_serve(struct daemon *d)
{
	struct tcs_loop *loop = d->program.loop;

	d->collector.loop = loop;
	d->collector.hosts = tcs_hosts_new();
	d->collector.turns = tcs_turns_new(loop);
	if (d->collector.hosts == NULL || d->collector.turns == NULL)
		return TCS_ENOMEM;
	d->collector.conf = d->conf;
	struct tcs_worker *worker = main_worker(d);
	if (worker == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = tcs_loop_on_signal(loop, SIGTERM, main_stop, worker);
	if (err == TCS_OK)
		err = tcs_loop_on_signal(loop, SIGINT, main_stop, worker);
	/* Its feeds are read at start; `run` passes SIGHUP to everyone. */
	(void)signal(SIGHUP, SIG_IGN);
	if (err == TCS_OK) {
		tcs_log(TCS_LOG_INFO, "collector.started", "driver=%s realm=%s",
		    d->collector.ops->name, d->args.realm);
		tcs_loop_run(loop);
	}
	tcs_worker_free(&worker);
	tcs_turns_free(&d->collector.turns);
	tcs_hosts_free(&d->collector.hosts);
	return err;
}

static enum tcs_err
main_run(struct daemon *d, struct tcs_diag *diag)
{
	struct tcs_program_conf program;
	enum tcs_err err = main_load(d, diag);

	if (err == TCS_OK)
		err = main_feeds(d, diag);
	if (err != TCS_OK)
		return err;
	d->collector.status =
	    tcs_status_of(d->args.realm, d->conf->observatory.live);
	if (main_reads_reports(d))
		err = tcs_report_reader_init(
		    &d->reader, d->conf, d->collector.status, diag);
	if (err != TCS_OK)
		return err;
	tcs_args_program(&d->args, d->conf, "collector", &program);
	err = tcs_program_open(&program, &d->program, diag);
	if (err != TCS_OK)
		return err;
	err = main_serve(d);
	tcs_program_close(&d->program);
	return err;
}

int
main(int argc, char **argv)
{
	struct daemon d = {0};
	struct tcs_diag diag = {0};
	int status = tcs_args_parse(&d.args, &main_usage, argc, argv);

	if (status != TCS_ARGS_GO)
		return status;
	enum tcs_err err = main_run(&d, &diag);
	if (err != TCS_OK && diag.n == 0)
		(void)tcs_diag_add(
		    &diag, err, NULL, 0, "%s", tcs_strerror(err));
	tcs_args_print(&diag);
	for (size_t i = 0; i < d.inited; i++) {
		if (main_is_mine(&d, &d.conf->feeds[i]) &&
		    d.collector.ops->fini != NULL)
			d.collector.ops->fini(d.conf->feeds[i].state);
	}
	tcs_conf_free(&d.conf);
	tcs_diag_fini(&diag);
	return err == TCS_OK ? EXIT_SUCCESS : TCS_EXIT_FAILURE;
}

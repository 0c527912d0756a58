/* run - all of Tocsin on one machine: the realm's users in the store, the
 * daemons as children, and what happens, in one stream. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/daemons.h"
#include "cli/firsttime.h"
#include "cli/keeper.h"
#include "cli/reads.h"
#include "cli/supervise.h"
#include "cli/term.h"
#include "cli/watch.h"
#include "core/bus.h"
#include "core/bus_topics.h"
#include "core/bus_url.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/file.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/store.h"

extern const struct tcs_command_ops tcs_command_run;

enum { RUN_LINE_MAX = 64 * 1024 };

static const int64_t run_grace_ms = 10000;

struct run {
	struct tcs_args args;
	struct tcs_conf *conf;
	struct tcs_loop *loop;
	struct tcs_keeper *keeper; /* of the realm's users */
	struct tcs_store *store;   /* of the user `cli`, to look */
	struct tcs_bus *bus;
	struct tcs_watcher *watcher;
	struct tcs_supervisor *supervisor;
	struct tcs_diag *diag;
	bool is_bus_away;   /* a Kafka did not answer at the start */
	bool is_first_time; /* --first-time */
	int lock;           /* descriptor; -1: none */
	bool is_over;       /* all has ended */
};

/* Output */

static void
run_on_line(void *arg, const char *name, struct tcs_slice line)
{
	struct tcs_buf buf;

	(void)arg;
	tcs_buf_init(&buf, RUN_LINE_MAX);
	tcs_buf_printf(&buf, "%s: ", name);
	tcs_term_line(&buf, line);
	if (buf.err == TCS_OK)
		(void)fprintf(stderr, "%s\n", buf.p);
	tcs_buf_fini(&buf);
}

static void
run_on_summary(void *arg, const char *line)
{
	(void)arg;
	(void)printf("%s\n", line);
	(void)fflush(stdout);
}

/* Topics that are missing would be waited for in silence. A Kafka that is away
 * is waited for: everything pauses, and goes on when it is there. */
static enum tcs_err
run_check_bus(struct run *run)
{
	struct tcs_bus_conf bus;
	struct tcs_diag why = {0};
	struct tcs_buf missing;

	if (!tcs_bus_url_is_kafka(run->conf->bus.url))
		return TCS_OK;
	tcs_conf_bus(run->conf, &bus);
	tcs_buf_init(&missing, RUN_LINE_MAX);
	enum tcs_err err =
	    tcs_bus_topics_missing(&bus, run->args.realm, &missing, &why);
	run->is_bus_away = err == TCS_EUNAVAIL;
	if (run->is_bus_away) {
		tcs_log(TCS_LOG_WARNING, "bus.down", "reason=\"%s\"",
		    tcs_diag_text(&why));
		err = TCS_OK;
	} else if (err != TCS_OK) {
		(void)tcs_diag_add(
		    run->diag, err, NULL, 0, "%s", tcs_diag_text(&why));
	} else if (missing.n > 0) {
		err = tcs_diag_add(run->diag, TCS_ENOTFOUND, NULL, 0,
		    "%s has not the topics%s; write: tocsin bus init",
		    run->conf->bus.url, missing.p);
	}
	tcs_buf_fini(&missing);
	tcs_diag_fini(&why);
	return err;
}

/* Looking, as the user `cli` */

static enum tcs_err
run_open_watcher(struct run *run)
{
	struct tcs_bus_conf bus;
	struct tcs_store_conf conf = {
	    .address = run->conf->store.address, .realm = run->args.realm};
	struct tcs_buf user;

	tcs_conf_bus(run->conf, &bus);
	tcs_buf_init(&user, 256);
	tcs_buf_printf(&user, "%scli", run->args.realm);
	conf.user = user.p;
	conf.password = tcs_keeper_password(run->keeper, "cli");
	if (user.err == TCS_OK)
		run->store = tcs_store_new(run->loop, &conf, NULL, NULL);
	tcs_buf_fini(&user);
	if (run->store == NULL)
		return TCS_ENOMEM;
	enum tcs_err err =
	    tcs_bus_new(run->loop, run->store, &bus, &run->bus, run->diag);
	if (err != TCS_OK)
		return err;
	run->watcher = tcs_watcher_new(
	    run->loop, run->bus, run->conf, run_on_summary, NULL);
	return run->watcher == NULL ? TCS_ENOMEM : TCS_OK;
}

static void
run_on_late(void *arg)
{
	*(bool *)arg = true;
}

/* What a Kafka has still to say of the topic's end is not waited for when it is
 * away: what leaves before it comes is not on it. */
static bool
run_is_watching(const struct run *run)
{
	return tcs_watcher_is_ready(run->watcher) ||
	       (run->is_bus_away && tcs_store_is_ready(run->store));
}

/* Before any daemon starts, so that nothing leaves unseen. */
static enum tcs_err
run_wait_watcher(struct run *run)
{
	bool is_late = false;
	struct tcs_timer *late =
	    tcs_timer_new(run->loop, run_on_late, &is_late);

	if (late == NULL)
		return TCS_ENOMEM;
	tcs_timer_start(late, run_grace_ms);
	while (!is_late && !run->is_over && !run_is_watching(run))
		tcs_loop_once(run->loop);
	tcs_timer_free(&late);
	if (is_late && tcs_store_is_ready(run->store))
		return tcs_diag_add(run->diag, TCS_EUNAVAIL, NULL, 0,
		    "the topic receipts cannot be read: %s",
		    tcs_bus_reason(run->bus));
	if (is_late)
		return tcs_diag_add(run->diag, TCS_EUNAVAIL, NULL, 0,
		    "the store does not let the user %scli in: %s",
		    run->args.realm, tcs_store_reason(run->store));
	return TCS_OK;
}

/* Life */

static void
run_stopped(void *arg)
{
	struct run *run = arg;

	run->is_over = true;
	tcs_loop_stop(run->loop);
}

static void
run_on_stop(void *arg)
{
	struct run *run = arg;

	tcs_supervisor_stop(run->supervisor, run_grace_ms, run_stopped, run);
}

static void
run_on_hup(void *arg)
{
	tcs_supervisor_signal(((struct run *)arg)->supervisor, SIGHUP);
}

static enum tcs_err
run_on_signals(struct run *run)
{
	enum tcs_err err =
	    tcs_loop_on_signal(run->loop, SIGTERM, run_on_stop, run);

	if (err == TCS_OK)
		err = tcs_loop_on_signal(run->loop, SIGINT, run_on_stop, run);
	if (err == TCS_OK)
		err = tcs_loop_on_signal(run->loop, SIGHUP, run_on_hup, run);
	return err;
}

/* One `run` a realm and secrets folder: a second one would give the users
 * other passwords under the first one's daemons. */
static enum tcs_err
run_take_lock(struct run *run)
{
	struct tcs_buf path;
	enum tcs_err err = tcs_dir_make(run->conf->store.secrets, run->diag);

	if (err != TCS_OK)
		return err;
	tcs_buf_init(&path, 4096);
	tcs_buf_printf(
	    &path, "%s/%srun.lock", run->conf->store.secrets, run->args.realm);
	if (path.err != TCS_OK)
		return path.err;
	run->lock = open(path.p, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (run->lock < 0)
		err = tcs_diag_add(
		    run->diag, TCS_EIO, path.p, 0, "%s", strerror(errno));
	else if (flock(run->lock, LOCK_EX | LOCK_NB) != 0)
		err = tcs_diag_add(run->diag, TCS_EEXISTS, path.p, 0,
		    "`tocsin run` runs already for %s; end it first, or give "
		    "another folder with --secrets",
		    run->args.realm);
	tcs_buf_fini(&path);
	return err;
}

static void
run_say_start(const struct run *run)
{
	if (strcmp(run->args.realm, TCS_REALM_DEFAULT) != 0)
		return;
	bool has_reports = tcs_reads_reports(run->conf);
	(void)printf("Tocsin veille : %zu source(s)%s, département(s)",
	    run->conf->feeds_n - (has_reports ? 1 : 0),
	    has_reports ? " et les signalements du terrain" : "");
	for (size_t i = 0; i < run->conf->observatory.departements.n; i++)
		(void)printf(
		    " %s", run->conf->observatory.departements.items[i]);
	(void)printf("%s.\nPour voir une alerte de bout en bout, dans un autre "
	             "terminal : scripts/run --episode flood\n",
	    run->conf->observatory.live ? "" : ", textes marqués ESSAI");
	(void)fflush(stdout);
}

static enum tcs_err
run_open(struct run *run)
{
	enum tcs_err err = tcs_digest_startup();

	if (err == TCS_OK)
		err = tcs_clock_set_zone(run->conf->observatory.timezone);
	if (err == TCS_OK)
		err = run_take_lock(run);
	if (err != TCS_OK)
		return err;
	run->loop = tcs_loop_new();
	if (run->loop == NULL)
		return TCS_ENOMEM;
	return tcs_keeper_open(
	    run->loop, run->conf, run->args.realm, &run->keeper, run->diag);
}

static enum tcs_err
run_start(struct run *run)
{
	run->supervisor = tcs_supervisor_new(run->loop, run_on_line, run);
	if (run->supervisor == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = run_on_signals(run);
	if (err == TCS_OK) {
		run_say_start(run);
		err = run_check_bus(run);
	}
	if (err == TCS_OK)
		err = run_open_watcher(run);
	if (err == TCS_OK)
		err = run_wait_watcher(run);
	if (err == TCS_OK && !run->is_bus_away && !run->is_first_time) {
		struct tcs_program program = {
		    .loop = run->loop, .store = run->store, .bus = run->bus};
		err = tcs_firsttime_check(&program, run->diag);
	}
	if (err == TCS_OK && !run->is_over)
		err = tcs_daemons_start(
		    run->supervisor, &run->args, run->conf, run->diag);
	return err;
}

static void
run_close(struct run *run)
{
	/* Stores first: what was asked is answered "cancelled" then. */
	tcs_store_free(&run->store);
	tcs_keeper_free(&run->keeper);
	tcs_watcher_free(&run->watcher);
	tcs_bus_free(&run->bus);
	tcs_supervisor_free(&run->supervisor);
	tcs_loop_free(&run->loop);
	tcs_conf_free(&run->conf);
	if (run->lock >= 0)
		(void)close(run->lock);
}

static int
run_run(int argc, char **argv)
{
	struct tcs_diag diag = {0};
	struct run run = {.diag = &diag, .lock = -1};
	const char *admin = NULL;
	const struct tcs_args_option options[] = {
	    {"admin", "FILE", "the store administrator's password", &admin,
	        NULL},
	    {"first-time", NULL,
	        "start although the store is empty and the bus is not: what is "
	        "on it is read as new",
	        NULL, &run.is_first_time},
	    {0}};
	const struct tcs_cli_spec spec = {.command = &tcs_command_run,
	    .details = "Makes the realm's users in the store, starts a "
	               "collector for each driver in use, rules,\ndispatcher "
	               "and journal, starts again what ends, and shows each "
	               "source's state.\nSIGTERM or Ctrl-C ends all of it; "
	               "SIGHUP is passed on.",
	    .options = options,
	    .has_daemons = true};
	int status = tcs_cli_parse(&run.args, &spec, argc, argv);

	if (status != TCS_ARGS_GO)
		return status;
	/* Lines of the daemons go through us, not to the system's journal. */
	(void)unsetenv("JOURNAL_STREAM");
	enum tcs_err err =
	    tcs_args_load(&run.args, tcs_cli_drivers(), &run.conf, &diag);
	if (err == TCS_OK && admin != NULL) {
		free(run.conf->store.admin);
		run.conf->store.admin = strdup(admin);
		err = run.conf->store.admin == NULL ? TCS_ENOMEM : TCS_OK;
	}
	if (err == TCS_OK)
		err = run_open(&run);
	if (err == TCS_OK)
		err = run_start(&run);
	if (err == TCS_OK && !run.is_over)
		tcs_loop_run(run.loop);
	run_close(&run);
	return tcs_cli_report(err, &diag);
}

const struct tcs_command_ops tcs_command_run = {
    .name = "run",
    .usage = "run [--config FILE] [--realm PREFIX] [OPTION…]",
    .about = "starts and watches over all daemons on this machine",
    .run = run_run,
};

#include "cli/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cli/admin.h"
#include "cli/cli.h"
#include "cli/daemons.h"
#include "cli/scene.h"
#include "cli/term.h"
#include "cli/users.h"
#include "core/bus_topics.h"
#include "core/bus_url.h"
#include "core/digest.h"
#include "core/file.h"
#include "core/loop.h"
#include "core/store.h"

enum {
	STAGE_WAIT_MS = 10000,
	STAGE_GRACE_MS = 5000,
	STAGE_LINE_MAX = 64 * 1024,
};

#define STAGE_SECRET "episode.whsec"

static char *
stage_path(const char *folder, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

/* Folders and files */

/* One play of a realm at a time: a second one would empty it. */
static enum tcs_err
stage_take_lock(struct tcs_stage *stage, struct tcs_diag *diag)
{
	char *path = stage_path(stage->folder, "lock");
	enum tcs_err err = path == NULL ? TCS_ENOMEM : TCS_OK;

	if (err == TCS_OK)
		stage->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (err == TCS_OK && stage->lock < 0)
		err =
		    tcs_diag_add(diag, TCS_EIO, path, 0, "%s", strerror(errno));
	else if (err == TCS_OK && flock(stage->lock, LOCK_EX | LOCK_NB) != 0)
		err = tcs_diag_add(diag, TCS_EEXISTS, path, 0,
		    "this episode is being played; wait, or give another "
		    "folder with --state");
	free(path);
	return err;
}

/* Of the file `config`, as the command line changes it. */
static enum tcs_err
stage_load_conf(
    struct tcs_stage *stage, const char *config, struct tcs_diag *diag)
{
	tcs_conf_free(&stage->conf);
	stage->args.config = config;
	enum tcs_err err =
	    tcs_args_load(&stage->args, tcs_cli_drivers(), &stage->conf, diag);
	if (err != TCS_OK || stage->admin == NULL)
		return err;
	free(stage->conf->store.admin);
	stage->conf->store.admin = strdup(stage->admin);
	return stage->conf->store.admin == NULL ? TCS_ENOMEM : TCS_OK;
}

/* The episode's own configuration tells where the store is, and where to keep
 * what is kept, unless the command line does. */
static enum tcs_err
stage_make_folder(struct tcs_stage *stage, struct tcs_diag *diag)
{
	char *config = stage_path(stage->dir, "tocsin.conf");
	size_t n = strlen(stage->args.realm) - 1; /* without its dot */

	enum tcs_err err =
	    config == NULL ? TCS_ENOMEM : stage_load_conf(stage, config, diag);
	free(config);
	if (err != TCS_OK)
		return err;
	if (asprintf(&stage->folder, "%s/%.*s", stage->conf->paths.state,
	        (int)n, stage->args.realm) < 0) {
		stage->folder = NULL;
		return TCS_ENOMEM;
	}
	stage->documents = stage_path(stage->dir, "documents");
	stage->messages = stage_path(stage->folder, "messages.jsonl");
	if (stage->documents == NULL || stage->messages == NULL)
		return TCS_ENOMEM;
	return tcs_dir_make(stage->folder, diag);
}

/* From now on the configuration is that of the scene. */
static enum tcs_err
stage_make_scene(struct tcs_stage *stage, struct tcs_diag *diag)
{
	const struct tcs_episode *episode = stage->episode;
	const struct tcs_scene_address addresses[] = {
	    {episode->source, tcs_feedserver_port(stage->server)},
	    {episode->smtp, tcs_sink_smtp_port(&stage->sink)},
	    {episode->http, tcs_sink_http_port(&stage->sink)},
	    {episode->imap,
	        stage->imap == NULL ? 0 : tcs_player_imap_port(stage->imap)}};

	enum tcs_err err = tcs_scene_make(stage->dir, stage->folder, addresses,
	    stage->imap == NULL ? 3 : 4, &stage->config, diag);
	if (err != TCS_OK)
		return err;
	stage->args.state_dir = stage->folder;
	stage->args.has_realm_clock = true;
	return stage_load_conf(stage, stage->config, diag);
}

/* The store */

struct stage_users {
	bool is_done;
	enum tcs_err err;
	struct tcs_diag *diag;
};

static void
stage_on_users(void *arg, enum tcs_err err, const char *reason)
{
	struct stage_users *made = arg;

	made->is_done = true;
	made->err = err;
	if (err != TCS_OK)
		(void)tcs_diag_add(made->diag, err, NULL, 0,
		    "the store refuses to make the realm's users: %s", reason);
}

static enum tcs_err
stage_make_users(struct tcs_stage *stage, struct tcs_loop *loop,
    struct tcs_store *admin, struct tcs_diag *diag)
{
	struct stage_users made = {.diag = diag};
	struct tcs_users *users = NULL;

	enum tcs_err err = tcs_users_new(
	    stage->args.realm, stage->conf->store.secrets, NULL, &users, diag);
	if (err != TCS_OK)
		return err;
	tcs_users_send(users, admin, stage_on_users, &made);
	while (!made.is_done)
		tcs_loop_once(loop);
	tcs_users_free(&users);
	return made.err;
}

/* What is done as the administrator; `feed` of a restart, else NULL. */
typedef enum tcs_err stage_admin_fn(struct tcs_stage *stage,
    struct tcs_loop *loop, struct tcs_store *admin, const char *feed,
    struct tcs_diag *diag);

/* Do `fn` on a connection of its own. */
static enum tcs_err
stage_as_admin(struct tcs_stage *stage, stage_admin_fn *fn, const char *feed,
    struct tcs_diag *diag)
{
	struct tcs_store *admin = NULL;
	struct tcs_loop *loop = tcs_loop_new();
	enum tcs_err err = loop == NULL ? TCS_ENOMEM : TCS_OK;

	if (err == TCS_OK)
		err = tcs_admin_open(loop, stage->conf, stage->args.realm, NULL,
		    NULL, &admin, diag);
	if (err == TCS_OK)
		err = tcs_store_wait(admin, STAGE_WAIT_MS, diag);
	if (err == TCS_OK)
		err = fn(stage, loop, admin, feed, diag);
	tcs_store_free(&admin);
	tcs_loop_free(&loop);
	return err;
}

/* Topics of a bus that is not the store */

static void
stage_on_topic(void *arg, const char *line)
{
	(void)arg;
	(void)line; /* what fails has a finding */
}

static enum tcs_err
stage_drop_topics(struct tcs_stage *stage, struct tcs_diag *diag)
{
	struct tcs_bus_conf bus;

	if (!tcs_bus_url_is_kafka(stage->conf->bus.url))
		return TCS_OK;
	tcs_conf_bus(stage->conf, &bus);
	return tcs_bus_topics_drop(&bus, stage->args.realm, diag);
}

static enum tcs_err
stage_make_topics(struct tcs_stage *stage, struct tcs_diag *diag)
{
	const struct tcs_bus_topics wanted = {.realm = stage->args.realm};
	struct tcs_bus_conf bus;

	if (!tcs_bus_url_is_kafka(stage->conf->bus.url))
		return TCS_OK;
	tcs_conf_bus(stage->conf, &bus);
	return tcs_bus_topics_init(&bus, &wanted, stage_on_topic, NULL, diag);
}

static enum tcs_err
stage_clear(struct tcs_stage *stage, struct tcs_loop *loop,
    struct tcs_store *admin, const char *feed, struct tcs_diag *diag)
{
	(void)loop;
	(void)feed;
	enum tcs_err err = tcs_admin_clear(admin, stage->args.realm, diag);
	return err == TCS_OK ? stage_drop_topics(stage, diag) : err;
}

static enum tcs_err
stage_prepare(struct tcs_stage *stage, struct tcs_loop *loop,
    struct tcs_store *admin, const char *feed, struct tcs_diag *diag)
{
	enum tcs_err err = stage_make_users(stage, loop, admin, diag);

	if (err == TCS_OK && !stage->keeps_keys)
		err = stage_clear(stage, loop, admin, feed, diag);
	return err == TCS_OK ? stage_make_topics(stage, diag) : err;
}

enum tcs_err
tcs_stage_clear(struct tcs_stage *stage, struct tcs_diag *diag)
{
	return stage_as_admin(stage, stage_clear, NULL, diag);
}

static enum tcs_err
stage_open_store(struct tcs_stage *stage, struct tcs_diag *diag)
{
	struct tcs_program_conf program;

	enum tcs_err err = tcs_digest_startup();
	if (err == TCS_OK)
		err = stage_as_admin(stage, stage_prepare, NULL, diag);
	if (err != TCS_OK)
		return err;
	tcs_args_program(&stage->args, stage->conf, "player", &program);
	err = tcs_program_open(&program, &stage->program, diag);
	return err == TCS_OK
	           ? tcs_store_wait(stage->program.store, STAGE_WAIT_MS, diag)
	           : err;
}

/* The sink */

static enum tcs_err
stage_open_sink(struct tcs_stage *stage, struct tcs_diag *diag)
{
	char *secret = stage_path(stage->dir, STAGE_SECRET);
	const struct tcs_sink_conf conf = {.file = stage->messages,
	    .secret_file =
	        secret != NULL && access(secret, R_OK) == 0 ? secret : NULL};

	if (secret == NULL)
		return TCS_ENOMEM;
	enum tcs_err err =
	    unlink(stage->messages) == 0 || errno == ENOENT
	        ? tcs_sink_open(&stage->sink, stage->program.loop, &conf, diag)
	        : tcs_diag_add(diag, TCS_EIO, stage->messages, 0,
	              "cannot be begun anew: %s", strerror(errno));
	stage->has_sink = err == TCS_OK;
	free(secret);
	return err;
}

enum tcs_err
tcs_stage_open(struct tcs_stage *stage, struct tcs_diag *diag)
{
	enum tcs_err err = stage_make_folder(stage, diag);

	if (err == TCS_OK)
		err = stage_take_lock(stage, diag);
	if (err == TCS_OK)
		err = stage_open_store(stage, diag);
	if (err == TCS_OK)
		err = stage_open_sink(stage, diag);
	if (err == TCS_OK)
		err = tcs_feedserver_open(stage->program.loop, stage->documents,
		    stage->episode->source, &stage->server, diag);
	if (err == TCS_OK && stage->episode->imap != NULL)
		err = tcs_player_imap_open(
		    stage->program.loop, stage->documents, &stage->imap, diag);
	return err == TCS_OK ? stage_make_scene(stage, diag) : err;
}

/* The daemons */

/* All is kept; what a person must see is shown too. */
static void
stage_on_line(void *arg, const char *name, struct tcs_slice line)
{
	struct tcs_stage *stage = arg;
	struct tcs_buf buf;

	tcs_buf_init(&buf, STAGE_LINE_MAX);
	tcs_buf_printf(&buf, "%s: ", name);
	tcs_term_line(&buf, line);
	if (buf.err == TCS_OK) {
		(void)fprintf(stage->log, "%s\n", buf.p);
		if (tcs_slice_starts(line, "error "))
			(void)fprintf(stderr, "%s\n", buf.p);
	}
	tcs_buf_fini(&buf);
}

enum tcs_err
tcs_stage_start(struct tcs_stage *stage, struct tcs_diag *diag)
{
	char *path = stage_path(stage->folder, "daemons.log");

	/* Lines of the daemons go through us, not to the system's journal. */
	(void)unsetenv("JOURNAL_STREAM");
	stage->log = path == NULL ? NULL : fopen(path, "we");
	enum tcs_err err = TCS_OK;
	if (stage->log == NULL)
		err =
		    tcs_diag_add(diag, TCS_EIO, path, 0, "%s", strerror(errno));
	free(path);
	if (err != TCS_OK)
		return err;
	stage->supervisor =
	    tcs_supervisor_new(stage->program.loop, stage_on_line, stage);
	if (stage->supervisor == NULL)
		return TCS_ENOMEM;
	return tcs_daemons_start(
	    stage->supervisor, &stage->args, stage->conf, diag);
}

static enum tcs_err
stage_forget(struct tcs_stage *stage, struct tcs_loop *loop,
    struct tcs_store *admin, const char *feed, struct tcs_diag *diag)
{
	(void)loop;
	return tcs_admin_forget(admin, stage->args.realm, feed, diag);
}

enum tcs_err
tcs_stage_restart(struct tcs_stage *stage, const char *feed, bool loses,
    struct tcs_diag *diag)
{
	const struct tcs_conf_feed *found = NULL;
	char name[TCS_DAEMONS_NAME];

	for (size_t i = 0; i < stage->conf->feeds_n; i++) {
		if (strcmp(stage->conf->feeds[i].name, feed) == 0)
			found = &stage->conf->feeds[i];
	}
	if (found == NULL)
		return tcs_diag_add(diag, TCS_ENOTFOUND, NULL, 0,
		    "no feed %s can be started again: tocsin.conf has none",
		    feed);
	tcs_daemons_collector(found->driver, name);
	enum tcs_err err = tcs_supervisor_hold(stage->supervisor, name);
	if (err == TCS_OK && loses)
		err = stage_as_admin(stage, stage_forget, feed, diag);
	tcs_supervisor_release(stage->supervisor, name);
	return err;
}

static void
stage_on_stopped(void *arg)
{
	*(bool *)arg = true;
}

void
tcs_stage_stop(struct tcs_stage *stage)
{
	bool is_over = false;

	if (stage->supervisor == NULL)
		return;
	tcs_supervisor_stop(
	    stage->supervisor, STAGE_GRACE_MS, stage_on_stopped, &is_over);
	while (!is_over)
		tcs_loop_once(stage->program.loop);
	tcs_supervisor_free(&stage->supervisor);
}

void
tcs_stage_close(struct tcs_stage *stage)
{
	tcs_supervisor_free(&stage->supervisor);
	tcs_feedserver_close(&stage->server);
	tcs_player_imap_close(&stage->imap);
	if (stage->has_sink)
		tcs_sink_close(&stage->sink);
	tcs_program_close(&stage->program);
	tcs_conf_free(&stage->conf);
	if (stage->log != NULL)
		(void)fclose(stage->log);
	if (stage->lock >= 0)
		(void)close(stage->lock);
	free(stage->folder);
	free(stage->config);
	free(stage->documents);
	free(stage->messages);
}

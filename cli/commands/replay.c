/* replay - plays an episode in a realm of its own, with the real daemons, and
 * holds what came out against what the episode says must. */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/gather.h"
#include "cli/outcome.h"
#include "cli/player.h"
#include "cli/stage.h"
#include "core/clock.h"

extern const struct tcs_command_ops tcs_command_replay;

enum { REPLAY_TEXT_MAX = 1024 * 1024, REPLAY_REALM_MAX = 64 };

struct replay {
	struct tcs_stage stage;
	struct tcs_episode *episode;
	struct tcs_player *player;
	char dir[PATH_MAX];
	char realm[REPLAY_REALM_MAX];
	bool is_again, is_kept;
	struct tcs_diag diag;
};

/* Where episodes are: a folder that was named; else those that ship, beside a
 * program that was built here, or installed. */
static bool
replay_is_episode(const char *folder, const char *name, char dir[PATH_MAX])
{
	struct stat st;
	char path[PATH_MAX + 16];
	int n = snprintf(dir, PATH_MAX, "%s%s", folder, name);

	if (n < 0 || n >= PATH_MAX)
		return false;
	(void)snprintf(path, sizeof(path), "%s/episode.json", dir);
	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static enum tcs_err
replay_find(struct replay *r, const char *name)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (replay_is_episode("", name, r->dir))
		return TCS_OK;
	if (strchr(name, '/') == NULL && n > 0) {
		static const char *const shipped[] = {
		    "../../../config/default/episodes/",
		    "../share/tocsin/episodes/"};
		self[n] = '\0';
		strrchr(self, '/')[1] = '\0';
		size_t length = strlen(self);
		for (size_t i = 0; i < 2; i++) {
			(void)snprintf(self + length, sizeof(self) - length,
			    "%s", shipped[i]);
			if (replay_is_episode(self, name, r->dir))
				return TCS_OK;
		}
	}
	return tcs_diag_add(&r->diag, TCS_ENOTFOUND, NULL, 0,
	    "there is no episode %.200s; write: the folder of one, or flood, "
	    "storm, bad-day",
	    name);
}

static void
replay_say(void *arg, int64_t at_ms, const char *text)
{
	char at[TCS_TIME_TEXT];

	(void)arg;
	(void)printf("=== %s  %s\n", tcs_time_french(at_ms, at), text);
	(void)fflush(stdout);
}

static enum tcs_err
replay_restart(void *arg, const char *feed, bool loses, struct tcs_diag *diag)
{
	struct replay *r = arg;

	return tcs_stage_restart(&r->stage, feed, loses, diag);
}

static void
replay_on_stop(void *arg)
{
	tcs_player_stop(((struct replay *)arg)->player);
}

static enum tcs_err
replay_open(struct replay *r)
{
	struct tcs_stage *stage = &r->stage;
	enum tcs_err err = tcs_stage_open(stage, &r->diag);

	if (err != TCS_OK)
		return err;
	const struct tcs_player_conf conf = {.program = &stage->program,
	    .episode = r->episode,
	    .conf = stage->conf,
	    .server = stage->server,
	    .imap = stage->imap,
	    .documents = stage->documents,
	    .restart = replay_restart,
	    .say = replay_say,
	    .arg = r};
	r->player = tcs_player_new(&conf);
	if (r->player == NULL)
		return TCS_ENOMEM;
	err =
	    tcs_loop_on_signal(stage->program.loop, SIGINT, replay_on_stop, r);
	if (err == TCS_OK)
		err = tcs_loop_on_signal(
		    stage->program.loop, SIGTERM, replay_on_stop, r);
	return err;
}

static enum tcs_err
replay_gather(struct replay *r, json_t **ret_lists)
{
	struct tcs_stage *stage = &r->stage;

	return tcs_gather_outcome(
	    &stage->program, stage->messages, ret_lists, &r->diag);
}

/* Print how `seen` stands to `expected`; TCS_EGUARD when they differ. */
static enum tcs_err
replay_compare(
    const struct replay *r, const json_t *expected, const json_t *seen)
{
	struct tcs_buf text;

	tcs_buf_init(&text, REPLAY_TEXT_MAX);
	tcs_buf_printf(&text, "\n%s: what was expected against what was seen\n",
	    r->episode->title);
	size_t n = tcs_outcome_compare(expected, seen, &text);
	if (text.err == TCS_OK)
		(void)fputs(text.p, stdout);
	(void)printf("episode %s: %s (%zu differences); what the daemons said "
	             "is in %s/daemons.log\n",
	    r->episode->name, n == 0 ? "as expected" : "NOT as expected", n,
	    r->stage.folder);
	(void)fflush(stdout);
	tcs_buf_fini(&text);
	return n == 0 ? TCS_OK : TCS_EGUARD;
}

static enum tcs_err
replay_play(struct replay *r)
{
	json_t *seen = NULL;

	enum tcs_err err =
	    tcs_player_set_clock(r->player, r->episode->start_ms, &r->diag);
	if (err == TCS_OK)
		err = tcs_stage_start(&r->stage, &r->diag);
	if (err == TCS_OK)
		err = tcs_player_play(r->player, &r->diag);
	tcs_stage_stop(&r->stage);
	if (err == TCS_OK)
		err = replay_gather(r, &seen);
	if (err == TCS_OK)
		err = replay_compare(r, r->episode->expected, seen);
	json_decref(seen);
	return err;
}

/* Over the state of an earlier play: nothing new may come. */
static enum tcs_err
replay_play_again(struct replay *r)
{
	json_t *before = NULL, *seen = NULL;

	enum tcs_err err = replay_gather(r, &before);
	/* People may say the same again; it is what follows that counts. */
	if (err == TCS_OK && json_object_del(before, "decisions") != 0)
		err = TCS_ENOMEM;
	if (err == TCS_OK)
		err = tcs_stage_start(&r->stage, &r->diag);
	if (err == TCS_OK)
		err = tcs_player_play_again(r->player, &r->diag);
	tcs_stage_stop(&r->stage);
	if (err == TCS_OK)
		err = replay_gather(r, &seen);
	if (err == TCS_OK)
		err = replay_compare(r, before, seen);
	json_decref(before);
	json_decref(seen);
	return err;
}

static enum tcs_err
replay_execute(struct replay *r)
{
	enum tcs_err err = replay_find(r, r->stage.args.operands[0]);

	if (err == TCS_OK)
		err = tcs_episode_load(r->dir, &r->episode, &r->diag);
	if (err != TCS_OK)
		return err;
	(void)snprintf(r->realm, sizeof(r->realm), "x-%s.", r->episode->name);
	r->stage.args.realm = r->realm;
	r->stage.dir = r->dir;
	r->stage.episode = r->episode;
	r->stage.keeps_keys = r->is_again;
	(void)printf("%s\n", r->episode->title);
	err = replay_open(r);
	if (err == TCS_OK)
		err = r->is_again ? replay_play_again(r) : replay_play(r);
	if (!r->is_kept && !r->is_again && r->player != NULL) {
		enum tcs_err cleared = tcs_stage_clear(&r->stage, &r->diag);
		err = err == TCS_OK ? cleared : err;
	}
	return err;
}

static int
replay_run(int argc, char **argv)
{
	static struct replay r = {.stage = {.lock = -1}};
	const struct tcs_args_option options[] = {
	    {"admin", "FILE", "the store administrator's password",
	        &r.stage.admin, NULL},
	    {"keep", NULL, "leave the realm's keys in the store", NULL,
	        &r.is_kept},
	    {"again", NULL,
	        "play once more over what --keep left: nothing new may come",
	        NULL, &r.is_again},
	    {0}};
	const struct tcs_cli_spec spec = {.command = &tcs_command_replay,
	    .details =
	        "EPISODE is a folder, or the name of one that ships: flood, "
	        "storm, bad-day.\nIts own tocsin.conf is the configuration, "
	        "x-<name>. its realm; nothing of the real one is\ntouched. "
	        "Exit status 0: what came out is what the episode says.",
	    .options = options,
	    .has_daemons = true,
	    .operands_min = 1,
	    .operands_max = 1};
	int status = tcs_cli_parse(&r.stage.args, &spec, argc, argv);

	if (status != TCS_ARGS_GO)
		return status;
	enum tcs_err err = replay_execute(&r);
	tcs_player_free(&r.player);
	tcs_stage_close(&r.stage);
	tcs_episode_free(&r.episode);
	if (err == TCS_EGUARD && r.diag.n == 0)
		return EXIT_FAILURE; /* the differences were printed */
	return tcs_cli_report(err, &r.diag);
}

const struct tcs_command_ops tcs_command_replay = {
    .name = "replay",
    .usage = "replay EPISODE [--keep | --again] [OPTION…]",
    .about = "plays an episode in a realm of its own, and compares",
    .run = replay_run,
};

/* stage.h - what an episode is played on: the realm's users in the store, its
 * daemons, the source and the sink, and a folder for all they keep. */
#ifndef TOCSIN_CLI_STAGE_H
#define TOCSIN_CLI_STAGE_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/episode.h"
#include "cli/feedserver.h"
#include "cli/player_imap.h"
#include "cli/sink.h"
#include "cli/supervise.h"
#include "config/args.h"
#include "config/conf.h"
#include "core/err.h"
#include "core/program.h"

struct tcs_stage {
	/* Given, borrowed */
	const char *dir; /* the episode's folder */
	const struct tcs_episode *episode;
	struct tcs_args args; /* realm is the exercise's */
	const char *admin;    /* --admin, or NULL */
	bool keeps_keys;      /* what an earlier play left in the realm stays */

	/* Made */
	char *folder;               /* <state>/x-<name> */
	char *config;               /* its tocsin.conf */
	char *documents;            /* what the source serves */
	char *messages;             /* what the sink got, a line each */
	struct tcs_conf *conf;      /* of `config` */
	int lock;                   /* descriptor; -1: none */
	FILE *log;                  /* what the daemons say */
	struct tcs_program program; /* as the realm's user `player` */
	bool has_sink;
	struct tcs_sink sink;
	struct tcs_feedserver *server;
	struct tcs_player_imap *imap; /* NULL: the episode has no mailbox */
	struct tcs_supervisor *supervisor;
};

/* All but the daemons. `stage` has what is given, the rest zero and lock -1; it
 * must stay where it is until tcs_stage_close(), also after an error. */
enum tcs_err tcs_stage_open(
    struct tcs_stage *stage, struct tcs_diag *diag) TCS_MUST_USE;
/* The daemons, once the realm's clock is set. */
enum tcs_err tcs_stage_start(
    struct tcs_stage *stage, struct tcs_diag *diag) TCS_MUST_USE;
/* KILL the collector of `feed` and start it again; `loses`: without what the
 * store had of that feed. TCS_ENOTFOUND: there is no such feed. */
enum tcs_err tcs_stage_restart(struct tcs_stage *stage, const char *feed,
    bool loses, struct tcs_diag *diag) TCS_MUST_USE;
/* End the daemons; runs the loop. */
void tcs_stage_stop(struct tcs_stage *stage);
/* Remove every key and topic of the realm, when no daemon runs any more. */
enum tcs_err tcs_stage_clear(
    struct tcs_stage *stage, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_stage_close(struct tcs_stage *stage);

#endif

/* player.h - plays an episode in its realm: moves the realm's clock from one
 * instant to the next, and does there what the episode says.
 *
 * An instant is an event of the episode or the lowest score of a `…:due` set.
 * The clock moves only when every group has read everything, nothing is due and
 * no delivery is in flight: so the result is the same each time, however long
 * the machine takes. */
#ifndef TOCSIN_CLI_PLAYER_H
#define TOCSIN_CLI_PLAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/episode.h"
#include "cli/feedserver.h"
#include "cli/player_imap.h"
#include "config/conf.h"
#include "core/err.h"
#include "core/program.h"

struct tcs_player; /* opaque */

/* All is borrowed. */
struct tcs_player_conf {
	struct tcs_program *program; /* the realm's user `player` */
	const struct tcs_episode *episode;
	const struct tcs_conf *conf;   /* of the daemons that run */
	struct tcs_feedserver *server; /* the sources */
	struct tcs_player_imap *imap;  /* the mailbox, or NULL */
	const char *documents;         /* folder of what they serve */
	/* Let the collector of that feed die and start again. */
	enum tcs_err (*restart)(
	    void *arg, const char *feed, bool loses, struct tcs_diag *diag);
	/* One line about what happens now; `text` is borrowed. */
	void (*say)(void *arg, int64_t at_ms, const char *text);
	void *arg;
};

struct tcs_player *tcs_player_new(const struct tcs_player_conf *conf);
void tcs_player_free(struct tcs_player **player); /* NULL-safe */
/* Give up soon: what runs then returns TCS_ECANCELED. */
void tcs_player_stop(struct tcs_player *player);

/* All three run the loop until they are done.
 *
 * Put the clock, before the daemons start. */
enum tcs_err tcs_player_set_clock(struct tcs_player *player, int64_t now_ms,
    struct tcs_diag *diag) TCS_MUST_USE;
/* From start to end. TCS_ETIMEOUT: a minute without coming to rest; `diag` says
 * what was still moving. */
enum tcs_err tcs_player_play(
    struct tcs_player *player, struct tcs_diag *diag) TCS_MUST_USE;
/* Over a state in which it was played: the clock goes on from where it is, and
 * the source answers each document again, one poll each. What was no document,
 * and what happened once, is left out. */
enum tcs_err tcs_player_play_again(
    struct tcs_player *player, struct tcs_diag *diag) TCS_MUST_USE;

#endif

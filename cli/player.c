#include "cli/player.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/verdict.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/loop.h"
#include "core/store.h"

enum {
	PLAYER_LOOK_MS = 4,   /* between two looks */
	PLAYER_CLOCK_MS = 50, /* in which every daemon sees the clock */
	PLAYER_REST_MAX_MS = 60000,
	PLAYER_WHY_MAX = 200,
	PLAYER_KEY_MAX = 256,
};

struct tcs_player {
	struct tcs_player_conf conf;
	struct tcs_store *store;
	struct tcs_timer *timer;
	bool is_rung, is_stopped;
	size_t event;             /* next of the episode */
	int64_t now_ms;           /* the realm's */
	int64_t next_due_ms;      /* lowest score at the last look */
	char why[PLAYER_WHY_MAX]; /* what moved at the last look */
};

/* Who must have read what, upstream first: what one has done is on the bus
 * before the next one is looked at. */
static const struct {
	const char *group, *topic;
} player_reads[] = {
    {"rules", "signals"},
    {"dispatcher", "proposals"},
    {"dispatcher", "decisions"},
    {"journal", "documents"},
    {"journal", "health"},
    {"journal", "signals"},
    {"journal", "proposals"},
    {"journal", "decisions"},
    {"journal", "alerts"},
    {"journal", "receipts"},
    {"journal", "events"},
    {"journal", "rejected"},
};

enum { PLAYER_READS = sizeof(player_reads) / sizeof(player_reads[0]) };

static void
player_on_timer(void *arg)
{
	((struct tcs_player *)arg)->is_rung = true;
}

struct tcs_player *
tcs_player_new(const struct tcs_player_conf *conf)
{
	struct tcs_player *player = calloc(1, sizeof(*player));

	if (player == NULL)
		return NULL;
	player->conf = *conf;
	player->store = conf->program->store;
	player->timer =
	    tcs_timer_new(conf->program->loop, player_on_timer, player);
	if (player->timer == NULL)
		tcs_player_free(&player);
	return player;
}

void
tcs_player_free(struct tcs_player **player)
{
	if (*player == NULL)
		return;
	tcs_timer_free(&(*player)->timer);
	free(*player);
	*player = NULL;
}

void
tcs_player_stop(struct tcs_player *player)
{
	player->is_stopped = true;
}

static void
player_say(struct tcs_player *player, const char *text)
{
	player->conf.say(player->conf.arg, player->now_ms, text);
}

/* Let the others work. */
static enum tcs_err
player_wait(struct tcs_player *player, int64_t ms)
{
	player->is_rung = false;
	tcs_timer_start(player->timer, ms);
	while (!player->is_rung)
		tcs_loop_once(player->conf.program->loop);
	return player->is_stopped ? TCS_ECANCELED : TCS_OK;
}

static void
player_key(
    const struct tcs_player *player, const char *name, char key[PLAYER_KEY_MAX])
{
	(void)snprintf(
	    key, PLAYER_KEY_MAX, "%s%s", tcs_store_realm(player->store), name);
}

/* Looking: is all at rest? `why` says what is not. */

struct player_lag {
	bool is_here;
	enum tcs_err err;
	uint64_t records;
};

static void
player_on_lag(void *arg, enum tcs_err err, uint64_t records)
{
	struct player_lag *lag = arg;

	lag->is_here = true;
	lag->err = err;
	lag->records = records;
}

static enum tcs_err
player_look_reads(struct tcs_player *player, size_t i, bool *ret_moves)
{
	struct player_lag lag = {0};

	tcs_bus_lag(player->conf.program->bus, player_reads[i].group,
	    player_reads[i].topic, player_on_lag, &lag);
	while (!lag.is_here)
		tcs_loop_once(player->conf.program->loop);
	*ret_moves = lag.records > 0;
	if (lag.records > 0)
		(void)snprintf(player->why, sizeof(player->why),
		    "%s has %llu records of %s to read", player_reads[i].group,
		    (unsigned long long)lag.records, player_reads[i].topic);
	return lag.err;
}

static enum tcs_err
player_look_due(struct tcs_player *player, const char *set, bool *ret_moves)
{
	struct tcs_reply *reply = NULL;
	char key[PLAYER_KEY_MAX];
	int64_t due_ms = INT64_MAX;

	player_key(player, set, key);
	enum tcs_err err = tcs_store_call(
	    player->store, &reply, "ZRANGE", key, "0", "0", "WITHSCORES", NULL);
	struct tcs_slice score = tcs_reply_slice(tcs_reply_at(reply, 1));
	if (err == TCS_OK && score.n > 0)
		err = tcs_slice_i64(score, INT64_MIN, INT64_MAX, &due_ms);
	if (due_ms < player->next_due_ms)
		player->next_due_ms = due_ms;
	*ret_moves = due_ms <= player->now_ms;
	if (*ret_moves)
		(void)snprintf(player->why, sizeof(player->why),
		    "%.*s of %s is due",
		    TCS_SLICE_ARG(tcs_reply_slice(tcs_reply_at(reply, 0))),
		    set);
	tcs_reply_free(&reply);
	return err;
}

static bool
player_is_sending(struct tcs_slice text)
{
	json_t *row = NULL;
	bool is_sending = false;

	if (tcs_json_parse(text, &row, NULL, NULL) == TCS_OK)
		is_sending =
		    strcmp(tcs_json_str(row, "state", ""), "SENDING") == 0;
	json_decref(row);
	return is_sending;
}

static enum tcs_err
player_look_rows(struct tcs_player *player, bool *ret_moves)
{
	struct tcs_reply *reply = NULL;
	char key[PLAYER_KEY_MAX];
	size_t sending = 0;

	player_key(player, "ledger:rows", key);
	enum tcs_err err =
	    tcs_store_call(player->store, &reply, "HVALS", key, NULL);
	for (size_t i = 0; i < tcs_reply_count(reply); i++)
		sending +=
		    player_is_sending(tcs_reply_slice(tcs_reply_at(reply, i)));
	tcs_reply_free(&reply);
	*ret_moves = sending > 0;
	if (*ret_moves)
		(void)snprintf(player->why, sizeof(player->why),
		    "%zu deliveries are in flight", sending);
	return err;
}

/* In the order in which things flow. */
static enum tcs_err
player_look(struct tcs_player *player, bool *ret_moves)
{
	static const char *const due[] = {"src:due", "rule:due", "ledger:due"};
	bool moves = false;
	enum tcs_err err = TCS_OK;

	player->next_due_ms = INT64_MAX;
	for (size_t i = 0; i < 3 && err == TCS_OK && !moves; i++) {
		err = player_look_due(player, due[i], &moves);
		if (err == TCS_OK && !moves && i < 2)
			err = player_look_reads(player, i, &moves);
	}
	if (err == TCS_OK && !moves)
		err = player_look_rows(player, &moves);
	for (size_t i = 2; i < PLAYER_READS && err == TCS_OK && !moves; i++)
		err = player_look_reads(player, i, &moves);
	*ret_moves = moves;
	return err;
}

static enum tcs_err
player_late(const struct tcs_player *player, struct tcs_diag *diag)
{
	char at[TCS_TIME_TEXT];

	return tcs_diag_add(diag, TCS_ETIMEOUT, NULL, 0,
	    "the episode does not come to rest at %s: %s",
	    tcs_time_french(player->now_ms, at), player->why);
}

/* Until two looks in a row find nothing that moves. */
static enum tcs_err
player_rest(struct tcs_player *player, struct tcs_diag *diag)
{
	int64_t until = tcs_clock_boot_ms() + PLAYER_REST_MAX_MS;
	int quiet = 0;

	for (;;) {
		bool moves = true;
		enum tcs_err err = player_look(player, &moves);
		if (err != TCS_OK)
			return tcs_diag_add(diag, err, NULL, 0,
			    "the store does not answer the player");
		quiet = moves ? 0 : quiet + 1;
		if (quiet == 2)
			return TCS_OK;
		if (tcs_clock_boot_ms() > until)
			return player_late(player, diag);
		err = player_wait(player, moves ? PLAYER_LOOK_MS : 1);
		if (err != TCS_OK)
			return err;
	}
}

/* Beginning: every unit has an owner, and every feed its first poll. */

static enum tcs_err
player_look_owner(
    struct tcs_player *player, const char *group, const char *unit, bool *all)
{
	struct tcs_reply *reply = NULL;
	char name[PLAYER_KEY_MAX / 2], key[PLAYER_KEY_MAX];

	if (!*all)
		return TCS_OK;
	(void)snprintf(name, sizeof(name), "lease:%s:%s", group, unit);
	player_key(player, name, key);
	enum tcs_err err =
	    tcs_store_call(player->store, &reply, "EXISTS", key, NULL);
	if (tcs_reply_int(reply) == 0) {
		*all = false;
		(void)snprintf(player->why, sizeof(player->why),
		    "no one owns %s %s", group, unit);
	}
	tcs_reply_free(&reply);
	return err;
}

static enum tcs_err
player_look_poll(struct tcs_player *player, const char *feed, bool *all)
{
	struct tcs_reply *reply = NULL;
	char member[PLAYER_KEY_MAX / 2], key[PLAYER_KEY_MAX];

	if (!*all)
		return TCS_OK;
	(void)snprintf(member, sizeof(member), "%s|poll", feed);
	player_key(player, "src:due", key);
	enum tcs_err err =
	    tcs_store_call(player->store, &reply, "ZSCORE", key, member, NULL);
	if (tcs_reply_slice(reply).n == 0) {
		*all = false;
		(void)snprintf(player->why, sizeof(player->why),
		    "feed %s is not polled", feed);
	}
	tcs_reply_free(&reply);
	return err;
}

static enum tcs_err
player_look_start(struct tcs_player *player, bool *all)
{
	static const char *const groups[] = {"rules", "dispatcher", "journal"};
	const struct tcs_conf *conf = player->conf.conf;
	enum tcs_err err = TCS_OK;
	char unit[16];

	*all = true;
	for (size_t g = 0; g < 3; g++) {
		for (unsigned p = 0;
		     p < (unsigned)conf->bus.partitions && err == TCS_OK; p++) {
			(void)snprintf(unit, sizeof(unit), "%u", p);
			err = player_look_owner(player, groups[g], unit, all);
		}
	}
	for (size_t i = 0; i < conf->feeds_n && err == TCS_OK; i++) {
		err = player_look_owner(
		    player, "collector", conf->feeds[i].name, all);
		if (err == TCS_OK)
			err =
			    player_look_poll(player, conf->feeds[i].name, all);
	}
	return err;
}

static enum tcs_err
player_start(struct tcs_player *player, struct tcs_diag *diag)
{
	int64_t until = tcs_clock_boot_ms() + PLAYER_REST_MAX_MS;

	for (;;) {
		bool all = false;
		enum tcs_err err = player_look_start(player, &all);
		if (err != TCS_OK)
			return tcs_diag_add(diag, err, NULL, 0,
			    "the store does not answer the player");
		if (all)
			return TCS_OK;
		if (tcs_clock_boot_ms() > until)
			return player_late(player, diag);
		err = player_wait(player, PLAYER_LOOK_MS);
		if (err != TCS_OK)
			return err;
	}
}

/* Doing */

enum tcs_err
tcs_player_set_clock(
    struct tcs_player *player, int64_t now_ms, struct tcs_diag *diag)
{
	struct tcs_reply *reply = NULL;
	char key[PLAYER_KEY_MAX], text[32];

	player_key(player, "clock", key);
	(void)snprintf(text, sizeof(text), "%lld", (long long)now_ms);
	enum tcs_err err =
	    tcs_store_call(player->store, &reply, "SET", key, text, NULL);
	if (err != TCS_OK)
		err = tcs_diag_add(diag, err, NULL, 0,
		    "the realm's clock cannot be set: %.*s",
		    TCS_SLICE_ARG(tcs_reply_slice(reply)));
	tcs_reply_free(&reply);
	player->now_ms = now_ms;
	tcs_clock_hold(now_ms);
	return err;
}

static enum tcs_err
player_get_clock(struct tcs_player *player, struct tcs_diag *diag)
{
	struct tcs_reply *reply = NULL;
	char key[PLAYER_KEY_MAX];

	player_key(player, "clock", key);
	enum tcs_err err =
	    tcs_store_call(player->store, &reply, "GET", key, NULL);
	if (err == TCS_OK)
		err = tcs_slice_i64(
		    tcs_reply_slice(reply), 0, INT64_MAX / 2, &player->now_ms);
	tcs_reply_free(&reply);
	if (err != TCS_OK)
		return tcs_diag_add(diag, TCS_ENOTFOUND, NULL, 0,
		    "there is no earlier play of %s: play it with --keep first",
		    player->conf.episode->name);
	tcs_clock_hold(player->now_ms);
	return TCS_OK;
}

static void
player_say_event(
    struct tcs_player *player, const struct tcs_episode_event *event)
{
	struct tcs_buf line;

	tcs_buf_init(&line, 2000);
	if (event->kind == TCS_EPISODE_RESUME)
		tcs_buf_printf(&line, "reprise de %s", event->feed);
	else if (event->kind == TCS_EPISODE_DECISION)
		tcs_buf_printf(&line, "décision sur %s, %s : %s (%s, %s)",
		    event->zone, event->nature, event->verdict,
		    event->authority, event->how);
	else if (event->is_away)
		tcs_buf_str(&line, "la source ne répond plus");
	else if (event->file != NULL)
		tcs_buf_printf(&line, "la source publie %s", event->file);
	else
		tcs_buf_printf(
		    &line, "la source répond HTTP %d", event->status);
	if (event->note != NULL)
		tcs_buf_printf(&line, " : %s", event->note);
	if (line.err == TCS_OK)
		player_say(player, line.p);
	tcs_buf_fini(&line);
}

/* The source's answers change before the clock does: who polls at that instant
 * gets the new one. */
static enum tcs_err
player_publish_until(
    struct tcs_player *player, int64_t at_ms, struct tcs_diag *diag)
{
	const struct tcs_episode *episode = player->conf.episode;
	enum tcs_err err = TCS_OK;

	for (size_t i = player->event; i < episode->events_n && err == TCS_OK &&
	                               episode->events[i].at_ms <= at_ms;
	     i++) {
		if (episode->events[i].kind == TCS_EPISODE_DOCUMENT)
			err = tcs_feedserver_set(
			    player->conf.server, &episode->events[i], diag);
	}
	return err;
}

static enum tcs_err
player_do(struct tcs_player *player, const struct tcs_episode_event *event,
    struct tcs_diag *diag)
{
	player_say_event(player, event);
	if (event->kind == TCS_EPISODE_DOCUMENT)
		return TCS_OK;
	/* People decide after they have seen what the instant brought, and all
	 * daemons know by then what time it is. */
	enum tcs_err err = player_rest(player, diag);
	if (err == TCS_OK)
		err = player_wait(player, PLAYER_CLOCK_MS);
	if (err != TCS_OK)
		return err;
	return tcs_verdict_give(player->conf.program,
	    player->conf.episode->name, event, player->event, diag);
}

/* The clock is at `at_ms` then, and all that comes of it is over. */
static enum tcs_err
player_go(struct tcs_player *player, int64_t at_ms, struct tcs_diag *diag)
{
	const struct tcs_episode *episode = player->conf.episode;

	enum tcs_err err = player_publish_until(player, at_ms, diag);
	if (err == TCS_OK)
		err = tcs_player_set_clock(player, at_ms, diag);
	while (err == TCS_OK && player->event < episode->events_n &&
	       episode->events[player->event].at_ms <= at_ms) {
		err = player_do(player, &episode->events[player->event], diag);
		player->event++;
	}
	return err == TCS_OK ? player_rest(player, diag) : err;
}

enum tcs_err
tcs_player_play(struct tcs_player *player, struct tcs_diag *diag)
{
	const struct tcs_episode *episode = player->conf.episode;
	enum tcs_err err =
	    player_publish_until(player, episode->start_ms, diag);

	if (err == TCS_OK)
		err = player_start(player, diag);
	int64_t next_ms = episode->start_ms;
	while (err == TCS_OK && next_ms <= episode->end_ms) {
		err = player_go(player, next_ms, diag);
		next_ms = player->next_due_ms;
		if (player->event < episode->events_n &&
		    episode->events[player->event].at_ms < next_ms)
			next_ms = episode->events[player->event].at_ms;
	}
	if (err == TCS_OK && player->now_ms < episode->end_ms)
		err = player_go(player, episode->end_ms, diag);
	return err;
}

/* Until the source was polled once more. */
static enum tcs_err
player_poll(struct tcs_player *player, struct tcs_diag *diag)
{
	const struct tcs_conf *conf = player->conf.conf;
	int64_t until = player->now_ms;

	for (size_t i = 0; i < conf->feeds_n; i++) {
		int64_t every_ms = conf->feeds[i].every_ms;
		if (player->now_ms + every_ms > until)
			until = player->now_ms + every_ms;
	}
	enum tcs_err err = player_rest(player, diag);
	while (err == TCS_OK && player->next_due_ms <= until) {
		err = tcs_player_set_clock(player, player->next_due_ms, diag);
		if (err == TCS_OK)
			err = player_rest(player, diag);
	}
	return err;
}

static enum tcs_err
player_publish_first(struct tcs_player *player, struct tcs_diag *diag)
{
	const struct tcs_episode *episode = player->conf.episode;

	for (size_t i = 0; i < episode->events_n; i++) {
		if (episode->events[i].kind == TCS_EPISODE_DOCUMENT)
			return tcs_feedserver_set(
			    player->conf.server, &episode->events[i], diag);
	}
	return TCS_OK;
}

enum tcs_err
tcs_player_play_again(struct tcs_player *player, struct tcs_diag *diag)
{
	const struct tcs_episode *episode = player->conf.episode;
	enum tcs_err err = player_get_clock(player, diag);

	if (err == TCS_OK)
		err = player_publish_first(player, diag);
	if (err == TCS_OK)
		err = player_start(player, diag);
	for (size_t i = 0; i < episode->events_n && err == TCS_OK; i++) {
		const struct tcs_episode_event *event = &episode->events[i];
		player_say_event(player, event);
		if (event->kind == TCS_EPISODE_DOCUMENT) {
			err = tcs_feedserver_set(
			    player->conf.server, event, diag);
			if (err == TCS_OK)
				err = player_poll(player, diag);
		} else if (event->kind == TCS_EPISODE_RESUME) {
			err = tcs_verdict_give(player->conf.program,
			    episode->name, event, i, diag);
		}
	}
	return err == TCS_OK ? player_rest(player, diag) : err;
}

#include "cli/player.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/player_line.h"
#include "cli/player_report.h"
#include "cli/player_sources.h"
#include "cli/rest.h"
#include "cli/verdict.h"
#include "collectors/report/signal.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/loop.h"
#include "core/store.h"

enum {
	PLAYER_LOOK_MS = 4,   /* between two looks */
	PLAYER_CLOCK_MS = 50, /* in which every daemon sees the clock */
	PLAYER_REST_MAX_MS = 60000,
};

struct tcs_player {
	struct tcs_player_conf conf;
	struct tcs_store *store;
	struct tcs_timer *timer;
	bool is_rung, is_stopped;
	size_t event;        /* next of the episode */
	size_t published;    /* next whose document is to be served */
	int64_t now_ms;      /* the realm's */
	int64_t next_due_ms; /* lowest score at the last look */
	struct tcs_rest rest;
	struct tcs_player_reports reports;
	struct tcs_player_sources sources;
};

static void
player_on_timer(void *arg)
{
	((struct tcs_player *)arg)->is_rung = true;
}

static void
player_on_line(void *arg, const char *line)
{
	struct tcs_player *player = arg;

	player->conf.say(player->conf.arg, player->now_ms, line);
}

struct tcs_player *
tcs_player_new(const struct tcs_player_conf *conf)
{
	struct tcs_player *player = calloc(1, sizeof(*player));

	if (player == NULL)
		return NULL;
	player->conf = *conf;
	player->rest =
	    (struct tcs_rest){.program = conf->program, .conf = conf->conf};
	player->reports = (struct tcs_player_reports){.program = conf->program,
	    .episode = conf->episode,
	    .conf = conf->conf,
	    .documents = conf->documents};
	player->sources = (struct tcs_player_sources){.program = conf->program,
	    .conf = conf->conf,
	    .say = player_on_line,
	    .arg = player};
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
	tcs_player_reports_fini(&(*player)->reports);
	tcs_player_sources_fini(&(*player)->sources);
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

static void
player_say_event(struct tcs_player *player,
    const struct tcs_episode_event *event, int64_t at_ms)
{
	struct tcs_buf line;

	tcs_buf_init(&line, 4000);
	tcs_player_line(event, &line);
	if (line.err == TCS_OK)
		player->conf.say(player->conf.arg, at_ms, line.p);
	tcs_buf_fini(&line);
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

static enum tcs_err
player_late(const struct tcs_player *player, struct tcs_diag *diag)
{
	char at[TCS_TIME_TEXT];

	return tcs_diag_add(diag, TCS_ETIMEOUT, NULL, 0,
	    "the episode does not come to rest at %s: %s",
	    tcs_time_french(player->now_ms, at), player->rest.why);
}

/* Until two looks in a row find nothing that moves. */
static enum tcs_err
player_rest(struct tcs_player *player, struct tcs_diag *diag)
{
	int64_t until = tcs_clock_boot_ms() + PLAYER_REST_MAX_MS;
	int quiet = 0;

	for (;;) {
		bool moves = true;
		enum tcs_err err =
		    tcs_rest_look(&player->rest, player->now_ms, &moves);
		if (err != TCS_OK)
			return tcs_diag_add(diag, err, NULL, 0,
			    "the store refuses the player: %s",
			    tcs_strerror(err));
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

/* Beginning */

static enum tcs_err
player_start(struct tcs_player *player, struct tcs_diag *diag)
{
	int64_t until = tcs_clock_boot_ms() + PLAYER_REST_MAX_MS;

	for (;;) {
		bool all = false;
		enum tcs_err err = tcs_rest_look_start(&player->rest, &all);
		if (err != TCS_OK)
			return tcs_diag_add(diag, err, NULL, 0,
			    "the store refuses the player: %s",
			    tcs_strerror(err));
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
	char key[TCS_REST_KEY], text[32];

	tcs_rest_key(&player->rest, "clock", key);
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
	char key[TCS_REST_KEY];

	tcs_rest_key(&player->rest, "clock", key);
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

/* By a source or the mailbox, to whoever asks. */
static bool
player_is_served(const struct tcs_episode_event *event)
{
	return event->kind == TCS_EPISODE_DOCUMENT ||
	       event->kind == TCS_EPISODE_MAIL;
}

/* The sources' answers change before the clock does: who polls at that instant
 * gets the new one. */
static enum tcs_err
player_publish_until(
    struct tcs_player *player, int64_t at_ms, struct tcs_diag *diag)
{
	const struct tcs_episode *episode = player->conf.episode;
	enum tcs_err err = TCS_OK;

	while (player->published < episode->events_n && err == TCS_OK &&
	       episode->events[player->published].at_ms <= at_ms) {
		const struct tcs_episode_event *event =
		    &episode->events[player->published++];
		if (!player_is_served(event))
			continue;
		player_say_event(player, event, event->at_ms);
		err =
		    event->kind == TCS_EPISODE_MAIL
		        ? tcs_player_imap_add(player->conf.imap, event, diag)
		        : tcs_feedserver_set(player->conf.server, event, diag);
	}
	return err;
}

/* What cannot be done is said: the outcome will show it, and the rest is
 * played. */
static enum tcs_err
player_give(struct tcs_player *player, const struct tcs_episode_event *event,
    size_t number, struct tcs_diag *diag)
{
	struct tcs_diag why = {0};
	enum tcs_err err =
	    event->kind == TCS_EPISODE_REPORT
	        ? tcs_player_report(&player->reports, number, &why)
	        : tcs_verdict_give(player->conf.program,
	              player->conf.episode->name, event, number, &why);

	if (err == TCS_ENOTFOUND || err == TCS_EGUARD || err == TCS_EINVAL ||
	    err == TCS_EDENIED) {
		player_say(player, tcs_diag_text(&why));
		err = TCS_OK;
	} else if (err != TCS_OK) {
		(void)tcs_diag_add(
		    diag, err, NULL, 0, "%s", tcs_diag_text(&why));
	}
	tcs_diag_fini(&why);
	return err;
}

static enum tcs_err
player_restart(struct tcs_player *player, const struct tcs_episode_event *event,
    struct tcs_diag *diag)
{
	enum tcs_err err = player->conf.restart(
	    player->conf.arg, event->feed, event->loses, diag);

	return err == TCS_OK ? player_start(player, diag) : err;
}

static enum tcs_err
player_do(struct tcs_player *player, const struct tcs_episode_event *event,
    struct tcs_diag *diag)
{
	if (player_is_served(event))
		return TCS_OK;
	player_say_event(player, event, player->now_ms);
	/* People decide after they have seen what the instant brought, and all
	 * daemons know by then what time it is. */
	enum tcs_err err = player_rest(player, diag);
	if (err == TCS_OK)
		err = player_wait(player, PLAYER_CLOCK_MS);
	if (err != TCS_OK)
		return err;
	return event->kind == TCS_EPISODE_RESTART
	           ? player_restart(player, event, diag)
	           : player_give(player, event, player->event, diag);
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
	if (err == TCS_OK)
		err = player_rest(player, diag);
	return err == TCS_OK ? tcs_player_show_sources(&player->sources) : err;
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
		next_ms = player->rest.next_due_ms;
		if (player->event < episode->events_n &&
		    episode->events[player->event].at_ms < next_ms)
			next_ms = episode->events[player->event].at_ms;
	}
	if (err == TCS_OK && player->now_ms < episode->end_ms)
		err = player_go(player, episode->end_ms, diag);
	return err;
}

/* Until every feed was polled once more. */
static enum tcs_err
player_poll(struct tcs_player *player, struct tcs_diag *diag)
{
	const struct tcs_conf *conf = player->conf.conf;
	int64_t until = player->now_ms;

	enum tcs_err err = player_rest(player, diag);
	for (size_t i = 0; i < conf->feeds_n && err == TCS_OK; i++) {
		int64_t due_ms = 0;
		if (tcs_report_is_driver(conf->feeds[i].driver))
			continue; /* nothing is polled */
		err = tcs_rest_poll_due(
		    &player->rest, conf->feeds[i].name, &due_ms);
		until = due_ms > until ? due_ms : until;
	}
	while (err == TCS_OK && player->rest.next_due_ms <= until) {
		err = tcs_player_set_clock(
		    player, player->rest.next_due_ms, diag);
		if (err == TCS_OK)
			err = player_rest(player, diag);
	}
	return err;
}

/* What is done again: that a source fails is news each time, and a decision, a
 * report or a restart is not made twice. */
static bool
player_is_again(const struct tcs_episode_event *event)
{
	if (event->kind == TCS_EPISODE_DOCUMENT)
		return !event->is_once && event->status < 300 &&
		       event->fail == TCS_EPISODE_FAIL_NONE;
	return event->kind == TCS_EPISODE_RESUME;
}

/* It keeps its mails from one play to the next. */
static enum tcs_err
player_fill_mailbox(struct tcs_player *player, struct tcs_diag *diag)
{
	const struct tcs_episode *episode = player->conf.episode;
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; i < episode->events_n && err == TCS_OK; i++) {
		if (episode->events[i].kind == TCS_EPISODE_MAIL)
			err = tcs_player_imap_add(
			    player->conf.imap, &episode->events[i], diag);
	}
	return err;
}

/* Every path answers from the start what it answered first. */
static enum tcs_err
player_publish_first(struct tcs_player *player, struct tcs_diag *diag)
{
	const struct tcs_episode *episode = player->conf.episode;
	enum tcs_err err = TCS_OK;

	for (size_t i = episode->events_n; i > 0 && err == TCS_OK; i--) {
		const struct tcs_episode_event *event = &episode->events[i - 1];
		if (event->kind == TCS_EPISODE_DOCUMENT && !event->is_away &&
		    player_is_again(event))
			err = tcs_feedserver_set(
			    player->conf.server, event, diag);
	}
	return err;
}

/* What came at one instant comes at once again: a map is not read with the
 * bulletins of another. Gives the number of the first event after them. */
static enum tcs_err
player_serve_again(
    struct tcs_player *player, size_t *ret_next, struct tcs_diag *diag)
{
	const struct tcs_episode *episode = player->conf.episode;
	int64_t at_ms = episode->events[*ret_next].at_ms;
	enum tcs_err err = TCS_OK;
	size_t i = *ret_next, served = 0;

	for (; i < episode->events_n && err == TCS_OK; i++) {
		const struct tcs_episode_event *event = &episode->events[i];
		if (event->kind != TCS_EPISODE_DOCUMENT ||
		    event->at_ms != at_ms)
			break;
		if (!player_is_again(event))
			continue;
		player_say_event(player, event, player->now_ms);
		err = tcs_feedserver_set(player->conf.server, event, diag);
		served++;
	}
	*ret_next = i;
	return err == TCS_OK && served > 0 ? player_poll(player, diag) : err;
}

/* One event, or several documents of one instant; *ret_next is what follows. */
static enum tcs_err
player_do_again(
    struct tcs_player *player, size_t *ret_next, struct tcs_diag *diag)
{
	const struct tcs_episode_event *event =
	    &player->conf.episode->events[*ret_next];

	if (event->kind == TCS_EPISODE_DOCUMENT)
		return player_serve_again(player, ret_next, diag);
	size_t number = (*ret_next)++;
	if (!player_is_again(event))
		return TCS_OK;
	player_say_event(player, event, player->now_ms);
	return player_give(player, event, number, diag);
}

enum tcs_err
tcs_player_play_again(struct tcs_player *player, struct tcs_diag *diag)
{
	const struct tcs_episode *episode = player->conf.episode;
	enum tcs_err err = player_get_clock(player, diag);

	if (err == TCS_OK)
		err = player_publish_first(player, diag);
	if (err == TCS_OK)
		err = player_fill_mailbox(player, diag);
	if (err == TCS_OK)
		err = player_start(player, diag);
	for (size_t i = 0; i < episode->events_n && err == TCS_OK;)
		err = player_do_again(player, &i, diag);
	return err == TCS_OK ? player_rest(player, diag) : err;
}

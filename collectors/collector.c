#include "collectors/collector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/credential.h"
#include "collectors/letters.h"
#include "core/clock.h"
#include "core/http.h"
#include "core/json.h"
#include "core/log.h"

enum { COLLECTOR_NAME_MAX = 256 };

/* A poll that is further away than the longest wait was set by another clock.
 */
#define COLLECTOR_POLL_FAR_MS TCS_HOURS(25)

static const struct tcs_conf_feed *
collector_conf(const struct tcs_collector *collector, const char *name)
{
	const struct tcs_conf *conf = collector->conf;

	for (size_t i = 0; i < conf->feeds_n; i++) {
		if (strcmp(conf->feeds[i].name, name) == 0)
			return &conf->feeds[i];
	}
	return NULL;
}

static void
collector_free(struct tcs_feed **feed)
{
	if (*feed == NULL)
		return;
	tcs_feed_cancel(*feed);
	tcs_credential_free(&(*feed)->credential);
	tcs_letters_free(&(*feed)->letters);
	free((*feed)->known);
	tcs_http_free(&(*feed)->http);
	tcs_picture_free(&(*feed)->picture);
	tcs_feed_state_fini(&(*feed)->state);
	free((*feed)->held);
	free(*feed);
	*feed = NULL;
}

static enum tcs_err collector_set_poll(struct tcs_feed *feed);

/* The source tells of news: ask now, or again when the answer is there. */
static void
collector_news(void *arg)
{
	struct tcs_feed *feed = arg;
	enum tcs_err err = TCS_OK;

	if (feed->step != NULL)
		feed->is_hurried = true;
	else if (feed->is_ready)
		err = collector_set_poll(feed);
	if (err != TCS_OK)
		tcs_log(TCS_LOG_ERROR, "feed.failed", "feed=%s err=\"%s\"",
		    feed->conf->name, tcs_strerror(err));
}

enum tcs_err
tcs_feed_access(struct tcs_feed *feed, struct tcs_diag *diag)
{
	tcs_credential_free(&feed->credential);
	enum tcs_err err = tcs_credential_open(
	    feed->conf, feed->ops->key_header, &feed->credential, diag);

	if (err == TCS_OK && feed->ops->mail != NULL)
		err = tcs_letters_new(feed->collector->loop, feed->ops,
		    feed->conf, collector_news, feed, &feed->letters, diag);
	feed->has_access = err == TCS_OK;
	return err;
}

/* A key that cannot be read is a poll that fails, with its reason where every
 * other is: each poll tries again. */
static enum tcs_err
collector_access(struct tcs_feed *feed)
{
	struct tcs_diag diag = {0};
	enum tcs_err err = tcs_feed_access(feed, &diag);

	if (err != TCS_OK)
		tcs_log(TCS_LOG_ERROR, "feed.unopened", "feed=%s err=\"%s\"",
		    feed->conf->name, tcs_diag_text(&diag));
	tcs_diag_fini(&diag);
	return err == TCS_ENOMEM ? err : TCS_OK;
}

static enum tcs_err
collector_open(void *arg, struct tcs_unit *unit)
{
	struct tcs_collector *collector = arg;
	const struct tcs_conf_feed *conf =
	    collector_conf(collector, tcs_unit_name(unit));
	struct tcs_feed *feed = calloc(1, sizeof(*feed));

	tcs_assert(conf != NULL);
	if (feed == NULL)
		return TCS_ENOMEM;
	const struct tcs_http_options options = {
	    .proxy = conf->proxy, .ca_file = conf->ca_file};
	feed->collector = collector;
	feed->unit = unit;
	feed->conf = conf;
	feed->ops = collector->ops;
	feed->url = conf->url != NULL ? conf->url : feed->ops->url;
	feed->every_ms =
	    conf->every_ms > 0 ? conf->every_ms : feed->ops->every_ms;
	feed->started_ms = TCS_NO_TIME;
	feed->origin = (struct tcs_origin){
	    .observatory = collector->conf->observatory.name,
	    .sender = collector->conf->observatory.sender,
	    .status = collector->status,
	    .feed = conf->name,
	    .source = conf->source != NULL ? conf->source : feed->ops->source,
	    .source_name = conf->source_name != NULL ? conf->source_name
	                                             : feed->ops->source_name,
	    .ops = feed->ops};
	tcs_feed_state_init(&feed->state);
	feed->picture = tcs_picture_new();
	feed->http = tcs_http_new(collector->loop, &options);
	enum tcs_err err = feed->picture == NULL || feed->http == NULL
	                       ? TCS_ENOMEM
	                       : collector_access(feed);
	if (err != TCS_OK) {
		collector_free(&feed);
		return err;
	}
	tcs_unit_set_data(unit, feed);
	return TCS_OK;
}

static void
collector_close(void *arg, struct tcs_unit *unit)
{
	struct tcs_feed *feed = tcs_unit_data(unit);

	(void)arg;
	collector_free(&feed);
	tcs_unit_set_data(unit, NULL);
}

/* ---- loading ---- */

static enum tcs_err
collector_restore_hand(struct tcs_feed *feed, const json_t *json)
{
	const char *hash = tcs_json_str(json, "hash", "");

	if (strlen(hash) != TCS_DIGEST_HEX - 1)
		return TCS_EPARSE;
	memcpy(feed->hand.hash, hash, TCS_DIGEST_HEX);
	feed->hand.count = (unsigned)tcs_json_i64(json, "count", 0);
	return TCS_OK;
}

static enum tcs_err
collector_restore_json(struct tcs_feed *feed, const char *hash,
    struct tcs_slice rest, const json_t *json, struct tcs_diag *diag)
{
	if (strcmp(hash, "src:zones") == 0)
		return tcs_zone_from_json(feed->picture, json, diag);
	if (tcs_slice_is(rest, "state"))
		return tcs_feed_state_from_json(
		    &feed->state, feed->picture, json);
	if (tcs_slice_is(rest, "hand"))
		return collector_restore_hand(feed, json);
	return TCS_OK; /* of a later version */
}

static enum tcs_err
collector_restore(void *arg, struct tcs_unit *unit, const char *hash,
    struct tcs_slice field, struct tcs_slice value, struct tcs_diag *diag)
{
	struct tcs_feed *feed = tcs_unit_data(unit);
	struct tcs_slice rest;
	json_t *json = NULL;

	(void)arg;
	(void)tcs_slice_cut(field, '|', &rest);
	if (strcmp(hash, "src:feeds") == 0 && tcs_slice_is(rest, "held")) {
		free(feed->held);
		feed->held = tcs_slice_dup(value);
		return feed->held == NULL ? TCS_ENOMEM : TCS_OK;
	}
	enum tcs_err err = tcs_json_parse(value, &json, NULL, diag);
	if (err == TCS_OK)
		err = collector_restore_json(feed, hash, rest, json, diag);
	json_decref(json);
	return err;
}

/* The first poll of all is set here; after that each sets the next. */
static enum tcs_err
collector_set_poll(struct tcs_feed *feed)
{
	struct tcs_step *step = tcs_unit_step(feed->unit);
	char name[COLLECTOR_NAME_MAX];
	int n = snprintf(name, sizeof(name), "%s|poll", feed->conf->name);

	if (step == NULL)
		return TCS_ENOMEM;
	tcs_assert(n > 0 && (size_t)n < sizeof(name));
	tcs_worker_timer_set(feed->unit, step, name, tcs_clock_now_ms());
	tcs_unit_commit(feed->unit, step, NULL, NULL);
	return TCS_OK;
}

static enum tcs_err
collector_ready(void *arg, struct tcs_unit *unit, bool is_clean)
{
	struct tcs_feed *feed = tcs_unit_data(unit);
	int64_t next_ms = feed->state.next_poll_ms;
	int64_t now_ms = tcs_clock_now_ms();

	(void)arg;
	/* The time is not known yet when a realm's clock was not read once. */
	bool is_far = now_ms > 0 && next_ms > now_ms + COLLECTOR_POLL_FAR_MS;
	tcs_picture_sort(feed->picture);
	feed->is_careful = !is_clean || feed->hand.count > 0;
	feed->is_ready = true;
	return next_ms == TCS_NO_TIME || is_far ? collector_set_poll(feed)
	                                        : TCS_OK;
}

/* ---- timers ---- */

/* Nothing is said of a source that this owner has not asked yet; nor while
 * bodies wait for their mark, as the state in memory is ahead of what became of
 * them (a mailbox's position). The end of that poll looks again. */
static enum tcs_err
collector_watch(struct tcs_feed *feed, struct tcs_step *step)
{
	if (feed->started_ms == TCS_NO_TIME || feed->waiting != NULL)
		return TCS_OK;
	return tcs_feed_settle(feed, step, tcs_clock_now_ms());
}

static enum tcs_err
collector_timer(void *arg, struct tcs_unit *unit, const char *name,
    int64_t due_ms, struct tcs_step *step)
{
	struct tcs_feed *feed = tcs_unit_data(unit);
	const char *what = strrchr(name, '|');

	(void)arg;
	(void)due_ms;
	if (what != NULL && strcmp(what, "|poll") == 0 && feed->step == NULL)
		return tcs_feed_poll(feed);
	if (what != NULL && strcmp(what, "|watch") == 0)
		return collector_watch(feed, step);
	return TCS_OK;
}

static const char *const collector_topics[] = {NULL};
static const char *const collector_publishes[] = {
    "documents", "health", "signals", NULL};
static const char *const collector_hashes[] = {"src:feeds", "src:zones", NULL};

const struct tcs_worker_ops tcs_collector_ops = {
    .group = "collector",
    .topics = collector_topics,
    .publishes = collector_publishes,
    .hashes = collector_hashes,
    .due = "src:due",
    .open = collector_open,
    .restore = collector_restore,
    .ready = collector_ready,
    .timer = collector_timer,
    .close = collector_close,
};

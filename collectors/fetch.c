/* fetch.c - one poll: what it brings, and the end of its step. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "collectors/cause.h"
#include "collectors/collector.h"
#include "collectors/document.h"
#include "collectors/letters.h"
#include "collectors/poll.h"
#include "core/clock.h"
#include "core/failpoint.h"
#include "core/log.h"

enum {
	FETCH_CURSOR_MAX = 300,
	FETCH_FIELD_MAX = 256,
	FETCH_TRIM_MIN = 256 * 1024, /* bytes of documents */
};

#define FETCH_DOCUMENT_AGE_MS TCS_DAYS(35)
#define FETCH_REST_MAX_MS TCS_DAYS(1)
#define FETCH_HURRY_MS 250
#define FETCH_CONFIRM_MS TCS_MINUTES(2)

static void
fetch_committed(void *arg)
{
	(void)arg;
	tcs_failpoint("collector.committed");
}

/* A step that cannot be made: the state in memory has run ahead of what is
 * stored, and only loading it anew is safe. */
static void
fetch_give_up(struct tcs_feed *feed, enum tcs_err err)
{
	struct tcs_step *step = feed->step;

	tcs_log(TCS_LOG_ERROR, "feed.failed", "feed=%s err=\"%s\"",
	    feed->conf->name, tcs_strerror(err));
	tcs_step_guard_field(
	    step, "src:feeds", "given-up", tcs_slice_str("never"));
	feed->step = NULL;
	tcs_unit_commit(feed->unit, step, NULL, NULL);
}

/* What is there already is asked for at once; what waits to be confirmed soon.
 * A source that fails or refuses sets no such pace. */
static int64_t
fetch_next_ms(
    const struct tcs_feed *feed, const struct tcs_poll *poll, int64_t now_ms)
{
	int64_t next_ms = tcs_poll_next_ms(poll, now_ms);
	int64_t soon_ms = feed->is_hurried ? now_ms + FETCH_HURRY_MS
	                  : feed->state.pending.is_set
	                      ? now_ms + FETCH_CONFIRM_MS
	                      : next_ms;

	if (feed->has_failed || poll->retry_after_ms > 0 || soon_ms > next_ms)
		return next_ms;
	return soon_ms;
}

/* Whatever came of the poll is in memory and in the step. */
static void
fetch_finish(struct tcs_feed *feed, enum tcs_err err, int64_t retry_after_ms)
{
	const int64_t now_ms = tcs_clock_now_ms();
	const struct tcs_poll poll = {.feed = feed->conf->name,
	    .every_ms = feed->every_ms,
	    .failures = feed->state.failures,
	    .retry_after_ms = retry_after_ms};
	struct tcs_buf name;

	tcs_buf_init(&name, FETCH_FIELD_MAX);
	tcs_buf_printf(&name, "%s|poll", feed->conf->name);
	feed->state.next_poll_ms = fetch_next_ms(feed, &poll, now_ms);
	feed->is_hurried = false;
	if (err == TCS_OK)
		err = name.err;
	if (err == TCS_OK)
		err = tcs_feed_settle(feed, feed->step, now_ms);
	if (err == TCS_OK) {
		struct tcs_step *step = feed->step;
		tcs_worker_timer_set(
		    feed->unit, step, name.p, feed->state.next_poll_ms);
		tcs_failpoint("collector.before-commit");
		feed->step = NULL;
		tcs_unit_commit(feed->unit, step, fetch_committed, NULL);
	} else {
		fetch_give_up(feed, err);
	}
	tcs_buf_fini(&name);
}

static bool
fetch_is_resting(const struct tcs_feed *feed)
{
	return tcs_clock_now_ms() < feed->rest_until_ms;
}

/* How long the feed is to wait. Who asks for patience on the ordinary way gets
 * it, while the other way goes on. */
static int64_t
fetch_patience(struct tcs_feed *feed, const struct tcs_gathered *got)
{
	int64_t wait_ms = got->retry_after_ms;

	if (!got->is_fallback || wait_ms <= 0 || fetch_is_resting(feed))
		return wait_ms;
	if (wait_ms > FETCH_REST_MAX_MS)
		wait_ms = FETCH_REST_MAX_MS;
	feed->rest_until_ms = tcs_clock_now_ms() + wait_ms;
	(void)snprintf(feed->resting, sizeof(feed->resting), "%s", got->reason);
	return -1;
}

/* ---- bodies ---- */

/* What the poll brought is given back. */
static void
fetch_settle(struct tcs_feed *feed)
{
	if (feed->letters != NULL)
		tcs_letters_settle(feed->letters);
	else
		tcs_gather_settle(feed->gather);
}

static size_t
fetch_size(const struct tcs_gathered *got)
{
	size_t bytes = 0;

	for (size_t i = 0; i < got->n; i++)
		bytes += got->items[i].body.n;
	return bytes;
}

/* A map leaves megabytes of freed blocks behind. Looking for them costs more
 * than reading a small document does. */
static void
fetch_trim(size_t bytes)
{
#ifdef __GLIBC__
	if (bytes >= FETCH_TRIM_MIN)
		(void)malloc_trim(0);
#else
	(void)bytes;
#endif
}

static void
fetch_take(struct tcs_feed *feed, const struct tcs_gathered *got)
{
	size_t bytes = fetch_size(got);
	enum tcs_err err = tcs_feed_take(feed, got);
	int64_t retry_after_ms = fetch_patience(feed, got);

	fetch_settle(feed);
	fetch_finish(feed, err, retry_after_ms);
	fetch_trim(bytes);
}

/* `got` is read when those that came before it have been. */
static void
fetch_wait(
    struct tcs_feed *feed, const struct tcs_gathered *got, tcs_loop_cb *cb)
{
	feed->waiting = got;
	feed->turn.cb = cb;
	feed->turn.arg = feed;
	tcs_turns_ask(feed->collector->turns, &feed->turn);
}

static const struct tcs_gathered *
fetch_waited(struct tcs_feed *feed)
{
	const struct tcs_gathered *got = feed->waiting;

	feed->waiting = NULL;
	return got;
}

static void
fetch_take_turn(void *arg)
{
	struct tcs_feed *feed = arg;

	fetch_take(feed, fetch_waited(feed));
}

static void
fetch_marked(void *arg)
{
	struct tcs_feed *feed = arg;

	fetch_wait(feed, feed->waiting, fetch_take_turn);
}

/* The last owner died. If these bodies killed it, that must be known before
 * they are read again: the mark is durable first. */
static enum tcs_err
fetch_mark(struct tcs_feed *feed, const struct tcs_gathered *got)
{
	bool is_again = strcmp(feed->hand.hash, got->hash) == 0;
	struct tcs_step *step = tcs_unit_step(feed->unit);
	struct tcs_buf field, value;

	memcpy(feed->hand.hash, got->hash, sizeof(feed->hand.hash));
	feed->hand.count = is_again ? feed->hand.count + 1 : 1;
	feed->waiting = got;
	tcs_buf_init(&field, FETCH_FIELD_MAX);
	tcs_buf_init(&value, FETCH_FIELD_MAX);
	tcs_buf_printf(&field, "%s|hand", feed->conf->name);
	tcs_buf_printf(&value, "{\"hash\":\"%s\",\"count\":%u}",
	    feed->hand.hash, feed->hand.count);
	enum tcs_err err = step == NULL ? TCS_ENOMEM : field.err;
	if (err == TCS_OK) {
		tcs_step_hset(step, "src:feeds", field.p, tcs_buf_view(&value));
		tcs_unit_commit(feed->unit, step, fetch_marked, feed);
	} else {
		tcs_step_free(&step);
	}
	tcs_buf_fini(&field);
	tcs_buf_fini(&value);
	return err;
}

static bool
fetch_is_new(const struct tcs_feed *feed, const char *hash)
{
	return strcmp(hash, feed->picture->hash) != 0 &&
	       strcmp(hash, feed->state.aside) != 0;
}

/* Evidence, before anything is said of it. A disk that is full is said, and
 * stops no alert. */
static void
fetch_keep(struct tcs_feed *feed, const struct tcs_gathered *got)
{
	struct tcs_collector *collector = feed->collector;
	const char *folder = collector->conf->paths.documents;
	int64_t wall_ms = tcs_clock_wall_ms();

	for (size_t i = 0; i < got->n; i++) {
		struct tcs_diag diag = {0};
		if (!tcs_feed_is_known(feed, &got->marks[i]) &&
		    tcs_document_keep(folder, got->marks[i].hash,
		        got->items[i].body, &diag) != TCS_OK)
			tcs_log(TCS_LOG_ERROR, "document.unkept",
			    "feed=%s hash=%s err=\"%s\"", feed->conf->name,
			    got->marks[i].hash, tcs_diag_text(&diag));
		tcs_diag_fini(&diag);
	}
	if (wall_ms - collector->pruned_ms > TCS_DAYS(1)) {
		collector->pruned_ms = wall_ms;
		(void)tcs_document_prune(
		    folder, wall_ms, FETCH_DOCUMENT_AGE_MS);
	}
	tcs_failpoint("collector.document-kept");
}

static void
fetch_bodies(struct tcs_feed *feed, const struct tcs_gathered *got)
{
	bool is_new = fetch_is_new(feed, got->hash);

	if (is_new)
		fetch_keep(feed, got);
	if (!is_new) {
		fetch_take(feed, got);
		return;
	}
	if (!feed->is_careful) { /* keeping it was a turn's work already */
		fetch_wait(feed, got, fetch_take_turn);
		return;
	}
	enum tcs_err err = fetch_mark(feed, got);
	if (err != TCS_OK)
		fetch_finish(feed, err, -1);
}

static void
fetch_bodies_turn(void *arg)
{
	struct tcs_feed *feed = arg;

	fetch_bodies(feed, fetch_waited(feed));
}

/* ---- every other answer ---- */

static void
fetch_reason(struct tcs_feed *feed, const char *reason, const char *cause)
{
	tcs_feed_state_reason(&feed->state, reason);
	tcs_feed_state_text(&feed->state.cause, cause, TCS_CAUSE_MAX);
	feed->state.failures++;
	feed->has_failed = true;
	tcs_log(TCS_LOG_DEBUG, "feed.unanswered",
	    "feed=%s failures=%u reason=\"%s\"", feed->conf->name,
	    feed->state.failures, reason);
}

/* What is held still holds. */
static void
fetch_unchanged(struct tcs_feed *feed)
{
	feed->state.answered_ms = tcs_clock_now_ms();
	feed->state.is_limited = false;
	feed->state.failures = 0;
	feed->state.refusal = TCS_REFUSAL_NONE;
	feed->state.pending = (struct tcs_pending){0};
	feed->has_failed = false;
	tcs_feed_state_reason(&feed->state, NULL);
	tcs_feed_state_text(&feed->state.cause, NULL, TCS_CAUSE_MAX);
}

static void
fetch_gathered(void *arg, const struct tcs_gathered *got)
{
	struct tcs_feed *feed = arg;

	tcs_failpoint("collector.fetched");
	if (got->has_answered) {
		feed->state.fetched_ms = tcs_clock_now_ms();
		/* Until it is usable again: two errors in turn are one state.
		 */
		feed->state.is_limited =
		    feed->state.is_limited || got->is_limited;
	}
	if (got->outcome == TCS_GATHER_BODIES) {
		fetch_wait(feed, got, fetch_bodies_turn);
		return;
	}
	enum tcs_err err = TCS_OK;
	if (got->outcome == TCS_GATHER_UNCHANGED)
		fetch_unchanged(feed);
	else
		fetch_reason(feed, got->reason, got->cause);
	if (got->outcome == TCS_GATHER_UNCHANGED &&
	    tcs_picture_is_empty(feed->picture))
		err = tcs_feed_take_nothing(feed);
	int64_t retry_after_ms = fetch_patience(feed, got);
	fetch_settle(feed);
	fetch_finish(feed, err, retry_after_ms);
}

/* The position goes into the step of what the mails become. */
static void
fetch_mailed(void *arg, const struct tcs_gathered *got, const char *cursor,
    bool has_more)
{
	struct tcs_feed *feed = arg;

	tcs_feed_state_text(&feed->state.cursor, cursor, FETCH_CURSOR_MAX);
	feed->is_hurried = feed->is_hurried || has_more;
	fetch_gathered(feed, got);
}

static enum tcs_err
fetch_mail(struct tcs_feed *feed)
{
	return tcs_letters_poll(
	    feed->letters, feed->state.cursor, fetch_mailed);
}

static enum tcs_err
fetch_urls(struct tcs_feed *feed)
{
	const struct tcs_gather_conf conf = {.loop = feed->collector->loop,
	    .http = feed->http,
	    .hosts = feed->collector->hosts,
	    .credential = feed->credential,
	    .ops = feed->ops,
	    .feed = feed->conf,
	    .url = feed->url,
	    .etag = feed->state.etag,
	    .last_modified = feed->state.last_modified,
	    .head_hash = feed->state.head_hash,
	    .resting = fetch_is_resting(feed) ? feed->resting : NULL};

	feed->gather =
	    tcs_gather_start(&conf, feed->gather, fetch_gathered, feed);
	return feed->gather == NULL ? TCS_ENOMEM : TCS_OK;
}

enum tcs_err
tcs_feed_poll(struct tcs_feed *feed)
{
	struct tcs_diag diag = {0};
	enum tcs_err err = TCS_OK;

	feed->step = tcs_worker_take_step(feed->unit);
	if (feed->started_ms == TCS_NO_TIME)
		feed->started_ms = tcs_clock_now_ms();
	if (!feed->has_access)
		err = tcs_feed_access(feed, &diag);
	if (err == TCS_OK)
		err =
		    feed->letters != NULL ? fetch_mail(feed) : fetch_urls(feed);
	if (err != TCS_OK) {
		fetch_reason(feed,
		    diag.n > 0 ? tcs_diag_text(&diag) : tcs_strerror(err),
		    tcs_cause_fault(TCS_HTTP_FAULT_OTHER));
		fetch_finish(feed, TCS_OK, -1);
	}
	tcs_diag_fini(&diag);
	return TCS_OK;
}

void
tcs_feed_cancel(struct tcs_feed *feed)
{
	tcs_turns_leave(feed->collector->turns, &feed->turn);
	tcs_gather_free(&feed->gather);
	feed->waiting = NULL;
	if (feed->step != NULL)
		tcs_step_free(&feed->step);
}

/* fetch.c - one poll: the request, its answer, the end of its step. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "collectors/collector.h"
#include "collectors/document.h"
#include "collectors/poll.h"
#include "core/clock.h"
#include "core/failpoint.h"
#include "core/http.h"
#include "core/log.h"

enum { FETCH_REDIRECTS_MAX = 5, FETCH_REASON_MAX = 300, FETCH_FIELD_MAX = 256 };

#define FETCH_DOCUMENT_AGE_MS TCS_DAYS(35)

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
	feed->state.next_poll_ms = tcs_poll_next_ms(&poll, now_ms);
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

/* ---- the answer's body ---- */

static void
fetch_answer_free(struct tcs_answer **answer)
{
	if (*answer == NULL)
		return;
	free((void *)(uintptr_t)(*answer)->body.p);
	free((void *)(uintptr_t)(*answer)->url);
	free((void *)(uintptr_t)(*answer)->content_type);
	free((void *)(uintptr_t)(*answer)->etag);
	free((void *)(uintptr_t)(*answer)->last_modified);
	free(*answer);
	*answer = NULL;
}

static bool
fetch_copy_text(const char **to, const char *from)
{
	*to = from == NULL ? NULL : strdup(from);
	return from == NULL || *to != NULL;
}

static struct tcs_answer *
fetch_answer_copy(const struct tcs_answer *from)
{
	struct tcs_answer *copy = calloc(1, sizeof(*copy));

	if (copy == NULL)
		return NULL;
	copy->status = from->status;
	copy->fetched_ms = from->fetched_ms;
	memcpy(copy->hash, from->hash, sizeof(copy->hash));
	copy->body = tcs_slice(tcs_slice_dup(from->body), from->body.n);
	if (copy->body.p == NULL || !fetch_copy_text(&copy->url, from->url) ||
	    !fetch_copy_text(&copy->content_type, from->content_type) ||
	    !fetch_copy_text(&copy->etag, from->etag) ||
	    !fetch_copy_text(&copy->last_modified, from->last_modified))
		fetch_answer_free(&copy);
	return copy;
}

static void
fetch_take(struct tcs_feed *feed, const struct tcs_answer *answer)
{
	fetch_finish(feed, tcs_feed_take(feed, answer), -1);
#ifdef __GLIBC__
	/* A map leaves megabytes of freed blocks behind. */
	(void)malloc_trim(0);
#endif
}

static void
fetch_marked(void *arg)
{
	struct tcs_feed *feed = arg;
	struct tcs_answer *answer = feed->waiting;

	feed->waiting = NULL;
	fetch_take(feed, answer);
	fetch_answer_free(&answer);
}

/* The last owner died. If this body killed it, that must be known before it is
 * read again: the mark is durable first. */
static enum tcs_err
fetch_mark(struct tcs_feed *feed, const struct tcs_answer *answer)
{
	bool is_again = strcmp(feed->hand.hash, answer->hash) == 0;
	struct tcs_step *step = tcs_unit_step(feed->unit);
	struct tcs_buf field, value;

	memcpy(feed->hand.hash, answer->hash, sizeof(feed->hand.hash));
	feed->hand.count = is_again ? feed->hand.count + 1 : 1;
	feed->waiting = fetch_answer_copy(answer);
	tcs_buf_init(&field, FETCH_FIELD_MAX);
	tcs_buf_init(&value, FETCH_FIELD_MAX);
	tcs_buf_printf(&field, "%s|hand", feed->conf->name);
	tcs_buf_printf(&value, "{\"hash\":\"%s\",\"count\":%u}",
	    feed->hand.hash, feed->hand.count);
	enum tcs_err err =
	    step == NULL || feed->waiting == NULL ? TCS_ENOMEM : field.err;
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
fetch_keep(struct tcs_feed *feed, const struct tcs_answer *answer)
{
	struct tcs_collector *collector = feed->collector;
	const char *folder = collector->conf->paths.documents;
	struct tcs_diag diag = {0};
	int64_t wall_ms = tcs_clock_wall_ms();

	if (tcs_document_keep(folder, answer->hash, answer->body, &diag) !=
	    TCS_OK)
		tcs_log(TCS_LOG_ERROR, "document.unkept",
		    "feed=%s hash=%s err=\"%s\"", feed->conf->name,
		    answer->hash, tcs_diag_text(&diag));
	tcs_diag_fini(&diag);
	if (wall_ms - collector->pruned_ms > TCS_DAYS(1)) {
		collector->pruned_ms = wall_ms;
		(void)tcs_document_prune(
		    folder, wall_ms, FETCH_DOCUMENT_AGE_MS);
	}
	tcs_failpoint("collector.document-kept");
}

static void
fetch_body(struct tcs_feed *feed, const struct tcs_http_response *response)
{
	struct tcs_answer answer = {.body = response->body,
	    .url = response->url,
	    .content_type = response->content_type,
	    .etag = response->etag,
	    .last_modified = response->last_modified,
	    .status = response->status,
	    .fetched_ms = tcs_clock_now_ms()};
	enum tcs_err err;

	(void)tcs_digest(answer.body, answer.hash);
	bool is_new = fetch_is_new(feed, answer.hash);
	if (is_new)
		fetch_keep(feed, &answer);
	if (!is_new || !feed->is_careful) {
		fetch_take(feed, &answer);
		return;
	}
	err = fetch_mark(feed, &answer);
	if (err != TCS_OK)
		fetch_finish(feed, err, -1);
}

/* ---- every other answer ---- */

static void
fetch_reason(struct tcs_feed *feed, const char *reason)
{
	tcs_feed_state_text(&feed->state.reason, reason, FETCH_REASON_MAX);
	feed->state.failures++;
	feed->has_failed = true;
	tcs_log(TCS_LOG_DEBUG, "feed.unanswered",
	    "feed=%s failures=%u reason=\"%s\"", feed->conf->name,
	    feed->state.failures, reason);
}

static void
fetch_status(struct tcs_feed *feed, long status)
{
	char reason[32];

	(void)snprintf(reason, sizeof(reason), "HTTP %ld", status);
	fetch_reason(feed, reason);
}

/* What is held still holds. */
static void
fetch_unchanged(struct tcs_feed *feed)
{
	feed->state.answered_ms = tcs_clock_now_ms();
	feed->state.failures = 0;
	feed->state.refusal = TCS_REFUSAL_NONE;
	feed->state.pending = (struct tcs_pending){0};
	feed->has_failed = false;
	tcs_feed_state_text(&feed->state.reason, NULL, FETCH_REASON_MAX);
}

static void
fetch_answered(void *arg, const struct tcs_http_response *response)
{
	struct tcs_feed *feed = arg;

	feed->transfer = NULL;
	tcs_failpoint("collector.fetched");
	if (response->err != TCS_OK) {
		fetch_reason(feed, response->reason);
		fetch_finish(feed, TCS_OK, -1);
		return;
	}
	feed->state.fetched_ms = tcs_clock_now_ms();
	feed->state.is_limited =
	    response->status == 401 || response->status == 429;
	if (response->status == 200) {
		fetch_body(feed, response);
		return;
	}
	if (response->status == 304 && !tcs_picture_is_empty(feed->picture))
		fetch_unchanged(feed);
	else
		fetch_status(feed, response->status);
	fetch_finish(feed, TCS_OK, response->retry_after_ms);
}

enum tcs_err
tcs_feed_poll(struct tcs_feed *feed)
{
	struct tcs_http_request request = {.url = feed->url,
	    .etag = feed->state.etag,
	    .last_modified = feed->state.last_modified,
	    .body_max = (size_t)feed->conf->body_max,
	    .timeout_ms = feed->conf->timeout_ms,
	    .redirects_max = FETCH_REDIRECTS_MAX};
	struct tcs_diag diag = {0};

	feed->step = tcs_worker_take_step(feed->unit);
	if (feed->started_ms == TCS_NO_TIME)
		feed->started_ms = tcs_clock_now_ms();
	enum tcs_err err = tcs_http_start(
	    feed->http, &request, fetch_answered, feed, &feed->transfer, &diag);
	if (err != TCS_OK) {
		fetch_reason(feed,
		    diag.n > 0 ? tcs_diag_text(&diag) : tcs_strerror(err));
		fetch_finish(feed, TCS_OK, -1);
	}
	tcs_diag_fini(&diag);
	return TCS_OK;
}

void
tcs_feed_cancel(struct tcs_feed *feed)
{
	if (feed->transfer != NULL)
		tcs_http_cancel(feed->transfer);
	feed->transfer = NULL;
	fetch_answer_free(&feed->waiting);
	if (feed->step != NULL)
		tcs_step_free(&feed->step);
}

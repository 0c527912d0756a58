/* take.c - what the bodies of a poll change. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/cause.h"
#include "collectors/collector.h"
#include "collectors/compare.h"
#include "collectors/document.h"
#include "collectors/path.h"
#include "collectors/publish.h"
#include "collectors/readings.h"
#include "core/clock.h"
#include "core/log.h"

enum { TAKE_CRASHES_MAX = 5, TAKE_VALIDATOR_MAX = 512, TAKE_FIELD_MAX = 256 };

#define TAKE_NOTHING_MS TCS_DAYS(366)

/* "<feed>|<a>", or "<feed>|<a>|<b>". */
static enum tcs_err
take_field(const struct tcs_feed *feed, struct tcs_buf *field, const char *a,
    const char *b)
{
	tcs_buf_init(field, TAKE_FIELD_MAX);
	tcs_buf_printf(field, "%s|%s%s%s", feed->conf->name, a,
	    b == NULL ? "" : "|", b == NULL ? "" : b);
	return field->err;
}

static void
take_reason(struct tcs_feed *feed, const char *reason, const char *cause)
{
	tcs_feed_state_reason(&feed->state, reason);
	tcs_feed_state_text(&feed->state.cause, cause, 300);
}

/* The newest counts: what never changes was fetched by an earlier poll. */
static int64_t
take_fetched(const struct tcs_gathered *got)
{
	int64_t fetched_ms = 0;

	/* What never changes is not asked for again: it has its old time. */
	for (size_t i = 0; i < got->n; i++) {
		if (got->items[i].fetched_ms > fetched_ms)
			fetched_ms = got->items[i].fetched_ms;
	}
	return fetched_ms;
}

/* ---- evidence ---- */

bool
tcs_feed_is_known(
    const struct tcs_feed *feed, const struct tcs_gather_mark *mark)
{
	for (size_t i = 0; i < feed->known_n; i++) {
		if (strcmp(feed->known[i].content, mark->content) == 0)
			return true;
	}
	return false;
}

/* One record for each body that is new; those of this poll are known then. */
static enum tcs_err
take_documents(struct tcs_feed *feed, const struct tcs_gathered *got,
    int64_t issued_ms, const char *outcome)
{
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; err == TCS_OK && i < got->n; i++) {
		const struct tcs_document_record record = {
		    .fetch = &got->items[i],
		    .hash = got->marks[i].hash,
		    .etag = i == 0 ? got->etag : NULL,
		    .last_modified = i == 0 ? got->last_modified : NULL,
		    .issued_ms = issued_ms,
		    .outcome = outcome};
		if (!tcs_feed_is_known(feed, &got->marks[i]))
			err = tcs_publish_document(feed->step, feed, &record);
	}
	struct tcs_gather_mark *known =
	    reallocarray(feed->known, got->n, sizeof(*known));
	if (known == NULL)
		return TCS_ENOMEM;
	memcpy(known, got->marks, got->n * sizeof(*known));
	feed->known = known;
	feed->known_n = got->n;
	return err;
}

/* What came with readings. A disk that is full is said, and stops no alert. */
static void
take_files(const struct tcs_feed *feed, const struct tcs_readings *readings)
{
	const char *folder = feed->collector->conf->paths.documents;

	for (size_t i = 0; i < readings->n; i++) {
		const struct tcs_reading *r = &readings->items[i];
		for (size_t k = 0; k < r->files_n; k++) {
			struct tcs_slice content = r->files[k].content;
			char hash[TCS_DIGEST_HEX];
			struct tcs_diag diag = {0};
			if (tcs_document_keep(folder, tcs_digest(content, hash),
			        content, &diag) != TCS_OK)
				tcs_log(TCS_LOG_ERROR, "document.unkept",
				    "feed=%s hash=%s err=\"%s\"",
				    feed->conf->name, hash,
				    tcs_diag_text(&diag));
			tcs_diag_fini(&diag);
		}
	}
}

/* ---- bodies that change nothing ---- */

/* What the other way brought and cannot be used says nothing of the source:
 * the poll failed as its ordinary way did. */
static void
take_failed(struct tcs_feed *feed, const struct tcs_gathered *got)
{
	take_reason(feed, got->reason, got->cause);
	feed->has_failed = true;
	feed->state.failures++;
}

static enum tcs_err
take_aside(struct tcs_feed *feed, const struct tcs_gathered *got,
    enum tcs_refusal refusal)
{
	struct tcs_feed_state *state = &feed->state;

	memcpy(state->aside, got->hash, sizeof(state->aside));
	state->aside_refusal = refusal;
	if (got->is_fallback) {
		take_failed(feed, got);
		return TCS_OK;
	}
	state->refusal = refusal;
	state->is_limited = false;
	/* A body cut short is no word of the source; any other is. */
	feed->has_failed = refusal == TCS_REFUSAL_TRUNCATED;
	state->failures = feed->has_failed ? state->failures + 1 : 0;
	if (!feed->has_failed)
		state->answered_ms = take_fetched(got);
	return TCS_OK;
}

static enum tcs_err
take_refused(struct tcs_feed *feed, const struct tcs_gathered *got,
    enum tcs_refusal refusal, const char *reason)
{
	tcs_log(TCS_LOG_WARNING, "feed.refused",
	    "feed=%s refusal=%s hash=%s reason=\"%s\"", feed->conf->name,
	    tcs_refusal_word(refusal), got->hash, reason);
	take_reason(feed, reason, tcs_cause_refusal(refusal));
	enum tcs_err err = take_aside(feed, got, refusal);
	return err == TCS_OK ? take_documents(feed, got, TCS_NO_TIME,
	                           tcs_refusal_word(refusal))
	                     : err;
}

/* Refused for what another poll may find otherwise (the time, the memory): the
 * same body is then read again. */
static enum tcs_err
take_refused_now(
    struct tcs_feed *feed, const struct tcs_gathered *got, const char *reason)
{
	enum tcs_err err =
	    take_refused(feed, got, TCS_REFUSAL_RESHAPED, reason);

	feed->state.aside[0] = '\0';
	return err;
}

static bool
take_is_too_much(enum tcs_err err)
{
	return err == TCS_ELIMIT || err == TCS_ENOMEM;
}

/* A limit is met again by the same body, memory may be there then. */
static enum tcs_err
take_too_much(struct tcs_feed *feed, const struct tcs_gathered *got,
    enum tcs_err err, const struct tcs_diag *diag)
{
	const char *reason = diag != NULL && diag->n > 0
	                         ? tcs_diag_text(diag)
	                         : "more than this program reads in one "
	                           "document";

	return err == TCS_ELIMIT
	           ? take_refused(feed, got, TCS_REFUSAL_RESHAPED, reason)
	           : take_refused_now(feed, got, reason);
}

static enum tcs_err
take_older(struct tcs_feed *feed, const struct tcs_gathered *got,
    const struct tcs_readings *readings)
{
	tcs_log(TCS_LOG_INFO, "feed.older", "feed=%s hash=%s", feed->conf->name,
	    got->hash);
	feed->state.older++;
	take_reason(feed, NULL, NULL);
	enum tcs_err err = take_aside(feed, got, TCS_REFUSAL_NONE);
	return err == TCS_OK ? take_documents(feed, got,
	                           readings->document.issued_ms, "older")
	                     : err;
}

/* ---- bodies that are held from now on ---- */

static enum tcs_err
take_store_zone(struct tcs_feed *feed, const struct tcs_zone *zone)
{
	json_t *json = tcs_zone_to_json(zone);
	struct tcs_buf field, value;
	enum tcs_err err =
	    take_field(feed, &field, zone->zone, zone->phenomenon);

	tcs_buf_init(&value, TCS_RECORD_MAX);
	if (err == TCS_OK && json == NULL)
		err = TCS_ENOMEM;
	if (err == TCS_OK) {
		tcs_json_write(&value, json);
		err = value.err;
	}
	if (err == TCS_OK)
		tcs_step_hset(
		    feed->step, "src:zones", field.p, tcs_buf_view(&value));
	json_decref(json);
	tcs_buf_fini(&value);
	tcs_buf_fini(&field);
	return err;
}

static enum tcs_err
take_forget_zone(struct tcs_feed *feed, const struct tcs_zone *zone)
{
	struct tcs_buf field;
	enum tcs_err err =
	    take_field(feed, &field, zone->zone, zone->phenomenon);

	if (err == TCS_OK)
		tcs_step_hdel(feed->step, "src:zones", field.p);
	tcs_buf_fini(&field);
	return err;
}

static enum tcs_err
take_store_zones(struct tcs_feed *feed, const struct tcs_picture *now)
{
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; err == TCS_OK && i < now->n; i++) {
		if (now->zones[i].is_changed)
			err = take_store_zone(feed, &now->zones[i]);
	}
	for (size_t i = 0; err == TCS_OK && i < feed->picture->n; i++) {
		const struct tcs_zone *zone = &feed->picture->zones[i];
		if (tcs_picture_find(now, zone->zone, zone->phenomenon) == NULL)
			err = take_forget_zone(feed, zone);
	}
	return err;
}

/* The step's guard: what is held, as it was when this body was compared. */
static enum tcs_err
take_hold(struct tcs_feed *feed, const struct tcs_picture *now)
{
	struct tcs_buf field;
	char *held = NULL;
	enum tcs_err err = take_field(feed, &field, "held", NULL);

	if (err == TCS_OK && asprintf(&held, "%" PRId64 " %s",
	                         now->document.issued_ms, now->hash) < 0)
		err = TCS_ENOMEM;
	if (err == TCS_OK) {
		tcs_step_guard_field(feed->step, "src:feeds", field.p,
		    tcs_slice_str(feed->held));
		tcs_step_hset(
		    feed->step, "src:feeds", field.p, tcs_slice_str(held));
		free(feed->held);
		feed->held = held;
	}
	tcs_buf_fini(&field);
	return err;
}

static enum tcs_err
take_forget_hand(struct tcs_feed *feed)
{
	struct tcs_buf field;

	feed->is_careful = false;
	if (feed->hand.count == 0)
		return TCS_OK;
	enum tcs_err err = take_field(feed, &field, "hand", NULL);
	if (err == TCS_OK)
		tcs_step_hdel(feed->step, "src:feeds", field.p);
	tcs_buf_fini(&field);
	feed->hand = (struct tcs_hand){0};
	return err;
}

static void
take_usable(struct tcs_feed *feed, const struct tcs_gathered *got)
{
	struct tcs_feed_state *state = &feed->state;

	state->refusal = TCS_REFUSAL_NONE;
	state->is_limited = false;
	state->answered_ms = take_fetched(got);
	state->failures = 0;
	feed->has_failed = false;
	/* By another way, or in part: that is said where the state is shown. */
	take_reason(feed, got->reason, got->cause);
}

/* Of a set in which something is missing the head must be asked for again. */
static void
take_validators(struct tcs_feed *feed, const struct tcs_gathered *got)
{
	bool is_whole = !got->is_partial && got->reason[0] == '\0';

	tcs_feed_state_text(
	    &feed->state.etag, is_whole ? got->etag : NULL, TAKE_VALIDATOR_MAX);
	tcs_feed_state_text(&feed->state.last_modified,
	    is_whole ? got->last_modified : NULL, TAKE_VALIDATOR_MAX);
	(void)snprintf(feed->state.head_hash, sizeof(feed->state.head_hash),
	    "%s", is_whole ? got->marks[0].content : "");
}

static void
take_log(const struct tcs_feed *feed, const struct tcs_compare_out *out,
    const struct tcs_readings *readings)
{
	char issued[TCS_TIME_TEXT];
	int64_t issued_ms = readings->document.issued_ms;

	tcs_log(TCS_LOG_INFO, "feed.read",
	    "feed=%s issued=%s zones=%zu signals=%zu first=%s waiting=%s",
	    feed->conf->name,
	    issued_ms == TCS_NO_TIME ? "-" : tcs_time_iso(issued_ms, issued),
	    readings->n, out->signals.n, out->is_first ? "yes" : "no",
	    out->comparison == TCS_COMPARE_WAITING ? "yes" : "no");
}

/* TAKEN and SAME: `out`'s picture is held from now on. */
static enum tcs_err
take_picture(struct tcs_feed *feed, const struct tcs_gathered *got,
    struct tcs_compare_out *out)
{
	enum tcs_err err = take_store_zones(feed, out->picture);

	if (err == TCS_OK)
		err = take_hold(feed, out->picture);
	if (err != TCS_OK)
		return err;
	if (out->comparison == TCS_COMPARE_TAKEN)
		feed->state.is_held =
		    out->is_first && (out->has_standing || out->has_ended);
	take_validators(feed, got);
	tcs_picture_free(&feed->picture);
	feed->picture = out->picture;
	out->picture = NULL;
	return TCS_OK;
}

/* Signals that CAP does not allow were made of a body that is not as known:
 * nothing of it is in the step yet. */
static enum tcs_err
take_compared(struct tcs_feed *feed, const struct tcs_gathered *got,
    const struct tcs_readings *readings, struct tcs_compare_out *out)
{
	struct tcs_diag diag = {0};
	enum tcs_err err;

	if (out->comparison == TCS_COMPARE_OLDER)
		return take_older(feed, got, readings);
	err = tcs_signals_pack(&out->signals, &diag);
	if (err == TCS_EINVAL)
		err = take_refused(
		    feed, got, TCS_REFUSAL_RESHAPED, tcs_diag_text(&diag));
	else if (err == TCS_OK) {
		take_log(feed, out, readings);
		take_usable(feed, got);
		feed->state.pending = out->pending;
		tcs_publish_signals(feed->step, &out->signals);
		take_files(feed, readings);
		err = take_documents(
		    feed, got, readings->document.issued_ms, "read");
		if (err == TCS_OK && out->picture != NULL)
			err = take_picture(feed, got, out);
	}
	tcs_diag_fini(&diag);
	return err;
}

/* Over when it came, and no copy of what came before: refused. */
static enum tcs_err
take_stale(struct tcs_feed *feed, const struct tcs_gathered *got,
    const struct tcs_readings *readings, bool *ret_is_stale)
{
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag diag = {0};
	enum tcs_err err = tcs_readings_check_expiry(
	    readings, take_fetched(got), &refusal, &diag);

	*ret_is_stale = err == TCS_EPARSE;
	if (err == TCS_EPARSE)
		err = take_refused(feed, got, refusal, tcs_diag_text(&diag));
	tcs_diag_fini(&diag);
	return err;
}

static enum tcs_err
take_readings(struct tcs_feed *feed, const struct tcs_gathered *got,
    const struct tcs_readings *readings)
{
	const struct tcs_compare_in in = {.origin = &feed->origin,
	    .held = feed->picture,
	    .pending = feed->state.pending,
	    .readings = readings,
	    .hash = got->hash,
	    .now_ms = take_fetched(got),
	    .answered_ms = feed->state.answered_ms,
	    .fetched_ms = take_fetched(got)};
	struct tcs_compare_out out;
	bool is_stale = false;
	enum tcs_err err = tcs_compare(&in, &out);

	if (take_is_too_much(err)) {
		tcs_compare_fini(&out);
		return take_too_much(feed, got, err, NULL);
	}
	if (err == TCS_OK && out.comparison != TCS_COMPARE_OLDER)
		err = take_stale(feed, got, readings, &is_stale);
	if (err == TCS_OK && !is_stale)
		err = take_compared(feed, got, readings, &out);
	tcs_compare_fini(&out);
	return err;
}

/* ---- a body ---- */

/* One that came before changes nothing new. */
static bool
take_known(struct tcs_feed *feed, const struct tcs_gathered *got)
{
	struct tcs_feed_state *state = &feed->state;

	if (strcmp(got->hash, feed->picture->hash) == 0) {
		state->pending = (struct tcs_pending){0};
		take_usable(feed, got);
		take_validators(feed, got);
		return true;
	}
	if (strcmp(got->hash, state->aside) != 0)
		return false;
	if (state->aside_refusal == TCS_REFUSAL_NONE)
		state->older++;
	return take_aside(feed, got, state->aside_refusal) == TCS_OK;
}

/* Zones of what could not be had are not missing from the source. */
static void
take_detour(struct tcs_document *document, const struct tcs_gathered *got)
{
	if (got->is_partial)
		document->is_complete = false;
	if (document->note[0] != '\0' || got->reason[0] == '\0')
		return;
	(void)snprintf(document->note, sizeof(document->note),
	    got->is_fallback ? "Lue par la voie de repli : la voie ordinaire "
	                       "échoue (%.120s)."
	                     : "Lue en partie : un document n'a pas pu être "
	                       "obtenu (%.120s).",
	    got->cause);
	tcs_text_clean(document->note);
}

static enum tcs_err
take_read(struct tcs_feed *feed, const struct tcs_gathered *got)
{
	const struct tcs_answers answers = {.items = got->items, .n = got->n};
	struct tcs_readings *readings = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag diag = {0};
	enum tcs_err err = tcs_readings_read(
	    feed->ops, feed->conf->state, &answers, &readings, &refusal, &diag);

	if (err == TCS_EPARSE)
		err = take_refused(feed, got, refusal, tcs_diag_text(&diag));
	else if (take_is_too_much(err))
		err = take_too_much(feed, got, err, &diag);
	else if (err == TCS_OK &&
	         tcs_readings_check_time(
	             readings, take_fetched(got), &refusal, &diag) != TCS_OK)
		err = take_refused_now(feed, got, tcs_diag_text(&diag));
	else if (err == TCS_OK) {
		take_detour(&readings->document, got);
		(void)tcs_path_cut(readings, feed->origin.observatory);
		err = take_readings(feed, got, readings);
	}
	tcs_readings_free(&readings);
	tcs_diag_fini(&diag);
	return err;
}

enum tcs_err
tcs_feed_take(struct tcs_feed *feed, const struct tcs_gathered *got)
{
	bool is_poison = feed->hand.count >= TAKE_CRASHES_MAX &&
	                 strcmp(feed->hand.hash, got->hash) == 0;

	if (take_known(feed, got))
		return TCS_OK;
	if (is_poison)
		return take_refused(feed, got, TCS_REFUSAL_RESHAPED,
		    "its reader died of it five times: kept, not read");
	enum tcs_err err = take_read(feed, got);
	return err == TCS_OK ? take_forget_hand(feed) : err;
}

/* An empty mailbox has no document that could expire. */
enum tcs_err
tcs_feed_take_nothing(struct tcs_feed *feed)
{
	struct tcs_picture *picture = tcs_picture_new();

	if (picture == NULL)
		return TCS_ENOMEM;
	picture->fetched_ms = tcs_clock_now_ms();
	picture->document = (struct tcs_document){.issued_ms = TCS_NO_TIME,
	    .next_issue_ms = TCS_NO_TIME,
	    .expires_ms = picture->fetched_ms + TAKE_NOTHING_MS,
	    .frozen_ms = TCS_NO_TIME};
	(void)tcs_digest(tcs_slice("", 0), picture->hash);
	enum tcs_err err = take_hold(feed, picture);
	if (err != TCS_OK) {
		tcs_picture_free(&picture);
		return err;
	}
	tcs_picture_free(&feed->picture);
	feed->picture = picture;
	return TCS_OK;
}

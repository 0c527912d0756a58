/* settle.c - the end of each poll, and of each instant that was watched for:
 * the source's state, what is said of it, what is stored, when to look again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/alarm.h"
#include "collectors/collector.h"
#include "collectors/publish.h"
#include "collectors/wording.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/log.h"

static struct tcs_watch_facts
settle_facts(const struct tcs_feed *feed)
{
	return (struct tcs_watch_facts){
	    .started_ms = feed->started_ms,
	    .answered_ms = feed->state.answered_ms,
	    .every_ms = feed->every_ms,
	    .late_after_ms = feed->ops->late_after_ms,
	    .has_failed = feed->has_failed,
	    .failures = feed->state.failures,
	    .is_limited = feed->state.is_limited,
	    .refusal = feed->state.refusal,
	    .is_mailbox = feed->letters != NULL,
	    .has_document = !tcs_picture_is_empty(feed->picture),
	    .document = feed->picture->document,
	};
}

/* What cannot be concluded from a source that is not read. */
static const char *
settle_warning(const struct tcs_feed *feed)
{
	bool has_levels = tcs_picture_is_empty(feed->picture);

	for (size_t i = 0; i < feed->picture->n; i++)
		has_levels = has_levels ||
		             feed->picture->zones[i].kind == TCS_READING_LEVEL;
	return has_levels ? "\nLes niveaux actuels ne sont pas connus : ce "
	                    "n'est pas un retour au vert."
	                  : "\nCe qu'elle dit depuis n'est pas connu : son "
	                    "silence n'est pas une bonne nouvelle.";
}

static const char *
settle_description(const struct tcs_feed *feed, struct tcs_arena *arena)
{
	const struct tcs_document *document = &feed->picture->document;
	bool is_fresh = feed->state.state == TCS_SOURCE_FRESH;
	/* That the other way is taken causes no state. */
	bool has_cause = feed->has_failed || feed->state.is_limited ||
	                 feed->state.refusal != TCS_REFUSAL_NONE;
	const char *cause = has_cause ? feed->state.cause : NULL;
	char time[TCS_TIME_TEXT];
	/* Of many publications there is no time that is that of all. */
	bool has_issue = !tcs_picture_is_empty(feed->picture) &&
	                 document->issued_ms != TCS_NO_TIME;
	int64_t last_ms =
	    has_issue ? document->issued_ms : feed->state.answered_ms;

	return tcs_arena_printf(arena, "%s%s%s%s : %s.%s",
	    cause == NULL ? "" : "Cause : ", cause == NULL ? "" : cause,
	    cause == NULL ? "" : ".\n",
	    has_issue ? "Dernière publication lue"
	              : "Dernière réponse exploitable",
	    last_ms == TCS_NO_TIME ? "aucune" : tcs_time_french(last_ms, time),
	    is_fresh ? "" : settle_warning(feed));
}

/* The System signal of a change of state, following the one that stands. */
static enum tcs_err
settle_say(struct tcs_feed *feed, struct tcs_step *step, int64_t now_ms)
{
	struct tcs_feed_state *state = &feed->state;
	const struct tcs_last *last = &state->announced_last;
	bool is_end = state->state == TCS_SOURCE_FRESH;
	struct tcs_signals signals;
	enum tcs_err err = tcs_signals_init(&signals);

	if (err != TCS_OK)
		return err;
	const struct tcs_system_text text = {
	    .phenomenon = "source",
	    .level = tcs_source_word(state->state),
	    .previous_level = tcs_source_word(state->announced),
	    .headline = tcs_arena_printf(signals.arena, "%s : %s",
	        tcs_word_feed(signals.arena, &feed->origin),
	        tcs_source_french(state->state)),
	    .description = settle_description(feed, signals.arena),
	    .issued_ms = now_ms,
	    .fetched_ms = now_ms,
	    .expires_ms = tcs_said_expires_ms(now_ms),
	    .is_end = is_end,
	};
	err = tcs_publish_system(step, feed, &signals, &text,
	    last->identifier == NULL ? NULL : last);
	if (err == TCS_OK)
		err = tcs_feed_state_announce(state, state->state,
		    is_end ? NULL : &signals.items[signals.n - 1]);
	tcs_signals_fini(&signals);
	return err;
}

static void
settle_log(const struct tcs_feed *feed, enum tcs_source_state previous)
{
	const struct tcs_feed_state *state = &feed->state;
	bool is_well = state->state == TCS_SOURCE_FRESH ||
	               state->state == TCS_SOURCE_STARTING;

	tcs_log(is_well ? TCS_LOG_INFO : TCS_LOG_WARNING, "feed.state",
	    "feed=%s state=%s previous=%s reason=\"%s\"", feed->conf->name,
	    tcs_source_word(state->state), tcs_source_word(previous),
	    state->reason == NULL ? "" : state->reason);
}

/* STARTING is never said, nor the first FRESH after it. */
static enum tcs_err
settle_change(struct tcs_feed *feed, struct tcs_step *step,
    const struct tcs_watch_facts *facts, int64_t now_ms)
{
	struct tcs_feed_state *state = &feed->state;
	enum tcs_source_state previous = state->state;
	enum tcs_err err = TCS_OK;

	state->state = tcs_watch_state(facts, now_ms);
	if (state->state != TCS_SOURCE_STARTING &&
	    (state->state != state->announced ||
	        tcs_said_is_ending(&state->announced_last, now_ms)))
		err = settle_say(feed, step, now_ms);
	if (state->state != previous || state->since_ms == TCS_NO_TIME)
		state->since_ms = now_ms;
	if (err == TCS_OK && state->state != previous) {
		settle_log(feed, previous);
		err = tcs_publish_health(step, feed, previous, now_ms);
	}
	return err;
}

/* Set a JSON value as the field "<feed>|<name>" of src:feeds. Takes `json`. */
static enum tcs_err
settle_store(struct tcs_feed *feed, struct tcs_step *step, json_t *json)
{
	struct tcs_buf value, field;

	if (json == NULL)
		return TCS_ENOMEM;
	tcs_buf_init(&value, TCS_RECORD_MAX);
	tcs_buf_init(&field, 256);
	tcs_json_write(&value, json);
	tcs_buf_printf(&field, "%s|state", feed->conf->name);
	json_decref(json);
	enum tcs_err err = value.err != TCS_OK ? value.err : field.err;
	if (err == TCS_OK)
		tcs_step_hset(step, "src:feeds", field.p, tcs_buf_view(&value));
	tcs_buf_fini(&field);
	tcs_buf_fini(&value);
	return err;
}

static enum tcs_err
settle_timers(struct tcs_feed *feed, struct tcs_step *step,
    const struct tcs_watch_facts *facts, int64_t now_ms)
{
	int64_t next_ms = tcs_watch_next(facts, now_ms);
	struct tcs_buf name;

	tcs_buf_init(&name, 256);
	tcs_buf_printf(&name, "%s|watch", feed->conf->name);
	enum tcs_err err = name.err;
	if (err == TCS_OK && next_ms == TCS_NO_TIME)
		tcs_worker_timer_clear(feed->unit, step, name.p);
	else if (err == TCS_OK)
		tcs_worker_timer_set(feed->unit, step, name.p, next_ms);
	tcs_buf_fini(&name);
	return err;
}

enum tcs_err
tcs_feed_settle(struct tcs_feed *feed, struct tcs_step *step, int64_t now_ms)
{
	const struct tcs_watch_facts facts = settle_facts(feed);
	enum tcs_err err = settle_change(feed, step, &facts, now_ms);

	if (err == TCS_OK)
		err = tcs_alarm_settle(feed, step, now_ms);
	if (err == TCS_OK)
		err = settle_timers(feed, step, &facts, now_ms);
	if (err == TCS_OK)
		err = settle_store(feed, step,
		    tcs_feed_state_to_json(
		        &feed->state, feed->ops, feed->url, feed->picture));
	return err;
}

#include "collectors/state.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/readings.h"
#include "core/arena.h"
#include "core/clock.h"

enum {
	STATE_VALIDATOR_MAX = 512,
	STATE_REASON_MAX = 300,
	STATE_ID_MAX = 4096,
	STATE_ALARMS_MAX = 128,
};

void
tcs_feed_state_init(struct tcs_feed_state *state)
{
	*state = (struct tcs_feed_state){
	    .state = TCS_SOURCE_STARTING,
	    .announced = TCS_SOURCE_FRESH,
	    .fetched_ms = TCS_NO_TIME,
	    .answered_ms = TCS_NO_TIME,
	    .next_poll_ms = TCS_NO_TIME,
	    .since_ms = TCS_NO_TIME,
	};
}

static void
state_free(const char **text)
{
	free((void *)(uintptr_t)*text);
	*text = NULL;
}

static void
state_forget_last(struct tcs_last *last)
{
	state_free(&last->departement);
	state_free(&last->identifier);
	state_free(&last->reference);
	state_free(&last->trace);
}

void
tcs_feed_state_fini(struct tcs_feed_state *state)
{
	free(state->reason);
	free(state->cause);
	free(state->etag);
	free(state->last_modified);
	free(state->cursor);
	state_forget_last(&state->announced_last);
	for (size_t i = 0; i < state->alarms_n; i++)
		state_forget_last(&state->alarms[i]);
	free(state->alarms);
	*state = (struct tcs_feed_state){0};
}

void
tcs_feed_state_text(char **text, const char *value, size_t max)
{
	bool is_kept =
	    value != NULL && value[0] != '\0' && strlen(value) <= max;

	free(*text);
	*text = is_kept ? strdup(value) : NULL;
}

void
tcs_feed_state_reason(struct tcs_feed_state *state, const char *reason)
{
	free(state->reason);
	state->reason = reason == NULL || reason[0] == '\0'
	                    ? NULL
	                    : strndup(reason, STATE_REASON_MAX);
	if (state->reason != NULL)
		tcs_text_clean(state->reason);
}

static enum tcs_err
state_copy_last(struct tcs_last *to, const struct tcs_last *from)
{
	struct tcs_last copy = {
	    .departement = strdup(from->departement),
	    .identifier = strdup(from->identifier),
	    .reference = strdup(from->reference),
	    .trace = strdup(from->trace),
	    .expires_ms = from->expires_ms,
	};

	if (copy.departement == NULL || copy.identifier == NULL ||
	    copy.reference == NULL || copy.trace == NULL) {
		state_forget_last(&copy);
		return TCS_ENOMEM;
	}
	state_forget_last(to);
	*to = copy;
	return TCS_OK;
}

enum tcs_err
tcs_feed_state_announce(struct tcs_feed_state *state,
    enum tcs_source_state announced, const struct tcs_new_signal *signal)
{
	struct tcs_arena *arena;
	struct tcs_last last;

	if (signal == NULL) {
		state_forget_last(&state->announced_last);
		state->announced = announced;
		return TCS_OK;
	}
	arena = tcs_arena_new(STATE_ID_MAX);
	if (arena == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = tcs_signal_to_last(arena, signal, &last);
	if (err == TCS_OK)
		err = state_copy_last(&state->announced_last, &last);
	if (err == TCS_OK)
		state->announced = announced;
	tcs_arena_free(&arena);
	return err;
}

static struct tcs_last *
state_find_alarm(const struct tcs_feed_state *state, const char *departement)
{
	for (size_t i = 0; i < state->alarms_n; i++) {
		if (strcmp(state->alarms[i].departement, departement) == 0)
			return &state->alarms[i];
	}
	return NULL;
}

const struct tcs_last *
tcs_feed_state_alarmed(
    const struct tcs_feed_state *state, const char *departement)
{
	return state_find_alarm(state, departement);
}

static enum tcs_err
state_keep_alarm(struct tcs_feed_state *state, const struct tcs_last *last)
{
	struct tcs_last *at = state_find_alarm(state, last->departement);

	if (at != NULL)
		return state_copy_last(at, last);
	if (state->alarms_n == STATE_ALARMS_MAX)
		return TCS_ELIMIT;
	struct tcs_last *alarms =
	    reallocarray(state->alarms, state->alarms_n + 1, sizeof(*alarms));
	if (alarms == NULL)
		return TCS_ENOMEM;
	state->alarms = alarms;
	alarms[state->alarms_n] = (struct tcs_last){0};
	enum tcs_err err = state_copy_last(&alarms[state->alarms_n], last);
	if (err == TCS_OK)
		state->alarms_n++;
	return err;
}

static void
state_drop_alarm(struct tcs_feed_state *state, const char *departement)
{
	struct tcs_last *at = state_find_alarm(state, departement);

	if (at == NULL)
		return;
	state_forget_last(at);
	*at = state->alarms[--state->alarms_n];
}

enum tcs_err
tcs_feed_state_alarm(struct tcs_feed_state *state, const char *departement,
    const struct tcs_new_signal *signal)
{
	struct tcs_last last;

	if (signal == NULL) {
		state_drop_alarm(state, departement);
		return TCS_OK;
	}
	struct tcs_arena *arena = tcs_arena_new(STATE_ID_MAX);
	if (arena == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = tcs_signal_to_last(arena, signal, &last);
	if (err == TCS_OK)
		err = state_keep_alarm(state, &last);
	tcs_arena_free(&arena);
	return err;
}

/* ---- as the store keeps it ---- */

/* A time that is not known is left out. */
static bool
state_set_time(json_t *json, const char *member, int64_t ms)
{
	return ms == TCS_NO_TIME || tcs_json_set_i64(json, member, ms);
}

static bool
state_set_bool(json_t *json, const char *member, bool value)
{
	return json_object_set_new(json, member, json_boolean(value)) == 0;
}

static bool
state_set_announced(json_t *json, const struct tcs_feed_state *state)
{
	const struct tcs_last *last = &state->announced_last;

	return tcs_json_set_str(
	           json, "announced", tcs_source_word(state->announced)) &&
	       tcs_json_set_str(
	           json, "announced_identifier", last->identifier) &&
	       tcs_json_set_str(json, "announced_reference", last->reference) &&
	       (last->identifier == NULL ||
	           tcs_json_set_i64(
	               json, "announced_expires_ms", last->expires_ms)) &&
	       tcs_json_set_str(json, "announced_trace", last->trace);
}

static bool
state_set_alarms(json_t *json, const struct tcs_feed_state *state)
{
	json_t *alarms;

	if (state->alarms_n == 0)
		return true;
	alarms = json_array();
	/* "Set new" takes its value also when it fails. */
	if (json_object_set_new(json, "alarms", alarms) != 0)
		return false;
	for (size_t i = 0; i < state->alarms_n; i++) {
		if (json_array_append_new(
		        alarms, tcs_last_to_json(&state->alarms[i])) != 0)
			return false;
	}
	return tcs_json_set_str(
	    json, "alarmed", tcs_source_word(state->alarmed));
}

static enum tcs_err
state_get_alarms(struct tcs_feed_state *state, const json_t *json)
{
	const json_t *alarms = json_object_get(json, "alarms");
	struct tcs_arena *arena = tcs_arena_new(1 << 20);
	enum tcs_err err = arena == NULL ? TCS_ENOMEM : TCS_OK;

	(void)tcs_source_parse(
	    tcs_json_str(json, "alarmed", "fresh"), &state->alarmed);
	for (size_t i = 0; err == TCS_OK && i < json_array_size(alarms); i++) {
		struct tcs_last last;
		err =
		    tcs_last_from_json(arena, json_array_get(alarms, i), &last)
		        ? state_keep_alarm(state, &last)
		        : TCS_EPARSE;
	}
	tcs_arena_free(&arena);
	return err;
}

static bool
state_set_polling(json_t *json, const struct tcs_feed_state *state)
{
	return state_set_time(json, "fetched_ms", state->fetched_ms) &&
	       state_set_time(json, "answered_ms", state->answered_ms) &&
	       state_set_time(json, "next_poll_ms", state->next_poll_ms) &&
	       tcs_json_set_i64(json, "failures", state->failures) &&
	       tcs_json_set_i64(json, "older", state->older) &&
	       state_set_bool(json, "is_limited", state->is_limited) &&
	       tcs_json_set_i64(json, "refusal", state->refusal) &&
	       tcs_json_set_str(json, "etag", state->etag) &&
	       tcs_json_set_str(json, "last_modified", state->last_modified) &&
	       tcs_json_set_str(json, "head", state->head_hash) &&
	       tcs_json_set_str(json, "cursor", state->cursor) &&
	       tcs_json_set_str(json, "aside", state->aside) &&
	       tcs_json_set_i64(json, "aside_refusal", state->aside_refusal) &&
	       (!state->pending.is_set || tcs_json_set_i64(json, "pending_ms",
	                                      state->pending.issued_ms)) &&
	       state_set_bool(json, "is_held", state->is_held);
}

json_t *
tcs_feed_state_to_json(const struct tcs_feed_state *state,
    const struct tcs_feed_ops *ops, const char *url,
    const struct tcs_picture *picture)
{
	json_t *json = json_object();

	if (json == NULL || !tcs_json_set_str(json, "driver", ops->name) ||
	    !tcs_json_set_str(json, "source", ops->source) ||
	    !tcs_json_set_str(json, "url", url) ||
	    !tcs_json_set_str(json, "state", tcs_source_word(state->state)) ||
	    !tcs_json_set_str(json, "reason", state->reason) ||
	    !tcs_json_set_str(json, "cause", state->cause) ||
	    !state_set_time(json, "since_ms", state->since_ms) ||
	    !state_set_announced(json, state) ||
	    !state_set_alarms(json, state) || !state_set_polling(json, state) ||
	    !tcs_picture_head_to_json(picture, json) ||
	    json_object_set_new(json, "levels", tcs_picture_levels(picture)) !=
	        0) {
		json_decref(json);
		return NULL;
	}
	return json;
}

static enum tcs_refusal
state_get_refusal(const json_t *json, const char *member)
{
	int64_t value = tcs_json_i64(json, member, TCS_REFUSAL_NONE);

	return value >= TCS_REFUSAL_NONE && value <= TCS_REFUSAL_STALE
	           ? (enum tcs_refusal)value
	           : TCS_REFUSAL_NONE;
}

static enum tcs_err
state_get_announced(struct tcs_feed_state *state, const json_t *json)
{
	const struct tcs_last last = {
	    .departement = "FR",
	    .identifier = tcs_json_str(json, "announced_identifier", NULL),
	    .reference = tcs_json_str(json, "announced_reference", NULL),
	    .trace = tcs_json_str(json, "announced_trace", NULL),
	    .expires_ms = tcs_json_i64(json, "announced_expires_ms", 0),
	};

	if (last.identifier == NULL || last.reference == NULL ||
	    last.trace == NULL)
		return TCS_OK;
	return state_copy_last(&state->announced_last, &last);
}

enum tcs_err
tcs_feed_state_from_json(struct tcs_feed_state *state,
    struct tcs_picture *picture, const json_t *json)
{
	const char *aside = tcs_json_str(json, "aside", "");
	const char *head = tcs_json_str(json, "head", "");

	if (!json_is_object(json) ||
	    !tcs_source_parse(tcs_json_str(json, "state", ""), &state->state) ||
	    !tcs_source_parse(
	        tcs_json_str(json, "announced", ""), &state->announced))
		return TCS_EPARSE;
	tcs_feed_state_reason(state, tcs_json_str(json, "reason", NULL));
	tcs_feed_state_text(
	    &state->cause, tcs_json_str(json, "cause", NULL), STATE_REASON_MAX);
	tcs_feed_state_text(&state->etag, tcs_json_str(json, "etag", NULL),
	    STATE_VALIDATOR_MAX);
	tcs_feed_state_text(&state->last_modified,
	    tcs_json_str(json, "last_modified", NULL), STATE_VALIDATOR_MAX);
	tcs_feed_state_text(&state->cursor, tcs_json_str(json, "cursor", NULL),
	    STATE_VALIDATOR_MAX);
	state->fetched_ms = tcs_json_i64(json, "fetched_ms", TCS_NO_TIME);
	state->answered_ms = tcs_json_i64(json, "answered_ms", TCS_NO_TIME);
	state->next_poll_ms = tcs_json_i64(json, "next_poll_ms", TCS_NO_TIME);
	state->failures = (unsigned)tcs_json_i64(json, "failures", 0);
	state->older = (unsigned)tcs_json_i64(json, "older", 0);
	state->is_limited = tcs_json_bool(json, "is_limited", false);
	state->refusal = state_get_refusal(json, "refusal");
	state->aside_refusal = state_get_refusal(json, "aside_refusal");
	if (strlen(head) == TCS_DIGEST_HEX - 1)
		memcpy(state->head_hash, head, TCS_DIGEST_HEX);
	if (strlen(aside) == TCS_DIGEST_HEX - 1)
		memcpy(state->aside, aside, TCS_DIGEST_HEX);
	state->pending = (struct tcs_pending){
	    .is_set = json_object_get(json, "pending_ms") != NULL,
	    .issued_ms = tcs_json_i64(json, "pending_ms", 0)};
	state->is_held = tcs_json_bool(json, "is_held", false);
	state->since_ms = tcs_json_i64(json, "since_ms", TCS_NO_TIME);
	tcs_picture_head_from_json(picture, json);
	enum tcs_err err = state_get_announced(state, json);
	return err == TCS_OK ? state_get_alarms(state, json) : err;
}

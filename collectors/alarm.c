#include "collectors/alarm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/collector.h"
#include "collectors/publish.h"
#include "collectors/wording.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/level.h"

enum {
	ALARM_RANKS = 5,
	ALARM_DEPARTEMENTS_MAX = 128,
	ALARM_ZONES_MAX = 40 /* named */
};

/* Our départements with something at orange or more; borrowed. */
struct alarm_places {
	const char *items[ALARM_DEPARTEMENTS_MAX];
	size_t n;
};

static bool
alarm_is_high(const struct tcs_zone *zone)
{
	const char *severity = tcs_level_severity(zone->level);

	/* Not the rank: 3 of 5 is common all winter in the mountains. */
	return zone->kind == TCS_READING_LEVEL &&
	       (strcmp(severity, "Severe") == 0 ||
	           strcmp(severity, "Extreme") == 0);
}

static bool
alarm_is_of(const struct tcs_zone *zone, const char *departement)
{
	for (const char *const *d = zone->departements; *d != NULL; d++) {
		if (strcmp(*d, departement) == 0)
			return true;
	}
	return false;
}

static bool
alarm_stands(const struct tcs_picture *picture, const char *departement)
{
	for (size_t i = 0; i < picture->n; i++) {
		const struct tcs_zone *zone = &picture->zones[i];
		if (alarm_is_high(zone) && alarm_is_of(zone, departement))
			return true;
	}
	return false;
}

/* Of the observatory alone: a national map is orange somewhere on most days,
 * and others watch there. */
static void
alarm_collect(const struct tcs_feed *feed, struct alarm_places *places)
{
	const struct tcs_strings *ours =
	    &feed->collector->conf->observatory.departements;

	for (size_t i = 0; i < ours->n && places->n < ALARM_DEPARTEMENTS_MAX;
	     i++) {
		if (alarm_stands(feed->picture, ours->items[i]))
			places->items[places->n++] = ours->items[i];
	}
}

/* In these what was read last says nothing of now. LATE is not among them: a
 * bulletin that is half an hour late still holds. */
static bool
alarm_is_blind(enum tcs_source_state state)
{
	return state == TCS_SOURCE_FROZEN || state == TCS_SOURCE_RESHAPED ||
	       state == TCS_SOURCE_EXPIRED || state == TCS_SOURCE_SILENT ||
	       state == TCS_SOURCE_LIMITED;
}

static const char *
alarm_zones(const struct tcs_feed *feed, struct tcs_arena *arena,
    const char *departement)
{
	struct tcs_buf buf;
	size_t n = 0;

	tcs_buf_init(&buf, 32768);
	/* Gravest first. */
	for (size_t i = 0; i < feed->picture->n * (size_t)ALARM_RANKS; i++) {
		const struct tcs_zone *zone =
		    &feed->picture->zones[i % feed->picture->n];
		int rank = ALARM_RANKS - (int)(i / feed->picture->n);
		const char *words = tcs_level_words(zone->level);
		if (alarm_is_high(zone) && alarm_is_of(zone, departement) &&
		    tcs_level_rank(zone->level) == rank &&
		    n++ < ALARM_ZONES_MAX)
			tcs_buf_printf(&buf, "\n%s (%s) : %s%s %s", zone->name,
			    zone->zone,
			    words == zone->level ? "vigilance " : "",
			    zone->phenomenon, words);
	}
	if (n > ALARM_ZONES_MAX)
		tcs_buf_printf(&buf, "\net %zu autres", n - ALARM_ZONES_MAX);
	const char *text =
	    buf.err == TCS_OK ? tcs_arena_dup(arena, tcs_buf_view(&buf)) : NULL;
	tcs_buf_fini(&buf);
	return text;
}

/* Why the source cannot be read is in the source's own signal: it means nothing
 * to a commune. */
static const char *
alarm_description(const struct tcs_feed *feed, struct tcs_arena *arena,
    const char *departement, bool is_end)
{
	const struct tcs_feed_state *state = &feed->state;
	int64_t issued_ms = feed->picture->document.issued_ms;
	char issued[TCS_TIME_TEXT], answered[TCS_TIME_TEXT];

	if (is_end)
		return tcs_arena_printf(arena,
		    "%s est de nouveau lue. Son état actuel fait l'objet de "
		    "ses propres messages.",
		    feed->origin.source_name);
	const char *zones = alarm_zones(feed, arena, departement);
	if (zones == NULL)
		return NULL;
	return tcs_arena_printf(arena,
	    "%s : %s. Dernière réponse exploitable : %s.\n"
	    "Dernier état connu, %s%s :%s\n"
	    "Le niveau actuel n'est pas connu : ce n'est pas un retour au "
	    "vert.",
	    feed->origin.source_name, tcs_source_french(state->state),
	    state->answered_ms == TCS_NO_TIME
	        ? "aucune"
	        : tcs_time_french(state->answered_ms, answered),
	    issued_ms == TCS_NO_TIME ? "sans heure de publication"
	                             : "publié le ",
	    issued_ms == TCS_NO_TIME ? "" : tcs_time_french(issued_ms, issued),
	    zones);
}

static const char *
alarm_headline(const struct tcs_feed *feed, const char *departement,
    bool is_end, struct tcs_arena *arena)
{
	const char *form =
	    !is_end ? "n'est plus lue alors qu'une vigilance orange ou rouge "
	              "est en cours"
	    : alarm_stands(feed->picture, departement)
	        ? "de nouveau lue, vigilance orange ou rouge en cours"
	        : "de nouveau lue, plus de vigilance orange ni rouge";

	return tcs_arena_printf(
	    arena, "%s %s (%s)", feed->origin.source_name, form, departement);
}

static enum tcs_err
alarm_say(struct tcs_feed *feed, struct tcs_step *step, const char *departement,
    const struct tcs_last *follows, int64_t now_ms)
{
	bool is_end = !alarm_is_blind(feed->state.state);
	struct tcs_signals signals;
	enum tcs_err err = tcs_signals_init(&signals);

	if (err != TCS_OK)
		return err;
	const struct tcs_system_text text = {.departement = departement,
	    .phenomenon = "source-sous-vigilance",
	    .level = TCS_ALARM_LEVEL,
	    .headline =
	        alarm_headline(feed, departement, is_end, signals.arena),
	    .description =
	        alarm_description(feed, signals.arena, departement, is_end),
	    .issued_ms = now_ms,
	    .fetched_ms = now_ms,
	    .expires_ms = tcs_said_expires_ms(now_ms),
	    .is_end = is_end};
	err = tcs_publish_system(step, feed, &signals, &text, follows);
	if (err == TCS_OK)
		err = tcs_feed_state_alarm(&feed->state, departement,
		    is_end ? NULL : &signals.items[signals.n - 1]);
	tcs_signals_fini(&signals);
	return err;
}

/* Those that were said end when the source is fresh; LATE and STARTING leave
 * them as they are. */
static enum tcs_err
alarm_end(struct tcs_feed *feed, struct tcs_step *step, int64_t now_ms)
{
	struct tcs_feed_state *state = &feed->state;
	enum tcs_err err = TCS_OK;

	while (err == TCS_OK && state->alarms_n > 0) {
		struct tcs_last last = state->alarms[state->alarms_n - 1];
		char departement[8];
		(void)snprintf(
		    departement, sizeof(departement), "%s", last.departement);
		err = alarm_say(feed, step, departement, &last, now_ms);
	}
	return err;
}

enum tcs_err
tcs_alarm_settle(struct tcs_feed *feed, struct tcs_step *step, int64_t now_ms)
{
	struct tcs_feed_state *state = &feed->state;
	struct alarm_places places = {.n = 0};
	enum tcs_err err = TCS_OK;

	if (state->state == TCS_SOURCE_FRESH)
		return alarm_end(feed, step, now_ms);
	if (!alarm_is_blind(state->state))
		return TCS_OK;
	alarm_collect(feed, &places);
	for (size_t i = 0; err == TCS_OK && i < places.n; i++) {
		const struct tcs_last *last =
		    tcs_feed_state_alarmed(state, places.items[i]);
		if (last == NULL || state->alarmed != state->state ||
		    tcs_said_is_ending(last, now_ms))
			err = alarm_say(
			    feed, step, places.items[i], last, now_ms);
	}
	state->alarmed = state->state;
	return err;
}

/* state.c - what messages say of each place, and which of it holds.
 *
 * A zone is one matter in one place. What it is known by must be the same in
 * every message about it: another Tocsin's own zone; MeteoAlarm's type, for
 * its messages refer to none before them; else the first message of the
 * chain. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collectors/feeds/cap/cap.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/fold.h"
#include "core/level.h"

enum {
	STATE_PLACES_MAX = 120, /* of one area */
	STATE_PERIODS_MAX = 8,  /* of one zone that are told */
	STATE_LEVEL_MAX = 24,
	STATE_ZONE_MAX = 44,
};

/* A recording is read as of its time. */
#define STATE_RECORDED_MS TCS_DAYS(3)

struct state_run {
	struct cap_run *run;
	struct cap_state *states; /* owned, n of them */
	size_t n, cap;
	int64_t now_ms;
};

/* ---- what a message says ---- */

static bool
state_has_prefix(const char *text, const char *prefix)
{
	return text != NULL && strncasecmp(text, prefix, strlen(prefix)) == 0;
}

/* The language of the infos that are read: French, else English, else that of
 * the first. */
static const char *
state_language(const struct tcs_cap *cap)
{
	const char *english = NULL;

	for (const struct tcs_cap_info *info = cap->infos; info != NULL;
	     info = info->next) {
		if (state_has_prefix(info->language, "fr"))
			return info->language;
		if (english == NULL &&
		    (info->language == NULL ||
		        state_has_prefix(info->language, "en")))
			english =
			    info->language == NULL ? "en-US" : info->language;
	}
	if (english != NULL)
		return english;
	return cap->infos == NULL ? "" : cap->infos->language;
}

static bool
state_is_read(const struct tcs_cap_info *info, const char *language)
{
	return strcasecmp(info->language == NULL ? "en-US" : info->language,
	           language) == 0;
}

/* A level that has a scale keeps it: "vigicrues:orange". */
static const char *
state_foreign_level(const char *level)
{
	const char *colon = strrchr(level, ':');

	return strlen(level) <= STATE_LEVEL_MAX || colon == NULL ? level
	                                                         : colon + 1;
}

static void
state_level(struct cap_state *s)
{
	static const struct {
		const char *severity, *level;
	} severities[] = {{"Minor", "minor"}, {"Moderate", "moderate"},
	    {"Severe", "severe"}, {"Extreme", "extreme"}, {"Unknown", "none"}};
	const struct tcs_cap_value *params = s->info->parameters;
	const char *level = tcs_cf_value(params, "tocsin:level");
	const char *awareness = tcs_cf_value(params, "awareness_level");

	s->level = TCS_LEVEL_UNKNOWN;
	if (level != NULL) {
		s->level = state_foreign_level(level);
		return;
	}
	if (awareness != NULL) {
		const char *colour = tcs_cf_colour(awareness);
		s->level = colour == NULL ? TCS_LEVEL_UNKNOWN : colour;
		return;
	}
	s->is_severity = true;
	for (size_t i = 0; i < sizeof(severities) / sizeof(severities[0]);
	     i++) {
		if (strcmp(severities[i].severity, s->info->severity) == 0)
			s->level = severities[i].level;
	}
}

static void
state_phenomenon(struct cap_state *s)
{
	const struct tcs_cap_value *params = s->info->parameters;
	const char *own = tcs_cf_value(params, "tocsin:phenomenon");
	const char *type = tcs_cf_value(params, "awareness_type");

	s->phenomenon = "alerte";
	if (own != NULL)
		s->phenomenon = own;
	else if (tcs_cf_phenomenon(type) != NULL)
		s->phenomenon = tcs_cf_phenomenon(type);
	s->is_period = own == NULL && type != NULL;
}

/* ---- zones ---- */

static const char *
state_hash(struct tcs_arena *arena, const char *kind, const char *a,
    const char *b, const char *c)
{
	const struct tcs_slice parts[] = {tcs_slice_str(kind), tcs_slice_str(a),
	    tcs_slice_str(b), tcs_slice_str(c)};
	char hex[TCS_DIGEST_HEX];

	(void)tcs_digest_parts(parts, 4, hex);
	return tcs_arena_dup(arena, tcs_slice(hex, 16));
}

/* Of a département its code, of another place its name. */
static const char *
state_place(struct tcs_arena *arena, const struct cap_state *s)
{
	struct tcs_buf name;

	if (s->place.departement != NULL)
		return s->place.departement;
	if (!s->is_period || s->place.name == NULL)
		return "";
	tcs_buf_init(&name, CAP_KEY_MAX);
	tcs_fold(tcs_slice_str(s->place.name), &name);
	const char *copy = tcs_arena_dup(arena, tcs_buf_view(&name));
	tcs_buf_fini(&name);
	return copy == NULL ? s->place.name : copy;
}

static const char *
state_zone(struct tcs_arena *arena, const struct cap_state *s, unsigned nth)
{
	const struct tcs_cap_value *params = s->info->parameters;
	const char *source = tcs_cf_value(params, "tocsin:source");
	const char *zone = tcs_cf_value(params, "tocsin:zone");
	const char *place = state_place(arena, s);
	char order[16];

	if (source != NULL && zone != NULL) {
		bool is_short = strlen(zone) + strlen(place) < STATE_ZONE_MAX;
		if (!is_short)
			zone = state_hash(arena, "tocsin", source, zone, "");
		return zone == NULL ? NULL
		                    : tcs_arena_printf(arena, "%s%s%s", zone,
		                          place[0] == '\0' ? "" : ".", place);
	}
	if (s->is_period)
		return state_hash(
		    arena, "type", s->alert->cap->sender, s->phenomenon, place);
	(void)snprintf(order, sizeof(order), "%u", nth);
	return state_hash(arena, "chain", s->alert->root, order, place);
}

/* ---- all states ---- */

static enum tcs_err
state_add(struct state_run *r, const struct cap_state *state, unsigned nth)
{
	if (r->n == CAP_STATES_MAX) {
		r->run->is_over = true;
		return TCS_OK;
	}
	if (r->n == r->cap) {
		size_t cap = r->cap == 0 ? 256 : 2 * r->cap;
		struct cap_state *grown =
		    realloc(r->states, cap * sizeof(*grown));
		if (grown == NULL)
			return TCS_ENOMEM;
		r->states = grown;
		r->cap = cap;
	}
	struct cap_state *to = &r->states[r->n];
	*to = *state;
	to->order = r->n;
	to->zone = state_zone(r->run->arena, to, nth);
	if (to->zone == NULL)
		return TCS_ENOMEM;
	r->n++;
	return TCS_OK;
}

static enum tcs_err
state_of_area(struct state_run *r, struct cap_state *s, unsigned nth)
{
	struct cap_place places[STATE_PLACES_MAX];
	size_t n = tcs_cf_places(s->area, places, STATE_PLACES_MAX);
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; err == TCS_OK && i < n; i++) {
		s->place = places[i];
		err = state_add(r, s, nth);
	}
	return err;
}

static enum tcs_err
state_of_info(struct state_run *r, const struct cap_alert *alert,
    const struct tcs_cap_info *info, unsigned nth)
{
	struct cap_state s = {.alert = alert,
	    .info = info,
	    .from_ms = info->onset_ms != TCS_NO_TIME ? info->onset_ms
	                                             : info->effective_ms,
	    .to_ms = info->expires_ms};
	enum tcs_err err = TCS_OK;

	state_level(&s);
	state_phenomenon(&s);
	s.is_cancel = strcmp(alert->cap->msg_type, "Cancel") == 0;
	s.is_end = s.is_cancel || tcs_cf_has_response(info, "AllClear") ||
	           (s.is_period && strcmp(s.level, "vert") == 0);
	if (info->areas == NULL)
		return state_add(r, &s, nth);
	for (const struct tcs_cap_area *area = info->areas;
	     err == TCS_OK && area != NULL; area = area->next) {
		s.area = area;
		err = state_of_area(r, &s, nth);
	}
	return err;
}

static enum tcs_err
state_of_alert(struct state_run *r, const struct cap_alert *alert)
{
	const char *language = state_language(alert->cap);
	enum tcs_err err = TCS_OK;
	unsigned nth = 0;

	for (const struct tcs_cap_info *info = alert->cap->infos;
	     err == TCS_OK && info != NULL; info = info->next) {
		if (state_is_read(info, language))
			err = state_of_info(r, alert, info, nth++);
	}
	return err;
}

static int
state_gravity(const struct cap_state *s)
{
	int rank = tcs_level_rank(s->level);

	return rank == TCS_RANK_UNKNOWN ? 3 : 2 * rank;
}

/* By zone; the newest first, of one time the gravest; of one message its areas
 * together. */
static int
state_order(const void *a, const void *b)
{
	const struct cap_state *x = a, *y = b;
	int order = strcmp(x->zone, y->zone);

	if (order == 0)
		order = strcmp(x->phenomenon, y->phenomenon);
	if (order != 0)
		return order;
	if (x->alert->cap->sent_ms != y->alert->cap->sent_ms)
		return x->alert->cap->sent_ms > y->alert->cap->sent_ms ? -1 : 1;
	if (state_gravity(x) != state_gravity(y))
		return state_gravity(y) - state_gravity(x);
	if (x->alert != y->alert)
		return x->alert->at > y->alert->at ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/* ---- which of them hold ---- */

static bool
state_overlaps(const struct cap_state *a, const struct cap_state *b)
{
	/* A lifting begins after it expires: it ends what began before. */
	int64_t from_ms =
	    a->is_end && a->from_ms >= a->to_ms ? INT64_MIN : a->from_ms;

	return (a->to_ms == TCS_NO_TIME || b->from_ms == TCS_NO_TIME ||
	           b->from_ms < a->to_ms) &&
	       (b->to_ms == TCS_NO_TIME || from_ms < b->to_ms);
}

static int
state_by_time(const void *a, const void *b)
{
	const struct cap_state *const *x = a, *const *y = b;

	return (*x)->from_ms < (*y)->from_ms ? -1
	                                     : (*x)->from_ms > (*y)->from_ms;
}

/* The newest of a chain, in a place that it may have left out. */
static enum tcs_err
state_chain(struct state_run *r, const struct cap_state *newest)
{
	struct cap_state state = *newest;

	if (newest->alert->is_passed) {
		state.is_end = true;
		state.is_cancel = newest->alert->is_cancelled;
	}
	return tcs_cf_emit(r->run, &state, NULL, 0);
}

/* A newer message replaces what it overlaps. Several periods of one matter, as
 * today and tomorrow, are one: the gravest names it. */
static enum tcs_err
state_periods(
    struct state_run *r, const struct cap_state *const *states, size_t n)
{
	const struct cap_state *kept[STATE_PERIODS_MAX];
	const struct cap_state *told[STATE_PERIODS_MAX];
	size_t kept_n = 0, told_n = 0;

	for (size_t i = 0; i < n && kept_n < STATE_PERIODS_MAX; i++) {
		bool is_passed = states[i]->alert->is_passed;
		for (size_t k = 0; k < kept_n && !is_passed; k++)
			is_passed = state_overlaps(kept[k], states[i]);
		if (!is_passed)
			kept[kept_n++] = states[i];
	}
	const struct cap_state *gravest = NULL;
	for (size_t k = 0; k < kept_n; k++) {
		const struct cap_state *s = kept[k];
		if (s->is_end ||
		    (s->to_ms != TCS_NO_TIME && s->to_ms <= r->now_ms))
			continue;
		told[told_n++] = s;
		if (gravest == NULL ||
		    state_gravity(s) > state_gravity(gravest))
			gravest = s;
	}
	if (told_n > 1)
		qsort(told, told_n, sizeof(struct cap_state *), state_by_time);
	if (gravest != NULL)
		return tcs_cf_emit(r->run, gravest, told, told_n);
	/* All is over: what was said last stays as it is, or its end. */
	return state_chain(r, kept_n > 0 ? kept[0] : states[0]);
}

static bool
state_is_same_zone(const struct cap_state *a, const struct cap_state *b)
{
	return strcmp(a->zone, b->zone) == 0 &&
	       strcmp(a->phenomenon, b->phenomenon) == 0;
}

static enum tcs_err
state_group(struct state_run *r, size_t from, size_t to)
{
	const struct cap_state **states = tcs_arena_alloc(
	    r->run->arena, (to - from) * sizeof(struct cap_state *));
	size_t n = 0;

	if (states == NULL)
		return TCS_ENOMEM;
	struct cap_state *last = NULL;
	for (size_t i = from; i < to; i++) {
		struct cap_state *s = &r->states[i];
		bool is_also = last != NULL && s->alert == last->alert &&
		               s->info == last->info;
		if (is_also) { /* one more area of the same */
			last->also = s;
		} else {
			states[n++] = s;
		}
		last = s;
	}
	return states[0]->is_period ? state_periods(r, states, n)
	                            : state_chain(r, states[0]);
}

/* Now, or when a recording was made. */
static int64_t
state_now(const struct cap_run *run)
{
	int64_t newest_ms = TCS_NO_TIME;

	for (size_t i = 0; i < run->n; i++) {
		if (run->alerts[i].cap->sent_ms > newest_ms)
			newest_ms = run->alerts[i].cap->sent_ms;
	}
	return newest_ms == TCS_NO_TIME ||
	               run->fetched_ms - newest_ms < STATE_RECORDED_MS
	           ? run->fetched_ms
	           : newest_ms;
}

enum tcs_err
tcs_cf_states(struct cap_run *run)
{
	struct state_run r = {.run = run, .now_ms = state_now(run)};
	enum tcs_err err = tcs_cf_chain(run);

	for (size_t i = 0; err == TCS_OK && i < run->n; i++) {
		const struct cap_alert *alert = &run->alerts[i];
		err = state_of_alert(&r, alert);
		if (alert->cap->infos == NULL && !alert->is_linked &&
		    strcmp(alert->cap->msg_type, "Cancel") == 0)
			run->orphans++;
	}
	if (err == TCS_OK && r.n > 1)
		qsort(r.states, r.n, sizeof(r.states[0]), state_order);
	for (size_t from = 0, to; err == TCS_OK && from < r.n; from = to) {
		for (to = from + 1;
		     to < r.n &&
		     state_is_same_zone(&r.states[from], &r.states[to]);)
			to++;
		err = state_group(&r, from, to);
	}
	free(r.states);
	return err;
}

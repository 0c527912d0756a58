/* observations.c - what chosen stations measure: one series a station and
 * quantity, two months of it at each call, of which the newest point counts,
 * and the one an hour before for how fast the water moves.
 *
 * Points are {DtObsHydro, ResObsHydro} or [time, value]; a value may be null or
 * "" and is then none. What is absurd is none either, and is said. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collectors/feeds/vigicrues/vigicrues.h"
#include "core/arena.h"
#include "core/level.h"

enum { OBSERVATIONS_TEXT_MAX = 2000, OBSERVATIONS_PARAMS = 6 };

/* The rate is over one hour; further apart two points say nothing of it. */
#define OBSERVATIONS_RATE_MS TCS_HOURS(1)
#define OBSERVATIONS_GAP_MS TCS_HOURS(2)
/* A clock may be a little ahead; a point of tomorrow is none. */
#define OBSERVATIONS_AHEAD_MS TCS_HOURS(1)
/* A station speaks each hour at least. */
#define OBSERVATIONS_RHYTHM_MS TCS_HOURS(1)

struct observations_point {
	int64_t at_ms;
	double value;
};

/* ---- one series ---- */

/* What a point of the series is. */
enum observations_state {
	OBSERVATIONS_NONE,   /* no value, or no time */
	OBSERVATIONS_ABSURD, /* a time, and what cannot be its value */
	OBSERVATIONS_SOUND,
};

static bool
observations_is_empty(json_t *value)
{
	return value == NULL || json_is_null(value) ||
	       (json_is_string(value) &&
	           tcs_slice_trim(tcs_slice(json_string_value(value),
	                              json_string_length(value)))
	                   .n == 0);
}

static enum observations_state
observations_point(const struct vigicrues_series *series, json_t *point,
    int64_t until_ms, struct observations_point *ret_point)
{
	const struct vigicrues_quantity *q =
	    tcs_vigicrues_quantity(series->quantity);
	bool is_pair = json_is_array(point);
	json_t *value = is_pair ? json_array_get(point, 1)
	                        : tcs_vigicrues_get(point, "ResObsHydro");

	if (!tcs_vigicrues_time(is_pair
	                            ? json_array_get(point, 0)
	                            : tcs_vigicrues_get(point, "DtObsHydro"),
	        &ret_point->at_ms) ||
	    observations_is_empty(value) || ret_point->at_ms > until_ms)
		return OBSERVATIONS_NONE;
	if (!tcs_vigicrues_number(value, &ret_point->value) ||
	    fabs(ret_point->value) > q->max)
		return OBSERVATIONS_ABSURD;
	return OBSERVATIONS_SOUND;
}

/* Points that are far from the newest are of no use. */
struct observations_scan {
	int64_t until_ms;
	int64_t refused_ms; /* of the newest that is absurd */
	struct observations_point before, after; /* of an hour ago */
	bool has_before, has_after;
};

static void
observations_newest(struct vigicrues_series *series, json_t *points,
    struct observations_scan *scan)
{
	size_t n = tcs_vigicrues_count(points);

	for (size_t i = 0; i < n && i < VIGICRUES_POINTS_MAX; i++) {
		struct observations_point p;
		enum observations_state state = observations_point(
		    series, tcs_vigicrues_at(points, i), scan->until_ms, &p);
		if (state == OBSERVATIONS_ABSURD && p.at_ms > scan->refused_ms)
			scan->refused_ms = p.at_ms;
		if (state != OBSERVATIONS_SOUND)
			continue;
		if (series->points == 0 || p.at_ms >= series->last_ms) {
			series->last_ms = p.at_ms;
			series->last = p.value;
		}
		series->points++;
	}
	series->is_last_refused =
	    series->points > 0 && scan->refused_ms > series->last_ms;
}

/* The points on both sides of an hour before the newest. */
static void
observations_around(const struct vigicrues_series *series, json_t *points,
    struct observations_scan *scan)
{
	int64_t at_ms = series->last_ms - OBSERVATIONS_RATE_MS;
	size_t n = tcs_vigicrues_count(points);

	for (size_t i = 0; i < n && i < VIGICRUES_POINTS_MAX; i++) {
		struct observations_point p;
		if (observations_point(series, tcs_vigicrues_at(points, i),
		        scan->until_ms, &p) != OBSERVATIONS_SOUND)
			continue;
		if (p.at_ms <= at_ms &&
		    (!scan->has_before || p.at_ms > scan->before.at_ms)) {
			scan->before = p;
			scan->has_before = true;
		}
		if (p.at_ms >= at_ms &&
		    (!scan->has_after || p.at_ms < scan->after.at_ms)) {
			scan->after = p;
			scan->has_after = true;
		}
	}
}

static void
observations_rate(struct vigicrues_series *series, json_t *points,
    struct observations_scan *scan)
{
	int64_t at_ms = series->last_ms - OBSERVATIONS_RATE_MS;

	observations_around(series, points, scan);
	if (!scan->has_before || !scan->has_after)
		return;
	int64_t span_ms = scan->after.at_ms - scan->before.at_ms;
	if (span_ms > OBSERVATIONS_GAP_MS)
		return;
	double part = span_ms == 0 ? 0
	                           : (double)(at_ms - scan->before.at_ms) /
	                                 (double)span_ms;
	double then = scan->before.value +
	              part * (scan->after.value - scan->before.value);
	series->has_rate = true;
	series->rate = series->last - then;
}

static enum tcs_err
observations_series(struct vigicrues_run *run, struct vigicrues_body *body,
    json_t *serie, struct vigicrues_series *series)
{
	int64_t fetched_ms = body->fetch->fetched_ms;
	struct observations_scan scan = {
	    .until_ms = fetched_ms > 0 ? fetched_ms + OBSERVATIONS_AHEAD_MS
	                               : INT64_MAX};
	json_t *points = tcs_vigicrues_get(serie, "ObssHydro");
	const char *code =
	    tcs_vigicrues_code(run, tcs_vigicrues_get(serie, "CdStationHydro"));
	const char *label =
	    tcs_vigicrues_text(run, tcs_vigicrues_get(serie, "LbStationHydro"));

	if (code == NULL)
		code = tcs_vigicrues_asked(run, body, "CdStationHydro");
	/* The document that they are in is let go of. */
	series->station = tcs_arena_dup(run->arena, tcs_slice_str(code));
	series->label = tcs_arena_dup(run->arena, tcs_slice_str(label));
	if ((code != NULL && series->station == NULL) ||
	    (label != NULL && series->label == NULL))
		return TCS_ENOMEM;
	series->quantity = tcs_vigicrues_quantity_of(
	    run, body, tcs_vigicrues_get(serie, "GrdSerie"), "GrdSerie");
	if (series->station == NULL || series->quantity == '\0')
		return TCS_OK;
	observations_newest(series, points, &scan);
	if (series->points > 0)
		observations_rate(series, points, &scan);
	return TCS_OK;
}

enum tcs_err
tcs_vigicrues_series_read(
    struct vigicrues_run *run, struct vigicrues_body *body)
{
	json_t *series = tcs_vigicrues_get(body->root, "Serie");
	size_t n = tcs_vigicrues_count(series);
	enum tcs_err err = TCS_OK;

	if (n > VIGICRUES_STATIONS_MAX)
		n = VIGICRUES_STATIONS_MAX;
	body->series =
	    tcs_arena_alloc(run->arena, (n + 1) * sizeof(*body->series));
	if (body->series == NULL)
		return TCS_ENOMEM;
	for (size_t i = 0; i < n && err == TCS_OK; i++)
		err = observations_series(
		    run, body, tcs_vigicrues_at(series, i), &body->series[i]);
	body->series_n = n;
	json_decref(body->root);
	body->root = NULL;
	return err;
}

/* ---- a reading ---- */

/* One series on its way out. */
struct observations_out {
	struct vigicrues_run *run;
	const struct vigicrues_series *series;
	const struct vigicrues_quantity *quantity;
	struct vigicrues_place place;
	struct vigicrues_floods floods;
	const char *name;
	int64_t fetched_ms;
	bool is_stale;
	struct tcs_pair params[OBSERVATIONS_PARAMS];
	size_t params_n;
};

static void
observations_rate_text(const struct observations_out *o, struct tcs_buf *buf)
{
	double rate = o->series->rate;

	if (!o->series->has_rate)
		return;
	if (fabs(rate) < 0.005) {
		tcs_buf_str(buf, " (stable)");
		return;
	}
	if (o->quantity->code == 'H') {
		tcs_buf_printf(buf, " (%+.0f cm/h)", rate * 100);
		return;
	}
	tcs_buf_str(buf, rate >= 0 ? " (+" : " (");
	tcs_vigicrues_value(buf, o->quantity, rate);
	tcs_buf_str(buf, " par heure)");
}

/* "la crue de décembre 1999", of "Crue de décembre 1999". */
static void
observations_flood(const struct observations_out *o, const char *name,
    double value, struct tcs_buf *buf)
{
	if (strncmp(name, "Crue ", 5) == 0)
		tcs_buf_printf(buf, "la crue %.100s (", name + 5);
	else
		tcs_buf_printf(buf, "« %.100s » (", name);
	tcs_vigicrues_value(buf, o->quantity, value);
	tcs_buf_char(buf, ')');
}

static void
observations_floods_text(const struct observations_out *o, struct tcs_buf *buf)
{
	const struct vigicrues_floods *f = &o->floods;

	if (f->n == 0 || o->is_stale)
		return;
	if (f->below != NULL) {
		tcs_buf_str(buf, " Au-dessus de ");
		observations_flood(o, f->below, f->below_value, buf);
	}
	if (f->above != NULL) {
		tcs_buf_str(buf, f->below == NULL
		                     ? " En dessous de toutes les crues "
		                       "historiques de la station, dont "
		                     : ", en dessous de ");
		observations_flood(o, f->above, f->above_value, buf);
	}
	tcs_buf_char(buf, '.');
}

static const char *
observations_text(const struct observations_out *o)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, OBSERVATIONS_TEXT_MAX);
	if (o->is_stale)
		tcs_buf_str(&buf, "Plus d'observation depuis plus de 2 heures. "
		                  "Dernière valeur connue : ");
	tcs_buf_printf(&buf, "%s ", o->quantity->word);
	tcs_vigicrues_value(&buf, o->quantity, o->series->last);
	tcs_buf_char(&buf, ' ');
	tcs_vigicrues_when(&buf, o->series->last_ms);
	if (!o->is_stale)
		observations_rate_text(o, &buf);
	tcs_buf_char(&buf, '.');
	observations_floods_text(o, &buf);
	return tcs_vigicrues_steal(o->run, &buf);
}

static const char *
observations_headline(const struct observations_out *o)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, OBSERVATIONS_TEXT_MAX);
	tcs_buf_printf(&buf, "%s à %s : ", o->quantity->word, o->name);
	if (o->is_stale) {
		tcs_buf_str(&buf, "inconnu, dernière valeur ");
		tcs_vigicrues_value(&buf, o->quantity, o->series->last);
		tcs_buf_char(&buf, ' ');
		tcs_vigicrues_when(&buf, o->series->last_ms);
	} else {
		tcs_vigicrues_value(&buf, o->quantity, o->series->last);
		observations_rate_text(o, &buf);
	}
	return tcs_vigicrues_steal(o->run, &buf);
}

static void
observations_param(
    struct observations_out *o, const char *name, const char *value)
{
	if (value != NULL)
		o->params[o->params_n++] = (struct tcs_pair){name, value};
}

static void
observations_params(struct observations_out *o)
{
	struct tcs_arena *arena = o->run->arena;
	char observed[TCS_TIME_TEXT];

	observations_param(o, "tocsin:value",
	    tcs_arena_printf(arena, "%.3f", o->series->last));
	observations_param(o, "tocsin:unit", o->quantity->unit);
	observations_param(o, "tocsin:observed",
	    tcs_arena_printf(
	        arena, "%s", tcs_time_iso(o->series->last_ms, observed)));
	if (o->series->has_rate && !o->is_stale)
		observations_param(o, "tocsin:rate-per-hour",
		    tcs_arena_printf(arena, "%.3f", o->series->rate));
	if (o->floods.n > 0 && !o->is_stale)
		observations_param(o, "tocsin:historic-rank",
		    tcs_arena_printf(arena, "%zu", o->floods.rank));
	/* Below the gauge's zero, or against the stream: kept, and said. */
	if (o->series->last < 0)
		observations_param(o, "tocsin:flag", "negative");
}

/* A last observation as old says nothing of now: unknown, with what was. */
static enum tcs_err
observations_emit(struct observations_out *o)
{
	const struct vigicrues_series *s = o->series;
	struct tcs_reading reading = {
	    .kind = TCS_READING_MEASURE,
	    .zone = s->station,
	    .zone_name = o->name,
	    .zone_word = "point de mesure",
	    .zone_scheme = "VIGICRUES:STATION",
	    .phenomenon = o->quantity->phenomenon,
	    .level = o->is_stale ? TCS_LEVEL_UNKNOWN : "none",
	    .headline = observations_headline(o),
	    .text = observations_text(o),
	    .event = "Observation hydrométrique",
	    .web = VIGICRUES_WEB,
	    .departements = o->place.departements,
	    .issued_ms = s->last_ms,
	    .expires_ms = o->is_stale ? o->fetched_ms + VIGICRUES_STALE_MS
	                              : s->last_ms + VIGICRUES_STALE_MS,
	    .value = s->last,
	    .step = tcs_vigicrues_step(o->run->v, s->quantity, s->last),
	};

	observations_params(o);
	reading.params = o->params;
	reading.params_n = o->params_n;
	if (reading.headline == NULL || reading.text == NULL)
		return TCS_ENOMEM;
	return o->run->out->emit(o->run->out->arg, &reading);
}

static enum tcs_err
observations_one(struct vigicrues_run *run, const struct vigicrues_body *body,
    const struct vigicrues_series *series)
{
	struct observations_out o = {.run = run,
	    .series = series,
	    .quantity = tcs_vigicrues_quantity(series->quantity),
	    .fetched_ms = body->fetch->fetched_ms};

	if (series->station == NULL || o.quantity == NULL) {
		run->document->skipped++;
		return TCS_OK;
	}
	if (series->is_last_refused)
		tcs_vigicrues_note(run,
		    "valeur aberrante écartée à la station %s",
		    series->station);
	if (series->points == 0)
		return TCS_OK;
	o.place = tcs_vigicrues_place(run, series->station);
	o.floods = tcs_vigicrues_floods_read(
	    run, o.place.floods, series->quantity, series->last);
	o.name = series->label != NULL  ? series->label
	         : o.place.name != NULL ? o.place.name
	                                : series->station;
	o.is_stale = o.fetched_ms > 0 &&
	             o.fetched_ms - series->last_ms > VIGICRUES_STALE_MS;
	return observations_emit(&o);
}

/* ---- all of a poll ---- */

static bool
observations_has(
    const struct vigicrues_run *run, const char *station, char quantity)
{
	for (size_t i = 0; i < run->n; i++) {
		const struct vigicrues_body *body = &run->bodies[i];
		for (size_t k = 0; k < body->series_n; k++) {
			const struct vigicrues_series *s = &body->series[k];
			if (s->station != NULL && s->quantity == quantity &&
			    strcmp(s->station, station) == 0)
				return true;
		}
	}
	return false;
}

/* Every series that is followed came: one without any point is missing. */
static bool
observations_is_complete(const struct vigicrues_run *run)
{
	const struct vigicrues *v = run->v;

	if (v->what != VIGICRUES_WATCH_OBSERVATIONS || v->stations.n == 0)
		return false;
	for (size_t i = 0; i < v->stations.n; i++) {
		for (size_t k = 0; k < v->grandeurs.n; k++) {
			if (!observations_has(run, v->stations.items[i],
			        v->grandeurs.items[k][0]))
				return false;
		}
	}
	return true;
}

/* Each station has its own time: the document has none, or one that falls
 * silent would make what the others say an older document. */
static void
observations_document(struct vigicrues_run *run, int64_t newest_ms)
{
	struct tcs_document *document = run->document;

	document->issued_ms = TCS_NO_TIME;
	document->next_issue_ms = newest_ms + OBSERVATIONS_RHYTHM_MS;
	document->expires_ms = newest_ms + VIGICRUES_STALE_MS;
	document->frozen_ms = document->expires_ms;
	document->is_complete = observations_is_complete(run);
}

enum tcs_err
tcs_vigicrues_observations(struct vigicrues_run *run)
{
	int64_t newest_ms = 0, fetched_ms = 0;
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; i < run->n && err == TCS_OK; i++) {
		const struct vigicrues_body *body = &run->bodies[i];
		for (size_t k = 0; k < body->series_n && err == TCS_OK; k++) {
			const struct vigicrues_series *s = &body->series[k];
			err = observations_one(run, body, s);
			if (s->points > 0 && s->last_ms > newest_ms)
				newest_ms = s->last_ms;
		}
		if (body->fetch->fetched_ms > fetched_ms)
			fetched_ms = body->fetch->fetched_ms;
	}
	observations_document(run, newest_ms > 0 ? newest_ms : fetched_ms);
	return err;
}

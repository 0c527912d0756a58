/* forecast.c - what Vigicrues forecasts at chosen stations, during events: the
 * greatest of the most likely values, when, and between what bounds (9 chances
 * in 10 to pass the lower, 1 in 10 to pass the upper).
 *
 * A followed station of which the service says that it has no forecast is over:
 * that is said, not left to absence. */
#include <math.h>
#include <string.h>

#include "collectors/feeds/vigicrues/vigicrues.h"
#include "core/arena.h"
#include "core/html.h"

enum {
	FORECAST_TEXT_MAX = 6000,
	FORECAST_COMMENT_MAX = 3000,
	FORECAST_PLAIN_MAX = 4 * FORECAST_COMMENT_MAX,
	FORECAST_POINTS_MAX = 5000,
	FORECAST_PARAMS = 6,
};

/* Past the last value that it gives a forecast says nothing; one without an
 * end that makes sense holds as long. */
#define FORECAST_LASTS_MS TCS_HOURS(24)
#define FORECAST_LASTS_MAX_MS TCS_DAYS(10)

/* One forecast: its greatest value. */
struct forecast {
	struct vigicrues_run *run;
	const struct vigicrues_quantity *quantity;
	const char *station, *name;
	const char *departements[2];
	int64_t produced_ms, peak_ms, until_ms;
	double peak, low, high;
	bool has_peak, has_low, has_high;
	const char *comment;
	struct tcs_pair params[FORECAST_PARAMS];
	size_t params_n;
};

/* ---- reading ---- */

static bool
forecast_value(const struct forecast *f, json_t *point, const char *name,
    double *ret_value)
{
	return tcs_vigicrues_number(
	           tcs_vigicrues_get(point, name), ret_value) &&
	       fabs(*ret_value) <= f->quantity->max;
}

/* Returns whether the point can be read at all. */
static bool
forecast_point(struct forecast *f, json_t *point)
{
	double mean;
	int64_t at_ms;

	if (!tcs_vigicrues_time(tcs_vigicrues_get(point, "DtPrev"), &at_ms) ||
	    (!forecast_value(f, point, "ResMoyPrev", &mean) &&
	        !forecast_value(f, point, "ResPrev", &mean)))
		return false;
	if (at_ms > f->until_ms)
		f->until_ms = at_ms;
	if (f->has_peak && mean <= f->peak)
		return true;
	f->has_peak = true;
	f->peak = mean;
	f->peak_ms = at_ms;
	f->has_low =
	    forecast_value(f, point, "ResMinPrev", &f->low) && f->low <= mean;
	f->has_high =
	    forecast_value(f, point, "ResMaxPrev", &f->high) && f->high >= mean;
	return true;
}

static void
forecast_comment(struct forecast *f, json_t *simul)
{
	const char *html = tcs_vigicrues_text(
	    f->run, tcs_vigicrues_get(simul, "CommentSimul"));
	struct tcs_slice cut = tcs_slice_str(html);
	struct tcs_buf buf;

	if (cut.n > FORECAST_COMMENT_MAX)
		cut.n = FORECAST_COMMENT_MAX;
	tcs_buf_init(&buf, FORECAST_PLAIN_MAX);
	tcs_html_text(cut, &buf);
	if (buf.n > 0)
		f->comment = tcs_vigicrues_steal(f->run, &buf);
	tcs_buf_fini(&buf);
}

/* ---- a reading ---- */

static const char *
forecast_headline(const struct forecast *f)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, FORECAST_TEXT_MAX);
	tcs_buf_printf(&buf, "%s à %s : maximum ",
	    f->quantity->code == 'H' ? "Hauteur prévue" : "Débit prévu",
	    f->name);
	tcs_vigicrues_value(&buf, f->quantity, f->peak);
	tcs_buf_char(&buf, ' ');
	tcs_vigicrues_when(&buf, f->peak_ms);
	return tcs_vigicrues_steal(f->run, &buf);
}

static const char *
forecast_text(const struct forecast *f)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, FORECAST_TEXT_MAX);
	tcs_buf_str(&buf, "Maximum prévu : ");
	tcs_vigicrues_value(&buf, f->quantity, f->peak);
	tcs_buf_char(&buf, ' ');
	tcs_vigicrues_when(&buf, f->peak_ms);
	if (f->has_low && f->has_high) {
		tcs_buf_str(&buf, ", entre ");
		tcs_vigicrues_value(&buf, f->quantity, f->low);
		tcs_buf_str(&buf, " et ");
		tcs_vigicrues_value(&buf, f->quantity, f->high);
		tcs_buf_str(&buf, " (8 chances sur 10)");
	}
	tcs_buf_str(&buf, ". Prévision produite ");
	tcs_vigicrues_when(&buf, f->produced_ms);
	tcs_buf_char(&buf, '.');
	if (f->comment != NULL)
		tcs_buf_printf(&buf, "\n%s", f->comment);
	return tcs_vigicrues_steal(f->run, &buf);
}

static void
forecast_param(struct forecast *f, const char *name, const char *value)
{
	if (value != NULL)
		f->params[f->params_n++] = (struct tcs_pair){name, value};
}

static void
forecast_params(struct forecast *f)
{
	struct tcs_arena *arena = f->run->arena;
	char time[TCS_TIME_TEXT];

	forecast_param(
	    f, "tocsin:value", tcs_arena_printf(arena, "%.3f", f->peak));
	forecast_param(f, "tocsin:unit", f->quantity->unit);
	forecast_param(f, "tocsin:peak",
	    tcs_arena_printf(arena, "%s", tcs_time_iso(f->peak_ms, time)));
	if (f->has_low)
		forecast_param(f, "tocsin:value-low",
		    tcs_arena_printf(arena, "%.3f", f->low));
	if (f->has_high)
		forecast_param(f, "tocsin:value-high",
		    tcs_arena_printf(arena, "%.3f", f->high));
}

static enum tcs_err
forecast_emit(struct forecast *f)
{
	struct tcs_reading reading = {
	    .kind = TCS_READING_MEASURE,
	    .zone = f->station,
	    .zone_name = f->name,
	    .zone_word = "point de mesure",
	    .zone_scheme = "VIGICRUES:STATION",
	    .phenomenon = f->quantity->forecast,
	    .level = "none",
	    .headline = forecast_headline(f),
	    .text = forecast_text(f),
	    .event = "Prévision hydrométrique",
	    .web = VIGICRUES_WEB,
	    .departements = f->departements,
	    .issued_ms = f->produced_ms,
	    .onset_ms = f->peak_ms,
	    .expires_ms = f->until_ms,
	    .value = f->peak,
	    .step = tcs_vigicrues_step(f->run->v, f->quantity->code, f->peak),
	};

	forecast_params(f);
	reading.params = f->params;
	reading.params_n = f->params_n;
	if (reading.headline == NULL || reading.text == NULL)
		return TCS_ENOMEM;
	return f->run->out->emit(f->run->out->arg, &reading);
}

static void
forecast_place(struct forecast *f)
{
	struct vigicrues_place place = tcs_vigicrues_place(f->run, f->station);

	f->departements[0] = place.departements[0];
	if (f->name == NULL)
		f->name = place.name != NULL ? place.name : f->station;
}

/* The service says that there is none: what stood is over. */
static enum tcs_err
forecast_emit_end(struct vigicrues_run *run, const char *station, char quantity)
{
	struct forecast f = {.run = run,
	    .station = station,
	    .quantity = tcs_vigicrues_quantity(quantity)};

	if (f.quantity == NULL)
		return TCS_OK;
	forecast_place(&f);
	const struct tcs_reading reading = {
	    .kind = TCS_READING_MEASURE,
	    .zone = f.station,
	    .zone_name = f.name,
	    .zone_word = "point de mesure",
	    .zone_scheme = "VIGICRUES:STATION",
	    .phenomenon = f.quantity->forecast,
	    .level = "none",
	    .headline =
	        tcs_arena_printf(run->arena, "Fin de prévision de %s : %s",
	            quantity == 'H' ? "hauteur" : "débit", f.name),
	    .text = "Vigicrues ne publie plus de prévision à cette station.",
	    .event = "Prévision hydrométrique",
	    .web = VIGICRUES_WEB,
	    .departements = f.departements,
	    .is_end = true,
	    .step = tcs_vigicrues_step(run->v, quantity, 0),
	};
	return reading.headline == NULL
	           ? TCS_ENOMEM
	           : run->out->emit(run->out->arg, &reading);
}

/* ---- a body ---- */

static enum tcs_err
forecast_none(struct vigicrues_run *run, const char *station, char quantity)
{
	return station == NULL ? TCS_OK
	                       : forecast_emit_end(run, station, quantity);
}

/* Until its last value, and no longer than makes sense. */
static void
forecast_until(struct forecast *f)
{
	if (f->until_ms <= f->produced_ms)
		f->until_ms = f->produced_ms + FORECAST_LASTS_MS;
	if (f->until_ms > f->produced_ms + FORECAST_LASTS_MAX_MS)
		f->until_ms = f->produced_ms + FORECAST_LASTS_MAX_MS;
}

static const char *
forecast_station(
    struct vigicrues_run *run, const struct vigicrues_body *body, json_t *simul)
{
	const char *code =
	    tcs_vigicrues_code(run, tcs_vigicrues_get(simul, "CdEntVigiCru"));

	if (code == NULL)
		code = tcs_vigicrues_code(
		    run, tcs_vigicrues_get(simul, "CdStationHydro"));
	if (code == NULL)
		code = tcs_vigicrues_asked(run, body, "CdEntVigiCru");
	return code != NULL ? code
	                    : tcs_vigicrues_asked(run, body, "CdStationHydro");
}

static enum tcs_err
forecast_body(struct vigicrues_run *run, const struct vigicrues_body *body)
{
	json_t *simul =
	    tcs_vigicrues_at(tcs_vigicrues_get(body->root, "Simul"), 0);
	json_t *points = tcs_vigicrues_get(simul, "Prevs");
	size_t n = tcs_vigicrues_count(points), unread = 0;
	char quantity = tcs_vigicrues_quantity_of(
	    run, body, tcs_vigicrues_get(simul, "GrdSimul"), "GrdSimul");
	struct forecast f = {.run = run,
	    .quantity = tcs_vigicrues_quantity(quantity),
	    .station = forecast_station(run, body, simul)};

	if (f.station == NULL || f.quantity == NULL) {
		run->document->skipped++;
		return TCS_OK;
	}
	if (n == 0)
		return forecast_none(run, f.station, quantity);
	for (size_t i = 0; i < n && i < FORECAST_POINTS_MAX; i++)
		unread += !forecast_point(&f, tcs_vigicrues_at(points, i));
	if (unread > 0)
		tcs_vigicrues_note(run,
		    "valeurs prévues illisibles à la station %s", f.station);
	if (!f.has_peak)
		return TCS_OK;
	if (!tcs_vigicrues_time(
	        tcs_vigicrues_get(simul, "DtProdSimul"), &f.produced_ms))
		f.produced_ms = f.peak_ms;
	f.name =
	    tcs_vigicrues_text(run, tcs_vigicrues_get(simul, "LbEntVigiCru"));
	if (f.name == NULL)
		f.name = tcs_vigicrues_text(
		    run, tcs_vigicrues_get(simul, "LbStationHydro"));
	forecast_place(&f);
	forecast_until(&f);
	forecast_comment(&f, simul);
	if (f.until_ms > run->document->expires_ms)
		run->document->expires_ms = f.until_ms;
	return forecast_emit(&f);
}

/* ---- all of a poll ---- */

static bool
forecast_is_list_of(
    struct vigicrues_run *run, const struct vigicrues_body *body, char quantity)
{
	return body->kind == VIGICRUES_FORECAST_LIST &&
	       tcs_vigicrues_quantity_of(run, body,
	           tcs_vigicrues_get(body->root, "GrdSimul"),
	           "GrdSimul") == quantity;
}

static bool
forecast_has_list(struct vigicrues_run *run, char quantity)
{
	for (size_t i = 0; i < run->n; i++) {
		if (forecast_is_list_of(run, &run->bodies[i], quantity))
			return true;
	}
	return false;
}

static bool
forecast_lists(struct vigicrues_run *run, json_t *list, const char *station)
{
	size_t n = tcs_vigicrues_count(list);

	for (size_t i = 0; i < n && i < VIGICRUES_TRONCONS_MAX; i++) {
		const char *code = tcs_vigicrues_code(
		    run, tcs_vigicrues_get(
		             tcs_vigicrues_at(list, i), "CdEntVigiCru"));
		if (code != NULL && strcmp(code, station) == 0)
			return true;
	}
	return false;
}

bool
tcs_vigicrues_is_listed(
    struct vigicrues_run *run, const char *station, char quantity)
{
	for (size_t i = 0; i < run->n; i++) {
		const struct vigicrues_body *body = &run->bodies[i];
		if (forecast_is_list_of(run, body, quantity) &&
		    forecast_lists(run,
		        tcs_vigicrues_get(body->root, "ListEntVigiCru"),
		        station))
			return true;
	}
	return false;
}

/* The followed stations that the list does not name. */
static enum tcs_err
forecast_unlisted(struct vigicrues_run *run)
{
	const struct vigicrues *v = run->v;
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; i < v->stations.n; i++) {
		for (size_t k = 0; k < v->grandeurs.n && err == TCS_OK; k++) {
			char quantity = v->grandeurs.items[k][0];
			const char *station = v->stations.items[i];
			if (forecast_has_list(run, quantity) &&
			    !tcs_vigicrues_is_listed(run, station, quantity))
				err = forecast_emit_end(run, station, quantity);
		}
	}
	return err;
}

/* An answer that there is no forecast: of a station, or of any. */
static enum tcs_err
forecast_answer_none(
    struct vigicrues_run *run, const struct vigicrues_body *body)
{
	const struct tcs_strings *stations = &run->v->stations;
	const char *code = tcs_vigicrues_asked(run, body, "CdEntVigiCru");
	const char *grd = tcs_vigicrues_asked(run, body, "GrdSimul");
	char quantity = 'H';
	enum tcs_err err = TCS_OK;

	if (grd != NULL)
		quantity = grd[0];
	if (code != NULL)
		return forecast_none(run, code, quantity);
	/* The list itself: nobody has one. */
	for (size_t i = 0; i < stations->n && err == TCS_OK && grd != NULL; i++)
		err = forecast_emit_end(run, stations->items[i], quantity);
	return err;
}

enum tcs_err
tcs_vigicrues_forecasts(struct vigicrues_run *run)
{
	struct tcs_document *document = run->document;
	int64_t fetched_ms = 0;
	enum tcs_err err = TCS_OK;

	/* Each forecast has its own time. */
	document->issued_ms = TCS_NO_TIME;
	document->next_issue_ms = TCS_NO_TIME;
	document->frozen_ms = TCS_NO_TIME;
	for (size_t i = 0; i < run->n && err == TCS_OK; i++) {
		const struct vigicrues_body *body = &run->bodies[i];
		if (body->kind == VIGICRUES_FORECAST)
			err = forecast_body(run, body);
		else if (body->kind == VIGICRUES_NO_FORECAST)
			err = forecast_answer_none(run, body);
		if (body->fetch->fetched_ms > fetched_ms)
			fetched_ms = body->fetch->fetched_ms;
	}
	if (err == TCS_OK)
		err = forecast_unlisted(run);
	if (document->expires_ms < fetched_ms + FORECAST_LASTS_MS)
		document->expires_ms = fetched_ms + FORECAST_LASTS_MS;
	return err;
}

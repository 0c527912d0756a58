/* hubeau.c - heights and discharges of chosen stations, from Hub'Eau (the
 * hydrometry API, version 2): the second road to observations when Vigicrues
 * is away.
 *
 * One body a page, at most a hundred codes each, pages by `next`. Heights come
 * in mm, discharges in l/s, times in UTC. Stations send once in 5 to 60
 * minutes and rows come late: three hours are asked for each time, and the
 * newest value of each station counts if it is not two hours older than the
 * newest of all. Names and départements are those of the station list, which
 * is asked for beside. */
#include "collectors/feeds/hubeau/hubeau.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collectors/feed.h"
#include "collectors/feeds/hubeau/series.h"
#include "collectors/feeds/hubeau/text.h"
#include "core/clock.h"
#include "core/html.h"
#include "core/json.h"

enum {
	HUBEAU_BODIES_MAX = 2 * HUBEAU_CHUNKS_MAX * HUBEAU_PAGES_MAX,
	HUBEAU_TEXT_MAX = 2000,
	HUBEAU_STEP_H = 10, /* cm */
	HUBEAU_STEP_Q = 10, /* percent */
};

#define HUBEAU_FRESH_MS TCS_HOURS(2)
/* Some stations send once an hour. */
#define HUBEAU_NEXT_MS TCS_HOURS(1)
#define HUBEAU_API "https://hubeau.eaufrance.fr/api/v2/hydrometrie"

/* ---- options ---- */

static const char *
hubeau_check_station(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t n = strspn(text, allowed), end = n + (text[n] == '*');

	return n == 0 || n > 10 || text[end] != '\0'
	           ? "not a station: E351122001, or E3* for all that begin so"
	           : NULL;
}

static const char *
hubeau_check_grandeur(const char *text)
{
	return strcmp(text, "H") == 0 || strcmp(text, "Q") == 0
	           ? NULL
	           : "not H (height) or Q (discharge)";
}

static const struct tcs_option hubeau_options[] = {
    {.name = "stations",
        .kind = TCS_OPTION_LIST,
        .offset = offsetof(struct hubeau, stations),
        .help = "codes of stations, as Vigicrues has them; E3* is all that "
                "begin so",
        .example = "{\"E351122001\", \"E3*\"}",
        .check = hubeau_check_station},
    {.name = "grandeurs",
        .kind = TCS_OPTION_LIST,
        .offset = offsetof(struct hubeau, grandeurs),
        .fallback = "H,Q",
        .help = "H: heights, Q: discharges",
        .example = "{\"H\"}",
        .check = hubeau_check_grandeur},
    TCS_OPT_INTEGER("step_h", struct hubeau, step_h, "10", 1, 1000,
        "centimetres by which a height must move to be news"),
    TCS_OPT_INTEGER("step_q", struct hubeau, step_q, "10", 1, 1000,
        "percent by which a discharge must move to be news"),
    TCS_OPT_PATH("table", struct hubeau, table_path, NULL,
        "CSV of stations and their départements, before what Hub'Eau's list "
        "of stations says"),
    TCS_OPT_END,
};

static enum tcs_err
hubeau_init(void *st, struct tcs_diag *diag)
{
	struct hubeau *h = st;

	if (h->stations.n > HUBEAU_STATIONS_MAX)
		return tcs_diag_add(diag, TCS_ECONFIG, NULL, 0,
		    "%zu stations, more than the %d of one feed: write a "
		    "second feed, or E3* for all that begin so",
		    h->stations.n, HUBEAU_STATIONS_MAX);
	return h->table_path == NULL
	           ? TCS_OK
	           : tcs_zonetable_load(h->table_path, &h->table, diag);
}

static void
hubeau_fini(void *st)
{
	struct hubeau *h = st;

	tcs_zonetable_free(&h->table);
}

/* ---- what came ---- */

/* One parse: the bodies and what was found in them. */
struct hubeau_run {
	const struct hubeau *st;
	const struct tcs_answers *answers;
	json_t *bodies[HUBEAU_BODIES_MAX]; /* owned, n of them */
	size_t n;
	size_t pages;  /* bodies of observations */
	size_t nexts;  /* of them, that name a further one */
	json_t *names; /* rows of the station list by code, borrowed */
	int64_t newest_ms;
	struct hubeau_rows rows;
	enum tcs_refusal *ret_refusal;
	struct tcs_diag *diag;
};

static enum tcs_err
hubeau_refuse(struct hubeau_run *run, enum tcs_refusal refusal, const char *why)
{
	*run->ret_refusal = refusal;
	return tcs_diag_add(run->diag, TCS_EPARSE, NULL, 0, "%s", why);
}

/* The formats that the API knows beside JSON, and what a proxy says. */
static enum tcs_err
hubeau_refuse_text(struct hubeau_run *run, struct tcs_slice body)
{
	struct tcs_slice text = tcs_slice_trim(body);

	if (tcs_html_is_page(text))
		return hubeau_refuse(run, TCS_REFUSAL_ERROR,
		    "a web page in place of data: the service is away, or "
		    "refuses (version 1 is shut)");
	if (tcs_slice_starts(text, "\"code_") ||
	    tcs_slice_starts(text, "code_") ||
	    (text.n > 1 && text.p[0] == '"' &&
	        memchr(text.p, ';', text.n) != NULL))
		return hubeau_refuse(run, TCS_REFUSAL_RESHAPED,
		    "CSV: ask observations_tr, not observations_tr.csv");
	if (tcs_slice_starts(text, "<"))
		return hubeau_refuse(run, TCS_REFUSAL_RESHAPED,
		    "XML: ask observations_tr, not observations_tr.xml");
	return TCS_OK;
}

/* {"code": "Internal server error", "message": "", "field_errors": null}, and
 * {"status": 403, "error": "Forbidden"} of what stands before it. */
static enum tcs_err
hubeau_refuse_object(struct hubeau_run *run, json_t *body)
{
	const char *code = tcs_json_str(body, "code", NULL);
	const char *error = tcs_json_str(body, "error", code);
	const char *message = tcs_json_str(body, "message", "");
	json_t *field =
	    json_array_get(json_object_get(body, "field_errors"), 0);

	if (strcmp(tcs_json_str(body, "type", ""), "FeatureCollection") == 0)
		return hubeau_refuse(run, TCS_REFUSAL_RESHAPED,
		    "GeoJSON: ask for it without format=geojson");
	if (error == NULL && message[0] == '\0')
		return hubeau_refuse(run, TCS_REFUSAL_RESHAPED,
		    "no array \"data\": not an answer of Hub'Eau");
	*run->ret_refusal = TCS_REFUSAL_ERROR;
	return tcs_diag_add(run->diag, TCS_EPARSE, NULL, 0,
	    "the service answers an error: %.80s%s%.200s%s%.200s",
	    error == NULL ? "" : error,
	    error != NULL && message[0] != '\0' ? ", " : "", message,
	    field == NULL ? "" : ", ", tcs_json_str(field, "message", ""));
}

static bool
hubeau_is_station(const json_t *row)
{
	return json_object_get(row, "grandeur_hydro") == NULL &&
	       json_object_get(row, "date_obs") == NULL &&
	       (json_object_get(row, "libelle_station") != NULL ||
	           json_object_get(row, "code_departement") != NULL);
}

/* A body of the station list: rows by code. */
static enum tcs_err
hubeau_keep_names(struct hubeau_run *run, json_t *data)
{
	size_t n = json_array_size(data);

	for (size_t i = 0; i < n; i++) {
		json_t *row = json_array_get(data, i);
		const char *code = tcs_json_str(row, "code_station", NULL);
		if (code != NULL && json_object_set(run->names, code, row) != 0)
			return TCS_ENOMEM;
	}
	return TCS_OK;
}

static bool
hubeau_is_named(const struct tcs_fetch *fetch)
{
	return fetch->tag != NULL && strncmp(fetch->tag, "stations", 8) == 0;
}

static enum tcs_err
hubeau_sort_body(
    struct hubeau_run *run, const struct tcs_fetch *fetch, json_t *body)
{
	json_t *data = json_object_get(body, "data");

	if (!json_is_array(data))
		return hubeau_refuse_object(run, body);
	if (hubeau_is_named(fetch) ||
	    hubeau_is_station(json_array_get(data, 0)))
		return hubeau_keep_names(run, data);
	run->pages++;
	run->nexts += json_is_string(json_object_get(body, "next"));
	enum tcs_err err = tcs_hubeau_rows_add(&run->rows, data);
	return err == TCS_ELIMIT ? hubeau_refuse(run, TCS_REFUSAL_RESHAPED,
	                               "more than 200000 observations")
	                         : err;
}

/* The list of stations is no observation: without it they bear their codes. */
static enum tcs_err
hubeau_body(struct hubeau_run *run, const struct tcs_fetch *fetch)
{
	bool is_truncated = false;
	json_t *body = NULL;

	if (fetch->status == 404 && hubeau_is_named(fetch))
		return TCS_OK;
	enum tcs_err err = hubeau_refuse_text(run, fetch->body);
	if (err != TCS_OK)
		return err;
	err = tcs_json_parse(fetch->body, &body, &is_truncated, run->diag);
	if (err == TCS_EPARSE || err == TCS_ELIMIT) {
		*run->ret_refusal =
		    is_truncated ? TCS_REFUSAL_TRUNCATED : TCS_REFUSAL_RESHAPED;
		return TCS_EPARSE;
	}
	if (err != TCS_OK)
		return err;
	run->bodies[run->n++] = body;
	return hubeau_sort_body(run, fetch, body);
}

static enum tcs_err
hubeau_bodies(struct hubeau_run *run)
{
	enum tcs_err err = TCS_OK;

	if (run->answers->n > HUBEAU_BODIES_MAX)
		return hubeau_refuse(
		    run, TCS_REFUSAL_RESHAPED, "more bodies than are asked");
	for (size_t i = 0; err == TCS_OK && i < run->answers->n; i++)
		err = hubeau_body(run, &run->answers->items[i]);
	if (err == TCS_OK && run->rows.seen > 0 &&
	    run->rows.unreadable == run->rows.seen)
		err = hubeau_refuse(run, TCS_REFUSAL_RESHAPED,
		    "no row has a usable \"code_station\", \"grandeur_hydro\" "
		    "and \"date_obs\"");
	return err;
}

/* ---- readings ---- */

/* What one reading borrows while it is emitted. */
struct hubeau_words {
	struct tcs_buf headline, text, value, rate, statut, quality;
	char observed[TCS_TIME_TEXT];
	const char *departement[2];
};

static void
hubeau_words_init(struct hubeau_words *w)
{
	struct tcs_buf *bufs[] = {&w->headline, &w->text, &w->value, &w->rate,
	    &w->statut, &w->quality};

	for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		tcs_buf_init(bufs[i], HUBEAU_TEXT_MAX);
}

static void
hubeau_words_fini(struct hubeau_words *w)
{
	struct tcs_buf *bufs[] = {&w->headline, &w->text, &w->value, &w->rate,
	    &w->statut, &w->quality};

	for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		tcs_buf_fini(bufs[i]);
}

static void
hubeau_words_fill(
    struct hubeau_words *w, const struct hubeau_value *value, const char *name)
{
	const struct hubeau_row *row = value->row;

	tcs_buf_printf(&w->headline, "%.120s : ", name);
	tcs_hubeau_text_value(&w->headline, value);
	tcs_hubeau_text_rate(&w->headline, value);
	tcs_hubeau_text(&w->text, value);
	tcs_hubeau_text_number(&w->value, row->value);
	if (value->has_rate)
		tcs_hubeau_text_number(&w->rate, value->per_hour);
	tcs_buf_printf(&w->statut, "%d", row->statut);
	tcs_buf_printf(&w->quality, "%d", row->qualification);
	(void)tcs_time_iso(row->at_ms, w->observed);
}

static size_t
hubeau_params(const struct hubeau_words *w, const struct hubeau_value *value,
    struct tcs_pair params[8])
{
	const struct hubeau_row *row = value->row;
	size_t n = 0;

	params[n++] = (struct tcs_pair){"tocsin:value", w->value.p};
	params[n++] = (struct tcs_pair){
	    "tocsin:unit", row->grandeur == 'H' ? "m" : "m³/s"};
	params[n++] = (struct tcs_pair){"tocsin:observed", w->observed};
	if (value->has_rate)
		params[n++] =
		    (struct tcs_pair){"tocsin:rate-per-hour", w->rate.p};
	if (row->statut >= 0)
		params[n++] = (struct tcs_pair){"tocsin:statut", w->statut.p};
	if (row->qualification >= 0)
		params[n++] =
		    (struct tcs_pair){"tocsin:qualification", w->quality.p};
	if (row->value < 0)
		params[n++] = (struct tcs_pair){"tocsin:flag", "negative"};
	return n;
}

/* The table that people keep, before what the source says. */
static const char *const *
hubeau_departements(
    struct hubeau_run *run, const char *station, struct hubeau_words *w)
{
	const char *const *known =
	    run->st->table == NULL
	        ? NULL
	        : tcs_zonetable_find(run->st->table, station);
	const char *code = tcs_json_str(
	    json_object_get(run->names, station), "code_departement", NULL);

	if (known != NULL || code == NULL || strlen(code) < 2 ||
	    strlen(code) > 3)
		return known;
	w->departement[0] = code;
	w->departement[1] = NULL;
	return w->departement;
}

/* A step is a number of cm, or a part of what flows (at least 10 l/s). */
static double
hubeau_step(const struct hubeau *h, const struct hubeau_row *row)
{
	double value = row->value < 0 ? -row->value : row->value;

	if (row->grandeur == 'H')
		return (double)(h->step_h == 0 ? HUBEAU_STEP_H : h->step_h) /
		       100;
	value *= (double)(h->step_q == 0 ? HUBEAU_STEP_Q : h->step_q) / 100;
	return value < 0.01 ? 0.01 : value;
}

static enum tcs_err
hubeau_emit(struct hubeau_run *run, size_t from, struct tcs_reading_sink *out)
{
	struct hubeau_value value = {.row = &run->rows.items[from]};
	const struct hubeau_row *row = value.row;
	const char *name =
	    tcs_json_str(json_object_get(run->names, row->station),
	        "libelle_station", row->station);
	struct hubeau_words w = {0};
	struct tcs_pair params[8];
	struct tcs_reading reading = {
	    .kind = TCS_READING_MEASURE,
	    .zone = row->station,
	    .zone_name = name[0] == '\0' ? row->station : name,
	    .phenomenon = row->grandeur == 'H' ? "hauteur" : "debit",
	    .level = "none",
	    .web = "https://www.hydro.eaufrance.fr/",
	    .issued_ms = row->at_ms,
	    .expires_ms = row->at_ms + HUBEAU_FRESH_MS,
	    .value = row->value,
	    .step = hubeau_step(run->st, row),
	    .params = params,
	};

	value.has_rate =
	    tcs_hubeau_series_rate(&run->rows, from, &value.per_hour);
	hubeau_words_init(&w);
	hubeau_words_fill(&w, &value, reading.zone_name);
	reading.params_n = hubeau_params(&w, &value, params);
	reading.departements = hubeau_departements(run, row->station, &w);
	reading.headline = w.headline.p;
	reading.text = w.text.p;
	enum tcs_err err = w.text.err == TCS_OK ? w.headline.err : w.text.err;
	if (err == TCS_OK)
		err = out->emit(out->arg, &reading);
	hubeau_words_fini(&w);
	return err;
}

/* A station whose newest value is old has none: it is missing. */
static enum tcs_err
hubeau_readings(struct hubeau_run *run, struct tcs_reading_sink *out)
{
	enum tcs_err err = TCS_OK;

	tcs_hubeau_rows_sort(&run->rows);
	run->newest_ms = TCS_NO_TIME;
	for (size_t i = 0; i < run->rows.n; i++) {
		if (run->rows.items[i].at_ms > run->newest_ms)
			run->newest_ms = run->rows.items[i].at_ms;
	}
	for (size_t i = 0; err == TCS_OK && i < run->rows.n;
	     i += tcs_hubeau_series_length(&run->rows, i)) {
		if (run->newest_ms - run->rows.items[i].at_ms <=
		    HUBEAU_FRESH_MS)
			err = hubeau_emit(run, i, out);
	}
	return err;
}

/* Each request was read up to a page that names no further one. */
static bool
hubeau_is_whole(const struct hubeau_run *run)
{
	size_t chunks = tcs_hubeau_chunks(run->st);

	return run->pages > 0 &&
	       run->pages - run->nexts >= (chunks == 0 ? 1 : chunks);
}

/* Three hours without any value: nothing is known from now on. */
static void
hubeau_document(const struct hubeau_run *run, struct tcs_document *document)
{
	int64_t fetched_ms = run->answers->items[0].fetched_ms;
	int64_t from_ms =
	    run->newest_ms == TCS_NO_TIME ? fetched_ms : run->newest_ms;

	*document = (struct tcs_document){
	    .issued_ms = run->newest_ms,
	    .next_issue_ms = from_ms + HUBEAU_NEXT_MS,
	    .expires_ms = from_ms + HUBEAU_FRESH_MS,
	    .frozen_ms = from_ms + HUBEAU_WINDOW_MS,
	    .is_complete = hubeau_is_whole(run),
	    .skipped = run->rows.unreadable,
	};
}

static enum tcs_err
hubeau_parse(void *st, const struct tcs_answers *answers,
    struct tcs_document *ret_document, struct tcs_reading_sink *out,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	struct hubeau_run *run = calloc(1, sizeof(*run));
	enum tcs_err err = TCS_ENOMEM;

	if (run == NULL)
		return err;
	run->st = st;
	run->answers = answers;
	run->ret_refusal = ret_refusal;
	run->diag = diag;
	run->names = json_object();
	if (run->names != NULL)
		err = hubeau_bodies(run);
	if (err == TCS_OK)
		err = hubeau_readings(run, out);
	if (err == TCS_OK)
		hubeau_document(run, ret_document);
	json_decref(run->names);
	for (size_t i = 0; i < run->n; i++)
		json_decref(run->bodies[i]);
	tcs_hubeau_rows_fini(&run->rows);
	free(run);
	return err;
}

const struct tcs_feed_ops tcs_feed_hubeau = {
    .name = "hubeau",
    .about = "heights and discharges of chosen stations (Hub'Eau)",
    .source = "hubeau",
    .source_name = "Hub'Eau (hydrométrie)",
    .zone_scheme = "VIGICRUES:STATION",
    .zone_word = "point de mesure",
    .url = HUBEAU_API "/observations_tr",
    .every_ms = TCS_MINUTES(5),
    .late_after_ms = TCS_MINUTES(30),
    .state_size = sizeof(struct hubeau),
    .options = hubeau_options,
    .init = hubeau_init,
    .ask = tcs_hubeau_ask,
    .parse = hubeau_parse,
    .fini = hubeau_fini,
};

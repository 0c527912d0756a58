/* What the driver of Vigicrues says of more than levels: texts, times, places,
 * values; and what it asks for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/driver.h"
#include "collectors/feed.h"
#include "collectors/readings.h"
#include "core/clock.h"
#include "core/file.h"

extern const struct tcs_feed_ops tcs_feed_vigicrues;

enum { TEXTS_MAX = 8, BODIES_MAX = 8 };

#define READ_MS INT64_C(1800000000000) /* 2027-01-15T09:00:00+01:00 */

/* A driver with options, and bodies that it reads. */
struct reader {
	void *st;
	struct tcs_option_text texts[TEXTS_MAX];
	size_t texts_n;
	struct tcs_buf bodies[BODIES_MAX];
	struct tcs_fetch fetches[BODIES_MAX];
	size_t n;
	struct tcs_readings *readings;
	enum tcs_refusal refusal;
};

static void
option(struct reader *r, const char *key, const char *const *values, size_t n)
{
	assert_true(r->texts_n < TEXTS_MAX);
	r->texts[r->texts_n++] =
	    (struct tcs_option_text){.key = key, .values = values, .n = n};
}

static void
open_driver(struct reader *r)
{
	struct tcs_diag diag = {0};

	if (tcs_driver_open(&tcs_feed_vigicrues, r->texts, r->texts_n, &r->st,
	        &diag) != TCS_OK)
		fail_msg("%s", tcs_diag_text(&diag));
	tcs_diag_fini(&diag);
}

static void
add(struct reader *r, const char *name, const char *url)
{
	char *path = NULL;
	struct tcs_buf *buf = &r->bodies[r->n];

	assert_true(r->n < BODIES_MAX);
	assert_true(asprintf(&path, "tests/data/feeds/vigicrues/%s", name) > 0);
	tcs_buf_init(buf, 8 << 20);
	assert_int_equal(tcs_file_read(path, buf, NULL), TCS_OK);
	r->fetches[r->n++] = (struct tcs_fetch){
	    .url = url == NULL ? "http://source.example/" : url,
	    .status = 200,
	    .body = tcs_buf_view(buf),
	    .fetched_ms = READ_MS};
	free(path);
}

static enum tcs_err
read_all(struct reader *r)
{
	const struct tcs_answers answers = {.items = r->fetches, .n = r->n};

	if (r->st == NULL)
		open_driver(r);
	tcs_readings_free(&r->readings);
	return tcs_readings_read(&tcs_feed_vigicrues, r->st, &answers,
	    &r->readings, &r->refusal, NULL);
}

static void
close_reader(struct reader *r)
{
	tcs_readings_free(&r->readings);
	for (size_t i = 0; i < r->n; i++)
		tcs_buf_fini(&r->bodies[i]);
	tcs_driver_close(&tcs_feed_vigicrues, &r->st);
}

static const struct tcs_reading *
find(const struct reader *r, const char *zone, const char *phenomenon)
{
	assert_non_null(r->readings);
	for (size_t i = 0; i < r->readings->n; i++) {
		const struct tcs_reading *x = &r->readings->items[i];
		if (strcmp(x->zone, zone) == 0 &&
		    (phenomenon == NULL ||
		        strcmp(x->phenomenon, phenomenon) == 0))
			return x;
	}
	fail_msg("no reading of %s", zone);
	return NULL;
}

static const char *
param(const struct tcs_reading *x, const char *name)
{
	for (size_t i = 0; i < x->params_n; i++) {
		if (strcmp(x->params[i].name, name) == 0)
			return x->params[i].value;
	}
	return "";
}

static int64_t
time_of(const char *iso)
{
	int64_t ms;

	assert_int_equal(tcs_time_parse(tcs_slice_str(iso), &ms), TCS_OK);
	return ms;
}

/* "a.json+b.json" */
static void
add_all(struct reader *r, const char *names)
{
	for (struct tcs_slice rest = tcs_slice_str(names); rest.p != NULL;) {
		char *name = tcs_slice_dup(tcs_slice_cut(rest, '+', &rest));
		assert_non_null(name);
		add(r, name, NULL);
		free(name);
	}
}

/* ---- bulletins ---- */

static const char bulletin_text[] =
    "Situation : L'Aa déborde à l'aval de Saint-Omer.\n"
    "Évolution prévue : La hausse se poursuit jusqu'à mardi matin.\n"
    "Conséquences possibles : Débordements localement importants.";

static void
a_bulletin_goes_to_the_troncons_that_stand(void **state)
{
	static const struct {
		const char *bodies, *zone, *text, *instruction, *expires;
	} cases[] = {
	    {"03-orange.geojson+bulletin.jsonld", "AP5", bulletin_text,
	        "Éloignez-vous des berges.", "2026-11-23T22:00:00+01:00"},
	    {"03-orange.geojson+bulletin.jsonld", "AP16", bulletin_text,
	        "Éloignez-vous des berges.", "2026-11-23T22:00:00+01:00"},
	    /* A green one has nothing to tell. */
	    {"03-orange.geojson+bulletin.jsonld", "AP6", NULL, NULL, NULL},
	    /* Nobody lists it: by the territory that the map names. */
	    {"03-orange.geojson+bulletin-no-detail.jsonld", "AP5",
	        bulletin_text, "Éloignez-vous des berges.",
	        "2026-11-24T12:00:00+01:00"},
	    /* Territories are renumbered: 29 in the map, listed under 1. */
	    {"03-orange.geojson+bulletin-list-as-text.jsonld", "AP16",
	        bulletin_text, "Éloignez-vous des berges.",
	        "2026-11-24T12:00:00+01:00"},
	    {"03-orange.geojson+bulletin-list-as-text.jsonld", "AP5", NULL,
	        NULL, NULL},
	    /* HTML becomes plain, placeholders and null become nothing. */
	    {"03-orange.geojson+bulletin-plain.json", "AP16",
	        "Situation : La Canche monte & reste haute.", NULL,
	        "2026-11-24T12:00:00+01:00"},
	    /* What is listed comes before what is the territory's. */
	    {"03-orange.geojson+bulletin-plain.json+bulletin.jsonld", "AP16",
	        "Situation : La Canche monte & reste haute.", NULL,
	        "2026-11-24T12:00:00+01:00"},
	    /* The nation's text is no tronçon's. */
	    {"03-orange.geojson+national-detail.jsonld", "AP5", NULL, NULL,
	        NULL},
	    {"03-orange.geojson+bulletin-obsolete.jsonld", "AP5", NULL, NULL,
	        NULL},
	    /* The map is of the next afternoon: the bulletin is past. */
	    {"05-orange.geojson+bulletin.jsonld", "AP5", NULL, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reader r = {0};
		add_all(&r, cases[i].bodies);
		assert_int_equal(read_all(&r), TCS_OK);
		const struct tcs_reading *x = find(&r, cases[i].zone, "crues");
		assert_int_equal(x->text == NULL, cases[i].text == NULL);
		if (x->text != NULL)
			assert_string_equal(x->text, cases[i].text);
		assert_int_equal(
		    x->instruction == NULL, cases[i].instruction == NULL);
		if (x->instruction != NULL)
			assert_string_equal(
			    x->instruction, cases[i].instruction);
		assert_int_equal(x->expires_ms,
		    cases[i].expires == NULL ? 0 : time_of(cases[i].expires));
		/* Nothing beside the tronçons of the map. */
		assert_int_equal(r.readings->n, 3);
		close_reader(&r);
	}
}

static void
what_is_wrong_beside_the_map_is_noted_and_the_levels_stand(void **state)
{
	static const char *const territory[] = {"29"};
	static const struct {
		const char *bodies, *note;
	} cases[] = {
	    {"03-orange.geojson+bulletin.jsonld", ""},
	    {"03-orange.geojson", "bulletin du territoire 29 absent"},
	    {"03-orange.geojson+bulletin-obsolete.jsonld",
	        "bulletin 29 marqué obsolète par la source"},
	    {"05-orange.geojson+bulletin.jsonld", "bulletin 29 périmé"},
	    {"03-orange.geojson+bulletin-no-time.jsonld",
	        "bulletin 29 sans date lisible ; "
	        "bulletin du territoire 29 absent"},
	    {"03-orange.geojson+bulletin.jsonld+error-400.json",
	        "réponse 3 sur 3 illisible (erreur du service)"},
	    {"03-orange.geojson+bulletin.jsonld+maintenance.html",
	        "réponse 3 sur 3 illisible (autre forme)"},
	    /* The table has AP5 orange in 62, its level is red. */
	    {"03-orange.geojson+bulletin.jsonld+departements.jsonld",
	        "département 62 rouge, ses tronçons orange selon la table"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reader r = {0};
		option(&r, "bulletins", territory, 1);
		add_all(&r, cases[i].bodies);
		assert_int_equal(read_all(&r), TCS_OK);
		assert_string_equal(r.readings->document.note, cases[i].note);
		assert_string_equal(find(&r, "AP5", NULL)->level, "orange");
		close_reader(&r);
	}
}

static void
a_bulletin_alone_gives_levels_of_its_parts(void **state)
{
	struct reader r = {0};

	(void)state;
	add(&r, "bulletin.jsonld", NULL);
	assert_int_equal(read_all(&r), TCS_OK);
	assert_false(r.readings->document.is_complete);
	assert_string_equal(find(&r, "AP5", NULL)->zone_name, "Aa");
	assert_string_equal(find(&r, "AP5", NULL)->text, bulletin_text);
	assert_null(find(&r, "AP6", NULL)->text);
	assert_string_equal(find(&r, "AP5", NULL)->departements[0], "62");
	close_reader(&r);
}

/* A body made here. */
static void
set_body(struct reader *r, const struct tcs_buf *buf)
{
	r->fetches[0] = (struct tcs_fetch){.url = "http://source.example/",
	    .status = 200,
	    .body = tcs_buf_view(buf),
	    .fetched_ms = READ_MS};
	r->n = 1;
}

static void
long_texts_are_cut_and_too_many_parts_refused(void **state)
{
	static const char *const fields[] = {"FaitNouvInfoVigiCru",
	    "SituActuInfoVigiCru", "SituHydroInfoVigiCru", "QualifInfoVigiCru",
	    "EvolInfoVigiCru", "ConseqInfoVigiCru", "ConsInfoVigiCru"};
	struct reader r = {0};
	struct tcs_buf buf;

	(void)state;
	tcs_buf_init(&buf, 8 << 20);
	tcs_buf_str(&buf, "{\"vic:InfoVigiCru\":{\"vic:DtHrInfoVigiCru\":"
	                  "\"2026-11-23T15:52:30+0100\"");
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		tcs_buf_printf(&buf, ",\"vic:%s\":\"", fields[i]);
		for (int k = 0; k < 4000; k++)
			tcs_buf_str(&buf, "é");
		tcs_buf_char(&buf, '"');
	}
	tcs_buf_str(&buf, ",\"vic:estLaSyntheseDe\":[");
	for (int i = 0; i < 2001; i++) {
		tcs_buf_printf(&buf,
		    "%s{\"NivInfoVigiCru\":3,\"CdEntVigiCru\":\"A%c%d\"}",
		    i == 0 ? "" : ",", 'A' + i / 100, i % 100);
		if (i != 1 && i != 2000)
			continue;
		size_t n = buf.n;
		tcs_buf_str(&buf, "]}}");
		set_body(&r, &buf);
		assert_int_equal(read_all(&r), i == 1 ? TCS_OK : TCS_EPARSE);
		if (i == 1) {
			const struct tcs_reading *x = find(&r, "AA0", NULL);
			assert_true(strlen(x->text) > 12000);
			assert_int_equal(strlen(x->instruction), 2000);
		}
		buf.n = n;
	}
	assert_int_equal(r.refusal, TCS_REFUSAL_RESHAPED);
	r.n = 0;
	tcs_buf_fini(&buf);
	close_reader(&r);
}

static void
a_bulletin_without_an_entity_is_of_what_was_asked(void **state)
{
	struct reader r = {0};

	(void)state;
	add(&r, "bulletin-troncon.jsonld", NULL);
	assert_int_equal(read_all(&r), TCS_OK);
	assert_int_equal(r.readings->n, 0);
	assert_string_equal(r.readings->document.note,
	    "un bulletin ne dit pas de quelle entité il est");
	r.fetches[0].url = "https://source.example/services/1/"
	                   "InfoVigiCru.jsonld/?TypEntVigiCru=8&"
	                   "CdEntVigiCru=AP6";
	assert_int_equal(read_all(&r), TCS_OK);
	assert_int_equal(r.readings->n, 1);
	assert_string_equal(find(&r, "AP6", "crues")->level, "vert");
	assert_string_equal(r.readings->document.note, "");
	close_reader(&r);
}

static void
levels_of_departements_are_places_of_their_own(void **state)
{
	struct reader r = {0};

	(void)state;
	add(&r, "departements.jsonld", NULL);
	assert_int_equal(read_all(&r), TCS_OK);
	assert_true(r.readings->document.is_complete);
	const struct tcs_reading *x = find(&r, "62", NULL);
	assert_string_equal(x->zone_name, "Pas-de-Calais");
	assert_string_equal(x->zone_word, "département");
	assert_string_equal(x->zone_scheme, "INSEE:DEP");
	assert_string_equal(x->departements[0], "62");
	assert_null(x->departements[1]);
	/* 92, 93 and 94 are not listed: Paris stands for them. */
	x = find(&r, "75", NULL);
	assert_string_equal(x->departements[0], "75");
	assert_string_equal(x->departements[3], "94");
	assert_null(x->departements[4]);
	close_reader(&r);
}

static void
each_territory_of_the_nation_has_its_own_issue_time(void **state)
{
	struct reader r = {0};

	(void)state;
	add(&r, "national-detail.jsonld", NULL);
	assert_int_equal(read_all(&r), TCS_OK);
	assert_true(r.readings->document.is_complete);
	assert_int_equal(r.readings->document.issued_ms,
	    time_of("2026-11-23T16:03:00+01:00"));
	assert_int_equal(find(&r, "AP5", NULL)->issued_ms,
	    time_of("2026-11-23T15:52:30+01:00"));
	assert_int_equal(find(&r, "SA7", NULL)->issued_ms,
	    time_of("2026-11-23T15:55:00+01:00"));
	assert_null(find(&r, "AP5", NULL)->text);
	const struct tcs_reading *x = find(&r, "A00", "bulletin");
	assert_int_equal(x->kind, TCS_READING_ITEM);
	assert_true(x->is_national);
	assert_string_equal(x->text, "Situation : Crues dans le nord.");
	close_reader(&r);
}

/* ---- observations ---- */

static void
an_observation_has_its_value_its_rate_and_its_rank(void **state)
{
	static const struct {
		const char *bodies, *phenomenon, *text, *value, *rate, *rank;
		const char *observed, *departement;
	} cases[] = {
	    {"observations.json+station.json", "hauteur",
	        "Hauteur 2,31 m le 15/01/2027 à 08 h 30 (+16 cm/h). Au-dessus "
	        "de la crue de décembre 1999 (2,10 m), en dessous de la crue "
	        "de mars 2002 (2,60 m).",
	        "2.310", "0.160", "2", "2027-01-15T08:30:00+01:00", "62"},
	    /* The station may come first, and in the other dialects. */
	    {"station.jsonld+observations.json", "hauteur",
	        "Hauteur 2,31 m le 15/01/2027 à 08 h 30 (+16 cm/h).", "2.310",
	        "0.160", "", "2027-01-15T08:30:00+01:00", "62"},
	    {"observations.json+station-v11.json", "hauteur",
	        "Hauteur 2,31 m le 15/01/2027 à 08 h 30 (+16 cm/h).", "2.310",
	        "0.160", "", "2027-01-15T08:30:00+01:00", "62"},
	    {"observations-pairs.json+station.json", "debit",
	        "Débit 34,5 m³/s le 15/01/2027 à 08 h 30 (+1,50 m³/s par "
	        "heure). En dessous de toutes les crues historiques de la "
	        "station, dont la crue de mars 2002 (41,0 m³/s).",
	        "34.500", "1.500", "2", "2027-01-15T08:30:00+01:00", "62"},
	    /* Between two points, seconds, texts and a comma. */
	    {"observations-quirks.json", "hauteur",
	        "Hauteur 2,31 m le 15/01/2027 à 08 h 30 (+177 cm/h).", "2.310",
	        "1.770", "", "2027-01-15T08:30:00+01:00", NULL},
	    /* Too short, or with a hole: no rate. */
	    {"observations-object.json", "hauteur",
	        "Hauteur 2,00 m le 15/01/2027 à 08 h 30.", "2.000", "", "",
	        "2027-01-15T08:30:00+01:00", NULL},
	    {"observations-gap.json", "hauteur",
	        "Hauteur 2,50 m le 15/01/2027 à 08 h 30.", "2.500", "", "",
	        "2027-01-15T08:30:00+01:00", NULL},
	    /* 9999 m and "NaN" are none, nor is a point of next month. */
	    {"observations-absurd.json", "hauteur",
	        "Hauteur 2,25 m le 15/01/2027 à 08 h 00.", "2.250", "", "",
	        "2027-01-15T08:00:00+01:00", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reader r = {0};
		add_all(&r, cases[i].bodies);
		assert_int_equal(read_all(&r), TCS_OK);
		assert_int_equal(r.readings->n, 1);
		const struct tcs_reading *x =
		    find(&r, "E351122001", cases[i].phenomenon);
		assert_int_equal(x->kind, TCS_READING_MEASURE);
		assert_string_equal(x->level, "none");
		assert_string_equal(x->text, cases[i].text);
		assert_string_equal(param(x, "tocsin:value"), cases[i].value);
		assert_string_equal(
		    param(x, "tocsin:rate-per-hour"), cases[i].rate);
		assert_string_equal(
		    param(x, "tocsin:historic-rank"), cases[i].rank);
		assert_string_equal(
		    param(x, "tocsin:observed"), cases[i].observed);
		assert_int_equal(x->issued_ms, time_of(cases[i].observed));
		assert_int_equal(x->expires_ms, x->issued_ms + TCS_HOURS(2));
		if (cases[i].departement == NULL)
			assert_null(x->departements[0]);
		else
			assert_string_equal(
			    x->departements[0], cases[i].departement);
		close_reader(&r);
	}
}

static void
an_old_observation_is_unknown_and_says_what_was(void **state)
{
	struct reader r = {0};

	(void)state;
	add(&r, "observations-stale.json", NULL);
	assert_int_equal(read_all(&r), TCS_OK);
	const struct tcs_reading *x = find(&r, "E351122001", "hauteur");
	assert_string_equal(x->level, "inconnu");
	assert_string_equal(x->text,
	    "Plus d'observation depuis plus de 2 heures. Dernière valeur "
	    "connue : Hauteur 2,50 m le 15/01/2027 à 06 h 30.");
	assert_string_equal(param(x, "tocsin:rate-per-hour"), "");
	/* The source is past too: nothing of it is newer. */
	assert_true(r.readings->document.expires_ms < READ_MS);
	/* An hour earlier the same bytes were fresh. */
	r.fetches[0].fetched_ms = READ_MS - TCS_HOURS(1);
	assert_int_equal(read_all(&r), TCS_OK);
	assert_string_equal(find(&r, "E351122001", NULL)->level, "none");
	close_reader(&r);
}

static void
a_value_steps_as_configured(void **state)
{
	static const char *const height[] = {"25"}, *const flow[] = {"50"};
	struct reader r = {0};

	(void)state;
	add_all(&r, "observations.json+observations-pairs.json");
	assert_int_equal(read_all(&r), TCS_OK);
	assert_true(find(&r, "E351122001", "hauteur")->step == 0.1);
	assert_true(find(&r, "E351122001", "debit")->step == 3.45);
	tcs_driver_close(&tcs_feed_vigicrues, &r.st);
	option(&r, "pas_hauteur_cm", height, 1);
	option(&r, "pas_debit_pourcent", flow, 1);
	assert_int_equal(read_all(&r), TCS_OK);
	assert_true(find(&r, "E351122001", "hauteur")->step == 0.25);
	assert_true(find(&r, "E351122001", "debit")->step == 17.25);
	close_reader(&r);
}

static void
the_set_is_complete_when_every_followed_series_came(void **state)
{
	static const char *const watch[] = {"observations"},
	                         *const station[] = {"E351122001"},
	                         *const both[] = {"H", "Q"};
	static const struct {
		const char *bodies;
		bool want;
	} cases[] = {{"observations.json", false},
	    {"observations.json+observations-pairs.json", true},
	    {"observations-empty.json+observations-pairs.json", true},
	    {"observations.json+maintenance.html", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reader r = {0};
		option(&r, "watch", watch, 1);
		option(&r, "stations", station, 1);
		option(&r, "grandeurs", both, 2);
		add_all(&r, cases[i].bodies);
		assert_int_equal(read_all(&r), TCS_OK);
		assert_int_equal(
		    r.readings->document.is_complete, cases[i].want);
		close_reader(&r);
	}
}

/* ---- forecasts ---- */

static void
a_forecast_is_its_greatest_value_and_when(void **state)
{
	static const struct {
		const char *bodies, *phenomenon, *text, *peak, *low, *expires;
	} cases[] = {
	    {"forecast.json+station.json", "prevision-hauteur",
	        "Maximum prévu : 3,00 m le 15/01/2027 à 15 h 17, entre 2,60 m "
	        "et 3,40 m (8 chances sur 10). Prévision produite le "
	        "15/01/2027 à 08 h 52.\nLes valeurs ont 8 chances sur 10 "
	        "d'être dans la fourchette.",
	        "2027-01-15T15:17:00+01:00", "2.600",
	        "2027-01-15T18:00:00+01:00"},
	    /* The older dialect: UTC, milliseconds, whole numbers, nulls. */
	    {"forecast-utc.json+station.json", "prevision-debit",
	        "Maximum prévu : 44,0 m³/s le 15/01/2027 à 14 h 33. Prévision "
	        "produite le 15/01/2027 à 08 h 52.",
	        "2027-01-15T14:33:20+01:00", "", "2027-01-15T14:33:20+01:00"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reader r = {0};
		add_all(&r, cases[i].bodies);
		assert_int_equal(read_all(&r), TCS_OK);
		assert_int_equal(r.readings->n, 1);
		const struct tcs_reading *x =
		    find(&r, "E351122001", cases[i].phenomenon);
		assert_string_equal(x->text, cases[i].text);
		assert_string_equal(param(x, "tocsin:peak"), cases[i].peak);
		assert_int_equal(x->onset_ms, time_of(cases[i].peak));
		assert_string_equal(param(x, "tocsin:value-low"), cases[i].low);
		assert_int_equal(x->expires_ms, time_of(cases[i].expires));
		assert_string_equal(x->departements[0], "62");
		close_reader(&r);
	}
}

static void
no_forecast_ends_what_stood_and_is_no_failure(void **state)
{
	static const char *const watch[] = {"forecasts"}, *const station[] = {
	                                                      "E351122001"};
	static const struct {
		const char *body, *url;
	} cases[] = {
	    /* Not in the list; an empty forecast; what the service says of a
	     * station, and of all. */
	    {"forecast-list-other.json", NULL},
	    {"forecast-empty.json", NULL},
	    {"forecast-none.json",
	        "http://source.example/?CdEntVigiCru=E351122001&GrdSimul=H"},
	    {"error-204.json", "http://source.example/?GrdSimul=H"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reader r = {0};
		option(&r, "watch", watch, 1);
		option(&r, "stations", station, 1);
		add(&r, cases[i].body, cases[i].url);
		add(&r, "station.json", NULL);
		assert_int_equal(read_all(&r), TCS_OK);
		assert_int_equal(r.readings->n, 1);
		const struct tcs_reading *x =
		    find(&r, "E351122001", "prevision-hauteur");
		assert_true(x->is_end);
		assert_string_equal(
		    x->headline, "Fin de prévision de hauteur : Delettes");
		close_reader(&r);
	}
}

/* ---- what is asked for ---- */

/* What was asked, one line each; bodies that answer. */
struct asked {
	struct tcs_buf lines;
};

static enum tcs_err
asked_add(void *arg, const struct tcs_ask *ask)
{
	struct asked *a = arg;

	tcs_buf_printf(&a->lines, "%s%s%s%s\n", ask->url,
	    ask->is_head ? " head" : "", ask->is_optional ? " optional" : "",
	    ask->is_fixed ? " fixed" : "");
	return a->lines.err;
}

static void
assert_asks(
    struct reader *r, const char *url, const char *want, const char *tag)
{
	struct asked a;
	struct tcs_ask_sink out = {.arg = &a, .ask = asked_add};

	tcs_buf_init(&a.lines, 10000);
	for (size_t i = 0; i < r->n && tag != NULL; i++)
		r->fetches[i].tag = tag;
	const struct tcs_asking asking = {.url = url,
	    .got = {.items = r->fetches, .n = r->n},
	    .now_ms = READ_MS};
	assert_int_equal(
	    tcs_feed_vigicrues.ask(r->st, &asking, &out, NULL), TCS_OK);
	assert_string_equal(a.lines.n == 0 ? "" : a.lines.p, want);
	tcs_buf_fini(&a.lines);
}

#define MAP_URL "http://source.example/services/InfoVigiCru.geojson"

static void
the_map_is_asked_first_and_what_is_beside_it_may_fail(void **state)
{
	static const char *const territories[] = {"29", "3"};
	static const char *const yes[] = {"yes"};
	struct reader r = {0};

	(void)state;
	open_driver(&r);
	assert_asks(&r, MAP_URL, MAP_URL " head\n", NULL);
	add(&r, "03-orange.geojson", NULL);
	assert_asks(&r, MAP_URL, "", NULL);
	close_reader(&r);

	r = (struct reader){0};
	option(&r, "bulletins", territories, 2);
	option(&r, "departements_niveau", yes, 1);
	open_driver(&r);
	assert_asks(&r, MAP_URL,
	    MAP_URL "\n"
	            "http://source.example/services/1/InfoVigiCru.jsonld?"
	            "CdEntVigiCru=29&TypEntVigiCru=5 optional\n"
	            "http://source.example/services/1/InfoVigiCru.jsonld?"
	            "CdEntVigiCru=3&TypEntVigiCru=5 optional\n"
	            "http://source.example/services/1/InfoVigiCru.jsonld?"
	            "TypEntVigiCru=4 optional\n",
	    NULL);
	add(&r, "03-orange.geojson", NULL);
	assert_asks(&r, MAP_URL, "", NULL);
	close_reader(&r);
}

static void
other_watches_ask_their_services_below_the_same_url(void **state)
{
	static const char *const rss[] = {"rss"},
	                         *const observations[] = {"observations"},
	                         *const codes[] = {"AP5", "AP6"},
	                         *const station[] = {"E351122001"},
	                         *const both[] = {"H", "Q"};
	struct reader r = {0};

	(void)state;
	option(&r, "watch", rss, 1);
	option(&r, "troncons_suivis", codes, 2);
	open_driver(&r);
	assert_asks(&r, "https://source.example",
	    "https://source.example/territoire/rss?CdEntVigiCru=AP5,AP6 "
	    "head\n",
	    NULL);
	assert_asks(&r, "http://127.0.0.1:8080/miroir/services/x.geojson",
	    "http://127.0.0.1:8080/miroir/territoire/rss?"
	    "CdEntVigiCru=AP5,AP6 head\n",
	    NULL);
	close_reader(&r);

	r = (struct reader){0};
	option(&r, "watch", observations, 1);
	option(&r, "stations", station, 1);
	option(&r, "grandeurs", both, 2);
	open_driver(&r);
	assert_asks(&r, MAP_URL,
	    "http://source.example/services/observations.json/index.php?"
	    "CdStationHydro=E351122001&GrdSerie=H&FormatDate=iso optional\n"
	    "http://source.example/services/observations.json/index.php?"
	    "CdStationHydro=E351122001&GrdSerie=Q&FormatDate=iso optional\n"
	    "http://source.example/services/station.json/index.php?"
	    "CdStationHydro=E351122001 optional fixed\n",
	    NULL);
	close_reader(&r);
}

static void
forecasts_are_asked_of_the_stations_that_the_list_names(void **state)
{
	static const char *const watch[] = {"forecasts"}, *const stations[] = {
	                                                      "E351122001",
	                                                      "B540001001"};
	struct reader r = {0};

	(void)state;
	option(&r, "watch", watch, 1);
	option(&r, "stations", stations, 2);
	open_driver(&r);
	assert_asks(&r, MAP_URL,
	    "http://source.example/services/v1.1/prevision.json?"
	    "FormatDate=iso&GrdSimul=H\n"
	    "http://source.example/services/station.json/index.php?"
	    "CdStationHydro=E351122001 optional fixed\n"
	    "http://source.example/services/station.json/index.php?"
	    "CdStationHydro=B540001001 optional fixed\n",
	    NULL);
	add(&r, "forecast-list.json", NULL);
	assert_asks(&r, MAP_URL,
	    "http://source.example/services/v1.1/prevision.json?"
	    "CdEntVigiCru=E351122001&TypEntVigiCru=7&FormatDate=iso&"
	    "GrdSimul=H\n",
	    "FormatDate=iso&GrdSimul=H");
	add(&r, "forecast.json", NULL);
	r.fetches[1].tag = "CdEntVigiCru=E351122001&TypEntVigiCru=7&"
	                   "FormatDate=iso&GrdSimul=H";
	assert_asks(&r, MAP_URL, "", NULL);
	/* The one that is not listed is over, the other stands. */
	assert_int_equal(read_all(&r), TCS_OK);
	assert_false(find(&r, "E351122001", NULL)->is_end);
	assert_true(find(&r, "B540001001", NULL)->is_end);
	close_reader(&r);

	/* A list that has none of them, or says that there is none. */
	r = (struct reader){0};
	option(&r, "watch", watch, 1);
	option(&r, "stations", stations, 2);
	open_driver(&r);
	add(&r, "forecast-list-other.json", NULL);
	assert_asks(&r, MAP_URL, "", "FormatDate=iso&GrdSimul=H");
	add(&r, "error-204.json", NULL);
	assert_asks(&r, MAP_URL, "", "FormatDate=iso&GrdSimul=H");
	close_reader(&r);
}

static void
options_that_cannot_work_are_refused(void **state)
{
	static const struct {
		const char *keys[2], *values[2];
	} cases[] = {
	    {{"watch"}, {"rss"}},
	    {{"watch"}, {"observations"}},
	    {{"watch"}, {"forecasts"}},
	    {{"watch"}, {"carte"}},
	    {{"bulletins"}, {"AP5"}},
	    {{"watch", "troncons_suivis"}, {"rss", "29"}},
	    {{"watch", "stations"}, {"observations", "E3511220"}},
	    {{"grandeurs"}, {"V"}},
	    {{"pas_hauteur_cm"}, {"0"}},
	    {{"pas_debit_pourcent"}, {"101"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_option_text texts[2];
		size_t n = 0;
		void *st = NULL;
		struct tcs_diag diag = {0};
		for (; n < 2 && cases[i].keys[n] != NULL; n++)
			texts[n] =
			    (struct tcs_option_text){.key = cases[i].keys[n],
			        .values = &cases[i].values[n],
			        .n = 1};
		assert_int_equal(
		    tcs_driver_open(&tcs_feed_vigicrues, texts, n, &st, &diag),
		    TCS_ECONFIG);
		assert_true(strlen(tcs_diag_text(&diag)) > 0);
		assert_null(st);
		tcs_diag_fini(&diag);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_bulletin_goes_to_the_troncons_that_stand),
	    cmocka_unit_test(
	        what_is_wrong_beside_the_map_is_noted_and_the_levels_stand),
	    cmocka_unit_test(a_bulletin_alone_gives_levels_of_its_parts),
	    cmocka_unit_test(long_texts_are_cut_and_too_many_parts_refused),
	    cmocka_unit_test(a_bulletin_without_an_entity_is_of_what_was_asked),
	    cmocka_unit_test(levels_of_departements_are_places_of_their_own),
	    cmocka_unit_test(
	        each_territory_of_the_nation_has_its_own_issue_time),
	    cmocka_unit_test(
	        an_observation_has_its_value_its_rate_and_its_rank),
	    cmocka_unit_test(an_old_observation_is_unknown_and_says_what_was),
	    cmocka_unit_test(a_value_steps_as_configured),
	    cmocka_unit_test(
	        the_set_is_complete_when_every_followed_series_came),
	    cmocka_unit_test(a_forecast_is_its_greatest_value_and_when),
	    cmocka_unit_test(no_forecast_ends_what_stood_and_is_no_failure),
	    cmocka_unit_test(
	        the_map_is_asked_first_and_what_is_beside_it_may_fail),
	    cmocka_unit_test(
	        other_watches_ask_their_services_below_the_same_url),
	    cmocka_unit_test(
	        forecasts_are_asked_of_the_stations_that_the_list_names),
	    cmocka_unit_test(options_that_cannot_work_are_refused),
	};

	if (tcs_clock_set_zone("Europe/Paris") != TCS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

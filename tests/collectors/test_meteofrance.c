#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/compare.h"
#include "collectors/driver.h"
#include "collectors/feed.h"
#include "collectors/readings.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/file.h"

extern const struct tcs_feed_ops tcs_feed_meteofrance;

#define OPS (&tcs_feed_meteofrance)

enum { BODIES_MAX = 4 };

/* Friday 15 January 2027, 09:00 in Paris. */
#define FETCHED_MS INT64_C(1800000000000)

/* A driver's block, with at most one option. */
static void *
driver(const char *key, const char *value)
{
	const struct tcs_option_text text = {
	    .key = key, .values = &value, .n = 1};
	void *st = NULL;

	assert_int_equal(
	    tcs_driver_open(OPS, &text, key == NULL ? 0 : 1, &st, NULL),
	    TCS_OK);
	return st;
}

/* The bodies of one poll, "a.json+b.json". */
struct poll {
	struct tcs_fetch fetches[BODIES_MAX];
	struct tcs_buf bodies[BODIES_MAX];
	size_t n;
};

static struct tcs_answers
poll_open(struct poll *p, const char *files)
{
	p->n = 0;
	for (struct tcs_slice rest = tcs_slice_str(files); rest.p != NULL;) {
		struct tcs_slice name = tcs_slice_cut(rest, '+', &rest);
		char *path = NULL;
		assert_true(p->n < BODIES_MAX);
		assert_true(asprintf(&path, "tests/data/feeds/meteofrance/%.*s",
		                TCS_SLICE_ARG(name)) > 0);
		tcs_buf_init(&p->bodies[p->n], 1 << 20);
		assert_int_equal(
		    tcs_file_read(path, &p->bodies[p->n], NULL), TCS_OK);
		p->fetches[p->n] =
		    (struct tcs_fetch){.url = "http://source.example/",
		        .status = 200,
		        .body = tcs_buf_view(&p->bodies[p->n]),
		        .fetched_ms = FETCHED_MS};
		free(path);
		p->n++;
	}
	return (struct tcs_answers){.items = p->fetches, .n = p->n};
}

static void
poll_close(struct poll *p)
{
	for (size_t i = 0; i < p->n; i++)
		tcs_buf_fini(&p->bodies[i]);
}

static struct tcs_readings *
read_answers(void *st, const struct tcs_answers *answers)
{
	struct tcs_readings *readings = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag diag = {0};

	if (tcs_readings_read(OPS, st, answers, &readings, &refusal, &diag) !=
	    TCS_OK)
		fail_msg("refused: %s", tcs_diag_text(&diag));
	assert_int_equal(diag.n, 0);
	return readings;
}

static struct tcs_readings *
read_files(const char *files)
{
	void *st = driver(NULL, NULL);
	struct poll p;
	struct tcs_answers answers = poll_open(&p, files);
	struct tcs_readings *readings = read_answers(st, &answers);

	poll_close(&p);
	tcs_driver_close(OPS, &st);
	return readings;
}

static struct tcs_readings *
read_text(const char *text)
{
	void *st = driver(NULL, NULL);
	const struct tcs_fetch fetch = {.url = "http://source.example/",
	    .status = 200,
	    .body = tcs_slice_str(text),
	    .fetched_ms = FETCHED_MS};
	const struct tcs_answers answers = {.items = &fetch, .n = 1};
	struct tcs_readings *readings = read_answers(st, &answers);

	tcs_driver_close(OPS, &st);
	return readings;
}

/* What refuses the body; checks that it says why. */
static enum tcs_refusal
refused(struct tcs_slice body, int64_t fetched_ms, const char *why)
{
	void *st = driver(NULL, NULL);
	const struct tcs_fetch fetch = {.url = "http://source.example/",
	    .status = 200,
	    .body = body,
	    .fetched_ms = fetched_ms};
	const struct tcs_answers answers = {.items = &fetch, .n = 1};
	struct tcs_readings *readings = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag diag = {0};

	assert_int_equal(
	    tcs_readings_read(OPS, st, &answers, &readings, &refusal, &diag),
	    TCS_EPARSE);
	if (strstr(tcs_diag_text(&diag), why) == NULL)
		fail_msg("\"%s\" is not said: %s", why, tcs_diag_text(&diag));
	tcs_diag_fini(&diag);
	tcs_driver_close(OPS, &st);
	return refusal;
}

static const struct tcs_reading *
find(const struct tcs_readings *r, const char *zone, const char *phenomenon)
{
	for (size_t i = 0; i < r->n; i++) {
		if (tcs_zone_compare(r->items[i].zone, r->items[i].phenomenon,
		        zone, phenomenon) == 0)
			return &r->items[i];
	}
	fail_msg("no reading %s/%s", zone, phenomenon);
	return NULL;
}

static void
assert_time(int64_t ms, const char *iso)
{
	char text[TCS_TIME_TEXT];

	assert_string_equal(tcs_time_iso(ms, text), iso);
}

/* ---- from documents to signals ---- */

/* "Update orange -> jaune 62/vent/62: Vigilance …", one a line. */
static void
append_signals(struct tcs_buf *buf, const struct tcs_compare_out *out)
{
	for (size_t i = 0; i < out->signals.n; i++) {
		const struct tcs_signal *s = &out->signals.items[i].signal;
		if (strcmp(s->status, "System") == 0)
			continue;
		tcs_buf_printf(buf, "%s%s %s%s %s/%s/%s: %s\n", s->msg_type,
		    s->is_end ? " end" : "", s->level,
		    out->signals.items[i].is_prolonged ? " prolonged" : "",
		    s->zone, s->phenomenon, s->departement, s->headline);
	}
}

static void
take(struct tcs_picture **held, const char *files, const char *want)
{
	const struct tcs_origin origin = {.observatory = "demo",
	    .sender = "demo@tocsin.example",
	    .status = "Test",
	    .feed = "meteofrance",
	    .source = "meteofrance",
	    .source_name = "Météo-France",
	    .ops = OPS};
	struct tcs_readings *readings = read_files(files);
	const struct tcs_compare_in in = {.origin = &origin,
	    .held = *held,
	    .readings = readings,
	    .hash = "0123456789012345678901234567890123456789"
	            "012345678901234567890123",
	    .answered_ms = readings->document.issued_ms,
	    .fetched_ms = readings->document.issued_ms,
	    .now_ms = readings->document.issued_ms};
	struct tcs_compare_out out;
	struct tcs_buf got;

	assert_int_equal(tcs_compare(&in, &out), TCS_OK);
	assert_int_equal(tcs_signals_pack(&out.signals, NULL), TCS_OK);
	tcs_buf_init(&got, 1 << 16);
	tcs_buf_str(&got, "");
	append_signals(&got, &out);
	assert_string_equal(got.p == NULL ? "" : got.p, want);
	tcs_buf_fini(&got);
	tcs_picture_free(held);
	*held = out.picture;
	out.picture = NULL;
	tcs_compare_fini(&out);
	tcs_readings_free(&readings);
}

static void
an_announced_orange_is_the_orange_of_the_day_after_and_ends_at_green(
    void **state)
{
	static const struct {
		const char *files, *want;
	} steps[] = {
	    {"01-quiet.json", ""},
	    {"02-announced.json",
	        "Alert orange 62/vent/62: Vigilance vent orange à partir du "
	        "vendredi 15 janvier à 6 h : Pas-de-Calais\n"
	        "Alert jaune 6210/vagues-submersion/62: Vigilance "
	        "vagues-submersion jaune à partir du vendredi 15 janvier à 0 h "
	        ": littoral Pas-de-Calais\n"
	        "Alert none FRA/commentaire/FR: Commentaire de la carte de "
	        "vigilance : France\n"},
	    {"03-now.json",
	        "Update orange 62/vent/62: Vigilance vent orange : "
	        "Pas-de-Calais\n"
	        "Update jaune 6210/vagues-submersion/62: Vigilance "
	        "vagues-submersion jaune : littoral Pas-de-Calais\n"},
	    /* Its hours are past: what is ahead, and no end. */
	    {"04-less.json",
	        "Update jaune 62/vent/62: Vigilance vent jaune : "
	        "Pas-de-Calais\n"
	        "Update end vert 6210/vagues-submersion/62: Fin de vigilance "
	        "vagues-submersion : Pas-de-Calais\n"},
	    {"04-less.json", ""},
	    {"05-night.json",
	        "Update end vert 62/vent/62: Fin de vigilance vent : "
	        "Pas-de-Calais\n"},
	};
	struct tcs_picture *held = tcs_picture_new();

	(void)state;
	assert_non_null(held);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		take(&held, steps[i].files, steps[i].want);
	tcs_picture_free(&held);
}

static void
bulletins_change_the_states_that_they_are_about_and_no_other(void **state)
{
	struct tcs_picture *held = tcs_picture_new();

	(void)state;
	assert_non_null(held);
	take(&held, "03-now.json",
	    "Alert orange 62/vent/62: Vigilance vent orange : Pas-de-Calais\n"
	    "Alert jaune 6210/vagues-submersion/62: Vigilance "
	    "vagues-submersion jaune : littoral Pas-de-Calais\n");
	take(&held, "03-now.json+textes.json",
	    "Alert none 62/crues-aggravation/62: Aggravation possible de la "
	    "vigilance crues : Pas-de-Calais\n"
	    "Update orange 62/vent/62: Vigilance vent orange : Pas-de-Calais\n"
	    "Update jaune 6210/vagues-submersion/62: Vigilance "
	    "vagues-submersion jaune : littoral Pas-de-Calais\n"
	    "Alert none 99/aggravation/FR: Aggravation possible de la "
	    "vigilance : Andorre\n"
	    "Alert none FRA/bulletin/FR: Bulletin de vigilance : France\n"
	    "Alert none ZDF_NORD/aggravation/FR: Aggravation possible de la "
	    "vigilance : Zone de défense Nord\n");
	take(&held, "03-now.json+textes.json", "");
	tcs_picture_free(&held);
}

/* ---- what a reading says ---- */

static void
the_text_says_the_colours_in_their_order(void **state)
{
	static const struct {
		const char *files, *zone, *phenomenon, *text, *onset;
	} cases[] = {
	    {"02-announced.json", "62", "vent",
	        "Vert jusqu'au vendredi 15 janvier à 6 h, puis orange jusqu'à "
	        "18 h, puis jaune jusqu'à 24 h au moins.",
	        "2027-01-15T06:00:00+01:00"},
	    /* Begun, though its first hour is minutes after the issue. */
	    {"03-now.json", "62", "vent",
	        "Orange jusqu'au vendredi 15 janvier à 18 h, puis jaune "
	        "jusqu'à 24 h, puis vert.",
	        "2027-01-15T07:00:00+01:00"},
	    {"floods.json", "62", "crues",
	        "Jaune pour vendredi 15 janvier, orange pour samedi 16 "
	        "janvier, sans chronologie.",
	        "2027-01-16T00:00:00+01:00"},
	    {"past-hours.json", "62", "vent",
	        "Jaune jusqu'au vendredi 15 janvier à 24 h au moins.",
	        "2027-01-15T13:00:00+01:00"},
	    /* The declared maximum is above the hours that are given. */
	    {"past-hours.json", "62", "orages",
	        "Jaune jusqu'au vendredi 15 janvier à 24 h au moins. Orange "
	        "pour vendredi 15 janvier, sans chronologie.",
	        "2027-01-15T06:00:00+01:00"},
	    {"season.json", "73", "avalanches",
	        "Orange jusqu'au vendredi 15 janvier à 24 h, puis jaune "
	        "jusqu'au samedi 16 janvier à 24 h au moins.",
	        "2027-01-15T06:00:00+01:00"},
	    {"webservice-coast.json", "6210", "vagues-submersion",
	        "Jaune jusqu'au vendredi 15 janvier à 16 h, puis vert.",
	        "2027-01-15T06:00:00+01:00"},
	    {"nxfr33.xml", "75", "neige-verglas",
	        "Orange jusqu'au samedi 16 janvier à 6 h au moins.",
	        "2027-01-15T06:00:00+01:00"},
	    /* Hours that contradict each other are not told. */
	    {"overlap.json", "62", "vent", NULL, "2027-01-15T11:00:00+01:00"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_readings *r = read_files(cases[i].files);
		const struct tcs_reading *x =
		    find(r, cases[i].zone, cases[i].phenomenon);
		if (cases[i].text == NULL)
			assert_null(x->text);
		else
			assert_string_equal(x->text, cases[i].text);
		assert_int_equal(x->kind, TCS_READING_LEVEL);
		assert_time(x->onset_ms, cases[i].onset);
		tcs_readings_free(&r);
	}
}

static void
days_and_hours_are_those_of_the_legal_clock(void **state)
{
	static const char body[] =
	    "{\"product\":{\"update_time\":\"2027-03-27T15:00:00Z\","
	    "\"periods\":[{\"begin_validity_time\":\"2027-03-27T15:00:00Z\","
	    "\"end_validity_time\":\"2027-04-01T22:00:00Z\",\"timelaps\":"
	    "{\"domain_ids\":[{\"domain_id\":\"62\",\"phenomenon_items\":"
	    "[{\"phenomenon_id\":\"1\",\"phenomenon_max_color_id\":3,"
	    "\"timelaps_items\":[{\"begin_time\":\"2027-03-28T00:30:00Z\","
	    "\"end_time\":\"2027-03-28T01:15:00Z\",\"color_id\":3},"
	    "{\"begin_time\":\"2027-03-31T22:00:00Z\","
	    "\"end_time\":\"2027-04-01T10:00:00Z\",\"color_id\":2}]}]}]}}]}}";
	struct tcs_readings *r = read_text(body);

	(void)state;
	/* The night on which 2 h does not exist; a gap; the first. */
	assert_string_equal(r->items[0].text,
	    "Orange du dimanche 28 mars à 1 h 30 jusqu'à 3 h 15, puis jaune du "
	    "jeudi 1er avril à 0 h jusqu'à 12 h.");
	assert_string_equal(r->items[0].headline,
	    "Vigilance vent orange à partir du dimanche 28 mars à 1 h 30 : "
	    "Pas-de-Calais");
	tcs_readings_free(&r);
}

static void
texts_join_their_hazard_and_lose_their_markup(void **state)
{
	struct tcs_readings *r = read_files("03-now.json+textes.json");

	(void)state;
	assert_string_equal(find(r, "62", "vent")->text,
	    "Orange jusqu'au vendredi 15 janvier à 18 h, puis jaune jusqu'à "
	    "24 h, puis vert.\n"
	    "Situation générale : Vent fort de sud-ouest.\n"
	    "Pour vendredi 15 janvier :\n"
	    "Qualification : Coup de vent.\n"
	    "Observations notables : À 6 h : 110 km/h au cap Gris-Nez.\n"
	    "Cumuls < 5 mm.\n"
	    "Pour samedi 16 janvier :\n"
	    "Évolution prévue : Le vent faiblit & tourne.");
	/* The département's text on waves is its coast's. */
	assert_string_equal(find(r, "6210", "vagues-submersion")->text,
	    "Jaune jusqu'au vendredi 15 janvier à 24 h, puis vert.\n"
	    "Situation générale : Vent fort de sud-ouest.\n"
	    "Côte d'Opale\n"
	    "Déferlements possibles à marée haute.");
	/* For when it ends: a green state has the general text too. */
	assert_string_equal(find(r, "62", "crues")->text,
	    "Situation générale : Vent fort de sud-ouest.");
	assert_null(find(r, "59", "vent")->text);
	tcs_readings_free(&r);
}

static void
what_may_come_is_an_item_and_no_level(void **state)
{
	struct tcs_readings *r = read_files("03-now.json+textes.json");
	const struct tcs_reading *x = find(r, "62", "crues-aggravation");

	(void)state;
	assert_int_equal(x->kind, TCS_READING_ITEM);
	assert_string_equal(x->level, "none");
	assert_string_equal(x->text,
	    "Un passage en vigilance orange est envisageable dans la nuit.");
	assert_string_equal(x->departements[0], "62");
	assert_string_equal(x->certainty, "Possible");
	assert_time(x->issued_ms, "2027-01-15T07:00:03+01:00");
	assert_time(x->expires_ms, "2027-01-17T00:00:00+01:00");
	x = find(r, "FRA", "bulletin");
	assert_true(x->is_national);
	assert_null(x->departements[0]);
	assert_string_equal(x->text,
	    "Faits nouveaux : Néant.\n"
	    "Situation générale : Une dépression creuse traverse la Manche.");
	/* A zone's text is of no département: it would be told to each. */
	x = find(r, "ZDF_NORD", "aggravation");
	assert_true(x->is_national);
	assert_string_equal(
	    x->text, "Départements concernés : Pas-de-Calais (62)");
	tcs_readings_free(&r);
}

static void
bulletins_alone_are_items_of_their_domains(void **state)
{
	struct tcs_readings *r = read_files("textes.json");

	(void)state;
	assert_false(r->document.is_complete);
	assert_string_equal(find(r, "62", "bulletin")->text,
	    "Situation générale : Vent fort de sud-ouest.\n"
	    "Vent violent :\n"
	    "Pour vendredi 15 janvier :\n"
	    "Qualification : Coup de vent.\n"
	    "Observations notables : À 6 h : 110 km/h au cap Gris-Nez.\n"
	    "Cumuls < 5 mm.\n"
	    "Pour samedi 16 janvier :\n"
	    "Évolution prévue : Le vent faiblit & tourne.\n"
	    "Vagues-submersion :\n"
	    "Côte d'Opale\n"
	    "Déferlements possibles à marée haute.");
	tcs_readings_free(&r);
	r = read_files("textes-odd.json");
	assert_string_equal(find(r, "62", "neige-verglas-aggravation")->text,
	    "Neige : 1 < 5 cm\npuis pluie");
	tcs_readings_free(&r);
}

static void
a_coast_is_no_departement_and_lies_in_one(void **state)
{
	struct tcs_readings *r = read_files("domains.json");
	const struct tcs_reading *x = find(r, "8510", "vagues-submersion");

	(void)state;
	assert_string_equal(x->zone_word, "littoral");
	assert_string_equal(x->departements[0], "85");
	assert_string_equal(x->zone_name, "Vendée");
	/* "10" is the Aube, not a coast of nothing. */
	assert_null(find(r, "10", "vent")->zone_word);
	/* There is no such coast: kept, of no département. */
	x = find(r, "6710", "vagues-submersion");
	assert_null(x->departements[0]);
	assert_false(x->is_national);
	assert_int_equal(r->document.skipped, 2);
	tcs_readings_free(&r);
}

static void
overseas_is_read_as_its_map_says(void **state)
{
	struct tcs_readings *r = read_files("overseas.json");
	const struct tcs_reading *x = find(r, "VIGI971", "phenomene-10");

	(void)state;
	assert_string_equal(x->level, "violet");
	assert_string_equal(x->departements[0], "971");
	assert_string_equal(x->zone_name, "Guadeloupe");
	x = find(r, "VIGI971-51", "pluie-inondation");
	assert_string_equal(x->zone_name, "Nord Basse-Terre");
	x = find(r, "VIGI978-977-01", "vent");
	assert_string_equal(x->level, "inconnu");
	assert_true(x->is_national);
	tcs_readings_free(&r);
}

static void
the_old_map_keeps_both_colours_of_a_departement(void **state)
{
	static const char *const ring[] = {"75", "92", "93", "94"};
	struct tcs_readings *r = read_files("nxfr33.xml");

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const struct tcs_reading *snow =
		    find(r, ring[i], "neige-verglas");
		assert_string_equal(snow->level, "orange");
		assert_string_equal(snow->instruction,
		    "Soyez très prudents.\n- Renseignez-vous.");
		assert_string_equal(find(r, ring[i], "crues")->level, "jaune");
		assert_string_equal(snow->departements[0], ring[i]);
	}
	assert_string_equal(
	    find(r, "2A", "vent")->instruction, "Rangez les objets.");
	assert_time(r->document.issued_ms, "2027-01-15T06:00:00+01:00");
	assert_time(r->document.expires_ms, "2027-01-16T06:00:00+01:00");
	/* No flood vigilance there: not green, not at all. */
	for (size_t i = 0; i < r->n; i++)
		assert_false(strcmp(r->items[i].zone, "2A") == 0 &&
		             strcmp(r->items[i].phenomenon, "crues") == 0);
	tcs_readings_free(&r);
	r = read_files("nxfr33-ring.xml"); /* summer; 93 has its own row */
	assert_time(r->document.issued_ms, "2027-07-15T06:00:00+02:00");
	assert_string_equal(find(r, "93", "orages")->level, "jaune");
	for (size_t i = 0; i < r->n; i++)
		assert_string_not_equal(r->items[i].zone, "92");
	tcs_readings_free(&r);
}

/* ---- the document ---- */

static void
it_holds_until_its_last_period_ends_and_is_late_after_six_and_sixteen(
    void **state)
{
	static const struct {
		const char *files, *next, *frozen, *expires;
	} cases[] = {
	    {"03-now.json", "2027-01-15T16:00:00+01:00",
	        "2027-01-16T06:00:00+01:00", "2027-01-17T00:00:00+01:00"},
	    /* The night has no J1. */
	    {"05-night.json", "2027-01-16T06:00:00+01:00",
	        "2027-01-16T16:00:00+01:00", "2027-01-17T00:00:00+01:00"},
	    {"stale.json", "2027-01-04T16:00:00+01:00",
	        "2027-01-05T06:00:00+01:00", "2027-01-05T00:00:00+01:00"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_readings *r = read_files(cases[i].files);
		assert_time(r->document.next_issue_ms, cases[i].next);
		assert_time(r->document.frozen_ms, cases[i].frozen);
		assert_time(r->document.expires_ms, cases[i].expires);
		assert_true(r->document.is_complete);
		assert_string_equal(r->document.note, "");
		tcs_readings_free(&r);
	}
}

static void
bulletins_that_cannot_be_read_are_noted(void **state)
{
	struct tcs_readings *r = read_files("03-now.json+page-502.html");

	(void)state;
	assert_non_null(strstr(r->document.note, "bulletins"));
	tcs_readings_free(&r);
	r = read_files("03-now.json+error-blob.json"); /* none is no fault */
	assert_string_equal(r->document.note, "");
	tcs_readings_free(&r);
}

static void
what_is_no_product_is_refused_and_named(void **state)
{
	static const struct {
		const char *body, *why;
		enum tcs_refusal refusal;
	} cases[] = {
	    {"{\"code\":\"900901\",\"message\":\"Invalid Credentials\"}",
	        "900901", TCS_REFUSAL_ERROR},
	    {"{\"fault\":{\"code\":900800,\"message\":\"Throttled\"}}",
	        "900800", TCS_REFUSAL_ERROR},
	    {"<html><title>502 Bad Gateway</title></html>", "web page",
	        TCS_REFUSAL_ERROR},
	    {"<fault><code>900902</code><message>m</message></fault>",
	        "900902 m", TCS_REFUSAL_ERROR},
	    {"PK\3\4\24\1\1\1", "ZIP", TCS_REFUSAL_RESHAPED},
	    {"Fri\n1 2 vigilance.zip", "control file", TCS_REFUSAL_RESHAPED},
	    {"", "empty", TCS_REFUSAL_TRUNCATED},
	    {"  \n", "empty", TCS_REFUSAL_TRUNCATED},
	    {"[]", "no product", TCS_REFUSAL_RESHAPED},
	    {"{\"error\":\"no matching blob\"}", "no bulletin",
	        TCS_REFUSAL_ERROR},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(refused(tcs_slice_str(cases[i].body),
		                     FETCHED_MS, cases[i].why),
		    cases[i].refusal);
}

/* The service of the mobile applications kept its last answer for weeks. */
static void
an_answer_of_the_old_service_is_no_data_past_its_validity(void **state)
{
	struct poll p;
	struct tcs_answers answers = poll_open(&p, "webservice-stale.json");
	struct tcs_slice body = answers.items[0].body;
	struct tcs_readings *readings = NULL;

	(void)state;
	assert_int_equal(
	    refused(body, FETCHED_MS, "no fresh data"), TCS_REFUSAL_ERROR);
	p.fetches[0].fetched_ms = FETCHED_MS - TCS_DAYS(12);
	void *st = driver(NULL, NULL);
	readings = read_answers(st, &answers);
	assert_string_equal(find(readings, "62", "vent")->level, "jaune");
	tcs_readings_free(&readings);
	tcs_driver_close(OPS, &st);
	poll_close(&p);
}

/* ---- hostile sizes ---- */

/* `body` with `part` n times in place of '#', separated by commas. */
static char *
repeated(const char *body, const char *part, size_t n)
{
	const char *at = strchr(body, '#');
	struct tcs_buf buf;
	char *text = NULL;

	tcs_buf_init(&buf, 16 << 20);
	tcs_buf_append(&buf, body, (size_t)(at - body));
	for (size_t i = 0; i < n; i++)
		tcs_buf_printf(&buf, "%s%s", i == 0 ? "" : ",", part);
	tcs_buf_str(&buf, at + 1);
	assert_int_equal(tcs_buf_steal(&buf, &text), TCS_OK);
	return text;
}

#define MAP                                                                    \
	"{\"update_time\":\"2027-01-15T05:00:00Z\",\"periods\":["              \
	"{\"end_validity_time\":\"2027-01-15T23:00:00Z\",\"domain_ids\":[#]}]" \
	"}"
#define BULLETINS                                                              \
	"{\"update_time\":\"2027-01-15T05:00:00Z\",\"text_bloc_items\":[#]}"

static void
what_is_more_than_any_vigilance_is_refused(void **state)
{
	static const struct {
		const char *body, *part;
		size_t n;
	} cases[] = {
	    {MAP, "{\"domain_id\":\"62\",\"phenomenon_items\":[]}", 1001},
	    {MAP,
	        "{\"domain_id\":\"62\",\"phenomenon_items\":["
	        "{\"phenomenon_id\":1},{\"phenomenon_id\":1},"
	        "{\"phenomenon_id\":1},{\"phenomenon_id\":1},"
	        "{\"phenomenon_id\":1},{\"phenomenon_id\":1},"
	        "{\"phenomenon_id\":1}]}",
	        1000},
	    {"{\"update_time\":\"2027-01-15T05:00:00Z\",\"periods\":[#]}",
	        "{\"end_validity_time\":1800050000}", 9},
	    {BULLETINS, "{}", 1001},
	    {BULLETINS,
	        "{\"domain_id\":\"62\",\"bloc_items\":{\"text_items\":["
	        "{\"term_items\":{\"subdivision_text\":\"a\"}},"
	        "{\"term_items\":{\"subdivision_text\":\"b\"}},"
	        "{\"term_items\":{\"subdivision_text\":\"c\"}}]}}",
	        1000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = repeated(cases[i].body, cases[i].part, cases[i].n);
		assert_int_equal(
		    refused(tcs_slice_str(text), FETCHED_MS, "more than"),
		    TCS_REFUSAL_RESHAPED);
		free(text);
	}
}

static void
a_long_text_is_cut_between_characters(void **state)
{
	char *line = malloc(30001);
	char *item = NULL;

	(void)state;
	assert_non_null(line);
	for (size_t i = 0; i < 30000; i += 2)
		memcpy(line + i, "é", 2);
	line[30000] = '\0';
	assert_true(asprintf(&item,
	                "{\"domain_id\":\"62\",\"bloc_items\":{\"text_items\":"
	                "{\"term_items\":{\"subdivision_text\":{\"text\":"
	                "[\"court\",\"%s\"]}}}}}",
	                line) > 0);
	char *text = repeated(BULLETINS, item, 1);
	struct tcs_readings *r = read_text(text);
	const char *got = find(r, "62", "bulletin")->text;
	assert_true(strlen(got) > 4000 && strlen(got) <= 8000);
	assert_true(tcs_slice_is_utf8(tcs_slice_str(got)));
	tcs_readings_free(&r);
	free(text);
	free(item);
	free(line);
}

/* ---- what is asked ---- */

/* "url tag 404 optional fixed", one a line. */
static enum tcs_err
note_ask(void *arg, const struct tcs_ask *ask)
{
	tcs_buf_printf(arg, "%s %s%s%s%s%s\n", ask->url, ask->tag,
	    ask->accepts_404 ? " 404" : "", ask->is_optional ? " optional" : "",
	    ask->is_fixed ? " fixed" : "", ask->is_head ? " head" : "");
	return TCS_OK;
}

static enum tcs_err
asked(void *st, const struct tcs_asking *asking, const char *want)
{
	struct tcs_buf got;
	struct tcs_ask_sink out = {.arg = &got, .ask = note_ask};
	enum tcs_err err;

	tcs_buf_init(&got, 1 << 16);
	tcs_buf_str(&got, "");
	err = OPS->ask(st, asking, &out, NULL);
	assert_string_equal(got.p == NULL ? "" : got.p, want);
	tcs_buf_fini(&got);
	return err;
}

#define API "http://api.example/DPVigilance/v1"
#define ARCHIVE "https://files.data.gouv.fr/meteofrance/data/vigilance"

static void
the_api_is_asked_for_the_map_and_its_bulletins(void **state)
{
	struct tcs_asking asking = {.url = API "/", .now_ms = FETCHED_MS};
	const struct tcs_fetch got = {.tag = "carte", .status = 200};
	void *st = driver(NULL, NULL);

	(void)state;
	assert_int_equal(asked(st, &asking,
	                     API "/cartevigilance/encours carte\n" API
	                         "/textesvigilance/encours textes 404 "
	                         "optional\n"),
	    TCS_OK);
	asking.got = (struct tcs_answers){.items = &got, .n = 1};
	assert_int_equal(asked(st, &asking, ""), TCS_OK);
	tcs_driver_close(OPS, &st);
	st = driver("textes", "no");
	asking.got.n = 0;
	assert_int_equal(
	    asked(st, &asking, API "/cartevigilance/encours carte\n"), TCS_OK);
	tcs_driver_close(OPS, &st);
}

/* What the archive is asked for after its index said `index`. */
static enum tcs_err
asked_after(const char *index, size_t misses, const char *want)
{
	struct tcs_fetch got[12] = {
	    {.tag = "index", .status = 200, .body = tcs_slice_str(index)}};
	const struct tcs_asking asking = {.url = API,
	    .is_fallback = true,
	    .got = {.items = got, .n = 1 + misses},
	    .now_ms = FETCHED_MS};
	void *st = driver(NULL, NULL);

	for (size_t i = 1; i <= misses; i++)
		got[i] = (struct tcs_fetch){.tag = "carte", .status = 404};
	enum tcs_err err = asked(st, &asking, want);
	tcs_driver_close(OPS, &st);
	return err;
}

#define CARTE(folder)                                                          \
	ARCHIVE "/metropole/" folder "/CDP_CARTE_EXTERNE.json carte 404 "      \
	        "fixed\n"
#define TEXTES(folder)                                                         \
	ARCHIVE "/metropole/" folder                                           \
	        "/CDP_TEXTES_VIGILANCE.json textes 404 optional fixed\n"

static void
the_archive_is_asked_for_the_newest_folder_that_has_a_map(void **state)
{
	/* Years, months, days, folders, files; some have texts only; one is of
	 * a time to come. */
	static const char named[] =
	    "{\"2026\":{\"12\":{\"31\":{\"150004\":[\"CDP_CARTE_EXTERNE.json\"]"
	    "}}},\"2027\":{\"01\":{\"14\":{\"150002\":[\"CDP_CARTE_EXTERNE.json"
	    "\",\"CDP_TEXTES_VIGILANCE.json\",\"VIGNETTE_NATIONAL_J.png\"]},"
	    "\"15\":{\"060003\":[\"CDP_TEXTES_VIGILANCE.json\"],\"050011\":"
	    "[\"CDP_CARTE_EXTERNE.json\"]},\"30\":{\"050011\":"
	    "[\"CDP_CARTE_EXTERNE.json\"]}}}}";
	const struct tcs_asking asking = {.url = API, .is_fallback = true};
	void *st = driver(NULL, NULL);

	(void)state;
	assert_int_equal(
	    asked(st, &asking, ARCHIVE "/vigilance-hexagone-tree.json index\n"),
	    TCS_OK);
	tcs_driver_close(OPS, &st);
	assert_int_equal(
	    asked_after(named, 0,
	        CARTE("2027/01/15/050011") TEXTES("2027/01/15/060003")),
	    TCS_OK);
	assert_int_equal(
	    asked_after(named, 1, CARTE("2027/01/14/150002")), TCS_OK);
	assert_int_equal(
	    asked_after(named, 2, CARTE("2026/12/31/150004")), TCS_OK);
	assert_int_equal(asked_after(named, 3, ""), TCS_EPARSE);
}

static void
an_index_of_another_nesting_is_read_for_its_paths(void **state)
{
	static const char *const trees[] = {
	    "{\"2027\":{\"01\":{\"15\":[\"050011\"]}}}",
	    "{\"2027\":{\"01\":{\"15\":{\"050011\":{}}}}}",
	    "{\"2027\":{\"01\":{\"15\":{\"050011\":null}}}}",
	    "[\"data/vigilance/metropole/2027/01/15/050011\"]",
	    "{\"tree\":[{\"path\":\"2027/01/15/050011\",\"type\":\"dir\"}]}",
	    ("{\"name\":\"metropole\",\"children\":[{\"name\":\"2027\","
	     "\"children\":[{\"name\":\"01\",\"children\":[{\"name\":\"15\","
	     "\"children\":[{\"name\":\"050011\",\"children\":[]}]}]}]}]}"),
	    "{\"2027/01/15\":{\"050011\":1},\"2027/13/45/999999\":1}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++)
		assert_int_equal(
		    asked_after(trees[i], 0,
		        CARTE("2027/01/15/050011") TEXTES("2027/01/15/050011")),
		    TCS_OK);
}

static void
an_index_that_names_nothing_ends_the_asking(void **state)
{
	static const char *const trees[] = {"", "{", "{}", "[]", "null",
	    "{\"2027\":{\"01\":[1,2]}}", "<html></html>",
	    ("{\"2027\":{\"01\":{\"15\":{\"060003\":"
	     "[\"CDP_TEXTES_VIGILANCE.json\"]}}}}")};

	(void)state;
	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++)
		assert_int_equal(asked_after(trees[i], 0, ""), TCS_EPARSE);
}

static void
the_search_for_a_map_is_bounded(void **state)
{
	struct tcs_buf index;

	(void)state;
	tcs_buf_init(&index, 1 << 16);
	tcs_buf_str(&index, "[");
	for (int i = 10; i < 60; i++)
		tcs_buf_printf(
		    &index, "%s\"2027/01/14/1500%d\"", i == 10 ? "" : ",", i);
	tcs_buf_str(&index, "]");
	assert_int_equal(
	    asked_after(index.p, 7, CARTE("2027/01/14/150052")), TCS_OK);
	assert_int_equal(asked_after(index.p, 8, ""), TCS_EPARSE);
	tcs_buf_fini(&index);
}

/* ---- options ---- */

static void
a_departement_brings_its_coast_along_and_no_other(void **state)
{
	struct poll p;
	struct tcs_answers answers = poll_open(&p, "03-now.json+textes.json");
	void *st = driver("domaines", "62");
	struct tcs_readings *r = read_answers(st, &answers);

	(void)state;
	assert_int_equal(r->n, 4);
	(void)find(r, "6210", "vagues-submersion");
	assert_string_equal(r->document.note, "");
	tcs_readings_free(&r);
	tcs_driver_close(OPS, &st);
	st = driver("domaines", "6210");
	r = read_answers(st, &answers);
	assert_int_equal(r->n, 1);
	tcs_readings_free(&r);
	tcs_driver_close(OPS, &st);
	/* None of them is there: said, not silently nothing. */
	st = driver("domaines", "2B");
	r = read_answers(st, &answers);
	assert_int_equal(r->n, 0);
	assert_non_null(strstr(r->document.note, "aucun"));
	tcs_readings_free(&r);
	tcs_driver_close(OPS, &st);
	poll_close(&p);
}

static void
a_domain_that_is_none_is_refused(void **state)
{
	const char *value = "6";
	const struct tcs_option_text text = {
	    .key = "domaines", .values = &value, .n = 1};
	struct tcs_diag diag = {0};
	void *st = NULL;

	(void)state;
	assert_int_equal(
	    tcs_driver_open(OPS, &text, 1, &st, &diag), TCS_ECONFIG);
	assert_non_null(strstr(tcs_diag_text(&diag), "not a domain"));
	tcs_diag_fini(&diag);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        an_announced_orange_is_the_orange_of_the_day_after_and_ends_at_green),
	    cmocka_unit_test(
	        bulletins_change_the_states_that_they_are_about_and_no_other),
	    cmocka_unit_test(the_text_says_the_colours_in_their_order),
	    cmocka_unit_test(days_and_hours_are_those_of_the_legal_clock),
	    cmocka_unit_test(texts_join_their_hazard_and_lose_their_markup),
	    cmocka_unit_test(what_may_come_is_an_item_and_no_level),
	    cmocka_unit_test(bulletins_alone_are_items_of_their_domains),
	    cmocka_unit_test(a_coast_is_no_departement_and_lies_in_one),
	    cmocka_unit_test(overseas_is_read_as_its_map_says),
	    cmocka_unit_test(the_old_map_keeps_both_colours_of_a_departement),
	    cmocka_unit_test(
	        it_holds_until_its_last_period_ends_and_is_late_after_six_and_sixteen),
	    cmocka_unit_test(bulletins_that_cannot_be_read_are_noted),
	    cmocka_unit_test(what_is_no_product_is_refused_and_named),
	    cmocka_unit_test(
	        an_answer_of_the_old_service_is_no_data_past_its_validity),
	    cmocka_unit_test(what_is_more_than_any_vigilance_is_refused),
	    cmocka_unit_test(a_long_text_is_cut_between_characters),
	    cmocka_unit_test(the_api_is_asked_for_the_map_and_its_bulletins),
	    cmocka_unit_test(
	        the_archive_is_asked_for_the_newest_folder_that_has_a_map),
	    cmocka_unit_test(an_index_of_another_nesting_is_read_for_its_paths),
	    cmocka_unit_test(an_index_that_names_nothing_ends_the_asking),
	    cmocka_unit_test(the_search_for_a_map_is_bounded),
	    cmocka_unit_test(a_departement_brings_its_coast_along_and_no_other),
	    cmocka_unit_test(a_domain_that_is_none_is_refused),
	};

	if (tcs_clock_set_zone("Europe/Paris") != TCS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

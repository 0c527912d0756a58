#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "collectors/compare.h"
#include "collectors/driver.h"
#include "collectors/feed.h"
#include "collectors/readings.h"
#include "core/clock.h"
#include "core/file.h"

extern const struct tcs_feed_ops tcs_feed_avalanche;

enum { ASKED_MAX = 16, BODIES_MAX = 8 };

#define FETCHED_MS INT64_C(1800000000000) /* 2027-01-15T08:00:00Z */
#define BASE "https://api.example/DPBRA/v1"

/* ---- bodies ---- */

static void *
open_with(const char *key, const char *const *values, size_t n)
{
	const struct tcs_option_text text = {
	    .key = key, .values = values, .n = n};
	struct tcs_diag diag = {0};
	void *st = NULL;

	if (tcs_driver_open(&tcs_feed_avalanche, &text, key == NULL ? 0 : 1,
	        &st, &diag) != TCS_OK)
		fail_msg("%s", tcs_diag_text(&diag));
	return st;
}

static struct tcs_readings *
read_answers(void *st, const struct tcs_fetch *fetches, size_t n)
{
	const struct tcs_answers answers = {.items = fetches, .n = n};
	struct tcs_readings *readings = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag diag = {0};

	if (tcs_readings_read(&tcs_feed_avalanche, st, &answers, &readings,
	        &refusal, &diag) != TCS_OK)
		fail_msg("%s", tcs_diag_text(&diag));
	return readings;
}

static struct tcs_readings *
read_text(void *st, const char *body)
{
	const struct tcs_fetch fetch = {.url = BASE,
	    .status = 200,
	    .body = tcs_slice_str(body),
	    .fetched_ms = FETCHED_MS};

	return read_answers(st, &fetch, 1);
}

static const char list[] =
    "{\"features\":["
    "{\"properties\":{\"code\":3,\"title\":\"Mont-Blanc\","
    "\"Departemen\":\"Haute-Savoie\",\"Dep2\":null}},"
    "{\"properties\":{\"code\":4,\"title\":\"Bauges\","
    "\"Departemen\":\"Savoie\",\"Dep2\":\"Haute-Savoie\"}},"
    "{\"properties\":{\"code\":\"66\",\"title\":\"Haute-Bigorre\","
    "\"Departemen\":\"Hautes-Pyrenees\"}},"
    "{\"properties\":{\"code\":70,\"title\":\"Haute-Ariege\","
    "\"Departemen\":\"09\"}},"
    "{\"properties\":{\"code\":71,\"title\":\"Andorre\","
    "\"Departemen\":null}},"
    "{\"properties\":{\"code\":72,\"title\":\"Massif sans table\","
    "\"Departemen\":\"Nulle-Part\"}}]}";

#define BRA(head, risk, rest)                                                  \
	"<BULLETINS_NEIGE_AVALANCHE ID=\"66\" MASSIF=\"Haute-Bigorre\" "       \
	"DATEBULLETIN=\"2027-01-12T16:00:00\" "                                \
	"DATEVALIDITE=\"2027-01-13T18:00:00\" "                                \
	"DATEDIFFUSION=\"2027-01-12T16:04:00\" " head                          \
	"><CARTOUCHERISQUE><RISQUE " risk "/>" rest                            \
	"</BULLETINS_NEIGE_AVALANCHE>"
#define TIMES                                                                  \
	"\nBulletin du 12/01/2027 à 16:00, valable jusqu'au 13/01/2027 à "   \
	"18:00, heures telles que publiées, sans fuseau : l'échéance est "  \
	"comptée à la plus tardive des deux lectures (UTC ou Paris)."

static void
a_bulletin_is_said_in_the_words_of_a_duty_officer(void **state)
{
	static const struct {
		const char *body, *headline, *text;
	} cases[] = {
	    /* One band, and the day after. */
	    {BRA("",
	         "RISQUE1='2' RISQUEMAXI='2' RISQUEMAXIJ2='3' "
	         "DATE_RISQUE_J2='2027-01-14T00:00:00'",
	         "</CARTOUCHERISQUE>"),
	        "Risque d'avalanches 2 (limité) : Haute-Bigorre",
	        "Risque 2 (limité).\nTendance pour le 14/01/2027 : 3 "
	        "(marqué)." TIMES},
	    /* Two bands. */
	    {BRA("",
	         "RISQUE1='3' ALTITUDE='2200' RISQUE2='4' RISQUEMAXI='4' "
	         "COMMENTAIRE='Vent fort.'",
	         "</CARTOUCHERISQUE>"),
	        "Risque d'avalanches 4 (fort) : Haute-Bigorre",
	        "Risque 4 (fort) au-dessus de 2 200 m, 3 (marqué) en "
	        "dessous. Vent fort." TIMES},
	    /* Later the same day. */
	    {BRA("",
	         "RISQUE1='3' EVOLURISQUE1='4' ALTITUDE='2200' RISQUE2='4' "
	         "EVOLURISQUE2='4' RISQUEMAXI='4'",
	         "</CARTOUCHERISQUE>"),
	        "Risque d'avalanches 4 (fort) : Haute-Bigorre",
	        "Risque 4 (fort) au-dessus de 2 200 m, 3 (marqué) en dessous, "
	        "en hausse à 4 en cours de journée." TIMES},
	    {BRA("",
	         "RISQUE1='2' EVOLURISQUE1='1' ALTITUDE='900' RISQUE2='3' "
	         "EVOLURISQUE2='5' RISQUEMAXI='5'",
	         "</CARTOUCHERISQUE>"),
	        "Risque d'avalanches 5 (très fort) : Haute-Bigorre",
	        "Risque 3 (marqué) au-dessus de 900 m, en hausse à 5 en cours "
	        "de journée ; 2 (limité) en dessous, en baisse à 1 en cours "
	        "de journée." TIMES},
	    /* Where a band is, as the source writes it. */
	    {BRA("",
	         "RISQUE1='1' LOC1='&lt;1800' RISQUE2='3' LOC2='&gt;1800' "
	         "RISQUEMAXI='3'",
	         "</CARTOUCHERISQUE>"),
	        "Risque d'avalanches 3 (marqué) : Haute-Bigorre",
	        "Risque 3 (marqué) au-dessus de 1 800 m, 1 (faible) en "
	        "dessous de 1 800 m." TIMES},
	    {BRA("",
	         "RISQUE1='1' LOC1='versants sud' RISQUE2='3' RISQUEMAXI="
	         "'3'",
	         "</CARTOUCHERISQUE>"),
	        "Risque d'avalanches 3 (marqué) : Haute-Bigorre",
	        "Risque 3 (marqué) en altitude, 1 (faible) (versants "
	        "sud)." TIMES},
	    /* A maximum that no band bears, and one that cannot be read. */
	    {BRA("", "RISQUE1='2' RISQUEMAXI='4'", "</CARTOUCHERISQUE>"),
	        "Risque d'avalanches 4 (fort) : Haute-Bigorre",
	        "Risque 2 (limité). Risque maximal : 4 (fort)." TIMES},
	    {BRA("", "RISQUE1='2' RISQUEMAXI='-1'", "</CARTOUCHERISQUE>"),
	        "Risque d'avalanches, niveau inconnu : Haute-Bigorre",
	        "Risque 2 (limité). Le risque maximal n'a pas pu être lu "
	        "(« -1 ») : niveau inconnu, ce n'est pas un risque "
	        "faible." TIMES},
	    {BRA("", "RISQUE1='' RISQUEMAXI=''", "</CARTOUCHERISQUE>"),
	        "Risque d'avalanches, niveau inconnu : Haute-Bigorre",
	        "Le niveau de risque n'a pas pu être lu dans le bulletin. Ce "
	        "n'est pas un risque faible." TIMES},
	    {BRA("", "RISQUEMAXI='5'", "</CARTOUCHERISQUE>"),
	        "Risque d'avalanches 5 (très fort) : Haute-Bigorre",
	        "Risque 5 (très fort)." TIMES},
	    /* The lowest: only the end of what was above is told. */
	    {BRA("", "RISQUE1='1' RISQUEMAXI='1'", "</CARTOUCHERISQUE>"),
	        "Risque d'avalanches revenu à 1 (faible) : Haute-Bigorre",
	        "Risque 1 (faible)." TIMES},
	    /* All the texts, in CDATA and escaped; a title stands once. */
	    {BRA("AMENDEMENT='true'",
	         "RISQUE1='4' RISQUEMAXI='4' RISQUEMAXIJ2='-1'",
	         "<PENTE N='true' NE='true' W='true' SW='true' S='false' "
	         "COMMENTAIRE='Au-dessus de 2000 m'/>"
	         "<ACCIDENTEL><![CDATA[Plaques.]]></ACCIDENTEL>"
	         "<NATUREL>Coul&#233;es &lt; taille 2</NATUREL>"
	         "<RESUME>Les deux.</RESUME><RisqueJ2>Indice limité</RisqueJ2>"
	         "<AVIS>&lt;b&gt;Prudence&lt;/b&gt; &amp;amp; retenue</AVIS>"
	         "<VIGILANCE>Vigilance orange</VIGILANCE></CARTOUCHERISQUE>"
	         "<STABILITE><TITRE>VENT</TITRE><TEXTE>VENT\nFort.</TEXTE>"
	         "</STABILITE>"),
	        "Risque d'avalanches 4 (fort) : Haute-Bigorre",
	        "Risque 4 (fort).\nJour suivant : Indice limité\nAvis : "
	        "Prudence & retenue\nVigilance : Vigilance "
	        "orange\nDéclenchements accidentels : Plaques.\nDéparts "
	        "spontanés : Coulées < taille 2\nPentes les plus dangereuses "
	        ": N, NE, SO, O (Au-dessus de 2000 m)\nStabilité : "
	        "VENT\nFort.\nBulletin amendé (réémis le même jour) du "
	        "12/01/2027 à 16:00, valable jusqu'au 13/01/2027 à 18:00, "
	        "heures telles que publiées, sans fuseau : l'échéance est "
	        "comptée à la plus tardive des deux lectures (UTC ou "
	        "Paris)."},
	    {BRA("", "RISQUE1='2' RISQUEMAXI='2'",
	         "<PENTE N='true' NE='true' E='true' SE='true' S='true' "
	         "SW='true' W='true' NW='true'/><RESUME>Départs "
	         "rares.</RESUME></CARTOUCHERISQUE><STABILITE>"
	         "<TITRE>HUMIDE</TITRE><TEXTESANSTITRE>Le jour.</"
	         "TEXTESANSTITRE><TEXTE>HUMIDE Le jour.</TEXTE></STABILITE>"),
	        "Risque d'avalanches 2 (limité) : Haute-Bigorre",
	        "Risque 2 (limité).\nRésumé : Départs rares.\nPentes les plus "
	        "dangereuses : toutes orientations\nStabilité : HUMIDE\nLe "
	        "jour." TIMES},
	};
	void *st = open_with(NULL, NULL, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_readings *r = read_text(st, cases[i].body);
		assert_int_equal(r->n, 1);
		assert_string_equal(r->items[0].headline, cases[i].headline);
		assert_string_equal(r->items[0].text, cases[i].text);
		assert_true(r->items[0].is_worded);
		assert_int_equal(r->items[0].kind, TCS_READING_LEVEL);
		tcs_readings_free(&r);
	}
	tcs_driver_close(&tcs_feed_avalanche, &st);
}

/* Printed 16:04 and 18:00: issued at the earlier of UTC and Paris, expired at
 * the later. */
static void
times_without_offset_are_read_both_ways(void **state)
{
	static const struct {
		const char *issued, *valid, *want_issued, *want_expires,
		    *want_next;
	} cases[] = {
	    {"2027-01-12T16:04:00", "2027-01-13T18:00:00",
	        "2027-01-12T16:04:00+01:00", "2027-01-13T19:00:00+01:00",
	        "2027-01-13T16:00:00+01:00"},
	    {"2026-05-17T16:03:00", "2026-05-18T18:00:00",
	        "2026-05-17T16:03:00+02:00", "2026-05-18T20:00:00+02:00",
	        "2026-05-18T16:00:00+02:00"},
	    /* With an offset there is one reading. */
	    {"2027-01-12T15:04:00Z", "2027-01-13T17:00:00Z",
	        "2027-01-12T16:04:00+01:00", "2027-01-13T18:00:00+01:00",
	        "2027-01-13T16:00:00+01:00"},
	    /* Midnight, and the nights on which the clock changes. */
	    {"2027-01-12T00:00:00", "2027-01-12T18:00:00",
	        "2027-01-12T00:00:00+01:00", "2027-01-12T19:00:00+01:00",
	        "2027-01-12T16:00:00+01:00"},
	    {"2027-03-27T16:00:00", "2027-03-28T18:00:00",
	        "2027-03-27T16:00:00+01:00", "2027-03-28T20:00:00+02:00",
	        "2027-03-28T16:00:00+02:00"},
	    {"2026-10-24T23:30:00", "2026-10-25T18:00:00",
	        "2026-10-24T23:30:00+02:00", "2026-10-25T19:00:00+01:00",
	        "2026-10-25T16:00:00+01:00"},
	    /* Without validity it holds to the next evening. */
	    {"2027-01-12T16:04", "", "2027-01-12T16:04:00+01:00",
	        "2027-01-13T20:04:00+01:00", "2027-01-13T16:00:00+01:00"},
	};
	void *st = open_with(NULL, NULL, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *body = NULL, text[TCS_TIME_TEXT];
		assert_true(asprintf(&body,
		                "<B ID='66' MASSIF='M' DATEDIFFUSION='%s' "
		                "DATEVALIDITE='%s'><CARTOUCHERISQUE><RISQUE "
		                "RISQUEMAXI='3'/></CARTOUCHERISQUE></B>",
		                cases[i].issued, cases[i].valid) > 0);
		struct tcs_readings *r = read_text(st, body);
		const struct tcs_document *d = &r->document;
		assert_string_equal(tcs_time_iso(r->items[0].issued_ms, text),
		    cases[i].want_issued);
		assert_string_equal(tcs_time_iso(r->items[0].expires_ms, text),
		    cases[i].want_expires);
		assert_string_equal(
		    tcs_time_iso(d->next_issue_ms, text), cases[i].want_next);
		assert_int_equal(d->issued_ms, r->items[0].issued_ms);
		assert_int_equal(d->expires_ms, r->items[0].expires_ms);
		assert_true(d->frozen_ms > d->next_issue_ms);
		assert_false(d->is_complete);
		tcs_readings_free(&r);
		free(body);
	}
	tcs_driver_close(&tcs_feed_avalanche, &st);
}

static const char *
param(const struct tcs_reading *r, const char *name)
{
	for (size_t i = 0; i < r->params_n; i++) {
		if (strcmp(r->params[i].name, name) == 0)
			return r->params[i].value;
	}
	return "";
}

static void
what_is_a_number_is_a_parameter_too(void **state)
{
	void *st = open_with(NULL, NULL, 0);
	struct tcs_readings *r = read_text(
	    st, BRA("AMENDEMENT='true'",
	            "RISQUE1='3' ALTITUDE='2200' RISQUE2='4' RISQUEMAXI='4' "
	            "RISQUEMAXIJ2='5' DATE_RISQUE_J2='2027-01-14T00:00:00'",
	            "</CARTOUCHERISQUE>"));
	const struct tcs_reading *x = &r->items[0];

	(void)state;
	assert_string_equal(x->zone, "66");
	assert_string_equal(x->phenomenon, "avalanches");
	assert_string_equal(x->level, "4");
	assert_string_equal(x->event, "Risque d'avalanches");
	assert_string_equal(param(x, "tocsin:risk-below"), "3");
	assert_string_equal(param(x, "tocsin:risk-above"), "4");
	assert_string_equal(param(x, "tocsin:altitude"), "2200");
	assert_string_equal(param(x, "tocsin:risk-next-day"), "5");
	assert_string_equal(param(x, "tocsin:next-day"), "14/01/2027");
	assert_string_equal(
	    param(x, "tocsin:valid-until-printed"), "13/01/2027 à 18:00");
	assert_string_equal(param(x, "tocsin:amended"), "yes");
	tcs_readings_free(&r);
	tcs_driver_close(&tcs_feed_avalanche, &st);
}

static struct tcs_fetch
fetch_of(const char *tag, long status, const char *body)
{
	return (struct tcs_fetch){.url = BASE,
	    .tag = tag,
	    .status = status,
	    .body = tcs_slice_str(body),
	    .fetched_ms = FETCHED_MS};
}

#define SHORT(id, level)                                                       \
	"<B ID='" id "' MASSIF='M" id "' DATEDIFFUSION='2027-01-12T16:04:00' " \
	"DATEVALIDITE='2027-01-13T18:00:00'><CARTOUCHERISQUE><RISQUE "         \
	"RISQUEMAXI='" level "'/></CARTOUCHERISQUE></B>"

static void
departements_are_those_of_the_list_or_of_ones_own_table(void **state)
{
	char path[] = "/tmp/avalanche-table-XXXXXX";
	int fd = mkstemp(path);
	const struct tcs_fetch bodies[] = {fetch_of(NULL, 200, list),
	    fetch_of(NULL, 200, SHORT("4", "2")),
	    fetch_of(NULL, 200, SHORT("66", "2")),
	    fetch_of(NULL, 200, SHORT("70", "2")),
	    fetch_of(NULL, 200, SHORT("72", "2")),
	    fetch_of(NULL, 200, SHORT("99", "2"))};

	(void)state;
	assert_true(fd >= 0);
	assert_true(dprintf(fd, "zone;nom;departements\n66;B;31 65\n") > 0);
	close(fd);
	void *st = open_with(NULL, NULL, 0);
	struct tcs_readings *r = read_answers(st, bodies, 6);
	assert_int_equal(r->n, 5);
	assert_string_equal(r->items[0].zone, "4");
	assert_string_equal(r->items[0].departements[0], "73");
	assert_string_equal(r->items[0].departements[1], "74");
	assert_null(r->items[0].departements[2]);
	assert_string_equal(r->items[1].departements[0], "65");
	assert_string_equal(r->items[2].departements[0], "09");
	/* What the list does not say, the table that is built in does. */
	assert_string_equal(r->items[3].departements[0], "09");
	assert_null(r->items[4].departements[0]);
	tcs_readings_free(&r);
	tcs_driver_close(&tcs_feed_avalanche, &st);
	st = open_with("table", (const char *const[]){path}, 1);
	r = read_answers(st, bodies, 6);
	assert_string_equal(r->items[1].departements[0], "31");
	assert_string_equal(r->items[1].departements[1], "65");
	assert_string_equal(r->items[0].departements[0], "73");
	tcs_readings_free(&r);
	tcs_driver_close(&tcs_feed_avalanche, &st);
	assert_int_equal(unlink(path), 0);
}

static void
without_the_list_the_built_in_table_says_them(void **state)
{
	static const struct {
		const char *id, *name, *want;
	} cases[] = {
	    {"66", "Haute-Bigorre", "65"},
	    {"67", "HAUTE BIGORRE", "65"}, /* off by one: the name counts */
	    {"66", "Un autre nom", "65"},
	    {"999", "orlu st-barthelemy", "09"},
	    {"999", "Nulle Part", NULL},
	};
	void *st = open_with(NULL, NULL, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *body = NULL;
		assert_true(
		    asprintf(&body,
		        "<B ID='%s' MASSIF='%s' "
		        "DATEVALIDITE='2027-01-13T18:00:00'><CARTOUCHERISQUE>"
		        "<RISQUE RISQUEMAXI='3'/></CARTOUCHERISQUE></B>",
		        cases[i].id, cases[i].name) > 0);
		struct tcs_readings *r = read_text(st, body);
		const char *got = r->items[0].departements[0];
		if (cases[i].want == NULL)
			assert_null(got);
		else
			assert_string_equal(got, cases[i].want);
		tcs_readings_free(&r);
		free(body);
	}
	tcs_driver_close(&tcs_feed_avalanche, &st);
}

/* ---- season ---- */

static void
a_massif_without_bulletin_is_named_and_nothing_is_said_of_it(void **state)
{
	static const struct {
		struct tcs_fetch bodies[4];
		size_t n, readings;
		const char *note;
	} cases[] = {
	    {{{.status = 200, .tag = "liste-massifs"},
	         {.status = 200, .tag = "66"}},
	        2, 1, ""},
	    {{{.status = 200, .tag = "liste-massifs"},
	         {.status = 200, .tag = "66"}, {.status = 404, .tag = "3"},
	         {.status = 404, .tag = "70"}},
	        4, 1,
	        "Sans bulletin d'avalanche : 2 massifs : Mont-Blanc, "
	        "Haute-Ariege (hors saison, ou non publié)."},
	    {{{.status = 200, .tag = "liste-massifs"},
	         {.status = 404, .tag = "66"}, {.status = 404, .tag = "3"}},
	        3, 0, "Aucun bulletin d'avalanche n'est publié (hors saison)."},
	};
	void *st = open_with(NULL, NULL, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_fetch bodies[4];
		for (size_t k = 0; k < cases[i].n; k++) {
			const struct tcs_fetch *c = &cases[i].bodies[k];
			bodies[k] = fetch_of(c->tag, c->status,
			    k == 0             ? list
			    : c->status == 404 ? "no matching blob"
			                       : SHORT("66", "3"));
		}
		struct tcs_readings *r = read_answers(st, bodies, cases[i].n);
		assert_int_equal(r->n, cases[i].readings);
		assert_string_equal(r->document.note, cases[i].note);
		assert_false(r->document.is_complete);
		tcs_readings_free(&r);
	}
	tcs_driver_close(&tcs_feed_avalanche, &st);
}

static void
out_of_season_the_source_is_neither_late_nor_frozen_nor_expired(void **state)
{
	const struct tcs_fetch bodies[] = {fetch_of("liste-massifs", 200, list),
	    fetch_of("66", 404, "{\"description\":\"no matching blob\"}")};
	void *st = open_with(NULL, NULL, 0);
	struct tcs_readings *r = read_answers(st, bodies, 2);

	(void)state;
	assert_int_equal(r->document.issued_ms, TCS_NO_TIME);
	assert_int_equal(r->document.next_issue_ms, TCS_NO_TIME);
	assert_int_equal(r->document.frozen_ms, TCS_NO_TIME);
	assert_int_equal(r->document.expires_ms, FETCHED_MS + TCS_DAYS(366));
	tcs_readings_free(&r);
	tcs_driver_close(&tcs_feed_avalanche, &st);
}

static size_t
signals_of(struct tcs_picture **held, struct tcs_readings *readings,
    int64_t now_ms, size_t *ret_system)
{
	const struct tcs_origin origin = {.observatory = "demo",
	    .sender = "demo@tocsin.example",
	    .status = "Test",
	    .feed = "avalanche",
	    .source = "bra",
	    .source_name = "BRA",
	    .ops = &tcs_feed_avalanche};
	const struct tcs_compare_in in = {.origin = &origin,
	    .held = *held,
	    .readings = readings,
	    .hash = "0123456789012345678901234567890123456789"
	            "012345678901234567890123",
	    .answered_ms = now_ms,
	    .now_ms = now_ms,
	    .fetched_ms = now_ms};
	struct tcs_compare_out out;
	size_t n = 0;

	assert_int_equal(tcs_compare(&in, &out), TCS_OK);
	assert_int_equal(tcs_signals_pack(&out.signals, NULL), TCS_OK);
	*ret_system = 0;
	for (size_t i = 0; i < out.signals.n; i++) {
		if (strcmp(out.signals.items[i].signal.status, "System") == 0)
			(*ret_system)++;
		else
			n++;
	}
	if (out.picture != NULL) {
		tcs_picture_free(held);
		*held = out.picture;
		out.picture = NULL;
	}
	tcs_compare_fini(&out);
	return n;
}

static void
the_end_of_the_season_is_one_signal_and_no_all_clear(void **state)
{
	const struct tcs_fetch before[] = {fetch_of(NULL, 200, list),
	    fetch_of("3", 200, SHORT("3", "3")),
	    fetch_of("4", 200, SHORT("4", "3")),
	    fetch_of("66", 200, SHORT("66", "4"))};
	const struct tcs_fetch after[] = {fetch_of(NULL, 200, list),
	    fetch_of("3", 404, ""), fetch_of("4", 404, ""),
	    fetch_of("66", 404, "")};
	struct tcs_picture *held = tcs_picture_new();
	void *st = open_with(NULL, NULL, 0);
	struct tcs_readings *r = read_answers(st, before, 4);
	int64_t now_ms = r->document.issued_ms + TCS_MINUTES(1);
	size_t system;

	(void)state;
	/* Bauges is in two départements. */
	assert_int_equal(signals_of(&held, r, now_ms, &system), 4);
	tcs_readings_free(&r);
	for (int day = 1; day < 4; day++) {
		r = read_answers(st, after, 4);
		assert_int_equal(
		    signals_of(&held, r, now_ms + TCS_DAYS(day), &system), 0);
		assert_int_equal(system, day == 1 ? 1 : 0);
		tcs_readings_free(&r);
	}
	tcs_picture_free(&held);
	tcs_driver_close(&tcs_feed_avalanche, &st);
}

static void
names_of_the_configuration_that_the_list_has_not_are_said(void **state)
{
	const struct tcs_fetch body = fetch_of(NULL, 200, list);
	void *st =
	    open_with("massifs", (const char *const[]){"66", "Vercorse"}, 2);
	struct tcs_readings *r = read_answers(st, &body, 1);

	(void)state;
	assert_string_equal(r->document.note,
	    "Le massif « Vercorse » de la configuration n'est pas dans la "
	    "liste de Météo-France.");
	tcs_readings_free(&r);
	tcs_driver_close(&tcs_feed_avalanche, &st);
	st = open_with("departements", (const char *const[]){"62"}, 1);
	r = read_answers(st, &body, 1);
	assert_string_equal(r->document.note,
	    "Aucun massif de la liste de Météo-France ne répond au choix de "
	    "la configuration.");
	tcs_readings_free(&r);
	tcs_driver_close(&tcs_feed_avalanche, &st);
}

/* ---- what is asked ---- */

struct asked {
	char *urls[ASKED_MAX], *tags[ASKED_MAX];
	bool is_fixed[ASKED_MAX], accepts_404[ASKED_MAX];
	size_t n;
};

static enum tcs_err
note_ask(void *arg, const struct tcs_ask *ask)
{
	struct asked *asked = arg;

	assert_true(asked->n < ASKED_MAX);
	asked->urls[asked->n] = strdup(ask->url);
	asked->tags[asked->n] = strdup(ask->tag);
	asked->is_fixed[asked->n] = ask->is_fixed;
	asked->accepts_404[asked->n++] = ask->accepts_404;
	return TCS_OK;
}

static void
forget_asked(struct asked *asked)
{
	for (size_t i = 0; i < asked->n; i++) {
		free(asked->urls[i]);
		free(asked->tags[i]);
	}
	*asked = (struct asked){0};
}

static enum tcs_err
ask(void *st, const char *url, const struct tcs_fetch *got, size_t n,
    struct asked *asked)
{
	const struct tcs_asking asking = {
	    .url = url, .got = {.items = got, .n = n}, .now_ms = FETCHED_MS};
	struct tcs_ask_sink out = {.arg = asked, .ask = note_ask};
	struct tcs_diag diag = {0};
	enum tcs_err err = tcs_feed_avalanche.ask(st, &asking, &out, &diag);

	assert_int_equal(err == TCS_OK, diag.n == 0);
	tcs_diag_fini(&diag);
	return err;
}

static void
the_list_is_asked_for_then_each_chosen_massif(void **state)
{
	static const struct {
		const char *key, *values[2];
		size_t n;
		const char *codes;
	} cases[] = {
	    {NULL, {NULL}, 0, "3 4 66 70 72 "}, /* never Andorre */
	    {"massifs", {"66", "3"}, 2, "3 66 "},
	    {"massifs", {"HAUTE ARIÈGE", "mont blanc"}, 2, "3 70 "},
	    {"massifs", {"71"}, 1, ""},
	    {"departements", {"74"}, 1, "3 4 "},
	    {"departements", {"09", "65"}, 2, "66 70 "},
	    {"departements", {"62"}, 1, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct asked asked = {0};
		struct tcs_buf codes;
		void *st = open_with(cases[i].key, cases[i].values, cases[i].n);
		struct tcs_fetch got = fetch_of("liste-massifs", 200, list);
		assert_int_equal(
		    ask(st, BASE "/liste-massifs", NULL, 0, &asked), TCS_OK);
		assert_int_equal(asked.n, 1);
		assert_string_equal(asked.urls[0], BASE "/liste-massifs");
		assert_true(asked.is_fixed[0] && !asked.accepts_404[0]);
		forget_asked(&asked);
		assert_int_equal(
		    ask(st, BASE "/liste-massifs", &got, 1, &asked), TCS_OK);
		tcs_buf_init(&codes, 200);
		tcs_buf_str(&codes, "");
		for (size_t k = 0; k < asked.n; k++) {
			char *url = NULL;
			tcs_buf_printf(&codes, "%s ", asked.tags[k]);
			assert_true(asprintf(&url,
			                BASE "/massif/BRA?id-massif=%s&"
			                     "format=xml",
			                asked.tags[k]) > 0);
			assert_string_equal(asked.urls[k], url);
			assert_true(asked.accepts_404[k]);
			free(url);
		}
		assert_string_equal(
		    codes.p == NULL ? "" : codes.p, cases[i].codes);
		tcs_buf_fini(&codes);
		forget_asked(&asked);
		tcs_driver_close(&tcs_feed_avalanche, &st);
	}
}

static void
nothing_is_asked_after_the_massifs_nor_of_a_list_without_sense(void **state)
{
	const struct tcs_fetch got[] = {fetch_of("liste-massifs", 200, list),
	    fetch_of("66", 200, SHORT("66", "3"))};
	const struct tcs_fetch senseless =
	    fetch_of("liste-massifs", 200, "<html>");
	void *st = open_with(NULL, NULL, 0);
	struct asked asked = {0};

	(void)state;
	assert_int_equal(ask(st, BASE, got, 2, &asked), TCS_OK);
	assert_int_equal(asked.n, 0);
	assert_int_equal(ask(st, BASE, &senseless, 1, &asked), TCS_EPARSE);
	assert_int_equal(asked.n, 0);
	tcs_driver_close(&tcs_feed_avalanche, &st);
}

static void
the_base_is_that_of_the_url_or_the_option(void **state)
{
	static const char *const api[] = {"https://other.example/bra/"};
	struct asked asked = {0};
	void *st = open_with(NULL, NULL, 0);

	(void)state;
	assert_int_equal(ask(st, BASE "/", NULL, 0, &asked), TCS_OK);
	assert_string_equal(asked.urls[0], BASE "/liste-massifs");
	forget_asked(&asked);
	assert_int_equal(
	    ask(st, tcs_feed_avalanche.url, NULL, 0, &asked), TCS_OK);
	assert_string_equal(asked.urls[0],
	    "https://public-api.meteofrance.fr/public/DPBRA/v1/liste-massifs");
	forget_asked(&asked);
	tcs_driver_close(&tcs_feed_avalanche, &st);
	st = open_with("api", api, 1);
	assert_int_equal(ask(st, BASE, NULL, 0, &asked), TCS_OK);
	assert_string_equal(
	    asked.urls[0], "https://other.example/bra/liste-massifs");
	forget_asked(&asked);
	tcs_driver_close(&tcs_feed_avalanche, &st);
}

/* ---- bytes ---- */

static void
pictures_of_an_archive_do_no_harm(void **state)
{
	struct tcs_buf body;
	void *st = open_with(NULL, NULL, 0);

	(void)state;
	tcs_buf_init(&body, 4 << 20);
	tcs_buf_str(&body, "<Bulletins nombre='2'>" SHORT("3", "2"));
	body.n -= strlen("</B>");
	for (int i = 0; i < 3; i++) {
		tcs_buf_str(&body, "<ImageRisque><Content>");
		for (int k = 0; k < 200 * 1024 / 4; k++)
			tcs_buf_str(&body, "iVBO");
		tcs_buf_str(&body, "</Content></ImageRisque>");
	}
	tcs_buf_str(&body, "</B>" SHORT("66", "3") "</Bulletins>");
	assert_int_equal(body.err, TCS_OK);
	struct tcs_readings *r = read_text(st, body.p);
	assert_int_equal(r->n, 2);
	assert_string_equal(r->items[0].level, "2");
	assert_string_equal(r->items[1].level, "3");
	tcs_readings_free(&r);
	tcs_buf_fini(&body);
	tcs_driver_close(&tcs_feed_avalanche, &st);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_bulletin_is_said_in_the_words_of_a_duty_officer),
	    cmocka_unit_test(times_without_offset_are_read_both_ways),
	    cmocka_unit_test(what_is_a_number_is_a_parameter_too),
	    cmocka_unit_test(
	        departements_are_those_of_the_list_or_of_ones_own_table),
	    cmocka_unit_test(without_the_list_the_built_in_table_says_them),
	    cmocka_unit_test(
	        a_massif_without_bulletin_is_named_and_nothing_is_said_of_it),
	    cmocka_unit_test(
	        out_of_season_the_source_is_neither_late_nor_frozen_nor_expired),
	    cmocka_unit_test(
	        the_end_of_the_season_is_one_signal_and_no_all_clear),
	    cmocka_unit_test(
	        names_of_the_configuration_that_the_list_has_not_are_said),
	    cmocka_unit_test(the_list_is_asked_for_then_each_chosen_massif),
	    cmocka_unit_test(
	        nothing_is_asked_after_the_massifs_nor_of_a_list_without_sense),
	    cmocka_unit_test(the_base_is_that_of_the_url_or_the_option),
	    cmocka_unit_test(pictures_of_an_archive_do_no_harm),
	};

	if (tcs_clock_set_zone("Europe/Paris") != TCS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

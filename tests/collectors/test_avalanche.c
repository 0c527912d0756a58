/* What a bulletin of avalanche risk says, and until when. */
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "tests/support/check.h"
#include "tests/support/feedkit.h"

extern const struct tcs_feed_ops tcs_feed_avalanche;

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
	struct feedkit *kit = feedkit_open(&tcs_feed_avalanche, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tcs_readings *r =
		    feedkit_read_text(kit, cases[i].body);
		assert_int_equal(r->n, 1);
		assert_string_equal(r->items[0].headline, cases[i].headline);
		assert_string_equal(r->items[0].text, cases[i].text);
		assert_true(r->items[0].is_worded);
		assert_int_equal(r->items[0].kind, TCS_READING_LEVEL);
	}
	feedkit_close(&kit);
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
	struct feedkit *kit = feedkit_open(&tcs_feed_avalanche, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *body = NULL;
		assert_true(asprintf(&body,
		                "<B ID='66' MASSIF='M' DATEDIFFUSION='%s' "
		                "DATEVALIDITE='%s'><CARTOUCHERISQUE><RISQUE "
		                "RISQUEMAXI='3'/></CARTOUCHERISQUE></B>",
		                cases[i].issued, cases[i].valid) > 0);
		const struct tcs_readings *r = feedkit_read_text(kit, body);
		const struct tcs_document *d = &r->document;
		check_time(r->items[0].issued_ms, cases[i].want_issued);
		check_time(r->items[0].expires_ms, cases[i].want_expires);
		check_time(d->next_issue_ms, cases[i].want_next);
		assert_int_equal(d->issued_ms, r->items[0].issued_ms);
		assert_int_equal(d->expires_ms, r->items[0].expires_ms);
		assert_true(d->frozen_ms > d->next_issue_ms);
		assert_false(d->is_complete);
		free(body);
	}
	feedkit_close(&kit);
}

static void
what_is_a_number_is_a_parameter_too(void **state)
{
	struct feedkit *kit = feedkit_open(&tcs_feed_avalanche, NULL);
	const struct tcs_readings *r = feedkit_read_text(
	    kit, BRA("AMENDEMENT='true'",
	             "RISQUE1='3' ALTITUDE='2200' RISQUE2='4' RISQUEMAXI='4' "
	             "RISQUEMAXIJ2='5' DATE_RISQUE_J2='2027-01-14T00:00:00'",
	             "</CARTOUCHERISQUE>"));
	const struct tcs_reading *x = &r->items[0];

	(void)state;
	assert_string_equal(x->zone, "66");
	assert_string_equal(x->phenomenon, "avalanches");
	assert_string_equal(x->level, "4");
	assert_string_equal(x->event, "Risque d'avalanches");
	assert_string_equal(feedkit_param(x, "tocsin:risk-below"), "3");
	assert_string_equal(feedkit_param(x, "tocsin:risk-above"), "4");
	assert_string_equal(feedkit_param(x, "tocsin:altitude"), "2200");
	assert_string_equal(feedkit_param(x, "tocsin:risk-next-day"), "5");
	assert_string_equal(feedkit_param(x, "tocsin:next-day"), "14/01/2027");
	assert_string_equal(feedkit_param(x, "tocsin:valid-until-printed"),
	    "13/01/2027 à 18:00");
	assert_string_equal(feedkit_param(x, "tocsin:amended"), "yes");
	feedkit_close(&kit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_bulletin_is_said_in_the_words_of_a_duty_officer),
	    cmocka_unit_test(times_without_offset_are_read_both_ways),
	    cmocka_unit_test(what_is_a_number_is_a_parameter_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

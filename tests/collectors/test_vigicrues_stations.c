/* Stations of Vigicrues: what is observed there, and what is forecast. */
#include "core/clock.h"
#include "tests/support/check.h"
#include "tests/support/feedkit.h"

extern const struct tcs_feed_ops tcs_feed_vigicrues;

#define OPS (&tcs_feed_vigicrues)

/* All that these bodies say. */
static const struct tcs_reading *
only_reading(struct feedkit *kit, const char *bodies, const char *phenomenon)
{
	(void)feedkit_read_files(kit, bodies);
	assert_int_equal(kit->readings->n, 1);
	return feedkit_find(kit, "E351122001", phenomenon);
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
	        "0.160", NULL, "2027-01-15T08:30:00+01:00", "62"},
	    {"observations.json+station-v11.json", "hauteur",
	        "Hauteur 2,31 m le 15/01/2027 à 08 h 30 (+16 cm/h).", "2.310",
	        "0.160", NULL, "2027-01-15T08:30:00+01:00", "62"},
	    {"observations-pairs.json+station.json", "debit",
	        "Débit 34,5 m³/s le 15/01/2027 à 08 h 30 (+1,50 m³/s par "
	        "heure). En dessous de toutes les crues historiques de la "
	        "station, dont la crue de mars 2002 (41,0 m³/s).",
	        "34.500", "1.500", "2", "2027-01-15T08:30:00+01:00", "62"},
	    /* Between two points, seconds, texts and a comma. */
	    {"observations-quirks.json", "hauteur",
	        "Hauteur 2,31 m le 15/01/2027 à 08 h 30 (+177 cm/h).", "2.310",
	        "1.770", NULL, "2027-01-15T08:30:00+01:00", NULL},
	    /* Too short, or with a hole: no rate. */
	    {"observations-object.json", "hauteur",
	        "Hauteur 2,00 m le 15/01/2027 à 08 h 30.", "2.000", NULL, NULL,
	        "2027-01-15T08:30:00+01:00", NULL},
	    {"observations-gap.json", "hauteur",
	        "Hauteur 2,50 m le 15/01/2027 à 08 h 30.", "2.500", NULL, NULL,
	        "2027-01-15T08:30:00+01:00", NULL},
	    /* 9999 m and "NaN" are none, nor is a point of next month. */
	    {"observations-absurd.json", "hauteur",
	        "Hauteur 2,25 m le 15/01/2027 à 08 h 00.", "2.250", NULL, NULL,
	        "2027-01-15T08:00:00+01:00", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct feedkit *kit = feedkit_open(OPS, NULL);
		const struct tcs_reading *x =
		    only_reading(kit, cases[i].bodies, cases[i].phenomenon);
		assert_int_equal(x->kind, TCS_READING_MEASURE);
		assert_string_equal(x->level, "none");
		assert_string_equal(x->text, cases[i].text);
		check_text(feedkit_param(x, "tocsin:value"), cases[i].value);
		check_text(
		    feedkit_param(x, "tocsin:rate-per-hour"), cases[i].rate);
		check_text(
		    feedkit_param(x, "tocsin:historic-rank"), cases[i].rank);
		check_text(
		    feedkit_param(x, "tocsin:observed"), cases[i].observed);
		check_time(x->issued_ms, cases[i].observed);
		assert_int_equal(x->expires_ms, x->issued_ms + TCS_HOURS(2));
		check_text(x->departements[0], cases[i].departement);
		feedkit_close(&kit);
	}
}

static void
an_old_observation_is_unknown_and_says_what_was(void **state)
{
	struct feedkit *kit = feedkit_open(OPS, NULL);

	(void)state;
	(void)feedkit_read_files(kit, "observations-stale.json");
	const struct tcs_reading *x =
	    feedkit_find(kit, "E351122001", "hauteur");
	assert_string_equal(x->level, "inconnu");
	assert_string_equal(x->text,
	    "Plus d'observation depuis plus de 2 heures. Dernière valeur "
	    "connue : Hauteur 2,50 m le 15/01/2027 à 06 h 30.");
	check_text(feedkit_param(x, "tocsin:rate-per-hour"), NULL);
	/* The source is past too: nothing of it is newer. */
	assert_true(kit->readings->document.expires_ms < FEEDKIT_NOW_MS);
	/* An hour earlier the same bytes were fresh. */
	kit->fetches[0].fetched_ms = FEEDKIT_NOW_MS - TCS_HOURS(1);
	(void)feedkit_read(kit);
	assert_string_equal(
	    feedkit_find(kit, "E351122001", NULL)->level, "none");
	feedkit_close(&kit);
}

static void
a_value_steps_as_configured(void **state)
{
	static const char *const options[] = {
	    "pas_hauteur_cm", "25", "pas_debit_pourcent", "50", NULL};
	static const char bodies[] =
	    "observations.json+observations-pairs.json";
	struct feedkit *kit = feedkit_open(OPS, NULL);

	(void)state;
	(void)feedkit_read_files(kit, bodies);
	assert_true(feedkit_find(kit, "E351122001", "hauteur")->step == 0.1);
	assert_true(feedkit_find(kit, "E351122001", "debit")->step == 3.45);
	feedkit_close(&kit);
	kit = feedkit_open(OPS, options);
	(void)feedkit_read_files(kit, bodies);
	assert_true(feedkit_find(kit, "E351122001", "hauteur")->step == 0.25);
	assert_true(feedkit_find(kit, "E351122001", "debit")->step == 17.25);
	feedkit_close(&kit);
}

static void
the_set_is_complete_when_every_followed_series_came(void **state)
{
	static const char *const options[] = {"watch", "observations",
	    "stations", "E351122001", "grandeurs", "H", "grandeurs", "Q", NULL};
	static const struct {
		const char *bodies;
		bool want;
	} cases[] = {{"observations.json", false},
	    {"observations.json+observations-pairs.json", true},
	    {"observations-empty.json+observations-pairs.json", true},
	    {"observations.json+maintenance.html", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct feedkit *kit = feedkit_open(OPS, options);
		(void)feedkit_read_files(kit, cases[i].bodies);
		assert_int_equal(
		    kit->readings->document.is_complete, cases[i].want);
		feedkit_close(&kit);
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
	        "2027-01-15T14:33:20+01:00", NULL, "2027-01-15T14:33:20+01:00"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct feedkit *kit = feedkit_open(OPS, NULL);
		const struct tcs_reading *x =
		    only_reading(kit, cases[i].bodies, cases[i].phenomenon);
		assert_string_equal(x->text, cases[i].text);
		check_text(feedkit_param(x, "tocsin:peak"), cases[i].peak);
		check_time(x->onset_ms, cases[i].peak);
		check_text(feedkit_param(x, "tocsin:value-low"), cases[i].low);
		check_time(x->expires_ms, cases[i].expires);
		assert_string_equal(x->departements[0], "62");
		feedkit_close(&kit);
	}
}

static void
no_forecast_ends_what_stood_and_is_no_failure(void **state)
{
	static const char *const options[] = {
	    "watch", "forecasts", "stations", "E351122001", NULL};
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
		struct feedkit *kit = feedkit_open(OPS, options);
		feedkit_add_files(kit, cases[i].body);
		if (cases[i].url != NULL)
			kit->fetches[0].url = cases[i].url;
		feedkit_add_files(kit, "station.json");
		(void)feedkit_read(kit);
		assert_int_equal(kit->readings->n, 1);
		const struct tcs_reading *x =
		    feedkit_find(kit, "E351122001", "prevision-hauteur");
		assert_true(x->is_end);
		assert_string_equal(
		    x->headline, "Fin de prévision de hauteur : Delettes");
		feedkit_close(&kit);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        an_observation_has_its_value_its_rate_and_its_rank),
	    cmocka_unit_test(an_old_observation_is_unknown_and_says_what_was),
	    cmocka_unit_test(a_value_steps_as_configured),
	    cmocka_unit_test(
	        the_set_is_complete_when_every_followed_series_came),
	    cmocka_unit_test(a_forecast_is_its_greatest_value_and_when),
	    cmocka_unit_test(no_forecast_ends_what_stood_and_is_no_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/clock.h"
#include "tests/support/check.h"
#include "tests/support/feedkit.h"

extern const struct tcs_feed_ops tcs_feed_hubeau;

enum { STATIONS_MAX = 250 };

#define NOW_MS INT64_C(1795439130000) /* 2026-11-23T13:05:30Z */
#define URL "https://hubeau.example/api/v2/hydrometrie/observations_tr"

static const char *const some[] = {"stations", "E3*", NULL};

static struct feedkit *
open_kit(const char *const *options)
{
	struct feedkit *kit = feedkit_open(&tcs_feed_hubeau, options);

	kit->url = URL;
	kit->fetched_ms = NOW_MS;
	return kit;
}

/* One more page that a request brought. */
static void
add(struct feedkit *kit, const char *tag, const char *body)
{
	feedkit_add(kit, tcs_slice_str(body))->tag = tag;
}

#define ROW(station, g, at, value, statut, quality)                            \
	"{\"code_station\":\"" station "\",\"grandeur_hydro\":\"" g            \
	"\",\"date_obs\":\"2026-11-23T" at "Z\",\"resultat_obs\":" value       \
	",\"code_statut\":" statut ",\"code_qualification_obs\":" quality "}"
#define PAGE(rows, next) "{\"next\":" next ",\"data\":[" rows "]}"

static void
a_number_has_its_unit_its_time_and_its_quality_in_words(void **state)
{
	static const struct {
		const char *rows, *headline, *text, *value, *rate, *flag;
	} cases[] = {
	    /* mm to m, and what it was an hour before. */
	    {ROW("A1", "H", "13:05:00", "2310", "4", "16") "," ROW(
	         "A1", "H", "12:05:00", "2190", "4", "16"),
	        "A1 : hauteur 2,31 m (+12 cm/h)",
	        "Hauteur 2,31 m à 14 h 05 (+12 cm/h), donnée brute, non "
	        "qualifiée.",
	        "2.310", "0.120", NULL},
	    /* Falling, with half an hour of values. */
	    {ROW("A1", "H", "13:05:00", "2310", "8", "20") "," ROW(
	         "A1", "H", "12:35:00", "2410", "8", "20"),
	        "A1 : hauteur 2,31 m (-20 cm/h)",
	        "Hauteur 2,31 m à 14 h 05 (-20 cm/h), donnée corrigée, "
	        "bonne.",
	        "2.310", "-0.200", NULL},
	    {ROW("A1", "H", "13:05:00", "2310", "12", "12") "," ROW(
	         "A1", "H", "12:00:00", "2311", "12", "12"),
	        "A1 : hauteur 2,31 m (stable)",
	        "Hauteur 2,31 m à 14 h 05 (stable), donnée pré-validée, "
	        "douteuse.",
	        "2.310", "-0.001", NULL},
	    /* Values of a quarter of an hour, or of three hours, give none. */
	    {ROW("A1", "H", "13:05:00", "2310", "4", "16") "," ROW("A1", "H",
	         "12:50:00", "2190", "4",
	         "16") "," ROW("A1", "H", "10:30:00", "1000", "4", "16"),
	        "A1 : hauteur 2,31 m",
	        "Hauteur 2,31 m à 14 h 05, donnée brute, non qualifiée.",
	        "2.310", NULL, NULL},
	    /* l/s to m³/s. */
	    {ROW("A1", "Q", "13:05:00", "12400", "16", "20") "," ROW(
	         "A1", "Q", "12:05:00", "11200", "16", "20"),
	        "A1 : débit 12,4 m³/s (+1,20 m³/s par heure)",
	        "Débit 12,4 m³/s à 14 h 05 (+1,20 m³/s par heure), donnée "
	        "validée, bonne.",
	        "12.400", "1.200", NULL},
	    {ROW("A1", "Q", "13:05:00", "1240000.0", "0", "null"),
	        "A1 : débit 1240 m³/s",
	        "Débit 1240 m³/s à 14 h 05, donnée sans validation.",
	        "1240.000", NULL, NULL},
	    /* Below the zero of the scale, or flowing back. */
	    {ROW("A1", "H", "13:05:00", "-115", "4", "16"),
	        "A1 : hauteur -0,12 m",
	        "Hauteur -0,12 m à 14 h 05, donnée brute, non qualifiée. "
	        "Valeur négative, donnée telle que la source la publie.",
	        "-0.115", NULL, "negative"},
	    {ROW("A1", "Q", "13:05:00", "-4960", "4", "16"),
	        "A1 : débit -4,96 m³/s",
	        "Débit -4,96 m³/s à 14 h 05, donnée brute, non qualifiée. "
	        "Valeur négative, donnée telle que la source la publie.",
	        "-4.960", NULL, "negative"},
	    {ROW("A1", "H", "13:05:00", "0", "null", "null"),
	        "A1 : hauteur 0,00 m", "Hauteur 0,00 m à 14 h 05.", "0.000",
	        NULL, NULL},
	    /* One instant twice: the better status counts. */
	    {ROW("A1", "H", "13:05:00", "9", "4", "20") "," ROW("A1", "H",
	         "13:05:00", "2310", "12",
	         "16") "," ROW("A1", "H", "13:05:00", "8", "8", "20"),
	        "A1 : hauteur 2,31 m",
	        "Hauteur 2,31 m à 14 h 05, donnée pré-validée, non "
	        "qualifiée.",
	        "2.310", NULL, NULL},
	};
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *body = NULL;
		assert_true(
		    asprintf(&body, PAGE("%s", "null"), cases[i].rows) > 0);
		const struct tcs_readings *r = feedkit_read_text(kit, body);
		assert_int_equal(r->n, 1);
		const struct tcs_reading *x = &r->items[0];
		assert_string_equal(x->headline, cases[i].headline);
		assert_string_equal(x->text, cases[i].text);
		check_text(feedkit_param(x, "tocsin:value"), cases[i].value);
		check_text(
		    feedkit_param(x, "tocsin:rate-per-hour"), cases[i].rate);
		check_text(feedkit_param(x, "tocsin:flag"), cases[i].flag);
		check_text(feedkit_param(x, "tocsin:observed"),
		    "2026-11-23T14:05:00+01:00");
		assert_int_equal(x->kind, TCS_READING_MEASURE);
		assert_int_equal(x->issued_ms, r->document.issued_ms);
		assert_int_equal(x->expires_ms, x->issued_ms + TCS_HOURS(2));
		assert_true(r->document.is_complete);
		free(body);
	}
	feedkit_close(&kit);
}

static void
a_step_is_in_centimetres_or_a_part_of_what_flows(void **state)
{
	static const char body[] =
	    PAGE(ROW("A1", "H", "13:05:00", "2310", "4", "16") "," ROW("A1",
	             "Q", "13:05:00", "12400", "4",
	             "16") "," ROW("B1", "Q", "13:05:00", "0", "4", "16"),
	        "null");
	struct feedkit *kit =
	    open_kit((const char *const[]){"step_h", "25", NULL});
	const struct tcs_readings *r = feedkit_read_text(kit, body);

	(void)state;
	assert_string_equal(r->items[0].phenomenon, "debit");
	assert_true(r->items[0].step > 1.239 && r->items[0].step < 1.241);
	assert_true(r->items[1].step > 0.249 && r->items[1].step < 0.251);
	assert_true(r->items[2].step > 0.009 && r->items[2].step < 0.011);
	feedkit_close(&kit);
}

static void
names_and_departements_are_those_of_the_station_list(void **state)
{
	static const char list[] =
	    "{\"data\":[{\"code_station\":\"A1\",\"libelle_station\":\"L'Aa à "
	    "Wizernes\",\"code_departement\":\"62\"},{\"code_station\":\"B1\","
	    "\"libelle_station\":null,\"code_departement\":null}]}";
	static const char body[] =
	    PAGE(ROW("A1", "H", "13:05:00", "2310", "4", "16") "," ROW(
	             "B1", "H", "13:05:00", "2310", "4", "16"),
	        "null");
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	add(kit, NULL, list);
	add(kit, NULL, body);
	const struct tcs_readings *r = feedkit_read(kit);
	assert_string_equal(r->items[0].zone_name, "L'Aa à Wizernes");
	assert_string_equal(
	    r->items[0].headline, "L'Aa à Wizernes : hauteur 2,31 m");
	assert_string_equal(r->items[0].departements[0], "62");
	assert_null(r->items[0].departements[1]);
	assert_string_equal(r->items[1].zone_name, "B1");
	assert_null(r->items[1].departements[0]);
	feedkit_close(&kit);
}

static void
a_table_of_ones_own_goes_before_the_list(void **state)
{
	static const char list[] =
	    "{\"data\":[{\"code_station\":\"A1\",\"libelle_station\":\"L'Aa\","
	    "\"code_departement\":\"62\"}]}";
	static const char body[] =
	    PAGE(ROW("A1", "H", "13:05:00", "2310", "4", "16"), "null");
	char path[] = "/tmp/hubeau-table-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_true(dprintf(fd, "zone;nom;departements\nA1;Aa;59 62\n") > 0);
	close(fd);
	struct feedkit *kit =
	    open_kit((const char *const[]){"table", path, NULL});
	add(kit, NULL, list);
	add(kit, NULL, body);
	const struct tcs_readings *r = feedkit_read(kit);
	assert_string_equal(r->items[0].departements[0], "59");
	assert_string_equal(r->items[0].departements[1], "62");
	feedkit_close(&kit);
	assert_int_equal(unlink(path), 0);
}

/* ---- what is asked ---- */

static void
three_hours_of_the_chosen_stations_are_asked_for(void **state)
{
	struct feedkit *kit = open_kit((const char *const[]){
	    "stations", "E351122001", "stations", "E3*", NULL});

	(void)state;
	assert_int_equal(feedkit_ask_next(kit, URL), TCS_OK);
	assert_int_equal(kit->asks_n, 2);
	assert_string_equal(kit->asks[0].url,
	    URL "?code_entite=E351122001,E3*&grandeur_hydro=H,Q&date_debut_obs="
	        "2026-11-23T10:05:00Z&fields=code_station,grandeur_hydro,"
	        "date_obs,resultat_obs,code_statut,code_qualification_obs&sort="
	        "desc&size=5000");
	assert_string_equal(kit->asks[0].tag, "observations.0.0");
	assert_false(kit->asks[0].is_optional || kit->asks[0].is_fixed);
	assert_string_equal(kit->asks[1].url,
	    "https://hubeau.example/api/v2/hydrometrie/referentiel/stations?"
	    "code_station=E351122001,E3*&fields=code_station,libelle_station,"
	    "code_departement&format=json&size=5000");
	assert_true(kit->asks[1].is_optional && kit->asks[1].is_fixed);
	feedkit_close(&kit);
}

static void
more_than_a_hundred_codes_are_several_requests(void **state)
{
	const char *options[2 * STATIONS_MAX + 1] = {NULL};
	char texts[STATIONS_MAX][12];

	(void)state;
	for (size_t i = 0; i < STATIONS_MAX; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]), "E%09zu", i);
		options[2 * i] = "stations";
		options[2 * i + 1] = texts[i];
	}
	struct feedkit *kit = open_kit(options);
	assert_int_equal(feedkit_ask_next(kit, URL), TCS_OK);
	assert_int_equal(kit->asks_n, 6);
	assert_string_equal(kit->asks[4].tag, "observations.2.0");
	assert_non_null(strstr(kit->asks[4].url, "?code_entite=E000000200,"));
	assert_non_null(strstr(kit->asks[4].url, ",E000000249&"));
	/* Two of three: what is not there is not missing. */
	static const char page[] =
	    PAGE(ROW("A1", "H", "13:05:00", "1", "4", "16"), "null");
	add(kit, NULL, page);
	add(kit, NULL, page);
	assert_false(feedkit_read(kit)->document.is_complete);
	add(kit, NULL, page);
	assert_true(feedkit_read(kit)->document.is_complete);
	feedkit_close(&kit);
}

static void
pages_are_followed_on_the_same_host_only(void **state)
{
	static const struct {
		const char *next;
		bool is_followed;
	} cases[] = {
	    {"\"" URL "?cursor=AoJw9Ny%3D&size=5000\"", true},
	    {"\"HTTPS://HUBEAU.EXAMPLE/api?cursor=A\"", true},
	    {"null", false},
	    {"\"\"", false},
	    {"7", false},
	    {"\"/api/v2/hydrometrie/observations_tr?cursor=A\"", false},
	    {"\"http://hubeau.example/api?cursor=A\"", false},
	    {"\"https://hubeau.example:8443/api?cursor=A\"", false},
	    {"\"https://hubeau.example.evil.example/api?cursor=A\"", false},
	    {"\"https://hubeau.example@evil.example/api?cursor=A\"", false},
	    {"\"https://evil.example/https://hubeau.example/\"", false},
	    {"\"https://hubeau.example\"", false},
	    {"\"https://hubeau.example/api?a b\"", false},
	    {"\"file:///etc/passwd\"", false},
	};
	struct feedkit *kit = open_kit(some);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *body = NULL;
		assert_true(asprintf(&body, PAGE("", "%s"), cases[i].next) > 0);
		feedkit_drop(kit);
		add(kit, "observations.0.0", body);
		kit->fetches[0].status = 206;
		add(kit, "stations.0.0", "{}");
		assert_int_equal(feedkit_ask_next(kit, URL), TCS_OK);
		assert_int_equal(kit->asks_n, cases[i].is_followed);
		if (kit->asks_n == 1)
			assert_string_equal(
			    kit->asks[0].tag, "observations.0.1");
		free(body);
	}
	feedkit_close(&kit);
}

static void
pages_end_at_the_tenth(void **state)
{
	static const char body[] =
	    "{\"data\":[],\"next\":\"" URL "?cursor=again\"}";
	static const char *const tags[] = {"observations.0.0", "stations.0.0",
	    "observations.0.1", "observations.0.2", "observations.0.3",
	    "observations.0.4", "observations.0.5", "observations.0.6",
	    "observations.0.7", "observations.0.8", "observations.0.9"};
	struct feedkit *kit = open_kit(some);

	(void)state;
	for (size_t n = 1; n <= 11; n++) {
		add(kit, tags[n - 1], body);
		kit->fetches[n - 1].status = 206;
		if (n == 1)
			continue;
		assert_int_equal(feedkit_ask_next(kit, URL), TCS_OK);
		assert_int_equal(kit->asks_n, n < 11);
		if (n < 11)
			assert_string_equal(kit->asks[0].tag, tags[n]);
	}
	feedkit_close(&kit);
}

static void
a_page_that_makes_no_sense_ends_the_asking(void **state)
{
	struct feedkit *kit = open_kit(some);

	(void)state;
	add(kit, "observations.0.0", "<html>");
	assert_int_equal(feedkit_ask_next(kit, URL), TCS_EPARSE);
	assert_int_equal(kit->asks_n, 0);
	feedkit_close(&kit);
}

static void
a_feed_without_stations_asks_nothing_and_says_why(void **state)
{
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	assert_int_equal(feedkit_ask_next(kit, URL), TCS_ECONFIG);
	assert_int_equal(kit->asks_n, 0);
	feedkit_close(&kit);
}

static void
codes_of_stations_have_one_form(void **state)
{
	static const struct {
		const char *code;
		bool is_good;
	} cases[] = {{"E351122001", true}, {"5041000101", true}, {"E3*", true},
	    {"E35112200*", true}, {"*", false}, {"E3*1", false},
	    {"E3511220011", false}, {"e351122001", false}, {"E3,E4", false},
	    {"E3&x=1", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const options[] = {"stations", cases[i].code, NULL};
		enum tcs_err err =
		    feedkit_options(&tcs_feed_hubeau, options, NULL);
		assert_int_equal(err == TCS_OK, cases[i].is_good);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        a_number_has_its_unit_its_time_and_its_quality_in_words),
	    cmocka_unit_test(a_step_is_in_centimetres_or_a_part_of_what_flows),
	    cmocka_unit_test(
	        names_and_departements_are_those_of_the_station_list),
	    cmocka_unit_test(a_table_of_ones_own_goes_before_the_list),
	    cmocka_unit_test(three_hours_of_the_chosen_stations_are_asked_for),
	    cmocka_unit_test(more_than_a_hundred_codes_are_several_requests),
	    cmocka_unit_test(pages_are_followed_on_the_same_host_only),
	    cmocka_unit_test(pages_end_at_the_tenth),
	    cmocka_unit_test(a_page_that_makes_no_sense_ends_the_asking),
	    cmocka_unit_test(a_feed_without_stations_asks_nothing_and_says_why),
	    cmocka_unit_test(codes_of_stations_have_one_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

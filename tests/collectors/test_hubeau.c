#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "collectors/driver.h"
#include "collectors/feed.h"
#include "collectors/readings.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/file.h"

extern const struct tcs_feed_ops tcs_feed_hubeau;

enum { ASKED_MAX = 32, STATIONS_MAX = 250 };

#define NOW_MS INT64_C(1795439130000) /* 2026-11-23T13:05:30Z */
#define URL "https://hubeau.example/api/v2/hydrometrie/observations_tr"

/* ---- one driver with its options ---- */

static void *
open_with(const char *key, const char *const *values, size_t n)
{
	const struct tcs_option_text text = {
	    .key = key, .values = values, .n = n};
	struct tcs_diag diag = {0};
	void *st = NULL;

	if (tcs_driver_open(&tcs_feed_hubeau, &text, key == NULL ? 0 : 1, &st,
	        &diag) != TCS_OK)
		fail_msg("%s", tcs_diag_text(&diag));
	return st;
}

static struct tcs_readings *
read_bodies(void *st, const char *const *bodies, size_t n)
{
	struct tcs_fetch fetches[4] = {{0}};
	const struct tcs_answers answers = {.items = fetches, .n = n};
	struct tcs_readings *readings = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag diag = {0};

	for (size_t i = 0; i < n; i++)
		fetches[i] = (struct tcs_fetch){.url = URL,
		    .status = 200,
		    .body = tcs_slice_str(bodies[i]),
		    .fetched_ms = NOW_MS};
	if (tcs_readings_read(&tcs_feed_hubeau, st, &answers, &readings,
	        &refusal, &diag) != TCS_OK)
		fail_msg("%s", tcs_diag_text(&diag));
	return readings;
}

#define ROW(station, g, at, value, statut, quality)                            \
	"{\"code_station\":\"" station "\",\"grandeur_hydro\":\"" g            \
	"\",\"date_obs\":\"2026-11-23T" at "Z\",\"resultat_obs\":" value       \
	",\"code_statut\":" statut ",\"code_qualification_obs\":" quality "}"
#define PAGE(rows, next) "{\"next\":" next ",\"data\":[" rows "]}"

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
	        "2.310", "0.120", ""},
	    /* Falling, with half an hour of values. */
	    {ROW("A1", "H", "13:05:00", "2310", "8", "20") "," ROW(
	         "A1", "H", "12:35:00", "2410", "8", "20"),
	        "A1 : hauteur 2,31 m (-20 cm/h)",
	        "Hauteur 2,31 m à 14 h 05 (-20 cm/h), donnée corrigée, "
	        "bonne.",
	        "2.310", "-0.200", ""},
	    {ROW("A1", "H", "13:05:00", "2310", "12", "12") "," ROW(
	         "A1", "H", "12:00:00", "2311", "12", "12"),
	        "A1 : hauteur 2,31 m (stable)",
	        "Hauteur 2,31 m à 14 h 05 (stable), donnée pré-validée, "
	        "douteuse.",
	        "2.310", "-0.001", ""},
	    /* Values of a quarter of an hour, or of three hours, give none. */
	    {ROW("A1", "H", "13:05:00", "2310", "4", "16") "," ROW("A1", "H",
	         "12:50:00", "2190", "4",
	         "16") "," ROW("A1", "H", "10:30:00", "1000", "4", "16"),
	        "A1 : hauteur 2,31 m",
	        "Hauteur 2,31 m à 14 h 05, donnée brute, non qualifiée.",
	        "2.310", "", ""},
	    /* l/s to m³/s. */
	    {ROW("A1", "Q", "13:05:00", "12400", "16", "20") "," ROW(
	         "A1", "Q", "12:05:00", "11200", "16", "20"),
	        "A1 : débit 12,4 m³/s (+1,20 m³/s par heure)",
	        "Débit 12,4 m³/s à 14 h 05 (+1,20 m³/s par heure), donnée "
	        "validée, bonne.",
	        "12.400", "1.200", ""},
	    {ROW("A1", "Q", "13:05:00", "1240000.0", "0", "null"),
	        "A1 : débit 1240 m³/s",
	        "Débit 1240 m³/s à 14 h 05, donnée sans validation.",
	        "1240.000", "", ""},
	    /* Below the zero of the scale, or flowing back. */
	    {ROW("A1", "H", "13:05:00", "-115", "4", "16"),
	        "A1 : hauteur -0,12 m",
	        "Hauteur -0,12 m à 14 h 05, donnée brute, non qualifiée. "
	        "Valeur négative, donnée telle que la source la publie.",
	        "-0.115", "", "negative"},
	    {ROW("A1", "Q", "13:05:00", "-4960", "4", "16"),
	        "A1 : débit -4,96 m³/s",
	        "Débit -4,96 m³/s à 14 h 05, donnée brute, non qualifiée. "
	        "Valeur négative, donnée telle que la source la publie.",
	        "-4.960", "", "negative"},
	    {ROW("A1", "H", "13:05:00", "0", "null", "null"),
	        "A1 : hauteur 0,00 m", "Hauteur 0,00 m à 14 h 05.", "0.000", "",
	        ""},
	    /* One instant twice: the better status counts. */
	    {ROW("A1", "H", "13:05:00", "9", "4", "20") "," ROW("A1", "H",
	         "13:05:00", "2310", "12",
	         "16") "," ROW("A1", "H", "13:05:00", "8", "8", "20"),
	        "A1 : hauteur 2,31 m",
	        "Hauteur 2,31 m à 14 h 05, donnée pré-validée, non "
	        "qualifiée.",
	        "2.310", "", ""},
	};
	void *st = open_with(NULL, NULL, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *body = NULL;
		assert_true(
		    asprintf(&body, PAGE("%s", "null"), cases[i].rows) > 0);
		struct tcs_readings *r =
		    read_bodies(st, (const char *const[]){body}, 1);
		assert_int_equal(r->n, 1);
		const struct tcs_reading *x = &r->items[0];
		assert_string_equal(x->headline, cases[i].headline);
		assert_string_equal(x->text, cases[i].text);
		assert_string_equal(param(x, "tocsin:value"), cases[i].value);
		assert_string_equal(
		    param(x, "tocsin:rate-per-hour"), cases[i].rate);
		assert_string_equal(param(x, "tocsin:flag"), cases[i].flag);
		assert_string_equal(
		    param(x, "tocsin:observed"), "2026-11-23T14:05:00+01:00");
		assert_int_equal(x->kind, TCS_READING_MEASURE);
		assert_int_equal(x->issued_ms, r->document.issued_ms);
		assert_int_equal(x->expires_ms, x->issued_ms + TCS_HOURS(2));
		assert_true(r->document.is_complete);
		tcs_readings_free(&r);
		free(body);
	}
	tcs_driver_close(&tcs_feed_hubeau, &st);
}

static void
a_step_is_in_centimetres_or_a_part_of_what_flows(void **state)
{
	static const char body[] =
	    PAGE(ROW("A1", "H", "13:05:00", "2310", "4", "16") "," ROW("A1",
	             "Q", "13:05:00", "12400", "4",
	             "16") "," ROW("B1", "Q", "13:05:00", "0", "4", "16"),
	        "null");
	void *st = open_with("step_h", (const char *const[]){"25"}, 1);
	struct tcs_readings *r =
	    read_bodies(st, (const char *const[]){body}, 1);

	(void)state;
	assert_string_equal(r->items[0].phenomenon, "debit");
	assert_true(r->items[0].step > 1.239 && r->items[0].step < 1.241);
	assert_true(r->items[1].step > 0.249 && r->items[1].step < 0.251);
	assert_true(r->items[2].step > 0.009 && r->items[2].step < 0.011);
	tcs_readings_free(&r);
	tcs_driver_close(&tcs_feed_hubeau, &st);
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
	void *st = open_with(NULL, NULL, 0);
	struct tcs_readings *r =
	    read_bodies(st, (const char *const[]){list, body}, 2);

	(void)state;
	assert_string_equal(r->items[0].zone_name, "L'Aa à Wizernes");
	assert_string_equal(
	    r->items[0].headline, "L'Aa à Wizernes : hauteur 2,31 m");
	assert_string_equal(r->items[0].departements[0], "62");
	assert_null(r->items[0].departements[1]);
	assert_string_equal(r->items[1].zone_name, "B1");
	assert_null(r->items[1].departements[0]);
	tcs_readings_free(&r);
	tcs_driver_close(&tcs_feed_hubeau, &st);
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
	void *st = open_with("table", (const char *const[]){path}, 1);
	struct tcs_readings *r =
	    read_bodies(st, (const char *const[]){list, body}, 2);
	assert_string_equal(r->items[0].departements[0], "59");
	assert_string_equal(r->items[0].departements[1], "62");
	tcs_readings_free(&r);
	tcs_driver_close(&tcs_feed_hubeau, &st);
	assert_int_equal(unlink(path), 0);
}

/* ---- what is asked ---- */

struct asked {
	char *urls[ASKED_MAX], *tags[ASKED_MAX];
	bool is_optional[ASKED_MAX], is_fixed[ASKED_MAX];
	size_t n;
};

static enum tcs_err
note_ask(void *arg, const struct tcs_ask *ask)
{
	struct asked *asked = arg;

	assert_true(asked->n < ASKED_MAX);
	asked->urls[asked->n] = strdup(ask->url);
	asked->tags[asked->n] = strdup(ask->tag);
	asked->is_optional[asked->n] = ask->is_optional;
	asked->is_fixed[asked->n++] = ask->is_fixed;
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
ask(void *st, const struct tcs_fetch *got, size_t n, struct asked *asked)
{
	const struct tcs_asking asking = {
	    .url = URL, .got = {.items = got, .n = n}, .now_ms = NOW_MS};
	struct tcs_ask_sink out = {.arg = asked, .ask = note_ask};
	struct tcs_diag diag = {0};
	enum tcs_err err = tcs_feed_hubeau.ask(st, &asking, &out, &diag);

	assert_int_equal(err == TCS_OK, diag.n == 0);
	tcs_diag_fini(&diag);
	return err;
}

static void
three_hours_of_the_chosen_stations_are_asked_for(void **state)
{
	void *st = open_with(
	    "stations", (const char *const[]){"E351122001", "E3*"}, 2);
	struct asked asked = {0};

	(void)state;
	assert_int_equal(ask(st, NULL, 0, &asked), TCS_OK);
	assert_int_equal(asked.n, 2);
	assert_string_equal(asked.urls[0],
	    URL "?code_entite=E351122001,E3*&grandeur_hydro=H,Q&date_debut_obs="
	        "2026-11-23T10:05:00Z&fields=code_station,grandeur_hydro,"
	        "date_obs,resultat_obs,code_statut,code_qualification_obs&sort="
	        "desc&size=5000");
	assert_string_equal(asked.tags[0], "observations.0.0");
	assert_false(asked.is_optional[0] || asked.is_fixed[0]);
	assert_string_equal(asked.urls[1],
	    "https://hubeau.example/api/v2/hydrometrie/referentiel/stations?"
	    "code_station=E351122001,E3*&fields=code_station,libelle_station,"
	    "code_departement&format=json&size=5000");
	assert_true(asked.is_optional[1] && asked.is_fixed[1]);
	forget_asked(&asked);
	tcs_driver_close(&tcs_feed_hubeau, &st);
}

static void
more_than_a_hundred_codes_are_several_requests(void **state)
{
	const char *codes[STATIONS_MAX];
	char texts[STATIONS_MAX][12];
	struct asked asked = {0};

	(void)state;
	for (size_t i = 0; i < STATIONS_MAX; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]), "E%09zu", i);
		codes[i] = texts[i];
	}
	void *st = open_with("stations", codes, STATIONS_MAX);
	assert_int_equal(ask(st, NULL, 0, &asked), TCS_OK);
	assert_int_equal(asked.n, 6);
	assert_string_equal(asked.tags[4], "observations.2.0");
	assert_non_null(strstr(asked.urls[4], "?code_entite=E000000200,"));
	assert_non_null(strstr(asked.urls[4], ",E000000249&"));
	forget_asked(&asked);
	/* Two of three: what is not there is not missing. */
	static const char page[] =
	    PAGE(ROW("A1", "H", "13:05:00", "1", "4", "16"), "null");
	struct tcs_readings *r =
	    read_bodies(st, (const char *const[]){page, page}, 2);
	assert_false(r->document.is_complete);
	tcs_readings_free(&r);
	r = read_bodies(st, (const char *const[]){page, page, page}, 3);
	assert_true(r->document.is_complete);
	tcs_readings_free(&r);
	tcs_driver_close(&tcs_feed_hubeau, &st);
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
	void *st = open_with("stations", (const char *const[]){"E3*"}, 1);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct asked asked = {0};
		char *body = NULL;
		assert_true(asprintf(&body, PAGE("", "%s"), cases[i].next) > 0);
		const struct tcs_fetch got[] = {
		    {.tag = "observations.0.0",
		        .status = 206,
		        .body = tcs_slice_str(body)},
		    {.tag = "stations.0.0",
		        .status = 200,
		        .body = tcs_slice_str("{}")}};
		assert_int_equal(ask(st, got, 2, &asked), TCS_OK);
		assert_int_equal(asked.n, cases[i].is_followed);
		if (asked.n == 1)
			assert_string_equal(asked.tags[0], "observations.0.1");
		forget_asked(&asked);
		free(body);
	}
	tcs_driver_close(&tcs_feed_hubeau, &st);
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
	struct tcs_fetch got[11] = {{0}};
	void *st = open_with("stations", (const char *const[]){"E3*"}, 1);

	(void)state;
	for (size_t i = 0; i < 11; i++)
		got[i] = (struct tcs_fetch){
		    .tag = tags[i], .status = 206, .body = tcs_slice_str(body)};
	for (size_t n = 2; n <= 11; n++) {
		struct asked asked = {0};
		assert_int_equal(ask(st, got, n, &asked), TCS_OK);
		assert_int_equal(asked.n, n < 11);
		if (n < 11)
			assert_string_equal(asked.tags[0], tags[n]);
		forget_asked(&asked);
	}
	tcs_driver_close(&tcs_feed_hubeau, &st);
}

static void
a_page_that_makes_no_sense_ends_the_asking(void **state)
{
	const struct tcs_fetch got = {.tag = "observations.0.0",
	    .status = 200,
	    .body = tcs_slice_str("<html>")};
	void *st = open_with("stations", (const char *const[]){"E3*"}, 1);
	struct asked asked = {0};

	(void)state;
	assert_int_equal(ask(st, &got, 1, &asked), TCS_EPARSE);
	assert_int_equal(asked.n, 0);
	tcs_driver_close(&tcs_feed_hubeau, &st);
}

static void
a_feed_without_stations_asks_nothing_and_says_why(void **state)
{
	void *st = open_with(NULL, NULL, 0);
	struct asked asked = {0};

	(void)state;
	assert_int_equal(ask(st, NULL, 0, &asked), TCS_ECONFIG);
	assert_int_equal(asked.n, 0);
	tcs_driver_close(&tcs_feed_hubeau, &st);
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
		const char *values[] = {cases[i].code};
		const struct tcs_option_text text = {
		    .key = "stations", .values = values, .n = 1};
		struct tcs_diag diag = {0};
		void *st = NULL;
		enum tcs_err err =
		    tcs_driver_open(&tcs_feed_hubeau, &text, 1, &st, &diag);
		assert_int_equal(err == TCS_OK, cases[i].is_good);
		tcs_driver_close(&tcs_feed_hubeau, &st);
		tcs_diag_fini(&diag);
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

	if (tcs_clock_set_zone("Europe/Paris") != TCS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

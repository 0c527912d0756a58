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
#include "core/clock.h"

extern const struct tcs_feed_ops tcs_feed_renass;

#define NOW_MS INT64_C(1800000000000) /* 2027-01-15T08:00:00Z */

static void *
open_driver(void)
{
	void *st = NULL;

	assert_int_equal(
	    tcs_driver_open(&tcs_feed_renass, NULL, 0, &st, NULL), TCS_OK);
	return st;
}

/* One event: its members, and its geometry. */
static struct tcs_readings *
read_event(void *st, const char *properties, const char *point)
{
	struct tcs_readings *readings = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag diag = {0};
	char *body = NULL;

	assert_true(asprintf(&body,
	                "{\"features\":[{\"id\":\"fr2027abcdef\","
	                "\"properties\":{\"time\":\"2027-01-15T06:16:31.7Z\","
	                "%s},\"geometry\":{\"coordinates\":%s}}]}",
	                properties, point) > 0);
	const struct tcs_fetch fetch = {.url = "https://source.example/",
	    .status = 200,
	    .body = tcs_slice_str(body),
	    .fetched_ms = NOW_MS};
	const struct tcs_answers answers = {.items = &fetch, .n = 1};
	if (tcs_readings_read(&tcs_feed_renass, st, &answers, &readings,
	        &refusal, &diag) != TCS_OK)
		fail_msg("%s", tcs_diag_text(&diag));
	free(body);
	return readings;
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
an_event_is_said_with_its_size_its_depth_and_its_place(void **state)
{
	static const struct {
		const char *properties, *point, *headline, *text, *magnitude,
		    *depth, *automatic;
	} cases[] = {
	    {"\"mag\":3.4321,\"magType\":\"MLv\",\"depth\":5.4,"
	     "\"latitude\":44.614,\"longitude\":6.6427,\"automatic\":true,"
	     "\"type\":null",
	        "[6.6427,44.614,-5.4]",
	        "Séisme de magnitude 3,4 : 44,61° N, 6,64° E",
	        "Séisme de magnitude 3,4 (MLv) le 15/01/2027 07:16, "
	        "profondeur 5 km, épicentre 44,61° N, 6,64° E. Calcul "
	        "automatique, pas encore relu.",
	        "3.4", "5.4", "yes"},
	    /* The text of the source is quoted, not believed. */
	    {"\"mag\":4,\"latitude\":44.5,\"longitude\":6.8,\"automatic\":"
	     "false,\"description\":{\"fr\":\"Évènement proche de Turin\","
	     "\"en\":\"Event near Turin\"}",
	        "[0,0,0]", "Séisme de magnitude 4,0 : 44,50° N, 6,80° E",
	        "Séisme de magnitude 4,0 le 15/01/2027 07:16, profondeur 0 "
	        "km, épicentre 44,50° N, 6,80° E. Calcul relu par un "
	        "sismologue.\nLa source écrit : « Évènement proche de Turin "
	        "». La ville qu'elle nomme peut être loin, ou dans un autre "
	        "pays : les coordonnées font foi.",
	        "4.0", "0.0", "no"},
	    /* Overseas; depth and place from the geometry. */
	    {"\"mag\":4.02", "[45.5093,-12.8563,-41.23]",
	        "Séisme de magnitude 4,0 : 12,86° S, 45,51° E",
	        "Séisme de magnitude 4,0 le 15/01/2027 07:16, profondeur 41 "
	        "km, épicentre 12,86° S, 45,51° E.",
	        "4.0", "41.2", ""},
	    {"\"mag\":null", "[-1.5,43]",
	        "Séisme, magnitude non publiée : 43,00° N, 1,50° O",
	        "Séisme, magnitude non publiée le 15/01/2027 07:16, épicentre "
	        "43,00° N, 1,50° O.",
	        "", "", ""},
	    {"\"mag\":3.2,\"type\":\"quarry blast\"", "[1.45,45.1,0]",
	        "Tir de carrière de magnitude 3,2 : 45,10° N, 1,45° E",
	        "Tir de carrière de magnitude 3,2 le 15/01/2027 07:16, "
	        "profondeur 0 km, épicentre 45,10° N, 1,45° E.",
	        "3.2", "0.0", ""},
	    {"\"mag\":3.2,\"type\":\"meteorite\"", "[1.45,45.1,0]",
	        "Événement sismique de magnitude 3,2 : 45,10° N, 1,45° E",
	        "Événement sismique de magnitude 3,2 le 15/01/2027 07:16, "
	        "profondeur 0 km, épicentre 45,10° N, 1,45° E.",
	        "3.2", "0.0", ""},
	    /* Out of any range: not there. */
	    {"\"mag\":99,\"depth\":99999", "[1.45,45.1]",
	        "Séisme, magnitude non publiée : 45,10° N, 1,45° E",
	        "Séisme, magnitude non publiée le 15/01/2027 07:16, épicentre "
	        "45,10° N, 1,45° E.",
	        "", "", ""},
	};
	void *st = open_driver();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_readings *r =
		    read_event(st, cases[i].properties, cases[i].point);
		const struct tcs_reading *x = &r->items[0];
		assert_int_equal(r->n, 1);
		assert_string_equal(x->headline, cases[i].headline);
		assert_string_equal(x->text, cases[i].text);
		assert_string_equal(
		    param(x, "tocsin:magnitude"), cases[i].magnitude);
		assert_string_equal(
		    param(x, "tocsin:depth-km"), cases[i].depth);
		assert_string_equal(
		    param(x, "tocsin:automatic"), cases[i].automatic);
		assert_int_equal(x->kind, TCS_READING_ITEM);
		assert_true(x->is_national);
		assert_null(x->departements[0]);
		assert_int_equal(x->expires_ms, x->issued_ms + TCS_DAYS(1));
		assert_int_equal(r->document.issued_ms, TCS_NO_TIME);
		assert_true(r->document.is_complete);
		tcs_readings_free(&r);
	}
	tcs_driver_close(&tcs_feed_renass, &st);
}

/* What one more reading of that event gives: "Alert", "Update end", "". */
static void
take(struct tcs_picture **held, void *st, const char *properties,
    const char *want)
{
	const struct tcs_origin origin = {.observatory = "demo",
	    .sender = "demo@tocsin.example",
	    .status = "Test",
	    .feed = "renass",
	    .source = "renass",
	    .source_name = "BCSF-Rénass",
	    .ops = &tcs_feed_renass};
	struct tcs_readings *r = read_event(st, properties, "[6.64,44.61,-5]");
	const struct tcs_compare_in in = {.origin = &origin,
	    .held = *held,
	    .readings = r,
	    .hash = "0123456789012345678901234567890123456789"
	            "012345678901234567890123",
	    .answered_ms = NOW_MS,
	    .now_ms = NOW_MS,
	    .fetched_ms = NOW_MS};
	struct tcs_compare_out out;
	struct tcs_buf said;

	assert_int_equal(tcs_compare(&in, &out), TCS_OK);
	assert_int_equal(tcs_signals_pack(&out.signals, NULL), TCS_OK);
	tcs_buf_init(&said, 1000);
	tcs_buf_str(&said, "");
	for (size_t i = 0; i < out.signals.n; i++) {
		const struct tcs_signal *s = &out.signals.items[i].signal;
		if (strcmp(s->status, "System") == 0)
			continue;
		assert_string_equal(s->departement, "FR");
		tcs_buf_printf(
		    &said, "%s%s", s->msg_type, s->is_end ? " end" : "");
	}
	assert_string_equal(said.p == NULL ? "" : said.p, want);
	tcs_picture_free(held);
	*held = out.picture;
	out.picture = NULL;
	tcs_buf_fini(&said);
	tcs_compare_fini(&out);
	tcs_readings_free(&r);
}

static void
a_revision_is_an_update_and_a_small_event_is_no_news(void **state)
{
	struct tcs_picture *held = tcs_picture_new();
	void *st = open_driver();

	(void)state;
	assert_non_null(held);
	take(&held, st, "\"mag\":2.9", "");
	take(&held, st, "\"mag\":3.42", "Alert");
	/* The same to the digit that is shown. */
	take(&held, st, "\"mag\":3.41", "");
	take(&held, st, "\"mag\":3.61", "Update");
	take(&held, st, "\"mag\":3.61,\"type\":\"quarry blast\"", "Update");
	take(&held, st, "\"mag\":2.8", "Update end");
	take(&held, st, "\"mag\":2.7", "");
	tcs_picture_free(&held);
	held = tcs_picture_new();
	take(&held, st, "\"mag\":3.42", "Alert");
	take(&held, st, "\"mag\":3.42,\"type\":\"not existing\"", "Cancel end");
	tcs_picture_free(&held);
	tcs_driver_close(&tcs_feed_renass, &st);
}

static void
an_address_that_is_none_is_left_out_not_the_event(void **state)
{
	static const struct {
		const char *url, *want;
	} cases[] = {
	    {"{\"fr\":\"https://renass.example/fr/e\",\"en\":\"x\"}",
	        "https://renass.example/fr/e"},
	    {"\"https://renass.example/e\"", "https://renass.example/e"},
	    {"\"https://rena]s.example/e\"", NULL},
	    {"\"javascript:alert(1)\"", NULL},
	    {"null", NULL},
	    {"7", NULL},
	};
	void *st = open_driver();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *properties = NULL;
		assert_true(asprintf(&properties, "\"mag\":4,\"url\":%s",
		                cases[i].url) > 0);
		struct tcs_readings *r =
		    read_event(st, properties, "[6.64,44.61]");
		assert_int_equal(r->n, 1);
		if (cases[i].want == NULL)
			assert_null(r->items[0].web);
		else
			assert_string_equal(r->items[0].web, cases[i].want);
		tcs_readings_free(&r);
		free(properties);
	}
	tcs_driver_close(&tcs_feed_renass, &st);
}

static void
a_magnitude_has_one_form(void **state)
{
	static const struct {
		const char *text;
		bool is_good;
	} cases[] = {{"3", true}, {"0", true}, {"3.5", true}, {"9.9", true},
	    {"", false}, {"10", false}, {"-1", false}, {"3.55", false},
	    {"3,5", false}, {"3.", false}, {"nan", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *values[] = {cases[i].text};
		const struct tcs_option_text text = {
		    .key = "magnitude", .values = values, .n = 1};
		void *st = NULL;
		enum tcs_err err =
		    tcs_driver_open(&tcs_feed_renass, &text, 1, &st, NULL);
		assert_int_equal(err == TCS_OK, cases[i].is_good);
		tcs_driver_close(&tcs_feed_renass, &st);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        an_event_is_said_with_its_size_its_depth_and_its_place),
	    cmocka_unit_test(
	        a_revision_is_an_update_and_a_small_event_is_no_news),
	    cmocka_unit_test(an_address_that_is_none_is_left_out_not_the_event),
	    cmocka_unit_test(a_magnitude_has_one_form),
	};

	if (tcs_clock_set_zone("Europe/Paris") != TCS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

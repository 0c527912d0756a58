#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "tests/support/check.h"
#include "tests/support/feedkit.h"

extern const struct tcs_feed_ops tcs_feed_renass;

/* One event: its members, and its geometry. */
static const struct tcs_readings *
read_event(struct feedkit *kit, const char *properties, const char *point)
{
	char *body = NULL;

	assert_true(asprintf(&body,
	                "{\"features\":[{\"id\":\"fr2027abcdef\","
	                "\"properties\":{\"time\":\"2027-01-15T06:16:31.7Z\","
	                "%s},\"geometry\":{\"coordinates\":%s}}]}",
	                properties, point) > 0);
	const struct tcs_readings *r = feedkit_read_text(kit, body);
	free(body);
	return r;
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
	        "4.0", "41.2", NULL},
	    {"\"mag\":null", "[-1.5,43]",
	        "Séisme, magnitude non publiée : 43,00° N, 1,50° O",
	        "Séisme, magnitude non publiée le 15/01/2027 07:16, épicentre "
	        "43,00° N, 1,50° O.",
	        NULL, NULL, NULL},
	    {"\"mag\":3.2,\"type\":\"quarry blast\"", "[1.45,45.1,0]",
	        "Tir de carrière de magnitude 3,2 : 45,10° N, 1,45° E",
	        "Tir de carrière de magnitude 3,2 le 15/01/2027 07:16, "
	        "profondeur 0 km, épicentre 45,10° N, 1,45° E.",
	        "3.2", "0.0", NULL},
	    {"\"mag\":3.2,\"type\":\"meteorite\"", "[1.45,45.1,0]",
	        "Événement sismique de magnitude 3,2 : 45,10° N, 1,45° E",
	        "Événement sismique de magnitude 3,2 le 15/01/2027 07:16, "
	        "profondeur 0 km, épicentre 45,10° N, 1,45° E.",
	        "3.2", "0.0", NULL},
	    /* Out of any range: not there. */
	    {"\"mag\":99,\"depth\":99999", "[1.45,45.1]",
	        "Séisme, magnitude non publiée : 45,10° N, 1,45° E",
	        "Séisme, magnitude non publiée le 15/01/2027 07:16, épicentre "
	        "45,10° N, 1,45° E.",
	        NULL, NULL, NULL},
	};
	struct feedkit *kit = feedkit_open(&tcs_feed_renass, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tcs_readings *r =
		    read_event(kit, cases[i].properties, cases[i].point);
		const struct tcs_reading *x = &r->items[0];
		assert_int_equal(r->n, 1);
		assert_string_equal(x->headline, cases[i].headline);
		assert_string_equal(x->text, cases[i].text);
		check_text(
		    feedkit_param(x, "tocsin:magnitude"), cases[i].magnitude);
		check_text(feedkit_param(x, "tocsin:depth-km"), cases[i].depth);
		check_text(
		    feedkit_param(x, "tocsin:automatic"), cases[i].automatic);
		assert_int_equal(x->kind, TCS_READING_ITEM);
		assert_true(x->is_national);
		assert_null(x->departements[0]);
		assert_int_equal(x->expires_ms, x->issued_ms + TCS_DAYS(1));
		assert_int_equal(r->document.issued_ms, TCS_NO_TIME);
		assert_true(r->document.is_complete);
	}
	feedkit_close(&kit);
}

static void
append_signal(struct tcs_buf *buf, const struct tcs_new_signal *added)
{
	const struct tcs_signal *s = &added->signal;

	if (strcmp(s->status, "System") == 0)
		return;
	assert_string_equal(s->departement, "FR");
	tcs_buf_printf(buf, "%s%s", s->msg_type, s->is_end ? " end" : "");
}

/* What one more reading of that event gives: "Alert", "Update end", "". */
static void
take(struct feedkit *kit, const char *properties, const char *want)
{
	const struct tcs_readings *r =
	    read_event(kit, properties, "[6.64,44.61,-5]");

	(void)feedkit_take(kit, r, FEEDKIT_NOW_MS);
	assert_string_equal(feedkit_tell(kit, append_signal), want);
}

static void
a_revision_is_an_update_and_a_small_event_is_no_news(void **state)
{
	struct feedkit *kit = feedkit_open(&tcs_feed_renass, NULL);

	(void)state;
	take(kit, "\"mag\":2.9", "");
	take(kit, "\"mag\":3.42", "Alert");
	/* The same to the digit that is shown. */
	take(kit, "\"mag\":3.41", "");
	take(kit, "\"mag\":3.61", "Update");
	take(kit, "\"mag\":3.61,\"type\":\"quarry blast\"", "Update");
	take(kit, "\"mag\":2.8", "Update end");
	take(kit, "\"mag\":2.7", "");
	feedkit_forget(kit);
	take(kit, "\"mag\":3.42", "Alert");
	take(kit, "\"mag\":3.42,\"type\":\"not existing\"", "Cancel end");
	feedkit_close(&kit);
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
	struct feedkit *kit = feedkit_open(&tcs_feed_renass, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *properties = NULL;
		assert_true(asprintf(&properties, "\"mag\":4,\"url\":%s",
		                cases[i].url) > 0);
		const struct tcs_readings *r =
		    read_event(kit, properties, "[6.64,44.61]");
		assert_int_equal(r->n, 1);
		check_text(r->items[0].web, cases[i].want);
		free(properties);
	}
	feedkit_close(&kit);
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
		const char *const options[] = {
		    "magnitude", cases[i].text, NULL};
		enum tcs_err err =
		    feedkit_options(&tcs_feed_renass, options, NULL);
		assert_int_equal(err == TCS_OK, cases[i].is_good);
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

	return cmocka_run_group_tests(tests, NULL, NULL);
}

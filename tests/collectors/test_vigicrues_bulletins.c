/* Bulletins of Vigicrues: beside the map, and alone. */
#include "tests/support/check.h"
#include "tests/support/feedkit.h"

extern const struct tcs_feed_ops tcs_feed_vigicrues;

#define OPS (&tcs_feed_vigicrues)

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
		struct feedkit *kit = feedkit_open(OPS, NULL);
		(void)feedkit_read_files(kit, cases[i].bodies);
		const struct tcs_reading *x =
		    feedkit_find(kit, cases[i].zone, "crues");
		check_text(x->text, cases[i].text);
		check_text(x->instruction, cases[i].instruction);
		check_time(x->expires_ms, cases[i].expires);
		/* Nothing beside the tronçons of the map. */
		assert_int_equal(kit->readings->n, 3);
		feedkit_close(&kit);
	}
}

static void
what_is_wrong_beside_the_map_is_noted_and_the_levels_stand(void **state)
{
	static const char *const options[] = {"bulletins", "29", NULL};
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
		struct feedkit *kit = feedkit_open(OPS, options);
		(void)feedkit_read_files(kit, cases[i].bodies);
		assert_string_equal(
		    kit->readings->document.note, cases[i].note);
		assert_string_equal(
		    feedkit_find(kit, "AP5", NULL)->level, "orange");
		feedkit_close(&kit);
	}
}

static void
a_bulletin_alone_gives_levels_of_its_parts(void **state)
{
	struct feedkit *kit = feedkit_open(OPS, NULL);

	(void)state;
	(void)feedkit_read_files(kit, "bulletin.jsonld");
	assert_false(kit->readings->document.is_complete);
	assert_string_equal(feedkit_find(kit, "AP5", NULL)->zone_name, "Aa");
	assert_string_equal(
	    feedkit_find(kit, "AP5", NULL)->text, bulletin_text);
	assert_null(feedkit_find(kit, "AP6", NULL)->text);
	assert_string_equal(
	    feedkit_find(kit, "AP5", NULL)->departements[0], "62");
	feedkit_close(&kit);
}

static void
long_texts_are_cut_and_too_many_parts_refused(void **state)
{
	static const char *const fields[] = {"FaitNouvInfoVigiCru",
	    "SituActuInfoVigiCru", "SituHydroInfoVigiCru", "QualifInfoVigiCru",
	    "EvolInfoVigiCru", "ConseqInfoVigiCru", "ConsInfoVigiCru"};
	struct feedkit *kit = feedkit_open(OPS, NULL);
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
		feedkit_drop(kit);
		(void)feedkit_add(kit, tcs_buf_view(&buf));
		assert_int_equal(feedkit_try(kit) != NULL, i == 1);
		if (i == 1) {
			const struct tcs_reading *x =
			    feedkit_find(kit, "AA0", NULL);
			assert_true(strlen(x->text) > 12000);
			assert_int_equal(strlen(x->instruction), 2000);
		}
		buf.n = n;
	}
	assert_int_equal(kit->refusal, TCS_REFUSAL_RESHAPED);
	tcs_buf_fini(&buf);
	feedkit_close(&kit);
}

static void
a_bulletin_without_an_entity_is_of_what_was_asked(void **state)
{
	struct feedkit *kit = feedkit_open(OPS, NULL);

	(void)state;
	(void)feedkit_read_files(kit, "bulletin-troncon.jsonld");
	assert_int_equal(kit->readings->n, 0);
	assert_string_equal(kit->readings->document.note,
	    "un bulletin ne dit pas de quelle entité il est");
	kit->fetches[0].url = "https://source.example/services/1/"
	                      "InfoVigiCru.jsonld/?TypEntVigiCru=8&"
	                      "CdEntVigiCru=AP6";
	(void)feedkit_read(kit);
	assert_int_equal(kit->readings->n, 1);
	assert_string_equal(feedkit_find(kit, "AP6", "crues")->level, "vert");
	assert_string_equal(kit->readings->document.note, "");
	feedkit_close(&kit);
}

static void
levels_of_departements_are_places_of_their_own(void **state)
{
	struct feedkit *kit = feedkit_open(OPS, NULL);

	(void)state;
	(void)feedkit_read_files(kit, "departements.jsonld");
	assert_true(kit->readings->document.is_complete);
	const struct tcs_reading *x = feedkit_find(kit, "62", NULL);
	assert_string_equal(x->zone_name, "Pas-de-Calais");
	assert_string_equal(x->zone_word, "département");
	assert_string_equal(x->zone_scheme, "INSEE:DEP");
	assert_string_equal(x->departements[0], "62");
	assert_null(x->departements[1]);
	/* 92, 93 and 94 are not listed: Paris stands for them. */
	x = feedkit_find(kit, "75", NULL);
	assert_string_equal(x->departements[0], "75");
	assert_string_equal(x->departements[3], "94");
	assert_null(x->departements[4]);
	feedkit_close(&kit);
}

static void
each_territory_of_the_nation_has_its_own_issue_time(void **state)
{
	struct feedkit *kit = feedkit_open(OPS, NULL);

	(void)state;
	(void)feedkit_read_files(kit, "national-detail.jsonld");
	assert_true(kit->readings->document.is_complete);
	check_time(
	    kit->readings->document.issued_ms, "2026-11-23T16:03:00+01:00");
	check_time(feedkit_find(kit, "AP5", NULL)->issued_ms,
	    "2026-11-23T15:52:30+01:00");
	check_time(feedkit_find(kit, "SA7", NULL)->issued_ms,
	    "2026-11-23T15:55:00+01:00");
	assert_null(feedkit_find(kit, "AP5", NULL)->text);
	const struct tcs_reading *x = feedkit_find(kit, "A00", "bulletin");
	assert_int_equal(x->kind, TCS_READING_ITEM);
	assert_true(x->is_national);
	assert_string_equal(x->text, "Situation : Crues dans le nord.");
	feedkit_close(&kit);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

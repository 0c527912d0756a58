/* From documents of vigilance to signals, and what a reading says. */
#include "tests/support/check.h"
#include "tests/support/feedkit.h"

extern const struct tcs_feed_ops tcs_feed_meteofrance;

#define OPS (&tcs_feed_meteofrance)

/* ---- from documents to signals ---- */

/* "Update jaune 62/vent/62: Vigilance …", one a line. */
static void
append_signal(struct tcs_buf *buf, const struct tcs_new_signal *added)
{
	const struct tcs_signal *s = &added->signal;

	if (strcmp(s->status, "System") == 0)
		return;
	tcs_buf_printf(buf, "%s%s %s%s %s/%s/%s: %s\n", s->msg_type,
	    s->is_end ? " end" : "", s->level,
	    added->is_prolonged ? " prolonged" : "", s->zone, s->phenomenon,
	    s->departement, s->headline);
}

static void
take(struct feedkit *kit, const char *files, const char *want)
{
	const struct tcs_readings *r = feedkit_read_files(kit, files);

	(void)feedkit_take(kit, r, r->document.issued_ms);
	assert_string_equal(feedkit_tell(kit, append_signal), want);
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
	struct feedkit *kit = feedkit_open(OPS, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		take(kit, steps[i].files, steps[i].want);
	feedkit_close(&kit);
}

static void
bulletins_change_the_states_that_they_are_about_and_no_other(void **state)
{
	struct feedkit *kit = feedkit_open(OPS, NULL);

	(void)state;
	take(kit, "03-now.json",
	    "Alert orange 62/vent/62: Vigilance vent orange : Pas-de-Calais\n"
	    "Alert jaune 6210/vagues-submersion/62: Vigilance "
	    "vagues-submersion jaune : littoral Pas-de-Calais\n");
	take(kit, "03-now.json+textes.json",
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
	take(kit, "03-now.json+textes.json", "");
	feedkit_close(&kit);
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
	struct feedkit *kit = feedkit_open(OPS, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)feedkit_read_files(kit, cases[i].files);
		const struct tcs_reading *x =
		    feedkit_find(kit, cases[i].zone, cases[i].phenomenon);
		check_text(x->text, cases[i].text);
		assert_int_equal(x->kind, TCS_READING_LEVEL);
		check_time(x->onset_ms, cases[i].onset);
	}
	feedkit_close(&kit);
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
	struct feedkit *kit = feedkit_open(OPS, NULL);
	const struct tcs_readings *r = feedkit_read_text(kit, body);

	(void)state;
	/* The night on which 2 h does not exist; a gap; the first. */
	assert_string_equal(r->items[0].text,
	    "Orange du dimanche 28 mars à 1 h 30 jusqu'à 3 h 15, puis jaune du "
	    "jeudi 1er avril à 0 h jusqu'à 12 h.");
	assert_string_equal(r->items[0].headline,
	    "Vigilance vent orange à partir du dimanche 28 mars à 1 h 30 : "
	    "Pas-de-Calais");
	feedkit_close(&kit);
}

static void
texts_join_their_hazard_and_lose_their_markup(void **state)
{
	struct feedkit *kit = feedkit_open(OPS, NULL);

	(void)state;
	(void)feedkit_read_files(kit, "03-now.json+textes.json");
	assert_string_equal(feedkit_find(kit, "62", "vent")->text,
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
	assert_string_equal(
	    feedkit_find(kit, "6210", "vagues-submersion")->text,
	    "Jaune jusqu'au vendredi 15 janvier à 24 h, puis vert.\n"
	    "Situation générale : Vent fort de sud-ouest.\n"
	    "Côte d'Opale\n"
	    "Déferlements possibles à marée haute.");
	/* For when it ends: a green state has the general text too. */
	assert_string_equal(feedkit_find(kit, "62", "crues")->text,
	    "Situation générale : Vent fort de sud-ouest.");
	assert_null(feedkit_find(kit, "59", "vent")->text);
	feedkit_close(&kit);
}

static void
what_may_come_is_an_item_and_no_level(void **state)
{
	struct feedkit *kit = feedkit_open(OPS, NULL);

	(void)state;
	(void)feedkit_read_files(kit, "03-now.json+textes.json");
	const struct tcs_reading *x =
	    feedkit_find(kit, "62", "crues-aggravation");
	assert_int_equal(x->kind, TCS_READING_ITEM);
	assert_string_equal(x->level, "none");
	assert_string_equal(x->text,
	    "Un passage en vigilance orange est envisageable dans la nuit.");
	assert_string_equal(x->departements[0], "62");
	assert_string_equal(x->certainty, "Possible");
	check_time(x->issued_ms, "2027-01-15T07:00:03+01:00");
	check_time(x->expires_ms, "2027-01-17T00:00:00+01:00");
	x = feedkit_find(kit, "FRA", "bulletin");
	assert_true(x->is_national);
	assert_null(x->departements[0]);
	assert_string_equal(x->text,
	    "Faits nouveaux : Néant.\n"
	    "Situation générale : Une dépression creuse traverse la Manche.");
	/* A zone's text is of no département: it would be told to each. */
	x = feedkit_find(kit, "ZDF_NORD", "aggravation");
	assert_true(x->is_national);
	assert_string_equal(
	    x->text, "Départements concernés : Pas-de-Calais (62)");
	feedkit_close(&kit);
}

static void
bulletins_alone_are_items_of_their_domains(void **state)
{
	struct feedkit *kit = feedkit_open(OPS, NULL);
	const struct tcs_readings *r = feedkit_read_files(kit, "textes.json");

	(void)state;
	assert_false(r->document.is_complete);
	assert_string_equal(feedkit_find(kit, "62", "bulletin")->text,
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
	(void)feedkit_read_files(kit, "textes-odd.json");
	assert_string_equal(
	    feedkit_find(kit, "62", "neige-verglas-aggravation")->text,
	    "Neige : 1 < 5 cm\npuis pluie");
	feedkit_close(&kit);
}

static void
a_coast_is_no_departement_and_lies_in_one(void **state)
{
	struct feedkit *kit = feedkit_open(OPS, NULL);
	const struct tcs_readings *r = feedkit_read_files(kit, "domains.json");
	const struct tcs_reading *x =
	    feedkit_find(kit, "8510", "vagues-submersion");

	(void)state;
	assert_string_equal(x->zone_word, "littoral");
	assert_string_equal(x->departements[0], "85");
	assert_string_equal(x->zone_name, "Vendée");
	/* "10" is the Aube, not a coast of nothing. */
	assert_null(feedkit_find(kit, "10", "vent")->zone_word);
	/* There is no such coast: kept, of no département. */
	x = feedkit_find(kit, "6710", "vagues-submersion");
	assert_null(x->departements[0]);
	assert_false(x->is_national);
	assert_int_equal(r->document.skipped, 2);
	feedkit_close(&kit);
}

static void
overseas_is_read_as_its_map_says(void **state)
{
	struct feedkit *kit = feedkit_open(OPS, NULL);

	(void)state;
	(void)feedkit_read_files(kit, "overseas.json");
	const struct tcs_reading *x =
	    feedkit_find(kit, "VIGI971", "phenomene-10");
	assert_string_equal(x->level, "violet");
	assert_string_equal(x->departements[0], "971");
	assert_string_equal(x->zone_name, "Guadeloupe");
	x = feedkit_find(kit, "VIGI971-51", "pluie-inondation");
	assert_string_equal(x->zone_name, "Nord Basse-Terre");
	x = feedkit_find(kit, "VIGI978-977-01", "vent");
	assert_string_equal(x->level, "inconnu");
	assert_true(x->is_national);
	feedkit_close(&kit);
}

static void
the_old_map_keeps_both_colours_of_a_departement(void **state)
{
	static const char *const ring[] = {"75", "92", "93", "94"};
	struct feedkit *kit = feedkit_open(OPS, NULL);
	const struct tcs_readings *r = feedkit_read_files(kit, "nxfr33.xml");

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const struct tcs_reading *snow =
		    feedkit_find(kit, ring[i], "neige-verglas");
		assert_string_equal(snow->level, "orange");
		assert_string_equal(snow->instruction,
		    "Soyez très prudents.\n- Renseignez-vous.");
		assert_string_equal(
		    feedkit_find(kit, ring[i], "crues")->level, "jaune");
		assert_string_equal(snow->departements[0], ring[i]);
	}
	assert_string_equal(
	    feedkit_find(kit, "2A", "vent")->instruction, "Rangez les objets.");
	check_time(r->document.issued_ms, "2027-01-15T06:00:00+01:00");
	check_time(r->document.expires_ms, "2027-01-16T06:00:00+01:00");
	/* No flood vigilance there: not green, not at all. */
	for (size_t i = 0; i < r->n; i++)
		assert_false(strcmp(r->items[i].zone, "2A") == 0 &&
		             strcmp(r->items[i].phenomenon, "crues") == 0);
	r = feedkit_read_files(
	    kit, "nxfr33-ring.xml"); /* summer; 93 has its own row */
	check_time(r->document.issued_ms, "2027-07-15T06:00:00+02:00");
	assert_string_equal(feedkit_find(kit, "93", "orages")->level, "jaune");
	for (size_t i = 0; i < r->n; i++)
		assert_string_not_equal(r->items[i].zone, "92");
	feedkit_close(&kit);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

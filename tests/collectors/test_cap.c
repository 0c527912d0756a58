/* From CAP messages to signals: what test_fixtures' table cannot say. */
#include <stdbool.h>

#include "core/clock.h"
#include "tests/support/check.h"
#include "tests/support/feedkit.h"

extern const struct tcs_feed_ops tcs_feed_cap;

/* 23/11/2026 18:10. */
#define EVENING INT64_C(1795453800000)

static struct feedkit *
open_kit(const char *const *options)
{
	struct feedkit *kit = feedkit_open(&tcs_feed_cap, options);

	kit->url = "https://meteo.example/f";
	kit->fetched_ms = EVENING;
	return kit;
}

/* One more body of the poll; `tag` as it was asked for. */
static void
add(struct feedkit *kit, const char *name, const char *tag)
{
	feedkit_add_files(kit, name);
	kit->fetches[kit->n - 1].tag = tag;
}

/* The same bodies, so many hours later. */
static void
read_later(struct feedkit *kit, int hours)
{
	for (size_t i = 0; i < kit->n; i++)
		kit->fetches[i].fetched_ms = EVENING + TCS_HOURS(hours);
	(void)feedkit_read(kit);
}

/* The reading of that département; "": of none. */
static const struct tcs_reading *
of(const struct feedkit *kit, const char *departement)
{
	for (size_t i = 0; i < kit->readings->n; i++) {
		const struct tcs_reading *r = &kit->readings->items[i];
		const char *first =
		    r->departements[0] == NULL ? "" : r->departements[0];
		if (strcmp(first, departement) == 0)
			return r;
	}
	fail_msg("nothing of %s", departement);
	return NULL;
}

static const char *
geocode(const struct tcs_reading *r, const char *name)
{
	return feedkit_value(r->geocodes, r->geocodes_n, name);
}

static void
a_message_is_read_whole(void **state)
{
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	(void)feedkit_read_files(kit, "02-update.xml");
	const struct tcs_reading *r = of(kit, "62");
	assert_int_equal(r->kind, TCS_READING_ITEM);
	check_text(r->zone_name, "Pas de Calais");
	check_text(r->phenomenon, "alerte");
	check_text(r->level, "extreme");
	check_text(r->headline, "Crue : Pas de Calais");
	check_text(r->text, "Montée des eaux.");
	check_text(r->instruction, "Éloignez-vous des berges.");
	check_text(r->event, "Crue");
	check_text(r->category, "Met");
	check_text(r->severity, "Extreme");
	check_text(r->urgency, "Expected");
	check_text(r->certainty, "Likely");
	check_time(r->issued_ms, "2026-11-23T19:00:00+01:00");
	check_time(r->onset_ms, "2026-11-23T18:00:00+01:00");
	check_time(r->expires_ms, "2026-11-24T18:00:00+01:00");
	check_text(feedkit_param(r, "cap:identifier"), "A-2");
	check_text(feedkit_param(r, "cap:sender"), "alerte@source.example");
	check_text(feedkit_param(r, "tocsin:path"), NULL);
	check_text(geocode(r, "NUTS3"), "FR302");
	check_text(geocode(of(kit, "59"), "NUTS3"), "FR301");
	check_text(kit->readings->document.note, "");
	assert_true(kit->readings->document.is_complete);
	(void)feedkit_read_files(kit, "no-expiry.xml");
	assert_int_equal(of(kit, "59")->expires_ms, 0);
	assert_int_equal(of(kit, "59")->lasts_ms, TCS_HOURS(24));
	feedkit_close(&kit);
}

static void
places_are_known_by_code_then_by_name(void **state)
{
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	(void)feedkit_read_files(kit, "places.xml");
	check_text(geocode(of(kit, "62"), "INSEE"), "62040");
	check_text(geocode(of(kit, "2A"), "INSEE"), "2A004");
	check_text(of(kit, "05")->zone_name, "hautes alpes");
	check_text(of(kit, "974")->zone_name, "Réunion");
	const struct tcs_reading *r = of(kit, "");
	check_text(r->zone_name, "Zone fictive, EMMA");
	check_text(r->polygons[0], "50.1,1.5 50.2,1.5 50.2,1.6 50.1,1.5");
	check_text(r->polygons[1], NULL);
	(void)feedkit_read_files(kit, "national.xml");
	assert_true(of(kit, "")->is_national);
	(void)feedkit_read_files(kit, "meteoalarm-abroad.json");
	assert_false(of(kit, "")->is_national);
	feedkit_close(&kit);
}

static void
french_is_read_before_english(void **state)
{
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	(void)feedkit_read_files(kit, "languages.xml");
	check_text(of(kit, "59")->event, "Crue");
	(void)feedkit_read_files(kit, "english-only.xml");
	check_text(of(kit, "59")->event, "Flood");
	(void)feedkit_read_files(kit, "latin1.xml");
	check_text(of(kit, "34")->zone_name, "Hérault");
	feedkit_close(&kit);
}

static void
an_end_holds_for_a_day_and_names_what_ended(void **state)
{
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	(void)feedkit_read_files(kit, "03-all-clear.xml");
	const struct tcs_reading *r = of(kit, "62");
	assert_true(r->is_end);
	assert_false(r->is_cancel);
	check_text(r->headline, "Fin : Crue : Pas de Calais");
	assert_int_equal(r->expires_ms, 0);
	assert_int_equal(r->onset_ms, 0);
	assert_int_equal(r->lasts_ms, TCS_HOURS(24));
	(void)feedkit_read_files(kit, "cancel.xml");
	assert_true(of(kit, "62")->is_cancel);
	check_text(
	    of(kit, "62")->headline, "Annulation : Crue : Pas de Calais");
	/* It names a message that is not here, and no place. */
	(void)feedkit_read_files(kit, "cancel-bare.xml");
	assert_int_equal(kit->readings->n, 0);
	check_text(kit->readings->document.note,
	    "Annulation d'un message inconnu, sans zone : à vérifier.");
	feedkit_drop(kit);
	add(kit, "01-alert.xml", NULL);
	add(kit, "cancel-bare.xml", NULL);
	(void)feedkit_read(kit);
	assert_true(of(kit, "62")->is_cancel);
	check_text(kit->readings->document.note, "");
	feedkit_close(&kit);
}

static void
another_tocsin_keeps_its_words_and_its_path(void **state)
{
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	(void)feedkit_read_files(kit, "tocsin.xml");
	const struct tcs_reading *r = of(kit, "62");
	check_text(r->zone, "AP5.62");
	check_text(r->zone_name, "Aa");
	check_text(r->phenomenon, "crues");
	check_text(r->level, "vigicrues:orange");
	check_text(r->severity, NULL);
	check_text(r->headline, "Vigilance crues orange : Aa");
	check_text(geocode(r, "VIGICRUES"), "AP5");
	check_text(geocode(r, "INSEE:DEP"), NULL);
	check_text(feedkit_param(r, "origin:source"), "vigicrues");
	check_text(feedkit_param(r, "origin:zone"), "AP5");
	check_text(feedkit_param(r, "tocsin:source"), NULL);
	check_text(feedkit_param(r, "tocsin:path"), "tiers80 voisin59");
	(void)feedkit_read_files(kit, "tocsin-end.xml");
	r = of(kit, "62");
	assert_true(r->is_end);
	check_text(r->zone, "AP5.62");
	check_text(r->headline, "Fin de vigilance crues : Aa");
	check_text(feedkit_param(r, "tocsin:path"), "voisin59");
	feedkit_close(&kit);
}

static void
tests_of_others_are_taken_only_when_asked_for_and_marked(void **state)
{
	static const char *const options[] = {"accepts_test", "yes", NULL};
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	assert_int_equal(feedkit_read_files(kit, "exercise.xml")->n, 0);
	check_text(kit->readings->document.note, "");
	feedkit_close(&kit);
	kit = open_kit(options);
	(void)feedkit_read_files(kit, "exercise.xml");
	check_text(
	    feedkit_param(of(kit, "59"), "tocsin:foreign-status"), "Exercise");
	(void)feedkit_read_files(kit, "test.xml");
	check_text(
	    feedkit_param(of(kit, "59"), "tocsin:foreign-status"), "Test");
	(void)feedkit_read_files(kit, "01-alert.xml");
	check_text(feedkit_param(of(kit, "59"), "tocsin:foreign-status"), NULL);
	feedkit_close(&kit);
}

static void
meteoalarm_is_followed_by_type_and_place(void **state)
{
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	(void)feedkit_read_files(kit, "meteoalarm-1.json");
	const struct tcs_reading *r = of(kit, "83");
	check_text(r->phenomenon, "orages");
	check_text(r->level, "jaune");
	check_text(r->severity, NULL); /* "Minor", which the level denies */
	check_text(r->headline, "Vigilance jaune orages : Var");
	check_text(feedkit_param(r, "awareness_level"), "2; yellow; Moderate");
	check_text(r->text, NULL);
	check_text(of(kit, "05")->zone_name, "Hautes Alpes");
	check_time(r->expires_ms, "2026-11-24T00:00:00+01:00");
	/* Tomorrow's is the same matter. */
	(void)feedkit_read_files(kit, "meteoalarm-2-tomorrow.json");
	r = of(kit, "83");
	check_text(r->level, "orange");
	check_text(r->headline, "Vigilance orange orages : Var");
	check_text(r->text,
	    "Du 23/11/2026 16:01 au 24/11/2026 00:00 : jaune.\n"
	    "Du 24/11/2026 00:00 au 25/11/2026 00:00 : orange.");
	check_time(r->onset_ms, "2026-11-23T16:01:00+01:00");
	check_time(r->expires_ms, "2026-11-25T00:00:00+01:00");
	/* Today is over. */
	read_later(kit, 8);
	check_text(of(kit, "83")->text, NULL);
	check_text(of(kit, "83")->level, "orange");
	/* All is over, though still listed: as it was. */
	read_later(kit, 40);
	check_text(of(kit, "83")->level, "orange");
	check_time(of(kit, "83")->expires_ms, "2026-11-25T00:00:00+01:00");
	assert_false(of(kit, "83")->is_end);
	/* Lifted: green, from after its end. */
	(void)feedkit_read_files(kit, "meteoalarm-3-lifted.json");
	r = of(kit, "83");
	assert_true(r->is_end);
	check_text(r->level, "vert");
	check_text(r->headline, "Fin : Orange thunderstorm warning : Var");
	assert_false(of(kit, "05")->is_end);
	feedkit_close(&kit);
}

static void
what_a_producer_leaves_out_is_made_up_for(void **state)
{
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	(void)feedkit_read_files(kit, "meteoalarm-objects.json");
	const struct tcs_reading *r = of(kit, "59");
	check_text(r->level, "rouge");
	check_text(r->phenomenon, "vent");
	check_text(r->event, "Vigilance rouge vent");
	check_text(feedkit_param(r, "cap:sender"), "meteoalarm");
	/* From its identifier. */
	check_time(r->issued_ms, "2026-11-23T16:01:07+01:00");
	(void)feedkit_read_files(kit, "meteoalarm-unread-level.json");
	check_text(of(kit, "59")->level, "inconnu");
	(void)feedkit_read_files(kit, "meteoalarm.atom");
	check_text(of(kit, "65")->level, "jaune");
	check_text(of(kit, "83")->level, "orange");
	check_text(of(kit, "83")->phenomenon, "orages");
	check_text(of(kit, "83")->headline,
	    "Orange Thunderstorm Warning issued for France - Var");
	check_time(of(kit, "83")->issued_ms, "2026-11-23T16:01:07+01:00");
	assert_true(of(kit, "59")->is_end);
	feedkit_close(&kit);
}

/* The same checks as of a document: what is invalid is left out, what is
 * faulty is read as far as it is of use. */
static void
json_is_checked_as_a_document_is(void **state)
{
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	assert_int_equal(
	    feedkit_read_files(kit, "meteoalarm-faulty.json")->n, 1);
	check_text(kit->readings->document.note,
	    "Messages CAP invalides, non lus. "
	    "Messages CAP non conformes, lus malgré tout.");
	assert_false(kit->readings->document.is_complete);
	const struct tcs_reading *r = of(kit, "59");
	check_text(r->event, "Vigilance orange vent");
	check_text(r->urgency, "Future");
	check_time(r->issued_ms, "2026-11-23T17:01:07+01:00");
	check_time(r->onset_ms, "2026-11-23T17:01:00+01:00");
	/* One polygon is none. */
	check_text(r->polygons[0], "50.0,2.0 51.0,2.0 51.0,3.0 50.0,2.0");
	assert_null(r->polygons[1]);
	check_text(geocode(r, "NUTS3"), "FR301");
	assert_null(geocode(r, "x"));
	feedkit_close(&kit);
}

/* A message of more than a megabyte spoils no other. */
static void
json_is_bounded(void **state)
{
	static const char good[] =
	    "{\"identifier\":\"A.20261123160107.1\",\"info\":[{\"event\":"
	    "\"Vent\",\"area\":[{\"areaDesc\":\"Nord\"}]}]}";
	struct tcs_buf body;
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	tcs_buf_init(&body, 8 << 20);
	tcs_buf_printf(&body, "[%s,{\"identifier\":\"B\",\"info\":[{}", good);
	for (int i = 0; i < 20000; i++)
		tcs_buf_str(&body, ",{}");
	tcs_buf_str(&body, "]}]");
	assert_int_equal(feedkit_read_text(kit, body.p)->n, 1);
	check_text(kit->readings->document.note,
	    "Plus de messages que ce qui est lu.");
	assert_false(kit->readings->document.is_complete);
	feedkit_close(&kit);
	tcs_buf_fini(&body);
}

static void
what_was_not_sound_is_said_in_the_note(void **state)
{
	static const char *const options[] = {
	    "senders", "vigilance@meteo.example", NULL};
	static const char missing[] = "Documents de l'index non lus.";
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	(void)feedkit_read_files(kit, "faulty-time.xml");
	check_text(kit->readings->document.note,
	    "Messages CAP non conformes, lus malgré tout.");
	(void)feedkit_read_files(kit, "index.atom");
	check_text(kit->readings->document.note, missing);
	assert_false(kit->readings->document.is_complete);
	feedkit_drop(kit);
	add(kit, "index.atom", "index");
	add(kit, "01-alert.xml", "https://meteo.example/a1.cap");
	add(kit, "cap-1.1.xml", "https://meteo.example/cap/a2");
	(void)feedkit_read(kit);
	assert_int_equal(kit->readings->n, 2);
	check_text(
	    kit->readings->document.note, "Messages CAP invalides, non lus.");
	feedkit_close(&kit);
	kit = open_kit(options);
	assert_int_equal(feedkit_read_files(kit, "01-alert.xml")->n, 0);
	check_text(kit->readings->document.note,
	    "Messages d'émetteurs non admis, non lus.");
	feedkit_close(&kit);
}

/* ---- what is asked for ---- */

static void
append_ask(struct tcs_buf *buf, const struct tcs_ask *ask)
{
	tcs_buf_printf(buf, "%s%s%s%s", buf->n == 0 ? "" : " ", ask->url,
	    ask->is_head ? "!" : "", ask->is_fixed ? "=" : "");
	assert_int_equal(ask->is_fixed, ask->is_optional);
}

static const char *
asked(struct feedkit *kit)
{
	check_ok(feedkit_ask_next(kit, "https://meteo.example/f"), &kit->diag);
	return feedkit_tell_asks(kit, append_ask);
}

static void
an_index_is_asked_for_its_documents_once_the_newest_first(void **state)
{
	static const char *const options[] = {
	    "hosts", "ailleurs.example", NULL};
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	check_text(asked(kit), "https://meteo.example/f!");
	add(kit, "index.atom", "index");
	check_text(asked(kit),
	    "https://meteo.example/cap/a2= https://meteo.example/a1.cap=");
	add(kit, "01-alert.xml", "https://meteo.example/a1.cap");
	check_text(asked(kit), "");
	static const char *const whole[] = {"meteoalarm.atom",
	    "meteoalarm-1.json", "01-alert.xml", "index-embedded.atom",
	    "page.html"};
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		feedkit_drop(kit);
		add(kit, whole[i], "index");
		check_text(asked(kit), "");
	}
	/* To another host only where that is configured. */
	feedkit_drop(kit);
	add(kit, "index.rss", "index");
	check_text(asked(kit), "https://meteo.example/alertes/a1.xml=");
	feedkit_close(&kit);
	kit = open_kit(options);
	add(kit, "index.rss", "index");
	check_text(asked(kit), "https://ailleurs.example/b.xml= "
	                       "https://meteo.example/alertes/a1.xml=");
	feedkit_close(&kit);
}

/* "Alert 62 severe; Alert System recap" */
static void
append_signal(struct tcs_buf *buf, const struct tcs_new_signal *added)
{
	const struct tcs_signal *s = &added->signal;
	bool is_system = strcmp(s->status, "System") == 0;

	tcs_buf_printf(buf, "%s%s %s %s%s", buf->n == 0 ? "" : "; ",
	    s->msg_type, is_system ? "System" : s->departement,
	    is_system ? s->phenomenon : s->level, s->is_end ? " end" : "");
}

/* Documents one after the other, and the signals of each. */
static void
documents_become_signals(void **state)
{
	static const struct {
		const char *file;
		int hours;
		const char *want;
	} cases[] = {
	    {"01-alert.xml", 0,
	        "Alert 59 severe; Alert 62 severe; Alert System recap"},
	    {"01-alert.xml", 1, ""},
	    {"02-update.xml", 2, "Update 59 extreme; Update 62 extreme"},
	    {"03-all-clear.xml", 4, "Update 59 minor end; Update 62 minor end"},
	    {"03-all-clear.xml", 5, ""},
	    {"meteoalarm-1.json", 5, "Alert 05 jaune; Alert 83 jaune"},
	    {"meteoalarm-2-tomorrow.json", 5, "Update 83 orange"},
	    {"meteoalarm-3-lifted.json", 13, "Update 83 vert end"},
	    {"tocsin.xml", 14, "Alert 62 vigicrues:orange"},
	    {"tocsin-end.xml", 15, "Update 62 vigicrues:vert end"},
	    {"meteoalarm-abroad.json", 16, "Alert System troncons-inconnus"},
	};
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		kit->fetched_ms = EVENING + TCS_HOURS(cases[i].hours);
		(void)feedkit_take(kit, feedkit_read_files(kit, cases[i].file),
		    kit->fetched_ms);
		check_text(feedkit_tell(kit, append_signal), cases[i].want);
	}
	feedkit_close(&kit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_message_is_read_whole),
	    cmocka_unit_test(places_are_known_by_code_then_by_name),
	    cmocka_unit_test(french_is_read_before_english),
	    cmocka_unit_test(an_end_holds_for_a_day_and_names_what_ended),
	    cmocka_unit_test(another_tocsin_keeps_its_words_and_its_path),
	    cmocka_unit_test(
	        tests_of_others_are_taken_only_when_asked_for_and_marked),
	    cmocka_unit_test(meteoalarm_is_followed_by_type_and_place),
	    cmocka_unit_test(what_a_producer_leaves_out_is_made_up_for),
	    cmocka_unit_test(json_is_checked_as_a_document_is),
	    cmocka_unit_test(json_is_bounded),
	    cmocka_unit_test(what_was_not_sound_is_said_in_the_note),
	    cmocka_unit_test(
	        an_index_is_asked_for_its_documents_once_the_newest_first),
	    cmocka_unit_test(documents_become_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

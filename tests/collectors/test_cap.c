/* From CAP messages to signals: what test_fixtures' table cannot say. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "collectors/compare.h"
#include "collectors/driver.h"
#include "collectors/readings.h"
#include "core/clock.h"
#include "core/file.h"
#include "tests/support/check.h"

extern const struct tcs_feed_ops tcs_feed_cap;

/* 23/11/2026 18:10. */
#define EVENING INT64_C(1795453800000)

enum { BODIES_MAX = 4 };

struct world {
	void *st;
	struct tcs_readings *readings;
	struct tcs_buf bodies[BODIES_MAX];
	struct tcs_fetch fetches[BODIES_MAX];
	size_t n;
};

static void
world_open(struct world *w, const struct tcs_option_text *options, size_t n)
{
	struct tcs_diag diag = {0};

	*w = (struct world){0};
	check_ok(
	    tcs_driver_open(&tcs_feed_cap, options, n, &w->st, &diag), &diag);
}

static void
world_forget(struct world *w)
{
	for (; w->n > 0; w->n--)
		tcs_buf_fini(&w->bodies[w->n - 1]);
}

static void
world_close(struct world *w)
{
	world_forget(w);
	tcs_readings_free(&w->readings);
	tcs_driver_close(&tcs_feed_cap, &w->st);
}

/* One more body of the poll; `tag` as it was asked for. */
static void
world_add(struct world *w, const char *name, const char *tag)
{
	char *path = NULL;
	struct tcs_diag diag = {0};

	assert_true(w->n < BODIES_MAX);
	assert_true(asprintf(&path, "tests/data/feeds/cap/%s", name) > 0);
	tcs_buf_init(&w->bodies[w->n], 1 << 20);
	check_ok(tcs_file_read(path, &w->bodies[w->n], &diag), &diag);
	w->fetches[w->n] = (struct tcs_fetch){.url = "https://meteo.example/f",
	    .tag = tag,
	    .body = tcs_buf_view(&w->bodies[w->n]),
	    .fetched_ms = EVENING};
	w->n++;
	free(path);
}

static const struct tcs_readings *
world_read(struct world *w, int64_t fetched_ms)
{
	const struct tcs_answers answers = {.items = w->fetches, .n = w->n};
	enum tcs_refusal refusal;
	struct tcs_diag diag = {0};

	tcs_readings_free(&w->readings);
	for (size_t i = 0; i < w->n; i++)
		w->fetches[i].fetched_ms = fetched_ms;
	check_ok(tcs_readings_read(&tcs_feed_cap, w->st, &answers, &w->readings,
	             &refusal, &diag),
	    &diag);
	return w->readings;
}

static const struct tcs_readings *
world_read_one(struct world *w, const char *name)
{
	world_forget(w);
	world_add(w, name, NULL);
	return world_read(w, EVENING);
}

/* The reading of that département; "": of none. */
static const struct tcs_reading *
of(const struct world *w, const char *departement)
{
	for (size_t i = 0; i < w->readings->n; i++) {
		const struct tcs_reading *r = &w->readings->items[i];
		const char *first =
		    r->departements[0] == NULL ? "" : r->departements[0];
		if (strcmp(first, departement) == 0)
			return r;
	}
	fail_msg("nothing of %s", departement);
	return NULL;
}

static const char *
value_of(const struct tcs_pair *pairs, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(pairs[i].name, name) == 0)
			return pairs[i].value;
	}
	return NULL;
}

static const char *
param(const struct tcs_reading *r, const char *name)
{
	return value_of(r->params, r->params_n, name);
}

static const char *
geocode(const struct tcs_reading *r, const char *name)
{
	return value_of(r->geocodes, r->geocodes_n, name);
}

static void
check_time(int64_t ms, const char *want)
{
	char text[TCS_TIME_TEXT];

	check_text(
	    ms == TCS_NO_TIME || ms == 0 ? NULL : tcs_time_iso(ms, text), want);
}

static void
a_message_is_read_whole(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, NULL, 0);
	world_read_one(&w, "02-update.xml");
	const struct tcs_reading *r = of(&w, "62");
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
	check_text(param(r, "cap:identifier"), "A-2");
	check_text(param(r, "cap:sender"), "alerte@source.example");
	check_text(param(r, "tocsin:path"), NULL);
	check_text(geocode(r, "NUTS3"), "FR302");
	check_text(geocode(of(&w, "59"), "NUTS3"), "FR301");
	check_text(w.readings->document.note, "");
	assert_true(w.readings->document.is_complete);
	world_read_one(&w, "no-expiry.xml");
	assert_int_equal(of(&w, "59")->expires_ms, 0);
	assert_int_equal(of(&w, "59")->lasts_ms, TCS_HOURS(24));
	world_close(&w);
}

static void
places_are_known_by_code_then_by_name(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, NULL, 0);
	world_read_one(&w, "places.xml");
	check_text(geocode(of(&w, "62"), "INSEE"), "62040");
	check_text(geocode(of(&w, "2A"), "INSEE"), "2A004");
	check_text(of(&w, "05")->zone_name, "hautes alpes");
	check_text(of(&w, "974")->zone_name, "Réunion");
	const struct tcs_reading *r = of(&w, "");
	check_text(r->zone_name, "Zone fictive, EMMA");
	check_text(r->polygons[0], "50.1,1.5 50.2,1.5 50.2,1.6 50.1,1.5");
	check_text(r->polygons[1], NULL);
	world_read_one(&w, "national.xml");
	assert_true(of(&w, "")->is_national);
	world_read_one(&w, "meteoalarm-abroad.json");
	assert_false(of(&w, "")->is_national);
	world_close(&w);
}

static void
french_is_read_before_english(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, NULL, 0);
	world_read_one(&w, "languages.xml");
	check_text(of(&w, "59")->event, "Crue");
	world_read_one(&w, "english-only.xml");
	check_text(of(&w, "59")->event, "Flood");
	world_read_one(&w, "latin1.xml");
	check_text(of(&w, "34")->zone_name, "Hérault");
	world_close(&w);
}

static void
an_end_holds_for_a_day_and_names_what_ended(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, NULL, 0);
	world_read_one(&w, "03-all-clear.xml");
	const struct tcs_reading *r = of(&w, "62");
	assert_true(r->is_end);
	assert_false(r->is_cancel);
	check_text(r->headline, "Fin : Crue : Pas de Calais");
	assert_int_equal(r->expires_ms, 0);
	assert_int_equal(r->onset_ms, 0);
	assert_int_equal(r->lasts_ms, TCS_HOURS(24));
	world_read_one(&w, "cancel.xml");
	assert_true(of(&w, "62")->is_cancel);
	check_text(of(&w, "62")->headline, "Annulation : Crue : Pas de Calais");
	/* It names a message that is not here, and no place. */
	world_read_one(&w, "cancel-bare.xml");
	assert_int_equal(w.readings->n, 0);
	check_text(w.readings->document.note,
	    "Annulation d'un message inconnu, sans zone : à vérifier.");
	world_forget(&w);
	world_add(&w, "01-alert.xml", NULL);
	world_add(&w, "cancel-bare.xml", NULL);
	world_read(&w, EVENING);
	assert_true(of(&w, "62")->is_cancel);
	check_text(w.readings->document.note, "");
	world_close(&w);
}

static void
another_tocsin_keeps_its_words_and_its_path(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, NULL, 0);
	world_read_one(&w, "tocsin.xml");
	const struct tcs_reading *r = of(&w, "62");
	check_text(r->zone, "AP5.62");
	check_text(r->zone_name, "Aa");
	check_text(r->phenomenon, "crues");
	check_text(r->level, "vigicrues:orange");
	check_text(r->severity, NULL);
	check_text(r->headline, "Vigilance crues orange : Aa");
	check_text(geocode(r, "VIGICRUES"), "AP5");
	check_text(geocode(r, "INSEE:DEP"), NULL);
	check_text(param(r, "origin:source"), "vigicrues");
	check_text(param(r, "origin:zone"), "AP5");
	check_text(param(r, "tocsin:source"), NULL);
	check_text(param(r, "tocsin:path"), "tiers80 voisin59");
	world_read_one(&w, "tocsin-end.xml");
	r = of(&w, "62");
	assert_true(r->is_end);
	check_text(r->zone, "AP5.62");
	check_text(r->headline, "Fin de vigilance crues : Aa");
	check_text(param(r, "tocsin:path"), "voisin59");
	world_close(&w);
}

static void
tests_of_others_are_taken_only_when_asked_for_and_marked(void **state)
{
	static const char *const yes[] = {"yes"};
	const struct tcs_option_text option = {
	    .key = "accepts_test", .values = yes, .n = 1};
	struct world w;

	(void)state;
	world_open(&w, NULL, 0);
	assert_int_equal(world_read_one(&w, "exercise.xml")->n, 0);
	check_text(w.readings->document.note, "");
	world_close(&w);
	world_open(&w, &option, 1);
	world_read_one(&w, "exercise.xml");
	check_text(param(of(&w, "59"), "tocsin:foreign-status"), "Exercise");
	world_read_one(&w, "test.xml");
	check_text(param(of(&w, "59"), "tocsin:foreign-status"), "Test");
	world_read_one(&w, "01-alert.xml");
	check_text(param(of(&w, "59"), "tocsin:foreign-status"), NULL);
	world_close(&w);
}

static void
meteoalarm_is_followed_by_type_and_place(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, NULL, 0);
	world_read_one(&w, "meteoalarm-1.json");
	const struct tcs_reading *r = of(&w, "83");
	check_text(r->phenomenon, "orages");
	check_text(r->level, "jaune");
	check_text(r->severity, NULL); /* "Minor", which the level denies */
	check_text(r->headline, "Vigilance jaune orages : Var");
	check_text(param(r, "awareness_level"), "2; yellow; Moderate");
	check_text(r->text, NULL);
	check_text(of(&w, "05")->zone_name, "Hautes Alpes");
	check_time(r->expires_ms, "2026-11-24T00:00:00+01:00");
	/* Tomorrow's is the same matter. */
	world_read_one(&w, "meteoalarm-2-tomorrow.json");
	r = of(&w, "83");
	check_text(r->level, "orange");
	check_text(r->headline, "Vigilance orange orages : Var");
	check_text(r->text,
	    "Du 23/11/2026 16:01 au 24/11/2026 00:00 : jaune.\n"
	    "Du 24/11/2026 00:00 au 25/11/2026 00:00 : orange.");
	check_time(r->onset_ms, "2026-11-23T16:01:00+01:00");
	check_time(r->expires_ms, "2026-11-25T00:00:00+01:00");
	/* Today is over. */
	world_read(&w, EVENING + TCS_HOURS(8));
	check_text(of(&w, "83")->text, NULL);
	check_text(of(&w, "83")->level, "orange");
	/* All is over, though still listed: as it was. */
	world_read(&w, EVENING + TCS_HOURS(40));
	check_text(of(&w, "83")->level, "orange");
	check_time(of(&w, "83")->expires_ms, "2026-11-25T00:00:00+01:00");
	assert_false(of(&w, "83")->is_end);
	/* Lifted: green, from after its end. */
	world_read_one(&w, "meteoalarm-3-lifted.json");
	r = of(&w, "83");
	assert_true(r->is_end);
	check_text(r->level, "vert");
	check_text(r->headline, "Fin : Orange thunderstorm warning : Var");
	assert_false(of(&w, "05")->is_end);
	world_close(&w);
}

static void
what_a_producer_leaves_out_is_made_up_for(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, NULL, 0);
	world_read_one(&w, "meteoalarm-objects.json");
	const struct tcs_reading *r = of(&w, "59");
	check_text(r->level, "rouge");
	check_text(r->phenomenon, "vent");
	check_text(r->event, "Vigilance rouge vent");
	check_text(param(r, "cap:sender"), "meteoalarm");
	/* From its identifier. */
	check_time(r->issued_ms, "2026-11-23T16:01:07+01:00");
	world_read_one(&w, "meteoalarm-unread-level.json");
	check_text(of(&w, "59")->level, "inconnu");
	world_read_one(&w, "meteoalarm.atom");
	check_text(of(&w, "65")->level, "jaune");
	check_text(of(&w, "83")->level, "orange");
	check_text(of(&w, "83")->phenomenon, "orages");
	check_text(of(&w, "83")->headline,
	    "Orange Thunderstorm Warning issued for France - Var");
	check_time(of(&w, "83")->issued_ms, "2026-11-23T16:01:07+01:00");
	assert_true(of(&w, "59")->is_end);
	world_close(&w);
}

static void
what_was_not_sound_is_said_in_the_note(void **state)
{
	static const char *const senders[] = {"vigilance@meteo.example"};
	const struct tcs_option_text option = {
	    .key = "senders", .values = senders, .n = 1};
	static const char missing[] = "Documents de l'index non lus.";
	struct world w;

	(void)state;
	world_open(&w, NULL, 0);
	world_read_one(&w, "faulty-time.xml");
	check_text(w.readings->document.note,
	    "Messages CAP non conformes, lus malgré tout.");
	world_read_one(&w, "index.atom");
	check_text(w.readings->document.note, missing);
	assert_false(w.readings->document.is_complete);
	world_forget(&w);
	world_add(&w, "index.atom", "index");
	world_add(&w, "01-alert.xml", "https://meteo.example/a1.cap");
	world_add(&w, "cap-1.1.xml", "https://meteo.example/cap/a2");
	world_read(&w, EVENING);
	assert_int_equal(w.readings->n, 2);
	check_text(
	    w.readings->document.note, "Messages CAP invalides, non lus.");
	world_close(&w);
	world_open(&w, &option, 1);
	assert_int_equal(world_read_one(&w, "01-alert.xml")->n, 0);
	check_text(w.readings->document.note,
	    "Messages d'émetteurs non admis, non lus.");
	world_close(&w);
}

/* ---- what is asked for ---- */

static enum tcs_err
note_ask(void *arg, const struct tcs_ask *ask)
{
	struct tcs_buf *buf = arg;

	tcs_buf_printf(buf, "%s%s%s%s", buf->n == 0 ? "" : " ", ask->url,
	    ask->is_head ? "!" : "", ask->is_fixed ? "=" : "");
	assert_int_equal(ask->is_fixed, ask->is_optional);
	return TCS_OK;
}

static const char *
world_ask(struct world *w, size_t got, struct tcs_buf *buf)
{
	const struct tcs_asking asking = {.url = "https://meteo.example/f",
	    .got = {.items = w->fetches, .n = got},
	    .now_ms = EVENING};
	struct tcs_ask_sink out = {.arg = buf, .ask = note_ask};

	tcs_buf_reset(buf);
	tcs_buf_str(buf, "");
	check_ok(tcs_feed_cap.ask(w->st, &asking, &out, NULL), NULL);
	return buf->n == 0 ? "" : buf->p;
}

static void
an_index_is_asked_for_its_documents_once_the_newest_first(void **state)
{
	static const char *const hosts[] = {"ailleurs.example"};
	const struct tcs_option_text option = {
	    .key = "hosts", .values = hosts, .n = 1};
	struct tcs_buf buf;
	struct world w;

	(void)state;
	tcs_buf_init(&buf, 4096);
	world_open(&w, NULL, 0);
	check_text(world_ask(&w, 0, &buf), "https://meteo.example/f!");
	world_add(&w, "index.atom", "index");
	check_text(world_ask(&w, 1, &buf),
	    "https://meteo.example/cap/a2= https://meteo.example/a1.cap=");
	world_add(&w, "01-alert.xml", "https://meteo.example/a1.cap");
	check_text(world_ask(&w, 2, &buf), "");
	static const char *const whole[] = {"meteoalarm.atom",
	    "meteoalarm-1.json", "01-alert.xml", "index-embedded.atom",
	    "page.html"};
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		world_forget(&w);
		world_add(&w, whole[i], "index");
		check_text(world_ask(&w, 1, &buf), "");
	}
	/* To another host only where that is configured. */
	world_forget(&w);
	world_add(&w, "index.rss", "index");
	check_text(
	    world_ask(&w, 1, &buf), "https://meteo.example/alertes/a1.xml=");
	world_close(&w);
	world_open(&w, &option, 1);
	world_add(&w, "index.rss", "index");
	check_text(world_ask(&w, 1, &buf),
	    "https://ailleurs.example/b.xml= "
	    "https://meteo.example/alertes/a1.xml=");
	world_close(&w);
	tcs_buf_fini(&buf);
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
	const struct tcs_origin origin = {.observatory = "demo",
	    .sender = "demo@tocsin.example",
	    .status = "Test",
	    .feed = "cap",
	    .source = "cap",
	    .source_name = "Source fictive",
	    .ops = &tcs_feed_cap};
	struct tcs_picture *held = tcs_picture_new();
	int64_t answered_ms = TCS_NO_TIME;
	struct world w;

	(void)state;
	world_open(&w, NULL, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t now_ms = EVENING + TCS_HOURS(cases[i].hours);
		struct tcs_compare_out out;
		struct tcs_buf said;
		struct tcs_diag diag = {0};
		world_forget(&w);
		world_add(&w, cases[i].file, NULL);
		const struct tcs_compare_in in = {.origin = &origin,
		    .held = held,
		    .readings = world_read(&w, now_ms),
		    .hash = "0123456789012345678901234567890123456789"
		            "012345678901234567890123",
		    .answered_ms = answered_ms,
		    .now_ms = now_ms,
		    .fetched_ms = now_ms};
		check_ok(tcs_compare(&in, &out), NULL);
		check_ok(tcs_signals_pack(&out.signals, &diag), &diag);
		tcs_buf_init(&said, 4096);
		for (size_t k = 0; k < out.signals.n; k++) {
			const struct tcs_signal *s =
			    &out.signals.items[k].signal;
			bool is_system = strcmp(s->status, "System") == 0;
			tcs_buf_printf(&said, "%s%s %s %s%s",
			    k == 0 ? "" : "; ", s->msg_type,
			    is_system ? "System" : s->departement,
			    is_system ? s->phenomenon : s->level,
			    s->is_end ? " end" : "");
		}
		check_text(said.p == NULL ? "" : said.p, cases[i].want);
		tcs_buf_fini(&said);
		tcs_picture_free(&held);
		held = out.picture;
		out.picture = NULL;
		answered_ms = now_ms;
		tcs_compare_fini(&out);
	}
	tcs_picture_free(&held);
	world_close(&w);
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
	    cmocka_unit_test(what_was_not_sound_is_said_in_the_note),
	    cmocka_unit_test(
	        an_index_is_asked_for_its_documents_once_the_newest_first),
	    cmocka_unit_test(documents_become_signals),
	};

	if (tcs_clock_set_zone("Europe/Paris") != TCS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* From publications to signals: what test_fixtures' table cannot say. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "collectors/compare.h"
#include "collectors/driver.h"
#include "collectors/feeds/rss/link.h"
#include "collectors/readings.h"
#include "core/clock.h"
#include "core/file.h"
#include "tests/support/check.h"

extern const struct tcs_feed_ops tcs_feed_rss;

/* 23/11/2026 18:10, when the first document was fetched. */
#define EVENING INT64_C(1795453800000)

struct world {
	void *st;
	struct tcs_readings *readings;
};

static void
world_open(struct world *w, const struct tcs_option_text *options, size_t n)
{
	struct tcs_diag diag = {0};

	*w = (struct world){0};
	check_ok(
	    tcs_driver_open(&tcs_feed_rss, options, n, &w->st, &diag), &diag);
}

static void
world_close(struct world *w)
{
	tcs_readings_free(&w->readings);
	tcs_driver_close(&tcs_feed_rss, &w->st);
}

static const struct tcs_readings *
world_read(struct world *w, const char *name, int64_t fetched_ms)
{
	char *path = NULL;
	struct tcs_buf body;
	enum tcs_refusal refusal;
	struct tcs_diag diag = {0};

	tcs_readings_free(&w->readings);
	assert_true(asprintf(&path, "tests/data/feeds/rss/%s", name) > 0);
	tcs_buf_init(&body, 1 << 20);
	check_ok(tcs_file_read(path, &body, &diag), &diag);
	const struct tcs_fetch fetch = {.url = "https://www.prefecture.example",
	    .body = tcs_buf_view(&body),
	    .fetched_ms = fetched_ms};
	const struct tcs_answers answers = {.items = &fetch, .n = 1};
	check_ok(tcs_readings_read(&tcs_feed_rss, w->st, &answers, &w->readings,
	             &refusal, &diag),
	    &diag);
	tcs_buf_fini(&body);
	free(path);
	return w->readings;
}

/* The item of that name. */
static const struct tcs_reading *
named(const struct world *w, const char *name)
{
	for (size_t i = 0; i < w->readings->n; i++) {
		if (strcmp(w->readings->items[i].zone_name, name) == 0)
			return &w->readings->items[i];
	}
	fail_msg("no item \"%s\"", name);
	return NULL;
}

static const char *
param(const struct tcs_reading *r, const char *name)
{
	for (size_t i = 0; i < r->params_n; i++) {
		if (strcmp(r->params[i].name, name) == 0)
			return r->params[i].value;
	}
	return NULL;
}

static void
an_item_has_title_plain_text_address_and_date(void **state)
{
	const struct tcs_option_text options[] = {
	    {.key = "departements",
	        .values = (const char *[]){"62", "59"},
	        .n = 2},
	    {.key = "category", .values = (const char *[]){"Safety"}, .n = 1},
	    {.key = "expires", .values = (const char *[]){"6 h"}, .n = 1}};
	struct world w;
	char time[TCS_TIME_TEXT];

	(void)state;
	world_open(&w, options, 3);
	world_read(&w, "01-normal.xml", EVENING);
	const struct tcs_reading *r =
	    named(&w, "Crue de l'Aa : évacuation du quartier fictif");
	assert_int_equal(r->kind, TCS_READING_ITEM);
	check_text(r->headline, r->zone_name);
	check_text(r->text, "Le quartier est évacué.\nMoins de < 5 cm d'eau.");
	check_text(
	    r->web, "https://www.prefecture.example/Actualites/Crue-de-l-Aa");
	check_text(
	    tcs_time_iso(r->issued_ms, time), "2026-11-23T16:30:00+01:00");
	check_text(r->phenomenon, "publication");
	check_text(r->level, "none");
	check_text(r->event, "Publication");
	check_text(r->category, "Safety");
	check_text(r->departements[0], "62");
	check_text(r->departements[1], "59");
	check_text(r->departements[2], NULL);
	assert_false(r->is_national);
	assert_int_equal(r->expires_ms, 0);
	assert_int_equal(r->lasts_ms, TCS_HOURS(6));
	check_text(param(r, "tocsin:undated"), NULL);
	check_text(named(&w, "Restrictions d'eau levées")->text,
	    "Arrêté du 20 novembre.");
	const struct tcs_document *d = &w.readings->document;
	assert_int_equal(d->issued_ms, TCS_NO_TIME);
	assert_int_equal(d->next_issue_ms, TCS_NO_TIME);
	assert_int_equal(d->frozen_ms, TCS_NO_TIME);
	assert_true(d->expires_ms > EVENING + TCS_DAYS(365));
	assert_true(d->is_complete);
	check_text(d->note, "");
	world_close(&w);
}

static void
names_are_made_of_what_there_is(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, NULL, 0);
	world_read(&w, "empty-titles.xml", EVENING);
	(void)named(&w, "Arrete du 12 mars sur l eau");
	(void)named(&w, "Évacuation");
	const struct tcs_reading *r = named(&w, "Les premiers mots.");
	assert_true(r->is_national);
	world_read(&w, "ezpublish.xml", EVENING);
	r = named(&w, "Vigilance orange neige");
	check_text(
	    param(r, "rss:author"), "mail@prefecture.example (Nom Fictif)");
	/* The words are a hint for rules, never a level. */
	check_text(r->level, "none");
	world_read(&w, "no-link.xml", EVENING);
	assert_int_equal(w.readings->document.skipped, 1);
	check_text(named(&w, "Ni titre ni adresse.")->web, NULL);
	check_text(named(&w, "Autre communiqué")->web,
	    "https://www.prefecture.example/");
	world_read(&w, "double-escaped.xml", EVENING);
	check_text(
	    named(&w, "Arrété & avis")->text, "Baignade interdite l'été.");
	world_close(&w);
}

static void
a_date_that_is_missing_unreadable_or_to_come_is_said(void **state)
{
	static const struct {
		const char *name, *issued;
	} cases[] = {{"sans date", NULL}, {"illisible", NULL},
	    {"iso", "2026-11-23T16:30:00+01:00"},
	    {"jour", "2026-11-23T16:30:00+01:00"},
	    {"jour seul", "2026-11-23T00:00:00+01:00"}, {"avenir", NULL}};
	struct world w;

	(void)state;
	world_open(&w, NULL, 0);
	world_read(&w, "dates.xml", EVENING);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tcs_reading *r = named(&w, cases[i].name);
		char time[TCS_TIME_TEXT];
		bool is_undated = cases[i].issued == NULL;
		assert_int_equal(r->issued_ms == TCS_NO_TIME, is_undated);
		check_text(
		    param(r, "tocsin:undated"), is_undated ? "yes" : NULL);
		if (!is_undated)
			check_text(
			    tcs_time_iso(r->issued_ms, time), cases[i].issued);
	}
	world_close(&w);
}

static void
a_revision_says_its_own_date(void **state)
{
	struct world w;
	char time[TCS_TIME_TEXT];

	(void)state;
	world_open(&w, NULL, 0);
	world_read(&w, "03-revised.xml", EVENING + TCS_DAYS(1));
	const struct tcs_reading *r =
	    named(&w, "[MàJ] Crue de l'Aa : évacuation du quartier fictif");
	check_text(r->text,
	    "[Mise à jour du 24 novembre 2026] Retour des habitants [1].");
	check_text(
	    tcs_time_iso(r->issued_ms, time), "2026-11-24T00:00:00+01:00");
	/* Atom has one; that of the whole document is no entry's. */
	world_read(&w, "atom.xml", EVENING + TCS_DAYS(1));
	check_text(tcs_time_iso(named(&w, "Crue & vent")->issued_ms, time),
	    "2026-11-23T17:00:00+01:00");
	check_text(named(&w, "Crue & vent")->web, "https://site.example/crue");
	check_text(named(&w, "Sans adresse")->text, "un\ndeux");
	world_close(&w);
}

static void
what_was_not_sound_is_said_in_the_note(void **state)
{
	static const struct {
		const char *file, *note;
	} cases[] = {
	    {"malformed.xml", "XML mal formé, lu autant que possible."},
	    {"program-message.xml", "XML mal formé, lu autant que possible."},
	    {"cut.xml",
	        "Flux interrompu avant sa fin : seules les publications "
	        "entières sont lues."},
	    {"undeclared.xml", "L'encodage déclaré n'est pas le vrai."},
	    {"declared-wrong.xml", "L'encodage déclaré n'est pas le vrai."},
	    {"latin1.xml", ""},
	    {"windows-1252.xml", ""},
	    {"utf-16.xml", ""},
	    {"bom.xml", ""},
	    {"leading-blanks.xml", ""},
	    {"doctype.xml", ""},
	};
	struct world w;

	(void)state;
	world_open(&w, NULL, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		world_read(&w, cases[i].file, EVENING);
		const struct tcs_document *d = &w.readings->document;
		check_text(d->note, cases[i].note);
		assert_int_equal(
		    d->is_complete, strcmp(cases[i].file, "cut.xml") != 0);
	}
	world_read(&w, "malformed.xml", EVENING);
	check_text(named(&w, "Eau & gaz")->text, "Ligne\nautre gras");
	check_text(named(&w, "Eau & gaz")->web,
	    "https://www.prefecture.example/Actualites/Eau?a=1&b=2");
	check_text(named(&w, "Entités HTML")->text, "montée");
	world_read(&w, "declared-wrong.xml", EVENING);
	check_text(named(&w, "Évacuation – été")->text, "Montée des eaux.");
	world_close(&w);
}

static void
what_gdacs_says_beside_goes_with_it(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, NULL, 0);
	world_read(&w, "gdacs.xml", EVENING);
	const struct tcs_reading *r = &w.readings->items[0];
	check_text(param(r, "gdacs:alertlevel"), "Orange");
	check_text(param(r, "gdacs:eventtype"), "TC");
	check_text(param(r, "georss:point"), "-19.4 59.8");
	check_text(param(r, "gdacs:cap"), "http://gdacs.example/cap_9.xml");
	check_text(param(r, "gdacs:iso3"), NULL);
	check_text(r->level, "none");
	assert_false(r->is_end);
	world_read(&w, "gdacs-over.xml", EVENING);
	assert_true(w.readings->items[0].is_end);
	world_close(&w);
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
	    /* Three days old at the first sight: remembered, not told. */
	    {"01-normal.xml", 0,
	        "Alert Crue de l'Aa : évacuation du quartier fictif; "
	        "Alert System recap"},
	    {"01-normal.xml", 1, ""},
	    {"guid-changed.xml", 2, ""},
	    {"02-new-unsorted.xml", 3, "Alert Route coupée à Exempleville"},
	    {"03-revised.xml", 20,
	        "Update [MàJ] Crue de l'Aa : évacuation du quartier fictif"},
	    {"04-gone.xml", 21, ""},
	    {"03-revised.xml", 22, ""},
	    {"malformed.xml", 23,
	        "Alert Eau & gaz; Alert Entités HTML; "
	        "Alert System document-anormal"},
	    {"cut.xml", 24, "Alert System document-anormal"},
	    {"gdacs.xml", 25,
	        "Alert Orange alert for tropical cyclone FICTIF-26"},
	    {"gdacs-over.xml", 26,
	        "Update Orange alert for tropical cyclone FICTIF-26"},
	    {"gdacs-over.xml", 27, ""},
	};
	const struct tcs_origin origin = {.observatory = "demo",
	    .sender = "demo@tocsin.example",
	    .status = "Test",
	    .feed = "pref",
	    .source = "pref",
	    .source_name = "Préfecture fictive",
	    .ops = &tcs_feed_rss};
	struct tcs_picture *held = tcs_picture_new();
	int64_t answered_ms = TCS_NO_TIME;
	struct world w;

	(void)state;
	world_open(&w, NULL, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t now_ms = EVENING + TCS_HOURS(cases[i].hours);
		const struct tcs_compare_in in = {.origin = &origin,
		    .held = held,
		    .readings = world_read(&w, cases[i].file, now_ms),
		    .hash = "0123456789012345678901234567890123456789"
		            "012345678901234567890123",
		    .answered_ms = answered_ms,
		    .now_ms = now_ms,
		    .fetched_ms = now_ms};
		struct tcs_compare_out out;
		struct tcs_buf said;
		struct tcs_diag diag = {0};
		check_ok(tcs_compare(&in, &out), NULL);
		check_ok(tcs_signals_pack(&out.signals, &diag), &diag);
		tcs_buf_init(&said, 4096);
		for (size_t k = 0; k < out.signals.n; k++) {
			const struct tcs_signal *s =
			    &out.signals.items[k].signal;
			bool is_system = strcmp(s->status, "System") == 0;
			tcs_buf_printf(&said, "%s%s %s%s", k == 0 ? "" : "; ",
			    s->msg_type, is_system ? "System " : "",
			    is_system ? s->phenomenon : s->headline);
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

static void
addresses_of_one_page_have_one_key(void **state)
{
	static const struct {
		const char *link, *key, *words;
		bool is_home;
	} cases[] = {
	    {"https://www.site.example/", "www.site.example", "", true},
	    {"http://WWW.Site.example:80", "www.site.example", "", true},
	    {"https://site.example:443/#top", "site.example", "", true},
	    {"https://site.example/?utm_source=x", "site.example", "", true},
	    {"https://site.example:8443/A/b-c/", "site.example:8443/A/b-c",
	        "B c", false},
	    {"https://site.example/index.php/a%c3%a9.html?b=1&utm_medium=x#y",
	        "site.example/a%C3%A9.html?b=1", "Aé", false},
	    {"https://site.example/indexes/", "site.example/indexes", "Indexes",
	        false},
	    {"https://site.example/a;jsessionid=12?PHPSESSID=3&id=4",
	        "site.example/a?id=4", "A jsessionid=12", false},
	    {"https://site.example/a?x=1&amp;y=2", "site.example/a?x=1&y=2",
	        "A", false},
	    {"https://site.example/12345", "site.example/12345", "", false},
	    {"https://site.example/%ff%fe", "site.example/%FF%FE", "", false},
	    {"urn:x", "urn:x", "Urn:x", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_buf key, words;
		tcs_buf_init(&key, 1000);
		tcs_buf_init(&words, 1000);
		tcs_rss_link_key(cases[i].link, &key);
		tcs_rss_link_words(cases[i].link, &words);
		check_text(key.p == NULL ? "" : key.p, cases[i].key);
		check_text(words.p == NULL ? "" : words.p, cases[i].words);
		assert_int_equal(
		    tcs_rss_link_is_home(cases[i].link), cases[i].is_home);
		tcs_buf_fini(&key);
		tcs_buf_fini(&words);
	}
}

static void
options_are_checked(void **state)
{
	static const struct {
		const char *key, *value, *finding;
	} cases[] = {{"departements", "999", "not the code of a département"},
	    {"category", "Flood", "not a category of CAP"},
	    {"expires", "0 s", "expires"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tcs_option_text option = {
		    .key = cases[i].key, .values = &cases[i].value, .n = 1};
		struct tcs_diag diag = {0};
		void *st = NULL;
		check_err(
		    tcs_driver_open(&tcs_feed_rss, &option, 1, &st, &diag),
		    TCS_ECONFIG, &diag);
		check_finding(&diag, 0, cases[i].finding);
		tcs_diag_fini(&diag);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_item_has_title_plain_text_address_and_date),
	    cmocka_unit_test(names_are_made_of_what_there_is),
	    cmocka_unit_test(
	        a_date_that_is_missing_unreadable_or_to_come_is_said),
	    cmocka_unit_test(a_revision_says_its_own_date),
	    cmocka_unit_test(what_was_not_sound_is_said_in_the_note),
	    cmocka_unit_test(what_gdacs_says_beside_goes_with_it),
	    cmocka_unit_test(documents_become_signals),
	    cmocka_unit_test(addresses_of_one_page_have_one_key),
	    cmocka_unit_test(options_are_checked),
	};

	if (tcs_clock_set_zone("Europe/Paris") != TCS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

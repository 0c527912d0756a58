/* From publications to signals: what test_fixtures' table cannot say. */
#include <stdbool.h>

#include "collectors/feeds/rss/link.h"
#include "core/clock.h"
#include "tests/support/check.h"
#include "tests/support/feedkit.h"

extern const struct tcs_feed_ops tcs_feed_rss;

/* 23/11/2026 18:10, when the first document was fetched. */
#define EVENING INT64_C(1795453800000)

static struct feedkit *
open_kit(const char *const *options)
{
	struct feedkit *kit = feedkit_open(&tcs_feed_rss, options);

	kit->url = "https://www.prefecture.example";
	kit->fetched_ms = EVENING;
	return kit;
}

/* The item of that name. */
static const struct tcs_reading *
named(const struct feedkit *kit, const char *name)
{
	for (size_t i = 0; i < kit->readings->n; i++) {
		if (strcmp(kit->readings->items[i].zone_name, name) == 0)
			return &kit->readings->items[i];
	}
	fail_msg("no item \"%s\"", name);
	return NULL;
}

static void
an_item_has_title_plain_text_address_and_date(void **state)
{
	static const char *const options[] = {"departements", "62",
	    "departements", "59", "category", "Safety", "expires", "6 h", NULL};
	struct feedkit *kit = open_kit(options);

	(void)state;
	(void)feedkit_read_files(kit, "01-normal.xml");
	const struct tcs_reading *r =
	    named(kit, "Crue de l'Aa : évacuation du quartier fictif");
	assert_int_equal(r->kind, TCS_READING_ITEM);
	check_text(r->headline, r->zone_name);
	check_text(r->text, "Le quartier est évacué.\nMoins de < 5 cm d'eau.");
	check_text(
	    r->web, "https://www.prefecture.example/Actualites/Crue-de-l-Aa");
	check_time(r->issued_ms, "2026-11-23T16:30:00+01:00");
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
	check_text(feedkit_param(r, "tocsin:undated"), NULL);
	check_text(named(kit, "Restrictions d'eau levées")->text,
	    "Arrêté du 20 novembre.");
	const struct tcs_document *d = &kit->readings->document;
	assert_int_equal(d->issued_ms, TCS_NO_TIME);
	assert_int_equal(d->next_issue_ms, TCS_NO_TIME);
	assert_int_equal(d->frozen_ms, TCS_NO_TIME);
	assert_true(d->expires_ms > EVENING + TCS_DAYS(365));
	assert_true(d->is_complete);
	check_text(d->note, "");
	feedkit_close(&kit);
}

static void
names_are_made_of_what_there_is(void **state)
{
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	(void)feedkit_read_files(kit, "empty-titles.xml");
	(void)named(kit, "Arrete du 12 mars sur l eau");
	(void)named(kit, "Évacuation");
	const struct tcs_reading *r = named(kit, "Les premiers mots.");
	assert_true(r->is_national);
	(void)feedkit_read_files(kit, "ezpublish.xml");
	r = named(kit, "Vigilance orange neige");
	check_text(feedkit_param(r, "rss:author"),
	    "mail@prefecture.example (Nom Fictif)");
	/* The words are a hint for rules, never a level. */
	check_text(r->level, "none");
	(void)feedkit_read_files(kit, "no-link.xml");
	assert_int_equal(kit->readings->document.skipped, 1);
	check_text(named(kit, "Ni titre ni adresse.")->web, NULL);
	check_text(named(kit, "Autre communiqué")->web,
	    "https://www.prefecture.example/");
	(void)feedkit_read_files(kit, "double-escaped.xml");
	check_text(
	    named(kit, "Arrété & avis")->text, "Baignade interdite l'été.");
	feedkit_close(&kit);
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
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	(void)feedkit_read_files(kit, "dates.xml");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tcs_reading *r = named(kit, cases[i].name);
		bool is_undated = cases[i].issued == NULL;
		assert_int_equal(r->issued_ms == TCS_NO_TIME, is_undated);
		check_text(feedkit_param(r, "tocsin:undated"),
		    is_undated ? "yes" : NULL);
		if (!is_undated)
			check_time(r->issued_ms, cases[i].issued);
	}
	feedkit_close(&kit);
}

static void
a_revision_says_its_own_date(void **state)
{
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	kit->fetched_ms = EVENING + TCS_DAYS(1);
	(void)feedkit_read_files(kit, "03-revised.xml");
	const struct tcs_reading *r =
	    named(kit, "[MàJ] Crue de l'Aa : évacuation du quartier fictif");
	check_text(r->text,
	    "[Mise à jour du 24 novembre 2026] Retour des habitants [1].");
	check_time(r->issued_ms, "2026-11-24T00:00:00+01:00");
	/* Atom has one; that of the whole document is no entry's. */
	(void)feedkit_read_files(kit, "atom.xml");
	check_time(
	    named(kit, "Crue & vent")->issued_ms, "2026-11-23T17:00:00+01:00");
	check_text(named(kit, "Crue & vent")->web, "https://site.example/crue");
	check_text(named(kit, "Sans adresse")->text, "un\ndeux");
	feedkit_close(&kit);
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
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)feedkit_read_files(kit, cases[i].file);
		const struct tcs_document *d = &kit->readings->document;
		check_text(d->note, cases[i].note);
		assert_int_equal(
		    d->is_complete, strcmp(cases[i].file, "cut.xml") != 0);
	}
	(void)feedkit_read_files(kit, "malformed.xml");
	check_text(named(kit, "Eau & gaz")->text, "Ligne\nautre gras");
	check_text(named(kit, "Eau & gaz")->web,
	    "https://www.prefecture.example/Actualites/Eau?a=1&b=2");
	check_text(named(kit, "Entités HTML")->text, "montée");
	(void)feedkit_read_files(kit, "declared-wrong.xml");
	check_text(named(kit, "Évacuation – été")->text, "Montée des eaux.");
	feedkit_close(&kit);
}

static void
what_gdacs_says_beside_goes_with_it(void **state)
{
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	(void)feedkit_read_files(kit, "gdacs.xml");
	const struct tcs_reading *r = &kit->readings->items[0];
	check_text(feedkit_param(r, "gdacs:alertlevel"), "Orange");
	check_text(feedkit_param(r, "gdacs:eventtype"), "TC");
	check_text(feedkit_param(r, "georss:point"), "-19.4 59.8");
	check_text(
	    feedkit_param(r, "gdacs:cap"), "http://gdacs.example/cap_9.xml");
	check_text(feedkit_param(r, "gdacs:iso3"), NULL);
	check_text(r->level, "none");
	assert_false(r->is_end);
	(void)feedkit_read_files(kit, "gdacs-over.xml");
	assert_true(kit->readings->items[0].is_end);
	feedkit_close(&kit);
}

/* "Alert Title; Alert System recap" */
static void
append_signal(struct tcs_buf *buf, const struct tcs_new_signal *added)
{
	const struct tcs_signal *s = &added->signal;
	bool is_system = strcmp(s->status, "System") == 0;

	tcs_buf_printf(buf, "%s%s %s%s", buf->n == 0 ? "" : "; ", s->msg_type,
	    is_system ? "System " : "",
	    is_system ? s->phenomenon : s->headline);
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
		const char *const options[] = {
		    cases[i].key, cases[i].value, NULL};
		struct tcs_diag diag = {0};
		check_err(feedkit_options(&tcs_feed_rss, options, &diag),
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

	return cmocka_run_group_tests(tests, NULL, NULL);
}

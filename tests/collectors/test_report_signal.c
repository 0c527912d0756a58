#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/feed.h"
#include "collectors/report/signal.h"
#include "core/arena.h"
#include "core/cap.h"
#include "tests/support/check.h"

/* 23/11/2026 17:05 in Paris. */
#define NOW_MS INT64_C(1795449900000)
#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct tcs_report
some_report(void)
{
	return (struct tcs_report){.kind = TCS_REPORT_NEW,
	    .id = "sidpc62.report.20261123T160500Z-1a2b3c4d",
	    .fact_ms = NOW_MS - TCS_MINUTES(5),
	    .reported_ms = NOW_MS,
	    .typed_by = "mdurand",
	    .from = "gendarmerie d'Arques",
	    .departement = "62",
	    .commune = "62040",
	    .commune_name = "Arques",
	    .what = "route coupée par l'eau",
	    .phenomenon = "route-coupee",
	    .level = "none",
	    .certainty = "observed"};
}

static struct tcs_origin
some_origin(void)
{
	return (struct tcs_origin){.observatory = "sidpc62",
	    .sender = "sidpc62@prefecture.example",
	    .status = "Exercise",
	    .feed = "terrain",
	    .source = "terrain",
	    .source_name = "Terrain",
	    .ops = tcs_feed_find("report")};
}

/* The signal of a report, or of its revision when `old` is one. The caller
 * frees `signals` and *ret_entry. */
static const struct tcs_new_signal *
signalled(struct tcs_signals *signals, const struct tcs_report_entry *old,
    const struct tcs_report *report, struct tcs_report_entry **ret_entry)
{
	const struct tcs_origin origin = some_origin();
	struct tcs_new_signal *added = NULL;
	struct tcs_diag diag = {0};

	assert_int_equal(tcs_signals_init(signals), TCS_OK);
	assert_int_equal(
	    tcs_report_entry_make(old, report, tcs_slice_str(report->id),
	        TCS_HOURS(24), ret_entry),
	    TCS_OK);
	const struct tcs_report_says says = {.entry = *ret_entry,
	    .kind = report->kind,
	    .typed_by = report->typed_by,
	    .fetched_ms = NOW_MS + 3};
	assert_int_equal(
	    tcs_report_signal(signals, &origin, &says, &added), TCS_OK);
	assert_int_equal(tcs_report_entry_sign(*ret_entry, added), TCS_OK);
	check_ok(tcs_signals_pack(signals, &diag), &diag);
	return added;
}

static void
a_report_says_who_where_what_and_both_times(void **state)
{
	struct tcs_report report = some_report();
	struct tcs_signals signals;
	struct tcs_report_entry *entry = NULL;

	(void)state;
	report.photo = (struct tcs_report_photo){
	    .hash = HASH, .type = "image/jpeg", .size = 412337};
	const struct tcs_signal *s =
	    &signalled(&signals, NULL, &report, &entry)->signal;
	assert_string_equal(
	    s->headline, "Terrain, Arques : route coupée par l'eau");
	assert_string_equal(s->description,
	    "route coupée par l'eau\n"
	    "Lieu : Arques (62040), département 62.\n"
	    "Fait : 23/11/2026 17:00. Signalé : 23/11/2026 17:05, par "
	    "Gendarmerie d'Arques (saisi par mdurand).\n"
	    "Photo jointe.");
	check_text(s->source_name, "Gendarmerie d'Arques");
	check_text(s->status, "Exercise");
	check_text(s->msg_type, "Alert");
	check_text(s->zone, "62040");
	check_text(s->zone_name, "Arques");
	check_text(s->zone_scheme, "INSEE");
	check_text(s->category, "Safety");
	check_text(s->certainty, "Observed");
	check_text(s->urgency, "Immediate");
	check_text(s->departement, "62");
	check_text(s->report, report.id);
	check_text(s->params[0].value, "2026-11-23T17:00:00+01:00");
	check_text(s->params[1].value, "2026-11-23T17:05:00+01:00");
	assert_int_equal(s->issued_ms, NOW_MS);
	assert_int_equal(s->onset_ms, NOW_MS - TCS_MINUTES(5));
	assert_int_equal(s->expires_ms, NOW_MS + TCS_HOURS(24));
	assert_int_equal(s->files_n, 1);
	check_text(s->files[0].hash, HASH);
	assert_true(strncmp(s->identifier,
	                "sidpc62.terrain.62040.route-coupee."
	                "20261123T160500Z.none-",
	                57) == 0);
	tcs_report_entry_free(&entry);
	tcs_signals_fini(&signals);
}

static void
its_words_follow_what_was_said(void **state)
{
	static const struct {
		const char *commune, *name, *place, *what, *level, *certainty;
		const char *headline, *text, *zone_name;
	} cases[] = {
	    {"62040", NULL, NULL, "eau", "none", "observed",
	        "Terrain, commune 62040 : eau",
	        "Lieu : commune 62040, département 62.", "commune 62040"},
	    {"62040", "Arques", "D 210", "eau", "orange", "likely",
	        "Terrain, Arques, D 210 : eau",
	        "Lieu : Arques (62040), D 210, département 62.", "Arques"},
	    {NULL, NULL, "digue du canal", " eau \nhaute", "none", "possible",
	        "Terrain, digue du canal : eau",
	        "eau \nhaute\nLieu : digue du canal, département 62.",
	        "digue du canal"},
	    {"62040", "Arques", NULL, "eau", "rouge", "unknown",
	        "Terrain, Arques : eau",
	        "Niveau : rouge.\nCertitude : inconnue.", "Arques"},
	    {"62040", "Arques", NULL, "eau", "none", "unlikely",
	        "Terrain, Arques : eau", "Certitude : peu probable.", "Arques"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_report report = some_report();
		struct tcs_signals signals;
		struct tcs_report_entry *entry = NULL;
		report.commune = cases[i].commune;
		report.commune_name = cases[i].name;
		report.place = cases[i].place;
		report.what = cases[i].what;
		report.level = cases[i].level;
		report.certainty = cases[i].certainty;
		const struct tcs_signal *s =
		    &signalled(&signals, NULL, &report, &entry)->signal;
		check_text(s->headline, cases[i].headline);
		check_text(s->zone_name, cases[i].zone_name);
		if (strstr(s->description, cases[i].text) == NULL)
			fail_msg(
			    "%s\nhas not\n%s", s->description, cases[i].text);
		tcs_report_entry_free(&entry);
		tcs_signals_fini(&signals);
	}
}

static void
an_author_begins_with_a_capital(void **state)
{
	static const char *const cases[][2] = {{"gendarmerie", "Gendarmerie"},
	    {"SDIS 62", "SDIS 62"}, {"état-major", "État-major"},
	    {"7e bataillon", "7e bataillon"}, {"÷", "÷"}, {"ÿ", "ÿ"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_report report = some_report();
		struct tcs_signals signals;
		struct tcs_report_entry *entry = NULL;
		report.from = cases[i][0];
		check_text(signalled(&signals, NULL, &report, &entry)
		               ->signal.source_name,
		    cases[i][1]);
		tcs_report_entry_free(&entry);
		tcs_signals_fini(&signals);
	}
}

static void
a_long_text_is_cut_between_characters_in_the_headline(void **state)
{
	struct tcs_report report = some_report();
	struct tcs_signals signals;
	struct tcs_report_entry *entry = NULL;
	char what[TCS_REPORT_WHAT_MAX + 1];

	(void)state;
	for (size_t i = 0; i < TCS_REPORT_WHAT_MAX; i += 2)
		memcpy(what + i, "é", 2);
	what[0] = 'x'; /* so that the cut would fall into one */
	what[1] = 'x';
	what[2] = 'x';
	memmove(what + 3, what + 4, TCS_REPORT_WHAT_MAX - 4);
	what[TCS_REPORT_WHAT_MAX - 1] = '\0';
	report.what = what;
	const struct tcs_signal *s =
	    &signalled(&signals, NULL, &report, &entry)->signal;
	assert_true(strlen(s->headline) < 300);
	assert_true(tcs_slice_is_utf8(tcs_slice_str(s->headline)));
	assert_true(strlen(s->description) > TCS_REPORT_WHAT_MAX);
	tcs_report_entry_free(&entry);
	tcs_signals_fini(&signals);
}

static void
a_correction_and_an_end_follow_in_the_same_event(void **state)
{
	const struct tcs_report report = some_report();
	struct tcs_report change = {.kind = TCS_REPORT_CORRECT,
	    .id = "c",
	    .about = report.id,
	    .fact_ms = TCS_NO_TIME,
	    .reported_ms = NOW_MS + TCS_MINUTES(25),
	    .typed_by = "alefevre",
	    .departement = "62",
	    .what = "60 cm",
	    .level = "orange"};
	struct tcs_signals first, second, third;
	struct tcs_report_entry *a = NULL, *b = NULL, *c = NULL;

	(void)state;
	const struct tcs_new_signal *one = signalled(&first, NULL, &report, &a);
	const struct tcs_new_signal *two = signalled(&second, a, &change, &b);
	check_text(two->signal.msg_type, "Update");
	check_text(two->signal.headline, "Terrain, Arques : correction, 60 cm");
	check_text(two->signal.previous_level, "none");
	check_text(two->trace, one->trace);
	assert_non_null(strstr(two->signal.references, one->signal.identifier));
	assert_non_null(strstr(two->signal.description,
	    "Signalé : 23/11/2026 17:05, par Gendarmerie d'Arques (saisi par "
	    "mdurand).\nCorrigé : 23/11/2026 17:30 (saisi par alefevre)."));
	assert_false(two->signal.is_end);
	change.kind = TCS_REPORT_END;
	change.what = NULL;
	change.level = NULL;
	change.reported_ms += TCS_MINUTES(5);
	const struct tcs_new_signal *three = signalled(&third, b, &change, &c);
	assert_true(three->signal.is_end);
	check_text(three->signal.headline, "Terrain, Arques : terminé, 60 cm");
	check_text(three->signal.urgency, "Past");
	assert_non_null(strstr(three->signal.description,
	    "Fin signalée : 23/11/2026 17:35 (saisi par alefevre)."));
	assert_non_null(
	    strstr(three->signal.references, two->signal.identifier));
	check_text(c->opening, one->signal.identifier);
	tcs_report_entry_free(&a);
	tcs_report_entry_free(&b);
	tcs_report_entry_free(&c);
	tcs_signals_fini(&first);
	tcs_signals_fini(&second);
	tcs_signals_fini(&third);
}

static void
two_reports_of_one_text_are_two_signals(void **state)
{
	struct tcs_report report = some_report();
	struct tcs_signals first, second, third;
	struct tcs_report_entry *a = NULL, *b = NULL, *c = NULL;

	(void)state;
	const char *one =
	    signalled(&first, NULL, &report, &a)->signal.identifier;
	const char *same =
	    signalled(&second, NULL, &report, &b)->signal.identifier;
	report.id = "other";
	const char *two =
	    signalled(&third, NULL, &report, &c)->signal.identifier;
	assert_string_equal(one, same);
	assert_string_not_equal(one, two);
	tcs_report_entry_free(&a);
	tcs_report_entry_free(&b);
	tcs_report_entry_free(&c);
	tcs_signals_fini(&first);
	tcs_signals_fini(&second);
	tcs_signals_fini(&third);
}

static void
others_of_the_same_fact_are_named_by_their_first_signals(void **state)
{
	const struct tcs_origin origin = some_origin();
	struct tcs_report report = some_report();
	const struct tcs_report_entry one = {.opening = "one"},
	                              two = {.opening = "two"};
	const struct tcs_report_entry *const links[] = {&one, &two};
	struct tcs_report_entry *entry = NULL;
	struct tcs_new_signal *added = NULL;
	struct tcs_signals signals;

	(void)state;
	assert_int_equal(tcs_signals_init(&signals), TCS_OK);
	assert_int_equal(tcs_report_entry_make(NULL, &report,
	                     tcs_slice_str("a"), TCS_HOURS(24), &entry),
	    TCS_OK);
	const struct tcs_report_says says = {.entry = entry,
	    .typed_by = "mdurand",
	    .fetched_ms = NOW_MS,
	    .links = links,
	    .links_n = 2};
	assert_int_equal(
	    tcs_report_signal(&signals, &origin, &says, &added), TCS_OK);
	check_text(added->signal.incidents, "one two");
	tcs_report_entry_free(&entry);
	tcs_signals_fini(&signals);
}

/* What rules and archives read of the CAP document. */
static void
the_document_says_the_same(void **state)
{
	const struct tcs_report report = some_report();
	struct tcs_signals signals;
	struct tcs_report_entry *entry = NULL;
	struct tcs_cap *cap = NULL;
	struct tcs_signal s;
	struct tcs_diag diag = {0};

	(void)state;
	const struct tcs_new_signal *added =
	    signalled(&signals, NULL, &report, &entry);
	check_ok(tcs_cap_read(added->cap, &cap, &diag), &diag);
	check_ok(tcs_signal_from_cap(cap, &s, &diag), &diag);
	check_text(s.report, report.id);
	check_text(s.level, "none");
	check_text(s.zone_scheme, "INSEE");
	check_text(s.event, "Signalement du terrain");
	check_text(s.category, "Safety");
	check_text(tcs_cap_param(cap, "tocsin:level"), "terrain:none");
	check_text(
	    tcs_cap_param(cap, "tocsin:fact"), "2026-11-23T17:00:00+01:00");
	check_text(
	    tcs_cap_param(cap, "tocsin:reported"), "2026-11-23T17:05:00+01:00");
	tcs_cap_free(&cap);
	tcs_report_entry_free(&entry);
	tcs_signals_fini(&signals);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_report_says_who_where_what_and_both_times),
	    cmocka_unit_test(its_words_follow_what_was_said),
	    cmocka_unit_test(an_author_begins_with_a_capital),
	    cmocka_unit_test(
	        a_long_text_is_cut_between_characters_in_the_headline),
	    cmocka_unit_test(a_correction_and_an_end_follow_in_the_same_event),
	    cmocka_unit_test(two_reports_of_one_text_are_two_signals),
	    cmocka_unit_test(
	        others_of_the_same_fact_are_named_by_their_first_signals),
	    cmocka_unit_test(the_document_says_the_same),
	};

	if (tcs_clock_set_zone("Europe/Paris") != TCS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

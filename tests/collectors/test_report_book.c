#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/report/book.h"
#include "core/arena.h"
#include "tests/support/check.h"

#define NOW_MS INT64_C(1795449900000)

static struct tcs_report
some_report(const char *id)
{
	return (struct tcs_report){.kind = TCS_REPORT_NEW,
	    .id = id,
	    .fact_ms = NOW_MS - TCS_MINUTES(5),
	    .reported_ms = NOW_MS,
	    .typed_by = "mdurand",
	    .from = "gendarmerie d'Arques",
	    .departement = "62",
	    .commune = "62040",
	    .what = "route coupée",
	    .phenomenon = "route-coupee",
	    .level = "none",
	    .certainty = "observed",
	    .contact = "06 39 98 00 01"};
}

static struct tcs_report
some_revision(enum tcs_report_kind kind, const char *typed_by, const char *from)
{
	return (struct tcs_report){.kind = kind,
	    .id = "c",
	    .about = "a",
	    .fact_ms = TCS_NO_TIME,
	    .reported_ms = NOW_MS + TCS_MINUTES(10),
	    .typed_by = typed_by,
	    .from = from,
	    .departement = "62",
	    .what = "60 cm"};
}

static struct tcs_report_entry *
made(const struct tcs_report_entry *old, const struct tcs_report *report)
{
	struct tcs_report_entry *entry = NULL;

	assert_int_equal(tcs_report_entry_make(old, report,
	                     tcs_slice_str(report->id), TCS_HOURS(24), &entry),
	    TCS_OK);
	return entry;
}

/* As the reader signs it. */
static void
sign(struct tcs_report_entry *entry)
{
	entry->identifier =
	    tcs_arena_printf(entry->arena, "signal-of-%s", entry->said.id);
	if (entry->opening == NULL)
		entry->opening = entry->identifier;
	entry->reference = "s,i,t";
	entry->trace = "0123456789abcdef";
}

static struct tcs_report_entry *
put(struct tcs_report_book *book, const struct tcs_report *report)
{
	struct tcs_report_entry *entry = made(NULL, report);

	sign(entry);
	assert_int_equal(tcs_report_book_put(book, entry), TCS_OK);
	return entry;
}

static void
a_revision_replaces_what_it_says_and_keeps_the_rest(void **state)
{
	const struct tcs_report report = some_report("a");
	struct tcs_report_entry *first = made(NULL, &report);
	struct tcs_report change =
	    some_revision(TCS_REPORT_CORRECT, "mdurand", NULL);

	(void)state;
	change.level = "orange";
	assert_string_equal(first->zone, "62040");
	assert_null(first->said.contact); /* stays in its record */
	sign(first);
	struct tcs_report_entry *second = made(first, &change);
	tcs_report_entry_free(&first); /* nothing is borrowed from it */
	assert_string_equal(second->said.id, "a");
	assert_string_equal(second->said.what, "60 cm");
	assert_string_equal(second->said.level, "orange");
	assert_string_equal(second->previous_level, "none");
	assert_string_equal(second->said.from, "gendarmerie d'Arques");
	assert_int_equal(second->said.fact_ms, NOW_MS - TCS_MINUTES(5));
	assert_int_equal(second->first_ms, NOW_MS);
	assert_int_equal(second->said.reported_ms, NOW_MS + TCS_MINUTES(10));
	assert_int_equal(
	    second->expires_ms, NOW_MS + TCS_MINUTES(10) + TCS_HOURS(24));
	assert_false(second->is_ended);
	assert_string_equal(second->opening, "signal-of-a");
	change = some_revision(TCS_REPORT_END, "mdurand", NULL);
	change.what = NULL;
	change.reported_ms = NOW_MS; /* by a clock that is behind */
	struct tcs_report_entry *third = made(second, &change);
	assert_true(third->is_ended);
	assert_string_equal(third->said.what, "60 cm");
	assert_int_equal(third->said.reported_ms, NOW_MS + TCS_MINUTES(10));
	tcs_report_entry_free(&second);
	tcs_report_entry_free(&third);
}

static void
its_author_alone_may_revise_it(void **state)
{
	static const struct {
		const char *typed_by, *from;
		bool may;
	} cases[] = {
	    {"mdurand", NULL, true},
	    {"mdurand", "mairie", true}, /* the same keyboard */
	    {"x", "Gendarmerie d’Arques", true},
	    {"x", "GENDARMERIE D'ARQUES ", true},
	    {"x", "gendarmerie", false},
	    {"x", "gendarmerie d'Arques et de Longuenesse", false},
	    {"x", "…", false},
	    {"x", NULL, false},
	    {"mdurand2", NULL, false},
	};
	const struct tcs_report report = some_report("a");
	struct tcs_report_entry *entry = made(NULL, &report);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tcs_report change = some_revision(
		    TCS_REPORT_CORRECT, cases[i].typed_by, cases[i].from);
		struct tcs_diag diag = {0};
		enum tcs_err err =
		    tcs_report_entry_check(entry, &change, &diag);
		assert_int_equal(err, cases[i].may ? TCS_OK : TCS_EINVAL);
		if (!cases[i].may) {
			check_finding(&diag, 0, "\"gendarmerie d'Arques\"");
			check_finding(&diag, 0, "the login mdurand");
		}
		tcs_diag_fini(&diag);
	}
	tcs_report_entry_free(&entry);
}

static void
what_is_over_or_elsewhere_is_not_revised(void **state)
{
	const struct tcs_report report = some_report("a");
	struct tcs_report change =
	    some_revision(TCS_REPORT_END, "mdurand", NULL);
	struct tcs_report_entry *open = made(NULL, &report);
	struct tcs_report_entry *ended = made(open, &change);
	struct tcs_diag diag = {0};

	(void)state;
	assert_int_equal(
	    tcs_report_entry_check(ended, &change, &diag), TCS_EINVAL);
	check_finding(&diag, 0, "ended already");
	tcs_diag_fini(&diag);
	change.departement = "59";
	assert_int_equal(
	    tcs_report_entry_check(open, &change, &diag), TCS_EINVAL);
	check_finding(&diag, 0, "is of département 62, not 59");
	tcs_diag_fini(&diag);
	tcs_report_entry_free(&open);
	tcs_report_entry_free(&ended);
}

static void
the_bytes_that_made_it_are_known(void **state)
{
	struct tcs_report report = some_report("a");
	struct tcs_report_entry *entry = made(NULL, &report);

	(void)state;
	assert_true(tcs_report_entry_has(entry, tcs_slice_str("a")));
	assert_false(tcs_report_entry_has(entry, tcs_slice_str("b")));
	/* The last of many are remembered. */
	for (int i = 0; i < 2 * TCS_REPORT_SEEN_MAX; i++) {
		char id[16];
		struct tcs_report change =
		    some_revision(TCS_REPORT_CORRECT, "mdurand", NULL);
		(void)snprintf(id, sizeof(id), "c%d", i);
		change.id = id;
		struct tcs_report_entry *next = made(entry, &change);
		tcs_report_entry_free(&entry);
		entry = next;
		assert_true(tcs_report_entry_has(entry, tcs_slice_str(id)));
	}
	assert_int_equal(entry->seen_n, TCS_REPORT_SEEN_MAX);
	assert_false(tcs_report_entry_has(entry, tcs_slice_str("a")));
	assert_true(tcs_report_entry_has(entry, tcs_slice_str("c64")));
	tcs_report_entry_free(&entry);
}

static void
what_is_kept_is_read_again(void **state)
{
	struct tcs_report report = some_report("a");
	struct tcs_report change =
	    some_revision(TCS_REPORT_CORRECT, "mdurand", NULL);
	struct tcs_diag diag = {0};
	struct tcs_buf json, again;

	(void)state;
	report.place = "D 210";
	report.photo = (struct tcs_report_photo){
	    .hash = "0123456789abcdef0123456789abcdef0123456789abcdef012345678"
	            "9abcdef",
	    .type = "image/png",
	    .size = 7};
	/* Corrected more than 7 days after the fact. */
	change.reported_ms = NOW_MS + TCS_DAYS(7);
	struct tcs_report_entry *first = made(NULL, &report);
	sign(first);
	struct tcs_report_entry *entry = made(first, &change), *got = NULL;
	sign(entry);
	tcs_buf_init(&json, TCS_REPORT_STATE_MAX);
	tcs_buf_init(&again, TCS_REPORT_STATE_MAX);
	assert_int_equal(tcs_report_entry_write(entry, &json), TCS_OK);
	assert_null(strstr(json.p, "06 39"));
	check_ok(
	    tcs_report_entry_read(tcs_buf_view(&json), &got, &diag), &diag);
	assert_int_equal(tcs_report_entry_write(got, &again), TCS_OK);
	assert_string_equal(again.p, json.p);
	assert_true(tcs_report_entry_has(got, tcs_slice_str("a")));
	assert_string_equal(got->zone, "62040");
	tcs_buf_fini(&json);
	tcs_buf_fini(&again);
	tcs_report_entry_free(&first);
	tcs_report_entry_free(&entry);
	tcs_report_entry_free(&got);
}

static void
what_is_kept_wrongly_is_refused(void **state)
{
	static const char *const cases[] = {"", "{}", "[]", "{\"id\":\"a\"}"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_report_entry *got = NULL;
		assert_int_equal(
		    tcs_report_entry_read(tcs_slice_str(cases[i]), &got, NULL),
		    TCS_EPARSE);
		assert_null(got);
	}
}

static void
the_same_fact_is_linked_and_nothing_else(void **state)
{
	struct tcs_report_book *book = tcs_report_book_new();
	const struct tcs_report_entry *links[TCS_REPORT_LINKS_MAX];
	struct tcs_report r = some_report("a");

	(void)state;
	const struct tcs_report_entry *a = put(book, &r);
	r = some_report("same");
	r.from = "SDIS 62";
	put(book, &r);
	r = some_report("earlier");
	r.fact_ms -= TCS_HOURS(3);
	put(book, &r);
	r = some_report("too-early");
	r.fact_ms -= TCS_HOURS(3) + 1;
	put(book, &r);
	r = some_report("elsewhere");
	r.commune = "62765";
	put(book, &r);
	r = some_report("other");
	r.phenomenon = "crue";
	put(book, &r);
	r = some_report("over");
	struct tcs_report_entry *over = put(book, &r);
	over->is_ended = true;
	r = some_report("expired");
	struct tcs_report_entry *expired = put(book, &r);
	expired->expires_ms = NOW_MS;
	size_t n = tcs_report_book_links(book, a, TCS_HOURS(3), links);
	assert_int_equal(n, 2);
	assert_string_equal(links[0]->said.id, "earlier");
	assert_string_equal(links[1]->said.id, "same");
	assert_int_equal(
	    tcs_report_book_links(book, a, TCS_MINUTES(1), links), 1);
	for (int i = 0; i < 2 * TCS_REPORT_LINKS_MAX; i++) {
		char id[16];
		(void)snprintf(id, sizeof(id), "many%d", i);
		r = some_report(id);
		put(book, &r);
	}
	assert_int_equal(tcs_report_book_links(book, a, TCS_HOURS(3), links),
	    TCS_REPORT_LINKS_MAX);
	tcs_report_book_free(&book);
}

static void
places_in_their_own_words_are_linked_by_them(void **state)
{
	struct tcs_report_book *book = tcs_report_book_new();
	const struct tcs_report_entry *links[TCS_REPORT_LINKS_MAX];
	struct tcs_report r = some_report("a");

	(void)state;
	r.commune = NULL;
	r.place = "Digue du canal, PK 12";
	const struct tcs_report_entry *a = put(book, &r);
	r.id = "b";
	r.place = "digue du CANAL pk 12";
	put(book, &r);
	r.id = "c";
	r.place = "digue du canal";
	put(book, &r);
	assert_int_equal(
	    tcs_report_book_links(book, a, TCS_HOURS(3), links), 1);
	assert_string_equal(links[0]->said.id, "b");
	tcs_report_book_free(&book);
}

static void
a_book_has_a_bound_and_forgets(void **state)
{
	struct tcs_report_book *book = tcs_report_book_new();
	char id[24];

	(void)state;
	for (int i = 0; i < TCS_REPORTS_MAX; i++) {
		(void)snprintf(id, sizeof(id), "r%d", i);
		struct tcs_report r = some_report(id);
		put(book, &r);
	}
	struct tcs_report r = some_report("more");
	struct tcs_report_entry *more = made(NULL, &r);
	sign(more);
	assert_int_equal(tcs_report_book_put(book, more), TCS_ELIMIT);
	tcs_report_book_remove(book, "r7");
	tcs_report_book_remove(book, "nothing");
	assert_null(tcs_report_book_find(book, "r7"));
	assert_int_equal(tcs_report_book_put(book, more), TCS_OK);
	assert_ptr_equal(tcs_report_book_find(book, "more"), more);
	/* In the place of the one with its identifier. */
	struct tcs_report_entry *again = made(NULL, &r);
	sign(again);
	assert_int_equal(tcs_report_book_put(book, again), TCS_OK);
	assert_int_equal(tcs_report_book_count(book), TCS_REPORTS_MAX);
	tcs_report_book_free(&book);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        a_revision_replaces_what_it_says_and_keeps_the_rest),
	    cmocka_unit_test(its_author_alone_may_revise_it),
	    cmocka_unit_test(what_is_over_or_elsewhere_is_not_revised),
	    cmocka_unit_test(the_bytes_that_made_it_are_known),
	    cmocka_unit_test(what_is_kept_is_read_again),
	    cmocka_unit_test(what_is_kept_wrongly_is_refused),
	    cmocka_unit_test(the_same_fact_is_linked_and_nothing_else),
	    cmocka_unit_test(places_in_their_own_words_are_linked_by_them),
	    cmocka_unit_test(a_book_has_a_bound_and_forgets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

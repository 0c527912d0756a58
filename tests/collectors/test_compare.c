#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/compare.h"
#include "core/arena.h"
#include "core/clock.h"

#define NOON INT64_C(1800010800000) /* 2027-01-15T12:00:00+01:00 */

static const struct tcs_feed_ops ops = {.name = "rivers",
    .source = "rivers",
    .source_name = "Rivières",
    .zone_scheme = "RIVER",
    .zone_word = "tronçon"};

static const struct tcs_origin origin = {.observatory = "demo",
    .sender = "demo@tocsin.example",
    .status = "Test",
    .feed = "rivers",
    .source = "rivers",
    .source_name = "Rivières",
    .ops = &ops};

/* What is held between two documents, and what the last one said. */
struct world {
	struct tcs_picture *held;
	struct tcs_pending pending;
	struct tcs_compare_out out;
	struct tcs_buf said;
	unsigned hashes;
	bool is_incomplete;
	bool moves_to_59; /* the table was corrected */
	int next_hours;   /* when it speaks again; 0: when it expires */
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->held = tcs_picture_new();
	assert_non_null(w->held);
	tcs_buf_init(&w->said, 1 << 20);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	tcs_compare_fini(&w->out);
	tcs_picture_free(&w->held);
	tcs_buf_fini(&w->said);
	free(w);
	return 0;
}

/* Zones that begin with N are of no known département, with D of two. */
static const char *const *
departements(const struct world *w, const char *zone)
{
	static const char *const none[] = {NULL};
	static const char *const two[] = {"59", "62", NULL};
	static const char *const one[] = {"62", NULL};
	static const char *const moved[] = {"59", NULL};

	if (zone[0] == 'N')
		return none;
	if (zone[0] == 'D')
		return two;
	return w->moves_to_59 ? moved : one;
}

/* "A=orange B=vert/some text" */
static struct tcs_readings *
read_zones(const struct world *w, const char *zones)
{
	struct tcs_readings *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	r->arena = tcs_arena_new(1 << 20);
	r->items = calloc(500, sizeof(r->items[0]));
	assert_non_null(r->arena);
	assert_non_null(r->items);
	struct tcs_slice rest = tcs_slice_str(zones);
	while (rest.p != NULL && rest.n > 0) {
		struct tcs_slice one = tcs_slice_cut(rest, ' ', &rest);
		struct tcs_slice level, text;
		struct tcs_reading *reading = &r->items[r->n++];
		reading->zone =
		    tcs_arena_dup(r->arena, tcs_slice_cut(one, '=', &level));
		reading->level =
		    tcs_arena_dup(r->arena, tcs_slice_cut(level, '/', &text));
		reading->text = tcs_arena_dup(r->arena, text);
		reading->zone_name = reading->zone;
		reading->phenomenon = "crues";
		reading->departements = departements(w, reading->zone);
	}
	return r;
}

static void
append_signal(struct tcs_buf *buf, const struct tcs_new_signal *added)
{
	const struct tcs_signal *s = &added->signal;
	bool is_system = strcmp(s->status, "System") == 0;

	tcs_buf_printf(buf, "%s%s %s %s", buf->n == 0 ? "" : "; ", s->msg_type,
	    is_system ? s->phenomenon : s->zone,
	    is_system ? "System" : s->departement);
	if (!is_system)
		tcs_buf_printf(buf, " %s>%s",
		    s->previous_level == NULL ? "" : s->previous_level,
		    s->level);
	tcs_buf_printf(buf, "%s%s%s", s->is_first_sight ? " first" : "",
	    s->is_end ? " end" : "", added->is_prolonged ? " prolonged" : "");
}

/* A document issued `issued` minutes after noon, that holds `hours` more, read
 * `read` minutes after noon. What it gives, in short. */
static const char *
take_at(struct world *w, int issued, int read, int hours, const char *zones)
{
	struct tcs_readings *r = read_zones(w, zones);
	char hash[TCS_DIGEST_HEX];

	r->document = (struct tcs_document){
	    .issued_ms = NOON + TCS_MINUTES(issued),
	    .next_issue_ms =
	        NOON + TCS_HOURS(w->next_hours == 0 ? hours : w->next_hours),
	    .expires_ms = NOON + TCS_HOURS(hours),
	    .frozen_ms = TCS_NO_TIME,
	    .is_complete = !w->is_incomplete};
	(void)snprintf(hash, sizeof(hash), "%064x", ++w->hashes);
	const struct tcs_compare_in in = {.origin = &origin,
	    .held = w->held,
	    .pending = w->pending,
	    .readings = r,
	    .hash = hash,
	    .now_ms = NOON + TCS_MINUTES(read),
	    .fetched_ms = NOON + TCS_MINUTES(read)};
	tcs_compare_fini(&w->out);
	assert_int_equal(tcs_compare(&in, &w->out), TCS_OK);
	assert_int_equal(tcs_signals_pack(&w->out.signals, NULL), TCS_OK);
	tcs_readings_free(&r);
	tcs_buf_reset(&w->said);
	tcs_buf_str(&w->said, "");
	for (size_t i = 0; i < w->out.signals.n; i++)
		append_signal(&w->said, &w->out.signals.items[i]);
	w->pending = w->out.pending;
	if (w->out.picture != NULL) {
		tcs_picture_free(&w->held);
		w->held = w->out.picture;
		w->out.picture = NULL;
	}
	return w->said.p == NULL ? "" : w->said.p;
}

static const char *
take(struct world *w, int issued, const char *zones)
{
	return take_at(w, issued, issued + 1, 6, zones);
}

static const struct tcs_signal *
signal_at(const struct world *w, size_t i)
{
	assert_true(i < w->out.signals.n);
	return &w->out.signals.items[i].signal;
}

static void
a_recap_of_a_scale_without_green_names_none(void **state)
{
	struct world *w = *state;

	(void)take(w, 0, "A=1 B=4 C=2");
	assert_string_equal(signal_at(w, 2)->headline,
	    "Rivières : premier état, 2 tronçons au-dessus du niveau le plus "
	    "bas");
	assert_non_null(
	    strstr(signal_at(w, 2)->description, "B (B) : niveau 4 (crues)\n"));
}

static void
a_recap_says_levels_in_french(void **state)
{
	struct world *w = *state;

	(void)take(w, 0, "A=minor B=severe C=inconnu");
	assert_non_null(strstr(signal_at(w, 2)->description,
	    "B (B) : gravité forte (crues)\nC (C) : niveau inconnu (crues)"));
}

static void
a_recap_names_as_many_as_it_holds(void **state)
{
	struct world *w = *state;
	struct tcs_buf zones;

	tcs_buf_init(&zones, 1 << 20);
	for (int i = 0; i < 400; i++)
		tcs_buf_printf(
		    &zones, "%sA%0150d=orange", i == 0 ? "" : " ", i);
	(void)take(w, 0, zones.p);
	const char *text = signal_at(w, 400)->description;
	assert_non_null(strstr(text, "\net 3"));
	assert_non_null(strstr(text, " autres\n"));
	assert_true(strlen(text) < 32768);
	tcs_buf_fini(&zones);
}

static void
a_first_state_tells_what_is_above_green_once_and_a_recap(void **state)
{
	struct world *w = *state;

	assert_string_equal(take(w, 0, "A=vert B=orange C=jaune D=inconnu"),
	    "Alert B 62 >orange first; Alert C 62 >jaune first; "
	    "Alert D 59 >inconnu first; Alert D 62 >inconnu first; "
	    "Alert recap System; Alert niveaux-illisibles System");
	assert_true(w->out.is_first);
	assert_true(w->out.has_standing);
	assert_string_equal(signal_at(w, 4)->headline,
	    "Rivières : premier état, 2 tronçons au-dessus du vert, 1 de "
	    "niveau inconnu");
	assert_non_null(strstr(signal_at(w, 4)->description,
	    "B (B) : orange (crues)\nC (C) : jaune (crues)\nD (D) : niveau "
	    "inconnu (crues)\nLes messages à ce sujet sont retenus jusqu'à la "
	    "reprise "
	    ": tocsin resume "));
	assert_string_equal(
	    take(w, 0, "A=vert B=orange C=jaune D=inconnu"), "");
	assert_int_equal(w->out.comparison, TCS_COMPARE_SAME);
}

static void
a_first_state_that_is_all_green_says_nothing(void **state)
{
	struct world *w = *state;

	assert_string_equal(take(w, 0, "A=vert B=vert"), "");
	assert_true(w->out.is_first);
	assert_false(w->out.has_standing);
	assert_int_equal(w->out.comparison, TCS_COMPARE_TAKEN);
}

static void
a_zone_rises_moves_and_ends(void **state)
{
	static const struct {
		const char *zones, *want;
	} cases[] = {
	    {"A=vert", ""},
	    {"A=jaune", "Alert A 62 vert>jaune"},
	    {"A=rouge", "Update A 62 jaune>rouge"},
	    {"A=rouge", ""},
	    {"A=rouge/new", "Update A 62 rouge>rouge"},
	    {"A=jaune/new", "Update A 62 rouge>jaune"},
	    {"A=vert", "Update A 62 jaune>vert end"},
	    {"A=vert", ""},
	    {"A=orange", "Alert A 62 vert>orange"},
	};
	struct world *w = *state;

	for (int i = 0; i < (int)(sizeof(cases) / sizeof(cases[0])); i++)
		assert_string_equal(take(w, i, cases[i].zones), cases[i].want);
}

static void
an_update_names_the_signal_before_it_and_keeps_its_trace(void **state)
{
	struct world *w = *state;
	char first[TCS_ID_MAX], trace[17], sent[TCS_TIME_TEXT];
	struct tcs_buf want;

	(void)take(w, 0, "A=vert");
	(void)take(w, 1, "A=jaune");
	assert_null(signal_at(w, 0)->references);
	(void)snprintf(first, sizeof(first), "%s", signal_at(w, 0)->identifier);
	memcpy(trace, w->out.signals.items[0].trace, sizeof(trace));
	tcs_buf_init(&want, 4096);
	tcs_buf_printf(&want, "demo@tocsin.example,%s,%s", first,
	    tcs_time_iso(signal_at(w, 0)->sent_ms, sent));
	(void)take(w, 2, "A=orange");
	assert_string_equal(signal_at(w, 0)->references, want.p);
	assert_string_equal(w->out.signals.items[0].trace, trace);
	(void)take(w, 3, "A=vert");
	assert_string_equal(w->out.signals.items[0].trace, trace);
	(void)take(w, 4, "A=jaune");
	assert_string_not_equal(w->out.signals.items[0].trace, trace);
	assert_string_not_equal(signal_at(w, 0)->identifier, first);
	tcs_buf_fini(&want);
}

static void
a_longer_validity_prolongs_what_is_above_green(void **state)
{
	struct world *w = *state;

	(void)take_at(w, 0, 1, 6, "A=orange B=vert N=inconnu");
	assert_string_equal(
	    take_at(w, 60, 61, 6, "A=orange B=vert N=inconnu"), "");
	assert_string_equal(
	    take_at(w, 120, 121, 24, "A=orange B=vert N=inconnu"),
	    "Update A 62 orange>orange prolonged");
	assert_int_equal(signal_at(w, 0)->expires_ms, NOON + TCS_HOURS(24));
}

static void
an_older_document_is_ignored(void **state)
{
	struct world *w = *state;

	(void)take(w, 10, "A=orange");
	assert_string_equal(take(w, 9, "A=vert"), "");
	assert_int_equal(w->out.comparison, TCS_COMPARE_OLDER);
	assert_string_equal(
	    tcs_picture_find(w->held, "A", "crues")->level, "orange");
}

static void
a_correction_of_the_same_issue_counts(void **state)
{
	struct world *w = *state;

	(void)take(w, 0, "A=jaune");
	assert_string_equal(take(w, 0, "A=orange"), "Update A 62 jaune>orange");
}

static void
a_missing_zone_is_kept_for_one_issue_then_unknown_never_green(void **state)
{
	struct world *w = *state;

	(void)take(w, 0, "A=orange B=jaune C=vert");
	assert_string_equal(take(w, 1, "B=jaune"), "");
	assert_string_equal(
	    tcs_picture_find(w->held, "A", "crues")->level, "orange");
	assert_string_equal(take(w, 1, "B=jaune"), ""); /* the same issue */
	assert_string_equal(take(w, 2, "B=jaune"),
	    "Update A 62 orange>inconnu; Alert C 62 vert>inconnu; "
	    "Alert zones-disparues System");
	assert_string_equal(take(w, 3, "B=jaune"), "");
	assert_string_equal(take(w, 4, "A=orange B=jaune C=vert"),
	    "Update A 62 inconnu>orange; Update C 62 inconnu>vert end");
}

static void
a_zone_that_comes_back_in_time_was_never_unknown(void **state)
{
	struct world *w = *state;

	(void)take(w, 0, "A=orange B=vert");
	(void)take(w, 1, "B=vert");
	assert_string_equal(take(w, 2, "A=orange B=vert"), "");
	assert_string_equal(take(w, 3, "B=vert"), "");
	assert_string_equal(
	    tcs_picture_find(w->held, "A", "crues")->level, "orange");
}

static void
an_incomplete_set_makes_no_zone_vanish(void **state)
{
	struct world *w = *state;

	(void)take(w, 0, "A=orange B=vert");
	w->is_incomplete = true;
	for (int i = 1; i < 6; i++)
		assert_string_equal(take(w, i, "B=vert"), "");
}

static void
a_zone_gone_for_a_month_is_forgotten(void **state)
{
	struct world *w = *state;
	int month = 31 * 24 * 60;

	(void)take(w, 0, "A=vert B=vert");
	(void)take(w, 1, "B=vert");
	(void)take(w, 2, "B=vert");
	assert_non_null(tcs_picture_find(w->held, "A", "crues"));
	(void)take_at(w, month, month, 6 + month / 60, "B=vert");
	assert_null(tcs_picture_find(w->held, "A", "crues"));
}

static void
an_unreadable_level_is_unknown_and_one_signal_says_how_many(void **state)
{
	struct world *w = *state;

	(void)take(w, 0, "A=orange B=vert C=vert");
	assert_string_equal(take(w, 1, "A=inconnu B=inconnu C=vert"),
	    "Update A 62 orange>inconnu; Alert B 62 vert>inconnu; "
	    "Alert niveaux-illisibles System");
	assert_non_null(strstr(
	    signal_at(w, 0)->description, "Ce n'est pas un retour au vert."));
	assert_string_equal(take(w, 2, "A=inconnu B=inconnu C=vert"), "");
	assert_string_equal(take(w, 3, "A=orange B=vert C=vert"),
	    "Update A 62 inconnu>orange; Update B 62 inconnu>vert end");
}

static void
unknown_zones_have_key_fr_and_are_named_once(void **state)
{
	struct world *w = *state;

	(void)take(w, 0, "A=vert");
	assert_string_equal(take(w, 1, "A=vert N1=vert N2=orange"),
	    "Alert N2 FR >orange; Alert troncons-inconnus System");
	assert_non_null(strstr(signal_at(w, 1)->description,
	    "N2 (N2) : orange (crues)\nN1 (N1) : vert (crues)\n"));
	assert_string_equal(take(w, 2, "A=vert N1=vert N2=orange"), "");
	assert_string_equal(
	    take(w, 3, "A=vert N1=jaune N2=orange"), "Alert N1 FR vert>jaune");
}

static void
a_zone_in_two_departements_gives_two_linked_signals(void **state)
{
	struct world *w = *state;

	(void)take(w, 0, "D=vert");
	assert_string_equal(take(w, 1, "D=orange"),
	    "Alert D 59 vert>orange; Alert D 62 vert>orange");
	assert_string_not_equal(
	    signal_at(w, 0)->identifier, signal_at(w, 1)->identifier);
	assert_string_equal(
	    signal_at(w, 0)->incidents, signal_at(w, 1)->identifier);
	assert_string_equal(
	    signal_at(w, 1)->incidents, signal_at(w, 0)->identifier);
}

static void
a_corrected_table_ends_the_event_where_it_was(void **state)
{
	struct world *w = *state;

	(void)take(w, 0, "A=orange");
	w->moves_to_59 = true;
	assert_string_equal(take(w, 1, "A=orange"),
	    "Alert A 59 orange>orange; Update A 62 orange>orange end");
	assert_string_equal(take(w, 2, "A=orange"), "");
}

static void
after_a_gap_it_is_a_first_state_again(void **state)
{
	static const struct {
		int issued, read;
		bool is_first;
	} cases[] = {
	    {30, 6 * 60, false},    /* held until six hours after noon */
	    {30, 6 * 60 + 1, true}, /* past it */
	    {0, 30 * 60, false},    /* the very issue that is held */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		void *inner = NULL;
		(void)setup(&inner);
		struct world *w = inner;
		(void)take(w, 0, "A=orange B=jaune C=vert");
		const char *said = take_at(w, cases[i].issued, cases[i].read,
		    30, "A=orange B=vert C=jaune");
		assert_int_equal(w->out.is_first, cases[i].is_first);
		assert_string_equal(said,
		    cases[i].is_first
		        ? "Update A 62 orange>orange first; Update B 62 "
		          "jaune>vert first end; Alert C 62 vert>jaune "
		          "first; Alert recap System"
		        : "Update A 62 orange>orange prolonged; Update B 62 "
		          "jaune>vert end; Alert C 62 vert>jaune");
		(void)teardown(&inner);
	}
	(void)state;
}

/* The messages about it are held with all of a first state: that is said. */
static void
what_ended_in_a_gap_is_in_the_recap(void **state)
{
	struct world *w = *state;

	(void)take(w, 0, "A=orange B=jaune C=vert");
	assert_string_equal(
	    take_at(w, 30, 6 * 60 + 1, 30, "A=vert B=vert C=vert"),
	    "Update A 62 orange>vert first end; Update B 62 jaune>vert first "
	    "end; Alert recap System");
	assert_true(w->out.has_ended);
	assert_string_equal(
	    signal_at(w, 2)->headline, "Rivières : premier état, 2 terminés");
	assert_non_null(strstr(signal_at(w, 2)->description,
	    "A (A) : vert (crues)\nB (B) : vert (crues)\n"));
}

static void
a_document_held_for_a_day_is_too_old_to_compare_with(void **state)
{
	struct world *w = *state;

	w->next_hours = 1;
	(void)take_at(w, 0, 1, 48, "A=orange");
	(void)take_at(w, 60, 24 * 60, 48, "A=orange");
	assert_false(w->out.is_first);
	(void)take_at(w, 120, 60 + 24 * 60 + 1, 48, "A=orange");
	assert_true(w->out.is_first);
}

static void
a_source_that_speaks_once_a_day_is_not_late_by_a_quarter_more(void **state)
{
	struct world *w = *state;

	w->next_hours = 24;
	(void)take_at(w, 0, 1, 72, "A=orange");
	assert_string_equal(
	    take_at(w, 24 * 60 + 15, 24 * 60 + 16, 72, "A=rouge"),
	    "Update A 62 orange>rouge");
	/* A day past the hour at which it should have spoken. */
	(void)take_at(w, 49 * 60, 49 * 60 + 1, 72, "A=orange");
	assert_true(w->out.is_first);
}

/* `n` zones, of which the first `above` are at `level`. */
static const char *
many(char text[8192], int n, int above, const char *level)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, 8191);
	for (int i = 0; i < n; i++)
		tcs_buf_printf(&buf, "%sZ%03d=%s", i == 0 ? "" : " ", i,
		    i < above ? level : "vert");
	memcpy(text, buf.p, buf.n + 1);
	tcs_buf_fini(&buf);
	return text;
}

static void
too_many_changes_at_once_wait_for_the_next_poll(void **state)
{
	struct world *w = *state;
	char text[8192];

	(void)take(w, 0, many(text, 20, 0, ""));
	assert_string_equal(take(w, 1, many(text, 20, 7, "orange")),
	    "Alert changement-massif System");
	assert_int_equal(w->out.comparison, TCS_COMPARE_WAITING);
	assert_true(w->pending.is_set);
	(void)take(w, 1, many(text, 20, 7, "orange"));
	assert_int_equal(w->out.comparison, TCS_COMPARE_TAKEN);
	assert_int_equal(w->out.signals.n, 7);
	assert_false(w->pending.is_set);
}

static void
what_waits_is_dropped_when_the_next_poll_does_not_confirm_it(void **state)
{
	struct world *w = *state;
	char text[8192];

	(void)take(w, 0, many(text, 20, 1, "jaune"));
	(void)take(w, 1, many(text, 20, 20, "rouge"));
	assert_int_equal(w->out.comparison, TCS_COMPARE_WAITING);
	assert_string_equal(take(w, 0, many(text, 20, 1, "jaune")), "");
	assert_int_equal(w->out.comparison, TCS_COMPARE_SAME);
	assert_false(w->pending.is_set);
	assert_string_equal(
	    take(w, 2, many(text, 20, 2, "jaune")), "Alert Z001 62 vert>jaune");
}

static void
a_third_of_few_zones_or_thirty_percent_of_many_do_not_wait(void **state)
{
	struct world *w = *state;
	char text[8192];

	(void)take(w, 0, many(text, 9, 0, ""));
	(void)take(w, 1, many(text, 9, 9, "orange"));
	assert_int_equal(w->out.comparison, TCS_COMPARE_TAKEN);
	(void)take(w, 2, many(text, 20, 0, "")); /* 9 of 9 known: they end */
	(void)take(w, 3, many(text, 20, 6, "orange"));
	assert_int_equal(w->out.comparison, TCS_COMPARE_TAKEN);
}

static void
only_zones_that_changed_are_marked_to_be_stored(void **state)
{
	struct world *w = *state;
	size_t changed = 0;

	(void)take(w, 0, "A=vert B=vert C=orange");
	for (size_t i = 0; i < w->held->n; i++)
		changed += w->held->zones[i].is_changed;
	assert_int_equal(changed, 3);
	(void)take(w, 1, "A=jaune B=vert C=orange");
	assert_true(tcs_picture_find(w->held, "A", "crues")->is_changed);
	assert_false(tcs_picture_find(w->held, "B", "crues")->is_changed);
	assert_false(tcs_picture_find(w->held, "C", "crues")->is_changed);
}

#define COMPARE_TEST(name)                                                     \
	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    COMPARE_TEST(
	        a_first_state_tells_what_is_above_green_once_and_a_recap),
	    COMPARE_TEST(a_recap_of_a_scale_without_green_names_none),
	    COMPARE_TEST(a_recap_says_levels_in_french),
	    COMPARE_TEST(a_recap_names_as_many_as_it_holds),
	    COMPARE_TEST(a_first_state_that_is_all_green_says_nothing),
	    COMPARE_TEST(a_zone_rises_moves_and_ends),
	    COMPARE_TEST(
	        an_update_names_the_signal_before_it_and_keeps_its_trace),
	    COMPARE_TEST(a_longer_validity_prolongs_what_is_above_green),
	    COMPARE_TEST(an_older_document_is_ignored),
	    COMPARE_TEST(a_correction_of_the_same_issue_counts),
	    COMPARE_TEST(
	        a_missing_zone_is_kept_for_one_issue_then_unknown_never_green),
	    COMPARE_TEST(a_zone_that_comes_back_in_time_was_never_unknown),
	    COMPARE_TEST(an_incomplete_set_makes_no_zone_vanish),
	    COMPARE_TEST(a_zone_gone_for_a_month_is_forgotten),
	    COMPARE_TEST(
	        an_unreadable_level_is_unknown_and_one_signal_says_how_many),
	    COMPARE_TEST(unknown_zones_have_key_fr_and_are_named_once),
	    COMPARE_TEST(a_zone_in_two_departements_gives_two_linked_signals),
	    COMPARE_TEST(a_corrected_table_ends_the_event_where_it_was),
	    cmocka_unit_test(after_a_gap_it_is_a_first_state_again),
	    COMPARE_TEST(what_ended_in_a_gap_is_in_the_recap),
	    COMPARE_TEST(
	        a_source_that_speaks_once_a_day_is_not_late_by_a_quarter_more),
	    COMPARE_TEST(a_document_held_for_a_day_is_too_old_to_compare_with),
	    COMPARE_TEST(too_many_changes_at_once_wait_for_the_next_poll),
	    COMPARE_TEST(
	        what_waits_is_dropped_when_the_next_poll_does_not_confirm_it),
	    COMPARE_TEST(
	        a_third_of_few_zones_or_thirty_percent_of_many_do_not_wait),
	    COMPARE_TEST(only_zones_that_changed_are_marked_to_be_stored),
	};

	if (tcs_clock_set_zone("Europe/Paris") != TCS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

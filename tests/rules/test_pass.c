#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/file.h"
#include "rules/pass.h"
#include "tests/rules/kit.h"
#include "tests/support/tmpdir.h"

/* An observatory of one rule, without bus and store. */
static struct world {
	char *folder;
	struct tcs_rule *rule;
	struct tcs_ruleset rules;
	struct tcs_lists *lists;
	struct tcs_threads *threads;
	struct tcs_buf folded;
	struct tcs_arena *arena; /* of the last signal */
	struct tcs_diag notes;
	struct tcs_pass_counts counts;
	struct tcs_pass pass;
	struct tcs_pass_conf conf;
} world;

static char *departements[] = {(char[]){"62"}};

static void
world_list(const char *text)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/crues", world.folder);
	assert_int_equal(tcs_dir_make(path, NULL), TCS_OK);
	(void)snprintf(path, sizeof(path), "%s/crues/AP5.csv", world.folder);
	if (text == NULL)
		(void)unlink(path);
	else
		assert_int_equal(
		    tcs_file_write(path, tcs_slice_str(text), 0600, NULL),
		    TCS_OK);
}

static int
setup(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	world.folder = tmpdir_make();
	world_list("62765\n62040\n59350\n");
	world.rule =
	    kit_rule("<source is=\"vigicrues\"/><level at-least=\"orange\"/>");
	world.rules.rules = &world.rule;
	world.rules.n = 1;
	world.lists = tcs_lists_new(world.folder);
	world.threads = tcs_threads_new();
	world.conf = (struct tcs_pass_conf){.observatory = "demo62",
	    .sender = "demo62@tocsin.example",
	    .status = "Test",
	    .departements = departements,
	    .departements_n = 1};
	tcs_buf_init(&world.folded, 1 << 20);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	tmpdir_remove(&world.folder);
	tcs_rule_free(&world.rule);
	tcs_lists_free(&world.lists);
	tcs_threads_free(&world.threads);
	tcs_buf_fini(&world.folded);
	tcs_arena_free(&world.arena);
	tcs_diag_fini(&world.notes);
	return 0;
}

static enum tcs_err
run(const struct tcs_signal *signal, int64_t now_ms)
{
	tcs_arena_free(&world.arena);
	world.arena = tcs_arena_new(4 << 20);
	world.pass = (struct tcs_pass){.conf = &world.conf,
	    .rules = &world.rules,
	    .lists = world.lists,
	    .threads = world.threads,
	    .signal = signal,
	    .signal_reference = "demo62@tocsin.example,x,y",
	    .now_ms = now_ms,
	    .arena = world.arena,
	    .folded = &world.folded,
	    .notes = &world.notes,
	    .counts = &world.counts};
	return tcs_pass_run(&world.pass, NULL);
}

static void
feed_at(const struct tcs_signal *signal, int64_t now_ms)
{
	assert_int_equal(run(signal, now_ms), TCS_OK);
	assert_int_equal(tcs_pass_keep(&world.pass), TCS_OK);
}

static void
feed(const struct tcs_signal *signal)
{
	feed_at(signal, KIT_NOW);
}

/* "information raise orange 1; alerte raise orange 1" */
static const char *
said(void)
{
	static char text[512];
	size_t n = 0;

	text[0] = '\0';
	for (const struct tcs_pass_proposal *p = world.pass.raised; p != NULL;
	     p = p->next) {
		const struct tcs_proposal *v = &p->value;
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "%s%s %s %s %u%s%s", n == 0 ? "" : "; ", v->nature,
		    v->action, v->level, v->number, v->is_end ? " end" : "",
		    v->is_first_sight ? " first" : "");
	}
	return text;
}

static const struct tcs_proposal *
proposal(const char *nature)
{
	for (const struct tcs_pass_proposal *p = world.pass.raised; p != NULL;
	     p = p->next) {
		if (strcmp(p->value.nature, nature) == 0)
			return &p->value;
	}
	fail_msg("no %s among: %s", nature, said());
	return NULL;
}

/* A revision an hour after another, valid for 18 hours. */
static struct tcs_signal
revision(const char *id, int hour, const char *level, const char *previous)
{
	struct tcs_signal s = kit_signal(id, level, previous);

	s.issued_ms = s.sent_ms = s.fetched_ms = KIT_NOW + TCS_HOURS(hour);
	s.expires_ms = s.issued_ms + TCS_HOURS(18);
	return s;
}

static void
the_condition_opens_a_thread_and_both_natures_are_proposed(void **state)
{
	(void)state;
	struct tcs_signal s1 = revision("s1", 0, "orange", "jaune");

	feed(&s1);
	assert_string_equal(
	    said(), "information raise orange 1; alerte raise orange 1");
	const struct tcs_proposal *info = proposal("information");
	assert_string_equal(info->thread, "s1/r");
	assert_int_equal(strlen(info->code), 3);
	assert_string_equal(info->rule, "r");
	assert_string_equal(info->raise, "information");
	assert_string_equal(info->decision_mode, "none");
	assert_string_equal(info->audience, "sidpc communes");
	assert_string_equal(info->headline, "Vigilance crues orange : Aa");
	assert_null(info->instruction);
	assert_null(info->references);
	assert_string_equal(info->intended_status, "Test");
	assert_string_equal(info->previous_level, "jaune");
	assert_int_equal(info->expires_ms, s1.expires_ms);
	assert_string_equal(info->signal, "s1");
	const struct tcs_proposal *alerte = proposal("alerte");
	assert_string_equal(alerte->decision_mode, "authority");
	assert_string_equal(alerte->code, info->code);
	char instruction[64];
	(void)snprintf(
	    instruction, sizeof(instruction), "Répondre %s.", alerte->code);
	assert_string_equal(alerte->instruction, instruction);
	assert_int_equal(tcs_threads_count(world.threads), 1);
	assert_true(world.pass.changed->is_new);
}

static void
what_does_not_meet_it_opens_nothing(void **state)
{
	(void)state;
	struct tcs_signal jaune = revision("s1", 0, "jaune", "vert");
	struct tcs_signal unknown = revision("s2", 0, "inconnu", "jaune");
	struct tcs_signal elsewhere = revision("s3", 0, "rouge", "vert");
	struct tcs_signal national = revision("s4", 0, "rouge", "vert");
	struct tcs_signal expired = revision("s5", -30, "rouge", "vert");
	const struct tcs_signal *const all[] = {
	    &jaune, &unknown, &elsewhere, &national, &expired};

	elsewhere.departement = "59";
	national.departement = "FR";
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		feed(all[i]);
		assert_string_equal(said(), "");
		assert_null(world.pass.changed);
	}
	assert_int_equal(tcs_threads_count(world.threads), 0);
}

/* Key FR by right concerns every département; for want of a table, none. */
static void
what_is_of_the_whole_country_is_ours(void **state)
{
	(void)state;
	struct tcs_signal s = revision("s1", 0, "rouge", "vert");

	s.departement = "FR";
	s.is_national = true;
	feed(&s);
	assert_int_equal(tcs_threads_count(world.threads), 1);
	assert_string_equal(proposal("information")->departement, "FR");
}

static void
a_flood_is_told_from_orange_to_its_end(void **state)
{
	(void)state;
	static const struct {
		int hour;
		const char *id, *level, *previous;
		bool is_end;
		const char *said;
	} steps[] = {
	    {0, "s1", "orange", "jaune", false,
	        "information raise orange 1; alerte raise orange 1"},
	    {1, "s2", "rouge", "orange", false,
	        "information raise rouge 2; alerte raise rouge 2"},
	    /* the source cannot be read: told, and the order stands */
	    {2, "s3", "inconnu", "rouge", false, "information raise inconnu 3"},
	    {3, "s4", "rouge", "inconnu", false,
	        "information raise rouge 4; alerte prolong rouge 3"},
	    {4, "s5", "orange", "rouge", false,
	        "information raise orange 5; alerte raise orange 4"},
	    /* ceases: the new level leaves, a person is asked to lift */
	    {5, "s6", "jaune", "orange", false,
	        "information raise jaune 6; alerte lift jaune 5"},
	    /* again what it was: reopened */
	    {6, "s7", "orange", "jaune", false,
	        "information raise orange 7; alerte raise orange 6"},
	    {7, "s8", "jaune", "orange", false,
	        "information raise jaune 8; alerte lift jaune 7"},
	    {8, "s9", "inconnu", "jaune", false, "information raise inconnu 9"},
	    /* over, says the source: the lift says it too */
	    {9, "s10", "vert", "jaune", true,
	        "information raise vert 10 end; alerte lift vert 8"},
	    {10, "s11", "orange", "vert", false,
	        "information raise orange 11; alerte raise orange 9"},
	    {11, "s12", "vert", "orange", true,
	        "information raise vert 12 end; alerte lift vert 10"},
	};
	char code[4] = "";

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct tcs_signal s = revision(steps[i].id, steps[i].hour,
		    steps[i].level, steps[i].previous);
		s.is_end = steps[i].is_end;
		feed_at(&s, s.sent_ms);
		assert_string_equal(said(), steps[i].said);
		if (i == 0)
			memcpy(code, proposal("alerte")->code, 4);
		assert_string_equal(proposal("information")->code, code);
		assert_string_equal(proposal("information")->thread, "s1/r");
		/* the same again gives nothing */
		feed_at(&s, s.sent_ms);
		assert_string_equal(said(), "");
	}
	assert_int_equal(tcs_threads_count(world.threads), 1);
}

static void
a_lift_gives_no_order_and_follows_the_alerte(void **state)
{
	(void)state;
	struct tcs_signal s1 = revision("s1", 0, "orange", "jaune");
	struct tcs_signal s2 = revision("s2", 1, "jaune", "orange");
	char reference[512], sent[TCS_TIME_TEXT];

	feed(&s1);
	(void)snprintf(reference, sizeof(reference),
	    "demo62@tocsin.example,%s,%s", proposal("alerte")->identifier,
	    tcs_time_iso(KIT_NOW, sent));
	feed(&s2);
	const struct tcs_proposal *lift = proposal("alerte");
	assert_string_equal(lift->action, "lift");
	assert_null(lift->instruction);
	assert_false(lift->is_end);
	assert_string_equal(lift->headline, "Vigilance crues jaune : Aa");
	assert_string_equal(lift->references, reference);
	/* the information does not say that it is over */
	assert_false(proposal("information")->is_end);
}

/* The alerte was written into the rule after the thread was opened. */
static void
what_was_never_raised_is_not_lifted(void **state)
{
	(void)state;
	struct tcs_signal s1 = revision("s1", 0, "orange", "jaune");
	struct tcs_signal s2 = revision("s2", 1, "jaune", "orange");
	struct tcs_signal s3 = revision("s3", 2, "orange", "jaune");
	struct tcs_raise *alerte = world.rule->raises->next;

	world.rule->raises->next = NULL;
	feed(&s1);
	world.rule->raises->next = alerte;
	feed(&s2);
	assert_string_equal(said(), "information raise jaune 2");
	feed(&s3);
	assert_string_equal(
	    said(), "information raise orange 3; alerte raise orange 1");
}

static void
a_longer_validity_alone_prolongs(void **state)
{
	(void)state;
	struct tcs_signal s1 = revision("s1", 0, "orange", "jaune");
	struct tcs_signal s2 = revision("s2", 6, "orange", "jaune");
	struct tcs_signal s3 = revision("s3", 7, "orange", "orange");

	feed(&s1);
	feed(&s2);
	assert_string_equal(
	    said(), "information prolong orange 2; alerte prolong orange 2");
	assert_int_equal(proposal("alerte")->expires_ms, s2.expires_ms);
	assert_string_equal(
	    proposal("alerte")->headline, "Vigilance crues orange : Aa");
	/* same level, text, territory and validity: nothing at all */
	s3.expires_ms = s2.expires_ms;
	feed(&s3);
	assert_string_equal(said(), "");
	assert_non_null(world.pass.changed);
	/* to lift, then only longer: the lift is not asked again */
	struct tcs_signal s4 = revision("s4", 8, "jaune", "orange");
	struct tcs_signal s5 = revision("s5", 9, "jaune", "orange");
	feed(&s4);
	feed(&s5);
	assert_string_equal(
	    said(), "information prolong jaune 4; alerte prolong jaune 4");
}

static void
another_text_or_territory_is_news(void **state)
{
	(void)state;
	struct tcs_signal s1 = revision("s1", 0, "orange", "jaune");
	struct tcs_signal s2 = revision("s2", 0, "orange", "jaune");
	struct tcs_signal s3 = revision("s3", 0, "orange", "jaune");

	feed(&s1);
	s2.description = "Pic attendu dans la nuit.";
	feed(&s2);
	assert_string_equal(
	    said(), "information raise orange 2; alerte raise orange 2");
	s3.description = s2.description;
	world_list("62765\n62040\n62139\n");
	feed(&s3);
	assert_string_equal(
	    said(), "information raise orange 3; alerte raise orange 3");
}

static void
communes_come_from_the_list_of_the_signals_departement(void **state)
{
	(void)state;
	struct tcs_signal s1 = revision("s1", 0, "orange", "jaune");

	feed(&s1);
	const struct tcs_proposal *info = proposal("information");
	assert_int_equal(info->insee_n, 2);
	assert_string_equal(info->insee[0], "62040");
	assert_string_equal(info->insee[1], "62765");
	assert_string_equal(info->list, "crues/AP5");
	assert_false(info->is_estimated);
}

static void
without_a_list_the_departement_is_an_estimate(void **state)
{
	(void)state;
	static const char *const lists[] = {NULL, "59350\n", "not a list\n"};
	static const size_t notes[] = {0, 2, 2};
	static const char *const ids[] = {"a", "b", "c"};

	for (size_t i = 0; i < 3; i++) {
		struct tcs_signal s = revision(ids[i], 0, "orange", "jaune");
		s.phenomenon = ids[i]; /* a thread of its own */
		world_list(lists[i]);
		tcs_lists_free(&world.lists);
		world.lists = tcs_lists_new(world.folder);
		feed(&s);
		const struct tcs_proposal *info = proposal("information");
		assert_true(info->is_estimated);
		assert_int_equal(info->insee_n, 0);
		assert_null(info->list);
		assert_string_equal(info->departement, "62");
		assert_int_equal(world.notes.n, notes[i]);
		tcs_diag_fini(&world.notes);
	}
}

static void
a_zone_that_is_a_commune_is_the_territory(void **state)
{
	(void)state;
	struct tcs_signal s = revision("a", 0, "orange", "jaune");

	s.zone = "62040";
	s.zone_scheme = "INSEE";
	feed(&s);
	const struct tcs_proposal *info = proposal("information");
	assert_false(info->is_estimated);
	assert_int_equal(info->insee_n, 1);
	assert_string_equal(info->insee[0], "62040");
	assert_null(info->list);
	s = revision("b", 1, "rouge", "orange");
	s.zone = "620400"; /* no code of a commune */
	s.zone_scheme = "INSEE";
	feed(&s);
	assert_true(proposal("information")->is_estimated);
}

static void
reports_of_one_place_have_a_thread_each(void **state)
{
	(void)state;
	struct tcs_signal a = revision("a", 0, "orange", NULL);
	struct tcs_signal b = revision("b", 0, "orange", NULL);
	struct tcs_signal end = revision("c", 1, "orange", NULL);

	a.report = end.report = "report-a";
	b.report = "report-b";
	end.is_end = true;
	feed(&a);
	char code[4];
	memcpy(code, proposal("information")->code, sizeof(code));
	feed(&b);
	assert_string_equal(proposal("information")->thread, "b/r");
	assert_string_not_equal(proposal("information")->code, code);
	assert_int_equal(tcs_threads_count(world.threads), 2);
	feed(&end); /* of the first alone */
	assert_string_equal(proposal("information")->code, code);
	assert_true(proposal("information")->is_end);
	assert_int_equal(tcs_threads_count(world.threads), 2);
}

static void
a_proposal_is_of_its_signals_kind(void **state)
{
	(void)state;
	struct tcs_signal s = revision("a", 0, "orange", NULL);

	s.category = "Safety";
	s.event = "Signalement du terrain";
	feed(&s);
	assert_string_equal(proposal("information")->category, "Safety");
	assert_string_equal(
	    proposal("information")->event, "Signalement du terrain");
}

static void
a_zone_cannot_name_a_file_elsewhere(void **state)
{
	(void)state;
	struct tcs_signal s1 = revision("s1", 0, "orange", "jaune");

	s1.zone = "../../etc/passwd";
	feed(&s1);
	assert_true(proposal("information")->is_estimated);
	assert_null(proposal("information")->list);
	assert_true(world.notes.n > 0);
}

static void
unknown_reads_as_such(void **state)
{
	(void)state;
	struct tcs_signal s1 = revision("s1", 0, "orange", "jaune");
	struct tcs_signal s2 = revision("s2", 1, "inconnu", "orange");

	feed(&s1);
	feed(&s2);
	assert_string_equal(proposal("information")->headline,
	    "Vigilance crues niveau inconnu : Aa");
}

static void
what_is_past_its_expiry_moves_the_thread_and_says_nothing(void **state)
{
	(void)state;
	struct tcs_signal s1 = revision("s1", 0, "orange", "jaune");
	struct tcs_signal s2 = revision("s2", 1, "rouge", "orange");
	struct tcs_signal s3 = revision("s3", 30, "rouge", "rouge");

	feed(&s1);
	feed_at(&s2, s2.expires_ms);
	assert_string_equal(said(), "");
	assert_string_equal(world.pass.changed->value.level, "rouge");
	/* what follows is compared with what was said, not with what was not */
	feed_at(&s3, s3.sent_ms);
	assert_string_equal(
	    said(), "information raise rouge 2; alerte raise rouge 2");
}

static void
a_first_sight_is_carried_on(void **state)
{
	(void)state;
	struct tcs_signal s1 = revision("s1", 0, "orange", NULL);
	struct tcs_signal s2 = revision("s2", 1, "rouge", "orange");

	s1.is_first_sight = true;
	feed(&s1);
	assert_string_equal(said(), "information raise orange 1 first; "
	                            "alerte raise orange 1 first");
	feed(&s2);
	assert_string_equal(
	    said(), "information raise rouge 2; alerte raise rouge 2");
}

static void
a_test_of_a_source_never_becomes_an_alert(void **state)
{
	(void)state;
	static const struct {
		const char *realm, *signal, *want;
	} cases[] = {
	    {"Actual", "Actual", "Actual"},
	    {"Actual", "System", "Actual"},
	    {"Actual", "Test", "Test"},
	    {"Actual", "Exercise", "Exercise"},
	    {"Test", "Actual", "Test"},
	    {"Test", "Exercise", "Exercise"},
	    {"Exercise", "Actual", "Exercise"},
	    {"Exercise", "Test", "Exercise"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char id[16];
		(void)snprintf(id, sizeof(id), "s%zu", i);
		struct tcs_signal s = revision(id, 0, "orange", "jaune");
		s.phenomenon = id; /* a thread of its own */
		s.status = cases[i].signal;
		world.conf.status = cases[i].realm;
		feed(&s);
		assert_string_equal(
		    proposal("alerte")->intended_status, cases[i].want);
	}
}

static void
what_is_passed_over_is_counted(void **state)
{
	(void)state;
	struct tcs_signal s1 = revision("s1", 0, "orange", "jaune");
	struct tcs_signal s2 = revision("s2", -1, "vert", "orange");
	struct tcs_signal s3 = revision("s3", -30, "orange", "vert");

	feed(&s1);
	feed(&s1);
	feed(&s2);
	s3.phenomenon = "autre";
	feed(&s3);
	assert_int_equal(world.counts.seen, 1);
	assert_int_equal(world.counts.stale, 1);
	assert_int_equal(world.counts.expired, 1);
	assert_string_equal(said(), "");
}

static void
what_tocsin_says_of_itself_is_for_every_departement(void **state)
{
	(void)state;
	struct tcs_signal s1 = revision("s1", 0, "silent", "fresh");

	tcs_rule_free(&world.rule);
	world.rule = kit_rule("<source is=\"tocsin\"/>");
	s1.status = "System";
	s1.source = "tocsin";
	s1.zone = "vigicrues";
	s1.departement = "FR";
	s1.is_first_sight = true;
	feed(&s1);
	const struct tcs_proposal *info = proposal("information");
	assert_string_equal(info->departement, "FR");
	assert_string_equal(info->intended_status, "Test");
	assert_false(info->is_estimated);
	assert_false(info->is_first_sight);
	assert_int_equal(info->insee_n, 0);
}

static void
a_signal_that_cannot_be_handled_leaves_no_trace(void **state)
{
	(void)state;
	char longer[300];
	struct tcs_signal s1 = revision("s1", 0, "orange", "jaune");

	memset(longer, 'z', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	s1.zone = longer;
	assert_int_equal(run(&s1, KIT_NOW), TCS_ELIMIT);
	s1.zone = NULL;
	assert_int_equal(run(&s1, KIT_NOW), TCS_EINVAL);
	/* refused after its code was taken: the code is free again */
	struct tcs_codes none = {{0}};
	s1.zone = "AP5";
	assert_int_equal(run(&s1, KIT_NOW), TCS_OK);
	assert_memory_not_equal(
	    tcs_threads_codes(world.threads), &none, sizeof(none));
	tcs_pass_undo(&world.pass);
	assert_memory_equal(
	    tcs_threads_codes(world.threads), &none, sizeof(none));
	assert_int_equal(tcs_threads_count(world.threads), 0);
}

static void
hostile_texts_are_bounded(void **state)
{
	(void)state;
	char *text = malloc(100001);
	char name[201];
	struct tcs_signal s1 = revision("s1", 0, "orange", "jaune");

	assert_non_null(text);
	for (int i = 0; i < 100000; i += 2)
		memcpy(text + i, "é", 2);
	text[100000] = '\0';
	memset(name, '\n', 200);
	name[0] = '{';
	name[200] = '\0';
	s1.description = text;
	s1.zone_name = name;
	feed(&s1);
	const struct tcs_proposal *info = proposal("information");
	assert_true(strlen(info->description) < 17000);
	assert_true(tcs_slice_is_utf8(tcs_slice_str(info->description)));
	assert_non_null(strstr(info->description, " […]"));
	assert_null(strchr(info->headline, '\n'));
	assert_non_null(strchr(info->headline, '{'));
	free(text);
}

static void
two_rules_have_a_thread_and_a_code_each(void **state)
{
	(void)state;
	struct tcs_rule *second = kit_rule("<zone is=\"AP5\"/>");
	struct tcs_rule *both[] = {world.rule, second};
	struct tcs_signal s1 = revision("s1", 0, "orange", "jaune");

	second->id = "r2";
	world.rules.rules = both;
	world.rules.n = 2;
	feed(&s1);
	assert_int_equal(tcs_threads_count(world.threads), 2);
	assert_string_not_equal(world.pass.changed->value.code,
	    world.pass.changed->next->value.code);
	tcs_rule_free(&second);
}

/* The first of two codes is the one that the other's hash proposes. */
static void
a_code_in_use_is_passed_over(void **state)
{
	(void)state;
	struct tcs_signal s1 = revision("s1", 0, "orange", "jaune");
	char code[4];

	assert_int_equal(run(&s1, KIT_NOW), TCS_OK);
	memcpy(code, world.pass.changed->value.code, 4);
	tcs_pass_undo(&world.pass);
	assert_int_equal(tcs_codes_take(tcs_threads_codes(world.threads),
	                     tcs_slice_str(code)),
	    TCS_OK);
	assert_int_equal(run(&s1, KIT_NOW), TCS_OK);
	assert_string_not_equal(world.pass.changed->value.code, code);
}

static void
ten_thousand_signals_leave_no_more_memory_than_ten(void **state)
{
	(void)state;
	size_t early = 0;

	for (int i = 0; i < 10000; i++) {
		char id[32];
		(void)snprintf(id, sizeof(id), "s%d", i);
		struct tcs_signal s =
		    revision(id, i, i % 2 ? "orange" : "rouge", "orange");
		feed_at(&s, s.sent_ms);
		if (i == 100)
			early = strlen(tcs_threads_named(
			    world.threads, world.pass.changed->name)
			                   ->json);
	}
	assert_int_equal(tcs_threads_count(world.threads), 1);
	const char *json =
	    tcs_threads_named(world.threads, world.pass.changed->name)->json;
	assert_true(strlen(json) < early + 64);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_condition_opens_a_thread_and_both_natures_are_proposed),
	    TEST(what_does_not_meet_it_opens_nothing),
	    TEST(what_is_of_the_whole_country_is_ours),
	    TEST(a_flood_is_told_from_orange_to_its_end),
	    TEST(a_lift_gives_no_order_and_follows_the_alerte),
	    TEST(what_was_never_raised_is_not_lifted),
	    TEST(a_longer_validity_alone_prolongs),
	    TEST(another_text_or_territory_is_news),
	    TEST(communes_come_from_the_list_of_the_signals_departement),
	    TEST(without_a_list_the_departement_is_an_estimate),
	    TEST(a_zone_that_is_a_commune_is_the_territory),
	    TEST(reports_of_one_place_have_a_thread_each),
	    TEST(a_proposal_is_of_its_signals_kind),
	    TEST(a_zone_cannot_name_a_file_elsewhere),
	    TEST(unknown_reads_as_such),
	    TEST(what_is_past_its_expiry_moves_the_thread_and_says_nothing),
	    TEST(a_first_sight_is_carried_on),
	    TEST(a_test_of_a_source_never_becomes_an_alert),
	    TEST(what_is_passed_over_is_counted),
	    TEST(what_tocsin_says_of_itself_is_for_every_departement),
	    TEST(a_signal_that_cannot_be_handled_leaves_no_trace),
	    TEST(hostile_texts_are_bounded),
	    TEST(two_rules_have_a_thread_and_a_code_each),
	    TEST(a_code_in_use_is_passed_over),
	    TEST(ten_thousand_signals_leave_no_more_memory_than_ten),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	kit_done();
	return failed;
}

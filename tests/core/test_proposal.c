#include <stdio.h>

#include "core/clock.h"
#include "core/level.h"
#include "core/proposal.h"
#include "tests/support/check.h"
#include "tests/support/samples.h"

static void
check_same_head(const struct tcs_proposal *a, const struct tcs_proposal *b)
{
	check_text(a->identifier, b->identifier);
	check_text(a->sender, b->sender);
	assert_int_equal(a->sent_ms, b->sent_ms);
	check_text(a->references, b->references);
	check_text(a->intended_status, b->intended_status);
	check_text(a->observatory, b->observatory);
	check_text(a->thread, b->thread);
	check_text(a->code, b->code);
	check_text(a->rule, b->rule);
	check_text(a->rule_title, b->rule_title);
	check_text(a->raise, b->raise);
	check_text(a->nature, b->nature);
	check_text(a->action, b->action);
	assert_int_equal(a->number, b->number);
	check_text(a->decision_mode, b->decision_mode);
	check_text(a->audience, b->audience);
	check_text(a->signal, b->signal);
	check_text(a->signal_reference, b->signal_reference);
}

static void
check_same_rest(const struct tcs_proposal *a, const struct tcs_proposal *b)
{
	check_text(a->source, b->source);
	check_text(a->source_name, b->source_name);
	check_text(a->feed, b->feed);
	check_text(a->zone, b->zone);
	check_text(a->zone_name, b->zone_name);
	check_text(a->zone_scheme, b->zone_scheme);
	check_text(a->phenomenon, b->phenomenon);
	check_text(a->level, b->level);
	check_text(a->previous_level, b->previous_level);
	assert_int_equal(a->issued_ms, b->issued_ms);
	assert_int_equal(a->fetched_ms, b->fetched_ms);
	assert_int_equal(a->expires_ms, b->expires_ms);
	check_text(a->departement, b->departement);
	assert_int_equal(a->is_first_sight, b->is_first_sight);
	assert_int_equal(a->is_end, b->is_end);
	assert_int_equal(a->is_estimated, b->is_estimated);
	check_text(a->list, b->list);
	assert_int_equal(a->insee_n, b->insee_n);
	for (size_t i = 0; i < a->insee_n; i++)
		check_text(a->insee[i], b->insee[i]);
	check_text(a->headline, b->headline);
	check_text(a->description, b->description);
	check_text(a->instruction, b->instruction);
	check_text(a->web, b->web);
}

static void
check_travels(const struct tcs_proposal *proposal)
{
	struct tcs_diag diag = {0};
	struct tcs_cap *cap = NULL, *back = NULL;
	struct tcs_proposal got;
	struct tcs_buf bytes;

	tcs_buf_init(&bytes, TCS_CAP_MAX);
	check_ok(tcs_proposal_to_cap(proposal, &cap, &diag), &diag);
	check_ok(tcs_cap_write(cap, &bytes, &diag), &diag);
	check_ok(tcs_cap_read(tcs_buf_view(&bytes), &back, &diag), &diag);
	check_ok(tcs_proposal_from_cap(back, &got, &diag), &diag);
	check_same_head(&got, proposal);
	check_same_rest(&got, proposal);
	tcs_cap_free(&cap);
	tcs_cap_free(&back);
	tcs_buf_fini(&bytes);
}

static void
a_proposal_comes_back_as_it_left(void **state)
{
	(void)state;
	struct tcs_proposal proposal = sample_information();
	check_travels(&proposal);

	proposal = sample_alerte();
	proposal.action = TCS_ACTION_LIFT;
	proposal.is_first_sight = true;
	check_travels(&proposal);

	proposal = sample_information();
	proposal.action = TCS_ACTION_PROLONG;
	proposal.intended_status = "Test";
	proposal.is_end = proposal.is_estimated = true;
	proposal.insee_n = 0;
	proposal.references = proposal.rule_title = NULL;
	proposal.signal_reference = proposal.feed = proposal.zone_name = NULL;
	proposal.zone_scheme = proposal.phenomenon = NULL;
	proposal.previous_level = proposal.list = NULL;
	proposal.description = proposal.web = NULL;
	proposal.issued_ms = proposal.expires_ms = TCS_NO_TIME;
	proposal.level = TCS_LEVEL_UNKNOWN;
	check_travels(&proposal);
}

static void
a_proposal_is_a_restricted_draft(void **state)
{
	struct tcs_proposal proposal = sample_alerte();
	struct tcs_diag diag = {0};
	struct tcs_cap *cap = NULL;

	(void)state;
	check_ok(tcs_proposal_to_cap(&proposal, &cap, &diag), &diag);
	check_text(cap->status, "Draft");
	check_text(cap->msg_type, "Update");
	check_text(cap->scope, "Restricted");
	assert_non_null(cap->restriction);
	check_text(cap->infos->response_types->text, "Execute");
	check_text(cap->infos->areas->desc, "Aa, département 62 (2 communes)");
	check_text(tcs_cap_param(cap, "tocsin:intended-status"), "Actual");
	tcs_cap_free(&cap);
}

static void
what_tocsin_says_of_itself_is_no_vigilance(void **state)
{
	struct tcs_proposal proposal = sample_information();
	struct tcs_diag diag = {0};
	struct tcs_cap *cap = NULL;

	(void)state;
	proposal.source = TCS_SOURCE_SELF;
	proposal.phenomenon = "source";
	check_ok(tcs_proposal_to_cap(&proposal, &cap, &diag), &diag);
	check_text(cap->infos->categories->text, "Infra");
	check_text(cap->infos->event, "Surveillance des sources");
	check_text(cap->infos->certainty, "Observed");
	tcs_cap_free(&cap);
}

static void
a_signal_is_not_a_proposal(void **state)
{
	struct tcs_signal signal = sample_signal();
	struct tcs_proposal proposal;
	struct tcs_diag diag = {0};
	struct tcs_cap *cap = NULL;

	(void)state;
	check_ok(tcs_signal_to_cap(&signal, &cap, &diag), &diag);
	check_err(
	    tcs_proposal_from_cap(cap, &proposal, &diag), TCS_EPARSE, &diag);
	check_finding(&diag, 0, "Draft");
	tcs_diag_fini(&diag);
	tcs_cap_free(&cap);
}

static void
words_that_no_program_knows_are_refused(void **state)
{
	static const struct {
		const char *name, *value;
	} cases[] = {
	    {"tocsin:action", "send"},
	    {"tocsin:nature", "ordre"},
	    {"tocsin:number", "-1"},
	    {"tocsin:number", "4294967296"},
	    {"tocsin:thread", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_proposal proposal = sample_information();
		struct tcs_diag diag = {0};
		struct tcs_cap *cap = NULL;
		check_ok(tcs_proposal_to_cap(&proposal, &cap, &diag), &diag);
		tcs_cap_set_param(cap, cases[i].name, cases[i].value);
		check_err(tcs_proposal_from_cap(cap, &proposal, &diag),
		    TCS_EPARSE, &diag);
		check_finding(&diag, 0, cases[i].name);
		tcs_diag_fini(&diag);
		tcs_cap_free(&cap);
	}
}

/* One member changed: what a decision bound is no longer what it reads. */
static void
the_text_hash_binds_all_that_a_decision_is_about(void **state)
{
	static const char *const insee[] = {"62765", "62906"};
	struct tcs_proposal bent[9];
	char base[65], hex[65];

	(void)state;
	for (size_t i = 0; i < 9; i++)
		bent[i] = sample_alerte();
	tcs_proposal_text_hash(&bent[0], base);
	bent[0].action = TCS_ACTION_LIFT;
	bent[1].level = "rouge";
	bent[2].insee_n = 1;
	bent[3].insee = insee;
	bent[4].audience = "communes epci";
	bent[5].headline = "Autre titre";
	bent[6].description = NULL;
	bent[7].instruction = "Évacuer.";
	bent[8].expires_ms += 1000;
	for (size_t i = 0; i < 9; i++) {
		tcs_proposal_text_hash(&bent[i], hex);
		assert_int_equal(strlen(hex), 64);
		assert_string_not_equal(hex, base);
	}

	struct tcs_proposal same = sample_alerte();
	same.sent_ms += 1000;
	same.number++;
	tcs_proposal_text_hash(&same, hex);
	check_text(hex, base);
}

static void
an_identifier_has_thread_raise_number_and_content(void **state)
{
	struct tcs_proposal proposal = sample_alerte();
	char id[TCS_ID_MAX], other[TCS_ID_MAX], hash[9], want[64];

	(void)state;
	tcs_thread_hash("abc", hash);
	check_text(hash, "ba7816bf");
	tcs_thread_hash(proposal.thread, hash);
	(void)snprintf(want, sizeof(want), "sidpc62.%s.alerte.p2-", hash);
	tcs_proposal_identify(&proposal, id);
	assert_memory_equal(id, want, strlen(want));
	assert_int_equal(strlen(id), strlen(want) + 6);
	proposal.headline = "Autre titre";
	tcs_proposal_identify(&proposal, other);
	assert_string_not_equal(id, other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_proposal_comes_back_as_it_left),
	    cmocka_unit_test(a_proposal_is_a_restricted_draft),
	    cmocka_unit_test(what_tocsin_says_of_itself_is_no_vigilance),
	    cmocka_unit_test(a_signal_is_not_a_proposal),
	    cmocka_unit_test(words_that_no_program_knows_are_refused),
	    cmocka_unit_test(the_text_hash_binds_all_that_a_decision_is_about),
	    cmocka_unit_test(an_identifier_has_thread_raise_number_and_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

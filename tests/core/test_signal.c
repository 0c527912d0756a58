#include "core/clock.h"
#include "core/level.h"
#include "core/signal.h"
#include "tests/support/check.h"
#include "tests/support/samples.h"

static void
check_same(const struct tcs_signal *a, const struct tcs_signal *b)
{
	check_text(a->identifier, b->identifier);
	check_text(a->sender, b->sender);
	assert_int_equal(a->sent_ms, b->sent_ms);
	check_text(a->status, b->status);
	check_text(a->msg_type, b->msg_type);
	check_text(a->references, b->references);
	check_text(a->incidents, b->incidents);
	check_text(a->observatory, b->observatory);
	check_text(a->source, b->source);
	check_text(a->feed, b->feed);
	check_text(a->source_name, b->source_name);
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
	assert_int_equal(a->is_national, b->is_national);
	assert_int_equal(a->is_end, b->is_end);
	check_text(a->headline, b->headline);
	check_text(a->description, b->description);
	check_text(a->web, b->web);
}

/* To CAP, to bytes, back. */
static void
check_travels(const struct tcs_signal *signal)
{
	struct tcs_diag diag = {0};
	struct tcs_cap *cap = NULL, *back = NULL;
	struct tcs_signal got;
	struct tcs_buf bytes;

	tcs_buf_init(&bytes, TCS_CAP_MAX);
	check_ok(tcs_signal_to_cap(signal, &cap, &diag), &diag);
	check_ok(tcs_cap_write(cap, &bytes, &diag), &diag);
	check_ok(tcs_cap_read(tcs_buf_view(&bytes), &back, &diag), &diag);
	assert_int_equal(diag.n, 0);
	check_ok(tcs_signal_from_cap(back, &got, &diag), &diag);
	check_same(&got, signal);
	tcs_cap_free(&cap);
	tcs_cap_free(&back);
	tcs_buf_fini(&bytes);
}

static void
a_signal_comes_back_as_it_left(void **state)
{
	(void)state;
	struct tcs_signal signal = sample_signal();
	check_travels(&signal);

	signal.incidents = "sidpc62.vigicrues.AP5.crues.other";
	signal.is_first_sight = true;
	signal.is_national = true;
	signal.is_end = true;
	signal.level = "vert";
	check_travels(&signal);

	signal = sample_signal();
	signal.msg_type = "Alert";
	signal.references = signal.previous_level = signal.zone_name = NULL;
	signal.description = signal.web = signal.zone_scheme = NULL;
	signal.issued_ms = TCS_NO_TIME;
	signal.level = TCS_LEVEL_UNKNOWN;
	signal.headline = "Aa & \"Hem\" <niveau inconnu>, l'état";
	check_travels(&signal);
}

static void
a_signal_of_the_source_watch_is_for_the_whole_country(void **state)
{
	struct tcs_signal signal = sample_signal();
	struct tcs_diag diag = {0};
	struct tcs_cap *cap = NULL;

	(void)state;
	signal.status = "System";
	signal.source = "tocsin";
	signal.zone = "vigicrues";
	signal.zone_scheme = signal.phenomenon = NULL;
	signal.level = "silent";
	signal.departement = "FR";
	check_travels(&signal);

	check_ok(tcs_signal_to_cap(&signal, &cap, &diag), &diag);
	check_text(cap->infos->categories->text, "Infra");
	check_text(cap->infos->severity, "Unknown");
	assert_null(cap->infos->areas->geocodes);
	tcs_cap_free(&cap);
}

static void
a_signal_is_public_and_speaks_for_its_source(void **state)
{
	struct tcs_signal signal = sample_signal();
	struct tcs_diag diag = {0};
	struct tcs_cap *cap = NULL;

	(void)state;
	check_ok(tcs_signal_to_cap(&signal, &cap, &diag), &diag);
	check_text(cap->scope, "Public");
	check_text(cap->infos->language, "fr-FR");
	check_text(cap->infos->categories->text, "Met");
	check_text(cap->infos->event, "Vigilance crues");
	check_text(cap->infos->sender_name, "Vigicrues");
	check_text(cap->infos->severity, "Severe");
	check_text(cap->infos->response_types->text, "Monitor");
	check_text(tcs_cap_param(cap, "tocsin:level"), "vigicrues:orange");
	check_text(
	    tcs_cap_param(cap, "tocsin:issued"), "2026-11-23T16:00:00+01:00");
	check_text(cap->infos->areas->geocodes->name, "VIGICRUES");
	check_text(cap->infos->areas->geocodes->next->name, "INSEE:DEP");
	tcs_cap_free(&cap);
}

static void
a_signal_without_what_it_needs_is_refused_by_name(void **state)
{
	static const struct {
		size_t member;
		const char *want;
	} cases[] = {
	    {offsetof(struct tcs_signal, identifier), "<identifier>"},
	    {offsetof(struct tcs_signal, sender), "<sender>"},
	    {offsetof(struct tcs_signal, status), "<status>"},
	    {offsetof(struct tcs_signal, msg_type), "<msgType>"},
	    {offsetof(struct tcs_signal, observatory), "tocsin:observatory"},
	    {offsetof(struct tcs_signal, source), "tocsin:source"},
	    {offsetof(struct tcs_signal, zone), "tocsin:zone"},
	    {offsetof(struct tcs_signal, level), "tocsin:level"},
	    {offsetof(struct tcs_signal, departement), "département"},
	    {offsetof(struct tcs_signal, references), "<references>"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_signal signal = sample_signal();
		struct tcs_diag diag = {0};
		struct tcs_cap *cap = NULL;
		const char *none = NULL;
		memcpy((char *)&signal + cases[i].member, &none, sizeof(none));
		check_err(
		    tcs_signal_to_cap(&signal, &cap, &diag), TCS_EINVAL, &diag);
		check_finding(&diag, 0, cases[i].want);
		assert_null(cap);
		tcs_diag_fini(&diag);
	}
}

static void
a_foreign_cap_message_is_not_a_signal(void **state)
{
	struct tcs_signal signal = sample_signal();
	struct tcs_diag diag = {0};
	struct tcs_cap *cap = NULL;

	(void)state;
	check_ok(tcs_signal_to_cap(&signal, &cap, &diag), &diag);
	tcs_cap_set_param(cap, "tocsin:zone", NULL);
	check_err(tcs_signal_from_cap(cap, &signal, &diag), TCS_EPARSE, &diag);
	check_finding(&diag, 0, "tocsin:zone");
	tcs_diag_fini(&diag);
	tcs_cap_set_param(cap, "tocsin:zone", "AP5");
	tcs_cap_set_param(cap, "tocsin:fetched", "hier");
	check_err(tcs_signal_from_cap(cap, &signal, &diag), TCS_EPARSE, &diag);
	check_finding(&diag, 0, "tocsin:fetched");
	tcs_diag_fini(&diag);
	tcs_cap_free(&cap);
}

static void
an_identifier_tells_what_when_and_which_content(void **state)
{
	struct tcs_signal signal = sample_signal();
	char id[TCS_ID_MAX], other[TCS_ID_MAX];

	(void)state;
	tcs_signal_identify(&signal, NULL, id);
	assert_memory_equal(id,
	    "sidpc62.vigicrues.AP5.crues.20261123T150000Z.orange-",
	    strlen("sidpc62.vigicrues.AP5.crues.20261123T150000Z.orange-"));
	tcs_signal_identify(&signal, NULL, other);
	check_text(other, id);
	tcs_signal_identify(&signal, "another", other);
	assert_string_not_equal(other, id);
	signal.departement = "59";
	tcs_signal_identify(&signal, NULL, other);
	assert_string_not_equal(other, id);
	signal.departement = "62";
	signal.expires_ms += 1000;
	tcs_signal_identify(&signal, NULL, other);
	assert_string_not_equal(other, id);
	signal.expires_ms -= 1000;
	signal.report = "sidpc62.report.20261123T150000Z-00000001";
	tcs_signal_identify(&signal, NULL, other);
	assert_string_not_equal(other, id);
}

static void
an_identifier_is_clean_and_bounded_whatever_it_is_made_of(void **state)
{
	struct tcs_signal signal = sample_signal();
	char id[TCS_ID_MAX], zone[400];

	(void)state;
	memset(zone, 'z', sizeof(zone));
	zone[sizeof(zone) - 1] = '\0';
	signal.zone = signal.phenomenon = signal.level = zone;
	signal.source = signal.observatory = zone;
	tcs_signal_identify(&signal, NULL, id);
	assert_true(strlen(id) < TCS_ID_MAX);

	signal.zone = "a b,c<d&e é|/";
	signal.issued_ms = TCS_NO_TIME;
	tcs_signal_identify(&signal, NULL, id);
	assert_null(strpbrk(id, " ,<&|/"));
	assert_non_null(strstr(id, ".20261123T150200Z."));
}

static void
the_status_is_exercise_in_an_exercise_and_test_until_live(void **state)
{
	(void)state;
	check_text(tcs_status_of("x-flood.", true), "Exercise");
	check_text(tcs_status_of("x-flood.", false), "Exercise");
	check_text(tcs_status_of("tocsin.", false), "Test");
	check_text(tcs_status_of("tocsin.", true), "Actual");
}

static void
the_trace_is_the_head_of_a_known_digest(void **state)
{
	char trace[17];

	(void)state;
	tcs_trace_of("abc", trace);
	check_text(trace, "ba7816bf8f01cfea");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_signal_comes_back_as_it_left),
	    cmocka_unit_test(
	        a_signal_of_the_source_watch_is_for_the_whole_country),
	    cmocka_unit_test(a_signal_is_public_and_speaks_for_its_source),
	    cmocka_unit_test(a_signal_without_what_it_needs_is_refused_by_name),
	    cmocka_unit_test(a_foreign_cap_message_is_not_a_signal),
	    cmocka_unit_test(an_identifier_tells_what_when_and_which_content),
	    cmocka_unit_test(
	        an_identifier_is_clean_and_bounded_whatever_it_is_made_of),
	    cmocka_unit_test(
	        the_status_is_exercise_in_an_exercise_and_test_until_live),
	    cmocka_unit_test(the_trace_is_the_head_of_a_known_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "core/alert.h"
#include "core/clock.h"
#include "core/level.h"
#include "tests/support/check.h"
#include "tests/support/samples.h"

static void
check_subject(const struct tcs_alert *alert, const char *want)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, 4096);
	tcs_alert_subject(alert, &buf);
	assert_int_equal(buf.err, TCS_OK);
	check_text(buf.p, want);
	tcs_buf_fini(&buf);
}

static void
check_body(const struct tcs_alert *alert, const char *want)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, 65536);
	tcs_alert_body(alert, &buf);
	assert_int_equal(buf.err, TCS_OK);
	check_text(buf.p, want);
	tcs_buf_fini(&buf);
}

static struct tcs_alert
sample_relay(void)
{
	return (struct tcs_alert){
	    .base = sample_information(),
	    .status = "Test",
	    .msg_type = "Update",
	    .version = 2,
	};
}

static void
check_travels(const struct tcs_alert *alert)
{
	struct tcs_diag diag = {0};
	struct tcs_cap *cap = NULL, *back = NULL;
	struct tcs_alert got;
	struct tcs_buf bytes, again;

	tcs_buf_init(&bytes, TCS_CAP_MAX);
	tcs_buf_init(&again, TCS_CAP_MAX);
	check_ok(tcs_alert_to_cap(alert, &cap, &diag), &diag);
	check_ok(tcs_cap_write(cap, &bytes, &diag), &diag);
	tcs_cap_free(&cap);
	check_ok(tcs_cap_read(tcs_buf_view(&bytes), &back, &diag), &diag);
	check_ok(tcs_alert_from_cap(back, &got, &diag), &diag);
	check_text(got.base.identifier, alert->base.identifier);
	check_text(got.base.headline, alert->base.headline);
	check_text(got.base.description, alert->base.description);
	check_text(got.base.instruction, alert->base.instruction);
	check_text(got.base.intended_status, alert->base.intended_status);
	check_text(got.status, alert->status);
	check_text(got.msg_type, alert->msg_type);
	assert_int_equal(got.version, alert->version);
	check_text(got.decision, alert->decision);
	check_text(got.authority, alert->authority);
	/* The rest is the proposal's: the same value gives the same bytes. */
	check_ok(tcs_alert_to_cap(&got, &cap, &diag), &diag);
	check_ok(tcs_cap_write(cap, &again, &diag), &diag);
	check_text(again.p, bytes.p);
	tcs_cap_free(&cap);
	tcs_cap_free(&back);
	tcs_buf_fini(&bytes);
	tcs_buf_fini(&again);
}

static void
an_alert_comes_back_as_it_left(void **state)
{
	static const char *const statuses[] = {"Actual", "Exercise", "Test"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct tcs_alert alert = sample_alert();
		alert.status = statuses[i];
		check_travels(&alert);
		alert.base.action = TCS_ACTION_LIFT;
		alert.base.instruction = NULL;
		check_travels(&alert);
		alert = sample_relay();
		alert.status = statuses[i];
		check_travels(&alert);
		alert.base.is_end = true;
		alert.base.description = NULL;
		check_travels(&alert);
	}
}

static void
an_alerte_never_leaves_without_a_decision(void **state)
{
	struct tcs_alert alert = sample_alert();
	struct tcs_diag diag = {0};
	struct tcs_cap *cap = NULL;

	(void)state;
	alert.decision = NULL;
	check_err(tcs_alert_to_cap(&alert, &cap, &diag), TCS_EINVAL, &diag);
	check_finding(&diag, 0, "decision");
	tcs_diag_fini(&diag);

	alert = sample_alert();
	check_ok(tcs_alert_to_cap(&alert, &cap, &diag), &diag);
	tcs_cap_set_param(cap, "tocsin:decision", NULL);
	check_err(tcs_alert_from_cap(cap, &alert, &diag), TCS_EPARSE, &diag);
	check_finding(&diag, 0, "decision");
	tcs_diag_fini(&diag);
	tcs_cap_free(&cap);
}

static void
a_draft_is_not_an_alert(void **state)
{
	struct tcs_alert alert = sample_alert();
	struct tcs_diag diag = {0};
	struct tcs_cap *cap = NULL;

	(void)state;
	alert.status = "Draft";
	check_err(tcs_alert_to_cap(&alert, &cap, &diag), TCS_EINVAL, &diag);
	check_finding(&diag, 0, "<status>");
	tcs_diag_fini(&diag);
}

static void
the_authority_signs_an_alerte_and_the_source_its_relay(void **state)
{
	struct tcs_alert alert = sample_alert();
	struct tcs_diag diag = {0};
	struct tcs_cap *cap = NULL;

	(void)state;
	check_ok(tcs_alert_to_cap(&alert, &cap, &diag), &diag);
	check_text(cap->infos->sender_name, "Sous-préfet de permanence");
	check_text(cap->scope, "Restricted");
	tcs_cap_free(&cap);
	alert = sample_relay();
	check_ok(tcs_alert_to_cap(&alert, &cap, &diag), &diag);
	check_text(cap->infos->sender_name, "Vigicrues");
	tcs_cap_free(&cap);
}

static void
every_text_of_an_exercise_begins_and_ends_with_the_word(void **state)
{
	struct tcs_alert alert = sample_alert();
	struct tcs_diag diag = {0};
	struct tcs_cap *cap = NULL;

	(void)state;
	alert.status = "Exercise";
	check_ok(tcs_alert_to_cap(&alert, &cap, &diag), &diag);
	check_text(cap->infos->headline,
	    "EXERCICE – ALERTE – Vigilance crues orange : Aa – EXERCICE");
	check_text(cap->infos->description,
	    "EXERCICE – Débordements importants possibles. – EXERCICE");
	check_text(cap->infos->instruction,
	    "EXERCICE – Vérifier campings et points bas. Répondre 7KQ. – "
	    "EXERCICE");
	tcs_cap_free(&cap);
}

static void
an_information_reads_in_a_minute(void **state)
{
	struct tcs_alert alert = sample_relay();

	(void)state;
	check_subject(&alert, "ESSAI – INFORMATION – Vigilance crues orange : "
	                      "Aa – code 7KQ – ESSAI");
	check_body(&alert,
	    "ESSAI – INFORMATION – Vigilance crues orange : Aa\n"
	    "\n"
	    "Vigilance crues orange (auparavant jaune)\n"
	    "Zone : Aa (AP5)\n"
	    "Territoire : 2 communes (liste crues/AP5)\n"
	    "Source : Vigicrues, émis le 23/11/2026 16:00\n"
	    "Valable jusqu'au 24/11/2026 12:00\n"
	    "Code : 7KQ\n"
	    "\n"
	    "Débordements importants possibles.\n"
	    "\n"
	    "Ceci est le relais d'une information de la source ; aucun "
	    "ordre.\n"
	    "Voir : https://vigicrues.example/niv3-bassin.php?CdEntVigiCru=1\n"
	    "\n"
	    "ESSAI\n");
}

static void
an_alerte_says_first_what_to_do_and_who_decided(void **state)
{
	struct tcs_alert alert = sample_alert();

	(void)state;
	check_subject(
	    &alert, "ALERTE – Vigilance crues orange : Aa – code 7KQ");
	check_body(&alert,
	    "ALERTE – Vigilance crues orange : Aa\n"
	    "\n"
	    "À FAIRE : Vérifier campings et points bas. Répondre 7KQ.\n"
	    "\n"
	    "Vigilance crues orange (auparavant jaune)\n"
	    "Zone : Aa (AP5)\n"
	    "Territoire : 2 communes (liste crues/AP5)\n"
	    "Source : Vigicrues, émis le 23/11/2026 16:00\n"
	    "Décidée par : Sous-préfet de permanence (verbal, par "
	    "téléphone), le 23/11/2026 16:12\n"
	    "Valable jusqu'au 24/11/2026 12:00\n"
	    "Code : 7KQ\n"
	    "\n"
	    "Débordements importants possibles.\n"
	    "\n"
	    "Voir : https://vigicrues.example/niv3-bassin.php?"
	    "CdEntVigiCru=1\n");
}

static void
what_is_no_vigilance_is_not_called_one(void **state)
{
	struct tcs_alert alert = sample_relay();

	(void)state;
	alert.status = "Actual";
	alert.base.event = "Signalement du terrain";
	alert.base.phenomenon = "route-coupee";
	alert.base.level = "none";
	alert.base.previous_level = NULL;
	alert.base.headline = "Terrain, Arques : route coupée";
	alert.base.source_name = "Gendarmerie d'Arques";
	alert.base.zone = "62040";
	alert.base.zone_name = "Arques";
	alert.base.description = alert.base.web = NULL;
	check_body(&alert,
	    "INFORMATION – Terrain, Arques : route coupée\n"
	    "\n"
	    "Signalement du terrain, route-coupee\n"
	    "Zone : Arques (62040)\n"
	    "Territoire : 2 communes (liste crues/AP5)\n"
	    "Source : Gendarmerie d'Arques, émis le 23/11/2026 16:00\n"
	    "Valable jusqu'au 24/11/2026 12:00\n"
	    "Code : 7KQ\n"
	    "\n"
	    "Ceci est le relais d'une information de la source ; aucun "
	    "ordre.\n");
}

/* The first lines of facts, by what the signal is. */
static void
facts_say_each_thing_once_and_in_french(void **state)
{
	static const struct {
		const char *event, *phenomenon, *level, *previous, *facts;
	} cases[] = {
	    {"Séisme", "seisme", "none", NULL, "Séisme\n"},
	    {"Publication", "publication", "none", NULL, "Publication\n"},
	    {"Risque d'avalanches", "avalanches", "4", "3",
	        "Risque d'avalanches, niveau 4 (auparavant niveau 3)\n"},
	    {"Fuite de gaz", "alerte", "severe", NULL,
	        "Fuite de gaz, gravité forte\n"},
	    {"Signalement du terrain", "terrain", "orange", "jaune",
	        "Signalement du terrain, niveau orange (auparavant niveau "
	        "jaune)\n"},
	    {"Vigilance crues", "crues", "vert", "orange",
	        "Vigilance crues verte (auparavant orange)\n"},
	    {"Vigilance crues", "crues", TCS_LEVEL_UNKNOWN, "vert",
	        "Vigilance crues : niveau inconnu (auparavant verte)\n"},
	};
	struct tcs_alert alert = sample_relay();
	struct tcs_buf body;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		alert.base.event = cases[i].event;
		alert.base.phenomenon = cases[i].phenomenon;
		alert.base.level = cases[i].level;
		alert.base.previous_level = cases[i].previous;
		tcs_buf_init(&body, 65536);
		tcs_alert_body(&alert, &body);
		assert_non_null(strstr(body.p, cases[i].facts));
		tcs_buf_fini(&body);
	}
}

static void
a_key_that_we_made_is_not_shown_as_a_place(void **state)
{
	struct tcs_alert alert = sample_relay();
	struct tcs_buf body;

	(void)state;
	alert.base.zone = "ec05e46c0d39d01c";
	alert.base.zone_name = alert.base.headline;
	tcs_buf_init(&body, 65536);
	tcs_alert_body(&alert, &body);
	assert_null(strstr(body.p, "Zone :"));
	tcs_buf_reset(&body);
	alert.base.zone_name = "Lens";
	tcs_alert_body(&alert, &body);
	assert_non_null(strstr(body.p, "Zone : Lens\n"));
	tcs_buf_fini(&body);
}

static void
a_lift_is_called_so_and_only_a_lift(void **state)
{
	struct tcs_alert alert = sample_alert();

	(void)state;
	alert.status = "Exercise";
	alert.base.action = TCS_ACTION_LIFT;
	alert.base.level = "vert";
	alert.base.previous_level = "orange";
	alert.base.headline = "Crues sur l'Aa";
	alert.base.instruction = alert.base.description = alert.base.web = NULL;
	check_subject(&alert, "EXERCICE – LEVÉE D'ALERTE – Crues sur l'Aa – "
	                      "code 7KQ – EXERCICE");
	check_body(&alert,
	    "EXERCICE – LEVÉE D'ALERTE – Crues sur l'Aa\n"
	    "\n"
	    "Vigilance crues verte (auparavant orange)\n"
	    "Zone : Aa (AP5)\n"
	    "Territoire : 2 communes (liste crues/AP5)\n"
	    "Source : Vigicrues, émis le 23/11/2026 16:00\n"
	    "Levée décidée par : Sous-préfet de permanence (verbal, par "
	    "téléphone), le 23/11/2026 16:12\n"
	    "Valable jusqu'au 24/11/2026 12:00\n"
	    "Code : 7KQ\n"
	    "\n"
	    "EXERCICE\n");
}

static void
the_end_is_said_only_at_the_sources_own_end(void **state)
{
	struct tcs_alert alert = sample_relay();

	(void)state;
	alert.status = "Actual";
	alert.base.level = "jaune";
	alert.base.previous_level = "orange";
	alert.base.headline = "Vigilance crues jaune : Aa";
	check_subject(
	    &alert, "INFORMATION – Vigilance crues jaune : Aa – code 7KQ");
	alert.base.is_end = true;
	alert.base.headline = "Crues sur l'Aa";
	check_subject(&alert, "INFORMATION – FIN DE VIGILANCE – Crues sur l'Aa "
	                      "– code 7KQ");
	alert.base.headline = "Fin de vigilance crues : Aa";
	check_subject(&alert, "INFORMATION – FIN DE VIGILANCE – crues : Aa – "
	                      "code 7KQ");
	alert.base.headline = "Crues sur l'Aa";
	alert.base.event = "Signalement du terrain";
	check_subject(&alert, "INFORMATION – FIN – Crues sur l'Aa – code 7KQ");
	alert.base.headline = "Fin : crues sur l'Aa";
	check_subject(&alert, "INFORMATION – FIN – crues sur l'Aa – code 7KQ");
	alert.base.source = TCS_SOURCE_SELF;
	alert.base.headline = "Vigicrues : source à jour";
	check_subject(
	    &alert, "INFORMATION – Vigicrues : source à jour – code 7KQ");
}

static void
what_is_not_known_is_said(void **state)
{
	struct tcs_alert alert = sample_relay();

	(void)state;
	alert.status = "Actual";
	alert.base.level = TCS_LEVEL_UNKNOWN;
	alert.base.previous_level = TCS_LEVEL_UNKNOWN;
	alert.base.zone_name = NULL;
	alert.base.insee_n = 0;
	alert.base.list = NULL;
	alert.base.is_estimated = true;
	alert.base.is_first_sight = true;
	alert.base.issued_ms = alert.base.expires_ms = TCS_NO_TIME;
	alert.base.description = alert.base.web = NULL;
	alert.base.headline = "Tronçon\nAP5";
	check_body(&alert,
	    "INFORMATION – Tronçon AP5\n"
	    "\n"
	    "Vigilance crues : niveau inconnu (auparavant niveau inconnu)\n"
	    "Zone : AP5\n"
	    "Territoire estimé : département 62\n"
	    "Source : Vigicrues, heure d'émission non précisée, relevé le "
	    "23/11/2026 16:02\n"
	    "Premier relevé de cette source : l'état peut être plus ancien.\n"
	    "Code : 7KQ\n"
	    "\n"
	    "Ceci est le relais d'une information de la source ; aucun "
	    "ordre.\n");
}

static void
the_parts_of_a_decision_are_found_by_name(void **state)
{
	static const char text[] =
	    "id=d-1 authority=préfet, état=présent how=écrit at=12:00";
	static const struct {
		const char *name, *want;
	} cases[] = {
	    {"id", "d-1"},
	    {"authority", "préfet, état=présent"},
	    {"how", "écrit"},
	    {"at", "12:00"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_slice part = tcs_decision_part(text, cases[i].name);
		assert_true(tcs_slice_is(part, cases[i].want));
	}
	assert_null(tcs_decision_part(NULL, "how").p);
	assert_null(tcs_decision_part("id=d-1", "how").p);
}

static void
identifier_and_key_are_functions_of_content(void **state)
{
	struct tcs_alert alert = sample_alert();
	char id[TCS_ID_MAX], other[TCS_ID_MAX], key[17], key2[17];

	(void)state;
	tcs_alert_identify(&alert, id);
	assert_non_null(strstr(id, ".alerte.v1-"));
	alert.decision = "id=d-0124";
	tcs_alert_identify(&alert, other);
	assert_string_not_equal(id, other);
	tcs_delivery_key("a", "bc", "email", key);
	tcs_delivery_key("ab", "c", "email", key2);
	assert_int_equal(strlen(key), 16);
	assert_string_not_equal(key, key2);
	tcs_delivery_key("a", "bc", "email", key2);
	check_text(key2, key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_alert_comes_back_as_it_left),
	    cmocka_unit_test(an_alerte_never_leaves_without_a_decision),
	    cmocka_unit_test(a_draft_is_not_an_alert),
	    cmocka_unit_test(
	        the_authority_signs_an_alerte_and_the_source_its_relay),
	    cmocka_unit_test(
	        every_text_of_an_exercise_begins_and_ends_with_the_word),
	    cmocka_unit_test(an_information_reads_in_a_minute),
	    cmocka_unit_test(an_alerte_says_first_what_to_do_and_who_decided),
	    cmocka_unit_test(what_is_no_vigilance_is_not_called_one),
	    cmocka_unit_test(facts_say_each_thing_once_and_in_french),
	    cmocka_unit_test(a_key_that_we_made_is_not_shown_as_a_place),
	    cmocka_unit_test(a_lift_is_called_so_and_only_a_lift),
	    cmocka_unit_test(the_end_is_said_only_at_the_sources_own_end),
	    cmocka_unit_test(what_is_not_known_is_said),
	    cmocka_unit_test(the_parts_of_a_decision_are_found_by_name),
	    cmocka_unit_test(identifier_and_key_are_functions_of_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/cause.h"

static void
every_failure_has_words_for_people(void **state)
{
	(void)state;
	assert_string_equal(tcs_cause_fault(TCS_HTTP_FAULT_NONE), "");
	for (int i = TCS_HTTP_FAULT_NONE + 1; i <= TCS_HTTP_FAULT_OTHER; i++)
		assert_true(
		    strlen(tcs_cause_fault((enum tcs_http_fault)i)) > 0);
	assert_string_equal(tcs_cause_refusal(TCS_REFUSAL_NONE), "");
	for (int i = TCS_REFUSAL_NONE + 1; i <= TCS_REFUSAL_RESHAPED; i++)
		assert_true(strlen(tcs_cause_refusal((enum tcs_refusal)i)) > 0);
}

static void
a_status_is_named_and_explained(void **state)
{
	(void)state;
	static const struct {
		long status;
		const char *cause;
	} cases[] = {
	    {429, "trop de demandes, la source nous fait attendre (HTTP 429)"},
	    {401, "accès refusé, clé ou droits à vérifier (HTTP 401)"},
	    {404, "rien n'est plus à cette adresse (HTTP 404)"},
	    {503, "erreur du serveur de la source (HTTP 503)"},
	    {204, "réponse inattendue (HTTP 204)"},
	    {302, "la source renvoie vers une adresse qui n'est pas suivie "
	          "(HTTP 302)"}};
	char cause[TCS_CAUSE_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tcs_cause_status(cases[i].status, cause);
		assert_string_equal(cause, cases[i].cause);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_failure_has_words_for_people),
	    cmocka_unit_test(a_status_is_named_and_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/sink.h"
#include "cli/sink_text.h"

#define CAP(info)                                                              \
	"<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">"               \
	"<identifier>a</identifier><sender>b</sender>"                         \
	"<sent>2026-11-23T17:00:00+01:00</sent><status>Test</status>"          \
	"<msgType>Alert</msgType><scope>Public</scope>" info "</alert>"

static void
what_a_person_would_read_is_found(void **state)
{
	static const struct {
		const char *body, *subject, *text;
	} cases[] = {
	    {"{\"subject\":\"s\",\"text\":\"é\\nu\"}", "s", "é\nu"},
	    {"{\"subject\":\"s\"}", "s", NULL},
	    {"{\"subject\":", NULL, NULL},
	    {"[1]", NULL, NULL},
	    {"{\"subject\":1}", NULL, NULL},
	    {CAP("<info><language>fr-FR</language><category>Met</category>"
	         "<event>Crue</event><urgency>Expected</urgency>"
	         "<severity>Severe</severity><certainty>Likely</certainty>"
	         "<headline>Vigilance crues orange</headline>"
	         "<description>La Canche monte.</description>"
	         "<instruction>Vérifier.</instruction>"
	         "<area><areaDesc>Canche</areaDesc></area></info>"),
	        "Vigilance crues orange",
	        "La Canche monte.\n\nVérifier.\n\nCanche"},
	    {"<alert/>", NULL, NULL},
	    {"<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;"
	     "</a>",
	        NULL, NULL},
	    {"bonjour", NULL, NULL},
	    {"", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_sink_text text;
		assert_int_equal(
		    tcs_sink_text_read(tcs_slice_str(cases[i].body), &text),
		    TCS_OK);
		if (cases[i].subject == NULL)
			assert_null(text.subject);
		else
			assert_string_equal(text.subject, cases[i].subject);
		if (cases[i].text == NULL)
			assert_null(text.text);
		else
			assert_string_equal(text.text, cases[i].text);
		tcs_sink_text_fini(&text);
	}
}

static void
bytes_that_are_not_utf8_are_replaced(void **state)
{
	static const struct {
		const char *bytes, *text;
	} cases[] = {
	    {"é€𝄞", "é€𝄞"},
	    {"caf\xe9", "caf?"},
	    {"\xff\xfe", "??"},
	    {"\xc3", "?"},
	    {"\xc3\xc3\xa9", "?é"},
	    {"\xe2\x82x", "??x"},
	    {"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = tcs_sink_utf8(tcs_slice_str(cases[i].bytes));
		assert_string_equal(text, cases[i].text);
		free(text);
	}
}

static void
a_name_says_how_it_is_answered(void **state)
{
	(void)state;
	assert_int_equal(
	    tcs_sink_manner(tcs_slice_str("later")), TCS_SINK_LATER);
	assert_int_equal(tcs_sink_manner(tcs_slice_str("hang")), TCS_SINK_HANG);
	assert_int_equal(
	    tcs_sink_manner(tcs_slice_str("laters")), TCS_SINK_TAKE);
	assert_int_equal(tcs_sink_manner(tcs_slice_str("")), TCS_SINK_TAKE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_a_person_would_read_is_found),
	    cmocka_unit_test(bytes_that_are_not_utf8_are_replaced),
	    cmocka_unit_test(a_name_says_how_it_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

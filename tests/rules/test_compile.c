#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "tests/rules/kit.h"

#define WHEN                                                                   \
	"<when><source is=\"vigicrues\"/><level at-least=\"orange\"/></when>"
#define RULE(when, rest) KIT_HEAD when "\n" rest "</rule>"
#define INFO(attributes, content)                                              \
	"<raise nature=\"information\" audience=\"sidpc\" "                    \
	"expires=\"source\" " attributes ">" content "</raise>"
#define ALERTE(attributes, content)                                            \
	"<raise nature=\"alerte\" audience=\"communes sdis\" "                 \
	"expires=\"source\" " attributes ">" content "</raise>"
#define ACTION "<action for=\"communes\">Agir.</action>"

struct fault {
	const char *text;
	unsigned line;
	const char *says;
};

static void
assert_fault(const struct fault *fault)
{
	struct tcs_rule *rule = NULL;
	struct tcs_diag diag = {0};
	bool is_found = false;

	if (kit_load(fault->text, &rule, &diag) == TCS_OK)
		fail_msg("accepted: %s", fault->text);
	assert_null(rule);
	for (size_t i = 0; i < diag.n; i++) {
		is_found = is_found ||
		           (diag.items[i].line == fault->line &&
		               strcmp(diag.items[i].file, "r.xml") == 0 &&
		               strstr(diag.items[i].text, fault->says) != NULL);
	}
	if (!is_found)
		fail_msg("%s\nwant %u '%s', got %u '%s'", fault->text,
		    fault->line, fault->says, diag.items[0].line,
		    tcs_diag_text(&diag));
	tcs_diag_fini(&diag);
}

static void
what_the_schema_refuses_has_its_line(void **state)
{
	(void)state;
	static const struct fault faults[] = {
	    {"<rule/>", 1, "id"},
	    {"<rule", 1, ""},
	    {"<rules/>", 1, "rules"},
	    {RULE(WHEN, ""), 1, "raise"},
	    {RULE("", INFO("", "")), 3, "when"},
	    {RULE("<when>\n<colour is=\"red\"/></when>", INFO("", "")), 3,
	        "colour"},
	    {RULE(WHEN, "<raise nature=\"rumeur\" audience=\"sidpc\" "
	                "expires=\"source\"/>"),
	        3, "nature"},
	    {RULE(WHEN, "<raise nature=\"information\" audience=\"SIDPC\" "
	                "expires=\"source\"/>"),
	        3, "audience"},
	    {RULE(WHEN, "<raise nature=\"information\" audience=\"\" "
	                "expires=\"source\"/>"),
	        3, "audience"},
	    {RULE(WHEN, INFO("decision=\"nobody\"", "")), 3, "decision"},
	    {RULE("<when><level at-least=\"orange\" trend=\"up\"/></when>",
	         INFO("", "")),
	        2, "trend"},
	    {RULE(WHEN,
	         INFO(
	             "", "") "\n<example match=\"maybe\"><signal source=\"a\"/>"
	                     "</example>"),
	        4, "match"},
	    {"<!DOCTYPE rule [<!ENTITY a \"b\">]><rule/>", 1, ""},
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		assert_fault(&faults[i]);
}

static void
a_condition_that_is_empty_or_never_met_is_refused(void **state)
{
	(void)state;
#define BAD(when, says)                                                        \
	{                                                                      \
		RULE("<when>" when "</when>", INFO("", "")), 2, says           \
	}
	static const struct fault faults[] = {
	    BAD("", "no condition"),
	    BAD("<all/>", "no condition"),
	    BAD("<any/>", "no condition"),
	    BAD("<not/>", "takes one"),
	    BAD("<not><zone is=\"A\"/><zone is=\"B\"/></not>", "takes one"),
	    BAD("<source is=\" \"/>", "no source"),
	    BAD("<zone is=\"\"/>", "no zone"),
	    BAD("<level/>", "no level"),
	    BAD("<level is=\"orange\" at-least=\"jaune\"/>",
	        "one or the other"),
	    BAD("<level at-least=\"orangé\"/>", "is no level"),
	    BAD("<level at-least=\"rouge\" at-most=\"jaune\"/>", "never"),
	    BAD("<words/>", "no word"),
	    BAD("<words any=\"crue;;eau\"/>", "without letter"),
	    BAD("<words any=\"crue; - \"/>", "without letter"),
	    BAD("<level at-least=\"rouge\"/><level at-most=\"orange\"/>",
	        "never"),
	    BAD("<source is=\"vigicrues\"/><source is=\"tocsin\"/>", "never"),
	    BAD("<zone is=\"AP5\"/><not><zone is=\"AP5 AP6\"/></not>", "never"),
	    BAD("<level is=\"jaune\"/><any><level is=\"vert\"/>"
	        "<level at-least=\"orange\"/></any>",
	        "never"),
	    BAD("<words any=\"crue\"/><all><zone is=\"A\"/><zone "
	        "is=\"B\"/></all>",
	        "never"),
	    /* nothing is below green, so nothing falls to a higher level */
	    BAD("<level is=\"violet\" trend=\"fall\"/>", "never"),
	    BAD("<level is=\"vert\" trend=\"rise\"/>", "never"),
	    BAD("<not><level at-least=\"orange\" trend=\"rise\"/></not>",
	        "trend under <not>"),
	};
#undef BAD

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		assert_fault(&faults[i]);
}

static void
a_condition_that_can_be_met_is_taken(void **state)
{
	(void)state;
	static const char *const conditions[] = {
	    "<source is=\"vigicrues\"/>",
	    "<level at-least=\"orange\" at-most=\"orange\"/>",
	    "<level is=\"inconnu\"/>",
	    "<level is=\"marron\"/>",
	    "<level trend=\"change\"/>",
	    "<level is=\"vert\" trend=\"fall\"/>",
	    "<any><level is=\"jaune\"/><level is=\"rouge\"/></any>",
	    "<not><zone is=\"AP5\"/></not>",
	    "<not><not><level at-least=\"orange\" trend=\"rise\"/></not></not>",
	    "<words any=\"évacuation;mise à l'abri\" all=\"crue\"/>",
	    "<zone is=\"AP5 AP6\"/><not><zone is=\"AP5\"/></not>",
	};

	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]);
	     i++) {
		struct tcs_rule *rule = kit_rule(conditions[i]);
		tcs_rule_free(&rule);
		assert_null(rule);
	}
}

static void
a_word_cannot_hide_what_a_level_says(void **state)
{
	(void)state;
#define NOT_WORDS "<not><words any=\"exercice\"/></not>"
	static const struct fault faults[] = {
	    {RULE("<when><source is=\"vigicrues\"/>" NOT_WORDS "</when>",
	         INFO("", "")),
	        2, "hide what the level says"},
	    {RULE("<when>" NOT_WORDS "</when>", INFO("", "")), 2, "hide"},
	    {RULE("<when><any><source is=\"presse\"/>" NOT_WORDS
	          "</any></when>",
	         INFO("", "")),
	        2, "hide"},
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		assert_fault(&faults[i]);
	struct tcs_rule *rule = kit_rule("<source is=\"presse\"/>" NOT_WORDS);
	tcs_rule_free(&rule);
	/* Turned round twice it is a word that must be there. */
	rule = kit_rule("<not>" NOT_WORDS "</not>");
	tcs_rule_free(&rule);
#undef NOT_WORDS
}

static void
raises_that_would_mislead_are_refused(void **state)
{
	(void)state;
	static const struct fault faults[] = {
	    {RULE(WHEN, ALERTE("decision=\"authority\"", "")), 3,
	        "without <action>"},
	    {RULE(WHEN, ALERTE("decision=\"none\"", ACTION)), 3,
	        "never leaves without a decision"},
	    {RULE(WHEN, INFO("", "<action for=\"sidpc\">Agir.</action>")), 3,
	        "gives no order"},
	    {RULE(WHEN, INFO("decision=\"authority\"", "")), 3,
	        "leaves by itself"},
	    {RULE(WHEN, ALERTE("", "<action for=\"ars\">Agir.</action>")), 3,
	        "not in the audience"},
	    {RULE(WHEN, ALERTE("", "<action for=\"communes\"> </action>")), 3,
	        "no text"},
	    {RULE(WHEN, INFO("", "") "\n" INFO("", "")), 4,
	        "'information' is at line 3"},
	    {RULE(WHEN, INFO("id=\"a\"", "") "\n" ALERTE("id=\"a\"", ACTION)),
	        4, "'a' is at line 3"},
	    {RULE(WHEN, INFO("", "<headline>{couleur}</headline>")), 3,
	        "'{couleur}' cannot"},
	    {RULE(WHEN, INFO("", "<headline>{level</headline>")), 3,
	        "'{level' cannot"},
	    {RULE(WHEN, INFO("", "<headline>level}</headline>")), 3,
	        "without '{'"},
	    {RULE(WHEN, INFO("", "<territory list=\"crues/{level}\"/>")), 3,
	        "'{level}' cannot"},
	    {RULE(WHEN, INFO("", "<territory list=\"../{zone}\"/>")), 3,
	        "name of a list"},
	    {RULE(WHEN, INFO("", "<territory list=\"a/b/{zone}\"/>")), 3,
	        "name of a list"},
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		assert_fault(&faults[i]);
}

static void
every_fault_of_a_file_is_found_at_once(void **state)
{
	(void)state;
	struct tcs_rule *rule = NULL;
	struct tcs_diag diag = {0};

	assert_int_equal(kit_load(RULE("<when><level/></when>",
	                              ALERTE("", "") "\n" INFO(
	                                  "decision=\"authority\"", "")),
	                     &rule, &diag),
	    TCS_EINVAL);
	assert_true(diag.n >= 3);
	tcs_diag_fini(&diag);
}

static void
an_example_that_the_rule_does_not_keep_refuses_it(void **state)
{
	(void)state;
#define EXAMPLE(match, level)                                                  \
	"\n<example match=\"" match "\"><signal source=\"vigicrues\" "         \
	"zone=\"AP5\" level=\"" level "\" previous=\"vert\"/></example>"
	static const struct fault faults[] = {
	    {RULE(WHEN,
	         INFO("", "") EXAMPLE("yes", "orange") EXAMPLE("yes", "jaune")),
	        5, "answers no to this example"},
	    {RULE(WHEN, INFO("", "") EXAMPLE("no", "rouge")), 4, "answers yes"},
	    {RULE(WHEN, INFO("", "") EXAMPLE("no", "inconnu")), 4,
	        "answers unknown"},
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		assert_fault(&faults[i]);
	struct tcs_rule *rule = NULL;
	struct tcs_diag diag = {0};
	assert_int_equal(
	    kit_load(RULE(WHEN, INFO("", "") EXAMPLE("yes", "orange")
	                            EXAMPLE("no", "jaune")
	                                EXAMPLE("unknown", "inconnu")),
	        &rule, &diag),
	    TCS_OK);
	assert_int_equal(diag.n, 0);
	tcs_rule_free(&rule);
#undef EXAMPLE
}

static void
a_past_review_and_missing_examples_only_warn(void **state)
{
	(void)state;
	struct tcs_rule *rule = NULL;
	struct tcs_diag diag = {0};
	const char *text = "<rule id=\"r\" title=\"t\" owner=\"o\" basis=\"b\" "
	                   "review=\"2026-11-01\">" WHEN INFO("", "") "</rule>";

	assert_int_equal(kit_load(text, &rule, &diag), TCS_OK);
	assert_int_equal(diag.n, 3);
	for (size_t i = 0; i < diag.n; i++)
		assert_int_equal(
		    strncmp(diag.items[i].text, "warning: ", 9), 0);
	assert_non_null(strstr(diag.items[0].text, "review date is past"));
	tcs_diag_fini(&diag);
	tcs_rule_free(&rule);
}

static void
a_rule_says_what_was_written(void **state)
{
	(void)state;
	struct tcs_rule *rule = NULL;
	struct tcs_diag diag = {0};

	assert_int_equal(
	    kit_load(
	        RULE(WHEN,
	            INFO("", "<headline>\n  Vigilance\n {level}  </headline>")
	                ALERTE("id=\"ordre\"",
	                    ACTION "<action for=\"sdis\">Veiller.</action>"
	                           "<territory list=\"crues/{zone}\"/>")),
	        &rule, &diag),
	    TCS_OK);
	assert_string_equal(rule->id, "r");
	assert_int_equal(rule->review_ms, INT64_C(1811808000000));
	const struct tcs_raise *info = rule->raises;
	assert_string_equal(info->id, "information");
	assert_string_equal(info->decision, "none");
	assert_string_equal(info->headline, "Vigilance {level}");
	assert_null(info->instruction);
	assert_null(info->list);
	assert_string_equal(info->next->id, "ordre");
	assert_string_equal(info->next->decision, "authority");
	assert_string_equal(info->next->audience, "communes sdis");
	assert_string_equal(
	    info->next->instruction, "communes : Agir.\nsdis : Veiller.");
	assert_string_equal(info->next->list, "crues/{zone}");
	tcs_diag_fini(&diag);
	tcs_rule_free(&rule);
}

static void
a_rule_of_too_many_conditions_is_refused(void **state)
{
	(void)state;
	struct tcs_buf text;
	struct tcs_rule *rule = NULL;
	struct tcs_diag diag = {0};

	tcs_buf_init(&text, 100000);
	tcs_buf_str(&text, KIT_HEAD "<when>");
	for (int i = 0; i < 65; i++)
		tcs_buf_str(&text, "<level trend=\"any\" at-least=\"vert\"/>");
	tcs_buf_str(&text, "</when>" KIT_RAISES "</rule>");
	assert_int_equal(kit_load(text.p, &rule, &diag), TCS_ELIMIT);
	assert_non_null(strstr(diag.items[diag.n - 3].text, "64 conditions"));
	tcs_buf_fini(&text);
	tcs_diag_fini(&diag);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_the_schema_refuses_has_its_line),
	    cmocka_unit_test(a_condition_that_is_empty_or_never_met_is_refused),
	    cmocka_unit_test(a_condition_that_can_be_met_is_taken),
	    cmocka_unit_test(a_word_cannot_hide_what_a_level_says),
	    cmocka_unit_test(raises_that_would_mislead_are_refused),
	    cmocka_unit_test(every_fault_of_a_file_is_found_at_once),
	    cmocka_unit_test(an_example_that_the_rule_does_not_keep_refuses_it),
	    cmocka_unit_test(a_past_review_and_missing_examples_only_warn),
	    cmocka_unit_test(a_rule_says_what_was_written),
	    cmocka_unit_test(a_rule_of_too_many_conditions_is_refused),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	kit_done();
	return failed;
}

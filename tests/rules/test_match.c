#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rules/match.h"
#include "tests/rules/kit.h"

struct expectation {
	const char *when;
	const char *level, *previous;
	enum tcs_match opens, holds;
};

static struct tcs_verdict
verdict(const char *when, const struct tcs_signal *signal)
{
	struct tcs_rule *rule = kit_rule(when);
	struct tcs_subject subject;
	struct tcs_buf folded;

	tcs_buf_init(&folded, 65536);
	assert_int_equal(tcs_subject_init(&subject, signal, &folded), TCS_OK);
	struct tcs_verdict v = tcs_rule_match(rule, &subject);
	tcs_buf_fini(&folded);
	tcs_rule_free(&rule);
	return v;
}

static void
assert_expectation(const struct expectation *e)
{
	struct tcs_signal signal = kit_signal("s", e->level, e->previous);
	struct tcs_verdict v = verdict(e->when, &signal);

	if (v.opens != e->opens || v.holds != e->holds)
		fail_msg("%s on %s (was %s): opens %s, holds %s", e->when,
		    e->level, e->previous == NULL ? "-" : e->previous,
		    tcs_match_name(v.opens), tcs_match_name(v.holds));
}

#define CHECK(cases)                                                           \
	for (size_t i = 0; i < sizeof(cases) / sizeof((cases)[0]); i++)        \
	assert_expectation(&(cases)[i])

static void
a_level_is_compared_on_its_scale(void **state)
{
	(void)state;
	static const struct expectation cases[] = {
	    {"<level at-least=\"orange\"/>", "orange", NULL, TCS_YES, TCS_YES},
	    {"<level at-least=\"orange\"/>", "rouge", NULL, TCS_YES, TCS_YES},
	    {"<level at-least=\"orange\"/>", "violet", NULL, TCS_YES, TCS_YES},
	    {"<level at-least=\"orange\"/>", "jaune", NULL, TCS_NO, TCS_NO},
	    {"<level at-most=\"jaune\"/>", "vert", NULL, TCS_YES, TCS_YES},
	    {"<level at-most=\"jaune\"/>", "orange", NULL, TCS_NO, TCS_NO},
	    {"<level is=\"jaune rouge\"/>", "rouge", NULL, TCS_YES, TCS_YES},
	    {"<level is=\"jaune rouge\"/>", "orange", NULL, TCS_NO, TCS_NO},
	};

	CHECK(cases);
}

static void
what_is_not_known_is_never_quietly_no(void **state)
{
	(void)state;
	static const struct expectation cases[] = {
	    {"<level at-least=\"orange\"/>", "inconnu", "orange", TCS_UNKNOWN,
	        TCS_UNKNOWN},
	    {"<level at-least=\"orange\"/>", NULL, NULL, TCS_UNKNOWN,
	        TCS_UNKNOWN},
	    {"<level at-least=\"orange\"/>", "marron", NULL, TCS_UNKNOWN,
	        TCS_UNKNOWN},
	    {"<level is=\"orange\"/>", "inconnu", NULL, TCS_UNKNOWN,
	        TCS_UNKNOWN},
	    {"<level is=\"orange\"/>", "marron", NULL, TCS_UNKNOWN,
	        TCS_UNKNOWN},
	    {"<level is=\"inconnu\"/>", "inconnu", NULL, TCS_YES, TCS_YES},
	    {"<level is=\"silent late\"/>", "fresh", NULL, TCS_NO, TCS_NO},
	    {"<not><level at-least=\"orange\"/></not>", "inconnu", NULL,
	        TCS_UNKNOWN, TCS_UNKNOWN},
	    /* but what decides without it, decides */
	    {"<zone is=\"AP6\"/><level at-least=\"orange\"/>", "inconnu", NULL,
	        TCS_NO, TCS_NO},
	    {"<any><zone is=\"AP5\"/><level at-least=\"orange\"/></any>",
	        "inconnu", NULL, TCS_YES, TCS_YES},
	    {"<any><zone is=\"AP6\"/><level at-least=\"orange\"/></any>",
	        "inconnu", NULL, TCS_UNKNOWN, TCS_UNKNOWN},
	};

	CHECK(cases);
}

static void
a_trend_opens_but_does_not_lift(void **state)
{
	(void)state;
#define RISE "<level at-least=\"orange\" trend=\"rise\"/>"
#define FALL "<level at-most=\"jaune\" trend=\"fall\"/>"
#define CHANGE "<level trend=\"change\"/>"
	static const struct expectation cases[] = {
	    {RISE, "orange", "jaune", TCS_YES, TCS_YES},
	    {RISE, "orange", "orange", TCS_NO, TCS_YES},
	    {RISE, "orange", "rouge", TCS_NO, TCS_YES},
	    {RISE, "jaune", "vert", TCS_NO, TCS_NO},
	    {RISE, "inconnu", "vert", TCS_UNKNOWN, TCS_UNKNOWN},
	    {FALL, "vert", "orange", TCS_YES, TCS_YES},
	    {FALL, "jaune", "vert", TCS_NO, TCS_YES},
	    {CHANGE, "jaune", "vert", TCS_YES, TCS_YES},
	    {CHANGE, "jaune", "jaune", TCS_NO, TCS_YES},
	    {"<level at-least=\"orange\" trend=\"any\"/>", "orange", "rouge",
	        TCS_YES, TCS_YES},
	    /* from what was not known: a rise counts, a fall cannot be told */
	    {RISE, "orange", NULL, TCS_YES, TCS_YES},
	    {RISE, "orange", "inconnu", TCS_YES, TCS_YES},
	    {FALL, "vert", "inconnu", TCS_UNKNOWN, TCS_YES},
	    {CHANGE, "vert", NULL, TCS_YES, TCS_YES},
	    {"<level trend=\"rise\"/>", "vert", NULL, TCS_NO, TCS_YES},
	};
#undef RISE
#undef FALL
#undef CHANGE

	CHECK(cases);
}

static void
source_and_zone_are_names(void **state)
{
	(void)state;
	static const struct expectation cases[] = {
	    {"<source is=\"vigicrues\"/>", "vert", NULL, TCS_YES, TCS_YES},
	    {"<source is=\"tocsin meteofrance\"/>", "vert", NULL, TCS_NO,
	        TCS_NO},
	    {"<zone is=\"AP14\n AP5 AP16\"/>", "vert", NULL, TCS_YES, TCS_YES},
	    {"<zone is=\"AP55\"/>", "vert", NULL, TCS_NO, TCS_NO},
	    {"<not><zone is=\"AP5\"/></not>", "vert", NULL, TCS_NO, TCS_NO},
	};

	CHECK(cases);
}

static void
answers_are_joined_as_kleene_did(void **state)
{
	(void)state;
	static const char *const leaves[] = {
	    [TCS_NO] = "<zone is=\"AP6\"/>",
	    [TCS_YES] = "<zone is=\"AP5\"/>",
	    [TCS_UNKNOWN] = "<level at-least=\"orange\"/>",
	};
	static const enum tcs_match all[3][3] = {
	    [TCS_NO] = {TCS_NO, TCS_NO, TCS_NO},
	    [TCS_YES] = {TCS_NO, TCS_YES, TCS_UNKNOWN},
	    [TCS_UNKNOWN] = {TCS_NO, TCS_UNKNOWN, TCS_UNKNOWN},
	};
	static const enum tcs_match any[3][3] = {
	    [TCS_NO] = {TCS_NO, TCS_YES, TCS_UNKNOWN},
	    [TCS_YES] = {TCS_YES, TCS_YES, TCS_YES},
	    [TCS_UNKNOWN] = {TCS_UNKNOWN, TCS_YES, TCS_UNKNOWN},
	};

	struct tcs_signal signal = kit_signal("s", "inconnu", NULL);
	for (int a = 0; a < 3; a++) {
		for (int b = 0; b < 3; b++) {
			char when[256];
			(void)snprintf(when, sizeof(when),
			    "<any><source is=\"x\"/><all>%s%s</all></any>",
			    leaves[a], leaves[b]);
			assert_int_equal(
			    verdict(when, &signal).opens, all[a][b]);
			(void)snprintf(when, sizeof(when), "<any>%s%s</any>",
			    leaves[a], leaves[b]);
			assert_int_equal(
			    verdict(when, &signal).opens, any[a][b]);
		}
	}
}

static void
words_and_phrases_are_found_whole_and_folded(void **state)
{
	(void)state;
	static const struct {
		const char *when;
		enum tcs_match want;
	} cases[] = {
	    {"<words any=\"ÉVACUATION\"/>", TCS_YES},
	    {"<words any=\"évacuations\"/>", TCS_NO},
	    {"<words any=\"mise a l'abri\"/>", TCS_YES},
	    {"<words any=\"mise à l’abri;rien\"/>", TCS_YES},
	    {"<words any=\"abri mise\"/>", TCS_NO},
	    {"<words any=\"eau\"/>", TCS_YES},
	    {"<words any=\"cam\"/>", TCS_NO},
	    {"<words any=\"saint omer\"/>", TCS_YES},
	    {"<words all=\"evacuation;campings\"/>", TCS_YES},
	    {"<words all=\"evacuation;digue\"/>", TCS_NO},
	    {"<words any=\"digue;campings\" all=\"evacuation\"/>", TCS_YES},
	    {"<words any=\"digue\" all=\"evacuation\"/>", TCS_NO},
	    {"<words any=\"titre\"/>", TCS_YES},
	};
	struct tcs_signal signal = kit_signal("s", "vert", NULL);

	signal.headline = "Titre du bulletin";
	signal.description = "Évacuation des\xc2\xa0"
	                     "campings de Saint-Omer ; mise\nà l’abri. "
	                     "Niveau d'eau en hausse.";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
		    verdict(cases[i].when, &signal).opens, cases[i].want);
}

static void
without_any_text_words_are_unknown(void **state)
{
	(void)state;
	struct tcs_signal signal = kit_signal("s", "vert", NULL);

	signal.headline = NULL;
	assert_int_equal(
	    verdict("<words any=\"crue\"/>", &signal).opens, TCS_UNKNOWN);
	signal.description = " … ";
	assert_int_equal(
	    verdict("<words any=\"crue\"/>", &signal).opens, TCS_UNKNOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_level_is_compared_on_its_scale),
	    cmocka_unit_test(what_is_not_known_is_never_quietly_no),
	    cmocka_unit_test(a_trend_opens_but_does_not_lift),
	    cmocka_unit_test(source_and_zone_are_names),
	    cmocka_unit_test(answers_are_joined_as_kleene_did),
	    cmocka_unit_test(words_and_phrases_are_found_whole_and_folded),
	    cmocka_unit_test(without_any_text_words_are_unknown),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	kit_done();
	return failed;
}

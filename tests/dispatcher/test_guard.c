#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dispatcher/guard.h"

#define MARK(word) word " x " word
/* Every part alike. */
#define ALL(text)                                                              \
	{                                                                      \
		text, text, text, text, text                                   \
	}

static const struct tcs_guard exercise = {"x-flood.", false};
static const struct tcs_guard exercise_live = {"x-flood.", true};
static const struct tcs_guard trial = {"tocsin.", false};
static const struct tcs_guard live = {"tocsin.", true};

static void
only_what_its_realm_allows_leaves(void **state)
{
	static const struct {
		const struct tcs_guard *guard;
		struct tcs_outbound outbound;
		bool is_allowed;
	} cases[] = {
	    {&exercise, {"Exercise", ALL(MARK("EXERCICE")), true}, true},
	    {&exercise_live, {"Exercise", ALL(MARK("EXERCICE")), true}, true},
	    {&exercise, {"Exercise", ALL("EXERCICE x EXERCICE.\n"), true},
	        true},
	    {&exercise, {"Exercise", ALL(MARK("EXERCICE")), false}, false},
	    {&exercise, {"Actual", ALL(MARK("EXERCICE")), true}, false},
	    {&exercise, {"Test", ALL(MARK("EXERCICE")), true}, false},
	    {&exercise_live, {"Actual", ALL("x"), true}, false},
	    {&exercise, {NULL, ALL(MARK("EXERCICE")), true}, false},
	    {&exercise, {"Exercise", ALL("EXERCICE x"), true}, false},
	    {&exercise, {"Exercise", ALL("x EXERCICE"), true}, false},
	    {&trial, {"Test", ALL("ESSAI x"), true}, true},
	    {&trial, {"Test", ALL("x"), true}, false},
	    {&trial, {"Actual", ALL("ESSAI x"), true}, false},
	    {&trial, {"Exercise", ALL(MARK("EXERCICE")), true}, false},
	    {&trial, {"Test", ALL("ESSAI x"), false}, false},
	    {&live, {"Actual", ALL("x"), true}, true},
	    {&live, {"Actual", ALL("x"), false}, false},
	    {&live, {"Test", ALL("ESSAI x"), true}, true},
	    {&live, {"Test", ALL("x"), true}, false},
	    {&live, {"Exercise", ALL(MARK("EXERCICE")), true}, false},
	    {&live, {"Draft", ALL("x"), true}, false},
	    {&live, {"System", ALL("x"), true}, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why =
		    tcs_guard_refuse(cases[i].guard, &cases[i].outbound);
		if ((why == NULL) != cases[i].is_allowed)
			fail_msg("case %zu: %s", i, why == NULL ? "" : why);
	}
}

static void
one_part_without_its_mark_is_enough_to_refuse(void **state)
{
	static const struct {
		const struct tcs_guard *guard;
		const char *status, *mark, *spoiled;
	} cases[] = {
	    {&exercise, "Exercise", MARK("EXERCICE"), "EXERCICE x"},
	    {&exercise, "Exercise", MARK("EXERCICE"), "x EXERCICE"},
	    {&exercise, "Exercise", MARK("EXERCICE"), ""},
	    {&trial, "Test", "ESSAI x", "x"},
	    {&live, "Test", "ESSAI x", "x"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int part = 0; part < TCS_OUTBOUND_PART_COUNT; part++) {
			const char *mark = cases[i].mark;
			struct tcs_outbound outbound = {
			    cases[i].status, ALL(mark), true};
			outbound.parts[part] = cases[i].spoiled;
			assert_non_null(
			    tcs_guard_refuse(cases[i].guard, &outbound));
			outbound.parts[part] = NULL;
			const char *why =
			    tcs_guard_refuse(cases[i].guard, &outbound);
			if (part > TCS_OUTBOUND_HEADLINE)
				assert_null(why);
			else
				assert_non_null(why);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_what_its_realm_allows_leaves),
	    cmocka_unit_test(one_part_without_its_mark_is_enough_to_refuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

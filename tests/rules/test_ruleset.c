#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/ruleset.h"
#include "tests/rules/kit.h"
#include "tests/support/tmpdir.h"

static char *folder;
static struct tcs_ruleset *rules;
static struct tcs_diag diag;

static int
setup(void **state)
{
	(void)state;
	folder = tmpdir_make();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	tcs_ruleset_free(&rules);
	tcs_diag_fini(&diag);
	tmpdir_remove(&folder);
	return 0;
}

/* Gives the number of its faults. */
static size_t
load(enum tcs_err want)
{
	size_t faults = 0;

	tcs_ruleset_free(&rules);
	tcs_diag_fini(&diag);
	assert_int_equal(
	    tcs_ruleset_load(folder, NULL, KIT_NOW, &rules, &diag), want);
	for (size_t i = 0; i < diag.n; i++)
		faults += strncmp(diag.items[i].text, "warning: ", 9) != 0;
	return faults;
}

static void
write_rule(const char *file, const char *id, const char *when)
{
	char *text;

	assert_true(
	    asprintf(&text,
	        "<rule id=\"%s\" title=\"t\" owner=\"o\" basis=\"b\" "
	        "review=\"2027-01-01\">\n<when>%s</when>" KIT_RAISES "</rule>",
	        id, when) > 0);
	tmpdir_write(folder, file, tcs_slice_str(text));
	free(text);
}

static void
the_rules_that_ship_are_right(void **state)
{
	(void)state;
	struct tcs_ruleset *shipped = NULL;

	assert_int_equal(tcs_ruleset_load("config/default/rules.d", NULL,
	                     KIT_NOW, &shipped, &diag),
	    TCS_OK);
	assert_int_equal(diag.n, 0);
	bool has_watch = false;
	for (size_t i = 0; i < shipped->n; i++)
		has_watch = has_watch || strcmp(shipped->rules[i]->id,
		                             "veille-sources") == 0;
	assert_true(has_watch);
	tcs_ruleset_free(&shipped);
}

static void
a_folder_is_loaded_in_the_order_of_its_files(void **state)
{
	(void)state;
	write_rule("b.xml", "second", "<zone is=\"B\"/>");
	write_rule("a.xml", "first", "<zone is=\"A\"/>");
	write_rule("c.xml.old", "third", "<nonsense/>");
	assert_int_equal(load(TCS_OK), 0);
	assert_int_equal(rules->n, 2);
	assert_string_equal(rules->rules[0]->id, "first");
	assert_string_equal(rules->rules[1]->id, "second");
}

static void
one_fault_refuses_all_and_every_file_is_looked_at(void **state)
{
	(void)state;
	write_rule("a.xml", "first", "<zone is=\"A\"/>");
	write_rule("b.xml", "second", "<nonsense/>");
	write_rule("c.xml", "third", "<level/>");
	assert_true(load(TCS_EINVAL) >= 2);
	assert_null(rules);
	bool has_b = false, has_c = false;
	for (size_t i = 0; i < diag.n; i++) {
		if (strncmp(diag.items[i].text, "warning: ", 9) == 0)
			continue;
		has_b = has_b || strstr(diag.items[i].file, "/b.xml") != NULL;
		has_c = has_c || strstr(diag.items[i].file, "/c.xml") != NULL;
		assert_int_equal(diag.items[i].line, 2);
	}
	assert_true(has_b && has_c);
}

static void
an_id_given_twice_is_refused_with_both_files(void **state)
{
	(void)state;
	write_rule("a.xml", "same", "<zone is=\"A\"/>");
	write_rule("b.xml", "same", "<zone is=\"B\"/>");
	assert_int_equal(load(TCS_EINVAL), 1);
	const struct tcs_finding *fault = &diag.items[diag.n - 1];
	assert_non_null(strstr(fault->file, "/b.xml"));
	assert_non_null(strstr(fault->text, "/a.xml"));
}

static void
a_folder_without_rules_is_a_mistake(void **state)
{
	(void)state;
	assert_int_equal(load(TCS_ENOTFOUND), 1);
	assert_non_null(strstr(tcs_diag_text(&diag), "nothing is watched"));
	assert_int_equal(tcs_ruleset_load("/tmp/tocsin-no-such-folder", NULL,
	                     KIT_NOW, &rules, &diag),
	    TCS_ENOTFOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_rules_that_ship_are_right),
	    TEST(a_folder_is_loaded_in_the_order_of_its_files),
	    TEST(one_fault_refuses_all_and_every_file_is_looked_at),
	    TEST(an_id_given_twice_is_refused_with_both_files),
	    TEST(a_folder_without_rules_is_a_mistake),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	kit_done();
	return failed;
}

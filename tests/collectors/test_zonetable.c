#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/zonetable.h"

#define HEAD "zone;nom;departements\n"

static void
zones_have_their_departements(void **state)
{
	struct tcs_zonetable *table = NULL;

	(void)state;
	assert_int_equal(
	    tcs_zonetable_parse(tcs_slice_str("# how it was made\n\n" HEAD
	                                      "AP13;Lys;59 62\r\nCO1;Golo;2B\n"
	                                      "GA1;Gard; 30\n"),
	        NULL, &table, NULL),
	    TCS_OK);
	assert_string_equal(tcs_zonetable_find(table, "AP13")[0], "59");
	assert_string_equal(tcs_zonetable_find(table, "AP13")[1], "62");
	assert_null(tcs_zonetable_find(table, "AP13")[2]);
	assert_string_equal(tcs_zonetable_find(table, "CO1")[0], "2B");
	assert_string_equal(tcs_zonetable_find(table, "GA1")[0], "30");
	assert_null(tcs_zonetable_find(table, "AP1"));
	tcs_zonetable_free(&table);
	assert_int_equal(
	    tcs_zonetable_parse(tcs_slice_str(HEAD), NULL, &table, NULL),
	    TCS_OK);
	assert_null(tcs_zonetable_find(table, "AP13"));
	tcs_zonetable_free(&table);
}

static void
what_is_wrong_is_named_with_its_line(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
	} cases[] = {
	    {"AP13;Lys;62\n", 1},
	    {"# a\nzone,nom,departements\n", 2},
	    {HEAD "AP13\n", 2},
	    {HEAD "AP13;Lys\n", 2},
	    {HEAD "AP13;Lys;\n", 2},
	    {HEAD "AP13;Lys;62\nAP14;Lys;6\n", 3},
	    {HEAD "AP14;Lys;6x\n", 2},
	    {HEAD "AP14;Lys;2C\n", 2},
	    {HEAD "AP14;Lys;62,59\n", 2},
	    {HEAD ";Lys;62\n", 2},
	    {HEAD "AP14;a;62\nAP15;b;62\nAP14;c;59\n", 0},
	    {HEAD "AP14;\xff;62\n", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_zonetable *table = NULL;
		struct tcs_diag diag = {0};
		assert_int_equal(
		    tcs_zonetable_parse(
		        tcs_slice_str(cases[i].text), "t.csv", &table, &diag),
		    TCS_EPARSE);
		assert_null(table);
		assert_int_equal(diag.n, 1);
		assert_int_equal(diag.items[0].line, cases[i].line);
		assert_string_equal(diag.items[0].file, "t.csv");
		tcs_diag_fini(&diag);
	}
}

static void
a_file_that_is_not_there_is_said(void **state)
{
	struct tcs_zonetable *table = NULL;
	struct tcs_diag diag = {0};

	(void)state;
	assert_int_equal(
	    tcs_zonetable_load("/nonexistent/t.csv", &table, &diag),
	    TCS_ENOTFOUND);
	assert_string_equal(diag.items[0].file, "/nonexistent/t.csv");
	tcs_diag_fini(&diag);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(zones_have_their_departements),
	    cmocka_unit_test(what_is_wrong_is_named_with_its_line),
	    cmocka_unit_test(a_file_that_is_not_there_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "territory/codes.h"
#include "territory/zonetable.h"

#define HEAD "zone;nom;departements\n"
#define HEAD4 "zone;nom;departements;verifie\n"

static struct tcs_zonetable *
parse(const char *text)
{
	struct tcs_zonetable *table = NULL;

	assert_int_equal(
	    tcs_zonetable_parse(tcs_slice_str(text), NULL, &table, NULL),
	    TCS_OK);
	return table;
}

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
a_row_says_whether_it_is_verified(void **state)
{
	(void)state;
	struct tcs_zonetable *table =
	    parse(HEAD4 "AP13;Lys;62;oui\nGA1;;30; non \n");

	assert_true(tcs_zonetable_is_verified(table, "AP13"));
	assert_false(tcs_zonetable_is_verified(table, "GA1"));
	assert_false(tcs_zonetable_is_verified(table, "AP1"));
	assert_string_equal(tcs_zonetable_find(table, "GA1")[0], "30");
	tcs_zonetable_free(&table);
	table = parse(HEAD "AP13;Lys;62\n");
	assert_false(tcs_zonetable_is_verified(table, "AP13"));
	tcs_zonetable_free(&table);
}

static void
a_zone_is_found_by_its_name_however_it_is_written(void **state)
{
	(void)state;
	struct tcs_zonetable *table =
	    parse(HEAD4 "22;Haut-Var/Haut-Verdon;04 06;non\n"
	                ";Orlu-Saint-Barthélemy;09;non\n"
	                ";Deux;01;non\n9;deux;02;non\n"
	                "66;;65;non\n");
	size_t n = 0;

	assert_string_equal(
	    tcs_zonetable_find_named(table, "HAUT-VAR_HAUT-VERDON")[0], "04");
	assert_string_equal(
	    tcs_zonetable_find_named(table, "ORLU  ST BARTHELEMY")[0], "09");
	assert_null(tcs_zonetable_find_named(table, "Deux"));
	assert_null(tcs_zonetable_find_named(table, "Haut-Var"));
	assert_null(tcs_zonetable_find_named(table, ""));
	assert_null(tcs_zonetable_find_named(table, "-"));
	assert_null(tcs_zonetable_find_named(table, NULL));
	assert_null(tcs_zonetable_find(table, ""));
	assert_null(tcs_zonetable_find(table, NULL));
	assert_string_equal(tcs_zonetable_rows(table, &n)[0].zone, "");
	assert_int_equal(n, 5);
	tcs_zonetable_free(&table);
}

/* Each row of what ships names départements that exist. */
static void
what_ships_can_be_read(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		size_t rows_min;
		const char *zone, *departement, *named, *of_name;
	} cases[] = {
	    {"troncons", 320, "AP13", "62", "Lys amont - Laquette", "62"},
	    {"massifs", 36, "66", "65", "Haute Bigorre", "65"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_zonetable *table = NULL;
		size_t n = 0;
		assert_int_equal(
		    tcs_zonetable_open(NULL, cases[i].name, &table, NULL),
		    TCS_OK);
		const struct tcs_zonetable_row *rows =
		    tcs_zonetable_rows(table, &n);
		assert_true(n >= cases[i].rows_min);
		for (size_t k = 0; k < n; k++) {
			const char *const *in = rows[k].departements;
			for (; *in != NULL; in++)
				assert_true(tcs_departement_find(*in) != NULL ||
				            strcmp(*in, "99") == 0);
		}
		assert_string_equal(tcs_zonetable_find(table, cases[i].zone)[0],
		    cases[i].departement);
		assert_string_equal(
		    tcs_zonetable_find_named(table, cases[i].named)[0],
		    cases[i].of_name);
		tcs_zonetable_free(&table);
	}
	assert_null(tcs_zonetable_shipped("rivieres").p);
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
	    {HEAD ";;62\n", 2},
	    {HEAD ";Lys\n", 2},
	    {HEAD "AP13;Lys;62;oui\n", 2},
	    {HEAD4 "AP13;Lys;62\n", 2},
	    {HEAD4 "AP13;Lys;62;\n", 2},
	    {HEAD4 "AP13;Lys;62;yes\n", 2},
	    {HEAD4 "AP13;Lys;62;oui;\n", 2},
	    {HEAD4 "AP13;Lys;01 02 03 04 05 06 07 08 09;oui\n", 2},
	    {HEAD4 "A12345678901234567890123456789012;Lys;62;oui\n", 2},
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
	    cmocka_unit_test(a_row_says_whether_it_is_verified),
	    cmocka_unit_test(a_zone_is_found_by_its_name_however_it_is_written),
	    cmocka_unit_test(what_ships_can_be_read),
	    cmocka_unit_test(what_is_wrong_is_named_with_its_line),
	    cmocka_unit_test(a_file_that_is_not_there_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

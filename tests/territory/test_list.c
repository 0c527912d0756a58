#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "territory/list.h"
#include "tests/support/tmpdir.h"

static struct tcs_list *
parse(const char *text)
{
	struct tcs_list *list = NULL;
	struct tcs_diag diag = {0};

	assert_int_equal(
	    tcs_list_parse(tcs_slice_str(text), "t.csv", &list, &diag), TCS_OK);
	assert_int_equal(diag.n, 0);
	return list;
}

static void
a_list_says_its_author_date_and_communes(void **state)
{
	(void)state;
	struct tcs_list *list =
	    parse("\xef\xbb\xbf# auteur: SIDPC 62 (fictif)\r\n"
	          "# date: 2026-09-01\r\n"
	          "insee;commune\r\n"
	          "62765;Saint-Omer\r\n"
	          "62040;Arques\r\n\r\n");

	assert_string_equal(list->author, "SIDPC 62 (fictif)");
	assert_string_equal(list->date, "2026-09-01");
	assert_int_equal(list->n, 2);
	assert_string_equal(list->insee[0], "62040");
	assert_string_equal(list->insee[1], "62765");
	tcs_list_free(&list);
	assert_null(list);
}

static void
communes_are_sorted_and_each_is_there_once(void **state)
{
	(void)state;
	struct tcs_list *list = parse("62765\n2A004\n62040\n62765\n62040\n");

	assert_int_equal(list->n, 3);
	assert_string_equal(list->insee[0], "2A004");
	assert_string_equal(list->insee[1], "62040");
	assert_string_equal(list->insee[2], "62765");
	assert_null(list->author);
	tcs_list_free(&list);
}

static void
a_faulty_line_is_named_and_the_list_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		unsigned line;
		const char *says;
	} cases[] = {
	    {"insee;commune\n62765;Saint-Omer\n6276;Arques\n", 3, "'6276'"},
	    {"62765\n627650\n", 2, "'627650'"},
	    {"62765\ninsee;commune\n", 2, "'insee'"},
	    {"2C004\n", 1, "'2C004'"},
	    {"# auteur: a\n# auteur: b\n62765\n", 2, "'auteur'"},
	    {"# date:\n62765\n", 1, "'date'"},
	    {"insee;commune\n", 1, "no commune"},
	    {"", 0, "no commune"},
	    {"62765;\xff\n", 0, "not UTF-8"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_list *list = NULL;
		struct tcs_diag diag = {0};
		assert_int_equal(tcs_list_parse(tcs_slice_str(cases[i].text),
		                     "t.csv", &list, &diag),
		    TCS_EPARSE);
		assert_null(list);
		assert_int_equal(diag.items[0].line, cases[i].line);
		assert_string_equal(diag.items[0].file, "t.csv");
		assert_non_null(strstr(tcs_diag_text(&diag), cases[i].says));
		tcs_diag_fini(&diag);
	}
}

static void
a_list_that_is_too_large_is_refused(void **state)
{
	(void)state;
	struct tcs_buf buf;
	struct tcs_list *list = NULL;

	tcs_buf_init(&buf, 4000000);
	for (int i = 0; i <= 40000; i++)
		tcs_buf_str(&buf, "62765\n");
	assert_int_equal(
	    tcs_list_parse(tcs_buf_view(&buf), "t.csv", &list, NULL),
	    TCS_ELIMIT);
	tcs_buf_reset(&buf);
	for (int i = 0; i <= 2000; i++)
		tcs_buf_printf(&buf, "#%999s\n", "");
	assert_int_equal(
	    tcs_list_parse(tcs_buf_view(&buf), "t.csv", &list, NULL),
	    TCS_ELIMIT);
	assert_null(list);
	tcs_buf_fini(&buf);
}

static void
a_name_cannot_leave_the_folder(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		bool is_valid;
	} cases[] = {
	    {"crues/AP5", true},
	    {"littoral", true},
	    {"crues/AP5.2", true},
	    {"../secret", false},
	    {"crues/../secret", false},
	    {"crues/..", false},
	    {"/etc/passwd", false},
	    {"crues/", false},
	    {"a/b/c", false},
	    {".hidden", false},
	    {"crues/AP 5", false},
	    {"crues/A\xc3\xa9", false},
	    {"", false},
	    {NULL, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
		    tcs_list_name_is_valid(cases[i].name), cases[i].is_valid);
}

static void
a_list_is_read_from_its_folder(void **state)
{
	(void)state;
	char *folder = tmpdir_make();
	struct tcs_list *list = NULL;
	struct tcs_diag diag = {0};

	tmpdir_write(folder, "aa.csv", tcs_slice_str("62765\n"));
	assert_int_equal(tcs_list_load(folder, "aa", &list, &diag), TCS_OK);
	assert_int_equal(list->n, 1);
	tcs_list_free(&list);
	assert_int_equal(
	    tcs_list_load(folder, "lys", &list, &diag), TCS_ENOTFOUND);
	assert_int_equal(
	    tcs_list_load(folder, "../aa", &list, &diag), TCS_EINVAL);
	tmpdir_remove(&folder);
	tcs_diag_fini(&diag);
}

static void
a_commune_code_tells_its_departement(void **state)
{
	(void)state;
	static const struct {
		const char *code, *departement;
	} cases[] = {{"62765", "62"}, {"2A004", "2A"}, {"97411", "974"},
	    {"01001", "01"}, {"95018", "95"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char departement[4];
		assert_true(tcs_insee_is_valid(cases[i].code));
		tcs_insee_departement(cases[i].code, departement);
		assert_string_equal(departement, cases[i].departement);
	}
	assert_false(tcs_insee_is_valid("6276"));
	assert_false(tcs_insee_is_valid("A2765"));
	assert_false(tcs_insee_is_valid("6276A"));
	assert_false(tcs_insee_is_valid(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_list_says_its_author_date_and_communes),
	    cmocka_unit_test(communes_are_sorted_and_each_is_there_once),
	    cmocka_unit_test(a_faulty_line_is_named_and_the_list_refused),
	    cmocka_unit_test(a_list_that_is_too_large_is_refused),
	    cmocka_unit_test(a_name_cannot_leave_the_folder),
	    cmocka_unit_test(a_list_is_read_from_its_folder),
	    cmocka_unit_test(a_commune_code_tells_its_departement),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

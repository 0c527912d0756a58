#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/scan.h"
#include "core/buf.h"

static void
sections_and_keys_have_their_lines(void **state)
{
	static const char text[] = "# first\n"
	                           "store {\n"
	                           "\taddress = \"a#b\" # last\n"
	                           "\tlist = {a,\n"
	                           "\t\t'b \\' c'}\n"
	                           "}\r\n"
	                           "feed \"v\" { driver = x } #";
	struct tcs_scan scan;

	(void)state;
	assert_int_equal(
	    tcs_scan_text(&scan, tcs_slice_str(text), "f", NULL), TCS_OK);
	assert_int_equal(scan.sections_n, 2);
	assert_int_equal(scan.items_n, 3);
	assert_int_equal(scan.sections[0].line, 2);
	assert_null(scan.sections[0].title.p);
	assert_int_equal(scan.sections[1].line, 7);
	assert_true(tcs_slice_is(scan.sections[1].title, "v"));
	assert_int_equal(scan.sections[1].first, 2);
	assert_int_equal(scan.items[0].line, 3);
	assert_true(tcs_slice_is(scan.items[0].value, "a#b"));
	assert_int_equal(scan.items[1].line, 4);
	assert_int_equal(scan.items[1].values_n, 2);
	assert_true(scan.items[1].is_list);
	assert_null(strstr(scan.text, "first"));
	assert_null(strstr(scan.text, "last"));
	tcs_scan_blank(&scan, scan.items[1].start, scan.items[1].end);
	assert_null(strstr(scan.text, "list"));
	assert_null(strstr(scan.text, "'"));
	assert_non_null(strstr(scan.text, "}\r\nfeed"));
	tcs_scan_fini(&scan);
}

static void
what_libconfuse_would_misread_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *want;
		unsigned line;
	} cases[] = {
	    {"a {\n b = \"${HOME}\"\n}",
	        "${…} is not expanded here; write: ", 2},
	    {"a {\n b = ${HOME}\n}", "${…} is not expanded here; write: ", 2},
	    {"a {\n b += c\n}", "+= is not known here; write: ", 2},
	    {"\ninclude(\"x\")",
	        "include() and other functions are not known "
	        "here; write: ",
	        2},
	    {"a { b = x#y }", "an unquoted value is cut at #; write: ", 1},
	    {"a { b = http://x }", "an unquoted value is cut at // or /*; ", 1},
	    {"// x", "a comment begins with #", 1},
	    {"\n\n/* x */", "a comment begins with #", 3},
	    {"a { b = \"x }\n}", "a text is not closed on its line; ", 1},
	    {"a { b = 'x", "a text is not closed on its line; ", 1},
	    {"a { b = \"x\ty\" }", "a control character in a text; ", 1},
	    {"a { b = \"x\\ny\" }", "a single backslash in a text; ", 1},
	    {"a { b = \"x\\'y\" }", "a single backslash in a text; ", 1},
	    {"a { b = 2*3 }", "a character that must stand between quotes; ",
	        1},
	    {"a { b = ~/x }", "a character that must stand between quotes; ",
	        1},
	    {"a { b = \n}", "a value is missing after =; ", 2},
	    {"a { b }", "a key is followed by =; ", 1},
	    {"a { b c = d }", "a key is followed by =; ", 1},
	    {"a {\n b = c d }", "a key is followed by =; ", 2},
	    {"a { b { c = d } }", "a section inside a section; ", 1},
	    {"a { b = c", "the file ends too early: a section ends with a ", 1},
	    {"a {", "the file ends too early: a section ends with a brace", 1},
	    {"a", "the file ends too early: a section has braces; ", 1},
	    {"a = b", "a key outside of a section; ", 1},
	    {"}", "a section is missing; ", 1},
	    {"a b c { }", "a section has braces; ", 1},
	    {"a { b = {c d} }", "a list has a comma between two values; ", 1},
	    {"a { b = {c,} }", "a list has a comma between two values; ", 1},
	    {"a { b = {,c} }", "a list has a comma between two values; ", 1},
	    {"a { b = {c\n", "the file ends too early: a list has a comma", 2},
	    {"a {\n b = \xff\n}", "not UTF-8 text; save the file as UTF-8", 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_diag diag = {0};
		struct tcs_scan scan;
		assert_int_equal(tcs_scan_text(&scan,
		                     tcs_slice_str(cases[i].text), "f", &diag),
		    TCS_ECONFIG);
		assert_int_equal(diag.n, 1);
		if (strncmp(diag.items[0].text, cases[i].want,
		        strlen(cases[i].want)) != 0)
			fail_msg("case %zu: %s", i, diag.items[0].text);
		assert_int_equal(diag.items[0].line, cases[i].line);
		assert_null(scan.text);
		tcs_diag_fini(&diag);
	}
}

static void
keys_stand_in_quotes_in_the_section_kafka_only(void **state)
{
	struct tcs_scan scan;
	struct tcs_diag diag = {0};

	(void)state;
	assert_int_equal(
	    tcs_scan_text(&scan,
	        tcs_slice_str("kafka { 'a.b' = c \"d\" = 'e' f.g = h }"), "f",
	        NULL),
	    TCS_OK);
	assert_int_equal(scan.items_n, 3);
	assert_true(tcs_slice_is(scan.items[0].key, "a.b"));
	assert_true(tcs_slice_is(scan.items[1].key, "d"));
	assert_true(tcs_slice_is(scan.items[2].key, "f.g"));
	tcs_scan_fini(&scan);
	assert_int_equal(tcs_scan_text(&scan,
	                     tcs_slice_str("bus {\n'url' = c }"), "f", &diag),
	    TCS_ECONFIG);
	assert_int_equal(diag.items[0].line, 2);
	tcs_diag_fini(&diag);
}

static void
a_nul_byte_is_refused(void **state)
{
	struct tcs_scan scan;

	(void)state;
	assert_int_equal(
	    tcs_scan_text(&scan, tcs_slice("a {\0}", 5), "f", NULL),
	    TCS_ECONFIG);
}

static void
a_byte_order_mark_is_passed_over(void **state)
{
	struct tcs_scan scan;

	(void)state;
	assert_int_equal(tcs_scan_text(&scan,
	                     tcs_slice_str("\xef\xbb\xbf"
	                                   "a { }"),
	                     "f", NULL),
	    TCS_OK);
	assert_true(tcs_slice_is(scan.sections[0].name, "a"));
	tcs_scan_fini(&scan);
}

/* `n` times `unit` between `head` and `tail`. */
static enum tcs_err
scan_many(const char *head, const char *unit, size_t n, const char *tail)
{
	struct tcs_buf buf;
	struct tcs_scan scan;

	tcs_buf_init(&buf, 4000000);
	tcs_buf_str(&buf, head);
	for (size_t i = 0; i < n; i++)
		tcs_buf_str(&buf, unit);
	tcs_buf_str(&buf, tail);
	enum tcs_err err = tcs_scan_text(&scan, tcs_buf_view(&buf), "f", NULL);
	tcs_scan_fini(&scan);
	tcs_buf_fini(&buf);
	return err;
}

static void
sizes_and_numbers_have_limits(void **state)
{
	(void)state;
	assert_int_equal(scan_many("", "a{}\n", 1000, ""), TCS_OK);
	assert_int_equal(scan_many("", "a{}\n", 1001, ""), TCS_ELIMIT);
	assert_int_equal(scan_many("", "contact a{}", 10000, ""), TCS_OK);
	assert_int_equal(scan_many("", "contact a{}", 10001, ""), TCS_ELIMIT);
	assert_int_equal(scan_many("a {", "b=c ", 100, "}"), TCS_OK);
	assert_int_equal(scan_many("a {", "b=c ", 101, "}"), TCS_ELIMIT);
	assert_int_equal(scan_many("", " ", TCS_SCAN_TEXT_MAX, ""), TCS_OK);
	assert_int_equal(
	    scan_many("", " ", TCS_SCAN_TEXT_MAX + 1, ""), TCS_ELIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sections_and_keys_have_their_lines),
	    cmocka_unit_test(
	        what_libconfuse_would_misread_is_refused_with_its_line),
	    cmocka_unit_test(keys_stand_in_quotes_in_the_section_kafka_only),
	    cmocka_unit_test(a_nul_byte_is_refused),
	    cmocka_unit_test(a_byte_order_mark_is_passed_over),
	    cmocka_unit_test(sizes_and_numbers_have_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

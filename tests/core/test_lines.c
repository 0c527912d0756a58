#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/lines.h"

static void
lines_and_octets_come_in_any_cut(void **state)
{
	static const char bytes[] = "a {4}\r\nx\ny\rend\r\n\nlast\n";

	(void)state;
	for (size_t step = 1; step < sizeof(bytes); step++) {
		struct tcs_lines lines;
		struct tcs_buf said, octets;
		size_t left = 0;
		tcs_lines_init(&lines, 16);
		tcs_buf_init(&said, 100);
		tcs_buf_init(&octets, 100);
		for (size_t at = 0; at < sizeof(bytes) - 1; at += step) {
			size_t n = sizeof(bytes) - 1 - at;
			struct tcs_slice in =
			    tcs_slice(bytes + at, n < step ? n : step);
			while (in.n > 0) {
				struct tcs_slice line;
				bool is_whole;
				assert_int_equal(tcs_lines_octets(&lines, &left,
				                     &in, &octets),
				    TCS_OK);
				assert_int_equal(tcs_lines_next(&lines, &in,
				                     &line, &is_whole),
				    TCS_OK);
				if (!is_whole)
					continue;
				tcs_buf_slice(&said, line);
				tcs_buf_char(&said, '|');
				if (line.n > 0 && line.p[line.n - 1] == '}')
					left = 4;
			}
		}
		assert_string_equal(said.p, "a {4}|end||last|");
		assert_string_equal(octets.p, "x\ny\r");
		tcs_lines_fini(&lines);
		tcs_buf_fini(&said);
		tcs_buf_fini(&octets);
	}
}

static void
a_line_that_is_too_long_is_refused(void **state)
{
	struct tcs_slice in = tcs_slice_str("0123456789"), line;
	struct tcs_lines lines;
	bool is_whole;

	(void)state;
	tcs_lines_init(&lines, 10);
	assert_int_equal(tcs_lines_next(&lines, &in, &line, &is_whole), TCS_OK);
	assert_false(is_whole);
	in = tcs_slice_str("x\n");
	assert_int_equal(
	    tcs_lines_next(&lines, &in, &line, &is_whole), TCS_ELIMIT);
	tcs_lines_fini(&lines);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_and_octets_come_in_any_cut),
	    cmocka_unit_test(a_line_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

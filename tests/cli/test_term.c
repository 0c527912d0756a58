#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/term.h"

static void
what_steers_a_terminal_becomes_a_question_mark(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {"", ""},
	    {"Aa en crue à 7 h", "Aa en crue à 7 h"},
	    {"a\x1b[31mb", "a?[31mb"},
	    {"a\nb\tc\r\x7f", "a?b?c??"},
	    {"a\xc2\x9b"
	     "1mb",
	        "a?1mb"},
	    {"a\xe2\x80\xae"
	     "b",
	        "a?b"},
	    {"\xff\xc3", "??"},
	    {"\xf0\x9f\x8c\x8a \xe2\x80\x99", "\xf0\x9f\x8c\x8a \xe2\x80\x99"},
	};
	struct tcs_buf buf;

	(void)state;
	tcs_buf_init(&buf, 1000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tcs_buf_reset(&buf);
		tcs_term_line(&buf, tcs_slice_str(cases[i].text));
		assert_true(tcs_slice_is(tcs_buf_view(&buf), cases[i].want));
	}
	tcs_buf_fini(&buf);
}

static void
a_block_keeps_its_lines_and_indents_those_with_text(void **state)
{
	struct tcs_buf buf;

	(void)state;
	tcs_buf_init(&buf, 1000);
	tcs_term_block(&buf, tcs_slice_str("un\r\n\ndeux\x1b\n"), "  ");
	assert_string_equal(buf.p, "  un\n\n  deux?\n");
	tcs_buf_fini(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_steers_a_terminal_becomes_a_question_mark),
	    cmocka_unit_test(
	        a_block_keeps_its_lines_and_indents_those_with_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

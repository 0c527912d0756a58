#include <stdlib.h>

#include "core/buf.h"
#include "tests/support/check.h"

static void
text_is_built_piece_by_piece(void **state)
{
	struct tcs_buf buf;

	(void)state;
	tcs_buf_init(&buf, 1000);
	assert_null(buf.p);
	tcs_buf_str(&buf, "a");
	tcs_buf_char(&buf, 'b');
	tcs_buf_printf(&buf, "%03d", 7);
	tcs_buf_slice(&buf, tcs_slice("cdef", 2));
	tcs_buf_append(&buf, NULL, 0);
	check_text(buf.p, "ab007cd");
	assert_int_equal(buf.n, 7);
	tcs_buf_reset(&buf);
	check_text(buf.p, "");
	tcs_buf_fini(&buf);
	tcs_buf_str(&buf, "again");
	check_text(buf.p, "again");
	tcs_buf_fini(&buf);
	tcs_buf_fini(NULL);
}

static void
the_limit_is_reached_but_never_passed_and_the_error_stays(void **state)
{
	struct tcs_buf buf;

	(void)state;
	tcs_buf_init(&buf, 5);
	tcs_buf_str(&buf, "12345");
	assert_int_equal(buf.err, TCS_OK);
	tcs_buf_char(&buf, '6');
	assert_int_equal(buf.err, TCS_ELIMIT);
	check_text(buf.p, "12345");
	tcs_buf_append(&buf, NULL, 0);
	assert_int_equal(buf.err, TCS_ELIMIT);
	tcs_buf_reset(&buf);
	assert_int_equal(buf.err, TCS_OK);
	tcs_buf_printf(&buf, "%s", "123456");
	assert_int_equal(buf.err, TCS_ELIMIT);
	check_text(buf.p, "");
	tcs_buf_str(&buf, "1"); /* would fit; the text is spoilt already */
	check_text(buf.p, "");
	tcs_buf_fini(&buf);
}

static void
growth_keeps_what_was_written(void **state)
{
	struct tcs_buf buf;

	(void)state;
	tcs_buf_init(&buf, 100000);
	for (int i = 0; i < 10000; i++)
		tcs_buf_printf(&buf, "%d,", i % 10);
	assert_int_equal(buf.err, TCS_OK);
	assert_int_equal(buf.n, 20000);
	for (size_t i = 0; i < buf.n; i += 2) {
		assert_int_equal(buf.p[i], '0' + (int)(i / 2 % 10));
		assert_int_equal(buf.p[i + 1], ',');
	}
	tcs_buf_fini(&buf);
}

static void
bytes_are_taken_from_the_front(void **state)
{
	struct tcs_buf buf;

	(void)state;
	tcs_buf_init(&buf, 100);
	tcs_buf_consume(&buf, 0);
	tcs_buf_str(&buf, "head,tail");
	tcs_buf_consume(&buf, 5);
	check_text(buf.p, "tail");
	tcs_buf_consume(&buf, 4);
	check_text(buf.p, "");
	assert_int_equal(tcs_buf_view(&buf).n, 0);
	tcs_buf_fini(&buf);
}

static void
stealing_gives_the_text_away_or_says_why_not(void **state)
{
	struct tcs_buf buf;
	char *text = NULL;

	(void)state;
	tcs_buf_init(&buf, 4);
	assert_int_equal(tcs_buf_steal(&buf, &text), TCS_OK);
	check_text(text, "");
	free(text);
	tcs_buf_str(&buf, "text");
	assert_int_equal(tcs_buf_steal(&buf, &text), TCS_OK);
	check_text(text, "text");
	assert_null(buf.p);
	assert_int_equal(buf.n, 0);
	free(text);
	text = NULL;
	tcs_buf_str(&buf, "too long");
	assert_int_equal(tcs_buf_steal(&buf, &text), TCS_ELIMIT);
	assert_null(text);
	tcs_buf_fini(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_is_built_piece_by_piece),
	    cmocka_unit_test(
	        the_limit_is_reached_but_never_passed_and_the_error_stays),
	    cmocka_unit_test(growth_keeps_what_was_written),
	    cmocka_unit_test(bytes_are_taken_from_the_front),
	    cmocka_unit_test(stealing_gives_the_text_away_or_says_why_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

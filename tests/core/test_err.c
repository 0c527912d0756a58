#include "core/err.h"
#include "tests/support/check.h"

static void
every_error_has_words_and_an_unknown_one_too(void **state)
{
	(void)state;
	for (int err = 0; err < TCS_ERR_COUNT; err++)
		assert_true(strlen(tcs_strerror((enum tcs_err)err)) > 0);
	check_text(tcs_strerror(TCS_OK), "ok");
	check_text(tcs_strerror(TCS_EFENCED), "owned by another process since");
	check_text(tcs_strerror(TCS_ERR_COUNT), "unknown error");
	check_text(tcs_strerror((enum tcs_err) - 1), "unknown error");
}

static void
a_finding_keeps_place_and_words_and_passes_the_error_on(void **state)
{
	struct tcs_diag diag = {0};
	char file[] = "a.conf";

	(void)state;
	assert_int_equal(
	    tcs_diag_add(&diag, TCS_ECONFIG, file, 12, "key \"%s\"", "x"),
	    TCS_ECONFIG);
	file[0] = 'b'; /* it was copied */
	(void)tcs_diag_add(&diag, TCS_EINVAL, NULL, 0, "second");
	check_text(tcs_diag_text(&diag), "key \"x\"");
	check_text(diag.items[0].file, "a.conf");
	assert_int_equal(diag.items[0].line, 12);
	assert_null(diag.items[1].file);
	assert_int_equal(diag.n, 2);
	tcs_diag_fini(&diag);
	assert_int_equal(diag.n, 0);
	check_text(tcs_diag_text(&diag), "");
}

static void
findings_beyond_the_limit_are_counted(void **state)
{
	struct tcs_diag diag = {0};

	(void)state;
	for (int i = 0; i < TCS_DIAG_MAX + 3; i++)
		(void)tcs_diag_add(&diag, TCS_EINVAL, NULL, 1, "n° %d", i);
	assert_int_equal(diag.n, TCS_DIAG_MAX);
	assert_int_equal(diag.dropped, 3);
	check_text(diag.items[TCS_DIAG_MAX - 1].text, "n° 63");
	tcs_diag_fini(&diag);
	assert_int_equal(diag.dropped, 0);
}

static void
nowhere_to_write_is_allowed(void **state)
{
	(void)state;
	assert_int_equal(tcs_diag_add(NULL, TCS_EIO, "f", 1, "lost"), TCS_EIO);
	check_text(tcs_diag_text(NULL), "");
	tcs_diag_fini(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_error_has_words_and_an_unknown_one_too),
	    cmocka_unit_test(
	        a_finding_keeps_place_and_words_and_passes_the_error_on),
	    cmocka_unit_test(findings_beyond_the_limit_are_counted),
	    cmocka_unit_test(nowhere_to_write_is_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/template.h"

static void
places_are_filled_in(void **state)
{
	(void)state;
	const char *const values[TCS_PLACE_COUNT] = {
	    [TCS_PLACE_LEVEL] = "orange",
	    [TCS_PLACE_ZONE] = "Aa {level}",
	    [TCS_PLACE_ZONE_CODE] = "AP5",
	};
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {"", ""}, {"sans rien", "sans rien"}, {"{level}", "orange"},
	    {"{level}{level} : {zone}.", "orangeorange : Aa {level}."},
	    {"[{zone-code}]", "[AP5]"},
	    {"code {code}!", "code !"}, /* no value */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_buf buf;
		tcs_buf_init(&buf, 256);
		assert_int_equal(tcs_template_check(cases[i].text,
		                     TCS_PLACES_ALL, "f", 1, NULL),
		    TCS_OK);
		tcs_template_fill(cases[i].text, values, &buf);
		tcs_buf_char(&buf, '|');
		assert_int_equal(buf.n, strlen(cases[i].want) + 1);
		assert_memory_equal(buf.p, cases[i].want, buf.n - 1);
		tcs_buf_fini(&buf);
	}
}

static void
what_is_no_place_is_refused_with_what_is(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"{niveau}", "'{niveau}' cannot be filled in here; what can: "
	                 "{level} {zone}"},
	    {"{code}", "'{code}' cannot"},
	    {"{}", "'{}' cannot"},
	    {"{level", "'{level' cannot"},
	    {"{{level}}", "'{{level}' cannot"},
	    {"{LEVEL}", "'{LEVEL}' cannot"},
	    {"{ level }", "'{ level }' cannot"},
	    {"level}", "'}' without '{'"},
	    {"{0123456789012345678901234567890123456789}",
	        "'{01234567890123456789012345678' cannot"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_diag diag = {0};
		assert_int_equal(
		    tcs_template_check(cases[i].text,
		        1u << TCS_PLACE_LEVEL | 1u << TCS_PLACE_ZONE, "f", 7,
		        &diag),
		    TCS_EINVAL);
		assert_int_equal(diag.items[0].line, 7);
		assert_string_equal(diag.items[0].file, "f");
		assert_non_null(strstr(tcs_diag_text(&diag), cases[i].says));
		tcs_diag_fini(&diag);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(places_are_filled_in),
	    cmocka_unit_test(what_is_no_place_is_refused_with_what_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

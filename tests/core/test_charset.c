#include <stdbool.h>
#include <stdlib.h>

#include "core/charset.h"
#include "tests/support/check.h"

static void
what_is_decoded_is_what_was_meant(void **state)
{
	static const struct {
		struct tcs_slice body;
		const char *type, *want;
		bool is_wrong;
	} cases[] = {
#define BODY(text) {(text), sizeof(text) - 1}
	    {BODY(""), NULL, "", false},
	    {BODY("plain"), NULL, "plain", false},
	    {BODY("\xc3\xa9t\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"), NULL,
	        "été € 😀", false},
	    {BODY("\xef\xbb\xbfo\xc3\xb9"), NULL, "où", false},
	    /* Declared, by the document or by its carrier. */
	    {BODY("<?xml version='1.0' encoding='ISO-8859-1'?>\xe9"), NULL,
	        "<?xml version='1.0' encoding='ISO-8859-1'?>é", false},
	    {BODY("<?xml encoding = \"windows-1252\"?>\x80\x9c"), NULL,
	        "<?xml encoding = \"windows-1252\"?>€œ", false},
	    {BODY("<?xml encoding='iso-8859-15'?>\xa4\xbd"), NULL,
	        "<?xml encoding='iso-8859-15'?>€œ", false},
	    {BODY("\xe9"), "text/xml; charset=ISO-8859-1", "é", false},
	    {BODY("\xe9"), "text/xml; charset=\"latin1\"; x=y", "é", false},
	    /* Not declared, or wrongly. */
	    {BODY("caf\xe9 \x96 n\xb0 1"), NULL, "café – n° 1", true},
	    {BODY("<?xml encoding='UTF-8'?>\xe9t\xe9"), NULL,
	        "<?xml encoding='UTF-8'?>été", true},
	    {BODY("<?xml encoding='ISO-8859-1'?>\xc3\xa9"), NULL,
	        "<?xml encoding='ISO-8859-1'?>é", true},
	    {BODY("<?xml encoding='ISO-8859-1'?>\xc3\xa9"),
	        "text/xml;charset=utf-8", "<?xml encoding='ISO-8859-1'?>é",
	        false},
	    {BODY("<?xml encoding='x-unknown'?>\xe9"), NULL,
	        "<?xml encoding='x-unknown'?>é", true},
	    /* One bad byte spoils one letter. */
	    {BODY("\xc3\xa9t\xc3"), NULL, "étÃ", true},
	    {BODY("\xc3\xa9\xff\xc0\xaf"), NULL, "éÿÀ¯", true},
	    {BODY("a\0b"), NULL, "a b", false},
	    /* UTF-16, with its mark and without. */
	    {BODY("\xff\xfe<\0\xe9\0"), NULL, "<é", false},
	    {BODY("\xfe\xff\0<\0\xe9"), NULL, "<é", false},
	    {BODY("<\0?\0"), NULL, "<?", false},
	    {BODY("\0<\0?"), NULL, "<?", false},
	    {BODY("\xff\xfe\x3d\xd8\x00\xde"), NULL, "😀", false},
	    {BODY("\xff\xfe\x3d\xd8z\0"), NULL, "\xef\xbf\xbdz", false},
	    {BODY("\xff\xfe\x00\xde"), NULL, "\xef\xbf\xbd", false},
	    {BODY("\xff\xfe\x3d\xd8"), NULL, "\xef\xbf\xbd", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_buf buf;
		bool is_wrong = !cases[i].is_wrong;
		/* Exactly as long, for the sanitizer. */
		char *copy = malloc(cases[i].body.n + 1);
		assert_non_null(copy);
		char *body = copy + 1;
		memcpy(body, cases[i].body.p, cases[i].body.n);
		tcs_buf_init(&buf, 1000);
		tcs_charset_utf8(tcs_slice(body, cases[i].body.n),
		    cases[i].type, &buf, &is_wrong);
		check_text(buf.p == NULL ? "" : buf.p, cases[i].want);
		if (is_wrong != cases[i].is_wrong)
			fail_msg("%s: is_wrong %d", cases[i].want, is_wrong);
		tcs_buf_fini(&buf);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_decoded_is_what_was_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

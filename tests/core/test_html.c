#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/html.h"
#include "core/xml.h"

static void
html_becomes_what_people_would_read(void **state)
{
	static const struct {
		const char *html, *want;
	} cases[] = {
	    {"", ""},
	    {"Crue de l'Aa", "Crue de l'Aa"},
	    {" deux\nlignes ", "deux\nlignes"},
	    {"<p>Un</p><p>Deux</p>", "Un\nDeux"},
	    {"Un<br>Deux<br/>Trois", "Un\nDeux\nTrois"},
	    {"<b>Couleur</b> :  <i>jaune</i>", "Couleur : jaune"},
	    {"<ul><li>Un</li><li>Deux</li></ul>", "- Un\n- Deux"},
	    {"Cumuls < 5 mm, rafales <80 km/h",
	        "Cumuls < 5 mm, rafales <80 km/h"},
	    {"<p>Cumuls < 5 mm</p>", "Cumuls < 5 mm"},
	    {"&eacute;vacuation&nbsp;: 5 &lt; 6 &amp; plus",
	        "\u00e9vacuation : 5 < 6 & plus"},
	    {"a<script>alert(1)</script>b<style>p{}</style>c", "abc"},
	    {"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
	        "a b\nc"},
	    {"<p>jamais ferm\u00e9", "jamais ferm\u00e9"},
	    {"coup\xc3", "coup\xef\xbf\xbd"},
	    {"<a href=\"javascript:x\">lien</a>", "lien"},
	    {"<!-- rien -->ici", "ici"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_buf buf;
		tcs_buf_init(&buf, 1000);
		tcs_html_text(tcs_slice_str(cases[i].html), &buf);
		assert_int_equal(buf.err, TCS_OK);
		assert_string_equal(buf.p == NULL ? "" : buf.p, cases[i].want);
		tcs_buf_fini(&buf);
	}
}

static void
a_web_page_is_known_by_how_it_begins(void **state)
{
	(void)state;
	assert_true(tcs_html_is_page(
	    tcs_slice_str("\xef\xbb\xbf \n<!DOCTYPE HTML><html>")));
	assert_true(
	    tcs_html_is_page(tcs_slice_str("<!-- x --><html lang=fr>")));
	assert_false(tcs_html_is_page(tcs_slice_str("<?xml version='1.0'?>")));
	assert_false(tcs_html_is_page(tcs_slice_str("<!-- <html>")));
	assert_false(tcs_html_is_page(tcs_slice_str("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(html_becomes_what_people_would_read),
	    cmocka_unit_test(a_web_page_is_known_by_how_it_begins),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	tcs_xml_cleanup();
	return failed;
}

#include <stdbool.h>
#include <stdlib.h>

#include "core/xml.h"
#include "tests/support/check.h"

/* "name(child(),text)" of an element and all below it. */
static void
append_tree(const struct tcs_xml_node *node, struct tcs_buf *buf)
{
	tcs_buf_printf(buf, "%s(", tcs_xml_name(node));
	if (tcs_xml_child(node) == NULL)
		tcs_xml_text(node, buf);
	for (const struct tcs_xml_node *child = tcs_xml_child(node);
	     child != NULL; child = tcs_xml_next(child))
		append_tree(child, buf);
	tcs_buf_char(buf, ')');
}

static void
what_is_malformed_is_read_as_far_as_it_is_sound(void **state)
{
	static const struct {
		const char *text, *want;
		unsigned line;
		bool is_cut;
	} cases[] = {
	    {"<a><b>1</b></a>", "a(b(1))", 0, false},
	    {"\n \n<?xml version='1.0'?><a/>", "a()", 0, false},
	    {"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xc3\xa9</a>",
	        "a(é)", 0, false},
	    {"<!DOCTYPE a PUBLIC \"x\" \"http://dtd.example/a.dtd\"><a>1</a>",
	        "a(1)", 0, false},
	    {"<!DOCTYPE a [<!ELEMENT a ANY>]><a>1</a>", "a(1)", 0, false},
	    /* Signs and entities. */
	    {"<a>x & y &amp; <b c='1&d=2'/></a>", "a(b())", 1, false},
	    {"<a>1 < 2 & 3 > 2</a>", "a(1 < 2 & 3 > 2)", 1, false},
	    {"<a>\n&eacute;&nbsp;&#233;&#0;&#x110000;&bogus</a>",
	        "a(\n&eacute;&nbsp;é&#0;&#x110000;&bogus)", 2, false},
	    {"<a>x\x01y\x0b</a>", "a(x y )", 1, false},
	    {"<a><![CDATA[1 & <2> \x02]]></a>", "a(1 & <2>  )", 1, false},
	    /* Tags. */
	    {"<a><b>1<c>2</b><d>3</d></a>", "a(b(c(2))d(3))", 1, false},
	    {"<a><b>1</c></b>\n<d>2</d></a>", "a(b(1)d(2))", 1, false},
	    {"<a>\n<p>1<br>2<p>3</a>", "a(p(br())p(3))", 2, false},
	    {"<a><item>1<item>2</item></a>", "a(item(1)item(2))", 1, false},
	    {"<a><B>1</b></a>", "a(B(1))", 1, false},
	    {"<a><b x=1 y x='2' z=\"<\"/></a>", "a(b())", 1, false},
	    {"<a><b x=\"1>text</b><c/></a>", "a(b(text)c())", 1, false},
	    {"<a><b <c>1</c></b></a>", "a(b(c(1)))", 1, false},
	    {"<a><cap:event>1</cap:event></a>", "a(cap:event(1))", 1, false},
	    {"<a/><b/>", "a()", 1, false},
	    {"<a>1</a> Warning: mysql", "a(1)", 1, false},
	    {"<br />Notice: x<?xml version='1.0'?>\n<a>1</a>", "a(1)", 1,
	        false},
	    /* Cut. */
	    {"<a><b>1</b><b>2</b>", "a(b(1)b(2))", 1, true},
	    {"<a><b>1</b><b>2", "a(b(1)b(2))", 1, true},
	    {"<a><b>1</b><b", "a(b(1))", 1, true},
	    {"<a><b>1</b><b x='", "a(b(1))", 1, true},
	    {"<a><b>1</b></b", "a(b(1))", 1, true},
	    {"<a><b>1</b><![CDATA[x", "a(b(1))", 1, true},
	    {"<a><b>1</b><!-- x", "a(b(1))", 1, true},
	    {"<a><b>1</b><", "a(b(1))", 1, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_xml_faults faults = {.line = 99};
		struct tcs_diag diag = {0};
		struct tcs_xml *xml = NULL;
		struct tcs_buf buf;
		tcs_buf_init(&buf, 1000);
		check_ok(tcs_xml_parse_lenient(tcs_slice_str(cases[i].text),
		             1000, &xml, &faults, &diag),
		    &diag);
		assert_int_equal(diag.n, 0);
		append_tree(tcs_xml_root(xml), &buf);
		check_text(buf.p, cases[i].want);
		if (faults.line != cases[i].line)
			fail_msg(
			    "%s: fault in line %u", cases[i].text, faults.line);
		assert_int_equal(faults.is_cut, cases[i].is_cut);
		tcs_xml_free(&xml);
		tcs_buf_fini(&buf);
	}
}

static void
what_is_none_or_too_much_is_refused(void **state)
{
	static const struct {
		const char *text, *finding;
		enum tcs_err want;
	} cases[] = {
	    {"", "empty", TCS_EPARSE},
	    {" \n", "empty", TCS_EPARSE},
	    {"hello", "no XML", TCS_EPARSE},
	    {"<", "no XML", TCS_EPARSE},
	    {"<a", "no XML", TCS_EPARSE},
	    {"<!-- only -->", "no XML", TCS_EPARSE},
	    {"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "declares entities",
	        TCS_EPARSE},
	    {"<!DOCTYPE a [<!ELEMENT", "declares entities", TCS_EPARSE},
	    {"<!DOCTYPE a [<!ENTITY x ']'>]><a>&x;</a>", "declares entities",
	        TCS_EPARSE},
	};
	struct tcs_buf deep;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_xml_faults faults = {.line = 99};
		struct tcs_diag diag = {0};
		struct tcs_xml *xml = NULL;
		check_err(tcs_xml_parse_lenient(tcs_slice_str(cases[i].text),
		              1000, &xml, &faults, &diag),
		    cases[i].want, &diag);
		check_finding(&diag, 0, cases[i].finding);
		assert_int_equal(faults.line, 99);
		tcs_diag_fini(&diag);
	}
	for (int closes = 0; closes < 2; closes++) {
		struct tcs_xml_faults faults;
		struct tcs_diag diag = {0};
		struct tcs_xml *xml = NULL;
		tcs_buf_init(&deep, 10000);
		for (int i = 0; i < 100; i++)
			tcs_buf_str(&deep, "<a>");
		for (int i = 0; closes && i < 100; i++)
			tcs_buf_str(&deep, "</a>");
		check_err(tcs_xml_parse_lenient(
		              tcs_buf_view(&deep), 10000, &xml, &faults, &diag),
		    TCS_ELIMIT, &diag);
		check_finding(&diag, 0, "deep");
		tcs_diag_fini(&diag);
		tcs_buf_fini(&deep);
	}
}

static void
more_elements_than_a_feed_has_are_refused(void **state)
{
	struct tcs_xml_faults faults;
	struct tcs_diag diag = {0};
	struct tcs_xml *xml = NULL;
	struct tcs_buf many;

	(void)state;
	tcs_buf_init(&many, 8 << 20);
	tcs_buf_str(&many, "<a>");
	for (int i = 0; i < 70000; i++)
		tcs_buf_str(&many, "<b c='' d=''/>");
	tcs_buf_str(&many, "</a>");
	check_err(tcs_xml_parse_lenient(
	              tcs_buf_view(&many), 8 << 20, &xml, &faults, &diag),
	    TCS_ELIMIT, &diag);
	check_finding(&diag, 0, "elements and attributes");
	tcs_diag_fini(&diag);
	check_err(tcs_xml_parse_lenient(
	              tcs_buf_view(&many), 1000, &xml, &faults, &diag),
	    TCS_ELIMIT, &diag);
	check_finding(&diag, 0, "more than the 1000 allowed");
	tcs_diag_fini(&diag);
	tcs_buf_fini(&many);
}

static void
only_what_the_end_left_open_is_not_whole(void **state)
{
	static const struct {
		const char *text;
		bool first, last;
	} cases[] = {
	    {"<a><b>1</b><b>2</b></a>", true, true},
	    {"<a><b>1</b><b>2</b>", true, true},
	    {"<a><b>1</b><b>2", true, false},
	    {"<a><b>1</b><b>2<c>3</c>", true, false},
	    {"<a><b>1</b><b>2</b><c", true, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_xml_faults faults;
		struct tcs_xml *xml = NULL;
		check_ok(tcs_xml_parse_lenient(tcs_slice_str(cases[i].text),
		             1000, &xml, &faults, NULL),
		    NULL);
		const struct tcs_xml_node *b = tcs_xml_child(tcs_xml_root(xml));
		assert_int_equal(tcs_xml_is_whole(xml, b), cases[i].first);
		assert_int_equal(
		    tcs_xml_is_whole(xml, tcs_xml_next(b)), cases[i].last);
		tcs_xml_free(&xml);
	}
}

static void
markup_is_what_is_in_an_element(void **state)
{
	struct tcs_xml_faults faults;
	struct tcs_xml *xml = NULL;
	struct tcs_buf buf;

	(void)state;
	check_ok(
	    tcs_xml_parse_lenient(
	        tcs_slice_str("<a>1<b x='y'>2 &lt;<c/></b><!-- z -->"
	                      "<d xmlns:n='urn:n' xmlns='urn:d'><n:e>3</n:e>"
	                      "<e/></d> 4</a>"),
	        1000, &xml, &faults, NULL),
	    NULL);
	tcs_buf_init(&buf, 1000);
	tcs_xml_markup(tcs_xml_root(xml), &buf);
	check_text(buf.p,
	    "1<b>2 &lt;<c></c></b><d xmlns=\"urn:d\"><e xmlns=\"urn:n\">3</e>"
	    "<e></e></d> 4");
	tcs_buf_fini(&buf);
	tcs_xml_free(&xml);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_malformed_is_read_as_far_as_it_is_sound),
	    cmocka_unit_test(what_is_none_or_too_much_is_refused),
	    cmocka_unit_test(more_elements_than_a_feed_has_are_refused),
	    cmocka_unit_test(only_what_the_end_left_open_is_not_whole),
	    cmocka_unit_test(markup_is_what_is_in_an_element),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <stdbool.h>
#include <unistd.h>

#include "core/xml.h"
#include "tests/support/check.h"
#include "tests/support/tmpdir.h"

static struct tcs_xml *
parse_good(const char *text)
{
	struct tcs_diag diag = {0};
	struct tcs_xml *xml = NULL;

	check_ok(tcs_xml_parse(tcs_slice_str(text), 4096, "t.xml", &xml, &diag),
	    &diag);
	assert_int_equal(diag.n, 0);
	return xml;
}

static void
say_start(void *arg, const struct tcs_xml_tag *tag)
{
	tcs_buf_printf(arg, "(%s %s %u|", tag->ns, tag->name, tag->line);
}

static void
say_text(void *arg, struct tcs_slice text)
{
	tcs_buf_append(arg, text.p, text.n);
}

static void
say_end(void *arg)
{
	tcs_buf_char(arg, ')');
}

static const struct tcs_xml_events says = {say_start, say_text, say_end};

/* What element by element is told of it. */
static void
check_scanned(struct tcs_slice text, const char *want)
{
	struct tcs_diag diag = {0};
	struct tcs_buf said;

	tcs_buf_init(&said, 1 << 20);
	check_ok(tcs_xml_scan(text, 4096, &says, &said, &diag), &diag);
	assert_int_equal(diag.n, 0);
	check_text(said.p, want);
	tcs_buf_fini(&said);
}

static void
check_scan_refused(struct tcs_slice text, enum tcs_err want, unsigned line,
    const char *finding)
{
	struct tcs_diag diag = {0};
	struct tcs_buf said;

	tcs_buf_init(&said, 1 << 20);
	check_err(
	    tcs_xml_scan(text, 1 << 20, &says, &said, &diag), want, &diag);
	check_finding(&diag, line, finding);
	tcs_diag_fini(&diag);
	tcs_buf_fini(&said);
}

static void
check_refused(struct tcs_slice text, enum tcs_err want, unsigned line,
    const char *finding)
{
	struct tcs_diag diag = {0};
	struct tcs_xml *xml = NULL;

	check_err(
	    tcs_xml_parse(text, 1 << 20, "t.xml", &xml, &diag), want, &diag);
	assert_null(xml);
	check_finding(&diag, line, finding);
	check_text(diag.items[0].file, "t.xml");
	tcs_diag_fini(&diag);
	check_scan_refused(text, want, line, finding);
}

static void
elements_attributes_and_text_are_found(void **state)
{
	struct tcs_xml *xml = parse_good(
	    "<?xml version=\"1.0\"?>\n"
	    "<!-- comment --><?pi x?>\n"
	    "<r xmlns='urn:a' xmlns:b='urn:b' k='v &lt;&#233;' e='' b:k='no'>\n"
	    " text <a>1 &amp; <![CDATA[<2>]]><b:c>3</b:c><!-- x --></a> tail\n"
	    " <d/>\n"
	    "</r>");
	const struct tcs_xml_node *root = tcs_xml_root(xml);
	struct tcs_buf buf;

	(void)state;
	tcs_buf_init(&buf, 100);
	check_text(tcs_xml_name(root), "r");
	check_text(tcs_xml_namespace(root), "urn:a");
	assert_int_equal(tcs_xml_line(root), 3);
	check_text(tcs_xml_attr(root, "k"), "v <é");
	check_text(tcs_xml_attr(root, "e"), "");
	check_text(tcs_xml_attr(root, "absent"), NULL);
	const struct tcs_xml_node *a = tcs_xml_child(root);
	check_text(tcs_xml_name(a), "a");
	tcs_xml_text(a, &buf);
	check_text(buf.p, "1 & <2>3");
	check_text(tcs_xml_namespace(tcs_xml_child(a)), "urn:b");
	assert_null(tcs_xml_next(tcs_xml_child(a)));
	const struct tcs_xml_node *d = tcs_xml_find(root, "d");
	assert_ptr_equal(d, tcs_xml_next(a));
	assert_int_equal(tcs_xml_line(d), 5);
	assert_null(tcs_xml_find(root, "c"));
	tcs_buf_reset(&buf);
	tcs_xml_text(d, &buf);
	assert_int_equal(buf.n, 0);
	assert_null(tcs_xml_child(d));
	tcs_buf_fini(&buf);
	tcs_xml_free(&xml);
	assert_null(xml);
	tcs_xml_free(&xml);
}

static void
a_node_without_namespace_has_an_empty_one(void **state)
{
	struct tcs_xml *xml = parse_good("<r><a/></r>");

	(void)state;
	check_text(tcs_xml_namespace(tcs_xml_root(xml)), "");
	tcs_xml_free(&xml);
}

static void
elements_and_texts_are_told_in_order_without_a_tree(void **state)
{
	(void)state;
	check_scanned(
	    tcs_slice_str("<?xml version='1.0'?>\n<!-- x --><?pi x?>\n"
	                  "<r xmlns='urn:a' xmlns:b='urn:b' b:k='v'>\n"
	                  "t&lt;<a>1 &amp; <![CDATA[<2>]]><b:c>&#233;</b:c>"
	                  "<!-- y --></a>\n<d/></r>"),
	    "(urn:a r 3|\nt<(urn:a a 4|1 & <2>(urn:b c 4|é))\n(urn:a d 5|))");
	check_scanned(tcs_slice_str("<a xmlns=''/>"), "( a 1|)");
}

static void
what_is_not_well_formed_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *finding;
	} cases[] = {
	    {"", 0, "empty"},
	    {"not xml", 1, "Start tag expected"},
	    {"{\"json\":1}", 1, "Start tag expected"},
	    {"<a>\n<b>\n</a>", 3, "mismatch"},
	    {"<a>\n<b/>", 2, "Premature end"},
	    {"<a>\n&nbsp;</a>", 2, "nbsp"},
	    {"<a b='1' b='2'/>", 1, "redefined"},
	    {"<a>\n<x:b/></a>", 2, "prefix x"},
	    {"<a>\n\x01</a>", 2, ""},
	    {"<a>\n\xe9</a>", 2, "UTF-8"},
	    {"<a/><b/>", 1, "Extra content"},
	    {"<?xml version='1.0' encoding='no-such'?><a/>", 1, "no-such"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_refused(tcs_slice_str(cases[i].text), TCS_EPARSE,
		    cases[i].line, cases[i].finding);
}

static void
a_doctype_is_refused_before_anything_in_it_is_read(void **state)
{
	(void)state;
	check_refused(tcs_slice_str("<?xml version='1.0'?>\n"
	                            "<!DOCTYPE a SYSTEM 'file:///etc/passwd'>"
	                            "<a/>"),
	    TCS_EPARSE, 2, "DOCTYPE");
	check_refused(tcs_slice_str("<!DOCTYPE a [<!ENTITY x SYSTEM "
	                            "'file:///etc/passwd'>]><a>&x;</a>"),
	    TCS_EPARSE, 1, "DOCTYPE");
	check_refused(tcs_slice_str("<!DOCTYPE a ["), TCS_EPARSE, 1, "");
}

static void
depth_and_size_are_bounded(void **state)
{
	struct tcs_diag diag = {0};
	struct tcs_xml *xml = NULL;
	struct tcs_buf buf;

	(void)state;
	tcs_buf_init(&buf, 1 << 20);
	for (int i = 0; i < 64; i++)
		tcs_buf_str(&buf, "<a>");
	for (int i = 0; i < 64; i++)
		tcs_buf_str(&buf, "</a>");
	check_ok(
	    tcs_xml_parse(tcs_buf_view(&buf), buf.n, NULL, &xml, &diag), &diag);
	tcs_xml_free(&xml);
	check_err(
	    tcs_xml_parse(tcs_buf_view(&buf), buf.n - 1, NULL, &xml, &diag),
	    TCS_ELIMIT, &diag);
	tcs_diag_fini(&diag);
	tcs_buf_reset(&buf);
	for (int i = 0; i < 100000; i++)
		tcs_buf_str(&buf, i == 64 ? "\n<a>" : "<a>");
	check_refused(tcs_buf_view(&buf), TCS_ELIMIT, 2, "64 levels");
	tcs_buf_fini(&buf);
}

static void
a_line_beyond_65535_is_still_right(void **state)
{
	struct tcs_diag diag = {0};
	struct tcs_xml *xml = NULL;
	struct tcs_buf buf;

	(void)state;
	tcs_buf_init(&buf, 1 << 20);
	tcs_buf_str(&buf, "<a>");
	for (int i = 0; i < 70000; i++)
		tcs_buf_char(&buf, '\n');
	tcs_buf_str(&buf, "<b>x</b></a>");
	check_ok(tcs_xml_parse(tcs_buf_view(&buf), 1 << 20, NULL, &xml, &diag),
	    &diag);
	assert_int_equal(tcs_xml_line(tcs_xml_child(tcs_xml_root(xml))), 70001);
	tcs_xml_free(&xml);
	tcs_buf_fini(&buf);
}

static void
other_encodings_come_out_as_utf8(void **state)
{
	static const char utf16[] =
	    "\xff\xfe<\0?\0x\0m\0l\0 \0v\0e\0r\0s\0i\0o\0n\0=\0'\0001\0.\0"
	    "0\0'\0?\0>\0<\0a\0>\0\xe9\0<\0/\0a\0>";
	const struct tcs_slice texts[] = {
	    tcs_slice_str(
	        "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>"),
	    tcs_slice_str(
	        "<?xml version='1.0' encoding='windows-1252'?><a>\xe9</a>"),
	    tcs_slice_str("\xef\xbb\xbf<a>\xc3\xa9</a>"),
	    tcs_slice(utf16, sizeof(utf16)),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct tcs_diag diag = {0};
		struct tcs_xml *xml = NULL;
		struct tcs_buf buf;
		tcs_buf_init(&buf, 100);
		check_ok(
		    tcs_xml_parse(texts[i], 4096, NULL, &xml, &diag), &diag);
		tcs_xml_text(tcs_xml_root(xml), &buf);
		check_text(buf.p, "é");
		tcs_buf_fini(&buf);
		tcs_xml_free(&xml);
		check_scanned(texts[i], "( a 1|é)");
	}
}

static void
what_is_escaped_comes_back_as_it_was(void **state)
{
	static const struct {
		const char *text, *escaped, *back;
	} cases[] = {
	    {"a<b>&\"'", "a&lt;b&gt;&amp;&quot;'", NULL},
	    {"]]>", "]]&gt;", NULL},
	    {"é€\xf0\x9f\x8c\x8a", "é€\xf0\x9f\x8c\x8a", NULL},
	    {"a\r\nb\tc", "a&#13;\nb\tc", NULL},
	    {"a\x01\x1b", "a\xef\xbf\xbd\xef\xbf\xbd",
	        "a\xef\xbf\xbd\xef\xbf\xbd"},
	    {"\xe9t\xe9", "\xef\xbf\xbdt\xef\xbf\xbd",
	        "\xef\xbf\xbdt\xef\xbf\xbd"},
	    {"\xef\xbf\xbe.", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd.",
	        "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd."},
	    {"", "", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_buf escaped, text;
		tcs_buf_init(&escaped, 4096);
		tcs_buf_init(&text, 4096);
		tcs_buf_str(&escaped, "<a>");
		tcs_xml_escape(&escaped, cases[i].text);
		tcs_buf_str(&escaped, "</a>");
		assert_true(tcs_slice_is(
		    tcs_slice(escaped.p + 3, escaped.n - 7), cases[i].escaped));
		struct tcs_xml *xml = parse_good(escaped.p);
		tcs_buf_str(&text, "");
		tcs_xml_text(tcs_xml_root(xml), &text);
		check_text(text.p,
		    cases[i].back == NULL ? cases[i].text : cases[i].back);
		tcs_xml_free(&xml);
		tcs_buf_fini(&escaped);
		tcs_buf_fini(&text);
	}
}

static void
an_absolute_uri_is_told_from_what_is_none(void **state)
{
	static const struct {
		const char *text;
		bool want;
	} cases[] = {
	    {"https://a.example/b?c=d&e#f", true},
	    {"http://a.example:8080/%C3%A9", true},
	    {"urn:oasis:names", true},
	    {"https://é.example/été", true},
	    {"a.example", false},
	    {"/path", false},
	    {"", false},
	    {"https://a b/", false},
	    {"https://a.example/\n", false},
	    {"https://a:b/", false},
	    {"https://a.example/%zz", false},
	    {"https://a.example/<script>", false},
	    {"https://a.example/\"", false},
	    {"https://a.example/#a#b", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (tcs_xml_is_uri(cases[i].text) != cases[i].want)
			print_error("%s\n", cases[i].text);
		assert_int_equal(tcs_xml_is_uri(cases[i].text), cases[i].want);
	}
}

static void
a_schema_reads_no_other_file(void **state)
{
	static const char included[] =
	    "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>"
	    "<xs:element name='b' type='xs:string'/></xs:schema>";
	static const char including[] =
	    "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>\n"
	    "<xs:include schemaLocation='%s/other.xsd'/>\n"
	    "<xs:element name='a'><xs:complexType><xs:sequence>"
	    "<xs:element ref='b'/></xs:sequence></xs:complexType></xs:element>"
	    "</xs:schema>";
	char *dir = tmpdir_make();
	struct tcs_xml_schema *schema = NULL;
	struct tcs_diag diag = {0};
	struct tcs_buf buf, path;

	(void)state;
	tcs_buf_init(&buf, 4096);
	tcs_buf_init(&path, 4096);
	tcs_buf_printf(&buf, including, dir);
	tcs_buf_printf(&path, "%s/main.xsd", dir);
	tmpdir_write(dir, "other.xsd", tcs_slice_str(included));
	tmpdir_write(dir, "main.xsd", tcs_buf_view(&buf));
	check_err(
	    tcs_xml_schema_load(path.p, &schema, &diag), TCS_EPARSE, &diag);
	assert_null(schema);
	check_text(diag.items[0].file, path.p);
	tcs_diag_fini(&diag);
	tcs_buf_fini(&buf);
	tcs_buf_fini(&path);
	tmpdir_remove(&dir);
}

static void
a_schema_that_is_none_is_refused_by_name(void **state)
{
	static const struct {
		const char *text;
		enum tcs_err want;
	} cases[] = {
	    {"<a/>", TCS_EPARSE},
	    {"<a>", TCS_EPARSE},
	    {"<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>"
	     "<xs:element name='a' type='none'/></xs:schema>",
	        TCS_EPARSE},
	};
	char *dir = tmpdir_make();
	struct tcs_buf path;

	(void)state;
	tcs_buf_init(&path, 4096);
	tcs_buf_printf(&path, "%s/a.xsd", dir);
	for (size_t i = 0; i <= sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_xml_schema *schema = NULL;
		struct tcs_diag diag = {0};
		bool is_there = i < sizeof(cases) / sizeof(cases[0]);
		if (is_there)
			tmpdir_write(
			    dir, "a.xsd", tcs_slice_str(cases[i].text));
		else
			assert_int_equal(unlink(path.p), 0);
		check_err(tcs_xml_schema_load(path.p, &schema, &diag),
		    is_there ? cases[i].want : TCS_ENOTFOUND, &diag);
		assert_true(diag.n > 0);
		check_text(diag.items[0].file, path.p);
		tcs_diag_fini(&diag);
	}
	tcs_buf_fini(&path);
	tmpdir_remove(&dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(elements_attributes_and_text_are_found),
	    cmocka_unit_test(a_node_without_namespace_has_an_empty_one),
	    cmocka_unit_test(
	        elements_and_texts_are_told_in_order_without_a_tree),
	    cmocka_unit_test(what_is_not_well_formed_is_refused_with_its_line),
	    cmocka_unit_test(
	        a_doctype_is_refused_before_anything_in_it_is_read),
	    cmocka_unit_test(depth_and_size_are_bounded),
	    cmocka_unit_test(a_line_beyond_65535_is_still_right),
	    cmocka_unit_test(other_encodings_come_out_as_utf8),
	    cmocka_unit_test(what_is_escaped_comes_back_as_it_was),
	    cmocka_unit_test(an_absolute_uri_is_told_from_what_is_none),
	    cmocka_unit_test(a_schema_reads_no_other_file),
	    cmocka_unit_test(a_schema_that_is_none_is_refused_by_name),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	tcs_xml_cleanup();
	return failed;
}

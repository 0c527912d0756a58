#include <stdio.h>
#include <stdlib.h>

#include "core/cap.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/xml.h"
#include "tests/support/check.h"

#define CAP_DATA "tests/data/cap/"

static char *
load(const char *name)
{
	struct tcs_buf buf;
	struct tcs_diag diag = {0};
	char path[128], *text;

	(void)snprintf(path, sizeof(path), CAP_DATA "%s", name);
	tcs_buf_init(&buf, 1 << 20);
	check_ok(tcs_file_read(path, &buf, &diag), &diag);
	check_ok(tcs_buf_steal(&buf, &text), &diag);
	return text;
}

/* `text` with the first `from` replaced by `to`; frees `text`. */
static char *
swap(char *text, const char *from, const char *to)
{
	char *at = strstr(text, from), *result = NULL;

	assert_non_null(at);
	assert_true(asprintf(&result, "%.*s%s%s", (int)(at - text), text, to,
	                at + strlen(from)) > 0);
	free(text);
	return result;
}

static struct tcs_cap *
read_good(const char *name)
{
	struct tcs_diag diag = {0};
	struct tcs_cap *cap = NULL;
	char *text = load(name);

	check_ok(tcs_cap_read(tcs_slice_str(text), &cap, &diag), &diag);
	assert_int_equal(diag.n, 0);
	free(text);
	return cap;
}

static void
a_message_is_read_whole(void **state)
{
	struct tcs_cap *cap = read_good("valid-polygon.cap");
	const struct tcs_cap_info *info = cap->infos;

	(void)state;
	check_text(cap->identifier, "ORAGE-0001");
	check_text(cap->sender, "veille@meteo.example");
	assert_int_equal(cap->sent_ms, INT64_C(1795446000000));
	check_text(cap->status, "Actual");
	check_text(cap->msg_type, "Alert");
	check_text(cap->scope, "Public");
	assert_null(cap->references);
	assert_null(info->language);
	check_text(info->categories->text, "Met");
	check_text(info->event, "ORAGE VIOLENT");
	check_text(info->response_types->text, "Shelter");
	check_text(info->event_codes->name, "SAME");
	check_text(info->event_codes->value, "SVR");
	assert_int_equal(info->onset_ms, TCS_NO_TIME);
	assert_int_equal(
	    info->expires_ms, INT64_C(1795446000000) + TCS_HOURS(2));
	check_text(info->sender_name, "Veille météo (fictive)");
	check_text(
	    info->description, "Grêle et rafales\nsur le bassin de l'Aa.");
	check_text(info->areas->desc, "Audomarois");
	check_text(info->areas->polygons->text,
	    "50.70,2.20 50.80,2.20 50.80,2.40 50.70,2.40 50.70,2.20");
	check_text(info->areas->circles->text, "50.75,2.25 12.5");
	check_text(info->areas->geocodes->next->value, "62905");
	check_text(info->areas->geocodes->next->next->name, "INSEE:DEP");
	assert_null(info->areas->geocodes->next->next->next);
	check_text(info->areas->ceiling, "250.5");
	assert_null(info->next);
	tcs_cap_free(&cap);
	assert_null(cap);
}

static void
empty_elements_are_absent_and_both_languages_are_kept(void **state)
{
	struct tcs_cap *cap = read_good("valid-bilingual-update.cap");

	(void)state;
	assert_null(cap->restriction);
	assert_null(cap->note);
	assert_null(cap->infos->contact);
	check_text(cap->codes->text, "profile:one");
	check_text(cap->codes->next->text, "profile:two");
	check_text(cap->infos->language, "fr-FR");
	check_text(cap->infos->response_types->text, "AllClear");
	check_text(cap->infos->next->language, "en-GB");
	assert_null(tcs_cap_param(cap, "profile:empty"));
	check_text(tcs_cap_param(cap, "profile:kind"), "watch");
	check_text(cap->infos->resources->mime_type, "image/png");
	tcs_cap_free(&cap);
}

static void
the_declared_encoding_and_any_prefix_are_read(void **state)
{
	(void)state;
	struct tcs_cap *cap = read_good("valid-latin1.cap");
	check_text(cap->infos->sender_name, "Veille météo (fictive)");
	tcs_cap_free(&cap);
	cap = read_good("valid-namespaced.cap");
	check_text(cap->infos->headline, "Orage violent");
	tcs_cap_free(&cap);
}

static void
a_long_text_in_another_encoding_is_read_to_its_end(void **state)
{
	enum { LONG = 40000 };
	struct tcs_cap *cap = NULL;
	struct tcs_diag diag = {0};
	char *more = calloc(1, LONG + sizeof("</senderName>"));

	(void)state;
	assert_non_null(more);
	memset(more, 0xe9, LONG);
	memcpy(more + LONG, "</senderName>", sizeof("</senderName>"));
	char *text = swap(load("valid-latin1.cap"), "</senderName>", more);
	check_ok(tcs_cap_read(tcs_slice_str(text), &cap, &diag), &diag);
	assert_int_equal(diag.n, 0);
	assert_int_equal(strlen(cap->infos->sender_name),
	    strlen("Veille météo (fictive)") + (size_t)2 * LONG);
	tcs_cap_free(&cap);
	free(text);
	free(more);
}

static void
the_samples_get_their_grade_with_element_and_line(void **state)
{
	static const struct {
		const char *file;
		enum tcs_err want;
		unsigned line;
		const char *finding;
	} cases[] = {
	    {"faulty-update-without-references.cap", TCS_OK, 9, "<references>"},
	    {"faulty-swapped-polygon.cap", TCS_OK, 29, "swapped"},
	    {"faulty-z-times.cap", TCS_OK, 5, "<sent>"},
	    {"faulty-z-times.cap", TCS_OK, 20, "<expires>"},
	    {"invalid-cap-1.1.cap", TCS_EPARSE, 2, "only CAP 1.2"},
	    {"invalid-broken.cap", TCS_EPARSE, 22, "headlin"},
	    {"invalid-cut.cap", TCS_EPARSE, 29, "polygon"},
	    {"invalid-doctype.cap", TCS_EPARSE, 2, "DOCTYPE"},
	    {"invalid-entity-bomb.cap", TCS_EPARSE, 2, "DOCTYPE"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_diag diag = {0};
		struct tcs_cap *cap = NULL;
		char *text = load(cases[i].file);
		enum tcs_err err =
		    tcs_cap_read(tcs_slice_str(text), &cap, &diag);
		if (err != cases[i].want)
			print_error("%s\n", cases[i].file);
		assert_int_equal(err, cases[i].want);
		assert_true((cap != NULL) == (err == TCS_OK));
		check_finding(&diag, cases[i].line, cases[i].finding);
		tcs_diag_fini(&diag);
		tcs_cap_free(&cap);
		free(text);
	}
}

static void
a_broken_polygon_is_left_out_of_the_area(void **state)
{
	struct tcs_diag diag = {0};
	struct tcs_cap *cap = NULL;
	char *text = load("faulty-swapped-polygon.cap");

	(void)state;
	assert_int_equal(
	    tcs_cap_read(tcs_slice_str(text), &cap, &diag), TCS_OK);
	assert_int_equal(diag.n, 1);
	assert_null(cap->infos->areas->polygons);
	assert_non_null(cap->infos->areas->circles);
	tcs_diag_fini(&diag);
	tcs_cap_free(&cap);
	free(text);
}

/* One change to a good message: what it makes of it, and the words for it. */
struct bend {
	const char *from, *to;
	enum tcs_err want;
	unsigned line;
	const char *finding;
};

static void
check_bend(const char *file, const struct bend *bend)
{
	struct tcs_diag diag = {0};
	struct tcs_cap *cap = NULL;
	char *text = swap(load(file), bend->from, bend->to);
	enum tcs_err err = tcs_cap_read(tcs_slice_str(text), &cap, &diag);

	if (err != bend->want)
		print_error("%s -> %s\n", bend->from, bend->to);
	check_err(err, bend->want, NULL);
	check_finding(&diag, bend->line, bend->finding);
	if (diag.n != 1)
		print_error("%s -> %s: %zu findings, the second %s\n",
		    bend->from, bend->to, diag.n, diag.items[1].text);
	assert_int_equal(diag.n, 1);
	tcs_diag_fini(&diag);
	tcs_cap_free(&cap);
	free(text);
}

static void
what_cannot_be_used_safely_is_invalid(void **state)
{
	static const struct bend bends[] = {
	    {"<identifier>ORAGE-0001</identifier>", "", TCS_EPARSE, 2,
	        "no <identifier>"},
	    {">ORAGE-0001<", "> <", TCS_EPARSE, 3, "no <identifier>"},
	    {">ORAGE-0001<", ">A</identifier><identifier>B<", TCS_EPARSE, 3,
	        "more than once"},
	    {"<sender>veille@meteo.example</sender>", "", TCS_EPARSE, 2,
	        "no <sender>"},
	    {">Actual<", ">actual<", TCS_EPARSE, 6, "Actual, Exercise"},
	    {">Alert<", ">Warning<", TCS_EPARSE, 7, "<msgType>: \"Warning\""},
	    {">Public<", ">Secret<", TCS_EPARSE, 8, "<scope>: \"Secret\""},
	    {"<event>ORAGE VIOLENT</event>", "", TCS_EPARSE, 9, "no <event>"},
	    {">Immediate<", "><", TCS_EPARSE, 13, "no <urgency>"},
	    {">Severe<", "><", TCS_EPARSE, 14, "no <severity>"},
	    {">Observed<", "><", TCS_EPARSE, 15, "no <certainty>"},
	    {">Alert<", ">Cancel<", TCS_EPARSE, 7, "<references>: none"},
	    {">Alert<", ">Ack<", TCS_EPARSE, 7, "<references>: none"},
	    {">Alert<", ">Error<", TCS_EPARSE, 7, "<references>: none"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bends) / sizeof(bends[0]); i++)
		check_bend("valid-polygon.cap", &bends[i]);
}

static void
an_unreadable_sent_is_invalid_and_comes_first(void **state)
{
	static const char *const times[] = {"2026-11-23", "hier",
	    "2026-11-23T16:00:00", "2026-02-30T16:00:00+01:00",
	    "2026-11-23T25:00:00+01:00"};

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct tcs_diag diag = {0};
		struct tcs_cap *cap = NULL;
		char *text = swap(load("faulty-z-times.cap"),
		    "2026-11-23T16:00:00Z", times[i]);
		check_err(tcs_cap_read(tcs_slice_str(text), &cap, &diag),
		    TCS_EPARSE, NULL);
		assert_non_null(strstr(diag.items[0].text, "<sent>"));
		assert_int_equal(diag.items[0].line, 5);
		tcs_diag_fini(&diag);
		free(text);
	}
}

static void
what_leaves_the_rest_usable_is_faulty(void **state)
{
	static const struct bend bends[] = {
	    {">ORAGE-0001<", ">ORAGE 1<", TCS_OK, 3, "<identifier>"},
	    {">ORAGE-0001<", ">A,1<", TCS_OK, 3, "<identifier>"},
	    {">veille@meteo.example<", ">a&amp;b<", TCS_OK, 4, "<sender>"},
	    {">Public<", ">Restricted<", TCS_OK, 8, "<restriction>"},
	    {">Public<", ">Private<", TCS_OK, 8, "<addresses>"},
	    {"<info>", "<references>a,b</references><info>", TCS_OK, 9,
	        "\"a,b\" is not sender,identifier,sent"},
	    {"<info>", "<references>a,b,c,d</references><info>", TCS_OK, 9,
	        "<references>"},
	    {"<info>", "<info><language>français</language>", TCS_OK, 9,
	        "<language>"},
	    {"<category>Met</category>", "", TCS_OK, 9, "no <category>"},
	    {">Met<", ">Weather<", TCS_OK, 10, "<category>: \"Weather\""},
	    {">Shelter<", ">Hide<", TCS_OK, 12, "<responseType>: \"Hide\""},
	    {">Immediate<", ">Now<", TCS_OK, 13, "<urgency>: \"Now\""},
	    {">Severe<", ">Grave<", TCS_OK, 14, "<severity>: \"Grave\""},
	    {">Observed<", ">Sure<", TCS_OK, 15, "<certainty>: \"Sure\""},
	    {">SAME<", "><", TCS_OK, 16, "<eventCode>: no <valueName>"},
	    {"18:00:00+01:00", "18h", TCS_OK, 20, "<expires>"},
	    {"<contact>", "<web>meteo.example</web><contact>", TCS_OK, 26,
	        "<web>"},
	    {"<contact>", "<web>https://a b/</web><contact>", TCS_OK, 26,
	        "<web>"},
	    {"<contact>", "<web>https://a:b/</web><contact>", TCS_OK, 26,
	        "<web>"},
	    {"<areaDesc>Audomarois</areaDesc>", "", TCS_OK, 27,
	        "no <areaDesc>"},
	    {">10<", ">haut<", TCS_OK, 43, "<altitude>"},
	    {"<altitude>10</altitude>", "", TCS_OK, 44, "<ceiling>"},
	    {"<area>", "<couleur>rouge</couleur><area>", TCS_OK, 27,
	        "<couleur>"},
	    {"<scope>Public</scope>", "<scope>Public</scope><source>x</source>",
	        TCS_OK, 8, "<source>: out of order"},
	    {"<headline>", "<headline>a</headline><headline>", TCS_OK, 22,
	        "<headline>: more than once"},
	    {">Orage violent<", "><b>Orage</b><", TCS_OK, 22, "<headline>"},
	    {"<area>", "<resource><mimeType>a/b</mimeType></resource><area>",
	        TCS_OK, 27, "no <resourceDesc>"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bends) / sizeof(bends[0]); i++)
		check_bend("valid-polygon.cap", &bends[i]);
}

static void
areas_are_closed_and_latitude_is_first(void **state)
{
	static const char polygon[] =
	    "50.70,2.20 50.80,2.20 50.80,2.40 50.70,2.40 50.70,2.20";
	static const char circle[] = "50.75,2.25 12.5";
	static const struct bend bends[] = {
	    {polygon, "50.7,2.2 50.8,2.2 50.7,2.2", TCS_OK, 29, "4 points"},
	    {polygon, "50.7,2.2 50.8,2.2 50.8,2.4 50.7,2.4", TCS_OK, 29,
	        "not closed"},
	    {polygon, "100,20 110,20 110,30 100,20", TCS_OK, 29, "swapped"},
	    {polygon, "95,200 96,200 96,201 95,200", TCS_OK, 29, "a latitude"},
	    {polygon, "50,181 51,181 51,180 50,181", TCS_OK, 29, "a longitude"},
	    {polygon, "50 2 51 2 51 3 50 2", TCS_OK, 29, "a point"},
	    {polygon, "50,2,0 51,2,0 51,3,0 50,2,0", TCS_OK, 29, "a point"},
	    {polygon, "nan,2 51,2 51,3 nan,2", TCS_OK, 29, "a point"},
	    {polygon, "1e1,2 51,2 51,3 1e1,2", TCS_OK, 29, "a point"},
	    {circle, "50.75,2.25", TCS_OK, 30, "radius"},
	    {circle, "50.75,2.25 -1", TCS_OK, 30, "radius"},
	    {circle, "50.75,2.25 1 2", TCS_OK, 30, "radius"},
	    {circle, "150.75,2.25 1", TCS_OK, 30, "swapped"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bends) / sizeof(bends[0]); i++)
		check_bend("valid-polygon.cap", &bends[i]);
}

static void
a_polygon_may_close_on_the_same_place_written_otherwise(void **state)
{
	struct tcs_diag diag = {0};
	struct tcs_cap *cap = NULL;
	char *text = swap(load("valid-polygon.cap"), "50.70,2.40 50.70,2.20",
	    "50.70,2.40\n  +50.7,02.2000");

	(void)state;
	check_ok(tcs_cap_read(tcs_slice_str(text), &cap, &diag), &diag);
	assert_non_null(cap->infos->areas->polygons);
	tcs_cap_free(&cap);
	free(text);
}

/* From the first <info> to the end of the last. */
static char *
without_info(char *text)
{
	char *start = strstr(text, "<info>"), *end = strstr(text, "</alert>");

	memmove(start, end, strlen(end) + 1);
	return text;
}

static void
an_info_is_asked_for_where_the_message_needs_one(void **state)
{
	static const struct {
		const char *status, *type;
		enum tcs_err want;
	} cases[] = {
	    {"Actual", "Alert", TCS_EPARSE},
	    {"Exercise", "Update", TCS_EPARSE},
	    {"System", "Alert", TCS_OK},
	    {"Test", "Alert", TCS_OK},
	    {"Actual", "Cancel", TCS_OK},
	    {"Actual", "Ack", TCS_OK},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_diag diag = {0};
		struct tcs_cap *cap = NULL;
		char *text = without_info(load("valid-bilingual-update.cap"));
		text = swap(text, "Actual", cases[i].status);
		text = swap(text, "Update", cases[i].type);
		enum tcs_err err =
		    tcs_cap_read(tcs_slice_str(text), &cap, &diag);
		assert_int_equal(err, cases[i].want);
		if (err != TCS_OK)
			check_finding(&diag, 2, "no <info>");
		tcs_diag_fini(&diag);
		tcs_cap_free(&cap);
		free(text);
	}
}

static void
a_signature_passes_without_a_word(void **state)
{
	struct tcs_diag diag = {0};
	struct tcs_cap *cap = NULL;
	char *text = swap(load("valid-polygon.cap"), "</alert>",
	    "<Signature "
	    "xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/></alert>");

	(void)state;
	check_ok(tcs_cap_read(tcs_slice_str(text), &cap, &diag), &diag);
	assert_int_equal(diag.n, 0);
	tcs_cap_free(&cap);
	free(text);
}

/* 1 MB of empty areas would need many times its size. */
static void
what_would_fill_the_memory_is_refused(void **state)
{
	struct tcs_diag diag = {0};
	struct tcs_cap *cap = NULL;
	struct tcs_buf buf;

	(void)state;
	tcs_buf_init(&buf, TCS_CAP_MAX + 1);
	tcs_buf_str(&buf, "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:"
	                  "1.2\">");
	while (buf.n < TCS_CAP_MAX - 20)
		tcs_buf_str(&buf, "<info/>");
	tcs_buf_str(&buf, "</alert>");
	check_err(
	    tcs_cap_read(tcs_buf_view(&buf), &cap, &diag), TCS_ELIMIT, &diag);
	tcs_diag_fini(&diag);
	while (buf.n <= TCS_CAP_MAX)
		tcs_buf_char(&buf, ' ');
	check_err(
	    tcs_cap_read(tcs_buf_view(&buf), &cap, &diag), TCS_ELIMIT, &diag);
	assert_null(cap);
	tcs_diag_fini(&diag);
	tcs_buf_fini(&buf);
}

static void
check_valid(const struct tcs_cap *cap, const struct tcs_xml_schema *schema,
    struct tcs_buf *bytes)
{
	struct tcs_diag diag = {0};
	struct tcs_xml *xml = NULL;

	tcs_buf_reset(bytes);
	check_ok(tcs_cap_write(cap, bytes, &diag), &diag);
	check_ok(tcs_xml_parse(
	             tcs_buf_view(bytes), TCS_CAP_MAX, "written", &xml, &diag),
	    &diag);
	check_ok(tcs_xml_validate(xml, schema, &diag), &diag);
	tcs_xml_free(&xml);
}

static void
what_is_written_validates_and_reads_back_the_same(void **state)
{
	static const char *const files[] = {"valid-polygon.cap",
	    "valid-bilingual-update.cap", "valid-latin1.cap"};
	struct tcs_xml_schema *schema = NULL;
	struct tcs_diag diag = {0};
	struct tcs_buf once, twice;

	(void)state;
	tcs_buf_init(&once, TCS_CAP_MAX);
	tcs_buf_init(&twice, TCS_CAP_MAX);
	check_ok(
	    tcs_xml_schema_load("config/schema/cap-1.2.xsd", &schema, &diag),
	    &diag);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct tcs_cap *cap = read_good(files[i]), *again = NULL;
		check_valid(cap, schema, &once);
		check_ok(
		    tcs_cap_read(tcs_buf_view(&once), &again, &diag), &diag);
		assert_int_equal(diag.n, 0);
		check_valid(again, schema, &twice);
		check_text(twice.p, once.p);
		tcs_cap_free(&cap);
		tcs_cap_free(&again);
	}
	tcs_xml_schema_free(&schema);
	tcs_buf_fini(&once);
	tcs_buf_fini(&twice);
}

static void
the_schema_finds_the_line_of_each_fault(void **state)
{
	struct tcs_xml_schema *schema = NULL;
	struct tcs_xml *xml = NULL;
	struct tcs_diag diag = {0};
	char *text = load("faulty-z-times.cap");

	(void)state;
	text = swap(text, ">Severe<", ">Grave<");
	check_ok(
	    tcs_xml_schema_load("config/schema/cap-1.2.xsd", &schema, &diag),
	    &diag);
	check_ok(tcs_xml_parse(
	             tcs_slice_str(text), TCS_CAP_MAX, "z.cap", &xml, &diag),
	    &diag);
	check_err(tcs_xml_validate(xml, schema, &diag), TCS_EINVAL, &diag);
	check_finding(&diag, 5, "sent");
	check_finding(&diag, 14, "severity");
	check_finding(&diag, 20, "expires");
	check_text(diag.items[0].file, "z.cap");
	tcs_diag_fini(&diag);
	tcs_xml_free(&xml);
	tcs_xml_schema_free(&schema);
	free(text);
}

static void
a_copy_lives_on_its_own(void **state)
{
	struct tcs_cap *cap = read_good("valid-bilingual-update.cap");
	struct tcs_cap *copy = tcs_cap_copy(cap);
	struct tcs_buf once, twice;
	struct tcs_diag diag = {0};

	(void)state;
	tcs_buf_init(&once, TCS_CAP_MAX);
	tcs_buf_init(&twice, TCS_CAP_MAX);
	check_ok(tcs_cap_write(cap, &once, &diag), &diag);
	tcs_cap_free(&cap);
	check_ok(tcs_cap_write(copy, &twice, &diag), &diag);
	check_text(twice.p, once.p);
	tcs_cap_free(&copy);
	tcs_buf_fini(&once);
	tcs_buf_fini(&twice);
}

static void
parameters_are_set_replaced_and_removed(void **state)
{
	struct tcs_cap *cap = read_good("valid-bilingual-update.cap");

	(void)state;
	tcs_cap_set_param(cap, "new", "1");
	tcs_cap_set_param(cap, "profile:kind", "warning");
	check_text(tcs_cap_param(cap, "new"), "1");
	check_text(tcs_cap_param(cap, "profile:kind"), "warning");
	assert_null(cap->infos->parameters->next->next);
	tcs_cap_set_param(cap, "profile:kind", NULL);
	assert_null(tcs_cap_param(cap, "profile:kind"));
	check_text(tcs_cap_param(cap, "new"), "1");
	tcs_cap_free(&cap);
}

static void
a_message_refers_to_another_by_sender_identifier_and_time(void **state)
{
	struct tcs_cap *cap = read_good("valid-polygon.cap");
	struct tcs_buf buf;

	(void)state;
	tcs_buf_init(&buf, 256);
	tcs_cap_reference(cap, &buf);
	check_text(
	    buf.p, "veille@meteo.example,ORAGE-0001,2026-11-23T16:00:00+01:00");
	tcs_buf_fini(&buf);
	tcs_cap_free(&cap);
}

static void
writing_is_strict_and_leaves_the_buffer_alone(void **state)
{
	struct tcs_cap *cap = read_good("valid-polygon.cap");
	struct tcs_diag diag = {0};
	struct tcs_buf buf;

	(void)state;
	tcs_buf_init(&buf, 4096);
	tcs_buf_str(&buf, "before");
	cap->identifier = "a b";
	check_err(tcs_cap_write(cap, &buf, &diag), TCS_EINVAL, &diag);
	check_finding(&diag, 0, "<identifier>");
	tcs_diag_fini(&diag);
	cap->identifier = "a";
	buf.max = 50;
	check_err(tcs_cap_write(cap, &buf, &diag), TCS_ELIMIT, &diag);
	tcs_diag_fini(&diag);
	check_text(buf.p, "before");
	tcs_buf_fini(&buf);
	tcs_cap_free(&cap);
}

static void
a_message_that_lost_a_part_is_not_written(void **state)
{
	struct tcs_cap *cap = tcs_cap_new();
	struct tcs_diag diag = {0};
	char *big = malloc(1 << 20);

	(void)state;
	assert_non_null(big);
	memset(big, 'x', (1 << 20) - 1);
	big[(1 << 20) - 1] = '\0';
	for (int i = 0; i < 9; i++)
		tcs_cap_add_text(cap, &cap->codes, big);
	check_err(tcs_cap_check(cap, &diag), TCS_ENOMEM, &diag);
	tcs_diag_fini(&diag);
	tcs_cap_free(&cap);
	cap = tcs_cap_new();
	tcs_cap_set_param(cap, "nowhere", "1");
	check_err(tcs_cap_check(cap, &diag), TCS_ENOMEM, &diag);
	tcs_diag_fini(&diag);
	tcs_cap_free(&cap);
	free(big);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_message_is_read_whole),
	    cmocka_unit_test(
	        empty_elements_are_absent_and_both_languages_are_kept),
	    cmocka_unit_test(the_declared_encoding_and_any_prefix_are_read),
	    cmocka_unit_test(
	        a_long_text_in_another_encoding_is_read_to_its_end),
	    cmocka_unit_test(the_samples_get_their_grade_with_element_and_line),
	    cmocka_unit_test(a_broken_polygon_is_left_out_of_the_area),
	    cmocka_unit_test(what_cannot_be_used_safely_is_invalid),
	    cmocka_unit_test(an_unreadable_sent_is_invalid_and_comes_first),
	    cmocka_unit_test(what_leaves_the_rest_usable_is_faulty),
	    cmocka_unit_test(areas_are_closed_and_latitude_is_first),
	    cmocka_unit_test(
	        a_polygon_may_close_on_the_same_place_written_otherwise),
	    cmocka_unit_test(an_info_is_asked_for_where_the_message_needs_one),
	    cmocka_unit_test(a_signature_passes_without_a_word),
	    cmocka_unit_test(what_would_fill_the_memory_is_refused),
	    cmocka_unit_test(what_is_written_validates_and_reads_back_the_same),
	    cmocka_unit_test(the_schema_finds_the_line_of_each_fault),
	    cmocka_unit_test(a_copy_lives_on_its_own),
	    cmocka_unit_test(parameters_are_set_replaced_and_removed),
	    cmocka_unit_test(
	        a_message_refers_to_another_by_sender_identifier_and_time),
	    cmocka_unit_test(writing_is_strict_and_leaves_the_buffer_alone),
	    cmocka_unit_test(a_message_that_lost_a_part_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

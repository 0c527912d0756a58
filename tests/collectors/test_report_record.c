#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/report/record.h"
#include "core/arena.h"
#include "tests/support/check.h"

#define ID "sidpc62.report.20261123T160500Z-1a2b3c4d"
#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Members of a report; a case replaces one of them, or adds one. */
static const char *const whole[][2] = {{"v", "1"}, {"kind", "\"report\""},
    {"id", "\"" ID "\""}, {"fact", "\"2026-11-23T17:00:00+01:00\""},
    {"reported", "\"2026-11-23T17:05:00+01:00\""}, {"typed_by", "\"mdurand\""},
    {"from", "\"gendarmerie d'Arques\""}, {"departement", "\"62\""},
    {"commune", "\"62040\""}, {"what", "\"route coupée\""},
    {"phenomenon", "\"route-coupee\""}, {"level", "\"none\""},
    {"certainty", "\"observed\""}};
enum { WHOLE = sizeof(whole) / sizeof(whole[0]) };

/* `value` NULL: the member is left out. */
static char *
bent(const char *name, const char *value)
{
	struct tcs_buf buf;
	char *text = NULL;
	bool is_there = false;

	tcs_buf_init(&buf, 1 << 20);
	for (size_t i = 0; i < WHOLE; i++) {
		bool is_it = name != NULL && strcmp(whole[i][0], name) == 0;
		is_there = is_there || is_it;
		if (is_it && value == NULL)
			continue;
		tcs_buf_printf(&buf, "%s\"%s\":%s", buf.n == 0 ? "{" : ",",
		    whole[i][0], is_it ? value : whole[i][1]);
	}
	if (name != NULL && !is_there && value != NULL)
		tcs_buf_printf(&buf, ",\"%s\":%s", name, value);
	tcs_buf_char(&buf, '}');
	assert_int_equal(tcs_buf_steal(&buf, &text), TCS_OK);
	return text;
}

static enum tcs_err
read_text(const char *text, struct tcs_arena *arena,
    struct tcs_report *ret_report, struct tcs_diag *diag)
{
	return tcs_report_read(tcs_slice_str(text), arena, ret_report, diag);
}

static void
a_report_is_read_and_written_the_same(void **state)
{
	struct tcs_arena *arena = tcs_arena_new(1 << 20);
	struct tcs_report report, again;
	struct tcs_diag diag = {0};
	struct tcs_buf buf;
	char *text = bent("photo",
	    "{\"hash\":\"" HASH "\",\"type\":\"image/png\",\"size\":7}");

	(void)state;
	check_ok(read_text(text, arena, &report, &diag), &diag);
	assert_string_equal(report.id, ID);
	assert_string_equal(report.from, "gendarmerie d'Arques");
	assert_string_equal(report.commune, "62040");
	assert_null(report.place);
	assert_int_equal(report.reported_ms - report.fact_ms, TCS_MINUTES(5));
	assert_string_equal(report.photo.hash, HASH);
	assert_int_equal(report.photo.size, 7);
	tcs_buf_init(&buf, TCS_REPORT_JSON_MAX);
	assert_int_equal(tcs_report_write(&report, &buf), TCS_OK);
	check_ok(read_text(buf.p, arena, &again, &diag), &diag);
	assert_string_equal(again.what, report.what);
	assert_int_equal(again.fact_ms, report.fact_ms);
	assert_string_equal(again.photo.type, "image/png");
	tcs_buf_fini(&buf);
	free(text);
	tcs_arena_free(&arena);
}

static void
what_is_no_report_is_refused_with_its_reason(void **state)
{
	static char long_text[2100];
	const struct {
		const char *name, *value, *why;
	} cases[] = {
	    {"v", "2", "v is not 1"},
	    {"v", NULL, "v is not 1"},
	    {"kind", "\"sing\"", "none of report"},
	    {"kind", "7", "none of report"},
	    {"id", NULL, "id is missing"},
	    {"id", "\"a b\"", "identifier"},
	    {"id", "\"a|b\"", "identifier"},
	    {"id", "null", "id is no text"},
	    {"id", "[]", "id is no text"},
	    {"report", "\"x\"", "not of the kind report"},
	    {"typed_by", NULL, "typed_by is missing"},
	    {"from", "\" \"", "from is blank"},
	    {"from", "\"a\\nb\"", "one line"},
	    {"from", long_text, "longer than 128"},
	    {"departement", "\"6\"", "no département"},
	    {"departement", "\"6|\"", "no département"},
	    {"departement", "\"59\"", "of département 62, not 59"},
	    {"commune", "\"6204\"", "no INSEE code"},
	    {"commune", NULL, "neither commune nor place"},
	    {"what", NULL, "what is missing"},
	    {"what", "\"a\\u0007\"", "control characters"},
	    {"what", "\"a\\uffff\"", "control characters"},
	    {"what", long_text, "longer than 2000"},
	    {"phenomenon", "\"Route\"", "lower case"},
	    {"phenomenon", "\"route coupee\"", "lower case"},
	    {"level", "\"mauve\"", "no level"},
	    {"level", "\"vigicrues:orange\"", "no level"},
	    {"level", "\"inconnu\"", "no level"},
	    {"certainty", "\"sure\"", "no certainty"},
	    {"fact", "\"noon\"", "fact is no time"},
	    {"fact", "17", "fact is no time"},
	    {"fact", NULL, "fact is missing"},
	    {"fact", "\"2026-11-23T17:05:01+01:00\"", "after its report"},
	    {"fact", "\"2026-11-16T17:04:59+01:00\"", "7 days"},
	    {"reported", NULL, "reported is no time"},
	    {"reported", "\"0000-01-01T00:00:00Z\"", "reported is no time"},
	    {"photo", "7", "without hash"},
	    {"photo", "{}", "without hash"},
	    {"photo",
	        "{\"hash\":\"../../x\",\"type\":\"image/png\",\"size\":1}",
	        "no SHA-256"},
	    {"photo",
	        "{\"hash\":\"" HASH "\",\"type\":\"text/html\",\"size\":1}",
	        "neither image/jpeg"},
	    {"photo",
	        "{\"hash\":\"" HASH "\",\"type\":\"image/png\",\"size\":0}",
	        "1 to 10000000"},
	    {"photo",
	        "{\"hash\":\"" HASH
	        "\",\"type\":\"image/png\",\"size\":10000001}",
	        "1 to 10000000"},
	};

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[0] = long_text[sizeof(long_text) - 2] = '"';
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_arena *arena = tcs_arena_new(1 << 20);
		struct tcs_report report = {.id = "untouched"};
		struct tcs_diag diag = {0};
		char *text = bent(cases[i].name, cases[i].value);
		enum tcs_err err = read_text(text, arena, &report, &diag);
		if (err != TCS_EPARSE && err != TCS_EINVAL && err != TCS_ELIMIT)
			fail_msg("%s: %d", text, err);
		if (strstr(tcs_diag_text(&diag), cases[i].why) == NULL)
			fail_msg("%s:\n  %s\n  not %s", text,
			    tcs_diag_text(&diag), cases[i].why);
		assert_string_equal(report.id, "untouched");
		tcs_diag_fini(&diag);
		free(text);
		tcs_arena_free(&arena);
	}
}

static void
what_is_no_object_is_refused(void **state)
{
	static const char *const cases[] = {
	    "", "7", "[]", "null", "\"report\"", "{", "{\"v\":1,"};
	static char large[TCS_REPORT_JSON_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_arena *arena = tcs_arena_new(1 << 20);
		struct tcs_report report;
		assert_int_equal(
		    read_text(cases[i], arena, &report, NULL), TCS_EPARSE);
		tcs_arena_free(&arena);
	}
	memset(large, ' ', sizeof(large) - 1);
	struct tcs_arena *arena = tcs_arena_new(1 << 20);
	struct tcs_report report;
	assert_int_equal(read_text(large, arena, &report, NULL), TCS_ELIMIT);
	tcs_arena_free(&arena);
}

static void
a_revision_says_what_it_is_about_and_something(void **state)
{
	static const struct {
		const char *members;
		enum tcs_err want;
	} cases[] = {
	    {"\"kind\":\"correct\",\"report\":\"r\",\"what\":\"60 cm\"",
	        TCS_OK},
	    {"\"kind\":\"correct\",\"report\":\"r\",\"contact\":\"06\"",
	        TCS_OK},
	    {"\"kind\":\"correct\",\"report\":\"r\"", TCS_EINVAL},
	    {"\"kind\":\"correct\",\"what\":\"60 cm\"", TCS_EINVAL},
	    {"\"kind\":\"correct\",\"report\":\"r\",\"commune\":\"62040\","
	     "\"what\":\"x\"",
	        TCS_EINVAL},
	    {"\"kind\":\"end\",\"report\":\"r\"", TCS_OK},
	    {"\"kind\":\"end\",\"report\":\"r\",\"what\":\"fini\"", TCS_OK},
	    {"\"kind\":\"end\",\"report\":\"r\",\"place\":\"ici\"", TCS_EINVAL},
	    {"\"kind\":\"end\"", TCS_EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_arena *arena = tcs_arena_new(1 << 20);
		struct tcs_report report;
		char *text = NULL;
		assert_true(asprintf(&text,
		                "{\"v\":1,\"id\":\"c\",\"typed_by\":\"m\","
		                "\"departement\":\"62\",\"reported\":"
		                "\"2026-11-23T17:05:00+01:00\",%s}",
		                cases[i].members) > 0);
		if (read_text(text, arena, &report, NULL) != cases[i].want)
			fail_msg("%s", text);
		free(text);
		tcs_arena_free(&arena);
	}
}

static void
the_zone_is_the_commune_or_the_folded_place(void **state)
{
	static const struct {
		const char *commune, *place, *want;
	} cases[] = {
	    {"62040", NULL, "62040"},
	    {"62040", "D 210", "62040"},
	    {NULL, "Digue du canal, PK 12", "62-7dcc2b5a"},
	    {NULL, "DIGUE DU CANAL PK-12", "62-7dcc2b5a"},
	    {NULL, "Digue du canal, PK 13", "62-"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tcs_report report = {.departement = "62",
		    .commune = cases[i].commune,
		    .place = cases[i].place};
		char zone[TCS_REPORT_ZONE];
		tcs_report_zone(&report, zone);
		if (strlen(cases[i].want) > 3)
			assert_string_equal(zone, cases[i].want);
		else
			assert_string_not_equal(zone, "62-7dcc2b5a");
	}
}

static void
a_photo_is_told_by_its_first_bytes(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *want;
	} cases[] = {
	    {"\xff\xd8\xff\xe0 JFIF", 9, "image/jpeg"},
	    {"\x89PNG\r\n\x1a\n....", 12, "image/png"},
	    {"\x89PNG\r\n\x1a", 7, NULL},
	    {"\xff\xd8", 2, NULL},
	    {"GIF89a", 6, NULL},
	    {"<svg/>", 6, NULL},
	    {"", 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_text(tcs_report_photo_type(
		               tcs_slice(cases[i].bytes, cases[i].n)),
		    cases[i].want);
}

static void
an_identifier_is_one_that_the_reader_takes(void **state)
{
	char id[TCS_REPORT_ID_MAX];

	(void)state;
	tcs_report_identify("sidpc62", INT64_C(1795449900000), "1a2b3c4d", id);
	assert_string_equal(id, ID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_report_is_read_and_written_the_same),
	    cmocka_unit_test(what_is_no_report_is_refused_with_its_reason),
	    cmocka_unit_test(what_is_no_object_is_refused),
	    cmocka_unit_test(a_revision_says_what_it_is_about_and_something),
	    cmocka_unit_test(the_zone_is_the_commune_or_the_folded_place),
	    cmocka_unit_test(a_photo_is_told_by_its_first_bytes),
	    cmocka_unit_test(an_identifier_is_one_that_the_reader_takes),
	};

	if (tcs_clock_set_zone("Europe/Paris") != TCS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

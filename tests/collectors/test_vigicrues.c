#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/feed.h"
#include "collectors/readings.h"
#include "core/clock.h"
#include "core/file.h"
#include "territory/zonetable.h"
#include "tests/support/tmpdir.h"

extern const struct tcs_feed_ops tcs_feed_vigicrues;

struct vigicrues_options { /* the driver's block begins with its option */
	char *troncons;
	void *table;
	char rest[1000]; /* other options, at zero */
};

static struct tcs_readings *
read_text(struct vigicrues_options *st, const char *text)
{
	const struct tcs_fetch fetch = {
	    .url = "http://source.example/", .body = tcs_slice_str(text)};
	const struct tcs_answers answers = {.items = &fetch, .n = 1};
	struct tcs_readings *readings = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;

	assert_int_equal(tcs_readings_read(&tcs_feed_vigicrues, st, &answers,
	                     &readings, &refusal, NULL),
	    TCS_OK);
	return readings;
}

static char *
document(const char *features, const char *issued, const char *ref)
{
	char *text = NULL;

	assert_true(
	    asprintf(&text,
	        "{\"features\":[%s]%s%s%s,\"DtHrInfoVigiCru\":\"%s\"}",
	        features, ref == NULL ? "" : ",\"RefInfoVigiCru\":\"",
	        ref == NULL ? "" : ref, ref == NULL ? "" : "\"", issued) > 0);
	return text;
}

#define AP5 "{\"properties\":{\"CdEntCru\":\"AP5\",\"NivInfViCr\":1}}"

static void
the_next_issue_is_the_nominal_hour_after_the_one_it_stands_for(void **state)
{
	static const struct {
		const char *issued, *ref, *next;
	} cases[] = {
	    /* Published minutes before the hour that its reference names. */
	    {"2026-09-15T07:55:24+00:00", "15092026_10", "2026-09-15T16:00"},
	    {"2026-09-15T13:55:11+00:00", "15092026_16", "2026-09-16T10:00"},
	    {"2026-11-23T08:56:00+00:00", "23112026_10", "2026-11-23T16:00"},
	    /* Issued again out of hours: the reference does not change. */
	    {"2021-01-24T08:16:03+0100", "23012021_16", "2021-01-24T10:00"},
	    {"2026-11-23T15:10:00+01:00", "23112026_10", "2026-11-23T16:00"},
	    {"2026-11-23T09:50:00+01:00", "22112026_16", "2026-11-23T10:00"},
	    {"2026-11-23T23:59:00+01:00", "23112026_16", "2026-11-24T10:00"},
	    /* At the hour, and after it. */
	    {"2026-11-23T10:00:00+01:00", "23112026_10", "2026-11-23T16:00"},
	    {"2026-11-23T16:07:00+01:00", "23112026_16", "2026-11-24T10:00"},
	    /* A reference that cannot be that map's says nothing. */
	    {"2026-11-23T11:00:00+01:00", "23112026_16", "2026-11-23T16:00"},
	    {"2026-11-23T11:00:00+01:00", "01012099_10", "2026-11-23T16:00"},
	    {"2026-11-23T11:00:00+01:00", "23112026_12", "2026-11-23T16:00"},
	    {"2026-11-23T11:00:00+01:00", "99992026_10", "2026-11-23T16:00"},
	    {"2026-11-23T11:00:00+01:00", "", "2026-11-23T16:00"},
	    /* Without one, minutes before the hour stand for it. */
	    {"2026-11-23T15:56:00+01:00", NULL, "2026-11-24T10:00"},
	    {"2026-11-23T15:40:00+01:00", NULL, "2026-11-23T16:00"},
	    /* Nights on which the clock changes. */
	    {"2026-10-24T15:56:00+02:00", "24102026_16", "2026-10-25T10:00"},
	    {"2027-03-27T15:56:00+01:00", "27032027_16", "2027-03-28T10:00"},
	};
	struct vigicrues_options st = {0};

	(void)state;
	assert_int_equal(tcs_feed_vigicrues.init(&st, NULL), TCS_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char next[TCS_TIME_TEXT];
		char *text = document(AP5, cases[i].issued, cases[i].ref);
		struct tcs_readings *r = read_text(&st, text);
		const struct tcs_document *d = &r->document;
		(void)tcs_time_iso(d->next_issue_ms, next);
		next[16] = '\0';
		assert_string_equal(next, cases[i].next);
		assert_int_equal(
		    d->expires_ms, d->next_issue_ms + TCS_HOURS(2));
		assert_true(d->frozen_ms > d->next_issue_ms);
		assert_true(d->is_complete);
		tcs_readings_free(&r);
		free(text);
	}
	tcs_feed_vigicrues.fini(&st);
}

static void
levels_are_one_to_four_and_nothing_else(void **state)
{
	static const struct {
		const char *value, *want;
	} cases[] = {{"1", "vert"}, {"2", "jaune"}, {"3", "orange"},
	    {"4", "rouge"}, {"\"1\"", "vert"}, {"\"4\"", "rouge"},
	    {"0", "inconnu"}, {"5", "inconnu"}, {"-1", "inconnu"},
	    {"1.0", "inconnu"}, {"true", "inconnu"}, {"null", "inconnu"},
	    {"\"\"", "inconnu"}, {"\" 1\"", "inconnu"}, {"\"01x\"", "inconnu"},
	    {"\"vert\"", "inconnu"}, {"[1]", "inconnu"}, {"{}", "inconnu"},
	    {"9223372036854775807", "inconnu"}};
	struct vigicrues_options st = {0};

	(void)state;
	assert_int_equal(tcs_feed_vigicrues.init(&st, NULL), TCS_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *feature = NULL;
		assert_true(asprintf(&feature,
		                "{\"properties\":{\"cdentcru\":\"AP5\","
		                "\"nivinfvicr\":%s}}",
		                cases[i].value) > 0);
		char *text =
		    document(feature, "2026-11-23T11:00:00+01:00", NULL);
		struct tcs_readings *r = read_text(&st, text);
		assert_string_equal(r->items[0].level, cases[i].want);
		tcs_readings_free(&r);
		free(text);
		free(feature);
	}
	tcs_feed_vigicrues.fini(&st);
}

static void
names_are_clean_and_bounded_and_a_code_stands_in_for_none(void **state)
{
	struct vigicrues_options st = {0};
	char *text = document(
	    "{\"properties\":{\"CdEntCru\":\"AP5\",\"lbentcru\":\"A\\u0001a\\n"
	    "\\uffff\",\"NivInfViCr\":1}},{\"properties\":{\"CdEntCru\":"
	    "\"AP6\","
	    "\"lbentcru\":\"\",\"NivInfViCr\":1}}",
	    "2026-11-23T11:00:00+01:00", NULL);

	(void)state;
	assert_int_equal(tcs_feed_vigicrues.init(&st, NULL), TCS_OK);
	struct tcs_readings *r = read_text(&st, text);
	assert_string_equal(r->items[0].zone_name, "A a\n???");
	assert_string_equal(r->items[1].zone_name, "AP6");
	tcs_readings_free(&r);
	free(text);
	tcs_feed_vigicrues.fini(&st);
}

static void
a_file_takes_the_place_of_the_built_in_table(void **state)
{
	struct vigicrues_options builtin = {0}, own = {0};
	char *folder = tmpdir_make();

	(void)state;
	tmpdir_write(folder, "t.csv",
	    tcs_slice_str("zone;nom;departements\nAP5;Aa;59 62\n"));
	assert_true(asprintf(&own.troncons, "%s/t.csv", folder) > 0);
	assert_int_equal(tcs_feed_vigicrues.init(&builtin, NULL), TCS_OK);
	assert_int_equal(tcs_feed_vigicrues.init(&own, NULL), TCS_OK);
	assert_string_equal(tcs_zonetable_find(builtin.table, "AP5")[0], "62");
	assert_string_equal(tcs_zonetable_find(builtin.table, "GA1")[0], "30");
	assert_string_equal(tcs_zonetable_find(own.table, "AP5")[0], "59");
	assert_null(tcs_zonetable_find(own.table, "GA1"));
	tcs_feed_vigicrues.fini(&builtin);
	tcs_feed_vigicrues.fini(&own);
	free(own.troncons);
	tmpdir_remove(&folder);
}

static void
an_issue_from_the_future_is_not_believed(void **state)
{
	struct vigicrues_options st = {0};
	char *text = document(AP5, "2026-11-23T11:00:00+01:00", NULL);
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;

	(void)state;
	assert_int_equal(tcs_feed_vigicrues.init(&st, NULL), TCS_OK);
	struct tcs_readings *r = read_text(&st, text);
	int64_t issued_ms = r->document.issued_ms;
	assert_int_equal(tcs_readings_check_time(
	                     r, issued_ms - TCS_HOURS(1), &refusal, NULL),
	    TCS_OK);
	assert_int_equal(tcs_readings_check_time(
	                     r, issued_ms - TCS_HOURS(1) - 1, &refusal, NULL),
	    TCS_EPARSE);
	assert_int_equal(refusal, TCS_REFUSAL_RESHAPED);
	tcs_readings_free(&r);
	free(text);
	tcs_feed_vigicrues.fini(&st);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        the_next_issue_is_the_nominal_hour_after_the_one_it_stands_for),
	    cmocka_unit_test(levels_are_one_to_four_and_nothing_else),
	    cmocka_unit_test(
	        names_are_clean_and_bounded_and_a_code_stands_in_for_none),
	    cmocka_unit_test(a_file_takes_the_place_of_the_built_in_table),
	    cmocka_unit_test(an_issue_from_the_future_is_not_believed),
	};

	if (tcs_clock_set_zone("Europe/Paris") != TCS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Documents of vigilance: until when, what is none, what is too much. */
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "tests/support/check.h"
#include "tests/support/feedkit.h"

extern const struct tcs_feed_ops tcs_feed_meteofrance;

#define OPS (&tcs_feed_meteofrance)

static void
it_holds_until_its_last_period_ends_and_is_late_after_six_and_sixteen(
    void **state)
{
	static const struct {
		const char *files, *next, *frozen, *expires;
	} cases[] = {
	    {"03-now.json", "2027-01-15T16:00:00+01:00",
	        "2027-01-16T06:00:00+01:00", "2027-01-17T00:00:00+01:00"},
	    /* The night has no J1. */
	    {"05-night.json", "2027-01-16T06:00:00+01:00",
	        "2027-01-16T16:00:00+01:00", "2027-01-17T00:00:00+01:00"},
	    {"stale.json", "2027-01-04T16:00:00+01:00",
	        "2027-01-05T06:00:00+01:00", "2027-01-05T00:00:00+01:00"},
	};
	struct feedkit *kit = feedkit_open(OPS, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tcs_readings *r =
		    feedkit_read_files(kit, cases[i].files);
		check_time(r->document.next_issue_ms, cases[i].next);
		check_time(r->document.frozen_ms, cases[i].frozen);
		check_time(r->document.expires_ms, cases[i].expires);
		assert_true(r->document.is_complete);
		assert_string_equal(r->document.note, "");
	}
	feedkit_close(&kit);
}

static void
bulletins_that_cannot_be_read_are_noted(void **state)
{
	struct feedkit *kit = feedkit_open(OPS, NULL);
	const struct tcs_readings *r =
	    feedkit_read_files(kit, "03-now.json+page-502.html");

	(void)state;
	assert_non_null(strstr(r->document.note, "bulletins"));
	r = feedkit_read_files(
	    kit, "03-now.json+error-blob.json"); /* none is no fault */
	assert_string_equal(r->document.note, "");
	feedkit_close(&kit);
}

/* What refuses the poll; checks that it says why. */
static enum tcs_refusal
refused(struct feedkit *kit, const char *why)
{
	assert_null(feedkit_try(kit));
	if (strstr(tcs_diag_text(&kit->diag), why) == NULL)
		fail_msg(
		    "\"%s\" is not said: %s", why, tcs_diag_text(&kit->diag));
	return kit->refusal;
}

static void
what_is_no_product_is_refused_and_named(void **state)
{
	static const struct {
		const char *body, *why;
		enum tcs_refusal refusal;
	} cases[] = {
	    {"{\"code\":\"900901\",\"message\":\"Invalid Credentials\"}",
	        "900901", TCS_REFUSAL_ERROR},
	    {"{\"fault\":{\"code\":900800,\"message\":\"Throttled\"}}",
	        "900800", TCS_REFUSAL_ERROR},
	    {"<html><title>502 Bad Gateway</title></html>", "web page",
	        TCS_REFUSAL_ERROR},
	    {"<fault><code>900902</code><message>m</message></fault>",
	        "900902 m", TCS_REFUSAL_ERROR},
	    {"PK\3\4\24\1\1\1", "ZIP", TCS_REFUSAL_RESHAPED},
	    {"Fri\n1 2 vigilance.zip", "control file", TCS_REFUSAL_RESHAPED},
	    {"", "empty", TCS_REFUSAL_TRUNCATED},
	    {"  \n", "empty", TCS_REFUSAL_TRUNCATED},
	    {"[]", "no product", TCS_REFUSAL_RESHAPED},
	    {"{\"error\":\"no matching blob\"}", "no bulletin",
	        TCS_REFUSAL_ERROR},
	};

	(void)state;
	struct feedkit *kit = feedkit_open(OPS, NULL);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		feedkit_drop(kit);
		(void)feedkit_add(kit, tcs_slice_str(cases[i].body));
		assert_int_equal(refused(kit, cases[i].why), cases[i].refusal);
	}
	feedkit_close(&kit);
}

/* The service of the mobile applications kept its last answer for weeks. */
static void
an_answer_of_the_old_service_is_no_data_past_its_validity(void **state)
{
	struct feedkit *kit = feedkit_open(OPS, NULL);

	(void)state;
	feedkit_add_files(kit, "webservice-stale.json");
	assert_int_equal(refused(kit, "no fresh data"), TCS_REFUSAL_ERROR);
	kit->fetches[0].fetched_ms = FEEDKIT_NOW_MS - TCS_DAYS(12);
	(void)feedkit_read(kit);
	assert_string_equal(feedkit_find(kit, "62", "vent")->level, "jaune");
	feedkit_close(&kit);
}

/* ---- hostile sizes ---- */

/* `body` with `part` n times in place of '#', separated by commas. */
static char *
repeated(const char *body, const char *part, size_t n)
{
	const char *at = strchr(body, '#');
	struct tcs_buf buf;
	char *text = NULL;

	tcs_buf_init(&buf, 16 << 20);
	tcs_buf_append(&buf, body, (size_t)(at - body));
	for (size_t i = 0; i < n; i++)
		tcs_buf_printf(&buf, "%s%s", i == 0 ? "" : ",", part);
	tcs_buf_str(&buf, at + 1);
	assert_int_equal(tcs_buf_steal(&buf, &text), TCS_OK);
	return text;
}

#define MAP                                                                    \
	"{\"update_time\":\"2027-01-15T05:00:00Z\",\"periods\":["              \
	"{\"end_validity_time\":\"2027-01-15T23:00:00Z\",\"domain_ids\":[#]}]" \
	"}"
#define BULLETINS                                                              \
	"{\"update_time\":\"2027-01-15T05:00:00Z\",\"text_bloc_items\":[#]}"

static void
what_is_more_than_any_vigilance_is_refused(void **state)
{
	static const struct {
		const char *body, *part;
		size_t n;
	} cases[] = {
	    {MAP, "{\"domain_id\":\"62\",\"phenomenon_items\":[]}", 1001},
	    {MAP,
	        "{\"domain_id\":\"62\",\"phenomenon_items\":["
	        "{\"phenomenon_id\":1},{\"phenomenon_id\":1},"
	        "{\"phenomenon_id\":1},{\"phenomenon_id\":1},"
	        "{\"phenomenon_id\":1},{\"phenomenon_id\":1},"
	        "{\"phenomenon_id\":1}]}",
	        1000},
	    {"{\"update_time\":\"2027-01-15T05:00:00Z\",\"periods\":[#]}",
	        "{\"end_validity_time\":1800050000}", 9},
	    {BULLETINS, "{}", 1001},
	    {BULLETINS,
	        "{\"domain_id\":\"62\",\"bloc_items\":{\"text_items\":["
	        "{\"term_items\":{\"subdivision_text\":\"a\"}},"
	        "{\"term_items\":{\"subdivision_text\":\"b\"}},"
	        "{\"term_items\":{\"subdivision_text\":\"c\"}}]}}",
	        1000},
	};
	struct feedkit *kit = feedkit_open(OPS, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = repeated(cases[i].body, cases[i].part, cases[i].n);
		feedkit_drop(kit);
		(void)feedkit_add(kit, tcs_slice_str(text));
		assert_int_equal(
		    refused(kit, "more than"), TCS_REFUSAL_RESHAPED);
		free(text);
	}
	feedkit_close(&kit);
}

static void
a_long_text_is_cut_between_characters(void **state)
{
	char *line = malloc(30001);
	char *item = NULL;

	(void)state;
	assert_non_null(line);
	for (size_t i = 0; i < 30000; i += 2)
		memcpy(line + i, "é", 2);
	line[30000] = '\0';
	assert_true(asprintf(&item,
	                "{\"domain_id\":\"62\",\"bloc_items\":{\"text_items\":"
	                "{\"term_items\":{\"subdivision_text\":{\"text\":"
	                "[\"court\",\"%s\"]}}}}}",
	                line) > 0);
	char *text = repeated(BULLETINS, item, 1);
	struct feedkit *kit = feedkit_open(OPS, NULL);
	(void)feedkit_read_text(kit, text);
	const char *got = feedkit_find(kit, "62", "bulletin")->text;
	assert_true(strlen(got) > 4000 && strlen(got) <= 8000);
	assert_true(tcs_slice_is_utf8(tcs_slice_str(got)));
	feedkit_close(&kit);
	free(text);
	free(item);
	free(line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        it_holds_until_its_last_period_ends_and_is_late_after_six_and_sixteen),
	    cmocka_unit_test(bulletins_that_cannot_be_read_are_noted),
	    cmocka_unit_test(what_is_no_product_is_refused_and_named),
	    cmocka_unit_test(
	        an_answer_of_the_old_service_is_no_data_past_its_validity),
	    cmocka_unit_test(what_is_more_than_any_vigilance_is_refused),
	    cmocka_unit_test(a_long_text_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

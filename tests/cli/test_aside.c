#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/aside.h"
#include "core/clock.h"

static json_t *
json(const char *text)
{
	json_t *value = NULL;

	assert_int_equal(
	    tcs_json_parse(tcs_slice_str(text), &value, NULL, NULL), TCS_OK);
	return value;
}

static void
what_was_done_is_known_by_its_id(void **state)
{
	static const char *const events[] = {
	    "{\"v\":1,\"kind\":\"rejected-retry\",\"by\":\"mdurand\","
	    "\"at\":\"2026-11-23T17:00:00+01:00\",\"id\":\"signals.0/1-0\"}",
	    "{\"v\":1,\"kind\":\"rejected-drop\",\"by\":\"x\",\"at\":\"t\","
	    "\"id\":\"signals.0/2-0\"}",
	    "{\"v\":1,\"kind\":\"login\",\"by\":\"x\",\"at\":\"t\","
	    "\"id\":\"signals.0/3-0\"}",
	    "{\"v\":1,\"kind\":\"rejected-drop\",\"by\":\"y\",\"at\":\"t\","
	    "\"id\":\"signals.0/1-0\"}",
	    "{\"kind\":\"rejected-drop\"}", "no JSON", ""};
	struct tcs_aside *aside = tcs_aside_new();

	(void)state;
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		assert_int_equal(
		    tcs_aside_take(aside, tcs_slice_str(events[i])), TCS_OK);
	assert_string_equal(
	    tcs_aside_done(aside, tcs_slice_str("signals.0/1-0")),
	    "retried by mdurand, 2026-11-23T17:00:00+01:00");
	assert_string_equal(
	    tcs_aside_done(aside, tcs_slice_str("signals.0/2-0")),
	    "dropped by x, t");
	assert_null(tcs_aside_done(aside, tcs_slice_str("signals.0/3-0")));
	assert_null(tcs_aside_done(aside, tcs_slice_str("")));
	tcs_aside_free(&aside);
	assert_null(aside);
}

static void
what_is_written_is_read_again(void **state)
{
	const struct tcs_aside_act act = {.kind = TCS_ASIDE_DROP,
	    .id = "proposals.0/1-0",
	    .by = "mdurand",
	    .reason = "sent twice",
	    .at_ms = 1795449600000};
	struct tcs_aside *aside = tcs_aside_new();
	struct tcs_buf buf;

	(void)state;
	tcs_buf_init(&buf, 1000);
	assert_int_equal(tcs_aside_write(&act, &buf), TCS_OK);
	assert_string_equal(buf.p,
	    "{\"v\":1,\"kind\":\"rejected-drop\",\"by\":\"mdurand\","
	    "\"at\":\"2026-11-23T17:00:00+01:00\",\"id\":\"proposals.0/1-0\","
	    "\"reason\":\"sent twice\"}");
	assert_int_equal(tcs_aside_take(aside, tcs_buf_view(&buf)), TCS_OK);
	assert_string_equal(
	    tcs_aside_done(aside, tcs_slice_str("proposals.0/1-0")),
	    "dropped by mdurand, 2026-11-23T17:00:00+01:00");
	tcs_aside_free(&aside);
	tcs_buf_fini(&buf);
}

static void
a_record_is_given_back_with_key_headers_and_bytes(void **state)
{
	json_t *value = json("{\"topic\":\"signals\",\"key\":\"62\","
	                     "\"value\":\"<alert\\u003e\\n\","
	                     "\"headers\":{\"id\":\"a\",\"trace\":\"b\"}}");
	struct tcs_header headers[TCS_ASIDE_HEADERS];
	struct tcs_outgoing record = {0};

	(void)state;
	assert_int_equal(
	    tcs_aside_original(value, headers, &record, NULL), TCS_OK);
	assert_string_equal(record.topic, "signals");
	assert_true(tcs_slice_is(record.key, "62"));
	assert_true(tcs_slice_is(record.value, "<alert>\n"));
	assert_int_equal(record.headers_n, 2);
	assert_true(tcs_slice_is(record.headers[1].name, "trace"));
	assert_true(tcs_slice_is(record.headers[1].value, "b"));
	json_decref(value);
}

static void
what_cannot_be_the_same_is_not_given_back(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {{"{\"topic\":\"alerts\",\"key\":\"62\",\"value\":\"x\","
	              "\"headers\":{}}",
	                 "nothing is given back to the topic alerts"},
	    {"{}", "nothing is given back to the topic ?"},
	    {"{\"topic\":\"signals\",\"key\":\"62\",\"value_size\":700000,"
	     "\"headers\":{}}",
	        "its bytes are not in the record"},
	    {"{\"topic\":\"signals\",\"value\":\"x\",\"headers\":{}}",
	        "its bytes are not in the record"},
	    {"{\"topic\":\"signals\",\"key\":\"62\",\"value\":\"x\"}",
	        "its headers are not all"},
	    {"{\"topic\":\"signals\",\"key\":\"62\",\"value\":\"x\","
	     "\"headers\":{\"id\":1}}",
	        "its headers are not all"}};
	struct tcs_header headers[TCS_ASIDE_HEADERS];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *value = json(cases[i].text);
		struct tcs_outgoing record = {0};
		struct tcs_diag diag = {0};
		assert_int_equal(
		    tcs_aside_original(value, headers, &record, &diag),
		    TCS_EINVAL);
		assert_non_null(strstr(tcs_diag_text(&diag), cases[i].want));
		assert_null(record.topic);
		tcs_diag_fini(&diag);
		json_decref(value);
	}
	assert_int_equal(
	    tcs_aside_original(NULL, headers, &(struct tcs_outgoing){0}, NULL),
	    TCS_EINVAL);
}

static void
too_many_headers_are_not_given_back(void **state)
{
	json_t *value =
	    json("{\"topic\":\"signals\",\"key\":\"62\",\"value\":\"x\"}");
	json_t *all = json_object();
	struct tcs_header headers[TCS_ASIDE_HEADERS];
	struct tcs_outgoing record = {0};
	char name[16];

	(void)state;
	for (int i = 0; i <= TCS_ASIDE_HEADERS; i++) {
		(void)snprintf(name, sizeof(name), "h%d", i);
		assert_true(tcs_json_set_str(all, name, "v"));
	}
	assert_int_equal(json_object_set_new(value, "headers", all), 0);
	assert_int_equal(
	    tcs_aside_original(value, headers, &record, NULL), TCS_EINVAL);
	assert_int_equal(json_object_del(all, "h0"), 0);
	assert_int_equal(
	    tcs_aside_original(value, headers, &record, NULL), TCS_OK);
	assert_int_equal(record.headers_n, TCS_ASIDE_HEADERS);
	json_decref(value);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_done_is_known_by_its_id),
	    cmocka_unit_test(what_is_written_is_read_again),
	    cmocka_unit_test(a_record_is_given_back_with_key_headers_and_bytes),
	    cmocka_unit_test(what_cannot_be_the_same_is_not_given_back),
	    cmocka_unit_test(too_many_headers_are_not_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

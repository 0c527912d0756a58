#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/json.h"
#include "journal/line.h"

enum { AT = 1795000000 };

static struct tcs_record
record_of(const char *topic, const char *position, struct tcs_slice value)
{
	return (struct tcs_record){.topic = topic,
	    .position = position,
	    .key = tcs_slice_str("62"),
	    .value = value};
}

static json_t *
written(const struct tcs_record *record)
{
	struct tcs_journal_mark start, mark;
	struct tcs_buf buf;
	json_t *object = NULL;

	tcs_journal_mark_start(&start);
	tcs_buf_init(&buf, TCS_JOURNAL_LINE_MAX);
	assert_int_equal(tcs_journal_line_write(
	                     &buf, record, AT * 1000LL, &start, &mark, NULL),
	    TCS_OK);
	assert_int_equal(buf.p[buf.n - 1], '\n');
	assert_null(memchr(buf.p, '\n', buf.n - 1));
	assert_int_equal(
	    tcs_json_parse(tcs_buf_view(&buf), &object, NULL, NULL), TCS_OK);
	tcs_buf_fini(&buf);
	return object;
}

static void
a_line_says_what_the_record_is(void **state)
{
	(void)state;
	const struct tcs_header headers[] = {
	    {tcs_slice_str("id"), tcs_slice_str("sidpc62.x")},
	    {tcs_slice_str("trace"), tcs_slice_str("00ff")}};
	struct tcs_record record =
	    record_of("signals", "1700-0", tcs_slice_str("<a>é\n</a>"));
	record.headers = headers;
	record.headers_n = 2;
	record.partition = 3;

	json_t *line = written(&record);
	assert_int_equal(tcs_json_i64(line, "n", 0), 1);
	assert_string_equal(tcs_json_str(line, "topic", ""), "signals");
	assert_int_equal(tcs_json_i64(line, "partition", -1), 3);
	assert_string_equal(tcs_json_str(line, "position", ""), "1700-0");
	assert_string_equal(tcs_json_str(line, "key", ""), "62");
	assert_string_equal(tcs_json_str(line, "value", ""), "<a>é\n</a>");
	assert_string_equal(
	    tcs_json_str(line, "at", ""), "2026-11-18T12:06:40+01:00");
	assert_int_equal(strlen(tcs_json_str(line, "sha256", "")), 64);
	const json_t *second =
	    json_array_get(json_object_get(line, "headers"), 1);
	assert_string_equal(tcs_json_str(second, "name", ""), "trace");
	assert_string_equal(tcs_json_str(second, "value", ""), "00ff");
	json_decref(line);
}

static void
a_large_or_binary_value_is_there_by_its_hash_only(void **state)
{
	(void)state;
	char *large = malloc(TCS_JOURNAL_VALUE_MAX + 1);
	memset(large, 'x', TCS_JOURNAL_VALUE_MAX + 1);
	const struct tcs_slice values[] = {
	    tcs_slice(large, TCS_JOURNAL_VALUE_MAX + 1),
	    tcs_slice("\xff\xfe", 2), tcs_slice("a\0b", 3)};

	for (size_t i = 0; i < 3; i++) {
		char hex[TCS_DIGEST_HEX];
		struct tcs_record record =
		    record_of("documents", "1-0", values[i]);
		json_t *line = written(&record);
		assert_null(json_object_get(line, "value"));
		assert_string_equal(tcs_json_str(line, "sha256", ""),
		    tcs_digest(values[i], hex));
		assert_int_equal(
		    tcs_json_i64(line, "size", 0), (int64_t)values[i].n);
		json_decref(line);
	}
	free(large);
}

static void
the_largest_value_that_is_kept_fits_whatever_it_needs_in_json(void **state)
{
	(void)state;
	char *value = malloc(TCS_JOURNAL_VALUE_MAX);
	memset(value, 0x01, TCS_JOURNAL_VALUE_MAX); /* \u0001: six bytes each */
	struct tcs_record record = record_of(
	    "documents", "1-0", tcs_slice(value, TCS_JOURNAL_VALUE_MAX));
	json_t *line = written(&record);
	assert_int_equal(json_string_length(json_object_get(line, "value")),
	    TCS_JOURNAL_VALUE_MAX);
	json_decref(line);
	free(value);
}

static void
headers_beyond_the_room_are_counted(void **state)
{
	(void)state;
	char *text = malloc(TCS_JOURNAL_HEADERS_MAX);
	memset(text, 'h', TCS_JOURNAL_HEADERS_MAX);
	const struct tcs_header headers[] = {
	    {tcs_slice_str("id"), tcs_slice_str("1")},
	    {tcs_slice_str("big"), tcs_slice(text, TCS_JOURNAL_HEADERS_MAX)},
	    {tcs_slice_str("trace"), tcs_slice_str("2")}};
	struct tcs_record record =
	    record_of("events", "1-0", tcs_slice_str("{}"));
	record.headers = headers;
	record.headers_n = 3;
	json_t *line = written(&record);
	assert_int_equal(json_array_size(json_object_get(line, "headers")), 1);
	assert_int_equal(tcs_json_i64(line, "headers_left_out", 0), 2);
	json_decref(line);
	free(text);
}

static void
a_line_reads_back_and_its_hash_covers_every_byte(void **state)
{
	(void)state;
	struct tcs_journal_mark start, mark;
	struct tcs_journal_line line;
	struct tcs_record record =
	    record_of("signals", "1700-0", tcs_slice_str("<a/>"));
	struct tcs_buf buf;

	tcs_journal_mark_start(&start);
	tcs_buf_init(&buf, TCS_JOURNAL_LINE_MAX);
	assert_int_equal(
	    tcs_journal_line_write(&buf, &record, 0, &start, &mark, NULL),
	    TCS_OK);
	struct tcs_slice text = tcs_slice(buf.p, buf.n - 1);
	assert_int_equal(tcs_journal_line_read(text, &line), TCS_OK);
	assert_true(line.is_true);
	assert_int_equal(line.mark.n, 1);
	assert_string_equal(line.mark.hash, mark.hash);
	assert_true(tcs_slice_is(line.prev, start.hash));
	char *name = NULL;
	assert_int_equal(tcs_journal_line_record(text, &name), TCS_OK);
	assert_string_equal(name, "signals.0 1700-0");
	free(name);

	for (size_t i = 0; i < text.n; i++) {
		buf.p[i] ^= 1;
		assert_true(tcs_journal_line_read(text, &line) != TCS_OK ||
		            !line.is_true);
		buf.p[i] ^= 1;
	}
	for (size_t n = 0; n < text.n; n++)
		assert_int_equal(
		    tcs_journal_line_read(tcs_slice(buf.p, n), &line),
		    TCS_EPARSE);
	tcs_buf_fini(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_says_what_the_record_is),
	    cmocka_unit_test(a_large_or_binary_value_is_there_by_its_hash_only),
	    cmocka_unit_test(
	        the_largest_value_that_is_kept_fits_whatever_it_needs_in_json),
	    cmocka_unit_test(headers_beyond_the_room_are_counted),
	    cmocka_unit_test(a_line_reads_back_and_its_hash_covers_every_byte),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

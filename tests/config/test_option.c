#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "config/option.h"

struct block {
	char *text, *path, *url, *name;
	struct tcs_strings list;
	bool flag;
	int64_t number, wait_ms, size;
};

static const char *
check_no_dog(const char *text)
{
	return strcmp(text, "dog") == 0 ? "dogs are not let in" : NULL;
}

static const struct tcs_option table[] = {
    TCS_OPT_STRING("text", struct block, text, NULL, "a text"),
    TCS_OPT_PATH("path", struct block, path, NULL, "a path"),
    TCS_OPT_URL("url", struct block, url, NULL, "a URL"),
    {.name = "name",
        .kind = TCS_OPTION_NAME,
        .offset = offsetof(struct block, name),
        .help = "a name"},
    {.name = "list",
        .kind = TCS_OPTION_LIST,
        .offset = offsetof(struct block, list),
        .check = check_no_dog,
        .example = "{\"cat\"}",
        .help = "a list"},
    TCS_OPT_BOOL("flag", struct block, flag, "no", "a flag"),
    TCS_OPT_INTEGER("number", struct block, number, NULL, 1, 64, "a number"),
    TCS_OPT_DURATION(
        "wait", struct block, wait_ms, NULL, 500, 7200000, "a wait"),
    TCS_OPT_SIZE("size", struct block, size, NULL, 1000, 64000000, "a size"),
    TCS_OPT_END,
};

static struct tcs_option_source
source_of(const struct tcs_option_text *text)
{
	return (struct tcs_option_source){.file = "/etc/t/tocsin.conf",
	    .section = "section",
	    .line = 7,
	    .texts = text,
	    .n = text == NULL ? 0 : 1};
}

/* Fill `block` with one key; the finding's text is left in `said`. */
static enum tcs_err
fill_one(
    const char *key, const char *value, struct block *block, char said[400])
{
	const char *values[] = {value};
	struct tcs_option_text text = {
	    .key = key, .values = values, .n = 1, .line = 9};
	const struct tcs_option_source source = source_of(&text);
	struct tcs_diag diag = {0};

	memset(block, 0, sizeof(*block));
	enum tcs_err err = tcs_option_fill(table, &source, block, &diag);
	(void)snprintf(said, 400, "%s", tcs_diag_text(&diag));
	if (err != TCS_OK) {
		assert_int_equal(diag.n, 1);
		assert_int_equal(diag.items[0].line, 9);
		assert_string_equal(diag.items[0].file, source.file);
	}
	tcs_diag_fini(&diag);
	return err;
}

static void
numbers_are_read_with_their_unit(void **state)
{
	static const struct {
		const char *key, *text;
		int64_t want;
	} cases[] = {
	    {"number", "1", 1},
	    {"number", "64", 64},
	    {"number", " 12 ", 12},
	    {"wait", "500 ms", 500},
	    {"wait", "500ms", 500},
	    {"wait", "30 s", 30000},
	    {"wait", "2 min", 120000},
	    {"wait", "2 h", 7200000},
	    {"size", "1000 B", 1000},
	    {"size", "64 kB", 64000},
	    {"size", "64 MB", 64000000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct block block;
		char said[400];
		assert_int_equal(
		    fill_one(cases[i].key, cases[i].text, &block, said),
		    TCS_OK);
		int64_t got = cases[i].key[0] == 'n'   ? block.number
		              : cases[i].key[0] == 'w' ? block.wait_ms
		                                       : block.size;
		assert_int_equal(got, cases[i].want);
		tcs_option_clear(table, &block);
	}
}

static void
a_wrong_value_is_said_with_what_to_write(void **state)
{
	static const struct {
		const char *key, *text, *want;
	} cases[] = {
	    {"number", "0", "\"0\" is less than 1; write: number = 1"},
	    {"number", "65", "\"65\" is more than 64; write: number = 64"},
	    {"number", "-1",
	        "\"-1\" is not a whole number; write: number = 10"},
	    {"number", "1.5",
	        "\"1.5\" is not a whole number; write: number = 10"},
	    {"number", "99999999999999999999",
	        "\"99999999999999999999\" is too large; write: number = 10"},
	    {"wait", "499 ms",
	        "\"499 ms\" is less than 500 ms; write: wait = \"500 ms\""},
	    {"wait", "3 h", "\"3 h\" is more than 2 h; write: wait = \"2 h\""},
	    {"wait", "30",
	        "\"30\" has no unit: a duration (ms, s, min, h); write: wait = "
	        "\"30 s\""},
	    {"wait", "2 minutes",
	        "\"2 minutes\" is not a duration (ms, s, min, h); write: wait "
	        "= "
	        "\"30 s\""},
	    {"wait", "9223372036854775807 h",
	        "\"9223372036854775807 h\" is too large; write: wait = \"30 "
	        "s\""},
	    {"size", "1 KB",
	        "\"1 KB\" is not a size (B, kB, MB, GB); write: size = \"8 "
	        "MB\""},
	    {"size", "1 GB",
	        "\"1 GB\" is more than 64 MB; write: size = \"64 MB\""},
	    {"flag", "true",
	        "\"true\" is neither yes nor no; write: flag = no"},
	    {"text", "", "is empty; write: text = \"…\""},
	    {"name", "a b",
	        "\"a b\" has a character other than letters without accent, "
	        "digits, '.', '_' and '-'; write: name = \"name-1\""},
	    {"list", "dog", "dogs are not let in; write: list = {\"cat\"}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct block block;
		char said[400], want[400];
		(void)snprintf(
		    want, sizeof(want), "%s: %s", cases[i].key, cases[i].want);
		assert_int_equal(
		    fill_one(cases[i].key, cases[i].text, &block, said),
		    TCS_ECONFIG);
		assert_string_equal(said, want);
		tcs_option_clear(table, &block);
	}
}

static void
a_refused_url_is_not_shown_and_its_reason_is(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {"ftp://a.example/", "begins with neither http:// nor https://"},
	    {"a.example", "begins with neither http:// nor https://"},
	    {"https://", "has no host"},
	    {"https:///x", "has no host"},
	    {"https://:80/x", "has no host"},
	    {"https://u:hush@a.example/", "a password has no place in a URL"},
	    {"https://a.example/a b", "has a character that no URL has"},
	    {"https://a.example/\"", "has a character that no URL has"},
	};
	struct block block;
	char said[400];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    fill_one("url", cases[i].text, &block, said), TCS_ECONFIG);
		assert_non_null(strstr(said, cases[i].want));
		assert_null(strstr(said, "hush"));
	}
	assert_int_equal(
	    fill_one("url", "http://127.0.0.1:8025/a?b=c#d", &block, said),
	    TCS_OK);
	assert_string_equal(block.url, "http://127.0.0.1:8025/a?b=c#d");
	tcs_option_clear(table, &block);
}

static void
a_path_is_beside_the_file_or_absolute(void **state)
{
	struct block block;
	char said[400];

	(void)state;
	assert_int_equal(fill_one("path", "rules.d", &block, said), TCS_OK);
	assert_string_equal(block.path, "/etc/t/rules.d");
	tcs_option_clear(table, &block);
	assert_int_equal(fill_one("path", "/srv/r", &block, said), TCS_OK);
	assert_string_equal(block.path, "/srv/r");
	tcs_option_clear(table, &block);
}

static void
a_text_has_a_longest_length(void **state)
{
	char text[TCS_OPTION_TEXT_MAX + 2], said[400];
	struct block block;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[TCS_OPTION_TEXT_MAX] = '\0';
	assert_int_equal(fill_one("text", text, &block, said), TCS_OK);
	tcs_option_clear(table, &block);
	text[TCS_OPTION_TEXT_MAX] = 'a';
	text[TCS_OPTION_TEXT_MAX + 1] = '\0';
	assert_int_equal(fill_one("text", text, &block, said), TCS_ECONFIG);
	assert_string_equal(
	    said, "text: is longer than 2000 bytes; write: text = \"…\"");
}

static void
a_list_keeps_its_order_and_says_each_fault(void **state)
{
	const char *values[] = {"cat", "dog", "cow", "dog"};
	struct tcs_option_text text = {
	    .key = "list", .values = values, .n = 4, .line = 3};
	const struct tcs_option_source source = source_of(&text);
	struct tcs_diag diag = {0};
	struct block block = {0};

	(void)state;
	assert_int_equal(
	    tcs_option_fill(table, &source, &block, &diag), TCS_ECONFIG);
	assert_int_equal(diag.n, 2);
	assert_int_equal(block.list.n, 2);
	assert_string_equal(block.list.items[0], "cat");
	assert_string_equal(block.list.items[1], "cow");
	tcs_option_clear(table, &block);
	assert_int_equal(block.list.n, 0);
	tcs_diag_fini(&diag);
}

static void
defaults_fill_what_is_absent_and_required_is_said(void **state)
{
	static const struct tcs_option rows[] = {
	    TCS_OPT_STRING("text", struct block, text, "hello", "a text"),
	    TCS_OPT_BOOL("flag", struct block, flag, "yes", "a flag"),
	    TCS_OPT_DURATION("wait", struct block, wait_ms, "2 min", 0, 0, "w"),
	    {.name = "list",
	        .kind = TCS_OPTION_LIST,
	        .offset = offsetof(struct block, list),
	        .fallback = "a, b",
	        .help = "a list"},
	    {.name = "name",
	        .kind = TCS_OPTION_NAME,
	        .offset = offsetof(struct block, name),
	        .is_required = 1,
	        .help = "who it is"},
	    TCS_OPT_END,
	};
	const struct tcs_option_source source = source_of(NULL);
	struct tcs_diag diag = {0};
	struct block block = {0};

	(void)state;
	assert_int_equal(
	    tcs_option_fill(rows, &source, &block, &diag), TCS_ECONFIG);
	assert_string_equal(tcs_diag_text(&diag),
	    "name: is missing in section (who it is); write: name = "
	    "\"name-1\"");
	assert_int_equal(diag.items[0].line, 7);
	assert_string_equal(block.text, "hello");
	assert_true(block.flag);
	assert_int_equal(block.wait_ms, 120000);
	assert_int_equal(block.list.n, 2);
	assert_string_equal(block.list.items[1], "b");
	tcs_option_clear(rows, &block);
	tcs_diag_fini(&diag);
}

static void
a_name_is_near_to_one_that_differs_little(void **state)
{
	static const struct {
		const char *name, *want;
	} cases[] = {{"nam", "name"}, {"wai", "wait"}, {"numbers", "number"},
	    {"lists", "list"}, {"zebra", NULL}, {"", NULL},
	    {"a-name-that-is-longer-than-all-of-the-names", NULL}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *got = tcs_option_nearest(table, cases[i].name);
		if (cases[i].want == NULL)
			assert_null(got);
		else
			assert_string_equal(got, cases[i].want);
	}
}

static void
help_has_type_unit_bounds_and_default(void **state)
{
	struct tcs_buf buf;

	(void)state;
	tcs_buf_init(&buf, 10000);
	tcs_option_help(table, &buf);
	assert_int_equal(buf.err, TCS_OK);
	for (size_t i = 0; table[i].name != NULL; i++) {
		assert_non_null(strstr(buf.p, table[i].name));
		assert_non_null(strstr(buf.p, table[i].help));
	}
	assert_non_null(strstr(buf.p, "whole number, 1 to 64\n"));
	assert_non_null(
	    strstr(buf.p, "duration (ms, s, min, h), 500 ms to 2 h\n"));
	assert_non_null(strstr(buf.p, "yes or no, default no\n"));
	tcs_buf_fini(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers_are_read_with_their_unit),
	    cmocka_unit_test(a_wrong_value_is_said_with_what_to_write),
	    cmocka_unit_test(a_refused_url_is_not_shown_and_its_reason_is),
	    cmocka_unit_test(a_path_is_beside_the_file_or_absolute),
	    cmocka_unit_test(a_text_has_a_longest_length),
	    cmocka_unit_test(a_list_keeps_its_order_and_says_each_fault),
	    cmocka_unit_test(defaults_fill_what_is_absent_and_required_is_said),
	    cmocka_unit_test(a_name_is_near_to_one_that_differs_little),
	    cmocka_unit_test(help_has_type_unit_bounds_and_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Every feed driver over its folder in tests/data/feeds: each body whole, cut
 * at every byte, and twice. expected.txt says what each says:
 *
 *   # comment
 *   @ key value              an option of the driver, from here on
 *   @                        no option from here on
 *   file.json     read <issued> <next issue> <zone>[/<phenomenon>]=<level> …
 *   a.json+b.json read …     two bodies of one poll
 *   file.html     reshaped
 *
 * The phenomenon stands beside the zone when the driver has several. */
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/level.h"
#include "tests/support/check.h"
#include "tests/support/feedkit.h"

enum { OPTIONS_MAX = 8 };

/* One driver, and what its expected.txt says from the top to a line. */
struct run {
	const struct tcs_feed_ops *ops;
	const char *options[2 * OPTIONS_MAX + 1]; /* NULL after the last */
	char *texts[OPTIONS_MAX];                 /* owned */
	size_t options_n;
};

static void
run_option(struct run *run, struct tcs_slice text)
{
	struct tcs_slice value;

	if (text.n == 0) {
		for (; run->options_n > 0; run->options_n--)
			free(run->texts[run->options_n - 1]);
		run->options[0] = NULL;
		return;
	}
	size_t i = run->options_n++;
	assert_true(i < OPTIONS_MAX);
	run->texts[i] = tcs_slice_dup(text);
	assert_non_null(run->texts[i]);
	struct tcs_slice key =
	    tcs_slice_cut(tcs_slice_str(run->texts[i]), ' ', &value);
	run->texts[i][key.n] = '\0';
	run->options[2 * i] = run->texts[i];
	run->options[2 * i + 1] = run->texts[i] + key.n + 1;
	run->options[2 * i + 2] = NULL;
}

static void
append_time(struct tcs_buf *buf, int64_t ms)
{
	char text[TCS_TIME_TEXT];

	tcs_buf_printf(
	    buf, " %s", ms == TCS_NO_TIME ? "-" : tcs_time_iso(ms, text));
}

static bool
has_phenomena(const struct tcs_readings *readings)
{
	for (size_t i = 1; i < readings->n; i++) {
		if (strcmp(readings->items[i].phenomenon,
		        readings->items[0].phenomenon) != 0)
			return true;
	}
	return false;
}

static void
append_readings(struct tcs_buf *buf, const struct tcs_readings *readings)
{
	bool has = has_phenomena(readings);

	append_time(buf, readings->document.issued_ms);
	append_time(buf, readings->document.next_issue_ms);
	for (size_t i = 0; i < readings->n; i++) {
		const struct tcs_reading *r = &readings->items[i];
		tcs_buf_printf(buf, " %s%s%s=%s%s", r->zone, has ? "/" : "",
		    has ? r->phenomenon : "", r->level,
		    r->is_end ? ".end" : "");
	}
}

/* What the poll says, or the refusal's word. */
static void
summarize(struct feedkit *kit, struct tcs_buf *buf)
{
	const struct tcs_readings *readings = feedkit_try(kit);

	tcs_buf_reset(buf);
	tcs_buf_str(buf, tcs_refusal_word(kit->refusal));
	if (readings != NULL)
		append_readings(buf, readings);
	assert_int_equal(buf->err, TCS_OK);
}

typedef void check_fn(struct feedkit *kit, struct tcs_slice want);

/* Call `check` for each line of the driver's expected.txt. */
static void
each_fixture(const struct tcs_feed_ops *ops, check_fn *check)
{
	struct run run = {.ops = ops};
	struct tcs_buf expected;
	char *path = NULL;
	size_t count = 0;

	assert_true(
	    asprintf(&path, "tests/data/feeds/%s/expected.txt", ops->name) > 0);
	tcs_buf_init(&expected, 1 << 20);
	assert_int_equal(tcs_file_read(path, &expected, NULL), TCS_OK);
	free(path);
	for (struct tcs_slice rest = tcs_buf_view(&expected); rest.p != NULL;) {
		struct tcs_slice line =
		    tcs_slice_trim(tcs_slice_cut(rest, '\n', &rest));
		struct tcs_slice want;
		struct tcs_slice name = tcs_slice_cut(line, ' ', &want);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		want =
		    want.p == NULL ? tcs_slice_str("") : tcs_slice_trim(want);
		if (tcs_slice_is(name, "@")) {
			run_option(&run, want);
			continue;
		}
		struct feedkit *kit = feedkit_open(ops, run.options);
		char *names = tcs_slice_dup(name);
		assert_non_null(names);
		kit->about = names;
		feedkit_add_files(kit, names);
		check(kit, want);
		feedkit_close(&kit);
		free(names);
		count++;
	}
	run_option(&run, tcs_slice(NULL, 0));
	tcs_buf_fini(&expected);
	assert_true(count > 0);
}

static void
check_whole(struct feedkit *kit, struct tcs_slice want)
{
	struct tcs_buf got;

	tcs_buf_init(&got, 1 << 20);
	summarize(kit, &got);
	if (!tcs_slice_equal(tcs_buf_view(&got), want))
		fail_msg("%s/%s\n  got  %s\n  want %.*s", kit->ops->name,
		    kit->about, got.p, TCS_SLICE_ARG(want));
	tcs_buf_fini(&got);
}

static bool
has_word(struct tcs_slice text, struct tcs_slice word)
{
	while (text.p != NULL) {
		if (tcs_slice_equal(tcs_slice_cut(text, ' ', &text), word))
			return true;
	}
	return false;
}

/* "zone=none" or "zone=inconnu", where `want` has a level: of a text that ends
 * too early no level may be left, never another one. */
static bool
is_less(struct tcs_slice got, struct tcs_slice want)
{
	struct tcs_slice level, other;
	struct tcs_slice zone = tcs_slice_cut(got, '=', &level);
	bool is_less = tcs_slice_is(level, "none") ||
	               tcs_slice_is(level, TCS_LEVEL_UNKNOWN);

	while (is_less && want.p != NULL) {
		struct tcs_slice word = tcs_slice_cut(want, ' ', &want);
		if (tcs_slice_equal(tcs_slice_cut(word, '=', &other), zone))
			return true;
	}
	return false;
}

/* Each reading of `got` is one of `want`: nothing that is said is wrong. The
 * times, words 1 and 2, are those of what is left. */
static bool
is_part(struct tcs_slice got, struct tcs_slice want)
{
	for (size_t i = 0; got.p != NULL; i++) {
		struct tcs_slice word = tcs_slice_cut(got, ' ', &got);
		if (i != 1 && i != 2 && !has_word(want, word) &&
		    !is_less(word, want))
			return false;
	}
	return true;
}

/* A cut body is refused, or says all that it says whole; of a set that is not
 * complete by nature, part of it. */
static void
check_cut(struct feedkit *kit, struct tcs_slice want)
{
	struct tcs_slice whole = kit->fetches[0].body;
	bool is_partial = false; /* the last set was not complete */
	struct tcs_buf got;

	if (kit->n > 1)
		return; /* each is cut in its own line */
	tcs_buf_init(&got, 1 << 20);
	for (size_t n = 0; n < whole.n; n++) {
		char *copy = malloc(n == 0 ? 1 : n); /* for the sanitizer */
		assert_non_null(copy);
		memcpy(copy, whole.p, n);
		kit->fetches[0].body = tcs_slice(copy, n);
		summarize(kit, &got);
		free(copy);
		if (kit->readings != NULL)
			is_partial = !kit->readings->document.is_complete;
		struct tcs_slice says = tcs_buf_view(&got);
		if (tcs_slice_starts(says, "read ") &&
		    !(is_partial ? is_part(says, want)
		                 : tcs_slice_equal(says, want)))
			fail_msg("%s/%s cut at %zu: %s", kit->ops->name,
			    kit->about, n, got.p);
	}
	kit->fetches[0].body = whole;
	tcs_buf_fini(&got);
}

/* The same bodies again: no signal, no other picture. */
static void
check_twice(struct feedkit *kit, struct tcs_slice want)
{
	(void)want;
	for (int i = 0; i < 2; i++) {
		const struct tcs_readings *readings = feedkit_try(kit);
		if (readings == NULL)
			return;
		int64_t issued_ms = readings->document.issued_ms;
		const struct tcs_compare_out *out = feedkit_take(kit, readings,
		    issued_ms == TCS_NO_TIME ? kit->fetched_ms : issued_ms);
		if (i == 1 &&
		    (out->signals.n > 0 || out->comparison != TCS_COMPARE_SAME))
			fail_msg("%s/%s: %zu signals the second time, %s",
			    kit->ops->name, kit->about, out->signals.n,
			    out->signals.n > 0
			        ? out->signals.items[0].signal.headline
			        : "another picture");
	}
}

static void
each_body_is_read_or_refused_as_expected(void **state)
{
	(void)state;
	for (size_t i = 0; tcs_feed_registry[i] != NULL; i++)
		each_fixture(tcs_feed_registry[i], check_whole);
}

static void
a_body_cut_anywhere_never_says_something_else(void **state)
{
	(void)state;
	for (size_t i = 0; tcs_feed_registry[i] != NULL; i++)
		each_fixture(tcs_feed_registry[i], check_cut);
}

static void
a_body_that_comes_twice_says_nothing_the_second_time(void **state)
{
	(void)state;
	for (size_t i = 0; tcs_feed_registry[i] != NULL; i++)
		each_fixture(tcs_feed_registry[i], check_twice);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_body_is_read_or_refused_as_expected),
	    cmocka_unit_test(a_body_cut_anywhere_never_says_something_else),
	    cmocka_unit_test(
	        a_body_that_comes_twice_says_nothing_the_second_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

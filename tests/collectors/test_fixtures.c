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
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/compare.h"
#include "collectors/driver.h"
#include "collectors/feed.h"
#include "collectors/readings.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/level.h"

enum { OPTIONS_MAX = 8, BODIES_MAX = 8 };

/* One driver, and what its expected.txt says from the top to a line. */
struct run {
	const struct tcs_feed_ops *ops;
	struct tcs_option_text options[OPTIONS_MAX];
	const char *values[OPTIONS_MAX];
	char *texts[OPTIONS_MAX]; /* owned */
	size_t options_n;
};

/* The bodies of one line, and the driver that reads them. */
struct poll {
	const struct run *run;
	void *st;
	struct tcs_fetch fetches[BODIES_MAX];
	struct tcs_buf bodies[BODIES_MAX];
	size_t n;
	bool is_partial; /* the last summary's set was not complete */
};

static void
run_option(struct run *run, struct tcs_slice text)
{
	struct tcs_slice value;

	if (text.n == 0) {
		for (; run->options_n > 0; run->options_n--)
			free(run->texts[run->options_n - 1]);
		return;
	}
	size_t i = run->options_n++;
	assert_true(i < OPTIONS_MAX);
	run->texts[i] = tcs_slice_dup(text);
	assert_non_null(run->texts[i]);
	struct tcs_slice key =
	    tcs_slice_cut(tcs_slice_str(run->texts[i]), ' ', &value);
	run->texts[i][key.n] = '\0';
	run->values[i] = run->texts[i] + key.n + 1;
	run->options[i] = (struct tcs_option_text){
	    .key = run->texts[i], .values = &run->values[i], .n = 1};
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

/* The bodies as a poll's answers, or the refusal's word. The caller owns
 * *ret_readings when it is not NULL afterwards. */
static void
summarize(struct poll *p, struct tcs_buf *buf, struct tcs_readings **ret)
{
	const struct tcs_answers answers = {.items = p->fetches, .n = p->n};
	struct tcs_readings *readings = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag diag = {0};
	enum tcs_err err = tcs_readings_read(
	    p->run->ops, p->st, &answers, &readings, &refusal, &diag);

	tcs_buf_reset(buf);
	tcs_buf_str(buf, tcs_refusal_word(refusal));
	if (err != TCS_OK) {
		assert_int_equal(err, TCS_EPARSE);
		assert_int_not_equal(refusal, TCS_REFUSAL_NONE);
		assert_true(strlen(tcs_diag_text(&diag)) > 0);
		assert_null(readings);
	} else {
		append_readings(buf, readings);
		p->is_partial = !readings->document.is_complete;
	}
	if (ret != NULL)
		*ret = readings;
	else
		tcs_readings_free(&readings);
	tcs_diag_fini(&diag);
	assert_int_equal(buf->err, TCS_OK);
}

static void
read_file(const char *driver, struct tcs_slice name, struct tcs_buf *buf)
{
	char *path = NULL;

	assert_true(asprintf(&path, "tests/data/feeds/%s/%.*s", driver,
	                TCS_SLICE_ARG(name)) > 0);
	tcs_buf_init(buf, 8 << 20);
	if (tcs_file_read(path, buf, NULL) != TCS_OK)
		fail_msg("%s cannot be read", path);
	free(path);
}

static void
poll_open(struct poll *p, const struct run *run, struct tcs_slice names)
{
	struct tcs_diag diag = {0};

	*p = (struct poll){.run = run};
	while (names.p != NULL) {
		struct tcs_slice name = tcs_slice_cut(names, '+', &names);
		assert_true(p->n < BODIES_MAX);
		read_file(run->ops->name, name, &p->bodies[p->n]);
		p->fetches[p->n] =
		    (struct tcs_fetch){.url = "http://source.example/",
		        .status = 200,
		        .body = tcs_buf_view(&p->bodies[p->n]),
		        .fetched_ms = INT64_C(1800000000000)};
		p->n++;
	}
	if (tcs_driver_open(run->ops, run->options, run->options_n, &p->st,
	        &diag) != TCS_OK)
		fail_msg("%s: %s", run->ops->name, tcs_diag_text(&diag));
	tcs_diag_fini(&diag);
}

static void
poll_close(struct poll *p)
{
	for (size_t i = 0; i < p->n; i++)
		tcs_buf_fini(&p->bodies[i]);
	tcs_driver_close(p->run->ops, &p->st);
}

typedef void check_fn(
    struct poll *p, struct tcs_slice name, struct tcs_slice want);

/* Call `check` for each line of the driver's expected.txt. */
static void
each_fixture(const struct tcs_feed_ops *ops, check_fn *check)
{
	struct run run = {.ops = ops};
	struct tcs_buf expected;
	size_t count = 0;

	read_file(ops->name, tcs_slice_str("expected.txt"), &expected);
	for (struct tcs_slice rest = tcs_buf_view(&expected); rest.p != NULL;) {
		struct tcs_slice line =
		    tcs_slice_trim(tcs_slice_cut(rest, '\n', &rest));
		struct tcs_slice want;
		struct tcs_slice name = tcs_slice_cut(line, ' ', &want);
		struct poll p;
		if (line.n == 0 || line.p[0] == '#')
			continue;
		want =
		    want.p == NULL ? tcs_slice_str("") : tcs_slice_trim(want);
		if (tcs_slice_is(name, "@")) {
			run_option(&run, want);
			continue;
		}
		poll_open(&p, &run, name);
		check(&p, name, want);
		poll_close(&p);
		count++;
	}
	run_option(&run, tcs_slice(NULL, 0));
	tcs_buf_fini(&expected);
	assert_true(count > 0);
}

static void
check_whole(struct poll *p, struct tcs_slice name, struct tcs_slice want)
{
	struct tcs_buf got;

	tcs_buf_init(&got, 1 << 20);
	summarize(p, &got, NULL);
	if (!tcs_slice_equal(tcs_buf_view(&got), want))
		fail_msg("%s/%.*s\n  got  %s\n  want %.*s", p->run->ops->name,
		    TCS_SLICE_ARG(name), got.p, TCS_SLICE_ARG(want));
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
check_cut(struct poll *p, struct tcs_slice name, struct tcs_slice want)
{
	struct tcs_slice whole = p->fetches[0].body;
	struct tcs_buf got;

	if (p->n > 1)
		return; /* each is cut in its own line */
	tcs_buf_init(&got, 1 << 20);
	for (size_t n = 0; n < whole.n; n++) {
		char *copy = malloc(n == 0 ? 1 : n); /* for the sanitizer */
		assert_non_null(copy);
		memcpy(copy, whole.p, n);
		p->fetches[0].body = tcs_slice(copy, n);
		summarize(p, &got, NULL);
		free(copy);
		struct tcs_slice says = tcs_buf_view(&got);
		if (tcs_slice_starts(says, "read ") &&
		    !(p->is_partial ? is_part(says, want)
		                    : tcs_slice_equal(says, want)))
			fail_msg("%s/%.*s cut at %zu: %s", p->run->ops->name,
			    TCS_SLICE_ARG(name), n, got.p);
	}
	p->fetches[0].body = whole;
	tcs_buf_fini(&got);
}

/* The same bodies again: no signal, no other picture. */
static void
check_twice(struct poll *p, struct tcs_slice name, struct tcs_slice want)
{
	const struct tcs_origin origin = {.observatory = "demo",
	    .sender = "demo@tocsin.example",
	    .status = "Test",
	    .feed = p->run->ops->name,
	    .source = p->run->ops->source,
	    .source_name = p->run->ops->source_name,
	    .ops = p->run->ops};
	struct tcs_picture *held = tcs_picture_new();
	struct tcs_buf got;

	(void)want;
	assert_non_null(held);
	tcs_buf_init(&got, 1 << 20);
	for (int i = 0; i < 2; i++) {
		struct tcs_readings *readings = NULL;
		struct tcs_diag diag = {0};
		struct tcs_compare_out out;
		summarize(p, &got, &readings);
		if (readings == NULL)
			break;
		int64_t issued_ms = readings->document.issued_ms;
		const struct tcs_compare_in in = {.origin = &origin,
		    .held = held,
		    .readings = readings,
		    .hash = "0123456789012345678901234567890123456789"
		            "012345678901234567890123",
		    .answered_ms = TCS_NO_TIME,
		    .fetched_ms = p->fetches[0].fetched_ms,
		    .now_ms = issued_ms == TCS_NO_TIME
		                  ? p->fetches[0].fetched_ms
		                  : issued_ms};
		assert_int_equal(tcs_compare(&in, &out), TCS_OK);
		if (tcs_signals_pack(&out.signals, &diag) != TCS_OK)
			fail_msg("%s/%.*s: not CAP: %s", p->run->ops->name,
			    TCS_SLICE_ARG(name), tcs_diag_text(&diag));
		if (i == 1 &&
		    (out.signals.n > 0 || out.comparison != TCS_COMPARE_SAME))
			fail_msg("%s/%.*s: %zu signals the second time, %s",
			    p->run->ops->name, TCS_SLICE_ARG(name),
			    out.signals.n,
			    out.signals.n > 0
			        ? out.signals.items[0].signal.headline
			        : "another picture");
		tcs_picture_free(&held);
		held = out.picture;
		out.picture = NULL;
		tcs_compare_fini(&out);
		tcs_readings_free(&readings);
		tcs_diag_fini(&diag);
	}
	tcs_picture_free(&held);
	tcs_buf_fini(&got);
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

	if (tcs_clock_set_zone("Europe/Paris") != TCS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

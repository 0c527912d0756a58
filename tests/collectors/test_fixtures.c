/* Every feed driver over its folder in tests/data/feeds: each body whole, and
 * cut at every byte. expected.txt says what each says. */
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

struct driver {
	const struct tcs_feed_ops *ops;
	void *st;
};

static struct driver
driver_open(const struct tcs_feed_ops *ops)
{
	struct driver d = {.ops = ops, .st = calloc(1, ops->state_size)};

	assert_non_null(d.st);
	if (ops->init != NULL)
		assert_int_equal(ops->init(d.st, NULL), TCS_OK);
	return d;
}

static void
driver_close(struct driver *d)
{
	if (d->ops->fini != NULL)
		d->ops->fini(d->st);
	free(d->st);
}

static void
append_time(struct tcs_buf *buf, int64_t ms)
{
	char text[TCS_TIME_TEXT];

	tcs_buf_printf(
	    buf, " %s", ms == TCS_NO_TIME ? "-" : tcs_time_iso(ms, text));
}

/* "read <issued> <next> <zone>=<level> …", or the refusal's word. */
static void
summarize(struct driver *d, struct tcs_slice body, struct tcs_buf *buf)
{
	const struct tcs_fetch fetch = {.url = "http://source.example/",
	    .body = body,
	    .fetched_ms = INT64_C(1800000000000)};
	struct tcs_readings *readings = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag diag = {0};
	enum tcs_err err = tcs_readings_read(
	    d->ops, d->st, &fetch, &readings, &refusal, &diag);

	tcs_buf_reset(buf);
	tcs_buf_str(buf, tcs_refusal_word(refusal));
	if (err != TCS_OK) {
		assert_int_equal(err, TCS_EPARSE);
		assert_int_not_equal(refusal, TCS_REFUSAL_NONE);
		assert_true(strlen(tcs_diag_text(&diag)) > 0);
		assert_null(readings);
	} else {
		append_time(buf, readings->document.issued_ms);
		append_time(buf, readings->document.next_issue_ms);
		for (size_t i = 0; i < readings->n; i++)
			tcs_buf_printf(buf, " %s=%s", readings->items[i].zone,
			    readings->items[i].level);
	}
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
	tcs_buf_init(buf, 4 << 20);
	assert_int_equal(tcs_file_read(path, buf, NULL), TCS_OK);
	free(path);
}

/* Call `check` for each line of the driver's expected.txt. */
static void
each_fixture(const struct tcs_feed_ops *ops,
    void (*check)(struct driver *d, struct tcs_slice name,
        struct tcs_slice body, struct tcs_slice want))
{
	struct tcs_buf expected;
	size_t count = 0;

	read_file(ops->name, tcs_slice_str("expected.txt"), &expected);
	for (struct tcs_slice rest = tcs_buf_view(&expected); rest.p != NULL;) {
		struct tcs_slice line =
		    tcs_slice_trim(tcs_slice_cut(rest, '\n', &rest));
		struct tcs_slice want;
		struct tcs_slice name = tcs_slice_cut(line, ' ', &want);
		struct tcs_buf body;
		struct driver d;
		if (line.n == 0 || line.p[0] == '#')
			continue;
		read_file(ops->name, name, &body);
		d = driver_open(ops);
		check(&d, name, tcs_buf_view(&body), tcs_slice_trim(want));
		driver_close(&d);
		tcs_buf_fini(&body);
		count++;
	}
	tcs_buf_fini(&expected);
	assert_true(count > 0);
}

static void
check_whole(struct driver *d, struct tcs_slice name, struct tcs_slice body,
    struct tcs_slice want)
{
	struct tcs_buf got;

	tcs_buf_init(&got, 1 << 20);
	summarize(d, body, &got);
	if (!tcs_slice_equal(tcs_buf_view(&got), want))
		fail_msg("%.*s\n  got  %s\n  want %.*s", TCS_SLICE_ARG(name),
		    got.p, TCS_SLICE_ARG(want));
	tcs_buf_fini(&got);
}

static void
check_cut(struct driver *d, struct tcs_slice name, struct tcs_slice body,
    struct tcs_slice want)
{
	struct tcs_buf got;

	tcs_buf_init(&got, 1 << 20);
	for (size_t n = 0; n < body.n; n++) {
		char *copy = malloc(n == 0 ? 1 : n); /* for the sanitizer */
		assert_non_null(copy);
		memcpy(copy, body.p, n);
		summarize(d, tcs_slice(copy, n), &got);
		free(copy);
		if (tcs_slice_starts(tcs_buf_view(&got), "read ") &&
		    !tcs_slice_equal(tcs_buf_view(&got), want))
			fail_msg("%.*s cut at %zu: %s", TCS_SLICE_ARG(name), n,
			    got.p);
	}
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_body_is_read_or_refused_as_expected),
	    cmocka_unit_test(a_body_cut_anywhere_never_says_something_else),
	};

	if (tcs_clock_set_zone("Europe/Paris") != TCS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <string.h>

#include "core/clock.h"
#include "tests/support/check.h"
#include "tests/support/gatherkit.h"

/* An index that names two documents, then nothing more. */
static enum tcs_err
index_ask(void *st, const struct tcs_asking *asking, struct tcs_ask_sink *out,
    struct tcs_diag *diag)
{
	struct gatherkit *w = st;
	const char *base = asking->is_fallback ? "/other" : "/index";
	struct tcs_ask ask = {.is_head = true, .tag = "index"};

	(void)diag;
	if (asking->got.n > 1)
		return TCS_OK;
	if (asking->got.n == 0) {
		ask.url = httpd_url(w->httpd, "127.0.0.1", base);
		return out->ask(out->arg, &ask);
	}
	ask = (struct tcs_ask){.url = httpd_url(w->httpd, "127.0.0.1", "/a"),
	    .is_fixed = w->is_fixed};
	enum tcs_err err = out->ask(out->arg, &ask);
	ask = (struct tcs_ask){.url = httpd_url(w->httpd, "127.0.0.1", "/b"),
	    .is_optional = true,
	    .accepts_404 = true};
	return err == TCS_OK ? out->ask(out->arg, &ask) : err;
}

static void
one_request_is_what_a_driver_without_ask_wants(void **state)
{
	struct gatherkit *w = *state;
	char hex[TCS_DIGEST_HEX];

	httpd_reply(w->httpd, "/index", "200 OK",
	    "ETag: \"e1\"\r\nContent-Type: text/plain\r\n",
	    tcs_slice_str("body"));
	gatherkit_poll(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_BODIES);
	assert_int_equal(w->got.n, 1);
	assert_string_equal(w->got.etag, "\"e1\"");
	assert_string_equal(w->got.items[0].content_type, "text/plain");
	assert_true(tcs_slice_is(w->got.items[0].body, "body"));
	assert_string_equal(
	    w->got.hash, tcs_digest(tcs_slice_str("body"), hex));
	assert_string_equal(w->reason, "");
	assert_string_equal(w->cause, "");
}

static void
an_index_and_its_documents_come_in_order(void **state)
{
	struct gatherkit *w = *state;

	w->ops.ask = index_ask;
	gatherkit_reply(w, "/index", "index");
	gatherkit_reply(w, "/a", "first");
	gatherkit_poll(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_BODIES);
	assert_int_equal(w->got.n, 3);
	assert_string_equal(w->got.items[0].tag, "index");
	assert_true(tcs_slice_is(w->got.items[1].body, "first"));
	assert_int_equal(w->got.items[2].status, 404);
	assert_false(w->got.is_partial);
}

static void
an_optional_document_that_fails_leaves_the_rest(void **state)
{
	struct gatherkit *w = *state;

	w->ops.ask = index_ask;
	gatherkit_reply(w, "/index", "index");
	gatherkit_reply(w, "/a", "first");
	httpd_reply(w->httpd, "/b", "503 No", "", tcs_slice_str(""));
	gatherkit_poll(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_BODIES);
	assert_int_equal(w->got.n, 2);
	assert_true(w->got.is_partial);
	assert_string_equal(w->reason, "HTTP 503");
	assert_string_equal(
	    w->cause, "erreur du serveur de la source (HTTP 503)");
	/* What it said last stands in for it. */
	gatherkit_reply(w, "/b", "second");
	gatherkit_poll(w);
	assert_int_equal(w->got.n, 3);
	tcs_gather_settle(w->gather);
	httpd_reply(w->httpd, "/b", "503 No", "", tcs_slice_str(""));
	gatherkit_poll(w);
	assert_int_equal(w->got.n, 3);
	assert_true(tcs_slice_is(w->got.items[2].body, "second"));
	assert_false(w->got.is_partial);
	assert_string_equal(w->reason, "HTTP 503");
	tcs_gather_settle(w->gather);
	httpd_reply(w->httpd, "/a", "500 No", "", tcs_slice_str(""));
	gatherkit_poll(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_FAILED);
	assert_string_equal(w->reason, "HTTP 500");
}

static void
a_head_that_says_the_same_ends_the_poll(void **state)
{
	static const char *const stamps[] = {"made", NULL};
	struct gatherkit *w = *state;
	char held[TCS_DIGEST_HEX];

	w->ops.ask = index_ask;
	w->ops.stamps = stamps;
	gatherkit_reply(w, "/a", "first");
	gatherkit_reply(w, "/index", "{\"made\":\"10:00\",\"x\":1}");
	gatherkit_poll(w);
	memcpy(held, w->got.marks[0].content, sizeof(held));
	assert_string_not_equal(held, w->got.marks[0].hash);
	w->conf.head_hash = held;
	gatherkit_reply(w, "/index", "{\"made\":\"10:02\",\"x\":1}");
	size_t before = httpd_requests(w->httpd);
	gatherkit_poll(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_UNCHANGED);
	assert_int_equal(httpd_requests(w->httpd), before + 1);
	gatherkit_reply(w, "/index", "{\"made\":\"10:04\",\"x\":2}");
	gatherkit_poll(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_BODIES);
}

static void
validators_are_sent_and_304_is_unchanged(void **state)
{
	struct gatherkit *w = *state;

	w->conf.etag = "\"e7\"";
	httpd_reply(
	    w->httpd, "/index", "304 Not Modified", "", tcs_slice_str(""));
	gatherkit_poll(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_UNCHANGED);
	assert_non_null(strstr(httpd_last(w->httpd), "If-None-Match: \"e7\""));
}

static void
what_a_fixed_url_said_is_asked_once(void **state)
{
	struct gatherkit *w = *state;

	w->ops.ask = index_ask;
	w->is_fixed = true;
	gatherkit_reply(w, "/index", "index");
	gatherkit_reply(w, "/a", "first");
	gatherkit_poll(w);
	tcs_gather_settle(w->gather);
	size_t before = httpd_requests(w->httpd);
	gatherkit_reply(w, "/index", "index 2");
	gatherkit_poll(w);
	assert_int_equal(w->got.n, 3);
	assert_true(tcs_slice_is(w->got.items[1].body, "first"));
	assert_int_equal(httpd_requests(w->httpd), before + 2);
	/* It says so in this poll: not silent for as long as it is known. */
	assert_true(w->got.items[1].fetched_ms >= w->got.items[0].fetched_ms);
}

static enum tcs_err
stations_ask(void *st, const struct tcs_asking *asking,
    struct tcs_ask_sink *out, struct tcs_diag *diag)
{
	struct gatherkit *w = st;
	struct tcs_ask ask = {.is_optional = true};

	(void)diag;
	if (asking->got.n > 0)
		return TCS_OK;
	ask.url = httpd_url(w->httpd, "127.0.0.1", "/a");
	enum tcs_err err = out->ask(out->arg, &ask);
	ask.url = httpd_url(w->httpd, "127.0.0.1", "/b");
	return err == TCS_OK ? out->ask(out->arg, &ask) : err;
}

static void
what_is_only_remembered_is_no_answer(void **state)
{
	struct gatherkit *w = *state;

	w->ops.ask = stations_ask;
	httpd_reply(w->httpd, "/a", "503 No", "", tcs_slice_str(""));
	httpd_reply(w->httpd, "/b", "503 No", "", tcs_slice_str(""));
	gatherkit_poll(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_FAILED);
	assert_string_equal(w->reason, "HTTP 503");
	assert_int_equal(httpd_requests(w->httpd), 2);
	tcs_gather_settle(w->gather);
	gatherkit_reply(w, "/a", "first");
	gatherkit_poll(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_BODIES);
	tcs_gather_settle(w->gather);
	httpd_reply(w->httpd, "/a", "503 No", "", tcs_slice_str(""));
	gatherkit_poll(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_FAILED);
	tcs_gather_settle(w->gather);
	gatherkit_reply(w, "/b", "second");
	gatherkit_poll(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_BODIES);
	assert_int_equal(w->got.n, 2);
}

static void
the_other_way_is_taken_when_the_ordinary_one_fails(void **state)
{
	struct gatherkit *w = *state;

	w->ops.ask = index_ask;
	w->ops.has_fallback = true;
	httpd_reply(w->httpd, "/index", "503 No", "", tcs_slice_str(""));
	gatherkit_reply(w, "/other", "archive");
	gatherkit_reply(w, "/a", "first");
	gatherkit_poll(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_BODIES);
	assert_true(w->got.is_fallback);
	assert_true(tcs_slice_is(w->got.items[0].body, "archive"));
	assert_string_equal(w->reason, "HTTP 503");
	httpd_reply(w->httpd, "/other", "404 No", "", tcs_slice_str(""));
	gatherkit_poll(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_FAILED);
	assert_string_equal(w->reason, "HTTP 503");
}

static void
refusals_of_access_are_limited_and_say_when_to_come_back(void **state)
{
	static const char *const statuses[] = {"401 No", "403 No", "429 Wait"};
	struct gatherkit *w = *state;

	for (size_t i = 0; i < 3; i++) {
		httpd_reply(w->httpd, "/index", statuses[i],
		    "Retry-After: 90\r\n", tcs_slice_str(""));
		gatherkit_poll(w);
		assert_int_equal(w->got.outcome, TCS_GATHER_FAILED);
		assert_true(w->got.is_limited);
		assert_int_equal(w->got.retry_after_ms, 90000);
	}
}

/* Two documents, of which neither must be there. */
static enum tcs_err
optional_ask(void *st, const struct tcs_asking *asking,
    struct tcs_ask_sink *out, struct tcs_diag *diag)
{
	struct gatherkit *w = st;
	struct tcs_ask ask = {.is_optional = true};

	(void)diag;
	if (asking->got.n > 0 || w->is_asked || asking->is_fallback)
		return TCS_OK;
	w->is_asked = true;
	ask.url = httpd_url(w->httpd, "127.0.0.1", "/a");
	enum tcs_err err = out->ask(out->arg, &ask);
	ask.url = httpd_url(w->httpd, "127.0.0.1", "/b");
	return err == TCS_OK ? out->ask(out->arg, &ask) : err;
}

static void
a_poll_without_one_answer_has_failed(void **state)
{
	struct gatherkit *w = *state;

	w->ops.ask = optional_ask;
	httpd_reply(w->httpd, "/a", "503 No", "", tcs_slice_str(""));
	httpd_reply(w->httpd, "/b", "503 No", "", tcs_slice_str(""));
	gatherkit_poll(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_FAILED);
	assert_string_equal(w->reason, "HTTP 503");
	w->is_asked = false;
	w->ops.has_fallback = true; /* and it asks nothing */
	gatherkit_poll(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_FAILED);
	assert_string_equal(w->reason, "HTTP 503");
}

static void
the_longest_retry_after_of_a_poll_counts(void **state)
{
	struct gatherkit *w = *state;

	w->ops.ask = index_ask;
	gatherkit_reply(w, "/index", "index");
	gatherkit_reply(w, "/a", "first");
	httpd_reply(w->httpd, "/b", "429 Wait", "Retry-After: 90\r\n",
	    tcs_slice_str(""));
	gatherkit_poll(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_BODIES);
	assert_true(w->got.is_partial);
	assert_int_equal(w->got.retry_after_ms, 90000);
	w->ops.has_fallback = true;
	httpd_reply(w->httpd, "/index", "429 Wait", "Retry-After: 70\r\n",
	    tcs_slice_str(""));
	gatherkit_reply(w, "/other", "archive");
	httpd_reply(w->httpd, "/b", "503 No", "", tcs_slice_str(""));
	gatherkit_poll(w);
	assert_true(w->got.is_fallback);
	assert_int_equal(w->got.retry_after_ms, 70000);
}

static void
the_other_way_is_taken_at_once_while_the_ordinary_one_rests(void **state)
{
	struct gatherkit *w = *state;

	w->ops.ask = index_ask;
	w->ops.has_fallback = true;
	w->conf.resting = "HTTP 429";
	gatherkit_reply(w, "/other", "archive");
	gatherkit_reply(w, "/a", "first");
	gatherkit_poll(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_BODIES);
	assert_true(w->got.is_fallback);
	assert_string_equal(w->reason, "HTTP 429");
	assert_int_equal(w->got.retry_after_ms, -1);
	assert_int_equal(httpd_requests(w->httpd), 3);
}

static void
headers_that_are_no_text_are_absent(void **state)
{
	struct gatherkit *w = *state;

	httpd_reply(w->httpd, "/index", "200 OK",
	    "ETag: \"\xff\"\r\nLast-Modified: l\xe0\r\n"
	    "Content-Type: text/\xe9\r\n",
	    tcs_slice_str("body"));
	gatherkit_poll(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_BODIES);
	assert_null(w->got.etag);
	assert_null(w->got.last_modified);
	assert_null(w->got.items[0].content_type);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    GATHERKIT_TEST(one_request_is_what_a_driver_without_ask_wants),
	    GATHERKIT_TEST(an_index_and_its_documents_come_in_order),
	    GATHERKIT_TEST(an_optional_document_that_fails_leaves_the_rest),
	    GATHERKIT_TEST(a_head_that_says_the_same_ends_the_poll),
	    GATHERKIT_TEST(validators_are_sent_and_304_is_unchanged),
	    GATHERKIT_TEST(what_a_fixed_url_said_is_asked_once),
	    GATHERKIT_TEST(what_is_only_remembered_is_no_answer),
	    GATHERKIT_TEST(the_other_way_is_taken_when_the_ordinary_one_fails),
	    GATHERKIT_TEST(
	        refusals_of_access_are_limited_and_say_when_to_come_back),
	    GATHERKIT_TEST(a_poll_without_one_answer_has_failed),
	    GATHERKIT_TEST(the_longest_retry_after_of_a_poll_counts),
	    GATHERKIT_TEST(
	        the_other_way_is_taken_at_once_while_the_ordinary_one_rests),
	    GATHERKIT_TEST(headers_that_are_no_text_are_absent),
	};

	if (tcs_clock_set_zone("Europe/Paris") != TCS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

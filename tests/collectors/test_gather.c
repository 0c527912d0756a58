#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "collectors/credential.h"
#include "collectors/gather.h"
#include "collectors/hosts.h"
#include "collectors/stamp.h"
#include "config/conf.h"
#include "core/clock.h"
#include "core/http.h"
#include "core/loop.h"
#include "tests/support/httpd.h"

enum { TURNS_MAX = 20000 };

/* What the driver of these tests asks, and what came of it. */
struct world {
	struct tcs_loop *loop;
	struct tcs_http *http;
	struct httpd *httpd;
	struct tcs_hosts *hosts;
	struct tcs_credential *credential;
	struct tcs_conf_feed feed;
	struct tcs_feed_ops ops;
	struct tcs_gather_conf conf;
	struct tcs_gather *gather;
	char folder[32];
	char *key_path, *url, *token_url;
	bool is_fixed, is_asked;
	unsigned answers;
	struct tcs_gathered got; /* its bodies live as long as `gather` */
	char reason[400], cause[200];
};

/* An index that names two documents, then nothing more. */
static enum tcs_err
index_ask(void *st, const struct tcs_asking *asking, struct tcs_ask_sink *out,
    struct tcs_diag *diag)
{
	struct world *w = st;
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

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->loop = tcs_loop_new();
	w->http = tcs_http_new(w->loop, NULL);
	w->httpd = httpd_new(w->loop);
	w->hosts = tcs_hosts_new();
	(void)snprintf(
	    w->folder, sizeof(w->folder), "%s", "/tmp/tocsin-gather-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	assert_true(asprintf(&w->key_path, "%s/key", w->folder) > 0);
	w->url = strdup(httpd_url(w->httpd, "127.0.0.1", "/index"));
	w->token_url = strdup(httpd_url(w->httpd, "127.0.0.1", "/token"));
	w->feed = (struct tcs_conf_feed){.body_max = 100000,
	    .timeout_ms = 5000,
	    .interval_ms = 1000,
	    .state = w};
	w->conf = (struct tcs_gather_conf){.loop = w->loop,
	    .http = w->http,
	    .hosts = w->hosts,
	    .ops = &w->ops,
	    .feed = &w->feed,
	    .url = w->url};
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	tcs_gather_free(&w->gather);
	tcs_credential_free(&w->credential);
	tcs_hosts_free(&w->hosts);
	tcs_http_free(&w->http);
	httpd_free(w->httpd);
	tcs_loop_free(&w->loop);
	(void)unlink(w->key_path);
	(void)rmdir(w->folder);
	free(w->key_path);
	free(w->url);
	free(w->token_url);
	free(w);
	return 0;
}

static void
gathered(void *arg, const struct tcs_gathered *got)
{
	struct world *w = arg;

	w->answers++;
	w->got = *got;
	(void)snprintf(w->reason, sizeof(w->reason), "%s", got->reason);
	(void)snprintf(w->cause, sizeof(w->cause), "%s", got->cause);
	tcs_loop_stop(w->loop);
}

static void
poll_once(struct world *w)
{
	w->answers = 0;
	w->gather = tcs_gather_start(&w->conf, w->gather, gathered, w);
	assert_non_null(w->gather);
	for (int i = 0; i < TURNS_MAX && w->answers == 0; i++)
		tcs_loop_once(w->loop);
	assert_int_equal(w->answers, 1);
}

static void
write_key(struct world *w, const char *key)
{
	FILE *file = fopen(w->key_path, "w");

	assert_non_null(file);
	assert_true(fputs(key, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
reply(struct world *w, const char *path, const char *body)
{
	httpd_reply(w->httpd, path, "200 OK", "", tcs_slice_str(body));
}

static void
one_request_is_what_a_driver_without_ask_wants(void **state)
{
	struct world *w = *state;
	char hex[TCS_DIGEST_HEX];

	httpd_reply(w->httpd, "/index", "200 OK",
	    "ETag: \"e1\"\r\nContent-Type: text/plain\r\n",
	    tcs_slice_str("body"));
	poll_once(w);
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
	struct world *w = *state;

	w->ops.ask = index_ask;
	reply(w, "/index", "index");
	reply(w, "/a", "first");
	poll_once(w);
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
	struct world *w = *state;

	w->ops.ask = index_ask;
	reply(w, "/index", "index");
	reply(w, "/a", "first");
	httpd_reply(w->httpd, "/b", "503 No", "", tcs_slice_str(""));
	poll_once(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_BODIES);
	assert_int_equal(w->got.n, 2);
	assert_true(w->got.is_partial);
	assert_string_equal(w->reason, "HTTP 503");
	assert_string_equal(
	    w->cause, "erreur du serveur de la source (HTTP 503)");
	/* What it said last stands in for it. */
	reply(w, "/b", "second");
	poll_once(w);
	assert_int_equal(w->got.n, 3);
	tcs_gather_settle(w->gather);
	httpd_reply(w->httpd, "/b", "503 No", "", tcs_slice_str(""));
	poll_once(w);
	assert_int_equal(w->got.n, 3);
	assert_true(tcs_slice_is(w->got.items[2].body, "second"));
	assert_false(w->got.is_partial);
	assert_string_equal(w->reason, "HTTP 503");
	tcs_gather_settle(w->gather);
	httpd_reply(w->httpd, "/a", "500 No", "", tcs_slice_str(""));
	poll_once(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_FAILED);
	assert_string_equal(w->reason, "HTTP 500");
}

static void
a_head_that_says_the_same_ends_the_poll(void **state)
{
	static const char *const stamps[] = {"made", NULL};
	struct world *w = *state;
	char held[TCS_DIGEST_HEX];

	w->ops.ask = index_ask;
	w->ops.stamps = stamps;
	reply(w, "/a", "first");
	reply(w, "/index", "{\"made\":\"10:00\",\"x\":1}");
	poll_once(w);
	memcpy(held, w->got.marks[0].content, sizeof(held));
	assert_string_not_equal(held, w->got.marks[0].hash);
	w->conf.head_hash = held;
	reply(w, "/index", "{\"made\":\"10:02\",\"x\":1}");
	size_t before = httpd_requests(w->httpd);
	poll_once(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_UNCHANGED);
	assert_int_equal(httpd_requests(w->httpd), before + 1);
	reply(w, "/index", "{\"made\":\"10:04\",\"x\":2}");
	poll_once(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_BODIES);
}

static void
validators_are_sent_and_304_is_unchanged(void **state)
{
	struct world *w = *state;

	w->conf.etag = "\"e7\"";
	httpd_reply(
	    w->httpd, "/index", "304 Not Modified", "", tcs_slice_str(""));
	poll_once(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_UNCHANGED);
	assert_non_null(strstr(httpd_last(w->httpd), "If-None-Match: \"e7\""));
}

static void
what_a_fixed_url_said_is_asked_once(void **state)
{
	struct world *w = *state;

	w->ops.ask = index_ask;
	w->is_fixed = true;
	reply(w, "/index", "index");
	reply(w, "/a", "first");
	poll_once(w);
	tcs_gather_settle(w->gather);
	size_t before = httpd_requests(w->httpd);
	reply(w, "/index", "index 2");
	poll_once(w);
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
	struct world *w = st;
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
	struct world *w = *state;

	w->ops.ask = stations_ask;
	httpd_reply(w->httpd, "/a", "503 No", "", tcs_slice_str(""));
	httpd_reply(w->httpd, "/b", "503 No", "", tcs_slice_str(""));
	poll_once(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_FAILED);
	assert_string_equal(w->reason, "HTTP 503");
	assert_int_equal(httpd_requests(w->httpd), 2);
	tcs_gather_settle(w->gather);
	reply(w, "/a", "first");
	poll_once(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_BODIES);
	tcs_gather_settle(w->gather);
	httpd_reply(w->httpd, "/a", "503 No", "", tcs_slice_str(""));
	poll_once(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_FAILED);
	tcs_gather_settle(w->gather);
	reply(w, "/b", "second");
	poll_once(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_BODIES);
	assert_int_equal(w->got.n, 2);
}

static void
the_other_way_is_taken_when_the_ordinary_one_fails(void **state)
{
	struct world *w = *state;

	w->ops.ask = index_ask;
	w->ops.has_fallback = true;
	httpd_reply(w->httpd, "/index", "503 No", "", tcs_slice_str(""));
	reply(w, "/other", "archive");
	reply(w, "/a", "first");
	poll_once(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_BODIES);
	assert_true(w->got.is_fallback);
	assert_true(tcs_slice_is(w->got.items[0].body, "archive"));
	assert_string_equal(w->reason, "HTTP 503");
	httpd_reply(w->httpd, "/other", "404 No", "", tcs_slice_str(""));
	poll_once(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_FAILED);
	assert_string_equal(w->reason, "HTTP 503");
}

static void
refusals_of_access_are_limited_and_say_when_to_come_back(void **state)
{
	static const char *const statuses[] = {"401 No", "403 No", "429 Wait"};
	struct world *w = *state;

	for (size_t i = 0; i < 3; i++) {
		httpd_reply(w->httpd, "/index", statuses[i],
		    "Retry-After: 90\r\n", tcs_slice_str(""));
		poll_once(w);
		assert_int_equal(w->got.outcome, TCS_GATHER_FAILED);
		assert_true(w->got.is_limited);
		assert_int_equal(w->got.retry_after_ms, 90000);
	}
}

static void
open_credential(struct world *w)
{
	struct tcs_diag diag = {0};

	w->ops.key_header = "apikey";
	if (tcs_credential_open(
	        &w->feed, w->ops.key_header, &w->credential, &diag) != TCS_OK)
		fail_msg("%s", tcs_diag_text(&diag));
	w->conf.credential = w->credential;
}

static void
a_key_stands_in_the_request_without_its_line_end(void **state)
{
	struct world *w = *state;

	write_key(w, "  k1-abc\r\n");
	w->feed.key_file = w->key_path;
	open_credential(w);
	reply(w, "/index", "x");
	poll_once(w);
	assert_non_null(strstr(httpd_last(w->httpd), "apikey: k1-abc\r\n"));
	/* A key that was changed since is read anew when it is refused. */
	write_key(w, "k2\n");
	httpd_reply(w->httpd, "/index", "401 No", "", tcs_slice_str(""));
	size_t before = httpd_requests(w->httpd);
	poll_once(w);
	assert_int_equal(httpd_requests(w->httpd), before + 2);
	assert_non_null(strstr(httpd_last(w->httpd), "apikey: k2\r\n"));
	assert_true(w->got.is_limited);
}

static void
a_file_that_is_no_key_is_refused(void **state)
{
	static const char *const keys[] = {"", "\n", "two words", "a\nb", "é"};
	struct world *w = *state;

	w->feed.key_file = w->key_path;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct tcs_diag diag = {0};
		write_key(w, keys[i]);
		assert_int_equal(tcs_credential_open(
		                     &w->feed, "apikey", &w->credential, &diag),
		    TCS_ECONFIG);
		assert_non_null(strstr(tcs_diag_text(&diag), "not a key"));
		assert_null(strstr(tcs_diag_text(&diag), "two words"));
		tcs_diag_fini(&diag);
	}
}

static void
a_token_is_asked_for_once_and_again_when_it_is_refused(void **state)
{
	struct world *w = *state;

	write_key(w, "YXBwbGljYXRpb24=\n");
	w->feed.client_file = w->key_path;
	w->feed.token_url = w->token_url;
	open_credential(w);
	reply(w, "/token", "{\"access_token\":\"t1\",\"expires_in\":3600}");
	reply(w, "/index", "x");
	poll_once(w);
	assert_non_null(
	    strstr(httpd_last(w->httpd), "Authorization: Bearer t1\r\n"));
	assert_int_equal(httpd_requests(w->httpd), 2);
	poll_once(w);
	assert_int_equal(httpd_requests(w->httpd), 3);
	/* Refused: one other token, then the source's word holds. */
	reply(w, "/token", "{\"access_token\":\"t2\",\"expires_in\":3600}");
	httpd_reply(w->httpd, "/index", "401 No", "", tcs_slice_str(""));
	poll_once(w);
	assert_int_equal(httpd_requests(w->httpd), 6);
	assert_non_null(
	    strstr(httpd_last(w->httpd), "Authorization: Bearer t2\r\n"));
	assert_true(w->got.is_limited);
	/* Neither token nor application's id is in what is said. */
	assert_null(strstr(w->reason, "t2"));
}

/* Two documents, of which neither must be there. */
static enum tcs_err
optional_ask(void *st, const struct tcs_asking *asking,
    struct tcs_ask_sink *out, struct tcs_diag *diag)
{
	struct world *w = st;
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
	struct world *w = *state;

	w->ops.ask = optional_ask;
	httpd_reply(w->httpd, "/a", "503 No", "", tcs_slice_str(""));
	httpd_reply(w->httpd, "/b", "503 No", "", tcs_slice_str(""));
	poll_once(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_FAILED);
	assert_string_equal(w->reason, "HTTP 503");
	w->is_asked = false;
	w->ops.has_fallback = true; /* and it asks nothing */
	poll_once(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_FAILED);
	assert_string_equal(w->reason, "HTTP 503");
}

static void
the_longest_retry_after_of_a_poll_counts(void **state)
{
	struct world *w = *state;

	w->ops.ask = index_ask;
	reply(w, "/index", "index");
	reply(w, "/a", "first");
	httpd_reply(w->httpd, "/b", "429 Wait", "Retry-After: 90\r\n",
	    tcs_slice_str(""));
	poll_once(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_BODIES);
	assert_true(w->got.is_partial);
	assert_int_equal(w->got.retry_after_ms, 90000);
	w->ops.has_fallback = true;
	httpd_reply(w->httpd, "/index", "429 Wait", "Retry-After: 70\r\n",
	    tcs_slice_str(""));
	reply(w, "/other", "archive");
	httpd_reply(w->httpd, "/b", "503 No", "", tcs_slice_str(""));
	poll_once(w);
	assert_true(w->got.is_fallback);
	assert_int_equal(w->got.retry_after_ms, 70000);
}

static void
the_other_way_is_taken_at_once_while_the_ordinary_one_rests(void **state)
{
	struct world *w = *state;

	w->ops.ask = index_ask;
	w->ops.has_fallback = true;
	w->conf.resting = "HTTP 429";
	reply(w, "/other", "archive");
	reply(w, "/a", "first");
	poll_once(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_BODIES);
	assert_true(w->got.is_fallback);
	assert_string_equal(w->reason, "HTTP 429");
	assert_int_equal(w->got.retry_after_ms, -1);
	assert_int_equal(httpd_requests(w->httpd), 3);
}

static void
headers_that_are_no_text_are_absent(void **state)
{
	struct world *w = *state;

	httpd_reply(w->httpd, "/index", "200 OK",
	    "ETag: \"\xff\"\r\nLast-Modified: l\xe0\r\n"
	    "Content-Type: text/\xe9\r\n",
	    tcs_slice_str("body"));
	poll_once(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_BODIES);
	assert_null(w->got.etag);
	assert_null(w->got.last_modified);
	assert_null(w->got.items[0].content_type);
}

static void
a_token_service_that_fails_refuses_nobody(void **state)
{
	struct world *w = *state;

	write_key(w, "YXBwbGljYXRpb24=");
	w->feed.client_file = w->key_path;
	w->feed.token_url = w->token_url;
	open_credential(w);
	httpd_reply(w->httpd, "/token", "503 No", "Retry-After: 80\r\n",
	    tcs_slice_str(""));
	poll_once(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_FAILED);
	assert_false(w->got.is_limited);
	assert_int_equal(w->got.retry_after_ms, 80000);
}

static void
a_key_or_an_id_goes_over_https_or_nowhere(void **state)
{
	struct world *w = *state;
	struct tcs_diag diag = {0};
	char far_url[] = "http://api.example/v1";

	write_key(w, "k1");
	w->feed.key_file = w->key_path;
	w->feed.url = far_url;
	assert_int_equal(
	    tcs_credential_open(&w->feed, "apikey", &w->credential, &diag),
	    TCS_ECONFIG);
	assert_non_null(strstr(tcs_diag_text(&diag), "https"));
	tcs_diag_fini(&diag);
	w->feed.url = w->url;
	w->feed.key_file = NULL;
	w->feed.client_file = w->key_path;
	w->feed.token_url = far_url;
	assert_int_equal(
	    tcs_credential_open(&w->feed, "apikey", &w->credential, &diag),
	    TCS_ECONFIG);
	tcs_diag_fini(&diag);
	assert_false(
	    tcs_hosts_is_loopback(tcs_slice_str("127.0.0.1.source.example")));
	assert_false(tcs_hosts_is_loopback(tcs_slice_str("127.example:80")));
	assert_true(tcs_hosts_is_loopback(tcs_slice_str("127.0.0.1:80")));
	assert_true(tcs_hosts_is_loopback(tcs_slice_str("127.8.1.2")));
}

static void
a_token_service_that_refuses_is_said(void **state)
{
	struct world *w = *state;

	write_key(w, "YXBwbGljYXRpb24=");
	w->feed.client_file = w->key_path;
	w->feed.token_url = w->token_url;
	open_credential(w);
	httpd_reply(w->httpd, "/token", "401 No", "", tcs_slice_str("{}"));
	poll_once(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_FAILED);
	assert_true(w->got.is_limited);
	assert_non_null(strstr(w->reason, "token service answers HTTP 401"));
	reply(w, "/token", "<html>");
	poll_once(w);
	assert_non_null(strstr(w->reason, "not JSON"));
	reply(w, "/token", "{\"access_token\":\"with blank\"}");
	poll_once(w);
	assert_non_null(strstr(w->reason, "access_token"));
}

static void
a_host_is_asked_at_its_rate_and_two_at_once(void **state)
{
	static const char url[] = "https://source.example/x";
	static const char other[] = "https://other.example/x";
	struct tcs_hosts *hosts = tcs_hosts_new();

	(void)state;
	assert_non_null(hosts);
	assert_int_equal(tcs_hosts_ask(hosts, url, 1000, 5000), 0);
	assert_int_equal(tcs_hosts_ask(hosts, url, 1000, 5400), 600);
	assert_int_equal(tcs_hosts_ask(hosts, other, 1000, 5400), 0);
	assert_int_equal(tcs_hosts_ask(hosts, url, 1000, 6000), 0);
	assert_true(tcs_hosts_ask(hosts, url, 1000, 60000) > 0);
	tcs_hosts_done(hosts, url);
	assert_int_equal(tcs_hosts_ask(hosts, url, 1000, 60000), 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(
		    tcs_hosts_ask(hosts, "http://127.0.0.1:80/", 1000, 5000),
		    0);
	tcs_hosts_free(&hosts);
}

static void
stamps_are_no_part_of_the_content(void **state)
{
	static const char *const stamps[] = {"made", "lastBuildDate", NULL};
	static const struct {
		const char *a, *b;
		bool is_same;
	} cases[] = {
	    {"{\"made\":\"1\",\"x\":1}", "{\"made\":\"2\",\"x\":1}", true},
	    {"{\"made\" : \"1\"}", "{\"made\" : \"22\"}", true},
	    {"{\"x\":1,\"made\":\"1\"}", "{\"x\":2,\"made\":\"1\"}", false},
	    {"<lastBuildDate>a</lastBuildDate><i/>",
	        "<lastBuildDate>b</lastBuildDate><i/>", true},
	    {"<lastBuildDate>a</lastBuildDate><i/>",
	        "<lastBuildDate>a</lastBuildDate><j/>", false},
	    {"{\"unmade\":\"1\"}", "{\"unmade\":\"2\"}", false},
	    {"made", "made ", false},
	    {"{\"made\":1}", "{\"made\":2}", false},
	    {"{\"made\":\"", "{\"made\":\"2", false},
	};
	char a[TCS_DIGEST_HEX], b[TCS_DIGEST_HEX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)tcs_stamp_digest(tcs_slice_str(cases[i].a), stamps, a);
		(void)tcs_stamp_digest(tcs_slice_str(cases[i].b), stamps, b);
		assert_int_equal(strcmp(a, b) == 0, cases[i].is_same);
	}
	assert_string_equal(tcs_stamp_digest(tcs_slice_str("x"), stamps, a),
	    tcs_digest(tcs_slice_str("x"), b));
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(one_request_is_what_a_driver_without_ask_wants),
	    WORLD_TEST(an_index_and_its_documents_come_in_order),
	    WORLD_TEST(an_optional_document_that_fails_leaves_the_rest),
	    WORLD_TEST(a_head_that_says_the_same_ends_the_poll),
	    WORLD_TEST(validators_are_sent_and_304_is_unchanged),
	    WORLD_TEST(what_a_fixed_url_said_is_asked_once),
	    WORLD_TEST(what_is_only_remembered_is_no_answer),
	    WORLD_TEST(the_other_way_is_taken_when_the_ordinary_one_fails),
	    WORLD_TEST(
	        refusals_of_access_are_limited_and_say_when_to_come_back),
	    WORLD_TEST(a_key_stands_in_the_request_without_its_line_end),
	    WORLD_TEST(a_file_that_is_no_key_is_refused),
	    WORLD_TEST(a_token_is_asked_for_once_and_again_when_it_is_refused),
	    WORLD_TEST(a_poll_without_one_answer_has_failed),
	    WORLD_TEST(the_longest_retry_after_of_a_poll_counts),
	    WORLD_TEST(
	        the_other_way_is_taken_at_once_while_the_ordinary_one_rests),
	    WORLD_TEST(headers_that_are_no_text_are_absent),
	    WORLD_TEST(a_token_service_that_fails_refuses_nobody),
	    WORLD_TEST(a_key_or_an_id_goes_over_https_or_nowhere),
	    WORLD_TEST(a_token_service_that_refuses_is_said),
	    cmocka_unit_test(a_host_is_asked_at_its_rate_and_two_at_once),
	    cmocka_unit_test(stamps_are_no_part_of_the_content),
	};

	if (tcs_clock_set_zone("Europe/Paris") != TCS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

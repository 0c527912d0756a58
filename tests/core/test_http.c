#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/http.h"
#include "core/loop.h"
#include "tests/support/httpd.h"

/* One client, one server, one answer at a time. */
struct world {
	struct tcs_loop *loop;
	struct tcs_http *http;
	struct httpd *httpd;
	unsigned answers;
	enum tcs_err err;
	enum tcs_http_fault fault;
	long status;
	bool is_unsent;
	int64_t retry_after_ms;
	struct tcs_buf body, reason, etag, last_modified, url;
	bool may_send;
	unsigned asked;
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->loop = tcs_loop_new();
	assert_non_null(w->loop);
	w->http = tcs_http_new(w->loop, NULL);
	assert_non_null(w->http);
	w->httpd = httpd_new(w->loop);
	tcs_buf_init(&w->body, 32 << 20);
	tcs_buf_init(&w->reason, 4096);
	tcs_buf_init(&w->etag, 4096);
	tcs_buf_init(&w->last_modified, 4096);
	tcs_buf_init(&w->url, 4096);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	tcs_http_free(&w->http);
	httpd_free(w->httpd);
	tcs_loop_free(&w->loop);
	tcs_buf_fini(&w->body);
	tcs_buf_fini(&w->reason);
	tcs_buf_fini(&w->etag);
	tcs_buf_fini(&w->last_modified);
	tcs_buf_fini(&w->url);
	free(w);
	return 0;
}

static void
keep(struct tcs_buf *buf, const char *text)
{
	tcs_buf_reset(buf);
	tcs_buf_str(buf, text == NULL ? "(absent)" : text);
}

static void
answered(void *arg, const struct tcs_http_response *r)
{
	struct world *w = arg;

	w->answers++;
	w->err = r->err;
	w->fault = r->fault;
	w->status = r->status;
	w->is_unsent = r->is_unsent;
	w->retry_after_ms = r->retry_after_ms;
	tcs_buf_reset(&w->body);
	tcs_buf_slice(&w->body, r->body);
	tcs_buf_char(&w->body, '\0');
	keep(&w->reason, r->reason);
	keep(&w->etag, r->etag);
	keep(&w->last_modified, r->last_modified);
	keep(&w->url, r->url);
}

static bool
gate(void *arg)
{
	struct world *w = arg;

	w->asked++;
	return w->may_send;
}

static void
start(struct world *w, const struct tcs_http_request *request)
{
	struct tcs_http_transfer *transfer;

	assert_int_equal(
	    tcs_http_start(w->http, request, answered, w, &transfer, NULL),
	    TCS_OK);
}

static void
fetch(struct world *w, const struct tcs_http_request *request)
{
	unsigned before = w->answers;

	start(w, request);
	assert_int_equal(w->answers, before);
	while (w->answers == before)
		tcs_loop_once(w->loop);
}

static void
get(struct world *w, const char *path)
{
	fetch(w, &(struct tcs_http_request){
	             .url = httpd_url(w->httpd, "127.0.0.1", path)});
}

static void
an_answer_comes_whole_with_its_validators(void **state)
{
	struct world *w = *state;

	httpd_reply(w->httpd, "/map", "200 OK",
	    "ETag: \"a1\"\r\nLast-Modified: Mon, 23 Nov 2026 09:00:00 GMT\r\n",
	    tcs_slice_str("hello"));
	get(w, "/map");
	assert_int_equal(w->err, TCS_OK);
	assert_int_equal(w->status, 200);
	assert_string_equal(w->body.p, "hello");
	assert_string_equal(w->etag.p, "\"a1\"");
	assert_string_equal(
	    w->last_modified.p, "Mon, 23 Nov 2026 09:00:00 GMT");
	assert_string_equal(w->reason.p, "");
	assert_int_equal(w->retry_after_ms, -1);
	assert_null(strstr(httpd_last(w->httpd), "Authorization"));
	assert_non_null(strstr(httpd_last(w->httpd), "User-Agent: tocsin/"));
	assert_non_null(strstr(httpd_last(w->httpd), "Accept-Encoding: gzip"));
}

static void
validators_make_the_request_conditional(void **state)
{
	struct world *w = *state;

	httpd_reply(
	    w->httpd, "/map", "304 Not Modified", "", tcs_slice_str(""));
	fetch(w, &(struct tcs_http_request){
	             .url = httpd_url(w->httpd, "127.0.0.1", "/map"),
	             .etag = "\"a1\"",
	             .last_modified = "Mon, 23 Nov 2026 09:00:00 GMT"});
	assert_int_equal(w->status, 304);
	assert_non_null(
	    strstr(httpd_last(w->httpd), "If-None-Match: \"a1\"\r\n"));
	assert_non_null(strstr(httpd_last(w->httpd),
	    "If-Modified-Since: Mon, 23 Nov 2026 09:00:00 GMT\r\n"));
}

static void
a_validator_that_cannot_be_sent_is_left_out(void **state)
{
	struct world *w = *state;

	httpd_reply(w->httpd, "/map", "200 OK", "", tcs_slice_str("x"));
	fetch(w, &(struct tcs_http_request){
	             .url = httpd_url(w->httpd, "127.0.0.1", "/map"),
	             .etag = "\"a\r\nX-Evil: 1\""});
	assert_int_equal(w->status, 200);
	assert_null(strstr(httpd_last(w->httpd), "Evil"));
	assert_null(strstr(httpd_last(w->httpd), "If-None-Match"));
}

static void
any_status_is_an_answer(void **state)
{
	struct world *w = *state;

	httpd_reply(w->httpd, "/busy", "429 Too Many Requests",
	    "Retry-After: 120\r\n", tcs_slice_str("slow down"));
	get(w, "/busy");
	assert_int_equal(w->err, TCS_OK);
	assert_int_equal(w->status, 429);
	assert_int_equal(w->retry_after_ms, TCS_SECONDS(120));
	httpd_reply(w->httpd, "/busy", "503 Unavailable",
	    "Retry-After: 99999999\r\n", tcs_slice_str(""));
	get(w, "/busy");
	assert_int_equal(w->retry_after_ms, TCS_DAYS(1));
	httpd_reply(w->httpd, "/busy", "503 Unavailable",
	    "Retry-After: soon\r\n", tcs_slice_str(""));
	get(w, "/busy");
	assert_int_equal(w->retry_after_ms, 0);
}

static void
a_body_above_the_limit_is_refused_while_it_comes(void **state)
{
	struct world *w = *state;
	char *big = calloc(1, 200000);

	assert_non_null(big);
	memset(big, 'x', 200000);
	httpd_reply(w->httpd, "/big", "200 OK", "", tcs_slice(big, 200000));
	fetch(w, &(struct tcs_http_request){
	             .url = httpd_url(w->httpd, "127.0.0.1", "/big"),
	             .body_max = 199999});
	assert_int_equal(w->err, TCS_ELIMIT);
	assert_int_equal(w->status, 0);
	assert_false(w->is_unsent);
	fetch(w, &(struct tcs_http_request){
	             .url = httpd_url(w->httpd, "127.0.0.1", "/big"),
	             .body_max = 200000});
	assert_int_equal(w->err, TCS_OK);
	free(big);
}

static void
append_gzip(struct tcs_buf *buf, const char *p, size_t n)
{
	z_stream z = {0};
	unsigned char out[4096];
	int rc;

	assert_int_equal(
	    deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
	    Z_OK);
	z.next_in = (Bytef *)(uintptr_t)p;
	z.avail_in = (uInt)n;
	do {
		z.next_out = out;
		z.avail_out = sizeof(out);
		rc = deflate(&z, Z_FINISH);
		tcs_buf_append(buf, out, sizeof(out) - z.avail_out);
	} while (rc != Z_STREAM_END);
	(void)deflateEnd(&z);
}

static void
the_limit_holds_after_gunzip(void **state)
{
	struct world *w = *state;
	struct tcs_buf zipped;
	char *big = calloc(1, 4 << 20);

	assert_non_null(big);
	tcs_buf_init(&zipped, 1 << 20);
	append_gzip(&zipped, big, 4 << 20);
	assert_true(zipped.n < 8192);
	httpd_reply(w->httpd, "/bomb", "200 OK", "Content-Encoding: gzip\r\n",
	    tcs_buf_view(&zipped));
	fetch(w, &(struct tcs_http_request){
	             .url = httpd_url(w->httpd, "127.0.0.1", "/bomb"),
	             .body_max = 1 << 20});
	assert_int_equal(w->err, TCS_ELIMIT);
	fetch(w, &(struct tcs_http_request){
	             .url = httpd_url(w->httpd, "127.0.0.1", "/bomb"),
	             .body_max = 4 << 20});
	assert_int_equal(w->err, TCS_OK);
	assert_int_equal(w->body.n, (4 << 20) + 1);
	tcs_buf_fini(&zipped);
	free(big);
}

static void
endless_headers_are_refused(void **state)
{
	struct world *w = *state;
	struct tcs_buf raw;

	tcs_buf_init(&raw, 1 << 20);
	tcs_buf_str(&raw, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 3000; i++)
		tcs_buf_printf(&raw, "X-Filler-%d: 0123456789012345\r\n", i);
	tcs_buf_str(&raw, "Content-Length: 0\r\n\r\n");
	httpd_raw(w->httpd, "/headers", tcs_buf_view(&raw));
	get(w, "/headers");
	assert_int_equal(w->err, TCS_ELIMIT);
	assert_int_equal(w->fault, TCS_HTTP_FAULT_SIZE);
	tcs_buf_fini(&raw);
}

static void
a_body_cut_short_is_an_error_not_an_answer(void **state)
{
	struct world *w = *state;

	httpd_raw(w->httpd, "/cut",
	    tcs_slice_str(
	        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"));
	get(w, "/cut");
	assert_int_equal(w->err, TCS_EIO);
	assert_false(w->is_unsent);
	assert_true(strlen(w->reason.p) > 0);
	httpd_raw(w->httpd, "/none", tcs_slice_str(""));
	assert_int_equal(w->fault, TCS_HTTP_FAULT_CUT);
	get(w, "/none");
	assert_int_equal(w->err, TCS_EIO);
	assert_int_equal(w->fault, TCS_HTTP_FAULT_CUT);
	assert_false(w->is_unsent);
}

static void
a_silent_server_ends_at_the_deadline_and_may_have_been_asked(void **state)
{
	struct world *w = *state;

	httpd_hang(w->httpd, "/hang");
	fetch(w, &(struct tcs_http_request){
	             .url = httpd_url(w->httpd, "127.0.0.1", "/hang"),
	             .timeout_ms = 50});
	assert_int_equal(w->err, TCS_ETIMEOUT);
	assert_int_equal(w->fault, TCS_HTTP_FAULT_TIMEOUT);
	assert_false(w->is_unsent);
	assert_int_equal(httpd_requests(w->httpd), 1);
}

static void
no_connection_means_that_nothing_was_sent(void **state)
{
	struct world *w = *state;
	struct httpd *gone = httpd_new(w->loop);
	char *url = strdup(httpd_url(gone, "127.0.0.1", "/"));

	httpd_free(gone);
	fetch(w, &(struct tcs_http_request){.url = url});
	assert_int_equal(w->err, TCS_EIO);
	assert_int_equal(w->fault, TCS_HTTP_FAULT_CONNECT);
	assert_true(w->is_unsent);
	free(url);
}

static void
a_handshake_that_does_not_end_has_sent_nothing(void **state)
{
	struct world *w = *state;
	struct tcs_buf url;

	tcs_buf_init(&url, 4096);
	tcs_buf_printf(&url, "https://127.0.0.1:%u/hook", httpd_port(w->httpd));
	fetch(w, &(struct tcs_http_request){.url = url.p,
	             .body = tcs_slice_str("secret"),
	             .timeout_ms = 50});
	assert_int_equal(w->err, TCS_ETIMEOUT);
	assert_true(w->is_unsent);
	assert_int_equal(httpd_requests(w->httpd), 0);
	tcs_buf_fini(&url);
}

static void
the_sender_is_asked_before_the_first_byte(void **state)
{
	struct world *w = *state;

	httpd_reply(w->httpd, "/hook", "200 OK", "", tcs_slice_str(""));
	fetch(w, &(struct tcs_http_request){
	             .url = httpd_url(w->httpd, "127.0.0.1", "/hook"),
	             .body = tcs_slice_str("x"),
	             .may_send = gate});
	assert_int_equal(w->asked, 1);
	assert_int_equal(w->err, TCS_ECANCELED);
	assert_true(w->is_unsent);
	assert_int_equal(httpd_requests(w->httpd), 0);
	w->may_send = true;
	fetch(w, &(struct tcs_http_request){
	             .url = httpd_url(w->httpd, "127.0.0.1", "/hook"),
	             .body = tcs_slice_str("x"),
	             .may_send = gate});
	assert_int_equal(w->err, TCS_OK);
	assert_int_equal(httpd_requests(w->httpd), 1);
}

static void
over_a_connection_that_stands_a_request_leaves_at_once(void **state)
{
	struct world *w = *state;

	httpd_reply(w->httpd, "/hook", "200 OK", "", tcs_slice_str(""));
	get(w, "/hook");
	w->may_send = true;
	start(w, &(struct tcs_http_request){
	             .url = httpd_url(w->httpd, "127.0.0.1", "/hook"),
	             .body = tcs_slice_str("x"),
	             .may_send = gate});
	assert_int_equal(w->asked, 1);
	assert_int_equal(w->answers, 1);
	while (w->answers == 1)
		tcs_loop_once(w->loop);
	assert_int_equal(w->err, TCS_OK);
	assert_int_equal(httpd_requests(w->httpd), 2);
	/* Refused within the call, told from the loop. */
	w->may_send = false;
	fetch(w, &(struct tcs_http_request){
	             .url = httpd_url(w->httpd, "127.0.0.1", "/hook"),
	             .body = tcs_slice_str("x"),
	             .may_send = gate});
	assert_int_equal(w->err, TCS_ECANCELED);
	assert_true(w->is_unsent);
}

static void
a_post_carries_its_headers_and_body(void **state)
{
	struct world *w = *state;
	const struct tcs_http_header headers[] = {
	    {"Content-Type", "application/cap+xml"}, {"webhook-id", "abc"},
	    {"X-Empty", ""}};

	httpd_reply(
	    w->httpd, "/hook", "204 No Content", "", tcs_slice(NULL, 0));
	fetch(w, &(struct tcs_http_request){
	             .url = httpd_url(w->httpd, "127.0.0.1", "/hook"),
	             .body = tcs_slice_str("<alert/>"),
	             .headers = headers,
	             .headers_n = 3});
	const char *last = httpd_last(w->httpd);
	assert_int_equal(w->status, 204);
	assert_true(strncmp(last, "POST /hook HTTP/1.1\r\n", 21) == 0);
	assert_non_null(strstr(last, "Content-Type: application/cap+xml\r\n"));
	assert_non_null(strstr(last, "webhook-id: abc\r\n"));
	assert_non_null(strstr(last, "X-Empty:\r\n"));
	assert_null(strstr(last, "Expect"));
	assert_string_equal(last + strlen(last) - 8, "<alert/>");
}

static void
a_redirect_is_not_followed_unless_asked(void **state)
{
	struct world *w = *state;

	httpd_reply(w->httpd, "/old", "302 Found", "Location: /new\r\n",
	    tcs_slice_str("moved"));
	get(w, "/old");
	assert_int_equal(w->err, TCS_OK);
	assert_int_equal(w->status, 302);
}

static void
redirect(struct world *w, const char *to)
{
	const struct tcs_http_header key = {"apikey", "secret"};
	struct tcs_buf location;

	tcs_buf_init(&location, 4096);
	tcs_buf_printf(&location, "Location: %s\r\n", to);
	httpd_reply(
	    w->httpd, "/old", "302 Found", location.p, tcs_slice_str("moved"));
	httpd_reply(w->httpd, "/new", "200 OK", "", tcs_slice_str("here"));
	fetch(w, &(struct tcs_http_request){
	             .url = httpd_url(w->httpd, "127.0.0.1", "/old"),
	             .headers = &key,
	             .headers_n = 1,
	             .etag = "\"e\"",
	             .redirects_max = 3});
	tcs_buf_fini(&location);
}

static void
a_redirect_on_the_same_host_keeps_the_key(void **state)
{
	struct world *w = *state;

	redirect(w, "/new");
	assert_int_equal(w->status, 200);
	assert_string_equal(w->body.p, "here");
	assert_non_null(strstr(httpd_last(w->httpd), "apikey: secret\r\n"));
	assert_string_equal(w->url.p, httpd_url(w->httpd, "127.0.0.1", "/new"));
}

static void
a_redirect_to_another_host_leaks_no_key(void **state)
{
	struct world *w = *state;
	char *there = strdup(httpd_url(w->httpd, "localhost", "/new"));

	redirect(w, there);
	assert_int_equal(w->status, 200);
	assert_null(strstr(httpd_last(w->httpd), "apikey"));
	assert_null(strstr(httpd_last(w->httpd), "secret"));
	assert_non_null(
	    strstr(httpd_last(w->httpd), "If-None-Match: \"e\"\r\n"));
	free(there);
}

static void
another_port_is_another_host(void **state)
{
	struct world *w = *state;
	struct httpd *other = httpd_new(w->loop);
	char *there = strdup(httpd_url(other, "127.0.0.1", "/new"));

	httpd_reply(other, "/new", "200 OK", "", tcs_slice_str("there"));
	redirect(w, there);
	assert_string_equal(w->body.p, "there");
	assert_null(strstr(httpd_last(other), "secret"));
	free(there);
	httpd_free(other);
}

static void
redirects_to_other_schemes_or_with_a_password_fail(void **state)
{
	static const char *const targets[] = {"file:///etc/hostname",
	    "ftp://127.0.0.1/x", "gopher://127.0.0.1/", "javascript:alert(1)"};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		redirect(w, targets[i]);
		assert_int_equal(w->err, TCS_EIO);
		assert_int_equal(w->body.n, 1);
	}
	size_t before = httpd_requests(w->httpd);
	struct tcs_buf with_user;
	tcs_buf_init(&with_user, 4096);
	tcs_buf_printf(&with_user, "http://user:pass@127.0.0.1:%u/new",
	    httpd_port(w->httpd));
	redirect(w, with_user.p);
	assert_int_equal(w->err, TCS_EIO);
	assert_int_equal(httpd_requests(w->httpd), before + 1);
	tcs_buf_fini(&with_user);
}

static void
a_redirect_loop_ends(void **state)
{
	struct world *w = *state;

	redirect(w, "/old");
	assert_int_equal(w->err, TCS_EIO);
	assert_int_equal(httpd_requests(w->httpd), 4);
	assert_string_equal(w->reason.p, "more redirects than allowed");
	assert_int_equal(w->fault, TCS_HTTP_FAULT_REDIRECT);
}

static void
a_post_follows_no_redirect(void **state)
{
	struct world *w = *state;

	httpd_reply(w->httpd, "/old", "307 Temporary Redirect",
	    "Location: /new\r\n", tcs_slice_str(""));
	fetch(w, &(struct tcs_http_request){
	             .url = httpd_url(w->httpd, "127.0.0.1", "/old"),
	             .body = tcs_slice_str("x"),
	             .redirects_max = 3});
	assert_int_equal(w->status, 307);
	assert_int_equal(httpd_requests(w->httpd), 1);
}

static void
a_bad_request_is_refused_before_it_starts(void **state)
{
	static const struct tcs_http_header forged[] = {
	    {"X-A", "1\r\nX-B: 2"}, {"X A", "1"}, {"", "1"}};
	static const char *const urls[] = {"", "vigicrues", "ftp://a.example/",
	    "file:///etc/passwd", "http://user:pass@a.example/"};
	struct world *w = *state;
	struct tcs_http_transfer *transfer;

	for (size_t i = 0; i < 3; i++) {
		struct tcs_http_request request = {.url = "http://a.example/",
		    .headers = &forged[i],
		    .headers_n = 1};
		assert_int_equal(tcs_http_start(w->http, &request, answered, w,
		                     &transfer, NULL),
		    TCS_EINVAL);
	}
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct tcs_http_request request = {.url = urls[i]};
		struct tcs_diag diag = {0};
		assert_int_equal(tcs_http_start(w->http, &request, answered, w,
		                     &transfer, &diag),
		    TCS_EINVAL);
		assert_non_null(strstr(tcs_diag_text(&diag), "URL"));
		tcs_diag_fini(&diag);
	}
}

static void
after_cancel_no_callback_comes(void **state)
{
	struct world *w = *state;
	struct tcs_http_transfer *transfer;
	struct tcs_http_request request = {
	    .url = httpd_url(w->httpd, "127.0.0.1", "/hang")};

	httpd_hang(w->httpd, "/hang");
	httpd_reply(w->httpd, "/map", "200 OK", "", tcs_slice_str("x"));
	assert_int_equal(
	    tcs_http_start(w->http, &request, answered, w, &transfer, NULL),
	    TCS_OK);
	while (httpd_requests(w->httpd) == 0)
		tcs_loop_once(w->loop);
	tcs_http_cancel(transfer);
	get(w, "/map");
	assert_int_equal(w->answers, 1);
}

static void
many_transfers_go_side_by_side_and_one_that_hangs_slows_none(void **state)
{
	struct world *w = *state;

	httpd_hang(w->httpd, "/hang");
	httpd_reply(w->httpd, "/map", "200 OK", "", tcs_slice_str("x"));
	start(w, &(struct tcs_http_request){
	             .url = httpd_url(w->httpd, "127.0.0.1", "/hang")});
	for (int i = 0; i < 50; i++)
		start(w, &(struct tcs_http_request){
		             .url = httpd_url(w->httpd, "127.0.0.1", "/map")});
	while (w->answers < 50)
		tcs_loop_once(w->loop);
	assert_int_equal(w->answers, 50);
	/* The one that hangs is cancelled by tcs_http_free(), in teardown. */
}

#define HTTP_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HTTP_TEST(an_answer_comes_whole_with_its_validators),
	    HTTP_TEST(validators_make_the_request_conditional),
	    HTTP_TEST(a_validator_that_cannot_be_sent_is_left_out),
	    HTTP_TEST(any_status_is_an_answer),
	    HTTP_TEST(a_body_above_the_limit_is_refused_while_it_comes),
	    HTTP_TEST(the_limit_holds_after_gunzip),
	    HTTP_TEST(endless_headers_are_refused),
	    HTTP_TEST(a_body_cut_short_is_an_error_not_an_answer),
	    HTTP_TEST(
	        a_silent_server_ends_at_the_deadline_and_may_have_been_asked),
	    HTTP_TEST(no_connection_means_that_nothing_was_sent),
	    HTTP_TEST(a_handshake_that_does_not_end_has_sent_nothing),
	    HTTP_TEST(the_sender_is_asked_before_the_first_byte),
	    HTTP_TEST(over_a_connection_that_stands_a_request_leaves_at_once),
	    HTTP_TEST(a_post_carries_its_headers_and_body),
	    HTTP_TEST(a_redirect_is_not_followed_unless_asked),
	    HTTP_TEST(a_redirect_on_the_same_host_keeps_the_key),
	    HTTP_TEST(a_redirect_to_another_host_leaks_no_key),
	    HTTP_TEST(another_port_is_another_host),
	    HTTP_TEST(redirects_to_other_schemes_or_with_a_password_fail),
	    HTTP_TEST(a_redirect_loop_ends),
	    HTTP_TEST(a_post_follows_no_redirect),
	    HTTP_TEST(a_bad_request_is_refused_before_it_starts),
	    HTTP_TEST(after_cancel_no_callback_comes),
	    HTTP_TEST(
	        many_transfers_go_side_by_side_and_one_that_hangs_slows_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

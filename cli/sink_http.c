/* sink_http.c - the sink's HTTP side: any path takes a POST; signatures are
 * those of Standard Webhooks. */
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "cli/sink.h"
#include "cli/sink_listen.h"
#include "cli/sink_text.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/loop.h"

enum {
	HTTP_HEADERS_MAX = 16 * 1024,
	HTTP_IDLE_S = 120,
	HTTP_HANG_MS = 300000,      /* then the descriptor is wanted back */
	HTTP_CLOCK_SKEW_S = 5 * 60, /* Standard Webhooks' own */
};

struct tcs_sink_http {
	struct tcs_sink *sink;
	struct evhttp *server;
	uint16_t port;
	LIST_HEAD(, http_wait) waits;
};

/* A request whose answer is due later, or whose connection is to be cut. */
struct http_wait {
	struct tcs_sink_http *http;
	struct evhttp_request *request;
	struct tcs_timer *timer;
	enum tcs_sink_manner manner;
	LIST_ENTRY(http_wait) next;
};

static void
http_wait_free(struct http_wait *wait)
{
	LIST_REMOVE(wait, next);
	tcs_timer_free(&wait->timer);
	free(wait);
}

static void
http_wait_closed(struct evhttp_connection *connection, void *arg)
{
	(void)connection;
	http_wait_free(arg);
}

static void
http_wait_over(void *arg)
{
	struct http_wait *wait = arg;
	struct evhttp_request *request = wait->request;
	struct evhttp_connection *connection =
	    evhttp_request_get_connection(request);
	bool is_slow = wait->manner == TCS_SINK_SLOW;

	evhttp_connection_set_closecb(connection, NULL, NULL);
	http_wait_free(wait);
	if (is_slow)
		evhttp_send_reply(request, 200, "OK", NULL);
	else
		evhttp_connection_free(connection);
}

static void
http_wait(struct tcs_sink_http *http, struct evhttp_request *request,
    enum tcs_sink_manner manner)
{
	static const int64_t after_ms[] = {[TCS_SINK_SLOW] = TCS_SINK_SLOW_MS,
	    [TCS_SINK_CUT] = 0,
	    [TCS_SINK_HANG] = HTTP_HANG_MS};
	struct http_wait *wait = calloc(1, sizeof(*wait));
	struct tcs_timer *timer = wait == NULL ? NULL
	                                       : tcs_timer_new(http->sink->loop,
	                                             http_wait_over, wait);

	if (timer == NULL) {
		free(wait);
		evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
		return;
	}
	*wait = (struct http_wait){
	    .http = http, .request = request, .timer = timer, .manner = manner};
	LIST_INSERT_HEAD(&http->waits, wait, next);
	evhttp_connection_set_closecb(
	    evhttp_request_get_connection(request), http_wait_closed, wait);
	tcs_timer_start(timer, after_ms[manner]);
}

/* ---- reading ---- */

static void
http_lower(char *name)
{
	for (; *name != '\0'; name++) {
		if (*name >= 'A' && *name <= 'Z')
			*name = (char)(*name + ('a' - 'A'));
	}
}

/* Name in lower case: value; the first of a name stands. */
static json_t *
http_headers(struct evhttp_request *request)
{
	json_t *headers = json_object();
	struct evkeyval *header;

	for (header = evhttp_request_get_input_headers(request)->tqh_first;
	     headers != NULL && header != NULL;
	     header = header->next.tqe_next) {
		char *name = tcs_sink_utf8(tcs_slice_str(header->key));
		char *value = tcs_sink_utf8(tcs_slice_str(header->value));
		if (name != NULL && value != NULL) {
			http_lower(name);
			if (json_object_get(headers, name) == NULL)
				(void)tcs_json_set_str(headers, name, value);
		}
		free(name);
		free(value);
	}
	return headers;
}

/* One of the signatures, which blanks part, is that of the message. */
static bool
http_is_among(struct tcs_slice signatures, const char *wanted)
{
	while (signatures.n > 0) {
		struct tcs_slice one =
		    tcs_slice_cut(signatures, ' ', &signatures);
		if (tcs_slice_is(one, wanted))
			return true;
	}
	return false;
}

static const char *
http_signature(
    const struct tcs_sink *sink, const json_t *headers, struct tcs_slice body)
{
	const char *id = tcs_json_str(headers, "webhook-id", "");
	const char *at = tcs_json_str(headers, "webhook-timestamp", "");
	const char *given = tcs_json_str(headers, "webhook-signature", "");
	int64_t now_s = tcs_clock_wall_ms() / 1000, at_s;
	char wanted[48] = "v1,";
	struct tcs_buf bytes;

	if (sink->secret_n == 0)
		return NULL;
	if (id[0] == '\0' ||
	    tcs_slice_i64(tcs_slice_str(at), now_s - HTTP_CLOCK_SKEW_S,
	        now_s + HTTP_CLOCK_SKEW_S, &at_s) != TCS_OK)
		return "bad";
	tcs_buf_init(&bytes, TCS_SINK_BODY_MAX + 2 * HTTP_HEADERS_MAX);
	tcs_buf_printf(&bytes, "%s.%s.", id, at);
	tcs_buf_slice(&bytes, body);
	bool is_whole = bytes.err == TCS_OK;
	tcs_hmac_base64(tcs_slice(sink->secret, sink->secret_n),
	    tcs_buf_view(&bytes), wanted + 3);
	tcs_buf_fini(&bytes);
	return is_whole && http_is_among(tcs_slice_str(given), wanted) ? "ok"
	                                                               : "bad";
}

static struct tcs_slice
http_body(struct evhttp_request *request)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(request);
	size_t n = evbuffer_get_length(in);

	if (n == 0)
		return tcs_slice("", 0);
	return tcs_slice(evbuffer_pullup(in, -1), n);
}

/* Show and note it. */
static enum tcs_err
http_take(struct tcs_sink_http *http, struct evhttp_request *request)
{
	struct tcs_slice body = http_body(request);
	char *path =
	    tcs_sink_utf8(tcs_slice_str(evhttp_request_get_uri(request)));
	json_t *headers = http_headers(request);
	struct tcs_sink_text text = {0};
	enum tcs_err err = TCS_ENOMEM;

	if (path != NULL && headers != NULL && body.p != NULL)
		err = tcs_sink_text_read(body, &text);
	if (err == TCS_OK) {
		struct tcs_sink_message message = {
		    .channel = "webhook",
		    .path = path,
		    .key = tcs_json_str(headers, "webhook-id", NULL),
		    .signature = http_signature(http->sink, headers, body),
		    .body = body,
		    .headers = headers,
		    .subject = tcs_slice_str(text.subject),
		    .text = tcs_slice_str(text.text),
		};
		err = tcs_sink_take(http->sink, &message);
	}
	tcs_sink_text_fini(&text);
	json_decref(headers);
	free(path);
	return err;
}

/* By the last part of the path. */
static enum tcs_sink_manner
http_manner(struct evhttp_request *request)
{
	struct tcs_slice rest;
	struct tcs_slice path = tcs_slice_cut(
	    tcs_slice_str(evhttp_request_get_uri(request)), '?', &rest);
	const char *slash = path.n == 0 ? NULL : memrchr(path.p, '/', path.n);

	if (slash == NULL)
		return TCS_SINK_TAKE;
	size_t before = (size_t)(slash + 1 - path.p);
	return tcs_sink_manner(tcs_slice(slash + 1, path.n - before));
}

static void
http_request(struct evhttp_request *request, void *arg)
{
	struct tcs_sink_http *http = arg;
	enum tcs_sink_manner manner = http_manner(request);

	if (evhttp_request_get_command(request) != EVHTTP_REQ_POST)
		evhttp_send_error(request, HTTP_BADMETHOD, NULL);
	else if (manner == TCS_SINK_LATER)
		evhttp_send_reply(request, 503, "Later", NULL);
	else if (manner == TCS_SINK_REFUSE)
		evhttp_send_reply(request, 410, "Gone", NULL);
	else if (manner != TCS_SINK_HANG && http_take(http, request) != TCS_OK)
		evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
	else if (manner == TCS_SINK_TAKE)
		evhttp_send_reply(request, 200, "OK", NULL);
	else
		http_wait(http, request, manner);
}

/* ---- opening ---- */

enum tcs_err
tcs_sink_http_new(struct tcs_sink *sink, uint16_t port,
    struct tcs_sink_http **ret_http, struct tcs_diag *diag)
{
	struct tcs_sink_http *http = calloc(1, sizeof(*http));
	struct evconnlistener *listener = NULL;
	enum tcs_err err = TCS_ENOMEM;

	if (http == NULL)
		return TCS_ENOMEM;
	LIST_INIT(&http->waits);
	http->sink = sink;
	http->server = evhttp_new(tcs_loop_base(sink->loop));
	if (http->server == NULL)
		goto out;
	evhttp_set_max_headers_size(http->server, HTTP_HEADERS_MAX);
	evhttp_set_max_body_size(http->server, TCS_SINK_BODY_MAX);
	evhttp_set_timeout(http->server, HTTP_IDLE_S);
	evhttp_set_allowed_methods(
	    http->server, EVHTTP_REQ_POST | EVHTTP_REQ_GET | EVHTTP_REQ_HEAD |
	                      EVHTTP_REQ_PUT);
	evhttp_set_gencb(http->server, http_request, http);
	err = tcs_sink_listen(sink->loop, port, NULL, NULL, &listener, diag);
	if (err != TCS_OK)
		goto out;
	http->port = tcs_sink_listens_on(listener);
	if (evhttp_bind_listener(http->server, listener) == NULL) {
		evconnlistener_free(listener);
		err = TCS_ENOMEM;
		goto out;
	}
	*ret_http = http;
	http = NULL;
out:
	tcs_sink_http_free(&http);
	return err;
}

void
tcs_sink_http_free(struct tcs_sink_http **http)
{
	if (http == NULL || *http == NULL)
		return;
	struct tcs_sink_http *h = *http;
	if (h->server != NULL)
		evhttp_free(h->server); /* closes, which frees the waits */
	struct http_wait *next;
	for (struct http_wait *w = LIST_FIRST(&h->waits); w != NULL; w = next) {
		next = LIST_NEXT(w, next);
		http_wait_free(w);
	}
	free(h);
	*http = NULL;
}

uint16_t
tcs_sink_http_port(const struct tcs_sink *sink)
{
	return sink->http->port;
}

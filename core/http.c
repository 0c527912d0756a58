/* http.c - libcurl's multi interface on libevent.
 *
 * curl tells which sockets and which timer it waits for; libevent tells curl
 * when they are ready; what is done is read from curl's queue after that, so
 * that a callback never runs inside tcs_http_start().
 *
 * Redirects are followed here and not by curl, which sends a caller's own
 * headers ("apikey") to whatever host it is sent to. */
#include "core/http.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include <curl/curl.h>
#include <event2/event.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/loop.h"

enum {
	HTTP_MAGIC = 0x48747470,
	HTTP_TRANSFER_MAGIC = 0x48787472,
	HTTP_BODY_MAX = 8 * 1024 * 1024,
	HTTP_HEADERS_MAX = 64 * 1024,
	HTTP_CACHED_CONNECTIONS = 32,
};

#define HTTP_TIMEOUT_MS TCS_SECONDS(30)
#define HTTP_CONNECT_MS TCS_SECONDS(10)
#define HTTP_RETRY_AFTER_MAX_MS TCS_DAYS(1)

struct tcs_http {
	unsigned magic;
	struct event_base *base;
	struct event *timer; /* curl's one timer */
	struct event *ended; /* collects what ended as it began */
	CURLM *multi;
	CURL *spare; /* of a transfer that is over, reset; or NULL */
	char *proxy, *ca_file, *user_agent;
	bool is_calling; /* inside a caller's callback */
	LIST_HEAD(, tcs_http_transfer) transfers;
};

struct tcs_http_transfer {
	unsigned magic;
	LIST_ENTRY(tcs_http_transfer) next;
	struct tcs_http *http;
	CURL *easy;
	struct curl_slist *headers;    /* the caller's and ours */
	struct curl_slist *validators; /* ours alone, for another host */
	struct tcs_buf body;
	size_t header_bytes;
	int64_t deadline_ms; /* CLOCK_BOOTTIME */
	unsigned redirects_max, redirects;
	bool may_redirect; /* the method is one that may be sent again */
	bool is_too_large; /* body or headers met their limit */
	bool is_refused;   /* may_send() said no */
	bool was_sent;     /* a redirect's first request did leave */
	bool is_finished;  /* only its callback is still running */
	char error[CURL_ERROR_SIZE];
	bool (*may_send)(void *arg);
	tcs_http_cb *cb;
	void *arg;
};

/* ---- the loop ---- */

static void http_collect(struct tcs_http *http);

static void
http_socket_ready(evutil_socket_t fd, short what, void *arg)
{
	struct tcs_http *http = arg;
	int mask = ((what & EV_READ) != 0 ? CURL_CSELECT_IN : 0) |
	           ((what & EV_WRITE) != 0 ? CURL_CSELECT_OUT : 0);
	int running;

	tcs_assert(http->magic == HTTP_MAGIC);
	(void)curl_multi_socket_action(http->multi, fd, mask, &running);
	http_collect(http);
}

static void
http_timer_fired(evutil_socket_t fd, short what, void *arg)
{
	struct tcs_http *http = arg;
	int running;

	(void)fd;
	(void)what;
	tcs_assert(http->magic == HTTP_MAGIC);
	(void)curl_multi_socket_action(
	    http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	http_collect(http);
}

static int
http_want_socket(
    CURL *easy, curl_socket_t fd, int action, void *arg, void *socket_arg)
{
	struct tcs_http *http = arg;
	struct event *event = socket_arg;
	short what = EV_PERSIST;

	(void)easy;
	if (event != NULL)
		event_free(event);
	if (action == CURL_POLL_REMOVE) {
		(void)curl_multi_assign(http->multi, fd, NULL);
		return 0;
	}
	if (action == CURL_POLL_IN || action == CURL_POLL_INOUT)
		what |= EV_READ;
	if (action == CURL_POLL_OUT || action == CURL_POLL_INOUT)
		what |= EV_WRITE;
	event = event_new(http->base, fd, what, http_socket_ready, http);
	(void)curl_multi_assign(http->multi, fd, event);
	return event != NULL && event_add(event, NULL) == 0 ? 0 : -1;
}

static int
http_want_timer(CURLM *multi, long after_ms, void *arg)
{
	struct tcs_http *http = arg;
	struct timeval tv = {.tv_sec = after_ms / 1000,
	    .tv_usec = (suseconds_t)(after_ms % 1000 * 1000)};

	(void)multi;
	if (after_ms < 0)
		(void)evtimer_del(http->timer);
	else if (evtimer_add(http->timer, &tv) != 0)
		return -1;
	return 0;
}

static void
http_ended(evutil_socket_t fd, short what, void *arg)
{
	struct tcs_http *http = arg;

	(void)fd;
	(void)what;
	tcs_assert(http->magic == HTTP_MAGIC);
	http_collect(http);
}

/* What was added begins now, not when the loop comes by: over a connection
 * that stands its bytes leave before the caller goes on. Had it ended, its
 * callback would still be called from the loop. */
static void
http_begin(struct tcs_http *http)
{
	int running;

	(void)curl_multi_socket_action(
	    http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	event_active(http->ended, EV_TIMEOUT, 0);
}

/* ---- one transfer ---- */

static void
http_transfer_free(struct tcs_http_transfer *t)
{
	if (t == NULL)
		return;
	if (t->easy != NULL)
		curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	curl_slist_free_all(t->validators);
	tcs_buf_fini(&t->body);
	t->magic = 0;
	free(t);
}

static CURL *
http_take_easy(struct tcs_http *http)
{
	CURL *easy = http->spare;

	http->spare = NULL;
	return easy == NULL ? curl_easy_init() : easy;
}

/* Making a handle costs as much as all that is set on it. */
static void
http_keep_easy(struct tcs_http_transfer *t)
{
	if (t->http->spare != NULL)
		return;
	curl_easy_reset(t->easy);
	t->http->spare = t->easy;
	t->easy = NULL;
}

static void
http_drop(struct tcs_http_transfer *t)
{
	LIST_REMOVE(t, next);
	(void)curl_multi_remove_handle(t->http->multi, t->easy);
	http_transfer_free(t);
}

static size_t
http_receive_body(char *p, size_t size, size_t n, void *arg)
{
	struct tcs_http_transfer *t = arg;

	tcs_buf_append(&t->body, p, size * n);
	if (t->body.err == TCS_OK)
		return size * n;
	t->is_too_large = t->body.err == TCS_ELIMIT;
	return 0;
}

/* Only counted: curl keeps what is asked for later. */
static size_t
http_receive_header(char *p, size_t size, size_t n, void *arg)
{
	struct tcs_http_transfer *t = arg;

	(void)p;
	t->header_bytes += size * n;
	if (t->header_bytes <= HTTP_HEADERS_MAX)
		return size * n;
	t->is_too_large = true;
	return 0;
}

static int
http_before_request(
    void *arg, char *remote, char *local, int remote_port, int local_port)
{
	struct tcs_http_transfer *t = arg;

	(void)remote;
	(void)local;
	(void)remote_port;
	(void)local_port;
	if (t->may_send == NULL || t->may_send(t->arg))
		return CURL_PREREQFUNC_OK;
	t->is_refused = true;
	return CURL_PREREQFUNC_ABORT;
}

static bool
http_is_clean(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if ((*p < 0x20 && *p != '\t') || *p == 0x7f)
			return false;
	}
	return true;
}

static bool
http_is_token(const char *text)
{
	static const char allowed[] = "!#$%&'*+-.^_`|~0123456789"
	                              "abcdefghijklmnopqrstuvwxyz"
	                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return text[0] != '\0' && text[strspn(text, allowed)] == '\0';
}

static enum tcs_err
http_add_header(struct curl_slist **list, const char *name, const char *value)
{
	struct tcs_buf line;
	struct curl_slist *longer = NULL;

	/* curl takes "Name:" as "leave it out", "Name;" as empty. */
	tcs_buf_init(&line, HTTP_HEADERS_MAX);
	tcs_buf_str(&line, name);
	tcs_buf_str(&line, value[0] == '\0' ? ";" : ": ");
	tcs_buf_str(&line, value);
	if (line.err == TCS_OK)
		longer = curl_slist_append(*list, line.p);
	enum tcs_err err = line.err != TCS_OK ? line.err
	                   : longer == NULL   ? TCS_ENOMEM
	                                      : TCS_OK;
	if (longer != NULL)
		*list = longer;
	tcs_buf_fini(&line);
	return err;
}

/* A validator came from outside: one that cannot be sent is left out. */
static enum tcs_err
http_add_validators(
    struct curl_slist **list, const struct tcs_http_request *request)
{
	enum tcs_err err = TCS_OK;

	if (request->etag != NULL && request->etag[0] != '\0' &&
	    http_is_clean(request->etag))
		err = http_add_header(list, "If-None-Match", request->etag);
	if (err == TCS_OK && request->last_modified != NULL &&
	    request->last_modified[0] != '\0' &&
	    http_is_clean(request->last_modified))
		err = http_add_header(
		    list, "If-Modified-Since", request->last_modified);
	return err;
}

static enum tcs_err
http_add_headers(struct tcs_http_transfer *t,
    const struct tcs_http_request *request, struct tcs_diag *diag)
{
	bool has_type = false;

	for (size_t i = 0; i < request->headers_n; i++) {
		const struct tcs_http_header *h = &request->headers[i];
		if (!http_is_token(h->name) || !http_is_clean(h->value)) {
			return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
			    "header %zu: a name or value HTTP does not allow",
			    i + 1);
		}
		if (strcasecmp(h->name, "Content-Type") == 0)
			has_type = true;
		enum tcs_err err =
		    http_add_header(&t->headers, h->name, h->value);
		if (err != TCS_OK)
			return err;
	}
	/* Without this curl calls any body a form. */
	if (request->body.p != NULL && !has_type) {
		enum tcs_err err = http_add_header(
		    &t->headers, "Content-Type", "application/octet-stream");
		if (err != TCS_OK)
			return err;
	}
	/* No "100-continue": it costs a second when the far side ignores it. */
	struct curl_slist *longer = curl_slist_append(t->headers, "Expect:");
	if (longer == NULL)
		return TCS_ENOMEM;
	t->headers = longer;
	enum tcs_err err = http_add_validators(&t->headers, request);
	return err == TCS_OK ? http_add_validators(&t->validators, request)
	                     : err;
}

/* ---- setting curl up ---- */

/* The first failure stays: `rc` is checked once, at the end. */
#define HTTP_SET(rc, easy, option, value)                                      \
	do {                                                                   \
		if ((rc) == CURLE_OK)                                          \
			(rc) = curl_easy_setopt(easy, option, value);          \
	} while (0)

static CURLcode
http_set_method(CURL *easy, const struct tcs_http_request *request)
{
	const char *method = request->method;
	CURLcode rc = CURLE_OK;

	if (request->body.p != NULL) {
		HTTP_SET(rc, easy, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)request->body.n);
		HTTP_SET(rc, easy, CURLOPT_COPYPOSTFIELDS, request->body.p);
	}
	if (method == NULL)
		return rc;
	if (strcmp(method, "HEAD") == 0)
		HTTP_SET(rc, easy, CURLOPT_NOBODY, 1L);
	else if (strcmp(method, "POST") == 0 && request->body.p == NULL)
		HTTP_SET(rc, easy, CURLOPT_POSTFIELDS, "");
	else if (strcmp(method, "GET") != 0 && strcmp(method, "POST") != 0)
		HTTP_SET(rc, easy, CURLOPT_CUSTOMREQUEST, method);
	return rc;
}

static CURLcode
http_set_fixed(struct tcs_http_transfer *t)
{
	const struct tcs_http *http = t->http;
	CURL *easy = t->easy;
	CURLcode rc = CURLE_OK;

	HTTP_SET(rc, easy, CURLOPT_PRIVATE, t);
	HTTP_SET(rc, easy, CURLOPT_ERRORBUFFER, t->error);
	HTTP_SET(rc, easy, CURLOPT_WRITEFUNCTION, http_receive_body);
	HTTP_SET(rc, easy, CURLOPT_WRITEDATA, t);
	HTTP_SET(rc, easy, CURLOPT_HEADERFUNCTION, http_receive_header);
	HTTP_SET(rc, easy, CURLOPT_HEADERDATA, t);
	HTTP_SET(rc, easy, CURLOPT_PREREQFUNCTION, http_before_request);
	HTTP_SET(rc, easy, CURLOPT_PREREQDATA, t);
	HTTP_SET(rc, easy, CURLOPT_NOSIGNAL, 1L);
	/* Ending a transfer that still looks its host up would wait for the
	 * resolver's thread, and the loop with it. */
	HTTP_SET(rc, easy, CURLOPT_QUICK_EXIT, 1L);
	HTTP_SET(rc, easy, CURLOPT_PROTOCOLS_STR, "http,https");
	HTTP_SET(rc, easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	/* One request a connection: what is sent is known to the byte, and
	 * ending one transfer ends no other. */
	HTTP_SET(rc, easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	HTTP_SET(rc, easy, CURLOPT_ACCEPT_ENCODING, "gzip");
	HTTP_SET(rc, easy, CURLOPT_USERAGENT, http->user_agent);
	if (http->proxy != NULL)
		HTTP_SET(rc, easy, CURLOPT_PROXY, http->proxy);
	if (http->ca_file != NULL)
		HTTP_SET(rc, easy, CURLOPT_CAINFO, http->ca_file);
	return rc;
}

static CURLcode
http_set_request(
    struct tcs_http_transfer *t, const struct tcs_http_request *request)
{
	int64_t connect_ms =
	    request->connect_ms > 0 ? request->connect_ms : HTTP_CONNECT_MS;
	int64_t timeout_ms =
	    request->timeout_ms > 0 ? request->timeout_ms : HTTP_TIMEOUT_MS;
	CURLcode rc = http_set_fixed(t);

	t->deadline_ms = tcs_clock_boot_ms() + timeout_ms;
	HTTP_SET(rc, t->easy, CURLOPT_URL, request->url);
	HTTP_SET(rc, t->easy, CURLOPT_HTTPHEADER, t->headers);
	HTTP_SET(rc, t->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
	HTTP_SET(rc, t->easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	return rc != CURLE_OK ? rc : http_set_method(t->easy, request);
}

/* ---- redirects ---- */

static bool
http_same_part(CURLU *a, CURLU *b, CURLUPart part)
{
	char *x = NULL, *y = NULL;
	bool is_same =
	    curl_url_get(a, part, &x, CURLU_DEFAULT_PORT) == CURLUE_OK &&
	    curl_url_get(b, part, &y, CURLU_DEFAULT_PORT) == CURLUE_OK &&
	    strcasecmp(x, y) == 0;

	curl_free(x);
	curl_free(y);
	return is_same;
}

/* Scheme, host and port. Doubt counts as "another". */
static bool
http_same_origin(const char *a, const char *b)
{
	CURLU *x = curl_url(), *y = curl_url();
	bool is_same = x != NULL && y != NULL &&
	               curl_url_set(x, CURLUPART_URL, a, 0) == CURLUE_OK &&
	               curl_url_set(y, CURLUPART_URL, b, 0) == CURLUE_OK &&
	               http_same_part(x, y, CURLUPART_SCHEME) &&
	               http_same_part(x, y, CURLUPART_HOST) &&
	               http_same_part(x, y, CURLUPART_PORT);

	curl_url_cleanup(x);
	curl_url_cleanup(y);
	return is_same;
}

static bool
http_has_scheme(const char *url, const char *scheme)
{
	return strncasecmp(url, scheme, strlen(scheme)) == 0;
}

/* Why this redirect is not followed, or NULL. */
static const char *
http_redirect_fault(
    const struct tcs_http_transfer *t, const char *from, const char *to)
{
	if (t->redirects >= t->redirects_max)
		return "more redirects than allowed";
	if (!http_has_scheme(to, "http:") && !http_has_scheme(to, "https:"))
		return "redirected to something that is not http or https";
	if (http_has_scheme(from, "https:") && !http_has_scheme(to, "https:"))
		return "redirected from https to http";
	if (t->deadline_ms <= tcs_clock_boot_ms())
		return "timed out between two redirects";
	return NULL;
}

static CURLcode
http_redirect(struct tcs_http_transfer *t, const char *from, const char *to)
{
	int64_t left_ms = t->deadline_ms - tcs_clock_boot_ms();
	bool is_same = http_same_origin(from, to);
	CURLcode rc = CURLE_OK;

	(void)curl_multi_remove_handle(t->http->multi, t->easy);
	t->redirects++;
	t->was_sent = true;
	t->header_bytes = 0;
	tcs_buf_reset(&t->body);
	if (!is_same) {
		HTTP_SET(rc, t->easy, CURLOPT_HTTPHEADER, t->validators);
		curl_slist_free_all(t->headers);
		t->headers = t->validators;
		t->validators = NULL;
	}
	HTTP_SET(
	    rc, t->easy, CURLOPT_TIMEOUT_MS, (long)(left_ms > 0 ? left_ms : 1));
	HTTP_SET(rc, t->easy, CURLOPT_URL, to);
	if (rc == CURLE_OK &&
	    curl_multi_add_handle(t->http->multi, t->easy) != CURLM_OK)
		rc = CURLE_OUT_OF_MEMORY;
	return rc;
}

static bool
http_is_redirect(long status)
{
	return status == 301 || status == 302 || status == 303 ||
	       status == 307 || status == 308;
}

/* True when the transfer goes on; else *ret_fault says why it cannot (NULL:
 * this was no redirect to follow). */
static bool
http_follow(struct tcs_http_transfer *t, const char **ret_fault)
{
	char *from = NULL, *location = NULL;
	long status = 0;

	*ret_fault = NULL;
	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(t->easy, CURLINFO_EFFECTIVE_URL, &from);
	(void)curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &location);
	if (t->redirects_max == 0 || !t->may_redirect ||
	    !http_is_redirect(status) || location == NULL || from == NULL)
		return false;
	/* curl's copies do not survive the new URL. */
	char *here = strdup(from), *there = strdup(location);
	if (here == NULL || there == NULL)
		*ret_fault = "out of memory";
	else
		*ret_fault = http_redirect_fault(t, here, there);
	if (*ret_fault == NULL && http_redirect(t, here, there) != CURLE_OK)
		*ret_fault = "the redirect's URL cannot be used";
	free(here);
	free(there);
	return *ret_fault == NULL;
}

/* ---- the end of a transfer ---- */

static enum tcs_err
http_err(const struct tcs_http_transfer *t, CURLcode rc)
{
	if (t->is_refused)
		return TCS_ECANCELED;
	if (t->is_too_large)
		return TCS_ELIMIT;
	if (rc == CURLE_OPERATION_TIMEDOUT)
		return TCS_ETIMEOUT;
	return rc == CURLE_OUT_OF_MEMORY ? TCS_ENOMEM : TCS_EIO;
}

static const char *
http_reason(const struct tcs_http_transfer *t, CURLcode rc)
{
	if (t->is_refused)
		return "the sender may no longer send";
	if (t->is_too_large)
		return "the answer is larger than allowed";
	return t->error[0] != '\0' ? t->error : curl_easy_strerror(rc);
}

/* Of the codes that are met; any other one is OTHER. */
static enum tcs_http_fault
http_fault(const struct tcs_http_transfer *t, CURLcode rc)
{
	static const struct {
		CURLcode rc;
		enum tcs_http_fault fault;
	} faults[] = {{CURLE_COULDNT_RESOLVE_HOST, TCS_HTTP_FAULT_NAME},
	    {CURLE_COULDNT_RESOLVE_PROXY, TCS_HTTP_FAULT_NAME},
	    {CURLE_COULDNT_CONNECT, TCS_HTTP_FAULT_CONNECT},
	    {CURLE_OPERATION_TIMEDOUT, TCS_HTTP_FAULT_TIMEOUT},
	    {CURLE_SSL_CONNECT_ERROR, TCS_HTTP_FAULT_TLS},
	    {CURLE_PEER_FAILED_VERIFICATION, TCS_HTTP_FAULT_TLS},
	    {CURLE_SSL_CERTPROBLEM, TCS_HTTP_FAULT_TLS},
	    {CURLE_SSL_CIPHER, TCS_HTTP_FAULT_TLS},
	    {CURLE_SSL_CACERT_BADFILE, TCS_HTTP_FAULT_TLS},
	    {CURLE_SSL_ISSUER_ERROR, TCS_HTTP_FAULT_TLS},
	    {CURLE_SSL_INVALIDCERTSTATUS, TCS_HTTP_FAULT_TLS},
	    {CURLE_GOT_NOTHING, TCS_HTTP_FAULT_CUT},
	    {CURLE_PARTIAL_FILE, TCS_HTTP_FAULT_CUT},
	    {CURLE_RECV_ERROR, TCS_HTTP_FAULT_CUT},
	    {CURLE_SEND_ERROR, TCS_HTTP_FAULT_CUT},
	    {CURLE_HTTP2, TCS_HTTP_FAULT_CUT},
	    {CURLE_HTTP2_STREAM, TCS_HTTP_FAULT_CUT}};

	if (t->is_too_large)
		return TCS_HTTP_FAULT_SIZE;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (faults[i].rc == rc)
			return faults[i].fault;
	}
	return TCS_HTTP_FAULT_OTHER;
}

static const char *
http_header(const struct tcs_http_transfer *t, const char *name)
{
	struct curl_header *header = NULL;

	return curl_easy_header(t->easy, name, 0, CURLH_HEADER, -1, &header) ==
	               CURLHE_OK
	           ? header->value
	           : NULL;
}

static int64_t
http_retry_after_ms(const struct tcs_http_transfer *t)
{
	curl_off_t seconds = 0;

	if (http_header(t, "Retry-After") == NULL)
		return -1;
	(void)curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &seconds);
	if (seconds < 0)
		return 0;
	return seconds > HTTP_RETRY_AFTER_MAX_MS / 1000
	           ? HTTP_RETRY_AFTER_MAX_MS
	           : TCS_SECONDS(seconds);
}

static void
http_answer(
    const struct tcs_http_transfer *t, struct tcs_http_response *response)
{
	(void)curl_easy_getinfo(
	    t->easy, CURLINFO_RESPONSE_CODE, &response->status);
	response->reason = "";
	response->body = tcs_buf_view(&t->body);
	response->content_type = http_header(t, "Content-Type");
	response->etag = http_header(t, "ETag");
	response->last_modified = http_header(t, "Last-Modified");
	response->retry_after_ms = http_retry_after_ms(t);
}

static void
http_finish(struct tcs_http_transfer *t, CURLcode rc)
{
	struct tcs_http *http = t->http;
	struct tcs_http_response response = {.retry_after_ms = -1};
	const char *fault = NULL;
	char *url = NULL;
	long sent = 0;

	if (rc == CURLE_OK && http_follow(t, &fault))
		return;
	(void)curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &sent);
	(void)curl_easy_getinfo(t->easy, CURLINFO_EFFECTIVE_URL, &url);
	response.url = url == NULL ? "" : url;
	if (fault != NULL) {
		response.err = TCS_EIO;
		response.reason = fault;
		response.fault = TCS_HTTP_FAULT_REDIRECT;
	} else if (rc != CURLE_OK) {
		response.err = http_err(t, rc);
		response.reason = http_reason(t, rc);
		response.fault = http_fault(t, rc);
		response.is_unsent = sent == 0 && !t->was_sent;
	} else {
		http_answer(t, &response);
	}
	LIST_REMOVE(t, next);
	t->is_finished = true;
	http->is_calling = true;
	t->cb(t->arg, &response);
	http->is_calling = false;
	(void)curl_multi_remove_handle(http->multi, t->easy);
	if (rc == CURLE_OK)
		http_keep_easy(t);
	http_transfer_free(t);
}

static void
http_collect(struct tcs_http *http)
{
	struct CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
		struct tcs_http_transfer *t = NULL;
		if (message->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(
		    message->easy_handle, CURLINFO_PRIVATE, (char **)&t);
		tcs_assert(t != NULL && t->magic == HTTP_TRANSFER_MAGIC);
		http_finish(t, message->data.result);
	}
}

/* ---- what callers see ---- */

static bool
http_copy_options(struct tcs_http *http, const struct tcs_http_options *o)
{
	const char *agent = o == NULL || o->user_agent == NULL
	                        ? "tocsin/" TOCSIN_VERSION
	                        : o->user_agent;

	http->user_agent = strdup(agent);
	if (o != NULL && o->proxy != NULL)
		http->proxy = strdup(o->proxy);
	if (o != NULL && o->ca_file != NULL)
		http->ca_file = strdup(o->ca_file);
	return http->user_agent != NULL &&
	       (o == NULL || o->proxy == NULL || http->proxy != NULL) &&
	       (o == NULL || o->ca_file == NULL || http->ca_file != NULL);
}

static bool
http_set_multi(struct tcs_http *http)
{
	CURLM *multi = http->multi;

	return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION,
	           http_want_socket) == CURLM_OK &&
	       curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, http) ==
	           CURLM_OK &&
	       curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION,
	           http_want_timer) == CURLM_OK &&
	       curl_multi_setopt(multi, CURLMOPT_TIMERDATA, http) == CURLM_OK &&
	       curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS,
	           (long)HTTP_CACHED_CONNECTIONS) == CURLM_OK;
}

struct tcs_http *
tcs_http_new(struct tcs_loop *loop, const struct tcs_http_options *options)
{
	struct tcs_http *http = calloc(1, sizeof(*http));

	if (http == NULL)
		return NULL;
	http->magic = HTTP_MAGIC;
	LIST_INIT(&http->transfers);
	http->base = tcs_loop_base(loop);
	/* A peer that closes early is an error of one transfer, no signal. */
	(void)signal(SIGPIPE, SIG_IGN);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(http);
		return NULL;
	}
	http->timer = evtimer_new(http->base, http_timer_fired, http);
	http->ended = evtimer_new(http->base, http_ended, http);
	http->multi = curl_multi_init();
	if (http->timer == NULL || http->ended == NULL || http->multi == NULL ||
	    !http_copy_options(http, options) || !http_set_multi(http))
		tcs_http_free(&http);
	return http;
}

void
tcs_http_free(struct tcs_http **http)
{
	if (http == NULL || *http == NULL)
		return;
	struct tcs_http *h = *http;
	tcs_assert(!h->is_calling);
	struct tcs_http_transfer *t = LIST_FIRST(&h->transfers);
	while (t != NULL) {
		struct tcs_http_transfer *next = LIST_NEXT(t, next);
		http_drop(t);
		t = next;
	}
	if (h->spare != NULL)
		curl_easy_cleanup(h->spare);
	if (h->multi != NULL)
		(void)curl_multi_cleanup(h->multi);
	if (h->timer != NULL)
		event_free(h->timer);
	if (h->ended != NULL)
		event_free(h->ended);
	free(h->proxy);
	free(h->ca_file);
	free(h->user_agent);
	h->magic = 0;
	free(h);
	curl_global_cleanup();
	*http = NULL;
}

static enum tcs_err
http_check_request(const struct tcs_http_request *r, struct tcs_diag *diag)
{
	CURLU *url = curl_url();

	if (url == NULL)
		return TCS_ENOMEM;
	CURLUcode rc =
	    curl_url_set(url, CURLUPART_URL, r->url, CURLU_DISALLOW_USER);
	curl_url_cleanup(url);
	if (rc != CURLUE_OK) {
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0, "URL: %s",
		    curl_url_strerror(rc));
	}
	if (!http_has_scheme(r->url, "http://") &&
	    !http_has_scheme(r->url, "https://")) {
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "URL: begins neither with http:// nor https://");
	}
	if (r->method != NULL && !http_is_token(r->method))
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0, "method");
	return TCS_OK;
}

enum tcs_err
tcs_http_start(struct tcs_http *http, const struct tcs_http_request *request,
    tcs_http_cb *cb, void *arg, struct tcs_http_transfer **ret_transfer,
    struct tcs_diag *diag)
{
	enum tcs_err err = http_check_request(request, diag);
	if (err != TCS_OK)
		return err;

	struct tcs_http_transfer *t = calloc(1, sizeof(*t));
	if (t == NULL)
		return TCS_ENOMEM;
	t->magic = HTTP_TRANSFER_MAGIC;
	t->http = http;
	t->cb = cb;
	t->arg = arg;
	t->may_send = request->may_send;
	t->redirects_max = request->redirects_max;
	t->may_redirect =
	    request->body.p == NULL &&
	    (request->method == NULL || strcmp(request->method, "GET") == 0 ||
	        strcmp(request->method, "HEAD") == 0);
	tcs_buf_init(&t->body,
	    request->body_max > 0 ? request->body_max : HTTP_BODY_MAX);
	t->easy = http_take_easy(http);
	err = t->easy == NULL ? TCS_ENOMEM : http_add_headers(t, request, diag);
	if (err == TCS_OK && http_set_request(t, request) != CURLE_OK)
		err = TCS_ENOMEM;
	if (err == TCS_OK &&
	    curl_multi_add_handle(http->multi, t->easy) != CURLM_OK)
		err = TCS_ENOMEM;
	if (err != TCS_OK) {
		http_transfer_free(t);
		return err;
	}
	LIST_INSERT_HEAD(&http->transfers, t, next);
	*ret_transfer = t;
	http_begin(http);
	return TCS_OK;
}

void
tcs_http_cancel(struct tcs_http_transfer *t)
{
	tcs_assert(t->magic == HTTP_TRANSFER_MAGIC);
	if (!t->is_finished)
		http_drop(t);
}

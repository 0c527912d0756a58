/* http.h - the HTTP client (libcurl multi on the loop).
 *
 * Size limit, deadlines, bounded redirects that leak no credential to another
 * host, gzip, conditional requests, verified TLS, proxy from the environment
 * or the configuration. A transfer starts at once when handed over: queues and
 * rates are the caller's. */
#ifndef TOCSIN_CORE_HTTP_H
#define TOCSIN_CORE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/slice.h"

struct tcs_loop;
struct tcs_http;          /* the client: connections, limits; opaque */
struct tcs_http_transfer; /* one request on its way; opaque */

struct tcs_http_header {
	const char *name, *value;
};

/* Borrowed until tcs_http_start() returns. Zero members take the default. */
struct tcs_http_request {
	const char *url;
	const char *method; /* NULL: GET, or POST when there is a body */
	struct tcs_slice body;
	const struct tcs_http_header *headers;
	size_t headers_n;
	const char *etag;          /* sent as If-None-Match */
	const char *last_modified; /* sent as If-Modified-Since */
	size_t body_max;           /* answer; default 8 MiB */
	int64_t timeout_ms;        /* whole transfer; default 30 s */
	int64_t connect_ms;        /* default 10 s */
	/* Default 0: none is followed. Of GET and HEAD only, never from https
	 * to http; another scheme, host or port gets the validators and none
	 * of `headers`. */
	unsigned redirects_max;
	/* NULL, or asked when the connection stands, just before the first
	 * byte of the request (again if it is sent anew over a fresh
	 * connection): false ends it with TCS_ECANCELED and, unless it was
	 * sent before, is_unsent. Called with `cb`'s arg, maybe within
	 * tcs_http_start(). */
	bool (*may_send)(void *arg);
};

/* What kind of failure: of few words, for whom curl's are too many. */
enum tcs_http_fault {
	TCS_HTTP_FAULT_NONE,
	TCS_HTTP_FAULT_NAME,    /* no address for the host's name */
	TCS_HTTP_FAULT_CONNECT, /* ... that takes a connection */
	TCS_HTTP_FAULT_TIMEOUT,
	TCS_HTTP_FAULT_TLS,
	TCS_HTTP_FAULT_CUT, /* ended before the answer was whole */
	TCS_HTTP_FAULT_SIZE,
	TCS_HTTP_FAULT_REDIRECT,
	TCS_HTTP_FAULT_OTHER,
};

struct tcs_http_response {
	enum tcs_err err;   /* TCS_OK: a whole answer of any status came */
	const char *reason; /* curl's words when err is not TCS_OK, else "" */
	enum tcs_http_fault fault; /* NONE when err is TCS_OK */
	bool is_unsent; /* on error: surely no byte of the request left */
	long status;    /* 0 on error */
	struct tcs_slice body;
	const char *content_type, *etag, *last_modified; /* NULL: absent */
	int64_t retry_after_ms;                          /* -1: absent */
	const char *url;                                 /* after redirects */
};

/* `response` is borrowed during the call. The transfer is gone after it. */
typedef void tcs_http_cb(void *arg, const struct tcs_http_response *response);

struct tcs_http_options {
	const char *proxy;      /* NULL: the environment's */
	const char *ca_file;    /* NULL: the system's */
	const char *user_agent; /* NULL: "tocsin/<version>" */
};

/* Options are copied. NULL when out of memory. */
struct tcs_http *tcs_http_new(
    struct tcs_loop *loop, const struct tcs_http_options *options);
/* Cancels what is on its way (no callback). NULL-safe, sets it to NULL. Not
 * from inside a callback. */
void tcs_http_free(struct tcs_http **http);
/* `cb` is called exactly once, from the loop, unless cancelled. Only http and
 * https, no user or password in the URL. On error nothing was started and
 * *ret_transfer is untouched. */
enum tcs_err tcs_http_start(struct tcs_http *http,
    const struct tcs_http_request *request, tcs_http_cb *cb, void *arg,
    struct tcs_http_transfer **ret_transfer,
    struct tcs_diag *diag) TCS_MUST_USE;
/* No callback follows. */
void tcs_http_cancel(struct tcs_http_transfer *transfer);

#endif

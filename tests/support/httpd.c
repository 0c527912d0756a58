#include "tests/support/httpd.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "core/buf.h"

enum { HTTPD_MAX = 16 << 20, HTTPD_CONNECTIONS = 64 };

enum httpd_kind { HTTPD_REPLY, HTTPD_RAW, HTTPD_HANG };

struct httpd_route {
	SLIST_ENTRY(httpd_route) next;
	char *path;
	enum httpd_kind kind;
	struct tcs_buf bytes;
};

struct httpd_connection {
	LIST_ENTRY(httpd_connection) next;
	struct httpd *httpd;
	struct bufferevent *bev;
	struct tcs_buf in;
	bool is_closing;
};

struct httpd {
	struct event_base *base;
	struct evconnlistener *listener;
	unsigned port;
	SLIST_HEAD(, httpd_route) routes;
	LIST_HEAD(, httpd_connection) connections;
	size_t requests;
	struct tcs_buf last, url;
};

static void
httpd_drop(struct httpd_connection *c)
{
	LIST_REMOVE(c, next);
	bufferevent_free(c->bev);
	tcs_buf_fini(&c->in);
	free(c);
}

static const struct httpd_route *
httpd_find(const struct httpd *httpd, struct tcs_slice path)
{
	const struct httpd_route *r;

	SLIST_FOREACH(r, &httpd->routes, next)
	{
		if (tcs_slice_is(path, r->path))
			return r;
	}
	return NULL;
}

static void
httpd_answer(struct httpd_connection *c, struct tcs_slice path)
{
	static const char missing[] =
	    "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
	const struct httpd_route *r = httpd_find(c->httpd, path);

	if (r == NULL) {
		(void)bufferevent_write(c->bev, missing, sizeof(missing) - 1);
	} else if (r->kind != HTTPD_HANG) {
		(void)bufferevent_write(c->bev, r->bytes.p, r->bytes.n);
		c->is_closing = r->kind == HTTPD_RAW;
	}
}

/* Bytes of the first whole request in `in`; 0: not whole yet. */
static size_t
httpd_whole(const struct tcs_buf *in)
{
	const char *end = in->n == 0 ? NULL : strstr(in->p, "\r\n\r\n");

	if (end == NULL)
		return 0;
	size_t head = (size_t)(end - in->p) + 4;
	const char *length = strcasestr(in->p, "\r\ncontent-length:");
	size_t body =
	    length == NULL || length > end ? 0 : strtoul(length + 17, NULL, 10);
	return in->n >= head + body ? head + body : 0;
}

static void
httpd_readable(struct bufferevent *bev, void *arg)
{
	struct httpd_connection *c = arg;
	char chunk[4096];
	size_t n;

	while ((n = bufferevent_read(bev, chunk, sizeof(chunk))) > 0)
		tcs_buf_append(&c->in, chunk, n);
	while ((n = httpd_whole(&c->in)) > 0) {
		struct tcs_slice rest;
		tcs_buf_reset(&c->httpd->last);
		tcs_buf_append(&c->httpd->last, c->in.p, n);
		(void)tcs_slice_cut(
		    tcs_slice_str(c->httpd->last.p), ' ', &rest);
		c->httpd->requests++;
		httpd_answer(c, tcs_slice_cut(rest, ' ', &rest));
		tcs_buf_consume(&c->in, n);
	}
	if (c->is_closing &&
	    evbuffer_get_length(bufferevent_get_output(bev)) == 0)
		httpd_drop(c);
}

static void
httpd_written(struct bufferevent *bev, void *arg)
{
	struct httpd_connection *c = arg;

	(void)bev;
	if (c->is_closing)
		httpd_drop(c);
}

static void
httpd_closed(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)what;
	httpd_drop(arg);
}

static void
httpd_accepted(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *address, int length, void *arg)
{
	struct httpd *httpd = arg;
	struct httpd_connection *c = calloc(1, sizeof(*c));

	(void)listener;
	(void)address;
	(void)length;
	if (c == NULL)
		abort();
	c->httpd = httpd;
	tcs_buf_init(&c->in, HTTPD_MAX);
	c->bev = bufferevent_socket_new(httpd->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (c->bev == NULL)
		abort();
	LIST_INSERT_HEAD(&httpd->connections, c, next);
	bufferevent_setcb(
	    c->bev, httpd_readable, httpd_written, httpd_closed, c);
	(void)bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

struct httpd *
httpd_new(struct tcs_loop *loop)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	struct httpd *httpd = calloc(1, sizeof(*httpd));

	if (httpd == NULL)
		abort();
	httpd->base = tcs_loop_base(loop);
	tcs_buf_init(&httpd->last, HTTPD_MAX);
	tcs_buf_init(&httpd->url, 4096);
	SLIST_INIT(&httpd->routes);
	LIST_INIT(&httpd->connections);
	httpd->listener = evconnlistener_new_bind(httpd->base, httpd_accepted,
	    httpd, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, HTTPD_CONNECTIONS,
	    (struct sockaddr *)&address, (int)sizeof(address));
	if (httpd->listener == NULL ||
	    getsockname(evconnlistener_get_fd(httpd->listener),
	        (struct sockaddr *)&address, &length) != 0)
		abort();
	httpd->port = ntohs(address.sin_port);
	return httpd;
}

static void
httpd_forget(struct httpd *httpd, const char *path)
{
	struct httpd_route *r;

	SLIST_FOREACH(r, &httpd->routes, next)
	{
		if (path == NULL || strcmp(r->path, path) == 0)
			break;
	}
	if (r == NULL)
		return;
	SLIST_REMOVE(&httpd->routes, r, httpd_route, next);
	tcs_buf_fini(&r->bytes);
	free(r->path);
	free(r);
}

void
httpd_free(struct httpd *httpd)
{
	struct httpd_connection *c = LIST_FIRST(&httpd->connections);
	while (c != NULL) {
		struct httpd_connection *next = LIST_NEXT(c, next);
		httpd_drop(c);
		c = next;
	}
	while (!SLIST_EMPTY(&httpd->routes))
		httpd_forget(httpd, NULL);
	evconnlistener_free(httpd->listener);
	tcs_buf_fini(&httpd->last);
	tcs_buf_fini(&httpd->url);
	free(httpd);
}

unsigned
httpd_port(const struct httpd *httpd)
{
	return httpd->port;
}

const char *
httpd_url(struct httpd *httpd, const char *host, const char *path)
{
	tcs_buf_reset(&httpd->url);
	tcs_buf_printf(&httpd->url, "http://%s:%u%s", host, httpd->port, path);
	return httpd->url.p;
}

static struct httpd_route *
httpd_route(struct httpd *httpd, const char *path, enum httpd_kind kind)
{
	httpd_forget(httpd, path);
	struct httpd_route *r = calloc(1, sizeof(*r));
	if (r == NULL || (r->path = strdup(path)) == NULL)
		abort();
	r->kind = kind;
	tcs_buf_init(&r->bytes, HTTPD_MAX);
	SLIST_INSERT_HEAD(&httpd->routes, r, next);
	return r;
}

void
httpd_reply(struct httpd *httpd, const char *path, const char *status,
    const char *headers, struct tcs_slice body)
{
	struct httpd_route *r = httpd_route(httpd, path, HTTPD_REPLY);

	tcs_buf_printf(&r->bytes,
	    "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n", status, headers,
	    body.n);
	tcs_buf_slice(&r->bytes, body);
}

void
httpd_raw(struct httpd *httpd, const char *path, struct tcs_slice bytes)
{
	tcs_buf_slice(&httpd_route(httpd, path, HTTPD_RAW)->bytes, bytes);
}

void
httpd_hang(struct httpd *httpd, const char *path)
{
	(void)httpd_route(httpd, path, HTTPD_HANG);
}

size_t
httpd_requests(const struct httpd *httpd)
{
	return httpd->requests;
}

const char *
httpd_last(const struct httpd *httpd)
{
	return httpd->last.p == NULL ? "" : httpd->last.p;
}

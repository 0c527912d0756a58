#include "cli/feedserver.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>

#include "cli/scene.h"
#include "core/file.h"
#include "core/loop.h"

enum {
	FEEDSERVER_BODY_MAX = 16 * 1024 * 1024,
	FEEDSERVER_REQUEST_MAX = 65536,
	FEEDSERVER_HEADER_MAX = 2 * TCS_EPISODE_HEADER_MAX,
};

/* What one path answers. */
struct feedserver_page {
	SLIST_ENTRY(feedserver_page) next;
	char *path;
	struct tcs_buf body;
	const struct tcs_episode_event *event; /* borrowed: the rest of it */
};

struct tcs_feedserver {
	const char *dir;
	const char *address; /* as the episode has it */
	struct evhttp *http;
	struct evhttp_bound_socket *socket; /* NULL while away */
	uint16_t port;
	SLIST_HEAD(, feedserver_page) pages;
};

/* ---- answering ---- */

static struct feedserver_page *
feedserver_page(const struct tcs_feedserver *server, struct tcs_slice path)
{
	struct feedserver_page *page;

	SLIST_FOREACH(page, &server->pages, next)
	{
		if (tcs_slice_is(path, page->path))
			return page;
	}
	return NULL;
}

/* Of the whole request, else of its path whatever is asked behind it. */
static const struct feedserver_page *
feedserver_find(const struct tcs_feedserver *server, const char *uri)
{
	struct tcs_slice whole = tcs_slice_str(uri), query;
	const struct feedserver_page *page = feedserver_page(server, whole);

	return page != NULL
	           ? page
	           : feedserver_page(server, tcs_slice_cut(whole, '?', &query));
}

/* "Location: http://127.0.0.1:18401/x" leads to where we listen. */
static bool
feedserver_add_header(const struct tcs_feedserver *server,
    struct evkeyvalq *headers, const char *name, const char *value)
{
	const struct tcs_scene_address address = {
	    server->address, server->port};
	struct tcs_buf text;

	tcs_buf_init(&text, FEEDSERVER_HEADER_MAX);
	bool is_added =
	    tcs_scene_put(tcs_slice_str(value), &address, 1, &text) == TCS_OK &&
	    evhttp_add_header(headers, name, text.p == NULL ? "" : text.p) == 0;
	tcs_buf_fini(&text);
	return is_added;
}

static bool
feedserver_add_headers(const struct tcs_feedserver *server,
    const struct tcs_episode_event *event, struct evkeyvalq *headers)
{
	json_t *list = (json_t *)(uintptr_t)event->headers; /* only read */
	bool is_added = true;
	const char *name;
	json_t *value;

	json_object_foreach(list, name, value) is_added =
	    is_added && feedserver_add_header(
	                    server, headers, name, json_string_value(value));
	return is_added;
}

/* The client has it already. */
static bool
feedserver_is_had(
    struct evhttp_request *request, const struct tcs_episode_event *event)
{
	const char *etag =
	    json_string_value(json_object_get(event->headers, "ETag"));
	const char *had = evhttp_find_header(
	    evhttp_request_get_input_headers(request), "If-None-Match");

	return etag != NULL && had != NULL && event->status == 200 &&
	       strcmp(etag, had) == 0;
}

static bool
feedserver_fill(const struct tcs_feedserver *server,
    const struct feedserver_page *page, struct evhttp_request *request,
    struct evbuffer *body)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	const struct tcs_episode_event *event = page->event;
	const char *type;

	tcs_assert(event != NULL);
	type = event->type == NULL ? "application/json; charset=utf-8"
	                           : event->type;

	return evhttp_add_header(headers, "Content-Type", type) == 0 &&
	       feedserver_add_headers(server, event, headers) &&
	       (feedserver_is_had(request, event) || page->body.n == 0 ||
	           evbuffer_add(body, page->body.p, page->body.n) == 0);
}

/* A request for TLS on this port gets what is no TLS. */
static void
feedserver_lead_astray(
    const struct tcs_feedserver *server, struct evhttp_request *request)
{
	char url[64];

	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/", server->port);
	if (evhttp_add_header(evhttp_request_get_output_headers(request),
	        "Location", url) != 0)
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
	else
		evhttp_send_reply(request, HTTP_MOVETEMP, NULL, NULL);
}

/* The client waits for its own deadline, or sees the connection end; libevent
 * frees the request with it. */
static void
feedserver_fail(const struct tcs_feedserver *server, enum tcs_episode_fail fail,
    struct evhttp_request *request)
{
	struct bufferevent *connection = evhttp_connection_get_bufferevent(
	    evhttp_request_get_connection(request));

	if (fail == TCS_EPISODE_FAIL_TLS)
		feedserver_lead_astray(server, request);
	else if (fail == TCS_EPISODE_FAIL_CLOSE)
		(void)shutdown(bufferevent_getfd(connection), SHUT_RDWR);
}

/* Each connection serves one request: none must outlive the source. */
static void
feedserver_answer(struct evhttp_request *request, void *arg)
{
	const struct tcs_feedserver *server = arg;
	const struct feedserver_page *page =
	    feedserver_find(server, evhttp_request_get_uri(request));
	const struct tcs_episode_event *event =
	    page == NULL ? NULL : page->event;
	struct evbuffer *body = evbuffer_new();

	bool is_made =
	    body != NULL &&
	    evhttp_add_header(evhttp_request_get_output_headers(request),
	        "Connection", "close") == 0;
	if (event != NULL && event->fail != TCS_EPISODE_FAIL_NONE)
		feedserver_fail(server, event->fail, request);
	else if (!is_made || (page != NULL &&
	                         !feedserver_fill(server, page, request, body)))
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
	else if (page == NULL)
		evhttp_send_reply(request, HTTP_NOTFOUND, NULL, body);
	else
		evhttp_send_reply(request,
		    feedserver_is_had(request, event) ? HTTP_NOTMODIFIED
		                                      : event->status,
		    NULL, body);
	if (body != NULL)
		evbuffer_free(body);
}

/* ---- life ---- */

static enum tcs_err
feedserver_listen(struct tcs_feedserver *server, struct tcs_diag *diag)
{
	struct sockaddr_in address = {0};
	socklen_t n = sizeof(address);

	server->socket = evhttp_bind_socket_with_handle(
	    server->http, "127.0.0.1", server->port);
	if (server->socket == NULL)
		return tcs_diag_add(diag, TCS_EIO, NULL, 0,
		    "the episode's source cannot listen on 127.0.0.1:%u",
		    server->port);
	if (getsockname(evhttp_bound_socket_get_fd(server->socket),
	        (struct sockaddr *)&address, &n) != 0)
		return TCS_EIO;
	server->port = ntohs(address.sin_port);
	return TCS_OK;
}

enum tcs_err
tcs_feedserver_open(struct tcs_loop *loop, const char *dir, const char *address,
    struct tcs_feedserver **ret_server, struct tcs_diag *diag)
{
	struct tcs_feedserver *server = calloc(1, sizeof(*server));

	if (server == NULL)
		return TCS_ENOMEM;
	server->dir = dir;
	server->address = address;
	SLIST_INIT(&server->pages);
	server->http = evhttp_new(tcs_loop_base(loop));
	enum tcs_err err =
	    server->http == NULL ? TCS_ENOMEM : feedserver_listen(server, diag);
	if (err != TCS_OK) {
		tcs_feedserver_close(&server);
		return err;
	}
	evhttp_set_max_headers_size(server->http, FEEDSERVER_REQUEST_MAX);
	evhttp_set_max_body_size(server->http, FEEDSERVER_REQUEST_MAX);
	evhttp_set_gencb(server->http, feedserver_answer, server);
	*ret_server = server;
	return TCS_OK;
}

void
tcs_feedserver_close(struct tcs_feedserver **server)
{
	struct feedserver_page *page;

	if (*server == NULL)
		return;
	if ((*server)->http != NULL)
		evhttp_free((*server)->http);
	while ((page = SLIST_FIRST(&(*server)->pages)) != NULL) {
		SLIST_REMOVE_HEAD(&(*server)->pages, next);
		tcs_buf_fini(&page->body);
		free(page->path);
		free(page);
	}
	free(*server);
	*server = NULL;
}

uint16_t
tcs_feedserver_port(const struct tcs_feedserver *server)
{
	return server->port;
}

/* The page of `path`, made if there is none yet; NULL when out of memory. */
static struct feedserver_page *
feedserver_page_of(struct tcs_feedserver *server, const char *path)
{
	struct feedserver_page *page =
	    feedserver_page(server, tcs_slice_str(path));

	if (page != NULL)
		return page;
	page = calloc(1, sizeof(*page));
	char *copy = strdup(path);
	if (page == NULL || copy == NULL) {
		free(page);
		free(copy);
		return NULL;
	}
	page->path = copy;
	tcs_buf_init(&page->body, FEEDSERVER_BODY_MAX);
	SLIST_INSERT_HEAD(&server->pages, page, next);
	return page;
}

static enum tcs_err
feedserver_load(const struct tcs_feedserver *server, const char *file,
    struct tcs_buf *body, struct tcs_diag *diag)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", server->dir, file) < 0)
		return TCS_ENOMEM;
	enum tcs_err err = tcs_file_read(path, body, diag);
	free(path);
	return err;
}

enum tcs_err
tcs_feedserver_set(struct tcs_feedserver *server,
    const struct tcs_episode_event *event, struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;

	if (event->is_away) {
		if (server->socket != NULL)
			evhttp_del_accept_socket(server->http, server->socket);
		server->socket = NULL;
		return TCS_OK;
	}
	struct feedserver_page *page = feedserver_page_of(server, event->path);
	if (page == NULL)
		return TCS_ENOMEM;
	page->event = event;
	tcs_buf_fini(&page->body);
	if (event->file != NULL)
		err = feedserver_load(server, event->file, &page->body, diag);
	if (err == TCS_OK && server->socket == NULL)
		err = feedserver_listen(server, diag);
	return err;
}

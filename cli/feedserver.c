#include "cli/feedserver.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <event2/buffer.h>
#include <event2/http.h>

#include "core/file.h"
#include "core/loop.h"

enum { FEEDSERVER_BODY_MAX = 16 * 1024 * 1024, FEEDSERVER_REQUEST_MAX = 65536 };

/* What one path answers. */
struct feedserver_page {
	SLIST_ENTRY(feedserver_page) next;
	char *path;
	int status;
	struct tcs_buf body;
};

struct tcs_feedserver {
	const char *dir;
	struct evhttp *http;
	struct evhttp_bound_socket *socket; /* NULL while away */
	uint16_t port;
	SLIST_HEAD(, feedserver_page) pages;
};

static const struct feedserver_page *
feedserver_find(const struct tcs_feedserver *server, const char *path)
{
	const struct feedserver_page *page;

	SLIST_FOREACH(page, &server->pages, next)
	{
		if (strcmp(page->path, path) == 0)
			return page;
	}
	return NULL;
}

/* Each connection serves one request: none must outlive the source. */
static void
feedserver_answer(struct evhttp_request *request, void *arg)
{
	const struct tcs_feedserver *server = arg;
	const char *path =
	    evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));
	const struct feedserver_page *page =
	    feedserver_find(server, path == NULL ? "" : path);
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	struct evbuffer *body = evbuffer_new();

	if (body == NULL ||
	    evhttp_add_header(headers, "Connection", "close") != 0 ||
	    evhttp_add_header(headers, "Content-Type",
	        "application/json; charset=utf-8") != 0 ||
	    (page != NULL && page->body.n > 0 &&
	        evbuffer_add(body, page->body.p, page->body.n) != 0))
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
	else
		evhttp_send_reply(
		    request, page == NULL ? 404 : page->status, NULL, body);
	if (body != NULL)
		evbuffer_free(body);
}

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
tcs_feedserver_open(struct tcs_loop *loop, const char *dir,
    struct tcs_feedserver **ret_server, struct tcs_diag *diag)
{
	struct tcs_feedserver *server = calloc(1, sizeof(*server));

	if (server == NULL)
		return TCS_ENOMEM;
	server->dir = dir;
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
	struct feedserver_page *page;

	SLIST_FOREACH(page, &server->pages, next)
	{
		if (strcmp(page->path, path) == 0)
			return page;
	}
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
	page->status = event->status;
	tcs_buf_fini(&page->body);
	if (event->file != NULL)
		err = feedserver_load(server, event->file, &page->body, diag);
	if (err == TCS_OK && server->socket == NULL)
		err = feedserver_listen(server, diag);
	return err;
}

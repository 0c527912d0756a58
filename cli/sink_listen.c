#include "cli/sink_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/event.h>

#include "core/loop.h"

enum { SINK_BACKLOG = 1024, SINK_PAUSE_US = 100000 };

static void
sink_listen_again(evutil_socket_t fd, short what, void *arg)
{
	struct evconnlistener *listener = arg;

	(void)fd;
	(void)what;
	(void)evconnlistener_enable(listener);
}

/* Out of descriptors: what waits stays in the kernel's queue meanwhile. */
static void
sink_listen_failed(struct evconnlistener *listener, void *arg)
{
	const struct timeval pause = {.tv_usec = SINK_PAUSE_US};

	(void)arg;
	if (event_base_once(evconnlistener_get_base(listener), -1, EV_TIMEOUT,
	        sink_listen_again, listener, &pause) == 0)
		(void)evconnlistener_disable(listener);
}

enum tcs_err
tcs_sink_listen(struct tcs_loop *loop, uint16_t port, evconnlistener_cb cb,
    void *arg, struct evconnlistener **ret_listener, struct tcs_diag *diag)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct evconnlistener *listener = evconnlistener_new_bind(
	    tcs_loop_base(loop), cb, arg,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
	    SINK_BACKLOG, (struct sockaddr *)&address, sizeof(address));

	if (listener == NULL) {
		return tcs_diag_add(diag, TCS_EIO, NULL, 0,
		    "cannot listen on 127.0.0.1:%u: %s; give another port, or "
		    "0 for a free one",
		    (unsigned)port, strerror(errno));
	}
	evconnlistener_set_error_cb(listener, sink_listen_failed);
	*ret_listener = listener;
	return TCS_OK;
}

uint16_t
tcs_sink_listens_on(struct evconnlistener *listener)
{
	struct sockaddr_in address = {0};
	socklen_t n = sizeof(address);

	if (getsockname(evconnlistener_get_fd(listener),
	        (struct sockaddr *)&address, &n) != 0)
		return 0;
	return ntohs(address.sin_port);
}

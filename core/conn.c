#include "core/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>

#include "core/buf.h"
#include "core/host.h"
#include "core/loop.h"
#include "core/tls.h"

enum {
	CONN_READ_AHEAD = 64 * 1024,
	CONN_REASON_MAX = 300,
	CONN_MAGIC = 0x636f6e6e,
};

struct tcs_conn {
	unsigned magic;
	struct tcs_conn_conf conf;
	struct bufferevent *bev;
	struct tcs_timer *timer;
	bool is_tls;    /* `bev` is OpenSSL's */
	bool is_secure; /* and its handshake is done */
	bool *is_gone;  /* of the call that is on the stack; or NULL */
};

static void
conn_timed_out(void *arg)
{
	struct tcs_conn *conn = arg;

	tcs_assert(conn->magic == CONN_MAGIC);
	conn->conf.ops->timed_out(conn->conf.arg);
}

static void
conn_read(struct bufferevent *bev, void *arg)
{
	struct tcs_conn *conn = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t n = evbuffer_get_length(in);
	const char *bytes = (const char *)evbuffer_pullup(in, -1);
	bool is_gone = false;

	tcs_assert(conn->magic == CONN_MAGIC);
	if (n == 0 || bytes == NULL)
		return;
	conn->is_gone = &is_gone;
	conn->conf.ops->received(conn->conf.arg, tcs_slice(bytes, n));
	if (is_gone)
		return;
	conn->is_gone = NULL;
	if (conn->bev == bev) /* else TLS began on it */
		(void)evbuffer_drain(in, n);
}

static void
conn_written(struct bufferevent *bev, void *arg)
{
	struct tcs_conn *conn = arg;

	(void)bev;
	tcs_assert(conn->magic == CONN_MAGIC);
	if (conn->is_secure || !conn->is_tls)
		conn->conf.ops->written(conn->conf.arg);
}

static void
conn_lose(struct tcs_conn *conn, short what, int saved)
{
	int dns = bufferevent_socket_get_dns_error(conn->bev);
	enum tcs_err err = TCS_EUNAVAIL;
	struct tcs_buf why;

	tcs_buf_init(&why, CONN_REASON_MAX);
	if (dns != 0) {
		tcs_host_failed(conn->conf.host);
		tcs_buf_str(&why, evutil_gai_strerror(dns));
	} else if ((what & BEV_EVENT_EOF) != 0) {
		tcs_buf_str(&why, "closed by the far side");
	} else if (conn->is_tls && !conn->is_secure) {
		if (tcs_tls_reason(conn->bev, &why))
			err = TCS_EDENIED;
	} else {
		tcs_buf_str(&why, evutil_socket_error_to_string(saved));
	}
	conn->conf.ops->lost(conn->conf.arg, err,
	    why.err == TCS_OK ? why.p : tcs_strerror(why.err));
	tcs_buf_fini(&why);
}

static void
conn_event(struct bufferevent *bev, short what, void *arg)
{
	struct tcs_conn *conn = arg;
	int saved = errno;

	(void)bev;
	tcs_assert(conn->magic == CONN_MAGIC);
	if ((what & BEV_EVENT_CONNECTED) == 0) {
		conn_lose(conn, what, saved);
	} else if (conn->is_tls) {
		conn->is_secure = true;
		conn->conf.ops->secured(conn->conf.arg);
	} else if (conn->conf.is_implicit && !tcs_conn_start_tls(conn)) {
		conn->conf.ops->lost(
		    conn->conf.arg, TCS_EUNAVAIL, tcs_strerror(TCS_ENOMEM));
	}
}

static bool
conn_begin(struct tcs_conn *conn)
{
	bufferevent_setcb(conn->bev, conn_read, conn_written, conn_event, conn);
	bufferevent_setwatermark(conn->bev, EV_READ, 0, CONN_READ_AHEAD);
	return bufferevent_enable(conn->bev, EV_READ | EV_WRITE) == 0;
}

struct tcs_conn *
tcs_conn_new(const struct tcs_conn_conf *conf)
{
	struct tcs_conn *conn = calloc(1, sizeof(*conn));

	tcs_assert(conf->tls != NULL || !conf->is_implicit);
	if (conn == NULL)
		return NULL;
	conn->magic = CONN_MAGIC;
	conn->conf = *conf;
	conn->bev = bufferevent_socket_new(
	    tcs_loop_base(conf->loop), -1, BEV_OPT_CLOSE_ON_FREE);
	conn->timer = tcs_timer_new(conf->loop, conn_timed_out, conn);
	if (conn->bev == NULL || conn->timer == NULL)
		tcs_conn_free(&conn);
	return conn;
}

void
tcs_conn_free(struct tcs_conn **conn)
{
	if (conn == NULL || *conn == NULL)
		return;
	struct tcs_conn *c = *conn;
	if (c->is_gone != NULL)
		*c->is_gone = true;
	if (c->is_secure)
		tcs_tls_bye(c->bev);
	if (c->bev != NULL)
		bufferevent_free(c->bev);
	tcs_timer_free(&c->timer);
	c->magic = 0;
	free(c);
	*conn = NULL;
}

bool
tcs_conn_open(struct tcs_conn *conn)
{
	return conn_begin(conn) && tcs_host_connect(conn->conf.host, conn->bev);
}

void
tcs_conn_deadline(struct tcs_conn *conn, int64_t after_ms)
{
	tcs_timer_start(conn->timer, after_ms);
}

bool
tcs_conn_write(struct tcs_conn *conn, struct tcs_slice bytes)
{
	return bufferevent_write(conn->bev, bytes.p, bytes.n) == 0;
}

bool
tcs_conn_write_now(struct tcs_conn *conn, struct tcs_slice bytes)
{
	ssize_t n;

	tcs_assert(tcs_conn_is_flushed(conn));
	if (conn->is_tls)
		n = (ssize_t)tcs_tls_write_now(conn->bev, bytes);
	else
		n = send(bufferevent_getfd(conn->bev), bytes.p, bytes.n,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
	size_t done = n > 0 ? (size_t)n : 0;
	return done == bytes.n ||
	       tcs_conn_write(conn, tcs_slice(bytes.p + done, bytes.n - done));
}

bool
tcs_conn_start_tls(struct tcs_conn *conn)
{
	tcs_assert(conn->conf.tls != NULL && !conn->is_tls);
	struct bufferevent *secure = tcs_tls_connect(
	    conn->conf.tls, conn->bev, tcs_host_name(conn->conf.host));

	if (secure == NULL)
		return false;
	conn->bev = secure;
	conn->is_tls = true;
	return conn_begin(conn);
}

bool
tcs_conn_is_secure(const struct tcs_conn *conn)
{
	return conn->is_secure;
}

bool
tcs_conn_is_flushed(const struct tcs_conn *conn)
{
	return evbuffer_get_length(bufferevent_get_output(conn->bev)) == 0;
}

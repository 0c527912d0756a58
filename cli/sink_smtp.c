/* sink_smtp.c - the sink's SMTP side: connections, each with a conversation. */
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "cli/sink.h"
#include "cli/sink_listen.h"
#include "cli/sink_talk.h"
#include "core/buf.h"
#include "core/loop.h"
#include "core/tls.h"

enum {
	SMTP_LINE_MAX = 8192,
	SMTP_READ_AHEAD = 64 * 1024,
	SMTP_IDLE_S = 300,
	SMTP_MAGIC = 0x73696e6b,
};

struct tcs_sink_smtp {
	struct tcs_sink *sink;
	struct evconnlistener *listener;
	size_t conns_n;
	LIST_HEAD(, smtp_conn) conns;
};

struct smtp_conn {
	unsigned magic;
	struct tcs_sink_smtp *smtp;
	struct bufferevent *bev;
	struct tcs_timer *timer; /* of TCS_TALK_SLOW */
	struct tcs_sink_talk talk;
	LIST_ENTRY(smtp_conn) next;
};

static void
smtp_free(struct smtp_conn *conn)
{
	tcs_sink_talk_fini(&conn->talk);
	LIST_REMOVE(conn, next);
	conn->smtp->conns_n--;
	conn->magic = 0;
	tcs_timer_free(&conn->timer);
	if (conn->bev != NULL)
		bufferevent_free(conn->bev);
	free(conn);
}

/* Who does not read our answers is not listened to either. */
static bool
smtp_listens(const struct smtp_conn *conn)
{
	const struct tcs_sink_talk *talk = &conn->talk;
	struct evbuffer *out = bufferevent_get_output(conn->bev);

	return (talk->state == TCS_TALK_COMMANDS ||
	           talk->state == TCS_TALK_AUTH ||
	           talk->state == TCS_TALK_DATA) &&
	       talk->out.n + evbuffer_get_length(out) < SMTP_READ_AHEAD;
}

/* All whole lines there are; true: one is too long. */
static bool
smtp_lines(struct smtp_conn *conn)
{
	struct evbuffer *in = bufferevent_get_input(conn->bev);

	while (smtp_listens(conn)) {
		size_t n;
		char *line = evbuffer_readln(in, &n, EVBUFFER_EOL_CRLF_STRICT);
		if (line == NULL)
			return evbuffer_get_length(in) > SMTP_LINE_MAX;
		tcs_sink_talk_line(&conn->talk, tcs_slice(line, n));
		free(line);
	}
	return false;
}

static void
smtp_flush(struct smtp_conn *conn)
{
	struct tcs_buf *out = &conn->talk.out;

	if (out->err != TCS_OK ||
	    bufferevent_write(conn->bev, out->p, out->n) != 0)
		conn->talk.state = TCS_TALK_BYE;
	tcs_buf_reset(out);
}

static bool smtp_begin_tls(struct smtp_conn *conn);

static void
smtp_go_on(struct smtp_conn *conn)
{
	struct evbuffer *in = bufferevent_get_input(conn->bev);
	bool was_slow = conn->talk.state == TCS_TALK_SLOW;

	if (smtp_lines(conn))
		tcs_sink_talk_bye(&conn->talk, "500 5.5.2 line too long");
	smtp_flush(conn);
	if (conn->talk.state == TCS_TALK_SLOW && !was_slow)
		tcs_timer_start(conn->timer, TCS_SINK_SLOW_MS);
	if (conn->talk.state == TCS_TALK_MUTE ||
	    conn->talk.state == TCS_TALK_BYE)
		(void)evbuffer_drain(in, evbuffer_get_length(in));
	bool is_written =
	    evbuffer_get_length(bufferevent_get_output(conn->bev)) == 0;
	if (is_written &&
	    (conn->talk.state == TCS_TALK_BYE ||
	        (conn->talk.state == TCS_TALK_TLS && !smtp_begin_tls(conn))))
		smtp_free(conn);
}

static void
smtp_read(struct bufferevent *bev, void *arg)
{
	struct smtp_conn *conn = arg;

	(void)bev;
	tcs_assert(conn->magic == SMTP_MAGIC);
	smtp_go_on(conn);
}

static void
smtp_written(struct bufferevent *bev, void *arg)
{
	struct smtp_conn *conn = arg;

	(void)bev;
	tcs_assert(conn->magic == SMTP_MAGIC);
	smtp_go_on(conn);
}

static void
smtp_event(struct bufferevent *bev, short what, void *arg)
{
	struct smtp_conn *conn = arg;

	(void)bev;
	tcs_assert(conn->magic == SMTP_MAGIC);
	if ((what & BEV_EVENT_CONNECTED) == 0) {
		smtp_free(conn);
		return;
	}
	if (conn->talk.state == TCS_TALK_BYE)
		return; /* too many at once: it has been said */
	bool is_greeted = conn->talk.state == TCS_TALK_TLS;
	tcs_sink_talk_secured(&conn->talk);
	if (!is_greeted)
		tcs_sink_talk_greet(&conn->talk);
	smtp_flush(conn);
}

static void
smtp_slow_over(void *arg)
{
	struct smtp_conn *conn = arg;

	tcs_assert(conn->magic == SMTP_MAGIC);
	tcs_sink_talk_go_on(&conn->talk);
	smtp_go_on(conn);
}

static bool
smtp_listen(struct smtp_conn *conn)
{
	const struct timeval idle = {.tv_sec = SMTP_IDLE_S};

	bufferevent_setcb(conn->bev, smtp_read, smtp_written, smtp_event, conn);
	bufferevent_setwatermark(conn->bev, EV_READ, 0, SMTP_READ_AHEAD);
	return bufferevent_set_timeouts(conn->bev, &idle, &idle) == 0 &&
	       bufferevent_enable(conn->bev, EV_READ | EV_WRITE) == 0;
}

/* What came in the clear behind STARTTLS is not a command (RFC 3207 4.2). */
static bool
smtp_begin_tls(struct smtp_conn *conn)
{
	struct bufferevent *bev =
	    tcs_tls_accept(conn->smtp->sink->tls, conn->bev);

	if (bev == NULL)
		return false;
	conn->bev = bev;
	return smtp_listen(conn);
}

static bool
smtp_begin(struct smtp_conn *conn, evutil_socket_t fd)
{
	struct tcs_loop *loop = conn->smtp->sink->loop;

	conn->bev = bufferevent_socket_new(
	    tcs_loop_base(loop), fd, BEV_OPT_CLOSE_ON_FREE);
	if (conn->bev == NULL) {
		(void)close(fd);
		return false;
	}
	conn->timer = tcs_timer_new(loop, smtp_slow_over, conn);
	if (conn->timer == NULL)
		return false;
	return conn->smtp->sink->is_implicit ? smtp_begin_tls(conn)
	                                     : smtp_listen(conn);
}

static void
smtp_accepted(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *address, int n, void *arg)
{
	struct tcs_sink_smtp *smtp = arg;
	struct smtp_conn *conn = calloc(1, sizeof(*conn));

	(void)listener;
	(void)address;
	(void)n;
	if (conn == NULL) {
		(void)close(fd);
		return;
	}
	conn->magic = SMTP_MAGIC;
	conn->smtp = smtp;
	LIST_INSERT_HEAD(&smtp->conns, conn, next);
	smtp->conns_n++;
	tcs_sink_talk_init(&conn->talk, smtp->sink);
	if (!smtp_begin(conn, fd)) {
		smtp_free(conn);
		return;
	}
	if (smtp->conns_n > TCS_SINK_CONNECTIONS)
		tcs_sink_talk_bye(&conn->talk, "421 4.7.0 too many at once");
	else if (!smtp->sink->is_implicit)
		tcs_sink_talk_greet(&conn->talk);
	smtp_flush(conn);
}

enum tcs_err
tcs_sink_smtp_new(struct tcs_sink *sink, uint16_t port,
    struct tcs_sink_smtp **ret_smtp, struct tcs_diag *diag)
{
	struct tcs_sink_smtp *smtp = calloc(1, sizeof(*smtp));

	if (smtp == NULL)
		return TCS_ENOMEM;
	LIST_INIT(&smtp->conns);
	smtp->sink = sink;
	enum tcs_err err = tcs_sink_listen(
	    sink->loop, port, smtp_accepted, smtp, &smtp->listener, diag);
	if (err != TCS_OK) {
		free(smtp);
		return err;
	}
	*ret_smtp = smtp;
	return TCS_OK;
}

void
tcs_sink_smtp_free(struct tcs_sink_smtp **smtp)
{
	if (smtp == NULL || *smtp == NULL)
		return;
	struct tcs_sink_smtp *s = *smtp;
	struct smtp_conn *next;
	for (struct smtp_conn *c = LIST_FIRST(&s->conns); c != NULL; c = next) {
		next = LIST_NEXT(c, next);
		smtp_free(c);
	}
	evconnlistener_free(s->listener);
	free(s);
	*smtp = NULL;
}

uint16_t
tcs_sink_smtp_port(const struct tcs_sink *sink)
{
	return tcs_sink_listens_on(sink->smtp->listener);
}

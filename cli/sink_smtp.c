/* sink_smtp.c - the sink's SMTP side: an ESMTP server that takes any mail for
 * any recipient, one message at a time on each connection. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "cli/sink.h"
#include "cli/sink_listen.h"
#include "cli/sink_mail.h"
#include "core/buf.h"
#include "core/loop.h"

enum {
	SMTP_LINE_MAX = 8192,
	SMTP_READ_AHEAD = 64 * 1024,
	SMTP_IDLE_S = 300,
	SMTP_RECIPIENTS_MAX = 100,
	SMTP_MAGIC = 0x73696e6b,
};

struct tcs_sink_smtp {
	struct tcs_sink *sink;
	struct evconnlistener *listener;
	size_t conns_n;
	LIST_HEAD(, smtp_conn) conns;
};

enum smtp_state {
	SMTP_COMMANDS,
	SMTP_DATA,
	SMTP_SLOW, /* 250 is due later */
	SMTP_MUTE, /* never answers again */
	SMTP_BYE,  /* closes when what was said is written */
};

struct smtp_conn {
	unsigned magic;
	struct tcs_sink_smtp *smtp;
	struct bufferevent *bev;
	struct tcs_timer *timer; /* of SMTP_SLOW */
	enum smtp_state state;
	bool has_sender;
	char *recipients[SMTP_RECIPIENTS_MAX];
	size_t recipients_n;
	struct tcs_buf message;
	LIST_ENTRY(smtp_conn) next;
};

static void
smtp_reset(struct smtp_conn *conn)
{
	for (size_t i = 0; i < conn->recipients_n; i++)
		free(conn->recipients[i]);
	conn->recipients_n = 0;
	conn->has_sender = false;
	tcs_buf_fini(&conn->message);
}

static void
smtp_free(struct smtp_conn *conn)
{
	smtp_reset(conn);
	LIST_REMOVE(conn, next);
	conn->smtp->conns_n--;
	conn->magic = 0;
	tcs_timer_free(&conn->timer);
	if (conn->bev != NULL)
		bufferevent_free(conn->bev);
	free(conn);
}

static void
smtp_say(struct smtp_conn *conn, const char *line)
{
	struct evbuffer *out = bufferevent_get_output(conn->bev);

	if (evbuffer_add(out, line, strlen(line)) != 0 ||
	    evbuffer_add(out, "\r\n", 2) != 0)
		conn->state = SMTP_BYE;
}

static void
smtp_bye(struct smtp_conn *conn, const char *line)
{
	smtp_say(conn, line);
	conn->state = SMTP_BYE;
}

/* ---- commands ---- */

/* What stands between < and > in `args`; p NULL: nothing does. */
static struct tcs_slice
smtp_path(struct tcs_slice args)
{
	struct tcs_slice rest, tail;

	(void)tcs_slice_cut(args, '<', &rest);
	struct tcs_slice path = tcs_slice_cut(rest, '>', &tail);
	return tail.p == NULL ? tcs_slice(NULL, 0) : path;
}

static void
smtp_ehlo(struct smtp_conn *conn, struct tcs_slice args)
{
	(void)args;
	smtp_reset(conn);
	smtp_say(conn, "250-sink.example");
	smtp_say(conn, "250-PIPELINING");
	smtp_say(conn, "250-8BITMIME");
	smtp_say(conn, "250-SMTPUTF8");
	smtp_say(conn, "250-ENHANCEDSTATUSCODES");
	smtp_say(conn, "250 SIZE 1000000");
}

static void
smtp_helo(struct smtp_conn *conn, struct tcs_slice args)
{
	(void)args;
	smtp_reset(conn);
	smtp_say(conn, "250 sink.example");
}

static void
smtp_mail(struct smtp_conn *conn, struct tcs_slice args)
{
	if (conn->has_sender) {
		smtp_say(conn, "503 5.5.1 a sender was given already");
	} else if (smtp_path(args).p == NULL) {
		smtp_say(conn, "501 5.5.4 MAIL FROM:<address> is expected");
	} else {
		conn->has_sender = true;
		smtp_say(conn, "250 2.1.0 ok");
	}
}

static enum tcs_sink_manner
smtp_manner(struct tcs_slice address)
{
	struct tcs_slice rest;

	return tcs_sink_manner(
	    tcs_slice_cut(tcs_slice_cut(address, '@', &rest), '+', &rest));
}

static void
smtp_rcpt(struct smtp_conn *conn, struct tcs_slice args)
{
	struct tcs_slice path = smtp_path(args);
	enum tcs_sink_manner manner = smtp_manner(path);

	if (!conn->has_sender)
		smtp_say(conn, "503 5.5.1 MAIL first");
	else if (path.n == 0)
		smtp_say(conn, "501 5.1.3 RCPT TO:<address> is expected");
	else if (manner == TCS_SINK_LATER)
		smtp_say(conn, "451 4.2.0 later, as that name says");
	else if (manner == TCS_SINK_REFUSE)
		smtp_say(conn, "550 5.1.1 refused, as that name says");
	else if (conn->recipients_n == SMTP_RECIPIENTS_MAX)
		smtp_say(conn, "452 4.5.3 too many recipients");
	else {
		char *copy = tcs_sink_utf8(path);
		if (copy == NULL) {
			smtp_say(conn, "451 4.3.0 out of memory");
			return;
		}
		conn->recipients[conn->recipients_n++] = copy;
		smtp_say(conn, "250 2.1.5 ok");
	}
}

static void
smtp_data(struct smtp_conn *conn, struct tcs_slice args)
{
	(void)args;
	if (conn->recipients_n == 0) {
		smtp_say(conn, "554 5.5.1 no recipient was accepted");
		return;
	}
	tcs_buf_init(&conn->message, TCS_SINK_BODY_MAX);
	conn->state = SMTP_DATA;
	smtp_say(conn, "354 end with a dot alone on a line");
}

static void
smtp_rset(struct smtp_conn *conn, struct tcs_slice args)
{
	(void)args;
	smtp_reset(conn);
	smtp_say(conn, "250 2.0.0 ok");
}

static void
smtp_noop(struct smtp_conn *conn, struct tcs_slice args)
{
	(void)args;
	smtp_say(conn, "250 2.0.0 ok");
}

static void
smtp_vrfy(struct smtp_conn *conn, struct tcs_slice args)
{
	(void)args;
	smtp_say(conn, "252 2.1.5 send it and see");
}

static void
smtp_quit(struct smtp_conn *conn, struct tcs_slice args)
{
	(void)args;
	smtp_bye(conn, "221 2.0.0 bye");
}

static const struct {
	const char *word;
	void (*run)(struct smtp_conn *conn, struct tcs_slice args);
} smtp_commands[] = {
    {"EHLO", smtp_ehlo},
    {"HELO", smtp_helo},
    {"MAIL", smtp_mail},
    {"RCPT", smtp_rcpt},
    {"DATA", smtp_data},
    {"RSET", smtp_rset},
    {"NOOP", smtp_noop},
    {"VRFY", smtp_vrfy},
    {"QUIT", smtp_quit},
};

static void
smtp_command(struct smtp_conn *conn, struct tcs_slice line)
{
	struct tcs_slice args;
	struct tcs_slice word = tcs_slice_cut(line, ' ', &args);

	for (size_t i = 0; i < sizeof(smtp_commands) / sizeof(smtp_commands[0]);
	     i++) {
		if (word.n == 4 &&
		    strncasecmp(word.p, smtp_commands[i].word, 4) == 0) {
			smtp_commands[i].run(conn, args);
			return;
		}
	}
	smtp_say(conn, "500 5.5.2 not a command of this server");
}

/* ---- the message ---- */

static enum tcs_err
smtp_take(struct smtp_conn *conn)
{
	struct tcs_slice body = tcs_buf_view(&conn->message);
	struct tcs_mail mail;
	enum tcs_err err = tcs_mail_read(body, &mail);

	if (err != TCS_OK)
		return err;
	for (size_t i = 0; i < conn->recipients_n && err == TCS_OK; i++) {
		struct tcs_sink_message message = {
		    .channel = "email",
		    .to = conn->recipients[i],
		    .key = tcs_json_str(mail.headers, "x-tocsin-key", NULL),
		    .body = body,
		    .headers = mail.headers,
		    .subject = tcs_slice_str(
		        tcs_json_str(mail.headers, "subject", NULL)),
		    .text = tcs_buf_view(&mail.text),
		};
		err = tcs_sink_take(conn->smtp->sink, &message);
	}
	tcs_mail_fini(&mail);
	return err;
}

/* The gravest of its recipients' manners. */
static enum tcs_sink_manner
smtp_manner_of_all(const struct smtp_conn *conn)
{
	enum tcs_sink_manner all = TCS_SINK_TAKE;

	for (size_t i = 0; i < conn->recipients_n; i++) {
		enum tcs_sink_manner one =
		    smtp_manner(tcs_slice_str(conn->recipients[i]));
		all = one > all ? one : all;
	}
	return all;
}

static void
smtp_dot(struct smtp_conn *conn)
{
	enum tcs_sink_manner manner = smtp_manner_of_all(conn);
	enum tcs_err err = conn->message.err;

	conn->state = SMTP_COMMANDS;
	if (err == TCS_OK && manner != TCS_SINK_HANG)
		err = smtp_take(conn);
	if (err == TCS_ELIMIT)
		smtp_say(conn, "552 5.3.4 larger than 1 MB");
	else if (err != TCS_OK)
		smtp_say(conn, "451 4.3.0 it cannot be kept here");
	else if (manner == TCS_SINK_HANG)
		conn->state = SMTP_MUTE;
	else if (manner == TCS_SINK_CUT)
		conn->state = SMTP_BYE;
	else if (manner == TCS_SINK_SLOW) {
		conn->state = SMTP_SLOW;
		tcs_timer_start(conn->timer, TCS_SINK_SLOW_MS);
	} else {
		smtp_say(conn, "250 2.0.0 taken");
	}
	smtp_reset(conn);
}

static void
smtp_content(struct smtp_conn *conn, struct tcs_slice line)
{
	if (tcs_slice_is(line, ".")) {
		smtp_dot(conn);
		return;
	}
	if (line.n > 0 && line.p[0] == '.')
		line = tcs_slice(line.p + 1, line.n - 1);
	tcs_buf_slice(&conn->message, line);
	tcs_buf_str(&conn->message, "\r\n");
}

/* ---- the connection ---- */

static bool
smtp_listens(const struct smtp_conn *conn)
{
	return conn->state == SMTP_COMMANDS || conn->state == SMTP_DATA;
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
		if (conn->state == SMTP_DATA)
			smtp_content(conn, tcs_slice(line, n));
		else
			smtp_command(conn, tcs_slice(line, n));
		free(line);
	}
	return false;
}

static void
smtp_go_on(struct smtp_conn *conn)
{
	struct evbuffer *in = bufferevent_get_input(conn->bev);

	if (smtp_lines(conn))
		smtp_bye(conn, "500 5.5.2 line too long");
	if (conn->state == SMTP_MUTE || conn->state == SMTP_BYE)
		(void)evbuffer_drain(in, evbuffer_get_length(in));
	if (conn->state == SMTP_BYE &&
	    evbuffer_get_length(bufferevent_get_output(conn->bev)) == 0)
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
	if (conn->state == SMTP_BYE)
		smtp_free(conn);
}

static void
smtp_event(struct bufferevent *bev, short what, void *arg)
{
	struct smtp_conn *conn = arg;

	(void)bev;
	(void)what;
	tcs_assert(conn->magic == SMTP_MAGIC);
	smtp_free(conn);
}

static void
smtp_slow_over(void *arg)
{
	struct smtp_conn *conn = arg;

	tcs_assert(conn->magic == SMTP_MAGIC);
	conn->state = SMTP_COMMANDS;
	smtp_say(conn, "250 2.0.0 taken");
	smtp_go_on(conn);
}

static bool
smtp_begin(struct smtp_conn *conn, evutil_socket_t fd)
{
	const struct timeval idle = {.tv_sec = SMTP_IDLE_S};
	struct tcs_loop *loop = conn->smtp->sink->loop;

	conn->bev = bufferevent_socket_new(
	    tcs_loop_base(loop), fd, BEV_OPT_CLOSE_ON_FREE);
	if (conn->bev == NULL) {
		(void)close(fd);
		return false;
	}
	conn->timer = tcs_timer_new(loop, smtp_slow_over, conn);
	bufferevent_setcb(conn->bev, smtp_read, smtp_written, smtp_event, conn);
	bufferevent_setwatermark(conn->bev, EV_READ, 0, SMTP_READ_AHEAD);
	return conn->timer != NULL &&
	       bufferevent_set_timeouts(conn->bev, &idle, &idle) == 0 &&
	       bufferevent_enable(conn->bev, EV_READ | EV_WRITE) == 0;
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
	if (!smtp_begin(conn, fd))
		smtp_free(conn);
	else if (smtp->conns_n > TCS_SINK_CONNECTIONS)
		smtp_bye(conn, "421 4.7.0 too many connections");
	else
		smtp_say(conn, "220 sink.example ESMTP");
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

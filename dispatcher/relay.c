#include "dispatcher/relay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>

#include "core/failpoint.h"
#include "core/loop.h"
#include "dispatcher/relay_host.h"

enum {
	RELAY_REASON_MAX = 400,
	RELAY_RESET_MS = 10000, /* RSET answered, QUIT answered */
	RELAY_MAGIC = 0x72656c61,
};

struct tcs_relay_conn {
	unsigned magic;
	struct tcs_relay *relay;
	struct bufferevent *bev;
	struct tcs_timer *timer; /* end of what it does now */
	struct tcs_smtp smtp;
	struct tcs_relay_mail *mail; /* on its way, or NULL */
	LIST_ENTRY(tcs_relay_conn) next;
};

struct tcs_relay {
	struct tcs_loop *loop;
	struct tcs_timer *kick; /* a turn of the loop to move things on */
	struct tcs_relay_host *host;
	char *helo;
	size_t conns_n, conns_max;
	int64_t idle_ms, mail_ms;
	LIST_HEAD(, tcs_relay_conn) conns;
	TAILQ_HEAD(, tcs_relay_mail) waiting, over;
};

/* The fate of a mail; told at the next turn. */
static void
relay_finish(struct tcs_relay *relay, struct tcs_relay_mail *mail,
    enum tcs_verdict verdict, const char *reason)
{
	mail->verdict = verdict;
	mail->is_over = true;
	mail->conn = NULL;
	tcs_buf_str(&mail->reason, reason);
	TAILQ_INSERT_TAIL(&relay->over, mail, next);
	tcs_timer_start(relay->kick, 0);
}

static void
relay_conn_free(struct tcs_relay_conn *conn)
{
	struct tcs_relay *relay = conn->relay;

	LIST_REMOVE(conn, next);
	relay->conns_n--;
	conn->magic = 0;
	tcs_timer_free(&conn->timer);
	if (conn->bev != NULL)
		bufferevent_free(conn->bev);
	tcs_smtp_fini(&conn->smtp);
	free(conn);
	if (!TAILQ_EMPTY(&relay->waiting))
		tcs_timer_start(relay->kick, 0);
}

/* A connection that the relay had given up while it was unused: the mail, of
 * which nothing was answered, goes over another. A fresh one has carried no
 * mail before, and ends this. */
static bool
relay_conn_retries(struct tcs_relay_conn *conn)
{
	const struct tcs_smtp *smtp = &conn->smtp;
	struct tcs_relay_mail *mail = conn->mail;

	if (mail == NULL || smtp->mails < 2 || smtp->is_answered)
		return false;
	mail->conn = NULL;
	conn->mail = NULL;
	TAILQ_INSERT_HEAD(&conn->relay->waiting, mail, next);
	return true;
}

/* Hand the outcome on, if there is one. */
static void
relay_conn_outcome(struct tcs_relay_conn *conn)
{
	if (!conn->smtp.has_outcome)
		return;
	if (conn->mail != NULL) {
		tcs_failpoint("dispatcher.email-answered");
		relay_finish(conn->relay, conn->mail, conn->smtp.verdict,
		    conn->smtp.reason.p);
		conn->mail = NULL;
		if (conn->timer != NULL)
			tcs_timer_start(conn->timer, RELAY_RESET_MS);
	}
	tcs_smtp_clear(&conn->smtp);
}

/* Drop it now; its mail gets what `why` and the state make of it. */
static void
relay_conn_drop(struct tcs_relay_conn *conn, const char *why, bool may_retry)
{
	if (!may_retry || !relay_conn_retries(conn)) {
		tcs_smtp_lost(&conn->smtp, why);
		relay_conn_outcome(conn);
	}
	relay_conn_free(conn);
}

static struct tcs_relay_mail *
relay_take(struct tcs_relay *relay)
{
	struct tcs_relay_mail *mail = TAILQ_FIRST(&relay->waiting);

	if (mail != NULL)
		TAILQ_REMOVE(&relay->waiting, mail, next);
	return mail;
}

static void
relay_conn_carry(struct tcs_relay_conn *conn, struct tcs_relay_mail *mail)
{
	conn->mail = mail;
	mail->conn = conn;
	tcs_timer_start(conn->timer, conn->relay->mail_ms);
}

/* A connection with nothing on its way: the next mail, else it is kept. */
static void
relay_conn_ready(struct tcs_relay_conn *conn)
{
	if (conn->mail == NULL) {
		struct tcs_relay_mail *mail = relay_take(conn->relay);
		if (mail == NULL) {
			tcs_timer_start(conn->timer, conn->relay->idle_ms);
			return;
		}
		relay_conn_carry(conn, mail);
	}
	tcs_smtp_send(&conn->smtp, &conn->mail->mail);
}

static bool
relay_conn_flush(struct tcs_relay_conn *conn)
{
	struct tcs_buf *out = &conn->smtp.out;
	int rc = out->err == TCS_OK
	             ? bufferevent_write(conn->bev, out->p, out->n)
	             : -1;

	tcs_buf_reset(out);
	return rc == 0;
}

/* All but the final dot has left. The dot goes straight to the socket, so that
 * nothing lies between the question and the byte. */
static void
relay_conn_commit(struct tcs_relay_conn *conn)
{
	struct tcs_buf *out = &conn->smtp.out;

	tcs_failpoint("dispatcher.email-before-dot");
	if (!conn->mail->may_commit(conn->mail)) {
		relay_conn_drop(
		    conn, "no longer allowed to send: dropped unsent", false);
		return;
	}
	tcs_smtp_commit(&conn->smtp);
	ssize_t n = send(bufferevent_getfd(conn->bev), out->p, out->n,
	    MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n > 0)
		tcs_buf_consume(out, (size_t)n);
	tcs_failpoint("dispatcher.email-after-dot");
	if (out->n > 0 && !relay_conn_flush(conn))
		relay_conn_drop(conn, tcs_strerror(TCS_ENOMEM), false);
}

/* After anything that moved the state: at most one mail is begun. */
static void
relay_conn_go_on(struct tcs_relay_conn *conn)
{
	relay_conn_outcome(conn);
	while (conn->smtp.state == TCS_SMTP_READY) {
		relay_conn_ready(conn);
		if (conn->mail == NULL)
			break;
		relay_conn_outcome(conn); /* refused without a word */
	}
	if (conn->smtp.state == TCS_SMTP_CLOSED) {
		relay_conn_free(conn);
		return;
	}
	if (conn->smtp.out.n > 0 && !relay_conn_flush(conn))
		relay_conn_drop(conn, tcs_strerror(TCS_ENOMEM), false);
}

static void
relay_conn_read(struct bufferevent *bev, void *arg)
{
	struct tcs_relay_conn *conn = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	char bytes[4096];
	int n;

	tcs_assert(conn->magic == RELAY_MAGIC);
	while ((n = evbuffer_remove(in, bytes, sizeof(bytes))) > 0)
		tcs_smtp_receive(&conn->smtp, tcs_slice(bytes, (size_t)n));
	relay_conn_go_on(conn);
}

static void
relay_conn_written(struct bufferevent *bev, void *arg)
{
	struct tcs_relay_conn *conn = arg;

	tcs_assert(conn->magic == RELAY_MAGIC);
	if (conn->smtp.state == TCS_SMTP_CONTENT &&
	    evbuffer_get_length(bufferevent_get_output(bev)) == 0)
		relay_conn_commit(conn);
}

static void
relay_conn_event(struct bufferevent *bev, short what, void *arg)
{
	struct tcs_relay_conn *conn = arg;
	struct tcs_relay *relay = conn->relay;
	const char *why = evutil_socket_error_to_string(errno);
	int dns = bufferevent_socket_get_dns_error(bev);
	struct tcs_buf reason;

	tcs_assert(conn->magic == RELAY_MAGIC);
	if ((what & BEV_EVENT_CONNECTED) != 0)
		return;
	if (dns != 0) {
		tcs_relay_host_failed(relay->host);
		why = evutil_gai_strerror(dns);
	} else if ((what & BEV_EVENT_EOF) != 0) {
		why = "closed by the relay";
	}
	tcs_buf_init(&reason, RELAY_REASON_MAX);
	tcs_buf_printf(&reason, "the connection to the relay %s: %s",
	    conn->smtp.state == TCS_SMTP_BANNER ? "could not be made"
	                                        : "was lost",
	    why);
	relay_conn_drop(conn, reason.err == TCS_OK ? reason.p : why, true);
	tcs_buf_fini(&reason);
}

static void
relay_conn_timed_out(void *arg)
{
	struct tcs_relay_conn *conn = arg;

	tcs_assert(conn->magic == RELAY_MAGIC);
	if (conn->smtp.state != TCS_SMTP_READY) {
		relay_conn_drop(
		    conn, "the relay did not answer in time", false);
		return;
	}
	tcs_smtp_quit(&conn->smtp);
	tcs_timer_start(conn->timer, RELAY_RESET_MS);
	if (!relay_conn_flush(conn))
		relay_conn_free(conn);
}

static bool
relay_conn_connect(struct tcs_relay_conn *conn)
{
	struct tcs_relay *relay = conn->relay;

	conn->bev = bufferevent_socket_new(
	    tcs_loop_base(relay->loop), -1, BEV_OPT_CLOSE_ON_FREE);
	conn->timer = tcs_timer_new(relay->loop, relay_conn_timed_out, conn);
	if (conn->bev == NULL || conn->timer == NULL)
		return false;
	tcs_timer_start(conn->timer, relay->mail_ms);
	bufferevent_setcb(conn->bev, relay_conn_read, relay_conn_written,
	    relay_conn_event, conn);
	/* May fail at once, call back, and free the connection. */
	return bufferevent_enable(conn->bev, EV_READ | EV_WRITE) == 0 &&
	       tcs_relay_host_connect(relay->host, conn->bev);
}

/* A new connection for `mail`. */
static void
relay_connect(struct tcs_relay *relay, struct tcs_relay_mail *mail)
{
	struct tcs_relay_conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL) {
		relay_finish(
		    relay, mail, TCS_VERDICT_LATER, tcs_strerror(TCS_ENOMEM));
		return;
	}
	conn->magic = RELAY_MAGIC;
	conn->relay = relay;
	tcs_smtp_init(&conn->smtp, relay->helo);
	LIST_INSERT_HEAD(&relay->conns, conn, next);
	relay->conns_n++;
	conn->mail = mail;
	mail->conn = conn;
	if (!relay_conn_connect(conn))
		relay_conn_drop(conn, tcs_strerror(TCS_ENOMEM), false);
}

static void
relay_tell(struct tcs_relay *relay)
{
	struct tcs_relay_mail *mail;

	while ((mail = TAILQ_FIRST(&relay->over)) != NULL) {
		TAILQ_REMOVE(&relay->over, mail, next);
		struct tcs_buf reason = mail->reason;
		mail->done(
		    mail, mail->verdict, reason.p == NULL ? "" : reason.p);
		tcs_buf_fini(&reason); /* `mail` may be gone */
	}
}

static void
relay_kicked(void *arg)
{
	struct tcs_relay *relay = arg;
	struct tcs_relay_conn *next;

	relay_tell(relay);
	for (struct tcs_relay_conn *conn = LIST_FIRST(&relay->conns);
	     conn != NULL && !TAILQ_EMPTY(&relay->waiting); conn = next) {
		next = LIST_NEXT(conn, next);
		if (conn->smtp.state == TCS_SMTP_READY && conn->mail == NULL)
			relay_conn_go_on(conn);
	}
	while (
	    !TAILQ_EMPTY(&relay->waiting) && relay->conns_n < relay->conns_max)
		relay_connect(relay, relay_take(relay));
}

static void
relay_mail_init(struct tcs_relay_mail *mail)
{
	mail->conn = NULL;
	mail->is_over = false;
	tcs_buf_init(&mail->reason, RELAY_REASON_MAX);
}

void
tcs_relay_refuse(struct tcs_relay *relay, struct tcs_relay_mail *mail,
    enum tcs_verdict verdict, const char *reason)
{
	relay_mail_init(mail);
	relay_finish(relay, mail, verdict, reason);
}

void
tcs_relay_submit(struct tcs_relay *relay, struct tcs_relay_mail *mail)
{
	relay_mail_init(mail);
	TAILQ_INSERT_TAIL(&relay->waiting, mail, next);
	tcs_timer_start(relay->kick, 0);
}

void
tcs_relay_cancel(struct tcs_relay *relay, struct tcs_relay_mail *mail)
{
	if (mail->is_over)
		return;
	if (mail->conn != NULL) {
		relay_conn_drop(mail->conn, "given up on its way", false);
		return;
	}
	TAILQ_REMOVE(&relay->waiting, mail, next);
	relay_finish(relay, mail, TCS_VERDICT_LATER, "given up before it left");
}

struct tcs_relay *
tcs_relay_new(struct tcs_loop *loop, const struct tcs_relay_conf *conf)
{
	struct tcs_relay *relay = calloc(1, sizeof(*relay));

	if (relay == NULL)
		return NULL;
	LIST_INIT(&relay->conns);
	TAILQ_INIT(&relay->waiting);
	TAILQ_INIT(&relay->over);
	relay->loop = loop;
	relay->conns_max = conf->connections;
	relay->idle_ms = conf->idle_ms;
	relay->mail_ms = conf->mail_ms;
	relay->helo = strdup(conf->helo);
	relay->kick = tcs_timer_new(loop, relay_kicked, relay);
	relay->host = tcs_relay_host_new(loop, conf->address);
	if (relay->helo == NULL || relay->host == NULL || relay->kick == NULL) {
		tcs_relay_free(&relay);
		return NULL;
	}
	return relay;
}

void
tcs_relay_free(struct tcs_relay **relay)
{
	if (relay == NULL || *relay == NULL)
		return;
	struct tcs_relay *r = *relay;
	tcs_assert(TAILQ_EMPTY(&r->waiting) && TAILQ_EMPTY(&r->over));
	struct tcs_relay_conn *next;
	for (struct tcs_relay_conn *conn = LIST_FIRST(&r->conns); conn != NULL;
	     conn = next) {
		next = LIST_NEXT(conn, next);
		tcs_assert(conn->mail == NULL);
		relay_conn_free(conn);
	}
	tcs_relay_host_free(&r->host);
	tcs_timer_free(&r->kick);
	free(r->helo);
	free(r);
	*relay = NULL;
}

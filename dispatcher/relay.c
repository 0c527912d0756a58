#include "dispatcher/relay.h"

#include <stdlib.h>
#include <string.h>

#include "core/conn.h"
#include "core/failpoint.h"
#include "core/host.h"
#include "core/loop.h"

enum {
	RELAY_REASON_MAX = 400,
	RELAY_RESET_MS = 10000, /* RSET answered, QUIT answered */
	RELAY_PORT = 25,
	RELAY_MAGIC = 0x72656c61,
};

struct tcs_relay_conn {
	unsigned magic;
	struct tcs_relay *relay;
	struct tcs_conn *conn; /* its deadline: end of what it does now */
	struct tcs_smtp smtp;
	struct tcs_relay_mail *mail; /* on its way, or NULL */
	LIST_ENTRY(tcs_relay_conn) next;
};

struct tcs_relay {
	struct tcs_loop *loop;
	struct tcs_timer *kick; /* a turn of the loop to move things on */
	struct tcs_host *host;
	struct tcs_tls *tls; /* the caller's, or NULL */
	bool is_implicit;
	char *helo, *user, *password;
	struct tcs_smtp_conf smtp;
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
	tcs_conn_free(&conn->conn);
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
		if (conn->conn != NULL)
			tcs_conn_deadline(conn->conn, RELAY_RESET_MS);
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
	tcs_conn_deadline(conn->conn, conn->relay->mail_ms);
}

/* A connection with nothing on its way: the next mail, else it is kept. */
static void
relay_conn_ready(struct tcs_relay_conn *conn)
{
	if (conn->mail == NULL) {
		struct tcs_relay_mail *mail = relay_take(conn->relay);
		if (mail == NULL) {
			tcs_conn_deadline(conn->conn, conn->relay->idle_ms);
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
	bool is_written =
	    out->err == TCS_OK && tcs_conn_write(conn->conn, tcs_buf_view(out));

	tcs_buf_reset(out);
	return is_written;
}

/* All but the final dot has left. The dot goes straight to the kernel, so that
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
	bool is_written = out->err == TCS_OK &&
	                  tcs_conn_write_now(conn->conn, tcs_buf_view(out));
	tcs_buf_reset(out);
	tcs_failpoint("dispatcher.email-after-dot");
	if (!is_written)
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
	bool is_well = conn->smtp.out.n == 0 || relay_conn_flush(conn);
	if (is_well && conn->smtp.state == TCS_SMTP_TLS)
		is_well = tcs_conn_start_tls(conn->conn);
	if (!is_well)
		relay_conn_drop(conn, tcs_strerror(TCS_ENOMEM), false);
}

static void
relay_conn_secured(void *arg)
{
	struct tcs_relay_conn *conn = arg;

	tcs_assert(conn->magic == RELAY_MAGIC);
	if (conn->smtp.state != TCS_SMTP_TLS)
		return; /* TLS from the first byte: the banner comes */
	tcs_smtp_secured(&conn->smtp);
	relay_conn_go_on(conn);
}

static void
relay_conn_received(void *arg, struct tcs_slice bytes)
{
	struct tcs_relay_conn *conn = arg;

	tcs_assert(conn->magic == RELAY_MAGIC);
	tcs_smtp_receive(&conn->smtp, bytes);
	relay_conn_go_on(conn);
}

static void
relay_conn_written(void *arg)
{
	struct tcs_relay_conn *conn = arg;

	tcs_assert(conn->magic == RELAY_MAGIC);
	if (conn->smtp.state == TCS_SMTP_CONTENT &&
	    tcs_conn_is_flushed(conn->conn))
		relay_conn_commit(conn);
}

static void
relay_conn_lost(void *arg, enum tcs_err err, const char *why)
{
	struct tcs_relay_conn *conn = arg;
	bool is_begun = conn->smtp.state != TCS_SMTP_BANNER &&
	                conn->smtp.state != TCS_SMTP_TLS;
	struct tcs_buf reason;

	tcs_assert(conn->magic == RELAY_MAGIC);
	tcs_buf_init(&reason, RELAY_REASON_MAX);
	tcs_buf_printf(&reason, "the connection to the relay %s: %s",
	    is_begun ? "was lost" : "could not be made", why);
	if (reason.err == TCS_OK)
		why = reason.p;
	if (err == TCS_EDENIED) /* every other would fare the same */
		tcs_smtp_down(&conn->smtp, why);
	relay_conn_drop(conn, why, true);
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
	tcs_conn_deadline(conn->conn, RELAY_RESET_MS);
	if (!relay_conn_flush(conn))
		relay_conn_free(conn);
}

static const struct tcs_conn_ops relay_conn_ops = {
    .secured = relay_conn_secured,
    .received = relay_conn_received,
    .written = relay_conn_written,
    .lost = relay_conn_lost,
    .timed_out = relay_conn_timed_out,
};

static bool
relay_conn_connect(struct tcs_relay_conn *conn)
{
	struct tcs_relay *relay = conn->relay;
	const struct tcs_conn_conf conf = {.loop = relay->loop,
	    .host = relay->host,
	    .tls = relay->tls,
	    .is_implicit = relay->is_implicit,
	    .ops = &relay_conn_ops,
	    .arg = conn};

	conn->conn = tcs_conn_new(&conf);
	if (conn->conn == NULL)
		return false;
	tcs_conn_deadline(conn->conn, relay->mail_ms);
	/* May fail at once, call back, and free the connection. */
	return tcs_conn_open(conn->conn);
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
	tcs_smtp_init(&conn->smtp, &relay->smtp);
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

/* NULL stays NULL. False: out of memory. */
static bool
relay_dup(char **to, const char *text)
{
	*to = text == NULL ? NULL : strdup(text);
	return text == NULL || *to != NULL;
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
	relay->tls = conf->tls;
	relay->is_implicit = conf->is_implicit;
	relay->kick = tcs_timer_new(loop, relay_kicked, relay);
	relay->host = tcs_host_new(loop, conf->address, RELAY_PORT);
	if (!relay_dup(&relay->helo, conf->helo) ||
	    !relay_dup(&relay->user, conf->user) ||
	    !relay_dup(&relay->password, conf->password) ||
	    relay->host == NULL || relay->kick == NULL) {
		tcs_relay_free(&relay);
		return NULL;
	}
	relay->smtp = (struct tcs_smtp_conf){.helo = relay->helo,
	    .is_secure = conf->is_implicit,
	    .has_starttls = conf->tls != NULL && !conf->is_implicit,
	    .user = relay->user,
	    .password = relay->password};
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
	tcs_host_free(&r->host);
	tcs_timer_free(&r->kick);
	if (r->password != NULL)
		explicit_bzero(r->password, strlen(r->password));
	free(r->password);
	free(r->user);
	free(r->helo);
	free(r);
	*relay = NULL;
}

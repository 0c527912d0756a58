#include "collectors/mail_session.h"

#include <stdlib.h>
#include <string.h>

#include "core/conn.h"
#include "core/host.h"
#include "core/secret.h"
#include "core/tls.h"

enum { SESSION_PORT_TLS = 993, SESSION_PORT = 143 };

static const char *
session_fault(const struct tcs_mail_conf *conf)
{
	if (conf->server == NULL || conf->server[0] == '\0' ||
	    conf->user == NULL || conf->password_file == NULL)
		return "a mailbox needs server, user and password_file";
	if (tcs_host_fault(conf->server) != NULL)
		return tcs_host_fault(conf->server);
	if (conf->security == TCS_MAIL_CLEAR &&
	    !tcs_host_is_loopback(conf->server))
		return "tls = \"none\" would send the password in the clear; "
		       "write: tls = \"implicit\"";
	return NULL;
}

enum tcs_err
tcs_mail_session_init(struct tcs_mail_session *session, struct tcs_loop *loop,
    const struct tcs_mail_conf *conf, struct tcs_diag *diag)
{
	const char *fault = session_fault(conf);
	enum tcs_err err = TCS_OK;

	session->loop = loop;
	session->is_implicit = conf->security == TCS_MAIL_IMPLICIT;
	tcs_buf_init(&session->password, TCS_IMAP_SECRET_MAX);
	if (fault != NULL)
		return tcs_diag_add(diag, TCS_ECONFIG, NULL, 0, "%s", fault);
	if (conf->security != TCS_MAIL_CLEAR)
		err = tcs_tls_client_new(conf->ca_file, &session->tls, diag);
	if (err == TCS_OK)
		err = tcs_secret_read(
		    conf->password_file, &session->password, diag);
	if (err != TCS_OK)
		return err;
	session->host = tcs_host_new(loop, conf->server,
	    session->is_implicit ? SESSION_PORT_TLS : SESSION_PORT);
	session->user = strdup(conf->user);
	session->folder = strdup(conf->folder);
	if (session->host == NULL || session->user == NULL ||
	    session->folder == NULL)
		return TCS_ENOMEM;
	session->conf = (struct tcs_imap_conf){
	    .is_secure = session->is_implicit,
	    .has_starttls = conf->security == TCS_MAIL_STARTTLS,
	    .user = session->user,
	    .password = session->password.p,
	    .folder = session->folder,
	    .size_max = conf->size_max,
	    .mails_max = conf->mails_max,
	    .bytes_max = conf->bytes_max,
	};
	return TCS_OK;
}

/* True: the connection is still there. */
static bool
session_flush(struct tcs_mail_session *session)
{
	struct tcs_buf *out = &session->imap.out;
	bool is_well =
	    out->n == 0 || tcs_conn_write(session->conn, tcs_buf_view(out));

	tcs_buf_reset(out);
	if (is_well && session->imap.state == TCS_IMAP_STATE_TLS)
		is_well = tcs_conn_start_tls(session->conn);
	if (!is_well)
		tcs_imap_lost(
		    &session->imap, TCS_ENOMEM, tcs_strerror(TCS_ENOMEM));
	return session->imap.state != TCS_IMAP_STATE_CLOSED;
}

void
tcs_mail_session_go_on(struct tcs_mail_session *session)
{
	enum tcs_imap_state state = session->imap.state;

	if (state == TCS_IMAP_STATE_CLOSED || !session_flush(session))
		session->over(session->arg);
	else if (state == TCS_IMAP_STATE_READY ||
	         state == TCS_IMAP_STATE_IDLING)
		session->moved(session->arg);
}

static void
session_secured(void *arg)
{
	struct tcs_mail_session *session = arg;

	if (session->imap.state != TCS_IMAP_STATE_TLS)
		return; /* TLS from the first byte: the greeting comes */
	tcs_imap_secured(&session->imap);
	tcs_mail_session_go_on(session);
}

static void
session_received(void *arg, struct tcs_slice bytes)
{
	struct tcs_mail_session *session = arg;

	tcs_imap_receive(&session->imap, bytes);
	tcs_mail_session_go_on(session);
}

static void
session_written(void *arg)
{
	(void)arg;
}

static void
session_lost(void *arg, enum tcs_err err, const char *why)
{
	struct tcs_mail_session *session = arg;

	tcs_imap_lost(&session->imap, err, why);
	session->over(session->arg);
}

static void
session_timed_out(void *arg)
{
	struct tcs_mail_session *session = arg;

	session->timed_out(session->arg);
}

static const struct tcs_conn_ops session_ops = {
    .secured = session_secured,
    .received = session_received,
    .written = session_written,
    .lost = session_lost,
    .timed_out = session_timed_out,
};

void
tcs_mail_session_open(struct tcs_mail_session *session, int64_t deadline_ms)
{
	const struct tcs_conn_conf conf = {.loop = session->loop,
	    .host = session->host,
	    .tls = session->tls,
	    .is_implicit = session->is_implicit,
	    .ops = &session_ops,
	    .arg = session};

	tcs_imap_init(&session->imap, &session->conf);
	session->is_open = true;
	session->conn = tcs_conn_new(&conf);
	tcs_mail_session_deadline(session, deadline_ms);
	if (session->conn == NULL || !tcs_conn_open(session->conn))
		session_lost(session, TCS_ENOMEM, tcs_strerror(TCS_ENOMEM));
}

void
tcs_mail_session_deadline(struct tcs_mail_session *session, int64_t after_ms)
{
	if (session->conn != NULL)
		tcs_conn_deadline(session->conn, after_ms);
}

void
tcs_mail_session_close(struct tcs_mail_session *session)
{
	tcs_conn_free(&session->conn);
	if (session->is_open)
		tcs_imap_fini(&session->imap);
	session->is_open = false;
}

void
tcs_mail_session_fini(struct tcs_mail_session *session)
{
	tcs_mail_session_close(session);
	tcs_host_free(&session->host);
	tcs_tls_free(&session->tls);
	if (session->password.p != NULL)
		explicit_bzero(session->password.p, session->password.n);
	tcs_buf_fini(&session->password);
	free(session->user);
	free(session->folder);
}

/* mail_session.h - one connection to a mailbox, up to its open folder and as
 * far as its owner then goes. */
#ifndef TOCSIN_COLLECTORS_MAIL_SESSION_H
#define TOCSIN_COLLECTORS_MAIL_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/imap.h"
#include "collectors/mail.h"
#include "core/err.h"

struct tcs_conn;
struct tcs_host;
struct tcs_loop;
struct tcs_tls;

struct tcs_mail_session {
	struct tcs_loop *loop;
	struct tcs_tls *tls; /* NULL: in the clear */
	struct tcs_host *host;
	struct tcs_conn *conn;
	bool is_implicit, is_open;
	char *user, *folder;
	struct tcs_buf password;
	struct tcs_imap_conf conf;
	struct tcs_imap imap;
	/* The owner's, called from the loop; each may close the session. */
	void (*moved)(void *arg); /* READY, IDLING, or news */
	void (*over)(void *arg);  /* imap.state is CLOSED: imap.err, why */
	void (*timed_out)(void *arg);
	void *arg;
};

/* Fill the zeroed `session` but for its callbacks and conf.mail; nothing is
 * connected. TCS_ECONFIG with a finding. Close it in every case. */
enum tcs_err tcs_mail_session_init(struct tcs_mail_session *session,
    struct tcs_loop *loop, const struct tcs_mail_conf *conf,
    struct tcs_diag *diag) TCS_MUST_USE;
/* Connect, with this first deadline. Calls back from the loop, or before it
 * returns. */
void tcs_mail_session_open(
    struct tcs_mail_session *session, int64_t deadline_ms);
/* Write what the machine has to say. After each of tcs_imap_fetch(), …. */
void tcs_mail_session_go_on(struct tcs_mail_session *session);
void tcs_mail_session_deadline(
    struct tcs_mail_session *session, int64_t after_ms);
/* Drop the connection; it can be opened again. */
void tcs_mail_session_close(struct tcs_mail_session *session);
void tcs_mail_session_fini(struct tcs_mail_session *session);

#endif

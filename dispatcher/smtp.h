/* smtp.h - the client's side of ESMTP (RFC 5321) without a socket: it is given
 * the server's bytes, makes the client's, and says what became of each mail.
 * Pure: every transition can be tested and fuzzed.
 *
 *           .----- STARTTLS -> TLS (secured() says EHLO again)
 *           v      ^
 *   BANNER -> EHLO -> READY --send()--> MAIL -> RCPT -> DATA -> CONTENT
 *                v      ^ ^               |       |      |         | commit()
 *               AUTH ---' |    refused    v       v      v         v
 *                         +-- RSET <------+-------+------'        DOT
 *                         '---------------------------------------'
 *   any -> CLOSED: 421, protocol fault, lost(); READY -> QUIT -> CLOSED
 *
 * STARTTLS when the configuration asks for it and never else; what came behind
 * its answer in the clear ends the connection (RFC 3207 5). AUTH (RFC 4954)
 * when there are credentials.
 * With PIPELINING offered, MAIL, RCPT and DATA leave together and the states
 * say which answer is awaited. The final dot leaves by commit() only, when the
 * caller knows that the content is gone and that it may still send. */
#ifndef TOCSIN_DISPATCHER_SMTP_H
#define TOCSIN_DISPATCHER_SMTP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/slice.h"
#include "dispatcher/channel.h"
#include "dispatcher/smtp_reply.h"

/* The formatter never comes to rest on this list. */
/* clang-format off */
#define TCS_SMTP_STATES(X) \
	X(BANNER) \
	X(EHLO) \
	X(STARTTLS) \
	X(TLS) \
	X(AUTH) \
	X(READY) \
	X(MAIL) \
	X(RCPT) \
	X(DATA) \
	X(CONTENT) \
	X(DOT) \
	X(RSET) \
	X(QUIT) \
	X(CLOSED)
/* clang-format on */
#define TCS_SMTP_ENUM(name) TCS_SMTP_##name,
enum tcs_smtp_state { TCS_SMTP_STATES(TCS_SMTP_ENUM) TCS_SMTP_STATE_COUNT };
#undef TCS_SMTP_ENUM

struct tcs_smtp_mail {
	const char *from, *to;
	struct tcs_slice message; /* whole lines, CRLF; not dot-stuffed */
};

/* Borrowed as long as the machine is. */
struct tcs_smtp_conf {
	const char *helo;
	bool is_secure;              /* TLS stands before the first byte */
	bool has_starttls;           /* nothing but EHLO leaves in the clear */
	const char *user, *password; /* NULL: no AUTH */
};

struct tcs_smtp {
	enum tcs_smtp_state state; /* read it; only smtp.c changes it */
	struct tcs_buf out;        /* to be written; the caller empties it */
	const struct tcs_smtp_conf *conf;
	bool is_secure;
	struct tcs_smtp_reader reader;
	const struct tcs_smtp_mail *mail; /* from send() to its outcome */
	bool has_pipelining, has_utf8;    /* what EHLO offered */
	bool has_starttls, has_plain, has_login;
	unsigned asked;    /* for credentials, by AUTH */
	uint64_t size_max; /* 0: not said */
	bool is_failed;    /* this transaction was refused */
	bool is_answered;  /* a reply came since send() */
	unsigned mails;    /* begun on this connection */
	/* Set when a mail's fate is known, or when the relay refused before
	 * any was begun; cleared by tcs_smtp_clear(). */
	bool has_outcome;
	enum tcs_verdict verdict;
	struct tcs_buf reason; /* one line, without address */
};

enum { TCS_SMTP_MESSAGE_MAX = 1024 * 1024 };

/* What a credential may be long; more makes no line that servers take. */
enum { TCS_SMTP_SECRET_MAX = 512 };

void tcs_smtp_init(struct tcs_smtp *smtp, const struct tcs_smtp_conf *conf);
void tcs_smtp_fini(struct tcs_smtp *smtp);
/* Bytes of the server, any cut. */
void tcs_smtp_receive(struct tcs_smtp *smtp, struct tcs_slice bytes);
/* Only in TLS: the handshake is done. */
void tcs_smtp_secured(struct tcs_smtp *smtp);
/* Begin a mail, borrowed until its outcome. Only in READY. */
void tcs_smtp_send(struct tcs_smtp *smtp, const struct tcs_smtp_mail *mail);
/* Only in CONTENT, `out` written: put the final dot into `out`. From here on
 * the mail may have been taken. */
void tcs_smtp_commit(struct tcs_smtp *smtp);
/* Only in READY: say good-bye. */
void tcs_smtp_quit(struct tcs_smtp *smtp);
/* The connection is gone, or will be dropped now, for `why`. */
void tcs_smtp_lost(struct tcs_smtp *smtp, const char *why);
/* The same, when every other connection would fare as this one. */
void tcs_smtp_down(struct tcs_smtp *smtp, const char *why);
/* The outcome was read. */
void tcs_smtp_clear(struct tcs_smtp *smtp);

#endif

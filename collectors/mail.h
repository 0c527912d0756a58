/* mail.h - the mailbox as a source: what came since a position, and word of
 * what comes. IMAP on the loop; the position is UIDVALIDITY and UID, as text.
 *
 * A mailbox that is new to us, or whose UIDVALIDITY changed (it was restored or
 * moved, and every mail has another UID), is read from some days before on: to
 * begin at its end would lose what came meanwhile, and a mail that was read
 * already is known by its Message-ID. */
#ifndef TOCSIN_COLLECTORS_MAIL_H
#define TOCSIN_COLLECTORS_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/slice.h"

struct tcs_loop;
struct tcs_mail_poll;  /* opaque */
struct tcs_mail_watch; /* opaque */

enum tcs_mail_security {
	TCS_MAIL_IMPLICIT, /* TLS from the first byte: port 993 */
	TCS_MAIL_STARTTLS, /* port 143, and nothing in the clear */
	TCS_MAIL_CLEAR,    /* to this machine only */
};

/* Strings are copied; the password is read from its file each time. */
struct tcs_mail_conf {
	const char *server; /* "imap.example", "127.0.0.1:1143" */
	enum tcs_mail_security security;
	const char *ca_file; /* NULL: the system's authorities */
	const char *user, *password_file;
	const char *folder;  /* UTF-8: "INBOX" */
	size_t size_max;     /* of a mail; of a larger one the headers */
	size_t mails_max;    /* of one poll; at most 100 */
	size_t bytes_max;    /* of one poll, about */
	int64_t lookback_ms; /* of a mailbox that is new to us */
	int64_t timeout_ms;  /* one poll */
};

enum { TCS_MAIL_CURSOR = 24 }; /* "4294967295:4294967295" and a NUL */

/* Borrowed during the call. */
struct tcs_mail_result {
	/* TCS_EDENIED: certificate, user or password refused, or no TLS;
	 * TCS_ENOTFOUND: the folder is not there; TCS_ETIMEOUT, TCS_EUNAVAIL:
	 * no answer; TCS_EPARSE, TCS_ELIMIT: not IMAP, or too much. */
	enum tcs_err err;
	const char *reason; /* when err is not TCS_OK, else "" */
	/* Each a mail as it came, oldest first, below headers of ours:
	 *   X-Tocsin-Received: when it came into the mailbox
	 *   X-Tocsin-Cut: bytes; only its headers follow, it is too large */
	const struct tcs_slice *bodies;
	size_t n;
	const char *cursor; /* to be kept with what the mails become */
	bool has_more;      /* more is there: poll again at once */
	bool is_renewed;    /* UIDVALIDITY changed */
};

typedef void tcs_mail_cb(void *arg, const struct tcs_mail_result *result);

/* Read what came after `cursor` (NULL or "": a mailbox that is new to us).
 * `cb` is called exactly once, from the loop, unless cancelled; the poll is
 * gone after it. TCS_ECONFIG, TCS_ENOMEM, or the password file's error: nothing
 * was started. */
enum tcs_err tcs_mail_start(struct tcs_loop *loop,
    const struct tcs_mail_conf *conf, const char *cursor, tcs_mail_cb *cb,
    void *arg, struct tcs_mail_poll **ret_poll,
    struct tcs_diag *diag) TCS_MUST_USE;
/* No callback follows. */
void tcs_mail_cancel(struct tcs_mail_poll *poll);

enum tcs_mail_news {
	TCS_MAIL_NEWS,     /* mail came: poll */
	TCS_MAIL_WATCHING, /* from here on it would be told: poll once */
	TCS_MAIL_LOST,     /* for `reason`; it is tried again by itself */
	TCS_MAIL_NO_IDLE,  /* the server cannot: nothing is told, ever */
};

typedef void tcs_mail_news_cb(
    void *arg, enum tcs_mail_news news, const char *reason);

/* Keep a connection on which the server tells of new mail (IDLE, RFC 2177),
 * made anew with growing waits when it is lost. `cb` is called from the loop;
 * it must not free the watch. */
enum tcs_err tcs_mail_watch_new(struct tcs_loop *loop,
    const struct tcs_mail_conf *conf, tcs_mail_news_cb *cb, void *arg,
    struct tcs_mail_watch **ret_watch, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_mail_watch_free(struct tcs_mail_watch **watch); /* NULL-safe */

#endif

/* imap.h - the client's side of IMAP4rev1 (RFC 3501) without a socket: it is
 * given the server's bytes, makes the client's, and hands mails on. Pure: every
 * transition can be tested and fuzzed.
 *
 *             .-- STARTTLS -> TLS (secured() asks CAPABILITY again)
 *             v      ^
 *   GREETING -> CAPABILITY -> LOGIN -> EXAMINE -> READY
 *
 *   READY --fetch()--> SEARCH -> SIZES -> MAIL … MAIL -> READY
 *   READY --idle()---> IDLE -> IDLING --stop_idle()--> DONE -> READY
 *   READY --logout()-> LOGOUT -> CLOSED; any -> CLOSED: BYE, fault, lost()
 *
 * The mailbox is only looked at: EXAMINE, BODY.PEEK. Nothing is marked as seen,
 * moved or deleted. STARTTLS when the configuration asks for it and never else;
 * what came behind its answer in the clear ends the connection. */
#ifndef TOCSIN_COLLECTORS_IMAP_H
#define TOCSIN_COLLECTORS_IMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/imap_reply.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/slice.h"

/* The formatter never comes to rest on this list. */
/* clang-format off */
#define TCS_IMAP_STATES(X) \
	X(GREETING) \
	X(CAPABILITY) \
	X(STARTTLS) \
	X(TLS) \
	X(LOGIN) \
	X(EXAMINE) \
	X(READY) \
	X(SEARCH) \
	X(SIZES) \
	X(MAIL) \
	X(IDLE) \
	X(IDLING) \
	X(DONE) \
	X(LOGOUT) \
	X(CLOSED)
/* clang-format on */
#define TCS_IMAP_ENUM(name) TCS_IMAP_STATE_##name,
enum tcs_imap_state { TCS_IMAP_STATES(TCS_IMAP_ENUM) TCS_IMAP_STATE_COUNT };
#undef TCS_IMAP_ENUM

enum {
	TCS_IMAP_BATCH_MAX = 100,  /* mails of one fetch() */
	TCS_IMAP_SECRET_MAX = 512, /* bytes of user, of password */
	TCS_IMAP_FOLDER_MAX = 255,
};

/* One mail, borrowed during the call. */
struct tcs_imap_mail {
	uint32_t uid;
	uint64_t size;         /* as the server says; 0: it does not */
	struct tcs_slice date; /* INTERNALDATE; p NULL: not said */
	struct tcs_slice bytes;
	bool is_headers; /* too large: no body. Empty: it cannot be read */
};

/* Borrowed as long as the machine is. */
struct tcs_imap_conf {
	bool is_secure;    /* TLS stands before the first byte */
	bool has_starttls; /* nothing but CAPABILITY leaves in the clear */
	const char *user, *password;
	const char *folder; /* UTF-8 */
	size_t size_max;    /* of a mail; of a larger one the headers */
	size_t mails_max;   /* of one fetch(); at most TCS_IMAP_BATCH_MAX */
	size_t bytes_max;   /* of one fetch(), about */
	/* False: out of memory. */
	bool (*mail)(void *arg, const struct tcs_imap_mail *mail);
	void *arg;
};

struct tcs_imap_position {
	uint32_t uidvalidity, uid; /* 0: none yet */
};

struct tcs_imap {
	enum tcs_imap_state state; /* read it; only imap.c changes it */
	struct tcs_buf out;        /* to be written; the caller empties it */
	const struct tcs_imap_conf *conf;
	struct tcs_imap_reader reader;
	bool is_secure, is_known; /* TLS stands; logged in */
	bool has_starttls, has_plain, has_ir, has_idle, is_login_disabled;
	unsigned tag;  /* of the last command */
	unsigned step; /* of LOGIN: what the server asked for so far */
	uint32_t uidvalidity, uidnext, exists;

	/* Of fetch(): what is to be read, in order, and how far it is. */
	uint32_t uids[TCS_IMAP_BATCH_MAX];
	uint64_t sizes[TCS_IMAP_BATCH_MAX];
	bool has_size[TCS_IMAP_BATCH_MAX];
	size_t uids_n, at;
	size_t bytes;
	bool is_headers, has_got; /* what is asked of `at`; it came */
	bool has_more;            /* mails are left for the next fetch() */
	bool is_renewed;          /* UIDVALIDITY is another than before */
	struct tcs_imap_position position; /* after what was read */

	bool has_news;      /* IDLING: more mails than before */
	enum tcs_err err;   /* CLOSED: why; TCS_OK after logout() */
	struct tcs_buf why; /* CLOSED: one line, English */
};

void tcs_imap_init(struct tcs_imap *imap, const struct tcs_imap_conf *conf);
void tcs_imap_fini(struct tcs_imap *imap);
/* Bytes of the server, any cut. */
void tcs_imap_receive(struct tcs_imap *imap, struct tcs_slice bytes);
/* Only in TLS: the handshake is done. */
void tcs_imap_secured(struct tcs_imap *imap);
/* Only in READY: read the mails after `since`, the oldest first, and of an
 * unknown or renewed mailbox those that came on the day `day` ("27-Nov-2026")
 * or later. Each goes to conf->mail; READY again, `position` and `has_more`
 * are how far that was. */
void tcs_imap_fetch(struct tcs_imap *imap,
    const struct tcs_imap_position *since, const char *day);
/* Only in READY, and when has_idle: has_news tells of new mail. */
void tcs_imap_idle(struct tcs_imap *imap);
void tcs_imap_stop_idle(struct tcs_imap *imap); /* only in IDLING */
void tcs_imap_logout(struct tcs_imap *imap);    /* only in READY */
/* The connection is gone, or will be dropped now, for `why`. */
void tcs_imap_lost(struct tcs_imap *imap, enum tcs_err err, const char *why);

/* A folder's name as IMAP has it (modified UTF-7, RFC 3501 5.1.3), between
 * quotes. TCS_EINVAL: not UTF-8, or a control character. */
enum tcs_err tcs_imap_folder(const char *name, struct tcs_buf *buf);

#endif

/* player_imap.h - an episode's mailbox: a small IMAP server on loopback, of
 * what our client asks (RFC 3501: CAPABILITY, AUTHENTICATE PLAIN, EXAMINE, UID
 * SEARCH, UID FETCH, LOGOUT). Any password is right, one folder holds all. */
#ifndef TOCSIN_CLI_PLAYER_IMAP_H
#define TOCSIN_CLI_PLAYER_IMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/episode.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/slice.h"

struct tcs_loop;
struct tcs_player_imap; /* opaque */

/* Listens on a free port of 127.0.0.1; the folder is empty. `dir` is the folder
 * of the documents, borrowed. */
enum tcs_err tcs_player_imap_open(struct tcs_loop *loop, const char *dir,
    struct tcs_player_imap **ret_imap, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_player_imap_close(struct tcs_player_imap **imap); /* NULL-safe */
uint16_t tcs_player_imap_port(const struct tcs_player_imap *imap);
/* From now on the event's mail is there, come at its instant. */
enum tcs_err tcs_player_imap_add(struct tcs_player_imap *imap,
    const struct tcs_episode_event *event, struct tcs_diag *diag) TCS_MUST_USE;

/* ---- without a socket ---- */

enum { TCS_PLAYER_MAILS_MAX = 500 };

struct tcs_player_mail {
	struct tcs_buf body; /* lines end with CR LF */
	int64_t at_ms;
};

/* The mail at [i] has UID i + 1. All zero at first. */
struct tcs_player_mailbox {
	struct tcs_player_mail mails[TCS_PLAYER_MAILS_MAX];
	uint32_t n;
};

/* TCS_ELIMIT: it is full. */
enum tcs_err tcs_player_mailbox_add(struct tcs_player_mailbox *mailbox,
    struct tcs_slice mail, int64_t at_ms) TCS_MUST_USE;
void tcs_player_mailbox_fini(struct tcs_player_mailbox *mailbox);

/* What is said to one line of the client, without its end, goes to `out`.
 * False: the connection is over then. */
bool tcs_player_imap_answer(const struct tcs_player_mailbox *mailbox,
    struct tcs_slice line, struct tcs_buf *out);

#endif

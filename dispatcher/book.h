/* book.h - the proposals of one thread that wait for a decision, and the last
 * ones that did, so that a hash read before a revision still finds its text.
 *
 * A decision binds a text. If the text that is current is another one by then,
 * it holds for it too, unless the new one asks more than was read: a higher
 * level, a larger territory, a new action or instruction. */
#ifndef TOCSIN_DISPATCHER_BOOK_H
#define TOCSIN_DISPATCHER_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/proposal.h"
#include "core/slice.h"
#include "dispatcher/stages.h"

#define TCS_BOOK_STATES(X)                                                     \
	X(WAITING, "waiting")                                                  \
	X(WAIT, "wait")                                                        \
	X(APPROVED, "approved")                                                \
	X(REJECTED, "rejected")                                                \
	X(SUPERSEDED, "superseded")                                            \
	X(WITHDRAWN, "withdrawn")                                              \
	X(EXPIRED, "expired")

#define TCS_BOOK_ENUM(name, word) TCS_BOOK_##name,
enum tcs_book_state { TCS_BOOK_STATES(TCS_BOOK_ENUM) TCS_BOOK_STATE_COUNT };
#undef TCS_BOOK_ENUM

enum { TCS_BOOK_PAST_MAX = 16 }; /* closed proposals kept of a thread */

/* One proposal; owns its strings. */
struct tcs_booked {
	enum tcs_book_state state;
	/* A decision on it may still come: WAITING, WAIT, and REJECTED as long
	 * as it is the raise's last word, for an authority that thinks again.
	 */
	bool is_open;
	unsigned number;
	int64_t expires_ms; /* prolonged, maybe; the text's own is in `cap` */
	int64_t proposed_ms;
	struct tcs_stages stages;
	char *id, *rule, *raise, *nature, *action;
	char hash[65]; /* of the text: tcs_proposal_text_hash() */
	char *level, *audience, *instruction, *headline, *departement;
	char **insee;
	size_t insee_n;
	char *cap; /* the document; NULL once it is not open */
	size_t cap_n;
};

struct tcs_book {
	struct tcs_booked **items; /* owned, oldest first, n of them */
	size_t n;
};

const char *tcs_book_state_name(enum tcs_book_state state);
/* False: no such word. */
bool tcs_book_state_parse(const char *word, enum tcs_book_state *ret_state);

/* A WAITING one, copied. NULL when out of memory. */
struct tcs_booked *tcs_booked_new(
    const struct tcs_proposal *proposal, struct tcs_slice cap);
void tcs_booked_free(struct tcs_booked **booked); /* NULL-safe */

void tcs_book_fini(struct tcs_book *book);
/* Takes `booked`. The oldest closed ones beyond the limit are forgotten. */
enum tcs_err tcs_book_add(
    struct tcs_book *book, struct tcs_booked *booked) TCS_MUST_USE;
/* The open one of a raise, or NULL. */
struct tcs_booked *tcs_book_open_of(
    const struct tcs_book *book, const char *raise);
struct tcs_booked *tcs_book_find(const struct tcs_book *book, const char *id);
/* No longer open, and the document given up. What was rejected stays so. */
void tcs_book_close(struct tcs_booked *booked, enum tcs_book_state state);

enum tcs_binding_kind {
	TCS_BINDING_NONE,    /* no text of that hash: it may still come */
	TCS_BINDING_REFUSED, /* see `reason` */
	TCS_BINDING_HOLDS,   /* for `current` */
};

struct tcs_binding {
	enum tcs_binding_kind kind;
	struct tcs_booked *read;    /* what that hash was; NULL with NONE */
	struct tcs_booked *current; /* what waits now, or NULL */
	const char *reason;
};

/* Which proposal a decision about the text `hash` (6 digits) is for. */
struct tcs_binding tcs_book_bind(const struct tcs_book *book, const char *hash);
/* NULL: whoever agreed to `read` agreed to `now`. Else what it asks more. */
const char *tcs_book_exceeds(
    const struct tcs_booked *read, const struct tcs_booked *now);

#endif

/* thread.h - one event in one place: what signals make of it. Values and
 * decisions only; what is kept of it in the store is its JSON. */
#ifndef TOCSIN_RULES_THREAD_H
#define TOCSIN_RULES_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/signal.h"
#include "core/slice.h"
#include "rules/match.h"

struct tcs_arena;

#define TCS_THREAD_STATES(X)                                                   \
	X(OPEN, "open")       /* the condition holds */                        \
	X(TO_LIFT, "to-lift") /* it does not any more, or the source ended it  \
	                       */

#define TCS_THREAD_ENUM(id, name) TCS_THREAD_##id,
enum tcs_thread_state {
	TCS_THREAD_STATES(TCS_THREAD_ENUM) TCS_THREAD_STATE_COUNT
};
#undef TCS_THREAD_ENUM

/* What a signal is to a rule and its thread. */
#define TCS_MOVES(X)                                                           \
	X(NONE, "none")       /* nothing to open */                            \
	X(UNKNOWN, "unknown") /* nothing open, and it cannot be told */        \
	X(EXPIRED, "expired") /* would open, but is past its expiry */         \
	X(SEEN, "seen")       /* the same signal again */                      \
	X(STALE, "stale")     /* older than what the thread knows */           \
	X(OPENED, "opened")                                                    \
	X(UPDATED, "updated")   /* a revision; the state stays */              \
	X(CEASED, "ceased")     /* open, then to lift */                       \
	X(REOPENED, "reopened") /* to lift, then open */                       \
	X(ENDED, "ended")       /* the source's own end: to lift */

#define TCS_MOVE_ENUM(id, name) TCS_MOVE_##id,
enum tcs_move { TCS_MOVES(TCS_MOVE_ENUM) TCS_MOVE_COUNT };
#undef TCS_MOVE_ENUM

enum {
	TCS_THREAD_SEEN_MAX = 16,
	TCS_THREAD_RAISES_MAX = 32,
	TCS_THREAD_JSON_MAX = 64 * 1024,
};

/* What was last proposed of one raise. */
struct tcs_thread_raise {
	const char *raise;     /* its id in the rule */
	const char *action;    /* TCS_ACTION_RAISE or TCS_ACTION_LIFT */
	const char *content;   /* 16 hex over what it says */
	const char *reference; /* "sender,identifier,sent" */
	unsigned number;       /* of proposals so far */
	int64_t expires_ms;
};

/* Strings are borrowed: from an arena, or from the signal behind it. */
struct tcs_thread {
	const char *id; /* opening signal's identifier '/' rule id */
	char hash[9];   /* 8 hex of it */
	char code[4];
	const char *key; /* record's key: département or FR */
	const char *rule, *source, *zone, *zone_name, *phenomenon;
	const char *report;         /* of a field report: its id; or NULL */
	const char *level, *signal; /* of the last revision */
	enum tcs_thread_state state;
	int64_t opened_ms;
	int64_t issued_ms, sent_ms; /* of the last revision */
	int64_t expires_ms;         /* of the last revision */
	int64_t forget_ms;          /* when nothing more is expected */
	const char *seen[TCS_THREAD_SEEN_MAX]; /* 16 hex, oldest first */
	size_t seen_n;
	struct tcs_thread_raise raises[TCS_THREAD_RAISES_MAX];
	size_t raises_n;
};

/* What `signal` is to `thread`, or to no thread when that is NULL. `may_open`:
 * its place is the observatory's. */
enum tcs_move tcs_thread_decide(const struct tcs_thread *thread,
    const struct tcs_signal *signal, struct tcs_verdict verdict, int64_t now_ms,
    bool may_open);
/* Fill in a new thread, but its code. TCS_ENOMEM. */
enum tcs_err tcs_thread_open(struct tcs_thread *thread, const char *rule,
    const struct tcs_signal *signal, struct tcs_arena *arena) TCS_MUST_USE;
/* Make the move in `thread`. `move` is OPENED or a later one. */
enum tcs_err tcs_thread_move(struct tcs_thread *thread, enum tcs_move move,
    const struct tcs_signal *signal, struct tcs_arena *arena) TCS_MUST_USE;
const char *tcs_move_name(enum tcs_move move);
/* Does the move change a thread? */
bool tcs_move_is_revision(enum tcs_move move);

/* Drop what is kept of raises that `rule` has no more, if room is needed for
 * those that it has. */
void tcs_thread_raises_fit(
    struct tcs_thread *thread, const struct tcs_rule *rule);
/* The raise's slot, added when it is new; NULL when there are too many. */
struct tcs_thread_raise *tcs_thread_raise_slot(
    struct tcs_thread *thread, const char *raise);

/* The signal's expiry; 24 h after it was sent when it has none. */
int64_t tcs_signal_expiry(const struct tcs_signal *signal);
bool tcs_signal_is_system(const struct tcs_signal *signal);

/* Names the place in time and space of a thread: 64 hex over rule, source,
 * zone, phenomenon and key. Each field report is an event of its own. */
void tcs_thread_place(
    const char *rule, const struct tcs_signal *signal, char place[65]);
void tcs_thread_own_place(const struct tcs_thread *thread, char place[65]);

/* As in `rule:threads`. */
enum tcs_err tcs_thread_write(
    const struct tcs_thread *thread, struct tcs_buf *buf) TCS_MUST_USE;
/* TCS_EPARSE with a finding. Strings live in `arena`. */
enum tcs_err tcs_thread_read(struct tcs_slice json, const char *key,
    struct tcs_arena *arena, struct tcs_thread *ret_thread,
    struct tcs_diag *diag) TCS_MUST_USE;

#endif

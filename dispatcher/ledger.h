/* ledger.h - what the dispatcher knows of one owned unit, in memory. The truth
 * is the store's `ledger:` hashes; this is what they say, and may run ahead of
 * them only until a step fails: then it is forgotten and read anew.
 *
 *   thread ── series (one per raise) ── version (the alerts not done with)
 *     │                                    │
 *     └──── lane (contact, channel) ────── row (deliveries that are not final)
 *
 * In a lane one row is in flight at a time. Final rows leave memory; the lane
 * remembers of them which version it may have had. Out of memory here stops
 * the process: nothing of it is lost, the store has it. */
#ifndef TOCSIN_DISPATCHER_LEDGER_H
#define TOCSIN_DISPATCHER_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/alert.h"
#include "core/bus.h"
#include "core/map.h"
#include "dispatcher/book.h"
#include "dispatcher/decision.h"
#include "dispatcher/delivery.h"
#include "dispatcher/letter.h"
#include "dispatcher/queue.h"
#include "dispatcher/recipients.h"
#include "dispatcher/stages.h"

struct tcs_dispatch;
struct tcs_flight;
struct tcs_setup;
struct tcs_turn;

enum {
	TCS_SERIES_MAX = 16, /* raises of one thread */
	TCS_CHUNK = 500,     /* rows changed by one step, about */
	/* Rows in memory; beyond, large alerts are expanded as these end. */
	TCS_ROWS_MAX = 200000,
	TCS_HOME_MAX = 32, /* bytes of a record's key */
};
/* How long what is over is remembered, after its expiry. */
#define TCS_KEEP_MS TCS_HOURS(48)
/* How long a decision waits for its proposal. */
#define TCS_PARK_MS TCS_HOURS(24)

/* One raise of one thread: versions of one message. */
struct tcs_series {
	unsigned index; /* in its thread */
	char *raise, *nature;
	unsigned number;    /* p<n> last read */
	unsigned version;   /* v<n> last made; 0: none */
	char *alert;        /* its identifier, or NULL */
	char *reference;    /* "sender,identifier,sent" of it, or NULL */
	bool is_lifted;     /* and it lifted what was said before */
	int64_t expires_ms; /* of it, as prolonged since */
	struct tcs_version *current; /* it, while in memory */
};

struct tcs_thread {
	char hash[9];
	char code[TCS_CODE_LEN + 1];
	char trace[17];
	char home[TCS_HOME_MAX];
	int64_t expires_ms; /* latest of all that is in it */
	struct tcs_series *series[TCS_SERIES_MAX];
	unsigned series_n;
	struct tcs_book book;
	TAILQ_HEAD(, tcs_lane) lanes;
};

/* One contact by one channel, in one thread. */
struct tcs_lane {
	char *key, *contact, *channel;
	struct tcs_thread *thread;
	char first_key[TCS_DELIVERY_KEY];  /* of its first delivery, or "" */
	unsigned versions[TCS_SERIES_MAX]; /* the last one addressed to it */
	uint32_t had;                      /* series it may have had one of */
	struct tcs_row *in_flight;         /* SENDING */
	struct tcs_row *ready;             /* in its channel's queue */
	TAILQ_HEAD(, tcs_row) rows;        /* not final */
	TAILQ_ENTRY(tcs_lane) next;
};

/* One alert version, while it has rows that are not final or are to be made. */
struct tcs_version {
	struct tcs_ledger *ledger;
	struct tcs_thread *thread;
	struct tcs_series *series;
	char *id, *feed;
	unsigned number;     /* v<n> */
	bool is_first_sight; /* held until a person resumes its feed */
	bool is_superseded;
	bool is_automatic; /* left without a decision */
	int64_t expires_ms, sent_ms, fetched_ms;
	struct tcs_stages stages;
	struct tcs_letter *letter;
	/* Expansion: who is addressed, and how far it is. */
	size_t recipients;
	bool is_expanded;
	bool is_stored;   /* with the cursor below */
	uint64_t written; /* turn that wrote it last */
	char *cursor;     /* the last contact done, or NULL: none yet */
	enum tcs_urgency cursor_urgency;
	struct tcs_recipient *plan; /* NULL: to be made */
	size_t plan_n, plan_at;
	struct tcs_setup *plan_setup; /* whose contacts the plan borrows */
	bool is_expanding;            /* in the ledger's list */
	bool is_settling;             /* it lost a row in this turn */
	TAILQ_ENTRY(tcs_version) expanding, settling;
	TAILQ_HEAD(, tcs_row) rows;
	size_t rows_n;
};

/* A change that waits for its turn, because there may be many. */
enum tcs_todo {
	TCS_TODO_NONE,
	TCS_TODO_SUPERSEDE,
	TCS_TODO_EXPIRE,
	TCS_TODO_RELEASE,
	TCS_TODO_INTERRUPT, /* found SENDING at take-over */
};

struct tcs_row {
	struct tcs_delivery d;
	struct tcs_version *version;
	struct tcs_lane *lane;
	enum tcs_todo todo;
	bool is_due;    /* WAITING, and its time has come */
	bool is_dirty;  /* changed in this turn */
	bool has_timer; /* one of its own is in the store */
	char *stored;   /* what the store must still hold of it, or NULL */
	struct tcs_queued *queued; /* in its channel's queue, or in flight */
	struct tcs_flight *flight; /* the attempt that has begun */
	struct tcs_turn *turn;     /* whose commit its attempt waits for */
	TAILQ_ENTRY(tcs_row) in_version, in_lane, in_dirty, in_todo, in_turn;
};

/* A feed whose first states a person released. */
struct tcs_feed_hold {
	char *name;
	int64_t released_ms; /* the last resume, or TCS_NO_TIME */
};

/* A decision that was read: its outcome, or that it waits. */
struct tcs_ruling {
	char *id;
	char home[TCS_HOME_MAX];
	int64_t read_ms;
	char *record; /* parked: the decision as read; else NULL */
};

struct tcs_ledger {
	unsigned magic;
	struct tcs_dispatch *dispatch;
	struct tcs_unit *unit;
	bool is_clean;           /* how the last owner left it */
	bool is_ready;           /* all of it is read */
	struct tcs_map threads;  /* by hash */
	struct tcs_map codes;    /* by code: the thread that has it now */
	struct tcs_map versions; /* by identifier */
	struct tcs_map rows;     /* by key */
	struct tcs_map lanes;    /* by "<thread hash>/<contact>/<channel>" */
	struct tcs_map feeds;    /* by name */
	struct tcs_map rulings;  /* by decision */
	size_t parked_n;
	TAILQ_HEAD(, tcs_row) dirty;
	TAILQ_HEAD(tcs_todo_list, tcs_row) todo;
	TAILQ_HEAD(, tcs_version) expanding, settling;
	/* The step under way, see turn.h. */
	struct tcs_step *step;
	unsigned depth;
	size_t budget; /* rows that this step may still change */
	bool is_own_step;
	bool is_pumped; /* opened to mark rows, among others' turns */
	uint64_t turn_number;
	struct tcs_turn *turn;
	TAILQ_HEAD(, tcs_turn) turns; /* committed, not yet answered */
	bool is_working; /* a turn that goes on with `todo` is under way */
	TAILQ_ENTRY(tcs_ledger) next;
};

enum { TCS_LEDGER_MAGIC = 0x6c656467 };

/* `p`; stops the process when it is NULL: out of memory. */
void *tcs_need(void *p);
char *tcs_need_dup(const char *text); /* NULL stays NULL */
void tcs_must(bool ok);               /* the same for what says yes or no */

/* The record's key, as the first part of a field's name. False: it is none. */
bool tcs_home_of(const struct tcs_record *record, char home[TCS_HOME_MAX]);

struct tcs_ledger *tcs_ledger_new(
    struct tcs_dispatch *dispatch, struct tcs_unit *unit);
/* Nothing of it is in a queue or in flight any more. */
void tcs_ledger_free(struct tcs_ledger **ledger);

struct tcs_thread *tcs_ledger_thread(
    const struct tcs_ledger *ledger, const char *hash); /* or NULL */
struct tcs_thread *tcs_ledger_add_thread(
    struct tcs_ledger *ledger, const char *home, const char *hash);
/* The thread's code, by which decisions name it. */
void tcs_ledger_set_code(
    struct tcs_ledger *ledger, struct tcs_thread *thread, const char *code);
/* With its lanes and book; it has no version or row any more. */
void tcs_ledger_drop_thread(
    struct tcs_ledger *ledger, struct tcs_thread *thread);

struct tcs_series *tcs_thread_series(
    const struct tcs_thread *thread, const char *raise); /* or NULL */
/* NULL: the thread has TCS_SERIES_MAX already. */
struct tcs_series *tcs_thread_add_series(
    struct tcs_thread *thread, const char *raise, const char *nature);
/* Replace what is owned by the series. */
void tcs_series_set(char **member, const char *text);

struct tcs_lane *tcs_ledger_lane(struct tcs_ledger *ledger,
    struct tcs_thread *thread, const char *contact, const char *channel);

/* Takes one reference of `letter`. */
struct tcs_version *tcs_ledger_add_version(struct tcs_ledger *ledger,
    struct tcs_series *series, const char *id, struct tcs_letter *letter);
/* It has no row any more. */
void tcs_ledger_drop_version(struct tcs_version *version);

/* Takes what `delivery` owns. */
struct tcs_row *tcs_ledger_add_row(struct tcs_version *version,
    struct tcs_lane *lane, const struct tcs_delivery *delivery);
void tcs_ledger_drop_row(struct tcs_row *row);
/* See at the end of the turn whether the version is done with. */
void tcs_ledger_settle(struct tcs_version *version);
struct tcs_delivery_about tcs_row_about(const struct tcs_row *row);
/* Remember in the lane what became of a delivery. */
void tcs_lane_note(struct tcs_lane *lane, const struct tcs_series *series,
    unsigned version, bool may_have_had);

struct tcs_feed_hold *tcs_ledger_feed(
    struct tcs_ledger *ledger, const char *name);
/* A first state fetched then still waits for its release. Compared by the
 * second, as decisions say their time. */
bool tcs_ledger_is_held(
    const struct tcs_ledger *ledger, const char *feed, int64_t fetched_ms);
struct tcs_ruling *tcs_ledger_add_ruling(
    struct tcs_ledger *ledger, const char *home, const char *id);
void tcs_ledger_drop_ruling(
    struct tcs_ledger *ledger, struct tcs_ruling *ruling);

#endif

/* world.h - everything around the dispatcher, in memory and at the test's pace:
 * a store, a bus, steps whose commits wait, a clock that is held, channels that
 * answer when told to. The handlers under test are the real ones. */
#ifndef TOCSIN_TESTS_DISPATCHER_WORLD_H
#define TOCSIN_TESTS_DISPATCHER_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/proposal.h"
#include "dispatcher/channel.h"
#include "dispatcher/dispatch.h"

#define WORLD_START_MS INT64_C(1795449600000) /* 2026-11-23 17:00 in Paris */

/* One attempt that a channel was asked for. */
struct world_try {
	struct tcs_attempt *attempt;
	const char *channel;
	char key[17];
	char target[128];
	char alert[TCS_ID_MAX];
	char thread_key[17]; /* "" for none */
	char subject[256];
	bool is_committed, is_cancelled, is_over;
};

struct world_record {
	char topic[32];
	char *key, *value;
	char *headers; /* "name=value\n…" */
};

enum { WORLD_TRIES_MAX = 4096 };
struct world {
	struct tcs_dispatch *dispatch;
	struct tcs_loop *loop;
	struct tcs_unit *unit;
	struct world_try tries[WORLD_TRIES_MAX];
	size_t tries_n;
	struct world_record *records;
	size_t records_n;
	int64_t lease_age_ms;
	size_t revocations; /* guards that were not met */
	/* Channels answer by themselves: commit, then this verdict. */
	bool is_auto;
	enum tcs_verdict verdict;
};
extern struct world world;

/* contacts: lines of tocsin.conf; NULL: two of each kind, see world.c. */
void world_open(const char *realm, const char *conf);
void world_close(void);

/* Take the unit over, as a new process would, from what the store has. */
void world_take(bool is_clean);
/* Lose the unit: `committed` of the steps under way reach the store. */
void world_lose(size_t committed);
void world_restart(bool is_clean); /* lose all that waits, take over */
/* Another configuration, as after SIGHUP. */
void world_reload(const char *conf);

/* A record comes; its step waits to be committed. Returns what the handler
 * said; on a rejection nothing waits. */
enum tcs_err world_record(
    const char *topic, const char *key, struct tcs_slice value);
void world_propose(const struct tcs_proposal *proposal);
/* verdict: "approve", …; `hash`: at least 6 digits of a text. */
void world_decide(
    const char *id, const char *code, const char *hash, const char *verdict);
void world_resume(const char *id, const char *feed);

size_t world_waiting(void);     /* steps not yet committed */
void world_commit(void);        /* the next of them */
void world_settle(void);        /* all, and what follows from them */
void world_advance(int64_t ms); /* the clock; then due timers, settled */

/* Attempts */
struct world_try *world_last(void);
size_t world_open_tries(void);
bool world_may_commit(struct world_try *try);
/* Ask, then answer. */
void world_answer(struct world_try *try, enum tcs_verdict verdict);

/* What the store holds. */
size_t world_count(const char *hash);
/* Rows in a state; of one contact unless NULL. */
size_t world_rows(const char *state, const char *contact);
bool world_has_timer(const char *part); /* a name holds `part` */
size_t world_timers(void);
/* A member of the one field whose text holds `part`, as text; "" if none. */
const char *world_member(const char *hash, const char *part, const char *name);
void world_forget_field(const char *hash, const char *part);

/* Records published whose value holds both texts (NULL: any). */
size_t world_published(const char *topic, const char *one, const char *two);

/* Text hash of a proposal. */
const char *world_hash(const struct tcs_proposal *proposal);

#endif

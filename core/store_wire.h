/* store_wire.h - the inside of a store's connection, for the files of
 * core/store only. */
#ifndef TOCSIN_CORE_STORE_WIRE_H
#define TOCSIN_CORE_STORE_WIRE_H

#include <stdarg.h>
#include <stdbool.h>
#include <sys/queue.h>

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include "core/store.h"

enum {
	STORE_MAGIC = 0x53544f52,
	STORE_SCRIPTS = 8,
	STORE_ARGS = 32,
	STORE_DEADLINE_MS = 5000,
	STORE_RETRY_MIN_MS = 50,
	STORE_RETRY_MAX_MS = 2000,
	STORE_SCHEMA = 1
};

/* One command on its way. Answers come in order: the first is the oldest. */
struct store_call {
	unsigned magic;
	TAILQ_ENTRY(store_call) next;
	struct tcs_store *store;
	tcs_store_cb *cb;
	void *arg;
	int64_t sent_ms;
	bool is_answered;
};

struct store_script {
	const char *text;
	char sha[64];
};

struct tcs_store {
	struct tcs_loop *loop;
	char *address, *user, *password, *realm;
	int64_t deadline_ms;
	tcs_store_state_cb *cb;
	void *arg;

	redisAsyncContext *ac; /* NULL while there is no connection */
	bool is_ready, is_dying, is_reported;
	char reason[256];
	unsigned handshake; /* answers still to come before READY */
	int64_t retry_ms;
	struct tcs_timer *retry, *deadline, *flush;
	TAILQ_HEAD(, store_call) calls;  /* sent, unanswered */
	TAILQ_HEAD(, store_call) failed; /* never sent: told at the next turn */
	struct store_script scripts[STORE_SCRIPTS];
	int scripts_n;
};

/* Between our opaque answers and hiredis' own. */
const redisReply *tcs_store_raw(const struct tcs_reply *reply);
const struct tcs_reply *tcs_store_reply(const redisReply *reply);
/* A copy that outlives its callback; NULL when out of memory. */
struct tcs_reply *tcs_store_reply_copy(const struct tcs_reply *reply);

struct event_base;
/* Have the loop drive a new connection; false: out of memory. */
bool tcs_store_attach(redisAsyncContext *ac, struct event_base *base);
/* Hand a command to the connection, READY or not. */
void tcs_store_submit(struct tcs_store *store, const struct tcs_slice *argv,
    size_t argc, tcs_store_cb *cb, void *arg);
/* Collect the words of a call that ends with NULL; returns how many. */
size_t tcs_store_words(va_list ap, struct tcs_slice words[STORE_ARGS]);
/* Note the state and tell of it if it is new; "" is READY. */
void tcs_store_report(struct tcs_store *store, const char *reason);
/* Give up the connection; everything unanswered fails with it. */
void tcs_store_drop(struct tcs_store *store, const char *reason);
/* On a new connection: AUTH, INFO, CONFIG GET, schema, scripts, then READY. */
void tcs_store_shake(struct tcs_store *store);

#endif

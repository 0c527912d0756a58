/* store.h - the state of an observatory: one Redis >= 7 on a UNIX socket or a
 * loopback address, spoken to asynchronously (hiredis on the loop).
 *
 * Commands are pipelined and answered in order. A connection that is lost is
 * made again with back-off; what was unanswered then fails with TCS_EUNAVAIL,
 * outcome unknown. Keys are given with the realm's prefix (tcs_store_key). */
#ifndef TOCSIN_CORE_STORE_H
#define TOCSIN_CORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/slice.h"

struct tcs_loop;
struct tcs_store; /* opaque */
struct tcs_reply; /* one answer; borrowed during a callback; opaque */

struct tcs_store_conf {
	const char *address;  /* "unix:/path" or "127.0.0.1:6379" */
	const char *user;     /* ACL user; NULL: default user, no AUTH */
	const char *password; /* NULL with `user` NULL */
	const char *realm;    /* prefix of every key: "tocsin." or "x-name." */
	int64_t deadline_ms;  /* of one command; 0: 5 s */
};

enum tcs_store_state {
	TCS_STORE_DOWN,  /* not connected, or refused: see the reason */
	TCS_STORE_READY, /* connected, settings verified */
};

/* `reason` is "" when READY. Called on each change, from the loop. */
typedef void tcs_store_state_cb(
    void *arg, enum tcs_store_state state, const char *reason);
/* err: TCS_OK, or TCS_EUNAVAIL (outcome unknown), TCS_EDENIED (ACL),
 * TCS_EINVAL (the server's error text is the reply's string). `reply` is NULL
 * when there is none. */
typedef void tcs_store_cb(
    void *arg, enum tcs_err err, const struct tcs_reply *reply);

/* Strings are copied; connects at once. NULL when out of memory. It is READY
 * only if the server is Redis >= 7 with appendonly yes, appendfsync always,
 * no-appendfsync-on-rewrite no, maxmemory-policy noeviction, checked at each
 * connection, and the realm's `schema` key is absent or this program's. */
struct tcs_store *tcs_store_new(struct tcs_loop *loop,
    const struct tcs_store_conf *conf, tcs_store_state_cb *cb, void *arg);
/* A second connection to the same server, as the same user. */
struct tcs_store *tcs_store_clone(
    const struct tcs_store *store, tcs_store_state_cb *cb, void *arg);
/* Callbacks get TCS_ECANCELED. Never from inside one of its callbacks. */
void tcs_store_free(struct tcs_store **store);
bool tcs_store_is_ready(const struct tcs_store *store);
const char *tcs_store_reason(const struct tcs_store *store);
const char *tcs_store_realm(const struct tcs_store *store);

/* Send one command; argv is copied. `cb` (may be NULL) is called exactly once,
 * from the loop, never inside. Not connected: TCS_EUNAVAIL at the next turn. */
void tcs_store_command(struct tcs_store *store, const struct tcs_slice *argv,
    size_t argc, tcs_store_cb *cb, void *arg);
/* The same with NUL-terminated words, the last one NULL. */
void tcs_store_send(struct tcs_store *store, tcs_store_cb *cb, void *arg, ...)
    __attribute__((sentinel));
/* For the CLI and tests only: runs the loop until the answer is here. The
 * caller owns *ret_reply (tcs_reply_free). */
enum tcs_err tcs_store_call(struct tcs_store *store,
    struct tcs_reply **ret_reply, ...) TCS_MUST_USE __attribute__((sentinel));
/* For the CLI and tests only: runs the loop until READY or `wait_ms` is over.
 * TCS_EUNAVAIL with the reason in `diag`. */
enum tcs_err tcs_store_wait(struct tcs_store *store, int64_t wait_ms,
    struct tcs_diag *diag) TCS_MUST_USE;

/* A script known to the server before READY; `text` must stay valid. Returns
 * its number for tcs_store_eval(). At most 8. Call before the loop runs. */
int tcs_store_script(struct tcs_store *store, const char *text);
/* EVALSHA with no keys: names travel as arguments, so that the user's rights
 * are checked at each command inside. argv is copied. */
void tcs_store_eval(struct tcs_store *store, int script,
    const struct tcs_slice *argv, size_t argc, tcs_store_cb *cb, void *arg);

enum tcs_reply_kind {
	TCS_REPLY_NIL,
	TCS_REPLY_STRING, /* bulk, status, error text */
	TCS_REPLY_INTEGER,
	TCS_REPLY_ARRAY
};
enum tcs_reply_kind tcs_reply_kind(const struct tcs_reply *reply);
struct tcs_slice tcs_reply_slice(const struct tcs_reply *reply); /* or empty */
int64_t tcs_reply_int(const struct tcs_reply *reply);            /* or 0 */
size_t tcs_reply_count(const struct tcs_reply *reply);           /* or 0 */
/* Element `i` of an array; NULL past its end. */
const struct tcs_reply *tcs_reply_at(const struct tcs_reply *reply, size_t i);
void tcs_reply_free(struct tcs_reply **reply); /* only those we own */

#endif

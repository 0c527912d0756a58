/* store.c - hiredis' asynchronous connection with what version 0.14 lacks:
 * deadlines, reconnection, and replies that outlive their callback.
 *
 *   DOWN --timer--> connecting --AUTH, INFO, CONFIG GET, GET schema,
 *     ^                 |          SCRIPT LOAD--> READY
 *     '--- lost, refused, or an answer past its deadline ---'
 */
#include "core/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <hiredis/adapters/libevent.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include "core/clock.h"
#include "core/loop.h"

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

static void store_connect(void *arg);

/* Replies */

static const redisReply *
reply_of(const struct tcs_reply *reply)
{
	return (const redisReply *)(const void *)reply;
}

enum tcs_reply_kind
tcs_reply_kind(const struct tcs_reply *reply)
{
	if (reply == NULL)
		return TCS_REPLY_NIL;
	switch (reply_of(reply)->type) {
	case REDIS_REPLY_STRING:
	case REDIS_REPLY_STATUS:
	case REDIS_REPLY_ERROR:
		return TCS_REPLY_STRING;
	case REDIS_REPLY_INTEGER:
		return TCS_REPLY_INTEGER;
	case REDIS_REPLY_ARRAY:
		return TCS_REPLY_ARRAY;
	default:
		return TCS_REPLY_NIL;
	}
}

struct tcs_slice
tcs_reply_slice(const struct tcs_reply *reply)
{
	if (tcs_reply_kind(reply) != TCS_REPLY_STRING)
		return tcs_slice(NULL, 0);
	return tcs_slice(reply_of(reply)->str, (size_t)reply_of(reply)->len);
}

int64_t
tcs_reply_int(const struct tcs_reply *reply)
{
	if (tcs_reply_kind(reply) != TCS_REPLY_INTEGER)
		return 0;
	return reply_of(reply)->integer;
}

size_t
tcs_reply_count(const struct tcs_reply *reply)
{
	if (tcs_reply_kind(reply) != TCS_REPLY_ARRAY)
		return 0;
	return reply_of(reply)->elements;
}

const struct tcs_reply *
tcs_reply_at(const struct tcs_reply *reply, size_t i)
{
	if (i >= tcs_reply_count(reply))
		return NULL;
	return (const struct tcs_reply *)(const void *)reply_of(reply)
	    ->element[i];
}

static redisReply *
reply_copy(const redisReply *from)
{
	redisReply *to = calloc(1, sizeof(*to));

	if (to == NULL)
		return NULL;
	to->type = from->type;
	to->integer = from->integer;
	if (from->str != NULL) {
		to->str =
		    tcs_slice_dup(tcs_slice(from->str, (size_t)from->len));
		to->len = to->str == NULL ? 0 : from->len;
	}
	if (from->type == REDIS_REPLY_ARRAY && from->elements > 0) {
		to->element = calloc(from->elements, sizeof(redisReply *));
		to->elements = to->element == NULL ? 0 : from->elements;
		for (size_t i = 0; i < to->elements; i++)
			to->element[i] = reply_copy(from->element[i]);
	}
	return to;
}

void
tcs_reply_free(struct tcs_reply **reply)
{
	if (reply == NULL || *reply == NULL)
		return;
	freeReplyObject(*reply);
	*reply = NULL;
}

/* State */

static void
store_report(struct tcs_store *store, const char *reason)
{
	bool is_new = !store->is_reported ||
	              (store->is_ready ? reason[0] != '\0'
	                               : strcmp(store->reason, reason) != 0) ||
	              (reason[0] == '\0') != store->is_ready;

	store->is_reported = true;
	store->is_ready = reason[0] == '\0';
	(void)snprintf(store->reason, sizeof(store->reason), "%s", reason);
	if (is_new && store->cb != NULL && !store->is_dying) {
		store->cb(store->arg,
		    store->is_ready ? TCS_STORE_READY : TCS_STORE_DOWN,
		    store->reason);
	}
}

/* Give up the connection; everything unanswered fails with it. */
static void
store_drop(struct tcs_store *store, const char *reason)
{
	redisAsyncContext *ac = store->ac;

	store->ac = NULL;
	store->handshake = 0;
	tcs_timer_stop(store->deadline);
	store_report(store, reason);
	if (ac != NULL) {
		ac->data = NULL;
		redisAsyncFree(ac); /* runs the callbacks with no reply */
	}
	if (store->is_dying)
		return;
	tcs_timer_start(store->retry, store->retry_ms);
	store->retry_ms = store->retry_ms * 2 > STORE_RETRY_MAX_MS
	                      ? STORE_RETRY_MAX_MS
	                      : store->retry_ms * 2;
}

/* Calls */

static enum tcs_err
store_reply_err(const redisReply *reply)
{
	if (reply == NULL)
		return TCS_EUNAVAIL;
	if (reply->type != REDIS_REPLY_ERROR)
		return TCS_OK;
	return strncmp(reply->str, "NOPERM", 6) == 0 ? TCS_EDENIED : TCS_EINVAL;
}

static void
store_answered(redisAsyncContext *ac, void *data, void *privdata)
{
	struct store_call *call = privdata;
	const redisReply *reply = data;

	(void)ac;
	tcs_assert(call->magic == STORE_MAGIC);
	struct tcs_store *store = call->store;
	TAILQ_REMOVE(&store->calls, call, next);
	enum tcs_err err = store_reply_err(reply);
	if (err == TCS_EUNAVAIL && store->is_dying)
		err = TCS_ECANCELED;
	if (call->cb != NULL)
		call->cb(call->arg, err,
		    (const struct tcs_reply *)(const void *)reply);
	free(call);
}

static void
store_watch_deadline(struct tcs_store *store)
{
	struct store_call *first = TAILQ_FIRST(&store->calls);

	if (first == NULL)
		return;
	tcs_timer_start(store->deadline,
	    first->sent_ms + store->deadline_ms - tcs_clock_boot_ms());
}

static void
store_deadline(void *arg)
{
	struct tcs_store *store = arg;
	struct store_call *first = TAILQ_FIRST(&store->calls);

	if (first == NULL)
		return;
	if (first->sent_ms + store->deadline_ms > tcs_clock_boot_ms()) {
		store_watch_deadline(store);
		return;
	}
	store_drop(store, "no answer within the deadline");
}

static void
store_flush_failed(void *arg)
{
	struct tcs_store *store = arg;

	while (!TAILQ_EMPTY(&store->failed)) {
		struct store_call *call = TAILQ_FIRST(&store->failed);
		TAILQ_REMOVE(&store->failed, call, next);
		if (call->cb != NULL) {
			call->cb(call->arg,
			    store->is_dying ? TCS_ECANCELED : TCS_EUNAVAIL,
			    NULL);
		}
		free(call);
	}
}

/* Hand a command to the connection, READY or not. */
static void
store_submit(struct tcs_store *store, const struct tcs_slice *argv, size_t argc,
    tcs_store_cb *cb, void *arg)
{
	struct store_call *call = calloc(1, sizeof(*call));
	const char **words = calloc(argc, sizeof(*words));
	size_t *lengths = calloc(argc, sizeof(*lengths));
	int rc = REDIS_ERR;

	tcs_assert(call != NULL && words != NULL && lengths != NULL);
	call->magic = STORE_MAGIC;
	call->store = store;
	call->cb = cb;
	call->arg = arg;
	call->sent_ms = tcs_clock_boot_ms();
	for (size_t i = 0; i < argc; i++) {
		words[i] = argv[i].p == NULL ? "" : argv[i].p;
		lengths[i] = argv[i].n;
	}
	if (store->ac != NULL) {
		bool is_first = TAILQ_EMPTY(&store->calls);
		TAILQ_INSERT_TAIL(&store->calls, call, next);
		rc = redisAsyncCommandArgv(
		    store->ac, store_answered, call, (int)argc, words, lengths);
		if (rc == REDIS_OK && is_first)
			store_watch_deadline(store);
		if (rc != REDIS_OK)
			TAILQ_REMOVE(&store->calls, call, next);
	}
	if (rc != REDIS_OK) {
		TAILQ_INSERT_TAIL(&store->failed, call, next);
		tcs_timer_start(store->flush, 0);
	}
	free(words);
	free(lengths);
}

void
tcs_store_command(struct tcs_store *store, const struct tcs_slice *argv,
    size_t argc, tcs_store_cb *cb, void *arg)
{
	if (store->is_ready) {
		store_submit(store, argv, argc, cb, arg);
		return;
	}
	struct store_call *call = calloc(1, sizeof(*call));
	tcs_assert(call != NULL);
	call->magic = STORE_MAGIC;
	call->store = store;
	call->cb = cb;
	call->arg = arg;
	TAILQ_INSERT_TAIL(&store->failed, call, next);
	tcs_timer_start(store->flush, 0);
}

static size_t
store_words(va_list ap, struct tcs_slice words[STORE_ARGS])
{
	size_t n = 0;

	for (const char *w = va_arg(ap, const char *); w != NULL;
	     w = va_arg(ap, const char *)) {
		tcs_assert(n < STORE_ARGS);
		words[n++] = tcs_slice_str(w);
	}
	return n;
}

void
tcs_store_send(struct tcs_store *store, tcs_store_cb *cb, void *arg, ...)
{
	struct tcs_slice words[STORE_ARGS];
	va_list ap;

	va_start(ap, arg);
	size_t n = store_words(ap, words);
	va_end(ap);
	tcs_store_command(store, words, n, cb, arg);
}

/* Handshake */

static void
store_shook(struct tcs_store *store)
{
	if (--store->handshake > 0)
		return;
	store->retry_ms = STORE_RETRY_MIN_MS;
	store_report(store, "");
}

static void store_refuse(struct tcs_store *store, const char *fmt, ...)
    TCS_PRINTF(2, 3);

static void
store_refuse(struct tcs_store *store, const char *fmt, ...)
{
	char reason[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	store->retry_ms = STORE_RETRY_MAX_MS;
	store_drop(store, reason);
}

/* True when the answer is usable; otherwise the connection is gone. */
static bool
store_shake_ok(struct tcs_store *store, const char *what, enum tcs_err err,
    const struct tcs_reply *reply)
{
	if (store->ac == NULL)
		return false;
	if (err == TCS_OK)
		return true;
	struct tcs_slice text = tcs_reply_slice(reply);
	store_refuse(store, "%s refused: %.*s", what, TCS_SLICE_ARG(text));
	return false;
}

static void
store_on_auth(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct tcs_store *store = arg;

	if (store_shake_ok(store, "AUTH", err, reply))
		store_shook(store);
}

static void
store_on_info(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct tcs_store *store = arg;

	if (!store_shake_ok(store, "INFO", err, reply))
		return;
	struct tcs_slice text = tcs_reply_slice(reply);
	const char *at = text.n == 0 ? NULL : strstr(text.p, "redis_version:");
	long major = at == NULL ? 0 : strtol(at + 14, NULL, 10);
	if (major < 7) {
		store_refuse(store,
		    "the store must be Redis 7 or newer, this is %ld: upgrade",
		    major);
		return;
	}
	store_shook(store);
}

static const struct {
	const char *name, *value;
} store_settings[] = {
    {"appendonly", "yes"},
    {"appendfsync", "always"},
    {"no-appendfsync-on-rewrite", "no"},
    {"maxmemory-policy", "noeviction"},
};

static void
store_on_config(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct tcs_store *store = arg;
	size_t found = 0;

	if (!store_shake_ok(store, "CONFIG GET", err, reply))
		return;
	for (size_t i = 0; i + 1 < tcs_reply_count(reply); i += 2) {
		struct tcs_slice name = tcs_reply_slice(tcs_reply_at(reply, i));
		struct tcs_slice value =
		    tcs_reply_slice(tcs_reply_at(reply, i + 1));
		for (size_t k = 0; k < 4; k++) {
			if (!tcs_slice_is(name, store_settings[k].name))
				continue;
			found++;
			if (tcs_slice_is(value, store_settings[k].value))
				continue;
			store_refuse(store,
			    "the store has %s %.*s: set %s %s in redis.conf",
			    store_settings[k].name, TCS_SLICE_ARG(value),
			    store_settings[k].name, store_settings[k].value);
			return;
		}
	}
	if (found < 4) {
		store_refuse(store, "the store hides its durability settings");
		return;
	}
	store_shook(store);
}

static void
store_on_schema(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct tcs_store *store = arg;
	char want[16];

	if (!store_shake_ok(store, "GET schema", err, reply))
		return;
	(void)snprintf(want, sizeof(want), "%d", STORE_SCHEMA);
	struct tcs_slice got = tcs_reply_slice(reply);
	if (got.n > 0 && !tcs_slice_is(got, want)) {
		store_refuse(store,
		    "the store has schema %.*s, this program %s: run tocsin "
		    "migrate",
		    TCS_SLICE_ARG(got), want);
		return;
	}
	store_shook(store);
}

struct store_load {
	struct tcs_store *store;
	int script;
};

static void
store_on_script(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct store_load *load = arg;
	struct tcs_store *store = load->store;
	struct tcs_slice sha = tcs_reply_slice(reply);

	int script = load->script;
	free(load);
	if (!store_shake_ok(store, "SCRIPT LOAD", err, reply))
		return;
	(void)snprintf(store->scripts[script].sha,
	    sizeof(store->scripts[script].sha), "%.*s", TCS_SLICE_ARG(sha));
	store_shook(store);
}

static void store_shake(struct tcs_store *store, tcs_store_cb *cb, void *arg,
    ...) __attribute__((sentinel));

static void
store_shake(struct tcs_store *store, tcs_store_cb *cb, void *arg, ...)
{
	struct tcs_slice words[STORE_ARGS];
	va_list ap;

	va_start(ap, arg);
	size_t n = store_words(ap, words);
	va_end(ap);
	store->handshake++;
	store_submit(store, words, n, cb, arg);
}

static void
store_begin(struct tcs_store *store)
{
	char schema[128];

	store->handshake = 1; /* itself: nothing completes before the end */
	if (store->user != NULL)
		store_shake(store, store_on_auth, store, "AUTH", store->user,
		    store->password, NULL);
	store_shake(store, store_on_info, store, "INFO", "server", NULL);
	store_shake(store, store_on_config, store, "CONFIG", "GET",
	    "appendonly", "appendfsync", "no-appendfsync-on-rewrite",
	    "maxmemory-policy", NULL);
	(void)snprintf(schema, sizeof(schema), "%sschema", store->realm);
	store_shake(store, store_on_schema, store, "GET", schema, NULL);
	for (int i = 0; i < store->scripts_n; i++) {
		struct store_load *load = calloc(1, sizeof(*load));
		tcs_assert(load != NULL);
		load->store = store;
		load->script = i;
		store_shake(store, store_on_script, load, "SCRIPT", "LOAD",
		    store->scripts[i].text, NULL);
	}
	store->handshake--;
}

/* Connection */

static void
store_connected(const redisAsyncContext *ac, int status)
{
	struct tcs_store *store = ac->data;

	if (store == NULL)
		return;
	if (status == REDIS_OK) {
		store_begin(store);
		return;
	}
	/* hiredis frees the context itself after this. */
	store->ac = NULL;
	char reason[200];
	(void)snprintf(reason, sizeof(reason), "cannot connect to %s: %s",
	    store->address, ac->errstr);
	store_drop(store, reason);
}

static void
store_disconnected(const redisAsyncContext *ac, int status)
{
	struct tcs_store *store = ac->data;

	(void)status;
	if (store == NULL)
		return;
	store->ac = NULL; /* hiredis frees it after this */
	store_drop(store, "connection lost");
}

static redisAsyncContext *
store_open(const struct tcs_store *store)
{
	if (strncmp(store->address, "unix:", 5) == 0)
		return redisAsyncConnectUnix(store->address + 5);

	const char *colon = strrchr(store->address, ':');
	uint64_t port;
	char host[64];
	if (colon == NULL ||
	    tcs_slice_u64(tcs_slice_str(colon + 1), 65535, &port) != TCS_OK)
		return NULL;
	(void)snprintf(host, sizeof(host), "%.*s",
	    (int)(colon - store->address), store->address);
	return redisAsyncConnect(host, (int)port);
}

static void
store_connect(void *arg)
{
	struct tcs_store *store = arg;
	char reason[200];

	redisAsyncContext *ac = store_open(store);
	if (ac == NULL || ac->err != 0) {
		(void)snprintf(reason, sizeof(reason),
		    "cannot connect to %s: %s", store->address,
		    ac == NULL ? "not an address" : ac->errstr);
		if (ac != NULL)
			redisAsyncFree(ac);
		store_drop(store, reason);
		return;
	}
	ac->data = store;
	store->ac = ac;
	if (redisLibeventAttach(ac, tcs_loop_base(store->loop)) != REDIS_OK ||
	    redisAsyncSetConnectCallback(ac, store_connected) != REDIS_OK ||
	    redisAsyncSetDisconnectCallback(ac, store_disconnected) != REDIS_OK)
		store_drop(store, "out of memory");
}

struct tcs_store *
tcs_store_new(struct tcs_loop *loop, const struct tcs_store_conf *conf,
    tcs_store_state_cb *cb, void *arg)
{
	struct tcs_store *store = calloc(1, sizeof(*store));

	if (store == NULL)
		return NULL;
	TAILQ_INIT(&store->calls);
	TAILQ_INIT(&store->failed);
	store->loop = loop;
	store->cb = cb;
	store->arg = arg;
	store->deadline_ms =
	    conf->deadline_ms > 0 ? conf->deadline_ms : STORE_DEADLINE_MS;
	store->retry_ms = STORE_RETRY_MIN_MS;
	store->address = strdup(conf->address);
	store->realm = strdup(conf->realm);
	if (conf->user != NULL) {
		store->user = strdup(conf->user);
		store->password =
		    strdup(conf->password == NULL ? "" : conf->password);
	}
	store->retry = tcs_timer_new(loop, store_connect, store);
	store->deadline = tcs_timer_new(loop, store_deadline, store);
	store->flush = tcs_timer_new(loop, store_flush_failed, store);
	if (store->address == NULL || store->realm == NULL ||
	    (conf->user != NULL &&
	        (store->user == NULL || store->password == NULL)) ||
	    store->retry == NULL || store->deadline == NULL ||
	    store->flush == NULL) {
		tcs_store_free(&store);
		return NULL;
	}
	(void)snprintf(
	    store->reason, sizeof(store->reason), "not connected yet");
	tcs_timer_start(store->retry, 0);
	return store;
}

struct tcs_store *
tcs_store_clone(
    const struct tcs_store *store, tcs_store_state_cb *cb, void *arg)
{
	const struct tcs_store_conf conf = {.address = store->address,
	    .user = store->user,
	    .password = store->password,
	    .realm = store->realm,
	    .deadline_ms = store->deadline_ms};

	return tcs_store_new(store->loop, &conf, cb, arg);
}

void
tcs_store_free(struct tcs_store **store)
{
	if (store == NULL || *store == NULL)
		return;
	struct tcs_store *s = *store;
	*store = NULL;
	s->is_dying = true;
	s->is_ready = false;
	if (s->ac != NULL) {
		redisAsyncContext *ac = s->ac;
		s->ac = NULL;
		ac->data = NULL;
		redisAsyncFree(ac);
	}
	store_flush_failed(s);
	tcs_timer_free(&s->retry);
	tcs_timer_free(&s->deadline);
	tcs_timer_free(&s->flush);
	free(s->address);
	free(s->user);
	if (s->password != NULL)
		explicit_bzero(s->password, strlen(s->password));
	free(s->password);
	free(s->realm);
	free(s);
}

bool
tcs_store_is_ready(const struct tcs_store *store)
{
	return store->is_ready;
}

const char *
tcs_store_reason(const struct tcs_store *store)
{
	return store->reason;
}

const char *
tcs_store_realm(const struct tcs_store *store)
{
	return store->realm;
}

/* Scripts */

int
tcs_store_script(struct tcs_store *store, const char *text)
{
	for (int i = 0; i < store->scripts_n; i++) {
		if (store->scripts[i].text == text)
			return i;
	}
	tcs_assert(store->scripts_n < STORE_SCRIPTS);
	store->scripts[store->scripts_n].text = text;
	return store->scripts_n++;
}

void
tcs_store_eval(struct tcs_store *store, int script,
    const struct tcs_slice *argv, size_t argc, tcs_store_cb *cb, void *arg)
{
	struct tcs_slice *words = calloc(argc + 3, sizeof(*words));

	tcs_assert(words != NULL && script < store->scripts_n);
	words[0] = tcs_slice_str("EVALSHA");
	words[1] = tcs_slice_str(store->scripts[script].sha);
	words[2] = tcs_slice_str("0");
	if (argc > 0)
		memcpy(words + 3, argv, argc * sizeof(*argv));
	tcs_store_command(store, words, argc + 3, cb, arg);
	free(words);
}

/* For programs that may wait */

struct store_wait {
	enum tcs_err err;
	struct tcs_reply *reply;
	bool is_done;
};

static void
store_call_done(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct store_wait *wait = arg;

	wait->err = err;
	wait->is_done = true;
	if (reply != NULL)
		wait->reply =
		    (struct tcs_reply *)(void *)reply_copy(reply_of(reply));
}

enum tcs_err
tcs_store_call(struct tcs_store *store, struct tcs_reply **ret_reply, ...)
{
	struct store_wait wait = {.err = TCS_OK};
	struct tcs_slice words[STORE_ARGS];
	va_list ap;

	va_start(ap, ret_reply);
	size_t n = store_words(ap, words);
	va_end(ap);
	tcs_store_command(store, words, n, store_call_done, &wait);
	while (!wait.is_done)
		tcs_loop_once(store->loop);
	if (wait.err == TCS_OK && wait.reply == NULL)
		wait.err = TCS_ENOMEM;
	if (wait.err == TCS_OK)
		*ret_reply = wait.reply;
	else
		tcs_reply_free(&wait.reply);
	return wait.err;
}

static void
store_wait_over(void *arg)
{
	*(bool *)arg = true;
}

enum tcs_err
tcs_store_wait(struct tcs_store *store, int64_t wait_ms, struct tcs_diag *diag)
{
	bool is_over = false;
	struct tcs_timer *timer =
	    tcs_timer_new(store->loop, store_wait_over, &is_over);

	if (timer == NULL)
		return TCS_ENOMEM;
	tcs_timer_start(timer, wait_ms);
	while (!store->is_ready && !is_over)
		tcs_loop_once(store->loop);
	tcs_timer_free(&timer);
	if (store->is_ready)
		return TCS_OK;
	return tcs_diag_add(
	    diag, TCS_EUNAVAIL, NULL, 0, "store: %s", store->reason);
}

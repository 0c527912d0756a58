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

#include "core/clock.h"
#include "core/loop.h"
#include "core/store_wire.h"

/* A mark, the digits of a size_t, a line's end. */
enum { STORE_HEAD_MAX = 24 };

static void store_connect(void *arg);

/* State */

void
tcs_store_report(struct tcs_store *store, const char *reason)
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

void
tcs_store_drop(struct tcs_store *store, const char *reason)
{
	redisAsyncContext *ac = store->ac;

	store->ac = NULL;
	store->handshake = 0;
	tcs_timer_stop(store->deadline);
	tcs_store_report(store, reason);
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
		call->cb(call->arg, err, tcs_store_reply(reply));
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
	tcs_store_drop(store, "no answer within the deadline");
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

/* "*3\r\n" or "$12\r\n"; room for STORE_HEAD_MAX bytes. */
static char *
store_put_head(char *at, char kind, size_t n)
{
	char digits[STORE_HEAD_MAX];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	*at++ = kind;
	memcpy(at, digits + i, sizeof(digits) - i);
	at += sizeof(digits) - i;
	*at++ = '\r';
	*at++ = '\n';
	return at;
}

/* A command as Redis reads it, in one pass: a step has dozens of words, and
 * hiredis prints each by a format. The caller owns the answer. */
static char *
store_format(const struct tcs_slice *argv, size_t argc, size_t *ret_n)
{
	size_t max = STORE_HEAD_MAX;

	for (size_t i = 0; i < argc; i++)
		max += STORE_HEAD_MAX + argv[i].n + 2;
	char *wire = malloc(max);
	if (wire == NULL)
		return NULL;
	char *at = store_put_head(wire, '*', argc);
	for (size_t i = 0; i < argc; i++) {
		at = store_put_head(at, '$', argv[i].n);
		if (argv[i].n > 0)
			memcpy(at, argv[i].p, argv[i].n);
		at += argv[i].n;
		*at++ = '\r';
		*at++ = '\n';
	}
	*ret_n = (size_t)(at - wire);
	return wire;
}

void
tcs_store_submit(struct tcs_store *store, const struct tcs_slice *argv,
    size_t argc, tcs_store_cb *cb, void *arg)
{
	struct store_call *call = calloc(1, sizeof(*call));
	size_t n = 0;
	char *wire = store->ac == NULL ? NULL : store_format(argv, argc, &n);
	int rc = REDIS_ERR;

	tcs_assert(call != NULL && (wire != NULL || store->ac == NULL));
	call->magic = STORE_MAGIC;
	call->store = store;
	call->cb = cb;
	call->arg = arg;
	call->sent_ms = tcs_clock_boot_ms();
	if (store->ac != NULL) {
		bool is_first = TAILQ_EMPTY(&store->calls);
		TAILQ_INSERT_TAIL(&store->calls, call, next);
		rc = redisAsyncFormattedCommand(
		    store->ac, store_answered, call, wire, n);
		if (rc == REDIS_OK && is_first)
			store_watch_deadline(store);
		if (rc != REDIS_OK)
			TAILQ_REMOVE(&store->calls, call, next);
	}
	if (rc != REDIS_OK) {
		TAILQ_INSERT_TAIL(&store->failed, call, next);
		tcs_timer_start(store->flush, 0);
	}
	free(wire);
}

void
tcs_store_command(struct tcs_store *store, const struct tcs_slice *argv,
    size_t argc, tcs_store_cb *cb, void *arg)
{
	if (store->is_ready) {
		tcs_store_submit(store, argv, argc, cb, arg);
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

size_t
tcs_store_words(va_list ap, struct tcs_slice words[STORE_ARGS])
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
	size_t n = tcs_store_words(ap, words);
	va_end(ap);
	tcs_store_command(store, words, n, cb, arg);
}

/* Connection */

static void
store_connected(const redisAsyncContext *ac, int status)
{
	struct tcs_store *store = ac->data;

	if (store == NULL)
		return;
	if (status == REDIS_OK) {
		tcs_store_shake(store);
		return;
	}
	/* hiredis frees the context itself after this. */
	store->ac = NULL;
	char reason[200];
	(void)snprintf(reason, sizeof(reason), "cannot connect to %s: %s",
	    store->address, ac->errstr);
	tcs_store_drop(store, reason);
}

static void
store_disconnected(const redisAsyncContext *ac, int status)
{
	struct tcs_store *store = ac->data;

	(void)status;
	if (store == NULL)
		return;
	store->ac = NULL; /* hiredis frees it after this */
	tcs_store_drop(store, "connection lost");
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
		tcs_store_drop(store, reason);
		return;
	}
	ac->data = store;
	store->ac = ac;
	if (!tcs_store_attach(ac, tcs_loop_base(store->loop)) ||
	    redisAsyncSetConnectCallback(ac, store_connected) != REDIS_OK ||
	    redisAsyncSetDisconnectCallback(ac, store_disconnected) != REDIS_OK)
		tcs_store_drop(store, "out of memory");
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
		wait->reply = tcs_store_reply_copy(reply);
}

enum tcs_err
tcs_store_call(struct tcs_store *store, struct tcs_reply **ret_reply, ...)
{
	struct store_wait wait = {.err = TCS_OK};
	struct tcs_slice words[STORE_ARGS];
	va_list ap;

	va_start(ap, ret_reply);
	size_t n = tcs_store_words(ap, words);
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

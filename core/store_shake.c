/* store_shake.c - what is asked of a store before it is used: the settings that
 * durability hangs on, the layout of its keys, our scripts. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/store_wire.h"

static void
shake_done(struct tcs_store *store)
{
	if (--store->handshake > 0)
		return;
	store->retry_ms = STORE_RETRY_MIN_MS;
	tcs_store_report(store, "");
}

static void shake_refuse(struct tcs_store *store, const char *fmt, ...)
    TCS_PRINTF(2, 3);

static void
shake_refuse(struct tcs_store *store, const char *fmt, ...)
{
	char reason[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	store->retry_ms = STORE_RETRY_MAX_MS;
	tcs_store_drop(store, reason);
}

/* True when the answer is usable; otherwise the connection is gone. */
static bool
shake_ok(struct tcs_store *store, const char *what, enum tcs_err err,
    const struct tcs_reply *reply)
{
	if (store->ac == NULL)
		return false;
	if (err == TCS_OK)
		return true;
	struct tcs_slice text = tcs_reply_slice(reply);
	shake_refuse(store, "%s refused: %.*s", what, TCS_SLICE_ARG(text));
	return false;
}

static void
shake_on_auth(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct tcs_store *store = arg;

	if (shake_ok(store, "AUTH", err, reply))
		shake_done(store);
}

static void
shake_on_info(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct tcs_store *store = arg;

	if (!shake_ok(store, "INFO", err, reply))
		return;
	struct tcs_slice text = tcs_reply_slice(reply);
	const char *at = text.n == 0 ? NULL : strstr(text.p, "redis_version:");
	long major = at == NULL ? 0 : strtol(at + 14, NULL, 10);
	if (major < 7) {
		shake_refuse(store,
		    "the store must be Redis 7 or newer, this is %ld: upgrade",
		    major);
		return;
	}
	shake_done(store);
}

static const struct {
	const char *name, *value;
} shake_settings[] = {
    {"appendonly", "yes"},
    {"appendfsync", "always"},
    {"no-appendfsync-on-rewrite", "no"},
    {"maxmemory-policy", "noeviction"},
};

static void
shake_on_config(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct tcs_store *store = arg;
	size_t found = 0;

	if (!shake_ok(store, "CONFIG GET", err, reply))
		return;
	for (size_t i = 0; i + 1 < tcs_reply_count(reply); i += 2) {
		struct tcs_slice name = tcs_reply_slice(tcs_reply_at(reply, i));
		struct tcs_slice value =
		    tcs_reply_slice(tcs_reply_at(reply, i + 1));
		for (size_t k = 0; k < 4; k++) {
			if (!tcs_slice_is(name, shake_settings[k].name))
				continue;
			found++;
			if (tcs_slice_is(value, shake_settings[k].value))
				continue;
			shake_refuse(store,
			    "the store has %s %.*s: set %s %s in redis.conf",
			    shake_settings[k].name, TCS_SLICE_ARG(value),
			    shake_settings[k].name, shake_settings[k].value);
			return;
		}
	}
	if (found < 4) {
		shake_refuse(store, "the store hides its durability settings");
		return;
	}
	shake_done(store);
}

static void
shake_on_schema(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct tcs_store *store = arg;
	char want[16];

	if (!shake_ok(store, "GET schema", err, reply))
		return;
	(void)snprintf(want, sizeof(want), "%d", STORE_SCHEMA);
	struct tcs_slice got = tcs_reply_slice(reply);
	if (got.n > 0 && !tcs_slice_is(got, want)) {
		shake_refuse(store,
		    "the store has schema %.*s, this program %s: run tocsin "
		    "migrate",
		    TCS_SLICE_ARG(got), want);
		return;
	}
	shake_done(store);
}

struct shake_load {
	struct tcs_store *store;
	int script;
};

static void
shake_on_script(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct shake_load *load = arg;
	struct tcs_store *store = load->store;
	struct tcs_slice sha = tcs_reply_slice(reply);

	int script = load->script;
	free(load);
	if (!shake_ok(store, "SCRIPT LOAD", err, reply))
		return;
	(void)snprintf(store->scripts[script].sha,
	    sizeof(store->scripts[script].sha), "%.*s", TCS_SLICE_ARG(sha));
	shake_done(store);
}

static void shake_send(struct tcs_store *store, tcs_store_cb *cb, void *arg,
    ...) __attribute__((sentinel));

static void
shake_send(struct tcs_store *store, tcs_store_cb *cb, void *arg, ...)
{
	struct tcs_slice words[STORE_ARGS];
	va_list ap;

	va_start(ap, arg);
	size_t n = tcs_store_words(ap, words);
	va_end(ap);
	store->handshake++;
	tcs_store_submit(store, words, n, cb, arg);
}

void
tcs_store_shake(struct tcs_store *store)
{
	char schema[128];

	store->handshake = 1; /* itself: nothing completes before the end */
	if (store->user != NULL)
		shake_send(store, shake_on_auth, store, "AUTH", store->user,
		    store->password, NULL);
	shake_send(store, shake_on_info, store, "INFO", "server", NULL);
	shake_send(store, shake_on_config, store, "CONFIG", "GET", "appendonly",
	    "appendfsync", "no-appendfsync-on-rewrite", "maxmemory-policy",
	    NULL);
	(void)snprintf(schema, sizeof(schema), "%sschema", store->realm);
	shake_send(store, shake_on_schema, store, "GET", schema, NULL);
	for (int i = 0; i < store->scripts_n; i++) {
		struct shake_load *load = calloc(1, sizeof(*load));
		tcs_assert(load != NULL);
		load->store = store;
		load->script = i;
		shake_send(store, shake_on_script, load, "SCRIPT", "LOAD",
		    store->scripts[i].text, NULL);
	}
	store->handshake--;
}

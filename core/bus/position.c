#include "core/bus/position.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/store.h"

enum { POSITION_KEY_MAX = 192 };

struct position_change {
	struct tcs_unit *unit;
	uint64_t epoch;
	char key[POSITION_KEY_MAX];
	char found[TCS_POSITION_MAX], own[TCS_POSITION_MAX];
	const char *here, *there;
	tcs_position_cb *cb;
	void *arg;
};

bool
tcs_position_is_of(const char *position, const char *here)
{
	bool is_stream = strchr(position, '-') != NULL;

	return is_stream == (strcmp(here, "redis") == 0);
}

static void
position_end(struct position_change *change, enum tcs_err err)
{
	tcs_position_cb *cb = change->cb;
	void *arg = change->arg;
	char own[TCS_POSITION_MAX];

	memcpy(own, change->own, sizeof(own));
	change->unit->in_flight--;
	if (err == TCS_OK)
		tcs_log(TCS_LOG_INFO, "bus.changed",
		    "position=%s from=%s to=%s at=\"%s\"", change->key,
		    change->there, change->here, own);
	free(change);
	cb(arg, err, own);
}

static void
position_stored(void *arg, enum tcs_err err, const char *reason)
{
	(void)reason;
	position_end(arg, err);
}

static void
position_read(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct position_change *change = arg;
	struct tcs_unit *unit = change->unit;
	char beside[POSITION_KEY_MAX + 8];

	if (err == TCS_OK && (!unit->is_owned || unit->epoch != change->epoch))
		err = TCS_EFENCED;
	if (err != TCS_OK) {
		position_end(change, err);
		return;
	}
	(void)snprintf(change->own, sizeof(change->own), "%.*s",
	    TCS_SLICE_ARG(tcs_reply_slice(reply)));
	struct tcs_step *step = tcs_unit_step(unit);
	tcs_assert(step != NULL);
	tcs_step_guard_key(step, change->key, tcs_slice_str(change->found));
	(void)snprintf(
	    beside, sizeof(beside), "%s@%s", change->key, change->there);
	tcs_step_set(step, beside, tcs_slice_str(change->found));
	if (change->own[0] == '\0')
		tcs_step_del(step, change->key);
	else
		tcs_step_set(step, change->key, tcs_slice_str(change->own));
	tcs_step_commit(step, position_stored, change);
}

void
tcs_position_change(
    const struct tcs_position_change *of, tcs_position_cb *cb, void *arg)
{
	struct tcs_store *store = of->unit->bus->store;
	struct position_change *change = calloc(1, sizeof(*change));
	char key[POSITION_KEY_MAX + 80];

	tcs_assert(change != NULL);
	change->unit = of->unit;
	change->epoch = of->unit->epoch;
	change->here = of->here;
	change->there = of->there;
	change->cb = cb;
	change->arg = arg;
	(void)snprintf(change->found, sizeof(change->found), "%s", of->found);
	(void)snprintf(change->key, sizeof(change->key), "pos:%s:%s.%u",
	    of->unit->group, of->topic, of->unit->partition);
	(void)snprintf(key, sizeof(key), "%s%s@%s", tcs_store_realm(store),
	    change->key, of->here);
	of->unit->in_flight++;
	tcs_store_send(store, position_read, change, "GET", key, NULL);
}

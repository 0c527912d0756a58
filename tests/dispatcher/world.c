#include "tests/dispatcher/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/loop.h"
#include "core/store.h"
#include "core/worker.h"
#include "dispatcher/persist.h"

struct world world;

/* The store */

struct field {
	char *hash, *name, *value;
};
struct due {
	char *name;
	int64_t ms;
};

static struct {
	struct field *fields;
	size_t fields_n;
	struct due *timers; /* stored */
	size_t timers_n;
	struct due *armed; /* in the worker's memory */
	size_t armed_n;
} store;

static struct field *
store_find(const char *hash, const char *name)
{
	for (size_t i = 0; i < store.fields_n; i++) {
		if (strcmp(store.fields[i].hash, hash) == 0 &&
		    strcmp(store.fields[i].name, name) == 0)
			return &store.fields[i];
	}
	return NULL;
}

static void
store_set(const char *hash, const char *name, const char *value)
{
	struct field *field = store_find(hash, name);

	if (field == NULL) {
		store.fields = realloc(
		    store.fields, (store.fields_n + 1) * sizeof(*field));
		field = &store.fields[store.fields_n++];
		*field = (struct field){strdup(hash), strdup(name), NULL};
	}
	free(field->value);
	field->value = strdup(value);
}

static void
store_del(const char *hash, const char *name)
{
	struct field *field = store_find(hash, name);

	if (field == NULL)
		return;
	free(field->hash);
	free(field->name);
	free(field->value);
	*field = store.fields[--store.fields_n];
}

static void
due_set(struct due **list, size_t *n, const char *name, int64_t ms)
{
	for (size_t i = 0; i < *n; i++) {
		if (strcmp((*list)[i].name, name) == 0) {
			(*list)[i].ms = ms;
			return;
		}
	}
	*list = realloc(*list, (*n + 1) * sizeof(**list));
	(*list)[(*n)++] = (struct due){strdup(name), ms};
}

static void
due_clear(struct due **list, size_t *n, const char *name)
{
	for (size_t i = 0; i < *n; i++) {
		if (strcmp((*list)[i].name, name) == 0) {
			free((*list)[i].name);
			(*list)[i] = (*list)[--*n];
			return;
		}
	}
}

static void
due_empty(struct due **list, size_t *n)
{
	while (*n > 0)
		due_clear(list, n, (*list)[0].name);
	free(*list);
	*list = NULL;
}

/* Steps: core/step.h */

enum change_kind { GUARD, HSET, HDEL, ZADD, ZREM };
struct change {
	enum change_kind kind;
	char *key, *field, *value;
	int64_t score;
};
struct tcs_step {
	struct change *changes;
	size_t n;
	struct world_record *records;
	size_t records_n;
	void (*on_commit)(void *);
	void *on_commit_arg;
	void (*done)(void *);
	void *done_arg;
	struct tcs_step *next;
};

static struct tcs_step *steps_first, *steps_last;

static void
step_add(struct tcs_step *step, struct change change)
{
	step->changes = realloc(step->changes, (step->n + 1) * sizeof(change));
	step->changes[step->n++] = change;
}

static char *
dup_slice(struct tcs_slice s)
{
	return s.p == NULL ? NULL : tcs_slice_dup(s);
}

void
tcs_step_guard_field(struct tcs_step *step, const char *key, const char *field,
    struct tcs_slice expected)
{
	step_add(step, (struct change){GUARD, strdup(key), strdup(field),
	                   dup_slice(expected), 0});
}

void
tcs_step_hset(struct tcs_step *step, const char *key, const char *field,
    struct tcs_slice value)
{
	step_add(step, (struct change){HSET, strdup(key), strdup(field),
	                   dup_slice(value), 0});
}

void
tcs_step_hdel(struct tcs_step *step, const char *key, const char *field)
{
	step_add(
	    step, (struct change){HDEL, strdup(key), strdup(field), NULL, 0});
}

void
tcs_step_publish(struct tcs_step *step, const struct tcs_outgoing *record)
{
	struct world_record copy = {
	    .key = dup_slice(record->key), .value = dup_slice(record->value)};
	struct tcs_buf headers;

	(void)snprintf(copy.topic, sizeof(copy.topic), "%s", record->topic);
	tcs_buf_init(&headers, 4000);
	for (size_t i = 0; i < record->headers_n; i++)
		tcs_buf_printf(&headers, "%.*s=%.*s\n",
		    TCS_SLICE_ARG(record->headers[i].name),
		    TCS_SLICE_ARG(record->headers[i].value));
	assert_int_equal(tcs_buf_steal(&headers, &copy.headers), TCS_OK);
	step->records =
	    realloc(step->records, (step->records_n + 1) * sizeof(copy));
	step->records[step->records_n++] = copy;
}

void
tcs_step_on_commit(struct tcs_step *step, void (*cb)(void *), void *arg)
{
	assert_null(step->on_commit);
	step->on_commit = cb;
	step->on_commit_arg = arg;
}

size_t
tcs_step_count(const struct tcs_step *step)
{
	return step->n + step->records_n;
}

void
tcs_step_free(struct tcs_step **step_ptr)
{
	struct tcs_step *step = *step_ptr;

	if (step == NULL)
		return;
	for (size_t i = 0; i < step->n; i++) {
		free(step->changes[i].key);
		free(step->changes[i].field);
		free(step->changes[i].value);
	}
	for (size_t i = 0; i < step->records_n; i++) {
		free(step->records[i].key);
		free(step->records[i].value);
		free(step->records[i].headers);
	}
	free(step->changes);
	free(step->records);
	free(step);
	*step_ptr = NULL;
}

static bool
step_is_met(const struct tcs_step *step)
{
	for (size_t i = 0; i < step->n; i++) {
		const struct change *c = &step->changes[i];
		if (c->kind != GUARD)
			continue;
		const struct field *field = store_find(c->key, c->field);
		if (field == NULL || c->value == NULL ||
		    strcmp(field->value, c->value) != 0)
			return false;
	}
	return true;
}

static void
step_apply(struct tcs_step *step)
{
	for (size_t i = 0; i < step->n; i++) {
		const struct change *c = &step->changes[i];
		if (c->kind == HSET)
			store_set(c->key, c->field, c->value);
		else if (c->kind == HDEL)
			store_del(c->key, c->field);
		else if (c->kind == ZADD)
			due_set(
			    &store.timers, &store.timers_n, c->field, c->score);
		else if (c->kind == ZREM)
			due_clear(&store.timers, &store.timers_n, c->field);
	}
	world.records = realloc(world.records,
	    (world.records_n + step->records_n) * sizeof(*world.records) + 1);
	for (size_t i = 0; i < step->records_n; i++)
		world.records[world.records_n++] = step->records[i];
	step->records_n = 0;
}

/* The unit: core/bus.h */

struct tcs_unit {
	void *data;
};
static struct tcs_unit unit;

const char *
tcs_unit_name(const struct tcs_unit *u)
{
	(void)u;
	return "0";
}

bool
tcs_unit_has_key(const struct tcs_unit *u, struct tcs_slice key)
{
	(void)u;
	return key.n > 0;
}

int64_t
tcs_unit_lease_age_ms(const struct tcs_unit *u)
{
	(void)u;
	return world.lease_age_ms;
}

void *
tcs_unit_data(const struct tcs_unit *u)
{
	return u->data;
}

void
tcs_unit_set_data(struct tcs_unit *u, void *data)
{
	u->data = data;
}

struct tcs_step *
tcs_unit_step(struct tcs_unit *u)
{
	(void)u;
	return calloc(1, sizeof(struct tcs_step));
}

void
tcs_unit_commit(struct tcs_unit *u, struct tcs_step *step, void (*done)(void *),
    void *done_arg)
{
	(void)u;
	step->done = done;
	step->done_arg = done_arg;
	if (steps_last == NULL)
		steps_first = step;
	else
		steps_last->next = step;
	steps_last = step;
}

struct tcs_slice
tcs_record_header(const struct tcs_record *record, const char *name)
{
	for (size_t i = 0; i < record->headers_n; i++) {
		if (tcs_slice_is(record->headers[i].name, name))
			return record->headers[i].value;
	}
	return tcs_slice(NULL, 0);
}

/* Timers: core/worker.h */

void
tcs_worker_timer_set(
    struct tcs_unit *u, struct tcs_step *step, const char *name, int64_t due_ms)
{
	(void)u;
	step_add(step,
	    (struct change){ZADD, strdup("due"), strdup(name), NULL, due_ms});
	due_set(&store.armed, &store.armed_n, name, due_ms);
}

void
tcs_worker_timer_clear(
    struct tcs_unit *u, struct tcs_step *step, const char *name)
{
	(void)u;
	step_add(
	    step, (struct change){ZREM, strdup("due"), strdup(name), NULL, 0});
	due_clear(&store.armed, &store.armed_n, name);
}

/* What is asked of the store: core/store.h. HSCAN, in pages of `count`. */

struct tcs_reply {
	enum tcs_reply_kind kind;
	struct tcs_slice text;
	struct tcs_reply *items;
	size_t n;
};
struct tcs_store {
	char hash[64];
	size_t cursor;
	tcs_store_cb *cb;
	void *arg;
};
static struct tcs_store asked;

const char *
tcs_store_realm(const struct tcs_store *s)
{
	(void)s;
	return "tocsin.";
}

void
tcs_store_send(struct tcs_store *s, tcs_store_cb *cb, void *arg, ...)
{
	va_list words;

	va_start(words, arg);
	assert_string_equal(va_arg(words, const char *), "HSCAN");
	(void)snprintf(s->hash, sizeof(s->hash), "%s",
	    va_arg(words, const char *) + strlen("tocsin."));
	s->cursor = strtoul(va_arg(words, const char *), NULL, 10);
	va_end(words);
	assert_null(s->cb);
	s->cb = cb;
	s->arg = arg;
}

struct tcs_slice
tcs_reply_slice(const struct tcs_reply *reply)
{
	return reply == NULL ? tcs_slice(NULL, 0) : reply->text;
}

size_t
tcs_reply_count(const struct tcs_reply *reply)
{
	return reply == NULL ? 0 : reply->n;
}

const struct tcs_reply *
tcs_reply_at(const struct tcs_reply *reply, size_t i)
{
	return reply != NULL && i < reply->n ? &reply->items[i] : NULL;
}

/* One page of the hash that was asked for. */
static void
store_answer(void)
{
	enum { PAGE = 7 };
	struct tcs_reply fields[2 * PAGE], parts[2],
	    reply = {.items = parts, .n = 2};
	tcs_store_cb *cb = asked.cb;
	char cursor[24] = "0";
	size_t n = 0, seen = 0;

	for (size_t i = 0; i < store.fields_n; i++) {
		const struct field *f = &store.fields[i];
		if (strcmp(f->hash, asked.hash) != 0 || seen++ < asked.cursor)
			continue;
		if (n == PAGE) {
			/* What went since shifts the rest: ask some again. */
			(void)snprintf(
			    cursor, sizeof(cursor), "%zu", asked.cursor + 1);
			break;
		}
		fields[2 * n].text = tcs_slice_str(f->name);
		fields[2 * n + 1].text = tcs_slice_str(f->value);
		n++;
	}
	parts[0] = (struct tcs_reply){.text = tcs_slice_str(cursor)};
	parts[1] = (struct tcs_reply){.items = fields, .n = 2 * n};
	asked.cb = NULL;
	cb(asked.arg, TCS_OK, &reply);
}

/* Channels */

static enum tcs_err
fake_open(void *st, const struct tcs_channel_env *env, struct tcs_diag *diag)
{
	(void)st;
	(void)env;
	(void)diag;
	return TCS_OK;
}

static const char *
fake_check(const char *target)
{
	return strstr(target, "refused") != NULL ? "no such address" : NULL;
}

static void
fake_send(const char *channel, struct tcs_attempt *attempt)
{
	assert_true(world.tries_n < WORLD_TRIES_MAX);
	struct world_try *try = &world.tries[world.tries_n++];

	memset(try, 0, sizeof(*try));
	try->attempt = attempt;
	try->channel = channel;
	attempt->channel_data = try;
	(void)snprintf(try->key, sizeof(try->key), "%s", attempt->key);
	(void)snprintf(try->target, sizeof(try->target), "%s", attempt->target);
	(void)snprintf(try->alert, sizeof(try->alert), "%s", attempt->alert);
	(void)snprintf(
	    try->subject, sizeof(try->subject), "%s", attempt->subject);
	(void)snprintf(try->thread_key, sizeof(try->thread_key), "%s",
	    attempt->thread_key == NULL ? "" : attempt->thread_key);
	/* Promise 3: what is on its way is SENDING in the store. */
	assert_string_equal(
	    world_member("ledger:rows", attempt->key, "state"), "SENDING");
}

static void
fake_send_webhook(void *st, struct tcs_attempt *attempt)
{
	(void)st;
	fake_send("webhook", attempt);
}

static void
fake_send_email(void *st, struct tcs_attempt *attempt)
{
	(void)st;
	fake_send("email", attempt);
}

static void
fake_cancel(void *st, struct tcs_attempt *attempt)
{
	struct world_try *try = attempt->channel_data;

	(void)st;
	assert_false(try->is_over);
	try->is_cancelled = true;
}

static void
fake_fini(void *st)
{
	(void)st;
}

static const struct tcs_option no_options[] = {TCS_OPT_END};
static const struct tcs_channel_ops fake_webhook = {"webhook", "fake", 8,
    no_options, 30000, fake_open, fake_check, fake_send_webhook, fake_cancel,
    fake_fini};
static const struct tcs_channel_ops fake_email = {"email", "fake", 8,
    no_options, 60000, fake_open, fake_check, fake_send_email, fake_cancel,
    fake_fini};
static const struct tcs_channel_ops *const fake_registry[] = {
    &fake_email, &fake_webhook, NULL};

bool
world_may_commit(struct world_try *try)
{
	bool may = !try->is_over && try->attempt->may_commit(try->attempt);

	try->is_committed = try->is_committed || may;
	return may;
}

static void
try_end(struct world_try *try, enum tcs_verdict verdict)
{
	assert_false(try->is_over);
	try->is_over = true;
	try->attempt->done(try->attempt, verdict, "as the test says", -1);
}

void
world_answer(struct world_try *try, enum tcs_verdict verdict)
{
	if (!try->is_committed && !world_may_commit(try)) {
		try_end(try, TCS_VERDICT_LATER);
		return;
	}
	try_end(try, verdict);
}

size_t
world_open_tries(void)
{
	size_t n = 0;

	for (size_t i = 0; i < world.tries_n; i++)
		n += world.tries[i].is_over ? 0 : 1;
	return n;
}

struct world_try *
world_last(void)
{
	assert_true(world.tries_n > 0);
	return &world.tries[world.tries_n - 1];
}

/* The world's course */

size_t
world_waiting(void)
{
	size_t n = 0;

	for (struct tcs_step *s = steps_first; s != NULL; s = s->next)
		n++;
	return n;
}

static struct tcs_step *
steps_pop(void)
{
	struct tcs_step *step = steps_first;

	steps_first = step->next;
	if (steps_first == NULL)
		steps_last = NULL;
	return step;
}

void
world_commit(void)
{
	struct tcs_step *step = steps_pop();

	if (!step_is_met(step)) {
		world.revocations++;
		tcs_step_free(&step);
		world_restart(true);
		return;
	}
	step_apply(step);
	if (step->on_commit != NULL)
		step->on_commit(step->on_commit_arg);
	if (step->done != NULL)
		step->done(step->done_arg);
	tcs_step_free(&step);
}

static bool
tries_go_on(void)
{
	for (size_t i = 0; i < world.tries_n; i++) {
		struct world_try *try = &world.tries[i];
		if (try->is_over || (!try->is_cancelled && !world.is_auto))
			continue;
		if (try->is_cancelled)
			try_end(try, try->is_committed ? TCS_VERDICT_UNKNOWN
			                               : TCS_VERDICT_LATER);
		else
			world_answer(try, world.verdict);
		return true;
	}
	return false;
}

static bool
timers_fire(void)
{
	for (size_t i = 0; i < store.armed_n; i++) {
		if (store.armed[i].ms > tcs_clock_now_ms())
			continue;
		struct due due = store.armed[i];
		store.armed[i] = store.armed[--store.armed_n];
		struct tcs_step *step = tcs_unit_step(&unit);
		step_add(step, (struct change){ZREM, strdup("due"),
		                   strdup(due.name), NULL, 0});
		assert_int_equal(tcs_dispatch_ops.timer(world.dispatch, &unit,
		                     due.name, due.ms, step),
		    TCS_OK);
		tcs_unit_commit(&unit, step, NULL, NULL);
		free(due.name);
		return true;
	}
	return false;
}

void
world_settle(void)
{
	for (int i = 0; i < 2000000; i++) {
		if (world_waiting() > 0)
			world_commit();
		else if (asked.cb != NULL)
			store_answer();
		else if (!tries_go_on() && !timers_fire())
			return;
	}
	fail_msg("the world does not come to rest");
}

void
world_advance(int64_t ms)
{
	tcs_clock_hold(tcs_clock_now_ms() + ms);
	world_settle();
}

enum tcs_err
world_record(const char *topic, const char *key, struct tcs_slice value)
{
	const struct tcs_header headers[] = {
	    {tcs_slice_str("trace"), tcs_slice_str("00112233445566aa")},
	    {tcs_slice_str("issued"), tcs_slice_str("1795446000000")},
	    {tcs_slice_str("proposed"), tcs_slice_str("1795446180123")}};
	const struct tcs_record record = {.topic = topic,
	    .position = "1-1",
	    .key = tcs_slice_str(key),
	    .value = value,
	    .headers = headers,
	    .headers_n = 3};
	struct tcs_diag diag = {0};
	struct tcs_step *step = tcs_unit_step(&unit);

	enum tcs_err err = tcs_dispatch_ops.record(
	    world.dispatch, &unit, &record, step, &diag);
	assert_true(err == TCS_OK || diag.n > 0);
	tcs_diag_fini(&diag);
	if (err == TCS_OK) {
		tcs_unit_commit(&unit, step, NULL, NULL);
	} else {
		assert_int_equal(tcs_step_count(step), 0);
		tcs_step_free(&step);
	}
	return err;
}

void
world_propose(const struct tcs_proposal *proposal)
{
	struct tcs_proposal copy = *proposal;
	char id[TCS_ID_MAX];
	struct tcs_cap *cap = NULL;
	struct tcs_buf text;
	struct tcs_diag diag = {0};

	tcs_proposal_identify(&copy, id);
	copy.identifier = id;
	tcs_buf_init(&text, TCS_CAP_MAX);
	enum tcs_err err = tcs_proposal_to_cap(&copy, &cap, &diag);
	if (err == TCS_OK)
		err = tcs_cap_write(cap, &text, &diag);
	if (err != TCS_OK)
		fail_msg("%s", tcs_diag_text(&diag));
	assert_int_equal(
	    world_record("proposals", copy.departement, tcs_buf_view(&text)),
	    TCS_OK);
	tcs_buf_fini(&text);
	tcs_cap_free(&cap);
	tcs_diag_fini(&diag);
}

const char *
world_hash(const struct tcs_proposal *proposal)
{
	static char hash[65];

	tcs_proposal_text_hash(proposal, hash);
	return hash;
}

static void
world_decision(const char *id, const char *rest)
{
	char at[TCS_TIME_TEXT];
	struct tcs_buf text;

	tcs_buf_init(&text, 4000);
	tcs_buf_printf(&text,
	    "{\"v\":1,\"id\":\"%s\",\"at\":\"%s\",\"typed_by\":\"camille\",%s}",
	    id, tcs_time_iso(tcs_clock_now_ms(), at), rest);
	assert_int_equal(
	    world_record("decisions", "62", tcs_buf_view(&text)), TCS_OK);
	tcs_buf_fini(&text);
}

void
world_decide(
    const char *id, const char *code, const char *hash, const char *verdict)
{
	struct tcs_buf rest;

	tcs_buf_init(&rest, 4000);
	tcs_buf_printf(&rest,
	    "\"kind\":\"decide\",\"code\":\"%s\",\"hash\":\"%.6s\","
	    "\"verdict\":\"%s\",\"authority\":\"Camille Fictive\","
	    "\"how\":\"verbal\",\"reason\":\"crue\"",
	    code, hash, verdict);
	world_decision(id, rest.p);
	tcs_buf_fini(&rest);
}

void
world_resume(const char *id, const char *feed)
{
	struct tcs_buf rest;

	tcs_buf_init(&rest, 4000);
	tcs_buf_printf(&rest, "\"kind\":\"resume\",\"feed\":\"%s\"", feed);
	world_decision(id, rest.p);
	tcs_buf_fini(&rest);
}

/* Beginning and end */

static const char world_head[] =
    "observatory { name = \"sidpc62\"\n sender = \"sidpc62@prefecture.example\""
    "\n title = \"SIDPC\"\n departements = {\"62\"}\n live = no }\n"
    "store { address = \"unix:/nowhere/redis.sock\"\n secrets = \"secrets\" }\n"
    "paths { rules = \"r\"\n lists = \"l\"\n state = \"s\" }\n";

static const char world_conf[] =
    "channel webhook { retry_base = \"1 s\"\n retry_cap = \"1 min\"\n"
    " attempts_max = 5 }\n"
    "channel email { retry_base = \"1 s\"\n retry_cap = \"1 min\"\n"
    " attempts_max = 5 }\n"
    "contact duty { function = \"f\"\n audiences = {\"sidpc\"}\n"
    " departements = {\"62\"}\n email = \"duty@sidpc.example\" }\n"
    "contact mairie-a { function = \"f\"\n audiences = {\"communes\"}\n"
    " insee = {\"62765\"}\n webhook = \"http://a.example/hook\" }\n"
    "contact mairie-b { function = \"f\"\n audiences = {\"communes\"}\n"
    " insee = {\"62905\"}\n webhook = \"http://b.example/hook\" }\n";

static struct tcs_setup *
world_setup(const char *conf_text)
{
	struct tcs_conf_driver channels[TCS_CHANNELS_MAX];
	const struct tcs_conf_drivers drivers = {.channels = channels,
	    .channels_n = tcs_setup_drivers(fake_registry, channels)};
	const struct tcs_channel_env env = {0};
	struct tcs_conf *conf = NULL;
	struct tcs_setup *setup = NULL;
	struct tcs_diag diag = {0};
	struct tcs_buf text;

	tcs_buf_init(&text, 4000000);
	tcs_buf_str(&text, world_head);
	tcs_buf_str(&text, conf_text == NULL ? world_conf : conf_text);
	enum tcs_err err = tcs_conf_parse(tcs_buf_view(&text),
	    "/nowhere/tocsin.conf", &drivers, &conf, &diag);
	if (err == TCS_OK)
		err = tcs_setup_new(&conf, fake_registry, &env, &setup, &diag);
	for (size_t i = 0; i < diag.n; i++)
		print_error("%u: %s\n", diag.items[i].line, diag.items[i].text);
	assert_int_equal(err, TCS_OK);
	tcs_diag_fini(&diag);
	tcs_buf_fini(&text);
	return setup;
}

void
world_take(bool is_clean)
{
	const struct tcs_worker_ops *ops = &tcs_dispatch_ops;
	struct tcs_diag diag = {0};

	for (size_t i = 0; i < store.timers_n; i++)
		due_set(&store.armed, &store.armed_n, store.timers[i].name,
		    store.timers[i].ms);
	assert_int_equal(ops->open(world.dispatch, &unit), TCS_OK);
	for (size_t h = 0; ops->hashes[h] != NULL; h++) {
		for (size_t i = 0; i < store.fields_n; i++) {
			const struct field *f = &store.fields[i];
			if (strcmp(f->hash, ops->hashes[h]) == 0)
				assert_int_equal(
				    ops->restore(world.dispatch, &unit, f->hash,
				        tcs_slice_str(f->name),
				        tcs_slice_str(f->value), &diag),
				    TCS_OK);
		}
	}
	assert_int_equal(ops->ready(world.dispatch, &unit, is_clean), TCS_OK);
}

void
world_lose(size_t committed)
{
	while (steps_first != NULL) {
		struct tcs_step *step = steps_pop();
		if (committed > 0 && step_is_met(step)) {
			committed--;
			step_apply(step);
		}
		tcs_step_free(&step);
	}
	due_empty(&store.armed, &store.armed_n);
	tcs_dispatch_ops.close(world.dispatch, &unit);
}

void
world_restart(bool is_clean)
{
	world_lose(0);
	world_take(is_clean);
}

void
world_reload(const char *conf)
{
	assert_true(tcs_dispatch_reload(world.dispatch, world_setup(conf)));
}

void
world_open(const char *realm, const char *conf)
{
	memset(&world, 0, sizeof(world));
	tcs_clock_hold(WORLD_START_MS);
	world.loop = tcs_loop_new();
	assert_non_null(world.loop);
	world.verdict = TCS_VERDICT_ACCEPTED;
	world.unit = &unit;
	world.dispatch =
	    tcs_dispatch_new(world.loop, &asked, realm, world_setup(conf));
	assert_non_null(world.dispatch);
	world_take(true);
}

void
world_close(void)
{
	world_lose(0);
	for (size_t i = 0; i < world.tries_n; i++) {
		if (!world.tries[i].is_over)
			try_end(&world.tries[i], TCS_VERDICT_LATER);
	}
	tcs_dispatch_free(&world.dispatch);
	assert_null(world.dispatch);
	tcs_loop_free(&world.loop);
	for (size_t i = 0; i < world.records_n; i++) {
		free(world.records[i].key);
		free(world.records[i].value);
		free(world.records[i].headers);
	}
	free(world.records);
	while (store.fields_n > 0)
		store_del(store.fields[0].hash, store.fields[0].name);
	free(store.fields);
	store.fields = NULL;
	due_empty(&store.timers, &store.timers_n);
}

/* Looking */

size_t
world_count(const char *hash)
{
	size_t n = 0;

	for (size_t i = 0; i < store.fields_n; i++)
		n += strcmp(store.fields[i].hash, hash) == 0 ? 1 : 0;
	return n;
}

size_t
world_rows(const char *state, const char *contact)
{
	char one[64], two[256];
	size_t n = 0;

	(void)snprintf(one, sizeof(one), "\"state\":\"%s\"", state);
	(void)snprintf(two, sizeof(two), "\"contact\":\"%s\"",
	    contact == NULL ? "" : contact);
	if (contact == NULL)
		(void)snprintf(two, sizeof(two), "\"contact\":");
	for (size_t i = 0; i < store.fields_n; i++) {
		const struct field *f = &store.fields[i];
		n += strcmp(f->hash, "ledger:rows") == 0 &&
		             strstr(f->value, one) != NULL &&
		             strstr(f->value, two) != NULL
		         ? 1
		         : 0;
	}
	return n;
}

bool
world_has_timer(const char *part)
{
	for (size_t i = 0; i < store.timers_n; i++) {
		if (strstr(store.timers[i].name, part) != NULL)
			return true;
	}
	return false;
}

size_t
world_timers(void)
{
	return store.timers_n;
}

const char *
world_member(const char *hash, const char *part, const char *name)
{
	static char text[4096];

	text[0] = '\0';
	for (size_t i = 0; i < store.fields_n; i++) {
		const struct field *f = &store.fields[i];
		json_t *value = NULL;
		if (strcmp(f->hash, hash) != 0 ||
		    (strstr(f->name, part) == NULL &&
		        strstr(f->value, part) == NULL))
			continue;
		assert_int_equal(
		    tcs_json_parse(tcs_slice_str(f->value), &value, NULL, NULL),
		    TCS_OK);
		const json_t *member = json_object_get(value, name);
		if (json_is_string(member))
			(void)snprintf(text, sizeof(text), "%s",
			    json_string_value(member));
		else if (json_is_integer(member))
			(void)snprintf(text, sizeof(text), "%lld",
			    (long long)json_integer_value(member));
		else if (json_is_true(member))
			(void)snprintf(text, sizeof(text), "true");
		json_decref(value);
		break;
	}
	return text;
}

void
world_forget_field(const char *hash, const char *part)
{
	for (size_t i = 0; i < store.fields_n; i++) {
		if (strcmp(store.fields[i].hash, hash) == 0 &&
		    strstr(store.fields[i].name, part) != NULL) {
			store_del(hash, store.fields[i].name);
			return;
		}
	}
	fail_msg("nothing to forget");
}

size_t
world_published(const char *topic, const char *one, const char *two)
{
	size_t n = 0;

	for (size_t i = 0; i < world.records_n; i++) {
		const struct world_record *r = &world.records[i];
		if (strcmp(r->topic, topic) == 0 &&
		    (one == NULL || strstr(r->value, one) != NULL) &&
		    (two == NULL || strstr(r->value, two) != NULL))
			n++;
	}
	return n;
}

/* step.c - one step is one script call.
 *
 * Arguments: fence key, fence; number of guards, each kind, key, [field],
 * present, value; number of changes, each its word count and words. The
 * script reads all of it, compares, asks the server whether the user may do
 * every change and whether every key is of the kind the change needs, and
 * only then writes: after the first write nothing in it can fail.
 *
 * Two changes are no commands of the server. TRIM stream groups pos-prefix
 * topic.p oldest-id cuts what every registered group has read and the retention
 * releases. SAME key field n is a HSET of the changes' word n (from 0): a text
 * that the step carries already goes to the server once. */
#include "core/step.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/bus.h"
#include "core/bus/driver.h"
#include "core/failpoint.h"
#include "core/step_wire.h"
#include "core/store.h"

const char tcs_step_script[] =
    "#!lua\n"
    "local call, may, args = redis.call, redis.acl_check_cmd, ARGV\n"
    "if args[1] ~= '' then\n"
    "  local now = call('GET', args[1])\n"
    "  if now ~= args[2] then return {'FENCED', now or ''} end\n"
    "end\n"
    "local at, known, asked = 4, {}, {}\n"
    "for g = 1, tonumber(args[3]) do\n"
    "  local kind, key, got = args[at], args[at + 1], nil\n"
    "  at = at + 2\n"
    "  if kind == 'key' then\n"
    "    got = call('GET', key)\n"
    "    known[key] = 'string'\n"
    "  elseif kind == 'field' then\n"
    "    got = call('HGET', key, args[at])\n"
    "    known[key] = 'hash'\n"
    "    at = at + 1\n"
    "  else\n"
    "    got = call('ZSCORE', key, args[at])\n"
    "    known[key] = 'zset'\n"
    "    at = at + 1\n"
    "  end\n"
    "  local present, want = args[at], args[at + 1]\n"
    "  at = at + 2\n"
    "  if (present == '1' and got ~= want) or (present == '0' and got) then\n"
    "    return {'GUARD', kind .. ' ' .. key, got or ''}\n"
    "  end\n"
    "end\n"
    "local kinds = {SET='string', HSET='hash', HDEL='hash', ZADD='zset',\n"
    "  ZREM='zset', XADD='stream'}\n"
    "local changes, first = tonumber(args[at]), at + 1\n"
    "at = first\n"
    "for o = 1, changes do\n"
    "  local n, op, key = tonumber(args[at]), args[at + 1], args[at + 2]\n"
    "  if op == 'SAME' then op = 'HSET' end\n"
    "  local what, want = op .. ' ' .. key, kinds[op]\n"
    "  local ok = asked[what]\n"
    "  if op == 'TRIM' then\n"
    "    ok = may('XTRIM', key, 'MINID', '~', '0')\n"
    "      and may('SMEMBERS', args[at + 3]) and may('GET', args[at + 4])\n"
    "  elseif not ok then ok = may(op, key) end\n"
    "  if not ok then return {'DENIED', what} end\n"
    "  asked[what] = true\n"
    "  if want and known[key] ~= want then\n"
    "    local is = call('TYPE', key)['ok']\n"
    "    if is ~= 'none' and is ~= want then\n"
    "      return {'KIND', key .. ' is a ' .. is}\n"
    "    end\n"
    "    known[key] = want\n"
    "  end\n"
    "  at = at + n + 1\n"
    "end\n"
    "local function before(a, b)\n"
    "  local am, as = string.match(a, '^(%d+)-?(%d*)$')\n"
    "  local bm, bs = string.match(b, '^(%d+)-?(%d*)$')\n"
    "  am, bm = tonumber(am), tonumber(bm)\n"
    "  if am ~= bm then return am < bm end\n"
    "  return (tonumber(as) or 0) < (tonumber(bs) or 0)\n"
    "end\n"
    "local function trim(stream, groups, prefix, name, least)\n"
    "  local topic = string.match(name, '^(.*)%.%d+$')\n"
    "  for _, member in ipairs(call('SMEMBERS', groups)) do\n"
    "    local group, of = string.match(member, '^(%S+) (%S+)$')\n"
    "    if of == topic then\n"
    "      local pos = call('GET', prefix .. group .. ':' .. name)\n"
    "      if not pos then return end\n"
    "      if before(pos, least) then least = pos end\n"
    "    end\n"
    "  end\n"
    "  call('XTRIM', stream, 'MINID', '~', least)\n"
    "end\n"
    "at = first\n"
    "for o = 1, changes do\n"
    "  local n = tonumber(args[at])\n"
    "  local op = args[at + 1]\n"
    "  if op == 'TRIM' then trim(unpack(args, at + 2, at + n))\n"
    "  elseif op == 'SAME' then\n"
    "    call('HSET', args[at + 2], args[at + 3], args[first + args[at + 4]])\n"
    "  else call(unpack(args, at + 1, at + n)) end\n"
    "  at = at + n + 1\n"
    "end\n"
    "return {'OK'}\n";

enum {
	STEP_MAX = 4 * 1024 * 1024,
	STEP_WORDS_MAX = 400000,
	STEP_SAME_MIN = 1024, /* bytes that are worth a search */
};

struct step_words {
	struct tcs_slice *items;
	size_t n, cap;
};

struct tcs_step {
	struct tcs_bus *bus;
	struct tcs_arena *arena;
	const char *fence_key;
	const char *fence;
	struct step_words guards, changes; /* words live in the arena */
	size_t guards_n, changes_n;
	struct tcs_step_beside beside;
	enum tcs_err err; /* sticky */
	char *note;
	int64_t note_value;
	tcs_step_cb *cb;
	void *cb_arg;
	void (*on_commit)(void *arg);
	void *on_commit_arg;
};

struct tcs_step *
tcs_step_new(struct tcs_bus *bus)
{
	struct tcs_step *step = calloc(1, sizeof(*step));

	if (step == NULL)
		return NULL;
	step->bus = bus;
	step->arena = tcs_arena_new(STEP_MAX);
	step->fence_key = step->fence = "";
	tcs_buf_init(&step->beside.records, STEP_MAX);
	for (size_t i = 0; i < TCS_STEP_INPUTS; i++)
		step->beside.inputs[i] = -1;
	if (step->arena == NULL)
		tcs_step_free(&step);
	return step;
}

void
tcs_step_free(struct tcs_step **step)
{
	if (step == NULL || *step == NULL)
		return;
	tcs_arena_free(&(*step)->arena);
	tcs_buf_fini(&(*step)->beside.records);
	free((*step)->guards.items);
	free((*step)->changes.items);
	free((*step)->note);
	free(*step);
	*step = NULL;
}

struct tcs_bus *
tcs_step_bus(struct tcs_step *step)
{
	return step->bus;
}

struct tcs_step_beside *
tcs_step_beside(struct tcs_step *step)
{
	return &step->beside;
}

void
tcs_step_fail(struct tcs_step *step, enum tcs_err err)
{
	if (step->err == TCS_OK)
		step->err = err;
}

size_t
tcs_step_count(const struct tcs_step *step)
{
	return step->changes_n + step->beside.records_n;
}

struct tcs_step_mark
tcs_step_mark(const struct tcs_step *step)
{
	return (struct tcs_step_mark){.guard_words = step->guards.n,
	    .change_words = step->changes.n,
	    .guards = step->guards_n,
	    .changes = step->changes_n,
	    .records = step->beside.records_n,
	    .records_bytes = step->beside.records.n};
}

void
tcs_step_rewind(struct tcs_step *step, struct tcs_step_mark mark)
{
	step->guards.n = mark.guard_words;
	step->changes.n = mark.change_words;
	step->guards_n = mark.guards;
	step->changes_n = mark.changes;
	step->beside.records_n = mark.records;
	step->beside.records.n = mark.records_bytes;
	step->beside.records.err = TCS_OK;
	step->err = TCS_OK;
}

bool
tcs_step_has_guard_key(const struct tcs_step *step, const char *key)
{
	size_t realm = strlen(tcs_store_realm(step->bus->store));

	for (size_t i = 0; i + 1 < step->guards.n; i++) {
		struct tcs_slice full = step->guards.items[i + 1];
		if (tcs_slice_is(step->guards.items[i], "key") &&
		    full.n > realm &&
		    tcs_slice_is(
		        tcs_slice(full.p + realm, full.n - realm), key))
			return true;
	}
	return false;
}

void
tcs_step_set_note(struct tcs_step *step, const char *note, int64_t value)
{
	free(step->note);
	step->note = note == NULL ? NULL : strdup(note);
	step->note_value = value;
}

const char *
tcs_step_note(const struct tcs_step *step, int64_t *ret_value)
{
	*ret_value = step->note_value;
	return step->note;
}

/* Add a word whose bytes live as long as the step. */
static void
step_add(struct tcs_step *step, struct step_words *words, struct tcs_slice s)
{
	if (step->err != TCS_OK)
		return;
	if (words->n == words->cap) {
		size_t cap = words->cap == 0 ? 32 : words->cap * 2;
		struct tcs_slice *items =
		    cap > STEP_WORDS_MAX
		        ? NULL
		        : realloc(words->items, cap * sizeof(*items));
		if (items == NULL) {
			step->err = TCS_ELIMIT;
			return;
		}
		words->items = items;
		words->cap = cap;
	}
	words->items[words->n++] = s;
}

static void
step_push(struct tcs_step *step, struct step_words *words, struct tcs_slice s)
{
	if (step->err != TCS_OK)
		return;
	char *copy = tcs_arena_alloc(step->arena, s.n + 1);
	if (copy == NULL) {
		step->err = TCS_ELIMIT;
		return;
	}
	if (s.p != NULL)
		memcpy(copy, s.p, s.n);
	step_add(step, words, tcs_slice(copy, s.n));
}

static void
step_push_str(struct tcs_step *step, struct step_words *words, const char *s)
{
	step_push(step, words, tcs_slice_str(s));
}

/* The realm's prefix and `key`. */
static void
step_push_key(struct tcs_step *step, struct step_words *words, const char *key)
{
	const char *realm = tcs_store_realm(step->bus->store);
	size_t realm_n = strlen(realm), key_n = strlen(key);
	char *full = tcs_arena_alloc(step->arena, realm_n + key_n + 1);

	if (full == NULL) {
		step->err = step->err == TCS_OK ? TCS_ELIMIT : step->err;
		return;
	}
	/* A slice: it needs no NUL. */
	for (size_t i = 0; i < realm_n; i++)
		full[i] = realm[i];
	for (size_t i = 0; i < key_n; i++)
		full[realm_n + i] = key[i];
	step_add(step, words, tcs_slice(full, realm_n + key_n));
}

static void
step_push_i64(struct tcs_step *step, struct step_words *words, int64_t value)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRId64, value);
	step_push_str(step, words, text);
}

void
tcs_step_fence(
    struct tcs_step *step, const char *group, const char *unit, uint64_t fence)
{
	step->fence_key = tcs_arena_printf(step->arena, "%sfence:%s:%s",
	    tcs_store_realm(step->bus->store), group, unit);
	step->fence = tcs_arena_printf(step->arena, "%" PRIu64, fence);
	if (step->fence_key == NULL || step->fence == NULL)
		step->err = TCS_ENOMEM;
}

void
tcs_step_on_commit(struct tcs_step *step, void (*cb)(void *arg), void *arg)
{
	tcs_assert(step->on_commit == NULL);
	step->on_commit = cb;
	step->on_commit_arg = arg;
}

void
tcs_step_take_on_commit(
    struct tcs_step *step, void (**ret_cb)(void *arg), void **ret_arg)
{
	*ret_cb = step->on_commit;
	*ret_arg = step->on_commit_arg;
	step->on_commit = NULL;
}

/* Guards */

static void
step_guard(struct tcs_step *step, const char *kind, const char *key,
    const char *member, struct tcs_slice expected)
{
	step->guards_n++;
	step_push_str(step, &step->guards, kind);
	step_push_key(step, &step->guards, key);
	if (member != NULL)
		step_push_str(step, &step->guards, member);
	step_push_str(step, &step->guards, expected.p == NULL ? "0" : "1");
	step_push(step, &step->guards, expected);
}

void
tcs_step_guard_key(
    struct tcs_step *step, const char *key, struct tcs_slice expected)
{
	step_guard(step, "key", key, NULL, expected);
}

void
tcs_step_guard_field(struct tcs_step *step, const char *key, const char *field,
    struct tcs_slice expected)
{
	step_guard(step, "field", key, field, expected);
}

void
tcs_step_guard_score(
    struct tcs_step *step, const char *key, const char *member, int64_t score)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRId64, score);
	step_guard(step, "score", key, member, tcs_slice_str(text));
}

/* Changes */

void
tcs_step_op(
    struct tcs_step *step, size_t argc, const char *command, const char *key)
{
	step->changes_n++;
	step_push_i64(step, &step->changes, (int64_t)argc);
	step_push_str(step, &step->changes, command);
	step_push_key(step, &step->changes, key);
}

void
tcs_step_word(struct tcs_step *step, struct tcs_slice word)
{
	step_push(step, &step->changes, word);
}

void
tcs_step_set(struct tcs_step *step, const char *key, struct tcs_slice v)
{
	tcs_step_op(step, 3, "SET", key);
	tcs_step_word(step, v);
}

void
tcs_step_del(struct tcs_step *step, const char *key)
{
	tcs_step_op(step, 2, "DEL", key);
}

/* The word of the changes that has these bytes; SIZE_MAX: none. */
static size_t
step_find(const struct tcs_step *step, struct tcs_slice value)
{
	for (size_t i = 0; value.n >= STEP_SAME_MIN && i < step->changes.n;
	     i++) {
		if (tcs_slice_equal(step->changes.items[i], value))
			return i;
	}
	return SIZE_MAX;
}

void
tcs_step_hset(struct tcs_step *step, const char *key, const char *field,
    struct tcs_slice value)
{
	size_t same = step_find(step, value);

	tcs_step_op(step, 4, same == SIZE_MAX ? "HSET" : "SAME", key);
	tcs_step_word(step, tcs_slice_str(field));
	if (same == SIZE_MAX)
		tcs_step_word(step, value);
	else
		step_push_i64(step, &step->changes, (int64_t)same);
}

void
tcs_step_hdel(struct tcs_step *step, const char *key, const char *field)
{
	tcs_step_op(step, 3, "HDEL", key);
	tcs_step_word(step, tcs_slice_str(field));
}

void
tcs_step_zadd(
    struct tcs_step *step, const char *key, const char *member, int64_t score)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRId64, score);
	tcs_step_op(step, 4, "ZADD", key);
	tcs_step_word(step, tcs_slice_str(text));
	tcs_step_word(step, tcs_slice_str(member));
}

void
tcs_step_zrem(struct tcs_step *step, const char *key, const char *member)
{
	tcs_step_op(step, 3, "ZREM", key);
	tcs_step_word(step, tcs_slice_str(member));
}

void
tcs_step_publish(struct tcs_step *step, const struct tcs_outgoing *record)
{
	if (record->value.n > TCS_RECORD_MAX) {
		step->err = TCS_ELIMIT;
		return;
	}
	step->bus->driver->publish(step->bus, step, record);
}

/* Commit */

static void
step_finish(void *arg, enum tcs_err err, const char *reason)
{
	struct tcs_step *step = arg;

	tcs_failpoint("step.answered");
	if (err == TCS_OK && step->on_commit != NULL)
		step->on_commit(step->on_commit_arg);
	step->cb(step->cb_arg, err, reason);
	tcs_step_free(&step);
}

/* A step that nobody owns sends what it publishes itself. */
static bool
step_has_to_send(const struct tcs_step *step)
{
	return step->beside.records_n > 0 && !step->beside.is_prepared;
}

static void
step_send(struct tcs_step *step)
{
	step->bus->driver->send(
	    step->bus, tcs_buf_view(&step->beside.records), step_finish, step);
}

static void
step_answered(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct tcs_step *step = arg;
	char reason[256] = "";

	if (step->err != TCS_OK) {
		step_finish(step, step->err,
		    step->err == TCS_ELIMIT
		        ? "too large: a record's value has at most 1 000 000 "
		          "bytes, key and headers 40 000 besides, a step 4 MiB"
		        : tcs_strerror(step->err));
		return;
	}
	if (err != TCS_OK) {
		struct tcs_slice text = tcs_reply_slice(reply);
		(void)snprintf(reason, sizeof(reason), "%.*s",
		    text.n > 200 ? 200 : (int)text.n,
		    text.n == 0 ? tcs_strerror(err) : text.p);
		step_finish(step, err, reason);
		return;
	}
	struct tcs_slice word = tcs_reply_slice(tcs_reply_at(reply, 0));
	struct tcs_slice what = tcs_reply_slice(tcs_reply_at(reply, 1));
	(void)snprintf(reason, sizeof(reason), "%.*s %.*s", TCS_SLICE_ARG(word),
	    what.n > 200 ? 200 : (int)what.n, what.n == 0 ? "" : what.p);
	if (tcs_slice_is(word, "OK") && step_has_to_send(step)) {
		step_send(step);
		return;
	}
	if (tcs_slice_is(word, "OK"))
		err = TCS_OK;
	else if (tcs_slice_is(word, "FENCED"))
		err = TCS_EFENCED;
	else if (tcs_slice_is(word, "GUARD"))
		err = TCS_EGUARD;
	else if (tcs_slice_is(word, "DENIED"))
		err = TCS_EDENIED;
	else
		err = TCS_EINVAL;
	step_finish(step, err, reason);
}

void
tcs_step_commit(struct tcs_step *step, tcs_step_cb *cb, void *arg)
{
	struct step_words all = {0};
	struct tcs_store *store = step->bus->store;

	step->cb = cb;
	step->cb_arg = arg;
	step_push_str(step, &all, step->fence_key);
	step_push_str(step, &all, step->fence);
	step_push_i64(step, &all, (int64_t)step->guards_n);
	for (size_t i = 0; i < step->guards.n; i++)
		step_add(step, &all, step->guards.items[i]);
	step_push_i64(step, &all, (int64_t)step->changes_n);
	for (size_t i = 0; i < step->changes.n; i++)
		step_add(step, &all, step->changes.items[i]);
	if (step->beside.records.err != TCS_OK)
		tcs_step_fail(step, TCS_ELIMIT);
	if (step->err == TCS_OK && step_has_to_send(step) &&
	    step->guards_n + step->changes_n == 0) {
		step_send(step);
	} else if (step->err != TCS_OK) {
		/* An answer from the loop, as for any other refusal. */
		tcs_store_send(store, step_answered, step, "PING", NULL);
	} else {
		tcs_failpoint("step.before-send");
		tcs_store_eval(store, step->bus->step_script, all.items, all.n,
		    step_answered, step);
		tcs_failpoint("step.sent");
	}
	free(all.items);
}

/* thread_json.c - a thread as it lies in `rule:threads`. */
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/proposal.h"
#include "rules/thread.h"

#define STATE_NAME(id, name) name,
static const char *const thread_state_names[] = {TCS_THREAD_STATES(STATE_NAME)};
#undef STATE_NAME

/* A time that may be absent is left out. */
static bool
thread_set_time(json_t *object, const char *name, int64_t ms)
{
	return ms == TCS_NO_TIME || tcs_json_set_i64(object, name, ms);
}

static json_t *
thread_raise_json(const struct tcs_thread_raise *raise)
{
	json_t *object = json_object();

	if (object == NULL)
		return NULL;
	bool is_set = tcs_json_set_str(object, "raise", raise->raise) &&
	              tcs_json_set_str(object, "action", raise->action) &&
	              tcs_json_set_str(object, "content", raise->content) &&
	              tcs_json_set_str(object, "reference", raise->reference) &&
	              tcs_json_set_i64(object, "number", raise->number) &&
	              tcs_json_set_i64(object, "expires_ms", raise->expires_ms);
	if (!is_set) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static bool
thread_set_lists(json_t *object, const struct tcs_thread *thread)
{
	json_t *seen = json_array();
	json_t *raises = json_array();
	bool is_set = seen != NULL && raises != NULL;

	for (size_t i = 0; is_set && i < thread->seen_n; i++)
		is_set = json_array_append_new(
		             seen, json_string(thread->seen[i])) == 0;
	for (size_t i = 0; is_set && i < thread->raises_n; i++) {
		if (thread->raises[i].number > 0)
			is_set =
			    json_array_append_new(raises,
			        thread_raise_json(&thread->raises[i])) == 0;
	}
	/* The object takes them, also when it fails. */
	bool has_seen = json_object_set_new(object, "seen", seen) == 0;
	bool has_raises = json_object_set_new(object, "raises", raises) == 0;
	return is_set && has_seen && has_raises;
}

static bool
thread_fill_json(json_t *object, const struct tcs_thread *thread)
{
	return tcs_json_set_str(object, "thread", thread->id) &&
	       tcs_json_set_str(object, "code", thread->code) &&
	       tcs_json_set_str(object, "rule", thread->rule) &&
	       tcs_json_set_str(object, "source", thread->source) &&
	       tcs_json_set_str(object, "zone", thread->zone) &&
	       tcs_json_set_str(object, "zone_name", thread->zone_name) &&
	       tcs_json_set_str(object, "phenomenon", thread->phenomenon) &&
	       tcs_json_set_str(object, "report", thread->report) &&
	       tcs_json_set_str(object, "level", thread->level) &&
	       tcs_json_set_str(
	           object, "state", thread_state_names[thread->state]) &&
	       tcs_json_set_str(object, "signal", thread->signal) &&
	       tcs_json_set_i64(object, "opened_ms", thread->opened_ms) &&
	       thread_set_time(object, "issued_ms", thread->issued_ms) &&
	       tcs_json_set_i64(object, "sent_ms", thread->sent_ms) &&
	       tcs_json_set_i64(object, "expires_ms", thread->expires_ms) &&
	       tcs_json_set_i64(object, "forget_ms", thread->forget_ms) &&
	       thread_set_lists(object, thread);
}

enum tcs_err
tcs_thread_write(const struct tcs_thread *thread, struct tcs_buf *buf)
{
	json_t *object = json_object();
	enum tcs_err err = TCS_ENOMEM;

	if (object != NULL && thread_fill_json(object, thread)) {
		tcs_json_write(buf, object);
		err = buf->err;
	}
	json_decref(object);
	return err;
}

/* A thread while it is read. */
struct thread_reader {
	struct tcs_arena *arena;
	const char *missing; /* first member that is */
	bool is_short;       /* out of memory */
};

static const char *
thread_get(struct thread_reader *r, const json_t *object, const char *name,
    bool is_needed)
{
	const char *text = tcs_json_str(object, name, NULL);

	if (text == NULL) {
		if (is_needed && r->missing == NULL)
			r->missing = name;
		return NULL;
	}
	const char *copy = tcs_arena_dup(r->arena, tcs_slice_str(text));
	r->is_short = r->is_short || copy == NULL;
	return copy;
}

static int64_t
thread_get_time(struct thread_reader *r, const json_t *object, const char *name)
{
	int64_t ms = tcs_json_i64(object, name, TCS_NO_TIME);

	if (ms == TCS_NO_TIME && r->missing == NULL)
		r->missing = name;
	return ms;
}

static void
thread_get_state(
    struct thread_reader *r, const json_t *object, struct tcs_thread *thread)
{
	const char *name = tcs_json_str(object, "state", "");

	for (size_t i = 0; i < TCS_THREAD_STATE_COUNT; i++) {
		if (strcmp(name, thread_state_names[i]) == 0) {
			thread->state = (enum tcs_thread_state)i;
			return;
		}
	}
	if (r->missing == NULL)
		r->missing = "state";
}

static void
thread_get_lists(
    struct thread_reader *r, const json_t *object, struct tcs_thread *thread)
{
	size_t i;
	json_t *item;

	json_array_foreach(json_object_get(object, "seen"), i, item)
	{
		const char *mark = json_string_value(item);
		if (mark == NULL || thread->seen_n == TCS_THREAD_SEEN_MAX)
			break;
		mark = tcs_arena_dup(r->arena, tcs_slice_str(mark));
		r->is_short = r->is_short || mark == NULL;
		thread->seen[thread->seen_n++] = mark;
	}
	json_array_foreach(json_object_get(object, "raises"), i, item)
	{
		if (thread->raises_n == TCS_THREAD_RAISES_MAX)
			break;
		thread->raises[thread->raises_n++] = (struct tcs_thread_raise){
		    .raise = thread_get(r, item, "raise", true),
		    .action = thread_get(r, item, "action", true),
		    .content = thread_get(r, item, "content", true),
		    .reference = thread_get(r, item, "reference", true),
		    .number = (unsigned)tcs_json_i64(item, "number", 1),
		    .expires_ms = thread_get_time(r, item, "expires_ms"),
		};
	}
}

static void
thread_get_all(
    struct thread_reader *r, const json_t *object, struct tcs_thread *thread)
{
	thread->id = thread_get(r, object, "thread", true);
	const char *code = thread_get(r, object, "code", true);
	if (code != NULL && strlen(code) == 3)
		memcpy(thread->code, code, 4);
	else if (r->missing == NULL)
		r->missing = "code";
	thread->rule = thread_get(r, object, "rule", true);
	thread->source = thread_get(r, object, "source", true);
	thread->zone = thread_get(r, object, "zone", true);
	thread->zone_name = thread_get(r, object, "zone_name", false);
	thread->phenomenon = thread_get(r, object, "phenomenon", false);
	thread->report = thread_get(r, object, "report", false);
	thread->level = thread_get(r, object, "level", false);
	thread->signal = thread_get(r, object, "signal", true);
	thread->opened_ms = thread_get_time(r, object, "opened_ms");
	thread->issued_ms = tcs_json_i64(object, "issued_ms", TCS_NO_TIME);
	thread->sent_ms = thread_get_time(r, object, "sent_ms");
	thread->expires_ms = thread_get_time(r, object, "expires_ms");
	thread->forget_ms = thread_get_time(r, object, "forget_ms");
	thread_get_state(r, object, thread);
	thread_get_lists(r, object, thread);
}

enum tcs_err
tcs_thread_read(struct tcs_slice json, const char *key, struct tcs_arena *arena,
    struct tcs_thread *ret_thread, struct tcs_diag *diag)
{
	struct thread_reader r = {.arena = arena};
	struct tcs_thread thread = {
	    .key = tcs_arena_dup(arena, tcs_slice_str(key))};
	json_t *object = NULL;
	enum tcs_err err = tcs_json_parse(json, &object, NULL, diag);

	if (err != TCS_OK)
		return err;
	thread_get_all(&r, object, &thread);
	json_decref(object);
	if (r.is_short || thread.key == NULL)
		return TCS_ENOMEM;
	if (r.missing != NULL)
		return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "a thread without a readable '%s'", r.missing);
	tcs_thread_hash(thread.id, thread.hash);
	*ret_thread = thread;
	return TCS_OK;
}

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

static void
thread_write_raise(const struct tcs_thread_raise *raise, struct tcs_buf *buf)
{
	tcs_json_open(buf, NULL, '{');
	tcs_json_put_str(buf, "raise", raise->raise);
	tcs_json_put_str(buf, "action", raise->action);
	tcs_json_put_str(buf, "content", raise->content);
	tcs_json_put_str(buf, "reference", raise->reference);
	tcs_json_put_i64(buf, "number", raise->number);
	tcs_json_put_i64(buf, "expires_ms", raise->expires_ms);
	tcs_json_close(buf, '}');
}

static void
thread_write_lists(const struct tcs_thread *thread, struct tcs_buf *buf)
{
	tcs_json_open(buf, "seen", '[');
	for (size_t i = 0; i < thread->seen_n; i++)
		tcs_json_put_str(buf, NULL, thread->seen[i]);
	tcs_json_close(buf, ']');
	tcs_json_open(buf, "raises", '[');
	for (size_t i = 0; i < thread->raises_n; i++) {
		if (thread->raises[i].number > 0)
			thread_write_raise(&thread->raises[i], buf);
	}
	tcs_json_close(buf, ']');
}

enum tcs_err
tcs_thread_write(const struct tcs_thread *thread, struct tcs_buf *buf)
{
	tcs_json_open(buf, NULL, '{');
	tcs_json_put_str(buf, "thread", thread->id);
	tcs_json_put_str(buf, "code", thread->code);
	tcs_json_put_str(buf, "rule", thread->rule);
	tcs_json_put_str(buf, "source", thread->source);
	tcs_json_put_str(buf, "zone", thread->zone);
	tcs_json_put_str(buf, "zone_name", thread->zone_name);
	tcs_json_put_str(buf, "phenomenon", thread->phenomenon);
	tcs_json_put_str(buf, "report", thread->report);
	tcs_json_put_str(buf, "level", thread->level);
	tcs_json_put_str(buf, "state", thread_state_names[thread->state]);
	tcs_json_put_str(buf, "signal", thread->signal);
	tcs_json_put_i64(buf, "opened_ms", thread->opened_ms);
	if (thread->issued_ms != TCS_NO_TIME)
		tcs_json_put_i64(buf, "issued_ms", thread->issued_ms);
	tcs_json_put_i64(buf, "sent_ms", thread->sent_ms);
	tcs_json_put_i64(buf, "expires_ms", thread->expires_ms);
	tcs_json_put_i64(buf, "forget_ms", thread->forget_ms);
	thread_write_lists(thread, buf);
	tcs_json_close(buf, '}');
	return buf->err;
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

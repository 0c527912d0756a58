/* thread.c - see thread.h.
 *
 *            opens              condition ceases, source's end
 *  (none) ----------> OPEN --------------------------------> TO_LIFT
 *                     ^ |                                    ^ |  |
 *                     | '- revision                revision -' |  |
 *                     '----------------------------------------'  |
 *                            condition holds again                |
 *                                                                 v
 *         48 h after the last expiry or the source's end, from both:
 *                                                             (forgotten)
 */
#include "rules/thread.h"

#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/proposal.h"

#define THREAD_MEMORY_MS TCS_HOURS(48)
#define THREAD_VALIDITY_MS TCS_HOURS(24)

const char *
tcs_move_name(enum tcs_move move)
{
#define MOVE_NAME(id, name) name,
	static const char *const names[] = {TCS_MOVES(MOVE_NAME)};
#undef MOVE_NAME

	return names[move];
}

bool
tcs_move_is_revision(enum tcs_move move)
{
	return move >= TCS_MOVE_OPENED;
}

int64_t
tcs_signal_expiry(const struct tcs_signal *signal)
{
	if (signal->expires_ms != TCS_NO_TIME)
		return signal->expires_ms;
	return signal->sent_ms + THREAD_VALIDITY_MS;
}

bool
tcs_signal_is_system(const struct tcs_signal *signal)
{
	return signal->status != NULL && strcmp(signal->status, "System") == 0;
}

/* The source says that it is over, or that it was wrong. */
static bool
thread_is_end(const struct tcs_signal *signal)
{
	return signal->is_end || (signal->msg_type != NULL &&
	                             strcmp(signal->msg_type, "Cancel") == 0);
}

static void
thread_mark(const char *identifier, char mark[17])
{
	char hex[TCS_DIGEST_HEX];

	(void)tcs_digest(tcs_slice_str(identifier), hex);
	memcpy(mark, hex, 16);
	mark[16] = '\0';
}

static bool
thread_has_seen(const struct tcs_thread *thread, const char *identifier)
{
	char mark[17];

	thread_mark(identifier, mark);
	for (size_t i = 0; i < thread->seen_n; i++) {
		if (strcmp(thread->seen[i], mark) == 0)
			return true;
	}
	return false;
}

/* Issue times are compared where both are known, else the times at which the
 * collector spoke. */
static bool
thread_is_stale(
    const struct tcs_thread *thread, const struct tcs_signal *signal)
{
	if (thread->issued_ms != TCS_NO_TIME &&
	    signal->issued_ms != TCS_NO_TIME)
		return signal->issued_ms < thread->issued_ms;
	return signal->sent_ms < thread->sent_ms;
}

static enum tcs_move
thread_decide_opening(const struct tcs_signal *signal, enum tcs_match opens,
    int64_t now_ms, bool may_open)
{
	if (thread_is_end(signal) || !may_open || opens == TCS_NO)
		return TCS_MOVE_NONE;
	if (opens == TCS_UNKNOWN)
		return TCS_MOVE_UNKNOWN;
	if (tcs_signal_expiry(signal) <= now_ms)
		return TCS_MOVE_EXPIRED;
	return TCS_MOVE_OPENED;
}

/* Unknown ends nothing; it reopens only what a trend alone leaves open to
 * doubt. */
static enum tcs_move
thread_decide_revision(
    const struct tcs_thread *thread, struct tcs_verdict verdict)
{
	if (thread->state == TCS_THREAD_OPEN)
		return verdict.holds == TCS_NO ? TCS_MOVE_CEASED
		                               : TCS_MOVE_UPDATED;
	bool holds_again =
	    verdict.opens == TCS_YES ||
	    (verdict.opens == TCS_UNKNOWN && verdict.holds == TCS_YES);
	return holds_again ? TCS_MOVE_REOPENED : TCS_MOVE_UPDATED;
}

enum tcs_move
tcs_thread_decide(const struct tcs_thread *thread,
    const struct tcs_signal *signal, struct tcs_verdict verdict, int64_t now_ms,
    bool may_open)
{
	if (thread == NULL)
		return thread_decide_opening(
		    signal, verdict.opens, now_ms, may_open);
	if (thread_has_seen(thread, signal->identifier))
		return TCS_MOVE_SEEN;
	if (thread_is_stale(thread, signal))
		return TCS_MOVE_STALE;
	if (thread_is_end(signal))
		return TCS_MOVE_ENDED;
	return thread_decide_revision(thread, verdict);
}

enum tcs_err
tcs_thread_open(struct tcs_thread *thread, const char *rule,
    const struct tcs_signal *signal, struct tcs_arena *arena)
{
	const struct tcs_slice id[] = {tcs_slice_str(signal->identifier),
	    tcs_slice_str("/"), tcs_slice_str(rule)};

	*thread = (struct tcs_thread){
	    .id = tcs_arena_join(arena, id, sizeof(id) / sizeof(id[0])),
	    .key = signal->departement,
	    .rule = rule,
	    .source = signal->source,
	    .zone = signal->zone,
	    .phenomenon = signal->phenomenon,
	    .report = signal->report,
	    .opened_ms = signal->sent_ms,
	    .issued_ms = TCS_NO_TIME,
	    .forget_ms = TCS_NO_TIME,
	};
	if (thread->id == NULL)
		return TCS_ENOMEM;
	tcs_thread_hash(thread->id, thread->hash);
	return TCS_OK;
}

static enum tcs_err
thread_remember(
    struct tcs_thread *thread, const char *identifier, struct tcs_arena *arena)
{
	char mark[17];

	thread_mark(identifier, mark);
	const char *copy = tcs_arena_dup(arena, tcs_slice_str(mark));
	if (copy == NULL)
		return TCS_ENOMEM;
	if (thread->seen_n == TCS_THREAD_SEEN_MAX) {
		thread->seen_n--;
		memmove(thread->seen, thread->seen + 1,
		    thread->seen_n * sizeof(thread->seen[0]));
	}
	thread->seen[thread->seen_n++] = copy;
	return TCS_OK;
}

/* Never earlier than before: what was seen stays seen until nothing that came
 * with it is valid any more. */
static void
thread_postpone(struct tcs_thread *thread, int64_t end_ms)
{
	if (thread->forget_ms < end_ms + THREAD_MEMORY_MS)
		thread->forget_ms = end_ms + THREAD_MEMORY_MS;
}

enum tcs_err
tcs_thread_move(struct tcs_thread *thread, enum tcs_move move,
    const struct tcs_signal *signal, struct tcs_arena *arena)
{
	tcs_assert(tcs_move_is_revision(move));
	if (move == TCS_MOVE_OPENED || move == TCS_MOVE_REOPENED)
		thread->state = TCS_THREAD_OPEN;
	if (move == TCS_MOVE_CEASED || move == TCS_MOVE_ENDED)
		thread->state = TCS_THREAD_TO_LIFT;
	thread->level = signal->level;
	thread->signal = signal->identifier;
	if (signal->zone_name != NULL)
		thread->zone_name = signal->zone_name;
	if (signal->issued_ms != TCS_NO_TIME)
		thread->issued_ms = signal->issued_ms;
	thread->sent_ms = signal->sent_ms;
	thread->expires_ms = tcs_signal_expiry(signal);
	thread_postpone(thread, thread->expires_ms);
	thread_postpone(thread, signal->sent_ms);
	return thread_remember(thread, signal->identifier, arena);
}

static bool
thread_is_raised_by(const char *raise, const struct tcs_rule *rule)
{
	for (const struct tcs_raise *r = rule->raises; r != NULL; r = r->next) {
		if (strcmp(r->id, raise) == 0)
			return true;
	}
	return false;
}

void
tcs_thread_raises_fit(struct tcs_thread *thread, const struct tcs_rule *rule)
{
	size_t kept = 0;

	if (thread->raises_n <= TCS_THREAD_RAISES_MAX / 2)
		return;
	for (size_t i = 0; i < thread->raises_n; i++) {
		if (thread_is_raised_by(thread->raises[i].raise, rule))
			thread->raises[kept++] = thread->raises[i];
	}
	thread->raises_n = kept;
}

struct tcs_thread_raise *
tcs_thread_raise_slot(struct tcs_thread *thread, const char *raise)
{
	for (size_t i = 0; i < thread->raises_n; i++) {
		if (strcmp(thread->raises[i].raise, raise) == 0)
			return &thread->raises[i];
	}
	if (thread->raises_n == TCS_THREAD_RAISES_MAX)
		return NULL;
	struct tcs_thread_raise *slot = &thread->raises[thread->raises_n++];
	*slot = (struct tcs_thread_raise){.raise = raise};
	return slot;
}

enum { THREAD_PARTS = 6 };

/* The last part is the report, which most have not. */
static void
thread_place(const char *const parts[THREAD_PARTS], char place[65])
{
	struct tcs_slice slices[THREAD_PARTS];
	size_t n =
	    parts[THREAD_PARTS - 1] == NULL ? THREAD_PARTS - 1 : THREAD_PARTS;

	for (size_t i = 0; i < n; i++)
		slices[i] = tcs_slice_str(parts[i]);
	(void)tcs_digest_parts(slices, n, place);
}

void
tcs_thread_place(
    const char *rule, const struct tcs_signal *signal, char place[65])
{
	const char *const parts[] = {rule, signal->source, signal->zone,
	    signal->phenomenon, signal->departement, signal->report};

	thread_place(parts, place);
}

void
tcs_thread_own_place(const struct tcs_thread *thread, char place[65])
{
	const char *const parts[] = {thread->rule, thread->source, thread->zone,
	    thread->phenomenon, thread->key, thread->report};

	thread_place(parts, place);
}

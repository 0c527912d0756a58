#include "rules/pass.h"

#include <string.h>

#include "core/arena.h"
#include "core/log.h"
#include "rules/match.h"
#include "rules/raise.h"

enum { PASS_NAME_MAX = 200 }; /* of what names a thread's place */

static bool
pass_is_ours(const struct tcs_pass *pass)
{
	const struct tcs_pass_conf *conf = pass->conf;

	if (strcmp(pass->signal->departement, "FR") == 0)
		return tcs_signal_is_system(pass->signal) ||
		       pass->signal->is_national;
	for (size_t i = 0; i < conf->departements_n; i++) {
		if (strcmp(conf->departements[i], pass->signal->departement) ==
		    0)
			return true;
	}
	return false;
}

/* The thread of this rule at the signal's place, read into the arena; NULL in
 * *ret_thread when there is none. */
static enum tcs_err
pass_find_thread(struct tcs_pass *pass, const struct tcs_rule *rule,
    struct tcs_pass_thread **ret_thread, struct tcs_diag *diag)
{
	char place[65];

	tcs_thread_place(rule->id, pass->signal, place);
	const struct tcs_thread_entry *entry =
	    tcs_threads_at(pass->threads, place);
	*ret_thread = NULL;
	if (entry == NULL)
		return TCS_OK;
	struct tcs_pass_thread *thread =
	    tcs_arena_alloc(pass->arena, sizeof(*thread));
	if (thread == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = tcs_thread_read(tcs_slice_str(entry->json),
	    pass->signal->departement, pass->arena, &thread->value, diag);
	if (err != TCS_OK)
		return err;
	memcpy(thread->name, entry->name, sizeof(thread->name));
	*ret_thread = thread;
	return TCS_OK;
}

/* A new thread with a code of its own, taken until tcs_pass_undo(). */
static enum tcs_err
pass_open_thread(struct tcs_pass *pass, const struct tcs_rule *rule,
    struct tcs_pass_thread **ret_thread, struct tcs_diag *diag)
{
	struct tcs_pass_thread *thread =
	    tcs_arena_alloc(pass->arena, sizeof(*thread));

	if (thread == NULL)
		return TCS_ENOMEM;
	if (tcs_threads_count(pass->threads) >= TCS_THREADS_MAX)
		return tcs_diag_add(diag, TCS_ELIMIT, NULL, 0,
		    "more than %d threads open: is a rule too wide?",
		    TCS_THREADS_MAX);
	enum tcs_err err = tcs_thread_open(
	    &thread->value, rule->id, pass->signal, pass->arena);
	if (err == TCS_OK)
		err = tcs_thread_name(&thread->value, thread->name);
	if (err != TCS_OK)
		return err;
	if (tcs_threads_named(pass->threads, thread->name) != NULL)
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "another thread has the hash %s", thread->value.hash);
	struct tcs_codes *codes = tcs_threads_codes(pass->threads);
	err = tcs_codes_propose(codes, thread->value.hash, thread->value.code);
	if (err != TCS_OK)
		return tcs_diag_add(
		    diag, err, NULL, 0, "all codes of threads are in use");
	err = tcs_codes_take(codes, tcs_slice_str(thread->value.code));
	tcs_assert(err == TCS_OK);
	thread->is_new = true;
	*ret_thread = thread;
	return TCS_OK;
}

static void
pass_append_thread(struct tcs_pass *pass, struct tcs_pass_thread *thread)
{
	struct tcs_pass_thread **tail = &pass->changed;

	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = thread;
}

static enum tcs_err
pass_append_proposal(struct tcs_pass *pass, const struct tcs_proposal *proposal)
{
	struct tcs_pass_proposal **tail = &pass->raised;
	struct tcs_pass_proposal *item =
	    tcs_arena_alloc(pass->arena, sizeof(*item));

	if (item == NULL)
		return TCS_ENOMEM;
	item->value = *proposal;
	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = item;
	return TCS_OK;
}

static enum tcs_err
pass_raise(struct tcs_pass *pass, const struct tcs_rule *rule,
    struct tcs_pass_thread *thread, enum tcs_move move)
{
	const struct tcs_raise_context context = {
	    .rule = rule,
	    .thread = &thread->value,
	    .move = move,
	    .signal = pass->signal,
	    .signal_reference = pass->signal_reference,
	    .observatory = pass->conf->observatory,
	    .sender = pass->conf->sender,
	    .status = pass->conf->status,
	    .now_ms = pass->now_ms,
	    .lists = pass->lists,
	    .arena = pass->arena,
	    .notes = pass->notes,
	};
	enum tcs_err err = TCS_OK;

	tcs_thread_raises_fit(&thread->value, rule);
	for (const struct tcs_raise *r = rule->raises;
	     r != NULL && err == TCS_OK; r = r->next) {
		struct tcs_proposal proposal;
		bool has_one;
		err = tcs_raise_propose(&context, r, &proposal, &has_one);
		if (err == TCS_OK && has_one)
			err = pass_append_proposal(pass, &proposal);
	}
	return err;
}

static enum tcs_err
pass_write(struct tcs_pass *pass, struct tcs_pass_thread *thread)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, TCS_THREAD_JSON_MAX);
	enum tcs_err err = tcs_thread_write(&thread->value, &buf);
	if (err == TCS_OK) {
		thread->json.p = tcs_arena_dup(pass->arena, tcs_buf_view(&buf));
		thread->json.n = buf.n;
		if (thread->json.p == NULL)
			err = TCS_ENOMEM;
	}
	tcs_buf_fini(&buf);
	return err;
}

static void
pass_log(const struct tcs_pass *pass, const struct tcs_rule *rule,
    const struct tcs_pass_thread *thread, enum tcs_move move)
{
	bool is_change = tcs_move_is_revision(move) && move != TCS_MOVE_UPDATED;
	enum tcs_log_level level = is_change ? TCS_LOG_INFO : TCS_LOG_DEBUG;

	tcs_log(level, "thread.move",
	    "move=%s rule=%s code=%s source=%s zone=\"%s\" level=\"%s\" "
	    "signal=%s",
	    tcs_move_name(move), rule->id,
	    thread == NULL ? "-" : thread->value.code, pass->signal->source,
	    pass->signal->zone, pass->signal->level, pass->signal->identifier);
}

/* What is passed over is said with how often that has been. */
static void
pass_log_ignored(const struct tcs_pass *pass, const struct tcs_rule *rule,
    const struct tcs_pass_thread *thread, enum tcs_move move)
{
	unsigned long *count = move == TCS_MOVE_STALE  ? &pass->counts->stale
	                       : move == TCS_MOVE_SEEN ? &pass->counts->seen
	                       : move == TCS_MOVE_EXPIRED
	                           ? &pass->counts->expired
	                           : NULL;

	if (count == NULL) {
		pass_log(pass, rule, thread, move);
		return;
	}
	(*count)++;
	tcs_log(TCS_LOG_WARNING, "signal.ignored",
	    "why=%s count=%lu rule=%s signal=%s", tcs_move_name(move), *count,
	    rule->id, pass->signal->identifier);
}

static enum tcs_err
pass_move(struct tcs_pass *pass, const struct tcs_rule *rule,
    struct tcs_pass_thread *thread, enum tcs_move move, struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;

	if (thread == NULL)
		err = pass_open_thread(pass, rule, &thread, diag);
	if (err != TCS_OK)
		return err;
	tcs_assert(thread != NULL);
	pass_append_thread(pass, thread);
	pass_log(pass, rule, thread, move);
	err = tcs_thread_move(&thread->value, move, pass->signal, pass->arena);
	if (err == TCS_OK)
		err = pass_raise(pass, rule, thread, move);
	return err == TCS_OK ? pass_write(pass, thread) : err;
}

static enum tcs_err
pass_rule(struct tcs_pass *pass, const struct tcs_rule *rule,
    const struct tcs_subject *subject, struct tcs_diag *diag)
{
	struct tcs_pass_thread *thread;
	enum tcs_err err = pass_find_thread(pass, rule, &thread, diag);

	if (err != TCS_OK)
		return err;
	enum tcs_move move = tcs_thread_decide(
	    thread == NULL ? NULL : &thread->value, pass->signal,
	    tcs_rule_match(rule, subject), pass->now_ms, pass_is_ours(pass));
	if (tcs_move_is_revision(move))
		return pass_move(pass, rule, thread, move, diag);
	pass_log_ignored(pass, rule, thread, move);
	return TCS_OK;
}

/* What names a place comes from outside; it is bounded before it is kept. */
static enum tcs_err
pass_check(const struct tcs_signal *signal, struct tcs_diag *diag)
{
	const char *const names[] = {signal->source, signal->zone,
	    signal->zone_name, signal->phenomenon, signal->level,
	    signal->departement, signal->identifier, signal->report};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i] != NULL && strlen(names[i]) > PASS_NAME_MAX)
			return tcs_diag_add(diag, TCS_ELIMIT, NULL, 0,
			    "a name of more than %d bytes in the signal",
			    PASS_NAME_MAX);
	}
	if (signal->identifier == NULL || signal->source == NULL ||
	    signal->zone == NULL || signal->departement == NULL)
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "a signal without identifier, source, zone or département");
	return TCS_OK;
}

enum tcs_err
tcs_pass_run(struct tcs_pass *pass, struct tcs_diag *diag)
{
	struct tcs_subject subject;
	enum tcs_err err = pass_check(pass->signal, diag);

	if (err == TCS_OK)
		err = tcs_subject_init(&subject, pass->signal, pass->folded);
	for (size_t i = 0; i < pass->rules->n && err == TCS_OK; i++)
		err = pass_rule(pass, pass->rules->rules[i], &subject, diag);
	if (err != TCS_OK)
		tcs_pass_undo(pass);
	return err;
}

void
tcs_pass_undo(struct tcs_pass *pass)
{
	for (const struct tcs_pass_thread *t = pass->changed; t != NULL;
	     t = t->next) {
		if (t->is_new)
			tcs_codes_give(tcs_threads_codes(pass->threads),
			    tcs_slice_str(t->value.code));
	}
	pass->changed = NULL;
	pass->raised = NULL;
}

enum tcs_err
tcs_pass_keep(struct tcs_pass *pass)
{
	enum tcs_err err = TCS_OK;

	for (const struct tcs_pass_thread *t = pass->changed;
	     t != NULL && err == TCS_OK; t = t->next)
		err = tcs_threads_put(pass->threads, &t->value, t->json);
	return err;
}

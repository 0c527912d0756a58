#include "rules/engine.h"

#include <stdlib.h>
#include <string.h>

#include "config/conf.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/failpoint.h"
#include "core/log.h"
#include "rules/pass.h"

enum {
	ENGINE_ARENA_MAX = 32 * 1024 * 1024, /* of one signal */
	ENGINE_STEP_MAX = 3 * 1024 * 1024,   /* bytes published by one */
	ENGINE_FOLDED_MAX = 2 * 1024 * 1024,
	ENGINE_HEADERS_MAX = 8,
};

static const char engine_threads[] = "rule:threads";
static const char engine_codes[] = "rule:codes";

struct tcs_engine {
	const struct tcs_conf *conf;
	struct tcs_pass_conf pass;
	struct tcs_ruleset *rules;
	struct tcs_lists *lists;
	struct tcs_buf folded;
	struct tcs_pass_counts counts;
};

/* One signal on its way. */
struct engine_job {
	struct tcs_engine *engine;
	struct tcs_unit *unit;
	const struct tcs_record *record;
	struct tcs_step *step;
	struct tcs_diag *diag;
	struct tcs_cap *cap;
	struct tcs_signal signal;
	struct tcs_pass pass;
	size_t published; /* bytes */
};

/* Rules. */

static void
engine_log_findings(
    enum tcs_log_level level, const char *event, const struct tcs_diag *diag)
{
	for (size_t i = 0; i < diag->n; i++) {
		const struct tcs_finding *item = &diag->items[i];
		tcs_log(level, event, "at=\"%s:%u\" text=\"%s\"",
		    item->file == NULL ? "" : item->file, item->line,
		    item->text);
	}
	if (diag->dropped > 0)
		tcs_log(level, event, "more=%zu", diag->dropped);
}

static enum tcs_err
engine_load(struct tcs_engine *engine, struct tcs_diag *diag)
{
	struct tcs_ruleset *rules = NULL;
	enum tcs_err err = tcs_ruleset_load(
	    engine->conf->paths.rules, NULL, tcs_clock_wall_ms(), &rules, diag);

	if (err != TCS_OK)
		return err;
	engine_log_findings(TCS_LOG_WARNING, "rules.notice", diag);
	tcs_ruleset_free(&engine->rules);
	engine->rules = rules;
	tcs_log(TCS_LOG_INFO, "rules.loaded", "rules=%zu folder=\"%s\"",
	    rules->n, engine->conf->paths.rules);
	return TCS_OK;
}

void
tcs_engine_reload(struct tcs_engine *engine)
{
	struct tcs_diag diag = {0};

	if (engine_load(engine, &diag) != TCS_OK) {
		engine_log_findings(TCS_LOG_ERROR, "rules.fault", &diag);
		tcs_log(TCS_LOG_ERROR, "rules.kept",
		    "the rules loaded before stay in force");
	}
	tcs_diag_fini(&diag);
}

enum tcs_err
tcs_engine_new(const struct tcs_conf *conf, const char *realm,
    struct tcs_engine **ret_engine, struct tcs_diag *diag)
{
	const struct tcs_conf_observatory *observatory = &conf->observatory;
	struct tcs_engine *engine = calloc(1, sizeof(*engine));

	if (engine == NULL)
		return TCS_ENOMEM;
	engine->conf = conf;
	engine->pass = (struct tcs_pass_conf){
	    .observatory = observatory->name,
	    .sender = observatory->sender,
	    .status = tcs_status_of(realm, observatory->live),
	    .departements = observatory->departements.items,
	    .departements_n = observatory->departements.n,
	};
	tcs_buf_init(&engine->folded, ENGINE_FOLDED_MAX);
	engine->lists = tcs_lists_new(conf->paths.lists);
	enum tcs_err err =
	    engine->lists == NULL ? TCS_ENOMEM : engine_load(engine, diag);
	if (err != TCS_OK)
		tcs_engine_free(&engine);
	else
		*ret_engine = engine;
	return err;
}

void
tcs_engine_free(struct tcs_engine **engine)
{
	if (engine == NULL || *engine == NULL)
		return;
	tcs_ruleset_free(&(*engine)->rules);
	tcs_lists_free(&(*engine)->lists);
	tcs_buf_fini(&(*engine)->folded);
	free(*engine);
	*engine = NULL;
}

/* The unit's state. */

static enum tcs_err
engine_open(void *arg, struct tcs_unit *unit)
{
	struct tcs_threads *threads = tcs_threads_new();

	(void)arg;
	if (threads == NULL)
		return TCS_ENOMEM;
	tcs_unit_set_data(unit, threads);
	return TCS_OK;
}

static void
engine_close(void *arg, struct tcs_unit *unit)
{
	struct tcs_threads *threads = tcs_unit_data(unit);

	(void)arg;
	tcs_threads_free(&threads);
	tcs_unit_set_data(unit, NULL);
}

static enum tcs_err
engine_restore_thread(struct tcs_threads *threads, const char *key,
    struct tcs_slice value, struct tcs_diag *diag)
{
	struct tcs_thread thread;
	struct tcs_arena *arena = tcs_arena_new(ENGINE_ARENA_MAX);

	if (arena == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = tcs_thread_read(value, key, arena, &thread, diag);
	if (err == TCS_OK)
		err = tcs_threads_put(threads, &thread, value);
	tcs_arena_free(&arena);
	return err;
}

static enum tcs_err
engine_restore(void *arg, struct tcs_unit *unit, const char *hash,
    struct tcs_slice field, struct tcs_slice value, struct tcs_diag *diag)
{
	struct tcs_threads *threads = tcs_unit_data(unit);
	struct tcs_slice rest;

	(void)arg;
	if (strcmp(hash, engine_codes) == 0)
		return tcs_codes_take(tcs_threads_codes(threads), field);
	char *key = tcs_slice_dup(tcs_slice_cut(field, '|', &rest));
	if (key == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = engine_restore_thread(threads, key, value, diag);
	free(key);
	return err;
}

static enum tcs_err
engine_ready(void *arg, struct tcs_unit *unit, bool is_clean)
{
	(void)arg;
	tcs_log(TCS_LOG_INFO, "rules.ready", "unit=%s threads=%zu clean=%s",
	    tcs_unit_name(unit), tcs_threads_count(tcs_unit_data(unit)),
	    is_clean ? "yes" : "no");
	return TCS_OK;
}

/* Publishing. */

struct engine_headers {
	struct tcs_header items[ENGINE_HEADERS_MAX];
	size_t n;
};

static void
engine_header(
    struct engine_headers *headers, const char *name, struct tcs_slice value)
{
	if (value.p == NULL || headers->n == ENGINE_HEADERS_MAX)
		return;
	headers->items[headers->n++] =
	    (struct tcs_header){tcs_slice_str(name), value};
}

static void
engine_header_ms(struct engine_job *job, struct engine_headers *headers,
    const char *name, int64_t ms)
{
	char text[TCS_SLICE_DECIMAL];
	struct tcs_slice digits = tcs_slice_decimal(ms, text);
	const char *copy = tcs_arena_dup(job->pass.arena, digits);

	engine_header(headers, name, tcs_slice_str(copy));
}

static void
engine_header_time(struct engine_job *job, struct engine_headers *headers,
    const char *name, int64_t ms)
{
	struct tcs_slice before = tcs_record_header(job->record, name);

	if (before.p != NULL) {
		engine_header(headers, name, before);
		return;
	}
	if (ms != TCS_NO_TIME)
		engine_header_ms(job, headers, name, ms);
}

/* The signal's own stage times go on; this stage adds its own. */
static void
engine_fill_headers(struct engine_job *job, const struct tcs_proposal *proposal,
    char trace[17], struct engine_headers *headers)
{
	const struct tcs_signal *signal = &job->signal;
	struct tcs_slice given = tcs_record_header(job->record, "trace");

	if (given.n == 16) {
		memcpy(trace, given.p, given.n);
		trace[given.n] = '\0';
	} else {
		tcs_trace_of(signal->identifier, trace);
	}
	engine_header(headers, "id", tcs_slice_str(proposal->identifier));
	engine_header(headers, "trace", tcs_slice(trace, 16));
	engine_header_time(job, headers, "fact", TCS_NO_TIME);
	engine_header_time(job, headers, "issued", signal->issued_ms);
	engine_header_time(job, headers, "fetched", signal->fetched_ms);
	engine_header_time(job, headers, "signalled", signal->sent_ms);
	engine_header_ms(job, headers, "proposed", proposal->sent_ms);
}

static enum tcs_err
engine_publish_text(struct engine_job *job, const struct tcs_proposal *proposal,
    struct tcs_slice text)
{
	char trace[17];
	struct engine_headers headers = {.n = 0};

	job->published += text.n;
	if (text.n > TCS_RECORD_MAX || job->published > ENGINE_STEP_MAX)
		return tcs_diag_add(job->diag, TCS_ELIMIT, NULL, 0,
		    "the proposals of one signal have %zu bytes: too many "
		    "rules match it, or its text is too long",
		    job->published);
	engine_fill_headers(job, proposal, trace, &headers);
	const struct tcs_outgoing out = {
	    .topic = "proposals",
	    .key = job->record->key,
	    .value = text,
	    .headers = headers.items,
	    .headers_n = headers.n,
	};
	tcs_step_publish(job->step, &out);
	tcs_log(TCS_LOG_INFO, "proposal.raised",
	    "id=%s rule=%s nature=%s action=%s code=%s level=%s trace=%s",
	    proposal->identifier, proposal->rule, proposal->nature,
	    proposal->action, proposal->code, proposal->level, trace);
	return TCS_OK;
}

static enum tcs_err
engine_publish(struct engine_job *job, const struct tcs_proposal *proposal)
{
	struct tcs_buf text;
	struct tcs_cap *cap = NULL;
	enum tcs_err err = tcs_proposal_to_cap(proposal, &cap, job->diag);

	if (err != TCS_OK)
		return err;
	tcs_buf_init(&text, TCS_CAP_MAX);
	err = tcs_cap_write(cap, &text, job->diag);
	if (err == TCS_OK)
		err = engine_publish_text(job, proposal, tcs_buf_view(&text));
	tcs_buf_fini(&text);
	tcs_cap_free(&cap);
	return err;
}

/* The step. */

static void
engine_keep_thread(struct engine_job *job, const struct tcs_pass_thread *thread)
{
	struct tcs_slice hash = tcs_slice_str(thread->value.hash);

	if (thread->is_new) {
		/* A unit elsewhere may have taken the code since. */
		tcs_step_guard_field(job->step, engine_codes,
		    thread->value.code, tcs_slice(NULL, 0));
		tcs_step_hset(
		    job->step, engine_codes, thread->value.code, hash);
	}
	tcs_step_hset(job->step, engine_threads, thread->name, thread->json);
	tcs_worker_timer_set(
	    job->unit, job->step, thread->name, thread->value.forget_ms);
}

static void
engine_committed(void *arg)
{
	(void)arg;
	tcs_failpoint("rules.committed");
}

/* Proposals first: they may be refused. What follows cannot. */
static enum tcs_err
engine_fill_step(struct engine_job *job)
{
	enum tcs_err err = TCS_OK;

	for (const struct tcs_pass_proposal *p = job->pass.raised;
	     p != NULL && err == TCS_OK; p = p->next)
		err = engine_publish(job, &p->value);
	if (err != TCS_OK) {
		tcs_pass_undo(&job->pass);
		return err;
	}
	for (const struct tcs_pass_thread *t = job->pass.changed; t != NULL;
	     t = t->next)
		engine_keep_thread(job, t);
	if (job->pass.changed != NULL)
		tcs_step_on_commit(job->step, engine_committed, NULL);
	return tcs_pass_keep(&job->pass);
}

/* Reading. */

static enum tcs_err
engine_run(struct engine_job *job)
{
	struct tcs_buf reference;
	struct tcs_diag notes = {0};

	tcs_buf_init(&reference, 1024);
	tcs_cap_reference(job->cap, &reference);
	enum tcs_err err = reference.err;
	if (err == TCS_OK) {
		job->pass.signal_reference = reference.p;
		job->pass.notes = &notes;
		err = tcs_pass_run(&job->pass, job->diag);
	}
	engine_log_findings(TCS_LOG_ERROR, "list.refused", &notes);
	tcs_diag_fini(&notes);
	if (err == TCS_OK)
		err = engine_fill_step(job);
	tcs_buf_fini(&reference);
	return err;
}

static enum tcs_err
engine_read(struct engine_job *job)
{
	/* Notes on a faulty but usable document are the collector's to say. */
	struct tcs_diag notes = {0};
	enum tcs_err err = tcs_cap_read(job->record->value, &job->cap, &notes);

	if (err != TCS_OK)
		(void)tcs_diag_add(
		    job->diag, err, NULL, 0, "%s", tcs_diag_text(&notes));
	tcs_diag_fini(&notes);
	if (err == TCS_OK)
		err = tcs_signal_from_cap(job->cap, &job->signal, job->diag);
	if (err != TCS_OK)
		return err;
	if (job->signal.departement != NULL &&
	    tcs_slice_is(job->record->key, job->signal.departement))
		return TCS_OK;
	return tcs_diag_add(job->diag, TCS_EINVAL, NULL, 0,
	    "the record's key is not the signal's département");
}

static enum tcs_err
engine_record(void *arg, struct tcs_unit *unit, const struct tcs_record *record,
    struct tcs_step *step, struct tcs_diag *diag)
{
	struct tcs_engine *engine = arg;
	struct engine_job job = {.engine = engine,
	    .unit = unit,
	    .record = record,
	    .step = step,
	    .diag = diag};

	tcs_failpoint("rules.record");
	tcs_lists_trim(engine->lists);
	job.pass = (struct tcs_pass){.conf = &engine->pass,
	    .rules = engine->rules,
	    .lists = engine->lists,
	    .threads = tcs_unit_data(unit),
	    .signal = &job.signal,
	    .now_ms = tcs_clock_now_ms(),
	    .arena = tcs_arena_new(ENGINE_ARENA_MAX),
	    .folded = &engine->folded,
	    .counts = &engine->counts};
	if (job.pass.arena == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = engine_read(&job);
	if (err == TCS_OK)
		err = engine_run(&job);
	tcs_arena_free(&job.pass.arena);
	tcs_cap_free(&job.cap);
	tcs_failpoint("rules.before-commit");
	return err;
}

/* Nothing more is expected of a thread: it is forgotten, its code is free. */
static enum tcs_err
engine_timer(void *arg, struct tcs_unit *unit, const char *name, int64_t due_ms,
    struct tcs_step *step)
{
	struct tcs_threads *threads = tcs_unit_data(unit);
	const struct tcs_thread_entry *entry = tcs_threads_named(threads, name);

	(void)arg;
	(void)due_ms;
	if (entry == NULL)
		return TCS_OK;
	tcs_step_hdel(step, engine_threads, name);
	tcs_step_hdel(step, engine_codes, entry->code);
	tcs_log(TCS_LOG_INFO, "thread.forgotten", "thread=%s code=%s", name,
	    entry->code);
	tcs_threads_remove(threads, name);
	return TCS_OK;
}

static const char *const engine_topics[] = {"signals", NULL};
static const char *const engine_publishes[] = {"proposals", NULL};
static const char *const engine_hashes[] = {engine_threads, engine_codes, NULL};

const struct tcs_worker_ops tcs_engine_ops = {
    .group = "rules",
    .topics = engine_topics,
    .publishes = engine_publishes,
    .hashes = engine_hashes,
    .due = "rule:due",
    .open = engine_open,
    .restore = engine_restore,
    .ready = engine_ready,
    .record = engine_record,
    .timer = engine_timer,
    .close = engine_close,
};

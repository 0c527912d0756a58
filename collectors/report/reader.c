#include "collectors/report/reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collectors/publish.h"
#include "core/arena.h"
#include "core/failpoint.h"
#include "core/log.h"

enum { READER_ARENA_MAX = 256 * 1024, READER_FIELD_MAX = 160 };

/* Clocks of two machines may differ by that much. */
#define READER_FUTURE_MS TCS_MINUTES(5)

static const char reader_reports[] = "src:reports";

/* One record on its way. */
struct reader_job {
	const struct tcs_report_reader *reader;
	struct tcs_unit *unit;
	const struct tcs_record *record;
	struct tcs_step *step;
	struct tcs_diag *diag;
	struct tcs_arena *arena;
	struct tcs_report_book *book;
	struct tcs_report report;
	const struct tcs_report_entry *old; /* NULL: a new report */
	int64_t now_ms;
};

enum tcs_err
tcs_report_reader_init(struct tcs_report_reader *reader,
    const struct tcs_conf *conf, const char *status, struct tcs_diag *diag)
{
	const struct tcs_conf_feed *feed = tcs_report_feed(conf, diag);

	if (feed == NULL)
		return TCS_ECONFIG;
	*reader = (struct tcs_report_reader){.conf = conf,
	    .options = feed->state,
	    .origin = tcs_report_origin(conf, feed, status)};
	return TCS_OK;
}

/* The unit's state */

static enum tcs_err
reader_open(void *arg, struct tcs_unit *unit)
{
	struct tcs_report_book *book = tcs_report_book_new();

	(void)arg;
	if (book == NULL)
		return TCS_ENOMEM;
	tcs_unit_set_data(unit, book);
	return TCS_OK;
}

static void
reader_close(void *arg, struct tcs_unit *unit)
{
	struct tcs_report_book *book = tcs_unit_data(unit);

	(void)arg;
	tcs_report_book_free(&book);
	tcs_unit_set_data(unit, NULL);
}

static enum tcs_err
reader_restore(void *arg, struct tcs_unit *unit, const char *hash,
    struct tcs_slice field, struct tcs_slice value, struct tcs_diag *diag)
{
	struct tcs_report_entry *entry = NULL;

	(void)arg;
	(void)hash;
	(void)field;
	enum tcs_err err = tcs_report_entry_read(value, &entry, diag);
	if (err == TCS_OK)
		err = tcs_report_book_put(tcs_unit_data(unit), entry);
	if (err != TCS_OK)
		tcs_report_entry_free(&entry);
	return err;
}

static enum tcs_err
reader_ready(void *arg, struct tcs_unit *unit, bool is_clean)
{
	(void)arg;
	tcs_log(TCS_LOG_INFO, "reports.ready", "unit=%s reports=%zu clean=%s",
	    tcs_unit_name(unit), tcs_report_book_count(tcs_unit_data(unit)),
	    is_clean ? "yes" : "no");
	return TCS_OK;
}

/* "<key>|<id>": the field, and the timer that ends it. */
static void
reader_field(const struct tcs_report *said, char field[READER_FIELD_MAX])
{
	int n = snprintf(
	    field, READER_FIELD_MAX, "%s|%s", said->departement, said->id);

	tcs_assert(n > 0 && n < READER_FIELD_MAX);
}

/* Reading */

/* JSON has whole seconds; the header, when it means the same, has more. */
static int64_t
reader_precise(
    const struct tcs_record *record, const char *header, int64_t at_ms)
{
	int64_t ms;

	if (at_ms == TCS_NO_TIME ||
	    tcs_slice_i64(tcs_record_header(record, header), 0, INT64_MAX / 2,
	        &ms) != TCS_OK)
		return at_ms;
	return ms - ms % 1000 == at_ms ? ms : at_ms;
}

static enum tcs_err
reader_check_time(const struct reader_job *job)
{
	int64_t at_ms = job->report.reported_ms;
	int64_t memory_ms =
	    job->reader->options->expires_ms + TCS_REPORT_MEMORY_MS;

	if (at_ms > job->now_ms + READER_FUTURE_MS)
		return tcs_diag_add(job->diag, TCS_EINVAL, NULL, 0,
		    "it says that it was reported after now: whose clock is "
		    "wrong?");
	if (at_ms < job->now_ms - memory_ms)
		return tcs_diag_add(job->diag, TCS_EINVAL, NULL, 0,
		    "it expired so long ago that it is not known whether it "
		    "was signalled");
	return TCS_OK;
}

static enum tcs_err
reader_read(struct reader_job *job)
{
	struct tcs_report *report = &job->report;
	enum tcs_err err =
	    tcs_report_read(job->record->value, job->arena, report, job->diag);

	if (err != TCS_OK)
		return err;
	if (!tcs_slice_is(job->record->key, report->departement))
		return tcs_diag_add(job->diag, TCS_EINVAL, NULL, 0,
		    "the record's key is not the report's département");
	report->fact_ms = reader_precise(job->record, "fact", report->fact_ms);
	report->reported_ms =
	    reader_precise(job->record, "reported", report->reported_ms);
	err = tcs_report_check_place(
	    job->reader->conf, report->departement, job->diag);
	return err == TCS_OK ? reader_check_time(job) : err;
}

/* What it is about. *ret_is_known: these bytes were read before. */
static enum tcs_err
reader_find(struct reader_job *job, bool *ret_is_known)
{
	const struct tcs_report *report = &job->report;
	bool is_new = report->kind == TCS_REPORT_NEW;
	const char *id = is_new ? report->id : report->about;
	const struct tcs_report_entry *entry =
	    tcs_report_book_find(job->book, id);

	*ret_is_known =
	    entry != NULL && tcs_report_entry_has(entry, job->record->value);
	if (*ret_is_known || (is_new && entry == NULL))
		return TCS_OK;
	if (is_new)
		return tcs_diag_add(job->diag, TCS_EINVAL, NULL, 0,
		    "another report has the identifier %s", id);
	if (entry == NULL)
		return tcs_diag_add(job->diag, TCS_EINVAL, NULL, 0,
		    "there is no report %s to correct or to end", id);
	job->old = entry;
	return tcs_report_entry_check(entry, report, job->diag);
}

/* The step */

static void
reader_committed(void *arg)
{
	(void)arg;
	tcs_failpoint("collector.report-committed");
}

static enum tcs_err
reader_fill_step(struct reader_job *job, const struct tcs_report_entry *entry,
    const struct tcs_signals *signals)
{
	char field[READER_FIELD_MAX];
	struct tcs_buf json;

	reader_field(&entry->said, field);
	tcs_buf_init(&json, TCS_REPORT_STATE_MAX);
	enum tcs_err err = tcs_report_entry_write(entry, &json);
	if (err == TCS_OK) {
		tcs_publish_signals(job->step, signals);
		tcs_step_hset(
		    job->step, reader_reports, field, tcs_buf_view(&json));
		tcs_worker_timer_set(job->unit, job->step, field,
		    entry->expires_ms + TCS_REPORT_MEMORY_MS);
		tcs_step_on_commit(job->step, reader_committed, NULL);
	}
	tcs_buf_fini(&json);
	return err;
}

/* The signal, and what the entry keeps of it. */
static enum tcs_err
reader_signal(struct reader_job *job, struct tcs_report_entry *entry,
    struct tcs_signals *signals)
{
	const struct tcs_report_entry *links[TCS_REPORT_LINKS_MAX];
	const struct tcs_report_says says = {.entry = entry,
	    .kind = job->report.kind,
	    .typed_by = job->report.typed_by,
	    .fetched_ms = job->now_ms,
	    .links = links,
	    .links_n = tcs_report_book_links(
	        job->book, entry, job->reader->options->link_within_ms, links)};
	struct tcs_new_signal *added = NULL;
	enum tcs_err err =
	    tcs_report_signal(signals, &job->reader->origin, &says, &added);

	if (err == TCS_OK)
		err = tcs_report_entry_sign(entry, added);
	if (err == TCS_OK)
		err = tcs_signals_pack(signals, job->diag);
	if (err == TCS_OK)
		tcs_log(TCS_LOG_INFO, "report.signalled",
		    "id=%s report=%s zone=%s linked=%zu trace=%s",
		    added->signal.identifier, entry->said.id, entry->zone,
		    says.links_n, added->trace);
	return err;
}

/* Room is looked for first: a record that is set aside changes nothing. */
static enum tcs_err
reader_take(struct reader_job *job)
{
	struct tcs_report_entry *entry = NULL;
	struct tcs_signals signals;

	if (job->old == NULL &&
	    tcs_report_book_count(job->book) == TCS_REPORTS_MAX)
		return tcs_diag_add(job->diag, TCS_ELIMIT, NULL, 0,
		    "more than %d reports are open", TCS_REPORTS_MAX);
	enum tcs_err err = tcs_signals_init(&signals);
	if (err == TCS_OK)
		err = tcs_report_entry_make(job->old, &job->report,
		    job->record->value, job->reader->options->expires_ms,
		    &entry);
	if (err == TCS_OK)
		err = reader_signal(job, entry, &signals);
	if (err == TCS_OK)
		err = reader_fill_step(job, entry, &signals);
	if (err == TCS_OK) {
		err = tcs_report_book_put(job->book, entry);
		entry = err == TCS_OK ? NULL : entry;
	}
	tcs_report_entry_free(&entry);
	tcs_signals_fini(&signals);
	return err;
}

static enum tcs_err
reader_record(void *arg, struct tcs_unit *unit, const struct tcs_record *record,
    struct tcs_step *step, struct tcs_diag *diag)
{
	struct reader_job job = {.reader = arg,
	    .unit = unit,
	    .record = record,
	    .step = step,
	    .diag = diag,
	    .arena = tcs_arena_new(READER_ARENA_MAX),
	    .book = tcs_unit_data(unit),
	    .now_ms = tcs_clock_now_ms()};
	bool is_known = false;

	tcs_failpoint("collector.report-read");
	if (job.arena == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = reader_read(&job);
	if (err == TCS_OK)
		err = reader_find(&job, &is_known);
	if (err == TCS_OK && is_known)
		tcs_log(TCS_LOG_INFO, "report.again", "report=%s position=%s",
		    job.report.id, record->position);
	else if (err == TCS_OK)
		err = reader_take(&job);
	tcs_arena_free(&job.arena);
	tcs_failpoint("collector.report-before-commit");
	return err;
}

/* Nothing more is expected of a report: it is forgotten. */
static enum tcs_err
reader_timer(void *arg, struct tcs_unit *unit, const char *name, int64_t due_ms,
    struct tcs_step *step)
{
	const char *id = strchr(name, '|');

	(void)arg;
	(void)due_ms;
	tcs_step_hdel(step, reader_reports, name);
	if (id != NULL)
		tcs_report_book_remove(tcs_unit_data(unit), id + 1);
	tcs_log(TCS_LOG_INFO, "report.forgotten", "report=%s", name);
	return TCS_OK;
}

static const char *const reader_topics[] = {"reports", NULL};
static const char *const reader_publishes[] = {"signals", NULL};
static const char *const reader_hashes[] = {reader_reports, NULL};

const struct tcs_worker_ops tcs_report_ops = {
    .group = "reports",
    .topics = reader_topics,
    .publishes = reader_publishes,
    .hashes = reader_hashes,
    .due = "src:report-due",
    .open = reader_open,
    .restore = reader_restore,
    .ready = reader_ready,
    .record = reader_record,
    .timer = reader_timer,
    .close = reader_close,
};

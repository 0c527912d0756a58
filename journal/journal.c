#include "journal/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/failpoint.h"
#include "journal/chain.h"

enum {
	JOURNAL_FILE_MAX = 64 * 1024 * 1024,
	JOURNAL_HEAD_MAX = 262144,
	JOURNAL_REST_MS = 100,
};

/* One owned partition. */
struct journal_unit {
	char field[16]; /* of the hash of heads */
	struct tcs_journal_head stored;
	bool has_stored;
	struct tcs_chain *chain; /* NULL until all is loaded */
};

static enum tcs_err
journal_open(void *arg, struct tcs_unit *unit)
{
	struct journal_unit *u = calloc(1, sizeof(*u));

	(void)arg;
	if (u == NULL)
		return TCS_ENOMEM;
	(void)snprintf(u->field, sizeof(u->field), "p%s", tcs_unit_name(unit));
	tcs_unit_set_data(unit, u);
	return TCS_OK;
}

static enum tcs_err
journal_restore(void *arg, struct tcs_unit *unit, const char *hash,
    struct tcs_slice field, struct tcs_slice value, struct tcs_diag *diag)
{
	struct journal_unit *u = tcs_unit_data(unit);

	(void)arg;
	(void)hash;
	if (!tcs_slice_is(field, u->field))
		return TCS_OK; /* another partition's */
	tcs_journal_head_fini(&u->stored);
	u->has_stored = false;
	enum tcs_err err = tcs_journal_head_read(value, &u->stored, diag);
	u->has_stored = err == TCS_OK;
	return err;
}

/* Nothing is acknowledged while this lasts. */
static void
journal_pause(struct tcs_journal *journal, const struct tcs_unit *unit,
    enum tcs_err err, const struct tcs_diag *diag)
{
	if (!tcs_complain(&journal->complaint, tcs_clock_boot_ms()))
		return;
	tcs_log(TCS_LOG_ERROR, "journal.paused",
	    "partition=%s err=\"%s\" reason=\"%s\"", tcs_unit_name(unit),
	    tcs_strerror(err), tcs_diag_text(diag));
}

static void
journal_say(const struct tcs_unit *unit, const struct tcs_chain *chain,
    const struct tcs_chain_found *found)
{
	const struct tcs_journal_head *head = tcs_chain_head(chain);
	const char *name = tcs_unit_name(unit);

	tcs_log(TCS_LOG_INFO, "journal.opened",
	    "partition=%s line=%llu file=%s ahead=%zu", name,
	    (unsigned long long)head->mark.n, head->file, found->ahead);
	if (found->aside_bytes > 0)
		tcs_log(TCS_LOG_WARNING, "journal.set-aside",
		    "partition=%s bytes=%llu reason=\"not a whole line of the "
		    "chain; kept in a .partial file beside the journal\"",
		    name, (unsigned long long)found->aside_bytes);
	if (found->is_adopted)
		tcs_log(TCS_LOG_WARNING, "journal.adopted",
		    "partition=%s line=%llu reason=\"the store knows no line "
		    "near the files' end; the chain goes on behind them\"",
		    name, (unsigned long long)head->mark.n);
	if (found->is_loss)
		tcs_log(TCS_LOG_ERROR, "journal.loss-accepted",
		    "partition=%s line=%llu", name,
		    (unsigned long long)head->mark.n);
}

static enum tcs_err
journal_ready(void *arg, struct tcs_unit *unit, bool is_clean)
{
	struct tcs_journal *journal = arg;
	struct journal_unit *u = tcs_unit_data(unit);
	struct tcs_chain_found found = {0};
	struct tcs_diag diag = {0};
	uint64_t partition = 0;

	(void)is_clean;
	enum tcs_err err =
	    tcs_slice_u64(tcs_slice_str(tcs_unit_name(unit)), 63, &partition);
	struct tcs_chain_conf conf = {.dir = journal->dir,
	    .partition = (unsigned)partition,
	    .file_max = JOURNAL_FILE_MAX,
	    .accepts_loss = journal->accepts_loss};
	if (err == TCS_OK)
		err = tcs_chain_open(&conf, u->has_stored ? &u->stored : NULL,
		    &u->chain, &found, &diag);
	if (err == TCS_OK)
		journal_say(unit, u->chain, &found);
	else
		journal_pause(journal, unit, err, &diag);
	tcs_diag_fini(&diag);
	return err;
}

static enum tcs_err
journal_record(void *arg, struct tcs_unit *unit,
    const struct tcs_record *record, struct tcs_step *step,
    struct tcs_diag *diag)
{
	struct tcs_journal *journal = arg;
	struct journal_unit *u = tcs_unit_data(unit);

	(void)step; /* the head is added once, by journal_sync() */
	enum tcs_err err = tcs_chain_append(u->chain, record, diag);
	if (err != TCS_OK)
		journal_pause(journal, unit, err, diag);
	return err;
}

static void
journal_committed(void *arg)
{
	(void)arg;
	tcs_failpoint("journal.committed");
}

static enum tcs_err
journal_sync(void *arg, struct tcs_unit *unit, struct tcs_step *step,
    struct tcs_diag *diag)
{
	struct tcs_journal *journal = arg;
	struct journal_unit *u = tcs_unit_data(unit);
	struct tcs_buf head;

	enum tcs_err err = tcs_chain_sync(u->chain, diag);
	if (err != TCS_OK) {
		journal_pause(journal, unit, err, diag);
		return err;
	}
	tcs_buf_init(&head, JOURNAL_HEAD_MAX);
	tcs_journal_head_write(tcs_chain_head(u->chain), &head);
	err = head.err;
	if (err == TCS_OK) {
		tcs_step_hset(
		    step, TCS_JOURNAL_HEAD_KEY, u->field, tcs_buf_view(&head));
		tcs_step_on_commit(step, journal_committed, NULL);
		if (tcs_complaint_over(&journal->complaint))
			tcs_log(TCS_LOG_INFO, "journal.resumed", "partition=%s",
			    tcs_unit_name(unit));
	}
	tcs_buf_fini(&head);
	return err;
}

static void
journal_close(void *arg, struct tcs_unit *unit)
{
	struct journal_unit *u = tcs_unit_data(unit);

	(void)arg;
	if (u == NULL)
		return;
	tcs_chain_close(&u->chain);
	tcs_journal_head_fini(&u->stored);
	free(u);
	tcs_unit_set_data(unit, NULL);
}

static const char *const journal_topics[] = {"signals", "proposals",
    "decisions", "alerts", "receipts", "documents", "health", "reports",
    "rejected", "events", NULL};
static const char *const journal_hashes[] = {TCS_JOURNAL_HEAD_KEY, NULL};

const struct tcs_worker_ops tcs_journal_ops = {
    .group = "journal",
    .topics = journal_topics,
    .hashes = journal_hashes,
    .due = "journal:due", /* always empty */
    .rest_ms = JOURNAL_REST_MS,
    .open = journal_open,
    .restore = journal_restore,
    .ready = journal_ready,
    .record = journal_record,
    .sync = journal_sync,
    .close = journal_close,
};

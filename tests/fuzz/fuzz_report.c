/* Any bytes as a record of `reports`: read, written and read again the same,
 * kept and read again the same, signalled, made into CAP, revised and ended. */
#include <string.h>

#include "collectors/feed.h"
#include "collectors/report/signal.h"
#include "core/arena.h"
#include "core/clock.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* What is refused has a reason. */
static enum tcs_err
fuzz_read(
    struct tcs_slice text, struct tcs_arena *arena, struct tcs_report *report)
{
	struct tcs_diag diag = {0};
	enum tcs_err err = tcs_report_read(text, arena, report, &diag);

	tcs_assert(err == TCS_OK || err == TCS_EPARSE || err == TCS_EINVAL ||
	           err == TCS_ELIMIT);
	tcs_assert((err == TCS_OK) == (diag.n == 0));
	tcs_diag_fini(&diag);
	return err;
}

static void
fuzz_twice(const struct tcs_report *report, struct tcs_arena *arena)
{
	struct tcs_report again;
	struct tcs_buf first, second;

	tcs_buf_init(&first, TCS_REPORT_JSON_MAX);
	tcs_buf_init(&second, TCS_REPORT_JSON_MAX);
	tcs_assert(tcs_report_write(report, &first) == TCS_OK);
	tcs_assert(fuzz_read(tcs_buf_view(&first), arena, &again) == TCS_OK);
	tcs_assert(tcs_report_write(&again, &second) == TCS_OK);
	tcs_assert(
	    tcs_slice_equal(tcs_buf_view(&first), tcs_buf_view(&second)));
	tcs_buf_fini(&first);
	tcs_buf_fini(&second);
}

/* The entry with its signal made; `old` NULL: a new report. */
static struct tcs_report_entry *
fuzz_signal(const struct tcs_report_entry *old, const struct tcs_report *report)
{
	const struct tcs_origin origin = {.observatory = "fuzz",
	    .sender = "fuzz@tocsin.example",
	    .status = "Test",
	    .feed = "terrain",
	    .source = "terrain",
	    .source_name = "Terrain",
	    .ops = tcs_feed_find("report")};
	struct tcs_report_entry *entry = NULL;
	struct tcs_new_signal *added = NULL;
	struct tcs_signals signals;

	tcs_assert(tcs_signals_init(&signals) == TCS_OK);
	tcs_assert(tcs_report_entry_make(old, report, tcs_slice_str(report->id),
	               TCS_HOURS(24), &entry) == TCS_OK);
	const struct tcs_report_says says = {.entry = entry,
	    .kind = report->kind,
	    .typed_by = report->typed_by,
	    .fetched_ms = report->reported_ms};
	tcs_assert(
	    tcs_report_signal(&signals, &origin, &says, &added) == TCS_OK);
	tcs_assert(tcs_report_entry_sign(entry, added) == TCS_OK);
	tcs_assert(tcs_signals_pack(&signals, NULL) == TCS_OK);
	tcs_signals_fini(&signals);
	return entry;
}

static void
fuzz_kept(const struct tcs_report_entry *entry)
{
	struct tcs_report_entry *again = NULL;
	struct tcs_buf first, second;

	tcs_buf_init(&first, TCS_REPORT_STATE_MAX);
	tcs_buf_init(&second, TCS_REPORT_STATE_MAX);
	tcs_assert(tcs_report_entry_write(entry, &first) == TCS_OK);
	tcs_assert(tcs_report_entry_read(tcs_buf_view(&first), &again, NULL) ==
	           TCS_OK);
	tcs_assert(tcs_report_entry_write(again, &second) == TCS_OK);
	tcs_assert(
	    tcs_slice_equal(tcs_buf_view(&first), tcs_buf_view(&second)));
	tcs_report_entry_free(&again);
	tcs_buf_fini(&first);
	tcs_buf_fini(&second);
}

/* Its author ends it, with what any bytes say. */
static void
fuzz_revise(const struct tcs_report_entry *entry, struct tcs_report change)
{
	change.kind = TCS_REPORT_END;
	change.about = entry->said.id;
	if (tcs_report_entry_check(entry, &change, NULL) != TCS_OK)
		return;
	struct tcs_report_entry *next = fuzz_signal(entry, &change);
	fuzz_kept(next);
	tcs_assert(next->is_ended);
	tcs_report_entry_free(&next);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const struct tcs_report known = {.kind = TCS_REPORT_NEW,
	    .id = "known",
	    .fact_ms = INT64_C(1795449600000),
	    .reported_ms = INT64_C(1795449900000),
	    .typed_by = "mdurand",
	    .from = "mairie",
	    .departement = "62",
	    .place = "ici",
	    .what = "eau",
	    .phenomenon = "crue",
	    .level = "none",
	    .certainty = "observed"};
	struct tcs_arena *arena = tcs_arena_new(4 << 20);
	struct tcs_report report;

	tcs_assert(arena != NULL);
	tcs_assert(tcs_clock_set_zone("Europe/Paris") == TCS_OK);
	if (fuzz_read(tcs_slice(data, size), arena, &report) == TCS_OK) {
		fuzz_twice(&report, arena);
		struct tcs_report_entry *entry =
		    report.kind == TCS_REPORT_NEW ? fuzz_signal(NULL, &report)
		                                  : fuzz_signal(NULL, &known);
		fuzz_kept(entry);
		fuzz_revise(entry, report);
		tcs_report_entry_free(&entry);
	}
	tcs_arena_free(&arena);
	return 0;
}

/* report.c - the field speaks: a driver without a source to ask. Its collector
 * reads the topic `reports`, which `tocsin report` writes; what is here tells
 * the options, and reads a recorded report for `tocsin feeds read`. */
#include <stdlib.h>

#include "collectors/feed.h"
#include "collectors/report/signal.h"
#include "core/arena.h"
#include "core/json.h"

extern const struct tcs_feed_ops tcs_feed_report;

enum { REPORT_ARENA_MAX = 512 * 1024 };

static const struct tcs_option report_options[] = {
    TCS_OPT_DURATION("expires", struct tcs_report_options, expires_ms, "24 h",
        TCS_MINUTES(10), TCS_DAYS(7),
        "how long a report holds after it was made or corrected"),
    TCS_OPT_DURATION("link_within", struct tcs_report_options, link_within_ms,
        "3 h", TCS_MINUTES(1), TCS_DAYS(1),
        "reports of one phenomenon in one place are linked when their facts "
        "are no further apart"),
    TCS_OPT_END,
};

/* As the collector would signal it, were it new. */
static enum tcs_err
report_emit(const struct tcs_report_options *options,
    const struct tcs_report *report, struct tcs_document *document,
    struct tcs_reading_sink *out)
{
	const struct tcs_origin origin = {.observatory = "tocsin",
	    .sender = "tocsin@localhost",
	    .status = "Test",
	    .feed = tcs_feed_report.name,
	    .source = tcs_feed_report.source,
	    .source_name = tcs_feed_report.source_name,
	    .ops = &tcs_feed_report};
	struct tcs_report_entry *entry = NULL;
	struct tcs_new_signal *added = NULL;
	struct tcs_signals signals;
	enum tcs_err err = tcs_signals_init(&signals);

	if (err == TCS_OK)
		err = tcs_report_entry_make(NULL, report, tcs_slice(NULL, 0),
		    options->expires_ms, &entry);
	if (err == TCS_OK) {
		const struct tcs_report_says says = {.entry = entry,
		    .kind = report->kind,
		    .typed_by = report->typed_by,
		    .fetched_ms = report->reported_ms};
		err = tcs_report_signal(&signals, &origin, &says, &added);
	}
	if (err == TCS_OK) {
		const struct tcs_signal *s = &added->signal;
		const char *const departements[] = {s->departement, NULL};
		const struct tcs_reading reading = {.kind = TCS_READING_ITEM,
		    .zone = s->zone,
		    .zone_name = s->zone_name,
		    .zone_scheme = s->zone_scheme,
		    .phenomenon = s->phenomenon,
		    .level = s->level,
		    .headline = s->headline,
		    .text = s->description,
		    .departements = departements,
		    .issued_ms = s->issued_ms,
		    .onset_ms = s->onset_ms,
		    .expires_ms = s->expires_ms,
		    .category = s->category,
		    .event = s->event,
		    .urgency = s->urgency,
		    .certainty = s->certainty,
		    .params = s->params,
		    .params_n = s->params_n};
		document->issued_ms = s->issued_ms;
		document->expires_ms = s->expires_ms;
		err = out->emit(out->arg, &reading);
	}
	tcs_report_entry_free(&entry);
	tcs_signals_fini(&signals);
	return err;
}

static enum tcs_err
report_refuse(enum tcs_refusal *ret_refusal, enum tcs_refusal refusal)
{
	*ret_refusal = refusal;
	return TCS_EPARSE;
}

static enum tcs_err
report_parse_body(const struct tcs_report_options *options,
    struct tcs_slice body, struct tcs_document *document,
    struct tcs_reading_sink *out, enum tcs_refusal *ret_refusal,
    struct tcs_diag *diag)
{
	struct tcs_arena *arena = tcs_arena_new(REPORT_ARENA_MAX);
	struct tcs_report report;

	if (arena == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = tcs_report_read(body, arena, &report, diag);
	bool is_memory = err == TCS_ENOMEM;
	if (err == TCS_OK && report.kind != TCS_REPORT_NEW)
		err = tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "a correction or an end: what it is about is not here");
	if (err == TCS_OK)
		err = report_emit(options, &report, document, out);
	else if (!is_memory)
		err = report_refuse(ret_refusal, TCS_REFUSAL_RESHAPED);
	tcs_arena_free(&arena);
	return err;
}

/* Is the body JSON that ends too early? */
static bool
report_is_cut(struct tcs_slice body)
{
	bool is_truncated = false;
	json_t *json = NULL;

	if (tcs_json_parse(body, &json, &is_truncated, NULL) == TCS_OK)
		is_truncated = false;
	json_decref(json);
	return is_truncated;
}

static enum tcs_err
report_parse(void *st, const struct tcs_answers *answers,
    struct tcs_document *ret_document, struct tcs_reading_sink *out,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;

	*ret_document = (struct tcs_document){.issued_ms = TCS_NO_TIME,
	    .next_issue_ms = TCS_NO_TIME,
	    .expires_ms = TCS_NO_TIME,
	    .frozen_ms = TCS_NO_TIME};
	for (size_t i = 0; i < answers->n && err == TCS_OK; i++) {
		struct tcs_slice body = answers->items[i].body;
		err = report_parse_body(
		    st, body, ret_document, out, ret_refusal, diag);
		if (err == TCS_EPARSE && report_is_cut(body))
			*ret_refusal = TCS_REFUSAL_TRUNCATED;
	}
	return err;
}

const struct tcs_feed_ops tcs_feed_report = {
    .name = "report",
    .about = "reports from the field: what `tocsin report` writes",
    .source = "terrain",
    .source_name = "Terrain",
    .zone_scheme = "TERRAIN",
    .zone_word = "lieu",
    .has_no_url = true,
    .state_size = sizeof(struct tcs_report_options),
    .options = report_options,
    .parse = report_parse,
};

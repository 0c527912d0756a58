#include "cli/player_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/reporting.h"
#include "core/clock.h"
#include "core/store.h"
#include "territory/communes.h"

enum { REPORT_TEXT_MAX = 64 * 1024 };

#define REPORT_TYPED_BY "épisode"

/* The identifier of the report with that label. */
static const char *
report_of(const struct tcs_player_reports *r, const char *label)
{
	const struct tcs_episode *episode = r->episode;

	for (size_t i = 0; label != NULL && i < episode->events_n; i++) {
		const struct tcs_episode_event *event = &episode->events[i];
		if (event->kind == TCS_EPISODE_REPORT && event->label != NULL &&
		    strcmp(event->label, label) == 0)
			return r->ids[i];
	}
	return NULL;
}

static enum tcs_err
report_open(struct tcs_player_reports *r, struct tcs_diag *diag)
{
	if (r->ids != NULL)
		return TCS_OK;
	r->ids = calloc(r->episode->events_n + 1, sizeof(*r->ids));
	if (r->ids == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = tcs_communes_load(NULL, &r->communes, diag);
	return err == TCS_ENOTFOUND ? TCS_OK : err;
}

static enum tcs_err
report_words(const struct tcs_player_reports *r,
    const struct tcs_episode_event *event, char at[TCS_TIME_TEXT],
    struct tcs_report_words *words, struct tcs_diag *diag)
{
	const char *label =
	    event->correct == NULL ? event->end : event->correct;

	*words =
	    (struct tcs_report_words){.place = {.where = event->where,
	                                  .commune = event->commune,
	                                  .departement = event->departement},
	        .what = event->what,
	        .from = event->from,
	        .phenomenon = event->phenomenon,
	        .level = event->level,
	        .certainty = event->certainty,
	        .contact = event->contact,
	        .at = event->fact_ms == TCS_NO_TIME
	                  ? NULL
	                  : tcs_time_iso(event->fact_ms, at),
	        .correct = report_of(r, event->correct),
	        .end = report_of(r, event->end)};
	if (label != NULL && report_of(r, label) == NULL)
		return tcs_diag_add(diag, TCS_ENOTFOUND, NULL, 0,
		    "the report %s was not taken: there is nothing to correct "
		    "or to end",
		    label);
	return tcs_reporting_check(words, diag);
}

static enum tcs_err
report_send(struct tcs_player_reports *r, size_t number,
    const struct tcs_report_words *words, struct tcs_diag *diag)
{
	char random[9], id[TCS_REPORT_ID_MAX];
	const struct tcs_reporting reporting = {.program = r->program,
	    .conf = r->conf,
	    .realm = tcs_store_realm(r->program->store),
	    .communes = r->communes,
	    .typed_by = REPORT_TYPED_BY,
	    .random = random};
	struct tcs_buf text;

	(void)snprintf(random, sizeof(random), "%08zx", number & 0xffffffff);
	tcs_buf_init(&text, REPORT_TEXT_MAX);
	enum tcs_err err =
	    tcs_reporting_send(&reporting, words, &text, id, diag);
	tcs_buf_fini(&text);
	if (err != TCS_OK)
		return err;
	free(r->ids[number]);
	r->ids[number] = strdup(id);
	return r->ids[number] == NULL ? TCS_ENOMEM : TCS_OK;
}

enum tcs_err
tcs_player_report(
    struct tcs_player_reports *reports, size_t number, struct tcs_diag *diag)
{
	const struct tcs_episode_event *event =
	    &reports->episode->events[number];
	struct tcs_report_words words;
	char at[TCS_TIME_TEXT], *photo = NULL;

	enum tcs_err err = report_open(reports, diag);
	if (err == TCS_OK)
		err = report_words(reports, event, at, &words, diag);
	if (err == TCS_OK && event->file != NULL &&
	    asprintf(&photo, "%s/%s", reports->documents, event->file) < 0)
		return TCS_ENOMEM;
	words.photo = photo;
	if (err == TCS_OK)
		err = report_send(reports, number, &words, diag);
	free(photo);
	return err;
}

void
tcs_player_reports_fini(struct tcs_player_reports *reports)
{
	size_t n = reports->ids == NULL ? 0 : reports->episode->events_n;

	for (size_t i = 0; i < n; i++)
		free(reports->ids[i]);
	free(reports->ids);
	reports->ids = NULL;
	tcs_communes_free(&reports->communes);
}

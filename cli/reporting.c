#include "cli/reporting.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/publish.h"
#include "cli/reports.h"
#include "cli/typed.h"
#include "collectors/document.h"
#include "collectors/report/signal.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/file.h"
#include "territory/communes.h"

enum { REPORTING_HEADERS = 4 };

struct reporting {
	const struct tcs_reporting *on;
	const struct tcs_report_words *words;
	struct tcs_diag *diag;
	struct tcs_buf *text;
	const struct tcs_conf_feed *feed;
	struct tcs_report_book *book; /* what is known already */
	const struct tcs_report_entry *old;
	struct tcs_report said;
	struct tcs_place place;
	struct tcs_buf value;
	char id[TCS_REPORT_ID_MAX];
	char photo[TCS_DIGEST_HEX];
};

/* What was typed */

static enum tcs_err
reporting_need(struct tcs_diag *diag, const char *option, const char *text)
{
	if (text != NULL)
		return TCS_OK;
	return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
	    "--%s is missing; write: --%s \"…\"", option, option);
}

static enum tcs_err
reporting_refuse_word(
    struct tcs_diag *diag, const char *option, const char *text)
{
	if (text == NULL)
		return TCS_OK;
	return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
	    "--%s: a report keeps its place and phenomenon; end it with --end, "
	    "and report anew",
	    option);
}

enum tcs_err
tcs_reporting_check(const struct tcs_report_words *w, struct tcs_diag *diag)
{
	const struct {
		const char *option, *text;
	} needed[] = {{"where", w->place.where}, {"what", w->what},
	    {"from", w->from}},
	  kept[] = {{"where", w->place.where}, {"commune", w->place.commune},
	      {"departement", w->place.departement},
	      {"phenomenon", w->phenomenon}};
	enum tcs_err err = TCS_OK;

	if (w->correct != NULL && w->end != NULL)
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "--correct and --end are two things; write one of them");
	if (w->correct == NULL && w->end == NULL) {
		for (size_t i = 0; i < 3; i++)
			if (reporting_need(diag, needed[i].option,
			        needed[i].text) != TCS_OK)
				err = TCS_EINVAL;
		return err;
	}
	for (size_t i = 0; i < 4 && err == TCS_OK; i++)
		err = reporting_refuse_word(diag, kept[i].option, kept[i].text);
	return err;
}

static enum tcs_err
reporting_read_at(struct reporting *r)
{
	struct tcs_report *said = &r->said;
	const char *at = r->words->at;

	said->reported_ms = tcs_clock_now_ms();
	said->fact_ms =
	    said->kind == TCS_REPORT_NEW ? said->reported_ms : TCS_NO_TIME;
	if (at == NULL || tcs_typed_read_time(
	                      at, said->reported_ms, &said->fact_ms) == TCS_OK)
		return TCS_OK;
	return tcs_diag_add(r->diag, TCS_EPARSE, NULL, 0,
	    "--at: \"%.40s\" is no time; write: 04:15, or "
	    "2026-11-23T04:15:00+01:00",
	    at);
}

/* Its author's: the same who may correct it in the collector. */
static enum tcs_err
reporting_find(struct reporting *r)
{
	const char *about = r->said.about;

	r->old = tcs_report_book_find(r->book, about);
	if (r->old == NULL)
		return tcs_diag_add(r->diag, TCS_ENOTFOUND, NULL, 0,
		    "no report %.128s is known; write: one of those of `tocsin "
		    "report list`",
		    about);
	r->said.departement = r->old->said.departement;
	return tcs_report_entry_check(r->old, &r->said, r->diag);
}

/* Without the table of communes codes are taken as they are. */
static enum tcs_err
reporting_read_place(struct reporting *r)
{
	enum tcs_err err = tcs_place_read(
	    r->on->conf, r->on->communes, &r->words->place, &r->place, r->diag);

	r->said.departement = r->place.departement;
	r->said.commune = r->place.commune;
	r->said.commune_name = r->place.name;
	r->said.place = r->place.text;
	return err;
}

static void
reporting_identify(struct reporting *r)
{
	tcs_report_identify(r->on->conf->observatory.name, r->said.reported_ms,
	    r->on->random, r->id);
	r->said.id = r->id;
	r->said.typed_by = r->on->typed_by;
}

static enum tcs_err
reporting_fill(struct reporting *r)
{
	const struct tcs_report_words *w = r->words;
	bool is_new = w->correct == NULL && w->end == NULL;

	r->said =
	    (struct tcs_report){.kind = is_new           ? TCS_REPORT_NEW
	                                : w->end != NULL ? TCS_REPORT_END
	                                                 : TCS_REPORT_CORRECT,
	        .about = w->end != NULL ? w->end : w->correct,
	        .from = w->from,
	        .what = w->what,
	        .phenomenon =
	            is_new && w->phenomenon == NULL ? "terrain" : w->phenomenon,
	        .level = is_new && w->level == NULL ? "none" : w->level,
	        .certainty =
	            is_new && w->certainty == NULL ? "observed" : w->certainty,
	        .contact = w->contact};
	enum tcs_err err = reporting_read_at(r);
	if (err != TCS_OK)
		return err;
	reporting_identify(r);
	return is_new ? reporting_read_place(r) : reporting_find(r);
}

/* The photo: recognised by its first bytes, kept as it is, never opened. */
static enum tcs_err
reporting_keep_photo(struct reporting *r)
{
	const char *path = r->words->photo;
	struct tcs_report_photo *photo = &r->said.photo;
	struct tcs_buf bytes;

	if (path == NULL)
		return TCS_OK;
	tcs_buf_init(&bytes, TCS_REPORT_PHOTO_MAX);
	enum tcs_err err = tcs_file_read(path, &bytes, r->diag);
	struct tcs_slice body = tcs_buf_view(&bytes);
	if (err == TCS_OK) {
		*photo = (struct tcs_report_photo){
		    .hash = tcs_digest(body, r->photo),
		    .type = tcs_report_photo_type(body),
		    .size = body.n};
		if (photo->type == NULL)
			err = tcs_diag_add(r->diag, TCS_EINVAL, path, 0,
			    "is neither a JPEG nor a PNG");
	}
	if (err == TCS_OK)
		err = tcs_report_check(&r->said, r->diag);
	if (err == TCS_OK)
		err = tcs_document_keep(
		    r->on->conf->paths.documents, r->photo, body, r->diag);
	tcs_buf_fini(&bytes);
	return err;
}

/* What it becomes */

/* As the collector will make it: its identifier is a function of its content.
 */
static enum tcs_err
reporting_foresee(struct reporting *r, struct tcs_signals *signals,
    struct tcs_new_signal **ret_added)
{
	const struct tcs_report_options *options = r->feed->state;
	const struct tcs_origin origin = tcs_report_origin(r->on->conf, r->feed,
	    tcs_status_of(r->on->realm, r->on->conf->observatory.live));
	struct tcs_report_entry *entry = NULL;
	enum tcs_err err = tcs_report_entry_make(r->old, &r->said,
	    tcs_buf_view(&r->value), options->expires_ms, &entry);

	if (err == TCS_OK) {
		const struct tcs_report_says says = {.entry = entry,
		    .kind = r->said.kind,
		    .typed_by = r->on->typed_by,
		    .fetched_ms = r->said.reported_ms};
		err = tcs_report_signal(signals, &origin, &says, ret_added);
	}
	tcs_report_entry_free(&entry);
	return err;
}

/* Who said the same already: for whoever has the caller on the line. */
static void
reporting_say_links(struct reporting *r)
{
	const struct tcs_report_options *options = r->feed->state;
	const struct tcs_report_entry *links[TCS_REPORT_LINKS_MAX];
	struct tcs_report_entry *entry = NULL;
	char at[TCS_TIME_TEXT];

	if (tcs_report_entry_make(r->old, &r->said, tcs_buf_view(&r->value),
	        options->expires_ms, &entry) != TCS_OK)
		return;
	size_t n = tcs_report_book_links(
	    r->book, entry, options->link_within_ms, links);
	for (size_t i = 0; i < n; i++)
		tcs_buf_printf(r->text, "linked  %s, %s, %s\n",
		    links[i]->said.id, links[i]->said.from,
		    tcs_time_french(links[i]->first_ms, at));
	tcs_report_entry_free(&entry);
}

static struct tcs_header
reporting_time(const char *name, int64_t ms, char text[24])
{
	(void)snprintf(text, 24, "%" PRId64, ms);
	return (struct tcs_header){tcs_slice_str(name), tcs_slice_str(text)};
}

static enum tcs_err
reporting_publish(struct reporting *r, const struct tcs_new_signal *added)
{
	char reported[24], fact[24];
	struct tcs_header headers[REPORTING_HEADERS] = {
	    {tcs_slice_str("id"), tcs_slice_str(r->id)},
	    {tcs_slice_str("trace"), tcs_slice_str(added->trace)},
	    reporting_time("reported", r->said.reported_ms, reported)};
	size_t n = 3;

	if (r->said.fact_ms != TCS_NO_TIME)
		headers[n++] = reporting_time("fact", r->said.fact_ms, fact);
	const struct tcs_outgoing record = {.topic = "reports",
	    .key = tcs_slice_str(r->said.departement),
	    .value = tcs_buf_view(&r->value),
	    .headers = headers,
	    .headers_n = n};
	enum tcs_err err =
	    tcs_publish_records(r->on->program, &record, 1, "the report",
	        "see `tocsin report list` before you report it again", r->diag);
	if (err == TCS_OK)
		tcs_buf_printf(r->text, "report  %s\nsignal  %s\ntrace   %s\n",
		    r->said.about == NULL ? r->id : r->said.about,
		    added->signal.identifier, added->trace);
	return err;
}

static enum tcs_err
reporting_send(struct reporting *r)
{
	struct tcs_signals signals;
	struct tcs_new_signal *added = NULL;
	enum tcs_err err = tcs_signals_init(&signals);

	tcs_buf_init(&r->value, TCS_REPORT_JSON_MAX);
	if (err == TCS_OK)
		err = tcs_report_write(&r->said, &r->value);
	if (err == TCS_OK)
		err = reporting_foresee(r, &signals, &added);
	if (err == TCS_OK)
		err = reporting_publish(r, added);
	if (err == TCS_OK)
		reporting_say_links(r);
	tcs_signals_fini(&signals);
	tcs_buf_fini(&r->value);
	return err;
}

/* The feed that reads it, and what it has read. */
static enum tcs_err
reporting_open(struct reporting *r)
{
	r->feed = tcs_report_feed(r->on->conf, r->diag);
	if (r->feed == NULL)
		return TCS_ECONFIG;
	return tcs_reports_load(r->on->program->store, &r->book, r->diag);
}

enum tcs_err
tcs_reporting_send(const struct tcs_reporting *reporting,
    const struct tcs_report_words *words, struct tcs_buf *text,
    char id[TCS_REPORT_ID_MAX], struct tcs_diag *diag)
{
	struct reporting r = {
	    .on = reporting, .words = words, .diag = diag, .text = text};
	enum tcs_err err = reporting_open(&r);

	if (err == TCS_OK)
		err = reporting_fill(&r);
	if (err == TCS_OK)
		err = tcs_report_check(&r.said, diag);
	if (err == TCS_OK)
		err = reporting_keep_photo(&r);
	if (err == TCS_OK)
		err = reporting_send(&r);
	if (err == TCS_OK)
		(void)snprintf(id, TCS_REPORT_ID_MAX, "%s", r.id);
	tcs_report_book_free(&r.book);
	return err;
}

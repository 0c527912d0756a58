/* report - somebody in the field says what happens: typed in by whoever takes
 * the call, a signal within a second. Corrected and ended by its author. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/place.h"
#include "cli/publish.h"
#include "cli/reports.h"
#include "cli/session.h"
#include "cli/typed.h"
#include "collectors/document.h"
#include "collectors/report/signal.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/file.h"
#include "territory/communes.h"

extern const struct tcs_command_ops tcs_command_report;

enum { REPORT_OUTPUT_MAX = 16 << 20, REPORT_HEADERS = 4 };

/* What was typed; NULL: it was not. */
struct report_words {
	struct tcs_place_words place;
	const char *what, *from, *phenomenon, *level, *certainty, *contact;
	const char *at, *photo, *correct, *end;
};

struct report {
	struct tcs_args args;
	struct tcs_cli cli;
	struct tcs_diag diag;
	struct report_words words;
	const struct tcs_conf_feed *feed;
	struct tcs_communes *communes; /* NULL: their names are not known */
	struct tcs_report_book *book;  /* what is known already */
	const struct tcs_report_entry *old;
	struct tcs_report said;
	struct tcs_place place;
	struct tcs_buf value;
	char id[TCS_REPORT_ID_MAX];
	char typed_by[TCS_SESSION_NAME];
	char photo[TCS_DIGEST_HEX];
};

/* What was typed */

static enum tcs_err
report_need(struct report *r, const char *option, const char *text)
{
	if (text != NULL)
		return TCS_OK;
	return tcs_diag_add(&r->diag, TCS_EINVAL, NULL, 0,
	    "--%s is missing; write: --%s \"…\"", option, option);
}

static enum tcs_err
report_refuse_word(struct report *r, const char *option, const char *text)
{
	if (text == NULL)
		return TCS_OK;
	return tcs_diag_add(&r->diag, TCS_EINVAL, NULL, 0,
	    "--%s: a report keeps its place and phenomenon; end it with --end, "
	    "and report anew",
	    option);
}

/* Before anything is opened: is it asked in one of the three ways? */
static enum tcs_err
report_check_words(struct report *r)
{
	const struct report_words *w = &r->words;
	const struct {
		const char *option, *text;
	} needed[] = {{"where", w->place.where}, {"what", w->what},
	    {"from", w->from}},
	  kept[] = {{"where", w->place.where}, {"commune", w->place.commune},
	      {"departement", w->place.departement},
	      {"phenomenon", w->phenomenon}};
	enum tcs_err err = TCS_OK;

	if (w->correct != NULL && w->end != NULL)
		return tcs_diag_add(&r->diag, TCS_EINVAL, NULL, 0,
		    "--correct and --end are two things; write one of them");
	if (w->correct == NULL && w->end == NULL) {
		for (size_t i = 0; i < 3; i++)
			if (report_need(r, needed[i].option, needed[i].text) !=
			    TCS_OK)
				err = TCS_EINVAL;
		return err;
	}
	for (size_t i = 0; i < 4 && err == TCS_OK; i++)
		err = report_refuse_word(r, kept[i].option, kept[i].text);
	return err;
}

static enum tcs_err
report_read_at(struct report *r)
{
	struct tcs_report *said = &r->said;
	const char *at = r->words.at;

	said->reported_ms = tcs_clock_now_ms();
	said->fact_ms =
	    said->kind == TCS_REPORT_NEW ? said->reported_ms : TCS_NO_TIME;
	if (at == NULL || tcs_typed_read_time(
	                      at, said->reported_ms, &said->fact_ms) == TCS_OK)
		return TCS_OK;
	return tcs_diag_add(&r->diag, TCS_EPARSE, NULL, 0,
	    "--at: \"%.40s\" is no time; write: 04:15, or "
	    "2026-11-23T04:15:00+01:00",
	    at);
}

/* Its author's: the same who may correct it in the collector. */
static enum tcs_err
report_find(struct report *r)
{
	const char *about = r->said.about;

	r->old = tcs_report_book_find(r->book, about);
	if (r->old == NULL)
		return tcs_diag_add(&r->diag, TCS_ENOTFOUND, NULL, 0,
		    "no report %.128s is known; write: one of those of `tocsin "
		    "report list`",
		    about);
	r->said.departement = r->old->said.departement;
	return tcs_report_entry_check(r->old, &r->said, &r->diag);
}

/* Without the table of communes codes are taken as they are. */
static enum tcs_err
report_read_place(struct report *r)
{
	enum tcs_err err = tcs_place_read(
	    r->cli.conf, r->communes, &r->words.place, &r->place, &r->diag);

	r->said.departement = r->place.departement;
	r->said.commune = r->place.commune;
	r->said.commune_name = r->place.name;
	r->said.place = r->place.text;
	return err;
}

static void
report_identify(struct report *r)
{
	char random[9];

	tcs_random_hex(random, 8);
	tcs_report_identify(
	    r->cli.conf->observatory.name, r->said.reported_ms, random, r->id);
	tcs_session_name(r->typed_by);
	r->said.id = r->id;
	r->said.typed_by = r->typed_by;
}

static enum tcs_err
report_fill(struct report *r)
{
	const struct report_words *w = &r->words;
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
	enum tcs_err err = report_read_at(r);
	if (err != TCS_OK)
		return err;
	report_identify(r);
	return is_new ? report_read_place(r) : report_find(r);
}

/* The photo: recognised by its first bytes, kept as it is, never opened. */
static enum tcs_err
report_keep_photo(struct report *r)
{
	const char *path = r->words.photo;
	struct tcs_report_photo *photo = &r->said.photo;
	struct tcs_buf bytes;

	if (path == NULL)
		return TCS_OK;
	tcs_buf_init(&bytes, TCS_REPORT_PHOTO_MAX);
	enum tcs_err err = tcs_file_read(path, &bytes, &r->diag);
	struct tcs_slice body = tcs_buf_view(&bytes);
	if (err == TCS_OK) {
		*photo = (struct tcs_report_photo){
		    .hash = tcs_digest(body, r->photo),
		    .type = tcs_report_photo_type(body),
		    .size = body.n};
		if (photo->type == NULL)
			err = tcs_diag_add(&r->diag, TCS_EINVAL, path, 0,
			    "is neither a JPEG nor a PNG");
	}
	if (err == TCS_OK)
		err = tcs_report_check(&r->said, &r->diag);
	if (err == TCS_OK)
		err = tcs_document_keep(
		    r->cli.conf->paths.documents, r->photo, body, &r->diag);
	tcs_buf_fini(&bytes);
	return err;
}

/* What it becomes */

/* As the collector will make it: its identifier is a function of its content.
 */
static enum tcs_err
report_foresee(struct report *r, struct tcs_signals *signals,
    struct tcs_new_signal **ret_added)
{
	const struct tcs_report_options *options = r->feed->state;
	const struct tcs_origin origin = tcs_report_origin(r->cli.conf, r->feed,
	    tcs_status_of(r->args.realm, r->cli.conf->observatory.live));
	struct tcs_report_entry *entry = NULL;
	enum tcs_err err = tcs_report_entry_make(r->old, &r->said,
	    tcs_buf_view(&r->value), options->expires_ms, &entry);

	if (err == TCS_OK) {
		const struct tcs_report_says says = {.entry = entry,
		    .kind = r->said.kind,
		    .typed_by = r->typed_by,
		    .fetched_ms = r->said.reported_ms};
		err = tcs_report_signal(signals, &origin, &says, ret_added);
	}
	tcs_report_entry_free(&entry);
	return err;
}

/* Who said the same already: for whoever has the caller on the line. */
static void
report_say_links(struct report *r)
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
		(void)printf("linked  %s, %s, %s\n", links[i]->said.id,
		    links[i]->said.from,
		    tcs_time_french(links[i]->first_ms, at));
	tcs_report_entry_free(&entry);
}

static struct tcs_header
report_time(const char *name, int64_t ms, char text[24])
{
	(void)snprintf(text, 24, "%" PRId64, ms);
	return (struct tcs_header){tcs_slice_str(name), tcs_slice_str(text)};
}

static enum tcs_err
report_publish(struct report *r, const struct tcs_new_signal *added)
{
	char reported[24], fact[24];
	struct tcs_header headers[REPORT_HEADERS] = {
	    {tcs_slice_str("id"), tcs_slice_str(r->id)},
	    {tcs_slice_str("trace"), tcs_slice_str(added->trace)},
	    report_time("reported", r->said.reported_ms, reported)};
	size_t n = 3;

	if (r->said.fact_ms != TCS_NO_TIME)
		headers[n++] = report_time("fact", r->said.fact_ms, fact);
	const struct tcs_outgoing record = {.topic = "reports",
	    .key = tcs_slice_str(r->said.departement),
	    .value = tcs_buf_view(&r->value),
	    .headers = headers,
	    .headers_n = n};
	enum tcs_err err = tcs_publish_records(&r->cli.program, &record, 1,
	    "the report", "see `tocsin report list` before you report it again",
	    &r->diag);
	if (err == TCS_OK)
		(void)printf("report  %s\nsignal  %s\ntrace   %s\n",
		    r->said.about == NULL ? r->id : r->said.about,
		    added->signal.identifier, added->trace);
	return err;
}

static enum tcs_err
report_send(struct report *r)
{
	struct tcs_signals signals;
	struct tcs_new_signal *added = NULL;
	enum tcs_err err = tcs_signals_init(&signals);

	tcs_buf_init(&r->value, TCS_REPORT_JSON_MAX);
	if (err == TCS_OK)
		err = tcs_report_write(&r->said, &r->value);
	if (err == TCS_OK)
		err = report_foresee(r, &signals, &added);
	if (err == TCS_OK)
		err = report_publish(r, added);
	if (err == TCS_OK)
		report_say_links(r);
	tcs_signals_fini(&signals);
	tcs_buf_fini(&r->value);
	return err;
}

static enum tcs_err
report_list(struct report *r)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, REPORT_OUTPUT_MAX);
	size_t n = tcs_reports_append(r->book, tcs_clock_now_ms(), &buf);
	enum tcs_err err = buf.err;
	if (err == TCS_OK)
		(void)fputs(n == 0 ? "no report is open\n" : buf.p, stdout);
	tcs_buf_fini(&buf);
	return err;
}

/* A table that is absent or broken is no reason not to take a report. */
static void
report_load_communes(struct report *r)
{
	struct tcs_diag diag = {0};
	enum tcs_err err = tcs_communes_load(NULL, &r->communes, &diag);

	if (err != TCS_OK && err != TCS_ENOTFOUND)
		tcs_args_print(&diag);
	tcs_diag_fini(&diag);
}

/* The store, the time, what is known. */
static enum tcs_err
report_open(struct report *r)
{
	enum tcs_err err = tcs_cli_open(&r->args, &r->cli, &r->diag);

	if (err == TCS_OK)
		err = tcs_await_clock(&r->cli.program, &r->diag);
	if (err == TCS_OK) {
		r->feed = tcs_report_feed(r->cli.conf, &r->diag);
		err = r->feed == NULL ? TCS_ECONFIG : TCS_OK;
	}
	if (err == TCS_OK)
		err =
		    tcs_reports_load(r->cli.program.store, &r->book, &r->diag);
	return err;
}

static int
report_execute(struct report *r, bool is_list)
{
	if (!is_list && report_check_words(r) != TCS_OK) {
		(void)tcs_cli_report(TCS_EINVAL, &r->diag);
		return TCS_EXIT_USAGE;
	}
	if (r->words.place.where != NULL)
		report_load_communes(r);
	enum tcs_err err = report_open(r);
	if (err == TCS_OK && is_list) {
		err = report_list(r);
	} else if (err == TCS_OK) {
		err = report_fill(r);
		if (err == TCS_OK)
			err = tcs_report_check(&r->said, &r->diag);
		if (err == TCS_OK)
			err = report_keep_photo(r);
		if (err == TCS_OK)
			err = report_send(r);
	}
	tcs_report_book_free(&r->book);
	tcs_communes_free(&r->communes);
	tcs_cli_close(&r->cli);
	return tcs_cli_report(err, &r->diag);
}

static int
report_run(int argc, char **argv)
{
	struct report r = {.feed = NULL};
	struct report_words *w = &r.words;
	const struct tcs_args_option options[] = {
	    {"where", "PLACE",
	        "the commune, by name or INSEE code, or free text",
	        &w->place.where, NULL},
	    {"commune", "INSEE", "commune in which the free text is",
	        &w->place.commune, NULL},
	    {"departement", "CODE", "or its département; default: the only one",
	        &w->place.departement, NULL},
	    {"what", "TEXT", "what happens, in a line", &w->what, NULL},
	    {"from", "WHO", "who saw it: a function, no person", &w->from,
	        NULL},
	    {"phenomenon", "WORD",
	        "crue, route-coupee, incendie, …; default: terrain",
	        &w->phenomenon, NULL},
	    {"level", "LEVEL", "vert … violet; default: none", &w->level, NULL},
	    {"certainty", "WORD",
	        "observed (default), likely, possible, unlikely, unknown",
	        &w->certainty, NULL},
	    {"at", "TIME", "when it happened: 04:15, or in full; default: now",
	        &w->at, NULL},
	    {"photo", "FILE", "a JPEG or PNG of 10 MB at most", &w->photo,
	        NULL},
	    {"contact", "NUMBER", "who can be called back: in the record alone",
	        &w->contact, NULL},
	    {"correct", "ID", "what is given replaces what was said",
	        &w->correct, NULL},
	    {"end", "ID", "it is over", &w->end, NULL}, {0}};
	const struct tcs_cli_spec spec = {.command = &tcs_command_report,
	    .details =
	        "A report is a signal within a second, ahead of every feed. "
	        "Its author alone corrects and\nends it: the same --from, or "
	        "the same login. `report list` shows those that are open.\n"
	        "Exit status: 0 stored on the bus, 1 not, 2 asked wrongly.",
	    .options = options,
	    .operands_max = 1};
	int status = tcs_cli_parse(&r.args, &spec, argc, argv);

	if (status != TCS_ARGS_GO)
		return status;
	bool is_list =
	    r.args.operands_n == 1 && strcmp(r.args.operands[0], "list") == 0;
	if (r.args.operands_n == 1 && !is_list) {
		(void)fprintf(stderr,
		    "tocsin report: cannot do \"%.40s\"; write: report list, "
		    "or report --where … --what … --from …\n",
		    r.args.operands[0]);
		return TCS_EXIT_USAGE;
	}
	return report_execute(&r, is_list);
}

const struct tcs_command_ops tcs_command_report = {
    .name = "report",
    .usage = "report --where PLACE --what TEXT --from WHO [OPTION…] | report "
             "--correct ID … | report --end ID … | report list",
    .about = "says what somebody in the field saw",
    .run = report_run,
};

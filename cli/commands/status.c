/* status - what Tocsin knows and does now: sources, threads, proposals,
 * deliveries, what is still to be read, and who reads it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/aside.h"
#include "cli/cli.h"
#include "cli/command.h"
#include "cli/docket.h"
#include "cli/readers.h"
#include "cli/reports.h"
#include "cli/scan.h"
#include "cli/sources.h"
#include "cli/summary.h"
#include "cli/term.h"
#include "collectors/report/signal.h"
#include "core/bus.h"
#include "core/clock.h"
#include "core/store.h"

extern const struct tcs_command_ops tcs_command_status;

enum {
	STATUS_TEXT_MAX = 4 * 1024 * 1024,
	STATUS_KEY_MAX = 256,
	STATUS_FAILED_SHOWN = 20
};

struct status {
	struct tcs_cli cli;
	struct tcs_buf out;
	struct tcs_diag *diag;
	/* deliveries */
	uint64_t pending, held, failed, failed_shown;
	struct tcs_buf failures;
	uint64_t rejected;
	struct tcs_aside *aside;
	bool has_bus; /* it answers */
};

/* The store */

static void
status_key(const struct status *s, const char *name, char key[STATUS_KEY_MAX])
{
	(void)snprintf(key, STATUS_KEY_MAX, "%s%s",
	    tcs_store_realm(s->cli.program.store), name);
}

typedef void status_field_cb(
    struct status *s, struct tcs_slice field, const json_t *value);

/* Each field of a hash whose value is JSON, some thousands at a time. */
static enum tcs_err
status_each(struct status *s, const char *hash, status_field_cb *each)
{
	char key[STATUS_KEY_MAX], cursor[32] = "0";
	enum tcs_err err = TCS_OK;

	status_key(s, hash, key);
	do {
		struct tcs_reply *reply = NULL;
		err = tcs_store_call(s->cli.program.store, &reply, "HSCAN", key,
		    cursor, "COUNT", "1000", NULL);
		struct tcs_slice next = tcs_reply_slice(tcs_reply_at(reply, 0));
		const struct tcs_reply *fields = tcs_reply_at(reply, 1);
		(void)snprintf(cursor, sizeof(cursor), "%.*s",
		    next.n == 0 ? 1 : (int)next.n, next.n == 0 ? "0" : next.p);
		for (size_t i = 0; i + 1 < tcs_reply_count(fields); i += 2) {
			json_t *value = NULL;
			if (tcs_json_parse(
			        tcs_reply_slice(tcs_reply_at(fields, i + 1)),
			        &value, NULL, s->diag) == TCS_OK)
				each(s,
				    tcs_reply_slice(tcs_reply_at(fields, i)),
				    value);
			json_decref(value);
		}
		tcs_reply_free(&reply);
	} while (err == TCS_OK && strcmp(cursor, "0") != 0);
	return err;
}

/* Sources */

static enum tcs_err
status_source(struct status *s, const char *feed)
{
	struct tcs_source source;
	json_t *value = NULL;
	enum tcs_err err = tcs_source_load(&s->cli, feed, &value, s->diag);

	if (err == TCS_OK) {
		tcs_source_read(feed, value, &source);
		tcs_buf_str(&s->out, "  ");
		tcs_source_line(&s->out, &source);
		tcs_buf_char(&s->out, '\n');
	}
	json_decref(value);
	return err;
}

static enum tcs_err
status_sources(struct status *s)
{
	enum tcs_err err = TCS_OK;

	tcs_buf_str(&s->out, "sources\n");
	for (size_t i = 0; err == TCS_OK && i < s->cli.conf->feeds_n; i++) {
		const struct tcs_conf_feed *feed = &s->cli.conf->feeds[i];
		if (!tcs_report_is_driver(feed->driver)) {
			err = status_source(s, feed->name);
			continue;
		}
		tcs_buf_str(&s->out, "  ");
		err = tcs_reports_line(
		    s->cli.program.store, feed->name, &s->out, s->diag);
		tcs_buf_char(&s->out, '\n');
	}
	return err;
}

/* Threads and proposals */

static void
status_thread(struct status *s, struct tcs_slice field, const json_t *value)
{
	static const struct {
		const char *member, *before;
	} parts[] = {{"code", "  "}, {"rule", "  "}, {"source", "  "},
	    {"zone", " "}, {"zone_name", " "}, {"level", "  "},
	    {"state", "  "}};
	char text[TCS_TIME_TEXT];
	int64_t since_ms = tcs_json_i64(value, "opened_ms", 0);

	(void)field;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		tcs_buf_str(&s->out, parts[i].before);
		tcs_term_line(&s->out,
		    tcs_slice_str(tcs_json_str(value, parts[i].member, "?")));
	}
	tcs_buf_printf(
	    &s->out, "  since %s\n", tcs_time_french(since_ms, text));
}

static enum tcs_err
status_threads(struct status *s)
{
	tcs_buf_str(&s->out, "threads\n");
	size_t before = s->out.n;
	enum tcs_err err = status_each(s, "rule:threads", status_thread);
	if (s->out.n == before)
		tcs_buf_str(&s->out, "  none open\n");
	return err;
}

static void
status_append_proposal(struct tcs_buf *buf, const struct tcs_docket_row *row)
{
	char expires[TCS_TIME_TEXT];
	int64_t age_ms = tcs_clock_now_ms() - row->proposed_ms;

	tcs_buf_str(buf, "  ");
	tcs_docket_ref(row, buf);
	tcs_buf_printf(buf, "  %s  %s  ", row->nature, row->action);
	tcs_term_line(buf, tcs_slice_str(row->level));
	tcs_buf_printf(buf, "  waits %" PRId64 " min, expires %s\n",
	    age_ms / TCS_MINUTES(1), tcs_time_french(row->expires_ms, expires));
}

static enum tcs_err
status_proposals(struct status *s)
{
	struct tcs_docket docket = {0};
	enum tcs_err err =
	    tcs_docket_load(s->cli.program.store, &docket, s->diag);
	size_t waiting = 0;

	tcs_buf_str(&s->out, "proposals\n");
	for (size_t i = 0; i < docket.n; i++) {
		if (!tcs_docket_is_waiting(&docket.rows[i]))
			continue;
		waiting++;
		status_append_proposal(&s->out, &docket.rows[i]);
	}
	if (waiting == 0)
		tcs_buf_str(&s->out, "  none waits\n");
	tcs_docket_fini(&docket);
	return err;
}

/* Deliveries */

static void
status_failed(struct status *s, const json_t *row)
{
	static const char *const members[] = {
	    "contact", "channel", "code", "key", "reason"};

	s->failed++;
	if (s->failed_shown == STATUS_FAILED_SHOWN)
		return;
	s->failed_shown++;
	tcs_buf_str(&s->failures, "  failed");
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		tcs_buf_str(&s->failures, "  ");
		tcs_term_line(&s->failures,
		    tcs_slice_str(tcs_json_str(row, members[i], "")));
	}
	tcs_buf_char(&s->failures, '\n');
}

static void
status_row(struct status *s, struct tcs_slice field, const json_t *row)
{
	static const char *const pending[] = {
	    "QUEUED", "HELD", "SENDING", "WAITING"};
	const char *state = tcs_json_str(row, "state", "");

	(void)field;
	for (size_t i = 0; i < sizeof(pending) / sizeof(pending[0]); i++)
		s->pending += strcmp(state, pending[i]) == 0;
	s->held += strcmp(state, "HELD") == 0;
	if (strcmp(state, "FAILED") == 0)
		status_failed(s, row);
}

static enum tcs_err
status_deliveries(struct status *s)
{
	tcs_buf_init(&s->failures, STATUS_TEXT_MAX);
	enum tcs_err err = status_each(s, "ledger:rows", status_row);
	tcs_buf_printf(&s->out,
	    "deliveries\n  %" PRIu64 " pending, %" PRIu64 " failed\n",
	    s->pending, s->failed);
	if (s->held > 0)
		tcs_buf_printf(&s->out,
		    "  %" PRIu64 " of them held, a source's first state: "
		    "tocsin resume FEED\n",
		    s->held);
	tcs_buf_slice(&s->out, tcs_buf_view(&s->failures));
	if (s->failed > s->failed_shown)
		tcs_buf_printf(&s->out, "  and %" PRIu64 " more\n",
		    s->failed - s->failed_shown);
	tcs_buf_fini(&s->failures);
	return err;
}

/* Who reads, and what was set aside */

static enum tcs_err
status_readers(struct status *s)
{
	return tcs_readers_append(
	    &s->cli.program, s->cli.conf, &s->out, &s->has_bus);
}

static bool
status_on_rejected(void *arg, const struct tcs_record *record)
{
	struct status *s = arg;

	s->rejected +=
	    tcs_aside_done(s->aside, tcs_record_header(record, "id")) == NULL;
	return true;
}

/* Those that nobody has dealt with. */
static enum tcs_err
status_rejected(struct status *s)
{
	if (!s->has_bus)
		return TCS_OK;
	s->aside = tcs_aside_new();
	enum tcs_err err = s->aside == NULL ? TCS_ENOMEM
	                                    : tcs_aside_load(&s->cli.program,
	                                          s->aside, s->diag);

	if (err == TCS_OK)
		err = tcs_scan_topic(&s->cli.program, "rejected",
		    status_on_rejected, s, s->diag);
	if (s->rejected > 0)
		tcs_buf_printf(&s->out,
		    "set aside\n  %" PRIu64 ": tocsin rejected list\n",
		    s->rejected);
	tcs_aside_free(&s->aside);
	return err;
}

static enum tcs_err
status_fill(struct status *s)
{
	static enum tcs_err (*const parts[])(struct status *) = {status_sources,
	    status_threads, status_proposals, status_deliveries, status_readers,
	    status_rejected};
	enum tcs_err err = TCS_OK;

	tcs_buf_printf(&s->out, "store\n  ready, %s, realm %s\n",
	    s->cli.conf->store.address, tcs_store_realm(s->cli.program.store));
	for (size_t i = 0;
	     err == TCS_OK && i < sizeof(parts) / sizeof(parts[0]); i++)
		err = parts[i](s);
	if (err == TCS_OK && !s->has_bus)
		return tcs_diag_add(s->diag, TCS_EUNAVAIL, NULL, 0,
		    "the bus does not answer: what was set aside and what is "
		    "still to be read is not known");
	return err == TCS_OK ? s->out.err : err;
}

static int
status_run(int argc, char **argv)
{
	const struct tcs_cli_spec spec = {.command = &tcs_command_status,
	    .details =
	        "A source that is not fresh shows no green. Exit "
	        "status: 1 when the store is not ready, or the bus does not "
	        "answer."};
	struct tcs_diag diag = {0};
	struct status s = {.diag = &diag};
	struct tcs_args args;
	int status = tcs_cli_parse(&args, &spec, argc, argv);

	if (status != TCS_ARGS_GO)
		return status;
	tcs_buf_init(&s.out, STATUS_TEXT_MAX);
	enum tcs_err err = tcs_cli_open(&args, &s.cli, &diag);
	if (err == TCS_OK)
		err = status_fill(&s);
	if (s.out.p != NULL)
		(void)fputs(s.out.p, stdout);
	tcs_buf_fini(&s.out);
	tcs_cli_close(&s.cli);
	return tcs_cli_report(err, &diag);
}

const struct tcs_command_ops tcs_command_status = {
    .name = "status",
    .usage = "status [OPTION…]",
    .about = "sources, threads, proposals, deliveries, and who reads what",
    .run = status_run,
};

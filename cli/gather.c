#include "cli/gather.h"

#include <stdlib.h>
#include <string.h>

#include "cli/outcome.h"
#include "cli/scan.h"
#include "core/cap.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/store.h"

enum {
	GATHER_LINE_MAX = 2000,
	GATHER_FILE_MAX = 256 * 1024 * 1024,
	GATHER_TEXT_MAX = 120, /* of a name or a level, as shown */
};

/* What is being put together. `alerts` and `rows` lead from a delivery's key
 * to what was delivered. */
struct gather {
	struct tcs_program *program;
	struct tcs_diag *diag;
	json_t *lists;
	json_t *alerts; /* identifier: "AP5 alerte v1 orange" */
	json_t *rows;   /* key: the ledger's row */
	json_t *got;    /* key: number of messages at the sink */
	json_t
	    *typed; /* identifier of a decision: "12/01/2027 13:40 approve" */
	enum tcs_err err;
};

/* Empties `line` into the list `name`. */
static void
gather_add(struct gather *o, const char *name, struct tcs_buf *line)
{
	json_t *list = json_object_get(o->lists, name);
	json_t *text = line->err == TCS_OK && line->n > 0
	                   ? json_stringn(line->p, line->n)
	                   : NULL;

	if (list == NULL || json_array_append_new(list, text) != 0)
		o->err = TCS_ENOMEM;
	tcs_buf_reset(line);
}

/* Topics that carry CAP. */

static enum tcs_err
gather_take_signal(
    struct gather *o, const struct tcs_cap *cap, struct tcs_buf *line)
{
	struct tcs_signal signal;
	enum tcs_err err = tcs_signal_from_cap(cap, &signal, o->diag);

	if (err != TCS_OK)
		return err;
	tcs_outcome_signal(&signal, line);
	gather_add(o, "signals", line);
	return TCS_OK;
}

static enum tcs_err
gather_take_proposal(
    struct gather *o, struct tcs_cap *cap, struct tcs_buf *line)
{
	struct tcs_proposal proposal;
	enum tcs_err err = tcs_proposal_from_cap(cap, &proposal, o->diag);

	if (err != TCS_OK)
		return err;
	tcs_outcome_proposal(&proposal, line);
	gather_add(o, "proposals", line);
	return TCS_OK;
}

static enum tcs_err
gather_take_alert(struct gather *o, struct tcs_cap *cap, struct tcs_buf *line)
{
	struct tcs_alert alert;
	enum tcs_err err = tcs_alert_from_cap(cap, &alert, o->diag);

	if (err != TCS_OK)
		return err;
	tcs_outcome_alert(&alert, line);
	gather_add(o, "alerts", line);
	tcs_buf_printf(line, "%s %s v%u %s", tcs_outcome_text(alert.base.zone),
	    tcs_outcome_text(alert.base.nature), alert.version,
	    tcs_outcome_text(alert.base.level));
	if (line->err != TCS_OK ||
	    !tcs_json_set_str(o->alerts, alert.base.identifier, line->p))
		o->err = TCS_ENOMEM;
	tcs_buf_reset(line);
	return TCS_OK;
}

static enum tcs_err
gather_take_state(
    struct gather *o, const struct tcs_record *record, struct tcs_buf *line)
{
	json_t *health = NULL;
	enum tcs_err err =
	    tcs_json_parse(record->value, &health, NULL, o->diag);

	if (err != TCS_OK)
		return err;
	tcs_buf_printf(line, "%s %s→%s", tcs_json_str(health, "feed", "-"),
	    tcs_outcome_text(tcs_json_str(health, "previous", "-")),
	    tcs_outcome_text(tcs_json_str(health, "state", "-")));
	gather_add(o, "states", line);
	json_decref(health);
	return TCS_OK;
}

/* What was typed, and what the dispatcher said of it. */
static enum tcs_err
gather_take_decision(
    struct gather *o, const struct tcs_record *record, struct tcs_buf *line)
{
	json_t *decision = NULL;
	char text[TCS_TIME_TEXT] = "-";
	int64_t at_ms;
	enum tcs_err err =
	    tcs_json_parse(record->value, &decision, NULL, o->diag);

	if (err != TCS_OK)
		return err;
	const char *at = tcs_json_str(decision, "at", "");
	const char *kind = tcs_json_str(decision, "kind", "-");
	if (tcs_time_parse(tcs_slice_str(at), &at_ms) == TCS_OK)
		(void)tcs_time_french(at_ms, text);
	tcs_buf_printf(
	    line, "%s %s", text, tcs_json_str(decision, "verdict", kind));
	if (line->err != TCS_OK ||
	    !tcs_json_set_str(
	        o->typed, tcs_json_str(decision, "id", "-"), line->p))
		err = TCS_ENOMEM;
	json_decref(decision);
	return err;
}

static enum tcs_err
gather_take_receipt(
    struct gather *o, const struct tcs_record *record, struct tcs_buf *line)
{
	json_t *receipt = NULL;
	enum tcs_err err =
	    tcs_json_parse(record->value, &receipt, NULL, o->diag);

	if (err != TCS_OK)
		return err;
	const char *id = tcs_json_str(receipt, "decision", "-");
	if (strcmp(tcs_json_str(receipt, "kind", ""), "decision") == 0) {
		tcs_buf_printf(line, "%s %s", tcs_json_str(o->typed, id, id),
		    tcs_json_str(receipt, "outcome", "-"));
		gather_add(o, "decisions", line);
	}
	json_decref(receipt);
	return TCS_OK;
}

static enum tcs_err
gather_take_cap(
    struct gather *o, const struct tcs_record *record, struct tcs_buf *line)
{
	struct tcs_cap *cap = NULL;
	enum tcs_err err = tcs_cap_read(record->value, &cap, o->diag);

	if (err != TCS_OK)
		return err;
	if (strcmp(record->topic, "signals") == 0)
		err = gather_take_signal(o, cap, line);
	else if (strcmp(record->topic, "proposals") == 0)
		err = gather_take_proposal(o, cap, line);
	else
		err = gather_take_alert(o, cap, line);
	tcs_cap_free(&cap);
	return err;
}

/* In the order in which they are read: what a list needs of another topic is
 * there before it. */
static const struct {
	const char *topic;
	enum tcs_err (*take)(struct gather *o, const struct tcs_record *record,
	    struct tcs_buf *line);
} gather_topics[] = {
    {"health", gather_take_state},
    {"signals", gather_take_cap},
    {"proposals", gather_take_cap},
    {"alerts", gather_take_cap},
    {"decisions", gather_take_decision},
    {"receipts", gather_take_receipt},
};

enum { GATHER_TOPICS = sizeof(gather_topics) / sizeof(gather_topics[0]) };

static bool
gather_on_record(void *arg, const struct tcs_record *record)
{
	struct gather *o = arg;
	struct tcs_buf line;
	size_t i = 0;

	while (i < GATHER_TOPICS &&
	       strcmp(gather_topics[i].topic, record->topic) != 0)
		i++;
	tcs_assert(i < GATHER_TOPICS);
	tcs_buf_init(&line, GATHER_LINE_MAX);
	enum tcs_err err = gather_topics[i].take(o, record, &line);
	if (o->err == TCS_OK)
		o->err = err;
	tcs_buf_fini(&line);
	return o->err == TCS_OK;
}

static enum tcs_err
gather_scan(struct gather *o, const char *topic)
{
	enum tcs_err err =
	    tcs_scan_topic(o->program, topic, gather_on_record, o, o->diag);

	return err == TCS_OK ? o->err : err;
}

/* The ledger and the sink. */

static enum tcs_err
gather_read_rows(struct gather *o)
{
	struct tcs_store *store = o->program->store;
	struct tcs_reply *reply = NULL;
	struct tcs_buf key;

	tcs_buf_init(&key, 256);
	tcs_buf_printf(&key, "%sledger:rows", tcs_store_realm(store));
	enum tcs_err err = key.err != TCS_OK ? key.err
	                                     : tcs_store_call(store, &reply,
	                                           "HGETALL", key.p, NULL);
	for (size_t i = 1; err == TCS_OK && i < tcs_reply_count(reply);
	     i += 2) {
		json_t *row = NULL;
		err = tcs_json_parse(tcs_reply_slice(tcs_reply_at(reply, i)),
		    &row, NULL, o->diag);
		if (err == TCS_OK &&
		    json_object_set_new(
		        o->rows, tcs_json_str(row, "key", "-"), row) != 0)
			err = TCS_ENOMEM;
	}
	tcs_reply_free(&reply);
	tcs_buf_fini(&key);
	return err;
}

/* "pcs-saint-omer email AP5 alerte v1 orange" */
static void
gather_row_line(struct gather *o, const json_t *row, struct tcs_buf *line)
{
	const char *alert = tcs_json_str(row, "alert", "-");

	tcs_buf_printf(line, "%s %s %s", tcs_json_str(row, "contact", "-"),
	    tcs_json_str(row, "channel", "-"),
	    tcs_json_str(o->alerts, alert, alert));
}

static enum tcs_err
gather_take_message(
    struct gather *o, struct tcs_slice text, struct tcs_buf *line)
{
	json_t *message = NULL;
	enum tcs_err err = tcs_json_parse(text, &message, NULL, o->diag);

	if (err != TCS_OK)
		return err;
	const char *key = tcs_json_str(message, "key", "-");
	const json_t *row = json_object_get(o->rows, key);
	int64_t times = tcs_json_i64(o->got, key, 0) + 1;
	if (row != NULL)
		gather_row_line(o, row, line);
	else
		tcs_buf_printf(
		    line, "key %.*s that no row has", GATHER_TEXT_MAX, key);
	if (times > 1)
		tcs_buf_printf(line, " again");
	gather_add(o, "deliveries", line);
	if (!tcs_json_set_i64(o->got, key, times))
		err = TCS_ENOMEM;
	json_decref(message);
	return err;
}

static enum tcs_err
gather_read_sink(struct gather *o, const char *file, struct tcs_buf *line)
{
	struct tcs_buf text;

	tcs_buf_init(&text, GATHER_FILE_MAX);
	enum tcs_err err = tcs_file_read(file, &text, o->diag);
	struct tcs_slice rest = tcs_buf_view(&text);
	while (err == TCS_OK && rest.n > 0)
		err = gather_take_message(
		    o, tcs_slice_cut(rest, '\n', &rest), line);
	tcs_buf_fini(&text);
	return err;
}

/* Rows of which the sink saw nothing, with what became of them. */
static void
gather_list_unsent(struct gather *o, struct tcs_buf *line)
{
	const char *key;
	json_t *row;

	json_object_foreach(o->rows, key, row)
	{
		if (tcs_json_i64(o->got, key, 0) > 0)
			continue;
		gather_row_line(o, row, line);
		tcs_buf_printf(line, " %s", tcs_json_str(row, "state", "-"));
		gather_add(o, "unsent", line);
	}
}

static enum tcs_err
gather_read_all(struct gather *o, const char *sink_file)
{
	struct tcs_buf line;
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; i < GATHER_TOPICS && err == TCS_OK; i++)
		err = gather_scan(o, gather_topics[i].topic);
	if (err == TCS_OK)
		err = gather_read_rows(o);
	tcs_buf_init(&line, GATHER_LINE_MAX);
	if (err == TCS_OK)
		err = gather_read_sink(o, sink_file, &line);
	if (err == TCS_OK) {
		gather_list_unsent(o, &line);
		err = o->err;
	}
	tcs_buf_fini(&line);
	return err;
}

enum tcs_err
tcs_gather_outcome(struct tcs_program *program, const char *sink_file,
    json_t **ret_lists, struct tcs_diag *diag)
{
	struct gather o = {.program = program, .diag = diag};
	enum tcs_err err = TCS_ENOMEM;

	o.lists = json_object();
	o.alerts = json_object();
	o.rows = json_object();
	o.got = json_object();
	o.typed = json_object();
	if (o.lists == NULL || o.alerts == NULL || o.rows == NULL ||
	    o.got == NULL || o.typed == NULL)
		goto out;
	for (size_t i = 0; tcs_outcome_lists[i] != NULL; i++) {
		if (json_object_set_new(
		        o.lists, tcs_outcome_lists[i], json_array()) != 0)
			goto out;
	}
	err = gather_read_all(&o, sink_file);
	if (err == TCS_OK)
		*ret_lists = json_incref(o.lists);
out:
	json_decref(o.lists);
	json_decref(o.alerts);
	json_decref(o.rows);
	json_decref(o.got);
	json_decref(o.typed);
	return err;
}

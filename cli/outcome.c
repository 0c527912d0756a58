#include "cli/outcome.h"

#include <stdlib.h>
#include <string.h>

#include "cli/scan.h"
#include "core/cap.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/store.h"

enum {
	OUTCOME_LINE_MAX = 2000,
	OUTCOME_FILE_MAX = 256 * 1024 * 1024,
	OUTCOME_TEXT_MAX = 120, /* of a name or a level, as shown */
};

/* What is being put together. `alerts` and `rows` lead from a delivery's key
 * to what was delivered. */
struct outcome {
	struct tcs_program *program;
	struct tcs_diag *diag;
	json_t *lists;
	json_t *alerts; /* identifier: "AP5 alerte v1 orange" */
	json_t *rows;   /* key: the ledger's row */
	json_t *got;    /* key: number of messages at the sink */
	enum tcs_err err;
};

static const char *
outcome_text(const char *text)
{
	return text == NULL || text[0] == '\0' ? "-" : text;
}

void
tcs_outcome_signal(const struct tcs_signal *signal, struct tcs_buf *buf)
{
	char at[TCS_TIME_TEXT] = "-";

	if (signal->issued_ms != TCS_NO_TIME)
		(void)tcs_time_french(signal->issued_ms, at);
	tcs_buf_printf(buf, "%s %s %s→%s %s%s%s", at,
	    outcome_text(signal->zone), outcome_text(signal->previous_level),
	    outcome_text(signal->level), outcome_text(signal->msg_type),
	    signal->is_first_sight ? " first-sight" : "",
	    signal->is_end ? " end" : "");
}

void
tcs_outcome_proposal(const struct tcs_proposal *p, struct tcs_buf *buf)
{
	tcs_buf_printf(buf, "%s %s/%s p%u %s %s", outcome_text(p->zone),
	    outcome_text(p->rule), outcome_text(p->raise), p->number,
	    outcome_text(p->action), outcome_text(p->level));
}

void
tcs_outcome_alert(const struct tcs_alert *alert, struct tcs_buf *buf)
{
	const struct tcs_proposal *p = &alert->base;

	tcs_buf_printf(buf, "%s %s/%s v%u %s %s%s", outcome_text(p->zone),
	    outcome_text(p->rule), outcome_text(p->raise), alert->version,
	    outcome_text(alert->msg_type), outcome_text(p->level),
	    strcmp(outcome_text(p->action), TCS_ACTION_LIFT) == 0 ? " lift"
	                                                          : "");
}

/* Empties `line` into the list `name`. */
static void
outcome_add(struct outcome *o, const char *name, struct tcs_buf *line)
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
outcome_take_signal(
    struct outcome *o, const struct tcs_cap *cap, struct tcs_buf *line)
{
	struct tcs_signal signal;
	enum tcs_err err = tcs_signal_from_cap(cap, &signal, o->diag);

	if (err != TCS_OK)
		return err;
	tcs_outcome_signal(&signal, line);
	outcome_add(o, "signals", line);
	return TCS_OK;
}

static enum tcs_err
outcome_take_proposal(
    struct outcome *o, struct tcs_cap *cap, struct tcs_buf *line)
{
	struct tcs_proposal proposal;
	enum tcs_err err = tcs_proposal_from_cap(cap, &proposal, o->diag);

	if (err != TCS_OK)
		return err;
	tcs_outcome_proposal(&proposal, line);
	outcome_add(o, "proposals", line);
	return TCS_OK;
}

static enum tcs_err
outcome_take_alert(struct outcome *o, struct tcs_cap *cap, struct tcs_buf *line)
{
	struct tcs_alert alert;
	enum tcs_err err = tcs_alert_from_cap(cap, &alert, o->diag);

	if (err != TCS_OK)
		return err;
	tcs_outcome_alert(&alert, line);
	outcome_add(o, "alerts", line);
	tcs_buf_printf(line, "%s %s v%u %s", outcome_text(alert.base.zone),
	    outcome_text(alert.base.nature), alert.version,
	    outcome_text(alert.base.level));
	if (line->err != TCS_OK ||
	    !tcs_json_set_str(o->alerts, alert.base.identifier, line->p))
		o->err = TCS_ENOMEM;
	tcs_buf_reset(line);
	return TCS_OK;
}

static enum tcs_err
outcome_take_state(
    struct outcome *o, const struct tcs_record *record, struct tcs_buf *line)
{
	json_t *health = NULL;
	enum tcs_err err =
	    tcs_json_parse(record->value, &health, NULL, o->diag);

	if (err != TCS_OK)
		return err;
	tcs_buf_printf(line, "%s %s→%s", tcs_json_str(health, "feed", "-"),
	    outcome_text(tcs_json_str(health, "previous", "-")),
	    outcome_text(tcs_json_str(health, "state", "-")));
	outcome_add(o, "states", line);
	json_decref(health);
	return TCS_OK;
}

static enum tcs_err
outcome_take_cap(
    struct outcome *o, const struct tcs_record *record, struct tcs_buf *line)
{
	struct tcs_cap *cap = NULL;
	enum tcs_err err = tcs_cap_read(record->value, &cap, o->diag);

	if (err != TCS_OK)
		return err;
	if (strcmp(record->topic, "signals") == 0)
		err = outcome_take_signal(o, cap, line);
	else if (strcmp(record->topic, "proposals") == 0)
		err = outcome_take_proposal(o, cap, line);
	else
		err = outcome_take_alert(o, cap, line);
	tcs_cap_free(&cap);
	return err;
}

static bool
outcome_on_record(void *arg, const struct tcs_record *record)
{
	struct outcome *o = arg;
	struct tcs_buf line;

	tcs_buf_init(&line, OUTCOME_LINE_MAX);
	if (strcmp(record->topic, "health") == 0)
		o->err = outcome_take_state(o, record, &line);
	else
		o->err = outcome_take_cap(o, record, &line);
	tcs_buf_fini(&line);
	return o->err == TCS_OK;
}

static enum tcs_err
outcome_scan(struct outcome *o, const char *topic)
{
	enum tcs_err err =
	    tcs_scan_topic(o->program, topic, outcome_on_record, o, o->diag);

	return err == TCS_OK ? o->err : err;
}

/* The ledger and the sink. */

static enum tcs_err
outcome_read_rows(struct outcome *o)
{
	struct tcs_store *store = o->program->store;
	struct tcs_reply *reply = NULL;
	struct tcs_buf key;

	tcs_buf_init(&key, 256);
	tcs_buf_printf(&key, "%sledger:rows", tcs_store_realm(store));
	enum tcs_err err = key.err != TCS_OK ? key.err
	                                     : tcs_store_call(store, &reply,
	                                           "HVALS", key.p, NULL);
	for (size_t i = 0; err == TCS_OK && i < tcs_reply_count(reply); i++) {
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
outcome_row_line(struct outcome *o, const json_t *row, struct tcs_buf *line)
{
	const char *alert = tcs_json_str(row, "alert", "-");

	tcs_buf_printf(line, "%s %s %s", tcs_json_str(row, "contact", "-"),
	    tcs_json_str(row, "channel", "-"),
	    tcs_json_str(o->alerts, alert, alert));
}

static enum tcs_err
outcome_take_message(
    struct outcome *o, struct tcs_slice text, struct tcs_buf *line)
{
	json_t *message = NULL;
	enum tcs_err err = tcs_json_parse(text, &message, NULL, o->diag);

	if (err != TCS_OK)
		return err;
	const char *key = tcs_json_str(message, "key", "-");
	const json_t *row = json_object_get(o->rows, key);
	int64_t times = tcs_json_i64(o->got, key, 0) + 1;
	if (row != NULL)
		outcome_row_line(o, row, line);
	else
		tcs_buf_printf(
		    line, "key %.*s that no row has", OUTCOME_TEXT_MAX, key);
	if (times > 1)
		tcs_buf_printf(line, " again");
	outcome_add(o, "deliveries", line);
	if (!tcs_json_set_i64(o->got, key, times))
		err = TCS_ENOMEM;
	json_decref(message);
	return err;
}

static enum tcs_err
outcome_read_sink(struct outcome *o, const char *file, struct tcs_buf *line)
{
	struct tcs_buf text;

	tcs_buf_init(&text, OUTCOME_FILE_MAX);
	enum tcs_err err = tcs_file_read(file, &text, o->diag);
	struct tcs_slice rest = tcs_buf_view(&text);
	while (err == TCS_OK && rest.n > 0)
		err = outcome_take_message(
		    o, tcs_slice_cut(rest, '\n', &rest), line);
	tcs_buf_fini(&text);
	return err;
}

/* Rows of which the sink saw nothing, with what became of them. */
static void
outcome_list_unsent(struct outcome *o, struct tcs_buf *line)
{
	const char *key;
	json_t *row;

	json_object_foreach(o->rows, key, row)
	{
		if (tcs_json_i64(o->got, key, 0) > 0)
			continue;
		outcome_row_line(o, row, line);
		tcs_buf_printf(line, " %s", tcs_json_str(row, "state", "-"));
		outcome_add(o, "unsent", line);
	}
}

enum tcs_err
tcs_outcome_gather(struct tcs_program *program, const char *sink_file,
    json_t **ret_lists, struct tcs_diag *diag)
{
	struct outcome o = {.program = program, .diag = diag};
	struct tcs_buf line;

	tcs_buf_init(&line, OUTCOME_LINE_MAX);
	o.lists = json_pack("{s:[],s:[],s:[],s:[],s:[],s:[]}", "states",
	    "signals", "proposals", "alerts", "deliveries", "unsent");
	o.alerts = json_object();
	o.rows = json_object();
	o.got = json_object();
	static const char *const topics[] = {
	    "health", "signals", "proposals", "alerts"};
	enum tcs_err err = o.lists == NULL || o.alerts == NULL ||
	                           o.rows == NULL || o.got == NULL
	                       ? TCS_ENOMEM
	                       : TCS_OK;
	for (size_t i = 0; i < 4 && err == TCS_OK; i++)
		err = outcome_scan(&o, topics[i]);
	if (err == TCS_OK)
		err = outcome_read_rows(&o);
	if (err == TCS_OK)
		err = outcome_read_sink(&o, sink_file, &line);
	if (err == TCS_OK) {
		outcome_list_unsent(&o, &line);
		err = o.err;
	}
	if (err == TCS_OK)
		*ret_lists = json_incref(o.lists);
	json_decref(o.lists);
	json_decref(o.alerts);
	json_decref(o.rows);
	json_decref(o.got);
	tcs_buf_fini(&line);
	return err;
}

/* Comparing */

static int
outcome_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The texts of a list, sorted; borrowed from it. NULL when out of memory. */
static const char **
outcome_sorted(const json_t *list, size_t *ret_n)
{
	size_t n = json_array_size(list);
	const char **texts = calloc(n + 1, sizeof(*texts));

	if (texts == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const char *text = json_string_value(json_array_get(list, i));
		texts[i] = text == NULL ? "" : text;
	}
	qsort(texts, n, sizeof(*texts), outcome_order);
	*ret_n = n;
	return texts;
}

static size_t
outcome_compare_list(const json_t *expected, const json_t *seen,
    const char *name, struct tcs_buf *buf)
{
	size_t a_n = 0, b_n = 0, i = 0, k = 0, differences = 0;
	const char **a = outcome_sorted(expected, &a_n);
	const char **b = outcome_sorted(seen, &b_n);

	tcs_assert(a != NULL && b != NULL);
	tcs_buf_printf(buf, "%-11s %zu expected, %zu seen\n", name, a_n, b_n);
	while (i < a_n || k < b_n) {
		int order = i == a_n ? 1 : k == b_n ? -1 : strcmp(a[i], b[k]);
		if (order < 0)
			tcs_buf_printf(buf, "  - not seen: %s\n", a[i]);
		else if (order > 0)
			tcs_buf_printf(buf, "  + not expected: %s\n", b[k]);
		differences += order != 0;
		i += order <= 0;
		k += order >= 0;
	}
	free(a);
	free(b);
	return differences;
}

size_t
tcs_outcome_compare(
    const json_t *expected, const json_t *seen, struct tcs_buf *buf)
{
	static const char *const names[] = {
	    "states", "signals", "proposals", "alerts", "deliveries", "unsent"};
	size_t differences = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const json_t *list = json_object_get(expected, names[i]);
		if (list != NULL)
			differences += outcome_compare_list(list,
			    json_object_get(seen, names[i]), names[i], buf);
	}
	return differences;
}

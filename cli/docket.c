#include "cli/docket.h"

#include <stdlib.h>
#include <string.h>

#include "cli/term.h"
#include "core/alert.h"
#include "core/clock.h"
#include "core/store.h"

enum { DOCKET_TEXT_MAX = 256 * 1024, DOCKET_KEY_MAX = 128 };

static void
docket_row_fini(struct tcs_docket_row *row)
{
	tcs_cap_free(&row->cap);
	json_decref(row->value);
	free(row->key);
}

static enum tcs_err
docket_read_cap(struct tcs_docket_row *row, struct tcs_diag *diag)
{
	const char *text = tcs_json_str(row->value, "cap", NULL);
	struct tcs_diag notes = {0};

	if (text == NULL)
		return TCS_OK;
	enum tcs_err err = tcs_cap_read(tcs_slice_str(text), &row->cap, &notes);
	if (err == TCS_OK)
		err = tcs_proposal_from_cap(row->cap, &row->proposal, &notes);
	if (err != TCS_OK)
		err = tcs_diag_add(diag, err, NULL, 0,
		    "ledger:proposals: %s: %s", row->id, tcs_diag_text(&notes));
	tcs_diag_fini(&notes);
	return err;
}

static enum tcs_err
docket_read_row(struct tcs_docket_row *row, struct tcs_slice field,
    struct tcs_slice text, struct tcs_diag *diag)
{
	struct tcs_slice rest;
	struct tcs_slice key = tcs_slice_cut(field, '|', &rest);
	enum tcs_err err = tcs_json_parse(text, &row->value, NULL, diag);

	if (err != TCS_OK)
		return err;
	row->key = tcs_slice_dup(key);
	if (row->key == NULL)
		return TCS_ENOMEM;
	row->id = tcs_json_str(row->value, "id", "");
	row->code = tcs_json_str(row->value, "code", "");
	row->hash = tcs_json_str(row->value, "hash", "");
	row->state = tcs_json_str(row->value, "state", "");
	row->thread = tcs_json_str(row->value, "thread", "");
	row->trace = tcs_json_str(row->value, "trace", NULL);
	row->raise = tcs_json_str(row->value, "raise", "");
	row->nature = tcs_json_str(row->value, "nature", "");
	row->action = tcs_json_str(row->value, "action", "");
	row->level = tcs_json_str(row->value, "level", "");
	row->proposed_ms = tcs_json_i64(row->value, "proposed_ms", TCS_NO_TIME);
	row->expires_ms = tcs_json_i64(row->value, "expires_ms", TCS_NO_TIME);
	if (row->code[0] == '\0' || strlen(row->hash) != 64)
		return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "ledger:proposals: %s has no code or no hash", row->id);
	return docket_read_cap(row, diag);
}

enum tcs_err
tcs_docket_add(struct tcs_docket *docket, struct tcs_slice field,
    struct tcs_slice text, struct tcs_diag *diag)
{
	struct tcs_docket_row row = {0};

	if (docket->n == TCS_DOCKET_MAX)
		return tcs_diag_add(diag, TCS_ELIMIT, NULL, 0,
		    "ledger:proposals: more than %d are not shown",
		    TCS_DOCKET_MAX);
	enum tcs_err err = docket_read_row(&row, field, text, diag);
	struct tcs_docket_row *rows = NULL;
	if (err == TCS_OK) {
		rows = reallocarray(
		    docket->rows, docket->n + 1, sizeof(*docket->rows));
		err = rows == NULL ? TCS_ENOMEM : TCS_OK;
	}
	if (err != TCS_OK) {
		docket_row_fini(&row);
		return err;
	}
	docket->rows = rows;
	docket->rows[docket->n++] = row;
	return TCS_OK;
}

static int
docket_compare(const void *a, const void *b)
{
	const struct tcs_docket_row *x = a, *y = b;

	if (x->proposed_ms != y->proposed_ms)
		return x->proposed_ms < y->proposed_ms ? -1 : 1;
	return strcmp(x->id, y->id);
}

enum tcs_err
tcs_docket_load(struct tcs_store *store, struct tcs_docket *ret_docket,
    struct tcs_diag *diag)
{
	struct tcs_docket docket = {0};
	struct tcs_reply *reply = NULL;
	struct tcs_buf key;

	tcs_buf_init(&key, DOCKET_KEY_MAX);
	tcs_buf_printf(&key, "%sledger:proposals", tcs_store_realm(store));
	enum tcs_err err = key.err;
	if (err == TCS_OK)
		err = tcs_store_call(store, &reply, "HGETALL", key.p, NULL);
	for (size_t i = 0; err != TCS_ENOMEM && i + 1 < tcs_reply_count(reply);
	     i += 2) {
		/* A row that cannot be read does not hide the others. */
		enum tcs_err one = tcs_docket_add(&docket,
		    tcs_reply_slice(tcs_reply_at(reply, i)),
		    tcs_reply_slice(tcs_reply_at(reply, i + 1)), diag);
		if (one == TCS_ENOMEM)
			err = one;
	}
	tcs_reply_free(&reply);
	tcs_buf_fini(&key);
	if (err != TCS_OK) {
		tcs_docket_fini(&docket);
		return err;
	}
	if (docket.n > 0)
		qsort(docket.rows, docket.n, sizeof(*docket.rows),
		    docket_compare);
	*ret_docket = docket;
	return TCS_OK;
}

void
tcs_docket_fini(struct tcs_docket *docket)
{
	if (docket == NULL)
		return;
	for (size_t i = 0; i < docket->n; i++)
		docket_row_fini(&docket->rows[i]);
	free(docket->rows);
	*docket = (struct tcs_docket){0};
}

bool
tcs_docket_is_waiting(const struct tcs_docket_row *row)
{
	return strcmp(row->state, "waiting") == 0 ||
	       strcmp(row->state, "wait") == 0;
}

void
tcs_docket_text(
    const struct tcs_docket_row *row, const char *indent, struct tcs_buf *buf)
{
	const struct tcs_alert alert = {.base = row->proposal,
	    .status = row->proposal.intended_status,
	    .msg_type = "Alert"};
	struct tcs_buf text;

	if (row->cap == NULL) {
		tcs_term_block(buf,
		    tcs_slice_str(tcs_json_str(row->value, "headline", "")),
		    indent);
		return;
	}
	tcs_buf_init(&text, DOCKET_TEXT_MAX);
	tcs_alert_subject(&alert, &text);
	tcs_term_block(buf, tcs_buf_view(&text), indent);
	tcs_buf_reset(&text);
	tcs_alert_body(&alert, &text);
	tcs_term_block(buf, tcs_buf_view(&text), indent);
	if (text.err != TCS_OK)
		tcs_buf_printf(buf, "%s(%s)\n", indent, tcs_strerror(text.err));
	tcs_buf_fini(&text);
}

void
tcs_docket_ref(const struct tcs_docket_row *row, struct tcs_buf *buf)
{
	tcs_term_line(buf, tcs_slice_str(row->code));
	tcs_buf_printf(buf, "-%.6s", row->hash);
}

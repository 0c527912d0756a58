#include "cli/typed.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"

/* No 0, 1, I, L, O, U: what is read aloud is not mistaken. */
#define TYPED_ALPHABET "23456789ABCDEFGHJKMNPQRSTVWXYZ"

enum { TYPED_TEXT_MAX = 500 };

static const char *const typed_verdicts[] = {"approve", "reject", "wait"};

enum tcs_err
tcs_typed_read_ref(
    const char *text, struct tcs_typed *typed, struct tcs_diag *diag)
{
	char code[4] = "", hash[7] = "";
	bool is_good = strlen(text) == 10 && text[3] == '-';

	for (size_t i = 0; is_good && i < 3; i++)
		code[i] = (char)toupper((unsigned char)text[i]);
	for (size_t i = 0; is_good && i < 6; i++)
		hash[i] = (char)tolower((unsigned char)text[4 + i]);
	if (!is_good || strspn(code, TYPED_ALPHABET) != 3 ||
	    strspn(hash, "0123456789abcdef") != 6)
		return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "\"%.40s\" names no text; write: CODE-hhhhhh, as "
		    "`tocsin proposals` shows it",
		    text);
	memcpy(typed->code, code, sizeof(code));
	memcpy(typed->hash, hash, sizeof(hash));
	return TCS_OK;
}

enum tcs_err
tcs_typed_read_time(const char *text, int64_t now_ms, int64_t *ret_ms)
{
	struct tcs_slice minutes;
	struct tcs_slice hours =
	    tcs_slice_cut(tcs_slice_str(text), ':', &minutes);
	uint64_t h, m;

	if (strlen(text) != 5)
		return tcs_time_parse(tcs_slice_str(text), ret_ms);
	if (tcs_slice_u64(hours, 23, &h) != TCS_OK ||
	    tcs_slice_u64(minutes, 59, &m) != TCS_OK)
		return TCS_EPARSE;
	/* A day of legal time has 23 to 25 hours. */
	int64_t at =
	    tcs_time_next_daily(now_ms - TCS_HOURS(26), (int)(h * 60 + m));
	while (at <= now_ms) {
		*ret_ms = at;
		at = tcs_time_next_daily(at, (int)(h * 60 + m));
	}
	return TCS_OK;
}

static enum tcs_err
typed_check_text(
    const char *name, const char *text, bool is_needed, struct tcs_diag *diag)
{
	if (text == NULL && !is_needed)
		return TCS_OK;
	struct tcs_slice s = tcs_slice_trim(tcs_slice_str(text));
	if (s.n == 0)
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "--%s is missing; write: --%s \"…\"", name, name);
	if (s.n > TYPED_TEXT_MAX)
		return tcs_diag_add(diag, TCS_ELIMIT, NULL, 0,
		    "--%s is longer than %d bytes", name, TYPED_TEXT_MAX);
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
			    "--%s: write one line of text", name);
	}
	if (!tcs_slice_is_utf8(s))
		return tcs_diag_add(
		    diag, TCS_EINVAL, NULL, 0, "--%s is not UTF-8", name);
	return TCS_OK;
}

static enum tcs_err
typed_check_verdict(const char *verdict, struct tcs_diag *diag)
{
	for (size_t i = 0;
	     i < sizeof(typed_verdicts) / sizeof(typed_verdicts[0]); i++) {
		if (strcmp(verdict, typed_verdicts[i]) == 0)
			return TCS_OK;
	}
	return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
	    "\"%.40s\" is no verdict; write: approve, reject or wait", verdict);
}

enum tcs_err
tcs_typed_check(const struct tcs_typed *typed, struct tcs_diag *diag)
{
	const struct {
		const char *name, *text;
		bool is_needed;
	} texts[] = {{"authority", typed->authority, true},
	    {"how", typed->how, true}, {"basis", typed->basis, false},
	    {"reason", typed->reason, true}};
	enum tcs_err err = typed_check_verdict(typed->verdict, diag);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		enum tcs_err one = typed_check_text(
		    texts[i].name, texts[i].text, texts[i].is_needed, diag);
		err = err == TCS_OK ? one : err;
	}
	if (typed->asked_ms != TCS_NO_TIME &&
	    typed->answered_ms != TCS_NO_TIME &&
	    typed->answered_ms < typed->asked_ms)
		err = tcs_diag_add(
		    diag, TCS_EINVAL, NULL, 0, "--answered is before --asked");
	if (typed->answered_ms != TCS_NO_TIME &&
	    typed->answered_ms > typed->at_ms)
		err = tcs_diag_add(
		    diag, TCS_EINVAL, NULL, 0, "--answered is in the future");
	return err;
}

/* What waits now in the place of `row`: same thread, same raise. */
static const struct tcs_docket_row *
typed_successor(
    const struct tcs_docket *docket, const struct tcs_docket_row *row)
{
	for (size_t i = docket->n; i-- > 0;) {
		const struct tcs_docket_row *one = &docket->rows[i];
		if (tcs_docket_is_waiting(one) &&
		    strcmp(one->code, row->code) == 0 &&
		    strcmp(one->thread, row->thread) == 0 &&
		    strcmp(one->raise, row->raise) == 0)
			return one;
	}
	return NULL;
}

/* The newest row of that code, whose hash begins so unless `hash` is NULL; one
 * that waits before any other. */
static const struct tcs_docket_row *
typed_find(const struct tcs_docket *docket, const char *code, const char *hash)
{
	const struct tcs_docket_row *found = NULL;

	for (size_t i = docket->n; i-- > 0;) {
		const struct tcs_docket_row *one = &docket->rows[i];
		if (strcmp(one->code, code) != 0 ||
		    (hash != NULL && strncmp(one->hash, hash, 6) != 0))
			continue;
		if (tcs_docket_is_waiting(one))
			return one;
		found = found == NULL ? one : found;
	}
	return found;
}

enum tcs_typed_fit
tcs_typed_fit(const struct tcs_typed *typed, const struct tcs_docket *docket,
    const struct tcs_docket_row **ret_row)
{
	const struct tcs_docket_row *row =
	    typed_find(docket, typed->code, typed->hash);

	if (row == NULL) {
		*ret_row = typed_find(docket, typed->code, NULL);
		return *ret_row == NULL ? TCS_FIT_UNKNOWN : TCS_FIT_OTHER;
	}
	*ret_row = row;
	if (tcs_docket_is_waiting(row))
		return TCS_FIT_WAITS;
	const struct tcs_docket_row *next = typed_successor(docket, row);
	if (next == NULL)
		return TCS_FIT_ENDED;
	*ret_row = next;
	return TCS_FIT_REPLACED;
}

void
tcs_typed_identify(const char *observatory, int64_t at_ms, const char *random,
    char id[TCS_TYPED_ID])
{
	char time[TCS_TIME_TEXT];

	(void)snprintf(id, TCS_TYPED_ID, "%.64s.decision.%s-%.8s", observatory,
	    tcs_time_compact(at_ms, time), random);
}

static bool
typed_set_time(json_t *object, const char *name, int64_t ms)
{
	char text[TCS_TIME_TEXT];

	return ms == TCS_NO_TIME ||
	       tcs_json_set_str(object, name, tcs_time_iso(ms, text));
}

static enum tcs_err
typed_finish(json_t *object, bool is_set, struct tcs_buf *buf)
{
	if (is_set)
		tcs_json_write(buf, object);
	json_decref(object);
	return is_set ? buf->err : TCS_ENOMEM;
}

enum tcs_err
tcs_typed_write(
    const struct tcs_typed *typed, const char *id, struct tcs_buf *buf)
{
	json_t *o = json_object();

	bool is_set = o != NULL && tcs_json_set_i64(o, "v", 1) &&
	              tcs_json_set_str(o, "id", id) &&
	              tcs_json_set_str(o, "kind", "decide") &&
	              typed_set_time(o, "at", typed->at_ms) &&
	              tcs_json_set_str(o, "typed_by", typed->typed_by) &&
	              tcs_json_set_str(o, "code", typed->code) &&
	              tcs_json_set_str(o, "hash", typed->hash) &&
	              tcs_json_set_str(o, "verdict", typed->verdict) &&
	              tcs_json_set_str(o, "authority", typed->authority) &&
	              tcs_json_set_str(o, "how", typed->how) &&
	              tcs_json_set_str(o, "basis", typed->basis) &&
	              tcs_json_set_str(o, "reason", typed->reason) &&
	              typed_set_time(o, "asked", typed->asked_ms) &&
	              typed_set_time(o, "answered", typed->answered_ms);
	return typed_finish(o, is_set, buf);
}

enum tcs_err
tcs_typed_write_resume(const char *id, const char *feed, const char *typed_by,
    int64_t at_ms, struct tcs_buf *buf)
{
	json_t *o = json_object();

	bool is_set = o != NULL && tcs_json_set_i64(o, "v", 1) &&
	              tcs_json_set_str(o, "id", id) &&
	              tcs_json_set_str(o, "kind", "resume") &&
	              typed_set_time(o, "at", at_ms) &&
	              tcs_json_set_str(o, "typed_by", typed_by) &&
	              tcs_json_set_str(o, "feed", feed);
	return typed_finish(o, is_set, buf);
}

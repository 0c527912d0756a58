#include "dispatcher/decision.h"

#include <string.h>

#include "core/clock.h"

#define HEX_DIGITS "0123456789abcdef"

enum { DECISION_ID_MAX = 128, DECISION_TEXT_MAX = 4000 };

static enum tcs_err
decision_refuse(struct tcs_diag *diag, const char *member, const char *what)
{
	return tcs_diag_add(
	    diag, TCS_EPARSE, NULL, 0, "decision: %s: %s", member, what);
}

/* A text that is there, is not blank and is not longer than `max`. */
static enum tcs_err
decision_text(const json_t *json, const char *member, size_t max,
    const char **ret_text, struct tcs_diag *diag)
{
	const char *text = tcs_json_str(json, member, "");
	size_t n = tcs_slice_trim(tcs_slice_str(text)).n;

	if (n == 0)
		return decision_refuse(diag, member, "missing or empty");
	if (strlen(text) > max)
		return decision_refuse(diag, member, "too long");
	*ret_text = text;
	return TCS_OK;
}

/* A text of exactly `n` characters of `alphabet`. */
static enum tcs_err
decision_word(const json_t *json, const char *member, const char *alphabet,
    size_t n, const char **ret_text, struct tcs_diag *diag)
{
	const char *text = tcs_json_str(json, member, "");

	if (strlen(text) != n || strspn(text, alphabet) != n)
		return decision_refuse(diag, member, "not of its form");
	*ret_text = text;
	return TCS_OK;
}

static enum tcs_err
decision_id(const json_t *json, const char **ret_id, struct tcs_diag *diag)
{
	enum tcs_err err =
	    decision_text(json, "id", DECISION_ID_MAX, ret_id, diag);

	if (err != TCS_OK)
		return err;
	for (const char *p = *ret_id; *p != '\0'; p++) {
		if (*p <= ' ' || *p > '~' || strchr("|\"=,<&", *p) != NULL)
			return decision_refuse(
			    diag, "id", "only plain ASCII, no blank");
	}
	return TCS_OK;
}

static enum tcs_err
decision_time(const json_t *json, const char *member, int64_t *ret_ms,
    struct tcs_diag *diag)
{
	const char *text = tcs_json_str(json, member, "");

	if (tcs_time_parse(tcs_slice_str(text), ret_ms) != TCS_OK)
		return decision_refuse(
		    diag, member, "not a time with its offset");
	return TCS_OK;
}

static enum tcs_err
decision_verdict(const json_t *json, enum tcs_decision_verdict *ret_verdict,
    struct tcs_diag *diag)
{
	static const char *const words[] = {
	    [TCS_DECISION_APPROVE] = "approve",
	    [TCS_DECISION_REJECT] = "reject",
	    [TCS_DECISION_WAIT] = "wait",
	};
	const char *text = tcs_json_str(json, "verdict", "");

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i]) == 0) {
			*ret_verdict = (enum tcs_decision_verdict)i;
			return TCS_OK;
		}
	}
	return decision_refuse(
	    diag, "verdict", "neither approve, reject nor wait");
}

/* A time that may be absent; kept as text. */
static enum tcs_err
decision_stage(const json_t *json, const char *member, const char **ret_text,
    struct tcs_diag *diag)
{
	int64_t ms;

	*ret_text = tcs_json_str(json, member, NULL);
	return *ret_text == NULL ? TCS_OK
	                         : decision_time(json, member, &ms, diag);
}

static enum tcs_err
decision_parse_decide(struct tcs_decision *d, struct tcs_diag *diag)
{
	const json_t *json = d->json;
	enum tcs_err err = decision_word(
	    json, "code", TCS_CODE_ALPHABET, TCS_CODE_LEN, &d->code, diag);

	if (err == TCS_OK)
		err = decision_word(
		    json, "hash", HEX_DIGITS, TCS_HASH_SEEN, &d->hash, diag);
	if (err == TCS_OK)
		err = decision_verdict(json, &d->verdict, diag);
	if (err == TCS_OK)
		err = decision_text(
		    json, "authority", DECISION_TEXT_MAX, &d->authority, diag);
	if (err == TCS_OK)
		err = decision_text(
		    json, "how", DECISION_TEXT_MAX, &d->how, diag);
	if (err == TCS_OK)
		err = decision_text(
		    json, "reason", DECISION_TEXT_MAX, &d->reason, diag);
	if (err == TCS_OK)
		err = decision_stage(json, "asked", &d->asked, diag);
	if (err == TCS_OK)
		err = decision_stage(json, "answered", &d->answered, diag);
	d->basis = tcs_json_str(json, "basis", NULL);
	return err;
}

static enum tcs_err
decision_parse_kind(struct tcs_decision *d, struct tcs_diag *diag)
{
	const char *kind = tcs_json_str(d->json, "kind", "");

	if (strcmp(kind, "decide") == 0) {
		d->kind = TCS_DECISION_DECIDE;
		return decision_parse_decide(d, diag);
	}
	if (strcmp(kind, "resume") == 0) {
		d->kind = TCS_DECISION_RESUME;
		return decision_text(
		    d->json, "feed", DECISION_ID_MAX, &d->feed, diag);
	}
	return decision_refuse(diag, "kind", "neither decide nor resume");
}

static enum tcs_err
decision_fill(struct tcs_decision *d, struct tcs_diag *diag)
{
	if (!json_is_object(d->json))
		return decision_refuse(diag, "record", "not an object");
	if (tcs_json_i64(d->json, "v", 0) != 1)
		return decision_refuse(
		    diag, "v", "a version this program does not know");
	enum tcs_err err = decision_id(d->json, &d->id, diag);
	if (err == TCS_OK)
		err = decision_time(d->json, "at", &d->at_ms, diag);
	if (err == TCS_OK)
		err = decision_text(
		    d->json, "typed_by", DECISION_ID_MAX, &d->typed_by, diag);
	if (err == TCS_OK)
		err = decision_parse_kind(d, diag);
	return err;
}

enum tcs_err
tcs_decision_parse(struct tcs_slice text, struct tcs_decision *ret_decision,
    struct tcs_diag *diag)
{
	struct tcs_decision d = {0};
	enum tcs_err err = tcs_json_parse(text, &d.json, NULL, diag);

	if (err == TCS_OK)
		err = decision_fill(&d, diag);
	if (err != TCS_OK) {
		tcs_decision_fini(&d);
		return err;
	}
	*ret_decision = d;
	return TCS_OK;
}

void
tcs_decision_fini(struct tcs_decision *decision)
{
	if (decision == NULL)
		return;
	json_decref(decision->json);
	memset(decision, 0, sizeof(*decision));
}

/* A value runs to the next name, so it may hold blanks but no '='. */
static void
decision_pair(struct tcs_buf *buf, const char *name, const char *value)
{
	tcs_buf_printf(buf, " %s=", name);
	for (const char *p = value; *p != '\0'; p++) {
		if (*p == '=' || (*p > 0 && *p < ' '))
			tcs_buf_char(buf, ' ');
		else
			tcs_buf_char(buf, *p);
	}
}

void
tcs_decision_describe(
    const struct tcs_decision *decision, const char *bound, struct tcs_buf *buf)
{
	char at[TCS_TIME_TEXT];

	tcs_buf_printf(buf, "id=%s read=%s bound=%.*s", decision->id,
	    decision->hash, TCS_HASH_SEEN, bound);
	if (decision->basis != NULL)
		decision_pair(buf, "basis", decision->basis);
	if (decision->asked != NULL)
		decision_pair(buf, "asked", decision->asked);
	if (decision->answered != NULL)
		decision_pair(buf, "answered", decision->answered);
	decision_pair(buf, "authority", decision->authority);
	decision_pair(buf, "how", decision->how);
	tcs_buf_printf(buf, " at=%s", tcs_time_iso(decision->at_ms, at));
}

#include "core/alert.h"

#include <string.h>

#include "core/arena.h"
#include "core/digest.h"
#include "core/profile.h"
#include "core/proposal_cap.h"

#define ALERT_AT(member) offsetof(struct tcs_alert, member)

static const struct tcs_profile_param alert_params[] = {
    {"tocsin:version", TCS_PROFILE_NUMBER, ALERT_AT(version), true},
    {"tocsin:decision", TCS_PROFILE_TEXT, ALERT_AT(decision), false},
};
enum { ALERT_PARAMS_N = sizeof(alert_params) / sizeof(alert_params[0]) };

void
tcs_alert_identify(const struct tcs_alert *alert, char id[TCS_ID_MAX])
{
	char text[TCS_DIGEST_HEX], content[TCS_DIGEST_HEX];

	tcs_proposal_text_hash(&alert->base, text);
	const struct tcs_slice parts[] = {
	    tcs_slice_str(text),
	    tcs_slice_str(alert->base.signal),
	    tcs_slice_str(alert->base.references),
	    tcs_slice_str(alert->base.raise),
	    tcs_slice_str(alert->status),
	    tcs_slice_str(alert->msg_type),
	    tcs_slice_str(alert->decision),
	    tcs_slice_str(alert->authority),
	};
	(void)tcs_digest_parts(
	    parts, sizeof(parts) / sizeof(parts[0]), content);
	tcs_proposal_print_id(&alert->base, 'v', alert->version, content, id);
}

/* What stands before and after a text that people read. */
struct alert_marks {
	struct tcs_buf before, after;
};

static void
alert_marks_init(
    struct alert_marks *marks, const struct tcs_alert *alert, bool has_nature)
{
	const char *mark = tcs_alert_mark(alert->status);

	tcs_buf_init(&marks->before, 256);
	tcs_buf_init(&marks->after, 256);
	if (mark[0] != '\0') {
		tcs_buf_str(&marks->before, mark);
		tcs_buf_str(&marks->before, " – ");
		tcs_buf_str(&marks->after, " – ");
		tcs_buf_str(&marks->after, mark);
	}
	if (has_nature) {
		tcs_buf_str(&marks->before, tcs_alert_nature(alert));
		tcs_buf_str(&marks->before, " – ");
	}
}

static void
alert_marks_fini(struct alert_marks *marks)
{
	tcs_buf_fini(&marks->before);
	tcs_buf_fini(&marks->after);
}

/* `text` between its marks, in the message's arena; NULL for none. */
static const char *
alert_wrap(struct tcs_cap *cap, const struct tcs_alert *alert, bool has_nature,
    const char *text)
{
	struct alert_marks marks;
	struct tcs_buf buf;

	if (text == NULL || text[0] == '\0')
		return NULL;
	alert_marks_init(&marks, alert, has_nature);
	tcs_buf_init(&buf, TCS_CAP_MAX);
	tcs_buf_slice(&buf, tcs_buf_view(&marks.before));
	tcs_buf_str(&buf, text);
	tcs_buf_slice(&buf, tcs_buf_view(&marks.after));
	const char *wrapped =
	    buf.err == TCS_OK ? tcs_cap_dup(cap, buf.p) : NULL;
	cap->is_short = cap->is_short || wrapped == NULL;
	tcs_buf_fini(&buf);
	alert_marks_fini(&marks);
	return wrapped;
}

static bool
alert_has_marks(struct tcs_slice text, const struct alert_marks *marks)
{
	struct tcs_slice before = tcs_buf_view(&marks->before);
	struct tcs_slice after = tcs_buf_view(&marks->after);

	return text.n > before.n + after.n &&
	       tcs_slice_equal(tcs_slice(text.p, before.n), before) &&
	       tcs_slice_equal(
	           tcs_slice(text.p + text.n - after.n, after.n), after);
}

/* The text without its marks; as it is when it has none. */
static const char *
alert_unwrap(struct tcs_cap *cap, const struct tcs_alert *alert,
    bool has_nature, const char *text)
{
	struct alert_marks marks;
	struct tcs_slice s = tcs_slice_str(text);

	if (text == NULL)
		return NULL;
	alert_marks_init(&marks, alert, has_nature);
	if (alert_has_marks(s, &marks))
		s = tcs_slice(
		    s.p + marks.before.n, s.n - marks.before.n - marks.after.n);
	alert_marks_fini(&marks);
	const char *copy = tcs_arena_dup(cap->arena, s);
	return copy == NULL ? text : copy;
}

static enum tcs_err
alert_check(const struct tcs_alert *alert, struct tcs_diag *diag)
{
	static const char *const statuses[] = {"Actual", "Exercise", "Test"};
	const char *nature = alert->base.nature;
	bool is_status = false;

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		is_status =
		    is_status || (alert->status != NULL &&
		                     strcmp(alert->status, statuses[i]) == 0);
	if (!is_status)
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "<status>: an alert is Actual, Exercise or Test");
	if (alert->base.action == NULL || nature == NULL)
		return tcs_diag_add(
		    diag, TCS_EINVAL, NULL, 0, "no action or nature");
	if (strcmp(nature, TCS_NATURE_ALERTE) == 0 && alert->decision == NULL)
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "an alerte never leaves without a decision");
	return TCS_OK;
}

static enum tcs_err
alert_fill(
    struct tcs_cap *cap, const struct tcs_alert *alert, struct tcs_diag *diag)
{
	const struct tcs_proposal *base = &alert->base;
	const struct tcs_proposal_texts texts = {
	    .sender_name =
	        alert->authority == NULL ? base->source_name : alert->authority,
	    .headline = alert_wrap(cap, alert, true, base->headline),
	    .description = alert_wrap(cap, alert, false, base->description),
	    .instruction = alert_wrap(cap, alert, false, base->instruction),
	};

	cap->status = tcs_cap_dup(cap, alert->status);
	cap->msg_type = tcs_cap_dup(cap, alert->msg_type);
	enum tcs_err err = tcs_proposal_fill(cap, base, &texts, diag);
	if (err == TCS_OK)
		err = tcs_profile_write(
		    cap, alert, alert_params, ALERT_PARAMS_N, diag);
	return err == TCS_OK ? tcs_cap_check(cap, diag) : err;
}

enum tcs_err
tcs_alert_to_cap(const struct tcs_alert *alert, struct tcs_cap **ret_cap,
    struct tcs_diag *diag)
{
	enum tcs_err err = alert_check(alert, diag);

	if (err != TCS_OK)
		return err;
	struct tcs_cap *cap = tcs_cap_new();
	if (cap == NULL)
		return TCS_ENOMEM;
	err = alert_fill(cap, alert, diag);
	if (err != TCS_OK) {
		tcs_cap_free(&cap);
		return err;
	}
	*ret_cap = cap;
	return TCS_OK;
}

static const char *
alert_authority(const struct tcs_cap *cap, const struct tcs_proposal *base)
{
	const char *name = cap->infos->sender_name;

	if (name == NULL || strcmp(name, base->source_name) == 0)
		return NULL;
	return name;
}

enum tcs_err
tcs_alert_from_cap(
    struct tcs_cap *cap, struct tcs_alert *ret_alert, struct tcs_diag *diag)
{
	struct tcs_alert alert = {
	    .status = cap->status, .msg_type = cap->msg_type};

	enum tcs_err err =
	    tcs_profile_read(cap, &alert, alert_params, ALERT_PARAMS_N, diag);
	if (err == TCS_OK)
		err = tcs_proposal_scan(cap, &alert.base, diag);
	if (err != TCS_OK)
		return err;
	struct tcs_diag invalid = {0};
	if (alert_check(&alert, &invalid) != TCS_OK)
		err = tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "not an alert: %s", tcs_diag_text(&invalid));
	tcs_diag_fini(&invalid);
	if (err != TCS_OK)
		return err;
	struct tcs_proposal *base = &alert.base;
	alert.authority = alert_authority(cap, base);
	base->headline = alert_unwrap(cap, &alert, true, base->headline);
	base->description = alert_unwrap(cap, &alert, false, base->description);
	base->instruction = alert_unwrap(cap, &alert, false, base->instruction);
	*ret_alert = alert;
	return TCS_OK;
}

/* The first `name`= in `text` that begins a word. */
static const char *
alert_find_part(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = text; (at = strstr(at, name)) != NULL; at++) {
		if (at[n] == '=' && (at == text || at[-1] == ' '))
			return at;
	}
	return NULL;
}

struct tcs_slice
tcs_decision_part(const char *decision, const char *name)
{
	static const char *const names[] = {"id", "authority", "how", "at"};
	const size_t names_n = sizeof(names) / sizeof(names[0]);
	const char *at = decision == NULL ? "" : decision;

	for (size_t i = 0; i < names_n; i++) {
		const char *start = alert_find_part(at, names[i]);
		if (start == NULL)
			continue;
		const char *value = start + strlen(names[i]) + 1;
		const char *end = NULL;
		for (size_t k = i + 1; k < names_n && end == NULL; k++)
			end = alert_find_part(value, names[k]);
		if (end == NULL)
			end = value + strlen(value);
		if (strcmp(names[i], name) == 0)
			return tcs_slice_trim(
			    tcs_slice(value, (size_t)(end - value)));
		at = value;
	}
	return tcs_slice(NULL, 0);
}

void
tcs_delivery_key(
    const char *alert, const char *contact, const char *channel, char key[17])
{
	char hex[TCS_DIGEST_HEX];
	const struct tcs_slice parts[] = {tcs_slice_str(alert),
	    tcs_slice_str(contact), tcs_slice_str(channel)};

	(void)tcs_digest_parts(parts, 3, hex);
	memcpy(key, hex, 16);
	key[16] = '\0';
}

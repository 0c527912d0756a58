#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "collectors/feeds/cap/cap.h"
#include "core/cap_model.h"
#include "core/clock.h"
#include "core/date.h"
#include "core/xml.h"

enum { JSON_ALERT_MAX = TCS_CAP_MAX };

bool
tcs_cf_is_json(struct tcs_slice body)
{
	if (tcs_slice_starts(body, "\xef\xbb\xbf"))
		body = tcs_slice(body.p + 3, body.n - 3);
	body = tcs_slice_trim(body);
	return body.n > 0 && (body.p[0] == '{' || body.p[0] == '[');
}

void
tcs_cf_element(struct tcs_buf *buf, const char *name, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	tcs_buf_printf(buf, "<%s>", name);
	tcs_xml_escape(buf, text);
	tcs_buf_printf(buf, "</%s>", name);
}

void
tcs_cf_pair(
    struct tcs_buf *buf, const char *tag, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	tcs_buf_printf(buf, "<%s>", tag);
	tcs_cf_element(buf, "valueName", name);
	tcs_cf_element(buf, "value", value);
	tcs_buf_printf(buf, "</%s>", tag);
}

int64_t
tcs_cf_identifier_ms(const char *identifier)
{
	for (const char *at = identifier; *at != '\0'; at++) {
		size_t n = strspn(at, "0123456789");
		char text[] = "YYYY-MM-DDTHH:MM:SS";
		int64_t ms;
		if (n == 14 && (at == identifier || at[-1] == '.')) {
			memcpy(text, at, 4);
			for (int i = 0; i < 5; i++)
				memcpy(text + 5 + (ptrdiff_t)3 * i,
				    at + 4 + (ptrdiff_t)2 * i, 2);
			if (tcs_date_read(tcs_slice_str(text), &ms) == TCS_OK)
				return ms;
		}
		at += n > 0 ? n - 1 : 0;
	}
	return TCS_NO_TIME;
}

/* The nth of a list; a value that is no list is a list of one. */
static json_t *
json_nth(json_t *value, size_t i)
{
	if (json_is_array(value))
		return json_array_get(value, i);
	return i == 0 ? value : NULL;
}

/* A text, a number, or NULL; numbers are written into `text`. */
static const char *
json_text(const json_t *value, char text[32])
{
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_integer(value)) {
		(void)snprintf(
		    text, 32, "%lld", (long long)json_integer_value(value));
		return text;
	}
	return NULL;
}

static void
json_member(struct tcs_buf *buf, json_t *object, const char *name)
{
	json_t *value = json_object_get(object, name);
	json_t *item;
	char number[32];

	for (size_t i = 0; (item = json_nth(value, i)) != NULL; i++)
		tcs_cf_element(buf, name, json_text(item, number));
}

/* {"valueName": …, "value": …}, a list of them, or {name: value, …}. A geocode
 * without a name is NUTS 3 where it has its form. */
static void
json_pairs(struct tcs_buf *buf, json_t *object, const char *tag)
{
	json_t *list = json_object_get(object, tag);
	json_t *item, *value;
	const char *key;
	char number[32];

	for (size_t i = 0; (item = json_nth(list, i)) != NULL; i++) {
		const char *name = tcs_json_str(item, "valueName", NULL);
		value = json_object_get(item, "value");
		if (value == NULL) {
			json_object_foreach(item, key, value) tcs_cf_pair(
			    buf, tag, key, json_text(value, number));
			continue;
		}
		const char *text = json_text(value, number);
		bool is_nuts = name == NULL && text != NULL &&
		               strlen(text) == 5 && strcmp(tag, "geocode") == 0;
		tcs_cf_pair(buf, tag, is_nuts ? "NUTS3" : name, text);
	}
}

static void
json_areas(struct tcs_buf *buf, json_t *info)
{
	json_t *list = json_object_get(info, "area");
	json_t *area;

	for (size_t i = 0; (area = json_nth(list, i)) != NULL; i++) {
		tcs_buf_str(buf, "<area>");
		json_member(buf, area, "areaDesc");
		json_member(buf, area, "polygon");
		json_member(buf, area, "circle");
		json_pairs(buf, area, "geocode");
		tcs_buf_str(buf, "</area>");
	}
}

/* The member, or what stands for one that a producer left out. */
static void
json_needed(
    struct tcs_buf *buf, json_t *object, const char *name, const char *fallback)
{
	size_t before = buf->n;

	json_member(buf, object, name);
	if (buf->n == before)
		tcs_cf_element(buf, name, fallback);
}

static void
json_info(struct tcs_buf *buf, json_t *info)
{
	static const char *const before[] = {"audience", NULL};
	static const char *const after[] = {"effective", "onset", "expires",
	    "senderName", "headline", "description", "instruction", "web",
	    "contact", NULL};

	tcs_buf_str(buf, "<info>");
	json_member(buf, info, "language");
	json_needed(buf, info, "category", "Met");
	json_needed(
	    buf, info, "event", tcs_json_str(info, "headline", "Alerte"));
	json_member(buf, info, "responseType");
	json_needed(buf, info, "urgency", "Unknown");
	json_needed(buf, info, "severity", "Unknown");
	json_needed(buf, info, "certainty", "Unknown");
	for (const char *const *at = before; *at != NULL; at++)
		json_member(buf, info, *at);
	json_pairs(buf, info, "eventCode");
	for (const char *const *at = after; *at != NULL; at++)
		json_member(buf, info, *at);
	json_pairs(buf, info, "parameter");
	json_areas(buf, info);
	tcs_buf_str(buf, "</info>");
}

static bool
json_is_french(json_t *info)
{
	return strncasecmp(tcs_json_str(info, "language", ""), "fr", 2) == 0;
}

/* When it was sent, if it does not say. */
static const char *
json_sent(json_t *alert, char sent[TCS_TIME_TEXT])
{
	json_t *info = json_nth(json_object_get(alert, "info"), 0);
	const char *said =
	    tcs_json_str(info, "effective", tcs_json_str(info, "onset", NULL));
	int64_t ms =
	    tcs_cf_identifier_ms(tcs_json_str(alert, "identifier", ""));

	return ms == TCS_NO_TIME ? said : tcs_time_iso(ms, sent);
}

static void
json_alert(struct tcs_buf *buf, json_t *alert)
{
	static const char *const after[] = {"restriction", "addresses", "code",
	    "note", "references", "incidents", NULL};
	char sent[TCS_TIME_TEXT];
	json_t *list = json_object_get(alert, "info");
	json_t *info;

	tcs_buf_str(buf, "<alert xmlns=\"" TCS_CAP_NS "\">");
	json_member(buf, alert, "identifier");
	json_needed(buf, alert, "sender", "meteoalarm");
	json_needed(buf, alert, "sent", json_sent(alert, sent));
	json_needed(buf, alert, "status", "Actual");
	json_needed(buf, alert, "msgType", "Alert");
	json_member(buf, alert, "source");
	json_needed(buf, alert, "scope", "Public");
	for (const char *const *at = after; *at != NULL; at++)
		json_member(buf, alert, *at);
	/* Of many languages only ours is read: the others are half of it. */
	bool has_french = false;
	for (size_t i = 0; (info = json_nth(list, i)) != NULL; i++)
		has_french = has_french || json_is_french(info);
	for (size_t i = 0; (info = json_nth(list, i)) != NULL; i++) {
		if (!has_french || json_is_french(info))
			json_info(buf, info);
	}
	tcs_buf_str(buf, "</alert>");
}

static enum tcs_err
json_take(struct cap_run *run, json_t *list)
{
	struct tcs_buf buf;
	enum tcs_err err = TCS_OK;
	json_t *item;

	tcs_buf_init(&buf, JSON_ALERT_MAX);
	for (size_t i = 0; err == TCS_OK && (item = json_nth(list, i)) != NULL;
	     i++) {
		json_t *alert = json_object_get(item, "alert");
		tcs_buf_reset(&buf);
		json_alert(&buf, alert == NULL ? item : alert);
		if (buf.err == TCS_ELIMIT) {
			run->is_over = true;
			tcs_buf_fini(&buf);
			continue;
		}
		err = buf.err == TCS_OK ? tcs_cf_take(run, tcs_buf_view(&buf))
		                        : buf.err;
	}
	tcs_buf_fini(&buf);
	return err;
}

/* Whichever member has the messages; NULL: none. */
static json_t *
json_list(json_t *root)
{
	static const char *const names[] = {
	    "warnings", "alerts", "alert", NULL};

	if (json_is_array(root))
		return root;
	for (const char *const *name = names; *name != NULL; name++) {
		json_t *list = json_object_get(root, *name);
		if (json_is_array(list) || json_is_object(list))
			return list;
	}
	return json_object_get(root, "identifier") != NULL ? root : NULL;
}

static enum tcs_err
json_refuse(json_t *root, enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	static const char *const names[] = {
	    "error", "message", "detail", "title", NULL};

	for (const char *const *name = names; *name != NULL; name++) {
		const char *text = tcs_json_str(root, *name, NULL);
		if (text == NULL)
			continue;
		*ret_refusal = TCS_REFUSAL_ERROR;
		return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "the service answers an error: %.200s", text);
	}
	*ret_refusal = TCS_REFUSAL_RESHAPED;
	return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
	    "JSON without \"warnings\": no messages in it");
}

enum tcs_err
tcs_cf_take_json(struct cap_run *run, struct tcs_slice body,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	json_t *root = NULL;
	bool is_truncated = false;

	if (tcs_slice_starts(body, "\xef\xbb\xbf"))
		body = tcs_slice(body.p + 3, body.n - 3);
	enum tcs_err err = tcs_json_parse(body, &root, &is_truncated, diag);
	if (err == TCS_EPARSE || err == TCS_ELIMIT) {
		*ret_refusal =
		    is_truncated ? TCS_REFUSAL_TRUNCATED : TCS_REFUSAL_RESHAPED;
		return TCS_EPARSE;
	}
	if (err != TCS_OK)
		return err;
	json_t *list = json_list(root);
	err = list == NULL ? json_refuse(root, ret_refusal, diag)
	                   : json_take(run, list);
	json_decref(root);
	return err;
}

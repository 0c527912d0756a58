/* json.c - MeteoAlarm's JSON: the elements of CAP as members, made into the
 * message that CAP documents are read into, and checked as those are. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "collectors/feeds/cap/cap.h"
#include "core/cap_model.h"
#include "core/clock.h"
#include "core/date.h"

enum { JSON_ALERT_MAX = TCS_CAP_MAX, JSON_NUMBER_MAX = 32 };

/* One message in the making. */
struct json_draft {
	struct tcs_cap *cap;
	struct tcs_cap_notes notes;
	bool is_over; /* more than JSON_ALERT_MAX: of no use */
};

bool
tcs_cf_is_json(struct tcs_slice body)
{
	if (tcs_slice_starts(body, "\xef\xbb\xbf"))
		body = tcs_slice(body.p + 3, body.n - 3);
	body = tcs_slice_trim(body);
	return body.n > 0 && (body.p[0] == '{' || body.p[0] == '[');
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

/* ---- what a draft is made of ---- */

/* Room for `n` bytes more. */
static bool
json_has_room(struct json_draft *d, size_t n)
{
	d->is_over =
	    d->is_over || tcs_arena_used(d->cap->arena) + n > JSON_ALERT_MAX;
	return !d->is_over;
}

static void *
json_new(struct json_draft *d, size_t n)
{
	void *p =
	    json_has_room(d, n) ? tcs_arena_alloc(d->cap->arena, n) : NULL;

	d->cap->is_short = d->cap->is_short || (p == NULL && !d->is_over);
	return p;
}

/* A copy; NULL for what is empty, which is as good as absent. */
static const char *
json_keep(struct json_draft *d, struct tcs_slice text)
{
	if (text.n == 0 || !json_has_room(d, text.n + 1))
		return NULL;
	const char *copy = tcs_arena_dup(d->cap->arena, text);
	d->cap->is_short = d->cap->is_short || copy == NULL;
	return copy;
}

/* A text without outer blanks, or a number, written into `number`; else
 * nothing. */
static struct tcs_slice
json_text(const json_t *value, char number[JSON_NUMBER_MAX])
{
	if (json_is_string(value))
		return tcs_slice_trim(tcs_slice(
		    json_string_value(value), json_string_length(value)));
	if (!json_is_integer(value))
		return tcs_slice("", 0);
	(void)snprintf(number, JSON_NUMBER_MAX, "%lld",
	    (long long)json_integer_value(value));
	return tcs_slice_str(number);
}

/* The first text of a member. More than one of what stands once is at fault. */
static struct tcs_slice
json_single(struct json_draft *d, json_t *object, const char *name,
    enum tcs_cap_grade grade, char number[JSON_NUMBER_MAX])
{
	json_t *value = json_object_get(object, name);
	struct tcs_slice first = tcs_slice("", 0);
	char other[JSON_NUMBER_MAX];
	json_t *item;

	for (size_t i = 0; (item = json_nth(value, i)) != NULL; i++) {
		if (first.n == 0) {
			first = json_text(item, number);
		} else if (json_text(item, other).n > 0) {
			tcs_cap_note_line(&d->notes, grade, 0,
			    "\"%s\": more than once, the first counts", name);
			break;
		}
	}
	return first;
}

static const char *
json_member(struct json_draft *d, json_t *object, const char *name)
{
	char number[JSON_NUMBER_MAX];

	return json_keep(
	    d, json_single(d, object, name, TCS_CAP_FAULTY, number));
}

/* The member, or what stands for one that a producer left out. */
static const char *
json_needed(struct json_draft *d, json_t *object, const char *name,
    const char *fallback)
{
	char number[JSON_NUMBER_MAX];
	struct tcs_slice text =
	    json_single(d, object, name, TCS_CAP_INVALID, number);

	return json_keep(d, text.n == 0 ? tcs_slice_str(fallback) : text);
}

/* One that is unreadable is left out, and said; so is, though read, one that
 * CAP would have with seconds and a numeric offset. */
static int64_t
json_time(struct json_draft *d, struct tcs_slice text, const char *name,
    enum tcs_cap_grade grade)
{
	int64_t ms = TCS_NO_TIME;

	if (text.n == 0)
		return TCS_NO_TIME;
	if (tcs_time_parse(text, &ms) != TCS_OK)
		tcs_cap_note_line(
		    &d->notes, grade, 0, "\"%s\": not a time; left out", name);
	else if (text.n != sizeof("2026-11-23T17:00:00+01:00") - 1)
		tcs_cap_note_line(&d->notes, TCS_CAP_FAULTY, 0,
		    "\"%s\": a time without seconds or numeric offset", name);
	return ms;
}

static int64_t
json_member_time(struct json_draft *d, json_t *object, const char *name)
{
	char number[JSON_NUMBER_MAX];

	return json_time(d,
	    json_single(d, object, name, TCS_CAP_FAULTY, number), name,
	    TCS_CAP_FAULTY);
}

/* ---- lists; each `at` is where the next node goes ---- */

static struct tcs_cap_text **
json_add_text(
    struct json_draft *d, struct tcs_cap_text **at, struct tcs_slice text)
{
	struct tcs_cap_text *node =
	    text.n == 0 ? NULL : json_new(d, sizeof(*node));

	if (node == NULL)
		return at;
	node->text = json_keep(d, text);
	*at = node;
	return &node->next;
}

static void
json_texts(struct json_draft *d, json_t *object, const char *name,
    struct tcs_cap_text **at)
{
	json_t *value = json_object_get(object, name);
	json_t *item;
	char number[JSON_NUMBER_MAX];

	for (size_t i = 0; (item = json_nth(value, i)) != NULL; i++)
		at = json_add_text(d, at, json_text(item, number));
}

/* What breaks its form is no area to act on: left out, and said. */
static void
json_shapes(struct json_draft *d, json_t *area, const char *name,
    struct tcs_cap_text **at, const char *(*fault_of)(const char *text))
{
	json_texts(d, area, name, at);
	while (*at != NULL) {
		const char *fault =
		    (*at)->text == NULL ? "cut" : fault_of((*at)->text);
		if (fault == NULL) {
			at = &(*at)->next;
			continue;
		}
		tcs_cap_note_line(&d->notes, TCS_CAP_FAULTY, 0,
		    "\"%s\": %s; left out", name, fault);
		*at = (*at)->next;
	}
}

static struct tcs_cap_value **
json_add_pair(struct json_draft *d, struct tcs_cap_value **at,
    struct tcs_slice name, struct tcs_slice value)
{
	if (value.n == 0)
		return at;
	if (name.n == 0) {
		tcs_cap_note_line(&d->notes, TCS_CAP_FAULTY, 0,
		    "\"value\": no \"valueName\"; left out");
		return at;
	}
	struct tcs_cap_value *node = json_new(d, sizeof(*node));
	if (node == NULL)
		return at;
	node->name = json_keep(d, name);
	node->value = json_keep(d, value);
	*at = node;
	return &node->next;
}

/* {"valueName": …, "value": …}, a list of them, or {name: value, …}. A geocode
 * without a name is NUTS 3 where it has its form. */
static void
json_pairs(struct json_draft *d, json_t *object, const char *tag,
    struct tcs_cap_value **at)
{
	json_t *list = json_object_get(object, tag);
	json_t *item, *value;
	const char *key;
	char number[JSON_NUMBER_MAX];

	for (size_t i = 0; (item = json_nth(list, i)) != NULL; i++) {
		const char *name = tcs_json_str(item, "valueName", NULL);
		value = json_object_get(item, "value");
		if (value == NULL) {
			json_object_foreach(item, key, value) at =
			    json_add_pair(d, at,
			        tcs_slice_trim(tcs_slice_str(key)),
			        json_text(value, number));
			continue;
		}
		struct tcs_slice text = json_text(value, number);
		bool is_nuts =
		    name == NULL && text.n == 5 && strcmp(tag, "geocode") == 0;
		at = json_add_pair(d, at,
		    tcs_slice_trim(tcs_slice_str(is_nuts ? "NUTS3" : name)),
		    text);
	}
}

/* ---- areas, infos, alerts ---- */

static void
json_areas(struct json_draft *d, json_t *info, struct tcs_cap_area **at)
{
	json_t *list = json_object_get(info, "area");
	json_t *item;

	for (size_t i = 0; (item = json_nth(list, i)) != NULL; i++) {
		struct tcs_cap_area *area = json_new(d, sizeof(*area));
		if (area == NULL)
			return;
		area->desc = json_member(d, item, "areaDesc");
		json_shapes(
		    d, item, "polygon", &area->polygons, tcs_cap_polygon_fault);
		json_shapes(
		    d, item, "circle", &area->circles, tcs_cap_circle_fault);
		json_pairs(d, item, "geocode", &area->geocodes);
		*at = area;
		at = &area->next;
	}
}

static struct tcs_cap_info *
json_info(struct json_draft *d, json_t *from)
{
	struct tcs_cap_info *to = json_new(d, sizeof(*to));

	if (to == NULL)
		return NULL;
	to->language = json_member(d, from, "language");
	json_texts(d, from, "category", &to->categories);
	if (to->categories == NULL)
		(void)json_add_text(d, &to->categories, tcs_slice_str("Met"));
	to->event = json_needed(
	    d, from, "event", tcs_json_str(from, "headline", "Alerte"));
	json_texts(d, from, "responseType", &to->response_types);
	to->urgency = json_needed(d, from, "urgency", "Unknown");
	to->severity = json_needed(d, from, "severity", "Unknown");
	to->certainty = json_needed(d, from, "certainty", "Unknown");
	to->audience = json_member(d, from, "audience");
	json_pairs(d, from, "eventCode", &to->event_codes);
	to->effective_ms = json_member_time(d, from, "effective");
	to->onset_ms = json_member_time(d, from, "onset");
	to->expires_ms = json_member_time(d, from, "expires");
	to->sender_name = json_member(d, from, "senderName");
	to->headline = json_member(d, from, "headline");
	to->description = json_member(d, from, "description");
	to->instruction = json_member(d, from, "instruction");
	to->web = json_member(d, from, "web");
	to->contact = json_member(d, from, "contact");
	json_pairs(d, from, "parameter", &to->parameters);
	json_areas(d, from, &to->areas);
	return to;
}

static bool
json_is_french(json_t *info)
{
	return strncasecmp(tcs_json_str(info, "language", ""), "fr", 2) == 0;
}

/* Of many languages only ours is read: the others are half of it. */
static void
json_infos(struct json_draft *d, json_t *alert, struct tcs_cap_info **at)
{
	json_t *list = json_object_get(alert, "info");
	json_t *item;
	bool has_french = false;

	for (size_t i = 0; (item = json_nth(list, i)) != NULL; i++)
		has_french = has_french || json_is_french(item);
	for (size_t i = 0; (item = json_nth(list, i)) != NULL; i++) {
		if (has_french && !json_is_french(item))
			continue;
		struct tcs_cap_info *info = json_info(d, item);
		if (info == NULL)
			return;
		*at = info;
		at = &info->next;
	}
}

/* If it does not say when: its identifier may, or its first info. */
static int64_t
json_sent(struct json_draft *d, json_t *alert)
{
	json_t *info = json_nth(json_object_get(alert, "info"), 0);
	char number[JSON_NUMBER_MAX];
	struct tcs_slice said =
	    json_single(d, alert, "sent", TCS_CAP_INVALID, number);

	if (said.n > 0)
		return json_time(d, said, "sent", TCS_CAP_INVALID);
	int64_t ms =
	    tcs_cf_identifier_ms(tcs_json_str(alert, "identifier", ""));
	if (ms != TCS_NO_TIME)
		return ms;
	return json_time(d,
	    tcs_slice_trim(tcs_slice_str(tcs_json_str(
	        info, "effective", tcs_json_str(info, "onset", NULL)))),
	    "sent", TCS_CAP_INVALID);
}

static void
json_alert(struct json_draft *d, json_t *from)
{
	struct tcs_cap *to = d->cap;

	to->identifier = json_needed(d, from, "identifier", NULL);
	to->sender = json_needed(d, from, "sender", "meteoalarm");
	to->sent_ms = json_sent(d, from);
	to->status = json_needed(d, from, "status", "Actual");
	to->msg_type = json_needed(d, from, "msgType", "Alert");
	to->source = json_member(d, from, "source");
	to->scope = json_needed(d, from, "scope", "Public");
	to->restriction = json_member(d, from, "restriction");
	to->addresses = json_member(d, from, "addresses");
	json_texts(d, from, "code", &to->codes);
	to->note = json_member(d, from, "note");
	to->references = json_member(d, from, "references");
	to->incidents = json_member(d, from, "incidents");
	json_infos(d, from, &to->infos);
}

/* What CAP asks of every message, invalid and faulty as in a document. */
static enum tcs_err
json_check(struct json_draft *d, struct tcs_diag *diag)
{
	tcs_cap_check_alert(d->cap, &d->notes);
	bool is_invalid = tcs_cap_notes_has(&d->notes, TCS_CAP_INVALID);
	tcs_cap_notes_fini(&d->notes, diag);
	return is_invalid ? TCS_EPARSE : TCS_OK;
}

static enum tcs_err
json_take_one(struct cap_run *run, json_t *alert)
{
	struct json_draft d = {
	    .cap = tcs_cap_new(), .notes = {.is_reading = true}};
	struct tcs_diag diag = {0};

	if (d.cap == NULL)
		return TCS_ENOMEM;
	json_alert(&d, alert);
	enum tcs_err err = TCS_OK;
	if (d.cap->is_short) {
		err = TCS_ENOMEM;
	} else if (d.is_over) { /* of such a message no part is taken */
		run->is_over = true;
		tcs_cap_free(&d.cap);
	} else {
		err = json_check(&d, &diag);
	}
	tcs_cap_notes_fini(&d.notes, NULL);
	return tcs_cf_judge(run, err, &d.cap, &diag);
}

static enum tcs_err
json_take(struct cap_run *run, json_t *list)
{
	enum tcs_err err = TCS_OK;
	json_t *item;

	for (size_t i = 0; err == TCS_OK && (item = json_nth(list, i)) != NULL;
	     i++) {
		json_t *alert = json_object_get(item, "alert");
		err = json_take_one(run, alert == NULL ? item : alert);
	}
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

#include "collectors/report/record.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/digest.h"
#include "core/fold.h"
#include "core/json.h"
#include "core/level.h"
#include "territory/list.h"

#define REPORT_AT(member) offsetof(struct tcs_report, member)

static const char *const record_kinds[] = {
    [TCS_REPORT_NEW] = "report",
    [TCS_REPORT_CORRECT] = "correct",
    [TCS_REPORT_END] = "end",
};
enum { RECORD_FOLDED_MAX = 8 * TCS_REPORT_PLACE_MAX };
enum { RECORD_KINDS = sizeof(record_kinds) / sizeof(record_kinds[0]) };

/* Which kinds must have a text. */
enum { ALWAYS = 7, OF_NEW = 1 << TCS_REPORT_NEW, NEVER = 0 };
#define OF_REVISION (1 << TCS_REPORT_CORRECT | 1 << TCS_REPORT_END)

static const char *record_check_id(const char *text);
static const char *record_check_code(const char *text);
static const char *record_check_commune(const char *text);
static const char *record_check_word(const char *text);
static const char *record_check_level(const char *text);
static const char *record_check_certainty(const char *text);

/* The texts of a record, in the order in which they are written. */
static const struct record_text {
	const char *name;
	size_t offset, max;
	int needed, allowed; /* kinds, a bit each */
	/* NULL when it has the right form, else what is wrong with it. */
	const char *(*check)(const char *text);
} record_texts[] = {
    {"id", REPORT_AT(id), TCS_REPORT_ID_MAX - 1, ALWAYS, ALWAYS,
        record_check_id},
    {"report", REPORT_AT(about), TCS_REPORT_ID_MAX - 1, OF_REVISION,
        OF_REVISION, record_check_id},
    {"typed_by", REPORT_AT(typed_by), TCS_REPORT_NAME_MAX, ALWAYS, ALWAYS,
        NULL},
    {"from", REPORT_AT(from), TCS_REPORT_NAME_MAX, OF_NEW, ALWAYS, NULL},
    {"departement", REPORT_AT(departement), 3, ALWAYS, ALWAYS,
        record_check_code},
    {"commune", REPORT_AT(commune), 5, NEVER, OF_NEW, record_check_commune},
    {"commune_name", REPORT_AT(commune_name), TCS_REPORT_NAME_MAX, NEVER,
        OF_NEW, NULL},
    {"place", REPORT_AT(place), TCS_REPORT_PLACE_MAX, NEVER, OF_NEW, NULL},
    {"what", REPORT_AT(what), TCS_REPORT_WHAT_MAX, OF_NEW, ALWAYS, NULL},
    {"phenomenon", REPORT_AT(phenomenon), TCS_REPORT_WORD_MAX, OF_NEW, OF_NEW,
        record_check_word},
    {"level", REPORT_AT(level), 24, OF_NEW, ALWAYS, record_check_level},
    {"certainty", REPORT_AT(certainty), 24, OF_NEW, ALWAYS,
        record_check_certainty},
    {"contact", REPORT_AT(contact), TCS_REPORT_NAME_MAX, NEVER, ALWAYS, NULL},
};
enum { RECORD_TEXTS = sizeof(record_texts) / sizeof(record_texts[0]) };

static const char *
record_get(const struct tcs_report *report, const struct record_text *text)
{
	const char *value;

	memcpy(&value, (const char *)report + text->offset, sizeof(value));
	return value;
}

/* Forms */

static const char *
record_check_id(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text <= ' ' || *text > '~' || strchr("|\"=,<&", *text))
			return "no identifier of a report";
	}
	return NULL;
}

static const char *
record_check_code(const char *text)
{
	size_t n = strlen(text);

	return (n == 2 || n == 3) && strspn(text, "0123456789AB") == n
	           ? NULL
	           : "no département; write: 62, 2A or 974";
}

static const char *
record_check_commune(const char *text)
{
	return tcs_insee_is_valid(text) ? NULL : "no INSEE code; write: 62040";
}

/* In identifiers, in rules: one word without capitals. */
static const char *
record_check_word(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == ' ' || (*text >= 'A' && *text <= 'Z') ||
		    (*text > 0 && strchr("|<>&:,;\"'/", *text) != NULL))
			return "no short word in lower case; write: "
			       "route-coupee";
	}
	return NULL;
}

static const char *
record_check_level(const char *text)
{
	return strchr(text, ':') == NULL &&
	               tcs_level_rank(text) != TCS_RANK_UNKNOWN
	           ? NULL
	           : "no level; write: none, or vert, jaune, orange, rouge, "
	             "violet";
}

static const char *
record_check_certainty(const char *text)
{
	return tcs_report_certainty(text) != NULL
	           ? NULL
	           : "no certainty; write: observed, likely, possible, "
	             "unlikely or unknown";
}

/* Control characters, and U+FFFE and U+FFFF, are no characters of XML. */
static bool
record_is_clean(const char *text, bool is_line)
{
	for (const unsigned char *p = (const unsigned char *)text; *p != '\0';
	     p++) {
		bool is_forbidden =
		    p[0] == 0xef && p[1] == 0xbf && (p[2] & 0xfe) == 0xbe;
		if ((*p < 0x20 && (is_line || *p != '\n')) || *p == 0x7f ||
		    is_forbidden)
			return false;
	}
	return true;
}

static enum tcs_err
record_check_present(
    const char *value, const struct record_text *text, struct tcs_diag *diag)
{
	bool is_line = text->offset != REPORT_AT(what);

	if (tcs_slice_trim(tcs_slice_str(value)).n == 0)
		return tcs_diag_add(
		    diag, TCS_EINVAL, NULL, 0, "%s is blank", text->name);
	if (strlen(value) > text->max)
		return tcs_diag_add(diag, TCS_ELIMIT, NULL, 0,
		    "%s is longer than %zu bytes", text->name, text->max);
	if (!tcs_slice_is_utf8(tcs_slice_str(value)))
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "%s: bytes that are no UTF-8", text->name);
	if (!record_is_clean(value, is_line))
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "%s: control characters%s", text->name,
		    is_line ? "; write one line of text" : "");
	const char *fault = text->check == NULL ? NULL : text->check(value);
	if (fault == NULL)
		return TCS_OK;
	return tcs_diag_add(diag, TCS_EINVAL, NULL, 0, "%s \"%.60s\": %s",
	    text->name, value, fault);
}

static enum tcs_err
record_check_text(const struct tcs_report *report,
    const struct record_text *text, struct tcs_diag *diag)
{
	const char *value = record_get(report, text);
	int kind = 1 << report->kind;

	if (value != NULL && (text->allowed & kind) == 0)
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "%s is not of the kind %s", text->name,
		    record_kinds[report->kind]);
	if (value != NULL)
		return record_check_present(value, text, diag);
	if ((text->needed & kind) == 0)
		return TCS_OK;
	return tcs_diag_add(
	    diag, TCS_EINVAL, NULL, 0, "%s is missing", text->name);
}

static enum tcs_err
record_check_where(const struct tcs_report *report, struct tcs_diag *diag)
{
	char departement[4];

	if (report->kind != TCS_REPORT_NEW)
		return TCS_OK;
	if (report->commune == NULL)
		return report->place != NULL
		           ? TCS_OK
		           : tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		                 "neither commune nor place");
	tcs_insee_departement(report->commune, departement);
	if (strcmp(departement, report->departement) == 0)
		return TCS_OK;
	return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
	    "the commune %s is of département %s, not %s", report->commune,
	    departement, report->departement);
}

/* The fact is before its report, and not long before. */
static enum tcs_err
record_check_times(const struct tcs_report *report, struct tcs_diag *diag)
{
	int64_t fact_ms = report->fact_ms, at_ms = report->reported_ms;

	if (at_ms <= 0 || at_ms > INT64_MAX / 2)
		return tcs_diag_add(
		    diag, TCS_EINVAL, NULL, 0, "reported is no time");
	if (fact_ms == TCS_NO_TIME)
		return report->kind != TCS_REPORT_NEW
		           ? TCS_OK
		           : tcs_diag_add(
		                 diag, TCS_EINVAL, NULL, 0, "fact is missing");
	if (fact_ms > at_ms)
		return tcs_diag_add(
		    diag, TCS_EINVAL, NULL, 0, "the fact is after its report");
	if (fact_ms < at_ms - TCS_REPORT_PAST_MS)
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "the fact is more than 7 days before its report");
	return TCS_OK;
}

static enum tcs_err
record_check_photo(const struct tcs_report_photo *photo, struct tcs_diag *diag)
{
	if (photo->hash == NULL)
		return TCS_OK;
	if (strlen(photo->hash) != TCS_DIGEST_HEX - 1 ||
	    strspn(photo->hash, "0123456789abcdef") != TCS_DIGEST_HEX - 1)
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "the photo's hash is no SHA-256 in hex");
	if (photo->type == NULL || (strcmp(photo->type, "image/jpeg") != 0 &&
	                               strcmp(photo->type, "image/png") != 0))
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "the photo is neither image/jpeg nor image/png");
	if (photo->size == 0 || photo->size > TCS_REPORT_PHOTO_MAX)
		return tcs_diag_add(diag, TCS_ELIMIT, NULL, 0,
		    "the photo has not 1 to %d bytes", TCS_REPORT_PHOTO_MAX);
	return TCS_OK;
}

/* A correction that says nothing is none. */
static enum tcs_err
record_check_news(const struct tcs_report *report, struct tcs_diag *diag)
{
	bool has_news = report->what != NULL || report->level != NULL ||
	                report->certainty != NULL || report->contact != NULL ||
	                report->photo.hash != NULL ||
	                report->fact_ms != TCS_NO_TIME;

	if (report->kind != TCS_REPORT_CORRECT || has_news)
		return TCS_OK;
	return tcs_diag_add(
	    diag, TCS_EINVAL, NULL, 0, "a correction that corrects nothing");
}

enum tcs_err
tcs_report_check(const struct tcs_report *report, struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; i < RECORD_TEXTS && err == TCS_OK; i++)
		err = record_check_text(report, &record_texts[i], diag);
	if (err == TCS_OK)
		err = record_check_where(report, diag);
	if (err == TCS_OK)
		err = record_check_times(report, diag);
	if (err == TCS_OK)
		err = record_check_photo(&report->photo, diag);
	return err == TCS_OK ? record_check_news(report, diag) : err;
}

/* Reading */

/* A copy of a member's text; NULL when it is absent. */
static enum tcs_err
record_read_text(const json_t *json, const char *name, struct tcs_arena *arena,
    const char **ret_text, struct tcs_diag *diag)
{
	const json_t *value = json_object_get(json, name);

	*ret_text = NULL;
	if (value == NULL)
		return TCS_OK;
	if (!json_is_string(value))
		return tcs_diag_add(
		    diag, TCS_EPARSE, NULL, 0, "%s is no text", name);
	*ret_text =
	    tcs_arena_dup(arena, tcs_slice_str(json_string_value(value)));
	return *ret_text == NULL ? TCS_ENOMEM : TCS_OK;
}

static enum tcs_err
record_read_time(const json_t *json, const char *name, int64_t *ret_ms,
    struct tcs_diag *diag)
{
	const json_t *value = json_object_get(json, name);
	const char *text = json_string_value(value);

	*ret_ms = TCS_NO_TIME;
	if (value == NULL)
		return TCS_OK;
	if (text != NULL &&
	    tcs_time_parse(tcs_slice_str(text), ret_ms) == TCS_OK)
		return TCS_OK;
	return tcs_diag_add(diag, TCS_EPARSE, NULL, 0, "%s is no time", name);
}

static enum tcs_err
record_read_kind(
    const json_t *json, enum tcs_report_kind *ret_kind, struct tcs_diag *diag)
{
	const char *kind = tcs_json_str(json, "kind", "");

	if (!json_is_object(json))
		return tcs_diag_add(
		    diag, TCS_EPARSE, NULL, 0, "not a JSON object");
	if (tcs_json_i64(json, "v", 0) != 1)
		return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "v is not 1, the only version known here");
	for (size_t i = 0; i < RECORD_KINDS; i++) {
		if (strcmp(kind, record_kinds[i]) == 0) {
			*ret_kind = (enum tcs_report_kind)i;
			return TCS_OK;
		}
	}
	return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
	    "kind \"%.40s\" is none of report, correct, end", kind);
}

static enum tcs_err
record_read_photo(const json_t *json, struct tcs_arena *arena,
    struct tcs_report_photo *photo, struct tcs_diag *diag)
{
	const json_t *value = json_object_get(json, "photo");

	if (value == NULL)
		return TCS_OK;
	int64_t size = tcs_json_i64(value, "size", 0);
	enum tcs_err err =
	    record_read_text(value, "hash", arena, &photo->hash, diag);
	if (err == TCS_OK)
		err =
		    record_read_text(value, "type", arena, &photo->type, diag);
	photo->size = size > 0 ? (size_t)size : 0;
	if (err == TCS_OK && photo->hash == NULL)
		err = tcs_diag_add(
		    diag, TCS_EPARSE, NULL, 0, "a photo without hash");
	return err;
}

static enum tcs_err
record_read_members(const json_t *json, struct tcs_arena *arena,
    struct tcs_report *report, struct tcs_diag *diag)
{
	enum tcs_err err = record_read_kind(json, &report->kind, diag);

	for (size_t i = 0; i < RECORD_TEXTS && err == TCS_OK; i++) {
		const char *text = NULL;
		err = record_read_text(
		    json, record_texts[i].name, arena, &text, diag);
		memcpy((char *)report + record_texts[i].offset, &text,
		    sizeof(text));
	}
	if (err == TCS_OK)
		err = record_read_time(json, "fact", &report->fact_ms, diag);
	if (err == TCS_OK)
		err = record_read_time(
		    json, "reported", &report->reported_ms, diag);
	if (err == TCS_OK)
		err = record_read_photo(json, arena, &report->photo, diag);
	return err;
}

enum tcs_err
tcs_report_read(struct tcs_slice text, struct tcs_arena *arena,
    struct tcs_report *ret_report, struct tcs_diag *diag)
{
	struct tcs_report report = {
	    .fact_ms = TCS_NO_TIME, .reported_ms = TCS_NO_TIME};
	json_t *json = NULL;

	if (text.n > TCS_REPORT_JSON_MAX)
		return tcs_diag_add(diag, TCS_ELIMIT, NULL, 0,
		    "a report of more than %d bytes", TCS_REPORT_JSON_MAX);
	enum tcs_err err = tcs_json_parse(text, &json, NULL, diag);
	if (err == TCS_OK)
		err = record_read_members(json, arena, &report, diag);
	json_decref(json);
	if (err == TCS_OK)
		err = tcs_report_check(&report, diag);
	if (err == TCS_OK)
		*ret_report = report;
	return err;
}

/* Writing */

static bool
record_set_time(json_t *json, const char *name, int64_t ms)
{
	char text[TCS_TIME_TEXT];

	return ms == TCS_NO_TIME ||
	       tcs_json_set_str(json, name, tcs_time_iso(ms, text));
}

static bool
record_set_photo(json_t *json, const struct tcs_report_photo *photo)
{
	json_t *value = photo->hash == NULL ? NULL : json_object();
	bool is_set = value != NULL &&
	              tcs_json_set_str(value, "hash", photo->hash) &&
	              tcs_json_set_str(value, "type", photo->type) &&
	              tcs_json_set_i64(value, "size", (int64_t)photo->size);

	if (photo->hash == NULL)
		return true;
	/* The object takes it, also when it fails. */
	return json_object_set_new(json, "photo", value) == 0 && is_set;
}

static bool
record_fill(json_t *json, const struct tcs_report *report)
{
	bool is_set =
	    tcs_json_set_i64(json, "v", 1) &&
	    tcs_json_set_str(json, "kind", record_kinds[report->kind]) &&
	    record_set_time(json, "fact", report->fact_ms) &&
	    record_set_time(json, "reported", report->reported_ms);

	for (size_t i = 0; i < RECORD_TEXTS && is_set; i++)
		is_set = tcs_json_set_str(json, record_texts[i].name,
		    record_get(report, &record_texts[i]));
	return is_set && record_set_photo(json, &report->photo);
}

enum tcs_err
tcs_report_write(const struct tcs_report *report, struct tcs_buf *buf)
{
	json_t *json = json_object();
	bool is_set = json != NULL && record_fill(json, report);

	if (is_set)
		tcs_json_write(buf, json);
	json_decref(json);
	return is_set ? buf->err : TCS_ENOMEM;
}

/* Words */

void
tcs_report_identify(const char *observatory, int64_t at_ms, const char *random,
    char id[TCS_REPORT_ID_MAX])
{
	char time[TCS_TIME_TEXT];

	(void)snprintf(id, TCS_REPORT_ID_MAX, "%.64s.report.%s-%.8s",
	    observatory, tcs_time_compact(at_ms, time), random);
}

void
tcs_report_zone(const struct tcs_report *report, char zone[TCS_REPORT_ZONE])
{
	char hex[TCS_DIGEST_HEX];
	struct tcs_buf folded;

	if (report->commune != NULL) {
		(void)snprintf(zone, TCS_REPORT_ZONE, "%s", report->commune);
		return;
	}
	tcs_buf_init(&folded, RECORD_FOLDED_MAX);
	tcs_fold(tcs_slice_str(report->place), &folded);
	(void)snprintf(zone, TCS_REPORT_ZONE, "%s-%.8s", report->departement,
	    tcs_digest(tcs_buf_view(&folded), hex));
	tcs_buf_fini(&folded);
}

const char *
tcs_report_certainty(const char *word)
{
	static const struct {
		const char *word, *cap;
	} words[] = {{"observed", "Observed"}, {"likely", "Likely"},
	    {"possible", "Possible"}, {"unlikely", "Unlikely"},
	    {"unknown", "Unknown"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i].word) == 0)
			return words[i].cap;
	}
	return NULL;
}

const char *
tcs_report_photo_type(struct tcs_slice bytes)
{
	static const struct {
		const char *magic;
		size_t n;
		const char *type;
	} types[] = {{"\xff\xd8\xff", 3, "image/jpeg"},
	    {"\x89PNG\r\n\x1a\n", 8, "image/png"}};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (bytes.n >= types[i].n &&
		    memcmp(bytes.p, types[i].magic, types[i].n) == 0)
			return types[i].type;
	}
	return NULL;
}

#include "core/profile.h"

#include <limits.h>
#include <string.h>

#include "core/clock.h"
#include "core/level.h"

#define PROFILE_SOURCE "tocsin:source"

static const void *
profile_member(const void *value, const struct tcs_profile_param *param)
{
	return (const char *)value + param->offset;
}

static const char *
profile_text(const void *value, const struct tcs_profile_param *param)
{
	const char *text;

	memcpy(&text, profile_member(value, param), sizeof(text));
	return text;
}

/* The member as it is on the wire, appended; nothing when absent. */
static void
profile_print(const struct tcs_cap *cap, const void *value,
    const struct tcs_profile_param *param, struct tcs_buf *buf)
{
	char time[TCS_TIME_TEXT];
	const char *text, *source;
	int64_t ms;
	bool is_set;
	unsigned number;

	switch (param->kind) {
	case TCS_PROFILE_TEXT:
		text = profile_text(value, param);
		tcs_buf_str(buf, text == NULL ? "" : text);
		break;
	case TCS_PROFILE_LEVEL:
		text = profile_text(value, param);
		source = tcs_cap_param(cap, PROFILE_SOURCE);
		/* "bra:4" has its own scale already. */
		if (text != NULL && strchr(text, ':') != NULL) {
			tcs_buf_str(buf, text);
		} else if (text != NULL) {
			tcs_buf_str(buf, source == NULL ? "" : source);
			tcs_buf_char(buf, ':');
			tcs_buf_str(buf, text);
		}
		break;
	case TCS_PROFILE_TIME:
		memcpy(&ms, profile_member(value, param), sizeof(ms));
		if (ms != TCS_NO_TIME)
			tcs_buf_str(buf, tcs_time_iso(ms, time));
		break;
	case TCS_PROFILE_FLAG:
		memcpy(&is_set, profile_member(value, param), sizeof(is_set));
		tcs_buf_str(buf, is_set ? "yes" : "");
		break;
	case TCS_PROFILE_NUMBER:
		memcpy(&number, profile_member(value, param), sizeof(number));
		tcs_buf_i64(buf, number);
		break;
	}
}

enum tcs_err
tcs_profile_write(struct tcs_cap *cap, const void *value,
    const struct tcs_profile_param *params, size_t n, struct tcs_diag *diag)
{
	struct tcs_cap_value **tail = &cap->infos->parameters;
	struct tcs_buf text;
	enum tcs_err err = TCS_OK;

	tcs_buf_init(&text, TCS_CAP_MAX);
	for (size_t i = 0; i < n && err == TCS_OK; i++) {
		tcs_buf_reset(&text);
		profile_print(cap, value, &params[i], &text);
		err = text.err;
		while (*tail != NULL)
			tail = &(*tail)->next;
		if (err == TCS_OK && text.n > 0)
			tcs_cap_add_value(cap, tail, params[i].name, text.p);
		else if (err == TCS_OK && params[i].is_required)
			err = tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
			    "no value for %s", params[i].name);
	}
	tcs_buf_fini(&text);
	return err;
}

static const char *
profile_level(const struct tcs_cap *cap, const char *text)
{
	const char *source = tcs_cap_param(cap, PROFILE_SOURCE);
	size_t n = source == NULL ? 0 : strlen(source);

	if (text == NULL || source == NULL || strncmp(text, source, n) != 0 ||
	    text[n] != ':' || text[n + 1] == '\0')
		return text;
	return text + n + 1;
}

static enum tcs_err
profile_scan(const struct tcs_cap *cap, void *value,
    const struct tcs_profile_param *param, const char *text)
{
	char *member = (char *)value + param->offset;
	int64_t ms = TCS_NO_TIME;
	uint64_t number = 0;
	enum tcs_err err = TCS_OK;

	if (param->kind == TCS_PROFILE_TEXT) {
		memcpy(member, &text, sizeof(text));
	} else if (param->kind == TCS_PROFILE_LEVEL) {
		text = profile_level(cap, text);
		memcpy(member, &text, sizeof(text));
	} else if (param->kind == TCS_PROFILE_TIME) {
		if (text != NULL)
			err = tcs_time_parse(tcs_slice_str(text), &ms);
		memcpy(member, &ms, sizeof(ms));
	} else if (param->kind == TCS_PROFILE_FLAG) {
		bool is_set = text != NULL && strcmp(text, "yes") == 0;
		memcpy(member, &is_set, sizeof(is_set));
	} else {
		if (text != NULL)
			err = tcs_slice_u64(
			    tcs_slice_str(text), UINT_MAX, &number);
		unsigned small = (unsigned)number;
		memcpy(member, &small, sizeof(small));
	}
	return err;
}

enum tcs_err
tcs_profile_read(const struct tcs_cap *cap, void *value,
    const struct tcs_profile_param *params, size_t n, struct tcs_diag *diag)
{
	for (size_t i = 0; i < n; i++) {
		const char *text = tcs_cap_param(cap, params[i].name);
		if (text == NULL && params[i].is_required)
			return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
			    "<parameter>: no %s", params[i].name);
		if (profile_scan(cap, value, &params[i], text) != TCS_OK)
			return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
			    "<parameter>: %s is unreadable", params[i].name);
	}
	return TCS_OK;
}

/* By rank + 1: how soon to act, and how sure it is. A vigilance is a forecast
 * of the next 24 hours. */
static const struct {
	const char *urgency, *certainty;
} profile_scale[] = {
    {"Unknown", "Unknown"},
    {"Unknown", "Unknown"},
    {"Future", "Unlikely"},
    {"Future", "Likely"},
    {"Expected", "Likely"},
    {"Immediate", "Likely"},
    {"Immediate", "Likely"},
};

static const char *
profile_event(struct tcs_cap *cap, const struct tcs_profile_info *info)
{
	struct tcs_buf text;
	const char *event = NULL;

	if (info->event != NULL)
		return tcs_cap_dup(cap, info->event);
	if (strcmp(info->category, "Infra") == 0)
		return "Surveillance des sources";
	if (info->phenomenon == NULL)
		return "Vigilance";
	tcs_buf_init(&text, TCS_CAP_MAX);
	tcs_buf_printf(&text, "Vigilance %s", info->phenomenon);
	if (text.err == TCS_OK)
		event = tcs_cap_dup(cap, text.p);
	else
		cap->is_short = true;
	tcs_buf_fini(&text);
	return event;
}

static const char *
profile_or(struct tcs_cap *cap, const char *text, const char *otherwise)
{
	return text == NULL ? otherwise : tcs_cap_dup(cap, text);
}

void
tcs_profile_add_info(struct tcs_cap *cap, const struct tcs_profile_info *from)
{
	struct tcs_cap_info *info = tcs_cap_add_info(cap);
	int rank = tcs_level_rank(from->level);

	if (info == NULL)
		return;
	info->language = "fr-FR";
	tcs_cap_add_text(cap, &info->categories, from->category);
	tcs_cap_add_text(cap, &info->response_types, from->response);
	info->event = profile_event(cap, from);
	info->severity =
	    profile_or(cap, from->severity, tcs_level_severity(from->level));
	info->urgency = profile_or(cap, from->urgency,
	    from->is_end ? "Past" : profile_scale[rank + 1].urgency);
	info->certainty = profile_or(cap, from->certainty,
	    from->is_end || strcmp(from->category, "Infra") == 0
	        ? "Observed"
	        : profile_scale[rank + 1].certainty);
	if (from->onset_ms != 0)
		info->onset_ms = from->onset_ms;
	info->expires_ms = from->expires_ms;
	info->sender_name = tcs_cap_dup(cap, from->sender_name);
	info->headline = tcs_cap_dup(cap, from->headline);
	info->description = tcs_cap_dup(cap, from->description);
	info->instruction = tcs_cap_dup(cap, from->instruction);
	info->web = tcs_cap_dup(cap, from->web);
}

static void
profile_area_desc(const struct tcs_profile_area *area, struct tcs_buf *buf)
{
	const char *name = area->zone_name == NULL || area->zone_name[0] == '\0'
	                       ? area->zone
	                       : area->zone_name;

	tcs_buf_str(buf, name);
	if (strcmp(area->departement, "FR") != 0) {
		tcs_buf_str(buf, ", département ");
		tcs_buf_str(buf, area->departement);
	}
	if (area->insee_n > 0)
		tcs_buf_printf(buf, " (%zu commune%s)", area->insee_n,
		    area->insee_n > 1 ? "s" : "");
}

/* A zone that is a commune is said once. */
static bool
profile_is_listed(const struct tcs_profile_area *area)
{
	if (strcmp(area->zone_scheme, "INSEE") != 0)
		return false;
	for (size_t i = 0; i < area->insee_n; i++) {
		if (strcmp(area->insee[i], area->zone) == 0)
			return true;
	}
	return false;
}

void
tcs_profile_add_area(struct tcs_cap *cap, const struct tcs_profile_area *from)
{
	struct tcs_buf desc;

	tcs_buf_init(&desc, TCS_CAP_MAX);
	profile_area_desc(from, &desc);
	struct tcs_cap_area *area =
	    tcs_cap_add_area(cap, cap->infos, desc.n == 0 ? NULL : desc.p);
	tcs_buf_fini(&desc);
	if (area == NULL)
		return;
	if (from->zone_scheme != NULL && !profile_is_listed(from))
		tcs_cap_add_value(
		    cap, &area->geocodes, from->zone_scheme, from->zone);
	if (strcmp(from->departement, "FR") != 0)
		tcs_cap_add_value(
		    cap, &area->geocodes, "INSEE:DEP", from->departement);
	struct tcs_cap_value **tail = &area->geocodes;
	for (size_t i = 0; i < from->insee_n; i++) {
		while (*tail != NULL)
			tail = &(*tail)->next;
		tcs_cap_add_value(cap, tail, "INSEE", from->insee[i]);
	}
}

static const struct tcs_cap_value *
profile_geocodes(const struct tcs_cap *cap)
{
	if (cap->infos == NULL || cap->infos->areas == NULL)
		return NULL;
	return cap->infos->areas->geocodes;
}

const char *
tcs_profile_zone_scheme(const struct tcs_cap *cap, const char *zone)
{
	for (const struct tcs_cap_value *at = profile_geocodes(cap); at != NULL;
	     at = at->next) {
		if (strcmp(at->value, zone) == 0 &&
		    strncmp(at->name, "INSEE:", strlen("INSEE:")) != 0)
			return at->name;
	}
	return NULL;
}

const char *
tcs_profile_departement(const struct tcs_cap *cap)
{
	for (const struct tcs_cap_value *at = profile_geocodes(cap); at != NULL;
	     at = at->next) {
		if (strcmp(at->name, "INSEE:DEP") == 0)
			return at->value;
	}
	return "FR";
}

bool
tcs_profile_has_response(const struct tcs_cap *cap, const char *response)
{
	const struct tcs_cap_text *at =
	    cap->infos == NULL ? NULL : cap->infos->response_types;

	while (at != NULL && strcmp(at->text, response) != 0)
		at = at->next;
	return at != NULL;
}

static bool
profile_id_allows(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '.' || c == ':' || c == '_' ||
	       c == '-';
}

void
tcs_profile_id_part(struct tcs_buf *buf, const char *text, size_t max)
{
	size_t n = text == NULL ? 0 : strnlen(text, max);

	for (size_t i = 0; i < n; i++)
		tcs_buf_char(
		    buf, (char)(profile_id_allows(text[i]) ? text[i] : '_'));
}

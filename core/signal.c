#include "core/signal.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/digest.h"
#include "core/profile.h"

#define SIGNAL_AT(member) offsetof(struct tcs_signal, member)

static const struct tcs_profile_param signal_params[] = {
    {"tocsin:source", TCS_PROFILE_TEXT, SIGNAL_AT(source), true},
    {"tocsin:feed", TCS_PROFILE_TEXT, SIGNAL_AT(feed), false},
    {"tocsin:zone", TCS_PROFILE_TEXT, SIGNAL_AT(zone), true},
    {"tocsin:zone-name", TCS_PROFILE_TEXT, SIGNAL_AT(zone_name), false},
    {"tocsin:phenomenon", TCS_PROFILE_TEXT, SIGNAL_AT(phenomenon), false},
    {"tocsin:level", TCS_PROFILE_LEVEL, SIGNAL_AT(level), true},
    {"tocsin:previous-level", TCS_PROFILE_LEVEL, SIGNAL_AT(previous_level),
        false},
    {"tocsin:issued", TCS_PROFILE_TIME, SIGNAL_AT(issued_ms), false},
    {"tocsin:fetched", TCS_PROFILE_TIME, SIGNAL_AT(fetched_ms), true},
    {"tocsin:report", TCS_PROFILE_TEXT, SIGNAL_AT(report), false},
    {"tocsin:first-sight", TCS_PROFILE_FLAG, SIGNAL_AT(is_first_sight), false},
    {"tocsin:national", TCS_PROFILE_FLAG, SIGNAL_AT(is_national), false},
    {"tocsin:observatory", TCS_PROFILE_TEXT, SIGNAL_AT(observatory), true},
};
enum { SIGNAL_PARAMS_N = sizeof(signal_params) / sizeof(signal_params[0]) };

/* What makes one signal another: a function of its content alone. */
static char *
signal_hash(const struct tcs_signal *signal, const char *follows,
    char hex[TCS_DIGEST_HEX])
{
	char expires[TCS_TIME_TEXT];
	const struct tcs_slice parts[] = {
	    tcs_slice_str(signal->level),
	    tcs_slice_str(signal->headline),
	    tcs_slice_str(signal->description),
	    tcs_slice_str(signal->zone),
	    tcs_slice_str(signal->zone_name),
	    tcs_slice_str(signal->departement),
	    signal->expires_ms == TCS_NO_TIME
	        ? tcs_slice(NULL, 0)
	        : tcs_slice_str(tcs_time_compact(signal->expires_ms, expires)),
	    tcs_slice_str(follows),
	    tcs_slice_str(signal->report),
	};
	size_t n = sizeof(parts) / sizeof(parts[0]);

	return tcs_digest_parts(parts, signal->report == NULL ? n - 1 : n, hex);
}

void
tcs_signal_identify(
    const struct tcs_signal *signal, const char *follows, char id[TCS_ID_MAX])
{
	char hex[TCS_DIGEST_HEX], seen[TCS_TIME_TEXT];
	struct tcs_buf buf;

	tcs_buf_init(&buf, TCS_ID_MAX - 1);
	tcs_profile_id_part(&buf, signal->observatory, 40);
	tcs_buf_char(&buf, '.');
	tcs_profile_id_part(&buf, signal->source, 40);
	tcs_buf_char(&buf, '.');
	tcs_profile_id_part(&buf, signal->zone, 48);
	if (signal->phenomenon != NULL) {
		tcs_buf_char(&buf, '.');
		tcs_profile_id_part(&buf, signal->phenomenon, 40);
	}
	tcs_buf_printf(&buf, ".%s.",
	    tcs_time_compact(signal->issued_ms == TCS_NO_TIME
	                         ? signal->fetched_ms
	                         : signal->issued_ms,
	        seen));
	tcs_profile_id_part(&buf, signal->level, 24);
	tcs_buf_printf(&buf, "-%.6s", signal_hash(signal, follows, hex));
	tcs_assert(buf.err == TCS_OK);
	memcpy(id, buf.p, buf.n + 1);
	tcs_buf_fini(&buf);
}

static void
signal_fill_head(struct tcs_cap *cap, const struct tcs_signal *signal)
{
	cap->identifier = tcs_cap_dup(cap, signal->identifier);
	cap->sender = tcs_cap_dup(cap, signal->sender);
	cap->sent_ms = signal->sent_ms;
	cap->status = tcs_cap_dup(cap, signal->status);
	cap->msg_type = tcs_cap_dup(cap, signal->msg_type);
	cap->scope = "Public";
	cap->references = tcs_cap_dup(cap, signal->references);
	cap->incidents = tcs_cap_dup(cap, signal->incidents);
}

static void
signal_add_pairs(struct tcs_cap *cap, struct tcs_cap_value **list,
    const struct tcs_pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		tcs_cap_add_value(cap, list, pairs[i].name, pairs[i].value);
}

static void
signal_add_file(struct tcs_cap *cap, const struct tcs_signal_file *file)
{
	struct tcs_cap_resource *resource =
	    tcs_cap_add_resource(cap, cap->infos, file->name,
	        file->type == NULL ? "application/octet-stream" : file->type);
	char size[24], uri[sizeof("urn:sha256:") + 64];

	if (resource == NULL)
		return;
	/* CAP's own digest is SHA-1. */
	(void)snprintf(uri, sizeof(uri), "urn:sha256:%.64s", file->hash);
	(void)snprintf(size, sizeof(size), "%zu", file->size);
	resource->size = tcs_cap_dup(cap, size);
	resource->uri = tcs_cap_dup(cap, uri);
}

/* What only some signals have. */
static void
signal_fill_more(struct tcs_cap *cap, const struct tcs_signal *signal)
{
	struct tcs_cap_area *area = cap->infos->areas;

	signal_add_pairs(
	    cap, &cap->infos->parameters, signal->params, signal->params_n);
	for (size_t i = 0; i < signal->files_n; i++)
		signal_add_file(cap, &signal->files[i]);
	if (area == NULL)
		return;
	signal_add_pairs(
	    cap, &area->geocodes, signal->geocodes, signal->geocodes_n);
	for (size_t i = 0;
	     signal->polygons != NULL && signal->polygons[i] != NULL; i++)
		tcs_cap_add_text(cap, &area->polygons, signal->polygons[i]);
}

static enum tcs_err
signal_fill(
    struct tcs_cap *cap, const struct tcs_signal *signal, struct tcs_diag *diag)
{
	bool is_system =
	    signal->status != NULL && strcmp(signal->status, "System") == 0;
	const struct tcs_profile_info info = {
	    .category = is_system                  ? "Infra"
	                : signal->category == NULL ? "Met"
	                                           : signal->category,
	    .response = signal->is_end ? "AllClear" : "Monitor",
	    .event = signal->event,
	    .severity = signal->severity,
	    .urgency = signal->urgency,
	    .certainty = signal->certainty,
	    .onset_ms = signal->onset_ms,
	    .phenomenon = signal->phenomenon,
	    .level = signal->level,
	    .is_end = signal->is_end,
	    .expires_ms = signal->expires_ms,
	    .sender_name = signal->source_name,
	    .headline = signal->headline,
	    .description = signal->description,
	    .instruction = signal->instruction,
	    .web = signal->web,
	};
	const struct tcs_profile_area area = {
	    .zone = signal->zone,
	    .zone_name = signal->zone_name,
	    .zone_scheme = signal->zone_scheme,
	    .departement = signal->departement,
	};

	signal_fill_head(cap, signal);
	tcs_profile_add_info(cap, &info);
	if (cap->infos == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = tcs_profile_write(
	    cap, signal, signal_params, SIGNAL_PARAMS_N, diag);
	if (err == TCS_OK && signal->departement == NULL)
		err = tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "no département (FR for the whole country)");
	if (err != TCS_OK)
		return err;
	tcs_profile_add_area(cap, &area);
	signal_fill_more(cap, signal);
	return tcs_cap_check(cap, diag);
}

enum tcs_err
tcs_signal_to_cap(const struct tcs_signal *signal, struct tcs_cap **ret_cap,
    struct tcs_diag *diag)
{
	struct tcs_cap *cap = tcs_cap_new();

	if (cap == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = signal_fill(cap, signal, diag);
	if (err != TCS_OK) {
		tcs_cap_free(&cap);
		return err;
	}
	*ret_cap = cap;
	return TCS_OK;
}

enum tcs_err
tcs_signal_from_cap(const struct tcs_cap *cap, struct tcs_signal *ret_signal,
    struct tcs_diag *diag)
{
	const struct tcs_cap_info *info = cap->infos;
	struct tcs_signal signal = {
	    .identifier = cap->identifier,
	    .sender = cap->sender,
	    .sent_ms = cap->sent_ms,
	    .status = cap->status,
	    .msg_type = cap->msg_type,
	    .references = cap->references,
	    .incidents = cap->incidents,
	};

	if (info == NULL || strcmp(cap->status, "Draft") == 0)
		return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "<alert>: not a signal: %s",
		    info == NULL ? "no <info>" : "its <status> is Draft");
	enum tcs_err err = tcs_profile_read(
	    cap, &signal, signal_params, SIGNAL_PARAMS_N, diag);
	if (err != TCS_OK)
		return err;
	signal.source_name = info->sender_name;
	signal.zone_scheme = tcs_profile_zone_scheme(cap, signal.zone);
	signal.departement = tcs_profile_departement(cap);
	signal.expires_ms = info->expires_ms;
	signal.is_end = tcs_profile_has_response(cap, "AllClear");
	signal.instruction = info->instruction;
	signal.category =
	    info->categories == NULL ? NULL : info->categories->text;
	signal.event = info->event;
	signal.onset_ms = info->onset_ms;
	signal.headline = info->headline;
	signal.description = info->description;
	signal.web = info->web;
	*ret_signal = signal;
	return TCS_OK;
}

bool
tcs_zone_is_made(const char *zone)
{
	enum { MADE = 16 };

	return zone != NULL && strlen(zone) == MADE &&
	       strspn(zone, "0123456789abcdef") == MADE;
}

const char *
tcs_status_of(const char *realm, bool is_live)
{
	if (strncmp(realm, "x-", 2) == 0)
		return "Exercise";
	return is_live ? "Actual" : "Test";
}

void
tcs_trace_of(const char *identifier, char trace[17])
{
	char hex[TCS_DIGEST_HEX];

	(void)tcs_digest(tcs_slice_str(identifier), hex);
	memcpy(trace, hex, 16);
	trace[16] = '\0';
}

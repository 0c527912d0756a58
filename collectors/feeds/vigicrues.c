/* vigicrues.c - the national map of Vigicrues, InfoVigiCru.geojson.
 *
 * One feature a tronçon, its level in NivInfViCr; the issue time comes after
 * the features, at the end of 2.2 MB. So a body that is cut has levels and no
 * time: it is refused whole. Names of members changed case over the years. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collectors/feed.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/level.h"
#include "territory/zonetable.h"

enum {
	VIGICRUES_TRONCONS_MAX = 2000, /* 337 in 2026 */
	VIGICRUES_CODE_MAX = 16,
	VIGICRUES_MORNING = 10 * 60, /* nominal issues, minutes, Paris */
	VIGICRUES_EVENING = 16 * 60,
};

/* A map is published a few minutes before its nominal hour. */
#define VIGICRUES_EARLY_MS TCS_HOURS(1)
#define VIGICRUES_GRACE_MS TCS_HOURS(2)
#define VIGICRUES_URL                                                          \
	"https://www.vigicrues.gouv.fr/services/InfoVigiCru.geojson"

struct vigicrues {
	char *troncons; /* option: CSV in place of the built-in table */
	struct tcs_zonetable *table;
};

static const struct tcs_option vigicrues_options[] = {
    TCS_OPT_PATH("troncons", struct vigicrues, troncons, NULL,
        "CSV of tronçons and their départements, in place of the built-in "
        "table, which tocsin tables show troncons prints"),
    TCS_OPT_END,
};

static enum tcs_err
vigicrues_init(void *st, struct tcs_diag *diag)
{
	struct vigicrues *v = st;

	return tcs_zonetable_open(v->troncons, "troncons", &v->table, diag);
}

static void
vigicrues_fini(void *st)
{
	struct vigicrues *v = st;

	tcs_zonetable_free(&v->table);
}

/* The member of that name, whatever its case. */
static json_t *
vigicrues_get(json_t *object, const char *name)
{
	void *at = json_object_iter(object);

	for (; at != NULL; at = json_object_iter_next(object, at)) {
		if (strcasecmp(json_object_iter_key(at), name) == 0)
			return json_object_iter_value(at);
	}
	return NULL;
}

static const char *
vigicrues_level(json_t *value)
{
	static const char *const names[] = {"vert", "jaune", "orange", "rouge"};
	int64_t level = 0;

	if (json_is_integer(value))
		level = json_integer_value(value);
	else if (json_is_string(value) &&
	         tcs_slice_i64(tcs_slice(json_string_value(value),
	                           json_string_length(value)),
	             1, 4, &level) != TCS_OK)
		level = 0;
	return level >= 1 && level <= 4 ? names[level - 1] : TCS_LEVEL_UNKNOWN;
}

static bool
vigicrues_is_code(const char *code)
{
	static const char allowed[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t n = code == NULL ? 0 : strspn(code, allowed);

	return n > 0 && n <= VIGICRUES_CODE_MAX && code[n] == '\0';
}

/* One feature. Not a tronçon that we can name: counted, not an error. */
static enum tcs_err
vigicrues_feature(const struct vigicrues *v, json_t *feature,
    struct tcs_document *document, bool *ret_has_level,
    struct tcs_reading_sink *out)
{
	json_t *properties = vigicrues_get(feature, "properties");
	const char *code =
	    json_string_value(vigicrues_get(properties, "CdEntCru"));
	const char *name =
	    json_string_value(vigicrues_get(properties, "lbentcru"));
	json_t *level = vigicrues_get(properties, "NivInfViCr");

	if (!vigicrues_is_code(code)) {
		document->skipped++;
		return TCS_OK;
	}
	*ret_has_level = *ret_has_level || level != NULL;
	const struct tcs_reading reading = {
	    .zone = code,
	    .zone_name = name == NULL || name[0] == '\0' ? code : name,
	    .phenomenon = "crues",
	    .level = vigicrues_level(level),
	    .web = "https://www.vigicrues.gouv.fr/",
	    .departements = tcs_zonetable_find(v->table, code),
	};
	return out->emit(out->arg, &reading);
}

/* In the observatory's legal time, which is that of Paris in the métropole. */
static int64_t
vigicrues_nominal_after(int64_t ms)
{
	int64_t morning = tcs_time_next_daily(ms, VIGICRUES_MORNING);
	int64_t evening = tcs_time_next_daily(ms, VIGICRUES_EVENING);

	return morning < evening ? morning : evening;
}

/* RefInfoVigiCru, "15092026_16": which nominal map this is, or re-issues. */
static bool
vigicrues_ref(const json_t *value, int64_t *ret_nominal_ms)
{
	const char *ref = json_string_value(value);
	char day[] = "YYYY-MM-DDT00:00:00Z";
	int64_t midnight_ms;

	if (ref == NULL || strlen(ref) != 11 ||
	    (strcmp(ref + 8, "_10") != 0 && strcmp(ref + 8, "_16") != 0))
		return false;
	memcpy(day, ref + 4, 4);
	memcpy(day + 5, ref + 2, 2);
	memcpy(day + 8, ref, 2);
	if (tcs_time_parse(tcs_slice_str(day), &midnight_ms) != TCS_OK)
		return false;
	/* Midnight UTC is before 10:00 in Paris: the next such hour is that
	 * day's. */
	*ret_nominal_ms = tcs_time_next_daily(midnight_ms,
	    ref[10] == '0' ? VIGICRUES_MORNING : VIGICRUES_EVENING);
	return true;
}

/* The nominal hour that the map issued at `issued_ms` stands for is over with
 * it, though it is published minutes before: the next one counts. Without a
 * usable reference, an issue within the quarter before counts as that one. */
static int64_t
vigicrues_next_issue(int64_t issued_ms, json_t *ref)
{
	int64_t next_ms = vigicrues_nominal_after(issued_ms);
	int64_t nominal_ms;

	if (vigicrues_ref(ref, &nominal_ms)) {
		bool is_early = nominal_ms == next_ms &&
		                next_ms - issued_ms <= VIGICRUES_EARLY_MS;
		return is_early ? vigicrues_nominal_after(next_ms) : next_ms;
	}
	return next_ms - issued_ms <= TCS_MINUTES(15)
	           ? vigicrues_nominal_after(next_ms)
	           : next_ms;
}

static enum tcs_err
vigicrues_refuse(enum tcs_refusal refusal, enum tcs_refusal *ret_refusal,
    struct tcs_diag *diag, const char *why)
{
	*ret_refusal = refusal;
	return tcs_diag_add(diag, TCS_EPARSE, NULL, 0, "%s", why);
}

/* Errors come with HTTP 200: {"error_msg": …, "code": 400}. */
static bool
vigicrues_is_error(json_t *root)
{
	return vigicrues_get(root, "features") == NULL &&
	       (vigicrues_get(root, "error_msg") != NULL ||
	           (vigicrues_get(root, "message") != NULL &&
	               vigicrues_get(root, "code") != NULL));
}

static enum tcs_err
vigicrues_error(
    json_t *root, enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	json_t *text = vigicrues_get(root, "error_msg");

	if (text == NULL)
		text = vigicrues_get(root, "message");
	*ret_refusal = TCS_REFUSAL_ERROR;
	return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
	    "the service answers an error, code %lld: %.200s",
	    (long long)json_integer_value(vigicrues_get(root, "code")),
	    json_is_string(text) ? json_string_value(text) : "no text");
}

/* What must be there before any feature is looked at. */
static enum tcs_err
vigicrues_check(json_t *root, struct tcs_document *document,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	json_t *features = vigicrues_get(root, "features");
	json_t *issued = vigicrues_get(root, "DtHrInfoVigiCru");
	const char *why = NULL;

	if (vigicrues_is_error(root))
		return vigicrues_error(root, ret_refusal, diag);
	if (!json_is_array(features))
		why = "no array \"features\": not the map of Vigicrues";
	else if (json_array_size(features) == 0)
		why = "\"features\" is empty: a map without any tronçon";
	else if (json_array_size(features) > VIGICRUES_TRONCONS_MAX)
		why = "\"features\" has more than 2000 tronçons";
	else if (issued == NULL)
		why =
		    "no member \"DtHrInfoVigiCru\": the issue time is missing";
	else if (!json_is_string(issued) ||
	         tcs_time_parse(tcs_slice(json_string_value(issued),
	                            json_string_length(issued)),
	             &document->issued_ms) != TCS_OK)
		why = "\"DtHrInfoVigiCru\" is not a date and time with offset";
	if (why != NULL)
		return vigicrues_refuse(
		    TCS_REFUSAL_RESHAPED, ret_refusal, diag, why);
	return TCS_OK;
}

static enum tcs_err
vigicrues_read(const struct vigicrues *v, json_t *root,
    struct tcs_document *document, struct tcs_reading_sink *out,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	json_t *features = vigicrues_get(root, "features");
	size_t n = json_array_size(features);
	bool has_level = false;

	for (size_t i = 0; i < n; i++) {
		enum tcs_err err = vigicrues_feature(
		    v, json_array_get(features, i), document, &has_level, out);
		if (err != TCS_OK)
			return err;
	}
	if (document->skipped == n)
		return vigicrues_refuse(TCS_REFUSAL_RESHAPED, ret_refusal, diag,
		    "no feature has a usable \"CdEntCru\"");
	if (!has_level)
		return vigicrues_refuse(TCS_REFUSAL_RESHAPED, ret_refusal, diag,
		    "no feature has a level \"NivInfViCr\"");
	document->next_issue_ms = vigicrues_next_issue(
	    document->issued_ms, vigicrues_get(root, "RefInfoVigiCru"));
	document->expires_ms = document->next_issue_ms + VIGICRUES_GRACE_MS;
	document->frozen_ms = vigicrues_nominal_after(document->next_issue_ms);
	document->is_complete = true;
	return TCS_OK;
}

static enum tcs_err
vigicrues_parse(void *st, const struct tcs_answers *answers,
    struct tcs_document *ret_document, struct tcs_reading_sink *out,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	struct tcs_document document = {0};
	json_t *root = NULL;
	bool is_truncated = false;
	enum tcs_err err = tcs_json_parse_without(
	    answers->items[0].body, "coordinates", &root, &is_truncated, diag);

	if (err == TCS_EPARSE || err == TCS_ELIMIT) {
		*ret_refusal =
		    is_truncated ? TCS_REFUSAL_TRUNCATED : TCS_REFUSAL_RESHAPED;
		return TCS_EPARSE;
	}
	if (err != TCS_OK)
		return err;
	err = vigicrues_check(root, &document, ret_refusal, diag);
	if (err == TCS_OK)
		err =
		    vigicrues_read(st, root, &document, out, ret_refusal, diag);
	json_decref(root);
	if (err == TCS_OK)
		*ret_document = document;
	return err;
}

const struct tcs_feed_ops tcs_feed_vigicrues = {
    .name = "vigicrues",
    .about = "flood vigilance of the watched rivers, by tronçon (Vigicrues)",
    .source = "vigicrues",
    .source_name = "Vigicrues",
    .zone_scheme = "VIGICRUES",
    .zone_word = "tronçon",
    .url = VIGICRUES_URL,
    .every_ms = TCS_MINUTES(2),
    .late_after_ms = TCS_MINUTES(30),
    .state_size = sizeof(struct vigicrues),
    .options = vigicrues_options,
    .init = vigicrues_init,
    .parse = vigicrues_parse,
    .fini = vigicrues_fini,
};

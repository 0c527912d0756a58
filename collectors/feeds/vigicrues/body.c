/* body.c - JSON as Vigicrues writes it: in two dialects, names with or without
 * prefix and in any case, one element as an object and several as an array,
 * codes as texts or numbers; and of what kind a body is. */
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collectors/feeds/vigicrues/vigicrues.h"
#include "core/arena.h"
#include "core/html.h"
#include "core/level.h"

/* ---- values ---- */

/* "vic:CdEntVigiCru", "vic.CdEntVigiCru": the name, or what ends in it behind
 * a prefix. */
static bool
body_is_named(struct tcs_slice key, struct tcs_slice name)
{
	if (key.n < name.n)
		return false;
	const char *local = key.p + (key.n - name.n);
	bool is_local = local == key.p || local[-1] == ':' || local[-1] == '.';
	return is_local && strncasecmp(local, name.p, name.n) == 0;
}

json_t *
tcs_vigicrues_get(json_t *object, const char *name)
{
	struct tcs_slice wanted = tcs_slice_str(name);
	void *at = json_object_iter(object);

	for (; at != NULL; at = json_object_iter_next(object, at)) {
		struct tcs_slice key = tcs_slice(
		    json_object_iter_key(at), json_object_iter_key_len(at));
		if (body_is_named(key, wanted))
			return json_object_iter_value(at);
	}
	return NULL;
}

size_t
tcs_vigicrues_count(json_t *value)
{
	if (json_is_array(value))
		return json_array_size(value);
	return value == NULL || json_is_null(value) ? 0 : 1;
}

json_t *
tcs_vigicrues_at(json_t *value, size_t i)
{
	return json_is_array(value) ? json_array_get(value, i) : value;
}

static bool
body_is_placeholder(struct tcs_slice text)
{
	static const char *const words[] = {"A renseigner", "ARenseigner"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i]);
		if (text.n >= n && strncasecmp(text.p, words[i], n) == 0)
			return true;
	}
	return text.n == 0;
}

const char *
tcs_vigicrues_text(struct vigicrues_run *run, json_t *value)
{
	if (json_is_integer(value))
		return tcs_arena_printf(
		    run->arena, "%lld", (long long)json_integer_value(value));
	if (!json_is_string(value))
		return NULL;
	struct tcs_slice whole =
	    tcs_slice(json_string_value(value), json_string_length(value));
	struct tcs_slice text = tcs_slice_trim(whole);
	if (body_is_placeholder(text))
		return NULL;
	return text.n == whole.n ? text.p : tcs_arena_dup(run->arena, text);
}

bool
tcs_vigicrues_is_code(const char *code)
{
	static const char allowed[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t n = code == NULL ? 0 : strspn(code, allowed);

	return n > 0 && n <= VIGICRUES_CODE_MAX && code[n] == '\0';
}

const char *
tcs_vigicrues_code(struct vigicrues_run *run, json_t *value)
{
	const char *code = tcs_vigicrues_text(run, value);

	return tcs_vigicrues_is_code(code) ? code : NULL;
}

bool
tcs_vigicrues_is_troncon(const char *code)
{
	if (code == NULL || !isalpha((unsigned char)code[0]) ||
	    !isalpha((unsigned char)code[1]))
		return false;
	size_t n = strspn(code + 2, "0123456789");
	return n >= 1 && n <= 3 && code[2 + n] == '\0';
}

/* "1.95", "1,95"; blanks around it pass. */
static bool
body_number(struct tcs_slice text, double *ret_value)
{
	char digits[40], *end;

	text = tcs_slice_trim(text);
	if (text.n == 0 || text.n >= sizeof(digits))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		digits[i] = text.p[i];
		if (digits[i] == ',')
			digits[i] = '.';
		if (strchr("+-.0123456789eE", digits[i]) == NULL)
			return false; /* NaN, infinity, hexadecimal */
	}
	digits[text.n] = '\0';
	*ret_value = strtod(digits, &end);
	return *end == '\0' && end != digits;
}

bool
tcs_vigicrues_number(json_t *value, double *ret_value)
{
	double number;

	if (json_is_number(value))
		number = json_number_value(value);
	else if (!json_is_string(value) ||
	         !body_number(tcs_slice(json_string_value(value),
	                          json_string_length(value)),
	             &number))
		return false;
	if (!isfinite(number))
		return false;
	*ret_value = number;
	return true;
}

/* Seconds since 1970 have ten digits, milliseconds thirteen. */
static bool
body_epoch(double number, int64_t *ret_ms)
{
	static const double max = 4102444800000; /* 2100 */

	if (!(number > 0) || number > max)
		return false;
	*ret_ms = (int64_t)(number < 1e11 ? number * 1000 : number);
	return true;
}

bool
tcs_vigicrues_time(json_t *value, int64_t *ret_ms)
{
	double number;

	if (json_is_string(value) &&
	    tcs_time_parse(tcs_slice_trim(tcs_slice(json_string_value(value),
	                       json_string_length(value))),
	        ret_ms) == TCS_OK)
		return true;
	return tcs_vigicrues_number(value, &number) &&
	       body_epoch(number, ret_ms);
}

const char *
tcs_vigicrues_level(json_t *value)
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

/* ---- what was asked ---- */

/* "…?name=value&…": the value, at most a code long. */
static struct tcs_slice
body_query(const char *text, const char *name)
{
	size_t n = strlen(name);
	const char *at = text == NULL ? NULL : strcasestr(text, name);

	while (at != NULL) {
		bool begins = at == text || strchr("?&;/", at[-1]) != NULL;
		if (begins && at[n] == '=')
			return tcs_slice(
			    at + n + 1, strcspn(at + n + 1, "&#; "));
		at = strcasestr(at + 1, name);
	}
	return tcs_slice(NULL, 0);
}

const char *
tcs_vigicrues_asked(struct vigicrues_run *run,
    const struct vigicrues_body *body, const char *name)
{
	struct tcs_slice value = body_query(body->fetch->tag, name);

	if (value.p == NULL)
		value = body_query(body->fetch->url, name);
	const char *text = value.n > VIGICRUES_CODE_MAX
	                       ? NULL
	                       : tcs_arena_dup(run->arena, value);
	return tcs_vigicrues_is_code(text) ? text : NULL;
}

/* ---- kinds ---- */

static void
body_aside(struct vigicrues_run *run, struct vigicrues_body *body,
    enum vigicrues_kind kind, const char *why)
{
	body->kind = kind;
	body->refusal = kind == VIGICRUES_ERROR || kind == VIGICRUES_NO_FORECAST
	                    ? TCS_REFUSAL_ERROR
	                    : TCS_REFUSAL_RESHAPED;
	body->why = tcs_arena_dup(run->arena, tcs_slice_str(why));
}

/* "Cette station n'est pas une station de prévisions" is no failure; nor is
 * code 204, "no content". */
static bool
body_is_no_forecast(double code, const char *text)
{
	return code == 204 ||
	       (code == 400 && text != NULL &&
	           strcasestr(text, "pas une station de pr") != NULL);
}

/* Errors come with HTTP 200: {"error_msg": …, "code": 400}, also in an array.
 */
static bool
body_tell_error(struct vigicrues_run *run, struct vigicrues_body *body)
{
	json_t *error = tcs_vigicrues_at(body->root, 0);
	json_t *text = tcs_vigicrues_get(error, "error_msg");
	json_t *message = tcs_vigicrues_get(error, "message");
	json_t *code = tcs_vigicrues_get(error, "code");
	double number = 0;
	char why[320];

	if (text == NULL && (message == NULL || code == NULL))
		return false;
	if (!tcs_vigicrues_number(code, &number) || fabs(number) > 1e9)
		number = 0;
	if (text == NULL)
		text = message;
	const char *said =
	    json_is_string(text) ? json_string_value(text) : "no text";
	(void)snprintf(why, sizeof(why),
	    "the service answers an error, code %.0f: %.200s", number, said);
	body_aside(run, body,
	    body_is_no_forecast(number, said) ? VIGICRUES_NO_FORECAST
	                                      : VIGICRUES_ERROR,
	    why);
	return true;
}

/* Lists of entities: forecasts that exist, or names and codes alone. */
static void
body_tell_list(
    struct vigicrues_run *run, struct vigicrues_body *body, json_t *list)
{
	json_t *first = tcs_vigicrues_at(list, 0);
	size_t n = tcs_vigicrues_count(list);

	if (tcs_vigicrues_get(body->root, "GrdSimul") != NULL ||
	    tcs_vigicrues_get(first, "DtProdSimul") != NULL)
		body_aside(run, body, VIGICRUES_FORECAST_LIST, "");
	else if (n == 1 && tcs_vigicrues_get(first, "CdCommune") != NULL)
		body_aside(run, body, VIGICRUES_STATION,
		    "what a station is, without any observation");
	else
		body_aside(run, body, VIGICRUES_REFERENCE,
		    "a reference list of Vigicrues, names and codes: no level "
		    "to read");
}

static bool
body_tell_reference(struct vigicrues_run *run, struct vigicrues_body *body)
{
	static const char *const names[] = {"TronEntVigiCru", "TerEntVigiCru",
	    "StaEntVigiCru", "FilsBoitEntVigiCru"};
	char why[160];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_t *list = tcs_vigicrues_get(body->root, names[i]);
		if (list == NULL)
			continue;
		(void)snprintf(why, sizeof(why),
		    "a reference document of Vigicrues, \"%s\" of %zu: "
		    "names and codes, no level to read",
		    names[i], tcs_vigicrues_count(list));
		body_aside(run, body,
		    tcs_vigicrues_get(list, "correspondA") != NULL
		        ? VIGICRUES_STATION
		        : VIGICRUES_REFERENCE,
		    why);
		return true;
	}
	return false;
}

/* {"Observations": {"ListeStation": […]}}, or the bare list. */
static bool
body_tell_index(struct vigicrues_run *run, struct vigicrues_body *body)
{
	json_t *observations = tcs_vigicrues_get(body->root, "Observations");
	json_t *list = tcs_vigicrues_get(observations, "ListeStation");

	if (list == NULL)
		list = tcs_vigicrues_get(body->root, "ListeStation");
	if (list == NULL && json_is_array(observations))
		list = observations;
	if (list == NULL && json_is_array(body->root))
		list = body->root;
	json_t *first = json_array_get(list, 0);
	if (list == NULL ||
	    tcs_vigicrues_get(first, "CdStationHydro") == NULL ||
	    tcs_vigicrues_get(first, "DtObsHydro") == NULL)
		return false;
	body_aside(run, body, VIGICRUES_INDEX,
	    "the index of stations, when each was last heard: no value; name "
	    "one with CdStationHydro");
	return true;
}

/* By its content alone. */
static void
body_tell(struct vigicrues_run *run, struct vigicrues_body *body)
{
	json_t *list = tcs_vigicrues_get(body->root, "ListEntVigiCru");

	if (tcs_vigicrues_get(body->root, "features") != NULL)
		body->kind = VIGICRUES_MAP;
	else if (tcs_vigicrues_get(body->root, "InfoVigiCru") != NULL)
		body->kind = VIGICRUES_BULLETIN;
	else if (tcs_vigicrues_get(body->root, "Serie") != NULL)
		body->kind = VIGICRUES_SERIES;
	else if (tcs_vigicrues_get(body->root, "Simul") != NULL)
		body->kind = VIGICRUES_FORECAST;
	else if (list != NULL)
		body_tell_list(run, body, list);
	else if (body_tell_error(run, body) || body_tell_index(run, body) ||
	         body_tell_reference(run, body))
		return;
	else if (tcs_vigicrues_get(body->root, "CdStationHydro") != NULL)
		body_aside(run, body, VIGICRUES_STATION,
		    "what a station is, without any observation");
	else
		body_aside(run, body, VIGICRUES_UNKNOWN,
		    "no array \"features\": not the map of Vigicrues");
}

/* ---- bodies ---- */

/* Without BOM and blanks, nor the parentheses of a call. */
static struct tcs_slice
body_bare(struct tcs_slice text)
{
	if (tcs_slice_starts(text, "\xef\xbb\xbf"))
		text = tcs_slice(text.p + 3, text.n - 3);
	struct tcs_slice bare = tcs_slice_trim(text);
	if (bare.n > 1 && bare.p[0] == '(' && bare.p[bare.n - 1] == ')')
		return tcs_slice(bare.p + 1, bare.n - 2);
	return text;
}

static void
body_unread(struct vigicrues_run *run, struct vigicrues_body *body,
    bool is_truncated, const struct tcs_diag *why)
{
	bool is_page = tcs_html_is_page(body_bare(body->fetch->body));

	body_aside(run, body, VIGICRUES_UNREAD,
	    is_page ? "a page (HTML) in place of data" : tcs_diag_text(why));
	body->line = why->n > 0 ? why->items[0].line : 0;
	if (is_truncated)
		body->refusal = TCS_REFUSAL_TRUNCATED;
	else if (is_page || run->v->what == VIGICRUES_WATCH_RSS)
		body->refusal = TCS_REFUSAL_ERROR;
}

static enum tcs_err
body_read(struct vigicrues_run *run, struct vigicrues_body *body)
{
	struct tcs_slice text = body_bare(body->fetch->body);
	struct tcs_diag why = {0};
	bool is_truncated = false;

	if (tcs_slice_starts(tcs_slice_trim(text), "<") &&
	    !tcs_html_is_page(text)) {
		body->kind = VIGICRUES_RSS;
		return TCS_OK;
	}
	enum tcs_err err = tcs_json_parse_without(
	    text, "coordinates", &body->root, &is_truncated, &why);
	if (err == TCS_EPARSE || err == TCS_ELIMIT) {
		body_unread(run, body, is_truncated, &why);
		err = TCS_OK;
	} else if (err == TCS_OK) {
		body_tell(run, body);
	}
	tcs_diag_fini(&why);
	if (err == TCS_OK && body->kind == VIGICRUES_SERIES)
		err = tcs_vigicrues_series_read(run, body);
	return err;
}

enum tcs_err
tcs_vigicrues_bodies(
    struct vigicrues_run *run, const struct tcs_answers *answers)
{
	enum tcs_err err = TCS_OK;

	run->bodies = tcs_arena_alloc(
	    run->arena, (answers->n + 1) * sizeof(*run->bodies));
	if (run->bodies == NULL)
		return TCS_ENOMEM;
	for (size_t i = 0; i < answers->n && err == TCS_OK; i++) {
		run->bodies[i].fetch = &answers->items[i];
		run->n++;
		err = body_read(run, &run->bodies[i]);
	}
	return err;
}

void
tcs_vigicrues_bodies_fini(struct vigicrues_run *run)
{
	for (size_t i = 0; i < run->n; i++)
		json_decref(run->bodies[i].root);
}

/* ---- what is said of them ---- */

enum tcs_err
tcs_vigicrues_refuse(
    struct vigicrues_run *run, enum tcs_refusal refusal, const char *why)
{
	*run->ret_refusal = refusal;
	return tcs_diag_add(run->diag, TCS_EPARSE, NULL, 0, "%s", why);
}

void
tcs_vigicrues_note(struct vigicrues_run *run, const char *fmt, ...)
{
	char *note = run->document->note;
	size_t n = strlen(note);
	char text[TCS_NOTE_MAX];
	va_list args;

	va_start(args, fmt);
	int length = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	size_t gap = n == 0 ? 0 : 3;
	/* One that does not fit whole is left out. */
	if (length <= 0 || (size_t)length >= sizeof(text) ||
	    n + gap + (size_t)length >= TCS_NOTE_MAX)
		return;
	memcpy(note + n, " ; ", gap);
	memcpy(note + n + gap, text, (size_t)length + 1);
}

const char *
tcs_vigicrues_steal(struct vigicrues_run *run, struct tcs_buf *buf)
{
	const char *text = buf->err == TCS_OK
	                       ? tcs_arena_dup(run->arena, tcs_buf_view(buf))
	                       : NULL;

	tcs_buf_fini(buf);
	return text;
}

/* renass.c - earthquakes in and near France, from BCSF-Rénass: FDSN events as
 * JSON.
 *
 * One feature an event; a revision is the same id with other values. What one
 * event says holds a day. Its place is its coordinates: the text of the source
 * names the nearest town of a list, which may be in another country. An event
 * below the threshold is one that is over: told, when it was above before and
 * was revised. EMSC publishes the same form with other names of members. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/feed.h"
#include "core/clock.h"
#include "core/html.h"
#include "core/json.h"

enum {
	RENASS_EVENTS_MAX = 5000,
	RENASS_ID_MAX = 48,
	RENASS_TEXT_MAX = 2000,
	RENASS_NUMBER_MAX = 16,
};

#define RENASS_EVENT_MS TCS_DAYS(1)
/* Some ten events a day: the same bytes for two days are no quiet. */
#define RENASS_FROZEN_MS TCS_DAYS(2)
#define RENASS_EXPIRES_MS TCS_DAYS(7)
#define RENASS_URL                                                             \
	"https://api.franceseisme.fr/fdsnws/event/1/query"                     \
	"?format=json&orderby=time&limit=100"

struct renass {
	char *magnitude_text; /* option */
	double magnitude;
};

/* "3" or "3.5". */
static const char *
renass_check_magnitude(const char *text)
{
	size_t n = strlen(text);
	bool is_good = n > 0 && text[0] >= '0' && text[0] <= '9' &&
	               (n == 1 || (n == 3 && text[1] == '.' && text[2] >= '0' &&
	                              text[2] <= '9'));

	return is_good ? NULL : "not a magnitude from 0 to 9.9: \"3.5\"";
}

static const struct tcs_option renass_options[] = {
    {.name = "magnitude",
        .kind = TCS_OPTION_STRING,
        .offset = offsetof(struct renass, magnitude_text),
        .fallback = "3",
        .help = "events from this magnitude on are told",
        .example = "\"3.5\"",
        .check = renass_check_magnitude},
    TCS_OPT_END,
};

static enum tcs_err
renass_init(void *st, struct tcs_diag *diag)
{
	struct renass *r = st;
	const char *text = r->magnitude_text;

	(void)diag;
	r->magnitude = text[0] - '0';
	if (text[1] == '.')
		r->magnitude += (text[2] - '0') / 10.0;
	return TCS_OK;
}

/* ---- one event ---- */

struct renass_event {
	const char *id, *type, *magnitude_type, *place, *web, *author;
	double latitude, longitude, depth, magnitude;
	bool has_depth, has_magnitude;
	bool is_automatic, has_review; /* has_review: the source says which */
	int64_t at_ms;
};

/* The first of two names; BCSF-Rénass and EMSC differ. */
static json_t *
renass_get(json_t *object, const char *name, const char *other)
{
	json_t *value = json_object_get(object, name);

	return value == NULL || json_is_null(value)
	           ? json_object_get(object, other)
	           : value;
}

static bool
renass_number(const json_t *value, double min, double max, double *ret)
{
	double number;

	if (!json_is_number(value))
		return false;
	number = json_number_value(value);
	if (!isfinite(number) || number < min || number > max)
		return false;
	*ret = number;
	return true;
}

/* Text, or text by language. NULL: none. */
static const char *
renass_words(json_t *value)
{
	if (json_is_object(value))
		value = renass_get(value, "fr", "en");
	return json_is_string(value) && json_string_length(value) > 0
	           ? json_string_value(value)
	           : NULL;
}

static bool
renass_is_id(const char *id)
{
	size_t n = 0;

	while (id != NULL &&
	       (isalnum((unsigned char)id[n]) ||
	           (id[n] != '\0' && strchr("_.:/-", id[n]) != NULL)))
		n++;
	return n > 0 && n <= RENASS_ID_MAX && id[n] == '\0';
}

/* Depth is positive in the properties, negative in the geometry. */
static void
renass_depth(json_t *properties, json_t *point, struct renass_event *e)
{
	double depth;

	if (renass_number(
	        json_object_get(properties, "depth"), -10, 1000, &depth)) {
		e->depth = depth;
		e->has_depth = true;
	} else if (renass_number(json_array_get(point, 2), -1000, 10, &depth)) {
		e->depth = -depth;
		e->has_depth = true;
	}
}

static bool
renass_place(json_t *properties, json_t *point, struct renass_event *e)
{
	json_t *latitude = renass_get(properties, "latitude", "lat");
	json_t *longitude = renass_get(properties, "longitude", "lon");

	return renass_number(
	           latitude == NULL ? json_array_get(point, 1) : latitude, -90,
	           90, &e->latitude) &&
	       renass_number(
	           longitude == NULL ? json_array_get(point, 0) : longitude,
	           -180, 180, &e->longitude);
}

/* False: no event that can be named, dated and placed. */
static bool
renass_event_read(json_t *feature, struct renass_event *e)
{
	json_t *properties = json_object_get(feature, "properties");
	json_t *point = json_object_get(
	    json_object_get(feature, "geometry"), "coordinates");
	json_t *automatic = json_object_get(properties, "automatic");
	const char *time = tcs_json_str(properties, "time", NULL);
	json_t *id = renass_get(feature, "id", "");

	*e = (struct renass_event){
	    .id = json_string_value(
	        id != NULL ? id : json_object_get(properties, "unid")),
	    .type = json_string_value(renass_get(properties, "type", "evtype")),
	    .magnitude_type =
	        json_string_value(renass_get(properties, "magType", "magtype")),
	    .place = renass_words(
	        renass_get(properties, "description", "flynn_region")),
	    .web = renass_words(json_object_get(properties, "url")),
	    .author = json_string_value(json_object_get(properties, "auth")),
	    .is_automatic = json_is_true(automatic),
	    .has_review = json_is_boolean(automatic)};
	if (!renass_is_id(e->id) || time == NULL ||
	    tcs_time_parse(tcs_slice_str(time), &e->at_ms) != TCS_OK ||
	    !renass_place(properties, point, e))
		return false;
	renass_depth(properties, point, e);
	e->has_magnitude = renass_number(
	    json_object_get(properties, "mag"), -5, 12, &e->magnitude);
	if (e->web != NULL && strncmp(e->web, "https://", 8) != 0)
		e->web = NULL;
	return true;
}

/* ---- words ---- */

/* FDSN's words and EMSC's letters. Cancelled: it was no event at all. */
static const struct {
	const char *type, *word;
	bool is_cancelled;
} renass_types[] = {
    {"earthquake", "Séisme", false},
    {"ke", "Séisme", false},
    {"se", "Séisme", false},
    {"induced or triggered event", "Séisme induit", false},
    {"ki", "Séisme induit", false},
    {"si", "Séisme induit", false},
    {"quarry blast", "Tir de carrière", false},
    {"mining explosion", "Tir de mine", false},
    {"explosion", "Explosion", false},
    {"kx", "Explosion", false},
    {"sx", "Explosion", false},
    {"landslide", "Glissement de terrain", false},
    {"not existing", "Séisme", true},
    {"not reported", "Séisme", true},
};

static const char *
renass_word(const char *type, bool *ret_cancelled)
{
	*ret_cancelled = false;
	if (type == NULL || type[0] == '\0')
		return "Séisme";
	for (size_t i = 0; i < sizeof(renass_types) / sizeof(renass_types[0]);
	     i++) {
		if (strcmp(renass_types[i].type, type) == 0) {
			*ret_cancelled = renass_types[i].is_cancelled;
			return renass_types[i].word;
		}
	}
	return "Événement sismique";
}

/* With so many decimals, 0 to 4, a half away from zero; no "-0". What is
 * written here has at most four digits before them. */
static void
renass_write(char text[RENASS_NUMBER_MAX], double value, int decimals)
{
	static const double units[] = {1, 10, 100, 1000, 10000};
	long rest = lround(fabs(value) * units[decimals]);
	bool is_negative = value < 0 && rest > 0;
	char digits[RENASS_NUMBER_MAX];
	size_t at = sizeof(digits);

	digits[--at] = '\0';
	for (int i = 0; rest > 0 || i <= decimals; i++) {
		if (i == decimals && decimals > 0)
			digits[--at] = '.';
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	}
	if (is_negative)
		digits[--at] = '-';
	memcpy(text, digits + at, sizeof(digits) - at);
}

/* With a decimal comma. */
static void
renass_comma(struct tcs_buf *buf, const char *number)
{
	size_t n = strcspn(number, ".");

	tcs_buf_append(buf, number, n);
	if (number[n] != '\0') {
		tcs_buf_char(buf, ',');
		tcs_buf_str(buf, number + n + 1);
	}
}

static void
renass_decimal(struct tcs_buf *buf, double value, int decimals)
{
	char text[RENASS_NUMBER_MAX];

	renass_write(text, value, decimals);
	renass_comma(buf, text);
}

/* "44,61° N, 6,64° E" */
static void
renass_point(struct tcs_buf *buf, const struct renass_event *e)
{
	renass_decimal(buf, fabs(e->latitude), 2);
	tcs_buf_str(buf, e->latitude < 0 ? "° S, " : "° N, ");
	renass_decimal(buf, fabs(e->longitude), 2);
	tcs_buf_str(buf, e->longitude < 0 ? "° O" : "° E");
}

/* What one reading borrows while it is emitted. */
struct renass_texts {
	struct tcs_buf headline, text;
	struct tcs_buf name, size; /* that both have in them */
	char magnitude[RENASS_NUMBER_MAX], depth[RENASS_NUMBER_MAX];
	char latitude[RENASS_NUMBER_MAX], longitude[RENASS_NUMBER_MAX];
	struct tcs_pair params[8];
	size_t params_n;
};

static void
renass_texts_init(struct renass_texts *t)
{
	tcs_buf_init(&t->headline, RENASS_TEXT_MAX);
	tcs_buf_init(&t->text, RENASS_TEXT_MAX);
	tcs_buf_init(&t->name, RENASS_TEXT_MAX);
	tcs_buf_init(&t->size, RENASS_TEXT_MAX);
}

static void
renass_texts_fini(struct renass_texts *t)
{
	tcs_buf_fini(&t->headline);
	tcs_buf_fini(&t->text);
	tcs_buf_fini(&t->name);
	tcs_buf_fini(&t->size);
}

/* For the next reading: empty, with the memory of the last. */
static void
renass_texts_reset(struct renass_texts *t)
{
	tcs_buf_reset(&t->headline);
	tcs_buf_reset(&t->text);
	tcs_buf_reset(&t->name);
	tcs_buf_reset(&t->size);
	t->magnitude[0] = t->depth[0] = '\0';
	t->params_n = 0;
}

/* " de magnitude 3,4" */
static void
renass_size(struct renass_texts *t, const struct renass_event *e)
{
	if (!e->has_magnitude) {
		tcs_buf_str(&t->size, ", magnitude non publiée");
		return;
	}
	tcs_buf_str(&t->size, " de magnitude ");
	renass_comma(&t->size, t->magnitude);
}

/* What the source says, at most `max` bytes, between words of ours. */
static void
renass_quote(struct tcs_buf *buf, const char *before, const char *text,
    size_t max, const char *after)
{
	tcs_buf_str(buf, before);
	tcs_buf_append(buf, text, strnlen(text, max));
	tcs_buf_str(buf, after);
}

static void
renass_text(
    struct renass_texts *t, const struct renass_event *e, const char *word)
{
	struct tcs_buf *buf = &t->text;
	char at[TCS_TIME_TEXT];

	tcs_buf_str(buf, word);
	tcs_buf_slice(buf, tcs_buf_view(&t->size));
	if (e->has_magnitude && e->magnitude_type != NULL)
		renass_quote(buf, " (", e->magnitude_type, 12, ")");
	tcs_buf_str(buf, " le ");
	tcs_buf_str(buf, tcs_time_french(e->at_ms, at));
	if (e->has_depth) {
		tcs_buf_str(buf, ", profondeur ");
		renass_decimal(buf, e->depth, 0);
		tcs_buf_str(buf, " km");
	}
	tcs_buf_str(buf, ", épicentre ");
	tcs_buf_slice(buf, tcs_buf_view(&t->name));
	tcs_buf_str(buf, ".");
	if (e->has_review)
		tcs_buf_str(buf, e->is_automatic
		                     ? " Calcul automatique, pas encore relu."
		                     : " Calcul relu par un sismologue.");
	if (e->author != NULL)
		renass_quote(buf, " Calcul : ", e->author, 40, ".");
	if (e->place != NULL)
		renass_quote(buf, "\nLa source écrit : « ", e->place, 200,
		    " ». La ville qu'elle nomme peut être loin, ou dans un "
		    "autre pays : les coordonnées font foi.");
}

/* ---- readings ---- */

static void
renass_param(struct renass_texts *t, const char *name, const char *value)
{
	if (value != NULL && value[0] != '\0')
		t->params[t->params_n++] = (struct tcs_pair){name, value};
}

static void
renass_params(struct renass_texts *t, const struct renass_event *e)
{
	renass_write(t->latitude, e->latitude, 4);
	renass_write(t->longitude, e->longitude, 4);
	renass_param(t, "tocsin:latitude", t->latitude);
	renass_param(t, "tocsin:longitude", t->longitude);
	if (e->has_magnitude)
		renass_write(t->magnitude, e->magnitude, 1);
	renass_param(t, "tocsin:magnitude", t->magnitude);
	if (e->has_magnitude)
		renass_param(t, "tocsin:magnitude-type", e->magnitude_type);
	if (e->has_depth)
		renass_write(t->depth, e->depth, 1);
	renass_param(t, "tocsin:depth-km", t->depth);
	if (e->has_review)
		renass_param(
		    t, "tocsin:automatic", e->is_automatic ? "yes" : "no");
	renass_param(t, "tocsin:event-type", e->type);
}

static enum tcs_err
renass_words_of(struct renass_texts *t, const struct renass_event *e,
    const char *word, const char *state)
{
	renass_texts_reset(t);
	renass_params(t, e);
	renass_point(&t->name, e);
	renass_size(t, e);
	tcs_buf_str(&t->headline, word);
	tcs_buf_slice(&t->headline, tcs_buf_view(&t->size));
	tcs_buf_str(&t->headline, state);
	tcs_buf_str(&t->headline, " : ");
	tcs_buf_slice(&t->headline, tcs_buf_view(&t->name));
	renass_text(t, e, word);
	const enum tcs_err errs[] = {
	    t->name.err, t->size.err, t->headline.err, t->text.err};
	for (size_t i = 0; i < sizeof(errs) / sizeof(errs[0]); i++) {
		if (errs[i] != TCS_OK)
			return errs[i];
	}
	return TCS_OK;
}

/* Below the threshold it is over: that is told to who was told of it before,
 * and to nobody else. */
static enum tcs_err
renass_emit(const struct renass *r, const struct renass_event *e,
    struct renass_texts *t, struct tcs_reading_sink *out)
{
	bool is_cancelled;
	const char *word = renass_word(e->type, &is_cancelled);
	bool is_below = e->has_magnitude && e->magnitude < r->magnitude;
	enum tcs_err err = renass_words_of(t, e, word,
	    is_cancelled ? ", annulé par la source"
	    : is_below   ? ", sous le seuil"
	                 : "");
	const struct tcs_reading reading = {
	    .kind = TCS_READING_ITEM,
	    .zone = e->id,
	    .zone_name = t->name.p,
	    .phenomenon = "seisme",
	    .level = "none",
	    .headline = t->headline.p,
	    .text = t->text.p,
	    .web = e->web,
	    .is_national = true,
	    .issued_ms = e->at_ms,
	    .expires_ms = e->at_ms + RENASS_EVENT_MS,
	    .is_end = is_below || is_cancelled,
	    .is_cancel = is_cancelled,
	    .category = "Geo",
	    .event = word,
	    .urgency = "Past",
	    .certainty = "Observed",
	    .params = t->params,
	    .params_n = t->params_n,
	};

	return err == TCS_OK ? out->emit(out->arg, &reading) : err;
}

/* ---- a body ---- */

static enum tcs_err
renass_refuse(enum tcs_refusal refusal, enum tcs_refusal *ret_refusal,
    struct tcs_diag *diag, const char *why)
{
	*ret_refusal = refusal;
	return tcs_diag_add(diag, TCS_EPARSE, NULL, 0, "%s", why);
}

/* What comes in place of JSON. */
static enum tcs_err
renass_refuse_text(
    struct tcs_slice body, enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	struct tcs_slice text = tcs_slice_trim(body);

	if (tcs_html_is_page(text) || tcs_slice_starts(text, "Error "))
		return renass_refuse(TCS_REFUSAL_ERROR, ret_refusal, diag,
		    "an error page in place of events");
	if (tcs_slice_starts(text, "<") || tcs_slice_starts(text, "#EventID"))
		return renass_refuse(TCS_REFUSAL_RESHAPED, ret_refusal, diag,
		    "QuakeML or text: write format=json in the URL");
	return TCS_OK;
}

static enum tcs_err
renass_features(const struct renass *r, json_t *features,
    struct tcs_document *document, struct tcs_reading_sink *out)
{
	size_t n = json_array_size(features);
	struct renass_texts texts = {0};
	enum tcs_err err = TCS_OK;

	renass_texts_init(&texts);
	for (size_t i = 0; i < n && err == TCS_OK; i++) {
		struct renass_event event;
		if (!renass_event_read(json_array_get(features, i), &event)) {
			document->skipped++;
			continue;
		}
		if (event.author != NULL)
			memcpy(document->note,
			    "Publication de l'EMSC, pas de BCSF-Rénass.",
			    sizeof("Publication de l'EMSC, pas de "
			           "BCSF-Rénass."));
		err = renass_emit(r, &event, &texts, out);
	}
	renass_texts_fini(&texts);
	return err;
}

static enum tcs_err
renass_read(const struct renass *r, json_t *root, struct tcs_document *document,
    struct tcs_reading_sink *out, enum tcs_refusal *ret_refusal,
    struct tcs_diag *diag)
{
	json_t *features = json_object_get(root, "features");
	size_t n = json_array_size(features);

	if (!json_is_array(features) &&
	    (json_object_get(root, "error") != NULL ||
	        json_object_get(root, "message") != NULL))
		return renass_refuse(TCS_REFUSAL_ERROR, ret_refusal, diag,
		    "the service answers an error");
	if (!json_is_array(features) || n > RENASS_EVENTS_MAX)
		return renass_refuse(TCS_REFUSAL_RESHAPED, ret_refusal, diag,
		    "\"features\" is no array of at most 5000 events");
	enum tcs_err err = renass_features(r, features, document, out);
	if (err == TCS_OK && n > 0 && document->skipped == n)
		return renass_refuse(TCS_REFUSAL_RESHAPED, ret_refusal, diag,
		    "no feature has an id, a time and coordinates");
	return err;
}

static enum tcs_err
renass_parse(void *st, const struct tcs_answers *answers,
    struct tcs_document *ret_document, struct tcs_reading_sink *out,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	const struct tcs_fetch *fetch = &answers->items[0];
	struct tcs_document document = {
	    .issued_ms = TCS_NO_TIME,
	    .next_issue_ms = TCS_NO_TIME,
	    .expires_ms = fetch->fetched_ms + RENASS_EXPIRES_MS,
	    .frozen_ms = fetch->fetched_ms + RENASS_FROZEN_MS,
	    .is_complete = true, /* what it no longer has is forgotten */
	};
	bool is_truncated = false;
	json_t *root = NULL;
	enum tcs_err err = renass_refuse_text(fetch->body, ret_refusal, diag);

	if (err != TCS_OK)
		return err;
	err = tcs_json_parse(fetch->body, &root, &is_truncated, diag);
	if (err == TCS_EPARSE || err == TCS_ELIMIT) {
		*ret_refusal =
		    is_truncated ? TCS_REFUSAL_TRUNCATED : TCS_REFUSAL_RESHAPED;
		return TCS_EPARSE;
	}
	if (err == TCS_OK)
		err = renass_read(st, root, &document, out, ret_refusal, diag);
	json_decref(root);
	if (err == TCS_OK)
		*ret_document = document;
	return err;
}

const struct tcs_feed_ops tcs_feed_renass = {
    .name = "renass",
    .about = "earthquakes in and near France (BCSF-Rénass)",
    .source = "renass",
    .source_name = "BCSF-Rénass",
    .zone_scheme = "RENASS:EVENT",
    .zone_word = "séisme",
    .url = RENASS_URL,
    .every_ms = TCS_MINUTES(2),
    .state_size = sizeof(struct renass),
    .options = renass_options,
    .init = renass_init,
    .parse = renass_parse,
};

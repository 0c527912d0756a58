#include <string.h>

#include "core/cap.h"
#include "core/cap_model.h"
#include "core/clock.h"
#include "core/xml.h"

/* Times that every reader of four-digit years can take, in any zone. */
#define CAP_TIME_MIN TCS_DAYS(1)
#define CAP_TIME_MAX INT64_C(253402128000000) /* 9999-12-30 */

#define CAP_BLANKS " \t\r\n"

static bool
cap_is_absent(const char *text)
{
	return text == NULL || text[0] == '\0';
}

static bool
cap_is_one_of(const char *text, const char *const *words)
{
	while (*words != NULL &&
	       ((*words)[0] != text[0] || strcmp(*words, text) != 0))
		words++;
	return *words != NULL;
}

static void
cap_note_words(const struct tcs_cap_field *field, const char *text,
    const void *at, struct tcs_cap_notes *notes)
{
	struct tcs_buf list;

	tcs_buf_init(&list, 256);
	for (const char *const *word = field->words; *word != NULL; word++)
		tcs_buf_printf(
		    &list, "%s%s", word == field->words ? "" : ", ", *word);
	tcs_cap_note(notes, field->words_need, at,
	    "<%s>: \"%.*s\" is none of %s", field->name, TCS_CAP_QUOTE(text),
	    list.p == NULL ? "those" : list.p);
	tcs_buf_fini(&list);
}

static void
cap_check_words(const struct tcs_cap_field *field, const char *text,
    const void *at, struct tcs_cap_notes *notes)
{
	if (field->words != NULL && !cap_is_one_of(text, field->words))
		cap_note_words(field, text, at, notes);
}

static void cap_check_object(const void *object,
    const struct tcs_cap_type *type, const char *name,
    struct tcs_cap_notes *notes);

static bool
cap_check_present(const void *object, const struct tcs_cap_field *field,
    struct tcs_cap_notes *notes)
{
	const void *member = (const char *)object + field->offset;

	if (field->kind == TCS_CAP_TIME) {
		int64_t ms = tcs_cap_time(object, field->offset);
		bool is_far = ms < CAP_TIME_MIN || ms > CAP_TIME_MAX;
		if (ms != TCS_NO_TIME && is_far) {
			tcs_cap_note(notes,
			    field->need == TCS_CAP_INVALID ? TCS_CAP_INVALID
			                                   : TCS_CAP_FAULTY,
			    member, "<%s>: not between 1970 and 9999",
			    field->name);
		}
		return ms != TCS_NO_TIME;
	}
	const char *text = tcs_cap_pointer(object, field->offset);
	if (field->kind != TCS_CAP_TEXT)
		return text != NULL;
	if (cap_is_absent(text))
		return false;
	cap_check_words(field, text, text, notes);
	return true;
}

static void
cap_check_list(const void *object, const struct tcs_cap_field *field,
    struct tcs_cap_notes *notes)
{
	for (const void *at = tcs_cap_pointer(object, field->offset);
	     at != NULL; at = tcs_cap_pointer(at, tcs_cap_next_offset(field))) {
		if (field->kind == TCS_CAP_TEXTS) {
			const struct tcs_cap_text *text = at;
			if (!cap_is_absent(text->text))
				cap_check_words(field, text->text, at, notes);
		} else {
			cap_check_object(at, field->type, field->name, notes);
		}
	}
}

/* What the tables say: presence and words. */
static void
cap_check_object(const void *object, const struct tcs_cap_type *type,
    const char *name, struct tcs_cap_notes *notes)
{
	for (size_t i = 0; i < type->fields_n; i++) {
		const struct tcs_cap_field *field = &type->fields[i];
		if (!cap_check_present(object, field, notes) &&
		    field->need != TCS_CAP_FINE) {
			tcs_cap_note_absent(notes, field->need,
			    (const char *)object + field->offset, object,
			    "<%s>: no <%s>", name, field->name);
		}
		if (field->kind == TCS_CAP_TEXTS ||
		    field->kind == TCS_CAP_CHILDREN)
			cap_check_list(object, field, notes);
	}
}

static void
cap_check_name(
    const char *element, const char *text, struct tcs_cap_notes *notes)
{
	if (!cap_is_absent(text) && strpbrk(text, CAP_BLANKS ",<&") != NULL) {
		tcs_cap_note(notes, TCS_CAP_FAULTY, text,
		    "<%s>: \"%.*s\" has a blank, comma, < or &, so that "
		    "nothing can refer to it",
		    element, TCS_CAP_QUOTE(text));
	}
}

static struct tcs_slice
cap_next_word(const char **text)
{
	const char *start = *text + strspn(*text, CAP_BLANKS);
	size_t n = strcspn(start, CAP_BLANKS);

	*text = start + n;
	return tcs_slice(start, n);
}

static bool
cap_reference_is_good(struct tcs_slice word)
{
	struct tcs_slice rest, sent;
	struct tcs_slice sender = tcs_slice_cut(word, ',', &rest);
	struct tcs_slice identifier = tcs_slice_cut(rest, ',', &sent);
	int64_t ms;

	return sender.n > 0 && identifier.n > 0 &&
	       tcs_time_parse(sent, &ms) == TCS_OK;
}

static void
cap_check_references(const struct tcs_cap *cap, struct tcs_cap_notes *notes)
{
	static const char *const followers[] = {
	    "Update", "Cancel", "Ack", "Error", NULL};
	const char *type = cap->msg_type;
	const char *text = cap->references == NULL ? "" : cap->references;
	size_t good = 0;

	for (;;) {
		struct tcs_slice word = cap_next_word(&text);
		if (word.n == 0)
			break;
		if (cap_reference_is_good(word)) {
			good++;
			continue;
		}
		const char *at = cap->references;
		int shown = tcs_cap_quote_length(word.p);
		tcs_cap_note(notes, TCS_CAP_FAULTY, at,
		    "<references>: \"%.*s\" is not sender,identifier,sent",
		    (size_t)shown < word.n ? shown : (int)word.n, word.p);
	}
	if (good > 0 || cap_is_absent(type) || !cap_is_one_of(type, followers))
		return;
	bool is_update = strcmp(type, "Update") == 0;
	tcs_cap_note_absent(notes, is_update ? TCS_CAP_FAULTY : TCS_CAP_INVALID,
	    &cap->references, type,
	    "<references>: none, but <msgType> is %.*s: it must name what it "
	    "follows as sender,identifier,sent",
	    TCS_CAP_QUOTE(type));
}

static void
cap_check_scope(const struct tcs_cap *cap, struct tcs_cap_notes *notes)
{
	if (cap_is_absent(cap->scope))
		return;
	if (strcmp(cap->scope, "Restricted") == 0 &&
	    cap_is_absent(cap->restriction)) {
		tcs_cap_note_absent(notes, TCS_CAP_FAULTY, &cap->restriction,
		    cap->scope,
		    "<restriction>: none, but <scope> is Restricted");
	}
	if (strcmp(cap->scope, "Private") == 0 &&
	    cap_is_absent(cap->addresses)) {
		tcs_cap_note_absent(notes, TCS_CAP_FAULTY, &cap->addresses,
		    cap->scope, "<addresses>: none, but <scope> is Private");
	}
}

/* Heartbeats and trials may do without. */
static void
cap_check_has_info(const struct tcs_cap *cap, struct tcs_cap_notes *notes)
{
	static const char *const types[] = {"Alert", "Update", NULL};
	static const char *const statuses[] = {
	    "Actual", "Exercise", "Draft", NULL};

	if (cap->infos == NULL && !cap_is_absent(cap->msg_type) &&
	    !cap_is_absent(cap->status) &&
	    cap_is_one_of(cap->msg_type, types) &&
	    cap_is_one_of(cap->status, statuses)) {
		tcs_cap_note(notes, TCS_CAP_INVALID, cap,
		    "<alert>: no <info>, but <msgType> is %s", cap->msg_type);
	}
}

#define CAP_DIGITS "0123456789"

static bool
cap_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 3066: letters, then groups of letters and digits, of at most 8. */
static bool
cap_language_is_good(const char *text)
{
	bool is_first = true;

	for (;;) {
		size_t n = 0;
		while (cap_is_letter(text[n]) ||
		       (!is_first && text[n] >= '0' && text[n] <= '9'))
			n++;
		if (n == 0 || n > 8)
			return false;
		if (text[n] == '\0')
			return true;
		if (text[n] != '-')
			return false;
		text += n + 1;
		is_first = false;
	}
}

/* [+-]digits[.digits], at most 15 digits before the point; what is beyond the
 * 15th significant one changes nothing. */
static bool
cap_decimal(struct tcs_slice text, double *ret_value)
{
	double value = 0, scale = 1;
	size_t digits = 0, significant = 0;
	bool has_point = false;
	bool is_negative = text.n > 0 && text.p[0] == '-';
	size_t i = text.n > 0 && (is_negative || text.p[0] == '+') ? 1 : 0;

	for (; i < text.n; i++) {
		if (text.p[i] == '.' && !has_point && digits > 0) {
			has_point = true;
			continue;
		}
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		digits++;
		significant += significant > 0 || text.p[i] != '0';
		if (significant > 15 && !has_point)
			return false;
		if (significant > 15)
			continue;
		value = value * 10 + (text.p[i] - '0');
		scale *= has_point ? 10 : 1;
	}
	*ret_value = (is_negative ? -value : value) / scale;
	return digits > 0;
}

struct cap_point {
	double lat, lon;
};

static const char *
cap_point_fault(struct tcs_slice text, struct cap_point *ret_point)
{
	struct tcs_slice rest;
	struct tcs_slice first = tcs_slice_cut(text, ',', &rest);
	struct cap_point at;

	if (!cap_decimal(first, &at.lat) || !cap_decimal(rest, &at.lon))
		return "a point is not latitude,longitude";
	if ((at.lat < -90 || at.lat > 90) && at.lon >= -90 && at.lon <= 90)
		return "latitude and longitude are swapped: latitude is first";
	if (at.lat < -90 || at.lat > 90)
		return "a latitude is not between -90 and 90";
	if (at.lon < -180 || at.lon > 180)
		return "a longitude is not between -180 and 180";
	*ret_point = at;
	return NULL;
}

const char *
tcs_cap_polygon_fault(const char *text)
{
	struct cap_point first = {0, 0}, last = {0, 0};
	size_t n = 0;

	for (;; n++) {
		struct tcs_slice word = cap_next_word(&text);
		if (word.n == 0)
			break;
		const char *fault = cap_point_fault(word, &last);
		if (fault != NULL)
			return fault;
		if (n == 0)
			first = last;
	}
	if (n < 4)
		return "fewer than 4 points";
	if (first.lat < last.lat || first.lat > last.lat ||
	    first.lon < last.lon || first.lon > last.lon)
		return "not closed: the last point is not the first";
	return NULL;
}

const char *
tcs_cap_circle_fault(const char *text)
{
	struct cap_point centre;
	struct tcs_slice point = cap_next_word(&text);
	struct tcs_slice radius = cap_next_word(&text);
	double km;

	if (radius.n == 0 || cap_next_word(&text).n > 0)
		return "not latitude,longitude and a radius";
	const char *fault = cap_point_fault(point, &centre);
	if (fault == NULL && (!cap_decimal(radius, &km) || km < 0))
		fault = "the radius is not a number of kilometres";
	return fault;
}

static void
cap_check_shapes(const char *name, const struct tcs_cap_text *list,
    const char *(*fault_of)(const char *text), struct tcs_cap_notes *notes)
{
	for (; list != NULL; list = list->next) {
		const char *fault =
		    list->text == NULL ? NULL : fault_of(list->text);
		if (fault != NULL)
			tcs_cap_note(notes, TCS_CAP_FAULTY, list, "<%s>: %s%s",
			    name, fault, notes->is_reading ? "; left out" : "");
	}
}

static void
cap_check_decimal(
    const char *name, const char *text, struct tcs_cap_notes *notes)
{
	double value;

	if (!cap_is_absent(text) && !cap_decimal(tcs_slice_str(text), &value))
		tcs_cap_note(notes, TCS_CAP_FAULTY, text,
		    "<%s>: \"%.*s\" is not a number", name,
		    TCS_CAP_QUOTE(text));
}

static void
cap_check_uri(const char *name, const char *text, struct tcs_cap_notes *notes)
{
	if (!cap_is_absent(text) && !tcs_xml_is_uri(text))
		tcs_cap_note(notes, TCS_CAP_FAULTY, text,
		    "<%s>: \"%.*s\" is not a full URI", name,
		    TCS_CAP_QUOTE(text));
}

static void
cap_check_area(const struct tcs_cap_area *area, struct tcs_cap_notes *notes)
{
	cap_check_shapes(
	    "polygon", area->polygons, tcs_cap_polygon_fault, notes);
	cap_check_shapes("circle", area->circles, tcs_cap_circle_fault, notes);
	cap_check_decimal("altitude", area->altitude, notes);
	cap_check_decimal("ceiling", area->ceiling, notes);
	if (!cap_is_absent(area->ceiling) && cap_is_absent(area->altitude))
		tcs_cap_note(notes, TCS_CAP_FAULTY, area->ceiling,
		    "<ceiling>: without <altitude> it bounds nothing");
}

static void
cap_check_info(const struct tcs_cap_info *info, struct tcs_cap_notes *notes)
{
	if (!cap_is_absent(info->language) &&
	    !cap_language_is_good(info->language)) {
		tcs_cap_note(notes, TCS_CAP_FAULTY, info->language,
		    "<language>: \"%.*s\" is not a tag like fr-FR",
		    TCS_CAP_QUOTE(info->language));
	}
	cap_check_uri("web", info->web, notes);
	for (const struct tcs_cap_resource *resource = info->resources;
	     resource != NULL; resource = resource->next) {
		cap_check_uri("uri", resource->uri, notes);
		const char *size = resource->size;
		if (!cap_is_absent(size) && size[strspn(size, CAP_DIGITS)] != 0)
			tcs_cap_note(notes, TCS_CAP_FAULTY, size,
			    "<size>: \"%.*s\" is not a number of bytes",
			    TCS_CAP_QUOTE(size));
	}
	for (const struct tcs_cap_area *area = info->areas; area != NULL;
	     area = area->next)
		cap_check_area(area, notes);
}

void
tcs_cap_check_alert(const struct tcs_cap *cap, struct tcs_cap_notes *notes)
{
	cap_check_object(cap, &tcs_cap_alert_type, "alert", notes);
	cap_check_name("identifier", cap->identifier, notes);
	cap_check_name("sender", cap->sender, notes);
	cap_check_references(cap, notes);
	cap_check_scope(cap, notes);
	cap_check_has_info(cap, notes);
	for (const struct tcs_cap_info *info = cap->infos; info != NULL;
	     info = info->next)
		cap_check_info(info, notes);
}

enum tcs_err
tcs_cap_check(const struct tcs_cap *cap, struct tcs_diag *diag)
{
	struct tcs_cap_notes notes = {.is_reading = false};

	if (cap->is_short) {
		return tcs_diag_add(diag, TCS_ENOMEM, NULL, 0,
		    "CAP message incomplete: out of memory");
	}
	tcs_cap_check_alert(cap, &notes);
	bool is_good = !tcs_cap_notes_has(&notes, TCS_CAP_FAULTY) &&
	               !tcs_cap_notes_has(&notes, TCS_CAP_INVALID);
	tcs_cap_notes_fini(&notes, diag);
	return is_good ? TCS_OK : TCS_EINVAL;
}

#include "core/cap_model.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"

static const char *const cap_statuses[] = {
    "Actual", "Exercise", "System", "Test", "Draft", NULL};
static const char *const cap_msg_types[] = {
    "Alert", "Update", "Cancel", "Ack", "Error", NULL};
static const char *const cap_scopes[] = {
    "Public", "Restricted", "Private", NULL};
static const char *const cap_categories[] = {"Geo", "Met", "Safety", "Security",
    "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other",
    NULL};
static const char *const cap_responses[] = {"Shelter", "Evacuate", "Prepare",
    "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None", NULL};
static const char *const cap_urgencies[] = {
    "Immediate", "Expected", "Future", "Past", "Unknown", NULL};
static const char *const cap_severities[] = {
    "Extreme", "Severe", "Moderate", "Minor", "Unknown", NULL};
static const char *const cap_certainties[] = {
    "Observed", "Likely", "Possible", "Unlikely", "Unknown", NULL};

#define CAP_TYPE(object, table)                                                \
	.size = sizeof(struct object),                                         \
	.next_offset = offsetof(struct object, next), .fields = (table),       \
	.fields_n = sizeof(table) / sizeof((table)[0])
#define CAP_NAME(text)                                                         \
	.name = (text), .start = "<" text ">", .end = "</" text ">\n",         \
	.name_n = sizeof(text) - 1
#define CAP_AT(object, member) .offset = offsetof(struct object, member)

#define PAIR(member) CAP_AT(tcs_cap_value, member)
static const struct tcs_cap_field cap_pair_fields[] = {
    {CAP_NAME("valueName"), TCS_CAP_TEXT, PAIR(name), .need = TCS_CAP_FAULTY},
    {CAP_NAME("value"), TCS_CAP_TEXT, PAIR(value)},
};
static const struct tcs_cap_type cap_pair_type = {
    CAP_TYPE(tcs_cap_value, cap_pair_fields), .is_pair = true};

#define RESOURCE(member) CAP_AT(tcs_cap_resource, member)
static const struct tcs_cap_field cap_resource_fields[] = {
    {CAP_NAME("resourceDesc"), TCS_CAP_TEXT, RESOURCE(desc),
        .need = TCS_CAP_FAULTY},
    {CAP_NAME("mimeType"), TCS_CAP_TEXT, RESOURCE(mime_type),
        .need = TCS_CAP_FAULTY},
    {CAP_NAME("size"), TCS_CAP_TEXT, RESOURCE(size)},
    {CAP_NAME("uri"), TCS_CAP_TEXT, RESOURCE(uri)},
    {CAP_NAME("derefUri"), TCS_CAP_TEXT, RESOURCE(deref_uri)},
    {CAP_NAME("digest"), TCS_CAP_TEXT, RESOURCE(digest)},
};
static const struct tcs_cap_type cap_resource_type = {
    CAP_TYPE(tcs_cap_resource, cap_resource_fields)};

#define AREA(member) CAP_AT(tcs_cap_area, member)
static const struct tcs_cap_field cap_area_fields[] = {
    {CAP_NAME("areaDesc"), TCS_CAP_TEXT, AREA(desc), .need = TCS_CAP_FAULTY},
    {CAP_NAME("polygon"), TCS_CAP_TEXTS, AREA(polygons)},
    {CAP_NAME("circle"), TCS_CAP_TEXTS, AREA(circles)},
    {CAP_NAME("geocode"), TCS_CAP_CHILDREN, AREA(geocodes),
        .type = &cap_pair_type},
    {CAP_NAME("altitude"), TCS_CAP_TEXT, AREA(altitude)},
    {CAP_NAME("ceiling"), TCS_CAP_TEXT, AREA(ceiling)},
};
static const struct tcs_cap_type cap_area_type = {
    CAP_TYPE(tcs_cap_area, cap_area_fields)};

#define INFO(member) CAP_AT(tcs_cap_info, member)
static const struct tcs_cap_field cap_info_fields[] = {
    {CAP_NAME("language"), TCS_CAP_TEXT, INFO(language)},
    {CAP_NAME("category"), TCS_CAP_TEXTS, INFO(categories),
        .need = TCS_CAP_FAULTY, .words = cap_categories,
        .words_need = TCS_CAP_FAULTY},
    {CAP_NAME("event"), TCS_CAP_TEXT, INFO(event), .need = TCS_CAP_INVALID},
    {CAP_NAME("responseType"), TCS_CAP_TEXTS, INFO(response_types),
        .words = cap_responses, .words_need = TCS_CAP_FAULTY},
    {CAP_NAME("urgency"), TCS_CAP_TEXT, INFO(urgency), .need = TCS_CAP_INVALID,
        .words = cap_urgencies, .words_need = TCS_CAP_FAULTY},
    {CAP_NAME("severity"), TCS_CAP_TEXT, INFO(severity),
        .need = TCS_CAP_INVALID, .words = cap_severities,
        .words_need = TCS_CAP_FAULTY},
    {CAP_NAME("certainty"), TCS_CAP_TEXT, INFO(certainty),
        .need = TCS_CAP_INVALID, .words = cap_certainties,
        .words_need = TCS_CAP_FAULTY},
    {CAP_NAME("audience"), TCS_CAP_TEXT, INFO(audience)},
    {CAP_NAME("eventCode"), TCS_CAP_CHILDREN, INFO(event_codes),
        .type = &cap_pair_type},
    {CAP_NAME("effective"), TCS_CAP_TIME, INFO(effective_ms)},
    {CAP_NAME("onset"), TCS_CAP_TIME, INFO(onset_ms)},
    {CAP_NAME("expires"), TCS_CAP_TIME, INFO(expires_ms)},
    {CAP_NAME("senderName"), TCS_CAP_TEXT, INFO(sender_name)},
    {CAP_NAME("headline"), TCS_CAP_TEXT, INFO(headline)},
    {CAP_NAME("description"), TCS_CAP_TEXT, INFO(description)},
    {CAP_NAME("instruction"), TCS_CAP_TEXT, INFO(instruction)},
    {CAP_NAME("web"), TCS_CAP_TEXT, INFO(web)},
    {CAP_NAME("contact"), TCS_CAP_TEXT, INFO(contact)},
    {CAP_NAME("parameter"), TCS_CAP_CHILDREN, INFO(parameters),
        .type = &cap_pair_type},
    {CAP_NAME("resource"), TCS_CAP_CHILDREN, INFO(resources),
        .type = &cap_resource_type},
    {CAP_NAME("area"), TCS_CAP_CHILDREN, INFO(areas), .type = &cap_area_type},
};
static const struct tcs_cap_type cap_info_type = {
    CAP_TYPE(tcs_cap_info, cap_info_fields)};

#define ALERT(member) CAP_AT(tcs_cap, member)
static const struct tcs_cap_field cap_alert_fields[] = {
    {CAP_NAME("identifier"), TCS_CAP_TEXT, ALERT(identifier),
        .need = TCS_CAP_INVALID},
    {CAP_NAME("sender"), TCS_CAP_TEXT, ALERT(sender), .need = TCS_CAP_INVALID},
    {CAP_NAME("sent"), TCS_CAP_TIME, ALERT(sent_ms), .need = TCS_CAP_INVALID},
    {CAP_NAME("status"), TCS_CAP_TEXT, ALERT(status), .need = TCS_CAP_INVALID,
        .words = cap_statuses, .words_need = TCS_CAP_INVALID},
    {CAP_NAME("msgType"), TCS_CAP_TEXT, ALERT(msg_type),
        .need = TCS_CAP_INVALID, .words = cap_msg_types,
        .words_need = TCS_CAP_INVALID},
    {CAP_NAME("source"), TCS_CAP_TEXT, ALERT(source)},
    {CAP_NAME("scope"), TCS_CAP_TEXT, ALERT(scope), .need = TCS_CAP_INVALID,
        .words = cap_scopes, .words_need = TCS_CAP_INVALID},
    {CAP_NAME("restriction"), TCS_CAP_TEXT, ALERT(restriction)},
    {CAP_NAME("addresses"), TCS_CAP_TEXT, ALERT(addresses)},
    {CAP_NAME("code"), TCS_CAP_TEXTS, ALERT(codes)},
    {CAP_NAME("note"), TCS_CAP_TEXT, ALERT(note)},
    {CAP_NAME("references"), TCS_CAP_TEXT, ALERT(references)},
    {CAP_NAME("incidents"), TCS_CAP_TEXT, ALERT(incidents)},
    {CAP_NAME("info"), TCS_CAP_CHILDREN, ALERT(infos), .type = &cap_info_type},
};
const struct tcs_cap_type tcs_cap_alert_type = {
    .size = sizeof(struct tcs_cap),
    .fields = cap_alert_fields,
    .fields_n = sizeof(cap_alert_fields) / sizeof(cap_alert_fields[0]),
};

void *
tcs_cap_object_new(struct tcs_arena *arena, const struct tcs_cap_type *type)
{
	void *object = tcs_arena_alloc(arena, type->size);

	if (object == NULL)
		return NULL;
	for (size_t i = 0; i < type->fields_n; i++) {
		if (type->fields[i].kind == TCS_CAP_TIME) {
			tcs_cap_set_time(
			    object, type->fields[i].offset, TCS_NO_TIME);
		}
	}
	return object;
}

size_t
tcs_cap_next_offset(const struct tcs_cap_field *field)
{
	return field->kind == TCS_CAP_TEXTS
	           ? offsetof(struct tcs_cap_text, next)
	           : field->type->next_offset;
}

void
tcs_cap_link(
    void *object, const struct tcs_cap_field *field, void *last, void *node)
{
	if (last == NULL)
		tcs_cap_set_pointer(object, field->offset, node);
	else
		tcs_cap_set_pointer(last, tcs_cap_next_offset(field), node);
}

void
tcs_cap_notes_place(struct tcs_cap_notes *notes, const void *at, unsigned line)
{
	if (notes->n == notes->cap) {
		size_t cap = notes->cap == 0 ? 64 : notes->cap * 2;
		struct tcs_cap_place *places =
		    realloc(notes->places, cap * sizeof(*places));
		if (places == NULL)
			return; /* a finding then goes without its line */
		notes->places = places;
		notes->cap = cap;
	}
	notes->places[notes->n++] = (struct tcs_cap_place){at, line};
}

/* Looked up only for findings that are kept: their number is bounded. */
unsigned
tcs_cap_notes_line(
    const struct tcs_cap_notes *notes, enum tcs_cap_grade grade, const void *at)
{
	const struct tcs_diag *diag =
	    grade == TCS_CAP_INVALID ? &notes->invalid : &notes->faulty;

	if (diag->n == TCS_DIAG_MAX)
		return 0;
	for (size_t i = 0; i < notes->n; i++) {
		if (notes->places[i].at == at)
			return notes->places[i].line;
	}
	return 0;
}

unsigned
tcs_cap_notes_absent(const struct tcs_cap_notes *notes,
    enum tcs_cap_grade grade, const void *member, const void *object)
{
	unsigned line = tcs_cap_notes_line(notes, grade, member);

	return line != 0 ? line : tcs_cap_notes_line(notes, grade, object);
}

bool
tcs_cap_notes_has(const struct tcs_cap_notes *notes, enum tcs_cap_grade grade)
{
	const struct tcs_diag *diag =
	    grade == TCS_CAP_INVALID ? &notes->invalid : &notes->faulty;

	return diag->n + diag->dropped > 0;
}

static void
cap_notes_move(struct tcs_diag *from, struct tcs_diag *to)
{
	for (size_t i = 0; i < from->n; i++) {
		(void)tcs_diag_add(to, TCS_EPARSE, from->items[i].file,
		    from->items[i].line, "%s", from->items[i].text);
	}
	if (to != NULL)
		to->dropped += from->dropped;
	tcs_diag_fini(from);
}

void
tcs_cap_notes_fini(struct tcs_cap_notes *notes, struct tcs_diag *diag)
{
	cap_notes_move(&notes->invalid, diag);
	cap_notes_move(&notes->faulty, diag);
	free(notes->places);
	memset(notes, 0, sizeof(*notes));
}

int
tcs_cap_quote_length(const char *text)
{
	size_t n = strnlen(text, 61);

	if (n <= 60)
		return (int)n;
	n = 60;
	while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return (int)n;
}

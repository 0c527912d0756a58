#include <string.h>

#include "core/cap.h"
#include "core/cap_model.h"
#include "core/clock.h"
#include "core/xml.h"

struct cap_reader {
	struct tcs_cap *cap;
	struct tcs_cap_notes notes;
	struct tcs_buf text; /* of the element at hand */
	bool is_short;       /* no room for more */
};

/* One struct that is being filled from one element. */
struct cap_frame {
	const struct tcs_cap_type *type;
	void *object;
	void *last[TCS_CAP_FIELDS_MAX]; /* end of each list */
	bool is_seen[TCS_CAP_FIELDS_MAX];
	size_t at; /* furthest field met */
};

static void cap_read_object(struct cap_reader *r,
    const struct tcs_cap_type *type, void *object,
    const struct tcs_xml_node *node);

/* The element's text without outer blanks; NULL when empty. */
static const char *
cap_read_text(struct cap_reader *r, const struct tcs_xml_node *node)
{
	tcs_buf_reset(&r->text);
	tcs_xml_text(node, &r->text);
	if (tcs_xml_child(node) != NULL) {
		tcs_cap_note_line(&r->notes, TCS_CAP_FAULTY, tcs_xml_line(node),
		    "<%s>: elements inside, only their text is read",
		    tcs_xml_name(node));
	}
	struct tcs_slice text = tcs_slice_trim(tcs_buf_view(&r->text));
	if (text.n == 0)
		return NULL;
	const char *copy = tcs_arena_dup(r->cap->arena, text);
	if (copy == NULL)
		r->is_short = true;
	else
		tcs_cap_notes_place(&r->notes, copy, tcs_xml_line(node));
	return copy;
}

/* CAP 1.2, 3.3.2: "2026-11-23T17:00:00+01:00", the offset always numeric. */
static bool
cap_time_is_plain(const char *text)
{
	size_t n = strlen(text);

	return n == 25 && text[10] == 'T' && text[22] == ':';
}

static void
cap_read_time(struct cap_reader *r, const struct tcs_cap_field *field,
    void *object, const struct tcs_xml_node *node)
{
	const char *text = cap_read_text(r, node);
	unsigned line = tcs_xml_line(node);
	int64_t ms;

	if (text == NULL)
		return;
	if (tcs_time_parse(tcs_slice_str(text), &ms) != TCS_OK) {
		enum tcs_cap_grade grade = field->need == TCS_CAP_INVALID
		                               ? TCS_CAP_INVALID
		                               : TCS_CAP_FAULTY;
		tcs_cap_note_line(&r->notes, grade, line,
		    "<%s>: \"%.*s\" is not a time like "
		    "2026-11-23T17:00:00+01:00; left out",
		    field->name, TCS_CAP_QUOTE(text));
		return;
	}
	if (!cap_time_is_plain(text)) {
		tcs_cap_note_line(&r->notes, TCS_CAP_FAULTY, line,
		    "<%s>: \"%.*s\" is read, but CAP asks for seconds and a "
		    "numeric offset such as +01:00 or -00:00",
		    field->name, TCS_CAP_QUOTE(text));
	}
	tcs_cap_set_time(object, field->offset, ms);
	tcs_cap_notes_place(
	    &r->notes, (const char *)object + field->offset, line);
}

static void *
cap_read_node(struct cap_reader *r, const struct tcs_cap_field *field,
    const struct tcs_xml_node *node)
{
	bool is_text = field->kind == TCS_CAP_TEXTS;
	const char *text = is_text ? cap_read_text(r, node) : NULL;

	if (is_text && text == NULL)
		return NULL;
	void *item = is_text ? tcs_arena_alloc(
	                           r->cap->arena, sizeof(struct tcs_cap_text))
	                     : tcs_cap_object_new(r->cap->arena, field->type);
	if (item == NULL) {
		r->is_short = true;
		return NULL;
	}
	tcs_cap_notes_place(&r->notes, item, tcs_xml_line(node));
	if (is_text)
		((struct tcs_cap_text *)item)->text = text;
	else
		cap_read_object(r, field->type, item, node);
	return item;
}

/* A name without value says nothing; a value without name neither. */
static bool
cap_pair_is_whole(struct cap_reader *r, const struct tcs_cap_field *field,
    const void *item, const struct tcs_xml_node *node)
{
	const struct tcs_cap_value *pair = item;

	if (field->kind != TCS_CAP_CHILDREN || !field->type->is_pair)
		return true;
	if (pair->name == NULL) {
		tcs_cap_note_line(&r->notes, TCS_CAP_FAULTY, tcs_xml_line(node),
		    "<%s>: no <valueName>; left out", field->name);
	}
	return pair->name != NULL && pair->value != NULL;
}

static void
cap_read_field(struct cap_reader *r, struct cap_frame *frame, size_t i,
    const struct tcs_xml_node *node)
{
	const struct tcs_cap_field *field = &frame->type->fields[i];

	if (field->kind == TCS_CAP_TEXT) {
		const char *text = cap_read_text(r, node);
		tcs_cap_set_pointer(frame->object, field->offset, text);
		if (text == NULL)
			tcs_cap_notes_place(&r->notes,
			    (const char *)frame->object + field->offset,
			    tcs_xml_line(node));
	} else if (field->kind == TCS_CAP_TIME) {
		cap_read_time(r, field, frame->object, node);
	} else {
		void *item = cap_read_node(r, field, node);
		if (item == NULL || !cap_pair_is_whole(r, field, item, node))
			return;
		tcs_cap_link(frame->object, field, frame->last[i], item);
		frame->last[i] = item;
	}
}

/* From the furthest field met on: a message in order is found at once. */
static size_t
cap_field_find(const struct cap_frame *frame, const struct tcs_xml_node *node)
{
	const struct tcs_cap_type *type = frame->type;
	const char *name = tcs_xml_name(node);

	if (strcmp(tcs_xml_namespace(node), TCS_CAP_NS) != 0)
		return type->fields_n;
	for (size_t n = 0; n < type->fields_n; n++) {
		size_t i = (frame->at + n) % type->fields_n;
		if (strcmp(type->fields[i].name, name) == 0)
			return i;
	}
	return type->fields_n;
}

static void
cap_read_child(struct cap_reader *r, struct cap_frame *frame,
    const struct tcs_xml_node *node)
{
	const struct tcs_cap_type *type = frame->type;
	unsigned line = tcs_xml_line(node);
	size_t i = cap_field_find(frame, node);

	if (i == type->fields_n) {
		if (type != &tcs_cap_alert_type ||
		    strcmp(tcs_xml_namespace(node), TCS_CAP_SIGNATURE_NS) !=
		        0) {
			tcs_cap_note_line(&r->notes, TCS_CAP_FAULTY, line,
			    "<%.*s>: no element of CAP 1.2 here; passed over",
			    TCS_CAP_QUOTE(tcs_xml_name(node)));
		}
		return;
	}
	const struct tcs_cap_field *field = &type->fields[i];
	bool is_single =
	    field->kind == TCS_CAP_TEXT || field->kind == TCS_CAP_TIME;
	if (is_single && frame->is_seen[i]) {
		enum tcs_cap_grade grade = field->need == TCS_CAP_INVALID
		                               ? TCS_CAP_INVALID
		                               : TCS_CAP_FAULTY;
		tcs_cap_note_line(&r->notes, grade, line,
		    "<%s>: more than once, the first counts", field->name);
		return;
	}
	if (i < frame->at) {
		tcs_cap_note_line(&r->notes, TCS_CAP_FAULTY, line,
		    "<%s>: out of order, it belongs before <%s>", field->name,
		    type->fields[frame->at].name);
	} else {
		frame->at = i;
	}
	frame->is_seen[i] = true;
	cap_read_field(r, frame, i, node);
}

static void
cap_read_object(struct cap_reader *r, const struct tcs_cap_type *type,
    void *object, const struct tcs_xml_node *node)
{
	struct cap_frame frame = {.type = type, .object = object};

	for (const struct tcs_xml_node *child = tcs_xml_child(node);
	     child != NULL && !r->is_short; child = tcs_xml_next(child))
		cap_read_child(r, &frame, child);
}

static bool
cap_root_is_known(const struct tcs_xml_node *root, struct tcs_cap_notes *notes)
{
	const char *ns = tcs_xml_namespace(root);

	if (strcmp(tcs_xml_name(root), "alert") != 0) {
		tcs_cap_note_line(notes, TCS_CAP_INVALID, tcs_xml_line(root),
		    "<%.*s>: not a CAP message, its root is <alert>",
		    TCS_CAP_QUOTE(tcs_xml_name(root)));
		return false;
	}
	if (strcmp(ns, TCS_CAP_NS) != 0) {
		tcs_cap_note_line(notes, TCS_CAP_INVALID, tcs_xml_line(root),
		    "<alert>: namespace \"%.*s\"; only CAP 1.2 is "
		    "read, " TCS_CAP_NS,
		    TCS_CAP_QUOTE(ns));
		return false;
	}
	return true;
}

/* What breaks its form is no area to act on: take it out of the list. */
static void
cap_drop_shapes(
    struct tcs_cap_text **list, const char *(*fault)(const char *text))
{
	while (*list != NULL) {
		if (fault((*list)->text) != NULL)
			*list = (*list)->next;
		else
			list = &(*list)->next;
	}
}

static void
cap_drop_faulty(struct tcs_cap *cap)
{
	for (struct tcs_cap_info *info = cap->infos; info != NULL;
	     info = info->next) {
		struct tcs_cap_resource **at = &info->resources;
		while (*at != NULL) {
			if ((*at)->desc == NULL || (*at)->mime_type == NULL)
				*at = (*at)->next;
			else
				at = &(*at)->next;
		}
		for (struct tcs_cap_area *area = info->areas; area != NULL;
		     area = area->next) {
			cap_drop_shapes(&area->polygons, tcs_cap_polygon_fault);
			cap_drop_shapes(&area->circles, tcs_cap_circle_fault);
		}
	}
}

static enum tcs_err
cap_read_root(struct cap_reader *r, const struct tcs_xml_node *root)
{
	if (!cap_root_is_known(root, &r->notes))
		return TCS_EPARSE;
	tcs_cap_notes_place(&r->notes, r->cap, tcs_xml_line(root));
	cap_read_object(r, &tcs_cap_alert_type, r->cap, root);
	if (r->is_short || r->text.err != TCS_OK) {
		tcs_cap_note_line(&r->notes, TCS_CAP_INVALID,
		    tcs_xml_line(root),
		    "<alert>: more elements than a message may have");
		return TCS_ELIMIT;
	}
	tcs_cap_check_alert(r->cap, &r->notes);
	if (tcs_cap_notes_has(&r->notes, TCS_CAP_INVALID))
		return TCS_EPARSE;
	cap_drop_faulty(r->cap);
	return TCS_OK;
}

enum tcs_err
tcs_cap_read(
    struct tcs_slice text, struct tcs_cap **ret_cap, struct tcs_diag *diag)
{
	struct cap_reader r = {.notes = {.is_reading = true}};
	struct tcs_xml *xml = NULL;
	enum tcs_err err = tcs_xml_parse(text, TCS_CAP_MAX, NULL, &xml, diag);

	if (err != TCS_OK)
		return err;
	/* A byte of another encoding is at most three of UTF-8. */
	tcs_buf_init(&r.text, (size_t)3 * TCS_CAP_MAX);
	r.cap = tcs_cap_new();
	err = r.cap == NULL ? TCS_ENOMEM : cap_read_root(&r, tcs_xml_root(xml));
	tcs_xml_free(&xml);
	tcs_buf_fini(&r.text);
	tcs_cap_notes_fini(&r.notes, diag);
	if (err != TCS_OK) {
		tcs_cap_free(&r.cap);
		return err;
	}
	*ret_cap = r.cap;
	return TCS_OK;
}

#include <string.h>

#include "core/cap.h"
#include "core/cap_model.h"
#include "core/clock.h"
#include "core/xml.h"

/* One struct that is being filled from one element; and in it the element at
 * hand: its field, and the struct that it has of its own. */
struct cap_frame {
	const struct tcs_cap_type *type;
	void *object;
	void *last[TCS_CAP_FIELDS_MAX]; /* end of each list */
	bool is_seen[TCS_CAP_FIELDS_MAX];
	size_t at; /* furthest field met */

	const struct tcs_cap_field *field;
	void *item;    /* of TCS_CAP_CHILDREN */
	unsigned line; /* of the element at hand */
};

/* An alert, its info, its area, a geocode of that: no deeper. */
enum { CAP_FRAMES_MAX = 4 };

struct cap_reader {
	struct tcs_cap *cap;
	struct tcs_cap_notes notes;
	struct cap_frame frames[CAP_FRAMES_MAX];
	size_t frames_n;
	const char *ns;        /* of CAP, where the scan has it */
	bool has_root, is_cap; /* the root has begun; it is an alert */
	unsigned passed_n;     /* elements begun that are passed over */
	struct tcs_buf text;
	bool is_text;      /* the element at hand is read as text */
	bool has_elements; /* ... and has some inside */
	unsigned inside_n; /* ... so many of which have begun */
	bool is_short;     /* no room for more */
};

/* The element's text without outer blanks; NULL when empty. */
static const char *
cap_read_text(struct cap_reader *r, const struct cap_frame *frame)
{
	if (r->has_elements) {
		tcs_cap_note_line(&r->notes, TCS_CAP_FAULTY, frame->line,
		    "<%s>: elements inside, only their text is read",
		    frame->field->name);
	}
	struct tcs_slice text = tcs_slice_trim(tcs_buf_view(&r->text));
	if (text.n == 0)
		return NULL;
	const char *copy = tcs_arena_dup(r->cap->arena, text);
	if (copy == NULL)
		r->is_short = true;
	else
		tcs_cap_notes_place(&r->notes, copy, frame->line);
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
cap_read_time(struct cap_reader *r, const struct cap_frame *frame)
{
	const struct tcs_cap_field *field = frame->field;
	const char *text = cap_read_text(r, frame);
	int64_t ms;

	if (text == NULL)
		return;
	if (tcs_time_parse(tcs_slice_str(text), &ms) != TCS_OK) {
		enum tcs_cap_grade grade = field->need == TCS_CAP_INVALID
		                               ? TCS_CAP_INVALID
		                               : TCS_CAP_FAULTY;
		tcs_cap_note_line(&r->notes, grade, frame->line,
		    "<%s>: \"%.*s\" is not a time like "
		    "2026-11-23T17:00:00+01:00; left out",
		    field->name, TCS_CAP_QUOTE(text));
		return;
	}
	if (!cap_time_is_plain(text)) {
		tcs_cap_note_line(&r->notes, TCS_CAP_FAULTY, frame->line,
		    "<%s>: \"%.*s\" is read, but CAP asks for seconds and a "
		    "numeric offset such as +01:00 or -00:00",
		    field->name, TCS_CAP_QUOTE(text));
	}
	tcs_cap_set_time(frame->object, field->offset, ms);
	tcs_cap_notes_place(&r->notes,
	    (const char *)frame->object + field->offset, frame->line);
}

static void
cap_link(struct cap_frame *frame, void *item)
{
	size_t i = (size_t)(frame->field - frame->type->fields);

	tcs_cap_link(frame->object, frame->field, frame->last[i], item);
	frame->last[i] = item;
}

static void
cap_read_word(struct cap_reader *r, struct cap_frame *frame)
{
	const char *text = cap_read_text(r, frame);

	if (text == NULL)
		return;
	struct tcs_cap_text *item =
	    tcs_arena_alloc(r->cap->arena, sizeof(*item));
	if (item == NULL) {
		r->is_short = true;
		return;
	}
	item->text = text;
	tcs_cap_notes_place(&r->notes, item, frame->line);
	cap_link(frame, item);
}

static void
cap_end_text(struct cap_reader *r, struct cap_frame *frame)
{
	const struct tcs_cap_field *field = frame->field;

	r->is_text = false;
	if (field->kind == TCS_CAP_TIME) {
		cap_read_time(r, frame);
	} else if (field->kind == TCS_CAP_TEXTS) {
		cap_read_word(r, frame);
	} else {
		const char *text = cap_read_text(r, frame);
		tcs_cap_set_pointer(frame->object, field->offset, text);
		if (text == NULL)
			tcs_cap_notes_place(&r->notes,
			    (const char *)frame->object + field->offset,
			    frame->line);
	}
}

/* A name without value says nothing; a value without name neither. */
static bool
cap_pair_is_whole(struct cap_reader *r, const struct cap_frame *frame)
{
	const struct tcs_cap_value *pair = frame->item;

	if (!frame->field->type->is_pair)
		return true;
	if (pair->name == NULL) {
		tcs_cap_note_line(&r->notes, TCS_CAP_FAULTY, frame->line,
		    "<%s>: no <valueName>; left out", frame->field->name);
	}
	return pair->name != NULL && pair->value != NULL;
}

static void
cap_push(struct cap_reader *r, const struct tcs_cap_type *type, void *object,
    unsigned line)
{
	tcs_assert(r->frames_n < CAP_FRAMES_MAX);
	r->frames[r->frames_n++] =
	    (struct cap_frame){.type = type, .object = object};
	tcs_cap_notes_place(&r->notes, object, line);
}

static void
cap_pop(struct cap_reader *r)
{
	r->frames_n--;
	if (r->frames_n == 0)
		return;
	struct cap_frame *around = &r->frames[r->frames_n - 1];
	if (cap_pair_is_whole(r, around))
		cap_link(around, around->item);
}

/* Compared once, and where it is written again under another prefix. */
static bool
cap_ns_is_known(struct cap_reader *r, const struct tcs_xml_tag *tag)
{
	if (tag->ns == r->ns)
		return true;
	if (strcmp(tag->ns, TCS_CAP_NS) != 0)
		return false;
	r->ns = tag->ns;
	return true;
}

/* From the furthest field met on: a message in order is found at once. */
static size_t
cap_field_find(const struct cap_frame *frame, const char *name)
{
	const struct tcs_cap_type *type = frame->type;

	for (size_t n = 0; n < type->fields_n; n++) {
		size_t i = (frame->at + n) % type->fields_n;
		const char *field = type->fields[i].name;
		if (field[0] == name[0] && strcmp(field, name) == 0)
			return i;
	}
	return type->fields_n;
}

/* The field that the element is read into; NULL: it is passed over. */
static const struct tcs_cap_field *
cap_field_of(struct cap_reader *r, struct cap_frame *frame,
    const struct tcs_xml_tag *tag)
{
	const struct tcs_cap_type *type = frame->type;
	size_t i = cap_ns_is_known(r, tag) ? cap_field_find(frame, tag->name)
	                                   : type->fields_n;

	if (i == type->fields_n) {
		if (type != &tcs_cap_alert_type ||
		    strcmp(tag->ns, TCS_CAP_SIGNATURE_NS) != 0) {
			tcs_cap_note_line(&r->notes, TCS_CAP_FAULTY, tag->line,
			    "<%.*s>: no element of CAP 1.2 here; passed over",
			    TCS_CAP_QUOTE(tag->name));
		}
		return NULL;
	}
	const struct tcs_cap_field *field = &type->fields[i];
	bool is_single =
	    field->kind == TCS_CAP_TEXT || field->kind == TCS_CAP_TIME;
	if (is_single && frame->is_seen[i]) {
		enum tcs_cap_grade grade = field->need == TCS_CAP_INVALID
		                               ? TCS_CAP_INVALID
		                               : TCS_CAP_FAULTY;
		tcs_cap_note_line(&r->notes, grade, tag->line,
		    "<%s>: more than once, the first counts", field->name);
		return NULL;
	}
	if (i < frame->at) {
		tcs_cap_note_line(&r->notes, TCS_CAP_FAULTY, tag->line,
		    "<%s>: out of order, it belongs before <%s>", field->name,
		    type->fields[frame->at].name);
	} else {
		frame->at = i;
	}
	frame->is_seen[i] = true;
	return field;
}

static void
cap_start_child(struct cap_reader *r, const struct tcs_xml_tag *tag)
{
	struct cap_frame *frame = &r->frames[r->frames_n - 1];
	const struct tcs_cap_field *field = cap_field_of(r, frame, tag);

	if (field == NULL) {
		r->passed_n = 1;
		return;
	}
	frame->field = field;
	frame->line = tag->line;
	if (field->kind != TCS_CAP_CHILDREN) {
		tcs_buf_reset(&r->text);
		r->is_text = true;
		r->has_elements = false;
		return;
	}
	frame->item = tcs_cap_object_new(r->cap->arena, field->type);
	if (frame->item == NULL)
		r->is_short = true;
	else
		cap_push(r, field->type, frame->item, tag->line);
}

static bool
cap_root_is_known(const struct tcs_xml_tag *tag, struct tcs_cap_notes *notes)
{
	if (strcmp(tag->name, "alert") != 0) {
		tcs_cap_note_line(notes, TCS_CAP_INVALID, tag->line,
		    "<%.*s>: not a CAP message, its root is <alert>",
		    TCS_CAP_QUOTE(tag->name));
		return false;
	}
	if (strcmp(tag->ns, TCS_CAP_NS) != 0) {
		tcs_cap_note_line(notes, TCS_CAP_INVALID, tag->line,
		    "<alert>: namespace \"%.*s\"; only CAP 1.2 is "
		    "read, " TCS_CAP_NS,
		    TCS_CAP_QUOTE(tag->ns));
		return false;
	}
	return true;
}

static void
cap_start_root(struct cap_reader *r, const struct tcs_xml_tag *tag)
{
	r->has_root = true;
	r->is_cap = cap_root_is_known(tag, &r->notes);
	if (r->is_cap)
		cap_push(r, &tcs_cap_alert_type, r->cap, tag->line);
	else
		r->passed_n = 1;
}

static void
cap_on_start(void *arg, const struct tcs_xml_tag *tag)
{
	struct cap_reader *r = arg;

	if (r->is_short)
		return;
	if (r->passed_n > 0) {
		r->passed_n++;
	} else if (r->is_text) {
		r->has_elements = true;
		r->inside_n++;
	} else if (!r->has_root) {
		cap_start_root(r, tag);
	} else {
		cap_start_child(r, tag);
	}
}

static void
cap_on_text(void *arg, struct tcs_slice text)
{
	struct cap_reader *r = arg;

	if (r->is_text && r->passed_n == 0)
		tcs_buf_append(&r->text, text.p, text.n);
}

static void
cap_on_end(void *arg)
{
	struct cap_reader *r = arg;

	if (r->is_short)
		return;
	if (r->passed_n > 0)
		r->passed_n--;
	else if (r->is_text && r->inside_n > 0)
		r->inside_n--;
	else if (r->is_text)
		cap_end_text(r, &r->frames[r->frames_n - 1]);
	else
		cap_pop(r);
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

/* What the document says, once it has been read whole. */
static enum tcs_err
cap_read_end(struct cap_reader *r)
{
	if (r->is_short || r->text.err != TCS_OK) {
		tcs_cap_note_line(&r->notes, TCS_CAP_INVALID,
		    tcs_cap_notes_line(&r->notes, TCS_CAP_INVALID, r->cap),
		    "<alert>: more elements than a message may have");
		return TCS_ELIMIT;
	}
	if (r->is_cap)
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
	static const struct tcs_xml_events events = {
	    cap_on_start, cap_on_text, cap_on_end};
	struct cap_reader r = {.notes = {.is_reading = true}};

	r.cap = tcs_cap_new();
	if (r.cap == NULL)
		return TCS_ENOMEM;
	/* A byte of another encoding is at most three of UTF-8. */
	tcs_buf_init(&r.text, (size_t)3 * TCS_CAP_MAX);
	enum tcs_err err = tcs_xml_scan(text, TCS_CAP_MAX, &events, &r, diag);
	bool is_xml = err == TCS_OK;
	if (is_xml)
		err = cap_read_end(&r);
	tcs_buf_fini(&r.text);
	tcs_cap_notes_fini(&r.notes, is_xml ? diag : NULL);
	if (err != TCS_OK) {
		tcs_cap_free(&r.cap);
		return err;
	}
	*ret_cap = r.cap;
	return TCS_OK;
}

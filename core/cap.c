#include "core/cap.h"

#include <string.h>

#include "core/arena.h"
#include "core/cap_model.h"
#include "core/clock.h"

enum { CAP_ARENA_MAX = 8 * TCS_CAP_MAX };

struct tcs_cap *
tcs_cap_new(void)
{
	struct tcs_arena *arena = tcs_arena_new(CAP_ARENA_MAX);
	struct tcs_cap *cap =
	    arena == NULL ? NULL
	                  : tcs_cap_object_new(arena, &tcs_cap_alert_type);

	if (cap == NULL) {
		tcs_arena_free(&arena);
		return NULL;
	}
	cap->arena = arena;
	return cap;
}

void
tcs_cap_free(struct tcs_cap **cap)
{
	if (cap == NULL || *cap == NULL)
		return;
	struct tcs_arena *arena = (*cap)->arena; /* holds *cap too */
	tcs_arena_free(&arena);
	*cap = NULL;
}

const char *
tcs_cap_dup(struct tcs_cap *cap, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return NULL;
	const char *copy = tcs_arena_dup(cap->arena, tcs_slice_str(text));
	if (copy == NULL)
		cap->is_short = true;
	return copy;
}

struct tcs_cap_info *
tcs_cap_add_info(struct tcs_cap *cap)
{
	const struct tcs_cap_field *field =
	    &tcs_cap_alert_type.fields[tcs_cap_alert_type.fields_n - 1];
	struct tcs_cap_info *info = tcs_cap_object_new(cap->arena, field->type);
	struct tcs_cap_info **at = &cap->infos;

	if (info == NULL) {
		cap->is_short = true;
		return NULL;
	}
	while (*at != NULL)
		at = &(*at)->next;
	*at = info;
	return info;
}

struct tcs_cap_area *
tcs_cap_add_area(
    struct tcs_cap *cap, struct tcs_cap_info *info, const char *desc)
{
	struct tcs_cap_area *area = tcs_arena_alloc(cap->arena, sizeof(*area));
	struct tcs_cap_area **at = &info->areas;

	if (area == NULL) {
		cap->is_short = true;
		return NULL;
	}
	area->desc = tcs_cap_dup(cap, desc);
	while (*at != NULL)
		at = &(*at)->next;
	*at = area;
	return area;
}

struct tcs_cap_resource *
tcs_cap_add_resource(struct tcs_cap *cap, struct tcs_cap_info *info,
    const char *desc, const char *mime_type)
{
	struct tcs_cap_resource *resource =
	    tcs_arena_alloc(cap->arena, sizeof(*resource));
	struct tcs_cap_resource **at = &info->resources;

	if (resource == NULL) {
		cap->is_short = true;
		return NULL;
	}
	resource->desc = tcs_cap_dup(cap, desc);
	resource->mime_type = tcs_cap_dup(cap, mime_type);
	while (*at != NULL)
		at = &(*at)->next;
	*at = resource;
	return resource;
}

void
tcs_cap_add_text(
    struct tcs_cap *cap, struct tcs_cap_text **list, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	struct tcs_cap_text *node = tcs_arena_alloc(cap->arena, sizeof(*node));
	if (node == NULL) {
		cap->is_short = true;
		return;
	}
	node->text = tcs_cap_dup(cap, text);
	while (*list != NULL)
		list = &(*list)->next;
	*list = node;
}

void
tcs_cap_add_value(struct tcs_cap *cap, struct tcs_cap_value **list,
    const char *name, const char *value)
{
	if (name == NULL || value == NULL || value[0] == '\0')
		return;
	struct tcs_cap_value *node = tcs_arena_alloc(cap->arena, sizeof(*node));
	if (node == NULL) {
		cap->is_short = true;
		return;
	}
	node->name = tcs_cap_dup(cap, name);
	node->value = tcs_cap_dup(cap, value);
	while (*list != NULL)
		list = &(*list)->next;
	*list = node;
}

const char *
tcs_cap_param(const struct tcs_cap *cap, const char *name)
{
	const struct tcs_cap_value *at =
	    cap->infos == NULL ? NULL : cap->infos->parameters;

	while (at != NULL && strcmp(at->name, name) != 0)
		at = at->next;
	return at == NULL ? NULL : at->value;
}

void
tcs_cap_set_param(struct tcs_cap *cap, const char *name, const char *value)
{
	if (cap->infos == NULL) {
		cap->is_short = true; /* nowhere to put it */
		return;
	}
	struct tcs_cap_value **at = &cap->infos->parameters;
	while (*at != NULL && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	if (*at == NULL)
		tcs_cap_add_value(cap, at, name, value);
	else if (value == NULL || value[0] == '\0')
		*at = (*at)->next;
	else
		(*at)->value = tcs_cap_dup(cap, value);
}

static void cap_copy_object(struct tcs_cap *to_cap, void *to, const void *from,
    const struct tcs_cap_type *type);

static void
cap_copy_list(struct tcs_cap *to_cap, void *to, const void *from,
    const struct tcs_cap_field *field)
{
	void *last = NULL;

	for (const void *at = tcs_cap_pointer(from, field->offset); at != NULL;
	     at = tcs_cap_pointer(at, tcs_cap_next_offset(field))) {
		void *node =
		    field->kind == TCS_CAP_TEXTS
		        ? tcs_arena_alloc(
		              to_cap->arena, sizeof(struct tcs_cap_text))
		        : tcs_cap_object_new(to_cap->arena, field->type);
		if (node == NULL) {
			to_cap->is_short = true;
			return;
		}
		if (field->kind == TCS_CAP_TEXTS) {
			const struct tcs_cap_text *text = at;
			((struct tcs_cap_text *)node)->text =
			    tcs_cap_dup(to_cap, text->text);
		} else {
			cap_copy_object(to_cap, node, at, field->type);
		}
		tcs_cap_link(to, field, last, node);
		last = node;
	}
}

static void
cap_copy_object(struct tcs_cap *to_cap, void *to, const void *from,
    const struct tcs_cap_type *type)
{
	for (size_t i = 0; i < type->fields_n; i++) {
		const struct tcs_cap_field *field = &type->fields[i];
		size_t offset = field->offset;
		if (field->kind == TCS_CAP_TIME)
			tcs_cap_set_time(
			    to, offset, tcs_cap_time(from, offset));
		else if (field->kind == TCS_CAP_TEXT)
			tcs_cap_set_pointer(to, offset,
			    tcs_cap_dup(to_cap, tcs_cap_pointer(from, offset)));
		else
			cap_copy_list(to_cap, to, from, field);
	}
}

struct tcs_cap *
tcs_cap_copy(const struct tcs_cap *cap)
{
	struct tcs_cap *copy = tcs_cap_new();

	if (copy == NULL)
		return NULL;
	cap_copy_object(copy, copy, cap, &tcs_cap_alert_type);
	if (copy->is_short)
		tcs_cap_free(&copy);
	return copy;
}

void
tcs_cap_reference(const struct tcs_cap *cap, struct tcs_buf *buf)
{
	char sent[TCS_TIME_TEXT];

	tcs_buf_str(buf, cap->sender);
	tcs_buf_char(buf, ',');
	tcs_buf_str(buf, cap->identifier);
	tcs_buf_char(buf, ',');
	tcs_buf_str(buf, tcs_time_iso(cap->sent_ms, sent));
}

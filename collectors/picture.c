#include "collectors/picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/readings.h"
#include "core/arena.h"
#include "core/clock.h"

enum {
	PICTURE_ARENA_MAX = 64 << 20,
	PICTURE_LASTS_MAX = 128,
	PICTURE_LEVELS_MAX = 50
};

struct tcs_picture *
tcs_picture_new(void)
{
	struct tcs_picture *picture = calloc(1, sizeof(*picture));

	if (picture == NULL)
		return NULL;
	picture->arena = tcs_arena_new(PICTURE_ARENA_MAX);
	if (picture->arena == NULL)
		tcs_picture_free(&picture);
	return picture;
}

void
tcs_picture_free(struct tcs_picture **picture)
{
	if (picture == NULL || *picture == NULL)
		return;
	tcs_arena_free(&(*picture)->arena);
	free((*picture)->zones);
	free(*picture);
	*picture = NULL;
}

bool
tcs_picture_is_empty(const struct tcs_picture *picture)
{
	return picture->hash[0] == '\0';
}

static int
picture_order(const void *a, const void *b)
{
	const struct tcs_zone *x = a, *y = b;

	return tcs_zone_compare(x->zone, x->phenomenon, y->zone, y->phenomenon);
}

const struct tcs_zone *
tcs_picture_find(
    const struct tcs_picture *picture, const char *zone, const char *phenomenon)
{
	const struct tcs_zone key = {.zone = zone, .phenomenon = phenomenon};

	return picture->n == 0 ? NULL
	                       : bsearch(&key, picture->zones, picture->n,
	                             sizeof(key), picture_order);
}

struct tcs_zone *
tcs_picture_add(struct tcs_picture *picture)
{
	size_t n = picture->n;

	if (n >= TCS_PICTURE_ZONES_MAX)
		return NULL;
	if ((n & (n - 1)) == 0) { /* 0 and the powers of two: full */
		struct tcs_zone *zones = realloc(
		    picture->zones, (n == 0 ? 1 : 2 * n) * sizeof(*zones));
		if (zones == NULL)
			return NULL;
		picture->zones = zones;
	}
	picture->zones[n] = (struct tcs_zone){0};
	picture->n++;
	return &picture->zones[n];
}

void
tcs_picture_sort(struct tcs_picture *picture)
{
	if (picture->n > 1)
		qsort(picture->zones, picture->n, sizeof(picture->zones[0]),
		    picture_order);
}

/* It was told, and its end too. */
static bool
picture_is_over(const struct tcs_zone *zone)
{
	bool is_over = zone->kind == TCS_READING_ITEM && zone->lasts_n > 0;

	for (size_t i = 0; i < zone->lasts_n; i++)
		is_over = is_over && zone->lasts[i].is_end;
	return is_over;
}

json_t *
tcs_picture_levels(const struct tcs_picture *picture)
{
	json_t *levels = json_object();

	for (size_t i = 0; levels != NULL && i < picture->n; i++) {
		const char *level = picture->zones[i].level;
		if (picture_is_over(&picture->zones[i]))
			continue;
		/* They are words of the source. */
		if (json_object_size(levels) >= PICTURE_LEVELS_MAX &&
		    json_object_get(levels, level) == NULL)
			level = "autres";
		int64_t n = tcs_json_i64(levels, level, 0);
		if (!tcs_json_set_i64(levels, level, n + 1)) {
			json_decref(levels);
			levels = NULL;
		}
	}
	return levels;
}

/* ---- as the store keeps it ---- */

/* A time that is not known is left out. */
static bool
picture_set_time(json_t *json, const char *member, int64_t ms)
{
	return ms == TCS_NO_TIME || tcs_json_set_i64(json, member, ms);
}

bool
tcs_picture_head_to_json(const struct tcs_picture *picture, json_t *json)
{
	const struct tcs_document *d = &picture->document;

	if (tcs_picture_is_empty(picture))
		return true;
	return tcs_json_set_str(json, "hash", picture->hash) &&
	       tcs_json_set_i64(json, "held_ms", picture->fetched_ms) &&
	       picture_set_time(json, "issued_ms", d->issued_ms) &&
	       picture_set_time(json, "next_issue_ms", d->next_issue_ms) &&
	       picture_set_time(json, "expires_ms", d->expires_ms) &&
	       picture_set_time(json, "frozen_ms", d->frozen_ms) &&
	       (d->note[0] == '\0' ||
	           tcs_json_set_str(json, "note", d->note)) &&
	       tcs_json_set_i64(json, "skipped", d->skipped);
}

void
tcs_picture_head_from_json(struct tcs_picture *picture, const json_t *json)
{
	const char *hash = tcs_json_str(json, "hash", "");

	if (strlen(hash) != TCS_DIGEST_HEX - 1)
		return;
	memcpy(picture->hash, hash, TCS_DIGEST_HEX);
	picture->fetched_ms = tcs_json_i64(json, "held_ms", 0);
	picture->document = (struct tcs_document){
	    .issued_ms = tcs_json_i64(json, "issued_ms", TCS_NO_TIME),
	    .next_issue_ms = tcs_json_i64(json, "next_issue_ms", TCS_NO_TIME),
	    .expires_ms = tcs_json_i64(json, "expires_ms", TCS_NO_TIME),
	    .frozen_ms = tcs_json_i64(json, "frozen_ms", TCS_NO_TIME),
	    .skipped = (unsigned)tcs_json_i64(json, "skipped", 0),
	};
	(void)snprintf(picture->document.note, sizeof(picture->document.note),
	    "%s", tcs_json_str(json, "note", ""));
}

json_t *
tcs_last_to_json(const struct tcs_last *last)
{
	json_t *json = json_object();

	if (json == NULL ||
	    !tcs_json_set_str(json, "departement", last->departement) ||
	    !tcs_json_set_str(json, "identifier", last->identifier) ||
	    !tcs_json_set_str(json, "reference", last->reference) ||
	    !tcs_json_set_str(json, "trace", last->trace) ||
	    !tcs_json_set_i64(json, "expires_ms", last->expires_ms) ||
	    json_object_set_new(json, "is_end", json_boolean(last->is_end)) !=
	        0) {
		json_decref(json);
		return NULL;
	}
	return json;
}

static bool
picture_add_lists(json_t *json, const struct tcs_zone *zone)
{
	json_t *departements = json_array(), *lasts = json_array();

	/* "Set new" takes its value also when it fails. */
	if (json_object_set_new(json, "departements", departements) != 0 ||
	    json_object_set_new(json, "lasts", lasts) != 0)
		return false;
	for (const char *const *d = zone->departements; *d != NULL; d++) {
		if (json_array_append_new(departements, json_string(*d)) != 0)
			return false;
	}
	for (size_t i = 0; i < zone->lasts_n; i++) {
		if (json_array_append_new(
		        lasts, tcs_last_to_json(&zone->lasts[i])) != 0)
			return false;
	}
	return true;
}

static const char *const picture_kinds[] = {
    [TCS_READING_LEVEL] = "level",
    [TCS_READING_ITEM] = "item",
    [TCS_READING_MEASURE] = "measure",
};

/* LEVEL is what a zone without a kind is. */
static bool
picture_set_kind(json_t *json, const struct tcs_zone *zone)
{
	if (zone->kind == TCS_READING_LEVEL)
		return true;
	if (!tcs_json_set_str(json, "kind", picture_kinds[zone->kind]))
		return false;
	return zone->kind != TCS_READING_MEASURE ||
	       json_object_set_new(json, "value", json_real(zone->value)) == 0;
}

static void
picture_get_kind(const json_t *json, struct tcs_zone *zone)
{
	const char *word = tcs_json_str(json, "kind", "level");

	for (int i = TCS_READING_LEVEL; i <= TCS_READING_MEASURE; i++) {
		if (strcmp(word, picture_kinds[i]) == 0)
			zone->kind = (enum tcs_reading_kind)i;
	}
	zone->value = json_number_value(json_object_get(json, "value"));
}

json_t *
tcs_zone_to_json(const struct tcs_zone *zone)
{
	json_t *json = json_object();

	if (json == NULL || !picture_set_kind(json, zone) ||
	    !tcs_json_set_str(json, "zone", zone->zone) ||
	    !tcs_json_set_str(json, "phenomenon", zone->phenomenon) ||
	    !tcs_json_set_str(json, "name", zone->name) ||
	    !tcs_json_set_str(json, "level", zone->level) ||
	    !tcs_json_set_str(json, "text_hash", zone->text_hash) ||
	    !tcs_json_set_i64(json, "absent", zone->absent) ||
	    !tcs_json_set_i64(json, "seen_ms", zone->seen_ms) ||
	    !picture_add_lists(json, zone)) {
		json_decref(json);
		return NULL;
	}
	return json;
}

static const char *
picture_dup(struct tcs_arena *arena, const json_t *json, const char *member)
{
	const char *text = tcs_json_str(json, member, NULL);

	return text == NULL ? NULL : tcs_arena_dup(arena, tcs_slice_str(text));
}

bool
tcs_last_from_json(
    struct tcs_arena *arena, const json_t *json, struct tcs_last *last)
{
	last->departement = picture_dup(arena, json, "departement");
	last->identifier = picture_dup(arena, json, "identifier");
	last->reference = picture_dup(arena, json, "reference");
	last->trace = picture_dup(arena, json, "trace");
	last->expires_ms = tcs_json_i64(json, "expires_ms", 0);
	last->is_end = tcs_json_bool(json, "is_end", false);
	return last->departement != NULL && last->identifier != NULL &&
	       last->reference != NULL && last->trace != NULL;
}

static bool
picture_lists_from_json(
    struct tcs_picture *picture, const json_t *json, struct tcs_zone *zone)
{
	const json_t *departements = json_object_get(json, "departements");
	const json_t *lasts = json_object_get(json, "lasts");
	size_t n = json_array_size(departements), m = json_array_size(lasts);

	if (n > PICTURE_LASTS_MAX || m > PICTURE_LASTS_MAX)
		return false;
	const char **codes =
	    tcs_arena_alloc(picture->arena, (n + 1) * sizeof(*codes));
	zone->departements = codes;
	zone->lasts =
	    tcs_arena_alloc(picture->arena, (m + 1) * sizeof(zone->lasts[0]));
	if (codes == NULL || zone->lasts == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *code =
		    json_string_value(json_array_get(departements, i));
		codes[i] = code == NULL ? NULL
		                        : tcs_arena_dup(picture->arena,
		                              tcs_slice_str(code));
		if (codes[i] == NULL)
			return false;
	}
	for (; zone->lasts_n < m; zone->lasts_n++) {
		if (!tcs_last_from_json(picture->arena,
		        json_array_get(lasts, zone->lasts_n),
		        &zone->lasts[zone->lasts_n]))
			return false;
	}
	return true;
}

enum tcs_err
tcs_zone_from_json(
    struct tcs_picture *picture, const json_t *json, struct tcs_diag *diag)
{
	struct tcs_zone zone = {
	    .zone = picture_dup(picture->arena, json, "zone"),
	    .phenomenon = picture_dup(picture->arena, json, "phenomenon"),
	    .name = picture_dup(picture->arena, json, "name"),
	    .level = picture_dup(picture->arena, json, "level"),
	    .text_hash = picture_dup(picture->arena, json, "text_hash"),
	    .absent = (unsigned)tcs_json_i64(json, "absent", 0),
	    .seen_ms = tcs_json_i64(json, "seen_ms", 0),
	};

	picture_get_kind(json, &zone);
	if (zone.zone == NULL || zone.phenomenon == NULL || zone.name == NULL ||
	    zone.level == NULL ||
	    !picture_lists_from_json(picture, json, &zone))
		return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "not a zone as this program keeps it");
	struct tcs_zone *to = tcs_picture_add(picture);
	if (to == NULL)
		return TCS_ENOMEM;
	*to = zone;
	return TCS_OK;
}

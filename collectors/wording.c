#include "collectors/wording.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/signals.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/level.h"

enum { WORDING_MAX = 65536, WORDING_LIST_MAX = 24576 /* of zones */ };

static bool
wording_is_unknown(const char *level)
{
	return tcs_level_rank(level) == TCS_RANK_UNKNOWN;
}

static const char *
wording_steal(struct tcs_arena *arena, struct tcs_buf *buf)
{
	const char *text =
	    buf->err == TCS_OK ? tcs_arena_dup(arena, tcs_buf_view(buf)) : NULL;

	tcs_buf_fini(buf);
	return text;
}

const char *
tcs_word_headline(struct tcs_arena *arena, const struct tcs_wording *w)
{
	const struct tcs_zone *zone = w->zone;

	if (w->reading != NULL && w->reading->headline != NULL &&
	    w->change != TCS_CHANGE_MOVED)
		return tcs_arena_dup(
		    arena, tcs_slice_str(w->reading->headline));
	if (zone->kind != TCS_READING_LEVEL)
		return tcs_arena_printf(
		    arena, "%s : %s", w->source_name, zone->name);
	if (w->change == TCS_CHANGE_END)
		return tcs_arena_printf(arena, "Fin de vigilance %s : %s",
		    zone->phenomenon, zone->name);
	if (wording_is_unknown(zone->level))
		return tcs_arena_printf(arena,
		    "Vigilance %s, niveau inconnu : %s", zone->phenomenon,
		    zone->name);
	return tcs_arena_printf(arena, "Vigilance %s %s : %s", zone->phenomenon,
	    zone->level, zone->name);
}

static void
wording_fact(struct tcs_buf *buf, const struct tcs_wording *w)
{
	const struct tcs_zone *z = w->zone;
	const char *who = w->source_name, *word = w->zone_word;

	if (z->kind != TCS_READING_LEVEL && w->change == TCS_CHANGE_LEVEL) {
		tcs_buf_printf(buf, "%s : %s", who, z->name);
		return;
	}
	if (z->kind != TCS_READING_LEVEL && w->change == TCS_CHANGE_END) {
		tcs_buf_printf(buf, "%s : fin, %s", who, z->name);
		return;
	}
	switch (w->change) {
	case TCS_CHANGE_LEVEL:
		tcs_buf_printf(buf, "%s place le %s %s (%s) en vigilance %s %s",
		    who, word, z->name, z->zone, z->phenomenon, z->level);
		break;
	case TCS_CHANGE_UNREADABLE:
		tcs_buf_printf(buf,
		    "%s publie pour le %s %s (%s) un niveau de vigilance %s "
		    "qui n'a pas pu être lu",
		    who, word, z->name, z->zone, z->phenomenon);
		break;
	case TCS_CHANGE_VANISHED:
		tcs_buf_printf(buf,
		    "Le %s %s (%s) manque dans les deux dernières publications "
		    "de %s",
		    word, z->name, z->zone, who);
		break;
	case TCS_CHANGE_END:
		tcs_buf_printf(buf,
		    "%s ne place plus le %s %s (%s) en vigilance %s : niveau "
		    "%s",
		    who, word, z->name, z->zone, z->phenomenon, z->level);
		break;
	case TCS_CHANGE_MOVED:
		tcs_buf_printf(buf,
		    "Le %s %s (%s) n'est plus rattaché à ce département par la "
		    "table de Tocsin",
		    word, z->name, z->zone);
		break;
	}
}

static void
wording_source(struct tcs_buf *buf, const char *source_name, int64_t issued_ms)
{
	char issued[TCS_TIME_TEXT];

	if (issued_ms != TCS_NO_TIME)
		tcs_buf_printf(
		    buf, "Publié le %s. ", tcs_time_french(issued_ms, issued));
	tcs_buf_printf(buf, "Source : © %s.", source_name);
}

const char *
tcs_word_source(
    struct tcs_arena *arena, const char *source_name, int64_t issued_ms)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, WORDING_MAX);
	wording_source(&buf, source_name, issued_ms);
	return wording_steal(arena, &buf);
}

const char *
tcs_word_description(struct tcs_arena *arena, const struct tcs_wording *w)
{
	const char *text = w->reading == NULL ? NULL : w->reading->text;
	struct tcs_buf buf;

	tcs_buf_init(&buf, WORDING_MAX);
	/* An item or a number speaks for itself while it is there. */
	bool is_own = w->zone->kind != TCS_READING_LEVEL ||
	              (w->reading != NULL && w->reading->is_worded);
	if (!is_own || text == NULL || w->change == TCS_CHANGE_MOVED) {
		wording_fact(&buf, w);
		tcs_buf_str(&buf, ".");
		if (wording_is_unknown(w->zone->level))
			tcs_buf_str(&buf, " Ce n'est pas un retour au vert.");
		if (text != NULL)
			tcs_buf_char(&buf, '\n');
	}
	if (text != NULL)
		tcs_buf_str(&buf, text);
	tcs_buf_char(&buf, '\n');
	wording_source(&buf, w->source_name, TCS_NO_TIME);
	return wording_steal(arena, &buf);
}

const char *
tcs_word_feed(struct tcs_arena *arena, const struct tcs_origin *origin)
{
	bool is_named =
	    strcmp(origin->source_name, origin->ops->source_name) != 0;
	bool is_only = strcmp(origin->feed, origin->ops->name) == 0 ||
	               strcmp(origin->feed, origin->ops->source) == 0;

	return is_named || is_only ? origin->source_name
	                           : tcs_arena_printf(arena, "%s (%s)",
	                                 origin->source_name, origin->feed);
}

/* A zone in a list to be sorted. */
struct wording_item {
	const struct tcs_zone *zone;
};

/* Gravest first; unknown after the colours, before green; then by code. */
static int
wording_gravest(const void *a, const void *b)
{
	const struct tcs_zone *x = ((const struct wording_item *)a)->zone;
	const struct tcs_zone *y = ((const struct wording_item *)b)->zone;
	int rank_x =
	    wording_is_unknown(x->level) ? 3 : 2 * tcs_level_rank(x->level);
	int rank_y =
	    wording_is_unknown(y->level) ? 3 : 2 * tcs_level_rank(y->level);

	if (rank_x != rank_y)
		return rank_y - rank_x;
	return strcmp(x->zone, y->zone);
}

/* "Aa (AP5) : orange (crues)"; of what has no level, what it is. */
static void
wording_zone(
    struct tcs_buf *buf, const char *before, const struct tcs_zone *zone)
{
	tcs_buf_printf(buf, "%s%s", before, zone->name);
	if (!tcs_zone_is_made(zone->zone))
		tcs_buf_printf(buf, " (%s)", zone->zone);
	tcs_buf_str(buf, " : ");
	if (tcs_level_rank(zone->level) == 0)
		tcs_buf_str(buf, zone->phenomenon);
	else
		tcs_buf_printf(buf, "%s (%s)", tcs_level_words(zone->level),
		    zone->phenomenon);
}

const char *
tcs_word_zones(struct tcs_arena *arena, const struct tcs_picture *picture,
    unsigned notes, size_t max)
{
	struct wording_item *items = calloc(picture->n + 1, sizeof(*items));
	struct tcs_buf buf;
	size_t n = 0;

	if (items == NULL)
		return NULL;
	for (size_t i = 0; i < picture->n; i++) {
		if ((picture->zones[i].notes & notes) != 0)
			items[n++].zone = &picture->zones[i];
	}
	if (n > 1)
		qsort(items, n, sizeof(items[0]), wording_gravest);
	tcs_buf_init(&buf, WORDING_MAX);
	size_t i = 0;
	for (; i < n && i < max && buf.n < WORDING_LIST_MAX; i++) {
		const struct tcs_zone *zone = items[i].zone;
		wording_zone(&buf, i == 0 ? "" : "\n", zone);
	}
	if (i < n)
		tcs_buf_printf(&buf, "\net %zu autres", n - i);
	free(items);
	return wording_steal(arena, &buf);
}

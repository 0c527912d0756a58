#include "collectors/compare.h"

#include <string.h>

#include "collectors/compare_run.h"
#include "collectors/wording.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/level.h"

enum {
	COMPARE_MASS_PERCENT = 30, /* more at once is held one poll … */
	COMPARE_MASS_MIN = 10,     /* … when as many zones are known */
	COMPARE_LISTED_MAX = 400,  /* zones named in one System signal */
	COMPARE_HEADLINE_MAX = 1000,
};

#define COMPARE_GAP_MS TCS_HOURS(24)
#define COMPARE_SYSTEM_MS TCS_HOURS(24)

static const struct tcs_document *
compare_document(const struct tcs_compare_run *c)
{
	return &c->in->readings->document;
}

/* Both lists are in the same order: one pass. */
static enum tcs_err
compare_zones(struct tcs_compare_run *c)
{
	const struct tcs_picture *held = c->in->held;
	const struct tcs_readings *readings = c->in->readings;
	enum tcs_err err = TCS_OK;
	size_t i = 0, k = 0;

	while (err == TCS_OK && (i < held->n || k < readings->n)) {
		const struct tcs_zone *before =
		    i < held->n ? &held->zones[i] : NULL;
		const struct tcs_reading *reading =
		    k < readings->n ? &readings->items[k] : NULL;
		int order =
		    before == NULL ? 1
		    : reading == NULL
		        ? -1
		        : tcs_zone_compare(before->zone, before->phenomenon,
		              reading->zone, reading->phenomenon);
		i += order <= 0;
		k += order >= 0;
		err = tcs_compare_zone(
		    c, order <= 0 ? before : NULL, order >= 0 ? reading : NULL);
	}
	return err;
}

/* ---- what is said of the document as a whole ---- */

static enum tcs_err
compare_system(struct tcs_compare_run *c, const char *phenomenon,
    const char *level, const char *headline, const char *list)
{
	const struct tcs_document *document = compare_document(c);
	struct tcs_arena *arena = c->out->signals.arena;
	const char *source = tcs_word_source(
	    arena, c->in->origin->source_name, document->issued_ms);

	if (headline == NULL || list == NULL || source == NULL)
		return TCS_ENOMEM;
	const struct tcs_system_text text = {
	    .phenomenon = phenomenon,
	    .level = level,
	    .headline = headline,
	    .description = tcs_arena_printf(arena, "%s\n%s", list, source),
	    .issued_ms = document->issued_ms,
	    .fetched_ms = c->in->fetched_ms,
	    .expires_ms = c->in->fetched_ms + COMPARE_SYSTEM_MS,
	};
	return text.description == NULL
	           ? TCS_ENOMEM
	           : tcs_signals_add_system(
	                 &c->out->signals, c->in->origin, &text, NULL, NULL);
}

static size_t
compare_count(const struct tcs_picture *picture, unsigned notes)
{
	size_t n = 0;

	for (size_t i = 0; i < picture->n; i++)
		n += (picture->zones[i].notes & notes) != 0;
	return n;
}

/* One signal for all zones that bear `note`, whatever their number. */
static enum tcs_err
compare_problem(struct tcs_compare_run *c, unsigned note,
    const char *phenomenon, const char *what)
{
	struct tcs_arena *arena = c->out->signals.arena;
	size_t n = compare_count(c->out->picture, note);

	if (n == 0)
		return TCS_OK;
	return compare_system(c, phenomenon, "anomalie",
	    tcs_arena_printf(arena, "%s : %s (%zu)",
	        tcs_word_feed(arena, c->in->origin), what, n),
	    tcs_word_zones(arena, c->out->picture, note, COMPARE_LISTED_MAX));
}

/* Parts that name no zone have nothing but a number to be known by. */
static enum tcs_err
compare_skipped(struct tcs_compare_run *c)
{
	struct tcs_arena *arena = c->out->signals.arena;
	unsigned n = compare_document(c)->skipped;

	if (n == 0 || n == c->in->held->document.skipped)
		return TCS_OK;
	return compare_system(c, "zones-sans-code", "anomalie",
	    tcs_arena_printf(arena, "%s : zones sans code lisible (%u)",
	        tcs_word_feed(arena, c->in->origin), n),
	    "Elles ne sont pas suivies.");
}

/* What is wrong with it though it was read, each time that it is another. */
static enum tcs_err
compare_note(struct tcs_compare_run *c)
{
	struct tcs_arena *arena = c->out->signals.arena;
	const char *note = compare_document(c)->note;

	if (note[0] == '\0' || strcmp(note, c->in->held->document.note) == 0)
		return TCS_OK;
	return compare_system(c, "document-anormal", "anomalie",
	    tcs_arena_printf(arena, "%s : publication lue malgré une anomalie",
	        tcs_word_feed(arena, c->in->origin)),
	    note);
}

/* "au-dessus du vert": as long as all that stand are colours. */
static const char *
compare_lowest(const struct tcs_picture *picture)
{
	for (size_t i = 0; i < picture->n; i++) {
		const struct tcs_zone *zone = &picture->zones[i];
		if ((zone->notes & TCS_NOTE_STANDING) != 0 &&
		    zone->kind == TCS_READING_LEVEL &&
		    tcs_level_rank(zone->level) != TCS_RANK_UNKNOWN &&
		    !tcs_level_is_colour(zone->level))
			return "niveau le plus bas";
	}
	return "vert";
}

/* What a first state has, by what is to be said of it. */
struct compare_first {
	size_t standing, unknown, items, ended;
	bool is_measured;
};

static struct compare_first
compare_count_first(const struct tcs_picture *picture)
{
	struct compare_first n = {0};

	for (size_t i = 0; i < picture->n; i++) {
		const struct tcs_zone *zone = &picture->zones[i];
		n.ended += (zone->notes & TCS_NOTE_ENDED) != 0;
		if ((zone->notes & TCS_NOTE_STANDING) == 0)
			continue;
		n.is_measured |= zone->kind == TCS_READING_MEASURE;
		if (zone->kind != TCS_READING_LEVEL)
			n.items++;
		else if (tcs_level_rank(zone->level) == TCS_RANK_UNKNOWN)
			n.unknown++;
		else
			n.standing++;
	}
	return n;
}

/* "Vigicrues : premier état, 2 tronçons au-dessus du vert, 1 terminé" */
static const char *
compare_word_first(struct tcs_compare_run *c, const struct compare_first *n)
{
	const struct tcs_origin *origin = c->in->origin;
	const char *headline = NULL;
	struct tcs_buf buf;

	tcs_buf_init(&buf, COMPARE_HEADLINE_MAX);
	tcs_buf_printf(&buf, "%s : premier état",
	    tcs_word_feed(c->out->signals.arena, origin));
	if (n->items > 0)
		tcs_buf_printf(&buf, ", %zu %s%s en cours", n->items,
		    n->is_measured ? "mesure" : "publication",
		    n->items > 1 ? "s" : "");
	if (n->standing > 0 || n->unknown > 0)
		tcs_buf_printf(&buf, ", %zu %s%s au-dessus du %s", n->standing,
		    origin->ops->zone_word, n->standing > 1 ? "s" : "",
		    compare_lowest(c->out->picture));
	if (n->unknown > 0)
		tcs_buf_printf(&buf, ", %zu de niveau inconnu", n->unknown);
	if (n->ended > 0)
		tcs_buf_printf(
		    &buf, ", %zu terminé%s", n->ended, n->ended > 1 ? "s" : "");
	if (buf.err == TCS_OK)
		headline =
		    tcs_arena_dup(c->out->signals.arena, tcs_buf_view(&buf));
	tcs_buf_fini(&buf);
	return headline;
}

/* What the messages that wait for a person are about, and how they leave. */
static enum tcs_err
compare_recap(struct tcs_compare_run *c)
{
	const struct tcs_picture *picture = c->out->picture;
	const struct compare_first n = compare_count_first(picture);
	struct tcs_arena *arena = c->out->signals.arena;

	if (!c->out->is_first || (!c->out->has_standing && !c->out->has_ended))
		return TCS_OK;
	const char *list = tcs_word_zones(arena, picture,
	    TCS_NOTE_STANDING | TCS_NOTE_ENDED, COMPARE_LISTED_MAX);
	return compare_system(c, "recap", "premier-etat",
	    compare_word_first(c, &n),
	    list == NULL ? NULL
	                 : tcs_arena_printf(arena,
	                       "%s\nLes messages à ce sujet sont retenus "
	                       "jusqu'à la reprise : tocsin resume %s",
	                       list, c->in->origin->feed));
}

static enum tcs_err
compare_whole(struct tcs_compare_run *c)
{
	enum tcs_err err = compare_recap(c);

	if (err == TCS_OK)
		err = compare_problem(c, TCS_NOTE_UNREADABLE,
		    "niveaux-illisibles", "niveaux illisibles");
	if (err == TCS_OK)
		err = compare_problem(c, TCS_NOTE_VANISHED, "zones-disparues",
		    "zones absentes de deux publications, niveau inconnu");
	if (err == TCS_OK)
		err = compare_problem(c, TCS_NOTE_UNMAPPED, "troncons-inconnus",
		    "zones sans département connu, à ajouter à la table");
	if (err == TCS_OK)
		err = compare_skipped(c);
	if (err == TCS_OK)
		err = compare_note(c);
	return err;
}

/* ---- too much at once ---- */

static bool
compare_is_mass(const struct tcs_compare_run *c)
{
	const struct tcs_picture *now = c->out->picture;
	size_t known = c->in->held->n, changed = 0;

	for (size_t i = 0; i < now->n; i++) {
		const struct tcs_zone *zone = &now->zones[i];
		if (!zone->is_changed)
			continue;
		const struct tcs_zone *before =
		    tcs_picture_find(c->in->held, zone->zone, zone->phenomenon);
		changed += before != NULL && zone->kind == TCS_READING_LEVEL &&
		           strcmp(before->level, zone->level) != 0;
	}
	return known >= COMPARE_MASS_MIN &&
	       changed * 100 > known * COMPARE_MASS_PERCENT;
}

static bool
compare_is_confirmed(const struct tcs_compare_run *c)
{
	return c->in->pending.is_set &&
	       compare_document(c)->issued_ms >= c->in->pending.issued_ms;
}

/* Nothing of it holds yet: only that it waits is said, once. */
static enum tcs_err
compare_wait(struct tcs_compare_run *c)
{
	struct tcs_compare_out *out = c->out;
	struct tcs_arena *arena = out->signals.arena;

	out->comparison = TCS_COMPARE_WAITING;
	out->pending = (struct tcs_pending){
	    .is_set = true, .issued_ms = compare_document(c)->issued_ms};
	out->signals.n = 0;
	tcs_picture_free(&out->picture);
	return compare_system(c, "changement-massif", "anomalie",
	    tcs_arena_printf(arena,
	        "%s : plus de %d %% des zones changent à la fois",
	        tcs_word_feed(arena, c->in->origin), COMPARE_MASS_PERCENT),
	    "La publication est retenue jusqu'à la prochaine lecture, qui la "
	    "confirme ou non.");
}

/* ---- the comparison ---- */

/* What is held is too old to say what changed since. A source that speaks once
 * a day is not late by a few minutes more: the gap begins when it should have
 * spoken. */
static bool
compare_is_first(const struct tcs_compare_run *c)
{
	const struct tcs_picture *held = c->in->held;
	int64_t due_ms = held->document.next_issue_ms;

	if (due_ms < held->document.issued_ms)
		due_ms = held->document.issued_ms;
	if (tcs_picture_is_empty(held))
		return true;
	/* A source that names no issue is followed by when it answered. */
	if (held->document.issued_ms == TCS_NO_TIME)
		return c->in->answered_ms != TCS_NO_TIME &&
		       c->in->now_ms - c->in->answered_ms > COMPARE_GAP_MS;
	return c->is_new_issue && (c->in->now_ms > held->document.expires_ms ||
	                              c->in->now_ms - due_ms > COMPARE_GAP_MS);
}

static bool
compare_is_same(const struct tcs_compare_run *c)
{
	const struct tcs_picture *now = c->out->picture;

	if (c->is_new_issue || c->out->signals.n > 0 ||
	    now->n != c->in->held->n ||
	    strcmp(now->document.note, c->in->held->document.note) != 0)
		return false;
	for (size_t i = 0; i < now->n; i++) {
		if (now->zones[i].is_changed)
			return false;
	}
	return true;
}

static enum tcs_err
compare_new_picture(struct tcs_compare_run *c)
{
	struct tcs_picture *picture = tcs_picture_new();

	if (picture == NULL)
		return TCS_ENOMEM;
	picture->document = *compare_document(c);
	picture->fetched_ms = c->in->fetched_ms;
	memcpy(picture->hash, c->in->hash, sizeof(picture->hash));
	c->out->picture = picture;
	return TCS_OK;
}

static bool
compare_is_older(const struct tcs_compare_run *c)
{
	const struct tcs_picture *held = c->in->held;

	return !tcs_picture_is_empty(held) &&
	       held->document.issued_ms != TCS_NO_TIME &&
	       compare_document(c)->issued_ms != TCS_NO_TIME &&
	       compare_document(c)->issued_ms < held->document.issued_ms;
}

enum tcs_err
tcs_compare(const struct tcs_compare_in *in, struct tcs_compare_out *out)
{
	struct tcs_compare_run c = {.in = in, .out = out};

	/* An older document neither confirms nor drops what waits. */
	*out = (struct tcs_compare_out){
	    .comparison = TCS_COMPARE_OLDER, .pending = in->pending};
	enum tcs_err err = tcs_signals_init(&out->signals);
	if (err != TCS_OK || compare_is_older(&c))
		return err;
	c.is_new_issue =
	    tcs_picture_is_empty(in->held) ||
	    compare_document(&c)->issued_ms != in->held->document.issued_ms;
	out->is_first = compare_is_first(&c);
	err = compare_new_picture(&c);
	if (err == TCS_OK)
		err = compare_zones(&c);
	if (err != TCS_OK)
		return err;
	if (!out->is_first && compare_is_mass(&c) && !compare_is_confirmed(&c))
		return compare_wait(&c);
	out->comparison = TCS_COMPARE_TAKEN;
	out->pending = (struct tcs_pending){0};
	if (compare_is_same(&c)) {
		out->comparison = TCS_COMPARE_SAME;
		return TCS_OK;
	}
	return compare_whole(&c);
}

void
tcs_compare_fini(struct tcs_compare_out *out)
{
	tcs_picture_free(&out->picture);
	tcs_signals_fini(&out->signals);
}

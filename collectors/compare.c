#include "collectors/compare.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/wording.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/level.h"

enum {
	COMPARE_ABSENT_ISSUES = 2, /* missing from as many: unknown */
	COMPARE_MASS_PERCENT = 30, /* more at once is held one poll … */
	COMPARE_MASS_MIN = 10,     /* … when as many zones are known */
	COMPARE_LASTS_MAX = 128,
	COMPARE_LISTED_MAX = 400, /* zones named in one System signal */
};

#define COMPARE_GAP_MS TCS_HOURS(24)
#define COMPARE_FORGET_MS TCS_DAYS(30)
#define COMPARE_SYSTEM_MS TCS_HOURS(24)

/* One comparison under way. */
struct compare {
	const struct tcs_compare_in *in;
	struct tcs_compare_out *out;
	bool is_new_issue; /* not a correction of the one held */
};

/* One zone in it. */
struct compare_zone {
	const struct tcs_zone *before;     /* NULL: never seen */
	const struct tcs_reading *reading; /* NULL: missing */
	struct tcs_zone *now;
	enum tcs_change change;
	bool is_other; /* level or text differ from before */
};

static bool
compare_is_unknown(const char *level)
{
	return tcs_level_rank(level) == TCS_RANK_UNKNOWN;
}

/* Above green, or unknown: a state that is to be told. */
static bool
compare_is_standing(const char *level)
{
	return compare_is_unknown(level) || tcs_level_rank(level) > 1;
}

static const struct tcs_document *
compare_document(const struct compare *c)
{
	return &c->in->readings->document;
}

static const struct tcs_last *
compare_last(const struct tcs_zone *zone, const char *departement)
{
	for (size_t i = 0; zone != NULL && i < zone->lasts_n; i++) {
		if (strcmp(zone->lasts[i].departement, departement) == 0)
			return &zone->lasts[i];
	}
	return NULL;
}

/* ---- signals of one zone ---- */

static enum tcs_err
compare_signal(struct compare *c, const struct compare_zone *z,
    const char *departement, const struct tcs_last *follows)
{
	const struct tcs_origin *origin = c->in->origin;
	const struct tcs_document *document = compare_document(c);
	struct tcs_arena *arena = c->out->signals.arena;
	const struct tcs_wording wording = {
	    .ops = origin->ops,
	    .zone = z->now,
	    .previous_level = z->before == NULL ? NULL : z->before->level,
	    .text = z->reading == NULL ? NULL : z->reading->text,
	    .issued_ms = document->issued_ms,
	    .change = z->change,
	};
	const struct tcs_signal draft = {
	    .status = origin->status,
	    .source = origin->ops->source,
	    .source_name = origin->ops->source_name,
	    .zone = z->now->zone,
	    .zone_name = z->now->name,
	    .zone_scheme = origin->ops->zone_scheme,
	    .phenomenon = z->now->phenomenon,
	    .level = z->now->level,
	    .previous_level = wording.previous_level,
	    .issued_ms = document->issued_ms,
	    .fetched_ms = c->in->fetched_ms,
	    .expires_ms = document->expires_ms,
	    .departement = departement,
	    .is_first_sight = c->out->is_first,
	    .is_end =
	        z->change == TCS_CHANGE_END || z->change == TCS_CHANGE_MOVED,
	    .headline = tcs_word_headline(arena, &wording),
	    .description = tcs_word_description(arena, &wording),
	    .web = z->reading == NULL ? NULL : z->reading->web,
	};
	struct tcs_new_signal *added;

	if (draft.headline == NULL || draft.description == NULL)
		return TCS_ENOMEM;
	enum tcs_err err =
	    tcs_signals_add(&c->out->signals, origin, &draft, follows, &added);
	if (err != TCS_OK)
		return err;
	added->is_prolonged = follows != NULL && !z->is_other &&
	                      !draft.is_end && !draft.is_first_sight;
	z->now->is_changed = true;
	return tcs_signal_to_last(
	    c->out->picture->arena, added, &z->now->lasts[z->now->lasts_n++]);
}

static enum tcs_err
compare_keep_last(const struct compare_zone *z, const struct tcs_last *last)
{
	z->now->lasts[z->now->lasts_n++] = *last;
	return TCS_OK;
}

/* The zone in one of its départements. */
static enum tcs_err
compare_place(
    struct compare *c, struct compare_zone *z, const char *departement)
{
	const struct tcs_last *last = compare_last(z->before, departement);
	const struct tcs_last *follows =
	    last == NULL || last->is_end ? NULL : last;

	if (!compare_is_standing(z->now->level)) {
		if (follows == NULL)
			return last == NULL ? TCS_OK
			                    : compare_keep_last(z, last);
		z->change = TCS_CHANGE_END;
		return compare_signal(c, z, departement, follows);
	}
	bool is_prolonged = follows != NULL && z->reading != NULL &&
	                    !compare_is_unknown(z->now->level) &&
	                    last->expires_ms != compare_document(c)->expires_ms;
	if (c->out->is_first || follows == NULL || z->is_other || is_prolonged)
		return compare_signal(c, z, departement, follows);
	return compare_keep_last(z, last);
}

static bool
compare_has(const char *const *departements, const char *departement)
{
	for (; *departements != NULL; departements++) {
		if (strcmp(*departements, departement) == 0)
			return true;
	}
	return false;
}

/* The table was corrected: what stands elsewhere ends there. */
static enum tcs_err
compare_moved(
    struct compare *c, struct compare_zone *z, const char *const *departements)
{
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; z->before != NULL && i < z->before->lasts_n; i++) {
		const struct tcs_last *last = &z->before->lasts[i];
		if (compare_has(departements, last->departement))
			continue;
		z->change = TCS_CHANGE_MOVED;
		err = last->is_end
		          ? compare_keep_last(z, last)
		          : compare_signal(c, z, last->departement, last);
		if (err != TCS_OK)
			break;
	}
	return err;
}

static enum tcs_err
compare_places(struct compare *c, struct compare_zone *z)
{
	static const char *const nowhere[] = {"FR", NULL};
	const char *const *departements =
	    z->now->departements[0] == NULL ? nowhere : z->now->departements;
	size_t before = z->before == NULL ? 0 : z->before->lasts_n;
	size_t from = c->out->signals.n, n = 0;
	enum tcs_change change = z->change;

	while (departements[n] != NULL)
		n++;
	if (n + before > COMPARE_LASTS_MAX)
		return TCS_ELIMIT;
	z->now->lasts = tcs_arena_alloc(
	    c->out->picture->arena, (n + before + 1) * sizeof(struct tcs_last));
	if (z->now->lasts == NULL)
		return TCS_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		z->change = change;
		enum tcs_err err = compare_place(c, z, departements[i]);
		if (err != TCS_OK)
			return err;
	}
	enum tcs_err err = compare_moved(c, z, departements);
	return err == TCS_OK ? tcs_signals_link(&c->out->signals, from) : err;
}

/* ---- one zone ---- */

static bool
compare_same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static const char *
compare_dup(struct compare *c, const char *text)
{
	return text == NULL
	           ? NULL
	           : tcs_arena_dup(c->out->picture->arena, tcs_slice_str(text));
}

static const char *
compare_text_hash(struct compare *c, const char *text)
{
	char hex[TCS_DIGEST_HEX];

	if (text == NULL)
		return NULL;
	(void)tcs_digest(tcs_slice_str(text), hex);
	hex[16] = '\0';
	return compare_dup(c, hex);
}

static const char *const *
compare_departements(struct compare *c, const char *const *from)
{
	size_t n = 0;

	while (from[n] != NULL)
		n++;
	const char **copies =
	    tcs_arena_alloc(c->out->picture->arena, (n + 1) * sizeof(*copies));
	for (size_t i = 0; copies != NULL && i < n; i++) {
		copies[i] = compare_dup(c, from[i]);
		if (copies[i] == NULL)
			copies = NULL;
	}
	return copies;
}

static bool
compare_same_departements(const char *const *a, const char *const *b)
{
	while (*a != NULL && *b != NULL && strcmp(*a, *b) == 0) {
		a++;
		b++;
	}
	return *a == NULL && *b == NULL;
}

/* A zone that the document has. */
static void
compare_present(struct compare *c, struct compare_zone *z)
{
	const struct tcs_reading *r = z->reading;
	const struct tcs_zone *before = z->before;

	*z->now = (struct tcs_zone){
	    .zone = compare_dup(c, r->zone),
	    .phenomenon = compare_dup(c, r->phenomenon),
	    .name = compare_dup(c, r->zone_name),
	    .level = compare_dup(c, r->level),
	    .text_hash = compare_text_hash(c, r->text),
	    .departements = compare_departements(c, r->departements),
	    .seen_ms = compare_document(c)->issued_ms,
	};
	if (z->now->level == NULL || z->now->name == NULL ||
	    z->now->departements == NULL)
		return;
	bool is_unknown = compare_is_unknown(r->level);
	z->is_other = before == NULL || strcmp(before->level, r->level) != 0 ||
	              !compare_same_text(before->text_hash, z->now->text_hash);
	z->change = is_unknown ? TCS_CHANGE_UNREADABLE : TCS_CHANGE_LEVEL;
	z->now->is_changed = z->is_other || before->absent > 0 ||
	                     strcmp(before->name, r->zone_name) != 0 ||
	                     !compare_same_departements(
	                         before->departements, z->now->departements);
	if (is_unknown &&
	    (before == NULL || !compare_is_unknown(before->level)))
		z->now->notes |= TCS_NOTE_UNREADABLE;
	if (before == NULL && r->departements[0] == NULL)
		z->now->notes |= TCS_NOTE_UNMAPPED;
}

/* A zone that it has not: as it was, then unknown. */
static void
compare_missing(struct compare *c, struct compare_zone *z)
{
	const struct tcs_zone *before = z->before;
	bool counts = c->is_new_issue && compare_document(c)->is_complete;

	*z->now = (struct tcs_zone){
	    .zone = compare_dup(c, before->zone),
	    .phenomenon = compare_dup(c, before->phenomenon),
	    .name = compare_dup(c, before->name),
	    .level = compare_dup(c, before->level),
	    .text_hash = compare_dup(c, before->text_hash),
	    .departements = compare_departements(c, before->departements),
	    .absent = before->absent + (counts ? 1 : 0),
	    .seen_ms = before->seen_ms,
	    .is_changed = counts,
	};
	if (z->now->absent < COMPARE_ABSENT_ISSUES ||
	    compare_is_unknown(before->level))
		return;
	z->now->level = TCS_LEVEL_UNKNOWN;
	z->now->notes |= TCS_NOTE_VANISHED;
	z->change = TCS_CHANGE_VANISHED;
	z->is_other = true;
}

static bool
compare_is_forgotten(const struct compare *c, const struct tcs_zone *before)
{
	return before->absent >= COMPARE_ABSENT_ISSUES &&
	       c->in->now_ms - before->seen_ms > COMPARE_FORGET_MS;
}

static enum tcs_err
compare_zone(struct compare *c, const struct tcs_zone *before,
    const struct tcs_reading *reading)
{
	struct compare_zone z = {.before = before, .reading = reading};

	if (reading == NULL && compare_is_forgotten(c, before))
		return TCS_OK;
	z.now = tcs_picture_add(c->out->picture);
	if (z.now == NULL)
		return TCS_ENOMEM;
	if (reading != NULL)
		compare_present(c, &z);
	else
		compare_missing(c, &z);
	if (z.now->zone == NULL || z.now->phenomenon == NULL ||
	    z.now->name == NULL || z.now->level == NULL ||
	    z.now->departements == NULL)
		return TCS_ENOMEM;
	if (compare_is_standing(z.now->level)) {
		z.now->notes |= TCS_NOTE_STANDING;
		c->out->has_standing = true;
	}
	return compare_places(c, &z);
}

/* Both lists are in the same order: one pass. */
static enum tcs_err
compare_zones(struct compare *c)
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
		err = compare_zone(
		    c, order <= 0 ? before : NULL, order >= 0 ? reading : NULL);
	}
	return err;
}

/* ---- what is said of the document as a whole ---- */

static enum tcs_err
compare_system(struct compare *c, const char *phenomenon, const char *headline,
    const char *list)
{
	const struct tcs_document *document = compare_document(c);
	struct tcs_arena *arena = c->out->signals.arena;
	const char *source =
	    tcs_word_source(arena, c->in->origin->ops, document->issued_ms);

	if (headline == NULL || list == NULL || source == NULL)
		return TCS_ENOMEM;
	const struct tcs_system_text text = {
	    .phenomenon = phenomenon,
	    .level = "anomalie",
	    .headline = headline,
	    .description = tcs_arena_printf(arena, "%s\n%s", list, source),
	    .issued_ms = document->issued_ms,
	    .fetched_ms = c->in->fetched_ms,
	    .expires_ms = c->in->fetched_ms + COMPARE_SYSTEM_MS,
	    .is_first_sight = c->out->is_first,
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
compare_problem(
    struct compare *c, unsigned note, const char *phenomenon, const char *what)
{
	struct tcs_arena *arena = c->out->signals.arena;
	size_t n = compare_count(c->out->picture, note);

	if (n == 0)
		return TCS_OK;
	return compare_system(c, phenomenon,
	    tcs_arena_printf(arena, "%s : %s (%zu)",
	        c->in->origin->ops->source_name, what, n),
	    tcs_word_zones(arena, c->out->picture, note, COMPARE_LISTED_MAX));
}

/* Parts that name no zone have nothing but a number to be known by. */
static enum tcs_err
compare_skipped(struct compare *c)
{
	struct tcs_arena *arena = c->out->signals.arena;
	unsigned n = compare_document(c)->skipped;

	if (n == 0 || n == c->in->held->document.skipped)
		return TCS_OK;
	return compare_system(c, "zones-sans-code",
	    tcs_arena_printf(arena, "%s : zones sans code lisible (%u)",
	        c->in->origin->ops->source_name, n),
	    "Elles ne sont pas suivies.");
}

static enum tcs_err
compare_recap(struct compare *c)
{
	const struct tcs_picture *picture = c->out->picture;
	struct tcs_arena *arena = c->out->signals.arena;
	const struct tcs_feed_ops *ops = c->in->origin->ops;
	size_t standing = 0, unknown = 0;

	if (!c->out->is_first || !c->out->has_standing)
		return TCS_OK;
	for (size_t i = 0; i < picture->n; i++) {
		if (compare_is_unknown(picture->zones[i].level))
			unknown++;
		else if (compare_is_standing(picture->zones[i].level))
			standing++;
	}
	const char *more =
	    unknown == 0
	        ? ""
	        : tcs_arena_printf(arena, ", %zu de niveau inconnu", unknown);
	if (more == NULL)
		return TCS_ENOMEM;
	return compare_system(c, "recap",
	    tcs_arena_printf(arena,
	        "%s : premier état, %zu %s%s au-dessus du vert%s",
	        ops->source_name, standing, ops->zone_word,
	        standing > 1 ? "s" : "", more),
	    tcs_word_zones(
	        arena, picture, TCS_NOTE_STANDING, COMPARE_LISTED_MAX));
}

static enum tcs_err
compare_whole(struct compare *c)
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
	return err;
}

/* ---- too much at once ---- */

static bool
compare_is_mass(const struct compare *c)
{
	const struct tcs_picture *now = c->out->picture;
	size_t known = c->in->held->n, changed = 0;

	for (size_t i = 0; i < now->n; i++) {
		const struct tcs_zone *zone = &now->zones[i];
		const struct tcs_zone *before =
		    tcs_picture_find(c->in->held, zone->zone, zone->phenomenon);
		changed +=
		    before != NULL && strcmp(before->level, zone->level) != 0;
	}
	return known >= COMPARE_MASS_MIN &&
	       changed * 100 > known * COMPARE_MASS_PERCENT;
}

static bool
compare_is_confirmed(const struct compare *c)
{
	return c->in->pending.is_set &&
	       compare_document(c)->issued_ms >= c->in->pending.issued_ms;
}

/* Nothing of it holds yet: only that it waits is said, once. */
static enum tcs_err
compare_wait(struct compare *c)
{
	struct tcs_compare_out *out = c->out;
	struct tcs_arena *arena = out->signals.arena;

	out->comparison = TCS_COMPARE_WAITING;
	out->pending = (struct tcs_pending){
	    .is_set = true, .issued_ms = compare_document(c)->issued_ms};
	out->signals.n = 0;
	tcs_picture_free(&out->picture);
	return compare_system(c, "changement-massif",
	    tcs_arena_printf(arena,
	        "%s : plus de %d %% des zones changent à la fois",
	        c->in->origin->ops->source_name, COMPARE_MASS_PERCENT),
	    "La publication est retenue jusqu'à la prochaine lecture, qui la "
	    "confirme ou non.");
}

/* ---- the comparison ---- */

/* What is held is too old to say what changed since. */
static bool
compare_is_first(const struct compare *c)
{
	const struct tcs_picture *held = c->in->held;

	if (tcs_picture_is_empty(held))
		return true;
	int64_t since_ms = held->document.issued_ms == TCS_NO_TIME
	                       ? held->fetched_ms
	                       : held->document.issued_ms;
	return c->is_new_issue &&
	       (c->in->now_ms > held->document.expires_ms ||
	           c->in->now_ms - since_ms > COMPARE_GAP_MS);
}

static bool
compare_is_same(const struct compare *c)
{
	const struct tcs_picture *now = c->out->picture;

	if (c->is_new_issue || c->out->signals.n > 0 ||
	    now->n != c->in->held->n)
		return false;
	for (size_t i = 0; i < now->n; i++) {
		if (now->zones[i].is_changed)
			return false;
	}
	return true;
}

static enum tcs_err
compare_new_picture(struct compare *c)
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
compare_is_older(const struct compare *c)
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
	struct compare c = {.in = in, .out = out};

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

#include <string.h>

#include "collectors/compare_run.h"
#include "collectors/wording.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/level.h"

enum {
	COMPARE_ABSENT_ISSUES = 2, /* missing from as many: unknown */
	COMPARE_LASTS_MAX = 128,
};

#define COMPARE_FORGET_MS TCS_DAYS(30)

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

bool
tcs_level_is_standing(const char *level)
{
	return compare_is_unknown(level) || tcs_level_rank(level) > 1;
}

static const struct tcs_document *
compare_document(const struct tcs_compare_run *c)
{
	return &c->in->readings->document;
}

static const char *
compare_dup(struct tcs_compare_run *c, const char *text)
{
	return text == NULL
	           ? NULL
	           : tcs_arena_dup(c->out->picture->arena, tcs_slice_str(text));
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
compare_signal(struct tcs_compare_run *c, const struct compare_zone *z,
    const char *departement, const struct tcs_last *follows)
{
	const struct tcs_origin *origin = c->in->origin;
	const struct tcs_document *document = compare_document(c);
	struct tcs_arena *arena = c->out->signals.arena;
	const struct tcs_wording wording = {
	    .ops = origin->ops,
	    .zone = z->now,
	    .text = z->reading == NULL ? NULL : z->reading->text,
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
	    .previous_level = z->before == NULL ? NULL : z->before->level,
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

/* What is held now is freed with its picture: a copy. */
static enum tcs_err
compare_keep_last(struct tcs_compare_run *c, const struct compare_zone *z,
    const struct tcs_last *last)
{
	const struct tcs_last copy = {
	    .departement = compare_dup(c, last->departement),
	    .identifier = compare_dup(c, last->identifier),
	    .reference = compare_dup(c, last->reference),
	    .trace = compare_dup(c, last->trace),
	    .expires_ms = last->expires_ms,
	    .is_end = last->is_end,
	};

	if (copy.departement == NULL || copy.identifier == NULL ||
	    copy.reference == NULL || copy.trace == NULL)
		return TCS_ENOMEM;
	z->now->lasts[z->now->lasts_n++] = copy;
	return TCS_OK;
}

/* The zone in one of its départements. */
static enum tcs_err
compare_place(
    struct tcs_compare_run *c, struct compare_zone *z, const char *departement)
{
	const struct tcs_last *last = compare_last(z->before, departement);
	const struct tcs_last *follows =
	    last == NULL || last->is_end ? NULL : last;

	if (!tcs_level_is_standing(z->now->level)) {
		if (follows == NULL)
			return last == NULL ? TCS_OK
			                    : compare_keep_last(c, z, last);
		z->change = TCS_CHANGE_END;
		return compare_signal(c, z, departement, follows);
	}
	bool is_prolonged = follows != NULL && z->reading != NULL &&
	                    !compare_is_unknown(z->now->level) &&
	                    last->expires_ms != compare_document(c)->expires_ms;
	if (c->out->is_first || follows == NULL || z->is_other || is_prolonged)
		return compare_signal(c, z, departement, follows);
	return compare_keep_last(c, z, last);
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
compare_moved(struct tcs_compare_run *c, struct compare_zone *z,
    const char *const *departements)
{
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; z->before != NULL && i < z->before->lasts_n; i++) {
		const struct tcs_last *last = &z->before->lasts[i];
		if (compare_has(departements, last->departement))
			continue;
		z->change = TCS_CHANGE_MOVED;
		err = last->is_end
		          ? compare_keep_last(c, z, last)
		          : compare_signal(c, z, last->departement, last);
		if (err != TCS_OK)
			break;
	}
	return err;
}

static enum tcs_err
compare_places(struct tcs_compare_run *c, struct compare_zone *z)
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
compare_text_hash(struct tcs_compare_run *c, const char *text)
{
	char hex[TCS_DIGEST_HEX];

	if (text == NULL)
		return NULL;
	(void)tcs_digest(tcs_slice_str(text), hex);
	hex[16] = '\0';
	return compare_dup(c, hex);
}

static const char *const *
compare_departements(struct tcs_compare_run *c, const char *const *from)
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
compare_present(struct tcs_compare_run *c, struct compare_zone *z)
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
compare_missing(struct tcs_compare_run *c, struct compare_zone *z)
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
compare_is_forgotten(
    const struct tcs_compare_run *c, const struct tcs_zone *before)
{
	return before->absent >= COMPARE_ABSENT_ISSUES &&
	       c->in->now_ms - before->seen_ms > COMPARE_FORGET_MS;
}

enum tcs_err
tcs_compare_zone(struct tcs_compare_run *c, const struct tcs_zone *before,
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
	if (tcs_level_is_standing(z.now->level)) {
		z.now->notes |= TCS_NOTE_STANDING;
		c->out->has_standing = true;
	}
	return compare_places(c, &z);
}

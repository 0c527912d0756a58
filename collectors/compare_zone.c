#include <math.h>
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
/* An item that is published longer ago is no news to a first state. */
#define COMPARE_NEWS_MS TCS_DAYS(1)
#define COMPARE_LASTING_MS TCS_DAYS(2)

/* One zone in it. */
struct compare_zone {
	const struct tcs_zone *before;     /* NULL: never seen */
	const struct tcs_reading *reading; /* NULL: missing */
	struct tcs_zone *now;
	enum tcs_change change;
	bool is_other;    /* level, text or number differ from before */
	bool is_standing; /* is to be told; else what stood has ended */
	bool is_lasting;  /* its expiry is ours: as it was, it does not move */
	int64_t expires_ms;
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

static int64_t
compare_issued(const struct tcs_compare_run *c, const struct tcs_reading *r)
{
	return r == NULL || r->issued_ms == 0 ? compare_document(c)->issued_ms
	                                      : r->issued_ms;
}

/* Names, types and hashes; the contents are kept by whoever publishes. */
static enum tcs_err
compare_files(struct tcs_compare_run *c, const struct tcs_reading *r,
    struct tcs_signal *draft)
{
	struct tcs_arena *arena = c->out->signals.arena;

	if (r->files_n == 0)
		return TCS_OK;
	struct tcs_signal_file *files =
	    tcs_arena_alloc(arena, r->files_n * sizeof(*files));
	if (files == NULL)
		return TCS_ENOMEM;
	for (size_t i = 0; i < r->files_n; i++) {
		char hex[TCS_DIGEST_HEX];
		files[i] = (struct tcs_signal_file){.name = r->files[i].name,
		    .type = r->files[i].type,
		    .size = r->files[i].content.n,
		    .hash = tcs_arena_dup(arena,
		        tcs_slice_str(tcs_digest(r->files[i].content, hex)))};
		if (files[i].hash == NULL)
			return TCS_ENOMEM;
	}
	draft->files = files;
	draft->files_n = r->files_n;
	return TCS_OK;
}

/* What the reading says beside level and text. */
static enum tcs_err
compare_more(struct tcs_compare_run *c, const struct tcs_reading *r,
    struct tcs_signal *draft)
{
	if (r == NULL)
		return TCS_OK;
	draft->instruction = r->instruction;
	draft->web = r->web;
	draft->onset_ms = r->onset_ms;
	draft->category = r->category;
	draft->event = r->event;
	draft->severity = r->severity;
	draft->urgency = r->urgency;
	draft->certainty = r->certainty;
	draft->params = r->params;
	draft->params_n = r->params_n;
	draft->geocodes = r->geocodes;
	draft->geocodes_n = r->geocodes_n;
	draft->polygons = r->polygons;
	draft->is_cancel = r->is_cancel && draft->is_end;
	draft->is_national =
	    r->is_national && strcmp(draft->departement, "FR") == 0;
	if (r->zone_scheme != NULL)
		draft->zone_scheme = r->zone_scheme;
	return compare_files(c, r, draft);
}

static enum tcs_err
compare_signal(struct tcs_compare_run *c, const struct compare_zone *z,
    const char *departement, const struct tcs_last *follows)
{
	const struct tcs_origin *origin = c->in->origin;
	struct tcs_arena *arena = c->out->signals.arena;
	const struct tcs_wording wording = {
	    .source_name = origin->source_name,
	    .zone_word = z->reading == NULL || z->reading->zone_word == NULL
	                     ? origin->ops->zone_word
	                     : z->reading->zone_word,
	    .zone = z->now,
	    .reading = z->reading,
	    .change = z->change,
	};
	struct tcs_signal draft = {
	    .status = origin->status,
	    .source = origin->source,
	    .source_name = origin->source_name,
	    .zone = z->now->zone,
	    .zone_name = z->now->name,
	    .zone_scheme = origin->ops->zone_scheme,
	    .phenomenon = z->now->phenomenon,
	    .level = z->now->level,
	    .previous_level = z->before == NULL ? NULL : z->before->level,
	    .issued_ms = compare_issued(c, z->reading),
	    .fetched_ms = c->in->fetched_ms,
	    .expires_ms = z->expires_ms,
	    .departement = departement,
	    .is_first_sight = c->out->is_first,
	    .is_end =
	        z->change == TCS_CHANGE_END || z->change == TCS_CHANGE_MOVED,
	    .headline = tcs_word_headline(arena, &wording),
	    .description = tcs_word_description(arena, &wording),
	};
	struct tcs_new_signal *added;

	if (draft.headline == NULL || draft.description == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = compare_more(c, z->reading, &draft);
	if (err == TCS_OK)
		err = tcs_signals_add(
		    &c->out->signals, origin, &draft, follows, &added);
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

/* An item that is over, or old when nothing was known before, is remembered
 * and not told. */
static bool
compare_is_stale(const struct tcs_compare_run *c, const struct compare_zone *z)
{
	int64_t issued_ms = compare_issued(c, z->reading);

	if (z->now->kind != TCS_READING_ITEM || z->reading == NULL)
		return false;
	return z->expires_ms <= c->in->now_ms ||
	       (c->out->is_first && issued_ms != TCS_NO_TIME &&
	           c->in->now_ms - issued_ms > COMPARE_NEWS_MS);
}

/* The zone in one of its départements. */
static enum tcs_err
compare_place(
    struct tcs_compare_run *c, struct compare_zone *z, const char *departement)
{
	const struct tcs_last *last = compare_last(z->before, departement);
	const struct tcs_last *follows =
	    last == NULL || last->is_end ? NULL : last;

	if (follows == NULL && compare_is_stale(c, z))
		return last == NULL ? TCS_OK : compare_keep_last(c, z, last);
	if (!z->is_standing) {
		if (follows == NULL)
			return last == NULL ? TCS_OK
			                    : compare_keep_last(c, z, last);
		z->change = TCS_CHANGE_END;
		z->now->notes |= TCS_NOTE_ENDED;
		c->out->has_ended = true;
		return compare_signal(c, z, departement, follows);
	}
	bool is_prolonged = follows != NULL && z->reading != NULL &&
	                    z->now->kind != TCS_READING_MEASURE &&
	                    !z->is_lasting &&
	                    !compare_is_unknown(z->now->level) &&
	                    last->expires_ms != z->expires_ms;
	/* An item that is there as it was, told or not, is no news. */
	bool is_known = z->now->kind == TCS_READING_ITEM && z->before != NULL &&
	                !z->is_other && !is_prolonged;
	if (is_known)
		return last == NULL ? TCS_OK : compare_keep_last(c, z, last);
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
compare_text_hash(struct tcs_compare_run *c, const struct tcs_reading *r)
{
	const struct tcs_slice parts[] = {tcs_slice_str(r->text),
	    tcs_slice_str(r->instruction), tcs_slice_str(r->headline)};
	char hex[TCS_DIGEST_HEX];

	if (r->kind == TCS_READING_MEASURE ||
	    (r->text == NULL && r->instruction == NULL && r->headline == NULL))
		return NULL;
	(void)tcs_digest_parts(parts, 3, hex);
	hex[16] = '\0';
	return compare_dup(c, hex);
}

static bool
compare_is_other(const struct compare_zone *z)
{
	const struct tcs_zone *before = z->before;
	const struct tcs_reading *r = z->reading;

	if (before == NULL || strcmp(before->level, r->level) != 0)
		return true;
	if (r->kind == TCS_READING_MEASURE)
		return r->step > 0 ? fabs(r->value - before->value) >= r->step
		                   : fabs(r->value - before->value) > 0;
	return !compare_same_text(before->text_hash, z->now->text_hash);
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

static int64_t
compare_seen(const struct tcs_compare_run *c)
{
	int64_t issued_ms = compare_document(c)->issued_ms;

	return issued_ms == TCS_NO_TIME ? c->in->fetched_ms : issued_ms;
}

/* What appears or is revised under watch is news now, whatever date it bears:
 * sources date what they publish by the day, or never again. */
static void
compare_lasting(const struct tcs_compare_run *c, struct compare_zone *z)
{
	const struct tcs_reading *r = z->reading;
	int64_t from_ms = compare_issued(c, r);

	z->is_lasting = true;
	if (z->before != NULL || !c->out->is_first || from_ms == TCS_NO_TIME ||
	    from_ms > c->in->fetched_ms)
		from_ms = c->in->fetched_ms;
	z->expires_ms = from_ms + r->lasts_ms;
}

/* A zone that the document has. */
static void
compare_present(struct tcs_compare_run *c, struct compare_zone *z)
{
	const struct tcs_reading *r = z->reading;
	const struct tcs_zone *before = z->before;

	*z->now = (struct tcs_zone){
	    .kind = r->kind,
	    .zone = compare_dup(c, r->zone),
	    .phenomenon = compare_dup(c, r->phenomenon),
	    .name = compare_dup(c, r->zone_name),
	    .level = compare_dup(c, r->level),
	    .text_hash = compare_text_hash(c, r),
	    .departements = compare_departements(c, r->departements),
	    .seen_ms = compare_seen(c),
	};
	if (z->now->level == NULL || z->now->name == NULL ||
	    z->now->departements == NULL)
		return;
	bool is_unknown = compare_is_unknown(r->level);
	z->is_other = compare_is_other(z);
	z->now->value =
	    z->is_other || before == NULL ? r->value : before->value;
	z->is_standing = r->kind == TCS_READING_LEVEL
	                     ? !r->is_end && tcs_level_is_standing(r->level)
	                     : !r->is_end;
	if (r->expires_ms != 0)
		z->expires_ms = r->expires_ms;
	else if (r->kind == TCS_READING_ITEM && r->lasts_ms > 0)
		compare_lasting(c, z);
	z->change = is_unknown ? TCS_CHANGE_UNREADABLE : TCS_CHANGE_LEVEL;
	z->now->is_changed = z->is_other || before->absent > 0 ||
	                     strcmp(before->name, r->zone_name) != 0 ||
	                     !compare_same_departements(
	                         before->departements, z->now->departements);
	if (is_unknown && r->kind == TCS_READING_LEVEL &&
	    (before == NULL || !compare_is_unknown(before->level)))
		z->now->notes |= TCS_NOTE_UNREADABLE;
	if (before == NULL && r->departements[0] == NULL && !r->is_national)
		z->now->notes |= TCS_NOTE_UNMAPPED;
}

/* A zone that it has not: as it was, then unknown. */
static void
compare_missing(struct tcs_compare_run *c, struct compare_zone *z)
{
	const struct tcs_zone *before = z->before;
	bool is_item = before->kind == TCS_READING_ITEM;
	bool is_issue =
	    c->is_new_issue || compare_document(c)->issued_ms == TCS_NO_TIME;
	bool counts = compare_document(c)->is_complete &&
	              (is_item ? before->absent == 0 : is_issue);

	*z->now = (struct tcs_zone){
	    .kind = before->kind,
	    .value = before->value,
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
	z->is_standing = is_item || before->kind == TCS_READING_MEASURE ||
	                 tcs_level_is_standing(before->level);
	if (is_item || z->now->absent < COMPARE_ABSENT_ISSUES ||
	    compare_is_unknown(before->level))
		return;
	z->is_standing = true;
	z->now->level = TCS_LEVEL_UNKNOWN;
	z->now->notes |= TCS_NOTE_VANISHED;
	z->change = TCS_CHANGE_VANISHED;
	z->is_other = true;
}

static bool
compare_is_forgotten(
    const struct tcs_compare_run *c, const struct tcs_zone *before)
{
	bool is_lasting = false;

	if (before->kind != TCS_READING_ITEM)
		return before->absent >= COMPARE_ABSENT_ISSUES &&
		       c->in->now_ms - before->seen_ms > COMPARE_FORGET_MS;
	for (size_t i = 0; i < before->lasts_n; i++)
		is_lasting = is_lasting ||
		             before->lasts[i].expires_ms + COMPARE_LASTING_MS >
		                 c->in->now_ms;
	return !is_lasting &&
	       c->in->now_ms - before->seen_ms > COMPARE_LASTING_MS;
}

/* A zone that is missing at its lowest level has left with its season: no
 * longer green, and no alarm. */
static bool
compare_has_left(const struct tcs_compare_run *c, const struct tcs_zone *before)
{
	return c->in->origin->ops->has_seasons &&
	       before->kind == TCS_READING_LEVEL &&
	       !tcs_level_is_standing(before->level) &&
	       compare_document(c)->is_complete && c->is_new_issue &&
	       before->absent + 1 >= COMPARE_ABSENT_ISSUES;
}

enum tcs_err
tcs_compare_zone(struct tcs_compare_run *c, const struct tcs_zone *before,
    const struct tcs_reading *reading)
{
	struct compare_zone z = {.before = before,
	    .reading = reading,
	    .expires_ms = compare_document(c)->expires_ms};

	if (reading == NULL &&
	    (compare_is_forgotten(c, before) || compare_has_left(c, before)))
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
	if (z.is_standing && (reading == NULL || !compare_is_stale(c, &z))) {
		z.now->notes |= TCS_NOTE_STANDING;
		c->out->has_standing = true;
	}
	return compare_places(c, &z);
}

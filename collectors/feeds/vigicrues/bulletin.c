/* bulletin.c - InfoVigiCru, what Vigicrues says of one entity: a territory (its
 * bulletin), a tronçon, the nation, with or without what it is made of.
 *
 * Its level is the gravest of its parts, so the parts alone are read when they
 * are there: both would be two events for the same water. */
#include <string.h>

#include "collectors/feeds/vigicrues/vigicrues.h"
#include "core/arena.h"
#include "core/html.h"
#include "core/level.h"
#include "territory/codes.h"
#include "territory/zonetable.h"

enum {
	BULLETIN_FIELD_MAX = 64 * 1024, /* read of one field … */
	BULLETIN_PLAIN_MAX = 4 * BULLETIN_FIELD_MAX,
	BULLETIN_FIELD_KEPT = 2000, /* … and kept of it */
	BULLETIN_TEXT_MAX = 16000,  /* six fields and their titles */
	BULLETIN_DEPTH_MAX = 4,
	BULLETINS_MAX = 400, /* of one poll */
	BULLETIN_NATION = 2, /* TypEntVigiCru */
	BULLETIN_DEPARTEMENT = 4,
	BULLETIN_TERRITORY = 5,
	BULLETIN_TRONCON = 8,
};

/* A next issue that is announced for later is none. */
#define BULLETIN_NEXT_MAX_MS TCS_DAYS(4)

/* ---- texts ---- */

/* The field as people read it, after its title; nothing when it is empty. */
static void
bulletin_field(struct vigicrues_run *run, json_t *value, const char *title,
    struct tcs_buf *buf)
{
	const char *html = tcs_vigicrues_text(run, value);
	struct tcs_buf plain;

	if (html == NULL || !json_is_string(value))
		return;
	struct tcs_slice cut = tcs_slice_str(html);
	if (cut.n > BULLETIN_FIELD_MAX)
		cut.n = BULLETIN_FIELD_MAX;
	tcs_buf_init(&plain, BULLETIN_PLAIN_MAX);
	tcs_html_text(cut, &plain);
	struct tcs_slice text = tcs_slice_trim(tcs_buf_view(&plain));
	if (text.n > BULLETIN_FIELD_KEPT) {
		text.n = BULLETIN_FIELD_KEPT;
		while (text.n > 0 &&
		       ((unsigned char)text.p[text.n] & 0xc0) == 0x80)
			text.n--;
	}
	if (text.n > 0 && plain.err == TCS_OK)
		tcs_buf_printf(buf, "%s%s%.*s", buf->n == 0 ? "" : "\n", title,
		    TCS_SLICE_ARG(text));
	tcs_buf_fini(&plain);
}

struct bulletin_part {
	const char *name, *title;
};

static enum tcs_err
bulletin_text(struct vigicrues_run *run, json_t *info,
    const struct bulletin_part *parts, const char **ret_text)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, BULLETIN_TEXT_MAX);
	for (; parts->name != NULL; parts++)
		bulletin_field(run, tcs_vigicrues_get(info, parts->name),
		    parts->title, &buf);
	if (buf.n == 0) {
		tcs_buf_fini(&buf);
		return TCS_OK;
	}
	*ret_text = tcs_vigicrues_steal(run, &buf);
	return *ret_text == NULL ? TCS_ENOMEM : TCS_OK;
}

static enum tcs_err
bulletin_texts(struct vigicrues_run *run, struct vigicrues_bulletin *b)
{
	static const struct bulletin_part says[] = {
	    {"FaitNouvInfoVigiCru", "Fait nouveau : "},
	    {"SituActuInfoVigiCru", "Situation : "},
	    {"SituHydroInfoVigiCru", "Situation hydrologique : "},
	    {"QualifInfoVigiCru", "Qualification : "},
	    {"EvolInfoVigiCru", "Évolution prévue : "},
	    {"ConseqInfoVigiCru", "Conséquences possibles : "}, {NULL, NULL}};
	static const struct bulletin_part advises[] = {
	    {"ConsInfoVigiCru", ""}, {NULL, NULL}};
	enum tcs_err err = bulletin_text(run, b->info, says, &b->text);

	return err == TCS_OK
	           ? bulletin_text(run, b->info, advises, &b->instruction)
	           : err;
}

/* ---- entities ---- */

static json_t *
bulletin_first(json_t *object, const char *const *names)
{
	json_t *value = NULL;

	for (; *names != NULL && value == NULL; names++)
		value = tcs_vigicrues_get(object, *names);
	return value;
}

static int
bulletin_number(json_t *value)
{
	double number;

	return tcs_vigicrues_number(value, &number) && number >= 0 &&
	               number <= 99
	           ? (int)number
	           : 0;
}

struct vigicrues_entity
tcs_vigicrues_entity(struct vigicrues_run *run, json_t *part)
{
	static const char *const codes[] = {"CdEntVigiCru",
	    "CdEntVigiCruInferieur", "CdEntCru", "CdDepartement", NULL};
	static const char *const types[] = {
	    "TypEntVigiCru", "TypEntVigiCruInferieur", NULL};
	static const char *const names[] = {
	    "LbEntVigiCru", "LbEntVigiCruInferieur", NULL};
	json_t *about = tcs_vigicrues_get(part, "porteSurLEntite");
	json_t *entity = about == NULL ? part : tcs_vigicrues_at(about, 0);
	struct vigicrues_entity e = {
	    .code = tcs_vigicrues_code(run, bulletin_first(entity, codes)),
	    .name = tcs_vigicrues_text(run, bulletin_first(entity, names)),
	    .type = bulletin_number(bulletin_first(entity, types)),
	    .level =
	        tcs_vigicrues_level(tcs_vigicrues_get(part, "NivInfoVigiCru")),
	    .parts = tcs_vigicrues_get(part, "estLaSyntheseDe"),
	};

	/* The form of a code is right where the declared type is not. */
	if (tcs_vigicrues_is_troncon(e.code))
		e.type = BULLETIN_TRONCON;
	else if (tcs_vigicrues_get(entity, "CdDepartement") != NULL)
		e.type = BULLETIN_DEPARTEMENT;
	return e;
}

/* ---- reading them ---- */

/* What it announces, when that can be; else the nominal hour. */
static void
bulletin_times(struct vigicrues_bulletin *b)
{
	if (!tcs_vigicrues_time(
	        tcs_vigicrues_get(b->info, "DtHrSuivInfoVigiCru"),
	        &b->next_ms) ||
	    b->next_ms <= b->issued_ms ||
	    b->next_ms > b->issued_ms + BULLETIN_NEXT_MAX_MS)
		b->next_ms = tcs_vigicrues_next_issue(
		    b->issued_ms, tcs_vigicrues_get(b->info, "RefInfoVigiCru"));
	b->expires_ms = b->next_ms + VIGICRUES_GRACE_MS;
}

/* A bulletin that does not say of what it is was asked for by a name. */
static enum tcs_err
bulletin_read(struct vigicrues_run *run, const struct vigicrues_body *body,
    json_t *info, struct vigicrues_bulletin *b)
{
	struct vigicrues_entity e = tcs_vigicrues_entity(run, info);

	*b = (struct vigicrues_bulletin){
	    .info = info,
	    .code = e.code,
	    .type = e.type,
	    .level = e.level,
	    .status = bulletin_number(tcs_vigicrues_get(info, "StInfoVigiCru")),
	};
	if (b->code == NULL)
		b->code = tcs_vigicrues_asked(run, body, "CdEntVigiCru");
	if (b->type == 0 && tcs_vigicrues_is_troncon(b->code))
		b->type = BULLETIN_TRONCON;
	if (!tcs_vigicrues_time(
	        tcs_vigicrues_get(info, "DtHrInfoVigiCru"), &b->issued_ms))
		return TCS_EPARSE;
	bulletin_times(b);
	return bulletin_texts(run, b);
}

static void
bulletin_list(struct vigicrues_bulletins *all,
    const struct vigicrues_bulletin *b, const char *code)
{
	if (all->listed_n < VIGICRUES_ENTITIES_MAX &&
	    tcs_vigicrues_is_troncon(code))
		all->listed[all->listed_n++] =
		    (struct vigicrues_listed){code, b};
}

/* "AP6, AP12": a list as text. */
static void
bulletin_list_text(struct vigicrues_run *run, struct vigicrues_bulletins *all,
    const struct vigicrues_bulletin *b)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	const char *at = tcs_vigicrues_text(
	    run, tcs_vigicrues_get(b->info, "ListeTronInfoVigiCru"));

	while (at != NULL && *at != '\0') {
		size_t n = strspn(at, letters);
		if (n >= 3 && n <= 5)
			bulletin_list(all, b,
			    tcs_arena_dup(run->arena, tcs_slice(at, n)));
		at += n;
		at += strcspn(at, letters);
	}
}

/* The tronçons that one lists. */
static void
bulletin_index(struct vigicrues_run *run, struct vigicrues_bulletins *all,
    const struct vigicrues_bulletin *b)
{
	json_t *parts = tcs_vigicrues_get(b->info, "estLaSyntheseDe");
	size_t n = tcs_vigicrues_count(parts);

	/* What is said of the nation is said of no tronçon. */
	if (b->type == BULLETIN_NATION)
		return;
	bulletin_list(all, b, b->code);
	for (size_t i = 0; i < n && i < VIGICRUES_ENTITIES_MAX; i++)
		bulletin_list(all, b,
		    tcs_vigicrues_entity(run, tcs_vigicrues_at(parts, i)).code);
	bulletin_list_text(run, all, b);
}

/* The one or several of a body. */
static enum tcs_err
bulletin_body(struct vigicrues_run *run, const struct vigicrues_body *body,
    struct vigicrues_bulletins *all)
{
	json_t *infos = tcs_vigicrues_get(body->root, "InfoVigiCru");
	size_t n = tcs_vigicrues_count(infos);

	for (size_t i = 0; i < n && all->n < BULLETINS_MAX; i++) {
		struct vigicrues_bulletin *b = &all->items[all->n];
		enum tcs_err err =
		    bulletin_read(run, body, tcs_vigicrues_at(infos, i), b);
		if (err == TCS_EPARSE && run->n > 1) {
			tcs_vigicrues_note(run, "bulletin %s sans date lisible",
			    b->code == NULL ? "sans code" : b->code);
			continue;
		}
		if (err == TCS_EPARSE)
			return tcs_vigicrues_refuse(run, TCS_REFUSAL_RESHAPED,
			    "\"InfoVigiCru\" without a readable "
			    "\"DtHrInfoVigiCru\"");
		if (err != TCS_OK)
			return err;
		all->n++;
	}
	return TCS_OK;
}

enum tcs_err
tcs_vigicrues_bulletins_read(
    struct vigicrues_run *run, struct vigicrues_bulletins *ret_bulletins)
{
	struct vigicrues_bulletins all = {0};
	enum tcs_err err = TCS_OK;

	all.items =
	    tcs_arena_alloc(run->arena, BULLETINS_MAX * sizeof(*all.items));
	if (all.items == NULL)
		return TCS_ENOMEM;
	for (size_t i = 0; i < run->n && err == TCS_OK; i++) {
		if (run->bodies[i].kind == VIGICRUES_BULLETIN)
			err = bulletin_body(run, &run->bodies[i], &all);
	}
	if (err == TCS_OK)
		*ret_bulletins = all;
	return err;
}

enum tcs_err
tcs_vigicrues_bulletins_index(
    struct vigicrues_run *run, struct vigicrues_bulletins *all)
{
	all->listed = tcs_arena_alloc(
	    run->arena, VIGICRUES_ENTITIES_MAX * sizeof(*all->listed));
	if (all->listed == NULL)
		return TCS_ENOMEM;
	for (size_t i = 0; i < all->n; i++)
		bulletin_index(run, all, &all->items[i]);
	return TCS_OK;
}

const struct vigicrues_bulletin *
tcs_vigicrues_bulletin_of(const struct vigicrues_bulletins *bulletins,
    const char *troncon, const char *parent)
{
	for (size_t i = 0; i < bulletins->listed_n; i++) {
		if (strcmp(bulletins->listed[i].troncon, troncon) == 0)
			return bulletins->listed[i].bulletin;
	}
	for (size_t i = 0; i < bulletins->n && parent != NULL; i++) {
		const struct vigicrues_bulletin *b = &bulletins->items[i];
		if (b->code != NULL && strcmp(b->code, parent) == 0)
			return b;
	}
	return NULL;
}

const char *
tcs_vigicrues_bulletin_fault(const struct vigicrues_bulletin *b, int64_t at_ms)
{
	if (b->status == 5)
		return "marqué obsolète par la source";
	if (b->status == 1 || b->status == 2)
		return "pas encore produit";
	return b->expires_ms < at_ms ? "périmé" : NULL;
}

/* ---- bulletins alone ---- */

/* An entity within a bulletin; in the order of the document. */
struct bulletin_found {
	struct vigicrues_entity entity;
	int64_t issued_ms;
	int depth;
	struct bulletin_found *next;
};

/* One bulletin on its way out. */
struct bulletin_out {
	struct vigicrues_run *run;
	const struct vigicrues_bulletin *bulletin;
	struct tcs_arena *arena; /* of what is found */
	struct bulletin_found *found, **end;
	size_t entities;
	bool has[BULLETIN_TRONCON + 1];
	bool is_whole; /* every territory has its tronçons */
	bool has_ring; /* one of 92, 93, 94 is listed */
};

/* Which kinds of entities there are. */
static void
bulletin_note_kind(struct bulletin_out *o, const struct vigicrues_entity *e)
{
	if (e->type >= 0 && e->type <= BULLETIN_TRONCON && e->code != NULL)
		o->has[e->type] = true;
	if (e->type == BULLETIN_TERRITORY && e->parts == NULL)
		o->is_whole = false;
	if (e->type == BULLETIN_DEPARTEMENT && e->code != NULL)
		o->has_ring = o->has_ring || strcmp(e->code, "92") == 0 ||
		              strcmp(e->code, "93") == 0 ||
		              strcmp(e->code, "94") == 0;
}

/* All that is within, each read once. */
static enum tcs_err
bulletin_survey(
    struct bulletin_out *o, json_t *parts, int64_t issued_ms, int depth)
{
	size_t n = tcs_vigicrues_count(parts);
	enum tcs_err err = TCS_OK;

	if (depth == BULLETIN_DEPTH_MAX)
		return TCS_OK;
	for (size_t i = 0;
	     i < n && err == TCS_OK && o->entities < VIGICRUES_ENTITIES_MAX;
	     i++) {
		json_t *part = tcs_vigicrues_at(parts, i);
		struct bulletin_found *found =
		    tcs_arena_alloc(o->arena, sizeof(*found));
		if (found == NULL)
			return TCS_ENOMEM;
		found->entity = tcs_vigicrues_entity(o->run, part);
		found->depth = depth;
		found->issued_ms = issued_ms;
		(void)tcs_vigicrues_time(
		    tcs_vigicrues_get(part, "DtHrInfoVigiCru"),
		    &found->issued_ms);
		*o->end = found;
		o->end = &found->next;
		o->entities++;
		bulletin_note_kind(o, &found->entity);
		err = bulletin_survey(
		    o, found->entity.parts, found->issued_ms, depth + 1);
	}
	return err;
}

/* Paris stands for the départements around it, where they have no level of
 * their own. */
static const char *const *
bulletin_ring(const struct bulletin_out *o, const char *code)
{
	static const char *const ring[] = {"75", "92", "93", "94", NULL};

	return strcmp(code, "75") == 0 && !o->has_ring ? ring : NULL;
}

/* How each kind of entity is called, in texts and geocodes; the name that is
 * known of it, or NULL. */
static const char *
bulletin_place(const struct bulletin_out *o, const struct vigicrues_entity *e,
    struct tcs_reading *reading, const char *departements[2])
{
	const struct tcs_departement *d;

	switch (e->type) {
	case BULLETIN_TRONCON:
		reading->departements =
		    tcs_zonetable_find(o->run->v->table, e->code);
		return NULL;
	case BULLETIN_DEPARTEMENT:
		d = tcs_departement_find(e->code);
		reading->zone_word = "département";
		reading->zone_scheme = "INSEE:DEP";
		departements[0] = d == NULL ? NULL : d->code;
		reading->departements = bulletin_ring(o, e->code);
		if (reading->departements == NULL)
			reading->departements = departements;
		return d == NULL ? NULL : d->name;
	case BULLETIN_NATION:
		reading->is_national = true;
		reading->zone_word = "pays";
		reading->zone_scheme = "VIGICRUES:ENTITE";
		return "France";
	default:
		reading->zone_word = "secteur";
		reading->zone_scheme = "VIGICRUES:ENTITE";
		return tcs_arena_printf(
		    o->run->arena, "territoire %s", e->code);
	}
}

static enum tcs_err
bulletin_emit(
    struct bulletin_out *o, const struct vigicrues_entity *e, int64_t issued_ms)
{
	const struct vigicrues_bulletin *b = o->bulletin;
	const char *departements[2] = {NULL, NULL};
	struct tcs_reading reading = {
	    .zone = e->code,
	    .phenomenon = "crues",
	    .level = e->level,
	    .web = VIGICRUES_WEB,
	    .issued_ms = issued_ms,
	    .expires_ms = b->expires_ms,
	};
	const char *known = bulletin_place(o, e, &reading, departements);

	if (o->run->emitted++ >= VIGICRUES_TRONCONS_MAX)
		return tcs_vigicrues_refuse(o->run, TCS_REFUSAL_RESHAPED,
		    "bulletins of more than 2000 entities");
	reading.zone_name = e->name != NULL ? e->name
	                    : known != NULL ? known
	                                    : e->code;
	bool is_own = b->code != NULL && strcmp(b->code, e->code) == 0;
	if (tcs_level_rank(e->level) != 1 &&
	    (b->type != BULLETIN_NATION || is_own)) {
		reading.text = b->text;
		reading.instruction = b->instruction;
	}
	return o->run->out->emit(o->run->out->arg, &reading);
}

/* All of one kind, wherever they are, but within another of it. */
static enum tcs_err
bulletin_emit_parts(struct bulletin_out *o, int type)
{
	const struct bulletin_found *at = o->found;
	enum tcs_err err = TCS_OK;

	while (at != NULL && err == TCS_OK) {
		const struct bulletin_found *found = at;
		if (found->entity.code == NULL)
			o->run->document->skipped++;
		else if (found->entity.type == type)
			err =
			    bulletin_emit(o, &found->entity, found->issued_ms);
		at = at->next;
		while (found->entity.type == type && at != NULL &&
		       at->depth > found->depth)
			at = at->next;
	}
	return err;
}

/* The nation's text is no tronçon's: it is published beside their levels. */
static enum tcs_err
bulletin_emit_text(struct bulletin_out *o)
{
	const struct vigicrues_bulletin *b = o->bulletin;
	const struct tcs_reading reading = {
	    .kind = TCS_READING_ITEM,
	    .zone = b->code,
	    .zone_name = "Bulletin national",
	    .zone_scheme = "VIGICRUES:ENTITE",
	    .phenomenon = "bulletin",
	    .level = "none",
	    .headline = "Vigicrues : bulletin national",
	    .event = "Bulletin de vigilance crues",
	    .text = b->text,
	    .instruction = b->instruction,
	    .web = VIGICRUES_WEB,
	    .is_national = true,
	    .issued_ms = b->issued_ms,
	    .expires_ms = b->expires_ms,
	};

	return b->type != BULLETIN_NATION || b->text == NULL ||
	               b->code == NULL || tcs_level_rank(b->level) == 1
	           ? TCS_OK
	           : o->run->out->emit(o->run->out->arg, &reading);
}

/* Its finest entities, else itself. */
static enum tcs_err
bulletin_finest(struct bulletin_out *o)
{
	static const int finest[] = {
	    BULLETIN_TRONCON, BULLETIN_DEPARTEMENT, BULLETIN_TERRITORY};
	const struct vigicrues_bulletin *b = o->bulletin;
	struct tcs_document *document = o->run->document;

	for (size_t i = 0; i < sizeof(finest) / sizeof(finest[0]); i++) {
		if (!o->has[finest[i]])
			continue;
		document->is_complete =
		    document->is_complete ||
		    (b->type == BULLETIN_NATION && o->is_whole);
		enum tcs_err err = bulletin_emit_parts(o, finest[i]);
		return err == TCS_OK ? bulletin_emit_text(o) : err;
	}
	const struct vigicrues_entity own = {.code = b->code,
	    .name = tcs_vigicrues_entity(o->run, b->info).name,
	    .type = b->type,
	    .level = b->level};
	if (b->code != NULL)
		return bulletin_emit(o, &own, b->issued_ms);
	tcs_vigicrues_note(
	    o->run, "un bulletin ne dit pas de quelle entité il est");
	return TCS_OK;
}

static enum tcs_err
bulletin_alone(struct vigicrues_run *run, const struct vigicrues_bulletin *b)
{
	struct bulletin_out o = {
	    .run = run, .bulletin = b, .is_whole = true, .end = &o.found};
	enum tcs_err err = TCS_ENOMEM;

	o.arena = tcs_arena_new(VIGICRUES_ENTITIES_MAX * sizeof(*o.found));
	if (o.arena != NULL)
		err = bulletin_survey(&o,
		    tcs_vigicrues_get(b->info, "estLaSyntheseDe"), b->issued_ms,
		    0);
	if (err == TCS_OK)
		err = bulletin_finest(&o);
	tcs_arena_free(&o.arena);
	return err;
}

/* Issued with the newest, due with the first that is. */
static void
bulletin_document(
    struct tcs_document *document, const struct vigicrues_bulletin *b)
{
	bool is_first = document->expires_ms == 0;

	if (is_first || b->issued_ms > document->issued_ms)
		document->issued_ms = b->issued_ms;
	if (is_first || b->next_ms < document->next_issue_ms)
		document->next_issue_ms = b->next_ms;
	if (b->expires_ms > document->expires_ms)
		document->expires_ms = b->expires_ms;
	document->frozen_ms =
	    tcs_vigicrues_nominal_after(document->next_issue_ms);
}

enum tcs_err
tcs_vigicrues_bulletins_emit(
    struct vigicrues_run *run, const struct vigicrues_bulletins *bulletins)
{
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; i < bulletins->n && err == TCS_OK; i++) {
		const struct vigicrues_bulletin *b = &bulletins->items[i];
		const char *fault =
		    tcs_vigicrues_bulletin_fault(b, b->issued_ms);
		if (fault != NULL)
			tcs_vigicrues_note(run, "bulletin %s %s",
			    b->code == NULL ? "sans code" : b->code, fault);
		bulletin_document(run->document, b);
		err = bulletin_alone(run, b);
	}
	if (err == TCS_OK && bulletins->n == 0)
		err = tcs_vigicrues_refuse(
		    run, TCS_REFUSAL_RESHAPED, "\"InfoVigiCru\" is empty");
	return err;
}

/* map.c - the national map, InfoVigiCru.geojson.
 *
 * One feature a tronçon, its level in NivInfViCr; the issue time comes after
 * the features, at the end of 2.2 MB. So a body that is cut has levels and no
 * time: it is refused whole. Names of members changed case over the years.
 *
 * The texts of the territories' bulletins, when they came with it, go to each
 * tronçon that stands above green. Levels of départements are held against the
 * table of tronçons and no more: a reading of its own would be a second event
 * for the same water. */
#include <string.h>

#include "collectors/feeds/vigicrues/vigicrues.h"
#include "core/arena.h"
#include "core/level.h"
#include "territory/zonetable.h"

enum { MAP_LISTED_MAX = 5, MAP_DEPARTEMENTS_MAX = 200 };

/* The gravest tronçon of a département, as the table attaches them. */
struct map_departement {
	const char *code;
	const char *level;
};

struct map {
	struct vigicrues_run *run;
	struct vigicrues_bulletins bulletins;
	bool has_level;
	struct map_departement departements[MAP_DEPARTEMENTS_MAX];
	size_t departements_n;
};

/* Green below unknown below every colour. */
static int
map_gravity(const char *level)
{
	int rank = tcs_level_rank(level);

	return rank == TCS_RANK_UNKNOWN ? 3 : 2 * rank;
}

static void
map_count(struct map *map, const char *departement, const char *level)
{
	size_t i = 0;

	while (i < map->departements_n &&
	       strcmp(map->departements[i].code, departement) != 0)
		i++;
	if (i == MAP_DEPARTEMENTS_MAX)
		return;
	struct map_departement *d = &map->departements[i];
	if (i == map->departements_n) {
		map->departements_n++;
		*d = (struct map_departement){departement, level};
	} else if (map_gravity(level) > map_gravity(d->level)) {
		d->level = level;
	}
}

/* What its territory's bulletin says, on a tronçon that stands. */
static void
map_join(struct map *map, json_t *properties, struct tcs_reading *reading)
{
	struct vigicrues_run *run = map->run;
	const char *parent =
	    tcs_vigicrues_code(run, tcs_vigicrues_get(properties, "cdensup_1"));
	const struct vigicrues_bulletin *b =
	    tcs_vigicrues_bulletin_of(&map->bulletins, reading->zone, parent);

	if (b == NULL ||
	    tcs_vigicrues_bulletin_fault(b, run->document->issued_ms) != NULL)
		return;
	reading->text = b->text;
	reading->instruction = b->instruction;
	reading->expires_ms = b->expires_ms;
}

/* One feature. Not a tronçon that we can name: counted, not an error. */
static enum tcs_err
map_feature(struct map *map, json_t *feature)
{
	struct vigicrues_run *run = map->run;
	json_t *properties = tcs_vigicrues_get(feature, "properties");
	const char *code =
	    json_string_value(tcs_vigicrues_get(properties, "CdEntCru"));
	const char *name =
	    json_string_value(tcs_vigicrues_get(properties, "lbentcru"));
	json_t *level = tcs_vigicrues_get(properties, "NivInfViCr");

	if (!tcs_vigicrues_is_code(code)) {
		run->document->skipped++;
		return TCS_OK;
	}
	map->has_level = map->has_level || level != NULL;
	struct tcs_reading reading = {
	    .zone = code,
	    .zone_name = name == NULL || name[0] == '\0' ? code : name,
	    .phenomenon = "crues",
	    .level = tcs_vigicrues_level(level),
	    .web = VIGICRUES_WEB,
	    .departements = tcs_zonetable_find(run->v->table, code),
	};
	for (const char *const *d = reading.departements;
	     d != NULL && *d != NULL; d++)
		map_count(map, *d, reading.level);
	if (map->bulletins.n > 0 && tcs_level_rank(reading.level) != 1)
		map_join(map, properties, &reading);
	return run->out->emit(run->out->arg, &reading);
}

/* ---- what came with it ---- */

/* The next issue is the earliest that any of them announces. */
static void
map_announce(struct map *map)
{
	struct vigicrues_run *run = map->run;
	struct tcs_document *document = run->document;

	for (size_t i = 0; i < map->bulletins.n; i++) {
		const struct vigicrues_bulletin *b = &map->bulletins.items[i];
		const char *fault =
		    tcs_vigicrues_bulletin_fault(b, document->issued_ms);
		if (fault != NULL)
			tcs_vigicrues_note(run, "bulletin %s %s",
			    b->code == NULL ? "sans code" : b->code, fault);
		else if (fault == NULL && b->next_ms > document->issued_ms &&
		         b->next_ms < document->next_issue_ms)
			document->next_issue_ms = b->next_ms;
	}
}

static bool
map_has_bulletin(const struct map *map, const char *territory)
{
	for (size_t i = 0; i < map->bulletins.n; i++) {
		const char *code = map->bulletins.items[i].code;
		if (code != NULL && strcmp(code, territory) == 0)
			return true;
	}
	return false;
}

/* Bulletins are asked beside the map: one that failed leaves the levels. */
static void
map_missing(struct map *map)
{
	const struct tcs_strings *asked = &map->run->v->bulletins;

	for (size_t i = 0; i < asked->n; i++) {
		if (!map_has_bulletin(map, asked->items[i]))
			tcs_vigicrues_note(map->run,
			    "bulletin du territoire %s absent",
			    asked->items[i]);
	}
}

/* A département's level against its tronçons: where they differ the table that
 * attaches them is to be looked at. */
static void
map_compare(struct map *map, json_t *parts)
{
	struct vigicrues_run *run = map->run;
	size_t n = tcs_vigicrues_count(parts), listed = 0;

	for (size_t i = 0; i < n && i < VIGICRUES_ENTITIES_MAX; i++) {
		struct vigicrues_entity e =
		    tcs_vigicrues_entity(run, tcs_vigicrues_at(parts, i));
		const struct map_departement *d = NULL;
		for (size_t k = 0; k < map->departements_n && e.code != NULL;
		     k++) {
			if (strcmp(map->departements[k].code, e.code) == 0)
				d = &map->departements[k];
		}
		if (d == NULL || strcmp(d->level, e.level) == 0 ||
		    ++listed > MAP_LISTED_MAX)
			continue;
		tcs_vigicrues_note(run,
		    "département %s %s, ses tronçons %s selon la table", e.code,
		    e.level, d->level);
	}
}

static void
map_departements(struct map *map)
{
	for (size_t i = 0; i < map->bulletins.n; i++) {
		const struct vigicrues_bulletin *b = &map->bulletins.items[i];
		if (tcs_vigicrues_bulletin_fault(
		        b, map->run->document->issued_ms) == NULL)
			map_compare(
			    map, tcs_vigicrues_get(b->info, "estLaSyntheseDe"));
	}
}

/* ---- the map ---- */

/* What must be there before any feature is looked at. */
static enum tcs_err
map_check(struct vigicrues_run *run, json_t *root)
{
	json_t *features = tcs_vigicrues_get(root, "features");
	json_t *issued = tcs_vigicrues_get(root, "DtHrInfoVigiCru");
	const char *why = NULL;

	if (!json_is_array(features))
		why = "no array \"features\": not the map of Vigicrues";
	else if (json_array_size(features) == 0)
		why = "\"features\" is empty: a map without any tronçon";
	else if (json_array_size(features) > VIGICRUES_TRONCONS_MAX)
		why = "\"features\" has more than 2000 tronçons";
	else if (issued == NULL)
		why =
		    "no member \"DtHrInfoVigiCru\": the issue time is missing";
	else if (!json_is_string(issued) ||
	         tcs_time_parse(tcs_slice(json_string_value(issued),
	                            json_string_length(issued)),
	             &run->document->issued_ms) != TCS_OK)
		why = "\"DtHrInfoVigiCru\" is not a date and time with offset";
	return why == NULL
	           ? TCS_OK
	           : tcs_vigicrues_refuse(run, TCS_REFUSAL_RESHAPED, why);
}

static enum tcs_err
map_read(struct map *map, json_t *root)
{
	struct vigicrues_run *run = map->run;
	struct tcs_document *document = run->document;
	json_t *features = tcs_vigicrues_get(root, "features");
	size_t n = json_array_size(features);

	for (size_t i = 0; i < n; i++) {
		enum tcs_err err =
		    map_feature(map, json_array_get(features, i));
		if (err != TCS_OK)
			return err;
	}
	if (document->skipped == n)
		return tcs_vigicrues_refuse(run, TCS_REFUSAL_RESHAPED,
		    "no feature has a usable \"CdEntCru\"");
	if (!map->has_level)
		return tcs_vigicrues_refuse(run, TCS_REFUSAL_RESHAPED,
		    "no feature has a level \"NivInfViCr\"");
	document->next_issue_ms = tcs_vigicrues_next_issue(
	    document->issued_ms, tcs_vigicrues_get(root, "RefInfoVigiCru"));
	document->expires_ms = document->next_issue_ms + VIGICRUES_GRACE_MS;
	document->frozen_ms =
	    tcs_vigicrues_nominal_after(document->next_issue_ms);
	document->is_complete = true;
	return TCS_OK;
}

enum tcs_err
tcs_vigicrues_map(struct vigicrues_run *run, json_t *root)
{
	struct map map = {.run = run};
	enum tcs_err err = map_check(run, root);

	if (err == TCS_OK)
		err = tcs_vigicrues_bulletins_read(run, &map.bulletins);
	if (err == TCS_OK)
		err = tcs_vigicrues_bulletins_index(run, &map.bulletins);
	if (err == TCS_OK)
		err = map_read(&map, root);
	if (err != TCS_OK)
		return err;
	map_announce(&map);
	map_missing(&map);
	map_departements(&map);
	return TCS_OK;
}

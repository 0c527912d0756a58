/* codes.h - the administrative codes of France, and what the feeds call them.
 *
 * Départements, regions, zones de défense and NUTS 3 (2013) are built in: they
 * change by law. Sources: INSEE, code officiel géographique; Eurostat, NUTS
 * 2013; code de la défense, R. 1211-4. Communes are not here: communes.h. */
#ifndef TOCSIN_TERRITORY_CODES_H
#define TOCSIN_TERRITORY_CODES_H

#include <stddef.h>

struct tcs_departement {
	const char *code;   /* "62", "2A", "974" */
	const char *name;   /* "Pas-de-Calais" */
	const char *region; /* INSEE: "32" */
	const char *region_name;
	const char *zone;  /* zone de défense: "NORD"; overseas: its own */
	const char *nuts3; /* of 2013: "FR302" */
};

/* 101 of them, by code; static. */
const struct tcs_departement *tcs_departements(size_t *ret_n);
/* NULL: none has that code. */
const struct tcs_departement *tcs_departement_find(const char *code);
const struct tcs_departement *tcs_departement_of_nuts3(const char *nuts3);
/* By name, whatever case, accents, hyphens and apostrophes: "Hautes Alpes". */
const struct tcs_departement *tcs_departement_named(const char *name);
/* Of a commune's INSEE code: "62040" is of 62, "2A004" of 2A, "97411" of 974.
 * NULL: not five characters of that form. */
const struct tcs_departement *tcs_departement_of_insee(const char *insee);

enum tcs_domain_kind {
	TCS_DOMAIN_UNKNOWN,
	TCS_DOMAIN_DEPARTEMENT, /* "62" */
	TCS_DOMAIN_COAST,       /* "6210": the coast of 62 */
	TCS_DOMAIN_NATIONAL,    /* "FRA" */
	TCS_DOMAIN_ZONE,        /* "ZDF_NORD": a zone de défense */
	TCS_DOMAIN_ABROAD,      /* "99": Andorre */
};

/* A domain of Météo-France's vigilance. */
struct tcs_domain {
	enum tcs_domain_kind kind;
	const struct tcs_departement *departement; /* NULL: of none alone */
	const char *name; /* "Pas-de-Calais", "Zone de défense Nord" */
};

/* Unknown: kind TCS_DOMAIN_UNKNOWN and the rest NULL. */
struct tcs_domain tcs_domain_find(const char *domain);
/* Codes of the départements of "ZDF_NORD" or "NORD", NULL-ended and static;
 * NULL: no such zone. */
const char *const *tcs_zone_departements(const char *zone);

#endif

/* communes.h - the communes of France: found by INSEE code, today's or that of
 * a commune that has merged since, and by name. They come from one file that
 * the build makes (scripts/communes.js); a Tocsin built without it has none.
 *
 *   tocsin-communes;1
 *   e;200069037;CA du Pays de Saint-Omer
 *   c;62040;Arques;200069037;9431;62510
 *   d;62999;Arques-le-Vieux;62040
 *   fin;3
 *
 * e: an EPCI. c: a commune, its EPCI, population, postcodes. What is part of a
 * commune, or was: d déléguée, a associée, m arrondissement municipal, x a code
 * that is no longer in use (without name). The last line counts the others
 * between it and the first: a file that was cut is seen. */
#ifndef TOCSIN_TERRITORY_COMMUNES_H
#define TOCSIN_TERRITORY_COMMUNES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/slice.h"

struct tcs_communes; /* opaque; built once, then only read */

struct tcs_epci {
	const char *siren, *name;
};

struct tcs_commune {
	const char *insee, *name;
	char departement[4];         /* "62", "2A", "974" */
	const struct tcs_epci *epci; /* NULL: in none */
	uint32_t population;         /* 0: not known */
	const char *postcodes;       /* "59000 59160"; "" when there is none */
	const char *key;             /* the name as it is looked up */
};

enum tcs_commune_part {
	TCS_COMMUNE_WHOLE, /* today's commune itself */
	TCS_COMMUNE_DELEGUEE,
	TCS_COMMUNE_ASSOCIEE,
	TCS_COMMUNE_ARRONDISSEMENT, /* of Paris, Lyon, Marseille */
	TCS_COMMUNE_FORMER,         /* a code no longer in use */
};

/* What was found: today's commune, and the part of it that was asked for. */
struct tcs_commune_hit {
	const struct tcs_commune *commune; /* NULL: not found */
	enum tcs_commune_part part;
	const char *insee, *name; /* of the part; name "": not known */
	bool is_exact; /* the whole name, not only some words of it */
};

/* The file that the build made; absolute. */
const char *tcs_communes_path(void);
/* Reads the file whole (at most 8 MB). NULL: tcs_communes_path(). The caller
 * owns *ret_communes. TCS_ENOTFOUND: built without; TCS_EPARSE, TCS_ELIMIT:
 * `diag` has file, line and reason, and nothing of the file is used. */
enum tcs_err tcs_communes_load(const char *path,
    struct tcs_communes **ret_communes, struct tcs_diag *diag) TCS_MUST_USE;
/* `text` is borrowed during the call. */
enum tcs_err tcs_communes_parse(struct tcs_slice text, const char *file,
    struct tcs_communes **ret_communes, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_communes_free(struct tcs_communes **communes); /* NULL-safe */

/* What follows is borrowed from `communes`, which may be NULL: then nothing is
 * found. */

/* By INSEE code; a code that is in use today wins over a former one. */
struct tcs_commune_hit tcs_communes_find(
    const struct tcs_communes *communes, const char *insee);
/* By name, however it is written (territory/names.h), in a département, or in
 * all when it is NULL. Best first: the whole name before words of it ("Bruay"
 * of "Bruay-la-Buissière"), communes before parts. Writes at most `max` hits
 * and returns how many there are. */
size_t tcs_communes_search(const struct tcs_communes *communes,
    const char *departement, const char *name, struct tcs_commune_hit *hits,
    size_t max);
/* By code. NULL, *ret_n 0: there are none. */
const struct tcs_commune *tcs_communes_all(
    const struct tcs_communes *communes, size_t *ret_n);

#endif

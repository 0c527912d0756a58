/* place.h - where something happened, as a person types it: a commune, or a
 * place in its own words. Speaks to nothing. */
#ifndef TOCSIN_CLI_PLACE_H
#define TOCSIN_CLI_PLACE_H

#include "config/conf.h"
#include "core/err.h"

struct tcs_communes;

/* What was typed; NULL: it was not, but `where`. */
struct tcs_place_words {
	const char *where;       /* INSEE code, commune's name or free text */
	const char *commune;     /* INSEE: `where` is a place in it */
	const char *departement; /* ... or there, in its own words */
};

/* Texts are borrowed from what was typed, and from the communes. */
struct tcs_place {
	char departement[4];
	const char *commune; /* INSEE, or NULL */
	const char *name; /* of the commune, as far as it is known, or NULL */
	const char *text; /* the place in its own words, or NULL */
};

/* `communes` may be NULL: then names are not known, only codes. In an
 * observatory of one département free text is there. TCS_EINVAL: `diag` has
 * what to write. */
enum tcs_err tcs_place_read(const struct tcs_conf *conf,
    const struct tcs_communes *communes, const struct tcs_place_words *words,
    struct tcs_place *ret_place, struct tcs_diag *diag) TCS_MUST_USE;

#endif

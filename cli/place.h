/* place.h - where something happened, as a person types it: a commune, or a
 * place in its own words. Speaks to nothing. */
#ifndef TOCSIN_CLI_PLACE_H
#define TOCSIN_CLI_PLACE_H

#include "config/conf.h"
#include "core/err.h"

/* Texts are borrowed from what was typed. */
struct tcs_place {
	char departement[4];
	const char *commune; /* INSEE, or NULL */
	const char *name; /* of the commune, as far as it is known, or NULL */
	const char *text; /* the place in its own words, or NULL */
};

/* `where` is an INSEE code, or free text; then `commune` (INSEE) or
 * `departement` says where that is; both may be NULL when the observatory has
 * one département only. TCS_EINVAL with what to write. */
enum tcs_err tcs_place_read(const struct tcs_conf *conf, const char *where,
    const char *commune, const char *departement, struct tcs_place *ret_place,
    struct tcs_diag *diag) TCS_MUST_USE;

#endif

/* zonetable.h - which départements a source's zones concern, for a source that
 * does not say: a table that people keep and correct. CSV, UTF-8:
 *
 *   # comment
 *   zone;nom;departements;verifie
 *   AP13;Lys amont-Laquette;59 62;oui
 *
 * The column "verifie" may be missing: then no row is verified. A zone whose
 * code is not known has only its name. */
#ifndef TOCSIN_TERRITORY_ZONETABLE_H
#define TOCSIN_TERRITORY_ZONETABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/slice.h"

struct tcs_zonetable; /* opaque; built once, then only read */

enum { TCS_ZONETABLE_DEPARTEMENTS_MAX = 8 };

struct tcs_zonetable_row {
	const char *zone; /* the source's code; "": known by its name only */
	const char *name; /* "": not given */
	const char *key;  /* the name as it is looked up */
	const char *departements[TCS_ZONETABLE_DEPARTEMENTS_MAX + 1];
	bool is_verified; /* somebody has seen it in the rule itself */
};

/* The caller owns *ret_table. TCS_EPARSE, TCS_ELIMIT: `diag` has `file`, line
 * and reason. `text` is borrowed during the call. */
enum tcs_err tcs_zonetable_parse(struct tcs_slice text, const char *file,
    struct tcs_zonetable **ret_table, struct tcs_diag *diag) TCS_MUST_USE;
enum tcs_err tcs_zonetable_load(const char *path,
    struct tcs_zonetable **ret_table, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_zonetable_free(struct tcs_zonetable **table); /* NULL-safe */

/* The table that is built in under that name: "troncons" (Vigicrues),
 * "massifs" (avalanches). p NULL: there is none of that name. */
struct tcs_slice tcs_zonetable_shipped(const char *name);
/* For a driver's option: the file `path`, or, when it is NULL, the table that
 * is built in as `shipped`. */
enum tcs_err tcs_zonetable_open(const char *path, const char *shipped,
    struct tcs_zonetable **ret_table, struct tcs_diag *diag) TCS_MUST_USE;

/* What follows is borrowed from `table`; départements are NULL-terminated. */

/* NULL: the zone is unknown. */
const char *const *tcs_zonetable_find(
    const struct tcs_zonetable *table, const char *zone);
/* By name, however it is written (territory/names.h). NULL: none has that
 * name, or several. */
const char *const *tcs_zonetable_find_named(
    const struct tcs_zonetable *table, const char *name);
/* False for a zone that is unknown. */
bool tcs_zonetable_is_verified(
    const struct tcs_zonetable *table, const char *zone);
/* By zone, those known by name only first. */
const struct tcs_zonetable_row *tcs_zonetable_rows(
    const struct tcs_zonetable *table, size_t *ret_n);

#endif

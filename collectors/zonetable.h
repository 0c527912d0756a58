/* zonetable.h - which départements a source's zones concern, for a source that
 * does not say: a table that people keep and correct. CSV, UTF-8:
 *
 *   # comment
 *   zone;nom;departements
 *   AP13;Lys amont-Laquette;59 62
 */
#ifndef TOCSIN_COLLECTORS_ZONETABLE_H
#define TOCSIN_COLLECTORS_ZONETABLE_H

#include "core/err.h"
#include "core/slice.h"

struct tcs_zonetable; /* opaque; built once, then only read */

/* The caller owns *ret_table. TCS_EPARSE, TCS_ELIMIT: `diag` has `file`, line
 * and reason. `text` is borrowed during the call. */
enum tcs_err tcs_zonetable_parse(struct tcs_slice text, const char *file,
    struct tcs_zonetable **ret_table, struct tcs_diag *diag) TCS_MUST_USE;
enum tcs_err tcs_zonetable_load(const char *path,
    struct tcs_zonetable **ret_table, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_zonetable_free(struct tcs_zonetable **table); /* NULL-safe */
/* NULL-terminated codes, borrowed from `table`; NULL: the zone is unknown. */
const char *const *tcs_zonetable_find(
    const struct tcs_zonetable *table, const char *zone);

#endif

/* crosscheck.h - is the table of tronçons right? What Météo-France shows as a
 * département's floods (phenomenon 4) is the highest level of its tronçons: two
 * documents of about the same time tell where the table is not. */
#ifndef TOCSIN_CLI_CROSSCHECK_H
#define TOCSIN_CLI_CROSSCHECK_H

#include <stddef.h>

#include "collectors/readings.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/slice.h"
#include "territory/zonetable.h"

struct tcs_crosscheck_in {
	const struct tcs_readings *map; /* Vigicrues, of the whole country */
	struct tcs_slice carte; /* Météo-France: cartevigilance, as JSON */
	const struct tcs_zonetable *table;
};

/* Départements: the levels are equal, are not, or cannot be compared because
 * Météo-France says nothing of floods there. */
struct tcs_crosscheck {
	size_t agree, differ, unsaid;
};

/* Appends a report for people to `out`: each difference with the rows that it
 * concerns. TCS_EPARSE: the carte is none. */
enum tcs_err tcs_crosscheck(const struct tcs_crosscheck_in *in,
    struct tcs_buf *out, struct tcs_crosscheck *ret_count,
    struct tcs_diag *diag) TCS_MUST_USE;

#endif

/* names.h - one spelling for the names of places, whatever people and sources
 * write: "St Omer" is "Saint-Omer", "Réunion" is "La Réunion". */
#ifndef TOCSIN_TERRITORY_NAMES_H
#define TOCSIN_TERRITORY_NAMES_H

#include "core/buf.h"
#include "core/slice.h"

/* Append the key of `name`: folded, one blank between two words and none at
 * the ends, "saint" and "sainte" as "st" and "ste", without the article before
 * it. Nothing is appended for a name without letter or digit. `buf` may end up
 * in error (past its limit). */
void tcs_name_key(struct tcs_slice name, struct tcs_buf *buf);

#endif

/* date.h - dates as people and programs write them in feeds, mails and pages.
 * Strict times of machines are core/clock.h's. */
#ifndef TOCSIN_CORE_DATE_H
#define TOCSIN_CORE_DATE_H

#include <stdint.h>

#include "core/err.h"
#include "core/slice.h"

/* RFC 822, 2822, 5322 ("Fri, 02 Oct 2026 14:45:52 +0000", two-digit years, any
 * form of zone, French names too); ISO 8601 ("2026-10-02", "2026-10-02T14:45",
 * with or without seconds, fraction and offset); "02/10/2026[ 14:45[:52]]",
 * "2 octobre 2026 à 14h45", "1er mars 2026". Without a zone it is the legal
 * time of the territory, without an hour midnight. TCS_EPARSE: none of these,
 * or not of 1970 to 2199. */
enum tcs_err tcs_date_read(struct tcs_slice text, int64_t *ret_ms) TCS_MUST_USE;

#endif

/* template.h - texts with places to fill in: "Vigilance crues {level}". */
#ifndef TOCSIN_RULES_TEMPLATE_H
#define TOCSIN_RULES_TEMPLATE_H

#include "core/buf.h"
#include "core/err.h"

#define TCS_PLACES(X)                                                          \
	X(LEVEL, "level")                                                      \
	X(PREVIOUS, "previous")                                                \
	X(ZONE, "zone")                                                        \
	X(ZONE_CODE, "zone-code")                                              \
	X(SOURCE, "source")                                                    \
	X(ISSUED, "issued")                                                    \
	X(CODE, "code")

#define TCS_PLACE_ENUM(id, name) TCS_PLACE_##id,
enum tcs_place { TCS_PLACES(TCS_PLACE_ENUM) TCS_PLACE_COUNT };
#undef TCS_PLACE_ENUM

enum { TCS_PLACES_ALL = (1 << TCS_PLACE_COUNT) - 1 };

/* TCS_EINVAL, with what is wrong as a finding at `file` and `line`: a name
 * that is no place, one that is not in `allowed` (bits 1 << TCS_PLACE_...), a
 * brace without its other half. */
enum tcs_err tcs_template_check(const char *text, unsigned allowed,
    const char *file, unsigned line, struct tcs_diag *diag) TCS_MUST_USE;
/* Append `text` with its places filled in; a NULL value fills in nothing. The
 * text was checked. */
void tcs_template_fill(const char *text,
    const char *const values[TCS_PLACE_COUNT], struct tcs_buf *buf);

#endif

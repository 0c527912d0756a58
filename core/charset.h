/* charset.h - text in whatever encoding a source uses, declares, forgets to
 * declare or declares wrongly, as UTF-8. For feeds and pages: what is decoded
 * is what was meant, nearly always. */
#ifndef TOCSIN_CORE_CHARSET_H
#define TOCSIN_CORE_CHARSET_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/slice.h"

/* Append `body` as UTF-8. Known are UTF-8, UTF-16 (by its BOM or its form),
 * ISO-8859-1, ISO-8859-15 and Windows-1252, by BOM, by the XML declaration or
 * by `content_type` (may be NULL). Bytes that are not UTF-8 are read as one of
 * the last three, each by itself, so that one bad byte spoils one letter only.
 * The BOM is left out, a NUL becomes a blank. *ret_is_wrong: it is not in the
 * encoding that it declares, nor, declaring none, in UTF-8. */
void tcs_charset_utf8(struct tcs_slice body, const char *content_type,
    struct tcs_buf *buf, bool *ret_is_wrong);
/* Append one code point; what is no character becomes U+FFFD. */
void tcs_charset_append(struct tcs_buf *buf, uint32_t code);

#endif

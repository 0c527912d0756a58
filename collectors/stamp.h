/* stamp.h - the content of a body: its SHA-256 without the members or elements
 * that only say when the file was made, and change at each fetch. */
#ifndef TOCSIN_COLLECTORS_STAMP_H
#define TOCSIN_COLLECTORS_STAMP_H

#include "core/digest.h"
#include "core/slice.h"

/* `stamps`: names, NULL-ended, or NULL. Left out is the value of each JSON
 * member "<name>": "…" and the text of each element <name>…</name>. With none
 * of them in `body` it is the body's own SHA-256. Returns `hex`. */
char *tcs_stamp_digest(
    struct tcs_slice body, const char *const *stamps, char hex[TCS_DIGEST_HEX]);

#endif

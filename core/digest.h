/* digest.h - SHA-256 as text, HMAC-SHA-256, base64 and random text. */
#ifndef TOCSIN_CORE_DIGEST_H
#define TOCSIN_CORE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/slice.h"

/* Once per process, before random numbers are asked for. */
enum tcs_err tcs_digest_startup(void) TCS_MUST_USE;

enum { TCS_DIGEST_HEX = 65 }; /* 64 lower-case hex digits and a NUL */

/* Over `n` parts, each preceded by its length as 8 bytes little-endian, so
 * that ("ab","c") and ("a","bc") differ. Returns `hex`. */
char *tcs_digest_parts(
    const struct tcs_slice *parts, size_t n, char hex[TCS_DIGEST_HEX]);
/* Plain SHA-256 of the bytes. Returns `hex`. */
char *tcs_digest(struct tcs_slice bytes, char hex[TCS_DIGEST_HEX]);
/* Base64 (standard alphabet, padded) of HMAC-SHA-256; `ret_text` needs 45. */
void tcs_hmac_base64(
    struct tcs_slice key, struct tcs_slice bytes, char ret_text[45]);
/* Standard alphabet, padding optional; *ret_n bytes into `out` of `max`. */
enum tcs_err tcs_base64_decode(struct tcs_slice text, unsigned char *out,
    size_t max, size_t *ret_n) TCS_MUST_USE;
/* The alphabet of URLs, without padding: a part of a JSON Web Token. */
enum tcs_err tcs_base64url_decode(struct tcs_slice text, unsigned char *out,
    size_t max, size_t *ret_n) TCS_MUST_USE;
/* Append it, in the standard alphabet, padded. */
void tcs_base64_encode(struct tcs_slice bytes, struct tcs_buf *buf);
/* `n` hex digits from the system's generator and a NUL: `text` needs n + 1. */
void tcs_random_hex(char *text, size_t n);
uint32_t tcs_random_u32(void);

#endif

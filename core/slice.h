/* slice.h - a borrowed view of bytes: not NUL-terminated, owns nothing. */
#ifndef TOCSIN_CORE_SLICE_H
#define TOCSIN_CORE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct tcs_slice {
	const char *p;
	size_t n;
};

/* For printf("%.*s", TCS_SLICE_ARG(s)). */
#define TCS_SLICE_ARG(s) (int)(s).n, (s).p

static inline struct tcs_slice
tcs_slice(const void *p, size_t n)
{
	return (struct tcs_slice){.p = p, .n = n};
}

struct tcs_slice tcs_slice_str(const char *s); /* NULL gives an empty slice */
bool tcs_slice_equal(struct tcs_slice a, struct tcs_slice b);
bool tcs_slice_is(struct tcs_slice a, const char *s);
bool tcs_slice_starts(struct tcs_slice a, const char *prefix);
/* Without ASCII blanks (space, tab, CR, LF) at both ends. */
struct tcs_slice tcs_slice_trim(struct tcs_slice s);
/* Cut at the first `sep`: returns what precedes it, *rest is what follows (or
 * an empty slice with p NULL when `sep` is not in `s`). */
struct tcs_slice tcs_slice_cut(
    struct tcs_slice s, char sep, struct tcs_slice *rest);
/* Decimal integers, whole slice, no blank, no sign for the unsigned form.
 * TCS_EPARSE, or TCS_ELIMIT when out of [min, max]. */
enum tcs_err tcs_slice_u64(
    struct tcs_slice s, uint64_t max, uint64_t *ret_value) TCS_MUST_USE;
enum tcs_err tcs_slice_i64(struct tcs_slice s, int64_t min, int64_t max,
    int64_t *ret_value) TCS_MUST_USE;
/* `value` in decimal: a view of the end of `text`, with a NUL behind it. */
enum { TCS_SLICE_DECIMAL = 21 }; /* a sign, 19 digits and a NUL */
struct tcs_slice tcs_slice_decimal(int64_t value, char text[TCS_SLICE_DECIMAL]);
/* The parts one behind the other in `text`, cut to `size` bytes with the NUL:
 * what a name or a key is put together from. Returns what `text` holds. */
struct tcs_slice tcs_slice_join(
    char *text, size_t size, const struct tcs_slice *parts, size_t parts_n);
/* True when the bytes are well-formed UTF-8 without NUL. */
bool tcs_slice_is_utf8(struct tcs_slice s);
/* Bytes of the first character, 1 to 4; 0: not UTF-8, or a NUL. s.n > 0. */
size_t tcs_slice_utf8_len(struct tcs_slice s);
/* NUL-terminated copy; the caller owns it. NULL when out of memory. */
char *tcs_slice_dup(struct tcs_slice s);

#endif

/* buf.h - text and bytes under construction: a hard limit set at creation, a
 * sticky error, one check at the end. Always NUL-terminated once non-empty. */
#ifndef TOCSIN_CORE_BUF_H
#define TOCSIN_CORE_BUF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/err.h"
#include "core/slice.h"

struct tcs_buf {
	char *p;          /* owned; NULL while nothing was appended */
	size_t n;         /* bytes in use, without the final NUL */
	size_t cap;       /* bytes allocated */
	size_t max;       /* `n` never exceeds it */
	enum tcs_err err; /* first failure; later appends do nothing */
};

void tcs_buf_init(struct tcs_buf *buf, size_t max);
void tcs_buf_fini(struct tcs_buf *buf);  /* NULL-safe; usable again */
void tcs_buf_reset(struct tcs_buf *buf); /* empty, keeps memory and limit */
/* Room for `n` more bytes at once, or for as many as the limit allows. */
void tcs_buf_expect(struct tcs_buf *buf, size_t n);
void tcs_buf_append(struct tcs_buf *buf, const void *p, size_t n);
void tcs_buf_slice(struct tcs_buf *buf, struct tcs_slice s);
static inline void
tcs_buf_str(struct tcs_buf *buf, const char *s)
{
	tcs_buf_append(buf, s, strlen(s));
}

void tcs_buf_char(struct tcs_buf *buf, char c);
void tcs_buf_i64(struct tcs_buf *buf, int64_t value); /* in decimal */
/* `n` bytes more, to be written by the caller at the place returned; NULL:
 * `buf->err` is set. */
char *tcs_buf_more(struct tcs_buf *buf, size_t n);
void tcs_buf_printf(struct tcs_buf *buf, const char *fmt, ...) TCS_PRINTF(2, 3);
/* Drop `n` bytes from the front. */
void tcs_buf_consume(struct tcs_buf *buf, size_t n);
/* View of the content, valid until the next change. */
static inline struct tcs_slice
tcs_buf_view(const struct tcs_buf *buf)
{
	return tcs_slice(buf->p, buf->n);
}

/* On TCS_OK the caller owns *ret_text, NUL-terminated, and `buf` is empty. */
enum tcs_err tcs_buf_steal(struct tcs_buf *buf, char **ret_text) TCS_MUST_USE;

#endif

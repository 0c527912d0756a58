#include "core/buf.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room that is made before something is formatted. */
enum { BUF_PRINT = 48 };

void
tcs_buf_init(struct tcs_buf *buf, size_t max)
{
	*buf = (struct tcs_buf){.max = max};
}

void
tcs_buf_fini(struct tcs_buf *buf)
{
	if (buf == NULL)
		return;
	free(buf->p);
	tcs_buf_init(buf, buf->max);
}

void
tcs_buf_reset(struct tcs_buf *buf)
{
	buf->n = 0;
	buf->err = TCS_OK;
	if (buf->p != NULL)
		buf->p[0] = '\0';
}

/* As buf_reserve(), where there is no room yet. */
static bool
buf_grow(struct tcs_buf *buf, size_t n)
{
	if (buf->err != TCS_OK)
		return false;
	if (n > buf->max - buf->n) {
		buf->err = TCS_ELIMIT;
		return false;
	}
	size_t need = buf->n + n + 1;
	size_t cap = buf->cap == 0 ? 64 : buf->cap;
	while (cap < need)
		cap *= 2;
	char *p = realloc(buf->p, cap);
	if (p == NULL) {
		buf->err = TCS_ENOMEM;
		return false;
	}
	buf->p = p;
	buf->cap = cap;
	return true;
}

/* Room for `n` more bytes and the NUL. */
static inline bool
buf_reserve(struct tcs_buf *buf, size_t n)
{
	bool has_room = buf->err == TCS_OK && n <= buf->max - buf->n &&
	                n < buf->cap - buf->n;

	return has_room || buf_grow(buf, n);
}

static inline void
buf_put(struct tcs_buf *buf, const void *p, size_t n)
{
	if (!buf_reserve(buf, n))
		return;
	if (n > 0)
		memcpy(buf->p + buf->n, p, n);
	buf->n += n;
	buf->p[buf->n] = '\0';
}

void
tcs_buf_expect(struct tcs_buf *buf, size_t n)
{
	size_t left = buf->max - buf->n;

	(void)buf_reserve(buf, left < n ? left : n);
}

void
tcs_buf_append(struct tcs_buf *buf, const void *p, size_t n)
{
	buf_put(buf, p, n);
}

void
tcs_buf_slice(struct tcs_buf *buf, struct tcs_slice s)
{
	buf_put(buf, s.p, s.n);
}

void
tcs_buf_char(struct tcs_buf *buf, char c)
{
	buf_put(buf, &c, 1);
}

void
tcs_buf_i64(struct tcs_buf *buf, int64_t value)
{
	char text[TCS_SLICE_DECIMAL];
	struct tcs_slice digits = tcs_slice_decimal(value, text);

	buf_put(buf, digits.p, digits.n);
}

char *
tcs_buf_more(struct tcs_buf *buf, size_t n)
{
	if (!buf_reserve(buf, n))
		return NULL;
	char *p = buf->p + buf->n;
	buf->n += n;
	buf->p[buf->n] = '\0';
	return p;
}

/* Written where it belongs at once, if there is room: what is written into a
 * buffer is mostly short. */
void
tcs_buf_printf(struct tcs_buf *buf, const char *fmt, ...)
{
	va_list ap;

	tcs_buf_expect(buf, BUF_PRINT);
	size_t room = buf->err == TCS_OK ? buf->cap - buf->n : 0;

	va_start(ap, fmt);
	int n = vsnprintf(room == 0 ? NULL : buf->p + buf->n, room, fmt, ap);
	va_end(ap);
	bool is_whole =
	    n >= 0 && (size_t)n < room && (size_t)n <= buf->max - buf->n;
	if (!is_whole && room > 0)
		buf->p[buf->n] = '\0';
	if (n < 0) {
		buf->err = buf->err == TCS_OK ? TCS_EINVAL : buf->err;
		return;
	}
	if (!is_whole) {
		if (!buf_reserve(buf, (size_t)n))
			return;
		va_start(ap, fmt);
		(void)vsnprintf(buf->p + buf->n, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	buf->n += (size_t)n;
}

void
tcs_buf_consume(struct tcs_buf *buf, size_t n)
{
	tcs_assert(n <= buf->n);
	if (n == 0)
		return;
	memmove(buf->p, buf->p + n, buf->n - n + 1);
	buf->n -= n;
}

enum tcs_err
tcs_buf_steal(struct tcs_buf *buf, char **ret_text)
{
	tcs_buf_append(buf, "", 0);
	if (buf->err != TCS_OK)
		return buf->err;
	*ret_text = buf->p;
	buf->p = NULL;
	tcs_buf_fini(buf);
	return TCS_OK;
}

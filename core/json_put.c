/* json_put.c - JSON written member by member, without an object. */
#include <string.h>

#include "core/json.h"

static bool
json_is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Is any of eight bytes not plain? A byte's own high bit says so, or the one
 * that it borrows when what it must reach is taken from it. */
static bool
json_has_special(uint64_t bytes)
{
	const uint64_t ones = UINT64_MAX / 255;
	uint64_t quote = bytes ^ ones * '"';
	uint64_t backslash = bytes ^ ones * '\\';

	return ((bytes | (bytes - ones * 0x20) | (quote - ones) |
	            (backslash - ones)) &
	           ones * 0x80) != 0;
}

/* Bytes at the front that a string holds as they are: nearly all of them. */
static size_t
json_plain_length(const char *p, size_t n)
{
	uint64_t bytes;
	size_t at = 0;

	for (; n - at >= sizeof(bytes); at += sizeof(bytes)) {
		memcpy(&bytes, p + at, sizeof(bytes));
		if (json_has_special(bytes))
			break;
	}
	while (at < n && json_is_plain((unsigned char)p[at]))
		at++;
	return at;
}

static void
json_write_escaped(struct tcs_buf *buf, unsigned char c)
{
	static const char special[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt";
	const char *at = c == '\0' ? NULL : strchr(special, c);

	if (at == NULL) {
		tcs_buf_printf(buf, "\\u%04X", (unsigned)c);
		return;
	}
	const char escape[] = {'\\', letter[at - special]};
	tcs_buf_append(buf, escape, sizeof(escape));
}

/* What is not plain at the front of `text`; returns its length. */
static size_t
json_write_special(struct tcs_buf *buf, struct tcs_slice text)
{
	unsigned char c = (unsigned char)text.p[0];

	if (c < 0x80) {
		json_write_escaped(buf, c);
		return 1;
	}
	size_t n = tcs_slice_utf8_len(text);
	if (n == 0 && buf->err == TCS_OK)
		buf->err = TCS_EINVAL;
	tcs_buf_append(buf, text.p, n);
	return n == 0 ? 1 : n;
}

/* With its quotes. */
static void
json_write_text(struct tcs_buf *buf, struct tcs_slice text)
{
	tcs_buf_char(buf, '"');
	while (text.n > 0) {
		size_t n = json_plain_length(text.p, text.n);
		tcs_buf_append(buf, text.p, n);
		if (n < text.n)
			n += json_write_special(
			    buf, tcs_slice(text.p + n, text.n - n));
		text = tcs_slice(text.p + n, text.n - n);
	}
	tcs_buf_char(buf, '"');
}

/* A comma, unless it is the first, and its name. What ends before it ends with
 * a bracket or brace that opens only if it is the first. */
static void
json_name(struct tcs_buf *buf, const char *name)
{
	bool is_first = buf->n == 0 || buf->p[buf->n - 1] == '[' ||
	                buf->p[buf->n - 1] == '{';

	if (!is_first)
		tcs_buf_char(buf, ',');
	if (name == NULL)
		return;
	tcs_buf_char(buf, '"');
	tcs_buf_str(buf, name);
	tcs_buf_append(buf, "\":", 2);
}

void
tcs_json_open(struct tcs_buf *buf, const char *name, char bracket)
{
	json_name(buf, name);
	tcs_buf_char(buf, bracket);
}

void
tcs_json_close(struct tcs_buf *buf, char bracket)
{
	tcs_buf_char(buf, bracket);
}

void
tcs_json_put_str(struct tcs_buf *buf, const char *name, const char *text)
{
	tcs_json_put_slice(buf, name, tcs_slice_str(text));
}

void
tcs_json_put_slice(struct tcs_buf *buf, const char *name, struct tcs_slice text)
{
	if (text.p == NULL)
		return;
	json_name(buf, name);
	json_write_text(buf, text);
}

void
tcs_json_put_i64(struct tcs_buf *buf, const char *name, int64_t value)
{
	json_name(buf, name);
	tcs_buf_i64(buf, value);
}

void
tcs_json_put_flag(struct tcs_buf *buf, const char *name, bool is_set)
{
	if (!is_set)
		return;
	json_name(buf, name);
	tcs_buf_append(buf, "true", 4);
}

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

/* Within its quotes; its first `plain` bytes are known to be so. */
static void
json_write_text(struct tcs_buf *buf, struct tcs_slice text, size_t plain)
{
	for (;;) {
		tcs_buf_append(buf, text.p, plain);
		text = tcs_slice(text.p + plain, text.n - plain);
		if (text.n == 0)
			return;
		size_t n = json_write_special(buf, text);
		text = tcs_slice(text.p + n, text.n - n);
		plain = json_plain_length(text.p, text.n);
	}
}

/* What ends before it ends with a bracket or brace that opens only if it is
 * the first. */
static bool
json_is_first(const struct tcs_buf *buf)
{
	return buf->n == 0 || buf->p[buf->n - 1] == '[' ||
	       buf->p[buf->n - 1] == '{';
}

/* A comma, unless it is the first, its name, and `n` bytes that the caller
 * writes at the place returned: a signal has two hundred members. NULL: none
 * of it had room. */
static char *
json_member(struct tcs_buf *buf, const char *name, size_t n)
{
	bool is_first = json_is_first(buf);
	struct tcs_slice key = tcs_slice_str(name);
	size_t marks = (is_first ? 0U : 1U) + (name == NULL ? 0U : 3U);
	char *p = tcs_buf_more(buf, marks + key.n + n);

	if (p == NULL)
		return NULL;
	if (!is_first)
		*p++ = ',';
	if (name != NULL) {
		*p++ = '"';
		memcpy(p, key.p, key.n);
		p += key.n;
		*p++ = '"';
		*p++ = ':';
	}
	return p;
}

/* A value that needs no escape and no quotes. */
static void
json_put_bare(struct tcs_buf *buf, const char *name, struct tcs_slice value)
{
	char *p = json_member(buf, name, value.n);

	if (p != NULL)
		memcpy(p, value.p, value.n);
}

void
tcs_json_open(struct tcs_buf *buf, const char *name, char bracket)
{
	json_put_bare(buf, name, tcs_slice(&bracket, 1));
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
	size_t plain = json_plain_length(text.p, text.n);
	bool is_plain = plain == text.n;
	char *p = json_member(buf, name, is_plain ? text.n + 2 : 1);

	if (p == NULL)
		return;
	*p = '"';
	if (is_plain) {
		memcpy(p + 1, text.p, text.n);
		p[1 + text.n] = '"';
		return;
	}
	json_write_text(buf, text, plain);
	tcs_buf_char(buf, '"');
}

void
tcs_json_put_i64(struct tcs_buf *buf, const char *name, int64_t value)
{
	char text[TCS_SLICE_DECIMAL];

	json_put_bare(buf, name, tcs_slice_decimal(value, text));
}

void
tcs_json_put_flag(struct tcs_buf *buf, const char *name, bool is_set)
{
	if (is_set)
		json_put_bare(buf, name, tcs_slice_str("true"));
}

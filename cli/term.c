#include "cli/term.h"

/* Bytes of the well-formed character at the start of `s`; 0: none. */
static size_t
term_char(struct tcs_slice s)
{
	for (size_t n = 1; n <= 4 && n <= s.n; n++) {
		if (tcs_slice_is_utf8(tcs_slice(s.p, n)))
			return n;
	}
	return 0;
}

static bool
term_is_control(const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;

	if (n == 1)
		return u[0] < 0x20 || u[0] == 0x7f;
	/* U+0080 to U+009F; U+2028 to U+202E and U+2066 to U+2069 turn or end
	 * a line. */
	if (n == 2)
		return u[0] == 0xc2 && u[1] < 0xa0;
	if (n != 3 || u[0] != 0xe2)
		return false;
	return (u[1] == 0x80 && u[2] >= 0xa8 && u[2] <= 0xae) ||
	       (u[1] == 0x81 && u[2] >= 0xa6 && u[2] <= 0xa9);
}

void
tcs_term_line(struct tcs_buf *buf, struct tcs_slice text)
{
	while (text.n > 0) {
		size_t n = term_char(text);
		if (n == 0 || term_is_control(text.p, n))
			tcs_buf_char(buf, '?');
		else
			tcs_buf_append(buf, text.p, n);
		n = n == 0 ? 1 : n;
		text = tcs_slice(text.p + n, text.n - n);
	}
}

void
tcs_term_block(struct tcs_buf *buf, struct tcs_slice text, const char *indent)
{
	while (text.p != NULL && text.n > 0) {
		struct tcs_slice line = tcs_slice_cut(text, '\n', &text);
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		tcs_buf_str(buf, line.n > 0 ? indent : "");
		tcs_term_line(buf, line);
		tcs_buf_char(buf, '\n');
	}
}

void
tcs_term_json(struct tcs_buf *buf, struct tcs_slice json)
{
	while (json.n > 0) {
		size_t n = term_char(json);
		const unsigned char *u = (const unsigned char *)json.p;
		if (n == 0)
			tcs_buf_char(buf, '?');
		else if (!term_is_control(json.p, n))
			tcs_buf_append(buf, json.p, n);
		else if (n == 1)
			tcs_buf_printf(buf, "\\u%04x", u[0]);
		else if (n == 2)
			tcs_buf_printf(buf, "\\u%04x",
			    (unsigned)(u[0] & 0x1f) << 6 | (u[1] & 0x3f));
		else
			tcs_buf_printf(buf, "\\u%04x",
			    (unsigned)(u[0] & 0x0f) << 12 |
			        (unsigned)(u[1] & 0x3f) << 6 | (u[2] & 0x3f));
		n = n == 0 ? 1 : n;
		json = tcs_slice(json.p + n, json.n - n);
	}
}

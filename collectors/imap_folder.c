/* imap_folder.c - names of folders in modified UTF-7 (RFC 3501 5.1.3). */
#include <stdbool.h>
#include <string.h>

#include "collectors/imap.h"

/* One character of UTF-8 that is known to be sound. */
static uint32_t
folder_char(struct tcs_slice *rest)
{
	unsigned char first = (unsigned char)rest->p[0];
	size_t n = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	uint32_t c = n == 1 ? first : first & (0x7fU >> n);

	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)rest->p[i] & 0x3f);
	*rest = tcs_slice(rest->p + n, rest->n - n);
	return c;
}

/* UTF-16 in base64 with ',' for '/', without padding. */
struct folder_run {
	struct tcs_buf *buf;
	uint32_t bits;
	unsigned bits_n;
	bool is_open;
};

static void
folder_digit(struct folder_run *run, uint32_t value)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
	                             "pqrstuvwxyz0123456789+,";

	tcs_buf_char(run->buf, digits[value & 63]);
}

static void
folder_unit(struct folder_run *run, uint32_t unit)
{
	run->bits = run->bits << 16 | unit;
	run->bits_n += 16;
	while (run->bits_n >= 6) {
		run->bits_n -= 6;
		folder_digit(run, run->bits >> run->bits_n);
		run->bits &= (1U << run->bits_n) - 1;
	}
}

static void
folder_shifted(struct folder_run *run, uint32_t c)
{
	if (!run->is_open)
		tcs_buf_char(run->buf, '&');
	run->is_open = true;
	if (c >= 0x10000) {
		folder_unit(run, 0xd800 | ((c - 0x10000) >> 10));
		folder_unit(run, 0xdc00 | ((c - 0x10000) & 0x3ff));
	} else {
		folder_unit(run, c);
	}
}

static void
folder_close(struct folder_run *run)
{
	if (!run->is_open)
		return;
	if (run->bits_n > 0)
		folder_digit(run, run->bits << (6 - run->bits_n));
	run->bits = run->bits_n = 0;
	run->is_open = false;
	tcs_buf_char(run->buf, '-');
}

enum tcs_err
tcs_imap_folder(const char *name, struct tcs_buf *buf)
{
	struct tcs_slice rest = tcs_slice_str(name);
	struct folder_run run = {.buf = buf};

	if (rest.n == 0 || !tcs_slice_is_utf8(rest))
		return TCS_EINVAL;
	for (size_t i = 0; i < rest.n; i++) {
		if ((unsigned char)rest.p[i] < ' ' || rest.p[i] == 0x7f)
			return TCS_EINVAL;
	}
	tcs_buf_char(buf, '"');
	while (rest.n > 0) {
		uint32_t c = folder_char(&rest);
		if (c >= 0x80) {
			folder_shifted(&run, c);
			continue;
		}
		folder_close(&run);
		if (c == '"' || c == '\\')
			tcs_buf_char(buf, '\\');
		tcs_buf_char(buf, (char)c);
		if (c == '&')
			tcs_buf_char(buf, '-');
	}
	folder_close(&run);
	tcs_buf_char(buf, '"');
	return buf->err;
}

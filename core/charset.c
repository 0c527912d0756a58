#include "core/charset.h"

#include <string.h>
#include <strings.h>

enum {
	CHARSET_HEAD_MAX = 1024, /* where an XML declaration is looked for */
	CHARSET_REPLACEMENT = 0xfffd,
};

enum charset {
	CHARSET_NONE, /* nothing said, or nothing we know */
	CHARSET_UTF8,
	CHARSET_LATIN, /* ISO-8859-1 and Windows-1252, its superset in use */
	CHARSET_LATIN9,
	CHARSET_UTF16_LE,
	CHARSET_UTF16_BE,
};

static enum charset
charset_named(struct tcs_slice name)
{
	static const struct {
		const char *name;
		enum charset charset;
	} names[] = {
	    {"utf-8", CHARSET_UTF8},
	    {"utf8", CHARSET_UTF8},
	    {"us-ascii", CHARSET_UTF8},
	    {"ascii", CHARSET_UTF8},
	    {"iso-8859-1", CHARSET_LATIN},
	    {"iso8859-1", CHARSET_LATIN},
	    {"iso_8859-1", CHARSET_LATIN},
	    {"latin1", CHARSET_LATIN},
	    {"latin-1", CHARSET_LATIN},
	    {"windows-1252", CHARSET_LATIN},
	    {"cp1252", CHARSET_LATIN},
	    {"iso-8859-15", CHARSET_LATIN9},
	    {"iso8859-15", CHARSET_LATIN9},
	    {"latin9", CHARSET_LATIN9},
	    {"latin-9", CHARSET_LATIN9},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i].name) == name.n &&
		    strncasecmp(names[i].name, name.p, name.n) == 0)
			return names[i].charset;
	}
	return CHARSET_NONE;
}

/* The value after `key` and "=" in `text`, with or without quotes. */
static enum charset
charset_after(struct tcs_slice text, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i + n < text.n; i++) {
		if (strncasecmp(text.p + i, key, n) != 0)
			continue;
		struct tcs_slice rest =
		    tcs_slice_trim(tcs_slice(text.p + i + n, text.n - i - n));
		if (rest.n == 0 || rest.p[0] != '=')
			continue;
		rest = tcs_slice_trim(tcs_slice(rest.p + 1, rest.n - 1));
		if (rest.n > 0 && (rest.p[0] == '"' || rest.p[0] == '\''))
			rest = tcs_slice(rest.p + 1, rest.n - 1);
		size_t end = 0;
		while (end < rest.n &&
		       strchr("\"'; \t\r\n?>", rest.p[end]) == NULL)
			end++;
		return charset_named(tcs_slice(rest.p, end));
	}
	return CHARSET_NONE;
}

/* What the XML declaration says. */
static enum charset
charset_declared(struct tcs_slice body)
{
	size_t n = body.n < CHARSET_HEAD_MAX ? body.n : CHARSET_HEAD_MAX;
	const char *start = memmem(body.p, n, "<?xml", 5);

	if (start == NULL)
		return CHARSET_NONE;
	n -= (size_t)(start - body.p);
	const char *end = memmem(start, n, "?>", 2);
	return charset_after(
	    tcs_slice(start, end == NULL ? n : (size_t)(end - start)),
	    "encoding");
}

/* UTF-16 has a BOM, or begins with the two bytes of '<' or of a blank. */
static enum charset
charset_wide(struct tcs_slice body)
{
	if (body.n < 2)
		return CHARSET_NONE;
	const unsigned char *p = (const unsigned char *)body.p;
	if (p[0] == 0xff && p[1] == 0xfe)
		return CHARSET_UTF16_LE;
	if (p[0] == 0xfe && p[1] == 0xff)
		return CHARSET_UTF16_BE;
	if (p[0] != 0 && p[1] == 0 && strchr("< \n\r\t", p[0]) != NULL)
		return CHARSET_UTF16_LE;
	if (p[0] == 0 && p[1] != 0 && strchr("< \n\r\t", p[1]) != NULL)
		return CHARSET_UTF16_BE;
	return CHARSET_NONE;
}

void
tcs_charset_append(struct tcs_buf *buf, uint32_t code)
{
	char text[4];
	size_t n;

	if (code == 0)
		code = ' ';
	if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		code = CHARSET_REPLACEMENT;
	if (code < 0x80) {
		text[0] = (char)code;
		n = 1;
	} else if (code < 0x800) {
		text[0] = (char)(0xc0 | (code >> 6));
		n = 2;
	} else if (code < 0x10000) {
		text[0] = (char)(0xe0 | (code >> 12));
		n = 3;
	} else {
		text[0] = (char)(0xf0 | (code >> 18));
		n = 4;
	}
	for (size_t i = 1; i < n; i++)
		text[i] = (char)(0x80 | ((code >> (6 * (n - 1 - i))) & 0x3f));
	tcs_buf_append(buf, text, n);
}

static void
charset_from_wide(struct tcs_slice body, bool is_little, struct tcs_buf *buf)
{
	const unsigned char *p = (const unsigned char *)body.p;
	uint32_t high = 0;

	for (size_t i = 0; i + 1 < body.n; i += 2) {
		uint32_t unit = is_little ? p[i] | (uint32_t)p[i + 1] << 8
		                          : p[i + 1] | (uint32_t)p[i] << 8;
		if (i == 0 && unit == 0xfeff)
			continue;
		bool is_low = unit >= 0xdc00 && unit <= 0xdfff;
		if (high != 0)
			tcs_charset_append(
			    buf, is_low ? 0x10000 + ((high - 0xd800) << 10) +
			                      (unit - 0xdc00)
			                : CHARSET_REPLACEMENT);
		bool is_pair = high != 0 && is_low;
		high = unit >= 0xd800 && unit <= 0xdbff ? unit : 0;
		if (!is_pair && high == 0)
			tcs_charset_append(buf, unit);
	}
	if (high != 0)
		tcs_charset_append(buf, CHARSET_REPLACEMENT);
}

static uint32_t
charset_of_byte(unsigned char byte, enum charset charset)
{
	static const uint16_t windows[32] = {0x20ac, 0x81, 0x201a, 0x192,
	    0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152,
	    0x8d, 0x17d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
	    0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e,
	    0x178};
	static const struct {
		unsigned char byte;
		uint16_t code;
	} latin9[] = {{0xa4, 0x20ac}, {0xa6, 0x160}, {0xa8, 0x161},
	    {0xb4, 0x17d}, {0xb8, 0x17e}, {0xbc, 0x152}, {0xbd, 0x153},
	    {0xbe, 0x178}};

	if (byte >= 0x80 && byte < 0xa0)
		return windows[byte - 0x80];
	for (size_t i = 0; charset == CHARSET_LATIN9 && i < 8; i++) {
		if (latin9[i].byte == byte)
			return latin9[i].code;
	}
	return byte;
}

/* Bytes of the UTF-8 sequence that `s` begins with; 0: it begins with none. */
static size_t
charset_sequence(struct tcs_slice s)
{
	unsigned char lead = (unsigned char)s.p[0];
	size_t n = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

	if (n == 0 || n > s.n || !tcs_slice_is_utf8(tcs_slice(s.p, n)))
		return 0;
	return n;
}

/* Bytes of UTF-8 that `s` begins with, nearly always all of it. */
static size_t
charset_sound(struct tcs_slice s, bool *ret_has_wide)
{
	size_t n = 0;

	while (n < s.n) {
		bool is_wide = (unsigned char)s.p[n] >= 0x80;
		size_t k = is_wide
		               ? charset_sequence(tcs_slice(s.p + n, s.n - n))
		               : s.p[n] != '\0';
		if (k == 0)
			break;
		*ret_has_wide = *ret_has_wide || is_wide;
		n += k;
	}
	return n;
}

/* *ret_has_wide: UTF-8 beyond ASCII; *ret_has_byte: bytes that are not. */
static void
charset_from_bytes(struct tcs_slice body, enum charset charset,
    struct tcs_buf *buf, bool *ret_has_wide, bool *ret_has_byte)
{
	size_t at = 0;

	while (at < body.n && buf->err == TCS_OK) {
		struct tcs_slice rest = tcs_slice(body.p + at, body.n - at);
		size_t n = charset_sound(rest, ret_has_wide);
		if (n > 0) {
			tcs_buf_append(buf, rest.p, n);
			at += n;
			continue;
		}
		*ret_has_byte = *ret_has_byte || rest.p[0] != '\0';
		tcs_charset_append(
		    buf, charset_of_byte((unsigned char)rest.p[0], charset));
		at++;
	}
}

void
tcs_charset_utf8(struct tcs_slice body, const char *content_type,
    struct tcs_buf *buf, bool *ret_is_wrong)
{
	bool has_wide = false, has_byte = false;
	enum charset wide = charset_wide(body);

	*ret_is_wrong = false;
	if (body.n == 0)
		return;
	if (wide != CHARSET_NONE) {
		charset_from_wide(body, wide == CHARSET_UTF16_LE, buf);
		return;
	}
	bool has_bom = tcs_slice_starts(body, "\xef\xbb\xbf");
	if (has_bom)
		body = tcs_slice(body.p + 3, body.n - 3);
	enum charset said = charset_declared(body);
	enum charset sent =
	    charset_after(tcs_slice_str(content_type), "charset");
	enum charset charset = said != CHARSET_NONE ? said : sent;
	charset_from_bytes(body, charset, buf, &has_wide, &has_byte);
	bool is_latin = charset == CHARSET_LATIN || charset == CHARSET_LATIN9;
	/* Whoever declares one of two things that differ and means the other
	 * is right once. */
	bool may_be_latin =
	    is_latin || sent == CHARSET_LATIN || sent == CHARSET_LATIN9;
	*ret_is_wrong =
	    (has_byte && (!may_be_latin || has_wide)) ||
	    (is_latin && has_wide && !has_bom && sent != CHARSET_UTF8);
}

/* xml_escape.c - text as the content of an element or an attribute. */
#include <limits.h>
#include <string.h>

#include "core/xml.h"

/* Length of the UTF-8 sequence at `p` that XML 1.0 can carry (2.2, Char), or 0
 * for a byte that must be replaced. */
static size_t
xml_char_length(const char *p)
{
	static const struct {
		unsigned char mask, lead;
		size_t length;
	} forms[] = {
	    {0x80, 0x00, 1}, {0xe0, 0xc0, 2}, {0xf0, 0xe0, 3}, {0xf8, 0xf0, 4}};
	unsigned char lead = (unsigned char)p[0];

	if (lead < 0x20)
		return lead == '\t' || lead == '\n' || lead == '\r';
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t n = forms[i].length;
		if ((lead & forms[i].mask) != forms[i].lead)
			continue;
		if (strnlen(p, n) < n || !tcs_slice_is_utf8(tcs_slice(p, n)))
			return 0;
		bool is_noncharacter =
		    n == 3 && (memcmp(p, "\xef\xbf\xbe", 3) == 0 ||
		                  memcmp(p, "\xef\xbf\xbf", 3) == 0);
		return is_noncharacter ? 0 : n;
	}
	return 0;
}

static const char *
xml_escape_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\r':
		return "&#13;"; /* raw, a reader makes a newline of it */
	default:
		return NULL;
	}
}

/* ASCII that is written as it is, nearly all there is: itself; else NUL. */
static const char xml_plain[UCHAR_MAX + 1] =
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    " !\0#$%\0'()*+,-./0123456789:;\0=\0?"
    "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_"
    "`abcdefghijklmnopqrstuvwxyz{|}~\x7f";

/* Bytes from `text` on that are written as they are. */
static size_t
xml_plain_length(const char *text)
{
	size_t n = 0;

	for (;;) {
		while (xml_plain[(unsigned char)text[n]] != '\0')
			n++;
		size_t more = xml_escape_of(text[n]) != NULL
		                  ? 0
		                  : xml_char_length(text + n);
		if (more == 0)
			return n;
		n += more;
	}
}

void
tcs_xml_escape(struct tcs_buf *buf, const char *text)
{
	for (;;) {
		size_t n = xml_plain_length(text);
		tcs_buf_append(buf, text, n);
		text += n;
		if (*text == '\0')
			return;
		const char *escape = xml_escape_of(*text++);
		tcs_buf_str(buf, escape == NULL ? "\xef\xbf\xbd" : escape);
	}
}

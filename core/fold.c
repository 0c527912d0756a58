#include "core/fold.h"

#include <stdint.h>

/* Base letters of U+00C0 to U+017F, one each: '.' is a separator, '1' to '6'
 * stand for the pairs below. */
static const char fold_latin[] = "aaaaaa1ceeeeiiii"
                                 "dnooooo.ouuuuy34"
                                 "aaaaaa1ceeeeiiii"
                                 "dnooooo.ouuuuy3y"
                                 "aaaaaaccccccccdddd"
                                 "eeeeeeeeeegggggggghhhh"
                                 "iiiiiiiiii55jjkkk"
                                 "llllllllllnnnnnnnnnoooooo22"
                                 "rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static const char *const fold_pairs[] = {"ae", "oe", "th", "ss", "ij"};

_Static_assert(sizeof(fold_latin) - 1 == 0x180 - 0xc0, "U+00C0 to U+017F");

/* The next code point; 0 for bytes that are no UTF-8 (one is taken). */
static uint32_t
fold_next(struct tcs_slice *text)
{
	const unsigned char *p = (const unsigned char *)text->p;
	size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	uint32_t cp = p[0];

	if (n > 1)
		cp = p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if (i >= text->n || (p[i] & 0xc0) != 0x80) {
			n = 1;
			cp = 0;
			break;
		}
		cp = cp << 6 | (p[i] & 0x3fu);
	}
	if (n > 1 && cp < 0x80)
		cp = 0; /* overlong */
	text->p += n;
	text->n -= n;
	return cp;
}

static void
fold_separate(struct tcs_buf *buf)
{
	if (buf->n == 0 || buf->p[buf->n - 1] != ' ')
		tcs_buf_char(buf, ' ');
}

static void
fold_ascii(uint32_t cp, struct tcs_buf *buf)
{
	if (cp >= 'A' && cp <= 'Z')
		tcs_buf_char(buf, (char)(cp - 'A' + 'a'));
	else if ((cp >= 'a' && cp <= 'z') || (cp >= '0' && cp <= '9'))
		tcs_buf_char(buf, (char)cp);
	else
		fold_separate(buf);
}

static void
fold_letter(uint32_t cp, struct tcs_buf *buf)
{
	char c = fold_latin[cp - 0xc0];

	if (c == '.')
		fold_separate(buf);
	else if (c >= '1' && c <= '5')
		tcs_buf_str(buf, fold_pairs[c - '1']);
	else
		tcs_buf_char(buf, c);
}

/* Marks that compose with the letter before them, and characters without any
 * width: as if they were not there. */
static int
fold_is_nothing(uint32_t cp)
{
	return (cp >= 0x300 && cp <= 0x36f) || cp == 0xad ||
	       (cp >= 0x200b && cp <= 0x200f) || cp == 0x2060 || cp == 0xfeff;
}

void
tcs_fold(struct tcs_slice text, struct tcs_buf *buf)
{
	fold_separate(buf);
	while (text.n > 0 && buf->err == TCS_OK) {
		struct tcs_slice from = text;
		uint32_t cp = fold_next(&text);
		if (cp < 0x80)
			fold_ascii(cp, buf);
		else if (fold_is_nothing(cp))
			continue;
		else if (cp < 0xc0 || (cp >= 0x2000 && cp <= 0x2bff) ||
		         (cp >= 0x3000 && cp <= 0x303f))
			fold_separate(buf);
		else if (cp < 0x180)
			fold_letter(cp, buf);
		else
			tcs_buf_append(buf, from.p, from.n - text.n);
	}
	fold_separate(buf);
}

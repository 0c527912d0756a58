#include "core/slice.h"

#include <stdlib.h>
#include <string.h>

struct tcs_slice
tcs_slice_str(const char *s)
{
	return tcs_slice(s, s == NULL ? 0 : strlen(s));
}

bool
tcs_slice_equal(struct tcs_slice a, struct tcs_slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
tcs_slice_is(struct tcs_slice a, const char *s)
{
	return tcs_slice_equal(a, tcs_slice_str(s));
}

bool
tcs_slice_starts(struct tcs_slice a, const char *prefix)
{
	size_t n = strlen(prefix);

	return a.n >= n && memcmp(a.p, prefix, n) == 0;
}

static bool
slice_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct tcs_slice
tcs_slice_trim(struct tcs_slice s)
{
	while (s.n > 0 && slice_is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && slice_is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct tcs_slice
tcs_slice_cut(struct tcs_slice s, char sep, struct tcs_slice *rest)
{
	const char *at = s.n == 0 ? NULL : memchr(s.p, sep, s.n);

	if (at == NULL) {
		*rest = tcs_slice(NULL, 0);
		return s;
	}
	size_t n = (size_t)(at - s.p);
	*rest = tcs_slice(at + 1, s.n - n - 1);
	return tcs_slice(s.p, n);
}

enum tcs_err
tcs_slice_u64(struct tcs_slice s, uint64_t max, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (s.n == 0)
		return TCS_EPARSE;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return TCS_EPARSE;
		uint64_t digit = (uint64_t)(s.p[i] - '0');
		if (value > (UINT64_MAX - digit) / 10)
			return TCS_ELIMIT;
		value = value * 10 + digit;
	}
	if (value > max)
		return TCS_ELIMIT;
	*ret_value = value;
	return TCS_OK;
}

enum tcs_err
tcs_slice_i64(struct tcs_slice s, int64_t min, int64_t max, int64_t *ret_value)
{
	bool is_negative = s.n > 0 && s.p[0] == '-';
	uint64_t magnitude;

	if (is_negative)
		s = tcs_slice(s.p + 1, s.n - 1);
	enum tcs_err err = tcs_slice_u64(s, INT64_MAX, &magnitude);
	if (err != TCS_OK)
		return err;
	int64_t value = is_negative ? -(int64_t)magnitude : (int64_t)magnitude;
	if (value < min || value > max)
		return TCS_ELIMIT;
	*ret_value = value;
	return TCS_OK;
}

/* Length of the well-formed sequence at `p`, 0 when there is none. Table 3-7
 * of the Unicode standard: no overlong form, no surrogate, at most U+10FFFF. */
static size_t
slice_utf8_length(const unsigned char *p, size_t n)
{
	static const struct {
		unsigned char lead_min, lead_max, next_min, next_max;
		size_t length;
	} forms[] = {
	    {0x01, 0x7f, 0, 0, 1},
	    {0xc2, 0xdf, 0x80, 0xbf, 2},
	    {0xe0, 0xe0, 0xa0, 0xbf, 3},
	    {0xe1, 0xec, 0x80, 0xbf, 3},
	    {0xed, 0xed, 0x80, 0x9f, 3},
	    {0xee, 0xef, 0x80, 0xbf, 3},
	    {0xf0, 0xf0, 0x90, 0xbf, 4},
	    {0xf1, 0xf3, 0x80, 0xbf, 4},
	    {0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (p[0] < forms[i].lead_min || p[0] > forms[i].lead_max)
			continue;
		if (forms[i].length > n)
			return 0;
		if (forms[i].length > 1 &&
		    (p[1] < forms[i].next_min || p[1] > forms[i].next_max))
			return 0;
		for (size_t k = 2; k < forms[i].length; k++) {
			if (p[k] < 0x80 || p[k] > 0xbf)
				return 0;
		}
		return forms[i].length;
	}
	return 0;
}

size_t
tcs_slice_utf8_len(struct tcs_slice s)
{
	return slice_utf8_length((const unsigned char *)s.p, s.n);
}

bool
tcs_slice_is_utf8(struct tcs_slice s)
{
	size_t at = 0;

	while (at < s.n) {
		size_t n = slice_utf8_length(
		    (const unsigned char *)s.p + at, s.n - at);
		if (n == 0)
			return false;
		at += n;
	}
	return true;
}

struct tcs_slice
tcs_slice_decimal(int64_t value, char text[TCS_SLICE_DECIMAL])
{
	uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	char *end = text + TCS_SLICE_DECIMAL - 1, *p = end;

	*end = '\0';
	do {
		*--p = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (value < 0)
		*--p = '-';
	return tcs_slice(p, (size_t)(end - p));
}

struct tcs_slice
tcs_slice_join(
    char *text, size_t size, const struct tcs_slice *parts, size_t parts_n)
{
	size_t n = 0;

	for (size_t i = 0; i < parts_n; i++) {
		size_t left = size - 1 - n;
		size_t more = parts[i].n < left ? parts[i].n : left;
		if (more > 0)
			memcpy(text + n, parts[i].p, more);
		n += more;
	}
	text[n] = '\0';
	return tcs_slice(text, n);
}

char *
tcs_slice_dup(struct tcs_slice s)
{
	char *copy = malloc(s.n + 1);

	if (copy == NULL)
		return NULL;
	if (s.n > 0)
		memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	return copy;
}

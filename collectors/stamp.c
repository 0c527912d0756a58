#include "collectors/stamp.h"

#include <ctype.h>
#include <string.h>

/* More of them than this in one body: the rest counts as content. */
enum { STAMP_PARTS_MAX = 64, STAMP_VALUE_MAX = 100 };

static struct tcs_slice
stamp_from(struct tcs_slice s, const char *p)
{
	return tcs_slice(p, s.n - (size_t)(p - s.p));
}

/* What follows the name makes it a member or an element: where its value
 * begins and ends. A p of NULL: it is neither. */
static struct tcs_slice
stamp_value(char before, struct tcs_slice after)
{
	size_t i = 0;
	char end = '<';

	if (before == '"') {
		if (after.n == 0 || after.p[i++] != '"')
			return tcs_slice(NULL, 0);
		while (i < after.n && isspace((unsigned char)after.p[i]))
			i++;
		if (i == after.n || after.p[i++] != ':')
			return tcs_slice(NULL, 0);
		while (i < after.n && isspace((unsigned char)after.p[i]))
			i++;
		if (i == after.n || after.p[i] != '"')
			return tcs_slice(NULL, 0);
		end = '"';
	} else if (after.n == 0 || after.p[i] != '>') {
		return tcs_slice(NULL, 0);
	}
	struct tcs_slice value = tcs_slice(after.p + i + 1, after.n - i - 1);
	size_t max = value.n < STAMP_VALUE_MAX ? value.n : STAMP_VALUE_MAX;
	const char *close = memchr(value.p, end, max);
	return close == NULL ? tcs_slice(NULL, 0)
	                     : tcs_slice(value.p, (size_t)(close - value.p));
}

/* The first stamp in `s`; a p of NULL: none. */
static struct tcs_slice
stamp_find(struct tcs_slice s, const char *name)
{
	size_t n = strlen(name);
	const char *at = s.p;

	while ((at = memmem(at, s.n - (size_t)(at - s.p), name, n)) != NULL) {
		char before = ' ';
		if (at > s.p)
			before = at[-1];
		if (before == '"' || before == '<') {
			struct tcs_slice value =
			    stamp_value(before, stamp_from(s, at + n));
			if (value.p != NULL)
				return value;
		}
		at += n;
	}
	return tcs_slice(NULL, 0);
}

static struct tcs_slice
stamp_first(struct tcs_slice s, const char *const *stamps)
{
	struct tcs_slice first = tcs_slice(NULL, 0);

	for (; stamps != NULL && *stamps != NULL; stamps++) {
		struct tcs_slice found = stamp_find(s, *stamps);
		if (found.p != NULL && (first.p == NULL || found.p < first.p))
			first = found;
	}
	return first;
}

char *
tcs_stamp_digest(
    struct tcs_slice body, const char *const *stamps, char hex[TCS_DIGEST_HEX])
{
	struct tcs_slice parts[STAMP_PARTS_MAX];
	size_t n = 0;

	while (n < STAMP_PARTS_MAX - 1) {
		struct tcs_slice stamp =
		    body.n == 0 ? body : stamp_first(body, stamps);
		if (body.n == 0 || stamp.p == NULL)
			break;
		parts[n++] = tcs_slice(body.p, (size_t)(stamp.p - body.p));
		body = stamp_from(body, stamp.p + stamp.n);
	}
	if (n == 0)
		return tcs_digest(body, hex);
	parts[n++] = body;
	return tcs_digest_parts(parts, n, hex);
}

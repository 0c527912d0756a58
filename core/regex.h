/* regex.h - patterns of configurations on texts from outside: PCRE2 with JIT
 * behind limits. A text that meets a limit gives no answer, and never a no. */
#ifndef TOCSIN_CORE_REGEX_H
#define TOCSIN_CORE_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/match.h"
#include "core/slice.h"

struct tcs_regex; /* compiled once, then only read; opaque */

enum {
	TCS_REGEX_PATTERN_MAX = 16 * 1024,
	TCS_REGEX_GROUPS_MAX = 32,
};

enum tcs_regex_flags {
	TCS_REGEX_CASELESS = 1,  /* É is é */
	TCS_REGEX_MULTILINE = 2, /* ^ and $ at each line too */
	TCS_REGEX_DOTALL = 4,    /* . is a line end too */
	TCS_REGEX_EXTENDED = 8,  /* blanks and # comments in the pattern */
};

/* `pattern` is UTF-8, borrowed during the call; the caller owns *ret_regex.
 * TCS_EPARSE: a finding with PCRE2's words and the offset, in bytes. \C and
 * callouts are refused. TCS_ELIMIT: longer than TCS_REGEX_PATTERN_MAX, or more
 * groups than TCS_REGEX_GROUPS_MAX. */
enum tcs_err tcs_regex_compile(struct tcs_slice pattern, unsigned flags,
    struct tcs_regex **ret_regex, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_regex_free(struct tcs_regex **regex); /* NULL-safe, sets it to NULL */

/* What a match found, borrowed from the text; p NULL: the group took no part.
 */
struct tcs_regex_match {
	struct tcs_slice groups[TCS_REGEX_GROUPS_MAX + 1]; /* 0: all of it */
	size_t n;
};

/* Somewhere in `text`. TCS_UNKNOWN: it is not UTF-8, or a limit was met.
 * `ret_match` may be NULL; it is filled for TCS_YES only. */
enum tcs_match tcs_regex_search(const struct tcs_regex *regex,
    struct tcs_slice text, struct tcs_regex_match *ret_match);
/* The group of that name, or of the first of several that took part; p NULL:
 * there is none, or it took no part. */
struct tcs_slice tcs_regex_group(const struct tcs_regex *regex,
    const struct tcs_regex_match *match, const char *name);
/* Does the pattern have a group of that name? */
bool tcs_regex_has_group(const struct tcs_regex *regex, const char *name);

#endif

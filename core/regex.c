#include "core/regex.h"

#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* The work of one search; a text of 64 kB needs far less of any pattern that
 * is well made. With JIT the first bounds backtracking, and so does its stack.
 */
enum {
	REGEX_MATCH_LIMIT = 1000000,
	REGEX_DEPTH_LIMIT = 1000,
	REGEX_HEAP_LIMIT_KB = 8 * 1024,
	REGEX_STACK_MIN = 32 * 1024,
	REGEX_STACK_MAX = 512 * 1024,
	REGEX_NEST_MAX = 50, /* of parentheses */
};

struct tcs_regex {
	pcre2_code *code;
	pcre2_match_context *limits;
	pcre2_match_data *data; /* one search at a time: one loop, one thread */
	pcre2_jit_stack *stack;
};

static enum tcs_err
regex_refuse(struct tcs_diag *diag, int code, size_t offset)
{
	PCRE2_UCHAR text[200];

	if (code == PCRE2_ERROR_NOMEMORY)
		return TCS_ENOMEM;
	if (pcre2_get_error_message(code, text, sizeof(text)) < 0)
		text[0] = '\0';
	return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
	    "the pattern is wrong at byte %zu: %s", offset, (char *)text);
}

static uint32_t
regex_options(unsigned flags)
{
	uint32_t options =
	    PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_DUPNAMES;

	options |= flags & TCS_REGEX_CASELESS ? PCRE2_CASELESS : 0;
	options |= flags & TCS_REGEX_MULTILINE ? PCRE2_MULTILINE : 0;
	options |= flags & TCS_REGEX_DOTALL ? PCRE2_DOTALL : 0;
	options |= flags & TCS_REGEX_EXTENDED ? PCRE2_EXTENDED : 0;
	return options;
}

static enum tcs_err
regex_compile(struct tcs_regex *regex, struct tcs_slice pattern, unsigned flags,
    struct tcs_diag *diag)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	size_t offset = 0;
	int code = 0;

	if (context == NULL)
		return TCS_ENOMEM;
	(void)pcre2_set_parens_nest_limit(context, REGEX_NEST_MAX);
	(void)pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
	regex->code =
	    pcre2_compile((PCRE2_SPTR)(pattern.p == NULL ? "" : pattern.p),
	        pattern.n, regex_options(flags), &code, &offset, context);
	pcre2_compile_context_free(context);
	return regex->code == NULL ? regex_refuse(diag, code, offset) : TCS_OK;
}

/* JIT may be forbidden to a process, or a pattern be beyond it: then it is
 * interpreted, with the same limits. */
static enum tcs_err
regex_prepare(struct tcs_regex *regex, struct tcs_diag *diag)
{
	uint32_t groups = 0;

	(void)pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &groups);
	if (groups > TCS_REGEX_GROUPS_MAX)
		return tcs_diag_add(diag, TCS_ELIMIT, NULL, 0,
		    "the pattern has %u groups, more than %d", (unsigned)groups,
		    TCS_REGEX_GROUPS_MAX);
	regex->limits = pcre2_match_context_create(NULL);
	regex->data = pcre2_match_data_create_from_pattern(regex->code, NULL);
	if (regex->limits == NULL || regex->data == NULL)
		return TCS_ENOMEM;
	(void)pcre2_set_match_limit(regex->limits, REGEX_MATCH_LIMIT);
	(void)pcre2_set_depth_limit(regex->limits, REGEX_DEPTH_LIMIT);
	(void)pcre2_set_heap_limit(regex->limits, REGEX_HEAP_LIMIT_KB);
	if (pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE) != 0)
		return TCS_OK;
	regex->stack =
	    pcre2_jit_stack_create(REGEX_STACK_MIN, REGEX_STACK_MAX, NULL);
	if (regex->stack == NULL)
		return TCS_ENOMEM;
	pcre2_jit_stack_assign(regex->limits, NULL, regex->stack);
	return TCS_OK;
}

enum tcs_err
tcs_regex_compile(struct tcs_slice pattern, unsigned flags,
    struct tcs_regex **ret_regex, struct tcs_diag *diag)
{
	if (pattern.n > TCS_REGEX_PATTERN_MAX)
		return tcs_diag_add(diag, TCS_ELIMIT, NULL, 0,
		    "the pattern is longer than %d bytes",
		    TCS_REGEX_PATTERN_MAX);
	struct tcs_regex *regex = calloc(1, sizeof(*regex));
	if (regex == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = regex_compile(regex, pattern, flags, diag);
	if (err == TCS_OK)
		err = regex_prepare(regex, diag);
	if (err != TCS_OK)
		tcs_regex_free(&regex);
	else
		*ret_regex = regex;
	return err;
}

void
tcs_regex_free(struct tcs_regex **regex)
{
	if (regex == NULL || *regex == NULL)
		return;
	pcre2_match_data_free((*regex)->data);
	pcre2_match_context_free((*regex)->limits);
	pcre2_jit_stack_free((*regex)->stack);
	pcre2_code_free((*regex)->code);
	free(*regex);
	*regex = NULL;
}

/* A lookbehind's \K may end a match before it begins: such a group is none. */
static void
regex_groups(const struct tcs_regex *regex, struct tcs_slice text, size_t n,
    struct tcs_regex_match *match)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(regex->data);

	*match = (struct tcs_regex_match){.n = n};
	for (size_t i = 0; i < n; i++) {
		size_t from = at[2 * i], to = at[2 * i + 1];
		if (from <= to && to <= text.n)
			match->groups[i] = tcs_slice(text.p + from, to - from);
	}
}

enum tcs_match
tcs_regex_search(const struct tcs_regex *regex, struct tcs_slice text,
    struct tcs_regex_match *ret_match)
{
	if (text.p == NULL)
		text = tcs_slice_str("");
	int rc = pcre2_match(regex->code, (PCRE2_SPTR)text.p, text.n, 0, 0,
	    regex->data, regex->limits);

	if (rc == PCRE2_ERROR_NOMATCH)
		return TCS_NO;
	if (rc <= 0)
		return TCS_UNKNOWN;
	if (ret_match != NULL)
		regex_groups(regex, text, (size_t)rc, ret_match);
	return TCS_YES;
}

/* The table of names: two bytes of number, the name, NUL; of fixed size. */
static PCRE2_SPTR
regex_names(const struct tcs_regex *regex, uint32_t *ret_n, uint32_t *ret_size)
{
	PCRE2_SPTR table = NULL;

	*ret_n = *ret_size = 0;
	(void)pcre2_pattern_info(regex->code, PCRE2_INFO_NAMECOUNT, ret_n);
	(void)pcre2_pattern_info(
	    regex->code, PCRE2_INFO_NAMEENTRYSIZE, ret_size);
	(void)pcre2_pattern_info(regex->code, PCRE2_INFO_NAMETABLE, &table);
	return table;
}

struct tcs_slice
tcs_regex_group(const struct tcs_regex *regex,
    const struct tcs_regex_match *match, const char *name)
{
	uint32_t n, size;
	PCRE2_SPTR table = regex_names(regex, &n, &size);

	for (uint32_t i = 0; i < n; i++, table += size) {
		size_t group = (size_t)table[0] << 8 | table[1];
		if (strcmp((const char *)table + 2, name) == 0 &&
		    group < match->n && match->groups[group].p != NULL)
			return match->groups[group];
	}
	return tcs_slice(NULL, 0);
}

bool
tcs_regex_has_group(const struct tcs_regex *regex, const char *name)
{
	uint32_t n, size;
	PCRE2_SPTR table = regex_names(regex, &n, &size);

	for (uint32_t i = 0; i < n; i++, table += size) {
		if (strcmp((const char *)table + 2, name) == 0)
			return true;
	}
	return false;
}

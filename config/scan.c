#include "config/scan.h"

#include <stdlib.h>
#include <string.h>

enum scan_token {
	SCAN_END,
	SCAN_WORD,
	SCAN_STRING,
	SCAN_OPEN,
	SCAN_CLOSE,
	SCAN_EQUAL,
	SCAN_COMMA,
	SCAN_BAD, /* the finding is made */
};

/* The reader's place. `token` is the one in hand, not yet accepted. */
struct scan_reader {
	struct tcs_scan *scan;
	const char *file;
	struct tcs_diag *diag;
	size_t at;
	unsigned line;
	enum scan_token token;
	struct tcs_slice text; /* of a word, or between a string's quotes */
	size_t start;          /* of the token; `at` is its end */
	size_t before;         /* end of the token before */
	unsigned token_line;
	size_t contacts_n;
};

static enum scan_token
scan_fail(struct scan_reader *r, const char *text)
{
	(void)tcs_diag_add(r->diag, TCS_ECONFIG, r->file, r->line, "%s", text);
	return SCAN_BAD;
}

static char
scan_peek(const struct scan_reader *r, size_t ahead)
{
	size_t at = r->at + ahead;

	if (at >= r->scan->text_n)
		return '\0';
	return r->scan->text[at];
}

/* Blanks and comments; comments are overwritten. */
static void
scan_skip(struct scan_reader *r)
{
	bool is_comment = false;

	for (; r->at < r->scan->text_n; r->at++) {
		char *c = &r->scan->text[r->at];
		if (*c == '\n') {
			r->line++;
			is_comment = false;
		} else if (*c == '#' || is_comment) {
			is_comment = true;
			*c = ' ';
		} else if (*c != ' ' && *c != '\t' && *c != '\r') {
			return;
		}
	}
}

static bool
scan_is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (unsigned char)c >= 0x80 ||
	       (c != '\0' && strchr("._-:@%/", c) != NULL);
}

static enum scan_token
scan_word(struct scan_reader *r)
{
	const char *p = r->scan->text + r->at;

	if (*p == '/' && (p[1] == '/' || p[1] == '*'))
		return scan_fail(r, "a comment begins with #");
	while (scan_is_word(scan_peek(r, 0))) {
		char next = scan_peek(r, 1);
		if (scan_peek(r, 0) == '/' && (next == '/' || next == '*'))
			return scan_fail(r, "an unquoted value is cut at // "
			                    "or /*; write: \"…\" around it");
		r->at++;
	}
	if (scan_peek(r, 0) == '#')
		return scan_fail(r, "an unquoted value is cut at #; write: "
		                    "\"…\" around it, or a blank before #");
	r->text = tcs_slice(p, (size_t)(r->scan->text + r->at - p));
	return SCAN_WORD;
}

static enum scan_token
scan_string(struct scan_reader *r)
{
	char quote = scan_peek(r, 0);
	size_t start = ++r->at;

	for (;; r->at++) {
		char c = scan_peek(r, 0), next = scan_peek(r, 1);
		if (c == quote)
			break;
		if (c == '\0' || c == '\n' || c == '\r')
			return scan_fail(r,
			    "a text is not closed on its line; write: "
			    "the same quote at its end");
		if ((unsigned char)c < 0x20 || c == 0x7f)
			return scan_fail(r, "a control character in a text; "
			                    "write: a blank instead");
		if (c == '$' && next == '{')
			return scan_fail(r, "${…} is not expanded here; write: "
			                    "the value itself");
		if (c == '\\' && next != '\\' && next != quote)
			return scan_fail(
			    r, "a single backslash in a text; write: two");
		if (c == '\\')
			r->at++;
	}
	r->text = tcs_slice(r->scan->text + start, r->at - start);
	r->at++;
	return SCAN_STRING;
}

static enum scan_token
scan_sign(struct scan_reader *r)
{
	static const struct {
		char c;
		enum scan_token token;
	} signs[] = {{'{', SCAN_OPEN}, {'}', SCAN_CLOSE}, {'=', SCAN_EQUAL},
	    {',', SCAN_COMMA}};
	char c = scan_peek(r, 0);

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (signs[i].c == c) {
			r->at++;
			return signs[i].token;
		}
	}
	if (c == '$' && scan_peek(r, 1) == '{')
		return scan_fail(
		    r, "${…} is not expanded here; write: the value itself");
	if (c == '+' && scan_peek(r, 1) == '=')
		return scan_fail(r, "+= is not known here; write: one = with "
		                    "all values, as in {\"a\", \"b\"}");
	if (c == '(')
		return scan_fail(r,
		    "include() and other functions are not "
		    "known here; write: everything in one file");
	return scan_fail(r, "a character that must stand between quotes; "
	                    "write: \"…\" around the value");
}

static void
scan_next(struct scan_reader *r)
{
	r->before = r->at;
	scan_skip(r);
	r->start = r->at;
	r->token_line = r->line;
	char c = scan_peek(r, 0);
	if (r->at >= r->scan->text_n)
		r->token = SCAN_END;
	else if (scan_is_word(c))
		r->token = scan_word(r);
	else if (c == '"' || c == '\'')
		r->token = scan_string(r);
	else
		r->token = scan_sign(r);
}

/* What is in hand is not what belongs here. */
static enum tcs_err
scan_unexpected(struct scan_reader *r, const char *text)
{
	if (r->token != SCAN_BAD)
		(void)tcs_diag_add(r->diag, TCS_ECONFIG, r->file, r->token_line,
		    "%s%s",
		    r->token == SCAN_END ? "the file ends too early: " : "",
		    text);
	return TCS_ECONFIG;
}

static void *
scan_grow(void *items, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return items;
	size_t more = *cap == 0 ? 64 : *cap * 2;
	void *grown = reallocarray(items, more, size);
	if (grown != NULL)
		*cap = more;
	return grown;
}

/* { value, value }, the brace in hand. */
static enum tcs_err
scan_list(struct scan_reader *r, struct tcs_scan_item *item)
{
	static const char wanted[] =
	    "a list has a comma between two values; write: {\"a\", \"b\"}";

	item->is_list = true;
	scan_next(r);
	while (r->token != SCAN_CLOSE) {
		if (r->token != SCAN_WORD && r->token != SCAN_STRING)
			return scan_unexpected(r, wanted);
		if (item->values_n++ == 0)
			item->value = r->text;
		scan_next(r);
		if (r->token == SCAN_CLOSE)
			break;
		if (r->token != SCAN_COMMA)
			return scan_unexpected(r, wanted);
		scan_next(r);
		if (r->token == SCAN_CLOSE)
			return scan_unexpected(r, wanted);
	}
	scan_next(r);
	return TCS_OK;
}

/* The key in hand. */
static enum tcs_err
scan_item(struct scan_reader *r)
{
	struct tcs_scan *scan = r->scan;
	struct tcs_scan_item item = {
	    .key = r->text, .start = r->start, .line = r->token_line};
	enum tcs_err err = TCS_OK;

	scan_next(r);
	if (r->token == SCAN_OPEN)
		return scan_unexpected(r, "a section inside a section; write: "
		                          "} before it, or key = { … }");
	if (r->token != SCAN_EQUAL)
		return scan_unexpected(
		    r, "a key is followed by =; write: key = value");
	scan_next(r);
	if (r->token == SCAN_OPEN) {
		err = scan_list(r, &item);
	} else if (r->token == SCAN_WORD || r->token == SCAN_STRING) {
		item.values_n = 1;
		item.value = r->text;
		scan_next(r);
	} else {
		return scan_unexpected(
		    r, "a value is missing after =; write: key = value");
	}
	if (err != TCS_OK)
		return err;
	item.end = r->before;
	void *items = scan_grow(
	    scan->items, scan->items_n, &scan->items_cap, sizeof(item));
	if (items == NULL)
		return TCS_ENOMEM;
	scan->items = items;
	scan->items[scan->items_n++] = item;
	return TCS_OK;
}

static enum tcs_err
scan_add_section(struct scan_reader *r, const struct tcs_scan_section *section)
{
	struct tcs_scan *scan = r->scan;
	bool is_contact = tcs_slice_is(section->name, "contact");

	r->contacts_n += is_contact;
	if (r->contacts_n > TCS_SCAN_CONTACTS_MAX)
		return tcs_diag_add(r->diag, TCS_ELIMIT, r->file, section->line,
		    "more than %d contacts", TCS_SCAN_CONTACTS_MAX);
	if (scan->sections_n + 1 - r->contacts_n > TCS_SCAN_SECTIONS_MAX)
		return tcs_diag_add(r->diag, TCS_ELIMIT, r->file, section->line,
		    "more than %d sections", TCS_SCAN_SECTIONS_MAX);
	void *sections = scan_grow(scan->sections, scan->sections_n,
	    &scan->sections_cap, sizeof(*section));
	if (sections == NULL)
		return TCS_ENOMEM;
	scan->sections = sections;
	scan->sections[scan->sections_n++] = *section;
	return TCS_OK;
}

/* The section's name in hand. */
static enum tcs_err
scan_section(struct scan_reader *r)
{
	struct tcs_scan_section section = {.name = r->text,
	    .start = r->start,
	    .line = r->token_line,
	    .first = r->scan->items_n};

	if (r->token != SCAN_WORD)
		return scan_unexpected(
		    r, "a section is missing; write: name { key = value }");
	scan_next(r);
	if (r->token == SCAN_WORD || r->token == SCAN_STRING) {
		section.title = r->text;
		scan_next(r);
	}
	if (r->token == SCAN_EQUAL)
		return scan_unexpected(r, "a key outside of a section; write: "
		                          "section { key = value }");
	if (r->token != SCAN_OPEN)
		return scan_unexpected(
		    r, "a section has braces; write: name { key = value }");
	scan_next(r);
	bool is_free = tcs_slice_is(section.name, "kafka");
	while (r->token == SCAN_WORD || (is_free && r->token == SCAN_STRING)) {
		enum tcs_err err = scan_item(r);
		if (err != TCS_OK)
			return err;
		if (r->scan->items_n - section.first > TCS_SCAN_ITEMS_MAX)
			return tcs_diag_add(r->diag, TCS_ELIMIT, r->file,
			    r->token_line, "more than %d keys in a section",
			    TCS_SCAN_ITEMS_MAX);
	}
	if (r->token != SCAN_CLOSE)
		return scan_unexpected(
		    r, "a section ends with a brace; write: key = value, or }");
	section.items_n = r->scan->items_n - section.first;
	section.end = r->at;
	scan_next(r);
	return scan_add_section(r, &section);
}

static enum tcs_err
scan_check_bytes(struct tcs_slice text, const char *file, struct tcs_diag *diag)
{
	unsigned line = 1;

	if (text.n > TCS_SCAN_TEXT_MAX)
		return tcs_diag_add(diag, TCS_ELIMIT, file, 0,
		    "larger than %d bytes", TCS_SCAN_TEXT_MAX);
	while (text.n > 0) {
		struct tcs_slice rest;
		struct tcs_slice one = tcs_slice_cut(text, '\n', &rest);
		if (!tcs_slice_is_utf8(one))
			return tcs_diag_add(diag, TCS_ECONFIG, file, line,
			    "not UTF-8 text; save the file as UTF-8");
		text = rest;
		line++;
	}
	return TCS_OK;
}

enum tcs_err
tcs_scan_text(struct tcs_scan *scan, struct tcs_slice text, const char *file,
    struct tcs_diag *diag)
{
	struct scan_reader r = {
	    .scan = scan, .file = file, .diag = diag, .line = 1};
	enum tcs_err err = scan_check_bytes(text, file, diag);

	*scan = (struct tcs_scan){0};
	if (err != TCS_OK)
		return err;
	scan->text = tcs_slice_dup(text);
	if (scan->text == NULL)
		return TCS_ENOMEM;
	scan->text_n = text.n;
	if (tcs_slice_starts(text, "\xef\xbb\xbf"))
		tcs_scan_blank(scan, 0, 3);
	scan_next(&r);
	while (err == TCS_OK && r.token != SCAN_END)
		err = scan_section(&r);
	if (err != TCS_OK)
		tcs_scan_fini(scan);
	return err;
}

void
tcs_scan_blank(struct tcs_scan *scan, size_t start, size_t end)
{
	for (size_t i = start; i < end && i < scan->text_n; i++)
		if (scan->text[i] != '\n')
			scan->text[i] = ' ';
}

void
tcs_scan_fini(struct tcs_scan *scan)
{
	if (scan == NULL)
		return;
	free(scan->text);
	free(scan->sections);
	free(scan->items);
	*scan = (struct tcs_scan){0};
}

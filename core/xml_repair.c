#include "core/xml_repair.h"

#include <string.h>
#include <strings.h>

enum {
	REPAIR_DEPTH_MAX = 60,
	REPAIR_ATTRS_MAX = 32,  /* of one tag; more are left out */
	REPAIR_NAME_MAX = 120,  /* longer is no name */
	REPAIR_ENTITY_MAX = 12, /* "#x10FFFF" and less */
	REPAIR_HEAD_MAX = 4096, /* where <?xml may come after rubbish */
};

struct repair {
	struct tcs_slice text;
	size_t at;
	struct tcs_buf *buf;
	unsigned line; /* of the first fault */
	struct tcs_slice open[REPAIR_DEPTH_MAX];
	unsigned open_n;
	bool is_over; /* the root is closed */
	bool is_cut;  /* ends within something */
	bool is_deep;
};

static void
repair_fault_at(struct repair *r, const char *at)
{
	if (r->line != 0)
		return;
	r->line = 1;
	for (const char *p = r->text.p; p < at; p++)
		r->line += *p == '\n';
}

static void
repair_fault(struct repair *r)
{
	repair_fault_at(r, r->text.p + r->at);
}

static struct tcs_slice
repair_rest(const struct repair *r)
{
	return tcs_slice(r->text.p + r->at, r->text.n - r->at);
}

static bool
repair_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
repair_is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (unsigned char)c >= 0xc3;
}

static size_t
repair_name(struct tcs_slice s)
{
	size_t n = 0;

	if (s.n == 0 || !repair_is_name_start(s.p[0]))
		return 0;
	while (n < s.n &&
	       (repair_is_name_start(s.p[n]) || (unsigned char)s.p[n] >= 0x80 ||
	           (s.p[n] >= '0' && s.p[n] <= '9') || s.p[n] == '-' ||
	           s.p[n] == '.' || s.p[n] == ':'))
		n++;
	return n <= REPAIR_NAME_MAX ? n : 0;
}

/* ---- text ---- */

static bool
repair_is_char(unsigned long code)
{
	return code == '\t' || code == '\n' || code == '\r' ||
	       (code >= 0x20 && code < 0xd800) ||
	       (code >= 0xe000 && code < 0xfffe) ||
	       (code >= 0x10000 && code <= 0x10ffff);
}

/* "#233;" or "#xe9;" in `s`, whole. */
static bool
repair_is_reference(struct tcs_slice s)
{
	bool is_hex = s.n > 2 && s.p[1] == 'x';
	unsigned long code = 0;

	for (size_t i = is_hex ? 2 : 1; i < s.n; i++) {
		char c = s.p[i];
		unsigned digit =
		    c >= '0' && c <= '9'   ? (unsigned)(c - '0')
		    : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
		    : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
		                           : 99;
		if (digit >= (is_hex ? 16 : 10) || code > 0x10ffff)
			return false;
		code = code * (is_hex ? 16 : 10) + digit;
	}
	return s.n > 1 && repair_is_char(code);
}

/* Bytes of the entity at `s`, '&' to ';', that XML itself knows; else 0. */
static size_t
repair_entity(struct tcs_slice s)
{
	static const char *const names[] = {
	    "amp", "lt", "gt", "quot", "apos", NULL};
	size_t max = s.n < REPAIR_ENTITY_MAX ? s.n : REPAIR_ENTITY_MAX;
	const char *end = memchr(s.p, ';', max);

	if (end == NULL || end == s.p + 1)
		return 0;
	struct tcs_slice name = tcs_slice(s.p + 1, (size_t)(end - s.p) - 1);
	if (name.p[0] == '#')
		return repair_is_reference(name) ? name.n + 2 : 0;
	for (const char *const *at = names; *at != NULL; at++) {
		if (tcs_slice_is(name, *at))
			return name.n + 2;
	}
	return 0;
}

static bool
repair_is_forbidden(unsigned char c)
{
	return c < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

/* U+FFFE and U+FFFF. */
static bool
repair_is_noncharacter(struct tcs_slice s, size_t utf8)
{
	return utf8 == 3 && (memcmp(s.p, "\xef\xbf\xbe", 3) == 0 ||
	                        memcmp(s.p, "\xef\xbf\xbf", 3) == 0);
}

/* What `s` is part of: there, entities and quotes are marks or text. */
enum repair_place { REPAIR_CONTENT, REPAIR_VALUE, REPAIR_CDATA };

static const char *
repair_escape(char c, enum repair_place place)
{
	if (c == '&')
		return "&amp;";
	if (c == '<')
		return "&lt;";
	if (c == '>')
		return "&gt;";
	if (c == '"' && place == REPAIR_VALUE)
		return "&quot;";
	return repair_is_forbidden((unsigned char)c) ? " " : NULL;
}

/* Append `s` as content, or as a value in double quotes. */
static void
repair_text(struct repair *r, struct tcs_slice s, enum repair_place place)
{
	for (size_t i = 0; i < s.n;) {
		struct tcs_slice rest = tcs_slice(s.p + i, s.n - i);
		size_t utf8 = tcs_slice_utf8_len(rest);
		size_t n = rest.p[0] == '&' && place != REPAIR_CDATA
		               ? repair_entity(rest)
		               : 0;
		const char *instead =
		    n > 0 ? NULL : repair_escape(rest.p[0], place);
		if (utf8 == 0 || repair_is_noncharacter(rest, utf8))
			instead = "\xef\xbf\xbd";
		bool is_mark = (rest.p[0] == '&' && n == 0) ||
		               (rest.p[0] == '<' && place == REPAIR_VALUE);
		if ((is_mark && place != REPAIR_CDATA) ||
		    repair_is_forbidden((unsigned char)rest.p[0]))
			repair_fault_at(r, rest.p);
		if (n == 0)
			n = utf8 == 0 ? 1 : utf8;
		if (instead != NULL)
			tcs_buf_str(r->buf, instead);
		else
			tcs_buf_append(r->buf, rest.p, n);
		i += n;
	}
}

static void
repair_run(struct repair *r, struct tcs_slice run)
{
	if (r->open_n > 0)
		repair_text(r, run, REPAIR_CONTENT);
	else if (tcs_slice_trim(run).n > 0)
		repair_fault(r);
}

/* ---- tags ---- */

static bool
repair_same(struct tcs_slice a, const char *b)
{
	return strlen(b) == a.n && strncasecmp(a.p, b, a.n) == 0;
}

static bool
repair_is_one_of(struct tcs_slice name, const char *const *names)
{
	while (*names != NULL && !repair_same(name, *names))
		names++;
	return *names != NULL;
}

static void
repair_close_to(struct repair *r, unsigned depth)
{
	while (r->open_n > depth) {
		struct tcs_slice name = r->open[--r->open_n];
		tcs_buf_printf(r->buf, "</%.*s>", TCS_SLICE_ARG(name));
	}
	r->is_over = r->open_n == 0;
}

/* The innermost open element of that name, as a depth; 0: none is open. */
static unsigned
repair_find(const struct repair *r, struct tcs_slice name)
{
	for (unsigned i = r->open_n; i > 0; i--) {
		if (r->open[i - 1].n == name.n &&
		    strncasecmp(r->open[i - 1].p, name.p, name.n) == 0)
			return i;
	}
	return 0;
}

static void
repair_end_tag(struct repair *r)
{
	struct tcs_slice rest = repair_rest(r);
	struct tcs_slice after = tcs_slice(rest.p + 2, rest.n - 2);
	size_t n = repair_name(after);
	const char *end = memchr(rest.p, '>', rest.n);

	if (end == NULL) {
		r->is_cut = true;
		return;
	}
	struct tcs_slice name = tcs_slice(after.p, n);
	unsigned depth = n == 0 ? 0 : repair_find(r, name);
	if (depth == 0 || depth < r->open_n ||
	    !tcs_slice_equal(r->open[depth - 1], name))
		repair_fault(r);
	/* What ends the item ends what it left open. */
	if (depth > 0)
		repair_close_to(r, depth - 1);
	r->at += (size_t)(end - rest.p) + 1;
}

/* That quote ends a value; else it begins one of a later tag. */
static bool
repair_is_closing(struct tcs_slice s, size_t at)
{
	return s.p[at - 1] != '=' && at + 1 < s.n &&
	       (repair_is_blank(s.p[at + 1]) || s.p[at + 1] == '>' ||
	           s.p[at + 1] == '/');
}

/* Where the value that begins at `from` ends. With '<' in it, its closing
 * quote may be missing: then it ends as one without quotes does. */
static size_t
repair_value_end(struct tcs_slice s, size_t from, char quote)
{
	size_t to = from;
	bool has_tag = false;

	for (; quote != ' ' && to < s.n && s.p[to] != quote; to++)
		has_tag = has_tag || s.p[to] == '<';
	if (quote != ' ' &&
	    (!has_tag || (to < s.n && repair_is_closing(s, to))))
		return to;
	for (to = from; to < s.n && !repair_is_blank(s.p[to]) &&
	                s.p[to] != '>' && s.p[to] != '<';)
		to++;
	return to;
}

/* One attribute at `s`, written out; bytes read, 0 when `s` ends in it. */
static size_t
repair_attribute(struct repair *r, struct tcs_slice s,
    struct tcs_slice seen[REPAIR_ATTRS_MAX], size_t *seen_n)
{
	size_t n = repair_name(s), at = n;
	struct tcs_slice name = tcs_slice(s.p, n);
	struct tcs_slice value = tcs_slice("", 0);
	bool is_kept = *seen_n < REPAIR_ATTRS_MAX, is_good = false;

	while (at < s.n && repair_is_blank(s.p[at]))
		at++;
	if (at < s.n && s.p[at] == '=') {
		at++;
		while (at < s.n && repair_is_blank(s.p[at]))
			at++;
		char quote = '\0';
		if (at < s.n)
			quote = s.p[at];
		bool is_quoted = quote == '"' || quote == '\'';
		size_t from = at + (is_quoted ? 1 : 0);
		if (!is_quoted)
			quote = ' ';
		size_t to = repair_value_end(s, from, quote);
		if (to >= s.n)
			return 0;
		value = tcs_slice(s.p + from, to - from);
		is_good = is_quoted && s.p[to] == quote;
		at = to + (is_quoted && s.p[to] == quote ? 1 : 0);
	} else {
		at = n;
	}
	for (size_t i = 0; i < *seen_n; i++)
		is_kept = is_kept && !tcs_slice_equal(seen[i], name);
	if (!is_kept || !is_good)
		repair_fault(r);
	if (!is_kept)
		return at;
	seen[(*seen_n)++] = name;
	tcs_buf_printf(r->buf, " %.*s=\"", TCS_SLICE_ARG(name));
	repair_text(r, value, REPAIR_VALUE);
	tcs_buf_char(r->buf, '"');
	return at;
}

/* Attributes to the tag's end; bytes read, 0 when `s` ends before. */
static size_t
repair_attributes(struct repair *r, struct tcs_slice s, bool *ret_is_empty)
{
	struct tcs_slice seen[REPAIR_ATTRS_MAX];
	size_t at = 0, seen_n = 0;

	while (at < s.n) {
		char c = s.p[at];
		if (c == '>')
			return at + 1;
		if (c == '<') { /* the tag never ended */
			repair_fault(r);
			return at;
		}
		*ret_is_empty = c == '/';
		struct tcs_slice rest = tcs_slice(s.p + at, s.n - at);
		size_t n = 1;
		if (repair_name(rest) > 0) {
			n = repair_attribute(r, rest, seen, &seen_n);
			if (n == 0)
				return 0;
		}
		at += n;
	}
	return 0;
}

/* What HTML and feeds never nest: the one before was not closed. */
static void
repair_close_same(struct repair *r, struct tcs_slice name)
{
	static const char *const items[] = {"item", "entry", NULL};
	static const char *const blocks[] = {"p", "li", "td", "tr", NULL};
	unsigned depth = repair_find(r, name);

	if (depth == 0 ||
	    (!repair_is_one_of(name, items) &&
	        !(depth == r->open_n && repair_is_one_of(name, blocks))))
		return;
	repair_fault(r);
	repair_close_to(r, depth - 1);
	r->is_over = false;
}

static void
repair_start_tag(struct repair *r)
{
	static const char *const voids[] = {
	    "br", "hr", "img", "input", "wbr", "col", "embed", NULL};
	struct tcs_slice rest = repair_rest(r);
	size_t n = repair_name(tcs_slice(rest.p + 1, rest.n - 1));
	struct tcs_slice name = tcs_slice(rest.p + 1, n);
	struct tcs_slice after = tcs_slice(rest.p + 1 + n, rest.n - 1 - n);
	bool is_empty = false;

	repair_close_same(r, name);
	if (r->open_n == REPAIR_DEPTH_MAX) {
		r->is_deep = true;
		return;
	}
	size_t from = r->buf->n;
	tcs_buf_printf(r->buf, "<%.*s", TCS_SLICE_ARG(name));
	size_t read = repair_attributes(r, after, &is_empty);
	if (read == 0) {
		r->is_cut = true;
		if (r->buf->err == TCS_OK)
			r->buf->n = from;
		return;
	}
	r->at += 1 + n + read;
	if (!is_empty && repair_is_one_of(name, voids)) {
		repair_fault(r);
		is_empty = true;
	}
	tcs_buf_str(r->buf, is_empty ? "/>" : ">");
	if (is_empty)
		r->is_over = r->open_n == 0;
	else
		r->open[r->open_n++] = name;
}

/* ---- the rest of markup ---- */

/* Pass what begins here and ends with `end`. */
static struct tcs_slice
repair_pass(struct repair *r, size_t start, const char *end)
{
	struct tcs_slice rest = repair_rest(r);
	size_t n = strlen(end);
	const char *at = rest.n < start
	                     ? NULL
	                     : memmem(rest.p + start, rest.n - start, end, n);

	if (at == NULL) {
		r->is_cut = true;
		return tcs_slice(NULL, 0);
	}
	size_t length = (size_t)(at - rest.p);
	r->at += length + n;
	return tcs_slice(rest.p + start, length - start);
}

static enum tcs_err
repair_doctype(struct repair *r, struct tcs_diag *diag)
{
	struct tcs_slice rest = repair_rest(r);
	size_t n = 0;

	while (n < rest.n && rest.p[n] != '>' && rest.p[n] != '[')
		n++;
	if (n == rest.n || rest.p[n] == '>') {
		(void)repair_pass(r, 2, ">");
		return TCS_OK;
	}
	struct tcs_slice subset = repair_pass(r, n, "]");
	if (r->is_cut || memmem(subset.p, subset.n, "<!ENTITY", 8) != NULL)
		return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "DOCTYPE refused: it declares entities, none is read");
	(void)repair_pass(r, 0, ">");
	return TCS_OK;
}

/* Markup in it is text. */
static void
repair_cdata(struct repair *r)
{
	struct tcs_slice text = repair_pass(r, 9, "]]>");

	if (text.p != NULL && r->open_n > 0)
		repair_text(r, text, REPAIR_CDATA);
}

static enum tcs_err
repair_markup(struct repair *r, struct tcs_diag *diag)
{
	struct tcs_slice rest = repair_rest(r);
	char next = '\0';

	if (rest.n > 1)
		next = rest.p[1];

	if (tcs_slice_starts(rest, "<!--")) {
		(void)repair_pass(r, 4, "-->");
	} else if (tcs_slice_starts(rest, "<![CDATA[")) {
		repair_cdata(r);
	} else if (tcs_slice_starts(rest, "<!DOCTYPE")) {
		return repair_doctype(r, diag);
	} else if (next == '!') {
		repair_fault(r);
		(void)repair_pass(r, 2, ">");
	} else if (next == '?') {
		(void)repair_pass(r, 2, "?>");
	} else if (next == '/') {
		repair_end_tag(r);
	} else if (repair_name(tcs_slice(rest.p + 1, rest.n - 1)) > 0) {
		repair_start_tag(r);
	} else if (rest.n == 1) {
		r->is_cut = true;
	} else {
		repair_fault(r);
		repair_run(r, tcs_slice(rest.p, 1));
		r->at++;
	}
	return r->is_deep ? tcs_diag_add(diag, TCS_ELIMIT, NULL, 0,
	                        "elements nested deeper than the %d levels "
	                        "allowed",
	                        REPAIR_DEPTH_MAX)
	                  : TCS_OK;
}

/* A program's own messages may stand before the document that it wrote. */
static void
repair_head(struct repair *r)
{
	size_t n = r->text.n < REPAIR_HEAD_MAX ? r->text.n : REPAIR_HEAD_MAX;
	const char *start = memmem(r->text.p, n, "<?xml ", 6);

	if (start == NULL || start == r->text.p)
		return;
	struct tcs_slice head =
	    tcs_slice(r->text.p, (size_t)(start - r->text.p));
	if (tcs_slice_trim(head).n > 0)
		repair_fault(r);
	r->at = head.n;
}

enum tcs_err
tcs_xml_repair(struct tcs_slice text, struct tcs_buf *buf,
    struct tcs_xml_repair *ret_repair, struct tcs_diag *diag)
{
	struct repair r = {.text = text, .buf = buf};
	size_t from = buf->n;
	enum tcs_err err = TCS_OK;

	repair_head(&r);
	while (err == TCS_OK && !r.is_over && !r.is_cut && r.at < text.n &&
	       buf->err == TCS_OK) {
		struct tcs_slice rest = repair_rest(&r);
		const char *mark = memchr(rest.p, '<', rest.n);
		size_t n = mark == NULL ? rest.n : (size_t)(mark - rest.p);
		repair_run(&r, tcs_slice(rest.p, n));
		r.at += n;
		if (mark != NULL)
			err = repair_markup(&r, diag);
	}
	if (err == TCS_OK)
		err = buf->err;
	if (err == TCS_OK && buf->n == from)
		err = tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "no XML: not one whole tag in it");
	if (err != TCS_OK)
		return err;
	unsigned open_n = r.open_n;
	if (!r.is_over || tcs_slice_trim(repair_rest(&r)).n > 0)
		repair_fault(&r);
	repair_close_to(&r, 0);
	*ret_repair = (struct tcs_xml_repair){.line = r.line, .open_n = open_n};
	return buf->err;
}

#include "core/html.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include <libxml/HTMLparser.h>

#include "core/xml.h"

/* Of one description; what is longer is cut there. */
enum { HTML_MAX = 2 << 20 };

/* Where the text goes. `gap` is what must stand before the next character. */
struct html_text {
	struct tcs_buf *buf;
	size_t begin; /* of our text in `buf` */
	enum { HTML_GAP_NONE, HTML_GAP_BLANK, HTML_GAP_LINE } gap;
	bool is_item;    /* a list item begins: "- " */
	unsigned hidden; /* inside so many scripts, styles, heads */
};

static bool
html_is_one_of(const char *name, const char *const *names)
{
	/* The first letter tells most apart. */
	while (*names != NULL && ((name[0] | 0x20) != (*names)[0] ||
	                             strcasecmp(name, *names) != 0))
		names++;
	return *names != NULL;
}

static bool
html_is_hidden(const char *name)
{
	static const char *const names[] = {
	    "script", "style", "head", "title", "template", "noscript", NULL};

	return html_is_one_of(name, names);
}

static bool
html_is_block(const char *name)
{
	static const char *const names[] = {"p", "div", "br", "li", "ul", "ol",
	    "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "dd", "hr",
	    "section", "article", "blockquote", "pre", "header", "footer",
	    NULL};

	return html_is_one_of(name, names);
}

static void
html_start(void *arg, const xmlChar *name, const xmlChar **attributes)
{
	struct html_text *t = arg;
	const char *tag = (const char *)name;

	(void)attributes;
	if (html_is_hidden(tag))
		t->hidden++;
	if (html_is_block(tag))
		t->gap = HTML_GAP_LINE;
	else if (strcasecmp(tag, "td") == 0 || strcasecmp(tag, "th") == 0)
		t->gap = t->gap == HTML_GAP_LINE ? t->gap : HTML_GAP_BLANK;
	if (strcasecmp(tag, "li") == 0)
		t->is_item = true;
}

static void
html_end(void *arg, const xmlChar *name)
{
	struct html_text *t = arg;
	const char *tag = (const char *)name;

	if (html_is_hidden(tag) && t->hidden > 0)
		t->hidden--;
	/* <br> has an end of its own here. */
	if (html_is_block(tag))
		t->gap = HTML_GAP_LINE;
}

/* One word, or what of it came at once. */
static void
html_put(struct html_text *t, const char *word, size_t n)
{
	bool is_first = t->buf->n == t->begin;

	if (t->gap == HTML_GAP_LINE && !is_first)
		tcs_buf_char(t->buf, '\n');
	else if (t->gap == HTML_GAP_BLANK && !is_first)
		tcs_buf_char(t->buf, ' ');
	t->gap = HTML_GAP_NONE;
	if (t->is_item)
		tcs_buf_str(t->buf, "- ");
	t->is_item = false;
	tcs_buf_append(t->buf, word, n);
}

/* Bytes of the blank that `text` begins with, or 0. NBSP, U+00A0, is one too.
 */
static size_t
html_blank(const xmlChar *text, size_t n)
{
	if (text[0] == 0xc2)
		return n > 1 && text[1] == 0xa0 ? 2 : 0;
	return text[0] == ' ' || (text[0] >= '\t' && text[0] <= '\r');
}

/* Bytes of the words that `text` begins with; one blank between two of them is
 * as it is to be. */
static size_t
html_words(const xmlChar *text, size_t n)
{
	size_t i = 0;

	while (i < n) {
		if (html_blank(text + i, n - i) == 0)
			i++;
		else if (i > 0 && text[i] == ' ' && i + 1 < n &&
		         html_blank(text + i + 1, n - i - 1) == 0)
			i += 2;
		else
			break;
	}
	return i;
}

static void
html_characters(void *arg, const xmlChar *text, int length)
{
	struct html_text *t = arg;
	size_t n = length < 0 || t->hidden > 0 ? 0 : (size_t)length;

	for (size_t i = 0; i < n;) {
		size_t words = html_words(text + i, n - i);
		if (words > 0)
			html_put(t, (const char *)text + i, words);
		i += words;
		if (i == n)
			break;
		i += html_blank(text + i, n - i);
		if (t->gap == HTML_GAP_NONE)
			t->gap = HTML_GAP_BLANK;
	}
}

/* Bytes that stay as they are, nearly always all: UTF-8, but for a '<' that
 * opens no tag. */
static size_t
html_kept(struct tcs_slice s)
{
	size_t n = 0;

	while (n < s.n) {
		struct tcs_slice rest = tcs_slice(s.p + n, s.n - n);
		char next = ' ';
		if (rest.n > 1)
			next = rest.p[1];
		bool is_sign = rest.p[0] == '<' &&
		               !isalpha((unsigned char)next) &&
		               (next == '\0' || strchr("/!?", next) == NULL);
		bool is_plain = (unsigned char)(rest.p[0] - 1) < 0x7f;
		size_t k = is_plain ? !is_sign : tcs_slice_utf8_len(rest);
		if (k == 0)
			break;
		n += k;
	}
	return n;
}

/* What is not kept: a sign of a text becomes an entity. */
static void
html_prepare(struct tcs_slice html, struct tcs_buf *buf)
{
	for (size_t i = 0; i < html.n; i++) {
		size_t kept = html_kept(tcs_slice(html.p + i, html.n - i));
		tcs_buf_append(buf, html.p + i, kept);
		i += kept;
		if (i == html.n)
			break;
		tcs_buf_str(buf, html.p[i] == '\0'  ? " "
		                 : html.p[i] == '<' ? "&lt;"
		                                    : "\xef\xbf\xbd");
	}
}

static void
html_parse(struct tcs_slice html, struct html_text *t)
{
	htmlSAXHandler sax = {.startElement = html_start,
	    .endElement = html_end,
	    .characters = html_characters,
	    .cdataBlock = NULL,
	    .ignorableWhitespace = html_characters};
	htmlParserCtxtPtr ctxt = htmlCreatePushParserCtxt(
	    &sax, t, NULL, 0, NULL, XML_CHAR_ENCODING_UTF8);

	if (ctxt == NULL)
		return;
	(void)htmlCtxtUseOptions(ctxt,
	    HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
	        HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC | HTML_PARSE_COMPACT);
	(void)htmlParseChunk(ctxt, html.p, (int)html.n, 0);
	(void)htmlParseChunk(ctxt, html.p, 0, 1);
	htmlFreeParserCtxt(ctxt);
}

void
tcs_html_text(struct tcs_slice html, struct tcs_buf *buf)
{
	struct html_text t = {.buf = buf, .begin = buf->n};
	struct tcs_buf prepared;

	if (html.n > HTML_MAX)
		html.n = HTML_MAX;
	if (html.n == 0)
		return;
	bool is_text = memchr(html.p, '<', html.n) == NULL &&
	               memchr(html.p, '&', html.n) == NULL;
	tcs_buf_init(&prepared, (size_t)3 * HTML_MAX);
	if (html_kept(html) < html.n) {
		html_prepare(html, &prepared);
		html = tcs_buf_view(&prepared);
	}
	if (is_text) {
		tcs_buf_slice(buf, tcs_slice_trim(html));
	} else if (prepared.err == TCS_OK) {
		tcs_xml_startup();
		html_parse(html, &t);
	}
	tcs_buf_fini(&prepared);
}

static bool
html_begins(struct tcs_slice body, const char *word)
{
	size_t n = strlen(word);

	return body.n >= n && strncasecmp(body.p, word, n) == 0;
}

bool
tcs_html_is_page(struct tcs_slice body)
{
	if (tcs_slice_starts(body, "\xef\xbb\xbf"))
		body = tcs_slice(body.p + 3, body.n - 3);
	body = tcs_slice_trim(body);
	/* Comments may stand before. */
	while (tcs_slice_starts(body, "<!--")) {
		const char *end = memmem(body.p, body.n, "-->", 3);
		if (end == NULL)
			return false;
		size_t n = (size_t)(end - body.p) + 3;
		body = tcs_slice_trim(tcs_slice(body.p + n, body.n - n));
	}
	return html_begins(body, "<!doctype html") ||
	       html_begins(body, "<html") || html_begins(body, "<head") ||
	       html_begins(body, "<body");
}

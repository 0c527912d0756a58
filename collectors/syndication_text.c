#include "collectors/syndication_text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "collectors/syndication.h"
#include "core/arena.h"
#include "core/html.h"
#include "core/xml.h"

enum {
	SYN_LINE_MAX = 1000,
	SYN_PLAIN_MAX = 16 * 1024,
	SYN_HTML_MAX = 256 * 1024, /* of one text; what follows is not read */
	SYN_URI_MAX = 990,         /* what a reading holds whole */
	SYN_ESCAPES_MAX = 2,       /* beyond the one that XML undoes */
};

void *
tcs_syn_alloc(struct tcs_syn_run *run, size_t n)
{
	void *p = tcs_arena_alloc(run->feed->arena, n);

	run->is_short = run->is_short || p == NULL;
	return p;
}

static struct tcs_slice
syn_cut(struct tcs_slice text, size_t max)
{
	if (text.n <= max)
		return text;
	text.n = max;
	while (text.n > 0 && ((unsigned char)text.p[text.n] & 0xc0) == 0x80)
		text.n--;
	return text;
}

const char *
tcs_syn_dup(struct tcs_syn_run *run, struct tcs_slice text, size_t max)
{
	if (text.n == 0)
		return "";
	char *copy = tcs_arena_dup(run->feed->arena, syn_cut(text, max));
	run->is_short = run->is_short || copy == NULL;
	return copy == NULL ? "" : copy;
}

struct tcs_slice
tcs_syn_raw(struct tcs_syn_run *run, const struct tcs_xml_node *node)
{
	tcs_buf_reset(&run->raw);
	if (tcs_xml_child(node) != NULL)
		tcs_xml_markup(node, &run->raw);
	else
		tcs_xml_text(node, &run->raw);
	run->is_short = run->is_short || run->raw.err != TCS_OK;
	return tcs_slice_trim(tcs_buf_view(&run->raw));
}

/* "<p>", "</div", "<br/>": HTML, where "< 5 mm" is a text. */
static bool
syn_is_tag(struct tcs_slice s)
{
	static const char *const names[] = {"p", "br", "div", "span", "a", "b",
	    "i", "u", "strong", "em", "ul", "ol", "li", "h1", "h2", "h3", "h4",
	    "img", "table", "tr", "td", "font", "center", NULL};
	size_t at = s.n > 1 && s.p[1] == '/' ? 2 : 1, n = 0;

	while (at + n < s.n && isalnum((unsigned char)s.p[at + n]))
		n++;
	if (at + n == s.n || strchr("> /\t\n", s.p[at + n]) == NULL)
		return false;
	for (const char *const *name = names; *name != NULL; name++) {
		if (strlen(*name) == n && strncasecmp(*name, s.p + at, n) == 0)
			return true;
	}
	return false;
}

/* "&eacute;", "&#233;". */
static bool
syn_is_entity(struct tcs_slice s)
{
	size_t n = 1;

	if (n < s.n && s.p[n] == '#')
		n++;
	size_t from = n;
	while (n < s.n && n < 12 && isalnum((unsigned char)s.p[n]))
		n++;
	return n > from && n < s.n && s.p[n] == ';';
}

static bool
syn_is_escaped(const struct tcs_buf *text)
{
	const char *at = text->n == 0 ? "" : text->p;
	const char *end = at + text->n;

	for (; (at = strpbrk(at, "<&")) != NULL; at++) {
		struct tcs_slice rest = tcs_slice(at, (size_t)(end - at));
		if (*at == '<' ? syn_is_tag(rest) : syn_is_entity(rest))
			return true;
	}
	return false;
}

/* Into run->plain. */
static void
syn_unescape(struct tcs_syn_run *run, struct tcs_slice raw)
{
	tcs_buf_reset(&run->plain);
	tcs_html_text(syn_cut(raw, SYN_HTML_MAX), &run->plain);
	for (int i = 0; i < SYN_ESCAPES_MAX && syn_is_escaped(&run->plain);
	     i++) {
		size_t n = run->plain.n;
		struct tcs_buf again;
		tcs_buf_init(&again, TCS_SYNDICATION_MAX);
		tcs_html_text(tcs_buf_view(&run->plain), &again);
		tcs_buf_reset(&run->plain);
		tcs_buf_slice(&run->plain, tcs_buf_view(&again));
		bool is_same = again.n == n;
		tcs_buf_fini(&again);
		if (is_same)
			break;
	}
	run->is_short = run->is_short || run->plain.err != TCS_OK;
}

const char *
tcs_syn_plain(struct tcs_syn_run *run, struct tcs_slice raw)
{
	syn_unescape(run, raw);
	return tcs_syn_dup(
	    run, tcs_slice_trim(tcs_buf_view(&run->plain)), SYN_PLAIN_MAX);
}

const char *
tcs_syn_line(struct tcs_syn_run *run, const struct tcs_xml_node *node)
{
	size_t n = 0;

	syn_unescape(run, tcs_syn_raw(run, node));
	char *p = run->plain.p;
	for (size_t i = 0; i < run->plain.n; i++) {
		bool is_blank = isspace((unsigned char)p[i]) != 0;
		if (!is_blank)
			p[n++] = p[i];
		else if (n > 0 && p[n - 1] != ' ')
			p[n++] = ' ';
	}
	return tcs_syn_dup(run, tcs_slice_trim(tcs_slice(p, n)), SYN_LINE_MAX);
}

/* ---- addresses ---- */

/* Bytes of "https://host", or 0. */
static size_t
syn_origin(const char *url)
{
	const char *slashes = url == NULL ? NULL : strstr(url, "://");

	if (slashes == NULL || strncasecmp(url, "http", 4) != 0)
		return 0;
	return (size_t)(slashes - url) + 3 + strcspn(slashes + 3, "/?#");
}

/* What `href` is relative to: the feed's page, else where it came from. */
static struct tcs_slice
syn_base(const struct tcs_syn_run *run, struct tcs_slice href)
{
	const char *base =
	    syn_origin(run->feed->link) > 0 ? run->feed->link : run->url;
	size_t n = syn_origin(base);

	if (n == 0)
		return tcs_slice("", 0);
	if (tcs_slice_starts(href, "//"))
		return tcs_slice(base, (size_t)(strchr(base, ':') - base) + 1);
	if (href.p[0] == '/')
		return tcs_slice(base, n);
	size_t path = n + strcspn(base + n, "?#");
	while (path > n && base[path - 1] != '/')
		path--;
	return tcs_slice(base, path);
}

/* A scheme: "https:", "urn:", "mailto:". */
static bool
syn_is_absolute(struct tcs_slice href)
{
	size_t n = 0;

	while (n < href.n && (isalnum((unsigned char)href.p[n]) ||
	                         strchr("+-.", href.p[n]) != NULL))
		n++;
	return n > 1 && n < href.n && href.p[n] == ':';
}

const char *
tcs_syn_uri(struct tcs_syn_run *run, struct tcs_slice href)
{
	struct tcs_buf buf;
	const char *uri = "";

	href = tcs_slice_trim(href);
	if (href.n == 0 || href.n > SYN_URI_MAX)
		return "";
	tcs_buf_init(&buf, (size_t)6 * SYN_URI_MAX);
	if (!syn_is_absolute(href)) {
		struct tcs_slice base = syn_base(run, href);
		tcs_buf_slice(&buf, base);
		if (base.n > 0 && base.p[base.n - 1] != '/' &&
		    base.p[base.n - 1] != ':' && href.p[0] != '/')
			tcs_buf_char(&buf, '/');
	}
	for (size_t i = 0; i < href.n; i++) {
		unsigned char c = (unsigned char)href.p[i];
		if (c <= ' ' || c == 0x7f ||
		    strchr("<>\"{}|\\^`'", href.p[i]) != NULL)
			tcs_buf_printf(&buf, "%%%02X", c);
		else
			tcs_buf_char(&buf, href.p[i]);
	}
	if (buf.err == TCS_OK && buf.n <= SYN_URI_MAX && tcs_xml_is_uri(buf.p))
		uri = tcs_syn_dup(run, tcs_buf_view(&buf), SYN_URI_MAX);
	tcs_buf_fini(&buf);
	return uri;
}

/* ---- elements ---- */

const char *
tcs_syn_local(const struct tcs_xml_node *node)
{
	const char *name = tcs_xml_name(node);
	const char *colon = strchr(name, ':');

	return colon == NULL ? name : colon + 1;
}

bool
tcs_syn_is(const struct tcs_xml_node *node, const char *name)
{
	return strcasecmp(tcs_syn_local(node), name) == 0;
}

const struct tcs_xml_node *
tcs_syn_child(const struct tcs_xml_node *node, const char *name)
{
	const struct tcs_xml_node *child = tcs_xml_child(node);

	while (child != NULL && !tcs_syn_is(child, name))
		child = tcs_xml_next(child);
	return child;
}

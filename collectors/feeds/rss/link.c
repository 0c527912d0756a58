#include "collectors/feeds/rss/link.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/slice.h"

/* An address in its parts; host with port. */
struct rss_link {
	struct tcs_slice host, path, query;
};

static struct rss_link
rss_link_split(const char *link)
{
	struct rss_link parts = {.host = tcs_slice("", 0)};
	const char *slashes = strstr(link, "://");
	const char *at = slashes == NULL ? link : slashes + 3;
	size_t n = slashes == NULL ? 0 : strcspn(at, "/?#");

	parts.host = tcs_slice(at, n);
	at += n;
	parts.path = tcs_slice(at, strcspn(at, "?#"));
	at += parts.path.n;
	parts.query = *at == '?' ? tcs_slice(at + 1, strcspn(at + 1, "#"))
	                         : tcs_slice(at, 0);
	return parts;
}

static bool
rss_link_ends(struct tcs_slice s, const char *end)
{
	size_t n = strlen(end);

	return s.n >= n && strncasecmp(s.p + s.n - n, end, n) == 0;
}

/* Parameters that say who came from where, not what is asked for. */
static bool
rss_link_is_noise(struct tcs_slice parameter)
{
	static const char *const starts[] = {"utm_", "mtm_", "pk_", "at_",
	    "xtor", "fbclid=", "gclid=", "phpsessid=", "jsessionid=", "sid=",
	    "sessionid=", NULL};

	for (const char *const *at = starts; *at != NULL; at++) {
		size_t n = strlen(*at);
		if (parameter.n >= n && strncasecmp(parameter.p, *at, n) == 0)
			return true;
	}
	return parameter.n == 0;
}

static void
rss_link_query(struct tcs_slice query, struct tcs_buf *buf)
{
	char before = '?';

	while (query.p != NULL && query.n > 0) {
		struct tcs_slice part = tcs_slice_cut(query, '&', &query);
		/* "&amp;" that was escaped once too often. */
		if (tcs_slice_starts(part, "amp;"))
			part = tcs_slice(part.p + 4, part.n - 4);
		if (rss_link_is_noise(part))
			continue;
		tcs_buf_char(buf, before);
		tcs_buf_slice(buf, part);
		before = '&';
	}
}

static void
rss_link_path(struct tcs_slice path, struct tcs_buf *buf)
{
	static const char front[] = "/index.php";
	size_t n = sizeof(front) - 1;

	if (tcs_slice_starts(path, front) && (path.n == n || path.p[n] == '/'))
		path = tcs_slice(path.p + n, path.n - n);
	const char *session = memmem(path.p, path.n, ";jsessionid=", 12);
	if (session != NULL)
		path.n = (size_t)(session - path.p);
	while (path.n > 0 && path.p[path.n - 1] == '/')
		path.n--;
	for (size_t i = 0; i < path.n; i++) {
		bool is_escape =
		    i >= 1 &&
		    (path.p[i - 1] == '%' || (i >= 2 && path.p[i - 2] == '%'));
		int c = (unsigned char)path.p[i];
		tcs_buf_char(buf, (char)(is_escape ? toupper(c) : c));
	}
}

void
tcs_rss_link_key(const char *link, struct tcs_buf *buf)
{
	struct rss_link parts = rss_link_split(link);

	if (rss_link_ends(parts.host, ":80"))
		parts.host.n -= 3;
	else if (rss_link_ends(parts.host, ":443"))
		parts.host.n -= 4;
	for (size_t i = 0; i < parts.host.n; i++)
		tcs_buf_char(
		    buf, (char)tolower((unsigned char)parts.host.p[i]));
	rss_link_path(parts.path, buf);
	rss_link_query(parts.query, buf);
}

bool
tcs_rss_link_is_home(const char *link)
{
	struct rss_link parts = rss_link_split(link);
	struct tcs_buf rest;

	tcs_buf_init(&rest, strlen(link) + 1);
	rss_link_path(parts.path, &rest);
	rss_link_query(parts.query, &rest);
	bool is_home = rest.n == 0;
	tcs_buf_fini(&rest);
	return is_home;
}

static int
rss_link_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Without its extension. */
static struct tcs_slice
rss_link_last(struct tcs_slice path)
{
	static const char *const ends[] = {
	    ".html", ".htm", ".php", ".pdf", ".aspx", ".asp", NULL};

	while (path.n > 0 && path.p[path.n - 1] == '/')
		path.n--;
	size_t from = path.n;
	while (from > 0 && path.p[from - 1] != '/')
		from--;
	struct tcs_slice last = tcs_slice(path.p + from, path.n - from);
	for (const char *const *end = ends; *end != NULL; end++) {
		if (rss_link_ends(last, *end)) {
			last.n -= strlen(*end);
			break;
		}
	}
	return last;
}

void
tcs_rss_link_words(const char *link, struct tcs_buf *buf)
{
	struct tcs_slice last = rss_link_last(rss_link_split(link).path);
	struct tcs_buf words;
	bool has_letter = false;

	tcs_buf_init(&words, last.n + 1);
	for (size_t i = 0; i < last.n; i++) {
		char c = last.p[i];
		if (c == '%' && i + 2 < last.n &&
		    rss_link_hex(last.p[i + 1]) >= 0 &&
		    rss_link_hex(last.p[i + 2]) >= 0) {
			c = (char)(rss_link_hex(last.p[i + 1]) * 16 +
			           rss_link_hex(last.p[i + 2]));
			i += 2;
		}
		bool is_sign = (unsigned char)c <= ' ' || c == 0x7f ||
		               strchr("-_+,;", c) != NULL;
		has_letter = has_letter || isalpha((unsigned char)c) ||
		             (unsigned char)c >= 0x80;
		if (!is_sign)
			tcs_buf_char(&words, c);
		else if (words.n > 0 && words.p[words.n - 1] != ' ')
			tcs_buf_char(&words, ' ');
	}
	struct tcs_slice text = tcs_slice_trim(tcs_buf_view(&words));
	if (has_letter && tcs_slice_is_utf8(text)) {
		tcs_buf_char(buf, (char)toupper((unsigned char)text.p[0]));
		tcs_buf_append(buf, text.p + 1, text.n - 1);
	}
	tcs_buf_fini(&words);
}

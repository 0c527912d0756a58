/* syndication_item.c - one item of a feed. */
#include <string.h>
#include <strings.h>

#include "collectors/syndication.h"
#include "collectors/syndication_text.h"
#include "core/clock.h"
#include "core/date.h"
#include "core/xml.h"

enum {
	SYN_TITLE_MAX = 1000,
	SYN_NAME_MAX = 200,
	SYN_RAW_MAX = 64 * 1024,
	SYN_VALUE_MAX = 16 * 1024,
	SYN_WORDS_MAX = 50, /* categories, links of one item */
	SYN_MORE_MAX = 400, /* elements of other vocabularies, of one item */
};

/* One item that is being read. */
struct syn_item {
	struct tcs_syn_run *run;
	struct tcs_syndication_item *to;
	const char *space; /* namespace of the item itself */
	struct tcs_syndication_word **words;
	struct tcs_syndication_link **links;
	struct tcs_syndication_more **more;
	size_t words_n, links_n, more_n;
	bool has_permalink; /* its guid is one */
	bool has_content;   /* `raw` is the long text, not the short one */
};

/* The short name of a vocabulary; "" is the feed's own. */
static const char *
syn_space(struct syn_item *item, const struct tcs_xml_node *node)
{
	static const struct {
		const char *part, *space;
	} known[] = {{":cap:", "cap"}, {"gdacs.org", "gdacs"},
	    {"georss", "georss"}, {"wgs84_pos", "geo"},
	    {"purl.org/dc/elements", "dc"}, {"purl.org/dc/terms", "dcterms"},
	    {"rss/1.0/modules/content", "content"}, {"2005/Atom", "atom"},
	    {"search.yahoo.com/mrss", "media"}};
	const char *uri = tcs_xml_namespace(node);
	const char *colon = strchr(tcs_xml_name(node), ':');

	if (colon != NULL)
		return tcs_syn_dup(item->run,
		    tcs_slice(tcs_xml_name(node),
		        (size_t)(colon - tcs_xml_name(node))),
		    SYN_NAME_MAX);
	if (strcmp(uri, item->space) == 0 || uri[0] == '\0')
		return "";
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strstr(uri, known[i].part) != NULL)
			return known[i].space;
	}
	return tcs_syn_dup(item->run, tcs_slice_str(uri), SYN_NAME_MAX);
}

/* ---- parts of an item ---- */

static void
syn_add_word(struct syn_item *item, const char *text)
{
	if (text[0] == '\0' || item->words_n == SYN_WORDS_MAX)
		return;
	struct tcs_syndication_word *word =
	    tcs_syn_alloc(item->run, sizeof(*word));
	if (word == NULL)
		return;
	word->text = text;
	*item->words = word;
	item->words = &word->next;
	item->words_n++;
}

static const char *
syn_attr(struct tcs_syn_run *run, const struct tcs_xml_node *node,
    const char *name, const char *fallback)
{
	const char *value = tcs_xml_attr(node, name);

	return value == NULL
	           ? fallback
	           : tcs_syn_dup(run, tcs_slice_str(value), SYN_NAME_MAX);
}

static void
syn_add_link(struct syn_item *item, const struct tcs_xml_node *node,
    struct tcs_slice href, const char *rel)
{
	const char *uri = tcs_syn_uri(item->run, href);

	if (uri[0] == '\0' || item->links_n == SYN_WORDS_MAX)
		return;
	struct tcs_syndication_link *link =
	    tcs_syn_alloc(item->run, sizeof(*link));
	if (link == NULL)
		return;
	link->href = uri;
	link->rel = rel;
	link->type = syn_attr(item->run, node, "type", "");
	*item->links = link;
	item->links = &link->next;
	item->links_n++;
}

static void
syn_link(struct syn_item *item, const struct tcs_xml_node *node)
{
	const char *href = tcs_xml_attr(node, "href");

	if (href != NULL)
		syn_add_link(item, node, tcs_slice_str(href),
		    syn_attr(item->run, node, "rel", "alternate"));
	else
		syn_add_link(
		    item, node, tcs_syn_raw(item->run, node), "alternate");
}

static void
syn_guid(struct syn_item *item, const struct tcs_xml_node *node)
{
	const char *is_link = tcs_xml_attr(node, "isPermaLink");

	item->to->guid =
	    tcs_syn_dup(item->run, tcs_syn_raw(item->run, node), SYN_TITLE_MAX);
	item->has_permalink =
	    (is_link == NULL || strcasecmp(is_link, "false") != 0) &&
	    strncasecmp(item->to->guid, "http", 4) == 0;
}

static void
syn_time(struct syn_item *item, const struct tcs_xml_node *node, int64_t *to)
{
	int64_t ms;

	if (*to == TCS_NO_TIME &&
	    tcs_date_read(tcs_syn_raw(item->run, node), &ms) == TCS_OK)
		*to = ms;
}

/* The short text, unless there is only the long one. */
static void
syn_text(struct syn_item *item, const struct tcs_xml_node *node, bool is_long)
{
	struct tcs_slice raw = tcs_syn_raw(item->run, node);

	if (raw.n == 0 ||
	    (item->to->raw[0] != '\0' && (is_long || !item->has_content)))
		return;
	const char *copy = tcs_syn_dup(item->run, raw, SYN_RAW_MAX);
	const char *text = tcs_syn_plain(item->run, raw);
	if (text[0] == '\0' && item->to->text[0] != '\0')
		return;
	item->to->raw = copy;
	item->to->text = text;
	item->has_content = is_long;
}

static void
syn_author(struct syn_item *item, const struct tcs_xml_node *node)
{
	const struct tcs_xml_node *name = tcs_syn_child(node, "name");

	if (item->to->author[0] == '\0')
		item->to->author =
		    tcs_syn_line(item->run, name == NULL ? node : name);
}

static struct tcs_syndication_more *
syn_more_new(struct syn_item *item, const struct tcs_xml_node *node)
{
	if (item->more_n == SYN_MORE_MAX)
		return NULL;
	struct tcs_syndication_more *more =
	    tcs_syn_alloc(item->run, sizeof(*more));
	if (more == NULL)
		return NULL;
	item->more_n++;
	more->space = syn_space(item, node);
	more->name = tcs_syn_dup(
	    item->run, tcs_slice_str(tcs_syn_local(node)), SYN_NAME_MAX);
	tcs_buf_reset(&item->run->raw);
	tcs_xml_text(node, &item->run->raw);
	more->value = tcs_syn_dup(item->run,
	    tcs_slice_trim(tcs_buf_view(&item->run->raw)), SYN_VALUE_MAX);
	return more;
}

/* <cap:geocode> has elements in it, which have none. */
static void
syn_more(struct syn_item *item, const struct tcs_xml_node *node)
{
	struct tcs_syndication_more *more = syn_more_new(item, node);

	if (more == NULL)
		return;
	*item->more = more;
	item->more = &more->next;
	struct tcs_syndication_more **inner = &more->inner;
	for (const struct tcs_xml_node *child = tcs_xml_child(node);
	     child != NULL; child = tcs_xml_next(child)) {
		*inner = syn_more_new(item, child);
		if (*inner == NULL)
			return;
		inner = &(*inner)->next;
	}
}

static void
syn_embedded(struct syn_item *item, const struct tcs_xml_node *node)
{
	const struct tcs_xml_node *alert = tcs_syn_child(node, "alert");

	if (alert != NULL && item->to->embedded == NULL)
		item->to->embedded = tcs_syn_dup(item->run,
		    tcs_syn_raw(item->run, node), TCS_SYNDICATION_MAX);
}

/* ---- an item ---- */

static void
syn_own(struct syn_item *item, const struct tcs_xml_node *node)
{
	const char *name = tcs_syn_local(node);
	struct tcs_syndication_item *to = item->to;

	if (strcasecmp(name, "title") == 0) {
		if (to->title[0] == '\0')
			to->title = tcs_syn_line(item->run, node);
	} else if (strcasecmp(name, "link") == 0) {
		syn_link(item, node);
	} else if (strcasecmp(name, "enclosure") == 0) {
		const char *url = tcs_xml_attr(node, "url");
		syn_add_link(item, node, tcs_slice_str(url), "enclosure");
	} else if (strcasecmp(name, "guid") == 0 ||
	           strcasecmp(name, "id") == 0) {
		syn_guid(item, node);
	} else if (strcasecmp(name, "pubDate") == 0 ||
	           strcasecmp(name, "published") == 0 ||
	           strcasecmp(name, "issued") == 0 ||
	           strcasecmp(name, "date") == 0) {
		syn_time(item, node, &to->published_ms);
	} else if (strcasecmp(name, "updated") == 0 ||
	           strcasecmp(name, "modified") == 0) {
		syn_time(item, node, &to->updated_ms);
	} else if (strcasecmp(name, "description") == 0 ||
	           strcasecmp(name, "summary") == 0) {
		syn_text(item, node, false);
	} else if (strcasecmp(name, "content") == 0) {
		syn_embedded(item, node);
		syn_text(item, node, true);
	} else if (strcasecmp(name, "author") == 0) {
		syn_author(item, node);
	} else if (strcasecmp(name, "category") == 0) {
		const char *term = tcs_xml_attr(node, "term");
		syn_add_word(item, term == NULL
		                       ? tcs_syn_line(item->run, node)
		                       : syn_attr(item->run, node, "term", ""));
	}
}

/* What other vocabularies say in the place of the feed's own. */
static void
syn_other(
    struct syn_item *item, const struct tcs_xml_node *node, const char *space)
{
	bool is_dc = strcmp(space, "dc") == 0 || strcmp(space, "dcterms") == 0;
	bool is_atom = strcmp(space, "atom") == 0;

	if (is_atom && tcs_syn_is(node, "link"))
		syn_link(item, node);
	else if (is_dc &&
	         (tcs_syn_is(node, "date") || tcs_syn_is(node, "created") ||
	             tcs_syn_is(node, "issued")))
		syn_time(item, node, &item->to->published_ms);
	else if ((is_atom && tcs_syn_is(node, "updated")) ||
	         (is_dc && tcs_syn_is(node, "modified")))
		syn_time(item, node, &item->to->updated_ms);
	else if (is_dc && tcs_syn_is(node, "creator"))
		syn_author(item, node);
	else if (strcmp(space, "content") == 0 && tcs_syn_is(node, "encoded"))
		syn_text(item, node, true);
}

/* A page for people: HTML's alternate first, then any, then a guid that is
 * one. */
static void
syn_choose_link(struct syn_item *item)
{
	const char *any = NULL, *page = NULL;

	for (const struct tcs_syndication_link *link = item->to->links;
	     link != NULL; link = link->next) {
		if (strcmp(link->rel, "alternate") != 0 ||
		    strncasecmp(link->href, "http", 4) != 0)
			continue;
		bool is_page = link->type[0] == '\0' ||
		               strncasecmp(link->type, "text/html", 9) == 0;
		if (any == NULL)
			any = link->href;
		if (page == NULL && is_page)
			page = link->href;
	}
	if (page == NULL)
		page = any;
	if (page == NULL && item->has_permalink)
		page = tcs_syn_uri(item->run, tcs_slice_str(item->to->guid));
	if (page != NULL)
		item->to->link = page;
}

void
tcs_syn_item(struct tcs_syn_run *run, const struct tcs_xml_node *node)
{
	struct tcs_syndication *feed = run->feed;

	if (!tcs_xml_is_whole(run->xml, node)) {
		feed->is_cut = true;
		return;
	}
	if (feed->n == TCS_SYNDICATION_ITEMS_MAX) {
		feed->left_out++;
		return;
	}
	struct tcs_syndication_item *to = &feed->items[feed->n++];
	struct syn_item item = {
	    .run = run, .to = to, .space = tcs_xml_namespace(node)};
	*to = (struct tcs_syndication_item){.title = "",
	    .link = "",
	    .guid = syn_attr(run, node, "about", ""),
	    .published_ms = TCS_NO_TIME,
	    .updated_ms = TCS_NO_TIME,
	    .text = "",
	    .raw = "",
	    .author = ""};
	struct tcs_syndication_word *words = NULL;
	struct tcs_syndication_link *links = NULL;
	struct tcs_syndication_more *more = NULL;
	item.words = &words;
	item.links = &links;
	item.more = &more;
	for (const struct tcs_xml_node *child = tcs_xml_child(node);
	     child != NULL && !run->is_short; child = tcs_xml_next(child)) {
		const char *space = syn_space(&item, child);
		if (space[0] == '\0') {
			syn_own(&item, child);
			continue;
		}
		syn_other(&item, child, space);
		syn_more(&item, child);
	}
	to->categories = words;
	to->links = links;
	to->more = more;
	syn_choose_link(&item);
}

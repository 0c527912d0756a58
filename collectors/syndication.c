#include "collectors/syndication.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collectors/syndication_text.h"
#include "core/arena.h"
#include "core/charset.h"
#include "core/clock.h"
#include "core/date.h"
#include "core/html.h"
#include "core/xml.h"

enum {
	SYN_ARENA_MAX = 40 << 20,
	SYN_TITLE_MAX = 1000,
	SYN_NAME_MAX = 200,
	SYN_RAW_MAX = 64 * 1024,
	SYN_VALUE_MAX = 16 * 1024,
	SYN_WORDS_MAX = 50, /* categories, links of one item */
	SYN_MORE_MAX = 400, /* elements of other vocabularies, of one item */
	SYN_TTL_MAX = 7 * 24 * 60, /* minutes */
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

/* ---- elements ---- */

/* Without a prefix that nothing declares. */
static const char *
syn_local(const struct tcs_xml_node *node)
{
	const char *name = tcs_xml_name(node);
	const char *colon = strchr(name, ':');

	return colon == NULL ? name : colon + 1;
}

static bool
syn_is(const struct tcs_xml_node *node, const char *name)
{
	return strcasecmp(syn_local(node), name) == 0;
}

static const struct tcs_xml_node *
syn_child(const struct tcs_xml_node *node, const char *name)
{
	const struct tcs_xml_node *child = tcs_xml_child(node);

	while (child != NULL && !syn_is(child, name))
		child = tcs_xml_next(child);
	return child;
}

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
	const struct tcs_xml_node *name = syn_child(node, "name");

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
	    item->run, tcs_slice_str(syn_local(node)), SYN_NAME_MAX);
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
	const struct tcs_xml_node *alert = syn_child(node, "alert");

	if (alert != NULL && item->to->embedded == NULL)
		item->to->embedded = tcs_syn_dup(item->run,
		    tcs_syn_raw(item->run, node), TCS_SYNDICATION_MAX);
}

/* ---- an item ---- */

static void
syn_own(struct syn_item *item, const struct tcs_xml_node *node)
{
	const char *name = syn_local(node);
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

	if (strcmp(space, "atom") == 0 && syn_is(node, "link"))
		syn_link(item, node);
	else if (strcmp(space, "atom") == 0 && syn_is(node, "updated"))
		syn_time(item, node, &item->to->updated_ms);
	else if (is_dc && (syn_is(node, "date") || syn_is(node, "created") ||
	                      syn_is(node, "issued")))
		syn_time(item, node, &item->to->published_ms);
	else if (is_dc && syn_is(node, "modified"))
		syn_time(item, node, &item->to->updated_ms);
	else if (is_dc && syn_is(node, "creator"))
		syn_author(item, node);
	else if (strcmp(space, "content") == 0 && syn_is(node, "encoded"))
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

static void
syn_item(struct tcs_syn_run *run, const struct tcs_xml_node *node)
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

/* ---- the document ---- */

static void
syn_items(struct tcs_syn_run *run, const struct tcs_xml_node *parent)
{
	for (const struct tcs_xml_node *node = tcs_xml_child(parent);
	     node != NULL && !run->is_short; node = tcs_xml_next(node)) {
		if (syn_is(node, "item") || syn_is(node, "entry"))
			syn_item(run, node);
		else if (syn_is(node, "channel") || syn_is(node, "items"))
			syn_items(run, node);
	}
}

static size_t
syn_count(const struct tcs_xml_node *parent)
{
	size_t n = 0;

	for (const struct tcs_xml_node *node = tcs_xml_child(parent);
	     node != NULL && n < TCS_SYNDICATION_ITEMS_MAX;
	     node = tcs_xml_next(node)) {
		if (syn_is(node, "item") || syn_is(node, "entry"))
			n++;
		else if (syn_is(node, "channel") || syn_is(node, "items"))
			n += syn_count(node);
	}
	return n < TCS_SYNDICATION_ITEMS_MAX ? n : TCS_SYNDICATION_ITEMS_MAX;
}

static void
syn_channel(struct tcs_syn_run *run, const struct tcs_xml_node *channel)
{
	struct tcs_syndication *feed = run->feed;
	int64_t minutes = 0;

	for (const struct tcs_xml_node *node = tcs_xml_child(channel);
	     node != NULL; node = tcs_xml_next(node)) {
		struct tcs_slice raw;
		if (syn_is(node, "title") && feed->title[0] == '\0') {
			feed->title = tcs_syn_line(run, node);
		} else if (syn_is(node, "link") && feed->link[0] == '\0') {
			const char *href = tcs_xml_attr(node, "href");
			const char *rel = tcs_xml_attr(node, "rel");
			if (rel == NULL || strcmp(rel, "alternate") == 0)
				feed->link = tcs_syn_uri(
				    run, href != NULL ? tcs_slice_str(href)
				                      : tcs_syn_raw(run, node));
		} else if (syn_is(node, "ttl")) {
			raw = tcs_syn_raw(run, node);
			if (tcs_slice_i64(raw, 1, SYN_TTL_MAX, &minutes) ==
			    TCS_OK)
				feed->ttl_ms = TCS_MINUTES(minutes);
		} else if (syn_is(node, "lastBuildDate") ||
		           syn_is(node, "updated")) {
			raw = tcs_syn_raw(run, node);
			if (feed->built_ms == TCS_NO_TIME)
				(void)!tcs_date_read(raw, &feed->built_ms);
		}
	}
}

static enum tcs_err
syn_refuse(enum tcs_refusal refusal, enum tcs_refusal *ret_refusal,
    struct tcs_diag *diag, const char *why)
{
	*ret_refusal = refusal;
	return tcs_diag_add(diag, TCS_EPARSE, NULL, 0, "%s", why);
}

static bool
syn_has(struct tcs_slice body, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= body.n; i++) {
		if (strncasecmp(body.p + i, word, n) == 0)
			return true;
	}
	return false;
}

bool
tcs_syndication_is_page(
    struct tcs_slice body, enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	static const char *const robots[] = {"captcha", "cf-chl", "cloudflare",
	    "_Incapsula_", "datadome", "anubis", "are you human",
	    "checking your browser", "vérification de votre navigateur",
	    "vous n'êtes pas un robot", "anti-robot", "access denied",
	    "enable javascript and cookies", "challenge-platform", "sucuri",
	    "perimeterx", NULL};
	enum { SYN_PAGE_HEAD = 32 * 1024 };

	if (!tcs_html_is_page(body))
		return false;
	if (body.n > SYN_PAGE_HEAD)
		body.n = SYN_PAGE_HEAD;
	const char *why = "page HTML reçue au lieu de données";
	for (const char *const *at = robots; *at != NULL; at++) {
		if (syn_has(body, *at))
			why = "page de contrôle anti-robot";
	}
	(void)syn_refuse(TCS_REFUSAL_ERROR, ret_refusal, diag, why);
	return true;
}

static enum tcs_err
syn_read_root(struct tcs_syn_run *run, enum tcs_refusal *ret_refusal,
    struct tcs_diag *diag)
{
	const struct tcs_xml_node *root = tcs_xml_root(run->xml);
	struct tcs_syndication *feed = run->feed;
	bool is_rdf = syn_is(root, "RDF");
	const struct tcs_xml_node *channel = syn_child(root, "channel");

	feed->is_atom = syn_is(root, "feed");
	if (!feed->is_atom && !syn_is(root, "rss") && !is_rdf &&
	    !syn_is(root, "channel") && !syn_is(root, "entry"))
		return syn_refuse(syn_is(root, "html") ? TCS_REFUSAL_ERROR
		                                       : TCS_REFUSAL_RESHAPED,
		    ret_refusal, diag,
		    syn_is(root, "html")
		        ? "page HTML reçue au lieu de données"
		        : "neither RSS nor Atom: its root is no <rss>, <feed> "
		          "or <rdf:RDF>");
	size_t n = syn_count(root);
	feed->items =
	    tcs_syn_alloc(run, (n + 1) * sizeof(struct tcs_syndication_item));
	if (feed->items == NULL)
		return TCS_ENOMEM;
	syn_channel(run, channel == NULL ? root : channel);
	if (syn_is(root, "entry"))
		syn_item(run, root);
	else
		syn_items(run, root);
	if (feed->n == 0 && feed->is_cut)
		return syn_refuse(TCS_REFUSAL_TRUNCATED, ret_refusal, diag,
		    "truncated before the end of its first item");
	if (channel == NULL && syn_is(root, "rss") && feed->n == 0)
		return syn_refuse(TCS_REFUSAL_RESHAPED, ret_refusal, diag,
		    "<rss> without <channel>");
	return TCS_OK;
}

static void
syn_note(struct tcs_syndication *feed)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, TCS_NOTE_MAX - 1);
	if (feed->is_cut)
		tcs_buf_str(&buf,
		    "Flux interrompu avant sa fin : seules les publications "
		    "entières sont lues. ");
	else if (feed->fault_line > 0)
		tcs_buf_str(&buf, "XML mal formé, lu autant que possible. ");
	if (feed->is_recoded)
		tcs_buf_str(&buf, "L'encodage déclaré n'est pas le vrai. ");
	if (feed->left_out > 0)
		tcs_buf_printf(&buf,
		    "Les publications au-delà de %d ne sont pas lues. ",
		    TCS_SYNDICATION_ITEMS_MAX);
	struct tcs_slice note = tcs_slice_trim(tcs_buf_view(&buf));
	if (note.n > 0)
		memcpy(feed->note, note.p, note.n);
	feed->note[note.n] = '\0';
	tcs_buf_fini(&buf);
}

static enum tcs_err
syn_parse(struct tcs_syn_run *run, struct tcs_slice text,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	struct tcs_xml_faults faults = {0};
	struct tcs_xml *xml = NULL;
	enum tcs_err err = tcs_xml_parse_lenient(
	    text, TCS_SYNDICATION_MAX, &xml, &faults, diag);

	if (err == TCS_EPARSE || err == TCS_ELIMIT) {
		*ret_refusal = TCS_REFUSAL_RESHAPED;
		return TCS_EPARSE;
	}
	if (err != TCS_OK)
		return err;
	run->xml = xml;
	run->feed->fault_line = faults.line;
	run->feed->is_cut = faults.is_cut;
	err = syn_read_root(run, ret_refusal, diag);
	if (err == TCS_OK && run->is_short)
		err = syn_refuse(TCS_REFUSAL_RESHAPED, ret_refusal, diag,
		    "more text than a feed may have");
	tcs_xml_free(&xml);
	return err;
}

enum tcs_err
tcs_syndication_read(const struct tcs_fetch *fetch,
    struct tcs_syndication **ret_feed, enum tcs_refusal *ret_refusal,
    struct tcs_diag *diag)
{
	struct tcs_buf text;

	if (tcs_syndication_is_page(fetch->body, ret_refusal, diag))
		return TCS_EPARSE;
	if (tcs_slice_trim(fetch->body).n == 0)
		return syn_refuse(
		    TCS_REFUSAL_TRUNCATED, ret_refusal, diag, "empty body");
	if (fetch->body.n > TCS_SYNDICATION_MAX)
		return syn_refuse(TCS_REFUSAL_RESHAPED, ret_refusal, diag,
		    "more than the 8 MB that a feed may have");
	struct tcs_syndication *feed = calloc(1, sizeof(*feed));
	if (feed == NULL)
		return TCS_ENOMEM;
	feed->arena = tcs_arena_new(SYN_ARENA_MAX);
	feed->title = feed->link = "";
	feed->built_ms = TCS_NO_TIME;
	struct tcs_syn_run run = {.feed = feed, .url = fetch->url};
	tcs_buf_init(&run.raw, TCS_SYNDICATION_MAX);
	tcs_buf_init(&run.plain, TCS_SYNDICATION_MAX);
	tcs_buf_init(&text, TCS_SYNDICATION_MAX);
	tcs_charset_utf8(
	    fetch->body, fetch->content_type, &text, &feed->is_recoded);
	enum tcs_err err = feed->arena == NULL ? TCS_ENOMEM : TCS_OK;
	if (err == TCS_OK && text.err == TCS_ELIMIT)
		err = syn_refuse(TCS_REFUSAL_RESHAPED, ret_refusal, diag,
		    "more than the 8 MB that a feed may have");
	if (err == TCS_OK)
		err = text.err;
	if (err == TCS_OK)
		err = syn_parse(&run, tcs_buf_view(&text), ret_refusal, diag);
	tcs_buf_fini(&text);
	tcs_buf_fini(&run.raw);
	tcs_buf_fini(&run.plain);
	if (err != TCS_OK) {
		tcs_syndication_free(&feed);
		return err;
	}
	syn_note(feed);
	*ret_feed = feed;
	return TCS_OK;
}

void
tcs_syndication_free(struct tcs_syndication **feed)
{
	if (feed == NULL || *feed == NULL)
		return;
	tcs_arena_free(&(*feed)->arena);
	free(*feed);
	*feed = NULL;
}

const struct tcs_syndication_more *
tcs_syndication_find(const struct tcs_syndication_more *more, const char *space,
    const char *name)
{
	while (more != NULL && (strcmp(more->space, space) != 0 ||
	                           strcmp(more->name, name) != 0))
		more = more->next;
	return more;
}

const char *
tcs_syndication_value(const struct tcs_syndication_item *item,
    const char *space, const char *name)
{
	const struct tcs_syndication_more *more =
	    tcs_syndication_find(item->more, space, name);

	return more == NULL || more->value[0] == '\0' ? NULL : more->value;
}

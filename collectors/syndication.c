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
	SYN_TTL_MAX = 7 * 24 * 60, /* minutes */
};

static void
syn_items(struct tcs_syn_run *run, const struct tcs_xml_node *parent)
{
	for (const struct tcs_xml_node *node = tcs_xml_child(parent);
	     node != NULL && !run->is_short; node = tcs_xml_next(node)) {
		if (tcs_syn_is(node, "item") || tcs_syn_is(node, "entry"))
			tcs_syn_item(run, node);
		else if (tcs_syn_is(node, "channel") ||
		         tcs_syn_is(node, "items"))
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
		if (tcs_syn_is(node, "item") || tcs_syn_is(node, "entry"))
			n++;
		else if (tcs_syn_is(node, "channel") ||
		         tcs_syn_is(node, "items"))
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
		if (tcs_syn_is(node, "title") && feed->title[0] == '\0') {
			feed->title = tcs_syn_line(run, node);
		} else if (tcs_syn_is(node, "link") && feed->link[0] == '\0') {
			const char *href = tcs_xml_attr(node, "href");
			const char *rel = tcs_xml_attr(node, "rel");
			if (rel == NULL || strcmp(rel, "alternate") == 0)
				feed->link = tcs_syn_uri(
				    run, href != NULL ? tcs_slice_str(href)
				                      : tcs_syn_raw(run, node));
		} else if (tcs_syn_is(node, "ttl")) {
			raw = tcs_syn_raw(run, node);
			if (tcs_slice_i64(raw, 1, SYN_TTL_MAX, &minutes) ==
			    TCS_OK)
				feed->ttl_ms = TCS_MINUTES(minutes);
		} else if (tcs_syn_is(node, "lastBuildDate") ||
		           tcs_syn_is(node, "updated")) {
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
	bool is_rdf = tcs_syn_is(root, "RDF");
	const struct tcs_xml_node *channel = tcs_syn_child(root, "channel");

	feed->is_atom = tcs_syn_is(root, "feed");
	if (!feed->is_atom && !tcs_syn_is(root, "rss") && !is_rdf &&
	    !tcs_syn_is(root, "channel") && !tcs_syn_is(root, "entry"))
		return syn_refuse(tcs_syn_is(root, "html")
		                      ? TCS_REFUSAL_ERROR
		                      : TCS_REFUSAL_RESHAPED,
		    ret_refusal, diag,
		    tcs_syn_is(root, "html")
		        ? "page HTML reçue au lieu de données"
		        : "neither RSS nor Atom: its root is no <rss>, <feed> "
		          "or <rdf:RDF>");
	size_t n = syn_count(root);
	feed->items =
	    tcs_syn_alloc(run, (n + 1) * sizeof(struct tcs_syndication_item));
	if (feed->items == NULL)
		return TCS_ENOMEM;
	syn_channel(run, channel == NULL ? root : channel);
	if (tcs_syn_is(root, "entry"))
		tcs_syn_item(run, root);
	else
		syn_items(run, root);
	if (feed->n == 0 && feed->is_cut)
		return syn_refuse(TCS_REFUSAL_TRUNCATED, ret_refusal, diag,
		    "truncated before the end of its first item");
	if (channel == NULL && tcs_syn_is(root, "rss") && feed->n == 0)
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

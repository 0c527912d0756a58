/* Feeds as they are found: what is read of them, and what is refused. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "collectors/syndication.h"
#include "core/clock.h"
#include "tests/support/check.h"

static struct tcs_syndication *
read_as(const char *text, const char *type)
{
	const struct tcs_fetch fetch = {.url = "https://feed.example/a/flux",
	    .content_type = type,
	    .body = tcs_slice_str(text)};
	struct tcs_syndication *feed = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag diag = {0};

	check_ok(tcs_syndication_read(&fetch, &feed, &refusal, &diag), &diag);
	assert_int_equal(refusal, TCS_REFUSAL_NONE);
	return feed;
}

#define RSS(items)                                                             \
	"<rss version='2.0'><channel><title>T</title>"                         \
	"<link>https://site.example/</link>" items "</channel></rss>"
#define ITEM(parts) "<item>" parts "</item>"

static void
every_dialect_gives_the_same_item(void **state)
{
	static const char *const feeds[] = {
	    RSS(ITEM("<title>Crue</title><link>https://site.example/a</link>"
	             "<description>Montée des eaux.</description>"
	             "<pubDate>Fri, 02 Oct 2026 14:00:00 +0200</pubDate>")),
	    /* 0.91, with its DOCTYPE. */
	    "<?xml version='1.0'?><!DOCTYPE rss PUBLIC '-//x//EN' "
	    "'http://dtd.example/rss-0.91.dtd'><rss version='0.91'><channel>"
	    "<title>T</title><link>https://site.example/</link><item><title>"
	    "Crue</title><link>https://site.example/a</link><description>"
	    "Montée des eaux.</description><pubDate>2026-10-02 14:00"
	    "</pubDate></item></channel></rss>",
	    /* 1.0: items beside the channel. */
	    "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
	    "xmlns='http://purl.org/rss/1.0/' "
	    "xmlns:dc='http://purl.org/dc/elements/1.1/'><channel "
	    "rdf:about='x'><title>T</title><link>https://site.example/</link>"
	    "</channel><item rdf:about='https://site.example/a'><title>Crue"
	    "</title><link>https://site.example/a</link><description>Montée "
	    "des eaux.</description><dc:date>2026-10-02T14:00:00+02:00"
	    "</dc:date></item></rdf:RDF>",
	    "<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title>"
	    "<link rel='self' href='https://feed.example/f'/>"
	    "<link href='https://site.example/'/><entry><title type='html'>"
	    "&lt;b&gt;Crue&lt;/b&gt;</title><link rel='edit' "
	    "href='https://x.example/'/><link rel='alternate' "
	    "type='application/pdf' href='/a.pdf'/><link "
	    "href='https://site.example/a' type='text/html'/><id>urn:a</id>"
	    "<published>2026-10-02T12:00:00Z</published><summary type='xhtml'>"
	    "<div xmlns='http://www.w3.org/1999/xhtml'><p>Montée des eaux.</p>"
	    "</div></summary></entry></feed>",
	    /* Prefixed, and without namespace. */
	    "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:title>T</a:title>"
	    "<a:link href='https://site.example/'/><a:entry><a:title>Crue"
	    "</a:title><a:link href='a'/><a:updated>02/10/2026 14:00"
	    "</a:updated><a:content>Montée des eaux.</a:content></a:entry>"
	    "</a:feed>",
	    "<feed><title>T</title><link href='https://site.example/'/><entry>"
	    "<title>Crue</title><link href='//site.example/a'/><issued>"
	    "2026-10-02T14:00</issued><summary>Montée des eaux.</summary>"
	    "</entry></feed>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(feeds) / sizeof(feeds[0]); i++) {
		struct tcs_syndication *feed = read_as(feeds[i], NULL);
		char time[TCS_TIME_TEXT];
		check_text(feed->title, "T");
		check_text(feed->link, "https://site.example/");
		check_text(feed->note, "");
		assert_int_equal(feed->n, 1);
		const struct tcs_syndication_item *item = &feed->items[0];
		check_text(item->title, "Crue");
		check_text(item->link, "https://site.example/a");
		check_text(item->text, "Montée des eaux.");
		check_text(tcs_time_iso(item->published_ms != TCS_NO_TIME
		                            ? item->published_ms
		                            : item->updated_ms,
		               time),
		    "2026-10-02T14:00:00+02:00");
		tcs_syndication_free(&feed);
		assert_null(feed);
	}
}

static void
texts_are_plain_however_they_are_wrapped(void **state)
{
	static const struct {
		const char *description, *want;
	} cases[] = {
	    {"plain", "plain"},
	    {"", ""},
	    {"&lt;p&gt;un&lt;/p&gt;&lt;p&gt;deux&lt;/p&gt;", "un\ndeux"},
	    {"<![CDATA[<p>un</p><ul><li>a</li><li>b</li></ul>]]>",
	        "un\n- a\n- b"},
	    {"<p>un</p><p>deux</p>", "un\ndeux"},
	    {"<p>un<p>deux<br>trois", "un\ndeux\ntrois"},
	    /* Escaped once too often, and twice. */
	    {"&amp;lt;p&amp;gt;un&amp;lt;/p&amp;gt; l'&amp;eacute;t&amp;#233;",
	        "un\nl'été"},
	    {"<![CDATA[&amp;lt;b&amp;gt;un&amp;lt;/b&amp;gt;]]>", "un"},
	    /* Signs are no tags. */
	    {"&lt; 5 mm &amp; &gt; 3 mm", "< 5 mm & > 3 mm"},
	    {"moins de < 5 mm & plus", "moins de < 5 mm & plus"},
	    {"&nbsp;l&rsquo;arr&ecirc;t&eacute;&nbsp;", "l’arrêté"},
	    {"<![CDATA[<script>alert(1)</script><style>p{}</style>ok]]>", "ok"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = NULL;
		assert_true(
		    asprintf(&text,
		        RSS(ITEM("<title>a</title><description>%s"
		                 "</description>") ITEM("<title>b</title>")),
		        cases[i].description) > 0);
		struct tcs_syndication *feed = read_as(text, NULL);
		assert_int_equal(feed->n, 2);
		check_text(feed->items[0].text, cases[i].want);
		check_text(feed->items[1].title, "b");
		tcs_syndication_free(&feed);
		free(text);
	}
}

static void
encodings_are_as_declared_or_as_they_are(void **state)
{
	static const struct {
		const char *head, *title, *type;
		bool is_recoded;
	} cases[] = {
	    {"", "\xc3\xa9t\xc3\xa9", NULL, false},
	    {"\xef\xbb\xbf<?xml version='1.0'?>", "\xc3\xa9t\xc3\xa9", NULL,
	        false},
	    {"\r\n \n<?xml version='1.0' encoding='utf-8'?>",
	        "\xc3\xa9t\xc3\xa9", NULL, false},
	    {"<?xml version='1.0' encoding='ISO-8859-1'?>", "\xe9t\xe9", NULL,
	        false},
	    {"<?xml version='1.0' encoding='Windows-1252'?>", "\xe9t\xe9", NULL,
	        false},
	    {"", "\xe9t\xe9", "application/rss+xml; charset=iso-8859-15",
	        false},
	    {"", "\xe9t\xe9", NULL, true},
	    {"<?xml version='1.0' encoding='UTF-8'?>", "\xe9t\xe9", NULL, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = NULL;
		assert_true(asprintf(&text,
		                "%s<rss><channel><item><title>%s</title></item>"
		                "</channel></rss>",
		                cases[i].head, cases[i].title) > 0);
		struct tcs_syndication *feed = read_as(text, cases[i].type);
		check_text(feed->items[0].title, "été");
		check_text(
		    feed->note, cases[i].is_recoded
		                    ? "L'encodage déclaré n'est pas le vrai."
		                    : "");
		tcs_syndication_free(&feed);
		free(text);
	}
}

static void
what_other_vocabularies_say_is_found_by_name(void **state)
{
	struct tcs_syndication *feed = read_as(
	    "<rss xmlns:g='http://www.gdacs.org' "
	    "xmlns:georss='http://www.georss.org/georss' "
	    "xmlns:c='urn:oasis:names:tc:emergency:cap:1.2'><channel>" ITEM(
	        "<title>x</title><g:alertlevel>Orange</g:alertlevel>"
	        "<georss:point>-19.4 59.8</georss:point><g:iso3/>"
	        "<c:geocode><valueName>NUTS3</valueName><value>FR302</value>"
	        "</c:geocode><cap:event>y</cap:event>"
	        "<enclosure url='/img/a b.png' type='image/png' length='1'/>"
	        "<category>Un</category><category domain='d'>Deux</category>"
	        "<author>jean@site.example (Jean Fictif)</author>") "</channel>"
	                                                            "</rss>",
	    NULL);
	const struct tcs_syndication_item *item = &feed->items[0];

	(void)state;
	check_text(
	    tcs_syndication_value(item, "gdacs", "alertlevel"), "Orange");
	check_text(
	    tcs_syndication_value(item, "georss", "point"), "-19.4 59.8");
	check_text(tcs_syndication_value(item, "gdacs", "iso3"), NULL);
	check_text(tcs_syndication_value(item, "gdacs", "absent"), NULL);
	/* Its prefix is declared nowhere. */
	check_text(tcs_syndication_value(item, "cap", "event"), "y");
	const struct tcs_syndication_more *geocode =
	    tcs_syndication_find(item->more, "cap", "geocode");
	check_text(geocode->inner->value, "NUTS3");
	check_text(geocode->inner->next->value, "FR302");
	check_text(item->links->rel, "enclosure");
	check_text(item->links->href, "https://feed.example/img/a%20b.png");
	check_text(item->links->type, "image/png");
	check_text(item->categories->text, "Un");
	check_text(item->categories->next->text, "Deux");
	check_text(item->author, "jean@site.example (Jean Fictif)");
	check_text(item->link, "");
	tcs_syndication_free(&feed);
}

static void
a_channel_says_its_rhythm(void **state)
{
	struct tcs_syndication *feed = read_as(
	    RSS("<ttl>30</ttl><lastBuildDate>02/10/2026 14:00</lastBuildDate>"),
	    NULL);
	char time[TCS_TIME_TEXT];

	(void)state;
	assert_int_equal(feed->n, 0);
	assert_int_equal(feed->ttl_ms, TCS_MINUTES(30));
	check_text(
	    tcs_time_iso(feed->built_ms, time), "2026-10-02T14:00:00+02:00");
	tcs_syndication_free(&feed);
}

static void
only_whole_items_of_a_cut_feed_are_read(void **state)
{
	struct tcs_syndication *feed =
	    read_as("<rss><channel><item><title>a</title></item><item>"
	            "<title>b</title><link>https://site.example/b",
	        NULL);

	(void)state;
	assert_int_equal(feed->n, 1);
	assert_true(feed->is_cut);
	check_text(feed->items[0].title, "a");
	check_text(feed->note,
	    "Flux interrompu avant sa fin : seules les publications entières "
	    "sont lues.");
	tcs_syndication_free(&feed);
}

static void
a_broken_item_spoils_itself_only(void **state)
{
	struct tcs_syndication *feed =
	    read_as(RSS(ITEM("<title>a & b</title>") ITEM(
	                "<title>c<i>d</title><description><div>e</description>"
	                "<link>https://site.example/?x=1&y=2</link>")
	                    ITEM("<title>f</title>")),
	        NULL);

	(void)state;
	assert_int_equal(feed->n, 3);
	check_text(feed->items[0].title, "a & b");
	check_text(feed->items[1].title, "cd");
	check_text(feed->items[1].text, "e");
	check_text(feed->items[1].link, "https://site.example/?x=1&y=2");
	check_text(feed->items[2].title, "f");
	check_text(feed->note, "XML mal formé, lu autant que possible.");
	assert_int_equal(feed->fault_line, 1);
	tcs_syndication_free(&feed);
}

static void
too_many_items_are_left_out_and_said(void **state)
{
	struct tcs_buf buf;

	(void)state;
	tcs_buf_init(&buf, 1 << 20);
	tcs_buf_str(&buf, "<rss><channel>");
	for (int i = 0; i < TCS_SYNDICATION_ITEMS_MAX + 3; i++)
		tcs_buf_printf(&buf, "<item><title>%d</title></item>", i);
	tcs_buf_str(&buf, "</channel></rss>");
	struct tcs_syndication *feed = read_as(buf.p, NULL);
	assert_int_equal(feed->n, TCS_SYNDICATION_ITEMS_MAX);
	assert_int_equal(feed->left_out, 3);
	check_text(
	    feed->note, "Les publications au-delà de 2000 ne sont pas lues.");
	tcs_syndication_free(&feed);
	tcs_buf_fini(&buf);
}

static void
what_is_no_feed_is_refused_with_its_reason(void **state)
{
	static const struct {
		const char *text, *finding;
		enum tcs_refusal refusal;
	} cases[] = {
	    {"", "empty", TCS_REFUSAL_TRUNCATED},
	    {" \n", "empty", TCS_REFUSAL_TRUNCATED},
	    {"<rss><channel><item><title>a", "first item",
	        TCS_REFUSAL_TRUNCATED},
	    {"<!DOCTYPE html><html><body>Maintenance</body></html>",
	        "page HTML reçue au lieu de données", TCS_REFUSAL_ERROR},
	    {"\n<HTML><head></head></HTML>", "page HTML reçue",
	        TCS_REFUSAL_ERROR},
	    {"<?xml version='1.0'?><html><body/></html>", "page HTML reçue",
	        TCS_REFUSAL_ERROR},
	    {"<html><title>Just a moment...</title><script "
	     "src='/cdn-cgi/challenge-platform/x.js'></script></html>",
	        "page de contrôle anti-robot", TCS_REFUSAL_ERROR},
	    {"<html>Veuillez résoudre le CAPTCHA</html>",
	        "page de contrôle anti-robot", TCS_REFUSAL_ERROR},
	    {"{\"a\":1}", "no XML", TCS_REFUSAL_RESHAPED},
	    {"<kml/>", "neither RSS nor Atom", TCS_REFUSAL_RESHAPED},
	    {"<rss/>", "without <channel>", TCS_REFUSAL_RESHAPED},
	    {"<!DOCTYPE rss [<!ENTITY a 'b'>]><rss><channel/></rss>",
	        "declares entities", TCS_REFUSAL_RESHAPED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tcs_fetch fetch = {
		    .body = tcs_slice_str(cases[i].text)};
		struct tcs_syndication *feed = NULL;
		enum tcs_refusal refusal = TCS_REFUSAL_NONE;
		struct tcs_diag diag = {0};
		check_err(tcs_syndication_read(&fetch, &feed, &refusal, &diag),
		    TCS_EPARSE, &diag);
		assert_int_equal(refusal, cases[i].refusal);
		check_finding(&diag, 0, cases[i].finding);
		tcs_diag_fini(&diag);
	}
}

static void
a_body_past_the_limit_is_refused_unread(void **state)
{
	size_t n = 50 << 20;
	char *body = malloc(n);
	struct tcs_syndication *feed = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag diag = {0};

	(void)state;
	assert_non_null(body);
	memset(body, '<', n);
	const struct tcs_fetch fetch = {.body = tcs_slice(body, n)};
	check_err(tcs_syndication_read(&fetch, &feed, &refusal, &diag),
	    TCS_EPARSE, &diag);
	assert_int_equal(refusal, TCS_REFUSAL_RESHAPED);
	check_finding(&diag, 0, "8 MB");
	tcs_diag_fini(&diag);
	free(body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_dialect_gives_the_same_item),
	    cmocka_unit_test(texts_are_plain_however_they_are_wrapped),
	    cmocka_unit_test(encodings_are_as_declared_or_as_they_are),
	    cmocka_unit_test(what_other_vocabularies_say_is_found_by_name),
	    cmocka_unit_test(a_channel_says_its_rhythm),
	    cmocka_unit_test(only_whole_items_of_a_cut_feed_are_read),
	    cmocka_unit_test(a_broken_item_spoils_itself_only),
	    cmocka_unit_test(too_many_items_are_left_out_and_said),
	    cmocka_unit_test(what_is_no_feed_is_refused_with_its_reason),
	    cmocka_unit_test(a_body_past_the_limit_is_refused_unread),
	};

	if (tcs_clock_set_zone("Europe/Paris") != TCS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

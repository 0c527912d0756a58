/* index.c - a feed whose entries lead to CAP documents, or say enough. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collectors/feeds/cap/cap.h"
#include "collectors/syndication.h"
#include "core/clock.h"
#include "core/date.h"

static bool
index_ends(const char *href, const char *end)
{
	size_t n = strcspn(href, "?#"), k = strlen(end);

	return n >= k && strncasecmp(href + n - k, end, k) == 0;
}

static bool
index_is_http(const char *href)
{
	return strncasecmp(href, "http://", 7) == 0 ||
	       strncasecmp(href, "https://", 8) == 0;
}

/* How much a link looks like that of a CAP document; 0: it is none. */
static int
index_likeness(const struct tcs_syndication_link *link)
{
	if (!index_is_http(link->href) || strcmp(link->rel, "self") == 0)
		return 0;
	if (strncasecmp(link->type, "application/cap+xml", 19) == 0 ||
	    strncasecmp(link->type, "application/common-alerting-protocol+xml",
	        40) == 0)
		return 5;
	if (index_ends(link->href, ".cap"))
		return 4;
	if (index_ends(link->href, ".xml"))
		return 3;
	if (strstr(link->type, "xml") != NULL &&
	    strcmp(link->rel, "alternate") == 0)
		return 2;
	return link->type[0] == '\0' && strcmp(link->rel, "alternate") == 0;
}

/* Where an entry's document is; NULL: it names none. */
static const char *
index_document(const struct tcs_syndication_item *item)
{
	const char *best = NULL;
	const char *named = tcs_syndication_value(item, "gdacs", "cap");
	int likeness = 0;

	for (const struct tcs_syndication_link *link = item->links;
	     link != NULL; link = link->next) {
		if (index_likeness(link) > likeness) {
			likeness = index_likeness(link);
			best = link->href;
		}
	}
	if (likeness < 5 && named != NULL && index_is_http(named))
		return named;
	if (likeness < 3 && index_is_http(item->guid) &&
	    (index_ends(item->guid, ".cap") || index_ends(item->guid, ".xml")))
		return item->guid;
	return best;
}

static bool
index_is_past(const struct tcs_syndication_item *item, int64_t now_ms)
{
	const char *expires = tcs_syndication_value(item, "cap", "expires");
	int64_t ms;

	return expires != NULL &&
	       tcs_date_read(tcs_slice_str(expires), &ms) == TCS_OK &&
	       ms < now_ms;
}

/* ---- what it says ---- */

/* The answer that came for `href`. */
static bool
index_has(const struct tcs_answers *answers, size_t at, const char *href)
{
	for (size_t i = 0; i < answers->n; i++) {
		const struct tcs_fetch *fetch = &answers->items[i];
		if (i != at && fetch->tag != NULL &&
		    strcmp(fetch->tag, href) == 0)
			return true;
	}
	return false;
}

static enum tcs_err
index_entry(struct cap_run *run, const struct tcs_answers *answers, size_t at,
    const struct tcs_syndication_item *item, unsigned *ret_without)
{
	const char *href = index_document(item);

	if (item->embedded != NULL)
		return tcs_cf_take(run, tcs_slice_str(item->embedded));
	if (href != NULL && index_has(answers, at, href))
		return TCS_OK;
	if (tcs_cf_entry_is_enough(item))
		return tcs_cf_take_entry(run, item);
	*ret_without += !index_is_past(item, run->fetched_ms);
	return TCS_OK;
}

enum tcs_err
tcs_cf_take_index(struct cap_run *run, const struct tcs_answers *answers,
    size_t at, enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	struct tcs_syndication *feed = NULL;
	unsigned without = 0, others = 0;
	enum tcs_err err =
	    tcs_syndication_read(&answers->items[at], &feed, ret_refusal, diag);

	if (err != TCS_OK)
		return err;
	for (size_t i = 0; err == TCS_OK && i < feed->n; i++)
		err = index_entry(run, answers, at, &feed->items[i], &without);
	/* Recorded documents come without the names of what asked for them. */
	for (size_t i = 0; i < answers->n; i++)
		others += i != at && answers->items[i].tag == NULL;
	run->missing += without > others ? without - others : 0;
	run->is_cut = run->is_cut || feed->is_cut || feed->left_out > 0;
	if (run->note[0] == '\0')
		memcpy(run->note, feed->note, sizeof(run->note));
	tcs_syndication_free(&feed);
	return err;
}

/* ---- what to ask for ---- */

/* Host without port, in `url`. */
static struct tcs_slice
index_host(const char *url)
{
	const char *at = strstr(url, "://");

	at = at == NULL ? url : at + 3;
	size_t n = strcspn(at, "/?#");
	const char *user = memchr(at, '@', n);
	if (user != NULL)
		return tcs_slice("", 0); /* no one's */
	return tcs_slice(at, strcspn(at, ":/?#"));
}

static bool
index_same(struct tcs_slice a, struct tcs_slice b)
{
	return a.n == b.n && a.n > 0 && strncasecmp(a.p, b.p, a.n) == 0;
}

/* An index sends us to its own host, or to one that is configured: not to the
 * machines beside us, and not from https to http. */
static bool
index_may_ask(
    const struct cap_options *options, const char *url, const char *href)
{
	struct tcs_slice host = index_host(href);

	if (strncasecmp(url, "https:", 6) == 0 &&
	    strncasecmp(href, "https:", 6) != 0)
		return false;
	if (index_same(host, index_host(url)))
		return true;
	for (size_t i = 0; i < options->hosts.n; i++) {
		if (index_same(host, tcs_slice_str(options->hosts.items[i])))
			return true;
	}
	return false;
}

/* A document to ask for. */
struct index_want {
	const char *href, *identifier;
	int64_t updated_ms;
};

static int
index_newest(const void *a, const void *b)
{
	const struct index_want *x = a, *y = b;

	if (x->updated_ms != y->updated_ms)
		return x->updated_ms > y->updated_ms ? -1 : 1;
	return strcmp(x->href, y->href);
}

static bool
index_is_asked(
    const struct index_want *wants, size_t n, const struct index_want *want)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(wants[i].href, want->href) == 0 ||
		    (want->identifier != NULL && wants[i].identifier != NULL &&
		        strcmp(wants[i].identifier, want->identifier) == 0))
			return true;
	}
	return false;
}

static size_t
index_wants(const struct cap_options *options, const struct tcs_asking *asking,
    const struct tcs_syndication *feed, struct index_want *wants)
{
	size_t n = 0;

	for (size_t i = 0; i < feed->n; i++) {
		const struct tcs_syndication_item *item = &feed->items[i];
		const struct index_want want = {.href = index_document(item),
		    .identifier =
		        tcs_syndication_value(item, "cap", "identifier"),
		    .updated_ms = item->updated_ms == TCS_NO_TIME
		                      ? item->published_ms
		                      : item->updated_ms};
		if (want.href == NULL || item->embedded != NULL ||
		    tcs_cf_entry_is_enough(item) ||
		    index_is_past(item, asking->now_ms) ||
		    !index_may_ask(options, asking->url, want.href))
			continue;
		wants[n++] = want;
	}
	return n;
}

static enum tcs_err
index_ask(const struct cap_options *options, const struct tcs_asking *asking,
    const struct tcs_syndication *feed, struct tcs_ask_sink *out)
{
	struct index_want *wants = calloc(feed->n + 1, sizeof(*wants));
	enum tcs_err err = TCS_OK;
	size_t asked = 0;

	if (wants == NULL)
		return TCS_ENOMEM;
	size_t n = index_wants(options, asking, feed, wants);
	if (n > 1)
		qsort(wants, n, sizeof(wants[0]), index_newest);
	for (size_t i = 0; err == TCS_OK && i < n && asked < CAP_ASKS_MAX;
	     i++) {
		if (index_is_asked(wants, asked, &wants[i]))
			continue;
		wants[asked] = wants[i];
		const struct tcs_ask ask = {.url = wants[asked].href,
		    .tag = wants[asked].href,
		    .is_optional = true,
		    .is_fixed = true};
		asked++;
		err = out->ask(out->arg, &ask);
	}
	free(wants);
	return err;
}

enum tcs_err
tcs_cf_ask(void *st, const struct tcs_asking *asking, struct tcs_ask_sink *out,
    struct tcs_diag *diag)
{
	struct tcs_syndication *feed = NULL;
	enum tcs_refusal refusal;

	(void)diag;
	if (asking->got.n == 0) {
		const struct tcs_ask head = {
		    .url = asking->url, .tag = "index", .is_head = true};
		return out->ask(out->arg, &head);
	}
	const struct tcs_fetch *fetch = &asking->got.items[0];
	if (asking->got.n > 1 || tcs_cf_is_json(fetch->body))
		return TCS_OK;
	enum tcs_err err = tcs_syndication_read(fetch, &feed, &refusal, NULL);
	if (err == TCS_EPARSE)
		return TCS_OK; /* no index: nothing more to ask for */
	if (err == TCS_OK)
		err = index_ask(st, asking, feed, out);
	tcs_syndication_free(&feed);
	return err;
}

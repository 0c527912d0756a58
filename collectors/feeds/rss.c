/* rss.c - publications of a site, RSS or Atom: one item a text.
 *
 * What an item is known by is what its source keeps: the page that it links
 * to, else Atom's id, else its title, else its guid, which many programs make
 * anew each time, else its text. Words of gravity in it are for rules to find;
 * an item has no level. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collectors/feed.h"
#include "collectors/feeds/rss/item.h"
#include "collectors/feeds/rss/link.h"
#include "collectors/syndication.h"
#include "core/arena.h"
#include "core/clock.h"
#include "territory/codes.h"

enum {
	RSS_PARAMS_MAX = 40,
	RSS_NAME_MAX = 150,
	RSS_KEY_MAX = 8192,
	RSS_ARENA_MAX = 16 << 20,
	RSS_ENCLOSURES_MAX = 5,
};

/* A site that publishes nothing says nothing of that. */
#define RSS_QUIET_MS TCS_DAYS(366)

struct rss {
	struct tcs_strings departements;
	char *category;
	int64_t lasts_ms;
	const char **codes; /* of the table, NULL-ended; owned array */
};

struct rss_run {
	const struct rss *rss;
	const struct tcs_syndication *feed;
	struct tcs_reading_sink *out;
	struct tcs_arena *arena;
	struct rss_item *items;
	int64_t fetched_ms;
};

/* ---- options ---- */

static const char *
rss_check_departement(const char *text)
{
	return tcs_departement_find(text) == NULL
	           ? "not the code of a département"
	           : NULL;
}

static const char *
rss_check_category(const char *text)
{
	static const char *const categories[] = {"Geo", "Met", "Safety",
	    "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra",
	    "CBRNE", "Other", NULL};

	for (const char *const *at = categories; *at != NULL; at++) {
		if (strcmp(*at, text) == 0)
			return NULL;
	}
	return "not a category of CAP: Geo, Met, Safety, Security, Rescue, "
	       "Fire, Health, Env, Transport, Infra, CBRNE or Other";
}

static const struct tcs_option rss_options[] = {
    {.name = "departements",
        .kind = TCS_OPTION_LIST,
        .offset = offsetof(struct rss, departements),
        .help = "codes of the départements that it speaks of; default: the "
                "whole country",
        .example = "{\"62\"}",
        .check = rss_check_departement},
    {.name = "category",
        .kind = TCS_OPTION_STRING,
        .offset = offsetof(struct rss, category),
        .fallback = "Other",
        .help = "CAP category of what it publishes",
        .example = "Infra",
        .check = rss_check_category},
    TCS_OPT_DURATION("expires", struct rss, lasts_ms, "24 h", TCS_MINUTES(1),
        TCS_DAYS(366), "how long a publication holds"),
    TCS_OPT_END,
};

static enum tcs_err
rss_init(void *st, struct tcs_diag *diag)
{
	struct rss *rss = st;
	size_t n = rss->departements.n;

	(void)diag;
	rss->codes = calloc(n + 1, sizeof(*rss->codes));
	if (rss->codes == NULL)
		return TCS_ENOMEM;
	for (size_t i = 0; i < n; i++)
		rss->codes[i] =
		    tcs_departement_find(rss->departements.items[i])->code;
	return TCS_OK;
}

static void
rss_fini(void *st)
{
	struct rss *rss = st;

	free((void *)rss->codes);
	rss->codes = NULL;
}

/* ---- texts ---- */

/* Without what Markdown leaves: "**", "\[". */
static const char *
rss_text(struct tcs_arena *arena, const char *text)
{
	size_t n = 0;

	if (strpbrk(text, "\\*") == NULL)
		return text;
	char *copy = tcs_arena_dup(arena, tcs_slice_str(text));
	for (size_t i = 0; copy != NULL && copy[i] != '\0'; i++) {
		bool is_escape = copy[i] == '\\' && copy[i + 1] != '\0' &&
		                 strchr("[]()*_#.-", copy[i + 1]) != NULL;
		bool is_bold = copy[i] == '*' && copy[i + 1] == '*';
		i += is_escape || is_bold;
		if (!is_bold)
			copy[n++] = copy[i];
	}
	if (copy != NULL)
		copy[n] = '\0';
	return copy;
}

/* The first words of a text, for want of a title. */
static const char *
rss_first_words(struct tcs_arena *arena, const char *text)
{
	size_t n = strcspn(text, "\n");

	if (n <= RSS_NAME_MAX)
		return tcs_arena_dup(arena, tcs_slice(text, n));
	n = RSS_NAME_MAX;
	while (n > RSS_NAME_MAX / 2 && text[n] != ' ')
		n--;
	while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return tcs_arena_printf(arena, "%.*s…", (int)n, text);
}

static const char *
rss_name(struct rss_run *r, const struct rss_item *item)
{
	struct tcs_buf words;

	if (item->title[0] != '\0')
		return item->title;
	tcs_buf_init(&words, RSS_KEY_MAX);
	tcs_rss_link_words(item->from->link, &words);
	const char *name = words.n > 0
	                       ? tcs_arena_dup(r->arena, tcs_buf_view(&words))
	                   : item->text[0] != '\0'
	                       ? rss_first_words(r->arena, item->text)
	                       : tcs_arena_dup(r->arena,
	                             tcs_slice_str("Publication sans titre"));
	tcs_buf_fini(&words);
	return name;
}

/* ---- readings ---- */

struct rss_params {
	struct tcs_pair pairs[RSS_PARAMS_MAX];
	size_t n;
};

static void
rss_param(struct rss_params *params, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0' || params->n == RSS_PARAMS_MAX)
		return;
	params->pairs[params->n++] =
	    (struct tcs_pair){.name = name, .value = value};
}

/* What else it says, as it says it. */
static void
rss_params(const struct rss_item *item, struct rss_params *params)
{
	static const struct {
		const char *space, *name, *param;
	} known[] = {
	    {"gdacs", "alertlevel", "gdacs:alertlevel"},
	    {"gdacs", "eventtype", "gdacs:eventtype"},
	    {"gdacs", "eventid", "gdacs:eventid"},
	    {"gdacs", "episodeid", "gdacs:episodeid"},
	    {"gdacs", "version", "gdacs:version"},
	    {"gdacs", "iscurrent", "gdacs:iscurrent"},
	    {"gdacs", "country", "gdacs:country"},
	    {"gdacs", "iso3", "gdacs:iso3"},
	    {"gdacs", "cap", "gdacs:cap"},
	    {"georss", "point", "georss:point"},
	    {"geo", "lat", "geo:lat"},
	    {"geo", "long", "geo:long"},
	};
	const struct tcs_syndication_item *from = item->from;
	size_t enclosures = 0;

	if (item->issued_ms == TCS_NO_TIME)
		rss_param(params, "tocsin:undated", "yes");
	rss_param(params, "rss:author", from->author);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		rss_param(params, known[i].param,
		    tcs_syndication_value(from, known[i].space, known[i].name));
	for (const struct tcs_syndication_link *link = from->links;
	     link != NULL && enclosures < RSS_ENCLOSURES_MAX;
	     link = link->next) {
		if (strcmp(link->rel, "enclosure") != 0)
			continue;
		rss_param(params, "rss:enclosure", link->href);
		enclosures++;
	}
	for (const struct tcs_syndication_word *word = from->categories;
	     word != NULL; word = word->next)
		rss_param(params, "rss:category", word->text);
}

static enum tcs_err
rss_emit(struct rss_run *r, const struct rss_item *item)
{
	const struct tcs_syndication_item *from = item->from;
	const char *current = tcs_syndication_value(from, "gdacs", "iscurrent");
	const char *name = rss_name(r, item);
	struct rss_params params = {.n = 0};

	if (name == NULL)
		return TCS_ENOMEM;
	rss_params(item, &params);
	const struct tcs_reading reading = {
	    .kind = TCS_READING_ITEM,
	    .zone = item->zone,
	    .zone_name = name,
	    .phenomenon = "publication",
	    .level = "none",
	    .headline = name,
	    .text = item->text[0] == '\0' ? NULL : item->text,
	    .web = from->link[0] == '\0' ? NULL : from->link,
	    .departements = r->rss->codes,
	    .is_national = r->rss->codes[0] == NULL,
	    .issued_ms = item->issued_ms,
	    .lasts_ms = r->rss->lasts_ms,
	    .is_end = current != NULL && strcasecmp(current, "false") == 0,
	    .category = r->rss->category,
	    .event = "Publication",
	    .params = params.pairs,
	    .params_n = params.n,
	};
	return r->out->emit(r->out->arg, &reading);
}

static enum tcs_err
rss_items(struct rss_run *r, struct tcs_document *document)
{
	size_t n = 0;

	r->items =
	    tcs_arena_alloc(r->arena, (r->feed->n + 1) * sizeof(r->items[0]));
	for (size_t i = 0; r->items != NULL && i < r->feed->n; i++) {
		struct rss_item *item = &r->items[n];
		*item = (struct rss_item){.from = &r->feed->items[i], .at = i};
		item->title = rss_text(r->arena, item->from->title);
		item->text = rss_text(r->arena, item->from->text);
		if (item->title == NULL || item->text == NULL)
			return TCS_ENOMEM;
		if (item->title[0] == '\0' && item->text[0] == '\0' &&
		    item->from->link[0] == '\0') {
			document->skipped++;
			continue;
		}
		item->issued_ms = tcs_rss_issued(r->feed, item, r->fetched_ms);
		tcs_rss_identify(r->feed, item);
		n++;
	}
	if (r->items == NULL)
		return TCS_ENOMEM;
	tcs_rss_tell_apart(r->items, n);
	enum tcs_err err = TCS_OK;
	for (size_t i = 0; err == TCS_OK && i < n; i++) {
		if (!r->items[i].is_left_out)
			err = rss_emit(r, &r->items[i]);
	}
	return err;
}

static enum tcs_err
rss_parse(void *st, const struct tcs_answers *answers,
    struct tcs_document *ret_document, struct tcs_reading_sink *out,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	const struct tcs_fetch *fetch = &answers->items[0];
	struct tcs_syndication *feed = NULL;
	enum tcs_err err =
	    tcs_syndication_read(fetch, &feed, ret_refusal, diag);

	if (err != TCS_OK)
		return err;
	struct tcs_document document = {
	    .issued_ms = TCS_NO_TIME,
	    .next_issue_ms = TCS_NO_TIME,
	    .expires_ms = fetch->fetched_ms + RSS_QUIET_MS,
	    .frozen_ms = TCS_NO_TIME,
	    .is_complete = !feed->is_cut && feed->left_out == 0,
	};
	struct rss_run run = {.rss = st,
	    .feed = feed,
	    .out = out,
	    .arena = tcs_arena_new(RSS_ARENA_MAX),
	    .fetched_ms = fetch->fetched_ms};
	memcpy(document.note, feed->note, sizeof(document.note));
	err = run.arena == NULL ? TCS_ENOMEM : rss_items(&run, &document);
	if (err == TCS_OK)
		*ret_document = document;
	tcs_arena_free(&run.arena);
	tcs_syndication_free(&feed);
	return err;
}

static const char *const rss_stamps[] = {"lastBuildDate", NULL};

const struct tcs_feed_ops tcs_feed_rss = {
    .name = "rss",
    .about = "publications of a site, RSS or Atom (préfectures, CERT-FR, …)",
    .source = "rss",
    .source_name = "Flux RSS",
    .zone_scheme = "TOCSIN:PUBLICATION",
    .zone_word = "publication",
    .every_ms = TCS_MINUTES(2),
    .state_size = sizeof(struct rss),
    .options = rss_options,
    .stamps = rss_stamps,
    .init = rss_init,
    .parse = rss_parse,
    .fini = rss_fini,
};

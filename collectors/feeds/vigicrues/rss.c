/* rss.c - the levels of chosen tronçons as RSS: 15 kB in place of the map's
 * 2.2 MB. Asked with codes each of them is an item, the green ones too; asked
 * without, only what is above green is. Code, name and colour are in the HTML
 * of the description; the page's anchor has the code unless it is green. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "collectors/feeds/vigicrues/vigicrues.h"
#include "collectors/syndication.h"
#include "core/arena.h"
#include "core/level.h"
#include "territory/zonetable.h"

/* One item, as what it says of a tronçon. */
struct rss_item {
	const char *code, *name, *level;
	int64_t issued_ms;
};

/* What follows `label` and a colon in a line of the text; "" when none. */
static struct tcs_slice
rss_after(const char *text, const char *label)
{
	const char *at = strcasestr(text, label);

	if (at == NULL)
		return tcs_slice_str("");
	at += strlen(label);
	size_t n = strcspn(at, ":\n");
	if (at[n] != ':')
		return tcs_slice_str("");
	at += n + 1;
	return tcs_slice_trim(tcs_slice(at, strcspn(at, "\n")));
}

/* The colour that the words begin with. */
static const char *
rss_level(struct tcs_slice words)
{
	static const char *const levels[] = {
	    "vert", "jaune", "orange", "rouge"};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		size_t n = strlen(levels[i]);
		if (words.n >= n && strncasecmp(words.p, levels[i], n) == 0 &&
		    (words.n == n || !isalpha((unsigned char)words.p[n])))
			return levels[i];
	}
	return TCS_LEVEL_UNKNOWN;
}

/* A code at `at` that ends where `end` is one of. */
static const char *
rss_code_at(struct vigicrues_run *run, struct tcs_slice at, const char *ends)
{
	size_t n = 0;

	while (n < at.n && strchr(ends, at.p[n]) == NULL)
		n++;
	const char *code = n > VIGICRUES_CODE_MAX
	                       ? NULL
	                       : tcs_arena_dup(run->arena, tcs_slice(at.p, n));
	return tcs_vigicrues_is_troncon(code) ? code : NULL;
}

/* "Vidourle (GA6)"; else the page's anchor. */
static const char *
rss_code(struct vigicrues_run *run, struct tcs_slice named, const char *link)
{
	const char *code = NULL;

	for (size_t i = 0; i < named.n && code == NULL; i++) {
		if (named.p[i] == '(')
			code = rss_code_at(run,
			    tcs_slice(named.p + i + 1, named.n - i - 1), ")");
	}
	const char *anchor = link == NULL ? NULL : strchr(link, '#');
	if (code == NULL && anchor != NULL)
		code = rss_code_at(run, tcs_slice_str(anchor + 1), "&?/");
	return code;
}

/* "Vidourle : jaune": what follows the last colon. */
static const char *
rss_title_level(const char *title)
{
	const char *colon = strrchr(title, ':');

	return colon == NULL
	           ? TCS_LEVEL_UNKNOWN
	           : rss_level(tcs_slice_trim(tcs_slice_str(colon + 1)));
}

static const char *
rss_name(struct vigicrues_run *run, struct tcs_slice named, const char *title)
{
	struct tcs_slice name = named;
	const char *colon = strrchr(title, ':');

	for (size_t i = 0; i < named.n; i++) {
		if (named.p[i] == '(')
			name = tcs_slice(named.p, i);
	}
	name = tcs_slice_trim(name);
	if (name.n == 0 && colon != NULL)
		name =
		    tcs_slice_trim(tcs_slice(title, (size_t)(colon - title)));
	return tcs_arena_dup(run->arena, name);
}

/* Title and description must not disagree on the colour. */
static struct rss_item
rss_read(struct vigicrues_run *run, const struct tcs_syndication_item *item)
{
	struct tcs_slice named = rss_after(item->text, "Nom du tron");
	const char *said =
	    rss_level(rss_after(item->text, "Couleur de vigilance"));
	const char *titled = rss_title_level(item->title);
	struct rss_item r = {.code = rss_code(run, named, item->link),
	    .name = rss_name(run, named, item->title),
	    .level = said,
	    .issued_ms = item->published_ms};

	if (strcmp(said, TCS_LEVEL_UNKNOWN) == 0)
		r.level = titled;
	else if (strcmp(titled, TCS_LEVEL_UNKNOWN) != 0 &&
	         strcmp(titled, said) != 0)
		r.level = TCS_LEVEL_UNKNOWN;
	return r;
}

static enum tcs_err
rss_emit(struct vigicrues_run *run, const struct rss_item *r, const char *web)
{
	const struct tcs_reading reading = {
	    .zone = r->code,
	    .zone_name =
	        r->name == NULL || r->name[0] == '\0' ? r->code : r->name,
	    .phenomenon = "crues",
	    .level = r->level,
	    .web = web == NULL || web[0] == '\0' ? VIGICRUES_WEB : web,
	    .departements = tcs_zonetable_find(run->v->table, r->code),
	    .issued_ms = r->issued_ms == TCS_NO_TIME ? 0 : r->issued_ms,
	};

	return run->out->emit(run->out->arg, &reading);
}

static bool
rss_is_asked(const struct vigicrues *v, const char *code)
{
	for (size_t i = 0; i < v->troncons_suivis.n; i++) {
		if (strcmp(v->troncons_suivis.items[i], code) == 0)
			return true;
	}
	return v->troncons_suivis.n == 0;
}

/* "Pas de vigilance particulière requise": nothing above green in all of what
 * was asked, which is said and not left to absence. */
static bool
rss_is_calm(const struct tcs_syndication *feed)
{
	static const char calm[] = "Pas de vigilance particuli";

	return feed->n == 1 &&
	       strncasecmp(feed->items[0].title, calm, sizeof(calm) - 1) == 0;
}

static enum tcs_err
rss_emit_calm(struct vigicrues_run *run, int64_t issued_ms)
{
	const struct tcs_strings *codes = &run->v->troncons_suivis;
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; i < codes->n && err == TCS_OK; i++) {
		const struct rss_item green = {.code = codes->items[i],
		    .level = "vert",
		    .issued_ms = issued_ms};
		err = rss_emit(run, &green, NULL);
	}
	return err;
}

static enum tcs_err
rss_items(struct vigicrues_run *run, const struct tcs_syndication *feed)
{
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; i < feed->n && err == TCS_OK; i++) {
		struct rss_item r = rss_read(run, &feed->items[i]);
		if (r.code == NULL)
			run->document->skipped++;
		else if (rss_is_asked(run->v, r.code))
			err = rss_emit(run, &r, feed->items[i].link);
	}
	if (err == TCS_OK && run->document->skipped == feed->n)
		err = tcs_vigicrues_refuse(run, TCS_REFUSAL_RESHAPED,
		    "no item names a tronçon: not the RSS of Vigicrues");
	return err;
}

/* Of the newest item: that of the page of its territory. */
static int64_t
rss_issued(const struct tcs_syndication *feed)
{
	int64_t issued_ms = TCS_NO_TIME;

	for (size_t i = 0; i < feed->n; i++) {
		if (feed->items[i].published_ms > issued_ms)
			issued_ms = feed->items[i].published_ms;
	}
	return issued_ms == TCS_NO_TIME ? feed->built_ms : issued_ms;
}

static enum tcs_err
rss_feed(struct vigicrues_run *run, const struct tcs_syndication *feed)
{
	struct tcs_document *document = run->document;

	if (feed->n == 0)
		return tcs_vigicrues_refuse(
		    run, TCS_REFUSAL_RESHAPED, "an RSS without any item");
	document->issued_ms = rss_issued(feed);
	if (document->issued_ms == TCS_NO_TIME)
		return tcs_vigicrues_refuse(run, TCS_REFUSAL_RESHAPED,
		    "no item has a readable \"pubDate\": the issue time is "
		    "missing");
	document->next_issue_ms =
	    tcs_vigicrues_next_issue(document->issued_ms, NULL);
	document->expires_ms = document->next_issue_ms + VIGICRUES_GRACE_MS;
	document->frozen_ms =
	    tcs_vigicrues_nominal_after(document->next_issue_ms);
	document->is_complete = run->v->troncons_suivis.n > 0;
	if (feed->note[0] != '\0')
		tcs_vigicrues_note(run, "%s", feed->note);
	return rss_is_calm(feed) ? rss_emit_calm(run, document->issued_ms)
	                         : rss_items(run, feed);
}

/* A refused parameter answers something that is no RSS. */
enum tcs_err
tcs_vigicrues_rss(struct vigicrues_run *run, const struct vigicrues_body *body)
{
	struct tcs_syndication *feed = NULL;
	enum tcs_err err = tcs_syndication_read(
	    body->fetch, &feed, run->ret_refusal, run->diag);

	/* Levels of a body that is cut may be those of before the cut: it is
	 * refused whole. */
	if (err == TCS_OK && (feed->is_cut || feed->left_out > 0))
		err = tcs_vigicrues_refuse(
		    run, TCS_REFUSAL_TRUNCATED, "the RSS ends too early");
	if (err == TCS_OK)
		err = rss_feed(run, feed);
	tcs_syndication_free(&feed);
	return err;
}

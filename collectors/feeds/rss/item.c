#include "collectors/feeds/rss/item.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/feeds/rss/link.h"
#include "collectors/syndication.h"
#include "core/clock.h"
#include "core/date.h"
#include "core/digest.h"
#include "core/fold.h"

enum {
	RSS_KEY_MAX = 8192,
	RSS_REVISION_HEAD = 400, /* bytes in which a revision says its date */
};

/* Beyond it a date is that of an event, or a mistake. */
#define RSS_FUTURE_MS TCS_HOURS(1)

/* ---- times ---- */

/* "[Mise à jour du 4 mars 2024] …": the date by which it was revised, where
 * the date of publication never moves. TCS_NO_TIME: none. */
static int64_t
rss_revised(const char *text)
{
	static const char *const words[] = {
	    "ise à jour du ", "is à jour le ", "àJ du ", "ctualisé le ", NULL};
	size_t head = strnlen(text, RSS_REVISION_HEAD);
	int64_t ms = TCS_NO_TIME;

	for (const char *const *word = words; *word != NULL; word++) {
		const char *at = memmem(text, head, *word, strlen(*word));
		if (at == NULL)
			continue;
		at += strlen(*word);
		struct tcs_slice date = tcs_slice(at, strcspn(at, "]),;:\n"));
		if (tcs_date_read(date, &ms) == TCS_OK)
			return ms;
	}
	return TCS_NO_TIME;
}

int64_t
tcs_rss_issued(const struct tcs_syndication *feed, const struct rss_item *item,
    int64_t fetched_ms)
{
	const struct tcs_syndication_item *from = item->from;
	int64_t ms = from->published_ms;
	const int64_t later[] = {from->updated_ms, rss_revised(item->title),
	    rss_revised(item->text)};

	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		/* The time at which all of it was written out is no item's. */
		bool is_built =
		    i == 0 && ms != TCS_NO_TIME && later[i] == feed->built_ms;
		if (later[i] != TCS_NO_TIME && later[i] > ms && !is_built &&
		    later[i] <= fetched_ms + RSS_FUTURE_MS)
			ms = later[i];
	}
	return ms != TCS_NO_TIME && ms > fetched_ms + RSS_FUTURE_MS
	           ? TCS_NO_TIME
	           : ms;
}

/* ---- identity ---- */

static void
rss_hash(char key[17], const char *kind, struct tcs_slice a, const char *b)
{
	const struct tcs_slice parts[] = {
	    tcs_slice_str(kind), a, tcs_slice_str(b)};
	char hex[TCS_DIGEST_HEX];

	(void)tcs_digest_parts(parts, 3, hex);
	memcpy(key, hex, 16);
	key[16] = '\0';
}

/* A title without "[MàJ]", case and signs: a revision changes those. */
static void
rss_title_key(const char *title, struct tcs_buf *buf)
{
	const char *end = title[0] == '[' ? strchr(title, ']') : NULL;

	if (end != NULL &&
	    (strstr(title, "MàJ") != NULL || strstr(title, "Màj") != NULL ||
	        strstr(title, "MAJ") != NULL ||
	        strstr(title, "ise à jour") != NULL))
		title = end + 1;
	tcs_fold(tcs_slice_str(title), buf);
}

void
tcs_rss_identify(const struct tcs_syndication *feed, struct rss_item *item)
{
	const struct tcs_syndication_item *from = item->from;
	const char *guid = from->guid[0] == '\0' ? NULL : from->guid;
	struct tcs_buf link, title;
	bool is_home = strcmp(from->link, feed->link) == 0 ||
	               tcs_rss_link_is_home(from->link);

	tcs_buf_init(&link, RSS_KEY_MAX);
	tcs_buf_init(&title, RSS_KEY_MAX);
	if (from->link[0] != '\0' && !is_home)
		tcs_rss_link_key(from->link, &link);
	rss_title_key(item->title, &title);
	rss_hash(item->alone, "alone", tcs_buf_view(&title),
	    title.n > 1 ? tcs_buf_view(&link).p : item->text);
	if (link.n > 0)
		rss_hash(item->key, "link", tcs_buf_view(&link), "");
	else if (feed->is_atom && guid != NULL)
		rss_hash(item->key, "id", tcs_slice_str(guid), "");
	else if (title.n > 1)
		rss_hash(item->key, "title", tcs_buf_view(&title), "");
	else if (guid != NULL)
		rss_hash(item->key, "guid", tcs_slice_str(guid), "");
	else
		rss_hash(item->key, "text", tcs_slice_str(item->text), "");
	tcs_buf_fini(&link);
	tcs_buf_fini(&title);
}

/* By key; of one key the oldest first, as far as dates tell. */
static int
rss_order(const void *a, const void *b)
{
	const struct rss_item *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	if (order != 0)
		return order;
	if (x->issued_ms != y->issued_ms)
		return x->issued_ms < y->issued_ms ? -1 : 1;
	return x->at > y->at ? -1 : 1;
}

static bool
rss_is_same(const struct rss_item *a, const struct rss_item *b)
{
	return strcmp(a->alone, b->alone) == 0 ||
	       (a->from->guid[0] != '\0' &&
	           strcmp(a->from->guid, b->from->guid) == 0) ||
	       (a->text[0] != '\0' && strcmp(a->text, b->text) == 0);
}

/* The same one before `i`, from `first` on, that nothing newer replaces. */
static struct rss_item *
rss_find_same(struct rss_item *items, size_t first, size_t i)
{
	for (size_t k = first; k < i; k++) {
		if (!items[k].is_left_out && rss_is_same(&items[k], &items[i]))
			return &items[k];
	}
	return NULL;
}

/* One page may be linked by several items. The same one again is the newest of
 * them; others are known by their titles too, but for the oldest, which was
 * there first. */
void
tcs_rss_tell_apart(struct rss_item *items, size_t n)
{
	if (n > 1)
		qsort(items, n, sizeof(items[0]), rss_order);
	for (size_t first = 0, i = 0; i < n; i++) {
		if (strcmp(items[i].key, items[first].key) != 0)
			first = i;
		struct rss_item *same = rss_find_same(items, first, i);
		const char *zone = same != NULL ? same->zone
		                   : i == first ? items[i].key
		                                : items[i].alone;
		memcpy(items[i].zone, zone, sizeof(items[i].zone));
		if (same != NULL)
			same->is_left_out = true;
	}
}

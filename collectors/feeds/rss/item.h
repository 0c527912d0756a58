/* item.h - what a publication is known by, and when it was issued. For rss
 * only. */
#ifndef TOCSIN_COLLECTORS_FEEDS_RSS_ITEM_H
#define TOCSIN_COLLECTORS_FEEDS_RSS_ITEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tcs_syndication;
struct tcs_syndication_item;

/* One item, and what it is known by. */
struct rss_item {
	const struct tcs_syndication_item *from;
	int64_t issued_ms; /* or TCS_NO_TIME */
	const char *title, *text;
	char key[17], alone[17]; /* by what it names; by all that it has */
	char zone[17];           /* one of the two */
	size_t at;               /* in the document */
	bool is_left_out;        /* it is there again, newer */
};

/* By its own dates and those that its text names; TCS_NO_TIME: none that can
 * be true. */
int64_t tcs_rss_issued(const struct tcs_syndication *feed,
    const struct rss_item *item, int64_t fetched_ms);
/* Fill `key` and `alone`. */
void tcs_rss_identify(
    const struct tcs_syndication *feed, struct rss_item *item);
/* Sort, fill `zone` and `is_left_out`. */
void tcs_rss_tell_apart(struct rss_item *items, size_t n);

#endif

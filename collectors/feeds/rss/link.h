/* link.h - an address as what it names, and as words. For rss only. */
#ifndef TOCSIN_COLLECTORS_FEEDS_RSS_LINK_H
#define TOCSIN_COLLECTORS_FEEDS_RSS_LINK_H

#include <stdbool.h>

#include "core/buf.h"

/* Append `link` without what may differ between two addresses of one page:
 * scheme, case and default port of the host, "/index.php", fragment, session
 * and campaign parameters, last slash. */
void tcs_rss_link_key(const char *link, struct tcs_buf *buf);
/* It names no page of its own: the front page of a site. */
bool tcs_rss_link_is_home(const char *link);
/* Append the last part of its path as words: ".../Arrete-du-12-mars.html" is
 * "Arrete du 12 mars". Nothing when it has no words. */
void tcs_rss_link_words(const char *link, struct tcs_buf *buf);

#endif

/* syndication_text.h - the elements and texts of a feed: found, copied,
 * bounded, made plain. For the files of collectors/syndication only. */
#ifndef TOCSIN_COLLECTORS_SYNDICATION_TEXT_H
#define TOCSIN_COLLECTORS_SYNDICATION_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/slice.h"

struct tcs_syndication;
struct tcs_xml;
struct tcs_xml_node;

/* One reading of one feed. */
struct tcs_syn_run {
	struct tcs_syndication *feed;
	const struct tcs_xml *xml;
	const char *url;           /* where it came from; or NULL */
	struct tcs_buf raw, plain; /* of the element at hand */
	bool is_short;             /* no room for more: nothing of it counts */
};

/* Local name, also without a prefix that nothing declares. */
const char *tcs_syn_local(const struct tcs_xml_node *node);
bool tcs_syn_is(const struct tcs_xml_node *node, const char *name);
const struct tcs_xml_node *tcs_syn_child(
    const struct tcs_xml_node *node, const char *name);

/* Zeroed; NULL: is_short from now on. */
void *tcs_syn_alloc(struct tcs_syn_run *run, size_t n);
/* Copy of at most `max` bytes, whole characters; "" when out of room. */
const char *tcs_syn_dup(
    struct tcs_syn_run *run, struct tcs_slice text, size_t max);
/* What the element has, trimmed: its text, or its markup when elements are in
 * it. Valid until the next call. */
struct tcs_slice tcs_syn_raw(
    struct tcs_syn_run *run, const struct tcs_xml_node *node);
/* As people read it; HTML, also escaped more than once. */
const char *tcs_syn_plain(struct tcs_syn_run *run, struct tcs_slice raw);
/* The element as plain text on one line. */
const char *tcs_syn_line(
    struct tcs_syn_run *run, const struct tcs_xml_node *node);
/* An absolute URI, resolved against the feed's own; "": none can be made. */
const char *tcs_syn_uri(struct tcs_syn_run *run, struct tcs_slice href);

/* Read one item into the feed (syndication_item.c). */
void tcs_syn_item(struct tcs_syn_run *run, const struct tcs_xml_node *node);

#endif

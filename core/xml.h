/* xml.h - XML behind our limits: no network, no entity, no DTD; size and
 * depth bounded. The tree is libxml2's, seen through this header only. */
#ifndef TOCSIN_CORE_XML_H
#define TOCSIN_CORE_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/slice.h"

struct tcs_xml;        /* a parsed document */
struct tcs_xml_schema; /* a compiled XSD */
struct tcs_xml_node;   /* an element; borrowed from its document */

/* `name` is used in findings (a path or an identifier; may be NULL), copied.
 * TCS_EPARSE with line and reason; TCS_ELIMIT for more than `max` bytes or 64
 * levels. A DOCTYPE is refused. Text is UTF-8 afterwards, whatever encoding
 * the document declares. */
enum tcs_err tcs_xml_parse(struct tcs_slice text, size_t max, const char *name,
    struct tcs_xml **ret_xml, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_xml_free(struct tcs_xml **xml); /* NULL-safe, sets it to NULL */

/* The same document, element by element, without a tree: limits and findings
 * as those of tcs_xml_parse. The callbacks get the document's elements and
 * texts in order until the first fault; what is not TCS_OK makes void all that
 * they were told. Strings are lent for the call. */
struct tcs_xml_tag {
	const char *name; /* local name */
	const char *ns;   /* "" when none; at one address all the scan long */
	unsigned line;
};
struct tcs_xml_events {
	void (*start)(void *arg, const struct tcs_xml_tag *tag);
	void (*text)(void *arg, struct tcs_slice text); /* in pieces */
	void (*end)(void *arg);
};
enum tcs_err tcs_xml_scan(struct tcs_slice text, size_t max,
    const struct tcs_xml_events *events, void *arg,
    struct tcs_diag *diag) TCS_MUST_USE;

/* What a tolerant reading met. */
struct tcs_xml_faults {
	unsigned line; /* of the first; 0: none */
	bool is_cut;   /* it ends before its root element does */
};

/* As tcs_xml_parse, for what is read as far as it is sound: `text` is UTF-8,
 * whatever it declares; what is not well-formed is repaired (an element ends
 * with the one around it, signs are text, HTML's entities stay as they are
 * written) and *ret_faults says so. A DOCTYPE passes when it declares no
 * entity; nothing of it is used. At most 200 000 elements and attributes. */
enum tcs_err tcs_xml_parse_lenient(struct tcs_slice text, size_t max,
    struct tcs_xml **ret_xml, struct tcs_xml_faults *ret_faults,
    struct tcs_diag *diag) TCS_MUST_USE;
/* False when the text ended within that element: it may lack anything. */
bool tcs_xml_is_whole(
    const struct tcs_xml *xml, const struct tcs_xml_node *node);

/* The schema is one file: it includes and imports nothing. */
enum tcs_err tcs_xml_schema_load(const char *path,
    struct tcs_xml_schema **ret_schema, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_xml_schema_free(struct tcs_xml_schema **schema);
/* TCS_EINVAL with one finding a fault, each with its line. */
enum tcs_err tcs_xml_validate(const struct tcs_xml *xml,
    const struct tcs_xml_schema *schema, struct tcs_diag *diag) TCS_MUST_USE;

const struct tcs_xml_node *tcs_xml_root(const struct tcs_xml *xml);
/* Local name and namespace ("" when none). */
const char *tcs_xml_name(const struct tcs_xml_node *node);
const char *tcs_xml_namespace(const struct tcs_xml_node *node);
unsigned tcs_xml_line(const struct tcs_xml_node *node);
/* First child element and next sibling element; NULL at the end. */
const struct tcs_xml_node *tcs_xml_child(const struct tcs_xml_node *node);
const struct tcs_xml_node *tcs_xml_next(const struct tcs_xml_node *node);
/* First child element of that local name, NULL when none. */
const struct tcs_xml_node *tcs_xml_find(
    const struct tcs_xml_node *node, const char *name);
/* Attribute without namespace; NULL when absent. Borrowed. */
const char *tcs_xml_attr(const struct tcs_xml_node *node, const char *name);
/* Append the text of the element and all below it, as written. */
void tcs_xml_text(const struct tcs_xml_node *node, struct tcs_buf *buf);
/* The same as markup: elements as tags with local names and their namespaces,
 * no attributes. */
void tcs_xml_markup(const struct tcs_xml_node *node, struct tcs_buf *buf);

/* Writing: append `text` escaped for element content or an attribute value.
 * Characters XML 1.0 cannot carry become U+FFFD. */
void tcs_xml_escape(struct tcs_buf *buf, const char *text);

/* An absolute URI (RFC 3986), also by xs:anyURI; what is not ASCII passes, as
 * in an IRI. */
bool tcs_xml_is_uri(const char *text);

/* Called by the first use of anything above; a program may call it early. */
void tcs_xml_startup(void);
void tcs_xml_cleanup(void); /* at the end of the process: gives memory back */

#endif

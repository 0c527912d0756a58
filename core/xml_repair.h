/* xml_repair.h - XML as it is found, made well-formed as far as it is sound.
 * For core/xml only. */
#ifndef TOCSIN_CORE_XML_REPAIR_H
#define TOCSIN_CORE_XML_REPAIR_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/slice.h"

struct tcs_xml_repair {
	unsigned line;   /* of the first fault; 0: none */
	unsigned open_n; /* elements that the end of the text left open */
};

/* Append to `buf` what of `text` (UTF-8) is one element, well-formed but for
 * namespaces: declarations, comments and instructions left out; tags that are
 * not closed are closed, those that close nothing left out; '&' and '<' that
 * are signs escaped, and entities that XML does not know left as text
 * ("&amp;eacute;"), for who reads HTML. TCS_EPARSE: no element in it, or a
 * DOCTYPE that declares entities. TCS_ELIMIT: nested too deep. */
enum tcs_err tcs_xml_repair(struct tcs_slice text, struct tcs_buf *buf,
    struct tcs_xml_repair *ret_repair, struct tcs_diag *diag) TCS_MUST_USE;

#endif

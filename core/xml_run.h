/* xml_run.h - what reading XML by libxml2 shares, as a tree or element by
 * element: its options, our limits, its faults as findings. For the files of
 * core/xml only. */
#ifndef TOCSIN_CORE_XML_RUN_H
#define TOCSIN_CORE_XML_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include <libxml/parser.h>

#include "core/err.h"
#include "core/slice.h"

enum {
	TCS_XML_NODES_MAX = 200000, /* elements and attributes */
	TCS_XML_MAGIC = 0x786d6c21,
	TCS_XML_OPTIONS =
	    XML_PARSE_NONET | XML_PARSE_BIG_LINES | XML_PARSE_COMPACT,
};

/* What the callbacks of one parse or validation share. */
struct tcs_xml_run {
	unsigned magic;
	const char *name; /* in findings; or NULL */
	struct tcs_diag *diag;
	size_t faults;
	unsigned line;      /* of the first fault */
	enum tcs_err err;   /* why we stopped the parser ourselves */
	size_t nodes;       /* elements and attributes so far */
	bool is_lenient;    /* as feeds have it: UTF-8, text alone is kept */
	bool is_recovering; /* not well-formed is good enough */
};

/* A text that is none, or longer than `max`: the finding. */
enum tcs_err tcs_xml_run_check(const struct tcs_xml_run *run,
    struct tcs_slice text, size_t max) TCS_MUST_USE;
/* Faults and a DOCTYPE of that parser go to the run. */
void tcs_xml_run_hook(struct tcs_xml_run *run, xmlParserCtxtPtr ctxt);
/* One more element, `depth` around it, with so many attributes. False: it is
 * too much, the parser is stopped and the run says why. */
bool tcs_xml_run_open(xmlParserCtxtPtr ctxt, int depth, int attrs_n);
/* After the parser: TCS_OK, or why the text is no document. */
enum tcs_err tcs_xml_run_end(
    struct tcs_xml_run *run, xmlParserCtxtPtr ctxt) TCS_MUST_USE;
void tcs_xml_run_fault(struct tcs_xml_run *run, const xmlError *error);

#endif

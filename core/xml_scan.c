#include <stdlib.h>
#include <string.h>

#include <libxml/SAX2.h>
#include <libxml/parserInternals.h>

#include "core/xml.h"
#include "core/xml_run.h"

/* What libxml2 hands to our callbacks: the run first. */
struct xml_scan {
	struct tcs_xml_run run;
	const struct tcs_xml_events *events;
	void *arg;
};

static struct xml_scan *
xml_scan_of(xmlParserCtxtPtr ctxt)
{
	struct xml_scan *scan = ctxt->_private;

	tcs_assert(scan->run.magic == TCS_XML_MAGIC);
	return scan;
}

/* The whole text is in memory. Once its encoding is known and none of it is
 * left to be converted, there is no more to ask for: near the end of a text the
 * parser would at every step, a fifth of its work on a short one. */
static void
scan_begin(void *arg)
{
	xmlParserCtxtPtr ctxt = arg;
	xmlParserInputBufferPtr buf = ctxt->input->buf;

	if (buf != NULL && buf->encoder == NULL)
		buf->readcallback = NULL;
}

static void
scan_start(void *arg, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri, int ns_n, const xmlChar **ns, int attrs_n,
    int defaults_n, const xmlChar **attrs)
{
	xmlParserCtxtPtr ctxt = arg;
	const struct xml_scan *scan = xml_scan_of(ctxt);

	(void)prefix;
	(void)ns;
	(void)defaults_n;
	(void)attrs;
	if (!tcs_xml_run_open(ctxt, ctxt->nameNr, attrs_n + ns_n))
		return;
	const struct tcs_xml_tag tag = {.name = (const char *)name,
	    .ns = uri == NULL ? "" : (const char *)uri,
	    .line = (unsigned)xmlSAX2GetLineNumber(ctxt)};
	scan->events->start(scan->arg, &tag);
}

static void
scan_end(
    void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	const struct xml_scan *scan = xml_scan_of(arg);

	(void)name;
	(void)prefix;
	(void)uri;
	scan->events->end(scan->arg);
}

static void
scan_text(void *arg, const xmlChar *text, int n)
{
	const struct xml_scan *scan = xml_scan_of(arg);

	scan->events->text(scan->arg, tcs_slice((const char *)text, (size_t)n));
}

enum tcs_err
tcs_xml_scan(struct tcs_slice text, size_t max,
    const struct tcs_xml_events *events, void *arg, struct tcs_diag *diag)
{
	struct xml_scan scan = {.run = {.magic = TCS_XML_MAGIC, .diag = diag},
	    .events = events,
	    .arg = arg};

	tcs_xml_startup();
	enum tcs_err err = tcs_xml_run_check(&scan.run, text, max);
	if (err != TCS_OK)
		return err;
	xmlParserCtxtPtr ctxt = xmlNewParserCtxt();
	if (ctxt == NULL)
		return TCS_ENOMEM;
	memset(ctxt->sax, 0, sizeof(*ctxt->sax));
	ctxt->sax->initialized = XML_SAX2_MAGIC;
	ctxt->sax->startDocument = scan_begin;
	ctxt->sax->startElementNs = scan_start;
	ctxt->sax->endElementNs = scan_end;
	ctxt->sax->characters = scan_text;
	ctxt->sax->ignorableWhitespace = scan_text;
	ctxt->sax->cdataBlock = scan_text;
	tcs_xml_run_hook(&scan.run, ctxt);
	(void)xmlCtxtReadMemory(
	    ctxt, text.p, (int)text.n, NULL, NULL, TCS_XML_OPTIONS);
	err = tcs_xml_run_end(&scan.run, ctxt);
	xmlFreeParserCtxt(ctxt);
	return err;
}

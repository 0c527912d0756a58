#include "core/xml_run.h"

#include <limits.h>
#include <stdlib.h>

#include <libxml/SAX2.h>
#include <libxml/parserInternals.h>

enum { XML_DEPTH_MAX = 64 };

enum tcs_err
tcs_xml_run_check(
    const struct tcs_xml_run *run, struct tcs_slice text, size_t max)
{
	if (text.n > max || text.n > INT_MAX) {
		return tcs_diag_add(run->diag, TCS_ELIMIT, run->name, 0,
		    "XML of %zu bytes, more than the %zu allowed", text.n, max);
	}
	if (text.n == 0)
		return tcs_diag_add(
		    run->diag, TCS_EPARSE, run->name, 0, "no XML: empty");
	return TCS_OK;
}

/* libxml2's sentence without its line end, on one line, in UTF-8. */
static char *
xml_message(const char *text)
{
	struct tcs_slice s = tcs_slice_trim(tcs_slice_str(text));
	bool is_utf8 = tcs_slice_is_utf8(s);
	char *copy = tcs_slice_dup(s);

	for (char *p = copy; p != NULL && *p != '\0'; p++) {
		if (*p == '\n' || *p == '\r')
			*p = ' ';
		if ((unsigned char)*p >= 0x80 && !is_utf8)
			*p = '?';
	}
	return copy;
}

void
tcs_xml_run_fault(struct tcs_xml_run *run, const xmlError *error)
{
	char *text = xml_message(error->message);
	unsigned line = error->line > 0 ? (unsigned)error->line : 0;

	if (run->faults++ == 0)
		run->line = line == 0 ? 1 : line;
	(void)tcs_diag_add(run->diag, TCS_EPARSE, run->name, line, "%s",
	    text == NULL ? "not well-formed" : text);
	free(text);
}

static struct tcs_xml_run *
xml_run_of(xmlParserCtxtPtr ctxt)
{
	struct tcs_xml_run *run = ctxt->_private;

	tcs_assert(run->magic == TCS_XML_MAGIC);
	return run;
}

static void
xml_on_parser_error(void *arg, xmlErrorPtr error)
{
	if (error->level >= XML_ERR_ERROR)
		tcs_xml_run_fault(xml_run_of(arg), error);
}

static void
xml_on_doctype(
    void *arg, const xmlChar *name, const xmlChar *id, const xmlChar *url)
{
	xmlParserCtxtPtr ctxt = arg;
	struct tcs_xml_run *run = xml_run_of(ctxt);

	(void)name;
	(void)id;
	(void)url;
	run->faults++;
	run->err = tcs_diag_add(run->diag, TCS_EPARSE, run->name,
	    (unsigned)xmlSAX2GetLineNumber(ctxt),
	    "DOCTYPE refused: remove it, no DTD or entity is read");
	xmlStopParser(ctxt);
}

void
tcs_xml_run_hook(struct tcs_xml_run *run, xmlParserCtxtPtr ctxt)
{
	ctxt->_private = run;
	ctxt->sax->serror = xml_on_parser_error;
	ctxt->sax->internalSubset = xml_on_doctype;
}

bool
tcs_xml_run_open(xmlParserCtxtPtr ctxt, int depth, int attrs_n)
{
	struct tcs_xml_run *run = xml_run_of(ctxt);

	run->nodes += (size_t)1 + (size_t)attrs_n;
	if (depth >= XML_DEPTH_MAX) {
		run->err = tcs_diag_add(run->diag, TCS_ELIMIT, run->name,
		    (unsigned)xmlSAX2GetLineNumber(ctxt),
		    "elements nested deeper than the %d levels allowed",
		    XML_DEPTH_MAX);
	} else if (run->nodes > TCS_XML_NODES_MAX) {
		run->err = tcs_diag_add(run->diag, TCS_ELIMIT, run->name,
		    (unsigned)xmlSAX2GetLineNumber(ctxt),
		    "more than the %d elements and attributes allowed",
		    TCS_XML_NODES_MAX);
	}
	if (run->err != TCS_OK)
		xmlStopParser(ctxt);
	return run->err == TCS_OK;
}

enum tcs_err
tcs_xml_run_end(struct tcs_xml_run *run, xmlParserCtxtPtr ctxt)
{
	bool is_good = ctxt->wellFormed && ctxt->nsWellFormed;

	if (run->err == TCS_OK && ctxt->errNo == XML_ERR_NO_MEMORY)
		run->err = TCS_ENOMEM;
	if (run->err == TCS_OK && !is_good && !run->is_recovering)
		run->err = TCS_EPARSE;
	if (run->err == TCS_EPARSE && run->faults == 0 && run->diag != NULL &&
	    run->diag->n == 0)
		(void)tcs_diag_add(
		    run->diag, run->err, run->name, 0, "not XML");
	return run->err;
}

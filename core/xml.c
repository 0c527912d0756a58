#include "core/xml.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/uri.h>
#include <libxml/xmlIO.h>
#include <libxml/xmlschemas.h>

#include "core/file.h"
#include "core/xml_repair.h"
#include "core/xml_run.h"

enum {
	XML_SCHEMA_MAX = 1024 * 1024,
	XML_REPAIR_MORE = 64 * 1024, /* what closing and escaping add */
};

struct tcs_xml {
	xmlDocPtr doc;
	char *name;      /* or NULL */
	unsigned open_n; /* elements that the end of the text left open */
};

struct tcs_xml_schema {
	xmlSchemaPtr schema;
	struct tcs_xml *xml; /* the schema points into its document */
};

static bool xml_is_started;

/* libxml2 prints what no structured handler took. */
static void
xml_print_nothing(void *arg, const char *fmt, ...)
{
	(void)arg;
	(void)fmt;
}

/* Nothing outside the document is ever read: no entity, no include. */
static xmlParserInputPtr
xml_load_nothing(const char *url, const char *id, xmlParserCtxtPtr ctxt)
{
	(void)url;
	(void)id;
	(void)ctxt;
	return NULL;
}

void
tcs_xml_startup(void)
{
	if (xml_is_started)
		return;
	xml_is_started = true;
	xmlInitParser();
	xmlSetGenericErrorFunc(NULL, xml_print_nothing);
	xmlSetExternalEntityLoader(xml_load_nothing);
}

void
tcs_xml_cleanup(void)
{
	if (!xml_is_started)
		return;
	xmlCleanupParser();
	xml_is_started = false;
}

static void
xml_on_schema_error(void *arg, xmlErrorPtr error)
{
	struct tcs_xml_run *run = arg;

	tcs_assert(run->magic == TCS_XML_MAGIC);
	if (error->level >= XML_ERR_ERROR)
		tcs_xml_run_fault(run, error);
}

static void
xml_on_element(void *arg, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri, int ns_n, const xmlChar **ns, int attrs_n,
    int defaults_n, const xmlChar **attrs)
{
	xmlParserCtxtPtr ctxt = arg;

	if (tcs_xml_run_open(ctxt, ctxt->nodeNr, attrs_n + ns_n))
		xmlSAX2StartElementNs(arg, name, prefix, uri, ns_n, ns, attrs_n,
		    defaults_n, attrs);
}

static enum tcs_err
xml_parse_doc(
    struct tcs_slice text, struct tcs_xml_run *run, xmlDocPtr *ret_doc)
{
	xmlParserCtxtPtr ctxt = xmlNewParserCtxt();

	if (ctxt == NULL)
		return TCS_ENOMEM;
	ctxt->sax->startElementNs = xml_on_element;
	tcs_xml_run_hook(run, ctxt);
	bool is_utf8 = run->is_lenient;
	if (is_utf8) { /* all that is kept of a feed is text */
		ctxt->sax->comment = NULL;
		ctxt->sax->processingInstruction = NULL;
	}
	xmlDocPtr doc = xmlCtxtReadMemory(ctxt, text.p, (int)text.n, NULL,
	    is_utf8 ? "UTF-8" : NULL,
	    TCS_XML_OPTIONS | (is_utf8 ? XML_PARSE_IGNORE_ENC : 0) |
	        (run->is_recovering ? XML_PARSE_RECOVER : 0));
	enum tcs_err err = tcs_xml_run_end(run, ctxt);
	xmlFreeParserCtxt(ctxt);
	if (err == TCS_OK && xmlDocGetRootElement(doc) == NULL)
		err = TCS_EPARSE;
	if (err != TCS_OK) {
		xmlFreeDoc(doc);
		return err;
	}
	*ret_doc = doc;
	return TCS_OK;
}

enum tcs_err
tcs_xml_parse(struct tcs_slice text, size_t max, const char *name,
    struct tcs_xml **ret_xml, struct tcs_diag *diag)
{
	struct tcs_xml_run run = {
	    .magic = TCS_XML_MAGIC, .name = name, .diag = diag};

	tcs_xml_startup();
	enum tcs_err err = tcs_xml_run_check(&run, text, max);
	if (err != TCS_OK)
		return err;
	struct tcs_xml *xml = calloc(1, sizeof(*xml));
	if (xml == NULL)
		return TCS_ENOMEM;
	err = xml_parse_doc(text, &run, &xml->doc);
	if (err == TCS_OK && name != NULL) {
		xml->name = tcs_slice_dup(tcs_slice_str(name));
		err = xml->name == NULL ? TCS_ENOMEM : TCS_OK;
	}
	if (err != TCS_OK) {
		tcs_xml_free(&xml);
		return err;
	}
	*ret_xml = xml;
	return TCS_OK;
}

/* What is not well-formed, again, repaired. */
static enum tcs_err
xml_parse_repaired(struct tcs_slice text, struct tcs_xml *xml,
    struct tcs_xml_faults *ret_faults, struct tcs_diag *diag)
{
	struct tcs_xml_run run = {
	    .magic = TCS_XML_MAGIC, .is_lenient = true, .is_recovering = true};
	struct tcs_xml_repair repair = {0};
	struct tcs_buf buf;

	tcs_buf_init(&buf, 2 * text.n + XML_REPAIR_MORE);
	enum tcs_err err = tcs_xml_repair(text, &buf, &repair, diag);
	if (err == TCS_OK) {
		err = xml_parse_doc(tcs_buf_view(&buf), &run, &xml->doc);
		if (err != TCS_OK && err != TCS_ENOMEM)
			(void)tcs_diag_add(diag, err, NULL, run.line,
			    "XML that cannot be read, not even in part");
	}
	tcs_buf_fini(&buf);
	xml->open_n = repair.open_n;
	ret_faults->is_cut = repair.open_n > 0;
	ret_faults->line = repair.line > 0 ? repair.line : run.line;
	return err;
}

enum tcs_err
tcs_xml_parse_lenient(struct tcs_slice text, size_t max,
    struct tcs_xml **ret_xml, struct tcs_xml_faults *ret_faults,
    struct tcs_diag *diag)
{
	struct tcs_xml_run run = {.magic = TCS_XML_MAGIC, .is_lenient = true};
	struct tcs_xml_faults faults = {0};

	tcs_xml_startup();
	if (text.n > max || text.n > INT_MAX / 4)
		return tcs_diag_add(diag, TCS_ELIMIT, NULL, 0,
		    "XML of %zu bytes, more than the %zu allowed", text.n, max);
	text = tcs_slice_trim(text);
	if (text.n == 0)
		return tcs_diag_add(diag, TCS_EPARSE, NULL, 0, "no XML: empty");
	struct tcs_xml *xml = calloc(1, sizeof(*xml));
	if (xml == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = xml_parse_doc(text, &run, &xml->doc);
	if (err == TCS_ELIMIT)
		(void)tcs_diag_add(diag, err, NULL, 0,
		    "XML nested too deep, or with more than %d elements and "
		    "attributes",
		    TCS_XML_NODES_MAX);
	if (err == TCS_EPARSE)
		err = xml_parse_repaired(text, xml, &faults, diag);
	if (err != TCS_OK) {
		tcs_xml_free(&xml);
		return err;
	}
	*ret_xml = xml;
	*ret_faults = faults;
	return TCS_OK;
}

void
tcs_xml_free(struct tcs_xml **xml)
{
	if (xml == NULL || *xml == NULL)
		return;
	xmlFreeDoc((*xml)->doc);
	free((*xml)->name);
	free(*xml);
	*xml = NULL;
}

static enum tcs_err
xml_schema_compile(
    const char *path, struct tcs_xml_schema *schema, struct tcs_diag *diag)
{
	struct tcs_xml_run run = {
	    .magic = TCS_XML_MAGIC, .name = path, .diag = diag};

	tcs_assert(schema->xml != NULL);
	xmlSchemaParserCtxtPtr ctxt =
	    xmlSchemaNewDocParserCtxt(schema->xml->doc);
	if (ctxt == NULL)
		return TCS_ENOMEM;
	xmlSchemaSetParserStructuredErrors(ctxt, xml_on_schema_error, &run);
	schema->schema = xmlSchemaParse(ctxt);
	xmlSchemaFreeParserCtxt(ctxt);
	if (schema->schema != NULL)
		return TCS_OK;
	if (run.faults == 0)
		(void)tcs_diag_add(diag, TCS_EPARSE, path, 0, "not a schema");
	return TCS_EPARSE;
}

enum tcs_err
tcs_xml_schema_load(
    const char *path, struct tcs_xml_schema **ret_schema, struct tcs_diag *diag)
{
	struct tcs_buf text;
	struct tcs_xml_schema *schema = calloc(1, sizeof(*schema));

	if (schema == NULL)
		return TCS_ENOMEM;
	tcs_xml_startup();
	tcs_buf_init(&text, XML_SCHEMA_MAX);
	enum tcs_err err = tcs_file_read(path, &text, diag);
	if (err == TCS_OK) {
		err = tcs_xml_parse(tcs_buf_view(&text), XML_SCHEMA_MAX, path,
		    &schema->xml, diag);
	}
	if (err == TCS_OK)
		err = xml_schema_compile(path, schema, diag);
	tcs_buf_fini(&text);
	if (err != TCS_OK) {
		tcs_xml_schema_free(&schema);
		return err;
	}
	*ret_schema = schema;
	return TCS_OK;
}

void
tcs_xml_schema_free(struct tcs_xml_schema **schema)
{
	if (schema == NULL || *schema == NULL)
		return;
	xmlSchemaFree((*schema)->schema);
	tcs_xml_free(&(*schema)->xml);
	free(*schema);
	*schema = NULL;
}

enum tcs_err
tcs_xml_validate(const struct tcs_xml *xml, const struct tcs_xml_schema *schema,
    struct tcs_diag *diag)
{
	struct tcs_xml_run run = {
	    .magic = TCS_XML_MAGIC, .name = xml->name, .diag = diag};
	xmlSchemaValidCtxtPtr ctxt = xmlSchemaNewValidCtxt(schema->schema);

	if (ctxt == NULL)
		return TCS_ENOMEM;
	xmlSchemaSetValidStructuredErrors(ctxt, xml_on_schema_error, &run);
	int rc = xmlSchemaValidateDoc(ctxt, xml->doc);
	xmlSchemaFreeValidCtxt(ctxt);
	if (rc < 0)
		return TCS_ENOMEM;
	return rc == 0 && run.faults == 0 ? TCS_OK : TCS_EINVAL;
}

static const xmlNode *
xml_node(const struct tcs_xml_node *node)
{
	return (const xmlNode *)(const void *)node;
}

static const struct tcs_xml_node *
xml_element_from(const xmlNode *node)
{
	while (node != NULL && node->type != XML_ELEMENT_NODE)
		node = node->next;
	return (const struct tcs_xml_node *)(const void *)node;
}

const struct tcs_xml_node *
tcs_xml_root(const struct tcs_xml *xml)
{
	return xml_element_from(xmlDocGetRootElement(xml->doc));
}

const char *
tcs_xml_name(const struct tcs_xml_node *node)
{
	return (const char *)xml_node(node)->name;
}

const char *
tcs_xml_namespace(const struct tcs_xml_node *node)
{
	const xmlNs *ns = xml_node(node)->ns;

	return ns == NULL || ns->href == NULL ? "" : (const char *)ns->href;
}

unsigned
tcs_xml_line(const struct tcs_xml_node *node)
{
	long line = xmlGetLineNo(xml_node(node));

	return line > 0 ? (unsigned)line : 0;
}

const struct tcs_xml_node *
tcs_xml_child(const struct tcs_xml_node *node)
{
	return xml_element_from(xml_node(node)->children);
}

const struct tcs_xml_node *
tcs_xml_next(const struct tcs_xml_node *node)
{
	return xml_element_from(xml_node(node)->next);
}

const struct tcs_xml_node *
tcs_xml_find(const struct tcs_xml_node *node, const char *name)
{
	const struct tcs_xml_node *child = tcs_xml_child(node);

	while (child != NULL && strcmp(tcs_xml_name(child), name) != 0)
		child = tcs_xml_next(child);
	return child;
}

const char *
tcs_xml_attr(const struct tcs_xml_node *node, const char *name)
{
	const xmlAttr *attr = xml_node(node)->properties;

	while (attr != NULL && (attr->ns != NULL ||
	                           strcmp((const char *)attr->name, name) != 0))
		attr = attr->next;
	if (attr == NULL)
		return NULL;
	if (attr->children == NULL || attr->children->content == NULL)
		return "";
	return (const char *)attr->children->content;
}

void
tcs_xml_text(const struct tcs_xml_node *node, struct tcs_buf *buf)
{
	const xmlNode *top = xml_node(node);
	const xmlNode *at = top->children;

	while (at != NULL) {
		bool is_text = at->type == XML_TEXT_NODE ||
		               at->type == XML_CDATA_SECTION_NODE;
		if (is_text && at->content != NULL)
			tcs_buf_str(buf, (const char *)at->content);
		if (at->type == XML_ELEMENT_NODE && at->children != NULL) {
			at = at->children;
			continue;
		}
		while (at != top && at->next == NULL)
			at = at->parent;
		at = at == top ? NULL : at->next;
	}
}

bool
tcs_xml_is_whole(const struct tcs_xml *xml, const struct tcs_xml_node *node)
{
	const xmlNode *at = xml_node(node);
	unsigned depth = 0;

	/* What the end left open is, level by level, what came last. */
	for (; at != NULL && at->type == XML_ELEMENT_NODE; at = at->parent) {
		if (xml_element_from(at->next) != NULL)
			return true;
		depth++;
	}
	return depth > xml->open_n;
}

/* With its namespace, where that is not the one around it. */
static void
xml_markup_start(const xmlNode *node, struct tcs_buf *buf)
{
	const xmlNs *around =
	    node->parent->type == XML_ELEMENT_NODE ? node->parent->ns : NULL;
	const char *outer = around == NULL ? "" : (const char *)around->href;
	const char *inner =
	    node->ns == NULL ? "" : (const char *)node->ns->href;

	tcs_buf_printf(buf, "<%s", (const char *)node->name);
	if (inner != NULL && outer != NULL && strcmp(inner, outer) != 0) {
		tcs_buf_str(buf, " xmlns=\"");
		tcs_xml_escape(buf, inner);
		tcs_buf_char(buf, '"');
	}
	tcs_buf_char(buf, '>');
}

void
tcs_xml_markup(const struct tcs_xml_node *node, struct tcs_buf *buf)
{
	const xmlNode *top = xml_node(node);
	const xmlNode *at = top->children;

	while (at != NULL) {
		bool is_element = at->type == XML_ELEMENT_NODE;
		if (is_element)
			xml_markup_start(at, buf);
		else if (at->content != NULL &&
		         (at->type == XML_TEXT_NODE ||
		             at->type == XML_CDATA_SECTION_NODE))
			tcs_xml_escape(buf, (const char *)at->content);
		if (is_element && at->children != NULL) {
			at = at->children;
			continue;
		}
		if (is_element)
			tcs_buf_printf(buf, "</%s>", (const char *)at->name);
		while (at != top && at->next == NULL) {
			at = at->parent;
			if (at != top)
				tcs_buf_printf(
				    buf, "</%s>", (const char *)at->name);
		}
		at = at == top ? NULL : at->next;
	}
}

bool
tcs_xml_is_uri(const char *text)
{
	char *copy = tcs_slice_dup(tcs_slice_str(text));
	bool is_plain = copy != NULL;

	/* xs:anyURI escapes what a URI cannot hold; we refuse what of it is
	 * ASCII, for no one means a blank or a quote in an address. */
	for (char *p = copy; is_plain && *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;
		if (c >= 0x80)
			*p = '_';
		else
			is_plain = c > ' ' && c != 0x7f &&
			           strchr("<>\"{}|\\^`'", *p) == NULL;
	}
	xmlURIPtr uri = is_plain ? xmlParseURI(copy) : NULL;
	bool is_absolute = uri != NULL && uri->scheme != NULL;
	xmlFreeURI(uri);
	free(copy);
	return is_absolute;
}

#include "tests/bench/bare_parse.h"

#include <string.h>

#include <jansson.h>
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>

bool
bare_json_parse(struct tcs_slice body)
{
	json_t *json = json_loadb(body.p, body.n, 0, NULL);
	bool is_json = json != NULL;

	json_decref(json);
	return is_json;
}

static xmlDocPtr
bare_xml(struct tcs_slice body)
{
	return xmlReadMemory(body.p, (int)body.n, NULL, NULL, 0);
}

bool
bare_xml_parse(struct tcs_slice body)
{
	xmlDocPtr doc = bare_xml(body);
	bool is_xml = doc != NULL;

	xmlFreeDoc(doc);
	return is_xml;
}

static void
bare_descriptions(xmlNodePtr node)
{
	for (; node != NULL; node = node->next) {
		bare_descriptions(node->children);
		if (node->type != XML_ELEMENT_NODE ||
		    strcmp((const char *)node->name, "description") != 0)
			continue;
		xmlChar *html = xmlNodeGetContent(node);
		xmlFreeDoc(htmlReadMemory((const char *)html, xmlStrlen(html),
		    NULL, "UTF-8", HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING));
		xmlFree(html);
	}
}

bool
bare_rss_parse(struct tcs_slice body)
{
	xmlDocPtr doc = bare_xml(body);
	bool is_xml = doc != NULL;

	if (is_xml)
		bare_descriptions(xmlDocGetRootElement(doc));
	xmlFreeDoc(doc);
	return is_xml;
}

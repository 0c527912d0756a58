#include "tests/bench/bare_parse.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>

/* With the allocator that jansson has by itself, not core/json's. */
bool
bare_json_parse(struct tcs_slice body)
{
	json_malloc_t take;
	json_free_t give;

	json_get_alloc_funcs(&take, &give);
	json_set_alloc_funcs(malloc, free);
	json_t *json = json_loadb(body.p, body.n, 0, NULL);
	bool is_json = json != NULL;
	json_decref(json);
	json_set_alloc_funcs(take, give);
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

	xmlFreeDoc(doc);
	return doc != NULL;
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

	if (doc != NULL)
		bare_descriptions(xmlDocGetRootElement(doc));
	xmlFreeDoc(doc);
	return doc != NULL;
}

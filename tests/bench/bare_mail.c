#include <gmime/gmime.h>

#include "tests/bench/bare_parse.h"

static void
mail_decode(GMimeObject *parent, GMimeObject *part, gpointer arg)
{
	(void)parent;
	(void)arg;
	if (!GMIME_IS_PART(part) ||
	    g_mime_content_type_is_type(
	        g_mime_object_get_content_type(part), "text", "html"))
		return;
	GMimeDataWrapper *content = g_mime_part_get_content((GMimePart *)part);
	GMimeStream *memory = g_mime_stream_mem_new();
	if (content != NULL)
		(void)g_mime_data_wrapper_write_to_stream(content, memory);
	g_object_unref(memory);
}

bool
bare_mail_parse(struct tcs_slice body)
{
	static bool is_started;

	if (!is_started)
		g_mime_init();
	is_started = true;
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(body.p, body.n);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
	bool is_mail = message != NULL;
	if (is_mail) {
		g_mime_message_foreach(message, mail_decode, NULL);
		g_object_unref(message);
	}
	g_object_unref(parser);
	g_object_unref(stream);
	return is_mail;
}

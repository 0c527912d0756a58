#include "cli/sink_text.h"

#include <stdlib.h>
#include <string.h>

#include "core/json.h"

static char *
text_dup(const char *text)
{
	return text == NULL ? NULL : strdup(text);
}

static enum tcs_err
text_from_json(struct tcs_slice body, struct tcs_sink_text *ret_text)
{
	json_t *object = NULL;

	if (tcs_json_parse(body, &object, NULL, NULL) != TCS_OK)
		return TCS_OK;
	const char *subject = tcs_json_str(object, "subject", NULL);
	const char *text = tcs_json_str(object, "text", NULL);
	ret_text->subject = text_dup(subject);
	ret_text->text = text_dup(text);
	bool is_whole = (subject == NULL || ret_text->subject != NULL) &&
	                (text == NULL || ret_text->text != NULL);
	json_decref(object);
	return is_whole ? TCS_OK : TCS_ENOMEM;
}

enum tcs_err
tcs_sink_text_read(struct tcs_slice body, struct tcs_sink_text *ret_text)
{
	*ret_text = (struct tcs_sink_text){0};
	if (tcs_slice_starts(tcs_slice_trim(body), "{"))
		return text_from_json(body, ret_text);
	return TCS_OK;
}

void
tcs_sink_text_fini(struct tcs_sink_text *text)
{
	free(text->subject);
	free(text->text);
	*text = (struct tcs_sink_text){0};
}

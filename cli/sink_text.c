#include "cli/sink_text.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/cap.h"
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

static void
text_part(struct tcs_buf *buf, const char *part)
{
	if (part == NULL)
		return;
	if (buf->n > 0)
		tcs_buf_str(buf, "\n\n");
	tcs_buf_str(buf, part);
}

/* Headline; description, instruction and where, as the first info has them. */
static enum tcs_err
text_from_cap(struct tcs_slice body, struct tcs_sink_text *ret_text)
{
	struct tcs_cap *cap = NULL;
	struct tcs_buf buf;

	if (tcs_cap_read(body, &cap, NULL) != TCS_OK)
		return TCS_OK;
	const struct tcs_cap_info *info = cap->infos;
	enum tcs_err err = TCS_OK;
	tcs_buf_init(&buf, (size_t)2 * TCS_CAP_MAX);
	if (info != NULL) {
		text_part(&buf, info->description);
		text_part(&buf, info->instruction);
		for (const struct tcs_cap_area *area = info->areas;
		     area != NULL; area = area->next)
			text_part(&buf, area->desc);
		ret_text->subject = text_dup(info->headline);
		err = tcs_buf_steal(&buf, &ret_text->text);
		if (info->headline != NULL && ret_text->subject == NULL)
			err = TCS_ENOMEM;
	}
	tcs_buf_fini(&buf);
	tcs_cap_free(&cap);
	return err;
}

enum tcs_err
tcs_sink_text_read(struct tcs_slice body, struct tcs_sink_text *ret_text)
{
	*ret_text = (struct tcs_sink_text){0};
	if (tcs_slice_starts(tcs_slice_trim(body), "{"))
		return text_from_json(body, ret_text);
	if (tcs_slice_starts(tcs_slice_trim(body), "<"))
		return text_from_cap(body, ret_text);
	return TCS_OK;
}

void
tcs_sink_text_fini(struct tcs_sink_text *text)
{
	free(text->subject);
	free(text->text);
	*text = (struct tcs_sink_text){0};
}

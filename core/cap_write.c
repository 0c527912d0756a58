#include <string.h>

#include "core/cap.h"
#include "core/cap_model.h"
#include "core/clock.h"
#include "core/xml.h"

static void cap_write_object(
    struct tcs_buf *buf, const void *object, const struct tcs_cap_type *type);

/* What most messages stay within: room for it is made at once. */
enum { CAP_USUAL = 8192 };

static void
cap_write_start(struct tcs_buf *buf, const struct tcs_cap_field *field)
{
	tcs_buf_append(buf, field->start, field->name_n + strlen("<>"));
}

static void
cap_write_end(struct tcs_buf *buf, const struct tcs_cap_field *field)
{
	tcs_buf_append(buf, field->end, field->name_n + strlen("</>\n"));
}

static void
cap_write_text(
    struct tcs_buf *buf, const struct tcs_cap_field *field, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	cap_write_start(buf, field);
	tcs_xml_escape(buf, text);
	cap_write_end(buf, field);
}

static void
cap_write_time(
    struct tcs_buf *buf, const struct tcs_cap_field *field, int64_t ms)
{
	char text[TCS_TIME_TEXT];

	if (ms != TCS_NO_TIME)
		cap_write_text(buf, field, tcs_time_iso(ms, text));
}

static void
cap_write_list(
    struct tcs_buf *buf, const void *object, const struct tcs_cap_field *field)
{
	for (const void *at = tcs_cap_pointer(object, field->offset);
	     at != NULL; at = tcs_cap_pointer(at, tcs_cap_next_offset(field))) {
		if (field->kind == TCS_CAP_TEXTS) {
			const struct tcs_cap_text *text = at;
			cap_write_text(buf, field, text->text);
			continue;
		}
		cap_write_start(buf, field);
		tcs_buf_char(buf, '\n');
		cap_write_object(buf, at, field->type);
		cap_write_end(buf, field);
	}
}

static void
cap_write_object(
    struct tcs_buf *buf, const void *object, const struct tcs_cap_type *type)
{
	for (size_t i = 0; i < type->fields_n; i++) {
		const struct tcs_cap_field *field = &type->fields[i];
		size_t offset = field->offset;
		if (field->kind == TCS_CAP_TEXT) {
			cap_write_text(
			    buf, field, tcs_cap_pointer(object, offset));
		} else if (field->kind == TCS_CAP_TIME) {
			cap_write_time(
			    buf, field, tcs_cap_time(object, offset));
		} else {
			cap_write_list(buf, object, field);
		}
	}
}

enum tcs_err
tcs_cap_write(
    const struct tcs_cap *cap, struct tcs_buf *buf, struct tcs_diag *diag)
{
	struct tcs_buf text;
	enum tcs_err err = tcs_cap_check(cap, diag);

	if (err != TCS_OK)
		return err;
	tcs_buf_init(&text, TCS_CAP_MAX);
	tcs_buf_expect(&text, CAP_USUAL);
	tcs_buf_str(&text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	                   "<alert xmlns=\"" TCS_CAP_NS "\">\n");
	cap_write_object(&text, cap, &tcs_cap_alert_type);
	tcs_buf_str(&text, "</alert>\n");
	err = text.err;
	if (err == TCS_OK && text.n > buf->max - buf->n)
		err = TCS_ELIMIT;
	if (err != TCS_OK) {
		(void)tcs_diag_add(diag, err, NULL, 0,
		    "CAP document not written: %s", tcs_strerror(err));
	} else {
		tcs_buf_slice(buf, tcs_buf_view(&text));
		err = buf->err;
	}
	tcs_buf_fini(&text);
	return err;
}

#include "core/message.h"

#include <gmime/gmime.h>
#include <string.h>
#include <strings.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/charset.h"
#include "core/clock.h"
#include "core/date.h"
#include "core/html.h"
#include "core/message_parts.h"

enum {
	MESSAGE_DEPTH_MAX = 12,
	MESSAGE_PARTS_MAX = 300,
	MESSAGE_LINE_MAX = 2000, /* of a subject, a name */
	MESSAGE_HEAD_MAX = 256 * 1024,
	MESSAGE_TEXT_RAW_MAX = 8 << 20, /* before it is made plain */
};

/* One reading of one mail. */
struct message_run {
	struct tcs_arena *arena;
	struct tcs_message *message;
	struct tcs_buf text;
	size_t htmls; /* texts of it that were HTML */
	bool is_said; /* as plain text: HTML that says the same is of no use */
	size_t parts, file_bytes;
	bool is_short; /* no room for more */
};

/* ---- strings ---- */

static const char *
message_dup(struct message_run *run, struct tcs_slice text, size_t max)
{
	if (text.n > max) {
		text.n = max;
		while (text.n > 0 &&
		       ((unsigned char)text.p[text.n] & 0xc0) == 0x80)
			text.n--;
	}
	const char *copy = text.p == NULL
	                       ? tcs_arena_dup(run->arena, tcs_slice_str(""))
	                       : tcs_arena_dup(run->arena, text);
	run->is_short = run->is_short || copy == NULL;
	return copy == NULL ? "" : copy;
}

/* One line of UTF-8: control characters and folds become one blank. */
static const char *
message_line(struct message_run *run, const char *value)
{
	struct tcs_buf raw, line;
	bool is_wrong, is_blank = true;

	if (value == NULL)
		return "";
	tcs_buf_init(&raw, (size_t)4 * MESSAGE_HEAD_MAX);
	tcs_buf_init(&line, (size_t)4 * MESSAGE_HEAD_MAX);
	tcs_charset_utf8(
	    tcs_slice_str(value), "text/plain; charset=utf-8", &raw, &is_wrong);
	for (size_t i = 0; i < raw.n; i++) {
		bool is_control =
		    (unsigned char)raw.p[i] <= ' ' || raw.p[i] == 0x7f;
		if (!is_control || !is_blank)
			tcs_buf_append(&line, is_control ? " " : raw.p + i, 1);
		is_blank = is_control;
	}
	const char *copy = message_dup(
	    run, tcs_slice_trim(tcs_buf_view(&line)), MESSAGE_LINE_MAX);
	run->is_short =
	    run->is_short || raw.err == TCS_ENOMEM || line.err == TCS_ENOMEM;
	tcs_buf_fini(&raw);
	tcs_buf_fini(&line);
	return copy;
}

/* ---- headers ---- */

static int64_t
message_date(const char *value)
{
	int64_t ms;

	return value != NULL &&
	               tcs_date_read(
	                   tcs_slice_trim(tcs_slice_str(value)), &ms) == TCS_OK
	           ? ms
	           : TCS_NO_TIME;
}

/* "from … by … ; Fri, 27 Nov 2026 10:00:00 +0100 (CET)" */
static int64_t
message_received(const char *value)
{
	const char *semicolon = value == NULL ? NULL : strrchr(value, ';');

	return semicolon == NULL ? TCS_NO_TIME : message_date(semicolon + 1);
}

/* The first mailbox, in a group too. */
static InternetAddressMailbox *
message_mailbox(InternetAddressList *list, int depth)
{
	int n = list == NULL ? 0 : internet_address_list_length(list);

	for (int i = 0; i < n; i++) {
		InternetAddress *one =
		    internet_address_list_get_address(list, i);
		if (INTERNET_ADDRESS_IS_MAILBOX(one))
			return INTERNET_ADDRESS_MAILBOX(one);
		if (depth > 0 && INTERNET_ADDRESS_IS_GROUP(one)) {
			InternetAddressMailbox *inner =
			    message_mailbox(internet_address_group_get_members(
			                        INTERNET_ADDRESS_GROUP(one)),
			        depth - 1);
			if (inner != NULL)
				return inner;
		}
	}
	return NULL;
}

static const char *
message_sender(struct message_run *run, GMimeMessage *mail)
{
	InternetAddressMailbox *mailbox =
	    message_mailbox(g_mime_message_get_from(mail), 2);
	const char *address =
	    mailbox == NULL ? NULL : internet_address_mailbox_get_addr(mailbox);

	if (address == NULL || strchr(address, '@') == NULL)
		return "";
	const char *line = message_line(run, address);
	char *lower = tcs_arena_dup(run->arena, tcs_slice_str(line));
	for (char *p = lower; p != NULL && *p != '\0'; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + ('a' - 'A'));
	}
	run->is_short = run->is_short || lower == NULL;
	return lower == NULL ? "" : lower;
}

static void
message_headers(struct message_run *run, GMimeMessage *mail)
{
	GMimeHeaderList *list =
	    g_mime_object_get_header_list(GMIME_OBJECT(mail));
	struct tcs_message *m = run->message;
	int n = g_mime_header_list_get_count(list);
	bool has_received = false;

	for (int i = 0; i < n; i++) {
		GMimeHeader *header = g_mime_header_list_get_header_at(list, i);
		const char *name = g_mime_header_get_name(header);
		const char *value = g_mime_header_get_value(header);
		if (name == NULL || value == NULL)
			continue;
		if (strcasecmp(name, "From") == 0 && m->from[0] == '\0')
			m->from = message_line(run, value);
		else if (strcasecmp(name, "Subject") == 0 &&
		         m->subject[0] == '\0')
			m->subject = message_line(run, value);
		else if (strcasecmp(name, "Date") == 0 &&
		         m->date_ms == TCS_NO_TIME)
			m->date_ms = message_date(value);
		else if (strcasecmp(name, "Received") == 0 && !has_received) {
			has_received = true;
			m->received_ms = message_received(value);
		} else if (strcasecmp(name, "Authentication-Results") == 0 &&
		           m->auth_n < TCS_MESSAGE_AUTH_MAX)
			m->auth[m->auth_n++] = message_line(run, value);
	}
	m->id = message_line(run, g_mime_message_get_message_id(mail));
	m->sender = message_sender(run, mail);
}

/* ---- parts ---- */

static bool
message_decode(GMimePart *part, size_t max, GByteArray **ret_bytes)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	GMimeStream *stream = g_mime_stream_mem_new();
	GByteArray *bytes =
	    g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));

	if (content != NULL)
		(void)g_mime_data_wrapper_write_to_stream(content, stream);
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
	g_object_unref(stream);
	*ret_bytes = bytes;
	return bytes->len <= max;
}

static bool
message_is_charset(const char *name)
{
	iconv_t cd = g_mime_iconv_open("utf-8", name);

	if (cd == (iconv_t)-1)
		return false;
	(void)g_mime_iconv_close(cd);
	return true;
}

/* What core/charset does not know is GMime's, if that knows it. */
static void
message_to_utf8(GMimePart *part, const GByteArray *bytes, struct tcs_buf *buf)
{
	static const char *const ours[] = {"utf-8", "utf8", "us-ascii", "ascii",
	    "utf-16", "utf-16le", "utf-16be", "iso-8859-1", "latin1",
	    "iso-8859-15", "latin9", "windows-1252", "cp1252", NULL};
	const char *charset = g_mime_object_get_content_type_parameter(
	    GMIME_OBJECT(part), "charset");
	struct tcs_slice body = tcs_slice(bytes->data, bytes->len);
	char type[100] = "text/plain";
	bool is_ours = charset == NULL, is_wrong;

	for (size_t i = 0; charset != NULL && ours[i] != NULL; i++)
		is_ours = is_ours || strcasecmp(charset, ours[i]) == 0;
	char *text =
	    is_ours || !GMIME_IS_TEXT_PART(part) || !message_is_charset(charset)
	        ? NULL
	        : g_mime_text_part_get_text(GMIME_TEXT_PART(part));
	if (text != NULL) {
		tcs_buf_str(buf, text);
	} else {
		if (charset != NULL && is_ours)
			(void)g_snprintf(type, sizeof(type),
			    "text/plain; charset=%.40s", charset);
		tcs_charset_utf8(body, type, buf, &is_wrong);
	}
	g_free(text);
}

static bool
message_has_param(GMimePart *part, const char *name, const char *value)
{
	const char *is =
	    g_mime_object_get_content_type_parameter(GMIME_OBJECT(part), name);

	return is != NULL && strcasecmp(is, value) == 0;
}

/* Text as people read it, from `raw` in UTF-8. */
static void
message_plain(
    GMimePart *part, bool is_html, struct tcs_slice raw, struct tcs_buf *buf)
{
	if (is_html) {
		tcs_html_text(raw, buf);
	} else if (message_has_param(part, "format", "flowed")) {
		tcs_message_unflow(
		    raw, message_has_param(part, "delsp", "yes"), buf);
	} else {
		while (raw.n > 0)
			tcs_buf_slice(buf, tcs_slice_cut(raw, '\r', &raw));
	}
}

static void
message_text(struct message_run *run, GMimePart *part, bool is_html)
{
	struct tcs_buf raw, plain;
	GByteArray *bytes;

	tcs_buf_init(&raw, MESSAGE_TEXT_RAW_MAX);
	tcs_buf_init(&plain, MESSAGE_TEXT_RAW_MAX);
	if (!message_decode(part, MESSAGE_TEXT_RAW_MAX / 4, &bytes)) {
		run->message->faults |= TCS_MESSAGE_IS_LONG;
		g_byte_array_set_size(bytes, MESSAGE_TEXT_RAW_MAX / 4);
	}
	message_to_utf8(part, bytes, &raw);
	message_plain(part, is_html, tcs_buf_view(&raw), &plain);
	struct tcs_slice text = tcs_slice_trim(tcs_buf_view(&plain));
	if (text.n > 0) {
		if (run->text.n > 0)
			tcs_buf_char(&run->text, '\n');
		tcs_buf_slice(&run->text, text);
		tcs_buf_char(&run->text, '\n');
		run->htmls += is_html ? 1 : 0;
	}
	if (run->text.err == TCS_ELIMIT)
		run->message->faults |= TCS_MESSAGE_IS_LONG;
	g_byte_array_unref(bytes);
	tcs_buf_fini(&raw);
	tcs_buf_fini(&plain);
}

static const char *
message_type(struct message_run *run, GMimeObject *object)
{
	char *type = g_mime_content_type_get_mime_type(
	    g_mime_object_get_content_type(object));
	const char *copy = message_line(run, type);

	g_free(type);
	return copy;
}

static void
message_keep(struct message_run *run, const char *name, GMimeObject *object,
    const GByteArray *bytes)
{
	struct tcs_message *m = run->message;

	if (m->files_n == TCS_MESSAGE_FILES_MAX ||
	    bytes->len > TCS_MESSAGE_FILES_BYTES - run->file_bytes) {
		m->faults |= TCS_MESSAGE_FILES_LEFT;
		return;
	}
	struct tcs_message_file *file = &m->files[m->files_n];
	file->name = message_line(run, name);
	file->type = message_type(run, object);
	file->content =
	    tcs_slice(tcs_arena_dup(run->arena,
	                  tcs_slice(bytes->data == NULL ? (const guint8 *)""
	                                                : bytes->data,
	                      bytes->len)),
	        bytes->len);
	if (file->content.p == NULL) {
		m->faults |= TCS_MESSAGE_FILES_LEFT;
		return;
	}
	run->file_bytes += bytes->len;
	m->files_n++;
}

static void
message_file(struct message_run *run, GMimePart *part)
{
	GByteArray *bytes;

	(void)message_decode(part, TCS_MESSAGE_FILES_BYTES, &bytes);
	message_keep(
	    run, g_mime_part_get_filename(part), GMIME_OBJECT(part), bytes);
	g_byte_array_unref(bytes);
}

static void message_object(
    struct message_run *run, GMimeObject *object, int depth);

/* A type that is none is that of plain text (RFC 2045 5.2). */
static bool
message_is_plain(GMimePart *part)
{
	const char *said =
	    g_mime_object_get_header(GMIME_OBJECT(part), "Content-Type");

	return g_mime_content_type_is_type(
	           g_mime_object_get_content_type(GMIME_OBJECT(part)), "text",
	           "plain") ||
	       (said != NULL && strchr(said, '/') == NULL);
}

static void
message_leaf(struct message_run *run, GMimePart *part)
{
	GMimeContentType *type =
	    g_mime_object_get_content_type(GMIME_OBJECT(part));
	bool is_html = g_mime_content_type_is_type(type, "text", "html");
	bool is_body = (is_html || message_is_plain(part)) &&
	               !g_mime_part_is_attachment(part) &&
	               g_mime_part_get_filename(part) == NULL;

	if (is_body) {
		if (!is_html || !run->is_said)
			message_text(run, part, is_html);
		return;
	}
	if (g_mime_content_type_is_type(type, "application", "pkcs7-mime") ||
	    g_mime_content_type_is_type(type, "application", "x-pkcs7-mime"))
		run->message->faults |= TCS_MESSAGE_IS_SEALED;
	message_file(run, part);
}

/* A mail in the mail is kept as a file; its text is the text when there is no
 * other: that is how people pass on what they were sent. */
static void
message_inner(struct message_run *run, GMimeMessagePart *part, int depth)
{
	GMimeMessage *inner = g_mime_message_part_get_message(part);
	GMimeStream *stream = g_mime_stream_mem_new();

	if (inner != NULL) {
		(void)g_mime_object_write_to_stream(
		    GMIME_OBJECT(inner), NULL, stream);
		message_keep(run, g_mime_message_get_subject(inner),
		    GMIME_OBJECT(part),
		    g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream)));
		if (run->text.n == 0)
			message_object(
			    run, g_mime_message_get_mime_part(inner), depth);
	}
	g_object_unref(stream);
}

/* The same text in several forms: what is no HTML is preferred, what is empty
 * is none. */
static void
message_alternative(struct message_run *run, GMimeMultipart *parts, int depth)
{
	int n = g_mime_multipart_get_count(parts);
	size_t base = run->text.n, chosen = run->text.n;
	bool is_html = false, was_said = run->is_said;

	for (int i = 0; i < n; i++) {
		size_t htmls = run->htmls;
		run->is_said = was_said || (chosen > base && !is_html);
		message_object(run, g_mime_multipart_get_part(parts, i), depth);
		bool is_new_html = run->htmls > htmls;
		if (run->text.n == chosen || run->text.err != TCS_OK)
			continue;
		bool is_better = chosen == base || (is_html && !is_new_html);
		if (is_better) {
			/* Without the empty line between two texts. */
			size_t from = chosen + (base == 0 && chosen > 0);
			size_t more = run->text.n - from;
			memmove(run->text.p + base, run->text.p + from, more);
			chosen = base + more;
			is_html = is_new_html;
		}
		run->text.n = chosen;
		run->text.p[chosen] = '\0';
	}
	run->is_said = was_said;
}

static void
message_multipart(struct message_run *run, GMimeMultipart *parts, int depth)
{
	int n = g_mime_multipart_get_count(parts);

	if (!parts->write_end_boundary || n == 0)
		run->message->faults |= TCS_MESSAGE_IS_OPEN;
	if (GMIME_IS_MULTIPART_ENCRYPTED(parts))
		run->message->faults |= TCS_MESSAGE_IS_SEALED;
	if (g_mime_content_type_is_type(
	        g_mime_object_get_content_type(GMIME_OBJECT(parts)),
	        "multipart", "alternative")) {
		message_alternative(run, parts, depth);
		return;
	}
	for (int i = 0; i < n; i++)
		message_object(run, g_mime_multipart_get_part(parts, i), depth);
}

static void
message_object(struct message_run *run, GMimeObject *object, int depth)
{
	if (object == NULL)
		return;
	if (depth == 0 || run->parts == MESSAGE_PARTS_MAX) {
		run->message->faults |= TCS_MESSAGE_IS_DEEP;
		return;
	}
	run->parts++;
	if (GMIME_IS_MULTIPART(object))
		message_multipart(run, GMIME_MULTIPART(object), depth - 1);
	else if (GMIME_IS_MESSAGE_PART(object))
		message_inner(run, GMIME_MESSAGE_PART(object), depth - 1);
	else if (GMIME_IS_PART(object))
		message_leaf(run, GMIME_PART(object));
}

/* ---- the whole ---- */

/* GMime and GLib take memory once they are used: not before the first mail. */
static GMimeParserOptions *
message_options(void)
{
	static const char *charsets[] = {"utf-8", "windows-1252", NULL};
	static GMimeParserOptions *options;

	if (options == NULL) {
		g_mime_init();
		options = g_mime_parser_options_new();
		g_mime_parser_options_set_fallback_charsets(options, charsets);
	}
	return options;
}

static void
message_parse(struct message_run *run, struct tcs_slice bytes)
{
	GMimeParserOptions *options = message_options();
	GByteArray *array = g_byte_array_new();

	g_byte_array_append(array, (const guint8 *)bytes.p, (guint)bytes.n);
	GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(array);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	g_mime_parser_set_persist_stream(parser, TRUE);
	GMimeMessage *mail = g_mime_parser_construct_message(parser, options);
	if (mail != NULL) {
		message_headers(run, mail);
		message_object(
		    run, g_mime_message_get_mime_part(mail), MESSAGE_DEPTH_MAX);
		g_object_unref(mail);
	}
	g_object_unref(parser);
	g_object_unref(stream);
}

/* As it is, or, of more than can be read, the headers that count. */
static void
message_read(struct message_run *run, struct tcs_slice bytes, size_t head)
{
	struct tcs_buf copy;

	if (bytes.n <= TCS_MESSAGE_MAX && head <= MESSAGE_HEAD_MAX &&
	    tcs_message_is_modest(bytes)) {
		message_parse(run, bytes);
		return;
	}
	run->message->faults |= TCS_MESSAGE_IS_HUGE;
	tcs_buf_init(&copy, MESSAGE_HEAD_MAX);
	tcs_message_copy_head(tcs_slice(bytes.p, head), &copy);
	message_parse(run, tcs_buf_view(&copy));
	run->is_short = run->is_short || copy.err == TCS_ENOMEM;
	tcs_buf_fini(&copy);
}

enum tcs_err
tcs_message_read(struct tcs_slice bytes, struct tcs_arena *arena,
    struct tcs_message *ret_message, bool *ret_is_cut, struct tcs_diag *diag)
{
	struct tcs_message message = {.from = "",
	    .sender = "",
	    .subject = "",
	    .id = "",
	    .text = "",
	    .date_ms = TCS_NO_TIME,
	    .received_ms = TCS_NO_TIME};
	struct message_run run = {.arena = arena, .message = &message};
	size_t head = tcs_message_head(bytes);

	*ret_is_cut = head == 0;
	if (!tcs_message_is(bytes)) {
		*ret_is_cut = false;
		return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "does not begin with a header: not a mail");
	}
	if (head == 0)
		return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "no empty line: it ends within the headers");
	tcs_buf_init(&run.text, MESSAGE_TEXT_RAW_MAX);
	message_read(&run, bytes, head);
	if (run.text.n > TCS_MESSAGE_TEXT_MAX)
		message.faults |= TCS_MESSAGE_IS_LONG;
	message.text =
	    message_dup(&run, tcs_buf_view(&run.text), TCS_MESSAGE_TEXT_MAX);
	run.is_short = run.is_short || run.text.err == TCS_ENOMEM;
	tcs_buf_fini(&run.text);
	if (run.is_short)
		return TCS_ENOMEM;
	*ret_message = message;
	return TCS_OK;
}

#include "cli/sink_mail.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/sink.h"
#include "core/digest.h"

enum { MAIL_WORD_MAX = 1000, MAIL_VALUE_MAX = 16000 };

static int
mail_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "=XX" at the start of `s`: its byte, or -1. */
static int
mail_escape(struct tcs_slice s)
{
	if (s.n < 3 || mail_hex(s.p[1]) < 0 || mail_hex(s.p[2]) < 0)
		return -1;
	return mail_hex(s.p[1]) * 16 + mail_hex(s.p[2]);
}

static struct tcs_slice
mail_after(struct tcs_slice s, size_t n)
{
	return tcs_slice(s.p + n, s.n - n);
}

/* "=\r\n" or "=\n" at the start of `s`: its length, or 0. */
static size_t
mail_soft_break(struct tcs_slice s)
{
	if (s.n >= 2 && s.p[1] == '\n')
		return 2;
	return s.n >= 3 && s.p[1] == '\r' && s.p[2] == '\n' ? 3 : 0;
}

/* Quoted-printable, or the Q form of a header word. */
static void
mail_unquote(struct tcs_buf *buf, struct tcs_slice s, bool is_word)
{
	while (s.n > 0) {
		size_t n = 1;
		char c = (char)(is_word && *s.p == '_' ? ' ' : *s.p);
		if (*s.p == '=' && mail_soft_break(s) > 0) {
			s = mail_after(s, mail_soft_break(s));
			continue;
		}
		if (*s.p == '=' && mail_escape(s) >= 0) {
			c = (char)mail_escape(s);
			n = 3;
		}
		tcs_buf_char(buf, c);
		s = mail_after(s, n);
	}
}

static bool
mail_is(struct tcs_slice s, const char *word)
{
	return s.n == strlen(word) && strncasecmp(s.p, word, s.n) == 0;
}

/* ISO-8859-1 has the code points of Unicode. */
static void
mail_from_latin1(struct tcs_buf *buf, struct tcs_slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c >= 0x80)
			tcs_buf_char(buf, (char)(0xc0 | c >> 6));
		tcs_buf_char(buf, (char)(c < 0x80 ? c : 0x80 | (c & 0x3f)));
	}
}

static void
mail_charset(struct tcs_buf *buf, struct tcs_slice charset, struct tcs_slice s)
{
	if (mail_is(charset, "iso-8859-1") || mail_is(charset, "latin1"))
		mail_from_latin1(buf, s);
	else
		tcs_buf_slice(buf, s);
}

static void
mail_base64(struct tcs_buf *buf, struct tcs_slice s)
{
	struct tcs_buf packed, bytes;
	size_t n;

	/* The decoder takes no line end. */
	tcs_buf_init(&packed, s.n);
	tcs_buf_init(&bytes, s.n);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] > ' ')
			tcs_buf_char(&packed, s.p[i]);
	}
	for (size_t i = 0; i < packed.n; i++)
		tcs_buf_char(&bytes, '\0');
	if (packed.n > 0 && bytes.err == TCS_OK &&
	    tcs_base64_decode(tcs_buf_view(&packed), (unsigned char *)bytes.p,
	        bytes.n, &n) == TCS_OK)
		tcs_buf_append(buf, bytes.p, n);
	else
		tcs_buf_slice(buf, s);
	tcs_buf_fini(&packed);
	tcs_buf_fini(&bytes);
}

/* "=?charset?Q?text?=" at the start of `s`: appended, and its length; else 0.
 */
static size_t
mail_word(struct tcs_buf *buf, struct tcs_slice s)
{
	struct tcs_slice charset, way, text, rest;
	struct tcs_buf bytes;

	if (!tcs_slice_starts(s, "=?"))
		return 0;
	charset = tcs_slice_cut(mail_after(s, 2), '?', &rest);
	way = tcs_slice_cut(rest, '?', &rest);
	text = tcs_slice_cut(rest, '?', &rest);
	if (rest.n == 0 || rest.p[0] != '=' || text.n > MAIL_WORD_MAX ||
	    (!mail_is(way, "Q") && !mail_is(way, "B")))
		return 0;
	tcs_buf_init(&bytes, MAIL_WORD_MAX);
	if (mail_is(way, "Q"))
		mail_unquote(&bytes, text, true);
	else
		mail_base64(&bytes, text);
	mail_charset(buf, charset, tcs_buf_view(&bytes));
	tcs_buf_fini(&bytes);
	return (size_t)(rest.p + 1 - s.p);
}

/* Blanks at the start of `s` that part two words: they are not shown. */
static size_t
mail_gap(struct tcs_slice s)
{
	size_t n = 0;

	while (n < s.n && (s.p[n] == ' ' || s.p[n] == '\t'))
		n++;
	return n > 0 && tcs_slice_starts(mail_after(s, n), "=?") ? n : 0;
}

void
tcs_mail_words(struct tcs_buf *buf, struct tcs_slice value)
{
	while (value.n > 0 && buf->err == TCS_OK) {
		size_t n = mail_word(buf, value);
		if (n > 0) {
			value = mail_after(value, n);
			value = mail_after(value, mail_gap(value));
			continue;
		}
		tcs_buf_char(buf, *value.p);
		value = mail_after(value, 1);
	}
}

/* One header, unfolded; the first of a name stands. */
static void
mail_header(struct tcs_mail *mail, struct tcs_slice line)
{
	struct tcs_slice value;
	struct tcs_slice name =
	    tcs_slice_trim(tcs_slice_cut(line, ':', &value));
	struct tcs_buf lower, shown;

	if (value.p == NULL || name.n == 0 || name.n > 100 ||
	    json_object_size(mail->headers) >= TCS_MAIL_HEADERS_MAX)
		return;
	tcs_buf_init(&lower, 100);
	tcs_buf_init(&shown, MAIL_VALUE_MAX);
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		bool is_upper = c >= 'A' && c <= 'Z';
		tcs_buf_char(&lower, (char)(is_upper ? c + ('a' - 'A') : c));
	}
	tcs_mail_words(&shown, tcs_slice_trim(value));
	char *text = tcs_sink_utf8(tcs_buf_view(&shown));
	if (text != NULL && tcs_slice_is_utf8(tcs_buf_view(&lower)) &&
	    json_object_get(mail->headers, lower.p) == NULL)
		(void)tcs_json_set_str(mail->headers, lower.p, text);
	free(text);
	tcs_buf_fini(&lower);
	tcs_buf_fini(&shown);
}

static bool
mail_is_folded(struct tcs_slice rest)
{
	return rest.n > 0 && (rest.p[0] == ' ' || rest.p[0] == '\t');
}

/* Up to and with the empty line; returns the body. */
static struct tcs_slice
mail_headers(struct tcs_mail *mail, struct tcs_slice rest)
{
	struct tcs_buf line;

	tcs_buf_init(&line, MAIL_VALUE_MAX);
	while (rest.n > 0) {
		struct tcs_slice part = tcs_slice_cut(rest, '\n', &rest);
		if (part.n > 0 && part.p[part.n - 1] == '\r')
			part.n--;
		if (part.n == 0 && line.n == 0)
			break;
		tcs_buf_slice(&line, part);
		if (mail_is_folded(rest))
			continue;
		mail_header(mail, tcs_buf_view(&line));
		tcs_buf_reset(&line);
		if (rest.n > 0 && (*rest.p == '\n' || *rest.p == '\r')) {
			(void)tcs_slice_cut(rest, '\n', &rest);
			break;
		}
	}
	tcs_buf_fini(&line);
	return rest;
}

/* The value of "charset" in a Content-Type, without quotes. */
static struct tcs_slice
mail_charset_of(const char *type)
{
	const char *at = strcasestr(type, "charset=");

	if (at == NULL)
		return tcs_slice(NULL, 0);
	at += strlen("charset=");
	if (*at == '"')
		at++;
	return tcs_slice(at, strcspn(at, "\"; \t"));
}

static void
mail_body(struct tcs_mail *mail, struct tcs_slice body)
{
	const char *type =
	    tcs_json_str(mail->headers, "content-type", "text/plain");
	const char *coding =
	    tcs_json_str(mail->headers, "content-transfer-encoding", "7bit");
	struct tcs_buf bytes, text;

	tcs_buf_init(&bytes, body.n);
	tcs_buf_init(&text, 2 * body.n);
	if (strcasecmp(coding, "quoted-printable") == 0)
		mail_unquote(&bytes, body, false);
	else if (strcasecmp(coding, "base64") == 0)
		mail_base64(&bytes, body);
	else
		tcs_buf_slice(&bytes, body);
	mail_charset(&text, mail_charset_of(type), tcs_buf_view(&bytes));
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] != '\r')
			tcs_buf_char(&mail->text, text.p[i]);
	}
	tcs_buf_fini(&bytes);
	tcs_buf_fini(&text);
}

enum tcs_err
tcs_mail_read(struct tcs_slice message, struct tcs_mail *ret_mail)
{
	struct tcs_mail mail = {.headers = json_object()};

	if (mail.headers == NULL)
		return TCS_ENOMEM;
	tcs_buf_init(&mail.text, 2 * message.n);
	mail_body(&mail, mail_headers(&mail, message));
	if (mail.text.err == TCS_ENOMEM) {
		tcs_mail_fini(&mail);
		return TCS_ENOMEM;
	}
	*ret_mail = mail;
	return TCS_OK;
}

void
tcs_mail_fini(struct tcs_mail *mail)
{
	json_decref(mail->headers);
	mail->headers = NULL;
	tcs_buf_fini(&mail->text);
}

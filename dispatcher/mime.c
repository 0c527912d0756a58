#include "dispatcher/mime.h"

#include <string.h>

#include "core/clock.h"

enum {
	MIME_LINE = 76,         /* RFC 2045 6.7, RFC 2047 2: columns */
	MIME_ADDRESS_MAX = 254, /* RFC 5321 4.5.3.1.3, without <> */
	MIME_LOCAL_MAX = 64,
	MIME_TOKEN_MAX = 512, /* a header line may have 998 */
};

static const char mime_word_start[] = "=?UTF-8?Q?";
static const char mime_word_end[] = "?=";

static bool
mime_is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z');
}

bool
tcs_mime_is_ascii(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text >= 0x80)
			return false;
	}
	return true;
}

const char *
tcs_mime_domain(const char *address)
{
	const char *at = strrchr(address, '@');

	return at == NULL ? address : at + 1;
}

/* Dot-separated, no part empty, each byte a letter, a digit, one of `others`
 * or part of a character outside ASCII. */
static bool
mime_is_dotted(struct tcs_slice s, const char *others)
{
	char last = '.';

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '.' && last == '.')
			return false;
		if (c != '.' && !mime_is_alnum(c) && (unsigned char)c < 0x80 &&
		    strchr(others, c) == NULL)
			return false;
		last = c;
	}
	return last != '.';
}

const char *
tcs_mime_address_fault(const char *address)
{
	struct tcs_slice whole = tcs_slice_str(address);
	const char *at = strrchr(address, '@');

	if (at == NULL)
		return "an address is local@domain: there is no @";
	if (whole.n > MIME_ADDRESS_MAX)
		return "longer than the 254 bytes of an address";
	if (!tcs_slice_is_utf8(whole))
		return "not UTF-8";
	struct tcs_slice local = tcs_slice(address, (size_t)(at - address));
	if (local.n > MIME_LOCAL_MAX)
		return "more than 64 bytes before the @";
	if (!mime_is_dotted(local, "!#$%&'*+-/=?^_`{|}~"))
		return "a character before the @ that an address cannot have";
	if (!mime_is_dotted(tcs_slice_str(at + 1), "-"))
		return "the part after the @ is not a domain";
	return NULL;
}

/* A value that goes into a header as it is: nothing in it may end the header
 * or begin another one. */
static bool
mime_is_token(const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++) {
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '<' ||
		    text[i] == '>')
			return false;
	}
	return n > 0 && n <= MIME_TOKEN_MAX;
}

static void
mime_hex(struct tcs_buf *buf, char c)
{
	tcs_buf_printf(buf, "=%02X", (unsigned)(unsigned char)c);
}

/* Bytes of the character that begins at `p`; the text is known as UTF-8. */
static size_t
mime_char_length(unsigned char lead)
{
	return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

static bool
mime_is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* RFC 2047 4.2 (3) and 5 (3): what may stand for itself in a Q word. */
static bool
mime_is_bare_in_word(char c)
{
	return mime_is_alnum(c) || (c != '\0' && strchr("!*+-/", c) != NULL);
}

static void
mime_word_char(struct tcs_buf *buf, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == ' ' || mime_is_control(p[i]))
			tcs_buf_char(buf, '_');
		else if (mime_is_bare_in_word(p[i]))
			tcs_buf_char(buf, p[i]);
		else
			mime_hex(buf, p[i]);
	}
}

static size_t
mime_word_columns(const char *p, size_t n)
{
	if (n > 1)
		return 3 * n;
	return *p == ' ' || mime_is_control(*p) || mime_is_bare_in_word(*p) ? 1
	                                                                    : 3;
}

/* Encoded words on folded lines; no character is cut between two words. */
static void
mime_words(struct tcs_buf *buf, size_t column, const char *text)
{
	size_t edges = sizeof(mime_word_start) + sizeof(mime_word_end) - 2;
	size_t at = column + edges;

	tcs_buf_str(buf, mime_word_start);
	while (*text != '\0') {
		size_t n = mime_char_length((unsigned char)*text);
		size_t columns = mime_word_columns(text, n);
		if (at + columns > MIME_LINE) {
			tcs_buf_printf(
			    buf, "%s\r\n %s", mime_word_end, mime_word_start);
			at = 1 + edges;
		}
		mime_word_char(buf, text, n);
		at += columns;
		text += n;
	}
	tcs_buf_str(buf, mime_word_end);
}

/* Plain when it is short, printable ASCII that cannot be taken for an encoded
 * word; control characters, line ends among them, become blanks. */
static void
mime_subject(struct tcs_buf *buf, const char *subject)
{
	static const char name[] = "Subject: ";
	size_t n = strlen(subject), column = sizeof(name) - 1;
	bool is_plain = column + n <= MIME_LINE && subject[0] != ' ' &&
	                strstr(subject, "=?") == NULL;

	for (size_t i = 0; i < n && is_plain; i++)
		is_plain = subject[i] >= ' ' && subject[i] <= '~';
	tcs_buf_str(buf, name);
	if (is_plain)
		tcs_buf_str(buf, subject);
	else
		mime_words(buf, column, subject);
	tcs_buf_str(buf, "\r\n");
}

/* RFC 2045 6.7 (3): a blank at the end of a line would be lost. */
static bool
mime_is_bare_in_text(const char *p)
{
	if (*p == ' ' || *p == '\t')
		return p[1] != '\n' && p[1] != '\r' && p[1] != '\0';
	return *p > ' ' && *p <= '~' && *p != '=';
}

static void
mime_quoted_printable(struct tcs_buf *buf, const char *text)
{
	size_t column = 0;

	for (; *text != '\0'; text++) {
		if (*text == '\r' && text[1] == '\n')
			continue;
		if (*text == '\n') {
			tcs_buf_str(buf, "\r\n");
			column = 0;
			continue;
		}
		bool is_bare = mime_is_bare_in_text(text);
		size_t columns = is_bare ? 1 : 3;
		if (column + columns > MIME_LINE - 1) {
			tcs_buf_str(buf, "=\r\n");
			column = 0;
		}
		if (is_bare)
			tcs_buf_char(buf, *text);
		else
			mime_hex(buf, *text);
		column += columns;
	}
	if (column > 0)
		tcs_buf_str(buf, "\r\n");
}

static enum tcs_err
mime_check(const struct tcs_mime_mail *mail, struct tcs_diag *diag)
{
	const char *fault = tcs_mime_address_fault(mail->from);

	if (fault != NULL) {
		return tcs_diag_add(
		    diag, TCS_EINVAL, NULL, 0, "sender: %s", fault);
	}
	fault = tcs_mime_address_fault(mail->to);
	if (fault != NULL) {
		return tcs_diag_add(
		    diag, TCS_EINVAL, NULL, 0, "recipient: %s", fault);
	}
	if (!mime_is_token(mail->key) || !mime_is_token(mail->alert) ||
	    (mail->thread_key != NULL && !mime_is_token(mail->thread_key))) {
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "key or identifier that cannot stand in a header");
	}
	if (!tcs_slice_is_utf8(tcs_slice_str(mail->subject)) ||
	    !tcs_slice_is_utf8(tcs_slice_str(mail->text))) {
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "subject or text that is not UTF-8");
	}
	return TCS_OK;
}

enum tcs_err
tcs_mime_build(const struct tcs_mime_mail *mail, struct tcs_buf *buf,
    struct tcs_diag *diag)
{
	char date[TCS_TIME_TEXT];
	enum tcs_err err = mime_check(mail, diag);

	if (err != TCS_OK)
		return err;
	const char *domain = tcs_mime_domain(mail->from);
	tcs_buf_printf(buf, "Date: %s\r\nFrom: <%s>\r\nTo: <%s>\r\n",
	    tcs_time_mail(mail->sent_ms, date), mail->from, mail->to);
	mime_subject(buf, mail->subject);
	tcs_buf_printf(buf, "Message-ID: <%s@%s>\r\n", mail->key, domain);
	if (mail->thread_key != NULL &&
	    strcmp(mail->thread_key, mail->key) != 0) {
		tcs_buf_printf(buf,
		    "In-Reply-To: <%s@%s>\r\nReferences: <%s@%s>\r\n",
		    mail->thread_key, domain, mail->thread_key, domain);
	}
	tcs_buf_printf(buf,
	    "Auto-Submitted: auto-generated\r\n"
	    "X-Tocsin-Key: %s\r\nX-Tocsin-Alert: %s\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
	    mail->key, mail->alert);
	mime_quoted_printable(buf, mail->text);
	return buf->err;
}

#include "dispatcher/smtp.h"

#include <string.h>
#include <strings.h>

#include "core/digest.h"
#include "dispatcher/mime.h"

enum { SMTP_REASON_MAX = 240, SMTP_SAID_MAX = 120 };

void
tcs_smtp_init(struct tcs_smtp *smtp, const struct tcs_smtp_conf *conf)
{
	*smtp = (struct tcs_smtp){.state = TCS_SMTP_BANNER,
	    .conf = conf,
	    .is_secure = conf->is_secure};
	tcs_smtp_reader_init(&smtp->reader);
	/* Stuffing makes the worst message (lone dots) a third longer. */
	tcs_buf_init(&smtp->out, (size_t)2 * TCS_SMTP_MESSAGE_MAX);
	tcs_buf_init(&smtp->reason, SMTP_REASON_MAX);
}

void
tcs_smtp_fini(struct tcs_smtp *smtp)
{
	tcs_smtp_reader_fini(&smtp->reader);
	tcs_buf_fini(&smtp->out);
	tcs_buf_fini(&smtp->reason);
}

/* What was asked when the answer came, for the reason. */
static const char *
smtp_command(enum tcs_smtp_state state)
{
	static const char *const words[] = {"the connection", "EHLO",
	    "STARTTLS", "nothing", "AUTH", "nothing", "MAIL FROM", "RCPT TO",
	    "DATA", "the message", "the message", "RSET", "QUIT", "nothing"};

	return words[state];
}

static bool
smtp_holds(const char *word, size_t n, const char *part, size_t part_n)
{
	for (size_t i = 0; part_n > 0 && i + part_n <= n; i++) {
		if (strncasecmp(word + i, part, part_n) == 0)
			return true;
	}
	return false;
}

/* The first line that the server said, its words that hold an address or the
 * name of the recipient masked: a reason is shown and logged. */
static void
smtp_quote(struct tcs_smtp *smtp, const struct tcs_smtp_reply *reply)
{
	struct tcs_slice rest;
	struct tcs_slice line = tcs_slice_cut(reply->text, '\n', &rest);
	const char *to = smtp->mail == NULL ? "" : smtp->mail->to;
	size_t to_n = strcspn(to, "@"), start = 0;

	if (line.n > SMTP_SAID_MAX)
		line.n = SMTP_SAID_MAX;
	while (start < line.n) {
		size_t n = 0;
		while (start + n < line.n && line.p[start + n] != ' ')
			n++;
		const char *word = line.p + start;
		bool is_masked = memchr(word, '@', n) != NULL ||
		                 smtp_holds(word, n, to, to_n);
		tcs_buf_char(&smtp->reason, ' ');
		for (size_t i = 0; i < n && !is_masked; i++) {
			bool is_plain = word[i] >= ' ' && word[i] <= '~';
			tcs_buf_append(
			    &smtp->reason, is_plain ? word + i : "?", 1);
		}
		if (is_masked)
			tcs_buf_str(&smtp->reason, "(address)");
		start += n + 1;
	}
}

/* The mail's fate, or the relay's refusal: the first one known stands. */
static bool
smtp_conclude(struct tcs_smtp *smtp, enum tcs_verdict verdict)
{
	if (smtp->has_outcome ||
	    (smtp->mail == NULL && smtp->state >= TCS_SMTP_READY))
		return false;
	smtp->has_outcome = true;
	smtp->verdict = verdict;
	tcs_buf_reset(&smtp->reason);
	return true;
}

static void
smtp_conclude_reply(struct tcs_smtp *smtp, enum tcs_verdict verdict,
    const struct tcs_smtp_reply *reply)
{
	if (!smtp_conclude(smtp, verdict))
		return;
	tcs_buf_printf(&smtp->reason, "the relay answered %s with %d",
	    smtp_command(smtp->state), reply->code);
	/* Some repeat what was sent to them, in base64. */
	if (smtp->state != TCS_SMTP_AUTH)
		smtp_quote(smtp, reply);
	smtp->mail = NULL;
}

void
tcs_smtp_lost(struct tcs_smtp *smtp, const char *why)
{
	bool may_be_taken = smtp->state == TCS_SMTP_DOT;

	if (smtp_conclude(
	        smtp, may_be_taken ? TCS_VERDICT_UNKNOWN : TCS_VERDICT_LATER))
		tcs_buf_str(&smtp->reason, why);
	smtp->mail = NULL;
	smtp->state = TCS_SMTP_CLOSED;
}

void
tcs_smtp_down(struct tcs_smtp *smtp, const char *why)
{
	if (smtp_conclude(smtp, TCS_VERDICT_DOWN))
		tcs_buf_str(&smtp->reason, why);
	smtp->mail = NULL;
	smtp->state = TCS_SMTP_CLOSED;
}

/* A refusal's verdict. At the start and at MAIL the relay refuses us, not the
 * mail: all others would fare the same, but for a size (552) at MAIL. */
static enum tcs_verdict
smtp_verdict(enum tcs_smtp_state state, int code)
{
	if (code < 500)
		return TCS_VERDICT_LATER;
	if (state == TCS_SMTP_MAIL && code == 552)
		return TCS_VERDICT_REFUSED;
	return state <= TCS_SMTP_MAIL ? TCS_VERDICT_DOWN : TCS_VERDICT_REFUSED;
}

static void
smtp_write_rset(struct tcs_smtp *smtp)
{
	tcs_buf_str(&smtp->out, "RSET\r\n");
	smtp->state = TCS_SMTP_RSET;
}

/* Dot-stuffing (RFC 5321 4.5.2): a line that begins with a dot gets another. */
static void
smtp_write_content(struct tcs_smtp *smtp)
{
	struct tcs_slice rest = smtp->mail->message;

	while (rest.n > 0) {
		struct tcs_slice line = tcs_slice_cut(rest, '\n', &rest);
		if (line.n > 0 && line.p[0] == '.')
			tcs_buf_char(&smtp->out, '.');
		tcs_buf_slice(&smtp->out, line);
		if (rest.p != NULL)
			tcs_buf_char(&smtp->out, '\n');
	}
	smtp->state = TCS_SMTP_CONTENT;
}

static bool
smtp_is_word(struct tcs_slice word, const char *name)
{
	return word.n == strlen(name) && strncasecmp(word.p, name, word.n) == 0;
}

/* "AUTH PLAIN LOGIN", or "AUTH=…" of old servers. */
static void
smtp_offer_auth(struct tcs_smtp *smtp, struct tcs_slice names)
{
	while (names.n > 0) {
		struct tcs_slice name = tcs_slice_cut(names, ' ', &names);
		if (smtp_is_word(name, "PLAIN"))
			smtp->has_plain = true;
		if (smtp_is_word(name, "LOGIN"))
			smtp->has_login = true;
	}
}

static void
smtp_offer(struct tcs_smtp *smtp, struct tcs_slice line)
{
	struct tcs_slice value;
	struct tcs_slice word = tcs_slice_cut(line, ' ', &value);

	if (smtp_is_word(word, "PIPELINING"))
		smtp->has_pipelining = true;
	if (smtp_is_word(word, "SMTPUTF8"))
		smtp->has_utf8 = true;
	if (smtp_is_word(word, "STARTTLS"))
		smtp->has_starttls = true;
	if (smtp_is_word(word, "AUTH"))
		smtp_offer_auth(smtp, value);
	if (smtp_is_word(word, "SIZE") &&
	    tcs_slice_u64(tcs_slice_trim(value), UINT64_MAX, &smtp->size_max) !=
	        TCS_OK)
		smtp->size_max = 0;
}

static void
smtp_write_ehlo(struct tcs_smtp *smtp)
{
	tcs_buf_printf(&smtp->out, "EHLO %s\r\n", smtp->conf->helo);
	smtp->state = TCS_SMTP_EHLO;
}

static void
smtp_on_banner(struct tcs_smtp *smtp, const struct tcs_smtp_reply *reply)
{
	(void)reply;
	smtp_write_ehlo(smtp);
}

/* RFC 4616: no other identity, user, password. */
static void
smtp_write_plain(struct tcs_smtp *smtp)
{
	const struct tcs_smtp_conf *conf = smtp->conf;
	struct tcs_buf plain;

	tcs_buf_init(&plain, (size_t)2 * TCS_SMTP_SECRET_MAX + 2);
	tcs_buf_char(&plain, '\0');
	tcs_buf_str(&plain, conf->user);
	tcs_buf_char(&plain, '\0');
	tcs_buf_str(&plain, conf->password);
	tcs_assert(plain.err != TCS_ELIMIT);
	tcs_base64_encode(tcs_buf_view(&plain), &smtp->out);
	tcs_buf_str(&smtp->out, "\r\n");
	if (plain.p != NULL)
		explicit_bzero(plain.p, plain.n);
	tcs_buf_fini(&plain);
}

static void
smtp_write_auth(struct tcs_smtp *smtp)
{
	if (!smtp->has_plain && !smtp->has_login) {
		tcs_smtp_down(smtp, "the relay takes neither AUTH PLAIN nor "
		                    "AUTH LOGIN, and `user` is set");
		return;
	}
	smtp->state = TCS_SMTP_AUTH;
	smtp->asked = 0;
	tcs_buf_str(
	    &smtp->out, smtp->has_plain ? "AUTH PLAIN " : "AUTH LOGIN\r\n");
	if (smtp->has_plain)
		smtp_write_plain(smtp);
}

/* 334: PLAIN from a server that passed over what came with AUTH; else LOGIN's
 * questions, user and password, whatever words they are in. */
static void
smtp_on_auth(struct tcs_smtp *smtp, const struct tcs_smtp_reply *reply)
{
	const struct tcs_smtp_conf *conf = smtp->conf;
	unsigned questions = smtp->has_plain ? 1 : 2;

	if (reply->code / 100 == 2) {
		smtp->state = TCS_SMTP_READY;
	} else if (smtp->asked == questions) {
		tcs_smtp_lost(smtp, "the relay asks for more than user and "
		                    "password");
	} else if (smtp->has_plain) {
		smtp_write_plain(smtp);
	} else {
		tcs_base64_encode(
		    tcs_slice_str(
		        smtp->asked == 0 ? conf->user : conf->password),
		    &smtp->out);
		tcs_buf_str(&smtp->out, "\r\n");
	}
	smtp->asked++;
}

static void
smtp_on_ehlo(struct tcs_smtp *smtp, const struct tcs_smtp_reply *reply)
{
	struct tcs_slice rest;

	/* What was offered in the clear is forgotten (RFC 3207 4.2). */
	smtp->has_pipelining = smtp->has_utf8 = smtp->has_starttls = false;
	smtp->has_plain = smtp->has_login = false;
	smtp->size_max = 0;
	(void)tcs_slice_cut(reply->text, '\n', &rest); /* the greeting */
	while (rest.n > 0)
		smtp_offer(smtp, tcs_slice_cut(rest, '\n', &rest));
	if (smtp->conf->has_starttls && !smtp->is_secure) {
		if (!smtp->has_starttls) {
			tcs_smtp_down(smtp,
			    "the relay offers no STARTTLS: nothing was sent in "
			    "the clear");
			return;
		}
		tcs_buf_str(&smtp->out, "STARTTLS\r\n");
		smtp->state = TCS_SMTP_STARTTLS;
	} else if (smtp->conf->user != NULL) {
		smtp_write_auth(smtp);
	} else {
		smtp->state = TCS_SMTP_READY;
	}
}

static void
smtp_on_starttls(struct tcs_smtp *smtp, const struct tcs_smtp_reply *reply)
{
	(void)reply;
	smtp->state = TCS_SMTP_TLS;
}

void
tcs_smtp_secured(struct tcs_smtp *smtp)
{
	tcs_assert(smtp->state == TCS_SMTP_TLS);
	smtp->is_secure = true;
	smtp_write_ehlo(smtp);
}

static void
smtp_on_mail(struct tcs_smtp *smtp, const struct tcs_smtp_reply *reply)
{
	(void)reply;
	smtp->state = TCS_SMTP_RCPT;
	if (!smtp->has_pipelining)
		tcs_buf_printf(&smtp->out, "RCPT TO:<%s>\r\n", smtp->mail->to);
}

static void
smtp_on_rcpt(struct tcs_smtp *smtp, const struct tcs_smtp_reply *reply)
{
	(void)reply;
	smtp->state = TCS_SMTP_DATA;
	if (!smtp->has_pipelining)
		tcs_buf_str(&smtp->out, "DATA\r\n");
}

static void
smtp_on_data(struct tcs_smtp *smtp, const struct tcs_smtp_reply *reply)
{
	(void)reply;
	smtp_write_content(smtp);
}

static void
smtp_on_dot(struct tcs_smtp *smtp, const struct tcs_smtp_reply *reply)
{
	smtp_conclude_reply(smtp, TCS_VERDICT_ACCEPTED, reply);
	smtp->state = TCS_SMTP_READY;
}

static void
smtp_on_rset(struct tcs_smtp *smtp, const struct tcs_smtp_reply *reply)
{
	(void)reply;
	smtp->state = TCS_SMTP_READY;
}

/* Which class of answer carries each state on, and how; 0: any that is no
 * refusal. No answer is awaited in TLS, READY and CONTENT; after QUIT whatever
 * comes closes. */
static const struct {
	int class;
	void (*go_on)(struct tcs_smtp *, const struct tcs_smtp_reply *);
} smtp_steps[TCS_SMTP_STATE_COUNT] = {
    [TCS_SMTP_BANNER] = {2, smtp_on_banner},
    [TCS_SMTP_EHLO] = {2, smtp_on_ehlo},
    [TCS_SMTP_STARTTLS] = {2, smtp_on_starttls},
    [TCS_SMTP_AUTH] = {0, smtp_on_auth},
    [TCS_SMTP_MAIL] = {2, smtp_on_mail},
    [TCS_SMTP_RCPT] = {2, smtp_on_rcpt},
    [TCS_SMTP_DATA] = {3, smtp_on_data},
    [TCS_SMTP_DOT] = {2, smtp_on_dot},
    [TCS_SMTP_RSET] = {2, smtp_on_rset},
};

/* A 4xx or 5xx where a command was answered. */
static void
smtp_refused(struct tcs_smtp *smtp, const struct tcs_smtp_reply *reply)
{
	enum tcs_smtp_state state = smtp->state;

	smtp_conclude_reply(smtp, smtp_verdict(state, reply->code), reply);
	bool is_over = reply->code == 421 || state < TCS_SMTP_MAIL ||
	               state == TCS_SMTP_CONTENT || state > TCS_SMTP_DOT;
	if (is_over) {
		tcs_smtp_lost(smtp, "the relay closed the connection");
	} else if (smtp->has_pipelining && state < TCS_SMTP_DATA) {
		smtp->is_failed = true; /* the answers to the rest follow */
		smtp->state = state + 1;
	} else {
		smtp_write_rset(smtp);
	}
}

/* Answers to what was pipelined behind a command that was refused. A server
 * that opens DATA all the same would take an empty mail at the dot: it gets
 * none (RFC 2920 3.1). */
static void
smtp_drain(struct tcs_smtp *smtp, const struct tcs_smtp_reply *reply)
{
	if (reply->code == 421 || reply->code / 100 == 3)
		tcs_smtp_lost(smtp, "the relay went on with a refused mail");
	else if (smtp->state == TCS_SMTP_RCPT)
		smtp->state = TCS_SMTP_DATA;
	else
		smtp_write_rset(smtp);
}

static bool
smtp_is_expected(const struct tcs_smtp *smtp, int code)
{
	int class = smtp_steps[smtp->state].class;

	return smtp_steps[smtp->state].go_on != NULL &&
	       (class == 0 || class == code / 100);
}

static void
smtp_reply(struct tcs_smtp *smtp, const struct tcs_smtp_reply *reply)
{
	smtp->is_answered = true;
	if (smtp->is_failed &&
	    (smtp->state == TCS_SMTP_RCPT || smtp->state == TCS_SMTP_DATA))
		smtp_drain(smtp, reply);
	else if (reply->code >= 400)
		smtp_refused(smtp, reply);
	else if (smtp_is_expected(smtp, reply->code))
		smtp_steps[smtp->state].go_on(smtp, reply);
	else if (smtp->state == TCS_SMTP_QUIT)
		smtp->state = TCS_SMTP_CLOSED;
	else
		tcs_smtp_lost(smtp, "the relay answered out of turn");
}

void
tcs_smtp_receive(struct tcs_smtp *smtp, struct tcs_slice bytes)
{
	struct tcs_smtp_reply reply;
	bool is_whole = true;

	while (smtp->state != TCS_SMTP_CLOSED && is_whole) {
		if (tcs_smtp_reader_next(
		        &smtp->reader, &bytes, &reply, &is_whole) != TCS_OK)
			tcs_smtp_lost(smtp,
			    "the relay's answer is not SMTP, or too long");
		else if (is_whole)
			smtp_reply(smtp, &reply);
		if (smtp->state == TCS_SMTP_TLS && bytes.n > 0)
			tcs_smtp_down(smtp, "more came in the clear behind "
			                    "the answer to STARTTLS");
		if (smtp->out.err != TCS_OK)
			tcs_smtp_lost(smtp, tcs_strerror(smtp->out.err));
	}
}

/* Refused here, without a word to the relay. */
static void
smtp_refuse(struct tcs_smtp *smtp, const char *why)
{
	(void)smtp_conclude(smtp, TCS_VERDICT_REFUSED);
	tcs_buf_str(&smtp->reason, why);
	smtp->mail = NULL;
}

void
tcs_smtp_send(struct tcs_smtp *smtp, const struct tcs_smtp_mail *mail)
{
	bool is_utf8 =
	    !tcs_mime_is_ascii(mail->from) || !tcs_mime_is_ascii(mail->to);

	tcs_assert(smtp->state == TCS_SMTP_READY && !smtp->has_outcome);
	smtp->mail = mail;
	smtp->is_failed = smtp->is_answered = false;
	if (mail->message.n > TCS_SMTP_MESSAGE_MAX ||
	    (smtp->size_max > 0 && mail->message.n > smtp->size_max)) {
		smtp_refuse(smtp, "larger than the relay takes");
		return;
	}
	if (is_utf8 && !smtp->has_utf8) {
		smtp_refuse(smtp, "the relay takes no address outside ASCII");
		return;
	}
	smtp->mails++;
	tcs_buf_printf(&smtp->out, "MAIL FROM:<%s>%s\r\n", mail->from,
	    is_utf8 ? " SMTPUTF8" : "");
	if (smtp->has_pipelining)
		tcs_buf_printf(
		    &smtp->out, "RCPT TO:<%s>\r\nDATA\r\n", mail->to);
	smtp->state = TCS_SMTP_MAIL;
}

void
tcs_smtp_commit(struct tcs_smtp *smtp)
{
	tcs_assert(smtp->state == TCS_SMTP_CONTENT && smtp->out.n == 0);
	tcs_buf_str(&smtp->out, ".\r\n");
	smtp->state = TCS_SMTP_DOT;
}

void
tcs_smtp_quit(struct tcs_smtp *smtp)
{
	tcs_assert(smtp->state == TCS_SMTP_READY);
	tcs_buf_str(&smtp->out, "QUIT\r\n");
	smtp->state = TCS_SMTP_QUIT;
}

void
tcs_smtp_clear(struct tcs_smtp *smtp)
{
	smtp->has_outcome = false;
	tcs_buf_reset(&smtp->reason);
}

#include "cli/sink_talk.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/sink.h"
#include "cli/sink_mail.h"

enum { TALK_OUT_MAX = 256 * 1024 };

static void
talk_reset(struct tcs_sink_talk *talk)
{
	for (size_t i = 0; i < talk->recipients_n; i++)
		free(talk->recipients[i]);
	talk->recipients_n = 0;
	talk->has_sender = false;
	tcs_buf_fini(&talk->message);
}

static void
talk_say(struct tcs_sink_talk *talk, const char *line)
{
	tcs_buf_str(&talk->out, line);
	tcs_buf_str(&talk->out, "\r\n");
}

/* ---- commands ---- */

/* What stands between < and > in `args`; p NULL: nothing does. */
static struct tcs_slice
talk_path(struct tcs_slice args)
{
	struct tcs_slice rest, tail;

	(void)tcs_slice_cut(args, '<', &rest);
	struct tcs_slice path = tcs_slice_cut(rest, '>', &tail);
	return tail.p == NULL ? tcs_slice(NULL, 0) : path;
}

/* Where there is TLS no password is asked for without it. */
static bool
talk_may_auth(const struct tcs_sink_talk *talk)
{
	return talk->sink->user != NULL && !talk->is_known &&
	       (talk->sink->tls == NULL || talk->is_secure);
}

static void
talk_ehlo(struct tcs_sink_talk *talk, struct tcs_slice args)
{
	const struct tcs_sink *sink = talk->sink;

	(void)args;
	talk_reset(talk);
	talk_say(talk, "250-sink.example");
	if (sink->tls != NULL && !talk->is_secure)
		talk_say(talk, "250-STARTTLS");
	if (talk_may_auth(talk))
		talk_say(talk, "250-AUTH PLAIN LOGIN");
	talk_say(talk, "250-PIPELINING");
	talk_say(talk, "250-8BITMIME");
	talk_say(talk, "250-SMTPUTF8");
	talk_say(talk, "250-ENHANCEDSTATUSCODES");
	talk_say(talk, "250 SIZE 1000000");
}

static void
talk_helo(struct tcs_sink_talk *talk, struct tcs_slice args)
{
	(void)args;
	talk_reset(talk);
	talk_say(talk, "250 sink.example");
}

static void
talk_mail(struct tcs_sink_talk *talk, struct tcs_slice args)
{
	if (talk->sink->user != NULL && !talk->is_known) {
		talk_say(talk, "530 5.7.0 AUTH first");
	} else if (talk->has_sender) {
		talk_say(talk, "503 5.5.1 a sender was given already");
	} else if (talk_path(args).p == NULL) {
		talk_say(talk, "501 5.5.4 MAIL FROM:<address> is expected");
	} else {
		talk->has_sender = true;
		talk_say(talk, "250 2.1.0 ok");
	}
}

static enum tcs_sink_manner
talk_manner(struct tcs_slice address)
{
	struct tcs_slice rest;

	return tcs_sink_manner(
	    tcs_slice_cut(tcs_slice_cut(address, '@', &rest), '+', &rest));
}

static void
talk_rcpt(struct tcs_sink_talk *talk, struct tcs_slice args)
{
	struct tcs_slice path = talk_path(args);
	enum tcs_sink_manner manner = talk_manner(path);

	if (!talk->has_sender)
		talk_say(talk, "503 5.5.1 MAIL first");
	else if (path.n == 0)
		talk_say(talk, "501 5.1.3 RCPT TO:<address> is expected");
	else if (manner == TCS_SINK_LATER)
		talk_say(talk, "451 4.2.0 later, as that name says");
	else if (manner == TCS_SINK_REFUSE)
		talk_say(talk, "550 5.1.1 refused, as that name says");
	else if (talk->recipients_n == TCS_SINK_RECIPIENTS)
		talk_say(talk, "452 4.5.3 too many recipients");
	else {
		char *copy = tcs_sink_utf8(path);
		if (copy == NULL) {
			talk_say(talk, "451 4.3.0 out of memory");
			return;
		}
		talk->recipients[talk->recipients_n++] = copy;
		talk_say(talk, "250 2.1.5 ok");
	}
}

static void
talk_data(struct tcs_sink_talk *talk, struct tcs_slice args)
{
	(void)args;
	if (talk->recipients_n == 0) {
		talk_say(talk, "554 5.5.1 no recipient was accepted");
		return;
	}
	tcs_buf_init(&talk->message, TCS_SINK_BODY_MAX);
	talk->state = TCS_TALK_DATA;
	talk_say(talk, "354 end with a dot alone on a line");
}

static void
talk_rset(struct tcs_sink_talk *talk, struct tcs_slice args)
{
	(void)args;
	talk_reset(talk);
	talk_say(talk, "250 2.0.0 ok");
}

static void
talk_noop(struct tcs_sink_talk *talk, struct tcs_slice args)
{
	(void)args;
	talk_say(talk, "250 2.0.0 ok");
}

static void
talk_vrfy(struct tcs_sink_talk *talk, struct tcs_slice args)
{
	(void)args;
	talk_say(talk, "252 2.1.5 send it and see");
}

static void
talk_starttls(struct tcs_sink_talk *talk, struct tcs_slice args)
{
	(void)args;
	if (talk->sink->tls == NULL || talk->is_secure) {
		talk_say(talk, "503 5.5.1 not here, or not again");
		return;
	}
	talk_say(talk, "220 2.0.0 go on in TLS");
	talk->state = TCS_TALK_TLS;
}

static void
talk_auth_end(struct tcs_sink_talk *talk, enum tcs_sink_auth_end end)
{
	talk->state =
	    end == TCS_SINK_AUTH_MORE ? TCS_TALK_AUTH : TCS_TALK_COMMANDS;
	talk->is_known = end == TCS_SINK_AUTH_YES;
	if (end == TCS_SINK_AUTH_YES)
		talk_say(talk, "235 2.7.0 welcome");
	if (end == TCS_SINK_AUTH_NO)
		talk_say(talk, "535 5.7.8 not that user, or not that password");
	if (end == TCS_SINK_AUTH_FAULT)
		talk_say(talk, "501 5.5.2 AUTH PLAIN or AUTH LOGIN, in base64");
}

static void
talk_auth(struct tcs_sink_talk *talk, struct tcs_slice args)
{
	if (talk_may_auth(talk))
		talk_auth_end(talk, tcs_sink_auth_begin(&talk->auth, talk->sink,
		                        args, &talk->out));
	else
		talk_say(talk, "503 5.5.1 not here, not again, or TLS first");
}

static void
talk_quit(struct tcs_sink_talk *talk, struct tcs_slice args)
{
	(void)args;
	tcs_sink_talk_bye(talk, "221 2.0.0 bye");
}

static const struct {
	const char *word;
	void (*run)(struct tcs_sink_talk *talk, struct tcs_slice args);
} talk_commands[] = {
    {"EHLO", talk_ehlo},
    {"HELO", talk_helo},
    {"MAIL", talk_mail},
    {"RCPT", talk_rcpt},
    {"DATA", talk_data},
    {"RSET", talk_rset},
    {"NOOP", talk_noop},
    {"VRFY", talk_vrfy},
    {"STARTTLS", talk_starttls},
    {"AUTH", talk_auth},
    {"QUIT", talk_quit},
};

static void
talk_command(struct tcs_sink_talk *talk, struct tcs_slice line)
{
	struct tcs_slice args;
	struct tcs_slice word = tcs_slice_cut(line, ' ', &args);

	for (size_t i = 0; i < sizeof(talk_commands) / sizeof(talk_commands[0]);
	     i++) {
		if (word.n == strlen(talk_commands[i].word) &&
		    strncasecmp(word.p, talk_commands[i].word, word.n) == 0) {
			talk_commands[i].run(talk, args);
			return;
		}
	}
	talk_say(talk, "500 5.5.2 not a command of this server");
}

/* ---- the message ---- */

static enum tcs_err
talk_take(struct tcs_sink_talk *talk)
{
	struct tcs_slice body = tcs_buf_view(&talk->message);
	struct tcs_mail mail;
	enum tcs_err err = tcs_mail_read(body, &mail);

	if (err != TCS_OK)
		return err;
	for (size_t i = 0; i < talk->recipients_n && err == TCS_OK; i++) {
		struct tcs_sink_message message = {
		    .channel = "email",
		    .to = talk->recipients[i],
		    .key = tcs_json_str(mail.headers, "x-tocsin-key", NULL),
		    .tls = talk->is_secure ? "yes" : NULL,
		    .body = body,
		    .headers = mail.headers,
		    .subject = tcs_slice_str(
		        tcs_json_str(mail.headers, "subject", NULL)),
		    .text = tcs_buf_view(&mail.text),
		};
		err = tcs_sink_take(talk->sink, &message);
	}
	tcs_mail_fini(&mail);
	return err;
}

/* The gravest of its recipients' manners. */
static enum tcs_sink_manner
talk_manner_of_all(const struct tcs_sink_talk *talk)
{
	enum tcs_sink_manner all = TCS_SINK_TAKE;

	for (size_t i = 0; i < talk->recipients_n; i++) {
		enum tcs_sink_manner one =
		    talk_manner(tcs_slice_str(talk->recipients[i]));
		all = one > all ? one : all;
	}
	return all;
}

static void
talk_dot(struct tcs_sink_talk *talk)
{
	enum tcs_sink_manner manner = talk_manner_of_all(talk);
	enum tcs_err err = talk->message.err;

	talk->state = TCS_TALK_COMMANDS;
	if (err == TCS_OK && manner != TCS_SINK_HANG)
		err = talk_take(talk);
	if (err == TCS_ELIMIT)
		talk_say(talk, "552 5.3.4 larger than 1 MB");
	else if (err != TCS_OK)
		talk_say(talk, "451 4.3.0 it cannot be kept here");
	else if (manner == TCS_SINK_HANG)
		talk->state = TCS_TALK_MUTE;
	else if (manner == TCS_SINK_CUT)
		talk->state = TCS_TALK_BYE;
	else if (manner == TCS_SINK_SLOW) {
		talk->state = TCS_TALK_SLOW;
	} else {
		talk_say(talk, "250 2.0.0 taken");
	}
	talk_reset(talk);
}

static void
talk_content(struct tcs_sink_talk *talk, struct tcs_slice line)
{
	if (tcs_slice_is(line, ".")) {
		talk_dot(talk);
		return;
	}
	if (line.n > 0 && line.p[0] == '.')
		line = tcs_slice(line.p + 1, line.n - 1);
	tcs_buf_slice(&talk->message, line);
	tcs_buf_str(&talk->message, "\r\n");
}

/* ---- what the connection sees ---- */

void
tcs_sink_talk_init(struct tcs_sink_talk *talk, struct tcs_sink *sink)
{
	*talk = (struct tcs_sink_talk){.sink = sink};
	tcs_buf_init(&talk->out, TALK_OUT_MAX);
}

void
tcs_sink_talk_greet(struct tcs_sink_talk *talk)
{
	talk_say(talk, "220 sink.example ESMTP");
}

void
tcs_sink_talk_fini(struct tcs_sink_talk *talk)
{
	talk_reset(talk);
	tcs_buf_fini(&talk->out);
}

void
tcs_sink_talk_line(struct tcs_sink_talk *talk, struct tcs_slice line)
{
	if (talk->state == TCS_TALK_DATA)
		talk_content(talk, line);
	else if (talk->state == TCS_TALK_AUTH)
		talk_auth_end(talk, tcs_sink_auth_answer(&talk->auth,
		                        talk->sink, line, &talk->out));
	else
		talk_command(talk, line);
}

void
tcs_sink_talk_secured(struct tcs_sink_talk *talk)
{
	talk_reset(talk);
	talk->state = TCS_TALK_COMMANDS;
	talk->is_secure = true;
}

void
tcs_sink_talk_go_on(struct tcs_sink_talk *talk)
{
	talk->state = TCS_TALK_COMMANDS;
	talk_say(talk, "250 2.0.0 taken");
}

void
tcs_sink_talk_bye(struct tcs_sink_talk *talk, const char *line)
{
	talk_say(talk, line);
	talk->state = TCS_TALK_BYE;
}

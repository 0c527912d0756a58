#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatcher/smtp.h"

/* What a server answers to each command; NULL: it cuts the connection. */
struct script {
	const char *banner, *ehlo, *mail, *rcpt, *data, *dot, *rset;
};

#define EHLO_PLAIN "250 relais.example\r\n"
#define EHLO_FULL                                                              \
	"250-relais.example bonjour\r\n250-size 100000\r\n"                    \
	"250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"

#define SENDER_REFUSED(reply)                                                  \
	.mail = (reply), .rcpt = "503 5.5.1 no\r\n", .data = "503 5.5.1 no\r\n"

static const struct script script_good = {"220 relais.example\r\n", EHLO_FULL,
    "250 2.1.0 ok\r\n", "250 2.1.5 ok\r\n", "354 go\r\n",
    "250 2.0.0 queued as 12345\r\n", "250 ok\r\n"};

static const struct tcs_smtp_mail mail_example = {"tocsin@prefecture.example",
    "astreinte@mairie.example", {"Subject: x\r\n\r\n.\r\n..a\r\nfin\r\n", 27}};

static const struct tcs_smtp_conf conf_plain = {
    .helo = "tocsin.prefecture.example"};

/* A conversation: the client under test, and a server that plays a script. */
struct talk {
	struct tcs_smtp smtp;
	const struct script *script;
	struct tcs_buf said; /* all the client's bytes */
	struct tcs_buf line; /* the server's unfinished input */
	bool is_in_data, is_cut;
	bool has_dot;
};

static void
talk_answer(struct talk *talk, const char *reply)
{
	if (reply == NULL) {
		talk->is_cut = true;
		tcs_smtp_lost(&talk->smtp, "cut");
	} else {
		tcs_smtp_receive(&talk->smtp, tcs_slice_str(reply));
	}
}

static const char *
talk_reply_to(struct talk *talk, struct tcs_slice line)
{
	const struct script *s = talk->script;

	if (tcs_slice_starts(line, "EHLO"))
		return s->ehlo;
	if (tcs_slice_starts(line, "MAIL FROM:<"))
		return s->mail;
	if (tcs_slice_starts(line, "RCPT TO:<"))
		return s->rcpt;
	if (tcs_slice_is(line, "RSET"))
		return s->rset;
	if (tcs_slice_is(line, "QUIT"))
		return "221 bye\r\n";
	assert_true(tcs_slice_is(line, "DATA"));
	talk->is_in_data = s->data != NULL && s->data[0] == '3';
	return s->data;
}

static void
talk_line(struct talk *talk, struct tcs_slice line)
{
	if (!talk->is_in_data) {
		talk_answer(talk, talk_reply_to(talk, line));
	} else if (tcs_slice_is(line, ".")) {
		talk->is_in_data = false;
		talk->has_dot = true;
		talk_answer(talk, talk->script->dot);
	}
}

/* Until both are silent. */
static void
talk_go_on(struct talk *talk)
{
	struct tcs_buf *out = &talk->smtp.out;

	while (!talk->is_cut && out->n > 0) {
		tcs_buf_slice(&talk->said, tcs_buf_view(out));
		tcs_buf_slice(&talk->line, tcs_buf_view(out));
		tcs_buf_reset(out);
		char *end;
		while (!talk->is_cut && talk->line.n > 0 &&
		       (end = strstr(talk->line.p, "\r\n")) != NULL) {
			size_t n = (size_t)(end - talk->line.p);
			char *line = tcs_slice_dup(tcs_slice(talk->line.p, n));
			tcs_buf_consume(&talk->line, n + 2);
			talk_line(talk, tcs_slice_str(line));
			free(line);
		}
	}
}

static void
talk_init(struct talk *talk, const struct script *script)
{
	*talk = (struct talk){.script = script};
	tcs_smtp_init(&talk->smtp, &conf_plain);
	tcs_buf_init(&talk->said, 1 << 20);
	tcs_buf_init(&talk->line, 1 << 20);
	talk_answer(talk, script->banner);
	talk_go_on(talk);
}

static void
talk_fini(struct talk *talk)
{
	tcs_smtp_fini(&talk->smtp);
	tcs_buf_fini(&talk->said);
	tcs_buf_fini(&talk->line);
}

/* Send a mail as far as the script lets it go. */
static void
talk_send(struct talk *talk, const struct tcs_smtp_mail *mail)
{
	if (talk->smtp.state != TCS_SMTP_READY)
		return;
	tcs_smtp_send(&talk->smtp, mail);
	talk_go_on(talk);
	if (talk->smtp.state == TCS_SMTP_CONTENT) {
		tcs_smtp_commit(&talk->smtp);
		talk_go_on(talk);
	}
}

static void
each_answer_has_its_verdict(void **state)
{
	static const struct {
		const char *what;
		struct script change; /* members that differ from the good */
		enum tcs_verdict verdict;
		enum tcs_smtp_state end;
	} cases[] = {
	    {"all is well", {0}, TCS_VERDICT_ACCEPTED, TCS_SMTP_READY},
	    {"busy banner", {.banner = "421 4.3.2 busy\r\n"}, TCS_VERDICT_LATER,
	        TCS_SMTP_CLOSED},
	    {"refusing banner", {.banner = "554 5.7.1 no\r\n"},
	        TCS_VERDICT_DOWN, TCS_SMTP_CLOSED},
	    {"refusing EHLO", {.ehlo = "550 5.7.1 no\r\n"}, TCS_VERDICT_DOWN,
	        TCS_SMTP_CLOSED},
	    {"EHLO later", {.ehlo = "451 4.3.0 no\r\n"}, TCS_VERDICT_LATER,
	        TCS_SMTP_CLOSED},
	    {"sender refused", {SENDER_REFUSED("530 5.7.0 authenticate\r\n")},
	        TCS_VERDICT_DOWN, TCS_SMTP_READY},
	    {"sender later", {SENDER_REFUSED("451 4.3.0 no\r\n")},
	        TCS_VERDICT_LATER, TCS_SMTP_READY},
	    {"too large", {SENDER_REFUSED("552 5.3.4 large\r\n")},
	        TCS_VERDICT_REFUSED, TCS_SMTP_READY},
	    {"no such user", {.rcpt = "550 5.1.1 unknown\r\n"},
	        TCS_VERDICT_REFUSED, TCS_SMTP_CLOSED},
	    {"no such user, DATA too",
	        {.rcpt = "550 5.1.1 unknown\r\n", .data = "503 5.5.1 no\r\n"},
	        TCS_VERDICT_REFUSED, TCS_SMTP_READY},
	    {"greylisted",
	        {.rcpt = "450 4.7.1 grey\r\n", .data = "503 5.5.1 no\r\n"},
	        TCS_VERDICT_LATER, TCS_SMTP_READY},
	    {"DATA refused", {.data = "554 5.5.1 no\r\n"}, TCS_VERDICT_REFUSED,
	        TCS_SMTP_READY},
	    {"DATA later", {.data = "452 4.3.1 full\r\n"}, TCS_VERDICT_LATER,
	        TCS_SMTP_READY},
	    {"content refused", {.dot = "550 5.7.1 spam\r\n"},
	        TCS_VERDICT_REFUSED, TCS_SMTP_READY},
	    {"content later", {.dot = "451 4.3.0 disk\r\n"}, TCS_VERDICT_LATER,
	        TCS_SMTP_READY},
	    {"shutting down at the dot", {.dot = "421 4.3.2 bye\r\n"},
	        TCS_VERDICT_LATER, TCS_SMTP_CLOSED},
	    {"shutting down at MAIL", {.mail = "421 4.3.2 bye\r\n"},
	        TCS_VERDICT_LATER, TCS_SMTP_CLOSED},
	    {"nonsense at the dot", {.dot = "354 more\r\n"},
	        TCS_VERDICT_UNKNOWN, TCS_SMTP_CLOSED},
	    {"not SMTP at the dot", {.dot = "HTTP/1.1 400\r\n"},
	        TCS_VERDICT_UNKNOWN, TCS_SMTP_CLOSED},
	    {"not SMTP at all", {.banner = "SSH-2.0-x\r\n"}, TCS_VERDICT_LATER,
	        TCS_SMTP_CLOSED},
	    {"out of turn", {.mail = "354 go\r\n"}, TCS_VERDICT_LATER,
	        TCS_SMTP_CLOSED},
	    {"DATA without 354", {.data = "250 ok\r\n"}, TCS_VERDICT_LATER,
	        TCS_SMTP_CLOSED},
	    {"dot answered before it left",
	        {.data = "354 go\r\n250 queued\r\n"}, TCS_VERDICT_LATER,
	        TCS_SMTP_CLOSED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct script script = script_good;
		const char *const *from = &cases[i].change.banner;
		const char **to = &script.banner;
		for (size_t k = 0; k < 7; k++) {
			if (from[k] != NULL)
				to[k] = from[k];
		}
		struct talk talk;
		talk_init(&talk, &script);
		talk_send(&talk, &mail_example);
		if (!talk.smtp.has_outcome ||
		    talk.smtp.verdict != cases[i].verdict ||
		    talk.smtp.state != cases[i].end)
			fail_msg("%s: verdict %d, state %d", cases[i].what,
			    (int)talk.smtp.verdict, (int)talk.smtp.state);
		talk_fini(&talk);
	}
}

/* The same without PIPELINING: one command, one answer. */
static void
without_pipelining_each_command_waits_for_its_answer(void **state)
{
	struct script script = script_good;
	struct talk talk;

	(void)state;
	script.ehlo = EHLO_PLAIN;
	talk_init(&talk, &script);
	tcs_smtp_send(&talk.smtp, &mail_example);
	assert_string_equal(
	    talk.smtp.out.p, "MAIL FROM:<tocsin@prefecture.example>\r\n");
	talk_go_on(&talk);
	assert_int_equal(talk.smtp.state, TCS_SMTP_CONTENT);
	tcs_smtp_commit(&talk.smtp);
	talk_go_on(&talk);
	assert_int_equal(talk.smtp.verdict, TCS_VERDICT_ACCEPTED);
	talk_fini(&talk);

	script.rcpt = "550 5.1.1 unknown\r\n";
	talk_init(&talk, &script);
	talk_send(&talk, &mail_example);
	assert_int_equal(talk.smtp.verdict, TCS_VERDICT_REFUSED);
	assert_int_equal(talk.smtp.state, TCS_SMTP_READY);
	assert_null(strstr(talk.said.p, "DATA"));
	assert_non_null(strstr(talk.said.p, "RSET\r\n"));
	talk_fini(&talk);
}

static void
with_pipelining_the_envelope_leaves_at_once(void **state)
{
	struct talk talk;

	(void)state;
	talk_init(&talk, &script_good);
	assert_string_equal(talk.said.p, "EHLO tocsin.prefecture.example\r\n");
	tcs_smtp_send(&talk.smtp, &mail_example);
	assert_string_equal(talk.smtp.out.p,
	    "MAIL FROM:<tocsin@prefecture.example>\r\n"
	    "RCPT TO:<astreinte@mairie.example>\r\nDATA\r\n");
	talk_fini(&talk);
}

static void
a_line_that_begins_with_a_dot_gets_another(void **state)
{
	struct talk talk;

	(void)state;
	talk_init(&talk, &script_good);
	talk_send(&talk, &mail_example);
	assert_non_null(strstr(talk.said.p,
	    "DATA\r\nSubject: x\r\n\r\n..\r\n...a\r\nfin\r\n.\r\n"));
	talk_fini(&talk);
}

static void
a_cut_is_unknown_only_after_the_final_dot(void **state)
{
	(void)state;
	for (size_t at = 0; at < 6; at++) {
		struct script script = script_good;
		(&script.banner)[at] = NULL;
		for (int is_plain = 0; is_plain < 2; is_plain++) {
			if (is_plain != 0 && at != 1)
				script.ehlo = EHLO_PLAIN;
			struct talk talk;
			talk_init(&talk, &script);
			talk_send(&talk, &mail_example);
			assert_true(talk.smtp.has_outcome);
			assert_int_equal(talk.smtp.verdict,
			    at == 5 ? TCS_VERDICT_UNKNOWN : TCS_VERDICT_LATER);
			assert_int_equal(talk.has_dot, at == 5);
			assert_int_equal(talk.smtp.state, TCS_SMTP_CLOSED);
			talk_fini(&talk);
		}
	}
}

static void
a_mail_dropped_before_the_dot_is_surely_not_taken(void **state)
{
	struct talk talk;

	(void)state;
	talk_init(&talk, &script_good);
	tcs_smtp_send(&talk.smtp, &mail_example);
	talk_go_on(&talk);
	assert_int_equal(talk.smtp.state, TCS_SMTP_CONTENT);
	assert_false(talk.smtp.has_outcome);
	tcs_smtp_lost(&talk.smtp, "given up");
	assert_int_equal(talk.smtp.verdict, TCS_VERDICT_LATER);
	assert_string_equal(talk.smtp.reason.p, "given up");
	assert_false(talk.has_dot);
	talk_fini(&talk);
}

static void
a_connection_carries_several_mails(void **state)
{
	struct script script = script_good;
	struct talk talk;

	(void)state;
	talk_init(&talk, &script);
	for (int i = 0; i < 3; i++) {
		talk_send(&talk, &mail_example);
		assert_int_equal(talk.smtp.verdict, TCS_VERDICT_ACCEPTED);
		tcs_smtp_clear(&talk.smtp);
	}
	/* A refusal between two does no harm to the next. */
	script.rcpt = "550 5.1.1 unknown\r\n";
	script.data = "554 5.5.1 no valid recipients\r\n";
	talk_send(&talk, &mail_example);
	assert_int_equal(talk.smtp.verdict, TCS_VERDICT_REFUSED);
	tcs_smtp_clear(&talk.smtp);
	script = script_good;
	talk_send(&talk, &mail_example);
	assert_int_equal(talk.smtp.verdict, TCS_VERDICT_ACCEPTED);
	tcs_smtp_clear(&talk.smtp);
	tcs_smtp_quit(&talk.smtp);
	talk_go_on(&talk);
	assert_int_equal(talk.smtp.state, TCS_SMTP_CLOSED);
	assert_false(talk.smtp.has_outcome);
	talk_fini(&talk);
}

static void
an_idle_connection_that_is_closed_concludes_nothing(void **state)
{
	struct talk talk;

	(void)state;
	talk_init(&talk, &script_good);
	tcs_smtp_receive(
	    &talk.smtp, tcs_slice_str("421 4.4.2 idle too long\r\n"));
	assert_int_equal(talk.smtp.state, TCS_SMTP_CLOSED);
	assert_false(talk.smtp.has_outcome);
	talk_fini(&talk);
}

static void
an_address_outside_ascii_needs_smtputf8(void **state)
{
	struct tcs_smtp_mail mail = mail_example;
	struct script script = script_good;
	struct talk talk;

	(void)state;
	mail.to = "élu@mairie.example";
	talk_init(&talk, &script);
	talk_send(&talk, &mail);
	assert_int_equal(talk.smtp.verdict, TCS_VERDICT_ACCEPTED);
	assert_non_null(strstr(
	    talk.said.p, "MAIL FROM:<tocsin@prefecture.example> SMTPUTF8\r\n"));
	talk_fini(&talk);

	script.ehlo = EHLO_PLAIN;
	talk_init(&talk, &script);
	talk_send(&talk, &mail);
	assert_int_equal(talk.smtp.verdict, TCS_VERDICT_REFUSED);
	assert_null(strstr(talk.said.p, "MAIL"));
	assert_int_equal(talk.smtp.state, TCS_SMTP_READY);
	talk_fini(&talk);
}

static void
a_message_larger_than_announced_is_not_offered(void **state)
{
	struct script script = script_good;
	struct talk talk;

	(void)state;
	script.ehlo = "250-relais.example\r\n250 SIZE 26\r\n";
	talk_init(&talk, &script);
	talk_send(&talk, &mail_example);
	assert_int_equal(talk.smtp.verdict, TCS_VERDICT_REFUSED);
	assert_null(strstr(talk.said.p, "MAIL"));
	talk_fini(&talk);

	script.ehlo = "250-relais.example\r\n250 SIZE\r\n";
	talk_init(&talk, &script);
	talk_send(&talk, &mail_example);
	assert_int_equal(talk.smtp.verdict, TCS_VERDICT_ACCEPTED);
	talk_fini(&talk);
}

static void
a_reason_has_the_answer_but_no_address(void **state)
{
	struct script script = script_good;
	struct talk talk;

	(void)state;
	script.rcpt = "550-5.1.1 <astreinte@mairie.example>: user Astreinte "
	              "\x1b[31munknown\r\n550 5.1.1 see below\r\n";
	talk_init(&talk, &script);
	talk_send(&talk, &mail_example);
	assert_string_equal(talk.smtp.reason.p,
	    "the relay answered RCPT TO with 550 5.1.1 (address) user "
	    "(address) ?[31munknown");
	talk_fini(&talk);
}

static const struct tcs_smtp_conf conf_starttls = {.helo = "x.example",
    .has_starttls = true,
    .user = "tocsin",
    .password = "secret"};

/* The client after these answers, and what it said to the last. */
static void
smtp_told(struct tcs_smtp *smtp, const struct tcs_smtp_conf *conf,
    const char *const *answers)
{
	tcs_smtp_init(smtp, conf);
	for (; *answers != NULL; answers++) {
		tcs_buf_reset(&smtp->out);
		tcs_smtp_receive(smtp, tcs_slice_str(*answers));
		if (smtp->state == TCS_SMTP_TLS)
			tcs_smtp_secured(smtp);
	}
}

#define TLS_OFFERED "220 a\r\n", "250-b\r\n250 STARTTLS\r\n", "220 go\r\n"

static void
what_is_said_before_a_mail_goes_as_configured(void **state)
{
	static const struct tcs_smtp_conf implicit = {.helo = "x.example",
	    .is_secure = true,
	    .user = "tocsin",
	    .password = "secret"};
	static const struct {
		const char *what;
		const struct tcs_smtp_conf *conf;
		const char *answers[8];
		enum tcs_smtp_state state;
		const char *said; /* to the last answer; or the reason */
	} cases[] = {
	    {"STARTTLS is asked for", &conf_starttls,
	        {"220 a\r\n", "250-b\r\n250-AUTH PLAIN\r\n250 starttls\r\n"},
	        TCS_SMTP_STARTTLS, "STARTTLS\r\n"},
	    {"EHLO again under TLS", &conf_starttls, {TLS_OFFERED},
	        TCS_SMTP_EHLO, "EHLO x.example\r\n"},
	    {"AUTH PLAIN", &conf_starttls,
	        {TLS_OFFERED, "250-b\r\n250 AUTH LOGIN PLAIN\r\n"},
	        TCS_SMTP_AUTH, "AUTH PLAIN AHRvY3NpbgBzZWNyZXQ=\r\n"},
	    {"AUTH PLAIN, asked for what came already", &conf_starttls,
	        {TLS_OFFERED, "250-b\r\n250 AUTH PLAIN\r\n", "334 \r\n"},
	        TCS_SMTP_AUTH, "AHRvY3NpbgBzZWNyZXQ=\r\n"},
	    {"AUTH LOGIN", &conf_starttls,
	        {TLS_OFFERED, "250-b\r\n250 AUTH LOGIN\r\n"}, TCS_SMTP_AUTH,
	        "AUTH LOGIN\r\n"},
	    {"AUTH LOGIN, the user", &conf_starttls,
	        {TLS_OFFERED, "250-b\r\n250 AUTH LOGIN\r\n",
	            "334 VXNlcm5hbWU6\r\n"},
	        TCS_SMTP_AUTH, "dG9jc2lu\r\n"},
	    {"AUTH LOGIN, the password", &conf_starttls,
	        {TLS_OFFERED, "250-b\r\n250 AUTH LOGIN\r\n", "334 eA==\r\n",
	            "334 eA==\r\n"},
	        TCS_SMTP_AUTH, "c2VjcmV0\r\n"},
	    {"logged in", &conf_starttls,
	        {TLS_OFFERED, "250-b\r\n250 AUTH LOGIN\r\n", "334 eA==\r\n",
	            "334 eA==\r\n", "235 ok\r\n"},
	        TCS_SMTP_READY, ""},
	    {"logged in, TLS from the first byte", &implicit,
	        {"220 a\r\n", "250-b\r\n250 AUTH PLAIN\r\n", "235 ok\r\n"},
	        TCS_SMTP_READY, ""},
	    {"no STARTTLS", &conf_starttls,
	        {"220 a\r\n", "250-b\r\n250 AUTH PLAIN\r\n"}, TCS_SMTP_CLOSED,
	        "the relay offers no STARTTLS: nothing was sent in the clear"},
	    {"STARTTLS refused", &conf_starttls,
	        {"220 a\r\n", "250-b\r\n250 STARTTLS\r\n", "502 5.5.1 no\r\n"},
	        TCS_SMTP_CLOSED,
	        "the relay answered STARTTLS with 502 5.5.1 no"},
	    {"pipelined in the clear", &conf_starttls,
	        {"220 a\r\n", "250-b\r\n250 STARTTLS\r\n",
	            "220 go\r\n250-b\r\n250 AUTH PLAIN\r\n"},
	        TCS_SMTP_CLOSED,
	        "more came in the clear behind the answer to STARTTLS"},
	    {"an unfinished line in the clear", &conf_starttls,
	        {"220 a\r\n", "250-b\r\n250 STARTTLS\r\n", "220 go\r\n2"},
	        TCS_SMTP_CLOSED,
	        "more came in the clear behind the answer to STARTTLS"},
	    {"what was offered in the clear is forgotten", &conf_starttls,
	        {"220 a\r\n", "250-b\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n",
	            "220 go\r\n", "250 b\r\n"},
	        TCS_SMTP_CLOSED,
	        "the relay takes neither AUTH PLAIN nor AUTH LOGIN, and "
	        "`user` is set"},
	    {"wrong password, repeated to us", &conf_starttls,
	        {TLS_OFFERED, "250-b\r\n250 AUTH PLAIN\r\n",
	            "535 5.7.8 AHRvY3NpbgBzZWNyZXQ=\r\n"},
	        TCS_SMTP_CLOSED, "the relay answered AUTH with 535"},
	    {"asked for a third thing", &conf_starttls,
	        {TLS_OFFERED, "250-b\r\n250 AUTH LOGIN\r\n", "334 eA==\r\n",
	            "334 eA==\r\n", "334 eA==\r\n"},
	        TCS_SMTP_CLOSED,
	        "the relay asks for more than user and password"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_smtp smtp;
		smtp_told(&smtp, cases[i].conf, cases[i].answers);
		const char *said = smtp.has_outcome ? smtp.reason.p
		                   : smtp.out.n > 0 ? smtp.out.p
		                                    : "";
		if (smtp.state != cases[i].state ||
		    strcmp(said, cases[i].said) != 0)
			fail_msg("%s: state %d, \"%s\"", cases[i].what,
			    (int)smtp.state, said);
		tcs_smtp_fini(&smtp);
	}
}

static void
the_same_answers_come_in_any_cut(void **state)
{
	static const char bytes[] = "220-a\r\n220 b\r\n" EHLO_FULL
	                            "250 2.1.0 ok\r\n250 2.1.5 ok\n354 go\r\n";

	(void)state;
	for (size_t step = 1; step < sizeof(bytes); step++) {
		struct tcs_smtp smtp;
		tcs_smtp_init(&smtp, &conf_plain);
		size_t at = 0,
		       mail_at = (size_t)(strstr(bytes, "250 2.1.0") - bytes);
		while (at < sizeof(bytes) - 1) {
			size_t n = sizeof(bytes) - 1 - at;
			n = n > step ? step : n;
			if (at < mail_at && at + n > mail_at)
				n = mail_at - at;
			tcs_smtp_receive(&smtp, tcs_slice(bytes + at, n));
			at += n;
			if (at == mail_at)
				tcs_smtp_send(&smtp, &mail_example);
		}
		assert_int_equal(smtp.state, TCS_SMTP_CONTENT);
		assert_true(smtp.has_pipelining && smtp.has_utf8);
		assert_int_equal(smtp.size_max, 100000);
		tcs_smtp_fini(&smtp);
	}
}

static void
hostile_answers_are_bounded(void **state)
{
	static const char *const lines[] = {"220", "22", "2200 x\r\n",
	    "220x\r\n", "999 x\r\n", "100 x\r\n", "\r\n", "\n",
	    "220-a\r\n250 b\r\n", "220-a\r\nabc\r\n", "-1 x\r\n"};
	struct tcs_smtp smtp;
	char junk[TCS_SMTP_LINE_MAX + 1];

	(void)state;
	for (size_t i = 2; i < sizeof(lines) / sizeof(lines[0]); i++) {
		tcs_smtp_init(&smtp, &conf_plain);
		tcs_smtp_receive(&smtp, tcs_slice_str(lines[i]));
		assert_int_equal(smtp.state, TCS_SMTP_CLOSED);
		assert_int_equal(smtp.verdict, TCS_VERDICT_LATER);
		tcs_smtp_fini(&smtp);
	}

	/* A line that never ends. */
	memset(junk, '2', sizeof(junk));
	tcs_smtp_init(&smtp, &conf_plain);
	tcs_smtp_receive(&smtp, tcs_slice(junk, TCS_SMTP_LINE_MAX));
	assert_int_equal(smtp.state, TCS_SMTP_BANNER);
	tcs_smtp_receive(&smtp, tcs_slice(junk, 1));
	assert_int_equal(smtp.state, TCS_SMTP_CLOSED);
	tcs_smtp_fini(&smtp);

	/* A reply that never ends. */
	tcs_smtp_init(&smtp, &conf_plain);
	size_t n = 0;
	while (smtp.state == TCS_SMTP_BANNER && n < 1000000) {
		tcs_smtp_receive(&smtp, tcs_slice_str("220-more\r\n"));
		n += 10;
	}
	assert_int_equal(smtp.state, TCS_SMTP_CLOSED);
	assert_true(n < (size_t)4 * TCS_SMTP_REPLY_MAX);
	tcs_smtp_fini(&smtp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_answer_has_its_verdict),
	    cmocka_unit_test(
	        without_pipelining_each_command_waits_for_its_answer),
	    cmocka_unit_test(with_pipelining_the_envelope_leaves_at_once),
	    cmocka_unit_test(a_line_that_begins_with_a_dot_gets_another),
	    cmocka_unit_test(a_cut_is_unknown_only_after_the_final_dot),
	    cmocka_unit_test(a_mail_dropped_before_the_dot_is_surely_not_taken),
	    cmocka_unit_test(a_connection_carries_several_mails),
	    cmocka_unit_test(
	        an_idle_connection_that_is_closed_concludes_nothing),
	    cmocka_unit_test(an_address_outside_ascii_needs_smtputf8),
	    cmocka_unit_test(a_message_larger_than_announced_is_not_offered),
	    cmocka_unit_test(a_reason_has_the_answer_but_no_address),
	    cmocka_unit_test(what_is_said_before_a_mail_goes_as_configured),
	    cmocka_unit_test(the_same_answers_come_in_any_cut),
	    cmocka_unit_test(hostile_answers_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

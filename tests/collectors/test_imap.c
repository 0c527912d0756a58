#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/imap.h"

/* A client, and what it was given. */
struct world {
	struct tcs_imap_conf conf;
	struct tcs_imap imap;
	struct tcs_buf mails; /* "uid size date headers? bytes|" */
};

static bool
world_mail(void *arg, const struct tcs_imap_mail *mail)
{
	struct world *w = arg;

	tcs_buf_printf(&w->mails, "%u %u %.*s%s ", (unsigned)mail->uid,
	    (unsigned)mail->size, TCS_SLICE_ARG(mail->date),
	    mail->is_headers ? " headers" : "");
	tcs_buf_slice(&w->mails, mail->bytes);
	tcs_buf_char(&w->mails, '|');
	return true;
}

static void
world_init(struct world *w)
{
	*w = (struct world){.conf = {.has_starttls = false,
	                        .user = "tocsin",
	                        .password = "secret",
	                        .folder = "INBOX",
	                        .size_max = 100,
	                        .mails_max = 3,
	                        .bytes_max = 1000,
	                        .mail = world_mail}};
	w->conf.arg = w;
	tcs_buf_init(&w->mails, 10000);
	tcs_imap_init(&w->imap, &w->conf);
}

static void
world_fini(struct world *w)
{
	tcs_imap_fini(&w->imap);
	tcs_buf_fini(&w->mails);
}

/* The server says `answer`; the client then says `want`. */
static void
heard(struct world *w, const char *answer, const char *want)
{
	tcs_buf_reset(&w->imap.out);
	tcs_imap_receive(&w->imap, tcs_slice_str(answer));
	assert_string_equal(w->imap.out.n == 0 ? "" : w->imap.out.p, want);
}

static void
world_ready(struct world *w)
{
	world_init(w);
	heard(w, "* OK bonjour\r\n", "T1 CAPABILITY\r\n");
	heard(
	    w, "* CAPABILITY IMAP4rev1 IDLE\r\nT1 OK\r\n", "T2 LOGIN {6}\r\n");
	heard(w, "+ go\r\n", "tocsin {6}\r\n");
	heard(w, "+ go\r\n", "secret\r\n");
	heard(w, "T2 OK hello\r\n", "T3 CAPABILITY\r\n");
	heard(w, "* CAPABILITY IMAP4rev1 IDLE\r\nT3 OK\r\n",
	    "T4 EXAMINE \"INBOX\"\r\n");
	heard(w,
	    "* FLAGS (\\Seen)\r\n* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n"
	    "* OK [UIDNEXT 20] x\r\nT4 OK [READ-ONLY] done\r\n",
	    "");
	assert_int_equal(w->imap.state, TCS_IMAP_STATE_READY);
	assert_int_equal(w->imap.uidvalidity, 7);
}

/* Begin a fetch; what the client says. */
static void
asked(struct world *w, uint32_t uidvalidity, uint32_t uid, const char *want)
{
	const struct tcs_imap_position since = {uidvalidity, uid};

	tcs_buf_reset(&w->imap.out);
	tcs_imap_fetch(&w->imap, &since, "27-Nov-2026");
	assert_string_equal(w->imap.out.n == 0 ? "" : w->imap.out.p, want);
}

static void
new_mails_are_read_in_order_and_only_looked_at(void **state)
{
	struct world w;

	(void)state;
	world_ready(&w);
	asked(&w, 7, 11, "T5 UID SEARCH UID 12:*\r\n");
	heard(&w, "* SEARCH 15 12\r\nT5 OK\r\n",
	    "T6 UID FETCH 12,15 (UID RFC822.SIZE)\r\n");
	heard(&w,
	    "* 1 FETCH (UID 12 RFC822.SIZE 5)\r\n"
	    "* 2 FETCH (RFC822.SIZE 101 UID 15)\r\nT6 OK\r\n",
	    "T7 UID FETCH 12 (UID INTERNALDATE BODY.PEEK[])\r\n");
	heard(&w,
	    "* 1 FETCH (UID 12 INTERNALDATE \"27-Nov-2026 10:00:00 +0100\" "
	    "BODY[] {5}\r\na)\r\n" /* a literal may have anything */
	    "b FLAGS (\\Recent))\r\nT7 OK\r\n",
	    "T8 UID FETCH 15 (UID INTERNALDATE BODY.PEEK[HEADER])\r\n");
	heard(&w,
	    "* 2 FETCH (FLAGS (\\Seen (a (b))) UID 15 BODY[HEADER] "
	    "\"x\" INTERNALDATE NIL)\r\nT8 OK\r\n",
	    "");
	assert_string_equal(w.mails.p,
	    "12 5 27-Nov-2026 10:00:00 +0100 a)\r\nb|15 101  headers x|");
	assert_int_equal(w.imap.state, TCS_IMAP_STATE_READY);
	assert_int_equal(w.imap.position.uid, 15);
	assert_false(w.imap.has_more);
	tcs_buf_reset(&w.imap.out);
	tcs_imap_logout(&w.imap);
	assert_string_equal(w.imap.out.p, "T9 LOGOUT\r\n");
	heard(&w, "* BYE\r\nT9 OK\r\n", "");
	assert_int_equal(w.imap.state, TCS_IMAP_STATE_CLOSED);
	assert_int_equal(w.imap.err, TCS_OK);
	world_fini(&w);
}

static void
the_last_mail_again_is_no_new_mail(void **state)
{
	struct world w;

	(void)state;
	world_ready(&w);
	asked(&w, 7, 19, "T5 UID SEARCH UID 20:*\r\n");
	heard(&w, "* SEARCH 19\r\nT5 OK\r\n", "");
	assert_int_equal(w.imap.state, TCS_IMAP_STATE_READY);
	assert_int_equal(w.imap.position.uid, 19);
	world_fini(&w);
}

static void
a_mailbox_that_is_new_to_us_is_read_from_a_day_on(void **state)
{
	static const struct {
		uint32_t uidvalidity, uid;
		bool is_renewed;
	} cases[] = {{0, 0, false}, {7, 0, false}, {6, 500, true}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct world w;
		world_ready(&w);
		asked(&w, cases[i].uidvalidity, cases[i].uid,
		    "T5 UID SEARCH SINCE 27-Nov-2026\r\n");
		heard(&w, "* SEARCH\r\nT5 OK\r\n", "");
		assert_int_equal(w.imap.is_renewed, cases[i].is_renewed);
		assert_int_equal(w.imap.position.uidvalidity, 7);
		assert_int_equal(w.imap.position.uid, 19);
		world_fini(&w);
	}
}

static void
many_mails_come_in_batches(void **state)
{
	struct world w;

	(void)state;
	world_ready(&w);
	asked(&w, 7, 1, "T5 UID SEARCH UID 2:*\r\n");
	heard(&w,
	    "* SEARCH 9 8 7 6\r\n* SEARCH 5 4 9 0 x 99999999999\r\nT5 OK\r\n",
	    "T6 UID FETCH 4,5,6 (UID RFC822.SIZE)\r\n");
	assert_true(w.imap.has_more);
	world_fini(&w);

	/* And no more bytes at once than are wanted. */
	world_ready(&w);
	w.conf.bytes_max = 2;
	asked(&w, 7, 1, "T5 UID SEARCH UID 2:*\r\n");
	heard(&w, "* SEARCH 4 5\r\nT5 OK\r\n",
	    "T6 UID FETCH 4,5 (UID RFC822.SIZE)\r\n");
	heard(&w,
	    "* 1 FETCH (UID 4 RFC822.SIZE 3)\r\n* 2 FETCH (UID 5 RFC822.SIZE "
	    "3)\r\nT6 OK\r\n",
	    "T7 UID FETCH 4 (UID INTERNALDATE BODY.PEEK[])\r\n");
	heard(&w, "* 1 FETCH (UID 4 BODY[] {3}\r\nabc)\r\nT7 OK\r\n", "");
	assert_int_equal(w.imap.state, TCS_IMAP_STATE_READY);
	assert_int_equal(w.imap.position.uid, 4);
	assert_true(w.imap.has_more);
	world_fini(&w);
}

static void
a_mail_that_cannot_be_given_does_not_hold_the_others(void **state)
{
	struct world w;

	(void)state;
	world_ready(&w);
	asked(&w, 7, 1, "T5 UID SEARCH UID 2:*\r\n");
	heard(&w, "* SEARCH 4 5 6\r\nT5 OK\r\n",
	    "T6 UID FETCH 4,5,6 (UID RFC822.SIZE)\r\n");
	heard(&w,
	    "* 1 FETCH (UID 4 RFC822.SIZE 3)\r\n* 3 FETCH (UID 6 RFC822.SIZE "
	    "3)\r\nT6 OK\r\n",
	    "T7 UID FETCH 4 (UID INTERNALDATE BODY.PEEK[])\r\n");
	heard(&w, "T7 NO cannot render it\r\n",
	    "T8 UID FETCH 4 (UID INTERNALDATE BODY.PEEK[HEADER])\r\n");
	/* 5 is gone since. */
	heard(&w, "T8 NO nor that\r\n",
	    "T9 UID FETCH 5 (UID INTERNALDATE BODY.PEEK[HEADER])\r\n");
	heard(&w, "T9 OK\r\n",
	    "T10 UID FETCH 6 (UID INTERNALDATE BODY.PEEK[])\r\n");
	heard(&w, "* 3 FETCH (UID 6 BODY[] {3}\r\nabc)\r\nT10 OK\r\n", "");
	assert_string_equal(w.mails.p, "4 3  headers |6 3  abc|");
	assert_int_equal(w.imap.position.uid, 6);
	world_fini(&w);
}

static void
idle_tells_of_new_mail_only(void **state)
{
	struct world w;

	(void)state;
	world_ready(&w);
	tcs_buf_reset(&w.imap.out);
	tcs_imap_idle(&w.imap);
	assert_string_equal(w.imap.out.p, "T5 IDLE\r\n");
	heard(&w, "+ idling\r\n", "");
	assert_int_equal(w.imap.state, TCS_IMAP_STATE_IDLING);
	heard(&w, "* 1 EXPUNGE\r\n* 2 EXISTS\r\n* OK still here\r\n", "");
	assert_false(w.imap.has_news);
	heard(&w, "* 3 EXISTS\r\n* 1 RECENT\r\n", "");
	assert_true(w.imap.has_news);
	tcs_buf_reset(&w.imap.out);
	tcs_imap_stop_idle(&w.imap);
	assert_string_equal(w.imap.out.p, "DONE\r\n");
	heard(&w, "T5 OK\r\n", "");
	assert_int_equal(w.imap.state, TCS_IMAP_STATE_READY);
	world_fini(&w);
}

/* How a conversation goes that is not as world_ready() has it. */
static void
who_logs_in_and_how(void **state)
{
	static const struct {
		const char *what;
		bool has_starttls, is_secure;
		const char *answers[8];
		enum tcs_imap_state state;
		const char *said; /* to the last answer; or why */
		enum tcs_err err;
	} cases[] = {
	    {"AUTHENTICATE PLAIN at once", false, true,
	        {"* OK\r\n", "* CAPABILITY AUTH=PLAIN SASL-IR\r\nT1 OK\r\n"},
	        TCS_IMAP_STATE_LOGIN,
	        "T2 AUTHENTICATE PLAIN AHRvY3NpbgBzZWNyZXQ=\r\n", TCS_OK},
	    {"AUTHENTICATE PLAIN when asked", false, true,
	        {"* OK\r\n", "* CAPABILITY AUTH=PLAIN\r\nT1 OK\r\n", "+\r\n"},
	        TCS_IMAP_STATE_LOGIN, "AHRvY3NpbgBzZWNyZXQ=\r\n", TCS_OK},
	    {"asked for more", false, true,
	        {"* OK\r\n", "* CAPABILITY AUTH=PLAIN\r\nT1 OK\r\n", "+\r\n",
	            "+\r\n"},
	        TCS_IMAP_STATE_CLOSED,
	        "the server asks for more than user and password", TCS_EPARSE},
	    {"no login", false, true,
	        {"* OK\r\n", "* CAPABILITY LOGINDISABLED\r\nT1 OK\r\n"},
	        TCS_IMAP_STATE_CLOSED,
	        "the server takes no password: neither AUTH=PLAIN nor LOGIN",
	        TCS_EDENIED},
	    {"wrong password", false, true,
	        {"* OK\r\n", "* CAPABILITY AUTH=PLAIN SASL-IR\r\nT1 OK\r\n",
	            "T2 NO [AUTHENTICATIONFAILED] secret is wrong\r\n"},
	        TCS_IMAP_STATE_CLOSED,
	        "user or password is refused: AUTHENTICATIONFAILED",
	        TCS_EDENIED},
	    {"no login for now", false, true,
	        {"* OK\r\n", "* CAPABILITY AUTH=PLAIN SASL-IR\r\nT1 OK\r\n",
	            "T2 NO [UNAVAILABLE] try later\r\n"},
	        TCS_IMAP_STATE_CLOSED,
	        "the server cannot log anybody in now: UNAVAILABLE",
	        TCS_EUNAVAIL},
	    {"known already", false, true,
	        {"* PREAUTH\r\n", "* CAPABILITY IMAP4rev1\r\nT1 OK\r\n"},
	        TCS_IMAP_STATE_EXAMINE, "T2 EXAMINE \"INBOX\"\r\n", TCS_OK},
	    {"STARTTLS", true, false,
	        {"* OK [CAPABILITY AUTH=PLAIN]\r\n",
	            "* CAPABILITY STARTTLS AUTH=PLAIN\r\nT1 OK\r\n"},
	        TCS_IMAP_STATE_STARTTLS, "T2 STARTTLS\r\n", TCS_OK},
	    {"CAPABILITY again under TLS", true, false,
	        {"* OK\r\n", "* CAPABILITY STARTTLS\r\nT1 OK\r\n",
	            "T2 OK go\r\n"},
	        TCS_IMAP_STATE_CAPABILITY, "T3 CAPABILITY\r\n", TCS_OK},
	    {"no STARTTLS", true, false,
	        {"* OK\r\n", "* CAPABILITY AUTH=PLAIN\r\nT1 OK\r\n"},
	        TCS_IMAP_STATE_CLOSED,
	        "the server offers no STARTTLS: nothing was sent in the clear",
	        TCS_EDENIED},
	    {"known already, in the clear", true, false, {"* PREAUTH\r\n"},
	        TCS_IMAP_STATE_CLOSED,
	        "the server greets as one that knows us, in the clear",
	        TCS_EDENIED},
	    {"pipelined in the clear", true, false,
	        {"* OK\r\n", "* CAPABILITY STARTTLS\r\nT1 OK\r\n",
	            "T2 OK go\r\n* CAPABILITY AUTH=PLAIN\r\nT3 OK\r\n"},
	        TCS_IMAP_STATE_CLOSED,
	        "more came in the clear behind the answer to STARTTLS",
	        TCS_EDENIED},
	    {"busy", false, true, {"* BYE try later\r\n"},
	        TCS_IMAP_STATE_CLOSED,
	        "the server does not serve us: try later", TCS_EUNAVAIL},
	    {"not IMAP", false, true, {"220 relais.example ESMTP\r\n"},
	        TCS_IMAP_STATE_CLOSED, "the server's answer is not IMAP",
	        TCS_EPARSE},
	    {"no such folder", false, true,
	        {"* PREAUTH\r\n", "T1 OK\r\n",
	            "T2 NO [NONEXISTENT] no \x1b[31m\xc3\xa9\r\n"},
	        TCS_IMAP_STATE_CLOSED,
	        "the folder cannot be opened: no ?[31m??", TCS_ENOTFOUND},
	    {"no UIDVALIDITY", false, true,
	        {"* PREAUTH\r\n", "T1 OK\r\n", "* 3 EXISTS\r\nT2 OK\r\n"},
	        TCS_IMAP_STATE_CLOSED,
	        "the folder has no UIDVALIDITY: no position in it can be kept",
	        TCS_EPARSE},
	    {"another's tag", false, true,
	        {"* PREAUTH\r\n", "T1 OK\r\n", "T1 OK\r\n"},
	        TCS_IMAP_STATE_CLOSED, "the server answered out of turn",
	        TCS_EPARSE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;
		world_init(&w);
		w.conf.has_starttls = cases[i].has_starttls;
		w.imap.is_secure = cases[i].is_secure;
		for (size_t k = 0; cases[i].answers[k] != NULL; k++) {
			tcs_buf_reset(&w.imap.out);
			tcs_imap_receive(
			    &w.imap, tcs_slice_str(cases[i].answers[k]));
			if (w.imap.state == TCS_IMAP_STATE_TLS)
				tcs_imap_secured(&w.imap);
		}
		bool is_over = w.imap.state == TCS_IMAP_STATE_CLOSED;
		const char *said = is_over ? w.imap.why.p : w.imap.out.p;
		if (w.imap.state != cases[i].state ||
		    w.imap.err != cases[i].err ||
		    strcmp(said, cases[i].said) != 0)
			fail_msg("%s: state %d, err %d, \"%s\"", cases[i].what,
			    (int)w.imap.state, (int)w.imap.err, said);
		world_fini(&w);
	}
}

static void
what_is_too_long_ends_the_connection(void **state)
{
	struct world w;
	char junk[1000];

	(void)state;
	world_ready(&w);
	asked(&w, 7, 1, "T5 UID SEARCH UID 2:*\r\n");
	heard(&w, "* 1 FETCH (BODY[] {1048777}\r\n", "");
	assert_int_equal(w.imap.err, TCS_ELIMIT);
	world_fini(&w);

	world_ready(&w);
	asked(&w, 7, 1, "T5 UID SEARCH UID 2:*\r\n");
	heard(&w, "* 1 FETCH (BODY[] {99999999999999999999}\r\n", "");
	assert_int_equal(w.imap.err, TCS_ELIMIT);
	world_fini(&w);

	/* A line that never ends. */
	world_ready(&w);
	memset(junk, '1', sizeof(junk));
	size_t n = 0;
	for (; w.imap.state == TCS_IMAP_STATE_READY && n < 3 << 20;
	     n += sizeof(junk))
		tcs_imap_receive(&w.imap, tcs_slice(junk, sizeof(junk)));
	assert_int_equal(w.imap.err, TCS_ELIMIT);
	assert_true(n < 2 << 20);
	world_fini(&w);
}

static void
the_same_answers_come_in_any_cut(void **state)
{
	static const char bytes[] =
	    "* SEARCH 4\r\nT5 OK\r\n* 1 FETCH (UID 4 RFC822.SIZE 3)\r\nT6 "
	    "OK\r\n"
	    "* 1 FETCH (UID 4 BODY[] {3}\r\na\r\n FLAGS ())\r\nT7 OK\r\n";

	(void)state;
	for (size_t step = 1; step < sizeof(bytes); step++) {
		struct world w;
		world_ready(&w);
		asked(&w, 7, 1, "T5 UID SEARCH UID 2:*\r\n");
		for (size_t at = 0; at < sizeof(bytes) - 1; at += step) {
			size_t n = sizeof(bytes) - 1 - at;
			tcs_imap_receive(&w.imap,
			    tcs_slice(bytes + at, n < step ? n : step));
		}
		assert_int_equal(w.imap.state, TCS_IMAP_STATE_READY);
		assert_string_equal(w.mails.p, "4 3  a\r\n|");
		world_fini(&w);
	}
}

static void
folders_have_their_imap_names(void **state)
{
	static const struct {
		const char *name, *want;
	} cases[] = {
	    {"INBOX", "\"INBOX\""},
	    {"Météo/Alertes", "\"M&AOk-t&AOk-o/Alertes\""},
	    {"a&b \"c\\d\"", "\"a&-b \\\"c\\\\d\\\"\""},
	    {"台北", "\"&U,BTFw-\""},
	    {"\xf0\x9f\x9a\xa8!", "\"&2D3eqA-!\""},
	    {"éà", "\"&AOkA4A-\""},
	    {"", NULL},
	    {"a\r\nb", NULL},
	    {"\xe9", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_buf buf;
		tcs_buf_init(&buf, 200);
		enum tcs_err err = tcs_imap_folder(cases[i].name, &buf);
		if (cases[i].want == NULL)
			assert_int_equal(err, TCS_EINVAL);
		else
			assert_string_equal(buf.p, cases[i].want);
		tcs_buf_fini(&buf);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(new_mails_are_read_in_order_and_only_looked_at),
	    cmocka_unit_test(the_last_mail_again_is_no_new_mail),
	    cmocka_unit_test(a_mailbox_that_is_new_to_us_is_read_from_a_day_on),
	    cmocka_unit_test(many_mails_come_in_batches),
	    cmocka_unit_test(
	        a_mail_that_cannot_be_given_does_not_hold_the_others),
	    cmocka_unit_test(idle_tells_of_new_mail_only),
	    cmocka_unit_test(who_logs_in_and_how),
	    cmocka_unit_test(what_is_too_long_ends_the_connection),
	    cmocka_unit_test(the_same_answers_come_in_any_cut),
	    cmocka_unit_test(folders_have_their_imap_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

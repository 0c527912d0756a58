#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/slice.h"
#include "dispatcher/channel.h"
#include "tests/support/certs.h"
#include "tests/support/channelrun.h"
#include "tests/support/smtpd.h"
#include "tests/support/tmpdir.h"

extern const struct tcs_channel_ops tcs_channel_email;

static const char mayor[] = "maire@mairie.example";

struct world {
	struct channelrun run;
	struct smtpd *smtpd;
	struct channelrun_try try;
};

/* The channel, to the test's relay under the name `host`. */
static void
world_open(struct world *w, const char *host, const char *connections)
{
	char relay[64];
	const char *options[] = {"relay", relay, "from",
	    "tocsin@prefecture.example", "connections", connections, NULL};

	(void)snprintf(
	    relay, sizeof(relay), "%s:%u", host, smtpd_port(w->smtpd));
	channelrun_open(&w->run, &tcs_channel_email, options);
}

/* The folder of certificates, and what is in it. */
static char *certs;

static const char *
cert_file(const char *name)
{
	static char path[4][300];
	static size_t next;
	char *at = path[next++ % 4];

	(void)snprintf(at, sizeof(path[0]), "%s/%s", certs, name);
	return at;
}

/* The channel over TLS, to localhost, with user and password; the relay shows
 * the certificate `cert`. */
static void
world_open_tls(struct world *w, const char *cert, const char *tls)
{
	char relay[64], pem[32], key[32];
	const char *options[] = {"relay", relay, "from",
	    "tocsin@prefecture.example", "tls", tls, "ca_file",
	    cert_file("ca.pem"), "user", "tocsin", "password_file",
	    cert_file("password"), NULL};

	(void)snprintf(
	    relay, sizeof(relay), "localhost:%u", smtpd_port(w->smtpd));
	(void)snprintf(pem, sizeof(pem), "%s.pem", cert);
	(void)snprintf(key, sizeof(key), "%s.key", cert);
	tmpdir_write(certs, "password", tcs_slice_str("secret\n"));
	smtpd_tls(w->smtpd, cert_file(pem), cert_file(key),
	    strcmp(tls, "implicit") == 0);
	smtpd_reply(w->smtpd, "EHLO",
	    "250-relais.example\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n");
	channelrun_open(&w->run, &tcs_channel_email, options);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	channelrun_init(&w->run);
	w->smtpd = smtpd_new(w->run.loop);
	channelrun_try_init(&w->try, &w->run, mayor);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	channelrun_try_fini(&w->try);
	smtpd_free(w->smtpd);
	channelrun_fini(&w->run);
	free(w);
	return 0;
}

static void
a_mail_that_the_relay_takes_is_accepted(void **state)
{
	struct world *w = *state;

	world_open(w, "127.0.0.1", "1");
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_ACCEPTED);
	assert_int_equal(w->try.asked, 1);
	assert_int_equal(w->try.retry_after_ms, -1);
	assert_string_equal(smtpd_commands(w->smtpd),
	    "EHLO prefecture.example\n"
	    "MAIL FROM:<tocsin@prefecture.example>\n"
	    "RCPT TO:<maire@mairie.example>\nDATA\n");
	const char *content = smtpd_content(w->smtpd);
	assert_non_null(strstr(content,
	    "\r\nMessage-ID: <00112233445566aa@prefecture.example>\r\n"));
	assert_non_null(strstr(content, "\r\n\r\n=C3=89vacuer le camping.\r\n"
	                                "..\r\n... fin\r\n"));
}

static void
a_relay_that_is_not_there_means_later(void **state)
{
	struct world *w = *state;
	char relay[64];
	const char *options[] = {
	    "relay", relay, "from", "tocsin@prefecture.example", NULL};
	struct smtpd *gone = smtpd_new(w->run.loop);

	(void)snprintf(relay, sizeof(relay), "127.0.0.1:%u", smtpd_port(gone));
	smtpd_free(gone);
	channelrun_open(&w->run, &tcs_channel_email, options);
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_LATER);
	assert_non_null(
	    strstr(channelrun_reason(&w->try), "could not be made"));
	assert_int_equal(w->try.asked, 0);
}

static void
a_recipient_that_is_busy_means_later(void **state)
{
	struct world *w = *state;

	world_open(w, "127.0.0.1", "1");
	smtpd_reply(w->smtpd, "RCPT", "451 4.7.1 greylisted\r\n");
	smtpd_reply(w->smtpd, "DATA", "503 5.5.1 no\r\n");
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_LATER);
	assert_string_equal(channelrun_reason(&w->try),
	    "the relay answered RCPT TO with 451 4.7.1 greylisted");
}

static void
a_recipient_that_does_not_exist_is_refused(void **state)
{
	struct world *w = *state;

	world_open(w, "127.0.0.1", "1");
	smtpd_reply(w->smtpd, "RCPT",
	    "550 5.1.1 <maire@mairie.example> unknown here\r\n");
	smtpd_reply(w->smtpd, "DATA", "503 5.5.1 no\r\n");
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_REFUSED);
	assert_string_equal(channelrun_reason(&w->try),
	    "the relay answered RCPT TO with 550 5.1.1 (address) unknown here");
}

static void
a_relay_that_refuses_us_means_down(void **state)
{
	struct world *w = *state;

	world_open(w, "127.0.0.1", "1");
	smtpd_reply(w->smtpd, "MAIL", "550 5.7.1 not from you\r\n");
	smtpd_reply(w->smtpd, "RCPT", "503 5.5.1 no\r\n");
	smtpd_reply(w->smtpd, "DATA", "503 5.5.1 no\r\n");
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_DOWN);
}

static void
a_cut_after_the_final_dot_is_unknown(void **state)
{
	struct world *w = *state;

	world_open(w, "127.0.0.1", "1");
	smtpd_reply(w->smtpd, ".", "");
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_UNKNOWN);
	assert_int_equal(smtpd_dots(w->smtpd), 1);
	assert_non_null(strstr(channelrun_reason(&w->try), "was lost"));
}

static void
a_cut_before_the_final_dot_means_later(void **state)
{
	struct world *w = *state;

	world_open(w, "127.0.0.1", "1");
	smtpd_reply(w->smtpd, "DATA", "");
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_LATER);
	assert_int_equal(w->try.asked, 0);
}

static void
who_may_not_send_any_more_sends_no_dot(void **state)
{
	struct world *w = *state;

	world_open(w, "127.0.0.1", "1");
	w->try.may_commit = false;
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_LATER);
	assert_int_equal(w->try.asked, 1);
	while (smtpd_open(w->smtpd) > 0)
		tcs_loop_once(w->run.loop);
	assert_int_equal(smtpd_dots(w->smtpd), 0);
	/* All the rest had left: the question is the last thing before it. */
	assert_non_null(strstr(smtpd_content(w->smtpd), "\r\n... fin\r\n"));
}

static void
given_up_before_the_dot_is_later(void **state)
{
	struct world *w = *state;

	world_open(w, "127.0.0.1", "1");
	smtpd_reply(w->smtpd, "RCPT", NULL);
	channelrun_send(&w->try);
	while (strstr(smtpd_commands(w->smtpd), "RCPT") == NULL)
		tcs_loop_once(w->run.loop);
	channelrun_cancel(&w->try);
	assert_int_equal(channelrun_wait(&w->try), TCS_VERDICT_LATER);
	assert_int_equal(w->try.asked, 0);
}

static void
given_up_after_the_dot_is_unknown(void **state)
{
	struct world *w = *state;

	world_open(w, "127.0.0.1", "1");
	smtpd_reply(w->smtpd, ".", NULL);
	channelrun_send(&w->try);
	while (smtpd_dots(w->smtpd) == 0)
		tcs_loop_once(w->run.loop);
	channelrun_cancel(&w->try);
	assert_int_equal(channelrun_wait(&w->try), TCS_VERDICT_UNKNOWN);
}

static void
given_up_while_it_waits_leaves_the_one_before_it_alone(void **state)
{
	struct world *w = *state;
	struct channelrun_try second;

	world_open(w, "127.0.0.1", "1");
	smtpd_reply(w->smtpd, ".", NULL);
	channelrun_try_init(&second, &w->run, "second@mairie.example");
	channelrun_send(&w->try);
	channelrun_send(&second);
	while (smtpd_dots(w->smtpd) == 0)
		tcs_loop_once(w->run.loop);
	channelrun_cancel(&second);
	assert_int_equal(channelrun_wait(&second), TCS_VERDICT_LATER);
	assert_int_equal(w->try.done, 0);
	smtpd_cut(w->smtpd);
	assert_int_equal(channelrun_wait(&w->try), TCS_VERDICT_UNKNOWN);
	assert_null(strstr(smtpd_commands(w->smtpd), "second"));
	channelrun_try_fini(&second);
}

static void
given_up_at_once_is_told_once(void **state)
{
	struct world *w = *state;

	world_open(w, "127.0.0.1", "1");
	channelrun_send(&w->try);
	channelrun_cancel(&w->try);
	channelrun_cancel(&w->try);
	assert_int_equal(channelrun_wait(&w->try), TCS_VERDICT_LATER);
	assert_int_equal(smtpd_connections(w->smtpd), 0);
}

static void
a_connection_is_used_again(void **state)
{
	struct world *w = *state;

	world_open(w, "127.0.0.1", "4");
	for (int i = 0; i < 5; i++) {
		struct channelrun_try one;
		channelrun_try_init(&one, &w->run, mayor);
		assert_int_equal(
		    channelrun_attempt(&one), TCS_VERDICT_ACCEPTED);
		channelrun_try_fini(&one);
	}
	assert_int_equal(smtpd_connections(w->smtpd), 1);
	assert_int_equal(smtpd_dots(w->smtpd), 5);
}

static void
a_connection_that_died_while_unused_costs_no_attempt(void **state)
{
	struct world *w = *state;
	struct channelrun_try second;

	world_open(w, "127.0.0.1", "1");
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_ACCEPTED);
	/* It dies just when it is wanted again: MAIL leaves, and is cut. */
	smtpd_reply(w->smtpd, "MAIL", "");
	channelrun_try_init(&second, &w->run, mayor);
	channelrun_send(&second);
	while (smtpd_open(w->smtpd) > 0)
		tcs_loop_once(w->run.loop);
	smtpd_reply(w->smtpd, "MAIL", "250 2.1.0 ok\r\n");
	assert_int_equal(channelrun_wait(&second), TCS_VERDICT_ACCEPTED);
	assert_int_equal(smtpd_connections(w->smtpd), 2);
	channelrun_try_fini(&second);
}

static void
many_mails_share_few_connections(void **state)
{
	struct world *w = *state;
	struct channelrun_try tries[20];

	world_open(w, "127.0.0.1", "3");
	for (size_t i = 0; i < 20; i++) {
		channelrun_try_init(&tries[i], &w->run, mayor);
		channelrun_send(&tries[i]);
	}
	for (size_t i = 0; i < 20; i++) {
		assert_int_equal(
		    channelrun_wait(&tries[i]), TCS_VERDICT_ACCEPTED);
		channelrun_try_fini(&tries[i]);
	}
	assert_int_equal(smtpd_connections(w->smtpd), 3);
	assert_int_equal(smtpd_dots(w->smtpd), 20);
}

static void
a_mail_that_hangs_does_not_hold_the_others(void **state)
{
	struct world *w = *state;
	struct channelrun_try second;

	world_open(w, "127.0.0.1", "2");
	smtpd_reply(w->smtpd, "EHLO", NULL);
	channelrun_send(&w->try);
	while (smtpd_commands(w->smtpd)[0] == '\0')
		tcs_loop_once(w->run.loop);
	smtpd_reply(w->smtpd, "EHLO", "250 relais.example\r\n");
	channelrun_try_init(&second, &w->run, mayor);
	assert_int_equal(channelrun_attempt(&second), TCS_VERDICT_ACCEPTED);
	assert_int_equal(w->try.done, 0);
	channelrun_cancel(&w->try);
	assert_int_equal(channelrun_wait(&w->try), TCS_VERDICT_LATER);
	channelrun_try_fini(&second);
}

static void
a_relay_may_be_a_name(void **state)
{
	struct world *w = *state;

	world_open(w, "localhost", "1");
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_ACCEPTED);
}

static void
an_address_that_would_speak_smtp_never_leaves(void **state)
{
	struct world *w = *state;

	world_open(w, "127.0.0.1", "1");
	w->try.attempt.target = "a@b.example>\r\nRCPT TO:<c@d.example";
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_REFUSED);
	assert_int_equal(smtpd_connections(w->smtpd), 0);
	assert_non_null(
	    w->run.ops->check_target("a@b.example>\r\nRCPT TO:<c@d.example"));
	assert_null(w->run.ops->check_target(mayor));
}

static void
a_large_mail_arrives_whole(void **state)
{
	struct world *w = *state;
	enum { LINES = 20000 };
	char *text = malloc(LINES * 4 + 1);

	assert_non_null(text);
	for (size_t i = 0; i < LINES; i++)
		memcpy(text + i * 4, i % 2 == 0 ? ".ab\n" : "cde\n", 5);
	world_open(w, "127.0.0.1", "1");
	w->try.attempt.text = text;
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_ACCEPTED);
	const char *body = strstr(smtpd_content(w->smtpd), "\r\n\r\n") + 4;
	for (size_t i = 0; i < LINES; i++) {
		const char *want = i % 2 == 0 ? "..ab\r\n" : "cde\r\n";
		assert_memory_equal(body, want, strlen(want));
		body += strlen(want);
	}
	assert_string_equal(body, "");
	free(text);
}

static void
a_mail_goes_over_tls_with_a_password(void **state)
{
	static const char *const ways[] = {"starttls", "implicit"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct channelrun_try one;
		struct world v = {0};
		channelrun_init(&v.run);
		v.smtpd = smtpd_new(v.run.loop);
		world_open_tls(&v, "good", ways[i]);
		for (int k = 0; k < 3; k++) {
			channelrun_try_init(&one, &v.run, mayor);
			if (channelrun_attempt(&one) != TCS_VERDICT_ACCEPTED)
				fail_msg(
				    "%s: %s", ways[i], channelrun_reason(&one));
			assert_int_equal(one.asked, 1);
			channelrun_try_fini(&one);
		}
		assert_int_equal(smtpd_connections(v.smtpd), 1);
		assert_int_equal(smtpd_secured(v.smtpd), 1);
		assert_int_equal(smtpd_dots(v.smtpd), 3);
		assert_non_null(strstr(smtpd_commands(v.smtpd),
		    "EHLO prefecture.example\n"
		    "AUTH PLAIN AHRvY3NpbgBzZWNyZXQ=\nMAIL FROM"));
		smtpd_free(v.smtpd);
		channelrun_fini(&v.run);
	}
}

static void
a_certificate_that_is_not_right_means_down(void **state)
{
	static const struct {
		const char *cert, *why;
	} cases[] = {
	    {"other", "hostname mismatch"},
	    {"expired", "certificate has expired"},
	    {"self", "self-signed certificate"},
	};
	static const char *const ways[] = {"starttls", "implicit"};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct world w = {0};
		channelrun_init(&w.run);
		w.smtpd = smtpd_new(w.run.loop);
		world_open_tls(&w, cases[i / 2].cert, ways[i % 2]);
		channelrun_try_init(&w.try, &w.run, mayor);
		assert_int_equal(channelrun_attempt(&w.try), TCS_VERDICT_DOWN);
		if (strstr(channelrun_reason(&w.try), cases[i / 2].why) == NULL)
			fail_msg("%s: %s", cases[i / 2].cert,
			    channelrun_reason(&w.try));
		assert_null(strstr(smtpd_commands(w.smtpd), "AUTH"));
		assert_null(strstr(smtpd_commands(w.smtpd), "MAIL"));
		channelrun_try_fini(&w.try);
		smtpd_free(w.smtpd);
		channelrun_fini(&w.run);
	}
}

static void
a_large_mail_arrives_whole_over_tls(void **state)
{
	struct world *w = *state;
	enum { BYTES = 600000 };
	char *text = malloc(BYTES + 1);

	assert_non_null(text);
	for (size_t i = 0; i < BYTES; i++)
		text[i] = (char)(i % 50 == 49 ? '\n' : 'a' + i % 7);
	text[BYTES] = '\0';
	world_open_tls(w, "good", "starttls");
	w->try.attempt.text = text;
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_ACCEPTED);
	assert_true(strlen(smtpd_content(w->smtpd)) > BYTES);
	free(text);
}

static void
over_tls_too_the_question_is_the_last_thing_before_the_dot(void **state)
{
	struct world *w = *state;

	world_open_tls(w, "good", "starttls");
	w->try.may_commit = false;
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_LATER);
	while (smtpd_open(w->smtpd) > 0)
		tcs_loop_once(w->run.loop);
	assert_int_equal(smtpd_dots(w->smtpd), 0);
	assert_non_null(strstr(smtpd_content(w->smtpd), "\r\n... fin\r\n"));
}

/* Whoever sits on the wire takes the offer away, or adds answers of his own
 * that would be believed once TLS stands. */
static void
what_comes_in_the_clear_is_not_believed(void **state)
{
	static const struct {
		const char *ehlo, *starttls, *why;
	} cases[] = {
	    {"250-relais.example\r\n250 AUTH PLAIN\r\n", "220 go\r\n",
	        "the relay offers no STARTTLS: nothing was sent in the clear"},
	    {"250-relais.example\r\n250 STARTTLS\r\n",
	        "220 go\r\n250-x\r\n250 AUTH PLAIN\r\n",
	        "more came in the clear behind the answer to STARTTLS"},
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct world w = {0};
		channelrun_init(&w.run);
		w.smtpd = smtpd_new(w.run.loop);
		world_open_tls(&w, "good", "starttls");
		smtpd_reply(w.smtpd, "EHLO", cases[i].ehlo);
		smtpd_reply(w.smtpd, "STARTTLS", cases[i].starttls);
		channelrun_try_init(&w.try, &w.run, mayor);
		assert_int_equal(channelrun_attempt(&w.try), TCS_VERDICT_DOWN);
		assert_string_equal(channelrun_reason(&w.try), cases[i].why);
		assert_null(strstr(smtpd_commands(w.smtpd), "AUTH"));
		channelrun_try_fini(&w.try);
		smtpd_free(w.smtpd);
		channelrun_fini(&w.run);
	}
}

static void
who_is_refused_by_password_is_down(void **state)
{
	struct world *w = *state;

	world_open_tls(w, "good", "starttls");
	smtpd_reply(w->smtpd, "AUTH", "535 5.7.8 no\r\n");
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_DOWN);
	assert_string_equal(
	    channelrun_reason(&w->try), "the relay answered AUTH with 535");
	assert_int_equal(w->try.asked, 0);
}

static void
a_cut_before_tls_stands_means_later(void **state)
{
	struct world *w = *state;

	world_open_tls(w, "good", "starttls");
	channelrun_send(&w->try);
	while (strstr(smtpd_commands(w->smtpd), "STARTTLS") == NULL)
		tcs_loop_once(w->run.loop);
	smtpd_cut(w->smtpd);
	assert_int_equal(channelrun_wait(&w->try), TCS_VERDICT_LATER);
}

static void
wrong_options_are_refused_with_what_to_write(void **state)
{
	struct world *w = *state;
	static const char from[] = "tocsin@prefecture.example";
	static const struct {
		const char *options[11];
		const char *says;
	} cases[] = {
	    {{"relay", "127.0.0.1:25", NULL}, "from"},
	    {{"from", from, NULL}, "relay"},
	    {{"relay", "127.0.0.1:99999", "from", from, NULL}, "relay"},
	    {{"relay", "::1:25", "from", from, NULL}, "relay"},
	    {{"relay", "[::1", "from", from, NULL}, "relay"},
	    {{"relay", ":25", "from", from, NULL}, "relay"},
	    {{"relay", "127.0.0.1:25", "from", "tocsin", NULL}, "from"},
	    {{"relay", "127.0.0.1:25", "from", from, "helo", "a b", NULL},
	        "helo"},
	    {{"relay", "127.0.0.1:25", "from", "a@préfecture.example", NULL},
	        "helo"},
	    {{"relay", "127.0.0.1:25", "from", from, "connections", "0", NULL},
	        "connections"},
	    {{"relay", "127.0.0.1:25", "from", from, "tls", "yes", NULL},
	        "tls"},
	    {{"relay", "127.0.0.1:25", "from", from, "user", "tocsin", NULL},
	        "password_file"},
	    {{"relay", "relais.example", "from", from, "password_file", "x",
	         NULL},
	        "user"},
	    {{"relay", "relais.example", "from", from, "tls", "none", "user",
	         "tocsin", "password_file", "/dev/null", NULL},
	        "in the clear"},
	    {{"relay", "127.0.0.1", "from", from, "user", "tocsin",
	         "password_file", "/dev/null", NULL},
	        "not a password"},
	    {{"relay", "127.0.0.1", "from", from, "user", "tocsin",
	         "password_file", "/nowhere/at/all", NULL},
	        "No such file"},
	    {{"relay", "relais.example", "from", from, "ca_file", "/dev/null",
	         NULL},
	        "no certificate of an authority"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_diag diag = {0};
		if (!channelrun_refuses(
		        &w->run, &tcs_channel_email, cases[i].options, &diag))
			fail_msg("case %zu was taken", i);
		assert_non_null(strstr(tcs_diag_text(&diag), cases[i].says));
		tcs_diag_fini(&diag);
	}
}

#define EMAIL_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    EMAIL_TEST(a_mail_that_the_relay_takes_is_accepted),
	    EMAIL_TEST(a_relay_that_is_not_there_means_later),
	    EMAIL_TEST(a_recipient_that_is_busy_means_later),
	    EMAIL_TEST(a_recipient_that_does_not_exist_is_refused),
	    EMAIL_TEST(a_relay_that_refuses_us_means_down),
	    EMAIL_TEST(a_cut_after_the_final_dot_is_unknown),
	    EMAIL_TEST(a_cut_before_the_final_dot_means_later),
	    EMAIL_TEST(who_may_not_send_any_more_sends_no_dot),
	    EMAIL_TEST(given_up_before_the_dot_is_later),
	    EMAIL_TEST(given_up_after_the_dot_is_unknown),
	    EMAIL_TEST(given_up_while_it_waits_leaves_the_one_before_it_alone),
	    EMAIL_TEST(given_up_at_once_is_told_once),
	    EMAIL_TEST(a_connection_is_used_again),
	    EMAIL_TEST(a_connection_that_died_while_unused_costs_no_attempt),
	    EMAIL_TEST(many_mails_share_few_connections),
	    EMAIL_TEST(a_mail_that_hangs_does_not_hold_the_others),
	    EMAIL_TEST(a_relay_may_be_a_name),
	    EMAIL_TEST(an_address_that_would_speak_smtp_never_leaves),
	    EMAIL_TEST(a_large_mail_arrives_whole),
	    EMAIL_TEST(a_mail_goes_over_tls_with_a_password),
	    EMAIL_TEST(a_large_mail_arrives_whole_over_tls),
	    EMAIL_TEST(
	        over_tls_too_the_question_is_the_last_thing_before_the_dot),
	    cmocka_unit_test(a_certificate_that_is_not_right_means_down),
	    cmocka_unit_test(what_comes_in_the_clear_is_not_believed),
	    EMAIL_TEST(who_is_refused_by_password_is_down),
	    EMAIL_TEST(a_cut_before_tls_stands_means_later),
	    EMAIL_TEST(wrong_options_are_refused_with_what_to_write),
	};

	certs = tmpdir_make();
	certs_make(certs);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	tmpdir_remove(&certs);
	return failed;
}

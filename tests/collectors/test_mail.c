/* The mailbox of a real Dovecot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/mail.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/loop.h"
#include "tests/support/certs.h"
#include "tests/support/check.h"
#include "tests/support/dovecot.h"
#include "tests/support/tmpdir.h"

static char *certs;
static struct dovecot dovecot;

/* A poll and its end. */
struct world {
	struct tcs_loop *loop;
	char server[40], ca_file[300], password_file[300];
	struct tcs_mail_conf conf;
	bool is_done, has_more, is_renewed;
	enum tcs_err err;
	size_t n;
	char cursor[TCS_MAIL_CURSOR];
	struct tcs_buf bodies, reason;
	unsigned news[4]; /* by kind */
};

static void
world_conf(struct world *w, enum tcs_mail_security security)
{
	(void)snprintf(w->server, sizeof(w->server), "localhost:%d",
	    dovecot.port + (security == TCS_MAIL_IMPLICIT ? 1 : 0));
	w->conf.security = security;
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->loop = tcs_loop_new();
	assert_non_null(w->loop);
	(void)snprintf(w->ca_file, sizeof(w->ca_file), "%s/ca.pem", certs);
	(void)snprintf(
	    w->password_file, sizeof(w->password_file), "%s/password", certs);
	tmpdir_write(certs, "password", tcs_slice_str("sésame\n"));
	w->conf = (struct tcs_mail_conf){.server = w->server,
	    .ca_file = w->ca_file,
	    .user = "tocsin",
	    .password_file = w->password_file,
	    .folder = "INBOX",
	    .size_max = 2000,
	    .mails_max = 2,
	    .bytes_max = 100000,
	    .lookback_ms = TCS_DAYS(1),
	    .timeout_ms = TCS_SECONDS(20)};
	world_conf(w, TCS_MAIL_IMPLICIT);
	tcs_buf_init(&w->bodies, 1 << 20);
	tcs_buf_init(&w->reason, 1000);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	dovecot_empty(&dovecot);
	tcs_loop_free(&w->loop);
	tcs_buf_fini(&w->bodies);
	tcs_buf_fini(&w->reason);
	free(w);
	return 0;
}

static void
world_done(void *arg, const struct tcs_mail_result *result)
{
	struct world *w = arg;

	assert_false(w->is_done);
	w->is_done = true;
	w->err = result->err;
	w->n = result->n;
	w->has_more = result->has_more;
	w->is_renewed = result->is_renewed;
	(void)snprintf(w->cursor, sizeof(w->cursor), "%s", result->cursor);
	tcs_buf_reset(&w->bodies);
	tcs_buf_reset(&w->reason);
	tcs_buf_char(&w->bodies, '\n');
	for (size_t i = 0; i < result->n; i++)
		tcs_buf_slice(&w->bodies, result->bodies[i]);
	tcs_buf_str(&w->reason, result->reason);
}

static void
world_poll(struct world *w)
{
	char cursor[TCS_MAIL_CURSOR];
	struct tcs_mail_poll *poll = NULL;
	struct tcs_diag diag = {0};

	memcpy(cursor, w->cursor, sizeof(cursor));
	w->is_done = false;
	check_ok(tcs_mail_start(
	             w->loop, &w->conf, cursor, world_done, w, &poll, &diag),
	    &diag);
	assert_false(w->is_done);
	while (!w->is_done)
		tcs_loop_once(w->loop);
}

static void
world_drop(const char *subject)
{
	char message[200];

	(void)snprintf(message, sizeof(message),
	    "From: alerte@meteo.example\r\nSubject: %s\r\n\r\nfin %s\r\n",
	    subject, subject);
	dovecot_drop(&dovecot, "", message);
}

static bool
world_read(const struct world *w, const char *subject)
{
	char text[100];

	(void)snprintf(text, sizeof(text), "\nSubject: %s\r\n\r\nfin %s\r\n",
	    subject, subject);
	return strstr(w->bodies.p, text) != NULL;
}

static void
mails_are_read_once_and_nothing_is_marked(void **state)
{
	static const enum tcs_mail_security ways[] = {
	    TCS_MAIL_IMPLICIT, TCS_MAIL_STARTTLS};
	struct world *w = *state;

	for (size_t i = 0; i < 2; i++) {
		world_conf(w, ways[i]);
		world_drop("un");
		world_drop("deux");
		world_drop("trois");
		world_poll(w);
		assert_string_equal(w->reason.p == NULL ? "" : w->reason.p, "");
		assert_int_equal(w->err, TCS_OK);
		assert_int_equal(w->n, 2);
		assert_true(w->has_more);
		assert_true(world_read(w, "un") && world_read(w, "deux"));
		assert_non_null(strstr(w->bodies.p, "\nX-Tocsin-Received: "));
		world_poll(w);
		assert_int_equal(w->n, 1);
		assert_true(world_read(w, "trois"));
		assert_false(w->has_more);
		world_poll(w);
		assert_int_equal(w->err, TCS_OK);
		assert_int_equal(w->n, 0);
	}
	assert_int_equal(dovecot_seen(&dovecot), 0);
}

static void
a_renumbered_mailbox_is_read_again(void **state)
{
	struct world *w = *state;

	world_drop("un");
	world_poll(w);
	assert_int_equal(w->n, 1);
	assert_false(w->is_renewed);
	dovecot_renumber(&dovecot);
	world_drop("deux");
	world_poll(w);
	assert_int_equal(w->n, 2);
	assert_true(w->is_renewed);
	world_poll(w);
	assert_int_equal(w->n, 0);
	assert_false(w->is_renewed);
}

static void
of_a_mail_that_is_too_large_the_headers_are_read(void **state)
{
	struct world *w = *state;
	char *message = NULL;

	assert_true(
	    asprintf(&message, "Subject: gros\r\n\r\n%03000d\r\n", 0) > 0);
	dovecot_drop(&dovecot, "", message);
	free(message);
	world_drop("petit");
	world_poll(w);
	assert_int_equal(w->n, 2);
	assert_non_null(strstr(w->bodies.p, "\nX-Tocsin-Cut: 3019\r\n"));
	assert_non_null(strstr(w->bodies.p, "\nSubject: gros\r\n\r\n"));
	assert_null(strstr(w->bodies.p, "00000"));
	assert_true(world_read(w, "petit"));
}

static void
another_folder_may_be_read(void **state)
{
	struct world *w = *state;

	world_drop("ailleurs");
	dovecot_drop(
	    &dovecot, ".M&AOk-t&AOk-o", "Subject: ici\r\n\r\nfin ici\r\n");
	w->conf.folder = "Météo";
	world_poll(w);
	assert_int_equal(w->err, TCS_OK);
	assert_int_equal(w->n, 1);
	assert_true(world_read(w, "ici"));

	w->conf.folder = "Nulle part";
	w->cursor[0] = '\0';
	world_poll(w);
	assert_int_equal(w->err, TCS_ENOTFOUND);
	assert_non_null(strstr(w->reason.p, "the folder cannot be opened"));
}

static void
what_is_wrong_with_the_server_is_said(void **state)
{
	struct world *w = *state;

	tmpdir_write(certs, "password", tcs_slice_str("ouvre-toi\n"));
	world_poll(w);
	assert_int_equal(w->err, TCS_EDENIED);
	assert_non_null(strstr(w->reason.p, "user or password is refused"));
	assert_null(strstr(w->reason.p, "ouvre-toi"));

	w->conf.ca_file = NULL;
	world_poll(w);
	assert_int_equal(w->err, TCS_EDENIED);
	assert_non_null(strstr(w->reason.p, "the certificate is refused"));

	dovecot_kill(&dovecot);
	world_poll(w);
	assert_int_equal(w->err, TCS_EUNAVAIL);
	assert_non_null(strstr(w->reason.p, "Connection refused"));

	dovecot_again(&dovecot, certs, "other");
	w->conf.ca_file = w->ca_file;
	world_poll(w);
	assert_int_equal(w->err, TCS_EDENIED);
	assert_non_null(strstr(w->reason.p, "hostname mismatch"));
	world_conf(w, TCS_MAIL_STARTTLS);
	world_poll(w);
	assert_int_equal(w->err, TCS_EDENIED);

	/* TLS from the first byte, to a server that greets in the clear. */
	w->conf.security = TCS_MAIL_IMPLICIT;
	world_poll(w);
	assert_int_equal(w->err, TCS_EUNAVAIL);
	/* The other way round: nobody says anything. */
	world_conf(w, TCS_MAIL_IMPLICIT);
	w->conf.security = TCS_MAIL_STARTTLS;
	w->conf.timeout_ms = 300;
	world_poll(w);
	assert_int_equal(w->err, TCS_ETIMEOUT);
	assert_int_equal(w->cursor[0], '\0');
	dovecot_kill(&dovecot);
	dovecot_again(&dovecot, certs, "good");
}

static void
what_cannot_be_started_is_refused(void **state)
{
	struct world *w = *state;
	struct tcs_mail_poll *poll = NULL;
	struct tcs_diag diag = {0};

	w->conf.security = TCS_MAIL_CLEAR;
	w->conf.server = "imap.example";
	assert_int_equal(tcs_mail_start(w->loop, &w->conf, NULL, world_done, w,
	                     &poll, &diag),
	    TCS_ECONFIG);
	assert_non_null(strstr(tcs_diag_text(&diag), "in the clear"));
	tcs_diag_fini(&diag);

	w->conf.server = w->server;
	w->conf.password_file = "/nowhere/at/all";
	assert_int_equal(tcs_mail_start(w->loop, &w->conf, NULL, world_done, w,
	                     &poll, &diag),
	    TCS_ENOTFOUND);
	tcs_diag_fini(&diag);
	assert_null(poll);
}

static void
a_poll_may_be_given_up(void **state)
{
	struct world *w = *state;
	struct tcs_mail_poll *poll = NULL;

	assert_int_equal(
	    tcs_mail_start(w->loop, &w->conf, NULL, world_done, w, &poll, NULL),
	    TCS_OK);
	tcs_mail_cancel(poll);
	assert_int_equal(
	    tcs_mail_start(w->loop, &w->conf, NULL, world_done, w, &poll, NULL),
	    TCS_OK);
	tcs_loop_once(w->loop);
	tcs_loop_once(w->loop);
	tcs_mail_cancel(poll);
	assert_false(w->is_done);
}

static void
world_news(void *arg, enum tcs_mail_news news, const char *reason)
{
	struct world *w = arg;

	assert_non_null(reason);
	w->news[news]++;
}

static void
world_await(struct world *w, enum tcs_mail_news news, unsigned n)
{
	while (w->news[news] < n)
		tcs_loop_once(w->loop);
}

static void
new_mail_is_told_also_after_the_server_was_away(void **state)
{
	struct world *w = *state;
	struct tcs_mail_watch *watch = NULL;

	world_drop("avant");
	assert_int_equal(
	    tcs_mail_watch_new(w->loop, &w->conf, world_news, w, &watch, NULL),
	    TCS_OK);
	world_await(w, TCS_MAIL_WATCHING, 1);
	assert_int_equal(w->news[TCS_MAIL_NEWS], 0);
	world_drop("un");
	world_await(w, TCS_MAIL_NEWS, 1);
	world_drop("deux");
	world_await(w, TCS_MAIL_NEWS, 2);
	dovecot_kill(&dovecot);
	world_await(w, TCS_MAIL_LOST, 1);
	dovecot_again(&dovecot, certs, "good");
	world_await(w, TCS_MAIL_WATCHING, 2);
	world_drop("trois");
	world_await(w, TCS_MAIL_NEWS, 3);
	assert_int_equal(w->news[TCS_MAIL_NO_IDLE], 0);
	tcs_mail_watch_free(&watch);
	assert_int_equal(dovecot_seen(&dovecot), 0);
}

#define MAIL_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    MAIL_TEST(mails_are_read_once_and_nothing_is_marked),
	    MAIL_TEST(a_renumbered_mailbox_is_read_again),
	    MAIL_TEST(of_a_mail_that_is_too_large_the_headers_are_read),
	    MAIL_TEST(another_folder_may_be_read),
	    MAIL_TEST(what_is_wrong_with_the_server_is_said),
	    MAIL_TEST(what_cannot_be_started_is_refused),
	    MAIL_TEST(a_poll_may_be_given_up),
	    MAIL_TEST(new_mail_is_told_also_after_the_server_was_away),
	};

	if (!dovecot_is_there())
		return 77;
	if (tcs_digest_startup() != TCS_OK)
		return 1;
	certs = tmpdir_make();
	certs_make(certs);
	dovecot_start(&dovecot, certs, "good");
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	dovecot_stop(&dovecot);
	tmpdir_remove(&certs);
	return failed;
}

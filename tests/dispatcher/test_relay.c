#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/loop.h"
#include "dispatcher/relay.h"
#include "tests/support/smtpd.h"

struct world {
	struct tcs_loop *loop;
	struct smtpd *smtpd;
	struct tcs_relay *relay;
	struct tcs_relay_mail mail;
	bool is_done;
	enum tcs_verdict verdict;
};

static bool
world_may_commit(struct tcs_relay_mail *mail)
{
	(void)mail;
	return true;
}

static void
world_done(
    struct tcs_relay_mail *mail, enum tcs_verdict verdict, const char *reason)
{
	struct world *w = mail->arg;

	assert_true(strlen(reason) > 0);
	assert_false(w->is_done);
	w->is_done = true;
	w->verdict = verdict;
}

static int
setup(void **state)
{
	static const char message[] = "Subject: x\r\n\r\ny\r\n";
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->loop = tcs_loop_new();
	assert_non_null(w->loop);
	w->smtpd = smtpd_new(w->loop);
	w->mail = (struct tcs_relay_mail){
	    .mail = {"tocsin@prefecture.example", "maire@mairie.example",
	        {message, sizeof(message) - 1}},
	    .may_commit = world_may_commit,
	    .done = world_done,
	    .arg = w};
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	tcs_relay_free(&w->relay);
	smtpd_free(w->smtpd);
	tcs_loop_free(&w->loop);
	free(w);
	return 0;
}

static void
world_open(struct world *w, int64_t idle_ms, int64_t mail_ms)
{
	char address[32];
	struct tcs_relay_conf conf = {.address = address,
	    .helo = "prefecture.example",
	    .connections = 2,
	    .idle_ms = idle_ms,
	    .mail_ms = mail_ms};

	(void)snprintf(
	    address, sizeof(address), "127.0.0.1:%u", smtpd_port(w->smtpd));
	w->relay = tcs_relay_new(w->loop, &conf);
	assert_non_null(w->relay);
}

static enum tcs_verdict
world_send(struct world *w)
{
	w->is_done = false;
	tcs_relay_submit(w->relay, &w->mail);
	while (!w->is_done)
		tcs_loop_once(w->loop);
	return w->verdict;
}

static void
a_relay_that_stays_silent_before_the_dot_means_later(void **state)
{
	static const char *const silent[] = {
	    "banner", "EHLO", "MAIL", "RCPT", "DATA"};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++) {
		world_open(w, 10000, 20);
		smtpd_reply(w->smtpd, silent[i], NULL);
		assert_int_equal(world_send(w), TCS_VERDICT_LATER);
		tcs_relay_free(&w->relay);
		smtpd_free(w->smtpd);
		w->smtpd = smtpd_new(w->loop);
	}
}

static void
a_relay_that_stays_silent_after_the_dot_is_unknown(void **state)
{
	struct world *w = *state;

	world_open(w, 10000, 50);
	smtpd_reply(w->smtpd, ".", NULL);
	assert_int_equal(world_send(w), TCS_VERDICT_UNKNOWN);
	while (smtpd_open(w->smtpd) > 0)
		tcs_loop_once(w->loop);
}

static void
an_unused_connection_is_left_politely(void **state)
{
	struct world *w = *state;

	world_open(w, 10, 10000);
	assert_int_equal(world_send(w), TCS_VERDICT_ACCEPTED);
	assert_int_equal(smtpd_open(w->smtpd), 1);
	while (smtpd_open(w->smtpd) > 0)
		tcs_loop_once(w->loop);
	assert_non_null(strstr(smtpd_commands(w->smtpd), "QUIT\n"));
}

static void
a_connection_that_the_relay_closes_is_made_anew(void **state)
{
	struct world *w = *state;

	world_open(w, 10000, 10000);
	assert_int_equal(world_send(w), TCS_VERDICT_ACCEPTED);
	smtpd_cut(w->smtpd);
	assert_int_equal(world_send(w), TCS_VERDICT_ACCEPTED);
	assert_int_equal(smtpd_connections(w->smtpd), 2);
	assert_int_equal(smtpd_dots(w->smtpd), 2);
}

/* Only a connection that was good once may have died of idleness: a fresh one
 * that is cut says something about the relay. */
static void
a_fresh_connection_that_is_cut_is_not_tried_again(void **state)
{
	struct world *w = *state;

	world_open(w, 10000, 10000);
	smtpd_reply(w->smtpd, "MAIL", "");
	assert_int_equal(world_send(w), TCS_VERDICT_LATER);
	assert_int_equal(smtpd_connections(w->smtpd), 1);
}

static void
a_connection_that_is_refused_again_and_again_is_tried_once_more_only(
    void **state)
{
	struct world *w = *state;

	world_open(w, 10000, 10000);
	assert_int_equal(world_send(w), TCS_VERDICT_ACCEPTED);
	smtpd_reply(w->smtpd, "MAIL", "");
	assert_int_equal(world_send(w), TCS_VERDICT_LATER);
	assert_int_equal(smtpd_connections(w->smtpd), 2);
}

#define RELAY_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RELAY_TEST(a_relay_that_stays_silent_before_the_dot_means_later),
	    RELAY_TEST(a_relay_that_stays_silent_after_the_dot_is_unknown),
	    RELAY_TEST(an_unused_connection_is_left_politely),
	    RELAY_TEST(a_connection_that_the_relay_closes_is_made_anew),
	    RELAY_TEST(a_fresh_connection_that_is_cut_is_not_tried_again),
	    RELAY_TEST(
	        a_connection_that_is_refused_again_and_again_is_tried_once_more_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/player_imap.h"
#include "collectors/imap.h"

/* Our client and an episode's mailbox, each given the other's bytes. */
struct world {
	struct tcs_player_mailbox mailbox;
	struct tcs_imap_conf conf;
	struct tcs_imap imap;
	char got[2000]; /* "uid size date body|" of each mail */
	bool is_over;
};

static bool
on_mail(void *arg, const struct tcs_imap_mail *mail)
{
	struct world *w = arg;
	size_t n = strlen(w->got);

	(void)snprintf(w->got + n, sizeof(w->got) - n, "%u %zu %.*s %.*s|",
	    (unsigned)mail->uid, (size_t)mail->size, TCS_SLICE_ARG(mail->date),
	    TCS_SLICE_ARG(mail->bytes));
	return true;
}

/* Until the client has nothing more to say. */
static void
talk(struct world *w)
{
	while (w->imap.out.n > 0) {
		struct tcs_buf said = w->imap.out, out;
		struct tcs_slice rest = tcs_buf_view(&said);
		tcs_buf_init(&w->imap.out, 1 << 14);
		tcs_buf_init(&out, 1 << 20);
		while (rest.n > 0) {
			struct tcs_slice line =
			    tcs_slice_cut(rest, '\n', &rest);
			assert_false(w->is_over);
			assert_int_equal(line.p[line.n - 1], '\r');
			line.n--;
			w->is_over =
			    !tcs_player_imap_answer(&w->mailbox, line, &out);
		}
		assert_int_equal(out.err, TCS_OK);
		tcs_imap_receive(&w->imap, tcs_buf_view(&out));
		tcs_buf_fini(&out);
		tcs_buf_fini(&said);
	}
}

static void
open_mailbox(struct world *w)
{
	tcs_imap_init(&w->imap, &w->conf);
	tcs_imap_receive(&w->imap, tcs_slice_str("* OK hello\r\n"));
	talk(w);
	assert_int_equal(w->imap.state, TCS_IMAP_STATE_READY);
}

static void
setup(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->conf = (struct tcs_imap_conf){.is_secure = true,
	    .user = "a",
	    .password = "b",
	    .folder = "INBOX",
	    .size_max = 100,
	    .mails_max = 10,
	    .bytes_max = 1000,
	    .mail = on_mail,
	    .arg = w};
}

static void
add(struct world *w, const char *mail)
{
	assert_int_equal(tcs_player_mailbox_add(
	                     &w->mailbox, tcs_slice_str(mail), 1801573200000),
	    TCS_OK);
}

static void
teardown(struct world *w)
{
	tcs_imap_fini(&w->imap);
	tcs_player_mailbox_fini(&w->mailbox);
}

static void
our_client_reads_the_mails_after_its_position(void **state)
{
	(void)state;
	static struct world w;
	struct tcs_imap_position since = {0};

	setup(&w);
	add(&w, "Subject: a\n\nb\n");
	open_mailbox(&w);
	tcs_imap_fetch(&w.imap, &since, "01-Feb-2027");
	talk(&w);
	assert_string_equal(
	    w.got, "1 17 02-Feb-2027 14:00:00 +0100 Subject: a\r\n\r\nb\r\n|");
	since = w.imap.position;
	add(&w, "Subject: c\r\n\r\nd\r\n");
	w.got[0] = '\0';
	tcs_imap_fetch(&w.imap, &since, "01-Feb-2027");
	talk(&w);
	assert_memory_equal(w.got, "2 17 ", 5);
	since = w.imap.position;
	w.got[0] = '\0';
	tcs_imap_fetch(&w.imap, &since, "01-Feb-2027");
	talk(&w);
	assert_string_equal(w.got, "");
	tcs_imap_logout(&w.imap);
	talk(&w);
	assert_true(w.is_over);
	assert_int_equal(w.imap.state, TCS_IMAP_STATE_CLOSED);
	assert_int_equal(w.imap.err, TCS_OK);
	teardown(&w);
}

static void
of_a_large_mail_the_headers_are_given(void **state)
{
	(void)state;
	static struct world w;
	const struct tcs_imap_position since = {0};
	char mail[300] = "Subject: a\n\n";

	setup(&w);
	memset(mail + 12, 'x', 200);
	add(&w, mail);
	open_mailbox(&w);
	tcs_imap_fetch(&w.imap, &since, "01-Feb-2027");
	talk(&w);
	assert_string_equal(
	    w.got, "1 214 02-Feb-2027 14:00:00 +0100 Subject: a\r\n\r\n|");
	teardown(&w);
}

static void
what_it_does_not_know_is_refused(void **state)
{
	(void)state;
	static const char *const lines[] = {"", "T1", "T1 ", "T1 NOOP",
	    "T1 UID", "T1 UID FETCH", "T1 UID STORE 1 +FLAGS (\\Seen)"};
	static const struct tcs_player_mailbox none;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct tcs_buf out;
		tcs_buf_init(&out, 1000);
		assert_true(tcs_player_imap_answer(
		    &none, tcs_slice_str(lines[i]), &out));
		assert_non_null(strstr(out.p, " BAD "));
		tcs_buf_fini(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(our_client_reads_the_mails_after_its_position),
	    cmocka_unit_test(of_a_large_mail_the_headers_are_given),
	    cmocka_unit_test(what_it_does_not_know_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

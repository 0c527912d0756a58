#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/message.h"
#include "tests/support/check.h"

/* Under the sanitizer memory is another thing. */
#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED true
#elif defined(__has_feature)
#define IS_SANITIZED __has_feature(address_sanitizer)
#else
#define IS_SANITIZED false
#endif

/* One mail, read. */
struct world {
	struct tcs_arena *arena;
	struct tcs_message message;
};

static void
world_read(struct world *w, struct tcs_slice bytes)
{
	struct tcs_diag diag = {0};
	bool is_cut;

	w->arena = tcs_arena_new(64 << 20);
	assert_non_null(w->arena);
	check_ok(tcs_message_read(bytes, w->arena, &w->message, &is_cut, &diag),
	    &diag);
}

static void
world_text(struct world *w, const char *bytes)
{
	world_read(w, tcs_slice_str(bytes));
}

static void
headers_are_as_people_read_them(void **state)
{
	struct world w;

	(void)state;
	world_text(&w,
	    "Received: from relay.example (relay.example [192.0.2.1])\r\n"
	    "\tby mx.prefecture.example with ESMTPS id 4Abc;\r\n"
	    "\tFri, 27 Nov 2026 10:00:05 +0100 (CET)\r\n"
	    "Received: from inside; Fri, 27 Nov 2026 09:00:00 +0000\r\n"
	    "Authentication-Results: mx.prefecture.example;\r\n"
	    "\tdkim=pass header.d=meteo.example; spf=fail\r\n"
	    "From: =?ISO-8859-1?Q?M=E9t=E9o?= d'essai "
	    "<Alerte@Meteo.Example>\r\n"
	    "To: sidpc@prefecture.example\r\n"
	    "Subject: =?utf-8?B?VmlnaWxhbmNlIMOg?= =?utf-8?Q?_venir?=\r\n"
	    " sur deux lignes\r\n"
	    "Message-Id: <abc.123@meteo.example>\r\n"
	    "Date: Fri, 27 Nov 2026 10:00:00 +0100\r\n"
	    "\r\nBonjour\r\n");
	assert_string_equal(
	    w.message.from, "Météo d'essai <Alerte@Meteo.Example>");
	assert_string_equal(w.message.sender, "alerte@meteo.example");
	assert_string_equal(
	    w.message.subject, "Vigilance à venir sur deux lignes");
	assert_string_equal(w.message.id, "abc.123@meteo.example");
	assert_int_equal(w.message.date_ms, INT64_C(1795770000000));
	assert_int_equal(w.message.received_ms, INT64_C(1795770005000));
	assert_int_equal(w.message.auth_n, 1);
	assert_string_equal(w.message.auth[0],
	    "mx.prefecture.example; dkim=pass header.d=meteo.example; "
	    "spf=fail");
	assert_string_equal(w.message.text, "Bonjour\n");
	assert_int_equal(w.message.faults, 0);
	tcs_arena_free(&w.arena);
}

static void
what_is_not_said_is_empty(void **state)
{
	struct world w;

	(void)state;
	world_text(&w, "X: y\n\n");
	assert_string_equal(w.message.from, "");
	assert_string_equal(w.message.sender, "");
	assert_string_equal(w.message.subject, "");
	assert_string_equal(w.message.id, "");
	assert_string_equal(w.message.text, "");
	assert_int_equal(w.message.date_ms, TCS_NO_TIME);
	assert_int_equal(w.message.received_ms, TCS_NO_TIME);
	tcs_arena_free(&w.arena);
}

#define MIXED "Content-Type: multipart/mixed; boundary=m\r\n\r\n"
#define ALTERNATIVE "Content-Type: multipart/alternative; boundary=a\r\n\r\n"
#define PLAIN "Content-Type: text/plain; charset="
#define HTML "Content-Type: text/html; charset=utf-8\r\n\r\n"

static void
texts_are_read_whatever_they_are_in(void **state)
{
	static const struct {
		const char *what, *mail, *text;
	} cases[] = {
	    {"no MIME", "From: a@b.example\n\nDeux\nlignes\n",
	        "Deux\nlignes\n"},
	    {"UTF-8 that is not declared", "From: a@b.example\n\nété\n",
	        "été\n"},
	    {"8 bits that are not declared", "From: a@b.example\n\n\xe9t\xe9\n",
	        "été\n"},
	    {"ISO-8859-1 that is Windows-1252",
	        PLAIN "iso-8859-1\n\nl\x92\xe9t\xe9 \x80\n", "l’été €\n"},
	    {"Windows-1252", PLAIN "\"Windows-1252\"\n\n\x96 \xe9\n", "– é\n"},
	    {"US-ASCII that is not", PLAIN "us-ascii\n\n\xe9\n", "é\n"},
	    {"KOI8-R", PLAIN "koi8-r\n\n\xc4\xc1\n", "да\n"},
	    {"no charset of this world", PLAIN "x-foo\n\n\xe9\n", "é\n"},
	    {"quoted-printable",
	        PLAIN "utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
	              "=C3=A9t=C3=A9 et =\nsuite=20\n",
	        "été et suite\n"},
	    {"base64",
	        PLAIN "utf-8\nContent-Transfer-Encoding: base64\n\n"
	              "w6l0\nw6k=\n",
	        "été\n"},
	    {"base64 with dirt in it",
	        PLAIN "utf-8\nContent-Transfer-Encoding: base64\n\n"
	              "w6l0*!\nw6k=\n",
	        "été\n"},
	    {"flowed",
	        "Content-Type: text/plain; format=flowed\n\nUne ligne \n"
	        "qui va. \n\n Un \n> cité \n> ensemble\n-- \nsignature\n",
	        "Une ligne qui va. \nUn \n> cité ensemble\n-- \nsignature\n"},
	    {"flowed, blanks away",
	        "Content-Type: text/plain; format=flowed; delsp=yes\n\nab \n"
	        "cd\n",
	        "abcd\n"},
	    {"HTML alone",
	        HTML "<html><style>x</style><p>Crue &agrave; l&#8217;Aa</p>"
	             "<p>Pluie &lt; 5 mm</p></html>\n",
	        "Crue à l’Aa\nPluie < 5 mm\n"},
	    {"alternative: plain",
	        ALTERNATIVE "--a\n" PLAIN "utf-8\n\nclair\n--a\n" HTML
	                    "<p>riche</p>\n--a--\n",
	        "clair\n"},
	    {"alternative: plain, also behind HTML",
	        ALTERNATIVE "--a\n" HTML "<p>riche</p>\n--a\n" PLAIN
	                    "utf-8\n\nclair\n--a--\n",
	        "clair\n"},
	    {"alternative: plain is empty",
	        ALTERNATIVE "--a\n" PLAIN "utf-8\n\n \n\n--a\n" HTML
	                    "<p>riche</p>\n--a--\n",
	        "riche\n"},
	    {"HTML and a footer of the list",
	        MIXED "--m\n" HTML "<p>alerte</p>\n--m\n" PLAIN
	              "utf-8\n\nliste\n--m--\n",
	        "alerte\n\nliste\n"},
	    {"alternative in mixed",
	        MIXED
	        "--m\n" ALTERNATIVE "--a\n" PLAIN "utf-8\n\nclair\n--a\n" HTML
	        "<p>riche</p>\n--a--\n--m\n" PLAIN "utf-8\n\nsuite\n--m--\n",
	        "clair\n\nsuite\n"},
	    {"passed on",
	        MIXED "--m\nContent-Type: message/rfc822\n\n"
	              "Subject: dedans\n\nalerte\n--m--\n",
	        "alerte\n"},
	    {"passed on, with a word",
	        MIXED "--m\n\nvoir ci-joint\n--m\nContent-Type: "
	              "message/rfc822\n\nSubject: dedans\n\nalerte\n--m--\n",
	        "voir ci-joint\n"},
	    {"from a mailbox file",
	        "From a@b.example Fri Nov 27 10:00:00 2026\nSubject: x\n\ny\n",
	        "y\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;
		world_text(&w, cases[i].mail);
		if (strcmp(w.message.text, cases[i].text) != 0 ||
		    w.message.faults != 0)
			fail_msg("%s: faults %u, \"%s\"", cases[i].what,
			    w.message.faults, w.message.text);
		tcs_arena_free(&w.arena);
	}
}

static void
attachments_are_bytes_with_a_name(void **state)
{
	struct world w;

	(void)state;
	world_text(&w,
	    MIXED "--m\n\ntexte\n"
	          "--m\nContent-Type: application/pdf;\n"
	          " name*=utf-8''carte%20%C3%A9t%C3%A9.pdf\n"
	          "Content-Disposition: attachment\n"
	          "Content-Transfer-Encoding: base64\n\nAAEC\n"
	          "--m\nContent-Type: text/plain; name=notes.txt\n\nnotes\n"
	          "--m\nContent-Type: image/png\n\n\n"
	          "--m\nContent-Type: message/rfc822\n\nSubject: dedans\n\nx\n"
	          "--m--\n");
	assert_string_equal(w.message.text, "texte\n");
	assert_int_equal(w.message.files_n, 4);
	const struct tcs_message_file *files = w.message.files;
	assert_string_equal(files[0].name, "carte été.pdf");
	assert_string_equal(files[0].type, "application/pdf");
	assert_int_equal(files[0].content.n, 3);
	assert_memory_equal(files[0].content.p, "\0\1\2", 3);
	assert_string_equal(files[1].name, "notes.txt");
	assert_true(tcs_slice_is(files[1].content, "notes"));
	assert_string_equal(files[2].name, "");
	assert_int_equal(files[2].content.n, 0);
	assert_string_equal(files[3].name, "dedans");
	assert_string_equal(files[3].type, "message/rfc822");
	tcs_arena_free(&w.arena);
}

static void
what_is_broken_is_read_as_far_as_it_is_sound(void **state)
{
	static const struct {
		const char *mail, *text;
		unsigned faults;
	} cases[] = {
	    {MIXED "--m\n\nsans fin\n", "sans fin\n", TCS_MESSAGE_IS_OPEN},
	    {MIXED "pas de partie\n", "", TCS_MESSAGE_IS_OPEN},
	    {"Content-Type: multipart/mixed\n\n--m\n\nx\n", "",
	        TCS_MESSAGE_IS_OPEN},
	    {"Content-Type: nonsense\n\nx\n", "x\n", 0},
	    {"Content-Type: application/pkcs7-mime\n\nx\n", "",
	        TCS_MESSAGE_IS_SEALED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;
		world_text(&w, cases[i].mail);
		if (strcmp(w.message.text, cases[i].text) != 0 ||
		    w.message.faults != cases[i].faults)
			fail_msg("case %zu: faults %u, \"%s\"", i,
			    w.message.faults, w.message.text);
		tcs_arena_free(&w.arena);
	}
}

static void
what_is_no_mail_is_refused(void **state)
{
	static const struct {
		const char *bytes;
		bool is_cut;
	} cases[] = {
	    {"", false},
	    {"\r\n", false},
	    {"<html>", false},
	    {"{\"a\":1}\n\n", false},
	    {"Bonjour tout le monde : voici\n\n", false},
	    {"Subject: x", true},
	    {"Subject: x\r\n", true},
	    {"Subject: x\r\nFrom: a@b.example", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_arena *arena = tcs_arena_new(1 << 20);
		struct tcs_message message;
		struct tcs_diag diag = {0};
		bool is_cut;
		assert_int_equal(tcs_message_read(tcs_slice_str(cases[i].bytes),
		                     arena, &message, &is_cut, &diag),
		    TCS_EPARSE);
		assert_int_equal(is_cut, cases[i].is_cut);
		assert_int_equal(diag.n, 1);
		tcs_diag_fini(&diag);
		tcs_arena_free(&arena);
	}
}

static unsigned long
peak_kb(void)
{
	char line[200];
	unsigned long kb = 0;
	FILE *file = fopen("/proc/self/status", "r");

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, "VmHWM:", 6) == 0)
			kb = strtoul(line + 6, NULL, 10);
	}
	(void)fclose(file);
	return kb;
}

/* `head`, `part` over and over up to `n` bytes, `tail`. */
static struct tcs_slice
hostile(struct tcs_buf *buf, const char *head, const char *part, size_t n)
{
	tcs_buf_init(buf, (size_t)64 << 20);
	tcs_buf_str(buf, "Subject: reste lisible\n");
	tcs_buf_str(buf, head);
	while (buf->n < n)
		tcs_buf_str(buf, part);
	tcs_buf_str(buf, "\n\nx\n");
	assert_int_equal(buf->err, TCS_OK);
	return tcs_buf_view(buf);
}

static void
hostile_mails_take_little_memory_and_keep_their_subject(void **state)
{
	static const struct {
		const char *head, *part;
	} cases[] = {
	    {MIXED, "--m\n\nx\n"},
	    {"", "X-A: y\n"},
	    {"X-A: y\n", " y\n"},
	    {"Content-Type: text/plain; ", "; a=b"},
	    {"From: ", "a@b.example, "},
	    {"From: ", "a:"},
	    {"X: ", "=?utf-8?q?a?= "},
	    {"", "Content-Type: message/rfc822\n\n"},
	    {MIXED "--m\nContent-Type: message/rfc822\n\n", "X-A: y\n"},
	    {MIXED "--m\nContent-Type: application/x-a\n\n", "0123456789\n"},
	    {"\n", "une ligne de texte, sans fin\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_buf buf;
		struct world w;
		world_read(&w, hostile(&buf, cases[i].head, cases[i].part,
		                   (size_t)8 << 20));
		assert_string_equal(w.message.subject, "reste lisible");
		tcs_arena_free(&w.arena);
		tcs_buf_fini(&buf);
	}
	/* The mail itself, a copy, what it becomes. */
	if (!IS_SANITIZED && peak_kb() > 64UL * 1024)
		fail_msg("%lu kB at the most", peak_kb());
	struct tcs_buf buf;
	struct world w;
	world_read(&w,
	    hostile(&buf, "\n", "01234567890123456789\n", (size_t)50 << 20));
	assert_int_equal(w.message.faults, TCS_MESSAGE_IS_HUGE);
	assert_string_equal(w.message.subject, "reste lisible");
	tcs_arena_free(&w.arena);
	tcs_buf_fini(&buf);
}

static void
what_is_too_deep_is_left_out(void **state)
{
	struct tcs_buf buf;
	struct world w;

	(void)state;
	tcs_buf_init(&buf, 1 << 20);
	tcs_buf_str(&buf, "Subject: profond\n");
	for (int i = 0; i < 400; i++)
		tcs_buf_printf(&buf,
		    "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i,
		    i);
	tcs_buf_str(&buf, "\nau fond\n");
	world_read(&w, tcs_buf_view(&buf));
	assert_string_equal(w.message.text, "");
	assert_true((w.message.faults & TCS_MESSAGE_IS_DEEP) != 0);
	tcs_arena_free(&w.arena);
	tcs_buf_fini(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(headers_are_as_people_read_them),
	    cmocka_unit_test(what_is_not_said_is_empty),
	    cmocka_unit_test(texts_are_read_whatever_they_are_in),
	    cmocka_unit_test(attachments_are_bytes_with_a_name),
	    cmocka_unit_test(what_is_broken_is_read_as_far_as_it_is_sound),
	    cmocka_unit_test(what_is_no_mail_is_refused),
	    cmocka_unit_test(
	        hostile_mails_take_little_memory_and_keep_their_subject),
	    cmocka_unit_test(what_is_too_deep_is_left_out),
	};

	if (tcs_clock_set_zone("Europe/Paris") != TCS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

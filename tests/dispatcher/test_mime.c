#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatcher/mime.h"

static const struct tcs_mime_mail mime_example = {
    .from = "tocsin@prefecture.example",
    .to = "astreinte@mairie.example",
    .key = "00112233445566aa",
    .alert = "sidpc62.0a1b2c3d.information.v1-c0ffee",
    .subject = "INFORMATION Vigilance crues orange",
    .text = "Bonjour.\n",
    .sent_ms = 1795449600000, /* 2026-11-23 16:00 UTC */
};

static const char mime_long_french[] =
    "EXERCICE ALERTE Vigilance crues rouge : Canche amont, Canche aval, Liane, "
    "Hem, Aa, Lys, Scarpe, Deûle, Authie amont et Authie aval, Ternoise, Lawe";
static const char mime_long_ascii[] =
    "ASCIIsansunseulblancASCIIsansunseulblancASCIIsansunseulblanc"
    "ASCIIsansunseulblancASCIIsansunseulblanc";
static const char mime_long_line[] =
    "une ligne qui n'en finit pas, une ligne qui n'en finit pas, une ligne qui "
    "n'en finit pas, éééééééééééééééééééééééééééééééééééééé\n";

/* The message; the test frees it. */
static char *
mime_text(const struct tcs_mime_mail *mail)
{
	struct tcs_buf buf;
	char *text;

	tcs_buf_init(&buf, 1 << 20);
	assert_int_equal(tcs_mime_build(mail, &buf, NULL), TCS_OK);
	assert_int_equal(tcs_buf_steal(&buf, &text), TCS_OK);
	return text;
}

static int
mime_hex_value(char c)
{
	return c >= 'A' ? c - 'A' + 10 : c - '0';
}

/* "=XX" and, in a header's word, "_" undone; soft line breaks too. */
static void
mime_unquote(struct tcs_buf *buf, const char *p, size_t n, bool is_word)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '=' && i + 2 < n && p[i + 1] == '\r') {
			i += 2;
		} else if (p[i] == '=') {
			tcs_buf_char(buf, (char)(mime_hex_value(p[i + 1]) * 16 +
			                         mime_hex_value(p[i + 2])));
			i += 2;
		} else if (p[i] != '\r') {
			bool is_blank = is_word && p[i] == '_';
			tcs_buf_append(buf, is_blank ? " " : p + i, 1);
		}
	}
}

/* The value of Subject, as a reader shows it; the test frees it. */
static char *
mime_subject_shown(const char *message)
{
	static const char start[] = "=?UTF-8?Q?";
	const char *p = strstr(message, "Subject: ") + 9;
	struct tcs_buf buf;
	char *text;

	tcs_buf_init(&buf, 1 << 16);
	for (;;) {
		if (strncmp(p, start, 10) != 0) {
			tcs_buf_append(&buf, p, strcspn(p, "\r"));
			break;
		}
		const char *end = strstr(p + 10, "?=");
		assert_true(end - p + 2 <= 75);
		mime_unquote(&buf, p + 10, (size_t)(end - p) - 10, true);
		/* No character is cut between two words. */
		assert_true(tcs_slice_is_utf8(tcs_buf_view(&buf)));
		p = end + 2;
		if (strncmp(p, "\r\n ", 3) != 0)
			break;
		p += 3;
	}
	assert_int_equal(tcs_buf_steal(&buf, &text), TCS_OK);
	return text;
}

static char *
mime_body_shown(const char *message)
{
	const char *body = strstr(message, "\r\n\r\n") + 4;
	struct tcs_buf buf;
	char *text;

	tcs_buf_init(&buf, 1 << 20);
	mime_unquote(&buf, body, strlen(body), false);
	assert_int_equal(tcs_buf_steal(&buf, &text), TCS_OK);
	return text;
}

/* 7 bits, lines of at most 76 columns, each ended by CRLF. */
static void
assert_travels(const char *message)
{
	size_t column = 0;

	for (const char *p = message; *p != '\0'; p++) {
		assert_true((unsigned char)*p < 0x7f);
		if (*p == '\n') {
			assert_true(p > message && p[-1] == '\r');
			column = 0;
		} else if (*p == '\r') {
			assert_int_equal(p[1], '\n');
		} else {
			column++;
			assert_true(column <= 76);
		}
	}
	assert_int_equal(column, 0);
}

static void
a_message_has_its_headers_in_legal_time(void **state)
{
	(void)state;
	char *text = mime_text(&mime_example);

	assert_string_equal(text,
	    "Date: Mon, 23 Nov 2026 17:00:00 +0100\r\n"
	    "From: <tocsin@prefecture.example>\r\n"
	    "To: <astreinte@mairie.example>\r\n"
	    "Subject: INFORMATION Vigilance crues orange\r\n"
	    "Message-ID: <00112233445566aa@prefecture.example>\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "X-Tocsin-Key: 00112233445566aa\r\n"
	    "X-Tocsin-Alert: sidpc62.0a1b2c3d.information.v1-c0ffee\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n"
	    "\r\n"
	    "Bonjour.\r\n");
	free(text);
}

static void
a_later_version_answers_the_first_of_its_thread(void **state)
{
	struct tcs_mime_mail mail = mime_example;

	(void)state;
	mail.thread_key = "ffeeddccbbaa9988";
	char *text = mime_text(&mail);
	assert_non_null(strstr(text,
	    "\r\nIn-Reply-To: <ffeeddccbbaa9988@prefecture.example>\r\n"
	    "References: <ffeeddccbbaa9988@prefecture.example>\r\n"));
	free(text);

	mail.thread_key = mail.key;
	text = mime_text(&mail);
	assert_null(strstr(text, "In-Reply-To"));
	free(text);
}

static void
subjects_are_shown_as_they_were_written(void **state)
{
	static const char *const cases[] = {
	    "",
	    "court",
	    "Évacuation : la Canche à Brimeux",
	    "=?UTF-8?Q?piège?=",
	    "=?",
	    " commence par un blanc",
	    "a?b=c_d \"guillemets\" (parenthèses) <x@y.example>",
	    mime_long_french,
	    "œœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœœ",
	    "a𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞",
	    mime_long_ascii,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_mime_mail mail = mime_example;
		mail.subject = cases[i];
		char *text = mime_text(&mail);
		char *shown = mime_subject_shown(text);
		assert_string_equal(shown, cases[i]);
		assert_travels(text);
		free(shown);
		free(text);
	}
}

static void
a_subject_of_any_length_keeps_its_characters_whole(void **state)
{
	char subject[400] = "";

	(void)state;
	for (size_t n = 0; n + 4 < sizeof(subject); n += 3) {
		memcpy(subject + n, n % 2 == 0 ? "é " : "€", 4);
		struct tcs_mime_mail mail = mime_example;
		mail.subject = subject;
		char *text = mime_text(&mail);
		char *shown = mime_subject_shown(text);
		assert_string_equal(shown, subject);
		assert_travels(text);
		free(shown);
		free(text);
	}
}

static void
a_line_end_in_the_subject_begins_no_header(void **state)
{
	struct tcs_mime_mail mail = mime_example;

	(void)state;
	mail.subject = "a\r\nBcc: autre@mairie.example\r\n\r\ncorps";
	char *text = mime_text(&mail);
	char *shown = mime_subject_shown(text);
	assert_null(strstr(text, "\nBcc"));
	assert_string_equal(shown, "a  Bcc: autre@mairie.example    corps");
	free(shown);
	free(text);
}

static void
texts_are_shown_as_they_were_written(void **state)
{
	static const char *const cases[] = {
	    "Bonjour.\n",
	    "Évacuer le camping à 18 h 30 ; répondre K7Q.\n",
	    ".\n..\n.a\nfin\n",
	    "égal = ou =3D\n",
	    "blanc à la fin \ntabulation\t\n\n\ndeux lignes vides\n",
	    "From quelqu'un\n",
	    "\x01\x02 commande\n",
	    mime_long_line,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_mime_mail mail = mime_example;
		mail.text = cases[i];
		char *text = mime_text(&mail);
		char *shown = mime_body_shown(text);
		assert_string_equal(shown, cases[i]);
		assert_travels(text);
		free(shown);
		free(text);
	}
}

static void
a_text_of_any_width_keeps_to_76_columns(void **state)
{
	char line[300] = "";

	(void)state;
	for (size_t n = 0; n + 3 < sizeof(line); n++) {
		memcpy(line + n,
		    n < 80       ? "x\n"
		    : n % 5 == 0 ? " \n"
		                 : "=\n",
		    3);
		struct tcs_mime_mail mail = mime_example;
		mail.text = line;
		char *text = mime_text(&mail);
		char *shown = mime_body_shown(text);
		assert_string_equal(shown, line);
		assert_travels(text);
		free(shown);
		free(text);
	}
}

static void
the_last_line_gets_its_end(void **state)
{
	struct tcs_mime_mail mail = mime_example;

	(void)state;
	mail.text = "sans fin";
	char *text = mime_text(&mail);
	assert_non_null(strstr(text, "\r\n\r\nsans fin\r\n"));
	free(text);
	mail.text = "fin\r\nde ligne\r\n";
	text = mime_text(&mail);
	assert_non_null(strstr(text, "\r\n\r\nfin\r\nde ligne\r\n"));
	free(text);
}

static void
what_could_end_a_header_is_refused(void **state)
{
	static const char *const hostile[] = {
	    "a\r\nBcc: b", "a\nb", "a b", "a>b", "<a", "", "a\x7f", "é"};

	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		struct tcs_mime_mail mails[3] = {
		    mime_example, mime_example, mime_example};
		mails[0].key = hostile[i];
		mails[1].alert = hostile[i];
		mails[2].thread_key = hostile[i];
		for (size_t k = 0; k < 3; k++) {
			struct tcs_buf buf;
			tcs_buf_init(&buf, 1 << 16);
			assert_int_equal(
			    tcs_mime_build(&mails[k], &buf, NULL), TCS_EINVAL);
			tcs_buf_fini(&buf);
		}
	}
}

static void
addresses_are_checked(void **state)
{
	static const struct {
		const char *address;
		bool is_good;
	} cases[] = {
	    {"astreinte@mairie.example", true},
	    {"prenom.nom+tocsin@mairie-de-brimeux.example", true},
	    {"a@localhost", true},
	    {"élu@mairie.example", true},
	    {"accueil@mairie-béthune.example", true},
	    {"sans-arobase.example", false},
	    {"@mairie.example", false},
	    {"a@", false},
	    {".a@mairie.example", false},
	    {"a..b@mairie.example", false},
	    {"a.@mairie.example", false},
	    {"a b@mairie.example", false},
	    {"\"a b\"@mairie.example", false},
	    {"a@mairie..example", false},
	    {"a@mairie.example.", false},
	    {"a@[127.0.0.1]", false},
	    {"a@mairie_example", false},
	    {"a@b>\r\nRCPT TO:<c@d.example", false},
	    {"a>@mairie.example", false},
	    {"a,b@mairie.example", false},
	    {"a\xff@mairie.example", false},
	    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	     "@mairie.example",
	        false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *fault = tcs_mime_address_fault(cases[i].address);
		if ((fault == NULL) != cases[i].is_good)
			fail_msg("%s: %s", cases[i].address,
			    fault == NULL ? "taken" : fault);
	}
}

static void
text_that_is_not_utf8_is_refused(void **state)
{
	struct tcs_mime_mail mail = mime_example;
	struct tcs_buf buf;

	(void)state;
	tcs_buf_init(&buf, 1 << 16);
	mail.subject = "caf\xe9";
	assert_int_equal(tcs_mime_build(&mail, &buf, NULL), TCS_EINVAL);
	mail = mime_example;
	mail.text = "caf\xe9\n";
	assert_int_equal(tcs_mime_build(&mail, &buf, NULL), TCS_EINVAL);
	tcs_buf_fini(&buf);
}

static void
a_message_beyond_the_limit_is_an_error(void **state)
{
	struct tcs_buf buf;

	(void)state;
	tcs_buf_init(&buf, 200);
	assert_int_equal(tcs_mime_build(&mime_example, &buf, NULL), TCS_ELIMIT);
	tcs_buf_fini(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_message_has_its_headers_in_legal_time),
	    cmocka_unit_test(a_later_version_answers_the_first_of_its_thread),
	    cmocka_unit_test(subjects_are_shown_as_they_were_written),
	    cmocka_unit_test(
	        a_subject_of_any_length_keeps_its_characters_whole),
	    cmocka_unit_test(a_line_end_in_the_subject_begins_no_header),
	    cmocka_unit_test(texts_are_shown_as_they_were_written),
	    cmocka_unit_test(a_text_of_any_width_keeps_to_76_columns),
	    cmocka_unit_test(the_last_line_gets_its_end),
	    cmocka_unit_test(what_could_end_a_header_is_refused),
	    cmocka_unit_test(addresses_are_checked),
	    cmocka_unit_test(text_that_is_not_utf8_is_refused),
	    cmocka_unit_test(a_message_beyond_the_limit_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/sink_mail.h"
#include "dispatcher/mime.h"

static struct tcs_mail
mail_of(const char *message)
{
	struct tcs_mail mail;

	assert_int_equal(tcs_mail_read(tcs_slice_str(message), &mail), TCS_OK);
	return mail;
}

static const char *
mail_text(const struct tcs_mail *mail)
{
	return mail->text.p == NULL ? "" : mail->text.p;
}

static void
headers_are_unfolded_and_decoded(void **state)
{
	struct tcs_mail mail =
	    mail_of("Subject: =?UTF-8?Q?=C3=89vacuation_:?=\r\n"
	            " =?utf-8?b?Q2FuY2hl?= \t=?ISO-8859-1?q?_=E0?=\r\n"
	            " Brimeux\r\n"
	            "X-TOCSIN-KEY:0011\r\n"
	            "To: un\r\n\tdeux\r\n"
	            "To: trois\r\n"
	            "no colon here\r\n"
	            "\r\nBonjour\r\n");

	(void)state;
	assert_string_equal(tcs_json_str(mail.headers, "subject", ""),
	    "Évacuation :Canche à Brimeux");
	assert_string_equal(
	    tcs_json_str(mail.headers, "x-tocsin-key", ""), "0011");
	assert_string_equal(tcs_json_str(mail.headers, "to", ""), "un\tdeux");
	assert_int_equal(json_object_size(mail.headers), 3);
	assert_string_equal(mail_text(&mail), "Bonjour\n");
	tcs_mail_fini(&mail);
}

static void
words_that_are_none_stay_as_they_are(void **state)
{
	static const char *const cases[] = {"=?", "=?utf-8?Q?a",
	    "=?utf-8?X?a?=", "=?utf-8?Q?a?", "a =?b", "=?a?Q", "x=y?="};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_buf buf;
		tcs_buf_init(&buf, 1000);
		tcs_mail_words(&buf, tcs_slice_str(cases[i]));
		assert_string_equal(buf.p, cases[i]);
		tcs_buf_fini(&buf);
	}
}

static void
bodies_are_decoded(void **state)
{
	static const struct {
		const char *message, *text;
	} cases[] = {
	    {"\r\nsans en-tête\r\n", "sans en-tête\n"},
	    {"Subject: x\r\n\r\n", ""},
	    {"Subject: x\r\n", ""},
	    {"Subject: x", ""},
	    {"", ""},
	    {"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
	     "=C3=89tat =\r\n=3D =zz =\r\n",
	        "État = =zz "},
	    {"Content-Transfer-Encoding: BASE64\r\n\r\n"
	     "w4l0\r\nYXQ=\r\n",
	        "État"},
	    {"Content-Transfer-Encoding: base64\r\n\r\n!!\r\n", "!!\n"},
	    {"Content-Type: text/plain; charset=\"ISO-8859-1\"\r\n"
	     "Content-Transfer-Encoding: 8bit\r\n\r\n\xc9tat\r\n",
	        "État\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_mail mail = mail_of(cases[i].message);
		assert_string_equal(mail_text(&mail), cases[i].text);
		tcs_mail_fini(&mail);
	}
}

static void
headers_are_bounded(void **state)
{
	struct tcs_buf message;

	(void)state;
	tcs_buf_init(&message, 1 << 20);
	for (int i = 0; i < 1000; i++)
		tcs_buf_printf(&message, "X-%d: y\r\n", i);
	tcs_buf_str(&message, "\r\nz\r\n");
	struct tcs_mail mail = mail_of(message.p);
	assert_int_equal(json_object_size(mail.headers), TCS_MAIL_HEADERS_MAX);
	assert_string_equal(mail_text(&mail), "z\n");
	tcs_mail_fini(&mail);
	tcs_buf_fini(&message);
}

/* What the channel writes is read back as it was meant. */
static void
our_own_mails_are_read_back(void **state)
{
	struct tcs_mime_mail ours = {
	    .from = "tocsin@prefecture.example",
	    .to = "maire@mairie.example",
	    .key = "00112233445566aa",
	    .thread_key = "ffeeddccbbaa9988",
	    .alert = "sidpc62.0a1b2c3d.alerte.v2-c0ffee",
	    .subject = "ALERTE Vigilance crues rouge : Canche, Liane, Aa, Lys, "
	               "Scarpe, Deûle, Authie amont et Authie aval, Ternoise",
	    .text = "Évacuer.\n.\n.. =\nœuvre \nfin\n",
	    .sent_ms = 1795449600000,
	};
	struct tcs_buf message;

	(void)state;
	tcs_buf_init(&message, 1 << 20);
	assert_int_equal(tcs_mime_build(&ours, &message, NULL), TCS_OK);
	struct tcs_mail mail = mail_of(message.p);
	assert_string_equal(
	    tcs_json_str(mail.headers, "subject", ""), ours.subject);
	assert_string_equal(mail_text(&mail), ours.text);
	assert_string_equal(tcs_json_str(mail.headers, "message-id", ""),
	    "<00112233445566aa@prefecture.example>");
	assert_string_equal(tcs_json_str(mail.headers, "in-reply-to", ""),
	    "<ffeeddccbbaa9988@prefecture.example>");
	tcs_mail_fini(&mail);
	tcs_buf_fini(&message);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(headers_are_unfolded_and_decoded),
	    cmocka_unit_test(words_that_are_none_stay_as_they_are),
	    cmocka_unit_test(bodies_are_decoded),
	    cmocka_unit_test(headers_are_bounded),
	    cmocka_unit_test(our_own_mails_are_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* From mails to readings: who, what, where, until when. */
#include <stdio.h>
#include <stdlib.h>

#include "collectors/feeds/mailbox/auth.h"
#include "collectors/feeds/mailbox/recognisers.h"
#include "collectors/mail.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/message.h"
#include "tests/support/check.h"
#include "tests/support/feedkit.h"
#include "tests/support/tmpdir.h"

#define RECOGNISERS "tests/data/feeds/mailbox/recognisers.xml"
#define FETCHED_MS INT64_C(1795772000000) /* 27/11/2026 10:33:20 */

static struct feedkit *
open_kit(const char *const *options)
{
	struct feedkit *kit = feedkit_open(tcs_feed_find("mailbox"), options);

	kit->url = NULL;
	kit->fetched_ms = FETCHED_MS;
	return kit;
}

/* One mail, with the recognisers; its reading. The caller closes *ret_kit. */
static const struct tcs_reading *
read_one(struct feedkit **ret_kit, const char *mail)
{
	static const char *const options[] = {"recognisers", RECOGNISERS, NULL};

	*ret_kit = open_kit(options);
	const struct tcs_readings *r = feedkit_read_text(*ret_kit, mail);
	assert_int_equal(r->n, 1);
	return &r->items[0];
}

static char *
file_text(const char *name)
{
	return tmpdir_read("tests/data/feeds/mailbox", name);
}

static void
a_recognised_mail_says_all_that_it_says(void **state)
{
	char *mail = file_text("02-apic-revised.eml");
	struct feedkit *kit;
	const struct tcs_reading *r = read_one(&kit, mail);

	(void)state;
	assert_int_equal(r->kind, TCS_READING_ITEM);
	assert_string_equal(r->phenomenon, "pluies-intenses");
	assert_string_equal(r->level, "rouge");
	/* Names of communes are only known where their file could be had. */
	assert_non_null(
	    strstr(r->headline, "Pluies intenses, niveau rouge : "));
	assert_non_null(strstr(r->headline, r->zone_name));
	assert_non_null(strstr(r->text, "Niveau : pluies très intenses\n"));
	assert_string_equal(r->event, "Pluies intenses");
	assert_string_equal(r->category, "Met");
	assert_int_equal(r->geocodes_n, 2);
	assert_string_equal(r->geocodes[0].name, "INSEE");
	assert_string_equal(r->geocodes[0].value, "62040");
	assert_string_equal(r->geocodes[1].value, "62139");
	assert_string_equal(r->departements[0], "62");
	assert_null(r->departements[1]);
	assert_false(r->is_national);
	assert_int_equal(r->issued_ms, INT64_C(1795770000000));
	/* 6 hours after it came, not after it was written. */
	assert_int_equal(r->expires_ms, INT64_C(1795770005000) + TCS_HOURS(6));
	assert_string_equal(
	    feedkit_param(r, "tocsin:mail-from"), "APIC <apic@meteo.example>");
	assert_string_equal(
	    feedkit_param(r, "tocsin:mail-id"), "apic-1@meteo.example");
	assert_string_equal(feedkit_param(r, "tocsin:mail-auth"),
	    "mx.prefecture.example: dkim=pass spf=pass");
	assert_string_equal(feedkit_param(r, "tocsin:mail-recogniser"), "apic");
	assert_string_equal(kit->readings->document.note, "");
	feedkit_close(&kit);
	free(mail);
}

static void
an_attachment_is_kept_and_named(void **state)
{
	char *mail = file_text("04-mixed.eml");
	struct feedkit *kit;
	const struct tcs_reading *r = read_one(&kit, mail);

	(void)state;
	assert_string_equal(r->phenomenon, "crues");
	assert_string_equal(r->zone_name, "Aa amont");
	assert_string_equal(r->departements[0], "62");
	assert_string_equal(r->event, "Courriel");
	assert_string_equal(r->text,
	    "De : Prévision <prevision@spc.example>\n\n"
	    "La crue de l’Aa se confirme.\n\n"
	    "Pièces jointes, non ouvertes : bulletin.pdf (1 ko).");
	assert_int_equal(r->files_n, 1);
	assert_string_equal(r->files[0].name, "bulletin.pdf");
	assert_string_equal(r->files[0].type, "application/pdf");
	assert_true(tcs_slice_is(r->files[0].content, "%PDF-1.4"));
	assert_string_equal(feedkit_param(r, "tocsin:mail-from"),
	    "Prévision <prevision@spc.example>");
	feedkit_close(&kit);
	free(mail);
}

static void
what_no_recogniser_knows_is_passed_on(void **state)
{
	static const struct {
		const char *file, *headline, *text;
	} cases[] = {
	    {"05-unknown.eml", "Route coupée", "La rue du Moulin est coupée."},
	    {"06-open.eml", "Sans fin",
	        "Le courriel finit ici, sans dernière limite.\n\n"
	        "Courriel mal formé : il finit au milieu d'une partie."},
	    {"07-from-imap.eml", "Photos",
	        "(courriel sans texte)\n\n"
	        "Courriel trop gros : seul son en-tête a été lu."},
	    {"09-no-subject.eml", "(sans objet)", "(courriel sans texte)"},
	    {"10-latin1.eml", "Évacuation du camping", "L’été est fini."},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *mail = file_text(cases[i].file);
		struct feedkit *kit;
		const struct tcs_reading *r = read_one(&kit, mail);
		assert_string_equal(r->phenomenon, "courriel");
		assert_string_equal(r->level, "none");
		assert_string_equal(r->zone_name, "courriel non reconnu");
		assert_string_equal(r->event, "Courriel");
		assert_string_equal(r->headline, cases[i].headline);
		/* Whose word it is comes first. */
		assert_memory_equal(r->text, "De : ", 5);
		assert_non_null(strstr(r->text, "@mairie.example"));
		assert_string_equal(strstr(r->text, "\n\n") + 2, cases[i].text);
		assert_true(r->is_national);
		feedkit_close(&kit);
		free(mail);
	}
}

static void
times_are_those_of_the_mail_as_far_as_they_can_be(void **state)
{
	static const struct {
		const char *mail;
		int64_t issued_ms, expires_ms, onset_ms;
	} cases[] = {
	    /* Nothing is said: when it was fetched. */
	    {"From: a@b.example\n\nx\n", TCS_NO_TIME,
	        FETCHED_MS + TCS_HOURS(24), 0},
	    /* Written days ago, if its sender's clock is right; it came now. */
	    {"X-Tocsin-Received: 27 Nov 2026 10:00:00 +0100\nFrom: "
	     "a@b.example\n"
	     "Date: Mon, 23 Nov 2026 10:00:00 +0100\n\nx\n",
	        INT64_C(1795424400000), INT64_C(1795770000000) + TCS_HOURS(24),
	        0},
	    /* Written tomorrow: it is not. */
	    {"X-Tocsin-Received: 27 Nov 2026 10:00:00 +0100\nFrom: "
	     "a@b.example\n"
	     "Date: Sat, 28 Nov 2026 10:00:00 +0100\n\nx\n",
	        INT64_C(1795770000000), INT64_C(1795770000000) + TCS_HOURS(24),
	        0},
	    /* Below another header anybody can have written it. */
	    {"From: a@b.example\n"
	     "X-Tocsin-Received: 27 Nov 2020 10:00:00 +0100\n\nx\n",
	        TCS_NO_TIME, FETCHED_MS + TCS_HOURS(24), 0},
	    /* What the text says. */
	    {"X-Tocsin-Received: 27 Nov 2026 10:00:00 +0100\n"
	     "From: apic@meteo.example\nSubject: APIC\n\nNiveau : intenses\n"
	     "Valable de 27/11/2026 10:30 à 27/11/2026 18:00\n",
	        INT64_C(1795770000000), INT64_C(1795798800000),
	        INT64_C(1795771800000)},
	    /* What it says is over before it came: it holds as others do. */
	    {"X-Tocsin-Received: 27 Nov 2026 10:00:00 +0100\n"
	     "From: apic@meteo.example\nSubject: APIC\n\nNiveau : intenses\n"
	     "Valable de 26/11/2026 10:30 à 26/11/2026 18:00\n",
	        INT64_C(1795770000000), INT64_C(1795770000000) + TCS_HOURS(6),
	        INT64_C(1795685400000)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct feedkit *kit;
		const struct tcs_reading *r = read_one(&kit, cases[i].mail);
		if (r->issued_ms != cases[i].issued_ms ||
		    r->expires_ms != cases[i].expires_ms ||
		    r->onset_ms != cases[i].onset_ms)
			fail_msg("case %zu: %lld %lld %lld", i,
			    (long long)r->issued_ms, (long long)r->expires_ms,
			    (long long)r->onset_ms);
		feedkit_close(&kit);
	}
}

static void
a_mail_is_known_by_its_message_id_or_its_bytes(void **state)
{
	static const char *const mails[] = {
	    "Message-ID: <1@x>\nFrom: a@b.example\n\nun\n",
	    "Received: twice; now\nMessage-ID: <1@x>\nFrom: "
	    "a@b.example\n\nun\n",
	    "From: a@b.example\n\nun\n",
	    "X-Tocsin-Received: 27 Nov 2026 10:00:00 +0100\n"
	    "From: a@b.example\n\nun\n",
	    "From: a@b.example\n\ndeux\n",
	};
	char zones[5][20];

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct feedkit *kit;
		const struct tcs_reading *r = read_one(&kit, mails[i]);
		assert_int_equal(strlen(r->zone), 16);
		memcpy(zones[i], r->zone, 17);
		feedkit_close(&kit);
	}
	assert_string_equal(zones[0], zones[1]);
	assert_string_equal(zones[2], zones[3]);
	assert_string_not_equal(zones[0], zones[2]);
	assert_string_not_equal(zones[2], zones[4]);
}

static void
a_level_that_no_map_has_is_unknown(void **state)
{
	struct feedkit *kit;
	const struct tcs_reading *r = read_one(&kit,
	    "From: apic@meteo.example\nSubject: APIC\n\nNiveau : inouï\n");

	(void)state;
	assert_string_equal(r->phenomenon, "pluies-intenses");
	assert_string_equal(r->level, "inconnu");
	assert_string_equal(r->zone_name, "APIC");
	feedkit_close(&kit);
}

static void
a_pattern_without_an_answer_is_said_and_the_mail_passed_on(void **state)
{
	struct feedkit *kit;
	const struct tcs_reading *r = read_one(&kit,
	    "From: lent@meteo.example\nSubject: Lent\n\n"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\n");

	(void)state;
	assert_string_equal(r->phenomenon, "courriel");
	assert_string_equal(r->level, "none");
	assert_string_equal(kit->readings->document.note,
	    "1 courriel où un motif a dépassé ses limites");
	feedkit_close(&kit);
}

static void
who_is_not_listened_to_is_counted_and_named(void **state)
{
	static const char *const options[] = {"recognisers", RECOGNISERS,
	    "senders", "@mairie.example", "departements", "62", NULL};
	static const char *const mails[] = {
	    "From: contact@mairie.example\nSubject: un\n\nx\n",
	    "From: Spam <spam@loin.example>\nSubject: deux\n\nx\n",
	    "From: contact@mairie.example.loin.example\nSubject: trois\n\nx\n",
	    "Subject: quatre\n\nx\n",
	    "From: PREVISION@SPC.example\nSubject: cinq\n\nx\n", NULL};
	struct feedkit *kit;

	(void)state;
	kit = open_kit(options);
	for (size_t i = 0; mails[i] != NULL; i++)
		(void)feedkit_add(kit, tcs_slice_str(mails[i]));
	(void)feedkit_read(kit);
	assert_int_equal(kit->readings->n, 2);
	assert_string_equal(kit->readings->items[0].departements[0], "62");
	assert_false(kit->readings->items[0].is_national);
	/* The note says it: once is enough. */
	assert_int_equal(kit->readings->document.skipped, 0);
	assert_string_equal(kit->readings->document.note,
	    "3 courriels d'expéditeurs non autorisés : spam@loin.example, "
	    "contact@mairie.example.loin.example, sans adresse");
	feedkit_close(&kit);
}

static void
a_poll_may_bring_nothing(void **state)
{
	struct feedkit *kit;

	(void)state;
	kit = open_kit(NULL);
	(void)feedkit_read(kit);
	assert_int_equal(kit->readings->n, 0);
	assert_false(kit->readings->document.is_complete);
	assert_string_equal(kit->readings->document.note, "");
	feedkit_close(&kit);
}

static void
what_the_server_found_of_the_sender_is_recorded(void **state)
{
	static const struct {
		const char *headers, *server, *auth;
		bool is_doubtful;
	} cases[] = {
	    {"", NULL, "", false},
	    {"Authentication-Results: mx.example; dkim=pass (2048 bits; ok) "
	     "header.d=x; spf=fail\n",
	        NULL, "mx.example: dkim=pass spf=fail", false},
	    {"Authentication-Results: mx.example 1; spf=fail "
	     "smtp.mailfrom=x; dkim=none\n",
	        NULL, "mx.example: spf=fail dkim=none", true},
	    {"Authentication-Results: mx.example; dkim=pass; dmarc=fail "
	     "(p=reject)\n",
	        NULL, "mx.example: dkim=pass dmarc=fail", true},
	    /* Only our server's word counts: the others are the sender's. */
	    {"Authentication-Results: mx.example; spf=fail\n"
	     "Authentication-Results: autre.example; dkim=pass\n",
	        NULL, "mx.example: spf=fail", true},
	    {"Authentication-Results: autre.example; dmarc=pass\n"
	     "Authentication-Results: mx.example; dmarc=fail\n",
	        "mx.example", "mx.example: dmarc=fail", true},
	    {"Authentication-Results: autre.example; dmarc=pass\n",
	        "mx.example", "", false},
	    {"Authentication-Results: mx.example; none\n", NULL,
	        "mx.example:", false},
	    {"Authentication-Results: ;;==;(((\n", NULL, "", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_arena *arena = tcs_arena_new(1 << 20);
		struct tcs_message message;
		struct tcs_buf mail, auth;
		bool is_cut;
		tcs_buf_init(&mail, 2000);
		tcs_buf_init(&auth, 400);
		tcs_buf_printf(&mail, "X: y\n%s\n", cases[i].headers);
		assert_int_equal(tcs_message_read(tcs_buf_view(&mail), arena,
		                     &message, &is_cut, NULL),
		    TCS_OK);
		bool is_doubtful =
		    tcs_auth_read(&message, cases[i].server, &auth);
		if (is_doubtful != cases[i].is_doubtful ||
		    strcmp(auth.n == 0 ? "" : auth.p, cases[i].auth) != 0)
			fail_msg("case %zu: %d \"%s\"", i, is_doubtful,
			    auth.n == 0 ? "" : auth.p);
		tcs_buf_fini(&mail);
		tcs_buf_fini(&auth);
		tcs_arena_free(&arena);
	}
}

static void
a_sender_that_is_not_who_it_says_is_said_first(void **state)
{
	struct feedkit *kit;
	const struct tcs_reading *r = read_one(&kit,
	    "Authentication-Results: mx.example; dmarc=fail\n"
	    "From: apic@meteo.example\nSubject: APIC\n\nNiveau : intenses\n");

	(void)state;
	assert_string_equal(r->text,
	    "Attention : expéditeur non authentifié (mx.example: dmarc=fail)."
	    "\n\nDe : apic@meteo.example\n\nNiveau : intenses");
	assert_string_equal(r->level, "orange");
	feedkit_close(&kit);
}

#define XML(inside)                                                            \
	"<recognisers>\n<recogniser name=\"a\" title=\"A\" "                   \
	"senders=\"a@b.example\">\n" inside                                    \
	"\n</recogniser>\n</recognisers>\n"
#define EXAMPLE                                                                \
	"<example match=\"yes\">From: a@b.example\nSubject: x\n\ny</example>"
#define VALUES "<phenomenon is=\"crues\"/><level is=\"none\"/>"

static void
faulty_recognisers_are_refused_with_the_place(void **state)
{
	static const struct {
		const char *xml;
		unsigned line;
		const char *says;
	} cases[] = {
	    {"<recognisers>", 1, ""},
	    {"<rules/>", 1, "rules"},
	    {XML(VALUES EXAMPLE), 3, "phenomenon"},
	    {XML("<body>a(b</body>" VALUES EXAMPLE), 3,
	        "the pattern is wrong at byte 3"},
	    {XML("<body>y</body><phenomenon is=\"x\"/>\n<level "
	         "is=\"mauve\"/>" EXAMPLE),
	        4, "is=\"mauve\" is no level"},
	    {XML("<body>y</body><phenomenon is=\"x\"/>\n<level/>" EXAMPLE), 4,
	        "neither is nor <map>"},
	    {XML("<body>y</body><phenomenon is=\"x\"/>\n<level><map "
	         "words=\"fort\" to=\"rouge\"/></level>" EXAMPLE),
	        4, "<map> without a group (?<level>"},
	    {XML("<body>(?&lt;level&gt;y)</body><phenomenon is=\"x\"/>"
	         "<level>\n<map words=\"!\" to=\"rouge\"/></level>" EXAMPLE),
	        4, "words without a letter"},
	    {XML("<body>z</body>" VALUES "\n" EXAMPLE), 4,
	        "answers no to this example, which says match=\"yes\""},
	    {XML("<body>y</body>" VALUES
	         "\n<example match=\"no\">From: a@b.example\n\ny</example>"),
	        4, "answers yes to this example, which says match=\"no\""},
	    {XML("<body>y</body>" VALUES "\n<example match=\"yes\" "
	         "level=\"rouge\">From: a@b.example\n\ny</example>"),
	        4, "says level=\"rouge\" and is read as \"none\""},
	    {XML("<body>y</body>" VALUES
	         "\n<example match=\"yes\">bonjour</example>"),
	        4, "this example is no mail"},
	    {"<recognisers>\n<recogniser name=\"a\" title=\"A\" "
	     "senders=\"a@b.example\" departements=\"999\">"
	     "<body>y</body>" VALUES EXAMPLE "</recogniser></recognisers>",
	        2, "a code is none of France's"},
	    {"<recognisers>\n<recogniser name=\"a\" title=\"A\" "
	     "senders=\"nobody\"><body>y</body>" VALUES EXAMPLE
	     "</recogniser></recognisers>",
	        2, "senders"},
	};
	char *dir = tmpdir_make();
	char path[300];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/r.xml", dir);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_recognisers *recognisers = NULL;
		struct tcs_diag diag = {0};
		tmpdir_write(dir, "r.xml", tcs_slice_str(cases[i].xml));
		enum tcs_err err =
		    tcs_recognisers_load(path, &recognisers, &diag);
		if (err != TCS_ECONFIG || diag.n == 0 ||
		    diag.items[0].line != cases[i].line ||
		    strstr(diag.items[0].text, cases[i].says) == NULL)
			fail_msg("case %zu: %d, line %u: %s", i, (int)err,
			    diag.n == 0 ? 0 : diag.items[0].line,
			    tcs_diag_text(&diag));
		assert_null(recognisers);
		tcs_diag_fini(&diag);
	}
	tmpdir_remove(&dir);
}

static void
what_ships_is_sound(void **state)
{
	struct tcs_recognisers *recognisers = NULL;
	struct tcs_diag diag = {0};

	(void)state;
	check_ok(tcs_recognisers_load(
	             "config/default/recognisers.xml", &recognisers, &diag),
	    &diag);
	assert_true(tcs_recognisers_know(recognisers, "apic@meteo.example"));
	assert_true(tcs_recognisers_know(recognisers, "x@SPC.example"));
	assert_false(tcs_recognisers_know(recognisers, "x@a.spc.example"));
	assert_false(tcs_recognisers_know(recognisers, ""));
	tcs_recognisers_free(&recognisers);
	tcs_diag_fini(&diag);
}

static void
the_server_is_as_the_options_say(void **state)
{
	static const char *const options[] = {"server", "imap.example", "user",
	    "alertes", "password_file", "/secret", "tls", "starttls", "folder",
	    "Météo", "batch", "5", "idle", "no", NULL};
	const struct tcs_feed_ops *ops = tcs_feed_find("mailbox");
	struct tcs_mail_conf conf = {0};
	struct feedkit *kit;

	(void)state;
	kit = open_kit(options);
	assert_false(ops->mail(kit->st, &conf));
	assert_string_equal(conf.server, "imap.example");
	assert_string_equal(conf.user, "alertes");
	assert_string_equal(conf.password_file, "/secret");
	assert_string_equal(conf.folder, "Météo");
	assert_int_equal(conf.security, TCS_MAIL_STARTTLS);
	assert_int_equal(conf.mails_max, 5);
	assert_int_equal(conf.lookback_ms, TCS_HOURS(24));
	feedkit_close(&kit);

	kit = open_kit(NULL);
	assert_true(ops->mail(kit->st, &conf));
	assert_string_equal(conf.server, "");
	assert_int_equal(conf.security, TCS_MAIL_IMPLICIT);
	feedkit_close(&kit);
}

static void
wrong_options_are_refused(void **state)
{
	static const struct {
		const char *key, *value, *key2, *value2, *says;
	} cases[] = {
	    {"server", "a b:x", NULL, NULL, "server"},
	    {"tls", "ssl", NULL, NULL, "tls"},
	    {"senders", "mairie", NULL, NULL, "senders"},
	    {"senders", "<a@b.example>", NULL, NULL, "senders"},
	    {"folder", "a\nb", NULL, NULL, "folder"},
	    {"departements", "999", NULL, NULL, "departements"},
	    {"recognisers", "/nowhere/at/all", NULL, NULL, "No such file"},
	    {"tls", "none", "server", "imap.example", "in the clear"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const options[] = {cases[i].key, cases[i].value,
		    cases[i].key2, cases[i].value2, NULL};
		struct tcs_diag diag = {0};
		enum tcs_err err =
		    feedkit_options(tcs_feed_find("mailbox"), options, &diag);
		if (err == TCS_OK ||
		    strstr(tcs_diag_text(&diag), cases[i].says) == NULL)
			fail_msg("%s: %s", cases[i].key, tcs_diag_text(&diag));
		tcs_diag_fini(&diag);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_recognised_mail_says_all_that_it_says),
	    cmocka_unit_test(an_attachment_is_kept_and_named),
	    cmocka_unit_test(what_no_recogniser_knows_is_passed_on),
	    cmocka_unit_test(times_are_those_of_the_mail_as_far_as_they_can_be),
	    cmocka_unit_test(a_mail_is_known_by_its_message_id_or_its_bytes),
	    cmocka_unit_test(a_level_that_no_map_has_is_unknown),
	    cmocka_unit_test(
	        a_pattern_without_an_answer_is_said_and_the_mail_passed_on),
	    cmocka_unit_test(who_is_not_listened_to_is_counted_and_named),
	    cmocka_unit_test(a_poll_may_bring_nothing),
	    cmocka_unit_test(what_the_server_found_of_the_sender_is_recorded),
	    cmocka_unit_test(a_sender_that_is_not_who_it_says_is_said_first),
	    cmocka_unit_test(faulty_recognisers_are_refused_with_the_place),
	    cmocka_unit_test(what_ships_is_sound),
	    cmocka_unit_test(the_server_is_as_the_options_say),
	    cmocka_unit_test(wrong_options_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Massifs: their list, where they are, their season, what is asked of them. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/clock.h"
#include "tests/support/check.h"
#include "tests/support/feedkit.h"

extern const struct tcs_feed_ops tcs_feed_avalanche;

#define BASE "https://api.example/DPBRA/v1"

static struct feedkit *
open_kit(const char *const *options)
{
	struct feedkit *kit = feedkit_open(&tcs_feed_avalanche, options);

	kit->url = BASE;
	return kit;
}

static void
add(struct feedkit *kit, const char *tag, long status, const char *body)
{
	struct tcs_fetch *fetch = feedkit_add(kit, tcs_slice_str(body));

	fetch->tag = tag;
	fetch->status = status;
}

static const char list[] =
    "{\"features\":["
    "{\"properties\":{\"code\":3,\"title\":\"Mont-Blanc\","
    "\"Departemen\":\"Haute-Savoie\",\"Dep2\":null}},"
    "{\"properties\":{\"code\":4,\"title\":\"Bauges\","
    "\"Departemen\":\"Savoie\",\"Dep2\":\"Haute-Savoie\"}},"
    "{\"properties\":{\"code\":\"66\",\"title\":\"Haute-Bigorre\","
    "\"Departemen\":\"Hautes-Pyrenees\"}},"
    "{\"properties\":{\"code\":70,\"title\":\"Haute-Ariege\","
    "\"Departemen\":\"09\"}},"
    "{\"properties\":{\"code\":71,\"title\":\"Andorre\","
    "\"Departemen\":null}},"
    "{\"properties\":{\"code\":72,\"title\":\"Massif sans table\","
    "\"Departemen\":\"Nulle-Part\"}}]}";

#define SHORT(id, level)                                                       \
	"<B ID='" id "' MASSIF='M" id "' DATEDIFFUSION='2027-01-12T16:04:00' " \
	"DATEVALIDITE='2027-01-13T18:00:00'><CARTOUCHERISQUE><RISQUE "         \
	"RISQUEMAXI='" level "'/></CARTOUCHERISQUE></B>"

static void
departements_are_those_of_the_list_or_of_ones_own_table(void **state)
{
	char path[] = "/tmp/avalanche-table-XXXXXX";
	int fd = mkstemp(path);
	static const char *const bodies[] = {list, SHORT("4", "2"),
	    SHORT("66", "2"), SHORT("70", "2"), SHORT("72", "2"),
	    SHORT("99", "2")};

	(void)state;
	assert_true(fd >= 0);
	assert_true(dprintf(fd, "zone;nom;departements\n66;B;31 65\n") > 0);
	close(fd);
	struct feedkit *kit = open_kit(NULL);
	for (size_t i = 0; i < 6; i++)
		add(kit, NULL, 200, bodies[i]);
	const struct tcs_readings *r = feedkit_read(kit);
	assert_int_equal(r->n, 5);
	assert_string_equal(r->items[0].zone, "4");
	assert_string_equal(r->items[0].departements[0], "73");
	assert_string_equal(r->items[0].departements[1], "74");
	assert_null(r->items[0].departements[2]);
	assert_string_equal(r->items[1].departements[0], "65");
	assert_string_equal(r->items[2].departements[0], "09");
	/* What the list does not say, the table that is built in does. */
	assert_string_equal(r->items[3].departements[0], "09");
	assert_null(r->items[4].departements[0]);
	feedkit_close(&kit);
	kit = open_kit((const char *const[]){"table", path, NULL});
	for (size_t i = 0; i < 6; i++)
		add(kit, NULL, 200, bodies[i]);
	r = feedkit_read(kit);
	assert_string_equal(r->items[1].departements[0], "31");
	assert_string_equal(r->items[1].departements[1], "65");
	assert_string_equal(r->items[0].departements[0], "73");
	feedkit_close(&kit);
	assert_int_equal(unlink(path), 0);
}

static void
without_the_list_the_built_in_table_says_them(void **state)
{
	static const struct {
		const char *id, *name, *want;
	} cases[] = {
	    {"66", "Haute-Bigorre", "65"},
	    {"67", "HAUTE BIGORRE", "65"}, /* off by one: the name counts */
	    {"66", "Un autre nom", "65"},
	    {"999", "orlu st-barthelemy", "09"},
	    {"999", "Nulle Part", NULL},
	};
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *body = NULL;
		assert_true(
		    asprintf(&body,
		        "<B ID='%s' MASSIF='%s' "
		        "DATEVALIDITE='2027-01-13T18:00:00'><CARTOUCHERISQUE>"
		        "<RISQUE RISQUEMAXI='3'/></CARTOUCHERISQUE></B>",
		        cases[i].id, cases[i].name) > 0);
		const struct tcs_readings *r = feedkit_read_text(kit, body);
		const char *got = r->items[0].departements[0];
		check_text(got, cases[i].want);
		free(body);
	}
	feedkit_close(&kit);
}

/* ---- season ---- */

static void
a_massif_without_bulletin_is_named_and_nothing_is_said_of_it(void **state)
{
	static const struct {
		struct tcs_fetch bodies[4];
		size_t n, readings;
		const char *note;
	} cases[] = {
	    {{{.status = 200, .tag = "liste-massifs"},
	         {.status = 200, .tag = "66"}},
	        2, 1, ""},
	    {{{.status = 200, .tag = "liste-massifs"},
	         {.status = 200, .tag = "66"}, {.status = 404, .tag = "3"},
	         {.status = 404, .tag = "70"}},
	        4, 1,
	        "Sans bulletin d'avalanche : 2 massifs : Mont-Blanc, "
	        "Haute-Ariege (hors saison, ou non publié)."},
	    {{{.status = 200, .tag = "liste-massifs"},
	         {.status = 404, .tag = "66"}, {.status = 404, .tag = "3"}},
	        3, 0, "Aucun bulletin d'avalanche n'est publié (hors saison)."},
	};
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		feedkit_drop(kit);
		for (size_t k = 0; k < cases[i].n; k++) {
			const struct tcs_fetch *c = &cases[i].bodies[k];
			add(kit, c->tag, c->status,
			    k == 0             ? list
			    : c->status == 404 ? "no matching blob"
			                       : SHORT("66", "3"));
		}
		const struct tcs_readings *r = feedkit_read(kit);
		assert_int_equal(r->n, cases[i].readings);
		assert_string_equal(r->document.note, cases[i].note);
		assert_false(r->document.is_complete);
	}
	feedkit_close(&kit);
}

static void
out_of_season_the_source_is_neither_late_nor_frozen_nor_expired(void **state)
{
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	add(kit, "liste-massifs", 200, list);
	add(kit, "66", 404, "{\"description\":\"no matching blob\"}");
	const struct tcs_readings *r = feedkit_read(kit);
	assert_int_equal(r->document.issued_ms, TCS_NO_TIME);
	assert_int_equal(r->document.next_issue_ms, TCS_NO_TIME);
	assert_int_equal(r->document.frozen_ms, TCS_NO_TIME);
	assert_int_equal(
	    r->document.expires_ms, FEEDKIT_NOW_MS + TCS_DAYS(366));
	feedkit_close(&kit);
}

static void
append_signal(struct tcs_buf *buf, const struct tcs_new_signal *added)
{
	tcs_buf_str(
	    buf, strcmp(added->signal.status, "System") == 0 ? "S" : "z");
}

static void
the_end_of_the_season_is_one_signal_and_no_all_clear(void **state)
{
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	add(kit, NULL, 200, list);
	add(kit, "3", 200, SHORT("3", "3"));
	add(kit, "4", 200, SHORT("4", "3"));
	add(kit, "66", 200, SHORT("66", "4"));
	const struct tcs_readings *r = feedkit_read(kit);
	int64_t now_ms = r->document.issued_ms + TCS_MINUTES(1);
	/* Bauges is in two départements. */
	(void)feedkit_take(kit, r, now_ms);
	assert_string_equal(feedkit_tell(kit, append_signal), "zzzzS");
	feedkit_drop(kit);
	add(kit, NULL, 200, list);
	add(kit, "3", 404, "");
	add(kit, "4", 404, "");
	add(kit, "66", 404, "");
	for (int day = 1; day < 4; day++) {
		(void)feedkit_take(
		    kit, feedkit_read(kit), now_ms + TCS_DAYS(day));
		assert_string_equal(
		    feedkit_tell(kit, append_signal), day == 1 ? "S" : "");
	}
	feedkit_close(&kit);
}

static void
names_of_the_configuration_that_the_list_has_not_are_said(void **state)
{
	struct feedkit *kit = open_kit((const char *const[]){
	    "massifs", "66", "massifs", "Vercorse", NULL});

	(void)state;
	assert_string_equal(feedkit_read_text(kit, list)->document.note,
	    "Le massif « Vercorse » de la configuration n'est pas dans la "
	    "liste de Météo-France.");
	feedkit_close(&kit);
	kit = open_kit((const char *const[]){"departements", "62", NULL});
	assert_string_equal(feedkit_read_text(kit, list)->document.note,
	    "Aucun massif de la liste de Météo-France ne répond au choix de "
	    "la configuration.");
	feedkit_close(&kit);
}

/* ---- what is asked ---- */

static void
the_list_is_asked_for_then_each_chosen_massif(void **state)
{
	static const struct {
		const char *options[5];
		const char *codes;
	} cases[] = {
	    {{NULL}, "3 4 66 70 72 "}, /* never Andorre */
	    {{"massifs", "66", "massifs", "3"}, "3 66 "},
	    {{"massifs", "HAUTE ARIÈGE", "massifs", "mont blanc"}, "3 70 "},
	    {{"massifs", "71"}, ""},
	    {{"departements", "74"}, "3 4 "},
	    {{"departements", "09", "departements", "65"}, "66 70 "},
	    {{"departements", "62"}, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_buf codes;
		struct feedkit *kit = open_kit(cases[i].options);
		assert_int_equal(
		    feedkit_ask_next(kit, BASE "/liste-massifs"), TCS_OK);
		assert_int_equal(kit->asks_n, 1);
		assert_string_equal(kit->asks[0].url, BASE "/liste-massifs");
		assert_true(kit->asks[0].is_fixed && !kit->asks[0].accepts_404);
		add(kit, "liste-massifs", 200, list);
		assert_int_equal(
		    feedkit_ask_next(kit, BASE "/liste-massifs"), TCS_OK);
		tcs_buf_init(&codes, 200);
		tcs_buf_str(&codes, "");
		for (size_t k = 0; k < kit->asks_n; k++) {
			char *url = NULL;
			tcs_buf_printf(&codes, "%s ", kit->asks[k].tag);
			assert_true(asprintf(&url,
			                BASE "/massif/BRA?id-massif=%s&"
			                     "format=xml",
			                kit->asks[k].tag) > 0);
			assert_string_equal(kit->asks[k].url, url);
			assert_true(kit->asks[k].accepts_404);
			free(url);
		}
		assert_string_equal(
		    codes.p == NULL ? "" : codes.p, cases[i].codes);
		tcs_buf_fini(&codes);
		feedkit_close(&kit);
	}
}

static void
nothing_is_asked_after_the_massifs_nor_of_a_list_without_sense(void **state)
{
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	add(kit, "liste-massifs", 200, list);
	add(kit, "66", 200, SHORT("66", "3"));
	assert_int_equal(feedkit_ask_next(kit, BASE), TCS_OK);
	assert_int_equal(kit->asks_n, 0);
	feedkit_drop(kit);
	add(kit, "liste-massifs", 200, "<html>");
	assert_int_equal(feedkit_ask_next(kit, BASE), TCS_EPARSE);
	assert_int_equal(kit->asks_n, 0);
	feedkit_close(&kit);
}

static void
the_base_is_that_of_the_url_or_the_option(void **state)
{
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	assert_int_equal(feedkit_ask_next(kit, BASE "/"), TCS_OK);
	assert_string_equal(kit->asks[0].url, BASE "/liste-massifs");
	assert_int_equal(feedkit_ask_next(kit, tcs_feed_avalanche.url), TCS_OK);
	assert_string_equal(kit->asks[0].url,
	    "https://public-api.meteofrance.fr/public/DPBRA/v1/liste-massifs");
	feedkit_close(&kit);
	kit = open_kit(
	    (const char *const[]){"api", "https://other.example/bra/", NULL});
	assert_int_equal(feedkit_ask_next(kit, BASE), TCS_OK);
	assert_string_equal(
	    kit->asks[0].url, "https://other.example/bra/liste-massifs");
	feedkit_close(&kit);
}

/* ---- bytes ---- */

static void
pictures_of_an_archive_do_no_harm(void **state)
{
	struct tcs_buf body;
	struct feedkit *kit = open_kit(NULL);

	(void)state;
	tcs_buf_init(&body, 4 << 20);
	tcs_buf_str(&body, "<Bulletins nombre='2'>" SHORT("3", "2"));
	body.n -= strlen("</B>");
	for (int i = 0; i < 3; i++) {
		tcs_buf_str(&body, "<ImageRisque><Content>");
		for (int k = 0; k < 200 * 1024 / 4; k++)
			tcs_buf_str(&body, "iVBO");
		tcs_buf_str(&body, "</Content></ImageRisque>");
	}
	tcs_buf_str(&body, "</B>" SHORT("66", "3") "</Bulletins>");
	assert_int_equal(body.err, TCS_OK);
	const struct tcs_readings *r = feedkit_read_text(kit, body.p);
	assert_int_equal(r->n, 2);
	assert_string_equal(r->items[0].level, "2");
	assert_string_equal(r->items[1].level, "3");
	tcs_buf_fini(&body);
	feedkit_close(&kit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        departements_are_those_of_the_list_or_of_ones_own_table),
	    cmocka_unit_test(without_the_list_the_built_in_table_says_them),
	    cmocka_unit_test(
	        a_massif_without_bulletin_is_named_and_nothing_is_said_of_it),
	    cmocka_unit_test(
	        out_of_season_the_source_is_neither_late_nor_frozen_nor_expired),
	    cmocka_unit_test(
	        the_end_of_the_season_is_one_signal_and_no_all_clear),
	    cmocka_unit_test(
	        names_of_the_configuration_that_the_list_has_not_are_said),
	    cmocka_unit_test(the_list_is_asked_for_then_each_chosen_massif),
	    cmocka_unit_test(
	        nothing_is_asked_after_the_massifs_nor_of_a_list_without_sense),
	    cmocka_unit_test(the_base_is_that_of_the_url_or_the_option),
	    cmocka_unit_test(pictures_of_an_archive_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

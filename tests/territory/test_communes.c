#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "territory/communes.h"
#include "tests/support/tmpdir.h"

#define HEAD "tocsin-communes;1\n"

/* Names are real ones put together freely. */
static const char small[] =
    HEAD "e;200000001;CA de la Vallée\n"
         "e;200000002;CC des Collines\n"
         "c;02003;Arques;;;\n"
         "c;2A004;Ajaccio;;72000;20000 20090\n"
         "c;62040;Arques;200000001;9431;62510\n"
         "c;62178;Bruay-la-Buissière;200000002;21000;62700\n"
         "c;62473;Isques;200000002;1100;62360\n"
         "c;62765;Saint-Omer;200000001;15000;62500\n"
         "c;62826;Le Touquet-Paris-Plage;;4200;62520\n"
         "c;97411;Saint-Denis;;150000;97400 97417 97490\n"
         "a;62014;Ajettes;62765\n"
         "d;62178;Bruay-en-Artois;62178\n"
         "d;62998;Arques;62473\n"
         "m;62999;Saint-Omer 1er Arrondissement;62765\n"
         "x;62997;;62765\n"
         "fin;15\n";

static struct tcs_communes *
parse(const char *text)
{
	struct tcs_communes *communes = NULL;
	struct tcs_diag diag = {0};

	enum tcs_err err =
	    tcs_communes_parse(tcs_slice_str(text), "t.txt", &communes, &diag);
	if (err != TCS_OK)
		fail_msg("%s", tcs_diag_text(&diag));
	assert_int_equal(diag.n, 0);
	return communes;
}

static void
a_code_leads_to_the_commune_and_says_which_it_is(void **state)
{
	(void)state;
	static const struct {
		const char *insee, *today, *name;
		enum tcs_commune_part part;
	} cases[] = {
	    {"62040", "62040", "Arques", TCS_COMMUNE_WHOLE},
	    {"2A004", "2A004", "Ajaccio", TCS_COMMUNE_WHOLE},
	    /* Also that of a déléguée: today's wins. */
	    {"62178", "62178", "Bruay-la-Buissière", TCS_COMMUNE_WHOLE},
	    {"62014", "62765", "Ajettes", TCS_COMMUNE_ASSOCIEE},
	    {"62998", "62473", "Arques", TCS_COMMUNE_DELEGUEE},
	    {"62999", "62765", "Saint-Omer 1er Arrondissement",
	        TCS_COMMUNE_ARRONDISSEMENT},
	    {"62997", "62765", "", TCS_COMMUNE_FORMER},
	    {"62041", NULL, NULL, TCS_COMMUNE_WHOLE},
	    {"", NULL, NULL, TCS_COMMUNE_WHOLE},
	    {NULL, NULL, NULL, TCS_COMMUNE_WHOLE},
	};
	struct tcs_communes *communes = parse(small);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_commune_hit hit =
		    tcs_communes_find(communes, cases[i].insee);
		if (cases[i].today == NULL) {
			assert_null(hit.commune);
			continue;
		}
		assert_string_equal(hit.commune->insee, cases[i].today);
		assert_string_equal(hit.insee, cases[i].insee);
		assert_string_equal(hit.name, cases[i].name);
		assert_int_equal(hit.part, cases[i].part);
	}
	tcs_communes_free(&communes);
	assert_null(communes);
}

static void
a_commune_says_all_that_is_known(void **state)
{
	(void)state;
	struct tcs_communes *communes = parse(small);
	const struct tcs_commune *c =
	    tcs_communes_find(communes, "97411").commune;
	size_t n = 0;

	assert_string_equal(c->departement, "974");
	assert_null(c->epci);
	assert_int_equal(c->population, 150000);
	assert_string_equal(c->postcodes, "97400 97417 97490");
	c = tcs_communes_find(communes, "62040").commune;
	assert_string_equal(c->departement, "62");
	assert_string_equal(c->epci->siren, "200000001");
	assert_string_equal(c->epci->name, "CA de la Vallée");
	c = tcs_communes_find(communes, "02003").commune;
	assert_int_equal(c->population, 0);
	assert_string_equal(c->postcodes, "");
	c = tcs_communes_all(communes, &n);
	assert_int_equal(n, 8);
	assert_string_equal(c[0].insee, "02003");
	tcs_communes_free(&communes);
}

/* The codes found, "62040 62473", and "~" before what is only words. */
static void
assert_search(const struct tcs_communes *communes, const char *departement,
    const char *name, const char *want)
{
	struct tcs_commune_hit hits[8];
	struct tcs_buf buf;

	size_t n = tcs_communes_search(communes, departement, name, hits, 8);
	tcs_buf_init(&buf, 1000);
	for (size_t i = 0; i < n && i < 8; i++)
		tcs_buf_printf(&buf, "%s%s%s", i > 0 ? " " : "",
		    hits[i].is_exact ? "" : "~", hits[i].insee);
	assert_string_equal(buf.p == NULL ? "" : buf.p, want);
	tcs_buf_fini(&buf);
}

static void
a_name_finds_every_place_of_that_name(void **state)
{
	(void)state;
	struct tcs_communes *communes = parse(small);

	assert_search(communes, "62", "Arques", "62040 62998");
	assert_search(communes, NULL, "ARQUES", "02003 62040 62998");
	assert_search(communes, "02", "arques", "02003");
	assert_search(communes, "62", "St Omer", "62765 ~62999");
	assert_search(communes, "62", "saint-omer", "62765 ~62999");
	assert_search(communes, "62", "Bruay", "~62178 ~62178");
	assert_search(communes, "62", "Bruay-en-Artois", "62178");
	assert_search(communes, "62", "Touquet Paris Plage", "62826");
	assert_search(communes, "62", "le touquet", "~62826");
	assert_search(communes, "62", "Saint", "~62765 ~62999");
	assert_search(communes, "62", "Omer", "~62765 ~62999");
	assert_search(communes, "62", "Sai", "");
	assert_search(communes, "62", "Calais", "");
	assert_search(communes, "59", "Arques", "");
	assert_search(communes, "62", "", "");
	assert_search(communes, "62", "--", "");
	assert_search(communes, NULL, NULL, "");
	tcs_communes_free(&communes);
}

static void
hits_past_the_room_are_counted(void **state)
{
	(void)state;
	struct tcs_communes *communes = parse(small);
	struct tcs_commune_hit hit = {0};

	assert_int_equal(
	    tcs_communes_search(communes, NULL, "Arques", &hit, 1), 3);
	assert_string_equal(hit.insee, "02003");
	assert_int_equal(
	    tcs_communes_search(communes, NULL, "Arques", NULL, 0), 3);
	tcs_communes_free(&communes);
}

static void
without_communes_nothing_is_found(void **state)
{
	(void)state;
	size_t n = 1;
	struct tcs_commune_hit hit;

	assert_null(tcs_communes_find(NULL, "62040").commune);
	assert_int_equal(tcs_communes_search(NULL, NULL, "Arques", &hit, 1), 0);
	assert_null(tcs_communes_all(NULL, &n));
	assert_int_equal(n, 0);
}

static void
what_is_wrong_is_named_with_its_line(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
	} cases[] = {
	    {"", 1},
	    {"tocsin-communes;2\nfin;0\n", 1},
	    {HEAD, 1},
	    {HEAD "c;62040;Arques;;;\n", 2},
	    {HEAD "c;62040;Arques;;;\nfin;2\n", 3},
	    {HEAD "c;62040;Arques;;;\nfin;\n", 3},
	    {HEAD "c;62040;Arques;;;\nfin;1\nfin;1\n", 4},
	    {HEAD "c;6204;Arques;;;\nfin;1\n", 2},
	    {HEAD "c;62040;;;;\nfin;1\n", 2},
	    {HEAD "c;62040;Arques;;\nfin;1\n", 2},
	    {HEAD "c;62040;Arques;;;;\nfin;1\n", 2},
	    {HEAD "c;62040;Arques;;-1;\nfin;1\n", 2},
	    {HEAD "c;62040;Arques;;9999999999;\nfin;1\n", 2},
	    {HEAD "c;62040;Arques;200000001;;\nfin;1\n", 2},
	    {HEAD "e;20;CA\nfin;1\n", 2},
	    {HEAD "e;200000001;CA;\nfin;1\n", 2},
	    {HEAD "c;62040;A;;;\ne;200000001;CA\nfin;2\n", 3},
	    {HEAD "z;62040;A\nfin;1\n", 2},
	    {HEAD "\nfin;0\n", 2},
	    {HEAD "d;62041;A\nfin;1\n", 2},
	    {HEAD "c;62040;A;;;\nd;62041;A;6204\nfin;2\n", 3},
	    {HEAD "d;62041;A;62040\nfin;1\n", 0},
	    {HEAD "c;62040;A;;;\nc;62040;B;;;\nfin;2\n", 0},
	    {HEAD "e;200000001;A\ne;200000001;B\nfin;2\n", 0},
	    {HEAD "c;62040;\xff;;;\nfin;1\n", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_communes *communes = NULL;
		struct tcs_diag diag = {0};
		assert_int_equal(
		    tcs_communes_parse(tcs_slice_str(cases[i].text), "t.txt",
		        &communes, &diag),
		    TCS_EPARSE);
		assert_null(communes);
		assert_int_equal(diag.n, 1);
		if (cases[i].line > 0)
			assert_int_equal(diag.items[0].line, cases[i].line);
		assert_string_equal(diag.items[0].file, "t.txt");
		tcs_diag_fini(&diag);
	}
}

/* Cut anywhere, or with any byte changed: refused, or read, never worse. */
static void
a_damaged_file_does_no_harm(void **state)
{
	(void)state;
	size_t whole = strlen(small);
	char *copy = malloc(sizeof(small));

	assert_non_null(copy);
	for (size_t n = 0; n < whole; n++) {
		struct tcs_communes *communes = NULL;
		enum tcs_err err = tcs_communes_parse(
		    tcs_slice(small, n), "t.txt", &communes, NULL);
		/* Only the last line's end may be missing. */
		assert_int_equal(err, n == whole - 1 ? TCS_OK : TCS_EPARSE);
		tcs_communes_free(&communes);
	}
	for (size_t i = 0; i < 3 * whole; i++) {
		static const char bytes[] = {'\0', ';', '\xe9'};
		struct tcs_communes *communes = NULL;
		memcpy(copy, small, sizeof(small));
		copy[i / 3] = bytes[i % 3];
		enum tcs_err err = tcs_communes_parse(
		    tcs_slice(copy, whole), "t.txt", &communes, NULL);
		assert_true(err == TCS_OK || err == TCS_EPARSE);
		tcs_communes_free(&communes);
	}
	free(copy);
}

static void
a_file_that_is_not_there_is_said(void **state)
{
	(void)state;
	struct tcs_communes *communes = NULL;
	struct tcs_diag diag = {0};

	assert_int_equal(
	    tcs_communes_load("/nonexistent/c.txt", &communes, &diag),
	    TCS_ENOTFOUND);
	assert_null(communes);
	assert_string_equal(diag.items[0].file, "/nonexistent/c.txt");
	tcs_diag_fini(&diag);
}

/* What the build makes of the package, when it has it. */
static void
the_communes_of_the_build_are_all_there(void **state)
{
	(void)state;
	static const struct {
		const char *insee, *today;
	} cases[] = {{"62040", "62040"}, {"67014", "67418"}, {"67402", "67372"},
	    {"75108", "75056"}, {"2A004", "2A004"}, {"97411", "97411"}};
	struct tcs_communes *communes = NULL;
	struct tcs_commune_hit hit = {0};
	size_t n = 0;

	enum tcs_err err = tcs_communes_load(NULL, &communes, NULL);
	if (err == TCS_ENOTFOUND)
		skip();
	assert_int_equal(err, TCS_OK);
	(void)tcs_communes_all(communes, &n);
	assert_in_range(n, 34000, 36000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(
		    tcs_communes_find(communes, cases[i].insee).commune->insee,
		    cases[i].today);
	assert_int_equal(
	    tcs_communes_search(communes, "62", "St-Omer", &hit, 1) > 0, 1);
	assert_string_equal(hit.insee, "62765");
	assert_string_equal(hit.commune->postcodes, "62500");
	assert_non_null(hit.commune->epci);
	tcs_communes_free(&communes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_code_leads_to_the_commune_and_says_which_it_is),
	    cmocka_unit_test(a_commune_says_all_that_is_known),
	    cmocka_unit_test(a_name_finds_every_place_of_that_name),
	    cmocka_unit_test(hits_past_the_room_are_counted),
	    cmocka_unit_test(without_communes_nothing_is_found),
	    cmocka_unit_test(what_is_wrong_is_named_with_its_line),
	    cmocka_unit_test(a_damaged_file_does_no_harm),
	    cmocka_unit_test(a_file_that_is_not_there_is_said),
	    cmocka_unit_test(the_communes_of_the_build_are_all_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

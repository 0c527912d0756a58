#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/place.h"
#include "territory/communes.h"
#include "tests/support/check.h"

static const char table[] = "tocsin-communes;1\n"
                            "c;59350;Lille;;236234;59000\n"
                            "c;59999;Arques;;10;59001\n"
                            "c;62040;Arques;;9431;62510\n"
                            "c;62178;Bruay-la-Buissière;;21000;62700\n"
                            "d;62900;Vieil-Arques;62040\n"
                            "fin;5\n";

static char *both[] = {(char[]){"62"}, (char[]){"59"}};

static struct tcs_communes *
communes(void)
{
	struct tcs_communes *made = NULL;
	struct tcs_diag diag = {0};

	check_ok(
	    tcs_communes_parse(tcs_slice_str(table), "t.txt", &made, &diag),
	    &diag);
	return made;
}

/* With the first `n` of both départements. */
static enum tcs_err
read_place(const struct tcs_communes *known, size_t n,
    struct tcs_place_words words, struct tcs_place *place,
    struct tcs_diag *diag)
{
	const struct tcs_conf conf = {
	    .observatory = {.departements = {.items = both, .n = n}}};

	return tcs_place_read(&conf, known, &words, place, diag);
}

static void
a_place_is_a_commune_or_its_own_words(void **state)
{
	static const struct {
		struct tcs_place_words words;
		bool has_names;
		size_t departements;
		const char *departement, *commune, *name, *text;
	} cases[] = {
	    {{"62040", NULL, NULL}, true, 1, "62", "62040", "Arques", NULL},
	    {{"62040", NULL, NULL}, false, 1, "62", "62040", NULL, NULL},
	    {{"62040", "62040", "62"}, true, 1, "62", "62040", "Arques", NULL},
	    {{"arques", NULL, NULL}, true, 1, "62", "62040", "Arques", NULL},
	    {{"ARQUES", NULL, "59"}, true, 2, "59", "59999", "Arques", NULL},
	    {{"D 210", "62040", NULL}, true, 1, "62", "62040", "Arques",
	        "D 210"},
	    {{"D 210", "62040", NULL}, false, 2, "62", "62040", NULL, "D 210"},
	    {{"Vieil Arques", NULL, NULL}, true, 1, "62", "62040", "Arques",
	        "Vieil-Arques"},
	    {{"62900", NULL, NULL}, true, 1, "62", "62040", "Arques",
	        "Vieil-Arques"},
	    {{"digue du canal", NULL, NULL}, true, 1, "62", NULL, NULL,
	        "digue du canal"},
	    {{"digue du canal", NULL, "59"}, true, 2, "59", NULL, NULL,
	        "digue du canal"},
	    {{"Bruay", NULL, "62"}, true, 1, "62", NULL, NULL, "Bruay"},
	    {{"arques", NULL, NULL}, false, 1, "62", NULL, NULL, "arques"},
	};
	struct tcs_communes *known = communes();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_place place = {.commune = NULL};
		struct tcs_diag diag = {0};
		check_ok(
		    read_place(cases[i].has_names ? known : NULL,
		        cases[i].departements, cases[i].words, &place, &diag),
		    &diag);
		assert_string_equal(place.departement, cases[i].departement);
		check_text(place.commune, cases[i].commune);
		check_text(place.name, cases[i].name);
		check_text(place.text, cases[i].text);
	}
	tcs_communes_free(&known);
}

static void
what_is_no_place_is_told_with_what_to_write(void **state)
{
	static const struct {
		struct tcs_place_words words;
		size_t departements;
		const char *why;
	} cases[] = {
	    {{"62041", NULL, NULL}, 1, "no commune has the INSEE code 62041"},
	    {{"59350", NULL, NULL}, 1, "59 is not watched here"},
	    {{"62040", NULL, "59"}, 2, "is of département 62, not 59"},
	    {{"62040", "62178", NULL}, 1, "two communes"},
	    {{"ici", "Arques", NULL}, 1, "no INSEE code"},
	    {{"ici", NULL, NULL}, 2, "which département"},
	    {{"ici", NULL, "Pas-de-Calais"}, 1,
	        "is none; write: --departement 62"},
	    {{"ici", NULL, "75"}, 1, "75 is not watched here"},
	    {{"Arques", NULL, NULL}, 2, "62040 Arques, 59999 Arques"},
	    {{"Bruay", NULL, NULL}, 1, "62178 Bruay-la-Buissière"},
	};
	struct tcs_communes *known = communes();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_place place = {.commune = "untouched"};
		struct tcs_diag diag = {0};
		assert_int_equal(read_place(known, cases[i].departements,
		                     cases[i].words, &place, &diag),
		    TCS_EINVAL);
		check_finding(&diag, 0, cases[i].why);
		assert_string_equal(place.commune, "untouched");
		tcs_diag_fini(&diag);
	}
	tcs_communes_free(&known);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_place_is_a_commune_or_its_own_words),
	    cmocka_unit_test(what_is_no_place_is_told_with_what_to_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "territory/codes.h"

static void
each_departement_is_found_by_each_of_its_codes(void **state)
{
	(void)state;
	size_t n = 0;
	const struct tcs_departement *all = tcs_departements(&n);

	assert_int_equal(n, 101);
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(tcs_departement_find(all[i].code), &all[i]);
		assert_ptr_equal(
		    tcs_departement_of_nuts3(all[i].nuts3), &all[i]);
		assert_ptr_equal(tcs_departement_named(all[i].name), &all[i]);
		if (i > 0)
			assert_true(strcmp(all[i - 1].code, all[i].code) < 0);
	}
	assert_null(tcs_departement_find("20"));
	assert_null(tcs_departement_find("975"));
	assert_null(tcs_departement_find("6"));
	assert_null(tcs_departement_find(""));
	assert_null(tcs_departement_find(NULL));
	assert_null(tcs_departement_of_nuts3("FRE12"));
	assert_null(tcs_departement_of_nuts3(NULL));
}

static void
a_departement_says_region_zone_and_nuts3(void **state)
{
	(void)state;
	static const struct {
		const char *code, *region, *zone, *nuts3;
	} cases[] = {
	    {"62", "Hauts-de-France", "NORD", "FR302"},
	    {"67", "Grand Est", "EST", "FR421"},
	    {"75", "Île-de-France", "PARIS", "FR101"},
	    {"76", "Normandie", "OUEST", "FR232"},
	    {"30", "Occitanie", "SUD", "FR812"},
	    {"31", "Occitanie", "SUD", "FR623"},
	    {"33", "Nouvelle-Aquitaine", "SUD_OUEST", "FR612"},
	    {"38", "Auvergne-Rhône-Alpes", "SUD_EST", "FR714"},
	    {"2A", "Corse", "SUD", "FR831"},
	    {"976", "Mayotte", "OCEAN_INDIEN", "FRA50"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tcs_departement *d =
		    tcs_departement_find(cases[i].code);
		assert_non_null(d);
		assert_string_equal(d->region_name, cases[i].region);
		assert_string_equal(d->zone, cases[i].zone);
		assert_string_equal(d->nuts3, cases[i].nuts3);
	}
	assert_string_equal(tcs_departement_find("62")->region, "32");
}

static void
a_name_is_found_however_it_is_written(void **state)
{
	(void)state;
	static const struct {
		const char *name, *code;
	} cases[] = {
	    {"Hautes Alpes", "05"},
	    {"ALPES DE HAUTE PROVENCE", "04"},
	    {"cotes d’armor", "22"},
	    {"Val-d\xe2\x80\x99Oise", "95"},
	    {" Seine\xc2\xa0Saint\xe2\x80\x91"
	     "Denis ",
	        "93"},
	    {"Réunion", "974"},
	    {"La Reunion", "974"},
	    {"l'Herault", "34"},
	    {"Seine St Denis", "93"},
	    {"Loire", "42"},
	    {"Haute Loire", "43"},
	    {"Savoie", "73"},
	    {"Territoire-de-Belfort", "90"},
	    {"La", NULL},
	    {"Alpes", NULL},
	    {"Corse", NULL},
	    {"", NULL},
	    {"-", NULL},
	    {NULL, NULL},
	};
	char long_name[2000];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tcs_departement *d =
		    tcs_departement_named(cases[i].name);
		if (cases[i].code == NULL) {
			assert_null(d);
			continue;
		}
		assert_non_null(d);
		assert_string_equal(d->code, cases[i].code);
	}
	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_null(tcs_departement_named(long_name));
}

static void
a_commune_code_leads_to_its_departement(void **state)
{
	(void)state;
	static const struct {
		const char *insee, *code;
	} cases[] = {{"62040", "62"}, {"2A004", "2A"}, {"97411", "974"},
	    {"75056", "75"}, {"97502", NULL}, {"98818", NULL}, {"99138", NULL},
	    {"20004", NULL}, {"6204", NULL}, {"620400", NULL}, {"", NULL},
	    {NULL, NULL}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tcs_departement *d =
		    tcs_departement_of_insee(cases[i].insee);
		if (cases[i].code == NULL)
			assert_null(d);
		else
			assert_string_equal(d->code, cases[i].code);
	}
}

static void
a_domain_says_what_it_is(void **state)
{
	(void)state;
	static const struct {
		const char *domain;
		enum tcs_domain_kind kind;
		const char *departement, *name;
	} cases[] = {
	    {"62", TCS_DOMAIN_DEPARTEMENT, "62", "Pas-de-Calais"},
	    {"2B", TCS_DOMAIN_DEPARTEMENT, "2B", "Haute-Corse"},
	    {"10", TCS_DOMAIN_DEPARTEMENT, "10", "Aube"},
	    {"974", TCS_DOMAIN_DEPARTEMENT, "974", "La Réunion"},
	    {"6210", TCS_DOMAIN_COAST, "62", "Pas-de-Calais (littoral)"},
	    {"2A10", TCS_DOMAIN_COAST, "2A", "Corse-du-Sud (littoral)"},
	    {"FRA", TCS_DOMAIN_NATIONAL, NULL, "France"},
	    {"99", TCS_DOMAIN_ABROAD, NULL, "Andorre"},
	    {"ZDF_NORD", TCS_DOMAIN_ZONE, NULL, "Zone de défense Nord"},
	    {"ZDF_SUD_EST", TCS_DOMAIN_ZONE, NULL, "Zone de défense Sud-Est"},
	    {"6710", TCS_DOMAIN_UNKNOWN, NULL, NULL},
	    {"0110", TCS_DOMAIN_UNKNOWN, NULL, NULL},
	    {"06100", TCS_DOMAIN_UNKNOWN, NULL, NULL},
	    {"NORD", TCS_DOMAIN_UNKNOWN, NULL, NULL},
	    {"ZDF_", TCS_DOMAIN_UNKNOWN, NULL, NULL},
	    {"fra", TCS_DOMAIN_UNKNOWN, NULL, NULL},
	    {"", TCS_DOMAIN_UNKNOWN, NULL, NULL},
	    {NULL, TCS_DOMAIN_UNKNOWN, NULL, NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_domain d = tcs_domain_find(cases[i].domain);
		assert_int_equal(d.kind, cases[i].kind);
		if (cases[i].departement == NULL)
			assert_null(d.departement);
		else
			assert_string_equal(
			    d.departement->code, cases[i].departement);
		if (cases[i].name == NULL)
			assert_null(d.name);
		else
			assert_string_equal(d.name, cases[i].name);
	}
}

/* All that could be a coast, and the 25 that are. */
static void
there_are_twenty_five_coasts(void **state)
{
	(void)state;
	size_t n = 0, coasts = 0;
	const struct tcs_departement *all = tcs_departements(&n);

	for (size_t i = 0; i < n; i++) {
		char domain[8];
		(void)snprintf(domain, sizeof(domain), "%s10", all[i].code);
		struct tcs_domain d = tcs_domain_find(domain);
		if (d.kind == TCS_DOMAIN_UNKNOWN)
			continue;
		assert_int_equal(d.kind, TCS_DOMAIN_COAST);
		assert_ptr_equal(d.departement, &all[i]);
		assert_memory_equal(d.name, all[i].name, strlen(all[i].name));
		coasts++;
	}
	assert_int_equal(coasts, 25);
}

static void
zones_de_defense_part_the_departements(void **state)
{
	(void)state;
	static const char *const zones[] = {"PARIS", "NORD", "EST", "OUEST",
	    "SUD", "SUD_EST", "SUD_OUEST", "ANTILLES", "GUYANE",
	    "OCEAN_INDIEN"};
	static const size_t sizes[] = {8, 5, 18, 20, 21, 12, 12, 2, 1, 2};
	size_t total = 0;

	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		const char *const *in = tcs_zone_departements(zones[i]);
		size_t n = 0;
		assert_non_null(in);
		for (; in[n] != NULL; n++) {
			assert_string_equal(
			    tcs_departement_find(in[n])->zone, zones[i]);
			if (n > 0)
				assert_true(strcmp(in[n - 1], in[n]) < 0);
		}
		assert_int_equal(n, sizes[i]);
		total += n;
	}
	assert_int_equal(total, 101);
	assert_ptr_equal(
	    tcs_zone_departements("ZDF_NORD"), tcs_zone_departements("NORD"));
	assert_null(tcs_zone_departements("MIDI"));
	assert_null(tcs_zone_departements(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_departement_is_found_by_each_of_its_codes),
	    cmocka_unit_test(a_departement_says_region_zone_and_nuts3),
	    cmocka_unit_test(a_name_is_found_however_it_is_written),
	    cmocka_unit_test(a_commune_code_leads_to_its_departement),
	    cmocka_unit_test(a_domain_says_what_it_is),
	    cmocka_unit_test(there_are_twenty_five_coasts),
	    cmocka_unit_test(zones_de_defense_part_the_departements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

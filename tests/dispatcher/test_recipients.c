#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "dispatcher/recipients.h"

#define WORDS(...)                                                             \
	{                                                                      \
		(char *[]){__VA_ARGS__},                                       \
		    sizeof((char *[]){__VA_ARGS__}) / sizeof(char *)           \
	}

static char name_mairie[] = "mairie-a", name_mairie_b[] = "mairie-b",
            name_sdis[] = "sdis62", name_coz[] = "coz", name_duty[] = "duty",
            name_epci[] = "epci", name_far[] = "mairie-59",
            name_both[] = "a-rdi-and-sidpc";
static char w_communes[] = "communes", w_sdis[] = "sdis", w_coz[] = "coz",
            w_sidpc[] = "sidpc", w_authority[] = "authority", w_epci[] = "epci",
            w_rdi[] = "rdi", c_a[] = "62765", c_b[] = "62041",
            c_far[] = "59350", d_62[] = "62", d_59[] = "59";

static const struct tcs_conf_contact contacts[] = {
    {.name = name_epci,
        .audiences = WORDS(w_epci),
        .departements = WORDS(d_62)},
    {.name = name_mairie_b,
        .audiences = WORDS(w_communes),
        .insee = WORDS(c_b)},
    {.name = name_mairie, .audiences = WORDS(w_communes), .insee = WORDS(c_a)},
    {.name = name_sdis,
        .audiences = WORDS(w_sdis),
        .departements = WORDS(d_62)},
    {.name = name_coz,
        .audiences = WORDS(w_coz),
        .departements = WORDS(d_59, d_62)},
    {.name = name_duty,
        .audiences = WORDS(w_sidpc, w_authority),
        .departements = WORDS(d_62)},
    {.name = name_both,
        .audiences = WORDS(w_rdi, w_sidpc),
        .departements = WORDS(d_62)},
    {.name = name_far, .audiences = WORDS(w_communes), .insee = WORDS(c_far)},
};

/* The names of who receives, in order, blank-separated. */
static void
assert_receives(const struct tcs_address *address, const char *want)
{
	struct tcs_directory *directory =
	    tcs_directory_new(contacts, sizeof(contacts) / sizeof(contacts[0]));
	struct tcs_recipient *items = NULL;
	size_t n = 99;
	struct tcs_buf names;

	tcs_buf_init(&names, 1000);
	assert_non_null(directory);
	assert_int_equal(
	    tcs_directory_resolve(directory, address, &items, &n), TCS_OK);
	for (size_t i = 0; i < n; i++)
		tcs_buf_printf(
		    &names, "%s%s", i == 0 ? "" : " ", items[i].contact->name);
	assert_string_equal(names.p == NULL ? "" : names.p, want);
	free(items);
	tcs_buf_fini(&names);
	tcs_directory_free(&directory);
}

static void
contacts_are_addressed_when_audience_and_territory_meet(void **state)
{
	static const char *const one[] = {"62765"};
	static const char *const two[] = {"62041", "62765"};
	static const char *const other[] = {"62001"};
	static const struct {
		struct tcs_address address;
		const char *want;
	} cases[] = {
	    {{"communes", "62", one, 1}, "mairie-a"},
	    {{"communes", "62", two, 2}, "mairie-a mairie-b"},
	    {{"communes", "62", other, 1}, ""},
	    {{"communes", "62", NULL, 0}, "mairie-a mairie-b"},
	    {{"communes", "59", NULL, 0}, "mairie-59"},
	    {{"communes", "FR", NULL, 0}, "mairie-59 mairie-a mairie-b"},
	    {{"sdis epci", "62", other, 1}, "sdis62 epci"},
	    {{"coz", "59", NULL, 0}, "coz"},
	    {{"nobody", "62", NULL, 0}, ""},
	    {{"", "62", NULL, 0}, ""},
	    {{"commune", "62", NULL, 0}, ""},
	    {{"communesx", "62", NULL, 0}, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_receives(&cases[i].address, cases[i].want);
}

static void
the_most_urgent_come_first_and_each_once(void **state)
{
	static const struct tcs_address address = {
	    "epci  rdi communes sidpc coz authority sdis", "62", NULL, 0};

	(void)state;
	assert_receives(
	    &address, "a-rdi-and-sidpc duty coz mairie-a mairie-b sdis62 epci");
}

static void
a_contact_is_found_by_its_name(void **state)
{
	struct tcs_directory *directory =
	    tcs_directory_new(contacts, sizeof(contacts) / sizeof(contacts[0]));

	(void)state;
	assert_non_null(directory);
	for (size_t i = 0; i < sizeof(contacts) / sizeof(contacts[0]); i++)
		assert_ptr_equal(
		    tcs_directory_find(directory, contacts[i].name),
		    &contacts[i]);
	assert_null(tcs_directory_find(directory, "mairie"));
	assert_null(tcs_directory_find(directory, ""));
	tcs_directory_free(&directory);
	directory = tcs_directory_new(NULL, 0);
	assert_non_null(directory);
	assert_null(tcs_directory_find(directory, "mairie-a"));
	tcs_directory_free(&directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        contacts_are_addressed_when_audience_and_territory_meet),
	    cmocka_unit_test(the_most_urgent_come_first_and_each_once),
	    cmocka_unit_test(a_contact_is_found_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

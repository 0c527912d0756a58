#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/host.h"

static void
addresses_are_checked(void **state)
{
	static const struct {
		const char *address;
		bool is_good;
	} cases[] = {
	    {"127.0.0.1", true},
	    {"127.0.0.1:2525", true},
	    {"mail.prefecture.example:25", true},
	    {"[::1]", true},
	    {"[::1]:65535", true},
	    {"", false},
	    {":25", false},
	    {"mail:", false},
	    {"mail:0", false},
	    {"mail:65536", false},
	    {"mail:25x", false},
	    {"::1", false},
	    {"[]:25", false},
	    {"[::1", false},
	    {"[::1]25", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if ((tcs_host_fault(cases[i].address) == NULL) !=
		    cases[i].is_good)
			fail_msg("\"%s\"", cases[i].address);
	}
}

static void
this_machine_is_known_as_such(void **state)
{
	static const struct {
		const char *address;
		bool is_loopback;
	} cases[] = {
	    {"127.0.0.1", true},
	    {"127.8.9.1:25", true},
	    {"localhost:2525", true},
	    {"[::1]:25", true},
	    {"128.0.0.1", false},
	    {"localhost.example", false},
	    {"127.0.0.1.example:25", false},
	    {"mail.prefecture.example", false},
	    {"[::2]:25", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (tcs_host_is_loopback(cases[i].address) !=
		    cases[i].is_loopback)
			fail_msg("\"%s\"", cases[i].address);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses_are_checked),
	    cmocka_unit_test(this_machine_is_known_as_such),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

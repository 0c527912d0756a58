#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dispatcher/relay_host.h"

static void
addresses_of_a_relay_are_checked(void **state)
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
		if ((tcs_relay_host_fault(cases[i].address) == NULL) !=
		    cases[i].is_good)
			fail_msg("\"%s\"", cases[i].address);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses_of_a_relay_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

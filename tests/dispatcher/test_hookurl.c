#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#include "dispatcher/hookurl.h"

static void
only_https_or_this_machine_is_taken(void **state)
{
	static const struct {
		const char *url;
		bool is_good;
	} cases[] = {
	    {"https://hooks.mairie.example/tocsin", true},
	    {"https://hooks.mairie.example", true},
	    {"https://hooks.mairie.example:8443/a?b=c#d", true},
	    {"https://[2001:db8::1]:8443/a", true},
	    {"http://127.0.0.1:8025/astreinte", true},
	    {"http://127.8.9.10/", true},
	    {"http://localhost:8025/", true},
	    {"http://[::1]:8025/", true},
	    {"http://hooks.mairie.example/", false},
	    {"http://127.0.0.1.mairie.example/", false},
	    {"http://127.0.0.1@mairie.example/", false},
	    {"http://localhost.mairie.example/", false},
	    {"http://127.1/", false},
	    {"http://0x7f000001/", false},
	    {"http://2130706433/", false},
	    {"http://128.0.0.1/", false},
	    {"http://[::1", false},
	    {"http://[::2]/", false},
	    {"https://user:secret@mairie.example/", false},
	    {"https:///a", false},
	    {"https://?a", false},
	    {"https://mairie.example/a b", false},
	    {"https://mairie.example/a\r\nHost: b", false},
	    {"https://mairie.example\\@127.0.0.1/", false},
	    {"https://mairie.example/é", false},
	    {"ftp://mairie.example/", false},
	    {"file:///etc/passwd", false},
	    {"mairie.example", false},
	    {"", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *fault = tcs_hookurl_fault(cases[i].url);
		if ((fault == NULL) != cases[i].is_good)
			fail_msg("%s: %s", cases[i].url,
			    fault == NULL ? "taken" : fault);
	}
}

static void
a_url_has_a_bound(void **state)
{
	char url[2002] = "https://mairie.example/";

	(void)state;
	memset(url + strlen(url), 'a', sizeof(url) - 1 - strlen(url));
	assert_non_null(tcs_hookurl_fault(url));
	url[2000] = '\0';
	assert_null(tcs_hookurl_fault(url));
}

static void
the_host_is_found(void **state)
{
	static const struct {
		const char *url, *host;
	} cases[] = {
	    {"https://hooks.mairie.example:8443/a", "hooks.mairie.example"},
	    {"http://[::1]:8025/", "[::1]"},
	    {"https://mairie.example", "mairie.example"},
	    {"https://mairie.example?a", "mairie.example"},
	    {"nothing", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true(tcs_slice_is(
		    tcs_hookurl_host(cases[i].url), cases[i].host));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_https_or_this_machine_is_taken),
	    cmocka_unit_test(a_url_has_a_bound),
	    cmocka_unit_test(the_host_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

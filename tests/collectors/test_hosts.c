#include "collectors/hosts.h"
#include "tests/support/check.h"

static void
a_host_is_asked_at_its_rate_and_two_at_once(void **state)
{
	static const char url[] = "https://source.example/x";
	static const char other[] = "https://other.example/x";
	struct tcs_hosts *hosts = tcs_hosts_new();

	(void)state;
	assert_non_null(hosts);
	assert_int_equal(tcs_hosts_ask(hosts, url, 1000, 5000), 0);
	assert_int_equal(tcs_hosts_ask(hosts, url, 1000, 5400), 600);
	assert_int_equal(tcs_hosts_ask(hosts, other, 1000, 5400), 0);
	assert_int_equal(tcs_hosts_ask(hosts, url, 1000, 6000), 0);
	assert_true(tcs_hosts_ask(hosts, url, 1000, 60000) > 0);
	tcs_hosts_done(hosts, url);
	assert_int_equal(tcs_hosts_ask(hosts, url, 1000, 60000), 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(
		    tcs_hosts_ask(hosts, "http://127.0.0.1:80/", 1000, 5000),
		    0);
	tcs_hosts_free(&hosts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_host_is_asked_at_its_rate_and_two_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

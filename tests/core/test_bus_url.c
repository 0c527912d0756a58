#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/bus_url.h"

static void
servers_have_a_port_and_stand_in_their_order(void **state)
{
	static const struct {
		const char *url, *want;
	} cases[] = {{"kafka://k1", "k1:9092"},
	    {"kafka://k1:9093,k2", "k1:9093,k2:9092"},
	    {"kafka://k-1.prefecture.example:9092",
	        "k-1.prefecture.example:9092"},
	    {"kafka://10.62.0.1:1,[fd00::1]:9093,[::1]",
	        "10.62.0.1:1,[fd00::1]:9093,[::1]:9092"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_buf buf;
		tcs_buf_init(&buf, 1000);
		assert_null(tcs_bus_url_fault(cases[i].url));
		tcs_bus_url_servers(cases[i].url, &buf);
		assert_string_equal(buf.p, cases[i].want);
		tcs_buf_fini(&buf);
	}
}

static void
the_stores_own_redis_is_a_bus(void **state)
{
	(void)state;
	assert_null(tcs_bus_url_fault("redis:"));
	assert_false(tcs_bus_url_is_kafka("redis:"));
	assert_true(tcs_bus_url_is_kafka("kafka://k1"));
}

static void
what_names_no_server_is_refused(void **state)
{
	static const char *const cases[] = {"", "redis", "redis://h:6379",
	    "kafka:", "kafka:k1", "kafka://", "kafka://k1,", "kafka://,k1",
	    "kafka://:9092", "kafka://k1:", "kafka://k1:0", "kafka://k1:65536",
	    "kafka://k1:9092:1", "kafka://k 1", "kafka://user@k1",
	    "kafka://k1/t", "kafka://[fd00::1", "kafka://[]:1",
	    "kafka://[::1]9092", "kafka://[k1]:1", "KAFKA://k1"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (tcs_bus_url_fault(cases[i]) == NULL)
			fail_msg("taken: %s", cases[i]);
	}
}

static void
servers_and_their_names_are_bounded(void **state)
{
	struct tcs_buf buf;

	(void)state;
	tcs_buf_init(&buf, 100000);
	tcs_buf_str(&buf, "kafka://k");
	for (int i = 1; i < TCS_BUS_SERVERS_MAX; i++)
		tcs_buf_str(&buf, ",k");
	assert_null(tcs_bus_url_fault(buf.p));
	tcs_buf_str(&buf, ",k");
	assert_non_null(tcs_bus_url_fault(buf.p));
	tcs_buf_reset(&buf);
	tcs_buf_str(&buf, "kafka://");
	for (int i = 0; i <= TCS_BUS_HOST_MAX; i++)
		tcs_buf_char(&buf, 'k');
	assert_non_null(tcs_bus_url_fault(buf.p));
	tcs_buf_fini(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(servers_have_a_port_and_stand_in_their_order),
	    cmocka_unit_test(the_stores_own_redis_is_a_bus),
	    cmocka_unit_test(what_names_no_server_is_refused),
	    cmocka_unit_test(servers_and_their_names_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

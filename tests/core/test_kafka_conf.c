#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/bus/kafka_conf.h"

static enum tcs_err
make(const char *url, const struct tcs_bus_property *properties, size_t n,
    rd_kafka_conf_t **ret_conf, struct tcs_diag *diag)
{
	const struct tcs_bus_conf conf = {.url = url,
	    .partitions = 1,
	    .properties = properties,
	    .properties_n = n,
	    .file = "/etc/t/t.conf"};

	return tcs_kafka_conf_new(&conf, "sidpc62.rules", ret_conf, diag);
}

static void
assert_has(rd_kafka_conf_t *conf, const char *name, const char *want)
{
	char value[200];
	size_t size = sizeof(value);

	assert_int_equal(rd_kafka_conf_get(conf, name, value, &size), 0);
	assert_string_equal(value, want);
}

static void
servers_client_and_properties_reach_librdkafka(void **state)
{
	static const struct tcs_bus_property properties[] = {
	    {"security.protocol", "SASL_SSL", 7},
	    {"sasl.mechanism", "SCRAM-SHA-512", 8},
	    {"sasl.username", "tocsin", 9}, {"sasl.password", "hush", 10},
	    {"max.poll.interval.ms", "600000", 11},
	    {"compression.type", "lz4", 12}};
	rd_kafka_conf_t *conf = NULL;

	(void)state;
	assert_int_equal(
	    make("kafka://k1,k2:9093", properties, 6, &conf, NULL), TCS_OK);
	assert_has(conf, "bootstrap.servers", "k1:9092,k2:9093");
	assert_has(conf, "client.id", "sidpc62.rules");
	assert_has(conf, "security.protocol", "sasl_ssl");
	assert_has(conf, "sasl.username", "tocsin");
	assert_has(conf, "sasl.password", "hush");
	assert_has(conf, "max.poll.interval.ms", "600000");
	rd_kafka_conf_destroy(conf);
}

/* One property; what the finding says, with its place. */
static void
assert_refused(const char *name, const char *value, const char *want)
{
	const struct tcs_bus_property property = {name, value, 12};
	rd_kafka_conf_t *conf = NULL;
	struct tcs_diag diag = {0};

	enum tcs_err err = make("kafka://k1", &property, 1, &conf, &diag);
	if (err != TCS_ECONFIG)
		fail_msg("taken: %s", name);
	assert_null(conf);
	assert_int_equal(diag.n, 1);
	assert_string_equal(diag.items[0].file, "/etc/t/t.conf");
	assert_int_equal(diag.items[0].line, 12);
	assert_non_null(strstr(tcs_diag_text(&diag), name));
	assert_non_null(strstr(tcs_diag_text(&diag), want));
	tcs_diag_fini(&diag);
}

static void
what_a_promise_hangs_on_is_refused(void **state)
{
	static const char *const names[] = {"bootstrap.servers",
	    "metadata.broker.list", "client.id", "group.id",
	    "group.instance.id", "acks", "request.required.acks",
	    "enable.idempotence", "transactional.id", "enable.auto.commit",
	    "enable.auto.offset.store", "auto.offset.reset",
	    "partition.assignment.strategy", "partitioner",
	    "message.timeout.ms", "delivery.timeout.ms",
	    "message.send.max.retries", "retries", "max.in.flight",
	    "max.in.flight.requests.per.connection", "linger.ms",
	    "queue.buffering.max.ms", "queue.buffering.max.messages",
	    "queuing.strategy", "session.timeout.ms", "heartbeat.interval.ms",
	    "enable.partition.eof", "message.max.bytes", "dr_msg_cb", "log_cb",
	    "opaque", "default_topic_conf", "plugin.library.paths",
	    "test.mock.num.brokers"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_refused(names[i], "1", "Tocsin sets it itself");
}

static void
an_unknown_property_and_a_refused_value_have_their_line(void **state)
{
	(void)state;
	assert_refused("security.protocl", "ssl", "no such property");
	assert_refused("security.protocol", "tls", "tls");
	assert_refused("socket.timeout.ms", "soon", "Invalid value");
	assert_refused("sasl.pasword", NULL, "no such property");
}

static void
every_fault_is_said(void **state)
{
	static const struct tcs_bus_property properties[] = {
	    {"acks", "0", 3}, {"nothing.of.it", "1", 4}, {"retries", "1", 5}};
	rd_kafka_conf_t *conf = NULL;
	struct tcs_diag diag = {0};

	(void)state;
	assert_int_equal(
	    make("kafka://k1", properties, 3, &conf, &diag), TCS_ECONFIG);
	assert_int_equal(diag.n, 3);
	assert_int_equal(diag.items[2].line, 5);
	tcs_diag_fini(&diag);
}

static void
a_secrets_value_is_in_no_finding(void **state)
{
	static const char *const names[] = {
	    "ssl.key.pem", "ssl.certificate.pem", "ssl.ca.pem"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct tcs_bus_property property = {
		    names[i], "hush-hush", 4};
		rd_kafka_conf_t *conf = NULL;
		struct tcs_diag diag = {0};
		if (make("kafka://k1", &property, 1, &conf, &diag) == TCS_OK)
			rd_kafka_conf_destroy(conf);
		for (size_t k = 0; k < diag.n; k++)
			assert_null(strstr(diag.items[k].text, "hush"));
		tcs_diag_fini(&diag);
	}
}

static void
a_bus_that_names_no_server_is_refused(void **state)
{
	static const char *const urls[] = {"redis:", "kafka://", "kafka://k:x"};

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		rd_kafka_conf_t *conf = NULL;
		struct tcs_diag diag = {0};
		assert_int_equal(
		    make(urls[i], NULL, 0, &conf, &diag), TCS_ECONFIG);
		assert_int_equal(diag.n, 1);
		assert_null(conf);
		tcs_diag_fini(&diag);
	}
}

static void
the_check_looks_at_the_name_of_a_secret_that_it_cannot_read(void **state)
{
	const struct tcs_bus_property secret = {"sasl.password", NULL, 4};
	struct tcs_bus_conf conf = {.url = "kafka://k1",
	    .partitions = 1,
	    .properties = &secret,
	    .properties_n = 1};

	(void)state;
	assert_int_equal(tcs_bus_check(&conf, NULL), TCS_OK);
	conf.url = "redis:";
	assert_int_equal(tcs_bus_check(&conf, NULL), TCS_OK);
	conf.url = "kafka://";
	assert_int_equal(tcs_bus_check(&conf, NULL), TCS_ECONFIG);
}

#define OAUTH "sasl.oauthbearer."
#define OAUTH_SOUND                                                            \
	{"security.protocol", "SASL_SSL", 2},                                  \
	    {"sasl.mechanism", "OAUTHBEARER", 3},                              \
	    {OAUTH "token.endpoint.url", "https://sso.example/token", 4},      \
	    {OAUTH "client.id", "tocsin", 5},                                  \
	{                                                                      \
		OAUTH "client.secret", "hush", 6                               \
	}

static void
what_a_token_needs_is_ours_and_librdkafka_does_not_see_it(void **state)
{
	static const struct tcs_bus_property properties[] = {OAUTH_SOUND,
	    {OAUTH "scope", "bus", 7}, {OAUTH "extensions", "a=1,b=x y", 8},
	    {"https.ca.location", "/etc/ssl/ca.pem", 9}};
	rd_kafka_conf_t *conf = NULL;
	struct tcs_diag diag = {0};

	(void)state;
	assert_int_equal(
	    make("kafka://k1", properties, 8, &conf, &diag), TCS_OK);
	assert_has(conf, "sasl.mechanism", "OAUTHBEARER");
	rd_kafka_conf_destroy(conf);
}

/* The sound ones, and one over or beside them. */
static void
assert_oauth_refused(
    struct tcs_bus_property one, const char *about, const char *want)
{
	struct tcs_bus_property properties[] = {OAUTH_SOUND, one};
	rd_kafka_conf_t *conf = NULL;
	struct tcs_diag diag = {0};
	size_t n = 6;

	for (size_t i = 0; i < 5; i++) {
		if (strcmp(properties[i].name, one.name) != 0)
			continue;
		properties[i] = one;
		n = 5;
		if (one.value == NULL) /* without it */
			properties[i].name = "client.rack";
	}
	assert_int_equal(
	    make("kafka://k1", properties, n, &conf, &diag), TCS_ECONFIG);
	assert_null(conf);
	assert_non_null(strstr(tcs_diag_text(&diag), about));
	assert_non_null(strstr(tcs_diag_text(&diag), want));
	assert_null(strstr(tcs_diag_text(&diag), "hush"));
	tcs_diag_fini(&diag);
}

static void
what_is_missing_or_unsafe_for_a_token_is_said(void **state)
{
	static const char *const urls[] = {"http://sso.example/token",
	    "http://127.0.0.1.example/", "ftp://sso.example", "https://", ""};
	static const char *const extensions[] = {
	    "a", "=1", "a=1,", "a1=x", "auth=1", "a=1,,b=2"};

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		assert_oauth_refused(
		    (struct tcs_bus_property){
		        OAUTH "token.endpoint.url", urls[i], 4},
		    "token.endpoint.url", "https://");
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
		assert_oauth_refused(
		    (struct tcs_bus_property){
		        OAUTH "extensions", extensions[i], 7},
		    "extensions", "key=value");
	assert_oauth_refused(
	    (struct tcs_bus_property){OAUTH "client.id", NULL, 5}, "client.id",
	    "OAUTHBEARER needs it");
	assert_oauth_refused(
	    (struct tcs_bus_property){OAUTH "client.secret", NULL, 6},
	    "client.secret", "_file");
	assert_oauth_refused(
	    (struct tcs_bus_property){OAUTH "method", "oidc", 7}, "method",
	    "Tocsin sets it itself");
	assert_oauth_refused(
	    (struct tcs_bus_property){"sasl.mechanism", "PLAIN", 3},
	    "token.endpoint.url", "is for OAUTHBEARER");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(servers_client_and_properties_reach_librdkafka),
	    cmocka_unit_test(what_a_promise_hangs_on_is_refused),
	    cmocka_unit_test(
	        an_unknown_property_and_a_refused_value_have_their_line),
	    cmocka_unit_test(every_fault_is_said),
	    cmocka_unit_test(a_secrets_value_is_in_no_finding),
	    cmocka_unit_test(a_bus_that_names_no_server_is_refused),
	    cmocka_unit_test(
	        the_check_looks_at_the_name_of_a_secret_that_it_cannot_read),
	    cmocka_unit_test(
	        what_a_token_needs_is_ours_and_librdkafka_does_not_see_it),
	    cmocka_unit_test(what_is_missing_or_unsafe_for_a_token_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/conf.h"
#include "tests/support/tmpdir.h"

/* What a case adds begins at line 2. */
#define HEAD                                                                   \
	"observatory { name = a sender = b title = c departements = {62} }\n"
#define KAFKA "bus { url = \"kafka://k1:9092,k2\" }\n"

static struct tcs_conf *
parse(const char *text, const char *path)
{
	struct tcs_conf *conf = NULL;
	struct tcs_diag diag = {0};
	enum tcs_err err =
	    tcs_conf_parse(tcs_slice_str(text), path, NULL, &conf, &diag);

	if (err != TCS_OK)
		print_message("%s\n", tcs_diag_text(&diag));
	assert_int_equal(err, TCS_OK);
	assert_int_equal(diag.n, 0);
	return conf;
}

static void
properties_are_passed_on_in_their_order_with_their_lines(void **state)
{
	struct tcs_conf *conf =
	    parse(HEAD KAFKA "kafka {\n"
	                     "'security.protocol' = SASL_SSL\n"
	                     "sasl.username = \"to\\\\c\\\"sin\"\n"
	                     "\"client.rack\" = 'r 1'\n"
	                     "}",
	        "/etc/t/t.conf");
	struct tcs_bus_conf bus;

	(void)state;
	tcs_conf_bus(conf, &bus);
	assert_string_equal(bus.url, "kafka://k1:9092,k2");
	assert_string_equal(bus.file, "/etc/t/t.conf");
	assert_int_equal(bus.partitions, 1);
	assert_int_equal(bus.properties_n, 3);
	assert_string_equal(bus.properties[0].name, "security.protocol");
	assert_string_equal(bus.properties[0].value, "SASL_SSL");
	assert_int_equal(bus.properties[0].line, 4);
	assert_string_equal(bus.properties[1].name, "sasl.username");
	assert_string_equal(bus.properties[1].value, "to\\c\"sin");
	assert_string_equal(bus.properties[2].value, "r 1");
	assert_int_equal(bus.properties[2].line, 6);
	tcs_conf_free(&conf);
}

static void
without_the_section_there_is_none(void **state)
{
	struct tcs_conf *conf = parse(HEAD, "/etc/t/t.conf");
	struct tcs_bus_conf bus;

	(void)state;
	tcs_conf_bus(conf, &bus);
	assert_string_equal(bus.url, "redis:");
	assert_int_equal(bus.properties_n, 0);
	tcs_conf_free(&conf);
	conf = parse(HEAD "kafka { }", "/etc/t/t.conf");
	assert_int_equal(conf->kafka.n, 0);
	tcs_conf_free(&conf);
}

static void
what_cannot_be_a_property_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *want;
		unsigned line;
	} cases[] = {
	    {"kafka { a = b\na = c }", "a key is written twice", 3},
	    {"kafka { a = b\n'a' = c }", "a key is written twice", 3},
	    {"kafka { a = {b, c} }", "without braces", 2},
	    {"kafka { 'a b' = c }", "a property's name has", 2},
	    {"kafka { '' = c }", "a property's name has", 2},
	    {"kafka { a = b\na_file = c }", "with and without _file", 3},
	    {"kafka {\nsasl.password = hush }",
	        "sasl.password: a secret has no place here; write: "
	        "'sasl.password_file' = ",
	        3},
	    {"kafka { ssl.key.password = hush }", "ssl.key.password_file", 2},
	    {"kafka { ssl.keystore.password = hush }", "a secret has no", 2},
	    {"kafka { sasl.oauthbearer.client.secret = hush }", "no place", 2},
	    {"kafka { sasl.oauthbearer.config = hush }", "no place", 2},
	    {"kafka { ssl.key.pem = hush }", "no place", 2},
	    {"kafka { }\nkafka { }", "is there already at line 2", 3},
	    {"kafka x { }", "kafka has no name of its own", 2},
	    {"bus { url = \"kafka://\" }", "without a host's name", 2},
	    {"bus { url = \"kafka://k:x\" }", "whose port is not", 2},
	    {"bus { url = \"nats://k\" }", "kafka://host:9092", 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_conf *conf = NULL;
		struct tcs_diag diag = {0};
		char text[400];
		(void)snprintf(text, sizeof(text), "%s%s", HEAD, cases[i].text);
		assert_int_equal(tcs_conf_parse(tcs_slice_str(text), "/t.conf",
		                     NULL, &conf, &diag),
		    TCS_ECONFIG);
		assert_null(conf);
		assert_int_equal(diag.n, 1);
		if (strstr(diag.items[0].text, cases[i].want) == NULL)
			fail_msg("case %zu: %s", i, diag.items[0].text);
		assert_null(strstr(diag.items[0].text, "hush"));
		assert_int_equal(diag.items[0].line, cases[i].line);
		tcs_diag_fini(&diag);
	}
}

/* `n` properties, or one name or value of n bytes. */
static enum tcs_err
parse_many(size_t names, size_t name_n, size_t value_n)
{
	struct tcs_conf *conf = NULL;
	struct tcs_buf buf;

	tcs_buf_init(&buf, 100000);
	tcs_buf_str(&buf, HEAD "kafka {\n");
	for (size_t i = 0; i < names; i++) {
		tcs_buf_printf(&buf, "p%03zu", i);
		for (size_t k = 4; k < name_n; k++)
			tcs_buf_char(&buf, 'n');
		tcs_buf_str(&buf, " = '");
		for (size_t k = 0; k < value_n; k++)
			tcs_buf_char(&buf, 'v');
		tcs_buf_str(&buf, "'\n");
	}
	tcs_buf_str(&buf, "}\n");
	enum tcs_err err =
	    tcs_conf_parse(tcs_buf_view(&buf), "/t.conf", NULL, &conf, NULL);
	tcs_conf_free(&conf);
	tcs_buf_fini(&buf);
	return err;
}

static void
numbers_and_sizes_have_limits(void **state)
{
	(void)state;
	assert_int_equal(parse_many(64, 4, 1), TCS_OK);
	assert_int_equal(parse_many(65, 4, 1), TCS_ECONFIG);
	assert_int_equal(parse_many(1, 128, 1), TCS_OK);
	assert_int_equal(parse_many(1, 129, 1), TCS_ECONFIG);
	assert_int_equal(parse_many(1, 4, 4096), TCS_OK);
	assert_int_equal(parse_many(1, 4, 4097), TCS_ECONFIG);
}

static void
a_secret_is_read_from_its_file_beside_the_configuration(void **state)
{
	char *dir = tmpdir_make(), *path = NULL;
	struct tcs_bus_conf bus;
	struct tcs_diag diag = {0};

	(void)state;
	assert_true(asprintf(&path, "%s/t.conf", dir) > 0);
	struct tcs_conf *conf = parse(
	    HEAD KAFKA "kafka { 'sasl.password_file' = 'k.secret' }", path);
	tcs_conf_bus(conf, &bus);
	assert_string_equal(bus.properties[0].name, "sasl.password");
	assert_null(bus.properties[0].value);
	assert_int_equal(tcs_conf_read_secrets(conf, &diag), TCS_ENOTFOUND);
	assert_non_null(strstr(diag.items[0].file, "/k.secret"));
	tcs_diag_fini(&diag);
	tmpdir_write(dir, "k.secret", tcs_slice_str("\n"));
	assert_int_equal(tcs_conf_read_secrets(conf, NULL), TCS_ECONFIG);
	tmpdir_write(dir, "k.secret", tcs_slice_str(" hush\r\n\n"));
	assert_int_equal(tcs_conf_read_secrets(conf, NULL), TCS_OK);
	assert_string_equal(bus.properties[0].value, " hush");
	tcs_conf_free(&conf);
	free(path);
	tmpdir_remove(&dir);
}

static void
a_bus_that_is_no_kafka_reads_no_secret(void **state)
{
	struct tcs_conf *conf =
	    parse(HEAD "kafka { sasl.password_file = nowhere }", "/t.conf");

	(void)state;
	assert_int_equal(tcs_conf_read_secrets(conf, NULL), TCS_OK);
	assert_null(conf->kafka.properties[0].value);
	tcs_conf_free(&conf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        properties_are_passed_on_in_their_order_with_their_lines),
	    cmocka_unit_test(without_the_section_there_is_none),
	    cmocka_unit_test(
	        what_cannot_be_a_property_is_refused_with_its_line),
	    cmocka_unit_test(numbers_and_sizes_have_limits),
	    cmocka_unit_test(
	        a_secret_is_read_from_its_file_beside_the_configuration),
	    cmocka_unit_test(a_bus_that_is_no_kafka_reads_no_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "config/schema.h"
#include "core/file.h"
#include "tests/support/tmpdir.h"

extern const struct tcs_command_ops tcs_command_check;

#define CONF                                                                   \
	"observatory { name = a sender = b title = c departements = {62} }\n"  \
	"feed v { driver = vigicrues }\n"                                      \
	"channel email { relay = \"127.0.0.1:25\" from = \"a@b.example\" }\n"  \
	"contact c { audiences = {sidpc} departements = {62}\n"                \
	"  email = \"c@d.example\" }\n"

#define RULE_WITH(audience, wanted)                                            \
	"<rule id=\"r\" title=\"t\" owner=\"o\" basis=\"b\" "                  \
	"review=\"2099-01-01\">\n"                                             \
	"<when><source is=\"vigicrues\"/></when>\n"                            \
	"<raise nature=\"information\" audience=\"" audience "\" "             \
	"expires=\"source\"/>\n"                                               \
	"<example match=\"" wanted "\"><signal source=\"vigicrues\" "          \
	"zone=\"AP5\" level=\"orange\" previous=\"jaune\"/></example>\n"       \
	"<example match=\"no\"><signal source=\"tocsin\" zone=\"v\" "          \
	"level=\"silent\"/></example>\n"                                       \
	"</rule>\n"

/* A folder with a configuration, a rule and a list. */
static char *
make(const char *conf, const char *rule, const char *list)
{
	char *dir = tmpdir_make(), *path = NULL;

	assert_true(asprintf(&path, "%s/rules.d", dir) > 0);
	assert_int_equal(tcs_dir_make(path, NULL), TCS_OK);
	free(path);
	assert_true(asprintf(&path, "%s/lists.d/crues", dir) > 0);
	assert_int_equal(tcs_dir_make(path, NULL), TCS_OK);
	free(path);
	tmpdir_write(dir, "tocsin.conf", tcs_slice_str(conf));
	tmpdir_write(dir, "rules.d/r.xml", tcs_slice_str(rule));
	tmpdir_write(dir, "lists.d/crues/AP5.csv", tcs_slice_str(list));
	return dir;
}

/* Run the command on `dir`; what it says on stderr is the caller's. */
static int
check(const char *dir, char **ret_said)
{
	char *conf = NULL, *out = NULL;
	int kept = dup(STDERR_FILENO);

	assert_true(asprintf(&conf, "%s/tocsin.conf", dir) > 0);
	assert_true(asprintf(&out, "%s/said", dir) > 0);
	int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0 && kept >= 0);
	assert_true(dup2(fd, STDERR_FILENO) >= 0);
	char name[] = "check", option[] = "--config";
	char *argv[] = {name, option, conf, NULL};
	int status = tcs_command_check.run(3, argv);
	assert_true(dup2(kept, STDERR_FILENO) >= 0);
	(void)close(fd);
	(void)close(kept);
	*ret_said = tmpdir_read(dir, "said");
	free(conf);
	free(out);
	return status;
}

static void
a_sound_folder_has_no_finding(void **state)
{
	char *dir = make(CONF, RULE_WITH("sidpc", "yes"), "62765;Saint-Omer\n");
	char *said = NULL;

	(void)state;
	assert_int_equal(check(dir, &said), 0);
	assert_string_equal(said, "");
	free(said);
	tmpdir_remove(&dir);
}

static void
each_kind_of_file_is_checked(void **state)
{
	static const struct {
		const char *conf, *rule, *list, *want;
	} cases[] = {
	    {CONF "bus { partitions = 0 }", RULE_WITH("sidpc", "yes"),
	        "62765;Saint-Omer\n",
	        "/tocsin.conf:6: partitions: \"0\" is less than 1; write: "
	        "partitions = 1\n"},
	    {CONF "channel fax { }", RULE_WITH("sidpc", "yes"),
	        "62765;Saint-Omer\n",
	        "/tocsin.conf:6: there is no channel driver of that name; "
	        "write: email, webhook\n"},
	    {CONF "feed w { driver = vigicrues colour = red }",
	        RULE_WITH("sidpc", "yes"), "62765;Saint-Omer\n",
	        "/tocsin.conf:6: feed has no key \"colour\"; write: "},
	    {CONF "feed w { driver = nope }", RULE_WITH("sidpc", "yes"),
	        "62765;Saint-Omer\n",
	        "/tocsin.conf:6: there is no feed driver of that name; "
	        "write: "},
	    {CONF, RULE_WITH("sidpc", "no"), "62765;Saint-Omer\n",
	        "/rules.d/r.xml:4: the rule answers yes to this example"},
	    {CONF, "<rule>\n<nope/></rule>", "62765;Saint-Omer\n",
	        "/rules.d/r.xml:"},
	    {CONF, RULE_WITH("sidpc", "yes"), "62765;Saint-Omer\n627;x\n",
	        "/lists.d/crues/AP5.csv:2: '627' is not an INSEE code"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *dir = make(cases[i].conf, cases[i].rule, cases[i].list);
		char *said = NULL;
		assert_int_equal(check(dir, &said), 1);
		if (strstr(said, cases[i].want) == NULL)
			fail_msg("case %zu: %s", i, said);
		free(said);
		tmpdir_remove(&dir);
	}
}

static void
an_audience_that_nobody_has_is_a_warning(void **state)
{
	char *dir =
	    make(CONF, RULE_WITH("sidpc epci", "yes"), "62765;Saint-Omer\n");
	char *said = NULL;

	(void)state;
	assert_int_equal(check(dir, &said), 0);
	assert_non_null(strstr(said,
	    "/rules.d/r.xml:3: warning: no contact has the audience \"epci\"; "
	    "write: audiences = {\"epci\"} in a contact of "));
	assert_null(strstr(said, "\"sidpc\""));
	free(said);
	tmpdir_remove(&dir);
}

static void
a_file_that_is_not_there_is_a_warning(void **state)
{
	char *dir = make(CONF "channel webhook { secret_file = nowhere }",
	    RULE_WITH("sidpc", "yes"), "62765;Saint-Omer\n");
	char *said = NULL;

	(void)state;
	assert_int_equal(check(dir, &said), 0);
	assert_non_null(strstr(said, "/tocsin.conf:6: warning: cannot read "));
	assert_non_null(strstr(said, "/nowhere: No such file or directory\n"));
	free(said);
	tmpdir_remove(&dir);
}

static void
properties_of_a_kafka_are_held_against_librdkafka(void **state)
{
	static const struct {
		const char *conf, *want;
		int status;
	} cases[] = {
	    {"bus { url = \"kafka://k1\" }\nkafka {\nacks = 1\n}",
	        "/tocsin.conf:8: kafka: acks: Tocsin sets it itself", 1},
	    {"bus { url = \"kafka://k1\" }\nkafka { 'security.protocl' = ssl }",
	        "/tocsin.conf:7: kafka: security.protocl: librdkafka has no "
	        "such property",
	        1},
	    {"bus { url = \"kafka://k1\" }\nkafka { security.protocol = tls }",
	        "/tocsin.conf:7: kafka: security.protocol: ", 1},
	    {"bus { url = \"kafka://k1\" }\n"
	     "kafka { sasl.password_file = nowhere }",
	        "/tocsin.conf:7: warning: cannot read ", 0},
	    {"kafka { security.protocol = ssl }",
	        "/tocsin.conf:6: warning: kafka { } is for a kafka:// bus", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *conf = NULL, *said = NULL;
		assert_true(asprintf(&conf, "%s%s", CONF, cases[i].conf) > 0);
		char *dir =
		    make(conf, RULE_WITH("sidpc", "yes"), "62765;Saint-Omer\n");
		assert_int_equal(check(dir, &said), cases[i].status);
		if (strstr(said, cases[i].want) == NULL)
			fail_msg("case %zu: %s", i, said);
		free(said);
		free(conf);
		tmpdir_remove(&dir);
	}
}

static void
a_time_zone_that_the_system_does_not_know_is_a_fault(void **state)
{
	char *dir = make("observatory { name = a sender = b title = c "
	                 "departements = {62} timezone = \"Europe/Pas\" }",
	    RULE_WITH("sidpc", "yes"), "62765;Saint-Omer\n");
	char *said = NULL;

	(void)state;
	assert_int_equal(check(dir, &said), 1);
	assert_non_null(
	    strstr(said, "timezone: this system does not know \"Europe/Pas\""));
	free(said);
	tmpdir_remove(&dir);
}

static void
what_ships_has_neither_fault_nor_warning(void **state)
{
	char name[] = "check", option[] = "--config",
	     conf[] = "config/default/tocsin.conf";
	char *argv[] = {name, option, conf, NULL};
	char *dir = tmpdir_make(), *out = NULL, *said;
	int kept = dup(STDERR_FILENO);

	(void)state;
	assert_true(asprintf(&out, "%s/said", dir) > 0);
	int fd = open(out, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(dup2(fd, STDERR_FILENO) >= 0);
	int status = tcs_command_check.run(3, argv);
	assert_true(dup2(kept, STDERR_FILENO) >= 0);
	said = tmpdir_read(dir, "said");
	assert_int_equal(status, 0);
	assert_string_equal(said, "");
	(void)close(fd);
	(void)close(kept);
	free(said);
	free(out);
	tmpdir_remove(&dir);
}

/* A driver's key that every section has would be read twice. */
static void
no_key_of_a_driver_is_one_of_every_section(void **state)
{
	const struct tcs_conf_drivers *all = tcs_cli_drivers();

	(void)state;
	assert_true(all->feeds_n > 0 && all->channels_n > 0);
	for (size_t i = 0; i < all->feeds_n; i++)
		for (const struct tcs_option *o = all->feeds[i].options;
		     o != NULL && o->name != NULL; o++)
			assert_null(tcs_option_find(
			    tcs_schemas[TCS_SCHEMA_FEED].options, o->name));
	for (size_t i = 0; i < all->channels_n; i++)
		for (const struct tcs_option *o = all->channels[i].options;
		     o != NULL && o->name != NULL; o++)
			assert_null(tcs_option_find(
			    tcs_schemas[TCS_SCHEMA_CHANNEL].options, o->name));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_sound_folder_has_no_finding),
	    cmocka_unit_test(each_kind_of_file_is_checked),
	    cmocka_unit_test(an_audience_that_nobody_has_is_a_warning),
	    cmocka_unit_test(a_file_that_is_not_there_is_a_warning),
	    cmocka_unit_test(properties_of_a_kafka_are_held_against_librdkafka),
	    cmocka_unit_test(
	        a_time_zone_that_the_system_does_not_know_is_a_fault),
	    cmocka_unit_test(what_ships_has_neither_fault_nor_warning),
	    cmocka_unit_test(no_key_of_a_driver_is_one_of_every_section),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

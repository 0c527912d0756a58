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

#include "config/args.h"

enum { ARGV_MAX = 16 };

static const char *format;
static bool is_loud;
static const struct tcs_args_option own[] = {
    {"format", "WORD", "table or json", &format, NULL},
    {"loud", NULL, "say more", NULL, &is_loud},
    {0},
};
static const struct tcs_args_usage usage = {.usage = "t [OPTION…] [FILE]",
    .about = "a test",
    .options = own,
    .operands_max = 2};

/* Parse blank-separated words; what is printed on `fd` is left in `said`. */
static int
parse(struct tcs_args *args, const struct tcs_args_usage *use, const char *line,
    int fd, char said[4000])
{
	static char words[400];
	static char *argv[ARGV_MAX];
	int argc = 0, pipe_fd[2], kept = dup(fd);
	char *rest = words;

	format = NULL;
	is_loud = false;
	(void)snprintf(words, sizeof(words), "%s", line);
	for (char *word; (word = strsep(&rest, " ")) != NULL;)
		argv[argc++] = word;
	argv[argc] = NULL;
	assert_int_equal(pipe2(pipe_fd, O_NONBLOCK), 0);
	(void)fflush(stdout);
	assert_true(dup2(pipe_fd[1], fd) >= 0);
	int status = tcs_args_parse(args, use, argc, argv);
	(void)fflush(stdout);
	assert_true(dup2(kept, fd) >= 0);
	ssize_t n = read(pipe_fd[0], said, 3999);
	said[n > 0 ? n : 0] = '\0';
	(void)close(pipe_fd[0]);
	(void)close(pipe_fd[1]);
	(void)close(kept);
	return status;
}

static void
without_options_the_defaults_hold(void **state)
{
	struct tcs_args args;
	char said[4000];

	(void)state;
	(void)unsetenv("TOCSIN_CONFIG");
	assert_int_equal(
	    parse(&args, &usage, "t", STDERR_FILENO, said), TCS_ARGS_GO);
	assert_string_equal(args.config, "/etc/tocsin/tocsin.conf");
	assert_string_equal(args.realm, "tocsin.");
	assert_null(args.instance);
	assert_null(args.store);
	assert_false(args.has_realm_clock);
	assert_int_equal(args.operands_n, 0);
}

static void
the_configuration_is_named_by_option_then_environment(void **state)
{
	struct tcs_args args;
	char said[4000];

	(void)state;
	assert_int_equal(setenv("TOCSIN_CONFIG", "/e.conf", 1), 0);
	assert_int_equal(
	    parse(&args, &usage, "t", STDERR_FILENO, said), TCS_ARGS_GO);
	assert_string_equal(args.config, "/e.conf");
	assert_int_equal(
	    parse(&args, &usage, "t --config o.conf", STDERR_FILENO, said),
	    TCS_ARGS_GO);
	assert_string_equal(args.config, "o.conf");
	(void)unsetenv("TOCSIN_CONFIG");
}

static void
options_and_operands_may_be_mixed(void **state)
{
	struct tcs_args args;
	char said[4000];

	(void)state;
	assert_int_equal(
	    parse(&args, &usage,
	        "t one --realm x-flood. --realm-clock --format=json two "
	        "--loud --instance i",
	        STDERR_FILENO, said),
	    TCS_ARGS_GO);
	assert_string_equal(args.realm, "x-flood.");
	assert_true(args.has_realm_clock);
	assert_string_equal(args.instance, "i");
	assert_string_equal(format, "json");
	assert_true(is_loud);
	assert_int_equal(args.operands_n, 2);
	assert_string_equal(args.operands[0], "one");
	assert_string_equal(args.operands[1], "two");
}

static void
what_is_wrong_is_said_with_the_usage(void **state)
{
	static const struct {
		const char *line, *want;
	} cases[] = {
	    {"t --nope", "unrecognized option '--nope'"},
	    {"t --config", "option '--config' requires an argument"},
	    {"t a b c", "too many arguments"},
	    {"t --realm tocsin", "--realm: no realm has this name; write: "
	                         "--realm tocsin., or --realm x-NAME."},
	    {"t --realm x-.", "--realm: no realm has this name"},
	    {"t --realm x-Up.", "--realm: no realm has this name"},
	    {"t --realm x-a.b.", "--realm: no realm has this name"},
	    {"t --realm", "option '--realm' requires an argument"},
	    {"t --log-level loud",
	        "--log-level: no such level; write: error, warning, info or "
	        "debug"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_args args;
		char said[4000];
		assert_int_equal(
		    parse(&args, &usage, cases[i].line, STDERR_FILENO, said),
		    TCS_EXIT_USAGE);
		assert_non_null(strstr(said, cases[i].want));
		assert_non_null(strstr(said, "usage: t [OPTION…] [FILE]\n"));
	}
}

static void
help_shows_every_option_and_asks_for_nothing(void **state)
{
	static const char *const words[] = {"usage: t [OPTION…] [FILE]\n",
	    "a test", "--format WORD", "--loud", "--config FILE", "--realm",
	    "--store ADDRESS", "--bus URL", "--secrets DIR", "--state DIR",
	    "--instance", "--log-level", "--help"};
	struct tcs_args_usage two = usage;
	struct tcs_args args;
	char said[4000];

	(void)state;
	two.operands_min = 2;
	assert_int_equal(
	    parse(&args, &two, "t --help", STDOUT_FILENO, said), EXIT_SUCCESS);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_non_null(strstr(said, words[i]));
}

static void
an_offline_command_has_no_option_of_the_store(void **state)
{
	struct tcs_args_usage offline = usage;
	struct tcs_args args;
	char said[4000];

	(void)state;
	offline.is_offline = true;
	assert_int_equal(
	    parse(&args, &offline, "t --store x", STDERR_FILENO, said),
	    TCS_EXIT_USAGE);
}

static void
the_command_line_goes_before_the_file(void **state)
{
	struct tcs_args args = {.config = "config/default/tocsin.conf",
	    .realm = "x-flood.",
	    .store = "unix:r.sock",
	    .secrets = "/s",
	    .state_dir = "st"};
	struct tcs_conf *conf = NULL;
	struct tcs_program_conf program;
	char *folder = getcwd(NULL, 0), want[4096];

	(void)state;
	assert_int_equal(tcs_args_load(&args, NULL, &conf, NULL), TCS_OK);
	(void)snprintf(want, sizeof(want), "unix:%s/r.sock", folder);
	assert_string_equal(conf->store.address, want);
	assert_string_equal(conf->store.secrets, "/s");
	(void)snprintf(want, sizeof(want), "%s/st/documents", folder);
	assert_string_equal(conf->paths.documents, want);
	tcs_args_program(&args, conf, "rules", &program);
	assert_string_equal(program.role, "rules");
	assert_string_equal(program.realm, "x-flood.");
	assert_string_equal(program.store, conf->store.address);
	assert_int_equal(program.bus.partitions, 1);
	tcs_conf_free(&conf);
	args.store = "127.0.0.1:6379";
	assert_int_equal(tcs_args_load(&args, NULL, &conf, NULL), TCS_OK);
	assert_string_equal(conf->store.address, "127.0.0.1:6379");
	tcs_conf_free(&conf);
	free(folder);
}

static void
a_store_elsewhere_is_refused(void **state)
{
	struct tcs_args args = {.config = "config/default/tocsin.conf",
	    .store = "redis.example:6379"};
	struct tcs_conf *conf = NULL;
	struct tcs_diag diag = {0};

	(void)state;
	assert_int_equal(tcs_args_load(&args, NULL, &conf, &diag), TCS_EINVAL);
	assert_string_equal(tcs_diag_text(&diag),
	    "--store: is neither a UNIX socket nor a loopback address; write: "
	    "unix:/run/tocsin/redis.sock");
	tcs_diag_fini(&diag);
}

static void
the_bus_of_the_command_line_goes_before_the_files(void **state)
{
	struct tcs_args args = {.config = "config/default/tocsin.conf",
	    .realm = "tocsin.",
	    .bus = "kafka://127.0.0.1:9392"};
	struct tcs_conf *conf = NULL;
	struct tcs_program_conf program;

	(void)state;
	assert_int_equal(tcs_args_load(&args, NULL, &conf, NULL), TCS_OK);
	tcs_args_program(&args, conf, "rules", &program);
	assert_string_equal(program.bus.url, "kafka://127.0.0.1:9392");
	tcs_conf_free(&conf);
}

static void
a_bus_of_another_kind_is_refused(void **state)
{
	struct tcs_args args = {
	    .config = "config/default/tocsin.conf", .bus = "kafka:9092"};
	struct tcs_conf *conf = NULL;
	struct tcs_diag diag = {0};

	(void)state;
	assert_int_equal(tcs_args_load(&args, NULL, &conf, &diag), TCS_EINVAL);
	assert_non_null(strstr(tcs_diag_text(&diag), "--bus kafka:9092: "));
	tcs_diag_fini(&diag);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_options_the_defaults_hold),
	    cmocka_unit_test(
	        the_configuration_is_named_by_option_then_environment),
	    cmocka_unit_test(options_and_operands_may_be_mixed),
	    cmocka_unit_test(what_is_wrong_is_said_with_the_usage),
	    cmocka_unit_test(help_shows_every_option_and_asks_for_nothing),
	    cmocka_unit_test(an_offline_command_has_no_option_of_the_store),
	    cmocka_unit_test(the_command_line_goes_before_the_file),
	    cmocka_unit_test(a_store_elsewhere_is_refused),
	    cmocka_unit_test(the_bus_of_the_command_line_goes_before_the_files),
	    cmocka_unit_test(a_bus_of_another_kind_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

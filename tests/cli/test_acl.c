#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/acl.h"

/* All words of a role, one a line. */
static char *
words_of(const char *realm, const char *role)
{
	static char text[16384];
	struct tcs_acl acl = {0};
	size_t n = 0;

	assert_int_equal(tcs_acl_build(realm, role, "secret", &acl), TCS_OK);
	for (size_t i = 0; i < acl.n; i++) {
		size_t len = strlen(acl.words[i]);
		assert_true(n + len + 2 < sizeof(text));
		memcpy(text + n, acl.words[i], len);
		n += len;
		text[n++] = '\n';
	}
	text[n] = '\0';
	tcs_acl_fini(&acl);
	return text;
}

static bool
has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

static void
a_user_begins_from_nothing_with_its_password(void **state)
{
	const char *words = words_of("tocsin.", "rules");

	(void)state;
	assert_int_equal(strncmp(words, "reset\non\n-@all\n", 14), 0);
	assert_true(has(words, "\n>secret\n"));
}

static void
no_user_has_commands_for_all_keys(void **state)
{
	const char *role;

	(void)state;
	for (size_t i = 0; (role = tcs_acl_role("x-a.", i)) != NULL; i++) {
		const char *words = words_of("x-a.", role);
		assert_false(has(words, "~* "));
		assert_false(has(words, "~*)"));
		assert_false(has(words, "allkeys"));
		assert_false(has(words, "+@"));
		assert_false(has(words, "+eval\n"));
		assert_false(has(words, "tocsin."));
	}
}

static void
each_daemon_writes_its_own_prefix_only(void **state)
{
	static const struct {
		const char *role, *prefix;
	} cases[] = {{"collector", "src:"}, {"rules", "rule:"},
	    {"dispatcher", "ledger:"}, {"journal", "journal:"}};
	enum { N = sizeof(cases) / sizeof(cases[0]) };

	(void)state;
	for (size_t i = 0; i < N; i++) {
		const char *words = words_of("tocsin.", cases[i].role);
		for (size_t j = 0; j < N; j++) {
			char pattern[64] = "%RW~tocsin.";
			strncat(pattern, cases[j].prefix,
			    sizeof(pattern) - strlen(pattern) - 1);
			assert_int_equal(has(words, pattern), i == j);
		}
	}
}

static void
each_topic_has_one_kind_of_writer_and_may_be_given_back(void **state)
{
	static const struct {
		const char *pattern, *role;
	} cases[] = {{"%W~tocsin.documents.*", "collector"},
	    {"%W~tocsin.health.*", "collector"},
	    {"%W~tocsin.signals.*", "collector"},
	    {"%W~tocsin.proposals.*", "rules"},
	    {"%W~tocsin.alerts.*", "dispatcher"},
	    {"%W~tocsin.receipts.*", "dispatcher"},
	    {"%W~tocsin.decisions.*", "cli"}, {"%W~tocsin.reports.*", "cli"}};
	/* By `tocsin rejected retry`, as its own writer wrote it. */
	static const char given_back[] =
	    "%W~tocsin.signals.* %W~tocsin.proposals.*";
	const char *role;

	(void)state;
	for (size_t i = 0; (role = tcs_acl_role("tocsin.", i)) != NULL; i++) {
		const char *words = words_of("tocsin.", role);
		for (size_t j = 0; j < sizeof(cases) / sizeof(cases[0]); j++)
			assert_int_equal(has(words, cases[j].pattern),
			    strcmp(cases[j].role, role) == 0 ||
			        (strcmp(role, "cli") == 0 &&
			            has(given_back, cases[j].pattern)));
	}
}

static void
a_group_has_its_own_leases_and_sees_every_position(void **state)
{
	const char *words = words_of("x-flood.", "journal");

	(void)state;
	assert_true(has(words, "%RW~x-flood.lease:journal:*"));
	assert_true(has(words, "%RW~x-flood.fence:journal:*"));
	assert_true(has(words, "%RW~x-flood.pos:journal:*"));
	assert_true(has(words, "%R~x-flood.pos:*"));
	assert_false(has(words, "lease:*"));
	assert_false(has(words, "dispatcher"));
}

static void
the_command_line_reads_all_and_changes_no_state(void **state)
{
	const char *words = words_of("tocsin.", "cli");

	(void)state;
	assert_true(has(words, "%R~tocsin.*)"));
	assert_false(has(words, "%RW~"));
	assert_false(has(words, "+set"));
	assert_false(has(words, "+hset"));
	assert_false(has(words, "+del"));
}

static void
the_player_is_a_user_of_exercises_only(void **state)
{
	struct tcs_acl acl = {0};

	(void)state;
	assert_int_equal(
	    tcs_acl_build("tocsin.", "player", "x", &acl), TCS_EINVAL);
	assert_true(has(words_of("x-a.", "player"), "(+set %RW~x-a.clock)"));
}

static void
a_realm_that_a_pattern_would_widen_is_refused(void **state)
{
	static const struct {
		const char *realm;
		bool want;
	} cases[] = {{"tocsin.", true}, {"x-flood.", true}, {"x-a-2.", true},
	    {"", false}, {"x-.", false}, {"x-a", false}, {"x-*.", false},
	    {"x-a.b.", false}, {"tocsin", false}, {"x-A.", false},
	    {"x-a?.", false}, {"x-a ~*.", false}, {"other.", false}};
	struct tcs_acl acl = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    tcs_acl_is_realm(cases[i].realm), cases[i].want);
		if (!cases[i].want)
			assert_int_equal(
			    tcs_acl_build(cases[i].realm, "rules", "x", &acl),
			    TCS_EINVAL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_user_begins_from_nothing_with_its_password),
	    cmocka_unit_test(no_user_has_commands_for_all_keys),
	    cmocka_unit_test(each_daemon_writes_its_own_prefix_only),
	    cmocka_unit_test(
	        each_topic_has_one_kind_of_writer_and_may_be_given_back),
	    cmocka_unit_test(
	        a_group_has_its_own_leases_and_sees_every_position),
	    cmocka_unit_test(the_command_line_reads_all_and_changes_no_state),
	    cmocka_unit_test(the_player_is_a_user_of_exercises_only),
	    cmocka_unit_test(a_realm_that_a_pattern_would_widen_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

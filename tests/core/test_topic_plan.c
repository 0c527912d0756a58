#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/bus/topic_plan.h"
#include "core/clock.h"

static const struct tcs_topic_wish usual = {.name = "tocsin.signals",
    .partitions = 6,
    .servers = 3,
    .retention_ms = TCS_DAYS(35)};

static char cleanup[] = "cleanup.policy", retention[] = "retention.ms",
            insync[] = "min.insync.replicas", message[] = "max.message.bytes",
            segment[] = "segment.bytes", is_delete[] = "delete",
            is_compact[] = "compact", is_35d[] = "3024000000",
            is_90d[] = "7776000000", is_1d[] = "86400000", is_ever[] = "-1",
            is_1[] = "1", is_2[] = "2", is_1mb[] = "1048588",
            is_2mb[] = "2097152";

/* What `bus init` makes. */
static struct tcs_topic_override sound[] = {{cleanup, is_delete},
    {retention, is_35d}, {insync, is_2}, {message, is_1mb}};

static const struct tcs_topic_found as_made = {
    .partitions = 6, .replication = 3, .overrides = sound, .overrides_n = 4};

static void
assert_setting(
    const struct tcs_topic_plan *plan, const char *name, const char *want)
{
	for (size_t i = 0; i < plan->settings_n; i++) {
		if (strcmp(plan->settings[i].name, name) == 0) {
			assert_string_equal(plan->settings[i].value, want);
			return;
		}
	}
	fail_msg("no %s", name);
}

/* The plan's text; to be given back to tcs_topic_plan_fini(). */
static struct tcs_topic_plan
plan(const struct tcs_topic_wish *wish, const struct tcs_topic_found *found,
    enum tcs_topic_verdict want)
{
	struct tcs_topic_plan made = {0};

	tcs_topic_plan(wish, found, &made);
	assert_int_equal(made.said.err, 0);
	if (made.verdict != want)
		fail_msg("verdict %d: %s", (int)made.verdict,
		    made.said.n == 0 ? "" : made.said.p);
	return made;
}

static void
a_topic_that_is_not_there_is_made_with_three_copies(void **state)
{
	const struct tcs_topic_found none = {0};
	struct tcs_topic_plan p = plan(&usual, &none, TCS_TOPIC_MAKE);

	(void)state;
	assert_int_equal(p.partitions, 6);
	assert_int_equal(p.replication, 3);
	assert_setting(&p, "cleanup.policy", "delete");
	assert_setting(&p, "retention.ms", "3024000000");
	assert_setting(&p, "min.insync.replicas", "2");
	assert_setting(&p, "max.message.bytes", "1048588");
	assert_string_equal(
	    p.said.p, "6 partitions, 3 copies of which 2 in step, kept 35 d");
	tcs_topic_plan_fini(&p);
}

static void
copies_are_as_many_as_servers_unless_asked_for(void **state)
{
	static const struct {
		int servers, replication, min_insync, want, want_insync;
	} cases[] = {{1, 0, 0, 1, 1}, {2, 0, 0, 2, 1}, {5, 0, 0, 3, 2},
	    {5, 5, 0, 5, 4}, {3, 1, 0, 1, 1}, {3, 3, 3, 3, 3}, {3, 0, 1, 3, 1}};
	const struct tcs_topic_found none = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_topic_wish wish = usual;
		wish.servers = cases[i].servers;
		wish.replication = cases[i].replication;
		wish.min_insync = cases[i].min_insync;
		struct tcs_topic_plan p = plan(&wish, &none, TCS_TOPIC_MAKE);
		char want[2] = {(char)('0' + cases[i].want_insync), '\0'};
		assert_int_equal(p.replication, cases[i].want);
		assert_setting(&p, "min.insync.replicas", want);
		tcs_topic_plan_fini(&p);
	}
}

static void
copies_that_cannot_be_are_refused(void **state)
{
	const struct tcs_topic_found none = {0};
	struct tcs_topic_wish wish = usual;

	(void)state;
	wish.replication = 4;
	struct tcs_topic_plan p = plan(&wish, &none, TCS_TOPIC_REFUSE);
	assert_non_null(strstr(p.said.p, "write: --replication 3"));
	assert_int_equal(p.settings_n, 0);
	tcs_topic_plan_fini(&p);
	wish.replication = 2;
	wish.min_insync = 3;
	p = plan(&wish, &none, TCS_TOPIC_REFUSE);
	assert_non_null(strstr(p.said.p, "write: --min-insync 2"));
	tcs_topic_plan_fini(&p);
	p = plan(
	    &(struct tcs_topic_wish){
	        .name = "t", .partitions = 6, .servers = 3, .min_insync = 4},
	    &as_made, TCS_TOPIC_REFUSE);
	tcs_topic_plan_fini(&p);
}

static void
what_is_as_it_should_be_is_left(void **state)
{
	struct tcs_topic_plan p = plan(&usual, &as_made, TCS_TOPIC_LEAVE);

	(void)state;
	assert_int_equal(p.said.n, 0);
	tcs_topic_plan_fini(&p);
}

static void
what_keeps_more_or_is_stricter_by_hand_is_left(void **state)
{
	struct tcs_topic_override longer[] = {{segment, is_1mb},
	    {cleanup, is_delete}, {retention, is_90d}, {insync, is_1},
	    {message, is_2mb}};
	struct tcs_topic_found found = {.partitions = 6,
	    .replication = 3,
	    .overrides = longer,
	    .overrides_n = 5};

	(void)state;
	struct tcs_topic_plan p = plan(&usual, &found, TCS_TOPIC_LEAVE);
	tcs_topic_plan_fini(&p);
	longer[2].value = is_ever;
	p = plan(&usual, &found, TCS_TOPIC_LEAVE);
	tcs_topic_plan_fini(&p);
}

static void
what_differs_is_changed_and_said(void **state)
{
	struct tcs_topic_override other[] = {
	    {cleanup, is_compact}, {retention, is_1d}};
	const struct tcs_topic_found found = {.partitions = 6,
	    .replication = 2,
	    .overrides = other,
	    .overrides_n = 2};
	struct tcs_topic_plan p = plan(&usual, &found, TCS_TOPIC_CHANGE);

	(void)state;
	assert_int_equal(p.settings_n, 4);
	assert_setting(&p, "min.insync.replicas", "1");
	assert_string_equal(p.said.p,
	    "cleanup.policy compact -> delete, "
	    "retention.ms 86400000 -> 3024000000, "
	    "min.insync.replicas (the servers') -> 1, "
	    "max.message.bytes (the servers') -> 1048588");
	tcs_topic_plan_fini(&p);
}

static void
copies_in_step_change_when_asked_for_only(void **state)
{
	struct tcs_topic_wish wish = usual;

	(void)state;
	wish.min_insync = 1;
	struct tcs_topic_plan p = plan(&wish, &as_made, TCS_TOPIC_CHANGE);
	assert_int_equal(p.settings_n, 1);
	assert_string_equal(p.said.p, "min.insync.replicas 2 -> 1");
	tcs_topic_plan_fini(&p);
}

static void
partitions_are_added_with_force_only_and_never_taken_away(void **state)
{
	struct tcs_topic_wish wish = usual;

	(void)state;
	wish.partitions = 12;
	struct tcs_topic_plan p = plan(&wish, &as_made, TCS_TOPIC_REFUSE);
	assert_non_null(strstr(p.said.p, "their order be lost"));
	assert_int_equal(p.grow_to, 0);
	tcs_topic_plan_fini(&p);
	wish.is_forced = true;
	p = plan(&wish, &as_made, TCS_TOPIC_CHANGE);
	assert_int_equal(p.grow_to, 12);
	assert_int_equal(p.settings_n, 0);
	assert_string_equal(p.said.p, "partitions 6 -> 12");
	tcs_topic_plan_fini(&p);
	wish.partitions = 3;
	p = plan(&wish, &as_made, TCS_TOPIC_REFUSE);
	assert_non_null(strstr(p.said.p, "bus { partitions = 6 }"));
	tcs_topic_plan_fini(&p);
}

static void
other_copies_than_asked_for_are_said_and_left(void **state)
{
	struct tcs_topic_wish wish = usual;

	(void)state;
	wish.replication = 2;
	struct tcs_topic_plan p = plan(&wish, &as_made, TCS_TOPIC_LEAVE);
	assert_non_null(strstr(p.said.p, "has 3 copies, not 2"));
	tcs_topic_plan_fini(&p);
}

static void
a_setting_that_would_be_lost_forbids_a_change(void **state)
{
	struct tcs_topic_override hidden[] = {{cleanup, is_compact},
	    {segment, NULL}, {retention, is_35d}, {insync, is_2},
	    {message, is_1mb}};
	struct tcs_topic_found found = {.partitions = 6,
	    .replication = 3,
	    .overrides = hidden,
	    .overrides_n = 5};

	(void)state;
	struct tcs_topic_plan p = plan(&usual, &found, TCS_TOPIC_REFUSE);
	assert_non_null(strstr(p.said.p, "segment.bytes"));
	tcs_topic_plan_fini(&p);
	hidden[0].value = is_delete;
	p = plan(&usual, &found, TCS_TOPIC_LEAVE);
	tcs_topic_plan_fini(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        a_topic_that_is_not_there_is_made_with_three_copies),
	    cmocka_unit_test(copies_are_as_many_as_servers_unless_asked_for),
	    cmocka_unit_test(copies_that_cannot_be_are_refused),
	    cmocka_unit_test(what_is_as_it_should_be_is_left),
	    cmocka_unit_test(what_keeps_more_or_is_stricter_by_hand_is_left),
	    cmocka_unit_test(what_differs_is_changed_and_said),
	    cmocka_unit_test(copies_in_step_change_when_asked_for_only),
	    cmocka_unit_test(
	        partitions_are_added_with_force_only_and_never_taken_away),
	    cmocka_unit_test(other_copies_than_asked_for_are_said_and_left),
	    cmocka_unit_test(a_setting_that_would_be_lost_forbids_a_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

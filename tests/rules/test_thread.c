#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/clock.h"
#include "rules/thread.h"
#include "rules/threads.h"
#include "tests/rules/kit.h"
#include "tests/support/check.h"

static struct tcs_arena *arena;

static int
setup(void **state)
{
	(void)state;
	arena = tcs_arena_new(1 << 20);
	return arena == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	tcs_arena_free(&arena);
	return 0;
}

static const struct tcs_verdict YES = {TCS_YES, TCS_YES};
static const struct tcs_verdict HOLDS = {TCS_NO, TCS_YES};
static const struct tcs_verdict NO = {TCS_NO, TCS_NO};
static const struct tcs_verdict UNKNOWN = {TCS_UNKNOWN, TCS_UNKNOWN};
static const struct tcs_verdict DOUBT = {TCS_UNKNOWN, TCS_YES};

/* A thread opened by signal "s1" at KIT_NOW, orange. */
static struct tcs_thread
opened(void)
{
	struct tcs_signal signal = kit_signal("s1", "orange", "jaune");
	struct tcs_thread thread;

	assert_int_equal(tcs_thread_open(&thread, "r", &signal, arena), TCS_OK);
	memcpy(thread.code, "K7P", 4);
	assert_int_equal(
	    tcs_thread_move(&thread, TCS_MOVE_OPENED, &signal, arena), TCS_OK);
	return thread;
}

static enum tcs_move
decide(const struct tcs_thread *thread, const struct tcs_signal *signal,
    struct tcs_verdict verdict)
{
	return tcs_thread_decide(thread, signal, verdict, KIT_NOW, true);
}

static void
move(struct tcs_thread *thread, const struct tcs_signal *signal,
    struct tcs_verdict verdict, enum tcs_move want)
{
	enum tcs_move got = decide(thread, signal, verdict);

	if (got != want)
		fail_msg(
		    "want %s, got %s", tcs_move_name(want), tcs_move_name(got));
	assert_int_equal(tcs_thread_move(thread, got, signal, arena), TCS_OK);
}

static void
only_a_condition_that_is_met_opens_a_thread(void **state)
{
	(void)state;
	struct tcs_signal signal = kit_signal("s1", "orange", "jaune");

	assert_int_equal(decide(NULL, &signal, YES), TCS_MOVE_OPENED);
	assert_int_equal(decide(NULL, &signal, NO), TCS_MOVE_NONE);
	assert_int_equal(decide(NULL, &signal, HOLDS), TCS_MOVE_NONE);
	assert_int_equal(decide(NULL, &signal, UNKNOWN), TCS_MOVE_UNKNOWN);
	assert_int_equal(decide(NULL, &signal, DOUBT), TCS_MOVE_UNKNOWN);
	/* a place that is not ours */
	assert_int_equal(tcs_thread_decide(NULL, &signal, YES, KIT_NOW, false),
	    TCS_MOVE_NONE);
	signal.is_end = true;
	assert_int_equal(decide(NULL, &signal, YES), TCS_MOVE_NONE);
	signal.is_end = false;
	signal.msg_type = "Cancel";
	assert_int_equal(decide(NULL, &signal, YES), TCS_MOVE_NONE);
}

static void
a_signal_past_its_expiry_opens_nothing(void **state)
{
	(void)state;
	struct tcs_signal signal = kit_signal("s1", "orange", "jaune");

	signal.expires_ms = KIT_NOW;
	assert_int_equal(decide(NULL, &signal, YES), TCS_MOVE_EXPIRED);
	signal.expires_ms = KIT_NOW + 1;
	assert_int_equal(decide(NULL, &signal, YES), TCS_MOVE_OPENED);
	/* none given: a day */
	signal.expires_ms = TCS_NO_TIME;
	signal.sent_ms = KIT_NOW - TCS_DAYS(1);
	assert_int_equal(decide(NULL, &signal, YES), TCS_MOVE_EXPIRED);
	/* an open thread follows it all the same */
	struct tcs_thread thread = opened();
	signal = kit_signal("s2", "jaune", "orange");
	signal.expires_ms = KIT_NOW - 1;
	move(&thread, &signal, NO, TCS_MOVE_CEASED);
	assert_int_equal(thread.state, TCS_THREAD_TO_LIFT);
}

static void
an_opened_thread_knows_its_place(void **state)
{
	(void)state;
	struct tcs_thread thread = opened();
	char place[65], own[65], name[TCS_THREAD_NAME_MAX];
	struct tcs_signal signal = kit_signal("other", "rouge", NULL);

	assert_string_equal(thread.id, "s1/r");
	assert_string_equal(thread.key, "62");
	assert_int_equal(strlen(thread.hash), 8);
	assert_int_equal(thread.state, TCS_THREAD_OPEN);
	assert_int_equal(thread.opened_ms, KIT_NOW);
	assert_int_equal(tcs_thread_name(&thread, name), TCS_OK);
	assert_int_equal(strncmp(name, "62|", 3), 0);
	assert_string_equal(name + 3, thread.hash);
	tcs_thread_place("r", &signal, place);
	tcs_thread_own_place(&thread, own);
	assert_string_equal(place, own);
	/* another rule, source, zone, phenomenon or key is another place */
	tcs_thread_place("r2", &signal, place);
	assert_string_not_equal(place, own);
	signal.departement = "59";
	tcs_thread_place("r", &signal, place);
	assert_string_not_equal(place, own);
	signal = kit_signal("other", "rouge", NULL);
	signal.phenomenon = NULL;
	tcs_thread_place("r", &signal, place);
	assert_string_not_equal(place, own);
}

static void
a_thread_goes_to_lift_is_reopened_and_ends(void **state)
{
	(void)state;
	struct tcs_thread thread = opened();
	struct tcs_signal s2 = kit_signal("s2", "rouge", "orange");
	struct tcs_signal s3 = kit_signal("s3", "jaune", "rouge");
	struct tcs_signal s4 = kit_signal("s4", "jaune", "jaune");
	struct tcs_signal s5 = kit_signal("s5", "orange", "jaune");
	struct tcs_signal s6 = kit_signal("s6", "vert", "orange");
	struct tcs_signal s7 = kit_signal("s7", "orange", "vert");

	move(&thread, &s2, HOLDS, TCS_MOVE_UPDATED);
	assert_int_equal(thread.state, TCS_THREAD_OPEN);
	assert_string_equal(thread.level, "rouge");
	move(&thread, &s3, NO, TCS_MOVE_CEASED);
	assert_int_equal(thread.state, TCS_THREAD_TO_LIFT);
	move(&thread, &s4, NO, TCS_MOVE_UPDATED);
	assert_int_equal(thread.state, TCS_THREAD_TO_LIFT);
	move(&thread, &s5, YES, TCS_MOVE_REOPENED);
	assert_int_equal(thread.state, TCS_THREAD_OPEN);
	s6.is_end = true;
	move(&thread, &s6, YES, TCS_MOVE_ENDED);
	assert_int_equal(thread.state, TCS_THREAD_TO_LIFT);
	move(&thread, &s7, YES, TCS_MOVE_REOPENED);
	assert_int_equal(thread.state, TCS_THREAD_OPEN);
	assert_string_equal(thread.id, "s1/r");
}

static void
unknown_moves_no_thread(void **state)
{
	(void)state;
	struct tcs_thread thread = opened();
	struct tcs_signal s2 = kit_signal("s2", "inconnu", "orange");
	struct tcs_signal s3 = kit_signal("s3", "jaune", "inconnu");
	struct tcs_signal s4 = kit_signal("s4", "inconnu", "jaune");
	struct tcs_signal s5 = kit_signal("s5", "orange", "inconnu");

	move(&thread, &s2, UNKNOWN, TCS_MOVE_UPDATED);
	assert_int_equal(thread.state, TCS_THREAD_OPEN);
	move(&thread, &s3, NO, TCS_MOVE_CEASED);
	move(&thread, &s4, UNKNOWN, TCS_MOVE_UPDATED);
	assert_int_equal(thread.state, TCS_THREAD_TO_LIFT);
	/* a doubt about the trend alone reopens */
	move(&thread, &s5, DOUBT, TCS_MOVE_REOPENED);
}

static void
a_trend_that_is_over_does_not_reopen(void **state)
{
	(void)state;
	struct tcs_thread thread = opened();
	struct tcs_signal s2 = kit_signal("s2", "jaune", "orange");
	struct tcs_signal s3 = kit_signal("s3", "orange", "orange");

	move(&thread, &s2, NO, TCS_MOVE_CEASED);
	move(&thread, &s3, HOLDS, TCS_MOVE_UPDATED);
	assert_int_equal(thread.state, TCS_THREAD_TO_LIFT);
}

static void
a_signal_seen_before_gives_nothing(void **state)
{
	(void)state;
	struct tcs_thread thread = opened();
	struct tcs_signal s1 = kit_signal("s1", "orange", "jaune");
	struct tcs_signal s2 = kit_signal("s2", "rouge", "orange");

	assert_int_equal(decide(&thread, &s1, YES), TCS_MOVE_SEEN);
	move(&thread, &s2, YES, TCS_MOVE_UPDATED);
	assert_int_equal(decide(&thread, &s1, YES), TCS_MOVE_SEEN);
	assert_int_equal(decide(&thread, &s2, YES), TCS_MOVE_SEEN);
	/* what is remembered is bounded, the last ones stay */
	for (int i = 0; i < 100; i++) {
		char id[16];
		(void)snprintf(id, sizeof(id), "x%d", i);
		struct tcs_signal x = kit_signal(id, "rouge", "orange");
		move(&thread, &x, YES, TCS_MOVE_UPDATED);
	}
	assert_int_equal(thread.seen_n, TCS_THREAD_SEEN_MAX);
	struct tcs_signal last = kit_signal("x99", "rouge", "orange");
	assert_int_equal(decide(&thread, &last, YES), TCS_MOVE_SEEN);
}

static void
what_is_older_is_stale(void **state)
{
	(void)state;
	struct tcs_thread thread = opened();
	struct tcs_signal s2 = kit_signal("s2", "vert", "orange");

	s2.issued_ms = KIT_NOW - 1;
	assert_int_equal(decide(&thread, &s2, NO), TCS_MOVE_STALE);
	s2.is_end = true;
	assert_int_equal(decide(&thread, &s2, NO), TCS_MOVE_STALE);
	s2.issued_ms = KIT_NOW;
	assert_int_equal(decide(&thread, &s2, NO), TCS_MOVE_ENDED);
	/* no issue time: by when it was sent */
	s2.issued_ms = TCS_NO_TIME;
	s2.sent_ms = KIT_NOW - 1;
	assert_int_equal(decide(&thread, &s2, NO), TCS_MOVE_STALE);
	s2.sent_ms = KIT_NOW;
	assert_int_equal(decide(&thread, &s2, NO), TCS_MOVE_ENDED);
}

static void
a_thread_is_kept_48_hours_after_the_last_expiry_or_end(void **state)
{
	(void)state;
	struct tcs_thread thread = opened();
	struct tcs_signal s2 = kit_signal("s2", "rouge", "orange");
	struct tcs_signal s3 = kit_signal("s3", "vert", "rouge");

	assert_int_equal(thread.forget_ms, KIT_NOW + TCS_HOURS(18 + 48));
	s2.expires_ms = KIT_NOW + TCS_HOURS(30);
	move(&thread, &s2, YES, TCS_MOVE_UPDATED);
	assert_int_equal(thread.forget_ms, KIT_NOW + TCS_HOURS(30 + 48));
	s3.is_end = true;
	s3.sent_ms = s3.issued_ms = KIT_NOW + TCS_HOURS(40);
	s3.expires_ms = KIT_NOW + TCS_HOURS(20);
	move(&thread, &s3, NO, TCS_MOVE_ENDED);
	assert_int_equal(thread.forget_ms, KIT_NOW + TCS_HOURS(40 + 48));
	assert_int_equal(thread.expires_ms, KIT_NOW + TCS_HOURS(20));
}

static void
a_thread_comes_back_from_its_text(void **state)
{
	(void)state;
	struct tcs_thread thread = opened(), back;
	struct tcs_buf buf;
	struct tcs_diag diag = {0};

	struct tcs_thread_raise *raise =
	    tcs_thread_raise_slot(&thread, "alerte");
	*raise = (struct tcs_thread_raise){.raise = "alerte",
	    .action = "lift",
	    .content = "0123456789abcdef",
	    .reference = "a,b,c",
	    .number = 7,
	    .expires_ms = KIT_NOW};
	assert_non_null(tcs_thread_raise_slot(&thread, "never-said"));
	thread.state = TCS_THREAD_TO_LIFT;
	tcs_buf_init(&buf, TCS_THREAD_JSON_MAX);
	assert_int_equal(tcs_thread_write(&thread, &buf), TCS_OK);
	check_json(tcs_buf_view(&buf));
	assert_int_equal(
	    tcs_thread_read(tcs_buf_view(&buf), "62", arena, &back, &diag),
	    TCS_OK);
	assert_string_equal(back.id, thread.id);
	assert_string_equal(back.hash, thread.hash);
	assert_string_equal(back.code, "K7P");
	assert_string_equal(back.key, "62");
	assert_string_equal(back.zone_name, "Aa");
	assert_string_equal(back.level, "orange");
	assert_int_equal(back.state, TCS_THREAD_TO_LIFT);
	assert_int_equal(back.forget_ms, thread.forget_ms);
	assert_int_equal(back.issued_ms, KIT_NOW);
	assert_int_equal(back.seen_n, 1);
	assert_string_equal(back.seen[0], thread.seen[0]);
	assert_int_equal(back.raises_n, 1);
	assert_string_equal(back.raises[0].action, "lift");
	assert_int_equal(back.raises[0].number, 7);
	assert_string_equal(back.raises[0].reference, "a,b,c");
	tcs_buf_fini(&buf);
}

static void
a_text_that_is_no_thread_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *json, *says;
	} cases[] = {
	    {"", "JSON"},
	    {"[]", "'thread'"},
	    {"{\"thread\":\"s/r\"}", "'code'"},
	    {"{\"thread\":\"s/r\",\"code\":\"K7P\",\"rule\":\"r\","
	     "\"source\":\"v\",\"zone\":\"z\",\"signal\":\"s\","
	     "\"opened_ms\":1,\"sent_ms\":1,\"expires_ms\":1,"
	     "\"forget_ms\":1,\"state\":\"shut\"}",
	        "'state'"},
	    {"{\"thread\":\"s/r\",\"code\":\"K7P\",\"rule\":\"r\","
	     "\"source\":\"v\",\"zone\":\"z\",\"signal\":\"s\","
	     "\"opened_ms\":1,\"sent_ms\":1,\"expires_ms\":1,"
	     "\"forget_ms\":\"1\",\"state\":\"open\"}",
	        "'forget_ms'"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_thread thread;
		struct tcs_diag diag = {0};
		assert_int_equal(tcs_thread_read(tcs_slice_str(cases[i].json),
		                     "62", arena, &thread, &diag),
		    TCS_EPARSE);
		assert_non_null(strstr(tcs_diag_text(&diag), cases[i].says));
		tcs_diag_fini(&diag);
	}
}

static void
threads_are_found_by_place_and_by_name(void **state)
{
	(void)state;
	struct tcs_threads *threads = tcs_threads_new();
	struct tcs_thread thread = opened();
	char place[65], name[TCS_THREAD_NAME_MAX], code[4];

	tcs_thread_own_place(&thread, place);
	assert_int_equal(tcs_thread_name(&thread, name), TCS_OK);
	assert_null(tcs_threads_at(threads, place));
	assert_int_equal(
	    tcs_threads_put(threads, &thread, tcs_slice_str("one")), TCS_OK);
	assert_int_equal(
	    tcs_threads_put(threads, &thread, tcs_slice_str("two")), TCS_OK);
	assert_int_equal(tcs_threads_count(threads), 1);
	assert_string_equal(tcs_threads_at(threads, place)->json, "two");
	assert_ptr_equal(
	    tcs_threads_at(threads, place), tcs_threads_named(threads, name));
	/* the code is taken while the thread is there */
	memset(tcs_threads_codes(threads), 0xff, sizeof(struct tcs_codes));
	tcs_threads_remove(threads, name);
	tcs_threads_remove(threads, name);
	assert_int_equal(
	    tcs_codes_propose(tcs_threads_codes(threads), "00000000", code),
	    TCS_OK);
	assert_string_equal(code, "K7P");
	assert_null(tcs_threads_named(threads, name));
	assert_null(tcs_threads_at(threads, place));
	tcs_threads_free(&threads);
	assert_null(threads);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(only_a_condition_that_is_met_opens_a_thread),
	    TEST(a_signal_past_its_expiry_opens_nothing),
	    TEST(an_opened_thread_knows_its_place),
	    TEST(a_thread_goes_to_lift_is_reopened_and_ends),
	    TEST(unknown_moves_no_thread),
	    TEST(a_trend_that_is_over_does_not_reopen),
	    TEST(a_signal_seen_before_gives_nothing),
	    TEST(what_is_older_is_stale),
	    TEST(a_thread_is_kept_48_hours_after_the_last_expiry_or_end),
	    TEST(a_thread_comes_back_from_its_text),
	    TEST(a_text_that_is_no_thread_is_refused),
	    TEST(threads_are_found_by_place_and_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

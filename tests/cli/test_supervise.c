#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/supervise.h"
#include "core/buf.h"
#include "core/log.h"
#include "core/loop.h"

struct fixture {
	struct tcs_loop *loop;
	struct tcs_supervisor *supervisor;
	struct tcs_buf text; /* "name:line\n" for each line */
	unsigned lines;
	size_t longest;
	bool is_stopped, is_late;
};

static void
on_line(void *arg, const char *name, struct tcs_slice line)
{
	struct fixture *f = arg;

	tcs_buf_printf(&f->text, "%s:", name);
	tcs_buf_slice(&f->text, line);
	tcs_buf_char(&f->text, '\n');
	f->lines++;
	if (line.n > f->longest)
		f->longest = line.n;
}

static void
on_stopped(void *arg)
{
	((struct fixture *)arg)->is_stopped = true;
}

static void
on_late(void *arg)
{
	((struct fixture *)arg)->is_late = true;
}

static void
drop_log(void *arg, enum tcs_log_level level, const char *line)
{
	(void)arg;
	(void)level;
	(void)line;
}

static int
setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	tcs_buf_init(&f.text, 1 << 20);
	tcs_log_set_sink(drop_log, NULL);
	f.loop = tcs_loop_new();
	f.supervisor = tcs_supervisor_new(f.loop, on_line, &f);
	*state = &f;
	return f.supervisor == NULL;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	tcs_supervisor_free(&f->supervisor);
	tcs_loop_free(&f->loop);
	tcs_buf_fini(&f->text);
	return 0;
}

/* Runs the loop until `flag` or `lines` is reached; fails after 20 s. */
static void
run_until(struct fixture *f, const bool *flag, unsigned lines)
{
	struct tcs_timer *late = tcs_timer_new(f->loop, on_late, f);

	tcs_timer_start(late, 20000);
	while (!f->is_late && !*flag && f->lines < lines)
		tcs_loop_once(f->loop);
	tcs_timer_free(&late);
	assert_false(f->is_late);
}

static void
add_shell(struct fixture *f, const char *script)
{
	const char *argv[] = {"/bin/sh", "-c", script, NULL};

	assert_int_equal(
	    tcs_supervisor_add(f->supervisor, "sh", argv, NULL), TCS_OK);
}

static void
the_wait_is_none_at_first_then_grows_to_ten_seconds(void **state)
{
	static const struct {
		unsigned deaths;
		int64_t want_ms;
	} cases[] = {{0, 0}, {1, 0}, {2, 250}, {3, 500}, {7, 8000}, {8, 10000},
	    {9, 10000}, {4000000000U, 10000}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
		    tcs_supervisor_wait_ms(cases[i].deaths), cases[i].want_ms);
}

static void
both_outputs_arrive_line_by_line_with_the_name(void **state)
{
	struct fixture *f = *state;
	bool never = false;

	add_shell(f, "echo one; echo two >&2; printf 'no end'; exec sleep 60");
	run_until(f, &never, 2);
	assert_string_equal(f->text.p, "sh:one\nsh:two\n");
}

static void
a_program_that_ends_is_started_again(void **state)
{
	struct fixture *f = *state;
	bool never = false;

	add_shell(f, "echo born; kill -9 $$");
	run_until(f, &never, 3);
	assert_non_null(strstr(f->text.p, "sh:born\nsh:born\nsh:born\n"));
}

static void
a_line_without_end_arrives_in_bounded_pieces(void **state)
{
	struct fixture *f = *state;
	bool never = false;

	add_shell(f, "head -c 20000 /dev/zero | tr '\\0' x; exec sleep 60");
	run_until(f, &never, 2);
	assert_int_equal(f->longest, 8192);
}

static void
stop_asks_first(void **state)
{
	struct fixture *f = *state;
	bool never = false;

	add_shell(f, "trap 'echo asked; exit 0' TERM; echo up; while :; do "
	             "sleep 0.01; done");
	run_until(f, &never, 1);
	tcs_supervisor_stop(f->supervisor, 15000, on_stopped, f);
	run_until(f, &f->is_stopped, 1000);
	assert_string_equal(f->text.p, "sh:up\nsh:asked\n");
}

static void
stop_kills_what_does_not_listen(void **state)
{
	struct fixture *f = *state;
	bool never = false;

	add_shell(f, "trap '' TERM; echo up; while :; do sleep 0.01; done");
	run_until(f, &never, 1);
	tcs_supervisor_stop(f->supervisor, 100, on_stopped, f);
	run_until(f, &f->is_stopped, 1000);
	assert_true(f->is_stopped);
}

static void
stop_ends_a_stopped_program_and_one_between_two_lives(void **state)
{
	struct fixture *f = *state;
	bool never = false;

	add_shell(f, "echo up; kill -STOP $$");
	add_shell(f, "echo dying; exit 3");
	run_until(f, &never, 4);
	tcs_supervisor_stop(f->supervisor, 15000, on_stopped, f);
	run_until(f, &f->is_stopped, 1000);
	assert_true(f->is_stopped);
}

static void
a_program_that_is_not_there_is_refused(void **state)
{
	struct fixture *f = *state;
	const char *argv[] = {"/nonexistent/tocsin-rules", NULL};
	struct tcs_diag diag = {0};

	assert_int_equal(
	    tcs_supervisor_add(f->supervisor, "tocsin-rules", argv, &diag),
	    TCS_ENOTFOUND);
	assert_non_null(strstr(tcs_diag_text(&diag), "tocsin-rules"));
	tcs_diag_fini(&diag);
}

/* Held, it is killed and stays away; released, it begins anew at once. */
static void
one_that_is_held_stays_away_until_it_is_released(void **state)
{
	struct fixture *f = *state;
	const bool never = false;

	add_shell(f, "echo up; exec sleep 100");
	run_until(f, &never, 1);
	assert_int_equal(
	    tcs_supervisor_hold(f->supervisor, "other"), TCS_ENOTFOUND);
	assert_int_equal(tcs_supervisor_hold(f->supervisor, "sh"), TCS_OK);
	struct tcs_timer *pause = tcs_timer_new(f->loop, on_stopped, f);
	tcs_timer_start(pause, 100);
	run_until(f, &f->is_stopped, 100);
	tcs_timer_free(&pause);
	assert_int_equal(f->lines, 1);
	tcs_supervisor_release(f->supervisor, "sh");
	run_until(f, &never, 2);
	assert_string_equal(f->text.p, "sh:up\nsh:up\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        the_wait_is_none_at_first_then_grows_to_ten_seconds),
	    cmocka_unit_test_setup_teardown(
	        both_outputs_arrive_line_by_line_with_the_name, setup,
	        teardown),
	    cmocka_unit_test_setup_teardown(
	        a_program_that_ends_is_started_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(
	        a_line_without_end_arrives_in_bounded_pieces, setup, teardown),
	    cmocka_unit_test_setup_teardown(stop_asks_first, setup, teardown),
	    cmocka_unit_test_setup_teardown(
	        stop_kills_what_does_not_listen, setup, teardown),
	    cmocka_unit_test_setup_teardown(
	        stop_ends_a_stopped_program_and_one_between_two_lives, setup,
	        teardown),
	    cmocka_unit_test_setup_teardown(
	        a_program_that_is_not_there_is_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(
	        one_that_is_held_stays_away_until_it_is_released, setup,
	        teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "collectors/turns.h"
#include "tests/support/check.h"

struct piece {
	struct tcs_turn turn;
	char name;
};

static struct tcs_loop *loop;
static struct tcs_turns *turns;
static struct tcs_timer *due;
static char done[16];
static size_t done_n;
static struct piece pieces[4];

static void
note(char c)
{
	assert_true(done_n + 1 < sizeof(done));
	done[done_n++] = c;
	done[done_n] = '\0';
}

static void
work(void *arg)
{
	const struct piece *piece = arg;

	note(piece->name);
}

/* What is due as soon as the loop comes by. */
static void
poll_due(void *arg)
{
	(void)arg;
	note('.');
}

static void
work_and_wake(void *arg)
{
	work(arg);
	tcs_timer_start(due, 0);
}

static void
ask(size_t i, tcs_loop_cb *cb)
{
	pieces[i].name = (char)('a' + (int)i);
	pieces[i].turn.cb = cb;
	pieces[i].turn.arg = &pieces[i];
	tcs_turns_ask(turns, &pieces[i].turn);
}

static int
set_up(void **state)
{
	(void)state;
	done_n = 0;
	done[0] = '\0';
	memset(pieces, 0, sizeof(pieces));
	loop = tcs_loop_new();
	turns = tcs_turns_new(loop);
	due = tcs_timer_new(loop, poll_due, NULL);
	return loop == NULL || turns == NULL || due == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	tcs_timer_free(&due);
	tcs_turns_free(&turns);
	tcs_loop_free(&loop);
	return 0;
}

static void
run_until(size_t n)
{
	for (int i = 0; i < 100 && done_n < n; i++)
		tcs_loop_once(loop);
}

static void
what_is_due_comes_between_two_pieces(void **state)
{
	(void)state;
	tcs_timer_start(due, 0);
	ask(0, work_and_wake);
	ask(1, work_and_wake);
	ask(2, work);
	check_text(done, "");
	run_until(6);
	check_text(done, ".a.b.c");
}

static void
a_piece_is_done_once_however_often_it_asks(void **state)
{
	(void)state;
	ask(0, work);
	ask(0, work);
	ask(1, work);
	run_until(2);
	check_text(done, "ab");
	ask(0, work);
	run_until(3);
	check_text(done, "aba");
}

static void
who_leaves_is_not_called(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++)
		ask(i, work);
	tcs_turns_leave(turns, &pieces[3].turn); /* the last */
	tcs_turns_leave(turns, &pieces[0].turn); /* the first */
	tcs_turns_leave(turns, &pieces[0].turn);
	ask(0, work);
	run_until(3);
	check_text(done, "bca");
}

static void
keep_busy(void *arg)
{
	(void)arg;
	tcs_timer_start(due, 0);
}

/* A loop that always has something to do. */
static void
a_piece_does_not_wait_for_ever(void **state)
{
	(void)state;
	tcs_timer_free(&due);
	due = tcs_timer_new(loop, keep_busy, NULL);
	tcs_timer_start(due, 0);
	ask(0, work);
	for (int i = 0; i < 100000000 && done_n < 1; i++)
		tcs_loop_once(loop);
	check_text(done, "a");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
	        what_is_due_comes_between_two_pieces, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
	        a_piece_is_done_once_however_often_it_asks, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
	        who_leaves_is_not_called, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
	        a_piece_does_not_wait_for_ever, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

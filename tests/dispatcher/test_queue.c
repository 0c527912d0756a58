#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dispatcher/queue.h"

enum { N = 64 };
static struct tcs_queued items[N];

static void
push(struct tcs_queue *queue, const char *target, enum tcs_urgency urgency,
    size_t i)
{
	assert_int_equal(
	    tcs_queue_push(queue, target, urgency, &items[i]), TCS_OK);
}

static int
take(struct tcs_queue *queue)
{
	struct tcs_queued *item = tcs_queue_take(queue, 0);

	return item == NULL ? -1 : (int)(item - items);
}

static void
drain(struct tcs_queue *queue)
{
	for (size_t i = 0; i < N; i++) {
		tcs_queue_remove(queue, &items[i]);
		if (items[i].is_flying)
			tcs_queue_release(
			    queue, &items[i], TCS_FLIGHT_LANDED, 0);
	}
	assert_int_equal(queue->ready, 0);
	assert_int_equal(queue->flying, 0);
	assert_int_equal(queue->flying_suspects, 0);
	tcs_queue_fini(queue);
}

static void
the_most_urgent_of_any_target_goes_first(void **state)
{
	struct tcs_queue queue;

	(void)state;
	tcs_queue_init(&queue, 10);
	push(&queue, "a", TCS_URGENCY_OTHERS, 0);
	push(&queue, "b", TCS_URGENCY_ACTS, 1);
	push(&queue, "a", TCS_URGENCY_DECIDES, 2);
	push(&queue, "c", TCS_URGENCY_ACTS, 3);
	assert_int_equal(take(&queue), 2);
	assert_int_equal(take(&queue), 1);
	assert_int_equal(take(&queue), 3);
	assert_int_equal(take(&queue), 0);
	assert_int_equal(take(&queue), -1);
	drain(&queue);
}

static void
slots_bound_what_is_in_flight(void **state)
{
	struct tcs_queue queue;

	(void)state;
	tcs_queue_init(&queue, 2);
	push(&queue, "a", TCS_URGENCY_ACTS, 0);
	push(&queue, "b", TCS_URGENCY_ACTS, 1);
	push(&queue, "c", TCS_URGENCY_ACTS, 2);
	assert_int_equal(take(&queue), 0);
	assert_int_equal(take(&queue), 1);
	assert_int_equal(take(&queue), -1);
	tcs_queue_release(&queue, &items[1], TCS_FLIGHT_LANDED, 0);
	assert_int_equal(take(&queue), 2);
	drain(&queue);
}

static void
targets_take_turns(void **state)
{
	static const int want[] = {0, 6, 1, 7, 2, 3, -1};
	struct tcs_queue queue;

	(void)state;
	tcs_queue_init(&queue, 8);
	for (size_t i = 0; i < 6; i++)
		push(&queue, "a", TCS_URGENCY_ACTS, i);
	push(&queue, "b", TCS_URGENCY_ACTS, 6);
	push(&queue, "b", TCS_URGENCY_ACTS, 7);
	/* Half of the slots for one target, no more. */
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_int_equal(take(&queue), want[i]);
	drain(&queue);
}

static void
a_target_that_failed_gets_one_at_a_time(void **state)
{
	struct tcs_queue queue;

	(void)state;
	tcs_queue_init(&queue, 8);
	for (size_t i = 0; i < 8; i++)
		push(&queue, "a", TCS_URGENCY_ACTS, i);
	assert_int_equal(take(&queue), 0);
	tcs_queue_release(&queue, &items[0], TCS_FLIGHT_FAILED, 0);
	assert_int_equal(take(&queue), 1);
	assert_int_equal(take(&queue), -1);
	tcs_queue_release(&queue, &items[1], TCS_FLIGHT_LANDED, 0);
	for (int i = 2; i < 6; i++)
		assert_int_equal(take(&queue), i);
	assert_int_equal(take(&queue), -1);
	drain(&queue);
}

static void
targets_that_hang_hold_at_most_half_of_the_slots(void **state)
{
	static const char *const names[] = {"h0", "h1", "h2", "h3"};
	struct tcs_queue queue;

	(void)state;
	tcs_queue_init(&queue, 4);
	for (size_t i = 0; i < 4; i++)
		push(&queue, names[i], TCS_URGENCY_DECIDES, i);
	for (size_t i = 0; i < 4; i++)
		push(&queue, names[i], TCS_URGENCY_DECIDES, 10 + i);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(take(&queue), i);
	for (size_t i = 0; i < 4; i++)
		tcs_queue_release(&queue, &items[i], TCS_FLIGHT_FAILED, 0);
	assert_int_equal(take(&queue), 10);
	assert_int_equal(take(&queue), 11);
	assert_int_equal(take(&queue), -1);
	push(&queue, "well", TCS_URGENCY_OTHERS, 20);
	assert_int_equal(take(&queue), 20);
	tcs_queue_release(&queue, &items[10], TCS_FLIGHT_LANDED, 0);
	assert_int_equal(take(&queue), 12);
	drain(&queue);
}

static void
attempts_in_flight_change_sides_with_their_target(void **state)
{
	struct tcs_queue queue;

	(void)state;
	tcs_queue_init(&queue, 8);
	for (size_t i = 0; i < 4; i++)
		push(&queue, "a", TCS_URGENCY_ACTS, i);
	push(&queue, "b", TCS_URGENCY_ACTS, 4);
	for (int i = 0; i < 5; i++)
		assert_true(take(&queue) >= 0);
	tcs_queue_release(&queue, &items[0], TCS_FLIGHT_FAILED, 0);
	assert_int_equal(queue.flying_suspects, 3);
	tcs_queue_release(&queue, &items[1], TCS_FLIGHT_LANDED, 0);
	assert_int_equal(queue.flying_suspects, 0);
	tcs_queue_release(&queue, &items[2], TCS_FLIGHT_NOTHING, 0);
	drain(&queue);
}

static void
a_channel_that_is_down_is_probed_one_at_a_time(void **state)
{
	struct tcs_queue queue;

	(void)state;
	tcs_queue_init(&queue, 8);
	for (size_t i = 0; i < 4; i++)
		push(&queue, "a", TCS_URGENCY_ACTS, i);
	push(&queue, "b", TCS_URGENCY_ACTS, 4);
	assert_int_equal(take(&queue), 0);
	tcs_queue_release(&queue, &items[0], TCS_FLIGHT_DOWN, 100);
	assert_null(tcs_queue_take(&queue, 99));
	struct tcs_queued *probe = tcs_queue_take(&queue, 100);
	assert_non_null(probe);
	assert_null(tcs_queue_take(&queue, 100));
	tcs_queue_release(&queue, probe, TCS_FLIGHT_DOWN, 300);
	assert_int_equal(queue.downs, 2);
	assert_null(tcs_queue_take(&queue, 299));
	probe = tcs_queue_take(&queue, 300);
	assert_non_null(probe);
	tcs_queue_release(&queue, probe, TCS_FLIGHT_LANDED, 0);
	assert_int_equal(queue.downs, 0);
	assert_non_null(tcs_queue_take(&queue, 300));
	assert_non_null(tcs_queue_take(&queue, 300));
	drain(&queue);
}

static void
one_that_is_removed_is_not_taken(void **state)
{
	struct tcs_queue queue;

	(void)state;
	tcs_queue_init(&queue, 8);
	push(&queue, "a", TCS_URGENCY_ACTS, 0);
	push(&queue, "a", TCS_URGENCY_DECIDES, 1);
	tcs_queue_remove(&queue, &items[1]);
	tcs_queue_remove(&queue, &items[1]);
	assert_int_equal(take(&queue), 0);
	tcs_queue_remove(&queue, &items[0]); /* in flight: stays so */
	assert_true(items[0].is_flying);
	drain(&queue);
}

/* Whatever happens, counts agree and bounds hold. */
static void
bounds_hold_under_random_use(void **state)
{
	static const char *const names[] = {"a", "b", "c", "d", "e"};
	struct tcs_queue queue;
	int64_t now = 0;

	(void)state;
	srand(11);
	tcs_queue_init(&queue, 6);
	for (int round = 0; round < 50000; round++) {
		struct tcs_queued *item = &items[rand() % N];
		int what = rand() % 4;
		now += rand() % 3;
		if (what == 0 && !item->is_ready && !item->is_flying)
			push(&queue, names[rand() % 5],
			    (enum tcs_urgency)(rand() % TCS_URGENCIES),
			    (size_t)(item - items));
		else if (what == 1)
			tcs_queue_remove(&queue, item);
		else if (what == 2)
			(void)tcs_queue_take(&queue, now);
		else if (item->is_flying)
			tcs_queue_release(&queue, item,
			    (enum tcs_flight_end)(rand() % 4), now + 5);
		size_t ready = 0, flying = 0;
		for (size_t i = 0; i < N; i++) {
			ready += items[i].is_ready ? 1 : 0;
			flying += items[i].is_flying ? 1 : 0;
		}
		assert_int_equal(queue.ready, ready);
		assert_int_equal(queue.flying, flying);
		assert_true(queue.flying <= queue.slots);
		assert_true(queue.flying_suspects <= queue.flying);
	}
	drain(&queue);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_most_urgent_of_any_target_goes_first),
	    cmocka_unit_test(slots_bound_what_is_in_flight),
	    cmocka_unit_test(targets_take_turns),
	    cmocka_unit_test(a_target_that_failed_gets_one_at_a_time),
	    cmocka_unit_test(targets_that_hang_hold_at_most_half_of_the_slots),
	    cmocka_unit_test(attempts_in_flight_change_sides_with_their_target),
	    cmocka_unit_test(a_channel_that_is_down_is_probed_one_at_a_time),
	    cmocka_unit_test(one_that_is_removed_is_not_taken),
	    cmocka_unit_test(bounds_hold_under_random_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

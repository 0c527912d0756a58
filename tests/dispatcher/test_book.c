#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatcher/book.h"

static const char *const two_communes[] = {"62041", "62765"};
static const char *const one_commune[] = {"62765"};

static struct tcs_proposal
orange(unsigned number)
{
	static const char *const ids[] = {"p0", "p1", "p2", "p3", "p4"};

	return (struct tcs_proposal){
	    .identifier = number < 5 ? ids[number] : "pn",
	    .number = number,
	    .thread = "s/r",
	    .code = "K7P",
	    .raise = "alerte",
	    .nature = TCS_NATURE_ALERTE,
	    .action = TCS_ACTION_RAISE,
	    .level = "orange",
	    .audience = "communes sdis",
	    .departement = "62",
	    .insee = two_communes,
	    .insee_n = 2,
	    .headline = "Vigilance crues orange",
	    .description = "d",
	    .instruction = "V\303\251rifier les campings.",
	    .expires_ms = 1000,
	    .sent_ms = 10,
	};
}

static struct tcs_booked *
add(struct tcs_book *book, const struct tcs_proposal *proposal)
{
	struct tcs_booked *booked =
	    tcs_booked_new(proposal, tcs_slice_str("<alert/>"));

	assert_non_null(booked);
	assert_int_equal(tcs_book_add(book, booked), TCS_OK);
	return booked;
}

static void
what_asks_more_than_was_read_is_told(void **state)
{
	struct tcs_proposal p[12];

	(void)state;
	for (size_t i = 0; i < 12; i++)
		p[i] = orange(2);
	p[1].level = "rouge";
	p[2].level = "jaune";
	p[3].insee = one_commune;
	p[3].insee_n = 1;
	p[4].insee_n = 0;
	p[5].instruction = "\303\211vacuer.";
	p[6].instruction = NULL;
	p[7].action = TCS_ACTION_LIFT;
	p[8].audience = "sdis communes coz";
	p[9].audience = "sdis";
	p[10].level = "inconnu";
	p[11].headline = "another headline";
	static const struct {
		size_t read, now;
		bool is_more;
	} cases[] = {{0, 0, false}, {0, 1, true}, {1, 0, false}, {0, 2, false},
	    {0, 3, false}, {3, 0, true}, {0, 4, true}, {4, 0, false},
	    {0, 5, true}, {0, 6, false}, {6, 0, true}, {0, 7, true},
	    {0, 8, true}, {8, 0, false}, {0, 9, false}, {0, 10, true},
	    {10, 0, true}, {10, 10, false}, {0, 11, false}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_booked *read =
		    tcs_booked_new(&p[cases[i].read], tcs_slice_str("r"));
		struct tcs_booked *now =
		    tcs_booked_new(&p[cases[i].now], tcs_slice_str("n"));
		const char *why = tcs_book_exceeds(read, now);
		if ((why != NULL) != cases[i].is_more)
			fail_msg("case %zu: %s", i, why == NULL ? "" : why);
		tcs_booked_free(&read);
		tcs_booked_free(&now);
	}
}

static void
a_hash_finds_its_text_and_the_current_one(void **state)
{
	struct tcs_book book = {0};
	struct tcs_proposal p1 = orange(1), p2 = orange(2), p3 = orange(3);

	(void)state;
	p2.level = "jaune";
	p2.headline = "Vigilance crues jaune";
	p3.level = "rouge";
	p3.headline = "Vigilance crues rouge";
	assert_int_equal(tcs_book_bind(&book, "abcdef").kind, TCS_BINDING_NONE);
	struct tcs_booked *first = add(&book, &p1);
	struct tcs_binding b = tcs_book_bind(&book, first->hash);
	assert_int_equal(b.kind, TCS_BINDING_HOLDS);
	assert_ptr_equal(b.current, first);

	tcs_book_close(first, TCS_BOOK_SUPERSEDED);
	assert_null(first->cap);
	struct tcs_booked *second = add(&book, &p2);
	b = tcs_book_bind(&book, first->hash);
	assert_int_equal(b.kind, TCS_BINDING_HOLDS);
	assert_ptr_equal(b.read, first);
	assert_ptr_equal(b.current, second);

	tcs_book_close(second, TCS_BOOK_SUPERSEDED);
	struct tcs_booked *third = add(&book, &p3);
	b = tcs_book_bind(&book, first->hash);
	assert_int_equal(b.kind, TCS_BINDING_REFUSED);
	assert_ptr_equal(b.current, third);
	assert_non_null(strstr(b.reason, "level"));

	tcs_book_close(third, TCS_BOOK_APPROVED);
	b = tcs_book_bind(&book, third->hash);
	assert_int_equal(b.kind, TCS_BINDING_REFUSED);
	assert_null(b.current);
	b = tcs_book_bind(&book, first->hash);
	assert_int_equal(b.kind, TCS_BINDING_REFUSED);
	tcs_book_fini(&book);
}

static void
an_approved_text_does_not_bind_the_next_one(void **state)
{
	struct tcs_book book = {0};
	struct tcs_proposal p1 = orange(1), p2 = orange(2);

	(void)state;
	p2.headline = "Vigilance crues orange, suite";
	struct tcs_booked *first = add(&book, &p1);
	tcs_book_close(first, TCS_BOOK_APPROVED);
	struct tcs_booked *second = add(&book, &p2);
	struct tcs_binding b = tcs_book_bind(&book, first->hash);
	assert_int_equal(b.kind, TCS_BINDING_REFUSED);
	assert_ptr_equal(b.current, second);
	tcs_book_fini(&book);
}

static void
a_rejected_text_can_still_be_approved_while_it_is_the_last(void **state)
{
	struct tcs_book book = {0};
	struct tcs_proposal p1 = orange(1), p2 = orange(2);

	(void)state;
	p2.level = "rouge";
	struct tcs_booked *first = add(&book, &p1);
	first->state = TCS_BOOK_REJECTED;
	assert_int_equal(
	    tcs_book_bind(&book, first->hash).kind, TCS_BINDING_HOLDS);
	tcs_book_close(first, TCS_BOOK_SUPERSEDED);
	assert_int_equal(first->state, TCS_BOOK_REJECTED);
	(void)add(&book, &p2);
	assert_int_equal(
	    tcs_book_bind(&book, first->hash).kind, TCS_BINDING_REFUSED);
	tcs_book_fini(&book);
}

static void
raises_of_one_thread_wait_side_by_side(void **state)
{
	struct tcs_book book = {0};
	struct tcs_proposal p1 = orange(1), p2 = orange(2);

	(void)state;
	p2.raise = "second";
	p2.headline = "other";
	struct tcs_booked *first = add(&book, &p1);
	struct tcs_booked *second = add(&book, &p2);
	assert_ptr_equal(tcs_book_open_of(&book, "alerte"), first);
	assert_ptr_equal(tcs_book_open_of(&book, "second"), second);
	assert_null(tcs_book_open_of(&book, "third"));
	assert_ptr_equal(tcs_book_bind(&book, second->hash).current, second);
	tcs_book_fini(&book);
}

static void
only_the_last_closed_ones_are_kept(void **state)
{
	struct tcs_book book = {0};
	struct tcs_proposal first = orange(0);

	(void)state;
	struct tcs_booked *open = add(&book, &first);
	for (unsigned i = 1; i <= 100; i++) {
		struct tcs_proposal p = orange(i);
		p.raise = "other";
		tcs_book_close(add(&book, &p), TCS_BOOK_SUPERSEDED);
	}
	assert_int_equal(book.n, 1 + TCS_BOOK_PAST_MAX + 1);
	assert_ptr_equal(tcs_book_open_of(&book, "alerte"), open);
	assert_int_equal(book.items[book.n - 1]->number, 100);
	tcs_book_fini(&book);
}

static void
order_is_by_number_whatever_the_order_of_reading(void **state)
{
	struct tcs_book book = {0};
	static const unsigned numbers[] = {3, 1, 4, 2};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct tcs_proposal p = orange(numbers[i]);
		(void)add(&book, &p);
	}
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(book.items[i]->number, i + 1);
	assert_ptr_equal(tcs_book_find(&book, "p2"), book.items[1]);
	assert_null(tcs_book_find(&book, "p9"));
	tcs_book_fini(&book);
}

static void
words_of_states_read_back(void **state)
{
	(void)state;
	for (unsigned i = 0; i < TCS_BOOK_STATE_COUNT; i++) {
		enum tcs_book_state back;
		assert_true(tcs_book_state_parse(
		    tcs_book_state_name((enum tcs_book_state)i), &back));
		assert_int_equal(back, i);
	}
	enum tcs_book_state none;
	assert_false(tcs_book_state_parse("lost", &none));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_asks_more_than_was_read_is_told),
	    cmocka_unit_test(a_hash_finds_its_text_and_the_current_one),
	    cmocka_unit_test(an_approved_text_does_not_bind_the_next_one),
	    cmocka_unit_test(
	        a_rejected_text_can_still_be_approved_while_it_is_the_last),
	    cmocka_unit_test(raises_of_one_thread_wait_side_by_side),
	    cmocka_unit_test(only_the_last_closed_ones_are_kept),
	    cmocka_unit_test(order_is_by_number_whatever_the_order_of_reading),
	    cmocka_unit_test(words_of_states_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/map.h"

struct item {
	char key[16];
	bool is_in;
};

static void
an_empty_table_has_nothing(void **state)
{
	struct tcs_map map = {0};
	size_t at = 0;

	(void)state;
	assert_null(tcs_map_get(&map, "a"));
	assert_null(tcs_map_remove(&map, "a"));
	assert_null(tcs_map_next(&map, &at));
	tcs_map_fini(&map);
}

static void
an_equal_key_replaces_the_value(void **state)
{
	struct tcs_map map = {0};
	char first[] = "a", second[] = "a";
	int one, two;

	(void)state;
	assert_int_equal(tcs_map_put(&map, first, &one), TCS_OK);
	assert_int_equal(tcs_map_put(&map, second, &two), TCS_OK);
	first[0] = 'x'; /* the first key may go now */
	assert_int_equal(map.n, 1);
	assert_ptr_equal(tcs_map_get(&map, "a"), &two);
	tcs_map_fini(&map);
}

/* Random puts and removals against a plain array. */
static void
it_agrees_with_a_plain_list(void **state)
{
	enum { N = 500 };
	static struct item items[N];
	struct tcs_map map = {0};
	size_t n = 0;

	(void)state;
	srand(7);
	for (size_t i = 0; i < N; i++)
		(void)snprintf(items[i].key, sizeof(items[i].key), "k%zu", i);
	for (int round = 0; round < 20000; round++) {
		struct item *item = &items[rand() % N];
		bool is_put = rand() % (round < 10000 ? 3 : 2) != 0;
		if (is_put && !item->is_in) {
			assert_int_equal(
			    tcs_map_put(&map, item->key, item), TCS_OK);
			item->is_in = true;
			n++;
		} else if (!is_put) {
			void *was = tcs_map_remove(&map, item->key);
			assert_ptr_equal(was, item->is_in ? item : NULL);
			n -= item->is_in ? 1 : 0;
			item->is_in = false;
		}
		assert_int_equal(map.n, n);
	}
	for (size_t i = 0; i < N; i++)
		assert_ptr_equal(tcs_map_get(&map, items[i].key),
		    items[i].is_in ? &items[i] : NULL);
	size_t at = 0, seen = 0;
	while (tcs_map_next(&map, &at) != NULL)
		seen++;
	assert_int_equal(seen, n);
	tcs_map_fini(&map);
}

static void
memory_is_given_back_when_it_empties(void **state)
{
	enum { N = 1000 };
	static struct item items[N];
	struct tcs_map map = {0};

	(void)state;
	for (size_t i = 0; i < N; i++) {
		(void)snprintf(items[i].key, sizeof(items[i].key), "k%zu", i);
		assert_int_equal(
		    tcs_map_put(&map, items[i].key, &items[i]), TCS_OK);
	}
	for (size_t i = 0; i < N; i++)
		assert_ptr_equal(tcs_map_remove(&map, items[i].key), &items[i]);
	assert_true(map.cap <= 16);
	tcs_map_fini(&map);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_empty_table_has_nothing),
	    cmocka_unit_test(an_equal_key_replaces_the_value),
	    cmocka_unit_test(it_agrees_with_a_plain_list),
	    cmocka_unit_test(memory_is_given_back_when_it_empties),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

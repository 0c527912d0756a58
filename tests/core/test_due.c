#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/due.h"

static void
names_come_out_by_time_whatever_the_order(void **state)
{
	struct tcs_due *due = tcs_due_new();
	char name[16], *out;
	int64_t last = -1, value;
	unsigned seed = 7;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		seed = seed * 1103515245U + 12345U;
		(void)snprintf(name, sizeof(name), "t%d", i);
		assert_int_equal(tcs_due_set(due, name, seed % 500, i), TCS_OK);
	}
	/* A third is moved, a third is cleared. */
	for (int i = 0; i < 1000; i += 3) {
		(void)snprintf(name, sizeof(name), "t%d", i);
		assert_int_equal(tcs_due_set(due, name, 1000 + i, i), TCS_OK);
		(void)snprintf(name, sizeof(name), "t%d", i + 1);
		tcs_due_clear(due, name);
	}
	assert_int_equal(tcs_due_count(due), 667);
	for (int left = 667; left > 0; left--) {
		int64_t next = tcs_due_next(due);
		assert_true(next >= last);
		last = next;
		assert_false(tcs_due_pop(due, next - 1, &out, &value));
		assert_true(tcs_due_pop(due, next, &out, &value));
		free(out);
	}
	assert_int_equal(tcs_due_next(due), INT64_MAX);
	tcs_due_free(&due);
}

static void
clearing_what_is_not_there_changes_nothing(void **state)
{
	struct tcs_due *due = tcs_due_new();

	(void)state;
	assert_int_equal(tcs_due_set(due, "a", 5, 50), TCS_OK);
	tcs_due_clear(due, "b");
	assert_int_equal(tcs_due_next(due), 5);
	tcs_due_free(&due);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_come_out_by_time_whatever_the_order),
	    cmocka_unit_test(clearing_what_is_not_there_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

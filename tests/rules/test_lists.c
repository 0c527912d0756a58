#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/file.h"
#include "rules/lists.h"
#include "tests/support/tmpdir.h"

static char *folder;
static struct tcs_lists *lists;
static struct tcs_diag diag;

static int
setup(void **state)
{
	(void)state;
	folder = tmpdir_make();
	lists = tcs_lists_new(folder);
	return lists == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	tcs_lists_free(&lists);
	tcs_diag_fini(&diag);
	tmpdir_remove(&folder);
	return 0;
}

static void
write_list(const char *name, const char *text, time_t when)
{
	char *path = tcs_list_path(folder, name);
	const struct timespec times[2] = {{.tv_sec = when}, {.tv_sec = when}};

	assert_int_equal(
	    tcs_file_write(path, tcs_slice_str(text), 0600, NULL), TCS_OK);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	free(path);
}

static void
a_list_is_kept_until_its_file_changes(void **state)
{
	(void)state;
	write_list("a", "62765\n", 1000);
	const struct tcs_list *first = tcs_lists_get(lists, "a", &diag);
	assert_non_null(first);
	assert_int_equal(first->n, 1);
	assert_ptr_equal(tcs_lists_get(lists, "a", &diag), first);
	write_list("a", "62765\n62040\n", 1000);
	assert_int_equal(tcs_lists_get(lists, "a", &diag)->n, 2);
	assert_int_equal(diag.n, 0);
}

static void
a_list_that_is_not_there_is_no_fault(void **state)
{
	(void)state;
	assert_null(tcs_lists_get(lists, "a", &diag));
	assert_int_equal(diag.n, 0);
	write_list("a", "62765\n", 1000);
	assert_non_null(tcs_lists_get(lists, "a", &diag));
	char *path = tcs_list_path(folder, "a");
	assert_int_equal(unlink(path), 0);
	free(path);
	assert_null(tcs_lists_get(lists, "a", &diag));
	assert_int_equal(diag.n, 0);
}

static void
a_file_that_became_unreadable_leaves_the_list_as_it_was(void **state)
{
	(void)state;
	write_list("a", "62765\n", 1000);
	assert_non_null(tcs_lists_get(lists, "a", &diag));
	write_list("a", "6276\n", 2000);
	const struct tcs_list *list = tcs_lists_get(lists, "a", &diag);
	assert_non_null(list);
	assert_string_equal(list->insee[0], "62765");
	assert_int_equal(diag.n, 1);
	assert_non_null(strstr(diag.items[0].text, "'6276'"));
	write_list("b", "6276\n", 2000);
	assert_null(tcs_lists_get(lists, "b", &diag));
	assert_int_equal(diag.n, 2);
}

static void
what_is_kept_is_bounded(void **state)
{
	(void)state;
	char name[16];

	for (int i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof(name), "l%d", i);
		write_list(name, "62765\n", 1000);
		assert_non_null(tcs_lists_get(lists, name, &diag));
	}
	/* borrowed until the trim, read again after it */
	assert_string_equal(
	    tcs_lists_get(lists, "l0", &diag)->insee[0], "62765");
	tcs_lists_trim(lists);
	assert_string_equal(
	    tcs_lists_get(lists, "l0", &diag)->insee[0], "62765");
	assert_int_equal(diag.n, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_list_is_kept_until_its_file_changes),
	    TEST(a_list_that_is_not_there_is_no_fault),
	    TEST(a_file_that_became_unreadable_leaves_the_list_as_it_was),
	    TEST(what_is_kept_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

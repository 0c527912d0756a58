#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "tests/support/check.h"
#include "tests/support/tmpdir.h"

static char *dir; /* of the test at hand */

static int
make_dir(void **state)
{
	(void)state;
	dir = tmpdir_make();
	return dir == NULL;
}

static int
remove_dir(void **state)
{
	(void)state;
	tmpdir_remove(&dir);
	return 0;
}

/* Path below `dir`, to be freed. */
static char *
below(const char *name)
{
	char *path = NULL;

	assert_true(asprintf(&path, "%s/%s", dir, name) > 0);
	return path;
}

static void
a_file_is_read_behind_what_the_buffer_holds(void **state)
{
	char *path = below("a");
	struct tcs_diag diag = {0};
	struct tcs_buf buf;

	(void)state;
	tmpdir_write(dir, "a", tcs_slice("x\0y", 3));
	tcs_buf_init(&buf, 100);
	tcs_buf_char(&buf, '>');
	check_ok(tcs_file_read(path, &buf, &diag), &diag);
	assert_int_equal(buf.n, 4);
	assert_memory_equal(buf.p, ">x\0y", 4);
	tcs_buf_fini(&buf);
	free(path);
}

static void
what_cannot_be_read_is_named_with_the_reason(void **state)
{
	char *absent = below("absent"), *large = below("large");
	struct tcs_diag diag = {0};
	struct tcs_buf buf;

	(void)state;
	tmpdir_write(dir, "large", tcs_slice_str("12345678901"));
	tcs_buf_init(&buf, 10);
	check_err(tcs_file_read(absent, &buf, &diag), TCS_ENOTFOUND, &diag);
	check_text(diag.items[0].file, absent);
	check_finding(&diag, 0, "No such file");
	tcs_diag_fini(&diag);
	check_err(tcs_file_read(large, &buf, &diag), TCS_ELIMIT, &diag);
	check_finding(&diag, 0, "limit 10 bytes");
	tcs_diag_fini(&diag);
	tcs_buf_fini(&buf);
	check_err(tcs_file_read(dir, &buf, &diag), TCS_EIO, &diag);
	tcs_diag_fini(&diag);
	tcs_buf_fini(&buf);
	free(absent);
	free(large);
}

static void
writing_replaces_the_whole_file_and_leaves_nothing_beside_it(void **state)
{
	char *path = below("out");
	struct tcs_diag diag = {0};
	struct stat st;
	char **names = NULL;
	size_t n = 0;

	(void)state;
	check_ok(
	    tcs_file_write(path, tcs_slice_str("long content"), 0600, &diag),
	    &diag);
	check_ok(
	    tcs_file_write(path, tcs_slice_str("short"), 0600, &diag), &diag);
	char *text = tmpdir_read(dir, "out");
	check_text(text, "short");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	check_ok(tcs_dir_list(dir, "", &names, &n, &diag), &diag);
	assert_int_equal(n, 1);
	tcs_names_free(names, n);
	free(text);
	free(path);
}

static void
a_write_that_fails_keeps_the_old_file(void **state)
{
	char *path = below("no/such/folder/file");
	char *folder = below("folder");
	struct tcs_diag diag = {0};
	char **names = NULL;
	size_t n = 0;

	(void)state;
	check_err(tcs_file_write(path, tcs_slice_str("x"), 0600, &diag),
	    TCS_ENOTFOUND, &diag);
	tcs_diag_fini(&diag);
	/* A folder cannot be replaced: the temporary file goes again. */
	check_ok(tcs_dir_make(folder, &diag), &diag);
	check_err(tcs_file_write(folder, tcs_slice_str("x"), 0600, &diag),
	    TCS_EIO, &diag);
	check_finding(&diag, 0, "rename");
	tcs_diag_fini(&diag);
	check_ok(tcs_dir_list(dir, "", &names, &n, &diag), &diag);
	assert_int_equal(n, 1);
	check_text(names[0], "folder");
	tcs_names_free(names, n);
	free(path);
	free(folder);
}

static void
folders_are_made_with_their_parents(void **state)
{
	char *path = below("a/b/c"), *file = below("file/x");
	struct tcs_diag diag = {0};
	struct stat st;

	(void)state;
	check_ok(tcs_dir_make(path, &diag), &diag);
	check_ok(tcs_dir_make(path, &diag), &diag);
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	tmpdir_write(dir, "file", tcs_slice_str(""));
	assert_int_not_equal(tcs_dir_make(file, &diag), TCS_OK);
	assert_int_equal(diag.n, 1);
	tcs_diag_fini(&diag);
	free(path);
	free(file);
}

static void
a_listing_is_sorted_and_has_what_ends_so(void **state)
{
	static const char *const files[] = {
	    "b.xml", "a.xml", "B.xml", ".hidden.xml", "c.csv", "xml"};
	struct tcs_diag diag = {0};
	char **names = NULL;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		tmpdir_write(dir, files[i], tcs_slice_str(""));
	check_ok(tcs_dir_list(dir, ".xml", &names, &n, &diag), &diag);
	assert_int_equal(n, 3);
	check_text(names[0], "B.xml");
	check_text(names[1], "a.xml");
	check_text(names[2], "b.xml");
	tcs_names_free(names, n);
	names = NULL;
	check_ok(tcs_dir_list(dir, ".none", &names, &n, &diag), &diag);
	assert_int_equal(n, 0);
	tcs_names_free(names, n);
	check_err(tcs_dir_list("/no/such/folder", "", &names, &n, &diag),
	    TCS_ENOTFOUND, &diag);
	tcs_diag_fini(&diag);
}

static void
a_path_is_beside_the_file_that_names_it(void **state)
{
	static const struct {
		const char *base, *name, *want;
	} cases[] = {
	    {"/etc/tocsin/tocsin.conf", "rules.d", "/etc/tocsin/rules.d"},
	    {"/etc/tocsin/tocsin.conf", "/var/x", "/var/x"},
	    {"tocsin.conf", "rules.d", "rules.d"},
	    {"/tocsin.conf", "x", "/x"},
	    {"a/b", "../c", "a/../c"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *path = tcs_path_beside(cases[i].base, cases[i].name);
		check_text(path, cases[i].want);
		free(path);
	}
}

int
main(void)
{
#define FILE_TEST(name)                                                        \
	cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)
	const struct CMUnitTest tests[] = {
	    FILE_TEST(a_file_is_read_behind_what_the_buffer_holds),
	    FILE_TEST(what_cannot_be_read_is_named_with_the_reason),
	    FILE_TEST(
	        writing_replaces_the_whole_file_and_leaves_nothing_beside_it),
	    FILE_TEST(a_write_that_fails_keeps_the_old_file),
	    FILE_TEST(folders_are_made_with_their_parents),
	    FILE_TEST(a_listing_is_sorted_and_has_what_ends_so),
	    cmocka_unit_test(a_path_is_beside_the_file_that_names_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

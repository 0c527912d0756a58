#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include <cmocka.h>

#include "collectors/document.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/file.h"
#include "tests/support/tmpdir.h"

static char *
path_of(const char *dir, const char *hash)
{
	char *path = NULL;

	assert_true(asprintf(&path, "%s/deep/documents/%s.gz", dir, hash) > 0);
	return path;
}

static char *
folder_of(const char *dir)
{
	char *path = NULL;

	assert_true(asprintf(&path, "%s/deep/documents", dir) > 0);
	return path;
}

static void
a_body_is_kept_under_its_hash_and_unzips_to_itself(void **state)
{
	static const char body[] = "{\"features\":[]}\0after a NUL";
	char *dir = tmpdir_make(), *folder = folder_of(dir);
	char hash[TCS_DIGEST_HEX], back[64];

	(void)state;
	(void)tcs_digest(tcs_slice(body, sizeof(body)), hash);
	char *path = path_of(dir, hash);
	assert_int_equal(tcs_document_keep(
	                     folder, hash, tcs_slice(body, sizeof(body)), NULL),
	    TCS_OK);
	gzFile file = gzopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(gzread(file, back, sizeof(back)), (int)sizeof(body));
	assert_memory_equal(back, body, sizeof(body));
	(void)gzclose(file);
	free(path);
	free(folder);
	tmpdir_remove(&dir);
}

static void
an_old_body_goes_unless_it_came_again(void **state)
{
	char *dir = tmpdir_make(), *folder = folder_of(dir);
	char *one = path_of(dir, "one"), *two = path_of(dir, "two");
	const struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	struct stat st;

	(void)state;
	assert_int_equal(tcs_document_prune(folder, 0, 0), 0);
	assert_int_equal(
	    tcs_document_keep(folder, "one", tcs_slice_str("1"), NULL), TCS_OK);
	assert_int_equal(
	    tcs_document_keep(folder, "two", tcs_slice_str("2"), NULL), TCS_OK);
	assert_int_equal(utimensat(AT_FDCWD, one, old, 0), 0);
	assert_int_equal(utimensat(AT_FDCWD, two, old, 0), 0);
	assert_int_equal(
	    tcs_document_keep(folder, "two", tcs_slice_str("2"), NULL), TCS_OK);
	assert_int_equal(
	    tcs_document_prune(folder, tcs_clock_wall_ms(), TCS_DAYS(35)), 1);
	assert_int_not_equal(stat(one, &st), 0);
	assert_int_equal(stat(two, &st), 0);
	free(one);
	free(two);
	free(folder);
	tmpdir_remove(&dir);
}

static void
a_folder_that_cannot_be_made_is_said(void **state)
{
	struct tcs_diag diag = {0};

	(void)state;
	assert_int_not_equal(tcs_document_keep("/proc/none/documents", "x",
	                         tcs_slice_str("1"), &diag),
	    TCS_OK);
	assert_true(diag.n > 0);
	tcs_diag_fini(&diag);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        a_body_is_kept_under_its_hash_and_unzips_to_itself),
	    cmocka_unit_test(an_old_body_goes_unless_it_came_again),
	    cmocka_unit_test(a_folder_that_cannot_be_made_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

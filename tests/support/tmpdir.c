#include "tests/support/tmpdir.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/file.h"

char *
tmpdir_make(void)
{
	const char *base = getenv("TMPDIR");
	char *dir = NULL;

	assert_true(asprintf(&dir, "%s/tocsin-test-XXXXXX",
	                base == NULL ? "/tmp" : base) > 0);
	assert_non_null(mkdtemp(dir));
	return dir;
}

static int
tmpdir_unlink(
    const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)kind;
	(void)walk;
	return remove(path);
}

void
tmpdir_remove(char **dir)
{
	(void)nftw(*dir, tmpdir_unlink, 16, FTW_DEPTH | FTW_PHYS);
	free(*dir);
	*dir = NULL;
}

static char *
tmpdir_path(const char *dir, const char *name)
{
	char *path = NULL;

	assert_true(asprintf(&path, "%s/%s", dir, name) > 0);
	return path;
}

char *
tmpdir_read(const char *dir, const char *name)
{
	char *path = tmpdir_path(dir, name);
	char *text = NULL;
	struct tcs_buf buf;

	tcs_buf_init(&buf, (size_t)64 << 20);
	assert_int_equal(tcs_file_read(path, &buf, NULL), TCS_OK);
	assert_int_equal(tcs_buf_steal(&buf, &text), TCS_OK);
	free(path);
	return text;
}

void
tmpdir_write(const char *dir, const char *name, struct tcs_slice bytes)
{
	char *path = tmpdir_path(dir, name);

	assert_int_equal(tcs_file_write(path, bytes, 0640, NULL), TCS_OK);
	free(path);
}

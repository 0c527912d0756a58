/* tmpdir.h - a folder for one test, and short ways to look into it. */
#ifndef TOCSIN_TESTS_SUPPORT_TMPDIR_H
#define TOCSIN_TESTS_SUPPORT_TMPDIR_H

#include "core/slice.h"

/* The caller gives it back to tmpdir_remove(). */
char *tmpdir_make(void);
void tmpdir_remove(char **dir); /* with all that is in it */
/* Whole content, NUL-terminated, to be freed; fails the test if absent. */
char *tmpdir_read(const char *dir, const char *name);
void tmpdir_write(const char *dir, const char *name, struct tcs_slice bytes);

#endif

/* file.h - files read whole, and written so that a crash leaves the old or
 * the new one. Blocks for the time of the disk; no network paths. */
#ifndef TOCSIN_CORE_FILE_H
#define TOCSIN_CORE_FILE_H

#include <stddef.h>

#include "core/buf.h"
#include "core/err.h"

/* Append the file's bytes to `buf`, within its limit. `diag` names the file
 * and the system's reason. TCS_ENOTFOUND, TCS_EDENIED, TCS_ELIMIT, TCS_EIO. */
enum tcs_err tcs_file_read(
    const char *path, struct tcs_buf *buf, struct tcs_diag *diag) TCS_MUST_USE;
/* Temporary file beside `path`, fsync, rename, fsync of the folder. */
enum tcs_err tcs_file_write(const char *path, struct tcs_slice bytes,
    unsigned mode, struct tcs_diag *diag) TCS_MUST_USE;
/* Make `path` and its parents (mode 0750); one that exists is fine. */
enum tcs_err tcs_dir_make(const char *path, struct tcs_diag *diag) TCS_MUST_USE;
/* `name` when it is absolute, else folder of `base` + "/" + name. The caller
 * owns it; NULL when out of memory. */
char *tcs_path_beside(const char *base, const char *name);
/* `path` when it is absolute, else below the current folder. The caller owns
 * it; NULL when out of memory or the current folder is gone. */
char *tcs_path_absolute(const char *path);
/* Names in `path` that end in `suffix`, sorted bytewise, without "." and "..".
 * The caller frees the array and each name (tcs_names_free). */
enum tcs_err tcs_dir_list(const char *path, const char *suffix,
    char ***ret_names, size_t *ret_n, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_names_free(char **names, size_t n);

#endif

/* secret.h - a password that a file holds. */
#ifndef TOCSIN_CORE_SECRET_H
#define TOCSIN_CORE_SECRET_H

#include "core/buf.h"
#include "core/err.h"

/* Read the file into `buf`, empty and within its limit; `buf->p` is then its
 * first line, NUL-terminated, without its line end. TCS_ECONFIG: an empty line,
 * or a NUL in it; else as tcs_file_read(). `diag` names the file and never what
 * is in it. The caller wipes the buffer. */
enum tcs_err tcs_secret_read(
    const char *path, struct tcs_buf *buf, struct tcs_diag *diag) TCS_MUST_USE;

#endif

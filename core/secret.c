#include "core/secret.h"

#include <string.h>

#include "core/file.h"
#include "core/slice.h"

enum tcs_err
tcs_secret_read(const char *path, struct tcs_buf *buf, struct tcs_diag *diag)
{
	struct tcs_slice rest;
	enum tcs_err err = tcs_file_read(path, buf, diag);

	if (err != TCS_OK)
		return err;
	struct tcs_slice line = tcs_slice_cut(tcs_buf_view(buf), '\n', &rest);
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (line.n == 0 || memchr(line.p, '\0', line.n) != NULL)
		return tcs_diag_add(diag, TCS_ECONFIG, path, 1,
		    "not a password: one line of text is expected");
	buf->p[line.n] = '\0';
	return TCS_OK;
}

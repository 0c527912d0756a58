#include "collectors/document.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "core/buf.h"
#include "core/file.h"

enum {
	DOCUMENT_ZIPPED_MAX = 64 << 20,
	DOCUMENT_GZIP = 15 + 16, /* deflateInit2: window, and a gzip header */
	DOCUMENT_LEVEL = 1,      /* a map is mostly digits: 6 takes 5 times as
	                            long for a twelfth less */
};

static enum tcs_err
document_zip(struct tcs_slice body, struct tcs_buf *zipped)
{
	z_stream z = {
	    .next_in = (Bytef *)(uintptr_t)body.p, .avail_in = (uInt)body.n};
	unsigned char chunk[65536];
	int rc;

	if (body.n > DOCUMENT_ZIPPED_MAX)
		return TCS_ELIMIT;
	if (deflateInit2(&z, DOCUMENT_LEVEL, Z_DEFLATED, DOCUMENT_GZIP, 8,
	        Z_DEFAULT_STRATEGY) != Z_OK)
		return TCS_ENOMEM;
	do {
		z.next_out = chunk;
		z.avail_out = sizeof(chunk);
		rc = deflate(&z, Z_FINISH);
		tcs_buf_append(zipped, chunk, sizeof(chunk) - z.avail_out);
	} while (rc == Z_OK && zipped->err == TCS_OK);
	(void)deflateEnd(&z);
	return rc == Z_STREAM_END || zipped->err != TCS_OK ? zipped->err
	                                                   : TCS_ENOMEM;
}

enum tcs_err
tcs_document_keep(const char *folder, const char *hash, struct tcs_slice body,
    struct tcs_diag *diag)
{
	struct tcs_buf zipped;
	char *path = NULL;
	enum tcs_err err = tcs_dir_make(folder, diag);

	if (err != TCS_OK)
		return err;
	if (asprintf(&path, "%s/%s.gz", folder, hash) < 0)
		return TCS_ENOMEM;
	tcs_buf_init(&zipped, DOCUMENT_ZIPPED_MAX);
	/* There already: only its age begins anew. */
	if (utimensat(AT_FDCWD, path, NULL, 0) == 0)
		goto out;
	err = document_zip(body, &zipped);
	if (err == TCS_OK)
		err = tcs_file_write(path, tcs_buf_view(&zipped), 0640, diag);
	else
		err = tcs_diag_add(diag, err, path, 0, "cannot compress: %s",
		    tcs_strerror(err));
out:
	tcs_buf_fini(&zipped);
	free(path);
	return err;
}

static bool
document_is_old(const char *path, int64_t before_ms)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       (int64_t)st.st_mtim.tv_sec * 1000 < before_ms;
}

unsigned
tcs_document_prune(const char *folder, int64_t wall_ms, int64_t age_ms)
{
	char **names = NULL;
	size_t n = 0;
	unsigned gone = 0;

	/* A folder that is not there yet has nothing to remove. */
	if (tcs_dir_list(folder, ".gz", &names, &n, NULL) != TCS_OK)
		return 0;
	for (size_t i = 0; i < n; i++) {
		char *path = NULL;
		if (asprintf(&path, "%s/%s", folder, names[i]) < 0)
			break;
		if (document_is_old(path, wall_ms - age_ms) &&
		    unlink(path) == 0)
			gone++;
		free(path);
	}
	tcs_names_free(names, n);
	return gone;
}

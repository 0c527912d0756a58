#include "core/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum tcs_err
file_fail(const char *path, const char *what, struct tcs_diag *diag)
{
	int number = errno;
	enum tcs_err err = number == ENOENT                      ? TCS_ENOTFOUND
	                   : number == EACCES || number == EPERM ? TCS_EDENIED
	                                                         : TCS_EIO;

	return tcs_diag_add(
	    diag, err, path, 0, "cannot %s: %s", what, strerror(number));
}

enum tcs_err
tcs_file_read(const char *path, struct tcs_buf *buf, struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;
	char chunk[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return file_fail(path, "open", diag);
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err = file_fail(path, "read", diag);
		if (n <= 0)
			break;
		tcs_buf_append(buf, chunk, (size_t)n);
		if (buf->err != TCS_OK) {
			err = tcs_diag_add(diag, buf->err, path, 0,
			    "cannot read: %s (limit %zu bytes)",
			    tcs_strerror(buf->err), buf->max);
			break;
		}
	}
	(void)close(fd);
	return err;
}

static enum tcs_err
file_write_all(int fd, struct tcs_slice bytes)
{
	size_t at = 0;

	while (at < bytes.n) {
		ssize_t n = write(fd, bytes.p + at, bytes.n - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return TCS_EIO;
		at += (size_t)n;
	}
	return fsync(fd) == 0 ? TCS_OK : TCS_EIO;
}

static enum tcs_err
file_sync_folder(const char *path)
{
	char *folder = tcs_path_beside(path, ".");
	int fd = folder == NULL
	             ? -1
	             : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum tcs_err err = fd >= 0 && fsync(fd) == 0 ? TCS_OK : TCS_EIO;

	if (fd >= 0)
		(void)close(fd);
	free(folder);
	return err;
}

enum tcs_err
tcs_file_write(const char *path, struct tcs_slice bytes, unsigned mode,
    struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;
	char *tmp = NULL;

	if (asprintf(&tmp, "%s.%ld.tmp", path, (long)getpid()) < 0)
		return TCS_ENOMEM;
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0) {
		err = file_fail(tmp, "create", diag);
		goto out;
	}
	if (file_write_all(fd, bytes) != TCS_OK)
		err = file_fail(tmp, "write", diag);
	if (close(fd) != 0 && err == TCS_OK)
		err = file_fail(tmp, "close", diag);
	if (err == TCS_OK && rename(tmp, path) != 0)
		err = file_fail(path, "rename into place", diag);
	if (err == TCS_OK && file_sync_folder(path) != TCS_OK)
		err = file_fail(path, "sync the folder of", diag);
	if (err != TCS_OK)
		(void)unlink(tmp);
out:
	free(tmp);
	return err;
}

enum tcs_err
tcs_dir_make(const char *path, struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;
	char *copy = strdup(path);

	if (copy == NULL)
		return TCS_ENOMEM;
	for (char *p = copy + 1; err == TCS_OK; p++) {
		char end = *p;
		if (end != '/' && end != '\0')
			continue;
		*p = '\0';
		if (mkdir(copy, 0750) != 0 && errno != EEXIST)
			err = file_fail(copy, "make folder", diag);
		*p = end;
		if (end == '\0')
			break;
	}
	free(copy);
	return err;
}

char *
tcs_path_beside(const char *base, const char *name)
{
	const char *slash = strrchr(base, '/');
	char *path = NULL;

	if (name[0] == '/')
		return strdup(name);
	int n = slash == NULL ? asprintf(&path, "%s", name)
	                      : asprintf(&path, "%.*s/%s", (int)(slash - base),
	                            base, name);
	return n < 0 ? NULL : path;
}

char *
tcs_path_absolute(const char *path)
{
	char *folder, *whole = NULL;

	if (path[0] == '/')
		return strdup(path);
	folder = getcwd(NULL, 0);
	if (folder != NULL && asprintf(&whole, "%s/%s", folder, path) < 0)
		whole = NULL;
	free(folder);
	return whole;
}

static int
file_compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
file_has_suffix(const char *name, const char *suffix)
{
	size_t n = strlen(name), k = strlen(suffix);

	return name[0] != '.' && n >= k && strcmp(name + n - k, suffix) == 0;
}

enum tcs_err
tcs_dir_list(const char *path, const char *suffix, char ***ret_names,
    size_t *ret_n, struct tcs_diag *diag)
{
	DIR *dir = opendir(path);
	char **names = NULL;
	size_t n = 0;

	if (dir == NULL)
		return file_fail(path, "list", diag);
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
		if (!file_has_suffix(e->d_name, suffix))
			continue;
		char **more = realloc(names, (n + 1) * sizeof(*names));
		if (more != NULL)
			names = more;
		char *copy = more == NULL ? NULL : strdup(e->d_name);
		if (copy == NULL) {
			tcs_names_free(names, n);
			(void)closedir(dir);
			return TCS_ENOMEM;
		}
		names[n++] = copy;
	}
	(void)closedir(dir);
	if (n > 1)
		qsort(names, n, sizeof(*names), file_compare_names);
	*ret_names = names;
	*ret_n = n;
	return TCS_OK;
}

void
tcs_names_free(char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

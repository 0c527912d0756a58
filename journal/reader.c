#include "journal/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal/line.h"

struct tcs_reader {
	char *path; /* owned */
	int fd;
	bool is_end;
	uint64_t offset; /* in the file, of bytes[from] */
	size_t from, n;  /* bytes[from .. n[ are read and not handed out */
	unsigned number;
	char bytes[TCS_JOURNAL_LINE_MAX];
};

enum tcs_err
tcs_reader_open(const char *path, uint64_t offset,
    struct tcs_reader **ret_reader, struct tcs_diag *diag)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || lseek(fd, (off_t)offset, SEEK_SET) < 0) {
		enum tcs_err err = errno == ENOENT ? TCS_ENOTFOUND : TCS_EIO;
		(void)tcs_diag_add(
		    diag, err, path, 0, "cannot read: %s", strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return err;
	}
	struct tcs_reader *reader = malloc(sizeof(*reader));
	char *copy = strdup(path);
	if (reader == NULL || copy == NULL) {
		free(reader);
		free(copy);
		(void)close(fd);
		return TCS_ENOMEM;
	}
	reader->path = copy;
	reader->fd = fd;
	reader->is_end = false;
	reader->offset = offset;
	reader->from = reader->n = 0;
	reader->number = 0;
	*ret_reader = reader;
	return TCS_OK;
}

void
tcs_reader_close(struct tcs_reader **reader)
{
	if (*reader == NULL)
		return;
	(void)close((*reader)->fd);
	free((*reader)->path);
	free(*reader);
	*reader = NULL;
}

/* More bytes behind those that are here. */
static enum tcs_err
reader_fill(struct tcs_reader *r, struct tcs_diag *diag)
{
	if (r->from > 0) {
		memmove(r->bytes, r->bytes + r->from, r->n - r->from);
		r->n -= r->from;
		r->from = 0;
	}
	for (;;) {
		ssize_t n =
		    read(r->fd, r->bytes + r->n, sizeof(r->bytes) - r->n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return tcs_diag_add(diag, TCS_EIO, r->path, 0,
			    "cannot read: %s", strerror(errno));
		r->is_end = n == 0;
		r->n += (size_t)n;
		return TCS_OK;
	}
}

static void
reader_take(struct tcs_reader *r, size_t n)
{
	r->from += n;
	r->offset += n;
}

/* The rest of a line whose beginning filled the buffer. */
static enum tcs_err
reader_skip(
    struct tcs_reader *r, struct tcs_reader_line *line, struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;
	const char *end = NULL;

	while (err == TCS_OK && end == NULL && !r->is_end) {
		reader_take(r, r->n - r->from);
		err = reader_fill(r, diag);
		end = memchr(r->bytes + r->from, '\n', r->n - r->from);
	}
	if (end != NULL)
		reader_take(r, (size_t)(end - (r->bytes + r->from)) + 1);
	else
		reader_take(r, r->n - r->from);
	line->is_unfinished = end == NULL;
	line->is_too_long = true;
	line->text = tcs_slice("", 0);
	line->end = r->offset;
	return err;
}

enum tcs_err
tcs_reader_next(struct tcs_reader *r, struct tcs_reader_line *ret_line,
    struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;
	const char *end = NULL;

	for (;;) {
		end = memchr(r->bytes + r->from, '\n', r->n - r->from);
		if (end != NULL || r->is_end ||
		    r->n - r->from == sizeof(r->bytes))
			break;
		err = reader_fill(r, diag);
		if (err != TCS_OK)
			return err;
	}
	size_t n =
	    end != NULL ? (size_t)(end - (r->bytes + r->from)) : r->n - r->from;
	if (n == 0 && end == NULL)
		return TCS_ENOTFOUND;
	struct tcs_reader_line line = {.text = {r->bytes + r->from, n},
	    .offset = r->offset,
	    .number = ++r->number,
	    .is_unfinished = end == NULL};
	if (end == NULL && !r->is_end) {
		err = reader_skip(r, &line, diag);
	} else {
		reader_take(r, n + (end != NULL ? 1 : 0));
		line.end = r->offset;
	}
	*ret_line = line;
	return err;
}

#include "journal/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "journal/reader.h"

static enum tcs_err
tail_fail(const char *path, const char *what, struct tcs_diag *diag)
{
	return tcs_diag_add(
	    diag, TCS_EIO, path, 0, "cannot %s: %s", what, strerror(errno));
}

/* Copy bytes [offset, end of file[ behind what `path`.partial holds. */
static enum tcs_err
tail_copy(int from, int to, uint64_t *ret_bytes)
{
	char chunk[16384];
	uint64_t total = 0;

	for (;;) {
		ssize_t n = read(from, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return TCS_EIO;
		if (n == 0)
			break;
		if (write(to, chunk, (size_t)n) != n)
			return TCS_EIO;
		total += (uint64_t)n;
	}
	*ret_bytes = total;
	return fsync(to) == 0 ? TCS_OK : TCS_EIO;
}

/* What follows `offset` in the file goes to <file>.partial. */
static enum tcs_err
tail_set_aside(struct tcs_tail *tail, const char *name, uint64_t offset,
    struct tcs_diag *diag)
{
	uint64_t bytes = 0;
	enum tcs_err err = TCS_ENOMEM;
	int from = -1, to = -1;
	char *path = tcs_journal_path(tail->conf->dir, name, "");
	char *aside = tcs_journal_path(tail->conf->dir, name, ".partial");

	if (path == NULL || aside == NULL)
		goto out;
	from = open(path, O_RDWR | O_CLOEXEC);
	if (from < 0 || lseek(from, (off_t)offset, SEEK_SET) < 0) {
		err = tail_fail(path, "open", diag);
		goto out;
	}
	to = open(aside, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (to < 0 || tail_copy(from, to, &bytes) != TCS_OK) {
		err = tail_fail(aside, "set aside in", diag);
		goto out;
	}
	err = TCS_OK;
	if (ftruncate(from, (off_t)offset) != 0 || fsync(from) != 0)
		err = tail_fail(path, "shorten", diag);
	if (offset == 0 && err == TCS_OK && unlink(path) != 0)
		err = tail_fail(path, "remove", diag);
	tail->found.aside_bytes += bytes;
out:
	if (from >= 0)
		(void)close(from);
	if (to >= 0)
		(void)close(to);
	free(path);
	free(aside);
	return err;
}

/* Does `name` hold, up to byte head->size, a line with the head's hash? */
static enum tcs_err
tail_check_head(const struct tcs_tail *tail,
    const struct tcs_journal_head *head, struct tcs_diag *diag)
{
	char *path = tcs_journal_path(tail->conf->dir, head->file, "");
	struct tcs_reader *reader = NULL;
	struct tcs_reader_line line = {0};
	struct tcs_journal_line parsed = {0};

	if (path == NULL)
		return TCS_ENOMEM;
	/* Beginning a whole line's length before, the first one read is cut,
	 * unless it is the file's first. */
	uint64_t back = head->size > TCS_JOURNAL_LINE_MAX
	                    ? head->size - TCS_JOURNAL_LINE_MAX
	                    : 0;
	enum tcs_err err = tcs_reader_open(path, back, &reader, diag);
	while (err == TCS_OK && line.end < head->size)
		err = tcs_reader_next(reader, &line, diag);
	if (err == TCS_OK &&
	    (line.end != head->size || line.is_unfinished || line.is_too_long ||
	        tcs_journal_line_read(line.text, &parsed) != TCS_OK ||
	        !parsed.is_true || parsed.mark.n != head->mark.n ||
	        strcmp(parsed.mark.hash, head->mark.hash) != 0))
		err = TCS_ENOTFOUND;
	tcs_reader_close(&reader);
	free(path);
	return err;
}

/* True when `line` is the chain's next; the head then ends with it. */
static enum tcs_err
tail_take(struct tcs_tail *tail, const char *name,
    const struct tcs_reader_line *line, bool *ret_taken)
{
	struct tcs_journal_head *head = &tail->head;
	struct tcs_journal_line parsed;
	char *record = NULL;

	*ret_taken = false;
	if (line->is_unfinished || line->is_too_long ||
	    tcs_journal_line_read(line->text, &parsed) != TCS_OK ||
	    !parsed.is_true || parsed.mark.n != head->mark.n + 1 ||
	    !tcs_slice_is(parsed.prev, head->mark.hash))
		return TCS_OK;
	enum tcs_err err = tcs_journal_line_record(line->text, &record);
	if (err != TCS_OK)
		return err == TCS_EPARSE ? TCS_OK : err;
	*ret_taken = true;
	head->mark = parsed.mark;
	head->size = line->end;
	if (name != head->file)
		memcpy(head->file, name, strlen(name) + 1);
	if (tail->found.is_adopted) {
		free(record);
		return TCS_OK;
	}
	tail->found.ahead++;
	err = tcs_journal_head_add(head, record);
	if (err != TCS_ELIMIT)
		return err;
	tail->found.is_adopted = true;
	return TCS_OK;
}

/* Where the chain ends within the files. */
struct tail_end {
	bool is_found;
	bool is_cut;     /* ... by a line without line end */
	size_t file;     /* index of the file */
	uint64_t offset; /* of the first byte that is not of the chain */
};

/* The lines of one file from `offset` on that follow the chain. */
static enum tcs_err
tail_follow(struct tcs_tail *tail, const char *name, uint64_t offset,
    struct tail_end *end, struct tcs_diag *diag)
{
	struct tcs_reader *reader = NULL;
	struct tcs_reader_line line;
	char *path = tcs_journal_path(tail->conf->dir, name, "");
	bool is_taken = true;

	if (path == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = tcs_reader_open(path, offset, &reader, diag);
	free(path);
	while (err == TCS_OK && is_taken) {
		err = tcs_reader_next(reader, &line, diag);
		if (err == TCS_OK)
			err = tail_take(tail, name, &line, &is_taken);
	}
	if (!is_taken) {
		end->is_found = true;
		end->is_cut = line.is_unfinished;
		end->offset = line.offset;
	}
	tcs_reader_close(&reader);
	return err == TCS_ENOTFOUND ? TCS_OK : err;
}

/* Something was proven, or cannot be explained by a crash, and is not there. */
static enum tcs_err
tail_lose(struct tcs_tail *tail, const char *what, struct tcs_diag *diag)
{
	if (tail->conf->accepts_loss) {
		tail->found.is_loss = true;
		return TCS_OK;
	}
	return tcs_diag_add(diag, TCS_EGUARD, tail->conf->dir, 0,
	    "%s; see `tocsin journal verify`, bring the files back, or start "
	    "once with --accept-loss, which goes on in a new file and leaves "
	    "the gap visible",
	    what);
}

/* Behind the chain's end: set aside, or a file begun and still empty. */
static enum tcs_err
tail_clean(struct tcs_tail *tail, char **names, size_t n,
    const struct tail_end *end, struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; i < n && err == TCS_OK; i++) {
		bool is_last = strcmp(names[i], tail->head.file) == 0;
		if (end->is_found && i == end->file)
			err = tail_set_aside(tail, names[i], end->offset, diag);
		else if (strcmp(names[i], tail->head.file) > 0 && !is_last)
			err = tail_set_aside(tail, names[i], 0, diag);
	}
	return err;
}

static enum tcs_err
tail_walk(struct tcs_tail *tail, const struct tcs_journal_head *stored,
    char **names, size_t n, struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;
	struct tail_end end = {0};

	for (size_t i = 0; i < n && err == TCS_OK && !end.is_found; i++) {
		bool is_head =
		    stored != NULL && strcmp(names[i], stored->file) == 0;
		end.file = i;
		err = tail_follow(
		    tail, names[i], is_head ? stored->size : 0, &end, diag);
	}
	if (err != TCS_OK)
		return err;
	if (stored == NULL && end.is_found &&
	    (!end.is_cut || end.file + 1 != n))
		return tail_lose(tail,
		    "the store holds no head, and a line does not follow the "
		    "one before",
		    diag);
	if (stored != NULL && tail->found.is_adopted &&
	    !tail->conf->accepts_loss)
		return tail_lose(tail,
		    "more lines follow the stored head than a crash leaves: "
		    "the store was set back",
		    diag);
	return tail_clean(tail, names, n, &end, diag);
}

static enum tcs_err
tail_copy_head(struct tcs_tail *tail, const struct tcs_journal_head *stored)
{
	enum tcs_err err = TCS_OK;

	tcs_journal_head_init(&tail->head);
	if (stored == NULL)
		return TCS_OK;
	memcpy(tail->head.file, stored->file, sizeof(stored->file));
	tail->head.size = stored->size;
	tail->head.mark = stored->mark;
	for (size_t i = 0; i < stored->ahead_n && err == TCS_OK; i++)
		err =
		    tcs_journal_head_add(&tail->head, strdup(stored->ahead[i]));
	return err;
}

enum tcs_err
tcs_tail_find(struct tcs_tail *tail, const struct tcs_journal_head *stored,
    struct tcs_diag *diag)
{
	const struct tcs_chain_conf *conf = tail->conf;
	char **names = NULL;
	size_t n = 0;
	uint64_t first = 0;
	unsigned partition;

	enum tcs_err err = tail_copy_head(tail, stored);
	if (err == TCS_OK && stored != NULL)
		err = tcs_journal_file_parse(stored->file, &partition, &first);
	if (err == TCS_OK)
		err = tcs_journal_files(
		    conf->dir, conf->partition, first, &names, &n, diag);
	if (err != TCS_OK)
		return err;
	tail->number = first;
	if (n > 0)
		err = tcs_journal_file_parse(
		    names[n - 1], &partition, &tail->number);
	if (err == TCS_OK && stored != NULL)
		err = tail_check_head(tail, stored, diag);
	if (err == TCS_ENOTFOUND)
		err = tail_lose(tail,
		    "the line that the store knows as the last is not there",
		    diag);
	else if (err == TCS_OK)
		err = tail_walk(tail, stored, names, n, diag);
	tcs_names_free(names, n);
	return err;
}

#include "journal/chain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/failpoint.h"
#include "core/file.h"
#include "journal/tail.h"

enum { CHAIN_MODE = 0640 };

struct tcs_chain {
	struct tcs_chain_conf conf;
	struct tcs_journal_head head;
	uint64_t number; /* of the last file there is */
	int fd;          /* of head.file; -1 while there is none */
	bool is_synced;  /* nothing was written since */
};

static enum tcs_err
chain_fail(const struct tcs_chain *chain, const char *name, const char *what,
    struct tcs_diag *diag)
{
	int number = errno;
	char *path = tcs_journal_path(chain->conf.dir, name, "");
	enum tcs_err err = tcs_diag_add(
	    diag, TCS_EIO, path, 0, "cannot %s: %s", what, strerror(number));

	free(path);
	return err;
}

/* Open `name` to add to it; a new one must not be there yet, and its name is on
 * the disk before anything is in it. */
static enum tcs_err
chain_use(struct tcs_chain *chain, const char *name, bool is_new,
    struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;
	char *path = tcs_journal_path(chain->conf.dir, name, "");

	if (path == NULL)
		return TCS_ENOMEM;
	int fd = open(path,
	    O_WRONLY | O_APPEND | O_CLOEXEC | (is_new ? O_CREAT | O_EXCL : 0),
	    CHAIN_MODE);
	free(path);
	if (fd < 0)
		return chain_fail(chain, name, "open", diag);
	if (is_new) {
		int dir =
		    open(chain->conf.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0 || fsync(dir) != 0)
			err = chain_fail(chain, name, "name on the disk", diag);
		if (dir >= 0)
			(void)close(dir);
	}
	if (err != TCS_OK) {
		(void)close(fd);
		return err;
	}
	if (chain->fd >= 0)
		(void)close(chain->fd);
	chain->fd = fd;
	return TCS_OK;
}

enum tcs_err
tcs_chain_open(const struct tcs_chain_conf *conf,
    struct tcs_journal_head *stored, struct tcs_chain **ret_chain,
    struct tcs_chain_found *ret_found, struct tcs_diag *diag)
{
	struct tcs_tail tail = {.conf = conf};
	struct tcs_chain *chain = NULL;
	enum tcs_err err = tcs_dir_make(conf->dir, diag);

	if (err != TCS_OK)
		return err;
	err = tcs_tail_find(&tail, stored, diag);
	if (err != TCS_OK)
		goto out;
	chain = calloc(1, sizeof(*chain));
	if (chain == NULL) {
		err = TCS_ENOMEM;
		goto out;
	}
	chain->conf = *conf;
	chain->fd = -1;
	chain->number = tail.number;
	chain->head = tail.head;
	tcs_journal_head_init(&tail.head);
	if (chain->head.file[0] != '\0' && !tail.found.is_loss)
		err = chain_use(chain, chain->head.file, false, diag);
	if (err != TCS_OK)
		goto out;
	if (stored != NULL)
		tcs_journal_head_fini(stored);
	*ret_found = tail.found;
	*ret_chain = chain;
	chain = NULL;
out:
	tcs_chain_close(&chain);
	tcs_journal_head_fini(&tail.head);
	return err;
}

void
tcs_chain_close(struct tcs_chain **chain)
{
	if (*chain == NULL)
		return;
	if ((*chain)->fd >= 0)
		(void)close((*chain)->fd);
	tcs_journal_head_fini(&(*chain)->head);
	free(*chain);
	*chain = NULL;
}

const struct tcs_journal_head *
tcs_chain_head(const struct tcs_chain *chain)
{
	return &chain->head;
}

/* A new file at the first line, after a loss, each day, and when the one in use
 * is large enough. */
static enum tcs_err
chain_rotate(struct tcs_chain *chain, int64_t at_ms, struct tcs_diag *diag)
{
	char name[TCS_JOURNAL_NAME_MAX];
	struct tcs_journal_head *head = &chain->head;

	tcs_journal_file_name(
	    chain->conf.partition, chain->number + 1, at_ms, name);
	if (chain->fd >= 0 && head->size < chain->conf.file_max &&
	    strcmp(tcs_journal_file_day(name),
	        tcs_journal_file_day(head->file)) == 0)
		return TCS_OK;
	enum tcs_err err = tcs_chain_sync(chain, diag);
	if (err == TCS_OK)
		err = chain_use(chain, name, true, diag);
	if (err != TCS_OK)
		return err;
	chain->number++;
	memcpy(head->file, name, sizeof(name));
	head->size = 0;
	return TCS_OK;
}

enum tcs_err
tcs_chain_sync(struct tcs_chain *chain, struct tcs_diag *diag)
{
	if (chain->fd < 0 || chain->is_synced)
		return TCS_OK;
	if (fdatasync(chain->fd) != 0)
		return chain_fail(chain, chain->head.file, "sync", diag);
	tcs_failpoint("journal.synced");
	chain->is_synced = true;
	return TCS_OK;
}

static enum tcs_err
chain_check_size(
    const struct tcs_chain *chain, uint64_t size, struct tcs_diag *diag)
{
	struct stat st;

	if (fstat(chain->fd, &st) != 0)
		return chain_fail(chain, chain->head.file, "look at", diag);
	if ((uint64_t)st.st_size == size)
		return TCS_OK;
	return tcs_diag_add(diag, TCS_EGUARD, chain->head.file, 0,
	    "ends at byte %lld, not at %llu where this process left it: "
	    "another one writes to it",
	    (long long)st.st_size, (unsigned long long)size);
}

static enum tcs_err
chain_write(
    struct tcs_chain *chain, struct tcs_slice line, struct tcs_diag *diag)
{
	size_t at = 0;

	chain->is_synced = false;
	while (at < line.n) {
		ssize_t n = write(chain->fd, line.p + at, line.n - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return chain_fail(
			    chain, chain->head.file, "write", diag);
		at += (size_t)n;
	}
	tcs_failpoint("journal.appended");
	return chain_check_size(chain, chain->head.size + line.n, diag);
}

static enum tcs_err
chain_add(struct tcs_chain *chain, struct tcs_slice line,
    const struct tcs_journal_mark *mark, struct tcs_diag *diag)
{
	enum tcs_err err = chain_check_size(chain, chain->head.size, diag);

	if (err != TCS_OK)
		return err;
	err = chain_write(chain, line, diag);
	if (err == TCS_EIO) {
		/* Half a line of our own: opening would set it aside, which a
		 * full disk may not allow. */
		int rc = ftruncate(chain->fd, (off_t)chain->head.size);
		(void)rc;
	}
	if (err != TCS_OK)
		return err;
	chain->head.size += line.n;
	chain->head.mark = *mark;
	return TCS_OK;
}

enum tcs_err
tcs_chain_append(struct tcs_chain *chain, const struct tcs_record *record,
    struct tcs_diag *diag)
{
	struct tcs_journal_mark mark;
	struct tcs_buf line;
	int64_t at_ms = tcs_clock_now_ms();
	char *name = tcs_journal_record_name(record);

	if (name == NULL)
		return TCS_ENOMEM;
	bool is_there = tcs_journal_head_has(&chain->head, name);
	free(name);
	if (is_there)
		return TCS_OK;

	tcs_buf_init(&line, TCS_JOURNAL_LINE_MAX);
	enum tcs_err err = tcs_journal_line_write(
	    &line, record, at_ms, &chain->head.mark, &mark, diag);
	if (err == TCS_OK)
		err = chain_rotate(chain, at_ms, diag);
	if (err == TCS_OK)
		err = chain_add(chain, tcs_buf_view(&line), &mark, diag);
	tcs_buf_fini(&line);
	return err;
}

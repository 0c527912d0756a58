#include "journal/verify.h"

#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "journal/reader.h"

/* A line that was read, and where. */
struct verify_line {
	const char *file;
	unsigned number;
	bool has_mark; /* it has the form of a line */
	struct tcs_journal_line line;
};

/* `last` is the last line that counts, `before` the one before it. A line that
 * is not what it says waits in `odd` for the next one, which tells whether it
 * was changed in its place or put between. */
struct verify {
	const struct tcs_journal_head *head;
	struct tcs_verified *verified;
	struct tcs_diag *diag;
	struct tcs_journal_mark before;
	struct verify_line last, odd;
	bool has_odd;
	size_t findings;
};

static void
verify_say(struct verify *v, const struct verify_line *at, const char *text)
{
	v->findings++;
	(void)tcs_diag_add(
	    v->diag, TCS_EINVAL, at->file, at->number, "%s", text);
}

static void
verify_say_removed(
    struct verify *v, const struct verify_line *at, uint64_t from, uint64_t to)
{
	unsigned long long n = to - from + 1;

	v->findings++;
	(void)tcs_diag_add(v->diag, TCS_EINVAL, at->file, at->number,
	    "removed: %llu line%s stood before this one, from number %llu of "
	    "the chain on",
	    n, n == 1 ? "" : "s", (unsigned long long)from);
}

/* The next line decides about the odd one. */
static void
verify_odd(struct verify *v, const struct verify_line *next)
{
	const struct tcs_journal_mark *last = &v->last.line.mark;

	if (!v->has_odd)
		return;
	v->has_odd = false;
	if (next != NULL && next->has_mark && next->line.is_true &&
	    tcs_slice_is(next->line.prev, last->hash)) {
		verify_say(v, &v->odd,
		    "inserted: the chain goes on without this line");
		return;
	}
	verify_say(v, &v->odd, "changed: this line is not as it was written");
	/* It stands for the line that was here. */
	v->before = *last;
	uint64_t n = last->n + 1;
	v->last = v->odd;
	v->last.line.mark.n = n;
	if (next != NULL && next->has_mark && next->line.mark.n == n + 1) {
		memcpy(v->last.line.mark.hash, next->line.prev.p,
		    TCS_DIGEST_HEX - 1);
		v->last.line.mark.hash[TCS_DIGEST_HEX - 1] = '\0';
	}
}

/* A line that is true in itself, and does not follow the last one. */
static void
verify_misplaced(struct verify *v, const struct verify_line *line)
{
	uint64_t last = v->last.line.mark.n, n = line->line.mark.n;

	if (n > last + 1)
		verify_say_removed(v, line, last + 1, n - 1);
	else if (v->last.file == NULL)
		verify_say(v, line, "changed: a first line follows no other");
	else if (n == last + 1)
		verify_say(v, &v->last,
		    "changed: hashed again after a change, the next line "
		    "knows another");
	else if (n == last && tcs_slice_is(line->line.prev, v->before.hash))
		verify_say(v, &v->last,
		    "inserted: the next line takes the same place");
	else
		verify_say(
		    v, line, "inserted: a line of another place in the chain");
}

static void
verify_take(struct verify *v, const struct verify_line *line)
{
	if (!line->has_mark || !line->line.is_true) {
		verify_odd(v, NULL);
		v->odd = *line;
		v->has_odd = true;
		return;
	}
	verify_odd(v, line);
	if (!tcs_slice_is(line->line.prev, v->last.line.mark.hash) ||
	    line->line.mark.n != v->last.line.mark.n + 1)
		verify_misplaced(v, line);
	v->before = v->last.line.mark;
	v->last = *line;
	const struct tcs_journal_head *head = v->head;
	if (head == NULL || line->line.mark.n < head->mark.n)
		return;
	if (line->line.mark.n == head->mark.n)
		v->verified->is_proven =
		    strcmp(line->line.mark.hash, head->mark.hash) == 0;
	else
		v->verified->beyond++;
}

/* Nothing follows. With the head known, what is behind it is not yet said to be
 * in the journal. */
static void
verify_unfinished(struct verify *v, const struct verify_line *line)
{
	if (v->head != NULL && v->verified->is_proven)
		return;
	if (v->head != NULL && v->head->mark.n == 0)
		return;
	verify_say(v, line, "cut: this line has no end");
}

static enum tcs_err
verify_file(struct verify *v, const char *dir, const char *name)
{
	struct tcs_reader *reader = NULL;
	struct tcs_reader_line text;
	char *path = tcs_journal_path(dir, name, "");

	if (path == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = tcs_reader_open(path, 0, &reader, v->diag);
	free(path);
	while (err == TCS_OK) {
		err = tcs_reader_next(reader, &text, v->diag);
		if (err != TCS_OK)
			break;
		struct verify_line line = {.file = name, .number = text.number};
		line.has_mark =
		    !text.is_too_long &&
		    tcs_journal_line_read(text.text, &line.line) == TCS_OK;
		if (text.is_unfinished) {
			verify_unfinished(v, &line);
			continue;
		}
		v->verified->lines++;
		verify_take(v, &line);
	}
	tcs_reader_close(&reader);
	return err == TCS_ENOTFOUND ? TCS_OK : err;
}

/* Does what the store knows to be the last line stand where the chain ends? */
static void
verify_end(struct verify *v)
{
	const struct tcs_journal_mark *end = &v->last.line.mark;

	verify_odd(v, NULL);
	if (v->head == NULL || v->head->mark.n == 0 || v->verified->is_proven)
		return;
	v->findings++;
	if (end->n < v->head->mark.n) {
		(void)tcs_diag_add(v->diag, TCS_EINVAL,
		    v->last.file != NULL ? v->last.file : v->head->file,
		    v->last.number,
		    "cut: lines %llu to %llu, which the store knows, are not "
		    "there",
		    (unsigned long long)end->n + 1,
		    (unsigned long long)v->head->mark.n);
	} else {
		(void)tcs_diag_add(v->diag, TCS_EINVAL, v->head->file, 0,
		    "changed: line %llu of the chain has not the hash that the "
		    "store knows",
		    (unsigned long long)v->head->mark.n);
	}
}

enum tcs_err
tcs_journal_verify(const char *dir, unsigned partition,
    const struct tcs_journal_head *head, struct tcs_verified *ret_verified,
    struct tcs_diag *diag)
{
	struct verify v = {
	    .head = head, .verified = ret_verified, .diag = diag};
	char **names = NULL;
	size_t n = 0;

	*ret_verified = (struct tcs_verified){0};
	tcs_journal_mark_start(&v.before);
	tcs_journal_mark_start(&v.last.line.mark);
	enum tcs_err err =
	    tcs_journal_files(dir, partition, 0, &names, &n, diag);
	for (size_t i = 0; i < n && err == TCS_OK; i++)
		err = verify_file(&v, dir, names[i]);
	if (err == TCS_OK)
		verify_end(&v);
	ret_verified->files = n;
	ret_verified->end = v.last.line.mark;
	tcs_names_free(names, n);
	return err != TCS_OK ? err : v.findings > 0 ? TCS_EINVAL : TCS_OK;
}

/* head.h - where the journal of a partition is, as the store keeps it beside
 * the positions: hash `journal:head`, field "p<partition>".
 *
 * A line is written before its step moves position and head. After a crash in
 * between, the file holds whole lines beyond the head: they are *ahead*. Each
 * is recognised when its record is read again, so no record has two lines.
 * Those not yet read again stay in the head, so that the next crash finds them
 * too. */
#ifndef TOCSIN_JOURNAL_HEAD_H
#define TOCSIN_JOURNAL_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "journal/files.h"
#include "journal/line.h"

/* More than a crash can leave: one reading of every topic, 64 records each,
 * a window of steps without an answer, and the records of one sync. */
enum { TCS_JOURNAL_AHEAD_MAX = 2048 };
#define TCS_JOURNAL_HEAD_KEY "journal:head"

struct tcs_journal_head {
	char file[TCS_JOURNAL_NAME_MAX]; /* of the last line; "" before it */
	uint64_t size;                   /* bytes of that file up to its end */
	struct tcs_journal_mark mark;
	char **ahead; /* tcs_journal_record_name()s, owned, in their order */
	size_t ahead_n;
};

void tcs_journal_head_init(struct tcs_journal_head *head);
void tcs_journal_head_fini(struct tcs_journal_head *head); /* NULL-safe */
/* Append its JSON. */
void tcs_journal_head_write(
    const struct tcs_journal_head *head, struct tcs_buf *buf);
/* *ret_head is initialised by this, on TCS_OK only. */
enum tcs_err tcs_journal_head_read(struct tcs_slice text,
    struct tcs_journal_head *ret_head, struct tcs_diag *diag) TCS_MUST_USE;

/* Takes `name`. TCS_ELIMIT: more ahead than any crash leaves. */
enum tcs_err tcs_journal_head_add(
    struct tcs_journal_head *head, char *name) TCS_MUST_USE;
/* True: the record has its line, and is taken off what is ahead. Records of a
 * topic are read again in their order, so the ones before it, or all when it is
 * not among them, will not come again and go too. */
bool tcs_journal_head_has(struct tcs_journal_head *head, const char *name);

#endif

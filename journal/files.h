/* files.h - the journal's files of one partition, in order.
 *
 *   p00-00000001-20261123.jsonl   partition, number of the file, day begun
 *
 * Their names sort in the order they were written. What was set aside of a
 * file is beside it in <file>.partial. */
#ifndef TOCSIN_JOURNAL_FILES_H
#define TOCSIN_JOURNAL_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/err.h"

enum { TCS_JOURNAL_NAME_MAX = 48 };

/* Name of the file with this number, begun at `at_ms` (legal day). */
void tcs_journal_file_name(unsigned partition, uint64_t number, int64_t at_ms,
    char name[TCS_JOURNAL_NAME_MAX]);
/* TCS_EPARSE: not the name of a journal's file. */
enum tcs_err tcs_journal_file_parse(const char *name, unsigned *ret_partition,
    uint64_t *ret_number) TCS_MUST_USE;
/* The name's end, which begins with its day: to compare two. Borrowed. */
const char *tcs_journal_file_day(const char *name);

/* Names of the partition's files from number `first` on, in order; freed with
 * tcs_names_free. A folder that does not exist has none. */
enum tcs_err tcs_journal_files(const char *dir, unsigned partition,
    uint64_t first, char ***ret_names, size_t *ret_n,
    struct tcs_diag *diag) TCS_MUST_USE;
/* dir + "/" + name + suffix; the caller owns it, NULL when out of memory. */
char *tcs_journal_path(const char *dir, const char *name, const char *suffix);

#endif

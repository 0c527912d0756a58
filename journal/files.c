#include "journal/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"

#define FILES_SUFFIX_BARE "jsonl"
#define FILES_SUFFIX "." FILES_SUFFIX_BARE

enum { FILES_PARTITION_MAX = 63, FILES_DAY = 8 };

void
tcs_journal_file_name(unsigned partition, uint64_t number, int64_t at_ms,
    char name[TCS_JOURNAL_NAME_MAX])
{
	char at[TCS_TIME_TEXT];

	(void)tcs_time_iso(at_ms, at);
	(void)snprintf(name, TCS_JOURNAL_NAME_MAX,
	    "p%02u-%08llu-%.4s%.2s%.2s" FILES_SUFFIX, partition,
	    (unsigned long long)number, at, at + 5, at + 8);
}

enum tcs_err
tcs_journal_file_parse(
    const char *name, unsigned *ret_partition, uint64_t *ret_number)
{
	uint64_t partition, number, day;
	struct tcs_slice rest = tcs_slice_str(name);

	if (rest.n >= TCS_JOURNAL_NAME_MAX || rest.n < 1 || rest.p[0] != 'p')
		return TCS_EPARSE;
	rest = tcs_slice(rest.p + 1, rest.n - 1);
	struct tcs_slice first = tcs_slice_cut(rest, '-', &rest);
	struct tcs_slice second = tcs_slice_cut(rest, '-', &rest);
	struct tcs_slice third = tcs_slice_cut(rest, '.', &rest);
	if (first.n != 2 || second.n != 8 || third.n != FILES_DAY ||
	    !tcs_slice_is(rest, FILES_SUFFIX_BARE) ||
	    tcs_slice_u64(first, FILES_PARTITION_MAX, &partition) != TCS_OK ||
	    tcs_slice_u64(second, 99999999, &number) != TCS_OK ||
	    tcs_slice_u64(third, 99991231, &day) != TCS_OK)
		return TCS_EPARSE;
	*ret_partition = (unsigned)partition;
	*ret_number = number;
	return TCS_OK;
}

const char *
tcs_journal_file_day(const char *name)
{
	const char *dash = strrchr(name, '-');

	return dash == NULL ? "" : dash + 1;
}

enum tcs_err
tcs_journal_files(const char *dir, unsigned partition, uint64_t first,
    char ***ret_names, size_t *ret_n, struct tcs_diag *diag)
{
	struct tcs_diag missing = {0};
	char **names = NULL;
	size_t n = 0, kept = 0;
	enum tcs_err err =
	    tcs_dir_list(dir, FILES_SUFFIX, &names, &n, &missing);

	if (err != TCS_OK && err != TCS_ENOTFOUND)
		(void)tcs_diag_add(
		    diag, err, dir, 0, "%s", tcs_diag_text(&missing));
	tcs_diag_fini(&missing);
	if (err != TCS_OK && err != TCS_ENOTFOUND)
		return err;
	for (size_t i = 0; i < n; i++) {
		unsigned its_partition;
		uint64_t number;
		if (tcs_journal_file_parse(names[i], &its_partition, &number) ==
		        TCS_OK &&
		    its_partition == partition && number >= first)
			names[kept++] = names[i];
		else
			free(names[i]);
	}
	*ret_names = names;
	*ret_n = kept;
	return TCS_OK;
}

char *
tcs_journal_path(const char *dir, const char *name, const char *suffix)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s%s", dir, name, suffix) < 0)
		return NULL;
	return path;
}

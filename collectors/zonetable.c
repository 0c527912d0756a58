#include "collectors/zonetable.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/file.h"

enum {
	ZONETABLE_BYTES_MAX = 1 << 20,
	ZONETABLE_ARENA_MAX = 2 << 20,
	ZONETABLE_ROWS_MAX = 5000,
	ZONETABLE_DEPARTEMENTS_MAX = 8,
};

struct zonetable_row {
	const char *zone;
	const char *departements[ZONETABLE_DEPARTEMENTS_MAX + 1];
};

struct tcs_zonetable {
	struct tcs_arena *arena;
	struct zonetable_row *rows; /* sorted by zone */
	size_t n;
};

static int
zonetable_compare(const void *a, const void *b)
{
	return strcmp(((const struct zonetable_row *)a)->zone,
	    ((const struct zonetable_row *)b)->zone);
}

/* "62", "2A", "974". */
static bool
zonetable_is_departement(struct tcs_slice s)
{
	if (s.n < 2 || s.n > 3 || s.p[0] < '0' || s.p[0] > '9')
		return false;
	bool is_corsica =
	    s.n == 2 && s.p[0] == '2' && (s.p[1] == 'A' || s.p[1] == 'B');
	for (size_t i = 1; i < s.n; i++) {
		if ((s.p[i] < '0' || s.p[i] > '9') && !is_corsica)
			return false;
	}
	return true;
}

static enum tcs_err
zonetable_departements(struct tcs_zonetable *table, struct tcs_slice text,
    struct zonetable_row *row)
{
	size_t n = 0;

	for (text = tcs_slice_trim(text); text.n > 0;
	     text = tcs_slice_trim(text)) {
		struct tcs_slice rest;
		struct tcs_slice code = tcs_slice_cut(text, ' ', &rest);
		if (!zonetable_is_departement(code) ||
		    n == ZONETABLE_DEPARTEMENTS_MAX)
			return TCS_EPARSE;
		row->departements[n] = tcs_arena_dup(table->arena, code);
		if (row->departements[n++] == NULL)
			return TCS_ENOMEM;
		text = rest;
	}
	return n > 0 ? TCS_OK : TCS_EPARSE;
}

static enum tcs_err
zonetable_line(struct tcs_zonetable *table, struct tcs_slice line)
{
	struct tcs_slice rest;
	struct tcs_slice zone = tcs_slice_trim(tcs_slice_cut(line, ';', &rest));
	struct zonetable_row row = {0};

	if (zone.n == 0 || zone.n > 32 || rest.p == NULL)
		return TCS_EPARSE;
	(void)tcs_slice_cut(rest, ';', &rest);
	if (table->n == ZONETABLE_ROWS_MAX)
		return TCS_ELIMIT;
	enum tcs_err err = zonetable_departements(table, rest, &row);
	if (err != TCS_OK)
		return err;
	struct zonetable_row *rows =
	    realloc(table->rows, (table->n + 1) * sizeof(row));
	if (rows == NULL)
		return TCS_ENOMEM;
	table->rows = rows;
	row.zone = tcs_arena_dup(table->arena, zone);
	if (row.zone == NULL)
		return TCS_ENOMEM;
	rows[table->n++] = row;
	return TCS_OK;
}

static enum tcs_err
zonetable_lines(struct tcs_zonetable *table, struct tcs_slice text,
    const char *file, struct tcs_diag *diag)
{
	bool has_head = false;
	unsigned number = 0;

	while (text.p != NULL) {
		struct tcs_slice line =
		    tcs_slice_trim(tcs_slice_cut(text, '\n', &text));
		number++;
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (!has_head) {
			has_head = true;
			if (tcs_slice_is(line, "zone;nom;departements"))
				continue;
			return tcs_diag_add(diag, TCS_EPARSE, file, number,
			    "the first line must be zone;nom;departements");
		}
		enum tcs_err err = zonetable_line(table, line);
		if (err == TCS_EPARSE)
			return tcs_diag_add(diag, err, file, number,
			    "write a zone, its name and its départements, as "
			    "in AP13;Lys amont-Laquette;59 62");
		if (err != TCS_OK)
			return tcs_diag_add(
			    diag, err, file, number, "%s", tcs_strerror(err));
	}
	return TCS_OK;
}

static enum tcs_err
zonetable_sort(
    struct tcs_zonetable *table, const char *file, struct tcs_diag *diag)
{
	if (table->n > 1)
		qsort(table->rows, table->n, sizeof(table->rows[0]),
		    zonetable_compare);
	for (size_t i = 1; i < table->n; i++) {
		if (zonetable_compare(&table->rows[i - 1], &table->rows[i]) ==
		    0)
			return tcs_diag_add(diag, TCS_EPARSE, file, 0,
			    "zone %s has two lines: keep one",
			    table->rows[i].zone);
	}
	return TCS_OK;
}

enum tcs_err
tcs_zonetable_parse(struct tcs_slice text, const char *file,
    struct tcs_zonetable **ret_table, struct tcs_diag *diag)
{
	struct tcs_zonetable *table = calloc(1, sizeof(*table));
	enum tcs_err err = TCS_ENOMEM;

	if (table == NULL)
		return err;
	table->arena = tcs_arena_new(ZONETABLE_ARENA_MAX);
	if (table->arena == NULL)
		goto out;
	if (text.n > 0 && !tcs_slice_is_utf8(text)) {
		err = tcs_diag_add(diag, TCS_EPARSE, file, 0, "not UTF-8");
		goto out;
	}
	err = zonetable_lines(table, text, file, diag);
	if (err == TCS_OK)
		err = zonetable_sort(table, file, diag);
	if (err == TCS_OK) {
		*ret_table = table;
		table = NULL;
	}
out:
	tcs_zonetable_free(&table);
	return err;
}

enum tcs_err
tcs_zonetable_load(
    const char *path, struct tcs_zonetable **ret_table, struct tcs_diag *diag)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, ZONETABLE_BYTES_MAX);
	enum tcs_err err = tcs_file_read(path, &buf, diag);
	if (err == TCS_OK)
		err = tcs_zonetable_parse(
		    tcs_buf_view(&buf), path, ret_table, diag);
	tcs_buf_fini(&buf);
	return err;
}

void
tcs_zonetable_free(struct tcs_zonetable **table)
{
	if (table == NULL || *table == NULL)
		return;
	tcs_arena_free(&(*table)->arena);
	free((*table)->rows);
	free(*table);
	*table = NULL;
}

const char *const *
tcs_zonetable_find(const struct tcs_zonetable *table, const char *zone)
{
	const struct zonetable_row key = {.zone = zone};
	const struct zonetable_row *row =
	    table->n == 0 ? NULL
	                  : bsearch(&key, table->rows, table->n, sizeof(key),
	                        zonetable_compare);

	return row == NULL ? NULL : row->departements;
}

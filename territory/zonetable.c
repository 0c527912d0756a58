#include "territory/zonetable.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/file.h"
#include "territory/names.h"
#include "territory/tables.h"

enum {
	ZONETABLE_BYTES_MAX = 1 << 20,
	ZONETABLE_ARENA_MAX = 4 << 20,
	ZONETABLE_ROWS_MAX = 5000,
	ZONETABLE_ZONE_MAX = 32,
	ZONETABLE_NAME_MAX = 200,
	ZONETABLE_KEY_MAX = 4 * ZONETABLE_NAME_MAX,
};

struct tcs_zonetable {
	struct tcs_arena *arena;
	struct tcs_zonetable_row *rows; /* sorted by zone */
	size_t n, cap;
	bool has_verified; /* the column is there */
};

static int
zonetable_compare(const void *a, const void *b)
{
	return strcmp(((const struct tcs_zonetable_row *)a)->zone,
	    ((const struct tcs_zonetable_row *)b)->zone);
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
    struct tcs_zonetable_row *row)
{
	size_t n = 0;

	for (text = tcs_slice_trim(text); text.n > 0;
	     text = tcs_slice_trim(text)) {
		struct tcs_slice rest;
		struct tcs_slice code = tcs_slice_cut(text, ' ', &rest);
		if (!zonetable_is_departement(code) ||
		    n == TCS_ZONETABLE_DEPARTEMENTS_MAX)
			return TCS_EPARSE;
		row->departements[n] = tcs_arena_dup(table->arena, code);
		if (row->departements[n++] == NULL)
			return TCS_ENOMEM;
		text = rest;
	}
	return n > 0 ? TCS_OK : TCS_EPARSE;
}

static enum tcs_err
zonetable_name(struct tcs_zonetable *table, struct tcs_slice name,
    struct tcs_zonetable_row *row)
{
	struct tcs_buf key;

	tcs_buf_init(&key, ZONETABLE_KEY_MAX);
	tcs_name_key(name, &key);
	row->name = tcs_arena_dup(table->arena, name);
	row->key = tcs_arena_dup(
	    table->arena, key.n > 0 ? tcs_buf_view(&key) : tcs_slice("", 0));
	enum tcs_err err = key.err;
	if (err == TCS_OK && (row->name == NULL || row->key == NULL))
		err = TCS_ENOMEM;
	tcs_buf_fini(&key);
	return err;
}

/* The fourth column, when the table has it: "oui" or "non". */
static enum tcs_err
zonetable_verified(const struct tcs_zonetable *table, struct tcs_slice text,
    struct tcs_zonetable_row *row)
{
	text = tcs_slice_trim(text);
	if (!table->has_verified)
		return text.p == NULL ? TCS_OK : TCS_EPARSE;
	row->is_verified = tcs_slice_is(text, "oui");
	return row->is_verified || tcs_slice_is(text, "non") ? TCS_OK
	                                                     : TCS_EPARSE;
}

static enum tcs_err
zonetable_add(struct tcs_zonetable *table, const struct tcs_zonetable_row *row)
{
	if (table->n == ZONETABLE_ROWS_MAX)
		return TCS_ELIMIT;
	if (table->n == table->cap) {
		size_t cap = table->cap == 0 ? 64 : 2 * table->cap;
		struct tcs_zonetable_row *rows =
		    realloc(table->rows, cap * sizeof(*rows));
		if (rows == NULL)
			return TCS_ENOMEM;
		table->rows = rows;
		table->cap = cap;
	}
	table->rows[table->n++] = *row;
	return TCS_OK;
}

static enum tcs_err
zonetable_line(struct tcs_zonetable *table, struct tcs_slice line)
{
	struct tcs_slice rest;
	struct tcs_slice zone = tcs_slice_trim(tcs_slice_cut(line, ';', &rest));
	struct tcs_slice name = tcs_slice_trim(tcs_slice_cut(rest, ';', &rest));
	struct tcs_slice codes = tcs_slice_cut(rest, ';', &rest);
	struct tcs_zonetable_row row = {0};

	if (zone.n > ZONETABLE_ZONE_MAX || name.n > ZONETABLE_NAME_MAX ||
	    zone.n + name.n == 0)
		return TCS_EPARSE;
	enum tcs_err err = zonetable_departements(table, codes, &row);
	if (err == TCS_OK)
		err = zonetable_verified(table, rest, &row);
	if (err == TCS_OK)
		err = zonetable_name(table, name, &row);
	if (err != TCS_OK)
		return err;
	row.zone = tcs_arena_dup(table->arena, zone);
	return row.zone == NULL ? TCS_ENOMEM : zonetable_add(table, &row);
}

/* The line of column names. */
static bool
zonetable_head(struct tcs_zonetable *table, struct tcs_slice line)
{
	table->has_verified =
	    tcs_slice_is(line, "zone;nom;departements;verifie");
	return table->has_verified ||
	       tcs_slice_is(line, "zone;nom;departements");
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
			if (zonetable_head(table, line))
				continue;
			return tcs_diag_add(diag, TCS_EPARSE, file, number,
			    "the first line must be "
			    "zone;nom;departements;verifie");
		}
		enum tcs_err err = zonetable_line(table, line);
		if (err == TCS_EPARSE)
			return tcs_diag_add(diag, err, file, number,
			    "write a zone, its name and its départements, as "
			    "in AP13;Lys amont-Laquette;59 62%s",
			    table->has_verified ? ";oui (or ;non)" : "");
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
		const char *zone = table->rows[i].zone;
		if (zone[0] != '\0' &&
		    strcmp(table->rows[i - 1].zone, zone) == 0)
			return tcs_diag_add(diag, TCS_EPARSE, file, 0,
			    "zone %s has two lines: keep one", zone);
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

struct tcs_slice
tcs_zonetable_shipped(const char *name)
{
	for (size_t i = 0; tcs_tables[i].name != NULL; i++)
		if (strcmp(tcs_tables[i].name, name) == 0)
			return tcs_slice(tcs_tables[i].p, tcs_tables[i].n);
	return tcs_slice(NULL, 0);
}

enum tcs_err
tcs_zonetable_open(const char *path, const char *shipped,
    struct tcs_zonetable **ret_table, struct tcs_diag *diag)
{
	struct tcs_slice text = tcs_zonetable_shipped(shipped);

	if (path != NULL)
		return tcs_zonetable_load(path, ret_table, diag);
	tcs_assert(text.p != NULL);
	return tcs_zonetable_parse(text, shipped, ret_table, diag);
}

static const struct tcs_zonetable_row *
zonetable_row(const struct tcs_zonetable *table, const char *zone)
{
	const struct tcs_zonetable_row key = {.zone = zone};

	if (table->n == 0 || zone == NULL || zone[0] == '\0')
		return NULL;
	return bsearch(
	    &key, table->rows, table->n, sizeof(key), zonetable_compare);
}

const char *const *
tcs_zonetable_find(const struct tcs_zonetable *table, const char *zone)
{
	const struct tcs_zonetable_row *row = zonetable_row(table, zone);

	return row == NULL ? NULL : row->departements;
}

bool
tcs_zonetable_is_verified(const struct tcs_zonetable *table, const char *zone)
{
	const struct tcs_zonetable_row *row = zonetable_row(table, zone);

	return row != NULL && row->is_verified;
}

const char *const *
tcs_zonetable_find_named(const struct tcs_zonetable *table, const char *name)
{
	const struct tcs_zonetable_row *found = NULL;
	struct tcs_buf key;
	size_t hits = 0;

	tcs_buf_init(&key, ZONETABLE_KEY_MAX);
	tcs_name_key(tcs_slice_str(name), &key);
	for (size_t i = 0; i < table->n && key.n > 0; i++) {
		if (strcmp(table->rows[i].key, key.p) == 0) {
			found = &table->rows[i];
			hits++;
		}
	}
	if (key.err != TCS_OK || hits > 1)
		found = NULL;
	tcs_buf_fini(&key);
	return found == NULL ? NULL : found->departements;
}

const struct tcs_zonetable_row *
tcs_zonetable_rows(const struct tcs_zonetable *table, size_t *ret_n)
{
	*ret_n = table->n;
	return table->rows;
}

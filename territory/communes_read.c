#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "territory/communes.h"
#include "territory/communes_rows.h"
#include "territory/list.h"
#include "territory/names.h"

enum {
	COMMUNES_BYTES_MAX = 8 << 20,
	COMMUNES_ARENA_MAX = 32 << 20,
	COMMUNES_MAX = 50000, /* 34 969 in 2026 */
	COMMUNES_PARTS_MAX = 50000,
	COMMUNES_EPCI_MAX = 5000,
	COMMUNES_NAME_MAX = 200,
	COMMUNES_FIELD_MAX = 400,
	COMMUNES_POPULATION_MAX = 100000000,
};

/* The file while its lines are read. */
struct communes_reader {
	struct tcs_communes *communes;
	const char *file;
	uint32_t line;
	bool is_ended;
	struct tcs_diag *diag;
};

/* Room for one more row, zeroed. */
static enum tcs_err
communes_add(struct tcs_communes_rows *rows, void **ret_row)
{
	if (rows->n == rows->max)
		return TCS_ELIMIT;
	if (rows->n == rows->cap) {
		size_t cap = rows->cap == 0 ? 1024 : 2 * rows->cap;
		char *items = realloc(rows->items, cap * rows->size);
		if (items == NULL)
			return TCS_ENOMEM;
		rows->items = items;
		rows->cap = cap;
	}
	*ret_row = rows->items + rows->n++ * rows->size;
	memset(*ret_row, 0, rows->size);
	return TCS_OK;
}

/* Each row begins with its code. */
static int
communes_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum tcs_err
communes_refuse(const struct communes_reader *r, const char *why)
{
	return tcs_diag_add(r->diag, TCS_EPARSE, r->file, r->line, "%s", why);
}

/* The next field of a line, copied. NULL: there is none, or it is too long. */
static const char *
communes_field(struct communes_reader *r, struct tcs_slice *rest, size_t max)
{
	struct tcs_slice field = tcs_slice_cut(*rest, ';', rest);

	return field.p == NULL || field.n > max
	           ? NULL
	           : tcs_arena_dup(r->communes->arena, field);
}

static const char *
communes_key(struct communes_reader *r, const char *name)
{
	struct tcs_buf buf;
	const char *key = NULL;

	tcs_buf_init(&buf, TCS_COMMUNES_KEY_MAX);
	tcs_name_key(tcs_slice_str(name), &buf);
	if (buf.err == TCS_OK)
		key = tcs_arena_dup(r->communes->arena,
		    buf.n > 0 ? tcs_buf_view(&buf) : tcs_slice("", 0));
	tcs_buf_fini(&buf);
	return key;
}

static enum tcs_err
communes_epci(struct communes_reader *r, struct tcs_slice rest)
{
	void *row = NULL;
	enum tcs_err err = communes_add(&r->communes->epci, &row);

	if (err != TCS_OK)
		return err;
	struct tcs_epci *epci = row;
	epci->siren = communes_field(r, &rest, 9);
	epci->name = communes_field(r, &rest, COMMUNES_NAME_MAX);
	if (epci->siren == NULL || strlen(epci->siren) != 9 ||
	    epci->name == NULL || rest.p != NULL)
		return communes_refuse(r, "not an EPCI: e;SIREN;name");
	return TCS_OK;
}

/* Code, name and key of a commune or of a part. */
static bool
communes_names(struct communes_reader *r, struct tcs_slice *rest,
    const char **ret_insee, const char **ret_name, const char **ret_key)
{
	*ret_insee = communes_field(r, rest, 5);
	*ret_name = communes_field(r, rest, COMMUNES_NAME_MAX);
	if (!tcs_insee_is_valid(*ret_insee) || *ret_name == NULL)
		return false;
	*ret_key = communes_key(r, *ret_name);
	return *ret_key != NULL;
}

static enum tcs_err
communes_commune(struct communes_reader *r, struct tcs_slice rest)
{
	void *row = NULL;
	uint64_t population = 0;
	enum tcs_err err = communes_add(&r->communes->communes, &row);

	if (err != TCS_OK)
		return err;
	struct tcs_commune *c = row;
	if (!communes_names(r, &rest, &c->insee, &c->name, &c->key) ||
	    c->key[0] == '\0')
		return communes_refuse(r, "not a commune: c;INSEE;name;…");
	tcs_insee_departement(c->insee, c->departement);
	const char *siren = communes_field(r, &rest, 9);
	if (siren != NULL && siren[0] != '\0') {
		c->epci = tcs_communes_row(&r->communes->epci, siren);
		if (c->epci == NULL)
			return communes_refuse(r, "no EPCI of that SIREN");
	}
	struct tcs_slice number = tcs_slice_cut(rest, ';', &rest);
	if (number.n > 0 && tcs_slice_u64(number, COMMUNES_POPULATION_MAX,
	                        &population) != TCS_OK)
		return communes_refuse(r, "the population is not a number");
	c->population = (uint32_t)population;
	c->postcodes = communes_field(r, &rest, COMMUNES_FIELD_MAX);
	if (c->postcodes == NULL || rest.p != NULL)
		return communes_refuse(r, "not all, or more, of a commune");
	return TCS_OK;
}

static enum tcs_err
communes_part(struct communes_reader *r, enum tcs_commune_part part,
    struct tcs_slice rest)
{
	void *row = NULL;
	enum tcs_err err = communes_add(&r->communes->parts, &row);

	if (err != TCS_OK)
		return err;
	struct tcs_communes_part *p = row;
	p->part = part;
	if (!communes_names(r, &rest, &p->insee, &p->name, &p->key))
		return communes_refuse(r, "not a part: INSEE;name;commune");
	p->of = communes_field(r, &rest, 5);
	if (!tcs_insee_is_valid(p->of) || rest.p != NULL)
		return communes_refuse(r, "not a part: INSEE;name;commune");
	return TCS_OK;
}

static size_t
communes_rows_n(const struct tcs_communes *communes)
{
	return communes->epci.n + communes->communes.n + communes->parts.n;
}

static enum tcs_err
communes_end(struct communes_reader *r, struct tcs_slice count)
{
	uint64_t n = 0;

	if (tcs_slice_u64(count, UINT32_MAX, &n) != TCS_OK ||
	    n != communes_rows_n(r->communes))
		return communes_refuse(r, "lines are missing, or too many");
	r->is_ended = true;
	return TCS_OK;
}

static enum tcs_err
communes_line(struct communes_reader *r, struct tcs_slice line)
{
	static const struct {
		const char *word;
		enum tcs_commune_part part;
	} parts[] = {{"d", TCS_COMMUNE_DELEGUEE}, {"a", TCS_COMMUNE_ASSOCIEE},
	    {"m", TCS_COMMUNE_ARRONDISSEMENT}, {"x", TCS_COMMUNE_FORMER}};
	struct tcs_slice rest;
	struct tcs_slice word = tcs_slice_cut(line, ';', &rest);

	if (r->is_ended)
		return communes_refuse(r, "a line after the last one");
	if (tcs_slice_is(word, "c"))
		return communes_commune(r, rest);
	if (tcs_slice_is(word, "e"))
		return communes_epci(r, rest);
	if (tcs_slice_is(word, "fin"))
		return communes_end(r, rest);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (tcs_slice_is(word, parts[i].word))
			return communes_part(r, parts[i].part, rest);
	return communes_refuse(r, "not a line of this file");
}

/* Every row, however it came, by its code; twice the same is a fault. */
static enum tcs_err
communes_sort(const struct communes_reader *r, struct tcs_communes_rows *rows)
{
	if (rows->n > 1)
		qsort(rows->items, rows->n, rows->size, communes_compare);
	for (size_t i = 1; i < rows->n; i++) {
		const void *at = rows->items + i * rows->size;
		if (communes_compare(at, rows->items + (i - 1) * rows->size) ==
		    0)
			return tcs_diag_add(r->diag, TCS_EPARSE, r->file, 0,
			    "code %s is there twice", *(const char *const *)at);
	}
	return TCS_OK;
}

static enum tcs_err
communes_join(struct communes_reader *r)
{
	struct tcs_communes *communes = r->communes;
	struct tcs_communes_part *parts = (void *)communes->parts.items;
	enum tcs_err err = communes_sort(r, &communes->communes);

	if (err == TCS_OK)
		err = communes_sort(r, &communes->parts);
	for (size_t i = 0;
	     err == TCS_OK && parts != NULL && i < communes->parts.n; i++) {
		parts[i].commune =
		    tcs_communes_row(&communes->communes, parts[i].of);
		if (parts[i].commune == NULL)
			err = tcs_diag_add(r->diag, TCS_EPARSE, r->file, 0,
			    "%s is part of %s, which is not there",
			    parts[i].insee, parts[i].of);
	}
	return err;
}

static enum tcs_err
communes_read(struct communes_reader *r, struct tcs_slice text)
{
	enum tcs_err err = TCS_OK;
	bool was_epci = true;

	struct tcs_slice line = tcs_slice_cut(text, '\n', &text);
	r->line = 1;
	if (!tcs_slice_is(line, "tocsin-communes;1"))
		return communes_refuse(
		    r, "the first line is not tocsin-communes;1");
	while (err == TCS_OK && text.n > 0) {
		line = tcs_slice_cut(text, '\n', &text);
		r->line++;
		/* Communes point to their EPCI: these come first. */
		bool is_epci = tcs_slice_starts(line, "e;");
		if (!is_epci && was_epci)
			err = communes_sort(r, &r->communes->epci);
		else if (is_epci && !was_epci)
			err = communes_refuse(r, "an EPCI after a commune");
		was_epci = is_epci;
		if (err == TCS_OK)
			err = communes_line(r, line);
	}
	if (err == TCS_OK && !r->is_ended)
		err = communes_refuse(r, "cut: the last line is missing");
	if (err == TCS_ELIMIT)
		err = tcs_diag_add(r->diag, err, r->file, r->line,
		    "more rows than this file can have");
	return err == TCS_OK ? communes_join(r) : err;
}

enum tcs_err
tcs_communes_parse(struct tcs_slice text, const char *file,
    struct tcs_communes **ret_communes, struct tcs_diag *diag)
{
	struct tcs_communes *communes = calloc(1, sizeof(*communes));
	struct communes_reader r = {
	    .communes = communes, .file = file, .diag = diag};
	enum tcs_err err = TCS_ENOMEM;

	if (communes == NULL)
		return err;
	communes->epci = (struct tcs_communes_rows){
	    .size = sizeof(struct tcs_epci), .max = COMMUNES_EPCI_MAX};
	communes->communes = (struct tcs_communes_rows){
	    .size = sizeof(struct tcs_commune), .max = COMMUNES_MAX};
	communes->parts =
	    (struct tcs_communes_rows){.size = sizeof(struct tcs_communes_part),
	        .max = COMMUNES_PARTS_MAX};
	communes->arena = tcs_arena_new(COMMUNES_ARENA_MAX);
	if (communes->arena == NULL)
		goto out;
	if (text.n > COMMUNES_BYTES_MAX)
		err = tcs_diag_add(diag, TCS_ELIMIT, file, 0,
		    "more than %d bytes", COMMUNES_BYTES_MAX);
	else if (text.n > 0 && !tcs_slice_is_utf8(text))
		err = tcs_diag_add(diag, TCS_EPARSE, file, 0, "not UTF-8");
	else
		err = communes_read(&r, text);
	if (err == TCS_OK) {
		*ret_communes = communes;
		communes = NULL;
	}
out:
	tcs_communes_free(&communes);
	return err;
}

enum tcs_err
tcs_communes_load(
    const char *path, struct tcs_communes **ret_communes, struct tcs_diag *diag)
{
	struct tcs_buf buf;

	if (path == NULL)
		path = tcs_communes_path();
	tcs_buf_init(&buf, COMMUNES_BYTES_MAX);
	enum tcs_err err = tcs_file_read(path, &buf, diag);
	if (err == TCS_OK)
		err = tcs_communes_parse(
		    tcs_buf_view(&buf), path, ret_communes, diag);
	tcs_buf_fini(&buf);
	return err;
}

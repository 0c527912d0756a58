#include "territory/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/file.h"

enum {
	LIST_BYTES_MAX = 2000000,
	LIST_COMMUNES_MAX = 40000,
	LIST_NAME_MAX = 128,
	LIST_FIELD_MAX = 200,
};

/* One list while its lines are read. */
struct list_reader {
	struct tcs_list *list;
	size_t cap; /* of list->insee */
	const char *file;
	unsigned line;
	bool has_header; /* the line of column names is past */
	struct tcs_diag *diag;
};

bool
tcs_insee_is_valid(const char *code)
{
	static const char digits[] = "0123456789";

	if (code == NULL || strlen(code) != 5)
		return false;
	if (strchr(digits, code[0]) == NULL)
		return false;
	if (strchr("0123456789AB", code[1]) == NULL)
		return false;
	return strspn(code + 2, digits) == 3;
}

void
tcs_insee_departement(const char *code, char departement[4])
{
	/* Overseas the département takes three characters: 971 to 989. */
	size_t n = code[0] == '9' && code[1] >= '7' ? 3 : 2;

	memcpy(departement, code, n);
	departement[n] = '\0';
}

static bool
list_part_is_valid(struct tcs_slice part)
{
	if (part.n == 0 || part.p[0] == '.')
		return false;
	for (size_t i = 0; i < part.n; i++) {
		char c = part.p[i];
		if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') &&
		    (c < '0' || c > '9') && strchr("._-", c) == NULL)
			return false;
	}
	return true;
}

bool
tcs_list_name_is_valid(const char *name)
{
	struct tcs_slice rest;
	struct tcs_slice whole = tcs_slice_str(name);

	if (whole.n == 0 || whole.n > LIST_NAME_MAX)
		return false;
	struct tcs_slice first = tcs_slice_cut(whole, '/', &rest);
	if (rest.p == NULL)
		return list_part_is_valid(first);
	return list_part_is_valid(first) && list_part_is_valid(rest);
}

char *
tcs_list_path(const char *folder, const char *name)
{
	char *path;

	if (!tcs_list_name_is_valid(name))
		return NULL;
	return asprintf(&path, "%s/%s.csv", folder, name) < 0 ? NULL : path;
}

void
tcs_list_free(struct tcs_list **list)
{
	if (list == NULL || *list == NULL)
		return;
	for (size_t i = 0; i < (*list)->n; i++)
		free((*list)->insee[i]);
	free((*list)->insee);
	free((*list)->author);
	free((*list)->date);
	free(*list);
	*list = NULL;
}

/* "# auteur: …" and "# date: …"; any other comment is passed over. */
static enum tcs_err
list_comment(struct list_reader *r, struct tcs_slice comment)
{
	struct tcs_slice value;
	struct tcs_slice key =
	    tcs_slice_trim(tcs_slice_cut(comment, ':', &value));
	char **member = tcs_slice_is(key, "auteur") ? &r->list->author
	                : tcs_slice_is(key, "date") ? &r->list->date
	                                            : NULL;

	if (member == NULL || value.p == NULL)
		return TCS_OK;
	value = tcs_slice_trim(value);
	if (*member != NULL || value.n == 0 || value.n > LIST_FIELD_MAX) {
		return tcs_diag_add(r->diag, TCS_EPARSE, r->file, r->line,
		    "'%.*s' must be given once, with 1 to %d bytes",
		    TCS_SLICE_ARG(key), LIST_FIELD_MAX);
	}
	*member = tcs_slice_dup(value);
	return *member == NULL ? TCS_ENOMEM : TCS_OK;
}

static enum tcs_err
list_add(struct list_reader *r, char *code)
{
	struct tcs_list *list = r->list;

	if (list->n == r->cap) {
		size_t cap = r->cap == 0 ? 64 : r->cap * 2;
		char **insee = realloc(list->insee, cap * sizeof(*insee));
		if (insee == NULL) {
			free(code);
			return TCS_ENOMEM;
		}
		list->insee = insee;
		r->cap = cap;
	}
	list->insee[list->n++] = code;
	return TCS_OK;
}

static enum tcs_err
list_row(struct list_reader *r, struct tcs_slice row)
{
	struct tcs_slice rest;
	struct tcs_slice first = tcs_slice_trim(tcs_slice_cut(row, ';', &rest));

	if (!r->has_header && tcs_slice_is(first, "insee")) {
		r->has_header = true;
		return TCS_OK;
	}
	if (r->list->n == LIST_COMMUNES_MAX) {
		return tcs_diag_add(r->diag, TCS_ELIMIT, r->file, r->line,
		    "more than %d communes", LIST_COMMUNES_MAX);
	}
	char *code = tcs_slice_dup(first);
	if (code == NULL)
		return TCS_ENOMEM;
	if (!tcs_insee_is_valid(code)) {
		free(code);
		return tcs_diag_add(r->diag, TCS_EPARSE, r->file, r->line,
		    "'%.*s' is not an INSEE code of a commune (62765, 2A004)",
		    (int)(first.n > 20 ? 20 : first.n), first.p);
	}
	r->has_header = true;
	return list_add(r, code);
}

static int
list_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
list_sort(struct tcs_list *list)
{
	size_t kept = 0;

	if (list->n == 0)
		return;
	qsort(list->insee, list->n, sizeof(*list->insee), list_compare);
	for (size_t i = 1; i < list->n; i++) {
		if (strcmp(list->insee[kept], list->insee[i]) == 0)
			free(list->insee[i]);
		else
			list->insee[++kept] = list->insee[i];
	}
	list->n = kept + 1;
}

static enum tcs_err
list_read(struct list_reader *r, struct tcs_slice text)
{
	enum tcs_err err = TCS_OK;

	if (tcs_slice_starts(text, "\xef\xbb\xbf"))
		text = tcs_slice(text.p + 3, text.n - 3);
	while (err == TCS_OK && text.n > 0) {
		struct tcs_slice rest;
		struct tcs_slice line =
		    tcs_slice_trim(tcs_slice_cut(text, '\n', &rest));
		r->line++;
		if (line.n > 0 && line.p[0] == '#')
			err =
			    list_comment(r, tcs_slice(line.p + 1, line.n - 1));
		else if (line.n > 0)
			err = list_row(r, line);
		text = rest;
	}
	if (err == TCS_OK && r->list->n == 0) {
		err = tcs_diag_add(r->diag, TCS_EPARSE, r->file, r->line,
		    "no commune: write one INSEE code a line");
	}
	return err;
}

enum tcs_err
tcs_list_parse(struct tcs_slice text, const char *file,
    struct tcs_list **ret_list, struct tcs_diag *diag)
{
	struct list_reader r = {.file = file, .diag = diag};

	if (text.n > LIST_BYTES_MAX) {
		return tcs_diag_add(diag, TCS_ELIMIT, file, 0,
		    "more than %d bytes", LIST_BYTES_MAX);
	}
	if (!tcs_slice_is_utf8(text)) {
		return tcs_diag_add(
		    diag, TCS_EPARSE, file, 0, "not UTF-8: save it as UTF-8");
	}
	r.list = calloc(1, sizeof(*r.list));
	if (r.list == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = list_read(&r, text);
	if (err != TCS_OK) {
		tcs_list_free(&r.list);
		return err;
	}
	list_sort(r.list);
	*ret_list = r.list;
	return TCS_OK;
}

enum tcs_err
tcs_list_load(const char *folder, const char *name, struct tcs_list **ret_list,
    struct tcs_diag *diag)
{
	struct tcs_buf buf;

	if (!tcs_list_name_is_valid(name)) {
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "'%.40s' is not the name of a list: letters, digits, '-', "
		    "'_', '.', and one '/'",
		    name);
	}
	char *path = tcs_list_path(folder, name);
	if (path == NULL)
		return TCS_ENOMEM;
	tcs_buf_init(&buf, LIST_BYTES_MAX + 1);
	enum tcs_err err = tcs_file_read(path, &buf, diag);
	if (err == TCS_OK)
		err = tcs_list_parse(tcs_buf_view(&buf), path, ret_list, diag);
	tcs_buf_fini(&buf);
	free(path);
	return err;
}

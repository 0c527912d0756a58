/* list.h - the préfecture's own lists: communes concerned by a tronçon, a
 * massif, a site. <folder>/<name>.csv, UTF-8:
 *
 *   # auteur: SIDPC 62 (fictif)
 *   # date: 2026-09-01
 *   insee;commune
 *   62765;Saint-Omer
 *
 * A name may hold one '/' ("crues/AP5"). Never ".." nor a leading '/'. */
#ifndef TOCSIN_TERRITORY_LIST_H
#define TOCSIN_TERRITORY_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/slice.h"

struct tcs_list {
	char *author, *date; /* NULL when the file does not say */
	char **insee;        /* sorted, unique, n of them */
	size_t n;
};

/* The form of a name: letters, digits, "._-" and at most one '/'; no part is
 * empty or begins with '.'. At most 128 bytes. */
bool tcs_list_name_is_valid(const char *name);
/* "<folder>/<name>.csv"; the caller owns it. NULL: not a name, or no memory. */
char *tcs_list_path(const char *folder, const char *name);
/* TCS_ENOTFOUND: no such list. TCS_EINVAL: not a name. TCS_EPARSE: file and
 * line in `diag`. The caller owns *ret_list. At most 40 000 communes, 2 MB. */
enum tcs_err tcs_list_load(const char *folder, const char *name,
    struct tcs_list **ret_list, struct tcs_diag *diag) TCS_MUST_USE;
enum tcs_err tcs_list_parse(struct tcs_slice text, const char *file,
    struct tcs_list **ret_list, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_list_free(struct tcs_list **list); /* NULL-safe */
/* [0-9][0-9AB][0-9]{3}, five characters: the form of a code, not that the
 * commune exists. */
bool tcs_insee_is_valid(const char *code);
/* Département of a commune code: "62", "2A", "974"; writes at most 4 bytes. */
void tcs_insee_departement(const char *code, char departement[4]);

#endif

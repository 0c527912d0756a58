/* lists.h - the lists of a folder, each read when it is first asked for and
 * again when its file has changed. */
#ifndef TOCSIN_RULES_LISTS_H
#define TOCSIN_RULES_LISTS_H

#include "core/err.h"
#include "territory/list.h"

struct tcs_lists; /* opaque */

/* `folder` is copied. NULL when out of memory. */
struct tcs_lists *tcs_lists_new(const char *folder);
void tcs_lists_free(struct tcs_lists **lists); /* NULL-safe */

/* The list of that name; NULL when there is none, with a finding when that is
 * for another reason than its absence. A file that became unreadable leaves
 * the list as it was, with a finding. Borrowed until tcs_lists_trim(). */
const struct tcs_list *tcs_lists_get(
    struct tcs_lists *lists, const char *name, struct tcs_diag *diag);
/* Between two records: bounds what is kept. */
void tcs_lists_trim(struct tcs_lists *lists);

#endif

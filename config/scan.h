/* scan.h - what tocsin.conf is made of, with the line of each part, before
 * libconfuse decodes its values.
 *
 * libconfuse alone is too kind: a repeated key or section silently wins,
 * `${NAME}` expands the environment, `include()` opens other files, `//` and an
 * unquoted `#` cut a value, characters it does not know are dropped, its lines
 * are off by one after each comment, and a string that is not closed spoils the
 * next parse of the same process. So only this subset reaches it:
 *
 *   file    = { section }
 *   section = WORD [ WORD | STRING ] "{" { item } "}"
 *   item    = WORD "=" ( value | "{" [ value { "," value } ] "}" )
 *             (in the section `kafka` also with a STRING as its key)
 *   value   = WORD | STRING
 *
 * WORD: letters, digits, bytes of UTF-8 and . _ - : @ % /   (no "//", no "/ *")
 * STRING: "…" or '…' on one line; a backslash only before the quote or another
 * backslash. Comment: # to the end of the line, after a blank or a sign. */
#ifndef TOCSIN_CONFIG_SCAN_H
#define TOCSIN_CONFIG_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/slice.h"

enum {
	TCS_SCAN_TEXT_MAX = 1000000,
	TCS_SCAN_SECTIONS_MAX = 1000, /* of all kinds but `contact` */
	TCS_SCAN_CONTACTS_MAX = 10000,
	TCS_SCAN_ITEMS_MAX = 100, /* of one section */
};

/* `key = value` or `key = { … }`. */
struct tcs_scan_item {
	struct tcs_slice key;
	struct tcs_slice value; /* the first, between its quotes */
	size_t start, end;      /* bytes of the text, key to last value */
	size_t values_n;
	unsigned line;
	bool is_list; /* with braces */
};

struct tcs_scan_section {
	struct tcs_slice name;
	struct tcs_slice title; /* p NULL: none; between its quotes */
	size_t start, end;
	size_t first, items_n; /* in tcs_scan.items */
	unsigned line;
};

struct tcs_scan {
	char *text;    /* owned, NUL-terminated; comments are blanks */
	size_t text_n; /* slices point into `text` */
	struct tcs_scan_section *sections;
	size_t sections_n, sections_cap;
	struct tcs_scan_item *items;
	size_t items_n, items_cap;
};

/* TCS_ECONFIG (TCS_ELIMIT for a size) with one finding, at the first place
 * that breaks the grammar; then *scan is empty. `file` is for findings. */
enum tcs_err tcs_scan_text(struct tcs_scan *scan, struct tcs_slice text,
    const char *file, struct tcs_diag *diag) TCS_MUST_USE;
/* Overwrite bytes [start, end) with blanks; lines stay where they are. */
void tcs_scan_blank(struct tcs_scan *scan, size_t start, size_t end);
void tcs_scan_fini(struct tcs_scan *scan); /* NULL-safe; leaves it empty */

#endif

/* sections.h - the sections of a scanned file that are what the schema knows.
 * What is not is a finding, and is blanked out before libconfuse reads. */
#ifndef TOCSIN_CONFIG_SECTIONS_H
#define TOCSIN_CONFIG_SECTIONS_H

#include <stddef.h>

#include "config/conf.h"
#include "config/scan.h"
#include "config/schema.h"

struct tcs_section {
	const struct tcs_scan_section *scan;
	const struct tcs_schema *schema;
	const struct tcs_conf_driver *driver; /* NULL: none, or not known */
	bool has_fault;                       /* of a value; said already */
	size_t index; /* among those of its schema, in file order */
};

struct tcs_sections {
	struct tcs_section *items; /* in file order */
	size_t n;
	size_t counts[TCS_SCHEMA_COUNT];
};

/* Borrows `scan` until tcs_sections_fini, and blanks parts of its text.
 * TCS_ECONFIG with one finding a fault: *ret_sections holds the others. */
enum tcs_err tcs_sections_pick(struct tcs_scan *scan,
    const struct tcs_conf_drivers *drivers, const char *file,
    struct tcs_sections *ret_sections, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_sections_fini(struct tcs_sections *sections);
/* False for an item that was blanked out. */
bool tcs_section_has(
    const struct tcs_scan *scan, const struct tcs_scan_item *item);

#endif

/* reports.h - the reports from the field that the collector keeps, as the CLI
 * shows them. */
#ifndef TOCSIN_CLI_REPORTS_H
#define TOCSIN_CLI_REPORTS_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/report/book.h"
#include "core/buf.h"
#include "core/err.h"

struct tcs_store;

/* All of them; one that cannot be read is a finding, and left out. The caller
 * owns *ret_book. */
enum tcs_err tcs_reports_load(struct tcs_store *store,
    struct tcs_report_book **ret_book, struct tcs_diag *diag) TCS_MUST_USE;
/* Neither ended nor expired at `now_ms`. */
bool tcs_report_is_open(const struct tcs_report_entry *entry, int64_t now_ms);
/* Those that are open, oldest first, a line each: identifier, place, when it
 * happened, when it was reported, by whom, what. Returns how many. */
size_t tcs_reports_append(
    const struct tcs_report_book *book, int64_t now_ms, struct tcs_buf *buf);
/* "terrain: 2 signalements ouverts, le dernier 23/11/2026 17:05": the field is
 * no source that could be late. Asks the store. */
enum tcs_err tcs_reports_line(struct tcs_store *store, const char *feed,
    struct tcs_buf *buf, struct tcs_diag *diag) TCS_MUST_USE;

#endif

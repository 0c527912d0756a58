/* feed_print.h - how `feeds read` shows the signals of one document. */
#ifndef TOCSIN_CLI_FEED_PRINT_H
#define TOCSIN_CLI_FEED_PRINT_H

#include "collectors/compare.h"
#include "core/buf.h"
#include "core/err.h"

/* Appends to `buf`; `file` is the document's name. */
typedef enum tcs_err tcs_feed_printer(const char *file,
    const struct tcs_readings *readings, struct tcs_compare_out *out,
    struct tcs_buf *buf, struct tcs_diag *diag);

/* "table", "readings", "json", "cap"; NULL: no such format. */
tcs_feed_printer *tcs_feed_printer_find(const char *format);

#endif

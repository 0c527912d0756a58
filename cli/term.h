/* term.h - text that came from elsewhere, made fit for a terminal: control
 * characters, C1 ones too, and what is not UTF-8 become '?'. */
#ifndef TOCSIN_CLI_TERM_H
#define TOCSIN_CLI_TERM_H

#include "core/buf.h"
#include "core/slice.h"

/* Line ends become '?' too. */
void tcs_term_line(struct tcs_buf *buf, struct tcs_slice text);
/* Line ends stay; each line is preceded by `indent`. */
void tcs_term_block(
    struct tcs_buf *buf, struct tcs_slice text, const char *indent);
/* JSON as it is written on one line, with those characters as \uXXXX: it is
 * still the same value. */
void tcs_term_json(struct tcs_buf *buf, struct tcs_slice json);

#endif

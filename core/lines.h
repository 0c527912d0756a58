/* lines.h - a protocol of lines (SMTP, IMAP) read from bytes that come in any
 * cut: whole lines, and runs of octets between them. Pure, and bounded whatever
 * the far side sends. */
#ifndef TOCSIN_CORE_LINES_H
#define TOCSIN_CORE_LINES_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/slice.h"

struct tcs_lines {
	struct tcs_buf held; /* of an unfinished line */
	bool is_given;       /* `held` was handed over: begin anew */
};

void tcs_lines_init(struct tcs_lines *lines, size_t line_max);
void tcs_lines_fini(struct tcs_lines *lines);
/* Take bytes from the front of *bytes until a line is whole: *ret_whole says
 * whether it is, and *ret_line has it without its LF or CRLF, borrowed until
 * the next call. TCS_ELIMIT: it is too long, and the reader of no use. */
enum tcs_err tcs_lines_next(struct tcs_lines *lines, struct tcs_slice *bytes,
    struct tcs_slice *ret_line, bool *ret_whole) TCS_MUST_USE;
/* Move at most *left octets from the front of *bytes to the end of `buf`, and
 * take their number from *left. Only where a line begins. */
enum tcs_err tcs_lines_octets(struct tcs_lines *lines, size_t *left,
    struct tcs_slice *bytes, struct tcs_buf *buf) TCS_MUST_USE;

#endif

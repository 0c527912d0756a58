/* smtp_reply.h - reads an SMTP server's replies (RFC 5321 4.2) from bytes that
 * come in any cut. Pure; bounded whatever the server sends. */
#ifndef TOCSIN_DISPATCHER_SMTP_REPLY_H
#define TOCSIN_DISPATCHER_SMTP_REPLY_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/lines.h"
#include "core/slice.h"

enum { TCS_SMTP_LINE_MAX = 2048, TCS_SMTP_REPLY_MAX = 16 * 1024 };

struct tcs_smtp_reply {
	int code;              /* 200 to 599 */
	struct tcs_slice text; /* what follows the code, lines end in \n;
	                        * borrowed until the reader is given more */
};

struct tcs_smtp_reader {
	struct tcs_lines lines;
	struct tcs_buf text; /* of an unfinished reply */
	int code;            /* of its first line; 0 before it */
	bool is_given;       /* `text` was handed over: begin anew */
};

void tcs_smtp_reader_init(struct tcs_smtp_reader *reader);
void tcs_smtp_reader_fini(struct tcs_smtp_reader *reader);
/* Take bytes from the front of *bytes until a reply is whole: *ret_whole says
 * whether it is, and *ret_reply has it. TCS_EPARSE: not SMTP. TCS_ELIMIT: a
 * line or a reply that is too long. After an error the reader is of no use. */
enum tcs_err tcs_smtp_reader_next(struct tcs_smtp_reader *reader,
    struct tcs_slice *bytes, struct tcs_smtp_reply *ret_reply,
    bool *ret_whole) TCS_MUST_USE;

#endif

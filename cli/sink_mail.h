/* sink_mail.h - reads a mail as a mail program shows it: header words, quoted-
 * printable and base64 undone. Bounded; what is not understood stays as is. */
#ifndef TOCSIN_CLI_SINK_MAIL_H
#define TOCSIN_CLI_SINK_MAIL_H

#include "core/buf.h"
#include "core/json.h"
#include "core/slice.h"

enum { TCS_MAIL_HEADERS_MAX = 200 };

struct tcs_mail {
	json_t *headers;     /* lower case: value, unfolded and decoded */
	struct tcs_buf text; /* body of a text/plain mail, line ends \n */
};

/* TCS_ENOMEM only: whatever the bytes are, something is shown. */
enum tcs_err tcs_mail_read(
    struct tcs_slice message, struct tcs_mail *ret_mail) TCS_MUST_USE;
void tcs_mail_fini(struct tcs_mail *mail);

/* RFC 2047 words of `value` undone, UTF-8 and ISO-8859-1. Appends. */
void tcs_mail_words(struct tcs_buf *buf, struct tcs_slice value);

#endif

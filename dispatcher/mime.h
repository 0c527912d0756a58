/* mime.h - one delivery as an Internet message (RFC 5322, 2045, 2047): plain
 * text, 7-bit on the wire whatever the text holds. Pure. */
#ifndef TOCSIN_DISPATCHER_MIME_H
#define TOCSIN_DISPATCHER_MIME_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"

/* All strings are borrowed during tcs_mime_build(). */
struct tcs_mime_mail {
	const char *from, *to;  /* bare addresses */
	const char *key;        /* of the delivery; left of @ in Message-ID */
	const char *thread_key; /* of the thread's first delivery; or NULL */
	const char *alert;      /* identifier */
	const char *subject;    /* UTF-8; control characters become blanks */
	const char *text;       /* UTF-8, lines end in \n */
	int64_t sent_ms;        /* Date: */
};

/* NULL when `address` is local@domain as a relay takes it unquoted (letters
 * outside ASCII are allowed: see tcs_mime_is_ascii), else what is wrong. */
const char *tcs_mime_address_fault(const char *address);
bool tcs_mime_is_ascii(const char *text);
/* What follows the last @, or the whole of `address`. Borrowed from it. */
const char *tcs_mime_domain(const char *address);

/* Append the message, each line ending in CRLF. TCS_EINVAL when a value that
 * stands in a header could end it, or text is not UTF-8: nothing of use is in
 * `buf` then. The buffer's own error otherwise. */
enum tcs_err tcs_mime_build(const struct tcs_mime_mail *mail,
    struct tcs_buf *buf, struct tcs_diag *diag) TCS_MUST_USE;

#endif

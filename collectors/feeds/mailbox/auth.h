/* auth.h - what our mail server found of a mail's sender: the header
 * Authentication-Results (RFC 8601). */
#ifndef TOCSIN_COLLECTORS_FEEDS_MAILBOX_AUTH_H
#define TOCSIN_COLLECTORS_FEEDS_MAILBOX_AUTH_H

#include <stdbool.h>

#include "core/buf.h"

struct tcs_message;

/* Append "mx.prefecture.example: dkim=pass spf=fail dmarc=fail" of the headers
 * of `server`, or of the first one's server when it is NULL: what is below it
 * anybody can have written. Nothing is appended when there is none. True: the
 * sender is not who it says, or nothing says that it is and something says
 * that it is not. */
bool tcs_auth_read(
    const struct tcs_message *message, const char *server, struct tcs_buf *buf);

#endif

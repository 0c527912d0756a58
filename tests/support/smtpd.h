/* smtpd.h - a small SMTP server on the test's own loop, which answers each
 * command as it was told to. */
#ifndef TOCSIN_TESTS_SUPPORT_SMTPD_H
#define TOCSIN_TESTS_SUPPORT_SMTPD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/loop.h"

struct smtpd; /* opaque */

struct smtpd *smtpd_new(struct tcs_loop *loop); /* 127.0.0.1, a free port */
void smtpd_free(struct smtpd *smtpd);
unsigned smtpd_port(const struct smtpd *smtpd);

/* With this certificate: TLS from the first byte of connections to come, or,
 * not implicit, when a 220 answered STARTTLS. The files are PEM. */
void smtpd_tls(
    struct smtpd *smtpd, const char *cert, const char *key, bool is_implicit);
/* What is answered from now on; `to` is "banner", "EHLO", "STARTTLS", "AUTH",
 * "user" and "password" (the lines after a 334), "MAIL", "RCPT", "DATA", "."
 * or "RSET". NULL: nothing, ever; "": the connection is cut. */
void smtpd_reply(struct smtpd *smtpd, const char *to, const char *reply);
/* Close all that is open. */
void smtpd_cut(struct smtpd *smtpd);

size_t smtpd_connections(const struct smtpd *smtpd); /* accepted so far */
size_t smtpd_open(const struct smtpd *smtpd);        /* now */
size_t smtpd_dots(const struct smtpd *smtpd);        /* final dots received */
size_t smtpd_secured(const struct smtpd *smtpd);     /* handshakes done */
/* All commands, one a line, and the content of the last message, as received
 * with its dots doubled. "" at first. */
const char *smtpd_commands(const struct smtpd *smtpd);
const char *smtpd_content(const struct smtpd *smtpd);

#endif

/* mailbox.h - the driver mailbox, as the collector sees it: it does not ask by
 * HTTP. */
#ifndef TOCSIN_COLLECTORS_FEEDS_MAILBOX_MAILBOX_H
#define TOCSIN_COLLECTORS_FEEDS_MAILBOX_MAILBOX_H

#include <stdbool.h>

#include "collectors/feed.h"
#include "collectors/mail.h"
#include "core/err.h"

extern const struct tcs_feed_ops tcs_feed_mailbox;

/* What the driver's options say of the server, borrowed from its block `st`.
 * `ca_file`, `size_max` and `timeout_ms`, which every feed has, are left to the
 * caller. TCS_ECONFIG with a finding: no server, user or password_file. */
enum tcs_err tcs_mailbox_conf(const void *st, struct tcs_mail_conf *ret_conf,
    struct tcs_diag *diag) TCS_MUST_USE;
/* The option `idle`: tcs_mail_watch_new() is wanted. */
bool tcs_mailbox_wants_watch(const void *st);

#endif

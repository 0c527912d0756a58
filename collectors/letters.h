/* letters.h - a poll of a mailbox: what came since the position that is held,
 * as what a gather brings. */
#ifndef TOCSIN_COLLECTORS_LETTERS_H
#define TOCSIN_COLLECTORS_LETTERS_H

#include <stdbool.h>

#include "collectors/gather.h"
#include "core/err.h"

struct tcs_conf_feed;
struct tcs_letters; /* opaque: one mailbox, its poll, its watch */
struct tcs_loop;

/* The position after these mails is `cursor`; more may be there. Both live
 * until the next poll. */
typedef void tcs_letters_cb(void *arg, const struct tcs_gathered *gathered,
    const char *cursor, bool has_more);
typedef void tcs_letters_news_cb(void *arg);

/* `ops->mail` is asked for the mailbox; `conf` is borrowed. `news` is called
 * when the server tells of new mail, if the mailbox is to be watched. */
enum tcs_err tcs_letters_new(struct tcs_loop *loop,
    const struct tcs_feed_ops *ops, const struct tcs_conf_feed *conf,
    tcs_letters_news_cb *news, void *arg, struct tcs_letters **ret,
    struct tcs_diag *diag) TCS_MUST_USE;
void tcs_letters_free(struct tcs_letters **letters); /* NULL-safe */

/* `cb` follows from the loop, once. TCS_ENOMEM; what else is wrong comes as a
 * poll that failed. */
enum tcs_err tcs_letters_poll(struct tcs_letters *letters, const char *cursor,
    tcs_letters_cb *cb) TCS_MUST_USE;
/* What the last poll brought is given back. */
void tcs_letters_settle(struct tcs_letters *letters);

#endif

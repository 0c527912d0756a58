/* letter.h - one mail as a reading. */
#ifndef TOCSIN_COLLECTORS_FEEDS_MAILBOX_LETTER_H
#define TOCSIN_COLLECTORS_FEEDS_MAILBOX_LETTER_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/feed.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/slice.h"

struct tcs_mailbox;

/* What became of the mails of one poll, for the document's note. */
struct tcs_mailbox_tally {
	size_t taken, foreign, broken, unreadable, unanswered;
	struct tcs_buf senders; /* of the foreign ones */
};

/* Read one body and emit what it says. Not a mail: counted as unreadable, with
 * *ret_is_cut and a finding. */
enum tcs_err tcs_mailbox_letter(const struct tcs_mailbox *mailbox,
    const struct tcs_fetch *fetch, struct tcs_mailbox_tally *tally,
    struct tcs_reading_sink *out, bool *ret_is_cut, struct tcs_diag *diag);

#endif

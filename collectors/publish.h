/* publish.h - the collector's records, as docs/wire-format.md has them. */
#ifndef TOCSIN_COLLECTORS_PUBLISH_H
#define TOCSIN_COLLECTORS_PUBLISH_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/collector.h"
#include "core/err.h"
#include "core/step.h"

/* `signals` must be packed. */
void tcs_publish_signals(
    struct tcs_step *step, const struct tcs_signals *signals);
/* One signal about the feed itself: made in `signals`, whose last it is then,
 * published, its validity that of what must be said anew (tcs_said_expires_ms).
 * NULL texts: TCS_ENOMEM. TCS_EINVAL, logged: no CAP can say it. */
enum tcs_err tcs_publish_system(struct tcs_step *step,
    const struct tcs_feed *feed, struct tcs_signals *signals,
    const struct tcs_system_text *text,
    const struct tcs_last *follows) TCS_MUST_USE;
/* What lasts is said for a day, and again when half of it is over: it must not
 * run out while it holds. */
int64_t tcs_said_expires_ms(int64_t now_ms);
bool tcs_said_is_ending(const struct tcs_last *said, int64_t now_ms);

struct tcs_document_record {
	const struct tcs_fetch *fetch;
	const char *hash;                 /* of its bytes */
	const char *etag, *last_modified; /* NULL: none */
	int64_t issued_ms;                /* or TCS_NO_TIME */
	const char *outcome; /* "read", "older", or the refusal's word */
};
enum tcs_err tcs_publish_document(struct tcs_step *step,
    const struct tcs_feed *feed,
    const struct tcs_document_record *record) TCS_MUST_USE;
enum tcs_err tcs_publish_health(struct tcs_step *step,
    const struct tcs_feed *feed, enum tcs_source_state previous,
    int64_t now_ms) TCS_MUST_USE;

#endif

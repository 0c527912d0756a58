#include "collectors/poll.h"

#include <string.h>

#include "core/clock.h"
#include "core/digest.h"

enum {
	POLL_BACKOFF_PERIODS = 4,
	POLL_JITTER_PERCENT = 5,
};

#define POLL_BACKOFF_MS TCS_MINUTES(10)
#define POLL_RETRY_AFTER_MAX_MS TCS_DAYS(1)

/* A number from name and instant: an exercise that is played again polls at
 * the same instants. */
static uint32_t
poll_spread(const char *feed, int64_t now_ms)
{
	const struct tcs_slice parts[] = {
	    tcs_slice_str(feed), tcs_slice(&now_ms, sizeof(now_ms))};
	char hex[TCS_DIGEST_HEX];
	uint32_t spread = 0;

	(void)tcs_digest_parts(parts, 2, hex);
	for (int i = 0; i < 6; i++)
		spread =
		    spread * 16 + (uint32_t)(hex[i] >= 'a' ? hex[i] - 'a' + 10
		                                           : hex[i] - '0');
	return spread;
}

int64_t
tcs_poll_next_ms(const struct tcs_poll *poll, int64_t now_ms)
{
	int64_t cap_ms = POLL_BACKOFF_PERIODS * poll->every_ms;
	int64_t wait_ms = poll->every_ms;
	int64_t jitter_ms = poll->every_ms * POLL_JITTER_PERCENT / 100;

	if (cap_ms < POLL_BACKOFF_MS)
		cap_ms = POLL_BACKOFF_MS;
	for (unsigned i = 1; i < poll->failures && wait_ms < cap_ms; i++)
		wait_ms *= 2;
	if (wait_ms > cap_ms)
		wait_ms = cap_ms;
	if (jitter_ms > 0)
		wait_ms += poll_spread(poll->feed, now_ms) % jitter_ms;
	if (poll->retry_after_ms > wait_ms)
		wait_ms = poll->retry_after_ms < POLL_RETRY_AFTER_MAX_MS
		              ? poll->retry_after_ms
		              : POLL_RETRY_AFTER_MAX_MS;
	return now_ms + wait_ms;
}

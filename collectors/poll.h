/* poll.h - when a source is asked again. Pure. */
#ifndef TOCSIN_COLLECTORS_POLL_H
#define TOCSIN_COLLECTORS_POLL_H

#include <stdint.h>

struct tcs_poll {
	const char
	    *feed; /* sets feeds apart, so that they do not ask at once */
	int64_t every_ms;
	unsigned failures;      /* in a row */
	int64_t retry_after_ms; /* what the source asked for; -1: nothing */
};

/* The instant of the next poll. Failures double the wait, up to four periods
 * or ten minutes, whichever is more. */
int64_t tcs_poll_next_ms(const struct tcs_poll *poll, int64_t now_ms);

#endif

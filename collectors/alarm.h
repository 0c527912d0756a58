/* alarm.h - vigilance stands at orange or more on a territory whose source is
 * no longer to be believed: one System signal for each département concerned,
 * with the last state that was known and when it was issued. It follows the
 * source's state and ends when the source is fresh again.
 *
 * It is not the end of what stands there, and opens no other event: the zone's
 * own signals go on saying what the source says. */
#ifndef TOCSIN_COLLECTORS_ALARM_H
#define TOCSIN_COLLECTORS_ALARM_H

#include <stdint.h>

#include "core/err.h"

struct tcs_feed;
struct tcs_step;

/* The level of such a signal: nobody sees that source now. */
#define TCS_ALARM_LEVEL "aveugle"

/* After the feed's state was settled: what it changes goes into `step`. */
enum tcs_err tcs_alarm_settle(
    struct tcs_feed *feed, struct tcs_step *step, int64_t now_ms) TCS_MUST_USE;

#endif

/* clock.h - what time it is, and how times are read and written.
 *
 * Every time is UTC in milliseconds since 1970 (int64_t, name ends `_ms`).
 * A realm has a clock: the system's, or a value that an episode's player
 * moves (set here by whoever reads it from the store). Leases and attempt
 * deadlines use tcs_clock_boot_ms(), which no realm and no wall clock moves. */
#ifndef TOCSIN_CORE_CLOCK_H
#define TOCSIN_CORE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/slice.h"

#define TCS_SECONDS(n) ((int64_t)(n)*1000)
#define TCS_MINUTES(n) (TCS_SECONDS(n) * 60)
#define TCS_HOURS(n) (TCS_MINUTES(n) * 60)
#define TCS_DAYS(n) (TCS_HOURS(n) * 24)

/* "No time": absent from the source. */
#define TCS_NO_TIME INT64_MIN

/* The realm's now. Starts as the system's clock. */
int64_t tcs_clock_now_ms(void);
/* A held clock: now is `now_ms` until set again. */
void tcs_clock_hold(int64_t now_ms);
bool tcs_clock_is_held(void);
void tcs_clock_release(void); /* back to the system's */
/* CLOCK_BOOTTIME: never steps, counts during suspend. */
int64_t tcs_clock_boot_ms(void);
/* The system's wall clock, whatever the realm; the second in microseconds. */
int64_t tcs_clock_wall_ms(void);
int64_t tcs_clock_wall_us(void);

/* Legal time of the territory: a name of the tz database. "Europe/Paris"
 * until set. TCS_EINVAL when the system does not know it. */
enum tcs_err tcs_clock_set_zone(const char *name) TCS_MUST_USE;

enum { TCS_TIME_TEXT = 40 };

/* "2026-11-23T17:00:00+01:00", legal time with its numeric offset (CAP 1.2
 * 3.3.2: never Z). Returns `text`. Years 0000 to 9999. */
char *tcs_time_iso(int64_t ms, char text[TCS_TIME_TEXT]);
/* "20261123T160000Z", for identifiers. */
char *tcs_time_compact(int64_t ms, char text[TCS_TIME_TEXT]);
/* "23/11/2026 17:00", legal time; with " CET" or " CEST" when that hour comes
 * twice. For texts that people read. */
char *tcs_time_french(int64_t ms, char text[TCS_TIME_TEXT]);
/* "Mon, 23 Nov 2026 17:00:00 +0100", legal time: RFC 5322's Date. */
char *tcs_time_mail(int64_t ms, char text[TCS_TIME_TEXT]);
/* RFC 3339 / ISO 8601 date and time with seconds and an offset: "Z", "+01:00"
 * or "+0100"; fractions are read and dropped. TCS_EPARSE otherwise. */
enum tcs_err tcs_time_parse(
    struct tcs_slice text, int64_t *ret_ms) TCS_MUST_USE;
/* The next instant strictly after `ms` at which the legal clock shows
 * `minutes` past midnight (an hour that does not exist is read as the next). */
int64_t tcs_time_next_daily(int64_t ms, int minutes);

#endif

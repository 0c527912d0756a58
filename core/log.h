/* log.h - one line an event: `event key=value key="two words" trace=…`.
 *
 * Written to stderr, or with journald's level prefix when stderr is the
 * journal's. error: a human acts; warning: degraded; info: life cycle; debug:
 * why. Never a body, a secret or a contact's address. Library code returns
 * errors and does not log; the boundary that decides logs once. */
#ifndef TOCSIN_CORE_LOG_H
#define TOCSIN_CORE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"

enum tcs_log_level {
	TCS_LOG_ERROR,
	TCS_LOG_WARNING,
	TCS_LOG_INFO,
	TCS_LOG_DEBUG
};

void tcs_log_set_level(enum tcs_log_level level);
/* NULL puts the standard one back. `line` ends without newline. */
typedef void tcs_log_sink(
    void *arg, enum tcs_log_level level, const char *line);
void tcs_log_set_sink(tcs_log_sink *sink, void *arg);

/* `event` is a fixed word ("feed.polled"); `fmt` gives the key=value pairs.
 * Put a value that may hold blanks between double quotes; control characters
 * and line ends are replaced, so that one event stays one line. */
void tcs_log(enum tcs_log_level level, const char *event, const char *fmt, ...)
    TCS_PRINTF(3, 4);

/* From tcs_log_hold() to tcs_log_release() what is no error or warning is
 * written at the next tcs_log_flush(), or with the next that is one: a loop
 * does that some milliseconds later, so that no record waits for who reads the
 * log. Killed before, the process has not said it. */
void tcs_log_hold(void);
bool tcs_log_is_held(void); /* lines wait for the next tcs_log_flush() */
void tcs_log_flush(void);
void tcs_log_release(void);

/* A lasting fault: logged when it begins, then ever more rarely (doubling
 * from one minute to one hour), then when it ends. All zero is "no fault". */
struct tcs_complaint {
	int64_t since_ms, next_ms, wait_ms;
	unsigned long count;
};
/* True when this occurrence is to be logged. `now_ms` from one clock. */
int tcs_complain(struct tcs_complaint *c, int64_t now_ms);
/* True when there was a fault, which is over now. */
int tcs_complaint_over(struct tcs_complaint *c);

#endif

/* persist.h - how the ledger is written into the step under way: one field of a
 * `ledger:` hash each, JSON but for the CAP texts of alerts. The members are in
 * docs/wire-format.md. */
#ifndef TOCSIN_DISPATCHER_PERSIST_H
#define TOCSIN_DISPATCHER_PERSIST_H

#include "dispatcher/ledger.h"

#define TCS_LEDGER_THREADS "ledger:threads"
#define TCS_LEDGER_FEEDS "ledger:feeds"
#define TCS_LEDGER_PROPOSALS "ledger:proposals"
#define TCS_LEDGER_ALERTS "ledger:alerts"
#define TCS_LEDGER_CAPS "ledger:caps"
#define TCS_LEDGER_ROWS "ledger:rows"
#define TCS_LEDGER_OUTCOMES "ledger:outcomes"
#define TCS_LEDGER_DUE "ledger:due"

/* "<home>|<kind>/<rest>" is the name of a timer; the kinds: */
#define TCS_TIMER_ROW "row"
#define TCS_TIMER_ALERT "alert"
#define TCS_TIMER_PROPOSAL "proposal"
#define TCS_TIMER_DECISION "decision"
#define TCS_TIMER_CHANNEL "channel"

/* What a field holds is an object, written with tcs_json_put_…() into `buf`
 * between the two; it becomes field "<home>|<rest>" of `hash`. */
void tcs_persist_open(struct tcs_buf *buf);
void tcs_persist_close(struct tcs_ledger *ledger, const char *hash,
    const char *home, const char *rest, struct tcs_buf *buf);
void tcs_persist_timer(struct tcs_ledger *ledger, const char *home,
    const char *kind, const char *rest, int64_t due_ms);
void tcs_persist_timer_clear(struct tcs_ledger *ledger, const char *home,
    const char *kind, const char *rest);

void tcs_persist_thread(
    struct tcs_ledger *ledger, const struct tcs_thread *thread);
/* With its CAP text, the first time: that one never changes. */
void tcs_persist_version(struct tcs_version *version);
/* The stored version is what it is in memory now. */
void tcs_persist_version_guard(const struct tcs_version *version);
void tcs_persist_booked(struct tcs_ledger *ledger,
    const struct tcs_thread *thread, const struct tcs_booked *booked);
/* When it expires undecided; TCS_NO_TIME: no more. */
void tcs_persist_booked_timer(struct tcs_ledger *ledger,
    const struct tcs_thread *thread, const struct tcs_booked *booked,
    int64_t due_ms);
void tcs_persist_feed(struct tcs_ledger *ledger, const char *home,
    const struct tcs_feed_hold *feed);
/* The row as text; the caller owns it. */
char *tcs_persist_row_text(const struct tcs_row *row);
/* With its guard and its timer. */
void tcs_persist_row(struct tcs_row *row);

#endif

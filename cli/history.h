/* history.h - what the records of the bus tell of one event: a list of stages,
 * each with its time. Given records one by one; reads nothing itself. */
#ifndef TOCSIN_CLI_HISTORY_H
#define TOCSIN_CLI_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/bus.h"
#include "core/err.h"

struct tcs_history; /* opaque */

struct tcs_history_item {
	int64_t at_ms;
	bool is_coarse;  /* a whole second is all that is known */
	int64_t sort_ms; /* the latest time that it surely came after */
	size_t order;    /* in which it was taken */
	char *text;      /* "fetched", "delivery ACCEPTED …", … */
};

/* `id`: of a signal, proposal, decision or alert, a delivery's key, or 16 hex
 * of a trace. NULL when out of memory. */
struct tcs_history *tcs_history_new(const char *id);
void tcs_history_free(struct tcs_history **history); /* NULL-safe */

/* True when this record is the one asked for: its trace is taken. */
bool tcs_history_identify(
    struct tcs_history *history, const struct tcs_record *record);
/* The trace, 16 hex; "" until a record was identified. */
const char *tcs_history_trace(const struct tcs_history *history);
/* Take the stages of a record, if it is of that trace. Signals are given before
 * documents. */
enum tcs_err tcs_history_take(
    struct tcs_history *history, const struct tcs_record *record) TCS_MUST_USE;
/* In the order of time, each once. TCS_ELIMIT with a finding: there were more.
 */
enum tcs_err tcs_history_finish(
    struct tcs_history *history, struct tcs_diag *diag) TCS_MUST_USE;
size_t tcs_history_count(const struct tcs_history *history);
const struct tcs_history_item *tcs_history_at(
    const struct tcs_history *history, size_t i);

#endif

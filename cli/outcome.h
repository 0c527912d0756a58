/* outcome.h - what came of an episode, as lists of lines: `states` of the
 * sources, `signals`, `proposals`, `decisions`, `alerts`, `deliveries` that the
 * sink got, and rows that are `unsent`. Lines have no identifiers and no times
 * that a poll's jitter could move, so that they can be written down beforehand.
 */
#ifndef TOCSIN_CLI_OUTCOME_H
#define TOCSIN_CLI_OUTCOME_H

#include <stddef.h>

#include "core/alert.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/json.h"
#include "core/signal.h"

/* Names of the lists, NULL-ended, in the order in which they are shown. */
extern const char *const tcs_outcome_lists[];

/* Append one line a list, and one a difference; order counts for nothing.
 * Lists that `expected` does not name are not compared. Gives the number of
 * differences. */
size_t tcs_outcome_compare(
    const json_t *expected, const json_t *seen, struct tcs_buf *buf);

/* "12/01/2027 09:56 AP5 vert→jaune Update first-sight" */
void tcs_outcome_signal(const struct tcs_signal *signal, struct tcs_buf *buf);
/* "AP5 crues-alerte/alerte p1 raise orange" */
void tcs_outcome_proposal(
    const struct tcs_proposal *proposal, struct tcs_buf *buf);
/* "AP5 crues-alerte/alerte v1 Alert orange" */
void tcs_outcome_alert(const struct tcs_alert *alert, struct tcs_buf *buf);

/* "-" for what is absent or empty. */
const char *tcs_outcome_text(const char *text);

#endif

/* cause.h - why a source cannot be read, for whoever is woken by it: in French,
 * and the same words each time that the same happens. What the libraries say
 * has ports and milliseconds in it; it is for the log and for status. */
#ifndef TOCSIN_COLLECTORS_CAUSE_H
#define TOCSIN_COLLECTORS_CAUSE_H

#include "collectors/feed.h"
#include "core/http.h"

enum { TCS_CAUSE_MAX = 120 };

const char *tcs_cause_fault(enum tcs_http_fault fault);
/* Of an HTTP status that is no answer. */
void tcs_cause_status(long status, char cause[TCS_CAUSE_MAX]);
const char *tcs_cause_refusal(enum tcs_refusal refusal);

#endif

/* logcatch.h - keeps what was logged, for a test to look at. */
#ifndef TOCSIN_TESTS_SUPPORT_LOGCATCH_H
#define TOCSIN_TESTS_SUPPORT_LOGCATCH_H

#include <stdbool.h>

void logcatch_start(void); /* from now on nothing goes to stderr */
void logcatch_stop(void);
bool logcatch_has(const char *text); /* some line since start holds it */

#endif

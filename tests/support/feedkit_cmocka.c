/* In a test, what the kit finds wrong is that test's failure. */
#include <stdlib.h>

#include "tests/support/check.h"
#include "tests/support/feedkit.h"

void
feedkit_fail(const char *text)
{
	fail_msg("%s", text);
	abort(); /* cmocka does not say that it does not return */
}

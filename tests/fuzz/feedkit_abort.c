/* In a fuzz target, what the kit finds wrong is a crash. */
#include "tests/support/feedkit.h"

void
feedkit_fail(const char *text)
{
	tcs_assert_fail(text, __FILE__, __LINE__);
}

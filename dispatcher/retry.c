#include "dispatcher/retry.h"

int64_t
tcs_retry_wait_ms(
    unsigned attempt, int64_t base_ms, int64_t cap_ms, uint32_t random)
{
	int64_t wait = base_ms;

	for (unsigned i = 1; i < attempt && wait < cap_ms; i++)
		wait = wait > cap_ms / 2 ? cap_ms : wait * 2;
	if (wait > cap_ms)
		wait = cap_ms;
	if (wait < 1)
		wait = 1;
	int64_t half = wait / 2, part = random & 0xffffU;
	return wait - (half / 0xffff * part + half % 0xffff * part / 0xffff);
}

/* retry.h - how long to wait before the next attempt. */
#ifndef TOCSIN_DISPATCHER_RETRY_H
#define TOCSIN_DISPATCHER_RETRY_H

#include <stdint.h>

/* After `attempt` (1, 2, …) failed: base doubled with each attempt, at most
 * cap, then shortened by up to a half by `random`, so that deliveries that
 * failed together do not come back together. At least 1. */
int64_t tcs_retry_wait_ms(
    unsigned attempt, int64_t base_ms, int64_t cap_ms, uint32_t random);

#endif

/* clockwatch.h - is the wall clock to be trusted? Promise 6: while it is not,
 * nothing expires and nothing automatic leaves, until a person confirms. Pure:
 * it is given both clocks. */
#ifndef TOCSIN_DISPATCHER_CLOCKWATCH_H
#define TOCSIN_DISPATCHER_CLOCKWATCH_H

#include <stdbool.h>
#include <stdint.h>

/* A step of less is an adjustment, not a jump. */
#define TCS_CLOCK_JUMP_MS ((int64_t)5 * 60 * 1000)

struct tcs_clockwatch {
	bool is_halted;
	bool is_early; /* before the program was built */
	bool has_offset;
	int64_t offset_ms; /* wall clock less CLOCK_BOOTTIME */
	int64_t jump_ms;   /* the last one seen */
};

/* True when `is_halted` changed. `built_ms`: no true clock is before it. */
bool tcs_clockwatch_look(struct tcs_clockwatch *watch, int64_t wall_ms,
    int64_t boot_ms, int64_t built_ms);
/* A person says that it is right now. Not believed of a clock that is before
 * the build. True when `is_halted` changed. */
bool tcs_clockwatch_confirm(struct tcs_clockwatch *watch, int64_t wall_ms,
    int64_t boot_ms, int64_t built_ms);
/* When this program was built. */
int64_t tcs_clockwatch_built_ms(void);

#endif

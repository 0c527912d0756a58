#include "dispatcher/clockwatch.h"

bool
tcs_clockwatch_look(struct tcs_clockwatch *watch, int64_t wall_ms,
    int64_t boot_ms, int64_t built_ms)
{
	bool was_halted = watch->is_halted, was_early = watch->is_early;
	int64_t offset = wall_ms - boot_ms;
	int64_t jump = watch->has_offset ? offset - watch->offset_ms : 0;

	watch->is_early = wall_ms < built_ms;
	if (watch->is_early) {
		watch->is_halted = true;
	} else if (was_early) {
		/* It was set at last: that is no jump to be feared. */
		watch->is_halted = false;
	} else if (jump >= TCS_CLOCK_JUMP_MS || jump <= -TCS_CLOCK_JUMP_MS) {
		watch->is_halted = true;
		watch->jump_ms = jump;
	}
	watch->offset_ms = offset;
	watch->has_offset = true;
	return watch->is_halted != was_halted;
}

bool
tcs_clockwatch_confirm(struct tcs_clockwatch *watch, int64_t wall_ms,
    int64_t boot_ms, int64_t built_ms)
{
	bool was_halted = watch->is_halted;

	watch->offset_ms = wall_ms - boot_ms;
	watch->has_offset = true;
	watch->is_early = wall_ms < built_ms;
	watch->is_halted = watch->is_early;
	return watch->is_halted != was_halted;
}

int64_t
tcs_clockwatch_built_ms(void)
{
	return (int64_t)TOCSIN_BUILT_S * 1000;
}

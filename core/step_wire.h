/* step_wire.h - how a step is put together; for core/step.c and bus drivers. */
#ifndef TOCSIN_CORE_STEP_WIRE_H
#define TOCSIN_CORE_STEP_WIRE_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/step.h"

/* The script that every step is: see step.c. */
extern const char tcs_step_script[];

struct tcs_bus *tcs_step_bus(struct tcs_step *step);

enum { TCS_STEP_INPUTS = 16 };

/* What a step holds for a bus that is not in the store. */
struct tcs_step_beside {
	struct tcs_buf records; /* published by it, as the driver writes them */
	size_t records_n;
	int64_t inputs[TCS_STEP_INPUTS]; /* per topic: offset read, or -1 */
	bool is_prepared;                /* an owner sends them */
};
struct tcs_step_beside *tcs_step_beside(struct tcs_step *step);
/* A step that cannot be committed any more: sticky. */
void tcs_step_fail(struct tcs_step *step, enum tcs_err err);
/* The owner's fence is compared first. `group` and `unit` name it. */
void tcs_step_fence(
    struct tcs_step *step, const char *group, const char *unit, uint64_t fence);
/* Begin a change of `argc` words, the first two of which are the command and
 * the key, given without the realm; then each of the others. */
void tcs_step_op(
    struct tcs_step *step, size_t argc, const char *command, const char *key);
void tcs_step_word(struct tcs_step *step, struct tcs_slice word);
/* A small text that stays with the step: a taken timer's name. */
void tcs_step_set_note(struct tcs_step *step, const char *note, int64_t value);
const char *tcs_step_note(const struct tcs_step *step, int64_t *ret_value);
/* What tcs_step_on_commit() set, which the caller will call itself. */
void tcs_step_take_on_commit(
    struct tcs_step *step, void (**ret_cb)(void *arg), void **ret_arg);
/* How far a step has come, and back to there: what was added since is
 * forgotten, an error of it too. */
struct tcs_step_mark {
	size_t guard_words, change_words, guards, changes;
	size_t records, records_bytes;
};
struct tcs_step_mark tcs_step_mark(const struct tcs_step *step);
void tcs_step_rewind(struct tcs_step *step, struct tcs_step_mark mark);
/* Has it a guard on this key already? */
bool tcs_step_has_guard_key(const struct tcs_step *step, const char *key);

#endif

/* arena.h - memory that is freed all at once: one parsed value and its
 * strings live in one arena, so a parse that fails midway cannot leak. */
#ifndef TOCSIN_CORE_ARENA_H
#define TOCSIN_CORE_ARENA_H

#include <stddef.h>

#include "core/err.h"
#include "core/slice.h"

struct tcs_arena; /* opaque */

/* `max` bounds the bytes handed out in total. NULL when out of memory. */
struct tcs_arena *tcs_arena_new(size_t max);
void tcs_arena_free(struct tcs_arena **arena); /* NULL-safe, sets it to NULL */
/* Zeroed, aligned for any type; NULL past the limit or out of memory. */
void *tcs_arena_alloc(struct tcs_arena *arena, size_t n);
/* NUL-terminated copy; NULL as above, and for a slice with p NULL. */
char *tcs_arena_dup(struct tcs_arena *arena, struct tcs_slice s);
/* The parts one after the other, in memory at once; NULL as above. */
char *tcs_arena_join(
    struct tcs_arena *arena, const struct tcs_slice *parts, size_t n);
char *tcs_arena_printf(struct tcs_arena *arena, const char *fmt, ...)
    TCS_PRINTF(2, 3);
size_t tcs_arena_used(const struct tcs_arena *arena);

#endif

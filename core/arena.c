#include "core/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BLOCK = 4096, ARENA_BLOCK_MAX = 65536 };

struct arena_block {
	struct arena_block *next;
	max_align_t data[];
};

struct tcs_arena {
	struct arena_block *head;
	char *at; /* where `left` bytes of the head are free */
	size_t left;
	size_t used, max;
};

struct tcs_arena *
tcs_arena_new(size_t max)
{
	struct tcs_arena *arena = calloc(1, sizeof(*arena));

	if (arena != NULL)
		arena->max = max;
	return arena;
}

void
tcs_arena_free(struct tcs_arena **arena)
{
	if (arena == NULL || *arena == NULL)
		return;
	struct arena_block *block = (*arena)->head;
	while (block != NULL) {
		struct arena_block *next = block->next;
		free(block);
		block = next;
	}
	free(*arena);
	*arena = NULL;
}

/* A new block with `n` bytes at least; false when out of memory. Apart: what
 * fits, nearly all, is taken in a dozen instructions. */
static __attribute__((noinline)) bool
arena_grow(struct tcs_arena *arena, size_t n)
{
	size_t cap =
	    arena->used < ARENA_BLOCK_MAX ? arena->used : ARENA_BLOCK_MAX;

	/* As much again as there is: many blocks are slow to come by. */
	if (cap < ARENA_BLOCK)
		cap = ARENA_BLOCK;
	if (cap < n)
		cap = n;
	struct arena_block *block = malloc(sizeof(*block) + cap);
	if (block == NULL)
		return false;
	block->next = arena->head;
	arena->head = block;
	arena->at = (char *)block->data;
	arena->left = cap;
	return true;
}

/* As it is: not zeroed. */
static void *
arena_take(struct tcs_arena *arena, size_t n)
{
	const size_t align = _Alignof(max_align_t);

	if (n > arena->max - arena->used)
		return NULL;
	size_t rounded = (n + align - 1) / align * align;
	bool has_room = arena->at != NULL && rounded <= arena->left;
	if (!has_room && !arena_grow(arena, rounded))
		return NULL;
	char *p = arena->at;
	arena->at += rounded;
	arena->left -= rounded;
	arena->used += n;
	return p;
}

void *
tcs_arena_alloc(struct tcs_arena *arena, size_t n)
{
	void *p = arena_take(arena, n);

	return p == NULL ? NULL : memset(p, 0, n);
}

char *
tcs_arena_dup(struct tcs_arena *arena, struct tcs_slice s)
{
	if (s.p == NULL)
		return NULL;
	char *copy = arena_take(arena, s.n + 1);
	if (copy == NULL)
		return NULL;
	memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	return copy;
}

char *
tcs_arena_join(struct tcs_arena *arena, const struct tcs_slice *parts, size_t n)
{
	size_t length = 0;

	for (size_t i = 0; i < n; i++)
		length += parts[i].n;
	char *text = arena_take(arena, length + 1);
	if (text == NULL)
		return NULL;
	char *p = text;
	for (size_t i = 0; i < n; i++) {
		if (parts[i].n > 0)
			memcpy(p, parts[i].p, parts[i].n);
		p += parts[i].n;
	}
	*p = '\0';
	return text;
}

char *
tcs_arena_printf(struct tcs_arena *arena, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	char *text = n < 0 ? NULL : tcs_arena_alloc(arena, (size_t)n + 1);
	if (text == NULL)
		return NULL;
	va_start(ap, fmt);
	(void)vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return text;
}

size_t
tcs_arena_used(const struct tcs_arena *arena)
{
	return arena->used;
}

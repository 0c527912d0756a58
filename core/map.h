/* map.h - a hash table from text to a pointer.
 *
 * Keys are borrowed: the value holds them, for as long as it is in the table.
 * All zero is an empty table. The hash is seeded by the process, so that what
 * comes from outside cannot choose its slot. */
#ifndef TOCSIN_CORE_MAP_H
#define TOCSIN_CORE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct tcs_map_slot {
	uint32_t hash;   /* of the key; 0: the slot is free */
	const char *key; /* borrowed */
	void *value;     /* borrowed */
};

struct tcs_map {
	struct tcs_map_slot *slots; /* owned; `cap` of them, a power of two */
	size_t n, cap;
};

void tcs_map_fini(struct tcs_map *map); /* NULL-safe; leaves it empty */
/* NULL when absent. */
void *tcs_map_get(const struct tcs_map *map, const char *key);
/* Add, or replace key and value of an equal key. TCS_ENOMEM: unchanged. */
enum tcs_err tcs_map_put(
    struct tcs_map *map, const char *key, void *value) TCS_MUST_USE;
/* The value that was there, or NULL. */
void *tcs_map_remove(struct tcs_map *map, const char *key);
/* Each value once, in no order: *at is 0 at first; NULL at the end. The table
 * may not change meanwhile. */
void *tcs_map_next(const struct tcs_map *map, size_t *at);

#endif

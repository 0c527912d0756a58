/* Open addressing with linear probing, at most three quarters full. Removal
 * shifts back what follows, so there are no tombstones to collect. */
#include "core/map.h"

#include <stdlib.h>
#include <string.h>

#include "core/digest.h"

enum { MAP_CAP_MIN = 8 };

static uint32_t
map_hash(const char *key)
{
	static uint32_t seed;

	if (seed == 0)
		seed = tcs_random_u32() | 1U;
	/* FNV-1a, then a final mix: the slot is taken from the low bits. */
	uint32_t hash = seed;
	for (const char *p = key; *p != '\0'; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619U;
	hash ^= hash >> 16;
	hash *= 0x85ebca6bU;
	hash ^= hash >> 13;
	return hash == 0 ? 1 : hash;
}

void
tcs_map_fini(struct tcs_map *map)
{
	if (map == NULL)
		return;
	free(map->slots);
	memset(map, 0, sizeof(*map));
}

/* The slot of `key`, or the free one where it would go. */
static size_t
map_find(const struct tcs_map *map, const char *key, uint32_t hash)
{
	size_t mask = map->cap - 1;
	size_t i = hash & mask;

	while (
	    map->slots[i].hash != 0 &&
	    (map->slots[i].hash != hash || strcmp(map->slots[i].key, key) != 0))
		i = (i + 1) & mask;
	return i;
}

void *
tcs_map_get(const struct tcs_map *map, const char *key)
{
	if (map->n == 0)
		return NULL;
	size_t i = map_find(map, key, map_hash(key));
	return map->slots[i].hash == 0 ? NULL : map->slots[i].value;
}

static enum tcs_err
map_resize(struct tcs_map *map, size_t cap)
{
	struct tcs_map_slot *slots = calloc(cap, sizeof(*slots));

	if (slots == NULL)
		return TCS_ENOMEM;
	struct tcs_map bigger = {.slots = slots, .n = map->n, .cap = cap};
	for (size_t i = 0; i < map->cap; i++) {
		const struct tcs_map_slot *slot = &map->slots[i];
		if (slot->hash != 0)
			slots[map_find(&bigger, slot->key, slot->hash)] = *slot;
	}
	free(map->slots);
	*map = bigger;
	return TCS_OK;
}

enum tcs_err
tcs_map_put(struct tcs_map *map, const char *key, void *value)
{
	if ((map->n + 1) * 4 > map->cap * 3) {
		enum tcs_err err =
		    map_resize(map, map->cap == 0 ? MAP_CAP_MIN : map->cap * 2);
		if (err != TCS_OK)
			return err;
	}
	uint32_t hash = map_hash(key);
	struct tcs_map_slot *slot = &map->slots[map_find(map, key, hash)];
	if (slot->hash == 0)
		map->n++;
	*slot = (struct tcs_map_slot){hash, key, value};
	return TCS_OK;
}

void *
tcs_map_remove(struct tcs_map *map, const char *key)
{
	if (map->n == 0)
		return NULL;
	size_t mask = map->cap - 1;
	size_t hole = map_find(map, key, map_hash(key));
	if (map->slots[hole].hash == 0)
		return NULL;
	void *value = map->slots[hole].value;
	for (size_t i = (hole + 1) & mask; map->slots[i].hash != 0;
	     i = (i + 1) & mask) {
		/* May the one at `i` be found from the hole? Only if its own
		 * place is not between the two. */
		size_t home = map->slots[i].hash & mask;
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			map->slots[hole] = map->slots[i];
			hole = i;
		}
	}
	memset(&map->slots[hole], 0, sizeof(map->slots[hole]));
	map->n--;
	/* A table that was once large gives its memory back. */
	if (map->cap > MAP_CAP_MIN && map->n * 8 < map->cap)
		(void)!map_resize(map, map->cap / 2);
	return value;
}

void *
tcs_map_next(const struct tcs_map *map, size_t *at)
{
	while (*at < map->cap) {
		const struct tcs_map_slot *slot = &map->slots[(*at)++];
		if (slot->hash != 0)
			return slot->value;
	}
	return NULL;
}

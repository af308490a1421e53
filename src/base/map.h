/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hash map from text to pointers that remembers the order of insertion. Keys are copied into
 * the map's arena; values are the caller's.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/arena.h"
#include "base/slice.h"

#include <stdint.h>

struct map_item {
	struct slice key;
	void *value;
	uint64_t hash;
};

struct map {
	struct arena *arena;
	struct map_item *items;		/* n_items, in order of insertion */
	size_t n_items;
	size_t cap;
	uint32_t *slots;		/* item number + 1, 0: free; n_slots is a power of two */
	size_t n_slots;
};

void map_init(struct map *m, struct arena *arena);

/* The value under key, NULL if there is none. */
void *map_find(const struct map *m, struct slice key);

/* Sets the value under key; value is not NULL. Gives the value that was there, NULL if none. */
void *map_set(struct map *m, struct slice key, void *value);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Items in an array in order of insertion; open addressing with linear probing over their
   numbers. At most half of the slots are in use. */
#include "base/map.h"

#ifdef HARD_TEST
enum { SLOTS_FIRST = 2 };
#else
enum { SLOTS_FIRST = 16 };
#endif

void map_init(struct map *m, struct arena *arena)
{
	*m = (struct map){ .arena = arena };
}

/* The slot that holds key, or the free one where it belongs. */
static uint32_t *find_slot(const struct map *m, struct slice key, uint64_t hash)
{
	size_t at = hash & (m->n_slots - 1);

	while (m->slots[at]) {
		const struct map_item *item = &m->items[m->slots[at] - 1];

		if (item->hash == hash && slice_eq(item->key, key))
			break;
		at = (at + 1) & (m->n_slots - 1);
	}
	return &m->slots[at];
}

static void grow(struct map *m)
{
	size_t n_slots = m->n_slots ? m->n_slots * 2 : SLOTS_FIRST;
	struct map_item *items = arena_array(m->arena, struct map_item, n_slots / 2);

	if (m->n_items)
		memcpy(items, m->items, m->n_items * sizeof(*items));
	m->items = items;
	m->cap = n_slots / 2;
	m->n_slots = n_slots;
	m->slots = arena_array(m->arena, uint32_t, n_slots);
	for (size_t i = 0; i < m->n_items; i++)
		*find_slot(m, items[i].key, items[i].hash) = (uint32_t)i + 1;
}

void *map_find(const struct map *m, struct slice key)
{
	uint32_t number = m->n_slots ? *find_slot(m, key, slice_hash(key)) : 0;

	return number ? m->items[number - 1].value : NULL;
}

void *map_set(struct map *m, struct slice key, void *value)
{
	uint64_t hash = slice_hash(key);
	uint32_t *slot;
	void *old;

	if (m->n_items == m->cap)
		grow(m);
	slot = find_slot(m, key, hash);
	if (*slot) {
		old = m->items[*slot - 1].value;
		m->items[*slot - 1].value = value;
		return old;
	}
	m->items[m->n_items++] = (struct map_item){ arena_slice(m->arena, key), value, hash };
	*slot = (uint32_t)m->n_items;
	return NULL;
}

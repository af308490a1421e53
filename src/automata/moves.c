/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats sets of classes, gives their numbers: each set has one, and that of one class has the class's. */
#include "automata/moves.h"

#include "automata/spread.h"

enum {
#ifdef HARD_TEST
	FIRST_SLOTS = 2,
#else
	FIRST_SLOTS = 256,
#endif
};

void moves_init(struct moves *m)
{
	*m = (struct moves){ .n_sets = CLASSES_MAX, .cap_sets = 2 * CLASSES_MAX };
	m->sets = calloc(m->cap_sets, sizeof(*m->sets));
	if (!m->sets)
		base_no_memory();
	for (unsigned class = 0; class < CLASSES_MAX; class++)
		class_set_add(&m->sets[class], class);
}

void moves_release(struct moves *m)
{
	free(m->first);
	free(m->all);
	free(m->sets);
	free(m->set_slots);
	*m = (struct moves){ 0 };
}

static uint64_t hash_of(const struct class_set *set)
{
	uint64_t hash = 0;

	for (int i = 0; i < CLASSES_MAX / 64; i++)
		hash = spread(hash ^ set->bits[i]);
	return hash;
}

/* The slot that holds the set, or the free one where it belongs. */
static uint32_t *find_slot(const struct moves *m, const struct class_set *set)
{
	uint32_t at = (uint32_t)hash_of(set) & (m->n_set_slots - 1);

	while (m->set_slots[at] && !class_set_eq(&m->sets[m->set_slots[at] - 1], set))
		at = (at + 1) & (m->n_set_slots - 1);
	return &m->set_slots[at];
}

static void grow_slots(struct moves *m)
{
	free(m->set_slots);
	m->n_set_slots = m->n_set_slots ? m->n_set_slots * 2 : FIRST_SLOTS;
	m->set_slots = calloc(m->n_set_slots, sizeof(*m->set_slots));
	if (!m->set_slots)
		base_no_memory();
	for (uint32_t i = CLASSES_MAX; i < m->n_sets; i++)
		*find_slot(m, &m->sets[i]) = i + 1;
}

uint32_t moves_set(struct moves *m, const struct class_set *set)
{
	unsigned first = class_set_next(set, 0);
	uint32_t *slot;

	if (first < CLASSES_MAX && class_set_next(set, first + 1) == CLASSES_MAX)
		return first;
	if (2 * (m->n_sets - CLASSES_MAX + 1) > m->n_set_slots)
		grow_slots(m);
	slot = find_slot(m, set);
	if (*slot)
		return *slot - 1;
	if (m->n_sets == m->cap_sets) {
		m->cap_sets *= 2;
		m->sets = realloc(m->sets, m->cap_sets * sizeof(*m->sets));
		if (!m->sets)
			base_no_memory();
	}
	m->sets[m->n_sets++] = *set;
	*slot = m->n_sets;
	return *slot - 1;
}

uint32_t moves_join(struct moves *m, uint32_t a, uint32_t b)
{
	struct class_set both = class_set_or(&m->sets[a], &m->sets[b]);

	return moves_set(m, &both);
}

uint64_t *moves_weigh_sets(const struct moves *m, const uint64_t of_class[CLASSES_MAX])
{
	uint64_t *sums = calloc(m->n_sets, sizeof(*sums));

	if (!sums)
		base_no_memory();
	for (uint32_t i = 0; i < m->n_sets; i++)
		for (unsigned c = class_set_next(&m->sets[i], 0); c < CLASSES_MAX;
		     c = class_set_next(&m->sets[i], c + 1))
			sums[i] += of_class[c];
	return sums;
}

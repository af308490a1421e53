/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a deterministic automaton, gives its blocks by Moore's method: two states stay together as
 * long as they accept the same and all their successors are together.
 */
#include "automata/minimise.h"

#include "automata/spread.h"
#include "base/arena.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct moore {
	const struct minimise *m;
	uint32_t *block_of;		/* of this round */
	uint32_t *next_of;		/* of the next */
	uint32_t *slots;		/* hash table of this round: a state of the block + 1 */
	uint32_t n_slots;
	uint64_t *weights;		/* of sets of classes */
};

/* Does not depend on how the classes that lead to one block are parted into moves. */
static uint64_t hash_of(const struct moore *w, uint32_t s)
{
	const struct moves *moves = w->m->moves;
	uint64_t hash = spread(w->block_of[s]);

	for (size_t i = moves->first[s]; i < moves->first[s + 1]; i++) {
		uint32_t block = w->block_of[moves->all[i].to];

		if (block)
			hash += w->weights[moves->all[i].over] * spread(~(uint64_t)block);
	}
	return hash;
}

static bool is_alike(const struct moore *w, uint32_t a, uint32_t b)
{
	return w->block_of[a] == w->block_of[b] && minimise_is_alike(w->m, w->block_of, a, b);
}

/* Gives the number of blocks of the next round. */
static uint32_t refine_once(struct moore *w)
{
	uint32_t n_blocks = 0;

	memset(w->slots, 0, (size_t)w->n_slots * sizeof(*w->slots));
	for (uint32_t s = 0; s < w->m->n_states; s++) {
		uint32_t at = (uint32_t)hash_of(w, s) & (w->n_slots - 1);

		while (w->slots[at] && !is_alike(w, w->slots[at] - 1, s))
			at = (at + 1) & (w->n_slots - 1);
		if (!w->slots[at]) {
			w->slots[at] = s + 1;
			w->next_of[s] = n_blocks++;
		} else {
			w->next_of[s] = w->next_of[w->slots[at] - 1];
		}
	}
	return n_blocks;
}

/* The classes over which the state leads to the block. */
static struct class_set classes_to(const struct minimise *m, const uint32_t *block_of, uint32_t s,
				   uint32_t block)
{
	const struct moves *moves = m->moves;
	struct class_set all = { 0 };

	for (size_t i = moves->first[s]; i < moves->first[s + 1]; i++)
		if (block_of[moves->all[i].to] == block)
			all = class_set_or(&all, &moves->sets[moves->all[i].over]);
	return all;
}

/* Whether b leads to all blocks a leads to over the same classes. */
static bool is_covered(const struct minimise *m, const uint32_t *block_of, uint32_t a, uint32_t b)
{
	for (size_t i = m->moves->first[a]; i < m->moves->first[a + 1]; i++) {
		uint32_t block = block_of[m->moves->all[i].to];
		struct class_set of_a, of_b;

		if (!block)
			continue;
		of_a = classes_to(m, block_of, a, block);
		of_b = classes_to(m, block_of, b, block);
		if (!class_set_eq(&of_a, &of_b))
			return false;
	}
	return true;
}

/* Move by move the same: most that are alike are. */
static bool is_equal(const struct minimise *m, const uint32_t *block_of, uint32_t a, uint32_t b)
{
	const struct moves *moves = m->moves;
	const struct move *of_a = moves->all + moves->first[a], *of_b = moves->all + moves->first[b];
	size_t n = moves->first[a + 1] - moves->first[a];

	if (moves->first[b + 1] - moves->first[b] != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (of_a[i].over != of_b[i].over || block_of[of_a[i].to] != block_of[of_b[i].to])
			return false;
	return true;
}

bool minimise_is_alike(const struct minimise *m, const uint32_t *block_of, uint32_t a, uint32_t b)
{
	return is_equal(m, block_of, a, b) ||
	       (is_covered(m, block_of, a, b) && is_covered(m, block_of, b, a));
}

uint32_t minimise_moore(const struct minimise *m, uint32_t *block_of)
{
	struct moore w = { .m = m, .block_of = block_of, .n_slots = 2 };
	uint64_t of_class[CLASSES_MAX];
	uint32_t n_blocks = 0, n_before;

	for (unsigned c = 0; c < CLASSES_MAX; c++)
		of_class[c] = spread(c);
	w.weights = moves_weigh_sets(m->moves, of_class);
	while (w.n_slots < 2 * (uint64_t)m->n_states)
		w.n_slots *= 2;
	w.slots = malloc((size_t)w.n_slots * sizeof(*w.slots));
	w.next_of = malloc((size_t)m->n_states * sizeof(*w.next_of));
	if (!w.slots || !w.next_of)
		base_no_memory();
	for (uint32_t s = 0; s < m->n_states; s++)
		block_of[s] = m->accept[s];
	do {
		n_before = n_blocks;
		n_blocks = refine_once(&w);
		memcpy(block_of, w.next_of, (size_t)m->n_states * sizeof(*block_of));
	} while (n_blocks != n_before);
	free(w.slots);
	free(w.weights);
	free(w.next_of);
	return n_blocks;
}

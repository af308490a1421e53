/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a deterministic automaton, gives its blocks by Moore's method: two states stay together as
 * long as they accept the same and all their successors are together.
 */
#include "automata/minimise.h"

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
};

static uint64_t hash_of(const struct moore *w, uint32_t s)
{
	const struct moves *moves = w->m->moves;
	uint64_t hash = w->block_of[s];

	for (size_t i = moves->first[s]; i < moves->first[s + 1]; i++) {
		uint32_t block = w->block_of[moves->to[i]];

		if (!block)
			continue;
		hash = (hash ^ ((uint64_t)block << 8 | moves->class_of[i])) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 32;
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

static size_t skip_dead(const struct moves *m, const uint32_t *block_of, size_t at, size_t end)
{
	while (at < end && !block_of[m->to[at]])
		at++;
	return at;
}

bool minimise_is_alike(const struct minimise *m, const uint32_t *block_of, uint32_t a, uint32_t b)
{
	const struct moves *moves = m->moves;
	size_t i = moves->first[a], end_i = moves->first[a + 1];
	size_t k = moves->first[b], end_k = moves->first[b + 1];

	for (;; i++, k++) {
		i = skip_dead(moves, block_of, i, end_i);
		k = skip_dead(moves, block_of, k, end_k);
		if (i == end_i || k == end_k)
			return i == end_i && k == end_k;
		if (moves->class_of[i] != moves->class_of[k] ||
		    block_of[moves->to[i]] != block_of[moves->to[k]])
			return false;
	}
}

uint32_t minimise_moore(const struct minimise *m, uint32_t *block_of)
{
	struct moore w = { .m = m, .block_of = block_of, .n_slots = 2 };
	uint32_t n_blocks = 0, n_before;

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
	free(w.next_of);
	return n_blocks;
}

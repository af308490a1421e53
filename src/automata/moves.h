/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rows of a deterministic automaton as moves: over a set of classes, to one state. Most states of a
 * policy lead to few others, over one byte or over nearly all. The sets of one state are disjoint; several
 * may lead to the same state; classes in none of them lead to state 0, the dead one.
 */
#ifndef AUTOMATA_MOVES_H
#define AUTOMATA_MOVES_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES_MAX = 256 };

struct class_set {
	uint64_t bits[CLASSES_MAX / 64];
};

static inline bool class_set_has(const struct class_set *s, unsigned class)
{
	return s->bits[class / 64] >> class % 64 & 1;
}

static inline void class_set_add(struct class_set *s, unsigned class)
{
	s->bits[class / 64] |= 1ull << class % 64;
}

static inline bool class_set_eq(const struct class_set *a, const struct class_set *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static inline bool class_set_is_empty(const struct class_set *s)
{
	uint64_t any = 0;

	for (int i = 0; i < CLASSES_MAX / 64; i++)
		any |= s->bits[i];
	return !any;
}

static inline struct class_set class_set_and(const struct class_set *a, const struct class_set *b)
{
	struct class_set both;

	for (int i = 0; i < CLASSES_MAX / 64; i++)
		both.bits[i] = a->bits[i] & b->bits[i];
	return both;
}

static inline struct class_set class_set_or(const struct class_set *a, const struct class_set *b)
{
	struct class_set both;

	for (int i = 0; i < CLASSES_MAX / 64; i++)
		both.bits[i] = a->bits[i] | b->bits[i];
	return both;
}

static inline struct class_set class_set_without(const struct class_set *a, const struct class_set *b)
{
	struct class_set rest;

	for (int i = 0; i < CLASSES_MAX / 64; i++)
		rest.bits[i] = a->bits[i] & ~b->bits[i];
	return rest;
}

/* The first class of the set that is not below `from`; CLASSES_MAX if there is none. */
static inline unsigned class_set_next(const struct class_set *s, unsigned from)
{
	for (unsigned word = from / 64; word < CLASSES_MAX / 64; word++) {
		uint64_t bits = s->bits[word];

		if (word == from / 64)
			bits &= ~0ull << from % 64;
		if (bits)
			return word * 64 + (unsigned)__builtin_ctzll(bits);
	}
	return CLASSES_MAX;
}

struct move {
	uint32_t to;			/* never 0 */
	uint32_t over;			/* number of a set: below CLASSES_MAX, that of this class alone */
};

struct moves {
	size_t *first;			/* by state, one more than there are: where its moves begin */
	struct move *all;		/* those of a state by the first class of their sets */
	size_t n, cap;
	size_t cap_states;
	struct class_set *sets;		/* by number, each once */
	uint32_t n_sets, cap_sets;
	uint32_t *set_slots;		/* hash table: number + 1 */
	uint32_t n_set_slots;
};

void moves_init(struct moves *m);
void moves_release(struct moves *m);

/* The number of the set. */
uint32_t moves_set(struct moves *m, const struct class_set *set);

/* The number of the union of two sets, told by their numbers. */
uint32_t moves_join(struct moves *m, uint32_t a, uint32_t b);

/* The sets' sums of weights, one for each class; owned by the caller. */
uint64_t *moves_weigh_sets(const struct moves *m, const uint64_t of_class[CLASSES_MAX]);

/* Makes room for states below n. */
static inline void moves_reserve_states(struct moves *m, size_t n)
{
	if (n < m->cap_states)
		return;
	m->cap_states = n + n / 2 + 2;
	m->first = realloc(m->first, m->cap_states * sizeof(*m->first));
	if (!m->first)
		base_no_memory();
	if (!m->n)
		m->first[0] = 0;
}

static inline void moves_add(struct moves *m, uint32_t over, uint32_t to)
{
	if (m->n == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 4096;
		m->all = realloc(m->all, m->cap * sizeof(*m->all));
		if (!m->all)
			base_no_memory();
	}
	m->all[m->n++] = (struct move){ to, over };
}

/* The moves of a state, which come in the order of the states, are complete. */
static inline void moves_end(struct moves *m, uint32_t state)
{
	moves_reserve_states(m, (size_t)state + 1);
	m->first[state + 1] = m->n;
}

#endif

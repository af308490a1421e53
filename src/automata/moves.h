/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rows of a deterministic automaton without their dead cells: most states of a policy lead on over one
 * byte only. Those of a state stand together, by class; what is not there leads to state 0, the dead one.
 */
#ifndef AUTOMATA_MOVES_H
#define AUTOMATA_MOVES_H

#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>

struct moves {
	size_t *first;			/* by state, one more than there are: where its moves begin */
	uint8_t *class_of;		/* by move */
	uint32_t *to;			/* by move; never 0 */
	size_t n, cap;
	size_t cap_states;
};

static inline void moves_release(struct moves *m)
{
	free(m->first);
	free(m->class_of);
	free(m->to);
	*m = (struct moves){ 0 };
}

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

static inline void moves_add(struct moves *m, uint8_t class, uint32_t to)
{
	if (m->n == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 4096;
		m->class_of = realloc(m->class_of, m->cap * sizeof(*m->class_of));
		m->to = realloc(m->to, m->cap * sizeof(*m->to));
		if (!m->class_of || !m->to)
			base_no_memory();
	}
	m->class_of[m->n] = class;
	m->to[m->n++] = to;
}

/* The moves of a state, which come in the order of the states, are complete. */
static inline void moves_end(struct moves *m, uint32_t state)
{
	moves_reserve_states(m, (size_t)state + 1);
	m->first[state + 1] = m->n;
}

#endif

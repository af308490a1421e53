/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walk an automaton of an image over bytes.
 *
 * A byte is first mapped to its equivalence class. A state says where its cells begin; those of
 * several states lie pushed into each other, so a cell says whose it is, and where it is another's
 * the state has one fallback for all such bytes:
 *
 *	cell = cells[states[state].base + class_of[byte]]
 *	next state = cell.check == state ? cell.next : states[state].fallback
 *
 * State 0 is the dead state: it leads to itself and accepts nothing. Whoever opens a table has checked
 * that every such cell exists and every state is below n_states; this walk checks nothing again. The
 * kernel programs walk the same tables, or these with their rows spread out (abi/policy.h).
 */
#ifndef ABI_MATCH_H
#define ABI_MATCH_H

#include "abi/image.h"

#include <stddef.h>
#include <stdint.h>

enum {
	MATCH_DEAD = 0,
	MATCH_STATES_MAX = 65535,	/* a state's number fits 16 bits */
	MATCH_CLASSES_MAX = 256,
};

struct match_table {
	const uint8_t *class_of;	/* 256 bytes */
	const struct image_state *states;
	const struct image_cell *cells;
};

static inline uint32_t match_step(const struct match_table *t, uint32_t state, uint8_t class)
{
	const struct image_state *s = &t->states[state];
	const struct image_cell *cell = &t->cells[s->base + class];

	return cell->check == state ? cell->next : s->fallback;
}

/* The state reached from `state` over len bytes. */
static inline uint32_t match_walk(const struct match_table *t, uint32_t state, const uint8_t *bytes,
				  size_t len)
{
	for (size_t i = 0; i < len; i++)
		state = match_step(t, state, t->class_of[bytes[i]]);
	return state;
}

#endif

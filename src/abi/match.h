/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walk an automaton over bytes: one text for user space and BPF.
 *
 * A table is a dense matrix of u16 cells, one row per state. A byte is first mapped to its
 * equivalence class, the class picks the cell in the row, the cell is the next state:
 *
 *	next = cells[(state << shift) + class_of[byte]]
 *
 * State 0 is the dead state: its row is all 0 and it accepts nothing. Whoever opens a table has
 * checked that every cell is below n_states and every class below 1 << shift; this walk checks
 * nothing again.
 */
#ifndef ABI_MATCH_H
#define ABI_MATCH_H

#include <stddef.h>
#include <stdint.h>

enum {
	MATCH_DEAD = 0,
	MATCH_STATES_MAX = 65535,	/* a state's number fits a u16 cell */
	MATCH_CLASSES_MAX = 256,
};

struct match_table {
	const uint8_t *class_of;	/* 256 bytes */
	const uint16_t *cells;		/* n_states << shift cells */
	const uint16_t *accept;		/* n_states entry numbers, 0: accepts nothing */
	uint32_t n_states;
	uint32_t shift;
};

/* The state reached from `state` over len bytes. */
static inline uint32_t match_walk(const struct match_table *t, uint32_t state, const uint8_t *bytes,
				  size_t len)
{
	for (size_t i = 0; i < len; i++)
		state = t->cells[((size_t)state << t->shift) + t->class_of[bytes[i]]];
	return state;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which states of a deterministic automaton accept the same: its Nerode classes. State 0 is the dead
 * state.
 */
#ifndef AUTOMATA_MINIMISE_H
#define AUTOMATA_MINIMISE_H

#include "automata/moves.h"

#include <stdbool.h>
#include <stdint.h>

struct minimise {
	uint32_t n_states;
	const struct moves *moves;	/* of all states */
	const uint16_t *accept;		/* n_states; accept[0] is 0 */
};

/*
 * Fills block_of (n_states numbers) and gives the number of blocks. Block 0 is that of all states
 * from which nothing is accepted.
 *
 * minimise: refines by sums of random numbers over rows and proves the end row by row; O(m log n)
 * for m pairs of a state and one of its successors. Huge automata are left to Moore's method.
 *
 * minimise_moore: E. F. Moore (1956): refines by the blocks of all successors until nothing
 * changes. Slow where words are long, but 12 bytes a state; the oracle of the other.
 */
/* Whether two states lead to the same blocks; a move to block 0 is as none. */
bool minimise_is_alike(const struct minimise *m, const uint32_t *block_of, uint32_t a, uint32_t b);

uint32_t minimise(const struct minimise *m, uint32_t *block_of);
uint32_t minimise_moore(const struct minimise *m, uint32_t *block_of);

#endif

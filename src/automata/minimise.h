/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which states of a deterministic automaton accept the same: its Nerode classes. State 0 is the
 * dead state; rows are n_classes cells each, every cell a state.
 */
#ifndef AUTOMATA_MINIMISE_H
#define AUTOMATA_MINIMISE_H

#include <stdint.h>

struct minimise {
	uint32_t n_states;
	uint32_t n_classes;
	const uint32_t *rows;		/* n_states * n_classes */
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
uint32_t minimise(const struct minimise *m, uint32_t *block_of);
uint32_t minimise_moore(const struct minimise *m, uint32_t *block_of);

#endif

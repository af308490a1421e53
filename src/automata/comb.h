/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A dense automaton packed: "base, default, next, check", as in Aho, Sethi and Ullman, "Compilers", 3.9,
 * and as AppArmor kernels walk it. A state's row without its most frequent target is a comb, and combs
 * are pushed into each other:
 *
 *	cell = base[state] + class_of[byte]
 *	next state = check[cell] == state ? next[cell] : fallback[state]
 *
 * Fallbacks are states, not rows to go on looking in: each byte costs one look.
 */
#ifndef AUTOMATA_COMB_H
#define AUTOMATA_COMB_H

#include <stddef.h>
#include <stdint.h>

/* The rows to be packed: those of old_of[0 … n_states), their targets t renamed to new_of[t]. */
struct comb_rows {
	const uint16_t *cells;		/* dense, as struct dfa has them */
	uint32_t shift;
	uint32_t n_classes;
	uint32_t n_rows;		/* that cells has */
	uint32_t n_states;		/* that are packed: n_rows of them without renaming */
	const uint32_t *old_of;		/* NULL: no renaming */
	const uint16_t *new_of;
	uint32_t width;			/* cells that exist from every base on: at least n_classes */
};

/* State 0, the dead one, has base 0 and fallback 0; cells that nobody uses hold 0 and 0. */
struct comb {
	uint32_t *base;			/* n_states; owned, as all here */
	uint16_t *fallback;
	uint16_t *next;
	uint16_t *check;
	size_t n_cells;
};

/* Never fails; release with comb_release(). The first row must be that of the dead state. */
void comb_pack(const struct comb_rows *rows, struct comb *out);
void comb_release(struct comb *c);

#endif

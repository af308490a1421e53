/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An automaton as the AppArmor kernel reads it.
 *
 * All numbers big-endian. A header, then tables, each padded to 8 bytes:
 *
 *	header	magic u32 | header length u32 | whole length u32 | flags u16 | version text | padding
 *	table	id u16 | bytes per value u16 | 0 u32 | number of values u32 | values | padding
 *
 * States share one long row ("next") by being laid over each other where they leave gaps; "check"
 * says whose a cell is, and what is not his goes to a state's default:
 *
 *	cell = base[state] + class_of[byte]
 *	next = check[cell] == state ? next[cell] : default[state]
 *
 * State 0 matches nothing, state 1 is the start. With bit 1 in the header's flags, states whose base
 * has bit 29 set also take a step that is no byte ("out of band"): its cell is base - 1.
 */
#ifndef COMPILE_KERNEL_TABLE_H
#define COMPILE_KERNEL_TABLE_H

#include "automata/dfa.h"
#include "base/buf.h"
#include "base/err.h"

enum {
	KERNEL_TABLE_STATES_MAX = 65535,
	KERNEL_TABLE_CELLS_MAX = (1 << 24) - 1,
};

/* What the kernel keeps for a state: two words, of permissions or an index of them and flags. */
struct kernel_accept {
	uint32_t first, second;
};

/*
 * Adds the bytes for the part of an automaton that is reached from state `start`; accept[a] says
 * what the accept value a means, accept[0] is nothing. n_words 1 leaves the second words out.
 * -E2BIG with words if it is too large.
 */
int kernel_table_add(const struct dfa *d, uint32_t start, const struct kernel_accept *accept,
		     int n_words, struct buf *out, struct err *err);

/*
 * The same with two words, for an automaton that goes on where no byte does: from a state of accept
 * value a to the state beyond[a], if that is not 0. -E2BIG too if it tells all 256 bytes apart.
 */
int kernel_table_add_beyond(const struct dfa *d, uint32_t start, const struct kernel_accept *accept,
			    const uint16_t *beyond, struct buf *out, struct err *err);

#endif

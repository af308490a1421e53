/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two automata at once: is there a string over which they end in a pair of accept values that one
 * looks for? Answers "do they differ", "is this within that", "do they overlap", with the shortest
 * such string.
 */
#ifndef AUTOMATA_PRODUCT_H
#define AUTOMATA_PRODUCT_H

#include "automata/dfa.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum { PRODUCT_PAIRS_MAX = 16 << 20 };

/* A table and the state from which it is walked; a start of 0 accepts nothing. */
struct product_side {
	struct dfa_table table;
	uint32_t start;
};

struct product_side product_side_of(const struct dfa *d, unsigned start);

/*
 * 1 if over some string is_wanted holds for the accept values of both sides; the shortest such
 * string (of the smallest bytes, letters and digits first) is then added to *witness, which may be
 * NULL. 0 if there is none. -E2BIG when more than PRODUCT_PAIRS_MAX pairs would have to be seen.
 */
int product_find(const struct product_side *a, const struct product_side *b,
		 bool (*is_wanted)(void *of, uint32_t accept_a, uint32_t accept_b), void *of,
		 struct buf *witness);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* "Did you mean": the known words nearest to one that is not known. */
#ifndef CLI_NEAR_H
#define CLI_NEAR_H

#include "base/buf.h"
#include "base/slice.h"

enum { NEAR_MAX = 5 };			/* words told */

struct near {
	struct slice word;
	struct slice best[NEAR_MAX];	/* nearest first; the caller's text */
	size_t distance[NEAR_MAX];
	size_t n_best;
};

void near_init(struct near *n, struct slice word);

/*
 * Offers a known word. It is near if a third of the longer word's letters (at least two) changed,
 * or if one of the two contains the other.
 */
void near_add(struct near *n, struct slice known);

/* Adds "a, b, c"; nothing if no word is near. */
void near_print(const struct near *n, struct buf *out);

#endif

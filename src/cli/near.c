/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats words, gives the nearest ones; a sorted array of NEAR_MAX places. */
#include "cli/near.h"

enum { CONTAINED_MIN = 3 };		/* letters of a part that says something */

void near_init(struct near *n, struct slice word)
{
	*n = (struct near){ .word = word };
}

static bool contains(struct slice whole, struct slice part)
{
	return part.len >= CONTAINED_MIN && whole.len >= part.len &&
	       memmem(whole.ptr, whole.len, part.ptr, part.len);
}

void near_add(struct near *n, struct slice known)
{
	size_t distance = slice_distance(n->word, known);
	size_t longer = known.len > n->word.len ? known.len : n->word.len;
	size_t near_enough = longer / 3 > 2 ? longer / 3 : 2;
	size_t at;

	if (distance > near_enough || distance >= longer) {
		if (!contains(known, n->word) && !contains(n->word, known))
			return;
		distance += longer;	/* after those that are merely mistyped */
	}
	for (at = n->n_best; at > 0 && n->distance[at - 1] > distance; at--)
		;
	if (at == NEAR_MAX)
		return;
	if (n->n_best < NEAR_MAX)
		n->n_best++;
	memmove(&n->best[at + 1], &n->best[at], (n->n_best - at - 1) * sizeof(n->best[0]));
	memmove(&n->distance[at + 1], &n->distance[at],
		(n->n_best - at - 1) * sizeof(n->distance[0]));
	n->best[at] = known;
	n->distance[at] = distance;
}

void near_print(const struct near *n, struct buf *out)
{
	for (size_t i = 0; i < n->n_best; i++)
		buf_printf(out, "%s%.*s", i ? ", " : "", SLICE_FMT(n->best[i]));
}

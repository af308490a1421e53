/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How specific a pattern of programs is: the number of bytes that its matches have before the
 * first part that is open (*, **, ? or [^…]). The kernel counts the same while it walks.
 */
#ifndef COMPILE_LEAD_H
#define COMPILE_LEAD_H

#include "automata/pattern.h"

enum { LEAD_PARTS_MAX = 64 };

/* Some of a pattern's matches, which all have `len` bytes before what is open. */
struct lead_part {
	const struct pattern *tree;
	size_t len;
	bool is_open;			/* something open follows */
};

/*
 * Splits a pattern at the alternatives before its first open part; gives the number of parts.
 * One that would have more than LEAD_PARTS_MAX stays whole, with the least length.
 */
size_t lead_split(const struct pattern *tree, struct arena *arena,
		  struct lead_part parts[LEAD_PARTS_MAX]);

/* The least length of all matches. */
size_t lead_least(const struct pattern *tree);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Glob text to a tree: the pattern language of the automata.
 *
 *	c		that byte
 *	\c		that byte, special or not; \xHH and \ooo (octal) any byte; \a \b \e \f \n \r \t
 *			as in C
 *	?		one byte that is neither "/" nor NUL
 *	*		any number of them; between "/" and ("/" or the end): at least one
 *	**		any number of bytes that are not NUL, "/" included; between "/" and ("/" or the
 *			end): at least one, and the first is not "/"
 *	[abc] [a-z]	one byte of the set; [^abc] one byte out of it (NUL only where it is named:
 *			[\x00-\xff] is any byte); ranges may run backwards; a "-" of its own
 *			stands first, or is escaped
 *	{a,b,}		one of the alternatives, which may nest and may be empty
 */
#ifndef AUTOMATA_PATTERN_H
#define AUTOMATA_PATTERN_H

#include "base/arena.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	PATTERN_LEN_MAX = 64 << 10,	/* bytes of text */
	PATTERN_DEPTH_MAX = 64,		/* nested braces */
	PATTERN_NODES_MAX = 1 << 18,
};

enum pattern_kind {
	PATTERN_EMPTY,			/* matches the empty string */
	PATTERN_SET,			/* one byte of set */
	PATTERN_CAT,			/* left, then right */
	PATTERN_ALT,			/* left or right */
	PATTERN_STAR,			/* left, any number of times */
};

struct pattern {
	enum pattern_kind kind;
	struct pattern *left;
	struct pattern *right;
	uint64_t set[4];		/* PATTERN_SET alone, others lack it: bit b of the 256 */
};

struct pattern_problem {
	size_t at;			/* offset into the text */
	const char *text;		/* what is wrong, a constant */
};

/*
 * The tree of a glob text, in the arena but for parts that all trees share: it is only read. NULL
 * and *problem filled if the text is not a pattern or crosses a limit.
 */
struct pattern *pattern_parse(struct slice text, struct arena *arena,
			      struct pattern_problem *problem);

/* The same, for values that may hold NULs: ?, *, ** and [^abc] take NUL as any other byte. */
struct pattern *pattern_parse_value(struct slice text, struct arena *arena,
				    struct pattern_problem *problem);

/* True if the text has no special meaning anywhere: it matches one string alone. */
bool pattern_is_literal(struct slice text);

/*
 * A slow, obvious matcher by backtracking on the text itself: the oracle of the tests, and what
 * explains single rules. Bounded by n_steps; -1 when they are used up, else 0 or 1.
 */
int pattern_matches(struct slice text, struct slice object, size_t n_steps);

#endif

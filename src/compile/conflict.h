/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The laws: what several rows say together of an object that all of them match.
 *
 *	1. Each permission is settled at the highest priority that speaks of it.
 *	2. There, deny goes before allow.
 *	3. Owner and other are settled each by itself.
 *	4. A use is reported if one of the rows that allow it says `audit`; a denial is reported unless
 *	   one of the rows that deny it says neither `audit` nor anything (deny is quiet by itself).
 *	5. Exec: at the settling priority an exact path's transition goes before a glob's. Two
 *	   different transitions of equal standing clash, even where neither has the last word. A change of profile at exec scrubs the
 *	   environment unless a rule that allows it says unsafe.
 */
#ifndef COMPILE_CONFLICT_H
#define COMPILE_CONFLICT_H

#include "abi/image.h"
#include "lang/lower.h"

#include <stdbool.h>
#include <stddef.h>

struct conflict_row {
	const struct lower_row *row;
	bool is_exact;			/* see conflict_is_exact() */
};

struct conflict_result {
	struct image_entry entry;	/* exec numbers are 0: the caller has the numbers */
	const struct lower_exec *exec[2]; /* owner, other; NULL: none */
	const struct lower_row *clash[2]; /* two transitions that cannot both be; NULL: none */
};

/* What the rows, at least one, say together. */
void conflict_settle(const struct conflict_row *const *rows, size_t n_rows,
		     struct conflict_result *out);

/*
 * True if a pattern is exact in the sense of law 5: it has no *, ? or []. Alternatives do not make
 * a glob: /bin/{a,b} is two exact paths.
 */
bool conflict_is_exact(struct slice pattern);

/* True if both transitions lead to the same. */
bool conflict_is_same_exec(const struct lower_exec *a, const struct lower_exec *b);

/* The capabilities of a profile: bits by number, law 1, 2 and 4. */
struct conflict_caps {
	uint64_t allow, deny, audit, quiet;
};

struct conflict_cap_row {
	struct lower_row how;
	uint64_t caps;
};

void conflict_settle_caps(const struct conflict_cap_row *rows, size_t n_rows,
			  struct conflict_caps *out);

#endif

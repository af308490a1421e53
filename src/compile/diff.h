/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Do two policies say the same? Compared is what they mean, by profile name: mode and flags,
 * capabilities, limits, which program gets which profile, and for each class of rules what is
 * allowed, reported, kept quiet, and how exec goes on. What cannot be told from outside is left
 * out: places, the order of rules, and denials by rule of what is denied anyway (they count in
 * complain mode, where they are enforced).
 */
#ifndef COMPILE_DIFF_H
#define COMPILE_DIFF_H

#include "base/err.h"
#include "base/slice.h"
#include "image/image.h"
#include "lang/policy.h"

#include <stdbool.h>

struct diff_side {
	const struct policy *policy;
	const struct image *image;	/* of that policy */
};

enum diff_kind {
	DIFF_MISSING,			/* only one side has the profile */
	DIFF_FIELD,			/* a field of its head */
	DIFF_CAPABILITY,
	DIFF_RLIMIT,
	DIFF_ATTACH,			/* a program gets another profile */
	DIFF_ALLOW,			/* one side allows more */
	DIFF_EXEC,			/* both allow exec, but go on differently */
	DIFF_REPORT,			/* both say the same but report otherwise */
};

struct diff_item {
	enum diff_kind kind;
	const char *profile;		/* full name; DIFF_ATTACH: the parent, NULL: top level */
	int side;			/* MISSING, ALLOW, CAPABILITY: who has (more); else -1 */
	const char *field;		/* FIELD, CAPABILITY: what of it; else NULL */
	const char *text[2];		/* FIELD, ATTACH: each side's, NULL: none */
	uint64_t number[2];		/* CAPABILITY: masks; RLIMIT: values */
	bool has_number[2];		/* RLIMIT */
	unsigned rlimit;		/* RLIMIT: which */
	enum class_id class_id;		/* ALLOW, EXEC, REPORT */
	struct slice object;		/* the shortest for which it is so; ATTACH: a path */
	uint32_t perms;			/* ALLOW, REPORT: the bits */
	struct image_exec exec[2];	/* EXEC */
	bool is_owner;			/* to the owner; else to others */
};

/*
 * Calls tell once per difference, with one example object for each class and kind; it returns
 * false to end the search. *is_same tells the result. -E2BIG with words if two automata are too
 * large to be compared.
 */
int diff_policies(const struct diff_side side[2],
		  bool (*tell)(void *to, const struct diff_item *item), void *to, bool *is_same,
		  struct err *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of one profile, gathered: rows that have one pattern are one label of the automaton. */
#ifndef COMPILE_ROWS_H
#define COMPILE_ROWS_H

#include "base/arena.h"
#include "base/map.h"
#include "compile/conflict.h"
#include "lang/policy.h"

/* All rows of one class and one pattern. */
struct rows_group {
	enum class_id class_id;
	struct slice pattern;		/* ptr NULL: matches everything */
	const struct conflict_row **rows;
	size_t n_rows;
	size_t cap;
};

struct rows {
	struct arena arena;
	struct map by_pattern;		/* class byte and pattern → group */
	struct rows_group **groups;	/* in the order of the text */
	size_t n_groups;
	size_t cap_groups;
	size_t n_rows;
	struct conflict_cap_row *caps;
	size_t n_caps;
	size_t cap_caps;
	uint64_t classes;		/* bit c: there is a rule of class c */
	uint32_t rlimit_set;
	uint64_t rlimit[IMAGE_N_RLIMITS];
	struct diag *diag;
	const struct profile *profile;
	uint64_t unlowered;		/* classes warned about */
};

/*
 * Lowers all rules of a profile. A class without a form in the automaton is warned about once.
 * With flags=(default_allow) rows of the lowest priority are added that allow everything.
 */
void rows_init(struct rows *r, const struct profile *profile, struct diag *diag);
void rows_release(struct rows *r);

/* The word for a class in messages: "file", "network". */
const char *rows_class_word(enum class_id class_id);

#endif

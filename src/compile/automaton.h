/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows of a profile to its automaton, in a form that depends on what the policy says and not
 * on how it says it: entries are numbered in the order in which the states, breadth-first, first
 * use them.
 */
#ifndef COMPILE_AUTOMATON_H
#define COMPILE_AUTOMATON_H

#include "automata/dfa.h"
#include "base/diag.h"
#include "compile/rows.h"

#include <stdbool.h>

/* Parsed patterns of a whole job: what profiles share is parsed once. */
struct automaton_patterns {
	struct arena arena;
	struct map trees;		/* pattern text → struct pattern */
};

void automaton_patterns_init(struct automaton_patterns *p);
void automaton_patterns_release(struct automaton_patterns *p);

/* The tree of a pattern; NULL with *problem filled. Text without pointer: everything. */
const struct pattern *automaton_pattern(struct automaton_patterns *p, struct slice text,
					struct pattern_problem *problem);

/* The same for values of extended attributes, of which NUL is a byte as any other. */
const struct pattern *automaton_value(struct automaton_patterns *p, struct slice text,
				      struct pattern_problem *problem);

/* The tree of one after the other. */
const struct pattern *automaton_both(struct automaton_patterns *p, const struct pattern *first,
				     const struct pattern *second);

struct automaton {
	struct dfa dfa;			/* accept values count entries from 1 */
	struct image_entry *entries;	/* n_entries; [0] is not in use */
	size_t n_entries;
	const struct lower_exec **execs; /* what entries' exec numbers mean; [0] is not in use */
	size_t n_execs;
	struct arena arena;
};

/* False: every problem is in diag, *out is not in use. Points into r, which must outlive it. */
bool automaton_build(struct automaton *out, const struct rows *r, struct automaton_patterns *p,
		     struct diag *diag);
void automaton_release(struct automaton *a);

#endif

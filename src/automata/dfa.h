/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Patterns with labels to one minimal deterministic automaton with several start states.
 *
 * A builder takes patterns, each with a start (a small number: the rule class) and a label (an
 * index the caller understands: its row). dfa_build determinises, asks the caller once for each
 * distinct set of labels what accepting it means, and minimises with that.
 */
#ifndef AUTOMATA_DFA_H
#define AUTOMATA_DFA_H

#include "automata/pattern.h"
#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

enum {
	DFA_STARTS_MAX = 64,
	DFA_STATES_MAX = 65535,		/* after minimising: abi/match.h */
	DFA_RAW_STATES_MAX = 1 << 19,	/* before */
	DFA_COSTLY_MAX = 3,
};

struct dfa_builder;

/* NULL never: out of memory ends the job. */
struct dfa_builder *dfa_builder_new(void);
void dfa_builder_free(struct dfa_builder *b);

/* Adds a pattern (parsed; it may be freed afterwards) to the automaton of that start. */
void dfa_builder_add(struct dfa_builder *b, unsigned start, const struct pattern *pattern,
		     uint32_t label);

/*
 * What a set of labels means: a number below 65536, 0 for "accepts nothing". Labels come sorted,
 * without doubles, never empty. Equal sets are asked about once.
 */
struct dfa_meaning {
	void *of;
	uint32_t (*resolve)(void *of, const uint32_t *labels, size_t n_labels);
};

/*
 * The result: a dense matrix of cells, a row for each state. A byte is first mapped to its
 * equivalence class, the class picks the cell in the row, the cell is the next state:
 *
 *	next = cells[(state << shift) + class_of[byte]]
 *
 * State 0 is the dead state: its row is all 0 and it accepts nothing. States are numbered breadth-first from the starts, so equal automata are equal byte for byte.
 */
struct dfa {
	uint8_t class_of[256];
	uint32_t n_classes;
	uint32_t shift;			/* a row is 1 << shift cells, n_classes of them in use */
	uint32_t n_states;		/* the dead state counted */
	uint16_t *cells;		/* owned */
	uint16_t *accept;		/* owned; n_states values given by resolve */
	uint16_t start[DFA_STARTS_MAX];	/* 0: nothing was added there */
};

/*
 * Builds *out; release with dfa_release(). -E2BIG with words when a limit is crossed;
 * *out is then untouched. The builder stays usable.
 */
int dfa_build(struct dfa_builder *b, const struct dfa_meaning *meaning, struct dfa *out,
	      struct err *err);
void dfa_release(struct dfa *d);

/*
 * After dfa_build gave -E2BIG: fills labels with those whose patterns took most, the costliest first; gives
 * how many these are.
 */
size_t dfa_builder_costly(const struct dfa_builder *b, uint32_t labels[DFA_COSTLY_MAX]);

/* Dense rows wherever they lie: of a struct dfa, or of an image made dense again. */
struct dfa_table {
	const uint8_t *class_of;
	const uint16_t *cells;
	const uint16_t *accept;
	uint32_t n_states;
	uint32_t shift;
};

struct dfa_table dfa_table_of(const struct dfa *d);

/* The state reached from `state` over len bytes. */
static inline uint32_t dfa_walk(const struct dfa_table *t, uint32_t state, const uint8_t *bytes,
				size_t len)
{
	for (size_t i = 0; i < len; i++)
		state = t->cells[((size_t)state << t->shift) + t->class_of[bytes[i]]];
	return state;
}

/* The accept value after walking bytes from a start. */
uint32_t dfa_match(const struct dfa *d, unsigned start, struct slice bytes);

#endif

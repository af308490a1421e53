/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Subset construction: from nodes to a deterministic automaton that is not minimal yet. Private to
 * dfa.c.
 */
#ifndef AUTOMATA_SUBSET_H
#define AUTOMATA_SUBSET_H

#include "automata/dfa.h"
#include "automata/moves.h"
#include "automata/nfa.h"
#include "base/map.h"

struct subset_state {
	const uint32_t *members;	/* nodes that take or accept, no order */
	uint32_t n_members;
	uint64_t hash;
};

struct subset {
	struct nfa *nfa;
	const struct dfa_meaning *meaning;
	uint8_t class_of[256];
	uint32_t n_classes;
	struct arena arena;		/* members, label sets */
	struct subset_state *states;	/* n_states; 0 is the dead state */
	struct moves moves;
	uint16_t *accept;
	uint32_t n_states, cap_states;
	size_t n_work;			/* nodes looked at so far */
	size_t n_kept;			/* members of all states */
	uint32_t *slots;		/* hash table of states */
	uint32_t n_slots;
	struct map label_sets;		/* labels → accept value + 1 */
	struct subset_work *work;
};

void subset_init(struct subset *s, struct nfa *nfa, const struct dfa_meaning *meaning);
void subset_release(struct subset *s);

/* The state of "any of these nodes": made when new. */
uint32_t subset_start(struct subset *s, const uint32_t *nodes, uint32_t n_nodes);

/* Adds to by_label, an item for each label, how many nodes of its patterns all states hold. */
void subset_weigh_labels(const struct subset *s, uint64_t *by_label);

/* Follows all states to the end. -E2BIG with words past the limits of dfa.h. */
int subset_run(struct subset *s, struct err *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A nondeterministic automaton whose equal tails are one node. Built from the end: a node is made
 * with what comes after it, so that patterns that end alike share their ends.
 *
 *	TAKE	a byte of the set, then next
 *	LOOP	a byte of the set, then itself again; or, without a byte, next
 *	SPLIT	without a byte: next or other
 *	ACCEPT	the label is matched
 */
#ifndef AUTOMATA_NFA_H
#define AUTOMATA_NFA_H

#include "automata/pattern.h"
#include "base/arena.h"

#include <stdint.h>

enum nfa_kind { NFA_TAKE, NFA_LOOP, NFA_SPLIT, NFA_ACCEPT };

struct nfa_node {
	enum nfa_kind kind;
	uint32_t set;			/* TAKE, LOOP: number of a set; ACCEPT: the label */
	uint32_t next;
	uint32_t other;			/* SPLIT */
	const uint32_t *closure;	/* nodes that take or accept, reached without a byte */
	uint32_t n_closure;		/* of closure; 0: not asked yet */
};

struct nfa {
	struct arena arena;
	struct nfa_node *nodes;
	uint32_t n_nodes, cap_nodes;
	uint64_t (*sets)[4];
	uint32_t n_sets, cap_sets;
	uint32_t *node_slots;		/* hash table: number + 1 */
	uint32_t n_node_slots;
	uint32_t *set_slots;
	uint32_t n_set_slots;
	uint32_t *found;		/* room for one closure */
	uint32_t *stack;
	uint32_t *stamps;		/* by node: of the search that met it last */
	uint32_t stamp;
	size_t n_work;			/* nodes looked at for closures */
	size_t n_kept;			/* nodes in all closures */
};

#define NFA_NONE UINT32_MAX

void nfa_init(struct nfa *n);
void nfa_release(struct nfa *n);

/* The node from which the pattern and then the label is matched. */
uint32_t nfa_add(struct nfa *n, const struct pattern *pattern, uint32_t label);

/* Fills in node's closure. Call it when no pattern is added any more. */
void nfa_close(struct nfa *n, uint32_t node);

/*
 * Parts the classes of the n first bytes in those within the set and those out of it, numbered in the order
 * of their first byte. Gives how many there are.
 */
uint32_t nfa_part_classes(const uint64_t set[4], uint8_t *class_of, uint32_t n, uint32_t n_classes);

/*
 * Bytes that no set tells apart are one class: fills class_of (in the order of the bytes), gives
 * the number of classes.
 */
uint32_t nfa_classes(const struct nfa *n, uint8_t class_of[256]);

#endif

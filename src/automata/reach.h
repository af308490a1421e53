/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The states that an automaton reaches from a start, nearest first, with a shortest string to each
 * (letters and digits where there is a choice): examples of whatever is found in states.
 */
#ifndef AUTOMATA_REACH_H
#define AUTOMATA_REACH_H

#include "automata/dfa.h"
#include "base/buf.h"

#include <stdint.h>

struct reach {
	uint32_t *states;		/* n_states, the start first; owned */
	uint32_t n_states;
	uint32_t *from;			/* state → the state before; owned */
	uint8_t *byte;			/* state → the byte that led to it; owned */
	uint32_t start;
};

/* A start of 0 reaches nothing. Points at nothing of the table. */
void reach_init(struct reach *r, const struct dfa_table *table, uint32_t start);
/* The same over strings that do not have this byte. */
void reach_init_without(struct reach *r, const struct dfa_table *table, uint32_t start,
			uint8_t byte);
void reach_release(struct reach *r);

/* Adds a shortest string that leads from the start to one of r's states. */
void reach_add_string(const struct reach *r, uint32_t state, struct buf *out);

/* The 256 bytes in the order in which people like to read them. */
void reach_friendly_bytes(uint8_t order[256]);

#endif

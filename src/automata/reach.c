/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a table and a start, gives the states in the order of their distance. Breadth-first; a state
 * remembers the state it was met from, and the byte.
 */
#include "automata/reach.h"

#include "base/arena.h"

#include <stdbool.h>
#include <stdlib.h>

void reach_friendly_bytes(uint8_t order[256])
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789/._-"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	bool is_in[256] = { false };
	unsigned n = 0;

	for (const char *c = first; *c; c++) {
		order[n++] = (uint8_t)*c;
		is_in[(uint8_t)*c] = true;
	}
	for (unsigned byte = 1; byte <= 256; byte++)
		if (!is_in[byte & 255])
			order[n++] = (uint8_t)byte;
}

/* One byte of each class, never `but`; gives their number. */
static unsigned class_bytes(const struct dfa_table *table, int but, uint8_t bytes[256])
{
	bool is_met[256] = { false };
	uint8_t order[256];
	unsigned n = 0;

	reach_friendly_bytes(order);
	for (unsigned i = 0; i < 256; i++) {
		if (order[i] == but)
			continue;
		if (!is_met[table->class_of[order[i]]])
			bytes[n++] = order[i];
		is_met[table->class_of[order[i]]] = true;
	}
	return n;
}

static void *room(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (!p)
		base_no_memory();
	return p;
}

/* Over all bytes but one; -1: over all. */
static void search(struct reach *r, const struct dfa_table *table, uint32_t start, int but)
{
	bool *is_met = room(table->n_states, sizeof(*is_met));
	uint8_t bytes[256];
	unsigned n_bytes = class_bytes(table, but, bytes);

	*r = (struct reach){ .start = start };
	r->states = room(table->n_states, sizeof(*r->states));
	r->from = room(table->n_states, sizeof(*r->from));
	r->byte = room(table->n_states, sizeof(*r->byte));
	is_met[0] = true;
	if (start)
		r->states[r->n_states++] = start;
	is_met[start] = true;
	for (uint32_t i = 0; i < r->n_states; i++) {
		for (unsigned k = 0; k < n_bytes; k++) {
			uint32_t next = dfa_walk(table, r->states[i], &bytes[k], 1);

			if (is_met[next])
				continue;
			is_met[next] = true;
			r->from[next] = r->states[i];
			r->byte[next] = bytes[k];
			r->states[r->n_states++] = next;
		}
	}
	free(is_met);
}

void reach_init(struct reach *r, const struct dfa_table *table, uint32_t start)
{
	search(r, table, start, -1);
}

void reach_init_without(struct reach *r, const struct dfa_table *table, uint32_t start,
			uint8_t byte)
{
	search(r, table, start, byte);
}

void reach_release(struct reach *r)
{
	free(r->states);
	free(r->from);
	free(r->byte);
	*r = (struct reach){ 0 };
}

void reach_add_string(const struct reach *r, uint32_t state, struct buf *out)
{
	size_t start = out->len, len = 0;

	for (uint32_t s = state; s != r->start; s = r->from[s])
		len++;
	buf_reserve(out, len);
	for (size_t i = 0; i < len; i++)
		buf_add_char(out, '\0');
	for (uint32_t s = state; s != r->start; s = r->from[s])
		out->data[start + --len] = (char)r->byte[s];
}

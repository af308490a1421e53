/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats two tables, gives a shortest string. Breadth-first over pairs of states; a pair remembers the
 * pair it came from and the byte that led to it.
 */
#include "automata/product.h"

#include "automata/reach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct pair {
	uint32_t a, b;
	uint32_t from;			/* number of the pair before */
	uint8_t byte;
};

struct search {
	const struct product_side *a, *b;
	struct pair *pairs;
	uint32_t n_pairs, cap_pairs;
	uint32_t *slots;		/* number + 1 */
	uint32_t n_slots;
	uint8_t bytes[256];		/* one byte of each joint class, friendly ones first */
	unsigned n_bytes;
};

struct product_side product_side_of(const struct dfa *d, unsigned start)
{
	return (struct product_side){ dfa_table_of(d), d->start[start] };
}

/* One byte for each pair of classes. */
static void joint_bytes(struct search *s)
{
	static const size_t n_marks = 256 * 256;
	bool *is_met = calloc(n_marks, sizeof(*is_met));
	uint8_t order[256];

	if (!is_met)
		base_no_memory();
	reach_friendly_bytes(order);
	for (unsigned i = 0; i < 256; i++) {
		size_t mark = s->a->table.class_of[order[i]] * 256u + s->b->table.class_of[order[i]];

		if (!is_met[mark])
			s->bytes[s->n_bytes++] = order[i];
		is_met[mark] = true;
	}
	free(is_met);
}

static uint32_t slot_of(const struct search *s, uint32_t a, uint32_t b)
{
	uint64_t hash = ((uint64_t)a << 32 | b) * 0x9e3779b97f4a7c15u;
	uint32_t at = (uint32_t)(hash >> 32) & (s->n_slots - 1);

	while (s->slots[at] &&
	       (s->pairs[s->slots[at] - 1].a != a || s->pairs[s->slots[at] - 1].b != b))
		at = (at + 1) & (s->n_slots - 1);
	return at;
}

static void grow(struct search *s)
{
	s->cap_pairs = s->cap_pairs ? s->cap_pairs * 2 : 256;
	s->pairs = realloc(s->pairs, s->cap_pairs * sizeof(*s->pairs));
	free(s->slots);
	s->n_slots = 2 * s->cap_pairs;
	s->slots = calloc(s->n_slots, sizeof(*s->slots));
	if (!s->pairs || !s->slots)
		base_no_memory();
	for (uint32_t i = 0; i < s->n_pairs; i++)
		s->slots[slot_of(s, s->pairs[i].a, s->pairs[i].b)] = i + 1;
}

static void add_pair(struct search *s, uint32_t a, uint32_t b, uint32_t from, uint8_t byte)
{
	uint32_t at;

	if (s->n_pairs == s->cap_pairs)
		grow(s);
	at = slot_of(s, a, b);
	if (s->slots[at])
		return;
	s->pairs[s->n_pairs] = (struct pair){ a, b, from, byte };
	s->slots[at] = ++s->n_pairs;
}

static uint32_t step(const struct dfa_table *t, uint32_t state, uint8_t byte)
{
	return dfa_walk(t, state, &byte, 1);
}

static void follow(struct search *s, uint32_t number)
{
	for (unsigned i = 0; i < s->n_bytes; i++) {
		uint32_t a = step(&s->a->table, s->pairs[number].a, s->bytes[i]);
		uint32_t b = step(&s->b->table, s->pairs[number].b, s->bytes[i]);

		if (a || b)
			add_pair(s, a, b, number, s->bytes[i]);
	}
}

static void write_witness(const struct search *s, uint32_t number, struct buf *out)
{
	size_t start = out->len, len = 0;

	for (uint32_t i = number; i; i = s->pairs[i].from)
		len++;
	buf_reserve(out, len);
	for (uint32_t i = 0; i < len; i++)
		buf_add_char(out, '\0');
	for (uint32_t i = number; i; i = s->pairs[i].from)
		out->data[start + --len] = (char)s->pairs[i].byte;
}

int product_find(const struct product_side *a, const struct product_side *b,
		 bool (*is_wanted)(void *of, uint32_t accept_a, uint32_t accept_b), void *of,
		 struct buf *witness)
{
	struct search s = { .a = a, .b = b };
	int r = 0;

	joint_bytes(&s);
	add_pair(&s, a->start, b->start, 0, 0);
	for (uint32_t i = 0; !r && i < s.n_pairs; i++) {
		if (is_wanted(of, a->table.accept[s.pairs[i].a], b->table.accept[s.pairs[i].b])) {
			if (witness)
				write_witness(&s, i, witness);
			r = 1;
			break;
		}
		if (s.n_pairs > PRODUCT_PAIRS_MAX)
			r = -E2BIG;
		else
			follow(&s, i);
	}
	free(s.pairs);
	free(s.slots);
	return r;
}

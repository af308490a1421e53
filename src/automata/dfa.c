/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats patterns with labels, gives the minimal automaton: nodes (nfa.c), sets of nodes (subset.c),
 * blocks of equal sets (minimise.c), and then its canonical form: states numbered breadth-first,
 * classes in the order of their first byte.
 */
#include "automata/dfa.h"

#include "automata/minimise.h"
#include "automata/nfa.h"
#include "automata/spread.h"
#include "automata/subset.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct roots {
	uint32_t *nodes;
	uint32_t n;
	uint32_t cap;
};

struct dfa_builder {
	struct nfa nfa;
	struct roots roots[DFA_STARTS_MAX];
};

static void *room(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		base_no_memory();
	return p;
}

struct dfa_builder *dfa_builder_new(void)
{
	struct dfa_builder *b = room(1, sizeof(*b));

	nfa_init(&b->nfa);
	return b;
}

void dfa_builder_free(struct dfa_builder *b)
{
	if (!b)
		return;
	nfa_release(&b->nfa);
	for (int i = 0; i < DFA_STARTS_MAX; i++)
		free(b->roots[i].nodes);
	free(b);
}

void dfa_builder_add(struct dfa_builder *b, unsigned start, const struct pattern *pattern,
		     uint32_t label)
{
	struct roots *r;

	assert(start < DFA_STARTS_MAX);
	r = &b->roots[start];
	if (r->n == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 16;
		r->nodes = realloc(r->nodes, r->cap * sizeof(*r->nodes));
		if (!r->nodes)
			base_no_memory();
	}
	r->nodes[r->n++] = nfa_add(&b->nfa, pattern, label);
}

/* Blocks of states, told by one state of each; moves stay where they are. */
struct small {
	const struct subset *of;
	uint32_t *block_of;		/* state → block */
	uint32_t *one_of;		/* block → the first of its states */
	uint32_t n_blocks;
	uint32_t column[256];		/* new class → the first of the old ones that it joins */
	uint32_t to[256];		/* old class → new class */
	uint32_t n_joined;
	uint64_t weight[256];		/* of new classes: of how many old ones they are */
};

static void small_init(struct small *b, const struct subset *s)
{
	struct minimise m = { s->n_states, &s->moves, s->accept };

	*b = (struct small){ .of = s };
	b->block_of = room(s->n_states, sizeof(*b->block_of));
	b->n_blocks = minimise(&m, b->block_of);
	b->one_of = room(b->n_blocks, sizeof(*b->one_of));
	for (uint32_t i = s->n_states; i-- > 0;)
		b->one_of[b->block_of[i]] = i;
}

static void small_release(struct small *b)
{
	free(b->block_of);
	free(b->one_of);
}

/* Sums over the columns: equal ones have equal sums. */
static void sum_columns(const struct small *b, uint64_t seed, uint64_t sum[256])
{
	const struct moves *m = &b->of->moves;

	memset(sum, 0, 256 * sizeof(*sum));
	for (uint32_t block = 0; block < b->n_blocks; block++) {
		uint32_t one = b->one_of[block];

		for (size_t i = m->first[one]; i < m->first[one + 1]; i++) {
			uint32_t to = b->block_of[m->to[i]];

			if (to)
				sum[m->class_of[i]] += spread(seed ^ ((uint64_t)block << 32 | to));
		}
	}
}

/* Classes with equal sums are one. That their columns are equal too, fill() sees. */
static void join_classes(struct small *b, uint64_t seed)
{
	uint64_t sum[256];

	sum_columns(b, spread(seed + 1), sum);
	b->n_joined = 0;
	for (uint32_t c = 0; c < b->of->n_classes; c++) {
		uint32_t k = 0;

		while (k < b->n_joined && sum[b->column[k]] != sum[c])
			k++;
		if (k == b->n_joined) {
			b->weight[k] = 0;
			b->column[b->n_joined++] = c;
		}
		b->weight[k]++;
		b->to[c] = k;
	}
}

/* Numbers blocks breadth-first from the starts, in *order by new number; the dead one is 0. */
static uint32_t order_blocks(const struct small *b, const uint32_t *starts, uint32_t *order,
			     uint32_t *number)
{
	const struct moves *m = &b->of->moves;
	uint32_t n = 1;

	for (int i = 0; i < DFA_STARTS_MAX; i++) {
		uint32_t start = b->block_of[starts[i]];

		if (start && !number[start]) {
			number[start] = n;
			order[n++] = start;
		}
	}
	for (uint32_t i = 1; i < n; i++) {
		uint32_t one = b->one_of[order[i]];

		for (size_t k = m->first[one]; k < m->first[one + 1]; k++) {
			uint32_t to = b->block_of[m->to[k]];

			if (to && !number[to]) {
				number[to] = n;
				order[n++] = to;
			}
		}
	}
	return n;
}

/* One row; false if classes that were joined do not lead to the same state. */
static bool fill_row(const struct small *b, uint32_t one, const uint32_t *number, uint16_t *cells)
{
	const struct moves *m = &b->of->moves;
	uint64_t wanted = 0, met = 0;

	for (size_t i = m->first[one]; i < m->first[one + 1]; i++) {
		uint32_t to = number[b->block_of[m->to[i]]], class = b->to[m->class_of[i]];

		if (!to)
			continue;
		if (!cells[class])
			wanted += b->weight[class];
		else if (cells[class] != to)
			return false;
		cells[class] = (uint16_t)to;
		met++;
	}
	return met == wanted;
}

static bool fill(struct dfa *d, const struct small *b, const uint32_t *order,
		 const uint32_t *number)
{
	d->shift = 0;
	while (1u << d->shift < d->n_classes)
		d->shift++;
	d->cells = room((size_t)d->n_states << d->shift, sizeof(*d->cells));
	d->accept = room(d->n_states, sizeof(*d->accept));
	for (uint32_t i = 0; i < d->n_states; i++) {
		uint32_t one = b->one_of[order[i]];

		d->accept[i] = b->of->accept[one];
		if (!fill_row(b, one, number, d->cells + ((size_t)i << d->shift)))
			return false;
	}
	return true;
}

/* Joins classes by sums that may be equal by bad luck, and begins again then with other numbers. */
static void join_and_fill(struct dfa *d, struct small *b, const uint32_t *order,
			  const uint32_t *number)
{
	for (uint64_t seed = 0;; seed++) {
		join_classes(b, seed);
		d->n_classes = b->n_joined;
		if (fill(d, b, order, number))
			return;
		free(d->cells);
		free(d->accept);
	}
}

static int canonical(struct small *b, const uint32_t *starts, struct dfa *out, struct err *err)
{
	uint32_t *order, *number;
	struct dfa d = { 0 };

	if (b->n_blocks > DFA_STATES_MAX)
		return err_say(err, -E2BIG, "its automaton has %u states; at most %d are possible",
			       b->n_blocks, DFA_STATES_MAX);
	order = room(b->n_blocks, sizeof(*order));
	number = room(b->n_blocks, sizeof(*number));
	d.n_states = order_blocks(b, starts, order, number);
	join_and_fill(&d, b, order, number);
	for (int byte = 0; byte < 256; byte++)
		d.class_of[byte] = (uint8_t)b->to[b->of->class_of[byte]];
	for (int i = 0; i < DFA_STARTS_MAX; i++)
		d.start[i] = (uint16_t)number[b->block_of[starts[i]]];
	free(order);
	free(number);
	*out = d;
	return 0;
}

int dfa_build(struct dfa_builder *b, const struct dfa_meaning *meaning, struct dfa *out,
	      struct err *err)
{
	uint32_t starts[DFA_STARTS_MAX] = { 0 };
	struct small small;
	struct subset subset;
	int r;

	subset_init(&subset, &b->nfa, meaning);
	for (int i = 0; i < DFA_STARTS_MAX; i++)
		if (b->roots[i].n)
			starts[i] = subset_start(&subset, b->roots[i].nodes, b->roots[i].n);
	r = subset_run(&subset, err);
	if (!r) {
		small_init(&small, &subset);
		r = canonical(&small, starts, out, err);
		small_release(&small);
	}
	subset_release(&subset);
	return r;
}

void dfa_release(struct dfa *d)
{
	free(d->cells);
	free(d->accept);
	*d = (struct dfa){ 0 };
}

struct dfa_table dfa_table_of(const struct dfa *d)
{
	return (struct dfa_table){ d->class_of, d->cells, d->accept, d->n_states, d->shift };
}

uint32_t dfa_match(const struct dfa *d, unsigned start, struct slice bytes)
{
	struct dfa_table table = dfa_table_of(d);

	return d->accept[dfa_walk(&table, d->start[start], (const uint8_t *)bytes.ptr, bytes.len)];
}

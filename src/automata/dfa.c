/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats patterns with labels, gives the minimal automaton: nodes (nfa.c), sets of nodes (subset.c),
 * blocks of equal sets (minimise.c), and then its canonical form: states numbered breadth-first,
 * classes in the order of their first byte.
 */
#include "automata/dfa.h"

#include "automata/minimise.h"
#include "automata/nfa.h"
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

/* Blocks of states, told by one state of each; rows stay where they are. */
struct small {
	const struct subset *of;
	uint32_t *block_of;		/* state → block */
	uint32_t *one_of;		/* block → the first of its states */
	uint32_t n_blocks;
};

static void small_init(struct small *b, const struct subset *s)
{
	struct minimise m = { s->n_states, s->n_classes, s->rows, s->accept };

	b->of = s;
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

static const uint32_t *row_of(const struct small *b, uint32_t block)
{
	return b->of->rows + (size_t)b->one_of[block] * b->of->n_classes;
}

/* Equal columns have equal hashes. */
static void hash_columns(const struct small *b, uint64_t hash[256])
{
	memset(hash, 0, 256 * sizeof(*hash));
	for (uint32_t i = 0; i < b->n_blocks; i++) {
		const uint32_t *row = row_of(b, i);

		for (uint32_t c = 0; c < b->of->n_classes; c++)
			hash[c] = (hash[c] ^ b->block_of[row[c]]) * 0x9e3779b97f4a7c15u;
	}
}

static bool is_same_column(const struct small *b, uint32_t one, uint32_t other)
{
	for (uint32_t i = 0; i < b->n_blocks; i++) {
		const uint32_t *row = row_of(b, i);

		if (b->block_of[row[one]] != b->block_of[row[other]])
			return false;
	}
	return true;
}

/* Classes with equal columns are one: fills column (new class → old one) and to (old → new). */
static uint32_t join_classes(const struct small *b, uint32_t column[256], uint32_t to[256])
{
	uint64_t hash[256];
	uint32_t n = 0;

	hash_columns(b, hash);
	for (uint32_t c = 0; c < b->of->n_classes; c++) {
		uint32_t k = 0;

		while (k < n && (hash[column[k]] != hash[c] || !is_same_column(b, column[k], c)))
			k++;
		if (k == n)
			column[n++] = c;
		to[c] = k;
	}
	return n;
}

/* Numbers blocks breadth-first from the starts, in *order by new number; the dead one is 0. */
static uint32_t order_blocks(const struct small *b, const uint32_t *starts, const uint32_t *column,
			     uint32_t n_classes, uint32_t *order, uint32_t *number)
{
	uint32_t n = 1;

	for (int i = 0; i < DFA_STARTS_MAX; i++) {
		uint32_t start = b->block_of[starts[i]];

		if (start && !number[start]) {
			number[start] = n;
			order[n++] = start;
		}
	}
	for (uint32_t i = 1; i < n; i++) {
		const uint32_t *row = row_of(b, order[i]);

		for (uint32_t c = 0; c < n_classes; c++) {
			uint32_t to = b->block_of[row[column[c]]];

			if (to && !number[to]) {
				number[to] = n;
				order[n++] = to;
			}
		}
	}
	return n;
}

static void fill(struct dfa *d, const struct small *b, const uint32_t *column,
		 const uint32_t *order, const uint32_t *number)
{
	while (1u << d->shift < d->n_classes)
		d->shift++;
	d->cells = room((size_t)d->n_states << d->shift, sizeof(*d->cells));
	d->accept = room(d->n_states, sizeof(*d->accept));
	for (uint32_t i = 0; i < d->n_states; i++) {
		const uint32_t *row = row_of(b, order[i]);
		uint16_t *cells = d->cells + ((size_t)i << d->shift);

		d->accept[i] = b->of->accept[b->one_of[order[i]]];
		for (uint32_t c = 0; c < d->n_classes; c++)
			cells[c] = (uint16_t)number[b->block_of[row[column[c]]]];
	}
}

static int canonical(const struct small *b, const uint32_t *starts, struct dfa *out,
		     struct err *err)
{
	uint32_t column[256], to[256];
	uint32_t *order, *number;
	struct dfa d = { 0 };

	if (b->n_blocks > DFA_STATES_MAX)
		return err_say(err, -E2BIG, "its automaton has %u states; at most %d are possible",
			       b->n_blocks, DFA_STATES_MAX);
	d.n_classes = join_classes(b, column, to);
	order = room(b->n_blocks, sizeof(*order));
	number = room(b->n_blocks, sizeof(*number));
	d.n_states = order_blocks(b, starts, column, d.n_classes, order, number);
	for (int byte = 0; byte < 256; byte++)
		d.class_of[byte] = (uint8_t)to[b->of->class_of[byte]];
	fill(&d, b, column, order, number);
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

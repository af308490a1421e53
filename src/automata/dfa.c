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
#include <string.h>

struct roots {
	uint32_t *nodes;
	uint32_t n;
	uint32_t cap;
};

struct dfa_builder {
	struct nfa nfa;
	struct roots roots[DFA_STARTS_MAX];
	uint32_t n_labels;		/* the highest label, and one */
	uint32_t costly[DFA_COSTLY_MAX];
	size_t n_costly;
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
	if (label >= b->n_labels)
		b->n_labels = label + 1;
}

/* Blocks of states, told by one state of each; and the rows of the result. */
struct small {
	struct subset *of;
	uint32_t *block_of;		/* state → block */
	uint32_t *one_of;		/* block → the first of its states */
	uint32_t n_blocks;
	uint32_t *order;		/* number in the result → block */
	uint32_t *number;		/* block → number in the result */
	uint32_t n_states;		/* of the result */
	struct moves rows;		/* by number, to numbers, no two to one; sets are those of ->of */
	uint8_t to[CLASSES_MAX];	/* old class → new: classes that no set in use tells apart join */
	struct class_set firsts;	/* the first of the old ones of each new class */
	uint32_t n_joined;
};

static void small_init(struct small *b, struct subset *s)
{
	struct minimise m = { s->n_states, &s->moves, s->accept };

	*b = (struct small){ .of = s };
	b->block_of = room(s->n_states, sizeof(*b->block_of));
	b->n_blocks = minimise(&m, b->block_of);
	b->one_of = room(b->n_blocks, sizeof(*b->one_of));
	for (uint32_t i = s->n_states; i-- > 0;)
		b->one_of[b->block_of[i]] = i;
	b->order = room(b->n_blocks, sizeof(*b->order));
	b->number = room(b->n_blocks, sizeof(*b->number));
}

static void small_release(struct small *b)
{
	free(b->block_of);
	free(b->one_of);
	free(b->order);
	free(b->number);
	moves_release(&b->rows);
}

static void number_block(struct small *b, uint32_t block)
{
	if (!block || b->number[block])
		return;
	b->number[block] = b->n_states;
	b->order[b->n_states++] = block;
}

/* Numbers blocks breadth-first from the starts; the dead one is 0. */
static void order_blocks(struct small *b, const uint32_t *starts)
{
	const struct moves *m = &b->of->moves;

	b->n_states = 1;
	for (int i = 0; i < DFA_STARTS_MAX; i++)
		number_block(b, b->block_of[starts[i]]);
	for (uint32_t i = 1; i < b->n_states; i++) {
		uint32_t one = b->one_of[b->order[i]];

		for (size_t k = m->first[one]; k < m->first[one + 1]; k++)
			number_block(b, b->block_of[m->all[k].to]);
	}
}

/* Puts the sets of a state's moves to one block together; place[] knows where a number was met last. */
static void add_row(struct small *b, uint32_t i, size_t *place)
{
	struct moves *of = &b->of->moves, *rows = &b->rows;
	uint32_t one = b->one_of[b->order[i]];
	size_t begin = rows->n;

	for (size_t k = of->first[one]; k < of->first[one + 1]; k++) {
		uint32_t to = b->number[b->block_of[of->all[k].to]];
		size_t at = place[to];

		if (!to)
			continue;
		if (at >= begin && at < rows->n && rows->all[at].to == to) {
			rows->all[at].over = moves_join(of, rows->all[at].over, of->all[k].over);
			continue;
		}
		place[to] = rows->n;
		moves_add(rows, of->all[k].over, to);
	}
	moves_end(rows, i);
}

static void make_rows(struct small *b)
{
	size_t *place = room(b->n_states, sizeof(*place));

	for (uint32_t i = 0; i < b->n_states; i++)
		add_row(b, i, place);
	free(place);
}

/* Classes that are in the same sets in use lead to the same states everywhere. */
static void join_classes(struct small *b)
{
	const struct moves *of = &b->of->moves;
	bool *is_used = room(of->n_sets, sizeof(*is_used));

	b->n_joined = 1;
	for (size_t i = 0; i < b->rows.n; i++)
		is_used[b->rows.all[i].over] = true;
	for (uint32_t i = 0; i < of->n_sets; i++)
		if (is_used[i])
			b->n_joined = nfa_part_classes(of->sets[i].bits, b->to, b->of->n_classes,
						       b->n_joined);
	free(is_used);
	for (uint32_t c = 0, n = 0; c < b->of->n_classes; c++) {
		if (b->to[c] < n)
			continue;
		class_set_add(&b->firsts, c);
		n++;
	}
}

static void fill_row(const struct small *b, const struct move *move, uint16_t *cells)
{
	const struct class_set *set = &b->of->moves.sets[move->over];

	for (int word = 0; word < CLASSES_MAX / 64; word++) {
		uint64_t bits = set->bits[word] & b->firsts.bits[word];

		for (; bits; bits &= bits - 1)
			cells[b->to[word * 64 + __builtin_ctzll(bits)]] = (uint16_t)move->to;
	}
}

static void fill(struct dfa *d, const struct small *b)
{
	while (1u << d->shift < d->n_classes)
		d->shift++;
	d->cells = room((size_t)d->n_states << d->shift, sizeof(*d->cells));
	d->accept = room(d->n_states, sizeof(*d->accept));
	for (uint32_t i = 0; i < d->n_states; i++) {
		d->accept[i] = b->of->accept[b->one_of[b->order[i]]];
		for (size_t k = b->rows.first[i]; k < b->rows.first[i + 1]; k++)
			fill_row(b, &b->rows.all[k], d->cells + ((size_t)i << d->shift));
	}
}

static int canonical(struct small *b, const uint32_t *starts, struct dfa *out, struct err *err)
{
	struct dfa d = { 0 };

	if (b->n_blocks > DFA_STATES_MAX)
		return err_say(err, -E2BIG, "its automaton has %u states; at most %d are possible",
			       b->n_blocks, DFA_STATES_MAX);
	order_blocks(b, starts);
	make_rows(b);
	join_classes(b);
	d.n_states = b->n_states;
	d.n_classes = b->n_joined;
	fill(&d, b);
	for (int byte = 0; byte < 256; byte++)
		d.class_of[byte] = b->to[b->of->class_of[byte]];
	for (int i = 0; i < DFA_STARTS_MAX; i++)
		d.start[i] = (uint16_t)b->number[b->block_of[starts[i]]];
	*out = d;
	return 0;
}

/* Those that take less than an eighth of what the first takes are not to blame. */
static void find_costly(struct dfa_builder *b, const struct subset *subset)
{
	uint64_t *weights = room(b->n_labels, sizeof(*weights)), most = 0;

	subset_weigh_labels(subset, weights);
	for (b->n_costly = 0; b->n_costly < DFA_COSTLY_MAX; b->n_costly++) {
		uint32_t best = 0;

		for (uint32_t label = 1; label < b->n_labels; label++)
			if (weights[label] > weights[best])
				best = label;
		if (!weights[best] || weights[best] < most / 8)
			break;
		most = most ? most : weights[best];
		b->costly[b->n_costly] = best;
		weights[best] = 0;
	}
	free(weights);
}

size_t dfa_builder_costly(const struct dfa_builder *b, uint32_t labels[DFA_COSTLY_MAX])
{
	memcpy(labels, b->costly, b->n_costly * sizeof(*labels));
	return b->n_costly;
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
	if (r == -E2BIG)
		find_costly(b, &subset);
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

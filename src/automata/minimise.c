/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a deterministic automaton, gives its blocks of equal states. The one idea: a state's row is
 * a sum of random numbers, one for each class times one for the block it leads to; states of a
 * block whose sums differ part. When states move to a new block, only the sums of those that lead
 * to them change, by the difference; and of the parts of a block the largest stays where it is, so
 * that a state moves O(log n) times. A class more costs nothing: a move is one edge, whose weight is
 * the sum of its classes'.
 *
 * Equal rows have equal sums, so that no two equal states ever part. Unequal rows may have equal
 * sums by bad luck; the end is checked row by row, and bad luck begins again with other numbers.
 */
#include "automata/minimise.h"

#include "automata/spread.h"
#include "base/arena.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	EDGES_MAX = 16 << 20,		/* past that Moore's method: it needs less memory */
	SHORT = 16,			/* elements that are sorted by insertion */
	MANY = 128,			/* that are put in heaps first */
};

/* The edges into each state. */
struct edges {
	size_t n;
	size_t *first;			/* n_states + 1: where those into a state begin */
	uint32_t *tail;
	uint64_t *weight;
};

/* A state and its sum, for sorting. */
struct part {
	uint64_t sum;
	uint32_t state;
};

struct refine {
	const struct minimise *m;
	uint64_t seed;
	struct edges into;
	uint64_t *sum;			/* of each state */
	/* Block b holds elements[first[b] … past[b] - 1]; the touched ones stand first. */
	uint32_t n_blocks;
	uint32_t *elements, *place_of, *block_of;
	uint32_t *first, *past, *n_touched;
	uint32_t *touched, n_touched_blocks;
	/* States that got a new block, and by how much that differs from the old one. */
	uint32_t *moved, n_moved;
	uint64_t *change;
	struct part *parts, *spare_parts;	/* room to sort in */
};

static void *room(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (!p)
		base_no_memory();
	return p;
}

/* The dead state's block counts nothing, so edges into the dead state need not exist. */
static uint64_t value_of(const struct refine *r, uint32_t block)
{
	return block ? spread(r->seed ^ block) : 0;
}

static void edges_init(struct edges *e, const struct minimise *m)
{
	size_t n = 0;

	e->first = room(m->n_states + 1u, sizeof(*e->first));
	e->n = m->moves->first[m->n_states];
	for (size_t i = 0; i < e->n; i++)
		e->first[m->moves->all[i].to]++;
	/* Where those into a state end, for now: filling goes backwards. */
	for (uint32_t s = 0; s < m->n_states; s++)
		e->first[s] = n += e->first[s];
	e->first[m->n_states] = n;
	if (e->n > EDGES_MAX)
		return;
	e->tail = room(n, sizeof(*e->tail));
	e->weight = room(n, sizeof(*e->weight));
}

static void edges_fill(struct edges *e, const struct minimise *m, uint64_t seed)
{
	uint64_t of_class[CLASSES_MAX], *weights;

	for (uint32_t c = 0; c < CLASSES_MAX; c++)
		of_class[c] = spread(~seed ^ (uint64_t)c << 32);
	weights = moves_weigh_sets(m->moves, of_class);
	for (uint32_t s = 1; s < m->n_states; s++) {
		for (size_t i = m->moves->first[s]; i < m->moves->first[s + 1]; i++) {
			const struct move *move = &m->moves->all[i];
			size_t place = --e->first[move->to];

			e->tail[place] = s;
			e->weight[place] = weights[move->over];
		}
	}
	free(weights);
}

static void refine_init(struct refine *r, const struct minimise *m, uint64_t seed)
{
	size_t n = m->n_states;

	*r = (struct refine){ .m = m, .seed = spread(seed) };
	edges_init(&r->into, m);
	r->sum = room(n, sizeof(*r->sum));
	r->elements = room(n, sizeof(*r->elements));
	r->place_of = room(n, sizeof(*r->place_of));
	r->block_of = room(n, sizeof(*r->block_of));
	r->first = room(n, sizeof(*r->first));
	r->past = room(n, sizeof(*r->past));
	r->n_touched = room(n, sizeof(*r->n_touched));
	r->touched = room(n, sizeof(*r->touched));
	r->moved = room(n, sizeof(*r->moved));
	r->change = room(n, sizeof(*r->change));
	r->parts = room(n, sizeof(*r->parts));
	r->spare_parts = room(n, sizeof(*r->spare_parts));
}

static void refine_release(struct refine *r)
{
	free(r->into.first);
	free(r->into.tail);
	free(r->into.weight);
	free(r->sum);
	free(r->elements);
	free(r->place_of);
	free(r->block_of);
	free(r->first);
	free(r->past);
	free(r->n_touched);
	free(r->touched);
	free(r->moved);
	free(r->change);
	free(r->parts);
	free(r->spare_parts);
}

/* One block for each accept value, that of 0 first; all of it is touched. */
static void begin_blocks(struct refine *r)
{
	uint32_t n = r->m->n_states, last = 0;
	uint32_t *start;

	for (uint32_t s = 0; s < n; s++)
		last = r->m->accept[s] > last ? r->m->accept[s] : last;
	start = room(last + 2, sizeof(*start));
	for (uint32_t s = 0; s < n; s++)
		start[r->m->accept[s] + 1u]++;
	for (uint32_t a = 0; a <= last; a++) {
		uint32_t block = r->n_blocks, len = start[a + 1];

		start[a + 1] += start[a];
		if (!len)
			continue;
		r->first[block] = start[a];
		r->past[block] = start[a + 1];
		r->n_touched[block] = len;
		r->touched[r->n_touched_blocks++] = r->n_blocks++;
	}
	for (uint32_t s = 0; s < n; s++) {
		r->place_of[s] = start[r->m->accept[s]]++;
		r->elements[r->place_of[s]] = s;
	}
	for (uint32_t block = 0; block < r->n_blocks; block++)
		for (uint32_t i = r->first[block]; i < r->past[block]; i++)
			r->block_of[r->elements[i]] = block;
	free(start);
}

static void touch(struct refine *r, uint32_t state)
{
	uint32_t block = r->block_of[state], from = r->place_of[state];
	uint32_t to = r->first[block] + r->n_touched[block];

	if (from < to || r->past[block] - r->first[block] == 1)
		return;
	if (!r->n_touched[block]++)
		r->touched[r->n_touched_blocks++] = block;
	r->elements[from] = r->elements[to];
	r->place_of[r->elements[from]] = from;
	r->elements[to] = state;
	r->place_of[state] = to;
}

/* All that lead to the state learn that its block's number changed by so much. */
static void tell(struct refine *r, uint32_t state, uint64_t change)
{
	for (size_t i = r->into.first[state]; i < r->into.first[state + 1]; i++) {
		r->sum[r->into.tail[i]] += r->into.weight[i] * change;
		touch(r, r->into.tail[i]);
	}
}

static int compare_parts(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return (x->sum > y->sum) - (x->sum < y->sum);
}

static bool is_one_run(const struct part *parts, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
		if (parts[i].sum != parts[0].sum)
			return false;
	return true;
}

static void sort_few(struct part *parts, uint32_t n)
{
	if (is_one_run(parts, n))
		return;
	if (n > SHORT) {
		qsort(parts, n, sizeof(*parts), compare_parts);
		return;
	}
	for (uint32_t i = 1; i < n; i++) {
		struct part part = parts[i];
		uint32_t at = i;

		for (; at && parts[at - 1].sum > part.sum; at--)
			parts[at] = parts[at - 1];
		parts[at] = part;
	}
}

/* Sums are random numbers: by their first byte they fall apart into 256 heaps much alike. */
static void sort_parts(struct part *parts, struct part *spare, uint32_t n)
{
	uint32_t end[256] = { 0 };

	if (n <= MANY) {
		sort_few(parts, n);
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		end[parts[i].sum >> 56]++;
	for (uint32_t heap = 1; heap < 256; heap++)
		end[heap] += end[heap - 1];
	memcpy(spare, parts, n * sizeof(*parts));
	for (uint32_t i = n; i-- > 0;)
		parts[--end[spare[i].sum >> 56]] = spare[i];
	/* Where heaps end is now where they begin. */
	for (uint32_t heap = 0; heap < 256; heap++)
		sort_few(parts + end[heap], (heap < 255 ? end[heap + 1] : n) - end[heap]);
}

/*
 * Sorts a block's touched elements by their sums, those that are as the untouched ones last.
 * Gives the number of the others.
 */
static uint32_t sort_touched(struct refine *r, uint32_t block)
{
	uint32_t first = r->first[block], n = r->n_touched[block], n_apart = 0, n_back = n;
	bool has_rest = first + n < r->past[block];
	uint64_t rest = r->sum[r->elements[r->past[block] - 1]];

	for (uint32_t i = 0; i < n; i++) {
		uint32_t state = r->elements[first + i];
		uint32_t at = has_rest && r->sum[state] == rest ? --n_back : n_apart++;

		r->parts[at] = (struct part){ r->sum[state], state };
	}
	sort_parts(r->parts, r->spare_parts, n_apart);
	for (uint32_t i = 0; i < n; i++) {
		r->elements[first + i] = r->parts[i].state;
		r->place_of[r->parts[i].state] = first + i;
	}
	return n_apart;
}

/* The end of the run of equal sums that begins at place `at`. */
static uint32_t run_end(const struct refine *r, uint32_t at, uint32_t past)
{
	uint64_t sum = r->sum[r->elements[at]];

	while (at < past && r->sum[r->elements[at]] == sum)
		at++;
	return at;
}

static void move_run(struct refine *r, uint32_t from, uint32_t to, uint32_t block)
{
	uint32_t new = r->n_blocks++;
	uint64_t change = value_of(r, new) - value_of(r, block);

	r->first[new] = from;
	r->past[new] = to;
	r->n_touched[new] = 0;
	for (uint32_t i = from; i < to; i++) {
		uint32_t state = r->elements[i];

		r->block_of[state] = new;
		r->change[r->n_moved] = change;
		r->moved[r->n_moved++] = state;
	}
}

/* Gives each run of equal sums but one a block of its own: the dead state's or else the longest. */
static void split(struct refine *r, uint32_t block)
{
	uint32_t first = r->first[block], past = r->past[block];
	uint32_t apart = first + sort_touched(r, block), keep = apart, keep_end = past;

	r->n_touched[block] = 0;
	for (uint32_t at = first, end; at < apart; at = end) {
		end = run_end(r, at, apart);
		if (block ? end - at > keep_end - keep
			  : r->place_of[0] >= at && r->place_of[0] < end) {
			keep = at;
			keep_end = end;
		}
	}
	for (uint32_t at = first, end; at < past; at = end) {
		end = at < apart ? run_end(r, at, apart) : past;
		if (at != keep)
			move_run(r, at, end, block);
	}
	r->first[block] = keep;
	r->past[block] = keep_end;
}

static void refine_run(struct refine *r)
{
	begin_blocks(r);
	for (uint32_t s = 1; s < r->m->n_states; s++) {
		uint64_t value = value_of(r, r->block_of[s]);

		for (size_t i = r->into.first[s]; value && i < r->into.first[s + 1]; i++)
			r->sum[r->into.tail[i]] += r->into.weight[i] * value;
	}
	while (r->n_touched_blocks) {
		while (r->n_touched_blocks)
			split(r, r->touched[--r->n_touched_blocks]);
		for (uint32_t i = 0; i < r->n_moved; i++)
			tell(r, r->moved[i], r->change[i]);
		r->n_moved = 0;
	}
}

/* Whether the states of each block really have equal rows of blocks. */
static bool is_stable(const struct refine *r)
{
	for (uint32_t s = 0; s < r->m->n_states; s++) {
		uint32_t one = r->elements[r->first[r->block_of[s]]];

		if (one != s && !minimise_is_alike(r->m, r->block_of, one, s))
			return false;
	}
	return true;
}

/* False if it needs too much memory. */
static bool refine_try(const struct minimise *m, uint64_t seed, struct refine *r)
{
	refine_init(r, m, seed);
	if (r->into.n > EDGES_MAX)
		return false;
	edges_fill(&r->into, m, r->seed);
	refine_run(r);
	return true;
}

uint32_t minimise(const struct minimise *m, uint32_t *block_of)
{
	uint32_t n_blocks = 0;

	for (uint64_t seed = 0; !n_blocks; seed++) {
		struct refine r;

		if (!refine_try(m, seed, &r))
			n_blocks = minimise_moore(m, block_of);
		else if (is_stable(&r)) {
			memcpy(block_of, r.block_of, m->n_states * sizeof(*block_of));
			n_blocks = r.n_blocks;
		}
		refine_release(&r);
	}
	return n_blocks;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats dense rows, gives them packed. The one idea: the widest combs first, each at the first place
 * where all its teeth find gaps; those of one tooth, which are most, then fill the gaps in order.
 */
#include "automata/comb.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

enum {
	TRIES_MAX = 24,	/* places tried in vain for one row before the rest begins further on */
	WORDS = 4,		/* of a bit for each class */
};

/* The cells of a row that differ from its fallback, as bits over the classes. */
struct teeth {
	uint64_t bits[WORDS];
	uint32_t n;
	uint32_t state;
	uint16_t fallback;		/* not renamed */
};

struct pack {
	const struct comb_rows *rows;
	struct comb *out;
	struct teeth *teeth;		/* by state */
	uint64_t *taken;		/* a bit for each cell */
	size_t cap_cells;
	size_t first_free;
	size_t from;			/* where rows of this width are tried first */
	uint32_t width;
	uint16_t *counts;		/* by old number, all 0 between uses */
};

static const uint16_t *row_of(const struct pack *p, uint32_t state)
{
	uint32_t old = p->rows->old_of ? p->rows->old_of[state] : state;

	return p->rows->cells + ((size_t)old << p->rows->shift);
}

static uint16_t renamed(const struct pack *p, uint16_t old)
{
	return p->rows->new_of ? p->rows->new_of[old] : old;
}

/* The target that most cells of the row have, the smallest of several. */
static uint16_t most_frequent(const struct pack *p, const uint16_t *row)
{
	uint16_t best = 0;
	uint32_t best_n = 0;

	for (uint32_t c = 0; c < p->rows->n_classes; c++)
		p->counts[row[c]]++;
	for (uint32_t c = 0; c < p->rows->n_classes; c++) {
		uint32_t n = p->counts[row[c]];

		p->counts[row[c]] = 0;
		if (n > best_n || (n && n == best_n && row[c] < best)) {
			best = row[c];
			best_n = n;
		}
	}
	return best;
}

static void set_teeth(const struct pack *p, const uint16_t *row, struct teeth *teeth)
{
	teeth->n = 0;
	for (uint32_t word = 0; word < WORDS; word++) {
		uint32_t from = word * 64, n = p->rows->n_classes;
		uint64_t bits = 0;

		for (uint32_t c = from; c < n && c < from + 64; c++)
			bits |= (uint64_t)(row[c] != teeth->fallback) << c % 64;
		teeth->bits[word] = bits;
		teeth->n += (uint32_t)__builtin_popcountll(bits);
	}
}

static void find_teeth(const struct pack *p, uint32_t state, struct teeth *teeth)
{
	const uint16_t *row = row_of(p, state);

	teeth->state = state;
	/* Mostly what the last class leads to is it; half the cells prove it. */
	teeth->fallback = row[p->rows->n_classes - 1];
	set_teeth(p, row, teeth);
	if (2 * teeth->n < p->rows->n_classes)
		return;
	teeth->fallback = most_frequent(p, row);
	set_teeth(p, row, teeth);
}

/* Most teeth first, then by number: places for each width, filled in the order of the states. */
static void sort_teeth(struct teeth *from, struct teeth *to, uint32_t n)
{
	uint32_t place[64 * WORDS + 1] = { 0 }, at = 0;

	for (uint32_t i = 0; i < n; i++)
		place[from[i].n]++;
	for (uint32_t width = 64 * WORDS + 1; width-- > 0;) {
		uint32_t count = place[width];

		place[width] = at;
		at += count;
	}
	for (uint32_t i = 0; i < n; i++)
		to[place[from[i].n]++] = from[i];
}

static void grow(struct pack *p, size_t n)
{
	struct comb *c = p->out;
	size_t cap = p->cap_cells;

	if (n <= cap)
		return;
	while (cap < n)
		cap = cap ? cap * 2 : 1024;
	c->next = realloc(c->next, cap * sizeof(*c->next));
	c->check = realloc(c->check, cap * sizeof(*c->check));
	/* More words than cells: fits() looks past the end. */
	p->taken = realloc(p->taken, (cap / 64 + 2 * WORDS) * sizeof(*p->taken));
	if (!c->next || !c->check || !p->taken)
		base_no_memory();
	memset(c->next + p->cap_cells, 0, (cap - p->cap_cells) * sizeof(*c->next));
	memset(c->check + p->cap_cells, 0, (cap - p->cap_cells) * sizeof(*c->check));
	if (!p->cap_cells)
		memset(p->taken, 0, 2 * WORDS * sizeof(*p->taken));
	memset(p->taken + p->cap_cells / 64 + 2 * WORDS, 0, (cap - p->cap_cells) / 64 * sizeof(*p->taken));
	p->cap_cells = cap;
}

static bool fits(const struct pack *p, const struct teeth *teeth, size_t base)
{
	size_t word = base / 64;
	unsigned shift = base % 64;

	for (size_t i = 0; i < WORDS; i++) {
		uint64_t here = p->taken[word + i] >> shift;

		if (shift)
			here |= p->taken[word + i + 1] << (64 - shift);
		if (here & teeth->bits[i])
			return false;
	}
	return true;
}

static uint32_t first_tooth(const struct teeth *teeth)
{
	for (uint32_t i = 0; i < WORDS; i++)
		if (teeth->bits[i])
			return i * 64 + (uint32_t)__builtin_ctzll(teeth->bits[i]);
	return 0;
}

static void skip_taken(struct pack *p)
{
	while (p->taken[p->first_free / 64] >> p->first_free % 64 & 1) {
		p->first_free++;
		grow(p, p->first_free + 512);
	}
}

static size_t find_base(struct pack *p, const struct teeth *teeth)
{
	uint32_t tooth = first_tooth(teeth);
	size_t first, at;

	skip_taken(p);
	if (teeth->n != p->width)
		p->from = 0;
	p->width = teeth->n;
	first = p->first_free > tooth ? p->first_free - tooth : 0;
	if (first < p->from)
		first = p->from;
	for (at = first; !fits(p, teeth, at); at++)
		;
	/* Where this one found nothing, the next of its width will hardly find more. */
	if (at - first > TRIES_MAX)
		p->from = at - TRIES_MAX;
	return at;
}

static void take_cell(struct pack *p, size_t cell, uint16_t next, uint16_t state)
{
	struct comb *out = p->out;

	out->next[cell] = next;
	out->check[cell] = state;
	p->taken[cell / 64] |= 1ull << cell % 64;
	if (cell >= out->n_cells)
		out->n_cells = cell + 1;
}

static void place(struct pack *p, const struct teeth *teeth)
{
	const uint16_t *row = row_of(p, teeth->state);
	struct comb *out = p->out;
	size_t base;

	out->fallback[teeth->state] = renamed(p, teeth->fallback);
	if (!teeth->n)
		return;
	grow(p, out->n_cells + 1024);
	base = find_base(p, teeth);
	grow(p, base + 512);
	out->base[teeth->state] = (uint32_t)base;
	for (uint32_t word = 0; word < WORDS; word++) {
		for (uint64_t bits = teeth->bits[word]; bits; bits &= bits - 1) {
			uint32_t c = word * 64 + (uint32_t)__builtin_ctzll(bits);

			take_cell(p, base + c, renamed(p, row[c]), (uint16_t)teeth->state);
		}
	}
}

/* Whoever walks may look at any class's cell from any base. */
static void make_room_behind(struct pack *p)
{
	size_t last = 0;

	for (uint32_t s = 0; s < p->rows->n_states; s++)
		if (p->out->base[s] > last)
			last = p->out->base[s];
	grow(p, last + p->rows->width);
	if (p->out->n_cells < last + p->rows->width)
		p->out->n_cells = last + p->rows->width;
}

void comb_pack(const struct comb_rows *rows, struct comb *out)
{
	struct arena arena = { 0 };
	struct pack p = { .rows = rows, .out = out };
	uint32_t n = rows->n_states;
	struct teeth *sorted;

	p.teeth = arena_array(&arena, struct teeth, n);
	p.counts = arena_array(&arena, uint16_t, rows->n_rows);
	*out = (struct comb){ .base = calloc(n, sizeof(*out->base)),
			      .fallback = calloc(n, sizeof(*out->fallback)) };
	if (!out->base || !out->fallback)
		base_no_memory();
	grow(&p, 1024);
	/* Cell 0 is the dead state's: check 0, next 0. */
	p.taken[0] = 1;
	out->n_cells = 1;
	for (uint32_t s = 1; s < n; s++)
		find_teeth(&p, s, &p.teeth[s]);
	sorted = arena_array(&arena, struct teeth, n);
	sort_teeth(p.teeth + 1, sorted, n - 1);
	for (uint32_t i = 0; i + 1 < n; i++)
		place(&p, &sorted[i]);
	make_room_behind(&p);
	free(p.taken);
	arena_release(&arena);
}

void comb_release(struct comb *c)
{
	free(c->base);
	free(c->fallback);
	free(c->next);
	free(c->check);
	*c = (struct comb){ 0 };
}

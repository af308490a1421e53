/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a dense automaton, gives the kernel's tables. The one idea: a state's row without its most
 * frequent target is a comb, and combs are pushed into each other, the widest first, each at the
 * first place where all its teeth find gaps.
 */
#include "compile/kernel_table.h"

#include "base/arena.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

enum {
	MAGIC = 0x1b5e783d,
	TABLE_ACCEPT = 1,
	TABLE_BASE = 2,
	TABLE_CHECK = 3,
	TABLE_DEFAULT = 4,
	TABLE_CLASSES = 5,
	TABLE_ACCEPT2 = 7,
	TABLE_NEXT = 8,
	TRIES_MAX = 4096,		/* places tried for one state before a new end is taken */
};
static const char version[] = "notflex";

/* A state's comb: the cells that differ from the default, as bits over the classes. */
struct comb {
	uint64_t teeth[4];
	uint32_t n_teeth;
	uint32_t state;			/* new number */
	uint16_t fallback;		/* old number of the default target */
};

struct pack {
	struct arena arena;
	const struct dfa *d;
	uint32_t n_states;
	uint32_t *old_of;		/* by new number */
	uint16_t *new_of;		/* by old number; 0: not reached, or dead */
	struct comb *combs;		/* by new number, then sorted */
	uint32_t *base;
	uint16_t *fallback;		/* new numbers */
	uint16_t *next, *check;		/* cells */
	uint64_t *taken;		/* a bit per cell */
	size_t n_cells;			/* in use */
	size_t cap_cells;
	size_t first_free;
	uint16_t *counts;		/* by old number, all 0 between uses */
};

static const uint16_t *row_of(const struct pack *p, uint32_t old)
{
	return p->d->cells + ((size_t)old << p->d->shift);
}

static void visit(struct pack *p, uint32_t old)
{
	if (!old || p->new_of[old])
		return;
	p->new_of[old] = (uint16_t)p->n_states;
	p->old_of[p->n_states++] = old;
}

/* Numbers what the start reaches, breadth-first: dead 0, start 1. A dead start gets a number. */
static void number_states(struct pack *p, uint32_t start)
{
	p->old_of = arena_array(&p->arena, uint32_t, (size_t)p->d->n_states + 2);
	p->new_of = arena_array(&p->arena, uint16_t, (size_t)p->d->n_states + 2);
	p->counts = arena_array(&p->arena, uint16_t, (size_t)p->d->n_states + 2);
	p->n_states = 1;
	visit(p, start);
	if (!start)
		p->old_of[p->n_states++] = 0;
	for (uint32_t s = 1; s < p->n_states; s++)
		for (uint32_t c = 0; c < p->d->n_classes; c++)
			visit(p, row_of(p, p->old_of[s])[c]);
}

/* The target that most cells of the row have, the smallest of several. */
static uint16_t most_frequent(const struct pack *p, uint32_t old)
{
	const uint16_t *row = row_of(p, old);
	uint16_t best = 0;
	uint32_t best_n = 0;

	for (uint32_t c = 0; c < p->d->n_classes; c++)
		p->counts[row[c]]++;
	for (uint32_t c = 0; c < p->d->n_classes; c++) {
		uint32_t n = p->counts[row[c]];

		p->counts[row[c]] = 0;
		if (n > best_n || (n && n == best_n && row[c] < best)) {
			best = row[c];
			best_n = n;
		}
	}
	return best;
}

static void make_comb(const struct pack *p, uint32_t state, struct comb *comb)
{
	uint32_t old = p->old_of[state];
	const uint16_t *row = row_of(p, old);

	*comb = (struct comb){ .state = state, .fallback = most_frequent(p, old) };
	for (uint32_t c = 0; c < p->d->n_classes; c++) {
		if (row[c] == comb->fallback)
			continue;
		comb->teeth[c / 64] |= 1ull << c % 64;
		comb->n_teeth++;
	}
}

/* Most teeth first; then by number, so that the bytes do not depend on the sort. */
static int compare_combs(const void *a, const void *b)
{
	const struct comb *x = a, *y = b;

	if (x->n_teeth != y->n_teeth)
		return x->n_teeth < y->n_teeth ? 1 : -1;
	return (x->state > y->state) - (x->state < y->state);
}

static void grow_cells(struct pack *p, size_t n)
{
	size_t cap = p->cap_cells;

	if (n <= cap)
		return;
	while (cap < n)
		cap = cap ? cap * 2 : 4096;
	p->next = realloc(p->next, cap * sizeof(*p->next));
	p->check = realloc(p->check, cap * sizeof(*p->check));
	/* Two words more: fits() looks past the end. */
	p->taken = realloc(p->taken, (cap / 64 + 8) * sizeof(*p->taken));
	if (!p->next || !p->check || !p->taken)
		base_no_memory();
	memset(p->next + p->cap_cells, 0, (cap - p->cap_cells) * sizeof(*p->next));
	memset(p->check + p->cap_cells, 0, (cap - p->cap_cells) * sizeof(*p->check));
	if (!p->cap_cells)
		memset(p->taken, 0, 8 * sizeof(*p->taken));
	memset(p->taken + p->cap_cells / 64 + 8, 0, (cap - p->cap_cells) / 64 * sizeof(*p->taken));
	p->cap_cells = cap;
}

static bool fits(const struct pack *p, const struct comb *comb, size_t base)
{
	size_t word = base / 64;
	unsigned shift = base % 64;

	for (int i = 0; i < 4; i++) {
		uint64_t here = p->taken[word + (size_t)i] >> shift;

		if (shift)
			here |= p->taken[word + (size_t)i + 1] << (64 - shift);
		if (here & comb->teeth[i])
			return false;
	}
	return true;
}

static uint32_t first_tooth(const struct comb *comb)
{
	for (uint32_t i = 0; i < 4; i++)
		if (comb->teeth[i])
			return i * 64 + (uint32_t)__builtin_ctzll(comb->teeth[i]);
	return 0;
}

static size_t find_base(struct pack *p, const struct comb *comb)
{
	uint32_t tooth = first_tooth(comb);
	size_t at;

	while (p->taken[p->first_free / 64] >> p->first_free % 64 & 1) {
		p->first_free++;
		grow_cells(p, p->first_free + 512);
	}
	at = p->first_free > tooth ? p->first_free - tooth : 0;
	for (unsigned tries = 0; at < p->n_cells; at++) {
		if (fits(p, comb, at))
			return at;
		if (++tries == TRIES_MAX) {
			at = p->n_cells > tooth ? p->n_cells - tooth : 0;
			while (!fits(p, comb, at))
				at++;
			return at;
		}
	}
	return at;
}

static void place(struct pack *p, const struct comb *comb)
{
	const uint16_t *row = row_of(p, p->old_of[comb->state]);
	size_t base;

	p->fallback[comb->state] = p->new_of[comb->fallback];
	if (!comb->n_teeth)
		return;
	grow_cells(p, p->n_cells + 1024);
	base = find_base(p, comb);
	grow_cells(p, base + 512);
	p->base[comb->state] = (uint32_t)base;
	for (uint32_t c = 0; c < p->d->n_classes; c++) {
		size_t cell = base + c;

		if (!(comb->teeth[c / 64] >> c % 64 & 1))
			continue;
		p->next[cell] = p->new_of[row[c]];
		p->check[cell] = (uint16_t)comb->state;
		p->taken[cell / 64] |= 1ull << cell % 64;
		if (cell >= p->n_cells)
			p->n_cells = cell + 1;
	}
}

static void pack_all(struct pack *p, uint32_t start)
{
	size_t last = 0;

	number_states(p, start);
	p->combs = arena_array(&p->arena, struct comb, p->n_states);
	p->base = arena_array(&p->arena, uint32_t, p->n_states);
	p->fallback = arena_array(&p->arena, uint16_t, p->n_states);
	grow_cells(p, 1024);
	/* Cell 0 is the dead state's: check 0, next 0. */
	p->taken[0] = 1;
	p->n_cells = 1;
	for (uint32_t s = 1; s < p->n_states; s++)
		make_comb(p, s, &p->combs[s]);
	qsort(p->combs + 1, p->n_states - 1, sizeof(*p->combs), compare_combs);
	for (uint32_t s = 1; s < p->n_states; s++)
		place(p, &p->combs[s]);
	/* Readers may look at any byte's cell from any base. */
	for (uint32_t s = 0; s < p->n_states; s++)
		if (p->base[s] > last)
			last = p->base[s];
	grow_cells(p, last + 256);
	if (p->n_cells < last + 256)
		p->n_cells = last + 256;
}

static void put(struct buf *out, uint32_t value, size_t size)
{
	for (size_t i = size; i-- > 0;)
		buf_add_char(out, (char)(value >> 8 * i));
}

/* Fills up to a multiple of 8, counted from `from`. */
static void pad(struct buf *out, size_t from)
{
	while ((out->len - from) % 8)
		buf_add_char(out, 0);
}

static size_t open_table(struct buf *out, unsigned id, size_t size, size_t n)
{
	size_t from = out->len;

	put(out, id, 2);
	put(out, (uint32_t)size, 2);
	put(out, 0, 4);
	put(out, (uint32_t)n, 4);
	return from;
}

static void add_accepts(const struct pack *p, const struct kernel_accept *accept, int n_words,
			struct buf *out)
{
	for (int which = 0; which < n_words; which++) {
		size_t from = open_table(out, which ? TABLE_ACCEPT2 : TABLE_ACCEPT, 4, p->n_states);

		for (uint32_t s = 0; s < p->n_states; s++) {
			const struct kernel_accept *a = &accept[p->d->accept[p->old_of[s]]];

			put(out, which ? a->second : a->first, 4);
		}
		pad(out, from);
	}
}

static void add_u16s(struct buf *out, unsigned id, const uint16_t *values, size_t n)
{
	size_t from = open_table(out, id, 2, n);

	for (size_t i = 0; i < n; i++)
		put(out, values[i], 2);
	pad(out, from);
}

static void add_classes_and_bases(const struct pack *p, struct buf *out)
{
	size_t from = open_table(out, TABLE_CLASSES, 1, 256);

	buf_add(out, p->d->class_of, 256);
	pad(out, from);
	from = open_table(out, TABLE_BASE, 4, p->n_states);
	for (uint32_t s = 0; s < p->n_states; s++)
		put(out, p->base[s], 4);
	pad(out, from);
}

static void add_header(struct buf *out, size_t tables_len)
{
	size_t from = out->len, len = (4 + 4 + 4 + 2 + sizeof(version) + 7) / 8 * 8;

	put(out, MAGIC, 4);
	put(out, (uint32_t)len, 4);
	put(out, (uint32_t)(len + tables_len), 4);
	put(out, 0, 2);
	buf_add(out, version, sizeof(version));
	pad(out, from);
	assert(out->len - from == len);
}

static void add_all(const struct pack *p, const struct kernel_accept *accept, int n_words,
		    struct buf *out)
{
	auto_buf tables = BUF_INIT;

	add_accepts(p, accept, n_words, &tables);
	add_classes_and_bases(p, &tables);
	add_u16s(&tables, TABLE_DEFAULT, p->fallback, p->n_states);
	add_u16s(&tables, TABLE_NEXT, p->next, p->n_cells);
	add_u16s(&tables, TABLE_CHECK, p->check, p->n_cells);
	add_header(out, tables.len);
	buf_add_slice(out, buf_slice(&tables));
}

int kernel_table_add(const struct dfa *d, uint32_t start, const struct kernel_accept *accept,
		     int n_words, struct buf *out, struct err *err)
{
	struct pack p = { .d = d };
	int r = 0;

	assert(start < d->n_states || !start);
	pack_all(&p, start);
	if (p.n_states > KERNEL_TABLE_STATES_MAX || p.n_cells > KERNEL_TABLE_CELLS_MAX)
		r = err_say(err, -E2BIG, "the automaton is too large for a kernel: %u states, %zu cells",
			    p.n_states, p.n_cells);
	else
		add_all(&p, accept, n_words, out);
	free(p.next);
	free(p.check);
	free(p.taken);
	arena_release(&p.arena);
	return r;
}

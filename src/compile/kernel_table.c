/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a dense automaton, gives the kernel's tables: states numbered from one start, rows packed
 * (automata/comb.h), all of it big-endian.
 */
#include "compile/kernel_table.h"

#include "automata/comb.h"
#include "base/arena.h"

#include <assert.h>
#include <errno.h>

enum {
	MAGIC = 0x1b5e783d,
	TABLE_ACCEPT = 1,
	TABLE_BASE = 2,
	TABLE_CHECK = 3,
	TABLE_DEFAULT = 4,
	TABLE_CLASSES = 5,
	TABLE_ACCEPT2 = 7,
	TABLE_NEXT = 8,
	WIDTH = 256,			/* kernels look at any byte's cell from any base */
	FLAG_BEYOND = 2,		/* of the header: some states have the flag below */
};
#define BASE_BEYOND 0x20000000u
static const char version[] = "notflex";

struct pack {
	struct arena arena;
	const struct dfa *d;
	uint32_t n_states;
	uint32_t *old_of;		/* by new number */
	uint16_t *new_of;		/* by old number; 0: not reached, or dead */
	struct comb comb;
	const uint16_t *beyond;		/* NULL: no state leads on but over bytes */
	struct dfa wide;		/* with them: d with a column more */
};

/*
 * Steps that no byte makes are cells in front of a row's: here they are the first column of a row,
 * and the kernel's rows begin with the second.
 */
static void widen(struct pack *p, const uint16_t *beyond)
{
	const struct dfa *d = p->d;
	struct dfa *w = &p->wide;

	*w = *d;
	w->n_classes++;
	w->shift += w->n_classes > 1u << d->shift;
	w->cells = arena_array(&p->arena, uint16_t, (size_t)d->n_states << w->shift);
	for (uint32_t s = 0; s < d->n_states; s++) {
		uint16_t *row = w->cells + ((size_t)s << w->shift);

		row[0] = beyond[d->accept[s]];
		memcpy(row + 1, d->cells + ((size_t)s << d->shift), d->n_classes * sizeof(*row));
	}
	p->beyond = beyond;
	p->d = w;
}

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
	p->n_states = 1;
	visit(p, start);
	if (!start)
		p->old_of[p->n_states++] = 0;
	for (uint32_t s = 1; s < p->n_states; s++)
		for (uint32_t c = 0; c < p->d->n_classes; c++)
			visit(p, row_of(p, p->old_of[s])[c]);
}

static void pack_all(struct pack *p, uint32_t start)
{
	struct comb_rows rows = {
		.cells = p->d->cells,
		.shift = p->d->shift,
		.n_classes = p->d->n_classes,
		.n_rows = p->d->n_states,
		.width = WIDTH + (p->beyond ? 1 : 0),
	};

	number_states(p, start);
	rows.n_states = p->n_states;
	rows.old_of = p->old_of;
	rows.new_of = p->new_of;
	comb_pack(&rows, &p->comb);
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

static uint32_t base_of(const struct pack *p, uint32_t state)
{
	uint32_t base = p->comb.base[state];

	if (!p->beyond)
		return base;
	return p->beyond[p->d->accept[p->old_of[state]]] ? (base + 1) | BASE_BEYOND : base + 1;
}

static void add_classes_and_bases(const struct pack *p, struct buf *out)
{
	size_t from = open_table(out, TABLE_CLASSES, 1, 256);

	buf_add(out, p->d->class_of, 256);
	pad(out, from);
	from = open_table(out, TABLE_BASE, 4, p->n_states);
	for (uint32_t s = 0; s < p->n_states; s++)
		put(out, base_of(p, s), 4);
	pad(out, from);
}

static void add_header(const struct pack *p, size_t tables_len, struct buf *out)
{
	size_t from = out->len, len = (4 + 4 + 4 + 2 + sizeof(version) + 7) / 8 * 8;

	put(out, MAGIC, 4);
	put(out, (uint32_t)len, 4);
	put(out, (uint32_t)(len + tables_len), 4);
	put(out, p->beyond ? FLAG_BEYOND : 0, 2);
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
	add_u16s(&tables, TABLE_DEFAULT, p->comb.fallback, p->n_states);
	add_u16s(&tables, TABLE_NEXT, p->comb.next, p->comb.n_cells);
	add_u16s(&tables, TABLE_CHECK, p->comb.check, p->comb.n_cells);
	add_header(p, tables.len, out);
	buf_add_slice(out, buf_slice(&tables));
}

static int add_from(struct pack *p, uint32_t start, const struct kernel_accept *accept, int n_words,
		    struct buf *out, struct err *err)
{
	int r = 0;

	assert(start < p->d->n_states || !start);
	pack_all(p, start);
	if (p->n_states > KERNEL_TABLE_STATES_MAX || p->comb.n_cells > KERNEL_TABLE_CELLS_MAX)
		r = err_say(err, -E2BIG, "the automaton is too large for a kernel: %u states, %zu cells",
			    p->n_states, p->comb.n_cells);
	else
		add_all(p, accept, n_words, out);
	comb_release(&p->comb);
	arena_release(&p->arena);
	return r;
}

int kernel_table_add(const struct dfa *d, uint32_t start, const struct kernel_accept *accept,
		     int n_words, struct buf *out, struct err *err)
{
	return add_from(&(struct pack){ .d = d }, start, accept, n_words, out, err);
}

int kernel_table_add_beyond(const struct dfa *d, uint32_t start, const struct kernel_accept *accept,
			    const uint16_t *beyond, struct buf *out, struct err *err)
{
	struct pack p = { .d = d };

	if (d->n_classes == WIDTH)
		return err_say(err, -E2BIG, "the patterns tell every byte from every other");
	widen(&p, beyond);
	return add_from(&p, start, accept, 2, out, err);
}

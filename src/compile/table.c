/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats a dense automaton, gives it packed to the image. */
#include "compile/table.h"

#include "automata/comb.h"

uint32_t table_add(struct image_build *b, const struct dfa *d, uint32_t first_entry)
{
	struct comb_rows rows = {
		.cells = d->cells,
		.shift = d->shift,
		.n_classes = d->n_classes,
		.n_rows = d->n_states,
		.n_states = d->n_states,
		.width = d->n_classes,
	};
	struct image_build_table table = {
		.class_of = d->class_of,
		.n_classes = d->n_classes,
		.n_states = d->n_states,
		.accept = d->accept,
		.first_entry = first_entry,
	};
	struct comb comb;
	uint32_t number;

	comb_pack(&rows, &comb);
	table.base = comb.base;
	table.fallback = comb.fallback;
	table.n_cells = (uint32_t)comb.n_cells;
	table.check = comb.check;
	table.next = comb.next;
	number = image_build_table(b, &table);
	comb_release(&comb);
	return number;
}

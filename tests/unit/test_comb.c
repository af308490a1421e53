/* SPDX-License-Identifier: BSD-2-Clause */
/* Packed rows say what the dense ones say, in little more room than what differs takes. */
#include "automata/comb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { STATES_MAX = 400, SHIFT = 6, CLASSES = 50, ROUNDS = 60 };

static uint32_t seed = 11;

static uint32_t roll(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

/* Rows as policies have them: one target for most bytes, few or many others. */
static void fill_rows(uint16_t *cells, uint32_t n_states)
{
	memset(cells, 0, (STATES_MAX << SHIFT) * sizeof(*cells));
	for (uint32_t s = 1; s < n_states; s++) {
		uint16_t *row = cells + (s << SHIFT);
		uint16_t most = (uint16_t)(roll(3) ? 0 : roll(n_states));

		for (uint32_t c = 0; c < CLASSES; c++)
			row[c] = most;
		for (uint32_t n = roll(4) ? roll(3) : roll(CLASSES); n; n--)
			row[roll(CLASSES)] = (uint16_t)roll(n_states);
	}
}

static uint16_t step(const struct comb *c, uint32_t state, uint32_t class)
{
	size_t cell = c->base[state] + class;

	assert_true(cell < c->n_cells);
	return c->check[cell] == state ? c->next[cell] : c->fallback[state];
}

static void test_same(void **state)
{
	uint16_t *cells = malloc((STATES_MAX << SHIFT) * sizeof(*cells));

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		uint32_t n = 1 + roll(STATES_MAX);
		struct comb_rows rows = { .cells = cells, .shift = SHIFT, .n_classes = CLASSES,
					  .n_rows = n, .n_states = n, .width = CLASSES };
		struct comb comb;

		fill_rows(cells, n);
		comb_pack(&rows, &comb);
		for (uint32_t s = 0; s < n; s++)
			for (uint32_t c = 0; c < CLASSES; c++)
				assert_int_equal(step(&comb, s, c), cells[(s << SHIFT) + c]);
		comb_release(&comb);
	}
	free(cells);
}

/* Some of the states, the other way round. */
static void test_renamed(void **state)
{
	uint16_t *cells = malloc((STATES_MAX << SHIFT) * sizeof(*cells));
	uint32_t old_of[STATES_MAX] = { 0 };
	uint16_t new_of[STATES_MAX] = { 0 };
	struct comb_rows rows = { .cells = cells, .shift = SHIFT, .n_classes = CLASSES,
				  .n_rows = STATES_MAX, .n_states = STATES_MAX / 2, .old_of = old_of,
				  .new_of = new_of, .width = 256 };
	struct comb comb;

	(void)state;
	fill_rows(cells, STATES_MAX);
	for (uint32_t s = 1; s < STATES_MAX / 2; s++) {
		old_of[s] = STATES_MAX - s;
		new_of[STATES_MAX - s] = (uint16_t)s;
	}
	comb_pack(&rows, &comb);
	for (uint32_t s = 0; s < STATES_MAX / 2; s++) {
		assert_true(comb.base[s] + 256 <= comb.n_cells);
		for (uint32_t c = 0; c < CLASSES; c++)
			assert_int_equal(step(&comb, s, c), new_of[cells[(old_of[s] << SHIFT) + c]]);
	}
	comb_release(&comb);
	free(cells);
}

/* Rows that differ from their fallback in one cell fill the gaps: hardly a cell stays empty. */
static void test_dense(void **state)
{
	uint16_t *cells = calloc(STATES_MAX << SHIFT, sizeof(*cells));
	struct comb_rows rows = { .cells = cells, .shift = SHIFT, .n_classes = CLASSES,
				  .n_rows = STATES_MAX, .n_states = STATES_MAX, .width = CLASSES };
	struct comb comb;

	(void)state;
	for (uint32_t s = 1; s < STATES_MAX; s++) {
		for (uint32_t c = 0; c < CLASSES; c += 7)
			if (s < 20)
				cells[(s << SHIFT) + c] = (uint16_t)(s + 1);
		cells[(s << SHIFT) + s % CLASSES] = (uint16_t)(s - 1);
	}
	comb_pack(&rows, &comb);
	assert_true(comb.n_cells < STATES_MAX + 20 * CLASSES / 7 + 2 * CLASSES);
	comb_release(&comb);
	free(cells);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_renamed),
		cmocka_unit_test(test_dense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

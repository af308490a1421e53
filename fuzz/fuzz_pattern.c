/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a pattern, a line end, and an object; asks the automaton and the backtracking matcher. They must
 * agree, and nothing may crash or run away.
 */
#include "automata/dfa.h"
#include "automata/pattern.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { PATTERN_MAX = 200, STEPS_MAX = 200000 };

static uint32_t one(void *of, const uint32_t *labels, size_t n_labels)
{
	(void)of;
	(void)labels;
	return n_labels > 0;
}

static void compare(const struct pattern *tree, struct slice text, struct slice object)
{
	const struct dfa_meaning meaning = { NULL, one };
	struct dfa_builder *b = dfa_builder_new();
	int expected = pattern_matches(text, object, STEPS_MAX);
	struct dfa dfa;

	dfa_builder_add(b, 0, tree, 0);
	if (!dfa_build(b, &meaning, &dfa, NULL)) {
		if (expected >= 0 && (int)dfa_match(&dfa, 0, object) != expected)
			abort();
		dfa_release(&dfa);
	}
	dfa_builder_free(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *end = len ? memchr(data, '\n', len) : NULL;
	struct arena arena = ARENA_INIT;
	struct pattern_problem problem;
	const struct pattern *tree;
	struct slice text, object;

	if (!end || end - data > PATTERN_MAX)
		return 0;
	text = slice_make((const char *)data, (size_t)(end - data));
	object = slice_make((const char *)end + 1, len - text.len - 1);
	tree = pattern_parse(text, &arena, &problem);
	if (tree)
		compare(tree, text, object);
	arena_release(&arena);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Automata: random patterns against the backtracking matcher, and against Moore's minimiser. */
#include "automata/dfa.h"
#include "automata/minimise.h"
#include "automata/pattern.h"
#include "automata/product.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

enum { N_ROUNDS = 400, N_PATTERNS = 12, N_OBJECTS = 60, N_STARTS = 3 };

static uint32_t seed = 1;

static uint32_t roll(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static void random_run(struct buf *out, int depth)
{
	static const char *const parts[] = {
		"a", "b", "ab", "/", "/", "*", "**", "?", "[ab]", "[^a]", "\\x61", "[a-c/]", "c",
	};

	for (uint32_t n = roll(5); n; n--) {
		if (depth < 3 && !roll(6)) {
			buf_add_char(out, '{');
			random_run(out, depth + 1);
			buf_add_char(out, ',');
			random_run(out, depth + 1);
			buf_add_char(out, '}');
		} else {
			buf_add_text(out, parts[roll(sizeof(parts) / sizeof(parts[0]))]);
		}
	}
}

static void random_object(struct buf *out)
{
	buf_clear(out);
	buf_add_char(out, '/');
	for (uint32_t n = roll(8); n; n--)
		buf_add_char(out, "aabbc//d"[roll(8)]);
}

/* The labels that matched, as bits: that is what an accept value means here. */
static uint32_t bits_of(void *of, const uint32_t *labels, size_t n_labels)
{
	uint32_t bits = 0;

	(void)of;
	for (size_t i = 0; i < n_labels; i++) {
		assert_true(labels[i] < N_PATTERNS);
		assert_true(!i || labels[i] > labels[i - 1]);
		bits |= 1u << labels[i];
	}
	return bits;
}

static const struct dfa_meaning meaning = { NULL, bits_of };

struct sample {
	struct buf text[N_PATTERNS];
	unsigned start[N_PATTERNS];
	struct dfa dfa;
};

static void sample_init(struct sample *s)
{
	struct dfa_builder *b = dfa_builder_new();
	struct arena arena = ARENA_INIT;
	struct pattern_problem problem;

	memset(s, 0, sizeof(*s));
	for (uint32_t i = 0; i < N_PATTERNS; i++) {
		const struct pattern *p;

		buf_add_char(&s->text[i], '/');
		random_run(&s->text[i], 0);
		s->start[i] = roll(N_STARTS);
		p = pattern_parse(buf_slice(&s->text[i]), &arena, &problem);
		assert_non_null(p);
		dfa_builder_add(b, s->start[i], p, i);
	}
	assert_int_equal(dfa_build(b, &meaning, &s->dfa, NULL), 0);
	arena_release(&arena);
	dfa_builder_free(b);
}

static void sample_release(struct sample *s)
{
	for (int i = 0; i < N_PATTERNS; i++)
		buf_release(&s->text[i]);
	dfa_release(&s->dfa);
}

static uint32_t expected(const struct sample *s, unsigned start, struct slice object)
{
	uint32_t bits = 0;

	for (uint32_t i = 0; i < N_PATTERNS; i++) {
		int is_match = pattern_matches(buf_slice(&s->text[i]), object, 1000000);

		assert_true(is_match >= 0);
		if (s->start[i] == start && is_match)
			bits |= 1u << i;
	}
	return bits;
}

static void test_random(void **state)
{
	auto_buf object = BUF_INIT;

	(void)state;
	for (int round = 0; round < N_ROUNDS; round++) {
		struct sample s;

		sample_init(&s);
		for (int i = 0; i < N_OBJECTS; i++) {
			unsigned start = roll(N_STARTS);

			random_object(&object);
			assert_int_equal(dfa_match(&s.dfa, start, buf_slice(&object)),
					 expected(&s, start, buf_slice(&object)));
		}
		sample_release(&s);
	}
}

static struct moves moves_of(const uint32_t *rows, uint32_t n_states, uint32_t n_classes)
{
	struct moves moves;

	moves_init(&moves);
	for (uint32_t s = 0; s < n_states; s++) {
		for (uint32_t c = 0; c < n_classes; c++)
			if (rows[s * n_classes + c])
				moves_add(&moves, c, rows[s * n_classes + c]);
		moves_end(&moves, s);
	}
	return moves;
}

/* No two states of a result may be alike, and both minimisers must say so. */
static void test_minimal(void **state)
{
	(void)state;
	for (int round = 0; round < N_ROUNDS; round++) {
		struct sample s;
		uint32_t *rows, *fast, *moore;
		struct minimise m;
		struct moves moves;

		sample_init(&s);
		rows = calloc((size_t)s.dfa.n_states * s.dfa.n_classes, sizeof(*rows));
		fast = calloc(s.dfa.n_states, sizeof(*fast));
		moore = calloc(s.dfa.n_states, sizeof(*moore));
		for (uint32_t i = 0; i < s.dfa.n_states; i++)
			for (uint32_t c = 0; c < s.dfa.n_classes; c++)
				rows[i * s.dfa.n_classes + c] =
					s.dfa.cells[(i << s.dfa.shift) + c];
		moves = moves_of(rows, s.dfa.n_states, s.dfa.n_classes);
		m = (struct minimise){ s.dfa.n_states, &moves, s.dfa.accept };
		assert_int_equal(minimise(&m, fast), s.dfa.n_states);
		assert_int_equal(minimise_moore(&m, moore), s.dfa.n_states);
		moves_release(&moves);
		free(rows);
		free(fast);
		free(moore);
		sample_release(&s);
	}
}

/* Automata that are not minimal at all: random tables. */
static void test_minimisers_agree(void **state)
{
	enum { N = 60, K = 3 };
	uint32_t rows[N * K], fast[N], moore[N];
	uint16_t accept[N];

	(void)state;
	for (int round = 0; round < N_ROUNDS; round++) {
		struct moves moves;
		struct minimise m = { N, &moves, accept };
		uint32_t reach = 1 + roll(6);

		memset(rows, 0, sizeof(rows));
		accept[0] = 0;
		for (uint32_t s = 1; s < N; s++) {
			accept[s] = (uint16_t)(roll(4) ? 0 : 1 + roll(2));
			for (uint32_t c = 0; c < K; c++)
				rows[s * K + c] = roll(3) ? roll(N) : roll(reach);
		}
		moves = moves_of(rows, N, K);
		assert_int_equal(minimise(&m, fast), minimise_moore(&m, moore));
		for (uint32_t a = 0; a < N; a++)
			for (uint32_t b = 0; b < a; b++)
				assert_int_equal(fast[a] == fast[b], moore[a] == moore[b]);
		assert_int_equal(fast[0], 0);
		assert_int_equal(moore[0], 0);
		moves_release(&moves);
	}
}

/* Each state of a random table several times, each copy leading to any copies of the same states. */
static void test_copies_are_one(void **state)
{
	enum { ORIGINALS = 500, COPIES = 4, N = ORIGINALS * COPIES, K = 20 };
	static uint32_t rows[N * K], fast[N], moore[N];
	static uint16_t accept[N];

	(void)state;
	for (int round = 0; round < 10; round++) {
		struct moves moves;
		struct minimise m = { N, &moves, accept };

		for (uint32_t s = COPIES; s < ORIGINALS * COPIES; s += COPIES) {
			uint16_t value = (uint16_t)(roll(3) ? 0 : roll(UINT16_MAX));

			for (uint32_t copy = 0; copy < COPIES; copy++)
				accept[s + copy] = value;
			for (uint32_t c = 0; c < K; c++) {
				uint32_t to = roll(3) ? 0 : roll(ORIGINALS);

				for (uint32_t copy = 0; copy < COPIES; copy++)
					rows[(s + copy) * K + c] = to * COPIES + roll(COPIES);
			}
		}
		moves = moves_of(rows, N, K);
		assert_true(minimise(&m, fast) <= ORIGINALS);
		assert_int_equal(minimise(&m, fast), minimise_moore(&m, moore));
		for (uint32_t s = 0; s < N; s++) {
			assert_int_equal(fast[s], fast[s - s % COPIES]);
			assert_int_equal(fast[s] == 0, moore[s] == 0);
		}
		moves_release(&moves);
	}
}

static void build(struct dfa *out, const char *const *texts, size_t n)
{
	struct dfa_builder *b = dfa_builder_new();
	struct arena arena = ARENA_INIT;
	struct pattern_problem problem;

	for (size_t i = 0; i < n; i++)
		dfa_builder_add(b, 0, pattern_parse(slice_of(texts[i]), &arena, &problem), 0);
	assert_int_equal(dfa_build(b, &meaning, out, NULL), 0);
	arena_release(&arena);
	dfa_builder_free(b);
}

static bool is_same(const struct dfa *a, const struct dfa *b)
{
	return a->n_states == b->n_states && a->shift == b->shift &&
	       !memcmp(a->class_of, b->class_of, 256) &&
	       !memcmp(a->cells, b->cells, ((size_t)a->n_states << a->shift) * 2) &&
	       !memcmp(a->accept, b->accept, (size_t)a->n_states * 2);
}

static void test_canonical(void **state)
{
	static const char *const ways[][3] = {
		{ "/a/{b,c}", "/a/**", "/x" },
		{ "/x", "/a/**", "/a/[^/]*" },
		{ "/{x,a/b}", "/a/[^/]**", "/a/c" },
	};
	struct dfa first, other;

	(void)state;
	build(&first, ways[0], 3);
	for (int i = 1; i < 3; i++) {
		build(&other, ways[i], 3);
		assert_true(is_same(&first, &other));
		dfa_release(&other);
	}
	dfa_release(&first);
}

/* The classic that needs 2^n states: an error, not an endless run. */
static void test_blow_up(void **state)
{
	struct err err = ERR_INIT;
	struct arena arena = ARENA_INIT;
	struct pattern_problem problem;
	struct dfa_builder *b = dfa_builder_new();
	struct dfa dfa = { .n_states = 77 };
	uint32_t costly[DFA_COSTLY_MAX];

	(void)state;
	dfa_builder_add(b, 0, pattern_parse(SLICE("/harmless/**"), &arena, &problem), 3);
	dfa_builder_add(b, 0, pattern_parse(SLICE("/**a????????????????????????????"), &arena, &problem),
			5);
	assert_int_equal(dfa_build(b, &meaning, &dfa, &err), -7);
	/* Who is to blame comes first. */
	assert_in_range(dfa_builder_costly(b, costly), 1, DFA_COSTLY_MAX);
	assert_int_equal(costly[0], 5);
	assert_int_equal(dfa.n_states, 77);
	assert_true(err.text[0]);
	arena_release(&arena);
	dfa_builder_free(b);
}

/* Work that grows with the cube of the length: an error too. */
static void test_too_much_work(void **state)
{
	const struct slice part = SLICE("{a,}");
	struct err err = ERR_INIT;
	struct arena arena = ARENA_INIT;
	struct pattern_problem problem;
	struct dfa_builder *b = dfa_builder_new();
	struct dfa dfa = { .n_states = 77 };
	auto_buf text = BUF_INIT;

	(void)state;
	for (int i = 0; i < 15000; i++)
		buf_add_slice(&text, part);
	dfa_builder_add(b, 0, pattern_parse(buf_slice(&text), &arena, &problem), 0);
	assert_int_equal(dfa_build(b, &meaning, &dfa, &err), -7);
	assert_int_equal(dfa.n_states, 77);
	assert_non_null(strstr(err.text, "steps"));
	arena_release(&arena);
	dfa_builder_free(b);
}

static bool is_different(void *of, uint32_t a, uint32_t b)
{
	(void)of;
	return a != b;
}

static bool is_both(void *of, uint32_t a, uint32_t b)
{
	(void)of;
	return a && b;
}

static void test_product(void **state)
{
	static const char *const left[] = { "/a/*" }, *const right[] = { "/a/b", "/a/c*" };
	static const char *const far[] = { "/b/**" };
	auto_buf witness = BUF_INIT;
	struct dfa a, b, c;

	(void)state;
	build(&a, left, 1);
	build(&b, right, 2);
	build(&c, far, 1);
	struct product_side sa = product_side_of(&a, 0), sb = product_side_of(&b, 0);
	struct product_side sc = product_side_of(&c, 0);

	assert_int_equal(product_find(&sa, &sb, is_different, NULL, &witness), 1);
	assert_int_equal(witness.len, 4);
	assert_true(dfa_match(&a, 0, buf_slice(&witness)) != dfa_match(&b, 0, buf_slice(&witness)));
	buf_clear(&witness);
	assert_int_equal(product_find(&sa, &sa, is_different, NULL, &witness), 0);
	assert_int_equal(product_find(&sa, &sb, is_both, NULL, &witness), 1);
	assert_int_equal(pattern_matches(SLICE("/a/{b,c}"), buf_slice(&witness), 100), 1);
	assert_int_equal(product_find(&sa, &sc, is_both, NULL, NULL), 0);
	dfa_release(&a);
	dfa_release(&b);
	dfa_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),	  cmocka_unit_test(test_minimal),
		cmocka_unit_test(test_minimisers_agree), cmocka_unit_test(test_copies_are_one),
		cmocka_unit_test(test_canonical), cmocka_unit_test(test_blow_up),
		cmocka_unit_test(test_too_much_work), cmocka_unit_test(test_product),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A kernel's tables walked as the kernel does it, beside the automaton they come from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compile/kernel_features.h"
#include "compile/kernel_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The tables as a kernel unpacks them. */
struct unpacked {
	uint32_t n_states, n_cells;
	const uint8_t *accept, *accept2, *classes, *base, *fallback, *next, *check;
};

static uint32_t be(const uint8_t *at, int size)
{
	uint32_t value = 0;

	for (int i = 0; i < size; i++)
		value = value << 8 | at[i];
	return value;
}

static void unpack(const struct buf *b, struct unpacked *u)
{
	const uint8_t *bytes = (const uint8_t *)b->data;
	size_t at = be(bytes + 4, 4);

	*u = (struct unpacked){ 0 };
	assert_int_equal(be(bytes, 4), 0x1b5e783d);
	assert_int_equal(be(bytes + 8, 4), b->len);
	assert_int_equal(b->len % 8, 0);
	while (at < b->len) {
		uint32_t id = be(bytes + at, 2), size = be(bytes + at + 2, 2), n = be(bytes + at + 8, 4);
		const uint8_t *values = bytes + at + 12;

		switch (id) {
		case 1: u->accept = values; u->n_states = n; break;
		case 2: u->base = values; assert_int_equal(n, u->n_states); break;
		case 3: u->check = values; assert_int_equal(n, u->n_cells); break;
		case 4: u->fallback = values; assert_int_equal(n, u->n_states); break;
		case 5: u->classes = values; assert_int_equal(n, 256); break;
		case 7: u->accept2 = values; assert_int_equal(n, u->n_states); break;
		case 8: u->next = values; u->n_cells = n; break;
		default: fail_msg("table %u", id);
		}
		at += (12 + (size_t)size * n + 7) / 8 * 8;
	}
	assert_int_equal(at, b->len);
}

/* What a kernel refuses a table for. */
static void check_bounds(const struct unpacked *u)
{
	for (uint32_t s = 0; s < u->n_states; s++) {
		assert_true(be(u->base + 4 * s, 4) + 255 < u->n_cells);
		assert_true(be(u->fallback + 2 * s, 2) < u->n_states);
	}
	for (uint32_t c = 0; c < u->n_cells; c++) {
		assert_true(be(u->next + 2 * c, 2) < u->n_states);
		assert_true(be(u->check + 2 * c, 2) < u->n_states);
	}
}

static uint32_t walk_from(const struct unpacked *u, uint32_t state, const void *of, size_t len)
{
	const uint8_t *bytes = of;

	for (size_t i = 0; i < len; i++) {
		uint32_t cell = (be(u->base + 4 * state, 4) & 0xffffff) + u->classes[bytes[i]];

		state = be((be(u->check + 2 * cell, 2) == state ? u->next + 2 * cell :
								   u->fallback + 2 * state),
			   2);
	}
	return state;
}

static uint32_t walk(const struct unpacked *u, const void *bytes, size_t len)
{
	return walk_from(u, 1, bytes, len);
}

static uint32_t resolve(void *of, const uint32_t *labels, size_t n_labels)
{
	uint32_t sum = 0;

	(void)of;
	for (size_t i = 0; i < n_labels; i++)
		sum += labels[i] + 1;
	return sum;
}

static void build(const char *const *patterns, size_t n, struct dfa *d)
{
	struct dfa_builder *b = dfa_builder_new();
	struct dfa_meaning meaning = { NULL, resolve };
	struct arena arena = ARENA_INIT;

	for (size_t i = 0; i < n; i++) {
		struct pattern_problem problem;
		struct pattern *tree = pattern_parse(slice_of(patterns[i]), &arena, &problem);

		assert_non_null(tree);
		dfa_builder_add(b, 3, tree, (uint32_t)i);
	}
	assert_int_equal(dfa_build(b, &meaning, d, NULL), 0);
	dfa_builder_free(b);
	arena_release(&arena);
}

static void compare(const char *const *patterns, size_t n)
{
	static const char letters[] = "/abcx.\x01\xff";
	struct kernel_accept accept[200];
	auto_buf out = BUF_INIT;
	struct unpacked u;
	struct dfa d;

	build(patterns, n, &d);
	for (uint32_t i = 0; i < 200; i++)
		accept[i] = (struct kernel_accept){ i * 3, i * 7 };
	assert_int_equal(kernel_table_add(&d, d.start[3], accept, 2, &out, NULL), 0);
	unpack(&out, &u);
	check_bounds(&u);
	for (int i = 0; i < 20000; i++) {
		uint8_t text[12];
		size_t len = (size_t)(rand() % 12);
		uint32_t state, want;

		for (size_t k = 0; k < len; k++)
			text[k] = (uint8_t)letters[rand() % 8];
		state = walk(&u, text, len);
		want = dfa_match(&d, 3, slice_make((const char *)text, len));
		assert_int_equal(be(u.accept + 4 * state, 4), want * 3);
		assert_int_equal(be(u.accept2 + 4 * state, 4), want * 7);
	}
	dfa_release(&d);
}

/* As a kernel steps where no byte does; 0 where the state has no such step. */
static uint32_t step_beyond(const struct unpacked *u, uint32_t state)
{
	uint32_t base = be(u->base + 4 * state, 4), cell = (base & 0xffffff) - 1;

	if (!(base & 0x20000000))
		return 0;
	assert_true((base & 0xffffff) > 0);
	return be(be(u->check + 2 * cell, 2) == state ? u->next + 2 * cell : u->fallback + 2 * state, 2);
}

/* Paths, and two values behind them: "path beyond first beyond second". */
static void test_steps_beyond(void **state)
{
	static const char *const parts[] = { "/a*", "{x,/a*}", "[^b]" };
	static const struct {
		const char *parts[4];
		uint32_t want;
	} walks[] = {
		{ { "/ab" }, 1 },		{ { "/ab", "x" }, 2 },
		{ { "/ab", "/aa", "a" }, 3 },	{ { "/ab", "/aa", "b" }, 0 },
		{ { "/ab", "/b" }, 0 },		{ { "/ab", "", "a" }, 0 },
		{ { "/b", "x" }, 0 },		{ { "/ab", "x", "a", "a" }, 0 },
	};
	struct kernel_accept accept[4] = { { 0 }, { 1, 0 }, { 2, 0 }, { 3, 0 } };
	struct dfa_meaning meaning = { NULL, resolve };
	struct dfa_builder *b = dfa_builder_new();
	struct arena arena = ARENA_INIT;
	struct pattern_problem problem;
	uint16_t beyond[4] = { 0 };
	auto_buf out = BUF_INIT;
	struct unpacked u;
	struct dfa d;

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		dfa_builder_add(b, i, pattern_parse(slice_of(parts[i]), &arena, &problem), i);
	assert_int_equal(dfa_build(b, &meaning, &d, NULL), 0);
	beyond[1] = d.start[1];
	beyond[2] = d.start[2];
	assert_int_equal(kernel_table_add_beyond(&d, d.start[0], accept, beyond, &out, NULL), 0);
	unpack(&out, &u);
	assert_int_equal(be((const uint8_t *)out.data + 12, 2), 2);
	for (size_t i = 0; i < sizeof(walks) / sizeof(walks[0]); i++) {
		uint32_t at = 1;

		for (int k = 0; k < 4 && walks[i].parts[k]; k++)
			at = walk_from(&u, k ? step_beyond(&u, at) : at, walks[i].parts[k],
				       strlen(walks[i].parts[k]));
		assert_int_equal(be(u.accept + 4 * at, 4), walks[i].want);
	}
	dfa_release(&d);
	dfa_builder_free(b);
	arena_release(&arena);
}

/* Where every byte is told from every other there is no room for one step more. */
static void test_no_room_beyond(void **state)
{
	static const struct kernel_accept accept[257] = { { 0 } };
	static const uint16_t beyond[257];
	struct dfa_meaning meaning = { NULL, resolve };
	struct dfa_builder *b = dfa_builder_new();
	struct arena arena = ARENA_INIT;
	struct pattern_problem problem;
	auto_buf out = BUF_INIT;
	struct err err = ERR_INIT;
	struct dfa d;

	(void)state;
	for (uint32_t byte = 0; byte < 256; byte++) {
		char text[8];

		snprintf(text, sizeof(text), "\\x%02x", byte);
		dfa_builder_add(b, 0, pattern_parse(slice_of(text), &arena, &problem), byte);
	}
	assert_int_equal(dfa_build(b, &meaning, &d, NULL), 0);
	assert_int_equal(kernel_table_add_beyond(&d, d.start[0], accept, beyond, &out, &err), -E2BIG);
	assert_int_equal(out.len, 0);
	dfa_release(&d);
	dfa_builder_free(b);
	arena_release(&arena);
}

static void test_walks(void **state)
{
	static const char *const one[] = { "/a" };
	static const char *const many[] = { "/a*", "/**", "/{a,b}/?", "/[a-c]x", "/ab/**/c", "/.**" };

	(void)state;
	srand(1);
	compare(one, 1);
	compare(many, 6);
}

static void test_nothing(void **state)
{
	static const struct kernel_accept accept[1];
	auto_buf out = BUF_INIT;
	struct unpacked u;
	struct dfa d;

	(void)state;
	build((const char *const[]){ "/a" }, 1, &d);
	/* A start where nothing was added still is a state of its own. */
	assert_int_equal(kernel_table_add(&d, 0, accept, 2, &out, NULL), 0);
	unpack(&out, &u);
	check_bounds(&u);
	assert_int_equal(u.n_states, 2);
	assert_int_equal(be(u.accept + 4 * walk(&u, (const uint8_t *)"/a", 2), 4), 0);
	dfa_release(&d);
}

static void test_features(void **state)
{
	static const char *const bad[] = { "", "}", "a {", "a {b {c\n}\n", "{x\n}", "a {b\n} c" };
	struct kernel_features f;
	auto_buf deep = BUF_INIT;

	(void)state;
	kernel_features_init(&f);
	assert_int_equal(kernel_features_parse(&f, "f", SLICE("a {b {x y\n}\nc {z\n}\n}\n"), NULL), 0);
	assert_true(kernel_features_has(&f, "a", NULL));
	assert_true(kernel_features_has(&f, "a/b", "y"));
	assert_false(kernel_features_has(&f, "a/b", "z"));
	assert_false(kernel_features_has(&f, "a/d", NULL));
	kernel_features_release(&f);
	for (int i = 0; i <= KERNEL_FEATURES_DEPTH; i++)
		buf_add_text(&deep, "a {");
	for (int i = 0; i <= KERNEL_FEATURES_DEPTH; i++)
		buf_add_text(&deep, "}");
	kernel_features_init(&f);
	assert_int_equal(kernel_features_parse(&f, "f", buf_slice(&deep), NULL), -EINVAL);
	kernel_features_release(&f);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		kernel_features_init(&f);
		assert_int_equal(kernel_features_parse(&f, "f", slice_of(bad[i]), NULL), -EINVAL);
		kernel_features_release(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walks), cmocka_unit_test(test_steps_beyond),
		cmocka_unit_test(test_no_room_beyond),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_features),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

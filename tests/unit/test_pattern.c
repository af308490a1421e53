/* SPDX-License-Identifier: BSD-2-Clause */
/* Patterns: what they match, by the backtracking matcher and by an automaton of the tree. */
#include "automata/dfa.h"
#include "automata/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static uint32_t one(void *of, const uint32_t *labels, size_t n_labels)
{
	(void)of;
	(void)labels;
	return n_labels > 0;
}

static bool matches_as(struct pattern *(*parse)(struct slice, struct arena *, struct pattern_problem *),
		       struct slice text, struct slice object)
{
	const struct dfa_meaning meaning = { NULL, one };
	struct arena arena = ARENA_INIT;
	struct pattern_problem problem;
	struct dfa_builder *b = dfa_builder_new();
	struct dfa dfa;
	bool is_match;

	dfa_builder_add(b, 0, parse(text, &arena, &problem), 0);
	assert_int_equal(dfa_build(b, &meaning, &dfa, NULL), 0);
	is_match = dfa_match(&dfa, 0, object);
	dfa_release(&dfa);
	dfa_builder_free(b);
	arena_release(&arena);
	return is_match;
}

struct match_case {
	const char *pattern;
	const char *yes[8];
	const char *no[8];
};

static const struct match_case cases[] = {
	{ "", { "" }, { "a" } },
	{ "/a", { "/a" }, { "/", "/aa", "a" } },
	{ "/?", { "/a", "/\xff" }, { "/", "//", "/ab" } },
	{ "/*", { "/a", "/ab" }, { "/", "/a/", "/a/b" } },
	{ "/*/", { "/a/" }, { "//", "/a", "/a/b/" } },
	{ "/a*", { "/a", "/ab" }, { "/a/", "/b" } },
	{ "/*a", { "/a", "/ba" }, { "/b", "/b/a" } },
	{ "/**", { "/a", "/a/", "/a/b" }, { "/", "//", "//a" } },
	{ "/a/**", { "/a/b", "/a/b/c/" }, { "/a/", "/a", "/a//b" } },
	{ "/a**", { "/a", "/a/", "/a/b", "/ab" }, { "/b", "/" } },
	{ "/**/b", { "/a/b", "/a/c/b" }, { "/b", "//b" } },
	{ "/**b", { "/b", "/a/b", "//b" }, { "/b/", "b" } },
	{ "/{*,b/}", { "/", "/a", "/b/" }, { "/a/" } },
	{ "/a/{,**}", { "/a/", "/a/b", "/a/b/c" }, { "/a" } },
	{ "/{a,b}{c,}", { "/a", "/b", "/ac", "/bc" }, { "/c", "/ab", "/" } },
	{ "/{a{b,c},d}", { "/ab", "/ac", "/d" }, { "/a", "/b" } },
	{ "/[a-c]", { "/a", "/b", "/c" }, { "/d", "/", "/-" } },
	{ "/[^a-c]", { "/d", "//", "/^" }, { "/a", "/" } },
	{ "/[a\\]]", { "/a", "/]" }, { "/\\" } },
	{ "/[-a]", { "/a", "/-" }, { "/b" } },
	{ "/[-]", { "/-" }, { "/a" } },
	{ "/[^-a]", { "/b" }, { "/-", "/a" } },
	{ "/[-a-c]", { "/-", "/b" }, { "/d" } },
	{ "/[a\\-c]", { "/a", "/-", "/c" }, { "/b" } },
	{ "/[c-a]", { "/a", "/b", "/c" }, { "/d", "/-" } },
	{ "/[--a]", { "/-", "/A", "/a" }, { "/b", "/," } },
	{ "/[a^]", { "/a", "/^" }, { "/b" } },
	{ "/[{,}*?]", { "/{", "/,", "/}", "/*", "/?" }, { "/a", "/" } },
	{ "/{[,],b}c", { "/,c", "/bc" }, { "/c" } },
	{ "/a{/,b}*", { "/a/", "/ab", "/a/x" }, { "/a" } },
	{ "/a/*{,/}", { "/a/", "/a/b", "/a/b/" }, { "/a" } },
	{ "/a/***", { "/a/b", "/a/b/c" }, { "/a/", "/a//" } },
	{ "/a\\/*", { "/a/b" }, { "/a/" } },
	{ "/\\*", { "/*" }, { "/a" } },
	{ "/\\{a\\,b\\}", { "/{a,b}" }, { "/a" } },
	{ "/a,b", { "/a,b" }, { "/a", "/b" } },
};

static bool tree_matches(struct slice text, struct slice object)
{
	return matches_as(pattern_parse, text, object);
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct slice p = slice_of(cases[i].pattern);

		for (size_t k = 0; k < 8 && cases[i].yes[k]; k++) {
			if (!tree_matches(p, slice_of(cases[i].yes[k])) ||
			    pattern_matches(p, slice_of(cases[i].yes[k]), 10000) != 1)
				fail_msg("%s should match \"%s\"", cases[i].pattern, cases[i].yes[k]);
		}
		for (size_t k = 0; k < 8 && cases[i].no[k]; k++) {
			if (tree_matches(p, slice_of(cases[i].no[k])) ||
			    pattern_matches(p, slice_of(cases[i].no[k]), 10000) != 0)
				fail_msg("%s should not match \"%s\"", cases[i].pattern, cases[i].no[k]);
		}
	}
}

static void test_bytes(void **state)
{
	(void)state;
	assert_true(tree_matches(SLICE("\\x41\\102\\n\\q\\x0"), SLICE("AB\nq\0")));
	assert_int_equal(pattern_matches(SLICE("\\x41\\102\\n\\q\\x0"), SLICE("AB\nq\0"), 100), 1);
	/* NUL is taken where it is named alone. */
	assert_false(tree_matches(SLICE("/[^a]"), SLICE("/\0")));
	assert_false(tree_matches(SLICE("/**"), SLICE("/a\0")));
	assert_false(tree_matches(SLICE("/?"), SLICE("/\0")));
	assert_true(tree_matches(SLICE("[\\x00-\\xff]"), SLICE("\0")));
	assert_true(tree_matches(SLICE("[\\x00-\\xff]"), SLICE("\xff")));
}

/* In values NUL is a byte as any other. */
static void test_values(void **state)
{
	static const char *const takes[] = { "?", "*", "**", "[^a]", "a*", "/**", "{,?}b" };
	const struct slice nul[] = { SLICE("\0"), SLICE("\0\0"), SLICE("\0/"), SLICE("\0"),
				     SLICE("a\0"), SLICE("/\0/"), SLICE("\0b") };

	(void)state;
	for (size_t i = 0; i < sizeof(nul) / sizeof(nul[0]); i++) {
		assert_true(matches_as(pattern_parse_value, slice_of(takes[i]), nul[i]));
		assert_false(tree_matches(slice_of(takes[i]), nul[i]));
	}
	assert_false(matches_as(pattern_parse_value, SLICE("[^\\x00]"), SLICE("\0")));
	assert_false(matches_as(pattern_parse_value, SLICE("*"), SLICE("\0/")));
}

static const struct {
	const char *text;
	size_t at;
} wrong[] = {
	{ "/[a", 1 }, { "/[]", 1 }, { "/[^]", 1 }, { "/{a,b", 1 }, { "/a}", 2 }, { "/[a-]", 3 }, { "/[a-c-e]", 5 },
	{ "/[+--]", 2 }, { "/[a", 1 }, { "/[^", 1 }, { "/[a-", 3 },
};

static void test_wrong(void **state)
{
	struct arena arena = ARENA_INIT;
	struct pattern_problem problem;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_null(pattern_parse(slice_of(wrong[i].text), &arena, &problem));
		assert_int_equal(problem.at, wrong[i].at);
		assert_non_null(problem.text);
	}
	arena_release(&arena);
}

static void test_limits(void **state)
{
	static char deep[2 * PATTERN_DEPTH_MAX + 2], braces[2 * PATTERN_DEPTH_MAX + 4];
	static char large[PATTERN_LEN_MAX + 1];
	struct arena arena = ARENA_INIT;
	struct pattern_problem problem;

	(void)state;
	memset(large, 'a', sizeof(large));
	assert_non_null(pattern_parse(slice_make(large, PATTERN_LEN_MAX), &arena, &problem));
	assert_null(pattern_parse(slice_make(large, PATTERN_LEN_MAX + 1), &arena, &problem));
	memset(deep, '{', PATTERN_DEPTH_MAX);
	memset(deep + PATTERN_DEPTH_MAX, '}', PATTERN_DEPTH_MAX);
	assert_non_null(pattern_parse(slice_of(deep), &arena, &problem));
	memset(braces, '{', PATTERN_DEPTH_MAX + 1);
	memset(braces + PATTERN_DEPTH_MAX + 1, '}', PATTERN_DEPTH_MAX + 1);
	assert_null(pattern_parse(slice_of(braces), &arena, &problem));
	memset(large, '*', sizeof(large));
	for (size_t i = 0; i < sizeof(large); i += 2)
		large[i] = '?';
	assert_int_equal(pattern_matches(slice_make(large, PATTERN_LEN_MAX), slice_of("aaaa"), 1u << 30),
			 0);
	for (size_t i = 0; i + 3 < sizeof(large); i += 3)
		memcpy(large + i, "{,}", 3);
	assert_int_equal(pattern_matches(slice_make(large, PATTERN_LEN_MAX / 3 * 3), SLICE("a"), 1u << 20),
			 -1);
	assert_int_equal(pattern_matches(SLICE("/**a**a**a**b"), SLICE("/aaaaaaaaaaaaaaaaaaaa"), 50), -1);
	arena_release(&arena);
}

static void test_literal(void **state)
{
	(void)state;
	assert_true(pattern_is_literal(SLICE("/a\\*b")));
	assert_false(pattern_is_literal(SLICE("/a*")));
	assert_false(pattern_is_literal(SLICE("/{a,b}")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),	cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_wrong),	cmocka_unit_test(test_limits),
		cmocka_unit_test(test_literal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

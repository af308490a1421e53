/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats glob text, gives its tree. Recursive descent, a function per symbol:
 *
 *	choice = run { "," run }	within braces; outside of them "," is a byte
 *	run    = { item }
 *	item   = byte | escape | "?" | "*" | "**" | "[" class "]" | "{" choice "}"
 *
 * CAT and ALT lean to the left, so that walking them needs no deep recursion.
 */
#include "automata/pattern.h"

#include "automata/escape.h"

struct reader {
	struct slice text;
	size_t at;
	unsigned depth;
	bool takes_nul;			/* ?, * and [^…] too */
	size_t n_nodes;
	struct arena *arena;
	struct pattern_problem *problem;
};

static void *fail(struct reader *r, size_t at, const char *text)
{
	*r->problem = (struct pattern_problem){ at, text };
	return NULL;
}

static struct pattern *node(struct reader *r, enum pattern_kind kind, struct pattern *left,
			    struct pattern *right)
{
	struct pattern *p;

	if (++r->n_nodes > PATTERN_NODES_MAX)
		return fail(r, r->at, "the pattern is too large");
	/* Only sets have a set. */
	p = arena_alloc(r->arena, kind == PATTERN_SET ? sizeof(*p) : offsetof(struct pattern, set));
	p->kind = kind;
	p->left = left;
	p->right = right;
	return p;
}

static void set_add(struct pattern *p, unsigned byte)
{
	p->set[byte / 64] |= 1ull << byte % 64;
}

static void set_remove(struct pattern *p, unsigned byte)
{
	p->set[byte / 64] &= ~(1ull << byte % 64);
}

static void set_invert(const struct reader *r, struct pattern *p)
{
	for (int i = 0; i < 4; i++)
		p->set[i] = ~p->set[i];
	if (!r->takes_nul)
		set_remove(p, 0);
}

/* Nodes of single bytes are shared by all trees: a tree is half as large for it. */
#define BYTE(b) { .kind = PATTERN_SET, .set = { [(b) / 64] = 1ull << (b) % 64 } }
#define BYTES4(b) BYTE(b), BYTE((b) + 1), BYTE((b) + 2), BYTE((b) + 3)
#define BYTES16(b) BYTES4(b), BYTES4((b) + 4), BYTES4((b) + 8), BYTES4((b) + 12)
#define BYTES64(b) BYTES16(b), BYTES16((b) + 16), BYTES16((b) + 32), BYTES16((b) + 48)
/* Not const only because links between nodes are not; never changed. */
static struct pattern byte_nodes[256] = { BYTES64(0), BYTES64(64), BYTES64(128), BYTES64(192) };

static struct pattern *byte_node(struct reader *r, unsigned byte)
{
	if (++r->n_nodes > PATTERN_NODES_MAX)
		return fail(r, r->at, "the pattern is too large");
	return &byte_nodes[byte];
}

/* Any byte but NUL, if the reader leaves it out, and "/", if is_narrow. */
static struct pattern *any_node(struct reader *r, bool is_narrow)
{
	struct pattern *p = node(r, PATTERN_SET, NULL, NULL);

	if (!p)
		return NULL;
	set_invert(r, p);
	if (is_narrow)
		set_remove(p, '/');
	return p;
}

static struct pattern *join(struct reader *r, enum pattern_kind kind, struct pattern *left,
			    struct pattern *right)
{
	if (!left || !right)
		return NULL;
	if (kind == PATTERN_CAT && left->kind == PATTERN_EMPTY)
		return right;
	if (kind == PATTERN_CAT && right->kind == PATTERN_EMPTY)
		return left;
	return node(r, kind, left, right);
}

static struct pattern *read_stars(struct reader *r)
{
	bool is_narrow = !(r->at + 1 < r->text.len && r->text.ptr[r->at + 1] == '*');
	bool is_whole = r->at && r->text.ptr[r->at - 1] == '/';
	struct pattern *any = any_node(r, is_narrow), *star;

	while (r->at < r->text.len && r->text.ptr[r->at] == '*')
		r->at++;
	star = any ? node(r, PATTERN_STAR, any, NULL) : NULL;
	if (r->at < r->text.len && r->text.ptr[r->at] != '/')
		is_whole = false;
	return is_whole && star ? join(r, PATTERN_CAT, any_node(r, true), star) : star;
}

/* Whether a "-" without a backslash stands at the place. */
static bool is_dash(const struct reader *r)
{
	return r->at < r->text.len && r->text.ptr[r->at] == '-';
}

/* Whether "]" or the end stands n bytes on. */
static bool is_class_end(const struct reader *r, size_t n)
{
	return r->at + n >= r->text.len || r->text.ptr[r->at + n] == ']';
}

/* A byte or a range of a class; ranges may run backwards. */
static bool read_member(struct reader *r, struct pattern *p, bool is_first)
{
	size_t start = r->at;
	bool is_lone = is_dash(r) && !is_first;
	int low = escape_read(r->text, &r->at), high = low;

	if (is_dash(r) && !is_class_end(r, 1)) {
		r->at++;
		is_lone |= is_dash(r);
		high = escape_read(r->text, &r->at);
	}
	if (is_lone)
		return fail(r, start, "a \"-\" that is no range stands first in a class, or is escaped");
	for (int c = low < high ? low : high; c <= (low < high ? high : low); c++)
		set_add(p, (unsigned)c);
	return true;
}

static struct pattern *read_class(struct reader *r)
{
	struct pattern *p = node(r, PATTERN_SET, NULL, NULL);
	size_t start = r->at++, first;
	bool is_inverted = !is_class_end(r, 0) && r->text.ptr[r->at] == '^';

	r->at += is_inverted;
	for (first = r->at; p && !is_class_end(r, 0);)
		if (!read_member(r, p, r->at == first))
			return NULL;
	if (r->at >= r->text.len)
		return fail(r, start, "this \"[\" is not closed");
	if (r->at++ == first)
		return fail(r, start, "this class is empty");
	if (p && is_inverted)
		set_invert(r, p);
	return p;
}

static struct pattern *read_run(struct reader *r);

static struct pattern *read_braces(struct reader *r)
{
	size_t start = r->at;
	struct pattern *p;

	if (r->depth == PATTERN_DEPTH_MAX)
		return fail(r, start, "braces are nested too deep");
	r->depth++;
	r->at++;
	for (p = read_run(r); p && r->at < r->text.len && r->text.ptr[r->at] == ',';) {
		r->at++;
		p = join(r, PATTERN_ALT, p, read_run(r));
	}
	if (p && r->at == r->text.len)
		return fail(r, start, "this \"{\" is not closed");
	r->at++;
	r->depth--;
	return p;
}

static struct pattern *read_item(struct reader *r)
{
	switch (r->text.ptr[r->at]) {
	case '*':
		return read_stars(r);
	case '?':
		r->at++;
		return any_node(r, true);
	case '[':
		return read_class(r);
	case '{':
		return read_braces(r);
	case '}':
		return fail(r, r->at, "this \"}\" closes nothing");
	default:
		return byte_node(r, (unsigned)escape_read(r->text, &r->at));
	}
}

static bool is_run_end(const struct reader *r)
{
	char c = r->at < r->text.len ? r->text.ptr[r->at] : '\0';

	return r->at == r->text.len || (r->depth && (c == ',' || c == '}'));
}

static struct pattern *read_run(struct reader *r)
{
	struct pattern *p = node(r, PATTERN_EMPTY, NULL, NULL);

	while (p && !is_run_end(r))
		p = join(r, PATTERN_CAT, p, read_item(r));
	return p;
}

static struct pattern *parse(struct reader *r)
{
	if (r->text.len > PATTERN_LEN_MAX)
		return fail(r, PATTERN_LEN_MAX, "the pattern is too long");
	return read_run(r);
}

struct pattern *pattern_parse(struct slice text, struct arena *arena,
			      struct pattern_problem *problem)
{
	return parse(&(struct reader){ .text = text, .arena = arena, .problem = problem });
}

struct pattern *pattern_parse_value(struct slice text, struct arena *arena,
				    struct pattern_problem *problem)
{
	return parse(&(struct reader){ .text = text, .arena = arena, .problem = problem,
				       .takes_nul = true });
}

bool pattern_is_literal(struct slice text)
{
	size_t at = 0;

	while (at < text.len && !memchr("*?[{}", text.ptr[at], 5))
		escape_read(text, &at);
	return at == text.len;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats a pattern's tree, gives its parts of equal lead: "/{a,bc}/d*" is "/a/d*" and "/bc/d*". */
#include "compile/lead.h"

#include <string.h>

/* A set that names what it is not: ? or [^…], or what * repeats. */
static bool is_open_set(const struct pattern *t)
{
	int n = 0;

	for (int i = 0; i < 4; i++)
		n += __builtin_popcountll(t->set[i]);
	return n > 128;
}

static bool is_open(const struct pattern *t)
{
	if (t->kind == PATTERN_EMPTY)
		return false;
	if (t->kind == PATTERN_SET)
		return is_open_set(t);
	return is_open(t->left) || (t->right && is_open(t->right));
}

size_t lead_least(const struct pattern *t)
{
	size_t left, right;

	switch (t->kind) {
	case PATTERN_EMPTY:
	case PATTERN_STAR:
		return 0;
	case PATTERN_SET:
		return 1;
	case PATTERN_CAT:
	case PATTERN_ALT:
		break;
	}
	left = lead_least(t->left);
	right = lead_least(t->right);
	if (t->kind == PATTERN_CAT)
		return is_open(t->left) ? left : left + right;
	return left < right ? left : right;
}

static const struct pattern *join(struct arena *arena, const struct pattern *left,
				  const struct pattern *right)
{
	struct pattern *node = arena_new(arena, struct pattern);

	node->kind = PATTERN_CAT;
	node->left = (struct pattern *)(uintptr_t)left;
	node->right = (struct pattern *)(uintptr_t)right;
	return node;
}

/* 0: too many. */
static size_t split(const struct pattern *t, struct arena *arena, struct lead_part *parts,
		    size_t max);

/* One part of what is in front, with all that may stand behind it. */
static size_t split_behind(const struct lead_part *front, const struct pattern *behind,
			   struct arena *arena, struct lead_part *parts, size_t max)
{
	size_t n;

	if (front->is_open) {
		parts[0] = (struct lead_part){ join(arena, front->tree, behind), front->len, true };
		return 1;
	}
	n = split(behind, arena, parts, max);
	for (size_t i = 0; i < n; i++) {
		parts[i].tree = join(arena, front->tree, parts[i].tree);
		parts[i].len += front->len;
	}
	return n;
}

static size_t split_cat(const struct pattern *t, struct arena *arena, struct lead_part *parts,
			size_t max)
{
	struct lead_part *front = arena_array(arena, struct lead_part, max);
	size_t n_front = split(t->left, arena, front, max), n = 0;

	for (size_t i = 0; i < n_front; i++) {
		size_t more = n < max ? split_behind(&front[i], t->right, arena, parts + n, max - n) : 0;

		if (!more)
			return 0;
		n += more;
	}
	return n;
}

static size_t split(const struct pattern *t, struct arena *arena, struct lead_part *parts,
		    size_t max)
{
	size_t left, right;

	switch (t->kind) {
	case PATTERN_EMPTY:
		parts[0] = (struct lead_part){ t, 0, false };
		return 1;
	case PATTERN_STAR:
		parts[0] = (struct lead_part){ t, 0, true };
		return 1;
	case PATTERN_SET:
		parts[0] = (struct lead_part){ t, is_open_set(t) ? 0 : 1, is_open_set(t) };
		return 1;
	case PATTERN_CAT:
		return split_cat(t, arena, parts, max);
	case PATTERN_ALT:
		break;
	}
	left = split(t->left, arena, parts, max);
	if (!left || left == max)
		return 0;
	right = split(t->right, arena, parts + left, max - left);
	return right ? left + right : 0;
}

size_t lead_split(const struct pattern *tree, struct arena *arena,
		  struct lead_part parts[LEAD_PARTS_MAX])
{
	size_t n = split(tree, arena, parts, LEAD_PARTS_MAX);

	if (n)
		return n;
	parts[0] = (struct lead_part){ tree, lead_least(tree), true };
	return 1;
}

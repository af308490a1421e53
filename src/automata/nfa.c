/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats trees, gives nodes; the one idea: a node that exists is not made again. */
#include "automata/nfa.h"

#include <stdlib.h>
#include <string.h>

enum {
#ifdef HARD_TEST
	FIRST_SLOTS = 2,
#else
	FIRST_SLOTS = 1024,
#endif
};

static void *grow(void *items, uint32_t n, uint32_t *cap, size_t size)
{
	if (n < *cap)
		return items;
	*cap = *cap ? *cap * 2 : FIRST_SLOTS;
	items = realloc(items, *cap * size);
	if (!items)
		base_no_memory();
	return items;
}

void nfa_init(struct nfa *n)
{
	*n = (struct nfa){ 0 };
}

void nfa_release(struct nfa *n)
{
	arena_release(&n->arena);
	free(n->nodes);
	free(n->sets);
	free(n->node_slots);
	free(n->set_slots);
	free(n->found);
	free(n->stack);
	free(n->stamps);
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

static uint64_t node_hash(const struct nfa_node *node)
{
	uint64_t hash = mix(node->kind, node->set);

	return mix(mix(hash, node->next), node->other);
}

static uint64_t set_hash(const uint64_t set[4])
{
	return mix(mix(mix(mix(0, set[0]), set[1]), set[2]), set[3]);
}

static bool is_same_node(const struct nfa_node *a, const struct nfa_node *b)
{
	return a->kind == b->kind && a->set == b->set && a->next == b->next &&
	       a->other == b->other;
}

/* An empty table of twice the size. */
static uint32_t *more_slots(uint32_t *slots, uint32_t *n_slots)
{
	free(slots);
	*n_slots = *n_slots ? *n_slots * 2 : FIRST_SLOTS;
	slots = calloc(*n_slots, sizeof(*slots));
	if (!slots)
		base_no_memory();
	return slots;
}

static void put_slot(uint32_t *slots, uint32_t n_slots, uint64_t hash, uint32_t number)
{
	uint32_t at = (uint32_t)hash & (n_slots - 1);

	while (slots[at])
		at = (at + 1) & (n_slots - 1);
	slots[at] = number + 1;
}

static uint32_t find_node(const struct nfa *n, const struct nfa_node *want)
{
	uint32_t at;

	if (!n->n_node_slots)
		return NFA_NONE;
	at = (uint32_t)node_hash(want) & (n->n_node_slots - 1);
	for (; n->node_slots[at]; at = (at + 1) & (n->n_node_slots - 1))
		if (is_same_node(&n->nodes[n->node_slots[at] - 1], want))
			return n->node_slots[at] - 1;
	return NFA_NONE;
}

static uint32_t add_node(struct nfa *n, struct nfa_node want)
{
	uint32_t number = find_node(n, &want);

	if (number != NFA_NONE)
		return number;
	if (2 * (n->n_nodes + 1) > n->n_node_slots) {
		n->node_slots = more_slots(n->node_slots, &n->n_node_slots);
		for (uint32_t i = 0; i < n->n_nodes; i++)
			put_slot(n->node_slots, n->n_node_slots, node_hash(&n->nodes[i]), i);
	}
	n->nodes = grow(n->nodes, n->n_nodes, &n->cap_nodes, sizeof(*n->nodes));
	n->nodes[n->n_nodes] = want;
	put_slot(n->node_slots, n->n_node_slots, node_hash(&want), n->n_nodes);
	return n->n_nodes++;
}

static uint32_t find_set(const struct nfa *n, const uint64_t set[4])
{
	uint32_t at;

	if (!n->n_set_slots)
		return NFA_NONE;
	at = (uint32_t)set_hash(set) & (n->n_set_slots - 1);
	for (; n->set_slots[at]; at = (at + 1) & (n->n_set_slots - 1))
		if (!memcmp(n->sets[n->set_slots[at] - 1], set, 32))
			return n->set_slots[at] - 1;
	return NFA_NONE;
}

static uint32_t add_set(struct nfa *n, const uint64_t set[4])
{
	uint32_t number = find_set(n, set);

	if (number != NFA_NONE)
		return number;
	if (2 * (n->n_sets + 1) > n->n_set_slots) {
		n->set_slots = more_slots(n->set_slots, &n->n_set_slots);
		for (uint32_t i = 0; i < n->n_sets; i++)
			put_slot(n->set_slots, n->n_set_slots, set_hash(n->sets[i]), i);
	}
	n->sets = grow(n->sets, n->n_sets, &n->cap_sets, sizeof(*n->sets));
	memcpy(n->sets[n->n_sets], set, 32);
	put_slot(n->set_slots, n->n_set_slots, set_hash(set), n->n_sets);
	return n->n_sets++;
}

static uint32_t build(struct nfa *n, const struct pattern *p, uint32_t next);

/* ALT leans to the left: the rightmost alternative is at the top. */
static uint32_t build_choice(struct nfa *n, const struct pattern *p, uint32_t next)
{
	uint32_t choice = NFA_NONE;

	for (;; p = p->left) {
		bool is_last = p->kind != PATTERN_ALT;
		uint32_t one = build(n, is_last ? p : p->right, next);

		if (choice == NFA_NONE)
			choice = one;
		else if (one != choice)
			choice = add_node(n, (struct nfa_node){ .kind = NFA_SPLIT, .next = one,
								.other = choice });
		if (is_last)
			return choice;
	}
}

static uint32_t build_star(struct nfa *n, const struct pattern *body, uint32_t next)
{
	uint32_t split, again;

	if (body->kind == PATTERN_SET)
		return add_node(n, (struct nfa_node){ .kind = NFA_LOOP,
						      .set = add_set(n, body->set),
						      .next = next });
	/* A split of its own, which the body leads back to: .set makes it unlike all others. */
	split = add_node(n, (struct nfa_node){ .kind = NFA_SPLIT, .set = n->n_nodes + 1,
					       .next = next, .other = next });
	again = build(n, body, split);
	n->nodes[split].other = again;	/* building has moved the nodes */
	return split;
}

static uint32_t build(struct nfa *n, const struct pattern *p, uint32_t next)
{
	for (; p->kind == PATTERN_CAT; p = p->left)
		next = build(n, p->right, next);
	switch (p->kind) {
	case PATTERN_SET:
		return add_node(n, (struct nfa_node){ .kind = NFA_TAKE, .set = add_set(n, p->set),
						      .next = next });
	case PATTERN_ALT:
		return build_choice(n, p, next);
	case PATTERN_STAR:
		return build_star(n, p->left, next);
	case PATTERN_EMPTY:
	case PATTERN_CAT:
		break;
	}
	return next;
}

uint32_t nfa_add(struct nfa *n, const struct pattern *pattern, uint32_t label)
{
	uint32_t end = add_node(n, (struct nfa_node){ .kind = NFA_ACCEPT, .set = label });

	/* Their size is the number of nodes. */
	free(n->found);
	free(n->stack);
	free(n->stamps);
	n->found = n->stack = n->stamps = NULL;
	return build(n, pattern, end);
}

static void make_room(struct nfa *n)
{
	if (n->found)
		return;
	n->found = malloc((size_t)n->n_nodes * sizeof(*n->found));
	/* A node is pushed when it is met, once, and pushes two at most. */
	n->stack = malloc((2 * (size_t)n->n_nodes + 1) * sizeof(*n->stack));
	n->stamps = calloc(n->n_nodes, sizeof(*n->stamps));
	n->stamp = 0;
	if (!n->found || !n->stack || !n->stamps)
		base_no_memory();
}

static uint32_t search(struct nfa *n, uint32_t from)
{
	uint32_t n_found = 0, n_stack = 0;

	n->stamp++;
	n->stack[n_stack++] = from;
	while (n_stack) {
		uint32_t number = n->stack[--n_stack];
		const struct nfa_node *node = &n->nodes[number];

		if (n->stamps[number] == n->stamp)
			continue;
		n->stamps[number] = n->stamp;
		n->n_work++;
		if (node->kind != NFA_SPLIT)
			n->found[n_found++] = number;
		if (node->kind == NFA_LOOP || node->kind == NFA_SPLIT)
			n->stack[n_stack++] = node->next;
		if (node->kind == NFA_SPLIT)
			n->stack[n_stack++] = node->other;
	}
	return n_found;
}

void nfa_close(struct nfa *n, uint32_t node)
{
	uint32_t *closure, n_found;

	if (n->nodes[node].n_closure)
		return;
	make_room(n);
	n_found = search(n, node);
	closure = arena_array(&n->arena, uint32_t, n_found ? n_found : 1);
	memcpy(closure, n->found, n_found * sizeof(*closure));
	n->nodes[node].closure = closure;
	n->nodes[node].n_closure = n_found;
	n->n_kept += n_found;
}

uint32_t nfa_part_classes(const uint64_t set[4], uint8_t *class_of, uint32_t n, uint32_t n_classes)
{
	int16_t to[256][2];
	uint32_t n_parts = 0;

	memset(to, 0xff, n_classes * sizeof(to[0]));
	for (uint32_t i = 0; i < n; i++) {
		int16_t *mine = &to[class_of[i]][set[i / 64] >> i % 64 & 1];

		if (*mine < 0)
			*mine = (int16_t)n_parts++;
		class_of[i] = (uint8_t)*mine;
	}
	return n_parts;
}

uint32_t nfa_classes(const struct nfa *n, uint8_t class_of[256])
{
	uint32_t n_classes = 1;

	memset(class_of, 0, 256);
	for (uint32_t i = 0; i < n->n_sets && n_classes < 256; i++)
		n_classes = nfa_part_classes(n->sets[i], class_of, 256, n_classes);
	return n_classes;
}

/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Labels as sets of profiles: of a stack's number its parts, of parts the stack's number. That "unconfined"
 * is one of the set too, is a flag of the label.
 */
#ifndef BPF_STACK_H
#define BPF_STACK_H

#include "bpf/hook.h"

enum { STACK_SEARCH_STEPS = 17 };	/* for more stacks than there are numbers */

/* Numbers as struct policy_stack has them. */
struct parts {
	__u32 part[POLICY_PARTS_MAX];
	__u32 is_overfull;
};

/*
 * Functions of their own to the verifier: looked at once, and what they may have put into parts is not
 * followed by their callers. They read the policy by themselves: numbers mean the same in the next one.
 */
int parts_add(struct parts *s, __u32 number);
int parts_add_label(struct parts *s, __u32 number);
__u32 stack_of(const struct parts *parts);
__u32 stack_with(__u32 number, __u32 top);
int is_within(__u32 after, __u32 before);

/* 1 or 0, without a branch: the verifier would follow both sides of each. */
static __always_inline __u32 is_same(__u32 a, __u32 b)
{
	return ((__u64)(a ^ b) - 1) >> 63;
}

static __always_inline void parts_init(struct parts *s)
{
	for (int i = 0; i < POLICY_PARTS_MAX; i++)
		s->part[i] = POLICY_NO_PART;
	s->is_overfull = 0;
}

__attribute__((noinline)) int parts_add(struct parts *s, __u32 number)
{
	if (!s || number == POLICY_UNCONFINED)
		return 0;
	for (int i = 0; i < POLICY_PARTS_MAX; i++) {
		__u32 here = s->part[i];

		if (here == number)
			return 0;
		if (number < here) {
			s->part[i] = number;
			number = here;
		}
	}
	s->is_overfull |= number != POLICY_NO_PART;
	return 0;
}

/* The parts of a profile's number: its own, or itself. */
__attribute__((noinline)) int parts_add_label(struct parts *s, __u32 number)
{
	__u8 *policy = policy_now();
	const struct policy_profile *p;

	if (!s || !policy)
		return 0;
	p = profile_at(policy, number);
	if (!p->n_parts)
		return parts_add(s, number);
	for (int i = 0; i < POLICY_PARTS_MAX; i++)
		parts_add(s, p->parts[i]);
	return 0;
}

static __always_inline int parts_compare(const struct policy_stack *a, const struct parts *b)
{
	__u64 x = (__u64)a->parts[0] << 32 | a->parts[1], y = (__u64)b->part[0] << 32 | b->part[1];

	if (x == y) {
		x = (__u64)a->parts[2] << 32 | a->parts[3];
		y = (__u64)b->part[2] << 32 | b->part[3];
	}
	return x == y ? 0 : x < y ? -1 : 1;
}

struct stack_search {
	const __u8 *policy;
	const struct parts *parts;
	__u32 low, high;
	__u32 number;
};

static long search_stack(__u32 i, struct stack_search *s)
{
	const struct policy_header *head = (const struct policy_header *)s->policy;
	__u32 middle = (s->low + s->high) / 2, at = head->stacks + middle * (__u32)sizeof(struct policy_stack);
	const struct policy_stack *stack = (const void *)(s->policy + (at & policy_mask & ~7u));
	int order;

	(void)i;
	if (s->low >= s->high)
		return 1;
	order = parts_compare(stack, s->parts);
	if (!order)
		s->number = stack->number;
	if (order < 0)
		s->low = middle + 1;
	else
		s->high = order ? middle : s->low;
	return 0;
}

/* The number of that set of profiles; POLICY_AMBIGUOUS if no such stack was made. */
__attribute__((noinline)) __u32 stack_of(const struct parts *parts)
{
	struct stack_search s = {
		.policy = policy_now(),
		.parts = parts,
		.low = unknown(0),
		.number = unknown(POLICY_AMBIGUOUS),
	};

	if (!s.policy || !parts || parts->is_overfull)
		return POLICY_AMBIGUOUS;
	if (parts->part[0] == POLICY_NO_PART)
		return POLICY_UNCONFINED;
	if (parts->part[1] == POLICY_NO_PART)
		return parts->part[0];
	s.high = ((const struct policy_header *)s.policy)->n_stacks;
	bpf_loop(STACK_SEARCH_STEPS, search_stack, &s, 0);
	return s.number;
}

/* The label of a number with another one's profiles on top, as stack_of() gives it. */
__attribute__((noinline)) __u32 stack_with(__u32 number, __u32 top)
{
	struct parts parts;

	parts_init(&parts);
	parts_add_label(&parts, number);
	parts_add_label(&parts, top);
	return stack_of(&parts);
}

/* Whether the first label has all parts of the other one that confine. */
__attribute__((noinline)) int is_within(__u32 after, __u32 before)
{
	__u8 *policy = policy_now();
	struct parts x, y;
	__u32 is_within = 1;

	if (!policy)
		return 0;
	parts_init(&x);
	parts_init(&y);
	parts_add_label(&x, after);
	parts_add_label(&y, before);
	for (int i = 0; i < POLICY_PARTS_MAX; i++) {
		__u32 part = y.part[i], is_kept = is_same(part, POLICY_NO_PART);

		is_kept |= is_same(profile_at(policy, part)->mode, MODE_UNCONFINED);
		for (int k = 0; k < POLICY_PARTS_MAX; k++)
			is_kept |= is_same(x.part[k], part);
		is_within &= is_kept;
	}
	return is_within;
}

/* Whether exec, links and hats have to ask more than one part of the label. */
static __always_inline bool is_stacked(const struct hook *h)
{
	return !(h->label_flags & LABEL_NULL) &&
	       (h->label_flags & LABEL_OVER_NOBODY || h->profile->n_parts);
}

/* Whether whatever confines by the label now goes on to do so by the next one. */
static __always_inline bool is_narrowing(const struct hook *h, __u32 number, __u32 flags)
{
	return !((h->label_flags | flags) & LABEL_NULL) && is_within(number, h->number);
}

/*
 * The label of *number and *flags with another one on top. False: no such stack was made, and nothing is
 * changed.
 */
static __always_inline bool put_on_top(__u32 top, __u32 top_flags, __u32 *number, __u32 *flags)
{
	__u32 is_over_nobody = (*flags | top_flags) & LABEL_OVER_NOBODY || *number == POLICY_UNCONFINED ||
			       top == POLICY_UNCONFINED;
	__u32 found = stack_with(*number, top);

	if (found == POLICY_AMBIGUOUS)
		return false;
	*number = found;
	*flags = is_over_nobody && found ? LABEL_OVER_NOBODY : 0;
	return true;
}

#endif
